# SPDX-License-Identifier: MIT
"""GPUs that are not there yet when Ollama starts: `wait`, and the gate of --wait-for-gpus."""
import time

from harness import (DROP_IN, ETC, MAIN, TOOL, equal, expect, has_settings, lacks, matches,
                     nothing_changed, slow, wait_until, WANTED)

CONF = "/etc/nvml-standin.conf"
HIDE = f"sed -i '1i init_error=driver-not-loaded' {CONF}"
SHOW = f"cp /e2e/nvml-standin.conf {CONF}"
GATE = "ExecStartPre=-/usr/local/bin/ollama-gpu wait --gpus=0,1,2,3 --timeout="


def drop_in(box):
    return box.read(DROP_IN).decode()


def hide_gpus(box):
    """The driver is not loaded, for the tool and for Ollama."""
    box.sh(HIDE)


def show_gpus(box):
    box.sh(SHOW)


def start_again(box):
    """Restarts Ollama without waiting for it."""
    box.sh("systemctl restart --no-block ollama.service")


def sub_state(box):
    return box.sh("systemctl show ollama.service --property=SubState --value").strip()


def wait_for_state(box, state, seconds=10):
    wait_until(lambda: sub_state(box) == state, f"SubState={state}", seconds)


def gate(box, seconds, *more):
    """The main command with the gate."""
    return box.json(*MAIN, f"--wait-for-gpus={seconds}", *more).exits(0)


def test_gate_is_two_lines_that_systemd_loads(box):
    """The drop-in gets ExecStartPre= and TimeoutStartSec=, and systemd has both; `show` and `status` tell."""
    result = box.json(*MAIN, "--wait-for-gpus").exits(0)
    matches(f"^{GATE}60$\n^TimeoutStartSec=90s$", drop_in(box), DROP_IN)
    matches("gate: before each start, /usr/local/bin/ollama-gpu waits at most 60 s for GPUs 0,1,2,3",
            result.plan_text(), "plan")
    shown = box.sh("systemctl show ollama.service --property=ExecStartPre,TimeoutStartUSec")
    matches(r"argv\[\]=/usr/local/bin/ollama-gpu wait --gpus=0,1,2,3 --timeout=60 ; ignore_errors=yes",
            shown, "ExecStartPre")
    matches("^TimeoutStartUSec=1min 30s$", shown, "TimeoutStartSec")
    equal(result.evidence()["manager"], "ok", "manager")
    found = box.json("show").exits(0).json["gate"]
    equal((found["gpus"], found["timeout"], found["required"], found["source"]["file"]),
          ("0,1,2,3", 60, False, DROP_IN), "gate")
    equal(box.json("status").exits(0).json["unit"]["gate"], found, "gate in status")
    matches("gate +each start waits at most 60 s for GPUs 0,1,2,3", box.tool("status").exits(0).out,
            "status")


def test_gate_alone_needs_no_restart(box):
    """A gate added to a running service: reload, no restart; the second time nothing is done."""
    box.tool(*MAIN).exits(0)
    before = box.snapshot()
    result = box.json("configure", "--wait-for-gpus=90").exits(0)
    equal((result.json["changed"], result.json["applied"], result.json["restarted"]),
          (True, True, False), "report")
    after = box.snapshot()
    equal(after.invocation, before.invocation, "InvocationID")
    for again in (("configure", "--wait-for-gpus=90"), ("configure",), MAIN):
        equal(box.json(*again).exits(0).json["changed"], False, f"changed by {again}")
    nothing_changed(after, box.snapshot())


def test_gate_follows_gpus_and_goes(box):
    """Another selection changes its ids; --no-wait-for-gpus and reset take it away."""
    gate(box, 60)
    box.json("configure", "--gpus", "0,2", "--settle=0").exits(0)
    matches("wait --gpus=0,2 --timeout=60$", drop_in(box), DROP_IN)
    before = box.snapshot()
    result = box.json("configure", "--no-wait-for-gpus").exits(0)
    equal(result.json["restarted"], False, "restarted")
    equal(box.snapshot().invocation, before.invocation, "InvocationID")
    lacks("ExecStartPre|TimeoutStartSec", drop_in(box), DROP_IN)
    equal(box.sh("systemctl show ollama.service -p ExecStartPre --value").strip(), "", "ExecStartPre")
    box.tool("rollback").exits(0)
    matches("wait --gpus=0,2 --timeout=60$", drop_in(box), DROP_IN)
    box.tool("reset", "--settle=0").exits(0)
    equal(box.sh("systemctl show ollama.service -p ExecStartPre --value").strip(), "", "ExecStartPre")


@slow
def test_gate_waits_for_gpus_that_appear_late(box):
    """GPUs that are not there at the start: Ollama's start waits, then it has them all."""
    gate(box, 30)
    hide_gpus(box)
    start_again(box)
    wait_for_state(box, "start-pre")
    time.sleep(1.5)
    equal(sub_state(box), "start-pre", "SubState while the GPUs are away")
    show_gpus(box)
    wait_for_state(box, "running")
    has_settings(box.snapshot(), WANTED)
    wait_until(lambda: box.json("verify").evidence()["devices"] == "ok", "Ollama uses the GPUs")
    matches("waiting for GPUs: .*driver", box.journal(), "journal")
    matches("GPUs 0, 1, 2, 3 can be used, after [0-9.]+ s", box.journal(), "journal")


@slow
def test_gate_is_what_the_late_gpus_need(box):
    """Without the gate, Ollama comes up on the CPU: what the gate is the cure for."""
    box.tool(*MAIN).exits(0)
    hide_gpus(box)
    box.restart()
    show_gpus(box)
    equal(box.json("verify").exits(11).evidence()["devices"], "failed", "devices")


@slow
def test_gate_gives_up(box):
    """GPUs that never come: the start goes on when the time is over, and the journal says why."""
    gate(box, 2)
    hide_gpus(box)
    begun = time.monotonic()
    start_again(box)
    wait_for_state(box, "start-pre")
    wait_for_state(box, "running", 15)
    expect(time.monotonic() - begun > 1.9, "it did not wait")
    matches("the GPUs could not be used within 2 s: .*driver", box.journal(), "journal")


@slow
def test_gate_is_not_cut_by_a_short_start_timeout(box):
    """A unit with TimeoutStartSec=1: the drop-in gives the start the time that the gate needs."""
    box.write(f"{ETC}/ollama.service.d/override.conf", "[Service]\nTimeoutStartSec=1\n")
    box.reload()
    gate(box, 3)
    matches("^TimeoutStartSec=33s$", drop_in(box), DROP_IN)
    hide_gpus(box)
    start_again(box)
    wait_for_state(box, "start-pre")
    time.sleep(1.5)
    equal(sub_state(box), "start-pre", "SubState after a second")
    show_gpus(box)
    wait_for_state(box, "running")


def test_gate_keeps_a_longer_start_timeout(box):
    """The unit's own TimeoutStartSec= stays where it is longer."""
    box.write(f"{ETC}/ollama.service.d/override.conf", "[Service]\nTimeoutStartSec=10min\n")
    box.reload()
    gate(box, 60)
    matches("^TimeoutStartUSec=10min$",
            box.sh("systemctl show ollama.service --property=TimeoutStartUSec"), "timeout")


def test_gate_whose_program_is_gone_keeps_nothing_from_starting(box):
    """The package was removed: Ollama starts at once; `configure` warns of it."""
    box.sh(f"mkdir -p /opt/og && cp {TOOL} /opt/og/ollama-gpu")
    box.run("/opt/og/ollama-gpu", *MAIN, "--wait-for-gpus").exits(0)
    matches("^ExecStartPre=-/opt/og/ollama-gpu wait", drop_in(box), DROP_IN)
    box.sh("rm -r /opt/og && systemctl restart ollama.service")
    wait_for_state(box, "running")
    has_settings(box.snapshot(), WANTED)
    warnings = " ".join(box.json("configure").exits(0).json["warnings"])
    matches("gate's program /opt/og/ollama-gpu is gone", warnings, "warnings")
    found = [f for f in box.json("doctor").exits(11).json["findings"] if f["code"] == "OG312"]
    equal([(f["severity"], f["file"]) for f in found], [("warning", DROP_IN)], "OG312")
    matches("^ExecStartPre=-/opt/og", drop_in(box).splitlines()[found[0]["line"] - 1], "the line named")
    gate(box, 60)
    matches(GATE, drop_in(box), DROP_IN)
    lacks("OG312", box.tool("doctor").text, "doctor")


@slow
def test_gate_with_require_gpu_holds_ollama_back(box):
    """--require-gpu: no "-": Ollama does not start without the GPUs, and does once they are there."""
    gate(box, 1, "--require-gpu")
    matches("^ExecStartPre=/usr/local/bin/ollama-gpu wait", drop_in(box), DROP_IN)
    hide_gpus(box)
    equal(box.run("systemctl", "restart", "ollama.service").rc, 1, "systemctl restart")
    equal(box.sh("systemctl show ollama.service -p MainPID --value").strip(), "0", "MainPID")
    show_gpus(box)
    wait_for_state(box, "running", 15)


@slow
def test_gate_that_fails_puts_everything_back(box):
    """A required gate whose GPUs are gone by then: the start fails, and all is as before."""
    box.tool(*MAIN).exits(0)
    before = drop_in(box)
    # The GPUs go when Ollama stops for the restart.
    box.write("/e2e/scratch/hide", f"#!/bin/sh\n{HIDE}\n", "755")
    box.write(f"{ETC}/ollama.service.d/override.conf",
              "[Service]\nExecStopPost=+/e2e/scratch/hide\n")
    box.reload()
    result = box.json("configure", "--num-parallel=2", "--wait-for-gpus=1", "--require-gpu",
                      "--settle=0", timeout=90).exits(7)
    equal(drop_in(box), before, DROP_IN)
    matches("not healthy", result.json["error"]["message"], "message")


def test_gate_program_must_be_seen_by_the_unit(box):
    """A binary in /root, /home or /tmp is refused before a byte is written."""
    before = box.snapshot()
    for folder in ("/root", "/home/somebody", "/tmp", "/var/tmp"):
        path = f"{folder}/ollama-gpu"
        box.sh(f"mkdir -p {folder} && cp {TOOL} {path}")
        result = box.run(path, "configure", "--wait-for-gpus").exits(6)
        matches(f"{path} cannot be the program of the gate", result.err, "error")
        matches("hint: .*/usr/local/bin", result.err, "hint")
        box.sh(f"rm {path}")
    nothing_changed(before, box.snapshot())


def test_gate_that_another_file_takes_away_is_refused(box):
    """A later file with an empty ExecStartPre=, or a shorter TimeoutStartSec=: exit 6 with its place."""
    path = f"{ETC}/ollama.service.d/zzz.conf"
    for line, message in (("ExecStartPre=", "takes it away"), ("TimeoutStartSec=20", "after 20s")):
        box.write(path, f"[Service]\n{line}\n")
        box.reload()
        result = box.json("configure", "--wait-for-gpus").exits(6)
        matches(message, result.json["error"]["message"], "message")
        equal((result.json["error"]["location"]["file"], result.json["error"]["location"]["line"]),
              (path, 2), "place")
    expect(not box.exists(DROP_IN), f"{DROP_IN} was written")


def test_gate_from_a_file_and_against_it(box):
    """`wait-for-gpus` in the file of --config; the command line wins over it."""
    box.write("/e2e/scratch/a.toml", 'gpus = "all"\nwait-for-gpus = 45\n')
    box.tool("configure", "--config", "/e2e/scratch/a.toml", "--settle=0").exits(0)
    matches(f"^{GATE}45$", drop_in(box), DROP_IN)
    box.tool("configure", "--config", "/e2e/scratch/a.toml", "--no-wait-for-gpus").exits(0)
    lacks("ExecStartPre", drop_in(box), DROP_IN)
    box.write("/e2e/scratch/a.toml", "wait-for-gpus = true\n")
    box.tool("configure", "--config", "/e2e/scratch/a.toml").exits(0)
    matches(f"^{GATE}60$", drop_in(box), DROP_IN)
    box.write("/e2e/scratch/a.toml", "wait-for-gpus = false\n")
    box.tool("configure", "--config", "/e2e/scratch/a.toml").exits(0)
    lacks("ExecStartPre", drop_in(box), DROP_IN)


def test_gate_wrong_usage(box):
    """Times that make no sense, no GPU to wait for, contradictions: exit 2."""
    for options in (("--wait-for-gpus=0",), ("--wait-for-gpus=1.5",), ("--wait-for-gpus=5000",),
                    ("--wait-for-gpus=soon",), ("--wait-for-gpus", "60"),
                    ("--wait-for-gpus", "--no-wait-for-gpus"),
                    ("--gpus", "none", "--wait-for-gpus")):
        box.tool("configure", *options).exits(2)
    expect(not box.exists(DROP_IN), f"{DROP_IN} was written")


def test_wait_says_what_it_found(box):
    """`wait`: exit 0 with the GPUs; 5 with what is missing; 2 for nothing to wait for."""
    matches("^GPUs 0, 1, 2, 3 can be used$", box.tool("wait").exits(0).out, "output")
    result = box.json("wait", "--gpus", "1,GPU-c94d").exits(0)
    equal([gpu["index"] for gpu in result.json["gpus"]], [1, 3], "gpus")
    equal(result.json["ready"], True, "ready")
    result = box.json("wait", "--gpus", "0-5", "--timeout", "0.6").exits(5)
    equal((result.json["ready"], result.json["error"]["code"]), (False, "not_found"), "report")
    matches("GPU 4: it is not on this machine", result.json["error"]["message"], "message")
    expect(0.5 < result.seconds < 10, f"it took {result.seconds} s")
    box.tool("wait", "--gpus", "none").exits(2)
    box.tool("wait", "--gpus", "x?").exits(2)
    box.tool("wait", "--root", "/mnt").exits(2)


def test_wait_looks_once_without_time(box):
    """`wait --timeout 0` only looks."""
    hide_gpus(box)
    result = box.tool("wait", "--timeout", "0").exits(5)
    matches("the GPUs cannot be used: .*driver", result.err, "error")
    expect(result.seconds < 5, f"it took {result.seconds} s")


@slow
def test_wait_sees_gpus_come_one_after_the_other(box):
    """A GPU that comes after the others is waited for as well."""
    box.sh(f"head -n -1 /e2e/nvml-standin.conf > {CONF}")
    started = box.start("wait", "--gpus", "0-3", "--timeout", "20")
    time.sleep(1)
    expect(started.running(), "it did not wait for the last GPU")
    show_gpus(box)
    matches("^GPUs 0, 1, 2, 3 can be used, after", started.wait().exits(0).out, "output")

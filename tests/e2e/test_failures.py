# SPDX-License-Identifier: MIT
"""The service does not come up healthy: everything goes back, and that is verified."""
from harness import (DROP_IN, DROP_IN_DIR, ETC, FAST, FRAGMENT, MAIN, STARTS, WANTED, changed_files,
                     equal, expect, has_no, has_settings, matches, slow, thorough, wait_until)

FORMER = ("# somebody's own text\n[Service]\n"
          'Environment="OLLAMA_NUM_PARALLEL=3"\nEnvironment=OLLAMA_MAX_QUEUE=7\n')
CHANGE = ("configure", "--gpus", "all", "--spread", "--keep-alive")
IF_OURS = "OLLAMA_KEEP_ALIVE=-1"


def former_state(box):
    """A drop-in with an owner and a mode of its own, in force."""
    box.write(DROP_IN, FORMER)
    box.sh(f"chown root:ollama {DROP_IN} && chmod 640 {DROP_IN}")
    box.restart()
    return box.snapshot()


def is_as_before(box, before):
    """Bytes, mode and owner of every file, and a running service with the old environment."""
    after = box.snapshot()
    if DROP_IN in before.files:
        equal(box.read(DROP_IN).decode(), FORMER, f"content of {DROP_IN}")
    for path, old in before.files.items():
        for key in ("type", "mode", "owner", "sha256"):
            equal(after.file(path)[key], old[key], f"{key} of {path}")
    equal(sorted(set(after.files) - set(before.files)), [], "files that are left over")
    equal(after.environment_list, before.environment_list, "systemd's Environment")
    equal(after.active, "active", "ActiveState")
    box.wait_for_answer()
    process = after.env_of_process()
    for name in WANTED:
        equal(process.get(name), before.env_of_process().get(name), f"{name} in the process")


def is_rolled_back(box, before, reason, *options, within=15):
    """The change is put back in time with exit 7; the journal's reason is shown."""
    result = box.json(*CHANGE, *options).exits(7)
    expect(result.seconds < within, f"it took {result.seconds:.1f} s")
    equal(result.json["rolled_back"], True, "rolled_back")
    equal(result.json["error"]["code"], "unhealthy_rolled_back", "error.code")
    matches(reason, result.text, "the reason")
    is_as_before(box, before)
    return result


@slow
def test_exit_at_start_is_rolled_back(box):
    """Ollama exits at once."""
    before = former_state(box)
    box.standin(misbehave="exit-at-start", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "blobs: permission denied", "--settle=1", "--timeout=20")


@slow
def test_exit_after_two_seconds_is_rolled_back(box):
    """Ollama answers and exits two seconds later."""
    before = former_state(box)
    box.standin(misbehave="exit-after:2", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "use of closed network connection", "--settle=4", "--timeout=20")


@thorough
def test_exit_after_twenty_seconds_is_rolled_back(box):
    """Ollama answers and exits twenty seconds later; --settle=30 catches it."""
    before = former_state(box)
    box.standin(misbehave="exit-after:20", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "use of closed network connection", "--settle=30", "--timeout=20",
                   within=40)


@slow
def test_exit_at_the_second_restart_is_rolled_back(box):
    """Ollama survives the first change and not the second: the first one is back."""
    box.sh(f"rm -f {STARTS}")
    box.standin(misbehave="exit-on-start:2")
    box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    first = box.read(DROP_IN)
    result = box.json("configure", "--keep-alive=48h", "--settle=1", "--timeout=20").exits(7)
    matches("permission denied", result.text, "the reason")
    equal(box.read(DROP_IN), first, DROP_IN)
    has_settings(box.snapshot(), {"OLLAMA_KEEP_ALIVE": "24h"})


def used_up_start_limit(box):
    """Another restart by hand within the hour would be refused."""
    box.write(f"{DROP_IN_DIR}/10-limit.conf", "[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=3\n")
    box.sh("systemctl daemon-reload; systemctl reset-failed ollama; "
           "for _ in 1 2 3; do systemctl restart ollama || exit; done")
    box.wait_for_answer()
    return box.snapshot()


@slow
def test_start_limit_was_used_up_before(box):
    """Somebody else's restarts have used up the start limit: ours works all the same."""
    used_up_start_limit(box)
    box.tool(*MAIN).exits(0)
    has_settings(box.snapshot(), WANTED)


@slow
def test_start_limit_was_used_up_before_a_failure(box):
    """The same where the change fails: putting it back works too."""
    before = used_up_start_limit(box)
    box.standin(misbehave="exit-at-start", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "permission denied", "--settle=1", "--timeout=20")


@slow
def test_start_limit_was_hit_before(box):
    """systemd has given the service up: `--restart always` starts it."""
    used_up_start_limit(box)
    box.sh("kill -KILL \"$(systemctl show -P MainPID ollama)\"; sleep 0.1")
    wait_until(lambda: box.snapshot().active == "failed", "it is given up", 20)
    box.tool(*MAIN, "--restart", "always").exits(0)
    has_settings(box.snapshot(), WANTED)


def neither_starts(box, result, path_words):
    """Exit 8, and what lies where and what to type are said."""
    result.exits(8)
    matches(path_words, result.err, "what lies where")
    matches(r"^hint: .*journalctl -u ollama\.service.*systemctl restart ollama\.service", result.err,
            "what to type")
    matches("permission denied", result.text, "the service's own words")
    equal(box.snapshot().props["NeedDaemonReload"], "no", "NeedDaemonReload")
    box.standin()
    box.sh("systemctl restart ollama.service")
    box.wait_for_answer()


@slow
def test_former_state_does_not_start_either(box):
    """Neither the new nor the former settings start: exit 8; the former ones lie there."""
    before = former_state(box)
    box.standin(misbehave="exit-at-start")
    result = box.tool(*CHANGE, "--settle=1", "--timeout=5")
    neither_starts(box, result, rf"{DROP_IN} is back as it was")
    is_as_before(box, before)


@slow
def test_state_without_us_does_not_start_either(box):
    """The same where there was no drop-in: it is gone again."""
    box.standin(misbehave="exit-at-start")
    result = box.tool(*CHANGE, "--settle=1", "--timeout=5")
    neither_starts(box, result, rf"{DROP_IN} is gone again")
    expect(not box.exists(DROP_IN), f"{DROP_IN} is left")


@slow
def test_rollback_whose_states_do_not_start(box):
    """`rollback` into a state that does not start, back into one that does not either: exit 8."""
    box.tool(*MAIN).exits(0)
    box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    content = box.read(DROP_IN)
    box.standin(misbehave="exit-at-start")
    result = box.tool("rollback", "--settle=1", "--timeout=5")
    neither_starts(box, result, rf"{DROP_IN} is back as it was")
    equal(box.read(DROP_IN), content, DROP_IN)


@slow
def test_hang_is_rolled_back(box):
    """Ollama runs and does not listen."""
    before = former_state(box)
    box.standin(misbehave="hang", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "answer", "--settle=0", "--timeout=2")


@slow
def test_no_answer_is_rolled_back(box):
    """Ollama listens and never answers."""
    before = former_state(box)
    box.standin(misbehave="no-answer", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "answer", "--settle=0", "--timeout=2")


@slow
def test_without_a_former_drop_in(box):
    """Where there was no drop-in, none is left, nor the directory."""
    before = box.snapshot()
    box.standin(misbehave="exit-at-start", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "permission denied", "--settle=1", "--timeout=20")
    expect(not box.exists(DROP_IN_DIR), f"{DROP_IN_DIR} is left")
    has_no(box.snapshot(), *WANTED)


@slow
def test_rollback_as_text(box):
    """The text says what happened, that all is back, and what Ollama's journal said."""
    box.standin(misbehave="exit-at-start", misbehave_if=IF_OURS)
    result = box.tool(*CHANGE, "--settle=1", "--timeout=20").exits(7)
    matches("permission denied", result.text, "the journal's reason")
    matches(r"put back|rolled back|restored", result.err, "what was done")
    matches(r"^\s*hint:", result.err, "hint")


@slow
def test_missing_executable_is_rolled_back(box):
    """With the new settings there is no binary to run: systemd says done, and nothing runs."""
    box.write(f"{DROP_IN_DIR}/10-exec.conf",
              "[Service]\nExecStart=\nExecStart=/run/e2e-bin/ollama serve\n"
              "ExecStartPre=+/bin/sh -c "
              "'mkdir -p /run/e2e-bin; rm -f /run/e2e-bin/ollama; "
              '[ "$OLLAMA_KEEP_ALIVE" = -1 ] || cp /e2e/ollama /run/e2e-bin/ollama\'\n')
    box.restart()
    before = box.snapshot()
    is_rolled_back(box, before, r"203|no such file|exec", "--settle=1", "--timeout=20")


@slow
def test_foreign_server_on_the_port_proves_nothing(box):
    """While the unit crash-loops another server answers on its port: rolled back all the same."""
    box.write(f"{ETC}/e2e-foreign.service",
              "[Service]\nType=exec\nEnvironment=OLLAMA_HOST=127.0.0.1:11434 HOME=/run/e2e\n"
              "Environment=OLLAMA_STANDIN_CONFIG=/dev/null\nExecStart=/e2e/ollama serve\n")
    box.write(f"{DROP_IN_DIR}/10-foreign.conf", "[Service]\nExecStartPre=+/bin/sh -c '"
              'if [ "$OLLAMA_KEEP_ALIVE" = -1 ]; then systemctl start e2e-foreign; '
              "else systemctl stop e2e-foreign; fi'\n")
    box.restart()
    before = box.snapshot()
    box.standin(misbehave="exit-at-start", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "address already in use|permission denied", "--settle=1",
                   "--timeout=6", within=25)


@slow
def test_crash_loop_that_hits_the_start_limit(box):
    """A unit whose crashes have used up systemd's start limit is started again all the same."""
    box.write(f"{DROP_IN_DIR}/10-fast.conf", "[Service]\nRestartSec=50ms\n")
    box.restart()
    before = box.snapshot()
    box.standin(misbehave="exit-after:0.3", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "closed network connection", "--settle=3", "--timeout=20")


@slow
def test_start_timeout_is_rolled_back(box):
    """A unit that waits for a ready message which never comes: its job fails."""
    box.write(f"{DROP_IN_DIR}/10-pre.conf", "[Service]\nTimeoutStartSec=1\nExecStartPre=/bin/sh -c "
              '\'[ "$OLLAMA_KEEP_ALIVE" != -1 ] || sleep 60\'\n')
    box.restart()
    before = box.snapshot()
    is_rolled_back(box, before, "timeout|timed out", "--settle=0", "--timeout=4", within=20)


@slow
def test_failing_start_condition_is_rolled_back(box):
    """An ExecStartPre that fails with the new settings: the job fails."""
    box.write(f"{DROP_IN_DIR}/10-pre.conf", "[Service]\nExecStartPre=/bin/sh -c "
              '\'[ "$OLLAMA_KEEP_ALIVE" != -1 ] || { echo e2e says no >&2; exit 3; }\'\n')
    box.restart()
    before = box.snapshot()
    is_rolled_back(box, before, "e2e says no|status=3|control process", "--settle=1",
                   "--timeout=20")


@slow
def test_reset_that_fails_is_rolled_back(box):
    """`reset` after which Ollama does not come up brings our drop-in back."""
    box.sh(f"sed -i '/^\\[Service\\]/a Environment=OLLAMA_KEEP_ALIVE=1h' {FRAGMENT}")
    box.restart()
    box.tool(*MAIN).exits(0)
    content = box.read(DROP_IN)
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=1h")
    result = box.json("reset", "--settle=1", "--timeout=20").exits(7)
    equal(result.json["rolled_back"], True, "rolled_back")
    equal(box.read(DROP_IN), content, DROP_IN)
    has_settings(box.snapshot(), WANTED)


@slow
def test_dependants_come_back(box):
    """A unit that requires this one and went down with it is up again after the put-back."""
    box.write(f"{ETC}/e2e-webui.service", "[Unit]\nRequires=ollama.service\nAfter=ollama.service\n"
              "BindsTo=ollama.service\n[Service]\nExecStart=/bin/sleep infinity\n")
    box.sh("systemctl daemon-reload && systemctl start e2e-webui")
    before = box.snapshot()
    box.standin(misbehave="exit-at-start", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "permission denied", "--settle=1", "--timeout=20")
    equal(box.sh("systemctl is-active e2e-webui", check=False).strip(), "active", "e2e-webui")


@slow
def test_no_rollback_leaves_the_new_file(box):
    """With `--no-rollback`: exit 8, the new file stays, said where it lies and what to type."""
    former_state(box)
    box.standin(misbehave="exit-at-start", misbehave_if=IF_OURS)
    result = box.json(*CHANGE, "--no-rollback", "--settle=1", "--timeout=20").exits(8)
    equal(result.json["error"]["code"], "unhealthy", "error.code")
    equal(result.json["rolled_back"], False, "rolled_back")
    matches(r"OLLAMA_KEEP_ALIVE=-1", box.read(DROP_IN).decode(), DROP_IN)
    error = result.json["error"]
    matches(r"zz-ollama-gpu\.conf|ollama-gpu (reset|rollback)", error["message"] + error["hint"],
            "what lies where and what to type")


def failing_before(box, restart_sec="3", state="activating"):
    box.write(f"{DROP_IN_DIR}/10-restart.conf", f"[Service]\nRestartSec={restart_sec}\n")
    box.standin(misbehave="exit-at-start")
    box.sh("systemctl daemon-reload; systemctl restart ollama")
    wait_until(lambda: box.snapshot().active == state, f"the service is {state}")
    return box.snapshot()


@slow
def test_service_that_was_failing_before(box):
    """A service that failed before we came, and still does: exit 8, files as before, said so."""
    before = failing_before(box)
    result = box.json(*CHANGE, "--settle=1", "--timeout=8").exits(8)
    equal(result.json["error"]["code"], "unhealthy", "error.code")
    matches(r"before|already", result.json["error"]["message"] + result.json["error"]["hint"],
            "that it was failing before")
    after = box.snapshot()
    equal(sorted(set(after.files) ^ set(before.files)), [], "files that are more or fewer")
    for path, old in before.files.items():
        equal(after.file(path)["sha256"], old["sha256"], path)
    equal(after.environment_list, before.environment_list, "systemd's Environment")


@slow
def test_service_that_had_failed_for_good_before(box):
    """The same for a unit that systemd has given up on."""
    before = failing_before(box, restart_sec="20ms", state="failed")
    result = box.json(*CHANGE, "--settle=1", "--timeout=8").exits(0, 8)
    after = box.snapshot()
    # Either it is taken for a service that is not running, which is left so, or for one that fails.
    equal(DROP_IN in after.files, result.rc == 0, "the new file is there")
    expect(after.active != "active", "the service runs")
    matches(r"fail|next start|not running", result.text, "output")
    equal(after.file(FRAGMENT), before.file(FRAGMENT), FRAGMENT)


@slow
def test_a_change_that_heals_a_failing_service(box):
    """A service that failed before we came and runs with the new settings: exit 0."""
    box.write(f"{DROP_IN_DIR}/10-env.conf", "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1h\n")
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=1h")
    box.sh("systemctl daemon-reload; systemctl restart ollama")
    wait_until(lambda: box.snapshot().active != "active", "the service fails")
    box.tool(*CHANGE, "--settle=1", "--timeout=20").exits(0)
    has_settings(box.snapshot(), WANTED)


def test_executable_deleted_while_running(box):
    """Where the binary is gone from disk the running service is left alone: exit 6."""
    box.sh("rm /usr/local/bin/ollama")
    before = box.snapshot()
    result = box.json(*MAIN).exits(6)
    matches("/usr/local/bin/ollama", result.json["error"]["message"], "message")
    after = box.snapshot()
    equal(changed_files(before, after), [], "files that changed")
    equal(after.invocation, before.invocation, "InvocationID")


@slow
def test_cpu_fallback_with_require_gpu_is_rolled_back(box):
    """Ollama comes up on the CPU: with `--require-gpu` it is put back, exit 7."""
    before = former_state(box)
    box.standin(misbehave="cpu", misbehave_if=IF_OURS)
    is_rolled_back(box, before, "cpu", "--require-gpu", "--settle=0", "--timeout=10")


def test_after_a_rollback_the_next_run_works(box):
    """A failed change is no obstacle to the next one."""
    box.standin(misbehave="exit-at-start", misbehave_if=IF_OURS)
    box.tool(*CHANGE, "--settle=1", "--timeout=20").exits(7)
    box.standin()
    box.tool(*CHANGE, *FAST).exits(0)
    has_settings(box.snapshot(), WANTED)


def test_failed_service_is_told_by_verify(box):
    """`verify` of a service that is down does not say ok."""
    failing_before(box)
    result = box.json("verify").exits(11)
    expect(result.evidence()["process"] != "ok", f"{result.evidence()}")
    expect(result.evidence()["server"] != "ok", f"{result.evidence()}")

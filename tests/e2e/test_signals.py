# SPDX-License-Identifier: MIT
"""A signal at every step of a change: it is put back, that is said, and the exit code is 128+n."""
import json
import signal
import time

from harness import (DROP_IN, DROP_IN_DIR, FAST, STATE_DIR, TOOL, UNIT, equal, expect, lacks,
                     matches, slow, thorough, wait_until)
from test_failures import FORMER, former_state, is_as_before
from test_faults import calls_of, need_strace

CHANGE = ("configure", "--gpus", "all", "--spread", "--keep-alive")
IF_OURS = "OLLAMA_KEEP_ALIVE=-1"
GENERATOR = "/run/systemd/system-generators/e2e-slow"
SIGNALS = ("INT", "TERM", "HUP")
LOCK = f"{STATE_DIR}/{UNIT}.lock"


def slow_reload(box, seconds):
    """Every reload of systemd takes so long from now on."""
    box.write(GENERATOR, f"#!/bin/sh\nexec sleep {seconds}.25\n", "755")
    return lambda: box.run("pgrep", "-f", f"^sleep {seconds}.25").out.strip()


def slow_start(box, seconds, condition='[ "$OLLAMA_KEEP_ALIVE" != -1 ]'):
    """A start with the new settings takes so long."""
    box.write(f"{DROP_IN_DIR}/10-slow.conf", "[Service]\nTimeoutStartSec=90\n"
              f"ExecStartPre=/bin/sh -c '{condition} || sleep {seconds}'\n")


def has_new_process(box):
    return (box.snapshot().process or {}).get("OLLAMA_KEEP_ALIVE") == "-1"


def result_of_the_last(box):
    text = box.sh(f"ls -v {STATE_DIR}/{UNIT} | tail -n 1 | xargs -I N "
                  f"cat {STATE_DIR}/{UNIT}/N/meta.json")
    return json.loads(text)["result"]


def is_put_back(box, before, result, name, written=True):
    result.exits(128 + getattr(signal, f"SIG{name}"))
    matches(f"interrupted by SIG{name}", result.err, "what ended it")
    if written:
        matches("everything was put back as it was", result.err, "what was done")
        equal(result_of_the_last(box), "rolled back", "result of the generation")
    is_as_before(box, before)
    after = box.snapshot()
    if after.reloads != before.reloads:  # else systemd sees the same file with a newer time
        equal(after.props["NeedDaemonReload"], "no", "NeedDaemonReload")
    equal(box.sh(f"find {DROP_IN_DIR} {STATE_DIR} -name '.*' -type f"), "", "temporary files")


def injected(box, name, call, number=1):
    """A run that gets the signal at a system call, the one of that number."""
    return box.run("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                   f"inject={call}:signal=SIG{name}:when={number}", TOOL, *CHANGE, "--settle=1")


# --- the steps, each with how it is reached

def before_the_lock(box, name):
    """Before the lock."""
    need_strace(box)
    before = former_state(box)
    is_put_back(box, before, injected(box, name, "mkdirat"), name, written=False)


def at_the_lock(box, name):
    """While it waits for the lock."""
    before = former_state(box)
    box.sh(f"install -d -m 700 {STATE_DIR}; systemd-run --quiet --unit=e2e-lock "
           f"flock {LOCK} sleep 60")
    wait_until(lambda: box.run("flock", "--nonblock", LOCK, "true").rc != 0, "the lock is held")
    tool = box.start(*CHANGE, "--lock-timeout=60")
    wait_until(lambda: ".lock" in box.sh('ls -l "/proc/$1/fd"', str(tool.pid)), "it waits")
    tool.signal(name)
    result = tool.wait(5)
    matches("waiting for another ollama-gpu", result.err, "whom it waited for")
    is_put_back(box, before, result, name, written=False)
    expect(DROP_IN in before.files, "this test's preparation")


def after_the_write(box, name):
    """Between the write and the reload."""
    need_strace(box)
    before = former_state(box)
    is_put_back(box, before, injected(box, name, "renameat2"), name)
    equal(box.snapshot().reloads, before.reloads, "time of systemd's last reload")


def in_the_reload(box, name):
    """During the reload."""
    before = former_state(box)
    reloading = slow_reload(box, 1)
    tool = box.start(*CHANGE, "--settle=60")
    wait_until(reloading, "the reload")
    tool.signal(name)
    is_put_back(box, before, tool.wait(30), name)


def in_the_restart(box, name):
    """During the restart's job."""
    slow_start(box, 60)
    before = former_state(box)
    tool = box.start(*CHANGE, "--settle=60")
    wait_until(lambda: box.snapshot().props["SubState"] == "start-pre", "the job")
    tool.signal(name)
    is_put_back(box, before, tool.wait(30), name)


def in_the_settle_time(box, name):
    """After the answer, while it watches."""
    before = former_state(box)
    tool = box.start(*CHANGE, "--settle=60")
    wait_until(lambda: has_new_process(box), "the restart")
    box.wait_for_answer()
    time.sleep(0.3)
    tool.signal(name)
    result = tool.wait(30)
    matches("answers; watching it", result.err, "the step")
    is_put_back(box, before, result, name)


def while_putting_back(box, name):
    """A second signal while it puts back: during the reload of that."""
    before = former_state(box)
    tool = box.start(*CHANGE, "--settle=60")
    wait_until(lambda: has_new_process(box), "the restart")
    reloading = slow_reload(box, 1)
    tool.signal("TERM")
    wait_until(reloading, "the reload")
    for _ in range(3):
        tool.signal(name)
    is_put_back(box, before, tool.wait(30), "TERM")


def while_restarting_back(box, name):
    """A second signal while it puts back: during the restart of that."""
    slow_start(box, 2, '[ "$OLLAMA_KEEP_ALIVE" = -1 ] || [ ! -e /run/e2e/slow ]')
    before = former_state(box)
    tool = box.start(*CHANGE, "--settle=60")
    wait_until(lambda: has_new_process(box), "the restart")
    box.sh("touch /run/e2e/slow")
    tool.signal("INT")
    wait_until(lambda: box.snapshot().props["SubState"] == "start-pre", "the job")
    tool.signal(name)
    is_put_back(box, before, tool.wait(30), "INT")


# The wait for an answer is in test_safety.py.
STEPS = (before_the_lock, at_the_lock, after_the_write, in_the_reload, in_the_restart,
         in_the_settle_time, while_putting_back, while_restarting_back)


def ended(step, name):
    def test(box):
        step(box, name)

    test.__doc__ = f"SIG{name}: {step.__doc__}"
    return test


# One signal a step always, the other two with --full.
for NUMBER, STEP in enumerate(STEPS):
    for PLACE, NAME in enumerate(SIGNALS):
        SAMPLED = PLACE == NUMBER % len(SIGNALS)
        globals()[f"test_{NAME.lower()}_{STEP.__name__}"] = \
            (slow if SAMPLED else thorough)(ended(STEP, NAME))


@slow
def test_while_a_failed_change_is_put_back(box):
    """A signal while a change that failed is put back: it ends as if there had been none."""
    before = former_state(box)
    box.standin(misbehave="exit-after:2", misbehave_if=IF_OURS)
    tool = box.start(*CHANGE, "--settle=20")
    wait_until(lambda: has_new_process(box), "the restart")
    reloading = slow_reload(box, 1)
    wait_until(reloading, "the reload")
    tool.signal("TERM")
    result = tool.wait(30).exits(7)
    lacks("interrupted", result.err, "what it says")
    is_as_before(box, before)


@thorough
def test_at_sampled_system_calls(box):
    """SIGTERM at sixty calls of a configure that restarts: old and 143, or done and 0."""
    need_strace(box)
    before = former_state(box)
    names = ("openat", "mkdirat", "write", "fsync", "renameat2", "renameat", "unlinkat", "sendmsg",
             "recvmsg", "flock", "connect", "ppoll", "poll")
    points = calls_of(box, *CHANGE, *FAST, names=names)
    points = points[::max(1, len(points) // 60)]
    expect(len(points) >= 50, f"only {len(points)} points")
    outcomes = {}
    for name, number in points:
        box.write(DROP_IN, FORMER)
        box.sh(f"chown root:ollama {DROP_IN} && chmod 640 {DROP_IN}")
        box.sh("systemctl daemon-reload && systemctl reset-failed && systemctl restart ollama")
        result = injected(box, "TERM", name, number)
        where = f"SIGTERM at {name} #{number}: exit {result.rc}\n{result.text}"
        code = 143 if result.rc == -15 else result.rc  # before it handles signals
        outcomes[code] = outcomes.get(code, 0) + 1
        expect(code in (0, 143), where)
        after = box.snapshot()
        equal(after.environment.get("OLLAMA_KEEP_ALIVE"), "-1" if result.rc == 0 else None, where)
        equal(after.env_of_process().get("OLLAMA_KEEP_ALIVE"), "-1" if result.rc == 0 else None,
              where)
        if result.rc != 0:
            equal(box.read(DROP_IN).decode(), FORMER, where)
    expect(outcomes.get(143, 0) >= 20, f"{outcomes}: most calls must be interrupted")
    print(f"signals at {len(points)} system calls: exit codes {outcomes}", flush=True)
    equal(before.active, "active", "this test's preparation")

# SPDX-License-Identifier: MIT
"""The connection to systemd breaks, systemd refuses, others interfere: old or new, and it is said."""
import time

from harness import (DROP_IN, DROP_IN_DIR, ETC, FAST, MAIN, STARTS, STATE_DIR, TOOL, WANTED, Failure,
                     Skip, equal, expect, has_settings, matches, slow, thorough, wait_until)
from test_failures import former_state, is_as_before
from test_signals import CHANGE, slow_reload, slow_start

SOCKET = "/run/systemd/private"
SHORT = "[Service]\nTimeoutStartSec=1\nTimeoutStopSec=1\n"


def harmed(box, harm, *words, timeout=45):
    """A run whose connection to systemd goes through bus-proxy."""
    box.put_support("bus-proxy")
    box.sh('rm -f /run/e2e/bus; systemd-run --quiet --unit=e2e-bus --collect '
           f'/e2e/bus-proxy /run/e2e/bus {SOCKET} {harm}; '
           'until [ -S /run/e2e/bus ]; do sleep 0.02; done')
    return box.run("unshare", "--mount", "sh", "-c",
                   f'mount --bind /run/e2e/bus {SOCKET} && exec "$@"', "sh", TOOL, *words,
                   timeout=timeout)


def starts(box):
    return int(box.read(STARTS))


def is_done(box, result, before):
    result.exits(0)
    has_settings(box.snapshot(), WANTED)
    equal(starts(box), before + 1, "starts of the service")


@slow
def test_lost_before_the_reload(box):
    """The connection breaks as the reload is asked for: asked again, done."""
    before = starts(box)
    is_done(box, harmed(box, "cut-before Reload", *MAIN), before)


@slow
def test_lost_in_the_reload(box):
    """The connection breaks during the reload: asked again, done."""
    before = starts(box)
    is_done(box, harmed(box, "cut-after Reload", *MAIN), before)


@slow
def test_lost_before_the_restart(box):
    """systemd never got the restart: not sent twice; the old file is back, the service untouched."""
    before = former_state(box)
    count = starts(box)
    result = harmed(box, "cut-before RestartUnit", *CHANGE, *FAST).exits(9)
    matches("connection to systemd was lost", result.err, "the reason")
    matches("everything was put back", result.err, "what was done")
    is_as_before(box, before)
    equal(starts(box), count, "starts of the service")
    equal(box.snapshot().invocation, before.invocation, "InvocationID")


@slow
def test_lost_in_the_restart(box):
    """The connection breaks during the restart: waited for, done, restarted once."""
    before = starts(box)
    is_done(box, harmed(box, "cut-after RestartUnit", *MAIN), before)


@slow
def test_lost_when_it_asks(box):
    """The connection breaks at a question: asked again, done."""
    before = starts(box)
    is_done(box, harmed(box, "cut-before GetAll 2", *MAIN), before)


@thorough
def test_question_without_a_reply(box):
    """systemd never answers a question: given up after 25 s, nothing written."""
    before = former_state(box)
    result = harmed(box, "mute GetAll 9", *CHANGE, *FAST, timeout=90).exits(1)
    matches("not done within 25 s", result.err, "the reason")
    is_as_before(box, before)


@thorough
def test_reload_without_a_reply(box):
    """The reply to the reload never comes: given up after 180 s, put back."""
    before = former_state(box)
    result = harmed(box, "mute Reload", *CHANGE, *FAST, timeout=240).exits(1)
    matches("reload systemd's configuration: not done within 180 s", result.err, "the reason")
    matches("everything was put back", result.err, "what was done")
    is_as_before(box, before)


@thorough
def test_restart_without_a_reply(box):
    """The reply to the restart never comes: given up, put back with a restart of its own."""
    box.write(f"{DROP_IN_DIR}/10-short.conf", SHORT)
    before = former_state(box)
    result = harmed(box, "mute RestartUnit", *CHANGE, *FAST, timeout=120).exits(7)
    matches("restart ollama.service: not done within", result.err, "the reason")
    is_as_before(box, before)


def refused(box):
    """A run by one who may write the files but not order systemd about."""
    before = former_state(box)
    box.sh(f"chown nobody {ETC} {DROP_IN_DIR} {DROP_IN} && install -d -m 700 -o nobody {STATE_DIR}")
    result = box.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=ollama", TOOL,
                     *CHANGE, *FAST).exits(4)
    matches("sudo", result.err, "hint")
    matches("everything was put back", result.err, "what was done")
    box.sh(f"chown root {ETC} {DROP_IN_DIR} && chown root:ollama {DROP_IN}")
    is_as_before(box, before)
    equal(box.snapshot().invocation, before.invocation, "InvocationID")
    return result


@slow
def test_refused_without_rights(box):
    """Who may write the files but not order systemd about: exit 4, the old file is back."""
    refused(box)


@slow
def test_refused_by_polkit(box):
    """The same where polkit decides: its refusal is shown."""
    if box.run("test", "-x", "/usr/lib/polkit-1/polkitd").rc != 0:
        raise Skip("there is no polkit in this root file system")
    box.sh("systemctl restart polkit")
    matches("nteractive authentication", refused(box).err, "polkit's answer")
    equal(box.sh("systemctl is-active polkit").strip(), "active", "polkit.service")


def limit_reloads(box, interval):
    """systemd refuses the third reload within `interval` seconds; two have been used up."""
    if int(box.sh("systemctl --version | sed -n 's/^systemd \\([0-9]*\\).*/\\1/p'")) < 253:
        raise Skip("this systemd has no limit on reloads")
    box.write("/run/systemd/system.conf.d/e2e.conf",
              f"[Manager]\nReloadLimitIntervalSec={interval}\nReloadLimitBurst=2\n")
    box.sh("kill -HUP 1; sleep 0.5; systemctl daemon-reload; systemctl daemon-reload")
    expect(box.run("systemctl", "daemon-reload").rc != 0, "this test's preparation")


def unlimit_reloads(box):
    # A signal to PID 1 reloads too, and is not limited.
    box.sh("rm -f /run/systemd/system.conf.d/e2e.conf; kill -HUP 1; sleep 0.5; "
           "systemctl daemon-reload")


@slow
def test_limited_reloads_are_waited_for(box):
    """systemd refuses the reload for a while: asked again until it may."""
    limit_reloads(box, 4)
    try:
        result = box.tool(*MAIN).exits(0)
        expect(result.seconds > 1, f"it took {result.seconds:.1f} s")
        has_settings(box.snapshot(), WANTED)
    finally:
        unlimit_reloads(box)


@thorough
def test_limited_reloads_are_given_up(box):
    """systemd refuses the reload for an hour: exit 9 after a minute, the old file is back."""
    before = former_state(box)
    limit_reloads(box, 3600)
    try:
        result = box.tool(*CHANGE, *FAST, timeout=120).exits(9)
        matches("rate limit", result.err, "the reason")
        is_as_before(box, before)
    finally:
        unlimit_reloads(box)


@slow
def test_no_room_for_a_reload(box):
    """systemd refuses to reload where /run is nearly full: the old file is back, exit 1."""
    before = former_state(box)
    box.sh("mount -o remount,size=$(($(df --output=used /run | tail -n 1) + 8192))k /run")
    try:
        if box.run("systemctl", "daemon-reload").rc == 0:
            raise Skip("this systemd reloads however full /run is")
        result = box.tool(*CHANGE, *FAST).exits(1)
        matches("space", result.err, "the reason")
        matches("everything was put back", result.err, "what was done")
    finally:
        box.sh("mount -o remount,size=50% /run")
    is_as_before(box, before)
    equal(box.snapshot().invocation, before.invocation, "InvocationID")


def in_its_job(box, *options):
    """The tool while the job of its restart runs."""
    slow_start(box, 3)
    box.restart()
    tool = box.start(*MAIN, *options)
    wait_until(lambda: box.snapshot().props["SubState"] == "start-pre", "the job")
    return tool


@slow
def test_job_is_cancelled(box):
    """Somebody cancels our job: exit 9, the file stays, nothing is started by us."""
    tool = in_its_job(box)
    box.sh("systemctl cancel")
    result = tool.wait(30).exits(9)
    matches("its job was canceled", result.err, "the reason")
    equal(box.snapshot().environment.get("OLLAMA_KEEP_ALIVE"), "-1", "in systemd's Environment")


@slow
def test_job_is_replaced_by_a_stop(box):
    """Somebody stops the service during our job: exit 9, the file stays, it stays stopped."""
    tool = in_its_job(box)
    box.sh("systemctl stop ollama")
    tool.wait(30).exits(9)
    after = box.snapshot()
    # Where its ExecStartPre= was ended by a signal systemd calls it failed.
    expect(after.active in ("inactive", "failed") and after.pid == 0, f"it is {after.active}")
    equal(after.environment.get("OLLAMA_KEEP_ALIVE"), "-1", "in systemd's Environment")


@slow
def test_job_is_joined_by_a_restart(box):
    """Somebody restarts the service during our job: done, with their process."""
    tool = in_its_job(box)
    box.sh("systemctl restart ollama")
    tool.wait(30).exits(0)
    has_settings(box.snapshot(), WANTED)


@slow
def test_systemd_executes_itself_anew_in_the_reload(box):
    """daemon-reexec during our reload: done."""
    before = starts(box)
    reloading = slow_reload(box, 1)
    tool = box.start(*MAIN)
    wait_until(reloading, "the reload")
    box.sh("systemctl daemon-reexec")
    is_done(box, tool.wait(60), before)


@slow
def test_systemd_executes_itself_anew_in_the_restart(box):
    """daemon-reexec during our restart: waited for, done, restarted once."""
    tool = in_its_job(box)
    before = starts(box)
    box.sh("systemctl daemon-reexec")
    is_done(box, tool.wait(60), before)


@slow
def test_systemd_executes_itself_anew_and_the_start_fails(box):
    """daemon-reexec during a restart that fails then: put back, exit 7."""
    box.write(f"{DROP_IN_DIR}/10-slow.conf", "[Service]\nExecStartPre=/bin/sh -c "
              '\'[ "$OLLAMA_KEEP_ALIVE" != -1 ] || { sleep 3; echo e2e says no >&2; exit 3; }\'\n')
    before = former_state(box)
    tool = box.start(*CHANGE, "--settle=1", "--timeout=20")
    wait_until(lambda: box.snapshot().props["SubState"] == "start-pre", "the job")
    box.sh("systemctl daemon-reexec")
    result = tool.wait(60).exits(7)
    matches("e2e says no|status=3|control process|exited", result.text, "the reason")
    is_as_before(box, before)


@thorough
def test_reload_of_thirty_seconds(box):
    """A reload that takes 30 s is waited for, and said."""
    before = starts(box)
    slow_reload(box, 30)
    begun = time.monotonic()
    result = box.tool(*MAIN, timeout=120)
    expect(time.monotonic() - begun > 30, "this test's preparation")
    is_done(box, result, before)
    matches("reloading systemd", result.err, "progress")


def patient_snapshot(box):
    """The test's own questions fail too while systemd executes itself anew."""
    for _ in range(30):
        try:
            return box.snapshot()
        except (Failure, KeyError, ValueError):
            time.sleep(0.1)
    return box.snapshot()


@thorough
def test_systemd_executes_itself_anew_again_and_again(box):
    """daemon-reexec every half second during ten changes: each is done or put back, as it says."""
    box.sh("systemd-run --quiet --unit=e2e-reexec --property=Restart=always "
           "--property=StartLimitIntervalSec=0 sh -c 'sleep 0.5; systemctl daemon-reexec'")
    codes = []
    for number in range(1, 11):
        old = patient_snapshot(box).environment.get("OLLAMA_NUM_PARALLEL")
        result = box.tool("configure", "--num-parallel", str(number), *FAST)
        codes.append(result.exits(0, 7, 9).rc)
        wanted = str(number) if result.rc == 0 else old
        after = patient_snapshot(box)
        equal(after.environment.get("OLLAMA_NUM_PARALLEL"), wanted, f"after {result.text}")
        equal(after.env_of_process().get("OLLAMA_NUM_PARALLEL"), wanted, f"after {result.text}")
    box.sh("until systemctl stop e2e-reexec; do sleep 0.1; done")
    expect(codes.count(0) >= 8, f"exit codes {codes}")

# SPDX-License-Identifier: MIT
"""No run without a fixed point: what ExecStart= sets again is said, once, and nothing is restarted for it."""
from harness import FAST, UNIT, equal, expect, lacks, matches, needs_python

DROP_IN = "/etc/systemd/system/ollama.service.d/40-start.conf"
CHANGE = ("configure", "--num-parallel", "8", *FAST)


def starts_with(box, exec_start, more=""):
    box.write(DROP_IN, f"[Service]\nExecStart=\nExecStart={exec_start}\n{more}")
    box.restart()


def stays_as_it_is(box, where, first=CHANGE):
    """The first run says where the value comes from, the next ones too, and restart nothing."""
    matches(where, box.tool(*first).exits(11).text, "the first run")
    pid = box.snapshot().pid
    matches(where, box.tool(*CHANGE).exits(11).text, "the second run")
    box.reload()
    matches(where, box.tool(*CHANGE).exits(11).text, "after somebody's reload")
    box.tool(*CHANGE, "--check").exits(0, 11)
    matches(where, box.tool("verify").exits(11).text, "verify")
    lacks("not restarted yet", box.tool("verify").text, "verify")
    equal(box.snapshot().pid, pid, "MainPID")
    box.tool("reset", *FAST)
    pid = box.snapshot().pid
    for command in ("reset", "configure", "reset"):
        box.tool(command, *FAST)
    box.tool("configure", "--check").exits(0, 11)
    equal(box.snapshot().pid, pid, "MainPID after resets")


def test_a_script_that_sets_it(box):
    """A script exports the variable."""
    box.write("/usr/local/bin/start-ollama.sh",
              "#!/bin/sh\n# our start\nexport OLLAMA_NUM_PARALLEL=4\nexec /usr/local/bin/ollama serve\n", "755")
    starts_with(box, "/usr/local/bin/start-ollama.sh")
    stays_as_it_is(box, r"start-ollama\.sh:3 sets it")


def test_a_command_line_that_sets_it(box):
    """`bash -c 'export …'` in ExecStart= itself."""
    starts_with(box, "/bin/bash -c 'export OLLAMA_NUM_PARALLEL=4; exec /usr/local/bin/ollama serve'")
    stays_as_it_is(box, r"ExecStart= itself sets it \(.*40-start\.conf:3\)")


def test_a_login_shell_that_sets_it(box):
    """`bash -lc` and /etc/profile.d."""
    box.write("/etc/profile.d/e2e.sh", "export OLLAMA_NUM_PARALLEL=4\n")
    try:
        starts_with(box, "/bin/bash -lc 'exec /usr/local/bin/ollama serve'")
        stays_as_it_is(box, "login shell")
    finally:
        box.sh("rm -f /etc/profile.d/e2e.sh")


def test_a_program_of_its_own_that_sets_it(box):
    """A program that nobody can read sets it: said as far as can be seen."""
    needs_python(box)
    box.write("/usr/local/bin/launcher", "import os\nos.environ['OLLAMA_NUM_PARALLEL'] = '4'\n"
              "os.execv('/usr/local/bin/ollama', ['ollama', 'serve'])\n")
    starts_with(box, "/usr/bin/python3 /usr/local/bin/launcher")
    stays_as_it_is(box, "something that ExecStart= runs")


def test_a_restart_that_was_missing_is_made(box):
    """A process that is older than the settings is still restarted, once."""
    box.tool(*CHANGE, "--restart=never").exits(0)
    before = box.snapshot().pid
    box.tool(*CHANGE).exits(0)
    after = box.snapshot()
    expect(after.pid != before, "it was restarted")
    equal(after.env_of_process().get("OLLAMA_NUM_PARALLEL"), "8", "in the process")
    box.tool(*CHANGE).exits(0)
    equal(box.snapshot().pid, after.pid, "MainPID")


def test_an_old_process_and_a_late_reload(box):
    """Edited, restarted without a reload, reloaded later: the restart is missing, and is made."""
    box.tool(*CHANGE).exits(0)
    box.sh("sed -i s/NUM_PARALLEL=8/NUM_PARALLEL=6/ /etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf; "
           "systemctl restart ollama; sleep 0.1; systemctl daemon-reload")
    box.tool("configure", *FAST).exits(0)
    equal(box.snapshot(UNIT).env_of_process().get("OLLAMA_NUM_PARALLEL"), "6", "in the process")


def test_a_start_that_systemd_would_skip(box):
    """A condition that is no longer met is named before the running service is stopped for it."""
    box.sh("touch /run/e2e/ready")
    box.write(DROP_IN, "[Unit]\nConditionPathExists=/run/e2e/ready\n")
    box.restart()
    box.sh("rm /run/e2e/ready")
    before = box.snapshot()
    result = box.tool(*CHANGE).exits(6)
    matches(r"40-start\.conf:2", result.text, "the place")
    matches("ConditionPathExists=/run/e2e/ready", result.text, "the line")
    after = box.snapshot()
    equal((after.pid, after.files), (before.pid, before.files), "the service and the files")


def test_another_start_that_systemd_skips(box):
    """A condition that only systemd can judge: said as that, not as somebody else's work."""
    box.write(DROP_IN, "[Unit]\nConditionEnvironment=!E2E_STOP\n")
    box.restart()
    box.sh("systemctl set-environment E2E_STOP=1")
    try:
        result = box.tool(*CHANGE).exits(7, 8)
        matches("Condition", result.text, "why")
        lacks("someone else", result.text, "what it says")
    finally:
        box.sh("systemctl unset-environment E2E_STOP")


def test_a_container_is_refused(box):
    """A unit that starts a container: refused before anything is written, with the way to do it."""
    box.write("/usr/local/bin/docker", "#!/bin/sh\nexec sleep 1000\n", "755")
    try:
        box.write(DROP_IN, "[Service]\nExecStart=\nExecStart=/usr/local/bin/docker run --rm ollama/ollama\n")
        box.sh("systemctl daemon-reload && systemctl restart ollama")
        before = box.snapshot()
        result = box.tool(*CHANGE).exits(6)
        matches("container", result.text, "why")
        matches("-e NAME=VALUE", result.text, "the way")
        equal((box.snapshot().files, box.snapshot().pid), (before.files, before.pid), "nothing changed")
        box.tool("reset").exits(0, 11)
    finally:
        box.sh("rm -f /usr/local/bin/docker")

# SPDX-License-Identifier: MIT
"""What cannot end well is refused before a byte is written; what goes on meanwhile is respected."""
from harness import (DROP_IN, DROP_IN_DIR, ETC, FAST, FRAGMENT, MAIN, STATE_DIR, WANTED,
                     changed_files, equal, expect, has_settings, matches, nothing_changed, slow,
                     wait_until)

LONG = ("configure", "--gpus", "all", "--spread", "--keep-alive", "--settle=0", "--timeout=60")


def conflict(box, place, *words):
    """Exit 6 with the place, nothing written, nothing reloaded, nothing restarted; a preview too."""
    words = words or MAIN
    before = box.snapshot()
    error = box.json(*words).exits(6).json["error"]
    equal(error["code"], "conflict", "error.code")
    expect(error["hint"], "there is no hint")
    text = box.tool(*words).exits(6).err
    matches(place, text, "the place")
    if (error["location"] or {}).get("column"):
        matches(r"(?m)^\s*\|? *\^", text, "a caret below the line")
    for preview in ("--dry-run", "--check"):
        equal(box.json(*words, preview).exits(6).json["error"], error, f"the error of {preview}")
    nothing_changed(before, box.snapshot())
    return error


def other_file(box, path, *lines):
    box.write(path, "".join(f"{line}\n" for line in ("[Service]", *lines)))
    box.restart()


def test_later_drop_in_wins(box):
    """A drop-in that sorts after ours sets the same variable."""
    path = f"{DROP_IN_DIR}/zzz.conf"
    other_file(box, path, "# text", "Environment=OLLAMA_KEEP_ALIVE=5m")
    error = conflict(box, rf"{path}:3")
    equal((error["location"]["file"], error["location"]["line"]), (path, 3), "location")


def test_later_drop_in_clears_everything(box):
    """A drop-in that sorts after ours has a bare `Environment=`."""
    path = f"{DROP_IN_DIR}/zzz.conf"
    other_file(box, path, "Environment=")
    conflict(box, rf"{path}:2")


def test_later_drop_in_with_other_variables(box):
    """A drop-in that sorts after ours and sets something else is no obstacle."""
    other_file(box, f"{DROP_IN_DIR}/zzz.conf", "Environment=OLLAMA_NUM_PARALLEL=2")
    box.tool(*MAIN).exits(0)
    has_settings(box.snapshot(), {**WANTED, "OLLAMA_NUM_PARALLEL": "2"})


def test_drop_in_for_all_services_wins(box):
    """service.d/zzz.conf beats ours too."""
    path = f"{ETC}/service.d/zzz.conf"
    other_file(box, path, "Environment=OLLAMA_SCHED_SPREAD=0")
    conflict(box, rf"{path}:2")


def test_drop_in_of_an_alias_wins(box):
    """An alias's drop-in that sorts after ours beats it."""
    box.sh(f"ln -s ollama.service {ETC}/e2e-llm.service")
    path = f"{ETC}/e2e-llm.service.d/zz.conf"
    other_file(box, path, "Environment=OLLAMA_SCHED_SPREAD=0")
    expect(path in box.snapshot().drop_ins, "this test's preparation")
    conflict(box, rf"{path}:2")


def test_environment_file_wins(box):
    """An EnvironmentFile always beats Environment=: refused with the line in that file."""
    box.write("/e2e/scratch/env", "A=1\nOLLAMA_KEEP_ALIVE=5m\n")
    other_file(box, f"{DROP_IN_DIR}/10-file.conf", "EnvironmentFile=/e2e/scratch/env")
    conflict(box, r"/e2e/scratch/env:2")


def read_only_etc(box, release):
    """/etc mounted read-only, on a system that calls itself `release`."""
    box.sh(f"cp -L /etc/os-release /e2e/scratch/os-release && printf '{release}' > "
           "/e2e/scratch/release && mount --bind /etc /etc && "
           "mount --bind /e2e/scratch/release \"$(readlink -f /etc/os-release)\" && "
           "mount -o remount,ro,bind /etc")


def writable_etc(box):
    box.sh("umount \"$(readlink -f /etc/os-release)\" /etc")


def test_read_only_etc(box):
    """/etc cannot be written: exit 6 and where the setting belongs; previews say the same."""
    read_only_etc(box, "ID=some\\nPRETTY_NAME=\"Some Image 1\"\\n")
    try:
        error = conflict(box, r"Read-only file system; this Some Image 1 keeps it read-only")
        matches("--root DIR", error["hint"], "hint")
    finally:
        writable_etc(box)
    box.tool(*MAIN).exits(0)


def test_nixos(box):
    """A system that generates /etc is named, with its own way to set the same."""
    read_only_etc(box, "ID=nixos\\nPRETTY_NAME=\"NixOS 26.05\"\\n")
    try:
        error = conflict(box, r"NixOS 26.05 generates the files below /etc/systemd/system")
        matches(r'environmentVariables = \{ .*OLLAMA_SCHED_SPREAD = "1"; .*\};', error["hint"],
                "hint")
    finally:
        writable_etc(box)


def test_unset_environment_wins(box):
    """UnsetEnvironment= takes our variable away from the process."""
    path = f"{DROP_IN_DIR}/10-unset.conf"
    other_file(box, path, "UnsetEnvironment=OLLAMA_KEEP_ALIVE")
    conflict(box, rf"{path}:2")


def test_unset_environment_of_an_exact_pair(box):
    """UnsetEnvironment= with our very value takes it away; with another value it does not."""
    path = f"{DROP_IN_DIR}/10-unset.conf"
    other_file(box, path, "UnsetEnvironment=OLLAMA_KEEP_ALIVE=-1")
    conflict(box, rf"{path}:2")
    box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    has_settings(box.snapshot(), {"OLLAMA_KEEP_ALIVE": "24h"})


def test_masked_name_in_a_higher_place(box):
    """A file of our name in a directory that goes first hides ours."""
    path = f"{ETC}.control/ollama.service.d/zz-ollama-gpu.conf"
    other_file(box, path, "Environment=E2E=1")
    conflict(box, rf"{path}")


def test_link_to_nowhere_in_a_higher_place(box):
    """So does a link to /dev/null of our name."""
    path = "/run/systemd/system.control/ollama.service.d/zz-ollama-gpu.conf"
    box.sh(f"mkdir -p $(dirname {path}) && ln -s /dev/null {path} && systemctl daemon-reload")
    conflict(box, rf"{path}")


def test_directory_is_a_link(box):
    """A drop-in directory that is a symbolic link is refused, and its target left alone."""
    box.sh(f"mkdir /e2e/scratch/d && ln -s /e2e/scratch/d {DROP_IN_DIR}")
    before = box.snapshot()
    result = box.tool(*MAIN).exits(1, 6)
    matches(r"symbolic link|symlink", result.err, "message")
    nothing_changed(before, box.snapshot())
    equal(box.sh("ls -A /e2e/scratch/d"), "", "the link's target")


def test_drop_in_is_a_link(box):
    """A drop-in of ours that is a symbolic link is refused, and its target left alone."""
    box.write("/e2e/scratch/file", "[Service]\nEnvironment=A=1\n")
    box.sh(f"mkdir {DROP_IN_DIR} && ln -s /e2e/scratch/file {DROP_IN}")
    before = box.snapshot()
    result = box.tool(*MAIN).exits(1, 6)
    matches(r"symbolic link|symlink", result.err, "message")
    nothing_changed(before, box.snapshot())
    equal(box.read("/e2e/scratch/file"), b"[Service]\nEnvironment=A=1\n", "the link's target")


def test_lock_is_a_link(box):
    """A link planted where the lock lies is not followed."""
    box.sh(f"mkdir -m 700 {STATE_DIR} && ln -s /e2e/scratch/victim {STATE_DIR}/ollama.service.lock")
    before = box.snapshot()
    result = box.tool(*MAIN)
    expect(result.rc != 0, "it went on")
    equal(changed_files(before, box.snapshot()), [], "files that changed")
    expect(not box.exists("/e2e/scratch/victim"), "the link was followed")


def test_manual_stop_refused(box):
    """A unit with RefuseManualStop= cannot be restarted: refused before writing."""
    box.write(FRAGMENT, box.read(FRAGMENT).decode().replace("[Unit]\n",
                                                            "[Unit]\nRefuseManualStop=yes\n"))
    box.reload()
    conflict(box, "RefuseManualStop")


def test_pending_edit_without_an_executable(box):
    """Someone's unloaded edit points to a binary that is not there: our reload would break it."""
    path = f"{DROP_IN_DIR}/override.conf"
    box.write(path, "[Service]\nExecStart=\nExecStart=/opt/none/ollama serve\n")
    conflict(box, r"override\.conf:3|/opt/none/ollama")


def test_pending_edit_that_breaks_the_unit(box):
    """Someone's unloaded edit is not UTF-8: our reload would break the unit."""
    box.write(FRAGMENT, box.read(FRAGMENT) + b"Environment=A=\xff\n")
    conflict(box, r"ollama\.service:\d+")


def test_foreign_server_at_the_new_address(box):
    """Someone else listens at the address that --listen names: refused, with the process id."""
    box.sh("systemd-run --quiet --unit=e2e-foreign --setenv=HOME=/run/e2e "
           "--setenv=OLLAMA_HOST=127.0.0.1:11900 /e2e/ollama serve")
    box.wait_for_answer(11900)
    pid = box.sh("systemctl show e2e-foreign -p MainPID --value").strip()
    conflict(box, rf"\b{pid}\b", "configure", "--listen", "127.0.0.1:11900", *FAST)


@slow
def test_foreign_server_on_the_port_of_a_crash_looping_unit(box):
    """Someone else holds Ollama's port and the unit crash-loops: refused, with the process id."""
    box.sh("systemctl stop ollama; systemd-run --quiet --unit=e2e-foreign --setenv=HOME=/run/e2e "
           "/e2e/ollama serve")
    box.wait_for_answer()
    box.sh("systemctl start ollama; sleep 0.3")
    pid = box.sh("systemctl show e2e-foreign -p MainPID --value").strip()
    before = box.snapshot()
    error = box.json(*MAIN).exits(6).json["error"]
    matches(rf"\b{pid}\b", error["message"], "message")
    equal(changed_files(before, box.snapshot()), [], "files that changed")


def start_and_wait_for_restart(box, *words):
    """The tool in the background, in its wait for a server that does not answer."""
    box.standin(misbehave="no-answer", misbehave_if="OLLAMA_KEEP_ALIVE=-1")
    before = box.snapshot()
    tool = box.start(*(words or LONG))
    wait_until(lambda: (box.snapshot().process or {}).get("OLLAMA_KEEP_ALIVE") == "-1", "the restart")
    box.sh("sleep 0.3")
    expect(tool.running(), "the tool did not wait")
    return tool, before


def is_put_back(box, before):
    after = box.snapshot()
    equal(sorted(set(after.files) ^ set(before.files)), [], "files that are more or fewer")
    equal(after.environment_list, before.environment_list, "systemd's Environment")
    expect("OLLAMA_KEEP_ALIVE" not in after.env_of_process(), "the process has the new settings")
    box.wait_for_answer()


def ended_by(name, number):
    @slow
    def test(box):
        tool, before = start_and_wait_for_restart(box, *LONG, "--json")
        tool.signal(name)
        result = tool.wait(60).exits(128 + number)
        is_put_back(box, before)
        expect('"interrupted"' in result.out, f"error.code is not interrupted: {result.out}")
    test.__doc__ = f"SIG{name} during the wait: everything is put back, exit {128 + number}."
    return test


test_ended_by_int = ended_by("INT", 2)
test_ended_by_term = ended_by("TERM", 15)
test_ended_by_hup = ended_by("HUP", 1)
test_ended_by_quit = ended_by("QUIT", 3)


@slow
def test_two_signals_do_not_stop_the_put_back(box):
    """A second signal while it is being put back changes nothing."""
    tool, before = start_and_wait_for_restart(box)
    box.sh('kill -INT "$1"; sleep 0.02; kill -INT "$1" 2> /dev/null; kill -TERM "$1" 2> /dev/null;'
           " true", str(tool.pid))
    tool.wait(60).exits(130)
    is_put_back(box, before)


@slow
def test_killed_run_is_put_back_by_the_next(box):
    """A run that was killed in its wait: the next one puts back first, then does its own work."""
    tool, _ = start_and_wait_for_restart(box)
    tool.signal("KILL")
    tool.wait(10)
    box.tool("configure", "--num-parallel", "2", *FAST).exits(0)
    after = box.snapshot()
    has_settings(after, {"OLLAMA_NUM_PARALLEL": "2"})
    expect("OLLAMA_KEEP_ALIVE" not in after.env_of_process(), "the killed run's settings are there")


@slow
def test_second_run_at_the_same_time(box):
    """While one run holds the lock another exits 9, naming the holder, and changes nothing."""
    tool, _ = start_and_wait_for_restart(box)
    before = box.snapshot()
    result = box.json("configure", "--keep-alive=1h", "--lock-timeout=0.5", *FAST).exits(9)
    equal(result.json["error"]["code"], "busy", "error.code")
    matches(rf"\b{tool.pid}\b", result.json["error"]["message"], "the holder")
    expect(result.seconds < 5, f"it waited {result.seconds:.1f} s")
    nothing_changed(before, box.snapshot())
    tool.signal("TERM")
    tool.wait(60).exits(143)


@slow
def test_second_run_waits_for_the_first(box):
    """Within --lock-timeout the second run waits, and then does its work."""
    tool, _ = start_and_wait_for_restart(box)
    second = box.start("configure", "--keep-alive=1h", "--lock-timeout=20", *FAST)
    box.sh("sleep 0.3")
    expect(second.running(), "the second run did not wait")
    tool.signal("TERM")
    tool.wait(60).exits(143)
    second.wait(30).exits(0)
    has_settings(box.snapshot(), {"OLLAMA_KEEP_ALIVE": "1h"})


@slow
def test_looking_needs_no_lock(box):
    """While one run is at work others may look."""
    tool, _ = start_and_wait_for_restart(box)
    for words in (("show",), ("gpus",), ("status",), (*MAIN, "--dry-run")):
        result = box.tool(*words)
        expect(result.rc != 9 and result.out, f"{words}: exit {result.rc}")
    tool.signal("TERM")
    tool.wait(60).exits(143)


@slow
def test_stopped_by_someone_else_meanwhile(box):
    """Someone stops the service during our wait: exit 9, the file stays, nothing is started."""
    tool, _ = start_and_wait_for_restart(box, *LONG, "--json")
    box.sh("systemctl stop ollama")
    result = tool.wait(60).exits(9)
    expect('"busy"' in result.out, f"error.code is not busy: {result.out}")
    after = box.snapshot()
    equal((after.active, after.pid), ("inactive", 0), "state")
    expect(DROP_IN in after.files, f"{DROP_IN} is gone")
    equal(after.environment.get("OLLAMA_KEEP_ALIVE"), "-1", "in systemd's Environment")


@slow
def test_restarted_by_someone_else_meanwhile(box):
    """Someone restarts the service during our wait: we wait for that process instead."""
    tool, _ = start_and_wait_for_restart(box)
    box.standin()
    box.sh("systemctl restart ollama")
    tool.wait(60).exits(0)
    has_settings(box.snapshot(), WANTED)


@slow
def test_reloads_of_others_meanwhile(box):
    """Someone reloads and re-executes systemd during our wait: we go on."""
    box.standin(discovery_delay_ms=12000)  # longer than three reloads on a busy machine
    tool = box.start(*LONG)
    wait_until(lambda: (box.snapshot().process or {}).get("OLLAMA_KEEP_ALIVE") == "-1", "the restart")
    box.sh("systemctl daemon-reload; systemctl daemon-reexec; systemctl daemon-reload")
    expect(tool.running(), "the tool did not wait")
    tool.wait(60).exits(0)
    has_settings(box.snapshot(), WANTED)


@slow
def test_our_file_edited_by_someone_else_meanwhile(box):
    """Someone edits our file during the wait and the service fails: their edit is left, exit 8."""
    tool, _ = start_and_wait_for_restart(box, *LONG[:-1], "--timeout=3")
    mine = '[Service]\nEnvironment="OLLAMA_KEEP_ALIVE=3h"\n'
    box.write(DROP_IN, mine)
    tool.wait(30).exits(8)
    equal(box.read(DROP_IN).decode(), mine, DROP_IN)


def test_full_disk(box):
    """No room for the new file: an error, the old one stays, no temporary file."""
    box.tool(*MAIN).exits(0)
    before = box.snapshot()
    box.sh("mkdir -p /e2e/scratch/etc && cp -a /etc/systemd/system/. /e2e/scratch/etc/")
    # The tool's own view of the directory is a file system without any room.
    result = box.run("unshare", "--mount", "sh", "-c",
                     f"mount -t tmpfs -o size=256k none {ETC} && "
                     f"cp -a /e2e/scratch/etc/. {ETC}/ && "
                     f"{{ cat /dev/zero > {ETC}/fill 2> /dev/null; true; }}; "
                     f'sum=$(sha256sum < {DROP_IN}); "$@"; rc=$?; '
                     f'[ "$sum" = "$(sha256sum < {DROP_IN})" ] || echo E2E-CHANGED; '
                     f'ls -A {DROP_IN_DIR} | tr "\\n" " "; exit $rc',
                     "sh", "/usr/local/bin/ollama-gpu", "configure", "--set",
                     "E2E_LONG=" + "x" * 20000, *FAST)
    expect(0 < result.rc < 126, f"exit {result.rc}")
    expect("E2E-CHANGED" not in result.out, "the old file was changed")
    expect(result.out.rstrip().endswith("zz-ollama-gpu.conf"), f"files left: {result.out}")
    nothing_changed(before, box.snapshot())

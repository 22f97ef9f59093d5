# SPDX-License-Identifier: MIT
"""What is not named stays; what is taken out goes."""
from harness import (DROP_IN, DROP_IN_DIR, ETC, FAST, MAIN, WANTED, configured, equal, expect,
                     has_no, has_settings, matches)


def test_one_setting_changes_and_the_rest_stays(box):
    """`--keep-alive=24h` afterwards changes that one alone."""
    box.tool(*MAIN).exits(0)
    result = box.json("configure", "--keep-alive=24h", *FAST).exits(0)
    has_settings(box.snapshot(), {**WANTED, "OLLAMA_KEEP_ALIVE": "24h"})
    diff = [line for line in result.json["diff"].splitlines() if line[:13] in
            ("+Environment=", "-Environment=")]
    equal(sorted(diff), ['+Environment="OLLAMA_KEEP_ALIVE=24h"',
                         '-Environment="OLLAMA_KEEP_ALIVE=-1"'], "diff")


def test_exact_drops_the_rest(box):
    """`--exact` leaves just what this call names."""
    box.tool(*MAIN).exits(0)
    box.tool("configure", "--exact", "--keep-alive=24h", *FAST).exits(0)
    after = box.snapshot()
    has_settings(after, {"OLLAMA_KEEP_ALIVE": "24h", "OLLAMA_HOST": "127.0.0.1:11434"})
    has_no(after, "OLLAMA_SCHED_SPREAD", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")


def test_reset_takes_all_out(box):
    """`reset` removes file and directory, and the process is as it was at first."""
    before = box.snapshot()
    box.tool(*MAIN).exits(0)
    result = box.json("reset", *FAST).exits(0)
    after = box.snapshot()
    has_no(after, *WANTED)
    equal(after.environment_list, before.environment_list, "systemd's Environment")
    expect(not box.exists(DROP_IN_DIR), f"{DROP_IN_DIR} is still there")
    equal(after.drop_ins, [], "DropInPaths")
    equal((result.json["changed"], result.json["restarted"]), (True, True), "changed, restarted")


def test_reset_keeps_a_directory_with_files_of_others(box):
    """`reset` leaves another's drop-in and the directory."""
    other = f"{DROP_IN_DIR}/override.conf"
    box.write(other, '[Service]\nEnvironment="OLLAMA_NUM_PARALLEL=2"\n')
    box.restart()
    before = box.snapshot().file(other)
    configured(box)
    box.tool("reset", *FAST).exits(0)
    after = box.snapshot()
    equal(after.file(other), before, other)
    equal(after.drop_ins, [other], "DropInPaths")
    has_settings(after, {"OLLAMA_NUM_PARALLEL": "2"})


def test_reset_keeps_an_empty_directory_that_was_there_before(box):
    """An empty directory that we did not make stays."""
    box.sh(f"mkdir {DROP_IN_DIR}")
    configured(box)
    box.tool("reset", *FAST).exits(0)
    expect(box.exists(DROP_IN_DIR), f"{DROP_IN_DIR} is gone")
    expect(not box.exists(DROP_IN), f"{DROP_IN} is still there")


def test_reset_check_and_dry_run(box):
    """`reset --check` exits 10 where something would go, and `--dry-run` shows what."""
    box.tool(*MAIN).exits(0)
    before = box.snapshot()
    box.json("reset", "--check").exits(10)
    result = box.json("reset", "--dry-run").exits(0)
    matches(r'^-Environment="OLLAMA_SCHED_SPREAD=1"', result.json["diff"], "diff")
    after = box.snapshot()
    equal(after.file(DROP_IN), before.file(DROP_IN), DROP_IN)
    equal(after.invocation, before.invocation, "InvocationID")


def test_a_hand_edit_is_merged_and_said(box):
    """A line that someone added to our drop-in by hand stays, and the run says so."""
    box.tool(*MAIN).exits(0)
    box.append(DROP_IN, 'Environment="OLLAMA_NUM_PARALLEL=3"\n')
    result = box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    has_settings(box.snapshot(), {**WANTED, "OLLAMA_KEEP_ALIVE": "24h", "OLLAMA_NUM_PARALLEL": "3"})
    matches(r"by hand|hand edit|edited|someone", result.text, "output")


def test_a_hand_edit_of_another_directive_stays(box):
    """A directive of another kind in our drop-in is not lost."""
    box.tool(*MAIN).exits(0)
    box.append(DROP_IN, "LimitNOFILE=4242\n")
    box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    equal(box.sh("systemctl show ollama -p LimitNOFILE --value").strip(), "4242", "LimitNOFILE")


def test_a_hand_changed_value_is_the_truth(box):
    """A value changed by hand, not loaded yet, comes into force with the next run."""
    box.tool(*MAIN).exits(0)
    box.sh(f"sed -i s/OLLAMA_KEEP_ALIVE=-1/OLLAMA_KEEP_ALIVE=7h/ {DROP_IN}")
    box.tool("configure", *FAST).exits(0)
    has_settings(box.snapshot(), {**WANTED, "OLLAMA_KEEP_ALIVE": "7h"})


def test_files_of_others_are_never_written(box):
    """configure, a change and reset leave every other file of the unit as it was."""
    others = {f"{DROP_IN_DIR}/10-a.conf": "E2E_A=1", f"{DROP_IN_DIR}/override.conf": "E2E_B=1",
              f"{ETC}/service.d/x.conf": "E2E_C=1"}
    for path, pair in others.items():
        box.write(path, f"[Service]\nEnvironment={pair}\n")
    box.restart()
    before = box.snapshot()
    configured(box)
    for command in (("configure", "--keep-alive=24h", *FAST), ("reset", *FAST)):
        box.tool(*command).exits(0)
        after = box.snapshot()
        for path in others:
            equal(after.file(path), before.file(path), path)
            expect(path in after.drop_ins, f"{path} is not in DropInPaths")

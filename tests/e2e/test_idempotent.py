# SPDX-License-Identifier: MIT
"""Running it again changes nothing."""
from harness import (DROP_IN, FAST, GPU_UUIDS, MAIN, configured, equal, expect, has_settings,
                     nothing_changed)


def again(box, first, second, unchanged=True):
    box.tool(*first).exits(0)
    before = box.snapshot()
    result = box.json(*second).exits(0)
    nothing_changed(before, box.snapshot())
    if unchanged:
        equal(result.json["changed"], False, "changed")
        equal(result.json["restarted"], False, "restarted")
    return result


def test_second_run_changes_nothing(box):
    """The main command again: no write, no reload, no restart."""
    result = again(box, MAIN, MAIN)
    for step in ("write", "reload", "restart", "start"):
        expect(step not in result.steps(), f"the plan has a step {step}")
    equal(result.json["diff"], "", "diff")


def test_second_run_still_proves(box):
    """A run that changes nothing looks at the process and the server all the same."""
    evidence = again(box, MAIN, MAIN).evidence()
    for level in ("file", "manager", "process", "server", "devices"):
        equal(evidence.get(level), "ok", f"evidence {level}")


def test_second_run_writes_no_generation(box):
    """Nothing is kept for undoing where nothing was done."""
    before = sorted(configured(box).state_files)
    box.tool(*MAIN).exits(0)
    equal(sorted(box.snapshot().state_files), before, "files of the state")


def test_a_part_of_the_settings_changes_nothing(box):
    """Naming some of what is set already changes nothing."""
    again(box, MAIN, ("configure", "--spread", *FAST))


def test_no_setting_converges_on_the_drop_in(box):
    """`configure` without a setting has nothing to do where the drop-in is in force."""
    again(box, MAIN, ("configure", *FAST))


def test_bare_keep_alive_is_minus_one(box):
    """`--keep-alive` and `--keep-alive=-1` are the same."""
    again(box, MAIN, ("configure", "--keep-alive=-1", *FAST))


def test_uuids_again(box):
    """A beginning of a UUID, then the whole of it, is the same selection: no restart."""
    box.tool("configure", "--gpus", "GPU-58a8", *FAST).exits(0)
    before = box.snapshot()
    has_settings(before, {"CUDA_VISIBLE_DEVICES": GPU_UUIDS[1]})
    box.tool("configure", "--gpus", GPU_UUIDS[1], *FAST).exits(0)
    equal(box.snapshot().invocation, before.invocation, "InvocationID")


def test_exact_again(box):
    """`--exact` with what is there already changes nothing."""
    again(box, MAIN, (*MAIN, "--exact"))


def test_unset_again(box):
    """`--unset` of a variable that the unit sets changes nothing the second time."""
    command = ("configure", "--unset", "OLLAMA_ORIGINS", *FAST)
    again(box, command, command)


def test_no_spread_on_a_fresh_unit_changes_nothing(box):
    """Switching off what nobody switched on needs no file and no restart."""
    before = box.snapshot()
    result = box.json("configure", "--no-spread", "--no-keep-alive", *FAST).exits(0)
    nothing_changed(before, box.snapshot())
    equal(result.json["changed"], False, "changed")


def test_what_another_file_sets_already(box):
    """A setting that another file has made is in force: the process is not restarted for it."""
    box.write("/etc/systemd/system/ollama.service.d/override.conf",
              '[Service]\nEnvironment="OLLAMA_SCHED_SPREAD=1"\n')
    box.restart()
    before = box.snapshot()
    evidence = box.json("configure", "--spread", *FAST).exits(0).evidence()
    after = box.snapshot()
    equal(after.invocation, before.invocation, "InvocationID")
    has_settings(after, {"OLLAMA_SCHED_SPREAD": "1"})
    equal((evidence["process"], evidence["server"]), ("ok", "ok"), "evidence")


def test_reset_of_nothing_changes_nothing(box):
    """`reset` where nothing of ours lies changes nothing."""
    before = box.snapshot()
    result = box.json("reset", *FAST).exits(0)
    nothing_changed(before, box.snapshot())
    equal(result.json["changed"], False, "changed")


def test_second_reset_changes_nothing(box):
    """`reset` twice: the second has nothing to do."""
    box.tool(*MAIN).exits(0)
    again(box, ("reset", *FAST), ("reset", *FAST))


def test_many_runs_in_a_row_do_not_hit_the_start_limit(box):
    """Seven changes in a row succeed, though systemd allows five starts in ten seconds."""
    for number in range(2, 9):
        box.tool("configure", "--num-parallel", str(number), *FAST).exits(0)
    has_settings(box.snapshot(), {"OLLAMA_NUM_PARALLEL": "8"})
    expect(box.exists(DROP_IN), f"there is no {DROP_IN}")

# SPDX-License-Identifier: MIT
"""Half-done work of others: the next run does just what is missing."""
from harness import (DROP_IN, DROP_IN_DIR, FAST, MAIN, WANTED, equal, expect, has_settings, matches)


def prepare(box):
    """Our drop-in's bytes for the main command, with the service back as if it were never there."""
    box.tool(*MAIN).exits(0)
    content = box.read(DROP_IN)
    box.tool("reset", *FAST).exits(0)
    return content


def converge(box):
    before = box.snapshot()
    result = box.json(*MAIN).exits(0)
    after = box.snapshot()
    has_settings(after, WANTED)
    equal(result.json["changed"], True, "changed")
    return before, after, result


def test_loaded_but_not_restarted(box):
    """The file is there and loaded, the process old: no write, no reload, a restart."""
    box.write(DROP_IN, prepare(box))
    box.reload()
    before, after, result = converge(box)
    equal(after.file(DROP_IN), before.file(DROP_IN), DROP_IN)
    equal(after.reloads, before.reloads, "time of systemd's last reload")
    expect(after.invocation != before.invocation, "the service was not restarted")
    equal(result.json["restarted"], True, "restarted")


def test_restart_never_is_completed_by_the_next_run(box):
    """What `--restart never` left open is done by the next run."""
    box.tool(*MAIN, "--restart", "never").exits(0, 11)
    before, after, _ = converge(box)
    equal(after.file(DROP_IN), before.file(DROP_IN), DROP_IN)
    expect(after.invocation != before.invocation, "the service was not restarted")


def test_written_but_not_loaded(box):
    """The file is there in a new directory, which systemd does not notice: reload and restart."""
    content = prepare(box)
    box.write(DROP_IN, content)
    equal(box.snapshot().environment.get("OLLAMA_KEEP_ALIVE"), None, "this test's preparation")
    before, after, _ = converge(box)
    equal(after.file(DROP_IN), before.file(DROP_IN), DROP_IN)
    expect(after.reloads != before.reloads, "systemd was not reloaded")


def test_edited_with_an_old_time_and_not_loaded(box):
    """An edit that keeps an old time is seen, though systemd says that no reload is needed."""
    box.tool(*MAIN).exits(0)
    box.sh(f"cp -p {DROP_IN} /e2e/scratch/saved")
    box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    box.sh(f"cp -p /e2e/scratch/saved {DROP_IN}")
    before, after, _ = converge(box)
    equal(before.environment["OLLAMA_KEEP_ALIVE"], "24h", "this test's preparation")
    equal(after.file(DROP_IN), before.file(DROP_IN), DROP_IN)


def test_loaded_and_started_then_removed_on_disk(box):
    """Our drop-in was deleted without a reload: it is written again; the process may stay."""
    box.tool(*MAIN).exits(0)
    box.sh(f"rm -r {DROP_IN_DIR}")
    _, after, _ = converge(box)
    equal(after.drop_ins, [DROP_IN], "DropInPaths")


def test_process_has_the_settings_already(box):
    """The file is new, but the process has the settings from another source: no restart."""
    box.tool(*MAIN).exits(0)
    box.sh(f"rm -r {DROP_IN_DIR}")
    box.reload()
    before, after, result = converge(box)
    equal(after.invocation, before.invocation, "InvocationID")
    equal(result.json["restarted"], False, "restarted")


def test_reset_after_removal_by_hand(box):
    """Our drop-in was deleted and systemd reloaded, the process is old: `reset` restarts it."""
    box.tool(*MAIN).exits(0)
    box.sh(f"rm -r {DROP_IN_DIR}")
    box.reload()
    box.json("reset", *FAST).exits(0)
    process = box.snapshot().env_of_process()
    for name in WANTED:
        expect(name not in process, f"{name} is still in the process")


def test_pending_edits_of_others_are_a_named_step(box):
    """Someone's edit that our reload makes live is a step of the plan."""
    other = f"{DROP_IN_DIR}/override.conf"
    box.write(other, '[Service]\nEnvironment="OLLAMA_NUM_PARALLEL=2"\n')
    result = box.json(*MAIN, "--dry-run").exits(0)
    matches(r"override\.conf|OLLAMA_NUM_PARALLEL", result.plan_text(), "plan")
    box.tool(*MAIN).exits(0)
    has_settings(box.snapshot(), {**WANTED, "OLLAMA_NUM_PARALLEL": "2"})

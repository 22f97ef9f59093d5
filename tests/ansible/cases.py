# SPDX-License-Identifier: MIT
"""What the collection does on several hosts at once. A case is a function `case_...(fleet)` with a docstring that says what
it shows; before it every host is as Ollama's installer leaves it. What happened is seen with systemctl and /proc in the hosts.
"""
import fleet as fleets
from harness import (DROP_IN, equal, expect, has_no, has_settings, lacks, matches,
                     nothing_changed)

FAST = {"settle": 0, "timeout": 20}
SELECTION = {"gpus": "min-total=20GiB", "spread": True, "keep_alive": "24h", **FAST}
IF_OURS = {"misbehave": "exit-at-start", "misbehave_if": "OLLAMA_KEEP_ALIVE=24h"}


def settings_of(host):
    return {"CUDA_VISIBLE_DEVICES": ",".join(host.big_cards(20)), "OLLAMA_SCHED_SPREAD": "1", "OLLAMA_KEEP_ALIVE": "24h"}


def configured(fleet):
    fleet.task(SELECTION).exits(0)
    return fleet.snapshots()


def all_unchanged(before, after):
    for one, other in zip(before, after):
        nothing_changed(one, other)


def levels(result):
    return {entry["level"]: entry["status"] for entry in result["evidence"]}


def case_one_selector_for_different_hosts(fleet):
    """One task, three hosts with other GPUs each: each gets its own cards, in systemd and in the process."""
    played = fleet.task(SELECTION).exits(0)
    chosen = set()
    for host, snapshot in zip(fleet.hosts, fleet.snapshots()):
        has_settings(snapshot, settings_of(host))
        chosen.add(snapshot.environment["CUDA_VISIBLE_DEVICES"])
        result = played.result(host)
        equal((result["changed"], result["applied"], result["restarted"], result["rc"]), (True, True, True, 0), "result")
        equal(set(levels(result).values()), {"ok"}, "evidence")
    equal(len(chosen), len(fleet.hosts), "different selections")


def case_second_play_changes_nothing(fleet):
    """The same play again: no write, no reload, no restart, and Ansible says so."""
    before = configured(fleet)
    played = fleet.task(SELECTION).exits(0)
    all_unchanged(before, fleet.snapshots())
    for host in fleet.hosts:
        equal((played.result(host)["changed"], played.result(host)["restarted"]), (False, False), "result")
    equal(played.text.count("changed=0"), len(fleet.hosts), "hosts that Ansible counts as not changed")


def case_check_mode(fleet):
    """--check --diff: every host as it was, with what would be and the diff; nothing where nothing would change."""
    before = fleet.snapshots()
    played = fleet.task(SELECTION, "--check", "--diff").exits(0)
    all_unchanged(before, fleet.snapshots())
    for host in fleet.hosts:
        result = played.result(host)
        equal((result["changed"], result["preview"], result["restarted"]), (True, True, False), "result")
        equal([step["step"] for step in result["plan"] if step["step"] in ("write", "restart")], ["write", "restart"], "plan")
        matches(r'^\+Environment="CUDA_VISIBLE_DEVICES=' + ",".join(host.big_cards(20)), played.text, "the diff shown")
    configured(fleet)
    played = fleet.task(SELECTION, "--check", "--diff").exits(0)
    for host in fleet.hosts:
        equal((played.result(host)["changed"], "diff" in played.result(host)), (False, False), "with nothing to do")


def case_diff_is_before_and_after(fleet):
    """The diff is that of the drop-in before and after, and no secret is in it nor in anything else that is shown."""
    host = fleet.hosts[0]
    fleet.task({"keep_alive": "24h", **FAST}, "--limit", host.alias).exits(0)
    before = host.read(DROP_IN).decode()
    secret = "hunter2-of-the-fleet"
    played = fleet.task({"keep_alive": "48h", "secrets": {"OPENAI_API_KEY": secret}, **FAST}, "--limit", host.alias,
                        "--diff", "-vvv").exits(0)
    after = host.read(DROP_IN).decode()
    matches(f'^Environment="OPENAI_API_KEY={secret}"$', after, "the drop-in")
    diff = played.result(host)["diff"]["prepared"].splitlines()
    for sign, gone, here in (("-", before, after), ("+", after, before)):
        for line in set(gone.splitlines()) - set(here.splitlines()):
            if secret not in line:
                expect(sign + line in diff, f"{sign}{line} is not in the diff {diff}")
    lacks(secret, played.text, "what Ansible shows")
    log = host.sh("journalctl --no-pager --output=cat")
    matches("Invoked with .*keep_alive=48h", log, "the host's log")
    lacks(secret, log, "the host's log")


def case_serial_stops_at_the_first_failure(fleet):
    """serial: 1, and the second host's Ollama does not start: it is put back, and the third is not touched."""
    first, second, third = fleet.hosts[:3]
    second.standin(**IF_OURS)
    before = fleet.snapshots()
    played = fleet.task(SELECTION, play="  serial: 1\n").exits(2)
    after = fleet.snapshots()
    has_settings(after[0], settings_of(first))
    is_as_before(before[1], after[1])
    nothing_changed(before[2], after[2])
    expect(not played.results(third), "something was done on the third host")
    is_a_failure_with_reasons(played.result(second))


def is_as_before(before, after):
    """Files, settings and a running service as they were; Ollama was restarted in between."""
    equal({path: file["sha256"] for path, file in after.files.items()},
          {path: file["sha256"] for path, file in before.files.items()}, "files")
    equal((after.environment_list, after.active), (before.environment_list, "active"), "Environment and state")
    has_no(after, "OLLAMA_KEEP_ALIVE", "CUDA_VISIBLE_DEVICES")


def is_a_failure_with_reasons(result):
    equal((result["rc"], result["error"]["code"], result["rolled_back"], result["changed"]),
          (7, "unhealthy_rolled_back", True, False), "the failure")
    expect(result["status"] == "failed" and result["error"]["message"] in result["msg"], f"msg: {result['msg']}")
    matches("blobs: permission denied", "\n".join(result["journal"]), "Ollama's own lines")


def case_evidence_that_does_not_hold(fleet):
    """Ollama comes up on the CPU of one host: the failure has the evidence; with require_gpu it is put back, saying why."""
    wrong = fleet.hosts[2]
    wrong.standin(misbehave="cpu", misbehave_if="OLLAMA_KEEP_ALIVE=24h")
    before = wrong.snapshot()
    played = fleet.task({**SELECTION, "require_gpu": True}).exits(2)
    for host, snapshot in zip(fleet.hosts[:2], fleet.snapshots()):
        has_settings(snapshot, settings_of(host))
    result = played.result(wrong)
    equal((result["status"], result["rc"], result["rolled_back"]), ("failed", 7, True), "with require_gpu")
    matches("cpu", result["msg"], "msg")
    is_as_before(before, wrong.snapshot())
    result = fleet.task(SELECTION).exits(2).result(wrong)
    equal((result["status"], result["rc"], result["changed"], levels(result)["process"], levels(result)["devices"]),
          ("failed", 11, True, "ok", "failed"), "without it")
    has_settings(wrong.snapshot(), settings_of(wrong))


def case_reset(fleet):
    """reset takes the drop-in away everywhere; once more changes nothing."""
    configured(fleet)
    played = fleet.task({"command": "reset", **FAST}).exits(0)
    for host, snapshot in zip(fleet.hosts, fleet.snapshots()):
        equal(played.result(host)["changed"], True, "changed")
        has_no(snapshot, "OLLAMA_KEEP_ALIVE", "CUDA_VISIBLE_DEVICES", "OLLAMA_SCHED_SPREAD")
        expect(DROP_IN not in snapshot.files, "the drop-in is still there")
    before = fleet.snapshots()
    played = fleet.task({"command": "reset", **FAST}).exits(0)
    all_unchanged(before, fleet.snapshots())
    equal([played.result(host)["changed"] for host in fleet.hosts], [False] * len(fleet.hosts), "changed")


def case_rollback(fleet):
    """rollback undoes the last change, also in check mode without doing it; a generation is gone back to once."""
    before = configured(fleet)
    fleet.task({"keep_alive": "48h", **FAST}).exits(0)
    there = fleet.snapshots()
    played = fleet.task({"command": "rollback", **FAST}, "--check", "--diff").exits(0)
    all_unchanged(there, fleet.snapshots())
    matches(r"^\+Environment=.OLLAMA_KEEP_ALIVE=24h", played.text, "the diff shown")
    listed = fleet.task({"command": "rollback", "list": True}).exits(0).result(fleet.hosts[0])
    equal(([one["id"] for one in listed["generations"]], listed["changed"]), ([1, 2], False), "rollback --list")
    fleet.task({"command": "rollback", **FAST}).exits(0)
    for old, new in zip(before, fleet.snapshots()):
        equal(new.environment_list, old.environment_list, "systemd's Environment")
        has_settings(new, {"OLLAMA_KEEP_ALIVE": "24h"})
    for changed in (True, False):
        played = fleet.task({"command": "rollback", "generation": 2, **FAST}).exits(0)
        equal([played.result(host)["changed"] for host in fleet.hosts], [changed] * len(fleet.hosts), "changed")
    for snapshot in fleet.snapshots():
        has_settings(snapshot, {"OLLAMA_KEEP_ALIVE": "48h"})


def case_verify(fleet):
    """verify changes nothing, and fails with evidence on the one host whose Ollama computes on the CPU."""
    configured(fleet)
    fleet.hosts[1].standin(misbehave="cpu")
    fleet.hosts[1].restart()
    before = fleet.snapshots()
    played = fleet.task({"command": "verify"}).exits(2)
    all_unchanged(before, fleet.snapshots())
    for host in fleet.hosts:
        result, good = played.result(host), host is not fleet.hosts[1]
        equal((result["changed"], result["rc"], levels(result)["devices"]),
              (False, 0 if good else 11, "ok" if good else "failed"), f"verify on {host.alias}")


def case_verify_with_a_model(fleet):
    """verify with load tells how a model lies on each host's cards; in check mode nothing is loaded."""
    configured(fleet)
    load = {"command": "verify", "load": "qwen3:32b"}
    checked = fleet.task(load, "--check").exits(0)
    played = fleet.task(load).exits(0)
    for host in fleet.hosts:
        held = [gpu["uuid"] for gpu in played.result(host)["memory"]["gpus"] if gpu["after"] > gpu["before"]]
        equal(sorted(held), host.big_cards(20), "GPUs that hold the model")
        equal(checked.result(host).get("memory"), None, "memory in check mode")
    matches("no model is loaded", checked.text, "the warning")


def case_values_arrive_as_they_are(fleet):
    """A value with blanks, quotes, a dollar sign and a tilde arrives byte for byte: no shell is between."""
    host = fleet.hosts[0]
    values = {"ODD_ONE": "a b'c\"d $HOME ~ $(id) `id` \\ %n", "ODD_TWO": "~/x", "ODD_THREE": "grüß"}
    fleet.task({"set": values, **FAST}, "--limit", host.alias).exits(0)
    has_settings(host.snapshot(), values)


def case_warnings(fleet):
    """The program's warnings are Ansible's warnings, and so is a secret in a place where it is shown."""
    host = fleet.hosts[0]
    said = host.json("configure", "--set=ODD_TOKEN=abc", "--dry-run").json["warnings"]
    expect(said, "the program itself warns of nothing")
    played = fleet.task({"set": {"ODD_TOKEN": "abc"}, **FAST}, "--limit", host.alias).exits(0)
    matches("ODD_TOKEN looks like a secret: put it under secrets", played.text, "the module's warning")
    for warning in said:
        expect(warning in played.result(host)["warnings"], f"{warning!r} is not in {played.result(host)['warnings']}")


def case_options_as_yaml_reads_them(fleet):
    """Truth values, numbers and text as YAML and templates give them."""
    host = fleet.hosts[0]
    options = {"flash_attention": True, "keep_alive": 300, "num_parallel": "4", "unset": ["OLLAMA_ORIGINS"],
               "set": {"OLLAMA_LOAD_TIMEOUT": "10m", "ODD_NUMBER": 7}, "wait_for_gpus": "True", **FAST}
    fleet.task(options, "--limit", host.alias).exits(0)
    snapshot = host.snapshot()
    has_settings(snapshot, {"OLLAMA_FLASH_ATTENTION": "1", "OLLAMA_KEEP_ALIVE": "300", "OLLAMA_NUM_PARALLEL": "4",
                            "OLLAMA_LOAD_TIMEOUT": "10m", "ODD_NUMBER": "7"})
    expect("OLLAMA_ORIGINS" not in snapshot.env_of_process(), "the process has OLLAMA_ORIGINS")
    matches("wait .*--timeout=60", host.read(DROP_IN).decode(), "the gate")
    fleet.task({"keep_alive": True, "wait_for_gpus": False, **FAST}, "--limit", host.alias).exits(0)
    has_settings(host.snapshot(), {"OLLAMA_KEEP_ALIVE": "-1"})
    lacks("ExecStartPre", host.read(DROP_IN).decode(), "the gate")
    fleet.task({"keep_alive": False, "exact": True, **FAST}, "--limit", host.alias).exits(0)
    has_no(host.snapshot(), "OLLAMA_KEEP_ALIVE", "OLLAMA_NUM_PARALLEL", "ODD_NUMBER")


WRONG = (
    ({"command": "reset", "gpus": "all"}, "gpus is an option of configure, not of reset", None),
    ({"command": "verify", "settle": 1}, "settle is an option of configure and reset and rollback, not of verify", None),
    ({"command": "restart"}, "value of command must be one of", None),
    ({"restart": "sometimes"}, "value of restart must be one of", None),
    ({"num_parallel": "many"}, "num_parallel", None),
    ({"gpu": "all"}, "Unsupported parameters.*gpu", None),
    ({"keep_alive": ["24h"]}, "keep_alive takes a text or a number", None),
    ({"keep_alive": "1d"}, "write 24h", 2),
    ({"gpus": "name=H100"}, "name=H100", 5),
    ({"unit": "olama"}, "olama", 5),
    ({"set": {"OLLAMA_KEEPALIVE": "24h"}}, "OLLAMA_KEEP_ALIVE", 2),
    ({"command": "rollback", "generation": 99}, "99", 5),
    ({"executable": "/opt/none"}, "no program /opt/none on this host", None),
)


def case_wrong_input(fleet):
    """What is wrong is said, with the program's exit code where it was asked, and changes nothing."""
    host = fleet.hosts[0]
    before = host.snapshot()
    tasks = "".join(f"    - name: Task {i}\n      ignore_errors: true\n      {fleets.MODULE}: "
                    f"{fleets.json.dumps(options)}\n" for i, (options, _, _) in enumerate(WRONG))
    played = fleet.play("- hosts: gpu\n  gather_facts: false\n  tasks:\n" + tasks, "--limit", host.alias).exits(0)
    results = played.results(host)
    equal(len(results), len(WRONG), "tasks that were done")
    for result, (options, message, code) in zip(results, WRONG):
        expect(result["status"] == "failed", f"{options} was taken: {result}")
        matches(message, result["msg"], f"message for {options}")
        equal(result.get("rc"), code, f"rc for {options}")
    nothing_changed(before, host.snapshot())


def case_a_program_that_does_not_fit(fleet):
    """A program that answers otherwise, or not at all, is a failure that shows what it said."""
    host = fleet.hosts[0]
    for script, code in (("echo hello; exit 0", 0), ("echo '{\"schema\":\"ollama-gpu/2\",\"ok\":true}'", 0),
                         ("kill -KILL $$", -9), ("echo broken >&2; exit 3", 3)):
        host.write("/e2e/scratch/program", f"#!/bin/sh\n{script}\n", "755")
        result = fleet.task({"executable": "/e2e/scratch/program"}, "--limit", host.alias).exits(2).result(host)
        equal(result["rc"], code, f"rc of {script}")
        matches("gave no answer of the kind ollama-gpu/1", result["msg"], "msg")
        equal(("hello" in result["stdout"], "broken" in result["stderr"]),
              ("hello" in script, "broken" in script), "what it said")


def case_no_root(fleet):
    """Without become the program says what is missing: exit code 4, nothing changed. Check mode needs no rights."""
    host = fleet.hosts[0]
    host.sh("id plain > /dev/null 2>&1 || useradd --create-home --password '*' plain")
    before = host.snapshot()
    words = ("--limit", host.alias, "-e", "ansible_user=plain")
    result = fleet.task(SELECTION, *words).exits(2).result(host)
    equal((result["rc"], result["error"]["code"], result["changed"]), (4, "permission", False), "the failure")
    matches("sudo|root", result["msg"], "msg")
    equal(fleet.task(SELECTION, *words, "--check").exits(0).result(host)["changed"], True, "changed in check mode")
    nothing_changed(before, host.snapshot())


CASES = [(name[5:].replace("_", " "), value) for name, value in list(globals().items()) if name.startswith("case_")]

# SPDX-License-Identifier: MIT
"""What Ansible's users expect of a collection: cases as those of cases.py, of states, lists, defaults for all modules, names,
and of the module that only looks.
"""
import cases
import fleet as fleets
from harness import DROP_IN, equal, expect, has_settings, lacks, matches, nothing_changed

FAST = cases.FAST
SUBSETS = {"gpus", "status", "doctor", "show", "verify", "generations"}


def info(fleet, options, *words):
    """Plays one task of settings_info."""
    return fleet.play(f"- hosts: gpu\n  gather_facts: false\n  tasks:\n    - name: Look\n      {fleets.INFO}: "
                      f"{fleets.json.dumps(options)}\n", *words)


def told(played, host):
    """What settings_info returned on this host. It has a key of its own that is called status."""
    found = [event["result"] for event in played.events if (event["host"], event["action"]) == (host.alias, fleets.INFO)]
    expect(found, f"nothing was done on {host.alias}\n{played.text}")
    return found[0]


def case_states(fleet):
    """present configures and absent takes away, with the same settings in the task; again neither changes anything."""
    for state, there in (("present", True), ("absent", False)):
        for changed in (True, False):
            played = fleet.task({"state": state, **cases.SELECTION}).exits(0)
            equal([played.result(host)["changed"] for host in fleet.hosts], [changed] * len(fleet.hosts), f"changed, {state}")
        for snapshot in fleet.snapshots():
            equal(DROP_IN in snapshot.files, there, f"the drop-in, {state}")
    host = fleet.hosts[0]
    for options, message in (({"state": "absent", "command": "reset"}, "mutually exclusive: state|command"),
                             ({"state": "absent", "load": "qwen3:32b"}, "load is an option of verify, not of reset"),
                             ({"state": "gone"}, "value of state must be one of: present, absent")):
        result = fleet.task(options, "--limit", host.alias).exits(2).result(host)
        expect(message in result["msg"], f"{options}: {result['msg']}")


def case_gpus_as_a_list(fleet):
    """GPUs as YAML writes lists, of numbers, texts and UUIDs, or as one number; an empty list is refused."""
    host = fleet.hosts[0]
    uuids = [fleets.uuid_of(number) for number, _, _ in host.cards]
    for value, wanted in (([0, 1], uuids[:2]), (["2", "3"], uuids[2:]), ([uuids[3], uuids[0]], [uuids[3], uuids[0]]),
                          (1, uuids[1:2]), ("0,2", uuids[:3:2]), ("0-2", uuids[:3]), (["name=A100", "count=2"], uuids[:2])):
        played = fleet.task({"gpus": value, "gpu_ids": "uuid", **FAST}, "--limit", host.alias).exits(0)
        has_settings(host.snapshot(), {"CUDA_VISIBLE_DEVICES": ",".join(wanted)})
        equal(played.result(host).get("warnings"), None, f"Ansible's warnings of {value!r}")
    before = host.snapshot()
    result = fleet.task({"gpus": [], **FAST}, "--limit", host.alias).exits(2).result(host)
    matches("it is empty .write all for every GPU", result["msg"], "msg for no GPU")
    nothing_changed(before, host.snapshot())


def case_defaults_of_the_group(fleet):
    """module_defaults of the action group reach every module, under each name."""
    host = fleet.hosts[0]
    names = (fleets.MODULE, fleets.FIRST_NAME, fleets.INFO)
    tasks = "".join(f"    - name: Task\n      {name}:\n      ignore_errors: true\n" for name in names)
    played = fleet.play("- hosts: gpu\n  gather_facts: false\n  module_defaults:\n    group/ollama_gpu.ollama_gpu.all:\n"
                        "      unit: olama.service\n  tasks:\n" + tasks, "--limit", host.alias).exits(0)
    for name in names:
        result = played.results(host, name)[0]
        equal((result["rc"], "olama.service" in result["msg"]), (5, True), f"{name}: {result['msg']}")


def case_first_name_of_the_module(fleet):
    """The module answers to its first name, in a task and on Ansible's command line, without a word of deprecation."""
    host = fleet.hosts[0]
    text = fleets.one_task(cases.SELECTION).replace(fleets.MODULE, fleets.FIRST_NAME)
    played = fleet.play(text, "--limit", host.alias).exits(0)
    equal([result["changed"] for result in played.results(host, fleets.FIRST_NAME)], [True], "changed")
    lacks("deprecat", played.text, "what Ansible shows")
    has_settings(host.snapshot(), cases.settings_of(host))
    fleet.run("ansible", "-i", "hosts.ini", host.alias, "-m", fleets.FIRST_NAME, "-a", "command=verify").exits(0)


def case_info_of_everything(fleet):
    """settings_info tells each host's cards, service, findings, environment and generations, and changes nothing."""
    cases.configured(fleet)
    before = fleet.snapshots()
    for words in ((), ("--check",)):
        played = info(fleet, {}, *words).exits(0)
        cases.all_unchanged(before, fleet.snapshots())
        for host in fleet.hosts:
            is_what_there_is(host, told(played, host))


def is_what_there_is(host, result):
    equal((result["changed"], set(result) >= SUBSETS), (False, True), f"keys {sorted(result)}")
    equal([(gpu["uuid"], gpu["name"], gpu["memory_total"]) for gpu in result["gpus"]],
          [(fleets.uuid_of(number), name, gib << 30) for number, name, gib in host.cards], "gpus")
    equal([gpu["uuid"] for gpu in result["gpus"] if gpu["visible_to_ollama"]], host.big_cards(20), "visible GPUs")
    equal((result["gpu_problem"], result["gpu_fault"]), ("", None), "what is wrong with the GPUs")
    status = result["status"]
    equal((status["unit"]["id"], status["unit"]["active_state"], status["models"]), ("ollama.service", "active", []), "status")
    equal({one["name"]: one["value"] for one in status["settings"] if one["ours"]}["OLLAMA_KEEP_ALIVE"], "24h", "a setting")
    shown = result["show"]["environment"]["OLLAMA_KEEP_ALIVE"]
    equal((shown["value"], shown["source"]["file"]), ("24h", DROP_IN), "show")
    equal((result["verify"]["holds"], set(cases.levels(result["verify"]).values())), (True, {"ok"}), "verify")
    equal([one["id"] for one in result["generations"]], [1], "generations")
    equal([one["severity"] for one in result["doctor"]["findings"] if one["severity"] == "error"], [], "errors of doctor")


def case_info_of_some(fleet):
    """A subset alone has its keys alone; cards are seen without a service; what is found is no failure."""
    host = fleet.hosts[1]
    limit = ("--limit", host.alias)
    host.write("/etc/systemd/system/ollama.service.d/override.conf", "[Service]\nEnvironment=OLLAMA_FLASH_ATTENTION=off\n")
    result = told(info(fleet, {"gather_subset": ["doctor"]}, *limit).exits(0), host)
    expect("OG201" in [one["code"] for one in result["doctor"]["findings"]], "the mistake is not found")
    equal(set(result) & SUBSETS, {"doctor"}, "keys")
    result = told(info(fleet, {"gather_subset": "doctor", "ignore": ["OG201"]}, *limit).exits(0), host)
    equal(("OG201" in [one["code"] for one in result["doctor"]["findings"]], result["doctor"]["ignored"]), (False, 1), "ignored")
    words = {"gather_subset": ["show"], "variables": ["OLLAMA_FLASH_ATTENTION"]}
    result = told(info(fleet, words, *limit).exits(0), host)
    equal(list(result["show"]["environment"]), ["OLLAMA_FLASH_ATTENTION"], "variables")
    result = told(info(fleet, {"gather_subset": ["gpus"], "unit": "olama.service"}, *limit).exits(0), host)
    equal(len(result["gpus"]), len(host.cards), "cards without a service")
    result = told(info(fleet, {"gather_subset": ["gpus", "status"], "unit": "olama.service"}, *limit).exits(2), host)
    equal((result["rc"], result["subset"], result["error"]["code"], "gpus" in result), (5, "status", "not_found", True), "failure")
    expect(result["error"]["message"] in result["msg"], f"msg: {result['msg']}")


def case_info_of_what_does_not_hold(fleet):
    """Evidence that does not hold is told and not failed at, so that a play can go on or assert."""
    cases.configured(fleet)
    wrong = fleet.hosts[2]
    wrong.standin(misbehave="cpu")
    wrong.restart()
    played = info(fleet, {"gather_subset": ["verify"]}).exits(0)
    for host in fleet.hosts:
        seen = told(played, host)["verify"]
        equal((seen["holds"], cases.levels(seen)["devices"]), (host is not wrong, "failed" if host is wrong else "ok"), host.alias)


def case_info_without_root(fleet):
    """Without become it answers too; what cannot be seen is skipped, and never ok. Only generations need root."""
    host = fleet.hosts[0]
    cases.configured(fleet)
    host.sh("id plain > /dev/null 2>&1 || useradd --create-home --password '*' plain")
    words = ("--limit", host.alias, "-e", "ansible_user=plain")
    seen = sorted(SUBSETS - {"generations"})
    result = told(info(fleet, {"gather_subset": seen}, *words).exits(0), host)
    equal(sorted(set(result) & SUBSETS), seen, "keys")
    equal({cases.levels(result[name])["process"] for name in ("status", "verify")}, {"skipped"}, "another user's process")
    equal(len(result["gpus"]), len(host.cards), "cards")
    result = told(info(fleet, {"gather_subset": ["generations"]}, *words).exits(2), host)
    equal((result["rc"], result["subset"], result["error"]["code"]), (4, "generations", "permission"), "generations")


def case_info_tells_no_secret(fleet):
    """No subset shows a value that looks like a secret, overridden or not, nor the user in a URL."""
    host = fleet.hosts[0]
    secrets = ("hunter2-in-force", "hunter2-beaten", "hunter2-in-url")
    host.write("/etc/systemd/system/ollama.service.d/a.conf", f"[Service]\nEnvironment=ODD_TOKEN={secrets[1]}\n"
               f"Environment=HTTPS_PROXY=http://me:{secrets[2]}@proxy:3128\n")
    host.write("/etc/systemd/system/ollama.service.d/b.conf", f"[Service]\nEnvironment=ODD_TOKEN={secrets[0]}\n")
    host.sh("systemctl daemon-reload && systemctl restart ollama")
    played = info(fleet, {}, "--limit", host.alias, "-vvv").exits(0)
    shown = told(played, host)["show"]["environment"]
    equal((shown["ODD_TOKEN"]["value"], shown["ODD_TOKEN"]["overridden"][0]["value"], shown["HTTPS_PROXY"]["value"]),
          ("***", "***", "http://***@proxy:3128"), "what is shown")
    for secret in secrets:
        lacks(secret, played.text, "what Ansible shows")
        lacks(secret, fleets.json.dumps(played.events), "the results")


CASES = [(name[5:].replace("_", " "), value) for name, value in list(globals().items()) if name.startswith("case_")]

# SPDX-License-Identifier: MIT
"""replicas: several servers behind HAProxy on one host."""
import cases
from conventions import info, told
from harness import Skip, equal, has_settings, matches, nothing_changed

ENTRY = "ollama-gpu-entry.service"


def case_several_servers_behind_one_address(fleet):
    """replicas in check mode, done, done again, a number, false, and taken away with state: absent."""
    host, limit = fleet.hosts[0], ("--limit", fleet.hosts[0].alias)
    if host.run("which", "haproxy").rc != 0:
        raise Skip("there is no HAProxy")
    before = host.snapshot()
    wanted = {"gpus": "all", "replicas": True, "context_length": 4096, **cases.FAST}
    checked = fleet.task(wanted, "--check", "--diff", *limit).exits(0)
    equal((checked.result(host)["changed"], checked.result(host)["preview"]), (True, True), "in check mode")
    matches(r"^\+  bind 127.0.0.1:11434$", checked.text, "the diff shown")
    nothing_changed(before, host.snapshot())
    result = fleet.task(wanted, *limit).exits(0).result(host)
    equal((result["changed"], result["applied"], result["restarted"]), (True, True, True), "result")
    servers = ["ollama.service", *(f"ollama@{port}.service" for port in (11436, 11437, 11438))]
    equal({entry.get("unit", servers[0]) for entry in result["evidence"]}, set(servers), "servers in the evidence")
    equal(cases.levels(result)["entry"], "ok", "the entry")
    equal(running(host), [ENTRY, *servers], "what runs")
    before = host.snapshot()
    equal(fleet.task(wanted, *limit).exits(0).result(host)["changed"], False, "changed by the same task")
    equal(fleet.task(wanted, "--check", *limit).exits(0).result(host)["changed"], False, "changed in check mode")
    nothing_changed(before, host.snapshot())
    seen = there_is(fleet, limit, host)
    equal([server["unit"] for server in seen["servers"]], servers, "servers in status.entry")
    equal((seen["unit"], seen["address"], {server["in_entry"] for server in seen["servers"]}),
          (ENTRY, "127.0.0.1:11434", {"UP"}), "status.entry")
    # A template gives text: two servers of two cards each.
    fleet.task({**wanted, "replicas": "{{ 4 // 2 }}"}, *limit).exits(0)
    equal([server["gpus"] for server in there_is(fleet, limit, host)["servers"]], ["0,1", "2,3"], "cards of two servers")
    fleet.task({"replicas": "False", **cases.FAST}, *limit).exits(0)
    equal((running(host), there_is(fleet, limit, host)), (servers[:1], None), "with replicas: false")
    has_settings(host.snapshot(), {"CUDA_VISIBLE_DEVICES": "0,1,2,3"})
    fleet.task(wanted, *limit).exits(0)
    for changed in (True, False):
        equal(fleet.task({**wanted, "state": "absent"}, *limit).exits(0).result(host)["changed"], changed, "changed by absent")
    equal(running(host), servers[:1], "what runs with state: absent")
    equal(host.sh("find /etc/systemd/system /etc -maxdepth 1 -name 'ollama*@*' -o -maxdepth 1 -name 'ollama-gpu*'").strip(), "",
          "what is left")


def running(host):
    return sorted(host.sh("systemctl list-units --state=active --plain --no-legend 'ollama*' | cut -d' ' -f1").split())


def there_is(fleet, limit, host):
    """What settings_info says of the servers and of what stands before them."""
    return told(info(fleet, {"gather_subset": ["status"]}, *limit).exits(0), host)["status"]["entry"]


CASES = [(name[5:].replace("_", " "), value) for name, value in list(globals().items()) if name.startswith("case_")]

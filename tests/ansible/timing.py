# SPDX-License-Identifier: MIT
"""How long Ansible takes for 1, 3 and 6 hosts, from the command to its end."""
import statistics

HOSTS, RUNS = (1, 3, 6), 5
FAST = {"settle": 0, "timeout": 20}


def measure(fleet):
    """Prints a Markdown table: medians of five plays of one task each."""
    print("| hosts | a change, s | nothing to do, s | check mode, s | an empty play, s |")
    print("|---|---|---|---|---|")
    for count in HOSTS:
        limit = ("--limit", ",".join(host.alias for host in fleet.hosts[:count]))
        times = {name: [] for name in ("change", "nothing", "check", "empty")}
        for turn in range(RUNS):
            fleet.reset()
            options = {"gpus": "min-total=20GiB", "spread": True, "keep_alive": f"{turn + 1}h", **FAST}
            times["change"].append(fleet.task(options, *limit).exits(0).seconds)
            times["nothing"].append(fleet.task(options, *limit).exits(0).seconds)
            times["check"].append(fleet.task(options, "--check", *limit).exits(0).seconds)
            times["empty"].append(fleet.play(EMPTY, *limit).exits(0).seconds)
        print("| " + " | ".join([str(count), *(f"{statistics.median(times[name]):.1f}" for name in times)]) + " |", flush=True)
    return 0


# What Ansible itself takes for a task that does nothing on the host but come back.
EMPTY = "- hosts: gpu\n  gather_facts: false\n  tasks:\n    - name: Nothing\n      ansible.builtin.ping:\n"

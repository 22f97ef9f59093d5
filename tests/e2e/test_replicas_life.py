# SPDX-License-Identifier: MIT
"""What becomes of several servers at a reboot, and without the program that made them: they need
haproxy, sleep and systemctl only."""
from harness import STATE_DIR, TOOL, equal, expect, matches, slow, wait_until
from test_replicas import (ENTRY, FILES, OTHERS, SERVERS, environment, holder, is_shared, pids, share,
                           states)

ANSWER = ("curl", "-sf", "--max-time", "2", "http://127.0.0.1:11434/api/version")


def booted(box):
    """systemd does not wait for the units that a service wants, and HAProxy not for the servers."""
    box.reboot()
    wait_until(lambda: states(box) == ["active"] * 5, "the servers and the entry run", 30)
    wait_until(lambda: box.run(*ANSWER).rc == 0, "somebody answers at Ollama's address", 30)


@slow
def test_a_reboot(box):
    """All servers and the entry come back by themselves, as they were; nothing is left to do."""
    share(box)
    began = box.sh("systemctl show -P UserspaceTimestampMonotonic")
    booted(box)
    expect(box.sh("systemctl show -P UserspaceTimestampMonotonic") != began, "it was not rebooted")
    is_shared(box)
    box.json("verify").exits(0)
    equal(box.json("configure", "--check").exits(0).json["changed"], False, "changed")


@slow
def test_the_program_is_removed(box):
    """Without ollama-gpu all goes on: a crash is mended, and after a reboot Ollama answers through
    the entry."""
    share(box)
    before = pids(box)
    box.sh(f"rm -r {TOOL} {STATE_DIR}")
    try:
        equal(pids(box), before, "processes")
        victim = pids(box, OTHERS[0])[0]
        box.sh(f"kill -9 {victim}")
        wait_until(lambda: pids(box, OTHERS[0])[0] not in (0, victim), "it is started again", 15)
        equal(pids(box, SERVERS[0], *SERVERS[2:], ENTRY), [before[0], *before[2:]], "all others")
        booted(box)
        for path in FILES:
            expect(box.exists(path), f"{path} is gone")
        equal(holder(box, 11434), ENTRY, "who holds the public address")
        matches("0.33.0", box.run(*ANSWER).out, "an answer through the entry")
        gpus = [environment(box, pid)["CUDA_VISIBLE_DEVICES"] for pid in pids(box, *SERVERS)]
        equal(gpus, list("0123"), "GPUs")
    finally:
        box.write(TOOL, box.tool_on_host.read_bytes(), "755")

# SPDX-License-Identifier: MIT
"""Servers behind one address while many use them: crashes, changes, servers that hang. The users are
tests/support/load; each answers one at a time."""
import json
import pathlib
import time

from harness import ETC, FAST, ROOT, UNIT, equal, expect, matches, needs_python, slow
from test_replicas import ENTRY, OTHERS, SERVERS, holder, needs_haproxy, pids, share, states

LOAD = "/e2e/load"
ONE_SLOT = ("--num-parallel", "1")


class Users:
    """Sixteen of them, in the background of a test."""

    def __init__(self, box, seconds, *more, users=16):
        needs_python(box)
        box.write(LOAD, pathlib.Path(ROOT / "tests/support/load").read_bytes(), "755")
        words = " ".join(("--duration", str(seconds), "--users", str(users), "--short", "5", "--long",
                          "50", "--log", "/run/e2e/load.log", *more))
        box.sh("mkdir -p /run/e2e; rm -f /run/e2e/load.*; systemd-run --quiet --unit=e2e-load "
               "--collect --property=StandardOutput=truncate:/run/e2e/load.json "
               f"{LOAD} {words} 127.0.0.1:11434")
        self.box = box
        time.sleep(1)

    def result(self):
        self.box.sh("for _ in $(seq 600); do systemctl -q is-active e2e-load || exit 0; sleep 0.1; "
                    "done; exit 1", timeout=90)
        text = self.box.sh("cat /run/e2e/load.json")
        found = json.loads(text)
        found["log"] = self.box.sh("cat /run/e2e/load.log")
        return found


def prepared(box, *more):
    needs_haproxy(box)
    box.standin(token_cpu=0, token_ms=20, hang_file="/run/ollama-standin/hang.%p")
    box.restart()
    share(box, *ONE_SLOT, *more)


def nothing_lost(found, what):
    equal((found["broken"], found["errors"]), (0, {}), f"{what}: broken, errors\n{found['log']}")
    expect(found["ok"] > 50, f"{what}: only {found['ok']} answers")


@slow
def test_all_servers_have_work(box):
    """Sixteen users, four servers of one slot: the work is shared, nothing is lost."""
    prepared(box)
    found = Users(box, 5).result()
    nothing_lost(found, "load")
    shares = [found["servers"].get(f"ollama-{port}", 0) for port in range(11435, 11439)]
    expect(min(shares) > max(shares) / 3, f"shares: {shares}")


@slow
def test_kill_of_a_server(box):
    """Only the answer under way is broken; nothing new is refused."""
    prepared(box)
    for victim in (UNIT, OTHERS[1]):
        users = Users(box, 8)
        box.sh(f"kill -9 {pids(box, victim)[0]}")
        found = users.result()
        equal(found["errors"], {}, f"errors after {victim} was killed\n{found['log']}")
        expect(found["broken"] <= 1, f"broken answers: {found['broken']}\n{found['log']}")


@slow
def test_a_change_rolls(box):
    """Each server is drained, restarted, and back: no answer is cut, none refused."""
    prepared(box)
    users = Users(box, 12)
    before = pids(box, *SERVERS)
    box.json("configure", "--context-length", "8192", *FAST, timeout=90).exits(0)
    after = pids(box, *SERVERS)
    found = users.result()
    expect(not set(before) & set(after), "every server was restarted")
    nothing_lost(found, "a rolling change")


@slow
def test_a_change_of_the_entry_alone(box):
    """HAProxy reads its file anew: no connection is cut."""
    prepared(box)
    users = Users(box, 8)
    for _ in range(4):
        box.sh(f"systemctl reload {ENTRY}")
        time.sleep(0.8)
    nothing_lost(users.result(), "reloads of the entry")


@slow
def test_a_server_that_hangs(box):
    """It answers no health check: it is taken out, and the others have its work. The one answer that
    it had begun hangs with it until its user gives up."""
    prepared(box)
    users = Users(box, 14, "--timeout", "12")
    box.sh("touch /run/ollama-standin/hang.11437")
    found = users.result()
    given_up = found["errors"].pop("timeout", 0)
    equal(found["errors"], {}, f"errors\n{found['log']}")
    expect(found["broken"] + given_up <= 1, f"broken: {found}")
    result = box.json("verify")
    result.exits(11)
    matches("11437", json.dumps(result.json["evidence"]), "evidence")
    box.sh("rm /run/ollama-standin/hang.11437")


@slow
def test_a_server_that_never_comes_up(box):
    """configure --replicas ends with everything put back."""
    needs_haproxy(box)
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_HOST=127.0.0.1:11437")
    result = share(box, code=7)
    equal(result.json["rolled_back"], True, "rolled_back")
    matches("ollama@11437.service", result.json["error"]["message"], "which one")
    equal(holder(box, 11434), UNIT, "who holds the address")
    equal(box.sh(f"find {ETC} /etc/ollama-gpu -name '*ollama*@*' -o -name 'entry*'",
                 check=False).strip(), "", "what is left")


@slow
def test_a_server_on_the_cpu(box):
    """It stays, and exit 11 names it; with --require-gpu everything is put back."""
    needs_haproxy(box)
    box.standin(misbehave="cpu", misbehave_if="OLLAMA_HOST=127.0.0.1:11438")
    result = share(box, code=11)
    matches("11438|CPU", result.json["error"]["message"], "error")
    equal(states(box), ["active"] * 5, "the servers")
    box.json("reset", *FAST).exits(0)
    box.standin(misbehave="cpu", misbehave_if="OLLAMA_HOST=127.0.0.1:11438")
    share(box, "--require-gpu", code=7)
    equal(holder(box, 11434), UNIT, "who holds the address")


@slow
def test_a_new_setting_that_fails_under_load(box):
    """The first server does not come up with it: nothing is lost, and it is as before."""
    prepared(box)
    box.standin(token_cpu=0, token_ms=20, misbehave="exit-at-start",
                misbehave_if="OLLAMA_MAX_QUEUE=77")
    users = Users(box, 14)
    before = pids(box, *OTHERS)
    box.json("configure", "--max-queue", "77", *FAST, timeout=90).exits(7)
    equal(pids(box, *OTHERS), before, "the others' processes")
    nothing_lost(users.result(), "a change that failed")


@slow
def test_preload_before_it_is_back(box):
    """What a server had loaded is loaded again before requests come to it."""
    prepared(box)
    for port in range(11435, 11439):
        box.sh(f"curl -sf -d '{{\"model\":\"llama3.2:3b\"}}' http://127.0.0.1:{port}/api/generate")
    box.json("configure", "--context-length", "8192", "--preload", *FAST, timeout=90).exits(0)
    for port in range(11435, 11439):
        loaded = json.loads(box.sh(f"curl -sf http://127.0.0.1:{port}/api/ps"))["models"]
        equal([model["name"] for model in loaded], ["llama3.2:3b"], f"loaded at {port}")

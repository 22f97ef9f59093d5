# SPDX-License-Identifier: MIT
"""Killed at a system call, on a real systemd; tests/faults does the same at every call, offline."""
import re

from harness import (DROP_IN, DROP_IN_DIR, FAST, STATE_DIR, TOOL, UNIT, Skip, equal, expect,
                     has_settings, matches, slow, thorough)

NEVER = ("configure", "--restart", "never", *FAST)
CHANGING = ("mkdirat", "write", "fsync", "fchmod", "renameat2", "renameat", "unlinkat", "ftruncate",
            "sendmsg")
# Those too that only look or wait: there are many of them.
OTHERS = ("recvmsg", "openat", "pread64", "flock", "connect", "recvfrom", "sendto", "ppoll", "poll",
          "close", "newfstatat")
LEFTOVERS = (f"find {DROP_IN_DIR} {STATE_DIR} -name '.ollama-gpu.*' -o -name '.new.*' "
             "-o -name '.old.*' -o -name '.meta.*'")


def need_strace(box):
    if box.run("strace", "--version").rc != 0:
        raise Skip("there is no strace in this root file system")


def calls_of(box, *args, names):
    """Each of these calls that a run makes, as its name and number."""
    box.run("strace", "-f", "-qq", "-o", "/e2e/scratch/trace", "-e", f"trace={','.join(names)}",
            TOOL, *args).exits(0)
    counts, text = {}, box.read("/e2e/scratch/trace").decode(errors="replace")
    for line in text.splitlines():
        # Of the main thread: strace counts those of each thread on their own.
        found = re.match(rf"{text.split(' ', 1)[0]} +([a-z0-9]+)\(", line)
        if found:
            counts[found.group(1)] = counts.get(found.group(1), 0) + 1
    return [(name, number + 1) for name, count in sorted(counts.items()) for number in range(count)]


def evenly(points, count):
    return [points[i * len(points) // count] for i in range(min(count, len(points)))]


def sample(box, changing, others, *args):
    """So many calls of a run that change something or order systemd about, and of the others."""
    points = calls_of(box, *args, names=CHANGING + OTHERS)
    return (evenly([point for point in points if point[0] in CHANGING], changing) +
            evenly([point for point in points if point[0] not in CHANGING], others))


def kill_at(box, name, number, *args):
    return box.run("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-e",
                   f"inject={name}:signal=SIGKILL:when={number}", TOOL, *args)


@slow
def test_killed_at_sampled_calls(box):
    """SIGKILL at 25 calls: old or new on disk, and the next run makes it true."""
    need_strace(box)
    points = sample(box, 15, 10, *NEVER, "--set", "E2E=0")
    equal(len(points), 25, "points")
    old = "0"
    for new, (name, number) in enumerate(points, 1):
        where = f"killed at {name} #{number}"
        result = kill_at(box, name, number, *NEVER, "--set", f"E2E={new}")
        expect(result.rc in (0, 137, -9), f"{where}: exit {result.rc}\n{result.text}")
        lies = re.search(r'"E2E=(\d+)"', box.read(DROP_IN).decode()).group(1)
        expect(lies in (old, str(new)), f"{where}: on disk lies {lies}, not {old} or {new}")
        box.tool(*NEVER).exits(0)
        after = re.search(r'"E2E=(\d+)"', box.read(DROP_IN).decode()).group(1)
        expect(after in (old, str(new)), f"{where}: afterwards {after}, not {old} or {new}")
        old = after
        snapshot = box.snapshot()
        is_settled(box, snapshot, old, where)


def is_settled(box, snapshot, value, where):
    equal(snapshot.environment["E2E"], value, f"{where}: E2E in systemd's Environment")
    equal(snapshot.props["NeedDaemonReload"], "no", f"{where}: NeedDaemonReload")
    equal(box.sh(LEFTOVERS), "", f"{where}: temporary files")
    equal(box.sh(f"grep -l pending {STATE_DIR}/{UNIT}/*/meta.json || true"), "",
          f"{where}: pending generations")


def killed_while_it_restarts(box, changing, others):
    """SIGKILL at so many calls of a configure that restarts; gives what lay there, counted."""
    need_strace(box)
    command = ("configure", *FAST)
    points = sample(box, changing, others, *command, "--set", "E2E=0")
    equal(len(points), changing + others, "points")
    old, found = "0", {"old": 0, "new": 0}
    for new, (name, number) in enumerate(points, 1):
        where = f"killed at {name} #{number}"
        result = kill_at(box, name, number, *command, "--set", f"E2E={new}")
        expect(result.rc in (0, 137, -9), f"{where}: exit {result.rc}\n{result.text}")
        lies = re.search(r'"E2E=(\d+)"', box.read(DROP_IN).decode()).group(1)
        expect(lies in (old, str(new)), f"{where}: on disk lies {lies}, not {old} or {new}")
        found["new" if lies == str(new) else "old"] += 1
        box.tool(*command).exits(0)
        after = re.search(r'"E2E=(\d+)"', box.read(DROP_IN).decode()).group(1)
        expect(after in (old, str(new)), f"{where}: afterwards {after}, not {old} or {new}")
        old = after
        snapshot = box.snapshot()
        is_settled(box, snapshot, old, where)
        equal(snapshot.env_of_process().get("E2E"), old, f"{where}: E2E in the process")
    return found


@slow
def test_killed_while_it_restarts(box):
    """SIGKILL at six calls of a configure that restarts: the next run finishes or undoes it."""
    killed_while_it_restarts(box, 4, 2)


@thorough
def test_killed_at_a_hundred_calls_while_it_restarts(box):
    """The same at a hundred calls."""
    found = killed_while_it_restarts(box, 40, 60)
    print(f"killed at 100 calls of a configure that restarts: {found}", flush=True)


@slow
def test_forty_at_once(box):
    """Forty changes at once, each of another variable: with a long lock timeout all are made."""
    script = ('for i in $(seq 40); do "$@" --set "CROWD_$i=$i" --lock-timeout=200 > /dev/null '
              '2>> /e2e/scratch/err & pids="$pids $!"; done; '
              'for pid in $pids; do wait "$pid" || echo "exit $?"; done')
    equal(box.sh(script, TOOL, *NEVER, timeout=240), "", "runs that failed")
    has_settings_in_systemd(box, {f"CROWD_{i}": str(i) for i in range(1, 41)})
    matches("waiting for another ollama-gpu", box.read("/e2e/scratch/err").decode(), "for whom")
    box.tool("configure", *FAST).exits(0)
    has_settings(box.snapshot(), {"CROWD_1": "1", "CROWD_40": "40"})


def has_settings_in_systemd(box, wanted):
    environment = box.snapshot().environment
    missing = {name: value for name, value in wanted.items() if environment.get(name) != value}
    equal(missing, {}, "settings that exit 0 promised and systemd does not have")

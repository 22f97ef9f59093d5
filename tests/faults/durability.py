# SPDX-License-Identifier: MIT
"""A power cut: what is durable when, read off the sequence of system calls of a run.

Nothing is durable until it is synced: a file's bytes by fsync of the file, a name (made, moved or
removed) by fsync of its directory. After a cut any part of what was not synced may be there.
"""
import os
import re

from scenarios import SCENARIOS
from tree import LEFTOVER, STATE, Tree, without_root

CALLS = "openat,openat2,write,ftruncate,fchmod,fchown,fsync,fdatasync,mkdirat,renameat,renameat2," \
        "linkat,unlinkat,close"
LINE = re.compile(r"\d+ +(\w+)\((.*)\) += (-?\d+)(?:<(.*)>)?")
# "3</dir>, "name"": a name below a directory
PLACE = re.compile(r'(?:\d+|AT_FDCWD)<([^>]*)>, "((?:[^"\\]|\\.)*)"')
FILE = re.compile(r"\d+<([^>]*)>")


class Disk:
    """Which bytes and names are not durable yet; and what is wrong, in words."""

    def __init__(self, root):
        self.root = root
        self.unsynced_bytes, self.unsynced_names = set(), {}
        self.problems, self.counts = [], {"synced files": 0, "synced directories": 0, "moves": 0}

    def name_changes(self, directory, name):
        self.unsynced_names.setdefault(directory, set()).add(name)

    def names(self, below):
        """Unsynced names below a directory of the tree, without temporary ones and the lock."""
        return sorted(f"{directory}/{name}" for directory, names in self.unsynced_names.items()
                      for name in names
                      if below in f"{directory}/{name}" and not is_passing(f"{directory}/{name}"))

    def on_call(self, name, arguments, result):
        places = [(directory, text) for directory, text in PLACE.findall(arguments)]
        if name in ("openat", "openat2"):
            if "O_CREAT" in arguments and result is not None:
                directory, base = os.path.split(result)
                self.name_changes(directory, base)
                self.unsynced_bytes.add(result)
        elif name in ("write", "ftruncate", "fchmod", "fchown"):
            path = FILE.match(arguments).group(1)
            if not path.startswith(self.root):
                return
            if path in self.unsynced_bytes or name in ("write", "ftruncate"):
                self.unsynced_bytes.add(path)
        elif name in ("fsync", "fdatasync"):
            self.sync(FILE.match(arguments).group(1))
        elif name in ("mkdirat", "unlinkat"):
            self.name_changes(*places[0])
            self.unsynced_bytes.discard("/".join(places[0]))
        elif name in ("renameat", "renameat2", "linkat"):
            self.move(*places[:2], exchange="RENAME_EXCHANGE" in arguments)

    def sync(self, path):
        if path in self.unsynced_bytes:
            self.unsynced_bytes.discard(path)
            self.counts["synced files"] += 1
        elif any(matters(name) for name in self.unsynced_names.pop(path, ())):
            self.counts["synced directories"] += 1

    def move(self, source, target, exchange):
        old, new = "/".join(source), "/".join(target)
        self.counts["moves"] += 1
        if old in self.unsynced_bytes and not is_passing(new):
            self.problems.append(f"{new} may be empty or cut off: what is moved there is not synced")
        if not is_passing(new) and (inside := self.unsynced_in(old)):
            self.problems.append(f"{new} may lack what was made in it: {inside}")
        if new.endswith("/meta.json") and (open_names := self.names(f"{self.root}/etc")):
            self.problems.append(f"told as done while names are not synced: {open_names}")
        if any(path.startswith(f"{self.root}/etc") and not is_passing(path) for path in (old, new)):
            self.before_our_files_change()
        self.name_changes(*target)
        self.name_changes(*source)
        for path in (old, new) if exchange else ():
            self.unsynced_bytes.discard(path)
        if old in self.unsynced_bytes:
            self.unsynced_bytes.discard(old)
            self.unsynced_bytes.add(new)

    def unsynced_in(self, directory):
        """What a directory that is moved takes along."""
        names = [f"{at}/{name}" for at, names in self.unsynced_names.items()
                 if (at + "/").startswith(directory + "/") for name in names]
        return names + [path for path in self.unsynced_bytes if path.startswith(directory + "/")]

    def before_our_files_change(self):
        if lost := self.names(f"{self.root}/{STATE}"):
            self.problems.append(f"changed before the way back is durable: {lost}")

    def at_the_end(self):
        if lost := self.names(self.root):
            self.problems.append(f"exit 0, but these names may be lost: {lost}")
        if lost := sorted(path for path in self.unsynced_bytes if not is_passing(path)):
            self.problems.append(f"exit 0, but the bytes of these may be lost: {lost}")


def is_passing(path):
    """A temporary file, or the lock: nobody needs it after a power cut."""
    return path.endswith(".lock") or any(LEFTOVER.search(part) for part in path.split("/"))


def matters(name):
    return not LEFTOVER.search(name) and not name.endswith(".lock")


def whole_calls(text):
    """strace's lines, those that another thread's cut in two put together again."""
    begun, lines = {}, []
    for line in text.splitlines():
        pid = line.split(" ", 1)[0]
        if line.endswith(" <unfinished ...>"):
            begun[pid] = line.removesuffix(" <unfinished ...>")
        elif resumed := re.match(r"\d+ +<\.\.\. \w+ resumed>(.*)", line):
            lines.append(begun.pop(pid, "") + resumed.group(1))
        else:
            lines.append(line)
    return lines


def replay(lines, root):
    """The disk after these calls, as strace -y wrote them."""
    disk = Disk(root)
    for line in lines:
        found = LINE.match(line)
        if not found or int(found.group(3)) < 0 or root not in line:
            continue
        disk.on_call(found.group(1), found.group(2), found.group(4))
    disk.at_the_end()
    return disk


class PowerCut:
    """One scenario: its calls in order, and with any one sync left out."""

    def __init__(self, tool, scenario):
        self.tool, self.scenario = tool, scenario

    def __str__(self):
        return f"power cut, {self.scenario[0]}"

    def problems(self):
        _, earlier, command = self.scenario
        with Tree(self.tool) as tree:
            for args in earlier:
                tree.run(*args)
            log = tree.path / "trace"
            run = tree.run(*command, before=("strace", "-f", "-qq", "-y", "-s", "4096", "-o",
                                             str(log), "-e", f"trace={CALLS}"))
            lines = whole_calls(log.read_text(errors="replace"))
            root = str(tree.root)
        if run.rc != 0:
            yield f"it failed: {run}"
        disk = replay(lines, root)
        yield from (without_root(problem, root) for problem in disk.problems)
        if disk.counts["moves"] < 2 or disk.counts["synced files"] < 1:
            yield f"the calls were not understood: {disk.counts}"
        self.outcome = f"{self.scenario[0]}: " + ", ".join(
            f"{number} {what}" for what, number in disk.counts.items())
        yield from self.unnoticed(lines, root)

    @staticmethod
    def unnoticed(lines, root):
        """This check itself: every sync that it counts is missed where it is left out."""
        for number, line in enumerate(lines):
            found = re.match(r"\d+ +fsync\(\d+<([^>]*)>", line)
            if not found or root not in line or is_synced_again(found.group(1), lines[number + 1:]):
                continue
            rest = replay(lines[:number] + lines[number + 1:], root)
            whole = replay(lines, root)
            same = rest.problems == whole.problems
            if same and sum(rest.counts.values()) < sum(whole.counts.values()):
                yield f"nobody misses {without_root(line, root)}"


def is_synced_again(path, lines):
    return any("fsync(" in line and f"<{path}>" in line for line in lines)


def scenarios(tool):
    return [PowerCut(tool, scenario) for scenario in SCENARIOS]

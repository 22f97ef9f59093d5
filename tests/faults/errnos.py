# SPDX-License-Identifier: MIT
"""Every system call of the write path fails once with each errno that it can have."""
import re

from scenarios import SCENARIOS, sampled
from tree import Tree, changes_something, write_path

# What each call can fail with: open(2), write(2), rename(2) and so on, of Linux.
SPACE = ("ENOSPC", "EDQUOT")
ERRNOS = {
    "openat": ("EACCES", "EMFILE", "ENFILE", "EIO", "EINTR", "EROFS", "ENOMEM"),
    "openat2": ("EACCES", "EMFILE", "ENFILE", "EIO", "EINTR", "EROFS", "ENOMEM"),
    "mkdirat": ("EACCES", "EIO", "EROFS", *SPACE),
    "write": ("EIO", "EINTR", *SPACE),
    "read": ("EIO", "EINTR"),
    "pread64": ("EIO", "EINTR"),
    "fsync": ("EIO", "EINTR", "EROFS", *SPACE),
    "close": ("EIO", "EINTR", *SPACE),
    "fchmod": ("EPERM", "EIO", "EROFS"),
    "fchown": ("EPERM", "EIO", "EROFS", "EDQUOT"),
    "renameat2": ("EACCES", "EIO", "EROFS", "EINVAL", *SPACE),
    "renameat": ("EACCES", "EIO", "EROFS", *SPACE),
    "symlinkat": ("EACCES", "EIO", "EROFS", *SPACE),
    "unlinkat": ("EACCES", "EIO", "EROFS"),
    "flock": ("EINTR", "EIO", "ENOLCK"),
    "ftruncate": ("EIO", "EINTR"),
    "lseek": ("EINVAL",),
    "fstat": ("EIO",),
    "newfstatat": ("EIO", "EACCES"),
    "getdents64": ("EIO",),
    "readlinkat": ("EIO",),
    "faccessat2": ("EACCES", "EROFS", "EIO"),
}
# The exit codes that docs/ollama-gpu.1.md gives them; 8: something could not be put back.
CODES = {"EACCES": (4, 8), "EPERM": (4, 8), "EROFS": (6, 8)}
OTHERS = (1, 8, 9)


class Fault:
    """One call of one scenario that fails with one errno."""

    def __init__(self, scenario, prepared, old, new, call, errno):
        self.scenario, self.prepared = scenario, prepared
        self.old, self.new, self.call, self.errno = old, new, call, errno

    def __str__(self):
        return f"{self.errno}, {self.scenario[0]}, {self.call}"

    def problems(self):
        """What is wrong after this fault, in words."""
        command = self.scenario[2]
        with Tree(self.prepared.tool, self.prepared) as tree:
            run = tree.inject(self.call.name, f"error={self.errno}", self.call.number, *command)
            lies = tree.state()
            self.outcome = f"exit {run.rc}"
            if run.rc == 0:
                if lies != self.new:
                    yield f"exit 0, but the new drop-in is not there: {run}"
            elif run.rc == 11:
                if lies != self.new or "it was mended, but cannot be looked at" not in run.err:
                    yield f"exit 11 of a change that was not made: {run}"
            elif run.rc == 8:
                if not re.search("could not be put back", run.err):
                    yield f"exit 8 without saying what lies where: {run}"
            else:
                if lies != self.old or tree.has_directory() != (self.old[0] is not None):
                    yield f"it failed, but not all is as before: {run}"
                codes = CODES.get(self.errno, OTHERS)
                if "generation" in run.err:
                    codes += (5,)  # the generation itself could not be read
                if run.rc not in codes:
                    yield f"the wrong exit code for {self.errno}: {run}"
                if not re.search(r"error: .*(cannot|could not) .+", run.err):
                    yield f"no clear error: {run}"
            yield from self.after(tree)

    def after(self, tree):
        again = tree.run("configure", "--restart", "never", "--set", "AFTER=1")
        if again.rc != 0:
            yield f"the next run fails: {again}"
        if left := tree.leftovers():
            yield f"temporary files stay after the next change: {left}"
        if "pending" in tree.results().values():
            yield f"a generation stays pending: {tree.results()}"


def writes(call):
    return re.search("O_CREAT|O_WRONLY|O_RDWR", call.text)


def faults(tool, full):
    for scenario in SCENARIOS:
        _, earlier, command = scenario
        prepared = Tree(tool)
        for args in earlier:
            prepared.run(*args)
        with Tree(tool, prepared) as tree:
            old = tree.state()
            _, calls = tree.trace(*command)
            new = tree.state()
        calls = write_path(calls)
        if not full:
            calls = sampled(scenario, [call for call in calls if changes_something(call)])
        for call in calls:
            errnos = ERRNOS.get(call.name, ())  # geteuid(2) and the like cannot fail
            for errno in errnos if full else errnos[:1]:
                if errno == "EROFS" and call.name.startswith("openat") and not writes(call):
                    continue
                yield Fault(scenario, prepared, old, new, call, errno)

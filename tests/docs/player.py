# SPDX-License-Identifier: MIT
"""Plays a page in a sandbox: every command of its console blocks, one after another."""
import fcntl
import os
import pathlib
import re
import select
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402 pylint: disable=wrong-import-position
import compare  # noqa: E402 pylint: disable=wrong-import-position
import machines  # noqa: E402 pylint: disable=wrong-import-position
import pages  # noqa: E402 pylint: disable=wrong-import-position

COLUMNS = 100
TIMEOUT = 60  # seconds, for one command
# The user of the pages: no root, and who becomes it by sudo.
USER, HOME = "reader", "/home/reader"
# A terminal without colour, whose pager is off.
SURROUNDINGS = (f"HOME={HOME}", "TERM=xterm", "NO_COLOR=1", "LC_ALL=C.UTF-8", "SYSTEMD_COLORS=0",
                "SYSTEMD_PAGER=cat", "PAGER=cat", "SYSTEMD_URLIFY=0")
SUDO = '#!/bin/sh\nexec "$@"\n'


class Broken(Exception):
    """A page's own preparation failed."""


class Box(harness.Sandbox):
    """A sandbox whose unit is just what Ollama's installer writes."""

    def __init__(self, tool, env):
        super().__init__(None, tool, os.getpid(), env)
        self.write("/usr/local/bin/sudo", SUDO, "755")
        self.sh(f"id {USER} > /dev/null 2>&1 || useradd -m -U -s /bin/bash {USER}; "
                "sed -i '/OLLAMA_HOST\\|OLLAMA_ORIGINS/d' /e2e/etc-systemd-system/ollama.service")
        self.write("/e2e/ollama-standin.conf", "")  # models whose context takes memory
        self.spent = False  # its /sys is another for good: no use for the next page

    def become(self, machine):
        """The machine of that name, with nothing left of the page before."""
        self.spent = machine == "two-amd"
        if self.spent:
            self.sh(machines.amd_tree())
        self.write("/e2e/nvml-standin.conf", machines.MACHINES[machine])
        self.sh(f"find {HOME} /srv -mindepth 1 -delete; rm -f /etc/default/ollama")
        self.reset()

    def on_terminal(self, line, status):
        """Runs a shell line on a terminal, as root if it begins with sudo; what it shows, its status."""
        script = f"cd {HOME}; (exit {status})\n{line}"
        user = () if line.startswith("sudo ") else ("setpriv", f"--reuid={USER}", f"--regid={USER}",
                                                    "--init-groups")
        leader, follower = os.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
        with subprocess.Popen(self.argv((*user, "env", *SURROUNDINGS, "bash", "-c",
                                         script)),
                              env=self.env, stdin=subprocess.DEVNULL, stdout=follower,
                              stderr=follower, start_new_session=True) as process:
            os.close(follower)
            raw = read_all(leader, process)
            os.close(leader)
        return compare.shown_on_terminal(raw.decode("utf-8", "replace")), process.returncode


def read_all(leader, process):
    """Everything written to the terminal until the command has ended."""
    data, deadline = b"", time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        ready, _, _ = select.select([leader], [], [], 0.1)
        if not ready:
            # What it wrote since the look, and before it ended, is still to be read.
            if process.poll() is not None and not select.select([leader], [], [], 0)[0]:
                return data
            continue
        try:
            piece = os.read(leader, 65536)
        except OSError:  # EIO: the last one has closed it
            break
        if not piece:
            break
        data += piece
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        data += b"\n(still running: killed)"
    return data


class Player:
    """Runs one page; `failures` says what was other than shown, the others what there was."""

    def __init__(self, box, page):
        self.box, self.page = box, page
        self.passed, self.failures, self.printed, self.pictures = 0, [], [], {}

    def play(self):
        self.box.become(self.page.machine)
        for step in self.page.steps:
            if step.kind == "setup":
                self._setup(step)
            elif step.kind == "file":
                self.box.write(step.argument, step.text, "755" if step.text[:2] == "#!" else "644")
            elif step.kind == "picture":
                self._picture(step)
            elif step.kind == "console":
                self._console(step)

    def _setup(self, step):
        try:
            self.box.sh(step.text)
            self.box.wait_for_answer()  # it may have restarted Ollama
        except harness.Failure as failure:
            raise Broken(f"{self.page.name}:{step.first}: {failure}") from None

    def _picture(self, step):
        path = pages.ROOT / step.argument
        printed, status = self.box.on_terminal(step.text, 0)
        shown = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if status == 0 and compare.same(map(compare.plain, shown), map(compare.plain, printed)):
            self.passed += 1
            return
        self.pictures[path] = "\n".join(printed) + "\n"
        self.failures.append(f"{step.argument} is not what {step.text} writes (exit {status})\n"
                             + compare.difference(shown, printed))

    def _console(self, step):
        status = 0
        for i, command in enumerate(step.commands):
            printed, status = self.box.on_terminal(command.line, status)
            printed = [compare.plain(line) for line in printed]
            self.printed.append((command, printed))
            following = step.commands[i + 1:i + 2]
            asked = command.asks_for_status or (following and following[0].asks_for_status)
            where = f"{self.page.name}:{command.first}: $ {command.line}"
            if status != 0 and not asked:
                self.failures.append(f"{where}\n    exit {status}, and no \"$ echo $?\" below it\n"
                                     + compare.difference(command.output, printed))
            elif not compare.same(command.output, printed):
                self.failures.append(f"{where}\n" + compare.difference(command.output, printed))
            else:
                self.passed += 1


class Examples:
    """The examples of the man page and of --help: none may be wrong usage. Nothing is changed."""

    name = "examples of the man page and of --help"
    ENDS = (0, 5, 10, 11)  # a generation that is not there, --check, a finding

    def __init__(self, lines):
        self.lines = [line for line in lines if "--watch" not in line]  # it never ends

    def command_lines(self):
        return self.lines

    def play(self, box):
        """(how many were right, what was wrong)."""
        box.become("four-24g")
        failures = []
        for line in self.lines:
            changes = re.search(r"ollama-gpu (configure|reset|rollback)\b", line)
            if changes and not re.search("--(check|list|dry-run)", line):
                line += " --dry-run"
            result = box.run("bash", "-c", line)
            if result.rc not in self.ENDS:
                failures.append(f"{self.name}: $ {line}\n    exit {result.rc}\n{result.text}")
        return len(self.lines) - len(failures), failures

# SPDX-License-Identifier: MIT
"""Reads the Markdown pages: fenced blocks, and the comments that tell the tests about them.

A comment stands on lines of its own, right above the block that it is about:

    <!-- machine: NAME -->     which GPUs the page needs (machines.py); once a page
    <!-- setup                 a script that is run before what follows, unseen by the reader
    ... -->
    <!-- file: PATH -->        the next block is written to PATH in the sandbox
    <!-- not run: REASON -->   the next block cannot be run in the sandbox
    <!-- picture: FILE COMMAND -->  FILE is what COMMAND writes to a terminal here, with colours
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMENT = re.compile(r"^<!-- *(machine|file|not run|setup|picture)\b:? *(.*)$")
FENCE = re.compile(r"^(```+)(\S*)\s*$")


class Command:
    """A line after "$ ", with the lines that continue it, and the output shown below it."""

    def __init__(self, line, first):
        self.line, self.first, self.output = line, first, []

    @property
    def asks_for_status(self):
        return self.line == "echo $?"


class Step:
    """What a page does to the machine: kind is console, not run, setup or file."""

    def __init__(self, kind, first, text="", argument=""):
        self.kind, self.first, self.text, self.argument = kind, first, text, argument
        self.last = first
        self.commands = []


class Page:
    """One file with its steps; `problems` are mistakes in its markup."""

    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.lines = path.read_text(encoding="utf-8").split("\n")
        self.machine, self.steps, self.problems = None, [], []
        self._read()

    def _read(self):
        pending, at = None, 0
        while at < len(self.lines):
            comment, fence = COMMENT.match(self.lines[at]), FENCE.match(self.lines[at])
            if comment:
                pending, at = self._comment(comment, at)
            elif fence:
                end = self._end_of_fence(fence.group(1), at)
                self._fence(fence.group(2), at, end, pending)
                pending, at = None, end + 1
            else:
                if self.lines[at].strip() and pending:
                    self.problems.append(f"{self.name}:{at}: this comment stands above no block")
                    pending = None
                at += 1

    def _comment(self, match, at):
        end = at
        while "-->" not in self.lines[end]:
            end += 1
        kind = match.group(1)
        argument = match.group(2).removesuffix("-->").strip()
        if kind == "machine":
            self.machine = argument
        elif kind == "setup":
            script = "\n".join([argument, *self.lines[at + 1:end + 1]]).replace("-->", "")
            self.steps.append(Step("setup", at + 1, script))
        elif kind == "picture":
            self.steps.append(Step("picture", at + 1, argument.split(" ", 1)[1],
                                   argument.split(" ", 1)[0]))
        elif not argument:
            self.problems.append(f"{self.name}:{at + 1}: \"{kind}\" needs words behind it")
        else:
            return (kind, argument), end + 1
        return None, end + 1

    def _end_of_fence(self, marks, at):
        for end in range(at + 1, len(self.lines)):
            if self.lines[end].rstrip() == marks:
                return end
        self.problems.append(f"{self.name}:{at + 1}: this block has no end")
        return len(self.lines)

    def _fence(self, language, at, end, pending):
        kind, argument = pending or (None, "")
        body = self.lines[at + 1:end]
        if kind == "file":
            self.steps.append(Step("file", at + 1, "\n".join(body) + "\n", argument))
        elif kind == "not run":
            self.steps.append(Step("not run", at + 1, "", argument))
        elif language == "console":
            step = Step("console", at + 1)
            self._commands(step, body, at + 2)
            self.steps.append(step)
        elif language in ("sh", "bash", "shell") or any(line.startswith("$ ") for line in body):
            self.problems.append(f"{self.name}:{at + 1}: a block that is neither run nor marked "
                                 "(make it console, give it a file, or say why it is not run)")

    def _commands(self, step, body, first):
        at = 0
        while at < len(body):
            if not body[at].startswith("$ "):
                if not step.commands:
                    self.problems.append(f"{self.name}:{first + at}: output before a command")
                    return
                step.commands[-1].output.append(body[at])
                at += 1
                continue
            command = Command(body[at][2:], first + at)
            while command.line.endswith("\\"):
                at += 1
                command.line += "\n" + body[at].removeprefix("> ")
            step.commands.append(command)
            at += 1
        step.last = first + len(body)

    @property
    def runs(self):
        return any(step.kind == "console" for step in self.steps)

    def command_lines(self):
        return [command.line for step in self.steps for command in step.commands]


def all_pages():
    """Every page for users: the two READMEs and what lies under docs/."""
    paths = [*ROOT.glob("README*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
    return [Page(path) for path in paths]

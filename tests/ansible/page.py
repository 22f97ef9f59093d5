# SPDX-License-Identifier: MIT
"""Plays docs/how-to/many-hosts.md on the fleet: its files are written, its commands typed, what they print is compared."""
import pathlib

import compare
import pages

PAGE = pages.ROOT / "docs/how-to/many-hosts.md"
CHINESE = pages.ROOT / "docs/zh-CN/how-to/many-hosts.md"
RUN_HERE = "tests/ansible/run"


def steps_of(page):
    """The page's files and the blocks that the other pages' player leaves to us, in their order."""
    for step in page.steps:
        if step.kind == "file":
            yield step
        elif step.kind == "not run" and RUN_HERE in step.argument:
            end = page.lines.index("```", step.first)
            block = pages.Step("console", step.first)
            page._commands(block, page.lines[step.first:end], step.first + 1)  # pylint: disable=protected-access
            yield block


def blocks_of(page):
    return [(step.text, [(command.line, command.output) for command in step.commands]) for step in steps_of(page)]


def play(fleet, update):
    """What was other than the page shows."""
    page, problems, printed = pages.Page(PAGE), [], []
    prepare(fleet)
    for step in steps_of(page):
        if step.kind == "file":
            fleet.write(pathlib.Path(step.argument).name, step.text)
        for command in step.commands:
            lines = [line.rstrip() for line in fleet.run(shell_line=command.line).text.rstrip().splitlines()]
            printed.append((command, lines))
            if not compare.same(command.output, lines):
                problems.append(f"{page.name}:{command.first}: $ {command.line}\n" + compare.difference(command.output, lines))
    if not printed:
        problems.append(f"{page.name} has no command that is run here")
    if blocks_of(page) != blocks_of(pages.Page(CHINESE)):
        problems.append(f"{CHINESE.relative_to(pages.ROOT)} has other blocks than {page.name}")
    if update:
        write_back(page, printed)
    return problems


def prepare(fleet):
    """What the page takes as given: the package's file, the sources, and a second host that cannot start with q8_0."""
    fleet.ansible_env.pop("ANSIBLE_COLLECTIONS_PATH")
    (fleet.work / "packaging").symlink_to(pages.ROOT / "packaging")
    package = fleet.work / "ollama-gpu_0.1.0-1_amd64.deb"
    if not package.exists():
        package.symlink_to(fleet.package)
    fleet.hosts[1].standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KV_CACHE_TYPE=q8_0")


def write_back(page, printed):
    lines = list(page.lines)
    for command, output in reversed(printed):
        if not compare.same(command.output, output):
            start = command.first + command.line.count("\n")
            lines[start:start + len(command.output)] = compare.updated(command.output, output)
    PAGE.write_text("\n".join(lines), encoding="utf-8")

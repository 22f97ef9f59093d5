# SPDX-License-Identifier: MIT
"""What the program says of itself, taken apart: for docs/generate."""
import os
import re
import subprocess


def ask(tool, *words):
    return subprocess.run([str(tool), *words], capture_output=True, text=True, timeout=20,
                          check=True, env={"PATH": os.environ["PATH"], "COLUMNS": "100",
                                           "LC_ALL": "C.UTF-8"}).stdout


def cell(text):
    """Text for a table: no line breaks, no column marks, no tags."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def cell_free(text):
    """Text of the program in Markdown: what would be markup is escaped."""
    return re.sub(r"([*_<`\[\]\\])", r"\\\1", text)


def commands(tool):
    """{command: its one line}, in the order of --help."""
    listing = ask(tool, "--help").split("\nCommands\n", 1)[1].split("\n\n", 1)[0]
    return dict(re.findall(r"^  ([a-z]+) +(\S.*)$", listing, re.MULTILINE))


def sections(help_text):
    """Usage, description, and (heading, lines) of the help of a command."""
    parts = help_text.rstrip("\n").split("\n\n")
    named = []
    for part in parts[2:]:
        heading, _, body = part.partition("\n")
        named.append((heading, body.split("\n")))
    return parts[0].removeprefix("Usage: "), " ".join(parts[1].split()), named


def options(lines):
    """[letter or None, "--name VALUE", text] of each: an entry starts with a dash in the first columns."""
    found = []
    for line in lines:
        start = re.match(r" {2}(?:(-\w), | {4})(--\S+(?: \S+)?)(?: {2,}(.*))?$", line)
        if start:
            found.append([start[1], start[2], start[3] or ""])
        else:
            found[-1][2] += " " + line.strip()
    return found

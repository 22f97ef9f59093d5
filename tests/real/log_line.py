# SPDX-License-Identifier: MIT
"""Ollama's log line "server config", read without the tool's own code."""
import ast
import re

# No name that Ollama shows is without an underscore; that tells it from http: in a list of origins.
NAME = re.compile(r"(?:^| )([A-Z][A-Z0-9]*_[A-Z0-9_]+|https?_proxy|no_proxy):")


def server_config(text):
    """The names and values of the last such line in a log; None if there is none."""
    lines = [line for line in text.splitlines() if '"server config"' in line]
    found = lines and re.search(r' env="?map\[', lines[-1])
    if not found:
        return None
    quoted = re.search(r' env=("(?:[^"\\]|\\.)*")', lines[-1])
    body = ast.literal_eval(quoted.group(1)) if quoted else lines[-1].split(" env=", 1)[1]
    return parse_map(body.strip()[len("map["):-1])


def parse_map(body):
    """What Go prints between map[ and ]."""
    marks = list(NAME.finditer(body))
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    return {mark.group(1): body[mark.end():end] for mark, end in zip(marks, ends)}


def listening(text):
    """The address of "Listening on ADDRESS (version ...)"; None if it is not there."""
    found = re.search(r'msg="Listening on (\S+) \(version', text)
    return found.group(1) if found else None


def last_words(text):
    """Why a server ended: its line `panic:`, `fatal error:` or `Error:`."""
    for word in ("panic: ", "fatal error: ", "Error: "):
        for line in text.splitlines():
            if line.startswith(word):
                return line.strip()
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no word"

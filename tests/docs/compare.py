# SPDX-License-Identifier: MIT
"""Compares what a page shows with what a command printed, but for what changes from run to run."""
import difflib
import re

# What is different at every run or on every machine: (pattern, what stands for it).
MASKS = [(re.compile(pattern), stand_in) for pattern, stand_in in (
    (r"\bpid \d+", "pid N"),
    (r"\bprocess \d+\b", "process N"),
    (r"/proc/\d+/", "/proc/N/"),
    (r"\b(active \(running\)) for [0-9smhd ]+", r"\1 for TIME"),
    (r"\bfor another \d+[smhd]( \d+[smh])?", "for another TIME"),
    (r"\bunloaded in \d+ s\b", "unloaded in TIME"),
    (r"\bloaded in \d+\.\d s\b", "loaded in TIME"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", "DATE"),
    (r"\bollama-gpu \d+\.\d+\.\d+( \([0-9a-f.+a-z-]+\))?", "ollama-gpu VERSION"),
    (r"^(\d+|MIG) +\d+ +(\S+) +([0-9.]+ \S+|\?) +(yes|no|\?)$", r"\1 N \2 \3 \4"),
    (r"/tmp/[A-Za-z0-9._-]+", "/tmp/FILE"),
    (r"^(\s*)PID +", r"\1PID "),
)]
REDRAW = re.compile(r"[^\n]*\r\x1b\[K")
ELISION = "..."


def shown_on_terminal(raw):
    """What is left on the screen: lines without what was drawn over, and without CR."""
    text = REDRAW.sub("", raw.replace("\r\n", "\n"))
    return [line.rstrip() for line in text.removesuffix("\n").split("\n")] if text else []


def plain(line):
    """Without the colours. What they stand for must not be in them alone."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def masked(line):
    for pattern, stand_in in MASKS:
        line = pattern.sub(stand_in, line)
    return line.rstrip()


def same(expected, printed):
    """True if the lines are the same; a line "..." stands for any lines, also none."""
    return _match([masked(line) for line in expected], [masked(line) for line in printed])


def _match(expected, printed):
    if ELISION not in expected:
        return expected == printed
    at = expected.index(ELISION)
    if printed[:at] != expected[:at]:
        return False
    rest = expected[at + 1:]
    return any(_match(rest, printed[start:]) for start in range(at, len(printed) + 1))


def updated(expected, printed):
    """What was printed, with the lines left out that the page leaves out."""
    if ELISION not in expected:
        return list(printed)
    match = difflib.SequenceMatcher(None, [masked(line) for line in expected],
                                    [masked(line) for line in printed], autojunk=False)
    lines = []
    for _, left, left_end, right, right_end in match.get_opcodes():
        if ELISION in expected[left:left_end]:
            lines += _elided(expected[left:left_end], printed[right:right_end])
        else:
            lines += printed[right:right_end]
    return lines if same(lines, printed) else list(printed)


def _elided(shown, printed):
    """The printed lines that are like those shown, with the elisions between them."""
    lines, rest = [], list(printed)
    for line in shown:
        if line == ELISION:
            lines += [] if lines[-1:] == [ELISION] else [ELISION]
            continue
        like = difflib.get_close_matches(line, rest, 1)
        if like:
            at = rest.index(like[0])
            lines += [like[0]] if lines[-1:] == [ELISION] else rest[:at + 1]
            rest = rest[at + 1:]
    return lines if lines[-1:] == [ELISION] else lines + rest


def difference(expected, printed):
    """Both sides, side by side enough to see what is wrong."""
    lines = ["    the page shows:"] + [f"      | {line}" for line in expected]
    return "\n".join(lines + ["    it printed:"] + [f"      | {line}" for line in printed])

# SPDX-License-Identifier: MIT
"""SIGTERM at every system call: done and exit 0, or put back and exit 143."""
import itertools

from kills import points as kill_points
from tree import Tree

ENDED = (143, -15)  # by itself, or before it had begun to handle signals


class Signalled:
    """One system call of one scenario at which a signal comes."""

    def __init__(self, point, must_stop):
        self.point, self.must_stop = point, must_stop

    def __str__(self):
        return str(self.point).replace("SIGKILL", "SIGTERM")

    def problems(self):
        """What is wrong after a signal here, in words."""
        point = self.point
        with Tree(point.prepared.tool, point.prepared) as tree:
            run = tree.inject(point.call.name, "signal=SIGTERM", point.call.number,
                              *point.scenario[2])
            self.outcome = f"exit {143 if run.rc in ENDED else run.rc}"
            wanted = point.new if run.rc == 0 else point.old
            if run.rc not in (0, *ENDED):
                yield f"the wrong exit code: {run}"
            if self.must_stop and run.rc == 0:
                yield f"the signal was not heard: {run}"
            if tree.state() != wanted:
                yield f"on disk lies something else than what it said: {run}"
            if run.rc == 143 and "interrupted by SIGTERM" not in run.err:
                yield f"it does not say what ended it: {run}"
            if left := tree.leftovers():
                yield f"temporary files stay: {left}"
            if "pending" in tree.results().values():
                yield f"a generation stays pending: {tree.results()}"
            if point.old[0] is None and tree.drop_in() is None and tree.has_directory():
                yield "an empty directory stays"


def points(tool, full):
    for _, group in itertools.groupby(kill_points(tool, full), lambda point: point.scenario[0]):
        group = list(group)
        # The change is done with the last sync before its generation is marked so.
        mark = next(i for i, point in enumerate(group) if '".meta.' in point.call.text)
        last = max(i for i, point in enumerate(group[:mark]) if point.call.name == "fsync")
        yield from (Signalled(point, i <= last) for i, point in enumerate(group)
                    if point.call.name != "execve")  # strace's own

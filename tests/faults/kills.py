# SPDX-License-Identifier: MIT
"""SIGKILL at every system call: on disk the old or the new bytes, and the next run sets it right."""
from scenarios import SCENARIOS, sampled
from tree import Tree, changes_something, write_path

KILLED = (-9, 137)


class Point:
    """One system call of one scenario at which the run is killed."""

    def __init__(self, scenario, prepared, old, new, call):
        self.scenario, self.prepared = scenario, prepared
        self.old, self.new, self.call = old, new, call

    def __str__(self):
        return f"SIGKILL, {self.scenario[0]}, {self.call}"

    def problems(self):
        """What is wrong after a kill here, in words."""
        command = self.scenario[2]
        with Tree(self.prepared.tool, self.prepared) as tree:
            run = tree.inject(self.call.name, "signal=SIGKILL", self.call.number, *command)
            if run.rc not in KILLED and run.rc != 0:
                yield f"the run ended by itself: {run}"
            lies, others = tree.state()
            self.outcome = ("the old bytes" if (lies, others) == self.old else
                            "the new bytes" if (lies, others) == self.new else
                            "some files old and some new, for the next run to put back")
            if lies not in (self.old[0], self.new[0]):
                yield f"on disk lies neither the old nor the new drop-in: {lies}"
            for path in {*others, *self.old[1], *self.new[1]}:
                content = others.get(path)
                if content not in (self.old[1].get(path), self.new[1].get(path)):
                    yield f"{path} has neither its old nor its new bytes: {content}"
            yield from self.after(tree)

    def after(self, tree):
        """The next run: it undoes what was left half done, or finds it finished."""
        run = tree.run("configure", "--restart", "never")
        if run.rc != 0:
            yield f"the next run fails: {run}"
        if tree.state() not in (self.old, self.new):
            yield "after the next run, neither the old nor the new files"
        if left := tree.leftovers():
            yield f"temporary files stay: {left}"
        if "pending" in tree.results().values():
            yield f"a generation stays pending: {tree.results()}"
        if self.old[0] is None and tree.drop_in() is None and tree.has_directory():
            yield "an empty directory stays"
        if self.scenario[2][0] == "rollback":
            return  # run twice it goes back and forth
        again = tree.run(*self.scenario[2])
        if again.rc != 0 or tree.state() != self.new:
            yield f"the same command again does not finish it: {again}"


def points(tool, full):
    """Every point (or the calls that change something), with a function that ends them."""
    for scenario in SCENARIOS:
        _, earlier, command = scenario
        prepared = Tree(tool)
        for args in earlier:
            run = prepared.run(*args)
            if run.rc != 0:
                raise RuntimeError(f"the preparation of '{scenario[0]}' failed: {run}")
        with Tree(tool, prepared) as tree:
            old = tree.state()
            run, calls = tree.trace(*command)
            if run.rc != 0:
                raise RuntimeError(f"'{scenario[0]}' failed without any fault: {run}")
            new = tree.state()
        if not full:
            calls = [call for call in write_path(calls) if changes_something(call)]
            calls = sampled(scenario, calls)
        for call in calls:
            yield Point(scenario, prepared, old, new, call)

# SPDX-License-Identifier: MIT
"""Runs the tests of each real Ollama and counts them."""
import concurrent.futures
import re
import time
import traceback

import inference
import job
import matrix
import pairs
import trouble
from alone import Workers
from known import READ_BY_LLAMA_SERVER
from machine import Machine, harness, tool_settings
from table import Table

SUITES = (("job", job), ("trouble", trouble), ("model", inference))
KINDS = ("record", "accepted", "default")
WITH_DEFAULT = ("boolean", "unsigned_integer", "duration", "bytes", "host")


class Counts:
    """Runs a test, says how it ended, and counts."""

    def __init__(self, pattern, verbose):
        self.pattern, self.verbose = pattern, verbose
        self.passed = self.failed = self.skipped = 0

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    def wants(self, name):
        """Whether -k selects it."""
        return re.search(self.pattern, name) is not None

    def skip(self, name, reason):
        """Counts what cannot be tried here."""
        self.skipped += 1
        print(f"skip {name}: {reason}", flush=True)

    def fail(self, name, text):
        """Counts what does not hold."""
        self.failed += 1
        lines = "\n".join(f"    {line}" for line in text.rstrip().splitlines())
        print(f"FAIL {name}\n{lines}", flush=True)

    def test(self, name, action):
        """Runs it; gives whether it held."""
        begun = time.monotonic()
        try:
            action()
        except harness.Skip as reason:
            return self.skip(name, reason)
        except harness.Failure as failure:
            return self.fail(name, f"{failure}\n{place(failure)}")
        except Exception:  # pylint: disable=broad-except
            return self.fail(name, traceback.format_exc())
        self.passed += 1
        if self.verbose:
            print(f"ok   {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        return None


def place(failure):
    """Where in a test it failed."""
    for frame in reversed(traceback.extract_tb(failure.__traceback__)):
        if not frame.filename.endswith(("harness.py", "driver.py")):
            return f"at {frame.filename.rpartition('/')[2]}:{frame.lineno}"
    return ""


def holds(findings):
    """No finding."""
    harness.expect(not findings, "\n".join(findings))


def tests_of(module):
    """The (name, function) of a file's tests, in its order."""
    return [(name.removeprefix("test_"), value) for name, value in vars(module).items()
            if name.startswith("test_")]


class Run:
    """All of it."""

    def __init__(self, options):
        self.options, self.counts = options, Counts(options.k, options.verbose)
        self.settings = tool_settings(options.tool)
        self.table, self.workers = Table.read(), Workers()
        self.seen, self.programs = {}, []

    def everything(self, programs):
        """Each program, then what can be told from all versions."""
        if programs and all(program.missing == "no Go" for program in programs):
            print("skipped: no Go", flush=True)
            self.counts.skipped += len(programs)
            return
        self.programs = programs
        for program in programs:
            if program.path:
                self.one(program)
            elif program.named:
                self.counts.fail(program.version, f"cannot be installed: {program.missing}")
            else:
                self.counts.skip(program.version, program.missing)
        self.bounds()
        if self.options.update:
            self.update()

    def one(self, program):
        """One real Ollama: its service, and beside that its starts alone."""
        if not self.selected(program.version):
            return
        chosen = self.chosen(program.version)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            seen = pool.submit(self.look, program, chosen) if chosen else None
            try:
                with Machine(program, self.options, self.programs) as machine:
                    for suite, module in SUITES:
                        for name, test in tests_of(module):
                            self.in_machine(machine, f"{program.version}/{suite}/{name}", test)
                    if seen:
                        self.settings_of(machine, seen.result(), chosen)
            except Exception:  # pylint: disable=broad-except
                self.counts.fail(f"{program.version}/machine", traceback.format_exc())
            finally:
                self.workers.stopping.set()
        self.workers.stopping.clear()

    def selected(self, version):
        """Whether any test of a version is selected."""
        names = [f"{version}/{suite}/{name}" for suite, module in SUITES for name, _ in tests_of(module)]
        return any(map(self.counts.wants, names)) or bool(self.chosen(version))

    def in_machine(self, machine, name, test):
        """A test that starts from a fresh service."""
        if not self.counts.wants(name):
            return
        if machine.dirty:
            machine.reset()
        machine.log, machine.dirty = [], True
        before = self.counts.failed
        self.counts.test(name, lambda: test(machine))
        if self.counts.failed > before:
            print(transcript(machine.log), flush=True)

    def chosen(self, version):
        """The settings of which -k selects a test."""
        return [setting for setting in self.settings
                if any(self.counts.wants(f"{version}/{kind}/{setting['name']}") for kind in KINDS)]

    def look(self, program, chosen):
        """Everything that can be seen of a program without a service."""
        seen = matrix.look(program, chosen, self.workers)
        ever = set().union(seen.defaults, *self.table.shown.values(), *self.table.named.values())
        seen.named = matrix.own_names(program, ever | {setting["name"] for setting in self.settings})
        return seen

    def settings_of(self, machine, seen, chosen):
        """Every setting with every value."""
        if machine.dirty:
            machine.reset()
        self.seen[seen.version] = seen
        accepted = machine.accepts(list(seen.verdicts))
        for setting in chosen:
            self.one_setting(seen, setting, accepted)
        if self.counts.verbose:
            print(f"     {seen.version}: {len(seen.verdicts)} pairs", flush=True)

    def one_setting(self, seen, setting, accepted):
        """A setting's values against the record, and against what the tool accepts."""
        name, version = setting["name"], seen.version
        if name not in seen.defaults:
            return
        if self.counts.wants(f"{version}/record/{name}") and not self.options.update:
            if version in self.table.versions:
                recorded = self.table.verdicts[version]
                self.counts.test(f"{version}/record/{name}",
                                 lambda: holds(matrix.changed(seen, recorded, name)))
            else:
                self.counts.skip(f"{version}/record/{name}", "this version is not in values.tsv")
        if setting["type"] in WITH_DEFAULT and self.counts.wants(f"{version}/default/{name}"):
            self.counts.test(f"{version}/default/{name}",
                             lambda: holds(matrix.wrong_default(seen, setting)))
        if setting["type"] != "text" and self.counts.wants(f"{version}/accepted/{name}"):
            self.counts.test(f"{version}/accepted/{name}",
                             lambda: holds(matrix.wrongly_accepted(seen, setting, accepted)))
        if self.counts.verbose:
            for pair in matrix.only_here(seen, setting, accepted):
                print(f"     {version} reads {pair} as meant; the tool refuses it", flush=True)

    def bounds(self):
        """What the tool says of versions, against the versions that show a setting, or have its name at all."""
        shown, named = dict(self.table.shown), dict(self.table.named)
        for version, seen in self.seen.items():
            shown[version], named[version] = set(seen.defaults), seen.named
            if version in self.table.shown and not self.options.update:
                differing = self.table.shown[version] ^ shown[version] | self.table.named[version] ^ named[version]
                self.bound(f"{version}/record/names", [f"{name}: not as recorded" for name in sorted(differing)])
        ever = set().union(*shown.values())
        for setting in self.settings:
            name = setting["name"]
            if name in ever:
                self.bound(f"bounds/{name}", matrix.contradictions(setting, "shown by", shown))
            elif name.startswith("OLLAMA_") and name not in READ_BY_LLAMA_SERVER:
                self.bound(f"bounds/{name}", matrix.contradictions(setting, "named by", named))
        for name in sorted(ever - {setting["name"] for setting in self.settings}):
            where = " ".join(version for version, names in shown.items() if name in names)
            self.bound(f"bounds/{name}", [f"{name}: shown by {where}; the tool does not know it"])

    def bound(self, name, findings):
        """One of these tests."""
        if self.counts.wants(name):
            self.counts.test(name, lambda: holds(findings))

    def update(self):
        """Writes the record."""
        for seen in self.seen.values():
            self.table.put(seen)
        self.table.write([(setting["name"], value) for setting in self.settings
                          for value in pairs.values_of(setting)])


def transcript(log):
    """The last runs of the tool in a test that failed."""
    lines = []
    for result in [result for result in log if result.argv[0] == harness.TOOL][-3:]:
        lines.append(f"  $ {harness.show_argv(result.argv)[:300]}   -> {result.rc} ({result.seconds:.1f} s)")
        lines += [f"    | {line[:300]}" for line in result.text.splitlines()[-12:]]
    return "\n".join(lines)

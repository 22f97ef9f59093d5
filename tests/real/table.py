# SPDX-License-Identifier: MIT
"""What was seen of the real Ollamas, kept as data beside this file.

settings.tsv: a row for each name, with the versions whose log line shows it. values.tsv: a row for
each value tried, or several where versions differ. `--update` writes both.
"""
import json
import pathlib

from programs import number

HERE = pathlib.Path(__file__).resolve().parent
NAMES = HERE / "settings.tsv"
VALUES = HERE / "values.tsv"


def rows(path):
    """The cells of a file's lines; none where there is no file."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


class Table:
    """The names shown and the verdicts, by version."""

    def __init__(self):
        self.shown, self.named, self.verdicts = {}, {}, {}

    versions = property(lambda self: sorted(self.shown, key=number))

    @classmethod
    def read(cls):
        """What is kept in the two files."""
        table = cls()
        for name, *columns in rows(NAMES)[1:]:
            for names, column in zip((table.shown, table.named), columns):
                for version in column.split():
                    names.setdefault(version, set()).add(name)
                    table.verdicts.setdefault(version, {})
        for name, value, verdict, *versions in rows(VALUES)[1:]:
            for version in versions[0].split() if versions else table.showing(name):
                table.verdicts[version][(name, json.loads(value))] = verdict
        return table

    def showing(self, name):
        """The versions that show a name."""
        return [version for version in self.versions if name in self.shown[version]]

    def put(self, seen):
        """Takes in what a run saw of one version."""
        self.shown[seen.version], self.named[seen.version] = set(seen.defaults), set(seen.named)
        self.verdicts.setdefault(seen.version, {}).update(seen.verdicts)

    def write(self, tried):
        """Both files; the values in the order of what is tried."""
        lines = ["setting\tshown by\tnamed by"]
        for name in sorted(set().union(*self.shown.values(), *self.named.values())):
            named = [version for version in self.versions if name in self.named[version]]
            lines.append(f"{name}\t{' '.join(self.showing(name))}\t{' '.join(named)}")
        store(NAMES, "the names in the line \"server config\", and those of Ollama's own in the program at all", lines)
        lines = ["setting\tvalue\ttaken for\tby"]
        for pair in tried:
            lines += self.value_rows(pair)
        store(VALUES, "what each value is taken for: read (as meant), default, other: WHAT IT SAYS, silent (no such "
                      "line),\n# ends: LAST WORDS; by which versions, where not by all that show the name", lines)

    def value_rows(self, pair):
        """A row for each verdict on a value."""
        by = {}
        for version in self.showing(pair[0]):
            by.setdefault(self.verdicts[version].get(pair, "-"), []).append(version)
        by.pop("-", None)
        for verdict, versions in by.items():
            row = [pair[0], json.dumps(pair[1]), verdict]
            yield "\t".join(row if versions == self.showing(pair[0]) else row + [" ".join(versions)])


def store(path, what, lines):
    """A file with its head."""
    head = f"# Seen of real Ollamas: {what}.\n# Written by tests/real/run --update.\n"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")

# SPDX-License-Identifier: MIT
"""What was seen of the real Ollamas, kept as data beside this file.

settings.tsv: a row for each name, with the versions whose log line shows it. values.tsv: a row for
each value tried, with a column for each version. `--update` writes both.
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
        self.versions, self.shown, self.verdicts = [], {}, {}

    @classmethod
    def read(cls):
        """What is kept in the two files."""
        table = cls()
        header, *body = rows(VALUES) or [["setting", "value"]]
        table.versions = header[2:]
        for version in table.versions:
            table.shown[version], table.verdicts[version] = set(), {}
        for name, versions in (row[:2] for row in rows(NAMES)[1:]):
            for version in versions.split():
                table.shown[version].add(name)
        for name, value, *cells in body:
            for version, cell in zip(table.versions, cells):
                table.verdicts[version][(name, json.loads(value))] = cell
        return table

    def put(self, version, shown, verdicts):
        """Takes in what a run saw of one version."""
        self.shown[version], self.verdicts[version] = set(shown), dict(verdicts)
        self.versions = sorted(self.shown, key=number)

    def drop(self, known, pairs):
        """Leaves out what is no longer tried."""
        for version, verdicts in self.verdicts.items():
            self.verdicts[version] = {pair: verdict for pair, verdict in verdicts.items()
                                      if pair[0] not in known or pair in pairs}

    def write(self):
        """Both files, in an order of their own."""
        names = sorted(set().union(*self.shown.values()))
        lines = ["setting\tshown by"] + [
            name + "\t" + " ".join(v for v in self.versions if name in self.shown[v]) for name in names]
        NAMES.write_text(head("the names in the line \"server config\"") + "\n".join(lines) + "\n",
                         encoding="utf-8")
        lines = ["\t".join(["setting", "value", *self.versions])]
        for pair in dict.fromkeys(pair for v in self.versions for pair in self.verdicts[v]):
            cells = [self.verdicts[v].get(pair, "-") for v in self.versions]
            lines.append("\t".join([pair[0], json.dumps(pair[1]), *cells]))
        VALUES.write_text(head("what each value is taken for: read, default, other: WHAT IT SAYS, "
                               "silent (no such line), ends: LAST WORDS, - (not shown)")
                          + "\n".join(lines) + "\n", encoding="utf-8")


def head(what):
    """The first lines of a file."""
    return f"# Seen of real Ollamas: {what}.\n# Written by tests/real/run --update.\n"

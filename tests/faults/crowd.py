# SPDX-License-Identifier: MIT
"""Many `configure --restart never` at once, each with another variable."""
from tree import Tree


def crowd(tool, count, lock_timeout):
    """Exit codes by number, and the numbers whose variable is in force in the end."""
    with Tree(tool) as tree:
        runs = [tree.start("configure", "--restart", "never", "--set", f"CROWD_{i}=v{i}",
                           "--lock-timeout", str(lock_timeout)) for i in range(count)]
        errors = [run.communicate()[1] for run in runs]
        codes = [run.returncode for run in runs]
        text = (tree.drop_in() or (b"", 0))[0].decode()
        there = {i for i in range(count) if f'"CROWD_{i}=v{i}"' in text}
        left = tree.leftovers()
        results = set(tree.results().values())
    return codes, errors, there, left, results


class Crowd:
    """`count` runs at once; `all_in`: the lock timeout is long enough for every one of them."""

    def __init__(self, tool, count, lock_timeout, all_in):
        self.tool, self.count = tool, count
        self.lock_timeout, self.all_in = lock_timeout, all_in

    def __str__(self):
        return f"{self.count} at once, --lock-timeout={self.lock_timeout}"

    def problems(self):
        codes, errors, there, left, results = crowd(self.tool, self.count, self.lock_timeout)
        done = {i for i, code in enumerate(codes) if code == 0}
        self.outcome = f"{self}: {len(done)} exit 0, {codes.count(9)} exit 9"
        if there != done:
            yield f"in force {sorted(there)}, but exit 0 of {sorted(done)}"
        if set(codes) - {0, 9}:
            yield f"exit codes {sorted(set(codes))}"
        if self.all_in and len(done) != self.count:
            yield f"only {len(done)} of {self.count} got through"
        if not done:
            yield "none got through"
        for code, error in zip(codes, errors):
            if code == 9 and "another ollama-gpu is at work" not in error:
                yield f"exit 9 does not say for whom it waited: {error}"
        if left:
            yield f"temporary files stay: {left}"
        if results - {"done"}:
            yield f"generations: {results}"

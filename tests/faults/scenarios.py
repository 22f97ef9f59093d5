# SPDX-License-Identifier: MIT
"""What is interrupted: a command, and the runs that lead up to it."""

SET = ("configure", "--restart", "never", "--keep-alive", "--num-parallel", "4")
OTHER = ("configure", "--restart", "never", "--keep-alive=24h", "--set", "E2E=1")

# What stands in the installer's unit moves into our drop-in: two files.
FIX = ("doctor", "--fix", "--restart", "never")

# Several servers behind one address: eight more files, one of them a link.
SHARE = ("configure", "--restart", "never", "--gpus", "0-3", "--replicas")
ALONE = ("configure", "--restart", "never", "--no-replicas")

# name, the runs before it, the command
SCENARIOS = (
    ("configure, the first time", (), SET),
    ("configure over an earlier one", (SET,), OTHER),
    ("reset", (SET,), ("reset", "--restart", "never")),
    ("rollback", (SET, OTHER), ("rollback", "--restart", "never")),
    ("rollback to a generation", (SET, OTHER, ("reset",)), ("rollback", "1", "--restart", "never")),
    ("doctor --fix", (), FIX),
    ("rollback of doctor --fix", (FIX,), ("rollback", "--restart", "never")),
    ("configure --replicas", (SET,), SHARE),
    ("configure --replicas, other settings", (SHARE,), (*SHARE, "--num-parallel", "2")),
    ("configure --no-replicas", (SHARE,), ALONE),
    ("rollback of --no-replicas", (SHARE, ALONE), ("rollback", "--restart", "never")),
)


def sampled(scenario, calls):
    """A change of many files makes the same calls for each: every sixth, and the end in full."""
    if "replicas" not in scenario[0]:
        return calls
    mark = next((i for i, call in enumerate(calls) if '".meta.' in call.text), len(calls))
    return [call for i, call in enumerate(calls) if i % 6 == 0 or i > mark - 15]

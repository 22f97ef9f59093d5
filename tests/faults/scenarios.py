# SPDX-License-Identifier: MIT
"""What is interrupted: a command, and the runs that lead up to it."""

SET = ("configure", "--restart", "never", "--keep-alive", "--num-parallel", "4")
OTHER = ("configure", "--restart", "never", "--keep-alive=24h", "--set", "E2E=1")

# What stands in the installer's unit moves into our drop-in: two files.
FIX = ("doctor", "--fix", "--restart", "never")

# name, the runs before it, the command
SCENARIOS = (
    ("configure, the first time", (), SET),
    ("configure over an earlier one", (SET,), OTHER),
    ("reset", (SET,), ("reset", "--restart", "never")),
    ("rollback", (SET, OTHER), ("rollback", "--restart", "never")),
    ("rollback to a generation", (SET, OTHER, ("reset",)), ("rollback", "1", "--restart", "never")),
    ("doctor --fix", (), FIX),
    ("rollback of doctor --fix", (FIX,), ("rollback", "--restart", "never")),
)

# SPDX-License-Identifier: MIT
"""What the program says of itself."""
import os
import subprocess


def ask(tool, *words):
    """What the tool prints; the documentation is only as good as its exit code 0."""
    done = subprocess.run([str(tool), *words], capture_output=True, text=True, timeout=20,
                          check=True, env={"PATH": os.environ["PATH"], "COLUMNS": "100",
                                           "LC_ALL": "C.UTF-8"})
    return done.stdout

# SPDX-License-Identifier: MIT
"""A disk with room for so many pages: the write is short, then fails; or it is whole."""
from tree import DROP_IN, DROP_IN_DIR, Tree

VALUE = "x" * 20000  # five pages
SCRIPT = r"""
root=$1 size=$2 d=$1/DIRECTORY
shift 2
cp "$root/etc/systemd/system/ollama.service" "$root/unit" && cp "$root/DROP_IN" "$root/old"
mount -t tmpfs -o "size=${size}k,mode=0755" none "$root/etc/systemd/system" || exit 99
mkdir "$d" && cp "$root/unit" "$root/etc/systemd/system/ollama.service" || exit 99
cp "$root/old" "$root/DROP_IN" || exit 99
"$@"
code=$?
cp "$root/DROP_IN" "$root/result"
ls -A "$d" > "$root/names"
exit "$code"
""".replace("DIRECTORY", DROP_IN_DIR).replace("DROP_IN", DROP_IN)


class FullDisk:
    """One size of the file system, in KiB, of which two pages are taken."""

    def __init__(self, tool, size):
        self.tool, self.size = tool, size

    def __str__(self):
        return f"a disk of {self.size} KiB"

    def problems(self):
        with Tree(self.tool) as tree:
            tree.run("configure", "--keep-alive")
            old = tree.drop_in()[0]
            run = tree.run("configure", "--set", f"LONG={VALUE}",
                           before=("unshare", "--mount", "sh", "-c", SCRIPT, "sh", str(tree.root),
                                   str(self.size)))
            lies = (tree.root / "result").read_bytes()
            names = (tree.root / "names").read_text().split()
        self.outcome = f"exit {run.rc}"
        if names != ["zz-ollama-gpu.conf"]:
            yield f"temporary files stay: {names}"
        if run.rc == 0:
            if VALUE.encode() not in lies:
                yield "exit 0, but the new drop-in is not whole"
        elif run.rc != 1 or "No space left on device" not in run.err:
            yield f"the wrong error: {run}"
        elif lies != old:
            yield "it failed, but the old drop-in is not there"


def sizes(tool):
    return [FullDisk(tool, size) for size in range(8, 48, 4)]

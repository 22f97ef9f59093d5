# SPDX-License-Identifier: MIT
"""A small system in a directory of its own, and the tool run on it with --root, under strace."""
import atexit
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

DROP_IN_DIR = "etc/systemd/system/ollama.service.d"
DROP_IN = f"{DROP_IN_DIR}/zz-ollama-gpu.conf"
STATE = "var/lib/ollama-gpu/ollama.service"
UNIT = """[Unit]
Description=Ollama Service

[Service]
ExecStart=/usr/local/bin/ollama serve
User=ollama
Restart=always
Environment="PATH=/usr/local/bin:/usr/bin"
Environment="OLLAMA_MAX_QUEUE=64"

[Install]
WantedBy=default.target
"""
LEFTOVER = re.compile(r"^\.ollama-gpu\.|^\.new\.|^\.old\.|^\.meta\.|^\.#")
# For the whole of a run, however slow the machine is.
PATIENCE = 60


class Run:
    """One finished run of the tool."""

    def __init__(self, done):
        self.rc, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __str__(self):
        return f"exit {self.rc}: {self.err.strip() or self.out.strip()}"


class Tree:
    """A root directory with Ollama's unit in it; removed in the end."""

    def __init__(self, tool, template=None):
        self.tool = tool
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="ollama-gpu-faults-"))
        self.root = self.path / "root"
        atexit.register(shutil.rmtree, self.path, ignore_errors=True)
        if template is not None:
            shutil.copytree(template.root, self.root, symlinks=True)
            return
        for directory in ("etc/systemd/system", "usr/local/bin", "usr/sbin", "var/lib"):
            (self.root / directory).mkdir(parents=True)
        (self.root / "etc/systemd/system/ollama.service").write_text(UNIT)
        for program in ("usr/local/bin/ollama", "usr/sbin/haproxy"):
            (self.root / program).write_text("a program")
        self.root.chmod(0o755)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def argv(self, args):
        return [str(self.tool), *args, "--root", str(self.root)]

    def run(self, *args, before=()):
        done = subprocess.run([*before, *self.argv(args)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False)
        return Run(done)

    def start(self, *args):
        return subprocess.Popen(self.argv(args), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def trace(self, *args):
        """The system calls of a run, in order."""
        log = self.path / "trace"
        run = self.run(*args, before=("strace", "-f", "-qq", "-o", str(log)))
        return run, parse_trace(log.read_text(errors="replace"))

    def inject(self, name, fault, number, *args):
        """A run in which the call of that name and number (from 1) has a fault."""
        return self.run(*args, before=("strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                       f"trace={name}", "-e",
                                       f"inject={name}:{fault}:when={number}"))

    # --- what lies there

    def drop_in(self):
        """Bytes and mode of our drop-in, or None."""
        path = self.root / DROP_IN
        if not path.exists():
            return None
        return path.read_bytes(), path.stat().st_mode & 0o7777

    def others(self):
        """Every other file below etc with its bytes, every link with where it leads."""
        found = {}
        for folder, directories, files in os.walk(self.root / "etc"):
            for path in (pathlib.Path(folder) / name for name in (*directories, *files)):
                if path == self.root / DROP_IN or LEFTOVER.search(path.name):
                    continue
                if path.is_symlink():
                    found[str(path.relative_to(self.root))] = os.readlink(path)
                elif path.is_file():
                    found[str(path.relative_to(self.root))] = path.read_bytes()
        return found

    def state(self):
        """All that a change may change: our drop-in, and the others."""
        return self.drop_in(), self.others()

    def has_directory(self):
        return (self.root / DROP_IN_DIR).exists()

    def leftovers(self):
        return [str(path) for path in self.root.rglob("*") if LEFTOVER.search(path.name)]

    def results(self):
        """The result of every generation, by id."""
        found = {}
        for meta in (self.root / STATE).glob("*/meta.json"):
            found[int(meta.parent.name)] = json.loads(meta.read_text())["result"]
        return found


def without_root(text, root):
    return text.replace(root, "")


class Call:
    """One system call: its name, which of that name it is (from 1), its text."""

    def __init__(self, name, number, text):
        self.name, self.number, self.text = name, number, text

    def __str__(self):
        return f"{self.name} #{self.number}: {self.text[:120]}"


def parse_trace(text):
    """The calls of the main thread: strace counts those of each thread on their own."""
    calls, counts, main = [], {}, text.split(" ", 1)[0]
    for line in text.splitlines():
        found = re.match(r"(\d+) +([a-z0-9_]+)\(", line)
        if not found or found.group(1) != main:
            continue
        name = found.group(2)
        counts[name] = counts.get(name, 0) + 1
        calls.append(Call(name, counts[name], line.split(maxsplit=1)[1]))
    return calls


def write_path(calls):
    """The calls from the opening of the lock on, less those that only talk or end the process."""
    start = next((i for i, call in enumerate(calls) if ".lock" in call.text), len(calls))
    # The directory of the lock is made just before.
    while start > 0 and calls[start - 1].name in CHANGING | {"openat2", "fstat", "newfstatat"}:
        start -= 1
    return [call for call in calls[start:]
            if not re.match(r"(write|writev|ioctl)\([012],", call.text)
            and call.name not in ("exit_group", "munmap", "brk", "mmap", "rt_sigaction")]


CHANGING = {"mkdirat", "write", "fsync", "fchmod", "fchown", "renameat2", "renameat", "unlinkat",
            "ftruncate", "flock", "linkat", "symlinkat", "fdatasync", "rename", "mkdir", "unlink"}


def changes_something(call):
    return call.name in CHANGING or "O_CREAT" in call.text

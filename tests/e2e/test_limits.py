# SPDX-License-Identifier: MIT
"""Memory that runs out, files of thousands of mistakes, devices, append-only directories, odd names."""
import re
import time

from harness import (DROP_IN, DROP_IN_DIR, FAST, TOOL, Skip, configured, equal,
                     expect, lacks, matches, nothing_changed, slow, thorough)
from test_no_systemd import IMAGE, image, in_image

LIMIT = 6  # seconds; before, each of them took 11 to 37


def in_time(box, *args):
    start = time.monotonic()
    result = in_image(box, *args)
    expect(time.monotonic() - start < LIMIT, f"{args} took {time.monotonic() - start:.1f} s")
    return result


@slow
def test_thousands_of_mistakes(box):
    """30,000 mistakes in a unit, 40,000 in an environment file: found in linear time."""
    image(box)
    unit = f"{IMAGE}/usr/lib/systemd/system/ollama.service"
    head = "[Service]\nExecStart=/usr/local/bin/ollama serve\n"
    box.write(unit, head + "Enviroment=A=1\n" * 30_000)
    matches("30000 ", in_time(box, "doctor").exits(11).out, "the count")
    box.write(unit, head + "Environment=bad-1=1\n" * 30_000)
    matches("30000 ", in_time(box, "doctor").exits(11).out, "the count")
    box.write(unit, head + "EnvironmentFile=/etc/ollama.env\n")
    box.write(f"{IMAGE}/etc/ollama.env", "no assignment\n" * 40_000)
    matches("40000 ", in_time(box, "doctor").exits(11).out, "the count")


def test_thousands_of_settings(box):
    """A TOML file with 60,000 keys in [set]: refused, with the file's name."""
    image(box)
    box.write("/e2e/scratch/many.toml", "[set]\n" + "".join(f"K{i} = 1\n" for i in range(60_000)))
    result = in_time(box, "configure", "--config", "/e2e/scratch/many.toml").exits(2)
    matches(r"60000 settings in one file.*many\.toml:1:1", result.err.replace("\n", " "), "the reason")
    expect(not box.exists(IMAGE + DROP_IN), "it was written")


def test_devices_are_not_opened(box):
    """EnvironmentFile= and drop-ins that are devices or FIFOs are looked at, never opened."""
    if box.run("strace", "--version").rc != 0:
        raise Skip("there is no strace in this root file system")
    box.sh("mknod /e2e/scratch/tape c 1 5 && mkfifo /e2e/scratch/pipe")
    box.write(f"{DROP_IN_DIR}/10-tape.conf", "[Service]\nEnvironmentFile=-/e2e/scratch/tape\n"
                                             "EnvironmentFile=-/e2e/scratch/pipe\n")
    box.sh(f"ln -s /e2e/scratch/tape {DROP_IN_DIR}/20-tape.conf")
    for command in (("status",), ("doctor",), ("show",), ("configure", "--spread", "--dry-run")):
        box.run("strace", "-f", "-qq", "-y", "-o", "/e2e/scratch/trace", "-e",
                "trace=open,openat,openat2", TOOL, *command)
        text = box.read("/e2e/scratch/trace").decode(errors="replace")
        opened = [line for line in text.splitlines()
                  if re.search("scratch/(tape|pipe)", line) and "O_PATH" not in line]
        equal(opened, [], f"{command} opens them")
        matches("tape", text, f"{command} looks at them")


def test_append_only_directory(box):
    """A drop-in directory under chattr +a: exit 4 with the way out, and no file stays behind."""
    configured(box)
    if box.run("chattr", "+a", DROP_IN_DIR).rc != 0:
        raise Skip("this file system has no append-only directories")
    try:
        before = box.snapshot()
        for command in (("configure", "--keep-alive=24h"), ("reset",), ("rollback",)):
            result = box.tool(*command, *FAST).exits(4)
            matches(f"append-only.*chattr -a {DROP_IN_DIR}", result.err.replace("\n", " "), "reason")
        nothing_changed(before, box.snapshot())
        equal(box.sh(f"ls -A {DROP_IN_DIR}"), "zz-ollama-gpu.conf\n", "what lies there")
    finally:
        box.run("chattr", "-a", DROP_IN_DIR)


def test_immutable_file(box):
    """Our drop-in under chattr +i: exit 4 with the way out."""
    configured(box)
    if box.run("chattr", "+i", DROP_IN).rc != 0:
        raise Skip("this file system has no immutable files")
    try:
        result = box.tool("configure", "--keep-alive=24h", *FAST).exits(4)
        matches(f"immutable.*chattr -i {DROP_IN}", result.err.replace("\n", " "), "reason")
    finally:
        box.run("chattr", "-i", DROP_IN)


def test_drop_in_name_that_is_no_utf8(box):
    """A drop-in whose name is no UTF-8: refused before the write, with the file's name."""
    box.sh(f"mkdir -p {DROP_IN_DIR}; printf '[Service]\\n' > \"$(printf '{DROP_IN_DIR}/10-\\377.conf')\"")
    before = box.snapshot()
    result = box.tool("configure", "--spread", *FAST).exits(6)
    matches(r"name of a drop-in is no UTF-8", result.err, "the reason")
    matches(r"ollama\.service\.d/10-", result.err, "the place")
    nothing_changed(before, box.snapshot())
    box.sh("systemctl daemon-reload")
    result = box.tool("status").exits(6)
    matches(r"name of a drop-in is no UTF-8", result.err, "the reason, once systemd has read it")


@thorough
def test_memory_runs_out(box):
    """Address space of 54 sizes around what a change needs: done, or put back, or said."""
    configured(box)
    never = ("configure", "--restart", "never", *FAST)
    old = box.read(DROP_IN)

    def run(size, value):
        return box.run("prlimit", f"--as={size}", TOOL, *never, "--set", f"E2E={value}")

    low, high = 8 << 20, 512 << 20
    while high - low > 64 << 10:
        middle = (low + high) // 2
        if run(middle, "probe").rc == 0:
            high = middle
            box.tool(*never, "--unset", "E2E").exits(0)
        else:
            low = middle
    box.tool(*never, "--unset", "E2E").exits(0)
    old = box.read(DROP_IN)
    ends = {}
    for step in (*range(25), *range(30, 600, 20)):
        result = run(high - step * (8 << 10), step)
        # 127: of ld.so; SIGABRT: of the C++ runtime, before main().
        expect(result.rc in (0, 1, 127, -6), f"exit {result.rc}: {result.err}")
        ends[result.rc] = ends.get(result.rc, 0) + 1
        said = "what was written stays" in result.err
        if result.rc == 0 or said:
            box.tool(*never, "--unset", "E2E").exits(0)
        else:
            lacks("^E2E", box.read(DROP_IN).decode(), f"exit {result.rc}: {result.err}")
        equal(box.read(DROP_IN), old, f"{DROP_IN} after {result.rc}: {result.err}")
    expect(len(ends) > 1, f"no run lacked memory: {ends}")

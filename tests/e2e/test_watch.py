# SPDX-License-Identifier: MIT
"""`status --watch`: the page that is drawn again every second."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time

from harness import (Failure, TOOL, UNIT, equal, expect, lacks, matches, readonly, slow, validate,
                     wait_until)

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?25h\x1b[?1049l"
WATCH = ("status", "--watch")


def take_terminal():
    """Runs in the child: its standard input becomes its controlling terminal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """`status --watch` on a terminal of its own, whose other end is here."""

    def __init__(self, box, *environment, shell=()):
        self.box, self.output = box, bytearray()
        self.master, slave = pty.openpty()
        self.resize(100, 40)
        words = ("env", "TERM=xterm", *environment, *(shell or (TOOL, *WATCH)))
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
            box.argv(words), env=box.env, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, preexec_fn=take_terminal)
        os.close(slave)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        wait_until(lambda: "q ends it" in self.text(), "a first page", 20)
        self.pid = box.sh("pidof ollama-gpu").strip()

    def _read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # EIO: the other end is closed
                data = b""
            if not data:
                break
            self.output += data
        os.close(self.master)

    def text(self):
        return self.output.decode("utf-8", "replace")

    def frames(self):
        return self.text().split("\x1b[H")[1:]

    def next_frame(self, seconds=8):
        """A page that was begun and ended from now on."""
        seen = len(self.frames())
        wait_until(lambda: len(self.frames()) > seen + 1, "another page", seconds)
        return self.frames()[-2]

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, key):
        os.write(self.master, key)

    def ended(self):
        """Its exit code, or 128 and the number of the signal that ended it."""
        code = self.process.wait(timeout=10)
        self.reader.join(timeout=10)
        return code if code >= 0 else 128 - code


@slow
def test_redraws_in_place_until_ctrl_c(box):
    """Pages in place every second; Ctrl-C ends it, and the terminal is as it was."""
    terminal = Terminal(box)
    first = terminal.frames()[0]
    begun, seen = time.monotonic(), len(terminal.frames())
    wait_until(lambda: len(terminal.frames()) >= seen + 3, "three more pages", 12)
    expect(time.monotonic() - begun >= 1.8, "three pages came in less than two seconds")
    matches(r"GPUs.*NVIDIA A100", re.sub(r"\s", " ", first), "a page")
    lacks("Evidence", first, "a page")
    terminal.type(b"\x03")
    equal(terminal.ended(), 130, "exit code")
    text = terminal.text()
    expect(ENTER in text, "it does not go to the other screen")
    tail = text[text.rindex("\x1b[J") + 3:]
    expect(LEAVE in tail, f"the terminal is not put back: {tail!r}")
    expect("error" not in tail, f"an error at the end: {tail!r}")
    matches(r"GPUs.*NVIDIA", re.sub(r"\s", " ", tail[tail.index(LEAVE):]), "the last page, which stays")


@slow
def test_q_ends_it(box):
    """q ends it with 0, other keys do not and are not shown; the keys are read as before then."""
    terminal = Terminal(box)
    terminal.type(b"xyzzy")
    terminal.next_frame()
    terminal.type(b"q")
    equal(terminal.ended(), 0, "exit code")
    lacks("xyzzy", terminal.text(), "the screen")
    after = terminal.text()[terminal.text().rindex(LEAVE):]
    matches(r"GPUs.*NVIDIA", re.sub(r"\s", " ", after), "the last page, which stays")


@slow
def test_gpus_and_models_come_first(box):
    """In a window of 12 rows of 60 columns stand the service and the GPUs."""
    terminal = Terminal(box)
    terminal.resize(60, 12)
    terminal.next_frame()
    page = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.next_frame()).replace("\r", "")
    matches(r"^ +3  NVIDIA", page, "the last GPU")
    expect(all(len(line) < 60 for line in page.split("\n")), f"a line is too wide: {page}")
    terminal.type(b"q")
    equal(terminal.ended(), 0, "exit code")


@slow
def test_other_signals_put_the_terminal_back(box):
    """SIGTERM ends it with 143, the terminal as it was."""
    terminal = Terminal(box)
    box.sh("kill -TERM $1", terminal.pid)
    equal(terminal.ended(), 143, "exit code")
    expect(LEAVE in terminal.text(), "the terminal is not put back")


@slow
def test_suspended_and_brought_back(box):
    """Ctrl-Z gives the shell its screen back, fg draws on the other one again."""
    script = f"{TOOL} {' '.join(WATCH)}; echo \"shell: $?\"; sleep 1; fg; exit $?"
    terminal = Terminal(box, shell=("setsid", "--ctty", "--wait", "bash", "-m", "-c",
                                    script))
    terminal.type(b"\x1a")
    wait_until(lambda: "shell: 148" in terminal.text(), "the shell", 5)
    before, after = terminal.text().split("shell: 148")
    expect(LEAVE in before[before.rindex("\x1b[J"):], f"not given back: {before[-99:]!r}")
    expect(ENTER not in after, f"drawn while it is stopped: {after!r}")
    wait_until(lambda: ENTER in terminal.text().split("shell: 148")[1], "the other screen", 5)
    terminal.next_frame()
    terminal.type(b"\x03")
    equal(terminal.ended(), 130, "exit code")
    expect(terminal.text().rindex(LEAVE) > terminal.text().rindex(ENTER), "the terminal is not put back")


@slow
def test_survives_a_resize(box):
    """A smaller window gets a page that fits, a larger one has everything again."""
    terminal = Terminal(box)
    terminal.resize(48, 12)
    terminal.next_frame()
    small = terminal.next_frame()
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", small).split("\r\n")
    expect(len(lines) <= 12, f"{len(lines)} lines in a window of 12")
    matches(r"\(\d+ more lines\)", lines[-1], "the last line")
    terminal.resize(100, 60)
    terminal.next_frame()
    matches("q ends it", terminal.next_frame(), "a large page")
    terminal.type(b"\x03")
    equal(terminal.ended(), 130, "exit code")


@slow
def test_without_colour_and_utf8(box):
    """NO_COLOR and a plain locale: no colours, no characters that the terminal lacks."""
    terminal = Terminal(box, "NO_COLOR=1", "LC_ALL=C")
    page = terminal.next_frame()
    lacks("\x1b\\[[0-9;]*m", page, "colours")
    expect(page.isascii(), f"not plain ASCII: {page!r}")
    matches(r"\[[#=-]+\]", page, "bars")
    terminal.type(b"\x03")
    terminal.ended()


class Lines:
    """`status --watch --json` in the background, its lines in a file."""

    def __init__(self, box):
        self.box = box
        box.sh("rm -f /run/e2e/lines; \"$@\" > /run/e2e/lines 2> /run/e2e/errors & "
               "echo $! > /run/e2e/watch.pid", TOOL, *WATCH, "--json")
        self.pid = box.read("/run/e2e/watch.pid").decode().strip()

    def all(self):
        text = self.box.read("/run/e2e/lines").decode()
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def until(self, condition, what, seconds=12):
        """The first line from now on that is so."""
        seen, found = len(self.all()), []
        wait_until(lambda: found.extend(filter(condition, self.all()[seen:])) or found, what,
                   seconds)
        return found[0]

    def end(self, signal="TERM"):
        self.box.sh("kill -$2 $1; while kill -0 $1 2> /dev/null; do sleep 0.05; done", self.pid,
                    signal)


@slow
def test_json_is_a_line_each_time(box):
    """In a pipe with --json: one valid object a line, about one a second."""
    lines = Lines(box)
    wait_until(lambda: len(lines.all()) >= 3, "three lines", 12)
    lines.end()
    for line in lines.all():
        validate(line, "a line of status --watch --json")
        equal((line["command"], line["ok"], line["evidence"]), ("status", True, []), "a line")


@slow
def test_survives_a_restart_of_the_service(box):
    """Restarted, stopped and started again: it goes on, and shows it."""
    lines = Lines(box)
    pid = lines.until(lambda line: line["unit"]["main_pid"] > 0, "a line")["unit"]["main_pid"]
    box.sh("systemctl restart ollama")
    lines.until(lambda line: line["unit"]["main_pid"] not in (0, pid), "the new process")
    box.sh("systemctl stop ollama")
    down = lines.until(lambda line: line["unit"]["active_state"] == "inactive", "the stop")
    equal(down["models"], None, "models of a stopped service")
    box.sh("systemctl start ollama")
    lines.until(lambda line: line["models"] == [], "Ollama's answer")
    lines.end()
    equal(box.read("/run/e2e/errors"), b"", "stderr")


@slow
def test_survives_a_restart_of_systemd(box):
    """systemctl daemon-reexec closes our connection: it goes on."""
    lines = Lines(box)
    lines.until(lambda line: line["ok"], "a line")
    box.sh("systemctl daemon-reexec")
    lines.until(lambda line: line["ok"] and line["unit"]["active_state"] == "active",
                "a good line")
    lines.end()


@slow
def test_needs_next_to_nothing(box):
    """Under 1 % of a core: user and system time over 10 seconds, after the first pages."""
    lines = Lines(box)
    wait_until(lambda: len(lines.all()) >= 2, "two lines", 12)
    used = ("awk '{print $14 + $15}' /proc/$1/stat; cat /proc/uptime")

    def figures():
        ticks, uptime = box.sh(used, lines.pid).split("\n")[:2]
        return int(ticks) / 100, float(uptime.split()[0])

    cpu, clock = figures()
    time.sleep(10)  # it is a measurement
    cpu_after, clock_after = figures()
    lines.end()
    share = (cpu_after - cpu) / (clock_after - clock)
    expect(share < 0.01, f"{share:.2%} of a core")


@readonly
def test_neither_terminal_nor_json(box):
    """In a pipe without --json: exit 2, and what to write."""
    matches("--json", box.tool(*WATCH).exits(2).err, "stderr")


@readonly
def test_no_such_unit(box):
    """What is wrong from the start ends it, as `status` does."""
    box.json(*WATCH, "--unit", "e2e-none").exits(5)


@slow
def test_reader_that_goes_away(box):
    """A closed pipe ends it."""
    result = box.run("bash", "-c", f"{TOOL} {' '.join(WATCH)} --json | head -n 1; "
                                   "echo ${PIPESTATUS[0]}", timeout=20)
    first, code = result.out.split("\n")[:2]
    equal(json.loads(first)["unit"]["id"], UNIT, "the first line")
    if code not in ("0", "1"):
        raise Failure(f"exit {code}")

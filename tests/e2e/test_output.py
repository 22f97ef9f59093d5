# SPDX-License-Identifier: MIT
"""What goes to stdout, to stderr, to a terminal and into closed or full outputs."""
import re

from harness import (DROP_IN, FAST, GPU_UUIDS, MAIN, STATE_DIR, TOOL, WANTED, equal, expect,
                     has_settings, lacks, matches, parse_json, readonly, show_argv, slow)

ESCAPE = "\x1b"


def on_terminal(box, *words):
    """Runs the tool on a pseudo terminal; gives everything that it wrote there."""
    return box.run("env", "TERM=xterm", "script", "--quiet", "--return", "--command",
                   show_argv((TOOL, *words)), "/dev/null")


@readonly
def test_results_go_to_stdout(box):
    """Results of commands that look are on stdout, and stderr is empty."""
    for words, pattern in ((("gpus",), "A100"), (("show",), "OLLAMA_HOST"),
                           (("settings",), "OLLAMA_KEEP_ALIVE"), (("help", "exit-codes"), "busy"),
                           (("--version",), "ollama-gpu")):
        result = box.tool(*words).exits(0)
        matches(pattern, result.out, f"{words}: stdout")
        equal(result.err, "", f"{words}: stderr")


@readonly
def test_errors_go_to_stderr(box):
    """Errors are on stderr, and stdout is empty."""
    result = box.tool("configure", "--keep-alive=1d").exits(2)
    equal(result.out, "", "stdout")
    matches("^ollama-gpu: |error", result.err, "stderr")


def test_quiet_prints_nothing_on_success(box):
    """--quiet: nothing on stdout or stderr when all went well, changed or not."""
    for _ in range(2):
        result = box.tool(*MAIN, "--quiet").exits(0)
        equal((result.out, result.err), ("", ""), "output")
    has_settings(box.snapshot(), WANTED)


@readonly
def test_quiet_does_not_hide_errors(box):
    """--quiet: an error is still said."""
    matches("24h", box.tool("configure", "--keep-alive=1d", "-q").exits(2).err, "stderr")


@slow
def test_pipe_has_no_escape_codes(box):
    """Neither output has escape codes or carriage returns when piped, not in progress either."""
    box.standin(discovery_delay_ms=1500)
    for words in (MAIN, ("status",), ("show",), ("gpus",), ("verify",), (*MAIN, "--dry-run")):
        result = box.tool(*words).exits(0)
        for name, text in (("stdout", result.out), ("stderr", result.err)):
            expect(ESCAPE not in text, f"{words}: an escape code on {name}: {text!r}")
            expect("\r" not in text, f"{words}: a carriage return on {name}: {text!r}")
    has_settings(box.snapshot(), WANTED)


@readonly
def test_color_always_and_never(box):
    """--color always colours a pipe; --color never leaves a terminal plain."""
    result = box.tool(*MAIN, "--dry-run", "--color", "always").exits(0)
    expect(ESCAPE + "[" in result.out, f"no colour: {result.out!r}")
    plain = on_terminal(box, "gpus", "--color", "never").exits(0)
    expect(ESCAPE not in plain.out, f"an escape code: {plain.out!r}")


@readonly
def test_no_prompt_on_a_terminal(box):
    """On a terminal it asks nothing: a preview ends by itself."""
    result = on_terminal(box, *MAIN, "--dry-run").exits(0)
    matches("OLLAMA_KEEP_ALIVE", result.out, "terminal")
    lacks(r"\[y/n\]|are you sure|continue\?", result.out, "terminal")


@slow
def test_progress_on_a_terminal(box):
    """A long wait shows on a terminal what it waits for and how long."""
    box.standin(discovery_delay_ms=2500)
    result = on_terminal(box, *MAIN).exits(0)
    matches(r"wait", result.out, "what it does")
    matches(r"\d+\s*s\b", result.out, "for how long")
    expect("\r" in result.out.replace("\r\n", "\n"), "the progress line is not redrawn in place")


@slow
def test_progress_in_a_pipe(box):
    """A long wait is said in plain lines on stderr in a pipe."""
    box.standin(discovery_delay_ms=2500)
    result = box.tool(*MAIN).exits(0)
    matches(r"wait", result.err, "stderr")


@slow
def test_no_progress_with_quiet(box):
    """--quiet shows no progress on a terminal."""
    box.standin(discovery_delay_ms=2000)
    equal(on_terminal(box, *MAIN, "--quiet").exits(0).out.strip(), "", "terminal")


@readonly
def test_narrow_and_wide_terminals(box):
    """A narrow terminal gets a line for each GPU too; a wide one and a pipe get everything."""
    narrow = box.run("env", "COLUMNS=20", TOOL, "gpus").exits(0).out
    equal(len(re.findall(r"^[0-3]\b", narrow, re.MULTILINE)), 4, f"lines of GPUs in:\n{narrow}")
    for environment in ("COLUMNS=200", "E2E=1"):
        text = box.run("env", environment, TOOL, "gpus").exits(0).out
        for uuid in GPU_UUIDS:
            expect(uuid in text, f"{environment}: no {uuid} in:\n{text}")


@readonly
def test_full_device(box):
    """Output that cannot be written is an error with its own words."""
    result = box.run("sh", "-c", f"{TOOL} gpus > /dev/full").exits(1)
    matches("no space left", result.err, "stderr")


@readonly
def test_full_device_with_json(box):
    """The same with --json."""
    result = box.run("sh", "-c", f"{TOOL} show --json > /dev/full").exits(1)
    matches("no space left", result.err, "stderr")


def test_full_device_while_configuring(box):
    """A report that cannot be written does not stop the work itself."""
    result = box.run("sh", "-c", 'exec "$@" > /dev/full', "sh", TOOL, *MAIN)
    expect(result.rc in (0, 1), f"exit {result.rc}")
    has_settings(box.snapshot(), WANTED)


@readonly
def test_closed_stdout(box):
    """With stdout closed a command that prints fails, and does not crash."""
    result = box.run("sh", "-c", f"{TOOL} gpus >&-")
    equal(result.rc, 1, "exit code")
    matches(r"cannot|bad file", result.err, "stderr")


def test_closed_descriptors_while_configuring(box):
    """With all three descriptors closed, no file gets what was meant for stdout or stderr."""
    box.run("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", TOOL, *MAIN)
    has_settings(box.snapshot(), WANTED)
    closed = box.read(DROP_IN)
    state = box.sh(f"find {STATE_DIR} -type f -exec cat {{}} +; true")
    box.tool("reset", *FAST).exits(0)
    box.tool(*MAIN).exits(0)
    equal(closed, box.read(DROP_IN), DROP_IN)
    lacks(r"evidence|restarted the|waiting", state, "files of the state")


@readonly
def test_broken_pipe(box):
    """A reader that goes away is no crash."""
    codes = box.run("bash", "-c", f"{TOOL} settings | true; echo ${{PIPESTATUS[0]}}").out
    expect(int(codes) in (0, 1), f"exit {codes}")


def test_broken_pipe_while_configuring(box):
    """A reader that goes away does not stop the work, nor leave it half done."""
    box.run("bash", "-c", '"$@" 2>&1 | true', "sh", TOOL, *MAIN)
    box.sh("while pidof ollama-gpu > /dev/null; do sleep 0.05; done")
    has_settings(box.snapshot(), WANTED)


@readonly
def test_odd_locales(box):
    """The locale makes no difference to numbers, letters and JSON."""
    for locale in ("C", "POSIX", "C.UTF-8", "de_DE.UTF-8", "xx_YY"):
        result = box.run("env", f"LC_ALL={locale}", TOOL, "gpus", "--json").exits(0)
        equal(parse_json(result, "gpus")["gpus"][0]["uuid"], GPU_UUIDS[0], f"uuid in {locale}")
        expect(result.out == box.tool("gpus", "--json").out, f"other output in {locale}")


@readonly
def test_control_characters_of_others_do_not_reach_the_terminal(box):
    """An argument's control characters are shown, not sent."""
    result = box.tool("configure", "--gpus", "\x1b[2J\x07", *FAST).exits(2)
    expect(ESCAPE not in result.err and "\x07" not in result.err, f"raw: {result.err!r}")

# SPDX-License-Identifier: MIT
"""What somebody meets who types it for the first time: the short form, the plan before the deed, --confirm, quiet checks."""
import os
import pty
import re
import subprocess
import threading
import time

from harness import (DROP_IN, DROP_IN_DIR, FAST, MAIN, TOOL, equal, expect, has_settings, lacks, matches,
                     nothing_changed, readonly, slow, wait_until, WANTED)

NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", TOOL)


class OnTerminal:
    """A command on a terminal of its own; what it prints, with the time at which it came."""

    def __init__(self, box, *words):
        self.master, slave = pty.openpty()
        self.output = b""
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            box.argv(("env", "TERM=xterm", "NO_COLOR=1", TOOL, *words)), env=box.env, stdin=slave, stdout=slave,
            stderr=slave, start_new_session=True)
        os.close(slave)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # EIO: the other end is closed
                data = b""
            if not data:
                return
            self.output += data

    def text(self):
        return self.output.decode("utf-8", "replace").replace("\r", "")

    def type(self, text):
        os.write(self.master, text)

    def ended(self):
        code = self.process.wait(timeout=30)
        time.sleep(0.2)
        return code


def test_the_main_job_in_ten_lines(box):
    """At most ten lines, each setting once; the second run is one line."""
    first = box.tool(*MAIN).exits(0)
    lines = first.out.splitlines()
    expect(len(lines) <= 10, f"{len(lines)} lines: {first.out}")
    for name in WANTED:
        equal(first.out.count(name), 1, f"mentions of {name}")
    matches(r"^ok: file, systemd, process \d+, Ollama .* at 127\.0\.0\.1:11434, GPUs 0-3$", first.out, "the proof")
    matches(r"^undo: sudo ollama-gpu rollback", first.out, "the way back")
    again = box.tool(*MAIN).exits(0)
    equal(again.out, "ollama.service: nothing to do: everything is as wanted (5 of 5 checks ok)\n", "the second run")


def test_the_long_form_is_that_of_verbose(box):
    """-v has the reasons, the difference and every level."""
    result = box.tool(*MAIN, "--verbose").exits(0)
    for part in (r"^Plan$", r"^--- /dev/null$", r"^  ok +manager +systemd has loaded", r"^next: see it at work"):
        matches(part, result.out, "the long form")


@slow
def test_the_plan_stands_there_before_the_deed(box):
    """On a terminal, while nothing is written yet; Ctrl-C then leaves everything as it was."""
    before = box.snapshot()
    terminal = OnTerminal(box, "configure", "--keep-alive=12h", "--confirm")
    wait_until(lambda: "[y/N]" in terminal.text(), "the question")
    matches(r"\+ OLLAMA_KEEP_ALIVE=12h", terminal.text(), "the plan")
    nothing_changed(before, box.snapshot())
    terminal.type(b"n\n")
    equal(terminal.ended(), 1, "exit code")
    matches(r"not confirmed: nothing was changed", terminal.text(), "what came of it")
    nothing_changed(before, box.snapshot())


@slow
def test_without_a_question_the_plan_comes_first_too(box):
    """The plan is on the screen while Ollama is still the old process."""
    terminal = OnTerminal(box, "configure", "--keep-alive=12h", "--settle=3")
    wait_until(lambda: "watching it" in terminal.text(), "the watch")
    plan = terminal.text().index("+ OLLAMA_KEEP_ALIVE=12h")
    expect(plan < terminal.text().index("watching it"), "the plan comes after the deed")
    lacks("done;", terminal.text(), "the outcome")
    equal(terminal.ended(), 0, "exit code")
    matches(r"done; ollama\.service was restarted$", terminal.text(), "the outcome")


@slow
def test_a_yes_does_it(box):
    """y on a terminal, and in a pipe; the end of input is a no."""
    terminal = OnTerminal(box, *MAIN, "--confirm")
    wait_until(lambda: "[y/N]" in terminal.text(), "the question")
    terminal.type(b"y\n")
    equal(terminal.ended(), 0, "exit code")
    has_settings(box.snapshot(), WANTED)
    box.run(TOOL, "reset", "--confirm", *FAST).exits(1)
    expect(box.exists(DROP_IN), "a no took the drop-in away")
    box.run(TOOL, "reset", "--confirm", *FAST, stdin=b"yes\n").exits(0)
    expect(not box.exists(DROP_IN), "a yes did not take the drop-in away")


@slow
def test_ctrl_c_at_the_question_changes_nothing(box):
    """SIGINT while it asks: 130, nothing changed."""
    before = box.snapshot()
    terminal = OnTerminal(box, *MAIN, "--confirm")
    wait_until(lambda: "[y/N]" in terminal.text(), "the question")
    box.sh("kill -INT $(pidof ollama-gpu)")
    equal(terminal.ended(), 130, "exit code")
    nothing_changed(before, box.snapshot())
    full = box.run("sh", "-c", f"echo y | {TOOL} configure --keep-alive --confirm > /dev/full").exits(1)
    matches("the plan cannot be shown", full.err, "the reason")
    nothing_changed(before, box.snapshot())


@slow
def test_another_plan_is_asked_for_anew(box):
    """Somebody edits a file while the question stands there: the new plan, and the question again."""
    terminal = OnTerminal(box, "configure", "--keep-alive=12h", "--confirm", *FAST)
    wait_until(lambda: "[y/N]" in terminal.text(), "the question")
    box.write(DROP_IN, '[Service]\nEnvironment="OLLAMA_MAX_QUEUE=9"\n')
    terminal.type(b"y\n")
    wait_until(lambda: terminal.text().count("[y/N]") == 2, "the second question")
    matches("edited by hand", terminal.text(), "the second plan")
    terminal.type(b"y\n")
    equal(terminal.ended(), 0, "exit code")
    matches("OLLAMA_MAX_QUEUE=9", box.read(DROP_IN).decode(), "the edit")


@slow
def test_models_that_a_put_back_took_out_are_named(box):
    """The change is put back, but what was loaded is not loaded any more."""
    box.sh("curl -sf http://127.0.0.1:11434/api/generate -d '{\"model\":\"llama3.2:3b\"}'")
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=12h")
    result = box.tool("configure", "--keep-alive=12h", *FAST).exits(7)
    matches(r"warning: no longer loaded: llama3\.2:3b; the restarts took it out \(--preload", result.err, "the warning")


@slow
def test_a_failure_begins_with_its_reason(box):
    """The error has Ollama's own reason in it."""
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=12h")
    result = box.tool("configure", "--keep-alive=12h", *FAST).exits(7)
    matches(r"^error: ollama\.service is not healthy: .*: mkdir .*permission denied; everything was put back",
            result.err, "the error")
    lacks("level=INFO", result.out, "the lines of a healthy start")


def test_quiet_checks_say_nothing(box):
    """verify, doctor, wait, --check and status --exit-code: the exit code is all."""
    for words, code in ((("verify",), 0), (("doctor",), (0, 11)), (("wait",), 0), (("status", "--exit-code"), 0),
                        (("configure", "--keep-alive", "--check"), 10), (("reset", "--dry-run"), 0)):
        result = box.tool("-q", *words).exits(*(code if isinstance(code, tuple) else (code,)))
        equal(result.text.strip(), "", f"-q {words}")
    box.sh("systemctl stop ollama")
    for words in (("verify",), ("status", "--exit-code")):
        result = box.tool("-q", *words).exits(11 if words[0] == "status" else 0, 11)
        equal(result.text.strip(), "", f"-q {words}")


def test_quiet_changes_say_nothing(box):
    """A change that went well is silent; one that cannot be made says why."""
    equal(box.tool("-q", *MAIN).exits(0).text.strip(), "", "-q configure")
    matches("^error: ", box.tool("-q", "configure", "--keep-alive=1d").exits(2).text, "a refusal")


@slow
def test_strict_does_not_pass_what_was_not_seen(box):
    """As nobody: verify passes with four levels skipped, --strict does not."""
    matches("configured nothing here", box.tool("verify", "--strict").exits(11).err, "nothing to verify")
    box.tool(*MAIN).exits(0)
    box.tool("verify", "--strict").exits(0)
    box.run(*NOBODY, "verify").exits(0)
    matches("--strict: .* was skipped", box.run(*NOBODY, "verify", "--strict").exits(11).err, "the reason")


@readonly
def test_without_root_it_names_the_whole_command(box):
    """The hint can be pasted."""
    result = box.run(*NOBODY, "configure", "--keep-alive=24h").exits(4)
    matches(r"^hint: run it with sudo: sudo ollama-gpu configure --keep-alive=24h$", result.err, "the hint")


@slow
def test_status_with_an_exit_code(box):
    """Up 0, down 11; without the option always 0."""
    box.tool("status", "--exit-code").exits(0)
    box.sh("systemctl stop ollama")
    matches("is not running", box.tool("status", "--exit-code").exits(11).err, "the reason")
    box.tool("status").exits(0)


@slow
def test_probe_asks_for_a_token(box):
    """One token in time 0, none 11, no such model 5, a server that hangs 11."""
    result = box.json("verify", "--probe", "llama3.2:3b").exits(0)
    equal(result.json["evidence"][-1]["level"], "answer", "the level")
    matches("not found", box.tool("verify", "--probe", "nosuch").exits(5).err, "the reason")
    matches("only with --load or --probe", box.tool("verify", "--force").exits(2).err, "--force alone")
    equal(box.json("status").exits(0).json["models"], [], "the model, which was not loaded before")
    box.sh("curl -sf http://127.0.0.1:11434/api/generate -d '{\"model\":\"qwen3:32b\"}'")
    matches("may push out qwen3:32b", box.tool("verify", "--probe", "llama3.2:3b").exits(9).err, "the refusal")
    box.tool("verify", "--probe", "qwen3:32b").exits(0)
    box.tool("verify", "--probe", "llama3.2:3b", "--force").exits(0)
    equal([m["name"] for m in box.json("status").exits(0).json["models"]], ["qwen3:32b"], "what was loaded stays")
    box.standin(tokens=1, token_ms=4000)
    box.restart()
    began = time.monotonic()
    matches(r"no token of llama3\.2:3b came within 1 s",
            box.tool("verify", "--probe", "llama3.2:3b", "--timeout", "1").exits(11).err, "the reason")
    expect(time.monotonic() - began < 4, "it waited longer than it was to")


def test_a_host_as_a_file(box):
    """show --toml writes the file that makes the same settings, read from standard input."""
    box.tool("configure", "--gpus", "0-2", "--spread", "--keep-alive=1h", "--flash-attention", "on", "--num-parallel", "3",
             "--listen", "127.0.0.1", *FAST).exits(0)
    wanted = [line for line in box.read(DROP_IN).decode().splitlines() if line.startswith("Environment=")]
    file = box.tool("show", "--toml").exits(0).out
    matches(r'^gpus = "0-2"$', file, "the selector")
    box.tool("reset", *FAST).exits(0)
    box.run(TOOL, "configure", "--config", "-", *FAST, stdin=file.encode()).exits(0)
    made = [line for line in box.read(DROP_IN).decode().splitlines() if line.startswith("Environment=")]
    equal(made[:len(wanted)], wanted, "the drop-in; what other files set comes after it")


@readonly
def test_words_that_help_knows(box):
    """A setting by its option, an option, the schema."""
    equal(box.tool("help", "spread").exits(0).out, box.tool("help", "OLLAMA_SCHED_SPREAD").exits(0).out, "help spread")
    equal(box.tool("help", "--spread").exits(0).out, box.tool("settings", "spread").exits(0).out, "help --spread")
    matches("before a restart", box.tool("help", "--when-idle").exits(0).out, "help --when-idle")
    matches(r'"ollama-gpu/1"', box.tool("help", "schema").exits(0).out, "help schema")


@readonly
def test_settings_keep_what_they_do(box):
    """On 80 columns every setting has its sentence; those of the past come with --all."""
    text = box.run("env", "COLUMNS=80", TOOL, "settings").exits(0).out
    matches("spread every model over all GPUs", re.sub(r"\s+", " ", text), "a sentence")
    lacks("OLLAMA_MAX_VRAM", text, "the short list")
    matches("OLLAMA_MAX_VRAM", box.tool("settings", "--all").exits(0).out, "the whole list")


def test_json_names_the_variables(box):
    """plan[]: name, value, was, unit; undo and the remedy's command stand by themselves."""
    box.tool("configure", "--keep-alive=1h", *FAST).exits(0)
    result = box.json("configure", "--keep-alive=2h", "--num-parallel", "2", *FAST).exits(0).json
    steps = {step["name"]: step for step in result["plan"] if step["name"]}
    equal((steps["OLLAMA_KEEP_ALIVE"]["value"], steps["OLLAMA_KEEP_ALIVE"]["was"]), ("2h", "1h"), "a change")
    equal((steps["OLLAMA_NUM_PARALLEL"]["value"], steps["OLLAMA_NUM_PARALLEL"]["was"]), ("2", None), "a new one")
    equal([step["unit"] for step in result["plan"] if step["step"] == "restart"], ["ollama.service"], "the unit")
    equal(result["undo"], "sudo ollama-gpu rollback", "undo")
    box.write(f"{DROP_IN_DIR}/a.conf", "[Service]\nEnvironment=OLLAMA_ORIGINS=*\nEnvironment=OLLAMA_HOST=0.0.0.0\n")
    box.reload()
    for finding in box.json("doctor").exits(0, 11).json["findings"]:
        expect("command" in finding, f"{finding['code']} has no command")


@slow
def test_a_card_that_is_gone_is_not_as_wanted(box):
    """The list names a card that is not here any more: devices fails, and the cure is the right one."""
    for ids in ("index", "uuid"):
        box.tool("configure", "--gpus", "2,3", "--gpu-ids", ids, *FAST).exits(0)
        box.sh("sed -i.former '/^uuid=/{$d}' /etc/nvml-standin.conf && systemctl restart ollama")
        box.wait_for_answer()
        result = box.tool("verify").exits(11)
        matches(r"CUDA_VISIBLE_DEVICES names .*, which is not here", result.err, "the reason")
        lacks("level=INFO", result.text, "the log's own line")
        again = box.tool("configure", *FAST).exits(11)
        lacks("everything is as wanted", again.out, "a bare configure")
        box.tool("configure", "--gpus", "all", *FAST).exits(0)
        box.tool("verify").exits(0)
        box.sh("mv /etc/nvml-standin.conf.former /etc/nvml-standin.conf")


@slow
def test_no_gpu_is_left_is_not_the_cpu_by_choice(box):
    """The only card selected is gone: Ollama is on the CPU, and nobody chose that; --require-gpu puts back."""
    box.tool("configure", "--gpus", "3", "--gpu-ids", "uuid", *FAST).exits(0)
    box.sh("sed -i '/^uuid=/{$d}' /etc/nvml-standin.conf && systemctl restart ollama")
    box.wait_for_answer()
    lacks("as selected", box.tool("verify").exits(11).text, "verify")
    box.tool("configure", "--keep-alive", "--require-gpu", *FAST).exits(7)


def test_the_advice_leaves_choices_alone(box):
    """What somebody has set is not in the command that is advised; who switched spread off is not advised."""
    box.write(f"{DROP_IN_DIR}/own.conf", "[Service]\nEnvironment=CUDA_VISIBLE_DEVICES=0,1 OLLAMA_KEEP_ALIVE=24h\n")
    box.restart()
    matches(r"next    sudo ollama-gpu configure --spread;", box.run(TOOL).exits(0).out, "the first look")
    box.write(f"{DROP_IN_DIR}/own.conf", "[Service]\nEnvironment=OLLAMA_SCHED_SPREAD=0\n")
    box.restart()
    lacks("spread is off", box.run(TOOL).exits(0).out, "the first look")


@readonly
def test_an_options_word_is_no_variable(box):
    """--unset spread and --set gpus=all would have been variables of that name."""
    matches("its variable is OLLAMA_SCHED_SPREAD", box.tool("configure", "--unset", "spread").exits(2).err, "--unset")
    matches("its variable is CUDA_VISIBLE_DEVICES", box.tool("configure", "--set", "gpus=all").exits(2).err, "--set")

# SPDX-License-Identifier: MIT
"""`show`, `status`, `gpus` and `settings` say what systemd, /proc and the GPUs say."""
from harness import (DROP_IN, DROP_IN_DIR, ETC, FAST, FRAGMENT, GPU_UUIDS, MAIN, TOOL, WANTED,
                     equal, expect, lacks, matches, readonly)


def show_equals_systemd(box):
    box.reload()
    value = box.json("show").exits(0).json
    snapshot = box.snapshot()
    equal(value["unit_environment"], snapshot.environment_list, "unit_environment")
    equal(value["drop_ins"], snapshot.drop_ins, "drop_ins")
    equal(value["fragment"], snapshot.props["FragmentPath"], "fragment")
    return value


def test_show_of_many_drop_ins(box):
    """Files in every place, overriding, masking and clearing: the same as systemd's properties."""
    for path, text in {
            "/usr/lib/systemd/system/ollama.service.d/90-z.conf": 'Environment="A=lib" B=lib',
            "/usr/lib/systemd/system/ollama.service.d/20-masked.conf": "Environment=M=lib",
            f"{DROP_IN_DIR}/20-masked.conf": "Environment=M=etc",
            f"{DROP_IN_DIR}/10-a.conf": "Environment=A=etc C=etc \\\n  D=etc",
            "/run/systemd/system/ollama.service.d/50-r.conf": "Environment=E=run%%\\x20x 'F=a b'",
            f"{ETC}/service.d/60-all.conf": "Environment=G=%n H=%i",
            f"{DROP_IN_DIR}/95-bad.conf": "Environment=I=1 \"J=\\q\" K=1\nEnvironment=L=%%h",
            f"{DROP_IN_DIR}/hidden.bak": "Environment=NOT=1"}.items():
        box.write(path, f"[Service]\n{text}\n")
    value = show_equals_systemd(box)
    expect("M=etc" in value["unit_environment"], "this test's preparation")
    a = value["environment"]["A"]
    equal((a["value"], a["source"]["file"], a["source"]["line"]),
          ("lib", "/usr/lib/systemd/system/ollama.service.d/90-z.conf", 2), "winner of A")
    equal([(o["value"], o["source"]["file"]) for o in a["overridden"]],
          [("etc", f"{DROP_IN_DIR}/10-a.conf")], "those that A beat")


def test_show_after_a_clearing_line(box):
    """A bare `Environment=` clears everything before it, for `show` too."""
    box.write(f"{DROP_IN_DIR}/50-clear.conf", "[Service]\nEnvironment=\nEnvironment=A=1\n")
    equal(show_equals_systemd(box)["unit_environment"], ["A=1"], "unit_environment")


def test_show_of_a_half_read_file(box):
    """Lines after one that is not UTF-8 are lost to systemd, and to `show`."""
    box.write(f"{DROP_IN_DIR}/50-bytes.conf",
              b"[Service]\nEnvironment=A=1\nEnvironment=B=\xff\nEnvironment=C=1\n")
    value = show_equals_systemd(box)
    expect("A=1" in value["unit_environment"], "A is missing")
    expect("C=1" not in value["unit_environment"], "C is there")


def test_show_of_environment_files(box):
    """A variable of an EnvironmentFile wins over Environment=, with the file's own line."""
    box.write("/e2e/scratch/env", "# a comment\nA=file\n")
    box.write(f"{DROP_IN_DIR}/50-f.conf",
              "[Service]\nEnvironmentFile=/e2e/scratch/env\nEnvironment=A=unit\n")
    box.restart()
    equal(box.snapshot().env_of_process()["A"], "file", "this test's preparation")
    entry = box.json("show", "A").exits(0).json["environment"]["A"]
    equal((entry["value"], entry["source"]["file"], entry["source"]["line"]),
          ("file", "/e2e/scratch/env", 2), "winner of A")


def test_show_is_the_process(box):
    """`show` has every variable of the running process, but those that tell of this very run."""
    box.write(f"{DROP_IN_DIR}/50-pass.conf",
              "[Service]\nPassEnvironment=PATH SHELL TERM NO_SUCH\nEnvironment=AT=%h N=%n\n")
    box.restart()
    process = dict(box.snapshot().env_of_process())
    for name in ("INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "MEMORY_PRESSURE_WATCH",
                 "MEMORY_PRESSURE_WRITE"):
        process.pop(name, None)
    shown = box.json("show").exits(0).json["environment"]
    equal({name: entry["value"] for name, entry in shown.items()}, process, "the environment")
    expect("HOME" in process and "USER" in process, "this test's preparation")


def test_show_of_one_variable(box):
    """`show NAME` is about that one alone."""
    value = box.json("show", "OLLAMA_HOST").exits(0).json
    equal(list(value["environment"]), ["OLLAMA_HOST"], "variables")
    source = value["environment"]["OLLAMA_HOST"]["source"]
    equal((source["file"], source["directive"]), (FRAGMENT, "Environment"), "source")
    line = box.read(FRAGMENT).decode().splitlines()[source["line"] - 1]
    expect("OLLAMA_HOST" in line, f"line {source['line']} is {line!r}")


def test_show_as_text_has_places(box):
    """The text of `show` has value, file and line."""
    box.tool(*MAIN).exits(0)
    result = box.tool("show").exits(0)
    matches(r"OLLAMA_KEEP_ALIVE.*-1", result.out, "value")
    matches(r"zz-ollama-gpu\.conf:\d+", result.out, "place")


@readonly
def test_gpus_are_those_of_the_machine(box):
    """`gpus` has the four GPUs with what NVIDIA's library says of them."""
    gpus = box.json("gpus").exits(0).json["gpus"]
    equal([g["uuid"] for g in gpus], list(GPU_UUIDS), "uuid")
    equal([g["index"] for g in gpus], [0, 1, 2, 3], "index")
    for gpu, bus in zip(gpus, ("01", "41", "81", "C1")):
        equal((gpu["name"], gpu["vendor"], gpu["memory_total"], gpu["memory_used"]),
              ("NVIDIA A100-SXM4-80GB", "nvidia", 85899345920, 457179136), "a GPU")
        matches(rf"0000:{bus}:00\.0$", gpu["pci"], "pci")
        equal((gpu["driver"], gpu["utilization"], gpu["mig"]), ("580.65.06", 0, []), "a GPU")


def test_gpus_visible_to_ollama(box):
    """`gpus` says which of them the process may use."""
    box.tool("configure", "--gpus", "1,3", *FAST).exits(0)
    gpus = box.json("gpus").exits(0).json["gpus"]
    equal([g["visible_to_ollama"] for g in gpus], [False, True, False, True], "visible_to_ollama")


@readonly
def test_gpus_as_text(box):
    """`gpus` as text has a line for each."""
    text = box.tool("gpus").exits(0).out
    equal(text.count("A100-SXM4-80GB"), 4, "names")


def test_more_gpus(box):
    """A machine with GPUs of other sizes and names: the same, and a selector by name."""
    box.append("/etc/nvml-standin.conf",
               'uuid=GPU-99999999-0000-0000-0000-000000000005 pci=00000000:E1:00.0 '
               'name="NVIDIA L4" total=24152899584 used=0 util=30 cc=8.9 display=1\n')
    equal(len(box.json("gpus").exits(0).json["gpus"]), 5, "GPUs")
    box.tool("configure", "--gpus", "name=l4", *FAST).exits(0)
    equal(box.snapshot().env_of_process()["CUDA_VISIBLE_DEVICES"],
          "GPU-99999999-0000-0000-0000-000000000005", "CUDA_VISIBLE_DEVICES")


def test_status_has_what_is_in_force(box):
    """`status` has the unit's state, the settings in force, the GPUs and the evidence."""
    box.tool(*MAIN).exits(0)
    value = box.json("status").exits(0).json
    snapshot = box.snapshot()
    equal(value["unit"]["active_state"], snapshot.active, "unit.active_state")
    equal(value["unit"]["main_pid"], snapshot.pid, "unit.main_pid")
    settings = {s["name"]: s["value"] for s in value["settings"]}
    for name, wanted in WANTED.items():
        equal(settings.get(name), wanted, name)
    equal([g["uuid"] for g in value["gpus"]], list(GPU_UUIDS), "gpus")
    equal(value["models"], [], "models")


def test_status_has_loaded_models(box):
    """`status` has the models that are loaded, and what they hold on the GPUs."""
    box.tool(*MAIN).exits(0)
    box.sh("curl -s --noproxy '*' -d '{\"model\":\"llama3.3:70b\"}' "
           "http://127.0.0.1:11434/api/generate")
    value = box.json("status").exits(0).json
    equal([m["name"] for m in value["models"]], ["llama3.3:70b"], "models")
    expect(all(g["memory_used"] > 5 << 30 for g in value["gpus"]), f"gpus: {value['gpus']}")


def test_status_of_a_stopped_service(box):
    """`status` of a stopped service says so and does not fail for it."""
    box.sh("systemctl stop ollama")
    value = box.json("status").exits(0, 11).json
    equal((value["unit"]["active_state"], value["unit"]["main_pid"]), ("inactive", 0), "unit")


def test_status_as_text(box):
    """`status` as text is one page with unit, settings and GPUs."""
    box.tool(*MAIN).exits(0)
    text = box.tool("status").exits(0).out
    for pattern in (r"ollama\.service", "OLLAMA_KEEP_ALIVE", "A100", DROP_IN.rsplit("/", 1)[1]):
        matches(pattern, text, "status")
    expect(len(text.splitlines()) <= 60, f"{len(text.splitlines())} lines are no page")


@readonly
def test_settings_are_listed(box):
    """`settings` lists what it knows; `settings NAME` has type, default and accepted values."""
    text = box.tool("settings").exits(0).out
    for name in ("OLLAMA_KEEP_ALIVE", "OLLAMA_SCHED_SPREAD", "CUDA_VISIBLE_DEVICES"):
        matches(rf"\b{name}\b", text, "settings")
    one = box.tool("settings", "OLLAMA_KEEP_ALIVE").exits(0).out
    for pattern in ("5m", "24h", "-1", "--keep-alive"):
        matches(pattern, one, "settings OLLAMA_KEEP_ALIVE")


@readonly
def test_completion_of_bash(box):
    """bash takes the completion and uses it."""
    box.tool("completion", "bash").exits(0)
    out = box.sh(f"{TOOL} completion bash > /run/e2e/c && bash -n /run/e2e/c && "
                 "source /run/e2e/c && complete -p ollama-gpu && COMP_WORDS=(ollama-gpu conf) "
                 "COMP_CWORD=1 COMP_LINE='ollama-gpu conf' COMP_POINT=15 && "
                 "$(complete -p ollama-gpu | sed 's/.*-F \\([^ ]*\\).*/\\1/') ollama-gpu conf "
                 "ollama-gpu && echo \"${COMPREPLY[@]}\"")
    matches(r"^configure\s*$", out, "what `ollama-gpu conf<TAB>` gives")




@readonly
def test_completion_of_other_shells(box):
    """The completions of zsh and fish ask the tool, which names the commands with what they do."""
    for shell in ("zsh", "fish"):
        text = box.tool("completion", shell).exits(0).out
        expect("ollama-gpu __complete" in text, f"the completion of {shell} does not ask")
    offered = box.tool("__complete", "").exits(0).out
    for command in ("configure", "reset", "status", "verify"):
        matches(rf"^{command}\t\w", offered, "what is offered")


@readonly
def test_help_of_exit_codes(box):
    """`help exit-codes` has every code."""
    text = box.tool("help", "exit-codes").exits(0).out
    for code in (0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11):
        matches(rf"^\s*{code}\b", text, "help exit-codes")


@readonly
def test_help_and_version(box):
    """--help and --version go to stdout and exit 0; help of a command has its options."""
    matches(r"^ollama-gpu \d+\.\d+", box.tool("--version").exits(0).out, "--version")
    matches(r"\bconfigure\b", box.tool("--help").exits(0).out, "--help")
    for words in (("help", "configure"), ("configure", "--help")):
        matches("--keep-alive", box.tool(*words).exits(0).out, " ".join(words))


COMMAND = "sudo ollama-gpu configure --gpus all --spread --keep-alive"


def test_first_look_at_an_untouched_server(box):
    """Bare, `status`, `doctor` and a bare `configure` say that spread is off, and name the command; after it none does."""
    for words in ((), ("status",), ("doctor",), ("configure",)):
        result = box.tool(*words)
        matches("spread is off: a model that fits on one of the 4 GPUs lies on one", flat(result), f"{words}")
        matches(COMMAND, flat(result), f"{words}")
        lacks("as wanted", flat(result), f"{words}")
        lacks("uses exactly", flat(result), f"{words}")
    box.tool(*COMMAND.split()[2:], *FAST).exits(0)
    for words in ((), ("status",), ("doctor",), ("configure",)):
        lacks("spread is off", flat(box.tool(*words)), f"{words} afterwards")


def flat(result):
    """All on one line: tables and notes are folded."""
    return " ".join(result.text.split())

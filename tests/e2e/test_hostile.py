# SPDX-License-Identifier: MIT
"""Texts that others have made never reach the terminal as commands, nor a shell, nor break JSON."""
import json
import re

from harness import (DROP_IN, DROP_IN_DIR, ETC, FAST, GPU_UUIDS, MAIN, STATE_DIR, TOOL, UNIT, Skip,
                     equal, expect, has_settings, matches, parse_json, slow)

# A title, a colour, a CSI of one byte, text that runs backwards, a line of its own, a shell's food.
EVIL = "\x1b]0;pwned\x07\x1b[31m\u009b2J\u202egnp\u2028\u200f\x7f$(touch /e2e/pwned)`touch /e2e/pwned`%s%n"
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def harmless(box, *words, shown="pwned", codes=range(0, 12)):
    """The command's text and JSON have nothing harmful in them, and still show what it is about."""
    text = box.tool(*words)
    value = box.tool(*words, "--json")
    for result, kind in ((text, "text"), (value, "JSON")):
        expect(result.rc in codes, f"{words}: exit {result.rc}\n{result.text!r}")
        for stream in (result.out, result.err):
            bad = HARMFUL.search(stream)
            expect(not bad, f"{words} as {kind}: {bad and bad.group()!r} in {stream!r}")
        if shown:
            matches(shown, result.text, f"{words} as {kind}")
    parse_json(value, None)
    expect(not box.exists("/e2e/pwned"), f"{words}: a shell has run")
    return text, value


def test_arguments(box):
    """Unit names, values, selectors, options, generations and file names as the user typed them."""
    for words in (("status", "--unit", EVIL), ("show", "--unit", f"x{EVIL}.service"),
                  ("configure", "--gpus", EVIL), ("configure", "--gpus", f"name={EVIL}"),
                  ("configure", "--keep-alive=" + EVIL), ("configure", "--listen", EVIL),
                  ("configure", "--set", EVIL), ("configure", "--set", f"OLLAMA_X={EVIL}"),
                  ("configure", "--unset", EVIL), ("configure", "--config", f"/e2e/{EVIL}"),
                  ("configure", "--root", f"/e2e/{EVIL}"), ("rollback", EVIL), (EVIL,),
                  ("verify", "--load", EVIL), ("settings", EVIL), ("help", EVIL),
                  ("doctor", "--ignore", EVIL), ("status", "--" + EVIL)):
        harmless(box, *words, *(("--dry-run",) if words[0] == "configure" else ()))


def test_value_goes_there_and_back(box):
    """A value full of control characters is set exactly, and shown harmlessly everywhere."""
    box.tool("configure", "--set", f"E2E={EVIL}", *FAST).exits(0)
    has_settings(box.snapshot(), {"E2E": EVIL})
    for words in (("show",), ("show", "E2E"), ("status",), ("verify",), ("doctor",),
                  ("rollback", "--list"), ("configure", "--unset", "E2E", "--dry-run"),
                  ("configure", "--set", "E2E=x", "--dry-run")):
        harmless(box, *words, shown=None if words[0] in ("verify", "doctor") else "pwned")


def test_files_of_others(box):
    """Drop-ins, their names, variables and values that somebody else wrote."""
    name = "zzz" + re.sub("[/%$`]", "", EVIL) + ".conf"
    box.write(f"{DROP_IN_DIR}/{name}", "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n")
    box.write(f"{DROP_IN_DIR}/10-evil.conf",
              f"[Service]\nEnvironment=\"E2E={EVIL.replace('%', '%%')}\"\n# {EVIL}\nEvil{EVIL}=1\n")
    box.sh("systemctl daemon-reload && systemctl restart ollama")
    for words in (("show",), ("status",), ("doctor",), (*MAIN, "--dry-run"), ("verify",)):
        harmless(box, *words, shown="pwned" if words[0] in ("show", "configure") else None)


def test_hand_edit_of_our_file(box):
    """The diff over our own drop-in that somebody edited."""
    box.tool(*MAIN).exits(0)
    box.append(DROP_IN, f"# {EVIL}\n")
    harmless(box, "configure", "--keep-alive=24h", "--dry-run")
    harmless(box, "reset", "--dry-run")


def test_gpu_names(box):
    """The name that the GPU's library tells."""
    text = box.read("/etc/nvml-standin.conf").decode()
    box.write("/etc/nvml-standin.conf", text.replace("A100-SXM4-80GB", EVIL.split("$")[0]))
    for words in (("gpus",), ("status",), ("configure", "--gpus", "name=H100"),
                  ("configure", "--gpus", "name=pwned", "--dry-run"), ("doctor",)):
        harmless(box, *words, shown=None if words[0] in ("configure", "doctor") else "pwned")


def test_process_on_a_gpu(box):
    """The name of a foreign process that holds memory on a GPU."""
    box.sh('cp "$(command -v sleep)" "$1" && systemd-run --quiet --unit=e2e-evil "$1" 60; '
           'pid=$(systemctl show -P MainPID e2e-evil); printf "%s %s 1000000000\\n" "$pid" "$2" > '
           '"/run/ollama-standin/$pid.memory"', "/e2e/scratch/\x1b]0;pwned\x07\x1b[31m", GPU_UUIDS[0])
    harmless(box, "gpus")
    harmless(box, "status", shown=None)


@slow
def test_models(box):
    """Names of models that Ollama's API tells, loaded ones too."""
    name = re.sub("[,:]", "", EVIL)
    box.standin(models=f"{name}:2000000000,other:3000000000")
    box.sh("systemctl restart ollama")
    box.wait_for_answer()
    harmless(box, "verify", "--load", f"{name}:latest")
    box.write("/e2e/scratch/ask", json.dumps({"model": f"{name}:latest"}))
    box.sh('curl -sf --noproxy "*" -d @/e2e/scratch/ask http://127.0.0.1:11434/api/generate')
    harmless(box, "status")
    harmless(box, "configure", "--keep-alive", "--dry-run", shown=None)
    harmless(box, "verify", "--load", "nothing", shown=None)


@slow
def test_journal_lines(box):
    """What the failing service wrote is shown, harmlessly."""
    box.write("/e2e/scratch/words", EVIL.encode() + b" \xff\xfe\xc3\n" + b"x" * 70_000 + b"\n")
    box.sh("chmod 755 /e2e /e2e/scratch")
    box.write(f"{DROP_IN_DIR}/10-evil.conf", "[Service]\nExecStartPre=/bin/sh -c "
              '\'[ "$OLLAMA_KEEP_ALIVE" != -1 ] || { cat /e2e/scratch/words >&2; exit 3; }\'\n')
    box.restart()
    text, _ = harmless(box, *MAIN, codes=(7,))
    matches("The service's own words", text.out, "the journal")


@slow
def test_process_on_the_port(box):
    """The name of a foreign process that holds Ollama's port."""
    name = "/e2e/scratch/" + EVIL.split("$")[0].replace("/", "")[:60]
    box.sh('systemctl stop ollama; cp /e2e/ollama "$1"; printf "#!/bin/sh\\nexec \\"%s\\" serve\\n" '
           '"$1" > /e2e/scratch/run; chmod 755 /e2e/scratch/run; systemd-run --quiet '
           '--unit=e2e-evil --setenv=HOME=/run/e2e /e2e/scratch/run', name)
    box.wait_for_answer()
    box.sh("systemctl start ollama; sleep 0.3")
    harmless(box, *MAIN, codes=(6,))
    harmless(box, "doctor", shown=None)


def test_holder_of_the_lock(box):
    """The command line that the holder of the lock left in it."""
    box.sh(f"install -d -m 700 {STATE_DIR}")
    box.write(f"{STATE_DIR}/{UNIT}.lock", f"42\nollama-gpu {EVIL}\n", "600")
    box.sh(f"systemd-run --quiet --unit=e2e-lock flock {STATE_DIR}/{UNIT}.lock sleep 30; "
           f"until ! flock --nonblock {STATE_DIR}/{UNIT}.lock true; do sleep 0.02; done")
    harmless(box, *MAIN, "--lock-timeout=0.2", codes=(9,))


def test_instance_names(box):
    """An instance whose name is escaped is one name everywhere, in files too."""
    unit = "ollama@a\\x1b\\x5b31m.service"
    box.sh(f"sed s/11434/11601/ {ETC}/ollama.service > {ETC}/ollama@.service; "
           "systemctl daemon-reload")
    box.sh('systemctl start "$1"; sleep 0.3', unit)
    box.tool("--unit", unit, "configure", "--keep-alive", *FAST).exits(0)
    expect(box.exists(f"{ETC}/{unit}.d/zz-ollama-gpu.conf"), "our drop-in")
    harmless(box, "status", "--unit", unit, shown="x1b")
    equal(box.sh(f"ls {STATE_DIR}").splitlines(), [unit, f"{unit}.lock"], "the state")


PROGRAMS = ("systemctl", "nvidia-smi", "rocm-smi", "sh", "bash", "journalctl", "lspci", "ollama",
            "sudo", "env", "cat", "curl", "ldconfig", "modprobe")


@slow
def test_no_program_is_looked_up(box):
    """Programs of those names first in PATH: none is run, by no command."""
    box.sh('mkdir -p /e2e/scratch/bin; for name; do printf "#!/bin/sh\\necho $name >> '
           '/e2e/scratch/ran\\n" > "/e2e/scratch/bin/$name"; done; chmod 755 /e2e/scratch/bin/*',
           *PROGRAMS)
    for words in (MAIN, ("status",), ("show",), ("gpus",), ("verify",), ("doctor",),
                  ("verify", "--load", "llama3.2:3b"), ("rollback", *FAST), MAIN,
                  ("reset", *FAST), ("doctor", "--fix", *FAST)):
        box.run("env", "PATH=/e2e/scratch/bin", TOOL, *words).exits(0, 11)
    expect(not box.exists("/e2e/scratch/ran"), "it has run something")


@slow
def test_no_program_is_executed(box):
    """The system calls of a whole configure, a failing one and a rollback: no other program."""
    if box.run("strace", "--version").rc != 0:
        raise Skip("there is no strace in this root file system")
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=24h")
    for words, code in ((MAIN, 0), (("configure", "--keep-alive=24h", "--settle=1"), 7),
                        (("rollback", *FAST), 0), (("doctor", "--fix", *FAST), None)):
        result = box.run("strace", "-f", "-qq", "-o", "/e2e/scratch/trace", "-e",
                         "trace=execve,execveat,fork,vfork", TOOL, *words)
        expect(code is None or result.rc == code, f"{words}: exit {result.rc}\n{result.text}")
        calls = box.read("/e2e/scratch/trace").decode().splitlines()
        calls = [call for call in calls if "---" not in call and "+++" not in call]
        equal(len(calls), 1, f"{words}: {calls}")
        matches(rf'execve\("{TOOL}"', calls[0], "the one program")

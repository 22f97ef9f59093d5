# SPDX-License-Identifier: MIT
"""`rollback`: every change can be undone, exactly, and is verified like any other."""
import json

from harness import (DROP_IN, FAST, MAIN, STATE_DIR, TOOL, UNIT, WANTED, configured, equal, expect,
                     has_no, has_settings, lacks, matches, nothing_changed, slow)

STATE = f"{STATE_DIR}/{UNIT}"
LATER = ("configure", "--restart", "never", *FAST)


def generations(box):
    return box.json("rollback", "--list").exits(0).json["generations"]


def results(box):
    return [generation["result"] for generation in generations(box)]


def test_undoes_the_first_change(box):
    """The drop-in and its directory go, the process gets the former environment."""
    before = box.snapshot()
    configured(box)
    value = box.json("rollback", *FAST).exits(0).json
    equal((value["changed"], value["applied"], value["restarted"]), (True, True, True), "facts")
    after = box.snapshot()
    equal(sorted(after.files), sorted(before.files), "files")
    has_no(after, *WANTED)
    equal(results(box), ["done", "done"], "results")


def test_brings_back_the_very_bytes(box):
    """A drop-in edited by hand, its comment and mode too, comes back byte for byte."""
    configured(box)
    edited = box.read(DROP_IN) + b"# by hand\n\n"
    box.write(DROP_IN, edited, "640")
    box.restart()
    box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    expect(box.read(DROP_IN) != edited, "this test's preparation")
    box.tool("rollback", *FAST).exits(0)
    equal(box.read(DROP_IN), edited, DROP_IN)
    equal(box.snapshot().file(DROP_IN)["mode"], "640", "mode")
    has_settings(box.snapshot(), WANTED)
    equal(results(box), ["done", "adopted", "done", "done"], "results")


def test_twice_redoes(box):
    """rollback again undoes the rollback."""
    configured(box)
    before = box.read(DROP_IN)
    box.tool("rollback", *FAST).exits(0)
    box.tool("rollback", *FAST).exits(0)
    equal(box.read(DROP_IN), before, DROP_IN)
    has_settings(box.snapshot(), WANTED)


def test_to_a_generation(box):
    """rollback N: the state right after N; run again it changes nothing."""
    for value in ("1h", "2h", "3h"):
        box.tool(*LATER, f"--keep-alive={value}").exits(0)
    box.tool("rollback", "2", *FAST).exits(0)
    has_settings(box.snapshot(), {"OLLAMA_KEEP_ALIVE": "2h"})
    before = box.snapshot()
    again = box.json("rollback", "2", *FAST).exits(0).json
    equal(again["changed"], False, "changed")
    nothing_changed(before, box.snapshot())


def test_unknown_generation(box):
    """Exit 5, for none, for an unknown one; nothing is touched."""
    before = box.snapshot()
    box.tool("rollback", *FAST).exits(5)
    result = box.json("rollback", "7", *FAST).exits(5)
    equal(result.json["error"]["code"], "not_found", "error.code")
    matches("rollback --list", result.json["error"]["hint"], "hint")
    nothing_changed(before, box.snapshot())


def test_preview(box):
    """--dry-run and --check show the diff and change nothing."""
    configured(box)
    before = box.snapshot()
    matches(r'^-Environment="OLLAMA_KEEP_ALIVE=-1"', box.tool("rollback", "--dry-run").exits(0).out,
            "diff")
    box.tool("rollback", "--check").exits(10)
    nothing_changed(before, box.snapshot())


@slow
def test_is_put_back_when_the_service_fails(box):
    """The former state does not start either: the present one comes back, exit 7."""
    box.tool(*MAIN).exits(0)
    box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    before = box.read(DROP_IN)
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=-1")
    box.json("rollback", *FAST).exits(7)
    has_settings(box.snapshot(), {"OLLAMA_KEEP_ALIVE": "24h"})
    equal(box.read(DROP_IN), before, DROP_IN)
    equal(results(box)[-1], "rolled back", "result")


def test_list_is_private_and_masked(box):
    """Only root may list; files are 0600; command lines have no secret in them."""
    box.tool(*LATER, "--set", "HF_TOKEN=s3cr3t", "--set", "HTTPS_PROXY=http://me:w0rd@p:1").exits(0)
    listing = generations(box)
    matches(r"--set 'HF_TOKEN=\*\*\*'|--set HF_TOKEN=\*\*\*", listing[0]["command"], "command")
    lacks("s3cr3t|w0rd", json.dumps(listing), "the list")
    lacks("s3cr3t|w0rd", box.tool("rollback", "--list").exits(0).out, "the list")
    lacks("s3cr3t|w0rd", box.sh(f"cat {STATE}/*/meta.json {STATE_DIR}/*.lock"), "the state")
    modes = box.sh(f"find {STATE_DIR} -type f -printf '%m %U\\n' | sort -u").split("\n")
    equal([m for m in modes if m], ["600 0"], "modes of the state's files")
    box.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", TOOL, "rollback",
            "--list").exits(4)


def test_secrets_are_warned_of_and_masked(box):
    """A secret: one warning when it comes, *** in plan, diff and status; exact in show."""
    first = box.tool(*LATER, "--set", "HF_TOKEN=s3cr3t").exits(0)
    matches("HF_TOKEN looks like a secret", first.err, "warning")
    lacks("s3cr3t", first.text, "its account")
    matches(r"^  \+ HF_TOKEN=\*\*\*$", first.out, "plan")
    preview = box.tool(*LATER, "--set", "HF_TOKEN=another", "--dry-run").exits(0)
    lacks("another|s3cr3t", preview.text, "a preview")
    matches(r'^\+Environment="HF_TOKEN=\*\*\*"', preview.out, "diff")
    again = box.tool(*LATER, "--set", "HF_TOKEN=s3cr3t", "--set", "OLLAMA_DEBUG=1").exits(0)
    lacks("secret|s3cr3t", again.text, "the second run")
    lacks("s3cr3t", box.tool("status").text, "status")
    value = box.json("show", "HF_TOKEN").exits(0).json
    equal(value["environment"]["HF_TOKEN"]["value"], "s3cr3t", "show --json")


@slow
def test_keeps_twenty(box):
    """Of 23 changes the newest 20 are kept; numbers go on."""
    for i in range(23):
        box.tool(*LATER, "--set", f"E2E={i}").exits(0)
    equal([g["id"] for g in generations(box)], list(range(4, 24)), "ids")


def test_completion_offers_the_generations(box):
    """bash completes `rollback` with the numbers there are."""
    box.tool(*LATER, "--set", "E2E=1").exits(0)
    box.tool(*LATER, "--set", "E2E=2").exits(0)
    words = box.sh('source <(ollama-gpu completion bash); COMP_WORDS=(ollama-gpu rollback ""); '
                   'COMP_CWORD=2 COMP_LINE="ollama-gpu rollback " COMP_POINT=20; _ollama_gpu; echo "${COMPREPLY[*]}"')
    equal(words.split(), ["1", "2"], "words")


# --- a damaged state directory

DAMAGES = {
    "a meta.json that is no JSON": f"echo garbage > {STATE}/1/meta.json",
    "a directory where a file should be": f"rm {STATE}/1/meta.json && mkdir {STATE}/1/meta.json",
    "a file where a generation should be": f"rm -r {STATE}/1 && touch {STATE}/1",
    "a file where the generations should be": f"rm -r {STATE} && touch {STATE}",
    "a link where the generations should be": f"mv {STATE} /e2e/scratch/s && ln -s /e2e/scratch/s "
                                              f"{STATE}",
    "generations of another user": f"chown -R nobody {STATE}",
    "generations that others may write": f"chmod 0777 {STATE}",
    "a generation with a number too large": f"mkdir {STATE}/18446744073709551615",
    "an immutable directory": f"chmod 0 {STATE} {STATE}/1",
}


def damaged(name, script):
    def test(box):
        box.tool(*MAIN).exits(0)
        box.sh(script)
        box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
        has_settings(box.snapshot(), {**WANTED, "OLLAMA_KEEP_ALIVE": "24h"})
        box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=5m")
        box.tool("configure", "--keep-alive=5m", *FAST).exits(7)
        equal(b"KEEP_ALIVE=24h" in box.read(DROP_IN), True, "the former drop-in is back")
        box.standin()
        box.tool("reset", *FAST).exits(0)
        has_no(box.snapshot(), *WANTED)

    test.__doc__ = f"Damaged state, {name}: configure, putting back and reset work."
    return slow(test)


for NUMBER, (WHAT, HOW) in enumerate(DAMAGES.items()):
    globals()[f"test_damaged_state_{NUMBER}"] = damaged(WHAT, HOW)

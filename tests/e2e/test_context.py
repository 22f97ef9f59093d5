# SPDX-License-Identifier: MIT
"""How much context models get with a selection, and what they take then."""
import json

from harness import FAST, GPU_UUIDS, equal, lacks, matches, nothing_changed
from test_selection import card, cards

GIB = 1 << 30
MODELS = "llama3.3:70b:42520413916/80x8x128,llama3.2:3b:2019393189/28x8x128"
BUSES = ("01", "41", "81", "C1")


def machine(box, *gib):
    cards(box, *(card(uuid, bus, total=total) for uuid, bus, total in zip(GPU_UUIDS, BUSES, gib)))
    box.standin(models=MODELS)
    box.restart()


def notes(result):
    return "\n".join(step["reason"] for step in result.json["plan"] if step["step"] == "note")


def load(box, model):
    """What /api/ps says of it: bytes and tokens."""
    for path, body in (("generate", json.dumps({"model": model})), ("ps", "")):
        text = box.sh('curl -sS --noproxy "*" ${2:+-d "$2"} "http://127.0.0.1:11434/api/$1"', path, body)
    found = next(entry for entry in json.loads(text)["models"] if entry["name"] == model)
    return found["size"], found["context_length"]


def test_default_context_of_a_selection(box):
    """The plan says what it will be; what Ollama then loads a model with is just that."""
    machine(box, 24, 24, 24, 24)
    for selector, context in (("0", 32768), ("0,1", 262144)):
        result = box.json("configure", "--gpus", selector, *FAST).exits(0)
        matches(f"the default context is {context} tokens", notes(result), "plan")
        text = box.sh("journalctl -q -u ollama -o cat | grep 'default context' | tail -1")
        matches(f"default_num_ctx={context}", text, "journal")
    size, context = load(box, "llama3.2:3b")
    equal(context, 131072, "tokens: no more than the model was trained for")
    need = size / GIB
    matches(f"llama3.2:3b {need:.1f} GiB", notes(result), "plan")


def test_models_that_push_each_other_out(box):
    """Two models on four cards of 24 GB: not beside each other by default, with less context so."""
    machine(box, 24, 24, 24, 24)
    wide = box.json("configure", "--gpus", "all", "--spread", "--keep-alive", *FAST).exits(0)
    matches("llama3.3:70b 79.6 GiB \\(40.0 GiB of it context\\)", notes(wide), "plan")
    matches("not all beside each other", notes(wide), "plan")
    load(box, "llama3.3:70b")
    load(box, "llama3.2:3b")
    lacks("llama3.3:70b", box.sh("curl -s --noproxy '*' http://127.0.0.1:11434/api/ps"), "loaded")
    narrow = box.json("configure", "--context-length", "8192", *FAST).exits(0)
    lacks("default context", notes(narrow), "plan: it is set")
    matches("they fit beside each other", notes(narrow), "plan")
    load(box, "llama3.3:70b")
    load(box, "llama3.2:3b")
    matches("llama3.3:70b", box.sh("curl -s --noproxy '*' http://127.0.0.1:11434/api/ps"), "loaded")


def test_parallel_requests_take_context_each(box):
    """OLLAMA_NUM_PARALLEL multiplies it; more than all cards have is said."""
    machine(box, 24, 24)
    result = box.json("configure", "--gpus", "all", "--context-length", "32768", "--num-parallel", "4",
                      *FAST).exits(0)
    matches("fits on one GPU: llama3.2:3b; more than all GPUs hold: llama3.3:70b", notes(result), "plan")
    equal(load(box, "llama3.2:3b"), (2019393189 + 4 * 28 * 8 * 128 * 32768 * 4, 32768), "bytes, tokens")


def test_nothing_said_of_a_change_without_memory(box):
    """Another keep-alive moves no model."""
    machine(box, 24, 24)
    lacks("GiB", notes(box.json("configure", "--keep-alive", *FAST).exits(0)), "plan")


def test_models_in_an_empty_directory(box):
    """The plan says that what Ollama lists now stays where it is; of one with models nothing."""
    box.sh("install -d -o ollama /srv/new /srv/old/manifests/registry")
    text = notes(box.json("configure", "--models", "/srv/new", "--dry-run").exits(0))
    matches("it holds no models: the 3 that Ollama lists now", text, "plan")
    text = notes(box.json("configure", "--models", "/srv/not-there", "--dry-run").exits(0))
    matches("it holds no models", text, "plan")
    lacks("no models", notes(box.json("configure", "--models", "/srv/old", "--dry-run").exits(0)), "plan")


def test_device_of_llama_server_that_is_not_there(box):
    """Refused, since no model could be loaded; one that is there is taken."""
    before = box.snapshot()
    box.json("configure", "--set", "LLAMA_ARG_DEVICE=CUDA9", *FAST).exits(6)
    nothing_changed(before, box.snapshot())
    box.json("configure", "--set", "LLAMA_ARG_DEVICE=CUDA0", *FAST).exits(0)

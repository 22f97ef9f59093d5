# SPDX-License-Identifier: MIT
"""Evidence level `memory`: what a model holds on which GPU, and what `verify --load` leaves."""
import json

from harness import (FAST, GPU_UUIDS, STARTS, TOOL, equal, expect, lacks, matches, slow,
                     wait_until)
from test_gpus import uuid_of, with_gpus
from test_output import on_terminal

MODEL = "llama3.3:70b"
SIZE = 42520413916
SPREAD = ("configure", "--gpus", "all", "--spread", *FAST)


def memory(result):
    return next(e for e in result.json["evidence"] if e["level"] == "memory")


def loaded(box):
    """Names and expiry of what is loaded."""
    text = box.sh("curl -s --noproxy '*' http://127.0.0.1:11434/api/ps")
    return {m["name"]: m["expires_at"] for m in json.loads(text)["models"]}


def load(box, model):
    box.sh("curl -s --noproxy '*' -d \"{\\\"model\\\":\\\"$1\\\"}\" "
           "http://127.0.0.1:11434/api/generate", model)
    expect(model in loaded(box), "this test's preparation: it is not loaded")


def spread_over(count, version):
    def test(box):
        box.standin(version=version)
        with_gpus(box, count)
        box.json(*SPREAD).exits(0)
        before = box.snapshot()
        result = box.json("verify", "--load", MODEL).exits(0)
        equal(memory(result)["status"], "ok", f"{memory(result)}")
        figures = result.json["memory"]
        equal([gpu["uuid"] for gpu in figures["gpus"]], [uuid_of(i) for i in range(count)], "GPUs")
        equal({gpu["before"] for gpu in figures["gpus"]}, {0}, "bytes before")
        equal(sum(gpu["after"] for gpu in figures["gpus"]), SIZE, "bytes after")
        expect(all(gpu["after"] >= SIZE // count for gpu in figures["gpus"]), f"{figures}")
        expect(1 <= figures["largest_to_mean"] < 1.01, f"{figures['largest_to_mean']}")
        equal((figures["spread"], figures["was_loaded"], figures["unloaded"]), (True, False, True),
              "spread, was loaded, unloaded")
        wait_until(lambda: loaded(box) == {}, "nothing is loaded", 5)
        equal(box.snapshot().invocation, before.invocation, "InvocationID")
    test.__doc__ = f"Ollama {version}, {count} GPUs, spread: each has its share, then none again."
    return test


test_spread_one_0_33 = spread_over(1, "0.33.0")
test_spread_two_0_20 = spread_over(2, "0.20.0")
test_spread_four_0_12 = spread_over(4, "0.12.3")
test_spread_four_0_33 = spread_over(4, "0.33.0")
test_spread_eight_0_33 = spread_over(8, "0.33.0")
test_spread_eight_0_12 = spread_over(8, "0.12.3")


def test_without_spread(box):
    """Without spread a model that fits lies on one GPU: that is as it should be."""
    box.json("configure", "--gpus", "all", "--no-spread", *FAST).exits(0)
    result = box.json("verify", "--load", "qwen3:32b").exits(0)
    equal(memory(result)["status"], "ok", f"{memory(result)}")
    held = [gpu["after"] for gpu in result.json["memory"]["gpus"]]
    equal(sorted(held), [0, 0, 0, 20201253088], "bytes")


def test_only_the_selected(box):
    """With two of four selected the model lies on those two."""
    box.json("configure", "--gpus", "1,3", "--spread", *FAST).exits(0)
    figures = box.json("verify", "--load", MODEL).exits(0).json["memory"]
    equal([gpu["selected"] for gpu in figures["gpus"]], [False, True, False, True], "selected")
    equal([gpu["after"] > 0 for gpu in figures["gpus"]], [False, True, False, True], "bytes")


def test_text(box):
    """A bar and figures for every GPU."""
    box.json(*SPREAD).exits(0)
    text = box.run("env", "COLUMNS=80", TOOL, "verify", "--load", MODEL).exits(0).out
    matches(r"^ +3 +NVIDIA A100-SXM4-80GB +\[#+.*\] +0 B +9\.9 GiB +yes", text, "a line of GPU 3")
    matches(r"largest / mean", text, "the figure")
    equal([line for line in text.splitlines() if len(line) > 80 and "GPU 0" not in line], [],
          "lines of more than 80 columns")


@slow
def test_progress(box):
    """While it loads, a terminal shows what is loading and for how long."""
    box.standin(load_ms=1500)
    box.json(*SPREAD).exits(0)
    result = on_terminal(box, "verify", "--load", MODEL).exits(0)
    matches(r"loading llama3\.3:70b[^\n]*, 1 s", result.out, "terminal")
    matches(r"loading llama3\.3:70b", box.tool("verify", "--load", MODEL).exits(0).err, "pipe")


def misbehaving(how, pattern, code=11, status="failed", **more):
    def test(box):
        box.standin(misbehave=how, **more)
        box.json(*SPREAD).exits(0, 11)
        result = box.json("verify", "--load", MODEL).exits(code)
        equal(memory(result)["status"], status, f"{memory(result)}")
        matches(pattern, memory(result)["detail"], "detail")
        wait_until(lambda: loaded(box) == {}, "nothing is loaded", 5)
        return result
    test.__doc__ = f"A stand-in with {how}: memory is {status}."
    return test


test_cpu = misbehaving("cpu", "CPU")
test_cpu_0_12 = misbehaving("cpu", "CPU", version="0.12.3")
test_ignored_gpu = misbehaving("ignore-gpu:2", "nothing on GPU 2")
test_ignored_gpu_0_20 = misbehaving("ignore-gpu:2", "nothing on GPU 2", version="0.20.0")


def test_uneven(box):
    """An uneven split holds (every GPU has some), with the figure and a warning."""
    result = misbehaving("uneven", "every selected GPU has its share", 0, "ok")
    shown = result(box)
    figures = shown.json["memory"]
    expect(3.3 < figures["largest_to_mean"] < 3.5, f"largest / mean {figures['largest_to_mean']}")
    matches("unevenly", "\n".join(shown.json["warnings"]), "warnings")


def test_vulkan_ghost(box):
    """A hidden GPU that comes back through Vulkan and gets the model: memory is failed."""
    box.standin(misbehave="vulkan-ghost")
    box.json("configure", "--gpus", "0", "--no-spread", *FAST).exits(11)
    result = box.json("verify", "--load", MODEL).exits(11)
    equal(memory(result)["status"], "failed", f"{memory(result)}")
    matches("not selected", memory(result)["detail"], "detail")


def test_cpu_on_purpose(box):
    """With --gpus none the model lies on the CPU: ok."""
    box.json("configure", "--gpus", "none", *FAST).exits(0)
    result = box.json("verify", "--load", "llama3.2:3b").exits(0)
    matches("CPU, as selected", memory(result)["detail"], "detail")


def test_unknown_model(box):
    """A model that is not there: exit 5, and those that are."""
    result = box.json("verify", "--load", "llama3.3:7b").exits(5)
    equal(result.json["error"]["code"], "not_found", "error.code")
    hint = result.json["error"]["hint"]
    for name in (MODEL, "qwen3:32b", "llama3.2:3b"):
        expect(name in hint, f"{name} is not in the hint: {hint}")
    matches(r"did you mean llama3\.3:70b", hint, "hint")
    wait_until(lambda: loaded(box) == {}, "nothing is loaded", 5)


def test_name_without_a_tag(box):
    """NAME means NAME:latest, as for Ollama."""
    box.standin(models="mistral:latest:1000000000")
    box.restart()
    result = box.json("verify", "--load", "mistral").exits(0)
    equal(result.json["memory"]["model"], "mistral:latest", "model")


def test_loaded_already(box):
    """A model that is loaded is only looked at: it stays, with its expiry."""
    box.json(*SPREAD).exits(0)
    load(box, MODEL)
    before = loaded(box)
    result = box.json("verify", "--load", MODEL).exits(0)
    equal((result.json["memory"]["was_loaded"], result.json["memory"]["unloaded"]), (True, False),
          "was loaded, unloaded")
    equal(memory(result)["status"], "ok", f"{memory(result)}")
    equal(loaded(box), before, "what is loaded, and until when")


def test_others_are_not_pushed_out(box):
    """With another model loaded it is refused, naming that one; --force does it."""
    box.json(*SPREAD).exits(0)
    load(box, "qwen3:32b")
    before = loaded(box)
    result = box.json("verify", "--load", MODEL).exits(9)
    matches("qwen3:32b", result.json["error"]["message"], "message")
    equal(loaded(box), before, "what is loaded, and until when")
    forced = box.json("verify", "--load", MODEL, "--force").exits(0)
    held = [gpu["before"] for gpu in forced.json["memory"]["gpus"]]
    equal(sum(held), 20201253088, "bytes before: the other model's")
    wait_until(lambda: loaded(box) == before, "what was loaded, and until when, after --force", 5)


def test_pushed_out_is_said(box):
    """With --force and room for one model only, what was pushed out is named."""
    box.json(*SPREAD, "--max-loaded-models", "1").exits(0)
    load(box, "qwen3:32b")
    result = box.json("verify", "--load", MODEL, "--force").exits(0)
    matches("qwen3:32b was pushed out", "\n".join(result.json["warnings"]), "warnings")


def test_keep_alive_of_zero(box):
    """With a keep-alive of 0 there is still something to see, and nothing is left."""
    box.json(*SPREAD, "--keep-alive=0").exits(0)
    result = box.json("verify", "--load", MODEL).exits(0)
    equal(memory(result)["status"], "ok", f"{memory(result)}")
    wait_until(lambda: loaded(box) == {}, "nothing is loaded", 5)


@slow
def test_interrupted(box):
    """Ctrl-C while it loads: exit 130, and nothing stays loaded."""
    box.standin(load_ms=8000)
    box.json(*SPREAD).exits(0)
    started = box.start("verify", "--load", MODEL)
    box.sh("until pidof llama-server || journalctl -u ollama -o cat | grep -q 'gpu memory'; do "
           "sleep 0.1; [ $((n+=1)) -lt 20 ] || break; done")
    started.signal("INT")
    result = started.wait(20).exits(130)
    matches("interrupt", result.err, "stderr")
    wait_until(lambda: loaded(box) == {}, "nothing is loaded", 15)


def test_load_fails(box):
    """Ollama cannot load it: memory failed, in its own words."""
    box.tool("configure", "--set", "OLLAMA_KV_CACHE_TYPE=f17", "--force", *FAST).exits(0, 11)
    result = box.json("verify", "--load", MODEL).exits(11)
    equal(memory(result)["status"], "failed", f"{memory(result)}")
    matches("Unsupported cache type", memory(result)["detail"], "detail")


def test_service_is_down(box):
    """A stopped service: nothing is loaded, memory is skipped, exit 11 for what is pending."""
    box.json(*SPREAD).exits(0)
    box.sh("systemctl stop ollama")
    starts = box.read(STARTS)
    result = box.json("verify", "--load", MODEL).exits(11)
    equal(memory(result)["status"], "skipped", f"{memory(result)}")
    equal(box.read(STARTS), starts, "starts of the service")


def test_status_shows_where_it_lies(box):
    """`status` has bars, Ollama's part, others' part and what is free, and `for ever`."""
    box.json(*SPREAD, "--keep-alive").exits(0)
    load(box, MODEL)
    text = box.run("env", "COLUMNS=80", TOOL, "status").exits(0).out
    matches(r"^ +0 +NVIDIA A100-SXM4-80GB +\[#+=-+\] +9\.9 GiB +436 MiB +69\.7 GiB +0%", text,
            "a line of GPU 0")
    matches(r"llama3\.3:70b +39\.6 GiB +all on the GPU +for ever", text, "the model")
    matches(r"OLLAMA_KEEP_ALIVE=-1 +ours +zz-ollama-gpu\.conf:\d+$", text, "a setting's source")
    wide = box.run("env", "COLUMNS=80", "LC_ALL=C.UTF-8", TOOL, "status").exits(0).out
    matches("█+▒░+", wide, "bars with UTF-8")
    narrow = box.run("env", "COLUMNS=40", TOOL, "status").exits(0).out
    matches("OTHERS 436 MiB", narrow, "folded on a narrow terminal")
    lacks("\x1b", text, "status in a pipe")


def test_every_uuid_is_of_the_machine(box):
    """The figures name the GPUs by UUID, as `gpus` does."""
    result = box.json("verify", "--load", "llama3.2:3b").exits(0)
    equal(tuple(gpu["uuid"] for gpu in result.json["memory"]["gpus"]), GPU_UUIDS, "UUIDs")

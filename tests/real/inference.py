# SPDX-License-Identifier: MIT
"""Models on the CPU: loaded, kept, waited for and loaded again by a real Ollama.

The model has no weights (tests/support/gguf); its answers are made of plain words without sense.
"""
import datetime
import hashlib
import json
import pathlib
import re
import time

from harness import FAST, SANDBOX, Skip, equal, expect, matches, nothing_changed, wait_until
from job import REFUSED, holds
from machine import HOME

API = "http://127.0.0.1:11434/api"
GGUF = pathlib.Path(SANDBOX).parent / "gguf"
MODEL = "nought:latest"
MODELS = f"{HOME}/.ollama/models"
ANSWER = "/run/e2e/answer"
ONE_THREAD = {"num_thread": 1}  # more of them wait for each other where others compute too


def ask(box, path, body=None, timeout=60):
    """What Ollama answers, as curl gets it."""
    words = ["curl", "-sS", "--noproxy", "*", "--max-time", str(timeout), f"{API}/{path}"]
    words += ["-d", json.dumps(body)] if body is not None else []
    return json.loads(box.run(*words, timeout=timeout + 5).exits(0).out)


def has_model(box):
    """The model is registered with this Ollama, which can run it."""
    if box.program.needs_llama_server and not box.program.llama_server:
        raise Skip(f"from 0.30 on models need llama-server: {box.program.no_llama_server}")
    if MODEL in [model["name"] for model in ask(box, "tags")["models"]]:
        return
    register(box)
    expect(MODEL in [model["name"] for model in ask(box, "tags")["models"]], "Ollama does not list the model")


def register(box):
    """The model and what Ollama's library would say of it, by hand: /api/create wants other programs from 0.30 on."""
    box.write("/e2e/gguf", GGUF.read_bytes(), "755")
    box.sh(f"mkdir -p {MODELS}/blobs && /e2e/gguf {MODELS}/blobs/new")
    digest, size = box.sh(f"cd {MODELS}/blobs && sha256sum new && stat -c %s new && "
                          "mv new sha256-$(sha256sum new | cut -c 1-64)").split()[::2]
    config = json.dumps({"model_format": "gguf", "model_family": "llama", "model_families": ["llama"],
                         "model_type": "7M", "file_type": "Q4_0", "architecture": "amd64", "os": "linux",
                         "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}).encode()
    config_digest = hashlib.sha256(config).hexdigest()
    box.write(f"{MODELS}/blobs/sha256-{config_digest}", config)
    docker = "application/vnd.docker"
    box.write(f"{MODELS}/manifests/registry.ollama.ai/library/nought/latest", json.dumps({
        "schemaVersion": 2, "mediaType": f"{docker}.distribution.manifest.v2+json",
        "config": {"mediaType": f"{docker}.container.image.v1+json", "digest": f"sha256:{config_digest}",
                   "size": len(config)},
        "layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}",
                    "size": int(size)}]}))
    box.sh(f"chown -R ollama:ollama {MODELS}")


def load(box, **words):
    """A request without a prompt: the model is loaded, and stays for as long as asked for."""
    answer = ask(box, "generate", {"model": MODEL, "stream": False, "options": ONE_THREAD, **words})
    fits(answer)
    equal(answer.get("done_reason"), "load", f"/api/generate: {answer}")


def fits(answer):
    """A llama-server of another time does not know what this Ollama calls it with."""
    if "invalid argument: --" in answer.get("error", ""):
        raise Skip(f"this llama-server is not of this version: {answer['error'].rpartition(': error: ')[2]}")


def loaded(box):
    """What /api/ps says."""
    return ask(box, "ps")["models"]


def minutes_left(model):
    """How long a model stays, from now."""
    stamp = model["expires_at"].split(".")[0].removesuffix("Z")[:19]
    until = datetime.datetime.fromisoformat(stamp).replace(tzinfo=datetime.timezone.utc)
    return (until - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 60


def test_verify_load(box):
    """verify --load loads the model and unloads it again."""
    has_model(box)
    load(box)
    ask(box, "generate", {"model": MODEL, "keep_alive": 0})
    wait_until(lambda: not loaded(box), "the model is unloaded")
    loads = len(re.findall('POST +"/api/generate"', box.journal()))
    before = box.snapshot()
    result = box.json("verify", "--load", MODEL, timeout=120).exits(0)
    expect(len(re.findall('POST +"/api/generate"', box.journal())) > loads, "Ollama logs no request for the model")
    wait_until(lambda: not loaded(box), "the model is unloaded again")
    expect("failed" not in result.evidence().values(), f"evidence: {result.evidence()}")
    nothing_changed(before, box.snapshot())


def test_verify_load_says_how_much(box):
    """Without a GPU too verify --load says how big the loaded model is, and that none of it is on a GPU."""
    has_model(box)
    load(box)
    size = loaded(box)[0]["size"]
    memory = box.json("verify", "--load", MODEL, timeout=120).exits(0).json["memory"]
    expect(memory is not None, f"memory is null; Ollama says that the model takes {size} bytes")
    equal((memory["size"], memory["size_vram"], memory["was_loaded"]), (size, 0, True), "memory")
    expect(loaded(box), "a model that was loaded before is gone")


def test_unknown_model(box):
    """A model that is not there: exit 5, and those that are."""
    has_model(box)
    matches("nought", box.tool("verify", "--load", "nosuch").exits(5).err, "the error")


def test_status_of_a_model(box):
    """status says of a loaded model what /api/ps says."""
    has_model(box)
    load(box, keep_alive=-1)
    theirs, = loaded(box)
    ours, = box.json("status").exits(0).json["models"]
    equal([ours[key] for key in ("name", "size", "size_vram")],
          [theirs[key] for key in ("name", "size", "size_vram")], "the model")
    matches("all on the CPU +for ever", box.tool("status").exits(0).out, "status")


def test_keep_alive(box):
    """A model stays for as long as was configured: an hour, then for ever."""
    has_model(box)
    box.tool("configure", "--keep-alive=1h", *FAST).exits(0)
    load(box)
    expect(55 < minutes_left(loaded(box)[0]) < 61, f"an hour was asked for: {loaded(box)}")
    box.tool("configure", "--keep-alive", *FAST).exits(0)
    load(box)
    expect(minutes_left(loaded(box)[0]) > 60 * 24 * 365 * 100, f"for ever was asked for: {loaded(box)}")


def test_preload(box):
    """--preload: what the restart unloaded is loaded again, with the new context, for as long as before."""
    has_model(box)
    load(box, keep_alive="10m")
    before = box.snapshot()
    holds(box.json("configure", "--context-length", "2048", "--preload", *FAST, timeout=120).exits(0))
    expect(box.snapshot().invocation != before.invocation, "not restarted")
    model, = loaded(box)
    equal((model["name"], model["context_length"]), (MODEL, 2048), "the model")
    expect(8 < minutes_left(model) < 11, f"ten minutes were asked for: {model}")


def test_preload_of_nothing(box):
    """--preload with nothing loaded loads nothing."""
    has_model(box)
    box.tool("configure", "--context-length", "2048", "--preload", *FAST).exits(0)
    equal(loaded(box), [], "/api/ps")


def size_of_answer(box):
    """Bytes of the answer so far."""
    return int(box.sh(f"stat -c %s {ANSWER}"))


def test_when_idle_waits_for_an_answer(box):
    """While an answer is sent --when-idle gives up with exit 9: nothing changed, the answer goes on."""
    has_model(box)
    load(box)
    body = {"model": MODEL, "prompt": "hello", "options": {"num_predict": 100000, **ONE_THREAD}}
    box.sh('systemd-run --quiet --unit=e2e-client --property=StandardOutput=file:"$1" '
           'curl -sS --no-buffer --noproxy "*" -d "$2" "$3"', ANSWER, json.dumps(body), f"{API}/generate")
    try:
        wait_until(lambda: size_of_answer(box) > 200, "the answer begins", 60)
        before = box.snapshot()
        result = box.json("configure", "--keep-alive=2h", "--when-idle=3", *FAST).exits(9)
        equal(result.json["changed"], False, "changed")
        nothing_changed(before, box.snapshot())
        so_far = size_of_answer(box)
        wait_until(lambda: size_of_answer(box) > so_far, "the answer goes on", 20)
        equal(box.run("systemctl", "is-active", "e2e-client").out.strip(), "active", "the client")
    finally:
        box.sh("systemctl stop e2e-client", check=False)


def test_when_idle_goes_on(box):
    """With a model loaded and nobody asking, --when-idle restarts after its three seconds."""
    has_model(box)
    load(box)
    time.sleep(1)
    result = holds(box.json("configure", "--keep-alive=2h", "--when-idle=30", *FAST).exits(0))
    equal(result.json["restarted"], True, "restarted")
    expect(result.seconds < 20, f"it took {result.seconds:.1f} s")


def cache_type(box, *options):
    """A quantised cache is used, or the tool refuses it or says what stands against it."""
    has_model(box)
    result = box.json("configure", "--kv-cache-type", "q8_0", *options, *FAST)
    if result.rc in REFUSED:
        return
    result.exits(0)
    answer = ask(box, "generate", {"model": MODEL, "stream": False, "options": ONE_THREAD})
    fits(answer)
    if "error" not in answer and "K (q8_0)" in box.journal():
        return
    expect("error" in answer or "K (f16)" in box.journal(), "Ollama logs no type of its cache: this shows nothing")
    told = result.json["warnings"] + [step["reason"] for step in result.json["plan"] if step["step"] == "note"]
    matches("flash", "\n".join(told), f"q8_0 was asked for; Ollama: {answer.get('error', 'uses f16')}; the tool says")


def test_cache_type(box):
    """--kv-cache-type q8_0 alone."""
    cache_type(box)


def test_cache_type_with_flash_attention(box):
    """--kv-cache-type q8_0 with flash attention switched on is what the model is loaded with."""
    has_model(box)
    box.tool("configure", "--kv-cache-type", "q8_0", "--flash-attention", "on", *FAST).exits(0)
    load(box)
    expect("K (q8_0)" in box.journal(), "Ollama does not log that its cache is of that type")


def test_cache_type_without_flash_attention(box):
    """--kv-cache-type q8_0 with flash attention switched off."""
    cache_type(box, "--flash-attention", "off")

# SPDX-License-Identifier: MIT
"""The main job with a real Ollama, judged with systemctl, busctl, /proc, curl and the journal."""
import json

from harness import (DROP_IN, DROP_IN_DIR, FAST, FRAGMENT, STATE_DIR, changed_files, equal, expect, has_no,
                     has_settings, matches, nothing_changed)

EIGHT = ("configure", "--spread", "--keep-alive=24h", "--num-parallel", "2", "--max-loaded-models", "2",
         "--max-queue", "64", "--context-length", "8192", "--flash-attention", "on",
         "--kv-cache-type", "q8_0", *FAST)
WANTED = {"OLLAMA_SCHED_SPREAD": "1", "OLLAMA_KEEP_ALIVE": "24h", "OLLAMA_NUM_PARALLEL": "2",
          "OLLAMA_MAX_LOADED_MODELS": "2", "OLLAMA_MAX_QUEUE": "64", "OLLAMA_CONTEXT_LENGTH": "8192",
          "OLLAMA_FLASH_ATTENTION": "1", "OLLAMA_KV_CACHE_TYPE": "q8_0"}
SHOWN = {**WANTED, "OLLAMA_SCHED_SPREAD": "true", "OLLAMA_KEEP_ALIVE": "24h0m0s",
         "OLLAMA_FLASH_ATTENTION": "true"}
REFUSED = (2, 6)  # exit codes with which nothing was done: a wrong value, a conflict
HELD = {"file": "ok", "manager": "ok", "process": "ok", "server": "ok"}


def shows(box, wanted):
    """The log line of this run says so."""
    config = box.config()
    for name, value in wanted.items():
        equal(config.get(name), value, f"{name} in Ollama's log line")


def holds(result):
    """Every level up to the server is proved, and none of the others has failed."""
    evidence = result.evidence()
    equal({level: evidence.get(level) for level in HELD}, HELD, "evidence")
    expect(evidence.get("devices") in ("ok", "skipped"), f"devices: {evidence.get('devices')}")
    return result


def configured(box):
    """The eight settings are in force; gives what is there then."""
    box.tool(*EIGHT).exits(0)
    snapshot = box.snapshot()
    has_settings(snapshot, WANTED)
    return snapshot


def is_as_before(box, before, config):
    """The old environment, the old files, and an Ollama that answers with the old settings."""
    after = box.snapshot()
    equal(after.environment_list, before.environment_list, "systemd's Environment")
    equal(sorted(after.files), sorted(before.files), "files")
    equal([path for path in changed_files(before, after)
           if after.file(path)["sha256"] != before.file(path)["sha256"]], [], "files with another content")
    equal(after.active, "active", "ActiveState")
    box.wait_for_answer()
    equal(box.config(), config, "Ollama's log line")


def test_eight_settings(box):
    """Eight settings reach the file, systemd, the process and Ollama itself, in one restart."""
    before = box.snapshot()
    result = box.json(*EIGHT).exits(0)
    after = box.snapshot()
    text = box.read(DROP_IN).decode()
    for name, value in WANTED.items():
        expect(f'Environment="{name}={value}"\n' in text, f"{name}={value} is not in the drop-in:\n{text}")
    has_settings(after, WANTED)
    shows(box, SHOWN)
    holds(result)
    expect(after.invocation != before.invocation, "not restarted")
    equal(after.props["NRestarts"], "0", "NRestarts")
    equal(box.version_answered(), box.program.version, "/api/version")


def test_second_run(box):
    """The same command again changes nothing."""
    before = configured(box)
    result = box.tool(*EIGHT).exits(0)
    matches("nothing to do", result.out, "what it says")
    nothing_changed(before, box.snapshot())
    equal(box.snapshot().pid, before.pid, "MainPID")


def test_verify_and_status(box):
    """verify proves what was configured; status names this Ollama, its settings, no GPU and no model."""
    configured(box)
    holds(box.json("verify").exits(0))
    status = holds(box.json("status").exits(0)).json
    equal(status["unit"]["version"], box.program.version, "version")
    equal(status["unit"]["address"], "127.0.0.1:11434", "address")
    equal((status["gpus"], status["models"]), ([], []), "GPUs and models")
    ours = {entry["name"]: entry["value"] for entry in status["settings"] if entry["ours"]}
    equal(ours, WANTED, "our settings")
    expect(all(entry["in_process"] for entry in status["settings"]), f"in_process: {status['settings']}")


def test_no_gpu_is_agreed(box):
    """Nothing configured, no GPU: Ollama and the tool say so both, and nothing is called wrong."""
    computes = [line for line in box.journal().splitlines() if '"inference compute"' in line]
    expect(computes and all("library=cpu" in line for line in computes), f"Ollama sees a GPU: {computes}")
    equal(box.json("gpus").exits(0).json["gpus"], [], "gpus")
    before = box.snapshot()
    expect("failed" not in box.json("verify").exits(0).evidence().values(), "verify: something failed")
    nothing_changed(before, box.snapshot())


def test_gpus_none(box):
    """--gpus none: Ollama has -1 and says that it runs on the CPU; that proves the level `devices`."""
    box.tool("configure", "--gpus", "none", *FAST).exits(0)
    has_settings(box.snapshot(), {"CUDA_VISIBLE_DEVICES": "-1"})
    shows(box, {"CUDA_VISIBLE_DEVICES": "-1"})
    equal(holds(box.json("verify").exits(0)).evidence()["devices"], "ok", "devices")


def test_rollback(box):
    """rollback brings back what was before: the former value, then none."""
    configured(box)
    first = box.read(DROP_IN)
    box.tool("configure", "--keep-alive=1h", *FAST).exits(0)
    shows(box, {"OLLAMA_KEEP_ALIVE": "1h0m0s"})
    box.tool("rollback", *FAST).exits(0)
    equal(box.read(DROP_IN), first, DROP_IN)
    shows(box, SHOWN)


def test_reset(box):
    """reset takes everything of ours away; Ollama has its own defaults again."""
    before, config = box.snapshot(), box.config()
    configured(box)
    box.tool("reset", *FAST).exits(0)
    after = box.snapshot()
    expect(not box.exists(DROP_IN), f"{DROP_IN} is still there")
    has_no(after, *WANTED)
    equal(after.environment_list, before.environment_list, "systemd's Environment")
    equal(box.config(), config, "Ollama's log line")
    expect(box.exists(STATE_DIR), "what it undid is not kept")
    matches("nothing to do", box.tool("reset", *FAST).exits(0).out, "the second reset")


def test_doctor(box):
    """doctor finds what the next upgrade takes away in the article's unit, and nothing that is an error."""
    configured(box)
    before = box.snapshot()
    findings = box.json("doctor").exits(0, 11).json["findings"]
    equal([f for f in findings if f["severity"] == "error"], [], "errors")
    equal(sorted({f["code"] for f in findings}), ["OG602"], "codes")
    nothing_changed(before, box.snapshot())


def test_doctor_fix(box):
    """doctor --fix moves what an upgrade would take away; Ollama reads the same as before."""
    config = box.config()
    box.tool("doctor", "--fix", *FAST).exits(0)
    expect("OLLAMA_HOST" not in box.read(FRAGMENT).decode() or "OLLAMA_HOST" in box.read(DROP_IN).decode(),
           "OLLAMA_HOST is in no file of ours")
    box.restart()
    equal(box.config(), config, "Ollama's log line")
    equal(box.json("doctor").exits(0).json["findings"], [], "what is found then")


def foreign(box, *lines, name="override.conf"):
    """Somebody else's drop-in, in force."""
    box.write(f"{DROP_IN_DIR}/{name}", "[Service]\n" + "".join(f'Environment="{line}"\n' for line in lines))
    box.restart()


def test_foreign_drop_in(box):
    """What another drop-in sets stays, what both set is ours, and Ollama reads it so."""
    foreign(box, "OLLAMA_NUM_PARALLEL=3", "OLLAMA_MAX_QUEUE=7")
    holds(box.json("configure", "--num-parallel", "2", *FAST).exits(0))
    shows(box, {"OLLAMA_NUM_PARALLEL": "2", "OLLAMA_MAX_QUEUE": "7"})
    shown = box.json("show").exits(0).json["environment"]["OLLAMA_MAX_QUEUE"]
    equal((shown["value"], shown["source"]["file"]), ("7", f"{DROP_IN_DIR}/override.conf"), "show")


def test_later_drop_in_wins(box):
    """Where a later drop-in would win it is named, and nothing is written."""
    foreign(box, "OLLAMA_NUM_PARALLEL=3", name="zzz.conf")
    before = box.snapshot()
    matches("zzz.conf", box.tool("configure", "--num-parallel", "2", *FAST).exits(6).err, "the error")
    nothing_changed(before, box.snapshot())
    shows(box, {"OLLAMA_NUM_PARALLEL": "3"})


def test_after_many_requests(box):
    """Two thousand requests later the evidence is still found, at once."""
    before = configured(box)
    box.sh("curl -sS --noproxy '*' -o /dev/null 'http://127.0.0.1:11434/api/version?[1-2100]'")
    expect(box.journal().count("/api/version") > 2000, "Ollama logs no requests: this shows nothing")
    result = holds(box.json("verify").exits(0))
    expect(result.seconds < 2, f"it took {result.seconds:.1f} s")
    matches("nothing to do", box.tool(*EIGHT).exits(0).out, "configure")
    nothing_changed(before, box.snapshot())


def test_another_port(box):
    """--listen: Ollama answers there and no longer here; the tool follows it."""
    box.tool("configure", "--listen", "127.0.0.1:12000", *FAST).exits(0)
    shows(box, {"OLLAMA_HOST": "http://127.0.0.1:12000"})
    answer = box.sh("curl -sS --noproxy '*' --max-time 5 http://127.0.0.1:12000/api/version")
    equal(json.loads(answer)["version"], box.program.version, "the version answered")
    expect(box.run("curl", "-s", "--noproxy", "*", "http://127.0.0.1:11434/").rc != 0, "11434 answers still")
    holds(box.json("verify").exits(0))

# SPDX-License-Identifier: MIT
"""A restart takes loaded models and answers away: said, waited for, and brought back."""
from harness import (DROP_IN, FAST, MAIN, equal, expect, lacks, matches, nothing_changed, slow,
                     wait_until)

API = "http://127.0.0.1:11434/api"
ANSWER = "/run/e2e/answer"


def ask(box, body, path="generate"):
    return box.sh('curl -sS --noproxy "*" --max-time 20 -d "$1" "$2"', body, f"{API}/{path}")


def ask_in_background(box, body):
    """A client of its own, whose answer grows in ANSWER; returns once Ollama is at work on it."""
    box.sh('systemd-run --quiet --unit=e2e-client --property=StandardOutput=file:"$1" '
           'curl -sS --no-buffer --noproxy "*" -d "$2" "$3"', ANSWER, body, f"{API}/generate")
    wait_until(lambda: loaded(box), "the model is loaded")


def loaded(box):
    return sorted(box.sh(f'curl -sS --noproxy "*" {API}/ps | grep -o \'"name":"[^"]*"\' | cut -d\\" '
                         "-f4 || true").split())


def configure_standin(box, **words):
    box.standin(**words)
    box.restart()


@slow
def test_streaming_answer_is_work(box):
    """An answer that is being sent keeps --when-idle waiting: exit 9, nothing changed."""
    configure_standin(box, tokens=2000, token_ms=20, token_cpu=0)
    ask_in_background(box, '{"model":"llama3.2:3b","prompt":"x"}')
    before = box.snapshot()
    result = box.json(*MAIN, "--when-idle=2").exits(9)
    equal(result.json["error"]["code"], "busy", "error.code")
    matches(r"did not become idle within 2 s: .*answer", result.json["error"]["message"], "error")
    equal(result.json["changed"], False, "changed")
    nothing_changed(before, box.snapshot())
    expect(not box.exists(DROP_IN), f"{DROP_IN} was written")


@slow
def test_an_answer_that_is_not_streamed_is_work(box):
    """Nothing moves on the connection, but the processes compute."""
    configure_standin(box, tokens=2000, token_ms=20, token_cpu=80)
    ask_in_background(box, '{"model":"llama3.2:3b","prompt":"x","stream":false}')
    before = box.snapshot()
    result = box.json(*MAIN, "--when-idle=2").exits(9)
    matches("% of a core", result.json["error"]["message"], "error")
    nothing_changed(before, box.snapshot())


@slow
def test_a_busy_gpu_is_work(box):
    """A GPU that only Ollama's processes are on is busy: that is their work."""
    ask(box, '{"model":"llama3.2:3b","keep_alive":-1}')
    box.sh("sed -i s/util=0/util=70/ /etc/nvml-standin.conf")
    result = box.json(*MAIN, "--when-idle=2").exits(9)
    matches("GPU 70% busy", result.json["error"]["message"], "error")


@slow
def test_idle_connection_is_no_work(box):
    """Connections that are only kept open do not hold a restart up; the plan counts them."""
    box.sh("systemd-run --quiet --unit=e2e-client bash -c 'exec 3<>/dev/tcp/127.0.0.1/11434 "
           "4<>/dev/tcp/127.0.0.1/11434; sleep 60'")
    wait_until(lambda: "2 client connections" in
               box.json(*MAIN, "--dry-run").exits(0).plan_text(), "two connections in the plan")
    result = box.json(*MAIN, "--when-idle=20").exits(0)
    expect(2.5 < result.seconds < 20, f"it took {result.seconds} s")
    matches("wait ollama.service .*idle", result.plan_text(), "plan")
    equal(result.json["restarted"], True, "restarted")


@slow
def test_monitor_that_polls_is_no_work(box):
    """Somebody who asks for the version again and again does not hold a restart up."""
    box.sh(f"systemd-run --quiet --unit=e2e-client sh -c 'while :; do curl -s {API}/version; sleep "
           "0.5; done'")
    box.json(*MAIN, "--when-idle=20").exits(0)


@slow
def test_waits_until_the_answer_has_ended(box):
    """The client gets the whole of its answer before Ollama is restarted."""
    configure_standin(box, tokens=100, token_ms=40, token_cpu=0)
    ask_in_background(box, '{"model":"llama3.2:3b","prompt":"x"}')
    result = box.tool(*MAIN, "--when-idle=40").exits(0)
    matches("waiting for ollama.service to become idle", result.err, "progress")
    lines = box.read(ANSWER).decode().splitlines()
    equal(len(lines), 101, "lines of the answer")
    matches('"done":true', lines[-1], "its end")


@slow
def test_reset_waits_too(box):
    """`reset --when-idle`: the same, and nothing is removed while Ollama is at work."""
    box.tool(*MAIN).exits(0)
    configure_standin(box, tokens=2000, token_ms=20, token_cpu=0)
    ask_in_background(box, '{"model":"llama3.2:3b","prompt":"x"}')
    box.json("reset", *FAST, "--when-idle=1").exits(9)
    expect(box.exists(DROP_IN), f"{DROP_IN} is gone")
    box.sh("systemctl stop e2e-client")
    box.json("reset", *FAST, "--when-idle=20").exits(0)
    expect(not box.exists(DROP_IN), f"{DROP_IN} is left")


@slow
def test_a_signal_ends_the_wait(box):
    """SIGTERM while it waits: exit 143, and nothing has changed."""
    configure_standin(box, tokens=2000, token_ms=20, token_cpu=0)
    ask_in_background(box, '{"model":"llama3.2:3b","prompt":"x"}')
    before = box.snapshot()
    tool = box.start(*MAIN, "--when-idle")
    box.sh("sleep 1.5")
    tool.signal("TERM")
    tool.wait().exits(143)
    nothing_changed(before, box.snapshot())


def test_nothing_to_restart_is_nothing_to_wait_for(box):
    """A second run does not wait, however busy Ollama is."""
    box.tool(*MAIN).exits(0)
    result = box.json(*MAIN, "--when-idle=0").exits(0)
    equal(result.json["changed"], False, "changed")


def test_plan_says_what_the_restart_unloads(box):
    """Name, size and how long it was to be kept, in the plan of configure and of reset."""
    ask(box, '{"model":"llama3.3:70b","keep_alive":-1}')
    ask(box, '{"model":"llama3.2:3b"}')
    plan = box.json(*MAIN, "--dry-run").exits(0).plan_text()
    matches(r"unload llama3.3:70b 39\.6 GiB in memory, kept for ever", plan, "plan")
    matches(r"unload llama3.2:3b 1\.9 GiB in memory, to be unloaded in \d+ s", plan, "plan")
    box.tool(*MAIN).exits(0)
    equal(loaded(box), [], "what is loaded after a restart")
    lacks("unload", box.json("reset", "--dry-run").exits(0).plan_text(), "plan")


def test_preload(box):
    """--preload loads again what was loaded, kept for as long as it was meant to be."""
    configure_standin(box, models="big:40000000000,small:2000000000,nomic-embed-text:300000000",
                      load_ms=300)
    ask(box, '{"model":"big","keep_alive":-1}')
    ask(box, '{"model":"small"}')
    ask(box, '{"model":"nomic-embed-text","keep_alive":7200}', "embed")
    before = loaded(box)
    equal(len(before), 3, "models loaded")
    result = box.json("configure", "--gpus", "all", "--spread", *FAST, "--preload").exits(0)
    equal(result.json["restarted"], True, "restarted")
    matches("3 of 3 models loaded again", result.json["summary"], "summary")
    equal(loaded(box), before, "models loaded afterwards")
    models = {m["name"]: m["expires_in"] for m in box.json("status").exits(0).json["models"]}
    equal(models["big:latest"], None, "big is kept for ever")
    expect(models["small:latest"] <= 300, f"small: {models}")
    expect(3600 < models["nomic-embed-text:latest"] <= 7200, f"embed: {models}")


def test_preload_that_brings_nothing_back(box):
    """No model can be loaded with the new settings: exit 11, said why, and the change stays."""
    ask(box, '{"model":"llama3.2:3b","keep_alive":-1}')
    result = box.json("configure", "--set", "OLLAMA_KV_CACHE_TYPE=q9", "--force", *FAST,
                      "--preload").exits(11)
    matches("none of the 1 models", result.json["error"]["message"], "error")
    matches("llama3.2:3b is not loaded again: .*Unsupported cache type",
            "\n".join(result.json["warnings"]), "warnings")
    expect(box.exists(DROP_IN), f"{DROP_IN} is gone")


def test_preload_that_brings_nothing_back_is_put_back(box):
    """The same with --require-gpu: exit 7, and the model is loaded again with the former settings."""
    ask(box, '{"model":"llama3.2:3b","keep_alive":-1}')
    box.json("configure", "--set", "OLLAMA_KV_CACHE_TYPE=q9", "--force", *FAST, "--preload",
             "--require-gpu", timeout=90).exits(7)
    expect(not box.exists(DROP_IN), f"{DROP_IN} is there")
    equal(loaded(box), ["llama3.2:3b"], "models loaded")


def test_preload_after_a_rollback(box):
    """What a failed change unloaded is loaded again with the former settings."""
    ask(box, '{"model":"llama3.2:3b","keep_alive":-1}')
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_SCHED_SPREAD=1")
    box.json(*MAIN, "--preload", timeout=90).exits(7)
    equal(loaded(box), ["llama3.2:3b"], "models loaded")


def test_misuse(box):
    """Both options are held to their grammar."""
    matches("when-idle", box.tool(*MAIN, "--when-idle=soon").exits(2).err, "error")
    box.tool(*MAIN, "--when-idle", "30").exits(2)
    box.tool(*MAIN, "--preload", "--no-verify").exits(2)
    box.tool("status", "--when-idle").exits(2)

# SPDX-License-Identifier: MIT
"""The main job with a real Ollama, judged with systemctl, busctl, /proc and the journal."""
from harness import (DROP_IN, FAST, equal, expect, has_no, has_settings, matches, nothing_changed)

EIGHT = ("configure", "--spread", "--keep-alive=24h", "--num-parallel", "2", "--max-loaded-models", "2",
         "--max-queue", "64", "--context-length", "8192", "--flash-attention", "on",
         "--kv-cache-type", "q8_0", *FAST)
WANTED = {"OLLAMA_SCHED_SPREAD": "1", "OLLAMA_KEEP_ALIVE": "24h", "OLLAMA_NUM_PARALLEL": "2",
          "OLLAMA_MAX_LOADED_MODELS": "2", "OLLAMA_MAX_QUEUE": "64", "OLLAMA_CONTEXT_LENGTH": "8192",
          "OLLAMA_FLASH_ATTENTION": "1", "OLLAMA_KV_CACHE_TYPE": "q8_0"}
SHOWN = {**WANTED, "OLLAMA_SCHED_SPREAD": "true", "OLLAMA_KEEP_ALIVE": "24h0m0s",
         "OLLAMA_FLASH_ATTENTION": "true"}


def shows(box, wanted):
    """The log line of this run says so."""
    config = box.config()
    for name, value in wanted.items():
        equal(config.get(name), value, f"{name} in Ollama's log line")


def test_eight_settings(box):
    """Eight settings reach the file, systemd, the process and Ollama itself, in one restart."""
    before = box.snapshot()
    box.tool(*EIGHT).exits(0)
    after = box.snapshot()
    text = box.read(DROP_IN).decode()
    for name, value in WANTED.items():
        expect(f'Environment="{name}={value}"\n' in text, f"{name}={value} is not in the drop-in:\n{text}")
    has_settings(after, WANTED)
    shows(box, SHOWN)
    expect(after.invocation != before.invocation, "not restarted")
    equal(after.props["NRestarts"], "0", "NRestarts")
    equal(box.version_answered(), box.program.version, "/api/version")


def test_second_run(box):
    """The same command again changes nothing."""
    box.tool(*EIGHT).exits(0)
    before = box.snapshot()
    result = box.tool(*EIGHT).exits(0)
    matches("nothing to do", result.out, "what it says")
    nothing_changed(before, box.snapshot())
    equal(box.snapshot().pid, before.pid, "MainPID")

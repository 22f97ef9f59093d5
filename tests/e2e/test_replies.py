# SPDX-License-Identifier: MIT
"""Ollama answers nonsense, too much, too slowly, without end: nothing hangs, nothing is believed."""
from harness import TOOL, expect, matches, parse_json, slow, thorough
from test_failures import IF_OURS, former_state, is_rolled_back

# How it misbehaves, and what is said of it.
REPLIES = {
    "garbage-json": "answer|json",
    "huge-json": "larger than 4 MiB",
    "slow-bytes": "timeout",
    "endless": "larger than 4 MiB|timeout",
}


def rolled_back(how, reason):
    def test(box):
        before = former_state(box)
        box.standin(misbehave=how, misbehave_if=IF_OURS)
        result = is_rolled_back(box, before, reason, "--settle=0", "--timeout=3", within=20)
        expect(len(result.text) < 20_000, f"{len(result.text)} characters of output")

    test.__doc__ = f"{how} with the new settings: put back in time, exit 7."
    return test


def looked_at(how):
    def test(box):
        box.standin(misbehave=how)
        box.sh("systemctl restart ollama")
        for words in (("status",), ("verify",), ("verify", "--load", "llama3.2:3b"), ("doctor",)):
            result = box.run(TOOL, *words, "--json").exits(0, 1, 5, 11)
            parse_json(result, words[0])
            expect(result.seconds < 15, f"{words}: it took {result.seconds:.1f} s")
            text = box.tool(*words)
            expect(text.seconds < 15 and len(text.text) < 20_000, f"{words}: {text.seconds:.1f} s")

    test.__doc__ = f"{how}: commands that look end soon, with valid JSON."
    return test


for HOW, REASON in REPLIES.items():
    NAME = HOW.replace("-", "_")
    globals()[f"test_{NAME}_is_rolled_back"] = \
        (slow if HOW in ("garbage-json", "endless") else thorough)(rolled_back(HOW, REASON))
    globals()[f"test_{NAME}_is_looked_at"] = \
        (slow if HOW == "huge-json" else thorough)(looked_at(HOW))


@slow
def test_wrong_list_of_models(box):
    """Only the list of loaded models is nonsense: the change is made all the same."""
    box.standin(misbehave="garbage-json", misbehave_path="/api/ps")
    box.sh("systemctl restart ollama")
    box.wait_for_answer()
    result = box.tool("configure", "--keep-alive", "--settle=0", "--timeout=10").exits(0)
    matches("restarted", result.out, "what was done")

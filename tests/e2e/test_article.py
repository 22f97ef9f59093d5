# SPDX-License-Identifier: MIT
"""Machines that were set up by hand before, as the web's instructions say."""
import re

from harness import (DROP_IN, FAST, FRAGMENT, MAIN, WANTED, changed_files, equal, expect,
                     has_settings, lacks, matches)

# The well-known script: every run adds every line once more.
SCRIPT = r"""
cd /etc/systemd/system
sed -i '/^\[Service\]/a Environment="CUDA_VISIBLE_DEVICES=0,1,2,3"' ollama.service
sed -i '/^\[Service\]/a Environment="OLLAMA_SCHED_SPREAD=1"' ollama.service
sed -i '/^\[Service\]/a Environment="OLLAMA_KEEP_ALIVE=-1"' ollama.service
systemctl daemon-reload
systemctl restart ollama
"""


def run_script_twice(box):
    box.sh(SCRIPT + SCRIPT)
    box.wait_for_answer()
    equal(box.read(FRAGMENT).decode().count("OLLAMA_KEEP_ALIVE"), 2, "this test's preparation")


def test_after_the_script_ran_twice(box):
    """Settings are in force after the script has run twice; the unit stays as it is."""
    run_script_twice(box)
    before = box.snapshot()
    box.tool("configure", "--gpus", "all", "--spread", "--keep-alive=24h", *FAST).exits(0)
    after = box.snapshot()
    has_settings(after, {**WANTED, "OLLAMA_KEEP_ALIVE": "24h"})
    equal(after.file(FRAGMENT), before.file(FRAGMENT), FRAGMENT)


def test_doubled_lines_are_named(box):
    """The lines that the script has doubled are named with file and line."""
    run_script_twice(box)
    result = box.tool(*MAIN).exits(0)
    lines = [i for i, line in enumerate(box.read(FRAGMENT).decode().splitlines(), 1)
             if "OLLAMA_KEEP_ALIVE" in line]
    place = rf"{FRAGMENT}:.*\b{lines[0]}\b.*\b{lines[1]}\b|{FRAGMENT}:{lines[0]}\b"
    matches(place, result.text, "output")
    matches(r"OLLAMA_KEEP_ALIVE|OLLAMA_SCHED_SPREAD|CUDA_VISIBLE_DEVICES", result.text, "output")
    matches(r"twice|doubled?|duplicate|again|repeated|more than once", result.text, "output")


def test_show_has_both_lines(box):
    """`show` names the line that wins and the one that it beat."""
    run_script_twice(box)
    entry = box.json("show", "OLLAMA_KEEP_ALIVE").exits(0).json["environment"]["OLLAMA_KEEP_ALIVE"]
    lines = [i for i, line in enumerate(box.read(FRAGMENT).decode().splitlines(), 1)
             if "OLLAMA_KEEP_ALIVE" in line]
    equal((entry["source"]["file"], entry["source"]["line"]), (FRAGMENT, lines[1]), "source")
    equal([o["source"]["line"] for o in entry["overridden"]], lines[:1], "overridden")


def test_reset_after_the_script(box):
    """`reset` removes what is ours and leaves the script's lines in force."""
    run_script_twice(box)
    box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    has_settings(box.snapshot(), {"OLLAMA_KEEP_ALIVE": "24h"})
    box.tool("reset", *FAST).exits(0)
    has_settings(box.snapshot(), {"OLLAMA_KEEP_ALIVE": "-1"})


def test_upgrade_keeps_the_settings(box):
    """The installer rewrites the unit: ours stays in force, the next run has nothing to do."""
    original = box.read(FRAGMENT)
    box.tool(*MAIN).exits(0)
    box.write(FRAGMENT, original)
    box.restart()
    has_settings(box.snapshot(), WANTED)
    equal(box.json(*MAIN).exits(0).json["changed"], False, "changed")


def paste(box):
    text = box.read(FRAGMENT).decode()
    joined = text.replace("network-online.target\n\n[Service]", "network-online.target[Service]")
    expect(joined != text, "this test's preparation: nothing was joined")
    box.write(FRAGMENT, joined)
    return joined


def test_pasted_unit_without_a_section_is_refused(box):
    """A header lost in pasting, not loaded yet: our reload would break the unit. Exit 6."""
    paste(box)
    before = box.snapshot()
    result = box.json(*MAIN).exits(6)
    error = result.json["error"]
    equal(error["location"]["file"], FRAGMENT, "location.file")
    equal(error["location"]["line"], 3, "location.line")
    after = box.snapshot()
    equal(changed_files(before, after), [], "files that changed")
    equal((after.invocation, after.reloads), (before.invocation, before.reloads), "runs")


def test_pasted_unit_is_shown_with_its_line(box):
    """The text of that refusal has the place, the line and a hint."""
    paste(box)
    result = box.tool(*MAIN).exits(6)
    matches(r"/etc/systemd/system/ollama\.service:3", result.err, "the place")
    matches(r"After=network-online\.target\[Service\]", result.err, "the line")
    matches(r"^\s*hint:", result.err, "hint")


def test_settings_in_the_shell_are_no_settings(box):
    """Variables exported in the caller's shell change nothing: the service does not see them."""
    box.run("env", "OLLAMA_KEEP_ALIVE=1h", "CUDA_VISIBLE_DEVICES=2", "/usr/local/bin/ollama-gpu",
            *MAIN).exits(0)
    has_settings(box.snapshot(), WANTED)
    expect(box.exists(DROP_IN), f"there is no {DROP_IN}")


def test_the_page_mended_in_one_run(box):
    """The unit as the article's page has it, headers glued, loaded so: one `--fix`, one restart; what is
    dangerous and was meant (OG501) is told before and after."""
    text = re.sub("OLLAMA_HOST=[^\"]*", "OLLAMA_HOST=0.0.0.0:11434", paste(box))
    text = re.sub("OLLAMA_ORIGINS=[^\"]*", "OLLAMA_ORIGINS=*", text)
    lines = ("OLLAMA_SCHED_SPREAD=1", "CUDA_VISIBLE_DEVICES=0,1,2,3", "OLLAMA_KEEP_ALIVE=-1")
    lines = "\n".join(f'Environment="{line}"' for line in lines)
    box.write(FRAGMENT, text.replace("\n\n[Install]", f"\n{lines}[Install]"))
    box.reload()
    before = box.snapshot()
    result = box.json("doctor", "--fix", *FAST).exits(11)
    equal(re.findall(r"\d+ \w+ found", result.json["error"]["message"]), ["1 warning found"], "left")
    after = box.snapshot()
    expect(after.invocation != before.invocation, "it was not restarted")
    moved = {name: value for name, value in WANTED.items() if name != "CUDA_DEVICE_ORDER"}
    has_settings(after, {**moved, "OLLAMA_ORIGINS": "*"})
    lacks("Environment=\"(OLLAMA|CUDA)", box.read(FRAGMENT).decode(), "the unit")
    left = box.json("doctor").exits(11).json["findings"]
    equal([found["code"] for found in left], ["OG501"], "findings")
    equal(box.json("doctor", "--fix", *FAST).json["changed"], False, "changed")
    equal(len(box.json("rollback", "--list").json["generations"]), 1, "generations")

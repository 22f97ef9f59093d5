# SPDX-License-Identifier: MIT
"""--split-mode tensor: what it needs, what it cannot do, and what is proved of it."""
from harness import (DROP_IN, FAST, GPU_UUIDS, equal, has_no, has_settings, lacks, matches,
                     nothing_changed)
from test_context import notes
from test_memory import memory
from test_selection import card, cards

TENSOR = ("configure", "--gpus", "all", "--split-mode", "tensor", *FAST)
BUSES = ("01", "41", "81", "C1")
MODELS = "llama3.3:70b:42520413916/80x8x128,mamba:7b:4000000000/32x8x128/mamba"


def machine(box, *gib, nvlinks=18):
    cards(box, *(card(uuid, bus, total=total, nvlinks=nvlinks)
                 for uuid, bus, total in zip(GPU_UUIDS, BUSES, gib)))
    box.standin(models=MODELS)
    box.restart()


def codes(box):
    return [found["code"] for found in box.json("doctor").json["findings"]]


def troubles(box):
    """Findings of split mode that are no mere information."""
    return [code for code in codes(box) if code in ("OG215", "OG216", "OG217")]


def test_tensor_adds_spread_and_takes_it_away(box):
    """Named in the plan and in the drop-in; gone with it; the second run changes nothing."""
    result = box.json(*TENSOR).exits(0)
    has_settings(box.snapshot(), {"LLAMA_ARG_SPLIT_MODE": "tensor", "OLLAMA_SCHED_SPREAD": "1"})
    matches("OLLAMA_SCHED_SPREAD=1.*split mode tensor needs it", result.plan_text(), "plan")
    matches("# .*split mode tensor needs it", box.read(DROP_IN).decode(), "drop-in")
    before = box.snapshot()
    box.json(*TENSOR).exits(0)
    nothing_changed(before, box.snapshot())
    box.json("configure", "--no-split-mode", *FAST).exits(0)
    has_no(box.snapshot(), "LLAMA_ARG_SPLIT_MODE", "OLLAMA_SCHED_SPREAD")


def test_spread_of_ones_own_stays(box):
    """What somebody asked for is not withdrawn with it."""
    box.json("configure", "--spread", *FAST).exits(0)
    box.json(*TENSOR).exits(0)
    box.json("configure", "--no-split-mode", *FAST).exits(0)
    has_settings(box.snapshot(), {"OLLAMA_SCHED_SPREAD": "1"})


def test_no_spread_contradicts_it(box):
    """In one command and later; with --no-split-mode both go."""
    before = box.snapshot()
    box.json(*TENSOR, "--no-spread").exits(2)
    nothing_changed(before, box.snapshot())
    box.json(*TENSOR).exits(0)
    result = box.json("configure", "--no-spread", *FAST).exits(2)
    matches("contradicts split mode tensor", result.json["error"]["message"], "error")
    box.json("configure", "--no-spread", "--no-split-mode", *FAST).exits(0)
    has_no(box.snapshot(), "LLAMA_ARG_SPLIT_MODE", "OLLAMA_SCHED_SPREAD")


def refused(why, *more, **words):
    def test(box):
        box.standin(**words)
        box.restart()
        before = box.snapshot()
        result = box.json(*TENSOR, *more).exits(6)
        matches(why, result.json["error"]["message"], "error")
        nothing_changed(before, box.snapshot())
    test.__doc__ = f"Refused before anything is written: {why}."
    return test


test_old_ollama = refused("does not read LLAMA_ARG_SPLIT_MODE", version="0.24.0")
test_flash_attention_off = refused("needs flash attention", "--flash-attention", "off")


def test_flash_attention_off_elsewhere(box):
    """Somebody else's OLLAMA_FLASH_ATTENTION=0 is as good a reason."""
    box.write(f"{DROP_IN.rsplit('/', 1)[0]}/a.conf", "[Service]\nEnvironment=OLLAMA_FLASH_ATTENTION=0\n")
    box.restart()
    box.json(*TENSOR).exits(6)


def test_one_gpu(box):
    """There is nothing to cut over; a smaller selection later neither."""
    before = box.snapshot()
    box.json("configure", "--gpus", "0", "--split-mode", "tensor", *FAST).exits(6)
    nothing_changed(before, box.snapshot())
    box.json(*TENSOR).exits(0)
    result = box.json("configure", "--gpus", "0", *FAST).exits(6)
    matches("--no-split-mode", result.json["error"]["hint"], "hint")


def test_layer_is_said_as_it_is(box):
    """`layer` needs nothing else."""
    box.json("configure", "--split-mode", "layer", *FAST).exits(0)
    has_settings(box.snapshot(), {"LLAMA_ARG_SPLIT_MODE": "layer"})
    has_no(box.snapshot(), "OLLAMA_SCHED_SPREAD")
    equal(troubles(box), [], "findings")


def test_models_that_cannot_be_cut(box):
    """The plan and `doctor` name them; loading one then fails as was said."""
    machine(box, 80, 80)
    result = box.json(*TENSOR).exits(0)
    matches("fails to load them: mamba:7b \\(mamba\\)", notes(result), "plan")
    matches("OG217", str(codes(box)), "findings")
    box.json("verify", "--load", "mamba:7b").exits(11)
    box.json("verify", "--load", "llama3.3:70b").exits(0)


def test_models_that_do_not_fit(box):
    """They fail instead of using the CPU; with less context they fit."""
    machine(box, 40, 40)
    result = box.json(*TENSOR).exits(0)
    lacks("does not fit on the GPUs", notes(result), "plan: 79.6 of 80 GiB")
    result = box.json("configure", "--num-parallel", "2", *FAST).exits(0)
    matches("does not fit on the GPUs \\(80.0 GiB\\).*: llama3.3:70b \\(120 GiB\\)", notes(result), "plan")
    result = box.json("configure", "--num-parallel", "2", "--context-length", "8192", *FAST).exits(0)
    lacks("does not fit on the GPUs", notes(result), "plan")


def test_unequal_cards_without_nvlink(box):
    """Said in the plan; `doctor` has it as a piece of information, which is no failure."""
    machine(box, 80, 24, nvlinks=0)
    result = box.json(*TENSOR).exits(0)
    matches("as much of each GPU as of the smallest: they have 24.0 GiB to 80.0 GiB", notes(result), "plan")
    matches("without NVLink", notes(result), "plan")
    equal(codes(box).count("OG218"), 2, "findings")
    machine(box, 80, 80)
    box.restart()
    equal(codes(box).count("OG218"), 0, "findings on equal cards with NVLink")


def test_somebody_elses_tensor_without_spread(box):
    """Without effect for a model that fits on one card: a finding."""
    box.write(f"{DROP_IN.rsplit('/', 1)[0]}/a.conf", "[Service]\nEnvironment=LLAMA_ARG_SPLIT_MODE=tensor\n")
    box.restart()
    equal(troubles(box), ["OG216"], "findings")
    box.json("configure", "--spread", *FAST).exits(0)
    equal(troubles(box), [], "findings with spread")


def test_equal_shares_are_proved(box):
    """`verify --load`: within 5 %, else it failed."""
    machine(box, 80, 80)
    box.json(*TENSOR).exits(0)
    equal(memory(box.json("verify", "--load", "llama3.3:70b").exits(0))["status"], "ok", "memory")
    box.standin(models=MODELS, misbehave="uneven")
    box.restart()
    result = box.json("verify", "--load", "llama3.3:70b").exits(11)
    matches("should hold the same, and they do not within 5 %", memory(result)["detail"], "memory")

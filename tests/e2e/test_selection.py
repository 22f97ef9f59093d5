# SPDX-License-Identifier: MIT
"""Which GPUs a selector means, today and later."""
import contextlib
import io
import pathlib
import tarfile

from harness import (DROP_IN, FAST, GPU_UUIDS, MAIN, equal, expect, has_no, has_settings, lacks,
                     matches, nothing_changed)

NVML = "/etc/nvml-standin.conf"
GIB = 1 << 30
MACHINES = pathlib.Path(__file__).resolve().parent.parent / "data" / "machines"


def card(uuid, bus, total=80, used=0, **words):
    more = "".join(f" {key}={value}" for key, value in words.items())
    return (f'uuid={uuid} pci=00000000:{bus}:00.0 name="NVIDIA A100-SXM4-80GB" total={total * GIB} '
            f"used={used * GIB} util=0 cc=8.0 display=0{more}\n")


def cards(box, *lines):
    box.write(NVML, "driver=580.65.06\ncuda=13.0\nmemory_dir=/run/ollama-standin\n" +
              "".join(lines))


def warnings(result):
    return "\n".join(result.json["warnings"])


def ask(box, body):
    box.sh('curl -sS --noproxy "*" --max-time 20 -d "$1" http://127.0.0.1:11434/api/generate', body)


def test_card_that_was_replaced(box):
    """`status` and `verify` say that the selector would choose another card today."""
    box.tool("configure", "--gpus", "name=a100", *FAST).exits(0)
    equal(warnings(box.json("status").exits(0)), "", "warnings before")
    new = "GPU-99999999-7c40-4d1e-9a55-0c8f6e2d1a01"
    box.sh('sed -i "s/$1/$2/" "$3"', GPU_UUIDS[1], new, NVML)
    text = rf"--gpus name=a100 would select other GPUs today: no longer {GPU_UUIDS[1]}, but {new}"
    matches(text, warnings(box.json("status").exits(0)), "warnings of status")
    matches(text, warnings(box.json("verify")), "warnings of verify")
    matches(text, box.tool("status").exits(0).text, "status")


def test_card_that_was_added(box):
    """Nothing changes by itself, not with `configure` either; `--gpus` looks anew."""
    box.tool(*MAIN).exits(0)
    box.append(NVML, card("GPU-77777777-7c40-4d1e-9a55-0c8f6e2d1a01", "E1"))
    matches("--gpus all would select other GPUs today: also GPU 4", warnings(box.json("status")),
            "warnings")
    before = box.snapshot()
    box.json("configure", *FAST)
    nothing_changed(before, box.snapshot())
    box.tool("configure", "--gpus", "all", *FAST).exits(0)
    has_settings(box.snapshot(), {"CUDA_VISIBLE_DEVICES": "0,1,2,3,4"})
    equal(warnings(box.json("status")), "", "warnings afterwards")


def test_card_that_is_lost(box):
    """A card that the selector needs is gone: said, and `--gpus` again fails closed."""
    box.tool("configure", "--gpus", GPU_UUIDS[2], *FAST).exits(0)
    box.sh('sed -i "/$1/d" "$2"', GPU_UUIDS[2], NVML)
    matches(f"--gpus {GPU_UUIDS[2]} no longer holds", warnings(box.json("status")), "warnings")
    before = box.snapshot()
    box.tool("configure", "--gpus", GPU_UUIDS[2], *FAST).exits(5)
    nothing_changed(before, box.snapshot())


def test_a_loop_in_ci_changes_nothing_while_models_come_and_go(box):
    """`--gpus min-free=20GiB,count=2` on every pass: one change, then none."""
    wanted = ("configure", "--gpus", "min-free=20GiB,count=2", "--spread", *FAST)
    cards(box, *(card(uuid, bus, used=used) for uuid, bus, used in
                 zip(GPU_UUIDS, ("01", "41", "81", "C1"), (70, 10, 5, 30))))
    box.restart()
    box.json(*wanted).exits(0)
    first = box.snapshot()
    has_settings(first, {"CUDA_VISIBLE_DEVICES": f"{GPU_UUIDS[1]},{GPU_UUIDS[2]}"})
    for body in ('{"model":"llama3.3:70b"}', '{"model":"qwen3:32b"}',
                 '{"model":"llama3.3:70b","keep_alive":0}', '{"model":"qwen3:32b","keep_alive":0}'):
        ask(box, body)
        result = box.json(*wanted).exits(0)
        equal(result.json["changed"], False, f"changed after {body}")
    # The fourth is the emptiest now; those chosen still satisfy.
    cards(box, *(card(uuid, bus, used=used) for uuid, bus, used in
                 zip(GPU_UUIDS, ("01", "41", "81", "C1"), (70, 40, 30, 0))))
    equal(box.json(*wanted).exits(0).json["changed"], False, "changed")
    nothing_changed(first, box.snapshot())


def test_did_you_mean(box):
    """A UUID with one wrong letter, or without GPU-, is answered with the right one."""
    wrong = GPU_UUIDS[0].replace("3b1a", "3b1b")
    result = box.json("configure", "--gpus", wrong, *FAST).exits(5)
    matches(f"did you mean {GPU_UUIDS[0]}", result.json["error"]["hint"], "hint")
    bare = GPU_UUIDS[0][4:]
    result = box.json("configure", "--gpus", bare, *FAST).exits(2, 5)
    matches(f"GPU-{bare}", result.json["error"]["hint"], "hint")


def test_set_hints_at_gpus(box):
    """--set CUDA_VISIBLE_DEVICES=... does it, and says what --gpus would do."""
    result = box.json("configure", "--set", "CUDA_VISIBLE_DEVICES=0,1", *FAST)
    matches("--gpus 0,1 would", result.plan_text(), "plan")
    has_settings(box.snapshot(), {"CUDA_VISIBLE_DEVICES": "0,1"})


def test_set_of_absent_gpus(box):
    """Ids that no GPU here has are refused before anything is written, where one wrote them oneself."""
    before = box.snapshot()
    for value, what in (("9", "GPU 9, but there are 4"), ("0,7", "GPU 7"), ("GPU-dead", "no GPU here has")):
        result = box.json("configure", "--set", f"CUDA_VISIBLE_DEVICES={value}", *FAST).exits(5)
        matches(what, result.json["error"]["message"], "error")
    nothing_changed(before, box.snapshot())
    # A card that goes later is no reason to refuse other settings.
    box.json("configure", "--set", f"CUDA_VISIBLE_DEVICES={GPU_UUIDS[3]}", *FAST).exits(0, 11)
    cards(box, *(card(uuid, bus) for uuid, bus in zip(GPU_UUIDS[:3], ("01", "41", "81"))))
    box.json("configure", "--num-parallel", "2", "--dry-run").exits(0)


def test_mig(box):
    """One instance a process: written with its reason, refused for two, gone with the next."""
    slices = [f"MIG-{i}2345678-1111-2222-3333-444444444444" for i in (1, 2)]
    cards(box, card(GPU_UUIDS[0], "01", mig=",".join(slices)), card(GPU_UUIDS[1], "41", mig="off"))
    box.restart()
    result = box.json("configure", "--gpus", slices[1], *FAST).exits(0, 11)
    matches(f"CUDA_VISIBLE_DEVICES={slices[1]}: .*one MIG instance", result.plan_text(), "plan")
    has_settings(box.snapshot(), {"CUDA_VISIBLE_DEVICES": slices[1], "OLLAMA_VULKAN": "0"})
    has_no(box.snapshot(), "CUDA_DEVICE_ORDER")
    before = box.snapshot()
    matches("one MIG instance", box.tool("configure", "--gpus", ",".join(slices), *FAST).exits(2).err,
            "error")
    matches("MIG mode", box.tool("configure", "--gpus", "0", *FAST).exits(5).err, "error")
    nothing_changed(before, box.snapshot())
    box.json("configure", "--gpus", "1", *FAST).exits(0, 11)
    has_settings(box.snapshot(), {"CUDA_VISIBLE_DEVICES": GPU_UUIDS[1]})


AMD_UUIDS = ("GPU-0b4c2d3e4f506172", "GPU-73a1b2c3d4e5f607")
SYSFS_PARTS = ("class", "bus/pci", "devices")


@contextlib.contextmanager
def amd_cards(box):
    """The machine of tests/data with two AMD cards, laid over parts of the sandbox's /sys."""
    with io.BytesIO() as archive:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(MACHINES / "amd" / "sys", arcname="sys")
        box.write("/e2e/scratch/amd.tar", archive.getvalue())
    box.sh('cd /e2e/scratch && tar -xf amd.tar && for d in "$@"; do mount --bind "sys/$d" "/sys/$d";'
           ' done', *SYSFS_PARTS)
    try:
        yield
    finally:
        box.sh('for d in "$@"; do umount "/sys/$d"; done', *SYSFS_PARTS)


def test_two_vendors(box):
    """NVIDIA and AMD cards: each vendor's own list, and the other's cards hidden or left alone."""
    with amd_cards(box):
        gpus = box.json("gpus").exits(0).json["gpus"]
        equal([gpu["uuid"] for gpu in gpus if gpu["vendor"] == "amd"], list(AMD_UUIDS), "AMD cards")
        both = {"CUDA_VISIBLE_DEVICES": ",".join(GPU_UUIDS), "HIP_VISIBLE_DEVICES": "0,1",
                "ROCR_VISIBLE_DEVICES": ",".join(AMD_UUIDS)}
        box.json("configure", "--gpus", "all", *FAST).exits(0, 11)
        has_settings(box.snapshot(), both)
        box.json("configure", "--gpus", "vendor=nvidia", *FAST).exits(0, 11)
        has_settings(box.snapshot(), {**both, "HIP_VISIBLE_DEVICES": None,
                                      "ROCR_VISIBLE_DEVICES": "-1", "OLLAMA_VULKAN": "0"})
        box.json("configure", "--gpus", f"vendor=amd,not={AMD_UUIDS[1]}", *FAST).exits(0, 11)
        has_settings(box.snapshot(), {"CUDA_VISIBLE_DEVICES": "-1", "HIP_VISIBLE_DEVICES": "0",
                                      "ROCR_VISIBLE_DEVICES": AMD_UUIDS[0], "OLLAMA_VULKAN": "0"})
    box.json("configure", "--gpus", "0", *FAST).exits(0)  # the AMD cards have been taken out
    has_settings(box.snapshot(), {"CUDA_VISIBLE_DEVICES": "0", "HIP_VISIBLE_DEVICES": None,
                                  "ROCR_VISIBLE_DEVICES": None})


def spread_plan(box):
    return box.json(*MAIN, "--dry-run").exits(0).plan_text()


def test_spread_advice(box):
    """Spread is done as asked, with what to expect of it: room, not speed."""
    matches(r"spread gives room \(320 GiB on 4 GPUs\), not speed; the largest model installed, "
            r"llama3.3:70b \(39\.6 GiB\), would fit on one of 80\.0 GiB", spread_plan(box), "plan")
    box.standin(models="huge:300000000000")
    box.restart()
    plan = spread_plan(box)
    matches("not speed", plan, "plan")
    lacks("fit on one", plan, "plan")
    cards(box, card(GPU_UUIDS[0], "01", 24), card(GPU_UUIDS[1], "41", 80))
    matches(r"unequal \(24\.0 GiB to 80\.0 GiB\)", spread_plan(box), "plan")
    cards(box, card(GPU_UUIDS[0], "01", 24))
    matches("spread changes nothing with one GPU", spread_plan(box), "plan")
    box.tool(*MAIN).exits(0)
    has_settings(box.snapshot(), {"OLLAMA_SCHED_SPREAD": "1"})


def test_default_context_advice(box):
    """More visible memory raises Ollama's default context, and the plan says so."""
    cards(box, card(GPU_UUIDS[0], "01", 12), card(GPU_UUIDS[1], "41", 12))
    box.restart()
    box.tool("configure", "--gpus", "0", *FAST).exits(0)
    plan = box.json("configure", "--gpus", "all", "--dry-run").exits(0).plan_text()
    matches(r"the default context is 32768 tokens with 24\.0 GiB of GPU memory, 4096 before", plan, "plan")
    plan = box.json("configure", "--gpus", "all", "--context-length", "8192", "--dry-run").exits(0)
    lacks("default context", plan.plan_text(), "plan")


def require_gpu_with(misbehave, version, gpus="0,1"):
    reason = {"cpu": "came up on the CPU", "ignore-gpu:1": "does not use GPU 1 .*, only NVIDIA",
              "vulkan-ghost": "a hidden GPU came back through Vulkan: NVIDIA"}[misbehave]

    def test(box):
        box.tool("configure", "--keep-alive", *FAST).exits(0)
        before = box.snapshot()
        box.standin(version=version, misbehave=misbehave, misbehave_if="OLLAMA_SCHED_SPREAD=1")
        result = box.json("configure", "--gpus", gpus, "--spread", "--require-gpu", *FAST).exits(7)
        equal(result.json["rolled_back"], True, "rolled_back")
        matches(reason, result.json["error"]["message"], "the reason")
        lacks('inference compute', result.json["error"]["message"], "the reason, which is a sentence")
        after = box.snapshot()
        equal(after.file(DROP_IN)["sha256"], before.file(DROP_IN)["sha256"], "the drop-in")
        has_no(after, "OLLAMA_SCHED_SPREAD")
    test.__doc__ = f"--require-gpu: {misbehave} of Ollama {version} is put back, and why is said."
    return test


test_require_gpu_on_the_cpu = require_gpu_with("cpu", "0.33.0")
test_require_gpu_on_the_cpu_0_12_6 = require_gpu_with("cpu", "0.12.6")
test_require_gpu_on_the_cpu_0_9_6 = require_gpu_with("cpu", "0.9.6")
test_require_gpu_that_is_missing = require_gpu_with("ignore-gpu:1", "0.33.0")
test_require_gpu_that_is_missing_0_12_6 = require_gpu_with("ignore-gpu:1", "0.12.6")
test_require_gpu_that_is_missing_0_9_6 = require_gpu_with("ignore-gpu:1", "0.9.6")
test_require_gpu_with_a_ghost = require_gpu_with("vulkan-ghost", "0.33.0")
test_require_gpu_with_a_ghost_0_24 = require_gpu_with("vulkan-ghost", "0.24.0")

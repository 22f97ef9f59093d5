# SPDX-License-Identifier: MIT
"""Evidence: what is seen at each level, and never more than what is seen."""
from harness import (DROP_IN, DROP_IN_DIR, FAST, MAIN, WANTED, equal, expect, has_settings, matches)

LEVELS = ("file", "manager", "process", "server", "devices")


def detail(result, level):
    return next(e["detail"] for e in result.json["evidence"] if e["level"] == level)


def test_every_level_holds_after_the_main_command(box):
    """file, manager, process, server and devices are ok."""
    evidence = box.json(*MAIN).exits(0).evidence()
    equal({level: evidence.get(level) for level in LEVELS}, dict.fromkeys(LEVELS, "ok"), "evidence")


def test_verify_says_the_same(box):
    """`verify` finds the same, and changes nothing."""
    box.tool(*MAIN).exits(0)
    before = box.snapshot()
    evidence = box.json("verify").exits(0).evidence()
    equal({level: evidence.get(level) for level in LEVELS}, dict.fromkeys(LEVELS, "ok"), "evidence")
    equal(box.snapshot().files, before.files, "files")


def logs_of(version):
    def test(box):
        box.standin(version=version)
        result = box.json("configure", "--gpus", "1,3", "--spread", "--keep-alive=24h", *FAST)
        result.exits(0)
        evidence = result.evidence()
        equal((evidence["server"], evidence["devices"]), ("ok", "ok"), f"{result.json['evidence']}")
        box.standin(version=version, misbehave="ignore-gpu:3")
        box.sh("systemctl restart ollama")
        box.wait_for_answer()
        equal(box.json("verify").exits(11).evidence()["devices"], "failed", "one GPU is missing")
    test.__doc__ = f"The log lines of Ollama {version} are understood, and a missing GPU is seen."
    return test


test_logs_of_0_33 = logs_of("0.33.0")
test_logs_of_0_24 = logs_of("0.24.0")
test_logs_of_0_12_6 = logs_of("0.12.6")
test_logs_of_0_9_6 = logs_of("0.9.6")
test_logs_of_0_5_13 = logs_of("0.5.13")


def test_fallback_to_the_cpu_is_seen(box):
    """Ollama comes up on the CPU: the service stays, devices failed, exit 11."""
    box.standin(misbehave="cpu")
    result = box.json(*MAIN).exits(11)
    equal(result.evidence()["devices"], "failed", "evidence of the devices")
    equal(result.json["error"]["code"], "not_verified", "error.code")
    matches("cpu", detail(result, "devices"), "detail")
    has_settings(box.snapshot(), WANTED)


def test_missing_gpu_is_seen(box):
    """Ollama finds three of four GPUs: devices failed, and the missing one is named."""
    box.standin(misbehave="ignore-gpu:2")
    result = box.json(*MAIN).exits(11)
    equal(result.evidence()["devices"], "failed", "evidence of the devices")
    matches(r"GPU-58b2f946|81:00\.0|\b2\b", detail(result, "devices"), "detail")


def test_gpu_back_through_vulkan_is_seen(box):
    """A hidden GPU that Vulkan brings back is a failed level."""
    box.standin(misbehave="vulkan-ghost")
    result = box.json("configure", "--gpus", "0,1", *FAST).exits(11)
    equal(result.evidence()["devices"], "failed", "evidence of the devices")
    matches("vulkan", detail(result, "devices"), "detail")


def test_hidden_gpus_stay_hidden_without_misbehaviour(box):
    """With the variables that come along, a current Ollama shows just the selected GPUs."""
    equal(box.json("configure", "--gpus", "0,1", *FAST).exits(0).evidence()["devices"], "ok",
          "evidence of the devices")


def test_cpu_on_purpose_is_no_failure(box):
    """`--gpus none` and Ollama on the CPU: that is what was asked for."""
    equal(box.json("configure", "--gpus", "none", *FAST).exits(0).evidence()["devices"], "ok",
          "evidence of the devices")


def without_lines(*lines):
    def test(box):
        box.write(f"{DROP_IN_DIR}/10-log.conf", "".join(f"{line}\n" for line in
                                                        ("[Service]", *lines)))
        box.restart()
        result = box.json(*MAIN).exits(0)
        equal(result.evidence()["devices"], "skipped", "evidence of the devices")
        expect(detail(result, "devices"), "no reason is given")
        equal(result.evidence()["process"], "ok", "evidence of the process")
        has_settings(box.snapshot(), WANTED)
    test.__doc__ = f"With {lines[0]} there are no lines to see: skipped with the reason, never ok."
    return test


test_log_in_a_file = without_lines("StandardOutput=null", "StandardError=file:/run/e2e.log")
test_log_below_a_level = without_lines("LogLevelMax=notice")


def test_no_journal_is_enough_for_require_gpu(box):
    """With `--require-gpu`, devices that cannot be seen are not taken for ok: put back."""
    box.write(f"{DROP_IN_DIR}/10-log.conf", "[Service]\nStandardError=null\n")
    box.restart()
    box.tool(*MAIN, "--require-gpu").exits(7)
    expect(not box.exists(DROP_IN), f"{DROP_IN} is left")


def test_stale_process_is_seen_by_verify(box):
    """A drop-in that is loaded while the process is old: the process is pending, not ok."""
    box.tool(*MAIN, "--restart", "never").exits(0, 11)
    evidence = box.json("verify").evidence()
    equal((evidence["file"], evidence["manager"]), ("ok", "ok"), "file and manager")
    expect(evidence["process"] in ("pending", "failed"), f"process: {evidence['process']}")


def test_unloaded_file_is_seen_by_verify(box):
    """A drop-in that systemd has not loaded: the manager is not ok."""
    box.tool(*MAIN).exits(0)
    content = box.read(DROP_IN)
    box.tool("reset", *FAST).exits(0)
    box.write(DROP_IN, content)
    evidence = box.json("verify").evidence()
    expect(evidence["manager"] in ("pending", "failed"), f"manager: {evidence['manager']}")
    expect(evidence["process"] in ("pending", "failed"), f"process: {evidence['process']}")


def test_unloaded_edit_with_the_old_time_is_seen_by_verify(box):
    """An edit that systemd does not notice itself is noticed by value."""
    box.tool(*MAIN).exits(0)
    box.sh(f"touch -r {DROP_IN} /e2e/scratch/t && sed -i s/ALIVE=-1/ALIVE=8h/ {DROP_IN} && "
           f"touch -d '1 hour ago' {DROP_IN}")
    equal(box.snapshot().props["NeedDaemonReload"], "no", "this test's preparation")
    evidence = box.json("verify").evidence()
    expect(evidence["manager"] in ("pending", "failed"), f"manager: {evidence['manager']}")


def test_gpu_library_missing(box):
    """Without NVIDIA's library the GPUs cannot be asked: said so, and nothing crashes."""
    library = box.sh("ldconfig -p | sed -n 's/.*libnvidia-ml.so.1 .*=> //p' | head -1").strip()
    expect(library, "this test's preparation: no library is known")
    box.sh('mv "$1" /e2e/scratch/lib', library)
    try:
        box.tool("configure", "--spread", *FAST).exits(0)
        has_settings(box.snapshot(), {"OLLAMA_SCHED_SPREAD": "1"})
        result = box.tool("gpus").exits(0, 5)
        matches(r"libnvidia-ml|nvidia|no gpu", result.text, "output")
    finally:
        box.sh('mv /e2e/scratch/lib "$1"', library)


def test_server_of_another_process_is_not_ours(box):
    """`verify`: an answer from a server outside the unit is no evidence."""
    box.tool(*MAIN).exits(0)
    box.sh("systemctl stop ollama; systemd-run --quiet --unit=e2e-foreign --setenv=HOME=/run/e2e "
           "/e2e/ollama serve")
    box.wait_for_answer()
    result = box.json("verify").exits(11)
    expect(result.evidence()["server"] != "ok", f"{result.evidence()}")

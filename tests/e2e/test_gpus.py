# SPDX-License-Identifier: MIT
"""The inventory: what GPUs there are, who may use them and who does."""
import re

from harness import FAST, GPU_UUIDS, TOOL, equal, expect, matches, readonly

GIB = 1 << 30
CONFIG = "/etc/nvml-standin.conf"
CARD = 'name="NVIDIA A100-SXM4-80GB" total=85899345920 used=457179136 util=3 cc=8.0'


def gpu_lines(count, extra=""):
    """The stand-in's file for so many GPUs, in the order of their PCI addresses."""
    return "driver=580.65.06\nmemory_dir=/run/ollama-standin\n" + "".join(
        f"uuid={uuid_of(i)} pci=00000000:{0x10 + 16 * i:02X}:00.0 {CARD} {extra}\n"
        for i in range(count))


def uuid_of(index):
    return f"GPU-{index:08x}-1111-2222-3333-444444444444"


def with_gpus(box, count, extra=""):
    box.write(CONFIG, gpu_lines(count, extra))
    box.restart()


def gpus_of(result):
    return result.json["gpus"]


@readonly
def test_fields(box):
    """Every field that nvidia-smi shows of a GPU is there, in plain units."""
    result = box.json("gpus").exits(0)
    equal((result.json["source"], result.json["fault"]), ("NVML", None), "source and fault")
    gpu = gpus_of(result)[1]
    wanted = {"index": 1, "uuid": GPU_UUIDS[1], "pci": "0000:41:00.0", "vendor": "nvidia",
              "name": "NVIDIA A100-SXM4-80GB", "memory_total": 80 * GIB, "memory_used": 457179136,
              "memory_reserved": 0, "utilization": 0, "temperature": 35, "power": 60.0,
              "driver": "580.65.06", "compute_capability": "8.0", "display_active": False,
              "processes": [], "fault": None, "problem": None, "held_by_ollama": 0}
    equal({key: gpu[key] for key in wanted}, wanted, "GPU 1")


def test_memory_that_the_driver_keeps_is_apart(box):
    """Reserved memory is not used memory, as in nvidia-smi; and it is not free."""
    with_gpus(box, 2, "reserved=644245094")
    gpu = gpus_of(box.json("gpus").exits(0))[0]
    equal((gpu["memory_used"], gpu["memory_reserved"]), (457179136, 644245094), "memory")
    free = 85899345920 - 457179136 - 644245094
    box.json("configure", "--gpus", f"min-free={free}B", "--dry-run").exits(0)
    box.json("configure", "--gpus", f"min-free={free + 1}B", "--dry-run").exits(5)


def with_count(count):
    def test(box):
        with_gpus(box, count)
        gpus = gpus_of(box.json("gpus").exits(0))
        equal([gpu["uuid"] for gpu in gpus], [uuid_of(i) for i in range(count)], "UUIDs")
        box.json("configure", "--gpus", str(count - 1), *FAST).exits(0)
        gpus = gpus_of(box.json("gpus").exits(0))
        equal([gpu["visible_to_ollama"] for gpu in gpus],
              [i == count - 1 for i in range(count)], "what Ollama may use")
        text = box.run("env", "COLUMNS=80", TOOL, "gpus").exits(0).out
        equal(len(re.findall(r"^\d+ +NVIDIA", text, re.MULTILINE)), count, f"rows in\n{text}")
        too_long = [line for line in text.splitlines() if len(line) > 80]
        equal(too_long, [], "lines of more than 80 columns")
        for i in range(count):
            expect(uuid_of(i) in text, f"{uuid_of(i)} is not in\n{text}")
    test.__doc__ = f"{count} GPUs: all are listed, in order, and shown whole on 80 columns."
    return test


test_one_gpu = with_count(1)
test_two_gpus = with_count(2)
test_four_gpus = with_count(4)
test_eight_gpus = with_count(8)


def test_processes_and_whose_they_are(box):
    """Who holds memory on a GPU, and which of them are Ollama's."""
    box.sh("curl -s --noproxy '*' -d '{\"model\":\"llama3.2:3b\"}' "
           "http://127.0.0.1:11434/api/generate")
    # A process of nobody's service holds some too.
    box.sh("sleep 300 > /dev/null 2>&1 & echo \"$! $1 1073741824\" > /run/ollama-standin/$!.memory; "
           "chmod 644 /run/ollama-standin/*.memory", GPU_UUIDS[0])
    gpus = gpus_of(box.json("gpus").exits(0))
    found = [(gpu["index"], p["command"], p["of_ollama"], p["memory"])
             for gpu in gpus for p in gpu["processes"]]
    own = [entry for entry in found if entry[2]]
    equal(len(own), 1, f"Ollama's among {found}")
    equal(own[0][1:], ("llama-server", True, 2019393189), "Ollama's process")
    expect((0, "sleep", False, GIB) in found, f"the other process is not in {found}")
    equal(sum(gpu["held_by_ollama"] for gpu in gpus), 2019393189, "held by Ollama")
    text = box.tool("gpus").exits(0).out
    matches(r"llama-server +1\.9 GiB +yes", text, "text")
    matches(r"sleep +1\.0 GiB +no", text, "text")


def test_lost_gpu(box):
    """A GPU that fell off the bus keeps its place, and the others are shown."""
    lines = gpu_lines(4).splitlines()
    lines[4] += " error=gpu-is-lost"
    box.write(CONFIG, "\n".join(lines) + "\n")
    result = box.json("gpus").exits(0)
    equal([gpu["fault"] for gpu in gpus_of(result)], [None, None, "lost", None], "faults")
    equal(gpus_of(result)[3]["uuid"], uuid_of(3), "the one behind it")
    matches("GPU 2: the GPU is lost", box.tool("gpus").exits(0).out, "text")
    matches("GPU 2: the GPU is lost", box.tool("status").exits(0).out, "status")
    told = [f["message"] for f in box.json("doctor").exits(11).json["findings"] if f["code"] == "OG313"]
    equal(told, ["Ollama leaves GPU 2 out: the driver has lost it"], "doctor")


def with_init_error(error, fault, pattern):
    def test(box):
        box.write(CONFIG, gpu_lines(2) + f"init_error={error}\n")
        result = box.json("gpus").exits(0)
        equal((result.json["fault"], gpus_of(result)), (fault, []), "fault and GPUs")
        matches(pattern, result.json["problem"], "problem")
        matches(pattern, box.tool("gpus").exits(0).out, "text")
        equal(box.json("status").exits(0).json["gpus"], [], "status")
    test.__doc__ = f"NVML's {error} is said for what it is."
    return test


test_version_mismatch = with_init_error(
    "lib-rm-mismatch", "version_mismatch", r"different versions(.|\n)*libraries\s+are\s+of\s+580.65.06")
test_no_permission = with_init_error("no-permission", "no_permission", "no permission")
test_no_driver = with_init_error("driver-not-loaded", "driver_not_loaded", "not loaded")


def test_mig_instances(box):
    """MIG instances are listed below their GPU, with memory of their own."""
    mig = "MIG-0a0b0c0d-1111-2222-3333-444444444444,MIG-1a1b1c1d-1111-2222-3333-444444444444"
    box.write(CONFIG, gpu_lines(1, f"mig={mig}"))
    gpu = gpus_of(box.json("gpus").exits(0))[0]
    equal([entry["uuid"] for entry in gpu["mig"]], mig.split(","), "UUIDs")
    equal(gpu["mig"][0]["memory_total"], 40 * GIB, "memory of an instance")
    text = box.run("env", "COLUMNS=80", TOOL, "gpus").exits(0).out
    for uuid in mig.split(","):
        expect(uuid in text, f"{uuid} is not in\n{text}")

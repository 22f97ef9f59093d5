# SPDX-License-Identifier: MIT
"""The machine below: nvidia-smi's word, and our program's."""
import json
import os
import statistics
import subprocess
import sys
import time

FIELDS = ["index", "uuid", "pci.bus_id", "name", "memory.total", "memory.used", "driver_version", "compute_cap",
          "display_active", "mig.mode.current"]


def output(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout


class Machine:
    """Runs ollama-gpu of one build on one unit, and nvidia-smi."""

    def __init__(self, directory, unit):
        self.directory, self.unit = directory, unit
        self.program = str(directory / "ollama-gpu")

    def words(self, command, *options):
        return [self.program, command, "--unit", self.unit, *options]

    def tool(self, command, *options):
        return subprocess.run(self.words(command, *options), capture_output=True, text=True, check=False)

    def tool_json(self, command, *options):
        done = self.tool(command, *options, "--json")
        return json.loads(done.stdout)

    def begin(self, command, *options):
        return subprocess.Popen(self.words(command, *options), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    @staticmethod
    def end_json(process):
        return json.loads(process.communicate()[0])

    @staticmethod
    def smi():
        """One dictionary a GPU, as nvidia-smi counts."""
        lines = output("nvidia-smi", "--query-gpu=" + ",".join(FIELDS), "--format=csv,noheader,nounits").splitlines()
        return [dict(zip(FIELDS, line.split(", "))) for line in lines]

    def smi_held(self, unit):
        """MiB by UUID that the processes of a unit hold, as nvidia-smi says."""
        group = output("systemctl", "show", unit, "--property", "ControlGroup", "--value").strip()
        own = set(output("cat", f"/sys/fs/cgroup{group}/cgroup.procs").split())
        held = {gpu["uuid"]: 0 for gpu in self.smi()}
        for line in output("nvidia-smi", "--query-compute-apps=pid,gpu_uuid,used_memory",
                           "--format=csv,noheader,nounits").splitlines():
            pid, uuid, mebibytes = line.split(", ")
            if pid in own:
                held[uuid] += int(mebibytes)
        return held

    def describe(self):
        gpus = self.smi()
        names = ", ".join(sorted({gpu["name"] for gpu in gpus}))
        return f"{len(gpus)} GPU: {names}; driver {gpus[0]['driver_version']}; {output(self.program, '--version').strip()}"

    def timings(self):
        """Time and memory of `gpus` and of `nvidia-smi -L`, run in turn."""
        seen = {}
        for _ in range(20):
            for words in ([self.program, "gpus"], ["nvidia-smi", "-L"]):
                seen.setdefault(" ".join(words), []).append(run_measured(words))
        for words, runs in seen.items():
            yield (f"{words}: median {statistics.median(run[0] for run in runs):.1f} ms, "
                   f"{max(run[1] for run in runs) / 1024:.1f} MiB")


def run_measured(words):
    begin = time.monotonic()
    null = os.open("/dev/null", os.O_WRONLY)
    pid = os.posix_spawnp(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    _, _, usage = os.wait4(pid, 0)
    os.close(null)
    return (time.monotonic() - begin) * 1000, usage.ru_maxrss

# SPDX-License-Identifier: MIT
"""A service that shows what CUDA gives it, and one that holds memory beside a stand-in for Ollama."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

UNITS = pathlib.Path("/etc/systemd/system")
PATIENCE = 60  # seconds: eight GPUs take their time


def systemctl(*words):
    subprocess.run(["systemctl", *words], check=True, capture_output=True, text=True)


class Service:
    """The unit file, what it runs, and what that printed."""

    def __init__(self, machine):
        self.machine, self.name = machine, machine.unit
        self.unit, self.drop_ins = UNITS / self.name, UNITS / f"{self.name}.d"
        self.state = pathlib.Path("/var/lib/ollama-gpu") / self.name
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="ollama-gpu-hardware."))
        self.out, self.told = self.work / "out", self.work / "told"

    def __enter__(self):
        for path in (self.unit, self.drop_ins, self.state):
            if path.exists():
                sys.exit(f"{path} is there already: an earlier run was cut off? Look at it, and remove it.")
        self.work.chmod(0o755)
        self.run_command(f"{self.machine.directory}/support/gpu-holder 0")
        return self

    def __exit__(self, *_):
        systemctl("stop", self.name)
        self.unit.unlink()
        for path in (self.drop_ins, self.state, self.work):
            shutil.rmtree(path, ignore_errors=True)
        systemctl("daemon-reload")

    def run_command(self, command, *lines):
        text = ["[Service]", f"ExecStart={command}", f"StandardOutput=truncate:{self.out}", *lines]
        self.unit.write_text("\n".join(text) + "\n", encoding="utf-8")
        systemctl("daemon-reload")
        systemctl("restart", self.name)

    def restart_with(self, variables):
        """As an administrator would set them, without our program."""
        self.drop_ins.mkdir(exist_ok=True)
        lines = [f'Environment="{name}={value}"' for name, value in variables.items()]
        (self.drop_ins / "hand.conf").write_text("\n".join(["[Service]", *lines]) + "\n", encoding="utf-8")
        systemctl("daemon-reload")
        systemctl("restart", self.name)

    def seen_by_cuda(self):
        """The UUIDs that the program in the service printed, in CUDA's order."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            lines = self.out.read_text(encoding="utf-8").splitlines() if self.out.exists() else []
            if "ready" in lines:
                return [line.split()[2] for line in lines if line.startswith("gpu ")]
            if subprocess.run(["systemctl", "is-failed", "-q", self.name], check=False).returncode == 0:
                return ["the program failed: see its journal"]
            time.sleep(0.05)
        return ["the program did not get ready"]

    def hold_when_told(self, amounts):
        """From now on a stand-in for Ollama runs, and a program that holds MiB on each GPU once told to."""
        self.told.unlink(missing_ok=True)
        support = self.machine.directory / "support"
        (self.work / "standin.conf").write_text(f"load_ms=15000\nmemory_dir={self.work}\n"
                                                f"counter_file={self.work}/starts\n", encoding="utf-8")
        (self.work / "gpus.conf").write_text("".join(
            f'uuid={gpu["uuid"]} pci={gpu["pci.bus_id"]} name="{gpu["name"]}" total={int(gpu["memory.total"]) << 20} used=0\n'
            for gpu in self.machine.smi()), encoding="utf-8")
        start = self.work / "start"
        start.write_text(f"#!/bin/sh\n(while [ ! -e {self.told} ]; do sleep 0.1; done; exec {support}/gpu-holder {amounts}) &\n"
                         f"exec {support}/ollama serve\n", encoding="utf-8")
        start.chmod(0o755)
        self.run_command(start, f"Environment=OLLAMA_STANDIN_CONFIG={self.work}/standin.conf",
                         f"Environment=NVML_STANDIN_CONFIG={self.work}/gpus.conf",
                         "Environment=OLLAMA_HOST=127.0.0.1:11987", f"Environment=HOME={self.work}")

    def tell_to_hold(self):
        self.told.touch()

# SPDX-License-Identifier: MIT
"""ollama-gpu.service: /etc/ollama-gpu.toml applied at boot, before Ollama starts."""
from harness import (DROP_IN, ROOT, STARTS, TOOL, equal, expect, has_settings, matches, slow,
                     wait_until)

UNIT_FILE = ROOT / "packaging/systemd/ollama-gpu.service"


def install(box, config):
    """What the package installs, and what the administrator writes and enables."""
    text = UNIT_FILE.read_text(encoding="utf-8")
    box.write("/etc/systemd/system/ollama-gpu.service", text)
    box.sh(f"ln -sf {TOOL} /usr/bin/ollama-gpu")
    box.write("/etc/ollama-gpu.toml", config)
    box.sh("systemctl daemon-reload && systemctl --quiet enable ollama-gpu.service")


def boot(box):
    box.reboot()
    wait_until(lambda: box.snapshot().active == "active", "Ollama is up")
    return box.snapshot()


def service(box, name):
    return box.sh(f"systemctl show ollama-gpu.service --property={name} --value").strip()


@slow
def test_boot_applies_the_file_before_ollama(box):
    """Two boots over one disk, with another number of GPUs: each time Ollama starts once, with all of them."""
    install(box, 'gpus = "all"\nspread = true\n')
    first = boot(box)
    equal((service(box, "Result"), service(box, "ActiveState")), ("success", "active"), "service")
    has_settings(first, {"CUDA_VISIBLE_DEVICES": "0,1,2,3", "OLLAMA_SCHED_SPREAD": "1"})
    equal(box.read(STARTS).strip().decode(), "1", "starts of Ollama")

    box.sh("sed -i '$d' /etc/nvml-standin.conf")  # a card is taken out
    second = boot(box)
    has_settings(second, {"CUDA_VISIBLE_DEVICES": "0,1,2", "OLLAMA_SCHED_SPREAD": "1"})
    equal(box.read(STARTS).strip().decode(), "1", "starts of Ollama")
    equal(box.json("verify").exits(0).evidence()["devices"], "ok", "devices")
    equal(box.json("configure", "--config", "/etc/ollama-gpu.toml", "--check").exits(0).json["changed"],
          False, "changed")

    box.reboot()  # nothing to do this time
    wait_until(lambda: box.snapshot().active == "active", "Ollama is up")
    matches("nothing to do", box.sh("journalctl -b -u ollama-gpu --no-pager -o cat"), "its journal")


@slow
def test_boot_with_a_wrong_file_still_starts_ollama(box):
    """A file that cannot be read: the service fails and says where, Ollama starts with what it had."""
    install(box, 'gpus = "all"\nnum-parallel = "many"\n')
    box.tool("configure", "--keep-alive", "--settle=0").exits(0)
    before = box.read(DROP_IN)
    after = boot(box)
    equal(service(box, "Result"), "exit-code", "Result of ollama-gpu.service")
    matches("/etc/ollama-gpu.toml:2:", box.sh("journalctl -b -u ollama-gpu --no-pager -o cat"),
            "its journal")
    equal(box.read(DROP_IN), before, DROP_IN)
    has_settings(after, {"OLLAMA_KEEP_ALIVE": "-1"})


@slow
def test_boot_without_the_file_does_nothing(box):
    """No /etc/ollama-gpu.toml: the service is skipped."""
    install(box, "")
    box.sh("rm /etc/ollama-gpu.toml")
    boot(box)
    equal(service(box, "ConditionResult"), "no", "ConditionResult")
    expect(not box.exists(DROP_IN), f"{DROP_IN} was written")


@slow
def test_boot_waits_for_the_driver(box):
    """A driver that is ready some seconds after boot: the settings are those of all GPUs."""
    install(box, 'gpus = "all"\n')
    box.sh("sed -i '1i init_error=driver-not-loaded' /etc/nvml-standin.conf")
    box.write("/etc/systemd/system/e2e-driver.service",
              "[Unit]\nDescription=A driver that takes its time\n[Service]\nType=oneshot\n"
              "ExecStart=/bin/sleep 3\nExecStart=/bin/sed -i 1d /etc/nvml-standin.conf\n"
              "[Install]\nWantedBy=multi-user.target\n")
    box.sh("systemctl daemon-reload && systemctl --quiet enable e2e-driver.service")
    after = boot(box)
    has_settings(after, {"CUDA_VISIBLE_DEVICES": "0,1,2,3"})
    matches("waiting for GPUs", box.sh("journalctl -b -u ollama-gpu --no-pager -o cat"), "its journal")

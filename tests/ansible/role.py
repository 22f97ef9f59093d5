# SPDX-License-Identifier: MIT
"""What the role does: the cases of it, and a package for it to install."""
import subprocess

import fleet as fleets
from harness import TOOL, equal, expect, has_settings, nothing_changed

ROLE = """- hosts: gpu
  gather_facts: false
  roles:
    - role: {name}
      vars:
        ollama_gpu_package: {package}
        ollama_gpu_gpus: min-total=20GiB
        ollama_gpu_keep_alive: 24h
        ollama_gpu_settle: 0
"""


def without_the_program(fleet):
    """Nor with the lists of what can be downloaded, which apt would read at each call: there is no network to do it."""
    for host in fleet.hosts:
        host.sh(f"rm -f {TOOL}; if dpkg -s ollama-gpu > /dev/null 2>&1; then dpkg --purge ollama-gpu; fi; "
                "rm -rf /var/cache/ollama-gpu /var/lib/apt/lists/* /var/cache/apt/*.bin")


def with_the_program(fleet):
    for host in fleet.hosts:
        host.sh("if dpkg -s ollama-gpu > /dev/null 2>&1; then dpkg --purge ollama-gpu; fi")
        host.host([str(fleets.harness.SANDBOX), "put", host.name, str(host.tool_on_host), TOOL, "755"])


def unchanged(fleet, before):
    for one, other in zip(before, fleet.snapshots()):
        nothing_changed(one, other)


def case_role(fleet):
    """The role installs the .deb of the controller, configures and verifies; again it changes nothing; check mode before."""
    without_the_program(fleet)
    try:
        play_the_role(fleet, ROLE.format(name=fleets.ROLES[0], package=fleet.package))
    finally:
        with_the_program(fleet)


def case_role_under_its_first_name(fleet):
    """The role under its first name does the same, with the GPUs as a list, and then finds nothing to do under the other."""
    text = ROLE.replace("min-total=20GiB", "[0]")
    for name, changed in ((fleets.FIRST_NAME, True), (fleets.ROLES[0], False)):
        played = fleet.play(text.format(name=name, package='""')).exits(0)
        equal([played.result(host)["changed"] for host in fleet.hosts], [changed] * len(fleet.hosts), f"changed, as {name}")
    for host, snapshot in zip(fleet.hosts, fleet.snapshots()):
        expect(snapshot.environment["CUDA_VISIBLE_DEVICES"] in ("0", fleets.uuid_of(host.cards[0][0])), "the first card")


def play_the_role(fleet, text):
    before = fleet.snapshots()
    checked = fleet.play(text, "--check").exits(0)
    unchanged(fleet, before)
    for host in fleet.hosts:
        expect(not checked.results(host), "the module was run without its program")
        expect(checked.results(host, "ansible.builtin.copy")[0]["changed"], "the package is not said to be missing")
    played = fleet.play(text).exits(0)
    for host, snapshot in zip(fleet.hosts, fleet.snapshots()):
        equal(host.sh("dpkg-query -W -f '${db:Status-Status}' ollama-gpu; command -v ollama-gpu").split(),
              ["installed/usr/bin/ollama-gpu"], "the package")
        has_settings(snapshot, {"CUDA_VISIBLE_DEVICES": ",".join(host.big_cards(20)), "OLLAMA_KEEP_ALIVE": "24h"})
        equal([result["changed"] for result in played.results(host)], [True, False], "configure and verify")
    before = fleet.snapshots()
    played = fleet.play(text).exits(0)
    unchanged(fleet, before)
    equal(played.text.count("changed=0"), len(fleet.hosts), "hosts that Ansible counts as not changed")
    checked = fleet.play(text, "--check", "-e", "ollama_gpu_keep_alive=48h").exits(0)
    equal([checked.result(host)["changed"] for host in fleet.hosts], [True] * len(fleet.hosts), "check mode, later")
    fleet.play(text, "-e", "ollama_gpu_restart=sometimes").exits(2)
    unchanged(fleet, before)


def package_of(tool, work):
    """A small .deb of this program: what the role needs of one, made in a second."""
    tree = work / "package"
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "DEBIAN").mkdir()
    (tree / "usr/bin/ollama-gpu").write_bytes(tool.read_bytes())
    (tree / "usr/bin/ollama-gpu").chmod(0o755)
    machine = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    (tree / "DEBIAN/control").write_text(
        f"Package: ollama-gpu\nVersion: 0.1.0-1\nArchitecture: {machine}\nDepends: libsystemd0\n"
        "Maintainer: tests <tests@example.invalid>\nDescription: made by tests/ansible/run\n", encoding="utf-8")
    archive = work / "ollama-gpu_0.1.0-1_amd64.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, archive], check=True, capture_output=True)
    return archive


CASES = (("role", case_role), ("role under its first name", case_role_under_its_first_name))

# SPDX-License-Identifier: MIT
"""What can be held against the collection without a host. A check gives a list of problems."""
import importlib.util
import os
import re
import shutil
import subprocess

import yaml
from fleet import COLLECTION, MODULE
from harness import ROOT, Skip

ROLE = COLLECTION / "roles/ollama_gpu"
# Options of the program that Ansible has words of its own for, and one that another option of the module stands for.
NOT_OURS = {"--check", "--dry-run", "--json", "--quiet", "--verbose", "--color", "--help", "--version",
            "--no-spread", "--no-split-mode", "--no-keep-alive", "--no-wait-for-gpus"}
OWN = {"command", "executable", "secrets"}


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def module():
    path = COLLECTION / "plugins/modules/ollama_gpu.py"
    spec = importlib.util.spec_from_file_location("ollama_gpu", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def options_of_program(tool):
    """Each option of the four commands with the commands that take it."""
    found = {}
    for command in ("configure", "reset", "rollback", "verify"):
        text = subprocess.run([tool, "help", command], capture_output=True, text=True, check=True,
                              env={"COLUMNS": "100", "PATH": os.environ["PATH"]}).stdout
        for line in text.splitlines():
            for option in re.findall(r"--[a-z-]+", line[:31]) if re.match(r" {2}(-\w, | {4})--", line) else []:
                found.setdefault(option, set()).add(command)
    return {option: commands for option, commands in found.items() if option not in NOT_OURS}


def same_options_as_the_program(tool):
    """The module has every option of the four commands, for the same commands, and no other."""
    ours = {"--" + name.replace("_", "-"): set(commands) for name, (commands, _, _) in module().OPTIONS.items()
            if name not in OWN and name != "generation"}
    theirs = options_of_program(tool)
    return [f"{option}: the program takes it for {sorted(theirs.get(option, ()))}, the module for "
            f"{sorted(ours.get(option, ()))}" for option in sorted(set(ours) | set(theirs))
            if ours.get(option) != theirs.get(option)]


def documentation_of_the_module(_tool):
    """DOCUMENTATION says of every option what the argument_spec says."""
    loaded = module()
    spec, documented = loaded.argument_spec(), yaml.safe_load(loaded.DOCUMENTATION)["options"]
    problems = [f"{name} is in one of DOCUMENTATION and argument_spec only" for name in sorted(set(spec) ^ set(documented))]
    for name in sorted(set(spec) & set(documented)):
        for key in ("type", "choices", "default", "elements"):
            if spec[name].get(key) != documented[name].get(key):
                problems.append(f"{name}: {key} is {spec[name].get(key)!r}, documented is {documented[name].get(key)!r}")
    for task in yaml.safe_load(loaded.EXAMPLES):
        problems += [f"EXAMPLES: there is no {name}" for name in set(task[MODULE]) - set(spec)]
    if not yaml.safe_load(loaded.RETURN):
        problems.append("RETURN is empty")
    return problems


def role_has_every_option(_tool):
    """The role passes every option of configure on, and its argument_specs name each with its type."""
    loaded = module()
    documented = yaml.safe_load(loaded.DOCUMENTATION)["options"]
    wanted = {name for name, (commands, _, _) in loaded.OPTIONS.items() if "configure" in commands} - {"root"}
    passed = load(ROLE / "tasks/main.yml")[1]["block"][0][MODULE]
    specs = load(ROLE / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    problems = [f"the role does not pass {name} on" for name in sorted(wanted - set(passed))]
    for name in sorted(wanted):
        spec = specs.get(f"ollama_gpu_{name}", {})
        if passed.get(name) != f"{{{{ ollama_gpu_{name} | default(omit) }}}}":
            problems.append(f"the role passes {passed.get(name)} as {name}")
        problems += [f"argument_specs: {key} of ollama_gpu_{name} is {spec.get(key)!r}" for key in ("type", "choices", "elements")
                     if spec.get(key) != documented[name].get(key)]
    defaults = load(ROLE / "defaults/main.yml")
    problems += [f"the default of {name} is not that of argument_specs" for name, value in defaults.items()
                 if specs.get(name, {}).get("default") != value]
    return problems


def version_of_the_program(_tool):
    """The collection has the version of the program."""
    version = re.search(r"^project\(ollama-gpu VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"),
                        re.MULTILINE).group(1)
    ours = load(COLLECTION / "galaxy.yml")["version"]
    return [] if ours == version else [f"galaxy.yml says {ours}, CMakeLists.txt {version}"]


def ansible_doc(fleet_env):
    """ansible-doc shows the module and the role."""
    problems = []
    for words, wanted in ((["-t", "module"], "--dry-run"), (["-t", "role"], "ollama_gpu_wait_for_gpus")):
        done = subprocess.run(["ansible-doc", *words, MODULE], env=fleet_env, capture_output=True, text=True, timeout=60,
                              check=False)
        if done.returncode != 0 or wanted not in done.stdout:
            problems.append(f"ansible-doc {' '.join(words)}: exit {done.returncode}\n{done.stdout[-500:]}{done.stderr}")
    return problems


def lint(fleet_env, work):
    """ansible-lint finds nothing, in its strictest profile."""
    if not shutil.which("ansible-lint"):
        raise Skip("there is no package ansible-lint here")
    # From a copy: it leaves a cache beside what it reads.
    copy = work / "lint/ollama_gpu"
    shutil.copytree(COLLECTION, copy)
    done = subprocess.run(["ansible-lint", "--offline", "--strict", "--nocolor", "-p"], cwd=copy, env=fleet_env,
                          capture_output=True, text=True, timeout=300, check=False)
    return [] if done.returncode == 0 else [f"ansible-lint: exit {done.returncode}\n{done.stdout}{done.stderr}"]


CHECKS = (
    ("options are the program's", same_options_as_the_program),
    ("documentation of the module", documentation_of_the_module),
    ("role passes every option on", role_has_every_option),
    ("version is the program's", version_of_the_program),
)

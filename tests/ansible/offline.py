# SPDX-License-Identifier: MIT
"""What can be held against the collection without a host. A check gives a list of problems."""
import importlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import types

import specs
import yaml
from fleet import COLLECTION, INFO, MODULE, ROLES
from harness import ROOT, Skip

ROLE = COLLECTION / "roles/ollama_gpu"
# Options of the program that Ansible has words of its own for, and one that another option of the module stands for.
NOT_OURS = {"--confirm", "--check", "--dry-run", "--json", "--quiet", "--verbose", "--color", "--help", "--version",
            "--no-spread", "--no-split-mode", "--no-keep-alive", "--no-wait-for-gpus",
            "--no-replicas"}
OWN = {"command", "executable", "secrets"}
RUNTIME = COLLECTION / "meta/runtime.yml"


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def part(name):
    """A Python file of the collection, imported as Ansible does: `modules.settings`, `module_utils.options`."""
    path, whole = COLLECTION, "ansible_collections"
    for word in ("", "ollama_gpu", "ollama_gpu", "plugins"):
        whole += f".{word}" if word else ""
        sys.modules.setdefault(whole, types.ModuleType(whole)).__path__ = [str(path / "plugins" if word == "plugins" else path)]
    return importlib.import_module(f"{whole}.{name}")


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
    ours = {"--" + name.replace("_", "-"): set(commands) for name, (commands, _, _) in
            part("module_utils.options").OPTIONS.items() if name not in OWN and name != "generation"}
    theirs = options_of_program(tool)
    return [f"{option}: the program takes it for {sorted(theirs.get(option, ()))}, the module for "
            f"{sorted(ours.get(option, ()))}" for option in sorted(set(ours) | set(theirs))
            if ours.get(option) != theirs.get(option)]


def without_sample(returned, where):
    """The values of RETURN that have no sample, and the dictionaries that say nothing of what is in them."""
    found = []
    for name, value in returned.items():
        if "sample" not in value:
            found.append(f"{where}: {name} has no sample")
        if "dict" in (value["type"], value.get("elements")) and "contains" not in value:
            found.append(f"{where}: {name} does not say what it contains")
        if "contains" in value and value["sample"]:
            samples = value["sample"] if isinstance(value["sample"], list) else [value["sample"]]
            found += [f"{where}: the sample of {name} has {key}, which it does not contain"
                      for sample in samples for key in set(sample) - set(value["contains"])]
    return found


def documentation_of_the_modules(_tool):
    """DOCUMENTATION says of every option what the argument_spec says; RETURN has samples and says what is in each."""
    problems = []
    for name, spec in (("settings", part("module_utils.options").argument_spec()),
                       ("settings_info", part("modules.settings_info").argument_spec())):
        path = COLLECTION / f"plugins/modules/{name}.py"
        documented = specs.documentation(name)["options"]
        problems += [f"{name}: {one} is in one of DOCUMENTATION and argument_spec only"
                     for one in sorted(set(spec) ^ set(documented))]
        problems += [f"{name}: {one}: {key} is {spec[one].get(key)!r}, documented is {documented[one].get(key)!r}"
                     for one in sorted(set(spec) & set(documented)) for key in ("type", "choices", "default", "elements")
                     if spec[one].get(key) != documented[one].get(key)]
        ours = [task[module] for task in yaml.safe_load(specs.text_in(path, "EXAMPLES")) for module in (MODULE, INFO)
                if module in task and module.endswith(f".{name}")]
        problems += [f"{name}: EXAMPLES has no task"] if not ours else []
        problems += [f"{name}: EXAMPLES: there is no {one}" for task in ours for one in set(task) - set(spec)]
        problems += without_sample(yaml.safe_load(specs.text_in(path, "RETURN")), name)
    return problems


def returned_is_the_programs(_tool):
    """What the modules say that they return is what docs/schema.json says of the commands."""
    known = {name: set(one.get("items", one).get("properties", {})) - ({"command", "warnings"} if name != "error" else set())
             for name, one in
             json.loads((ROOT / "docs/schema.json").read_text(encoding="utf-8"))["$defs"].items()}
    returned = {name: yaml.safe_load(specs.text_in(COLLECTION / f"plugins/modules/{name}.py", "RETURN"))
                for name in ("settings", "settings_info")}
    info = {name: set(value.get("contains", ())) for name, value in returned["settings_info"].items()}
    pairs = [(name, known[name], info[name]) for name in ("status", "doctor", "show")]
    pairs += [("gpus", known["gpu_list"], info["gpus"]), ("error", known["error"], info["error"]),
              ("verify", known["verify"] - {"memory", "memory_of_others"} | {"holds"}, info["verify"])]
    # Ansible has places of its own for two of them; rc stands for exit_code.
    changed = known["change"] - {"changed", "diff"} | known["verify"] | known["generations"] | {"rc", "error"}
    pairs.append(("settings", changed, set(returned["settings"])))
    return [f"{name}: the schema has {sorted(wanted)}, RETURN {sorted(ours)}" for name, wanted, ours in pairs if wanted != ours]


def role_has_every_option(_tool):
    """The role passes every option of configure on, and its argument_specs say of each what the module says."""
    options = part("module_utils.options").OPTIONS
    wanted = {name for name, (commands, _, _) in options.items() if "configure" in commands} - {"root"}
    passed = load(ROLE / "tasks/main.yml")[1]["block"][0][MODULE]
    found = load(ROLE / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    problems = [f"the role does not pass {name} on" for name in sorted(wanted - set(passed))]
    problems += [f"the role passes {passed.get(name)} as {name}" for name in sorted(wanted)
                 if passed.get(name) != f"{{{{ ollama_gpu_{name} | default(omit) }}}}"]
    if specs.expected(list(passed)) != specs.SPECS.read_text(encoding="utf-8"):
        problems.append("argument_specs.yml is not what the module says: tests/ansible/specs.py --update")
    defaults = load(ROLE / "defaults/main.yml")
    problems += [f"the default of {name} is not that of argument_specs" for name, value in defaults.items()
                 if found.get(name, {}).get("default") != value]
    return problems


def names(_tool):
    """Every module is in the action group and can be told its licence apart; the old names lead to the new ones."""
    runtime, problems = load(RUNTIME), []
    modules = sorted(path.stem for path in (COLLECTION / "plugins/modules").glob("*.py"))
    if runtime["action_groups"]["all"] != modules:
        problems.append(f"the action group is {runtime['action_groups']['all']}, the modules are {modules}")
    if runtime["plugin_routing"]["modules"] != {"ollama_gpu": {"redirect": MODULE}}:
        problems.append("the module's first name is not redirected")
    if (COLLECTION / "roles/setup").resolve() != ROLE:
        problems.append("the role setup is not the role ollama_gpu")
    ignored = "".join(f"plugins/modules/{name}.py validate-modules:missing-gplv3-license # MIT\n" for name in modules)
    files = sorted((COLLECTION / "tests/sanity").iterdir())
    problems += [f"{path.name} does not ignore just the licence" for path in files if path.read_text(encoding="utf-8") != ignored]
    return problems if files else ["there are no ignore files"]


def version_of_the_program(_tool):
    """The collection has the version of the program, its licence, and a changelog of that version."""
    version = re.search(r"^project\(ollama-gpu VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"),
                        re.MULTILINE).group(1)
    ours = load(COLLECTION / "galaxy.yml")["version"]
    problems = [] if ours == version else [f"galaxy.yml says {ours}, CMakeLists.txt {version}"]
    if (COLLECTION / "LICENSE").read_bytes() != (ROOT / "LICENSE").read_bytes():
        problems.append("LICENSE is not the project's")
    release = load(COLLECTION / "changelogs/changelog.yaml")["releases"].get(version)
    if release is None:
        return problems + [f"changelog.yaml has no {version}"]
    text = (COLLECTION / "CHANGELOG.rst").read_text(encoding="utf-8")
    said = [change for kind in release["changes"].values() for change in ([kind] if isinstance(kind, str) else kind)]
    said += [f"{one['name']} - {one['description']}" for one in release["modules"] + release["objects"]["role"]]
    return problems + [f"CHANGELOG.rst lacks: {change}" for change in [f"v{version}", *said] if change not in text]


def ansible_doc(fleet_env):
    """ansible-doc shows the modules and the role, under each of their names."""
    problems = []
    shown = [("module", MODULE, "--dry-run"), ("module", "ollama_gpu.ollama_gpu.ollama_gpu", "--dry-run"),
             ("module", INFO, "gather_subset"), *(("role", role, "ollama_gpu_wait_for_gpus") for role in ROLES)]
    for kind, name, wanted in shown:
        done = subprocess.run(["ansible-doc", "-t", kind, name], env=fleet_env, capture_output=True, text=True, timeout=60,
                              check=False)
        if done.returncode != 0 or wanted not in done.stdout:
            problems.append(f"ansible-doc -t {kind} {name}: exit {done.returncode}\n{done.stdout[-500:]}{done.stderr}")
    return problems


def validate_modules(fleet_env, work):
    """ansible-test's validate-modules has nothing to say but what tests/sanity ignores, which it does say.

    It is run as ansible-test runs it, but on Debian's packages: ansible-test itself would download a pip.
    """
    script = shutil.which("ansible-test") and next(pathlib.Path("/usr/lib/python3/dist-packages").glob(
        "ansible_test/_util/controller/sanity/validate-modules/validate.py"), None)
    if not script or subprocess.run(["/usr/bin/python3", "-c", "import voluptuous"], check=False, capture_output=True).returncode:
        raise Skip("there is no ansible-test of Debian's, or no python3-voluptuous")
    folder = work / "validate/ansible_collections/ollama_gpu/ollama_gpu"
    shutil.copytree(COLLECTION, folder, symlinks=True)
    found = validated(script, folder, dict(fleet_env, ANSIBLE_COLLECTIONS_PATH=str(work / "validate"),
                                           PYTHONPATH=str(work / "validate")))
    ignored = sorted(line.split(" #")[0] for line in (folder / "tests/sanity/ignore-2.14.txt").read_text().splitlines())
    return [] if sorted(found) == ignored else ["it says:\n  " + "\n  ".join(found), "ignored are:\n  " + "\n  ".join(ignored)]


def validated(script, folder, env):
    """What it says, a line each: the file, the code, and the message where the code does not say it all."""
    modules = [str(path.relative_to(folder)) for path in sorted(folder.glob("plugins/modules/*.py"))]
    # It takes the collection's place for a relative one, and imports by it.
    place = "/".join(folder.parts[-3:])
    done = subprocess.run(["/usr/bin/python3", script, "--format", "json", "--arg-spec", "--collection", place,
                           "--collection-version", load(folder / "galaxy.yml")["version"], *modules],
                          cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
    said = json.loads(done.stdout)
    if done.stderr or sorted(said) != modules:
        return [f"validate-modules ended with {done.returncode}: {done.stdout}{done.stderr}"]
    return [f"{path} validate-modules:{one['code']}" + ("" if one["code"] == "missing-gplv3-license" else f" {one['msg']}")
            for path, kinds in said.items() for kind in ("errors", "warnings") for one in kinds[kind]]


def lint(fleet_env, work):
    """ansible-lint finds nothing, in its strictest profile."""
    if not shutil.which("ansible-lint"):
        raise Skip("there is no package ansible-lint here")
    # From a copy: it leaves a cache beside what it reads.
    copy = work / "lint/ollama_gpu"
    shutil.copytree(COLLECTION, copy, symlinks=True)
    done = subprocess.run(["ansible-lint", "--offline", "--strict", "--nocolor", "-p"], cwd=copy, env=fleet_env,
                          capture_output=True, text=True, timeout=300, check=False)
    return [] if done.returncode == 0 else [f"ansible-lint: exit {done.returncode}\n{done.stdout}{done.stderr}"]


CHECKS = (
    ("options are the program's", same_options_as_the_program),
    ("documentation of the modules", documentation_of_the_modules),
    ("RETURN is what the program says", returned_is_the_programs),
    ("names and their redirections", names),
    ("role passes every option on", role_has_every_option),
    ("version, licence and changelog", version_of_the_program),
)

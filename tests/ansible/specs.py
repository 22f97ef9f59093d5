#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the role says of its variables, from what the module says of its options.

    tests/ansible/specs.py            what roles/ollama_gpu/meta/argument_specs.yml is to be
    tests/ansible/specs.py --update   writes it
"""
import ast
import pathlib
import re
import sys

import yaml

COLLECTION = pathlib.Path(__file__).resolve().parents[2] / "packaging/ansible"
SPECS = COLLECTION / "roles/ollama_gpu/meta/argument_specs.yml"
HEAD = "---\n# The variables of settings are made from the module's documentation: tests/ansible/specs.py --update\n"
KEPT = ("type", "choices", "elements")


class Dumper(yaml.SafeDumper):
    """Lists indented, as ansible-lint wants them."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def text_in(path, name):
    """The text that the file gives to DOCUMENTATION, EXAMPLES or RETURN; nothing is imported for it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise KeyError(f"{path} has no {name}")


def documentation(module):
    """The module's documentation with that of its fragments, in the order in which ansible-doc merges them."""
    whole = yaml.safe_load(text_in(COLLECTION / f"plugins/modules/{module}.py", "DOCUMENTATION"))
    fragments = [name.rsplit(".", 1)[1] for name in whole.pop("extends_documentation_fragment", [])]
    for fragment in fragments:
        part = yaml.safe_load(text_in(COLLECTION / f"plugins/doc_fragments/{fragment}.py", "DOCUMENTATION"))
        for key in ("options", "attributes"):
            whole[key] = {**part.get(key, {}), **whole.get(key, {})}
    return whole


def of_the_role(text, names):
    """A description of the module in which other options are the role's variables."""
    return re.sub(r"I\((\w+)\)", lambda found: f"I(ollama_gpu_{found[1]})" if found[1] in names else found[0], text)


def expected(passed):
    """The file's text, for the options of the module that the role passes on."""
    specs = yaml.safe_load(SPECS.read_text(encoding="utf-8"))
    main = specs["argument_specs"]["main"]
    own = {name: spec for name, spec in main["options"].items() if name.removeprefix("ollama_gpu_") not in passed}
    options = documentation("settings")["options"]
    made = {}
    for name in passed:
        spec = {"description": of_the_role(options[name]["description"], options)}
        spec.update({key: options[name][key] for key in KEPT if key in options[name]})
        made[f"ollama_gpu_{name}"] = dict(spec, no_log=True) if name == "secrets" else spec
    main["options"] = {**own, **made}
    return HEAD + yaml.dump(specs, Dumper=Dumper, sort_keys=False, width=120, allow_unicode=True)


def passed_on():
    """The module's options that the role passes on, in their order."""
    tasks = yaml.safe_load((COLLECTION / "roles/ollama_gpu/tasks/main.yml").read_text(encoding="utf-8"))
    return list(tasks[1]["block"][0]["ollama_gpu.ollama_gpu.settings"])


if __name__ == "__main__":
    TEXT = expected(passed_on())
    if sys.argv[1:] == ["--update"]:
        SPECS.write_text(TEXT, encoding="utf-8")
    else:
        print(TEXT, end="")

# SPDX-License-Identifier: MIT
"""Asks ollama-gpu on a host, and takes its answer apart for Ansible."""
import json
import re

SCHEMA = "ollama-gpu/1"
# The options that say which service is meant; every module has them.
SERVICE_SPEC = {
    "executable": {"type": "path"},
    "unit": {"type": "str"},
    "user": {"type": "bool", "default": False},
    "root": {"type": "path"},
}


def find_program(module):
    wanted = module.params["executable"] or "ollama-gpu"
    program = module.get_bin_path(wanted, opt_dirs=["/usr/local/bin"])
    if program is None:
        module.fail_json(msg="there is no program {0} on this host: install the package of ollama-gpu first, or say where it "
                             "is with executable".format(wanted))
    return program


def answer_of(out):
    """The one object that the program prints; None where this is none of its."""
    try:
        answer = json.loads(out)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and answer.get("schema") == SCHEMA else None


def ask(module, program, words):
    """The program's answer to these words; the task fails where it gives none. Its warnings become Ansible's."""
    # Values are data: a "$" or "~" in them is no variable of this process, no home directory.
    code, out, err = module.run_command([program] + words, expand_user_and_vars=False)
    answer = answer_of(out)
    if answer is None:
        module.fail_json(msg="ollama-gpu gave no answer of the kind {0} (exit code {1}): this module and the program do not "
                             "fit, or it was ended".format(SCHEMA, code), rc=code, stdout=out, stderr=err)
    for warning in answer.get("warnings", []):
        module.warn(warning)
    return answer


def message_of(error):
    """The error in one line: place, message, hint."""
    location = error.get("location") or {}
    place = ":".join(str(location[key]) for key in ("file", "line", "column") if location.get(key))
    hint = error.get("hint")
    return "".join([place + ": " if place else "", error["message"], " (" + hint + ")" if hint else ""])


def values_of(answer):
    """What of the answer is its own: without what every answer has, and what Ansible has a place of its own for."""
    apart = ("schema", "command", "ok", "exit_code", "warnings", "diff")
    return {key: value for key, value in answer.items() if key not in apart}


def looks_secret(name):
    """By its name, as ollama-gpu itself judges."""
    return re.search("KEY|TOKEN|SECRET|CREDENTIAL|PASSWD|PASSWORD", name.upper()) is not None


def masked(name, value):
    """A variable's value without what is secret in it, as ollama-gpu itself masks."""
    return "***" if looks_secret(name) else re.sub(r"//[^/?#, \n]*@", "//***@", value)

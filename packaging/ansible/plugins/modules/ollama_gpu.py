#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""Runs ollama-gpu on a host, and tells Ansible what it says of itself."""
import json
import re

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: ollama_gpu
short_description: Configure the GPUs of an Ollama that runs under systemd
version_added: 0.1.0
author: The ollama-gpu authors (!UNKNOWN)
description:
  - Runs C(ollama-gpu configure), C(reset), C(rollback) or C(verify) on the host. The program must be there.
  - What it reports is what C(ollama-gpu --json) says; nothing is worked out here. If Ollama is not healthy with a change, the
    program has put everything back by itself when the task fails.
  - An option has the name that it has on the command line, with C(_) for C(-). What is not given stays as it is on the host.
  - Only options that belong to the command are taken.
  - Values of I(set) stand in Ansible's output and in the host's log, those of I(secrets) do not.
options:
  command:
    description:
      - C(configure) merges settings into the drop-in, makes them true, and verifies.
      - C(reset) removes the drop-in. C(rollback) undoes the last change, or goes back to I(generation).
      - C(verify) looks at the evidence and changes nothing. The task fails if something does not hold.
      - C(rollback) without I(generation) changes something at every run, as it undoes itself.
    type: str
    choices: [configure, reset, rollback, verify]
    default: configure
  executable:
    description: Where the program is. By default it is looked for in PATH and in C(/usr/local/bin).
    type: path
  unit:
    description: The service. By default C(ollama.service).
    type: str
  user:
    description: It is a service of the connecting user's own service manager.
    type: bool
    default: false
  root:
    description: Work on the system mounted in this directory of the host, offline.
    type: path
  gpus:
    description: >-
      Which GPUs Ollama may use: C(all), C(none), C(0-3), C(GPU-58a8), C(min-free=20GiB), C(name=A100,count=2).
      One selector fits hosts with different GPUs. For C(command=configure), as are the options up to I(config).
    type: str
  gpu_ids:
    description: How to write them.
    type: str
    choices: [auto, index, uuid]
  spread:
    description: Spread every model over all of them, or do not.
    type: bool
  split_mode:
    description: >-
      How a model is cut over them, C(tensor) or C(layer); from Ollama 0.30 on. C(false) is llama.cpp's default.
    type: raw
  keep_alive:
    description: >-
      Keep models loaded for so long, such as C(24h) or C(0). C(true) is for ever, C(false) Ollama's default.
    type: raw
  wait_for_gpus:
    description: >-
      Before each start of Ollama wait so many seconds at most until the GPUs can be used. C(true) is 60, C(false) no wait.
    type: raw
  num_parallel:
    description: Requests that a model answers at once.
    type: int
  max_loaded_models:
    description: Models loaded at the same time.
    type: int
  max_queue:
    description: Requests that may wait.
    type: int
  context_length:
    description: Default context, in tokens.
    type: int
  flash_attention:
    description: C(auto) is as Ollama decides.
    type: str
    choices: ["on", "off", auto]
  kv_cache_type:
    description: Type of the context cache, such as C(f16), C(q8_0) or C(q4_0).
    type: str
  listen:
    description: Address that Ollama listens on, C(HOST) or C(HOST:PORT).
    type: str
  models:
    description: Directory of the models.
    type: str
  set:
    description: Any other variables, name and value. Quote values that YAML would read as something else than text.
    type: dict
  secrets:
    description: >-
      As I(set), for values that Ansible must not show or log. Every user of the host can read the drop-in all the same.
    type: dict
  unset:
    description: Variables that Ollama does not get, whatever sets them.
    type: list
    elements: str
  exact:
    description: The drop-in holds just what is named in this task, so that what is taken out of the task goes from the host too.
    type: bool
    default: false
  preload:
    description: After a restart, load the models again that it unloaded.
    type: bool
    default: false
  require_gpu:
    description: Put everything back if Ollama does not use just these GPUs.
    type: bool
    default: false
  config:
    description: A TOML file on the host with the same options. What the task says wins.
    type: path
  force:
    description: >-
      Accept a value or a name that Ollama would misread. With C(command=verify) and I(load), go on though that may push out models
      that are loaded.
    type: bool
    default: false
  restart:
    description: >-
      C(auto), the program's default, restarts Ollama only if it does not have the settings already. For C(command=configure),
      C(command=reset) and C(command=rollback), as are the options up to I(no_verify).
    type: str
    choices: [auto, never, always]
  timeout:
    description: Seconds for Ollama to answer after a restart. The program's default is 120.
    type: float
  settle:
    description: Seconds that it must then stay healthy. The program's default is 5, or 15 where Ollama cannot be asked.
    type: float
  lock_timeout:
    description: Seconds to wait for another ollama-gpu. The program's default is 10.
    type: float
  when_idle:
    description: >-
      Before a restart wait so many seconds at most until Ollama seems idle. C(true) is 300. Not idle in time, the task fails
      with C(rc=9) and nothing was changed.
    type: raw
  no_rollback:
    description: Leave the change in place if Ollama is not healthy with it.
    type: bool
    default: false
  no_verify:
    description: Do not wait for health, and do not put anything back.
    type: bool
    default: false
  generation:
    description: For C(command=rollback), the generation to go back to.
    type: int
  list:
    description: For C(command=rollback), list the generations instead.
    type: bool
    default: false
  load:
    description: >-
      For C(command=verify), have Ollama load this model, see on which GPUs it lies, and unload it again. Left out in check mode.
    type: str
attributes:
  check_mode:
    description: The program says what it would do (C(--dry-run)).
    support: full
  diff_mode:
    description: The program's own diff of the drop-in, in which secrets are masked.
    support: full
"""

EXAMPLES = r"""
- name: All cards, models spread over them and kept loaded for a day
  ollama_gpu.ollama_gpu.ollama_gpu:
    gpus: all
    spread: true
    keep_alive: 24h

- name: The two emptiest cards with 20 GiB free, once nobody waits for an answer
  ollama_gpu.ollama_gpu.ollama_gpu:
    gpus: min-free=20GiB,count=2
    when_idle: 600
  register: result
  until: result.rc | default(0) != 9
  retries: 3

- name: Just these settings, whatever was there before
  ollama_gpu.ollama_gpu.ollama_gpu:
    gpus: name=A100
    exact: true
    set:
      OLLAMA_LOAD_TIMEOUT: 10m
    unset:
      - OLLAMA_ORIGINS

- name: Fail unless everything holds, and show how a model lies on the cards
  ollama_gpu.ollama_gpu.ollama_gpu:
    command: verify
    load: llama3.3:70b

- name: Undo the last change
  ollama_gpu.ollama_gpu.ollama_gpu:
    command: rollback

- name: Take the drop-in away
  ollama_gpu.ollama_gpu.ollama_gpu:
    command: reset
"""

RETURN = r"""
rc:
  description: The program's exit code; C(ollama-gpu help exit-codes) says what each means.
  returned: always, once the program ran
  type: int
error:
  description: What went wrong, with C(code), C(message), C(hint) and C(location) (C(file), C(line), C(column)).
  returned: on failure
  type: dict
unit:
  description: The service.
  returned: when the program got so far
  type: str
evidence:
  description: What was seen at each level, with C(level), C(status) (ok, failed, pending, skipped) and C(detail).
  returned: when the program got so far
  type: list
  elements: dict
journal:
  description: Why Ollama failed, as it said itself.
  returned: for configure, reset and rollback
  type: list
  elements: str
plan:
  description: The steps, with C(step), C(path) and C(reason).
  returned: for configure, reset and rollback
  type: list
  elements: dict
preview:
  description: Nothing was done, as in check mode; C(changed) says whether something would be.
  returned: for configure, reset and rollback
  type: bool
applied:
  description: systemd has loaded the settings, and no running process lacks them.
  returned: for configure, reset and rollback
  type: bool
restarted:
  description: Ollama was restarted.
  returned: for configure, reset and rollback
  type: bool
rolled_back:
  description: Ollama was not healthy, and everything was put back.
  returned: for configure, reset and rollback
  type: bool
generation:
  description: The number under which what was replaced is kept.
  returned: when something was written
  type: int
summary:
  description: The outcome in one line.
  returned: for configure, reset and rollback
  type: str
memory:
  description: How the model lies on the GPUs, as C(ollama-gpu verify --load --json) tells.
  returned: for verify with load
  type: dict
generations:
  description: What can be brought back, with C(id), C(time), C(command) and C(result).
  returned: for rollback with list
  type: list
  elements: dict
"""

SCHEMA = "ollama-gpu/1"
GLOBAL = ("configure", "reset", "rollback", "verify")
CHANGES = ("configure", "reset", "rollback")
ONLY_CONFIGURE = ("configure",)


def option(commands, word="value", **spec):
    """An option of the module: the commands that take it, how it becomes words, its argument_spec."""
    if spec.get("type") == "bool" and word == "flag":
        spec["default"] = False
    return commands, word, spec


# The word: value (--x=VALUE), flag (--x), toggle (--x or --no-x), optional (--x, --x=VALUE or --no-x), patience (--x or
# --x=VALUE), pairs and items (once each), bare (the value alone).
OPTIONS = {
    "unit": option(GLOBAL, type="str"),
    "user": option(GLOBAL, "flag", type="bool"),
    "root": option(GLOBAL, type="path"),
    "gpus": option(ONLY_CONFIGURE, type="str"),
    "gpu_ids": option(ONLY_CONFIGURE, type="str", choices=["auto", "index", "uuid"]),
    "spread": option(ONLY_CONFIGURE, "toggle", type="bool"),
    "split_mode": option(ONLY_CONFIGURE, "optional", type="raw"),
    "keep_alive": option(ONLY_CONFIGURE, "optional", type="raw"),
    "wait_for_gpus": option(ONLY_CONFIGURE, "optional", type="raw"),
    "num_parallel": option(ONLY_CONFIGURE, type="int"),
    "max_loaded_models": option(ONLY_CONFIGURE, type="int"),
    "max_queue": option(ONLY_CONFIGURE, type="int"),
    "context_length": option(ONLY_CONFIGURE, type="int"),
    "flash_attention": option(ONLY_CONFIGURE, type="str", choices=["on", "off", "auto"]),
    "kv_cache_type": option(ONLY_CONFIGURE, type="str"),
    "listen": option(ONLY_CONFIGURE, type="str"),
    "models": option(ONLY_CONFIGURE, type="str"),
    "set": option(ONLY_CONFIGURE, "pairs", type="dict"),
    "secrets": option(ONLY_CONFIGURE, "pairs", type="dict", no_log=True),
    "unset": option(ONLY_CONFIGURE, "items", type="list", elements="str"),
    "exact": option(ONLY_CONFIGURE, "flag", type="bool"),
    "preload": option(ONLY_CONFIGURE, "flag", type="bool"),
    "require_gpu": option(ONLY_CONFIGURE, "flag", type="bool"),
    "config": option(ONLY_CONFIGURE, type="path"),
    "force": option(("configure", "verify"), "flag", type="bool"),
    "restart": option(CHANGES, type="str", choices=["auto", "never", "always"]),
    "timeout": option(CHANGES, type="float"),
    "settle": option(CHANGES, type="float"),
    "lock_timeout": option(CHANGES, type="float"),
    "when_idle": option(CHANGES, "patience", type="raw"),
    "no_rollback": option(CHANGES, "flag", type="bool"),
    "no_verify": option(CHANGES, "flag", type="bool"),
    "generation": option(("rollback",), "bare", type="int"),
    "list": option(("rollback",), "flag", type="bool"),
    "load": option(("verify",), type="str"),
}
LONG_NAMES = {"secrets": "set"}  # where an option has another name on the command line


def argument_spec():
    spec = {
        "command": {"type": "str", "choices": list(GLOBAL), "default": "configure"},
        "executable": {"type": "path"},
    }
    spec.update({name: described for name, (_, _, described) in OPTIONS.items()})
    return spec


def truth_of(value):
    """True and False, also as text, as templates write them; anything else is no truth value (None)."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).strip().lower())


def text_of(name, value):
    """The value as the program takes it; raises ValueError for what is no single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return re.sub(r"\.0$", "", repr(value))
    if isinstance(value, (int, str)):
        return str(value)
    raise ValueError("{0} takes a text or a number, not {1!r}".format(name, value))


def words_of(name, value):
    """The words of the command line that say this."""
    word = OPTIONS[name][1]
    dashed = "--" + LONG_NAMES.get(name, name).replace("_", "-")
    if word == "flag":
        return [dashed] if value else []
    if word == "pairs":
        return ["{0}={1}={2}".format(dashed, key, text_of(key, one)) for key, one in value.items()]
    if word == "items":
        return ["{0}={1}".format(dashed, one) for one in value]
    if word == "bare":
        return [text_of(name, value)]
    truth = truth_of(value) if word in ("toggle", "optional", "patience") else None
    if truth is True:
        return [dashed]
    if truth is False:
        return [] if word == "patience" else ["--no-" + dashed[2:]]
    return ["{0}={1}".format(dashed, text_of(name, value))]


def looks_secret(name):
    """By its name, as ollama-gpu itself judges."""
    return re.search("KEY|TOKEN|SECRET|CREDENTIAL|PASSWD|PASSWORD", name.upper()) is not None


def is_given(name, value):
    return value is not None and value != OPTIONS[name][2].get("default")


def command_line(params, check_mode):
    """The words behind the program's name; raises ValueError for an option of another command."""
    command = params["command"]
    words = [command, "--json"]
    for name, (commands, _, _) in OPTIONS.items():
        if not is_given(name, params[name]):
            continue
        if command not in commands:
            raise ValueError("{0} is an option of {1}, not of {2}".format(name, " and ".join(commands), command))
        if name != "load" or not check_mode:
            words += words_of(name, params[name])
    if check_mode and command in CHANGES and not params["list"]:
        words.append("--dry-run")
    return words


def answer_of(out):
    """The one object that the program prints; None where this is none of its."""
    try:
        answer = json.loads(out)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and answer.get("schema") == SCHEMA else None


def message_of(error):
    """The error in one line: place, message, hint."""
    location = error.get("location") or {}
    place = ":".join(str(location[key]) for key in ("file", "line", "column") if location.get(key))
    hint = error.get("hint")
    return "".join([place + ": " if place else "", error["message"], " (" + hint + ")" if hint else ""])


def result_of(answer):
    """What of the answer goes into the task's result as it is. Empty values of a change stay: they are answers."""
    apart = ("schema", "command", "ok", "exit_code", "warnings", "diff")
    result = {key: value for key, value in answer.items() if key not in apart}
    # verify and rollback --list have no such key: they change nothing.
    result["changed"] = answer.get("changed", False)
    result["rc"] = answer["exit_code"]
    return result


def find_program(module):
    wanted = module.params["executable"] or "ollama-gpu"
    program = module.get_bin_path(wanted, opt_dirs=["/usr/local/bin"])
    if program is None:
        module.fail_json(msg="there is no program {0} on this host: install the package of ollama-gpu first, or say where it "
                             "is with executable".format(wanted))
    return program


def main():
    module = AnsibleModule(argument_spec(), supports_check_mode=True)
    try:
        words = command_line(module.params, module.check_mode)
    except ValueError as error:
        module.fail_json(msg=str(error))
    if module.check_mode and module.params["load"]:
        module.warn("check mode: no model is loaded, so the level memory is not looked at")
    for name in filter(looks_secret, module.params["set"] or {}):
        module.warn("{0} looks like a secret: put it under secrets, or Ansible shows and logs it".format(name))
    # Values are data: a "$" or "~" in them is no variable of this process, no home directory.
    code, out, err = module.run_command([find_program(module)] + words, expand_user_and_vars=False)
    answer = answer_of(out)
    if answer is None:
        module.fail_json(msg="ollama-gpu gave no answer of the kind {0} (exit code {1}): this module and the program do not "
                             "fit, or it was ended".format(SCHEMA, code), rc=code, stdout=out, stderr=err)
    for warning in answer.get("warnings", []):
        module.warn(warning)
    result = result_of(answer)
    if answer.get("diff"):
        result["diff"] = {"prepared": answer["diff"]}
    if not answer["ok"]:
        module.fail_json(msg=message_of(answer["error"]), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""Runs ollama-gpu on a host, and tells Ansible what it says of itself."""

DOCUMENTATION = r"""
module: settings
short_description: Configure the GPUs of an Ollama that runs under systemd
version_added: 0.1.0
author: The ollama-gpu authors (!UNKNOWN)
description:
  - Runs C(ollama-gpu configure) or C(reset) on the host, as I(state) says, or what I(command) names. The program must be there.
  - What it reports is what C(ollama-gpu --json) says; nothing is worked out here. If Ollama is not healthy with a change, the
    program has put everything back by itself when the task fails.
  - An option has the name that it has on the command line, with C(_) for C(-). What is not given stays as it is on the host.
  - The options from I(gpus) to I(force) are for C(state=present), those from I(restart) to I(no_verify) for whatever changes
    something. An option that does not belong to the I(command) is refused; with C(state=absent) the settings are not looked at.
  - Values of I(set) stand in Ansible's output and in the host's log, those of I(secrets) do not.
  - It answers to its first name too, C(ollama_gpu.ollama_gpu.ollama_gpu).
extends_documentation_fragment:
  - ollama_gpu.ollama_gpu.service
  - ollama_gpu.ollama_gpu.wanted
  - ollama_gpu.ollama_gpu.change
options:
  state:
    description:
      - C(present) merges settings into the drop-in, makes them true, and verifies. It is what is done without I(command) too.
      - C(absent) removes the drop-in, and the units of I(replicas).
    type: str
    choices: [present, absent]
  command:
    description:
      - Instead of I(state), the program's command. C(configure) is C(state=present), C(reset) is C(state=absent).
      - C(rollback) undoes the last change, or goes back to I(generation). Without I(generation) it changes something at every run,
        as it undoes itself.
      - C(verify) looks at the evidence and changes nothing. The task fails if something does not hold. To have the evidence and go
        on, take M(ollama_gpu.ollama_gpu.settings_info).
    type: str
    choices: [configure, reset, rollback, verify]
  generation:
    description: For C(command=rollback), the generation to go back to.
    type: int
  list:
    description: >-
      For C(command=rollback), list the generations instead. M(ollama_gpu.ollama_gpu.settings_info) does it too.
    type: bool
    default: false
  load:
    description: >-
      For C(command=verify), have Ollama load this model, see on which GPUs it lies, and unload it again. Left out in check mode.
      With I(force) also if that may push out models that are loaded.
    type: str
  probe:
    description: >-
      For C(command=verify), have Ollama answer with one token of this model within I(timeout) (30 seconds). Left out in check mode.
    type: str
  strict:
    description: For C(command=verify), fail also where a level could not be seen.
    type: bool
    default: false
attributes:
  check_mode:
    description: The program says what it would do (C(--dry-run)).
    support: full
  diff_mode:
    description: The program's own diff of the drop-in, in which secrets are masked.
    support: full
seealso:
  - module: ollama_gpu.ollama_gpu.settings_info
"""

EXAMPLES = r"""
- name: All cards, models spread over them and kept loaded for a day
  ollama_gpu.ollama_gpu.settings:
    gpus: all
    spread: true
    keep_alive: 24h

- name: The first two cards
  ollama_gpu.ollama_gpu.settings:
    gpus: [0, 1]

- name: The two emptiest cards with 20 GiB free, once nobody waits for an answer
  ollama_gpu.ollama_gpu.settings:
    gpus: min-free=20GiB,count=2
    when_idle: 600
  register: result
  until: result.rc | default(0) != 9
  retries: 3

- name: Just these settings, whatever was there before
  ollama_gpu.ollama_gpu.settings:
    gpus: name=A100
    exact: true
    set:
      OLLAMA_LOAD_TIMEOUT: 10m
    unset:
      - OLLAMA_ORIGINS

- name: One server for every card behind Ollama's own address, each with room for four requests at once
  ollama_gpu.ollama_gpu.settings:
    gpus: all
    replicas: true
    num_parallel: 4
    context_length: 8192

- name: Fail unless everything holds, and show how a model lies on the cards
  ollama_gpu.ollama_gpu.settings:
    command: verify
    load: llama3.3:70b

- name: Undo the last change
  ollama_gpu.ollama_gpu.settings:
    command: rollback

- name: Take the drop-in away
  ollama_gpu.ollama_gpu.settings:
    state: absent
"""

RETURN = r"""
rc:
  description: The program's exit code; C(ollama-gpu help exit-codes) says what each means.
  returned: always, once the program ran
  type: int
  sample: 0
error:
  description: What went wrong.
  returned: on failure
  type: dict
  sample: {code: not_found, message: cannot find the unit olama.service, hint: null, command: null, location: null}
  contains:
    code: {description: "The kind of failure.", type: str, returned: always, sample: not_found}
    message: {description: "What could not be done, and why.", type: str, returned: always}
    hint: {description: "What to do next; null where there is nothing to say.", type: str, returned: always}
    command: {description: "The first command that the hint names; null where it names none.", type: str, returned: always}
    location: {description: "The place in a file; null where there is none.", type: dict, returned: always}
unit:
  description: The service.
  returned: when the program got so far
  type: str
  sample: ollama.service
evidence:
  description: What was seen at each level.
  returned: when the program got so far
  type: list
  elements: dict
  sample: [{level: process, status: ok, detail: process 743 has every setting}]
  contains:
    level: {description: "C(file), C(manager), C(process), C(server), C(devices), C(memory), C(answer) or C(entry).", type: str,
            returned: always}
    status: {description: "C(ok), C(failed), C(pending) or C(skipped).", type: str, returned: always}
    detail: {description: "What was seen, in words.", type: str, returned: always}
    unit: {description: "Which of several servers (I(replicas)) it was seen of.", type: str, returned: for all servers but the first}
journal:
  description: Why Ollama failed, as it said itself.
  returned: for whatever changes something
  type: list
  elements: str
  sample: []
plan:
  description: The steps.
  returned: for whatever changes something
  type: list
  elements: dict
  sample: [{step: set, path: /etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf, reason: "OLLAMA_KEEP_ALIVE=24h (was 5m)",
            name: OLLAMA_KEEP_ALIVE, value: 24h, was: 5m, unit: null}]
  contains:
    step: {description: "What is done, such as C(set), C(write) or C(restart).", type: str, returned: always}
    path: {description: "What it is done to.", type: str, returned: always}
    reason: {description: "Why, in words.", type: str, returned: always}
    name: {description: "The variable; null for what is none.", type: str, returned: always}
    value: {description: "What it will be, secrets masked; null where it goes.", type: str, returned: always}
    was: {description: "What it is, secrets masked; null where it is not there.", type: str, returned: always}
    unit: {description: "The unit that is restarted or started; else null.", type: str, returned: always}
preview:
  description: Nothing was done, as in check mode; C(changed) says whether something would be.
  returned: for whatever changes something
  type: bool
  sample: false
applied:
  description: systemd has loaded the settings, and no running process lacks them.
  returned: for whatever changes something
  type: bool
  sample: true
restarted:
  description: Ollama was restarted.
  returned: for whatever changes something
  type: bool
  sample: true
rolled_back:
  description: Ollama was not healthy, and everything was put back.
  returned: for whatever changes something
  type: bool
  sample: false
generation:
  description: The number under which what was replaced is kept; null where nothing was written.
  returned: for whatever changes something
  type: int
  sample: 1
summary:
  description: The outcome in one line.
  returned: for whatever changes something
  type: str
  sample: done; ollama.service was restarted
undo:
  description: The command that undoes what was done; null where nothing was.
  returned: for whatever changes something
  type: str
  sample: sudo ollama-gpu rollback
memory:
  description: How the model lies on the GPUs; sizes in bytes. See C(docs/reference/json.md), C(verify), for every key.
  returned: for verify with load
  type: dict
  sample: {model: "qwen3:32b", was_loaded: false, unloaded: true, seconds: 9.1, size: 28776226816, size_vram: 28776226816,
           spread: true, largest_to_mean: 1.0, gpus: [{index: 0, uuid: GPU-58a8, selected: true, before: 0, after: 14388113408}]}
  contains:
    model: {description: "Its name.", type: str, returned: always}
    was_loaded: {description: "It was loaded before, and only looked at.", type: bool, returned: always}
    unloaded: {description: "It was unloaded again.", type: bool, returned: always}
    seconds: {description: "How long loading took.", type: float, returned: always}
    size: {description: "Of the model.", type: int, returned: always}
    size_vram: {description: "What of it lies on GPUs.", type: int, returned: always}
    spread: {description: "It lies on every selected GPU.", type: bool, returned: always}
    largest_to_mean: {description: "The largest share, to the mean one; null where there is none.", type: float, returned: always}
    gpus:
      description: Each GPU.
      type: list
      elements: dict
      returned: always
      contains:
        index: {description: "Its number.", type: int, returned: always}
        uuid: {description: "Its UUID.", type: str, returned: always}
        selected: {description: "Ollama may use it.", type: bool, returned: always}
        memory_total: {description: "What it has.", type: int, returned: always}
        before: {description: "Held by the service's processes before.", type: int, returned: always}
        after: {description: "Held by them with the model.", type: int, returned: always}
memory_of_others:
  description: With I(replicas) the same of each server but the first, with its C(unit).
  returned: for verify with load, with several servers
  type: list
  elements: dict
  sample: [{unit: ollama@11436.service, model: "qwen3:32b", was_loaded: false, unloaded: true, size: 20201253088}]
  contains:
    unit: {description: "The server.", type: str, returned: always}
    model: {description: "Its name.", type: str, returned: always}
    was_loaded: {description: "It was loaded before, and only looked at.", type: bool, returned: always}
    unloaded: {description: "It was unloaded again.", type: bool, returned: always}
    size: {description: "Of the model.", type: int, returned: always}
generations:
  description: What can be brought back, oldest first.
  returned: for rollback with list
  type: list
  elements: dict
  sample: [{id: 1, time: "2026-11-23T16:02:03Z", command: ollama-gpu configure --gpus all, result: done}]
  contains:
    id: {description: "Its number.", type: int, returned: always}
    time: {description: "When it was made, in UTC.", type: str, returned: always}
    command: {description: "The command that made it, secrets masked.", type: str, returned: always}
    result: {description: "C(done), C(rolled back), C(failed), C(pending), C(adopted) or C(unknown).", type: str, returned: always}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ollama_gpu.ollama_gpu.plugins.module_utils import options, program


def result_of(answer):
    """What of the answer goes into the task's result as it is. Empty values of a change stay: they are answers."""
    result = program.values_of(answer)
    # verify and rollback --list have no such key: they change nothing.
    result["changed"] = answer.get("changed", False)
    result["rc"] = answer["exit_code"]
    if answer.get("diff"):
        result["diff"] = {"prepared": answer["diff"]}
    return result


def main():
    module = AnsibleModule(options.argument_spec(), supports_check_mode=True, mutually_exclusive=[("state", "command")])
    try:
        words = options.command_line(module.params, module.check_mode)
    except ValueError as error:
        module.fail_json(msg=str(error))
    if module.check_mode and module.params["load"]:
        module.warn("check mode: no model is loaded, so the level memory is not looked at")
    if module.check_mode and module.params["probe"]:
        module.warn("check mode: no model is asked, so the level answer is not looked at")
    for name in filter(program.looks_secret, module.params["set"] or {}):
        module.warn("{0} looks like a secret: put it under secrets, or Ansible shows and logs it".format(name))
    answer = program.ask(module, program.find_program(module), words)
    result = result_of(answer)
    if not answer["ok"]:
        module.fail_json(msg=program.message_of(answer["error"]), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

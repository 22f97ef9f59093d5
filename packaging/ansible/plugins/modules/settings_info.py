#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""Asks ollama-gpu on a host what there is, and changes nothing."""

DOCUMENTATION = r"""
module: settings_info
short_description: Look at the GPUs and settings of an Ollama that runs under systemd
version_added: 0.1.0
author: The ollama-gpu authors (!UNKNOWN)
description:
  - Runs those commands of C(ollama-gpu) on the host that only look, and returns what their C(--json) says, without what every
    answer has. The program must be there.
  - It never changes anything, and what it finds is no failure, be it findings of C(doctor) or evidence that does not hold. It fails
    where the program cannot answer, as without the service. The subset C(gpus) needs no service.
  - Without root some of what there is cannot be seen; it is then C(null), or has the status C(skipped). The subset C(generations)
    needs root.
extends_documentation_fragment:
  - ollama_gpu.ollama_gpu.service
options:
  gather_subset:
    description:
      - What to look at. Each stands under the key of its name; what is not asked for has no key.
      - C(gpus) is C(ollama-gpu gpus), C(status) is C(status), C(doctor) is C(doctor), C(show) is C(show), C(verify) is C(verify),
        C(generations) is C(rollback --list). C(all) is all of them.
    type: list
    elements: str
    choices: [all, gpus, status, doctor, show, verify, generations]
    default: [all]
  variables:
    description: For C(show), only these variables.
    type: list
    elements: str
    default: []
  ignore:
    description: For C(doctor), leave out findings with these codes.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: It is done in check mode too.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: N/A
seealso:
  - module: ollama_gpu.ollama_gpu.settings
"""

EXAMPLES = r"""
- name: Look at the cards
  ollama_gpu.ollama_gpu.settings_info:
    gather_subset: [gpus]
  register: there

- name: A group for each number of cards
  ansible.builtin.group_by:
    key: "cards_{{ there.gpus | length }}"

- name: Look at the service and at what is wrong with its configuration
  ollama_gpu.ollama_gpu.settings_info:
    gather_subset: [status, doctor, verify]
    ignore: [OG401]
  become: true
  register: there

- name: Go on only with an Ollama that has what it should
  ansible.builtin.assert:
    that:
      - there.verify.holds
      - there.doctor.findings | selectattr('severity', 'equalto', 'error') | length == 0
      - there.status.unit.version is version('0.30', '>=')

- name: Which file says which GPUs Ollama gets
  ollama_gpu.ollama_gpu.settings_info:
    gather_subset: [show]
    variables: [CUDA_VISIBLE_DEVICES]
"""

RETURN = r"""
gpus:
  description: The GPUs of the host; sizes in bytes, and null for what is not known.
  returned: with the subset gpus
  type: list
  elements: dict
  sample: [{index: 0, uuid: GPU-58a8c7d0-2f19-4b6a-8e33-51d7b90a4c02, name: NVIDIA GeForce RTX 4090, vendor: nvidia,
            memory_total: 25757220864, memory_used: 0, visible_to_ollama: true, held_by_ollama: 0, processes: []}]
  contains:
    index: {description: "Its number; null where it has none.", type: int, returned: always}
    uuid: {description: "Its UUID; null where it has none.", type: str, returned: always}
    pci: {description: "Its place on the bus.", type: str, returned: always}
    vendor: {description: "C(nvidia), C(amd), C(intel) or C(other).", type: str, returned: always}
    name: {description: "What it is.", type: str, returned: always}
    memory_total: {description: "What it has.", type: int, returned: always}
    memory_used: {description: "What is held of it.", type: int, returned: always}
    memory_reserved: {description: "What the driver keeps of it.", type: int, returned: always}
    utilization: {description: "In percent.", type: int, returned: always}
    temperature: {description: "In degrees Celsius.", type: int, returned: always}
    power: {description: "In watts.", type: float, returned: always}
    driver: {description: "Its driver's version.", type: str, returned: always}
    compute_capability: {description: "Such as C(8.9), or C(gfx90a).", type: str, returned: always}
    display_active: {description: "A display is connected and used.", type: bool, returned: always}
    mig: {description: "Its slices, each with C(uuid), C(name) and memory.", type: list, elements: dict, returned: always}
    visible_to_ollama: {description: "By the service's environment.", type: bool, returned: always}
    held_by_ollama: {description: "What Ollama holds of it.", type: int, returned: always}
    processes: {description: "Who holds its memory, each with C(pid), C(command), C(memory) and C(of_ollama).", type: list,
                elements: dict, returned: always}
    fault: {description: "Why figures are missing, as one word.", type: str, returned: always}
    problem: {description: "The same in words.", type: str, returned: always}
gpu_source:
  description: What the GPUs were seen with.
  returned: with the subset gpus
  type: str
  sample: nvml
gpu_problem:
  description: Why GPUs are missing, in words; empty where none are.
  returned: with the subset gpus
  type: str
  sample: ""
gpu_fault:
  description: The same as one word, such as C(driver_not_loaded); null where there is none.
  returned: with the subset gpus
  type: str
  sample: library_missing
status:
  description: The service at this moment. Of several servers (I(replicas) of M(ollama_gpu.ollama_gpu.settings)) it has all.
  returned: with the subset status
  type: dict
  sample: {unit: {id: ollama.service, active_state: active, version: 0.33.0}, entry: null, settings: [{name: OLLAMA_KEEP_ALIVE, value: 24h}],
           gpus: [], gpu_problem: "", models: [], evidence: [{level: file, status: ok, detail: ""}]}
  contains:
    unit: {description: "The service; its C(id), C(active_state), C(version) and more.", type: dict, returned: always}
    entry:
      description: What stands before several servers; null for a service alone.
      type: dict
      returned: always
      contains:
        unit: {description: "HAProxy's.", type: str, returned: always}
        address: {description: "Where clients find Ollama.", type: str, returned: always}
        active_state: {description: "Such as C(active).", type: str, returned: always}
        waiting: {description: "Requests for which no server is free; null where that was not seen.", type: int, returned: always}
        servers: {description: "Each with its C(unit), C(address), C(active_state), C(gpus), C(in_entry), C(under_way), C(answered) and
                  C(models).", type: list, elements: dict, returned: always}
    settings: {description: "What is in force, where it comes from, and whether the process has it.", type: list, elements: dict,
               returned: always}
    gpus: {description: "The GPUs, as above.", type: list, elements: dict, returned: always}
    gpu_problem: {description: "Why GPUs are missing.", type: str, returned: always}
    models: {description: "What is loaded; null where Ollama could not be asked.", type: list, elements: dict, returned: always}
    evidence: {description: "What was seen at each level; a C(unit) in it is one of several servers.", type: list, elements: dict,
               returned: always}
doctor:
  description: What is wrong or risky about the configuration.
  returned: with the subset doctor
  type: dict
  sample: {unit: ollama.service, findings: [{code: OG509, severity: info, message: "...", fixable: false}], ignored: 0,
           not_seen: []}
  contains:
    unit: {description: "The service.", type: str, returned: always}
    findings: {description: "Each with its C(code), C(severity), C(message), C(why), C(remedy), its C(command) and place.",
               type: list, elements: dict, returned: always}
    ignored: {description: "How many were left out by I(ignore).", type: int, returned: always}
    not_seen: {description: "What could not be looked at.", type: list, elements: str, returned: always}
show:
  description: >-
    The environment that Ollama gets, by the files. Values that look like secrets by the name of their variable are C(***), and so
    are users and passwords in URLs.
  returned: with the subset show
  type: dict
  sample: {unit: ollama.service, environment: {OLLAMA_KEEP_ALIVE: {value: 24h, source: {file: /etc/x.conf, line: 9},
           overridden: []}}, unset: {}, unit_environment: ["OLLAMA_KEEP_ALIVE=24h"], drop_ins: [], fragment: "", gate: null}
  contains:
    unit: {description: "The service.", type: str, returned: always}
    environment: {description: "Each variable with its C(value), its C(source), and those C(overridden).", type: dict,
                  returned: always}
    unset: {description: "What C(UnsetEnvironment=) takes away.", type: dict, returned: always}
    unit_environment: {description: "systemd's property Environment, in its order.", type: list, elements: str, returned: always}
    fragment: {description: "The unit's file.", type: str, returned: always}
    drop_ins: {description: "Its drop-ins.", type: list, elements: str, returned: always}
    gate: {description: "What waits for the GPUs before each start; null where nothing does.", type: dict, returned: always}
verify:
  description: Whether what is configured holds.
  returned: with the subset verify
  type: dict
  sample: {unit: ollama.service, holds: true, evidence: [{level: file, status: ok, detail: ""}]}
  contains:
    unit: {description: "The service.", type: str, returned: always}
    holds: {description: "Nothing was seen that does not hold. A level that is C(skipped), as without root, does not count.",
            type: bool, returned: always}
    evidence: {description: "Each level with its C(level), C(status) and C(detail); with C(unit), of that one of several servers.",
               type: list, elements: dict, returned: always}
generations:
  description: What can be brought back with M(ollama_gpu.ollama_gpu.settings), C(command=rollback), oldest first.
  returned: with the subset generations
  type: list
  elements: dict
  sample: [{id: 1, time: "2026-11-23T16:02:03Z", command: ollama-gpu configure --gpus all, result: done}]
  contains:
    id: {description: "Its number.", type: int, returned: always}
    time: {description: "When it was made, in UTC.", type: str, returned: always}
    command: {description: "The command that made it, secrets masked.", type: str, returned: always}
    result: {description: "C(done), C(rolled back), C(failed), C(pending), C(adopted) or C(unknown).", type: str, returned: always}
rc:
  description: The program's exit code; C(ollama-gpu help exit-codes) says what each means.
  returned: on failure, once the program ran
  type: int
  sample: 5
subset:
  description: The subset that the program had no answer for.
  returned: on failure, once the program ran
  type: str
  sample: status
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
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ollama_gpu.ollama_gpu.plugins.module_utils import program

COMMANDS = {
    "gpus": ["gpus"],
    "status": ["status"],
    "doctor": ["doctor"],
    "show": ["show"],
    "verify": ["verify"],
    "generations": ["rollback", "--list"],
}
NOT_HELD = 11  # something was found, or does not hold: that is an answer


def argument_spec():
    spec = {
        "gather_subset": {"type": "list", "elements": "str", "choices": ["all"] + list(COMMANDS), "default": ["all"]},
        "variables": {"type": "list", "elements": "str", "default": []},
        "ignore": {"type": "list", "elements": "str", "default": []},
    }
    spec.update(program.SERVICE_SPEC)
    return spec


def words_of(subset, params):
    """The words behind the program's name."""
    words = COMMANDS[subset] + ["--json"]
    words += ["--{0}={1}".format(name, params[name]) for name in ("unit", "root") if params[name] is not None]
    words += ["--user"] if params["user"] else []
    if subset == "doctor":
        words += ["--ignore={0}".format(code) for code in params["ignore"]]
    if subset == "show":
        words += ["--"] + params["variables"]
    return words


def without_secrets(shown):
    """The answer of show, which tells values as they are."""
    for name, variable in shown["environment"].items():
        variable["value"] = program.masked(name, variable["value"])
        for beaten in variable["overridden"]:
            beaten["value"] = program.masked(name, beaten["value"])
    pairs = [text.partition("=") for text in shown["unit_environment"]]
    shown["unit_environment"] = [name + sign + program.masked(name, value) for name, sign, value in pairs]
    return shown


def values_of(subset, answer):
    """What the task returns of this answer."""
    values = program.values_of(answer)
    values.pop("error", None)
    if subset == "gpus":
        named = {"gpu_" + key: values.get(key) for key in ("source", "problem", "fault")}
        return dict(named, gpus=values["gpus"])
    if subset == "generations":
        return {"generations": values["generations"]}
    if subset == "show":
        return {"show": without_secrets(values)}
    if subset == "verify":
        return {"verify": {"unit": values["unit"], "holds": answer["ok"], "evidence": values["evidence"]}}
    return {subset: values}


def main():
    module = AnsibleModule(argument_spec(), supports_check_mode=True)
    wanted = module.params["gather_subset"]
    result = {"changed": False}
    found = program.find_program(module)
    for subset in COMMANDS:
        if "all" not in wanted and subset not in wanted:
            continue
        answer = program.ask(module, found, words_of(subset, module.params))
        if answer["exit_code"] not in (0, NOT_HELD):
            module.fail_json(msg=program.message_of(answer["error"]), rc=answer["exit_code"], subset=subset,
                             error=answer["error"], **result)
        result.update(values_of(subset, answer))
    module.exit_json(**result)


if __name__ == "__main__":
    main()

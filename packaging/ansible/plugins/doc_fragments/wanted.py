# SPDX-License-Identifier: MIT
"""What is wanted of a service: the options of configure."""


class ModuleDocFragment(object):
    DOCUMENTATION = r"""
options:
  gpus:
    description: >-
      Which GPUs Ollama may use, as a list such as C([0, 1]) or a selector such as C(all), C(none), C(0-3), C(GPU-58a8),
      C(min-free=20GiB), C(name=A100,count=2). One selector fits hosts with different GPUs.
    type: list
    elements: str
  gpu_ids:
    description: >-
      How to write them. C(auto), the program's default, writes C(all) and lists of numbers as indices where every GPU is NVIDIA's
      without MIG, and anything else as UUIDs.
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
  replicas:
    description: >-
      Several servers that share I(gpus) behind one address, Ollama's own. C(true) is one per GPU, a number so many, C(false) one
      server again. HAProxy must be on the host.
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
    description: Address that Ollama listens on, C(HOST) or C(HOST:PORT). With I(replicas) it is where HAProxy listens.
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
    description: The drop-in holds just what is named, so that what is taken out of the play goes from the host too.
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
    description: A TOML file on the host with the same options. What the play says wins.
    type: path
  force:
    description: Accept a value or a name that Ollama would misread.
    type: bool
    default: false
"""

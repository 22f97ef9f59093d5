# SPDX-License-Identifier: MIT
"""What the modules of this collection have in common: where the program and the service are."""


class ModuleDocFragment(object):
    DOCUMENTATION = r"""
options:
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
requirements:
  - ollama-gpu on the host, of the version of this collection
  - Python 3.6 or later on the host
attributes:
  action_group:
    description: C(module_defaults) under C(group/ollama_gpu.ollama_gpu.all) are those of all modules of this collection.
    support: full
    membership: [ollama_gpu.ollama_gpu.all]
  platform:
    description: Linux with systemd 252 or later.
    support: full
    platforms: linux
"""

# SPDX-License-Identifier: MIT
"""The options of everything that changes a service: how it is restarted, judged and put back."""


class ModuleDocFragment(object):
    DOCUMENTATION = r"""
options:
  restart:
    description: C(auto), the program's default, restarts Ollama only if it does not have the settings already.
    type: str
    choices: [auto, never, always]
  timeout:
    description: >-
      Seconds for Ollama to answer after a restart, by the program's default 180; with I(probe) for a token, by default 30.
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
"""

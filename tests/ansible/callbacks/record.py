# SPDX-License-Identifier: MIT
"""An Ansible callback that notes every result as a line of JSON in $RECORD_FILE, for tests/ansible/run."""
import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: aggregate
short_description: every result as a line of JSON
description: For the tests of the collection.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"

    def _note(self, status, result):
        noted = {"host": result._host.get_name(), "task": result._task.get_name(), "status": status,
                 "action": result._task.action, "result": result._result}
        with open(os.environ["RECORD_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(noted, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._note("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._note("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._note("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self._note("skipped", result)

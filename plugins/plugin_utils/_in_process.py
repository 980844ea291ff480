# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's work in the controller's own process: no process to start, and who waits sees it wait."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import WRAPPER, Shape
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._options import said_of, secrets_of, validated
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import kept

_WATCH = "apihealth.meraki, watching its parent"


class InProcess(ActionBase):  # type: ignore[misc]
    """Does what a module does, where the task would run here anyway; anywhere else the module does it.

    Who inherits says which module it is, and what that does: `job` takes validated options and a function that shows a
    line, and returns the result with its `warnings`, if there are any. It raises ApiHealthError.
    """

    module: str
    shape: Shape
    job: Callable[[Mapping[str, Any], Callable[[str], None]], dict[str, Any]]

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """The result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        given = json.loads(json.dumps(plain_data({**self._variables(task_vars or {}), **self._task.args})))
        if not self._is_here(task_vars or {}):
            # On ansible-core 2.22 a module reports new secrets in its result, which may be a file. These are not new.
            secrets_of(self.shape, said_of(self.shape, given))
            # A module is started in the playbook's folder, which may be inside an installed collection.
            local = self._connection.transport == "local"
            done = self._execute_module(
                module_name=f"apihealth.meraki.{self.module}",
                module_args=with_whole_paths(given, self.shape) if local else given,
                task_vars=task_vars,
                wrap_async=self._task.async_val,
            )
            return {**result, **done}
        end_with_parent()
        # As an error: some program may read what callbacks print, and Ansible does not flush that while a task runs.
        say = (lambda line: None) if self._task.no_log else partial(Display().display, stderr=True)
        try:
            options = validated(self.shape, given, time.time())
            done = {"changed": False, **kept(self.job, options, say)}
            warnings = options["cautions"] + done.pop("warnings", [])
            done.update({"warnings": warnings} if warnings else {})
        except ApiHealthError as exc:
            done = {"failed": True, "msg": str(exc), **exc.details}
        return {**result, **done}

    def _variables(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The options that a wrapper's variables give, whose names are the option's behind `option_prefix`.

        Not as the task's arguments, one by one: to template fifty of them takes longer than to judge.
        """
        prefix = self._task.args.get("option_prefix")
        if not isinstance(prefix, str):
            return {}  # there is none, or one that is refused in a moment
        names = [name for name in self.shape.options if prefix and name not in WRAPPER and prefix + name in task_vars]
        filled = self._templar.template({name: task_vars[prefix + name] for name in names})
        # Before ansible-core 2.19 the value that stands for "omit" is still there.
        return {name: value for name, value in filled.items() if value != task_vars.get("omit")}

    def _is_here(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether the module would run on this machine, with the same rights, environment and Python."""
        delegated = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        interpreter = (delegated or task_vars).get("ansible_python_interpreter")
        configured = constants.config.get_config_value("INTERPRETER_PYTHON")
        chosen = str(self._templar.template(interpreter) if interpreter else configured)
        return (
            self._connection.transport == "local"
            and not self._connection.become
            and not self._task.async_val
            and not any(self._task.environment or ())
            and (chosen.startswith("auto") or chosen in (sys.executable, task_vars.get("ansible_playbook_python")))
        )


def end_with_parent() -> None:
    """Let this worker end soon after the process that forked it, which may be killed without a word to anybody."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        while parent and os.getppid() == parent.pid:
            time.sleep(1)
        os._exit(1)

    # A loop comes here again and again.
    if parent and not any(thread.name == _WATCH for thread in threading.enumerate()):
        threading.Thread(target=watch, name=_WATCH, daemon=True).start()


def with_whole_paths(given: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """The options with their relative paths told from the folder that Ansible was started in."""
    paths = {}
    for name in {"ca_path", "report_dir", "baseline"} & set(shape.options):
        text = given.get(name)
        if isinstance(text, str) and text.strip() and not text.lstrip().startswith(("{", "~", "$")):
            paths[name] = os.path.abspath(text.strip())
    return {**given, **paths}


def plain_data(value: Any) -> Any:
    """The same as data alone: no mark of Ansible's that would have a text from outside templated."""
    if isinstance(value, Mapping):
        return {str(key): plain_data(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_data(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)

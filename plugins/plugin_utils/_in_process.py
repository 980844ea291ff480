# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module's job in the controller's own process: no process is started, and progress is shown during a wait."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import Shape
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._orphan import end_with_parent
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import kept
from ansible_collections.apihealth.meraki.plugins.plugin_utils import _coverage
from ansible_collections.apihealth.meraki.plugins.plugin_utils._coverage import IDS
from ansible_collections.apihealth.meraki.plugins.plugin_utils._earlier import taken_over
from ansible_collections.apihealth.meraki.plugins.plugin_utils._paths import with_whole_paths
from ansible_collections.apihealth.meraki.plugins.plugin_utils._screen import show
from ansible_collections.apihealth.meraki.plugins.plugin_utils._secrets import secrets_in
from ansible_collections.apihealth.meraki.plugins.plugin_utils._variables import Variables


class InProcess(ActionBase):  # type: ignore[misc]
    """Runs a module's job in this process if the task would run on the controller anyway; otherwise runs the module.

    A subclass names its module and job: `choose` makes a job of validated options, and `do` takes the job and a
    function that shows a line, and returns the result, which may have `warnings`. Both raise ApiHealthError.
    `on_failure`, if set, receives the shape, the options as given, the error, and the error as shown.
    """

    module: str
    shape: Shape
    choose: Callable[[Mapping[str, Any], float], Any]
    do: Callable[[Any, Callable[[str], None]], dict[str, Any]]
    on_failure: Callable[[Shape, Mapping[str, Any], ApiHealthError, str], None] | None = None

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """The result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = Variables(self.shape, self._task, self._templar)
        if variables.earlier:
            return {**result, **taken_over(variables, task_vars or {})}
        end_with_parent()
        # AWX names the user who started the job in a variable, and reports read the environment of this worker.
        user = (task_vars or {}).get("awx_user_name")
        if isinstance(user, str) and user.isprintable():
            os.environ.setdefault("AWX_USER_NAME", user)
        given = variables.given(task_vars or {})
        try:
            if variables.prefix:
                variables.check_conditions(task_vars or {})
                given = variables.with_names(variables.with_ids_of_all(given, task_vars or {}), task_vars or {})
            done = self._done(given, task_vars or {})
            if variables.prefix and "verdict" in done:
                variables.check_conditions_again(task_vars or {}, done)
        except ApiHealthError as exc:
            return {**result, **self._refused(given, exc, task_vars or {})}
        if "verdict" in done and variables.prefix:
            source, environment = variables.source_of_ids(task_vars or {}), variables.environment(task_vars or {})
            record = secrets_in(self.shape, given).without(_coverage.record(self.shape, given, source, environment))
            done["judged"] = _coverage.decided(record, done["verdict"].get("gate"), done.pop("closing", None))
            if "title" in done and variables.is_in_batches:
                # Ansible keeps the name of a task, which contains this, from one batch to the next.
                done["title"] = "of each batch"
        lines = done.get("verdict", done).get("lines")
        if lines and self._task.args.get("show_screen") and not self._task.no_log:
            show(lines)
        return {**result, **done}

    def _refused(self, given: dict[str, Any], exc: ApiHealthError, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The failure of a task that a wrapper may not use like this; no report of it or of an earlier run is left."""
        told = secrets_in(self.shape, given).hidden(str(exc))
        if self.on_failure and self._connection.transport == "local":
            self.on_failure(self.shape, given, exc, told)
        elif self.on_failure:
            # Without organizations, the module fails too, and removes earlier reports from its own host.
            with contextlib.suppress(AnsibleError):
                self._done({**given, IDS: []}, task_vars)
        return {"failed": True, "msg": told, **exc.details}

    def _done(self, given: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The result of the job, or its failure; the module runs it if the task does not run in this process."""
        if not self._is_here(task_vars):
            # Register secrets now: on ansible-core 2.22 a module reports new ones in its result, which may be a file.
            secrets_in(self.shape, given)
            # A module starts in the playbook's folder, which may be inside an installed collection.
            local = self._connection.transport == "local"
            done: dict[str, Any] = self._execute_module(
                module_name=f"apihealth.meraki.{self.module}",
                module_args=with_whole_paths(given, self.shape) if local else given,
                task_vars=task_vars,
                wrap_async=self._task.async_val,
            )
            return done
        # On stderr, because a program may parse stdout, which Ansible does not flush while a task runs.
        say = (lambda line: None) if self._task.no_log else partial(Display().display, stderr=True)
        try:
            now = time.time()
            options = validated(self.shape, given, now)
            done = {"changed": False, **kept(options["secrets"], self.do, self.choose(options, now), say)}
            warnings = options["cautions"] + done.pop("warnings", [])
            done.update({"warnings": warnings} if warnings else {})
        except ApiHealthError as exc:
            if self.on_failure:
                self.on_failure(self.shape, given, exc, str(exc))
            done = {"failed": True, "msg": str(exc), **exc.details}
        return done

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

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's work in the controller's own process: no process to start, and who waits sees it wait."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import WRAPPER, Shape
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._options.said import is_blank, said_of
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import secrets_of, validated
from ansible_collections.apihealth.meraki.plugins.module_utils._orphan import end_with_parent
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import Secrets, kept
from ansible_collections.apihealth.meraki.plugins.plugin_utils import _coverage

# Callbacks that make standard output one document.
_FOR_PROGRAMS = ("json", "jsonl")


class InProcess(ActionBase):  # type: ignore[misc]
    """Does what a module does, where the task would run here anyway; anywhere else the module does it.

    A subclass names its module and what that does: `choose` makes a job of validated options, and `do` takes the job
    and a function that shows a line, and returns the result with its `warnings`, if there are any. Both raise
    ApiHealthError.
    """

    module: str
    shape: Shape
    choose: Callable[[Mapping[str, Any], float], Any]
    do: Callable[[Any, Callable[[str], None]], dict[str, Any]]

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """The result of the task."""
        end_with_parent()
        result: dict[str, Any] = super().run(tmp, task_vars)
        if isinstance(self._task.args.get("earlier_result"), Mapping):
            return {**result, **self._taken_over(task_vars or {})}
        given = self._given(task_vars or {})
        done = self._done(given, task_vars or {})
        if "verdict" in done and self._prefix():
            # Only here: a module without a verdict has no use for it.
            from ansible_collections.apihealth.meraki.plugins.module_utils._judging.screen import title

            source, environment = self._source_of_ids(task_vars or {}), self._environment(task_vars or {})
            record = _coverage.record(self.shape, given, source, environment)
            done.update(judged=self._secrets(given).without(record), title=title(done["verdict"]))
        if "verdict" in done and self._task.args.get("show_screen") and not self._task.no_log:
            show(done["verdict"]["lines"])
        return {**result, **done}

    def _done(self, given: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """What the job returns, or what is to be said of its failure; by the module where the task runs elsewhere."""
        if not self._is_here(task_vars):
            # On ansible-core 2.22 a module reports new secrets in its result, which may be a file. These are not new.
            self._secrets(given)
            # A module is started in the playbook's folder, which may be inside an installed collection.
            local = self._connection.transport == "local"
            done: dict[str, Any] = self._execute_module(
                module_name=f"apihealth.meraki.{self.module}",
                module_args=with_whole_paths(given, self.shape) if local else given,
                task_vars=task_vars,
                wrap_async=self._task.async_val,
            )
            return done
        # As an error: some program may read what callbacks print, and Ansible does not flush that while a task runs.
        say = (lambda line: None) if self._task.no_log else partial(Display().display, stderr=True)
        try:
            now = time.time()
            options = validated(self.shape, given, now)
            done = {"changed": False, **kept(options["secrets"], self.do, self.choose(options, now), say)}
            warnings = options["cautions"] + done.pop("warnings", [])
            done.update({"warnings": warnings} if warnings else {})
        except ApiHealthError as exc:
            done = {"failed": True, "msg": str(exc), **exc.details}
        return done

    def _secrets(self, given: Mapping[str, Any]) -> Secrets:
        return secrets_of(self.shape, said_of(self.shape, given))[1]

    def _prefix(self) -> str:
        """What a wrapper's variables put before an option's name; nothing if there is no wrapper, or a wrong one."""
        prefix = self._task.args.get("option_prefix")
        return prefix if isinstance(prefix, str) else ""

    def _given(self, task_vars: Mapping[str, Any], left_out: Collection[str] = ()) -> dict[str, Any]:
        """The task's options as plain data. With a wrapper, its variables win over what `module_defaults` gave.

        A wrapper passes no option as an argument: to template fifty of them takes longer than to judge.
        """
        args, prefix = dict(self._task.args), self._prefix()
        if isinstance(args.get("earlier_result"), Mapping):
            del args["earlier_result"]
        names = {name for name in self.shape.options if prefix and name not in WRAPPER and prefix + name in task_vars}
        raw = {name: task_vars[prefix + name] for name in names - set(left_out)}
        templar = self._templar.copy_with_new_env(available_variables=dict(task_vars))
        filled = templar.template({name: value for name, value in raw.items() if value is not None})
        # Before ansible-core 2.19 the value that stands for "omit" is still there.
        omitted = task_vars.get("omit")
        said = {name: value for name, value in filled.items() if not is_blank(value) and value != omitted}
        for name in said:
            for alias in self.shape.options[name].get("aliases", []):
                args.pop(alias, None)
        return dict(json.loads(json.dumps(plain_data({**args, **said}))))

    def _source_of_ids(self, task_vars: Mapping[str, Any]) -> Any:
        """The variable that gives the organization ids, before it is templated."""
        return task_vars.get(self._prefix() + _coverage.IDS)

    def _environment(self, task_vars: Mapping[str, Any], of_another: bool = False) -> dict[str, str]:
        """What the play's `environment` sets for this host, or what it would set for another one of these variables."""
        levels = self._task.environment or []
        if of_another:
            # The task's own is templated for this host already, that of the blocks around it is not.
            around: Any = self._task._parent
            raw = around._get_parent_attribute("environment")
            templar = self._templar.copy_with_new_env(available_variables=dict(task_vars))
            levels = templar.template(raw) if isinstance(raw, list) and raw else []
        found: dict[str, Any] = {}
        for level in levels if isinstance(levels, list) else [levels]:
            found.update(level if isinstance(level, Mapping) else {})
        # Before ansible-core 2.19 the value that stands for "omit" is still there.
        return {name: str(value) for name, value in found.items() if value != task_vars.get("omit")}

    def _taken_over(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The verdict of an earlier task, if the hosts that go on by it ask for what it was made with."""
        earlier = plain_data(self._task.args["earlier_result"])
        try:
            verdict = self._covered(earlier, task_vars)
            for host, variables in self._variables_of_others(task_vars):
                try:
                    self._covered(earlier, variables, of_another=True)
                except ApiHealthError as exc:
                    raise ApiHealthError(f"{host}: {exc}") from exc
        except ApiHealthError as exc:
            return {"failed": True, "msg": str(exc), **exc.details}
        return {"changed": False, **verdict}

    def _covered(
        self, earlier: Mapping[str, Any], task_vars: Mapping[str, Any], of_another: bool = False
    ) -> dict[str, Any]:
        source = self._source_of_ids(task_vars)
        known = _coverage.comes_from(source, earlier.get("judged"))
        # Hundreds of hosts would each make the same list of all of them.
        given = self._given(task_vars, left_out=[_coverage.IDS] if known else [])
        try:
            return _coverage.covered(self.shape, given, earlier, source, self._environment(task_vars, of_another))
        except ApiHealthError as exc:
            # Whatever was given as an organization id.
            raise ApiHealthError(self._secrets(given).hidden(str(exc)), **exc.details) from None

    def _variables_of_others(self, task_vars: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The variables of each other host of the play, where the role was included once for all of them.

        What the include itself sets is the same for all; what comes from the inventory or the play is each host's own.
        """
        if not _is_included_once(self._task):
            return
        hostvars, me = task_vars["hostvars"], task_vars["inventory_hostname"]
        mine = hostvars.raw_get(me)
        for host in task_vars["ansible_play_hosts"]:
            theirs = hostvars.raw_get(host) if host != me else {}
            own = {name: theirs[name] for name in theirs if name not in mine or mine[name] == task_vars.get(name)}
            if host != me:
                yield host, {**task_vars, **own}

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


def _is_included_once(task: Any) -> bool:
    """Whether this task is in a role that was included for one host on behalf of all."""
    parent = task._parent
    while parent is not None:
        # A block has no action.
        if hasattr(parent, "action") and parent.run_once and not parent.statically_loaded:
            return True
        parent = parent._parent
    return False


def show(lines: list[str]) -> None:
    """Print the screen as lines of its own, where no program reads standard output."""
    callback = str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK")).rpartition(".")[2]
    Display().display("\n".join(lines), stderr=callback in _FOR_PROGRAMS)


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

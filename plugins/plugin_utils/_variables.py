# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a task's options from its arguments and from the variables of a wrapper, such as a role."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible.errors import AnsibleError

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import WRAPPER, Shape
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._options.coerced import coerced
from ansible_collections.apihealth.meraki.plugins.module_utils._options.said import is_blank
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import Secrets
from ansible_collections.apihealth.meraki.plugins.module_utils._text import shown
from ansible_collections.apihealth.meraki.plugins.plugin_utils._coverage import (
    IDS,
    PLAY_WIDE,
    is_play_wide,
    is_template,
)
from ansible_collections.apihealth.meraki.plugins.plugin_utils._plain import first_line, plain_data
from ansible_collections.apihealth.meraki.plugins.plugin_utils._secrets import secrets_in


class Variables(NamedTuple):
    """An Ansible task, its templar, and the shape of its options."""

    shape: Shape
    task: Any
    templar: Any

    @property
    def prefix(self) -> str:
        """The prefix of a wrapper's variables; empty if there is no wrapper or the prefix is not a string."""
        prefix = self.task.args.get("option_prefix")
        return prefix if isinstance(prefix, str) else ""

    @property
    def earlier(self) -> str | None:
        """The option that names the earlier verdict to apply; None if the task makes its own."""
        if isinstance(self.task.args.get("earlier_result"), Mapping):
            return "earlier_result"
        name = self.task.args.get("earlier_variable")
        return "earlier_variable" if isinstance(name, str) and not is_blank(name) else None

    @property
    def is_in_batches(self) -> bool:
        """Whether the play has `serial`."""
        return bool(self.task._parent._play.serial)

    def check_conditions(self, task_vars: Mapping[str, Any]) -> None:
        """Raise InvalidInput if a condition on the wrapper depends on the wrapper's own results.

        Such a condition may skip the later tasks, which close the gate.
        """
        own = [f"__{self.prefix}result", f"{self.prefix}verdict"]
        names = re.compile(rf"\b({'|'.join(map(re.escape, own))})\b")
        found = [one for one in self._conditions if names.search(str(one))]
        found += self._ended(task_vars, dict.fromkeys(own, {}))
        self._refuse(found, "depends on a variable that the role sets")

    def check_conditions_again(self, task_vars: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Raise InvalidInput if a condition on the wrapper no longer holds after this task, with its result.

        It may depend on a report, or on the time.
        """
        own = {f"__{self.prefix}result": result, f"{self.prefix}verdict": result["verdict"]}
        self._refuse(self._ended(task_vars, own), "became false while the role was running")

    def _ended(self, task_vars: Mapping[str, Any], own: Mapping[str, Any]) -> list[Any]:
        """The conditions that were true for a host, and are false with the wrapper's own variables."""
        found: dict[str, Any] = {}
        # Without a condition, nobody asks for the variables of hundreds of hosts.
        hosts = task_vars.get("ansible_play_batch", ()) if self._conditions else ()
        for host, theirs in [("", task_vars), *self.of_hosts(hosts, task_vars)]:
            for one in self._conditions:
                # For the host of this task, all of them were true when it began.
                if not self._may_hold(one, {**theirs, **own}) and (not host or self._may_hold(one, theirs)):
                    found[str(one)] = one
        return list(found.values())

    @property
    def _conditions(self) -> list[Any]:
        return list(self.task.when or ())

    def _may_hold(self, condition: Any, task_vars: Mapping[str, Any]) -> bool:
        """Whether the condition is true with these variables, or cannot be evaluated, which fails the next task."""
        templar = self.templar.copy_with_new_env(available_variables=dict(task_vars))
        try:
            if hasattr(templar, "evaluate_conditional"):
                return bool(templar.evaluate_conditional(condition))
            # Before ansible-core 2.19
            from ansible.playbook.conditional import Conditional

            one: Any = Conditional(loader=templar._loader)
            one.when = [condition]
            return bool(one.evaluate_conditional(templar, dict(task_vars)))
        except AnsibleError:
            return True

    @staticmethod
    def _refuse(conditions: Sequence[Any], what: str) -> None:
        if conditions:
            raise InvalidInput(
                [
                    f"the role's condition {shown(str(one))} {what}, so a closed gate would be skipped: set a variable "
                    "of your own before the role, and use that instead"
                    for one in conditions
                ]
            )

    def given(
        self, task_vars: Mapping[str, Any], left_out: Collection[str] = (), of_another: bool = False
    ) -> dict[str, Any]:
        """The task's options as plain data. With a wrapper, its variables override `module_defaults`.

        A wrapper passes no options as arguments, because templating fifty of them takes longer than the judgement.
        `of_another` means that `task_vars` belong to a different host than the one the task runs for.
        """
        args, prefix = dict(self.task.args), self.prefix
        if of_another:
            args = self._with_defaults_of_another(args, task_vars)
        if self.earlier:
            del args[self.earlier]
        if prefix and args.get("given_variables") is None:
            # Not by a lookup in the role, which would be loaded again for each host.
            args["given_variables"] = [name for name in task_vars if name.startswith(prefix)]
        names = {name for name in self.shape.options if prefix and name not in WRAPPER and prefix + name in task_vars}
        raw = {name: task_vars[prefix + name] for name in names - set(left_out)}
        templar = self.templar.copy_with_new_env(available_variables=dict(task_vars))
        filled = templar.template({name: value for name, value in raw.items() if value is not None})
        # Before ansible-core 2.19 the placeholder for "omit" is still present.
        omitted = task_vars.get("omit")
        said = {name: value for name, value in filled.items() if not is_blank(value) and value != omitted}
        for name in said:
            for alias in self.shape.options[name].get("aliases", []):
                args.pop(alias, None)
        return dict(json.loads(json.dumps(plain_data({**args, **said}))))

    def _with_defaults_of_another(self, args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """These arguments, with the `module_defaults` for a host that has these variables."""
        around: Any = self.task._parent
        merged: dict[str, Any] = {}
        for level in around._get_parent_attribute("module_defaults") or []:
            merged.update(level)
        if not merged:
            return dict(args)
        # The task's own arguments are already templated for this host; the defaults are not.
        templar = self.templar.copy_with_new_env(available_variables=dict(task_vars))
        groups = {f"group/{name}" for name in around._play._action_groups.get(self.task.resolved_action, [])}
        defaults: dict[str, Any] = {}
        # In Ansible's order: groups by first mention, then the module itself.
        for name in [*(name for name in merged if name in groups), self.task.resolved_action]:
            defaults.update(templar.template(merged.get(name)) or {})
        return {**{name: value for name, value in args.items() if name not in defaults}, **defaults}

    def of_hosts(self, hosts: Sequence[str], task_vars: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each of these hosts with the variables that this task would have for it. Raises InvalidInput."""
        for host in hosts:
            if host == task_vars["inventory_hostname"]:
                yield host, dict(task_vars)
                continue
            hostvars = task_vars["hostvars"]
            # Only Ansible knows the precedence of facts, of the variables of the play and of those of an include.
            try:
                theirs = hostvars._variable_manager.get_vars(
                    play=self.task._parent._play,
                    host=hostvars._inventory.get_host(host),
                    task=self.task,
                    include_hostvars=False,
                )
            except AnsibleError as exc:
                raise InvalidInput([f"{host}: {first_line(exc)}"]) from exc
            yield host, {**theirs, **{name: task_vars[name] for name in (*PLAY_WIDE, "omit") if name in task_vars}}

    def with_ids_of_all(self, given: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The options with the organizations of every host, if each host has its own gate.

        Raises InvalidInput with every host whose organization ids are invalid, and every other problem of the options.
        """
        # Under the strategies free and host_pinned every host runs a run_once task, and each registered result
        # replaces the others. So each run reads the organizations of all hosts.
        if given.get("scope") != "each" or not self.task.run_once:
            return given
        spec, called = self.shape.options[IDS], self.prefix + IDS
        rest = {name: value for name, value in given.items() if name not in self._names_of_ids}
        secrets = secrets_in(self.shape, given)
        found: dict[str, None] = {}
        problems = []
        # Templates that were already read and give the same ids for every host.
        known: list[Any] = []
        for host, theirs in self.of_hosts(task_vars.get("ansible_play_batch", ()), task_vars):
            source = theirs.get(called)
            if source in known:
                continue
            try:
                raw = self._templated(source, theirs)
                if raw is not None and is_play_wide(source):
                    known.append(source)
                raw = self._ids_of_defaults(host, task_vars, theirs) if raw is None else raw
            except AnsibleError as exc:
                problems.append(f"{host}: {called}: {first_line(exc)}")
                continue
            own = self._secrets_of(theirs, task_vars, secrets)
            if own is not secrets and own.without(raw) != raw:
                problems.append(f"{host}: {called} contains the API key")
                continue
            ids, wrong = coerced(IDS, spec, raw, f"{host}: {called}")
            if wrong:
                # Check again without secrets, because a cut message could show part of a key.
                _ids, wrong = coerced(IDS, spec, secrets.without(raw), f"{host}: {called}")
            problems += wrong or ([] if ids else [f"{host}: {called} is required"])
            found.update(dict.fromkeys(ids or ()))
        if problems:
            try:
                validated(self.shape, {**rest, IDS: ["1"]}, time.time())
            except InvalidInput as exc:
                problems += exc.problems
            raise InvalidInput(problems)
        return {**rest, IDS: list(found)}

    def _secrets_of(self, theirs: Mapping[str, Any], task_vars: Mapping[str, Any], mine: Secrets) -> Secrets:
        """The secrets of the host that has these variables, `mine` if it has the key of the host that judges."""
        name = f"{self.prefix}api_key"
        if theirs.get(name) == task_vars.get(name) and not is_template(theirs.get(name)):
            return mine
        key = self._templated(theirs.get(name), theirs)
        return mine if key is None else secrets_in(self.shape, {"api_key": key})

    @property
    def _names_of_ids(self) -> tuple[str, ...]:
        return (IDS, *self.shape.options[IDS]["aliases"])

    def _templated(self, source: Any, theirs: Mapping[str, Any]) -> Any:
        """A template's value for the host with these variables; None if it is blank."""
        raw = plain_data(self.templar.copy_with_new_env(available_variables=dict(theirs)).template(source))
        # Before ansible-core 2.19 the placeholder for "omit" is still present.
        return None if is_blank(raw) or raw == theirs.get("omit") else raw

    def _ids_of_defaults(self, host: str, task_vars: Mapping[str, Any], theirs: Mapping[str, Any]) -> Any:
        """The organization ids from a host's `module_defaults`, None if there are none."""
        is_me = host == task_vars["inventory_hostname"]
        args = self.task.args if is_me else self._with_defaults_of_another(self.task.args, theirs)
        said = [plain_data(args[name]) for name in self._names_of_ids if not is_blank(args.get(name))]
        return next((raw for raw in said if raw != theirs.get("omit")), None)

    def with_names(self, given: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The options, with the inventory's names for these organizations unless names were given."""
        ids, hostvars = given.get(IDS), task_vars.get("hostvars")
        has_names = "organization_names" in self.shape.options and given.get("organization_names") in (None, "auto")
        if not has_names or not isinstance(ids, list) or hostvars is None:
            return given
        names = {one: hostvars.raw_get(one).get("organization_name") for one in map(str, ids) if one in hostvars}
        known = {identity: str(name) for identity, name in names.items() if isinstance(name, str) and name.strip()}
        return {**given, "organization_names": known} if known else given

    def source_of_ids(self, task_vars: Mapping[str, Any]) -> Any:
        """The variable that gives the organization ids, before it is templated.

        None if the task has an argument for them, for example from `module_defaults`, because the argument is used if
        the variable turns out to be blank.
        """
        has_argument = any(not is_blank(self.task.args.get(name)) for name in self._names_of_ids)
        return None if has_argument else task_vars.get(self.prefix + IDS)

    def environment(self, task_vars: Mapping[str, Any], of_another: bool = False) -> dict[str, str]:
        """The play's `environment` for this host or, with `of_another`, for another host with these variables."""
        levels = self.task.environment or []
        if of_another:
            # The task's own environment is already templated for this host; that of its blocks is not.
            around: Any = self.task._parent
            raw = around._get_parent_attribute("environment")
            templar = self.templar.copy_with_new_env(available_variables=dict(task_vars))
            levels = templar.template(raw) if isinstance(raw, list) and raw else []
        found: dict[str, Any] = {}
        for level in levels if isinstance(levels, list) else [levels]:
            found.update(level if isinstance(level, Mapping) else {})
        # Before ansible-core 2.19 the placeholder for "omit" is still present.
        return {name: str(value) for name, value in found.items() if value != task_vars.get("omit")}

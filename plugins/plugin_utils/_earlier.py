# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply the verdict of an earlier task to the hosts that rely on it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import REPORT_FILES
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.plugin_utils import _coverage
from ansible_collections.apihealth.meraki.plugins.plugin_utils._plain import first_line, plain_data
from ansible_collections.apihealth.meraki.plugins.plugin_utils._secrets import secrets_in
from ansible_collections.apihealth.meraki.plugins.plugin_utils._variables import Variables


def taken_over(variables: Variables, task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a task that applies an earlier verdict; it fails if the verdict does not cover all of its hosts."""
    given = variables.task.args[variables.earlier]
    last = variables.earlier == "earlier_variable"
    made = task_vars.get(given) if last else given
    earlier = _recorded(made) if last else plain_data(made)
    # The last task of the role decides for each host. If the role is included once, only a task with run_once can fail
    # for all hosts.
    decides = last or "verdict" not in earlier or _is_included_once(variables.task)
    try:
        verdict = _covered(variables, earlier, task_vars, decides)
        for host, theirs in variables.of_hosts(_others(variables.task, task_vars), task_vars):
            try:
                _covered(variables, earlier, theirs, decides, of_another=True)
            except ApiHealthError as exc:
                raise ApiHealthError(f"{host}: {exc}") from exc
            except AnsibleError as exc:
                raise ApiHealthError(f"{host}: {first_line(exc)}") from exc
    except ApiHealthError as exc:
        if isinstance(made, Mapping) and task_vars.get(f"{variables.prefix}delegate_to") in (None, "", "localhost"):
            _replace_reports([str(path) for path in plain_data(made.get("reports") or ())], str(exc))
        return {"failed": True, "msg": str(exc), **exc.details}
    judged = earlier.get("judged") or {}
    if last and judged.get("scope") != "each" and judged.get("gate") == "closed":
        # The task before this one has stopped all hosts, unless it was skipped.
        reasons = list((judged.get("closed") or {}).values())
        return {"failed": True, "msg": reasons[0] if reasons else "The gate is closed."}
    return {"changed": False, **verdict}


def _replace_reports(paths: Sequence[str], told: str) -> None:
    """Leave no report that says open, because the play fails: its verdict does not cover a host. Never raises."""
    # If the verdict was made on another host, so were they.
    if not all(map(os.path.isfile, paths)):
        return
    with contextlib.suppress(Exception):
        # Imported late, because only a failure needs it.
        from ansible_collections.apihealth.meraki.plugins.module_utils._reports import files, view

        names = {os.path.basename(path) for path in paths}
        reports = [name for name, file in REPORT_FILES.items() if file in names]
        for folder in {os.path.dirname(path) for path in paths}:
            files.write_refusal(folder, reports, view.MISCONFIGURED, told)


def _recorded(result: Any) -> dict[str, Any]:
    """The record of what a verdict was made with, from a registered result.

    It is read without templating, which would take longer than the comparison for hundreds of hosts.
    """
    return {"judged": plain_data(result.get("judged"))} if isinstance(result, Mapping) else {}


def _covered(
    variables: Variables,
    earlier: Mapping[str, Any],
    task_vars: Mapping[str, Any],
    decides: bool,
    of_another: bool = False,
) -> dict[str, Any]:
    source = variables.source_of_ids(task_vars)
    known = _coverage.comes_from(source, earlier.get("judged"))
    # Skip the ids, because each of hundreds of hosts would build the same long list.
    given = variables.given(task_vars, left_out=[_coverage.IDS] if known else [], of_another=of_another)
    environment = variables.environment(task_vars, of_another)
    secrets = secrets_in(variables.shape, given)
    # Hide secrets before a message truncates a name.
    given["given_variables"] = secrets.without(given.get("given_variables"))
    try:
        once = _is_included_once(variables.task)
        return _coverage.covered(variables.shape, given, earlier, source, environment, decides, once)
    except ApiHealthError as exc:
        # A secret may have been given as an organization id.
        raise ApiHealthError(secrets.hidden(str(exc)), **exc.details) from None


def _others(task: Any, task_vars: Mapping[str, Any]) -> list[str]:
    """The other hosts that this task decides for: those of the batch, if the role was included once for all of them."""
    # Only the batch, because with `serial` each later batch includes the role again.
    batch = task_vars["ansible_play_batch"] if _is_included_once(task) else ()
    return [host for host in batch if host != task_vars["inventory_hostname"]]


def _is_included_once(task: Any) -> bool:
    """Whether this task is in a role that was included with run_once."""
    parent = task._parent
    while parent is not None:
        # A block has no action.
        if hasattr(parent, "action") and parent.run_once and not parent.statically_loaded:
            return True
        parent = parent._parent
    return False

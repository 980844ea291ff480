# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check whether a verdict that was made once for many hosts covers this host. PURE but for the key of the run."""

from __future__ import annotations

import hmac
import json
import multiprocessing
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import BESIDE_THE_VERDICT, Shape
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError, InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._options.rules import unknown_variables
from ansible_collections.apihealth.meraki.plugins.module_utils._options.said import said_of
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import settled

IDS = "organization_ids"
_MOST_NAMES = 10
_LONGEST_ID = 100
# Magic variables whose values are the same for every host of a play.
PLAY_WIDE = {"ansible_play_batch", "ansible_play_hosts", "ansible_play_hosts_all", "groups", "hostvars", "play_hosts"}
# Parts of the names of filters that return a different result each time.
_OF_CHANCE = ("random", "shuffle")


def record(
    shape: Shape, given: Mapping[str, Any], source: Any, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """`{organization_ids, scope, options, source}`: the input of a verdict, for `covered` to compare.

    Only marks of the values are kept, which cannot be traced to the values outside this run. `source` is the variable
    that the organization ids came from; it may be a template. `environment` is that of the play; it may provide the
    values of unset options.
    """
    values, said = settled(shape, given), said_of(shape, given) if environment else {}
    for name, spec in shape.options.items():
        if environment and "fallback" in spec and not said.keys() & {name, *spec.get("aliases", ())}:
            values[name] = _instead(spec["fallback"][1], environment) or values[name]
    return {
        IDS: values[IDS],
        "scope": values["scope"],
        "options": {
            name: _mark(value) for name, value in values.items() if name != IDS and name not in BESIDE_THE_VERDICT
        },
        "source": _mark(str(source)) if is_play_wide(source) else None,
    }


def decided(recorded: Mapping[str, Any], gate: str | None, closing: Mapping[str, str] | None) -> dict[str, Any]:
    """The record of a verdict, with the gate, and the organizations that close it and why.

    If the gate is closed but `closing` names no organization, it is closed for every host.
    """
    scope = recorded["scope"] if closing or gate == "open" else "all"
    return {**recorded, "scope": scope, "gate": gate, "closed": dict(closing or {})}


def _instead(variables: Sequence[str], environment: Mapping[str, str]) -> str | dict[str, str] | None:
    """The play's value for an unset option; all its variables if they may be overridden; None if there are none."""
    said = {name: environment[name].strip() for name in variables if name in environment}
    # Only the first variable is certain to take precedence over the machine's own environment.
    return said.get(variables[0]) or said or None


def comes_from(source: Any, recorded: Any) -> bool:
    """Whether this template gave the recorded organization ids, so that no host has to evaluate it again."""
    return is_play_wide(source) and isinstance(recorded, Mapping) and _mark(str(source)) == recorded.get("source")


def is_template(source: Any) -> bool:
    """Whether a variable contains a template."""
    return isinstance(source, str) and "{{" in source


def is_play_wide(source: Any) -> bool:
    """Whether a template has the same value for all hosts of a play."""
    if not is_template(source):
        return False
    try:
        parsed = jinja2.Environment().parse(source)
    except jinja2.TemplateError:
        return False
    if {node.name for node in parsed.find_all(jinja2.nodes.Name)} - PLAY_WIDE:
        return False
    # `map` and similar filters take the name of a filter as a string.
    named = {node.name for node in parsed.find_all(jinja2.nodes.Filter)}
    named |= {str(node.value) for node in parsed.find_all(jinja2.nodes.Const)}
    return not any(word in name for name in named for word in _OF_CHANCE)


def covered(
    shape: Shape,
    given: Mapping[str, Any],
    earlier: Mapping[str, Any],
    source: Any,
    environment: Mapping[str, str] | None = None,
    decides: bool = False,
    is_included_once: bool = False,
) -> dict[str, Any]:
    """The verdict of the `earlier` result, if it was made with the options of this host.

    Raises InvalidInput for unknown variables, and ApiHealthError with the names of the options that differ. If each
    host has its own gate and the task `decides`, also raises ApiHealthError with the reason why this host's gate is
    closed.
    """
    prefix = given.get("option_prefix") or ""
    problems = list(unknown_variables(shape.options, prefix, given.get("given_variables") or ()))
    if problems:
        raise InvalidInput(problems)
    # If the role is included once, setting run_once to false would make it judge only the first host.
    how = "attach the role with roles or import_role" if is_included_once else f"set {prefix}run_once to false"
    once = f"To judge each host by its own variables, {how}."
    recorded = earlier.get("judged")
    if not isinstance(recorded, Mapping) or not recorded.get("options"):
        raise ApiHealthError(f"The verdict does not cover this host: nothing was judged for it. {once}")
    mine = record(shape, given, source, environment)
    differing = [f"{prefix}{name}" for name, mark in mine["options"].items() if mark != recorded["options"].get(name)]
    # If the template gave the ids, those of `module_defaults` are not used.
    known = comes_from(source, recorded)
    ids = (recorded if known else mine)[IDS] or ()
    # The value is not shown, because a truncated message could show a part of a key.
    if not isinstance(ids, (list, tuple)) or not all(isinstance(one, str) for one in ids):
        raise InvalidInput([f"{prefix}{IDS} is not a list of ids"])
    if not known:
        differing += [] if ids else [prefix + IDS]
        unjudged = sorted(set(ids) - set(recorded[IDS] or ()))
        if unjudged and not differing:
            # Not truncated, because secrets are hidden later, and a part of a key would not be recognized.
            told = [one if len(one) <= _LONGEST_ID else f"an id of {len(one)} characters" for one in unjudged]
            raise ApiHealthError(f"The verdict does not cover this host: it did not judge {_listed(told)}. {once}")
    if differing:
        until = f"{prefix}override_until"
        fact = (
            f" If {until} gives another value each time, such as now(), first set it as a fact in a task with run_once."
        )
        raise ApiHealthError(
            "The verdict does not cover this host: it was made with another host's value of "
            f"{_listed(differing)}. {once}{fact if until in differing else ''}"
        )
    if decides and recorded.get("scope") == "each":
        closed = recorded.get("closed") or {}
        mine_closed = [one for one in ids if one in closed]
        if mine_closed:
            more = len(mine_closed) - 1
            raise ApiHealthError(closed[mine_closed[0]] + (f" (and {more} more of its organizations)" if more else ""))
    return dict(earlier.get("verdict") or {})


def _listed(names: list[str]) -> str:
    """The names in one string, limited to the first ten."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _mark(value: Any) -> str:
    """A keyed hash of a value: equal values have equal marks in this run, and the mark does not reveal the value."""
    # A random key that all processes of a run inherit and that is never shown.
    key = bytes(multiprocessing.current_process().authkey)
    text = json.dumps(value, sort_keys=True, default=str)
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:16]

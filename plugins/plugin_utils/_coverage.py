# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a verdict that was made once for many hosts covers this one. PURE but for the key of the run."""

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
# What the names of filters hold that give another result each time.
_OF_CHANCE = ("random", "shuffle")


def record(
    shape: Shape, given: Mapping[str, Any], source: Any, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """`{organization_ids, scope, options, source}`: what a verdict is made with, for `covered` to compare.

    Values are not kept, only marks of them that nobody can read outside this run. `source` is the template, if it is
    one, that the organization ids came from; `environment` is what the play sets, which may stand in for options.
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

    Where the gate is closed and nobody says by which organization, it is closed for every host.
    """
    scope = recorded["scope"] if closing or gate == "open" else "all"
    return {**recorded, "scope": scope, "gate": gate, "closed": dict(closing or {})}


def _instead(variables: Sequence[str], environment: Mapping[str, str]) -> str | dict[str, str] | None:
    """What the play's environment gives an unset option: its value, or whatever may give or hide it, or None."""
    said = {name: environment[name].strip() for name in variables if name in environment}
    # Only the first variable is sure to win over those of the machine's own environment.
    return said.get(variables[0]) or said or None


def comes_from(source: Any, recorded: Any) -> bool:
    """Whether this template gives the organization ids that were recorded, so that no host has to evaluate it again."""
    return is_play_wide(source) and isinstance(recorded, Mapping) and _mark(str(source)) == recorded.get("source")


def is_template(source: Any) -> bool:
    """Whether a variable is to be templated."""
    return isinstance(source, str) and "{{" in source


def is_play_wide(source: Any) -> bool:
    """Whether a template depends on nothing but what is the same for all hosts of a play."""
    if not is_template(source):
        return False
    try:
        parsed = jinja2.Environment().parse(source)
    except jinja2.TemplateError:
        return False
    if {node.name for node in parsed.find_all(jinja2.nodes.Name)} - PLAY_WIDE:
        return False
    # `map` and its like take a filter's name as text.
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
    """The verdict of the `earlier` result as a result of its own, if this host's options are those it was made with.

    Raises ApiHealthError with the names of those that differ. Where each host has a gate of its own and the task
    `decides`, raises it with the reason why the host's own gate is closed, too.
    """
    prefix = given.get("option_prefix") or ""
    problems = list(unknown_variables(shape.options, prefix, given.get("given_variables") or ()))
    if problems:
        raise InvalidInput(problems)
    # Where the role is included once, it would then judge the first host only.
    how = "attach the role with roles or import_role" if is_included_once else f"set {prefix}run_once to false"
    once = f"To judge each host by its own variables, {how}."
    recorded = earlier.get("judged")
    if not isinstance(recorded, Mapping) or not recorded.get("options"):
        raise ApiHealthError(f"The verdict does not cover this host: nothing was judged for it. {once}")
    mine = record(shape, given, source, environment)
    differing = [f"{prefix}{name}" for name, mark in mine["options"].items() if mark != recorded["options"].get(name)]
    # Where the template gives them, whatever `module_defaults` may give takes no part.
    known = comes_from(source, recorded)
    ids = (recorded if known else mine)[IDS] or ()
    # The value is not shown: a message that is cut could show a part of a key.
    if not isinstance(ids, (list, tuple)) or not all(isinstance(one, str) for one in ids):
        raise InvalidInput([f"{prefix}{IDS} is not a list of ids"])
    if not known:
        differing += [] if ids else [prefix + IDS]
        unjudged = sorted(set(ids) - set(recorded[IDS] or ()))
        if unjudged and not differing:
            # Not cut: nobody has looked yet whether there is a key in it, which would not be hidden in part.
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
    """These names, or the first of very many."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _mark(value: Any) -> str:
    """A mark that is the same for the same value in this run of Ansible, and tells nothing of it."""
    # All processes of a run inherit it; it is random and never shown.
    key = bytes(multiprocessing.current_process().authkey)
    text = json.dumps(value, sort_keys=True, default=str)
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:16]

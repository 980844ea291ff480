# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options as written -> the options that are set: without blanks, and with lists in strings split. PURE."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._argspec import CHECK, Shape, Spec

_LARGEST = 10**300


def is_blank(value: Any) -> bool:
    """Whether a value counts as unset: AWX sends null or an empty string for an unanswered survey question."""
    return value is None or (isinstance(value, str) and not value.strip())


def said_of(shape: Shape, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are set.

    Surveys and `-e` pass lists as strings. `checks` is parsed as JSON. Lists of choices are split here, because Ansible
    would keep the blanks around each entry.
    """
    specs = {alias: spec for name, spec in shape.options.items() for alias in (name, *spec.get("aliases", []))}
    said = {name: _bearable(value, specs.get(name, {})) for name, value in given.items() if not is_blank(value)}
    for name in set(specs) & set(said):
        if name == "checks":
            said[name] = _entries_said(said[name])
        elif specs[name]["type"] == "list" and "choices" in specs[name]:
            said[name] = _split(said[name])
        elif specs[name].get("no_log") and isinstance(said[name], str):
            # Ansible masks a secret exactly as given, but it is used without surrounding blanks.
            said[name] = said[name].strip()
    return said


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) and not is_cut(value) else value


def is_cut(text: str) -> bool:
    """Whether a list given as a string ends with a comma, as it does after `-e ids=1001, 1002`."""
    return text.rstrip().endswith(",")


def _entries_said(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value
    return [_entry_without_blanks(entry, CHECK) for entry in value] if isinstance(value, list) else value


def _entry_without_blanks(entry: Any, options: Spec) -> Any:
    if not isinstance(entry, Mapping):
        return _bearable(entry, {})
    said = {}
    for name, value in entry.items():
        spec = options.get(str(name), {})
        if not is_blank(value):
            inside = isinstance(value, Mapping) and "options" in spec
            said[name] = _entry_without_blanks(value, spec["options"]) if inside else _bearable(value, spec)
    return said


def _bearable(value: Any, spec: Mapping[str, Any]) -> Any:
    """The value, with each number that Ansible cannot convert replaced by a phrase that validation rejects."""
    if spec.get("elements") == "int" and isinstance(value, (str, float)) and not is_cut(str(value)):
        value = str(value).split(",")  # as Ansible does it
    if isinstance(value, (list, tuple)) and "elements" in spec:
        return [_bearable(one, {"type": spec["elements"]}) for one in value]
    if isinstance(value, int):
        too_large = abs(value) > _LARGEST
    else:
        too_large = spec.get("type") == "int" and _is_beyond_whole_numbers(value)
    return "a number too large to hold" if too_large else value


def _is_beyond_whole_numbers(value: Any) -> bool:
    try:
        # Ansible accepts the string 1E999 as a whole number, and then crashes on infinity.
        return abs(float(value)) > _LARGEST
    except (TypeError, ValueError):
        return False

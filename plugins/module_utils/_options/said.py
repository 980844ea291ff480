# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user wrote -> what it says: blanks left out, lists given as text taken apart. PURE."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._argspec import CHECK, Shape, Spec

_LARGEST = 10**300


def is_blank(value: Any) -> bool:
    """Whether this says nothing: AWX sends null or an empty text for a survey question left unanswered."""
    return value is None or (isinstance(value, str) and not value.strip())


def said_of(shape: Shape, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that say something.

    Surveys and `-e` give lists as text: `checks` as JSON, and what Ansible would split without taking the blanks away.
    """
    specs = {alias: spec for name, spec in shape.options.items() for alias in (name, *spec.get("aliases", []))}
    said = {name: _bearable(value, specs.get(name, {})) for name, value in given.items() if not is_blank(value)}
    for name in set(specs) & set(said):
        if name == "checks":
            said[name] = _entries_said(said[name])
        elif specs[name]["type"] == "list" and "choices" in specs[name]:
            said[name] = _split(said[name])
        elif specs[name].get("no_log") and isinstance(said[name], str):
            # Ansible looks for a secret exactly as it is given, and it is used without the blanks.
            said[name] = said[name].strip()
    return said


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) and not is_cut(value) else value


def is_cut(text: str) -> bool:
    """Whether a list given as text ends with a comma, as `-e ids=1001, 1002` leaves it."""
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
    """The value, with words for each number that no conversion of Ansible's can hold."""
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
        # Ansible takes the text 1E999 for a whole number, and stumbles over inf.
        return abs(float(value)) > _LARGEST
    except (TypeError, ValueError):
        return False

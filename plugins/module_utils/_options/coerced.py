# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Coerce each option separately to the type in its spec, and report what is wrong with it. PURE."""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._argspec import CHECK, RANGES, Range, Spec
from .._text import shown
from .said import is_blank, is_cut

# Python accepts digits of any script and underscores between digits as a number.
_NUMBERS = {
    "int": re.compile(r"[+-]?[0-9]+(\.0*)?", re.ASCII),
    "float": re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII),
}
# Choices that YAML reads as a boolean, such as `off`, and the choice each boolean means.
_AS_YAML_READS = {
    ("publish", "true"): "short",
    ("publish", "false"): "none",
    ("attribution", "true"): "auto",
    ("attribution", "false"): "off",
}
IDS = ("organization_ids", "exclude_organization_ids", "_terms")
_TWOIDS = '["1001", "1002"]'
_KIND = {"int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list", "str": "a string"}


def entries(name: str, spec: Mapping[str, Any], raw: Any, called: str) -> tuple[Any, list[str]]:
    """The entries of `checks`, coerced and by canonical names, and the problems with them."""
    if raw is None:
        return None, []
    if not isinstance(raw, (list, tuple)):
        if not isinstance(raw, str) or not raw.lstrip().startswith("["):
            return None, [f"{called}: {shown(raw)} is not a list of checks"]
        whole = raw.rstrip().endswith("]")
        return None, [f"{called}: {shown(raw)} {'is not JSON' if whole else f'is cut off: {cut(name, called)}'}"]
    # An invalid entry becomes None, so that positions in messages match the user's list.
    entries: list[dict[str, Any] | None] = []
    problems = []
    for position, item in enumerate(raw):
        where = f"{called}[{position}]"
        if not isinstance(item, Mapping):
            problems.append(f"{where}: {shown(item)} is not a check, such as {{metric: error_percent, fail: 5}}")
            entries.append(None)
            continue
        entry, found = _settings(CHECK, item, where)
        problems += found
        entries.append(None if found else entry)
    return entries or None, problems


def _settings(options: Spec, given: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[str]]:
    """The settings of one entry, coerced and by canonical names, and the problems with them."""
    canonical = {alias: name for name, spec in options.items() for alias in (name, *spec.get("aliases", []))}
    entry: dict[str, Any] = {}
    problems = []
    for written, raw in given.items():
        name = canonical.get(str(written), "")
        called = f"{where}.{written}"
        if not name:
            problems.append(f"{where}: {unknown('key', str(written), canonical)}")
        elif name in entry:
            problems.append(f"{called} is the same key as another: give one of them")
        elif options[name]["type"] == "dict":
            found: list[str] = [f"{called}: {shown(raw)} is not like {{days: 7}}"]
            if isinstance(raw, Mapping):
                entry[name], found = _settings(options[name]["options"], raw, called)
            problems += found
        else:
            entry[name], found = coerced(name, {**options[name], "default": None}, raw, called)
            problems += found
    return entry, problems


def coerced(name: str, spec: Mapping[str, Any], raw: Any, called: str) -> tuple[Any, list[str]]:
    """The value of one option, coerced to the type in its spec (None if unset), and the problems with it."""
    if isinstance(raw, (bool, str)):
        raw = _AS_YAML_READS.get((name, str(raw).lower()), raw)
    problem = None if raw is None else _unfit(spec, raw)
    # Do not pass the validator a value of the wrong type: it copies it, and newer cores then reject templates.
    taken = {} if raw is None or problem else {name: raw}
    # Drop no_log, because ansible-core 2.22 would mask a secret of any length.
    result = ArgumentSpecValidator({name: {**spec, "aliases": [], "required": False, "no_log": False}}).validate(taken)
    value = result.validated_parameters.get(name)
    if isinstance(value, list):
        value = [item.strip() if isinstance(item, str) else item for item in value]
        value = value or (None if spec["type"] == "list" else [])
    if not problem and spec["type"] == "list" and isinstance(raw, str) and is_cut(raw):
        problem = f"ends with a comma: {cut(name, called)}"
    if not problem and result.error_messages:
        problem = _expected(spec) + _nearest(raw, spec.get("choices", ()))
    if not problem and isinstance(value, list) and any(is_blank(item) for item in value):
        problem = "has an empty entry"
    if problem:
        return None, [
            f"{called}: {problem}" if raw is None or spec.get("no_log") else f"{called}: {shown(raw)} {problem}"
        ]
    limits = RANGES.get(name)
    numbers = (value if isinstance(value, list) else [value]) if limits and value is not None else []
    wrong = [number for number in numbers if limits and not _within(number, limits)]
    if limits and wrong:
        lower = f"{limits.minimum:.10g} {'<' if limits.above else '<='}"
        upper = f"{'<' if limits.below else '<='} {limits.maximum:.10g}"
        return None, [f"{called}: {shown(wrong[0])} is out of range ({lower} {called} {upper})"]
    return value, []


def _unfit(spec: Mapping[str, Any], raw: Any) -> str | None:
    """The problem with a value that Ansible's coercion would wrongly accept; None if there is none.

    For example, a boolean or an odd string as a number, a structure as a string, or half a surrogate pair.
    """
    kind = spec.get("elements") if isinstance(raw, (list, tuple)) and spec["type"] == "list" else spec["type"]
    items = raw if isinstance(raw, (list, tuple)) and spec["type"] == "list" else [raw]
    for item in items:
        if isinstance(item, bool) and kind in ("int", "float", "str", "list"):
            return _expected(spec)
        if isinstance(item, (dict, list, tuple)) and kind in ("str", "path", "int", "float"):
            return _expected(spec)
        if isinstance(item, str) and kind in _NUMBERS and not _NUMBERS[kind].fullmatch(item.strip()):
            return _expected(spec)
        if isinstance(item, str) and kind in ("str", "list") and any("\ud800" <= one <= "\udfff" for one in item):
            # Bytes in another encoding arrive as surrogates, which cannot be sent in a request.
            return "contains an invalid character"
        if item is None:
            return "has an empty entry"
    return None


def _expected(spec: Mapping[str, Any]) -> str:
    if "choices" in spec:
        return f"is not one of {', '.join(map(str, spec['choices']))}"
    if spec["type"] == "list":
        return f"is not a list of {'whole numbers' if spec['elements'] == 'int' else 'strings'}"
    return f"is not {_KIND.get(spec['type'], spec['type'])}"


def _within(number: float, limits: Range) -> bool:
    return (
        math.isfinite(number)
        and limits.minimum <= number <= limits.maximum
        and not (limits.above and number == limits.minimum)
        and not (limits.below and number == limits.maximum)
    )


def cut(name: str, called: str) -> str:
    """Why a list given as a string is cut off, and how to write it."""
    return f"after -e, Ansible takes a value only up to its first space. Write {as_json(name, called)}"


def as_json(name: str, called: str) -> str:
    """How to write a list on the command line."""
    return f"-e '{{\"{called}\": {_TWOIDS if name in IDS else '[...]'}}}'"


def unknown(kind: str, name: str, known: Iterable[str], like: str | None = None) -> str:
    """The message for an unknown name, with the known name closest to it (or to `like`)."""
    return f"unknown {kind} {shown(name)}{_nearest(like or name, known)}"


def _nearest(name: Any, known: Iterable[Any]) -> str:
    written = str(name) if isinstance(name, (str, int, float)) else ""
    names = [str(one) for one in known]
    # A prefix that all of them share, such as that of the role's variables, does not make two names similar.
    prefix = os.path.commonprefix(names)
    at = len(prefix) if len(names) > 1 and written.startswith(prefix) else 0
    near = difflib.get_close_matches(written[at:], [one[at:] for one in names], n=1, cutoff=0.65)
    return f" (did you mean {written[:at]}{near[0]}?)" if near else ""

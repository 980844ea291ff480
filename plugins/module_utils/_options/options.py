# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user wrote -> the options the core works with, or one error that names every problem.

EFFECT only where the argument spec asks for it: environment variables stand in for unset options, `ca_path` is looked
for on the disk, and ansible-core learns what is secret.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import AnsibleFallbackNotFound  # type: ignore[attr-defined]

from .. import _secrets
from .._argspec import CHECK, RANGES, REPORTS, WRAPPER, Range, Shape, Spec
from .._errors import InvalidInput
from .._judging import baseline as _baseline, plan as _plan
from .._metric import METRICS
from .._secrets import HIDDEN, Secrets
from .._text import as_given, shown
from .._time import parse_time
from .._window import MAX_WINDOW_SECONDS, window_until

try:
    from ansible.module_utils.secrets import register_secrets  # type: ignore[import-not-found]
except ImportError:  # before ansible-core 2.22

    def register_secrets(values: Iterable[str]) -> None:
        """Nothing: this ansible-core masks no secrets in its output."""


Namer = Callable[[str], str]

_CALLER = re.compile(r"[A-Za-z0-9]+(/[0-9]+(\.[0-9]+)*)?( [A-Za-z0-9]+)*", re.ASCII)
# What YAML, JSON or Jinja make of an id that they took for a number too large to hold.
_LOST_DIGITS = re.compile(r"[0-9]+\.[0-9]+|[0-9.]+[eE]\+?[0-9]+", re.ASCII)
# Python takes digits of any script for a number, with underscores between them.
_NUMBERS = {
    "int": re.compile(r"[+-]?[0-9]+(\.0*)?", re.ASCII),
    "float": re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII),
}
_IDS = ("organization_ids", "exclude_organization_ids", "_terms")
_TWO_IDS = '["1001", "1002"]'
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1", re.ASCII)
_KIND = {"int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list", "str": "text"}
_STANDARD = tuple(metric for metric in METRICS.values() if metric.option)
# Below this a limit is more likely meant as a fraction of 1; an objective so low is one for certain.
_FRACTION_PERCENT = 0.1
_FRACTION_OBJECTIVE_PERCENT = 1.0
_LARGEST = 10**300
_LONGEST_TEXT = {"name": 100, "action": 300}
# Without a key that was pasted there, these would name or select something else.
_AS_GIVEN = ("base_url", "ca_path", "report_dir", "baseline", "names", "exclude_names", "caller")


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
    return [part.strip() for part in value.split(",")] if isinstance(value, str) and not _is_cut(value) else value


def _is_cut(text: str) -> bool:
    """Whether a list given as text ends with a comma, as `-e ids=1001, 1002` leaves it."""
    return text.rstrip().endswith(",")


def _cut(name: str, called: str) -> str:
    """Why a list given as text breaks off, and how to write it."""
    return f"after -e, Ansible takes a value up to its first blank only. Write {_as_json(name, called)}"


def _as_json(name: str, called: str) -> str:
    """A list as a command line takes it."""
    return f"-e '{{\"{called}\": {_TWO_IDS if name in _IDS else '[...]'}}}'"


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
    if spec.get("elements") == "int" and isinstance(value, (str, float)) and not _is_cut(str(value)):
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


def validated(shape: Shape, given: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Every option of `shape` by its canonical name, coerced as a module coerces, with defaults filled in.

    Also `cautions` (texts for what is legal but looks like a slip), `secrets` (what must not be shown) and, for shapes
    with an API key, `key_source` (where the key came from, never the key). Raises InvalidInput with every problem there
    is. A key that was pasted into another option is taken out there.
    """
    given = said_of(shape, given)
    key, secrets = secrets_of(shape, given)
    try:
        values = _values(shape, given, now, key, _AS_GIVEN)
    except InvalidInput as exc:
        problems = exc.problems
        try:
            # Again without the key anywhere: a message that is cut might show a part of it.
            _values(shape, given, now, key, ())
        except InvalidInput as safe:
            problems = safe.problems
        raise InvalidInput([secrets.hidden(problem) for problem in problems]) from None
    return {**values, "secrets": secrets}


def secrets_of(shape: Shape, given: Mapping[str, Any]) -> tuple[Secrets, Secrets]:
    """The API key in use, and it together with the credentials in addresses, for options that said_of returned.

    ansible-core is told of them: from 2.22 on it masks them in everything that it prints.
    """
    spelled: dict[str, set[str]] = {"api_key": set(), "base_url": set(), "proxy": set()}
    for name in spelled.keys() & shape.options.keys():
        spec = shape.options[name]
        values = [given[one] for one in (name, *spec.get("aliases", [])) if one in given] or [_of_environment(spec)]
        spelling = _secrets.of_key if name == "api_key" else _secrets.of_address
        for text in _secrets.texts_of(values):
            found = spelling(text)
            register_secrets([text] if found else [])
            spelled[name] |= found
    return Secrets(frozenset(spelled["api_key"])), Secrets(frozenset().union(*spelled.values()))


def _of_environment(spec: Mapping[str, Any]) -> Any:
    """What an environment variable says in place of an unset option; None if there is none."""
    if "fallback" not in spec:
        return None
    find, variables = spec["fallback"]
    try:
        return find(*variables)
    except AnsibleFallbackNotFound:
        return None


def _values(
    shape: Shape, given: Mapping[str, Any], now: float, key: Secrets, as_given: Container[str]
) -> dict[str, Any]:
    """The options of `validated`, all but those that stay as they are given without the key."""
    prefix = key.hidden(given["option_prefix"]) if isinstance(given.get("option_prefix"), str) else ""
    canonical = {alias: name for name, spec in shape.options.items() for alias in (name, *spec.get("aliases", []))}
    written: dict[str, str] = {}
    problems = []
    for name in given:
        if name not in canonical:
            problems.append(_unknown("option", prefix + key.hidden(name), [prefix + known for known in canonical]))
        elif canonical[name] in written:
            problems.append(f"{written[canonical[name]]} and {name} are the same option: give one of them")
        else:
            written[canonical[name]] = name

    def called(name: str) -> str:
        variables = shape.options[name].get("fallback", ((), ()))[1]
        source = next((variable for variable in variables if os.environ.get(variable, "").strip()), None)
        return f"environment variable {source}" if source and name not in written else prefix + written.get(name, name)

    values: dict[str, Any] = {}
    holding = []
    for name, spec in shape.options.items():
        raw = given[written[name]] if name in written else _of_environment(spec)
        clean = raw if spec.get("no_log") else _without(key, raw)
        if clean is not raw and clean != raw:
            holding.append(called(name))
            raw = raw if name in as_given else clean
        coerced = _entries if name == "checks" else _coerced
        values[name], found = coerced(name, spec, raw, called(name))
        if name in shape.needed and not found and is_blank(values[name]):
            found = [_missing(name, spec, called(name))]
        problems += found
    if values.get("region", "global") != "global" and "base_url" not in written:
        # Whoever names a region does not mean the address in some environment variable.
        values["base_url"] = None
    # A value that could not be read takes no part in the rules between options, but it was given.
    for one, other in shape.mutually_exclusive:
        if one in written and other in written:
            problems.append(f"{called(one)} and {called(other)} exclude each other")
    for name, needed in shape.required_by.items():
        if name in written and needed not in written:
            problems.append(f"{called(name)} needs {called(needed)}")
    for check in _CHECKS:
        problems += check(values, called, now)
    if problems:
        raise InvalidInput(problems)
    if "caller" in values:
        values["caller"] = key.hidden(values["caller"])
    values = _completed(values, written, prefix, called, now)
    values["cautions"] += [
        f"{name} contains the API key, shown as {HIDDEN}; remove it from this option" for name in holding
    ]
    return values


def _without(key: Secrets, value: Any) -> Any:
    try:
        return key.without(value)
    except RecursionError:
        return HIDDEN  # nothing could show or read it


def settled(shape: Shape, given: Mapping[str, Any]) -> dict[str, Any]:
    """Each option's value by its canonical name, defaults and environment filled in, and coerced on its own.

    A value that cannot be coerced stays as it was written: whoever validates will refuse it.
    """
    given = said_of(shape, given)
    values = {}
    for name, spec in shape.options.items():
        raw = next((given[one] for one in (name, *spec.get("aliases", [])) if one in given), None)
        coerced = _entries if name == "checks" else _coerced
        value, problems = coerced(name, spec, raw, name)
        values[name] = raw if problems else value
    return values


def _completed(
    values: dict[str, Any], written: Mapping[str, str], prefix: str, called: Namer, now: float
) -> dict[str, Any]:
    if "api_key" in values:
        values["key_source"] = called("api_key")
        values["api_key"] = values["api_key"].strip()
    for ids in ("organization_ids", "_terms"):
        if values.get(ids):
            values[ids] = list(dict.fromkeys(values[ids]))
    if values.get("report_dir") and not values["reports"]:
        values["reports"] = list(REPORTS["reports"]["choices"])
    values["cautions"] = list(_short_time(values, called))
    if "mode" in values:
        values["cautions"] += [
            f"{name} is {as_given(value)} percent, not a fraction of 1; is that what you mean?"
            for name, value in _fractions(values, written, called)
        ]
        values["cautions"] += list(_short_wait(values, called, now))
        values["plan"] = _plan.checks_of(values)
        values["earlier"] = None if values["baseline"] is None else _baseline.read(values["baseline"], now)
        values.update(_plan.thresholds(values))
        values["option_prefix"] = prefix
    return values


def _short_time(values: Mapping[str, Any], called: Namer) -> Iterator[str]:
    """What is wrong with a deadline in which not every organization can be asked."""
    if values.get("max_wait") is None:
        return
    count = len(values.get("organization_ids") or values.get("_terms") or ())
    needed = (count - 1) / values["requests_per_second"]
    if needed > values["max_wait"]:
        yield (
            f"{called('max_wait')} {as_given(values['max_wait'])} is too short for {count} organizations: "
            f"at {called('requests_per_second')} {as_given(values['requests_per_second'])} "
            f"asking each once takes {needed:.0f} s"
        )


def _short_wait(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    """What is wrong with a wait in which a gate that is closed cannot open."""
    minutes = values.get("wait_minutes")
    interval = window_until(now, values["window_minutes"] * 60, now).interval or 120
    # The looks themselves take a moment too.
    if minutes and minutes * 60 < 2 * interval + 30:
        yield (
            f"{called('wait_minutes')} {as_given(minutes)} is too short for a closed gate to open: "
            f"that takes two more looks, {interval // 60} minutes apart"
        )


def _fractions(values: Mapping[str, Any], written: Mapping[str, str], called: Namer) -> Iterator[tuple[str, float]]:
    """The percents that look like fractions of 1, by the names that the user wrote."""
    for name in written:
        least = _FRACTION_OBJECTIVE_PERCENT if name == "slo_percent" else _FRACTION_PERCENT
        if name.endswith("_percent") and 0 < values[name] < least:
            yield called(name), values[name]
    for position, entry in _plan.entries_of(values):
        metric = _plan.metric_of(entry)
        for limit in ("warn", "fail"):
            if metric and metric.unit == "percent" and 0 < (entry.get(limit) or 0) < _FRACTION_PERCENT:
                yield f"{called('checks')}[{position}].{limit}", entry[limit]


def _entries(name: str, spec: Mapping[str, Any], raw: Any, called: str) -> tuple[Any, list[str]]:
    """The entries of `checks` with what each says, coerced, by canonical names; and what is wrong with them."""
    if raw is None:
        return None, []
    if not isinstance(raw, (list, tuple)):
        if not isinstance(raw, str) or not raw.lstrip().startswith("["):
            return None, [f"{called}: {shown(raw)} is not a list of checks"]
        whole = raw.rstrip().endswith("]")
        return None, [f"{called}: {shown(raw)} {'is not JSON' if whole else f'breaks off: {_cut(name, called)}'}"]
    # One that could not be read whole leaves its place empty: complaints count as the user does.
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
    """The settings that one entry says, coerced, by canonical names; and what is wrong with them."""
    canonical = {alias: name for name, spec in options.items() for alias in (name, *spec.get("aliases", []))}
    entry: dict[str, Any] = {}
    problems = []
    for written, raw in given.items():
        name = canonical.get(str(written), "")
        called = f"{where}.{written}"
        if not name:
            problems.append(f"{where}: {_unknown('key', str(written), canonical)}")
        elif name in entry:
            problems.append(f"{called} is the same key as another: give one of them")
        elif options[name]["type"] == "dict":
            found: list[str] = [f"{called}: {shown(raw)} is not like {{days: 7}}"]
            if isinstance(raw, Mapping):
                entry[name], found = _settings(options[name]["options"], raw, called)
            problems += found
        else:
            entry[name], found = _coerced(name, {**options[name], "default": None}, raw, called)
            problems += found
    return entry, problems


def _coerced(name: str, spec: Mapping[str, Any], raw: Any, called: str) -> tuple[Any, list[str]]:
    """The value of one option as its spec wants it (None if unset), and what is wrong with it."""
    problem = None if raw is None else _unfit(spec, raw)
    # What is of the wrong kind is not shown to the validator, which copies it: newer cores complain of templates.
    taken = {} if raw is None or problem else {name: raw}
    # Nor that a value is a secret: ansible-core 2.22 would mask one of any length.
    result = ArgumentSpecValidator({name: {**spec, "aliases": [], "required": False, "no_log": False}}).validate(taken)
    value = result.validated_parameters.get(name)
    if isinstance(value, list):
        value = [item.strip() if isinstance(item, str) else item for item in value]
        value = value or (None if spec["type"] == "list" else [])
    if not problem and spec["type"] == "list" and isinstance(raw, str) and _is_cut(raw):
        problem = f"ends with a comma: {_cut(name, called)}"
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


def _missing(name: str, spec: Mapping[str, Any], called: str) -> str:
    if name == "_terms":
        return f"{called} is required: give ids as terms, such as lookup('apihealth.meraki.response_codes', '549236')"
    variables = " or ".join(spec.get("fallback", ((), ()))[1])
    return f"{called} is required" + (f" (or the environment variable {variables})" if variables else "")


def _unfit(spec: Mapping[str, Any], raw: Any) -> str | None:
    """What Ansible's coercion would let through.

    A boolean as a number, an odd text as a number, a structure as text, half a character.
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
            # Bytes of another encoding arrive so; no request can carry them.
            return "holds what is no character"
        if item is None:
            return "has an empty entry"
    return None


def _expected(spec: Mapping[str, Any]) -> str:
    if "choices" in spec:
        return f"is not one of {', '.join(map(str, spec['choices']))}"
    if spec["type"] == "list":
        return f"is not a list of {'whole numbers' if spec['elements'] == 'int' else 'texts'}"
    return f"is not {_KIND.get(spec['type'], spec['type'])}"


def _within(number: float, limits: Range) -> bool:
    return (
        math.isfinite(number)
        and limits.minimum <= number <= limits.maximum
        and not (limits.above and number == limits.minimum)
        and not (limits.below and number == limits.maximum)
    )


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    return f"unknown {kind} {shown(name)}{_nearest(name, known)}"


def _nearest(name: Any, known: Iterable[Any]) -> str:
    written = str(name) if isinstance(name, (str, int, float)) else ""
    near = difflib.get_close_matches(written, [str(one) for one in known], n=1, cutoff=0.7)
    return f" (did you mean {near[0]}?)" if near else ""


# The rules below need more than one look at an option. Each yields texts; None stands for unset or already refused.


def _check_key(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    key = (values.get("api_key") or "").strip()
    if not all("!" <= character <= "~" for character in key):
        yield (
            f"{called('api_key')}: holds a space, a control or a non-ASCII character "
            "(give the key alone, without 'Bearer')"
        )


def _check_urls(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    if values.get("base_url"):
        trouble = _url_trouble(values["base_url"])
        if trouble:
            yield f"{called('base_url')}: {trouble}"
    if values.get("proxy"):
        # Never shown: it may hold a password.
        try:
            proxy = urlsplit(values["proxy"])
            fine = proxy.scheme in ("http", "https") and proxy.hostname and (proxy.port or True)
        except ValueError:
            fine = False
        if not fine:
            yield f"{called('proxy')}: is not a URL like http://proxy.example:3128 (not shown, it may hold a password)"
    if values.get("ca_path") and not os.path.exists(values["ca_path"]):
        yield f"{called('ca_path')}: {shown(values['ca_path'])} does not exist"


def _url_trouble(text: str) -> str | None:
    try:
        url = urlsplit(text.strip())
        port_ok = url.port is None or url.port > 0
    except ValueError:
        return "is not a URL"
    if "@" in text:
        return "must not hold a user name or password"
    if url.scheme not in ("http", "https") or not url.hostname or not port_ok:
        return f"{shown(text)} is not a URL like https://api.meraki.com/api/v1"
    if url.query or url.fragment or re.search(r"[\s\x00-\x1f\x7f\\]", text.strip()):
        return f"{shown(text)} must be only scheme, host and path"
    if url.scheme == "http" and not _LOOPBACK.fullmatch(url.hostname):
        return f"{shown(text)} would send the key in clear text: use https (http is for the loopback address only)"
    return None


def _check_caller(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    caller = values.get("caller")
    if caller and not _CALLER.fullmatch(caller):
        yield f"{called('caller')}: {shown(caller)} is not like ApplicationName/1.0 VendorName (letters and digits)"


def _check_ids(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    for option in _IDS:
        pieces = [text for text in values.get(option) or [] if _is_piece(text)]
        if pieces:
            form = f"give JSON or YAML, such as {_as_json(option, called(option))}"
            form = "give each id as a term of its own" if option == "_terms" else form
            yield f"{called(option)}: {shown(pieces[0])} is a piece of a list that was given as text: {form}"
        for text in values.get(option) or []:
            if text in pieces:
                continue
            if _LOST_DIGITS.fullmatch(text):
                yield f"{called(option)}: {shown(text)} was read as a number and may have lost digits: quote the id"
            elif text in (".", "..") or any(ord(character) < 32 or ord(character) == 127 for character in text):
                yield f"{called(option)}: {shown(text)} is not an organization id"


def _is_piece(text: str) -> bool:
    return text[:1] in "[\"'" or text[-1:] in "]\"'" or "," in text


def _check_window(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    times = {}
    for option in ("t0", "t1"):
        if values.get(option):
            try:
                times[option] = parse_time(values[option], now)
            except ValueError as exc:
                yield f"{called(option)}: {exc}"
    # A second of grace: "-31d" was computed a moment before it is judged.
    if "t0" in times and times["t0"] < now - MAX_WINDOW_SECONDS - 1:
        yield f"{called('t0')}: {shown(values['t0'])} is more than 31 days back"
    if "t0" in times and times["t0"] >= now and "t1" not in times:
        yield f"{called('t0')}: {shown(values['t0'])} is not in the past"
    if len(times) == 2 and times["t1"] <= times["t0"]:
        yield f"{called('t1')}: {shown(values['t1'])} is not after {called('t0')}"
    if len(times) == 2 and times["t1"] - times["t0"] > MAX_WINDOW_SECONDS:
        yield f"{called('t1')}: {shown(values['t1'])} is more than 31 days after {called('t0')}"


def _check_expression(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    expressions = {called("query"): values["query"]} if values.get("query") else {}
    for position, entry in _plan.entries_of(values):
        if entry.get("query"):
            expressions[f"{called('checks')}[{position}].query"] = entry["query"]
    for name, expression in expressions.items():
        yield from _expression_trouble(name, expression)


def _expression_trouble(name: str, expression: str) -> Iterator[str]:
    # Only here, since most tasks have no query.
    try:
        import jmespath
        import jmespath.exceptions
        import jmespath.functions
    except ImportError:
        yield f"{name}: {missing_required_lib('jmespath')}"
        return
    try:
        called = list(_functions(jmespath.compile(expression).parsed))
    except (jmespath.exceptions.JMESPathError, ValueError, RecursionError) as exc:
        yield f"{name}: {shown(expression)} is not a JMESPath expression ({_one_line(exc)})"
        return
    for function in called:
        if function not in jmespath.functions.Functions.FUNCTION_TABLE:
            yield f"{name}: JMESPath has no function {shown(function)}"


def _functions(node: Mapping[str, Any]) -> Iterator[str]:
    """The names of the functions that a parsed JMESPath expression calls; an unknown one fails only when it runs."""
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node["children"]:
        if isinstance(child, dict):  # a slice has numbers there
            yield from _functions(child)


def _one_line(exc: Exception) -> str:
    return str(exc).splitlines()[0].rstrip(":")


def _check_policy(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    if "mode" not in values:
        return
    policy = _plan.thresholds(values)
    for metric in _STANDARD:
        warn, fail = metric.warn_option, metric.fail_option
        if policy[warn] is not None and policy[fail] is not None and policy[warn] > policy[fail]:
            standing = "" if values[fail] is not None else " (its default)"
            said = [f"{called(name)} {as_given(policy[name])}" for name in (warn, fail)]
            yield f"{said[0]} is above {said[1]}{standing}"
    recent, window = values["confirm_recent_minutes"], values["window_minutes"]
    if recent and window and recent > window:
        yield f"{called('confirm_recent_minutes')} {recent} is longer than {called('window_minutes')} {window}"


def _check_checks(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    if "checks" not in values:
        return
    for position, entry in _plan.entries_of(values):
        for setting in ("name", "action"):
            text = str(entry.get(setting) or "")
            if len(text) > _LONGEST_TEXT[setting] or any(ord(character) < 32 for character in text):
                most = _LONGEST_TEXT[setting]
                yield f"{called('checks')}[{position}].{setting}: must be one line of at most {most} characters"
    problems = list(_plan.problems_of(values, called))
    yield from problems
    # These look at the checks whole.
    whole = None not in (values["checks"] or ())
    if whole and not problems and None not in (values["settle_seconds"], values["baseline_days"], values["slo_days"]):
        yield from _plan.baseline_problems(values, called)
    if values["planned_minutes"] and values["planned_requests"] == 0:
        yield f"{called('planned_minutes')} needs {called('planned_requests')}"
    if values["baseline"] is not None:
        try:
            _baseline.read(values["baseline"], now)
        except ValueError as exc:
            given = shown(values["baseline"]) if isinstance(values["baseline"], str) else "what was given"
            yield f"{called('baseline')}: {given} {exc}"
        if values["baseline_days"]:
            yield f"{called('baseline')} and {called('baseline_days')} exclude each other"


def _check_reports(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    if values.get("reports") and not values.get("report_dir"):
        yield f"{called('reports')} needs {called('report_dir')}"
    folder = values.get("report_dir")
    if folder and not _can_be_written(os.path.abspath(folder)):
        yield f"{called('report_dir')}: {shown(folder)} is no folder that can be made or written to"
    url = values.get("runbook_url")
    if url and (_web_host(url) is None or any(ord(one) <= 32 for one in url.strip())):
        yield f"{called('runbook_url')}: {shown(url)} is not a URL like https://wiki.example/runbook"


def _can_be_written(folder: str) -> bool:
    """Whether files can be put there, or the folder be made first."""
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def _web_host(text: str) -> str | None:
    """The host of an http or https URL; None if it is none."""
    try:
        url = urlsplit(text.strip())
    except ValueError:
        return None
    return url.hostname if url.scheme in ("http", "https") else None


def _check_variables(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    yield from unknown_variables(values, values.get("option_prefix") or "", values.get("given_variables") or ())


def unknown_variables(options: Iterable[str], prefix: str, given: Iterable[str]) -> Iterator[str]:
    """What is wrong with the names of the variables that a wrapper was given: no option has such a name."""
    known = [f"{prefix}{name}" for name in options if name not in WRAPPER]
    for variable in dict.fromkeys(given):
        if variable not in known:
            yield _unknown("variable", variable, known)


_CHECKS = (
    _check_key,
    _check_urls,
    _check_caller,
    _check_ids,
    _check_window,
    _check_expression,
    _check_policy,
    _check_checks,
    _check_reports,
    _check_variables,
)

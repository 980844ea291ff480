# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options as written -> every option by its canonical name, or one error that names every problem.

EFFECT only for what the argument spec defines: environment variables replace unset options, `ca_path` is looked up on
the disk, and secrets are registered with ansible-core.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from ansible.module_utils.common.parameters import AnsibleFallbackNotFound  # type: ignore[attr-defined]

from .. import _secrets
from .._argspec import REPORTS, Shape
from .._errors import InvalidInput
from .._judging.policy import entries_of, metric_of
from .._secrets import HIDDEN, Secrets
from .._text import as_given
from .._window import window_until
from .coerced import coerced, entries, unknown
from .rules import RULES, Namer
from .said import is_blank, said_of

try:
    from ansible.module_utils.secrets import register_secrets  # type: ignore[import-not-found]
except ImportError:  # before ansible-core 2.22

    def register_secrets(values: Iterable[str]) -> None:
        """Nothing: this ansible-core masks no secrets in its output."""


# A threshold below this was probably meant as a fraction of 1; an SLO below the second value certainly was.
_FRACTION_PERCENT = 0.1
_FRACTION_OBJECTIVE_PERCENT = 1.0
# If a key was pasted into one of these, removing it would change what the option names or selects.
_AS_GIVEN = ("base_url", "ca_path", "report_dir", "baseline", "names", "exclude_names", "caller")


def validated(shape: Shape, given: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Every option of `shape` by its canonical name, coerced as in a module, with defaults filled in.

    It also has `cautions` (warnings about values that are valid but look like mistakes), `secrets` (what must not be
    shown) and, for shapes with an API key, `key_source` (the origin of the key, never the key) and `address_source`
    (the origin of the API's address). A key that is not required may be empty. A key that was pasted into another
    option is removed from it. Raises InvalidInput with every problem.
    """
    given = said_of(shape, given)
    key, secrets = secrets_of(shape, given)
    try:
        values = _values(shape, given, now, key, _AS_GIVEN)
    except InvalidInput as exc:
        problems = exc.problems
        try:
            # Validate again without the key anywhere, because a cut message might show part of it.
            _values(shape, given, now, key, ())
        except InvalidInput as safe:
            problems = safe.problems
        raise InvalidInput([secrets.hidden(problem) for problem in problems]) from None
    return {**values, "secrets": secrets}


def secrets_of(shape: Shape, given: Mapping[str, Any]) -> tuple[Secrets, Secrets]:
    """The API key alone, and the key with the credentials in addresses, for options that said_of returned.

    The secrets are registered with ansible-core, which masks them in all of its output from 2.22 on.
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
    """The value of the environment variable for an unset option; None if there is none."""
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
    """The options of `validated`; the key is removed from all of them except those in `as_given`."""
    prefix = key.hidden(given["option_prefix"]) if isinstance(given.get("option_prefix"), str) else ""
    canonical = {alias: name for name, spec in shape.options.items() for alias in (name, *spec.get("aliases", []))}
    written: dict[str, str] = {}
    problems = []
    for name in given:
        if name not in canonical:
            problems.append(unknown("option", prefix + key.hidden(name), [prefix + known for known in canonical]))
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
        take = entries if name == "checks" else coerced
        values[name], found = take(name, spec, raw, called(name))
        if name in shape.needed and not found and is_blank(values[name]):
            found = [_missing(name, spec, called(name))]
        problems += found
    if values.get("region", "global") != "global" and "base_url" not in written:
        # An explicit region takes precedence over a base URL from the environment.
        values["base_url"] = None
    # Based on what was written, because a value that could not be read is None but was given.
    for one, other in shape.mutually_exclusive:
        if one in written and other in written:
            problems.append(f"{called(one)} and {called(other)} are mutually exclusive")
    for name, needed in shape.required_by.items():
        if name in written and needed not in written:
            problems.append(f"{called(name)} needs {called(needed)}")
    for rule in RULES:
        problems += rule(values, called, now)
    if problems:
        raise InvalidInput(problems)
    if "caller" in values:
        values["caller"] = key.hidden(values["caller"])
    values = _completed(values, written, prefix, called, now)
    values["cautions"] += [
        f"{name} contains the API key, shown as {HIDDEN}; remove it from this option" for name in holding
    ]
    return values


def _missing(name: str, spec: Mapping[str, Any], called: str) -> str:
    if name == "_terms":
        return f"{called} is required: give ids as terms, such as lookup('apihealth.meraki.response_codes', '549236')"
    variables = " or ".join(spec.get("fallback", ((), ()))[1])
    return f"{called} is required" + (f" (or the environment variable {variables})" if variables else "")


def _without(key: Secrets, value: Any) -> Any:
    try:
        return key.without(value)
    except RecursionError:
        return HIDDEN  # too deeply nested to be printed or read anyway


def settled(shape: Shape, given: Mapping[str, Any]) -> dict[str, Any]:
    """Each option by its canonical name, with defaults and environment filled in, and coerced separately.

    A value that cannot be coerced stays as written; validation rejects it later.
    """
    given = said_of(shape, given)
    values = {}
    for name, spec in shape.options.items():
        raw = next((given[one] for one in (name, *spec.get("aliases", [])) if one in given), None)
        if raw is None and "fallback" not in spec:
            # Skip the coercion of defaults: this runs for each of hundreds of hosts, and most options are unset.
            values[name] = spec.get("default")
            continue
        take = entries if name == "checks" else coerced
        value, problems = take(name, spec, raw, name)
        values[name] = raw if problems else value
    return values


def _completed(
    values: dict[str, Any], written: Mapping[str, str], prefix: str, called: Namer, now: float
) -> dict[str, Any]:
    if "api_key" in values:
        values["key_source"] = called("api_key")
        address = called("base_url") if values["base_url"] else f"{called('region')} {values['region']}"
        values["address_source"] = address
        values["api_key"] = (values["api_key"] or "").strip()
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
    if "option_prefix" in values:
        values["option_prefix"] = prefix
    return values


def _short_time(values: Mapping[str, Any], called: Namer) -> Iterator[str]:
    """A caution if `max_wait` is too short to send one request for every organization."""
    if values.get("max_wait") is None:
        return
    count = len(values.get("organization_ids") or values.get("_terms") or ())
    needed = (count - 1) / values["requests_per_second"]
    if needed > values["max_wait"]:
        yield (
            f"{called('max_wait')} {as_given(values['max_wait'])} is too short for {count} organizations: "
            f"at {called('requests_per_second')} {as_given(values['requests_per_second'])} "
            f"requesting each once takes {needed:.0f} s"
        )


def _short_wait(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    """A caution if `wait_minutes` is too short for a closed gate to open."""
    minutes = values.get("wait_minutes")
    interval = window_until(now, values["window_minutes"] * 60, now).interval or 120
    # The polls themselves take time too.
    if minutes and minutes * 60 < 2 * interval + 30:
        yield (
            f"{called('wait_minutes')} {as_given(minutes)} is too short for a closed gate to open: "
            f"that takes two more polls, {interval // 60} minutes apart"
        )


def _fractions(values: Mapping[str, Any], written: Mapping[str, str], called: Namer) -> Iterator[tuple[str, float]]:
    """The percentages that look like fractions of 1, with the names that the user wrote."""
    for name in written:
        least = _FRACTION_OBJECTIVE_PERCENT if name == "slo_percent" else _FRACTION_PERCENT
        if name.endswith("_percent") and 0 < values[name] < least:
            yield called(name), values[name]
    for position, entry in entries_of(values):
        metric = metric_of(entry)
        for limit in ("warn", "fail"):
            if metric and metric.unit == "percent" and 0 < (entry.get(limit) or 0) < _FRACTION_PERCENT:
                yield f"{called('checks')}[{position}].{limit}", entry[limit]

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules that check more than the type of an option, or that compare options. EFFECT: some read the disk.

Each rule yields problems as strings. An option that is None is unset or was already rejected.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib

from .._argspec import HEALTH, OVERRIDE_HOURS, OVERRIDE_REASON, WRAPPER, WRAPPER_VARIABLES
from .._judging.policy import entries_of, thresholds
from .._metric import METRICS
from .._text import as_given, shown
from .._time import parse_iso, parse_time
from .._window import MAX_WINDOW_SECONDS
from . import earlier, names
from .coerced import IDS, as_json, unknown
from .entries import baseline_problems, problems_of, run_problems

Namer = Callable[[str], str]

_CALLER = re.compile(r"[A-Za-z0-9]+(/[0-9]+(\.[0-9]+)*)?( [A-Za-z0-9]+)*", re.ASCII)
# How YAML, JSON or Jinja write an id that they read as a number too large to hold exactly.
_LOST_DIGITS = re.compile(r"[0-9]+\.[0-9]+|[0-9.]+[eE]\+?[0-9]+", re.ASCII)
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1", re.ASCII)
_STANDARD = tuple(metric for metric in METRICS.values() if metric.option)
_LONGEST_TEXT = {"name": 100, "action": 300}


def _check_key(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    key = (values.get("api_key") or "").strip()
    if not all("!" <= character <= "~" for character in key):
        yield (
            f"{called('api_key')}: contains a space, a control or a non-ASCII character "
            "(give the key alone, without 'Bearer')"
        )


def _check_urls(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    if values.get("base_url"):
        trouble = _url_trouble(values["base_url"])
        if trouble:
            yield f"{called('base_url')}: {trouble}"
    if values.get("proxy"):
        # Never shown, because it may contain a password.
        try:
            proxy = urlsplit(values["proxy"])
            fine = proxy.scheme in ("http", "https") and proxy.hostname and (proxy.port or True)
        except ValueError:
            fine = False
        if not fine:
            yield (
                f"{called('proxy')}: is not a URL like http://proxy.example:3128 "
                "(not shown, because it may contain a password)"
            )
    if values.get("ca_path") and not os.path.exists(values["ca_path"]):
        yield f"{called('ca_path')}: {shown(values['ca_path'])} does not exist"


def _url_trouble(text: str) -> str | None:
    try:
        url = urlsplit(text.strip())
        port_ok = url.port is None or url.port > 0
    except ValueError:
        return "is not a URL"
    if "@" in text:
        return "must not contain a user name or password"
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
    for option in IDS:
        pieces = [text for text in values.get(option) or [] if _is_piece(text)]
        if pieces:
            form = f"give JSON or YAML, such as {as_json(option, called(option))}"
            form = "give each id as a separate term" if option == "_terms" else form
            yield f"{called(option)}: {shown(pieces[0])} is part of a list that was given as a string: {form}"
        for text in values.get(option) or []:
            if text in pieces:
                continue
            if _LOST_DIGITS.fullmatch(text):
                yield f"{called(option)}: {shown(text)} was read as a number and may have lost digits: quote the id"
            elif text in (".", "..") or any(ord(character) < 32 or ord(character) == 127 for character in text):
                yield f"{called(option)}: {shown(text)} is not an organization id"


def _is_piece(text: str) -> bool:
    return text[:1] in "[\"'" or text[-1:] in "]\"'" or "," in text


def _check_names(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    if values.get("organization_names") is None:
        return
    try:
        names.naming(values["organization_names"], False)
    except ValueError as exc:
        yield f"{called('organization_names')}: {shown(values['organization_names'])} {exc}"


def _check_window(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    times = {}
    for option in ("t0", "t1"):
        if values.get(option):
            try:
                times[option] = parse_time(values[option], now)
            except ValueError as exc:
                yield f"{called(option)}: {exc}"
    # One second of tolerance, because "-31d" was resolved a moment before this check.
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
    for position, entry in entries_of(values):
        if entry.get("query"):
            expressions[f"{called('checks')}[{position}].query"] = entry["query"]
    for name, expression in expressions.items():
        yield from _expression_trouble(name, expression)


def _expression_trouble(name: str, expression: str) -> Iterator[str]:
    # Imported late, because most tasks have no query.
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
    """The functions that a parsed JMESPath expression calls; jmespath rejects unknown ones only when it runs them."""
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node["children"]:
        if isinstance(child, dict):  # the children of a slice are numbers
            yield from _functions(child)


def _one_line(exc: Exception) -> str:
    return str(exc).splitlines()[0].rstrip(":")[:200]


def _check_policy(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    if "mode" not in values:
        return
    policy = thresholds(values)
    for metric in _STANDARD:
        warn, fail = metric.warn_option, metric.fail_option
        if policy[warn] is not None and policy[fail] is not None and policy[warn] > policy[fail]:
            standing = "" if values[fail] is not None else " (its default)"
            said = [f"{called(name)} {as_given(policy[name])}" for name in (warn, fail)]
            yield f"{said[0]} is above {said[1]}{standing}"
    if values["history_weeks"] == 1:
        yield f"{called('history_weeks')}: 1 is not 0 or from 2 to 4: one week does not show what is usual"
    recent, window = values["confirm_recent_minutes"], values["window_minutes"]
    if recent and window and recent > window:
        yield f"{called('confirm_recent_minutes')} {recent} is longer than {called('window_minutes')} {window}"


def _check_checks(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    if "checks" not in values:
        return
    for position, entry in entries_of(values):
        for setting in ("name", "action"):
            text = str(entry.get(setting) or "")
            if len(text) > _LONGEST_TEXT[setting] or any(ord(character) < 32 for character in text):
                most = _LONGEST_TEXT[setting]
                yield f"{called('checks')}[{position}].{setting}: must be one line of at most {most} characters"
    problems = list(problems_of(values, called))
    yield from problems
    # The next rules need all entries to be valid.
    whole = None not in (values["checks"] or ())
    if whole and not problems and None not in (values["settle_seconds"], values["baseline_days"], values["slo_days"]):
        yield from baseline_problems(values, called)
        if values["window_minutes"] is not None:
            yield from run_problems(values, called)
    if values["planned_minutes"] and values["planned_requests"] == 0:
        yield f"{called('planned_minutes')} needs {called('planned_requests')}"
    # For a much shorter time, the pace would overflow a float.
    if values["planned_minutes"] and values["planned_minutes"] * 60_000 < 1:
        yield f"{called('planned_minutes')}: {shown(values['planned_minutes'])} is less than a millisecond"
    if values["baseline"] is not None:
        given = shown(values["baseline"]) if isinstance(values["baseline"], str) else "what was given"
        trouble = None
        try:
            made = earlier.read(values["baseline"], now, values.get("option_prefix") or "").evaluated_at
            if values.get("max_age_minutes") is not None:
                trouble = _age_trouble(made, values["max_age_minutes"], called("max_age_minutes"), now)
        except ValueError as exc:
            trouble = str(exc)
        if trouble:
            yield f"{called('baseline')}: {given} {trouble}"
        if values["baseline_days"]:
            yield f"{called('baseline')} and {called('baseline_days')} are mutually exclusive"


def _age_trouble(made: str, most: int, name: str, now: float) -> str | None:
    minutes = (now - parse_iso(made)) / 60
    return f"was made at {made}, {minutes:.0f} min ago, and {name} is {most}" if minutes > most else None


def _check_reports(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    if values.get("reports") and not values.get("report_dir"):
        yield f"{called('reports')} needs {called('report_dir')}"
    folder = values.get("report_dir")
    if folder and not _can_be_written(os.path.abspath(folder)):
        yield f"{called('report_dir')}: {shown(folder)} is not a folder that can be created or written to"
    url = values.get("runbook_url")
    if url and (_web_host(url) is None or any(ord(one) <= 32 for one in url.strip())):
        yield f"{called('runbook_url')}: {shown(url)} is not a URL like https://wiki.example/runbook"


def _can_be_written(folder: str) -> bool:
    """Whether files can be written to the folder, or the folder can be created."""
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def _web_host(text: str) -> str | None:
    """The host of an HTTP or HTTPS URL; None for anything else."""
    try:
        url = urlsplit(text.strip())
    except ValueError:
        return None
    return url.hostname if url.scheme in ("http", "https") else None


def _check_override(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    reason, until = values.get("override_reason"), values.get("override_until")
    for name, given in (("override_reason", reason), ("override_until", until)):
        if given is None and (reason or until):
            yield f"{called(name)} is required for an override, which needs a reason and an end"
    if reason is not None:
        length, least, most = len(reason.strip()), *OVERRIDE_REASON
        if not least <= length <= most or any(ord(character) < 32 for character in reason.strip()):
            yield f"{called('override_reason')}: {shown(reason)} is not one line of {least} to {most} characters"
    if until is not None:
        try:
            ahead = parse_time(until, now) - now
        except ValueError as exc:
            yield f"{called('override_until')}: {exc}"
            return
        if ahead <= 0:
            both = f"{called('override_reason')} and {called('override_until')}"
            yield f"{called('override_until')}: {shown(until)} is past: remove {both}, or set a later time"
        elif ahead > OVERRIDE_HOURS * 3600:
            yield f"{called('override_until')}: {shown(until)} is more than {OVERRIDE_HOURS} hours ahead"


def _check_variables(values: Mapping[str, Any], called: Namer, now: float) -> Iterator[str]:
    # The doctor receives all variables of a gate, including those that it does not use.
    yield from unknown_variables(HEALTH.options, values.get("option_prefix") or "", values.get("given_variables") or ())


def unknown_variables(options: Iterable[str], prefix: str, given: Iterable[str]) -> Iterator[str]:
    """A problem for each of a wrapper's variables that does not match an option."""
    known = [f"{prefix}{name}" for name in (*options, *WRAPPER_VARIABLES) if name not in WRAPPER]
    for variable in dict.fromkeys(given):
        if variable not in known:
            # The name may be right except for its prefix.
            like = variable if variable.startswith(prefix) else prefix + variable.partition("_")[2]
            yield unknown("variable", variable, known, like)


RULES = (
    _check_key,
    _check_urls,
    _check_caller,
    _check_ids,
    _check_names,
    _check_window,
    _check_expression,
    _check_policy,
    _check_checks,
    _check_override,
    _check_reports,
    _check_variables,
)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy -> its checks, and what each has to look at. PURE.

What one entry of `checks` leaves out comes from the option of that name, and from the profile where that is unset.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .._argspec import CHECK, PROFILES
from .._metric import KINDS, METRICS, Metric
from .._text import as_given, inert
from .._window import Window, window_until
from . import metrics as _metrics
from .checks import Check

# What an entry may filter by, and what the policy's own filters are: `version` is the policy's alone.
FILTERS = ("version", "operation_ids", "source_ips", "admin_ids", "user_agent")
DEFAULT_CONSECUTIVE = 3
_DEFAULT_BASELINE_DAYS = 7
# Every kind of metric knows the other settings of an entry.
_OF_SOME_KINDS = tuple(setting for setting in CHECK if any(setting in kind.settings for kind in KINDS))
# The API answers no empty window.
_LEAST_SECONDS = 120


class Look(NamedTuple):
    """What a check looks at: the `seconds` before `end` (since the epoch), of the requests that the filters leave."""

    filters: tuple[tuple[str, Any], ...]
    end: float
    seconds: float


class Read(NamedTuple):
    """One request to the API."""

    filters: tuple[tuple[str, Any], ...]
    window: Window


def thresholds(values: Mapping[str, Any]) -> dict[str, Any]:
    """The policy options that have no default in the spec, resolved by the profile.

    Somebody who sets only a fail level below the profile's warn level means to fail there, so the warn level follows.
    """
    standing = PROFILES[values.get("profile") or "standard"]
    policy = {name: default if values[name] is None else values[name] for name, default in standing.items()}
    for metric in METRICS.values():
        warn, fail = metric.warn_option, metric.fail_option
        if metric.option and values[warn] is None and None not in (policy[warn], policy[fail]):
            policy[warn] = min(policy[warn], policy[fail])
    return policy


def checks_of(values: Mapping[str, Any]) -> list[Check]:
    """The checks of a valid policy: those that the options ask for, each replaced by the entry of its name; then the
    entries that have names of their own."""
    entries = {name_of(entry): entry for entry in values.get("checks") or ()}
    standard = {name: entries.get(name, {}) for name in _standard(values)}
    return [resolved(name, entry, values) for name, entry in {**standard, **entries}.items()]


def _standard(values: Mapping[str, Any]) -> Iterator[str]:
    """The names of the checks that the options ask for without an entry."""
    yield from (metric.name for metric in METRICS.values() if metric.option)
    if values["planned_requests"] and values["planned_minutes"]:
        yield "projected_utilization_percent"
    if values["slo_percent"] is not None:
        yield "error_budget_remaining_percent"
        yield "burn_rate"
    if values["baseline_days"] or values["baseline"]:
        yield "server_error_regression"


def entries_of(values: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """The entries of `checks` and their positions, without those that were refused already."""
    return [(position, entry) for position, entry in enumerate(values.get("checks") or ()) if entry is not None]


def name_of(entry: Mapping[str, Any]) -> str:
    """An entry's name; its metric's where it has none."""
    return str(entry.get("name") or entry.get("metric") or "")


def metric_of(entry: Mapping[str, Any]) -> Metric | None:
    """An entry's metric; the one of its name where it says none. None if that is no metric."""
    return METRICS.get(entry.get("metric") or entry.get("name") or "")


def resolved(name: str, entry: Mapping[str, Any], values: Mapping[str, Any]) -> Check:
    """One check with everything that its entry leaves out filled in: entry, then option, then profile."""
    metric = METRICS[name] if not entry else metric_of(entry) or METRICS["query"]
    policy = thresholds(values)
    warn, fail = limits_of(metric, entry, values)
    consecutive = 1 if entry.get("over") != "consecutive" else entry.get("consecutive") or DEFAULT_CONSECUTIVE
    minutes = entry.get("window_minutes") or values["window_minutes"]
    days = None
    if metric.kind.name == "budget":
        minutes = values["slo_days"] * 1440
    elif metric.kind.name == "burn":
        minutes = max(*_metrics.BURN_FAIL_MINUTES, *_metrics.BURN_WARN_MINUTES)
    elif metric.kind.name == "regression":
        days = (entry.get("baseline") or {}).get("days") or values["baseline_days"] or _DEFAULT_BASELINE_DAYS
    own = {filter_: entry[filter_] for filter_ in FILTERS if entry.get(filter_)}
    general = {} if metric.kind.of_everybody else {name: values.get(name) for name in FILTERS}
    filters = {**general, **own}
    return Check(
        name=name,
        metric=metric,
        warn=warn,
        fail=fail,
        minutes=minutes,
        over=entry.get("over") or "window",
        consecutive=consecutive,
        min_requests=entry.get("min_requests") or policy["min_requests"],
        min_failures=entry.get("min_failures") or policy["min_failures"],
        on_low_traffic=entry.get("on_low_traffic") or policy["on_low_traffic"],
        required=entry.get("required") is not False,
        filters=hashable(filters),
        query=entry.get("query"),
        worse=entry.get("worse") or metric.worse,
        baseline_days=days,
        action=entry.get("action"),
    )


def hashable(filters: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Filters as something that can be compared and looked up; unset ones are left out."""
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in filters.items()
        if value is not None and value != []
    )


def limits_of(metric: Metric, entry: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The warn and fail limits of an entry; a warn limit that nobody set follows a fail limit that lies before it."""
    policy = thresholds(values)
    warn, fail = metric.warn, metric.fail
    if metric.option:
        warn, fail = policy[metric.warn_option], policy[metric.fail_option]
    if entry.get("fail") is not None:
        fail = entry["fail"]
        if entry.get("warn") is None and warn is not None:
            warn = min(warn, fail) if metric.worse == "up" else max(warn, fail)
    return entry["warn"] if entry.get("warn") is not None else warn, fail


def problems_of(values: Mapping[str, Any], called: Callable[[str], str]) -> Iterator[str]:
    """What is wrong with the entries of `checks`, each alone well-typed: texts by the names that the user wrote."""
    entries = entries_of(values)
    names = [name_of(entry) for _position, entry in entries]
    standard = {metric.name for metric in METRICS.values() if metric.option}
    alike = {name: (name, "a metric") for name in METRICS}
    for index, (position, entry) in enumerate(entries):
        where = f"{called('checks')}[{position}]"
        metric = metric_of(entry)
        if metric is None:
            known = entry.get("metric") or not entry.get("name")
            yield f"{where}: " + (
                "metric is missing" if known else f"{entry['name']!r} is no metric: name one as metric"
            )
            continue
        first = entries[names.index(names[index])][0]
        if first != position:
            yield f"{where}: the name {names[index]!r} is taken by {called('checks')}[{first}]"
        other, place = alike.setdefault(_as_shown(names[index]), (names[index], where))
        if other != names[index]:
            yield (
                f"{where}: the names {names[index]!r} and {other!r} ({place}) differ only in blanks, case or invisible "
                "characters: reports show them as one"
            )
        if names[index] in METRICS and names[index] != metric.name:
            yield f"{where}.name: {names[index]} is another metric"
        elif names[index] in standard and any(entry.get(one) for one in FILTERS):
            yield f"{where}: with a filter it needs a name of its own, since {names[index]} counts everybody's requests"
        yield from _misplaced(entry, metric, where)
        yield from _limit_problems(entry, metric, values, where)
        yield from _needs(entry, metric, values, where, called)


def _as_shown(name: str) -> str:
    """What a name is told from others by in a report, whose readers may not regard case."""
    return " ".join(inert(name).split()).casefold()


def _misplaced(entry: Mapping[str, Any], metric: Metric, where: str) -> Iterator[str]:
    for setting in _OF_SOME_KINDS:
        if entry.get(setting) is not None and setting not in metric.kind.settings:
            yield f"{where}.{setting}: the metric {metric.name} has none"
    if entry.get("consecutive") and entry.get("over") != "consecutive":
        yield f"{where}.consecutive needs over: consecutive"


def _limit_problems(entry: Mapping[str, Any], metric: Metric, values: Mapping[str, Any], where: str) -> Iterator[str]:
    lowest, highest = metric.kind.lowest, metric.kind.highest
    wrong = False
    for limit in ("warn", "fail"):
        value = entry.get(limit)
        if value is not None and not (math.isfinite(value) and lowest <= value <= highest):
            wrong = True
            yield f"{where}.{limit}: {value:.15g} is out of range ({lowest:.10g} <= {limit} <= {highest:.10g})"
    warn, fail = limits_of(metric, entry, values)
    if wrong:
        return
    if warn is None and fail is None:
        yield f"{where}: set warn or fail, the metric {metric.name} has no limits of its own"
    down = (entry.get("worse") or metric.worse) == "down"
    if warn is not None and fail is not None and (warn < fail if down else warn > fail):
        side = "below" if down else "above"
        own = entry.get("fail") is not None or values.get(metric.fail_option) is not None
        standing = "" if own else " (its default)"
        yield f"{where}.warn {as_given(warn)} is {side} fail {as_given(fail)}{standing}"


def _needs(
    entry: Mapping[str, Any],
    metric: Metric,
    values: Mapping[str, Any],
    where: str,
    called: Callable[[str], str],
) -> Iterator[str]:
    """What has to be set elsewhere for an entry to mean anything."""
    if metric.kind.name == "query" and not entry.get("query"):
        yield f"{where}.query is required: a JMESPath expression that gives a number"
    if metric.kind.name in ("budget", "burn") and values["slo_percent"] is None:
        yield f"{where}: {metric.name} needs {called('slo_percent')}"
    if metric.kind.name == "projected" and not (values["planned_requests"] and values["planned_minutes"]):
        yield f"{where}: {metric.name} needs {called('planned_requests')} and {called('planned_minutes')}"
    recent, window = values["confirm_recent_minutes"], entry.get("window_minutes")
    if recent and window and recent > window:
        yield f"{called('confirm_recent_minutes')} {recent} is longer than {where}.window_minutes {window}"


def baseline_problems(values: Mapping[str, Any], called: Callable[[str], str]) -> Iterator[str]:
    """Baselines that would overlap the window, or reach back further than the API."""
    entries = {name_of(entry): (position, entry) for position, entry in entries_of(values)}
    for check in checks_of(values):
        if check.baseline_days is None:
            continue
        position, entry = entries.get(check.name, (None, {}))
        where = f"{called('checks')}[{position}]"
        if values["baseline"]:
            if entry.get("baseline"):
                yield f"{where}.baseline and {called('baseline')} exclude each other"
            continue
        days = f"{where}: the default of {check.baseline_days} days"
        if entry.get("baseline"):
            days = f"{where}.baseline.days {check.baseline_days}"
        elif values["baseline_days"]:
            days = f"{called('baseline_days')} {check.baseline_days}"
        if check.minutes > check.baseline_days * 1440:
            yield f"{days}: the baseline would overlap the window of {check.minutes} minutes"
        elif check.baseline_days * 1440 + check.minutes + values["settle_seconds"] / 60 > 31 * 1440 - 2:
            yield f"{days}: the baseline would begin more than 31 days back"


def look(check: Check, options: Mapping[str, Any], now: float, wide: bool = False) -> Look:
    """What `check` looks at; `wide`: in the widest window that the policy allows."""
    minutes = max(options["max_window_minutes"], check.minutes) if wide else check.minutes
    return Look(check.filters, now - options["settle_seconds"], minutes * 60)


def baseline_look(current: Look, check: Check, earlier: Mapping[str, Any] | None) -> tuple[Look, Look] | None:
    """What a regression compares: what it looks at now, and then. None where there is nothing to compare with.

    Then is as long as now and so many days before it; after a change it is the window of the `earlier` verdict, and
    now begins only where that one ended. They never overlap.
    """
    if earlier is not None:
        if not earlier.get("seconds"):
            return None
        since = math.floor(current.end / 120) * 120 - earlier["t1"]
        return (
            current._replace(seconds=max(0, min(current.seconds, since))),
            Look(current.filters, earlier["t1"], earlier["seconds"]),
        )
    days = check.baseline_days or _DEFAULT_BASELINE_DAYS
    return current, Look(current.filters, current.end - days * 86400, current.seconds)


def window_of(look_: Look, now: float) -> Window:
    """The window to ask the API for."""
    return window_until(look_.end, max(look_.seconds, _LEAST_SECONDS), now)


def reads(looks: Iterable[Look], now: float) -> dict[Look, Read]:
    """The request that answers each of these looks; what one request can answer is asked once."""
    wanted = {one: window_of(one, now) for one in looks}
    result = {}
    for one, window in wanted.items():
        alike = [
            other
            for look_, other in wanted.items()
            if look_.filters == one.filters and (other.t1, other.interval) == (window.t1, window.interval)
        ]
        result[one] = Read(one.filters, min(alike, key=lambda other: other.t0 or 0.0))
    return result


def query_filters(read: Read) -> dict[str, Any]:
    """The query options that this request filters by."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in read.filters}


def counts_own(read: Read, operation: str, caller: str) -> bool | None:
    """Whether the answer counts what the gate sends itself, as `caller`; None where the filters leave that open."""
    filters = query_filters(read)
    agent = filters.get("user_agent", "")
    if (
        operation not in filters.get("operation_ids", [operation])
        or filters.get("version", 1) != 1
        or agent.casefold() not in caller.casefold()
    ):
        return False
    # Whether upper and lower case are alike there is not documented, nor does the gate know its address or its admin.
    return None if agent not in caller or filters.keys() & {"source_ips", "admin_ids"} else True


def too_quiet(checks: Sequence[Check], judged: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> set[str]:
    """The names of the checks to judge again over the widest window, because there was too little traffic.

    Checks that look at the same requests and want as many of them are widened together, and only if nothing is worse.
    """
    groups: dict[Any, list[tuple[Check, Mapping[str, Any]]]] = {}
    for check, found in zip(checks, judged):
        if check.metric.kind.widens and check.minutes < options["max_window_minutes"]:
            groups.setdefault((check.filters, check.minutes, check.min_requests), []).append((check, found))
    names: set[str] = set()
    for group in groups.values():
        statuses = [found["status"] for _check, found in group]
        scant = any(found["reason"] in ("low_traffic", "no_traffic") for _check, found in group)
        if scant and not {"fail", "error"} & set(statuses):
            names.update(check.name for check, _found in group)
    return names

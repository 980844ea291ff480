# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for entries of `checks` whose types are right; problems use the names that the user wrote. PURE."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .._argspec import CHECK
from .._judging.policy import FILTERS, checks_of, entries_of, limits_of, metric_of, name_of, thresholds
from .._metric import KINDS, METRICS, Metric
from .._text import as_given, inert
from .._window import interval_of

# The settings that only some kinds of metric have; all kinds have the others.
_OF_SOME_KINDS = tuple(setting for setting in CHECK if any(setting in kind.settings for kind in KINDS))


def problems_of(values: Mapping[str, Any], called: Callable[[str], str]) -> Iterator[str]:
    """The problems with the entries of `checks`, whose types are right, with the names that the user wrote."""
    entries, standing = entries_of(values), thresholds(values)
    names = [name_of(entry) for _position, entry in entries]
    standard = {metric.name for metric in METRICS.values() if metric.is_in_every_policy}
    alike = {name: (name, "a metric") for name in METRICS}
    for index, (position, entry) in enumerate(entries):
        where = f"{called('checks')}[{position}]"
        metric = metric_of(entry)
        if metric is None:
            known = entry.get("metric") or not entry.get("name")
            yield f"{where}: " + (
                "metric is missing" if known else f"{entry['name'][:100]!r} is not a metric: set metric to one"
            )
            continue
        first = entries[names.index(names[index])][0]
        if first != position:
            yield f"{where}: the name {names[index][:100]!r} is taken by {called('checks')}[{first}]"
        other, place = alike.setdefault(_as_shown(names[index]), (names[index], where))
        if other != names[index]:
            yield (
                f"{where}: the names {names[index][:100]!r} and {other[:100]!r} ({place}) differ only in spaces, case "
                "or invisible characters: reports show them as one"
            )
        if names[index] in METRICS and names[index] != metric.name:
            yield f"{where}.name: {names[index]} is another metric"
        elif names[index] in standard and any(entry.get(one) for one in FILTERS):
            all_clients = f"{names[index]} counts the requests of all clients"
            yield f"{where}: with a filter it needs its own name, because {all_clients}"
        yield from _misplaced(entry, metric, where)
        yield from _limit_problems(entry, metric, values, standing, where)
        yield from _needs(entry, metric, values, where, called)


def _as_shown(name: str) -> str:
    """The form in which names are compared: two names with the same form look the same in a report."""
    return " ".join(inert(name).split()).casefold()


def _misplaced(entry: Mapping[str, Any], metric: Metric, where: str) -> Iterator[str]:
    for setting in _OF_SOME_KINDS:
        if entry.get(setting) is not None and setting not in metric.kind.settings:
            yield f"{where}.{setting}: the metric {metric.name} has none"
    if entry.get("consecutive") and entry.get("over") != "consecutive":
        yield f"{where}.consecutive needs over: consecutive"


def _limit_problems(
    entry: Mapping[str, Any], metric: Metric, values: Mapping[str, Any], standing: Mapping[str, Any], where: str
) -> Iterator[str]:
    lowest, highest = metric.kind.lowest, metric.kind.highest
    wrong = False
    for limit in ("warn", "fail"):
        value = entry.get(limit)
        if value is not None and not (math.isfinite(value) and lowest <= value <= highest):
            wrong = True
            yield f"{where}.{limit}: {value:.15g} is out of range ({lowest:.10g} <= {limit} <= {highest:.10g})"
    warn, fail = limits_of(metric, entry, standing)
    if wrong:
        return
    if warn is None and fail is None:
        yield f"{where}: set warn or fail, because the metric {metric.name} has no default thresholds"
    down = (entry.get("worse") or metric.worse) == "down"
    if warn is not None and fail is not None and (warn < fail if down else warn > fail):
        side = "below" if down else "above"
        own = entry.get("fail") is not None or values.get(metric.fail_option) is not None
        default = "" if own else " (its default)"
        yield f"{where}.warn {as_given(warn)} is {side} fail {as_given(fail)}{default}"


def _needs(
    entry: Mapping[str, Any],
    metric: Metric,
    values: Mapping[str, Any],
    where: str,
    called: Callable[[str], str],
) -> Iterator[str]:
    """Settings that an entry needs but that are missing."""
    if metric.kind.name == "query" and not entry.get("query"):
        yield f"{where}.query is required: a JMESPath expression that gives a number"
    if metric.kind.name in ("budget", "burn") and values["slo_percent"] is None:
        yield f"{where}: {metric.name} needs {called('slo_percent')}"
    if metric.kind.name == "usual" and not values["history_weeks"]:
        yield f"{where}: {metric.name} needs {called('history_weeks')}"
    if metric.kind.name == "projected" and not (values["planned_requests"] and values["planned_minutes"]):
        yield f"{where}: {metric.name} needs {called('planned_requests')} and {called('planned_minutes')}"
    recent, window = values["confirm_recent_minutes"], entry.get("window_minutes")
    if recent and window and recent > window:
        yield f"{called('confirm_recent_minutes')} {recent} is longer than {where}.window_minutes {window}"


def run_problems(values: Mapping[str, Any], called: Callable[[str], str]) -> Iterator[str]:
    """Checks whose run of intervals is longer than their window, so that they could never warn or fail."""
    positions = {name_of(entry): position for position, entry in entries_of(values)}
    for check in checks_of(values, thresholds(values)):
        width = interval_of(check.minutes * 60)
        most = math.ceil(check.minutes * 60 / width)
        if check.consecutive > most:
            where = f"{called('checks')}[{positions[check.name]}]"
            yield (
                f"{where}.consecutive {check.consecutive} is longer than the window: {check.minutes} minutes have "
                f"{most} intervals of {width} s"
            )


def baseline_problems(values: Mapping[str, Any], called: Callable[[str], str]) -> Iterator[str]:
    """Baselines that would overlap the window, or start before the API's data does."""
    entries = {name_of(entry): (position, entry) for position, entry in entries_of(values)}
    for check in checks_of(values, thresholds(values)):
        if check.baseline_days is None:
            continue
        position, entry = entries.get(check.name, (None, {}))
        where = f"{called('checks')}[{position}]"
        if values["baseline"]:
            if entry.get("baseline"):
                yield f"{where}.baseline and {called('baseline')} are mutually exclusive"
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

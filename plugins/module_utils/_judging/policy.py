# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy: what is judged, by which thresholds, and with which consequences. PURE.

Settings missing from an entry of `checks` come from the option of the same name, or from the profile if that is unset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from .._argspec import FILTERS as FILTER_SPEC, POLICY, PROFILES
from .._asked import Filters, filters_of
from .._metric import METRICS, Metric, Side
from .._text import as_given, plain
from . import measure
from .measure import Planned

# The filters of an entry of `checks`, and of the policy itself: only the policy has `version`.
FILTERS = tuple(FILTER_SPEC)
DEFAULT_CONSECUTIVE = 3
DEFAULT_RECENT_MINUTES = 12
DEFAULT_BASELINE_DAYS = 7
DEFAULT_VALID_MINUTES = 15
# Source addresses and administrators are personal data, so they are opt-in.
DEFAULT_ATTRIBUTE_BY = ("application", "operation")
# A verdict reports these separately.
_APART = ("profile", "mode", "baseline")

Values = Mapping[str, Any]


class Check(NamedTuple):
    """One check of a policy, with every setting resolved."""

    name: str
    metric: Metric
    warn: float | None
    fail: float | None
    minutes: int
    over: str
    consecutive: int
    min_requests: int
    min_failures: int
    on_low_traffic: str
    required: bool
    filters: Filters
    query: str | None
    worse: Side
    baseline_days: int | None
    action: str | None


class EarlierCheck(NamedTuple):
    """The result of a check in an earlier verdict."""

    status: str
    value: float | None
    unit: str


class EarlierOrganization(NamedTuple):
    """The results for an organization in an earlier verdict, over the `seconds` before `t1` (since the epoch)."""

    status: str
    t1: float
    seconds: float
    checks: Mapping[str, EarlierCheck]


class Earlier(NamedTuple):
    """An earlier verdict to compare with, by the ids of its organizations; `evaluated_at` is a string."""

    evaluated_at: str
    status: str
    gate: str
    organizations: Mapping[str, EarlierOrganization]


class Override(NamedTuple):
    """A user's decision to open a closed gate `until` a time (seconds since the epoch), with a reason."""

    reason: str
    until: float


class Policy(NamedTuple):
    """Everything that a verdict depends on besides the data, resolved once.

    `slo_percent` is the objective over `slo_days`. A baseline whose rate of server errors is above `unhealthy_percent`
    is not a measure of health. `attribute_by` has the kinds of clients that a breach is attributed to; it is empty
    without attribution. `valid_minutes` is how long a verdict may permit a change. `override` is None unless a person
    opens a closed gate. `prefix` is what a wrapper puts before an option's name. `waits` is whether the gate polls
    again by itself. `changed` has the options that are not at their defaults, as strings.
    """

    checks: tuple[Check, ...]
    profile: str
    mode: str
    window_minutes: int
    max_window_minutes: int
    settle_seconds: int
    gaps: str
    recent_minutes: int
    on_no_data: str
    filters: Filters
    ignored: frozenset[int]
    rate_limit: Fraction
    planned: Planned | None
    slo_percent: float | None
    slo_days: int
    history_weeks: int
    unhealthy_percent: float | None
    earlier: Earlier | None
    attribute_by: tuple[str, ...] = ()
    valid_minutes: int = DEFAULT_VALID_MINUTES
    override: Override | None = None
    prefix: str = ""
    waits: bool = False
    changed: tuple[str, ...] = ()


def policy_of(values: Values, earlier: Earlier | None, prefix: str = "", override: Override | None = None) -> Policy:
    """The policy of valid options by their canonical names."""
    standing = thresholds(values)
    requests = values["planned_requests"]
    return Policy(
        checks=checks_of(values, standing),
        profile=values["profile"],
        mode=values["mode"],
        window_minutes=values["window_minutes"],
        max_window_minutes=values["max_window_minutes"],
        settle_seconds=values["settle_seconds"],
        gaps=values["gaps"],
        recent_minutes=values["confirm_recent_minutes"] or DEFAULT_RECENT_MINUTES,
        on_no_data=values["on_no_data"],
        filters=filters_of({name: values.get(name) for name in FILTERS}),
        ignored=frozenset(values["ignore_codes"] or ()),
        rate_limit=measure.exact(values["rate_limit_rps"]),
        planned=Planned(requests, values["planned_minutes"]) if requests else None,
        slo_percent=values["slo_percent"],
        slo_days=values["slo_days"],
        history_weeks=values["history_weeks"],
        unhealthy_percent=standing[METRICS["server_error_percent"].fail_option],
        earlier=earlier,
        attribute_by=_attribute_by(values),
        valid_minutes=values.get("valid_minutes") or DEFAULT_VALID_MINUTES,
        override=override,
        prefix=prefix,
        waits=bool(values.get("wait_minutes")),
        changed=changed(values),
    )


def changed(values: Values) -> tuple[str, ...]:
    """The options of a policy that differ from the defaults of the spec and the profile, as `name=value`.

    For `checks`, only the names.
    """
    spec = {**POLICY, **FILTER_SPEC}
    defaults = {**{name: one.get("default") for name, one in spec.items()}, **PROFILES[values["profile"]]}
    defaults["valid_minutes"] = DEFAULT_VALID_MINUTES
    found = {
        name: values.get(name) for name, default in defaults.items() if values.get(name) not in (None, [], default)
    }
    if "checks" in found:
        found["checks"] = [name_of(one) for one in values["checks"]]
    return tuple(f"{name}={_shown(value)}" for name, value in found.items() if name not in _APART)


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(map(_shown, value))
    return as_given(value) if isinstance(value, float) else plain(str(value))


def thresholds(values: Values) -> dict[str, Any]:
    """The policy options that have no default in the spec, resolved by the profile.

    If the user sets only a fail threshold below the profile's warn threshold, the warn threshold is lowered to match.
    """
    standing = PROFILES[values.get("profile") or "standard"]
    resolved = {name: default if values[name] is None else values[name] for name, default in standing.items()}
    for metric in METRICS.values():
        warn, fail = metric.warn_option, metric.fail_option
        if metric.option and values[warn] is None and None not in (resolved[warn], resolved[fail]):
            resolved[warn] = min(resolved[warn], resolved[fail])
    return resolved


def _attribute_by(values: Values) -> tuple[str, ...]:
    return tuple(values["attribute_by"] or DEFAULT_ATTRIBUTE_BY) if values.get("attribution") == "auto" else ()


def checks_of(values: Values, standing: Values) -> tuple[Check, ...]:
    """The checks of a valid policy, with its `thresholds`.

    Standard checks come first, each replaced by the entry of the same name, if any; then the entries with other
    names.
    """
    entries = {name_of(entry): entry for entry in values.get("checks") or ()}
    standard = {name: entries.get(name, {}) for name in _standard(values)}
    return tuple(_resolved(name, entry, values, standing) for name, entry in {**standard, **entries}.items())


def _standard(values: Values) -> Iterator[str]:
    """The names of the checks that the options enable without an entry in `checks`."""
    yield from (metric.name for metric in METRICS.values() if metric.is_in_every_policy)
    if values["planned_requests"] and values["planned_minutes"]:
        yield "projected_utilization_percent"
    if values["slo_percent"] is not None:
        yield "error_budget_remaining_percent"
        yield "burn_rate"
    if values["baseline_days"] or values["baseline"]:
        yield "server_error_regression"
    if values["history_weeks"]:
        yield "traffic_below_usual_percent"


def entries_of(values: Values) -> list[tuple[int, Values]]:
    """The entries of `checks` and their positions, without those already rejected."""
    return [(position, entry) for position, entry in enumerate(values.get("checks") or ()) if entry is not None]


def name_of(entry: Values) -> str:
    """An entry's name, or its metric's name if it has none."""
    return str(entry.get("name") or entry.get("metric") or "")


def metric_of(entry: Values) -> Metric | None:
    """The entry's metric: `metric`, or else `name`. None if that is not a metric."""
    return METRICS.get(entry.get("metric") or entry.get("name") or "")


def _resolved(name: str, entry: Values, values: Values, standing: Values) -> Check:
    """One check with everything that its entry leaves out filled in: entry, then option, then profile."""
    metric = METRICS[name] if not entry else metric_of(entry) or METRICS["query"]
    warn, fail = limits_of(metric, entry, standing)
    consecutive = 1 if entry.get("over") != "consecutive" else entry.get("consecutive") or DEFAULT_CONSECUTIVE
    minutes = entry.get("window_minutes") or values["window_minutes"]
    days = None
    if metric.kind.name == "budget":
        minutes = values["slo_days"] * 1440
    elif metric.kind.name == "burn":
        minutes = max(*measure.BURN_FAIL_MINUTES, *measure.BURN_WARN_MINUTES)
    elif metric.kind.name == "regression":
        days = (entry.get("baseline") or {}).get("days") or values["baseline_days"] or DEFAULT_BASELINE_DAYS
    own = {filter_: entry[filter_] for filter_ in FILTERS if entry.get(filter_)}
    general = {} if metric.kind.of_everybody else {filter_: values.get(filter_) for filter_ in FILTERS}
    return Check(
        name=name,
        metric=metric,
        warn=warn,
        fail=fail,
        minutes=minutes,
        over=entry.get("over") or "window",
        consecutive=consecutive,
        min_requests=entry.get("min_requests") or standing["min_requests"],
        min_failures=entry.get("min_failures") or standing["min_failures"],
        on_low_traffic=entry.get("on_low_traffic") or standing["on_low_traffic"],
        required=entry.get("required") is not False,
        filters=filters_of({**general, **own}),
        query=entry.get("query"),
        worse=entry.get("worse") or metric.worse,
        baseline_days=days,
        action=entry.get("action"),
    )


def limits_of(metric: Metric, entry: Values, standing: Values) -> tuple[float | None, float | None]:
    """The warn and fail thresholds of an entry; an unset warn threshold moves to a stricter fail threshold."""
    warn, fail = metric.warn, metric.fail
    if metric.option:
        warn, fail = standing[metric.warn_option], standing[metric.fail_option]
    if entry.get("fail") is not None:
        fail = entry["fail"]
        if entry.get("warn") is None and warn is not None:
            warn = min(warn, fail) if metric.worse == "up" else max(warn, fail)
    return entry["warn"] if entry.get("warn") is not None else warn, fail

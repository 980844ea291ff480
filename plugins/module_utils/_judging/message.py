# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One check in words. PURE."""

from __future__ import annotations

from collections.abc import Callable

from .._asked import as_options
from .._metric import KindName
from .._text import as_given, number, plain, span, unit_of
from .._time import to_clock, to_iso
from .attribution import told as told_culprit
from .checks import Judged, operator
from .policy import Policy

_LACK = ("no_data", "stale", "incomplete", "clock")


def between(t0: float, t1: float) -> str:
    """Two moments (seconds since the epoch) as one span of time."""
    return span(to_iso(t0), to_iso(t1))


def told_name(one: Judged, policy: Policy) -> str:
    """A check's name, and its window and filters if they differ from the policy's."""
    check = one.check
    general = as_options(policy.filters)
    own = [
        f"{name}={','.join(value) if isinstance(value, list) else value}"
        for name, value in as_options(check.filters).items()
        if general.get(name) != value
    ]
    if check.minutes != policy.window_minutes and "window_minutes" in check.metric.kind.settings:
        own.append(f"{number(check.minutes / 60)} h" if check.minutes >= 60 else f"{check.minutes} min")
    scope = plain(", ".join(own))
    return plain(check.name) + (f" [{scope if len(scope) <= 40 else scope[:37] + '...'}]" if own else "")


def message(one: Judged, policy: Policy, brief: bool = False) -> str:
    """One check in a sentence, without the organization's name, and the clients behind it.

    `brief` omits the confidence interval, and all but the largest share.
    """
    culprit = told_culprit(one, brief)
    return _finding(one, policy, brief) + (f"; {culprit}" if culprit else "")


def _finding(one: Judged, policy: Policy, brief: bool) -> str:
    name, reason = told_name(one, policy), one.reason
    if one.status == "error":
        return f"{name}: could not be read, {read_error(one)}"
    if reason in _LACK:
        return f"{name}: {reason}, {lacking(one)}"
    if one.status == "skipped":
        return f"{name}: skipped, there is too little to compare with"
    if reason in ("no_traffic", "no_baseline", "no_value", "unknown_codes"):
        return f"{name}: {reason}, {missing(one, policy)}"
    wider = _wider(one)
    if reason == "low_traffic" and one.value is None:
        return f"{name}: low_traffic, {wider or 'no interval has ended yet'}"
    if reason == "low_traffic" and wider:
        return f"{name}: low_traffic, {_claim(one, brief)} with fewer than {one.check.min_requests} requests; {wider}"
    if reason == "low_traffic" and (one.denominator or 0) >= one.check.min_requests:
        return f"{name}: low_traffic, {_claim(one, brief)} with too few requests in {_compared(one)}"
    if reason == "low_traffic":
        return f"{name}: low_traffic, {_claim(one, brief)} with fewer than {one.check.min_requests} requests"
    more = {
        "few_failures": f", fewer failures than {one.check.min_failures}",
        "recovered": ", recovered",
        "nothing_succeeded": ", nothing succeeded",
        "small_sample": ", small sample",
        "sudden": _sudden(one),
        "baseline_unhealthy": ", but the baseline was unhealthy itself",
    }
    return f"{name} {_claim(one, brief)}{more.get(reason or '', '')}"


def read_error(one: Judged) -> str:
    """Why the data of a check could not be read."""
    return plain(one.detail.get("error", ""))


def _wider(one: Judged) -> str:
    """The result of a wider window, if the requested one has too little traffic."""
    share = one.detail.get("wider")
    return f"{share.numerator} of {share.denominator} since {to_clock(share.t0)}Z" if share else ""


def _sudden(one: Judged) -> str:
    """The result of the last minutes, if they fail on their own."""
    share = one.detail.get("sudden")
    if share is None:
        return ""
    minutes, unit = round((share.t1 - share.t0) / 60), unit_of(one.check.metric.unit)
    limit = "" if one.check.fail is None else f" {operator(one.check)} {as_given(one.check.fail)}{unit}"
    value = number(share.value or 0, one.check.fail)
    return f", sudden: {value}{unit}{limit} in the last {minutes} min ({share.numerator} of {share.denominator})"


def _compared(one: Judged) -> str:
    """The part with too few requests, although the total is high enough."""
    if one.check.metric.kind.name == "regression":
        return "one of both windows"
    return "the window asked for" if one.data and one.data.widened else "each interval"


def lacking(one: Judged) -> str:
    """The missing part of a check's window."""
    data = one.data
    if data is not None and one.reason == "clock":
        return f"the API's clock and this host's are {clocks_apart(data.api_clock_ahead_seconds or 0)} apart"
    if data is None or (data.newest is None and not data.dropped):
        return "the API returned no interval of the window"
    if data.newest is None or data.age_seconds is None:
        return f"none of the {data.dropped} returned intervals lies completely in the window"
    if one.reason in ("stale", "no_data"):
        return f"the newest data is {data.age_seconds // 60:.0f} min old ({to_clock(data.newest)}Z)"
    return f"only {number(data.coverage_percent)}% of the window is covered"


def clocks_apart(seconds: float) -> str:
    """The difference between two clocks, in words."""
    return f"{abs(seconds) / 60:.0f} min" if abs(seconds) >= 120 else f"{abs(seconds):.0f} s"


def missing(one: Judged, policy: Policy) -> str:
    """The evidence that an inconclusive check lacks."""
    reason, least = one.reason, one.check.min_requests
    if reason == "no_traffic":
        return f"no request{' that counts' if policy.ignored else ''} in the window"
    if reason == "low_traffic" and (one.denominator or 0) >= least:
        return f"too few requests in {_compared(one)}"
    if reason == "low_traffic":
        return f"{one.denominator or 0} requests, at least {least} needed"
    if reason == "no_baseline":
        return "there is no data to compare with"
    if reason == "baseline_unhealthy":
        return "the baseline was unhealthy itself"
    if reason == "unknown_codes":
        unknown = one.detail["unknown"]
        codes = ", ".join(f"{code} x{count}" for code, count in unknown.codes)
        return f"{unknown.requests} of {unknown.of} requests have unknown response codes ({codes})"
    if reason == "no_value":
        got = plain(one.detail["got"])
        way_out = "; append || `0` to the query if that means 0"
        return f"the query returned {got}, not a number{way_out if got == 'null' else ''}"
    return lacking(one)


def said_limit(one: Judged) -> float | None:
    """The threshold that a check breached; None if it breached none."""
    warn, fail = one.check.warn, one.check.fail
    if one.status not in ("warn", "fail") or one.reason == "sudden":
        return None
    if warn is None or one.status == "fail" or one.reason in ("recovered", "few_failures"):
        limit = fail
    else:
        # An optional check that fails only warns.
        limit = fail if fail is not None and _beyond(one, fail) else warn
    return None if limit is None else float(limit)


def _beyond(one: Judged, limit: float) -> bool:
    value = one.value or 0.0
    return {">": value > limit, "<": value < limit, ">=": value >= limit}[operator(one.check)]


def _claim(one: Judged, brief: bool) -> str:
    """`7.1% > 5% (299 of 4213; 95% CI 6.4-7.9)`; the threshold only if it is breached."""
    metric = one.check.metric
    limit, unit, kind = said_limit(one), unit_of(metric.unit), metric.kind.name
    value = one.value or 0.0
    if kind == "rate" and one.check.over == "window":
        # Use the exact value, because the rounded one may equal a nearby threshold.
        value = _percent(one)
    points = kind == "regression"
    sign = "+" if points else ""
    breach = "" if limit is None else f" {operator(one.check)} {sign}{as_given(limit)}{unit}"
    said = f"{number(value, limit)}{unit}"
    if points:
        said, breach = f"{'+' if value >= 0 else ''}{number(value, limit)}", f"{breach} points"
    basis = BASES[kind](one, brief)
    return f"{said}{breach}{_over(one)}" + (f" ({basis})" if basis else "")


def _percent(one: Judged) -> float:
    """The numerator as a percentage of the denominator, which is not 0 if something was measured."""
    return 100 * (one.numerator or 0) / (one.denominator or 1)


def _over(one: Judged) -> str:
    if one.check.over == "window" or one.check.metric.kind.name != "rate":
        return ""
    return " in one interval" if one.check.over == "worst_interval" else " throughout a run of intervals"


def _of_requests(one: Judged, brief: bool) -> str:
    bounds = ""
    if one.ci95 and not brief:
        low, high = one.ci95
        bounds = f"; 95% CI {number(low)}-{number(high)}"
    run = one.detail.get("run")
    at = f", {between(run.t0, run.t1)}" if run else ""
    return f"{one.numerator} of {one.denominator}{bounds}{at}"


def _of_limit(one: Judged, brief: bool) -> str:
    worst = one.breaches.worst
    at = f" at {to_clock(worst.start)}Z" if worst and one.check.over != "consecutive" else ""
    return f"{_of_rps(one)}{at}"


def _of_rps(one: Judged) -> str:
    return f"{number(one.numerator or 0)} of {as_given(one.denominator or 0)} rps"


def _of_plan(one: Judged, brief: bool) -> str:
    planned = one.detail["planned"].rps or 0.0
    others = max(0, round((one.numerator or 0) - planned, 3))
    return f"{_of_rps(one)}: {number(others)} p95 + {number(planned)} planned"


def _of_budget(one: Judged, brief: bool) -> str:
    detail = one.detail
    allowed = f"{one.numerator} bad of {number(detail['allowed'])} allowed"
    return f"{allowed}; SLO {as_given(detail['slo_percent'])}% in {detail['days']} days"


def _of_burn(one: Judged, brief: bool) -> str:
    detail = one.detail
    counted = f"{one.numerator} bad of {one.denominator}"
    return f"{counted} in {detail['minutes']} min; SLO {as_given(detail['slo_percent'])}%"


def _of_regression(one: Judged, brief: bool) -> str:
    chance, then = one.detail["p_value"], one.detail["baseline"].value
    told = "" if chance is None or brief else f"; p {chance:.2g}"
    return f"{number(_percent(one))}% now, {number(then or 0)}% then{told}"


def _of_drop(one: Judged, brief: bool) -> str:
    drop = one.detail["drop"]
    if one.numerator != drop.requests:
        return f"at most {one.numerator} requests in {drop.minutes} min lately, at least {drop.quietest} before"
    return f"{drop.requests} requests in the last {drop.minutes} min, at least {drop.quietest} in as many before"


BASES: dict[KindName, Callable[[Judged, bool], str]] = {
    "rate": _of_requests,
    "utilization": _of_limit,
    "projected": _of_plan,
    "budget": _of_budget,
    "burn": _of_burn,
    "regression": _of_regression,
    "requests": lambda one, brief: "",
    "drop": _of_drop,
    "usual": lambda one, brief: f"{one.numerator} requests, {one.denominator} are usual",
    "query": lambda one, brief: "",
}

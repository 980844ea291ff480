# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One check in words. PURE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._metric import METRICS, KindName
from .._text import as_given, number, plain, span, unit_of
from .checks import Check

_LACK = ("no_data", "stale", "incomplete")


def asked_of(check: Mapping[str, Any], policy: Mapping[str, Any]) -> Check:
    """The check of the policy that this one judges."""
    found: Check = next(one for one in policy["plan"] if one.name == check["name"])
    return found


def told_name(check: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    """A check's name, and what it looks at where that is not what the policy looks at."""
    asked = asked_of(check, policy)
    own = [
        f"{name}={','.join(value) if isinstance(value, tuple) else value}"
        for name, value in asked.filters
        if policy.get(name) != (list(value) if isinstance(value, tuple) else value)
    ]
    if asked.minutes != policy["window_minutes"] and "window_minutes" in asked.metric.kind.settings:
        own.append(f"{number(asked.minutes / 60)} h" if asked.minutes >= 60 else f"{asked.minutes} min")
    scope = plain(", ".join(own))
    return plain(check["name"]) + (f" [{scope if len(scope) <= 40 else scope[:37] + '...'}]" if own else "")


def message(
    check: Mapping[str, Any], organization: Mapping[str, Any], policy: Mapping[str, Any], brief: bool = False
) -> str:
    """One check in a sentence, without the organization's name; `brief` leaves out the confidence interval."""
    name, reason = told_name(check, policy), check["reason"]
    asked = asked_of(check, policy)
    if check["status"] == "error":
        return f"{name}: could not be read, {plain(str(check['detail']['error']))}"
    if reason in _LACK:
        return f"{name}: {reason}, {lacking(check)}"
    if reason in ("no_traffic", "no_baseline", "no_value", "unknown_codes"):
        return f"{name}: {reason}, {missing(check, policy)}"
    if reason == "low_traffic" and check["value"] is None:
        return f"{name}: low_traffic, no interval is over yet to be judged"
    if reason == "low_traffic" and (check["denominator"] or 0) >= asked.min_requests:
        return f"{name}: low_traffic, {_claim(check, brief)} with too few requests in {_compared(check)}"
    if reason == "low_traffic":
        return f"{name}: low_traffic, {_claim(check, brief)} with fewer than {asked.min_requests} requests"
    more = {
        "few_failures": f", fewer failures than {asked.min_failures}",
        "recovered": ", recovered",
        "nothing_succeeded": ", nothing succeeded",
        "small_sample": ", small sample",
        "baseline_unhealthy": ", but what it is compared with was unhealthy itself",
    }
    return f"{name} {_claim(check, brief)}{more.get(reason, '')}"


def _compared(check: Mapping[str, Any]) -> str:
    """Where there are too few requests, although there are enough in all."""
    if check["metric"] == "server_error_regression":
        return "one of both windows"
    return "the window asked for" if (check["window"] or {}).get("widened") else "each interval"


def lacking(check: Mapping[str, Any]) -> str:
    """What part of its window a check does not see."""
    window = check["window"]
    if window["newest"] is None and window["dropped"]:
        return f"none of the {window['dropped']} intervals that came lies whole in the window"
    if window["newest"] is None:
        return "the API returned no interval of the window"
    if check["reason"] in ("stale", "no_data"):
        return f"the newest data is {window['age_seconds'] // 60:.0f} min old ({window['newest'][11:16]}Z)"
    return f"only {number(window['coverage_percent'])}% of the window is there"


def missing(check: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    """What evidence an inconclusive check lacks."""
    reason = check["reason"]
    if reason == "no_traffic":
        return f"no request{' that counts' if policy['ignore_codes'] else ''} in the window"
    least = asked_of(check, policy).min_requests
    if reason == "low_traffic" and (check["denominator"] or 0) >= least:
        return f"too few requests in {_compared(check)}"
    if reason == "low_traffic":
        return f"{check['denominator'] or 0} requests, at least {least} needed"
    if reason == "no_baseline":
        return "there is no data to compare with"
    if reason == "baseline_unhealthy":
        return "what it is compared with was unhealthy itself"
    if reason == "unknown_codes":
        unknown = check["detail"]["unknown"]
        codes = ", ".join(f"{code} x{count}" for code, count in unknown["codes"])
        return f"{unknown['requests']} of {unknown['of']} requests have unknown response codes ({codes})"
    if reason == "no_value":
        got = plain(str(check["detail"]["got"]))
        way_out = ", as for a code that did not occur: || `0` behind it makes that 0"
        return f"the query gave no number but {got}{way_out if got == 'null' else ''}"
    return lacking(check)


def _limit(check: Mapping[str, Any]) -> float | None:
    """The limit that a check breached; None if it breached none."""
    if check["status"] not in ("warn", "fail"):
        return None
    if check["warn"] is None or check["status"] == "fail" or check["reason"] in ("recovered", "few_failures"):
        limit = check["fail"]
    else:
        # An optional check that fails only warns.
        beyond = check["fail"] is not None and _beyond(check, check["fail"])
        limit = check["fail"] if beyond else check["warn"]
    return None if limit is None else float(limit)


def _beyond(check: Mapping[str, Any], limit: float) -> bool:
    value = check["value"]
    return bool({">": value > limit, "<": value < limit, ">=": value >= limit}[check["operator"]])


def _claim(check: Mapping[str, Any], brief: bool) -> str:
    """`7.1% > 5% (299 of 4213; 95% CI 6.4-7.9)`; the limit only where it is breached."""
    limit, unit = _limit(check), unit_of(check["unit"])
    kind = METRICS[check["metric"]].kind.name
    value = check["value"]
    if kind == "rate" and check["over"] == "window":
        # Not the rounded value: it may not be told from a limit that lies close.
        value = 100 * check["numerator"] / check["denominator"]
    points = kind == "regression"
    sign = "+" if points else ""
    breach = "" if limit is None else f" {check['operator']} {sign}{as_given(limit)}{unit}"
    said = f"{number(value, limit)}{unit}"
    if points:
        said, breach = f"{'+' if value >= 0 else ''}{number(value, limit)}", f"{breach} points"
    basis = _BASES[kind](check, brief)
    return f"{said}{breach}{_over(check)}" + (f" ({basis})" if basis else "")


def _over(check: Mapping[str, Any]) -> str:
    if check["over"] == "window" or METRICS[check["metric"]].kind.name != "rate":
        return ""
    return " in one interval" if check["over"] == "worst_interval" else " throughout a run of intervals"


def _of_requests(check: Mapping[str, Any], brief: bool) -> str:
    bounds = ""
    if check["ci95"] and not brief:
        low, high = check["ci95"]
        bounds = f"; 95% CI {number(low)}-{number(high)}"
    run = (check["detail"] or {}).get("run")
    at = f", {span(run['t0'], run['t1'])}" if run else ""
    return f"{check['numerator']} of {check['denominator']}{bounds}{at}"


def _of_limit(check: Mapping[str, Any], brief: bool) -> str:
    at = f" at {check['worst']['start_ts'][11:16]}Z" if check["worst"] and check["over"] != "consecutive" else ""
    return f"{number(check['numerator'])} of {as_given(check['denominator'])} rps{at}"


def _of_plan(check: Mapping[str, Any], brief: bool) -> str:
    planned = check["detail"]["planned"]
    others = check["numerator"] - planned["rps"]
    return (
        f"{number(check['numerator'])} of {as_given(check['denominator'])} rps: "
        f"{number(max(0, round(others, 3)))} p95 + {number(planned['rps'])} planned"
    )


def _of_budget(check: Mapping[str, Any], brief: bool) -> str:
    detail = check["detail"]
    allowed = f"{check['numerator']} bad of {number(detail['allowed'])} allowed"
    return f"{allowed}; SLO {as_given(detail['slo_percent'])}% in {detail['days']} days"


def _of_burn(check: Mapping[str, Any], brief: bool) -> str:
    detail = check["detail"]
    counted = f"{check['numerator']} bad of {check['denominator']}"
    return f"{counted} in {detail['minutes']} min; SLO {as_given(detail['slo_percent'])}%"


def _of_regression(check: Mapping[str, Any], brief: bool) -> str:
    baseline = check["detail"]["baseline"]
    now = 100 * check["numerator"] / check["denominator"]
    chance = check["detail"]["p_value"]
    told = "" if chance is None or brief else f"; p {chance:.2g}"
    return f"{number(now)}% now, {number(baseline['value'])}% then{told}"


_BASES: dict[KindName, Callable[[Mapping[str, Any], bool], str]] = {
    "rate": _of_requests,
    "utilization": _of_limit,
    "projected": _of_plan,
    "budget": _of_budget,
    "burn": _of_burn,
    "regression": _of_regression,
    "requests": lambda check, brief: "",
    "query": lambda check, brief: "",
}

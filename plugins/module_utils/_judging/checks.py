# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One check over what there is to see -> its status and reason: GATE's decision, first match wins. PURE.

A breach is strict (value > limit) and compared exactly, in fractions: in floats 7 of 100 is more than 7 percent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from .._facts import searched
from .._intervals import CodeClass, Interval, class_of, total
from .._metric import KindName, Metric, Side
from .._time import parse_iso, tidy, to_iso
from . import metrics as _metrics, statistics as _statistics
from .metrics import ENOUGH_RECENT, Measured, Single, breaches

# Best to worst. A smaller problem never hides a fail.
STATUSES = ("skipped", "pass", "warn", "inconclusive", "error", "fail")
# A rise counts only if it is beyond chance, and large.
_SIGNIFICANT = 0.01
_LEAST_RATIO = 2
_FEW_FOR_CLUSTERS = 10
# Beyond this a number is a mistake, and no longer exact.
_LARGEST = 10**15
_NO_DATA = ("no_data", "incomplete", "stale", "no_baseline", "no_value", "unknown_codes")
# Codes that HTTP does not know: neither a success nor a failure.
_UNKNOWN: tuple[CodeClass, ...] = ("other",)
# What cannot be understood is no health. More of the requests than this are no oddity any more.
_FEW_UNKNOWN = Fraction(5, 100)


class Check(NamedTuple):
    """One check of a policy, everything resolved; `filters` are pairs of a query option and its value."""

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
    filters: tuple[tuple[str, Any], ...]
    query: str | None
    worse: Side
    baseline_days: int | None
    action: str | None


@dataclass(frozen=True)
class Evidence:
    """What there is to judge: the complete intervals of a window, oldest first, and why they may not do.

    `idle` intervals without a request are absent; `window` is `{t0, t1, seconds, widened}`.
    """

    intervals: Sequence[Interval]
    lacking: str | None = None
    read_error: str | None = None
    idle: int = 0
    window: Mapping[str, Any] | None = None
    organization: Mapping[str, Any] | None = None

    @cached_property
    def by_code(self) -> dict[int, int]:
        """All its requests by code: each check asks for them."""
        return total(self.intervals)


class Finding(NamedTuple):
    """What was found: the status, why, what was measured, and what the last minutes say."""

    status: str
    reason: str | None
    measured: Measured | None
    recent: dict[str, Any] | None = None
    detail: dict[str, Any] | None = None
    ci95: list[float] | None = None
    # Where the check had to measure each interval anyway.
    singles: list[Single] | None = None


def worst(statuses: Sequence[str]) -> str:
    """The worst of these statuses; `pass` of none. `skipped` says nothing, so anything is worse."""
    return max(statuses, key=STATUSES.index, default="pass")


def foremost(checks: Sequence[dict[str, Any]] | Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The check that matters most: one that holds the gate before one that does not, then the worst."""
    return max(checks, key=lambda check: (not check["tolerated"], STATUSES.index(check["status"])))


def check(
    asked: Check, evidence: Evidence, options: Mapping[str, Any], baseline: Evidence | None = None
) -> dict[str, Any]:
    """The check, judged: shape and meaning in RETURN of health_info."""
    if evidence.read_error is not None or (baseline is not None and baseline.read_error is not None):
        error = evidence.read_error or (baseline.read_error if baseline else None)
        found = Finding("error", "read_failed", None, detail={"error": error})
    else:
        found = Finding("inconclusive", evidence.lacking, None)
        if evidence.intervals:
            found = _understood(
                asked, evidence, options, _JUDGES[asked.metric.kind.name](asked, evidence, options, baseline)
            )
        if evidence.lacking:
            found = found._replace(status="inconclusive", reason=evidence.lacking)
    status = "warn" if found.status == "fail" and not asked.required else found.status
    measured = found.measured or Measured(Fraction(0), None, None, 0)
    whole = measured.denominator
    return {
        "name": asked.name,
        "metric": asked.metric.name,
        "unit": asked.metric.unit,
        "status": status,
        "reason": found.reason,
        "required": asked.required,
        "tolerated": _tolerated(asked, status, found.reason, options),
        "value": _rounded(measured.value, asked) if found.measured else None,
        "warn": asked.warn,
        "fail": asked.fail,
        "operator": operator(asked),
        "numerator": _told(measured.numerator),
        # A count, or the rate limit as it was given.
        "denominator": float(whole) if isinstance(whole, Fraction) else whole,
        "ci95": found.ci95,
        **_breaches(asked, evidence.intervals, breached_limit(asked, found.measured), options, found.singles),
        "recent": found.recent,
        "top_codes": _top_codes(asked.metric.bad, evidence.by_code, options),
        "over": asked.over,
        "window": None if evidence.window is None else dict(evidence.window),
        "filters": {name: list(value) if isinstance(value, tuple) else value for name, value in asked.filters},
        "detail": found.detail,
        "action": asked.action,
    }


def _understood(asked: Check, evidence: Evidence, options: Mapping[str, Any], found: Finding) -> Finding:
    """The finding, unless many codes are neither a success nor a failure; they hide no fail."""
    unknown, valid = _metrics.counted(_UNKNOWN, evidence.by_code, options["ignore_codes"] or ())
    rate = bool(asked.metric.bad)
    if not rate or found.status == "fail" or unknown < asked.min_failures or unknown <= _FEW_UNKNOWN * valid:
        return found
    if _since_long_over(_UNKNOWN, asked, evidence, options) is not None:
        return found._replace(status="inconclusive", reason="low_traffic")
    told = {"requests": unknown, "of": valid, "codes": _top_codes(_UNKNOWN, evidence.by_code, options)}
    return found._replace(
        status="inconclusive", reason="unknown_codes", detail={**(found.detail or {}), "unknown": told}
    )


def breached_limit(asked: Check, measured: Measured | None) -> float | None:
    """The limit that intervals are held against: the fail limit if the value is beyond it."""
    beyond = measured is not None and breaches(measured.value, asked.fail, asked.worse)
    return asked.fail if beyond else asked.warn


def operator(asked: Check) -> str:
    """How a value breaches a limit of this check."""
    if asked.metric.kind.name == "regression":
        return ">="
    return ">" if asked.worse == "up" else "<"


def decide(
    bad: int,
    valid: int,
    warn: float | Fraction | None,
    fail: float | Fraction | None,
    min_requests: int,
    min_failures: int,
    still: bool,
) -> tuple[str, str | None]:
    """Status and reason of a rate, `bad` of `valid`; `still`: the last minutes give no all-clear. First match wins."""
    scant = _scant(bad, valid, fail, min_requests, min_failures)
    if scant:
        return scant
    return _graded(Fraction(100 * bad, valid), bad, warn, fail, min_failures, still)


def _scant(
    bad: int, valid: int, fail: float | Fraction | None, min_requests: int, min_failures: int
) -> tuple[str, str] | None:
    """Status and reason where there are few requests, or none of them succeeded; None where the rate decides."""
    if valid == 0:
        return "inconclusive", "no_traffic"
    if fail is not None and fail < 100 and valid >= 3 and bad == valid:
        return "fail", "nothing_succeeded"
    if valid < min_requests:
        low = 100 * _statistics.wilson(bad, valid, _statistics.Z_ONE_SIDED_95)[0]
        if fail is not None and bad >= min_failures and low > fail:
            return "fail", "small_sample"
        return "inconclusive", "low_traffic"
    return None


def _graded(
    value: Fraction,
    bad: int,
    warn: float | Fraction | None,
    fail: float | Fraction | None,
    min_failures: int,
    still: bool,
) -> tuple[str, str | None]:
    """Status and reason of a value that enough requests made."""
    if breaches(value, fail):
        if bad < min_failures:
            return "warn", "few_failures"
        return ("fail", "threshold") if still else ("warn", "recovered")
    return ("warn", "threshold") if breaches(value, warn) else ("pass", None)


def _badness(asked: Check, limit: float | None) -> Fraction | None:
    """A rate's limit as a percentage of bad ones, whichever way the metric tells it."""
    if limit is None:
        return None
    return _metrics.exact(limit) if asked.metric.worse == "up" else 100 - _metrics.exact(limit)


def _rate(asked: Check, evidence: Evidence, options: Mapping[str, Any], _baseline: Evidence | None) -> Finding:
    found = _rated(asked, evidence, options)
    since = _since_long_over(asked.metric.bad, asked, evidence, options)
    if found.status != "fail" or since is None:
        return found
    # All of it happened before the window asked for. That it is over takes requests that show it.
    recovered = since >= ENOUGH_RECENT and found.reason == "threshold"
    status, reason = ("warn", "recovered") if recovered else ("inconclusive", "low_traffic")
    return found._replace(status=status, reason=reason)


def _rated(asked: Check, evidence: Evidence, options: Mapping[str, Any]) -> Finding:
    metric, ignored = asked.metric, options["ignore_codes"] or ()
    warn, fail = _badness(asked, asked.warn), _badness(asked, asked.fail)
    bad, valid = _metrics.counted(metric.bad, evidence.by_code, ignored)
    late = _metrics.recent(evidence.intervals, options["confirm_recent_minutes"])
    late_bad, late_valid = _metrics.counts(metric.bad, late, ignored)
    latest = _metrics.rate(metric, late_bad, late_valid)
    late_rate = Fraction(100 * late_bad, late_valid) if late_valid else Fraction(0)
    still = late_valid < ENOUGH_RECENT or breaches(late_rate, fail)
    lately = _recent(asked, late, options, latest, breaches(late_rate, warn if fail is None else fail))
    if valid == 0:
        return Finding("inconclusive", "no_traffic", None, lately)
    measured = _metrics.rate(metric, bad, valid)
    bounds = _bounds(bad if metric.worse == "up" else valid - bad, valid)
    if asked.over == "window":
        status, reason = decide(bad, valid, warn, fail, asked.min_requests, asked.min_failures, still)
        return Finding(status, reason, measured, lately, ci95=bounds)
    scant = _scant(bad, valid, fail, asked.min_requests, asked.min_failures)
    if scant:
        return Finding(*scant, measured, lately, ci95=bounds)
    # Every run is judged, so that more failures in one never hide another.
    single = _metrics.singles(metric, evidence.intervals, options)
    # A run that reaches into the last minutes goes on, however good the rest of them is.
    lately_from = late[0].start
    judged = [
        (_graded(run.percent.value, run.bad, warn, fail, asked.min_failures, still or run.last.end > lately_from), run)
        for run in _metrics.runs(single, asked.consecutive, ENOUGH_RECENT)
    ]
    if not judged:
        return Finding("inconclusive", "low_traffic", measured, lately, ci95=bounds)
    (status, reason), run = max(judged, key=lambda one: (STATUSES.index(one[0][0]), one[1].percent.value))
    value = run.percent.value if metric.worse == "up" else 100 - run.percent.value
    told = run.bad if metric.worse == "up" else run.valid - run.bad
    return Finding(status, reason, Measured(value, told, run.valid, run.valid), lately, detail=_where(run))


def _since_long_over(
    classes: Sequence[CodeClass], asked: Check, evidence: Evidence, options: Mapping[str, Any]
) -> int | None:
    """How many requests the window asked for holds, if only what it was widened by holds these classes; else None."""
    window = evidence.window or {}
    if not window.get("widened"):
        return None
    begin = parse_iso(window["t1"]) - asked.minutes * 60
    within = [one for one in evidence.intervals if one.end > begin]
    found, valid = _metrics.counts(classes, within, options["ignore_codes"] or ())
    return None if found else valid


def _where(run: _metrics.Run) -> dict[str, Any]:
    return {"run": {"t0": to_iso(run.first.start), "t1": to_iso(run.last.end)}}


def _utilization(asked: Check, evidence: Evidence, options: Mapping[str, Any], _baseline: Evidence | None) -> Finding:
    limit = _metrics.exact(options["rate_limit_rps"])
    single = _metrics.singles(asked.metric, evidence.intervals, options)
    found = _metrics.runs(single, asked.consecutive, 0)
    # Without so many intervals in a row there were idle ones between them.
    value = _metrics.ranked([run.percent for run in found], -1).value if found else Fraction(0)
    measured = Measured(value, value * limit / 100, limit, sum(one.requests for one in evidence.intervals))
    late = _metrics.recent(evidence.intervals, options["confirm_recent_minutes"])
    latest = _metrics.busiest(late, options["rate_limit_rps"])
    still = breaches(latest.value, asked.fail)
    lately = _recent(asked, late, options, latest, still or (asked.fail is None and breaches(latest.value, asked.warn)))
    status, reason = _graded(value, 1, asked.warn, asked.fail, 1, still)
    return Finding(status, reason, measured, lately, singles=single)


def _projected(asked: Check, evidence: Evidence, options: Mapping[str, Any], _baseline: Evidence | None) -> Finding:
    others = _metrics.p95(evidence.intervals, evidence.idle) or Fraction(0)
    limit = _metrics.exact(options["rate_limit_rps"])
    rps = others + options["planned_requests"] / (60 * _metrics.exact(options["planned_minutes"]))
    measured = Measured(100 * rps / limit, rps, limit, sum(one.requests for one in evidence.intervals))
    status, reason = _graded(measured.value, 1, asked.warn, asked.fail, 1, True)
    return Finding(status, reason, measured, detail={"planned": _metrics.plan(others, options)})


def _budget(asked: Check, evidence: Evidence, options: Mapping[str, Any], _baseline: Evidence | None) -> Finding:
    bad, valid = _metrics.counted(asked.metric.bad, evidence.by_code, options["ignore_codes"] or ())
    if valid == 0:
        return Finding("inconclusive", "no_traffic", None)
    measured = _metrics.budget(bad, valid, options["slo_percent"])
    allowed = (1 - _metrics.exact(options["slo_percent"]) / 100) * valid
    detail = {"slo_percent": options["slo_percent"], "days": options["slo_days"], "allowed": round(float(allowed), 3)}
    if valid < asked.min_requests:
        return Finding("inconclusive", "low_traffic", measured, detail=detail)
    if breaches(measured.value, asked.fail, "down"):
        found = ("fail", "threshold") if bad >= asked.min_failures else ("warn", "few_failures")
    else:
        found = ("warn", "threshold") if breaches(measured.value, asked.warn, "down") else ("pass", "")
    return Finding(found[0], found[1] or None, measured, detail=detail)


def _burn(asked: Check, evidence: Evidence, options: Mapping[str, Any], _baseline: Evidence | None) -> Finding:
    judged = []
    windows = []
    for limit, (long, short) in ((asked.fail, _metrics.BURN_FAIL_MINUTES), (asked.warn, _metrics.BURN_WARN_MINUTES)):
        slow, fast = (_metrics.burn(asked.metric, evidence.intervals, minutes, options) for minutes in (long, short))
        windows += [
            {"minutes": minutes, "value": round(float(one.value), 3), "bad": one.numerator, "requests": one.requests}
            for minutes, one in ((long, slow), (short, fast))
        ]
        # Both have to breach, so the lower one decides. Too few requests in the short window give no all-clear.
        by_long = fast.requests < ENOUGH_RECENT or slow.value <= fast.value
        decisive = slow if by_long else fast
        judged.append((breaches(decisive.value, limit), slow, decisive, long if by_long else short))
    (failing, hour, _decisive, _minutes), (warning, whole, _lower, _longer) = judged
    bad, _valid = _metrics.counts(
        asked.metric.bad,
        _metrics.recent(evidence.intervals, _metrics.BURN_FAIL_MINUTES[0]),
        options["ignore_codes"] or (),
    )
    _breaching, _slow, measured, minutes = judged[0 if failing else 1]
    detail = {"slo_percent": options["slo_percent"], "minutes": minutes, "windows": windows}
    if whole.requests == 0:
        return Finding("inconclusive", "no_traffic", None, detail=detail)
    if whole.requests < asked.min_requests:
        return Finding("inconclusive", "low_traffic", measured, detail=detail)
    status, reason = ("warn", "threshold") if warning else ("pass", None)
    if failing and bad < asked.min_failures:
        status, reason = "warn", "few_failures"
    elif failing and hour.requests < asked.min_requests:
        low = _statistics.wilson(bad, hour.requests, _statistics.Z_ONE_SIDED_95)[0]
        surely = low > (1 - options["slo_percent"] / 100) * (asked.fail or 0)
        status, reason = ("fail", "small_sample") if surely else ("inconclusive", "low_traffic")
    elif failing:
        status, reason = "fail", "threshold"
    return Finding(status, reason, measured, detail=detail)


def _regression(asked: Check, evidence: Evidence, options: Mapping[str, Any], baseline: Evidence | None) -> Finding:
    ignored = options["ignore_codes"] or ()
    bad, valid = _metrics.counted(asked.metric.bad, evidence.by_code, ignored)
    if baseline is None or baseline.lacking:
        return Finding("inconclusive", "no_baseline", None)
    bad_before, valid_before = _metrics.counted(asked.metric.bad, baseline.by_code, ignored)
    clusters = [
        [pair for pair in (_metrics.counted(asked.metric.bad, one.by_code, ignored) for one in side) if pair[1]]
        for side in (evidence.intervals, baseline.intervals)
    ]
    before = Fraction(100 * bad_before, valid_before) if valid_before else None
    detail: dict[str, Any] = {
        "baseline": {
            "t0": (baseline.window or {}).get("t0"),
            "t1": (baseline.window or {}).get("t1"),
            "numerator": bad_before,
            "denominator": valid_before,
            "value": None if before is None else round(float(before), 3),
        },
        "p_value": None,
        "ratio": None,
    }
    if valid == 0 or before is None:
        return Finding("inconclusive", "no_traffic", None, detail=detail)
    now = Fraction(100 * bad, valid)
    rise = Measured(now - before, bad, valid, valid)
    few = bad + bad_before < _FEW_FOR_CLUSTERS
    if min(valid, valid_before) < asked.min_requests or (not few and min(map(len, clusters)) < 2):
        return Finding("inconclusive", "low_traffic", rise, detail=detail)
    p_value = _statistics.fisher(bad, valid, bad_before, valid_before) if few else _statistics.clustered(*clusters)
    detail["p_value"] = float(f"{p_value:.3g}")
    detail["ratio"] = round(float(now / before), 3) if before else None
    late = _metrics.recent(evidence.intervals, options["confirm_recent_minutes"])
    late_bad, late_valid = _metrics.counts(asked.metric.bad, late, ignored)
    late_rise = (Fraction(100 * late_bad, late_valid) if late_valid else Fraction(0)) - before
    still = late_valid < ENOUGH_RECENT or _rose(late_rise, before, asked.fail)
    lately = _recent(asked, late, options, Measured(late_rise, late_bad, late_valid, late_valid), still)
    beyond = p_value < _SIGNIFICANT and _rose(rise.value, before, asked.fail)
    if beyond and still and bad >= asked.min_failures:
        return Finding("fail", "regression", rise, lately, detail)
    # The same as then is no praise where it was bad then: the baseline may hold an incident.
    if breaches(before, options["server_error_fail_percent"]):
        return Finding("inconclusive", "baseline_unhealthy", rise, lately, detail)
    if beyond:
        return Finding("warn", "few_failures" if bad < asked.min_failures else "recovered", rise, lately, detail)
    if p_value < _SIGNIFICANT and _rose(rise.value, before, asked.warn):
        return Finding("warn", "regression", rise, lately, detail)
    return Finding("pass", None, rise, lately, detail)


def _rose(points: Fraction, before: Fraction, least: float | None) -> bool:
    """Whether a rate rose by at least so many points above `before`, and to at least twice as much."""
    return (
        least is not None
        and points > 0
        and points >= _metrics.exact(least)
        and points + before >= _LEAST_RATIO * before
    )


def _requests(asked: Check, evidence: Evidence, options: Mapping[str, Any], _baseline: Evidence | None) -> Finding:
    _bad, valid = _metrics.counted((), evidence.by_code, options["ignore_codes"] or ())
    return _plain(asked, Measured(Fraction(valid), None, None, valid))


def _query(asked: Check, evidence: Evidence, options: Mapping[str, Any], _baseline: Evidence | None) -> Finding:
    try:
        value = searched(str(asked.query), evidence.organization or {})
    except ValueError as exc:
        return Finding("inconclusive", "no_value", None, detail={"got": f"an error: {exc}"})
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -_LARGEST <= value <= _LARGEST:
        return Finding("inconclusive", "no_value", None, detail={"got": "null" if value is None else repr(value)[:80]})
    return _plain(asked, Measured(_metrics.exact(value), None, None, 0))


def _plain(asked: Check, measured: Measured) -> Finding:
    """A number against its limits, with nothing to soften it."""
    if breaches(measured.value, asked.fail, asked.worse):
        return Finding("fail", "threshold", measured)
    if breaches(measured.value, asked.warn, asked.worse):
        return Finding("warn", "threshold", measured)
    return Finding("pass", None, measured)


_JUDGES: dict[KindName, Callable[[Check, Evidence, Mapping[str, Any], Evidence | None], Finding]] = {
    "rate": _rate,
    "utilization": _utilization,
    "projected": _projected,
    "budget": _budget,
    "burn": _burn,
    "regression": _regression,
    "requests": _requests,
    "query": _query,
}


def tolerance(reason: str | None) -> str:
    """The policy option that says what follows from an inconclusive check."""
    return "on_no_data" if reason in _NO_DATA else "on_low_traffic"


def _tolerated(asked: Check, status: str, reason: str | None, options: Mapping[str, Any]) -> bool:
    """Whether the gate may open although this check stands like that.

    An optional check may find what it will, but to have seen nothing is another matter.
    """
    if status == "inconclusive":
        follows = options["on_no_data"] if tolerance(reason) == "on_no_data" else asked.on_low_traffic
        return not asked.required or follows != "fail"
    return status in ("skipped", "pass", "warn")


def _recent(
    asked: Check, late: Sequence[Interval], options: Mapping[str, Any], latest: Measured, breaching: bool
) -> dict[str, Any]:
    there = bool(late) and (latest.requests > 0 or asked.metric.kind.name == "utilization")
    return {
        "minutes": tidy(max([options["confirm_recent_minutes"], *(one.seconds / 60 for one in late)])),
        "numerator": _told(latest.numerator) if late else None,
        "value": _rounded(latest.value, asked) if there else None,
        "requests": latest.requests,
        "breaching": breaching,
    }


def _told(number: Fraction | int | None) -> float | int | None:
    """A count as it is, anything else rounded."""
    return number if number is None or isinstance(number, int) else round(float(number), 3)


def _top_codes(classes: Sequence[CodeClass], by_code: Mapping[int, int], options: Mapping[str, Any]) -> list[list[int]]:
    ignored = options["ignore_codes"] or ()
    codes = [(-by_code[code], code) for code in by_code if class_of(code) in classes and code not in ignored]
    return [[code, -count] for count, code in sorted(codes)[:3]]


def breaching(
    asked: Check,
    intervals: Sequence[Interval],
    limit: float | None,
    options: Mapping[str, Any],
    measured: list[Single] | None = None,
) -> tuple[list[Single], list[Single]]:
    """The intervals that can be judged for themselves, and those of them that breach `limit`.

    Intervals with few requests say little: they count only where there is nothing better. `measured` is what the
    metric's `singles` are, if somebody has them.
    """
    if not asked.metric.kind.by_interval:
        return [], []
    judged = _metrics.singles(asked.metric, intervals, options) if measured is None else measured
    # An interval's rate needs some requests; its requests per second are what they are.
    enough = 0 if asked.metric.kind.name == "utilization" else 1
    if enough and any(one.valid >= ENOUGH_RECENT for one in judged):
        enough = ENOUGH_RECENT
    most = _badness(asked, limit)
    fit = [one for one in judged if one.valid >= enough]
    # No limit is below zero.
    return fit, [one for one in fit if most is not None and one.percent.part and one.percent.exceeds(most)]


def _breaches(
    asked: Check,
    intervals: Sequence[Interval],
    limit: float | None,
    options: Mapping[str, Any],
    measured: list[Single] | None,
) -> dict[str, Any]:
    """Where in the window the limit was breached, interval by interval."""
    fit, over = breaching(asked, intervals, limit, options, measured)
    starts = {one.interval.start for one in over}
    there = {one.interval.start for one in fit}
    longest = run = 0
    previous_end = None
    for interval in intervals if over else ():
        if previous_end is not None and interval.start > previous_end:
            run = 0
        previous_end = interval.end
        if interval.start in there:
            run = run + 1 if interval.start in starts else 0
            longest = max(longest, run)
    peak = None
    if any(one.percent.part for one in fit):
        highest = _metrics.ranked([one.percent for one in fit], -1)
        peak = next(one for one in fit if one.percent.near == highest.near and one.percent.value == highest.value)
    return {
        "first_breach": to_iso(over[0].interval.start) if over else None,
        "last_breach": to_iso(over[-1].interval.end) if over else None,
        "breaching_intervals": len(over),
        "longest_run": longest,
        "worst": None
        if peak is None
        else {
            "start_ts": to_iso(peak.interval.start),
            "value": round(float(peak.percent.value if asked.metric.worse == "up" else 100 - peak.percent.value), 3),
            "requests": peak.valid,
        },
    }


def _rounded(value: Fraction, asked: Check) -> float:
    """Three digits after the point, or as many as it takes to breach the same limits as the exact value."""
    near = float(value)
    if all(limit is None or abs(near - limit) > 0.01 for limit in (asked.warn, asked.fail)):
        return round(near, 3)
    for digits in range(3, 12):
        short = round(float(value), digits)
        if all(_sign(Fraction(str(short)), limit) == _sign(value, limit) for limit in (asked.warn, asked.fail)):
            return short
    return float(value)


def _sign(value: Fraction, limit: float | None) -> int:
    """On which side of the limit a value is, or on it."""
    edge = value if limit is None else _metrics.exact(limit)
    return (value > edge) - (value < edge)


def _bounds(told: int, valid: int) -> list[float]:
    return [round(100 * bound, 3) for bound in _statistics.wilson(told, valid, _statistics.Z_TWO_SIDED_95)]

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judge of each kind of metric, by the decision rules of the gate: the first match wins. PURE.

A breach is strict (value > limit) and compared in exact fractions, because as floats 7 of 100 exceeds 7 percent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, TypedDict

from .._facts import searched
from .._intervals import CodeClass, Interval, class_of, total
from .._metric import KindName
from .._time import tidy
from . import measure, statistics
from .history import by_hour, usual
from .measure import ENOUGH_RECENT, Measured, Plan, Planned, Run, Single, breaches
from .policy import Check, Policy

# Best to worst. A smaller problem never hides a fail.
STATUSES = ("skipped", "pass", "warn", "inconclusive", "error", "fail")
# A rise counts only if it is statistically significant and large.
_SIGNIFICANT = 0.01
_LEAST_RATIO = 2
_FEW_FOR_CLUSTERS = 10
# A larger number is a mistake, and no longer exact.
_LARGEST = 10**15
# Below min_requests, this number of requests after the last failure shows that the incident has ended.
_ENOUGH_SINCE_FAILURE = 30
# The last minutes need this share of the traffic in an equally long part of the window to be evidence.
_SHARE_OF_USUAL = Fraction(1, 10)
# A healthy hour dilutes a new incident, so these last minutes fail on their own if their rate clearly exceeds this
# multiple of the fail threshold.
SUDDEN = ((10, Fraction("2.8")), (30, Fraction("1.2")))
# Length of the periods that are compared to measure a drop in traffic.
_DROP_MINUTES = 10
# Minimum number of periods before a drop that began earlier than the last period.
_LEAST_BEFORE_DROP = 2
# Codes that HTTP does not know: neither a success nor a failure.
_UNKNOWN: tuple[CodeClass, ...] = ("other",)
# Unknown codes are not evidence of health. Above this share of the requests, the check is inconclusive.
_FEW_UNKNOWN = Fraction(5, 100)


class SeenWindow(NamedTuple):
    """The window that was judged, in seconds since the epoch; widths in seconds, None without an interval."""

    t0: float
    t1: float
    interval_requested: int | None
    interval_effective: float | None
    complete_until: float | None


class Data(NamedTuple):
    """The coverage of a window: counts of intervals, and when the newest complete one ended."""

    expected: int
    used: int
    idle: int
    coverage_percent: float
    newest: float | None
    age_seconds: float | int | None
    dropped: int
    widened: bool
    own_requests_excluded: int
    api_clock_ahead_seconds: int | None = None


class Attribution(NamedTuple):
    """The counted share of one candidate, such as an application; numbers are None if they do not apply to the metric.

    For a drop in traffic, the requests are those before the drop.
    """

    by: str
    value: str
    requests: int
    percent_of_requests: float | None
    failures: int | None
    percent_of_failures: float | None
    utilization_without_percent: float | None
    exact: bool


@dataclass(frozen=True)
class Evidence:
    """The data to judge: the complete intervals of a window, oldest first, and why they may not be sufficient.

    Idle intervals are absent. Window and data are None if the data was not read; `organization` holds its
    facts, for queries.
    """

    intervals: Sequence[Interval]
    lacking: str | None = None
    read_error: str | None = None
    window: SeenWindow | None = None
    data: Data | None = None
    organization: Mapping[str, Any] | None = None

    @cached_property
    def by_code(self) -> dict[int, int]:
        """All its requests by code. Cached, because every check needs them."""
        return total(self.intervals)

    @property
    def idle(self) -> int:
        """The number of absent intervals that count as idle."""
        return self.data.idle if self.data else 0


class Recent(NamedTuple):
    """The last minutes: a value, its numerator and requests, and whether it breaches."""

    minutes: float | int
    numerator: float | int | None
    value: float | None
    requests: int
    breaching: bool


class Span(NamedTuple):
    """A period, in seconds since the epoch."""

    t0: float
    t1: float


class Before(NamedTuple):
    """The baseline of a regression: failures, requests and the percentage."""

    t0: float | None
    t1: float | None
    numerator: int
    denominator: int
    value: float | None


class BurnWindow(NamedTuple):
    """How fast the error budget was used up in the last `minutes`."""

    minutes: int
    value: float
    bad: Fraction | int | None
    requests: int


class Unknown(NamedTuple):
    """Requests with response codes unknown to HTTP, the number of all requests, and the most frequent codes."""

    requests: int
    of: int
    codes: list[list[int]]


class Share(NamedTuple):
    """The share of failed requests in a period, in percent."""

    t0: float
    t1: float
    numerator: int
    denominator: int
    value: float | None


class Drop(NamedTuple):
    """Requests in the last minutes, and in the quietest earlier period of the same length."""

    minutes: float | int
    requests: int
    quietest: int


class Detail(TypedDict, total=False):
    """Details that only some kinds of metric, or some reasons, have."""

    sudden: Share
    wider: Share
    drop: Drop
    run: Span
    planned: Plan
    slo_percent: float
    days: int
    allowed: float
    minutes: int
    windows: list[BurnWindow]
    baseline: Before
    p_value: float | None
    ratio: float | None
    got: str
    unknown: Unknown
    error: str


class Finding(NamedTuple):
    """The result of a judge: status, reason, measured value, and the last minutes."""

    status: str
    reason: str | None
    measured: Measured | None
    recent: Recent | None = None
    detail: Detail | None = None
    ci95: list[float] | None = None
    # Set if the check had to measure each interval anyway.
    singles: list[Single] | None = None


def understood(check: Check, evidence: Evidence, policy: Policy, found: Finding) -> Finding:
    """The finding; inconclusive if too many codes are neither a success nor a failure, unless it is a fail."""
    unknown, valid = measure.counted(_UNKNOWN, evidence.by_code, policy.ignored)
    rate = bool(check.metric.bad)
    if not rate or found.status == "fail" or unknown < check.min_failures or unknown <= _FEW_UNKNOWN * valid:
        return found
    if _since_long_over(_UNKNOWN, check, evidence, policy) is not None:
        return found._replace(status="inconclusive", reason="low_traffic")
    detail: Detail = {
        **(found.detail or {}),
        "unknown": Unknown(unknown, valid, top_codes(_UNKNOWN, evidence.by_code, policy)),
    }
    return found._replace(status="inconclusive", reason="unknown_codes", detail=detail)


class Rate(NamedTuple):
    """The input to the decision about a rate: `bad` of `valid` requests, and the evidence of the newest ones.

    `clear`: the last minutes show that the incident is over; `quiet_since`: valid requests after the last failure;
    `apart`: failures are in two intervals that are not adjacent; `sudden`: the last minutes fail on their own.
    """

    bad: int
    valid: int
    clear: bool
    quiet_since: int = 0
    apart: bool = False
    sudden: bool = False


def decide(
    rate: Rate, warn: float | Fraction | None, fail: float | Fraction | None, min_requests: int, min_failures: int
) -> tuple[str, str | None]:
    """Status and reason of a rate, by its thresholds in percent of bad requests. The first match wins."""
    found = _scant(rate, fail, min_requests, min_failures)
    if found and (found[0] == "fail" or not rate.sudden):
        return found
    value = Fraction(100 * rate.bad, rate.valid)
    if not found:
        found = _graded(value, rate.bad, warn, fail, min_failures, not rate.clear)
    if found[0] != "fail" and rate.sudden and not rate.clear:
        return "fail", "sudden"
    return found


def _scant(
    rate: Rate, fail: float | Fraction | None, min_requests: int, min_failures: int
) -> tuple[str, str | None] | None:
    """Status and reason if there are few requests, or none succeeded; None if the rate decides."""
    bad, valid = rate.bad, rate.valid
    if valid == 0:
        return "inconclusive", "no_traffic"
    # A call that one client retried five times is one failure, not an outage.
    many = bad >= min_failures or rate.apart
    if fail is not None and fail < 100 and valid >= 3 and bad == valid and many:
        return "fail", "nothing_succeeded"
    if valid < min_requests:
        low = 100 * statistics.wilson(bad, valid, statistics.Z_ONE_SIDED_95)[0]
        if fail is not None and bad >= min_failures and low > fail:
            over = rate.clear or rate.quiet_since >= _ENOUGH_SINCE_FAILURE
            return ("warn", "recovered") if over else ("fail", "small_sample")
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
    """Status and reason of a value that is based on enough requests."""
    if breaches(value, fail):
        if bad < min_failures:
            return "warn", "few_failures"
        return ("fail", "threshold") if still else ("warn", "recovered")
    return ("warn", "threshold") if breaches(value, warn) else ("pass", None)


def badness(check: Check, limit: float | None) -> Fraction | None:
    """A rate's threshold as a percentage of bad requests, even if the metric reports the good ones."""
    if limit is None:
        return None
    return measure.exact(limit) if check.metric.worse == "up" else 100 - measure.exact(limit)


def _rate(check: Check, evidence: Evidence, policy: Policy, _baseline: Evidence | None) -> Finding:
    found = _rated(check, evidence, policy)
    since = _since_long_over(check.metric.bad, check, evidence, policy)
    if found.status == "fail" and since is not None:
        # The failures are older than the requested window, so recovery needs recent requests as evidence.
        recovered = since >= ENOUGH_RECENT and found.reason in ("threshold", "small_sample")
        status, reason = ("warn", "recovered") if recovered else ("inconclusive", "low_traffic")
        found = found._replace(status=status, reason=reason)
    few = valid_of(evidence, policy) < check.min_requests
    if found.reason == "recovered" and few and check.on_low_traffic == "fail":
        # With fewer failures, too little traffic would close the gate, so more failures must not open it.
        return found._replace(status="inconclusive", reason="low_traffic")
    return found


def _rated(check: Check, evidence: Evidence, policy: Policy) -> Finding:
    metric, ignored, intervals = check.metric, policy.ignored, evidence.intervals
    warn, fail = badness(check, check.warn), badness(check, check.fail)
    bad, valid = measure.counted(metric.bad, evidence.by_code, ignored)
    late_from = measure.recent_from(intervals, _recent_minutes(check, policy))
    late = measure.since(intervals, late_from)
    late_bad, late_valid = measure.counts(metric.bad, late, ignored)
    latest = measure.rate(metric, late_bad, late_valid)
    late_rate = Fraction(100 * late_bad, late_valid) if late_valid else Fraction(0)
    clear = late_valid >= _enough_late(evidence, late_from, valid - late_valid) and not breaches(
        late_rate, fail if warn is None else warn
    )
    lately = _recent(check, late, policy, latest, breaches(late_rate, warn if fail is None else fail))
    if valid == 0:
        return Finding("inconclusive", "no_traffic", None, lately)
    measured = measure.rate(metric, bad, valid)
    bounds = _bounds(bad if metric.worse == "up" else valid - bad, valid)
    found = Rate(bad, valid, clear)
    if bad and (bad == valid or valid < check.min_requests):
        # Only these decisions need single intervals.
        failing = [one for one in intervals if measure.counted(metric.bad, one.by_code, ignored)[0]]
        apart = failing[-1].start > failing[0].end
        found = found._replace(quiet_since=_quiet_since(failing, intervals, ignored), apart=apart)
    if check.over == "window":
        sudden = _sudden(check, intervals, policy, fail) if bad >= check.min_failures else None
        status, reason = decide(
            found._replace(sudden=sudden is not None), warn, fail, check.min_requests, check.min_failures
        )
        detail: Detail | None = {"sudden": sudden} if sudden and reason == "sudden" else None
        return Finding(status, reason, measured, lately, detail, ci95=bounds)
    scant = _scant(found, fail, check.min_requests, check.min_failures)
    if scant:
        return Finding(*scant, measured, lately, ci95=bounds)
    run_of = _worst_run(check, evidence, policy, not clear, late_from)
    if run_of is None:
        return Finding("inconclusive", "low_traffic", measured, lately, ci95=bounds)
    status, reason, run = run_of
    value = run.percent.value if metric.worse == "up" else 100 - run.percent.value
    told = run.bad if metric.worse == "up" else run.valid - run.bad
    return Finding(
        status,
        reason,
        Measured(value, told, run.valid, run.valid),
        lately,
        detail={"run": Span(run.first.start, run.last.end)},
    )


def _recent_minutes(check: Check, policy: Policy) -> int:
    """How many of the last minutes show whether the incident is over: never more than the check's window."""
    return min(policy.recent_minutes, check.minutes)


def _enough_late(evidence: Evidence, late_from: float, earlier: int) -> Fraction | int:
    """How many requests the last minutes need to be evidence; `earlier` is the number of requests before them."""
    begin = evidence.window.t0 if evidence.window else evidence.intervals[0].start if evidence.intervals else late_from
    rest = measure.exact(max(0.0, late_from - begin))
    if not rest:
        return ENOUGH_RECENT
    usual = earlier / rest * measure.exact(evidence.intervals[-1].end - late_from)
    return max(Fraction(ENOUGH_RECENT), usual * _SHARE_OF_USUAL)


def _quiet_since(failing: Sequence[Interval], intervals: Sequence[Interval], ignored: Collection[int]) -> int:
    """Valid requests in the intervals after the last one with a failure; 0 without a failure."""
    after = measure.since(intervals, failing[-1].end) if failing else []
    return measure.counts((), after, ignored)[1]


def _sudden(check: Check, intervals: Sequence[Interval], policy: Policy, fail: Fraction | None) -> Share | None:
    """The last minutes, if they fail on their own, however good the rest of the window is."""
    if fail is None:
        return None
    for minutes, times in SUDDEN:
        begin = measure.recent_from(intervals, minutes)
        bad, valid = measure.counts(check.metric.bad, measure.since(intervals, begin), policy.ignored)
        low = statistics.wilson(bad, valid, statistics.Z_ONE_SIDED_95)[0] if valid else 0.0
        if bad >= check.min_failures and 100 * low > times * fail:
            told = measure.rate(check.metric, bad, valid)
            return Share(begin, intervals[-1].end, int(told.numerator or 0), valid, rounded(told.value, check))
    return None


def _worst_run(
    check: Check, evidence: Evidence, policy: Policy, still: bool, late_from: float
) -> tuple[str, str | None, Run] | None:
    """Status, reason and place of the worst interval, or run of intervals; None if none has enough requests.

    Every run is judged, so that more failures in one never hide another. A run that reaches into the last minutes is
    ongoing, however good the rest of them is.
    """
    warn, fail = badness(check, check.warn), badness(check, check.fail)
    single = measure.singles(check.metric, evidence.intervals, policy.ignored, policy.rate_limit)
    short = measure.runs(single, check.consecutive, ENOUGH_RECENT)
    if not short:
        return None
    runs = short
    if check.over == "consecutive":
        # Count over whole runs, because a part of a run may have too few failures.
        whole = [measure.spells(single, check.consecutive, ENOUGH_RECENT, limit) for limit in (fail, warn)]
        runs = [*whole[0], *whole[1]] or short
    judged = [
        (*_graded(run.percent.value, run.bad, warn, fail, check.min_failures, still or run.last.end > late_from), run)
        for run in runs
    ]
    return max(judged, key=lambda one: (STATUSES.index(one[0]), one[2].percent.value, one[2].bad))


def _since_long_over(classes: Sequence[CodeClass], check: Check, evidence: Evidence, policy: Policy) -> int | None:
    """The requests in the requested window, if only the added older part has these classes; else None."""
    if evidence.window is None or evidence.data is None or not evidence.data.widened:
        return None
    begin = evidence.window.t1 - check.minutes * 60
    within = [one for one in evidence.intervals if one.end > begin]
    found, valid = measure.counts(classes, within, policy.ignored)
    return None if found else valid


def _utilization(check: Check, evidence: Evidence, policy: Policy, _baseline: Evidence | None) -> Finding:
    limit = policy.rate_limit
    single = measure.singles(check.metric, evidence.intervals, policy.ignored, policy.rate_limit)
    found = measure.runs(single, check.consecutive, 0)
    # No run has `consecutive` adjacent intervals, because idle ones separate them.
    value = measure.ranked([run.percent for run in found], -1).value if found else Fraction(0)
    measured = Measured(value, value * limit / 100, limit, sum(one.requests for one in evidence.intervals))
    late_from = measure.recent_from(evidence.intervals, _recent_minutes(check, policy))
    late = measure.since(evidence.intervals, late_from)
    latest = measure.busiest(late, policy.rate_limit)
    goes_on = check.over == "consecutive" and any(
        run.last.end > late_from and breaches(run.percent.value, check.fail) for run in found
    )
    still = goes_on or breaches(latest.value, check.fail if check.warn is None else check.warn)
    lately = _recent(
        check, late, policy, latest, breaches(latest.value, check.warn if check.fail is None else check.fail)
    )
    status, reason = _graded(value, 1, check.warn, check.fail, 1, still)
    return Finding(status, reason, measured, lately, singles=single)


def _traffic_drop(check: Check, evidence: Evidence, policy: Policy, _baseline: Evidence | None) -> Finding:
    """Detect an outage at the edge, whose only symptom is fewer requests, all successful."""
    intervals = evidence.intervals
    seconds = max(_DROP_MINUTES * 60.0, intervals[-1].seconds)
    late_from = measure.recent_from(intervals, seconds / 60)
    begin = evidence.window.t0 if evidence.window else intervals[0].start
    before = measure.blocks(intervals, begin, late_from, seconds, policy.ignored)
    _bad, last = measure.counts((), measure.since(intervals, late_from), policy.ignored)
    # The drop may have begun some periods ago, so compare both sides of each possible start.
    busiest, found = last, []
    for place in range(len(before)):
        quietest = min(before[place:])
        if quietest >= ENOUGH_RECENT and (place == 0 or len(before) - place >= _LEAST_BEFORE_DROP):
            found.append((1 - Fraction(busiest, quietest), busiest, quietest))
        busiest = max(busiest, before[place])
    if not found:
        return Finding("skipped", "no_baseline", None)
    share, busiest, quietest = max(found)
    measured = Measured(max(Fraction(0), 100 * share), busiest, quietest, last)
    detail: Detail = {"drop": Drop(tidy(seconds / 60), last, quietest)}
    return _plain(check, measured)._replace(detail=detail)


def _below_usual(check: Check, evidence: Evidence, policy: Policy, history: Evidence | None) -> Finding:
    if history is None or evidence.window is None:
        return Finding("skipped", "no_baseline", None)
    hours = by_hour(history.intervals, policy.ignored, policy.gaps == "idle")
    most = usual(hours, evidence.window.t0, evidence.window.t1, policy.history_weeks)
    if most is None:
        return Finding("skipped", "no_baseline", None)
    valid = valid_of(evidence, policy)
    value = max(Fraction(0), 100 * (1 - valid / most))
    return _plain(check, Measured(value, valid, int(most), valid))


def _projected(check: Check, evidence: Evidence, policy: Policy, _baseline: Evidence | None) -> Finding:
    others = measure.p95(evidence.intervals, evidence.idle) or Fraction(0)
    limit = policy.rate_limit
    planned = policy.planned or Planned(0, 1)
    rps = others + planned.requests / (60 * measure.exact(planned.minutes))
    measured = Measured(100 * rps / limit, rps, limit, sum(one.requests for one in evidence.intervals))
    status, reason = _graded(measured.value, 1, check.warn, check.fail, 1, True)
    return Finding(status, reason, measured, detail={"planned": measure.plan(others, planned, policy.rate_limit)})


def _budget(check: Check, evidence: Evidence, policy: Policy, _baseline: Evidence | None) -> Finding:
    bad, valid = measure.counted(check.metric.bad, evidence.by_code, policy.ignored)
    if valid == 0:
        return Finding("inconclusive", "no_traffic", None)
    slo = _objective(policy)
    measured = measure.budget(bad, valid, slo)
    allowed = (1 - measure.exact(slo) / 100) * valid
    detail: Detail = {"slo_percent": slo, "days": policy.slo_days, "allowed": round(float(allowed), 3)}
    if valid < check.min_requests:
        return Finding("inconclusive", "low_traffic", measured, detail=detail)
    if breaches(measured.value, check.fail, "down"):
        found = ("fail", "threshold") if bad >= check.min_failures else ("warn", "few_failures")
    else:
        found = ("warn", "threshold") if breaches(measured.value, check.warn, "down") else ("pass", "")
    return Finding(found[0], found[1] or None, measured, detail=detail)


def _burn(check: Check, evidence: Evidence, policy: Policy, _baseline: Evidence | None) -> Finding:
    slo = _objective(policy)
    judged = []
    windows = []
    for limit, (long, short) in ((check.fail, measure.BURN_FAIL_MINUTES), (check.warn, measure.BURN_WARN_MINUTES)):
        slow, fast = (
            measure.burn(check.metric, evidence.intervals, minutes, policy.ignored, slo) for minutes in (long, short)
        )
        windows += [
            BurnWindow(minutes, round(float(one.value), 3), one.numerator, one.requests)
            for minutes, one in ((long, slow), (short, fast))
        ]
        # Both must breach, so the lower one decides. Too few requests in the short window are not enough for a pass.
        by_long = fast.requests < ENOUGH_RECENT or slow.value <= fast.value
        decisive = slow if by_long else fast
        judged.append((breaches(decisive.value, limit), slow, decisive, long if by_long else short))
    (failing, hour, _decisive, _minutes), (warning, whole, _lower, _longer) = judged
    bad, _valid = measure.counts(
        check.metric.bad,
        measure.recent(evidence.intervals, measure.BURN_FAIL_MINUTES[0]),
        policy.ignored,
    )
    _breaching, _slow, measured, minutes = judged[0 if failing else 1]
    detail: Detail = {"slo_percent": slo, "minutes": minutes, "windows": windows}
    if whole.requests == 0:
        return Finding("inconclusive", "no_traffic", None, detail=detail)
    if whole.requests < check.min_requests:
        return Finding("inconclusive", "low_traffic", measured, detail=detail)
    status, reason = ("warn", "threshold") if warning else ("pass", None)
    if failing and bad < check.min_failures:
        status, reason = "warn", "few_failures"
    elif failing and hour.requests < check.min_requests:
        low = statistics.wilson(bad, hour.requests, statistics.Z_ONE_SIDED_95)[0]
        surely = low > (1 - slo / 100) * (check.fail or 0)
        status, reason = ("fail", "small_sample") if surely else ("inconclusive", "low_traffic")
    elif failing:
        status, reason = "fail", "threshold"
    return Finding(status, reason, measured, detail=detail)


def _regression(check: Check, evidence: Evidence, policy: Policy, baseline: Evidence | None) -> Finding:
    ignored = policy.ignored
    bad, valid = measure.counted(check.metric.bad, evidence.by_code, ignored)
    if baseline is None or baseline.lacking:
        return Finding("inconclusive", "no_baseline", None)
    bad_before, valid_before = measure.counted(check.metric.bad, baseline.by_code, ignored)
    clusters = [
        [pair for pair in (measure.counted(check.metric.bad, one.by_code, ignored) for one in side) if pair[1]]
        for side in (evidence.intervals, baseline.intervals)
    ]
    before = Fraction(100 * bad_before, valid_before) if valid_before else None
    detail: Detail = {
        "baseline": Before(
            t0=baseline.window.t0 if baseline.window else None,
            t1=baseline.window.t1 if baseline.window else None,
            numerator=bad_before,
            denominator=valid_before,
            value=None if before is None else round(float(before), 3),
        ),
        "p_value": None,
        "ratio": None,
    }
    if valid == 0 or before is None:
        return Finding("inconclusive", "no_traffic", None, detail=detail)
    now = Fraction(100 * bad, valid)
    rise = Measured(now - before, bad, valid, valid)
    few = bad + bad_before < _FEW_FOR_CLUSTERS
    if min(valid, valid_before) < check.min_requests or (not few and min(map(len, clusters)) < 2):
        return Finding("inconclusive", "low_traffic", rise, detail=detail)
    p_value = statistics.fisher(bad, valid, bad_before, valid_before) if few else statistics.clustered(*clusters)
    detail["p_value"] = float(f"{p_value:.3g}")
    detail["ratio"] = round(float(now / before), 3) if before else None
    late = measure.recent(evidence.intervals, _recent_minutes(check, policy))
    late_bad, late_valid = measure.counts(check.metric.bad, late, ignored)
    late_rise = (Fraction(100 * late_bad, late_valid) if late_valid else Fraction(0)) - before
    still = late_valid < ENOUGH_RECENT or _rose(late_rise, before, check.fail)
    lately = _recent(check, late, policy, Measured(late_rise, late_bad, late_valid, late_valid), still)
    beyond = p_value < _SIGNIFICANT and _rose(rise.value, before, check.fail)
    if beyond and still and bad >= check.min_failures:
        return Finding("fail", "regression", rise, lately, detail)
    # The baseline may contain an incident, so an unchanged rate does not mean a healthy one.
    if breaches(before, policy.unhealthy_percent):
        return Finding("inconclusive", "baseline_unhealthy", rise, lately, detail)
    if beyond:
        return Finding("warn", "few_failures" if bad < check.min_failures else "recovered", rise, lately, detail)
    if p_value < _SIGNIFICANT and _rose(rise.value, before, check.warn):
        return Finding("warn", "regression", rise, lately, detail)
    return Finding("pass", None, rise, lately, detail)


def _objective(policy: Policy) -> float:
    """The SLO in percent. A policy without an SLO has no check that needs it."""
    return policy.slo_percent or 0.0


def _rose(points: Fraction, before: Fraction, least: float | None) -> bool:
    """Whether a rate rose by at least `least` points above `before`, and to at least twice `before`."""
    return (
        least is not None and points > 0 and points >= measure.exact(least) and points + before >= _LEAST_RATIO * before
    )


def _requests(check: Check, evidence: Evidence, policy: Policy, _baseline: Evidence | None) -> Finding:
    _bad, valid = measure.counted((), evidence.by_code, policy.ignored)
    return _plain(check, Measured(Fraction(valid), None, None, valid))


def _query(check: Check, evidence: Evidence, policy: Policy, _baseline: Evidence | None) -> Finding:
    try:
        value = searched(str(check.query), evidence.organization or {})
    except ValueError as exc:
        return Finding("inconclusive", "no_value", None, detail={"got": f"an error: {exc}"})
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -_LARGEST <= value <= _LARGEST:
        return Finding("inconclusive", "no_value", None, detail={"got": "null" if value is None else repr(value)[:80]})
    return _plain(check, Measured(measure.exact(value), None, None, 0))


def _plain(check: Check, measured: Measured) -> Finding:
    """Compare a number with its thresholds, without any mitigating rule."""
    if breaches(measured.value, check.fail, check.worse):
        return Finding("fail", "threshold", measured)
    if breaches(measured.value, check.warn, check.worse):
        return Finding("warn", "threshold", measured)
    return Finding("pass", None, measured)


# Arguments: the current evidence and, for a comparison, the baseline's.
JUDGES: dict[KindName, Callable[[Check, Evidence, Policy, Evidence | None], Finding]] = {
    "rate": _rate,
    "utilization": _utilization,
    "projected": _projected,
    "budget": _budget,
    "burn": _burn,
    "regression": _regression,
    "requests": _requests,
    "drop": _traffic_drop,
    "usual": _below_usual,
    "query": _query,
}


def _recent(check: Check, late: Sequence[Interval], policy: Policy, latest: Measured, breaching: bool) -> Recent:
    there = bool(late) and (latest.requests > 0 or check.metric.kind.name == "utilization")
    return Recent(
        minutes=tidy(max([_recent_minutes(check, policy), *(one.seconds / 60 for one in late)])),
        numerator=told(latest.numerator) if late else None,
        value=rounded(latest.value, check) if there else None,
        requests=latest.requests,
        breaching=breaching,
    )


def told(number: Fraction | int | None) -> float | int | None:
    """A count unchanged, anything else rounded."""
    return number if number is None or isinstance(number, int) else round(float(number), 3)


def valid_of(evidence: Evidence, policy: Policy) -> int:
    """The number of its valid requests."""
    return measure.counted((), evidence.by_code, policy.ignored)[1]


def top_codes(classes: Sequence[CodeClass], by_code: Mapping[int, int], policy: Policy) -> list[list[int]]:
    ignored = policy.ignored
    codes = [(-by_code[code], code) for code in by_code if class_of(code) in classes and code not in ignored]
    return [[code, -count] for count, code in sorted(codes)[:3]]


def rounded(value: Fraction, check: Check) -> float:
    """Rounded to three decimals, or to as many as needed to breach the same thresholds as the exact value."""
    near = float(value)
    if all(limit is None or abs(near - limit) > 0.01 for limit in (check.warn, check.fail)):
        return round(near, 3)
    for digits in range(3, 12):
        short = round(float(value), digits)
        if all(_sign(Fraction(str(short)), limit) == _sign(value, limit) for limit in (check.warn, check.fail)):
            return short
    return float(value)


def _sign(value: Fraction, limit: float | None) -> int:
    """Whether a value is below, on or above the limit, as a sign."""
    edge = value if limit is None else measure.exact(limit)
    return (value > edge) - (value < edge)


def _bounds(told: int, valid: int) -> list[float]:
    return [round(100 * bound, 3) for bound in statistics.wilson(told, valid, statistics.Z_TWO_SIDED_95)]

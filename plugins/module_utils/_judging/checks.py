# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One check and its evidence -> its status and reason, and where its threshold was breached. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .._intervals import Interval
from . import measure
from .judges import (
    JUDGES,
    STATUSES,
    Attribution,
    Data,
    Detail,
    Evidence,
    Finding,
    Recent,
    SeenWindow,
    Share,
    badness,
    rounded,
    told,
    top_codes,
    understood,
    valid_of,
)
from .measure import ENOUGH_RECENT, Measured, Single, breaches
from .policy import Check, Policy

# Upper bound for "times the limit": larger factors are not worth comparing.
_MOST_TIMES = 1000.0
_NO_DATA = ("no_data", "incomplete", "stale", "clock", "no_baseline", "no_value", "unknown_codes")


class Peak(NamedTuple):
    """The worst interval: its start (seconds since the epoch), its value, and its number of requests."""

    start: float
    value: float
    requests: int


class Breaches(NamedTuple):
    """Where in the window a threshold was breached: first and last time, number of intervals, longest run of them."""

    first: float | None
    last: float | None
    intervals: int
    longest_run: int
    worst: Peak | None


class Judged(NamedTuple):
    """A judged check, as in the verdict. Numbers are rounded for display.

    `value` is None if nothing was measured; `tolerated`: the gate may open despite this status.
    `reopens_at` is the end of the data with which a failed check will let the gate open, None if waiting cannot
    help. `attribution` lists the clients behind it, the largest share first; `attribution_note` is why it is unknown or
    incomplete.
    """

    check: Check
    status: str
    reason: str | None
    tolerated: bool
    value: float | None
    numerator: float | int | None
    denominator: float | int | None
    ci95: list[float] | None
    breaches: Breaches
    recent: Recent | None
    top_codes: list[list[int]]
    detail: Detail
    window: SeenWindow | None
    data: Data | None
    message: str = ""
    reopens_at: float | None = None
    attribution: Sequence[Attribution] = ()
    attribution_note: str | None = None


def worst(statuses: Sequence[str]) -> str:
    """The worst of these statuses; `pass` if all are `skipped` or there are none."""
    return max(["pass", *statuses], key=STATUSES.index)


def foremost(judged: Sequence[Judged]) -> Judged:
    """The most important check: checks that close the gate come first, then the worst status."""
    return max(judged, key=lambda one: (not one.tolerated, STATUSES.index(one.status)))


def beyond_limit(judged: Judged) -> float | None:
    """The ratio of the value to its threshold (or of the threshold to the value, if lower is worse), at most 1000.

    None if no threshold is breached.
    """
    check, value = judged.check, judged.value
    if judged.status not in ("warn", "fail") or value is None:
        return None
    limits = [check.fail, check.warn] if judged.status == "fail" else [check.warn, check.fail]
    limit = next((one for one in limits if one is not None), None)
    if judged.reason == "sudden":
        # The earlier part of the window dilutes the value of the whole window.
        value = judged.detail["sudden"].value or 0.0
    worse, better = (value, limit or 0.0) if check.worse == "up" else (limit or 0.0, value)
    if better <= 0:
        return _MOST_TIMES
    return round(min(_MOST_TIMES, max(0.0, worse / better)), 3)


def judge(check: Check, evidence: Evidence, policy: Policy, baseline: Evidence | None = None) -> Judged:
    """Judge the check."""
    if evidence.read_error is not None or (baseline is not None and baseline.read_error is not None):
        error = evidence.read_error or (baseline.read_error if baseline else None)
        found = Finding("error", "read_failed", None, detail={"error": error or ""})
    else:
        # The window of a regression may begin after the last interval.
        found = Finding("inconclusive", evidence.lacking or "no_traffic", None)
        is_zero = evidence.lacking == "no_traffic" and check.metric.kind.silence_is_zero
        lacking = None if is_zero else evidence.lacking
        if evidence.intervals or is_zero:
            found = JUDGES[check.metric.kind.name](check, evidence, policy, baseline)
            found = understood(check, evidence, policy, found)
        # If the clocks differ, a pass is doubtful, but an observed failure is not.
        if lacking and not (lacking == "clock" and found.status == "fail"):
            found = found._replace(status="inconclusive", reason=lacking)
    status = "warn" if found.status == "fail" and not check.required else found.status
    measured = found.measured or Measured(Fraction(0), None, None, 0)
    whole = measured.denominator
    return Judged(
        check=check,
        status=status,
        reason=found.reason,
        tolerated=_tolerated(check, status, found.reason, policy),
        value=rounded(measured.value, check) if found.measured else None,
        numerator=told(measured.numerator),
        # A count, or the rate limit as the user wrote it.
        denominator=float(whole) if isinstance(whole, Fraction) else whole,
        ci95=found.ci95,
        breaches=_breaches(check, evidence.intervals, breached_limit(check, found.measured), policy, found.singles),
        recent=found.recent,
        top_codes=top_codes(check.metric.bad, evidence.by_code, policy),
        detail=found.detail or {},
        window=evidence.window,
        data=evidence.data,
    )


def judge_widened(check: Check, asked: Evidence, wider: Evidence, policy: Policy) -> Judged:
    """Judge over a wider window, because the requested one has too little traffic. Old data alone is not a pass."""
    narrow = judge(check, asked, policy)
    if narrow.reason in ("recovered", "unknown_codes"):
        # Keep the narrow finding: the wider window would miss or dilute it.
        return narrow
    found = judge(check, wider, policy)
    requests = valid_of(asked, policy)
    # If the organization is often silent, an empty window only means that traffic is missing.
    lacking = wider.lacking or (asked.lacking != "no_traffic" and asked.lacking)
    if found.status in ("fail", "error") or requests >= ENOUGH_RECENT or lacking:
        return found
    reason = "low_traffic" if requests or valid_of(wider, policy) else "no_traffic"
    told = found._replace(
        reason=reason, status="inconclusive", tolerated=_tolerated(check, "inconclusive", reason, policy)
    )
    detail = told.detail
    if wider.window is not None and found.denominator is not None:
        share = Share(wider.window.t0, wider.window.t1, int(found.numerator or 0), int(found.denominator), found.value)
        detail = {**detail, "wider": share}
    return told._replace(
        value=narrow.value,
        numerator=narrow.numerator,
        denominator=narrow.denominator,
        ci95=narrow.ci95,
        recent=narrow.recent,
        detail=detail,
    )


def breached_limit(check: Check, measured: Measured | None) -> float | None:
    """The threshold that intervals are compared with: the fail threshold if the value breaches it."""
    beyond = measured is not None and breaches(measured.value, check.fail, check.worse)
    return check.fail if beyond else check.warn


def operator(check: Check) -> str:
    """The comparison operator with which a value breaches a threshold of this check."""
    if check.metric.kind.name == "regression":
        return ">="
    return ">" if check.worse == "up" else "<"


def tolerance(reason: str | None) -> str:
    """The policy option that decides how to treat an inconclusive check."""
    return "on_no_data" if reason in _NO_DATA else "on_low_traffic"


def _tolerated(check: Check, status: str, reason: str | None, policy: Policy) -> bool:
    """Whether the gate may open despite this check's status.

    No finding of an optional check closes the gate, but a failed read does.
    """
    if status == "inconclusive":
        follows = policy.on_no_data if tolerance(reason) == "on_no_data" else check.on_low_traffic
        return not check.required or follows != "fail"
    return status in ("skipped", "pass", "warn")


def breaching(
    check: Check,
    intervals: Sequence[Interval],
    limit: float | None,
    policy: Policy,
    measured: list[Single] | None = None,
) -> tuple[list[Single], list[Single]]:
    """The intervals that can be judged separately, and those of them that breach `limit`.

    Intervals with few requests are weak evidence and count only if there is no better one. `measured` is the
    metric's `singles`, if already computed.
    """
    if not check.metric.kind.by_interval:
        return [], []
    judged = (
        measure.singles(check.metric, intervals, policy.ignored, policy.rate_limit) if measured is None else measured
    )
    # A rate needs some requests; requests per second do not.
    enough = 0 if check.metric.kind.name == "utilization" else 1
    if enough and any(one.valid >= ENOUGH_RECENT for one in judged):
        enough = ENOUGH_RECENT
    most = badness(check, limit)
    fit = [one for one in judged if one.valid >= enough]
    # Thresholds are never below zero.
    return fit, [one for one in fit if most is not None and one.percent.part and one.percent.exceeds(most)]


def _breaches(
    check: Check,
    intervals: Sequence[Interval],
    limit: float | None,
    policy: Policy,
    measured: list[Single] | None,
) -> Breaches:
    """Where in the window `limit` was breached, interval by interval."""
    fit, over = breaching(check, intervals, limit, policy, measured)
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
        highest = measure.ranked([one.percent for one in fit], -1)
        peak = next(one for one in fit if one.percent.part * highest.whole == highest.part * one.percent.whole)
    return Breaches(
        first=over[0].interval.start if over else None,
        last=over[-1].interval.end if over else None,
        intervals=len(over),
        longest_run=longest,
        worst=None
        if peak is None
        else Peak(
            peak.interval.start,
            round(float(peak.percent.value if check.metric.worse == "up" else 100 - peak.percent.value), 3),
            peak.valid,
        ),
    )

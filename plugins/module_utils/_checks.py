# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One metric over one window -> a check with a status and its reason: GATE's decision, first match wins. PURE.

A breach is strict (value > limit) and compared exactly, in fractions: in floats 7 of 100 is more than 7 percent.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ._argspec import FILTERS
from ._facts import Interval, class_of, total
from ._time import tidy, to_iso

# Best to worst. A smaller problem never hides a fail.
STATUSES = ("skipped", "pass", "warn", "inconclusive", "error", "fail")
# Below this, the last minutes say nothing about whether it still goes on, and one interval nothing about itself.
ENOUGH_RECENT = 20
_Z_ONE_SIDED_95 = 1.645
_Z_TWO_SIDED_95 = 1.96
_NO_DATA = ("no_data", "incomplete", "stale")


class Metric(NamedTuple):
    """What one check measures: a class of response codes, or (without a class) the busiest interval."""

    name: str
    option: str
    counted: str | None


class Evidence(NamedTuple):
    """What there is to judge: the complete intervals of the window, oldest first, and why they may not do."""

    intervals: Sequence[Interval]
    lacking: str | None
    read_error: str | None


class Measured(NamedTuple):
    """A value in percent, what it is a ratio of, and how many requests it speaks of."""

    value: Fraction
    numerator: float
    denominator: float
    requests: int


METRICS = (
    Metric("server_error_percent", "server_error", "server_error"),
    Metric("rate_limited_percent", "rate_limited", "rate_limited"),
    Metric("client_error_percent", "client_error", "client_error"),
    Metric("rate_limit_utilization_percent", "utilization", None),
)


def worst(statuses: Sequence[str]) -> str:
    """The worst of these statuses; `pass` of none. `skipped` says nothing, so anything is worse."""
    return max(statuses, key=STATUSES.index, default="pass")


def wilson(bad: int, valid: int, z: float) -> tuple[float, float]:
    """Wilson's bounds of a rate, as fractions of 1."""
    rate = bad / valid
    middle = rate + z * z / (2 * valid)
    half = z * math.sqrt(rate * (1 - rate) / valid + z * z / (4 * valid * valid))
    scale = 1 + z * z / valid
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def exceeds(value: Fraction, limit: float | None) -> bool:
    """Whether `value` breaches `limit`: strictly, exactly, by the decimal number that the user wrote."""
    return limit is not None and value > Fraction(str(limit))


def recent(intervals: Sequence[Interval], minutes: int) -> list[Interval]:
    """The intervals of the last `minutes` before the newest one ended, and always the newest one."""
    if not intervals:
        return []
    end = intervals[-1].end
    return [interval for interval in intervals if interval.start >= end - minutes * 60] or [intervals[-1]]


def check(metric: Metric, evidence: Evidence, policy: Mapping[str, Any]) -> dict[str, Any]:
    """The check of one metric: shape and meaning in RETURN of health_info."""
    warn, fail = policy[f"{metric.option}_warn_percent"], policy[f"{metric.option}_fail_percent"]
    found = _measured(metric, evidence.intervals, policy)
    late = recent(evidence.intervals, policy["confirm_recent_minutes"])
    latest = _measured(metric, late, policy)
    status: str
    reason: str | None
    if evidence.read_error is not None:
        status, reason = "error", "read_failed"
    elif evidence.lacking:
        status, reason = "inconclusive", evidence.lacking
    elif not metric.counted and any(policy.get(name) not in (None, []) for name in FILTERS):
        status, reason = "skipped", "filtered"
    elif metric.counted:
        still = latest.requests < ENOUGH_RECENT or exceeds(latest.value, fail)
        status, reason = decide(
            int(found.numerator), found.requests, warn, fail, policy["min_requests"], policy["min_failures"], still
        )
    elif exceeds(found.value, fail):
        status, reason = ("fail", "threshold") if exceeds(latest.value, fail) else ("warn", "recovered")
    else:
        status, reason = ("warn", "threshold") if exceeds(found.value, warn) else ("pass", None)
    measured = bool(evidence.intervals) and (found.requests > 0 or not metric.counted) and status != "skipped"
    limit = fail if status == "fail" or reason in ("recovered", "few_failures") else warn
    return {
        "name": metric.name,
        "metric": metric.name,
        "unit": "percent",
        "status": status,
        "reason": reason,
        "required": True,
        "tolerated": _tolerated(status, reason, policy),
        "value": _rounded(found.value, warn, fail) if measured else None,
        "warn": warn,
        "fail": fail,
        "operator": ">",
        "numerator": found.numerator if measured else None,
        "denominator": found.denominator if measured else None,
        "ci95": _interval_of_confidence(found) if measured and metric.counted else None,
        **_breaches(metric, evidence.intervals, limit, policy),
        "recent": {
            "minutes": tidy(max([policy["confirm_recent_minutes"], *(one.seconds / 60 for one in late)])),
            "numerator": latest.numerator if late else None,
            "value": _rounded(latest.value, warn, fail) if late and (latest.requests or not metric.counted) else None,
            "requests": latest.requests,
            "breaching": exceeds(latest.value, fail if fail is not None else warn),
        },
        "top_codes": _top_codes(metric, evidence.intervals, policy),
        "action": None,
    }


def decide(
    bad: int, valid: int, warn: float | None, fail: float | None, min_requests: int, min_failures: int, still: bool
) -> tuple[str, str | None]:
    """Status and reason of a rate, `bad` of `valid`; `still`: the last minutes give no all-clear. First match wins."""
    if valid == 0:
        return "inconclusive", "no_traffic"
    value = Fraction(100 * bad, valid)
    if fail is not None and fail < 100 and valid >= 3 and bad == valid:
        return "fail", "nothing_succeeded"
    if valid < min_requests:
        if fail is not None and bad >= min_failures and 100 * wilson(bad, valid, _Z_ONE_SIDED_95)[0] > fail:
            return "fail", "small_sample"
        return "inconclusive", "low_traffic"
    if exceeds(value, fail):
        if bad < min_failures:
            return "warn", "few_failures"
        return ("fail", "threshold") if still else ("warn", "recovered")
    if exceeds(value, warn):
        return "warn", "threshold"
    return "pass", None


def tolerance(reason: str | None) -> str:
    """The policy option that says what follows from an inconclusive check."""
    return "on_no_data" if reason in _NO_DATA else "on_low_traffic"


def _tolerated(status: str, reason: str | None, policy: Mapping[str, Any]) -> bool:
    """Whether the gate may open although this check stands like that."""
    if status == "inconclusive":
        return bool(policy[tolerance(reason)] != "fail")
    return status in ("skipped", "pass", "warn")


def _measured(metric: Metric, intervals: Sequence[Interval], policy: Mapping[str, Any]) -> Measured:
    if metric.counted is None:
        return _busiest(intervals, Fraction(str(policy["rate_limit_rps"])))
    codes = intervals[0].by_code if len(intervals) == 1 else total(intervals)
    bad, valid = counted(metric.counted, codes, policy["ignore_codes"] or ())
    return Measured(Fraction(100 * bad, valid) if valid else Fraction(0), bad, valid, valid)


def _busiest(intervals: Sequence[Interval], limit: Fraction) -> Measured:
    """The busiest interval's requests per second against the limit."""
    rps = max((interval.requests / Fraction(interval.seconds) for interval in intervals), default=Fraction(0))
    everything = sum(interval.requests for interval in intervals)
    return Measured(100 * rps / limit, _rounded(rps), _rounded(limit), everything)


def counted(name: str, by_code: Mapping[int, int], ignored: Sequence[int]) -> tuple[int, int]:
    """Requests of one class, and all valid requests; ignored codes are in neither."""
    bad = valid = 0
    for code, count in by_code.items():
        if code not in ignored:
            valid += count
            bad += count if class_of(code) == name else 0
    return bad, valid


def _top_codes(metric: Metric, intervals: Sequence[Interval], policy: Mapping[str, Any]) -> list[list[int]]:
    ignored = policy["ignore_codes"] or ()
    codes = Counter(
        {
            code: count
            for code, count in total(intervals).items()
            if class_of(code) == metric.counted and code not in ignored
        }
    )
    return [[code, count] for code, count in sorted(codes.items(), key=lambda item: (-item[1], item[0]))[:3]]


def _breaches(
    metric: Metric, intervals: Sequence[Interval], limit: float | None, policy: Mapping[str, Any]
) -> dict[str, Any]:
    """Where in the window the limit was breached, interval by interval.

    Intervals with few requests say little: they count only where there is nothing better. They neither belong to a
    run nor break it; a missing interval breaks it.
    """
    judged = []
    for interval in intervals:
        one = _measured(metric, [interval], policy)
        judged.append((interval, one.value, one.requests))
    # An interval's rate needs some requests; its requests per second are what they are.
    enough = 0 if not metric.counted else 1
    if metric.counted and any(valid >= ENOUGH_RECENT for _i, _v, valid in judged):
        enough = ENOUGH_RECENT
    breaching = []
    longest = run = 0
    previous_end = None
    for interval, value, valid in judged:
        if previous_end is not None and interval.start > previous_end:
            run = 0
        previous_end = interval.end
        if valid < enough:
            continue
        run = run + 1 if exceeds(value, limit) else 0
        longest = max(longest, run)
        if run:
            breaching.append(interval)
    peak = max(
        (entry for entry in judged if entry[2] >= enough and entry[1] > 0), key=lambda entry: entry[1], default=None
    )
    return {
        "first_breach": to_iso(breaching[0].start) if breaching else None,
        "last_breach": to_iso(breaching[-1].end) if breaching else None,
        "breaching_intervals": len(breaching),
        "longest_run": longest,
        "worst": None
        if peak is None
        else {"start_ts": to_iso(peak[0].start), "value": _rounded(peak[1]), "requests": peak[2]},
    }


def _rounded(value: Fraction, *limits: float | None) -> float:
    """Three digits after the point, or as many as it takes to breach the same limits as the exact value."""
    for digits in range(3, 12):
        short = round(float(value), digits)
        if all(exceeds(Fraction(str(short)), limit) == exceeds(value, limit) for limit in limits):
            return short
    return float(value)


def _interval_of_confidence(found: Measured) -> list[float]:
    return [round(100 * bound, 3) for bound in wilson(int(found.numerator), found.requests, _Z_TWO_SIDED_95)]

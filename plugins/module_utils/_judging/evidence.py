# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data read -> evidence for a check: the complete intervals of its window, and what is missing. PURE."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .._facts import percent
from .._intervals import Interval, effective_width, is_partial
from .._ledger import NEAR_SECONDS, Sent
from .._time import tidy
from .._window import Window
from .judges import Data, Evidence, SeenWindow, Span
from .looks import Look, window_of
from .policy import Policy

_LEAST_COVERAGE_PERCENT = 80
# Maximum distance between two healthy clocks, measured by the Date header.
CLOCKS_APART_SECONDS = 60
# A Date header has whole seconds, and an answer takes some time.
_SAME_CLOCK_SECONDS = 5
# Tolerance as a share of an interval, because sums of times are not exact.
_ROUNDING = 1e-6
_NOTHING: Mapping[float, int] = {}


class Outcome(NamedTuple):
    """The result of one request: intervals (oldest first) and the requested window, or a failure structure.

    `own` is the number of the gate's own requests subtracted, by the start of the interval; `ahead_seconds` how
    far the API's clock is ahead of ours, None if unknown.
    """

    intervals: Sequence[Interval]
    asked: Window
    request: Mapping[str, Any]
    own: Mapping[float, int] = _NOTHING
    failure: Mapping[str, Any] | None = None
    ahead_seconds: float | None = None


class Seen(NamedTuple):
    """The evidence of one look, and the outcome that it comes from."""

    evidence: Evidence
    outcome: Outcome


def without(
    intervals: Sequence[Interval], sent: Sent, failures: bool = True
) -> tuple[list[Interval], dict[float, int]]:
    """The intervals without this run's own requests (per code, never below 0), and the number removed by start.

    A failure is subtracted only if no other interval can have counted it, and only if `failures` is set.
    """
    left, excluded = [], {}
    for interval in intervals:
        counts = dict(interval.by_code)
        for code, moments in sent.items():
            if code in counts and (failures or code < 400):
                margin = 0 if code < 400 else NEAR_SECONDS
                first = bisect.bisect_left(moments, interval.start + margin)
                mine = bisect.bisect_left(moments, interval.end - margin) - first
                counts[code] = max(0, counts[code] - max(0, mine))
        reduced = interval._replace(by_code={code: count for code, count in counts.items() if count})
        left.append(reduced)
        if reduced.requests < interval.requests:
            excluded[interval.start] = interval.requests - reduced.requests
    return left, excluded


def seen(look: Look, outcome: Outcome, policy: Policy, now: float, widened: bool = False) -> Seen:
    """The evidence for `look` in the outcome of a request that covers it.

    A look that ends before the settled present is a baseline: missing data is `no_baseline`, and it is never stale.
    """
    if outcome.failure is not None:
        return Seen(Evidence((), read_error=str(outcome.failure["message"])), outcome)
    asked, intervals = outcome.asked, outcome.intervals
    wanted = window_of(look, now)
    width = effective_width(intervals) or wanted.interval or 120
    t1 = math.floor(look.end / width) * width
    t0 = t1 - math.ceil(look.seconds / width) * width
    if asked.t0 is not None and t0 < asked.t0 <= t0 + width:
        # The intervals are wider than requested, so the window cuts off the first one.
        t0 = min(t0 + width, t1)
    complete = [one for one in intervals if not is_partial(one, asked, width, now)]
    used = [one for one in complete if t0 <= one.start and one.end <= t1]
    newest = max((one.end for one in complete if one.end <= t1), default=None)
    starts = {one.start for one in used}
    idle, coverage = _coverage(intervals, used, Span(t0, t1), asked, width, policy)
    data = Data(
        expected=round((t1 - t0) / width),
        used=len(used),
        idle=idle,
        coverage_percent=coverage,
        newest=newest,
        age_seconds=None if newest is None else tidy(math.floor(now - newest)),
        dropped=sum(
            (wanted.t0 or 0) < one.end and one.start < (wanted.t1 or 0) and one.start not in starts for one in intervals
        ),
        widened=widened,
        own_requests_excluded=sum(outcome.own.get(one.start, 0) for one in used),
        api_clock_ahead_seconds=_told(outcome.ahead_seconds),
    )
    window = SeenWindow(t0, t1, asked.interval, width if intervals else None, used[-1].end if used else None)
    if look.end < now - policy.settle_seconds:
        lacking = "no_baseline" if not used or coverage < _LEAST_COVERAGE_PERCENT else None
    else:
        gap = _longest_gap(complete, t1, policy) if policy.gaps == "idle" else 0.0
        # The ends of adjacent intervals are one width apart.
        idle_seconds = gap if gap > width * (1 + _ROUNDING) else 0.0
        lacking = _lacking(data, 3 * width, idle_seconds, policy) if look.seconds > 0 else "low_traffic"
        if is_off(outcome.ahead_seconds, max(CLOCKS_APART_SECONDS, policy.settle_seconds)):
            lacking = "clock"
    return Seen(Evidence(used, lacking, None, window, data), outcome)


def _coverage(
    intervals: Sequence[Interval], used: Sequence[Interval], window: Span, asked: Window, width: float, policy: Policy
) -> tuple[int, float]:
    """The number of absent intervals that were idle, and the coverage of the window in percent.

    Intervals missing after the newest one are staleness, not a gap.
    """
    starts = {one.start for one in used}
    # The content of unusable intervals is unknown, so they do not count as idle.
    other = sum(
        max(0.0, min(one.end, window.t1) - max(one.start, window.t0)) for one in intervals if one.start not in starts
    )
    reached = (used[-1].end if used else window.t0) - window.t0
    covered = sum(one.seconds for one in used)
    # Nothing is known about the time before the requested window, however the API treats idle intervals.
    unasked = max(0.0, asked.t0 - window.t0) if asked.t0 is not None else 0.0
    absent = max(0.0, reached - unasked - other - covered)
    idle = math.floor(absent / width + _ROUNDING) if policy.gaps == "idle" else 0
    return idle, percent(min(covered + idle * width, reached), reached) or 0.0


def _longest_gap(complete: Sequence[Interval], t1: float, policy: Policy) -> float:
    """The longest time between the ends of adjacent intervals: how long this organization may be idle."""
    begin = t1 - policy.max_window_minutes * 60
    ends = [one.end for one in complete if begin <= one.start and one.end <= t1]
    return max((after - before for before, after in zip(ends, ends[1:])), default=0.0)


def _told(ahead_seconds: float | None) -> int | None:
    """How far the API's clock is ahead; 0 if the time that an answer takes may explain the difference."""
    if ahead_seconds is None:
        return None
    return round(ahead_seconds) if is_off(ahead_seconds, _SAME_CLOCK_SECONDS) else 0


def is_off(ahead_seconds: float | None, most: float) -> bool:
    """Whether the API's clock and ours differ by more than `most` seconds."""
    return ahead_seconds is not None and abs(ahead_seconds) > most


def _lacking(data: Data, late_seconds: float, idle_seconds: float, policy: Policy) -> str | None:
    """Why this data cannot be judged, or None.

    The newest interval may be as old as the permitted delay, or as this organization's longest silence.
    """
    if data.age_seconds is None:
        return "no_data"
    if data.age_seconds > policy.settle_seconds + max(late_seconds, idle_seconds):
        return "stale"
    if data.used == 0:
        # If the intervals may just be late, their absence proves nothing.
        return "no_traffic" if data.age_seconds <= policy.settle_seconds + idle_seconds else "no_data"
    return "incomplete" if data.coverage_percent < _LEAST_COVERAGE_PERCENT else None

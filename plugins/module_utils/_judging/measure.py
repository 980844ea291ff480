# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exact measurements over intervals. PURE.

A rate is a ratio of sums, never a mean of rates. Values are fractions, so that thresholds are compared exactly.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from .._intervals import CodeClass, Interval, class_of, total
from .._metric import Metric

# With fewer requests, neither the last minutes nor a single interval are evidence.
ENOUGH_RECENT = 20
# Share of the rate limit that a change and all other load may use together.
USABLE_SHARE = Fraction(4, 5)
# Requests that the token bucket allows on top of the steady rate. A change can use them once.
BURST_REQUESTS = 10
_NOTHING = Fraction(0)
# Windows in minutes that a burn rate must breach together, the long one first; for a 30-day budget.
BURN_FAIL_MINUTES = (60, 6)
BURN_WARN_MINUTES = (360, 30)


class Measured(NamedTuple):
    """A value in the metric's unit, the ratio it comes from, and the number of requests behind it."""

    value: Fraction
    numerator: Fraction | int | None
    denominator: Fraction | int | None
    requests: int


class Planned(NamedTuple):
    """A change: its requests, and how many minutes it takes to send them; 0 to compute only a safe time."""

    requests: int
    minutes: float


class Slot(NamedTuple):
    """A period in which a change would fit; times in seconds since the epoch."""

    begin: float
    end: float
    utilization_percent: float


class Plan(NamedTuple):
    """Whether a planned change fits on top of the other load, and at which pace.

    A pace is rounded down and a time up, so that both are safe to use; both are None if no capacity is
    left, `rps` and `fits` if no time is planned. `slots` are the periods in which it would fit.
    """

    requests: int
    minutes: float
    rps: float | None
    fits: bool | None
    safe_rps: float | None
    shortest_safe_seconds: int | None
    slots: Sequence[Slot] = ()


class Ratio(NamedTuple):
    """An unreduced fraction: exact, and fast to build and to compare by the thousand."""

    part: int
    whole: int

    @property
    def value(self) -> Fraction:
        """The same, reduced."""
        return Fraction(self.part, self.whole)

    def exceeds(self, limit: Fraction) -> bool:
        """Whether it is above this limit."""
        return self.part * limit.denominator > limit.numerator * self.whole


class Single(NamedTuple):
    """One interval measured separately: the percentage of bad requests, and the number of requests."""

    interval: Interval
    percent: Ratio
    bad: int
    valid: int


class Run(NamedTuple):
    """A run of adjacent intervals: the `percent` bad of its best interval, and the counts over all of them."""

    percent: Ratio
    bad: int
    valid: int
    first: Interval
    last: Interval


@lru_cache(maxsize=256)
def exact(number: float | Fraction) -> Fraction:
    """The decimal number that the user wrote, not its binary approximation."""
    return Fraction(str(number))


def breaches(value: Fraction, limit: float | Fraction | None, worse: str = "up") -> bool:
    """Whether `value` breaches `limit`: strictly, exactly, by the decimal number that the user wrote."""
    if limit is None:
        return False
    return value > exact(limit) if worse == "up" else value < exact(limit)


def recent(intervals: Sequence[Interval], minutes: float) -> list[Interval]:
    """The intervals of the last `minutes` before the newest one ended, and always the newest one."""
    return since(intervals, recent_from(intervals, minutes))


def recent_from(intervals: Sequence[Interval], minutes: float) -> float:
    """When the last `minutes` before the end of the newest interval begin: whole intervals, at least one."""
    if not intervals:
        return 0.0
    newest = intervals[-1]
    return newest.end - max(1, math.floor(minutes * 60 / newest.seconds)) * newest.seconds


def since(intervals: Sequence[Interval], moment: float) -> list[Interval]:
    """The intervals that begin at this moment or later."""
    # Sums of times are not exact.
    return [interval for interval in intervals if interval.start >= moment - 1e-3]


def blocks(
    intervals: Sequence[Interval], begin: float, end: float, seconds: float, ignored: Collection[int]
) -> list[int]:
    """Valid requests in each stretch of `seconds`, backwards from `end`. An incomplete first stretch is left out.

    Missing intervals count as 0 requests.
    """
    many = max(0, math.floor((end - begin) / seconds + 1e-6))
    found = [0] * many
    for interval in intervals:
        place = math.floor((end - interval.start) / seconds - 1e-6)
        if interval.end <= end + 1e-3 and place < many:
            found[place] += sum([count for code, count in interval.by_code.items() if code not in ignored])
    return found


def ranked(ratios: Sequence[Ratio], rank: int) -> Ratio:
    """The ratio at this place when all are sorted, 0 the lowest and -1 the highest."""
    # Rounding to floats keeps the order.
    near = [ratio.part / ratio.whole for ratio in ratios]
    order = sorted(near)
    alike = [ratio for ratio, one in zip(ratios, near) if one == order[rank]]
    # Ratios with equal floats are compared exactly.
    if len(set(alike)) == 1:
        return alike[0]
    return sorted(alike, key=lambda ratio: ratio.value)[rank % len(order) - bisect.bisect_left(order, order[rank])]


def counted(bad: Collection[CodeClass], by_code: Mapping[int, int], ignored: Collection[int]) -> tuple[int, int]:
    """Requests of the bad classes, and all valid requests; ignored codes are in neither."""
    failures = valid = 0
    for code, count in by_code.items():
        if code not in ignored:
            valid += count
            failures += count if class_of(code) in bad else 0
    return failures, valid


def counts(bad: Collection[CodeClass], intervals: Sequence[Interval], ignored: Collection[int]) -> tuple[int, int]:
    """`counted` over all these intervals together."""
    return counted(bad, intervals[0].by_code if len(intervals) == 1 else total(intervals), ignored)


def rate(metric: Metric, bad: int, valid: int) -> Measured:
    """`bad` of `valid` in the metric's direction: the good requests if lower is worse."""
    told = bad if metric.worse == "up" else valid - bad
    return Measured(Fraction(100 * told, valid) if valid else Fraction(0), told, valid, valid)


def load(interval: Interval) -> Ratio:
    """An interval's requests per second."""
    seconds, parts = interval.seconds.as_integer_ratio()
    return Ratio(interval.requests * parts, seconds)


def busiest(intervals: Sequence[Interval], limit: Fraction) -> Measured:
    """The busiest interval's requests per second, in percent of the limit."""
    rps = ranked(list(map(load, intervals)), -1).value if intervals else _NOTHING
    return Measured(100 * rps / limit, rps, limit, sum(interval.requests for interval in intervals))


def p95(intervals: Sequence[Interval], idle: int) -> Fraction | None:
    """The 95th percentile (nearest rank) of the intervals' requests per second, including `idle` empty intervals."""
    if not intervals:
        return None
    # Idle intervals rank lowest. They are only counted, because with a narrow width there may be very many of them.
    rank = math.ceil(Fraction(95, 100) * (idle + len(intervals))) - idle
    return ranked(list(map(load, intervals)), rank - 1).value if rank > 0 else _NOTHING


def plan(others: Fraction, planned: Planned, rate_limit: Fraction) -> Plan:
    """Whether the planned change fits on top of the `others`' requests per second."""
    requests, minutes = planned.requests, exact(planned.minutes)
    available = USABLE_SHARE * rate_limit - others
    seconds = minutes * 60
    fits = None
    if minutes:
        fits = available > 0 and requests <= available * seconds + BURST_REQUESTS
    return Plan(
        requests=requests,
        minutes=planned.minutes,
        rps=round(float(requests / seconds), 3) if minutes else None,
        fits=fits,
        safe_rps=math.floor(available * 1000) / 1000 if available > 0 else None,
        shortest_safe_seconds=max(0, math.ceil((requests - BURST_REQUESTS) / available)) if available > 0 else None,
    )


def singles(
    metric: Metric, intervals: Sequence[Interval], ignored: Collection[int], rate_limit: Fraction
) -> list[Single]:
    """Each interval separately: the percentage of its bad requests, or of the limit that it used."""
    scale = 100 / rate_limit
    # Classify each code only once, because its class is the same in every interval.
    codes: set[int] = set().union(*(interval.by_code for interval in intervals))
    left_out = [code for code in codes if code in ignored]
    against = [code for code in codes if class_of(code) in metric.bad and code not in ignored]
    found = []
    for interval in intervals:
        by_code = interval.by_code
        bad = sum([by_code[code] for code in against if code in by_code])
        valid = interval.requests - sum([by_code[code] for code in left_out if code in by_code])
        if metric.kind.name == "utilization":
            rps = load(interval)
            percent = Ratio(rps.part * scale.numerator, rps.whole * scale.denominator)
        else:
            percent = Ratio(100 * bad, valid or 1)
        found.append(Single(interval, percent, bad, valid))
    return found


def runs(judged: Sequence[Single], length: int, enough: int) -> list[Run]:
    """Every run of `length` adjacent intervals, oldest first.

    Intervals with fewer than `enough` requests neither belong to a run nor break it; a missing interval breaks it.
    """
    found = []
    standing: list[Single] = []
    previous_end = None
    for one in judged:
        if previous_end is not None and one.interval.start > previous_end:
            standing = []
        previous_end = one.interval.end
        if one.valid < enough:
            continue
        standing = [*standing, one][-length:]
        if len(standing) == length:
            best = one.percent if length == 1 else ranked([i.percent for i in standing], 0)
            bad, valid = sum([i.bad for i in standing]), sum([i.valid for i in standing])
            found.append(Run(best, bad, valid, standing[0].interval, one.interval))
    return found


def spells(judged: Sequence[Single], length: int, enough: int, limit: Fraction | None) -> list[Run]:
    """Each longest run of adjacent intervals that all exceed the limit, if it has at least `length` of them.

    Intervals with fewer than `enough` requests neither belong to a run nor break it; a missing interval breaks it.
    """
    found: list[Run] = []
    standing: list[Single] = []
    previous_end = None

    def close() -> None:
        if len(standing) >= length:
            bad, valid = sum([one.bad for one in standing]), sum([one.valid for one in standing])
            best = ranked([one.percent for one in standing], 0)
            found.append(Run(best, bad, valid, standing[0].interval, standing[-1].interval))
        standing.clear()

    for one in judged if limit is not None else ():
        if previous_end is not None and one.interval.start > previous_end:
            close()
        previous_end = one.interval.end
        if one.valid < enough:
            continue
        if limit is not None and one.percent.exceeds(limit):
            standing.append(one)
        else:
            close()
    close()
    return found


def burn(
    metric: Metric, intervals: Sequence[Interval], minutes: int, ignored: Collection[int], slo_percent: float
) -> Measured:
    """How many times faster than the SLO allows errors occurred in the last `minutes`."""
    bad, valid = counts(metric.bad, recent(intervals, minutes), ignored)
    allowed = 1 - exact(slo_percent) / 100
    return Measured(Fraction(bad, valid) / allowed if valid else Fraction(0), bad, valid, valid)


def budget(bad: int, valid: int, slo_percent: float) -> Measured:
    """How much of the error budget is left, in percent; below zero when it is overspent."""
    allowed = (1 - exact(slo_percent) / 100) * valid
    return Measured(100 * (1 - bad / allowed) if valid else Fraction(0), bad, valid, valid)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The usual traffic of each hour of the week, and when a planned change would fit. PURE.

Hours are in UTC. After a change of local time, usual traffic is off by an hour for some weeks.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from .._intervals import Interval
from . import measure
from .measure import BURST_REQUESTS, USABLE_SHARE, Planned, Slot

HOUR = 3600
WEEK = 7 * 86400
# Below this, traffic is too low to judge: a quiet night must not close the gate.
LEAST_USUAL = 20
_LEAST_WEEKS = 2
_MOST_SLOTS = 5


def by_hour(intervals: Sequence[Interval], ignored: Collection[int], idle: bool) -> dict[int, int]:
    """Valid requests of each whole hour, by its start; absent hours have 0 if they count as `idle`."""
    found = {
        round(one.start): measure.counted((), one.by_code, ignored)[1]
        for one in intervals
        if round(one.seconds) == HOUR and round(one.start) % HOUR == 0
    }
    if idle and found:
        found = {**dict.fromkeys(range(min(found), max(found) + HOUR, HOUR), 0), **found}
    return found


def _weeks_before(hours: Mapping[int, int], hour: int, weeks: int) -> list[int]:
    """The requests in the same hour of the week in earlier weeks."""
    before = (hour - week * WEEK for week in range(1, weeks + 1))
    return [hours[one] for one in before if one in hours]


def _middle(counts: Sequence[int]) -> Fraction:
    """The lower median, so that a single incident does not change it."""
    order = sorted(counts)
    if len(order) <= _LEAST_WEEKS:
        return Fraction(order[0])
    return Fraction(order[(len(order) - 1) // 2] + order[len(order) // 2], 2)


def usual(hours: Mapping[int, int], t0: float, t1: float, weeks: int) -> Fraction | None:
    """The usual number of requests from t0 to t1; None without two weeks of each hour, or if the number is small."""
    total = Fraction(0)
    for hour in range(math.floor(t0 / HOUR) * HOUR, math.ceil(t1 / HOUR) * HOUR, HOUR):
        known = _weeks_before(hours, hour, weeks)
        if len(known) < _LEAST_WEEKS:
            return None
        part = measure.exact(min(t1, hour + HOUR) - max(t0, hour)) / HOUR
        total += _middle(known) * part
    return total if total >= LEAST_USUAL else None


def slots(hours: Mapping[int, int], now: float, weeks: int, planned: Planned, rate_limit: Fraction) -> list[Slot]:
    """The next runs of adjacent hours in which the change fits on top of the highest load seen in these hours."""
    seconds = measure.exact(planned.minutes) * 60
    if not seconds:
        return []
    pace = planned.requests / seconds
    found: list[Slot] = []
    first = math.ceil(now / HOUR) * HOUR
    for hour in range(first, first + WEEK, HOUR):
        known = _weeks_before(hours, hour, weeks)
        if len(known) < _LEAST_WEEKS:
            continue
        # The same load may come an hour earlier or later in other weeks.
        around = [one for near in (hour - HOUR, hour + HOUR) for one in _weeks_before(hours, near, weeks)]
        load = Fraction(max(*known, *around), HOUR)
        available = USABLE_SHARE * rate_limit - load
        if available <= 0 or planned.requests > available * seconds + BURST_REQUESTS:
            continue
        used = round(float(100 * (load + pace) / rate_limit), 1)
        if found and found[-1].end == hour:
            found[-1] = Slot(found[-1].begin, hour + HOUR, max(found[-1].utilization_percent, used))
        else:
            found.append(Slot(hour, hour + HOUR, used))
    return [one for one in found if one.end - one.begin >= seconds][:_MOST_SLOTS]

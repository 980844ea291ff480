# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One organization's window over time, for a report's chart: requests, and the breaches of each check. PURE."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .._asked import Filters
from .._intervals import CodeClass, Interval, by_class, total
from . import measure
from .checks import Judged, breaching
from .history import WEEK
from .judges import Evidence
from .measure import Single
from .policy import Policy

# More bars would only make the file larger, not the chart clearer.
MOST_POINTS = 240


class Counted(NamedTuple):
    """The counts of a rate check in a part of the window, as in its `numerator` and `denominator`."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> float | None:
        """The rate; None without valid requests."""
        return 100 * self.numerator / self.denominator if self.denominator else None


class Point(NamedTuple):
    """An interval, or several adjacent ones: its start (seconds since the epoch), width and requests by class.

    `breaching` are the names of the breached checks; `rates` are the counts of each rate check, by name.
    """

    start: float
    seconds: float
    by_class: Mapping[CodeClass, int]
    breaching: Sequence[str]
    rates: Mapping[str, Counted]

    @property
    def end(self) -> float:
        """Its end, in seconds since the epoch."""
        return self.start + self.seconds

    @property
    def requests(self) -> int:
        """Requests of all classes, including ignored codes."""
        return sum(self.by_class.values())


class Before(NamedTuple):
    """Requests per second a week before `start` to `end` (seconds since the epoch)."""

    start: float
    end: float
    rps: float


class Series(NamedTuple):
    """The points of a window, oldest first, and the classes that count against each rate check, by its name.

    `culprit` is the client behind the worst check, and `of_culprit` its requests at each point; None and empty if not
    known. `before` is the week before, if its history was read.
    """

    points: Sequence[Point]
    bad: Mapping[str, Sequence[CodeClass]]
    culprit: str | None = None
    of_culprit: Sequence[int] = ()
    before: Sequence[Before] = ()


def with_culprit(found: Series, name: str, own: Sequence[Interval]) -> Series:
    """The series with the culprit's requests, from the culprit's own intervals."""
    requests = [
        sum(sum(one.by_code.values()) for one in own if point.start <= one.start < point.end) for point in found.points
    ]
    return found._replace(culprit=name, of_culprit=requests)


def series(
    evidence: Evidence, filters: Filters, judged: Sequence[Judged], policy: Policy, history: Sequence[Interval] = ()
) -> Series:
    """The series of this evidence, as judged by these checks: adjacent intervals are merged to fit a chart.

    `history` are intervals of the same requests in earlier weeks.
    """
    intervals = evidence.intervals
    beyond: dict[float, list[str]] = {}
    singles: dict[str, list[Single]] = {}
    bad: dict[str, Sequence[CodeClass]] = {}
    for found in judged:
        check = found.check
        if found.window != evidence.window or check.filters != filters:
            continue
        measured = None
        if check.metric.kind.name == "rate":
            measured = singles[check.name] = measure.singles(check.metric, intervals, policy.ignored, policy.rate_limit)
            bad[check.name] = check.metric.bad
        if found.value is not None:
            fails = measure.breaches(measure.exact(found.value), check.fail, check.worse)
            for one in breaching(check, intervals, check.fail if fails else check.warn, policy, measured)[1]:
                beyond.setdefault(one.interval.start, []).append(check.name)
    downward = {found.check.name for found in judged if found.check.metric.worse == "down"}
    points = []
    for first, behind in _groups(intervals):
        group = intervals[first:behind]
        names = [name for one in group for name in beyond.get(one.start, ())]
        points.append(
            Point(
                group[0].start,
                group[-1].end - group[0].start,
                by_class(total(group)),
                list(dict.fromkeys(names)),
                {name: _counted(each[first:behind], name in downward) for name, each in singles.items()},
            )
        )
    return Series(points, bad, before=_week_before(points, history))


def _week_before(points: Sequence[Point], history: Sequence[Interval]) -> list[Before]:
    """The same hours a week earlier, from the history."""
    if not points:
        return []
    begin, end = points[0].start, points[-1].end
    later = [(one.start + WEEK, one.end + WEEK, sum(one.by_code.values()) / one.seconds) for one in history]
    return [Before(max(t0, begin), min(t1, end), rps) for t0, t1, rps in later if t0 < end and t1 > begin]


def _groups(intervals: Sequence[Interval]) -> list[tuple[int, int]]:
    """Start and end index of each group of adjacent intervals, with few enough groups for a chart."""
    size = math.ceil(len(intervals) / MOST_POINTS)
    groups = []
    first = 0
    for position, interval in enumerate(intervals, 1):
        last = position == len(intervals) or intervals[position].start > interval.end
        if last or position - first >= size:
            groups.append((first, position))
            first = position
    return groups


def _counted(group: Sequence[Single], downward: bool) -> Counted:
    """Counts in the metric's direction: the good requests if lower is worse."""
    bad, valid = sum([one.bad for one in group]), sum([one.valid for one in group])
    return Counted(valid - bad if downward else bad, valid)

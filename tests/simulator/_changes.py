# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of a right answer: wrong types at every level, and lists that are odd but readable. Pure functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

Intervals = list[dict[str, Any]]
Change = Callable[[Intervals], Any]
_MISSING = object()


def _whole(value: Any) -> Change:
    return lambda intervals: value


def _put(target: dict[str, Any], name: str, value: Any) -> None:
    if value is _MISSING:
        del target[name]
    else:
        target[name] = value


def _busy(intervals: Intervals) -> int:
    """Return the index of the first interval with counts; an idle answer has none to change."""
    return next(index for index, each in enumerate(intervals) if each["counts"])


def _interval(name: str, value: Any) -> Change:
    def change(intervals: Intervals) -> Intervals:
        _put(intervals[_busy(intervals)], name, value)
        return intervals

    return change


def _entry(name: str, value: Any) -> Change:
    def change(intervals: Intervals) -> Intervals:
        _put(intervals[_busy(intervals)]["counts"][0], name, value)
        return intervals

    return change


def _one_is(value: Any) -> Change:
    return lambda intervals: [*intervals[:1], value, *intervals[2:]]


def _unordered(intervals: Intervals) -> Intervals:
    return Random(1).sample(intervals, len(intervals))


def _overlapping(intervals: Intervals) -> Intervals:
    """Let each interval begin half of its width earlier."""
    for each in intervals:
        start, end = (datetime.fromisoformat(each[name].replace("Z", "+00:00")) for name in ("startTs", "endTs"))
        each["startTs"] = (start - (end - start) / 2).strftime("%Y-%m-%dT%H:%M:%SZ")
    return intervals


def _backward(intervals: Intervals) -> Intervals:
    first = intervals[0]
    first["startTs"], first["endTs"] = first["endTs"], first["startTs"]
    return intervals


def _times(form: Callable[[datetime], str]) -> Change:
    def change(intervals: Intervals) -> Intervals:
        for each in intervals:
            for name in ("startTs", "endTs"):
                each[name] = form(datetime.fromisoformat(each[name].replace("Z", "+00:00")))
        return intervals

    return change


def _code_twice(intervals: Intervals) -> Intervals:
    """Split the first count in two entries of one code."""
    counts = intervals[_busy(intervals)]["counts"]
    whole = counts[0]["count"]
    counts[0]["count"] = whole - whole // 2
    counts.append({"code": counts[0]["code"], "count": whole // 2})
    return intervals


def _more_fields(intervals: Intervals) -> Intervals:
    return [
        {**each, "region": "x", "counts": [{**entry, "share": 0.5} for entry in each["counts"]]} for each in intervals
    ]


CHANGES: dict[str, Change] = {
    # The whole.
    "null": _whole(None),
    "number": _whole(7),
    "text": _whole("[]"),
    "numbers": _whole([1, 2]),
    "lists": _whole([[]]),
    # An interval.
    "interval_null": _one_is(None),
    "interval_text": _one_is("x"),
    "start_missing": _interval("startTs", _MISSING),
    "start_null": _interval("startTs", None),
    "start_number": _interval("startTs", 1777900000),
    "start_garbage": _interval("startTs", "yesterday"),
    "end_missing": _interval("endTs", _MISSING),
    "end_garbage": _interval("endTs", "2026-99-99T00:00:00Z"),
    "backward": _backward,
    "counts_missing": _interval("counts", _MISSING),
    "counts_null": _interval("counts", None),
    "counts_object": _interval("counts", {"200": 5}),
    "counts_text": _interval("counts", "200"),
    # A count.
    "entry_null": _interval("counts", [None]),
    "entry_number": _interval("counts", [200]),
    "code_missing": _entry("code", _MISSING),
    "code_null": _entry("code", None),
    "code_text": _entry("code", "200"),
    "code_garbage": _entry("code", "2xx"),
    "code_true": _entry("code", True),
    "code_fraction": _entry("code", 200.5),
    "code_negative": _entry("code", -200),
    "count_missing": _entry("count", _MISSING),
    "count_null": _entry("count", None),
    "count_text": _entry("count", "5"),
    "count_true": _entry("count", True),
    "count_fraction": _entry("count", 1.5),
    "count_negative": _entry("count", -5),
    "count_nan": _entry("count", float("nan")),
    "count_infinite": _entry("count", float("inf")),
    "count_huge": _entry("count", 10**30),
    # Odd, but it can be read.
    "duplicate": lambda intervals: [*intervals, dict(intervals[_busy(intervals)])],
    "unordered": _unordered,
    "overlapping": _overlapping,
    "gap": lambda intervals: [*intervals[:2], *intervals[4:]],
    "fractions": _times(lambda when: when.strftime("%Y-%m-%dT%H:%M:%S.000000Z")),
    "offsets": _times(lambda when: when.astimezone(timezone(timedelta(hours=2))).isoformat()),
    "code_twice": _code_twice,
    "more_fields": _more_fields,
}
"""What `changed_200` can do to the answer, which must have an interval with counts."""

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API answer -> intervals. PURE.

An interval's width is the one in the answer, never the requested one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from ._errors import MalformedAnswer
from ._text import kind
from ._time import parse_iso, to_iso
from ._window import Window

# More requests than any organization can make; above it, floats are no longer exact.
_MOST = 10**15
# Tolerance for rounded interval edges, as a share of the width.
_ROUNDING = 0.01
# More codes than HTTP has. Every code in the answer ends up in the verdict, so their number is bounded.
_MOST_CODES = 1000
CodeClass = Literal["ok", "client_error", "rate_limited", "server_error", "other"]
CLASSES: tuple[CodeClass, ...] = ("ok", "client_error", "rate_limited", "server_error", "other")
_BY_HUNDRED: dict[int, CodeClass] = {2: "ok", 3: "ok", 4: "client_error", 5: "server_error"}


class Interval(NamedTuple):
    """One interval: start and end in seconds since the epoch, requests by response code."""

    start: float
    end: float
    by_code: dict[int, int]

    @property
    def seconds(self) -> float:
        """The width according to the answer, in seconds."""
        return self.end - self.start

    @property
    def requests(self) -> int:
        """All requests in it."""
        return sum(self.by_code.values())


@lru_cache(maxsize=1024)
def class_of(code: int) -> CodeClass:
    """The class of a response code. 429 has a class separate from other 4xx, and every code has a class."""
    if code == 429:
        return "rate_limited"
    return _BY_HUNDRED.get(code // 100, "other")


def parse_answer(answer: Any) -> list[Interval]:
    """The intervals of an API answer, oldest first, without duplicate starts.

    Of two intervals with the same start, the one with the higher counts is kept, because counts only grow.
    Raises MalformedAnswer if the answer violates the contract, if each of two such intervals has requests
    that the other lacks (keeping one would hide some), or if intervals overlap (some would be counted twice).
    """
    if not isinstance(answer, list):
        raise MalformedAnswer(f"the answer is {kind(answer)}, not a list of intervals")
    latest: dict[float, Interval] = {}
    for position, item in enumerate(answer):
        try:
            interval = _interval(item)
        except (ValueError, OverflowError) as exc:
            raise MalformedAnswer(f"interval {position} of the answer: {exc}") from exc
        standing = latest.get(interval.start)
        if standing is not None:
            interval, less = (interval, standing) if _size(interval) > _size(standing) else (standing, interval)
            if any(count > interval.by_code.get(code, 0) for code, count in less.by_code.items()):
                raise MalformedAnswer(
                    f"the answer has two intervals at {to_iso(less.start)} that contradict each other"
                )
        latest[interval.start] = interval
    intervals = [latest[start] for start in sorted(latest)]
    codes = len(set().union(*[interval.by_code for interval in intervals]))
    if codes > _MOST_CODES:
        raise MalformedAnswer(f"the answer counts {codes} different response codes")
    for before, after in zip(intervals, intervals[1:]):
        if after.start < before.end - min(1, _ROUNDING * before.seconds, _ROUNDING * after.seconds):
            raise MalformedAnswer(f"the answer's intervals overlap at {to_iso(after.start)}")
    return intervals


def _size(interval: Interval) -> tuple[Any, ...]:
    return interval.requests, interval.end, sorted(interval.by_code.items())


def _interval(item: Any) -> Interval:
    if not isinstance(item, dict):
        raise ValueError(f"it is {kind(item)}, not an object")
    start, end = _moment(item, "startTs"), _moment(item, "endTs")
    if end <= start:
        raise ValueError(f"endTs {to_iso(end)} is not after startTs {to_iso(start)}")
    # If the API renames `counts`, the answer must not pass for one without requests.
    counts = item.get("counts")
    if not isinstance(counts, list):
        raise ValueError(f"counts is {kind(counts)}, not a list")
    by_code: dict[int, int] = {}
    for entry in counts:
        if not isinstance(entry, dict):
            raise ValueError(f"an entry of counts is {kind(entry)}, not an object")
        code: Any = entry.get("code")
        count: Any = entry.get("count")
        # There are thousands of entries, and a function call for each would dominate the run time.
        plain = code.__class__ is int and count.__class__ is int
        if not (plain and 0 <= code <= _MOST and 0 <= count <= _MOST):
            code, count = _whole(entry, "code"), _whole(entry, "count")
        if count:
            by_code[code] = by_code.get(code, 0) + count
    return Interval(start, end, by_code)


def _moment(item: Mapping[str, Any], name: str) -> float:
    text = item.get(name)
    if not isinstance(text, str):
        raise ValueError(f"{name} is {kind(text)}, not a time")
    try:
        return parse_iso(text)
    except ValueError as exc:
        raise ValueError(f"{name}: {exc}") from exc


def _whole(entry: Mapping[str, Any], name: str) -> int:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} is {kind(value)}, not a whole number from 0 up")
    if value > _MOST:
        raise ValueError(f"{name} is larger than any count can be")
    return value


def effective_width(intervals: Sequence[Interval]) -> float | None:
    """The most common width in seconds, the widest if several are equally common; None without intervals."""
    widths = Counter(interval.seconds for interval in intervals)
    return max(widths, key=lambda width: (widths[width], width)) if widths else None


def total(intervals: Iterable[Interval]) -> dict[int, int]:
    """Requests by code over these intervals."""
    # Counter.update is four times as slow, and this runs thousands of times.
    by_code: dict[int, int] = {}
    for interval in intervals:
        for code, count in interval.by_code.items():
            by_code[code] = by_code.get(code, 0) + count
    return by_code


def by_class(by_code: Mapping[int, int]) -> dict[CodeClass, int]:
    """Requests by class; their sum is the sum of `by_code`."""
    classes: dict[CodeClass, int] = dict.fromkeys(CLASSES, 0)
    for code, count in by_code.items():
        classes[class_of(code)] += count
    return classes


def is_partial(interval: Interval, asked: Window, width: float | None, now: float) -> bool:
    """Whether this interval may be incomplete: not over yet, cut off by the requested window, or narrower."""
    return (
        interval.end > now
        or (asked.t0 is not None and interval.start < asked.t0)
        or (asked.t1 is not None and interval.end > asked.t1)
        or (width is not None and interval.seconds < width * (1 - _ROUNDING))
    )

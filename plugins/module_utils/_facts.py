# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API intervals -> facts. PURE.

A rate is a ratio of sums, never a mean of rates. An interval's width is what the answer says, never what was asked.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ._errors import ApiHealthError, MalformedAnswer
from ._query import Window
from ._time import parse_iso, tidy, to_iso

# More requests than any organization can make; past it a float could not hold what is computed.
_MOST = 10**15
# What rounding may make of the edge of an interval, as a share of its width.
_ROUNDING = 0.01

# Its own errors are ValueErrors; on data that it does not expect it raises what Python does.
_OF_JMESPATH = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)

# More than HTTP has. All of them would be in the verdict.
_MOST_CODES = 1000

_BY_HUNDRED = {2: "ok", 3: "ok", 4: "client_error", 5: "server_error"}
CLASSES = ("ok", "client_error", "rate_limited", "server_error", "other")


class Interval(NamedTuple):
    """One interval: start and end in seconds since the epoch, requests by response code."""

    start: float
    end: float
    by_code: dict[int, int]

    @property
    def seconds(self) -> float:
        """The width that the answer gave it."""
        return self.end - self.start

    @property
    def requests(self) -> int:
        """All requests in it."""
        return sum(self.by_code.values())


@lru_cache(maxsize=1024)
def class_of(code: int) -> str:
    """The class of a response code; 429 is apart from the other 4xx, and no code is lost."""
    if code == 429:
        return "rate_limited"
    return _BY_HUNDRED.get(code // 100, "other")


def parse_answer(answer: Any) -> list[Interval]:
    """The intervals of an API answer, oldest first, each start once.

    Of two intervals with the same start the one that counted more stays, since counts only grow while they arrive.
    Raises MalformedAnswer if the answer is not what the contract promises, if each of two such intervals has requests
    that the other lacks (keeping one would hide some), or if intervals overlap (some would be counted twice).
    """
    if not isinstance(answer, list):
        raise MalformedAnswer(f"the answer is {_kind(answer)}, not a list of intervals")
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
        raise ValueError(f"it is {_kind(item)}, not an object")
    start, end = _moment(item, "startTs"), _moment(item, "endTs")
    if end <= start:
        raise ValueError(f"endTs {to_iso(end)} is not after startTs {to_iso(start)}")
    # An answer that renames it must not look like one without requests.
    counts = item.get("counts")
    if not isinstance(counts, list):
        raise ValueError(f"counts is {_kind(counts)}, not a list")
    by_code: dict[int, int] = {}
    for entry in counts:
        if not isinstance(entry, dict):
            raise ValueError(f"an entry of counts is {_kind(entry)}, not an object")
        code: Any = entry.get("code")
        count: Any = entry.get("count")
        # There are thousands, and a call for each is most of the time.
        plain = code.__class__ is int and count.__class__ is int
        if not (plain and 0 <= code <= _MOST and 0 <= count <= _MOST):
            code, count = _whole(entry, "code"), _whole(entry, "count")
        if count:
            by_code[code] = by_code.get(code, 0) + count
    return Interval(start, end, by_code)


def _moment(item: Mapping[str, Any], name: str) -> float:
    text = item.get(name)
    if not isinstance(text, str):
        raise ValueError(f"{name} is {_kind(text)}, not a time")
    try:
        return parse_iso(text)
    except ValueError as exc:
        raise ValueError(f"{name}: {exc}") from exc


def _whole(entry: Mapping[str, Any], name: str) -> int:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} is {_kind(value)}, not a whole number from 0 up")
    if value > _MOST:
        raise ValueError(f"{name} is larger than any count can be")
    return value


def _kind(value: Any) -> str:
    """What a JSON value is, without quoting more of it than a message can bear."""
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", type(None): "null or missing"}
    return names.get(type(value)) or str(value)[:20]


def effective_width(intervals: Sequence[Interval]) -> float | None:
    """The width that most intervals have, in seconds; the wider one of two as common; None without intervals."""
    widths = Counter(interval.seconds for interval in intervals)
    return max(widths, key=lambda width: (widths[width], width)) if widths else None


def total(intervals: Iterable[Interval]) -> dict[int, int]:
    """Requests by code over these intervals."""
    # Not with Counter.update, which takes four times as long, thousands of times.
    by_code: dict[int, int] = {}
    for interval in intervals:
        for code, count in interval.by_code.items():
            by_code[code] = by_code.get(code, 0) + count
    return by_code


def by_class(by_code: Mapping[int, int]) -> dict[str, int]:
    """Requests by class; their sum is the sum of `by_code`."""
    classes = dict.fromkeys(CLASSES, 0)
    for code, count in by_code.items():
        classes[class_of(code)] += count
    return classes


def percent(part: float, whole: float) -> float | None:
    """`part` of `whole` in percent, three digits after the point; None of nothing."""
    return round(100 * part / whole, 3) if whole else None


def is_partial(interval: Interval, asked: Window, width: float | None, now: float) -> bool:
    """Whether this interval may hold less than its span: not over yet, cut by the window asked for, or narrower."""
    return (
        interval.end > now
        or (asked.t0 is not None and interval.start < asked.t0)
        or (asked.t1 is not None and interval.end > asked.t1)
        or (width is not None and interval.seconds < width * (1 - _ROUNDING))
    )


def rates(intervals: Sequence[Interval], idle: int = 0) -> dict[str, Any]:
    """Requests per second over complete intervals: mean, 95th percentile (nearest rank), busiest and when.

    `idle` more intervals without a request count in the percentile and the mean.
    """
    if not intervals:
        return {"mean": None, "p95": None, "max": None, "max_at": None}
    rps = [interval.requests / interval.seconds for interval in intervals]
    # The idle ones rank first. They are only counted: there are as many as the answer's width makes them.
    rank = math.ceil(0.95 * (idle + len(rps))) - idle
    most = max(rps)
    seconds = sum([i.seconds for i in intervals]) + (idle and idle * (effective_width(intervals) or 0))
    return {
        "mean": round(sum([i.requests for i in intervals]) / seconds, 3),
        "p95": round(sorted(rps)[rank - 1], 3) if rank > 0 else 0.0,
        "max": round(most, 3),
        "max_at": to_iso(intervals[rps.index(most)].start),
    }


def summary(intervals: Sequence[Interval], complete: Sequence[Interval], idle: int = 0) -> dict[str, Any]:
    """The summary of `intervals`: totals over all of them, requests per second over the `complete` ones."""
    codes = total(intervals)
    classes = by_class(codes)
    requests = sum(codes.values())
    return {
        "observed": bool(intervals),
        "requests": requests,
        "by_code": {str(code): codes[code] for code in sorted(codes)},
        "by_class": classes,
        "percent": {name: percent(count, requests) for name, count in classes.items()},
        "rps": rates(complete, idle),
    }


def facts(
    organization_id: str,
    intervals: Sequence[Interval],
    asked: Window,
    now: float,
    request: Mapping[str, Any],
    include_intervals: bool = True,
) -> dict[str, Any]:
    """One organization's facts (shape: RETURN of response_codes_info) from its intervals, oldest first."""
    width = effective_width(intervals)
    partial = [is_partial(interval, asked, width, now) for interval in intervals]
    complete = [interval for interval, cut in zip(intervals, partial) if not cut]
    t0 = asked.t0 if asked.t0 is not None else intervals[0].start if intervals else None
    t1 = asked.t1 if asked.t1 is not None else intervals[-1].end if intervals else None
    result: dict[str, Any] = {
        "organization_id": organization_id,
        "window": {
            "t0": None if t0 is None else to_iso(t0),
            "t1": None if t1 is None else to_iso(t1),
            "seconds": None if t0 is None or t1 is None else tidy(t1 - t0),
            "interval_requested": asked.interval,
            "interval_effective": None if width is None else tidy(width),
            "complete_until": to_iso(complete[-1].end) if complete else None,
        },
        "summary": summary(intervals, complete),
        "request": dict(request),
    }
    if include_intervals:
        result["intervals"] = [_interval_facts(interval, cut) for interval, cut in zip(intervals, partial)]
    return result


def _interval_facts(interval: Interval, partial: bool) -> dict[str, Any]:
    return {
        "start_ts": to_iso(interval.start),
        "end_ts": to_iso(interval.end),
        "seconds": tidy(interval.seconds),
        "partial": partial,
        "requests": interval.requests,
        "by_code": {str(code): interval.by_code[code] for code in sorted(interval.by_code)},
        "by_class": by_class(interval.by_code),
    }


def searched(expression: str, found: Mapping[str, Any]) -> Any:
    """What a JMESPath expression makes of facts; ValueError with a reason in one line where it does not fit them."""
    # Imported by the options already, which refuse an expression where the library is missing.
    import jmespath

    try:
        value = jmespath.search(expression, found)
        # Infinity and a reference to an expression are no JSON.
        json.dumps(value, allow_nan=False)
    except _OF_JMESPATH as exc:
        raise ValueError(" ".join(str(exc).split())[:200] or type(exc).__name__) from exc
    return value


def from_facts(recorded: Mapping[str, Any]) -> tuple[list[Interval], Window]:
    """The intervals and the window asked for, out of facts made earlier; ApiHealthError if they are not such facts."""
    identity = recorded.get("organization_id") if isinstance(recorded, Mapping) else None
    if not identity or not isinstance(recorded.get("window"), Mapping):
        raise ApiHealthError("these are not facts of response_codes_info: organization_id or window is missing")
    named = repr(str(identity)[:100])
    if not isinstance(recorded.get("intervals"), (list, tuple)):
        raise ApiHealthError(f"the facts of {named} hold no intervals: read them with include_intervals: true")
    try:
        answer = [
            {
                "startTs": str(item["start_ts"]),
                "endTs": str(item["end_ts"]),
                "counts": [{"code": int(code), "count": int(count)} for code, count in item["by_code"].items()],
            }
            for item in recorded["intervals"]
        ]
        window = recorded["window"]
        t0, t1 = (None if not window.get(edge) else parse_iso(str(window[edge])) for edge in ("t0", "t1"))
        requested = window.get("interval_requested")
        asked = Window(t0, t1, None if requested is None else int(requested))
        if asked.interval is not None and not 0 < asked.interval <= 86400:
            raise ValueError(f"interval_requested {str(asked.interval)[:20]}")
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as exc:
        reason = f"{exc} is missing" if isinstance(exc, KeyError) else exc
        raise ApiHealthError(f"the facts of {named} are not as response_codes_info returns them: {reason}") from exc
    return parse_answer(answer), asked

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Intervals -> facts, and back. PURE.

A rate is a ratio of sums, never a mean of rates.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import ApiHealthError
from ._intervals import Interval, by_class, effective_width, is_partial, parse_answer, total
from ._time import parse_iso, tidy, to_iso
from ._window import Window

# JMESPath's own errors are ValueErrors; unexpected data makes it raise plain Python errors.
_OF_JMESPATH = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def percent(part: float, whole: float) -> float | None:
    """`part` of `whole` in percent, rounded to three decimals; None if `whole` is 0."""
    return round(100 * part / whole, 3) if whole else None


def rates(intervals: Sequence[Interval], idle: int = 0) -> dict[str, Any]:
    """Requests per second over complete intervals: mean, 95th percentile (nearest rank), busiest and when.

    The percentile and the mean also count `idle` further intervals without requests.
    """
    if not intervals:
        return {"mean": None, "p95": None, "max": None, "max_at": None}
    rps = [interval.requests / interval.seconds for interval in intervals]
    # Idle intervals rank lowest. They are only counted, because with a narrow width there may be very many of them.
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
            **times(t0, t1),
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


def times(t0: float | None, t1: float | None) -> dict[str, Any]:
    """The edges of a window and its length, in the format of facts."""
    return {
        "t0": None if t0 is None else to_iso(t0),
        "t1": None if t1 is None else to_iso(t1),
        "seconds": None if t0 is None or t1 is None else tidy(t1 - t0),
    }


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
    """The result of a JMESPath expression on facts; ValueError with a one-line reason if it does not apply to them."""
    # Validation has imported it already, and has rejected the expression if the library is missing.
    import jmespath

    try:
        value = jmespath.search(expression, found)
        # Infinity and expression references are not valid JSON.
        json.dumps(value, allow_nan=False)
    except _OF_JMESPATH as exc:
        raise ValueError(" ".join(str(exc).split())[:200] or type(exc).__name__) from exc
    return value


def from_facts(recorded: Mapping[str, Any]) -> tuple[list[Interval], Window]:
    """The intervals and the requested window from earlier facts; ApiHealthError if they are not such facts."""
    identity = recorded.get("organization_id") if isinstance(recorded, Mapping) else None
    if not identity or not isinstance(recorded.get("window"), Mapping):
        raise ApiHealthError("these are not facts of response_codes_info: organization_id or window is missing")
    named = repr(str(identity)[:100])
    if not isinstance(recorded.get("intervals"), (list, tuple)):
        raise ApiHealthError(f"the facts of {named} contain no intervals: read them with include_intervals: true")
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
        raise ApiHealthError(f"the facts of {named} are not in the format of response_codes_info: {reason}") from exc
    return parse_answer(answer), asked

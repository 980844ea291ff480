# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read -> what a check may judge of it: whole intervals of its window, and what is missing. PURE."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import _facts, _intervals
from .._intervals import Interval
from .._ledger import NEAR_SECONDS, Sent
from .._time import tidy, to_iso
from .._window import Window
from .checks import Evidence
from .plan import Look, window_of

_LEAST_COVERAGE_PERCENT = 80
# Of an interval: sums of times are not exact.
_ROUNDING = 1e-6
_NOTHING: Mapping[float, int] = {}


class Outcome(NamedTuple):
    """What came of one request: intervals (oldest first) and the window asked for, or a failure structure.

    `own` is how many of the gate's own requests were taken out of the interval that starts then.
    """

    intervals: Sequence[Interval]
    asked: Window
    request: Mapping[str, Any]
    own: Mapping[float, int] = _NOTHING
    failure: Mapping[str, Any] | None = None


class Seen(NamedTuple):
    """What one look saw: the evidence, and `window` and `data` as the verdict has them (None if it was not read)."""

    evidence: Evidence
    window: dict[str, Any] | None
    data: dict[str, Any] | None
    outcome: Outcome


def without(
    intervals: Sequence[Interval], sent: Sent, failures: bool = True
) -> tuple[list[Interval], dict[float, int]]:
    """The intervals less what this run sent, code by code and never below 0; and how many went from which start.

    A failure is taken out only where no other interval can have counted it, and none without `failures`.
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


def seen(look: Look, outcome: Outcome, options: Mapping[str, Any], now: float, widened: bool = False) -> Seen:
    """What `look` finds in the outcome of a request that covers it.

    A look that ends before the settled present is a baseline: its lack is `no_baseline`, and it cannot be stale.
    """
    if outcome.failure is not None:
        return Seen(Evidence((), read_error=str(outcome.failure["message"])), None, None, outcome)
    asked, intervals = outcome.asked, outcome.intervals
    wanted = window_of(look, now)
    width = _intervals.effective_width(intervals) or wanted.interval or 120
    t1 = math.floor(look.end / width) * width
    t0 = t1 - math.ceil(look.seconds / width) * width
    if asked.t0 is not None and t0 < asked.t0 <= t0 + width:
        # Intervals wider than asked for: the first one is cut by the window and not to be had whole.
        t0 += width
    complete = [one for one in intervals if not _intervals.is_partial(one, asked, width, now)]
    used = [one for one in complete if t0 <= one.start and one.end <= t1]
    newest = max((one.end for one in complete if one.end <= t1), default=None)
    starts = {one.start for one in used}
    other = sum(max(0.0, min(one.end, t1) - max(one.start, t0)) for one in intervals if one.start not in starts)
    data = _data(used, other, newest, (t0, t1), asked, width, options, now)
    data["dropped"] = sum(
        (wanted.t0 or 0) < one.end and one.start < (wanted.t1 or 0) and one.start not in starts for one in intervals
    )
    data["widened"] = widened
    data["own_requests_excluded"] = sum(outcome.own.get(one.start, 0) for one in used)
    window = {
        "t0": to_iso(t0),
        "t1": to_iso(t1),
        "seconds": tidy(t1 - t0),
        "interval_requested": asked.interval,
        "interval_effective": tidy(width) if intervals else None,
        "complete_until": to_iso(used[-1].end) if used else None,
    }
    if look.end < now - options["settle_seconds"]:
        lacking = "no_baseline" if not used or data["coverage_percent"] < _LEAST_COVERAGE_PERCENT else None
    else:
        lacking = _lacking(data, width, options) if look.seconds > 0 else "low_traffic"
    brief = {name: window[name] for name in ("t0", "t1", "seconds")}
    brief.update({name: data[name] for name in ("widened", "coverage_percent", "newest", "age_seconds", "dropped")})
    return Seen(Evidence(used, lacking, None, data["idle"], brief), window, data, outcome)


def _data(
    used: Sequence[Interval],
    other: float,
    newest: float | None,
    window: tuple[float, float],
    asked: Window,
    width: float,
    options: Mapping[str, Any],
    now: float,
) -> dict[str, Any]:
    """How much of the window is there. What is missing after the newest interval is staleness, not a gap.

    `other` are the seconds of it that intervals cover which cannot be used: not known, and not idle either.
    """
    t0, t1 = window
    reached = (used[-1].end if used else t0) - t0
    covered = sum(one.seconds for one in used)
    # Before what was asked for nothing is known, however the API treats idle intervals.
    unasked = max(0.0, asked.t0 - t0) if asked.t0 is not None else 0.0
    absent = max(0.0, reached - unasked - other - covered)
    idle = math.floor(absent / width + _ROUNDING) if options["gaps"] == "idle" else 0
    return {
        "expected": round((t1 - t0) / width),
        "used": len(used),
        "idle": idle,
        "coverage_percent": _facts.percent(min(covered + idle * width, reached), reached) or 0.0,
        "newest": None if newest is None else to_iso(newest),
        "age_seconds": None if newest is None else tidy(math.floor(now - newest)),
    }


def _lacking(data: Mapping[str, Any], width: float, options: Mapping[str, Any]) -> str | None:
    """Why this data cannot be judged, or None."""
    if data["newest"] is None:
        return "no_data"
    if data["age_seconds"] > options["settle_seconds"] + 3 * width:
        return "stale"
    if data["used"] == 0:
        return "no_data"
    return "incomplete" if data["coverage_percent"] < _LEAST_COVERAGE_PERCENT else None

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a check that fails will let the gate open, if no further failure comes and the traffic stays. PURE."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .._intervals import Interval
from .checks import judge
from .judges import Evidence, valid_of
from .measure import exact
from .policy import Check, Policy

# Each is a judgement, and the answer may be in intervals as short as it likes.
_MOST_STEPS = 180


def reopens_at(check: Check, evidence: Evidence, policy: Policy) -> float | None:
    """The end of the data with which it does (seconds since the epoch); None where waiting cannot help."""
    window = evidence.window
    if not check.metric.kind.by_interval or window is None or not evidence.intervals:
        return None
    width = evidence.intervals[-1].seconds
    span = window.t1 - window.t0
    width *= max(1, math.ceil(span / width / _MOST_STEPS))
    seen = [*evidence.intervals]
    for following in _following(evidence, policy, width, math.ceil(span / width) + 1):
        seen.append(following)
        begin = following.end - span
        later = Evidence(
            [one for one in seen if one.start >= begin],
            window=window._replace(t0=begin, t1=following.end),
            data=evidence.data,
        )
        if judge(check, later, policy).tolerated:
            return following.end
    return None


def _following(evidence: Evidence, policy: Policy, width: float, number: int) -> Iterator[Interval]:
    """So many further intervals of this width with as many requests as was usual until now, all successful."""
    newest, window = evidence.intervals[-1], evidence.window
    begin = window.t0 if window else evidence.intervals[0].start
    each = valid_of(evidence, policy) * exact(width) / exact(max(width, newest.end - begin))
    for place in range(number):
        requests = math.floor((place + 1) * each) - math.floor(place * each)
        start = newest.end + place * width
        yield Interval(start, start + width, {200: requests} if requests else {})

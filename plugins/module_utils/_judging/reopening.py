# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a failed check will let the gate open, if no further failure occurs and traffic stays the same. PURE."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .._intervals import Interval
from .checks import judge
from .judges import Evidence, valid_of
from .measure import exact
from .policy import Check, Policy

# Each step is a full judgement, and short intervals could need very many steps.
_MOST_STEPS = 180


def reopens_at(check: Check, evidence: Evidence, policy: Policy) -> float | None:
    """The end of the data with which it will (seconds since the epoch); None if waiting cannot help."""
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
    """`number` further intervals of this width, with the usual number of requests until now, all successful."""
    newest, window = evidence.intervals[-1], evidence.window
    begin = window.t0 if window else evidence.intervals[0].start
    each = valid_of(evidence, policy) * exact(width) / exact(max(width, newest.end - begin))
    for place in range(number):
        requests = math.floor((place + 1) * each) - math.floor(place * each)
        start = newest.end + place * width
        yield Interval(start, start + width, {200: requests} if requests else {})

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request log of an organization, counted into intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ._traffic import BUCKET, Identity, Row


class Filters(NamedTuple):
    """What a query narrows the log to: AND across the fields, OR inside a list, empty or None for no filter."""

    operation_ids: frozenset[str] = frozenset()
    source_ips: frozenset[str] = frozenset()
    admin_ids: frozenset[str] = frozenset()
    user_agent: str = ""
    version: int | None = None

    def match(self, identity: Identity) -> bool:
        """Return whether a request of this identity is wanted."""
        return (
            (not self.operation_ids or identity.operation_id in self.operation_ids)
            and (not self.source_ips or identity.source_ip in self.source_ips)
            and (not self.admin_ids or identity.admin_id in self.admin_ids)
            and self.user_agent in identity.user_agent
            and (self.version is None or identity.version == self.version)
        )


class Call(NamedTuple):
    """One request that the simulator itself received, at an epoch second of its clock."""

    at: float
    identity: Identity
    code: int


class Interval(NamedTuple):
    """Epoch seconds [start, end) and how often each code was answered in them."""

    start: int
    end: int
    counts: dict[int, int]


def count(
    traffic: Callable[[int], Iterable[Row]],
    calls: Iterable[Call],
    window: tuple[float, float],
    width: int,
    filters: Filters,
    visible_until: float,
) -> list[Interval]:
    """Count bucket rows and own calls into contiguous intervals of `width` seconds that cover the window.

    `width` is a multiple of the bucket. Nothing younger than `visible_until` is counted, and a bucket that is
    visible in part gives its part, so counts grow on re-reading until they are complete.
    """
    first = int(window[0] // width) * width
    last = int(-(-window[1] // width)) * width
    intervals = [Interval(start, start + width, {}) for start in range(first, last, width)]
    everything = filters == Filters()
    wanted: dict[Identity, bool] = {}
    for start in range(first, last, BUCKET):
        share = (visible_until - start) / BUCKET
        if share <= 0:
            break
        counts = intervals[(start - first) // width].counts
        for identity, code, number in traffic(start):
            # Hashing an identity costs more than all the rest of this loop.
            if not everything:
                if identity not in wanted:
                    wanted[identity] = filters.match(identity)
                if not wanted[identity]:
                    continue
            seen = number if share >= 1 else int(number * share + 0.5)
            if seen:
                counts[code] = counts.get(code, 0) + seen
    for call in calls:
        if first <= call.at < last and call.at <= visible_until and filters.match(call.identity):
            counts = intervals[int(call.at - first) // width].counts
            counts[call.code] = counts.get(call.code, 0) + 1
    return intervals

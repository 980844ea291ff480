# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request log of an organization: counted into intervals, and a page of it at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ._traffic import BUCKET, OPERATIONS, Identity, Row

_MICRO = 1_000_000
# Own calls come after the scripted rows of the same microsecond.
_OWN = 1_000_000_000


class Filters(NamedTuple):
    """What a query narrows the log to: AND across the fields, OR inside a list, empty or None for no filter.

    The counts have no filter by `method`, `path` and `code`.
    """

    operation_ids: frozenset[str] = frozenset()
    source_ips: frozenset[str] = frozenset()
    admin_ids: frozenset[str] = frozenset()
    user_agent: str = ""
    version: int | None = None
    method: str = ""
    path: str = ""
    code: int | None = None

    def match(self, identity: Identity) -> bool:
        """Return whether a request of this identity is wanted."""
        return (
            (not self.operation_ids or identity.operation_id in self.operation_ids)
            and (not self.source_ips or identity.source_ip in self.source_ips)
            and (not self.admin_ids or identity.admin_id in self.admin_ids)
            and self.user_agent in identity.user_agent
            and (self.version is None or identity.version == self.version)
        )

    def logs(self, identity: Identity, code: int, organization: str) -> bool:
        """Return whether a request of this identity, answered so, is wanted in the log."""
        return (
            self.match(identity)
            and (not self.method or OPERATIONS[identity.operation_id][0] == self.method)
            and (not self.path or path_of(identity, organization) == self.path)
            and (self.code is None or code == self.code)
        )


def path_of(identity: Identity, organization: str) -> str:
    """Return the path that a request went to."""
    path = OPERATIONS[identity.operation_id][1].replace("{organizationId}", organization)
    return f"/api/v{identity.version}{path}"


class Call(NamedTuple):
    """One request that the simulator itself received, at an epoch second of its clock."""

    at: float
    identity: Identity
    code: int
    query: str = ""


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


Place = tuple[int, int]
"""Where a request is in the log: the microsecond since the epoch, and its number among those of the same time."""


class Entry(NamedTuple):
    """One request of the log."""

    place: Place
    identity: Identity
    code: int
    query: str


class Page(NamedTuple):
    """A part of the log, newest first, and whether the window has newer and older requests."""

    entries: list[Entry]
    newer: bool
    older: bool


class Log(NamedTuple):
    """An organization's log: what a window of it shows at a moment.

    `traffic` gives the rows of a bucket, `calls` has the own calls of each. Each row's requests are spread evenly over
    its bucket, so of a bucket that is visible in part the log has as many as `count` counts. `window` is in epoch
    seconds, its end is not part of it.
    """

    traffic: Callable[[int], Iterable[Row]]
    calls: Mapping[int, Sequence[Call]]
    window: tuple[float, float]
    filters: Filters
    visible_until: float
    organization: str

    def page(self, size: int, after: Place | None, before: Place | None) -> Page:
        """Return the newest requests, those that follow `after` (older ones), or those just before `before`."""
        ends_before = before is not None and after is None
        found: list[Entry] = []
        for entry in self._ascending(before) if ends_before else self._descending(after, before):
            if len(found) == size:
                # One more than fits: there is another page in this direction.
                newer, older = (True, self._any_from(before)) if ends_before else (self._any_until(after), True)
                break
            found.append(entry)
        else:
            newer, older = (False, self._any_from(before)) if ends_before else (self._any_until(after), False)
        return Page(found[::-1] if ends_before else found, newer, older)

    def _any_until(self, after: Place | None) -> bool:
        """Return whether anything is newer than what follows `after`."""
        return after is not None and next(self._ascending((after[0], after[1] - 1)), None) is not None

    def _any_from(self, before: Place | None) -> bool:
        """Return whether anything is older than what is just before `before`."""
        return before is not None and next(self._descending((before[0], before[1] + 1), None), None) is not None

    def _descending(self, after: Place | None, before: Place | None) -> Iterator[Entry]:
        """Yield what is older than `after` and newer than `before`, newest first."""
        top = self._until() if after is None else min(self._until(), after[0] / _MICRO)
        for start in range(_bucket(top), _bucket(self.window[0]) - 1, -BUCKET):
            for entry in reversed(self._in_bucket(start)):
                if before is not None and entry.place <= before:
                    return
                if after is None or entry.place < after:
                    yield entry

    def _ascending(self, before: Place | None) -> Iterator[Entry]:
        """Yield what is newer than `before`, oldest first."""
        bottom = self.window[0] if before is None else max(self.window[0], before[0] / _MICRO)
        for start in range(_bucket(bottom), _bucket(self._until()) + 1, BUCKET):
            yield from (entry for entry in self._in_bucket(start) if before is None or entry.place > before)

    def _until(self) -> float:
        return min(self.window[1], self.visible_until)

    def _in_bucket(self, start: int) -> list[Entry]:
        """Return the wanted and visible requests of the bucket that starts at this epoch second, oldest first."""
        share = min(1.0, (self.visible_until - start) / BUCKET)
        entries = []
        for row, (identity, code, number) in enumerate(self.traffic(start)):
            if not self.filters.logs(identity, code, self.organization):
                continue
            query = "perPage=1000" if OPERATIONS[identity.operation_id][0] == "GET" else ""
            for each in range(number if share >= 1 else int(number * share + 0.5)):
                at = start * _MICRO + (2 * each + 1) * BUCKET * _MICRO // (2 * number)
                entries.append(Entry((at, row), identity, code, query))
        for number, call in enumerate(self.calls.get(start, ())):
            if call.at <= self.visible_until and self.filters.logs(call.identity, call.code, self.organization):
                entries.append(Entry((int(call.at * _MICRO), _OWN + number), call.identity, call.code, call.query))
        first, last = (bound * _MICRO for bound in self.window)
        return sorted((entry for entry in entries if first <= entry.place[0] < last), key=lambda entry: entry.place)


def by_bucket(calls: Iterable[Call]) -> dict[int, list[Call]]:
    """Return calls by the start of their bucket."""
    found: dict[int, list[Call]] = {}
    for call in calls:
        found.setdefault(_bucket(call.at), []).append(call)
    return found


def _bucket(at: float) -> int:
    """Return the start of the bucket that holds an epoch second."""
    return math.floor(at / BUCKET) * BUCKET

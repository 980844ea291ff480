# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Injected faults: what kinds there are, and which request meets which of those that wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any, NamedTuple

from ._changes import CHANGES

_MIB = 1024 * 1024
_LONG = 3600.0

KINDS: dict[str, dict[str, Any]] = {
    "status": {"status": 500, "body": None, "content_type": "application/json", "headers": {}},
    "organization_429": {"retry_after": 1, "as_date": False},
    "source_ip_429": {},
    "html_429": {"headers": {}},
    "html_500": {"headers": {}},
    "html_502": {"headers": {}},
    "html_503": {"headers": {}},
    "html_504": {"headers": {}},
    "html_200": {},
    "empty_200": {},
    "object_200": {},
    "json_200": {"body": None},
    "changed_200": {"change": "unordered"},
    "truncated_json": {},
    "content_length": {"by": 10},
    "raw": {"sent": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n[]\r\n0\r\n\r\n"},
    "gzip": {},
    "bad_gzip": {},
    "bomb": {"size": 128 * _MIB},
    "oversize": {"size": 64 * _MIB},
    "reset": {"at": "start"},
    "stall": {"at": "body", "seconds": _LONG},
    "trickle": {"at": "headers", "seconds": 0.05},
    "slow_headers": {"seconds": 1.0},
    "slow_body": {"seconds": 0.2, "chunks": 10},
    "redirect": {"status": 302, "location": None},
}
"""Every kind with its details and their defaults."""

_CHOICES = {"at": ("start", "headers", "body"), "change": tuple(CHANGES)}


class Fault(NamedTuple):
    """A fault with all its details."""

    kind: str
    details: dict[str, Any]


def fault(kind: str, details: Mapping[str, Any]) -> Fault:
    """Return a fault with all its details; ValueError for a kind, a detail or a choice that does not exist."""
    if kind not in KINDS:
        raise ValueError(f"unknown fault {kind!r}, known are: {', '.join(KINDS)}")
    unknown = sorted(set(details) - set(KINDS[kind]))
    if unknown:
        raise ValueError(f"fault {kind!r} has no {', '.join(unknown)}, it has: {', '.join(KINDS[kind]) or 'nothing'}")
    for name, known in _CHOICES.items():
        if name in details and details[name] not in known:
            raise ValueError(f"{name} must be one of: {', '.join(known)}")
    return Fault(kind, {**KINDS[kind], **details})


@dataclass
class Schedule:
    """Which requests meet one of `faults`: of those that fit, `times` ones, past the first `after`, each `every`th.

    An `organization` of "" means the list of organizations. With `one_in`, each of those by chance instead. The draws
    depend on the seed and the order of the requests alone.
    """

    faults: Sequence[Fault]
    times: int | None = 1
    organization: str | None = None
    after: int = 0
    every: int = 1
    one_in: float = 1
    seed: int = 1
    _seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if not self.faults:
            raise ValueError("there must be at least one fault")
        for name, least in (("times", 1), ("after", 0), ("every", 1), ("one_in", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"{name} must be at least {least}")
        self._random = Random(self.seed)

    def fits(self, organization: str | None) -> bool:
        """Return whether this is about requests of such an organization (None: of none)."""
        return self.times != 0 and self.organization in (None, organization or "")

    def due(self) -> Fault | None:
        """Count a request that fits, and return the fault that it meets."""
        self._seen += 1
        # Drawn for every request, so that which ones are hit does not depend on what else goes wrong.
        chance, drawn = self._random.random(), self._random.choice(self.faults)
        past = self._seen - self.after
        return drawn if past > 0 and past % self.every == 0 and chance * self.one_in < 1 else None

    def used(self) -> None:
        """Note that its fault was met."""
        if self.times is not None:
            self.times -= 1


_WHEN = ("times", "organization", "after", "every", "one_in", "seed")


def schedule(kind: str | Sequence[str], **given: Any) -> Schedule:
    """Return the schedule of faults of one kind or several: `given` are its fields and the faults' details."""
    when = {name: given.pop(name) for name in _WHEN if name in given}
    return Schedule([fault(each, given) for each in ([kind] if isinstance(kind, str) else kind)], **when)


class Faults:
    """The schedules in force, first in first out."""

    def __init__(self) -> None:
        self._schedules: list[Schedule] = []
        self._lock = Lock()

    def add(self, schedule: Schedule) -> None:
        """Put a schedule behind those that are in force."""
        with self._lock:
            self._schedules.append(schedule)

    def take(self, organization: str | None) -> Fault | None:
        """Return the fault for a request of this organization (None: of none), and use it up once."""
        with self._lock:
            due = [(each, each.due()) for each in self._schedules if each.fits(organization)]
            for schedule, found in due:
                if found:
                    schedule.used()
                    return found
        return None

    def clear(self) -> None:
        """Forget every schedule."""
        with self._lock:
            self._schedules.clear()

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Injected faults: what kinds there are, and the queue of those that wait for a request."""

from __future__ import annotations

from threading import Lock
from typing import Any, NamedTuple

KINDS: dict[str, dict[str, Any]] = {
    "status": {"status": 500, "body": None, "content_type": "application/json", "headers": {}},
    "html_502": {"headers": {}},
    "html_429": {"headers": {}},
    "truncated_json": {},
    "html_200": {},
    "object_200": {},
    "json_200": {"body": None},
    "reset": {},
    "slow_headers": {"seconds": 1.0},
    "slow_body": {"seconds": 0.2, "chunks": 10},
    "redirect": {"status": 302, "location": None},
    "oversize": {"size": 64 * 1024 * 1024},
}
"""Every kind with its details and their defaults."""


class Fault(NamedTuple):
    """A fault with all its details."""

    kind: str
    organization: str | None
    details: dict[str, Any]


class Faults:
    """The faults that wait, first in first out, each for a number of requests."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []
        self._lock = Lock()

    def add(self, kind: str, times: int, organization: str | None, details: dict[str, Any]) -> None:
        """Queue a fault; ValueError for a kind or a detail that does not exist."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}, known are: {', '.join(KINDS)}")
        unknown = sorted(set(details) - set(KINDS[kind]))
        if unknown:
            raise ValueError(
                f"fault {kind!r} has no {', '.join(unknown)}, it has: {', '.join(KINDS[kind]) or 'nothing'}"
            )
        if times < 1:
            raise ValueError("times must be at least 1")
        with self._lock:
            self._waiting.append((Fault(kind, organization, {**KINDS[kind], **details}), times))

    def take(self, organization: str | None) -> Fault | None:
        """Return the fault for a request of this organization (None: of none), and use it up once."""
        with self._lock:
            for index, (fault, times) in enumerate(self._waiting):
                if fault.organization in (None, organization):
                    self._waiting[index : index + 1] = [(fault, times - 1)] if times > 1 else []
                    return fault
        return None

    def clear(self) -> None:
        """Forget every waiting fault."""
        with self._lock:
            self._waiting.clear()

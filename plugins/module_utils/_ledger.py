# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests that this run sent: when the API logged them, and with which status."""

from __future__ import annotations

import bisect
import threading
from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ._time import parse_http_date

# If `Logged.at` is certain, the time in the API's log differs from it by at most this.
NEAR_SECONDS = 5
# Beyond this, the API's clock and our own contradict each other, and neither can be trusted.
_CONTRADICTION_SECONDS = 60
# Beyond this, a Date header is not a plausible clock reading.
_IMPLAUSIBLE_SECONDS = 3600
# Failures that are retried and that the API counts for the organization. Whether it counts a 401, 403 or 404
# is not documented; it never counts 502, 503 and 504.
_COUNTED_FAILURES = (429, 500)

# Times of requests, in order, by the status of their answers.
Sent = Mapping[int, Sequence[float]]


class Logged(NamedTuple):
    """When the API logged a request, by its own clock in seconds since the epoch, and whether that is certain."""

    at: float
    sure: bool


def logged_at(date: str | None, took: float, now: float) -> Logged:
    """When the API logged a request sent `took` seconds before `now`; its answer, with this Date, began at `now`."""
    said = parse_http_date(date or "")
    if said is None or abs(said - now) > _IMPLAUSIBLE_SECONDS:
        return Logged(now - took, False)
    return Logged(said, took < NEAR_SECONDS and abs(said - now) <= _CONTRADICTION_SECONDS)


class Ledger:
    """The requests sent to each path. Thread-safe; uses 8 bytes per request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: dict[str, dict[int, array[float]]] = {}

    def add(self, path: str, status: int, logged: Logged) -> None:
        """Record a request that the API itself has answered.

        A failure is left out unless its time is certain and the API counts it: subtracting it could hide the
        failure of another client.
        """
        if status >= 400 and not (logged.sure and status in _COUNTED_FAILURES):
            return
        with self._lock:
            bisect.insort(self._sent.setdefault(path, {}).setdefault(status, array("d")), logged.at)

    def since(self, oldest: float) -> dict[str, Sent]:
        """A copy of the requests logged since `oldest`, by path. Older ones are deleted."""
        with self._lock:
            for moments in (one for sent in self._sent.values() for one in sent.values()):
                del moments[: bisect.bisect_left(moments, oldest)]
            return {path: {status: moments[:] for status, moments in sent.items()} for path, sent in self._sent.items()}

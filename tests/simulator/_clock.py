# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clock of the simulation: the real one, unless frozen or moved."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone


class Clock:
    """Epoch seconds that run, stand still or jump; `moved` is called when it was set to another time.

    It runs `ahead` seconds ahead of the host's clock.
    """

    def __init__(self, moved: Callable[[], None] | None = None, ahead: float = 0.0) -> None:
        self._moved = moved
        self._ahead = ahead
        self._offset = ahead
        self._frozen: float | None = None

    def epoch(self) -> float:
        """Return the simulated now in epoch seconds."""
        return time.time() + self._offset if self._frozen is None else self._frozen

    def now(self) -> datetime:
        """Return the simulated now in UTC."""
        return datetime.fromtimestamp(self.epoch(), timezone.utc)

    def freeze(self, when: datetime | None = None) -> None:
        """Stop the clock, at `when` if given (naive means UTC): then every scenario starts over at that time."""
        if when is None:
            self._frozen = self.epoch()
            return
        self._frozen = (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()
        if self._moved:
            self._moved()

    def step(self, seconds: float) -> None:
        """Move the clock by some seconds, frozen or not; the scenarios go on."""
        if self._frozen is None:
            self._offset += seconds
        else:
            self._frozen += seconds

    def run(self) -> None:
        """Let a frozen clock run on from where it stands."""
        if self._frozen is not None:
            self._offset = self._frozen - time.time()
            self._frozen = None

    def real(self) -> None:
        """Go back to the real time, as far as the clock is ahead of it."""
        self._offset = self._ahead
        self._frozen = None

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows of time, on the edges of the intervals that the API counts in. PURE."""

from __future__ import annotations

import math
from typing import NamedTuple

# What the API keeps, and the longest window that it answers.
MAX_WINDOW_SECONDS = 2678400
# A t0 exactly 31 days back is too old by the time it arrives, or when a retry sends it again.
OLDEST_MARGIN_SECONDS = 60


class Window(NamedTuple):
    """What was asked for: seconds since the epoch, None where the API chooses."""

    t0: float | None
    t1: float | None
    interval: int | None


def interval_of(seconds: float) -> int:
    """The width in seconds of the intervals that a window of this length is asked for in."""
    return 120 if seconds <= 86400 else 3600 if seconds <= 7 * 86400 else 14400


def window_until(end: float, seconds: float, now: float, width: int | None = None) -> Window:
    """The `seconds` before `end`, on the edges of intervals of this `width`, or of those that fit such a window.

    The API keeps 31 days: a window that long begins where the API still answers.
    """
    interval = width or interval_of(seconds)
    t1 = math.floor(end / interval) * interval
    oldest = math.ceil((now - MAX_WINDOW_SECONDS + OLDEST_MARGIN_SECONDS) / interval) * interval
    return Window(max(t1 - math.ceil(seconds / interval) * interval, oldest), t1, interval)


def recent_window(minutes: int, settle_seconds: int, now: float) -> Window:
    """The last `minutes` that have settled, as `window_until` has them."""
    return window_until(now - settle_seconds, minutes * 60, now)

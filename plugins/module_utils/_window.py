# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time windows, aligned with the API's intervals. PURE."""

from __future__ import annotations

import math
from typing import NamedTuple

# The API's retention period, which is also its longest window.
MAX_WINDOW_SECONDS = 2678400
# A t0 exactly 31 days back is too old when the request, or a retry of it, arrives.
OLDEST_MARGIN_SECONDS = 60


class Window(NamedTuple):
    """The requested window in seconds since the epoch; None if the API chooses."""

    t0: float | None
    t1: float | None
    interval: int | None


def interval_of(seconds: float) -> int:
    """The interval width in seconds to request for a window of this length."""
    return 120 if seconds <= 86400 else 3600 if seconds <= 7 * 86400 else 14400


def window_until(end: float, seconds: float, now: float, width: int | None = None) -> Window:
    """The `seconds` before `end`, aligned with intervals of this `width`, or of the width that suits the window.

    The API keeps 31 days, so a window of that length starts slightly later, where the API still answers.
    """
    interval = width or interval_of(seconds)
    t1 = math.floor(end / interval) * interval
    oldest = math.ceil((now - MAX_WINDOW_SECONDS + OLDEST_MARGIN_SECONDS) / interval) * interval
    return Window(max(t1 - math.ceil(seconds / interval) * interval, oldest), t1, interval)


def recent_window(minutes: int, settle_seconds: int, now: float) -> Window:
    """The last `minutes` of settled data, aligned as by `window_until`."""
    return window_until(now - settle_seconds, minutes * 60, now)

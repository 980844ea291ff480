# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two request budgets: per organization and per source IP."""

from __future__ import annotations

import math
from collections import deque


class TokenBucket:
    """`rate` tokens a second, holding at most `rate`: twice the rate passes in the first second."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._tokens = rate
        self._at = now

    def take(self, now: float) -> int:
        """Take a token and return 0, or return the whole seconds until there is one."""
        self._tokens = min(self._rate, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0
        return max(1, math.ceil((1 - self._tokens) / self._rate))


class SlidingWindow:
    """At most `rate` requests in any second."""

    def __init__(self, rate: int) -> None:
        self._passed: deque[float] = deque(maxlen=rate)

    def take(self, now: float) -> bool:
        """Return whether a request passes now."""
        if len(self._passed) == self._passed.maxlen and now - self._passed[0] < 1:
            return False
        self._passed.append(now)
        return True

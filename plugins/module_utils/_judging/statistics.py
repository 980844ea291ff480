# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statistics for few or bursty requests: Wilson's bounds, and two tests that compare rates. PURE."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

Z_ONE_SIDED_95 = 1.645
Z_TWO_SIDED_95 = 1.96


def wilson(bad: int, valid: int, z: float) -> tuple[float, float]:
    """Wilson's bounds of a rate, as fractions of 1."""
    rate = bad / valid
    middle = rate + z * z / (2 * valid)
    half = z * math.sqrt(rate * (1 - rate) / valid + z * z / (4 * valid * valid))
    scale = 1 + z * z / valid
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def fisher(bad: int, valid: int, bad_before: int, valid_before: int) -> float:
    """Fisher's exact test, one-sided: the probability of at least `bad` if both had the same rate.

    Counts exactly, in whole numbers. Meant for few bad requests, because its cost grows with them.
    """
    all_bad = bad + bad_before
    ways = sum(math.comb(valid, k) * math.comb(valid_before, all_bad - k) for k in range(bad, min(all_bad, valid) + 1))
    return float(Fraction(ways, math.comb(valid + valid_before, all_bad)))


def clustered_variance(clusters: Sequence[tuple[int, int]]) -> float:
    """The variance of the rate of these (bad, valid) as clusters, `m/(m-1) * sum((k - R*n)^2) / N^2`.

    Requests fail in bursts, so one interval's requests are not independent. Needs at least two clusters.
    """
    bad, valid = (sum(column) for column in zip(*clusters))
    rate = Fraction(bad, valid)
    spread = sum((k - rate * n) ** 2 for k, n in clusters)
    count = len(clusters)
    return float(Fraction(count, count - 1) * spread / valid**2)


def clustered(now: Sequence[tuple[int, int]], before: Sequence[tuple[int, int]]) -> float:
    """The one-sided p-value of the rate `now` being above the rate `before`, intervals as clusters.

    Needs at least two clusters with requests on each side.
    """
    rates = [Fraction(sum(k for k, _n in one), sum(n for _k, n in one)) for one in (now, before)]
    difference = float(rates[0] - rates[1])
    variance = clustered_variance(now) + clustered_variance(before)
    if variance == 0:
        return 0.0 if difference > 0 else 1.0 if difference < 0 else 0.5
    return 0.5 * math.erfc(difference / math.sqrt(2 * variance))

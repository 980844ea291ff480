# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two request budgets, used up."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.simulator import Simulator
from tests.simulator._buckets import SlidingWindow, TokenBucket

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("seconds", "passes"), [(1, 20), (2, 30), (10, 110)])
def test_ten_a_second_and_ten_more_at_first(seconds, passes):
    bucket = TokenBucket(10, 0)
    # Binary fractions, so that no request falls on the wrong side of the second.
    assert sum(bucket.take(tick / 64) == 0 for tick in range(64 * seconds + 1)) == passes


def test_at_most_the_rate_in_any_second():
    window = SlidingWindow(100)
    passed = [at for at in (tick / 512 for tick in range(2048)) if window.take(at)]
    assert all(sum(start <= at < start + 1 for at in passed) <= 100 for start in passed)
    assert len(passed) == 400


def test_an_organization_answers_429_with_retry_after_across_keys(read):
    with Simulator(organizations=2, organization_rps=1) as sim:
        answers = [read(sim, key=key) for key in ("full", "limited") * 3]
        limited = [each for each in answers if each.status_code == 429]
        assert len(limited) >= 2
        assert limited[0].json() == {"errors": ["API rate limit exceeded for organization"]}
        assert limited[0].headers["Retry-After"] == "1"
        assert read(sim, organization=sim.organization_ids[1]).status_code == 200
        time.sleep(1)
        assert read(sim).status_code == 200
        assert [each.status for each in sim.requests].count(429) == len(limited)


def test_a_burst_passes_about_ten(read):
    with Simulator() as sim, ThreadPoolExecutor(30) as pool:
        began = time.monotonic()
        codes = [
            each.status_code for each in pool.map(lambda _: read(sim, {"timespan": 120, "interval": 120}), range(40))
        ]
        most = 11 + 10 * (time.monotonic() - began)
        assert 10 <= codes.count(200) <= most
        assert codes.count(200) + codes.count(429) == 40


def test_a_source_ip_answers_429_without_retry_after_over_all_organizations(read):
    with Simulator(organizations=3, source_ip_rps=2) as sim:
        answers = [read(sim, organization=each) for each in sim.organization_ids]
        assert [each.status_code for each in answers] == [200, 200, 429]
        assert "Retry-After" not in answers[-1].headers
        assert answers[-1].json() == {"errors": ["API rate limit exceeded for source IP"]}


def test_a_429_is_counted(read):
    with Simulator(scenario="idle", organization_rps=1) as sim:
        sim.clock.freeze()
        while read(sim).status_code != 429:
            pass
        sim.clock.step(60)
        time.sleep(1)
        intervals = read(sim, {"timespan": 300, "interval": 120}).json()
        codes = {each["code"]: each["count"] for interval in intervals for each in interval["counts"]}
        assert codes[429] == 1

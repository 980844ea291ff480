# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scenario against the default thresholds of the gate, at any moment of the ten minutes after its start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest

from tests.simulator import SCENARIOS, Simulator

pytestmark = pytest.mark.slow

STARTS = [
    datetime(2026, 5, 4, 0, 0, tzinfo=timezone.utc),
    datetime(2026, 5, 4, 14, 17, 59, tzinfo=timezone.utc),
    datetime(2026, 11, 1, 21, 41, 3, tzinfo=timezone.utc),
]
MOMENTS = [(start, after, settle) for start in STARTS for after in (0, 119, 337, 600) for settle in (120, 180)]


class Seen(NamedTuple):
    """What a gate sees: requests, percents of the whole window, the busiest rps, 5xx and 429 in the last 10 minutes."""

    requests: int
    server_errors: float
    rate_limited: float
    client_errors: float
    busiest_rps: float
    recent_server_errors: float
    recent_rate_limited: float


def share(counts: list[tuple[int, int]], wanted: Callable[[int], bool]) -> float:
    total = sum(number for _code, number in counts)
    return 100 * sum(number for code, number in counts if wanted(code)) / total if total else 0.0


def look(sim: Simulator, read: Callable[..., Any], moment: tuple[datetime, int, int], back: timedelta) -> Seen:
    start, after, settle = moment
    sim.reset()
    sim.clock.freeze(start)
    sim.clock.step(after)
    end = int(sim.clock.now().timestamp() - settle - back.total_seconds()) // 120 * 120
    intervals = read(sim, {"t0": end - 3600, "t1": end, "interval": 120}).json()
    assert len(intervals) == 30
    per_interval = [[(each["code"], each["count"]) for each in interval["counts"]] for interval in intervals]
    window, recent = ([pair for counts in part for pair in counts] for part in (per_interval, per_interval[-5:]))
    return Seen(
        sum(number for _code, number in window),
        share(window, lambda code: code >= 500),
        share(window, lambda code: code == 429),
        share(window, lambda code: 400 <= code < 500 and code != 429),
        max(sum(number for _code, number in counts) for counts in per_interval) / 120,
        share(recent, lambda code: code >= 500),
        share(recent, lambda code: code == 429),
    )


@pytest.fixture(scope="module", params=[1, 2])
def views(request, read):
    """Return a function from a scenario to all that a gate may see of it; the parameter is the seed."""

    def function(name, back=timedelta(0)):
        with Simulator(scenario=name, seed=request.param) as sim:
            return [look(sim, read, moment, back) for moment in MOMENTS]

    return function


def test_healthy_passes_every_check(views):
    for seen in views("healthy"):
        assert 2000 < seen.requests < 8000
        assert 0 < seen.server_errors < 0.8
        assert seen.rate_limited == 0
        assert 0.5 < seen.client_errors < 5
        assert 2 < seen.busiest_rps < 6


def test_degraded_fails_on_server_errors_still(views):
    for seen in views("degraded"):
        assert seen.server_errors > 5.5
        assert seen.recent_server_errors > 25
        assert seen.rate_limited == 0
        assert seen.busiest_rps < 8


def test_recovering_is_over_but_in_the_window(views):
    for seen in views("recovering"):
        assert seen.server_errors > 6
        assert seen.recent_server_errors < 1
        assert seen.busiest_rps < 8


def test_throttled_fails_on_429_and_utilization(views):
    for seen in views("throttled"):
        assert seen.rate_limited > 10
        assert seen.recent_rate_limited > 10
        assert seen.server_errors < 0.8
        assert 9.5 < seen.busiest_rps < 10


def test_busy_warns_on_utilization_only(views):
    for seen in views("busy"):
        assert 8.1 < seen.busiest_rps < 9.4
        assert seen.rate_limited == 0
        assert seen.server_errors < 0.8


def test_polled_fails_on_429_only(views):
    for seen in views("polled"):
        assert 18 < seen.rate_limited < 22
        assert seen.recent_rate_limited > 15
        assert seen.server_errors < 0.8
        assert seen.busiest_rps < 8


def test_polled_is_healthy_but_for_another_gate(read):
    operation = "getOrganizationApiRequestsOverviewResponseCodesByInterval"
    query = {"timespan": 3600, "interval": 3600}
    with Simulator(scenario="polled") as sim:
        other = read(sim, {**query, "operationIds[]": operation, "userAgent": "OtherGate"}).json()
        everybody = read(sim, {**query, "userAgent": "Example"}).json()
    codes = [
        {each["code"]: each["count"] for interval in part for each in interval["counts"]} for part in (other, everybody)
    ]
    assert set(codes[0]) == {200, 429}
    assert 0.75 < codes[0][429] / sum(codes[0].values()) < 0.85
    assert codes[1][429] == codes[0][429]


def test_quiet_is_little_and_good(views):
    for seen in views("quiet"):
        assert 20 <= seen.requests <= 60
        assert (seen.server_errors, seen.rate_limited, seen.client_errors) == (0, 0, 0)


def test_idle_is_nothing(views):
    assert {seen.requests for seen in views("idle")} == {0}


def test_incident_at_baseline_is_healthy_now_and_was_not_a_week_ago(views):
    for seen in views("incident_at_baseline"):
        assert seen.server_errors < 0.8
    for seen in views("incident_at_baseline", timedelta(days=7)):
        assert seen.server_errors > 25


def test_healthy_has_several_callers(read):
    with Simulator() as sim:
        assert all(
            sum(each["count"] for interval in read(sim, {"userAgent": agent}).json() for each in interval["counts"]) > 0
            for agent in ("InventorySync", "WirelessMonitor", "ChangeRunner", "NightlyReport")
        )


class TestChoice:
    """Which organization plays which scenario."""

    def test_names_accept_hyphens(self):
        sim = Simulator(scenario="Incident-at-baseline")
        assert sim.scenario_of(sim.organization_ids[0]) == "incident_at_baseline"

    def test_an_unknown_name_lists_the_known_ones(self):
        with pytest.raises(ValueError, match=r"unknown scenario 'x', known are: busy, degraded, healthy"):
            Simulator(scenario="x")

    def test_a_list_is_cycled(self):
        sim = Simulator(organizations=5, scenarios=["healthy", "idle"])
        names = [sim.scenario_of(each) for each in sim.organization_ids]
        assert names == ["healthy", "idle", "healthy", "idle", "healthy"]

    def test_a_mapping_sets_some(self):
        first, second = Simulator(organizations=2).organization_ids
        sim = Simulator(organizations=2, scenario="quiet", scenarios={second: "busy"})
        assert [sim.scenario_of(each) for each in (first, second)] == ["quiet", "busy"]

    def test_an_unknown_organization_is_refused(self):
        with pytest.raises(ValueError, match="no such organization: '1'"):
            Simulator(scenarios={"1": "busy"})

    def test_it_can_change_and_reset_brings_it_back(self, read):
        with Simulator(scenario="idle") as sim:
            organization = sim.organization_ids[0]
            query = {"timespan": 3600, "interval": 3600, "userAgent": "Example"}
            assert not any(each["counts"] for each in read(sim, query).json())
            sim.scenario_of(organization, "busy")
            assert any(each["counts"] for each in read(sim, query).json())
            sim.reset()
            assert sim.scenario_of(organization) == "idle"

    def test_all_are_tested_here(self):
        tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
        assert all(any(each.startswith(name) for each in tested) for name in SCENARIOS)

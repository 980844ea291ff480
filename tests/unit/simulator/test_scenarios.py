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


def intervals(
    sim: Simulator, read: Callable[..., Any], moment: tuple[datetime, int, int], back: timedelta
) -> list[list[tuple[int, int]]]:
    """The codes and numbers of each of the thirty intervals that a gate sees."""
    start, after, settle = moment
    sim.reset()
    sim.clock.freeze(start)
    sim.clock.step(after)
    end = int(sim.clock.now().timestamp() - settle - back.total_seconds()) // 120 * 120
    answer = read(sim, {"t0": end - 3600, "t1": end, "interval": 120}).json()
    assert len(answer) == 30
    return [[(each["code"], each["count"]) for each in interval["counts"]] for interval in answer]


def look(sim: Simulator, read: Callable[..., Any], moment: tuple[datetime, int, int], back: timedelta) -> Seen:
    per_interval = intervals(sim, read, moment, back)
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


def test_edge_outage_leaves_next_to_nothing_and_all_of_it_good(read):
    for seed in (1, 2):
        with Simulator(scenario="edge_outage", seed=seed) as sim:
            for moment in MOMENTS:
                per_interval = intervals(sim, read, moment, timedelta(0))
                # The settled window reaches to some four minutes before now, and the outage began 14 before the start.
                after = (moment[1] - moment[2]) // 60
                last = [pair for counts in per_interval[-((12 + after) // 2) :] for pair in counts]
                before = [pair for counts in per_interval[: 22 - after // 2] for pair in counts]
                assert {code for code, _number in last} <= {200, 201, 204}
                assert sum(number for _code, number in last) / (12 + after) < 1
                assert sum(number for _code, number in before) / (44 - after) > 40


def test_sparse_is_a_few_an_hour(views):
    found = views("sparse")
    assert {seen.server_errors + seen.rate_limited + seen.client_errors for seen in found} == {0}
    assert all(0 < seen.requests < 16 for seen in found)
    assert 3 < sum(seen.requests for seen in found) / len(found) < 10


def hourly(sim, read, start, days):
    """The requests of each hour of these days before `start`."""
    sim.clock.freeze(start)
    window = {"t0": int(start.timestamp()) - days * 86400, "t1": int(start.timestamp()), "interval": 3600}
    return [sum(each["count"] for each in interval["counts"]) for interval in read(sim, window).json()]


def test_day_and_night_repeats_every_week(read):
    # A Monday, 00:00Z.
    with Simulator(scenario="day_and_night") as sim:
        hours = hourly(sim, read, STARTS[0], 28)
    assert len(hours) == 28 * 24
    weeks = [hours[week * 168 : (week + 1) * 168] for week in range(4)]
    for week in weeks:
        by_day, by_night = week[6], week[18]
        assert 5 < by_day / by_night < 12
        saturday = week[5 * 24 + 6]
        assert 0.5 < saturday / by_day < 0.7
        assert min(week) > 100
    assert all(max(same) < 1.3 * min(same) for same in zip(*weeks, strict=True))


def test_day_and_night_passes_every_check(views):
    for seen in views("day_and_night"):
        assert seen.requests > 100
        assert seen.server_errors < 0.8
        assert seen.rate_limited == 0
        assert seen.busiest_rps < 6


def test_below_usual_is_so_for_the_whole_window(views):
    for seen, then in zip(views("below_usual"), views("day_and_night"), strict=True):
        assert 0 < seen.requests < 0.15 * then.requests
        assert seen.server_errors < 2
    for seen, then in zip(
        views("below_usual", timedelta(days=7)), views("day_and_night", timedelta(days=7)), strict=True
    ):
        assert seen == then


def test_twin_polled_is_quiet_but_for_another_run_of_this_collection(read, views):
    for seen in views("twin_polled"):
        # Two in each interval, beside what is quiet.
        assert 60 + 20 <= seen.requests <= 60 + 60
        assert (seen.server_errors, seen.rate_limited, seen.client_errors) == (0, 0, 0)
    operation = "getOrganizationApiRequestsOverviewResponseCodesByInterval"
    query = {"t0": "2026-05-04T12:00:00Z", "t1": "2026-05-04T13:00:00Z", "interval": 3600}
    with Simulator(scenario="twin_polled") as sim:
        sim.clock.freeze(STARTS[1])
        agent = {"userAgent": "ApiHealthMeraki/0.1 AnsibleCollection", "operationIds[]": operation}
        (twin,) = read(sim, {**query, **agent}).json()
        assert twin["counts"] == [{"code": 200, "count": 60}]


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
        with pytest.raises(ValueError, match=r"unknown scenario 'x', known are: below_usual, busy, day_and_night"):
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

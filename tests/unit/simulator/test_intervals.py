# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of the answer, its knobs, and the lag of the newest counts."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from tests.simulator import Simulator
from tests.simulator._contract import mismatch

NOW = datetime(2026, 5, 4, 14, 3, 30, tzinfo=timezone.utc)
HOUR = {"timespan": 3600, "interval": 120}


def parse(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def total(intervals: list[dict[str, Any]]) -> int:
    return sum(each["count"] for interval in intervals for each in interval["counts"])


@pytest.mark.parametrize("width", [120, 3600, 14400, 21600])
def test_intervals_are_aligned_contiguous_and_cover_the_window(sim, read, width):
    sim.clock.freeze(NOW)
    intervals = read(sim, {"timespan": 2 * 86400, "interval": width}).json()
    starts = [parse(each["startTs"]).timestamp() for each in intervals]
    ends = [parse(each["endTs"]).timestamp() for each in intervals]
    assert all(start % width == 0 for start in starts)
    assert ends == [start + width for start in starts]
    assert starts[1:] == ends[:-1]
    assert starts[0] <= NOW.timestamp() - 2 * 86400 < ends[0]
    assert starts[-1] < NOW.timestamp() <= ends[-1]


def test_the_same_requests_whatever_the_width(sim, read):
    sim.clock.freeze(NOW)
    window = {"t0": "2026-05-03T00:00:00Z", "t1": "2026-05-04T00:00:00Z"}
    totals = {total(read(sim, {**window, "interval": width}).json()) for width in (120, 3600, 14400, 21600)}
    assert len(totals) == 1


def test_codes_are_sparse_and_sorted(sim, read):
    intervals = read(sim, HOUR).json()
    codes = [[each["code"] for each in interval["counts"]] for interval in intervals]
    assert all(each == sorted(set(each)) for each in codes)
    assert all(each["count"] > 0 for interval in intervals for each in interval["counts"])
    assert len({tuple(each) for each in codes}) > 1


def test_the_newest_counts_grow_until_the_lag_is_over(sim, read):
    sim.clock.freeze(datetime(2026, 5, 4, 14, 2, tzinfo=timezone.utc))
    window = {"t0": "2026-05-04T14:00:00Z", "t1": "2026-05-04T14:02:00Z", "interval": 120}
    seen = []
    for _step in range(5):
        response = read(sim, {**window, "userAgent": "Example"})  # not this test's own calls
        seen.append(total(response.json()))
        sim.clock.step(20)
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[1] < seen[2] < seen[3] == seen[4]


def test_nothing_is_visible_inside_the_lag(read):
    with Simulator(lag_seconds=600) as sim:
        sim.clock.freeze(datetime(2026, 5, 4, 14, 0, tzinfo=timezone.utc))
        intervals = read(sim, HOUR).json()
        assert [bool(each["counts"]) for each in intervals] == [True] * 25 + [False] * 5


def test_idle_intervals_have_empty_counts(read):
    with Simulator(scenario="idle") as sim:
        intervals = read(sim, HOUR).json()
        assert len(intervals) in (30, 31)
        assert all(each["counts"] == [] for each in intervals)


def test_idle_intervals_can_be_omitted(read):
    with Simulator(scenarios=["idle", "quiet"], organizations=2, idle="omitted") as sim:
        assert read(sim, HOUR).json() == []
        some = read(sim, {"timespan": 86400, "interval": 120}, sim.organization_ids[1]).json()
        assert 0 < len(some) < 720


def test_the_list_can_be_empty(read):
    with Simulator(empty=True) as sim:
        assert read(sim, HOUR).json() == []


def test_the_order_can_be_shuffled(read):
    with Simulator(shuffle=True) as sim:
        starts = [each["startTs"] for each in read(sim, HOUR).json()]
        assert starts != sorted(starts)
        assert len(set(starts)) == len(starts) >= 30


def test_times_can_have_microseconds(read):
    with Simulator(microseconds=True) as sim:
        assert all(each["startTs"].endswith(".000000Z") for each in read(sim, HOUR).json())


def test_another_width_can_come_back(read):
    with Simulator(effective_interval=3600) as sim:
        for each in read(sim, HOUR).json():
            assert (parse(each["endTs"]) - parse(each["startTs"])).total_seconds() == 3600


@pytest.mark.parametrize(
    "knobs", [{"idle": "maybe"}, {"effective_interval": 100}, {"organizations": 0}, {"page_size": 0}]
)
def test_impossible_knobs_are_refused(knobs):
    with pytest.raises(ValueError, match=next(iter(knobs))):
        Simulator(**knobs)


@pytest.mark.slow
def test_31_days_at_120_seconds_come_in_one_body(sim, read):
    sim.clock.freeze(datetime(2026, 5, 4, 14, 0, tzinfo=timezone.utc))
    response = read(sim, {"timespan": 31 * 86400, "interval": 120})
    assert len(response.json()) == 22320
    assert 3_000_000 < len(response.content) < 6_000_000


def test_the_answer_is_a_function_of_the_seed(read):
    def answer(seed: int) -> list[Any]:
        with Simulator(seed=seed, organizations=2) as sim:
            sim.clock.freeze(NOW)
            return [read(sim, HOUR, each).json() for each in sim.organization_ids]

    assert answer(7) == answer(7)
    assert answer(7) != answer(8)
    assert answer(7)[0] != answer(7)[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        ["text"],
        [{"startTs": "2026-05-04T14:00:00Z", "endTs": "2026-05-04T14:02:00Z"}],
        [{"startTs": "yesterday", "endTs": "2026-05-04T14:02:00Z", "counts": []}],
        [{"startTs": "2026-05-04T14:00:00Z", "endTs": "2026-05-04T14:02:00Z", "counts": [{"code": "200", "count": 1}]}],
        [{"startTs": "2026-05-04T14:00:00Z", "endTs": "2026-05-04T14:02:00Z", "counts": [{"code": 200}]}],
    ],
)
def test_the_contract_is_checked(wrong):
    assert mismatch(wrong)
    assert mismatch([]) is None


def test_a_broken_contract_is_a_loud_failure_of_the_simulator(sim, read, monkeypatch, capfd):
    monkeypatch.setattr(sim._state, "response_codes", lambda *_: [{"startTs": "now"}])
    response = read(sim, HOUR)
    assert response.status_code == 500
    assert "simulator bug" in json.dumps(response.json())
    assert "simulator bug" in capfd.readouterr().err


def test_a_thousand_organizations_answer(read):
    with (
        Simulator(organizations=1000, source_ip_rps=None, scenarios=["healthy", "idle"]) as sim,
        requests.Session() as s,
    ):
        for organization in sim.organization_ids[::50]:
            url = f"{sim.base_url}/organizations/{organization}/apiRequests/overview/responseCodes/byInterval"
            response = s.get(url, params=HOUR, headers={"Authorization": f"Bearer {sim.key}"}, timeout=30)
            assert response.status_code == 200

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clock, the record of requests, and the control path for other processes."""

from __future__ import annotations

import math
import threading
import time
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.simulator import Simulator

QUERY = "timespan=60&operationIds%5B%5D=a%2Cb&userAgent=c+d"  # quotes that a parser would undo
NOW = datetime(2026, 5, 4, 14, 0, tzinfo=timezone.utc)


def test_the_clock_runs_freezes_steps_and_runs_on(sim):
    assert abs(sim.clock.now() - datetime.now(timezone.utc)) < timedelta(seconds=5)
    sim.clock.freeze(NOW)
    sim.clock.step(90)
    assert sim.clock.now() == NOW + timedelta(seconds=90)
    sim.clock.run()
    assert timedelta(seconds=90) <= sim.clock.now() - NOW < timedelta(seconds=95)
    sim.clock.step(-90)
    assert sim.clock.now() - NOW < timedelta(seconds=5)


def test_freezing_at_a_naive_time_means_utc(sim):
    sim.clock.freeze(NOW.replace(tzinfo=None))
    assert sim.clock.now() == NOW


def test_a_request_is_recorded(sim, read):
    sim.clock.freeze(NOW)
    read(sim, QUERY, headers={"User-Agent": "ApiHealth/1.0 Example"})
    (seen,) = sim.requests
    assert (seen.method, seen.query, seen.status, seen.key) == ("GET", QUERY, 200, "full")
    assert seen.path.startswith("/api/v1/organizations/")
    assert seen.organization == sim.organization_ids[0]
    assert seen.headers["User-Agent"] == "ApiHealth/1.0 Example"
    assert seen.at == NOW.timestamp()


def test_an_answer_is_dated_by_the_simulated_clock(sim, read):
    sim.clock.freeze(NOW)
    assert read(sim).headers["Date"] == "Mon, 04 May 2026 14:00:00 GMT"
    sim.clock.step(90)
    sim.add_fault("status", status=500)
    assert read(sim).headers["Date"] == "Mon, 04 May 2026 14:01:30 GMT"


def test_reset_forgets(sim, read):
    sim.clock.freeze(NOW)
    sim.add_fault("html_502")
    read(sim)
    sim.add_fault("html_502")
    sim.reset()
    assert sim.requests == []
    assert abs(sim.clock.now() - datetime.now(timezone.utc)) < timedelta(seconds=5)
    assert read(sim).status_code == 200


class TestClockAhead:
    """A controller whose clock is wrong, as it sees the API."""

    @pytest.mark.parametrize("ahead", [1200, -1200])
    def test_everything_is_dated_by_the_clock_of_the_api(self, read, ahead):
        with Simulator(clock_ahead_seconds=ahead) as sim:
            answer = read(sim, {"timespan": 3600, "interval": 120})
            apart = parsedate_to_datetime(answer.headers["Date"]) - datetime.now(timezone.utc)
            assert abs(apart - timedelta(seconds=ahead)) < timedelta(seconds=5)
            newest = datetime.fromisoformat(answer.json()[-1]["endTs"].replace("Z", "+00:00"))
            assert timedelta(seconds=-5) < newest - datetime.now(timezone.utc) - apart <= timedelta(seconds=125)
            sim.reset()
            assert sim.clock.now() - datetime.now(timezone.utc) > timedelta(seconds=ahead - 5)
            sim.clock.freeze(NOW)
            assert sim.clock.now() == NOW

    def test_a_slow_controller_does_not_see_what_happens_now(self, read):
        with Simulator(scenario="degraded", clock_ahead_seconds=1200) as sim:
            failed = []
            for now in (time.time(), sim.clock.epoch()):
                window = {"t0": int(now) - 3600, "t1": int(now) - 120, "interval": 120}
                counts = [each for one in read(sim, window).json() for each in one["counts"] if each["code"] == 500]
                failed.append(sum(each["count"] for each in counts))
            assert failed[1] > 20 * failed[0]

    @pytest.mark.parametrize("ahead", [math.inf, math.nan])
    def test_it_is_a_number(self, ahead):
        with pytest.raises(ValueError, match="clock_ahead_seconds"):
            Simulator(clock_ahead_seconds=ahead)


class TestHttp:
    """The same from outside the process."""

    def post(self, sim: Simulator, what: str, data: Any) -> requests.Response:
        return requests.post(f"{sim.origin}/simulator/{what}", json=data, timeout=5)

    def test_requests(self, sim, read):
        read(sim, {"timespan": 60})
        (seen,) = requests.get(f"{sim.origin}/simulator/requests", timeout=5).json()
        assert (seen["status"], seen["query"], seen["key"]) == (200, "timespan=60", "full")

    def test_faults(self, sim, read):
        data = {"kind": "status", "times": 2, "status": 503, "organization": sim.organization_ids[1]}
        assert self.post(sim, "faults", data).status_code == 200
        assert [read(sim, organization=each).status_code for each in sim.organization_ids[:2]] == [200, 503]

    def test_clock(self, sim):
        data = {"freeze": "2026-05-04T14:00:00Z", "step": 30}
        assert self.post(sim, "clock", data).json() == {"now": "2026-05-04T14:00:30Z"}
        assert sim.clock.now() == NOW + timedelta(seconds=30)

    def test_scenario(self, sim):
        assert self.post(sim, "scenario", {"name": "degraded"}).json()["scenario"] == "degraded"
        assert sim.scenario_of(sim.organization_ids[0]) == "degraded"

    def test_reset(self, sim, read):
        read(sim)
        assert self.post(sim, "reset", {}).status_code == 200
        assert sim.requests == []

    @pytest.mark.parametrize(
        ("what", "data"),
        [
            ("faults", {}),
            ("faults", {"kind": "x"}),
            ("faults", []),
            ("clock", {"freeze": "soon"}),
            ("scenario", {"name": "x"}),
            ("scenario", {"organization": "1", "name": "busy"}),
        ],
    )
    def test_refuses(self, sim, what, data):
        response = self.post(sim, what, data)
        assert response.status_code == 400
        assert response.json()["errors"]


def test_it_stops_and_starts_again(read):
    sim = Simulator()
    for _round in range(2):
        with sim:
            assert read(sim).status_code == 200
            url = sim.base_url
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=5)
    assert not sim.running


def test_a_slow_answer_does_not_hold_up_the_end(read):
    with Simulator() as sim:
        sim.add_fault("slow_headers", seconds=60)
        thread = threading.Thread(target=lambda: pytest.raises(requests.ConnectionError, read, sim))
        thread.start()
        while not sim.requests:
            pass
    thread.join(5)
    assert not thread.is_alive()


def test_a_taken_port_is_an_error():
    with Simulator() as sim, pytest.raises(OSError, match="in use"):
        Simulator(port=sim.port).start()

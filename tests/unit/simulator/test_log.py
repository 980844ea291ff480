# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request log: its rows, its pages, its filters, and that it has what the counts count."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.simulator import Simulator
from tests.simulator._contract import REQUESTS, mismatch
from tests.unit.simulator.conftest import counted

NOW = datetime(2026, 5, 4, 14, 0, 50, tzinfo=timezone.utc)
HOUR = {"t0": "2026-05-04T12:00:00Z", "t1": "2026-05-04T13:00:00Z"}
MINUTES = {"t0": "2026-05-04T13:30:00Z", "t1": "2026-05-04T13:34:00Z"}
OPERATION = "getOrganizationApiRequests"
Pages = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _frozen(sim):
    sim.clock.freeze(NOW)


def links(response: requests.Response) -> dict[str, dict[str, str]]:
    """Return the query of each address in the header Link."""
    return {name: dict(parse_qsl(urlsplit(each["url"]).query)) for name, each in response.links.items()}


@pytest.fixture(scope="module")
def whole(read_log) -> Pages:
    """Return a function that reads all pages, each at the address that the one before names."""

    def pages(sim: Simulator, params: dict[str, Any], **given: Any) -> Iterator[list[dict[str, Any]]]:
        response = read_log(sim, {"perPage": 1000, **params}, **given)
        while True:
            assert response.status_code == 200, response.text
            yield response.json()
            if "next" not in response.links:
                return
            headers = {"Authorization": f"Bearer {sim.key}"}
            response = requests.get(response.links["next"]["url"], headers=headers, timeout=30)

    return lambda sim, params, **given: [row for page in pages(sim, params, **given) for row in page]


class TestRows:
    def test_what_a_request_is(self, sim, read_log):
        rows = read_log(sim, HOUR).json()
        assert len(rows) == 50
        assert mismatch(rows, REQUESTS) is None
        assert {row["method"] for row in rows} <= {"GET", "PUT", "POST", "DELETE"}
        assert {row["host"] for row in rows} == {"api.meraki.com"}
        (devices,) = {row["path"] for row in rows if row["operationId"] == "getOrganizationDevices"}
        assert devices == f"/api/v1/organizations/{sim.organization_ids[0]}/devices"

    def test_newest_first(self, sim, whole):
        times = [row["ts"] for row in whole(sim, HOUR)]
        assert times == sorted(times, reverse=True)
        assert times[0] < "2026-05-04T13:00:00"
        assert times[-1] > "2026-05-04T12:00:00"

    def test_the_versions_have_paths_of_their_own(self, sim, read_log):
        for version in (0, 1):
            rows = read_log(sim, {**HOUR, "version": version}).json()
            assert {(row["version"], row["path"][:8]) for row in rows} == {(version, f"/api/v{version}/")}

    def test_the_default_is_31_days(self, sim, read_log):
        last = read_log(sim, {"perPage": 3, "endingBefore": "0"}).json()
        assert {row["ts"][:13] for row in last} == {"2026-04-03T14"}

    def test_own_requests_are_in_it(self, sim, read, read_log):
        agent = {"User-Agent": "ApiHealth/1.0 Example"}
        read(sim, "interval=120", headers=agent)
        read_log(sim, "perPage=2", headers=agent)
        sim.add_fault("status", status=502)
        read_log(sim, headers=agent)
        read_log(sim, key="someone-else", headers=agent)
        sim.clock.step(60)
        found = read_log(sim, {"userAgent": "ApiHealth", "timespan": 3600}).json()
        assert [(row["operationId"], row["responseCode"], row["queryString"]) for row in found] == [
            (OPERATION, 400, "perPage=2"),
            ("getOrganizationApiRequestsOverviewResponseCodesByInterval", 200, "interval=120"),
        ]
        path = f"/api/v1/organizations/{sim.organization_ids[0]}/apiRequests"
        assert [row["path"] for row in found] == [path, f"{path}/overview/responseCodes/byInterval"]
        assert read_log(sim, {"userAgent": "ApiHealth", "timespan": 3600}, sim.organization_ids[1]).json() == []

    def test_the_newest_are_missing(self, sim, read_log):
        (newest, *_rest) = read_log(sim, {"timespan": 600}).json()
        assert "2026-05-04T13:59:00" < newest["ts"] <= "2026-05-04T13:59:50.000000Z"

    def test_a_lag_of_its_own(self, read_log):
        with Simulator(log_lag_seconds=600) as sim:
            sim.clock.freeze(NOW)
            (newest, *_rest) = read_log(sim, {"timespan": 1200}).json()
            assert "2026-05-04T13:50:00" < newest["ts"] <= "2026-05-04T13:50:50.000000Z"

    def test_a_broken_contract_is_a_loud_failure_of_the_simulator(self, sim, read_log, monkeypatch, capfd):
        monkeypatch.setattr("tests.simulator._state._row", lambda *_: {"ts": "now"})
        response = read_log(sim, HOUR)
        assert response.status_code == 500
        assert "simulator bug" in json.dumps(response.json())
        assert "simulator bug" in capfd.readouterr().err


class TestPages:
    @pytest.mark.slow
    @pytest.mark.parametrize("size", [6, 100])
    def test_they_are_the_log(self, sim, whole, size):
        all_at_once = whole(sim, MINUTES)
        assert len(all_at_once) > 200
        assert whole(sim, {**MINUTES, "perPage": size}) == all_at_once

    def test_back_again(self, sim, read_log):
        first = read_log(sim, {**MINUTES, "perPage": 10})
        second = read_log(sim, links(first)["next"])
        assert first.json() != second.json()
        assert read_log(sim, links(second)["prev"]).json() == first.json()
        assert read_log(sim, links(second)["first"]).json() == first.json()

    def test_the_last_one(self, sim, read_log, whole):
        log = whole(sim, MINUTES)
        last = read_log(sim, links(read_log(sim, {**MINUTES, "perPage": 10}))["last"])
        assert last.json() == log[-10:]
        assert set(last.links) == {"first", "prev", "last"}
        assert read_log(sim, links(last)["prev"]).json() == log[-20:-10]

    def test_addresses_keep_what_was_asked(self, sim, read_log):
        asked = {**MINUTES, "perPage": "5", "operationIds[]": "getOrganizationDevices", "version": "1"}
        answer = read_log(sim, asked)
        assert set(answer.links) == {"first", "next", "last"}
        for each in links(answer).values():
            (token,) = set(each) & {"startingAfter", "endingBefore"}
            assert each == {**asked, token: each[token]}
        assert answer.headers["Link"].count("; rel=") == 3
        assert '"' not in answer.headers["Link"]

    def test_one_page_has_no_other(self, sim, read_log):
        answer = read_log(sim, {**MINUTES, "perPage": 1000, "operationIds[]": "createNetworkGroupPolicy"})
        assert 3 < len(answer.json()) < 1000
        assert set(answer.links) == {"first", "last"}

    def test_nothing(self, sim, read_log):
        answer = read_log(sim, {**MINUTES, "userAgent": "nobody"})
        assert (answer.json(), set(answer.links)) == ([], {"first", "last"})

    def test_requests_that_arrive_meanwhile_are_on_no_later_page(self, sim, read_log):
        first = read_log(sim, {"timespan": 3600, "perPage": 10})
        sim.clock.step(30)
        second = read_log(sim, links(first)["next"])
        assert second.json()[0]["ts"] <= first.json()[-1]["ts"]

    def test_fewer_than_asked(self, read_log):
        with Simulator(page_size=4) as sim:
            sim.clock.freeze(NOW)
            assert len(read_log(sim, {**MINUTES, "perPage": 100}).json()) == 4


# What narrows the log, and what narrows the counts to the same.
FILTERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "operation": ({"operationIds[]": "getNetworkClients"}, {"operationIds[]": "getNetworkClients"}),
    "operations": (
        {"operationIds[]": ["getOrganizationDevices", "updateDeviceSwitchPort"]},
        {"operationIds[]": ["getOrganizationDevices", "updateDeviceSwitchPort"]},
    ),
    "address": ({"sourceIp": "192.0.2.10"}, {"sourceIps[]": "192.0.2.10"}),
    "admin": ({"adminId": "646829496481200103"}, {"adminIds[]": "646829496481200103"}),
    "agent": ({"userAgent": "Wireless"}, {"userAgent": "Wireless"}),
    "version": ({"version": 0}, {"version": 0}),
    "both": ({"sourceIp": "198.51.100.7", "version": 1}, {"sourceIps[]": "198.51.100.7", "version": 1}),
    "nobody": ({"adminId": "1"}, {"adminIds[]": "1"}),
}


@pytest.fixture(
    scope="module",
    params=enumerate(["healthy", "degraded", "recovering", "throttled", "polled", "twin_polled", "sparse"]),
    ids=lambda one: one[1],
)
def seeded(request):
    """Return a simulator of a scenario and a seed of its own."""
    seed, scenario = request.param
    with Simulator(seed=seed, scenario=scenario, organization_rps=None, source_ip_rps=None) as sim:
        yield sim


@pytest.mark.slow
class TestTheCountsAgree:
    @pytest.mark.parametrize("name", FILTERS)
    @pytest.mark.parametrize("window", [MINUTES, {"t0": "2026-05-04T13:56:00Z"}], ids=["whole", "growing"])
    def test_for_each_filter(self, seeded, read, whole, name, window):
        seeded.clock.freeze(NOW)
        of_log, of_counts = FILTERS[name]
        rows = whole(seeded, {**window, **of_log})
        counts = counted(read(seeded, {**window, **of_counts, "interval": 120}))
        assert Counter(row["responseCode"] for row in rows) == counts
        for code in counts:
            assert len(whole(seeded, {**window, **of_log, "responseCode": code})) == counts[code]

    def test_by_method_and_path(self, seeded, whole):
        seeded.clock.freeze(NOW)
        log = whole(seeded, MINUTES)
        for name in ("method", "path"):
            for value in {row[name] for row in log}:
                assert whole(seeded, {**MINUTES, name: value}) == [row for row in log if row[name] == value]

    def test_where_filters_are_dropped(self, read, whole):
        with Simulator(ignore_filters=True) as sim:
            sim.clock.freeze(NOW)
            assert whole(sim, {**MINUTES, "adminId": "1"}) == whole(sim, MINUTES)

    def test_where_there_is_nothing(self, read_log):
        with Simulator(empty=True) as sim:
            read_log(sim)
            sim.clock.step(120)
            assert read_log(sim).json() == []


class TestRefused:
    @pytest.mark.parametrize(
        ("query", "error"),
        [
            ("perPage=2", "'perPage' must be an integer from 3 to 1000"),
            ("perPage=1001", "'perPage' must be an integer from 3 to 1000"),
            ("perPage=all", "'perPage' must be an integer from 3 to 1000"),
            ("method=PATCH", "'method' must be one of: DELETE, GET, POST, PUT"),
            ("responseCode=4xx", "'responseCode' must be an integer"),
            ("version=2", "'version' must be one of: 0, 1"),
            ("operationIds=a", "'operationIds' must be an array"),
            ("startingAfter=yesterday", "'startingAfter' is not a token of a page"),
            ("endingBefore=yesterday", "'endingBefore' is not a token of a page"),
            ("timespan=2678401", "'timespan' must be greater than 0 and at most 2678400 seconds"),
            ("t0=2026-04-03T14:00:49Z", "'t0' must be within the last 31 days"),
            (
                "t0=2026-05-01T00:00:00Z&t1=2026-06-02T00:00:00Z",
                "'t1' must be at most 31 days after 't0'",
            ),
        ],
    )
    def test_400(self, sim, read_log, query, error):
        response = read_log(sim, query)
        assert (response.status_code, response.json()) == (400, {"errors": [error]})

    def test_every_problem_at_once(self, sim, read_log):
        query = "timespan=0&t0=x&perPage=0&method=x&responseCode=x&version=7&operationIds=a"
        answer = read_log(sim, f"{query}&startingAfter=x&endingBefore=x")
        assert len(answer.json()["errors"]) == 10

    def test_lists_of_the_counts_filter_nothing(self, sim, read_log):
        asked = {**HOUR, "adminIds[]": "nobody", "sourceIps": "x"}
        assert read_log(sim, asked).json() == read_log(sim, HOUR).json()

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            ({"key": None}, 401),
            ({"key": "expired"}, 401),
            ({"key": "no_scope"}, 403),
            ({"organization": "1"}, 404),
            ({"organization": Simulator.api_disabled_organization}, 404),
        ],
    )
    def test_who_may_not(self, sim, read_log, given, status):
        assert read_log(sim, **given).status_code == status

    def test_its_requests_use_up_the_rate_limit(self, read, read_log):
        with Simulator() as sim:
            answers = [each(sim, {"timespan": 120}) for each in [read, read_log] * 15]
        assert {answer.status_code for answer in answers[:10]} == {200}
        assert 429 in {answer.status_code for answer in answers}

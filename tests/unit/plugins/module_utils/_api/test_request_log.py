# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request log over real HTTP: its pages, what is no log, and a log as a part of another job."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
import requests

from ansible_collections.apihealth.meraki.plugins.module_utils._api import query as _query
from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import Client, Request
from ansible_collections.apihealth.meraki.plugins.module_utils._api.fleet import Deadline, for_each
from ansible_collections.apihealth.meraki.plugins.module_utils._api.request_log import (
    LogEntry,
    parse_page,
    read_log,
    read_requests,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._asked import Pages, Query
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import (
    ApiHealthError,
    MalformedAnswer,
    ReadFailed,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer, total
from ansible_collections.apihealth.meraki.plugins.module_utils._time import parse_time
from tests.listener import Listener, http
from tests.simulator import Simulator
from tests.unit.plugins.module_utils.asked import FAILURE_KEYS, Stepped
from tests.unit.plugins.module_utils.made import iso

ADDRESS = "https://api.meraki.com/api/v1/organizations/1/apiRequests?"
ROW = {
    "adminId": "646829496481200101",
    "method": "GET",
    "host": "api.meraki.com",
    "path": "/api/v1/organizations/1/devices",
    "queryString": "perPage=3",
    "userAgent": "InventorySync/3.2 ExampleCorp",
    "ts": "2026-05-04T13:58:00.090210Z",
    "responseCode": 200,
    "sourceIp": "192.0.2.10",
    "version": 1,
    "operationId": "getOrganizationDevices",
    "client": {"id": "646829496481300101", "type": "api_key"},
}


def whole(sim, **params):
    """The rows of the API itself, a thousand at most."""
    url = f"{sim.base_url}/organizations/{sim.organization_ids[0]}/apiRequests"
    headers = {"Authorization": f"Bearer {sim.key}"}
    answer = requests.get(url, params={"perPage": 1000, **params}, headers=headers, timeout=30)
    assert "next" not in answer.links
    return answer.json()


def as_facts(row):
    """A row as facts have it, made without the code under test."""
    plain = {"adminId": "admin_id", "queryString": "query_string", "userAgent": "user_agent"}
    plain |= {"responseCode": "response_code", "sourceIp": "source_ip", "operationId": "operation_id"}
    return {
        plain.get(name, name): value.replace(".000000", "") if name == "ts" else value for name, value in row.items()
    }


@pytest.fixture
def read(sim, log_options):
    """Return a function that reads the first organization, and returns its facts."""

    def function(**given: Any) -> Any:
        (found,) = read_requests(log_options(sim, organization_ids=sim.organization_ids[:1], **given))["organizations"]
        return found

    return function


@pytest.fixture
def _now(sim):
    sim.clock.freeze(sim.clock.now())


@pytest.mark.usefixtures("_now")
class TestReadRequests:
    def test_what_the_api_has(self, sim, read):
        found = read(t0="-8m", t1="-5m")
        rows = whole(sim, t0=found["window"]["t0"], t1=found["window"]["t1"])
        assert len(rows) > 100
        assert found["requests"] == [as_facts(row) for row in rows]
        assert set(found) == {"organization_id", "window", "requests", "pages", "truncated", "request"}
        assert (found["organization_id"], found["pages"], found["truncated"]) == (sim.organization_ids[0], 1, False)
        assert found["window"]["seconds"] == 180
        assert json.dumps(found)

    def test_the_query_of_the_options(self, sim, read):
        read(
            timespan=60,
            admin_id="1",
            path="/api/v1/organizations",
            method="PUT",
            response_code=404,
            source_ip="192.0.2.1",
            user_agent="a b",
            version=1,
            operation_ids=["a", "b"],
            per_page=5,
            starting_after="5-5",
            ending_before="3-3",
        )
        (sent,) = sim.requests
        assert sent.path == f"/api/v1/organizations/{sim.organization_ids[0]}/apiRequests"
        assert parse_qsl(sent.query) == [
            ("timespan", "60"),
            ("adminId", "1"),
            ("path", "/api/v1/organizations"),
            ("method", "PUT"),
            ("responseCode", "404"),
            ("sourceIp", "192.0.2.1"),
            ("userAgent", "a b"),
            ("version", "1"),
            ("operationIds[]", "a"),
            ("operationIds[]", "b"),
            ("perPage", "5"),
            ("startingAfter", "5-5"),
            ("endingBefore", "3-3"),
        ]

    def test_without_a_window(self, sim, read):
        found = read(max_pages=1)
        assert found["window"] == {"t0": None, "t1": None, "seconds": None}
        assert (len(found["requests"]), found["truncated"]) == (1000, True)
        assert sim.requests[0].query == "perPage=1000"

    def test_pages(self, sim, read):
        found = read(t0="-8m", t1="-5m", per_page=100, max_pages=100)
        assert found["pages"] == len(sim.requests) == -(-len(found["requests"]) // 100) > 1
        assert found["truncated"] is False
        rows = whole(sim, t0=found["window"]["t0"], t1=found["window"]["t1"])
        assert found["requests"] == [as_facts(row) for row in rows]
        assert found["request"]["attempts"] == found["pages"]
        assert found["request"]["request_id"] == sim.requests[-2].request_id

    @pytest.mark.parametrize("most", [1, 3])
    def test_no_more_than_asked(self, sim, read, most):
        found = read(t0="-10m", per_page=50, max_pages=most)
        assert (found["pages"], len(found["requests"]), found["truncated"]) == (most, most * 50, True)
        assert len(sim.requests) == most

    def test_a_page_that_a_token_names(self, sim, read):
        window = {name: time.time() - ago for name, ago in (("t0", 480), ("t1", 360))}
        every = read(**window, per_page=50, max_pages=100)["requests"]
        token = parse_qs(sim.requests[-1].query)["startingAfter"][0]
        rest = read(**window, starting_after=token)
        assert 0 < len(rest["requests"]) <= 50
        assert rest["requests"] == every[-len(rest["requests"]) :]

    @pytest.mark.slow
    def test_attempts_of_all_pages(self, sim, read):
        sim.add_fault("organization_429", after=1, retry_after="0")
        found = read(t0="-10m", per_page=50, max_pages=3)
        assert found["request"]["attempts"] == 4
        assert found["request"]["waited_seconds"] >= 1

    def test_a_page_that_cannot_be_read(self, sim, log_options):
        first, second = sim.organization_ids[:2]
        sim.add_fault("status", status=403, organization=second, after=1)
        given = {"organization_ids": [first, second, "549236"], "t0": "-10m", "per_page": 50, "max_pages": 2}
        result = read_requests(log_options(sim, on_error="continue", **given))
        assert [one["organization_id"] for one in result["organizations"]] == [first]
        assert [(one["organization_id"], one["status"]) for one in result["failures"]] == [
            (second, 403),
            ("549236", 404),
        ]
        assert all(set(one) == FAILURE_KEYS for one in result["failures"])
        sim.add_fault("status", status=403, organization=second, after=1)
        with pytest.raises(ApiHealthError, match="^2 of 3 organizations failed; organization ") as caught:
            read_requests(log_options(sim, **given))
        assert len(caught.value.details["organizations"]) == 1

    def test_reshaped(self, sim, log_options):
        given = {"organization_ids": sim.organization_ids[:2], "timespan": 600, "on_error": "continue"}
        sim.scenario_of(sim.organization_ids[1], "idle")
        result = read_requests(log_options(sim, query="abs(requests[0].response_code)", **given))
        assert result["organizations"][0] in (200, 201, 204, 404)
        (failure,) = result["failures"]
        assert failure["organization_id"] == sim.organization_ids[1]
        assert failure["message"].startswith("query 'abs(requests[0].response_code)' does not fit the facts (")

    def test_a_key_that_comes_back_is_in_no_row(self, sim, read):
        sim.add_fault("json_200", body=[{**ROW, "queryString": f"key={sim.key}"}])
        assert read()["requests"][0]["query_string"] == "key=********"


class TestWindow:
    """It stands still from page to page, although time goes on."""

    @pytest.fixture
    def paged(self, sim, log_options, monkeypatch):
        """Return a function that reads three pages with a pause after each; it returns the log and what was sent."""
        clock = Stepped(monkeypatch)
        connection = log_options(sim).connection

        def function(asked, pause=40.0):
            def job(organization_id):
                log = read_log(organization_id, asked, Pages(3, 3))
                request = log.send(None)  # type: ignore[arg-type]
                while True:
                    answer = yield request
                    clock.sleep(pause)
                    try:
                        request = log.send(answer)
                    except StopIteration as done:
                        return done.value

            client = Client(connection)
            try:
                (log,) = for_each(client, sim.organization_ids[:1], job, Deadline.of(connection, 1, 3))
            finally:
                client.close()
            assert log.pages == 3
            return log, [dict(parse_qsl(request.query)) for request in sim.requests]

        return function

    @pytest.mark.parametrize("ahead", [0, 1200, -1200])
    def test_of_so_many_seconds(self, sim, paged, ahead):
        """The API knows when it began, our own clock may not."""
        sim.clock.step(ahead)
        now = sim.clock.now().timestamp()
        _log, (first, second, third) = paged(Query(None, None, 3600.0, None, ()))
        assert (first["timespan"], "t0" in first) == ("3600", False)
        assert "timespan" not in second
        assert second["t0"] == third["t0"]
        assert parse_time(second["t0"], 0) == int(now) - 3600

    def test_that_is_relative(self, paged):
        log, sent = paged(Query("-2h", "-1h", None, None, ()))
        assert len({(each["t0"], each["t1"]) for each in sent}) == 1
        assert sent[0]["t0"] == iso(int(log.asked_at - 7200))

    def test_that_has_no_end(self, paged):
        _log, sent = paged(Query("-2h", None, None, None, ()))
        assert len({each["t0"] for each in sent}) == 1
        assert not any("t1" in each for each in sent)

    @pytest.mark.parametrize(
        ("asked", "ahead"),
        [
            (Query("-31d", None, None, None, ()), 0),
            (Query(None, None, 2678400.0, None, ()), 0),
            (Query(None, None, 2678400.0, None, ()), 1200),
        ],
    )
    def test_that_grows_too_old_while_it_is_read(self, sim, paged, asked, ahead):
        sim.clock.step(ahead)
        paged(asked, pause=100.0)
        assert [request.status for request in sim.requests] == [200] * 3

    def test_that_the_api_chooses(self, paged):
        _log, sent = paged(Query(None, None, None, None, (("version", 1),)))
        token = ["perPage", "startingAfter", "version"]
        assert [sorted(each) for each in sent] == [["perPage", "version"], token, token]


class TestLinks:
    def test_the_key_goes_nowhere_but_to_the_address(self, sim, read):
        """The next page's address may name a host; what comes from there is the token alone."""
        with Simulator() as stranger:
            link = f"<{stranger.base_url}/organizations/1/apiRequests?startingAfter=77-0&adminId=9>; rel=next"
            sim.add_fault("status", status=200, body=[ROW], headers={"Link": link})
            assert read(timespan=600)["requests"] == [as_facts(ROW)]
            assert stranger.requests == []
        assert len(sim.requests) == 2
        sent = dict(parse_qsl(sim.requests[1].query))
        assert (sent["startingAfter"], "adminId" in sent) == ("77-0", False)

    def test_a_next_page_that_ends_before_something(self, sim, read):
        sim.add_fault("status", status=200, body=[ROW], headers={"Link": f"<{ADDRESS}endingBefore=77-0>; rel=next"})
        read(timespan=600, max_pages=2)
        assert parse_qsl(sim.requests[1].query)[-1] == ("endingBefore", "77-0")

    @pytest.mark.parametrize("page", [[ROW], []], ids=["rows", "empty"])
    def test_pages_without_end(self, log_options, page):
        """Each leads to another one: only the option ends that."""

        def answers(number):
            link = f"<{ADDRESS}startingAfter={number}>; rel=next"
            return http("200 OK", json.dumps(page).encode(), Link=link)

        with Listener(*map(answers, range(30))) as server:
            (found,) = read_requests(log_options(server, max_pages=7))["organizations"]
        assert (found["pages"], len(found["requests"]), found["truncated"]) == (7, 7 * len(page), True)

    @pytest.mark.parametrize(
        ("link", "told"),
        [
            ("startingAfter=2", "the log's next page is one that has been read already"),
            ("perPage=9", "the address of the log's next page has neither startingAfter nor endingBefore"),
            ("startingAfter=", "the address of the log's next page has neither startingAfter nor endingBefore"),
        ],
    )
    def test_pages_that_lead_nowhere(self, sim, read, link, told):
        sim.add_fault("status", status=200, body=[ROW], headers={"Link": f"<{ADDRESS}{link}>; rel=next"}, times=None)
        with pytest.raises(ApiHealthError) as caught:
            read(max_attempts=1)
        assert f"answered 200, but {told}" in str(caught.value)
        assert len(sim.requests) <= 2

    def test_a_page_that_leads_to_itself(self, sim, read):
        link = {"Link": f"<{ADDRESS}startingAfter=9-9>; rel=next"}
        sim.add_fault("status", status=200, body=[ROW], headers=link, times=None)
        with pytest.raises(ApiHealthError, match="is one that has been read already"):
            read(max_attempts=1, starting_after="9-9")
        assert len(sim.requests) == 1


class TestParsePage:
    def test_it(self):
        page = parse_page([ROW], f"{ADDRESS}perPage=3&startingAfter=a%26b", {("startingAfter", "a")})
        assert page.following == ("startingAfter", "a&b")
        assert page.entries == [
            LogEntry(
                admin_id="646829496481200101",
                method="GET",
                host="api.meraki.com",
                path="/api/v1/organizations/1/devices",
                query_string="perPage=3",
                user_agent="InventorySync/3.2 ExampleCorp",
                ts=1777903080.09021,
                response_code=200,
                source_ip="192.0.2.10",
                version=1,
                operation_id="getOrganizationDevices",
                client={"id": "646829496481300101", "type": "api_key"},
            )
        ]
        assert parse_page([], None, set()) == ([], None)

    def test_what_is_not_told(self):
        (entry,) = parse_page([{"ts": ROW["ts"]}], None, set()).entries
        assert set(entry) == {None, entry.ts}
        odd = {**dict.fromkeys(ROW), "ts": ROW["ts"], "latency": 5, "client": {"name": "x"}}
        (other,) = parse_page([odd], None, set()).entries
        assert other == entry._replace(client={"id": None, "type": None})

    def test_an_id_that_is_a_number(self):
        (entry,) = parse_page([{**ROW, "adminId": 646829496481200101}], None, set()).entries
        assert entry.admin_id == ROW["adminId"]

    def test_half_a_character(self):
        (entry,) = parse_page([{**ROW, "userAgent": "a\ud800b"}], None, set()).entries
        assert entry.user_agent == "a?b"

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            *[({name: 5}, f"{name} is 5, not text") for name in ("method", "host", "path", "queryString", "sourceIp")],
            ({"userAgent": ["x"]}, "userAgent is a list, not text"),
            ({"operationId": True}, "operationId is a boolean, not text"),
            ({"adminId": True}, "adminId is a boolean, not text"),
            ({"adminId": 6.5e17}, "adminId is 6.5e+17, not text"),
            ({"responseCode": "200"}, "responseCode is text, not a whole number from 0 to 1000000"),
            ({"responseCode": 200.0}, "responseCode is 200.0, not a whole number from 0 to 1000000"),
            ({"responseCode": True}, "responseCode is a boolean, not a whole number from 0 to 1000000"),
            ({"responseCode": -1}, "responseCode is -1, not a whole number from 0 to 1000000"),
            ({"responseCode": 10**30}, "responseCode is 10000000000000000000, not a whole number from 0 to 1000000"),
            ({"version": "1"}, "version is text, not a whole number from 0 to 1000000"),
            ({"ts": None}, "ts is null or missing, not a time"),
            ({"ts": 1777903080}, "ts is 1777903080, not a time"),
            ({"ts": "yesterday"}, "ts: 'yesterday' is not a time with a time zone"),
            ({"ts": "2026-05-04T13:58:00"}, "ts: '2026-05-04T13:58:00' is not a time with a time zone"),
            ({"client": "x"}, "client is text, not an object"),
            ({"client": {"id": 5}}, "id is 5, not text"),
        ],
    )
    def test_wrong_types(self, change, told):
        with pytest.raises(MalformedAnswer) as caught:
            parse_page([ROW, {**ROW, **change}], None, set())
        assert str(caught.value) == f"request 1 of the answer: {told}"

    @pytest.mark.parametrize(
        ("page", "told"),
        [
            ({}, "the answer is an object, not a list of requests"),
            (None, "the answer is null or missing, not a list of requests"),
            ([None], "request 0 of the answer: it is null or missing, not an object"),
            ([{"id": "1", "name": "An organization"}], "request 0 of the answer: ts is null or missing, not a time"),
        ],
    )
    def test_what_is_no_log(self, page, told):
        with pytest.raises(MalformedAnswer) as caught:
            parse_page(page, None, set())
        assert str(caught.value) == told

    def test_an_address_that_is_none(self):
        with pytest.raises(MalformedAnswer, match="has neither startingAfter nor endingBefore"):
            parse_page([], "http://[x?startingAfter=2", set())


class TestInAnotherJob:
    """What attribution needs: some pages of the log in the job that has read the counts."""

    def test_the_log_has_what_the_counts_count(self, sim, options):
        sim.clock.freeze()
        end = int(sim.clock.now().timestamp()) // 120 * 120 - 240
        asked = Query(iso(end - 240), iso(end), None, 120, ())

        def job(organization_id):
            answer = yield Request(
                _query.path(organization_id), lambda now: _query.parameters(asked, now), parse_answer
            )
            counts = total(answer.value)
            logs = {}
            for code in counts:
                filters = (("response_code", code),)
                try:
                    logs[code] = yield from read_log(
                        organization_id, asked._replace(interval=None, filters=filters), Pages(1000, 1)
                    )
                except ReadFailed as exc:
                    return str(exc)
            return counts, {code: len(log.entries) for code, log in logs.items()}

        ids = sim.organization_ids[:3]
        sim.add_fault("status", status=403, organization=ids[2], after=1, times=None)
        connection = options(sim).connection
        client = Client(connection)
        try:
            *found, failed = for_each(client, ids, job, Deadline.of(connection, 3, 4))
        finally:
            client.close()
        for counts, rows in found:
            assert counts == rows
            assert len(counts) >= 3
        assert failed.startswith(f"organization {ids[2]} could not be read: ")

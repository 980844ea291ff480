# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a doctor asks the API over real HTTP, and that it never asks more than five times."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api import probe as _probe
from ansible_collections.apihealth.meraki.plugins.module_utils._api.probe import MOST_REQUESTS, Tried, candidates, probe
from ansible_collections.apihealth.meraki.plugins.module_utils._api.problems import Problem
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import DOCTOR
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import examination
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.listener import Listener, http
from tests.simulator import Simulator, Unreachable

pytestmark = pytest.mark.slow


def probed(server, **given):
    now = time.time()
    options = {"api_key": Simulator.key, "base_url": server.base_url, **given}
    return probe(examination(validated(DOCTOR, options, now), now))


@pytest.fixture
def small():
    with Simulator(organizations=2) as sim:
        yield sim


@pytest.fixture
def no_pause(monkeypatch):
    monkeypatch.setattr(_probe, "_SHORTEST_PAUSE_SECONDS", 0.01)


class TestProbe:
    def test_lists_and_reads_what_may_be_gated(self, small):
        found = probed(small)
        assert [one["organization_id"] for one in found.listing.value[0]] == [
            *small.organization_ids,
            small.api_disabled_organization,
        ]
        assert [sent.organization for sent in small.requests] == [None, *small.organization_ids]
        assert list(found.reads) == small.organization_ids
        assert all(len(tried.value) >= 30 for tried in found.reads.values())
        assert (found.is_encrypted, found.proxy) == (False, None)

    def test_reads_as_many_as_the_requests_suffice_for(self, sim):
        assert list(probed(sim).reads) == sim.organization_ids[:4]
        assert len(sim.requests) == MOST_REQUESTS

    def test_reads_those_that_were_named(self, sim):
        wanted = sim.organization_ids[40:42]
        assert list(probed(sim, organization_ids=["549236", *wanted]).reads) == wanted

    def test_without_a_key_it_asks_once_and_sends_none(self, sim):
        found = probed(sim, api_key="")
        assert found.listing.problem
        assert found.listing.problem.status == 401
        (request,) = sim.requests
        assert "Authorization" not in request.headers

    @pytest.mark.parametrize("ahead", [600, -600])
    def test_the_clock_of_the_api_also_where_it_refuses(self, ahead):
        with Simulator(clock_ahead_seconds=ahead) as sim:
            for key in (sim.key, "0123456789"):
                assert probed(sim, api_key=key).listing.ahead_seconds == pytest.approx(ahead, abs=2)

    @pytest.mark.parametrize(("times", "sent"), [(1, [503, 200, 200, 200]), (None, [503, 503])])
    def test_asks_again_once(self, small, no_pause, times, sent):
        small.add_fault("html_503", times=times)
        probed(small)
        assert [each.status for each in small.requests] == sent

    def test_a_429_is_waited_for(self, small):
        small.add_fault("organization_429", organization=small.organization_ids[0], retry_after=1)
        found = probed(small, organization_ids=small.organization_ids[:1])
        assert [each.status for each in small.requests] == [200, 429, 200]
        assert small.requests[2].at - small.requests[1].at >= 1
        assert not found.reads[small.organization_ids[0]].problem

    def test_a_long_one_is_not(self, small):
        small.add_fault("organization_429", organization=small.organization_ids[0], retry_after=60)
        found = probed(small)
        assert [each.status for each in small.requests] == [200, 429, 200]
        assert found.reads[small.organization_ids[0]].problem.status == 429

    def test_never_more_than_five_whatever_the_api_does(self, sim, no_pause):
        for kind, details in (
            ("html_503", {}),
            ("redirect", {}),
            ("organization_429", {"retry_after": 0}),
            ("html_500", {"after": 1}),
            ("redirect", {"after": 1, "every": 2}),
        ):
            sim.reset()
            sim.add_fault(kind, times=None, **details)
            probed(sim)
            assert 1 <= len(sim.requests) <= MOST_REQUESTS, kind

    def test_what_was_used_up_is_known(self, sim, no_pause):
        sim.add_fault("redirect", times=None)
        found = probed(sim)
        assert (found.reads, found.has_time) == ({}, True)
        assert probed(sim, max_wait=0.001).has_time is False

    def test_redirects_count(self, sim):
        sim.add_fault("redirect", times=None, every=2)
        found = probed(sim)
        assert len(sim.requests) <= MOST_REQUESTS
        assert all(tried.problem is None for tried in found.reads.values())

    def test_a_slow_answer_is_no_reason_to_ask_for_nothing_more(self, small):
        small.add_fault("stall", times=None, organization=small.organization_ids[0])
        slow, other = small.organization_ids
        found = probed(small, timeout=2)
        assert found.reads[slow].problem.message == "no answer within 2 s"
        assert found.reads[other].problem is None

    def test_nor_is_a_slow_list(self, small):
        small.add_fault("stall")
        found = probed(small, timeout=2, organization_ids=small.organization_ids[:1])
        assert found.listing.problem.message == "no answer within 2 s"
        assert found.reads[small.organization_ids[0]].problem is None

    def test_nothing_more_where_nothing_can_be_reached(self):
        with Unreachable() as nowhere:
            assert probed(nowhere, timeout=0.2, organization_ids=["1", "2"]).reads == {}

    def test_a_name_server_that_does_not_answer(self, monkeypatch):
        answers = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: answers.wait(60))
        with Unreachable() as nowhere:
            problem = probed(nowhere, base_url="https://api.example", timeout=0.5).listing.problem
        answers.set()
        assert (problem.message, problem.stage) == ("no connection within 0.5 s", "address")

    def test_stages(self):
        with Unreachable() as nowhere:
            assert probed(nowhere, timeout=0.2).listing.problem.stage == "address"
        with Listener() as server:
            server.only(http("200 OK", b"<title>Portal</title>"))
            assert probed(server).listing.problem.stage == "answer"
            assert len(server.received) == 1
            tls = server.origin.replace("http:", "https:")
            assert probed(server, base_url=tls).listing.problem.stage == "tls"
            server.only(http("503 Service Unavailable"))
            for proxy in (server.origin, "http://127.0.0.1:1"):
                found = probed(server, base_url="https://api.example", proxy=proxy)
                assert found.listing.problem.stage == "proxy"
                assert found.proxy == (proxy.removeprefix("http://"), "proxy")

    def test_an_answer_without_end(self):
        with Listener() as server:
            server.only(server.drip(http("200 OK", b" " * 1000), 0.05))
            problem = probed(server, timeout=2).listing.problem
        assert (problem.stage, problem.status) == ("answer", None)


def listed(*enabled, has_more=False):
    organizations = [{"organization_id": str(at), "organization_api_enabled": one} for at, one in enumerate(enabled)]
    return Tried((organizations, has_more), None, None)


class TestCandidates:
    def test_all_but_the_disabled(self):
        assert candidates(listed(True, False, None), None) == ["0", "2"]

    def test_those_that_were_named_and_are_there(self):
        assert candidates(listed(True, False, True), ["9", "2", "1"]) == ["2"]

    def test_one_that_may_be_on_another_page(self):
        assert candidates(listed(True, has_more=True), ["9"]) == ["9"]

    @pytest.mark.parametrize("status", [None, 403, 408, 429, 500, 503])
    def test_those_that_were_named_where_listing_failed(self, status):
        refused = Tried(None, Problem("no", status), None)
        assert candidates(refused, ["1"]) == ["1"]
        assert candidates(refused, None) == []

    @pytest.mark.parametrize("status", [None, 200, 302, 401, 404])
    def test_none_where_reading_would_fail_too(self, status):
        assert candidates(Tried(None, Problem("no", status, stage="address"), None), ["1"]) == []

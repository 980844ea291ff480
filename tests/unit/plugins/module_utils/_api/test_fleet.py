# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many organizations over real HTTP: each once and in order, paced, tried again, and never beyond the deadline."""

from __future__ import annotations

import email.utils
import re
import socket
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api import fleet as _fleet
from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import Client
from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._api.fleet import Answer, Deadline, for_each
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import (
    ApiHealthError,
    MalformedAnswer,
    ReadFailed,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._gate import run as _gate
from tests.listener import Listener, http
from tests.simulator import Simulator
from tests.unit.plugins.module_utils.asked import FAILURE_KEYS, asking, names_of_exceptions, read_with

pytestmark = pytest.mark.slow

QUERY = {"timespan": 3600, "interval": 120, "requests_per_second": 100}


@pytest.fixture
def fleet(options):
    """Return a function that reads many organizations, and returns (organization, answer or error) of each."""

    def function(server, organization_ids, job=None, **given):
        chosen = options(server, organization_ids=organization_ids, **{**QUERY, **given})
        client = Client(chosen.connection)
        try:
            deadline = Deadline.of(chosen.connection, len(organization_ids))
            outcomes = for_each(client, organization_ids, job or asking(), deadline)
        finally:
            client.close()
        return list(zip(organization_ids, outcomes, strict=True))

    return function


def kinds(outcomes):
    return [(identity, type(outcome)) for identity, outcome in outcomes]


def request_to(organization):
    """The request that `asking` begins with."""
    return next(asking()(organization))


class TestForEach:
    def test_in_order_each_once(self, sim, fleet):
        ids = sim.organization_ids[::-1]
        assert kinds(fleet(sim, ids)) == [(each, Answer) for each in ids]
        assert sorted(sent.organization for sent in sim.requests) == sorted(ids)
        assert len(ids) == 50

    def test_failures_have_their_place(self, sim, fleet):
        ids = ["404", sim.organization_ids[1], sim.api_disabled_organization, sim.organization_ids[0]]
        assert kinds(fleet(sim, ids)) == list(zip(ids, (ReadFailed, Answer, ReadFailed, Answer), strict=True))

    def test_concurrency_is_a_limit(self, sim, fleet):
        sim.add_fault("slow_headers", times=4, seconds=0.3)
        fleet(sim, sim.organization_ids[:4], concurrency=2)
        moments = [sent.at for sent in sim.requests]
        assert moments[2] - moments[0] >= 0.29
        assert moments[3] - moments[1] >= 0.29

    def test_many_are_on_their_way_at_once(self, fleet):
        started = threading.Barrier(4, timeout=10)

        def answer(connection):
            started.wait()  # each waits for the others: one after the other they would never get past it
            connection.sendall(http("200 OK", b"[]"))

        with Listener(answer) as server:
            outcomes = fleet(server, ["1", "2", "3", "4"], concurrency=4, max_attempts=1)
        assert {kind for _identity, kind in kinds(outcomes)} == {Answer}

    def test_a_slow_one_holds_up_no_other(self, sim, fleet):
        slow, *others = sim.organization_ids[:8]
        sim.add_fault("slow_headers", organization=slow, seconds=0.5)
        done = []

        def job(identity):
            yield from asking()(identity)
            done.append(identity)

        fleet(sim, [slow, *others], job, concurrency=2)
        assert done == [*others, slow]

    @pytest.mark.parametrize(
        ("kind", "details"), [("status", {"status": 503}), ("organization_429", {"retry_after": 1})]
    )
    def test_one_that_has_to_pause_holds_up_no_other(self, sim, fleet, kind, details):
        paused, *others = sim.organization_ids[:8]
        sim.add_fault(kind, organization=paused, **details)
        outcomes = fleet(sim, [paused, *others], concurrency=1)
        assert [sent.organization for sent in sim.requests] == [paused, *others, paused]
        assert dict(outcomes)[paused].request["attempts"] == 2
        assert dict(outcomes)[paused].request["waited_seconds"] >= 1

    def test_those_that_try_again_get_a_turn_before_all_have_begun(self, sim, fleet):
        first, *others = sim.organization_ids[:30]
        sim.add_fault("status", organization=first, status=503)
        fleet(sim, [first, *others], requests_per_second=15)
        order = [sent.organization for sent in sim.requests]
        assert len(order) == 31
        assert 15 <= order.index(first, 1) <= 25

    def test_pacing(self, options):
        with Simulator(organizations=25) as sim:
            facts = read_facts(
                options(sim, organization_ids=sim.organization_ids, **{**QUERY, "requests_per_second": 50})
            )
            moments = sorted(sent.at for sent in sim.requests)
            assert [sent.status for sent in sim.requests] == [200] * 25
        assert len(facts["organizations"]) == 25
        # 24 gaps of 20 ms. A busy machine may delay the first a little.
        assert moments[-1] - moments[0] >= 0.4

    def test_none(self, sim, options):
        connection = options(sim).connection
        assert for_each(Client(connection), [], asking(), Deadline.of(connection, 0)) == []

    def test_a_job_that_asks_nothing(self, sim, fleet):
        def job(identity):
            return identity * 2
            yield

        assert fleet(sim, ["1", "2"], job) == [("1", "11"), ("2", "22")]

    def test_an_error_of_the_job_is_not_lost(self, sim, fleet):
        def job(identity):
            yield from asking()(identity)
            raise ApiHealthError(f"not {identity}")

        with pytest.raises(ApiHealthError, match=r"^not \d+$"):
            fleet(sim, sim.organization_ids[:2], job)

    def test_no_thread_is_left(self, sim, fleet):
        before = set(threading.enumerate())
        sim.add_fault("slow_headers", times=1, seconds=1)
        fleet(sim, sim.organization_ids[:8], timeout=0.2, max_attempts=1)
        left = set(threading.enumerate()) - before
        assert [thread.name for thread in left if isinstance(thread, _fleet._Worker)] == []

    def test_no_thread_to_be_had(self, sim, fleet, monkeypatch):
        def refuse(self):
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(_fleet._Worker, "start", refuse)
        with pytest.raises(ApiHealthError, match=r"^no thread could be started .*: lower concurrency"):
            fleet(sim, sim.organization_ids[:2])


class Unthought(Exception):
    """What no list of exceptions can hold."""


# The texts hold the key, as the text of an exception may that quotes an answer.
RAISED: list[Exception] = [
    kind(Simulator.key)
    for kind in (ValueError, KeyError, ZeroDivisionError, OverflowError, AttributeError, AssertionError, RecursionError)
]
RAISED += [MemoryError(), Unthought(Simulator.key), UnicodeDecodeError("utf-8", b"\xff", 0, 1, Simulator.key)]


class TestWhateverAnAnswerRaises:
    """It is the error of its organization, and costs no other its result."""

    @staticmethod
    def failed(outcomes, bad):
        """The failure of the one, where all others were read."""
        found = dict(outcomes)
        error = found.pop(bad)
        assert isinstance(error, ReadFailed), error
        assert all(isinstance(one, Answer) for one in found.values())
        assert len(found) == 4
        failure = error.details["failure"]
        assert set(failure) == FAILURE_KEYS
        assert failure["organization_id"] == bad
        assert failure["retryable"] is True
        said = f"{failure['message']} {failure['hint']}"
        assert Simulator.key not in said
        assert not names_of_exceptions(said)
        return failure

    @pytest.mark.parametrize("raised", RAISED, ids=lambda raised: type(raised).__name__)
    def test_while_it_is_decoded(self, sim, fleet, raised):
        bad = sim.organization_ids[2]

        def decode(answer):
            raise raised

        def job(organization):
            request = request_to(organization)
            try:
                return (yield request._replace(decode=decode) if organization == bad else request)
            except ReadFailed as exc:
                return exc

        # An answer that was damaged on the way is worth one more attempt.
        attempts = 2 if isinstance(raised, ValueError) else 1
        failure = self.failed(fleet(sim, sim.organization_ids[:5], job, max_attempts=attempts), bad)
        assert failure["attempts"] == attempts
        if isinstance(raised, MemoryError):
            assert "there was not enough memory for the answer" in failure["message"]
        elif not isinstance(raised, RecursionError):
            line = decode.__code__.co_firstlineno + 1
            assert f"the answer could not be processed (test_fleet.py, line {line})" in failure["message"]
            assert "report it" in failure["hint"]

    @pytest.mark.parametrize("raised", RAISED, ids=lambda raised: type(raised).__name__)
    @pytest.mark.parametrize("answers", [1, 2])
    def test_in_its_job(self, sim, fleet, raised, answers):
        bad = sim.organization_ids[2]

        def job(organization):
            got: list[Any] = []
            for _request in range(3):
                if organization == bad and len(got) == answers and not failures:
                    failures.append(raised)
                    raise raised
                try:
                    got.append((yield request_to(organization)))
                except ReadFailed as exc:
                    return exc
            return got[-1]

        failures: list[BaseException] = []
        failure = self.failed(fleet(sim, sim.organization_ids[:5], job), bad)
        assert failure["status"] == 200
        assert failure["message"].partition(" ")[2].startswith("answered 200, but ")
        assert [sent.organization for sent in sim.requests].count(bad) == answers

    def test_what_no_answer_has_to_do_with_ends_all(self, sim, fleet):
        def job(organization):
            if organization:
                raise Unthought(organization)
            yield

        with pytest.raises(Unthought):
            fleet(sim, sim.organization_ids[:2], job)

    def test_what_concerns_all_still_ends_all(self, sim, fleet):
        def job(organization):
            yield request_to(organization)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fleet(sim, sim.organization_ids[:2], job)

        def decode(answer):
            raise SystemExit

        def asked(organization):
            yield request_to(organization)._replace(decode=decode)

        with pytest.raises(SystemExit):
            fleet(sim, sim.organization_ids[:2], asked)

    def test_a_chunk_of_negative_size(self, sim, options):
        bad = sim.organization_ids[7]
        sim.add_fault("raw", times=None, organization=bad)
        given = {**QUERY, "on_error": "continue", "max_attempts": 1}
        found = read_facts(options(sim, organization_ids=sim.organization_ids, **given))
        assert [one["organization_id"] for one in found["organizations"]] == [
            one for one in sim.organization_ids if one != bad
        ]
        (failure,) = found["failures"]
        assert failure["organization_id"] == bad
        assert "the answer is incomplete" in failure["message"]

    def test_a_gate_is_closed_by_it_and_judges_the_others(self, sim, health_options):
        bad, *others = sim.organization_ids[:6]
        sim.add_fault("raw", times=None, organization=bad)
        verdict = _gate.run(health_options(sim, organization_ids=[bad, *others], max_attempts=1))["verdict"]
        assert verdict["gate"] == "closed"
        assert {one["organization_id"]: one["status"] == "error" for one in verdict["organizations"]} == {
            bad: True,
            **dict.fromkeys(others, False),
        }

    def test_nothing_holds_on_to_the_answer(self, sim, fleet):
        """The exceptions of many large answers would keep all of them in memory."""
        held: list[weakref.ref[Any]] = []

        class Large(list[Any]):
            """A list that can be watched."""

        def decode(answer):
            large = Large(answer)
            held.append(weakref.ref(large))
            raise MalformedAnswer("it is not right")

        def job(organization):
            with suppress(ReadFailed):
                yield request_to(organization)._replace(decode=decode)
            return [one() for one in held]

        outcomes = fleet(sim, sim.organization_ids[:3], job, max_attempts=1)
        assert outcomes[-1][1] == [None, None, None]


def _later(seconds):
    return email.utils.format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


def _limit(retry_after):
    return "status", {"status": 429, "headers": {"Retry-After": retry_after}}


# What fails first, what then; the options; attempts; the least wait in all; the message of a failure, None for success.
# They wait for seconds, so all of them wait at once.
OBJECT = ("json_200", {"body": [{"startTs": 5}]})
TROUBLED: dict[str, tuple[list[tuple[str, dict[str, Any]]], dict[str, Any], int, float, str | None]] = {
    "organization 429": ([_limit("2")], {}, 2, 2, None),
    "organization 429 with a date": ([_limit(_later(36000))], {"max_wait": 60}, 1, 0, "the API asked to wait "),
    "organization 429 with a near date": ([("organization_429", {"retry_after": 3, "as_date": True})], {}, 2, 1, None),
    "Retry-After past max_wait": ([_limit("90")], {"max_wait": 60}, 1, 0, "to wait 90 s, gave up within max_wait (60"),
    "Retry-After is huge": ([_limit("9" * 30)], {}, 1, 0, "gave up within max_wait (120 s) after 1 attempt"),
    "Retry-After is garbage": ([_limit("soon")], {}, 2, 1, None),
    "Retry-After is negative": ([_limit("-5")], {}, 2, 1, None),
    "Retry-After is infinite": ([_limit("inf")], {}, 2, 1, None),
    "Retry-After is past": ([_limit(_later(-3600))], {}, 2, 1, None),
    "Retry-After is a fraction": ([_limit("1.6")], {}, 2, 1.6, None),
    "Retry-After is no date": ([_limit("Mon, 99 Foo 2026 00:00:00 GMT")], {}, 2, 1, None),
    "Retry-After of a 503": ([("status", {"status": 503, "headers": {"Retry-After": "2"}})], {}, 2, 2, None),
    "address 429": ([("html_429", {})], {}, 2, 1, None),
    "500": ([("status", {})], {}, 2, 1, None),
    "html 502": ([("html_502", {})], {}, 2, 1, None),
    "503": ([("status", {"status": 503})], {}, 2, 1, None),
    "504": ([("status", {"status": 504, "body": ""})], {}, 2, 1, None),
    "408": ([("status", {"status": 408})], {}, 2, 1, None),
    "reset": ([("reset", {})], {}, 2, 1, None),
    "truncated": ([("truncated_json", {})], {}, 2, 1, None),
    "a portal": ([("html_200", {})], {}, 2, 1, None),
    "an object": ([("object_200", {})], {}, 2, 1, None),
    "wrong types": ([OBJECT], {}, 2, 1, None),
    "slow headers": ([("slow_headers", {"seconds": 1.5})], {"timeout": 0.5}, 2, 1, None),
    "slow body": ([("slow_body", {"seconds": 0.3, "chunks": 8})], {"timeout": 0.7}, 2, 1, None),
    "always a portal": ([("html_200", {})] * 2, {}, 2, 1, "answer is a page titled 'Sign in to the network'"),
    "always an object": ([("object_200", {})] * 2, {}, 2, 1, "the answer is an object, not a list of intervals"),
    "always wrong types": ([OBJECT] * 2, {}, 2, 1, "interval 0 of the answer: startTs is 5, not a time"),
    "always truncated": ([("truncated_json", {})] * 2, {}, 2, 1, "bytes that are not JSON"),
    "max_attempts": ([("status", {})] * 3, {"max_attempts": 2}, 2, 1, "(injected 500); gave up after 2 attempts (max_"),
    "one attempt": ([("status", {})] * 2, {"max_attempts": 1}, 1, 0, "answered 500"),
    "max_wait": ([("status", {})] * 5, {"max_wait": 2}, 2, 1, "gave up within max_wait (2 s) after 2 attempts"),
    "no time for another": ([("status", {})] * 2, {"max_wait": 0.9}, 1, 0, "gave up within max_wait (0.9 s) after 1 "),
}  # fmt: skip


@pytest.fixture(scope="module")
def troubled(options):
    """{name: (organization, Answer or failure, seconds it took)} and the requests by organization."""
    with Simulator(organizations=len(TROUBLED), organization_rps=None, source_ip_rps=None) as sim:

        def one(name, organization):
            faults, given, *_rest = TROUBLED[name]
            for kind, details in faults:
                sim.add_fault(kind, organization=organization, **details)
            started = time.monotonic()
            try:
                outcome = read_with(options(sim, **given).connection, organization)
            except ReadFailed as exc:
                outcome = exc.details["failure"]
            return outcome, time.monotonic() - started

        names = dict(zip(TROUBLED, sim.organization_ids, strict=True))
        with ThreadPoolExecutor(len(names)) as pool:
            outcomes = dict(zip(names, pool.map(one, names, names.values()), strict=True))
        received = {name: [sent for sent in sim.requests if sent.organization == names[name]] for name in names}
    return outcomes, received


class TestRetries:
    @pytest.mark.parametrize("name", TROUBLED)
    def test_outcome(self, troubled, name):
        outcomes, received = troubled
        outcome, took = outcomes[name]
        _faults, _given, attempts, waited, message = TROUBLED[name]
        assert len(received[name]) == attempts
        assert took >= waited
        if message is None:
            assert not isinstance(outcome, dict), outcome
            assert outcome.request["attempts"] == attempts
            assert outcome.request["waited_seconds"] >= waited
            assert outcome.request["waited_seconds"] <= took + 0.001
            assert outcome.request["request_id"] == received[name][-1].request_id
            assert len(outcome.value) >= 30
        else:
            assert isinstance(outcome, dict), outcome
            assert set(outcome) == FAILURE_KEYS
            assert message in outcome["message"]
            assert outcome["attempts"] == attempts
            assert outcome["retryable"] is True
            assert outcome["request_id"] == received[name][-1].request_id
            assert outcome["organization_id"] == received[name][-1].organization

    def test_a_date_is_waited_for(self, troubled):
        """However late the answer with it arrives, the next request is not sent before it."""
        first, second = troubled[1]["organization 429 with a near date"]
        # A date has no fractions. Without it, the wait would be one second.
        assert second.at >= int(first.at) + 3

    def test_a_portal_is_suspected(self, troubled):
        assert "portal or proxy" in troubled[0]["always a portal"][0]["hint"]

    def test_a_support_case_is_suggested(self, troubled):
        assert "request id" in troubled[0]["max_attempts"][0]["hint"]

    def test_waits_only_as_long_as_it_makes_sense(self, troubled):
        for name in ("Retry-After past max_wait", "Retry-After is huge", "one attempt", "no time for another"):
            assert troubled[0][name][1] < 5


class TestDeadline:
    """`max_wait` is a promise: whatever the server does, the task ends in time."""

    @pytest.fixture
    def read_until(self, sim, options):
        """Return a function that reads with so many seconds left of a longer job, and returns the failure."""

        def function(seconds, **given):
            with pytest.raises(ReadFailed) as caught:
                read_with(options(sim, **given).connection, sim.organization_ids[0], seconds=seconds)
            return caught.value.details["failure"]

        return function

    def test_is_max_wait_from_now(self, options):
        deadline = Deadline.of(options(None, base_url="http://127.0.0.1:1", max_wait=7).connection, 10_000)
        assert 6.9 < deadline.left() <= deadline.seconds == 7

    @pytest.mark.parametrize(("requests", "seconds"), [(1, 120), (90, 121), (10_000, 231)])
    def test_by_default_it_grows_with_the_requests(self, options, requests, seconds):
        assert Deadline.of(options(None, base_url="http://127.0.0.1:1").connection, requests).seconds == seconds

    def test_leaves_no_time_for_another_attempt(self, sim, read_until):
        sim.add_fault("status", times=5)
        started = time.monotonic()
        found = read_until(0.9)
        assert time.monotonic() - started < 1
        assert (found["attempts"], found["status"]) == (1, 500)
        assert "gave up within max_wait (0.9 s) after 1 attempt" in found["message"]

    def test_cuts_an_answer_that_comes_later(self, sim, read_until):
        sim.add_fault("slow_headers", seconds=3)
        started = time.monotonic()
        assert re.search(r"no answer within 0\.(5|49\d) s", read_until(0.5)["message"])
        assert time.monotonic() - started < 2

    def test_that_is_over_before_anything_was_asked(self, sim, read_until):
        found = read_until(-5)
        assert found["message"] == "not requested; gave up within max_wait (-5 s)"
        assert (found["attempts"], found["retryable"], found["status"]) == (0, True, None)
        assert "requests_per_second" in found["hint"]
        assert sim.requests == []

    def test_that_ends_an_attempt_is_nobodys_wish(self, sim, read_until):
        sim.add_fault("slow_headers", seconds=1)
        message = read_until(0.3)["message"]
        assert "gave up within max_wait" in message
        assert "the API asked to wait" not in message

    HEAD = http("200 OK", b"[" + b" " * 20_000 + b"]")[:-20_002]

    @pytest.mark.parametrize(
        "begins", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", HEAD], ids=["status line", "headers", "body"]
    )
    @pytest.mark.parametrize("count", [1, 300])
    def test_a_server_that_trickles(self, fleet, begins, count):
        """Byte by byte, so that no time-out of a socket ever strikes: one organization or hundreds."""

        def answer(connection):
            connection.sendall(begins)
            server.drip(b"HTTP/1.1 " + b" " * 500, 0.05)(connection)

        ids = [str(number) for number in range(count)]
        with Listener(answer) as server:
            started = time.monotonic()
            outcomes = fleet(server, ids, timeout=0.4, max_wait=1.5, max_attempts=2)
            took = time.monotonic() - started
        assert took < 1.5 + 0.4 + 1
        assert kinds(outcomes) == [(each, ReadFailed) for each in ids]
        messages = {outcome.details["failure"]["message"] for _identity, outcome in outcomes}
        assert any("the answer was still arriving after 0.4 s" in message for message in messages)
        assert all("gave up" in message for message in messages)

    def test_a_name_server_that_does_not_answer(self, sim, fleet, monkeypatch):
        answers = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: answers.wait(60))
        ((_identity, outcome),) = fleet(sim, ["1"], base_url="https://api.example", timeout=0.5, max_attempts=1)
        answers.set()
        message = outcome.details["failure"]["message"]
        assert message.startswith("no answer from api.example: no connection within 0.5 s")

    @pytest.mark.parametrize("count", [1, 300])
    def test_a_server_that_says_nothing(self, fleet, count):
        ids = [str(number) for number in range(count)]
        with Listener(lambda connection: server.hold(5)) as server:
            started = time.monotonic()
            outcomes = fleet(server, ids, timeout=0.4, max_wait=1.5)
            took = time.monotonic() - started
        assert took < 1.5 + 0.4 + 1
        assert kinds(outcomes) == [(each, ReadFailed) for each in ids]

    def test_answers_that_take_too_long_to_decode(self, sim, fleet):
        """They are decoded one at a time, and a thread that decodes cannot be stopped."""
        stopped = threading.Event()

        def decode(answer):
            stopped.wait(10)

        def job(organization):
            try:
                yield request_to(organization)._replace(decode=decode)
            except ReadFailed as exc:
                return exc.details["failure"]["message"]

        try:
            outcomes = fleet(sim, sim.organization_ids[:5], job, max_wait=0.4, timeout=0.3)
        finally:
            stopped.set()
        assert {message.partition(": ")[2] for _identity, message in outcomes} == {
            "the answer arrived, but there was no time left to decode it; "
            "gave up within max_wait (0.4 s) after 1 attempt"
        }

    def test_everybody_has_to_wait(self, sim, fleet):
        ids = sim.organization_ids[:40]
        sim.add_fault("html_429", times=999)
        started = time.monotonic()
        outcomes = fleet(sim, ids, max_wait=1.5)
        assert time.monotonic() - started < 3
        assert kinds(outcomes) == [(each, ReadFailed) for each in ids]

    def test_a_part_of_it_has_a_name_of_its_own(self, sim, options):
        connection = options(sim, max_wait=1).connection
        whole = Deadline.of(connection, 1)
        assert Deadline.within(whole, 20, "the time for more") == whole
        part = Deadline.within(whole, 0, "the time for more")
        client = Client(connection)
        (outcome,) = for_each(client, sim.organization_ids[:1], asking(), part)
        client.close()
        assert isinstance(outcome, ReadFailed)
        assert outcome.details["failure"]["message"] == "not requested; gave up within the time for more (0 s)"


class TestThrottled:
    def test_by_the_organization(self, sim, failure):
        sim.add_fault("status", status=429, body={"errors": ["slow down"]}, headers={"Retry-After": "1"})
        found = failure(sim, max_attempts=1)
        assert (found["status"], found["errors"], found["retryable"]) == (429, ["slow down"], True)
        assert "answered 429, the organization's rate limit (slow down)" in found["message"]
        assert "10 requests per second" in found["hint"]

    def test_by_the_source_address(self, sim, failure):
        sim.add_fault("html_429")
        found = failure(sim, max_attempts=1)
        assert "without Retry-After, the rate limit of this source address" in found["message"]
        assert "lower requests_per_second" in found["hint"]
        assert "<html>" not in str(found)

    @pytest.mark.parametrize("kind", ["html_429", "source_ip_429"])
    def test_the_address_s_limit_holds_every_organization(self, sim, fleet, kind):
        first, *others = sim.organization_ids[:3]
        sim.add_fault(kind, organization=first)
        asked: dict[str, list[float]] = {}

        def job(organization):
            def parameters(now):
                # Made anew for each attempt.
                asked.setdefault(organization, []).append(now)
                return [("timespan", "3600"), ("interval", "120"), ("attempt", str(len(asked[organization])))]

            return asking(parameters)(organization)

        outcomes = dict(fleet(sim, [first, *others], job, concurrency=1))
        assert [outcomes[each].request["attempts"] for each in (first, *others)] == [2, 1, 1]
        assert [(sent.organization, sent.query[-1]) for sent in sim.requests if sent.organization == first] == [
            (first, "1"),
            (first, "2"),
        ]
        assert asked[first][1] - asked[first][0] >= 1
        moments = [sent.at for sent in sim.requests]
        assert moments[1] - moments[0] >= 1

    def test_the_address_s_limit_holds_the_others_where_one_gives_up(self, sim, fleet):
        first, second = sim.organization_ids[:2]
        sim.add_fault("html_429", organization=first)
        outcomes = fleet(sim, [first, second], concurrency=1, max_attempts=1)
        assert kinds(outcomes) == [(first, ReadFailed), (second, Answer)]
        moments = [sent.at for sent in sim.requests]
        assert moments[1] - moments[0] >= 1

    def test_a_real_budget(self, fleet):
        with Simulator() as sim:
            outcomes = fleet(sim, sim.organization_ids * 14)
            assert 429 in [sent.status for sent in sim.requests]
        assert len(outcomes) == 14
        assert max(answer.request["attempts"] for _identity, answer in outcomes) > 1


class TestManyRequestsOfOneOrganization:
    """The API grants each organization 10 a second, to all applications together."""

    @staticmethod
    def job_of(counts):
        def job(organization):
            answers = []
            for _request in range(counts.get(organization, 1)):
                answer = yield from asking()(organization)
                if isinstance(answer, ReadFailed):
                    return answer
                answers.append(answer)
            return answers[-1]

        return job

    def test_take_half_of_its_budget_and_hold_up_no_other(self, sim, fleet):
        busy, *others = sim.organization_ids[:9]
        outcomes = fleet(sim, [busy, *others], self.job_of({busy: 13}))
        assert kinds(outcomes) == [(each, Answer) for each in (busy, *others)]
        moments = [sent.at for sent in sim.requests if sent.organization == busy]
        assert len(moments) == 13
        # Less what a busy machine may delay the first.
        assert min(later - earlier for earlier, later in zip(moments, moments[10:])) >= 1.8
        assert max(sent.at for sent in sim.requests if sent.organization != busy) < moments[10]

    def test_end_with_the_deadline(self, sim, fleet):
        busy, other = sim.organization_ids[:2]
        started = time.monotonic()
        outcomes = fleet(sim, [busy, other], self.job_of({busy: 23}), max_wait=1)
        assert time.monotonic() - started < 2
        assert kinds(outcomes) == [(busy, ReadFailed), (other, Answer)]
        assert "gave up within max_wait (1 s)" in outcomes[0][1].details["failure"]["message"]

    def test_have_the_time_for_it(self, options):
        connection = options(None, base_url="http://127.0.0.1:1").connection
        assert Deadline.of(connection, 1, 600).seconds == 240
        assert Deadline.of(connection, 100, 600).seconds == 786


class TestBackoff:
    def test_grows_and_only_upward_from_there(self):
        for attempt, least in enumerate((1, 2, 4, 8, 16, 30, 30), start=1):
            waits = [_fleet._backoff(attempt) for _time in range(50)]
            assert least <= min(waits) < max(waits) <= least * 1.25
        assert _fleet._backoff(10_000) <= 37.5

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many organizations at once."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._client import Answer, Client
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError, ReadFailed
from ansible_collections.apihealth.meraki.plugins.module_utils._facts import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._fleet import for_each, read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._query import path
from tests.simulator import Simulator

HOUR = {"timespan": 3600, "interval": 120, "requests_per_second": 100}


def identity(organization_id, outcome):
    return organization_id, type(outcome)


def answered(client, organization_id):
    """What came of reading this organization."""
    try:
        return client.read(organization_id, path(organization_id), lambda now: [("timespan", "3600")], parse_answer)
    except ReadFailed as exc:
        return exc


@pytest.fixture
def fleet(options):
    """Return a function that reads many organizations; what `made_of` returns for each."""

    def function(sim, organization_ids, made_of=identity, **given):
        chosen = options(sim, organization_ids=organization_ids, **{**HOUR, **given})
        client = Client(chosen)
        try:
            return for_each(organization_ids, chosen["concurrency"], lambda each: made_of(each, answered(client, each)))
        finally:
            client.close()

    return function


class TestForEach:
    def test_in_order_each_once(self, sim, fleet):
        ids = sim.organization_ids[::-1]
        assert fleet(sim, ids) == [(each, Answer) for each in ids]
        assert sorted(sent.organization for sent in sim.requests) == sorted(ids)
        assert len(ids) == 50

    def test_failures_have_their_place(self, sim, fleet):
        ids = ["404", sim.organization_ids[1], sim.api_disabled_organization, sim.organization_ids[0]]
        assert fleet(sim, ids) == list(zip(ids, (ReadFailed, Answer, ReadFailed, Answer), strict=True))

    def test_concurrency_is_a_limit(self, sim, fleet):
        sim.add_fault("slow_headers", times=4, seconds=0.3)
        fleet(sim, sim.organization_ids[:4], concurrency=2)
        moments = [sent.at for sent in sim.requests]
        assert moments[2] - moments[0] >= 0.29
        assert moments[3] - moments[1] >= 0.29

    def test_many_are_on_their_way_at_once(self, sim, fleet):
        started = threading.Barrier(4, timeout=10)
        # Each waits for the others: one after the other they would never get past it.
        assert len(fleet(sim, sim.organization_ids[:4], lambda *_: started.wait(), concurrency=4)) == 4

    def test_a_slow_one_holds_up_no_other(self, sim, fleet):
        slow, *others = sim.organization_ids[:8]
        sim.add_fault("slow_headers", organization=slow, seconds=0.5)
        done = []
        fleet(sim, [slow, *others], lambda organization_id, _outcome: done.append(organization_id), concurrency=2)
        assert done == [*others, slow]

    def test_pacing(self, options):
        with Simulator(organizations=25) as sim:
            facts = read_facts(
                options(sim, organization_ids=sim.organization_ids, **{**HOUR, "requests_per_second": 50})
            )
            moments = sorted(sent.at for sent in sim.requests)
            assert [sent.status for sent in sim.requests] == [200] * 25
        assert len(facts["organizations"]) == 25
        # 24 gaps of 20 ms. A busy machine may delay the first a little.
        assert moments[-1] - moments[0] >= 0.4

    def test_none(self):
        assert for_each([], 20, str.upper) == []

    def test_an_error_of_the_job_is_not_lost(self):
        def job(organization_id):
            raise ApiHealthError(f"not {organization_id}")

        with pytest.raises(ApiHealthError, match="^not 1$"):
            for_each(["1", "2"], 2, job)


class TestReadFacts:
    @pytest.fixture
    def mixed(self, sim):
        return [sim.organization_ids[0], "549236", sim.organization_ids[2], sim.api_disabled_organization]

    def test_the_query_of_the_options(self, sim, options):
        given = {"operation_ids": ["a", "b"], "user_agent": "x", "version": 1}
        read_facts(options(sim, organization_ids=sim.organization_ids[:1], **HOUR, **given))
        assert sim.requests[0].query == (
            "timespan=3600&interval=120&version=1&operationIds%5B%5D=a&operationIds%5B%5D=b&userAgent=x"
        )

    def test_go_on(self, sim, options, mixed):
        result = read_facts(options(sim, organization_ids=mixed, on_error="continue", **HOUR))
        assert [each["organization_id"] for each in result["organizations"]] == [mixed[0], mixed[2]]
        assert [each["organization_id"] for each in result["failures"]] == [mixed[1], mixed[3]]
        assert [each["status"] for each in result["failures"]] == [404, 404]

    def test_fail_with_both_lists(self, sim, options, mixed):
        with pytest.raises(ApiHealthError) as caught:
            read_facts(options(sim, organization_ids=mixed, **HOUR))
        assert [each["organization_id"] for each in caught.value.details["organizations"]] == [mixed[0], mixed[2]]
        assert [each["organization_id"] for each in caught.value.details["failures"]] == [mixed[1], mixed[3]]
        assert str(caught.value).startswith("2 of 4 organizations failed; organization 549236 could not be read: ")
        assert "check the id, the key" in str(caught.value)

    def test_one_alone(self, sim, options):
        with pytest.raises(
            ApiHealthError, match=r"^organization 549236 could not be read: 127\.0\.0\.1:\d+ answered 4"
        ):
            read_facts(options(sim, organization_ids=["549236"], **HOUR))

    def test_half_of_them(self, sim, options):
        given = {"api_key": sim.keys["limited"], "organization_ids": sim.organization_ids, "on_error": "continue"}
        result = read_facts(options(sim, **given, **HOUR))
        assert [each["organization_id"] for each in result["organizations"]] == sim.organization_ids[:25]
        assert [each["organization_id"] for each in result["failures"]] == sim.organization_ids[25:]

    def test_without_intervals(self, sim, options):
        one = sim.organization_ids[:1]
        full = read_facts(options(sim, organization_ids=one, **HOUR))["organizations"][0]
        small = read_facts(options(sim, organization_ids=one, include_intervals=False, **HOUR))["organizations"][0]
        assert set(full) - set(small) == {"intervals"}
        assert len(full["intervals"]) >= 30

    def test_reshaped(self, sim, options):
        expression = "{id: organization_id, first: intervals[0:1].requests, codes: keys(summary.by_code)}"
        (found,) = read_facts(options(sim, organization_ids=sim.organization_ids[:1], query=expression, **HOUR))[
            "organizations"
        ]
        assert found["id"] == sim.organization_ids[0]
        assert isinstance(found["first"][0], int)
        assert "200" in found["codes"]

    def test_an_expression_that_does_not_fit(self, sim, options):
        with pytest.raises(ApiHealthError, match=r"^query: 'length\(summary\.requests\)' does not fit the facts"):
            read_facts(
                options(sim, organization_ids=sim.organization_ids[:1], query="length(summary.requests)", **HOUR)
            )

    def test_an_empty_answer(self, options):
        with Simulator(empty=True) as sim:
            given = {"organization_ids": sim.organization_ids}
            (found,) = read_facts(options(sim, **given))["organizations"]
        assert (found["summary"]["observed"], found["summary"]["requests"]) == (False, 0)
        assert found["summary"]["percent"]["server_error"] is None

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts of many organizations over real HTTP: what fails, what goes on, and in which shape they come."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from tests.simulator import Simulator

QUERY = {"timespan": 3600, "interval": 120, "requests_per_second": 100}


class TestReadFacts:
    @pytest.fixture
    def mixed(self, sim):
        return [sim.organization_ids[0], "549236", sim.organization_ids[2], sim.api_disabled_organization]

    def test_the_query_of_the_options(self, sim, options):
        given = {"operation_ids": ["a", "b"], "user_agent": "x", "version": 1}
        read_facts(options(sim, organization_ids=sim.organization_ids[:1], **QUERY, **given))
        assert sim.requests[0].query == (
            "timespan=3600&interval=120&version=1&operationIds%5B%5D=a&operationIds%5B%5D=b&userAgent=x"
        )

    def test_go_on(self, sim, options, mixed):
        result = read_facts(options(sim, organization_ids=mixed, on_error="continue", **QUERY))
        assert [each["organization_id"] for each in result["organizations"]] == [mixed[0], mixed[2]]
        assert [each["organization_id"] for each in result["failures"]] == [mixed[1], mixed[3]]
        assert [each["status"] for each in result["failures"]] == [404, 404]

    def test_fail_with_both_lists(self, sim, options, mixed):
        with pytest.raises(ApiHealthError) as caught:
            read_facts(options(sim, organization_ids=mixed, **QUERY))
        assert [each["organization_id"] for each in caught.value.details["organizations"]] == [mixed[0], mixed[2]]
        assert [each["organization_id"] for each in caught.value.details["failures"]] == [mixed[1], mixed[3]]
        assert str(caught.value).startswith("2 of 4 organizations failed; organization 549236 could not be read: ")
        assert "check the id, the key" in str(caught.value)

    def test_one_alone(self, sim, options):
        with pytest.raises(
            ApiHealthError, match=r"^organization 549236 could not be read: 127\.0\.0\.1:\d+ answered 4"
        ):
            read_facts(options(sim, organization_ids=["549236"], **QUERY))

    @pytest.mark.slow
    def test_half_of_them(self, sim, options):
        given = {"api_key": sim.keys["limited"], "organization_ids": sim.organization_ids, "on_error": "continue"}
        result = read_facts(options(sim, **given, **QUERY))
        assert [each["organization_id"] for each in result["organizations"]] == sim.organization_ids[:25]
        assert [each["organization_id"] for each in result["failures"]] == sim.organization_ids[25:]

    def test_without_intervals(self, sim, options):
        one = sim.organization_ids[:1]
        full = read_facts(options(sim, organization_ids=one, **QUERY))["organizations"][0]
        small = read_facts(options(sim, organization_ids=one, include_intervals=False, **QUERY))["organizations"][0]
        assert set(full) - set(small) == {"intervals"}
        assert len(full["intervals"]) >= 30

    def test_reshaped(self, sim, options):
        expression = "{id: organization_id, first: intervals[0:1].requests, codes: keys(summary.by_code)}"
        (found,) = read_facts(options(sim, organization_ids=sim.organization_ids[:1], query=expression, **QUERY))[
            "organizations"
        ]
        assert found["id"] == sim.organization_ids[0]
        assert isinstance(found["first"][0], int)
        assert "200" in found["codes"]

    def test_an_empty_answer(self, options):
        with Simulator(empty=True) as sim:
            given = {"organization_ids": sim.organization_ids}
            (found,) = read_facts(options(sim, **given))["organizations"]
        assert (found["summary"]["observed"], found["summary"]["requests"]) == (False, 0)
        assert found["summary"]["percent"]["server_error"] is None

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job for each organization: what one of them brings never costs another its result."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api import fleet as _fleet
from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from tests.unit.plugins.module_utils.asked import FAILURE_KEYS

QUERY = {"timespan": 3600, "interval": 120, "requests_per_second": 100}
# The facts of an organization without requests have no busiest interval.
PEAK = "abs(summary.rps.max)"


class TestExpression:
    """A query that fits the facts of some organizations, and not those of others."""

    @pytest.fixture
    def two(self, sim):
        idle = sim.organization_ids[1]
        sim.add_fault("json_200", body=[], organization=idle, times=None)
        return [sim.organization_ids[0], idle]

    def test_only_the_one_that_it_does_not_fit_fails(self, sim, options, two):
        result = read_facts(options(sim, organization_ids=two, query=PEAK, on_error="continue", **QUERY))
        (peak,) = result["organizations"]
        assert peak > 0
        (failure,) = result["failures"]
        assert set(failure) == FAILURE_KEYS
        assert (failure["organization_id"], failure["status"], failure["attempts"]) == (two[1], 200, 1)
        assert failure["retryable"] is False
        assert failure["errors"] == []
        asked = next(each for each in sim.requests if each.organization == two[1])
        assert failure["request_id"] == asked.request_id
        assert failure["message"].startswith(f"query {PEAK!r} does not fit the facts (")
        assert failure["hint"].startswith("Correct the expression.")

    def test_the_error_carries_both_lists(self, sim, options, two):
        with pytest.raises(ApiHealthError) as caught:
            read_facts(options(sim, organization_ids=two, query=PEAK, **QUERY))
        assert str(caught.value).startswith(
            f"1 of 2 organizations failed; organization {two[1]} was read, but query {PEAK!r} does not fit the facts ("
        )
        assert len(caught.value.details["organizations"]) == 1
        assert [each["organization_id"] for each in caught.value.details["failures"]] == [two[1]]

    @pytest.mark.parametrize(
        "expression",
        [
            "length(summary.requests)",
            "ceil(`1e999`)",
            "avg(`[1e308, 1e308]`)",
            "intervals[::0]",
            "contains(organization_id, `5`)",
            "&summary",
            "to_array(&a)",
        ],
    )
    def test_whatever_jmespath_stumbles_over(self, sim, options, expression):
        """It raises what Python does, and returns what no JSON can hold."""
        one = sim.organization_ids[0]
        with pytest.raises(ApiHealthError) as caught:
            read_facts(options(sim, organization_ids=[one], query=expression, **QUERY))
        told = str(caught.value)
        assert told.startswith(f"organization {one} was read, but query {expression!r} does not fit the facts (")
        assert told.isprintable()

    def test_a_long_expression_is_cut(self, sim, options):
        given = {"organization_ids": sim.organization_ids[:1], "query": f"abs('{'x' * 5000}')"}
        with pytest.raises(ApiHealthError) as caught:
            read_facts(options(sim, **given, **QUERY))
        assert len(str(caught.value)) < 700


class TestSay:
    @pytest.mark.slow
    def test_how_far_it_is_if_it_takes_long(self, sim, options, monkeypatch):
        monkeypatch.setattr(_fleet, "TELL_SECONDS", 0.2)
        said: list[str] = []
        ids = ["404", *sim.organization_ids[:9]]
        given = {**QUERY, "requests_per_second": 20, "on_error": "continue"}
        read_facts(options(sim, organization_ids=ids, **given), said.append)
        counts = [int(line.partition("/10 organizations, 1 failing")[0]) for line in said]
        assert 1 <= len(counts) <= 3
        assert counts == sorted(counts)

    def test_nothing_if_it_does_not(self, sim, options):
        said: list[str] = []
        read_facts(options(sim, organization_ids=sim.organization_ids[:3], **QUERY), said.append)
        assert said == []

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate's whole job: read, widen where there was too little, judge."""

from __future__ import annotations

import time

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import VERDICT_FILTER
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._fleet import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._gate import judge_facts, judge_organizations
from ansible_collections.apihealth.meraki.plugins.module_utils._options import validated


def statuses(verdict):
    return verdict["status"], verdict["gate"]


class TestJudgeOrganizations:
    @pytest.mark.parametrize(
        ("scenario", "expected", "requests"),
        [
            ("healthy", ("pass", "open"), 1),
            ("degraded", ("fail", "closed"), 1),
            ("recovering", ("warn", "open"), 1),
            ("throttled", ("fail", "closed"), 1),
            ("quiet", None, 2),
            ("idle", ("inconclusive", "open"), 2),
        ],
    )
    def test_scenario(self, sim, health_options, scenario, expected, requests):
        sim.scenario_of(sim.organization_ids[0], scenario)
        verdict = judge_organizations(health_options(sim))
        if expected:
            assert statuses(verdict) == expected
        assert len(sim.requests) == requests
        assert verdict["organizations"][0]["data"]["widened"] is (requests == 2)

    def test_what_is_asked_for(self, sim, health_options):
        judge_organizations(health_options(sim, admin_ids=["7"]))
        query = dict(pair.split("=") for pair in sim.requests[0].query.split("&"))
        assert set(query) == {"t0", "t1", "interval", "adminIds%5B%5D"}
        assert query["interval"] == "120"

    def test_only_the_quiet_ones_are_read_again(self, sim, health_options):
        ids = sim.organization_ids[:3]
        sim.scenario_of(ids[1], "idle")
        verdict = judge_organizations(health_options(sim, organization_ids=ids))
        assert [each["organization_id"] for each in verdict["organizations"]] == ids
        assert sorted(sent.organization for sent in sim.requests) == sorted([*ids, ids[1]])
        assert [each["data"]["widened"] for each in verdict["organizations"]] == [False, True, False]

    def test_nothing_is_widened_on_request(self, sim, health_options):
        sim.scenario_of(sim.organization_ids[0], "idle")
        verdict = judge_organizations(health_options(sim, max_window_minutes=60))
        assert len(sim.requests) == 1
        assert verdict["status"] == "inconclusive"

    def test_the_worst_wins_and_all_are_reported(self, sim, health_options):
        ids = sim.organization_ids[:3]
        sim.scenario_of(ids[1], "degraded")
        verdict = judge_organizations(health_options(sim, organization_ids=ids))
        assert statuses(verdict) == ("fail", "closed")
        assert [each["status"] for each in verdict["organizations"]] == ["pass", "fail", "pass"]

    def test_what_cannot_be_read_is_an_error(self, sim, health_options):
        verdict = judge_organizations(health_options(sim, organization_ids=[sim.organization_ids[0], "549236"]))
        assert statuses(verdict) == ("error", "closed")
        read = verdict["organizations"][1]["read"]
        assert (read["ok"], read["attempts"], read["status"]) == (False, 1, 404)
        assert "answered 404" in read["error"]["message"]

    def test_a_failed_second_read_is_an_error(self, sim, health_options):
        sim.scenario_of(sim.organization_ids[0], "idle")
        sim.add_fault("slow_headers", seconds=0)
        sim.add_fault("status", status=403)
        verdict = judge_organizations(health_options(sim))
        assert statuses(verdict) == ("error", "closed")
        assert len(sim.requests) == 2

    def test_report_only(self, sim, health_options):
        sim.scenario_of(sim.organization_ids[0], "degraded")
        assert statuses(judge_organizations(health_options(sim, mode="report_only"))) == ("fail", "open")


class TestJudgeFacts:
    @pytest.fixture
    def found(self, sim, options):
        def function(**given):
            ids = sim.organization_ids[:2]
            given = {"organization_ids": ids, "t0": "-7h", "interval": 120, "on_error": "continue", **given}
            return read_facts(options(sim, **given))

        return function

    def judge(self, facts, **policy):
        now = time.time()
        return judge_facts(facts, validated(VERDICT_FILTER, policy, now), now)

    def test_as_the_module_judges(self, sim, found, health_options):
        sim.scenario_of(sim.organization_ids[1], "degraded")
        mine = self.judge(found())
        other = judge_organizations(health_options(sim, organization_ids=sim.organization_ids[:2]))
        assert statuses(mine) == statuses(other) == ("fail", "closed")
        for one, two in zip(mine["organizations"], other["organizations"], strict=True):
            assert [(check["name"], check["status"]) for check in one["checks"]] == [
                (check["name"], check["status"]) for check in two["checks"]
            ]

    def test_a_result_an_organization_or_a_list(self, found):
        facts = found()
        assert len(self.judge(facts)["organizations"]) == 2
        assert len(self.judge(facts["organizations"])["organizations"]) == 2
        assert len(self.judge(facts["organizations"][0])["organizations"]) == 1

    def test_failures_are_errors(self, sim, found):
        facts = found(organization_ids=[sim.organization_ids[0], "549236"])
        verdict = self.judge(facts)
        assert statuses(verdict) == ("error", "closed")
        assert verdict["organizations"][1]["organization_id"] == "549236"

    def test_recorded_facts_are_judged_at_their_time(self, found):
        facts = found()
        assert self.judge(facts, now="now-0s")["status"] == "pass"
        then = facts["organizations"][0]["window"]["t1"]
        assert self.judge(facts, now=then)["evaluated_at"] == then

    def test_widened_where_the_facts_reach(self, sim, found):
        for each in sim.organization_ids[:2]:
            sim.scenario_of(each, "idle")
        assert [one["data"]["widened"] for one in self.judge(found())["organizations"]] == [True, True]
        assert [one["data"]["widened"] for one in self.judge(found(t0="-2h"))["organizations"]] == [False, False]

    @pytest.mark.parametrize(
        "given",
        [[], {}, "", "text", None, 5, [5], [None], ["text"], [[]], {"organizations": []}, {"organizations": 5},
         {"organizations": None}, {"organizations": ["text"]}, [{"organization_id": "1"}],
         [{"organization_id": "1", "window": {}}], [{"organization_id": "1", "window": {}, "intervals": [5]}],
         {"organizations": [], "failures": [5]}, {"organizations": [], "failures": 5},
         {"organizations": [], "failures": [{}]}],
        ids=repr,
    )  # fmt: skip
    def test_no_facts(self, given):
        with pytest.raises(ApiHealthError):
            self.judge(given)

    def test_facts_without_intervals(self, found):
        with pytest.raises(ApiHealthError, match="include_intervals"):
            self.judge(found(include_intervals=False))

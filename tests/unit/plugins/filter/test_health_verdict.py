# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter, as a template calls it."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.apihealth.meraki.plugins.filter.health_verdict import FilterModule
from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts


class TestFilters:
    def test_names(self):
        assert list(FilterModule().filters()) == ["health_verdict"]


class TestHealthVerdict:
    @pytest.fixture
    def facts(self, sim, options):
        return read_facts(options(sim, organization_ids=sim.organization_ids[:1], t0="-7h", interval=120))

    @pytest.fixture
    def judge(self):
        return FilterModule().filters()["health_verdict"]

    def test_verdict(self, facts, judge):
        verdict = judge(facts)
        assert (verdict["status"], verdict["gate"]) == ("pass", "open")

    def test_policy(self, facts, judge):
        assert judge(facts, client_error_warn_percent=0.1)["status"] == "warn"
        assert judge(facts, client_error_fail_percent="0.5", mode="report_only")["gate"] == "open"

    def test_blanks(self, facts, judge):
        assert judge(facts, mode="", now=None, ignore_codes="")["mode"] == "enforce"

    def test_a_misspelt_threshold_does_not_pass(self, facts, judge):
        with pytest.raises(AnsibleFilterError, match=r"^health_verdict: unknown option .*server_error_fail_percent\?"):
            judge(facts, server_error_fail_precent=5)

    def test_everything_wrong_at_once(self, facts, judge):
        with pytest.raises(AnsibleFilterError) as caught:
            judge(facts, mode="dry", window_minutes=True, api_key="x")
        for name in ("mode", "window_minutes", "api_key"):
            assert name in str(caught.value)

    def test_usual_traffic_of_facts_that_reach_so_far_back(self, sim, options, judge):
        sim.clock.freeze()
        hourly = {"organization_ids": sim.organization_ids[:1], "t0": "-16d", "interval": 3600}
        facts = read_facts(options(sim, **hourly))
        checks = [{"metric": "traffic_below_usual_percent", "warn": 0}]
        until = facts["organizations"][0]["window"]["t1"]
        (organization,) = judge(facts, now=until, settle_seconds=0, history_weeks=2, checks=checks)["organizations"]
        found = next(check for check in organization["checks"] if check["name"] == "traffic_below_usual_percent")
        assert found["status"] in ("pass", "warn")
        # The simulator's traffic is much the same each week.
        assert found["value"] < 20
        assert 0.5 < found["numerator"] / found["denominator"] < 2

    @pytest.mark.parametrize("now", ["yesterday", "2026-05-04T10:00:00", "1e99", ["now"]])
    def test_no_moment(self, facts, judge, now):
        with pytest.raises(AnsibleFilterError, match="now"):
            judge(facts, now=now)

    @pytest.mark.parametrize("given", [None, "", 5, [], {}, [{}], "text", {"msg": "failed"}])
    def test_no_facts(self, judge, given):
        with pytest.raises(AnsibleFilterError, match="^health_verdict: "):
            judge(given)


def test_options_have_names():
    with pytest.raises(AnsibleFilterError, match="give every option by its name"):
        FilterModule().filters()["health_verdict"]({}, "strict")

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter, as a template calls it."""

from __future__ import annotations

import time

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.apihealth.meraki.plugins.filter.health_verdict import FilterModule
from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data, short
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import combine
from ansible_collections.apihealth.meraki.plugins.module_utils._time import to_iso
from tests.unit.plugins.module_utils.made import judged, policy, rate


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


class TestVerdicts:
    """A verdict in hand is a permission for a while."""

    @pytest.fixture
    def judge(self):
        return FilterModule().filters()["health_verdict"]

    @pytest.fixture(params=["whole", "short"])
    def made(self, request):
        def function(minutes, **changes):
            found = combine([judged(rate(0, 900)).organization], policy(), time.time() - minutes * 60)
            make = short if request.param == "short" else as_data
            return {**make(found, policy()), **changes}

        return function

    def test_one_that_is_valid_is_returned(self, judge, made):
        verdict = made(14)
        assert judge(verdict) == verdict
        assert judge(verdict, max_age_minutes="15") == verdict

    def test_one_that_is_no_longer_valid(self, judge, made):
        verdict = made(16)
        with pytest.raises(AnsibleFilterError, match=f"was valid until {verdict['valid_until']}: judge again"):
            judge(verdict)

    def test_an_age_replaces_its_own_limit(self, judge, made):
        assert judge(made(16), max_age_minutes=20)["gate"] == "open"
        with pytest.raises(AnsibleFilterError, match=r"6 min ago, and max_age_minutes is 5: judge again"):
            judge(made(6), max_age_minutes=5)

    def test_one_of_the_future(self, judge, made):
        assert judge(made(-4))["gate"] == "open"
        with pytest.raises(AnsibleFilterError, match="the two clocks differ"):
            judge(made(-6))

    def test_an_override_that_has_ended(self, judge, made):
        until = to_iso(time.time() - 60)
        verdict = made(20, overridden={"reason": "replace the switch", "until": until})
        with pytest.raises(AnsibleFilterError, match=f"was overridden until {until}: judge again"):
            judge(verdict, max_age_minutes=30)

    def test_it_is_not_judged_again(self, judge, made):
        with pytest.raises(AnsibleFilterError) as caught:
            judge(made(1), profile="strict", now="now", max_age_minutes=5)
        assert str(caught.value) == (
            "health_verdict: 2 problems with the options: profile: a verdict is not judged again, so it has no effect; "
            "now: a verdict is not judged again, so it has no effect"
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"schema": 2},
            {"gate": "ajar"},
            {"gate": ["open"]},
            {"status": None},
            {"status": {}},
            {"evaluated_at": None},
            {"evaluated_at": "yesterday"},
            {"valid_until": 5},
            {"overridden": 5},
            {"overridden": {"reason": "replace the switch"}},
            {"valid_until": "2026-05-04T14:00:00"},
        ],
    )
    def test_what_is_no_verdict(self, judge, made, changes):
        with pytest.raises(AnsibleFilterError, match="this is not a (complete )?verdict"):
            judge(made(1, **changes))

    @pytest.mark.parametrize("most", [0, "x", -1, 44641, True])
    def test_no_age(self, judge, made, most):
        with pytest.raises(AnsibleFilterError, match="max_age_minutes"):
            judge(made(1), max_age_minutes=most)

    def test_facts_of_long_ago_give_an_old_verdict(self, judge, sim, options):
        facts = read_facts(options(sim, organization_ids=sim.organization_ids[:1], t0="-7h", interval=120))
        assert judge(facts, max_age_minutes=30)["gate"] == "open"
        with pytest.raises(AnsibleFilterError, match="max_age_minutes is 30"):
            judge(facts, now="-1h", max_age_minutes=30)

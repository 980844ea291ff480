# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as data: whole, and nothing but JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import OUTCOMES, as_data, short
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import Poll, combine
from tests.unit.plugins.module_utils.made import (
    INCIDENT,
    NOW,
    T0,
    T1,
    answers,
    copied,
    data_of,
    hours,
    iso,
    judged,
    policy,
    rate,
    the,
    unread,
    verdict,
    whole,
)
from tests.unit.plugins.module_utils.schema import valid

EVERYTHING = {
    "planned_requests": 300,
    "planned_minutes": 5,
    "slo_percent": 99.9,
    "baseline_days": 7,
    "checks": [
        {"metric": "success_percent", "fail": 95, "over": "worst_interval"},
        {"metric": "requests", "fail": 1},
        {"metric": "query", "query": "summary.requests", "fail": 10},
    ],
}


class TestAsData:
    @given(data=hours | answers())
    @whole
    def test_is_json_that_the_schema_admits(self, data):
        try:
            organization = judged(data, **EVERYTHING)
        except ValueError:
            return
        made = verdict([organization, unread("7", given=EVERYTHING)], **EVERYTHING)
        assert copied(made) == made

    @pytest.mark.parametrize("status", STATUSES[1:])
    def test_every_status_has_an_outcome(self, status):
        assert OUTCOMES[status] in (0, 1, 2, 3)

    def test_moments_are_texts(self):
        made = verdict([judged(INCIDENT)])
        assert made["evaluated_at"] == iso(NOW)
        (organization,) = made["organizations"]
        assert (organization["window"]["t0"], organization["window"]["t1"]) == (iso(T0), iso(T1))
        assert organization["data"]["newest"] == iso(T1)
        assert the(organization)["first_breach"] == iso(T1 - 840)

    def test_a_gate_that_waited_says_what_it_saw(self):
        options = policy()
        found = combine([judged(rate(0, 900)).organization], options, NOW, [Poll(T1, "fail", "closed", "mine")], 61.4)
        made = as_data(found, options)
        assert made["history"] == [{"at": iso(T1), "status": "fail", "gate": "closed", "worst": "mine"}]
        assert made["waited_seconds"] == 61
        valid(made)

    def test_counts_are_of_all_checks(self):
        made = verdict([judged(rate(0, 900)), unread("7")])
        assert {name: count for name, count in made["counts"].items() if count} == {"skipped": 1, "pass": 4, "error": 5}


class TestOrganizationData:
    def test_a_chart_is_no_part_of_it(self):
        drawn = judged(INCIDENT, charted=True).organization
        assert drawn.series is not None
        assert data_of(drawn, policy()) == data_of(judged(INCIDENT).organization, policy())

    def test_of_one_that_could_not_be_read(self):
        found = data_of(unread(message="no answer", hint="Look.").organization, policy())
        assert [found[part] for part in ("window", "data", "summary", "capacity", "since")] == [None] * 5
        assert (found["read"]["ok"], found["read"]["error"]["message"]) == (False, "no answer")
        assert the(found)["detail"] == {"error": "no answer"}


class TestShort:
    def made(self, organizations, **given):
        options = policy(**given)
        made = short(combine([one.organization for one in organizations], options, NOW), options)
        valid(made, is_short=True)
        return made

    def test_in_full(self):
        fleet = [judged(rate(0, 900), "a"), judged(rate(90, 900), "b")]
        fleet[1].organization = fleet[1].organization._replace(name="Berlin")
        made = self.made(fleet)
        whole_one = as_data(combine([one.organization for one in fleet], policy(), NOW), policy())
        parts = ("organizations", "organizations_left_out")
        assert {name: part for name, part in made.items() if name not in parts} == {
            name: whole_one[name]
            for name in (
                *(
                    "schema",
                    "status",
                    "gate",
                    "mode",
                    "outcome",
                    "headline",
                    "summary",
                    "lines",
                    "next_step",
                    "evaluated_at",
                ),
                *("counts", "causes", "closed_organizations", "overridden", "valid_until"),
            )
        }
        assert made["organizations"] == [
            {
                "organization_id": "b",
                "organization_name": "Berlin",
                "status": "fail",
                "gate": "closed",
                "worst": "server_error_percent",
            },
            {"organization_id": "a", "organization_name": None, "status": "pass", "gate": "open", "worst": None},
        ]
        assert made["organizations_left_out"] == 0
        assert short(combine([one.organization for one in fleet], policy(), NOW), policy(), whole=whole_one) == made

    @pytest.mark.parametrize("data", [rate(0, 900), rate(90, 900), []])
    def test_a_thousand_take_100_kb_at_most(self, data):
        one = judged(data)
        fleet = [one.but(str(646829496481105433 + place)) for place in range(1000)]
        for place, each in enumerate(fleet):
            each.organization = each.organization._replace(name=f"Branch office {place:04}")
        made = self.made(fleet)
        assert 90_000 < len(json.dumps(made)) <= 100_000
        assert len(made["organizations"]) + made["organizations_left_out"] == 1000
        assert len(made["closed_organizations"]) == (0 if data == rate(0, 900) else 1000)

    def test_none_that_closes_the_gate_is_left_out_of_the_ids(self):
        one = judged(rate(90, 900))
        made = self.made([one.but(str(10**17 + place)) for place in range(5000)])
        assert len(made["closed_organizations"]) == len(set(made["closed_organizations"])) == 5000
        assert len(made["organizations"]) == 20

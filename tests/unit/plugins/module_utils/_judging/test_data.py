# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as data: whole, and nothing but JSON."""

from __future__ import annotations

import pytest
from hypothesis import given

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import OUTCOMES, as_data, organization_data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import Poll, combine
from tests.unit.plugins.module_utils.made import (
    INCIDENT,
    NOW,
    T0,
    T1,
    answers,
    copied,
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
        assert organization_data(drawn) == organization_data(judged(INCIDENT).organization)

    def test_of_one_that_could_not_be_read(self):
        found = organization_data(unread(message="no answer", hint="Look.").organization)
        assert [found[part] for part in ("window", "data", "summary", "capacity", "since")] == [None] * 5
        assert (found["read"]["ok"], found["read"]["error"]["message"]) == (False, "no answer")
        assert the(found)["detail"] == {"error": "no answer"}

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What closes the gate, grouped by cause: nothing depends on the order in which organizations are given."""

from __future__ import annotations

import random

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.causes import causes
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import combine
from tests.unit.plugins.module_utils.made import NOW, answer, combined, iso, judged, policy, rate, unread, verdict

HEALTHY = {200: 30}


def since(minutes, organization_id, bad=10, code=500):
    """An organization in which `bad` of every 30 requests fail since so many minutes before 14:00Z."""
    count = minutes // 2
    return judged(answer([HEALTHY] * (30 - count) + [{200: 30 - bad, code: bad}] * count), organization_id)


def told(*organizations, **given):
    found = combine([one.organization for one in organizations], policy(**given), NOW)
    return [(one.told, [each.organization_id for each in one.organizations]) for one in causes(found)]


class TestCauses:
    def test_none_where_the_gate_is_open(self):
        assert told(judged(rate(0, 900)), judged(rate(11, 900), "2"), judged(rate(0, 40), "3")) == []

    def test_those_that_began_within_six_minutes_are_one(self):
        began = [since(30, "a"), since(26, "b"), since(24, "c"), since(22, "d", 12)]
        assert told(*began) == [("3 for 5xx since 13:30Z", ["a", "b", "c"]), ("1 for 5xx since 13:38Z", ["d"])]

    def test_of_one_metric_whatever_the_reason(self):
        down = judged(answer([HEALTHY] * 20 + [{500: 30}] * 10), "down")
        small = judged(answer([{200: 1}] * 20 + [{200: 1, 500: 2}] * 10), "small")
        assert len({one.organization.worst.reason for one in (down, small)}) == 2
        assert told(down, small) == [("2 for 5xx since 13:40Z", ["small", "down"])]

    def test_each_kind_of_trouble_is_another(self):
        made = [
            since(30, "errors"),
            since(30, "limited", code=429),
            judged([], "silent"),
            unread("hidden"),
            unread("forbidden", status=403),
            unread("dead", status=None),
        ]
        assert told(*made) == [
            ("1 for 429 since 13:30Z", ["limited"]),
            ("1 for 5xx since 13:30Z", ["errors"]),
            ("1 that could not be read (HTTP 403)", ["forbidden"]),
            ("1 that could not be read (HTTP 404)", ["hidden"]),
            ("1 that could not be read (no answer)", ["dead"]),
            ("1 for no data", ["silent"]),
        ]

    def test_what_is_tolerated_is_no_cause(self):
        quiet = judged(rate(0, 40), "quiet", on_low_traffic="warn")
        assert told(quiet, since(30, "b")) == [("1 for 5xx since 13:30Z", ["b"])]
        strict = judged(rate(0, 40), "quiet", on_low_traffic="fail")
        assert told(strict, on_low_traffic="fail") == [("1 for low traffic", ["quiet"])]

    def test_a_query_is_called_by_its_name(self):
        check = {"name": "too many {{ x }}", "metric": "query", "query": "summary.requests", "fail": 10}
        assert told(judged(rate(0, 900), checks=[check]), checks=[check]) == [("1 for too many {{ x }}", ["549236"])]

    def test_one_that_was_open_only_once(self):
        made = combined([judged(rate(0, 900))], policy(), unconfirmed=["549236"])
        assert made["causes"] == [
            {
                "reason": "unconfirmed",
                "label": "a single healthy poll",
                "metric": None,
                "since": None,
                "organizations": ["549236"],
                "next_step": made["next_step"],
            }
        ]
        assert made["closed_organizations"] == ["549236"]

    def test_as_data(self):
        made = verdict([since(30, "a"), since(28, "b", 20), unread("c")])
        assert made["closed_organizations"] == ["b", "a", "c"]
        assert [{**one, "next_step": None} for one in made["causes"]] == [
            {
                "reason": "threshold",
                "label": "5xx",
                "metric": "server_error_percent",
                "since": iso(NOW - 130 - 1800),
                "organizations": ["b", "a"],
                "next_step": None,
            },
            {
                "reason": "read_failed",
                "label": "HTTP 404",
                "metric": None,
                "since": None,
                "organizations": ["c"],
                "next_step": None,
            },
        ]
        assert [one["gate"] for one in made["organizations"]] == ["closed"] * 3

    def test_only_what_closes_the_gate_is_one(self):
        made = verdict([since(30, "a")], mode="report_only")
        assert (made["closed_organizations"], made["causes"], made["organizations"][0]["gate"]) == ([], [], "open")

    @pytest.mark.parametrize("seed", range(20))
    def test_nothing_said_depends_on_the_order(self, seed):
        chance = random.Random(seed)
        fleet = [
            since(chance.choice([10, 20, 30]), str(one), chance.choice([9, 15]), chance.choice([429, 500]))
            for one in range(12)
        ]
        fleet += [unread("x"), judged([], "y"), judged(rate(0, 40), "z"), judged(rate(0, 900), "w")]
        told = []
        for _time in range(2):
            chance.shuffle(fleet)
            made = as_data(combine([one.organization for one in fleet], policy(), NOW), policy())
            parts = {one["organization_id"]: one for one in made.pop("organizations")}
            told.append((made, parts))
        assert told[0] == told[1]


class TestRank:
    def test_by_status_then_by_how_far_then_by_id(self):
        fleet = [
            judged(rate(0, 900), "pass"),
            judged(rate(11, 900), "warn"),
            unread("error"),
            judged(rate(90, 900), "ten"),
            judged(rate(180, 900, code=429), "twenty"),
            judged(rate(90, 900), "also ten"),
            judged(rate(0, 40), "quiet"),
        ]
        made = verdict(fleet)
        ranked = sorted(made["organizations"], key=lambda one: one["rank"])
        assert [one["organization_id"] for one in ranked] == [
            *("twenty", "also ten", "ten", "error", "quiet", "warn", "pass"),
        ]
        assert [one["rank"] for one in ranked] == [1, 2, 3, 4, 5, 6, 7]

    def test_where_down_is_worse(self):
        checks = [{"metric": "success_percent", "fail": 90}]
        fleet = [judged(rate(bad, 900, code=404), str(bad), checks=checks) for bad in (100, 300, 200)]
        assert verdict(fleet, checks=checks)["closed_organizations"] == ["300", "200", "100"]

    def test_a_limit_of_zero(self):
        given = {"server_error_warn_percent": 0, "server_error_fail_percent": 0}
        fleet = [judged(rate(90, 900, code=429), "a"), judged(rate(18, 900), "b", **given)]
        assert verdict(fleet, **given)["closed_organizations"] == ["b", "a"]

    def test_a_sudden_failure_by_its_last_minutes(self):
        sudden = judged(rate(60, 6000, (60, 240)), "sudden")
        assert sudden.organization.worst.reason == "sudden"
        assert verdict([judged(rate(63, 900), "seven"), sudden])["closed_organizations"] == ["sudden", "seven"]

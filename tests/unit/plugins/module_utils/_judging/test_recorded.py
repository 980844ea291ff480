# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts made earlier, judged as they would have been then."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils import _facts, _intervals, _window
from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import Client
from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import judge_organizations
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import verdict as _verdict
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import too_quiet, window_of
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.recorded import judge_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._time import parse_time
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.record import FOLDER, RECORDINGS, record, text
from tests.unit.plugins.module_utils.made import (
    FAILURE,
    NOW,
    REQUEST,
    T1,
    answer,
    answers,
    copied,
    hours,
    iso,
    json_values,
    judged,
    policy,
    rate,
    the,
    verdict,
    whole,
)

HEALTHY, FAILING = rate(0, 900), rate(200, 900)


def recorded(data, asked=None, organization_id="549236"):
    """Facts as they come back from a file."""
    asked = asked or _window.recent_window(60, 120, NOW)
    return copied(_facts.facts(organization_id, _intervals.parse_answer(data), asked, NOW, REQUEST))


class TestJudgeFacts:
    @given(st.one_of(hours, answers()))
    @whole
    def test_as_if_the_answer_had_just_arrived(self, data):
        made = judge_facts(recorded(data), policy(), iso(NOW), NOW + 10**6)
        assert made == verdict([judged(data)])

    def test_takes_a_result_one_organization_or_a_list(self):
        facts, others = recorded(FAILING), recorded(HEALTHY, organization_id="1")
        made = [
            judge_facts(one, policy(), str(NOW), 0)
            for one in (facts, [facts], [facts, others], {"organizations": [facts, others], "failures": []})
        ]
        assert made[0] == made[1]
        assert made[2] == made[3]
        assert [one["status"] for one in made[0]["organizations"]] == ["fail"]
        assert [one["status"] for one in made[2]["organizations"]] == ["fail", "pass"]

    def test_failures_are_errors(self):
        result = {"organizations": [recorded(HEALTHY, organization_id="1")], "failures": [{**FAILURE}]}
        made = judge_facts(result, policy(), "now", NOW)
        assert [one["status"] for one in made["organizations"]] == ["pass", "error"]
        assert (made["status"], made["gate"]) == ("error", "closed")
        assert judge_facts({"organizations": [], "failures": [{**FAILURE}]}, policy(), "now", NOW)["status"] == "error"

    def test_judges_at_the_moment_given(self):
        facts = recorded(HEALTHY)
        assert judge_facts(facts, policy(), "now", NOW)["status"] == "pass"
        assert judge_facts(facts, policy(), "now", NOW + 3600)["gate"] == "closed"
        assert judge_facts(facts, policy(), "-1h", NOW + 3600)["status"] == "pass"

    @pytest.mark.parametrize(("hours_asked", "widened"), [(1, False), (5, False), (6, True), (24, True)])
    def test_widens_where_the_facts_reach_as_far(self, hours_asked, widened):
        data = answer([{200: 1}] * 30 * hours_asked)
        made = judge_facts(recorded(data, Window(T1 - 3600 * hours_asked, T1, 120)), policy(), "now", NOW)
        (one,) = made["organizations"]
        assert the(one)["window"]["widened"] is widened
        assert (the(one)["status"], the(one)["denominator"]) == (("pass", 180) if widened else ("inconclusive", 30))
        # What is said of the organization is of the window asked for.
        assert (one["data"]["widened"], one["summary"]["requests"]) == (False, 30)

    @pytest.mark.parametrize("moment", ["soon", "2026-05-04T14:02:10", "-99999999999w"])
    def test_refuses_a_moment_that_is_none(self, moment):
        with pytest.raises(ApiHealthError, match="now"):
            judge_facts(recorded(HEALTHY), policy(), moment, NOW)

    @pytest.mark.parametrize(
        "given",
        [
            None,
            5,
            "x",
            {},
            [],
            ["x"],
            [None],
            {"organizations": []},
            {"organizations": None},
            {"organizations": "x"},
            {"organizations": [5]},
            {"organizations": [], "failures": "x"},
            {"organizations": [], "failures": ["x"]},
            {"organizations": [], "failures": [{}]},
            {"organizations": [], "failures": 5},
            "",
            [5],
            [[]],
            [{"organization_id": "1"}],
            [{"organization_id": "1", "window": {}}],
            [{"organization_id": "1", "window": {}, "intervals": [5]}],
        ],
        ids=repr,
    )
    def test_refuses_what_are_no_facts(self, given):
        with pytest.raises(ApiHealthError):
            judge_facts(given, policy(), "now", NOW)

    @pytest.mark.parametrize("request_", [None, [], "x", {"attempts": "x"}, {"attempts": None, "status": None}])
    def test_facts_without_a_request_are_facts(self, request_):
        assert judge_facts({**recorded(HEALTHY), "request": request_}, policy(), "now", NOW)["status"] == "pass"

    @given(json_values)
    @whole
    def test_any_json_is_an_error(self, given):
        with pytest.raises(ApiHealthError):
            judge_facts(given, policy(), "now", NOW)

    @pytest.mark.parametrize("name", ["error_percent", "backup"])
    def test_facts_in_hand_cannot_be_filtered(self, name):
        options = policy(checks=[{"name": name, "metric": "error_percent", "fail": 5, "user_agent": "BackupTool"}])
        with pytest.raises(ApiHealthError, match=f"checks: '{name}' filters requests, which facts in hand cannot show"):
            judge_facts(recorded(HEALTHY), options, "now", NOW)


class TestFactsThatWereRead:
    @pytest.fixture
    def found(self, sim, options):
        def function(**given):
            ids = sim.organization_ids[:2]
            given = {"organization_ids": ids, "t0": "-7h", "interval": 120, "on_error": "continue", **given}
            return read_facts(options(sim, **given))

        return function

    def judge(self, facts, now="now"):
        return judge_facts(facts, policy(), now, time.time())

    def test_as_the_module_judges(self, sim, found, health_options):
        sim.scenario_of(sim.organization_ids[1], "degraded")
        mine = self.judge(found())
        job = health_options(sim, organization_ids=sim.organization_ids[:2])
        client = Client(job.connection)
        try:
            other = as_data(judge_organizations(client, job.organization_ids, job.policy), job.policy)
        finally:
            client.close()
        assert (mine["status"], mine["gate"]) == (other["status"], other["gate"]) == ("fail", "closed")
        for one, two in zip(mine["organizations"], other["organizations"], strict=True):
            assert [(check["name"], check["status"]) for check in one["checks"]] == [
                (check["name"], check["status"]) for check in two["checks"]
            ]

    def test_failures_are_errors(self, sim, found):
        facts = found(organization_ids=[sim.organization_ids[0], "549236"])
        made = self.judge(facts)
        assert (made["status"], made["gate"]) == ("error", "closed")
        assert made["organizations"][1]["organization_id"] == "549236"

    def test_recorded_facts_are_judged_at_their_time(self, found):
        facts = found()
        assert self.judge(facts, now="now-0s")["status"] == "pass"
        then = facts["organizations"][0]["window"]["t1"]
        assert self.judge(facts, now=then)["evaluated_at"] == then

    def test_widened_where_the_facts_reach(self, sim, found):
        for each in sim.organization_ids[:2]:
            sim.scenario_of(each, "idle")
        assert [the(one)["window"]["widened"] for one in self.judge(found())["organizations"]] == [True, True]
        assert [the(one)["window"]["widened"] for one in self.judge(found(t0="-2h"))["organizations"]] == [False, False]

    def test_facts_without_intervals(self, found):
        with pytest.raises(ApiHealthError, match="include_intervals"):
            self.judge(found(include_intervals=False))


class TestRecordedScenarios:
    """Facts of the simulator's scenarios in files, judged at the moment when they were recorded."""

    POLICIES = [
        {},
        {"profile": "strict"},
        {"profile": "relaxed", "mode": "report_only"},
        {"window_minutes": 30, "confirm_recent_minutes": 4},
        {"planned_requests": 3000, "planned_minutes": 5, "rate_limit_rps": 12.5},
        {"ignore_codes": [404, 500], "min_requests": 5000, "max_window_minutes": 90},
        {
            "checks": [
                {"metric": "server_error_percent", "over": "consecutive", "consecutive": 2, "action": "Wait."},
                {"name": "worst", "metric": "error_percent", "over": "worst_interval", "warn": 5, "fail": 20},
                {"metric": "success_percent", "fail": 90, "window_minutes": 20, "required": False},
                {"metric": "requests", "warn": 1000, "fail": 10},
                {"name": "peak", "metric": "query", "query": "summary.rps.max", "fail": 9.5},
            ]
        },
    ]

    @staticmethod
    def read(scenario):
        found = json.loads((FOLDER / f"{scenario}.json").read_text())
        return found["facts"], found["now"], parse_time(found["now"], 0)

    @staticmethod
    def live(facts, options, now, asked=None):
        """The verdict on these intervals as the API would give them to each look, or all of them to every look."""
        (one,) = facts["organizations"]
        data = [
            {
                "startTs": item["start_ts"],
                "endTs": item["end_ts"],
                "counts": [{"code": int(code), "count": count} for code, count in item["by_code"].items()],
            }
            for item in one["intervals"]
        ]
        intervals = _intervals.parse_answer(data)

        def find(look):
            window: Any = asked or window_of(look, now)
            inside = [each for each in intervals if each.end > window.t0 and each.start < window.t1]
            return Outcome(inside, window, one["request"])

        judged = _verdict.judge(one["organization_id"], find, options, now)
        quiet = too_quiet(judged.checks, options)
        if quiet:
            judged = _verdict.judge(one["organization_id"], find, options, now, quiet)
        return as_data(_verdict.combine([judged], options, now), options)

    @pytest.mark.parametrize("given", POLICIES, ids=lambda given: "-".join(given) or "default")
    @pytest.mark.parametrize("scenario", [name for name in RECORDINGS if name != "incident_at_baseline"])
    def test_the_whole_verdict_is_that_of_the_live_read(self, scenario, given):
        facts, text_, now = self.read(scenario)
        options = policy(**given)
        assert judge_facts(facts, options, text_, now + 10**6) == self.live(facts, options, now)

    @pytest.mark.parametrize("given", [{}, {"window_minutes": 360, "baseline_days": 7}, {"window_minutes": 240}])
    def test_also_of_the_comparison_with_a_week_ago(self, given):
        facts, text_, now = self.read("incident_at_baseline")
        options = policy(**given)
        window = facts["organizations"][0]["window"]
        asked = Window(parse_time(window["t0"], 0), parse_time(window["t1"], 0), 3600)
        assert judge_facts(facts, options, text_, now + 10**6) == self.live(facts, options, now, asked)

    @pytest.mark.parametrize(
        ("scenario", "status", "gate", "checks"),
        [
            ("healthy", "pass", "open", {}),
            ("degraded", "fail", "closed", {"server_error_percent": ("fail", "threshold")}),
            ("recovering", "warn", "open", {"server_error_percent": ("warn", "recovered")}),
            (
                "throttled",
                "fail",
                "closed",
                {
                    "rate_limited_percent": ("fail", "threshold"),
                    "rate_limit_utilization_percent": ("fail", "threshold"),
                },
            ),
            ("quiet", "pass", "open", {"traffic_drop_percent": ("skipped", "no_baseline")}),
        ],
    )
    def test_the_statuses_are_those_that_the_scenario_promises(self, scenario, status, gate, checks):
        facts, text_, now = self.read(scenario)
        made = judge_facts(facts, policy(), text_, now)
        (one,) = made["organizations"]
        assert (made["status"], made["gate"]) == (status, gate)
        assert {
            check["name"]: (check["status"], check["reason"]) for check in one["checks"] if check["status"] != "pass"
        } == checks
        assert the(one)["window"]["widened"] is (scenario == "quiet")

    def test_an_incident_at_the_baseline_makes_no_hour_look_good(self):
        facts, text_, now = self.read("incident_at_baseline")
        options = policy(window_minutes=360, baseline_days=7)
        (one,) = judge_facts(facts, options, text_, now)["organizations"]
        found = {check["name"]: (check["status"], check["reason"]) for check in one["checks"]}
        assert found["server_error_percent"] == ("pass", None)
        assert found["server_error_regression"] == ("inconclusive", "baseline_unhealthy")

    @pytest.mark.slow
    @pytest.mark.parametrize("scenario", RECORDINGS)
    def test_recorded_again_they_are_the_same(self, scenario):
        path = FOLDER / f"{scenario}.json"
        assert path.read_text() == text(record(scenario)), "made by: python -m tests.record"
        assert path.stat().st_size < 60_000

    def test_there_are_no_others(self):
        assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(RECORDINGS)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule on entries of `checks`, broken alone and all at once."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    HEALTH,
    POLICY,
    VERDICT_FILTER,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from ansible_collections.apihealth.meraki.plugins.module_utils._options.entries import baseline_problems, problems_of
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.junit import junit
from tests.unit.plugins.module_utils._options.given import (
    ERRORS,
    PLANNED,
    RISE,
    SLO,
    judge,
    problem,
    problems,
)
from tests.unit.plugins.module_utils.made import judged, rate, verdict

# One entry of `checks` that is wrong alone: the entry, the options beside it, and the whole problem.
WRONG_CHECKS: list[tuple[Any, dict[str, Any], str]] = [
    # Names
    ({**ERRORS, "fial": 5}, {}, "[0]: unknown key 'fial' (did you mean fail?)"),
    ({**ERRORS, "window": 5}, {}, "[0]: unknown key 'window'"),
    ({**ERRORS, "ignore_codes": [404]}, {}, "[0]: unknown key 'ignore_codes'"),
    ({**ERRORS, "version": 1}, {}, "[0]: unknown key 'version'"),
    ({**ERRORS, "userAgents": "x"}, {}, "[0]: unknown key 'userAgents' (did you mean userAgent?)"),
    ({**ERRORS, 5: "x"}, {}, "[0]: unknown key '5'"),
    (
        {**ERRORS, "userAgent": "x", "user_agent": "y"},
        {},
        "[0].user_agent is the same key as another: give one of them",
    ),
    ({**RISE, "baseline": {"dayz": 3}}, {}, "[0].baseline: unknown key 'dayz' (did you mean days?)"),
    (
        {"metric": "eror_percent", "fail": 5},
        {},
        f"[0].metric: 'eror_percent' is not one of {', '.join(METRICS)} (did you mean error_percent?)",
    ),
    ({"metric": ["error_percent"], "fail": 5}, {}, f"[0].metric: ['error_percent'] is not one of {', '.join(METRICS)}"),
    ({}, {}, "[0]: metric is missing"),
    ({"fail": 5}, {}, "[0]: metric is missing"),
    ({"name": "", "metric": None, "fail": 5}, {}, "[0]: metric is missing"),
    ({"name": "errors", "fail": 5}, {}, "[0]: 'errors' is not a metric: set metric to one"),
    ({**ERRORS, "name": "x" * 101}, {}, "[0].name: must be one line of at most 100 characters"),
    ({**ERRORS, "name": "a\nb"}, {}, "[0].name: must be one line of at most 100 characters"),
    ({**ERRORS, "action": "x" * 301}, {}, "[0].action: must be one line of at most 300 characters"),
    ({**ERRORS, "action": "call\x1b[31m"}, {}, "[0].action: must be one line of at most 300 characters"),
    # Types and ranges
    (5, {}, "[0]: 5 is not a check, such as {metric: error_percent, fail: 5}"),
    (None, {}, "[0]: None is not a check, such as {metric: error_percent, fail: 5}"),
    ("error_percent", {}, "[0]: 'error_percent' is not a check, such as {metric: error_percent, fail: 5}"),
    (["fail"], {}, "[0]: ['fail'] is not a check, such as {metric: error_percent, fail: 5}"),
    ({**ERRORS, "fail": "five"}, {}, "[0].fail: 'five' is not a number"),
    ({**ERRORS, "fail": True}, {}, "[0].fail: True is not a number"),
    ({**ERRORS, "fail": "nan"}, {}, "[0].fail: 'nan' is not a number"),
    ({**ERRORS, "fail": 101}, {}, "[0].fail: 101 is out of range (0 <= fail <= 100)"),
    ({**ERRORS, "warn": -1}, {}, "[0].warn: -1 is out of range (0 <= warn <= 100)"),
    ({"metric": "requests", "fail": -1}, {}, "[0].fail: -1 is out of range (0 <= fail <= 1e+15)"),
    (
        {"metric": "error_percent", "fail": 5, "over": "consecutive", "consecutive": 31},
        {},
        "[0].consecutive 31 is longer than the window: 60 minutes have 30 intervals of 120 s",
    ),
    (
        {"metric": "error_percent", "fail": 5, "over": "consecutive", "consecutive": 26, "window_minutes": 1500},
        {},
        "[0].consecutive 26 is longer than the window: 1500 minutes have 25 intervals of 3600 s",
    ),
    ({"metric": "burn_rate", "warn": -1}, SLO, "[0].warn: -1 is out of range (0 <= warn <= 1000000000)"),
    (
        {"metric": "error_budget_remaining_percent", "warn": 101},
        SLO,
        "[0].warn: 101 is out of range (-1000000000 <= warn <= 100)",
    ),
    (
        {"metric": "rate_limit_utilization_percent", "fail": 1001},
        {},
        "[0].fail: 1001 is out of range (0 <= fail <= 1000)",
    ),
    (
        {**ERRORS, "window_minutes": 9},
        {},
        "[0].window_minutes: 9 is out of range (10 <= checks[0].window_minutes <= 44640)",
    ),
    (
        {**ERRORS, "min_requests": 0},
        {},
        "[0].min_requests: 0 is out of range (1 <= checks[0].min_requests <= 1000000000)",
    ),
    ({**ERRORS, "min_failures": 2.5}, {}, "[0].min_failures: 2.5 is not a whole number"),
    ({**ERRORS, "required": "maybe"}, {}, "[0].required: 'maybe' is not true or false"),
    ({**ERRORS, "on_low_traffic": "maybe"}, {}, "[0].on_low_traffic: 'maybe' is not one of pass, warn, fail"),
    ({**ERRORS, "over": "always"}, {}, "[0].over: 'always' is not one of window, worst_interval, consecutive"),
    ({**ERRORS, "source_ips": ["", None]}, {}, "[0].source_ips: ['', None] has an empty entry"),
    ({**RISE, "baseline": 7}, {}, "[0].baseline: 7 is not like {days: 7}"),
    (
        {**RISE, "baseline": {"days": 31}},
        {},
        "[0].baseline.days: 31 is out of range (1 <= checks[0].baseline.days <= 30)",
    ),
    # Limits
    (
        {"metric": "error_percent"},
        {},
        "[0]: set warn or fail, because the metric error_percent has no default thresholds",
    ),
    (
        {"metric": "success_percent"},
        {},
        "[0]: set warn or fail, because the metric success_percent has no default thresholds",
    ),
    ({"metric": "requests"}, {}, "[0]: set warn or fail, because the metric requests has no default thresholds"),
    (
        {"metric": "query", "query": "summary.requests"},
        {},
        "[0]: set warn or fail, because the metric query has no default thresholds",
    ),
    # What replaces the check of a metric has to be one of this metric, and of the same requests.
    (
        {"name": "server_error_percent", "metric": "error_percent", "fail": 5},
        {},
        "[0].name: server_error_percent is another metric",
    ),
    (
        {"metric": "server_error_percent", "user_agent": "BackupTool"},
        {},
        "[0]: with a filter it needs its own name, because server_error_percent counts the requests of all clients",
    ),
    ({**ERRORS, "warn": 6}, {}, "[0].warn 6 is above fail 5"),
    ({"metric": "success_percent", "warn": 90, "fail": 95}, {}, "[0].warn 90 is below fail 95"),
    ({"metric": "requests", "warn": 5, "fail": 10}, {}, "[0].warn 5 is below fail 10"),
    (
        {"metric": "error_budget_remaining_percent", "warn": -5},
        SLO,
        "[0].warn -5 is below fail 0 (its default)",
    ),
    ({"metric": "burn_rate", "warn": 20}, SLO, "[0].warn 20 is above fail 14.4 (its default)"),
    ({**RISE, "warn": 2}, {}, "[0].warn 2 is above fail 1 (its default)"),
    ({"name": "server_error_percent", "warn": 6}, {}, "[0].warn 6 is above fail 5 (its default)"),
    ({"name": "server_error_percent", "warn": 2}, {"profile": "strict"}, "[0].warn 2 is above fail 1 (its default)"),
    (
        {"metric": "query", "query": "summary.requests", "worse": "down", "warn": 5, "fail": 10},
        {},
        "[0].warn 5 is below fail 10",
    ),
    ({"metric": "query", "query": "summary.requests", "warn": 10, "fail": 5}, {}, "[0].warn 10 is above fail 5"),
    # Settings that the metric does not know
    ({**ERRORS, "query": "summary.requests"}, {}, "[0].query: the metric error_percent has none"),
    ({**ERRORS, "worse": "down"}, {}, "[0].worse: the metric error_percent has none"),
    ({**ERRORS, "baseline": {"days": 3}}, {}, "[0].baseline: the metric error_percent has none"),
    ({"metric": "requests", "fail": 1, "over": "window"}, {}, "[0].over: the metric requests has none"),
    ({"metric": "requests", "fail": 1, "min_requests": 5}, {}, "[0].min_requests: the metric requests has none"),
    ({**RISE, "over": "worst_interval"}, {}, "[0].over: the metric server_error_regression has none"),
    (
        {"metric": "rate_limit_utilization_percent", "on_low_traffic": "pass"},
        {},
        "[0].on_low_traffic: the metric rate_limit_utilization_percent has none",
    ),
    (
        {"metric": "projected_utilization_percent", "min_failures": 3},
        PLANNED,
        "[0].min_failures: the metric projected_utilization_percent has none",
    ),
    ({"metric": "burn_rate", "window_minutes": 60}, SLO, "[0].window_minutes: the metric burn_rate has none"),
    (
        {"metric": "error_budget_remaining_percent", "window_minutes": 60},
        SLO,
        "[0].window_minutes: the metric error_budget_remaining_percent has none",
    ),
    ({**ERRORS, "consecutive": 3}, {}, "[0].consecutive needs over: consecutive"),
    ({**ERRORS, "over": "window", "consecutive": 3}, {}, "[0].consecutive needs over: consecutive"),
    ({**ERRORS, "over": "worst_interval", "consecutive": 3}, {}, "[0].consecutive needs over: consecutive"),
    (
        {**ERRORS, "over": "consecutive", "consecutive": 1},
        {},
        "[0].consecutive: 1 is out of range (2 <= checks[0].consecutive <= 720)",
    ),
    # What has to be set elsewhere
    (
        {"metric": "query", "fail": 1},
        {},
        "[0].query is required: a JMESPath expression that gives a number",
    ),
    (
        {"metric": "query", "fail": 1, "query": "summary.["},
        {},
        "[0].query: 'summary.[' is not a JMESPath expression (Invalid jmespath expression: Incomplete expression)",
    ),
    ({"metric": "query", "fail": 1, "query": "summ(@)"}, {}, "[0].query: JMESPath has no function 'summ'"),
    ({"metric": "burn_rate"}, {}, "[0]: burn_rate needs slo_percent"),
    (
        {"metric": "error_budget_remaining_percent"},
        {},
        "[0]: error_budget_remaining_percent needs slo_percent",
    ),
    (
        {"metric": "projected_utilization_percent"},
        {},
        "[0]: projected_utilization_percent needs planned_requests and planned_minutes",
    ),
    (
        {"metric": "projected_utilization_percent"},
        {"planned_requests": 3000},
        "[0]: projected_utilization_percent needs planned_requests and planned_minutes",
    ),
    (
        {**ERRORS, "window_minutes": 10},
        {"confirm_recent_minutes": 11},
        "confirm_recent_minutes 11 is longer than checks[0].window_minutes 10",
    ),
]


def called(text, prefix=""):
    """The problem as it names the entry: those that begin with its position begin with the option."""
    return f"{prefix}checks{text}" if text.startswith("[") else f"{prefix}{text}"


class TestChecks:
    @pytest.mark.parametrize(
        ("entry", "beside", "text"), WRONG_CHECKS, ids=lambda value: "" if isinstance(value, str) else str(value)[:60]
    )
    def test_one_problem(self, entry, beside, text):
        assert problem(HEALTH, checks=[entry], **beside) == called(text)
        assert problem(VERDICT_FILTER, checks=[entry], **beside) == called(text)

    @pytest.mark.parametrize(("entry", "beside", "text"), WRONG_CHECKS, ids=lambda value: "")
    def test_counted_as_the_user_does_and_by_the_names_of_a_wrapper(self, entry, beside, text):
        fine = [{**ERRORS, "name": f"fine {i}"} for i in range(2)]
        found = problem(HEALTH, checks=[*fine, entry], option_prefix="health_gate_", **beside)
        for name in ("checks", "slo_percent", "planned_requests", "planned_minutes"):
            text = re.sub(rf"\b{name}\b", f"health_gate_{name}", text)
        assert found == called(text, "health_gate_").replace("[0]", "[2]").replace("gate_health_gate_", "gate_")

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ("error_percent", "checks: 'error_percent' is not a list of checks"),
            ('{"metric": "error_percent"}', 'checks: \'{"metric": "error_percent"}\' is not a list of checks'),
            ('[{"metric": error_percent}]', "checks: '[{\"metric\": error_percent}]' is not JSON"),
            ("[metric: error_percent]", "checks: '[metric: error_percent]' is not JSON"),
            ({"metric": "error_percent"}, "checks: {'metric': 'error_percent'} is not a list of checks"),
            (5, "checks: 5 is not a list of checks"),
            (True, "checks: True is not a list of checks"),
            ("[5]", "checks[0]: 5 is not a check, such as {metric: error_percent, fail: 5}"),
            ('[{"metric": "error_percent", "fail": 101}]', "checks[0].fail: 101 is out of range (0 <= fail <= 100)"),
        ],
    )
    def test_no_list(self, given, text):
        assert problem(HEALTH, checks=given) == text

    @pytest.mark.parametrize(
        ("first", "second", "name"),
        [
            (ERRORS, ERRORS, "error_percent"),
            (ERRORS, {**ERRORS, "name": "error_percent"}, "error_percent"),
            ({**ERRORS, "name": "mine"}, {"name": "mine", "metric": "requests", "fail": 1}, "mine"),
            ({"name": "error_percent", "fail": 5}, ERRORS, "error_percent"),
        ],
    )
    def test_a_name_that_is_taken(self, first, second, name):
        other = {**ERRORS, "name": "other"}
        assert problem(HEALTH, checks=[first, other, second], option_prefix="health_gate_") == (
            f"health_gate_checks[2]: the name {name!r} is taken by health_gate_checks[0]"
        )

    def test_everything_in_one_message(self):
        entries = [
            {"metric": "eror_percent"},
            ERRORS,
            {**ERRORS, "fial": 1, "over": "always"},
            5,
            {"name": "late", "metric": "success_percent", "warn": 90, "fail": 95, "consecutive": 3},
            {"metric": "query", "query": "["},
            ERRORS,
        ]
        found = problems(HEALTH, checks=entries, option_prefix="health_gate_", reports=["json"], wait_minutes=-1)
        expected = [
            r"\[0\]\.metric: 'eror_percent' is not one of ",
            r"\[2\]: unknown key 'fial' \(did you mean fail\?\)",
            r"\[2\]\.over: 'always' is not one of ",
            r"\[3\]: 5 is not a check",
            r"\[4\]\.consecutive needs over: consecutive",
            r"\[4\]\.warn 90 is below fail 95",
            r"\[5\]: set warn or fail",
            r"\[5\]\.query: '\[' is not a JMESPath expression",
            r"\[6\]: the name 'error_percent' is taken by health_gate_checks\[1\]",
        ]
        for pattern in expected:
            assert [text for text in found if re.match(rf"health_gate_checks{pattern}", text)], pattern
        assert len(found) == len(expected) + 2
        assert any(text.startswith("health_gate_wait_minutes: -1.0 is out of range") for text in found)
        assert "health_gate_reports needs health_gate_report_dir" in found


class TestNamesOfChecks:
    """Two names that a report shows as one are one: of a JUnit case only the latter would be seen."""

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("backup tool", "backup tool "),
            ("backup tool", " backup tool"),
            ("backup tool", "backup  tool"),
            ("backup tool", "Backup Tool"),
            ("backup tool", "backup\u00a0tool"),
            ("STRASSE", "straße"),
            ("a\u200bb", "a\u202eb"),
        ],
    )
    def test_alike(self, one, other):
        entries = [{"name": name, "metric": "error_percent", "fail": 5} for name in ("mine", one, other)]
        assert problem(HEALTH, checks=entries) == (
            f"checks[2]: the names {other!r} and {one!r} (checks[1]) differ only in spaces, case or invisible "
            "characters: reports show them as one"
        )

    @pytest.mark.parametrize("name", ["Server_Error_Percent", "server_error_percent ", "BURN_RATE"])
    def test_like_a_metric(self, name):
        standard = name.strip().lower()
        assert problem(HEALTH, checks=[{"name": name, "metric": "error_percent", "fail": 5}]) == (
            f"checks[0]: the names {name!r} and {standard!r} (a metric) differ only in spaces, case or invisible "
            "characters: reports show them as one"
        )

    def test_others_are_two(self):
        names = ["a b", "ab", "a-b", "a_b", "a.b", "ä b", "\u0430 b"]
        judge(checks=[{"name": name, "metric": "error_percent", "fail": 5} for name in names])

    def test_each_is_a_case_of_its_own(self):
        """Whatever passes here stays apart in JUnit."""
        names = ["a b", "ab", "é", "è", "x", "y\u200b"]
        given = {"checks": [{"name": name, "metric": "error_percent", "fail": 5} for name in names]}
        cases = ET.fromstring(junit(view.of(verdict([judged(rate(0, 900), **given)], **given)))).findall(".//testcase")
        assert len({case.get("name") for case in cases}) == len(cases) == len(names) + 5


class TestBaseline:
    @pytest.mark.parametrize(
        ("given", "text"),
        [
            (
                {"baseline_days": 1, "window_minutes": 1441},
                "baseline_days 1: the baseline would overlap the window of 1441 minutes",
            ),
            (
                {"baseline_days": 30, "window_minutes": 1437},
                "baseline_days 30: the baseline would begin more than 31 days back",
            ),
            (
                {"baseline_days": 30, "window_minutes": 1379, "settle_seconds": 3600},
                "baseline_days 30: the baseline would begin more than 31 days back",
            ),
            (
                {"checks": [{**RISE, "window_minutes": 10081}]},
                "checks[0]: the default of 7 days: the baseline would overlap the window of 10081 minutes",
            ),
        ],
    )
    def test_out_of_reach(self, given, text):
        assert problem(HEALTH, **given) == text
        prefixed = problem(HEALTH, **given, option_prefix="health_gate_")
        assert prefixed == f"health_gate_{text}"

    @pytest.mark.parametrize(
        "given",
        [
            {"baseline_days": 1, "window_minutes": 1440},
            {"baseline_days": 30, "window_minutes": 1436},
            {"baseline_days": 30, "window_minutes": 1377, "settle_seconds": 3600},
            {"checks": [{**RISE, "window_minutes": 10080}]},
            {"checks": [{**RISE, "baseline": {"days": 1}}], "baseline_days": 30},
        ],
    )
    def test_within_reach(self, given):
        assert judge(**given)["baseline"] is None

    @pytest.mark.parametrize(
        ("days", "minutes", "text"),
        [
            (1, 1441, "the baseline would overlap the window of 1441 minutes"),
            (30, 1437, "the baseline would begin more than 31 days back"),
        ],
    )
    def test_an_entry_out_of_reach_is_named_as_written(self, days, minutes, text):
        entries = [ERRORS, {**RISE, "window_minutes": minutes, "baseline": {"days": days}}]
        assert problem(HEALTH, checks=entries, option_prefix="health_gate_") == (
            f"health_gate_checks[1].baseline.days {days}: {text}"
        )


def values(**given: Any) -> dict[str, Any]:
    """The policy's options as they come, each alone well-typed; what is not given is not resolved."""
    return {**{name: spec.get("default") for name, spec in POLICY.items()}, **given}


def own(name):
    return f"my_{name}"


class TestProblemsOf:
    @pytest.mark.parametrize(
        ("entries", "expected"),
        [
            ([ERRORS], []),
            ([None, ERRORS], []),
            ([{}], ["my_checks[0]: metric is missing"]),
            ([None, {"name": "mine"}], ["my_checks[1]: 'mine' is not a metric: set metric to one"]),
            ([ERRORS, ERRORS], ["my_checks[1]: the name 'error_percent' is taken by my_checks[0]"]),
            (
                [{"metric": "error_percent"}],
                ["my_checks[0]: set warn or fail, because the metric error_percent has no default thresholds"],
            ),
            ([{"metric": "server_error_percent", "warn": 9}], ["my_checks[0].warn 9 is above fail 5 (its default)"]),
            ([{"metric": "burn_rate"}], ["my_checks[0]: burn_rate needs my_slo_percent"]),
            (
                [{"metric": "traffic_below_usual_percent"}],
                ["my_checks[0]: traffic_below_usual_percent needs my_history_weeks"],
            ),
            ([{**ERRORS, "window_minutes": 5}], []),
        ],
    )
    def test_of(self, entries, expected):
        assert list(problems_of(values(checks=entries), own)) == expected

    def test_all_of_them(self):
        entries = [{**ERRORS, "consecutive": 3, "query": "x", "fail": 101}, {"metric": "query", "fail": 1}]
        assert list(problems_of(values(checks=entries), own)) == [
            "my_checks[0].query: the metric error_percent has none",
            "my_checks[0].consecutive needs over: consecutive",
            "my_checks[0].fail: 101 is out of range (0 <= fail <= 100)",
            "my_checks[1].query is required: a JMESPath expression that gives a number",
        ]


class TestBaselineProblems:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({}, []),
            ({"baseline_days": 1, "window_minutes": 1440}, []),
            (
                {"baseline_days": 1, "window_minutes": 1441},
                ["my_baseline_days 1: the baseline would overlap the window of 1441 minutes"],
            ),
            (
                {"checks": [ERRORS, {**RISE, "baseline": {"days": 2}, "window_minutes": 2881}]},
                ["my_checks[1].baseline.days 2: the baseline would overlap the window of 2881 minutes"],
            ),
            (
                {"checks": [{**RISE, "baseline": {"days": 2}}], "baseline": {"schema": 1}},
                ["my_checks[0].baseline and my_baseline are mutually exclusive"],
            ),
            # The window of an earlier verdict is what it is.
            ({"baseline": {"schema": 1}, "window_minutes": 44640}, []),
        ],
    )
    def test_of(self, given, expected):
        assert list(baseline_problems(values(**given), own)) == expected

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, times and one check in words."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.message import message, told_name
from tests.unit.plugins.module_utils.made import (
    INCIDENT,
    T0,
    T1,
    answer,
    asked_of,
    at,
    health_policy,
    interval,
    judged,
    policy,
    rate,
    the,
    unread,
    verdict,
)


class TestMessage:
    @pytest.mark.parametrize(
        ("data", "name", "text"),
        [
            (INCIDENT, "server_error_percent", "server_error_percent 7.1% > 5% (299 of 4213; 95% CI 6.4-7.9)"),
            (
                INCIDENT,
                "rate_limit_utilization_percent",
                "rate_limit_utilization_percent 86% > 80% (8.6 of 10 rps at 13:46Z)",
            ),
            (INCIDENT, "client_error_percent", "client_error_percent 0.6% (24 of 4213; 95% CI 0.4-0.8)"),
            (rate(11, 1000), "server_error_percent", "server_error_percent 1.1% > 1% (11 of 1000; 95% CI 0.6-2)"),
            (
                rate(5001, 10**5),
                "server_error_percent",
                "server_error_percent 5.001% > 5% (5001 of 100000; 95% CI 4.9-5.1)",
            ),
            (
                rate(299, 4213, (3, 706)),
                "server_error_percent",
                "server_error_percent 7.1% > 5% (299 of 4213; 95% CI 6.4-7.9), recovered",
            ),
            (
                rate(6, 6),
                "server_error_percent",
                "server_error_percent 100% > 5% (6 of 6; 95% CI 61-100), nothing succeeded",
            ),
            (
                rate(5, 5),
                "server_error_percent",
                "server_error_percent: low_traffic, 100% (5 of 5; 95% CI 56.6-100) with fewer than 100 requests",
            ),
            (
                answer([{200: 100}] * 27 + [{200: 70, 500: 30}] * 3),
                "server_error_percent",
                "server_error_percent 3% (90 of 3000; 95% CI 2.4-3.7), sudden: 18% > 5% in the last 10 min (90 of 500)",
            ),
            (
                answer([{200: 100}] * 19 + [{200: 90, 500: 10}] * 11),
                "server_error_percent",
                "server_error_percent 3.7% (110 of 3000; 95% CI 3.1-4.4), sudden: 7.3% > 5% in the last 30 min "
                "(110 of 1500)",
            ),
            (
                answer([{200: 100}] * 25 + [{200: 1}] * 5),
                "traffic_drop_percent",
                "traffic_drop_percent 99% > 90% (5 requests in the last 10 min, at least 500 in as many before)",
            ),
            (
                answer([{200: 3}] * 30),
                "traffic_drop_percent",
                "traffic_drop_percent: skipped, there is too little to compare with",
            ),
            (
                rate(6, 50),
                "server_error_percent",
                "server_error_percent 12% > 5% (6 of 50; 95% CI 5.6-23.8), small sample",
            ),
            (answer([{}] * 30), "server_error_percent", "server_error_percent: no_traffic, no request in the window"),
            (
                [],
                "server_error_percent",
                "server_error_percent: no_data, the API returned no interval of the window",
            ),
            (
                [interval(T0 - 3600, {200: 9}, 5400), interval(T1 - 1800, {200: 9}, 5400)],
                "server_error_percent",
                "server_error_percent: no_data, none of the 2 returned intervals lies completely in the window",
            ),
            (
                answer([{200: 100}] * 20, end=at("13:40")),
                "server_error_percent",
                "server_error_percent: stale, the newest data is 22 min old (13:40Z)",
            ),
        ],
    )
    def test_says_what_was_found_and_the_limit_only_where_it_is_breached(self, data, name, text):
        assert the(judged(data), name)["message"] == text

    @pytest.mark.parametrize(
        ("data", "given", "text"),
        [
            (
                rate(90, 900),
                {"metric": "success_percent", "fail": 95},
                "success_percent 90% < 95% (810 of 900; 95% CI 87.9-91.8)",
            ),
            (rate(0, 900), {"metric": "requests", "warn": 2000, "fail": 1000}, "requests 900 < 1000"),
            (rate(0, 1500), {"metric": "requests", "warn": 2000, "fail": 1000}, "requests 1500 < 2000"),
            (rate(0, 900), {"metric": "query", "query": "summary.requests", "fail": 899.5}, "query 900 > 899.5"),
            (
                rate(0, 900),
                {"metric": "query", "query": "nothing", "fail": 5},
                "query: no_value, the query returned null, not a number; append || `0` to the query if that means 0",
            ),
            (
                rate(90, 900, code=404),
                {"metric": "error_percent", "fail": 5, "over": "worst_interval"},
                "error_percent 10% > 5% in one interval (90 of 900, 13:58-14:00Z)",
            ),
            (
                answer([{200: 50, 404: 50}] * 3),
                {"metric": "error_percent", "fail": 5, "over": "consecutive"},
                "error_percent 50% > 5% throughout a run of intervals (150 of 300, 13:54-14:00Z)",
            ),
            # An optional check that fails names the limit that it failed.
            (
                rate(90, 900),
                {"metric": "error_percent", "warn": 1, "fail": 5, "required": False},
                "error_percent 10% > 5% (90 of 900; 95% CI 8.2-12.1)",
            ),
            (
                rate(30, 900),
                {"metric": "error_percent", "warn": 1, "fail": 5, "required": False},
                "error_percent 3.3% > 1% (30 of 900; 95% CI 2.3-4.7)",
            ),
            (rate(0, 40), {"metric": "error_percent", "fail": 5, "min_requests": 41}, "with fewer than 41 requests"),
            (rate(6, 100), {"metric": "error_percent", "fail": 5, "min_failures": 7}, "fewer failures than 7"),
            (
                answer([{200: 10}] * 30),
                {"metric": "error_percent", "fail": 5, "over": "worst_interval"},
                " with too few requests in each interval",
            ),
            (rate(0, 900), {"metric": "server_error_regression"}, "no_baseline, there is no data to compare with"),
        ],
    )
    def test_of_a_check_that_somebody_asked_for(self, data, given, text):
        found = the(judged(data, checks=[given]), given["metric"])["message"]
        assert found == text if text.startswith(given["metric"]) else found.endswith(text)

    @pytest.mark.parametrize(
        ("rps", "text"),
        [
            (3.6, "projected_utilization_percent 136% > 100% (13.6 of 10 rps: 3.6 p95 + 10 planned)"),
            (0, "projected_utilization_percent 100% > 80% (10 of 10 rps: 0 p95 + 10 planned)"),
        ],
    )
    def test_of_a_plan(self, rps, text):
        data = answer([{200: round(rps * 120)}] * 30)
        planned = {"planned_requests": 3000, "planned_minutes": 5}
        assert the(judged(data, **planned), "projected_utilization_percent")["message"] == text

    def test_the_name_of_a_check_is_inert(self):
        found = the(
            judged(rate(90, 900), checks=[{"metric": "error_percent", "name": "a\u202eb", "fail": 5}]), "a\u202eb"
        )
        assert found["message"].startswith("a?b 10% > 5% ")

    def test_too_few_failures(self):
        found = the(judged(rate(6, 100), min_failures=7))
        assert found["message"].startswith("server_error_percent 6% > 5% (6 of 100; ")
        assert found["message"].endswith(", fewer failures than 7")

    def test_low_traffic(self):
        text = the(judged(rate(1, 40)))["message"]
        assert text.startswith("server_error_percent: low_traffic, 2.5% (1 of 40; ")
        assert text.endswith(" with fewer than 100 requests")

    def test_incomplete(self):
        data = answer([{200: 100}] * 10 + [None] * 19 + [{200: 100}])
        text = the(judged(data, gaps="missing"))["message"]
        assert text == "server_error_percent: incomplete, only 36.7% of the window is covered"

    def test_brief_leaves_out_the_confidence_interval(self):
        text = message(judged(INCIDENT).organization.checks[0], policy(), brief=True)
        assert text == "server_error_percent 7.1% > 5% (299 of 4213)"

    def test_error(self):
        assert the(unread(message="no\nanswer"))["message"] == "server_error_percent: could not be read, no?answer"

    def test_only_the_limit_that_is_breached_is_named(self):
        text = the(judged(rate(100, 100, code=404)), "client_error_percent")["message"]
        assert text == "client_error_percent 100% > 25% (100 of 100; 95% CI 96.3-100)"

    def test_of_more_requests_than_there_can_be(self):
        """A microsecond with as many requests of as many codes as an answer may hold, beside the lowest rate limit."""
        flood = interval(T1 - 1e-6, dict.fromkeys(range(1000), 10**15), 1e-6)
        one = judged([flood], now=T1 + 120, rate_limit_rps=0.1)
        found = the(one, "rate_limit_utilization_percent")
        assert found["message"] == "rate_limit_utilization_percent 1.05e+27% > 95% (1.05e+24 of 0.1 rps at 13:59Z)"
        assert verdict([one], rate_limit_rps=0.1)["gate"] == "closed"


class TestToldName:
    """What looks at other requests than the policy says so behind its name."""

    @pytest.mark.parametrize(
        ("entry", "given", "told"),
        [
            ({}, {}, "mine"),
            ({"window_minutes": 60}, {}, "mine"),
            ({"window_minutes": 720}, {}, "mine [12 h]"),
            ({"window_minutes": 90}, {}, "mine [1.5 h]"),
            ({"window_minutes": 30}, {}, "mine [30 min]"),
            ({"user_agent": "BackupTool"}, {}, "mine [user_agent=BackupTool]"),
            ({"user_agent": "B\u202e\x1b"}, {}, "mine [user_agent=B??]"),
            ({"admin_ids": ["1", "2"], "window_minutes": 120}, {}, "mine [admin_ids=1,2, 2 h]"),
            ({"admin_ids": [str(10**18), "2", "3"]}, {}, "mine [admin_ids=1000000000000000000,2,3]"),
            ({"user_agent": "x" * 60}, {}, f"mine [user_agent={'x' * 26}...]"),
            ({}, {"user_agent": "BackupTool"}, "mine"),
            ({"user_agent": "BackupTool"}, {"user_agent": "BackupTool"}, "mine"),
        ],
    )
    def test_of(self, entry, given, told):
        options = health_policy(checks=[{"name": "mine", "metric": "error_percent", "fail": 5, **entry}], **given)
        check = asked_of(options, "mine")
        assert told_name(judged([]).organization.checks[0]._replace(check=check), options) == told

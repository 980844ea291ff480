# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each metric says of what there is to see: a truth table each, and what holds for all of them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from tests.unit.plugins.module_utils.made import T0, T1, answer, iso, judged, policy, rate, the, verdict
from tests.unit.semantics.timeline import WEEK, checked, now_and_then, of, organization, stands, told

GOOD = {200: 100}


class TestErrorPercent:
    ENTRY = {"metric": "error_percent", "warn": 2, "fail": 5}

    @pytest.mark.parametrize(
        ("bad", "valid", "late", "status", "reason"),
        [
            (0, 0, None, "inconclusive", "no_traffic"),
            (0, 40, None, "inconclusive", "low_traffic"),
            (1, 3, None, "inconclusive", "low_traffic"),
            (6, 90, None, "inconclusive", "low_traffic"),
            (5, 5, None, "inconclusive", "low_traffic"),
            (6, 6, None, "fail", "nothing_succeeded"),
            (6, 50, None, "fail", "small_sample"),
            (5, 100, None, "warn", "threshold"),
            (6, 100, None, "fail", "threshold"),
            (20, 1000, None, "pass", None),
            (21, 1000, None, "warn", "threshold"),
            (50, 1000, None, "warn", "threshold"),
            (51, 1000, None, "fail", "threshold"),
            (299, 4213, (48, 706), "fail", "threshold"),
            (299, 4213, (3, 706), "warn", "recovered"),
            (299, 4213, (14, 706), "warn", "recovered"),
            (299, 4213, (15, 706), "fail", "threshold"),  # above the warn limit
            (299, 4213, (0, 4), "fail", "threshold"),
            (299, 4213, (0, 85), "fail", "threshold"),  # some 1000 are usual in 12 minutes
            (299, 4213, (0, 103), "warn", "recovered"),
        ],
    )
    @pytest.mark.parametrize("code", [404, 429, 503])
    def test_first_match_wins(self, bad, valid, late, status, reason, code):
        expected = (round(100 * bad / valid, 3), bad, valid) if valid else (None, None, None)
        assert told(rate(bad, valid, late, code), self.ENTRY) == (status, reason, *expected)

    def test_counts_4xx_429_and_5xx_and_nothing_else(self):
        found = checked(answer([{200: 900, 302: 20, 404: 25, 429: 15, 500: 20, 777: 20}]), self.ENTRY)
        assert (found["numerator"], found["denominator"], found["status"]) == (60, 1000, "fail")
        assert found["top_codes"] == [[404, 25], [500, 20], [429, 15]]

    def test_says_metric_value_limit_and_counts(self):
        found = checked(rate(60, 1000), self.ENTRY)
        assert found["message"] == "error_percent 6% > 5% (60 of 1000; 95% CI 4.7-7.6)"
        assert checked(rate(10, 1000), self.ENTRY)["message"] == "error_percent 1% (10 of 1000; 95% CI 0.5-1.8)"

    def test_is_off_unless_asked_for(self):
        assert "error_percent" not in [check["name"] for check in organization(rate(0, 1000))["checks"]]


class TestSuccessPercent:
    ENTRY = {"metric": "success_percent", "warn": 99, "fail": 95}

    @pytest.mark.parametrize(
        ("good", "valid", "late_bad", "status", "reason"),
        [
            (0, 0, None, "inconclusive", "no_traffic"),
            (40, 40, None, "inconclusive", "low_traffic"),
            (84, 90, None, "inconclusive", "low_traffic"),
            (0, 5, None, "inconclusive", "low_traffic"),
            (0, 6, None, "fail", "nothing_succeeded"),
            (44, 50, None, "fail", "small_sample"),
            (95, 100, None, "warn", "threshold"),
            (94, 100, None, "fail", "threshold"),
            (1000, 1000, None, "pass", None),
            (990, 1000, None, "pass", None),
            (989, 1000, None, "warn", "threshold"),
            (950, 1000, None, "warn", "threshold"),
            (949, 1000, None, "fail", "threshold"),
            (949, 1000, (0, 100), "warn", "recovered"),
            (949, 1000, (1, 100), "warn", "recovered"),
            (949, 1000, (2, 100), "fail", "threshold"),  # above the warn limit
            (949, 1000, (5, 100), "fail", "threshold"),
            (949, 1000, (6, 100), "fail", "threshold"),
            (949, 1000, (0, 19), "fail", "threshold"),
            (949, 1000, (0, 24), "fail", "threshold"),  # a tenth of what is usual is more
            (949, 1000, (0, 25), "warn", "recovered"),
        ],
    )
    def test_is_worse_when_lower(self, good, valid, late_bad, status, reason):
        expected = (round(100 * good / valid, 3), good, valid) if valid else (None, None, None)
        assert told(rate(valid - good, valid, late_bad), self.ENTRY) == (status, reason, *expected)

    @pytest.mark.parametrize("code", [404, 429, 500, 777, 102])
    def test_only_2xx_and_3xx_are_a_success(self, code):
        assert told(answer([{200: 500, 302: 440, code: 60}]), self.ENTRY) == ("fail", "threshold", 94.0, 940, 1000)

    def test_says_it_the_other_way_round(self):
        found = checked(rate(18, 1000), self.ENTRY)
        assert found["message"] == "success_percent 98.2% < 99% (982 of 1000; 95% CI 97.2-98.9)"
        assert (found["operator"], found["status"]) == ("<", "warn")

    def test_the_worst_interval_is_the_lowest(self):
        data = answer([of(1, 100), of(30, 100), of(2, 100)])
        found = checked(data, {**self.ENTRY, "over": "worst_interval"})
        assert found["value"] == found["worst"]["value"] == 70.0
        assert (found["numerator"], found["denominator"]) == (70, 100)


class TestUnknownCodes:
    """More than 5 % of all that counts, and at least `min_failures`, in codes that HTTP does not know."""

    RATES = [
        {"name": "server_error_percent"},
        {"name": "rate_limited_percent"},
        {"name": "client_error_percent"},
        {"metric": "error_percent", "warn": 1, "fail": 5},
        {"metric": "success_percent", "warn": 20, "fail": 10},
    ]

    @staticmethod
    def hour(bad, unknown, valid, late=None, codes=(777,)):
        """So many of each in an hour; `late` of these in its newest interval, the rest in its oldest."""
        late = (bad, unknown, valid) if late is None else late
        rest = [whole - part for whole, part in zip((bad, unknown, valid), late, strict=True)]
        counted: list[dict[int, int]] = [{}] * 30
        for place, (failed, odd, every) in ((0, rest), (-1, late)):
            shares = {code: odd // len(codes) for code in codes}
            shares[codes[0]] += odd % len(codes)
            counted[place] = {200: every - failed - odd, 500: failed, **shares}
        return answer(counted)

    @pytest.mark.parametrize("entry", RATES, ids=lambda entry: entry.get("metric") or entry["name"])
    @pytest.mark.parametrize(
        ("unknown", "valid", "many"),
        [
            (0, 1000, False),
            (50, 1000, False),  # 5 percent are not more
            (51, 1000, True),
            (5, 99, False),  # more, but fewer than min_failures
            (6, 119, True),
            (6, 120, False),
            (5, 20, False),
            (6, 20, True),
            (1000, 1000, True),
        ],
    )
    def test_how_many_are_too_many(self, entry, unknown, valid, many):
        entry = {**entry, "fail": 0, "warn": 0} if entry.get("metric") == "success_percent" else entry
        found = checked(self.hour(0, unknown, valid), entry)
        assert (found["reason"] == "unknown_codes") is many
        if many:
            assert (found["status"], found["tolerated"]) == ("inconclusive", False)
            assert found["detail"]["unknown"] == {"requests": unknown, "of": valid, "codes": [[777, unknown]]}
            assert found["message"] == (
                f"{found['name']}: unknown_codes, {unknown} of {valid} requests have unknown response codes "
                f"(777 x{unknown})"
            )

    @pytest.mark.parametrize(
        ("bad", "unknown", "valid", "late", "status", "reason"),
        [
            # What fails comes first,
            (6, 0, 6, None, "fail", "nothing_succeeded"),
            (60, 100, 1000, None, "fail", "threshold"),
            (12, 12, 60, None, "fail", "small_sample"),
            # and all else after it.
            (60, 100, 1000, (0, 0, 100), "inconclusive", "unknown_codes"),  # or recovered
            (0, 10, 60, None, "inconclusive", "unknown_codes"),  # or low_traffic
            (5, 10, 60, None, "inconclusive", "unknown_codes"),
            (20, 100, 1000, None, "inconclusive", "unknown_codes"),  # or a warn
            (0, 100, 1000, None, "inconclusive", "unknown_codes"),  # or a pass
            (0, 0, 0, None, "inconclusive", "no_traffic"),
        ],
    )
    def test_hide_no_fail_and_hide_behind_nothing_else(self, bad, unknown, valid, late, status, reason):
        found = checked(self.hour(bad, unknown, valid, late), name="server_error_percent")
        assert (found["status"], found["reason"]) == (status, reason)

    def test_few_failures_come_after(self):
        given = {"min_failures": 6, "server_error_fail_percent": 0.1}
        assert stands(self.hour(5, 100, 1000), name="server_error_percent", **given)[1] == "unknown_codes"
        assert stands(self.hour(5, 50, 1000), name="server_error_percent", **given)[1] == "few_failures"

    def test_as_many_as_a_check_wants_failures(self):
        entry = {"metric": "error_percent", "fail": 5, "min_failures": 200}
        assert stands(self.hour(0, 199, 1000), entry) == ("pass", None)
        assert stands(self.hour(0, 200, 1000), entry) == ("inconclusive", "unknown_codes")

    @pytest.mark.parametrize("over", ["worst_interval", "consecutive"])
    def test_over_intervals(self, over):
        entry = {"metric": "error_percent", "fail": 5, "over": over}
        data = answer([{200: 90, 777: 10}] * 30)
        assert stands(data, entry) == ("inconclusive", "unknown_codes")
        worse = answer([{200: 90, 777: 10}] * 20 + [{200: 40, 500: 50, 777: 10}] * 10)
        assert stands(worse, entry) == ("fail", "threshold")

    @pytest.mark.parametrize(
        ("now", "widened", "reason"),
        [({200: 1}, True, "low_traffic"), ({200: 1, 777: 1}, False, "unknown_codes")],
    )
    def test_what_lies_before_the_window_asked_for(self, now, widened, reason):
        """What the window was widened by closes no gate alone, is no all-clear, and dilutes nothing."""
        data = answer([{200: 10, 777: 10}] * 150 + [now] * 30)
        found = the(organization(data, wide=["server_error_percent"]))
        assert (found["window"]["widened"], found["status"], found["reason"]) == (widened, "inconclusive", reason)
        if reason == "low_traffic":
            assert found["message"].endswith("with too few requests in the window asked for")

    def test_a_success_rate_counts_them_as_failures(self):
        entry = {"metric": "success_percent", "fail": 95}
        assert stands(self.hour(0, 60, 1000), entry) == ("fail", "threshold")
        assert stands(self.hour(0, 60, 1000), {**entry, "fail": 90}) == ("inconclusive", "unknown_codes")

    BUDGET = [
        {"name": "error_budget_remaining_percent", "slo_percent": 99, "slo_days": 1},
        {"name": "burn_rate", "slo_percent": 99, "slo_days": 1},
    ]

    @pytest.mark.parametrize("given", BUDGET, ids=lambda given: given["name"])
    def test_a_budget_and_how_it_burns(self, given):
        quiet = [{200: 95, 777: 5}] * 720
        assert stands(answer(quiet), **given) == ("pass", None)
        assert stands(answer([{200: 94, 777: 6}] * 720), **given) == ("inconclusive", "unknown_codes")
        assert stands(answer([{200: 54, 500: 40, 777: 6}] * 720), **given) == ("fail", "threshold")

    def test_a_regression_looks_at_what_is_now(self):
        given = {"name": "server_error_regression", "baseline_days": 7}
        good, odd = [GOOD] * 30, [{200: 90, 777: 10}] * 30
        assert stands(now_and_then(odd, good), **given) == ("inconclusive", "unknown_codes")
        assert stands(now_and_then(good, odd), **given) == ("pass", None)
        risen = [{200: 70, 500: 20, 777: 10}] * 30
        assert stands(now_and_then(risen, good), **given) == ("fail", "regression")

    @pytest.mark.parametrize(
        "entry",
        [
            {"name": "rate_limit_utilization_percent"},
            {"metric": "requests", "fail": 10},
            {"name": "mine", "metric": "query", "query": "summary.requests", "worse": "down", "fail": 10},
        ],
        ids=lambda entry: entry.get("metric") or entry["name"],
    )
    def test_capacity_and_numbers_are_what_they_are(self, entry):
        assert stands(answer([{777: 100}] * 30), entry) == ("pass", None)

    def test_a_planned_change(self):
        given = {"name": "projected_utilization_percent", "planned_requests": 100, "planned_minutes": 10}
        assert stands(answer([{777: 100}] * 30), **given) == ("pass", None)

    @pytest.mark.parametrize("code", [0, 99, 100, 199, 600, 777, 999, 10**6])
    def test_what_http_does_not_know(self, code):
        found = checked(answer([{200: 90, code: 10}] * 30), name="server_error_percent")
        assert found["reason"] == "unknown_codes"
        assert found["detail"]["unknown"]["codes"] == [[code, 300]]

    @pytest.mark.parametrize("code", [200, 299, 302, 399, 404])
    def test_what_it_does(self, code):
        assert stands(answer([{200: 90, code: 10}] * 30), name="server_error_percent") == ("pass", None)

    def test_those_that_are_ignored_are_no_requests(self):
        data = answer([{200: 90, 777: 10, 999: 1}] * 30)
        found = checked(data, name="server_error_percent", ignore_codes=[777])
        assert (found["status"], found["denominator"]) == ("pass", 2730)
        assert stands(data, name="server_error_percent", ignore_codes="777, 999") == ("pass", None)

    def test_an_optional_check_and_old_data(self):
        entry = {"metric": "error_percent", "fail": 5, "required": False}
        assert checked(self.hour(0, 100, 1000), entry)["tolerated"] is True
        stale = answer([{777: 100}] * 30, T1 - 1800)
        assert stands(stale, name="server_error_percent") == ("inconclusive", "stale")

    def test_the_way_out_names_those_that_can_be_ignored(self):
        given = {"option_prefix": "health_gate_", "ignore_codes": [404]}
        made = verdict([judged(answer([{200: 50, 0: 9, 777: 20, 999: 21}] * 30), ignore_codes=[404])], **given)
        assert made["next_step"].endswith("set health_gate_ignore_codes=404,777,999.")
        shown = " ".join(" ".join(made["lines"]).split())
        assert "INCONCLUSIVE unknown_codes: 1500 of 3000 requests have unknown response codes (" in shown
        made = verdict([judged(answer([{200: 50, 0: 50}] * 30))])
        assert "ignore_codes" not in made["next_step"]


class TestRateLimitUtilizationPercent:
    NAME = "rate_limit_utilization_percent"

    @pytest.mark.parametrize(
        ("counts", "status", "reason", "value", "rps"),
        [
            ([0] * 30, "pass", None, 0.0, 0.0),
            ([0] * 29 + [1], "pass", None, 0.083, 0.008),
            ([0] * 29 + [960], "pass", None, 80.0, 8.0),
            ([0] * 29 + [961], "warn", "threshold", 80.083, 8.008),
            ([0] * 29 + [1140], "warn", "threshold", 95.0, 9.5),
            ([0] * 29 + [1141], "fail", "threshold", 95.083, 9.508),
            ([1141] + [0] * 29, "warn", "recovered", 95.083, 9.508),
            ([1141] + [0] * 28 + [960], "warn", "recovered", 95.083, 9.508),
            ([1141] + [0] * 28 + [961], "fail", "threshold", 95.083, 9.508),
            ([1141] + [0] * 28 + [1140], "fail", "threshold", 95.083, 9.508),
            ([0] * 23 + [1141] + [0] * 6, "warn", "recovered", 95.083, 9.508),
            ([0] * 24 + [1141] + [0] * 5, "fail", "threshold", 95.083, 9.508),
            ([2400] * 30, "fail", "threshold", 200.0, 20.0),
        ],
    )
    def test_is_the_busiest_interval(self, counts, status, reason, value, rps):
        data = answer([{200: count} for count in counts])
        assert told(data, name=self.NAME) == (status, reason, value, rps, 10)

    @pytest.mark.parametrize(
        ("counts", "consecutive", "status", "value"),
        [
            ([1200, 1200, 1200], 3, "fail", 100.0),
            ([1200, 0, 1200, 1200], 3, "pass", 0.0),
            ([1200, 600, 1200, 1200], 3, "pass", 50.0),
            ([1200, 1180, 1160], 3, "fail", 96.667),
            ([1200, None, 1200, 1200], 3, "pass", 0.0),
            ([1200, None, 1200, 1200], 2, "fail", 100.0),
            ([600, 1000, 1100, 1000, 600], 3, "warn", 83.333),
        ],
    )
    def test_over_consecutive_takes_the_least_busy_of_a_run(self, counts, consecutive, status, value):
        data = answer([count if count is None else {200: count} for count in counts])
        entry = {"metric": self.NAME, "over": "consecutive", "consecutive": consecutive}
        found = checked(data, entry)
        assert (found["status"], found["value"]) == (status, value)

    def test_says_when_and_of_what(self):
        counts = [{200: 100}] * 23 + [{200: 1032}] + [{200: 100}] * 6
        found = checked(answer(counts), name=self.NAME)
        assert found["message"] == "rate_limit_utilization_percent 86% > 80% (8.6 of 10 rps at 13:46Z)"

    def test_counts_every_request_of_everybody(self):
        data = answer([{200: 400, 404: 400, 429: 400}])
        assert told(data, name=self.NAME, ignore_codes=[404]) == ("fail", "threshold", 100.0, 10.0, 10)

    def test_needs_data_but_no_traffic(self):
        assert stands(answer([{}] * 30), name=self.NAME) == ("pass", None)
        assert stands([], name=self.NAME) == ("inconclusive", "no_data")


class TestProjectedUtilizationPercent:
    NAME = "projected_utilization_percent"

    @pytest.mark.parametrize(
        ("others", "requests", "minutes", "status", "value", "rps"),
        [
            (3.6, 3000, 5, "fail", 136.0, 13.6),  # GATE's example
            (3.6, 3000, 15, "pass", 69.333, 6.933),
            (3.6, 1320, 5, "pass", 80.0, 8.0),
            (3.6, 1321, 5, "warn", 80.033, 8.003),
            (3.6, 1920, 5, "warn", 100.0, 10.0),
            (3.6, 1921, 5, "fail", 100.033, 10.003),
            (0, 2400, 5, "pass", 80.0, 8.0),
            (0, 3001, 5, "fail", 100.033, 10.003),
        ],
    )
    def test_adds_the_plan_to_the_others_load(self, others, requests, minutes, status, value, rps):
        data = answer([{200: round(others * 120)}] * 30)
        reason = None if status == "pass" else "threshold"
        given = {"name": self.NAME, "planned_requests": requests, "planned_minutes": minutes}
        assert told(data, **given) == (status, reason, value, rps, 10)

    @pytest.mark.parametrize(
        ("busy", "quiet", "value"),
        [
            (1, {200: 120}, 20.0),  # one in 30 is beyond the 95th percentile
            (2, {200: 120}, 110.0),
            (2, {}, 110.0),
            (1, {}, 10.0),
            (2, None, 110.0),  # left out, but idle all the same
            (1, None, 10.0),
        ],
    )
    def test_the_others_load_is_the_95th_percentile(self, busy, quiet, value):
        data = answer([quiet] * (30 - busy) + [{200: 1200}] * busy)
        assert checked(data, name=self.NAME, planned_requests=300, planned_minutes=5)["value"] == value

    def test_says_what_would_be_safe(self):
        found = checked(answer([{200: 432}] * 30), name=self.NAME, planned_requests=3000, planned_minutes=5)
        assert found["message"] == ("projected_utilization_percent 136% > 100% (13.6 of 10 rps: 3.6 p95 + 10 planned)")
        planned = found["detail"]["planned"]
        assert (planned["fits"], planned["safe_rps"], planned["shortest_safe_seconds"]) == (False, 4.4, 680)

    def test_is_there_only_with_a_plan_and_a_time(self):
        for given in ({}, {"planned_requests": 5}):
            assert self.NAME not in [check["name"] for check in organization(rate(0, 1000), **given)["checks"]]
        with pytest.raises(InvalidInput, match="needs planned_requests and planned_minutes"):
            policy(checks=[{"metric": self.NAME}])


class TestErrorBudgetRemainingPercent:
    NAME = "error_budget_remaining_percent"

    @staticmethod
    def day(bad, valid, code=500):
        return answer([of(bad, valid, code)] + [{}] * 719)

    @pytest.mark.parametrize(
        ("bad", "valid", "slo", "status", "reason", "value"),
        [
            (0, 4000, 99, "pass", None, 100.0),
            (30, 4000, 99, "pass", None, 25.0),
            (31, 4000, 99, "warn", "threshold", 22.5),
            (40, 4000, 99, "warn", "threshold", 0.0),
            (41, 4000, 99, "fail", "threshold", -2.5),
            (4000, 4000, 99, "fail", "threshold", -9900.0),
            (5, 100, 99, "warn", "few_failures", -400.0),
            (6, 100, 99, "fail", "threshold", -500.0),
            (6, 99, 99, "inconclusive", "low_traffic", -506.061),
            (1, 1000, 99.9, "warn", "threshold", 0.0),
            (0, 1000, 99.999, "pass", None, 100.0),
            (0, 0, 99, "inconclusive", "no_traffic", None),
        ],
    )
    def test_of_a_day(self, bad, valid, slo, status, reason, value):
        expected = (value, bad, valid) if valid else (None, None, None)
        found = told(self.day(bad, valid), name=self.NAME, slo_percent=slo, slo_days=1)
        assert found == (status, reason, *expected)

    @pytest.mark.parametrize(("code", "counts"), [(500, True), (599, True), (429, True), (404, False), (777, False)])
    def test_what_uses_it_up_is_5xx_and_429(self, code, counts):
        found = checked(self.day(35, 4000, code), name=self.NAME, slo_percent=99, slo_days=1)
        assert found["value"] == (12.5 if counts else 100.0)

    def test_says_how_much_was_allowed(self):
        found = checked(self.day(41, 4000), name=self.NAME, slo_percent=99, slo_days=1)
        assert found["message"] == (
            "error_budget_remaining_percent -2.5% < 0% (41 bad of 40 allowed; SLO 99% in 1 days)"
        )

    def test_of_30_days(self):
        # Beyond a week in intervals of four hours; what is older than 30 days is not its concern.
        end = T1 - T1 % 14400
        data = answer([of(90, 100)] * 2 + [of(1, 1000)] * 180, end, 14400)
        found = checked(data, name=self.NAME, slo_percent=99.5)
        assert (found["numerator"], found["denominator"], found["value"]) == (180, 180000, 80.0)
        assert found["window"]["seconds"] == 30 * 86400

    def test_looks_at_its_period_whatever_the_window(self):
        data = answer([of(41, 4000)] + [{200: 10}] * 719)
        assert checked(data, name=self.NAME, slo_percent=99, slo_days=1, window_minutes=30)["numerator"] == 41

    def test_needs_an_objective(self):
        with pytest.raises(InvalidInput, match="needs slo_percent"):
            policy(checks=[{"metric": self.NAME}])


class TestBurnRate:
    """Of six hours in 180 intervals; an objective of 99 percent allows 1 percent of errors."""

    @staticmethod
    def hours(*parts):
        """Parts from the oldest to the newest: how many intervals of which counts; good ones before them."""
        codes = [counts for number, counts in parts for _i in range(number)]
        return answer([GOOD] * (180 - len(codes)) + codes)

    def burn(self, *parts, **given):
        return told(self.hours(*parts), name="burn_rate", slo_percent=99, **given)

    @pytest.mark.parametrize(
        ("parts", "status", "reason", "value"),
        [
            ([], "pass", None, 0.0),
            # The last hour and the last 6 minutes have to burn fast together.
            ([(30, of(15, 100))], "fail", "threshold", 15.0),
            ([(27, of(20, 100)), (3, of(15, 100))], "fail", "threshold", 15.0),
            ([(27, of(20, 100)), (3, of(14, 100))], "pass", None, 3.233),
            ([(27, of(20, 100)), (3, GOOD)], "pass", None, 3.0),
            ([(3, of(100, 100))], "pass", None, 1.667),
            ([(26, GOOD), (4, of(100, 100))], "pass", None, 2.222),
            ([(25, GOOD), (5, of(100, 100))], "fail", "threshold", 16.667),
            # Equality is no breach.
            ([(30, of(144, 1000))], "warn", "threshold", 9.6),
            # Slower, over six hours and the last 30 minutes together.
            ([(180, of(7, 100))], "warn", "threshold", 7.0),
            ([(165, of(7, 100)), (15, GOOD)], "pass", None, 0.0),
            ([(165, of(8, 100)), (15, of(7, 100))], "warn", "threshold", 7.0),
            ([(180, of(6, 100))], "pass", None, 6.0),
        ],
    )
    def test_long_and_short_window_together(self, parts, status, reason, value):
        assert self.burn(*parts)[:3] == (status, reason, value)

    @pytest.mark.parametrize(
        ("newest", "status"),
        [
            (of(0, 20), "pass"),  # an all-clear
            (of(0, 19), "fail"),  # too few requests to give one
            ({}, "fail"),
            (of(20, 20), "fail"),
        ],
    )
    def test_a_thin_short_window_gives_no_all_clear(self, newest, status):
        assert self.burn((27, of(20, 100)), (2, {}), (1, newest))[0] == status

    @pytest.mark.parametrize(("bad", "status", "reason"), [(5, "warn", "few_failures"), (6, "fail", "threshold")])
    def test_few_failures_fail_nothing(self, bad, status, reason):
        data = answer([{200: 100}] + [{}] * 154 + [{200: 1}] * 24 + [of(bad, bad + 1)])
        found = stands(data, name="burn_rate", slo_percent=99, min_requests=30)
        assert found == (status, reason)

    @pytest.mark.parametrize(
        ("parts", "status", "reason"),
        [
            ([(180, {})], "inconclusive", "no_traffic"),
            ([(179, {}), (1, of(90, 99))], "inconclusive", "low_traffic"),
            ([(180, {404: 1})], "pass", None),
        ],
    )
    def test_with_little_traffic(self, parts, status, reason):
        assert self.burn(*parts)[:2] == (status, reason)

    def test_says_over_which_of_the_windows(self):
        found = checked(self.hours((30, of(15, 100))), name="burn_rate", slo_percent=99)
        assert found["message"] == "burn_rate 15x > 14.4x (450 bad of 3000 in 60 min; SLO 99%)"
        windows = [(one["minutes"], one["value"], one["requests"]) for one in found["detail"]["windows"]]
        assert windows == [(60, 15.0, 3000), (6, 15.0, 300), (360, 2.5, 18000), (30, 15.0, 1500)]

    def test_5xx_and_429_burn_and_nothing_else(self):
        for code, status in ((500, "fail"), (429, "fail"), (404, "pass"), (777, "pass")):
            assert self.burn((30, of(15, 100, code)))[0] == status


class TestServerErrorRegression:
    """Of an hour and the same one a week before, in 30 intervals each."""

    NAME = "server_error_regression"

    def against(self, now, then, **given):
        """Told of intervals (bad, valid) now and then, 30 of each."""
        sides = [[of(*one) for one in (side * 30)[:30]] for side in (now, then)]
        return told(now_and_then(*sides), name=self.NAME, baseline_days=7, **given)

    @pytest.mark.parametrize(
        ("now", "then", "status", "reason", "points"),
        [
            ([(1, 100)], [(1, 100)], "pass", None, 0.0),
            ([(4, 100)], [(1, 100)], "fail", "regression", 3.0),
            ([(1, 100)], [(4, 100)], "pass", None, -3.0),
            # At least one point more and at least twice as much, each just reached and just missed.
            ([(20, 1000)], [(10, 1000)], "fail", "regression", 1.0),
            ([(19, 1000)], [(9, 1000)], "fail", "regression", 1.0),
            ([(18, 1000)], [(9, 1000)], "pass", None, 0.9),
            ([(59, 1000)], [(30, 1000)], "pass", None, 2.9),
            ([(60, 1000)], [(30, 1000)], "fail", "regression", 3.0),
            ([(3, 1000)], [(1, 1000)], "pass", None, 0.2),
            # A baseline of zero has no ratio, and is no reason to divide by it.
            ([(2, 100)], [(0, 100)], "fail", "regression", 2.0),
            ([(0, 100)], [(0, 100)], "pass", None, 0.0),
            # As many failures in one burst are no more than chance.
            ([(100, 100)] + [(0, 100)] * 29, [(1, 100)], "pass", None, 2.333),
        ],
    )
    def test_significant_and_large(self, now, then, status, reason, points):
        now = list(reversed(now * 30)) if len(now) == 1 else list(reversed(now))
        assert self.against(now, then)[:3] == (status, reason, points)

    @pytest.mark.parametrize(
        ("bad", "valid", "bad_before", "valid_before", "status", "reason", "p_value"),
        [
            (6, 300, 0, 3000, "fail", "regression", 5e-7),
            (9, 300, 0, 300, "fail", "regression", 0.0018),
            (6, 300, 0, 300, "pass", None, 0.0154),
            (5, 200, 0, 2000, "warn", "few_failures", 6e-6),
            (6, 300, 3, 300, "pass", None, 0.25),
            (8, 300, 1, 300, "pass", None, 0.0187),
            (9, 1000, 0, 10000, "pass", None, 0.0),  # beyond chance, but less than a point
        ],
    )
    def test_few_failures_go_by_fishers_test(self, bad, valid, bad_before, valid_before, status, reason, p_value):
        sides = [[{200: 10}] * 29 + [of(k, n - 290)] for k, n in ((bad, valid), (bad_before, valid_before))]
        if valid < 290:
            sides[0] = [{}] * 29 + [of(bad, valid)]
        found = checked(now_and_then(*sides), name=self.NAME, baseline_days=7)
        assert (found["status"], found["reason"]) == (status, reason)
        assert found["detail"]["p_value"] == pytest.approx(p_value, rel=0.2, abs=1e-7)

    @pytest.mark.parametrize(
        ("late", "status", "reason"),
        [
            ((0, 100), "warn", "recovered"),
            ((1, 100), "warn", "recovered"),
            ((2, 100), "fail", "regression"),
            ((0, 3), "fail", "regression"),  # 18 requests in 12 minutes are no all-clear
            ((0, 4), "warn", "recovered"),
        ],
    )
    def test_what_is_over_only_warns(self, late, status, reason):
        assert self.against([(5, 100)] * 24 + [late] * 6, [(1, 100)])[:2] == (status, reason)

    @pytest.mark.parametrize(
        ("now", "then", "status", "reason"),
        [
            ([(0, 0)], [(1, 100)], "inconclusive", "no_traffic"),
            ([(1, 100)], [(0, 0)], "inconclusive", "no_traffic"),
            ([(3, 3)], [(1, 100)], "inconclusive", "low_traffic"),
            ([(1, 100)], [(0, 3)], "inconclusive", "low_traffic"),
        ],
    )
    def test_with_little_traffic_on_either_side(self, now, then, status, reason):
        assert self.against(now, then)[:2] == (status, reason)

    def test_without_a_baseline_it_is_never_a_pass(self):
        data = answer([GOOD] * 30)
        organization_ = organization(data, baseline_days=7)
        found = the(organization_, self.NAME)
        assert (found["status"], found["reason"], found["value"]) == ("inconclusive", "no_baseline", None)
        assert verdict([organization_], baseline_days=7)["gate"] == "closed"
        assert found["message"] == "server_error_regression: no_baseline, there is no data to compare with"

    def test_half_a_baseline_is_none(self):
        data = [*answer([GOOD] * 30), *answer([GOOD] * 10, T1 - 7 * 86400)]
        assert stands(data, name=self.NAME, baseline_days=7, gaps="missing") == ("inconclusive", "no_baseline")

    @pytest.mark.parametrize(
        ("now", "status", "reason"),
        [
            ((6, 100), "inconclusive", "baseline_unhealthy"),
            ((1, 100), "inconclusive", "baseline_unhealthy"),
            ((12, 100), "fail", "regression"),
        ],
    )
    def test_as_bad_as_a_bad_time_is_no_praise(self, now, status, reason):
        assert self.against([now], [(6, 100)])[:2] == (status, reason)

    def test_a_baseline_as_bad_as_may_be_is_healthy(self):
        assert self.against([(5, 100)], [(5, 100)])[:2] == ("pass", None)

    def test_says_both_rates_and_the_chance(self):
        data = now_and_then([of(0, 100), of(8, 100)] * 15, [of(1, 100)] * 30)
        found = checked(data, name=self.NAME, baseline_days=7)
        assert found["message"] == "server_error_regression +3 >= +1 points (4% now, 1% then; p 2.7e-05)"
        assert (found["numerator"], found["denominator"], found["operator"]) == (120, 3000, ">=")
        assert found["detail"]["ratio"] == 4
        baseline = found["detail"]["baseline"]
        assert (baseline["numerator"], baseline["denominator"]) == (30, 3000)
        assert (baseline["t0"], baseline["t1"]) == (iso(T0 - 7 * 86400), iso(T1 - 7 * 86400))

    def test_its_own_baseline_and_limits(self):
        data = now_and_then([of(4, 100)] * 30, [of(1, 100)] * 30, days=1)
        entry = {"metric": self.NAME, "baseline": {"days": 1}}
        assert stands(data, entry) == ("fail", "regression")
        assert stands(data, {**entry, "fail": 3}) == ("fail", "regression")
        assert stands(data, {**entry, "fail": 3.1}) == ("pass", None)
        assert stands(data, {**entry, "warn": 2, "fail": 3.1}) == ("warn", "regression")


class TestTrafficDropPercent:
    NAME = "traffic_drop_percent"

    @pytest.mark.parametrize(
        ("before", "late", "status", "reason", "value", "counts"),
        [
            ([GOOD] * 25, [GOOD] * 5, "pass", None, 0.0, (500, 500)),
            ([GOOD] * 25, [{200: 200}] * 5, "pass", None, 0.0, (1000, 500)),
            ([GOOD] * 25, [{}] * 4 + [{200: 50}], "pass", None, 90.0, (50, 500)),
            ([GOOD] * 25, [{}] * 4 + [{200: 49}], "warn", "threshold", 90.2, (49, 500)),
            ([GOOD] * 25, [{}] * 4 + [{200: 1}], "warn", "threshold", 99.8, (1, 500)),
            # What is held against it is the quietest stretch, idle intervals included.
            ([GOOD] * 15 + [{200: 10}] * 5 + [GOOD] * 5, [{200: 1}] * 5, "pass", None, 90.0, (5, 50)),
            ([GOOD] * 15 + [{}] * 4 + [{200: 60}] + [GOOD] * 5, [{200: 1}] * 5, "warn", "threshold", 91.667, (5, 60)),
            # A rest that is shorter than a stretch is left out.
            ([{}] * 2 + [GOOD] * 23, [{200: 1}] * 5, "warn", "threshold", 98.333, (5, 300)),
            # Where less than 20 are usual nothing is said.
            ([GOOD] * 20 + [{200: 4}] * 5, [{}] * 4 + [{200: 1}], "warn", "threshold", 96.0, (20, 500)),
            ([{200: 4}] * 25, [{}] * 4 + [{200: 1}], "warn", "threshold", 95.0, (1, 20)),
            ([{200: 4}] * 24 + [{200: 3}], [{}] * 4 + [{200: 1}], "pass", None, 5.0, (19, 20)),
            ([{200: 3}] + [{200: 4}] * 24, [{}] * 4 + [{200: 1}], "skipped", "no_baseline", None, None),
            ([{200: 3}] * 25, [{}] * 4 + [{200: 1}], "skipped", "no_baseline", None, None),
            ([{}] * 25, [{}] * 4 + [{200: 1}], "skipped", "no_baseline", None, None),
            # It may have begun earlier, as long as two stretches lie before it.
            ([GOOD] * 20 + [{}] * 5, [{}] * 4 + [{200: 1}], "warn", "threshold", 99.8, (1, 500)),
            ([GOOD] * 20 + [None] * 5, [{}] * 4 + [{200: 1}], "warn", "threshold", 99.8, (1, 500)),
            ([GOOD] * 10 + [{200: 3}] * 15, [{}] * 4 + [{200: 1}], "warn", "threshold", 97.0, (15, 500)),
            ([GOOD] * 5 + [{200: 3}] * 20, [{}] * 4 + [{200: 1}], "skipped", "no_baseline", None, None),
            ([GOOD] * 10 + [{200: 20}] * 15, [{}] * 4 + [{200: 1}], "warn", "threshold", 99.0, (1, 100)),
            # A quiet stretch in between is no drop that lasts.
            ([GOOD] * 10 + [{200: 3}] * 5 + [GOOD] * 10, [GOOD] * 5, "pass", None, 0.0, (500, 500)),
        ],
    )
    def test_is_held_against_the_quietest_stretch(self, before, late, status, reason, value, counts):
        assert told(answer([*before, *late]), name=self.NAME) == (status, reason, value, *(counts or (None, None)))

    def test_counts_what_is_not_ignored(self):
        data = answer([{200: 50, 404: 50}] * 25 + [{404: 100}] * 4 + [{200: 20, 404: 80}])
        assert told(data, name=self.NAME) == ("pass", None, 0.0, 500, 500)
        assert told(data, name=self.NAME, ignore_codes=[404]) == ("warn", "threshold", 92.0, 20, 250)

    @pytest.mark.parametrize(("last", "status"), [(100, "pass"), (99, "warn")])
    def test_of_wide_intervals(self, last, status):
        data = answer([{200: 1000}] * 5 + [{200: last}], seconds=3600)
        assert checked(data, name=self.NAME, window_minutes=360)["status"] == status

    def test_says_it(self):
        found = checked(answer([GOOD] * 25 + [{}] * 4 + [{200: 1}]), name=self.NAME)
        assert found["message"] == (
            "traffic_drop_percent 99.8% > 90% (1 requests in the last 10 min, at least 500 in as many before)"
        )
        found = checked(answer([GOOD] * 15 + [{200: 1}] * 10 + [{}] * 4 + [{200: 1}]), name=self.NAME)
        assert found["message"] == (
            "traffic_drop_percent 99% > 90% (at most 5 requests in 10 min lately, at least 500 before)"
        )

    def test_only_advises_unless_asked_for_more(self):
        data = answer([GOOD] * 25 + [{}] * 4 + [{200: 1}])
        assert verdict([organization(data)])["gate"] == "open"
        given = {"checks": [{"metric": self.NAME, "fail": 95}]}
        assert verdict([organization(data, **given)], **given)["gate"] == "closed"

    def test_is_never_widened(self):
        data = answer([GOOD] * 150 + [{}] * 29 + [{200: 1}])
        found = organization(data, wide=["server_error_percent"])
        assert the(found, self.NAME)["status"] == "skipped"

    def test_skipped_is_below_pass_and_says_nothing(self):
        made = verdict([organization(answer([{200: 3}] * 30 + [{200: 1000}] * 25 + [{}] * 5))])
        assert made["status"] != "skipped"
        quiet = verdict([organization(answer([{200: 3}] * 55))], min_requests=20)
        assert not any(self.NAME in line for line in quiet["lines"])


class TestTrafficBelowUsualPercent:
    NAME = "traffic_below_usual_percent"

    def weeks(self, now, *before):
        """Of the last hour's intervals, and of that hour in the weeks before."""
        data = answer([{200: now}] * 30)
        for week, each in enumerate(before, 1):
            data += answer([{200: each}] * 30, T1 - week * WEEK) if each is not None else []
        return data

    @pytest.mark.parametrize(
        ("now", "before", "status", "reason", "value", "counts"),
        [
            (100, (100, 100), "pass", None, 0.0, (3000, 3000)),
            (500, (100, 100), "pass", None, 0.0, (15000, 3000)),
            (20, (100, 100), "pass", None, 80.0, (600, 3000)),
            (19, (100, 100), "warn", "threshold", 81.0, (570, 3000)),
            # Of two weeks the lower one: one incident moves nothing.
            (19, (100, 20), "pass", None, 5.0, (570, 600)),
            (19, (20, 100), "pass", None, 5.0, (570, 600)),
            # Of more the median.
            (19, (100, 10, 200), "warn", "threshold", 81.0, (570, 3000)),
            (19, (100, 10, 200, 110), "warn", "threshold", 81.905, (570, 3150)),
        ],
    )
    def test_is_held_against_the_same_hour_of_the_week(self, now, before, status, reason, value, counts):
        data = self.weeks(now, *before)
        assert told(data, name=self.NAME, history_weeks=len(before)) == (status, reason, value, *counts)

    @pytest.mark.parametrize("gaps", ["idle", "missing"])
    def test_a_quiet_night_closes_no_gate(self, gaps):
        data = [*answer([{}] * 29 + [{200: 1}]), *self.weeks(0, 0, 0)[30:]]
        data += [*answer([{200: 19}], T1 - WEEK), *answer([{200: 19}], T1 - 2 * WEEK)]
        assert stands(data[:30], name=self.NAME, history_weeks=2, gaps=gaps) == ("skipped", "no_baseline")

    def test_is_off_unless_asked_for(self):
        assert self.NAME not in [check["name"] for check in organization(rate(0, 1000))["checks"]]

    def test_says_it(self):
        found = checked(self.weeks(19, 100, 100), name=self.NAME, history_weeks=2)
        assert found["message"] == "traffic_below_usual_percent 81% > 80% (570 requests, 3000 are usual)"


class TestRequests:
    ENTRY = {"metric": "requests", "warn": 100, "fail": 10}

    @pytest.mark.parametrize(
        ("valid", "status", "reason"),
        [
            (0, "fail", "threshold"),
            (9, "fail", "threshold"),
            (10, "warn", "threshold"),
            (99, "warn", "threshold"),
            (100, "pass", None),
            (10**15, "pass", None),
        ],
    )
    def test_something_must_be_calling(self, valid, status, reason):
        assert told(rate(0, valid), self.ENTRY) == (status, reason, float(valid), None, None)

    def test_ignored_codes_are_no_requests(self):
        assert told(answer([{200: 50, 404: 60}]), self.ENTRY, ignore_codes=[404])[2] == 50

    def test_without_data_it_says_so(self):
        assert stands([], self.ENTRY) == ("inconclusive", "no_data")

    def test_says_it(self):
        assert checked(rate(0, 9), self.ENTRY)["message"] == "requests 9 < 10"
        assert checked(rate(0, 500), self.ENTRY)["message"] == "requests 500"


class TestQuery:
    @pytest.mark.parametrize(
        ("query", "limits", "status", "value"),
        [
            ("summary.requests", {"fail": 1000}, "pass", 1000.0),
            ("summary.requests", {"fail": 999}, "fail", 1000.0),
            ("summary.requests", {"warn": 999}, "warn", 1000.0),
            ("summary.requests", {"worse": "down", "fail": 1001}, "fail", 1000.0),
            ("summary.requests", {"worse": "down", "fail": 1000}, "pass", 1000.0),
            ("summary.requests", {"worse": "down", "warn": 1001, "fail": 5}, "warn", 1000.0),
            ("summary.percent.server_error", {"fail": 5}, "pass", 5.0),
            ("summary.percent.server_error", {"fail": 4.9}, "fail", 5.0),
            ('summary.by_code."500"', {"fail": 49}, "fail", 50.0),
            ("length(intervals)", {"worse": "down", "fail": 30}, "pass", 30.0),
            ("length(intervals[?requests > `0`])", {"worse": "down", "fail": 30}, "fail", 1.0),
            ("`-1`", {"worse": "down", "fail": 0}, "fail", -1.0),
        ],
    )
    def test_a_number_is_held_against_its_limits(self, query, limits, status, value):
        found = told(rate(50, 1000), {"name": "mine", "metric": "query", "query": query, **limits})
        assert found == (status, None if status == "pass" else "threshold", value, None, None)

    @pytest.mark.parametrize(
        ("query", "got"),
        [
            ("summary.nothing", "null"),
            ("organization_id", "'549236'"),
            ("summary.observed", "True"),
            ("summary.percent", "{"),
            ("intervals[].requests", "["),
            ("sum(organization_id)", "sum()"),  # the wrong type, which shows only when it runs
            ("max(intervals[].missing)", "null"),
            ("ceil(`1e999`)", "an error: cannot convert float infinity to integer"),
            ("intervals[::0]", "an error: slice step cannot be zero"),
            ("contains(organization_id, `5`)", "an error: "),
            ("&summary", "an error: "),
        ],
    )
    def test_what_is_no_number_is_no_value(self, query, got):
        entry = {"name": "mine", "metric": "query", "query": query, "fail": 5}
        judged = organization(rate(50, 1000), checks=[entry])
        found = the(judged, "mine")
        assert (found["status"], found["reason"], found["value"]) == ("inconclusive", "no_value", None)
        assert got in found["detail"]["got"]
        assert found["message"].startswith("mine: no_value, the query returned ")
        assert found["message"].isascii()
        assert verdict([judged], checks=[entry])["gate"] == "closed"

    def test_a_code_that_did_not_occur(self):
        entry: dict[str, Any] = {"name": "mine", "metric": "query", "query": 'summary.by_code."503"', "fail": 5}
        made = verdict([organization(rate(50, 1000), checks=[entry])], checks=[entry])
        assert the(made["organizations"][0], "mine")["message"] == (
            "mine: no_value, the query returned null, not a number; append || `0` to the query if that means 0"
        )
        assert "append || `0` to the query if that means 0" in " ".join(line.strip() for line in made["lines"])
        entry["query"] += " || `0`"
        assert told(rate(50, 1000), entry) == ("pass", None, 0.0, None, None)

    def test_sees_the_facts_of_its_own_window(self):
        data = answer([{200: 1}] * 30)
        entry = {"name": "mine", "metric": "query", "query": "summary.requests", "fail": 500}
        assert checked(data, entry)["value"] == 30
        assert checked(data, {**entry, "window_minutes": 20})["value"] == 10


class TestOver:
    """One bad interval, and bad ones in a row, where the whole window is fine."""

    @pytest.mark.parametrize(
        ("codes", "over", "status", "reason", "value", "counts"),
        [
            ([GOOD] * 29 + [of(10, 100)], "window", "pass", None, 0.333, (10, 3000)),
            ([GOOD] * 29 + [of(10, 100)], "worst_interval", "fail", "threshold", 10.0, (10, 100)),
            ([GOOD] * 25 + [of(10, 100)] + [GOOD] * 4, "worst_interval", "fail", "threshold", 10.0, (10, 100)),
            ([GOOD] * 24 + [of(10, 100)] + [GOOD] * 5, "worst_interval", "fail", "threshold", 10.0, (10, 100)),
            ([GOOD] * 23 + [of(10, 100)] + [GOOD] * 6, "worst_interval", "warn", "recovered", 10.0, (10, 100)),
            ([GOOD] * 29 + [of(30, 100)], "worst_interval", "fail", "threshold", 30.0, (30, 100)),
            ([of(30, 100)] + [GOOD] * 29, "worst_interval", "warn", "recovered", 30.0, (30, 100)),
            ([GOOD] * 29 + [of(5, 100)], "worst_interval", "warn", "threshold", 5.0, (5, 100)),
            ([GOOD] * 29 + [of(1, 100)], "worst_interval", "pass", None, 1.0, (1, 100)),
            # Thin intervals say nothing of themselves, and few failures close nothing.
            ([GOOD] * 29 + [of(19, 19)], "worst_interval", "pass", None, 0.0, (0, 100)),
            ([GOOD] * 29 + [of(5, 20)], "worst_interval", "warn", "few_failures", 25.0, (5, 20)),
            ([GOOD] * 28 + [of(10, 100)] * 2, "consecutive", "pass", None, 0.0, None),
            ([GOOD] * 27 + [of(10, 100)] * 3, "consecutive", "fail", "threshold", 10.0, (30, 300)),
            ([GOOD] * 27 + [of(10, 100), of(9, 100), of(8, 100)], "consecutive", "fail", "threshold", 8.0, (27, 300)),
            ([GOOD] * 26 + [of(10, 100), GOOD, *[of(10, 100)] * 2], "consecutive", "pass", None, 0.0, None),
            (
                [GOOD] * 26 + [of(10, 100), {500: 19}, *[of(10, 100)] * 2],
                "consecutive",
                "fail",
                "threshold",
                10.0,
                (30, 300),
            ),
            ([GOOD] * 26 + [of(10, 100), None, *[of(10, 100)] * 2], "consecutive", "pass", None, 0.0, None),
            ([{200: 10}] * 30, "worst_interval", "inconclusive", "low_traffic", 0.0, (0, 300)),
            ([{500: 6, 200: 4}] * 30, "worst_interval", "inconclusive", "low_traffic", 60.0, (180, 300)),
            ([{500: 10}] * 30, "worst_interval", "fail", "nothing_succeeded", 100.0, (300, 300)),
            ([{}] * 30, "consecutive", "inconclusive", "no_traffic", None, (None, None)),
            # Of a run everything counts, not only the last three of it.
            ([GOOD] * 10 + [of(2, 30)] * 20, "consecutive", "fail", "threshold", 6.667, (40, 600)),
            ([GOOD] * 27 + [of(2, 30)] * 3, "consecutive", "fail", "threshold", 6.667, (6, 90)),
            ([GOOD] * 28 + [of(2, 30)] * 2, "consecutive", "pass", None, 0.0, None),
            ([of(2, 30)] * 24 + [GOOD] * 6, "consecutive", "warn", "recovered", 6.667, (48, 720)),
            # One that reaches into the last minutes goes on.
            ([of(2, 30)] * 25 + [GOOD] * 5, "consecutive", "fail", "threshold", 6.667, (50, 750)),
        ],
    )
    def test_of_server_errors(self, codes, over, status, reason, value, counts):
        found = told(answer(codes), {"metric": "server_error_percent", "over": over})
        assert found[:3] == (status, reason, value)
        assert counts is None or found[3:] == counts

    def test_three_in_a_row_unless_it_says_otherwise(self):
        data = answer([GOOD] * 26 + [of(10, 100)] * 4)
        for consecutive, status in ((None, "fail"), (2, "fail"), (4, "fail"), (5, "pass")):
            entry = {"metric": "server_error_percent", "over": "consecutive", "consecutive": consecutive}
            assert stands(data, entry)[0] == status

    def test_says_where(self):
        data = answer([GOOD] * 27 + [of(10, 100)] * 3)
        found = checked(data, {"metric": "server_error_percent", "over": "consecutive"})
        assert found["detail"] == {"run": {"t0": iso(T1 - 360), "t1": iso(T1)}}
        assert found["message"] == (
            "server_error_percent 10% > 5% throughout a run of intervals (30 of 300, 13:54-14:00Z)"
        )
        found = checked(
            answer([GOOD] * 29 + [of(30, 100)]), {"metric": "server_error_percent", "over": "worst_interval"}
        )
        assert found["message"] == "server_error_percent 30% > 5% in one interval (30 of 100, 13:58-14:00Z)"

    def test_a_run_that_recovers_hides_none_that_still_fails(self):
        # The longer, worse one is over; the newest minutes still breach.
        data = answer([of(50, 100)] * 10 + [GOOD] * 15 + [of(10, 100)] * 5)
        assert stands(data, {"metric": "server_error_percent", "over": "consecutive"}) == ("fail", "threshold")


class TestRequired:
    def test_a_fail_of_an_optional_check_is_a_warn(self):
        data = rate(60, 1000)
        for required, status, gate in ((True, "fail", "closed"), (False, "warn", "open")):
            given = {"checks": [{"metric": "server_error_percent", "required": required}]}
            judged = organization(data, **given)
            found = the(judged)
            assert (found["status"], found["reason"], found["required"]) == (status, "threshold", required)
            assert (verdict([judged], **given)["status"], verdict([judged], **given)["gate"]) == (status, gate)
            assert found["message"].startswith("server_error_percent 6% > 5% (")

    def test_an_optional_check_without_evidence_holds_no_gate(self):
        given = {"checks": [{"metric": "error_percent", "fail": 5, "required": False, "on_low_traffic": "fail"}]}
        judged = organization(rate(0, 40), **given)
        assert the(judged, "error_percent")["status"] == "inconclusive"
        assert verdict([judged], **given)["gate"] == "open"

    def test_the_others_still_close(self):
        given = {"checks": [{"metric": "error_percent", "fail": 5, "required": False}]}
        assert verdict([organization(rate(60, 1000), **given)], **given)["gate"] == "closed"


class TestAction:
    ENTRY = {"metric": "server_error_percent", "action": "Call the night shift."}

    @pytest.mark.parametrize(("bad", "shown"), [(0, False), (20, True), (60, True)])
    def test_is_printed_when_it_warns_or_fails(self, bad, shown):
        judged = organization(rate(bad, 1000), checks=[self.ENTRY])
        assert the(judged)["action"] == "Call the night shift."
        lines = " ".join(verdict([judged], checks=[self.ENTRY])["lines"])
        assert ("Call the night shift." in lines) is shown


class TestOwnSettings:
    """What an entry sets for itself comes before the option, and that before the profile."""

    def test_its_own_window(self):
        data = answer([of(20, 100)] * 45 + [GOOD] * 15)
        entry = {"name": "mine", "metric": "server_error_percent"}
        assert told(data, entry)[2:] == (10.0, 300, 3000)
        assert told(data, {**entry, "window_minutes": 30})[2:] == (0.0, 0, 1500)
        assert told(data, {**entry, "window_minutes": 120})[2:] == (15.0, 900, 6000)
        found = checked(data, {**entry, "window_minutes": 120})["window"]
        assert (found["seconds"], found["t0"]) == (7200, iso(T1 - 7200))

    @pytest.mark.parametrize(
        ("own", "profile", "status"),
        [
            ({}, "standard", ("fail", "threshold")),
            ({"min_requests": 201}, "standard", ("fail", "small_sample")),
            ({"min_requests": 201, "min_failures": 31}, "standard", ("inconclusive", "low_traffic")),
            ({"min_failures": 30}, "standard", ("fail", "threshold")),
            ({"min_failures": 31}, "standard", ("warn", "few_failures")),
            ({}, "strict", ("fail", "small_sample")),
            ({"min_requests": 200}, "strict", ("fail", "threshold")),
            ({"fail": 15}, "standard", ("warn", "threshold")),
            ({"warn": 15, "fail": 20}, "standard", ("pass", None)),
        ],
    )
    def test_its_own_evidence(self, own, profile, status):
        assert stands(rate(30, 200), {"metric": "server_error_percent", **own}, profile=profile) == status

    @pytest.mark.parametrize(
        ("own", "option", "profile", "gate"),
        [
            (None, None, "standard", "open"),
            ("fail", None, "standard", "closed"),
            ("pass", "fail", "standard", "open"),
            (None, "fail", "standard", "closed"),
            (None, None, "strict", "closed"),
            ("warn", None, "strict", "open"),
        ],
    )
    def test_its_own_answer_to_little_traffic(self, own, option, profile, gate):
        entries = [
            {"metric": name, "on_low_traffic": own}
            for name in ("server_error_percent", "rate_limited_percent", "client_error_percent")
        ]
        given = {"checks": entries, "on_low_traffic": option, "profile": profile}
        assert verdict([organization(rate(0, 40), **given)], **given)["gate"] == gate

    def test_min_failures_of_a_regression(self):
        data = now_and_then([{200: 30}] * 29 + [of(6, 130)], [{200: 100}] * 30)
        entry = {"metric": "server_error_regression", "baseline": {"days": 7}, "fail": 0.5}
        assert stands(data, entry) == ("fail", "regression")
        assert stands(data, {**entry, "min_failures": 7}) == ("warn", "few_failures")
        assert stands(data, {**entry, "min_requests": 1001}) == ("inconclusive", "low_traffic")


class TestEveryMetric:
    ENTRIES: list[dict[str, Any]] = [
        {"metric": "server_error_percent"},
        {"metric": "rate_limited_percent"},
        {"metric": "client_error_percent"},
        {"metric": "error_percent", "fail": 5},
        {"metric": "success_percent", "fail": 95},
        {"metric": "rate_limit_utilization_percent"},
        {"metric": "projected_utilization_percent"},
        {"metric": "error_budget_remaining_percent"},
        {"metric": "burn_rate"},
        {"metric": "server_error_regression"},
        {"metric": "requests", "fail": 1},
        {"metric": "traffic_drop_percent"},
        {"metric": "traffic_below_usual_percent"},
        {"metric": "query", "query": "summary.requests", "fail": 10**9},
    ]
    GIVEN = {
        "planned_requests": 10,
        "planned_minutes": 10,
        "slo_percent": 99.0,
        "slo_days": 1,
        "baseline_days": 7,
        "history_weeks": 2,
    }

    def test_is_here(self):
        assert tuple(entry["metric"] for entry in self.ENTRIES) == tuple(METRICS)

    def test_has_a_truth_table(self):
        """The three rates of every policy have theirs in test_checks.py of _judging."""
        classes = {name: globals().get("Test" + name.title().replace("_", "")) for name in METRICS}
        tables = [name for name, table in classes.items() if any(one.startswith("test_") for one in dir(table))]
        rates = ["server_error_percent", "rate_limited_percent", "client_error_percent"]
        assert [*rates, *tables] == list(METRICS)

    @pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["metric"])
    def test_without_any_data_is_inconclusive(self, entry):
        found = checked([], entry, **self.GIVEN)
        assert (found["status"], found["reason"], found["value"]) == ("inconclusive", "no_data", None)
        assert found["tolerated"] is False

    @pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["metric"])
    def test_of_old_data_is_stale(self, entry):
        data = answer([GOOD] * 720, T1 - 20 * 60)
        found = checked([*data, *answer([GOOD] * 720, T1 - 7 * 86400)], entry, **self.GIVEN)
        assert (found["status"], found["reason"]) == ("inconclusive", "stale")

    @pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["metric"])
    def test_of_good_data_passes(self, entry):
        data = [*answer([GOOD] * 720), *(one for week in (7, 14) for one in answer([GOOD] * 30, T1 - week * 86400))]
        found = checked(data, entry, **self.GIVEN)
        assert (found["status"], found["reason"]) == ("pass", None)
        assert found["message"].startswith(entry["metric"])
        assert found["value"] is not None


class TestWhatIsNoNumber:
    @pytest.mark.parametrize(
        "query", ["`Infinity`", "`NaN`", "`1e400`", "`-1e30`", "to_number('inf')", "length(intervals[::0])"]
    )
    def test_is_no_value(self, query):
        found = checked(rate(0, 1000), {"name": "q", "metric": "query", "query": query, "fail": 5})
        assert (found["status"], found["reason"], found["value"]) == ("inconclusive", "no_value", None)
        assert "the query returned " in found["message"]

    def test_an_expression_that_is_too_deep_is_refused(self):
        with pytest.raises(InvalidInput, match="is not a JMESPath expression"):
            policy(checks=[{"metric": "query", "query": "(" * 5000 + "a" + ")" * 5000, "fail": 5}])

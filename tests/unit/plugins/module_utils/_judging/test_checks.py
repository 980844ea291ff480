# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One check over what there is to see, and where its limit was breached."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.checks import judge, worst
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import check_data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES, Evidence
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import (
    STANDARD,
    T1,
    VECTORS,
    answer,
    asked_of,
    health_policy,
    iso,
    judged,
    policy,
    rate,
    spread,
    the,
    verdict,
)

FEW = {500: 2, 200: 7}
BAD, GOOD, THIN = {500: 10, 200: 90}, {200: 100}, {500: 19}


def checked(data, name="server_error_percent", lacking=None, read_error=None, **given):
    options = policy(**given)
    return check_data(judge(asked_of(options, name), Evidence(parse_answer(data), lacking, read_error), options))


def stands(data, name="server_error_percent", **given):
    found = checked(data, name, **given)
    return found["status"], found["reason"]


class TestStandardChecks:
    def test_are_those_of_the_default_policy_with_its_limits(self):
        assert [asked.name for asked in policy().checks] == STANDARD
        limits = {name: (one["warn"], one["fail"]) for name in STANDARD for one in [checked(rate(0, 500), name)]}
        assert limits == {
            "server_error_percent": (1, 5),
            "rate_limited_percent": (1, 5),
            "client_error_percent": (25, None),
            "rate_limit_utilization_percent": (80, 95),
            "traffic_drop_percent": (90, None),
        }


class TestWorst:
    def test_orders_from_pass_to_fail(self):
        assert STATUSES == ("skipped", "pass", "warn", "inconclusive", "error", "fail")

    @pytest.mark.parametrize("better", range(5))
    @pytest.mark.parametrize("worse", range(5))
    def test_of_two(self, better, worse):
        assert worst([STATUSES[better], STATUSES[worse]]) == STATUSES[max(better, worse, 1)]

    def test_of_nothing(self):
        assert worst([]) == "pass"


class TestCheck:
    @pytest.mark.parametrize(
        "filters", [{"user_agent": "BackupTool"}, {"version": 0}, {"admin_ids": ["1"]}, {"source_ips": ["192.0.2.1"]}]
    )
    def test_a_filter_says_nothing_of_the_limit_that_all_share(self, filters):
        options = health_policy(**filters)
        evidence = Evidence(parse_answer(answer([{200: 1199}] * 30)))
        checks = {name: check_data(judge(asked_of(options, name), evidence, options)) for name in STANDARD}
        assert checks.pop("rate_limit_utilization_percent")["filters"] == {}
        assert [one["filters"] for one in checks.values()] == [filters] * 4

    def test_the_last_minutes_are_at_least_one_interval(self):
        assert checked(answer([{200: 100}] * 4, seconds=3600))["recent"]["minutes"] == 60

    @pytest.mark.parametrize(("bad", "valid", "late", "status", "reason"), VECTORS)
    @pytest.mark.parametrize(("name", "code"), [("server_error_percent", 503), ("rate_limited_percent", 429)])
    def test_gates_vectors(self, name, code, bad, valid, late, status, reason):
        found = the(judged(spread(bad, valid, late, code)), name)
        assert (found["status"], found["reason"]) == (status, reason)
        expected = (round(100 * bad / valid, 3), bad, valid) if valid else (None, None, None)
        assert (found["value"], found["numerator"], found["denominator"]) == expected

    def test_in_full(self):
        data = rate(299, 4213, (48, 706))
        assert checked(data) == {
            "name": "server_error_percent",
            "metric": "server_error_percent",
            "unit": "percent",
            "status": "fail",
            "reason": "threshold",
            "required": True,
            "tolerated": False,
            "value": 7.097,
            "warn": 1,
            "fail": 5,
            "operator": ">",
            "numerator": 299,
            "denominator": 4213,
            "ci95": [6.36, 7.912],
            "first_breach": "2026-05-04T13:00:00Z",
            "last_breach": "2026-05-04T14:00:00Z",
            "breaching_intervals": 2,
            # Idle intervals neither count nor break a run.
            "longest_run": 2,
            "worst": {"start_ts": "2026-05-04T13:00:00Z", "value": 7.157, "requests": 3507},
            "recent": {"minutes": 12, "numerator": 48, "value": 6.799, "requests": 706, "breaching": True},
            "top_codes": [[500, 299]],
            "over": "window",
            "window": None,
            "filters": {},
            "detail": None,
            "attribution": [],
            "attribution_note": None,
            "action": None,
            "message": "",
        }

    @pytest.mark.parametrize("name", STANDARD)
    @pytest.mark.parametrize("data", [rate(0, 1000), rate(900, 1000), []])
    def test_a_failed_read_and_a_lack_of_data_come_first(self, name, data):
        assert stands(data, name, lacking="stale", read_error="no answer") == ("error", "read_failed")
        for lacking in ("no_data", "incomplete", "stale"):
            assert stands(data, name, lacking=lacking) == ("inconclusive", lacking)

    @pytest.mark.parametrize(
        ("data", "status", "reason"),
        [
            (rate(5, 5, code=404), "inconclusive", "low_traffic"),
            (rate(99, 99, code=404), "inconclusive", "low_traffic"),
            (rate(100, 100, code=404), "warn", "threshold"),
            (rate(250, 1000, code=404), "pass", None),
            (rate(251, 1000, code=404), "warn", "threshold"),
            (rate(999, 1000, code=404), "warn", "threshold"),
            (rate(999, 1000, code=429), "pass", None),
        ],
    )
    def test_client_errors_only_advise(self, data, status, reason):
        assert stands(data, "client_error_percent") == (status, reason)

    def test_client_errors_fail_where_that_was_asked_for(self):
        data = rate(300, 1000, code=404)
        assert stands(data, "client_error_percent", client_error_fail_percent=29) == ("fail", "threshold")

    def test_429_is_neither_a_client_nor_a_server_error(self):
        data = answer([{200: 500, 429: 500}])
        values = {name: checked(data, name)["value"] for name in STANDARD}
        assert values["rate_limited_percent"] == 50.0
        assert values["client_error_percent"] == values["server_error_percent"] == 0.0

    def test_unknown_codes_are_valid_requests(self):
        assert checked(answer([{200: 90, 500: 5, 777: 5}]))["denominator"] == 100

    @pytest.mark.parametrize(
        ("ignored", "numerator", "denominator", "value", "top"),
        [
            (None, 40, 100, 40.0, [[404, 30], [400, 10]]),
            ([404], 10, 70, 14.286, [[400, 10]]),
            ([404, 400], 0, 60, 0.0, []),
            ([599], 40, 100, 40.0, [[404, 30], [400, 10]]),
        ],
    )
    def test_ignored_codes(self, ignored, numerator, denominator, value, top):
        data = answer([{200: 60, 404: 30, 400: 10}])
        found = checked(data, "client_error_percent", ignore_codes=ignored)
        assert (found["numerator"], found["denominator"], found["value"]) == (numerator, denominator, value)
        assert found["top_codes"] == top
        assert found["recent"]["requests"] == denominator

    def test_ignoring_everything_leaves_no_traffic(self):
        assert stands(rate(50, 100), ignore_codes=[200, 500]) == ("inconclusive", "no_traffic")

    def test_top_codes_are_the_three_most_frequent(self):
        data = answer([{200: 900, 500: 3, 501: 9, 502: 9, 503: 1, 429: 50}])
        assert checked(data)["top_codes"] == [[501, 9], [502, 9], [500, 3]]

    @pytest.mark.parametrize(
        ("late", "status", "reason"),
        [
            ((1, 100), "warn", "recovered"),  # equality is no breach
            ((2, 199), "fail", "threshold"),
            ((2, 200), "warn", "recovered"),
            ((0, 20), "warn", "recovered"),
            ((0, 19), "fail", "threshold"),
            ((0, 0), "fail", "threshold"),
        ],
    )
    def test_recovered_needs_20_recent_requests_at_the_warn_limit(self, late, status, reason):
        found = checked(rate(70, 700, late))
        assert (found["status"], found["reason"]) == (status, reason)
        assert found["recent"]["requests"] == late[1]

    @pytest.mark.parametrize(("late", "reason"), [(24, "threshold"), (25, "recovered"), (100, "recovered")])
    def test_and_a_tenth_of_what_is_usual(self, late, reason):
        assert stands(rate(100, 1000, (0, late)))[1] == reason

    @pytest.mark.parametrize(("bad", "reason"), [(5, "recovered"), (6, "threshold")])
    def test_without_a_warn_limit_the_fail_limit_has_to_be_kept(self, bad, reason):
        entry = {"metric": "error_percent", "fail": 5}
        assert the(judged(rate(100, 1000, (bad, 100)), checks=[entry]), "error_percent")["reason"] == reason

    def test_the_last_minutes_count_back_from_the_newest_interval_by_the_clock(self):
        # Of those that are absent nothing is said: the failures of 13:50 lie in the last 12 minutes, though two
        # intervals came since.
        data = answer([GOOD] * 20 + [{500: 60, 200: 40}] * 5 + [None] * 3 + [GOOD] * 2)
        assert stands(data, confirm_recent_minutes=10) == ("warn", "recovered")
        assert stands(data, confirm_recent_minutes=12) == ("fail", "threshold")

    def test_never_longer_than_the_window(self):
        entry = {"metric": "error_percent", "warn": 1, "fail": 5, "window_minutes": 10}
        assert the(judged(answer([GOOD] * 30), checks=[entry]), "error_percent")["recent"]["minutes"] == 10

    def test_recent_is_as_long_as_asked_for(self):
        data = answer([{500: 50, 200: 50}] * 5 + [{200: 100}] * 5)
        assert stands(data, confirm_recent_minutes=10) == ("warn", "recovered")
        assert stands(data, confirm_recent_minutes=12) == ("fail", "threshold")

    @pytest.mark.parametrize(
        ("counts", "value", "numerator", "status", "reason"),
        [
            ([0] * 10, 0.0, 0.0, "pass", None),
            ([960] * 10, 80.0, 8.0, "pass", None),
            ([0] * 9 + [961], 80.083, 8.008, "warn", "threshold"),
            ([0] * 9 + [1140], 95.0, 9.5, "warn", "threshold"),
            ([0] * 9 + [1141], 95.083, 9.508, "fail", "threshold"),
            ([1141] + [0] * 9, 95.083, 9.508, "warn", "recovered"),
            ([1141] + [0] * 8 + [960], 95.083, 9.508, "warn", "recovered"),
            ([1141] + [0] * 8 + [1000], 95.083, 9.508, "fail", "threshold"),
            ([1] * 10, 0.083, 0.008, "pass", None),
            ([2400] * 10, 200.0, 20.0, "fail", "threshold"),
        ],
    )
    def test_utilization(self, counts, value, numerator, status, reason):
        found = checked(answer([{200: count} for count in counts]), "rate_limit_utilization_percent")
        assert (found["status"], found["reason"]) == (status, reason)
        assert (found["value"], found["numerator"], found["denominator"]) == (value, numerator, 10)
        assert found["ci95"] is None

    def test_utilization_counts_every_request_and_knows_the_limit(self):
        data = answer([{200: 1, 404: 959, 429: 1}])
        name = "rate_limit_utilization_percent"
        assert stands(data, name, ignore_codes=[404]) == ("warn", "threshold")
        assert stands(data, name, rate_limit_rps=20) == ("pass", None)
        assert stands(data, name, rate_limit_rps=0.1) == ("fail", "threshold")

    def test_utilization_takes_the_width_that_came(self):
        found = checked(answer([{200: 28800}], seconds=3600), "rate_limit_utilization_percent")
        assert (found["status"], found["value"]) == ("pass", 80.0)

    @pytest.mark.parametrize(
        ("data", "name", "limit"),
        [
            (answer([{200: 172801}], seconds=21600), "rate_limit_utilization_percent", 80),
            (rate(5000001, 10**8), "server_error_percent", 5),
            (rate(5 * 10**13 + 1, 10**15), "server_error_percent", 5),
        ],
    )
    def test_a_value_that_breaches_is_not_rounded_down_to_the_limit(self, data, name, limit):
        found = checked(data, name)
        assert found["reason"] == "threshold"
        assert found["value"] > limit

    @pytest.mark.parametrize(
        ("codes", "run", "breaching"),
        [
            ([GOOD, BAD, BAD, BAD, GOOD], 3, 3),
            ([BAD, BAD, GOOD, BAD], 2, 3),
            ([BAD, THIN, BAD], 2, 2),
            ([BAD, {}, THIN, {}, BAD], 2, 2),
            ([BAD, None, BAD, BAD], 2, 3),
            ([BAD, THIN, None, BAD], 1, 2),
            ([BAD, None, THIN, BAD], 1, 2),
            ([THIN, BAD, THIN], 1, 1),
            ([{500: 5, 200: 95}] * 20 + [{500: 6, 200: 94}] * 2, 2, 2),
            ([GOOD] * 3, 0, 0),
        ],
    )
    def test_longest_run(self, codes, run, breaching):
        found = checked(answer(codes), server_error_warn_percent=5)
        assert (found["longest_run"], found["breaching_intervals"]) == (run, breaching)

    def test_first_and_last_breach_and_the_worst(self):
        found = checked(answer([GOOD, BAD, {500: 20, 200: 80}, BAD, GOOD, THIN]))
        assert found["first_breach"] == iso(T1 - 5 * 120)
        assert found["last_breach"] == iso(T1 - 2 * 120)
        assert found["worst"] == {"start_ts": iso(T1 - 4 * 120), "value": 20.0, "requests": 100}

    def test_nothing_breached(self):
        found = checked(answer([GOOD, GOOD]))
        assert (found["first_breach"], found["last_breach"], found["worst"]) == (None, None, None)

    def test_thin_intervals_show_where_there_is_nothing_better(self):
        found = checked(answer([FEW] * 20))
        assert found["longest_run"] == found["breaching_intervals"] == 20
        assert found["worst"]["requests"] == 9

    @pytest.mark.parametrize(
        ("bad", "valid", "given", "tolerated"),
        [
            (0, 1000, {}, True),
            (20, 1000, {}, True),
            (200, 1000, {}, False),
            (0, 10, {}, True),
            (0, 10, {"on_low_traffic": "pass"}, True),
            (0, 10, {"on_low_traffic": "fail"}, False),
            (0, 0, {"on_low_traffic": "fail"}, False),
            (0, 0, {"on_no_data": "fail"}, True),
        ],
    )
    def test_tolerated(self, bad, valid, given, tolerated):
        assert checked(rate(bad, valid), **given)["tolerated"] is tolerated

    @pytest.mark.parametrize("lacking", ["no_data", "incomplete", "stale"])
    def test_lack_of_data_is_not_low_traffic(self, lacking):
        assert not checked([], lacking=lacking)["tolerated"]
        assert not checked([], lacking=lacking, on_low_traffic="pass")["tolerated"]
        assert checked([], lacking=lacking, on_no_data="warn", on_low_traffic="fail")["tolerated"]
        assert checked([], lacking=lacking, on_no_data="pass")["tolerated"]
        lenient = {"on_no_data": "pass", "on_low_traffic": "pass"}
        assert not checked([], read_error="no answer", **lenient)["tolerated"]

    @pytest.mark.parametrize("name", STANDARD)
    def test_without_intervals_nothing_was_measured(self, name):
        found = checked([], name, lacking="no_data")
        nothing = ("value", "numerator", "denominator", "ci95", "first_breach", "last_breach", "worst", "recent")
        assert {found[part] for part in nothing} == {None}
        assert (found["breaching_intervals"], found["longest_run"], found["top_codes"]) == (0, 0, [])


class TestLongOver:
    """In a window that was widened for want of traffic, an incident before the window asked for is over."""

    @pytest.mark.parametrize(
        ("now", "status", "reason"),
        [
            ({200: 30}, "warn", "recovered"),
            # Too little since then is no sign of a recovery: the policy for low traffic decides.
            ({200: 19}, "inconclusive", "low_traffic"),
            ({}, "inconclusive", "low_traffic"),
            ({200: 15, 500: 1}, "fail", "threshold"),
        ],
    )
    @pytest.mark.parametrize("over", ["window", "worst_interval"])
    def test_an_old_incident(self, now, status, reason, over):
        codes: list[dict[int, int]] = [{}] * 60 + [{200: 20, 500: 20}] * 5 + [{}] * 114 + [now]
        given = {"checks": [{"name": "server_error_percent", "over": over}]}
        check = the(judged(answer(codes), asked=Window(T1 - 21600, T1, 120), widened=True, **given))
        assert (check["status"], check["reason"]) == (status, reason)

    @pytest.mark.parametrize("bad", [1, 5, 9, 10])
    def test_an_outage_with_nothing_after_it_is_no_recovery(self, bad):
        codes = [{200: 10 - bad, 500: bad}] * 150 + [{}] * 30
        organization = judged(answer(codes), asked=Window(T1 - 21600, T1, 120), widened=True, profile="strict")
        assert (the(organization)["status"], the(organization)["reason"]) == ("inconclusive", "low_traffic")
        assert the(organization)["message"] == (f"server_error_percent: low_traffic, {150 * bad} of 1500 since 08:00Z")
        assert verdict([organization], profile="strict")["gate"] == "closed"
        assert verdict([judged(answer(codes), asked=Window(T1 - 21600, T1, 120), widened=True)])["gate"] == "open"

    def test_few_requests_all_of_them_long_ago(self):
        codes: list[dict[int, int]] = [{}] * 60 + [{500: 1}] * 5 + [{}] * 115
        check = the(judged(answer(codes), asked=Window(T1 - 21600, T1, 120), widened=True))
        assert (check["status"], check["reason"]) == ("inconclusive", "low_traffic")

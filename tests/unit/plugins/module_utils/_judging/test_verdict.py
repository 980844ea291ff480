# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From facts, a policy and a moment to a verdict."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils import _intervals
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import MalformedAnswer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import verdict as _verdict
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import too_quiet
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import Poll
from ansible_collections.apihealth.meraki.plugins.module_utils._time import parse_iso
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import (
    FAILURE,
    NOW,
    REQUEST,
    STANDARD,
    T0,
    T1,
    VECTORS,
    Shown,
    answer,
    answer_like,
    answers,
    at,
    combined,
    copied,
    health_policy,
    hours,
    interval,
    iso,
    json_values,
    judged,
    policy,
    quick,
    rate,
    spread,
    the,
    unread,
    verdict,
    whole,
)

ORDER = ["pass", "warn", "inconclusive", "error", "fail"]
RATES = ["server_error_percent", "rate_limited_percent", "client_error_percent"]
HEALTHY, WARNING, FAILING, QUIET = rate(0, 900), rate(20, 900), rate(200, 900), rate(0, 40)
SILENT: list[dict[str, Any]] = []


KINDS = [*map(judged, (HEALTHY, WARNING, QUIET, SILENT, FAILING)), unread()]


def reasons(organization):
    return {check["reason"] for check in organization["checks"]}


class TestJudge:
    @pytest.mark.parametrize(("bad", "valid", "late", "status", "reason"), VECTORS)
    def test_gates_vectors(self, bad, valid, late, status, reason):
        check = the(judged(spread(bad, valid, late)))
        assert (check["status"], check["reason"]) == (status, reason)

    def test_in_full(self):
        organization = judged(answer([{200: 140, 404: 1}] * 29 + [{200: 150, 429: 1, 500: 2}]))
        assert {name: part for name, part in organization.items() if name != "checks"} == {
            "organization_id": "549236",
            "organization_name": None,
            "organization_url": None,
            "status": "pass",
            "gate": "open",
            "rank": 1,
            "next_step": "Start the change.",
            "window": {
                "t0": "2026-05-04T13:00:00Z",
                "t1": "2026-05-04T14:00:00Z",
                "seconds": 3600,
                "interval_requested": 120,
                "interval_effective": 120,
                "complete_until": "2026-05-04T14:00:00Z",
            },
            "data": {
                "expected": 30,
                "used": 30,
                "idle": 0,
                "dropped": 0,
                "coverage_percent": 100.0,
                "newest": "2026-05-04T14:00:00Z",
                "age_seconds": 130,
                "widened": False,
                "own_requests_excluded": 0,
                "api_clock_ahead_seconds": None,
            },
            "read": {"ok": True, "attempts": 1, "status": 200, "error": None},
            "summary": {
                "observed": True,
                "requests": 4242,
                "by_code": {"200": 4210, "404": 29, "429": 1, "500": 2},
                "by_class": {"ok": 4210, "client_error": 29, "rate_limited": 1, "server_error": 2, "other": 0},
                "percent": {
                    "ok": 99.246,
                    "client_error": 0.684,
                    "rate_limited": 0.024,
                    "server_error": 0.047,
                    "other": 0.0,
                },
                "rps": {"mean": 1.178, "p95": 1.175, "max": 1.275, "max_at": "2026-05-04T13:58:00Z"},
            },
            "capacity": {
                "limit_rps": 10,
                "p95_rps": 1.175,
                "max_rps": 1.275,
                "max_at": "2026-05-04T13:58:00Z",
                "available_rps": 6.825,
                "planned": None,
            },
            "since": None,
        }
        assert [check["name"] for check in organization["checks"]] == [
            *RATES,
            "rate_limit_utilization_percent",
            "traffic_drop_percent",
        ]

    @pytest.mark.parametrize(
        ("others", "available"),
        # 0.8 of 10 rps less what others use, rounded down: somebody may take it at its word.
        [(0, 8.0), (1, 7.991), (119, 7.008), (432, 4.4), (959, 0.008), (960, 0.0), (961, -0.009), (1200, -2.0)],
    )
    def test_what_is_left_of_the_limit_is_rounded_down(self, others, available):
        assert judged(answer([{200: others}] * 30))["capacity"]["available_rps"] == available

    def test_a_check_looks_at_its_own_window(self):
        entry = {"metric": "error_percent", "fail": 5, "window_minutes": 20}
        organization = judged(answer([{404: 100}] * 20 + [{200: 100}] * 10), checks=[entry])
        check = the(organization, "error_percent")
        assert (check["status"], check["numerator"], check["denominator"]) == ("pass", 0, 1000)
        assert (check["window"]["t0"], check["window"]["t1"]) == (iso(T1 - 1200), iso(T1))
        assert the(organization, "client_error_percent")["denominator"] == 3000
        assert organization["window"]["seconds"] == 3600

    @pytest.mark.parametrize(
        ("data", "statuses"),
        [
            (HEALTHY, ["pass"] * 4 + ["skipped"]),
            (answer([{200: 30}] * 30), ["pass"] * 5),
            (rate(20, 900), ["warn", "pass", "pass", "pass", "skipped"]),
            (rate(20, 900, code=429), ["pass", "warn", "pass", "pass", "skipped"]),
            (rate(300, 900, code=404), ["pass", "pass", "warn", "pass", "skipped"]),
            (answer([{200: 1000}] * 30), ["pass", "pass", "pass", "warn", "pass"]),
            (answer([{200: 30}] * 25 + [{200: 1}] * 5), ["pass"] * 4 + ["warn"]),
            (rate(200, 900), ["fail", "pass", "pass", "pass", "skipped"]),
            (QUIET, ["inconclusive"] * 3 + ["pass", "skipped"]),
            (answer([{}] * 30), ["inconclusive"] * 3 + ["pass", "skipped"]),
            (SILENT, ["inconclusive"] * 5),
        ],
    )
    def test_the_worst_check_wins(self, data, statuses):
        organization = judged(data)
        assert [check["status"] for check in organization["checks"]] == statuses
        assert organization["status"] == max((one for one in statuses if one != "skipped"), key=ORDER.index)

    def test_a_rate_is_a_ratio_of_sums(self):
        data = answer([{200: 1, 500: 1}, {200: 1200}, {200: 1190}, {200: 1140}], end=T1)
        assert the(judged(data))["status"] == "pass"

    def test_what_has_not_settled_is_not_judged(self):
        data = [*rate(0, 900), interval(T1, {500: 500})]
        organization = judged(data)
        assert organization["status"] == "pass"
        assert (organization["data"]["used"], organization["data"]["dropped"]) == (30, 0)
        assert the(judged(data, settle_seconds=0))["status"] == "fail"

    def test_the_interval_that_is_not_over_is_not_judged(self):
        data = [*rate(0, 900), interval(T1, {500: 500})]
        assert judged(data, asked=Window(None, None, 120), settle_seconds=0, now=at("14:01:59"))["status"] == "pass"
        assert judged(data, asked=Window(None, None, 120), settle_seconds=0, now=at("14:02"))["status"] == "fail"

    @pytest.mark.parametrize("extra", [interval(T0 - 120, {500: 500}), interval(T0 - 60, {500: 500}, 60)])
    def test_what_is_before_the_window_is_not_judged(self, extra):
        organization = judged([extra, *rate(0, 900)], asked=Window(T0 - 7200, T1, 120))
        assert organization["status"] == "pass"
        assert (organization["data"]["used"], organization["data"]["dropped"]) == (30, 0)
        assert organization["summary"]["requests"] == 900

    def test_an_interval_across_an_edge_is_dropped_and_not_scaled(self):
        data = answer([{200: 500}] + [{200: 100}] * 28 + [{500: 500}], end=T1 + 60)
        organization = judged(data)
        assert (organization["data"]["used"], organization["data"]["dropped"]) == (29, 1)
        assert organization["summary"]["requests"] == 3300
        organization = judged([interval(T0 - 60, {500: 500}), *data[1:]])
        assert (organization["data"]["used"], organization["data"]["dropped"]) == (28, 2)

    def test_narrow_intervals_are_partial(self):
        data = [interval(T0, {500: 500}, 60), *answer([{200: 100}] * 29)]
        organization = judged(data)
        assert (organization["data"]["dropped"], organization["summary"]["requests"]) == (1, 2900)

    def test_the_width_is_the_one_that_came(self):
        data = answer([{200: 7200}] * 4, seconds=3600)
        organization = judged(data, window_minutes=240)
        assert organization["window"]["interval_requested"] == 120
        assert organization["window"]["interval_effective"] == 3600
        assert (organization["data"]["expected"], organization["data"]["used"]) == (4, 4)
        assert organization["capacity"]["max_rps"] == 2.0
        assert the(organization, "rate_limit_utilization_percent")["value"] == 20.0

    def test_wider_intervals_off_the_hour_are_judged_where_they_are_whole(self):
        # Three hours are asked for at 14:34: 11:32-14:32 holds two whole hours, cuts 11-12 and 14-15.
        data = answer([{200: 3600}] * 4, end=at("15:00"), seconds=3600)
        organization = judged(data, window_minutes=180, now=at("14:34"))
        assert (organization["window"]["t0"], organization["window"]["t1"]) == (iso(at("12:00")), iso(T1))
        assert organization["summary"]["requests"] == 7200
        data_ = organization["data"]
        assert (data_["expected"], data_["used"], data_["dropped"]) == (2, 2, 2)
        assert reasons(organization) == {None}

    def test_an_hour_of_wider_intervals_is_no_data(self):
        data = answer([{200: 3600}] * 3, end=at("15:00"), seconds=3600)
        assert reasons(judged(data, now=at("14:34"))) == {"no_data"}

    @pytest.mark.parametrize(
        ("newest", "now", "reason"),
        [
            ("14:00", NOW, None),
            ("13:56", NOW, None),
            ("13:54", NOW, "stale"),
            # settle + 3 intervals are 480 s: older, not as old
            ("13:54", at("14:02:00"), None),
            ("13:54", at("14:02:01"), "stale"),
            ("12:00", NOW, "stale"),
        ],
    )
    def test_staleness(self, newest, now, reason):
        data = answer([{200: 100}] * 30, end=at(newest))
        organization = judged(data, asked=Window(T0 - 86400, T1, 120), now=now)
        assert reasons(organization) == {reason}
        assert organization["data"]["newest"] == iso(at(newest))
        assert organization["data"]["age_seconds"] == now - at(newest)

    def test_staleness_knows_the_width_that_came(self):
        data = answer([{200: 1000}] * 4, end=at("12:00"), seconds=3600)
        assert reasons(judged(data, window_minutes=360, asked=Window(T0 - 86400, T1, 120))) == {None}

    def test_fresh_data_before_the_window_is_no_data(self):
        data = answer([{200: 1000}] * 4, end=T0, seconds=3600)
        assert reasons(judged(data, asked=Window(T0 - 86400, T1, 120))) == {"no_data"}

    # Two intervals with a long silence between them, and none in the last hour.
    SILENT_LATELY = (*answer([{200: 50}], end=at("11:40")), *answer([{200: 50}], end=at("12:52")))

    @pytest.mark.parametrize(("gaps", "reason"), [("idle", "no_traffic"), ("missing", "stale")])
    def test_an_empty_window_of_somebody_who_is_used_to_be_silent(self, gaps, reason):
        organization = judged([*self.SILENT_LATELY], asked=Window(T0 - 86400, T1, 120), gaps=gaps)
        checks = {one["name"]: (one["status"], one["reason"], one["value"]) for one in organization["checks"]}
        used = checks.pop("rate_limit_utilization_percent")
        assert used == (("pass", None, 0.0) if gaps == "idle" else ("inconclusive", "stale", None))
        assert {reason for _status, reason, _value in checks.values()} == {reason}

    @pytest.mark.parametrize(
        ("check", "more"),
        [
            ({"metric": "requests", "fail": 10}, {}),
            ({"metric": "projected_utilization_percent"}, {"planned_requests": 10**6, "planned_minutes": 1}),
        ],
    )
    def test_silence_is_no_way_around_what_it_breaches(self, check, more):
        asked = Window(T0 - 86400, T1, 120)
        for data in ([*self.SILENT_LATELY], [*self.SILENT_LATELY, *answer([{}] * 30)]):
            found = judged(data, asked=asked, gaps="idle", checks=[check], **more)
            assert the(found, check["metric"])["status"] == "fail"
            assert verdict([found], checks=[check], gaps="idle", **more)["gate"] == "closed"

    def test_a_widened_look_does_not_dilute_codes_that_nobody_knows(self):
        hours = [*answer([{200: 7}] * 150, end=T0), *answer([{200: 20, 999: 30}])]
        checks = [{"name": "errors", "metric": "error_percent", "fail": 50, "min_failures": 50}]
        found = judged(hours, asked=Window(T0 - 18000, T1, 120), widened=True, checks=checks)
        assert the(found, "server_error_percent")["reason"] == "unknown_codes"
        assert verdict([found], checks=checks)["gate"] == "closed"

    @staticmethod
    def found(find, **given):
        """The verdict over one organization, of which `find` gives each read."""
        options = policy(**given)
        return as_data(_verdict.combine([_verdict.judge("1", find, options, NOW)], options, NOW), options)

    def test_clocks_that_differ_do_not_hide_a_failure(self):
        outcome = Outcome(_intervals.parse_answer(rate(900, 1800)), Window(T0, T1, 120), REQUEST, ahead_seconds=200)
        found = self.found(lambda look: outcome, on_no_data="warn")
        checks = {one["name"]: (one["status"], one["reason"]) for one in found["organizations"][0]["checks"]}
        assert checks["server_error_percent"] == ("fail", "threshold")
        assert checks["rate_limited_percent"] == ("inconclusive", "clock")
        assert found["gate"] == "closed"

    def test_a_failed_read_that_no_check_looks_at_closes_the_gate(self):
        every = [{"name": name, "window_minutes": 120} for name in STANDARD]
        good = Outcome(_intervals.parse_answer(rate(0, 900)), Window(T0 - 3600, T1, 120), REQUEST)
        failed = good._replace(intervals=(), failure=FAILURE)
        found = self.found(lambda look: failed if look.seconds == 3600 else good, checks=every)
        assert (found["gate"], found["status"]) == ("closed", "error")
        assert "could not be read" in found["summary"]

    def test_no_interval_is_no_data(self):
        organization = judged(SILENT)
        assert reasons(organization) == {"no_data"}
        assert organization["summary"]["observed"] is False
        assert organization["data"]["newest"] is None
        assert organization["data"]["coverage_percent"] == 0.0

    def test_only_partial_intervals_are_no_data(self):
        assert reasons(judged([interval(T1 - 60, {200: 1000})])) == {"no_data"}

    @pytest.mark.parametrize(
        ("present", "gaps", "idle", "coverage", "reason"),
        [
            (30, "missing", 0, 100.0, None),
            (24, "missing", 0, 80.0, None),
            (23, "missing", 0, 76.667, "incomplete"),
            (1, "missing", 0, 3.333, "incomplete"),
            (30, "idle", 0, 100.0, None),
            (23, "idle", 7, 100.0, None),
            (1, "idle", 29, 100.0, None),
        ],
    )
    def test_gaps_before_the_newest_interval(self, present, gaps, idle, coverage, reason):
        data = answer([{200: 200}] * (present - 1) + [None] * (30 - present) + [{200: 200}])
        organization = judged(data, gaps=gaps)
        assert organization["data"]["idle"] == idle
        assert organization["data"]["coverage_percent"] == coverage
        assert {check["reason"] for check in organization["checks"] if check["status"] != "skipped"} == {reason}

    @pytest.mark.parametrize("gaps", ["idle", "missing"])
    def test_what_is_missing_after_the_newest_interval_is_no_gap(self, gaps):
        organization = judged(answer([{200: 200}] * 28, end=at("13:56")), gaps=gaps)
        assert (organization["data"]["coverage_percent"], organization["data"]["idle"]) == (100.0, 0)
        assert organization["status"] == "pass"

    @pytest.mark.parametrize("gaps", ["idle", "missing"])
    def test_before_what_was_asked_for_nothing_is_known(self, gaps):
        half = answer([{200: 200}] * 15)
        organization = judged(half, asked=Window(at("13:30"), T1, 120), gaps=gaps)
        assert organization["data"]["idle"] == 0
        assert organization["data"]["coverage_percent"] == 50.0
        assert reasons(organization) == {"incomplete"}

    def test_idle_intervals_count_in_the_percentile(self):
        data = answer([{200: 600}] + [None] * 28 + [{200: 600}])
        assert judged(data)["capacity"]["p95_rps"] == 5.0
        assert judged(data[1:])["capacity"]["p95_rps"] == 0.0
        assert judged(data, gaps="missing")["capacity"]["p95_rps"] == 5.0

    def test_an_idle_organization_has_capacity_and_passes_it(self):
        organization = judged(answer([{}] * 30), on_low_traffic="fail")
        assert the(organization, "rate_limit_utilization_percent")["status"] == "pass"
        assert organization["capacity"]["available_rps"] == 8.0
        assert {the(organization, name)["reason"] for name in RATES} == {"no_traffic"}

    def test_a_widened_window_reaches_as_far_as_it_may(self):
        data = answer([{200: 1}] * 180)
        organization = judged(data, asked=Window(T1 - 21600, T1, 120), widened=True)
        check = the(organization)
        assert (check["window"]["widened"], check["window"]["t0"]) == (True, iso(T1 - 21600))
        assert (check["status"], check["denominator"]) == ("pass", 180)
        # What is said of the organization is of the window asked for.
        assert organization["data"]["widened"] is False
        assert (organization["data"]["expected"], organization["summary"]["requests"]) == (30, 30)
        assert organization["window"]["t0"] == iso(T0)

    def test_a_huge_width_is_no_accident(self):
        data = [{"startTs": "1971-01-01T00:00:00Z", "endTs": "2999-12-31T00:00:00Z", "counts": []}]
        assert reasons(judged(data)) == {"no_data"}

    def test_a_tiny_width_is_no_accident(self):
        data = [interval(T0, {200: 1}, 0.000001), interval(T1 - 1, {200: 1}, 0.000001)]
        assert judged(data, gaps="missing")["status"] == "inconclusive"
        # A second of silence and more is usual here, and one request in a microsecond is a lot.
        assert {check["reason"] for check in judged(data)["checks"]} >= {"threshold", "low_traffic"}

    @given(hours)
    @whole
    def test_every_interval_cut_in_two_changes_no_rate(self, data):
        halves = []
        for one in data:
            start = _intervals.parse_answer([one])[0].start
            counts = {entry["code"]: entry["count"] for entry in one["counts"]}
            halves.append(interval(start, {code: count // 3 for code, count in counts.items()}, 60))
            halves.append(interval(start + 60, {code: count - count // 3 for code, count in counts.items()}, 60))
        whole, cut = judged(data), judged(halves)
        for name in RATES:
            for part in ("status", "reason", "value", "numerator", "denominator", "ci95", "recent"):
                # Idle intervals in a wide gap at the end are told from staleness by their width.
                if "stale" not in (the(cut, name)["reason"], the(whole, name)["reason"]):
                    assert the(cut, name)[part] == the(whole, name)[part]

    @given(data=hours, index=st.integers(0, 29), code=st.sampled_from([404, 429, 500]))
    @whole
    def test_one_more_bad_request_makes_nothing_better(self, data, index, code):
        if not data:
            return
        one = data[index % len(data)]
        good = next((entry for entry in one["counts"] if entry["code"] == 200 and entry["count"]), None)
        if good is None:
            return
        before = judged(data)
        good["count"] -= 1
        one["counts"].append({"code": code, "count": 1})
        after = judged(data)
        assert ORDER.index(after["status"]) >= ORDER.index(before["status"])
        name = {404: "client_error_percent", 429: "rate_limited_percent", 500: "server_error_percent"}[code]
        if the(after, name)["reason"] != "nothing_succeeded":
            assert ORDER.index(the(after, name)["status"]) >= ORDER.index(the(before, name)["status"])

    @given(data=answers(), shuffled=st.randoms(use_true_random=False))
    @whole
    def test_order_and_duplicates_do_not_matter(self, data, shuffled):
        mixed = [*data, *data[::2]]
        shuffled.shuffle(mixed)
        assert judged(mixed) == judged(data)

    @given(data=answers(), now=st.sampled_from([NOW, NOW + 0.5, NOW - 86400, T0]), widened=st.booleans())
    @whole
    def test_any_answer_can_be_judged_and_written_as_json(self, data, now, widened):
        organization = judged(data, now=now, widened=widened)
        made = verdict([organization])
        assert copied(made) == made
        data_ = organization["data"]
        t0, t1 = (parse_iso(organization["window"][edge]) for edge in ("t0", "t1"))
        came = _intervals.parse_answer(data)
        assert data_["used"] == sum(t0 <= one.start and one.end <= t1 for one in came) or data_["dropped"] > 0
        assert 0 <= data_["used"] + data_["dropped"] <= len(came)
        assert 0 <= data_["coverage_percent"] <= 100
        found = organization["summary"]
        assert sum(found["by_code"].values()) == sum(found["by_class"].values()) == found["requests"]

    @given(json_values | answer_like)
    @whole
    def test_any_json_is_judged_or_malformed(self, data):
        try:
            organization = judged(data)
        except MalformedAnswer:
            return
        assert verdict([organization])["status"] in ORDER


class TestUnread:
    def test_every_check_is_an_error(self):
        organization = unread()
        assert organization["status"] == "error"
        assert {check["status"] for check in organization["checks"]} == {"error"}
        assert reasons(organization) == {"read_failed"}
        assert organization["read"] == {
            "ok": False,
            "attempts": 1,
            "status": 404,
            "error": {
                "message": "the API answered 404",
                "hint": "Check the id.",
                "errors": [],
                "retryable": False,
                "request_id": None,
            },
        }
        assert [organization[part] for part in ("window", "data", "summary", "capacity")] == [None] * 4

    @pytest.mark.parametrize("lenient", [{}, {"on_no_data": "pass", "on_low_traffic": "pass"}])
    def test_closes_the_gate(self, lenient):
        made = verdict([unread(given=lenient)], **lenient)
        assert (made["status"], made["gate"], made["outcome"]) == ("error", "closed", 3)

    def test_knows_a_failure_without_words(self):
        made = verdict([Shown(_verdict.unread("1", {}, policy(), NOW))])
        assert made["status"] == "error"
        assert "None" not in "\n".join([*made["lines"], made["summary"], made["next_step"]])


def widened(organization, **given):
    """The names of the checks that get the widest window."""
    options = policy(**given)
    return too_quiet(organization.organization.checks, options)


class TestWidening:
    @pytest.mark.parametrize(
        ("data", "given", "wider"),
        [
            (QUIET, {}, True),
            (answer([{}] * 30), {}, True),
            (HEALTHY, {}, False),
            (rate(6, 50), {}, False),
            (SILENT, {}, False),
            (QUIET, {"max_window_minutes": 60}, False),
            (QUIET, {"max_window_minutes": 10}, False),
            (QUIET, {"max_window_minutes": 61}, True),
        ],
    )
    def test_only_for_low_traffic_and_room(self, data, given, wider):
        # Old data shows neither what is left of the limit nor whether anybody calls.
        assert widened(judged(data, **given), **given) == (set(RATES) if wider else set())

    def test_not_for_an_organization_that_could_not_be_read(self):
        assert widened(unread()) == set()

    def test_each_for_itself(self):
        # 150 requests are enough for one of them and too few for the other.
        given = {"checks": [{"name": "wary", "metric": "error_percent", "fail": 5, "min_requests": 200}]}
        assert widened(judged(rate(0, 150), **given), **given) == {"wary"}
        # Of a group that looks at the same, one that fails keeps all as they are: nothing heals it.
        given["checks"].append({"name": "second", "metric": "rate_limited_percent", "min_requests": 200})
        found = judged(rate(30, 150, code=404), **given)
        assert [the(found, name)["status"] for name in ("wary", "second")] == ["fail", "inconclusive"]
        assert widened(found, **given) == set()


class TestBasis:
    """Shares are of the requests that the check was judged on."""

    def test_of_a_widened_check_that_has_recovered_in_the_window_asked_for(self):
        options = health_policy()
        # Few requests, so the gate looks further back too, and the failures are over.
        hours = [*({200: 10} for _i in range(150)), {200: 10, 500: 10}, *({200: 2} for _i in range(29))]
        outcome = Outcome(_intervals.parse_answer(answer(hours)), Window(T1 - 21600, T1, 120), REQUEST)
        made = _verdict.judge("549236", lambda look: outcome, options, NOW, RATES)
        (recovered,) = [one for one in made.checks if one.status == "warn"]
        assert recovered.reason == "recovered"
        assert made.basis
        assert made.basis.check == recovered.check.name
        assert [one.start for one in made.basis.loads] == [T0 + 120 * place for place in range(30)]


class TestCombine:
    def test_one_that_passes_but_closes_the_gate_comes_before_those_that_pass_freely(self):
        fleet = [judged(HEALTHY, "1"), judged(HEALTHY, "2"), judged(FAILING, "3"), judged(WARNING, "4")]
        made = combined(fleet, policy(), unconfirmed=["2"])
        ranks = {one["organization_id"]: one["rank"] for one in made["organizations"]}
        assert sorted(ranks, key=ranks.__getitem__) == ["3", "4", "2", "1"]
        assert made["closed_organizations"] == ["3", "2"]

    def test_in_full(self):
        organization = judged(FAILING)
        made = verdict([organization])
        shown = ("organizations", "lines", "headline", "summary", "next_step", "collection_version")
        assert {name: part for name, part in made.items() if name not in shown} == {
            "schema": 1,
            "status": "fail",
            "gate": "closed",
            "overridden": None,
            "mode": "enforce",
            "profile": "standard",
            "changed_options": [],
            "outcome": 2,
            "evaluated_at": "2026-05-04T14:02:10Z",
            "valid_until": "2026-05-04T14:17:10Z",
            "waited_seconds": 0,
            "history": [],
            "baseline": None,
            "warnings": [],
            "closed_organizations": ["549236"],
            "retry_at": f"2026-05-04T{made['next_step'].split('Re-run after ')[1][:5]}:00Z",
            "causes": [
                {
                    "reason": "threshold",
                    "label": "5xx",
                    "metric": "server_error_percent",
                    "since": "2026-05-04T13:58:00Z",
                    "organizations": ["549236"],
                    "next_step": made["next_step"],
                }
            ],
            "counts": {"pass": 3, "warn": 0, "inconclusive": 0, "error": 0, "fail": 1, "skipped": 1},
        }
        assert made["organizations"] == [organization]

    @pytest.mark.parametrize(
        ("data", "given", "status", "gate", "outcome"),
        [
            (HEALTHY, {}, "pass", "open", 0),
            (WARNING, {}, "warn", "open", 1),
            (FAILING, {}, "fail", "closed", 2),
            (QUIET, {}, "inconclusive", "open", 3),
            (QUIET, {"on_low_traffic": "pass"}, "inconclusive", "open", 3),
            (QUIET, {"on_low_traffic": "warn"}, "inconclusive", "open", 3),
            (QUIET, {"on_low_traffic": "fail"}, "inconclusive", "closed", 3),
            (QUIET, {"on_no_data": "pass"}, "inconclusive", "open", 3),
            (answer([{}] * 30), {}, "inconclusive", "open", 3),
            (answer([{}] * 30), {"on_low_traffic": "fail"}, "inconclusive", "closed", 3),
            (SILENT, {}, "inconclusive", "closed", 3),
            (SILENT, {"on_no_data": "warn"}, "inconclusive", "open", 3),
            (SILENT, {"on_no_data": "pass"}, "inconclusive", "open", 3),
            (SILENT, {"on_low_traffic": "pass"}, "inconclusive", "closed", 3),
            (rate(6, 50), {"on_low_traffic": "pass"}, "fail", "closed", 2),
            (answer([{200: 200}, *[None] * 28, {200: 200}]), {"gaps": "missing"}, "inconclusive", "closed", 3),
            (
                answer([{200: 200}, *[None] * 28, {200: 200}]),
                {"gaps": "missing", "on_no_data": "warn"},
                "inconclusive",
                "open",
                3,
            ),
            (answer([{200: 200}], end=at("13:30")), {}, "inconclusive", "closed", 3),
            (answer([{200: 200}], end=at("13:30")), {"on_no_data": "warn"}, "inconclusive", "open", 3),
        ],
    )
    def test_status_is_what_was_found_and_gate_what_follows(self, data, given, status, gate, outcome):
        made = verdict([judged(data, **given)], **given)
        assert (made["status"], made["gate"], made["outcome"]) == (status, gate, outcome)
        watched = verdict([judged(data, mode="report_only", **given)], mode="report_only", **given)
        assert (watched["status"], watched["gate"], watched["outcome"]) == (status, "open", outcome)
        assert watched["mode"] == "report_only"

    @pytest.mark.parametrize(
        ("data", "required", "status", "gate"),
        [
            (rate(90, 900, code=404), True, "fail", "closed"),
            (rate(90, 900, code=404), False, "warn", "open"),
            # Its own answer to little traffic is fail; the other checks tolerate it.
            (QUIET, True, "inconclusive", "closed"),
            (QUIET, False, "inconclusive", "open"),
            (FAILING, False, "fail", "closed"),
        ],
    )
    def test_an_optional_check_holds_no_gate(self, data, required, status, gate):
        entry = {"metric": "error_percent", "fail": 5, "on_low_traffic": "fail", "required": required}
        made = verdict([judged(data, checks=[entry])], checks=[entry])
        assert (made["status"], made["gate"]) == (status, gate)

    def test_a_read_that_failed_closes_even_for_optional_checks(self):
        names = [*RATES, "rate_limit_utilization_percent"]
        given = {"checks": [{"name": name, "required": False} for name in names]}
        made = verdict([unread(given=given)], **given)
        assert (made["status"], made["gate"]) == ("error", "closed")

    def test_what_was_open_only_once_stays_closed(self):
        history = [Poll(NOW, "pass", "open", None)]
        made = combined([judged(HEALTHY)], policy(), NOW, history, 179.6, ["549236"])
        assert (made["status"], made["gate"]) == ("pass", "closed")
        assert (made["history"], made["waited_seconds"]) == (
            [{"at": iso(NOW), "status": "pass", "gate": "open", "worst": None}],
            180,
        )
        assert combined([judged(HEALTHY)], policy(), NOW, history, 179.6)["gate"] == "open"

    def test_says_which_profile(self):
        assert verdict([judged(HEALTHY)], profile="strict")["profile"] == "strict"
        assert verdict([judged(rate(0, 250), profile="strict")], profile="strict")["gate"] == "closed"
        assert verdict([judged(rate(0, 250))])["gate"] == "open"

    def test_report_only_keeps_the_gate_open_on_errors_too(self):
        assert verdict([unread()], mode="report_only")["gate"] == "open"

    @pytest.mark.parametrize("first", range(5))
    @pytest.mark.parametrize("second", range(5))
    def test_the_worst_of_several_wins(self, first, second):
        made = [judged(HEALTHY), judged(WARNING), judged(QUIET), unread(), judged(FAILING)]
        assert [one["status"] for one in made] == ORDER
        both = verdict([made[first], made[second]])
        assert both["status"] == ORDER[max(first, second)]
        assert both["gate"] == ("closed" if max(first, second) >= 3 else "open")

    def test_nothing_is_pooled(self):
        # 6 of 1000 would pass, and 6 of 100 fails.
        assert verdict([judged(rate(0, 900), "1"), judged(rate(6, 100), "2")])["status"] == "fail"
        # 10 of 100 would fail, and 5 of 50 is too little.
        made = verdict([judged(rate(5, 50), "1"), judged(rate(5, 50), "2")])
        assert (made["status"], made["gate"]) == ("inconclusive", "open")

    def test_a_tolerated_organization_does_not_open_the_gate_for_another(self):
        made = verdict([judged(QUIET, "quiet"), judged(SILENT, "silent")])
        assert (made["status"], made["gate"]) == ("inconclusive", "closed")

    def test_all_are_reported_in_the_order_asked_for(self):
        made = verdict([judged(HEALTHY, "b"), unread("a"), judged(FAILING, "c")])
        assert [one["organization_id"] for one in made["organizations"]] == ["b", "a", "c"]
        assert made["counts"] == {"pass": 7, "warn": 0, "inconclusive": 0, "error": 5, "fail": 1, "skipped": 2}

    def test_the_order_of_organizations_does_not_matter(self):
        made = [judged(HEALTHY, "1"), judged(QUIET, "2"), judged(SILENT, "3"), judged(WARNING, "4")]
        found = set()
        for order in itertools.permutations(made):
            one = verdict(list(order))
            found.add((one["status"], one["gate"], one["summary"], one["next_step"], tuple(one["counts"].items())))
        assert len(found) == 1

    @given(data=st.data(), picked=st.lists(st.integers(0, 5), min_size=1, max_size=8))
    @quick
    def test_the_order_of_any_organizations_does_not_matter(self, data, picked):
        first, second = (
            verdict([KINDS[i] for i in picked]),
            verdict([KINDS[i] for i in data.draw(st.permutations(picked))]),
        )
        assert [first[part] for part in ("status", "gate", "outcome", "counts")] == [
            second[part] for part in ("status", "gate", "outcome", "counts")
        ]

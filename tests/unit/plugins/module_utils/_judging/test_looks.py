# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What checks look at, and as few requests as will do."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._asked import filters_of
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import looks as _looks
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import Look, Read
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Earlier, EarlierOrganization
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import NOW, STANDARD, T0, T1, asked_of, at, judged, policy, quick

DAY = 86400
# Where the settled present ends that is looked at by default.
END = NOW - 120
# Old data shows neither what is left of the limit nor whether anybody calls.
WIDENED = STANDARD[:3]
PLANNED = {"planned_requests": 300, "planned_minutes": 5}
OBJECTIVE = {"slo_percent": 99.9}
ERRORS = {"metric": "error_percent", "fail": 5}


class TestLook:
    @pytest.mark.parametrize(
        ("given", "wide", "seconds"),
        [
            ({}, False, 3600),
            ({}, True, 21600),
            ({"window_minutes": 30}, False, 1800),
            ({"max_window_minutes": 90}, True, 5400),
            # Never narrower than it was.
            ({"window_minutes": 90, "max_window_minutes": 60}, True, 5400),
        ],
    )
    def test_is_as_long_as_the_window(self, given, wide, seconds):
        options = policy(**given)
        found = _looks.look(asked_of(options, "server_error_percent"), options, NOW, wide)
        assert found == Look((), END, seconds)

    @pytest.mark.parametrize("settle", [0, 120, 3600])
    def test_ends_where_data_has_settled(self, settle):
        options = policy(settle_seconds=settle)
        assert _looks.look(options.checks[0], options, NOW).end == NOW - settle

    def test_of_what_the_check_filters(self):
        options = policy(checks=[{**ERRORS, "user_agent": "Backup"}])
        found = _looks.look(asked_of(options, "error_percent"), options, NOW)
        assert found.filters == (("user_agent", "Backup"),)


class TestHistoryLook:
    @pytest.mark.parametrize("minutes", [10, 60, 61, 1440, 10080, 20160])
    @pytest.mark.parametrize("weeks", [2, 4])
    def test_has_each_hour_of_the_window_in_each_week(self, minutes, weeks):
        options = policy(history_weeks=weeks, window_minutes=minutes)
        current, before = _looks.looks("549236", options, NOW)["traffic_below_usual_percent"]
        assert before is not None
        window, past = _looks.window_of(current, NOW), _looks.window_of(before, NOW)
        assert window.t0 is not None
        assert past.t0 is not None
        first = math.floor(window.t0 / 3600) * 3600 - weeks * 7 * DAY
        # The API keeps no more than 31 days.
        assert past.t0 <= max(first, NOW - 31 * DAY + 3600)
        assert past.interval == 3600


class TestBaselineLook:
    OPTIONS = policy(baseline_days=7)
    CHECK = asked_of(OPTIONS, "server_error_regression")
    CURRENT = _looks.look(CHECK, OPTIONS, NOW)

    def test_so_many_days_before(self):
        now, then = _looks.baseline_look(self.CURRENT, self.CHECK, None)
        assert now == self.CURRENT
        assert then == Look((), END - 7 * DAY, 3600)

    @pytest.mark.parametrize(
        ("began", "ended", "seconds"),
        [
            (at("12:00"), T0, 3600),  # up to where now begins
            (at("11:00"), at("12:00"), 3600),
            (at("12:30"), at("13:30"), 1800),  # it reached into now
            (at("12:30"), at("13:58"), 120),
            (T0, T1, 0),  # nothing has happened since
            (T0, T1 + 120, 0),
        ],
    )
    def test_after_an_earlier_verdict_now_begins_where_that_ended(self, began, ended, seconds):
        earlier = EarlierOrganization("pass", ended, ended - began, {})
        now, then = _looks.baseline_look(self.CURRENT, self.CHECK, earlier)
        assert now == Look((), END, seconds)
        assert then == Look((), ended, ended - began)

    @pytest.mark.parametrize("organizations", [{}, {"1": EarlierOrganization("pass", 0.0, 0.0, {})}])
    def test_without_a_window_there_is_nothing_to_compare_with(self, organizations):
        options = self.OPTIONS._replace(earlier=Earlier("2026-05-04T13:00:00Z", "pass", "open", organizations))
        assert _looks.looks("1", options, NOW)["server_error_regression"] == (self.CURRENT, None)

    def test_both_are_of_the_same_requests(self):
        current = self.CURRENT._replace(filters=(("user_agent", "Backup"),))
        for earlier in (None, EarlierOrganization("pass", at("12:00"), 3600, {})):
            pair = _looks.baseline_look(current, self.CHECK, earlier)
            assert {one.filters for one in pair} == {current.filters}

    @given(days=st.integers(1, 30), minutes=st.integers(10, 43200), late=st.integers(0, 20000))
    @quick
    def test_windows_of_days_never_overlap(self, days, minutes, late):
        check = self.CHECK._replace(baseline_days=days)
        current = Look((), END + late, min(minutes, days * 1440) * 60)
        now, then = _looks.baseline_look(current, check, None)
        asked, before = _looks.window_of(now, NOW + late), _looks.window_of(then, NOW + late)
        assert (before.t1 or 0) <= (asked.t0 or 0)
        assert asked.interval == before.interval

    @given(ago=st.integers(-1200, 200_000), length=st.integers(1, 200_000), minutes=st.integers(10, 3000))
    @quick
    def test_a_window_never_reaches_into_the_earlier_one(self, ago, length, minutes):
        current = Look((), END, minutes * 60)
        earlier = EarlierOrganization("pass", END - ago, length, {})
        now, then = _looks.baseline_look(current, self.CHECK, earlier)
        assert 0 <= now.seconds <= current.seconds
        assert now.seconds == 0 or math.floor(END / 120) * 120 - now.seconds >= then.end


class TestWindowOf:
    @pytest.mark.parametrize(
        ("look", "t0", "t1", "interval"),
        [
            (Look((), END, 3600), T0, T1, 120),
            (Look((), END, DAY), T1 - DAY, T1, 120),
            (Look((), END, DAY + 1), T1 - DAY - 3600, T1, 3600),
            # There is no empty window to ask for.
            (Look((), END, 0), T1 - 120, T1, 120),
        ],
    )
    def test_of(self, look, t0, t1, interval):
        assert _looks.window_of(look, NOW) == Window(t0, t1, interval)


BACKUP = (("user_agent", "Backup"),)


class TestReads:
    HOUR = Look((), END, 3600)

    @pytest.mark.parametrize(
        ("others", "requests"),
        [
            ([], [3600]),
            ([HOUR], [3600]),
            # What one request can answer is asked once, over the longest of the windows.
            ([HOUR._replace(seconds=600)], [3600]),
            ([HOUR._replace(seconds=5400)], [5400]),
            ([HOUR._replace(seconds=600), HOUR._replace(seconds=DAY)], [DAY]),
            # The same edge of an interval is the same end.
            ([HOUR._replace(end=T1)], [3600]),
            # Other filters, other widths or another end make another one.
            ([HOUR._replace(filters=BACKUP)], [3600, 3600]),
            ([HOUR._replace(filters=BACKUP, seconds=5400)], [3600, 5400]),
            ([HOUR._replace(seconds=2 * DAY)], [3600, 2 * DAY]),
            ([HOUR._replace(seconds=8 * DAY)], [3600, 8 * DAY]),
            ([HOUR._replace(seconds=2 * DAY), HOUR._replace(seconds=3 * DAY)], [3600, 3 * DAY]),
            ([HOUR._replace(end=END - 7 * DAY)], [3600, 3600]),
            ([HOUR._replace(end=T1 - 1)], [3600, 3600]),
        ],
    )
    def test_as_few_as_will_do(self, others, requests):
        looks = [self.HOUR, *others]
        found = _looks.reads(looks, NOW)
        assert set(found) == set(looks)
        windows = [read.window for read in dict.fromkeys(found.values())]
        # Long windows end on the edges of wide intervals.
        assert [math.floor((one.t1 or 0) - (one.t0 or 0)) for one in windows] == requests

    looks = st.builds(
        Look,
        st.sampled_from([(), BACKUP]),
        st.sampled_from([END, T1, T1 + 5, END - 7 * DAY, END - DAY]),
        st.sampled_from([0, 600, 3600, 5400, DAY, DAY + 60, 3 * DAY, 8 * DAY, 30 * DAY]),
    )

    @given(st.lists(looks, min_size=1, max_size=8))
    @quick
    def test_each_look_is_covered_by_its_read(self, looks):
        found = _looks.reads(looks, NOW)
        for look in looks:
            wanted, asked = _looks.window_of(look, NOW), found[look].window
            assert found[look].filters == look.filters
            assert (asked.t1, asked.interval) == (wanted.t1, wanted.interval)
            assert (asked.t0 or 0) <= (wanted.t0 or 0)
        # Of two requests, neither can answer for the other.
        kinds = [(read.filters, read.window.t1, read.window.interval) for read in set(found.values())]
        assert len(kinds) == len(set(kinds))

    @given(st.lists(looks, min_size=1, max_size=6), st.randoms())
    @quick
    def test_the_order_of_looks_does_not_matter(self, looks, random):
        shuffled = [*looks]
        random.shuffle(shuffled)
        assert _looks.reads(looks, NOW) == _looks.reads(shuffled, NOW)

    def test_of_nothing(self):
        assert _looks.reads([], NOW) == {}


class TestCountsOwn:
    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({}, True),
            ({"operation_ids": ["own"]}, True),
            ({"operation_ids": ["other", "own"]}, True),
            ({"operation_ids": ["other"]}, False),
            ({"version": 1}, True),
            ({"version": 0}, False),
            # The API matches a part. Whether upper and lower case are alike, nobody knows.
            ({"user_agent": "Health/1"}, True),
            ({"user_agent": "ApiHealth/1.0 Example"}, True),
            ({"user_agent": "apihealth"}, None),
            ({"user_agent": "Backup"}, False),
            ({"user_agent": "ApiHealth/1.0 Example Backup"}, False),
            # Nor does the gate know its own address or admin.
            ({"source_ips": ["192.0.2.1"]}, None),
            ({"admin_ids": ["1"]}, None),
            ({"admin_ids": ["1"], "user_agent": "ApiHealth", "operation_ids": ["own"]}, None),
            # All of them have to match.
            ({"admin_ids": ["1"], "operation_ids": ["other"]}, False),
            ({"source_ips": ["192.0.2.1"], "version": 0}, False),
            ({"user_agent": "apihealth", "operation_ids": ["other"]}, False),
        ],
        ids=str,
    )
    def test_of_each_filter(self, filters, expected):
        read = Read(filters_of(filters), Window(T0, T1, 120))
        assert _looks.counts_own(read, "own", "ApiHealth/1.0 Example") is expected


class TestTooQuiet:
    SETTINGS = {**OBJECTIVE, **PLANNED, "baseline_days": 7}

    @staticmethod
    def found(statuses, entries=(), **given):
        """The names to widen where the checks named stand like that, and the others pass."""
        options = policy(checks=list(entries), **given)
        found = []
        for one in judged([], checks=list(entries), **given).organization.checks:
            status, reason = statuses.get(one.check.name, ("pass", None))
            found.append(one._replace(status=status, reason=reason))
        return _looks.too_quiet(found, options)

    QUIET = ("inconclusive", "low_traffic")

    @pytest.mark.parametrize(
        ("standing", "wider"),
        [
            (("inconclusive", "low_traffic"), True),
            (("inconclusive", "no_traffic"), True),
            (("inconclusive", "no_data"), False),
            (("inconclusive", "stale"), False),
            (("inconclusive", "incomplete"), False),
            (("pass", None), False),
            (("warn", "threshold"), False),
            (("warn", "few_failures"), False),
            (("fail", "small_sample"), False),
            (("fail", "nothing_succeeded"), False),
            (("error", "read_failed"), False),
        ],
    )
    def test_only_for_too_little_traffic(self, standing, wider):
        assert self.found({"server_error_percent": standing}) == (set(WIDENED) if wider else set())

    @pytest.mark.parametrize(
        ("beside", "wider"),
        [
            (("pass", None), True),
            (("warn", "threshold"), True),
            (("inconclusive", "no_traffic"), True),
            (("fail", "threshold"), False),
            (("fail", "nothing_succeeded"), False),
            (("error", "read_failed"), False),
        ],
    )
    def test_nothing_heals_what_is_worse(self, beside, wider):
        found = self.found({"server_error_percent": self.QUIET, "rate_limited_percent": beside})
        assert found == (set(WIDENED) if wider else set())

    @pytest.mark.parametrize(
        ("own", "together"),
        [
            ({}, True),
            ({"fail": 50, "min_failures": 60, "required": False, "over": "worst_interval"}, True),
            ({"min_requests": 99}, False),
            ({"window_minutes": 59}, False),
            ({"user_agent": "Backup"}, False),
        ],
    )
    def test_a_group_is_of_the_same_requests_minutes_and_enough(self, own, together):
        entry = {**ERRORS, "name": "mine", **own}
        # Alone it is widened alone; what fails beside it keeps it only where both look at the same.
        expected = {"mine", *WIDENED} if together else {"mine"}
        assert self.found({"mine": self.QUIET}, [entry]) == expected
        beside = {"mine": self.QUIET, "client_error_percent": ("fail", "threshold")}
        assert self.found(beside, [entry]) == (set() if together else {"mine"})

    @pytest.mark.parametrize(
        ("metric", "wider"),
        [
            ("error_percent", True),
            ("success_percent", True),
            ("error_budget_remaining_percent", False),
            ("burn_rate", False),
            ("server_error_regression", False),
            ("rate_limit_utilization_percent", False),
            ("projected_utilization_percent", False),
            ("traffic_drop_percent", False),
            ("requests", False),
            ("query", False),
        ],
    )
    def test_only_what_may_have_another_window(self, metric, wider):
        entry = {"name": "mine", "metric": metric, "fail": 1, **({"query": "`1`"} if metric == "query" else {})}
        # By filters of its own it is in no other check's group.
        entry["admin_ids"] = ["7"]
        assert self.found({"mine": self.QUIET}, [entry], **self.SETTINGS) == ({"mine"} if wider else set())

    @pytest.mark.parametrize(
        "metric",
        [
            "error_budget_remaining_percent",
            "burn_rate",
            "server_error_regression",
            "traffic_drop_percent",
            "rate_limit_utilization_percent",
            "projected_utilization_percent",
        ],
    )
    def test_what_has_a_window_of_its_own_takes_no_part(self, metric):
        statuses = {"server_error_percent": self.QUIET, metric: ("fail", "threshold")}
        assert self.found(statuses, **self.SETTINGS) == set(WIDENED)
        assert self.found({metric: self.QUIET}, **self.SETTINGS) == set()

    @pytest.mark.parametrize(("widest", "wider"), [(10, False), (60, False), (61, True), (360, True)])
    def test_only_where_there_is_room(self, widest, wider):
        found = self.found({"server_error_percent": self.QUIET}, max_window_minutes=widest)
        assert found == (set(WIDENED) if wider else set())

    def test_one_with_a_narrower_window_has_room(self):
        entry = {**ERRORS, "window_minutes": 20}
        statuses = dict.fromkeys(["error_percent", *STANDARD], self.QUIET)
        assert self.found(statuses, [entry], max_window_minutes=60) == {"error_percent"}

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look may judge of what was read: whole intervals of its window, and what is missing."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import coverage_data, window_data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome, seen, without
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import Evidence
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import Look, window_of
from ansible_collections.apihealth.meraki.plugins.module_utils._time import parse_iso
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import (
    FAILURE,
    NOW,
    REQUEST,
    T0,
    T1,
    answer,
    answers,
    at,
    hours,
    interval,
    iso,
    judged,
    policy,
    quick,
    the,
    whole,
)

ONE = {200: 100}
HOUR = Look((), NOW - 120, 3600)


class Saw(NamedTuple):
    """What a look saw, as a verdict tells it."""

    evidence: Evidence
    window: Any
    data: Any


def shown(found):
    evidence = found.evidence
    return Saw(
        evidence,
        evidence.window and window_data(evidence.window),
        evidence.data and coverage_data(evidence.data),
    )


def saw(data, look=HOUR, asked=None, now=NOW, widened=False, own=None, **given):
    outcome = Outcome(parse_answer(data), asked or window_of(look, now), REQUEST, own or {})
    return shown(seen(look, outcome, policy(**given), now, widened))


def counted(data, **given):
    """How many intervals are expected, used, idle and dropped."""
    data = saw(data, **given).data
    return tuple(data[part] for part in ("expected", "used", "idle", "dropped"))


class TestWithout:
    """T0 to T0 + 120 is the interval, unless said otherwise; moments are seconds after T0."""

    @pytest.mark.parametrize(
        ("codes", "sent", "left", "excluded"),
        [
            ({200: 10}, {}, {200: 10}, None),
            ({200: 10}, {200: [60]}, {200: 9}, 1),
            ({200: 10}, {200: [60, 60, 61]}, {200: 7}, 3),
            ({200: 10, 429: 2}, {200: [60], 429: [60]}, {200: 9, 429: 1}, 2),
            # Never below nothing, and nothing is taken from another code.
            ({200: 2, 500: 5}, {200: [10, 20, 30]}, {500: 5}, 2),
            ({500: 5}, {200: [60]}, {500: 5}, None),
            ({429: 5}, {500: [60]}, {429: 5}, None),
            ({}, {200: [60], 429: [60]}, {}, None),
            ({200: 3}, {200: [1, 2, 3]}, {}, 3),
            ({302: 3}, {302: [1]}, {302: 2}, 1),
            # A success belongs to the interval that it lies in.
            ({200: 10}, {200: [-0.1, 0, 119.9, 120]}, {200: 8}, 2),
            # A failure near an edge may have been counted beyond it, where it could not be told from another client's.
            ({429: 10}, {429: [-1, 0, 4.9, 5, 114.9, 115, 119.9, 120]}, {429: 8}, 2),
            ({500: 10}, {500: [4, 116]}, {500: 10}, None),
        ],
    )
    def test_code_by_code(self, codes, sent, left, excluded):
        moments = {code: [T0 + second for second in seconds] for code, seconds in sent.items()}
        found, taken = without(parse_answer([interval(T0, codes)]), moments)
        assert [one.by_code for one in found] == [left]
        assert taken == ({} if excluded is None else {T0: excluded})

    @pytest.mark.parametrize(
        ("failures", "left"), [(True, {200: 4, 429: 4, 500: 4}), (False, {200: 4, 429: 5, 500: 5})]
    )
    def test_failures_stay_where_nobody_knows_whose_they_are(self, failures, left):
        sent = {code: [T0 + 60] for code in (200, 429, 500)}
        ((found,), _taken) = without(parse_answer([interval(T0, {200: 5, 429: 5, 500: 5})]), sent, failures)
        assert found.by_code == left

    def test_interval_by_interval(self):
        intervals = parse_answer(answer([{200: 5}, {200: 6}, None, {200: 7}]))
        start = intervals[0].start
        # One before all of them, one in the gap, one after.
        sent = [start - 1, start + 1, start + 121, start + 239, start + 300, intervals[-1].end]
        found, taken = without(intervals, {200: sent})
        assert [one.requests for one in found] == [4, 4, 7]
        assert taken == {start: 1, start + 120: 2}

    def test_of_wide_and_of_narrow_intervals(self):
        wide = parse_answer([interval(T0, {200: 9, 429: 9}, 3600)])
        sent = [T0 + second for second in (0, 120, 3594, 3596)]
        assert without(wide, {200: sent, 429: sent})[0][0].by_code == {200: 5, 429: 7}
        narrow = parse_answer([interval(T0, {200: 9, 429: 9}, 8)])
        assert without(narrow, {200: [T0 + 4], 429: [T0 + 4]})[0][0].by_code == {200: 8, 429: 9}

    def test_nothing_of_nothing(self):
        assert without([], {200: [T0]}) == ([], {})

    @given(
        hours, st.dictionaries(st.sampled_from([200, 302, 429, 500]), st.lists(st.floats(T0 - 9, T1 + 9), max_size=9))
    )
    @quick
    def test_takes_at_most_what_was_sent_and_leaves_the_times(self, data, moments):
        intervals, sent = parse_answer(data), {code: sorted(each) for code, each in moments.items()}
        found, taken = without(intervals, sent)
        assert [(one.start, one.end) for one in found] == [(one.start, one.end) for one in intervals]
        for before, after in zip(intervals, found, strict=True):
            assert before.requests - after.requests == taken.get(before.start, 0)
            assert all(0 < n <= before.by_code[code] for code, n in after.by_code.items())
            for code, count in before.by_code.items():
                own = [one for one in sent.get(code, ()) if before.start <= one < before.end]
                assert count - after.by_code.get(code, 0) <= len(own)
                if code < 400:
                    assert count - after.by_code.get(code, 0) == min(count, len(own))


class TestSeen:
    @pytest.mark.parametrize("width", [120, 3600, 14400])
    def test_a_look_of_no_time_has_no_negative_one(self, width):
        """As after a baseline that was made a moment ago, while the API answers in wider intervals than asked for."""
        found = saw(answer([ONE] * 3, seconds=width), look=HOUR._replace(seconds=0))
        assert found.window["t0"] == found.window["t1"]
        assert (found.window["seconds"], found.data["expected"]) == (0, 0)
        assert found.evidence.lacking == "low_traffic"

    @pytest.mark.parametrize(
        ("ahead", "told"), [(None, None), (-0.9, 0), (0.2, 0), (-5, 0), (5.1, 5), (-61.4, -61), (1200.3, 1200)]
    )
    def test_says_how_far_the_clocks_are_apart(self, ahead, told):
        outcome = Outcome(parse_answer(answer([ONE] * 30)), window_of(HOUR, NOW), REQUEST, ahead_seconds=ahead)
        found = seen(HOUR, outcome, policy(), NOW).evidence.data
        assert found is not None
        assert found.api_clock_ahead_seconds == told

    def test_a_whole_hour(self):
        found = saw(answer([ONE] * 30))
        assert found.window == {
            "t0": iso(T0),
            "t1": iso(T1),
            "seconds": 3600,
            "interval_requested": 120,
            "interval_effective": 120,
            "complete_until": iso(T1),
        }
        assert found.data == {
            "expected": 30,
            "used": 30,
            "idle": 0,
            "coverage_percent": 100.0,
            "newest": iso(T1),
            "age_seconds": 130,
            "dropped": 0,
            "widened": False,
            "own_requests_excluded": 0,
            "api_clock_ahead_seconds": None,
        }
        assert found.evidence.intervals == parse_answer(answer([ONE] * 30))
        assert (found.evidence.lacking, found.evidence.read_error, found.evidence.idle) == (None, None, 0)

    def test_a_read_that_failed(self):
        outcome = Outcome((), window_of(HOUR, NOW), REQUEST, failure=FAILURE)
        found = shown(seen(HOUR, outcome, policy(), NOW))
        assert (found.evidence.read_error, found.evidence.intervals) == ("the API answered 404", ())
        assert (found.window, found.data) == (None, None)

    @pytest.mark.parametrize(
        ("end", "lacking"),
        [
            (T1, None),
            (T1 - 240, None),
            (T1 - 240 - 120, "stale"),  # 490 s old: more than settle, 120 s, and three intervals
            (T0, "stale"),
            (T0 - 120, "stale"),
        ],
    )
    def test_stale(self, end, lacking):
        found = saw(answer([ONE] * 60, end), asked=Window(T0 - 7200, T1, 120))
        assert found.evidence.lacking == lacking
        assert found.data["age_seconds"] == NOW - end

    @pytest.mark.parametrize(("age", "lacking"), [(480, None), (481, "stale")])
    def test_stale_to_the_second(self, age, lacking):
        now = T1 + age
        look = Look((), now - 120, 3600)
        assert saw(answer([ONE] * 30), look, now=now).evidence.lacking == lacking

    @pytest.mark.parametrize(
        ("settle", "seconds", "age", "lacking"),
        [
            (600, 120, 960, None),
            (600, 120, 961, "stale"),
            (0, 120, 361, "stale"),
            (120, 3600, 120 + 3 * 3600, None),
            (120, 3600, 121 + 3 * 3600, "stale"),
        ],
    )
    def test_stale_by_settling_and_width(self, settle, seconds, age, lacking):
        now = T1 + age
        look = Look((), now - settle, 7 * 3600)
        found = saw(answer([ONE] * 7, seconds=seconds), look, now=now, settle_seconds=settle)
        assert found.evidence.lacking == lacking

    @pytest.mark.parametrize("data", [[], answer([ONE], T1 + 3600), answer([ONE], T0 - 7200)])
    def test_no_data(self, data):
        found = saw(data)
        assert (found.evidence.lacking, found.data["newest"], found.data["used"]) == ("no_data", None, 0)
        assert (found.data["coverage_percent"], found.window["complete_until"]) == (0.0, None)

    @pytest.mark.parametrize(
        ("present", "gaps", "lacking", "idle", "coverage"),
        [
            (30, "missing", None, 0, 100.0),
            (24, "missing", None, 0, 80.0),
            (23, "missing", "incomplete", 0, 76.667),
            (23, "idle", None, 7, 100.0),
            (1, "idle", None, 29, 100.0),
            (1, "missing", "incomplete", 0, 3.333),
        ],
    )
    def test_coverage(self, present, gaps, lacking, idle, coverage):
        # What is absent lies before the newest interval.
        data = answer([None] * (30 - present) + [ONE] * present)
        found = saw(data, gaps=gaps)
        assert found.evidence.lacking == lacking
        assert (found.evidence.idle, found.data["idle"]) == (idle, idle)
        assert (found.data["used"], found.data["coverage_percent"]) == (present, coverage)

    @pytest.mark.parametrize("gaps", ["idle", "missing"])
    def test_what_is_absent_after_the_newest_is_no_gap(self, gaps):
        found = saw(answer([ONE] * 28, T1 - 240), gaps=gaps)
        assert (found.data["used"], found.data["idle"], found.data["coverage_percent"]) == (28, 0, 100.0)
        assert (found.evidence.lacking, found.window["complete_until"]) == (None, iso(T1 - 240))

    def test_gaps_between_count_as_gaps(self):
        assert counted(answer([ONE] * 10 + [None] * 5 + [ONE] * 15)) == (30, 25, 5, 0)

    def test_idle_intervals_that_come_are_used(self):
        found = saw(answer([{}] * 30), gaps="missing")
        assert (found.data["used"], found.data["idle"], found.evidence.lacking) == (30, 0, None)

    def test_partial_ones_are_dropped_and_never_scaled(self):
        # The API covers the window asked for, so what it cuts is partial, and so is one that is not over.
        cut = Window(T0 + 60, NOW, 120)
        data = answer([ONE] * 33, T1 + 240)
        found = saw(data, asked=cut)
        assert [one.start for one in found.evidence.intervals] == list(range(T0 + 120, T1, 120))
        assert (found.data["used"], found.data["dropped"]) == (29, 1)
        assert all(one.by_code == ONE for one in found.evidence.intervals)

    def test_narrower_ones_among_wide_ones_are_partial(self):
        data = [*answer([ONE] * 29, T1 - 120), interval(T1 - 120, ONE, 60)]
        assert counted(data) == (30, 29, 0, 1)

    def test_what_lies_outside_of_the_window_is_not_its_own(self):
        found = saw(answer([ONE] * 90), asked=Window(T1 - 3 * 3600, T1, 120))
        assert counted(answer([ONE] * 90), asked=Window(T1 - 3 * 3600, T1, 120)) == (30, 30, 0, 0)
        assert [found.evidence.intervals[0].start, found.evidence.intervals[-1].end] == [T0, T1]

    @pytest.mark.parametrize(
        ("minutes", "data", "t0", "t1", "used", "dropped"),
        [
            # An hour of intervals of an hour: 14:00 is an edge.
            (60, answer([ONE] * 3, seconds=3600), T0, T1, 1, 0),
            # Two and a half hours: the first of three is cut by the window asked for.
            (150, answer([ONE] * 3, seconds=3600), T0 - 3600, T1, 2, 1),
            # No interval of four hours lies in an hour.
            (60, answer([ONE] * 3, at("16:00"), 14400), at("08:00"), at("12:00"), 0, 1),
        ],
    )
    def test_wider_than_asked(self, minutes, data, t0, t1, used, dropped):
        found = saw(data, Look((), NOW - 120, minutes * 60))
        assert found.window["interval_requested"] == 120
        assert (found.window["t0"], found.window["t1"]) == (iso(t0), iso(t1))
        assert (found.data["used"], found.data["dropped"]) == (used, dropped)
        assert found.evidence.lacking == (None if used else "no_data")

    @pytest.mark.parametrize(
        ("minutes", "end", "seconds"),
        [(90, at("14:30"), 3600), (360, at("14:00"), 14400), (300, at("14:30"), 7200), (90, at("14:00"), 3600)],
    )
    def test_wider_than_asked_is_whole_where_all_that_fits_is_there(self, minutes, end, seconds):
        # Every interval that lies in the window asked for came, and at least one does.
        look = Look((), end + 10, minutes * 60)
        found = saw(answer([ONE] * 40, at("16:00"), seconds), look, now=end + 130)
        assert found.data["used"] >= 1
        assert (found.evidence.lacking, found.data["coverage_percent"]) == (None, 100.0)

    def test_the_width_is_what_came(self):
        found = saw(answer([ONE] * 3, seconds=3600))
        assert (found.window["interval_requested"], found.window["interval_effective"]) == (120, 3600)
        assert found.data["expected"] == 1

    @pytest.mark.parametrize(
        ("own", "excluded"), [({}, 0), ({T0: 3}, 3), ({T0: 3, T1 - 120: 2}, 5), ({T1: 9, T0 - 120: 9}, 0)]
    )
    def test_own_requests_are_told_of_the_window_only(self, own, excluded):
        assert saw(answer([ONE] * 30), own=own).data["own_requests_excluded"] == excluded

    def test_widened_is_told(self):
        found = saw(answer([ONE] * 30), widened=True)
        assert found.data["widened"] is True

    @pytest.mark.parametrize(
        ("present", "gaps", "lacking"),
        [(30, "missing", None), (24, "missing", None), (23, "missing", "no_baseline"), (0, "idle", "no_baseline")],
    )
    def test_a_baseline_is_there_or_not(self, present, gaps, lacking):
        then = Look((), NOW - 120 - 7 * 86400, 3600)
        data = answer([None] * (30 - present) + [ONE] * present, T1 - 7 * 86400)
        found = saw(data, then, gaps=gaps)
        assert found.evidence.lacking == lacking
        assert found.window["t1"] == iso(T1 - 7 * 86400)

    def test_a_baseline_is_never_stale(self):
        then = Look((), NOW - 120 - 86400, 3600)
        assert saw(answer([ONE] * 20, T1 - 86400 - 1200), then).evidence.lacking is None

    def test_a_look_at_no_time_at_all_is_low_traffic(self):
        # Right after the verdict that it is compared with, nothing has settled yet.
        found = saw(answer([ONE] * 30), Look((), NOW - 120, 0))
        assert found.evidence.lacking == "low_traffic"
        assert found.evidence.intervals == []

    @given(answers(), st.sampled_from([0, 120, 3600, 21600, 86400]), st.sampled_from(["idle", "missing"]))
    @whole
    def test_whatever_comes_only_whole_intervals_of_the_window_are_used(self, data, seconds, gaps):
        look = Look((), NOW - 120, seconds)
        found = saw(data, look, gaps=gaps)
        window, told = found.window, found.data
        widths = {one.seconds for one in found.evidence.intervals}
        for one in found.evidence.intervals:
            assert parse_iso(window["t0"]) <= one.start < one.end <= parse_iso(window["t1"]) <= NOW
        assert told["used"] == len(found.evidence.intervals)
        assert 0 <= told["coverage_percent"] <= 100
        assert told["idle"] == 0 or gaps == "idle"
        assert told["dropped"] >= 0
        assert told["used"] + told["dropped"] <= len(data)
        assert all(width >= window["interval_effective"] - 1e-6 for width in widths)
        if told["used"] == 0:
            assert found.evidence.lacking in ("no_data", "stale", "low_traffic")


class TestOtherWidths:
    """Time that is covered by what cannot be used is not idle time."""

    def test_narrower_intervals_in_the_middle_are_no_idleness(self):
        good = answer([{200: 100}] * 16, end=at("13:32"))
        failing = answer([{500: 100}] * 15, end=at("13:47"), seconds=60)
        later = answer([{200: 10}] * 6)
        found = saw([*good, *failing, *later])
        assert (found.data["used"], found.data["idle"], found.data["dropped"]) == (22, 0, 15)
        assert found.evidence.lacking == "incomplete"

    @pytest.mark.parametrize("gaps", ["idle", "missing"])
    def test_wide_ones_among_narrow_ones_cover_as_much_as_they_do(self, gaps):
        data = [interval(T0, {200: 700}, 1200), *answer([ONE] * 20)]
        found = saw(data, gaps=gaps)
        assert (found.data["used"], found.data["idle"], found.data["coverage_percent"]) == (21, 0, 100.0)
        assert (found.window["interval_effective"], found.evidence.lacking) == (120, None)

    @pytest.mark.parametrize("gaps", ["idle", "missing"])
    def test_many_narrow_ones_elsewhere_make_nothing_idle(self, gaps):
        # Otherwise more than a hundred idle ones would be found where a change is to fit in.
        data = [*answer([{200: 840}] * 30), *(interval(T0 - 1800 + 30 * i, {}, 30) for i in range(40))]
        found = saw(data, gaps=gaps)
        assert (found.window["interval_effective"], found.data["idle"], found.data["coverage_percent"]) == (
            30,
            0,
            100.0,
        )
        # 7 requests a second, and 4 more.
        check = the(judged(data, planned_requests=2400, planned_minutes=10, gaps=gaps), "projected_utilization_percent")
        assert (check["status"], check["value"]) == ("fail", 110.0)

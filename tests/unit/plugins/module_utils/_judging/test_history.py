# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is usual at an hour of the week, and when a planned change would fit."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import Interval, parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.history import HOUR, WEEK, by_hour, slots, usual
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.measure import Planned, Slot
from tests.unit.plugins.module_utils.made import T0, T1, answer, at, quick

TEN = Fraction(10)


def weeks(*each, hour=T0):
    """The requests of this hour in the weeks before, the last week first; None where nothing is known."""
    return {hour - week * WEEK: count for week, count in enumerate(each, 1) if count is not None}


class TestByHour:
    def test_counts_what_is_not_ignored(self):
        found = by_hour(parse_answer(answer([{200: 5, 404: 2}, {500: 3}], seconds=3600)), {404}, True)
        assert found == {T1 - 7200: 5, T1 - 3600: 3}

    @pytest.mark.parametrize(("idle", "between"), [(True, {T1 - 7200: 0}), (False, {})])
    def test_absent_hours_are_idle_or_not_known(self, idle, between):
        data = parse_answer(answer([{200: 5}, None, {200: 7}], seconds=3600))
        assert by_hour(data, (), idle) == {T1 - 10800: 5, T1 - 3600: 7, **between}

    @pytest.mark.parametrize(
        "other", [Interval(T0, T0 + 7200, {200: 9}), Interval(T0, T0 + 120, {200: 9}), Interval(T0 + 60, T1 + 60, {})]
    )
    def test_only_whole_hours(self, other):
        assert by_hour([other], (), True) == {}

    def test_of_nothing(self):
        assert by_hour([], (), True) == {}


class TestUsual:
    @pytest.mark.parametrize(
        ("before", "expected"),
        [
            ((100, 100), 100),
            # Of two the lower one, so that one incident moves nothing.
            ((100, 30), 30),
            ((30, 100), 30),
            # Else the median.
            ((100, 30, 40), 40),
            ((100, 30, 40, 60), 50),
            ((100, None, 40), 40),
            ((100, 30, None, 60), 60),
            # Fewer than two weeks are no habit.
            ((100,), None),
            ((None, 100), None),
            ((), None),
            # A quiet night closes no gate.
            ((20, 20), 20),
            ((19, 100), None),
            ((0, 0), None),
        ],
    )
    def test_of_one_hour(self, before, expected):
        assert usual(weeks(*before), T0, T1, 4) == expected

    def test_no_further_back_than_asked_for(self):
        assert usual(weeks(100, 50, 20, 20), T0, T1, 2) == 50

    @pytest.mark.parametrize(
        ("t0", "t1", "expected"),
        [
            (at("13:00"), at("14:00"), 600),
            (at("13:30"), at("14:30"), 300 + 60),
            (at("13:50"), at("14:00"), 100),
            (at("13:54"), at("14:06"), 60 + 12),
            (at("13:00"), at("15:00"), 600 + 120),
            # Of what lies in the third hour nothing is known.
            (at("14:30"), at("15:01"), None),
        ],
    )
    def test_hours_count_as_far_as_they_lie_in_the_window(self, t0, t1, expected):
        hours = {**weeks(600, 600), **weeks(120, 120, hour=T1)}
        assert usual(hours, t0, t1, 2) == expected

    @given(counts=st.lists(st.integers(0, 1000), min_size=3, max_size=4), incident=st.integers(0, 3))
    @quick
    def test_one_incident_moves_it_no_further_than_its_neighbours(self, counts, incident):
        spoilt = [0 if place == incident else count for place, count in enumerate(counts)]
        found = usual(weeks(*spoilt), T0, T1, 4)
        assert found is None or found >= min(counts)


class TestSlots:
    @staticmethod
    def week(loads, number=2):
        """Every hour of `number` weeks, with requests per second by the hour of the day, 1 by default."""
        first = at("00:00") - number * WEEK
        return {first + n * HOUR: round(3600 * loads.get(n % 24, 1)) for n in range(number * 7 * 24 + 14)}

    def test_are_the_first_five_stretches_of_adjacent_hours(self):
        # 4 rps for an hour fit where 4 others are, not where 5 are: 80 percent may be used. Nor beside such an hour.
        busy = {hour: 5 for hour in range(24) if hour not in (1, 2, 3, 4, 5, 19, 20, 21)}
        found = slots(self.week(busy), at("14:02"), 2, Planned(4 * 3600, 60), TEN)
        assert found[:2] == [
            Slot(at("20:00"), at("21:00"), 50.0),
            Slot(at("02:00") + 86400, at("05:00") + 86400, 50.0),
        ]
        assert [(one.begin - at("00:00")) % 86400 // 3600 for one in found] == [20, 2, 20, 2, 20]

    def test_begin_with_the_next_full_hour_and_end_after_a_week(self):
        found = slots(self.week({}), at("14:02"), 2, Planned(60, 1), TEN)
        # Of an hour that is not over nothing is known.
        assert found == [Slot(at("15:00"), at("14:00") + WEEK, 20.0)]
        assert slots(self.week({}), at("14:00"), 2, Planned(60, 1), TEN)[0].begin == at("14:00")

    @pytest.mark.parametrize(
        ("before", "fits"), [((4, 4), True), ((4, 5), False), ((5, 4), False), ((4,), False), ((4, None, 4), True)]
    )
    def test_go_by_the_busiest_of_the_weeks(self, before, fits):
        hours = weeks(*(None if one is None else one * 3600 for one in before), hour=at("15:00"))
        found = slots(hours, at("14:02"), 3, Planned(4 * 3600, 60), TEN)
        assert bool(found) is fits

    @pytest.mark.parametrize(("requests", "fits"), [(4 * 3600 + 10, True), (4 * 3600 + 11, False)])
    def test_fit_as_a_plan_fits_now(self, requests, fits):
        assert bool(slots(self.week(dict.fromkeys(range(24), 4)), at("14:02"), 2, Planned(requests, 60), TEN)) is fits

    def test_are_as_long_as_the_change(self):
        busy = {hour: 7 for hour in range(24) if hour not in (1, 2, 3, 4, 5, 19, 20, 21)}
        found = slots(self.week(busy), at("14:02"), 2, Planned(4 * 3600, 120), TEN)
        assert [(one.begin - at("00:00")) % 86400 // 3600 for one in found] == [2] * len(found)
        assert found

    def test_without_a_time_or_a_history_there_are_none(self):
        assert slots(self.week({}), at("14:02"), 2, Planned(3600, 0), TEN) == []
        assert slots({}, at("14:02"), 2, Planned(3600, 60), TEN) == []

    def test_tell_the_highest_of_the_stretch(self):
        found = slots(self.week({16: 3}), at("14:02"), 2, Planned(3600, 60), TEN)
        assert found[0].utilization_percent == 40.0

    def test_look_at_the_hours_beside_them(self):
        found = slots(self.week({17: 9}), at("14:02"), 2, Planned(3600, 60), TEN)
        assert (found[0].begin, found[0].end, found[1].begin) == (at("15:00"), at("16:00"), at("19:00"))

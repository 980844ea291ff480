# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows of time."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._api.query import window_parameters
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window, recent_window, window_until
from tests.unit.plugins.module_utils.made import NOW, T0, T1, at, iso, quick

DAYS_31 = 2678400


class TestRecentWindow:
    @pytest.mark.parametrize(
        ("minutes", "settle", "asked"),
        [
            (60, 120, (T0, T1, 120)),
            (60, 0, (at("13:02"), at("14:02"), 120)),
            (60, 130, (T0, T1, 120)),
            (60, 131, (at("12:58"), at("13:58"), 120)),
            (10, 120, (at("13:50"), T1, 120)),
            (11, 120, (at("13:48"), T1, 120)),
            (1440, 120, (T1 - 86400, T1, 120)),
            (1441, 120, (T1 - 25 * 3600, T1, 3600)),
            (10080, 120, (T1 - 7 * 86400, T1, 3600)),
            (10081, 120, (at("12:00") - 43 * 14400, at("12:00"), 14400)),
        ],
    )
    def test_lies_on_the_edges_of_intervals_that_fit(self, minutes, settle, asked):
        assert recent_window(minutes, settle, NOW) == asked

    @given(minutes=st.integers(10, 44640), settle=st.integers(0, 3600), now=st.floats(1_600_000_000, 1_900_000_000))
    @quick
    def test_is_whole_settled_and_answered(self, minutes, settle, now):
        t0, t1, width = recent_window(minutes, settle, now)
        assert t0 is not None
        assert t1 is not None
        assert width is not None
        assert t0 % width == t1 % width == 0
        assert now - settle - width < t1 <= now - settle
        assert now - DAYS_31 + 60 <= t0 < t1
        reach = t1 - t0 - minutes * 60
        assert reach < width
        assert reach >= 0 or t0 < now - DAYS_31 + 60 + width

    def test_a_query_made_of_it_asks_for_the_same(self):
        asked = recent_window(60, 120, NOW + 0.75)
        assert dict(window_parameters(asked, ())) == {"t0": iso(T0), "t1": iso(T1), "interval": "120"}


class TestWindowUntil:
    @pytest.mark.parametrize(
        ("end", "seconds", "asked"),
        [
            (T1, 3600, Window(T0, T1, 120)),
            (T1 + 119, 3600, Window(T0, T1, 120)),
            (T1 + 120, 3600, Window(T0 + 120, T1 + 120, 120)),
            # What is no multiple of the interval is rounded up.
            (T1, 121, Window(T1 - 240, T1, 120)),
            (T1, 86400, Window(T1 - 86400, T1, 120)),
            (T1 + 600, 86401, Window(T1 - 25 * 3600, T1, 3600)),
            (T1 - 7 * 86400, 3600, Window(T0 - 7 * 86400, T1 - 7 * 86400, 120)),
        ],
    )
    def test_lies_on_the_edges_of_intervals_that_fit(self, end, seconds, asked):
        assert window_until(end, seconds, NOW) == asked

    def test_begins_where_the_api_still_answers(self):
        t0, t1, width = window_until(NOW - 30 * 86400, 86400 + 7200, NOW)
        assert (t1, width) == (math.floor((NOW - 30 * 86400) / 3600) * 3600, 3600)
        assert t0 is not None
        assert NOW - DAYS_31 < t0 <= NOW - DAYS_31 + 2 * 3600

    @given(minutes=st.integers(10, 44640), settle=st.integers(0, 3600))
    @quick
    def test_of_the_settled_present_is_the_recent_one(self, minutes, settle):
        assert window_until(NOW - settle, minutes * 60, NOW) == recent_window(minutes, settle, NOW)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a check that fails lets the gate open again."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome, seen
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import look, window_of
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.reopening import reopens_at
from tests.unit.plugins.module_utils.made import (
    NOW,
    REQUEST,
    T1,
    answer,
    asked_of,
    at,
    interval,
    judged,
    policy,
    quick,
    spread,
    the,
)

GOOD, BAD = {200: 100}, {200: 50, 500: 50}


def opens(data, name="server_error_percent", **given):
    """When this check lets the gate open."""
    options = policy(**given)
    check = asked_of(options, name)
    wanted = look(check, options, NOW)
    outcome = Outcome(parse_answer(data), window_of(wanted, NOW), REQUEST)
    return reopens_at(check, seen(wanted, outcome, options, NOW).evidence, options)


class TestReopensAt:
    @pytest.mark.parametrize(
        ("data", "given", "moment"),
        [
            # The last minutes have to be clear, all of them.
            ([GOOD] * 25 + [BAD] * 5, {}, "14:12"),
            ([GOOD] * 20 + [BAD] * 5 + [GOOD] * 5, {}, "14:02"),
            ([GOOD] * 25 + [BAD] * 5, {"confirm_recent_minutes": 30}, "14:30"),
            # A small sample: 30 requests without a failure at one a minute, or the failures leave the window.
            ([{200: 2}] * 24 + [{500: 6}] + [{200: 2}] * 5, {}, "14:20"),
            ([{200: 1}, {}] * 5 + [{500: 8}, {}] + [{200: 1}, {}] * 9, {}, "14:22"),
        ],
    )
    def test_if_no_further_failure_comes_and_the_traffic_stays(self, data, given, moment):
        assert opens(answer(data), **given) == at(moment)

    def test_where_nothing_will_come_only_the_end_of_the_window_helps(self):
        assert opens(answer([{500: 3}, {}, {500: 3}] + [{}] * 27)) is not None

    @pytest.mark.parametrize(
        ("name", "given"),
        [
            ("burn_rate", {"slo_percent": 99, "slo_days": 1}),
            ("error_budget_remaining_percent", {"slo_percent": 99, "slo_days": 1}),
            ("requests", {"checks": [{"metric": "requests", "fail": 10}]}),
        ],
    )
    def test_not_where_waiting_helps_in_no_known_time(self, name, given):
        assert opens(answer([BAD] * 30), name, **given) is None

    def test_not_without_data(self):
        assert opens([]) is None

    def test_utilization_as_soon_as_the_burst_is_over(self):
        data = answer([{200: 100}] * 29 + [{200: 1200}])
        assert opens(data, "rate_limit_utilization_percent") == at("14:12")

    def test_a_busy_organization_stays_busy(self):
        assert opens(answer([{200: 1200}] * 30), "rate_limit_utilization_percent") is None

    def test_of_the_shortest_intervals_in_no_time(self):
        """The answer may be in intervals as short as it likes."""
        data = [interval(T1 - 1 + place / 100, {500: 1}, 0.01) for place in range(100)]
        options = policy()
        check = asked_of(options, "server_error_percent")
        wanted = look(check, options, NOW)
        evidence = seen(wanted, Outcome(parse_answer(data), window_of(wanted, NOW), REQUEST), options, NOW).evidence
        assert reopens_at(check, evidence, options) is not None

    @given(codes=st.lists(st.sampled_from([GOOD, BAD, {200: 3}, {}, {200: 19, 500: 1}]), min_size=27, max_size=27))
    @quick
    def test_is_the_first_look_that_opens(self, codes):
        """A brute force: the same data with good intervals behind it, judged look by look."""
        data = answer([*codes, *[BAD] * 3])
        assert the(judged(data))["status"] == "fail"
        moment = opens(data)
        assert moment is not None
        intervals = parse_answer(data)
        each = sum(one.requests for one in intervals) * 120 / (intervals[-1].end - (T1 - 3600))
        number = round((moment - intervals[-1].end) / 120)
        assert number >= 1
        states = []
        for until in range(1, number + 1):
            more = [
                interval(intervals[-1].end + place * 120, {200: int((place + 1) * each) - int(place * each)})
                for place in range(until)
            ]
            later = intervals[-1].end + until * 120 + 130
            states.append(the(judged([*data, *more], now=later))["tolerated"])
        assert states == [False] * (number - 1) + [True]

    @pytest.mark.parametrize(("bad", "valid"), [(60, 600), (51, 1000), (6, 100), (6, 50), (6, 6), (3, 3)])
    def test_what_fails_evenly_opens_within_the_hour(self, bad, valid):
        moment = opens(spread(bad, valid))
        assert moment is None or T1 < moment <= T1 + 3600 + 120

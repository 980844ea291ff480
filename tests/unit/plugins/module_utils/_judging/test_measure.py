# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measuring over intervals: exact, and a rate is a ratio of sums."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import CLASSES, Interval, parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import measure as _measure
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.measure import Measured, Planned
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from tests.unit.plugins.module_utils.made import T1, answer, hours, quick

# The rate limit of an organization.
TEN = Fraction(10)
SERVER = METRICS["server_error_percent"]
SUCCESS = METRICS["success_percent"]
UTILIZATION = METRICS["rate_limit_utilization_percent"]
# Of every class of response codes.
MIXED = {200: 40, 302: 10, 404: 20, 429: 15, 500: 5, 777: 10}


def made(codes, end=T1, seconds=120):
    return parse_answer(answer(codes, end, seconds))


def paced(rps):
    """Intervals, each with the given requests per second."""
    return made([{200: round(one * 120)} for one in rps])


class TestExact:
    @pytest.mark.parametrize(
        ("written", "fraction"),
        [
            (0.1, Fraction(1, 10)),
            (14.4, Fraction(72, 5)),
            (99.9, Fraction(999, 10)),
            (5, Fraction(5)),
            (5.0, Fraction(5)),
            (1e-7, Fraction(1, 10**7)),
            (-25.5, Fraction(-51, 2)),
        ],
    )
    def test_of(self, written, fraction):
        assert _measure.exact(written) == fraction


class TestBreaches:
    @pytest.mark.parametrize(
        ("value", "limit", "worse", "expected"),
        [
            (Fraction(700, 100), 7, "up", False),
            (Fraction(700, 100), 7.0, "up", False),
            (Fraction(701, 100), 7, "up", True),
            (Fraction(3, 10), 0.3, "up", False),
            (Fraction(57, 10), 5.7, "up", False),
            (Fraction(0), 0, "up", False),
            (Fraction(1, 10**15), 0, "up", True),
            (Fraction(100), None, "up", False),
            (Fraction(99), 99, "down", False),
            (Fraction(98, 1), 99, "down", True),
            (Fraction(989, 10), 98.9, "down", False),
            (Fraction(-1, 10**15), 0, "down", True),
            (Fraction(0), None, "down", False),
        ],
    )
    def test_is_strict_and_exact(self, value, limit, worse, expected):
        assert _measure.breaches(value, limit, worse) is expected

    @given(st.integers(-(10**6), 10**6), st.sampled_from([1, 10, 100, 1000]), st.sampled_from(["up", "down"]))
    @quick
    def test_no_decimal_limit_is_breached_by_itself(self, numerator, scale, worse):
        assert not _measure.breaches(Fraction(numerator, scale), numerator / scale, worse)


class TestRecent:
    @pytest.mark.parametrize(
        ("minutes", "count"), [(2, 1), (3, 1), (4, 2), (10, 5), (11, 5), (12, 6), (60, 10), (0, 1)]
    )
    def test_of_intervals_of_two_minutes(self, minutes, count):
        intervals = made([{200: 1}] * 10)
        assert _measure.recent(intervals, minutes) == intervals[-count:]

    def test_is_at_least_the_newest_interval(self):
        intervals = made([{200: 1}] * 3, seconds=3600)
        assert _measure.recent(intervals, 10) == intervals[-1:]

    def test_counts_minutes_and_not_intervals(self):
        intervals = made([{200: 1}, {200: 2}, None, None, None, {200: 3}])
        assert [one.requests for one in _measure.recent(intervals, 9)] == [3]
        assert [one.requests for one in _measure.recent(intervals, 10)] == [2, 3]
        assert [one.requests for one in _measure.recent(intervals, 12)] == [1, 2, 3]

    def test_of_nothing(self):
        assert _measure.recent([], 10) == []


class TestCounted:
    @pytest.mark.parametrize(
        ("metric", "ignored", "bad", "valid"),
        [
            ("server_error_percent", (), 5, 100),
            ("rate_limited_percent", (), 15, 100),
            ("client_error_percent", (), 20, 100),
            ("error_percent", (), 40, 100),
            ("success_percent", (), 50, 100),
            ("error_budget_remaining_percent", (), 20, 100),
            ("requests", (), 0, 100),
            ("client_error_percent", (404,), 0, 80),
            ("error_percent", (404, 429), 5, 65),
            ("success_percent", (200, 777), 40, 50),
            ("error_percent", (599,), 40, 100),
            ("error_percent", tuple(MIXED), 0, 0),
        ],
    )
    def test_of(self, metric, ignored, bad, valid):
        assert _measure.counted(METRICS[metric].bad, MIXED, ignored) == (bad, valid)

    @given(st.dictionaries(st.integers(0, 999), st.integers(0, 10**15), max_size=8))
    @quick
    def test_no_request_is_lost_between_the_classes(self, codes):
        total = sum(codes.values())
        assert [_measure.counted((), codes, ())[1], _measure.counted(CLASSES, codes, ())[0]] == [total, total]
        assert sum(_measure.counted([one], codes, ())[0] for one in CLASSES) == total


class TestCounts:
    def test_over_all_intervals_together(self):
        intervals = made([{500: 1, 200: 1}, {}, {200: 1200}, {500: 2, 404: 8}])
        assert _measure.counts(SERVER.bad, intervals, ()) == (3, 1212)
        assert _measure.counts(SERVER.bad, intervals[:1], ()) == (1, 2)
        assert _measure.counts(SERVER.bad, intervals, (404,)) == (3, 1204)
        assert _measure.counts(SERVER.bad, [], ()) == (0, 0)

    @given(hours)
    @quick
    def test_are_the_sums_of_the_intervals(self, data):
        intervals = parse_answer(data)
        each = [_measure.counted(SERVER.bad, one.by_code, ()) for one in intervals]
        assert _measure.counts(SERVER.bad, intervals, ()) == (sum(k for k, _n in each), sum(n for _k, n in each))


class TestRate:
    @pytest.mark.parametrize(
        ("metric", "bad", "valid", "value", "told"),
        [
            (SERVER, 7, 100, 7, 7),
            (SERVER, 0, 100, 0, 0),
            (SERVER, 100, 100, 100, 100),
            (SUCCESS, 7, 100, 93, 93),
            (SUCCESS, 0, 100, 100, 100),
            (SUCCESS, 100, 100, 0, 0),
            (SERVER, 1, 3, Fraction(100, 3), 1),
        ],
    )
    def test_of(self, metric, bad, valid, value, told):
        assert _measure.rate(metric, bad, valid) == Measured(Fraction(value), told, valid, valid)

    def test_of_no_request(self):
        assert _measure.rate(SERVER, 0, 0).value == 0
        assert _measure.rate(SUCCESS, 0, 0).value == 0


class TestLoad:
    @pytest.mark.parametrize(
        ("count", "seconds", "rps"),
        [(1200, 120, 10), (1200, 3600, Fraction(1, 3)), (1, 120, Fraction(1, 120)), (0, 120, 0)],
    )
    def test_takes_the_width_that_came(self, count, seconds, rps):
        assert _measure.load(Interval(0, seconds, {200: count})).value == rps


class TestBusiest:
    @pytest.mark.parametrize(
        ("rps", "limit", "value"),
        [([1, 5, 2], 10, 50), ([1, 5, 2], 20, 25), ([9.6], 10, 96), ([12], 10, 120), ([], 10, 0)],
    )
    def test_of(self, rps, limit, value):
        found = _measure.busiest(paced(rps), _measure.exact(limit))
        assert found == Measured(
            Fraction(value), Fraction(value * limit, 100), limit, sum(round(one * 120) for one in rps)
        )

    def test_counts_every_request(self):
        assert _measure.busiest(made([{200: 300, 429: 300, 500: 300, 777: 300}]), TEN).value == 100


class TestP95:
    @pytest.mark.parametrize(
        ("rps", "idle", "expected"),
        [
            ([], 0, None),
            ([], 30, None),
            ([3], 0, 3),
            (range(1, 21), 0, 19),  # the 19th of 20
            (range(1, 20), 0, 19),  # ceil(18.05): the last of 19
            (range(1, 31), 0, 29),
            (range(1, 101), 0, 95),
            (range(100, 0, -1), 0, 95),
            # Idle ones rank first: 30 in all, the 29th of them.
            ([7, 8], 28, 7),
            ([8], 29, 0),
            ([8], 19, 0),
            ([8], 18, 8),
            ([5] * 10, 20, 5),
            ([1, 2, 3], 10**9, 0),
        ],
    )
    def test_is_the_nearest_rank(self, rps, idle, expected):
        assert _measure.p95(paced(list(rps)), idle) == expected

    @given(st.lists(st.integers(1, 12), min_size=1, max_size=60), st.integers(0, 60))
    @quick
    def test_idle_intervals_count_as_if_they_were_there(self, rps, idle):
        assert _measure.p95(paced(rps), idle) == _measure.p95(paced([0] * idle + rps), 0)

    @given(st.lists(st.integers(0, 12), min_size=1, max_size=200))
    @quick
    def test_at_most_one_in_twenty_is_above(self, rps):
        found = _measure.p95(paced(rps), 0)
        assert sum(one > found for one in rps) <= len(rps) / 20
        assert sum(one >= found for one in rps) > len(rps) / 20


class TestPlan:
    def test_gates_example(self):
        found: Any = _measure.plan(Fraction("3.6"), Planned(3000, 5), Fraction(10))._asdict()
        assert found == {
            "requests": 3000,
            "minutes": 5,
            "rps": 10.0,
            "fits": False,
            "safe_rps": 4.4,
            "shortest_safe_seconds": 680,
            "slots": (),
        }

    @pytest.mark.parametrize(
        ("requests", "minutes", "others", "fits", "safe_rps", "seconds"),
        [
            # 8 rps are usable beside nobody; the bucket's 10 are spent once and are no capacity.
            (2410, 5, 0, True, 8.0, 300),
            (2411, 5, 0, False, 8.0, 301),
            (10, 5, 0, True, 8.0, 0),
            (1, 5, 0, True, 8.0, 0),
            (2410, 0, 0, None, 8.0, 300),
            # Nothing left: then not even the burst fits.
            (1, 5, 8, False, None, None),
            (10, 5, 9, False, None, None),
            (1, 0, 12, None, None, None),
            # A pace is rounded down and a time up.
            (1000, 5, Fraction(1, 3), True, 7.666, math.ceil(990 / (8 - 1 / 3))),
            (11, 5, Fraction(1, 3), True, 7.666, 1),
            (11, 1, Fraction("7.9999"), False, 0.0, 10000),
        ],
    )
    def test_of(self, requests, minutes, others, fits, safe_rps, seconds):
        found: Any = _measure.plan(Fraction(others), Planned(requests, minutes), Fraction(10))._asdict()
        assert (found["fits"], found["safe_rps"], found["shortest_safe_seconds"]) == (fits, safe_rps, seconds)

    @given(
        requests=st.integers(1, 10**6),
        minutes=st.integers(1, 600),
        others=st.integers(0, 1200).map(lambda count: Fraction(count, 120)),
        limit=st.sampled_from([1, 5, 10, 12.5, 100]),
    )
    @quick
    def test_whoever_keeps_to_it_stays_within(self, requests, minutes, others, limit):
        found: Any = _measure.plan(others, Planned(requests, minutes), _measure.exact(limit))._asdict()
        available = Fraction(4, 5) * Fraction(str(limit)) - others
        assert found["fits"] is (available > 0 and requests <= available * minutes * 60 + 10)
        if available <= 0:
            assert found["safe_rps"] is found["shortest_safe_seconds"] is None
            return
        assert 0 <= Fraction(str(found["safe_rps"])) <= available
        seconds = found["shortest_safe_seconds"]
        assert requests <= available * seconds + 10
        assert seconds == 0 or requests > available * (seconds - 1) + 10
        assert found["fits"] is (seconds <= minutes * 60)


class TestSingles:
    def test_of_a_rate(self):
        intervals = made([{500: 10, 200: 90}, {}, {500: 1}, {200: 5, 404: 5}])
        found: Any = _measure.singles(SERVER, intervals, {404}, TEN)
        told = [(one.percent.value, one.bad, one.valid) for one in found]
        assert told == [(10, 10, 100), (0, 0, 0), (100, 1, 1), (0, 0, 5)]
        assert [one.interval for one in found] == intervals

    def test_a_success_is_told_by_what_is_bad(self):
        found: Any = _measure.singles(SUCCESS, made([MIXED]), (), TEN)
        assert [(one.percent.value, one.bad, one.valid) for one in found] == [(50, 50, 100)]

    def test_of_a_utilization(self):
        found = _measure.singles(UTILIZATION, made([{200: 600}, {}, {404: 1200}]), {404}, TEN)
        assert [one.percent.value for one in found] == [50, 0, 100]


class TestRuns:
    @pytest.mark.parametrize(
        ("percents", "length", "expected"),
        [
            ([10, 20, 30], 1, [10, 20, 30]),
            ([10, 20, 30], 2, [10, 20]),
            ([30, 20, 10, 40], 3, [10, 10]),
            ([10, 20], 3, []),
            ([], 1, []),
            # Thin intervals neither count nor break a run.
            ([10, "thin", 20], 2, [10]),
            (["thin", 10, "thin", "thin", 20, "thin"], 2, [10]),
            (["thin", "thin"], 1, []),
            # A missing one breaks it, also beside a thin one.
            ([10, None, 20], 2, []),
            ([10, "thin", None, 20], 2, []),
            ([10, None, "thin", 20, 30], 2, [20]),
            ([10, 20, None, 30, 40], 2, [10, 30]),
        ],
    )
    def test_of(self, percents, length, expected):
        codes = [one if one is None else {500: 19} if one == "thin" else {500: one, 200: 100 - one} for one in percents]
        found = _measure.runs(_measure.singles(SERVER, made(codes), (), TEN), length, 20)
        assert [run.percent.value for run in found] == expected

    def test_a_run_says_where_and_of_how_many(self):
        intervals = made([{500: 10, 200: 90}, {200: 5}, {500: 40, 200: 160}, {200: 100}])
        found: Any = _measure.runs(_measure.singles(SERVER, intervals, (), TEN), 2, 20)
        assert [(run.percent.value, run.bad, run.valid) for run in found] == [(10, 50, 300), (0, 40, 300)]
        assert (found[0].first, found[0].last) == (intervals[0], intervals[2])

    @given(hours, st.integers(1, 6), st.sampled_from([0, 20]))
    @quick
    def test_no_run_spans_a_gap(self, data, length, enough):
        intervals = parse_answer(data)
        singles = _measure.singles(SERVER, intervals, (), TEN)
        for run in _measure.runs(singles, length, enough):
            inside = [one for one in singles if run.first.start <= one.interval.start <= run.last.start]
            assert all(a.interval.end == b.interval.start for a, b in zip(inside, inside[1:], strict=False))
            counted = [one for one in inside if one.valid >= enough]
            assert len(counted) == length
            assert run.percent.value == min(one.percent.value for one in counted)


class TestBurn:
    @pytest.mark.parametrize(
        ("codes", "minutes", "slo", "value", "bad", "valid"),
        [
            ([{200: 985, 500: 10, 429: 5}], 60, 99.9, 15, 15, 1000),
            ([{200: 985, 500: 10, 404: 5}], 60, 99.9, 10, 10, 1000),
            ([{500: 100}, {200: 100}], 2, 99.9, 0, 0, 100),
            ([{500: 100}, {200: 100}], 4, 99.9, 500, 100, 200),
            ([{500: 100}, {200: 100}], 4, 50, 1, 100, 200),
            ([{}], 60, 99.9, 0, 0, 0),
            ([], 60, 99.9, 0, 0, 0),
        ],
    )
    def test_of(self, codes, minutes, slo, value, bad, valid):
        found = _measure.burn(METRICS["burn_rate"], made(codes), minutes, (), slo)
        assert (found.value, found.numerator, found.denominator, found.requests) == (value, bad, valid, valid)

    def test_ignored_codes_are_neither_bad_nor_valid(self):
        found = _measure.burn(METRICS["burn_rate"], made([{200: 90, 500: 5, 429: 5}]), 60, {429}, 90)
        assert (found.numerator, found.denominator) == (5, 95)


class TestBudget:
    @pytest.mark.parametrize(
        ("bad", "valid", "slo", "remaining"),
        [
            (0, 1000, 99.9, 100),
            (1, 1000, 99.9, 0),
            (2, 1000, 99.9, -100),
            (1000, 1000, 99.9, -99900),
            (50, 1000, 90, 50),
            (75, 1000, 90, 25),
            (0, 0, 99.9, 0),
        ],
    )
    def test_of(self, bad, valid, slo, remaining):
        assert _measure.budget(bad, valid, slo) == Measured(Fraction(remaining), bad, valid, valid)

    @given(st.integers(1, 10**9), st.integers(0, 10**9), st.sampled_from([50, 95, 99, 99.9, 99.99, 99.999]))
    @quick
    def test_is_none_of_it_exactly_when_as_many_failed_as_may(self, valid, bad, slo):
        bad = min(bad, valid)
        remaining = _measure.budget(bad, valid, slo).value
        allowed = valid * (100 - Fraction(str(slo))) / 100
        assert (remaining < 0, remaining == 0) == (bad > allowed, bad == allowed)

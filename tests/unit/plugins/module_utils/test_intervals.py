# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API answer -> intervals."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._errors import MalformedAnswer
from ansible_collections.apihealth.meraki.plugins.module_utils._facts import facts
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import (
    Interval,
    by_class,
    class_of,
    effective_width,
    is_partial,
    parse_answer,
    total,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import (
    NOW,
    REQUEST,
    T0,
    T1,
    answer,
    answer_like,
    answers,
    at,
    interval,
    iso,
    json_values,
    quick,
    whole,
)

ASKED = Window(T0, T1, 120)
OPEN = Window(None, None, None)


class TestInterval:
    def test_width_and_requests(self):
        interval = Interval(0, 120, {200: 5, 777: 2, 429: 1})
        assert (interval.seconds, interval.requests) == (120, 8)


class TestClassOf:
    @pytest.mark.parametrize(
        ("name", "codes"),
        [
            ("ok", [200, 201, 204, 299, 300, 302, 399]),
            ("client_error", [400, 401, 404, 428, 430, 499]),
            ("rate_limited", [429]),
            ("server_error", [500, 502, 503, 504, 599]),
            ("other", [0, 1, 99, 100, 101, 199, 600, 700, 999, 4290, 10**9]),
        ],
    )
    def test_of_every_code(self, name, codes):
        assert {class_of(code) for code in codes} == {name}


class TestParseAnswer:
    def test_sorts_and_keeps_counts(self):
        found = parse_answer([interval(T0 + 120, {200: 3, 500: 1}), interval(T0, {404: 2})])
        assert found == [Interval(T0, T0 + 120, {404: 2}), Interval(T0 + 120, T0 + 240, {200: 3, 500: 1})]
        assert found[0].seconds == 120

    def test_an_empty_answer_has_no_intervals(self):
        assert parse_answer([]) == []

    @pytest.mark.parametrize("counts", [{"counts": []}, {"counts": [{"code": 200, "count": 0}]}])
    def test_an_idle_interval_is_an_interval(self, counts):
        assert parse_answer([{"startTs": iso(T0), "endTs": iso(T1), **counts}]) == [Interval(T0, T1, {})]

    def test_adds_up_a_code_that_comes_twice(self):
        counts = [{"code": 200, "count": 3}, {"code": 200, "count": 4}]
        assert parse_answer([{"startTs": iso(T0), "endTs": iso(T1), "counts": counts}])[0].by_code == {200: 7}

    def test_reads_times_in_any_form(self):
        one = {"startTs": "2026-05-04T15:00:00.000000+02:00", "endTs": "2026-05-04T13:02:00.0Z", "counts": []}
        assert parse_answer([one]) == [Interval(T0, T0 + 120, {})]

    def test_ignores_what_it_does_not_know(self):
        one = {**interval(T0, {200: 1}), "new": {"field": 1}}
        assert parse_answer([one])[0].by_code == {200: 1}

    def test_edges_may_be_rounded(self):
        data = [interval(T0, {200: 1}), interval(T0 + 119.5, {200: 1}), interval(T0 + 240.25, {200: 1}, 119.25)]
        assert len(parse_answer(data)) == 3

    def test_the_duplicate_that_counted_more_stays(self):
        one, grown = interval(T0, {200: 1}), interval(T0, {200: 5, 500: 1})
        assert parse_answer([one, grown]) == parse_answer([grown, one, one]) == parse_answer([grown])

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (None, "null"),
            ({}, "an object"),
            ({"errors": ["x"]}, "an object"),
            ("<html>", "text"),
            (7, "7"),
            ([1], "interval 0"),
            ([None], "interval 0"),
            ([[]], "interval 0"),
            ([interval(T0, {}), {}], "interval 1"),
            ([{"startTs": iso(T0), "counts": []}], "endTs"),
            ([{"startTs": T0, "endTs": T1, "counts": []}], "startTs"),
            ([{"startTs": "yesterday", "endTs": iso(T1), "counts": []}], "yesterday"),
            ([{"startTs": "2026-05-04T13:00:00", "endTs": iso(T1), "counts": []}], "time zone"),
            ([{"startTs": iso(T0), "endTs": iso(T0), "counts": []}], "not after"),
            ([{"startTs": iso(T1), "endTs": iso(T0), "counts": []}], "not after"),
            ([{"startTs": iso(T0), "endTs": iso(T1), "counts": {"200": 1}}], "counts"),
            ([{"startTs": iso(T0), "endTs": iso(T1), "counts": [1]}], "counts"),
            ([{"startTs": iso(T0), "endTs": iso(T1)}], "counts is null or missing"),
            ([{"startTs": iso(T0), "endTs": "2026-13-04T00:00:00Z", "counts": []}], "endTs: "),
            *(
                ([{"startTs": iso(T0), "endTs": iso(T1), "counts": [entry]}], says)
                for entry, says in [
                    ({"code": "200", "count": 1}, "code"),
                    ({"code": 200.0, "count": 1}, "code"),
                    ({"count": 1}, "code"),
                    ({"code": 200}, "count"),
                    ({"code": 200, "count": -1}, "count"),
                    ({"code": 200, "count": True}, "count"),
                    ({"code": 200, "count": "7"}, "count"),
                    ({"code": 200, "count": float("nan")}, "count"),
                    ({"code": 200, "count": 10**30}, "count"),
                ]
            ),
            ([interval(T0, {200: 1}, 3600), interval(T0 + 120, {200: 1})], "overlap"),
            # By less than a second, but that is half of them.
            ([interval(T0, {200: 1}, 1.5), interval(T0 + 0.75, {200: 1}, 1.5)], "overlap"),
            ([interval(T0, {200: 1}, 1.5), interval(T0 + 1, {200: 1})], "overlap"),
            # Each has what the other lacks: to keep one would hide failures.
            ([interval(T0, {200: 100}), interval(T0, {500: 60})], "two intervals at 2026-05-04T13:00:00Z"),
            ([interval(T0, {200: 9, 500: 1}), interval(T0, {200: 100})], "contradict each other"),
            ([interval(T0, {200: 1, 500: 1}), interval(T0, {200: 3}, 3600)], "contradict each other"),
        ],
    )
    def test_says_where_an_answer_is_malformed(self, data, says):
        with pytest.raises(MalformedAnswer, match=says):
            parse_answer(data)

    @pytest.mark.parametrize(
        "change",
        [
            {"counts": "x" * 10_000},
            {"startTs": "x" * 10_000},
            {"endTs": "2026-05-04T12:00:00." + "1" * 10_000 + "Z"},
            {"endTs": "1960-05-04T12:00:00." + "1" * 10_000 + "Z"},
            {"counts": [{"code": "x" * 10_000, "count": 1}]},
        ],
    )
    def test_quotes_little_of_what_came(self, change):
        with pytest.raises(MalformedAnswer) as caught:
            parse_answer([{"startTs": iso(T0), "endTs": iso(T1), "counts": [], **change}])
        assert len(str(caught.value)) < 200

    @given(json_values | answer_like)
    @quick
    def test_any_json_is_intervals_or_malformed(self, data):
        try:
            found = parse_answer(data)
        except MalformedAnswer:
            return
        facts("549236", found, ASKED, NOW, REQUEST)
        assert found == sorted(found)

    @given(data=answers(), seed=st.integers(0, 999))
    @whole
    def test_order_and_duplicates_do_not_matter(self, data, seed):
        twice = data + random.Random(seed).sample(data, len(data) // 2)
        random.Random(seed + 1).shuffle(twice)
        assert parse_answer(twice) == parse_answer(data)


class TestEffectiveWidth:
    @pytest.mark.parametrize(
        ("widths", "width"),
        [([], None), ([120], 120), ([3600, 3600], 3600), ([60, 120, 120, 45], 120), ([60, 120], 120), ([0.5], 0.5)],
    )
    def test_is_that_of_most(self, widths, width):
        starts = [T0 + sum(widths[:i]) for i in range(len(widths))]
        assert effective_width([Interval(s, s + w, {}) for s, w in zip(starts, widths, strict=True)]) == width


class TestTotal:
    def test_adds_code_by_code(self):
        assert total(parse_answer(answer([{200: 1, 500: 2}, {}, {200: 3}]))) == {200: 4, 500: 2}
        assert total([]) == {}


class TestByClass:
    def test_has_every_class_and_429_apart(self):
        codes = {200: 1, 302: 2, 404: 4, 429: 8, 500: 16, 503: 32, 100: 64, 777: 128}
        assert by_class(codes) == {"ok": 3, "client_error": 4, "rate_limited": 8, "server_error": 48, "other": 192}
        assert by_class({}) == {"ok": 0, "client_error": 0, "rate_limited": 0, "server_error": 0, "other": 0}

    @given(st.dictionaries(st.integers(0, 10**6), st.integers(0, 10**15)))
    @quick
    def test_loses_no_code(self, codes):
        assert sum(by_class(codes).values()) == sum(codes.values())


class TestIsPartial:
    @pytest.mark.parametrize(
        ("start", "end", "asked", "partial"),
        [
            ("13:00", "13:02", ASKED, False),
            ("13:58", "14:00", ASKED, False),
            ("12:58", "13:00", ASKED, True),
            ("12:59", "13:01", ASKED, True),
            ("13:59", "14:01", ASKED, True),
            ("13:10", "13:11", ASKED, True),
            ("13:10", "13:11:58", ASKED, True),
            ("13:10", "13:11:59", ASKED, False),
            ("13:10", "14:00", ASKED, False),
            ("12:58", "13:00", OPEN, False),
            ("14:02", "14:04", OPEN, True),
            ("13:00", "13:02", Window(T0, None, None), False),
            ("12:58", "13:00", Window(T0, None, None), True),
        ],
    )
    def test_of_an_interval(self, start, end, asked, partial):
        assert is_partial(Interval(at(start), at(end), {}), asked, 120, NOW) is partial

    def test_ends_exactly_now(self):
        assert is_partial(Interval(T0, T0 + 120, {}), OPEN, 120, T0 + 120) is False
        assert is_partial(Interval(T0, T0 + 120, {}), OPEN, 120, T0 + 119) is True

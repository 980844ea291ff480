# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the API's intervals to facts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._facts import facts, from_facts, percent, rates, summary
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import (
    NOW,
    REQUEST,
    T0,
    T1,
    answer,
    answers,
    at,
    copied,
    hours,
    interval,
    iso,
    json_values,
    quick,
    whole,
)

ASKED = Window(T0, T1, 120)
OPEN = Window(None, None, None)


def made_of(data, asked=ASKED, now=NOW, **more):
    return facts("549236", parse_answer(data), asked, now, REQUEST, **more)


class TestPercent:
    @pytest.mark.parametrize(
        ("part", "whole", "value"), [(299, 4213, 7.097), (1, 3, 33.333), (0, 5, 0.0), (5, 5, 100.0), (0, 0, None)]
    )
    def test_of(self, part, whole, value):
        assert percent(part, whole) == value


class TestRates:
    @staticmethod
    def of(counts, idle=0, seconds=1):
        return rates(parse_answer(answer([{200: count} for count in counts], seconds=seconds)), idle)

    def test_of_nothing(self):
        assert rates([]) == {"mean": None, "p95": None, "max": None, "max_at": None}

    @pytest.mark.parametrize(("count", "rank"), [(1, 1), (2, 2), (10, 10), (19, 19), (20, 19), (21, 20), (100, 95)])
    def test_the_95th_percentile_is_the_nearest_rank(self, count, rank):
        shuffled = random.Random(count).sample(range(1, count + 1), count)
        assert self.of(shuffled)["p95"] == rank

    def test_divides_by_the_width_that_came(self):
        found = self.of([7200, 3600, 3600], seconds=3600)
        assert found == {"mean": 1.333, "p95": 2.0, "max": 2.0, "max_at": iso(T1 - 3 * 3600)}

    def test_the_first_of_equally_busy_intervals_is_the_busiest(self):
        assert self.of([1, 5, 5])["max_at"] == iso(T1 - 2)

    def test_idle_intervals_count(self):
        assert self.of([20], idle=19) == {"mean": 1.0, "p95": 0.0, "max": 20.0, "max_at": iso(T1 - 1)}
        assert self.of([20, 20], idle=18)["p95"] == 20.0

    def test_many_idle_intervals_cost_nothing(self):
        assert self.of([20], idle=10**13)["p95"] == 0.0

    @given(st.lists(st.integers(0, 1000), min_size=1, max_size=50), st.integers(0, 50))
    @quick
    def test_as_if_idle_intervals_had_been_answered(self, counts, idle):
        written = self.of([0] * idle + counts)
        assert {**self.of(counts, idle), "max_at": None} == {**written, "max_at": None}
        ranked = sorted([0] * idle + counts)
        assert written["p95"] == ranked[-(-19 * len(ranked) // 20) - 1]


class TestSummary:
    def test_a_rate_is_a_ratio_of_sums(self):
        data = parse_answer(answer([{200: 1, 500: 1}, {200: 1200}, {200: 1190}, {200: 1210}]))
        found = summary(data, data)
        assert found["requests"] == 3602
        assert found["percent"]["server_error"] == 0.028

    def test_no_interval_is_not_no_error(self):
        nothing, quiet = summary([], []), summary(idle := parse_answer(answer([{}, {}])), idle)
        assert (nothing["observed"], quiet["observed"]) == (False, True)
        assert nothing["rps"]["mean"] is None
        assert quiet["rps"]["mean"] == 0.0
        for found in (nothing, quiet):
            assert found["requests"] == 0
            assert found["by_code"] == {}
            assert set(found["percent"].values()) == {None}
        healthy = summary(one := parse_answer(answer([{200: 5}])), one)
        assert healthy["percent"]["server_error"] == 0.0

    def test_unknown_codes_are_in_the_total(self):
        found = summary(data := parse_answer(answer([{200: 1, 0: 1, 777: 2}])), data)
        assert found["requests"] == 4
        assert found["by_code"] == {"0": 1, "200": 1, "777": 2}
        assert found["percent"]["other"] == 75.0

    def test_429_is_apart(self):
        found = summary(data := parse_answer(answer([{200: 90, 404: 4, 429: 5, 500: 1}])), data)
        assert found["percent"] == {
            "ok": 90.0,
            "client_error": 4.0,
            "rate_limited": 5.0,
            "server_error": 1.0,
            "other": 0.0,
        }


class TestFacts:
    def test_in_full(self):
        found = made_of(answer([{200: 140, 404: 4}, {500: 6}]), Window(at("13:56"), T1, 120))
        assert found == {
            "organization_id": "549236",
            "window": {
                "t0": "2026-05-04T13:56:00Z",
                "t1": "2026-05-04T14:00:00Z",
                "seconds": 240,
                "interval_requested": 120,
                "interval_effective": 120,
                "complete_until": "2026-05-04T14:00:00Z",
            },
            "summary": {
                "observed": True,
                "requests": 150,
                "by_code": {"200": 140, "404": 4, "500": 6},
                "by_class": {"ok": 140, "client_error": 4, "rate_limited": 0, "server_error": 6, "other": 0},
                "percent": {
                    "ok": 93.333,
                    "client_error": 2.667,
                    "rate_limited": 0.0,
                    "server_error": 4.0,
                    "other": 0.0,
                },
                "rps": {"mean": 0.625, "p95": 1.2, "max": 1.2, "max_at": "2026-05-04T13:56:00Z"},
            },
            "request": REQUEST,
            "intervals": [
                {
                    "start_ts": "2026-05-04T13:56:00Z",
                    "end_ts": "2026-05-04T13:58:00Z",
                    "seconds": 120,
                    "partial": False,
                    "requests": 144,
                    "by_code": {"200": 140, "404": 4},
                    "by_class": {"ok": 140, "client_error": 4, "rate_limited": 0, "server_error": 0, "other": 0},
                },
                {
                    "start_ts": "2026-05-04T13:58:00Z",
                    "end_ts": "2026-05-04T14:00:00Z",
                    "seconds": 120,
                    "partial": False,
                    "requests": 6,
                    "by_code": {"500": 6},
                    "by_class": {"ok": 0, "client_error": 0, "rate_limited": 0, "server_error": 6, "other": 0},
                },
            ],
        }

    def test_an_empty_answer(self):
        found = made_of([])
        assert found["window"]["interval_effective"] is None
        assert found["window"]["complete_until"] is None
        assert found["window"]["seconds"] == 3600
        assert found["summary"]["observed"] is False
        assert found["intervals"] == []
        assert made_of([], OPEN)["window"] == dict.fromkeys(found["window"])

    def test_the_window_is_that_of_the_answer_where_none_was_asked_for(self):
        window = made_of(answer([{}, {}]), OPEN)["window"]
        assert (window["t0"], window["t1"], window["seconds"]) == (iso(T1 - 240), iso(T1), 240)

    def test_widths_are_those_that_came(self):
        found = made_of(answer([{200: 7200}, {200: 3600}], seconds=3600), Window(T1 - 7200, T1, 120))
        assert found["window"]["interval_requested"] == 120
        assert found["window"]["interval_effective"] == 3600
        assert found["summary"]["rps"]["max"] == 2.0

    def test_partial_intervals_count_in_totals_and_not_in_rates(self):
        found = made_of(answer([{200: 120}, {200: 240}, {200: 12}], end=at("14:04")), OPEN)
        assert [one["partial"] for one in found["intervals"]] == [False, False, True]
        assert found["summary"]["requests"] == 372
        assert found["summary"]["rps"]["mean"] == 1.5
        assert found["window"]["complete_until"] == iso(at("14:02"))

    def test_intervals_can_be_left_out(self):
        assert "intervals" not in made_of(answer([{200: 1}]), include_intervals=False)

    @given(answers())
    @whole
    def test_totals_are_conserved(self, data):
        found = copied(made_of(data))
        sent = sum(entry["count"] for one in data for entry in one["counts"])
        for part in (found["summary"], *found["intervals"]):
            assert sum(part["by_code"].values()) == sum(part["by_class"].values()) == part["requests"]
        assert sum(one["requests"] for one in found["intervals"]) == found["summary"]["requests"] == sent

    @given(data=hours, at_index=st.integers(0, 29), share=st.integers(0, 400))
    @whole
    def test_an_interval_cut_in_two_changes_no_total_and_no_percent(self, data, at_index, share):
        one = data.pop(at_index % len(data)) if data else interval(T0, {200: 3, 500: 1})
        first, second = [], []
        for entry in one["counts"]:
            part = min(share, entry["count"])
            first.append({"code": entry["code"], "count": part})
            second.append({"code": entry["code"], "count": entry["count"] - part})
        middle = iso(parse_answer([one])[0].start + 60)
        halves = [
            {"startTs": one["startTs"], "endTs": middle, "counts": first},
            {"startTs": middle, "endTs": one["endTs"], "counts": second},
        ]
        whole, cut = made_of([*data, one])["summary"], made_of([*data, *halves])["summary"]
        for name in ("requests", "by_code", "by_class", "percent"):
            assert cut[name] == whole[name]


class TestFromFacts:
    @given(answers())
    @whole
    def test_gives_back_what_the_facts_were_made_of(self, data):
        assert from_facts(copied(made_of(data))) == (parse_answer(data), ASKED)

    def test_an_open_window_becomes_that_of_the_answer(self):
        data = answer([{200: 1}, {}])
        assert from_facts(copied(made_of(data, OPEN)))[1] == (T1 - 240, T1, None)
        assert from_facts(copied(made_of([], OPEN))) == ([], OPEN)

    @pytest.mark.parametrize(
        "change",
        [
            {"organization_id": None},
            {"organization_id": ""},
            {"window": None},
            {"window": "x"},
            {"window": {"t0": "2026-05-04T13:00:00"}},
            {"window": {"t1": 5}},
            {"window": {"interval_requested": "x"}},
            {"window": {"interval_requested": float("inf")}},
            {"window": {"interval_requested": 10**30}},
            {"window": {"interval_requested": -120}},
            {"intervals": None},
            {"intervals": {}},
            {"intervals": ["x"]},
            {"intervals": [{}]},
            {"intervals": [{"start_ts": iso(T0), "end_ts": iso(T1), "by_code": [200]}]},
            {"intervals": [{"start_ts": iso(T0), "end_ts": iso(T1), "by_code": {"ok": 1}}]},
            {"intervals": [{"start_ts": iso(T0), "end_ts": iso(T1), "by_code": {"200": None}}]},
            {"intervals": [{"start_ts": iso(T0), "end_ts": iso(T1), "by_code": {"200": -1}}]},
            {"intervals": [{"start_ts": iso(T0), "end_ts": iso(T1), "by_code": {"200": float("inf")}}]},
            {"intervals": [{"start_ts": iso(T0), "end_ts": iso(T1), "by_code": {"200": float("nan")}}]},
            {"intervals": [{"start_ts": "13:00", "end_ts": iso(T1), "by_code": {}}]},
        ],
    )
    def test_refuses_what_are_no_facts(self, change):
        with pytest.raises(ApiHealthError):
            from_facts({**made_of(answer([{200: 1}])), **change})

    def test_says_how_to_get_intervals(self):
        with pytest.raises(ApiHealthError, match=r"549236.*include_intervals: true"):
            from_facts(made_of([], include_intervals=False))

    @pytest.mark.parametrize(
        "change",
        [
            {},
            {"intervals": None},
            {"intervals": [{"start_ts": "x" * 5000, "end_ts": iso(T1), "by_code": {}}]},
            {"intervals": [{"start_ts": iso(T0), "end_ts": iso(T1), "by_code": {"x" * 5000: 1}}]},
            {"window": {"t0": "x" * 5000}},
            {"window": {"interval_requested": int("9" * 4000)}},
            {"window": {"interval_requested": "x" * 4000}},
        ],
    )
    def test_repeats_no_long_text(self, change):
        with pytest.raises(ApiHealthError) as caught:
            from_facts({**made_of([]), "organization_id": "x\n" * 5000, "intervals": ["x"], **change})
        assert len(str(caught.value)) < 600
        assert str(caught.value).isprintable()

    @given(json_values)
    @quick
    def test_any_json_is_facts_or_an_error(self, data):
        with pytest.raises(ApiHealthError):
            from_facts(data)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark of false alarms and delays, on a small scale."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy
import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.measure import Planned, Slot
from tests.benchmark import _delays, _delays_picture, _rates, _slots, false_alarms
from tests.benchmark._delays import Incident, Quartiles, Run, Task, flaps, reopened, timeline, traffic
from tests.benchmark._gate import END, HOURS, PER_HOUR, SECONDS, WEEK, intervals_of, policy_of, poll, random, spread
from tests.benchmark._rates import PROFILES, Cell, Closed, cells, closed, counts
from tests.benchmark._slots import HOUR, by_the_core, limited, load, tried
from tests.benchmark.false_alarms import main


def drawn(*place):
    return random(1, *place)


def square(number):
    return number * number


class TestGate:
    def test_intervals_end_where_they_should(self):
        found = intervals_of(numpy.array([0, 2, 0]), numpy.array([5, 7, 0]), END)
        assert [(one.start, one.end, one.by_code) for one in found] == [
            (END - 3 * SECONDS, END - 2 * SECONDS, {200: 5}),
            (END - 2 * SECONDS, END - SECONDS, {200: 5, 500: 2}),
            (END - SECONDS, END, {}),
        ]

    @pytest.mark.slow
    def test_the_checks_that_are_left_out_close_nothing(self):
        whole = {profile: policy_of(profile=profile) for profile in PROFILES}
        for place, cell in enumerate(cells()):
            bad, valid = (one.ravel() for one in counts(drawn(place), cell, HOURS))
            intervals = intervals_of(bad, valid, END)
            for profile, policy in _rates.policies().items():
                assert poll(intervals, policy).closed == poll(intervals, whole[profile]).closed

    def test_a_quiet_hour_is_judged_over_more(self):
        # 60 requests in the hour, 12 of 360 failed in six: too few to be judged without the rest.
        valid = numpy.full(HOURS * PER_HOUR, 2)
        bad = numpy.zeros_like(valid)
        bad[: 2 * PER_HOUR : 2] = 1
        assert not poll(intervals_of(bad[-PER_HOUR:], valid[-PER_HOUR:], END), policy_of()).closed
        bad[-1] = 1
        assert poll(intervals_of(bad, valid, END), _rates.policies()["standard"]).closed

    def test_draws_depend_on_their_place_only(self):
        assert drawn(1, 2).random() == drawn(1, 2).random()
        assert len({random(seed, place).random() for seed in (1, 2) for place in (1, 2)}) == 4

    def test_processes_change_nothing(self):
        assert spread(square, range(5), 2) == spread(square, range(5), 1) == [0, 1, 4, 9, 16]


class TestCounts:
    @pytest.mark.parametrize("attempts", _rates.ATTEMPTS)
    @pytest.mark.parametrize("correlation", _rates.CORRELATIONS)
    def test_are_drawn_around_the_true_rate(self, correlation, attempts):
        bad, valid = counts(drawn(), Cell(5.0, 1000, correlation, attempts), 400)
        assert bad.shape == valid.shape == (400, PER_HOUR)
        assert valid.sum() / 400 == pytest.approx(1000, rel=0.02)
        assert 100 * bad.sum() / valid.sum() == pytest.approx(5, rel=0.1)
        assert (bad <= valid).all()

    def test_correlation_makes_bursts(self):
        def variance(correlation):
            bad, valid = counts(drawn(), Cell(5.0, 10000, correlation, 1), 200)
            return numpy.var(bad / valid)

        # Per interval of about 333 requests: 1 + 332 * 0.1 times the variance of independent ones.
        assert variance(0.1) / variance(0.0) == pytest.approx(34.2, rel=0.2)
        assert variance(0.3) > 2 * variance(0.1)

    def test_a_call_that_is_tried_again_fails_as_often_as_it_is_tried(self):
        bad, _valid = counts(drawn(), Cell(5.0, 1000, 0.0, 5), 10)
        assert set((bad % 5).ravel()) == {0}
        bad, _valid = counts(drawn(), Cell(5.0, 1000, 0.0, 1), 10)
        assert (bad % 5).any()


class TestRates:
    @pytest.mark.parametrize(("percent", "hours"), [(0.1, 0), (30.0, 4)])
    def test_what_is_clear_is_judged_so(self, percent, hours):
        found = closed(_rates.Task(Cell(percent, 10000, 0.0, 1), 4, 5, 0))
        assert found == Closed(4, dict.fromkeys(PROFILES, hours))

    @pytest.mark.slow
    def test_a_quiet_hour_is_simulated_with_those_before_it(self):
        # In the hour itself are some four failures, fewer than close a gate.
        found = closed(_rates.Task(Cell(8.0, 50, 0.0, 1), 40, 5, 0))
        assert found.by_profile["standard"] > 20

    def test_every_cell_of_the_goals_is_there(self):
        assert len(set(cells())) == 6 * 4 * 3 * 2
        assert {_rates.hours_of(cell, 10000) for cell in cells()} == {10000, 2500}

    def test_the_worst_cell_is_one_that_the_goals_speak_of(self):
        found = {cell: Closed(100, {"standard": 50}) for cell in cells() if cell.percent == 1.0}
        for outside in (Cell(1.0, 100, 0.0, 1), Cell(1.0, 300, 0.3, 1), Cell(1.0, 300, 0.0, 5)):
            found[outside] = Closed(100, {"standard": 99})
            found[outside._replace(requests=100)] = Closed(100, {"standard": 1})
        high, low = Cell(1.0, 1000, 0.1, 1), Cell(1.0, 300, 0.1, 1)
        found[high], found[low] = Closed(100, {"standard": 90}), Closed(100, {"standard": 7})
        assert _rates.worst(found, 1.0, True)[:2] == (high, 90)
        assert _rates.worst(found, 1.0, False)[0] == low


class TestComparison:
    def test_a_rise_is_told_from_none(self):
        found = _rates.compared(_rates.Task(Cell(8.0, 10000, 0.0, 1), 5, 1, 0))
        assert (found.risen, found.alike) == (5, 0)


class TestTimeline:
    def test_errors_come_with_the_incident_only(self):
        bad, valid = timeline(drawn(), Incident(50, 50, 100.0), 60.0)
        assert valid.mean() == pytest.approx(100, rel=0.05)
        # It begins and ends in the middle of an interval.
        full = bad == valid
        assert full.sum() == 59
        start = full.argmax()
        assert full[start : start + 59].all()
        assert 20 < bad[start - 1] < 80
        assert 20 < bad[start + 59] < 80
        assert bad[: start - 1].sum() < 60

    def test_a_collapse_leaves_few_requests_and_no_errors(self):
        bad, valid = timeline(drawn(), Incident(50, 0.3, 0.0), 0.0)
        few = valid < 20
        assert few.sum() == 60
        assert 0 < valid[few].sum() < 80
        assert bad[few].sum() == 0
        assert Incident(50, 0.3, 0.0).collapse
        assert not Incident(50, 50, 10.0).collapse


class TestSummed:
    @pytest.mark.parametrize(
        ("found", "expected"),
        [
            ([False] * 62, Run(math.inf, 0, False, 3)),
            ([True] * 63 + [False] * 2, Run(1, 120, False, 9)),
            # It opened and closed again, once before the end and once after it.
            ([True, False] + [True] * 58 + [False, True, False, False], Run(1, 118, True, 7)),
            # A poll that was open before the end does not count as the first of two after it.
            ([False] * 5 + [True] * 54 + [False] * 3, Run(11, 108, True, 3)),
            ([True] * 90, Run(1, 120, False, math.inf)),
        ],
    )
    def test_what_polls_found(self, found, expected):
        assert _delays.summed(found, 60) == expected


class TestKnown:
    def test_the_newest_counts_are_late(self):
        intervals = intervals_of(numpy.zeros(5, int), numpy.ones(5, int), END)
        assert len(_delays.known(intervals, END + 89)) == 4
        assert len(_delays.known(intervals, END + 90)) == 5


class TestDelays:
    def test_an_outage_closes_the_gate_and_its_end_opens_it(self):
        (found,) = _delays.runs(Task(Incident(50, 50, 100.0), 1, 1, 0))
        # Three minutes of errors make five percent of an hour; some four minutes are the lag of what a poll sees.
        assert 4 < found.noticed < 12
        assert found.held > 100
        assert not found.flapped
        assert 10 < found.over < 25

    def test_nothing_is_noticed_where_nothing_happens(self):
        (found,) = _delays.runs(Task(Incident(50, 50, 0.1), 1, 1, 0))
        assert found[:3] == (math.inf, 0, False)
        assert found.over < 4

    @pytest.mark.slow
    def test_every_incident_is_run_as_often_as_asked(self, monkeypatch):
        some = (Incident(50, 50, 100.0), Incident(1, 0.02, 0.0))
        monkeypatch.setattr(_delays, "INCIDENTS", some)
        monkeypatch.setattr(_delays, "INCIDENT_SECONDS", 1200)
        found = _delays.measured(17, 1, 1)
        assert [(incident, len(of)) for incident, of in found.items()] == [(one, 17) for one in some]
        assert found == _delays.measured(17, 1, 1)


class TestTraffic:
    @pytest.mark.parametrize("pattern", _delays.PATTERNS)
    def test_is_around_its_level(self, pattern):
        found = numpy.array([traffic(drawn(place), pattern, 50) for place in range(200)])
        assert found.shape == (200, 2 * PER_HOUR)
        assert found.mean() == pytest.approx(100, rel=0.15)
        steady = numpy.array([traffic(drawn(place), "steady", 50) for place in range(200)])
        assert (found.std() > 2 * steady.std()) == (pattern != "steady")

    def test_nothing_is_missing_in_it(self):
        assert _delays.false_notices(3, 1, 1) == dict.fromkeys(_delays.PATTERNS, 0)


class TestQuartiles:
    def test_are_values_that_occurred(self):
        assert Quartiles.of([4, 1, 3, 2]) == (1, 2, 3)
        assert Quartiles.of([7]) == (7, 7, 7)
        assert Quartiles.of([1, math.inf, math.inf]) == (1, math.inf, math.inf)

    def test_told(self):
        assert Quartiles(5, 6.4, 8).told() == "6 (5-8)"
        assert Quartiles(5.1, 5.2, 5.3).told() == "5"
        assert Quartiles(5, 6, math.inf).told() == "6 (5-never)"


class TestTables:
    FOUND = {
        Incident(5, 5, 10.0): [Run(30, 60, True, 12), Run(31, 60, False, 13), Run(math.inf, 0, False, 3)],
        Incident(50, 0.3, 0.0): [Run(math.inf, 0, False, 3)] * 3,
    }

    def test_a_miss_is_no_delay(self):
        of = self.FOUND[Incident(5, 5, 10.0)]
        assert flaps(of) == pytest.approx(16 / 3)
        assert reopened(of) == [12, 13]

    def test_delays(self):
        assert _delays.table(self.FOUND)[2:] == [
            "| 5 | 10 % errors | 31 (30-never) | 60 (0-60) | 5.3 | 12 (12-13) | 1 of 3 |",
            "| 50 | only 0.3 a minute are left, all 200 | never | 0 | 0.0 | - | 3 of 3 |",
        ]

    def test_picture(self):
        root = ElementTree.fromstring(_delays_picture.picture(self.FOUND))
        texts = ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]
        assert {"5/min, 10 % errors", "50/min, falls to 0.3", "31", "12"} < set(texts)
        assert texts.count(_delays_picture.NEVER) == 2
        bars = [each for each in root.iter() if each.get("class") == "ours"]
        ranges = [each for each in root.iter() if each.get("class") == "range"]
        assert (len(bars), len(ranges)) == (2, 2)
        assert all(0 < float(one.get("width", "")) <= 270 for one in bars)
        assert "prefers-color-scheme:dark" in "".join(root.itertext())


class TestSlots:
    def test_the_load_is_busy_by_day_and_calm_at_night_and_at_the_weekend(self):
        weeks = load(drawn(), 2, 0.05).reshape(2, 7, 24, -1).mean(axis=3)
        assert weeks[:, :5, 14].min() > 2 * weeks[:, :5, 2].max()
        assert weeks[:, 5:, 14].max() < weeks[:, :5, 14].min()
        # The same hour of another week is much alike.
        assert weeks[1] == pytest.approx(weeks[0], rel=0.35)

    @pytest.mark.parametrize(
        ("rps", "requests", "clean"),
        [(0.0, 600, True), (0.0, 3600, False), (3.0, 1200, True), (9.5, 600, False), (14.0, 10, False)],
    )
    def test_a_change_is_limited_where_the_bucket_is_empty(self, rps, requests, clean):
        refused = limited(drawn(), numpy.full(6, rps), Planned(requests, 5))
        assert (refused == 0) == clean
        assert refused <= requests

    def test_without_others_all_above_ten_a_second_and_the_burst_is_refused(self):
        assert limited(drawn(), numpy.zeros(6), Planned(3600, 5)) == 3600 - 3000 - 10

    def test_slots_that_keep_their_promise_are_told_from_those_that_do_not(self):
        def busiest(history, change, now):
            one = max(history, key=lambda each: each.requests)
            start = now + (one.start - now) % WEEK
            return [Slot(start, start + HOUR, 100.0)]

        task = _slots.Task(_slots.Case(Planned(3000, 10), 2, 0.05), 20, 1, 0, by_the_core)
        good, bad = tried(task), tried(task._replace(offer=busiest))
        assert (bad.organizations, bad.with_slots, bad.offered) == (20, 20, 20)
        assert good.clean / good.offered > 0.9
        assert bad.clean / bad.offered < 0.6
        nothing = tried(task._replace(offer=lambda history, change, now: []))
        assert nothing == (20, 0, 0, 0)


@pytest.fixture
def few(monkeypatch):
    """A report that takes no time."""
    monkeypatch.setattr(_rates, "REQUESTS", (300, 10000))
    monkeypatch.setattr(_rates, "COMPARED", (10000,))
    monkeypatch.setattr(_delays, "INCIDENT_SECONDS", 600)
    monkeypatch.setattr(_delays, "AFTER_SECONDS", 600)


class TestMain:
    ARGUMENTS = ("--hours", "4", "--runs", "1", "--polls", "1", "--organizations", "1", "--processes", "1")

    @pytest.mark.slow
    @pytest.mark.usefixtures("few")
    def test_prints_goals_and_tables_and_draws(self, tmp_path, capsys):
        picture = tmp_path / "delays.svg"
        assert main([*self.ARGUMENTS, "--picture", str(picture)]) == 0
        text = capsys.readouterr().out
        assert text.isascii()
        headings = [line for line in text.splitlines() if line.startswith("## ")]
        assert len(headings) == len(false_alarms.PARTS)
        tables = re.findall(r"(?:^\|.*\|$\n)+", text, re.MULTILINE)
        assert len(tables) == 1 + len(PROFILES) + 4
        for table in tables:
            lines = table.splitlines()
            assert {line.count("|") for line in lines} == {lines[0].count("|")}
            assert re.fullmatch(r"(\|-+:?)+\|", lines[1])
        assert len(tables[0].splitlines()) == 2 + 2 + 7 + 1 + len(_slots.NOISES)
        assert ElementTree.fromstring(picture.read_text()).tag.endswith("svg")
        assert main([*self.ARGUMENTS, "--picture", str(picture)]) == 0
        assert capsys.readouterr().out == text

    @pytest.mark.usefixtures("few")
    def test_makes_only_the_parts_that_are_wanted(self, tmp_path, capsys):
        assert main([*self.ARGUMENTS, "--parts", "notices", "--picture", str(tmp_path / "none.svg")]) == 0
        assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("## ")] == [
            "## False notices of missing requests"
        ]
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [(("--hours", "0"), "--hours must be at least 1"), (("--parts", "delays,x"), "--parts knows no x")],
    )
    def test_refuses(self, arguments, said, capsys):
        with pytest.raises(SystemExit):
            main(list(arguments))
        assert said in capsys.readouterr().err

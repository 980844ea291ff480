# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark of false alarms, on a small scale."""

from __future__ import annotations

import re

import numpy
import pytest

from tests.benchmark import false_alarms
from tests.benchmark.false_alarms import END, PER_HOUR, SECONDS, Bench, Cell, cells, hours, main, report


class TestHours:
    @pytest.mark.parametrize("pattern", false_alarms.PATTERNS)
    def test_are_drawn_around_the_true_rate(self, pattern):
        found = hours(numpy.random.default_rng(1), pattern, 5.0, 1000, 200)
        bad, valid = (sum(column) for column in zip(*found, strict=True))
        assert len(found) == 200 * PER_HOUR
        assert valid / 200 == pytest.approx(1000, rel=0.02)
        assert 100 * bad / valid == pytest.approx(5, rel=0.1)
        assert all(0 <= k <= n for k, n in found)

    def test_only_bursts_are_bursty(self):
        def spread(pattern):
            found = hours(numpy.random.default_rng(1), pattern, 5.0, 5000, 50)
            return numpy.var([k / n for k, n in found if n])

        # Per interval of about 167 requests: 1 + 166 * 0.1 times the variance of independent ones.
        assert spread("bursty") / spread("independent") == pytest.approx(17.6, rel=0.3)


class TestBench:
    def test_the_checks_that_are_left_out_close_nothing(self):
        bench = Bench(3)
        for cell in cells():
            intervals = bench.intervals(hours(bench.random, cell.pattern, cell.percent, cell.requests, 6), END)
            for profile, options in bench.policies.items():
                assert bench.gate(intervals, options) == bench.gate(intervals, bench.whole[profile])

    def test_intervals_end_where_the_settled_present_does(self):
        found = Bench(1).intervals([(0, 5), (2, 7)], END)
        assert [(one.start, one.end, one.by_code) for one in found] == [
            (END - 2 * SECONDS, END - SECONDS, {200: 5}),
            (END - SECONDS, END, {200: 5, 500: 2}),
        ]

    @pytest.mark.parametrize(
        ("percent", "closed"), [(0.1, {"strict": 0, "standard": 0}), (15, {"strict": 3, "standard": 3})]
    )
    def test_what_is_clear_is_judged_so(self, percent, closed):
        bench, cell = Bench(5), Cell("independent", percent, 5000)
        for _i in range(3):
            bench.run(cell)
        assert {profile: bench.closed[profile, cell] for profile in closed} == closed


class TestReport:
    def test_is_two_markdown_tables(self):
        text = report(1, 1)
        head, first, second = text.strip().split("\n\n")
        assert head.startswith("1 simulated runs of each situation, seed 1")
        rows, sums = first.splitlines(), second.splitlines()
        assert len(rows) == 2 + len(list(cells())) == 2 + 2 * 6 * 3
        assert len(sums) == 2 + 2 * 5
        for lines in (rows, sums):
            assert {line.count("|") for line in lines} == {lines[0].count("|")}
            assert re.fullmatch(r"(\|-+:?)+\|", lines[1])
        assert all(re.fullmatch(r"\|( [\w.%]+( %)? \|){3}( (0|100)\.0 % \|){5}", line) for line in rows[2:])
        assert text.isascii()

    def test_is_the_same_for_the_same_seed(self, monkeypatch):
        monkeypatch.setattr(false_alarms, "REQUESTS", (1000,))
        assert report(2, 9) == report(2, 9)


class TestMain:
    def test_prints_the_report(self, monkeypatch, capsys):
        monkeypatch.setattr(false_alarms, "PERCENTS", (0.1, 15.0))
        monkeypatch.setattr(false_alarms, "REQUESTS", (1000,))
        assert main(["--runs", "2", "--seed", "4"]) == 0
        assert capsys.readouterr().out == report(2, 4)

    def test_refuses_no_runs(self, capsys):
        with pytest.raises(SystemExit):
            main(["--runs", "0"])
        assert "--runs must be at least 1" in capsys.readouterr().err

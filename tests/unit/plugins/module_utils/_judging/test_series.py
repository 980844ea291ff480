# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a chart is drawn from: for every metric that is a rate, each check's own values, and where it is breached."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import CLASSES, parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.series import MOST_POINTS, Counted, with_culprit
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import judge
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window, recent_window
from tests.unit.plugins.module_utils.made import (
    FAILURE,
    INCIDENT,
    NOW,
    REQUEST,
    T0,
    T1,
    Shown,
    answer,
    health_policy,
    hours,
    judged,
    the,
    whole,
)

RATES = [metric for metric in METRICS.values() if metric.kind.name == "rate"]
# Of every class, and in every interval others.
MIXED = [{200: 61 + i, 302: 4, 404: i % 11, 403: 2, 429: i % 5, 500: i % 3, 503: 1, 777: i % 7} for i in range(30)]


def entry(metric, **given):
    return {"name": "mine", "metric": metric.name, **dict.fromkeys(("warn", "fail"), 50), **given}


def charted(data, **given):
    """One organization, judged as for a report with charts."""
    options = health_policy(**given)
    asked = recent_window(options.window_minutes, options.settle_seconds, NOW)
    outcome = Outcome(parse_answer(data), asked, REQUEST)
    return Shown(judge("549236", lambda look: outcome, options, NOW, charted=True))


def sums(series, name):
    counted = [point.rates[name] for point in series.points]
    return sum(one.numerator for one in counted), sum(one.denominator for one in counted)


class TestCounted:
    @pytest.mark.parametrize(("counted", "percent"), [((1, 8), 12.5), ((0, 8), 0), ((0, 0), None)])
    def test_percent(self, counted, percent):
        assert Counted(*counted).percent == percent


class TestRates:
    @pytest.mark.parametrize(
        ("ignored", "filters"),
        [
            *((codes, {}) for codes in ([], [500], [404], [429, 777], [404, 500, 503], [302, 403, 429])),
            ([404, 500, 503], {"user_agent": "Tool"}),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("metric", RATES, ids=lambda metric: metric.name)
    def test_all_points_together_are_the_checks_value(self, metric, ignored, filters):
        one = charted(answer(MIXED), checks=[entry(metric)], ignore_codes=ignored, **filters)
        assert len(one["series"].points) == 30
        for check in one["checks"]:
            if METRICS[check["metric"]].kind.name == "rate":
                assert sums(one["series"], check["name"]) == (check["numerator"], check["denominator"])
        assert set(one["series"].bad["mine"]) == set(metric.bad)

    @given(hours, st.lists(st.sampled_from([200, 302, 404, 429, 500, 777]), max_size=3, unique=True))
    @whole
    def test_whatever_the_traffic(self, data, ignored):
        one = charted(data, checks=[entry(metric, name=metric.name) for metric in RATES], ignore_codes=ignored)
        for metric in RATES:
            check = the(one, metric.name)
            if check["value"] is not None:
                assert sums(one["series"], metric.name) == (check["numerator"], check["denominator"])

    @pytest.mark.parametrize("metric", RATES, ids=lambda metric: metric.name)
    def test_the_worst_interval_is_that_of_the_check(self, metric):
        one = charted(answer(MIXED), checks=[entry(metric, over="worst_interval")], ignore_codes=[403])
        check = the(one, "mine")
        worst = max if metric.worse == "up" else min
        found = worst(point.rates["mine"].percent for point in one["series"].points)
        assert found == pytest.approx(check["value"], abs=0.0005)

    @pytest.mark.parametrize("metric", [one for one in METRICS.values() if one not in RATES and not one.option])
    def test_of_no_other_metric(self, metric):
        own = {"query": "summary.requests"} if metric.kind.name == "query" else {}
        needed = {"slo_percent": 99.9, "slo_days": 1, "planned_requests": 9, "planned_minutes": 1, "history_weeks": 2}
        limit = {"warn": 50, "fail": 50}
        one = charted(answer(MIXED), checks=[{"name": "mine", "metric": metric.name, **limit, **own}], **needed)
        assert "mine" not in one["series"].bad
        assert all("mine" not in point.rates for point in one["series"].points)

    @pytest.mark.parametrize("own", [{"window_minutes": 10}, {"user_agent": "Tool"}])
    def test_of_no_check_that_looks_at_something_else(self, own):
        one = charted(INCIDENT, checks=[entry(METRICS["error_percent"], **own)])
        assert set(one["series"].bad) == {metric.name for metric in RATES if metric.option}


class TestPoints:
    def test_an_interval_each(self):
        points = charted(INCIDENT)["series"].points
        assert [(point.start, point.end) for point in points] == [(at, at + 120) for at in range(T0, T1, 120)]
        assert points[-1].by_class == {**dict.fromkeys(CLASSES, 0), "ok": 133, "server_error": 9}
        assert points[-1].requests == 142

    def test_what_each_breaches(self):
        one = charted(INCIDENT)
        breaching = [point.start for point in one["series"].points if "server_error_percent" in point.breaching]
        check = the(one)
        assert len(breaching) == check["breaching_intervals"] == 7
        assert breaching == list(range(T1 - 840, T1, 120))

    def test_neighbours_are_merged_and_none_is_lost(self):
        day = [{200: 90, 500: i % 6} for i in range(720)]
        one = charted(answer(day), window_minutes=24 * 60)
        points = one["series"].points
        assert (len(points), {point.seconds for point in points}) == (MOST_POINTS, {360})
        assert sum(point.requests for point in points) == one["summary"]["requests"]
        assert sums(one["series"], "server_error_percent") == (the(one)["numerator"], the(one)["denominator"])
        assert [point.breaching for point in points[:2]] == [["server_error_percent"]] * 2

    def test_never_over_a_gap(self):
        day = [None if i % 9 == 4 else {200: 90} for i in range(720)]
        points = charted(answer(day), window_minutes=24 * 60)["series"].points
        assert {point.seconds for point in points} == {240, 360, 120}
        assert sum(point.seconds for point in points) == 120 * sum(one is not None for one in day)

    def test_of_nothing(self):
        assert charted([])["series"].points == []
        outcome = Outcome((), Window(None, None, None), {}, failure=FAILURE)
        found = judge("549236", lambda look: outcome, health_policy(), NOW, charted=True)
        assert found.series is not None
        assert found.series.points == []


class TestWithCulprit:
    def test_counts_what_it_sent_at_each_point(self):
        found = judged(
            answer([{200: 10}] * 300), window_minutes=600, asked=Window(T1 - 36000, T1, 120), charted=True
        ).organization.series
        assert found is not None
        own = parse_answer(answer([{200: 3, 429: 1}] * 300))
        drawn = with_culprit(found, "BackupTool", own)
        assert (drawn.culprit, len(drawn.of_culprit)) == ("BackupTool", len(found.points))
        assert sum(drawn.of_culprit) == 4 * 300
        # Some points are two intervals.
        assert [10 * sent for sent in drawn.of_culprit] == [4 * point.requests for point in found.points]

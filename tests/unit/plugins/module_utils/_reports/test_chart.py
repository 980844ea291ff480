# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drawings of the HTML report: where things stand, how high, what is said of them, and that all text is inert."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import CLASSES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.series import Counted, Point, Series
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import chart
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.chart import Span
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.view import Window, check
from tests.unit.plugins.module_utils.made import T0, T1, iso, judged, quick, rate, the

pytestmark = pytest.mark.once

HOUR = Span(T0, T1)
WINDOW = Window(iso(T0), iso(T1), 3600, False, 120, 120)
CHECK = check(the(judged(rate(64, 900))))


def bar_of(start, seconds=120, breaching=(), ignored=0, **counts):
    """A point whose 5xx count against the check; `ignored` ones are in its classes only."""
    rate = Counted(counts.get("server_error", 0), sum(counts.values()) - ignored)
    by_class = {name: counts.get(name, 0) for name in CLASSES}
    return Point(start, seconds, by_class, list(breaching), {CHECK.name: rate})


def hour(*given, breaching=()):
    """Adjacent intervals up to the hour, `(ok, server_error)` each; None leaves one out."""
    first = T1 - 120 * len(given)
    return [
        bar_of(first + 120 * i, ok=one[0], server_error=one[1], breaching=breaching if one[1] else ())
        for i, one in enumerate(given)
        if one
    ]


def parsed(svg):
    return ElementTree.fromstring(svg)


def drawn(svg, **attributes):
    """Elements with these attributes; `kind` is the class."""
    wanted = {{"kind": "class"}.get(name, name): value for name, value in attributes.items()}
    return [one for one in parsed(svg).iter() if all(one.get(name) == value for name, value in wanted.items())]


def percent(text):
    assert text.endswith("%")
    return float(text[:-1])


def stack(svg, name):
    """The rectangles of one class: x, y, width, height."""
    groups = drawn(svg, fill=f"url(#k-{name})")
    return [
        (percent(one.get("x")), float(one.get("y")), percent(one.get("width")), float(one.get("height")))
        for group in groups
        for one in group
    ]


def words(svg):
    return [one.text for one in parsed(svg).iter("text")]


def described(svg):
    return parsed(svg).find("desc").text


def rates(made, check=CHECK, bad=("server_error",)):
    return chart.rates("p", made, HOUR, check, bad)


class TestDrawable:
    @pytest.mark.parametrize("none", [None, Series([], {})])
    def test_no_series(self, none):
        assert chart.drawable(none) == []

    def test_leaves_out_what_is_wider_than_any_axis(self):
        points = [bar_of(T0, seconds=10**12), bar_of(T0, ok=1)]
        assert chart.drawable(Series(points, {})) == points[1:]


class TestSpanOf:
    def test_is_the_window(self):
        assert chart.span_of(hour((1, 0)), WINDOW) == HOUR

    def test_holds_every_interval(self):
        assert chart.span_of([bar_of(T0 - 240), bar_of(T1)], WINDOW) == Span(T0 - 240, T1 + 120)

    @pytest.mark.parametrize("window", [None, WINDOW._replace(t0="", t1="soon")])
    def test_without_a_window(self, window):
        assert chart.span_of(hour((1, 0), (1, 0)), window) == Span(T1 - 240, T1)

    def test_is_never_empty(self):
        assert chart.span_of([bar_of(T0, seconds=1e-9)], None) == Span(T0, T0 + 1)


class TestGaps:
    def test_none(self):
        assert chart.gaps(hour(*[(1, 0)] * 30), HOUR) == []

    def test_everywhere(self):
        made = hour(None, (1, 0), None, None, (1, 0), None)
        span = Span(T1 - 720, T1)
        assert chart.gaps(made, span) == [
            Span(T1 - 720, T1 - 600),
            Span(T1 - 480, T1 - 240),
            Span(T1 - 120, T1),
        ]


class TestRuns:
    def test_adjacent_intervals_are_one(self):
        made = hour((1, 0), (1, 1), (1, 1), (1, 0), (1, 1), breaching=["a"])
        assert chart.runs(made) == [Span(T1 - 480, T1 - 240), Span(T1 - 120, T1)]

    def test_a_gap_parts_them(self):
        made = hour((1, 1), None, (1, 1), breaching=["a"])
        assert len(chart.runs(made)) == 2

    def test_of_one_check(self):
        made = [bar_of(T0, breaching=["a"]), bar_of(T0 + 120, breaching=["a", "b"])]
        assert chart.runs(made, "b") == [Span(T0 + 120, T0 + 240)]
        assert chart.runs(made, "c") == []


class TestRequests:
    def test_is_an_image_with_a_name_and_a_description(self):
        svg = chart.requests("o1-r", hour((90, 10), (50, 0)), HOUR, 10)
        root = parsed(svg)
        assert (root.get("role"), root.get("aria-labelledby"), root.get("aria-describedby")) == (
            "img",
            "o1-r-t",
            "o1-r-d",
        )
        assert [one.get("id") for one in root[:2]] == ["o1-r-t", "o1-r-d"]
        assert described(svg) == (
            "2 intervals of 120 s from 2026-05-04 13:00Z to 2026-05-04 14:00Z. "
            "Requests: 5xx 10, 429 0, other 4xx 0, other 0, 2xx, 3xx 140. Busiest: 100 at 13:56Z. "
            "Intervals that breach a limit: 0. Spans without an interval: 1."
        )

    def test_bars_stand_at_their_time(self):
        svg = chart.requests("p", hour((100, 0), (100, 0)), HOUR, None)
        (x1, _y1, width, _h1), (x2, *_rest) = stack(svg, "ok")
        slot = 100 / 30
        assert width == pytest.approx(0.86 * slot, abs=0.01)
        assert (x1, x2) == pytest.approx((100 - 2 * slot + 0.07 * slot, 100 - slot + 0.07 * slot), abs=0.01)

    def test_heights_are_in_proportion_and_stacked(self):
        svg = chart.requests("p", hour((60, 20), (30, 0)), HOUR, None)
        ((_x, bottom, _w, bad),) = stack(svg, "server_error")
        (_x1, top, _w1, good), (_x2, _y2, _w2, half) = stack(svg, "ok")
        assert good == pytest.approx(2 * half, abs=0.02)
        assert good == pytest.approx(3 * bad, abs=0.02)
        assert bottom + bad == pytest.approx(190, abs=0.01)
        assert top + good == pytest.approx(bottom, abs=0.02)

    def test_one_of_a_million_can_be_seen(self):
        svg = chart.requests("p", hour((10**6, 1)), HOUR, None)
        assert stack(svg, "server_error")[0][3] == 1

    def test_nothing_leaves_the_plot(self):
        svg = chart.requests(
            "p", [bar_of(T0, **dict.fromkeys(chart.CLASSES, 1)), bar_of(T0 + 120, ok=10**6)], HOUR, None
        )
        assert all(0 <= y <= 190 for name in chart.CLASSES for _x, y, _w, _h in stack(svg, name))

    def test_classes_that_did_not_occur_are_not_drawn(self):
        svg = chart.requests("p", hour((5, 0)), HOUR, None)
        assert [name for name in chart.CLASSES if stack(svg, name)] == ["ok"]

    @pytest.mark.parametrize(("peak", "shown"), [(599, False), (600, True), (1300, True)])
    def test_the_rate_limit_where_it_is_in_reach(self, peak, shown):
        svg = chart.requests("p", hour((peak, 0)), HOUR, 10)
        lines = drawn(svg, kind="at-limit")
        assert bool(lines) == shown == ("rate limit 10 rps" in words(svg))
        assert all(0 <= float(line.get("y1")) < 190 for line in lines)

    @pytest.mark.parametrize("limit", [None, 0, -1, "x"])
    def test_without_a_rate_limit(self, limit):
        assert drawn(chart.requests("p", hour((600, 0)), HOUR, limit), kind="at-limit") == []

    def test_gaps_are_visible(self):
        made = hour(*[(5, 0)] * 10, *[None] * 15, (5, 0), None, (5, 0), (5, 0), (5, 0))
        svg = chart.requests("p", made, HOUR, None)
        widths = [percent(one.get("width")) for one in drawn(svg, kind="gap")]
        assert widths == pytest.approx([50, 100 / 30], abs=0.01)
        assert words(svg).count("no interval") == 1

    def test_breaches_are_marked(self):
        made = hour((5, 0), (5, 5), (5, 5), (5, 0), (5, 5), breaching=["a"])
        svg = chart.requests("p", made, HOUR, None)
        assert len(drawn(svg, kind="breach")) == 2
        assert "Intervals that breach a limit: 3." in described(svg)

    def test_every_interval_tells_what_it_holds(self):
        svg = chart.requests("p", hour((90, 10), (5, 0), breaching=["a<b"]), HOUR, None)
        tips = [one.find("title").text for one in drawn(svg, kind="tip")]
        assert tips == [
            "13:56Z 120 s: 100 requests; 5xx 10; 2xx, 3xx 90; a<b in breach",
            "13:58Z 120 s: 5 requests; 2xx, 3xx 5",
        ]

    @pytest.mark.parametrize(
        ("length", "labels"),
        [
            (120, ["13:00", "05-04", "13:00:30", "13:01:00", "13:01:30", "13:02:00"]),
            (3600, ["13:00", "05-04", "13:10", "13:20", "13:30", "13:40", "13:50", "14:00"]),
            (86400, ["18:00", "05-04", "00:00", "05-05", "06:00", "12:00"]),
            (90 * 86400, ["05-07", "06-04", "07-02", "07-30"]),
            (31 * 86400, ["05-07", "05-14", "05-21", "05-28", "06-04"]),
        ],
    )
    def test_the_axis_of_time(self, length, labels):
        span = Span(T0, T0 + length)
        svg = chart.requests("p", [bar_of(T0, seconds=60)], span, None)
        found = [
            one.text for one in parsed(svg).iter("text") if one.get("text-anchor") == "middle" and not one.get("class")
        ]
        assert [one[:5] for one in found] == [one[:5] for one in labels]

    @pytest.mark.parametrize("count", [0, 1, 7, 10**3, 10**9, 10**18])
    def test_any_scale(self, count):
        svg = chart.requests("p", [bar_of(T0, ok=count)], HOUR, 10)
        marks = [one.text for one in parsed(svg).iter("text") if one.get("text-anchor") == "end"]
        assert 2 <= len(marks) <= 6
        assert marks[0] == "0"
        assert all(len(one) <= 6 for one in marks)

    @given(
        st.lists(
            st.tuples(st.integers(0, 10**6), st.floats(0.001, 10**6), st.integers(0, 10**18), st.booleans()),
            min_size=1,
            max_size=9,
        )
    )
    @quick
    def test_anything_is_drawn_within_its_bounds(self, given):
        unsorted = (bar_of(T0 + at, wide, ["a"] * bad, ok=count) for at, wide, count, bad in given)
        made = sorted(unsorted, key=lambda one: (one.start, one.end))
        span = chart.span_of(made, WINDOW)
        svg = chart.requests("p", made, span, 10)
        for one in parsed(svg).iter("rect"):
            assert percent(one.get("x")) >= -0.01
            assert percent(one.get("x")) + percent(one.get("width")) <= 100.02
            assert float(one.get("y")) >= -0.01


class TestCulprit:
    POINTS = hour((40, 0), (60, 4), None, (80, 0))

    def series(self, *requests, name="BackupTool"):
        return Series(self.POINTS, {}, name, requests)

    def test_its_requests_are_part_of_all(self):
        assert chart.culprit(self.series(10, 90, 80)) == ("BackupTool", [10, 64, 80])

    @pytest.mark.parametrize(
        "made", [Series(POINTS, {}), Series(POINTS, {}, "x", (1,)), Series(POINTS, {}, None, (1, 2, 3))]
    )
    def test_nobody(self, made):
        assert chart.culprit(made) is None

    def test_of_what_is_drawn(self):
        wide = Point(0, 500 * 86400, self.POINTS[0].by_class, (), {})
        made = Series([wide, *self.POINTS], {}, "x", (1, 2, 3, 4))
        assert chart.culprit(made) == ("x", [2, 3, 4])

    def test_a_line_over_the_bars(self):
        svg = chart.requests("p", self.POINTS, HOUR, None, chart.culprit(self.series(10, 32, 80)))
        (steps,) = drawn(svg, kind="steps")
        halo, line = steps
        assert (halo.get("class"), line.get("class"), halo.get("d")) == ("halo", "own", line.get("d"))
        # At 80 of 84.8 at most, broken where there is no interval.
        places = [f"{1000 * (piece.start - T0) / 3600:.2f}".rstrip("0").rstrip(".") for piece in self.POINTS]
        moves = [place for place in places if f"M{place} " in line.get("d")]
        assert moves == [places[0], places[2]]
        assert [part.count("V") for part in line.get("d").split("M")[1:]] == [1, 0]
        assert line.get("d").endswith("H1000")
        assert " Of these BackupTool: 122. " in described(svg)
        tips = [one.find("title").text for one in drawn(svg, kind="tip")]
        assert tips[0].endswith("; 2xx, 3xx 40; BackupTool 10")

    def test_nobody_no_line(self):
        assert drawn(chart.requests("p", self.POINTS, HOUR, None), kind="steps") == []

    @given(st.lists(st.integers(0, 10**15), min_size=3, max_size=3), st.text(max_size=300))
    @quick
    def test_any_numbers_stay_in_the_plot(self, requests, name):
        svg = chart.requests("p", self.POINTS, HOUR, 10, chart.culprit(self.series(*requests, name=name)))
        (steps,) = drawn(svg, kind="steps")
        heights = re.findall(r"(?:M[\d.]+ |V)([\d.]+)", steps[0].get("d"))
        assert heights
        assert all(0 <= float(one) <= 190 for one in heights)


class TestPortion:
    @pytest.mark.parametrize(
        ("percent", "width"), [(52.0, "52%"), (0, "0%"), (100, "100%"), (150, "100%"), (-1, "0%"), (float("nan"), "0%")]
    )
    def test_is_as_wide_as_its_share(self, percent, width):
        (part,) = drawn(chart.portion(percent, "ok"), fill="url(#k-ok)")
        assert part.get("width") == width

    def test_looks_like_the_classes_in_the_chart(self):
        (limited,) = [one for one in judged(rate(0, 900))["checks"] if one["metric"] == "rate_limited_percent"]
        assert chart.fills(check(limited)) == ("ok", "rate_limited")
        assert chart.fills(CHECK) == ("ok", "server_error")
        assert chart.fills(CHECK._replace(metric="?")) == ("ok", "other")


class TestRated:
    def test_the_first_whose_rate_is_in_the_series(self):
        series = Series([], {CHECK.name: ("server_error",), "mine": ("client_error",)})
        other, mine = CHECK._replace(name="burn_rate"), CHECK._replace(name="mine")
        skipped = CHECK._replace(status="skipped")
        assert chart.rated([other, skipped, mine, CHECK], series) is mine
        assert chart.rated([other, CHECK, mine], series) is CHECK

    def test_none(self):
        assert chart.rated([CHECK], Series([], {})) is None


class TestLevels:
    @pytest.mark.parametrize(
        ("changes", "found"),
        [
            ({}, {"warn": "warn above 1%", "fail": "fail above 5%"}),
            ({"fail": None}, {"warn": "warn above 1%"}),
            ({"operator": "<", "warn": 99, "fail": 95}, {"warn": "warn below 99%", "fail": "fail below 95%"}),
            ({"warn": None, "fail": None}, {}),
        ],
    )
    def test_in_words(self, changes, found):
        assert chart.levels(CHECK._replace(**changes)) == found


class TestRates:
    def test_columns_are_rates(self):
        svg = rates(hour((90, 10), (80, 20), (100, 0)))
        first, second, third = (float(one.get("height")) for one in drawn(svg, kind="within"))
        assert second == pytest.approx(2 * first, abs=0.02)
        assert third == 1.5
        assert "Worst: 20%. warn above 1%, fail above 5%." in described(svg)

    def test_breaches_and_few_requests_look_different(self):
        made = hour((90, 10), (100, 0), (5, 0), breaching=[CHECK.name])
        svg = rates(made)
        assert len(drawn(svg, fill="url(#k-server_error)")) == 1
        assert len(drawn(svg, kind="within")) == 1
        assert len(drawn(svg, kind="thin")) == 1

    def test_only_what_counts_is_in_a_rate(self):
        svg = rates([bar_of(T0, ok=30, server_error=10, other=40, ignored=40), bar_of(T1 - 120, ok=70, ignored=51)])
        assert [one.find("title").text for one in drawn(svg, kind="within")] == ["13:00Z 25%"]
        assert [one.find("title").text for one in drawn(svg, kind="thin")] == ["13:58Z 0%"]

    @pytest.mark.parametrize(
        ("bad", "operator", "shown"),
        [
            (("client_error", "rate_limited", "server_error"), ">", "server_error"),
            (("client_error",), ">", "client_error"),
            (("server_error", "other"), "<", "other"),
        ],
    )
    def test_a_breach_looks_like_what_caused_it(self, bad, operator, shown):
        svg = rates(hour((90, 10), breaching=[CHECK.name]), CHECK._replace(operator=operator), bad)
        assert len(drawn(svg, fill=f"url(#k-{shown})")) == 1

    def test_limits_are_lines_with_names(self):
        svg = rates(hour((100, 0)))
        (warn,), (fail,) = drawn(svg, kind="at-warn"), drawn(svg, kind="at-fail")
        assert 120 - float(fail.get("y1")) == pytest.approx(5 * (120 - float(warn.get("y1"))), abs=0.05)
        assert {"warn above 1%", "fail above 5%"} <= set(words(svg))

    def test_two_names_do_not_overlap(self):
        svg = rates(hour((10, 90)))
        assert len(drawn(svg, kind="at-warn")) == 1
        assert "warn above 1%" not in words(svg)
        assert "fail above 5%" in words(svg)

    def test_an_interval_without_requests_has_no_rate(self):
        svg = rates(hour((0, 0), (50, 0)))
        assert len(drawn(svg, kind="within")) == 1
        assert "2 intervals of 120 s. With requests: 1." in described(svg)

    def test_what_is_bad_when_low_is_seen_near_100(self):
        check = CHECK._replace(metric="success_percent", operator="<", warn=99, fail=95)
        (point,) = hour((97, 3))
        svg = rates([point._replace(rates={check.name: Counted(97, 100)})], check)
        (column,) = drawn(svg, kind="within")
        (warn,), (fail,) = drawn(svg, kind="at-warn"), drawn(svg, kind="at-fail")
        assert float(warn.get("y1")) < float(column.get("y")) < float(fail.get("y1")) < 120

    @pytest.mark.parametrize("limits", [(None, None), (0, 0), (100, 100), (None, 10**400), (-5, -1), (1e-9, 1e-9)])
    @pytest.mark.parametrize("operator", ["<", ">"])
    def test_any_limits(self, limits, operator):
        check = CHECK._replace(warn=limits[0], fail=limits[1], operator=operator)
        for made in (hour((100, 0)), hour((0, 0)), hour((0, 9)), hour((1, 1), (7, 0))):
            parsed(rates(made, check))


class TestLane:
    def test_marks_each_run_of_one_check(self):
        made = hour((1, 1), (1, 0), (1, 1), (1, 1), breaching=["a"])
        marks = drawn(chart.lane(made, HOUR, "a"), kind="mark")
        assert [percent(one.get("width")) for one in marks] == pytest.approx([100 / 30, 200 / 30], abs=0.01)
        assert percent(marks[-1].get("x")) + percent(marks[-1].get("width")) == pytest.approx(100, abs=0.01)

    def test_is_said_beside_it(self):
        assert parsed(chart.lane([], HOUR, "a")).get("aria-hidden") == "true"


class TestBullet:
    def places(self, check):
        svg = chart.bullet(check)
        return {
            name: percent(found[0].get("x1"))
            for name in ("at-warn", "at-fail", "needle")
            if (found := drawn(svg, kind=name))
        }

    def test_value_beyond_its_limits(self):
        found = self.places(CHECK)
        assert found["at-warn"] < found["at-fail"] < found["needle"] < 100
        assert found["at-fail"] == pytest.approx(5 * found["at-warn"], abs=0.05)

    def test_value_within_its_limits(self):
        found = self.places(CHECK._replace(value=0.5, ci95=()))
        assert found["needle"] < found["at-warn"] < found["at-fail"]

    def test_zones_lie_on_the_side_that_is_worse(self):
        up = drawn(chart.bullet(CHECK), kind="zone-fail")[0]
        down = drawn(chart.bullet(CHECK._replace(operator="<")), kind="zone-fail")[0]
        assert percent(up.get("x")) + percent(up.get("width")) == pytest.approx(100, abs=0.01)
        assert percent(down.get("x")) == 0

    def test_below_zero(self):
        found = self.places(CHECK._replace(value=-34.2, warn=25, fail=0, operator="<", ci95=()))
        assert 0 < found["needle"] < found["at-fail"] < found["at-warn"] < 100

    def test_the_confidence_interval(self):
        assert len(drawn(chart.bullet(CHECK), kind="whisker")) == 3
        assert drawn(chart.bullet(CHECK._replace(ci95=())), kind="whisker") == []

    def test_no_limit_no_tick(self):
        assert set(self.places(CHECK._replace(fail=None))) == {"at-warn", "needle"}

    def test_no_value_no_bar(self):
        assert chart.bullet(CHECK._replace(value=None)) == ""

    numbers = st.none() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False)

    @given(numbers, numbers, numbers, st.sampled_from("<>"))
    @quick
    def test_any_numbers_stay_in_the_bar(self, value, warn, fail, operator):
        svg = chart.bullet(CHECK._replace(value=value, warn=warn, fail=fail, operator=operator))
        for one in parsed(svg or "<svg/>").iter("line"):
            assert 0 <= percent(one.get("x1")) <= percent(one.get("x2")) <= 100

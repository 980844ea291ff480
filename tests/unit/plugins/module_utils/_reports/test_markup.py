# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pieces of markup for the HTML report: what people read, and that nothing from outside is more than text."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.checks import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import markup
from tests.unit.plugins.module_utils.made import T0, iso, quick

any_text = st.text(st.characters(exclude_categories=()))


class TestInert:
    def test_keeps_what_people_write(self):
        assert markup.inert("Zürich Büro 5 東京 \U0001f4a5 אבג") == "Zürich Büro 5 東京 \U0001f4a5 אבג"

    @pytest.mark.parametrize(
        "harmful", ["\u202e", "\u2066", "\u200f", "\u200b", "\x00", "\x1b", "\n", "\r", "\t", "\x7f", "\x85", "\u2028"]
    )
    def test_replaces_what_hides_or_reorders(self, harmful):
        assert markup.inert(f"a{harmful}b") == "a\ufffdb"

    @pytest.mark.parametrize("none", ["\ud800", "\ufffe", "\uffff", "\ufdd0", "\U0001fffe"])
    def test_replaces_what_is_no_character(self, none):
        assert markup.inert(f"a{none}b") == "a\ufffdb"

    def test_cuts_and_says_so(self):
        assert markup.inert("x" * 500) == "x" * 500
        assert markup.inert("x" * 501) == "x" * 499 + "\u2026"

    @given(any_text)
    @quick
    def test_can_always_be_written(self, text):
        markup.inert(text).encode("utf-8")


class TestEscaped:
    def test_escapes_for_attributes_too(self):
        assert markup.escaped("<b a='1' c=\"2\">&amp;") == "&lt;b a=&#x27;1&#x27; c=&quot;2&quot;&gt;&amp;amp;"

    def test_cuts_before_it_escapes(self):
        assert markup.escaped("<<<<", 3) == "&lt;&lt;\u2026"

    @given(any_text)
    @quick
    def test_is_the_same_text_for_a_parser(self, text):
        made = ElementTree.fromstring(f'<a b="{markup.escaped(text)}">{markup.escaped(text)}</a>')
        assert (made.text or "") == made.get("b") == markup.inert(text)


class TestReal:
    @pytest.mark.parametrize("none", [None, True, "5", [], math.nan])
    def test_no_number(self, none):
        assert markup.real(none) is None

    @pytest.mark.parametrize(
        ("value", "found"), [(5, 5.0), (-0.5, -0.5), (10**400, 1e18), (-math.inf, -1e18), (math.inf, 1e18)]
    )
    def test_is_bounded(self, value, found):
        assert markup.real(value) == found


class TestAmount:
    @pytest.mark.parametrize(
        ("value", "unit", "limits", "text"),
        [
            (7.097, "percent", (1, 5), "7.1%"),
            (5.04, "percent", (1, 5), "5.04%"),
            (1.04, "percent", (1, 5), "1.04%"),
            (15.2, "times", (), "15.2x"),
            (1.5, "points", (None, 1), "1.5 points"),
            (4213, "requests", (), "4213 requests"),
            (0.5, "number", (), "0.5"),
            (-34.2, "percent", (25, 0), "-34.2%"),
            (0, "", (), "0"),
            (None, "percent", (1, 5), "none"),
            ("<b>", "", (), "&lt;b&gt;"),
            (10**15, "", (), "1e+15"),
            (10**400, "", (), "over 1e+18"),
            (-(10**400), "", (), "under -1e+18"),
            (5, "percent", (10**400, math.nan), "5%"),
        ],
    )
    def test_reads(self, value, unit, limits, text):
        assert markup.amount(value, unit, *limits) == text


class TestPrecise:
    @pytest.mark.parametrize(
        ("value", "unit", "text"),
        [
            (0.05, "percent", "0.05%"),
            (5.0, "percent", "5%"),
            (14.45, "times", "14.45x"),
            (None, "percent", "none"),
            ("<b>", "", "&lt;b&gt;"),
            (10**400, "", "over 1e+18"),
        ],
    )
    def test_reads(self, value, unit, text):
        assert markup.precise(value, unit) == text


class TestMoment:
    @pytest.mark.parametrize(
        ("text", "found"), [(iso(T0), T0), ("soon", None), (None, None), (7, None), ("9999-01-01T00:00:00Z", None)]
    )
    def test_reads(self, text, found):
        assert markup.moment(text) == found


class TestClock:
    @pytest.mark.parametrize(
        ("seconds", "width", "text"), [(T0, 120, "13:00Z"), (T0 + 5, 120, "13:00:05Z"), (T0, 0.5, "13:00:00Z")]
    )
    def test_reads(self, seconds, width, text):
        assert markup.clock(seconds, width) == text


class TestNamed:
    def test_is_isolated_and_escaped(self):
        assert markup.named("a<b\u202e") == "<bdi>a&lt;b\ufffd</bdi>"


class TestChip:
    @pytest.mark.parametrize("status", STATUSES)
    def test_a_status_has_a_word_and_a_symbol(self, status):
        made = ElementTree.fromstring(markup.chip(status))
        assert "".join(made.itertext()) == status
        assert [use.get("href") for use in made.findall("svg/use")] == [f"#s-{status}"]

    @pytest.mark.parametrize("none", ["<b>", "", None, 5, "PASS"])
    def test_what_is_no_status_is_text(self, none):
        made = ElementTree.fromstring(markup.chip(none))
        assert (made.tag, made.text or "") == ("bdi", str(none))


class TestWhen:
    def test_a_time(self):
        assert markup.when(iso(T0)) == '<time datetime="2026-05-04T13:00:00Z">2026-05-04 13:00:00Z</time>'

    def test_what_is_no_time_is_text(self):
        assert markup.when("<soon>") == "&lt;soon&gt;"


class TestClockOf:
    def test_a_time(self):
        assert markup.clock_of(iso(T0)) == "13:00Z"

    @given(any_text)
    @quick
    def test_is_whole_whatever_comes(self, text):
        ElementTree.fromstring(f"<a>{markup.clock_of(text)}</a>")


class TestPlural:
    @pytest.mark.parametrize(("count", "text"), [(0, "0 polls"), (1, "1 poll"), (2, "2 polls"), (None, "none polls")])
    def test_counts(self, count, text):
        assert markup.plural(count, "poll") == text


class TestFacts:
    def test_leaves_out_what_says_nothing(self):
        assert markup.facts([("A", "1"), ("B", "")]) == '<dl class="inline"><div><dt>A</dt><dd>1</dd></div></dl>'

    def test_nothing(self):
        assert markup.facts([("A", "")]) == ""


class TestTable:
    def test_scrolls_in_its_own_place(self):
        made = ElementTree.fromstring(markup.table("Label", ("A", "B"), [("1", "2"), ("3", "4")], "kind"))
        assert made.attrib == {"class": "scroll", "role": "region", "tabindex": "0", "aria-label": "Label"}
        assert [table.get("class") for table in made.findall("table")] == ["kind"]
        assert [[cell.text for cell in row] for row in made.iter("tr")] == [["A", "B"], ["1", "2"], ["3", "4"]]
        assert [one.get("scope") for one in made.iter("th")] == ["col", "col", "row", "row"]


class TestDuration:
    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (130, "130 s"),
            (600, "600 s (10 min)"),
            (680, "680 s (11 min 20 s)"),
            (3600, "3600 s (1 h)"),
            (2592000, "2592000 s (720 h)"),
            (None, "none s"),
            (10**400, "over 1e+18 s"),
        ],
    )
    def test_reads(self, seconds, text):
        assert markup.duration(seconds) == text

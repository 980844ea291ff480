# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, times and texts as people read them in a report."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._reports import words
from tests.unit.plugins.module_utils.made import T0, iso, quick

pytestmark = pytest.mark.once


class TestCut:
    def test_a_cut_shows(self):
        assert words.cut("x" * 500) == "x" * 500
        assert words.cut("x" * 501) == "x" * 499 + "\u2026"
        assert words.cut("x" * 11, 10, "...") == "x" * 7 + "..."

    @given(st.text(), st.integers(5, 50))
    @quick
    def test_is_never_longer(self, text, most):
        assert len(words.cut(text, most)) <= most


class TestInert:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("server_error_percent 7.1% > 5%", "server_error_percent 7.1% > 5%"),
            ("\u00e9 \U0001f4a5 \u4e2d", "\u00e9 \U0001f4a5 \u4e2d"),
            ("a\x00\x08\x0b\x1f\x7f\x85\x9bb", "a???????b"),
            ("\ud800\udfff\ufffe\uffff\U0001fffe", "?????"),
            ("\u200e\u200f\u061c\u202a\u202e\u2066\u2069", "???????"),
            ("\u2028\u2029\ufeff\u200b", "????"),
            ("a\nb\tc", "a b c"),
            (None, "None"),
        ],
    )
    def test_replaces_what_could_hide_or_break(self, text, shown):
        assert words.inert(text) == shown

    @given(st.text())
    @quick
    def test_is_one_line_that_xml_permits(self, text):
        shown = words.inert(text)
        assert len(shown) == len(text)
        assert ET.fromstring(f"<a>{shown.replace('&', '').replace('<', '')}</a>").tag == "a"
        assert shown.splitlines() in ([], [shown])
        assert words.inert(shown) == shown


class TestReal:
    @pytest.mark.parametrize("none", [None, True, "5", [], math.nan])
    def test_no_number(self, none):
        assert words.real(none) is None

    @pytest.mark.parametrize(
        ("value", "found"), [(5, 5.0), (-0.5, -0.5), (10**400, 1e18), (-math.inf, -1e18), (math.inf, 1e18)]
    )
    def test_is_bounded(self, value, found):
        assert words.real(value) == found


class TestAmount:
    @pytest.mark.parametrize(
        ("value", "unit", "limits", "text"),
        [
            (7.097, "percent", (1, 5), "7.1%"),
            (5.04, "percent", (1, 5), "5.04%"),
            (1.04, "percent", (1, 5), "1.04%"),
            (15.2, "times", (), "15.2x"),
            (1.5, "points", (None, 1), "1.5 points"),
            (4213, "requests", (), "4,213 requests"),
            (0.5, "number", (), "0.5"),
            (-34.2, "percent", (25, 0), "-34.2%"),
            (0, "", (), "0"),
            (None, "percent", (1, 5), "none"),
            ("<b>", "", (), "<b>"),
            (10**15, "", (), "1e+15"),
            (10**400, "", (), "over 1e+18"),
            (-(10**400), "", (), "under -1e+18"),
            (5, "percent", (10**400, math.nan), "5%"),
        ],
    )
    def test_reads(self, value, unit, limits, text):
        assert words.amount(value, unit, *limits) == text

    @given(st.floats(0.01, 1000), st.floats(-0.2, 0.2))
    @quick
    def test_is_on_its_side_of_a_limit(self, limit, apart):
        limit, value = round(limit, 4), round(limit + apart, 6)
        shown = float(words.amount(value, "", limit))
        assert (shown > limit, shown < limit) == (value > limit, value < limit)


class TestPrecise:
    @pytest.mark.parametrize(
        ("value", "unit", "text"),
        [
            (0.05, "percent", "0.05%"),
            (5.0, "percent", "5%"),
            (14.45, "times", "14.45x"),
            (None, "percent", "none"),
            ("<b>", "", "<b>"),
            (10**400, "", "over 1e+18"),
        ],
    )
    def test_reads(self, value, unit, text):
        assert words.precise(value, unit) == text


class TestPlural:
    @pytest.mark.parametrize(("count", "text"), [(0, "0 polls"), (1, "1 poll"), (2, "2 polls"), (None, "none polls")])
    def test_counts(self, count, text):
        assert words.plural(count, "poll") == text


class TestDuration:
    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (130, "130 s"),
            (600, "600 s (10 min)"),
            (680, "680 s (11 min 20 s)"),
            (3600, "3,600 s (1 h)"),
            (2592000, "2,592,000 s (720 h)"),
            (None, "none s"),
            (10**400, "over 1e+18 s"),
        ],
    )
    def test_reads(self, seconds, text):
        assert words.duration(seconds) == text


class TestMoment:
    @pytest.mark.parametrize(
        ("text", "found"), [(iso(T0), T0), ("soon", None), (None, None), (7, None), ("9999-01-01T00:00:00Z", None)]
    )
    def test_reads(self, text, found):
        assert words.moment(text) == found


class TestClock:
    @pytest.mark.parametrize(
        ("seconds", "width", "text"), [(T0, 120, "13:00Z"), (T0 + 5, 120, "13:00:05Z"), (T0, 0.5, "13:00:00Z")]
    )
    def test_reads(self, seconds, width, text):
        assert words.clock(seconds, width) == text


class TestClockOf:
    def test_a_time(self):
        assert words.clock_of(iso(T0)) == "13:00Z"

    @pytest.mark.parametrize("none", [None, "", "soon", 7])
    def test_what_is_no_time(self, none):
        assert words.clock_of(none) == "Z"

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts, numbers and times as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._text import (
    as_given,
    kind,
    number,
    plain,
    shown,
    span,
    whole,
)
from tests.unit.plugins.module_utils.made import (
    quick,
)


class TestPlain:
    def test_keeps_printable_ascii(self):
        text = "".join(map(chr, range(32, 127)))
        assert plain(text) == text

    @given(st.text())
    @quick
    def test_replaces_everything_else(self, text):
        assert len(plain(text)) == len(text)
        assert all(32 <= ord(character) < 127 for character in plain(text))

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("::error::a", ":?error::a"),
            ("a ::error file=b,line=1::c", "a :?error file=b,line=1::c"),
            ("::stop-commands::::add-mask::b", ":?stop-commands:::?add-mask::b"),
            ("##[error]a ##vso[b]c ##teamcity[d]", "#?[error]a #?vso[b]c #?teamcity[d]"),
            ("###[error]a", "##?[error]a"),
            ("::1 2001:db8::a ::ffff:127.0.0.1 a::b", "::1 2001:db8::a ::ffff:127.0.0.1 a::b"),
            ("## a heading, #1 and a[0]", "## a heading, #1 and a[0]"),
        ],
    )
    def test_gives_no_commands_to_the_runner_of_a_pipeline(self, text, shown):
        assert plain(text) == shown


class TestWhole:
    @given(st.text() | st.sampled_from(["a\ud800b", "\udcff"]))
    @quick
    def test_can_be_written_to_a_file(self, text):
        assert whole(text).encode() == text.encode("utf-8", "replace")


class TestKind:
    @pytest.mark.parametrize(
        ("value", "said"),
        [
            (None, "null or missing"),
            ({"a": "x" * 5000}, "an object"),
            (["x" * 5000], "a list"),
            ("x" * 5000, "text"),
            (True, "a boolean"),
            (200, "200"),
            (1.5, "1.5"),
            (10**300, "1" + "0" * 19),
        ],
    )
    def test_quotes_no_more_than_a_message_can_bear(self, value, said):
        assert kind(value) == said


class TestNumber:
    @pytest.mark.parametrize(
        ("value", "limit", "text"),
        [
            (7.097, 5, "7.1"),
            (7.0, 5, "7"),
            (0.0, 1, "0"),
            (0.57, None, "0.6"),
            (4213, None, "4213"),
            (4200, None, "4200"),
            (1e7, None, "10000000"),
            (5.04, 5, "5.04"),
            (5.0004, 5.0, "5.0004"),
            (5.04, None, "5"),
            (0.04, None, "0.04"),
            (0.0004, None, "0.0004"),
            (0.0004, 0, "0.0004"),
            (0.06, 0.05, "0.1"),
            (0.26, 0.25, "0.3"),
            (1.54, 1.52, "1.54"),
            (80.0004, 80, "80.0004"),
            (5, 5, "5"),
            (1e15, 10**15, "1000000000000000"),
            (999999999999999.9, 10**15, "999999999999999.9"),
            (-1e15, None, "-1000000000000000"),
            (1e15 + 2, 10**15, "1e+15"),
            (16666666666666666, 5, "1.67e+16"),
            (-1e27, None, "-1e+27"),
            (1e27, 100, "1e+27"),
            (10**30, None, "1e+30"),
            (1.7e308, 100, "1.7e+308"),
        ],
    )
    def test_writes_digits_until_they_differ(self, value, limit, text):
        assert number(value, limit) == text

    @given(
        limit=st.integers(0, 10000).map(lambda hundredths: hundredths / 100),
        bad=st.integers(0, 10**6),
        valid=st.integers(1, 10**6),
    )
    @quick
    def test_a_breach_reads_as_one(self, limit, bad, valid):
        value = 100 * min(bad, valid) / valid
        shown = Decimal(number(value, limit))
        assert (shown > Decimal(str(limit))) == (value > limit)
        assert (shown == 0) == (value == 0)

    @given(st.floats(0, 1e10))
    @quick
    def test_reads_back_as_about_the_same(self, value):
        shown = number(value)
        assert "e" not in shown.lower()
        assert float(shown) == pytest.approx(value, abs=0.05001)


class TestAsGiven:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            *((5, "5"), (5.0, "5"), (100.0, "100"), (0, "0"), (-0.0, "0"), (-12.5, "-12.5")),
            *((0.05, "0.05"), (14.4, "14.4"), (99.999, "99.999"), (1e-7, "0.0000001"), (1e15, "1000000000000000")),
            *((0.1 + 0.2, "0.3"), (1.1 * 3, "3.3"), (1 / 3, "0.333333333333333")),
        ],
    )
    def test_all_digits_and_no_more(self, value, text):
        assert as_given(value) == text

    @given(st.decimals(-1000, 1000, places=6))
    @quick
    def test_is_what_was_written(self, written):
        assert Decimal(as_given(float(written))) == written


class TestSpan:
    @pytest.mark.parametrize(
        ("first", "last", "text"),
        [
            ("2026-05-04T13:46:00Z", "2026-05-04T14:00:00Z", "13:46-14:00Z"),
            ("2026-05-04T23:46:00Z", "2026-05-05T00:10:00Z", "05-04 23:46 - 05-05 00:10Z"),
        ],
    )
    def test_names_the_days_where_they_differ(self, first, last, text):
        assert span(first, last) == text


class TestShown:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("a\nb", r"'a\nb'"),
            (1.5, "1.5"),
            (["a"], "['a']"),
            ("x" * 100, "'" + "x" * 56 + "..."),
            ("x" * 58, f"'{'x' * 58}'"),
        ],
    )
    def test_one_line_cut(self, value, text):
        assert shown(value) == text

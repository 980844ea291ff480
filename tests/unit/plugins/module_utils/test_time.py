# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Points in time, read and written."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._time import (
    parse_http_date,
    parse_iso,
    parse_time,
    tidy,
    to_clock,
    to_iso,
)
from tests.unit.plugins.module_utils.made import NOW, iso, quick

NOVEMBER = 1793491200  # 2026-11-01T00:00:00Z


class TestParseIso:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("2026-11-01T00:00:00Z", NOVEMBER),
            ("2026-11-01t00:00:00z", NOVEMBER),
            ("2026-11-01 00:00:00+00:00", NOVEMBER),
            ("2026-11-01 00:00:00 +00:00", NOVEMBER),
            ("2026-11-01T00:00Z", NOVEMBER),
            ("2026-11-01T02:00:00+02:00", NOVEMBER),
            ("2026-11-01T02:00:00+0200", NOVEMBER),
            ("2026-11-01T02:00:00+02", NOVEMBER),
            ("2026-10-31T18:30:00-05:30", NOVEMBER),
            ("2026-11-01T00:00:00-00:00", NOVEMBER),
            ("2026-11-01T00:00:00.5Z", NOVEMBER + 0.5),
            ("2026-11-01T00:00:00,25Z", NOVEMBER + 0.25),
            ("2026-11-01T00:00:00.000000Z", NOVEMBER),
            ("2026-11-01T00:00:00.123456789Z", NOVEMBER + 0.123456789),
            ("2026-11-01T00:00:00.1234567890123456789Z", NOVEMBER + 0.1234567890123456789),
            ("2024-02-29T23:59:59Z", 1709251199),
        ],
    )
    def test_reads(self, text, seconds):
        assert parse_iso(text) == pytest.approx(seconds, abs=1e-6)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Z",
            "now",
            "2026-11-01",
            "2026-11-01T00:00:00",
            "2026-11-01 00:00:00",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-01T24:00:00Z",
            "2026-11-01T00:60:00Z",
            "2026-11-01T00:00:00.Z",
            "2026-11-01T00:00:00Z ",
            "2026-11-01T00:00:00Z\n",
            "x2026-11-01T00:00:00Z",
            "26-11-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "3000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "\u0662\u0660\u0662\u0666-11-01T00:00:00Z",
        ],
    )
    def test_refuses(self, text):
        with pytest.raises(ValueError, match="."):
            parse_iso(text)

    @given(
        moment=st.datetimes(datetime(1971, 1, 2), datetime(2500, 1, 1)),
        offset=st.integers(-23 * 60, 23 * 60),
    )
    @quick
    def test_any_offset_is_the_same_moment(self, moment, offset):
        aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
        assert parse_iso(aware.isoformat()) == pytest.approx(aware.timestamp(), abs=1e-5)

    @given(st.text(st.sampled_from("0123456789"), min_size=1, max_size=40))
    @quick
    def test_a_fraction_may_have_any_length(self, digits):
        assert parse_iso(f"2026-11-01T00:00:00.{digits}Z") - NOVEMBER == pytest.approx(float("0." + digits), abs=1e-6)

    @given(st.text(st.sampled_from("0123456789-:TZ+. \u0663")) | st.text())
    @quick
    def test_any_text_is_a_time_or_a_value_error(self, text):
        with suppress(ValueError):
            assert to_iso(parse_iso(text))


class TestParseTime:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("2026-11-01T00:00:00Z", NOVEMBER),
            ("2026-11-01 00:00:00+00:00", NOVEMBER),
            ("  2026-11-01T00:00:00Z\n", NOVEMBER),
            ("1793491200", NOVEMBER),
            ("1793491200.5", NOVEMBER + 0.5),
            ("999999999", 999999999),
            ("now", NOW),
            ("-90s", NOW - 90),
            ("-2h", NOW - 7200),
            ("- 2 h", NOW - 7200),
            ("now-2h", NOW - 7200),
            ("now - 30m", NOW - 1800),
            ("-1.5d", NOW - 129600),
            ("-1w", NOW - 604800),
        ],
    )
    def test_reads(self, text, seconds):
        assert parse_time(text, NOW) == seconds

    @pytest.mark.parametrize(
        "text",
        ["2026-11-01", "2026-11-01T00:00:00", "2026-11-01 00:00:00", "2026-11-01T00:00", "2026-11-01T00:00:00.123"],
    )
    def test_refuses_a_time_without_a_zone_and_says_so(self, text):
        with pytest.raises(ValueError, match=r"has no time zone: add Z"):
            parse_time(text, NOW)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "-",
            "2h",
            "+2h",
            "now+2h",
            "-2",
            "-2y",
            "-h",
            "yesterday",
            "nan",
            "inf",
            "1e9",
            "-1793491200",
            "17934912000000",
            "12",
            "2026-13-01T00:00:00Z",
            "-99999999999w",
            "-60000d",
            "now-" + 400 * "9" + "s",
        ],
    )
    def test_refuses(self, text):
        with pytest.raises(ValueError, match="."):
            parse_time(text, NOW)

    def test_shows_the_forms_there_are(self):
        with pytest.raises(ValueError, match=r"'tomorrow' is not a time; give ISO 8601 .*-2h"):
            parse_time("tomorrow", NOW)

    @given(st.text(st.sampled_from("0123456789-.nowsmhdZT: ")) | st.text())
    @quick
    def test_any_text_is_a_time_that_can_be_written_or_a_value_error(self, text):
        with suppress(ValueError):
            assert to_iso(parse_time(text, NOW)).endswith("Z")


class TestParseHttpDate:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("Sun, 01 Nov 2026 00:00:00 GMT", NOVEMBER),
            ("Sun, 01 Nov 2026 00:00:00 -0000", NOVEMBER),
            ("Sun, 01 Nov 2026 02:00:00 +0200", NOVEMBER),
            ("Sunday, 01-Nov-26 00:00:00 GMT", NOVEMBER),
            ("Sun Nov  1 00:00:00 2026", NOVEMBER),
        ],
    )
    def test_reads(self, text, seconds, monkeypatch):
        monkeypatch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        try:
            assert parse_http_date(text) == seconds
        finally:
            monkeypatch.undo()
            time.tzset()

    @pytest.mark.parametrize(
        "text", ["", "0", "soon", "Sun, 99 Foo 2026 25:61:61 GMT", "Fri, 31 Dec 99999 23:59:59 GMT"]
    )
    def test_is_none_of(self, text):
        assert parse_http_date(text) is None


class TestToIso:
    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (NOVEMBER, "2026-11-01T00:00:00Z"),
            (float(NOVEMBER), "2026-11-01T00:00:00Z"),
            (NOVEMBER + 0.5, "2026-11-01T00:00:00.500000Z"),
            (NOVEMBER + 0.9999999, "2026-11-01T00:00:01Z"),
            (0, "1970-01-01T00:00:00Z"),
        ],
    )
    def test_writes(self, seconds, text):
        assert to_iso(seconds) == text

    @given(st.integers(40_000_000_000_000, 9_000_000_000_000_000))
    @quick
    def test_what_was_written_reads_back(self, microseconds):
        text = iso(microseconds / 1_000_000)
        assert to_iso(parse_iso(text)) == text
        assert parse_iso(to_iso(parse_iso(text))) == parse_iso(text)


class TestToClock:
    def test_writes_hours_and_minutes(self):
        assert [to_clock(NOVEMBER + 59.9), to_clock(NOVEMBER + 46000)] == ["00:00", "12:46"]


class TestTidy:
    @pytest.mark.parametrize(
        ("seconds", "shown"), [(120.0, "120"), (120, "120"), (0.5, "0.5"), (1 / 3, "0.333333"), (0.0, "0")]
    )
    def test_shows_whole_numbers_as_such(self, seconds, shown):
        assert repr(tidy(seconds)) == shown

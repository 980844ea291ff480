# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table for spreadsheets: what is in it, that any reader reads the same, and that nothing in it is evaluated."""

from __future__ import annotations

import csv as _csv
import io

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.csv import COLUMNS, csv
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.words import inert
from tests.unit.plugins.module_utils._reports.fleets import BACKUP, called, client, fleet, limited, verdict_of
from tests.unit.plugins.module_utils.hostile import HOSTILE, spoilt
from tests.unit.plugins.module_utils.made import judged, quick, rate, spread, the, unread, verdict

pytestmark = pytest.mark.once


def read(made):
    """The lines by the names of the columns, as a strict reader of RFC 4180 reads them."""
    text = csv(view.of(made))
    assert text.count("\n") == text.count("\r\n") == len(made["organizations"]) + 1
    head, *lines = _csv.reader(io.StringIO(text, newline=""), strict=True)
    assert tuple(head) == COLUMNS
    assert {len(line) for line in lines} <= {len(head)}
    return [dict(zip(head, line, strict=True)) for line in lines]


class TestCsv:
    def test_the_columns(self):
        made = view.of(verdict([judged(rate(0, 900))]))
        assert csv(made).splitlines()[0] == (
            "organization_id,organization_name,status,gate,cause,worst_check,value,limit,since,message,next_step,culprit"
        )

    def test_a_line_for_each_worst_first(self):
        made = verdict_of(
            judged(rate(0, 900), "1"),
            called(judged(spread(60, 6000, (60, 240, 10))), "2", "Branch Berlin"),
            unread("3"),
            judged(rate(11, 900), "4"),
        )
        by_id = {one["organization_id"]: one for one in made["organizations"]}

        def told(name, **given):
            one = by_id[name]
            rest = {"organization_id": name, "organization_name": "", "next_step": one["next_step"]}
            return {**dict.fromkeys(COLUMNS, ""), **rest, **given}

        worst = {name: the(one) for name, one in by_id.items()}
        assert read(made) == [
            told(
                "2",
                organization_name="Branch Berlin",
                status="fail",
                gate="closed",
                cause="sudden",
                worst_check="server_error_percent",
                value="25.0",
                limit="5.0",
                since=worst["2"]["first_breach"],
                message=worst["2"]["message"],
            ),
            told(
                "3",
                status="error",
                gate="closed",
                cause="read_failed",
                worst_check="server_error_percent",
                limit="1.0",
                message=worst["3"]["message"],
            ),
            told(
                "4",
                status="warn",
                gate="open",
                cause="threshold",
                worst_check="server_error_percent",
                value="1.222",
                limit="1.0",
                since="2026-05-04T13:58:00Z",
                message=worst["4"]["message"],
            ),
            told("1", status="pass", gate="open"),
        ]

    def test_one_that_was_open_at_one_poll_only(self):
        made = verdict_of(judged(rate(0, 900)), unconfirmed=("549236",))
        (line,) = read(made)
        assert (line["status"], line["gate"], line["cause"], line["worst_check"]) == (
            "pass",
            "closed",
            "unconfirmed",
            "",
        )

    def test_the_culprit(self):
        made = verdict_of(
            limited(client(), organization_id="1"), limited(organization_id="2"), judged(rate(0, 900), "3")
        )
        assert {line["organization_id"]: line["culprit"] for line in read(made)} == {"1": BACKUP, "2": "", "3": ""}

    @pytest.mark.parametrize("text", [*HOSTILE[:-1], "=1+1", "x" * 300])
    def test_a_hostile_culprit_is_text(self, text):
        (line,) = read(verdict_of(limited(client(text))))
        assert line["culprit"] == "'" * text.startswith(("=", "@")) + inert(text)

    def test_every_organization_has_its_line(self):
        lines = read(fleet(3, 3, 3, 3, 3, 3))
        assert len({line["organization_id"] for line in lines}) == 18
        assert [line["gate"] for line in lines] == ["closed"] * 9 + ["open"] * 9

    @pytest.mark.parametrize(
        "text",
        [
            "=cmd|' /C calc'!A0",
            "+1+1",
            "-2+3",
            "@SUM(1)",
            "\t=1+1",
            "\n=1+1",
            " =1+1",
            "\uff1d1+1",
            "\uff0b1",
            "\uff0d1",
            "\uff20A1",
            '=HYPERLINK("http://x.example")',
        ],
    )
    def test_no_cell_is_a_formula(self, text):
        (line,) = read(spoilt(verdict([judged(rate(90, 900))]), [text]))
        for name in ("organization_id", "organization_name", "worst_check", "message", "next_step"):
            assert line[name] == f"'{inert(text)}"

    @pytest.mark.parametrize("text", ["\r=1+1", "\x00=1+1"])
    def test_what_controls_is_replaced(self, text):
        (line,) = read(spoilt(verdict([judged(rate(90, 900))]), [text]))
        assert line["organization_name"] == "?=1+1"

    def test_a_negative_number_stays_a_number(self):
        one = judged(rate(90, 900))
        the(one).update(value=-34.2, fail=-1.0)
        (line,) = read(verdict([one], spoilt=True))
        assert (line["value"], line["limit"]) == ("-34.2", "-1.0")

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_texts_are_text(self, text):
        lines = read(spoilt(verdict([judged(rate(90, 900)), unread("2")]), [text]))
        shown = inert(text)
        assert {line["organization_name"].removeprefix("'") for line in lines} == {shown}
        assert all(line["message"].removeprefix("'") == shown for line in lines)

    @given(st.lists(st.text(st.characters(exclude_categories=())), min_size=1, max_size=9))
    @quick
    def test_any_text_stays_in_its_cell(self, texts):
        made = spoilt(verdict([judged(rate(90, 900)), unread("2")]), texts)
        csv(view.of(made)).encode()
        for line in read(made):
            for name in ("organization_id", "organization_name", "message", "next_step"):
                assert not line[name].lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several organizations on a page: how they are called, what fits into a row, and whose details fit onto the page."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._reports import fleet, view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.markup import Html
from tests.unit.plugins.module_utils._reports.fleets import called, verdict_of
from tests.unit.plugins.module_utils.made import judged, rate, unread

pytestmark = pytest.mark.once


def viewed(name=None, organization_id="549236"):
    return view.organization(called(judged(rate(90, 900)), organization_id, name))


def said(markup):
    return "".join(ElementTree.fromstring(f"<x>{markup}</x>").itertext())


class TestWho:
    @pytest.mark.parametrize(
        ("name", "markup"),
        [
            ("Branch <Berlin>", "<bdi>Branch &lt;Berlin&gt;</bdi> (<bdi>549236</bdi>)"),
            (None, "<bdi>549236</bdi>"),
        ],
    )
    def test_each_is_isolated(self, name, markup):
        assert fleet.who(viewed(name)) == markup

    def test_long_ones_are_cut(self):
        assert said(fleet.who(viewed("n" * 200, "1" * 200))) == f"{'n' * 119}\u2026 ({'1' * 59}\u2026)"
        assert said(fleet.who(viewed(None, "1" * 200))) == f"{'1' * 119}\u2026"
        assert said(fleet.who(viewed("n" * 200, "1" * 200), 10)) == f"{'n' * 9}\u2026 ({'1' * 9}\u2026)"


class TestLink:
    def test_only_to_what_is_there(self):
        assert fleet.link(viewed(), [1]) == '<a href="#o1"><bdi>549236</bdi></a>'
        assert fleet.link(viewed(), [2]) == "<bdi>549236</bdi>"


class TestTable:
    @pytest.mark.parametrize("text", ["x", '"' * 5000, "\U0001f4a5" * 5000, "&" * 5000, "\u202e" * 5000])
    def test_a_row_is_bounded(self, text):
        made = verdict_of(called(judged(rate(90, 900)), text, text), called(unread(message=text), "2", text))
        rows = fleet.table(view.of(made), [1, 2]).partition("<tbody>")[2].partition("</tbody>")[0].splitlines()
        assert len(rows) == 2
        assert all(len(row.encode()) <= 900 for row in rows)

    def test_a_name_stays_whole_longer_than_a_message(self):
        name = "\U0001f4a5" * 120
        made = view.of(verdict_of(called(unread(message="m" * 300), "123456789012345678", name), judged(rate(90, 900))))
        markup = fleet.table(made, [1, 2])
        assert name in markup
        assert "m" * 69 + "\u2026" in markup
        assert "m" * 70 not in markup


class TestDetails:
    """Which organizations a page has details of, in full or short."""

    ALL = tuple(view.organization(judged(rate(90, 900), str(place)), place + 1) for place in range(10))

    @staticmethod
    def fitting(room, full=100, short=10):
        def made(kind, length):
            return lambda one: Html(f"{kind}{one.rank}".ljust(length))

        found = fleet.details(TestDetails.ALL, room, made("full", full), made("short", short))
        assert found.full + found.short == len(found.parts)
        assert sum(map(len, found.parts)) <= max(room, 0)
        ranks = [int(part.strip().removeprefix("full").removeprefix("short")) for part in found.parts]
        assert ranks == list(range(1, len(ranks) + 1))
        assert [part.startswith("full") for part in found.parts] == [True] * found.full + [False] * found.short
        return found.full, found.short

    @pytest.mark.parametrize(
        ("room", "fitting"),
        [
            (-1, (0, 0)),
            (0, (0, 0)),
            (9, (0, 0)),
            (10, (0, 1)),
            (100, (0, 10)),
            # All short ones, and the rest for full ones.
            (199, (0, 10)),
            (200, (1, 9)),
            (300, (2, 8)),
            (1000, (9, 1)),
            (1100, (10, 0)),
            (10**6, (10, 0)),
        ],
    )
    def test_short_ones_of_all_come_before_full_ones(self, room, fitting):
        assert self.fitting(room) == fitting

    def test_but_a_third_is_for_full_ones(self):
        assert self.fitting(360, full=100, short=90) == (1, 2)
        assert self.fitting(300, full=100, short=90) == (1, 2)
        assert self.fitting(290, full=100, short=90) == (0, 3)

    def test_bytes_are_counted(self):
        wide = fleet.details(self.ALL, 100, lambda one: Html("\u4e2d" * 30), lambda one: Html("\u4e2d" * 20))
        assert (wide.full, wide.short) == (0, 1)

    def test_what_does_not_fit_is_not_made(self):
        made = []

        def short(one):
            made.append(one.rank)
            return Html("x" * 50)

        fleet.details(self.ALL, 100, short, short)
        assert len(made) < 6

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The builders of markup: nothing that they are given is more than text, and what they make is well-formed."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import markup
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.markup import NOTHING, element, text
from tests.unit.plugins.module_utils.made import T0, iso, quick

pytestmark = pytest.mark.once

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


class TestText:
    def test_escapes(self):
        assert text("<b a='1' c=\"2\">&amp;") == "&lt;b a=&#x27;1&#x27; c=&quot;2&quot;&gt;&amp;amp;"

    def test_cuts_before_it_escapes(self):
        assert text("<<<<", 3) == "&lt;&lt;\u2026"

    @pytest.mark.parametrize("other", [None, 5, True, ["<"]])
    def test_what_is_no_text_after_all(self, other):
        assert ElementTree.fromstring(element("a", text(other))).text == str(other)

    @given(any_text)
    @quick
    def test_is_the_same_text_for_a_parser(self, given):
        assert (ElementTree.fromstring(element("a", text(given))).text or "") == markup.inert(given)


class TestElement:
    @pytest.mark.parametrize(
        ("made", "shown"),
        [
            (element("rect", x=1, y="2%"), '<rect x="1" y="2%"/>'),
            (element("td", NOTHING), "<td></td>"),
            (element("p", text("a&"), element("b", text("c"))), "<p>a&amp;<b>c</b></p>"),
            (element("p", NOTHING, class_="k", aria_label="l", id=None), '<p class="k" aria-label="l"></p>'),
        ],
    )
    def test_makes(self, made, shown):
        assert made == shown

    @given(any_text)
    @quick
    def test_an_attribute_is_the_same_text_for_a_parser(self, given):
        root = ElementTree.fromstring(element("a", title=given, id="x"))
        assert root.attrib == {"title": markup.inert(given, len(given)), "id": "x"}


class TestBlock:
    def test_a_line_for_each_part_that_is_something(self):
        parts = (element("b", text("1")), NOTHING, element("b", text("2")))
        assert markup.block("p", *parts, id="x") == '<p id="x">\n<b>1</b>\n<b>2</b>\n</p>'

    def test_nothing(self):
        assert markup.block("p", NOTHING) == "<p>\n</p>"


class TestJoin:
    def test_escapes_what_is_between(self):
        assert markup.join([text("a"), text("<"), NOTHING], " & ") == "a &amp; &lt; &amp; "


class TestLines:
    def test_leaves_out_what_is_nothing(self):
        assert markup.lines([text("a"), NOTHING, text("b")]) == "a\nb"


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


class TestFacts:
    def test_leaves_out_what_says_nothing(self):
        root = ElementTree.fromstring(markup.facts([("A<", text("1<")), ("B", NOTHING)]))
        assert (root.tag, root.attrib) == ("dl", {"class": "inline"})
        assert [[(part.tag, part.text) for part in row] for row in root] == [[("dt", "A<"), ("dd", "1<")]]

    def test_nothing(self):
        assert markup.facts([("A", NOTHING)]) == ""


class TestTable:
    def test_scrolls_in_its_own_place(self):
        rows = [(text("1"), text("<2")), (text("3"), NOTHING)]
        made = ElementTree.fromstring(markup.table("A<", ("A", "B<"), rows, "kind"))
        assert made.attrib == {"class": "scroll", "role": "region", "tabindex": "0", "aria-label": "A<"}
        assert [table.get("class") for table in made.findall("table")] == ["kind"]
        assert [[cell.text for cell in row] for row in made.iter("tr")] == [["A", "B<"], ["1", "<2"], ["3", None]]
        assert [one.get("scope") for one in made.iter("th")] == ["col", "col", "row", "row"]

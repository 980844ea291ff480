# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as Markdown, read by a parser and by GitHub's rule for cells."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, strategies as st
from markdown_it import MarkdownIt

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import VERSION
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import markdown as _markdown, view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.markdown import code
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.words import cut, inert
from tests.unit.plugins.module_utils._reports.fleets import BACKUP, called, client, fleet, limited, verdict_of
from tests.unit.plugins.module_utils.hostile import HOSTILE, spoilt
from tests.unit.plugins.module_utils.made import (
    a_thousand,
    answer,
    judged,
    quick,
    rate,
    the,
    unread,
    verdict,
    whole,
)

pytestmark = pytest.mark.once


def markdown(made, *given):
    return _markdown.markdown(view.of(made), *given)


READER = MarkdownIt("commonmark", {"html": True}).enable("table")
LIMIT = 900 * 1024


ONE = verdict([judged(rate(90, 900))])
UNREAD = verdict([unread(errors=["No access"], request_id="abc")])
SEVERAL = verdict_of(
    judged(rate(0, 900)), called(judged(rate(90, 900)), "2", "Branch Two"), unread("3"), judged(rate(0, 40), "4")
)


def types(text):
    """What a reader makes of it: the types of all tokens, block and inline, in order."""
    found = []
    for token in READER.parse(text):
        found += [token.type, *(f"{token.type}: {inline.type}" for inline in token.children or ())]
    return found


def spans(text):
    """Every code span that a reader sees."""
    return [one.content for token in READER.parse(text) for one in token.children or () if one.type == "code_inline"]


def cells(line):
    """A row as GitHub splits it, which is not quite what the parser does."""
    mark = r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"
    inner = line.strip().removeprefix("|")
    found = re.findall(rf"((?:\\{mark}|\\(?!{mark})|[^|\\])*)\|", inner)
    assert "".join(f"{one}|" for one in found) == inner
    return [one.strip() for one in found]


def tables(text):
    """Every table as rows of cells, the head first; all rows are as long as it."""
    lines = text.split("\n")
    for token in READER.parse(text):
        if token.type == "table_open":
            first, behind = token.map or (0, 0)
            table = [cells(line) for line in lines[first:behind]]
            assert {len(row) for row in table} == {len(table[0])}
            assert set(table[1]) == {"---"}
            yield [table[0], *table[2:]]


HARMLESS = [
    (types(text), [*map(len, tables(text))])
    for text in (markdown(spoilt(made, ["x"])) for made in (ONE, UNREAD, SEVERAL))
]


def bare(text):
    """Without what stands before a bar, where one backslash more may be shown."""
    return re.sub(r"\\+\|", "|", text)


class Tags(HTMLParser):
    """The tags that a piece of HTML opens and closes, and its text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")

    def handle_data(self, data):
        self.text += data


class TestCode:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("549236", "`549236`"),
            ("a`b", "``a`b``"),
            ("`a``b", "``` `a``b ```"),
            (" a", "`  a `"),
            ("  ", "`  `"),
            ("a|b", "`a|b`"),
            ("<b>@x #1", "`<b>@x #1`"),
            ("a\nb", "`a b`"),
            ("", ""),
        ],
    )
    def test_is_a_span(self, text, shown):
        assert code(text) == shown

    def test_a_cut_shows(self):
        assert code("x" * 301) == f"`{'x' * 297}...`"
        assert code("x" * 300) == f"`{'x' * 300}`"
        assert code("x" * 301, 400) == f"`{'x' * 301}`"

    @given(st.text(min_size=1, max_size=300))
    @quick
    def test_reads_back_as_the_same(self, text):
        assert spans(f"a {code(text)} b") == [inert(text)]
        assert types(f"a {code(text)} b") == types("a `b` c")


class TestText:
    @given(st.text("aZ \\`*_{}[]()<>#+-.!|~&@:/'\"$%^=?,;", min_size=1))
    @quick
    def test_reads_back_as_the_same(self, words):
        line = _markdown.join([_markdown.text("a"), _markdown.text(words), _markdown.text("b")], " ")
        (token,) = [one for one in READER.parse(line) if one.type == "inline"]
        assert {one.type for one in token.children or ()} <= {"text", "text_special"}
        assert "".join(one.content for one in token.children or ()) == f"a {words} b"

    def test_what_stands_out(self):
        assert _markdown.strong("a*b") == "**a\\*b**"


class TestMarkdown:
    def test_one_organization(self):
        text = markdown(ONE)
        parts = text.split("\n\n")
        assert parts[0] == "## Meraki API health gate closed (fail)"
        assert parts[1] == f"`{ONE['headline']}`"
        assert parts[2] == f"`{ONE['summary']}`"
        assert parts[3] == f"**Next step:** `{ONE['next_step']}`"
        judged_by = f"by `apihealth.meraki {VERSION}`"
        assert parts[4] == f"Judged at `2026-05-04T14:02:10Z`, mode `enforce`, profile `standard`, {judged_by}"
        assert parts[5] == "Status of Meraki's services: [`https://status.meraki.net/`](https://status.meraki.net/)"
        assert parts[6] == "\n".join(["```text", *ONE["lines"], "```"])
        troubles, everything = tables(text)
        assert troubles[1:] == [
            [
                "**fail**, holds the gate",
                "`server_error_percent`",
                "`10% > 5% (90 of 900; 95% CI 8.2-12.1)`",
                "`13:58-14:00Z, 1 interval`",
                "`500 x90`",
                "",
            ]
        ]
        assert [row[1] for row in everything] == [
            "Check",
            *(f"`{one['name']}`" for one in ONE["organizations"][0]["checks"]),
        ]
        assert everything[1][3:] == ["`> 1%`", "`> 5%`", "`2026-05-04 13:00-14:00Z`", ""]
        assert "<details>\n<summary>All checks (5)</summary>\n\n|" in text
        assert text.endswith("\n\n</details>\n")

    def test_several_organizations_worst_first(self):
        text = markdown(SEVERAL)
        assert "```" not in text
        _causes, organizations, *_more = tables(text)
        assert organizations == [
            ["Status", "Organization", "Requests", "Found"],
            ["**fail**, holds the gate", "`Branch Two (2)`", "900", f"`{the(SEVERAL['organizations'][1])['message']}`"],
            ["**error**, holds the gate", "`3`", "", f"`{the(SEVERAL['organizations'][2])['message']}`"],
            ["**inconclusive**", "`4`", "40", f"`{the(SEVERAL['organizations'][3])['message']}`"],
            ["**pass**", "`549236`", "900", ""],
        ]
        assert re.findall(r"<summary>(.*)</summary>", text) == [
            "<code>Branch Two (2)</code> fail",
            "<code>3</code> error",
            "<code>4</code> inconclusive",
            "All checks (20)",
        ]
        everything = [*tables(text)][-1]
        assert [row[0] for row in everything] == [
            "Organization",
            *(f"`{name}`" for name in ["Branch Two (2)", "3", "4", "549236"] for _i in range(5)),
        ]

    def test_the_causes_come_first(self):
        text = markdown(SEVERAL)
        assert "\n\n### 2 of 4 organizations close the gate\n\n| Cause" in text
        steps = {one["organization_id"]: one["next_step"] for one in SEVERAL["organizations"]}
        assert next(tables(text)) == [
            ["Cause", "Since", "Organizations", "The worst", "Next step"],
            ["`5xx`", "`13:58Z`", "1", "`Branch Two (2)`", f"`{steps['2']}`"],
            ["`could not be read: HTTP 404`", "", "1", "`3`", f"`{steps['3']}`"],
        ]

    def test_of_a_cause_the_worst_are_named(self):
        made = fleet(server_errors=7, rate_limits=0, warnings=0, quiet=0, healthy=1)
        (_head, (_label, _since, count, worst, _step)) = next(tables(markdown(made)))
        names = [one.called for one in view.of(made).organizations[:5]]
        assert (count, worst) == ("7", f"{', '.join(f'`{name}`' for name in names)} and 2 more")

    def test_nothing_closes_an_open_gate(self):
        for mode in ("enforce", "report_only"):
            some = [judged(rate(90 * (mode == "report_only"), 900), name, mode=mode) for name in "ab"]
            text = markdown(verdict(some, mode=mode))
            assert "close the gate" not in text.split("\n\n", 4)[-1]
            assert next(tables(text))[0] == ["Status", "Organization", "Requests", "Found"]

    def test_one_closes_the_gate(self):
        made = verdict([judged(rate(90, 900), "1"), judged(rate(0, 900), "2")])
        assert "\n\n### 1 of 2 organizations closes the gate\n\n" in markdown(made)

    def test_each_organization_has_its_next_step(self):
        text = markdown(SEVERAL)
        for one in SEVERAL["organizations"][1:]:
            assert f"\n\n**Next step:** `{one['next_step']}`\n\n</details>\n" in text

    @pytest.mark.parametrize(
        ("made", "heading"),
        [
            (verdict([judged(rate(0, 900))]), "## Meraki API health gate open (pass)"),
            (verdict([judged(rate(0, 40))]), "## Meraki API health gate open (inconclusive)"),
            (
                verdict([judged(rate(90, 900))], mode="report_only"),
                "## Meraki API health gate open, report-only mode: in enforce mode it would be closed (fail)",
            ),
            (UNREAD, "## Meraki API health gate closed (error)"),
        ],
    )
    def test_the_heading_is_in_words(self, made, heading):
        assert markdown(made).startswith(f"{heading}\n\n")

    def test_a_pass_has_no_table_of_troubles(self):
        assert [len(table) for table in tables(markdown(verdict([judged(rate(0, 900))])))] == [6]

    def test_a_failed_read(self):
        text = markdown(UNREAD)
        assert (
            "**Could not be read**. This says nothing about Meraki's health:\n\n"
            "- `the API answered 404`\n- `Check the id.`" in text
        )
        assert "- `No access`\n- request id `abc`\n" in text

    def test_an_action_is_shown_where_a_check_does_not_pass(self):
        organization = judged(rate(90, 900))
        for check in organization["checks"]:
            check["action"] = f"Call {check['name']}."
        troubles, everything = tables(markdown(verdict([organization])))
        assert [row[-1] for row in troubles] == ["Action", "`Call server_error_percent.`"]
        assert all(row[-1] == "" for row in everything[1:])

    def test_the_window_and_filters_of_a_check(self):
        organization = judged(rate(90, 900))
        the(organization).update(filters={"user_agent": "BackupTool", "admin_ids": ["1", "2"]})
        the(organization)["window"].update(t0="2026-05-03T22:00:00Z", widened=True)
        _troubles, everything = tables(markdown(verdict([organization])))
        assert everything[1][-2:] == [
            "`2026 05-03 22:00 - 05-04 14:00Z, widened`",
            "`user_agent=BackupTool, admin_ids=1,2`",
        ]

    def test_how_it_waited(self):
        look = {"at": "2026-05-04T13:30:00Z", "status": "fail", "gate": "closed", "worst": "server_error_percent"}
        made = {**ONE, "waited_seconds": 1930, "history": [{**look, "worst": None}] + [look] * 104}
        text = markdown(made)
        assert "<summary>Waited 32 min, 105 polls, the last 100 of them</summary>" in text
        _checks, looks, *_more = tables(text)
        assert looks[0] == ["At", "Status", "Gate", "Worst"]
        assert looks[1:] == [["`2026-05-04T13:30:00Z`", "`fail`", "`closed`", "`server_error_percent`"]] * 100
        short = markdown({**made, "history": made["history"][:1]})
        assert "<summary>Waited 32 min, 1 poll</summary>" in short
        _checks, (_head, one_look), *_more = tables(short)
        assert one_look == ["`2026-05-04T13:30:00Z`", "`fail`", "`closed`", ""]
        assert "Waited" not in markdown(ONE)

    @pytest.mark.parametrize("others", [0, 1])
    def test_what_it_is_compared_with(self, others):
        organization = judged(rate(90, 900))
        organization["since"] = {"status": "pass", "worse": [], "message": "pass at 11:30Z; since then x pass -> fail"}
        made = verdict([organization, *[judged(rate(0, 900), "2")] * others])
        made["baseline"] = {"evaluated_at": "2026-05-04T11:30:00Z", "status": "pass", "gate": "open"}
        text = markdown(made)
        assert "\n\nCompared with the verdict of `2026-05-04T11:30:00Z`: status `pass`, gate `open`.\n\n" in text
        assert "\n\n**Earlier verdict:** `pass at 11:30Z; since then x pass -> fail`\n\n" in text

    @pytest.mark.parametrize(
        ("planned", "text"),
        [
            (
                (3000, 5.0, 10.0, False, 4.4, 680),
                "3,000 requests in 5 min (10 rps): does not fit; safe at 4.4 rps, over at least 680 s.",
            ),
            (
                (30, 5.0, 0.1, True, 4.4, 5),
                "30 requests in 5 min (0.1 rps): fits; safe at 4.4 rps, over at least 5 s.",
            ),
            ((3000, 0.0, None, None, 4.4, 680), "3,000 requests; safe at 4.4 rps, over at least 680 s."),
            (
                (3000, 5.0, 10.0, False, None, None),
                "3,000 requests in 5 min (10 rps): does not fit; nothing of the rate limit is left for it.",
            ),
        ],
    )
    def test_the_planned_change(self, planned, text):
        names = ("requests", "minutes", "rps", "fits", "safe_rps", "shortest_safe_seconds")
        organization = judged(rate(90, 900))
        organization["capacity"]["planned"] = dict(zip(names, planned, strict=True))
        assert f"\n\n**Planned change:** {text}\n\n" in markdown(verdict([organization]))

    @pytest.mark.parametrize(
        ("address", "target"),
        [
            ("https://wiki.example/gate?a=1&b=2#c", "https://wiki.example/gate?a=1&amp;b=2#c"),
            ("http://[::1]:8080/a_b*c", "http://[::1]:8080/a_b*c"),
            ("https://x.example/a)b(c)<d>\\e", "https://x.example/a%29b%28c%29%3Cd%3E%5Ce"),
            ("https://x.example/&lt;\u00e9%20", "https://x.example/&amp;lt;%C3%A9%20"),
        ],
    )
    def test_the_runbook_is_a_link(self, address, target):
        text = markdown(verdict([judged(rate(0, 900))]), address)
        assert f", runbook [{code(address)}]({target})\n" in text
        (link,) = [one for token in READER.parse(text) for one in token.children or () if one.type == "link_open"]
        assert html.unescape(target).startswith(str(link.attrs["href"])[:20])

    def test_the_organization_s_dashboard_is_a_link(self):
        def text(url):
            one = judged(rate(90, 900))
            one["organization_url"] = url
            return markdown(verdict([one]))

        url = "https://n1.meraki.com/o/a*b"
        assert f"\n\nDashboard: [`{url}`]({url})\n" in text(url)
        for unknown in (None, "javascript:alert(1)"):
            assert "Dashboard" not in text(unknown)

    @pytest.mark.parametrize(
        "address", ["javascript:alert(1)", "data:text/html,x", "wiki/gate", "https://x.example/a b"]
    )
    def test_what_is_no_address_of_the_web_is_text(self, address):
        text = markdown(verdict([judged(rate(0, 900))]), address)
        assert f", runbook `{address}`\n" in text
        assert not [one for one in types(text) if "link" in one]

    @pytest.mark.parametrize("text", [text for text in HOSTILE if text])
    @pytest.mark.parametrize("place", [0, 1, 2], ids=["one", "unread", "several"])
    def test_hostile_texts_are_text(self, place, text):
        hostile = markdown(spoilt((ONE, UNREAD, SEVERAL)[place], [text]))
        assert (types(hostile), [*map(len, tables(hostile))]) == HARMLESS[place]
        shown = inert(text)
        shown = shown if len(shown) <= 300 else shown[:297] + "..."
        assert bare(shown) in map(bare, spans(hostile))
        for token in READER.parse(hostile):
            if token.type == "html_block":
                found = Tags(token.content)
                assert {one if isinstance(one, str) else one[0] for one in found.tags} <= {
                    *("details", "summary", "code", "/details", "/summary", "/code")
                }
                assert all(one[1] == [] for one in found.tags if not isinstance(one, str))
                if ("code", []) in found.tags:
                    name, identity = (cut(inert(text), most, "...") for most in (120, 150))
                    assert found.text.strip().rpartition(" ")[0] == f"{name} ({identity})".strip()
            assert token.type != "html_inline"

    @given(st.lists(st.text(st.characters() | st.sampled_from("|\\`<*_[@#\n "), min_size=1), min_size=1, max_size=9))
    @quick
    def test_any_text_leaves_the_structure(self, texts):
        for place, made in enumerate((ONE, UNREAD, SEVERAL)):
            text = markdown(spoilt(made, texts))
            assert (types(text), [*map(len, tables(text))]) == HARMLESS[place]

    @given(st.lists(st.text(), min_size=1, max_size=9))
    @whole
    def test_any_text_even_none_gives_whole_tables(self, texts):
        for made in (ONE, UNREAD, SEVERAL):
            assert [*tables(markdown(spoilt(made, texts)))]

    @pytest.mark.slow
    @pytest.mark.parametrize("limit", [LIMIT, 100 * 1024])
    def test_a_thousand_organizations(self, limit):
        count = 1000
        text = markdown(a_thousand(), None, limit)
        assert limit * 0.9 < len(text.encode()) <= limit
        cut = text.split("\n\n")[1]
        assert cut.startswith(f"**Cut** to stay under {limit // 1024} KiB. Left out: ")
        _causes, organizations, *_more = tables(text)
        left_out = {kind: int(number) for kind, number in re.findall(r"([a-z]+[a-z ]*) \((\d+)\)", cut)}
        assert left_out.get("organizations", 0) + len(organizations) - 1 == count
        details = text.count("</code> ")
        assert left_out.get("details of organizations", 0) + details == count * 4 // 5
        assert text.count("<details>\n") == text.count("\n</details>\n") == details + ("All checks" in text)
        if "All checks" in text:
            assert left_out["checks"] + len([*tables(text)][-1]) - 1 == count * 5

    @pytest.mark.slow
    @pytest.mark.parametrize("limit", [4000, 10_000, 100_000, LIMIT])
    @pytest.mark.parametrize("text", ["\U0001f4a5" * 3000, "`|" * 3000, "x"], ids=["wide", "fenced", "short"])
    def test_it_keeps_to_the_limit(self, limit, text):
        kinds = [judged(rate(90, 900)), unread()]
        for made in (verdict(kinds * 10), verdict(kinds[:1]), UNREAD):
            spoiled = {**spoilt(made, [text]), "summary": made["summary"], "next_step": made["next_step"]}
            spoiled["baseline"] = None
            shown = markdown(spoiled, None, limit)
            assert len(shown.encode()) <= limit
            assert shown.startswith(f"## Meraki API health gate {made['gate']} (")
            assert f"**Next step:** {code(made['next_step'], 2000)}" in shown
            assert types(shown).count("html_block") % 2 == 0

    def test_the_top_is_bounded_whatever_it_holds(self):
        text = markdown(spoilt(ONE, ["\U0001f4a5" * 9999]), "https://x.example/" + "\U0001f4a5" * 1900, 0)
        assert len(text.encode()) < 64 * 1024
        assert "**Cut**" in text

    @pytest.mark.slow
    def test_a_thousand_checks(self):
        organization = judged(rate(90, 900))
        organization["checks"] *= 1000
        text = markdown(verdict([organization]))
        assert "\n\nAnd 900 more checks that do not pass.\n\n" in text
        assert [len(table) for table in tables(text)] == [101, 5001]

    def test_no_traffic_and_no_data(self):
        for data in ([], answer([{}] * 30)):
            assert [len(table) for table in tables(markdown(verdict([judged(data)])))][-1] == 6


class TestWhoIsBehindIt:
    def test_a_list_below_the_checks(self):
        text = markdown(verdict_of(limited(client(), note="the candidates are from the newest 1000 of these requests")))
        assert (
            "**Who is behind** `rate_limited_percent`:\n\n"
            f"- `application {BACKUP}: 52% of the requests, 81% of the 429s, without it 41% of the limit is used`\n"
            "- `other applications: 48% of the requests, 19% of the 429s`\n"
            "- `the candidates are from the newest 1000 of these requests`\n"
        ) in text

    def test_nobody(self):
        assert "Who is behind" not in markdown(verdict_of(limited()))

    def test_a_cause_names_it(self):
        text = markdown(verdict_of(*(limited(client(), organization_id=str(place)) for place in range(3))))
        assert next(tables(text))[1][0] == f"`429 (mainly {BACKUP})`"

    @pytest.mark.parametrize("text", [*HOSTILE[:-1], "x" * 300])
    def test_hostile_texts_are_text(self, text):
        def made(value):
            shown = limited(client(value), note=value)
            return markdown(verdict_of(shown, called(shown, "2", None)))

        told = made(text)
        assert types(told) == types(made("x"))
        assert [len(row) for table in tables(told) for row in table]
        assert any(span.startswith(f"application {cut(inert(text), 100)[:90]}") for span in spans(told))

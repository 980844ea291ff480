# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script of the page of many organizations: what it is made of, and what it does in a browser."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.html import html
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.script import (
    LOCAL,
    LOCAL_SOURCE,
    SCRIPT,
    SOURCE,
)
from tests.unit.plugins.module_utils._reports.browser import MISSING, browser
from tests.unit.plugins.module_utils._reports.fleets import fleet

pytestmark = pytest.mark.once


class TestScript:
    @pytest.mark.parametrize(("script", "source"), [(SCRIPT, SOURCE), (LOCAL, LOCAL_SOURCE)])
    def test_its_hash(self, script, source):
        digest = hashlib.sha256(script.encode()).digest()
        assert f"'sha256-{base64.b64encode(digest).decode()}'" == source

    @pytest.mark.parametrize("script", [SCRIPT, LOCAL])
    def test_is_text_in_xml_too(self, script):
        assert not set("<&") & set(script)
        assert "]]>" not in script
        assert script.isascii()

    @pytest.mark.parametrize("script", [SCRIPT, LOCAL])
    def test_makes_no_markup_and_sends_nothing(self, script):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function|fetch|XMLHttp|import|src|storage|cookie|on\w+=",
            script,
            re.IGNORECASE,
        )


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    """Return a browser and a page with organizations of every kind, in an order of their own."""
    if MISSING:
        pytest.skip(MISSING)
    page = tmp_path_factory.mktemp("page") / "health_gate.html"
    page.write_text(html(view.of(MADE)), encoding="utf-8")
    with browser("--window-size=1280,1000") as made:
        yield made, page


@pytest.fixture
def opened(window):
    """Return the browser with the page as it is at first."""
    made, page = window
    made.open(page)
    yield made
    assert made.complaints() == []


MADE = fleet(6, 5, 4, 3, 2, 10)
SEEN = view.of(MADE).organizations


def column(opened, name):
    """The visible cells of a column from above."""
    script = """
        const heads = [...document.querySelectorAll("#all thead th")];
        const place = heads.findIndex((head) => head.dataset.column === "NAME");
        return [...document.querySelectorAll("#all tbody tr")].filter((row) => row.offsetParent)
            .map((row) => row.cells[place].innerText);
    """
    return opened.run(script.replace("NAME", name))


def ranks(opened):
    return list(map(int, column(opened, "rank")))


def count(opened):
    return opened.run("return document.getElementById('shown').textContent")


def sorts(opened):
    script = (
        "return [...document.querySelectorAll('#all th[aria-sort]')].map((one) => [one.dataset.column, one.ariaSort])"
    )
    return [tuple(one) for one in opened.run(script)]


def choose(opened, name, value):
    opened.click(f"#{name} option[value='{value}']")


def of(**wanted):
    """The ranks of the organizations with these values."""
    return [one.rank for one in SEEN if all(getattr(one, name) == value for name, value in wanted.items())]


@pytest.mark.slow
class TestInABrowser:
    def test_at_first_everything_is_shown_worst_first(self, opened):
        assert ranks(opened) == list(range(1, 31))
        assert count(opened) == "30 of 30 organizations shown"
        assert sorts(opened) == [("rank", "ascending")]
        assert opened.run("return document.getElementById('filter').offsetParent !== null")
        assert opened.run("return document.documentElement.scrollWidth") <= 1280

    @pytest.mark.parametrize("name", ["requests", "rank"])
    def test_sorts_numbers(self, opened, name):
        def numbers():
            return [-1 if one == "unknown" else int(one) for one in column(opened, name)]

        opened.click("th[data-column=matter] button")
        opened.click(f"th[data-column={name}] button")
        assert numbers() == sorted(numbers())
        assert sorts(opened) == [(name, "ascending")]
        opened.click(f"th[data-column={name}] button")
        assert numbers() == sorted(numbers(), reverse=True)
        assert sorts(opened) == [(name, "descending")]
        assert sorted(ranks(opened)) == list(range(1, 31))

    def test_sorts_names_as_people_do(self, opened):
        opened.click("th[data-column=name] button")
        names = column(opened, "name")
        cities = [re.sub(r"Branch (\S+) .*", r"\1", one) for one in names if one.startswith("Branch")]
        assert list(dict.fromkeys(cities)) == [
            "Berlin",
            "Besan\u00e7on",
            "\u0141\u00f3d\u017a",
            "M\u00fcnchen",
            "Z\u00fcrich",
        ]
        numbers = [int(one.split()[2]) for one in names if one.startswith("Branch Berlin")]
        assert numbers == sorted(numbers)

    def test_sorts_statuses_worst_first_and_those_alike_by_rank(self, opened):
        opened.click("th[data-column=name] button")
        opened.click("th[data-column=status] button")
        assert list(dict.fromkeys(column(opened, "status"))) == ["fail", "error", "inconclusive", "warn", "pass"]
        assert ranks(opened) == list(range(1, 31))
        opened.click("th[data-column=status] button")
        assert ranks(opened) == [*of(status="pass"), *of(status="warn"), *of(status="inconclusive")] + [
            *of(status="error"),
            *of(status="fail"),
        ]

    @pytest.mark.parametrize(
        ("name", "value", "wanted"),
        [
            ("status", "warn", of(status="warn")),
            ("gate", "closed", of(closed=True)),
            ("gate", "open", of(closed=False)),
            ("cause", "2", of(cause=1)),
        ],
    )
    def test_filters(self, opened, name, value, wanted):
        choose(opened, name, value)
        assert ranks(opened) == wanted
        assert count(opened) == f"{len(wanted)} of 30 organizations shown"
        opened.click("#clear")
        assert ranks(opened) == list(range(1, 31))

    def test_filters_are_combined_and_outlast_sorting(self, opened):
        choose(opened, "gate", "closed")
        opened.type("#search", "rate_limited")
        wanted = of(
            cause=next(place for place, one in enumerate(MADE["causes"]) if one["metric"] == "rate_limited_percent")
        )
        assert ranks(opened) == wanted
        opened.click("th[data-column=rank] button")
        assert ranks(opened) == wanted[::-1]
        choose(opened, "status", "pass")
        assert ranks(opened) == []
        assert count(opened) == "0 of 30 organizations shown"

    @pytest.mark.parametrize("text", ["zurich", "Z\u00dcRICH", "  zurich  branch ", "zu\u0308rich"])
    def test_searches_names_without_accents(self, opened, text):
        opened.type("#search", text)
        assert ranks(opened) == [one.rank for one in SEEN if "Z\u00fcrich" in (one.name or "")]

    def test_searches_ids(self, opened):
        opened.type("#search", SEEN[7].organization_id[-6:])
        assert ranks(opened) == [8]

    def test_what_is_typed_is_no_pattern(self, opened):
        opened.type("#search", ".*")
        assert ranks(opened) == []

    def test_a_cause_shows_its_organizations(self, opened):
        opened.type("#search", "nothing is called like this")
        choose(opened, "status", "pass")
        opened.click("a[data-cause='1']")
        assert ranks(opened) == of(cause=0)
        assert opened.run("return [search.value, document.getElementById('status').value]") == ["", ""]
        assert opened.run("return document.getElementById('all').getBoundingClientRect().top") < 1000

    def test_details_are_filtered_too(self, opened):
        choose(opened, "status", "error")
        script = "return [...document.querySelectorAll('.organization')].filter((one) => one.offsetParent).length"
        assert opened.run(script) == 2

    def test_a_link_opens_what_is_folded(self, opened):
        choose(opened, "status", "warn")
        opened.click("#all a[href='#o12']" if 12 in of(status="warn") else f"#all a[href='#o{of(status='warn')[0]}']")
        opened.run("location.hash = 'o3'")
        script = "const one = document.getElementById('o3').closest('details'); return [one.open, one.hidden]"
        assert opened.run(script) == [True, False]
        assert 0 <= opened.run("return document.getElementById('o3').getBoundingClientRect().top") < 1000

    def test_by_keyboard(self, opened):
        opened.run("document.querySelector('th[data-column=requests] button').focus()")
        opened.type("th[data-column=requests] button", "\ue007")
        assert sorts(opened) == [("requests", "ascending")]
        assert opened.run("return document.activeElement.textContent") == "Requests"

    def test_no_other_script_runs(self, window):
        made, page = window
        text = page.read_text(encoding="utf-8")
        other = page.with_name("other.html")
        other.write_text(
            text.replace("</body>", "<script>window.other = 1</script><p onclick='window.other = 1'>x</p></body>"),
            encoding="utf-8",
        )
        made.open(other)
        made.click("body > p")
        assert made.run("return [window.other === undefined, document.getElementById('filter').hidden]") == [
            True,
            False,
        ]
        assert any("Content Security Policy" in one for one in made.complaints())

    def test_nothing_makes_markup(self, window):
        made, page = window
        made.open(page)
        script = "try { document.body.innerHTML = '<b>x</b>'; return 'made'; } catch (error) { return error.name; }"
        assert made.run(script) == "TypeError"
        made.complaints()

    def test_on_paper_there_is_nothing_to_click(self, opened):
        opened.call("goog/cdp/execute", cmd="Emulation.setEmulatedMedia", params={"media": "print"})
        try:
            script = "return [...document.querySelectorAll('SELECTOR')].filter((one) => one.offsetParent).length"
            # A browser repeats heads on every page only where no button is in them.
            for selector in ("button", "input", "a[data-cause]"):
                assert opened.run(script.replace("SELECTOR", selector)) == 0
            assert opened.run("return [...document.querySelectorAll('#all thead th')].map((one) => one.innerText)") == [
                *("Rank", "Organization", "Status", "Gate", "What matters most", "Requests")
            ]
        finally:
            opened.call("goog/cdp/execute", cmd="Emulation.setEmulatedMedia", params={"media": ""})


@pytest.mark.slow
@pytest.mark.skipif(bool(MISSING), reason=str(MISSING))
class TestWithoutScript:
    def test_everything_is_there(self, tmp_path):
        page = tmp_path / "page.html"
        # A policy that no script satisfies, as where reports are shown by others.
        text = html(view.of(MADE))
        assert SOURCE.strip("'") in text
        page.write_text(text.replace(SOURCE.strip("'"), "sha256-" + "A" * 43 + "="), encoding="utf-8")
        with browser("--window-size=390,844") as made:
            made.open(page, "#o5")
            assert ranks(made) == list(range(1, 31))
            assert count(made) == "30 organizations, worst first"
            assert made.run("return document.getElementById('filter').offsetParent") is None
            # The browser itself opens what is folded around the target of a link.
            assert made.run("return document.getElementById('o5').closest('details').open")
            assert made.run("return document.documentElement.scrollWidth") <= 500

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report: what it says, in which order, to whom, and that nothing of a verdict becomes markup."""

from __future__ import annotations

import base64
import copy
import functools
import hashlib
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import CLASSES, parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import window_of
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.series import Counted, Point, Series
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import judge
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.html import FEW, html
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.job import Job
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.markup import inert
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.script import LOCAL_SOURCE
from ansible_collections.apihealth.meraki.plugins.module_utils._text import number
from ansible_collections.apihealth.meraki.plugins.module_utils._window import recent_window
from tests.unit.plugins.module_utils._reports.fleets import (
    BACKUP,
    branch,
    called,
    client,
    fleet,
    limited,
    long_name,
    verdict_of,
)
from tests.unit.plugins.module_utils.made import (
    NOW,
    REQUEST,
    T0,
    Shown,
    answer,
    combined,
    health_policy,
    iso,
    judged,
    policy,
    rate,
    the,
    unread,
    verdict,
    whole,
)

pytestmark = pytest.mark.once

HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "]]><!-- --> <![CDATA[ </title></style></svg></details>",
    "&lt;b&gt; &amp; &#60;i&#62; &",
    "\u202e632945\u2066",
    "5\x00\x1b[31m\ud800\uffff\n\r\t6",
    "{{ lookup('env', 'HOME') }} | `x` $(x)",
    "\u05d0\u05d1\u05d2 \U0001f4a5 9",
    "javascript:alert(1)",
]
VOID = {"meta"}
RUNBOOK = "https://wiki.example.com/gate?a=1&b=2#now"


class Reader(HTMLParser):
    """The page as a browser's parser sees it: start tags with their attributes, and the text outside the style."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.open, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def handle_data(self, data):
        if self.open[-1:] not in (["style"], ["script"]):
            self.text.append(data)


def read(page):
    """What both parsers agree on."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    root = ElementTree.fromstring(page)
    assert [tag for tag, _attributes in reader.tags] == [one.tag.lower() for one in root.iter()]
    assert [len(attributes) for _tag, attributes in reader.tags] == [len(one.attrib) for one in root.iter()]
    return root


def said(element):
    """All text below an element, in one line."""
    return " ".join("".join(element.itertext()).split())


def found(root, tag, kind=None):
    return [one for one in root.iter(tag) if kind is None or kind in (one.get("class") or "").split()]


def made_of(made, runbook_url=None):
    return html(view.of(made), runbook_url)


def page(made, runbook_url=None):
    return read(made_of(made, runbook_url))


def policy_of(root):
    """The page's Content-Security-Policy, which stands before anything that it governs."""
    (meta,) = [one for one in root.iter("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert list(root.find("head"))[1] is meta
    return {name: sources for name, *sources in (rule.split() for rule in meta.get("content").split(";"))}


SERVER_ERRORS = "server_error_percent"


def point(position, breaching=(), **counts):
    by_class: Any = dict.fromkeys(CLASSES, 0)
    rates = {
        SERVER_ERRORS: Counted(counts.get("server_error", 0), sum(counts.values())),
        "rate_limited_percent": Counted(0, sum(counts.values())),
    }
    by_class.update(counts)
    return Point(T0 + 120 * position, 120, by_class, list(breaching), rates)


def series_of(points):
    return Series(points, {SERVER_ERRORS: ("server_error",), "rate_limited_percent": ("rate_limited",)})


def series():
    """Healthy but for the last seven intervals, one busy one, and a gap."""
    points = [point(i, ok=140, client_error=i % 2) for i in range(30)]
    points[10] = point(10, ["rate_limit_utilization_percent"], ok=1030)
    for i in range(23, 30):
        points[i] = point(i, [SERVER_ERRORS], ok=120, server_error=40)
    del points[5]
    return series_of(points)


def charted(data, organization_id="549236", **given):
    one = judged(data, organization_id, **given)
    one["series"] = series()
    return one


def failing(organization_id="549236"):
    return charted(rate(90, 900), organization_id)


def passing(organization_id="1"):
    return charted(rate(0, 900), organization_id)


def of_every_status():
    """Organizations, best first."""
    return [
        passing("p"),
        charted(rate(11, 900), "w"),
        charted(rate(0, 40), "i"),
        unread("e"),
        failing("f"),
    ]


def alone(**changes):
    """A verdict on one failing organization with these changes at the top."""
    return {**verdict([failing()]), **changes}


def section(root, place=1):
    """What tells of the organization of this rank."""
    parents = {child: one for one in root.iter() for child in one}
    one = next(one for one in root.iter() if one.get("id") == f"o{place}")
    return parents[one] if parents[one].tag == "details" else one


def rows_of(root, name="index"):
    """The rows of the table of organizations, cell by cell."""
    return [[said(cell) for cell in row] for row in found(root, "table", name)[0].find("tbody")]


# Of all classes, none as often as another.
CODES = {200: 61, 302: 4, 404: 11, 403: 2, 429: 13, 500: 7, 503: 3, 777: 5}


class TestWhatIsDrawn:
    """The chart of a rate says what the verdict says, for whatever metric is a rate."""

    @staticmethod
    def drawn(metric, ignored, filters):
        limits = {"warn": 99, "fail": 95} if metric.worse == "down" else {"warn": 1, "fail": 5}
        entry = {"name": "mine", "metric": metric.name, **limits}
        options = health_policy(checks=[entry], ignore_codes=ignored, **filters)
        outcome = Outcome(parse_answer(answer([CODES] * 30)), recent_window(60, 120, NOW), REQUEST)
        one = Shown(judge("549236", lambda look: outcome, options, NOW, charted=True))
        one["checks"] = [the(one, "mine")]
        made = {**combined([one], options), "organizations": [one]}
        (svg,) = [one for one in page(made).iter("svg") if said(one).startswith("mine per ")]
        return one["checks"][0], svg

    @pytest.mark.parametrize(
        ("ignored", "filters"),
        [
            *((codes, {}) for codes in ([], [500], [404], [429, 777], [404, 500, 503], [302, 403, 429])),
            ([404, 500, 503], {"user_agent": "Tool"}),
        ],
        ids=str,
    )
    @pytest.mark.parametrize(
        "metric", [one for one in METRICS.values() if one.kind.name == "rate"], ids=lambda one: one.name
    )
    def test_every_column_is_what_was_judged(self, metric, ignored, filters):
        check, svg = self.drawn(metric, ignored, filters)
        tips = {said(one) for one in svg.iter("title") if "%" in said(one)}
        assert len(tips) == 30
        assert {tip.split()[1] for tip in tips} == {f"{number(check['value'])}%"}
        assert f"Worst: {number(check['value'])}%." in said(svg.find("desc"))


class TestHtml:
    def test_the_verdict_comes_first(self):
        root = page(alone(headline="In words.", summary="All of it.", next_step="Do this."))
        assert said(root.find("head/title")) == "Gate closed: fail - All of it."
        header = root.find("body/header")
        assert [one.tag for one in root.find("body")] == ["svg", "header", "main", "footer", "script"]
        assert said(header.find("h1")) == "Gate closed"
        assert said(header).startswith(
            "Gate closed fail 1 fail, 3 pass, 1 skipped In words. All of it. What to do now Do this."
        )
        assert "Judged2026-05-04 14:02:10Z" in said(header)

    def test_the_week_before_is_a_line(self):
        options = policy(history_weeks=2)

        def find(look):
            # Three a second in every hour of the weeks before.
            hourly = look.interval == 3600
            data = answer([{200: 10800}] * 24 * 15, seconds=3600) if hourly else answer([{200: 600}] * 30)
            return Outcome(parse_answer(data), window_of(look, NOW), REQUEST)

        one = Shown(judge("549236", find, options, NOW, charted=True))
        assert [(before.start, before.end, before.rps) for before in one["series"].before] == [(T0, T0 + 3600, 3.0)]
        root = page(verdict([one], history_weeks=2))
        (line,) = [line for line in found(root, "line", "at-before") if line.get("x1") == "0%"]
        assert (line.get("x2"), line.get("y1")) == ("100%", line.get("y2"))
        assert "A week before: 360 in each." in said(root)
        assert "a week before" in said(root)
        assert "week before" not in said(page(alone()))

    def test_who_wrote_it_and_how(self):
        made = verdict([failing()], min_requests=50, checks=[{"metric": "error_percent", "fail": 5}])
        whole = html(view.of(made), None, Job("https://ci.example/42", "<ada>"))
        header = ElementTree.fromstring(whole).find("body/header")
        assert header is not None
        told = said(header)
        assert "Jobhttps://ci.example/42" in told
        assert "Started by<ada>" in told
        assert f"Collectionapihealth.meraki {made['collection_version']}" in told
        assert "Not at their defaultsmin_requests=50, checks=error_percent" in told
        links = [one.get("href") for one in header.iter("a")]
        assert links == ["https://status.meraki.net/", "https://ci.example/42"]
        healthy = said(page(verdict([passing()])).find("body/header"))
        assert not any(one in healthy for one in ("Job", "Started by", "Not at their", "status.meraki.net"))

    def test_open(self):
        root = page(verdict([passing()]))
        assert said(root.find("body/header/h1")) == "Gate open"
        assert root.find("body/header").get("class") == "open"

    def test_report_only_is_said_plainly(self):
        root = page(verdict([failing()], mode="report_only"))
        header = root.find("body/header")
        assert said(header.find("h1")) == "Gate open, report only"
        assert "Report-only mode: the gate stays open whatever is found. In enforce mode it would be closed." in said(
            header
        )
        assert header.get("class") == "noted"

    def test_report_only_and_healthy(self):
        header = page(verdict([passing()], mode="report_only")).find("body/header")
        assert "In enforce mode" not in said(header)
        assert header.get("class") == "open"

    @pytest.mark.parametrize("status", STATUSES)
    def test_every_status_has_its_word_and_symbol(self, status):
        made = alone(status=status)
        made["organizations"][0]["status"] = status
        made["organizations"][0]["checks"][0]["status"] = status
        root = page(made)
        chips = found(root, "span", "chip")
        assert {said(chip) for chip in chips} <= set(STATUSES)
        assert all(chip.find("svg/use").get("href") == f"#s-{said(chip)}" for chip in chips)
        assert sum(said(chip) == status for chip in chips) >= 3

    def test_what_else_is_known_of_the_verdict(self):
        made = alone(
            profile="strict",
            waited_seconds=740,
            baseline={"evaluated_at": "2026-05-04T12:00:00Z", "status": "pass", "gate": "open"},
        )
        told = said(page(made).find("body/header"))
        assert "Modeenforce" in told
        assert "Profilestrict" in told
        assert "Waited740 s (12 min 20 s)" in told
        assert "Compared withthe verdict of 2026-05-04 12:00:00Z (pass, gate open)" in told

    def test_fields_that_may_be_absent(self):
        made = alone()
        for name in ("profile", "history", "waited_seconds", "baseline"):
            made.pop(name, None)
        for name in ("series", "since"):
            made["organizations"][0].pop(name, None)
        for check in made["organizations"][0]["checks"]:
            for name in ("over", "window", "filters", "detail"):
                check.pop(name, None)
        root = page(made)
        assert "Waited" not in said(root)
        assert found(root, "figure") == []

    def test_a_link_to_the_organization_s_dashboard(self):
        def links(url):
            made = alone()
            (one,) = made["organizations"]
            found_ = found(section(page({**made, "organizations": [{**one, "organization_url": url}]})), "a")
            return [(said(link), link.get("href")) for link in found_ if "dashboard" in said(link)]

        url = 'https://n1.meraki.com/o/a"b<c/manage'
        assert links(url) == [("Open in the dashboard", url)]
        for unsafe in (None, "", "javascript:alert(1)", "https://n1.meraki.com/ x", "data:text/html,x"):
            assert links(unsafe) == []

    def test_a_link_to_the_runbook(self):
        links = [one for one in page(alone(), RUNBOOK).iter("a") if not one.get("href").startswith("#")]
        wanted = [(url, url, "noopener noreferrer") for url in (RUNBOOK, view.STATUS_PAGE)]
        assert [(one.get("href"), said(one), one.get("rel")) for one in links] == wanted

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "https://a\u202eb", "https://a\njavascript:x", "see the wiki"]
    )
    def test_what_is_no_link_is_text(self, url):
        root = page(alone(), url)
        assert [one.get("href") for one in root.iter("a") if not one.get("href").startswith("#")] == [view.STATUS_PAGE]
        assert f"Runbook: {' '.join(inert(url).split())}" in said(root)

    @pytest.mark.parametrize("url", [None, ""])
    def test_without_a_runbook(self, url):
        assert "Runbook" not in said(page(alone(), url))

    def test_the_history_of_a_wait(self):
        polls = [("fail", "closed", "server_error_percent")] * 3 + [("pass", "open", None)] * 2
        history = [
            {"at": iso(T0 + 120 * i), "status": status, "gate": gate, "worst": worst}
            for i, (status, gate, worst) in enumerate(polls)
        ]
        root = page(alone(history=history))
        rows = [said(row) for row in next(found(root, "table").__iter__()).iter("tr")]
        assert rows == [
            "JudgedPollsStatusGateWorst check",
            "2026-05-04 13:00:00Z to 2026-05-04 13:04:00Z3failclosedserver_error_percent",
            "2026-05-04 13:06:00Z to 2026-05-04 13:08:00Z2passopennone",
        ]

    def test_a_long_history_is_cut_and_says_so(self):
        history = [
            {"at": iso(T0 + 120 * i), "status": ("fail", "warn")[i % 2], "gate": "closed", "worst": "x"}
            for i in range(100)
        ]
        told = said(page(alone(history=history)))
        assert "The last 60 changes; 40 earlier ones are left out." in told

    def test_worst_first(self):
        root = page(verdict(of_every_status()))
        order = [said(section(root, place).find(".//bdi")) for place in range(1, 6)]
        assert order == ["f", "e", "i", "w", "p"]
        assert [row[0] for row in rows_of(root)] == ["f", "e", "i", "w", "p"]
        assert [row[2] for row in rows_of(root)] == ["closed", "closed", "open", "open", "open"]

    def test_the_order_is_the_rank_s(self):
        made = verdict([failing("1"), passing("2"), failing("3")])
        for one, rank in zip(made["organizations"], (3, 1, 2), strict=True):
            one["rank"] = rank
        assert [row[0] for row in rows_of(page(made))] == ["2", "3", "1"]

    def test_what_matters_most(self):
        made = verdict_of(failing("1"), unread("2"), passing("3"), passing("4"), unconfirmed=("4",))
        rows = {row[0]: row[1:] for row in rows_of(page(made))}
        message = the(made["organizations"][0])["message"]
        assert rows == {
            "1": ["fail", "closed", "900", f"{message}, since 13:58Z"],
            "2": ["error", "closed", "unknown", "could not be read: the API answered 404"],
            "3": ["pass", "open", "900", "no limit is breached: 5xx 0%, 429 0%, use of the rate limit 75%"],
            "4": ["pass", "closed", "900", "open at one poll only"],
        }

    def test_report_only_says_what_would_close_the_gate(self):
        made = verdict([charted(rate(90, 900), "1", mode="report_only"), passing("2")], mode="report_only")
        assert [row[2] for row in rows_of(page(made))] == ["would close", "open"]
        assert "close the gate" not in said(page(made).find("body/main"))

    def test_names_stand_beside_ids(self):
        root = page(verdict_of(called(failing(), "1", "Branch \u05d0"), passing("2")))
        named, alone_ = found(root, "table", "index")[0].find("tbody")
        assert [one.text for one in named.find("th/a")] == ["Branch \u05d0", "1"]
        assert said(named.find("th")) == "Branch \u05d0 (1)"
        assert said(alone_.find("th")) == "2"
        assert said(section(root).find("h2")) == "Organization Branch \u05d0 (1) fail"
        assert said(found(root, "p", "worst")[0]) == "Branch \u05d0 (1) 10%"

    def test_the_causes(self):
        made = fleet(server_errors=7, rate_limits=2, warnings=1, quiet=1, unreadable=1, healthy=1)
        root = page(made)
        assert said(next(one for one in root.iter("h2") if one.get("id") == "causes")) == (
            "10 of 13 organizations close the gate"
        )
        first, second, third = found(root, "ol", "causes")[0]
        assert said(first.find("h3")) == "fail 5xx since 13:50Z: 7 organizations"
        assert said(second.find("h3")) == "fail 429 since 13:50Z: 2 organizations"
        assert said(third.find("h3")) == "error could not be read: HTTP 404: 1 organization"
        assert [said(one.find("p")) for one in (first, second, third)] == [one["next_step"] for one in made["causes"]]
        worst = [one.called for one in view.of(made).causes[0].organizations[:5]]
        assert said(found(first, "p", "worst")[0]) == f"{', '.join(f'{name} 6.9%' for name in worst)} and 2 more"
        assert len(first.findall("p/a")) == 5

    def test_one_organization_needs_no_causes(self):
        assert found(page(alone()), "ol", "causes") == []

    def test_each_organization_has_its_next_step(self):
        made = verdict([failing("1"), passing("2")])
        root = page(made)
        assert f"Next step: {made['organizations'][0]['next_step']}" in said(section(root, 1))
        assert "Next step" not in said(section(root, 2))
        assert "Next step" not in said(section(page(alone())))

    def test_those_that_pass_are_folded(self):
        root = page(verdict([passing(), failing()]))
        assert section(root, 1).tag == "section"
        assert section(root, 2).tag == "details"
        assert section(root, 2).get("open") is None
        assert said(section(root, 2).find("summary")) == "Organization 1 pass 900 requests"

    def test_one_that_passes_is_not(self):
        assert section(page(verdict([passing()]))).tag == "section"

    def test_one_organization_needs_no_index(self):
        root = page(alone())
        assert found(root, "table", "index") == []
        assert found(root, "a", "skip") == []

    def test_what_is_known_of_an_organization(self):
        one = failing()
        one["data"].update(widened=True, idle=3, dropped=2, own_requests_excluded=4)
        one["window"]["interval_effective"] = 3600
        told = said(section(page(verdict([one]))))
        for text in (
            "2026-05-04 13:00-14:00Z, 30 of 30 intervals of 3,600 s, 900 requests",
            "30 of 30 intervals, coverage 100%; intervals of 3,600 s, asked for 120 s; "
            "widened: too few requests in the window asked for; 3 absent, taken as idle; "
            "2 dropped, not wholly in the window; 4 own requests left out",
            "Newest data2026-05-04 14:00:00Z, 130 s old",
            "Requests900: 200 x810, 500 x90",
            "Rate limit10 rps",
            "(p95), busiest 7.5 rps at 13:58Z",
            "Own readHTTP 200, 1 attempt",
        ):
            assert text in told

    def test_a_window_over_midnight(self):
        one = failing()
        one["window"]["t0"] = "2026-05-03T13:00:00Z"
        assert "2026-05-03 13:00Z to 2026-05-04 14:00Z" in said(page(verdict([one])))

    @pytest.mark.parametrize(
        ("planned", "text"),
        [
            (
                {
                    "requests": 3000,
                    "minutes": 5,
                    "rps": 10.0,
                    "fits": False,
                    "safe_rps": 4.4,
                    "shortest_safe_seconds": 680,
                },
                "3,000 requests in 5 min (10 rps): does not fit; "
                "safe pace 4.4 rps; safe over at least 680 s (11 min 20 s)",
            ),
            (
                {
                    "requests": 1,
                    "minutes": 0,
                    "rps": None,
                    "fits": None,
                    "safe_rps": None,
                    "shortest_safe_seconds": None,
                },
                "Planned change1 request",
            ),
        ],
    )
    def test_a_planned_change(self, planned, text):
        one = failing()
        one["capacity"]["planned"] = planned
        assert text in said(page(verdict([one])))

    def test_an_organization_that_could_not_be_read(self):
        root = page(verdict([unread("2", errors=["No such <organization>"], request_id="r-1", hint="Check the id.")]))
        told = said(section(root))
        assert "Could not be read: the API answered 404 Check the id. No such <organization> Request id r-1" in told
        assert "This says nothing about Meraki's health." in told
        assert "Own readHTTP 404, 1 attempt" in told
        assert found(root, "figure") == []
        assert found(root, "svg", "bullet") == []

    @pytest.mark.parametrize("none", [None, Series([], {})])
    def test_no_series_no_chart(self, none):
        one = failing().but(series=none)
        root = page(verdict([one]))
        assert found(root, "figure") == []
        assert len(found(root, "li", "check")) == 5

    def test_charts(self):
        root = page(alone())
        images = [one for one in root.iter("svg") if one.get("role") == "img"]
        ids = {one.get("id"): said(one) for one in root.iter() if one.get("id")}
        assert [ids[one.get("aria-labelledby")] for one in images] == [
            "Requests by class per interval",
            "server_error_percent per interval",
        ]
        assert all(ids[one.get("aria-describedby")] for one in images)
        assert len(found(root, "rect", "breach")) == 2
        assert len(found(images[0], "rect", "gap")) == 1
        assert [said(one.find("p")) for one in found(root, "div", "lane")] == [
            "server_error_percent: 7 intervals in breach",
            "rate_limit_utilization_percent: 1 interval in breach",
        ]
        legend = [said(one) for one in found(root, "ul", "legend")[0]]
        assert legend == [
            "5xx 280",
            "429 0",
            "other 4xx 10",
            "other 0",
            "2xx, 3xx 4,810",
            "in breach 8 intervals",
            "no interval",
        ]

    def test_the_rate_is_of_the_worst_check_that_has_one(self):
        codes = [{200: 100, 429: 20}] * 30
        root = page(verdict([charted(answer(codes))]))
        assert said(found(root, "figure")[1].find("figcaption/h3")) == "rate_limited_percent per interval"
        assert {"warn above 1%", "fail above 5%"} <= {said(one) for one in found(root, "ul", "legend")[1]}

    def test_a_few_strips_and_how_many_more(self):
        one = failing()
        first, *others = one["series"].points
        one["series"] = series_of([first._replace(breaching=[f"check {i}" for i in range(20)]), *others])
        lanes = [said(lane) for lane in found(page(verdict([one])), "div", "lane")]
        assert len(lanes) == 7
        assert lanes[-1] == "and 16 more checks in breach"

    def test_few_requests_are_hollow(self):
        one = failing()
        one["series"] = series_of([point(0, ok=9), *one["series"].points[1:]])
        figure = found(page(verdict([one])), "figure")[1]
        assert len(found(figure.find("svg"), "rect", "thin")) == 1
        assert said(figure.find("figcaption")).endswith("hollow: fewer than 20 requests, which say little")

    def test_no_rate_no_second_chart(self):
        one = failing()
        one["series"] = one["series"]._replace(bad={})
        assert len(found(page(verdict([one])), "figure")) == 1

    def test_the_data_of_the_charts_is_a_table(self):
        table = found(page(alone()), "table", "points")[0]
        rows = [[said(cell) for cell in row] for row in table.iter("tr")]
        assert rows[0] == ["Start (UTC)", "Seconds", "5xx", "429", "other 4xx", "other", "2xx, 3xx", "In breach"]
        assert len(rows) == 30
        assert rows[-1] == ["2026-05-04 13:58Z", "120", "40", "0", "0", "0", "120", "server_error_percent"]

    def test_a_check(self):
        one = failing()
        check = the(one)
        check.update(action="Call <them>.", over="worst_interval", filters={"user_agent": "Backup<Tool>"})
        check["window"] = {"t0": "2026-05-04T12:00:00Z", "t1": iso(T0), "seconds": 3600, "widened": True}
        told = said(found(page(verdict([one], spoilt=True)), "li", "fail")[0])
        for text in (
            "server_error_percent10% > 5% (90 of 900; 95% CI 8.2-12.1)",
            "value 10% warn > 1% fail > 5%",
            "Action: Call <them>.",
            "Reasonthreshold: a limit is breached",
            "Gatecloses it",
            "Where13:58-14:00Z, 1 interval; worst 10% at 13:58Z (900 requests)",
            "Recently10% in the last 12 min (900 requests), in breach",
            "Codes500 x90",
            "Judged overthe worst interval",
            "Window2026-05-04 12:00-13:00Z (widened)",
            "Onlyuser_agent Backup<Tool>",
        ):
            assert text in told

    def test_a_run_of_intervals(self):
        one = failing()
        the(one).update(breaching_intervals=7, longest_run=7)
        assert "7 intervals in a row" in said(page(verdict([one])))
        the(one).update(longest_run=3)
        assert "7 intervals, at most 3 in a row" in said(page(verdict([one])))

    def test_an_advisory_check(self):
        one = failing()
        the(one).update(required=False, tolerated=True)
        assert "Gateadvisory, cannot close it" in said(page(verdict([one])))

    def test_an_action_only_where_it_is_due(self):
        one = passing()
        the(one).update(action="Call them.")
        assert "Call them." not in said(page(verdict([one])))

    def test_what_got_worse(self):
        one = failing()
        change = {"was": "pass", "is": "fail", "value_was": 0.2, "value_is": None, "unit": "percent"}
        one["since"] = {"status": "pass", "worse": [{"name": "5xx", **change}], "message": "5xx was better."}
        told = said(section(page(verdict([one]))))
        assert "Compared with the earlier verdict: 5xx was better." in told
        assert "5xxpass 0.2%fail none" in told

    @pytest.mark.parametrize("text", HOSTILE)
    def test_a_hostile_earlier_verdict(self, text):
        one = failing()
        change = {"name": text, "was": text, "is": "fail", "value_was": 0.2, "value_is": 1, "unit": text}
        one["since"] = {"status": text, "worse": [change], "message": text}
        made = {**verdict([one], spoilt=True), "baseline": {"evaluated_at": text, "status": text, "gate": text}}
        assert said(page(made)).count(" ".join(inert(text, 40).split())[:20]) >= 5

    @pytest.mark.parametrize("value", [None, 0, -34.2, 1e300, -(10**400), 5, 1e-12, 10**17])
    def test_any_value(self, value):
        one = failing()
        for check in one["checks"]:
            check.update(value=value, numerator=value, denominator=value, warn=value, ci95=[value, value])
        one["summary"]["requests"] = value
        one["capacity"] = dict.fromkeys(one["capacity"], value)
        one["capacity"].update(planned=None, max_at=None)
        made = verdict([failing()])
        made["organizations"] = [one]
        page(made)

    def test_everything_that_may_be_null(self):
        one = failing()
        for check in one["checks"]:
            for name in ("value", "warn", "fail", "numerator", "denominator", "ci95", "worst", "recent", "reason"):
                check[name] = None
            for name in ("first_breach", "last_breach", "action", "window", "detail"):
                check[name] = None
        one.update(capacity=None, since=None)
        made = verdict([failing()])
        made["organizations"] = [one]
        told = said(page(made))
        assert "no value" in told
        assert "Rate limit" not in told

    def test_nothing_comes_from_elsewhere(self):
        made = verdict(of_every_status())
        root = page(made, RUNBOOK)
        assert len(found(root, "script")) == 1
        assert found(root, "link") == found(root, "img") == found(root, "iframe") == []
        for one in root.iter():
            for name, value in one.attrib.items():
                assert name not in ("style", "src", "srcset", "action", "background")
                assert not name.startswith("on")
                assert "url(" not in value or re.fullmatch(r"url\(#[\w-]+\)", value)
        assert policy_of(root) == {
            "default-src": ["'none'"],
            "script-src": [LOCAL_SOURCE],
            "style-src": ["'unsafe-inline'"],
            "img-src": ["data:"],
            "base-uri": ["'none'"],
            "form-action": ["'none'"],
            "require-trusted-types-for": ["'script'"],
            "trusted-types": ["'none'"],
        }

    def test_ids_are_unique_and_references_resolve(self):
        root = page(verdict([*of_every_status(), *map(passing, "abc")]), RUNBOOK)
        ids = [one.get("id") for one in root.iter() if one.get("id")]
        assert len(ids) == len(set(ids))
        wanted = {one.get("href")[1:] for one in root.iter() if (one.get("href") or "").startswith("#")}
        wanted |= {one.get("fill")[5:-1] for one in root.iter() if (one.get("fill") or "").startswith("url(#")}
        wanted |= {
            one.get(name) for one in root.iter() for name in ("aria-labelledby", "aria-describedby") if one.get(name)
        }
        assert wanted <= set(ids)
        assert {f"o{place}" for place in range(1, 9)} <= wanted

    def test_headings_are_in_order(self):
        for made in (alone(), verdict(of_every_status())):
            levels = [int(one.tag[1]) for one in page(made).iter() if re.fullmatch(r"h\d", one.tag)]
            assert levels.count(1) == 1
            assert levels[0] == 1
            assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))

    def test_can_be_used_without_seeing_it(self):
        root = page(verdict(of_every_status()))
        assert root.get("lang") == "en"
        assert [one.get("href") for one in found(root, "a", "skip")] == ["#organizations"]
        assert all(one.get("role") == "img" or one.get("aria-hidden") == "true" for one in root.iter("svg"))
        for one in found(root, "div", "scroll"):
            assert (one.get("tabindex"), one.get("role")) == ("0", "region")
            assert one.get("aria-label")
        labels = [one.get("aria-label") for one in found(root, "div", "scroll")]
        assert len(labels) == len(set(labels))
        assert all(one.get("scope") for one in root.iter("th"))

    def test_the_blind_spot_and_the_schema(self):
        told = said(page(alone()).find("body/footer"))
        assert "502, 503 and 504 never appear in this telemetry" in told
        assert "no latency" in told
        assert "schema 1." in told

    def test_the_same_verdict_makes_the_same_bytes(self):
        made = verdict(of_every_status())
        assert made_of(made, RUNBOOK) == made_of(copy.deepcopy(made), RUNBOOK)

    def test_leaves_the_verdict_alone(self):
        made = verdict(of_every_status())
        before = copy.deepcopy(made)
        made_of(made, RUNBOOK)
        assert made == before

    def test_many_checks_are_cut_and_say_so(self):
        one = failing()
        one["checks"] = [{**the(one), "name": f"check {i}"} for i in range(130)]
        made = verdict([failing()])
        made["organizations"] = [one]
        root = page(made)
        assert len(found(root, "li", "check")) == 100
        assert "and 30 more" in said(root)

    def filled(self, text, many=False):
        """A verdict with this text wherever a text can be, on two organizations or many."""
        one, other = failing(), unread("2")
        for check in one["checks"]:
            check.update(name=text, message=text, action=text, metric="query", reason=text, operator=">")
            check["filters"] = {"user_agent": text, "x": [text]}
            check["detail"] = {"windows": [{"minutes": text}], "y": text}
        points = [
            each._replace(breaching=[text] * bool(each.breaching), rates={text: each.rates[SERVER_ERRORS]})
            for each in one["series"].points
        ]
        one["series"] = Series(points, {text: ("server_error",)})
        change = {"name": text, "was": "pass", "is": "fail", "value_was": 1, "value_is": 2, "unit": text}
        one["since"] = {"status": "pass", "worse": [change], "message": text}
        other["read"]["error"].update(message=text, hint=text, errors=[text], request_id=text)
        others = 24 if many else 1
        parts = [one] + [other] * others
        made = verdict([failing("of its own"), *(unread(str(place)) for place in range(others))])
        named = {"organization_id": text, "organization_name": text, "next_step": text}
        ranks = ("rank", "gate")
        made["organizations"] = [
            {**part, **named, **{name: of[name] for name in ranks}}
            for part, of in zip(parts, made["organizations"], strict=True)
        ]
        for cause in made["causes"]:
            cause.update(reason=text, metric=None, organizations=[text] * len(cause["organizations"]), next_step=text)
        made.update(summary=text, next_step=text, profile=text)
        made["history"] = [{"at": iso(T0), "status": "fail", "gate": text, "worst": text}]
        made["baseline"] = {"evaluated_at": iso(T0), "status": text, "gate": text}
        return made

    @staticmethod
    def shape(root):
        return [(one.tag, sorted(one.attrib)) for one in root.iter()]

    @classmethod
    @functools.cache
    def harmless(cls, many=False):
        """The shape of the page where every text is one letter."""
        return cls.shape(page(cls().filled("x", many), "x"))

    @pytest.mark.parametrize("many", [False, True])
    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_texts_are_text(self, text, many):
        root = page(self.filled(text, many), text)
        assert self.shape(root) == self.harmless(many)
        assert said(root).count(" ".join(inert(text).split())) > 20
        names = [one.text for one in root.iter("bdi")]
        assert names.count(inert(text)) > 10
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", "".join(root.itertext()))

    @given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=20), st.booleans())
    @whole
    def test_no_text_becomes_markup(self, text, many):
        made = made_of(self.filled(text, many), text)
        made.encode("utf-8")
        assert self.shape(page(self.filled(text, many), "x")) == self.harmless(many)
        links = [one.get("href") for one in read(made).iter("a")]
        assert all(re.match(r"#|https?://", link) for link in links)


class TestWhoIsBehindIt:
    OTHER = client("Other/2", 20.0, 9.0, without=80.0)
    # The longest ones first: there is not room for the details of all.
    TEXTS = ("x" * 300, "`|" * 100, *HOSTILE)

    @staticmethod
    def behind(*shares, note=None):
        return found(page(verdict_of(limited(*shares, note=note))), "div", "behind")

    def test_shares_are_bars_with_numbers(self):
        (behind,) = self.behind(client(), self.OTHER, note="the candidates are from the newest 1000 of these requests")
        assert [said(one) for one in behind.iter("li")] == [
            f"{BACKUP} applicationwithout it 41% of the limit is used52% of the requests81% of the 429s",
            "Other/2 applicationwithout it 80% of the limit is used20% of the requests9% of the 429s",
            "other applications28% of the requests10% of the 429s",
        ]
        bars = [one.findall("rect")[1] for one in found(behind, "svg", "portion")]
        assert [(one.get("width"), one.get("fill")) for one in bars[:2]] == [
            ("52%", "url(#k-ok)"),
            ("81%", "url(#k-rate_limited)"),
        ]
        assert said(behind.findall("p")[-1]) == "Note: the candidates are from the newest 1000 of these requests"

    def test_what_may_be_less(self):
        (behind,) = self.behind(client(exact=False))
        assert said(behind.find("ul")) == (
            f"{BACKUP} applicationwithout it at least 41% of the limit is usedat most 52% of the requests"
            "at most 81% of the 429s"
        )

    def test_nobody(self):
        assert self.behind() == []
        (told,) = found(page(verdict_of(limited(note="not known: it lags"))), "p", "behind")
        assert said(told) == "Who is behind it: not known: it lags"

    def test_the_chart_and_its_data(self):
        root = page(verdict_of(limited(client(), self.OTHER)))
        legend = [said(one) for one in found(root, "ul", "legend")[0]]
        assert f"of these {BACKUP} 12,600" in legend
        assert len(found(root, "svg", "steps")) == 1
        rows = [[said(cell) for cell in row] for row in found(root, "table", "own")[0].iter("tr")]
        assert rows[0][6:8] == ["2xx, 3xx", f"Of these {BACKUP}"]
        assert {(len(row), row[7]) for row in rows[1:]} == {(9, "420")}

    def test_a_cause_names_it(self):
        root = page(verdict_of(*(limited(client(), organization_id=str(place)) for place in range(3))))
        assert said(found(root, "ol", "causes")[0].find("li/h3")).endswith(
            f"429 (mainly {BACKUP}) since 13:00Z: 3 organizations"
        )

    @staticmethod
    def of_clients(*values):
        every = [limited(client(one), client(f"{one}2", 9.0, 9.0), note=one) for one in values]
        return page(verdict_of(*(called(one, str(place), None) for place, one in enumerate(every))))

    @classmethod
    @functools.cache
    def harmless(cls):
        """The shape of the page where every text is one letter."""
        return TestHtml.shape(cls.of_clients("x", "x"))

    @pytest.mark.parametrize("text", TEXTS)
    def test_hostile_texts_are_text(self, text):
        root = self.of_clients(text, text)
        assert TestHtml.shape(root) == self.harmless()
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", "".join(root.itertext()))
        assert {one.text for one in root.iter("bdi")} >= {inert(text, 120), inert(text, 60)}

    def test_hostile_texts_are_text_among_many(self):
        root = self.of_clients(*self.TEXTS, *self.TEXTS)
        assert found(root, "table", "all")
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", "".join(root.itertext()))
        shown = {inert(text, length) for text in self.TEXTS for length in (120, 60)}
        assert {one.text for one in root.iter("bdi")} >= shown


class TestMany:
    """The page of more organizations than anybody reads one by one."""

    @staticmethod
    def made():
        return fleet(10, 10, 4, 4, 0, 12)

    @staticmethod
    @functools.cache
    def root():
        return page(TestMany.made(), RUNBOOK)

    def test_twenty_are_few_and_one_more_is_many(self):
        one = judged(rate(90, 900))
        for count in (FEW, FEW + 1):
            root = page(verdict([one.but(str(place)) for place in range(count)]))
            assert (len(found(root, "script")) == 2) == bool(found(root, "table", "all")) == (count > FEW)
            assert bool(found(root, "section", "organization")) == (count <= FEW)

    def test_what_is_wrong_comes_before_where(self):
        body = self.root().find("body")
        assert [one.tag for one in body] == ["a", "svg", "header", "main", "footer", "script", "script"]
        titles = [said(one) for one in body.find("main").iter("h2")]
        assert titles == ["20 of 40 organizations close the gate", "All organizations", "Details"]

    def test_a_row_for_each_organization_worst_first(self):
        rows = rows_of(self.root(), "all")
        seen = view.of(self.made())
        assert [row[:2] for row in rows] == [[str(one.rank), one.called] for one in seen.organizations]
        assert [row[2] for row in rows] == [one.status for one in seen.organizations]
        assert [row[3] for row in rows] == ["closed"] * 20 + ["open"] * 20
        assert [row[5] for row in rows] == [f"{one.requests:,}" for one in seen.organizations]
        assert rows[0][4] == f"{seen.organizations[0].ranked[0].message}, since 13:50Z"

    def test_the_rows_of_a_cause(self):
        links = [one for one in self.root().iter("a") if one.get("data-cause")]
        assert [(one.get("data-cause"), said(one), one.get("href")) for one in links] == [
            ("1", "Show these 10 in the table", "#organizations"),
            ("2", "Show these 10 in the table", "#organizations"),
        ]
        rows = found(self.root(), "table", "all")[0].find("tbody")
        causes = [row.get("data-cause") for row in rows]
        assert causes == [
            None if one.cause is None else str(one.cause + 1) for one in view.of(self.made()).organizations
        ]

    def test_the_choices(self):
        choices = {one.get("id"): [(of.get("value"), said(of)) for of in one] for one in self.root().iter("select")}
        assert choices == {
            "status": [
                *(("", "all"), ("fail", "fail (20)"), ("inconclusive", "inconclusive (4)")),
                *(("warn", "warn (4)"), ("pass", "pass (12)")),
            ],
            "gate": [("", "all"), ("closed", "closed (20)"), ("open", "open (20)")],
            "cause": [("", "all"), ("1", "429 since 13:50Z (10)"), ("2", "5xx since 13:50Z (10)")],
        }

    def test_many_causes(self):
        made = fleet(28, 0, 0, 0, 0, 0)
        (one,) = made["causes"]
        # As if each had begun long after the others.
        parts = [{**one, "organizations": [name]} for name in one["organizations"]]
        root = page({**made, "causes": parts})
        assert said(found(root, "ol", "causes")[0][-1]) == "and 8 more causes, in 8 organizations"
        assert len(found(root, "ol", "causes")[0]) == 21
        (menu,) = [one for one in root.iter("select") if one.get("id") == "cause"]
        assert [one.get("value") for one in menu] == ["", *map(str, range(1, 21)), "others"]
        assert said(menu[-1]) == "other causes (8)"
        rows = found(root, "table", "all")[0].find("tbody")
        assert [row.get("data-cause") for row in rows].count("others") == 8

    def test_without_the_script_nothing_is_hidden_but_what_needs_it(self):
        hidden = [one for one in self.root().iter() if one.get("hidden")]
        assert [one.get("id") for one in hidden] == ["filter"]
        assert {one.tag for one in hidden[0].iter()} == {"div", "label", "input", "select", "option", "button"}
        assert "40 organizations, worst first" in said(self.root())

    @pytest.mark.slow
    def test_details_of_those_that_do_not_pass(self):
        root = page(fleet())
        folded = [one for one in root.iter("details") if one.get("class") == "organization"]
        full = [one for one in folded if found(one, "figure")]
        assert len(folded) == 80
        assert 4 < len(full) < 40
        assert [one.find("div").get("id") for one in folded] == [f"o{place}" for place in range(1, 81)]
        assert folded[: len(full)] == full
        for one in folded[len(full) :]:
            assert "Next step: " in said(one)
            assert found(one, "li", "check")
            assert not found(one, "li", "pass")
        told = (
            f"Worst first: {len(full)} organizations in full, then {80 - len(full)} organizations with the checks that "
            "do not pass. Everything is in the JSON report (health_gate.json), and a line for each organization in "
            "health_gate.csv."
        )
        assert told in said(root)
        assert {one.get("href") for one in found(root, "table", "all")[0].iter("a")} == {
            f"#o{place}" for place in range(1, 81)
        }

    def test_where_all_pass_nothing_is_folded(self):
        root = page(fleet(0, 0, 0, 0, 0, 30))
        assert list(root.iter("details")) == found(root, "ol", "causes") == []
        assert [one.get("hidden") for one in root.iter("label")] == [None, "hidden", "hidden", "hidden"]

    @pytest.mark.slow
    @pytest.mark.parametrize(("name", "intervals"), [(branch, 30), (long_name, 240)])
    @pytest.mark.parametrize(
        "kinds",
        [
            (20, 20, 20, 20, 0, 420),
            (250, 250, 0, 0, 0, 0),
            (0, 0, 0, 0, 500, 0),
            (0, 0, 500, 0, 0, 0),
            (0, 0, 0, 500, 0, 0),
            (0, 0, 0, 0, 0, 500),
        ],
        ids=["usual", "fail", "unread", "warn", "quiet", "pass"],
    )
    def test_500_organizations_take_500_kb(self, kinds, name, intervals):
        made = fleet(*kinds, name=name, intervals=intervals)
        text = made_of(made, RUNBOOK)
        assert len(text.encode()) <= 500_000
        root = read(text)
        assert [row[1] for row in rows_of(root, "all")] == [one.called for one in view.of(made).organizations]
        troubled = sum(one["status"] != "pass" for one in made["organizations"])
        folded = [one for one in root.iter("details") if one.get("class") == "organization"]
        left = re.search(r"The other (\d+) that do not pass are only in the table\.", said(root))
        assert len(folded) + int(left[1] if left else 0) == troubled
        assert len(folded) >= min(troubled, 20)

    @pytest.mark.slow
    def test_who_is_behind_it_fits(self):
        shares = [client('"' * 300, without=41.5), client("<" * 300, 9.0, 9.0), client("&" * 300, by="operation")]
        worst = limited(*shares, note="&" * 300)
        every = [
            called(worst if place < 20 else judged(rate(90, 900)), str(10**17 + place), None) for place in range(500)
        ]
        text = made_of(verdict_of(*every))
        assert len(text.encode()) <= 500_000
        root = read(text)
        assert len(found(root, "div", "behind")) == 20
        assert len(found(root, "details", "organization")) >= 20

    @pytest.mark.slow
    def test_names_that_would_not_fit_are_cut(self):
        made = fleet(250, 250, 0, 0, 0, 0, name=lambda place: f"{place} " + '"' * 400)
        text = made_of(made)
        assert len(text.encode()) <= 500_000
        assert all(len(row[1]) < 60 for row in rows_of(read(text), "all"))

    @pytest.mark.slow
    @pytest.mark.parametrize("count", [1000, 3000])
    def test_more_organizations_take_a_kb_each(self, count):
        made = fleet(count // 4, count // 4, 0, 0, count // 4, count // 4, name=long_name)
        text = made_of(made)
        assert len(text.encode()) <= 1000 * count
        assert len(rows_of(read(text), "all")) == count

    def test_no_script_but_ours_can_run(self):
        own = list(self.root().iter("script"))
        assert [one.attrib for one in own] == [{}, {}]
        digests = [hashlib.sha256((one.text or "").encode()).digest() for one in own]
        rules = policy_of(self.root())
        assert rules["script-src"] == [f"'sha256-{base64.b64encode(one).decode()}'" for one in digests]
        assert rules["default-src"] == ["'none'"]
        assert rules["require-trusted-types-for"] == ["'script'"]
        assert rules["trusted-types"] == ["'none'"]

    def test_heads_say_how_they_are_sorted(self):
        heads = found(self.root(), "table", "all")[0].find("thead/tr")
        assert [one.get("aria-sort") for one in heads] == ["ascending", None, None, None, None, None]
        assert [said(one) for one in heads] == [
            *("Rank", "Organization", "Status", "Gate", "What matters most", "Requests")
        ]

    def test_controls_have_labels(self):
        labels = [(said(one)[: len("Search")], one[0].tag, one[0].get("id")) for one in self.root().iter("label")]
        assert [one[1:] for one in labels] == [
            ("input", "search"),
            *(("select", x) for x in ("status", "gate", "cause")),
        ]
        assert all(one[0] for one in labels)
        (count,) = self.root().iter("output")
        assert count.get("id") == "shown"

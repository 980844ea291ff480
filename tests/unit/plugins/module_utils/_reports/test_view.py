# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every report says of a verdict: the order, what holds the gate, what is a link, and what is told of a check."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.view import Breach, Change, Trouble, Window
from tests.unit.plugins.module_utils.hostile import HOSTILE, spoilt
from tests.unit.plugins.module_utils.made import (
    INCIDENT,
    T0,
    T1,
    answer,
    copied,
    hours,
    iso,
    judged,
    quick,
    rate,
    the,
    unread,
    verdict,
    whole,
)

pytestmark = pytest.mark.once


def viewed(*organizations, **given):
    return view.of(verdict(organizations, **given))


def alone(**changes):
    """The view of a check that fails, with these changes."""
    return view.check({**the(judged(rate(90, 900))), **changes})


def names(organizations):
    return [one.name for one in organizations]


class TestVerdict:
    def test_organizations_are_worst_first(self):
        found = viewed(
            judged(rate(0, 900), "pass"),
            judged(rate(11, 900), "warn"),
            judged(rate(0, 40), "inconclusive"),
            unread("error"),
            judged(rate(90, 900), "fail"),
        )
        assert names(found.ranked) == ["fail", "error", "inconclusive", "warn", "pass"]
        assert names(found.organizations) == names(reversed(found.ranked))
        assert [one.status for one in found.ranked] == names(found.ranked)

    def test_what_holds_the_gate_comes_before_what_does_not(self):
        advisory = judged(rate(90, 900), "advisory")
        for check in advisory["checks"]:
            check.update(required=False, tolerated=True)
        found = viewed(advisory, judged(rate(0, 40), "quiet", on_low_traffic="fail"))
        assert [(one.name, one.holds) for one in found.ranked] == [("quiet", True), ("advisory", False)]

    def test_of_alike_ones_the_order_stays(self):
        assert names(viewed(*(judged(rate(90, 900), name) for name in "cab")).ranked) == ["c", "a", "b"]

    @pytest.mark.parametrize(
        ("data", "mode", "found"),
        [
            (rate(90, 900), "enforce", (True, True, True)),
            (rate(90, 900), "report_only", (False, False, True)),
            (rate(0, 900), "enforce", (False, True, False)),
            (rate(11, 900), "report_only", (False, False, False)),
        ],
    )
    def test_the_gate(self, data, mode, found):
        made = viewed(judged(data), mode=mode)
        assert (made.closed, made.enforced, made.holds) == found

    def test_what_may_be_absent(self):
        made = verdict([judged(rate(90, 900))])
        for name in ("profile", "history", "waited_seconds", "baseline"):
            made.pop(name)
        found = view.of(made)
        assert (found.profile, found.history, found.waited_seconds, found.earlier) == ("", [], 0, None)

    @given(st.lists(hours, min_size=1, max_size=4), st.sampled_from(["enforce", "report_only"]))
    @whole
    def test_the_first_is_what_closes_the_gate(self, data, mode):
        found = viewed(*(judged(one, str(place)) for place, one in enumerate(data)), mode=mode)
        assert found.closed == (found.holds and found.enforced)
        assert found.ranked[0].holds == found.holds
        for before, after in zip(found.ranked, found.ranked[1:], strict=False):
            assert before.holds >= after.holds
            if before.holds == after.holds:
                assert STATUSES.index(before.status) >= STATUSES.index(after.status)

    @pytest.mark.parametrize("text", HOSTILE)
    def test_texts_are_as_they_came(self, text):
        found = view.of(spoilt(verdict([judged(rate(90, 900)), unread("2")]), [text]))
        assert (found.summary, found.next_step, *found.lines) == (text,) * 4
        assert names(found.organizations) == [text, text]


class TestOrganization:
    def test_checks_are_worst_first(self):
        one = copied(judged(answer([{200: 100, 404: 40, 500: 9}] * 30)))
        one["checks"].reverse()
        found = view.organization(one)
        assert [check.status for check in found.ranked] == ["fail", "warn", "pass", "pass", "pass"]
        assert [check.name for check in found.ranked[:2]] == ["server_error_percent", "client_error_percent"]
        assert found.troubled == found.ranked[:2]
        assert [check.name for check in found.checks] == [check["name"] for check in one["checks"]]

    @pytest.mark.parametrize(
        ("status", "passes"), [(status, status in ("pass", "skipped")) for status in STATUSES], ids=STATUSES
    )
    def test_passes(self, status, passes):
        assert view.organization({**judged(rate(0, 900)), "status": status}).passes is passes

    def test_what_could_not_be_read(self):
        found = view.organization(unread("2", errors=["No access"], request_id="r-1"))
        assert found.read.trouble == Trouble("the API answered 404", "Check the id.", ["No access"], "r-1")
        assert (found.window, found.data, found.requests, found.capacity, found.codes) == (None, None, None, None, ())
        assert (found.read.status, found.read.attempts) == (404, 1)

    def test_what_was_read(self):
        found = view.organization(judged(INCIDENT))
        assert found.window == Window(iso(T0), iso(T1), 3600, False, 120, 120)
        assert found.codes[:2] == [("200", 3890), ("500", 299)]
        assert found.data is not None
        assert (found.data.used, found.data.expected, found.data.newest) == (30, 30, iso(T1))

    def test_what_got_worse(self):
        change = {"name": "x", "was": "pass", "is": "fail", "value_was": 0.2, "value_is": 9, "unit": "percent"}
        one = {**judged(INCIDENT), "since": {"status": "pass", "worse": [change], "message": "x was better."}}
        since = view.organization(one).since
        assert since == view.Since("x was better.", [Change("x", "pass", "fail", 0.2, 9, "percent")])

    @pytest.mark.parametrize(
        ("planned", "what"),
        [
            ((3000, 5, 10.0, False, 4.4, 680), "3000 requests in 5 min (10 rps): does not fit"),
            ((30, 5, 0.1, True, 4.4, 5), "30 requests in 5 min (0.1 rps): fits"),
            ((1, 0, None, None, None, None), "1 request"),
        ],
    )
    def test_the_planned_change(self, planned, what):
        one = copied(judged(INCIDENT))
        fields = ("requests", "minutes", "rps", "fits", "safe_rps", "shortest_safe_seconds")
        one["capacity"]["planned"] = dict(zip(fields, planned, strict=True))
        found = view.organization(one).capacity
        assert found is not None
        assert found.planned == (what, *planned[-2:])


class TestCheck:
    @pytest.mark.parametrize(
        ("name", "message", "said"),
        [
            ("x", "x 7% > 5%", "7% > 5%"),
            ("x", "x: no_data, none came", "no_data, none came"),
            ("x", "xy 7% > 5%", "xy 7% > 5%"),
            ("\u00e9", "? 7% > 5%", "7% > 5%"),
            ("x", "", ""),
        ],
    )
    def test_the_message_without_its_name(self, name, message, said):
        found = alone(name=name, message=message)
        assert (found.message, found.said) == (message, said)

    def test_where_it_is_breached(self):
        found = view.check(the(judged(INCIDENT)))
        assert found.breach == Breach("13:46-14:00Z", 7, 7)
        assert view.check(the(judged(rate(0, 900)))).breach is None

    @pytest.mark.parametrize("tolerated", [True, False])
    def test_what_holds_the_gate(self, tolerated):
        assert alone(tolerated=tolerated).holds is not tolerated

    @pytest.mark.parametrize(
        ("warn", "fail", "limits"), [(1, 5, [("warn", 1), ("fail", 5)]), (None, 0, [("fail", 0)]), (None, None, [])]
    )
    def test_limits(self, warn, fail, limits):
        assert alone(warn=warn, fail=fail).limits == limits

    def test_what_it_filters_by(self):
        found = alone(filters={"user_agent": "Tool", "version": 1, "admin_ids": ["1", "2"]})
        assert found.only == [("user_agent", "Tool"), ("version", "1"), ("admin_ids", "1,2")]

    def test_what_may_be_null(self):
        nothing = ("value", "ci95", "worst", "recent", "first_breach", "last_breach", "top_codes", "window", "detail")
        found = alone(**dict.fromkeys(nothing))
        assert (found.value, found.worst, found.recent, found.breach, found.window) == (None,) * 5
        assert (found.ci95, found.codes, found.detail) == ((), (), {})


class TestWindow:
    @pytest.mark.parametrize(
        ("t0", "text"),
        [
            (iso(T0), "2026-05-04 13:00-14:00Z"),
            ("2026-05-03T13:00:00Z", "2026-05-03 13:00Z to 2026-05-04 14:00Z"),
        ],
    )
    def test_in_words(self, t0, text):
        assert Window(t0, iso(T1), 3600, False, 120, 120).text == text


class TestLink:
    @pytest.mark.parametrize(
        "url",
        [
            "https://wiki.example.com/gate?a=1&b=2#now",
            "http://wiki/x",
            "HTTPS://wiki.example.com/b\u00fcro",
            "http://[::1]:8080/a_b*c",
            "https://x.example/a)b(c)<d>\\e",
        ],
    )
    def test_an_address_of_the_web(self, url):
        assert view.link(url) == url

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "javascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "//evil.example.com",
            "wiki/gate",
            "ftp://x/y",
            "https:x",
            "https://",
            "https:///x",
            "http://[",
            "https://a b",
            "\x01https://a",
            "https://a\u202eb",
            "https://a\njavascript:x",
            "https://a/\ud800",
            "https://a/" + "x" * 2000,
            "see the wiki",
        ],
    )
    def test_no_link(self, url):
        assert view.link(url) is None

    @given(st.text() | st.text().map("https://{}".format))
    @quick
    def test_is_the_address_or_nothing(self, url):
        assert view.link(url) in (None, url)


class TestFlat:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (
                {"windows": [{"minutes": 60, "value": 15.2}, {"minutes": 6}]},
                "windows minutes 60, value 15.2; minutes 6",
            ),
            ({"p_value": 0.0001, "sure": True, "none": None}, "p value 0.0001, sure yes, none none"),
            ({"a": {"b": {"c": {"d": "<e>"}}}}, "a b c {'d': '<e>'}"),
            ([], "none"),
            ({"t0": iso(T0), "t1": iso(T0 + 240)}, "2026-05-04 13:00-13:04Z"),
            ({"t0": iso(T0 - 3600), "t1": iso(T0), "value": 0.25}, "2026-05-04 12:00-13:00Z, value 0.3"),
        ],
    )
    def test_as_people_read_it(self, value, text):
        assert "".join(word.said for word in view.flat(value)) == text

    def test_what_comes_from_outside_is_told_apart(self):
        assert [word.said for word in view.flat({"x": ["a", 5, "b"]}) if word.outside] == ["a", "b"]

    def test_long_lists_are_cut(self):
        assert len([word for word in view.flat(["x"] * 99) if word.outside]) == view.LISTED

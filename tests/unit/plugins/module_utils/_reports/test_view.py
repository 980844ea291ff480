# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every report says of a verdict: order, causes, what holds the gate, what is a link, what is told of a check."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.view import Breach, Change, Trouble, Window
from tests.conftest import ROOT
from tests.unit.plugins.module_utils._reports.fleets import (
    BACKUP,
    attributed,
    called,
    client,
    fleet,
    limited,
    verdict_of,
)
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
    spread,
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


def ids(organizations):
    return [one.organization_id for one in organizations]


class TestVerdict:
    def test_organizations_are_in_the_order_of_their_rank(self):
        found = viewed(
            judged(rate(0, 900), "pass"),
            judged(rate(11, 900), "warn"),
            judged(rate(0, 40), "inconclusive"),
            unread("error"),
            judged(rate(90, 900), "fail"),
        )
        assert ids(found.organizations) == ["fail", "error", "inconclusive", "warn", "pass"]
        assert [one.rank for one in found.organizations] == [1, 2, 3, 4, 5]

    def test_the_order_is_the_data_s_alone(self):
        made = verdict([judged(rate(90, 900), "a"), judged(rate(0, 900), "b"), unread("c")])
        for one, rank in zip(made["organizations"], (3, 1, 2), strict=True):
            one["rank"] = rank
        assert ids(view.of(made).organizations) == ["b", "c", "a"]

    def test_the_order_of_the_ids_changes_nothing(self):
        some = [judged(rate(90, 900), "c"), judged(rate(90, 900), "a"), unread("d"), judged(rate(11, 900), "b")]
        found = [view.of(verdict([some[place] for place in order])) for order in itertools.permutations(range(4))]
        assert ids(found[0].organizations) == ["a", "c", "d", "b"]
        assert all(one == found[0] for one in found)

    @pytest.mark.parametrize(
        ("data", "mode", "found"),
        [
            (rate(90, 900), "enforce", (True, True, ["549236"])),
            (rate(90, 900), "report_only", (False, False, ["549236"])),
            (rate(0, 900), "enforce", (False, True, [])),
            (rate(11, 900), "report_only", (False, False, [])),
        ],
    )
    def test_the_gate(self, data, mode, found):
        made = viewed(judged(data, mode=mode), mode=mode)
        assert (made.closed, made.enforced, ids(made.holding)) == found

    def test_what_may_be_absent(self):
        made = verdict([judged(rate(90, 900))])
        for name in ("profile", "history", "waited_seconds", "baseline"):
            made.pop(name)
        found = view.of(made)
        assert (found.profile, found.history, found.waited_seconds, found.earlier) == ("", [], 0, None)

    @given(st.lists(hours, min_size=1, max_size=4), st.sampled_from(["enforce", "report_only"]))
    @whole
    def test_what_closes_the_gate_is_what_holds_it(self, data, mode):
        found = viewed(*(judged(one, str(place), mode=mode) for place, one in enumerate(data)), mode=mode)
        assert found.closed == (bool(found.holding) and found.enforced)
        assert [one.closed for one in found.organizations] == [
            one.holds and found.enforced for one in found.organizations
        ]
        statuses = [STATUSES.index(one.status) for one in found.organizations]
        assert statuses == sorted(statuses, reverse=True)

    @pytest.mark.parametrize("text", HOSTILE)
    def test_texts_are_as_they_came(self, text):
        found = view.of(spoilt(verdict([judged(rate(90, 900)), unread("2")]), [text]))
        assert (found.summary, found.next_step, *found.lines) == (text,) * 4
        assert ids(found.organizations) == [text, text]
        assert [one.name for one in found.organizations] == [text, text]


class TestCauses:
    FLEET = fleet(server_errors=3, rate_limits=2, warnings=1, quiet=1, unreadable=1, healthy=1)

    def test_those_of_a_cause_are_worst_first(self):
        found = view.of(self.FLEET)
        told = [(one.label, one.begun(found.evaluated_at), len(one.organizations)) for one in found.causes]
        assert told == [("5xx", "13:50Z", 3), ("429", "13:50Z", 2), ("could not be read: HTTP 404", "", 1)]
        for place, (one, data) in enumerate(zip(found.causes, self.FLEET["causes"], strict=True)):
            assert ids(one.organizations) == data["organizations"]
            assert (one.reason, one.next_step) == (data["reason"], data["next_step"])
            assert {of.cause for of in one.organizations} == {place}
            ranks = [of.rank for of in one.organizations]
            assert ranks == sorted(ranks)
        assert [one.cause for one in found.organizations if not one.closed] == [None] * 3

    def test_one_that_began_on_another_day_says_so(self):
        (one, *_others) = view.of(self.FLEET).causes
        assert one.begun("2026-05-05T00:01:00Z") == "2026-05-04 13:50Z"

    @pytest.mark.parametrize(
        ("organization", "label"),
        [
            (unread("1", status=None), "could not be read: no answer"),
            (judged([], "1"), "no data"),
            (judged(rate(0, 40), "1", on_low_traffic="fail"), "low traffic"),
        ],
    )
    def test_what_has_no_metric_is_named_by_its_reason(self, organization, label):
        given = {"on_low_traffic": "fail"}
        assert [one.label for one in view.of(verdict_of(organization, **given)).causes] == [label]

    def test_a_query_is_named_as_the_user_did(self):
        entry = {"metric": "query", "name": "mine", "query": "summary.requests", "fail": 5}
        made = viewed(judged(rate(0, 900), checks=[entry]), checks=[entry])
        assert [one.label for one in made.causes] == ["mine"]

    def test_one_that_was_open_at_one_poll_only(self):
        made = view.of(verdict_of(judged(rate(0, 900), "1"), judged(rate(0, 900), "2"), unconfirmed=("2",)))
        assert [(one.label, one.since, ids(one.organizations)) for one in made.causes] == [
            ("a single healthy poll", None, ["2"])
        ]
        first, second = sorted(made.organizations, key=lambda one: not one.closed)
        assert (first.organization_id, first.closed, first.unconfirmed, first.passes) == ("2", True, True, False)
        assert (second.closed, second.unconfirmed, second.passes) == (False, False, True)

    def test_an_organization_that_is_there_twice(self):
        made = view.of(verdict_of(judged(rate(90, 900), "1"), unread("1"), judged(rate(0, 900), "1")))
        assert [(one.label, len(one.organizations)) for one in made.causes] == [
            ("5xx", 1),
            ("could not be read: HTTP 404", 1),
        ]
        assert [one.cause for one in made.organizations] == [0, 1, None]

    def test_every_reason_is_explained(self):
        text = (ROOT / "docs" / "read_a_verdict.md").read_text()
        (table,) = re.findall(r"^\| Status \| Reason \|.*?\n\n", text, re.M | re.S)
        rows = re.findall(r"^\|[^|]*\| (`[^|]*`) \|", table, re.M)
        reasons = {reason for row in rows for reason in re.findall(r"`(\w+)`", row)}
        assert {"sudden", "clock", "stale"} <= reasons
        assert reasons <= set(view.REASONS)


class TestAttribution:
    OTHER = client("Other/2", 20.0, 9.0, without=80.0)
    CALL = client("getOrganizationDevices", 60.0, 70.0, by="operation", without=55.0)

    @staticmethod
    def check(*shares, name="rate_limited_percent", note=None, organization=None):
        one = organization or limited()
        return view.check(the(attributed(one, *shares, name=name, note=note), name))

    def test_shares_by_kind_with_what_they_leave(self):
        found = self.check(client(), self.CALL, self.OTHER)
        assert [(one.called, one.percent_of_requests, one.percent_of_failures) for one in found.shares] == [
            (f"application {BACKUP}", 52.0, 81.0),
            ("application Other/2", 20.0, 9.0),
            ("other applications", 28.0, 10.0),
            ("operation getOrganizationDevices", 60.0, 70.0),
            ("other operations", 40.0, 30.0),
        ]
        assert [one.value for one in found.attribution] == [BACKUP, "getOrganizationDevices", "Other/2"]

    def test_in_lines(self):
        assert self.check(client(), note="only the newest").behind == [
            f"application {BACKUP}: 52% of the requests, 81% of the 429s, without it 41% of the limit is used",
            "other applications: 48% of the requests, 19% of the 429s",
            "only the newest",
        ]

    def test_what_may_be_less(self):
        assert self.check(client(exact=False)).behind == [
            f"application {BACKUP}: at most 52% of the requests, at most 81% of the 429s, "
            "without it at least 41% of the limit is used"
        ]

    def test_the_limit_matters_only_where_it_is_the_matter(self):
        found = self.check(client(), name="server_error_percent", organization=judged(rate(90, 900)))
        assert found.behind[0] == f"application {BACKUP}: 52% of the requests, 81% of the 5xx"

    def test_a_drop_is_of_the_requests_before(self):
        found = self.check(client(failures=None, without=None), name="traffic_drop_percent")
        assert found.behind[0] == f"application {BACKUP}: 52% of the requests before"

    def test_addresses_and_administrators(self):
        found = self.check(client("192.0.2.7", by="source_ip"), client("7", by="admin"))
        assert [one.called for one in found.shares] == [
            "address 192.0.2.7",
            "other addresses",
            "administrator 7",
            "other administrators",
        ]

    @pytest.mark.parametrize(
        "shares",
        [
            (client(exact=False), OTHER),
            (client(requests=99.8, failures=99.5),),
            (client(requests=None, failures=None),),
        ],
    )
    def test_no_others_where_none_can_be_told(self, shares):
        assert [one.value for one in self.check(*shares).shares] == [one.value for one in shares]

    def test_counted_a_moment_later(self):
        assert self.check(client(requests=60.0), client("Other/2", 45.0, 9.0)).shares[-1].percent_of_requests == 0

    def test_nobody(self):
        found = self.check()
        assert (found.shares, found.behind, found.note) == ([], [], None)

    def test_a_verdict_from_before(self):
        old = {name: value for name, value in the(judged(rate(90, 900))).items() if not name.startswith("attribution")}
        assert view.check(old).attribution == []

    def test_a_long_name_leaves_its_numbers(self):
        (line, _others) = self.check(client("x" * 300)).behind
        assert len(line) < 300
        assert line.endswith("without it 41% of the limit is used")

    def test_the_culprit(self):
        found = view.of(verdict_of(limited(client(), self.OTHER), judged(rate(0, 900), "2")))
        assert [one.culprit and one.culprit.value for one in found.organizations] == [BACKUP, None]

    @pytest.mark.parametrize(
        ("clients", "label"),
        [
            ((client(), client(requests=60.0)), f"429 (mainly {BACKUP})"),
            ((client(), None), f"429 (mainly {BACKUP})"),
            ((client(), client("Other/2")), "429"),
            ((client("7", by="admin"), client("7", by="admin")), "429 (mainly administrator 7)"),
            ((client("x" * 300), None), f"429 (mainly {'x' * 57}...)"),
            ((client("\u202e<b>|`\n"), None), "429 (mainly ?<b>|`?)"),
            ((None, None), "429"),
        ],
    )
    def test_that_of_a_cause(self, clients, label):
        made = [limited(*[one] * bool(one), organization_id=str(place)) for place, one in enumerate(clients)]
        assert [one.label for one in view.of(verdict_of(*made)).causes] == [label]


class TestOrganization:
    @pytest.mark.parametrize(
        ("name", "text"), [("Branch Berlin", "Branch Berlin (549236)"), (None, "549236"), ("", "549236")]
    )
    def test_its_name_stands_beside_its_id(self, name, text):
        assert view.organization(called(judged(rate(0, 900)), "549236", name)).called == text

    def test_the_worst_check(self):
        assert view.organization(judged(rate(0, 900))).worst is None
        worst = view.organization(judged(answer([{200: 100, 404: 40, 500: 9}] * 30))).worst
        assert worst is not None
        assert worst.name == "server_error_percent"

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
            ((3000, 5, 10.0, False, 4.4, 680), "3,000 requests in 5 min (10 rps): does not fit"),
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

    @pytest.mark.parametrize(
        ("status", "warn", "fail", "limit"),
        [
            ("fail", 1, 5, 5),
            ("warn", 1, 5, 1),
            ("fail", 1, None, 1),
            ("warn", None, 5, 5),
            ("warn", None, None, None),
            ("fail", 1, 0, 0),
        ],
    )
    def test_the_limit_that_decides(self, status, warn, fail, limit):
        assert alone(status=status, warn=warn, fail=fail).limit == limit

    def test_the_value_that_decides(self):
        assert alone().decisive == 10
        sudden = view.check(the(judged(spread(60, 6000, (60, 240, 10)))))
        assert (sudden.reason, sudden.value, sudden.decisive) == ("sudden", 1, 25)
        assert alone(reason="sudden", detail=None, value=7).decisive == 7

    def test_since_when_it_is_breached(self):
        assert view.check(the(judged(INCIDENT))).since == "2026-05-04T13:46:00Z"
        assert view.check(the(judged(rate(0, 900)))).since is None

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

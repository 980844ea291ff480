# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was found -> checks, lines and whether a gate could work: a truth table, and laws for whatever is found."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._api.probe import Probed, Tried, candidates
from ansible_collections.apihealth.meraki.plugins.module_utils._api.problems import Problem
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import DOCTOR
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.doctor import Found, examine, result
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import Interval
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import examination
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.unit.plugins.module_utils.made import NOW, quick

NAMES = ["proxy", "address", "tls", "answer", "clock", "key", "organizations", "api_access", "scope", "endpoint"]
HOUR = [Interval(NOW - 120 * (30 - at), NOW - 120 * (29 - at), {200: 10}) for at in range(30)]


def asked(**options):
    return examination(validated(DOCTOR, {"api_key": "0123456789", **options}, NOW), NOW)


def listing(*organizations, has_more=False, ahead=0.0):
    """A listing of `(id, name, API enabled)`."""
    names = ("organization_id", "organization_name", "organization_api_enabled")
    return Tried(([dict(zip(names, one, strict=True)) for one in organizations], has_more), None, ahead)


def refused(*problem, ahead=0.0, **details):
    return Tried(None, Problem(*problem, **details), ahead)


ONE = ("1", "Example Retail", True)
OFF = ("2", "Example Closed", False)
TWO = ("3", "Example Depot", True)
READ = Tried(HOUR, None, 0.0)
NOT_READ = refused("answered 403 Forbidden", 403, hint="Check the scope.")


def found(listed=None, reads=None, encrypted=True, proxy=None, has_time=True, **options):
    if reads is None:
        reads = {"1": READ}
    probed = Probed("api.meraki.com", encrypted, proxy, listed or listing(ONE), reads, has_time)
    return result(Found(asked(**options), probed))


def statuses(data):
    return {one["name"]: one["status"] for one in data["checks"]}


def check(data, name):
    (one,) = [one for one in data["checks"] if one["name"] == name]
    return one


class TestReady:
    def test_all_is_well(self):
        data = found()
        assert statuses(data) == dict.fromkeys(NAMES, "ok")
        assert data["ready"] is True
        assert data["organizations"] == [
            {"organization_id": "1", "organization_name": "Example Retail", "api_enabled": True}
        ]
        assert data["lines"] == [
            "READY  A gate can work here",
            "OK   proxy: none",
            "OK   address: api.meraki.com (region global)",
            "OK   tls: the certificate is trusted",
            "OK   answer: the API answers",
            "OK   clock: the same as the API's",
            "OK   key: accepted (api_key)",
            "OK   organizations: 1 visible",
            "OK   api_access: enabled",
            "OK   scope: sufficient",
            "OK   endpoint: readable, 300 requests in the last hour",
            "ORG  1  Example Retail",
            "DO   Run apihealth.meraki.health_gate with the same variables.",
        ]

    def test_one_of_several_is_enough(self):
        data = found(listing(ONE, OFF, TWO), {"1": READ, "3": NOT_READ})
        assert data["ready"] is True
        assert {name for name, status in statuses(data).items() if status == "warn"} == {
            "api_access",
            "scope",
            "endpoint",
        }
        assert data["lines"][0] == "READY  A gate can work here, with 3 warnings"

    def test_none_of_several_is_not(self):
        data = found(listing(ONE, OFF, TWO), {"1": NOT_READ, "3": NOT_READ})
        assert data["ready"] is False
        assert data["lines"][0].startswith("NOT READY  scope: the key may not read 1, 3: answered 403")
        assert statuses(data)["endpoint"] == "skip"


class TestChecks:
    @pytest.mark.parametrize(
        ("stage", "skipped"), [("proxy", NAMES[1:]), ("address", NAMES[2:]), ("tls", NAMES[3:]), ("answer", NAMES[4:])]
    )
    def test_a_connection_that_fails(self, stage, skipped):
        data = found(refused("it failed", stage=stage, hint="Mend it.", ahead=None), {})
        assert [name for name, status in statuses(data).items() if status == "skip"] == skipped
        assert check(data, stage)["hint"] == "Mend it."
        assert {check(data, name)["message"] for name in skipped} == {f"not checked, because {stage} failed"}

    @pytest.mark.parametrize(
        ("ahead", "status", "message"),
        [
            (0.4, "ok", "the same as the API's"),
            (-59, "ok", "59 s from the API's"),
            (61, "warn", "this host's clock is 61 s behind the API's"),
            (-119, "warn", "this host's clock is 119 s ahead of the API's"),
            (121, "fail", "this host's clock is 2 min behind the API's"),
            (None, "warn", "the API's answer has no time"),
        ],
    )
    def test_clock(self, ahead, status, message):
        data = found(listing(ONE, ahead=ahead), {"1": READ._replace(ahead_seconds=None)})
        assert (check(data, "clock")["status"], check(data, "clock")["message"]) == (status, message)
        # It holds up nothing else.
        assert statuses(data)["endpoint"] == "ok"
        assert data["ready"] is (status != "fail")

    def test_clock_of_a_read_where_listing_did_not_say(self):
        assert statuses(found(listing(ONE, ahead=None), {"1": READ._replace(ahead_seconds=600)}))["clock"] == "fail"

    def test_a_portal(self):
        data = found(refused("answered 200, but the answer is a page titled 'Sign in'", 200), {})
        assert statuses(data)["answer"] == "fail"
        assert statuses(data)["clock"] == "skip"

    def test_listing_fails_but_reading_works(self):
        trouble = refused("answered 503 Service Unavailable", 503, request_id="4a1f")
        data = found(trouble, organization_ids=["1"])
        assert (statuses(data)["answer"], statuses(data)["organizations"], data["ready"]) == ("warn", "warn", True)
        assert check(data, "answer")["message"].endswith("answered 503 Service Unavailable, request id 4a1f")

    @pytest.mark.parametrize("problem", [("answered 401 Unauthorized", 401), ("answered 403 Forbidden", 403)])
    def test_no_key(self, problem):
        data = found(refused(*problem), {}, api_key="")
        assert (check(data, "key")["status"], check(data, "key")["message"]) == ("fail", "no key is set")
        assert check(data, "key")["hint"] == "Set the environment variable MERAKI_DASHBOARD_API_KEY, or api_key."

    def test_a_key_that_may_not_list(self):
        no = refused("answered 403 Forbidden", 403)
        assert statuses(found(no, {}))["organizations"] == "fail"
        named = found(no, organization_ids=["1"])
        assert (statuses(named)["organizations"], statuses(named)["api_access"]) == ("warn", "skip")
        assert named["ready"] is True

    @pytest.mark.parametrize(
        ("listed", "ids", "status", "message"),
        [
            (listing(), None, "fail", "this key sees no organization"),
            (listing(ONE, TWO), None, "ok", "2 visible"),
            (listing(ONE, TWO, has_more=True), ["9"], "ok", "2 or more visible"),
            (listing(ONE, TWO), ["1", "3"], "ok", "2 visible, with all 2 named"),
            (listing(ONE, TWO), ["1", "9"], "warn", "9 not among the 2 visible"),
            (listing(ONE), [str(at) for at in range(5, 10)], "fail", "5, 6, 7 and 2 more not among the 1 visible"),
        ],
    )
    def test_organizations(self, listed, ids, status, message):
        data = found(listed, organization_ids=ids)
        assert (check(data, "organizations")["status"], check(data, "organizations")["message"]) == (status, message)

    @pytest.mark.parametrize(
        ("listed", "ids", "status", "message"),
        [
            (listing(ONE, TWO), None, "ok", "enabled for all 2"),
            (listing(ONE, OFF), None, "warn", "disabled for 1 of 2: 2"),
            (listing(ONE, OFF), ["1"], "ok", "enabled"),
            (listing(ONE, OFF), ["2"], "fail", "disabled for 2"),
            (listing(("1", "a", None)), None, "ok", "the API does not say"),
        ],
    )
    def test_api_access(self, listed, ids, status, message):
        data = found(listed, organization_ids=ids)
        assert (check(data, "api_access")["status"], check(data, "api_access")["message"]) == (status, message)

    def test_endpoint_says_what_was_not_tried(self):
        assert check(found(listing(ONE, OFF, TWO)), "endpoint")["message"].endswith("in the last hour, 1 not tried")

    def test_endpoint_without_data(self):
        data = found(reads={"1": Tried([], None, 0.0)})
        assert check(data, "endpoint")["message"] == "readable, but without data for 1"
        assert (statuses(data)["endpoint"], data["ready"]) == ("warn", True)

    def test_endpoint_that_fails(self):
        data = found(reads={"1": refused("answered 404 Not Found", 404, ("disabled",), hint="Enable it.")})
        assert (statuses(data)["scope"], statuses(data)["endpoint"]) == ("skip", "fail")
        assert check(data, "endpoint")["message"] == "readable for 0 of 1; 1: answered 404 Not Found (disabled)"

    def test_nothing_was_read(self):
        data = found(reads={})
        assert (statuses(data)["endpoint"], data["ready"]) == ("fail", False)
        assert check(data, "endpoint")["message"] == "was not read: all 5 requests were used up"
        assert "set base_url to" in check(data, "endpoint")["hint"]
        late = found(reads={}, has_time=False)
        assert check(late, "endpoint")["message"] == "was not read: no time was left"
        assert check(late, "endpoint")["hint"] == "Raise max_wait."

    def test_the_way(self):
        assert check(found(encrypted=False), "tls")["message"] == "not used within this host"
        assert check(found(validate_certs=False), "tls")["status"] == "warn"
        through = found(proxy=("proxy.example:3128", "environment variable HTTPS_PROXY"))
        assert check(through, "proxy")["message"] == "proxy.example:3128 (HTTPS_PROXY)"

    def test_names_are_those_of_the_variables(self):
        data = found(refused("answered 401", 401), {}, option_prefix="health_gate_", api_key="", region="india")
        assert "health_gate_api_key" in check(data, "key")["hint"]
        assert check(data, "address")["message"] == "api.meraki.com (health_gate_region india)"


class TestLines:
    def test_names_are_plain_and_cut(self):
        name = "\x1b[31m{{ 7*7 }} B\u00fcro \u202e::error::" + "x" * 100
        (line,) = [line for line in found(listing(("1", name, False)), {})["lines"] if line.startswith("ORG")]
        assert line.startswith("ORG  1  ?[31m{{ 7*7 }} B?ro ?:?error::xxx")
        assert line.endswith("xxx... (API access disabled)")
        assert len(line) == 75

    def test_ten_and_how_many_more(self):
        many = [(str(at), f"Example {at}", True) for at in range(1, 31)]
        said = [line for line in found(listing(*many))["lines"] if line.startswith(("ORG", "     and"))]
        assert said[-1] == "     and 20 more, shown with -v"
        assert len(said) == 11

    def test_of_those_named_only_these(self):
        data = found(listing(ONE, OFF, TWO), organization_ids=["1"])
        assert [line for line in data["lines"] if line.startswith("ORG")] == ["ORG  1  Example Retail"]
        missing = found(listing(ONE, OFF, TWO), organization_ids=["1", "9"])
        assert len([line for line in missing["lines"] if line.startswith("ORG")]) == 3

    def test_what_to_do_next(self):
        assert found(option_prefix="health_gate_")["lines"][-2:] == [
            "DO   Run apihealth.meraki.health_gate with the same variables and",
            """     -e '{"health_gate_organization_ids": ["1"]}'""",
        ]
        assert not any(line.startswith("DO") for line in found(listing(), {})["lines"])


TEXTS = st.text(max_size=200)
ORGANIZATIONS = st.lists(
    st.tuples(st.sampled_from(["1", "2", "3", "x" * 100]), TEXTS, st.sampled_from([True, False, None])),
    max_size=4,
    unique_by=lambda one: one[0],
)
PROBLEMS = st.builds(
    Problem,
    message=TEXTS.filter(str.strip),
    status=st.sampled_from([None, 200, 302, 400, 401, 403, 404, 429, 500, 503]),
    errors=st.lists(TEXTS, max_size=2).map(tuple),
    hint=st.none() | TEXTS,
    request_id=st.none() | TEXTS,
    stage=st.sampled_from(["proxy", "address", "tls", "answer"]),
)
AHEAD = st.sampled_from([None, 0.0, 90.0, -4000.0])
READS = st.builds(Tried, st.none(), PROBLEMS, AHEAD) | st.builds(Tried, st.sampled_from([[], HOUR]), st.none(), AHEAD)


LISTED = st.builds(
    lambda all_, more, ahead: listing(*all_, has_more=more, ahead=ahead), ORGANIZATIONS, st.booleans(), AHEAD
)


class TestLaws:
    @given(st.data())
    @quick
    def test_whatever_is_found(self, data):
        ids = data.draw(st.none() | st.lists(st.sampled_from(["1", "2", "9"]), min_size=1, unique=True))
        listed = data.draw(st.builds(Tried, st.none(), PROBLEMS, AHEAD) | LISTED)
        reads = {one: data.draw(READS) for one in candidates(listed, ids)[: data.draw(st.integers(0, 4))]}
        made = found(listed, reads, data.draw(st.booleans()), organization_ids=ids)
        assert [one["name"] for one in made["checks"]] == NAMES
        # It says that a gate can work only where one organization was read, and if not, what failed.
        assert not made["ready"] or any(tried.problem is None for tried in reads.values())
        assert made["ready"] or any(one["status"] == "fail" for one in made["checks"])
        assert made["ready"] is made["lines"][0].startswith("READY")
        assert all(line.isascii() and line.isprintable() for line in made["lines"])
        assert all(len(line) <= 75 for line in made["lines"] if not line.startswith("ORG"))
        assert sum(line.startswith(("OK   ", "WARN ", "FAIL ", "SKIP ")) for line in made["lines"]) == len(NAMES)


class TestExamine:
    def test_against_the_simulator(self, sim):
        data = examine(asked(api_key=sim.key, base_url=sim.base_url))
        assert data["ready"] is True
        assert len(data["organizations"]) == 51

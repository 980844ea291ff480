# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of organizations: its pages, what is no list, and the choice among them."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api.organizations import (
    mark_of,
    organizations_of,
    parse_page,
    read_listing,
    selected,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import INVENTORY
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError, MalformedAnswer
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.simulator import Simulator

NEXT = "https://api.meraki.com/api/v1/organizations?perPage=9000&startingAfter="


def asked(**given):
    """The job of the inventory."""
    return chosen.listing(validated(INVENTORY, given, 0), 0)


def asking(sim, **given):
    """The connection to a simulator."""
    return asked(**{"api_key": sim.key, "base_url": sim.base_url, **given}).connection


def listing(*names, **more):
    return [{"id": str(number), "name": name, **more} for number, name in enumerate(names, 1)]


@pytest.fixture(scope="module")
def paged():
    with Simulator(organizations=10, page_size=4) as simulator:
        yield simulator


class TestReadListing:
    def ids(self, sim, **given):
        return [one["organization_id"] for one in organizations_of(read_listing(asking(sim, **given)))]

    def test_all_pages_one_after_the_other(self, paged):
        paged.reset()
        assert self.ids(paged) == [*paged.organization_ids, paged.api_disabled_organization]
        after = [f"&startingAfter={paged.organization_ids[place]}" for place in (3, 7)]
        assert [request.query for request in paged.requests] == [f"perPage=9000{more}" for more in ("", *after)]
        assert {(request.path, request.key) for request in paged.requests} == {("/api/v1/organizations", "full")}

    def test_a_key_that_sees_few(self, paged):
        paged.reset()
        assert self.ids(paged, api_key=paged.keys["limited"]) == paged.organization_ids[:5]

    def test_the_key_goes_nowhere_but_to_the_address(self, paged):
        """The next page's address may name a host; what comes from there is the token alone."""
        paged.reset()
        with Simulator() as stranger:
            link = f"<{stranger.base_url}/organizations?startingAfter={paged.organization_ids[8]}>; rel=next"
            body = listing("One", "Two")
            paged.add_fault("status", status=200, body=body, headers={"Link": link})
            assert self.ids(paged) == ["1", "2", paged.organization_ids[9], paged.api_disabled_organization]
            assert stranger.requests == []
        assert len(paged.requests) == 2

    @pytest.mark.parametrize(
        ("link", "told"),
        [
            ("<{}?startingAfter=2>; rel=next", "organization 1 is on two pages of the list"),
            ("<{}?perPage=9000>; rel=next", "the address of the list's next page has no startingAfter"),
            ("<http://[x?startingAfter=2>; rel=next", "the address of the list's next page has no startingAfter"),
        ],
    )
    def test_pages_that_lead_nowhere(self, paged, link, told):
        paged.reset()
        headers = {"Link": link.format(paged.base_url)}
        paged.add_fault("status", status=200, body=listing("One", "Two"), headers=headers, times=None)
        with pytest.raises(ApiHealthError) as caught:
            read_listing(asking(paged, max_attempts=1))
        assert str(caught.value).startswith("the organizations of this key could not be listed: 127.0.0.1:")
        assert told in str(caught.value)
        assert len(paged.requests) <= 2

    @pytest.mark.parametrize(
        ("fault", "told"),
        [
            (
                {"status": 401},
                "answered 401 Unauthorized (injected 401). The key came from api_key. Check that it is complete",
            ),
            ({"status": 403}, "Check the token's scopes and the IP allow-lists of the organizations."),
            ({"status": 404, "body": ""}, "answered 404 Not Found. Check that base_url is the address of the API."),
            ({"status": 404, "body": {"errors": ["gone"]}}, "(gone). Check that base_url is the address of the API."),
            (
                {"status": 429, "headers": {"Retry-After": "1"}},
                "answered 429, a rate limit (injected 429); gave up",
            ),
            ({"status": 200, "body": {"organizations": []}}, "but the answer is not a list of organizations"),
        ],
    )
    def test_what_fails_names_no_organization(self, sim, fault, told):
        sim.add_fault("status", times=None, **fault)
        with pytest.raises(ApiHealthError) as caught:
            read_listing(asking(sim, max_attempts=1))
        assert told in str(caught.value)
        for unfit in ("organization  ", "this organization", "the organization's", "fewer organizations", sim.key):
            assert unfit not in str(caught.value)

    def test_a_key_that_comes_back_is_in_no_name(self, sim):
        sim.add_fault("json_200", body=listing(f"our key is {sim.key}"))
        assert organizations_of(read_listing(asking(sim)))[0]["organization_name"] == "our key is ********"

    @pytest.mark.slow
    def test_no_time_for_the_second_page(self, paged):
        paged.reset()
        paged.add_fault("slow_headers", seconds=0.3)
        with pytest.raises(ApiHealthError, match=r"gave up within max_wait \(0.35 s\)\. Raise max_wait\.$"):
            read_listing(asking(paged, max_wait=0.35, requests_per_second=2))


class TestParsePage:
    def test_it(self):
        both = organizations_of(listing("A", "B"))
        assert parse_page(listing("A", "B"), None, {"3"}) == (both, None)
        assert parse_page(listing("A", "B"), NEXT + "a%26b", {"3"}) == (both, "a&b")
        assert parse_page([], None, {"3"}) == ([], None)

    @pytest.mark.parametrize(
        ("page", "following", "known", "told"),
        [
            (listing("A", "B"), None, {"2"}, "organization 2 is on two pages"),
            ([], NEXT + "9", {"2"}, "a page without organizations leads to another one"),
            (listing("A"), NEXT, {"2"}, "has no startingAfter"),
            (listing("A"), NEXT + "9", range(100_000), "the list does not end after 100001 organizations"),
        ],
    )
    def test_what_does_not_end(self, page, following, known, told):
        with pytest.raises(MalformedAnswer, match=told):
            parse_page(page, following, known)


class TestOrganizationsOf:
    def test_all_that_is_told(self):
        (one,) = organizations_of(
            [
                {
                    "id": 549236,
                    "name": "Stores \ud800",
                    "url": "https://n1.meraki.com/o/x",
                    "api": {"enabled": False},
                    "cloud": {"region": {"name": "Europe", "host": {"name": "Germany"}}},
                    "licensing": {"model": "per-device"},
                    "management": {"details": [{"name": "MSP ID", "value": "123456"}, "odd"]},
                }
            ]
        )
        assert one == {
            "organization_id": "549236",
            "organization_name": "Stores ?",
            "organization_url": "https://n1.meraki.com/o/x",
            "organization_api_enabled": False,
            "organization_cloud_region": "Europe",
            "organization_licensing_model": "per-device",
            "organization_management_details": [{"name": "MSP ID", "value": "123456"}],
        }

    @pytest.mark.parametrize(
        "odd", [{}, {"url": 5, "api": None, "cloud": [], "licensing": "x", "management": {"details": {}}}]
    )
    def test_what_is_not_told_is_empty(self, odd):
        (one,) = organizations_of(listing("A", **odd))
        assert set(one) == set(organizations_of(listing("A"))[0])
        assert [one[name] for name in list(one)[2:]] == ["", None, "", "", []]

    @pytest.mark.parametrize(
        "odd", [None, True, 6.5e17, "", "a b", "..", "-1", "{{ 1 }}", "a\n", "\u0661", "1" * 101, []]
    )
    def test_an_id_that_is_none(self, odd):
        with pytest.raises(MalformedAnswer, match="entry 1 of the list of organizations has the id") as caught:
            organizations_of([*listing("A"), {"id": odd, "name": "B"}])
        assert str(caught.value).isprintable()

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (None, "the answer is not a list of organizations"),
            ({}, "the answer is not a list of organizations"),
            (["A"], "entry 0 of the list of organizations is not an organization"),
            ([{"id": "1"}], "entry 0 of the list of organizations has the name None"),
            (listing("A", api={"enabled": "no"}), "entry 0 of the list of organizations has the api.enabled 'no'"),
            (listing("A") * 2, "organization 1 is in the list twice"),
            ([{"id": "::error::x", "name": "A"}], "has the id ':\\?error::x'"),
        ],
    )
    def test_what_is_no_list(self, answer, told):
        with pytest.raises(MalformedAnswer, match=told):
            organizations_of(answer)


class TestSelected:
    ALL = organizations_of(listing("Store 1", "Store 2", "store 3", "Head [HQ]", "{{ 7*7 }}"))

    def chosen(self, **given):
        job = asked(**{"api_key": "k", **given})
        return [one["organization_id"] for one in selected(self.ALL, job.selection, job.secrets)]

    @pytest.mark.parametrize(
        ("given", "ids"),
        [
            ({}, "12345"),
            ({"organization_ids": ["4", "2", "4"]}, "24"),
            ({"names": ["Store *"]}, "12"),
            ({"names": ["Store *"], "organization_id": "5"}, "125"),
            ({"names": "Store 2, [Ss]tore 3"}, "23"),
            ({"names": ["Head [HQ]", "{{*"]}, "45"),
            ({"exclude_names": ["*tore ?"]}, "45"),
            ({"exclude_organization_ids": ["1", "99"], "exclude_names": ["nobody"]}, "2345"),
            ({"names": ["Store *"], "exclude_names": ["* 2"]}, "1"),
        ],
    )
    def test_it(self, given, ids):
        assert self.chosen(**given) == list(ids)

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (
                {"organization_ids": ["1", "7"], "names": ["Shop *"]},
                "organization_ids: '7' not among the 5 organizations that this key sees; "
                "names: 'Shop *' not among the 5 organizations that this key sees",
            ),
            (
                {"organization_ids": [str(number) for number in range(10, 17)]},
                "organization_ids: '10', '11', '12', '13', '14' and 2 more "
                "not among the 5 organizations that this key sees",
            ),
            (
                {"api_key": "k" * 40, "names": ["x" * 40 + "k" * 40]},
                f"names: '{'x' * 40}********' not among the 5 organizations that this key sees",
            ),
            ({"exclude_names": ["*"]}, "the options leave out all of the 5 organizations that this key sees"),
        ],
    )
    def test_what_is_not_there(self, given, told):
        with pytest.raises(ApiHealthError) as caught:
            self.chosen(**given)
        assert str(caught.value) == told

    def test_a_key_without_organizations(self):
        with pytest.raises(ApiHealthError, match="^this key sees no organization$"):
            selected([], *asked(api_key="k")[1:])


class TestMarkOf:
    def test_it_differs_where_the_answer_may(self):
        given = [
            {},
            {"api_key": "other"},
            {"region": "canada"},
            {"base_url": "https://api.meraki.com/api/v2"},
        ]
        marks = [mark_of(asked(**{"api_key": "secret", **one}).connection) for one in given]
        assert len(set(marks)) == len(marks)
        assert all(len(mark) == 16 and "secret" not in mark for mark in marks)

    def test_the_same_for_the_same(self):
        marks = {
            mark_of(asked(**{"api_key": "secret", **one}).connection)
            for one in (
                {},
                {"base_url": "https://api.meraki.com/"},
                {"names": ["x"], "timeout": 3, "api_key": " secret "},
            )
        }
        assert len(marks) == 1

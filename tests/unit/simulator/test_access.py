# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys, organizations and the list of them."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulator import Simulator

NO_METHOD = {"errors": ["No valid authentication method found"]}


@pytest.mark.parametrize("key", [None, "wrong", "expired"])
def test_401(sim, read, key):
    response = read(sim, key=key)
    assert (response.status_code, response.json()) == (401, NO_METHOD)


def test_403_without_the_scope(sim, read):
    response = read(sim, key="no_scope")
    assert response.status_code == 403
    assert "dashboard:general:telemetry:read" in response.json()["errors"][0]


@pytest.mark.parametrize(
    "organization", ["1", "646829496481105437", "x%2Fy", "%C3%BC", "-646829496481105433", "9" * 5000]
)
def test_an_unknown_organization_is_404_with_an_empty_body(sim, read, organization):
    response = read(sim, organization=organization)
    assert (response.status_code, response.content) == (404, b"")


def test_an_organization_that_the_key_does_not_see_is_404_with_an_empty_body(sim, read):
    codes = [read(sim, organization=each, key="limited").status_code for each in sim.organization_ids]
    assert codes == [200, 200, 404, 404]
    assert read(sim, organization=sim.organization_ids[-1], key="limited").content == b""


def test_an_organization_without_api_access_is_404_with_a_text(sim, read):
    response = read(sim, organization=sim.api_disabled_organization)
    assert response.status_code == 404
    assert "API access is disabled" in response.json()["errors"][0]


def test_the_v0_header_is_accepted_and_recorded(sim, read):
    assert read(sim, key=None, headers={"X-Cisco-Meraki-API-Key": sim.key}).status_code == 200
    assert read(sim).status_code == 200
    assert read(sim, key=None).status_code == 401
    assert [(each.auth, each.key) for each in sim.requests] == [("v0 header", "full"), ("bearer", "full"), (None, None)]


def test_ids_do_not_survive_a_float(sim):
    assert all(str(int(float(each))) != each for each in sim.organization_ids)


def test_keys_never_show(sim, read):
    read(sim, key="a-real-key-by-mistake")
    read(sim)
    text = repr(sim.requests) + requests.get(sim.origin + "/simulator/requests", timeout=5).text
    assert "a-real-key-by-mistake" not in text
    assert sim.key not in text
    assert sim.requests[1].headers["Authorization"] == "Bearer <full>"


@pytest.mark.parametrize("path", ["/api/v1/networks", "/api/v1/organizations/1", "/api/v1/organizations//x"])
def test_any_other_path_is_html_404(sim, path):
    response = requests.get(sim.origin + path, timeout=5)
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
    assert sim.requests[-1].status == 404


@pytest.fixture(scope="module")
def fleet():
    with Simulator(organizations=10) as sim:
        yield sim


class TestOrganizations:
    """`GET /organizations`."""

    def listed(self, sim: Simulator, key: str = "full", **params: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {sim.keys[key]}"}
        return requests.get(sim.base_url + "/organizations", params=params, headers=headers, timeout=5)

    def test_lists_all_and_the_one_without_api_access(self, fleet):
        response = self.listed(fleet)
        assert [each["id"] for each in response.json()] == [*fleet.organization_ids, fleet.api_disabled_organization]
        assert [each["api"]["enabled"] for each in response.json()] == [True] * 10 + [False]
        assert {"id", "name", "url", "api", "licensing", "cloud", "management"} == set(response.json()[0])
        assert "next" not in response.links

    def test_pages_by_link(self, fleet):
        ids: list[str] = []
        pages, response = 1, self.listed(fleet, perPage=4)
        while True:
            ids.extend(each["id"] for each in response.json())
            if "next" not in response.links:
                break
            pages += 1
            headers = {"Authorization": f"Bearer {fleet.key}"}
            response = requests.get(response.links["next"]["url"], headers=headers, timeout=5)
        assert ids == [*fleet.organization_ids, fleet.api_disabled_organization]
        assert pages == 3

    def test_the_next_page_answers_where_the_official_sdk_looks_for_it(self, fleet):
        following = self.listed(fleet, perPage=4).links["next"]["url"]
        response = requests.get(fleet.base_url + following, headers={"Authorization": f"Bearer {fleet.key}"}, timeout=5)
        assert [each["id"] for each in response.json()] == fleet.organization_ids[4:8]

    def test_a_page_may_be_shorter_than_asked_for(self):
        with Simulator(organizations=4, page_size=2) as sim:
            response = self.listed(sim, perPage=4)
            assert [each["id"] for each in response.json()] == sim.organization_ids[:2]
            assert response.links["next"]["url"].endswith(f"?perPage=4&startingAfter={sim.organization_ids[1]}")

    def test_faults_and_the_budget_of_the_address(self):
        with Simulator(source_ip_rps=2) as sim:
            sim.add_fault("html_502")
            sim.add_fault("organization_429", organization=sim.organization_ids[0])
            responses = [self.listed(sim) for _time in range(4)]
            # A fault is met before anything is counted.
            assert [each.status_code for each in responses] == [502, 200, 200, 429]
            assert "Retry-After" not in responses[-1].headers
            assert [each.organization for each in sim.requests] == [None] * 4

    def test_no_empty_page_after_a_full_last_one(self, fleet):
        assert "next" not in self.listed(fleet, perPage=11).links

    @pytest.mark.parametrize("per_page", ["2", "9001", "0", "-3", "many", "", "9" * 30])
    def test_refuses_a_page_size(self, fleet, per_page):
        assert self.listed(fleet, perPage=per_page).status_code == 400

    def test_a_limited_key_sees_the_first_half(self, fleet):
        assert [each["id"] for each in self.listed(fleet, "limited").json()] == fleet.organization_ids[:5]

    def test_the_telemetry_scope_is_not_needed(self, fleet):
        assert self.listed(fleet, "no_scope").status_code == 200
        assert self.listed(fleet, "expired").status_code == 401

    def test_some_names_need_escaping(self, fleet):
        names = [each["name"] for each in self.listed(fleet).json()]
        assert {"R&D <Lab>", "{{ 7*7 }}", "B\u00fcro Z\u00fcrich"} < set(names)
        assert len(set(names)) == len(names)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official Python SDK and cisco.meraki, unchanged, read the simulator, and get what this collection gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api.query import camel
from ansible_collections.apihealth.meraki.plugins.module_utils._time import to_iso
from tests.faults import _clients
from tests.faults._clients import Call, Outcome, Reach, normal
from tests.simulator import Simulator

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(_clients.missing() is not None, reason=_clients.missing() or ""),
]

SCENARIOS = ("healthy", "degraded", "throttled")
# Filters by the API's own names. `all` is what they narrow.
QUERIES: dict[str, dict[str, Any]] = {
    "all": {"timespan": 7200, "interval": 120},
    "hours": {"timespan": 86400, "interval": 3600},
    "default": {},
    "operations": {
        "timespan": 7200,
        "interval": 120,
        "operationIds": ["getOrganizationDevices", "updateDeviceSwitchPort"],
    },
    "callers": {
        "timespan": 7200,
        "interval": 120,
        "sourceIps": ["192.0.2.10", "192.0.2.44"],
        "adminIds": ["646829496481200102"],
    },
    "agent": {"timespan": 7200, "interval": 120, "userAgent": "Inventory"},
    "version": {"timespan": 7200, "interval": 120, "version": 0},
}
ALL = [(scenario, query) for scenario in SCENARIOS for query in QUERIES]
LIMIT = 100.0


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    # One client after another asks at the same moment, so its clock stands still.
    with Simulator(scenarios=SCENARIOS, organizations=len(SCENARIOS)) as simulator:
        simulator.clock.freeze()
        yield simulator


def lookup(reach: Reach, calls: list[Call], limit: float) -> list[Outcome]:
    """Our lookup as a client like the others."""
    found = []
    tasks = [
        {
            "ansible.builtin.debug": {
                "msg": "{{ lookup('apihealth.meraki.response_codes', call.organization, **call.arguments) }}"
            },
            "vars": {
                "call": {"organization": call.organization, "arguments": _clients.our_arguments(reach, call.query)}
            },
        }
        for call in calls
    ]
    for each in _clients.play(tasks, reach.key, limit):
        assert not isinstance(each, Outcome), each
        assert not each.result.get("failed"), each
        found.append(Outcome(_clients.as_api(each.result["msg"])))
    return found


@pytest.fixture(scope="module")
def answers(sim: Simulator) -> dict[str, dict[tuple[str, str], Outcome]]:
    """What each client got for each scenario and query."""
    organizations = dict(zip(SCENARIOS, sim.organization_ids, strict=True))
    calls = [Call(organizations[scenario], QUERIES[query]) for scenario, query in ALL]
    runs = {client.name: client.run for client in _clients.clients()} | {"lookup": lookup}
    return {
        name: dict(zip(ALL, run(Reach(sim.base_url), calls, LIMIT), strict=True))  # type: ignore[arg-type]
        for name, run in runs.items()
    }


class TestTheSame:
    @pytest.mark.parametrize(("scenario", "query"), ALL)
    def test_intervals(self, answers, scenario, query):
        found = {}
        for name, outcomes in answers.items():
            outcome = outcomes[scenario, query]
            assert outcome.error is None, (name, outcome)
            found[name] = normal(outcome.value)
        ours = found.pop("apihealth.meraki")
        assert len(ours) >= 2
        assert set(found) == {"cisco.meraki", "official Python SDK", "lookup"}
        for name, theirs in found.items():
            assert theirs == ours, name

    @pytest.mark.parametrize(
        ("scenario", "of", "least"),
        [("healthy", (200, 201, 204), 0.97), ("degraded", (500,), 0.03), ("throttled", (429,), 0.1)],
    )
    def test_each_scenario_is_what_it_says(self, answers, scenario, of, least):
        counts = codes(answers["official Python SDK"][scenario, "all"])
        assert sum(counts[code] for code in of) / sum(counts.values()) >= least

    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_filters_narrow(self, answers, scenario):
        mine = answers["apihealth.meraki"]
        whole = sum(codes(mine[scenario, "all"]).values())
        for query in ("operations", "callers", "agent", "version"):
            assert 0 < sum(codes(mine[scenario, query]).values()) < whole, query

    @pytest.mark.usefixtures("answers")
    def test_each_says_who_it_is(self, sim):
        agents = {each.headers["User-Agent"] for each in sim.requests}
        assert len(agents) == 3
        for part in ("ApiHealthMeraki/", "Caller/(MerakiAnsibleCollection/", "Caller/(unidentified)"):
            assert [part in agent for agent in agents].count(True) == 1, agents
        assert {(each.key, each.auth, each.status) for each in sim.requests} == {("full", "bearer", 200)}


def codes(outcome: Outcome) -> dict[int, int]:
    """The sum of each code over all intervals."""
    total: dict[int, int] = {}
    for _start, _end, counts in normal(outcome.value):
        for code, number in counts.items():
            total[code] = total.get(code, 0) + number
    return total


class TestOrganizations:
    """Paging by `Link`."""

    def test_the_sdk_gets_all_pages(self):
        with Simulator(organizations=10) as sim:
            call = {"function": "getOrganizations", "arguments": {"total_pages": "all", "perPage": 3}}
            (outcome,) = _clients.sdk(Reach(sim.base_url), [call], LIMIT)
            assert outcome.error is None
            assert [each["id"] for each in outcome.value] == [*sim.organization_ids, sim.api_disabled_organization]
            assert [each.status for each in sim.requests] == [200] * 4

    def test_cisco_meraki_gets_all_pages(self):
        with Simulator(organizations=10) as sim:
            reach = Reach(sim.base_url)
            arguments = {**_clients.cisco_arguments(reach), "perPage": 3, "total_pages": -1}
            (found,) = _clients.play([{"cisco.meraki.organizations_info": arguments}], reach.key, LIMIT)
            assert not isinstance(found, Outcome), found
            assert not found.result.get("failed"), found
            ids = [each["id"] for each in found.result["meraki_response"]]
            assert ids == [*sim.organization_ids, sim.api_disabled_organization]
            assert [each.status for each in sim.requests] == [200] * 4


# Filters of the request log by the API's own names, with the size of a page.
LOGS: dict[str, dict[str, Any]] = {
    "all": {"perPage": 100},
    "small pages": {"perPage": 20, "operationIds": ["createNetworkGroupPolicy", "deleteNetworkGroupPolicy"]},
    "caller": {"userAgent": "Wireless", "version": 1, "sourceIp": "192.0.2.44", "adminId": "646829496481200102"},
    "errors": {"responseCode": 404, "method": "GET"},
    "nothing": {"path": "/api/v1/organizations"},
}


@pytest.fixture(scope="module")
def logs() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The rows that each client got for each of the filters, in the API's form."""
    with Simulator(organization_rps=None, source_ip_rps=None) as sim:
        sim.clock.freeze()
        end = int(sim.clock.now().timestamp()) // 120 * 120 - 240
        window = {"t0": to_iso(end - 360), "t1": to_iso(end), "organizationId": sim.organization_ids[0]}
        reach = Reach(sim.base_url)
        asked = [{**window, **given} for given in LOGS.values()]
        function = "getOrganizationApiRequests"
        calls = [{"function": function, "arguments": {**each, "total_pages": "all"}} for each in asked]
        given = _clients.cisco_arguments(reach)
        cisco = done(
            {"cisco.meraki.organizations_api_requests_info": {**given, **each, "total_pages": -1}} for each in asked
        )
        ours = done(
            {"apihealth.meraki.requests_info": {**_clients.our_arguments(reach, each), "max_pages": 100}}
            for each in asked
        )
        found = {
            "official Python SDK": [outcome.value for outcome in _clients.sdk(reach, calls, LIMIT)],
            "cisco.meraki": [result["meraki_response"] for result in cisco],
            "apihealth.meraki": [as_api(result["organizations"][0]["requests"]) for result in ours],
        }
        assert {each.status for each in sim.requests} == {200}
    return {name: dict(zip(LOGS, values, strict=True)) for name, values in found.items()}


class TestRequestLog:
    """The log, page after page, with all that was asked on each of them."""

    @pytest.mark.parametrize("name", LOGS)
    def test_the_same_rows(self, logs, name):
        ours = logs["apihealth.meraki"][name]
        assert logs["official Python SDK"][name] == ours
        assert logs["cisco.meraki"][name] == ours
        assert bool(ours) == (name != "nothing")

    def test_on_several_pages(self, logs):
        assert len(logs["official Python SDK"]["all"]) > 100
        assert len(logs["official Python SDK"]["small pages"]) > 20


def done(tasks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results of tasks, which all go well."""
    results = []
    for each in _clients.play(list(tasks), Simulator.key, LIMIT):
        assert not isinstance(each, Outcome), each
        assert not each.result.get("failed"), each
        results.append(each.result)
    return results


def as_api(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Our rows with the API's own names, and times as the API writes them."""
    found = []
    for row in rows:
        ts = row["ts"] if "." in row["ts"] else row["ts"].replace("Z", ".000000Z")
        found.append({camel(name): value for name, value in {**row, "ts": ts}.items()})
    return found

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official Python SDK and cisco.meraki, unchanged, read the simulator, and get what this collection gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

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
            (outcome,) = _clients.sdk(Reach(sim.base_url), [{"function": "getOrganizations", "arguments": {}}], LIMIT)
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

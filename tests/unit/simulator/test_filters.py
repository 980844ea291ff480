# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request log: filters, and the simulator's own calls in it."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tests.simulator import Simulator
from tests.unit.simulator.conftest import counted

NOW = datetime(2026, 5, 4, 14, 0, tzinfo=timezone.utc)
OPERATION = "getOrganizationApiRequestsOverviewResponseCodesByInterval"
WINDOW = {"t0": "2026-05-04T12:00:00Z", "t1": "2026-05-04T13:00:00Z", "interval": 3600}


@pytest.fixture(autouse=True)
def _frozen(sim):
    sim.clock.freeze(NOW)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("operationIds[]", ["getOrganizationDevices", "updateDeviceSwitchPort"]),
        ("sourceIps[]", ["192.0.2.10", "192.0.2.44"]),
        ("adminIds[]", ["646829496481200101", "646829496481200103"]),
    ],
)
def test_or_inside_a_list(sim, read, name, values):
    one, other, both = (counted(read(sim, {**WINDOW, name: each})) for each in (values[:1], values[1:], values))
    assert one
    assert other
    assert both == one + other
    assert both.total() < counted(read(sim, {**WINDOW, name: []})).total()


def test_and_across_filters(sim, read):
    ip, admin = {"sourceIps[]": "192.0.2.10"}, {"adminIds[]": "646829496481200101"}
    assert counted(read(sim, {**WINDOW, **ip, **admin})) == counted(read(sim, {**WINDOW, **ip}))
    assert not counted(read(sim, {**WINDOW, **ip, "adminIds[]": "646829496481200102"}))


def test_the_user_agent_matches_a_part(sim, read):
    part, whole = (
        counted(read(sim, {**WINDOW, "userAgent": each})) for each in ("Sync/3", "InventorySync/3.2 ExampleCorp")
    )
    assert part == whole
    assert 0 < part.total() < counted(read(sim, WINDOW)).total()
    assert not counted(read(sim, {**WINDOW, "userAgent": "nobody"}))


def test_the_versions_add_up(sim, read):
    old, new = (counted(read(sim, {**WINDOW, "version": each})) for each in (0, 1))
    assert old
    assert old + new == counted(read(sim, WINDOW))


def test_nothing_matches_an_unknown_value_but_the_intervals_are_there(sim, read):
    intervals = read(sim, {**WINDOW, "operationIds[]": "noSuchOperation"}).json()
    assert [each["counts"] for each in intervals] == [[]]


@pytest.mark.parametrize("filters", [{"operationIds[]": OPERATION}, {"userAgent": "nobody", "version": 0}])
def test_filters_may_be_ignored(read, filters):
    with Simulator(ignore_filters=True) as sim:
        sim.clock.freeze(NOW)
        assert counted(read(sim, {**WINDOW, **filters})) == counted(read(sim, WINDOW))


def test_own_calls_are_counted_with_code_admin_and_agent(sim, read):
    agent = {"User-Agent": "ApiHealth/1.0 Example"}
    read(sim, {"interval": 5}, headers=agent)
    read(sim, headers=agent)
    read(sim, key="no_scope", headers=agent)
    sim.add_fault("status", status=502)
    read(sim, headers=agent)
    sim.add_fault("status", status=500)
    read(sim, headers=agent)
    read(sim, key="someone-else", headers=agent)
    sim.clock.step(60)
    own = {"t0": "2026-05-04T14:00:00Z", "interval": 120, "operationIds[]": OPERATION}
    assert counted(read(sim, own)) == {200: 1, 400: 1, 403: 1, 500: 1}
    assert counted(read(sim, {**own, "userAgent": "ApiHealth"})) == {200: 1, 400: 1, 403: 1, 500: 1}
    assert counted(read(sim, {**own, "adminIds[]": "646829496481200004"})) == {403: 1}
    assert counted(read(sim, {**own, "sourceIps[]": "127.0.0.1"})).total() == 4
    assert not counted(read(sim, {**own, "version": 0}))
    assert not counted(read(sim, own, sim.organization_ids[1]))


def test_own_calls_appear_after_the_lag(sim, read):
    read(sim)
    own = {"t0": "2026-05-04T14:00:00Z", "interval": 120, "operationIds[]": OPERATION}
    sim.clock.step(59)
    assert not counted(read(sim, own))
    sim.clock.step(1)
    assert counted(read(sim, own)) == {200: 1}

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The slices of a job in AWX, run as AWX runs them: each judges its organizations, all share one address's budget."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.integration.conftest import ROOT, Ansible, Run
from tests.simulator import Simulator

pytestmark = pytest.mark.once

PLAYBOOK = re.search(
    r"^## AWX slices$.*?^```yaml\n(.*?)^```$", (ROOT / "docs" / "fleets.md").read_text(encoding="utf-8"), re.M | re.S
)
SLICES = 4
# What the guide's 90 is to the 100 of the API, with room for a machine that is busy and sends late.
BUDGET, LIMIT = 12, 16


def playbook() -> str:
    """The guide's, with this budget."""
    assert PLAYBOOK
    text, replaced = re.subn(r"\b90 /", f"{BUDGET} /", PLAYBOOK[1])
    assert replaced == 1
    return text


def inventory(hosts: Mapping[str, dict[str, Any]], number: int = 1, count: int = 1) -> str:
    """The script that AWX leaves for slice `number` of `count`: it knows no other hosts."""
    mine = sorted(hosts)[number - 1 :: count]
    told = {name: {**hosts[name], "remote_tower_enabled": "true", "remote_tower_id": 7} for name in mine}
    data = {"all": {"hosts": [], "children": ["sites"]}, "sites": {"hosts": mine}, "_meta": {"hostvars": told}}
    return f"#!/usr/bin/env python3\nprint({json.dumps(data)!r})\n"


def environ(sim: Simulator) -> dict[str, str]:
    """What a credential adds, and AWX itself."""
    return {
        "MERAKI_DASHBOARD_API_KEY": sim.key,
        "MERAKI_DASHBOARD_BASE_URL": sim.base_url,
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    }


class Job(NamedTuple):
    """What became of a job."""

    rc: int
    events: list[dict[str, Any]]

    def verdict(self) -> dict[str, Any]:
        """What it published, which AWX takes from its last event."""
        (stats,) = [event for event in self.events if event["event"] == "playbook_on_stats"]
        found: dict[str, Any] = stats["event_data"]["artifact_data"]["health_gate_verdict"]
        return found

    def changed(self) -> list[str]:
        """The organizations that the play behind the gate came to."""
        return [
            event["event_data"]["res"]["msg"]
            for event in self.events
            if event["event"] == "runner_on_ok" and event["event_data"]["task"] == "Change this one"
        ]


def run_slice(ansible: Ansible, sim: Simulator, hosts: Mapping[str, dict[str, Any]], number: int) -> Job:
    """Run one slice in a folder of its own."""
    folder = ansible.folder / f"job {number}"
    files = {
        "project/gate.yml": playbook(),
        "inventory/hosts": inventory(hosts, number, SLICES),
        # Nothing here says which slice it is, nor of how many: `slices` is the template's own.
        "env/extravars": json.dumps({"slices": SLICES, "awx_job_id": number, "awx_workflow_job_id": 99}),
        "env/settings": json.dumps({"job_timeout": 100}),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "inventory" / "hosts").chmod(0o700)
    env = {**environ(sim), "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    run = ansible.run("ansible-runner", "run", str(folder), "-p", "gate.yml", "-i", "job", "-q", env=env)
    found = [json.loads(path.read_text()) for path in (folder / "artifacts" / "job" / "job_events").glob("*-*.json")]
    assert found, run.output
    return Job(run.rc, sorted(found, key=lambda event: event["counter"]))


def most_in_a_second(moments: Iterable[float]) -> int:
    """The largest number of moments within any second."""
    ordered = sorted(moments)
    return max(sum(start <= moment < start + 1 for moment in ordered) for start in ordered)


def test_slices_side_by_side(ansible: Ansible) -> None:
    with Simulator(organizations=24, source_ip_rps=LIMIT) as sim:
        hosts = {f"site {one}": {"organization_id": one} for one in sim.organization_ids}
        theirs = [[hosts[name]["organization_id"] for name in sorted(hosts)[place::SLICES]] for place in range(SLICES)]
        sim.scenario_of(theirs[2][3], "degraded")
        (ansible.folder / "home").mkdir()
        with ThreadPoolExecutor(SLICES) as pool:
            jobs = list(pool.map(lambda number: run_slice(ansible, sim, hosts, number), range(1, SLICES + 1)))
        requests = list(sim.requests)
    assert {request.status for request in requests} == {200}
    # Each slice lists the names once, and asks who is behind what is ill.
    asked = Counter(str(request.organization or "") for request in requests)
    assert 1 < asked.pop(theirs[2][3]) <= 1 + 4
    assert asked == {"": SLICES} | {one: 1 for each in theirs for one in each if one != theirs[2][3]}
    assert most_in_a_second(request.really_at for request in requests) <= LIMIT
    judged = [[one["organization_id"] for one in job.verdict()["organizations"]] for job in jobs]
    assert [sorted(one) for one in judged] == [sorted(one) for one in theirs]
    assert [job.verdict()["gate"] for job in jobs] == ["open", "open", "closed", "open"]
    assert [job.rc for job in jobs] == [0, 0, 2, 0]
    assert [sorted(job.changed()) for job in jobs] == [sorted(theirs[0]), sorted(theirs[1]), [], sorted(theirs[3])]


class TestOneSlice:
    """What a slice may be given."""

    @pytest.fixture
    def play(self, ansible: Ansible, sim: Simulator) -> Any:
        """Return a function that runs the playbook over an inventory."""

        def function(hosts: Mapping[str, dict[str, Any]], *arguments: str) -> Run:
            path = ansible.folder / "hosts"
            path.write_text(inventory(hosts))
            path.chmod(0o700)
            return ansible.playbook(playbook(), "-i", str(path), *arguments, env=environ(sim))

        return function

    def test_a_host_without_its_organization(self, sim: Simulator, play: Any) -> None:
        run = play({"a": {"organization_id": sim.organization_ids[0]}, "b": {}})
        assert run.rc == 2
        assert "organization_id" in run.output
        assert "Change this one" not in run.output
        assert sim.requests == []

    def test_no_host(self, sim: Simulator, play: Any) -> None:
        assert play({}).rc == 0
        assert play({"a": {"organization_id": sim.organization_ids[0]}}, "--limit", "b").rc == 1
        assert sim.requests == []

    def test_hosts_of_the_same_organization(self, sim: Simulator, play: Any) -> None:
        first, second = sim.organization_ids[:2]
        hosts = {name: {"organization_id": id_} for name, id_ in (("a", first), ("b", second), ("c", first))}
        run = play(hosts, "--limit", "a:c", "--tags", "nothing")
        assert run.rc == 0, run.output
        assert [request.organization for request in sim.requests] == [first]

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gate that waits."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime

import pytest

from tests.integration.conftest import ELSEWHERE, Ansible, Waiting, failures_said, screens
from tests.simulator import Simulator

GATE = """\
- hosts: localhost
  gather_facts: false
  roles: [apihealth.meraki.health_gate]
"""


def variables(sim: Simulator, **given: object) -> dict[str, object]:
    given = {"organization_ids": sim.organization_ids, "api_key": sim.key, "base_url": sim.base_url, **given}
    return {f"health_gate_{name}": value for name, value in given.items()}


def test_an_open_gate_does_not_wait(ansible: Ansible, sim: Simulator) -> None:
    run = ansible.playbook(GATE, variables=variables(sim, wait_minutes=30))
    assert run.rc == 0, run.output
    # One lists their names.
    assert len(sim.requests) == len(sim.organization_ids) + 1
    assert "WAIT" not in run.stdout


def test_a_time_out_is_the_last_verdict(ansible: Ansible) -> None:
    """Within a minute there is nothing newer to look at."""
    with Simulator(scenario="degraded") as sim:
        run = ansible.playbook(GATE, variables=variables(sim, wait_minutes=1))
    assert run.rc == 2
    (screen,) = screens(run)
    assert screen[0].startswith("GATE CLOSED")
    assert screen[1] == "WAIT 0 min, 1 poll: 1 fail"
    (said,) = failures_said(run)
    assert said.endswith("still failing, after waiting 0 min")
    assert any(line.startswith("DO   Do not start the change. Re-run after ") for line in screen)
    assert "wait_minutes" not in " ".join(screen)


def test_what_waiting_cannot_change_is_not_waited_for(ansible: Ansible, sim: Simulator) -> None:
    started = time.monotonic()
    run = ansible.playbook(GATE, variables=variables(sim, wait_minutes=30, organization_ids=["999"]))
    assert run.rc == 2
    assert "answered 404" in failures_said(run)[0]
    assert [request.status for request in sim.requests] == [404]
    assert time.monotonic() - started < 110  # the next look would be after two minutes


@pytest.mark.skipif(ELSEWHERE, reason="it takes minutes; once is enough")
def test_a_gate_that_waits_opens(waiting: Waiting) -> None:
    """Closed at the first look, open at the next two; somebody who watches sees it."""
    assert waiting.process.wait(400) == 0, waiting.log.read_text()
    said = waiting.log.read_text()
    assert re.search(
        r"^Gate closed after 0 min, next poll at \d\d:\d\dZ, 10 min left: .* rate_limited_percent", said, re.M
    )
    assert re.search(r"^Gate open after 2 min, next poll at \d\d:\d\dZ, 8 min left: .* pass", said, re.M)
    assert "\nWAIT 4 min, 3 polls: 1 fail, then 2 pass\n" in said
    verdict = json.loads((waiting.log.parent / "reports" / "health_gate.json").read_text())
    assert [(look["status"], look["gate"], look["worst"]) for look in verdict["history"]] == [
        ("fail", "closed", "rate_limited_percent"),
        ("pass", "open", None),
        ("pass", "open", None),
    ]
    assert 240 <= verdict["waited_seconds"] < 300
    assert verdict["gate"] == "open"
    # The last look saw what this gate had sent by the end of its window, and nothing else was taken out.
    (organization,) = verdict["organizations"]
    end = datetime.fromisoformat(organization["window"]["t1"].replace("Z", "+00:00")).timestamp()
    settled = sum(request.at < end for request in waiting.simulator.requests)
    assert organization["data"]["own_requests_excluded"] == settled > 0

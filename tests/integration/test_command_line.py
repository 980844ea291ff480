# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of `-e NAME=VALUE`, which Ansible takes up to the first space only, and of numbers as text."""

from __future__ import annotations

import json

import pytest

from tests.integration.conftest import Ansible, Run
from tests.simulator import Simulator

GATE = "apihealth.meraki.health_gate"
IDS = "health_gate_organization_ids"


def gate(ansible: Ansible, sim: Simulator, *arguments: str) -> Run:
    """Run the playbook with these extra variables, one after the other."""
    env = {"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
    return ansible.playbook(GATE, *(word for one in arguments for word in ("-e", one)), env=env)


def said(run: Run) -> str:
    """The output as a reader takes it: newer cores break lines, and all have JSON in JSON."""
    return " ".join(run.output.replace('\\"', '"').split())


@pytest.mark.parametrize("given", ["{}, {}", '["{}", "{}"]', "['{}', '{}']", '["{}" , "{}"]'])
def test_ids_that_are_cut_are_refused(ansible: Ansible, sim: Simulator, given: str) -> None:
    run = gate(ansible, sim, f"{IDS}={given.format(*sim.organization_ids)}")
    assert run.rc == 2
    assert f"""-e '{{"{IDS}": ["1001", "1002"]}}'""" in said(run)
    assert sim.requests == []


def test_the_form_that_the_message_shows(ansible: Ansible, sim: Simulator) -> None:
    run = gate(ansible, sim, json.dumps({IDS: sim.organization_ids[:2]}))
    assert run.rc == 0, run.output
    assert "GATE OPEN  2 organizations" in run.output


def test_what_is_dropped_cannot_be_seen(ansible: Ansible, sim: Simulator) -> None:
    """Why the guides show JSON: this gate judges one of two."""
    run = gate(ansible, sim, f"{IDS}={' '.join(sim.organization_ids[:2])}")
    assert run.rc == 0, run.output
    assert f"GATE OPEN  org {sim.organization_ids[0]}" in run.output


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("server_error_fail_percent", "1_0", "is not a number"),
        ("min_requests", "1_00", "is not a whole number"),
        ("ignore_codes", "4_04", "is not a list of whole numbers"),
    ],
)
@pytest.mark.parametrize("by_module", [False, True], ids=["in process", "as a module"])
def test_numbers_that_only_python_reads(
    ansible: Ansible, sim: Simulator, name: str, value: str, problem: str, by_module: bool
) -> None:
    play = f"""\
        - hosts: localhost
          gather_facts: false
          environment: {{{"X: y" if by_module else ""}}}
          tasks:
            - apihealth.meraki.health_info:
                api_key: "{{{{ key }}}}"
                base_url: {sim.base_url}
                organization_ids: ["1"]
                {name}: "{{{{ given }}}}"
        """
    run = ansible.playbook(play, "-e", f"given={value}", variables={"key": sim.key})
    assert run.rc == 2
    assert f"{name}: " in said(run)
    assert problem in said(run)
    assert sim.requests == []

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Organizations as hosts of plays, whatever their names are."""

from __future__ import annotations

import json

import pytest

from tests.integration.conftest import Ansible, Run
from tests.integration.test_data_is_data import BIDI, ESCAPE, EVALUATED, HOSTILE
from tests.simulator import Simulator

pytestmark = pytest.mark.ahead

SOURCE = """\
plugin: apihealth.meraki.organizations
strict: true
compose:
  label: organization_name ~ '!'
keyed_groups:
  - key: organization_name
    prefix: named
"""
DETAILS = [{"name": "MSP ID", "value": HOSTILE[0]}]
# The header that makes Ansible take other texts for templates.
HEADER = "#jinja2: variable_start_string: '<<', variable_end_string: '>>'\n<< 70007*7 >>"
NAMES = [*HOSTILE[:2], "\n".join(HOSTILE[2:]), f"line\n::error::{ESCAPE}{BIDI}", HEADER]
SHOWN = """
- hosts: organizations:!api_disabled
  gather_facts: false
  tasks:
    - name: Show each
      ansible.builtin.debug:
        msg: ["{{ organization_name }}", "{{ label }}", "{{ organization_management_details }}", "{{ group_names }}"]

- hosts: localhost
  gather_facts: false
  tasks:
    - name: Show groups
      ansible.builtin.debug:
        msg: "{{ groups }}"
"""
GATED = """
- hosts: organizations:!api_disabled
  gather_facts: false
  roles:
    - role: apihealth.meraki.health_gate
      health_gate_organization_ids: "{{ ansible_play_hosts_all }}"
  tasks:
    - name: A module where the host is
      apihealth.meraki.response_codes_info:
        organization_ids: "{{ inventory_hostname }}"
        timespan: 3600
"""


def assert_inert(run: Run, ids: list[str]) -> None:
    """Every name arrived as it is, and makes harmless names of groups."""
    assert run.rc == 0, run.output
    assert EVALUATED not in run.output
    # In the order in which the hosts were done.
    shown = sorted(run.shown_each("each"))
    assert [name for name, _label, _details, _groups in shown] == sorted(NAMES)
    assert [label for _name, label, _details, _groups in shown] == [f"{name}!" for name in sorted(NAMES)]
    assert all(details == DETAILS for _name, _label, details, _groups in shown)
    assert all(group.isidentifier() for *_others, groups in shown for group in groups)
    groups = run.shown("groups")
    assert sorted(groups["organizations"]) == ids
    assert groups["api_disabled"] == groups["named_Half__"] == ids[-1:]


def test_names_are_data(ansible: Ansible) -> None:
    """In plays, in names of groups, and by the way of AWX: from one Ansible, as JSON, into another."""
    with Simulator(organizations=len(NAMES)) as sim:
        ids = [*sim.organization_ids, sim.api_disabled_organization]
        listing = [
            {"id": one, "name": name, "api": {"enabled": one != ids[-1]}, "management": {"details": DETAILS}}
            for one, name in zip(ids, [*NAMES, "Half"], strict=True)
        ]
        body = json.dumps(listing).replace("Half", "Half \\ud800")
        env = {"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
        (ansible.folder / "organizations.yml").write_text(SOURCE)
        sim.add_fault("status", status=200, body=body)
        run = ansible.playbook(GATED + SHOWN, "-i", "organizations.yml", env=env)
        asked = [request.organization for request in sim.requests]
        sim.add_fault("status", status=200, body=body)
        exported = ansible.run("ansible-inventory", "-i", "organizations.yml", "--list", env=env)
    assert_inert(run, ids)
    assert len(run.recap()) == len(NAMES) + 1
    # The list; then the gate over all, and each for itself.
    assert sorted(map(str, asked)) == sorted(["None", *ids[:-1], *ids[:-1]])
    script = ansible.folder / "exported"
    script.write_text(f"#!/bin/sh\ncat <<'END-OF-INVENTORY'\n{exported.stdout}\nEND-OF-INVENTORY\n")
    script.chmod(0o755)
    assert_inert(ansible.playbook(SHOWN, "-i", "exported"), ids)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One organization's answer, however broken, costs no other organization its result; and no proxy gets the key."""

from __future__ import annotations

import json

from tests.integration.conftest import Ansible, failures_said, reach
from tests.listener import Listener, http
from tests.simulator import Simulator

READ = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/apihealth.meraki.api: &connection
      api_key: "{{ key }}"
      base_url: "{{ url }}"
      organization_ids: "{{ ids }}"
      max_attempts: 1
  tasks:
    - name: Read in this process
      apihealth.meraki.response_codes_info:
        on_error: continue
      register: here

    - name: Read as a module
      apihealth.meraki.response_codes_info:
        on_error: continue
      environment: {SOME: thing}
      register: there

    - name: Judge in this process
      apihealth.meraki.health_info:
      register: judged_here

    - name: Judge as a module
      apihealth.meraki.health_info:
      environment: {SOME: thing}
      register: judged_there

    - name: Look up
      ansible.builtin.debug:
        msg: "{{ query('apihealth.meraki.response_codes', ids, api_key=key, base_url=url, max_attempts=1) }}"
      ignore_errors: true

    - name: Show what came
      ansible.builtin.debug:
        msg: "{{ [here, there, judged_here.verdict, judged_there.verdict] }}"

    - name: The gate
      ansible.builtin.include_role:
        name: apihealth.meraki.health_gate
      vars:
        health_gate_api_key: "{{ key }}"
        health_gate_base_url: "{{ url }}"
        health_gate_organization_ids: "{{ ids }}"
        health_gate_max_attempts: 1
        health_gate_report_dir: "{{ playbook_dir }}/reports"
        health_gate_reports: [json]
"""


def test_each_way_to_read(ansible: Ansible) -> None:
    with Simulator(organizations=4) as sim:
        bad, *others = sim.organization_ids
        sim.add_fault("raw", organization=bad, times=None)
        run = ansible.playbook(READ, variables={**reach(sim), "ids": sim.organization_ids})
    assert run.rc == 2, run.output
    *read, here, there = run.shown("what came")
    for result in read:
        assert [one["organization_id"] for one in result["organizations"]] == others
        (failure,) = result["failures"]
        assert failure["organization_id"] == bad
        assert "the answer is incomplete" in failure["message"]
    report = json.loads((ansible.folder / "reports" / "health_gate.json").read_text())
    for verdict in (here, there, report):
        assert verdict["gate"] == "closed"
        statuses = {one["organization_id"]: one["status"] for one in verdict["organizations"]}
        assert statuses == {bad: "error", **dict.fromkeys(others, "pass")}
    looked_up, closed = failures_said(run)[0], failures_said(run)[-1]
    assert f"organization {bad} could not be read: " in looked_up
    assert bad in closed


def test_a_listing(ansible: Ansible) -> None:
    with Simulator(organizations=4) as sim:
        sim.add_fault("raw", times=None)
        source = {"plugin": "apihealth.meraki.organizations", "api_key": sim.key, "base_url": sim.base_url}
        (ansible.folder / "organizations.yml").write_text(json.dumps({**source, "max_attempts": 1}))
        run = ansible.run("ansible-inventory", "-i", "organizations.yml", "--list")
    said = " ".join(run.output.split())
    assert "the organizations of this key could not be listed: no answer from" in said
    assert "the answer is incomplete" in said


def test_no_proxy_gets_the_key(ansible: Ansible) -> None:
    """Neither that of an option nor any of the environment, in whatever letters."""
    with Simulator() as sim, Listener(http("200 OK", b"[]")) as proxy:
        run = ansible.playbook(
            """
            - hosts: localhost
              gather_facts: false
              module_defaults:
                group/apihealth.meraki.api:
                  api_key: "{{ key }}"
                  base_url: "{{ url }}"
                  organization_ids: "{{ org }}"
                  proxy: "{{ proxy }}"
              tasks:
                - name: In this process
                  apihealth.meraki.response_codes_info:

                - name: As a module
                  apihealth.meraki.health_info:
                  environment: {SOME: thing}

                - name: In a lookup
                  ansible.builtin.debug:
                    msg: "{{ lookup('apihealth.meraki.response_codes', org, api_key=key, base_url=url, proxy=proxy) }}"
            """,
            variables={**reach(sim), "proxy": proxy.origin},
            env=dict.fromkeys(
                [name for one in ("http_proxy", "https_proxy", "all_proxy") for name in (one, one.upper())],
                proxy.origin,
            ),
        )
        assert run.rc == 0, run.output
        assert [request.key for request in sim.requests] == ["full"] * 3
        assert proxy.received == []

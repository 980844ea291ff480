# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that ends with an error leaves no verdict of an earlier run in its report folder, however the module runs."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Ansible, Run
from tests.simulator import Simulator

pytestmark = pytest.mark.once

ROLE = """\
- hosts: localhost
  gather_facts: false
  roles: [apihealth.meraki.health_gate]
"""
MODULE = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - apihealth.meraki.health_info: "{{ given }}"
"""
ELSEWHERE = """\
- hosts: localhost
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ other_python }}"
  tasks:
    - apihealth.meraki.health_info: "{{ given }}"
"""
WAYS = {"role": ROLE, "module here": MODULE, "module there": ELSEWHERE}


@pytest.mark.parametrize("way", WAYS)
class TestFailedRuns:
    def run(self, ansible: Ansible, sim: Simulator, way: str, other: str, **given: object) -> Run:
        """Run it with these options."""
        options = {
            "base_url": sim.base_url,
            "organization_ids": sim.organization_ids[:1],
            "report_dir": "reports",
            **given,
        }
        role = {f"health_gate_{name}": value for name, value in options.items()}
        variables = role if way == "role" else {"given": options, "other_python": other}
        return ansible.playbook(WAYS[way], variables=variables)

    def test_invalid_options(self, ansible: Ansible, sim: Simulator, other_python: str, way: str) -> None:
        assert self.run(ansible, sim, way, other_python, api_key=sim.key).rc == 0
        folder = ansible.folder / "reports"
        assert "HEALTH_GATE='open'" in (folder / "health_gate.env").read_text()
        assert len(list(folder.iterdir())) == 7
        run = self.run(ansible, sim, way, other_python, api_key=sim.key, window_minutes="x", mode=f"dry {sim.key}")
        assert run.rc == 2, run.output
        assert [one.name for one in folder.iterdir()] == ["health_gate.env"]
        text = (folder / "health_gate.env").read_text()
        assert "HEALTH_GATE='closed'\n" in text
        assert "HEALTH_GATE_REASON='misconfigured'\n" in text
        assert "window_minutes: " in text
        assert sim.key not in text

    def test_no_key(self, ansible: Ansible, sim: Simulator, other_python: str, way: str) -> None:
        run = self.run(ansible, sim, way, other_python, reports=["env"])
        assert run.rc == 2, run.output
        text = (ansible.folder / "reports" / "health_gate.env").read_text()
        assert "HEALTH_GATE_REASON='misconfigured'\n" in text
        assert "api_key is required" in text

    def test_reports_that_cannot_be_written(
        self, ansible: Ansible, sim: Simulator, other_python: str, way: str
    ) -> None:
        folder = ansible.folder / "reports"
        (folder / "health_gate.xml" / "inside").mkdir(parents=True)
        (folder / "health_gate.json").write_text("of an earlier run")
        run = self.run(ansible, sim, way, other_python, api_key=sim.key)
        assert run.rc == 2, run.output
        assert sorted(one.name for one in folder.iterdir()) == ["health_gate.env", "health_gate.xml"]
        text = (folder / "health_gate.env").read_text()
        assert "HEALTH_GATE_REASON='unreadable'\n" in text
        assert "could not be written" in text

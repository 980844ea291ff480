# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-lint runs the modules' validation on a user's playbook, templates and all."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.integration.conftest import Ansible
from tests.simulator import Simulator

pytestmark = pytest.mark.skipif(
    not (Path(sys.executable).parent / "ansible-lint").exists(), reason="ansible-lint is not in this environment"
)

PLAYBOOK = """\
---
- name: Gate
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Written out, and fine
      apihealth.meraki.response_codes_info:
        api_key: no-key
        base_url: {url}
        organization_ids: ["549236"]
    - name: Templates where numbers and choices belong
      apihealth.meraki.health_info:
        api_key: "{{{{ vault_meraki_api_key }}}}"
        base_url: "{{{{ base_url }}}}"
        region: "{{{{ region }}}}"
        organization_ids: "{{{{ organization_ids }}}}"
        window_minutes: "{{{{ window_minutes }}}}"
        checks: "{{{{ checks }}}}"
        reports: "{{{{ reports }}}}"
"""
WRONG = """\
    - name: A misspelt threshold
      apihealth.meraki.health_info:
        organization_ids: ["549236"]
        server_eror_fail_percent: 5
"""


def test_templates_pass_slips_do_not_and_nothing_is_asked(ansible: Ansible, sim: Simulator) -> None:
    good, bad = ansible.folder / "good.yml", ansible.folder / "bad.yml"
    good.write_text(PLAYBOOK.format(url=sim.base_url))
    bad.write_text(PLAYBOOK.format(url=sim.base_url) + WRONG)
    options = ("--offline", "--strict", "--profile", "production", "--enable-list", "args", "-q")
    run = ansible.run("ansible-lint", *options, "good.yml")
    assert run.rc == 0, run.output
    run = ansible.run("ansible-lint", *options, "bad.yml")
    assert run.rc != 0
    assert "did you mean server_error_fail_percent?" in run.output
    assert sim.requests == []

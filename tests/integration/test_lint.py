# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-lint runs the modules' validation on a user's playbook, templates and all."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import ROOT, Ansible
from tests.integration.test_examples import PLUGINS, blocks_of_pages, examples, playbook_of, text_of
from tests.simulator import Simulator

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        not (Path(sys.executable).parent / "ansible-lint").exists(), reason="ansible-lint is not in this environment"
    ),
]

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
    - name: The key and the organizations from elsewhere
      apihealth.meraki.health_info:
      register: health
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


def test_what_users_copy_has_no_wrong_argument(ansible: Ansible) -> None:
    """The key comes from the environment, organizations from `module_defaults`, neither of which a linter sees."""
    blocks = [text_of(block) for _place, block in blocks_of_pages()]
    blocks += [examples(ROOT / plugin) for plugin in PLUGINS]
    playbooks = [playbook for playbook in map(playbook_of, blocks) if playbook and "apihealth.meraki." in playbook]
    playbooks = [playbook for playbook in playbooks if re.search("(health|codes|requests)_info:", playbook)]
    names = [f"{position}.yml" for position in range(len(playbooks))]
    for name, playbook in zip(names, playbooks, strict=True):
        (ansible.folder / name).write_text(playbook)
    assert len(names) > 8
    run = ansible.run("ansible-lint", "--offline", "--strict", "-t", "experimental", "-q", *names)
    assert run.rc == 0, run.output

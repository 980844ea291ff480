# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example that a user can copy runs as written, but for the address of the API and one organization's id."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml

from tests.integration.conftest import ROOT, Ansible
from tests.simulator import Simulator

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PLUGINS = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("modules", "lookup", "filter", "inventory")
    for path in (ROOT / "plugins" / folder).glob("*.py")
)
# How an example can say which organizations it means.
ORGANIZATIONS = r"549236|site_organizations|organization_id }}"
TASKS = "- hosts: localhost\n  gather_facts: false\n  tasks:\n"


def examples(plugin: Path) -> str:
    """The text of a plugin's EXAMPLES."""
    for node in ast.parse(plugin.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["EXAMPLES"]:
            return str(ast.literal_eval(node.value))
    raise AssertionError(f"{plugin.name} has no EXAMPLES")


def playbook_of(text: str) -> str | None:
    """A playbook of a YAML text that is one, or a list of tasks; None for what is something else."""
    content = yaml.safe_load(text)
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        return None
    if any({"hosts", "import_playbook", "ansible.builtin.import_playbook"} & set(item) for item in content):
        return text
    return TASKS + indent(text, "    ")


def playbooks_of_pages() -> list[Any]:
    """The YAML blocks of the README and the guides that can be run, each named by its page and line."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.finditer(r"^```ya?ml\n(.*?)^```$", text, re.M | re.S):
            playbook = playbook_of(block[1])
            if playbook:
                line = text.count("\n", 0, block.start()) + 1
                found.append(pytest.param(playbook, id=f"{page.name} line {line}"))
    return found


def assert_runs(ansible: Ansible, playbook: str) -> None:
    """It passes on healthy organizations, with the connection where an example leaves it: in the environment."""
    with Simulator(organizations=2) as sim:
        first, second = sim.organization_ids
        variables: dict[str, Any] = {"vault_meraki_api_key": sim.key, "site_organizations": [first, second]}
        if not re.search(ORGANIZATIONS, playbook):
            variables["health_gate_organization_ids"] = [first]
        run = ansible.playbook(
            playbook.replace("549236", second),
            variables=variables,
            inventory=f"[organizations]\nsite ansible_connection=local organization_id={first}\n",
            env={"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url},
        )
        assert run.rc == 0, run.output
        assert all(counts["ok"] > 0 for counts in run.recap().values()), run.output
        assert run.recap(), run.output
        assert {request.status for request in sim.requests} == {200}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_examples_of_plugins(ansible: Ansible, plugin: str) -> None:
    playbook = playbook_of(examples(ansible.collection / plugin))
    assert playbook, "a list of tasks"
    assert_runs(ansible, playbook)


@pytest.mark.parametrize("playbook", playbooks_of_pages())
def test_examples_of_pages(ansible: Ansible, playbook: str) -> None:
    assert_runs(ansible, playbook)


def test_the_pages_have_examples() -> None:
    assert len(PAGES) > 1
    assert len(playbooks_of_pages()) > len(PAGES)

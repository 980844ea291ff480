# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources of the inventory: where their key comes from, what they keep, and how they fail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import Ansible, Run
from tests.simulator import Simulator

pytestmark = pytest.mark.once

WRONG = "wrong-key-that-nobody-may-see"


def listed(ansible: Ansible, source: str, *arguments: str, **env: str) -> Run:
    """Write a source and have Ansible list its hosts."""
    (ansible.folder / "organizations.yml").write_text("plugin: apihealth.meraki.organizations\n" + source)
    return ansible.run("ansible-inventory", "-i", "organizations.yml", "--list", *arguments, env=env)


def hosts(run: Run) -> list[str]:
    """The organizations that it listed."""
    assert run.rc == 0, run.output
    # With -vvvv there is more before it.
    content: dict[str, Any] = json.loads(run.stdout[run.stdout.index("{\n") :])
    return list(content["organizations"]["hosts"])


def test_a_key_in_a_vault_and_a_list_that_is_kept(ansible: Ansible, sim: Simulator) -> None:
    (ansible.folder / "password").write_text("vault password")
    (ansible.folder / "key").write_text(sim.key)
    vault = ("--vault-password-file", "password")
    run = ansible.run("ansible-vault", "encrypt", *vault, "--output", "encrypted", "key")
    assert run.rc == 0, run.output
    encrypted = (ansible.folder / "encrypted").read_text().replace("\n", "\n  ")
    names = "['API *', '{{ left_out }}']"
    source = f"base_url: {sim.base_url}\napi_key: !vault |\n  {encrypted}\nexclude_names: {names}\n"
    kept = {"ANSIBLE_INVENTORY_CACHE": "1", "ANSIBLE_INVENTORY_CACHE_PLUGIN": "jsonfile"}
    kept["ANSIBLE_INVENTORY_CACHE_CONNECTION"] = "kept"
    first = listed(ansible, source, *vault, "-e", "left_out=R*", "-vvvv", **kept)
    second = listed(ansible, source, *vault, "-e", "left_out=Example*", **kept)
    assert hosts(first) == [sim.organization_ids[place] for place in (0, 2, 3)]
    assert hosts(second) == sim.organization_ids[1:]
    assert [request.path for request in sim.requests] == ["/api/v1/organizations"]
    for path in (ansible.folder / "kept").iterdir():
        assert sim.key not in path.name + path.read_text()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("timeout: '{{ nosuch }}'\n", "timeout: 'nosuch' is undefined"),
        ("strict: true\ncompose: {label: nosuch}\n", "Could not set label for host 646829496481105433: 'nosuch'"),
    ],
    ids=["option", "variable"],
)
def test_a_source_that_fails_shows_no_key(ansible: Ansible, sim: Simulator, given: str, told: str) -> None:
    """Newer cores show lines of the source around an error. And what needs the source stops, if told so."""
    source = f"base_url: {sim.base_url}\napi_key: {sim.key}\n{given}"
    run = listed(ansible, source, "-vvv", ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="1")
    assert run.rc != 0
    assert told in " ".join(run.output.split())

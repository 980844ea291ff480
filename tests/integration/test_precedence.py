# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a public option may come from, and which source wins: the same for every option, in process and as a module."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    HEALTH,
    REQUESTS,
    RESPONSE_CODES,
    WRAPPER,
)
from tests.integration.conftest import Ansible
from tests.simulator import Simulator

pytestmark = pytest.mark.once

GATE = "apihealth.meraki.health_gate"
SHAPES = {"health_info": HEALTH, "response_codes_info": RESPONSE_CODES, "requests_info": REQUESTS}
# From the weakest on. An environment variable stands in for two options only; see below.
OF_A_TASK = ("group", "module", "argument")
OF_THE_ROLE = ("group", "module", "play", "parameter", "extra")


def marked(name: str, source: str) -> Any:
    """A value that is refused, in a message that shows it: so the message tells where it came from."""
    if name == "organization_names":
        return ["from", source]
    return f"/{source}.json" if name == "baseline" else {"from": source}


def public(module: str) -> list[str]:
    """The options of a module whose value a message may show."""
    return [name for name, spec in SHAPES[module].options.items() if name not in WRAPPER and not spec.get("no_log")]


def winners(said: str, names: list[str], prefix: str = "") -> dict[str, str | None]:
    """Which source each option's value came from, by what was said of it."""
    found: dict[str, str | None] = {}
    for name in names:
        shown = re.search(rf"(?<![\w.]){prefix}{name}: (?:[\[{{]'from'[:,] '(\w+)'[\]}}]|'/(\w+)\.json')", said)
        found[name] = (shown[1] or shown[2]) if shown else None
    return found


@pytest.fixture(params=["in process", "as a module"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Variables that choose the way."""
    if request.param == "in process":
        return {}
    link = tmp_path / "other-python"
    link.symlink_to(sys.executable)
    return {"ansible_python_interpreter": str(link)}


def defaults(module: str, sources: tuple[str, ...], names: list[str], blank: bool = False) -> dict[str, Any]:
    """The `module_defaults` of these sources."""
    keys = {"group": "group/apihealth.meraki.api", "module": f"apihealth.meraki.{module}"}
    shared = [name for name in names if all(name in shape.options for shape in SHAPES.values())]
    return {
        key: {name: "" if blank else marked(name, source) for name in (shared if source == "group" else names)}
        for source, key in keys.items()
        if source in sources
    }


def said_by(run: Any, name: str) -> str:
    said: str = run.shown(name)
    return said


class TestTask:
    @pytest.mark.parametrize("module", SHAPES)
    def test_the_strongest_source_wins(self, ansible: Ansible, module: str, way: dict[str, str]) -> None:
        names = public(module)
        steps: list[dict[str, Any]] = []
        for count, source in enumerate(OF_A_TASK, 1):
            sources = OF_A_TASK[:count]
            argument = {name: marked(name, "argument") for name in names} if source == "argument" else {}
            steps += step(source, {f"apihealth.meraki.{module}": argument, "vars": way})
            steps[-2]["module_defaults"] = defaults(module, sources, names)
        # An argument that says nothing is unset, and it is the task that says so.
        steps += step("blank", {f"apihealth.meraki.{module}": dict.fromkeys(names, ""), "vars": way})
        steps[-2]["module_defaults"] = defaults(module, OF_A_TASK, names)
        run = ansible.playbook(
            yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": steps}], width=1000)
        )
        assert run.rc == 0, run.output
        shared = [name for name in names if all(name in shape.options for shape in SHAPES.values())]
        assert winners(said_by(run, "group"), shared) == dict.fromkeys(shared, "group")
        assert winners(said_by(run, "module"), names) == dict.fromkeys(names, "module")
        assert winners(said_by(run, "argument"), names) == dict.fromkeys(names, "argument")
        assert winners(said_by(run, "blank"), names) == dict.fromkeys(names)


class TestRole:
    def test_the_strongest_source_wins(self, ansible: Ansible, way: dict[str, str]) -> None:
        names = public("health_info")
        steps: list[dict[str, Any]] = []
        for count, source in enumerate(OF_THE_ROLE[:-1], 1):
            sources = OF_THE_ROLE[:count]
            block: dict[str, Any] = {
                "module_defaults": defaults("health_info", sources, names),
                "block": [role({name: marked(name, "parameter") for name in names} if source == "parameter" else {})],
                "vars": {**way, **({f"health_gate_{name}": marked(name, "play") for name in names})}
                if "play" in sources
                else way,
            }
            steps += rescued(source, block)
        # An unanswered question of a survey leaves it to the defaults.
        blank = {
            "module_defaults": defaults("health_info", OF_THE_ROLE, names),
            "block": [role(dict.fromkeys(names, ""))],
            "vars": way,
        }
        steps += rescued("blank", blank)
        play = yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": steps}], width=1000)
        run = ansible.playbook(play)
        assert run.rc == 0, run.output
        for source in ("module", "play", "parameter"):
            assert winners(said_by(run, source), names, "health_gate_") == dict.fromkeys(names, source), source
        assert winners(said_by(run, "blank"), names, "health_gate_") == dict.fromkeys(names, "module")
        extra = ansible.playbook(play, variables={f"health_gate_{name}": marked(name, "extra") for name in names})
        for source in ("group", "module", "play", "parameter", "blank"):
            assert winners(said_by(extra, source), names, "health_gate_") == dict.fromkeys(names, "extra"), source

    def test_a_default_by_another_name_of_the_option(self, ansible: Ansible) -> None:
        with Simulator(organizations=2, scenarios=["degraded", "healthy"]) as sim:
            ill, well = sim.organization_ids
            run = ansible.playbook(
                f"""
                - hosts: localhost
                  gather_facts: false
                  module_defaults:
                    group/apihealth.meraki.api:
                      org_id: {well!r}
                      meraki_base_url: {sim.base_url}
                      auth_key: {sim.key}
                    apihealth.meraki.health_info:
                      server_error_fail_percent: 50
                      mode: report_only
                      profile: relaxed
                      publish: full
                  roles:
                    - role: {GATE}
                      health_gate_organization_ids: {ill!r}
                      health_gate_server_error_fail_percent: 5
                """,
                variables={"health_gate_mode": "enforce"},
                env={"ANSIBLE_SHOW_CUSTOM_STATS": "1"},
            )
            asked = {str(request.organization) for request in sim.requests if request.organization}
        assert run.rc == 2, run.output
        assert asked == {ill}
        assert '"profile": "relaxed"' in run.output, "what the role's user left unset is the default's"


class TestConnection:
    """The key and the address may come from environment variables too, the weakest source."""

    def test_the_strongest_source_wins(self, ansible: Ansible, way: dict[str, str]) -> None:
        keys = Simulator.keys
        asked = {"organization_ids": ["1"], "max_attempts": 1}
        group = {"group/apihealth.meraki.api": {"meraki_api_key": keys["limited"]}}
        both = {**group, "apihealth.meraki.health_info": {"api_key": keys["expired"]}}
        task = "apihealth.meraki.health_info"
        steps = [
            *step("environment", {task: asked, "vars": way}),
            *step("group", {task: asked, "vars": way, "module_defaults": group}),
            *step(
                "argument", {task: {**asked, "meraki_api_key": keys["no_scope"]}, "vars": way, "module_defaults": group}
            ),
            *rescued(
                "variable",
                {"block": [role({**asked, "api_key": keys["no_scope"]})], "vars": way, "module_defaults": both},
            ),
            *rescued("blank", {"block": [role({**asked, "api_key": ""})], "vars": way, "module_defaults": group}),
            *rescued("unset", {"block": [role(asked)], "vars": way}),
        ]
        with Simulator() as sim:
            run = ansible.playbook(
                yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": steps}], width=1000),
                env={"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url},
            )
            sent = [request.key for request in sim.requests]
        assert run.rc == 0, run.output
        assert sent == ["full", "limited", "no_scope", "no_scope", "limited", "full"]


def step(name: str, task: dict[str, Any]) -> list[dict[str, Any]]:
    """A task, whatever becomes of it, and what was said."""
    return [
        {"name": name, "register": "done", "ignore_errors": True, **task},
        {"name": f"Show {name}", "ansible.builtin.debug": {"msg": "{{ done.msg | default('') }}"}},
    ]


def role(variables: dict[str, Any]) -> dict[str, Any]:
    """The role with these parameters."""
    return {
        "ansible.builtin.include_role": {"name": GATE},
        "vars": {f"health_gate_{name}": value for name, value in variables.items()},
    }


def rescued(name: str, block: dict[str, Any]) -> list[dict[str, Any]]:
    """A block that fails, and what was said."""
    shown = {"name": f"Show {name}", "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}}
    return [{**block, "rescue": [shown]}]

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example that a user can copy runs as written, but for the address of the API and the organizations' ids."""

from __future__ import annotations

import ast
import re
import shlex
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml

from ansible_collections.apihealth.meraki.plugins.module_utils._time import to_iso
from tests.integration.conftest import ELSEWHERE, FILE, ROOT, Ansible, Run, commands, screens, tasks
from tests.simulator import Simulator
from tests.simulator._organizations import describe

pytestmark = pytest.mark.once

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PLUGINS = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("modules", "lookup", "filter")
    for path in (ROOT / "plugins" / folder).glob("*.py")
)
PEER = [
    pytest.mark.peers,
    pytest.mark.skipif(find_spec("ansible_collections.cisco") is None, reason="needs cisco.meraki: make peers"),
]
ONCE = pytest.mark.skipif(ELSEWHERE, reason="once is enough")
# Pages whose examples are much like those of the others.
LATER = ("getting_started", "migrating")
# How an example can say which organizations it means.
ORGANIZATIONS = r"549236|site_organizations|organization_id(?: }}|'\))|ansible_play_hosts_all"
# What an image is made of is beside them.
PLAYBOOKS = [
    path
    for path in sorted((ROOT / "docs" / "examples").glob("*.yml"))
    if isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), list)
]
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


def blocks_of_pages() -> list[tuple[str, str]]:
    """The YAML blocks of the README and the guides, each behind its page and line."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.finditer(r"^```ya?ml\n(.*?)^```$", text, re.M | re.S):
            line = text.count("\n", 0, block.start()) + 1
            found.append((f"{page.name} line {line}", block[0]))
    return found


def text_of(block: str) -> str:
    """What is between the fences."""
    return block.partition("\n")[2].rpartition("```")[0]


def playbooks_of_pages() -> list[Any]:
    """Those that can be run, but for files, which a command of their page runs."""
    found = []
    for place, block in blocks_of_pages():
        playbook = playbook_of(text_of(block))
        if playbook and not FILE.fullmatch(block):
            later = place.partition(".")[0] in LATER
            marks = PEER if "cisco.meraki." in playbook else [ONCE] if later else []
            found.append(pytest.param(playbook, id=place, marks=marks))
    return found


def commands_of_pages() -> Iterator[Any]:
    """The commands that run a playbook of ours or of the same page, with what the page shows."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        files = dict(FILE.findall(text))
        for line, command, shown in commands(text):
            program, playbook, *_arguments = [*shlex.split(command), ""]
            if program == "ansible-playbook" and (playbook in files or playbook.startswith("apihealth.meraki.")):
                yield pytest.param(files, command, shown, id=f"{page.name} line {line}")


def assert_runs(ansible: Ansible, playbook: str) -> None:
    """It passes on healthy organizations, with the connection where an example leaves it: in the environment."""
    with Simulator(organizations=2) as sim:
        first, second = sim.organization_ids
        variables: dict[str, Any] = {
            "vault_meraki_api_key": sim.key,
            "meraki_base_url": sim.base_url,
            "site_organizations": [first, second],
        }
        if not re.search(ORGANIZATIONS, playbook):
            variables["health_gate_organization_ids"] = [first]
        run = ansible.playbook(
            playbook.replace("549236", second),
            variables=variables,
            inventory=f"[organizations]\n{first} organization_id={first} organization_name=Site\n[api_disabled]\n"
            "[organizations:vars]\nansible_connection=local\n",
            env={
                "MERAKI_DASHBOARD_API_KEY": sim.key,
                "MERAKI_DASHBOARD_BASE_URL": sim.base_url,
                # What another collection has deprecated is its business.
                **({"ANSIBLE_DEPRECATION_WARNINGS": "false"} if "cisco.meraki." in playbook else {}),
            },
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


@ONCE
@pytest.mark.parametrize(("files", "command", "shown"), list(commands_of_pages()))
def test_commands_of_pages(ansible: Ansible, files: dict[str, str], command: str, shown: str) -> None:
    """It ends as the page shows it."""
    closed = "GATE CLOSED" in shown
    overridden = "GATE OPEN, overridden" in shown
    # An override is at most a day ahead of now.
    command = command.replace("2026-05-04T18:00:00Z", to_iso(time.time() + 7200))
    with Simulator(scenario="degraded" if closed or overridden else "healthy") as sim:
        (organization,) = sim.organization_ids
        for name, text in files.items():
            (ansible.folder / name).write_text(text.replace("549236", organization), encoding="utf-8")
        program, *arguments = shlex.split(command.replace("549236", organization))
        # This one sees no organization whose API access is disabled.
        env = {"MERAKI_DASHBOARD_API_KEY": sim.keys["limited"], "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
        run = ansible.run(program, *arguments, env=env)
    assert run.rc == (2 if closed else 0), run.output
    ready = "apihealth.meraki.doctor" in command
    opened = "GATE OPEN, overridden" if overridden else "GATE OPEN  "
    assert ("GATE CLOSED" if closed else "READY  A gate can work here" if ready else opened) in run.output
    tasks = [
        line.rstrip("* ") for line in shown.splitlines() if line.startswith("TASK [") and not re.search(r"\d", line)
    ]
    for line in (*tasks, *re.findall(r'^    "msg": "(.*)"$', shown, re.M)):
        assert line in run.output
    # Of each check what the page shows, but for the address and for numbers.
    for line in re.findall(r"^(?:OK|WARN|FAIL|SKIP) +\w+: .*$", shown, re.M):
        assert re.split(r"\d|(?<=address:)|(?<=tls:)", line)[0] in run.output


def test_sources_of_inventories(ansible: Ansible) -> None:
    """Those of the plugin and of the pages, each a file of its own."""
    texts = [examples(ansible.collection / "plugins" / "inventory" / "organizations.py")]
    texts += [text_of(block) for _place, block in blocks_of_pages() if re.search("^plugin: apihealth", block, re.M)]
    assert len(texts) > 1
    options = [word for place in range(len(texts)) for word in ("-i", f"{place}_organizations.yml")]
    with Simulator(organizations=2) as sim:
        for place, text in enumerate(texts):
            (ansible.folder / f"{place}_organizations.yml").write_text(text.replace("549236", sim.organization_ids[1]))
        (ansible.folder / "key").write_text(sim.key)
        env = {"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
        everybody = [*sim.organization_ids, sim.api_disabled_organization]
        listing = [describe(one, sim.origin) for one in everybody]
        # The API does not say where the first one is, which the plugin's strict example chooses.
        del listing[0]["cloud"]
        sim.add_fault("status", status=200, body=listing, times=None)
        run = ansible.run("ansible-inventory", *options, "--list", env=env)
        assert (run.rc, run.stderr) == (0, "")
        assert [request.status for request in sim.requests] == [200] * len(texts)
        groups = yaml.safe_load(run.stdout)
        assert sorted(groups["organizations"]["hosts"]) == everybody
        assert sorted(groups["region_North_America"]["hosts"]) == everybody[1:]
        assert groups["region_unknown"]["hosts"] == everybody[:1]
        assert groups["retail"]["hosts"] == sim.organization_ids[:1]


def test_the_pages_have_examples() -> None:
    assert len(PAGES) > 1
    assert len(playbooks_of_pages()) > len(PAGES)


@pytest.mark.skipif(ELSEWHERE, reason="once is enough")
class TestPlaybooks:
    """The playbooks in docs/examples, where the gate opens and where it closes."""

    def test_the_page_lists_them(self) -> None:
        page = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
        listed = re.findall(r"^\| \[(\w+\.yml)\]\(examples/\1\) \|", page, re.M)
        assert sorted(listed) == [path.name for path in PLAYBOOKS]

    def test_open_and_worse_afterwards(self, ansible: Ansible) -> None:
        with Simulator(organizations=2) as sim:
            # All in one process, which stops where one of them fails.
            run = go(ansible, sim, *PLAYBOOKS)
            assert run.rc == 0, run.output
            # The fleet shows no screen, and the verification a second one.
            assert len(screens(run)) == run.stdout.count("GATE OPEN") == len(PLAYBOOKS)
            assert tasks(run).count("Change something") == len(PLAYBOOKS)
            assert run.stdout.count("The change of ") == 2
            for report in ("before/health_gate.json", "after/health_gate.xml", "reports/health_gate.html"):
                assert (ansible.folder / report).is_file()
            sim.scenario_of(sim.organization_ids[0], "degraded")
            run = go(ansible, sim, playbook("verify_after_a_change"), "--start-at-task", "Verify")
        assert run.rc == 2, run.output
        (screen,) = screens(run)
        assert screen[0].startswith("GATE CLOSED")
        assert any(line.startswith("WAS  pass at ") for line in screen), screen

    @pytest.mark.parametrize(
        ("name", "scenario", "options", "said"),
        [
            ("planned_change", "busy", (), "FAIL projected_utilization_percent"),
            (
                "error_budget_freeze",
                "healthy",
                ("-e", "health_gate_slo_percent=99.9"),
                "error_budget_remaining_percent",
            ),
            # Less than it takes until there is something newer to look at.
            ("wait_until_healthy", "throttled", ("-e", "health_gate_wait_minutes=1"), "WAIT 0 min, 1 poll: 1 fail"),
        ],
    )
    def test_closed(self, ansible: Ansible, name: str, scenario: str, options: Sequence[str], said: str) -> None:
        with Simulator(organizations=2, scenario=scenario) as sim:
            run = go(ansible, sim, playbook(name), *options)
        assert run.rc == 2, run.output
        assert "GATE CLOSED" in run.stdout
        assert said in run.stdout
        assert "The change" not in run.output

    def test_report_only_goes_on_where_a_gate_closes(self, ansible: Ansible) -> None:
        with Simulator(organizations=2, scenario="degraded") as sim:
            run = go(ansible, sim, playbook("report_only"), playbook("gate_before_a_change"))
        assert run.rc == 2, run.output
        both = screens(run)
        assert len(both) == 2
        assert all(any(line.startswith("FAIL server_error_percent") for line in lines) for lines in both)
        assert run.stdout.count("The change.") == 1

    def test_a_fleet_leaves_out_who_is_ill(self, ansible: Ansible) -> None:
        with Simulator(scenarios=["healthy", "degraded"], organizations=2) as sim:
            run = go(ansible, sim, playbook("fleet"))
            well, ill = sim.organization_ids
        assert run.rc == 2, run.output
        assert f"The change of {well}." in run.stdout
        assert f"The change of {ill}." not in run.stdout
        assert re.search(f"FAILED! .*{ill}\\)?: server_error_percent", run.stdout)


def playbook(name: str) -> Path:
    return ROOT / "docs" / "examples" / f"{name}.yml"


def go(ansible: Ansible, sim: Simulator, *arguments: Path | str) -> Run:
    """Run playbooks of docs/examples on two organizations, with a short pause for a long one."""
    first, second = sim.organization_ids
    words = []
    for argument in arguments:
        if isinstance(argument, Path):
            text = argument.read_text(encoding="utf-8").replace("549236", first).replace("549237", second)
            (ansible.folder / argument.name).write_text(text.replace("minutes: 22", "seconds: 1"), encoding="utf-8")
        words.append(argument.name if isinstance(argument, Path) else argument)
    key = {"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
    return ansible.run("ansible-playbook", *words, env=key)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way to attach the role to a play: a closed gate lets no host on that it covers, and facts stay as they were."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from textwrap import dedent, indent
from typing import Any, ClassVar

import pytest

from tests.integration.conftest import Ansible, Run, failures_said
from tests.simulator import Simulator

pytestmark = pytest.mark.once

GATE = "apihealth.meraki.health_gate"
ROLES = "roles: [{role: GATE}]"
WAYS = {
    "roles": ROLES,
    "roles once": "roles: [{role: GATE, run_once: true}]",
    "import_role": "tasks: [{import_role: {name: GATE}}, *change]",
    "import_role once": "tasks: [{import_role: {name: GATE}, run_once: true}, *change]",
    "include_role": "tasks: [{include_role: {name: GATE}}, *change]",
    "include_role once": "tasks: [{include_role: {name: GATE}, run_once: true}, *change]",
    "include_role applied once": "tasks: [{include_role: {name: GATE, apply: {run_once: true}}}, *change]",
    "pre_tasks": "pre_tasks: [{include_role: {name: GATE}}]",
    "block": "tasks: [{block: [{import_role: {name: GATE}}, *change]}]",
    "dependency": "roles: [changing]",
    "serial": f"serial: 1\n{ROLES}",
    "serial include_role once": "serial: 1\ntasks: [{include_role: {name: GATE}, run_once: true}, *change]",
    "free": f"strategy: free\n{ROLES}",
    "host_pinned": f"strategy: host_pinned\n{ROLES}",
    "delegated": f"vars: {{health_gate_delegate_to: other}}\n{ROLES}",
    "tagged": "tasks: [{include_role: {name: GATE}, tags: [always]}, *change]",
}
HOSTS = """
    [edge]
    lab fact_folder=lab
    prod fact_folder=prod

    [elsewhere]
    other

    [all:vars]
    ansible_connection=local
    ansible_python_interpreter="{{ ansible_playbook_python }}"
"""
# What differs only in the second host's favour: the first one's verdict would let it on.
DIFFERENT = """
    [edge:vars]
    {name}="{{{{ {{'lab': {lab}, 'prod': {prod}}}[inventory_hostname] }}}}"
"""
CHANGE = """\
- name: Read facts of its own
  ansible.builtin.setup:
    gather_subset: ["!all", "!min", "local"]
    fact_path: "{{ playbook_dir }}/{{ fact_folder }}"
  tags: [deploy]

- name: The change
  ansible.builtin.debug:
    msg: "changed {{ inventory_hostname }} knowing {{ ansible_local.mine }} by {{ health_gate_verdict.gate }}"
  tags: [deploy]
"""


def play(way: str, keywords: str = "") -> str:
    """A play over two hosts with the role attached, the change behind it."""
    text = keywords + WAYS[way].replace("GATE", GATE)
    if "*change" in text:
        # Flow style cannot hold what is long: the change is included.
        text = text.replace("*change", "{import_tasks: change.yml}")
    else:
        text += "\npost_tasks: [{import_tasks: change.yml}]"
    return "- hosts: edge\n  gather_facts: false\n" + indent(text, "  ") + "\n"


def attached(
    ansible: Ansible,
    sim: Simulator,
    way: str,
    *arguments: str,
    hosts: str = "",
    keywords: str = "",
    text: str = "",
    **variables: object,
) -> Run:
    """Run that play, or another one of this text."""
    (ansible.folder / "change.yml").write_text(CHANGE)
    for host in ("lab", "prod"):
        (ansible.folder / host).mkdir(exist_ok=True)
        (ansible.folder / host / "mine.fact").write_text(f'"{host}"')
    meta = ansible.folder / "roles" / "changing" / "meta"
    meta.mkdir(parents=True, exist_ok=True)
    (meta / "main.yml").write_text(f"dependencies: [{{role: {GATE}}}]\n")
    given = {"health_gate_base_url": sim.base_url, "health_gate_organization_ids": sim.organization_ids}
    return ansible.playbook(
        "- hosts: edge\n  gather_facts: false\n" + indent(text, "  ") if text else play(way, keywords),
        *arguments,
        variables={name: value for name, value in {**given, **variables}.items() if value is not None},
        inventory=dedent(HOSTS) + dedent(hosts),
        env={"MERAKI_DASHBOARD_API_KEY": sim.key, "ANSIBLE_ROLES_PATH": str(ansible.folder / "roles")},
    )


def changed(run: Run) -> list[str]:
    """What the change said, of each host that it came to."""
    return sorted(line.strip().split('"')[3] for line in run.stdout.splitlines() if '"msg": "changed ' in line)


@pytest.mark.parametrize("way", WAYS)
class TestEachWay:
    def test_open_lets_all_on_with_their_own_facts(self, ansible: Ansible, sim: Simulator, way: str) -> None:
        run = attached(ansible, sim, way)
        assert run.rc == 0, run.output
        wanted = ["changed lab knowing lab by open", "changed prod knowing prod by open"]
        if way == "include_role once":
            # The others have not run the role, so that they know no verdict: Ansible's rule for a run_once include.
            assert changed(run)[0] == wanted[0]
        assert changed(run) == wanted, run.output

    def test_closed_lets_nobody_on(self, ansible: Ansible, way: str) -> None:
        with Simulator(scenario="degraded") as sim:
            run = attached(ansible, sim, way, "--tags", "deploy") if way == "roles" else attached(ansible, sim, way)
        assert run.rc == 2, run.output
        assert changed(run) == []

    def test_the_first_host_does_not_decide_for_a_stricter_one(self, ansible: Ansible, way: str) -> None:
        with Simulator(scenario="degraded") as sim:
            hosts = DIFFERENT.format(name="health_gate_mode", lab="'report_only'", prod="'enforce'")
            run = attached(ansible, sim, way, hosts=hosts)
        assert run.rc == 2, run.output
        assert [text for text in changed(run) if "prod" in text] == [], run.output

    @pytest.mark.parametrize("alone", ["a variable", "what module_defaults are made of"])
    def test_nor_for_one_without_its_variables(self, ansible: Ansible, way: str, alone: str) -> None:
        if alone != "a variable" and way not in ("roles", "include_role once", "include_role applied once", "free"):
            pytest.skip("the same for Ansible as the others, and it takes seconds")
        name, keywords = "health_gate_mode", ""
        if alone != "a variable":
            name = "m"
            keywords = "module_defaults: {group/apihealth.meraki.api: {mode: \"{{ m | default('enforce') }}\"}}\n"
        with Simulator(scenario="degraded") as sim:
            run = attached(ansible, sim, way, hosts=f"[edge]\nlab {name}=report_only\n", keywords=keywords)
        assert run.rc == 2, run.output
        assert [text for text in changed(run) if "prod" in text] == [], run.output


@pytest.mark.parametrize("way", ["roles", "include_role once", "free"])
class TestOverride:
    UNTIL = datetime.fromtimestamp(time.time() + 7200, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    BOTH: ClassVar = {"health_gate_override_reason": "replace the core switch", "health_gate_override_until": UNTIL}

    def test_every_host_goes_on(self, ansible: Ansible, way: str) -> None:
        scope = "each" if way == "roles" else "all"
        with Simulator(scenario="degraded") as sim:
            run = attached(ansible, sim, way, health_gate_scope=scope, **self.BOTH)
        assert run.rc == 0, run.output
        assert sorted(text.split()[1] for text in changed(run)) == ["lab", "prod"], run.output
        assert "Gate open, overridden until" in run.output

    @pytest.mark.parametrize("scope", ["all", "each"])
    def test_one_of_the_first_host_does_not_open_the_gate_for_another(
        self, ansible: Ansible, way: str, scope: str
    ) -> None:
        lab = f"lab health_gate_override_reason='replace the core switch' health_gate_override_until={self.UNTIL}"
        with Simulator(scenario="degraded") as sim:
            run = attached(ansible, sim, way, hosts=f"[edge]\n{lab}\n", health_gate_scope=scope)
        assert run.rc == 2, run.output
        assert [text for text in changed(run) if "prod" in text] == [], run.output


# Hosts that a role is included for only once go on by the verdict of that one task: it has to cover all of them.
TOGETHER = ("include_role once",)
OWN = """
    [edge]
    lab organization={0}
    prod organization={1}
"""


# Those in which Ansible itself goes another way; each run takes seconds.
FEW = pytest.mark.parametrize("way", ["roles", "include_role once", "free"])


class TestEachHost:
    """`scope: each`: the data is read once, and every host goes on or fails by its own organizations."""

    def gated(
        self, ansible: Ansible, way: str, *ill: int, more: str = "", scope: str | None = "each"
    ) -> tuple[Run, list[str]]:
        """The run over two organizations of which some are ill, and the organizations that were asked about."""
        with Simulator(organizations=3) as sim:
            ids = sim.organization_ids
            for place in ill:
                sim.scenario_of(ids[place], "degraded")
            variables: dict[str, Any] = {"health_gate_scope": scope, "health_gate_organization_names": "never"}
            ids_of = "health_gate_organization_ids{}'{{{{ organization }}}}'"
            run = attached(
                ansible,
                sim,
                way,
                hosts=dedent(OWN).format(*ids)
                + dedent(more)
                + (f"\n[edge:vars]\n{ids_of.format('=')}\n" if way == "delegated" else ""),
                # That way has variables of its own there.
                keywords="" if way == "delegated" else f"vars: {{{ids_of.format(': ')}}}\n",
                health_gate_organization_ids=None,
                **variables,
            )
            return run, [str(sent.organization) for sent in sim.requests]

    @pytest.mark.parametrize("way", ["roles", "include_role once", "serial include_role once", "free"])
    def test_all_open(self, ansible: Ansible, way: str) -> None:
        run, asked = self.gated(ansible, way)
        assert run.rc == 0, run.output
        assert len(changed(run)) == 2, run.output
        if way not in ("free", "host_pinned"):
            assert len(asked) == len(set(asked)) == 2

    @pytest.mark.parametrize(
        ("way", "ill"), [*((way, 1) for way in WAYS), *((way, 0) for way in ("roles", "include_role once", "free"))]
    )
    def test_the_host_fails_whose_organization_is_closed(self, ansible: Ansible, way: str, ill: int) -> None:
        host, other = [("lab", "prod"), ("prod", "lab")][ill]
        run, _asked = self.gated(ansible, way, ill)
        assert run.rc == 2, run.output
        assert [text for text in changed(run) if host in text] == [], run.output
        # Ansible ends a play in which a whole batch has failed.
        if way not in TOGETHER and not way.startswith("serial"):
            assert [text.split()[1] for text in changed(run)] == [other], run.output
            failed = {name: counts["failed"] for name, counts in run.recap().items()}
            assert failed == {host: 1, other: 0}, run.output
        assert any("server_error_percent" in text for text in failures_said(run)), run.output

    @FEW
    def test_both_closed(self, ansible: Ansible, way: str) -> None:
        run, _asked = self.gated(ansible, way, 0, 1)
        assert run.rc == 2, run.output
        assert changed(run) == []

    @FEW
    def test_one_host_of_another_scope(self, ansible: Ansible, way: str) -> None:
        """What one host asks for does not open the gate for another."""
        more = DIFFERENT.format(name="health_gate_scope", lab="'each'", prod="'all'")
        run, _asked = self.gated(ansible, way, 0, 1, more=more, scope=None)
        assert run.rc == 2, run.output
        assert changed(run) == [], run.output


class TestEachHostsOrganizations:
    def gated(self, ansible: Ansible, hosts: str, *ill: int) -> Run:
        with Simulator(organizations=3) as sim:
            for place in ill:
                sim.scenario_of(sim.organization_ids[place], "degraded")
            ids = sim.organization_ids
            return attached(
                ansible,
                sim,
                "roles",
                hosts=dedent(hosts).format(*ids),
                keywords="vars: {health_gate_organization_ids: '{{ organizations }}', health_gate_scope: each}\n",
                health_gate_organization_ids=None,
            )

    def test_one_closed_of_several(self, ansible: Ansible) -> None:
        hosts = "[edge]\nlab organizations={0},{1}\nprod organizations={1}\n"
        assert [text.split()[1] for text in changed(self.gated(ansible, hosts, 0))] == ["prod"]
        assert changed(self.gated(ansible, hosts, 1)) == []

    def test_a_host_without_any(self, ansible: Ansible) -> None:
        run = self.gated(ansible, "[edge]\nlab organizations={0}\nprod organizations=\n")
        assert run.rc == 2
        assert changed(run) == []
        assert "prod: health_gate_organization_ids is required" in failures_said(run)[0], run.output

    def test_every_other_problem_is_told_with_it(self, ansible: Ansible) -> None:
        hosts = "[edge]\nlab organizations={0}\nprod organizations=\n[edge:vars]\nhealth_gate_window_minutes=soon\n"
        (said,) = failures_said(self.gated(ansible, hosts))
        assert "prod: health_gate_organization_ids is required" in said
        assert "health_gate_window_minutes: 'soon' is not a whole number" in said

    def by_module_defaults(self, ansible: Ansible, ids: str | None, keywords: str = "") -> Run:
        """The run of two hosts whose own organizations are in `module_defaults`; that of the second is ill."""
        defaults = "module_defaults: {apihealth.meraki.health_info: {org_id: '{{ organization }}', scope: each}}\n"
        with Simulator(organizations=2) as sim:
            sim.scenario_of(sim.organization_ids[1], "degraded")
            run = attached(
                ansible,
                sim,
                "roles",
                hosts=dedent(OWN).format(*sim.organization_ids),
                keywords=defaults + keywords,
                health_gate_organization_ids=ids,
            )
        assert run.rc == 2, run.output
        return run

    def test_by_module_defaults(self, ansible: Ansible) -> None:
        # The role wants the variable, and blank is unset.
        run = self.by_module_defaults(ansible, "")
        assert [text.split()[1] for text in changed(run)] == ["lab"], run.output

    def test_by_a_template_of_the_whole_play_beside_module_defaults(self, ansible: Ansible) -> None:
        """The template gives every host both organizations, whatever its `module_defaults` are."""
        ids = "{{ ansible_play_hosts_all | map('extract', hostvars, 'organization') | list }}"
        run = self.by_module_defaults(ansible, None, f'vars: {{health_gate_organization_ids: "{ids}"}}\n')
        assert changed(run) == [], run.output

    def test_one_that_cannot_be_read(self, ansible: Ansible) -> None:
        run = self.gated(ansible, "[edge]\nlab organizations=1\nprod organizations={0}\n")
        assert run.rc == 2
        assert [text.split()[1] for text in changed(run)] == ["prod"]
        assert "1: could not be read, " in failures_said(run)[0]

    def test_one_by_one(self, ansible: Ansible) -> None:
        """`run_once: false` judges each host by itself, and reads for each host."""
        with Simulator(organizations=2) as sim:
            sim.scenario_of(sim.organization_ids[1], "degraded")
            run = attached(
                ansible,
                sim,
                "roles",
                hosts=dedent(OWN).format(*sim.organization_ids),
                keywords="vars: {health_gate_organization_ids: '{{ organization }}', health_gate_scope: each}\n",
                health_gate_organization_ids=None,
                health_gate_run_once=False,
            )
        assert [text.split()[1] for text in changed(run)] == ["lab"], run.output


class TestOwnPrecedence:
    """A host that the role is included once for may get its variables from anywhere."""

    @pytest.mark.parametrize("source", ["vars_files", "set_fact", "play"])
    def test_another_host_is_judged_by_its_own(self, ansible: Ansible, source: str) -> None:
        with Simulator(organizations=2) as sim:
            well, ill = sim.organization_ids
            sim.scenario_of(ill, "degraded")
            for host, one in (("lab", well), ("prod", ill)):
                (ansible.folder / f"{host}.yml").write_text(f"organization: '{one}'\n")
            include = f"{{include_role: {{name: {GATE}}}, run_once: true}}"
            fact = f"{{set_fact: {{organization: '{ill}'}}, when: inventory_hostname == 'prod'}}"
            # In each case the first host has the other organization.
            text = {
                "vars_files": f"vars_files: ['{{{{ inventory_hostname }}}}.yml']\npre_tasks: [{include}]",
                "set_fact": f"vars: {{organization: '{well}'}}\npre_tasks: [{fact}, {include}]",
                "play": f"vars: {{organization: '{{{{ mine }}}}'}}\npre_tasks: [{include}]",
            }[source]
            run = attached(
                ansible,
                sim,
                "roles",
                hosts=f"[edge]\nlab mine={well}\nprod mine={ill}\n[edge:vars]\norganization=5\n",
                text=f"{text}\npost_tasks: [{{import_tasks: change.yml}}]",
                health_gate_organization_ids="{{ organization }}",
            )
        assert run.rc == 2, run.output
        assert [one for one in changed(run) if "prod" in one] == [], run.output
        assert f"prod: The verdict does not cover this host: it did not judge {ill}." in failures_said(run)[0]


@pytest.mark.parametrize("way", ["roles", "include_role once"])
def test_a_refused_host_leaves_no_report_that_says_open(ansible: Ansible, way: str) -> None:
    with Simulator(organizations=2) as sim:
        run = attached(
            ansible,
            sim,
            way,
            hosts=dedent(OWN).format(*sim.organization_ids),
            health_gate_organization_ids="{{ organization }}",
            health_gate_report_dir="reports",
        )
    assert run.rc == 2, run.output
    assert "The verdict does not cover this host" in " ".join(failures_said(run)), run.output
    (left,) = (ansible.folder / "reports").iterdir()
    assert left.name == "health_gate.env"
    assert "HEALTH_GATE='closed'" in left.read_text()
    assert "HEALTH_GATE_REASON='misconfigured'" in left.read_text()


def test_no_batch_has_the_name_of_another_one_s_verdict(ansible: Ansible) -> None:
    with Simulator(scenarios=["healthy", "degraded"], organizations=2) as sim:
        first, second = sim.organization_ids
        run = attached(
            ansible,
            sim,
            "serial",
            health_gate_organization_ids=f"{{{{ {{'lab': '{first}', 'prod': '{second}'}}[inventory_hostname] }}}}",
        )
    assert run.rc == 2, run.output
    assert ["GATE OPEN" in run.output, "GATE CLOSED" in run.output] == [True, True]
    assert run.stdout.count("Gate of each batch") == 2
    assert "Gate open" not in run.stdout


class TestCondition:
    @pytest.mark.parametrize("way", ["roles", "include_role"])
    def test_on_what_the_role_sets_itself_opens_nothing(self, ansible: Ansible, way: str) -> None:
        """It would skip the tasks that close the gate. The condition of an include decides only once."""
        role = f"{{role: {GATE}, when: health_gate_verdict is not defined}}"
        include = f"{{include_role: {{name: {GATE}}}, when: health_gate_verdict is not defined}}"
        text = {"roles": f"roles: [{role}]", "include_role": f"pre_tasks: [{include}]"}[way]
        with Simulator(scenario="degraded") as sim:
            run = attached(ansible, sim, "roles", text=f"{text}\npost_tasks: [{{import_tasks: change.yml}}]")
        assert run.rc == 2, run.output
        assert changed(run) == []
        refused = "depends on a variable that the role sets" in failures_said(run)[0]
        assert refused is (way == "roles"), run.output

    @pytest.mark.parametrize("scope", ["all", "each"])
    @pytest.mark.parametrize("condition", ["needed", "'reports/health_gate.json' is not exists"])
    def test_that_becomes_false_meanwhile_opens_nothing(self, ansible: Ansible, condition: str, scope: str) -> None:
        variables = f"{{needed: '{{{{ health_gate_verdict is not defined }}}}', health_gate_scope: {scope}}}"
        role = f'{{role: {GATE}, when: "{condition}", health_gate_report_dir: reports}}'
        text = f"vars: {variables}\nroles: [{role}]\npost_tasks: [{{import_tasks: change.yml}}]"
        with Simulator(scenario="degraded") as sim:
            run = attached(ansible, sim, "roles", text=text)
        assert run.rc == 2, run.output
        assert changed(run) == []
        refused = ("depends on a variable that the role sets", "became false while the role was running")
        assert any(one in failures_said(run)[0] for one in refused), run.output
        left = sorted(path.name for path in (ansible.folder / "reports").iterdir())
        assert left == ["health_gate.env"]
        assert "HEALTH_GATE='closed'" in (ansible.folder / "reports" / "health_gate.env").read_text()


POLICIES = {
    "health_gate_mode": ("'report_only'", "'enforce'"),
    "health_gate_server_error_fail_percent": ("50", "5"),
    "health_gate_planned_requests": ("0", "100000"),
    "health_gate_region": ("'global'", "'canada'"),
    "health_gate_user_agent": ("'Dashboard'", "''"),
    "health_gate_ignore_codes": ("[500]", "[]"),
    "health_gate_wait_minutes": ("5", "0"),
    "health_gate_scope": ("'each'", "'all'"),
    "health_gate_checks": ("[{'metric': 'requests', 'fail': 1, 'name': 'a'}]", "[]"),
    "health_gate_api_key": ("'0123456789'", "''"),
}


class TestDifference:
    @pytest.mark.parametrize("name", POLICIES)
    def test_is_named(self, ansible: Ansible, sim: Simulator, name: str) -> None:
        """In a healthy organization, so that nothing else stops the second host."""
        lab, prod = POLICIES[name]
        if name == "health_gate_api_key":
            lab = f"'{sim.key}'"
        hosts = DIFFERENT.format(name=name, lab=lab, prod=prod)
        # Without a different key the second host has that of the environment, another one.
        run = attached(ansible, sim, "roles", hosts=hosts)
        if name == "health_gate_api_key":
            assert changed(run) == ["changed lab knowing lab by open", "changed prod knowing prod by open"], run.output
            return
        assert run.rc == 2, run.output
        assert [text for text in changed(run) if "prod" in text] == []
        assert any(
            text.startswith("The verdict does not cover this host") and name in text for text in failures_said(run)
        ), run.output

    def test_what_only_looks_different_is_none(self, ansible: Ansible, sim: Simulator) -> None:
        hosts = DIFFERENT.format(name="health_gate_window_minutes", lab="60", prod="'60'")
        hosts += DIFFERENT.format(name="health_gate_mode", lab="''", prod="'enforce'")
        hosts += DIFFERENT.format(name="health_gate_timeout", lab="5", prod="6")
        run = attached(ansible, sim, "roles", hosts=hosts)
        assert run.rc == 0, run.output
        assert len(changed(run)) == 2

    def test_a_misspelt_variable_of_one_host(self, ansible: Ansible, sim: Simulator) -> None:
        run = attached(ansible, sim, "roles", hosts="\n[strict]\nprod health_gate_server_error_fail_prcent=1\n")
        assert run.rc == 2
        assert "did you mean health_gate_server_error_fail_percent?" in failures_said(run)[0]
        assert [text for text in changed(run) if "prod" in text] == []


ENVIRONMENT = """\
environment:
  MERAKI_DASHBOARD_API_KEY: "{{ key }}"
  MERAKI_DASHBOARD_BASE_URL: "{{ url }}"
"""


@pytest.mark.parametrize("way", ["roles", "block", "include_role applied once", "include_role once"])
class TestEnvironment:
    """The key and the address in the play's `environment`, made of variables of each host."""

    def test_the_same_covers_all(self, ansible: Ansible, sim: Simulator, way: str) -> None:
        hosts = f"\n[edge:vars]\nkey={sim.key}\nurl={sim.base_url}\n"
        run = attached(ansible, sim, way, hosts=hosts, keywords=ENVIRONMENT, health_gate_base_url=None)
        assert run.rc == 0, run.output
        assert len(changed(run)) == 2

    @pytest.mark.parametrize(("variable", "option"), [("key", "health_gate_api_key"), ("url", "health_gate_base_url")])
    def test_a_different_one_is_refused(
        self, ansible: Ansible, sim: Simulator, way: str, variable: str, option: str
    ) -> None:
        other = {"key": "another-key-0123456789", "url": "http://127.0.0.1:1/another"}[variable]
        hosts = f"\n[edge:vars]\nkey={sim.key}\nurl={sim.base_url}\n"
        # On the line of the host itself, which wins over its group's.
        hosts += f"\n[another]\nprod {variable}={other}\n"
        run = attached(ansible, sim, way, hosts=hosts, keywords=ENVIRONMENT, health_gate_base_url=None)
        assert run.rc == 2, run.output
        assert [text for text in changed(run) if "prod" in text] == [], run.output
        assert any(
            "The verdict does not cover this host" in text and f"value of {option}." in text
            for text in failures_said(run)
        ), run.output
        assert other not in run.output

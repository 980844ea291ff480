# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook sets up in AWX with the real modules of awx.awx, and what its jobs do, through ansible-runner."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from textwrap import indent
from typing import Any

import pytest
import yaml

from tests.awx import PROJECT, Awx, rules
from tests.awx.jobs import Jobs
from tests.integration.conftest import ELSEWHERE, ROOT, Ansible, Run
from tests.simulator import Simulator

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(ELSEWHERE, reason="ansible-runner and awx.awx are the default environment's"),
]

SETUP = "apihealth.meraki.awx_setup"
NAME = "Meraki health"


CHANGE = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Change
      ansible.builtin.debug:
        msg: "{{ change_requests_per_second }}"
      vars:
"""


def guide_block(start: str) -> str:
    """The YAML block of docs/awx.md that begins with this."""
    text = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"^```yaml\n({start}:.*?)^```$", text, re.M | re.S)
    return str(found)


@pytest.fixture(scope="module")
def awx_collections() -> str:
    """A collections path with awx.awx."""
    from tools import awx

    return str(awx.collections())


@pytest.fixture
def awx() -> Iterator[Awx]:
    with Awx(PROJECT) as awx:
        yield awx


class TestSetup:
    def set_up(self, ansible: Ansible, awx: Awx, path: str, variables: Mapping[str, Any], *plays: str) -> Run:
        (ansible.folder / "awx.yml").write_text(yaml.safe_dump(dict(variables)))
        env = {
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join([str(ansible.collections), path]),
            "CONTROLLER_HOST": awx.url,
            "CONTROLLER_OAUTH_TOKEN": awx.token,
            "MERAKI_DASHBOARD_API_KEY": Simulator.key,
            # Any other warning is one too many.
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        }
        run = ansible.run("ansible-playbook", *plays, "-vvv", "-e", "@awx.yml", env=env)
        assert awx.token not in run.output
        return run

    def test_a_second_run_changes_nothing(self, ansible: Ansible, awx: Awx, awx_collections: str) -> None:
        """Both in one process, which makes a module once."""
        variables = yaml.safe_load(guide_block("awx_setup_project_url"))
        run = self.set_up(ansible, awx, awx_collections, variables, SETUP, SETUP)
        assert run.rc == 0, run.output
        assert "WARNING" not in run.output
        _head, first, second = run.stdout.split("\nPLAY [Set up the health gate in AWX]")
        assert (first.count("\nchanged: "), second.count("\nchanged: ")) == (13, 0)
        assert second.count("\nok: ") == 15
        # Each once: the second run wrote nothing.
        assert [re.sub(r"\d+", "N", path.removeprefix("/api/v2/")) for _method, path in awx.writes] == [
            "credential_types/",
            "credentials/",
            "execution_environments/",
            "projects/",
            "inventories/",
            "inventory_sources/",
            *["job_templates/", "job_templates/N/credentials/", "job_templates/N/survey_spec/"] * 2,
            *["workflow_job_templates/", "workflow_job_templates/N/survey_spec/"],
            "workflow_job_template_nodes/",
            *["workflow_job_template_nodes/", "workflow_job_template_nodes/N/success_nodes/"] * 2,
            "schedules/",
        ]
        self.assert_complete(awx, variables)
        # What somebody has changed by hand is brought back: a way around the gate, and what the schedule does.
        gate, change = (awx.named("workflow_job_template_nodes", name)["id"] for name in ("gate", "change"))
        around = f"/api/v2/workflow_job_template_nodes/{gate}/always_nodes/"
        assert awx.handle("POST", around, f"Bearer {awx.token}", json.dumps({"id": change}).encode()) == (204, None)
        watch = awx.named("schedules", f"{NAME} watch")
        watch["extra_data"] = {**watch["extra_data"], "health_gate_mode": "enforce"}
        awx.requests.clear()
        last = ("--start-at-task", "Make the nodes of the workflow")
        run = self.set_up(ansible, awx, awx_collections, variables, SETUP, *last)
        assert run.rc == 0, run.output
        assert awx.writes == [("POST", around), ("PATCH", f"/api/v2/schedules/{watch['id']}/")]
        self.assert_complete(awx, variables)

    def assert_complete(self, awx: Awx, variables: Mapping[str, Any]) -> None:
        """What stands in AWX."""
        credential = awx.named("credentials", f"{NAME} API key")
        assert credential["inputs"] == {"api_key": Simulator.key}
        assert awx.named("projects", NAME)["scm_url"] == variables["awx_setup_project_url"]
        environment = awx.named("execution_environments", NAME)
        assert environment["image"] == variables["awx_setup_image"]
        source = awx.named("inventory_sources", f"{NAME} organizations")
        assert (PROJECT / source["source_path"]).is_file()
        assert source["credential"] == credential["id"]
        survey = awx.survey("workflow_job_templates", f"{NAME} change")
        for name in ("gate", "verify"):
            template = awx.named("job_templates", f"{NAME} {name}")
            assert template["execution_environment"] == environment["id"]
            assert template["survey_enabled"]
            assert awx.survey("job_templates", template["name"]) == survey
            assert awx.linked("job_templates", template["name"], "credentials") == [credential["name"]]
        nodes = {name: awx.named("workflow_job_template_nodes", name) for name in ("gate", "change", "verify")}
        assert {
            name: awx.tables["job_templates"][node["unified_job_template"]]["name"] for name, node in nodes.items()
        } == {"gate": f"{NAME} gate", "change": variables["awx_setup_change_template"], "verify": f"{NAME} verify"}
        # A closed gate has no way on.
        for name, then in (("gate", ["change"]), ("change", ["verify"]), ("verify", [])):
            assert awx.linked("workflow_job_template_nodes", name, "success_nodes") == then
            assert awx.linked("workflow_job_template_nodes", name, "failure_nodes") == []
            assert awx.linked("workflow_job_template_nodes", name, "always_nodes") == []
        watch = awx.named("schedules", f"{NAME} watch")
        assert watch["unified_job_template"] == awx.named("job_templates", f"{NAME} gate")["id"]
        assert watch["extra_data"] == {
            "health_gate_organization_ids": ",".join(variables["awx_setup_schedule_organization_ids"]),
            "health_gate_mode": "report_only",
        }

    def test_what_is_missing_is_said_at_once(self, ansible: Ansible, awx: Awx, awx_collections: str) -> None:
        run = self.set_up(ansible, awx, awx_collections, {"awx_setup_image": "x"}, SETUP)
        assert run.rc == 2
        assert (
            "missing required arguments: awx_setup_change_template, awx_setup_project_url, "
            "awx_setup_schedule_organization_ids" in run.stdout
        )
        assert awx.requests == []

    def test_a_misspelt_variable_is_refused(self, ansible: Ansible, awx: Awx, awx_collections: str) -> None:
        """Each, with the nearest name: a schedule that is on although it was meant to be off would be no surprise."""
        slips = {
            "awx_setup_organisation": "awx_setup_organization",
            "awx_setup_schedule_enable": "awx_setup_schedule_enabled",
            "awx_setup_schedule_rule": "awx_setup_schedule_rrule",
            "awx_setup_projekt_branch": "awx_setup_project_branch",
            "awx_setup_replace_apikey": "awx_setup_replace_api_key",
            "awx_setup_apikey": "awx_setup_api_key",
            "awx_setup_img": "awx_setup_image",
            "awx_setup_schedule_organization_id": "awx_setup_schedule_organization_ids",
        }
        variables = {**yaml.safe_load(guide_block("awx_setup_project_url")), **dict.fromkeys(slips, "{{ nosuch }}")}
        run = self.set_up(ansible, awx, awx_collections, variables, SETUP)
        assert run.rc == 2
        for slip, nearest in slips.items():
            assert f"{slip} is no variable of this playbook (did you mean {nearest}?)" in run.stdout
        assert awx.requests == []

    def test_a_change_that_awx_does_not_have(self, ansible: Ansible, awx: Awx, awx_collections: str) -> None:
        variables = yaml.safe_load(guide_block("awx_setup_project_url")) | {
            "awx_setup_change_template": "Change something"
        }
        run = self.set_up(ansible, awx, awx_collections, variables, SETUP)
        assert run.rc == 2
        assert "AWX has 0 templates named Change something" in run.stdout
        assert awx.writes == []


@pytest.fixture
def survey() -> dict[str, Any]:
    """The survey, which has no template in it."""
    text = (ROOT / "playbooks" / "vars" / "awx_setup.yml").read_text().replace("!unsafe", "")
    spec: dict[str, Any] = yaml.safe_load(text)["awx_setup_survey"]
    return spec


def asked(survey: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The questions by the options' names."""
    return {question["variable"].removeprefix("health_gate_"): question for question in survey["spec"]}


def as_variables(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {f"health_gate_{name}": value for name, value in answers.items()}


def limits(verdict: Mapping[str, Any]) -> list[dict[str, tuple[Any, Any, str]]]:
    """The limits and the status of each check, by organization."""
    return [
        {check["name"]: (check["warn"], check["fail"], check["status"]) for check in organization["checks"]}
        for organization in verdict["organizations"]
    ]


class TestAnswers:
    @pytest.fixture
    def jobs(self, ansible: Ansible) -> Iterator[Jobs]:
        with Simulator(organizations=2) as sim:
            yield Jobs(ansible, sim)

    def test_blank_ones_are_the_defaults(self, jobs: Jobs, survey: dict[str, Any]) -> None:
        """The form leaves out what is blank, and AWX adds the defaults; what asks the API may send blank text."""
        blank = dict.fromkeys(asked(survey), "") | {"organization_ids": ", ".join(jobs.sim.organization_ids)}
        texts = {name: blank[name] for name, question in asked(survey).items() if question["type"] in rules.TEXTS}
        filled_in = rules.filled_in(as_variables(blank))
        assert list(rules.refused(survey, filled_in)) == list(rules.refused(survey, as_variables(texts))) == []
        defaults = rules.launched(survey, filled_in)
        assert len(defaults) > len(texts) > 2
        found = [jobs(variables) for variables in (as_variables(texts), defaults)]
        assert [job.run.rc for job in found] == [0, 0], found[0].run.output
        first, second = (job.verdict for job in found)
        assert [one["organization_id"] for one in first["organizations"]] == jobs.sim.organization_ids
        assert limits(first) == limits(second)
        for name in ("status", "gate", "mode", "profile"):
            assert first[name] == second[name]
        assert first["organizations"][0]["window"]["seconds"] == defaults["health_gate_window_minutes"] * 60

    def test_every_choice_and_number(self, jobs: Jobs, survey: dict[str, Any]) -> None:
        """Each choice that is no default, and each number's ends, in four jobs. A gate that may close does not wait."""
        ends: list[tuple[str, dict[str, Any]]] = [
            # Without the ends that the role does not take, and with what may be together.
            ("max", {"slo_percent": 99.9, "baseline_days": 0}),
            ("min", {"slo_percent": 0.5, "rate_limit_rps": 0.1}),
            ("max", {"slo_percent": 99, "window_minutes": 60, "confirm_recent_minutes": 60, "ignore_codes": "404"}),
            ("min", {"slo_percent": 99.9, "rate_limit_rps": 10.5, "min_requests": 7}),
        ]
        texts: dict[str, Any] = {
            "organization_ids": jobs.sim.organization_ids[0],
            "ignore_codes": "404,403",
            "checks": '[{"name": "calls", "metric": "requests", "warn": 1, "action": "{{ 1 / 0 }}"}]',
        }
        seen: dict[str, set[str]] = {}
        for row, (end, changed) in enumerate(ends, 1):
            answers: dict[str, Any] = {}
            for name, question in asked(survey).items():
                if question["type"] == "multiplechoice":
                    answers[name] = rules.choices(question)[row % len(question["choices"])]
                    seen.setdefault(name, set()).add(answers[name])
                else:
                    answers[name] = {**texts, **changed}.get(name, question.get(end))
            assert list(rules.refused(survey, as_variables(answers))) == []
            job = jobs(rules.launched(survey, as_variables(answers)))
            verdict = job.verdict
            assert job.run.rc == (0 if verdict["gate"] == "open" else 2), job.run.output
            for name in ("mode", "profile"):
                assert verdict[name] == answers[name]
            (found,) = limits(verdict)
            for check, option in (
                ("server_error_percent", "server_error"),
                ("rate_limited_percent", "rate_limited"),
                ("client_error_percent", "client_error"),
                ("rate_limit_utilization_percent", "utilization"),
            ):
                wanted = tuple(answers[f"{option}_{level}_percent"] for level in ("warn", "fail"))
                assert found[check][:2] == wanted
            assert found["calls"][:2] == (1, None)
            assert ("server_error_regression" in found) == (answers["baseline_days"] > 0)
            assert {"error_budget_remaining_percent", "burn_rate"} <= set(found)
        for name, question in asked(survey).items():
            if question["type"] == "multiplechoice":
                assert seen[name] | {question.get("default")} >= set(rules.choices(question)), name

    def test_what_awx_lets_through_is_one_error_by_the_questions_names(
        self, jobs: Jobs, survey: dict[str, Any]
    ) -> None:
        wrong = {
            "organization_ids": " , ",
            "slo_percent": 100,
            "rate_limit_rps": 0,
            "server_error_warn_percent": 7,
            "server_error_fail_percent": 2.5,
            "ignore_codes": "404 and others",
            "checks": "[{'name': ",
        }
        assert list(rules.refused(survey, as_variables(wrong))) == []
        job = jobs(rules.launched(survey, as_variables(wrong)))
        assert job.run.rc == 2
        for name in set(wrong) - {"server_error_fail_percent"}:
            assert f"health_gate_{name}" in job.said
        assert jobs.sim.requests == []


class TestWorkflow:
    def test_a_gate_and_a_look_after_the_change(self, ansible: Ansible, survey: dict[str, Any]) -> None:
        with Simulator() as sim:
            jobs = Jobs(ansible, sim)
            answers = {"health_gate_organization_ids": sim.organization_ids[0], "health_gate_min_requests": 50}
            alone = jobs(rules.launched(survey, answers), "verify.yml")
            assert alone.run.rc == 2
            assert "There is no health_gate_verdict to compare with." in alone.run.output
            gate = jobs(rules.of_a_node(survey, survey, answers, {}))
            assert gate.run.rc == 0
            change = jobs(
                rules.of_a_node({"spec": []}, survey, answers, {"health_gate_verdict": gate.verdict}),
                "change.yml",
                CHANGE + indent(guide_block("change_requests_per_second"), " " * 8),
            )
            assert change.shown("Change") == gate.verdict["organizations"][0]["capacity"]["available_rps"]
            # As if the change had taken an hour, and the API had broken in it.
            before = json.loads(json.dumps(gate.verdict))
            for moment in (before, before["organizations"][0]["window"]):
                for name in {"evaluated_at", "t0", "t1"} & set(moment):
                    then = datetime.fromisoformat(moment[name].replace("Z", "+00:00")) - timedelta(hours=1)
                    moment[name] = then.strftime("%Y-%m-%dT%H:%M:%SZ")
            sim.scenario_of(sim.organization_ids[0], "degraded")
            artifacts = {"health_gate_verdict": before}
            verify = jobs(rules.of_a_node(survey, survey, answers, artifacts), "verify.yml")
        assert verify.run.rc == 2
        (organization,) = verify.verdict["organizations"]
        assert "server_error_percent" in [each["name"] for each in organization["since"]["worse"]]
        assert limits(verify.verdict)[0]["server_error_regression"][2] == "fail"
        # What a closed gate found is an artifact all the same.
        assert verify.verdict["gate"] == "closed"
        assert verify.said.startswith(verify.verdict["summary"])
        assert verify.verdict["baseline"]["evaluated_at"] == before["evaluated_at"]

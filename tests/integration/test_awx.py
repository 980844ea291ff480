# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook sets up in AWX with the real modules of awx.awx, and what its jobs do, through ansible-runner."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from textwrap import dedent, indent
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


# Organizations as somebody may have named them, and the choices that become of them.
NAMED = [
    {"id": "549236", "name": "Branch  Berlin"},
    {"id": "646829496481105433", "name": "North (old)\nSouth"},
    {"id": "N_7"},
]
CHOICES = ["549236 (Branch Berlin)", "646829496481105433 (North (old) South)", "N_7"]

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
    (found,) = re.findall(rf"^ *```yaml\n( *{start}:.*?)^ *```$", text, re.M | re.S)
    return dedent(found)


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
    def set_up(
        self,
        ansible: Ansible,
        awx: Awx,
        path: str,
        variables: Mapping[str, Any],
        *plays: str,
        env: Mapping[str, str] | None = None,
    ) -> Run:
        (ansible.folder / "awx.yml").write_text(yaml.safe_dump(dict(variables)))
        environ = {
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join([str(ansible.collections), path]),
            "CONTROLLER_HOST": awx.url,
            "CONTROLLER_OAUTH_TOKEN": awx.token,
            "MERAKI_DASHBOARD_API_KEY": Simulator.key,
            # Any other warning is one too many.
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        }
        run = ansible.run("ansible-playbook", *plays, "-vvv", "-e", "@awx.yml", env={**environ, **(env or {})})
        assert awx.token not in run.output
        return run

    def test_a_second_run_changes_nothing(self, ansible: Ansible, awx: Awx, awx_collections: str) -> None:
        variables = {
            **yaml.safe_load(guide_block("awx_setup_project_url")),
            **yaml.safe_load(guide_block("awx_setup_notification_type")),
            "awx_setup_organizations": NAMED,
            "awx_setup_variables": {"health_gate_profile": "strict", "health_gate_planned_requests": 500},
            "awx_setup_survey": "long",
        }
        secret = variables["awx_setup_notification_configuration"]["password"] = "hook-5f2c9a"
        for changed in (20, 0):
            run = self.set_up(ansible, awx, awx_collections, variables, SETUP)
            assert run.rc == 0, run.output
            assert "WARNING" not in run.output
            assert secret not in run.output
            assert run.stdout.count("\nchanged: ") == changed
        # Each once: the second run wrote nothing.
        assert [re.sub(r"\d+", "N", path.removeprefix("/api/v2/")) for _method, path in awx.writes] == [
            "credential_types/",
            "credentials/",
            "execution_environments/",
            "projects/",
            "inventories/",
            "inventory_sources/",
            "notification_templates/",
            *["job_templates/", "job_templates/N/credentials/", "job_templates/N/survey_spec/"],
            *["job_templates/", "job_templates/N/credentials/"] * 2,
            *["job_templates/", "job_templates/N/credentials/", "job_templates/N/notification_templates_error/"],
            "workflow_job_templates/",
            "workflow_job_templates/N/notification_templates_error/",
            "workflow_job_templates/N/notification_templates_approvals/",
            "workflow_job_templates/N/survey_spec/",
            *["workflow_job_template_nodes/", "workflow_job_template_nodes/N/create_approval_template/"],
            "workflow_job_template_nodes/",
            *["workflow_job_template_nodes/", "workflow_job_template_nodes/N/success_nodes/"] * 3,
            "workflow_job_template_nodes/N/success_nodes/",
            *["workflow_job_template_nodes/", "workflow_job_template_nodes/N/success_nodes/"],
            "schedules/",
        ]
        self.assert_complete(awx, variables)
        # What somebody has changed by hand is brought back: a way around the gate and the approval, an approval that
        # comes too late, whom the watch tells, and what it judges.
        gate, change = (awx.named("workflow_job_template_nodes", name)["id"] for name in ("gate", "change"))
        around = f"/api/v2/workflow_job_template_nodes/{gate}/always_nodes/"
        assert awx.handle("POST", around, f"Bearer {awx.token}", json.dumps({"id": change}).encode()) == (204, None)
        approval = awx.named("workflow_approval_templates", f"{NAME} approval")
        approval["timeout"] = 0
        told = awx.named("notification_templates", NAME)
        told["notification_configuration"]["url"] = "https://elsewhere.example"
        watch = awx.named("job_templates", f"{NAME} watch")
        watch["extra_vars"] = "{}"
        awx.requests.clear()
        last = ("--start-at-task", "Create the notification")
        run = self.set_up(ansible, awx, awx_collections, variables, SETUP, *last)
        assert run.rc == 0, run.output
        assert secret not in run.output
        assert awx.writes == [
            ("PATCH", f"/api/v2/notification_templates/{told['id']}/"),
            ("PATCH", f"/api/v2/job_templates/{watch['id']}/"),
            ("PATCH", f"/api/v2/workflow_approval_templates/{approval['id']}/"),
            ("POST", around),
        ]
        self.assert_complete(awx, variables)
        # An approval that is no longer wanted, and a new secret.
        awx.requests.clear()
        changes: dict[str, Any] = {"awx_setup_approval": False, "awx_setup_replace_notification": True}
        new = {**variables["awx_setup_notification_configuration"], "password": "hook-7"}
        changes["awx_setup_notification_configuration"] = new
        run = self.set_up(ansible, awx, awx_collections, {**variables, **changes}, SETUP, *last)
        assert run.rc == 0, run.output
        assert [method for method, _path in awx.writes] == ["PATCH", "POST", "POST", "DELETE", "DELETE"]
        self.assert_complete(awx, {**variables, **changes})

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
        told = awx.named("notification_templates", NAME)
        assert told["notification_type"] == variables["awx_setup_notification_type"]
        wanted = {"http_method": "POST", "disable_ssl_verification": False}
        wanted |= variables["awx_setup_notification_configuration"]
        assert told["notification_configuration"] == wanted
        survey = awx.survey("workflow_job_templates", f"{NAME} change")
        assert awx.survey("job_templates", f"{NAME} gate") == survey
        first, *others = survey["spec"]
        assert (first["variable"], first["type"], first["choices"]) == ("gate_organizations", "multiselect", CHOICES)
        # Nobody is asked for what every job has.
        asked = {question["variable"] for question in others}
        assert len(asked) > 20
        assert not asked & {"health_gate_profile", "gate_planned_requests", "health_gate_organization_ids"}
        given = variables["awx_setup_variables"]
        ids = variables["awx_setup_schedule_organization_ids"]
        for name, extra_vars, tells in (
            ("gate", given, []),
            ("pause", {"pause_minutes": 16}, []),
            ("verify", given, []),
            ("watch", {**given, "health_gate_organization_ids": ids, "watch_accepts": ["pass"]}, [NAME]),
        ):
            template = awx.named("job_templates", f"{NAME} {name}")
            assert template["execution_environment"] == environment["id"]
            assert template["survey_enabled"] == (name == "gate")
            assert json.loads(template["extra_vars"]) == extra_vars
            assert awx.linked("job_templates", template["name"], "credentials") == [credential["name"]]
            assert awx.linked("job_templates", template["name"], "notification_templates_error") == tells
        for event in ("error", "approvals"):
            assert awx.linked("workflow_job_templates", f"{NAME} change", f"notification_templates_{event}") == [NAME]
        # A closed gate has no way on.
        approved = variables.get("awx_setup_approval", True)
        chain = ["gate", *(["approval", "recheck"] if approved else []), "change", "pause", "verify"]
        nodes = awx.tables["workflow_job_template_nodes"].values()
        assert {node["identifier"] for node in nodes} == set(chain)
        templates = {
            **{name: f"{NAME} {name}" for name in chain},
            "recheck": f"{NAME} gate",
            "change": variables["awx_setup_change_template"],
        }
        for name, then in zip(chain, [*([one] for one in chain[1:]), []], strict=True):
            template_id = awx.named("workflow_job_template_nodes", name)["unified_job_template"]
            table = "workflow_approval_templates" if name == "approval" else "job_templates"
            assert awx.tables[table][template_id]["name"] == templates[name]
            assert awx.linked("workflow_job_template_nodes", name, "success_nodes") == then
            assert awx.linked("workflow_job_template_nodes", name, "failure_nodes") == []
            assert awx.linked("workflow_job_template_nodes", name, "always_nodes") == []
        assert [each["timeout"] for each in awx.tables["workflow_approval_templates"].values()] == [86400] * approved
        schedule = awx.named("schedules", f"{NAME} watch")
        assert schedule["unified_job_template"] == awx.named("job_templates", f"{NAME} watch")["id"]

    def test_behind_a_gateway_with_an_inventory(self, ansible: Ansible, awx_collections: str) -> None:
        """As in Ansible Automation Platform 2.5: the shortest way, which asks five questions and tells nobody."""
        blocks = ("awx_setup_project_url", "awx_setup_variables")
        variables = {name: value for start in blocks for name, value in yaml.safe_load(guide_block(start)).items()}
        (ansible.folder / "hosts.yml").write_text(
            yaml.safe_dump(
                {
                    "organizations": {
                        "hosts": {
                            one["id"]: {"organization_id": one["id"], "organization_name": one.get("name", "")}
                            for one in NAMED
                        }
                    },
                    "api_disabled": {"hosts": {"99": {"organization_id": "99", "organization_name": "Off"}}},
                }
            )
        )
        text = (ROOT / "docs" / "awx.md").read_text()
        (prefix,) = set(re.findall(r"^export CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX=(\S+)$", text, re.M))
        with Awx(PROJECT, f"{prefix}v2/") as awx:
            behind = {"CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX": prefix}
            run = self.set_up(ansible, awx, awx_collections, variables, SETUP, "-i", "hosts.yml", env=behind)
            assert run.rc == 0, run.output
            assert awx.tables["notification_templates"] == {}
            survey = awx.survey("job_templates", f"{NAME} gate")
        assert [question["variable"] for question in survey["spec"]] == [
            "gate_organizations",
            "health_gate_mode",
            "health_gate_wait_minutes",
            "gate_planned_requests",
            "gate_override_reason",
        ]
        assert sorted(survey["spec"][0]["choices"]) == sorted(CHOICES)

    def test_what_no_spec_can_check(self, ansible: Ansible, awx: Awx, awx_collections: str) -> None:
        """All of it at once, before any request, and not what a value says as a template."""
        wrong = {
            "awx_setup_survey": ["health_gate_mode", "health_gate_mood"],
            "awx_setup_organizations": [{"id": "Branch Berlin"}],
            "awx_setup_pause_minutes": 7,
        }
        variables = {**yaml.safe_load(guide_block("awx_setup_project_url")), **wrong}
        run = self.set_up(ansible, awx, awx_collections, variables, SETUP)
        assert run.rc == 2
        for problem in (
            "no question asks for health_gate_mood.",
            "awx_setup_organizations has ids with characters other than letters, digits, - and _: Branch Berlin.",
            "awx_setup_pause_minutes is 7, and the telemetry shows nothing of the change before 8 minutes.",
        ):
            assert problem in run.stdout
        assert awx.requests == []

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
            assert f"{slip} is not a variable of this playbook (did you mean {nearest}?)" in run.stdout
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
    """The long survey, which has no template in it."""
    text = (ROOT / "playbooks" / "vars" / "awx_setup.yml").read_text().replace("!unsafe", "")
    return {"name": "", "description": "", "spec": yaml.safe_load(text)["awx_setup_questions"]}


def option(variable: str) -> str:
    """The option that a question is about."""
    return variable.removeprefix("health_").removeprefix("gate_")


def asked(survey: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The questions by the options' names."""
    return {option(question["variable"]): question for question in survey["spec"]}


def as_variables(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers by the questions' variables."""
    own = ("planned_requests", "planned_minutes", "override_reason")
    return {f"{'' if name in own else 'health_'}gate_{name}": value for name, value in answers.items()}


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
            "override_reason": "",
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


class TestProject:
    """The playbooks of the project, with what awx_setup asks and sets."""

    @pytest.fixture
    def jobs(self, ansible: Ansible) -> Iterator[Jobs]:
        with Simulator(organizations=2) as sim:
            yield Jobs(ansible, sim)

    def test_choices_become_ids(self, jobs: Jobs) -> None:
        """Whatever the names hold."""
        second = jobs.sim.organization_ids[1]
        planned = {"gate_planned_requests": 60, "gate_planned_minutes": 5}
        job = jobs({"gate_organizations": [f"{second} (Branch (old), {{{{ 1 / 0 }}}} 7)"], **planned})
        assert job.run.rc == 0, job.run.output
        assert [each["organization_id"] for each in job.verdict["organizations"]] == [second]
        assert "projected_utilization_percent" in limits(job.verdict)[0]
        # An id without a name, which may arrive as a number. Nothing is planned after a change.
        answers = {"gate_organizations": [second], **planned, "health_gate_publish": "full"}
        verify = jobs({**answers, "health_gate_verdict": job.verdict}, "verify.yml")
        assert verify.run.rc == 0, verify.run.output
        assert [each["organization_id"] for each in verify.verdict["organizations"]] == [second]
        assert all("projected_utilization_percent" not in each for each in limits(verify.verdict))

    def test_without_an_organization(self, jobs: Jobs) -> None:
        job = jobs({})
        assert job.run.rc == 2
        assert "health_gate_organization_ids" in job.said
        assert jobs.sim.requests == []

    def test_watch_fails_although_its_gate_is_open(self, jobs: Jobs) -> None:
        organization = jobs.sim.organization_ids[0]
        variables = {"health_gate_organization_ids": [organization]}
        assert jobs(variables, "watch.yml").run.rc == 0
        jobs.sim.scenario_of(organization, "degraded")
        found = jobs(variables, "watch.yml")
        assert (found.run.rc, found.verdict["status"], found.verdict["gate"]) == (2, "fail", "open")
        assert found.said == found.verdict["summary"]
        assert jobs({**variables, "watch_accepts": ["pass", "fail"]}, "watch.yml").run.rc == 0

    def test_pause(self, jobs: Jobs) -> None:
        assert jobs({"pause_minutes": 0}, "pause.yml").run.rc == 0

    def test_an_override_opens_the_gate_for_an_hour_and_no_verification(self, jobs: Jobs) -> None:
        organization = jobs.sim.organization_ids[0]
        jobs.sim.scenario_of(organization, "degraded")
        answers = {"health_gate_organization_ids": organization, "gate_override_reason": " Site is down, ticket 17 "}
        assert jobs({**answers, "gate_override_reason": ""}).run.rc == 2
        started = datetime.now(timezone.utc)
        gate = jobs(answers)
        assert gate.run.rc == 0, gate.run.output
        assert (gate.verdict["status"], gate.verdict["gate"]) == ("fail", "open")
        overridden = gate.verdict["overridden"]
        assert overridden["reason"] == "Site is down, ticket 17"
        until = datetime.fromisoformat(overridden["until"].replace("Z", "+00:00"))
        assert timedelta(minutes=59) < until - started < timedelta(minutes=65)
        verify = jobs({**answers, "health_gate_verdict": gate.verdict}, "verify.yml")
        assert (verify.run.rc, verify.verdict["gate"]) == (2, "closed")


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
            whole = {"health_gate_publish": "full"}  # as a variable of the template
            verify = jobs(whole | rules.of_a_node({"spec": []}, survey, answers, artifacts), "verify.yml")
        assert verify.run.rc == 2
        (organization,) = verify.verdict["organizations"]
        assert "server_error_percent" in [each["name"] for each in organization["since"]["worse"]]
        assert limits(verify.verdict)[0]["server_error_regression"][2] == "fail"
        # What a closed gate found is an artifact all the same.
        assert verify.verdict["gate"] == "closed"
        assert verify.said.startswith(verify.verdict["summary"])
        assert verify.verdict["baseline"]["evaluated_at"] == before["evaluated_at"]

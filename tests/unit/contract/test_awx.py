# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX is given is what AWX takes, and asks for what the role takes."""

from __future__ import annotations

import math
import re

import pytest
import yaml

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    API_KEY_VARIABLES,
    HEALTH,
    INTERVALS,
    ORGANIZATIONS,
    POLICY,
    RANGES,
    WAIT,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import DEFAULT_RECENT_MINUTES
from tests.awx import rules
from tests.unit.contract.conftest import ROOT

# The connection is the credential's, but for the region. A baseline comes from the node before, and what is left is no
# question for each launch.
NOT_ASKED = {
    "baseline",
    "max_window_minutes",
    "settle_seconds",
    "gaps",
    "override_until",
    "valid_minutes",
    "max_age_minutes",
}
ASKED = {"region", *ORGANIZATIONS, *WAIT, *POLICY, "override_reason"} - NOT_ASKED
# What only the gate before the change is told, and its project hands on.
GATE_ONLY = {"planned_requests", "planned_minutes", "override_reason"}
TYPES = {"int": "integer", "float": "float", "str": "text", "list": "text"}


@pytest.fixture(scope="module")
def given():
    """What playbooks/vars/awx_setup.yml says, with its templates as the text that they are for AWX."""
    return yaml.safe_load((ROOT / "playbooks" / "vars" / "awx_setup.yml").read_text().replace("!unsafe ", ""))


@pytest.fixture(scope="module")
def questions(given):
    return {
        question["variable"].removeprefix("health_").removeprefix("gate_"): question
        for question in given["awx_setup_questions"]
    }


@pytest.fixture(scope="module")
def guide():
    return (ROOT / "docs" / "awx.md").read_text()


class TestSurvey:
    def test_awx_takes_it(self, given):
        assert list(rules.survey({"name": "", "description": "", "spec": given["awx_setup_questions"]})) == []

    def test_every_policy_is_asked(self, questions):
        assert set(questions) == ASKED

    def test_the_short_one(self, given, questions):
        assert [len(given["awx_setup_short_survey"]), *given["awx_setup_short_survey"]] == [
            5,
            *(questions[name]["variable"] for name in ("organization_ids", "mode", "wait_minutes")),
            "gate_planned_requests",
            "gate_override_reason",
        ]

    def test_variables_are_the_role_s(self, questions):
        """But for those that only one playbook of the project hands on."""
        spec = yaml.safe_load((ROOT / "roles" / "health_gate" / "meta" / "argument_specs.yml").read_text())
        variables = spec["argument_specs"]["main"]["options"]
        for name, question in questions.items():
            assert question["variable"] == f"{'' if name in GATE_ONLY else 'health_'}gate_{name}"
            assert question["required"] == variables[f"health_gate_{name}"].get("required", False)

    def test_what_the_project_hands_on(self):
        project = ROOT / "docs" / "examples" / "awx-project"
        gate, verify = ((project / f"{name}.yml").read_text() for name in ("health_gate", "verify"))
        for name in GATE_ONLY:
            assert f"health_gate_{name}: " in gate
            assert f"gate_{name}" not in verify
        for text in (gate, verify):
            assert "gate_organizations" in text

    @pytest.mark.parametrize("name", sorted(ASKED))
    def test_types_choices_and_ranges(self, questions, name):
        option, question = HEALTH.options[name], questions[name]
        if option.get("choices"):
            assert (question["type"], question["choices"]) == ("multiplechoice", option["choices"])
        elif option.get("elements") == "dict":
            assert question["type"] == "textarea"
        else:
            assert question["type"] == TYPES[option["type"]]
        if question["type"] in ("integer", "float"):
            # AWX takes whole numbers only.
            wanted = (math.floor(RANGES[name].minimum), math.ceil(RANGES[name].maximum))
            assert (question["min"], question["max"]) == wanted
        else:
            assert not {"min", "max"} & set(question)

    def test_defaults_are_the_module_s(self, questions):
        said = {name: question.get("default") for name, question in questions.items()}
        assert said == {name: HEALTH.options[name].get("default") for name in questions}
        for name, question in questions.items():
            if "default" in question:
                assert list(rules.answer(question, question["default"])) == [], name


class TestCredentialType:
    def test_awx_takes_it(self, given):
        inputs, injectors = given["awx_setup_credential_inputs"], given["awx_setup_credential_injectors"]
        assert list(rules.credential_type(inputs, injectors)) == []
        (field,) = inputs["fields"]
        assert field["secret"] is True
        assert injectors == {"env": {API_KEY_VARIABLES[0]: f"{{{{ {field['id']} }}}}"}}


class TestGuide:
    """docs/awx.md says what the playbook does."""

    def test_the_credential_type_by_hand(self, guide, given):
        by_hand = guide.partition("\n## Set it up by hand\n")[2]
        blocks = [yaml.safe_load(block) for block in re.findall(r"^ +```yaml\n(.*?)^ +```$", by_hand, re.M | re.S)]
        assert blocks == [given["awx_setup_credential_inputs"], given["awx_setup_credential_injectors"]]

    def test_every_variable_of_the_playbook(self, guide):
        (play,) = yaml.safe_load((ROOT / "playbooks" / "awx_setup.yml").read_text())
        spec = play["vars"].pop("__awx_setup_spec")
        rows = dict(re.findall(r"^\| `(awx_setup_\w+)` \| (.*?) \|", guide, re.M))
        # A key is nothing to validate, since what is wrong would be shown.
        own = {name for name in play["vars"] if not name.startswith("__")}
        secrets = {"awx_setup_api_key", "awx_setup_notification_configuration"}
        assert set(rows) == set(spec) | secrets == set(spec) | own
        assert {name for name, default in rows.items() if default == "required"} == {
            name for name, option in spec.items() if option.get("required")
        }
        said = {name: yaml.safe_load(default.strip("`")) for name, default in rows.items() if default[0] == "`"}
        assert said == {name: play["vars"][name] for name in said}
        assert len(said) > 10

    def test_every_block_of_variables(self, guide, given):
        """The names and the questions are those of the playbook; the integration tests run it with most of them."""
        (play,) = yaml.safe_load((ROOT / "playbooks" / "awx_setup.yml").read_text())
        blocks = [
            yaml.safe_load(block)
            for block in re.findall(r"^ *```yaml\n(.*?)^ *```$", guide, re.M | re.S)
            if "awx_setup_" in block
        ]
        assert len(blocks) == 5
        spec = yaml.safe_load((ROOT / "roles" / "health_gate" / "meta" / "argument_specs.yml").read_text())
        for block in blocks:
            assert set(block) <= {*play["vars"]["__awx_setup_spec"], *play["vars"]["__awx_setup_unchecked"]}
            asked = block.get("awx_setup_survey", [])
            assert set(asked) <= {question["variable"] for question in given["awx_setup_questions"]}
            variables = block.get("awx_setup_variables", {})
            assert set(variables) <= set(spec["argument_specs"]["main"]["options"])

    def test_the_pause(self, guide):
        """Settle, an interval and the minutes that confirm a failure, by their defaults."""
        settle, interval = HEALTH.options["settle_seconds"]["default"] // 60, INTERVALS[0] // 60
        minutes = [settle, interval, DEFAULT_RECENT_MINUTES]
        assert f" = {' + '.join(map(str, minutes))} = {sum(minutes)} minutes\n" in guide

    def test_it_knows_its_variables(self, given):
        """All others with this prefix are refused."""
        (play,) = yaml.safe_load((ROOT / "playbooks" / "awx_setup.yml").read_text())
        secrets = ["awx_setup_api_key", "awx_setup_notification_configuration"]
        assert play["vars"]["__awx_setup_unchecked"] == [*secrets, *given]

    def test_every_file_of_the_project(self, guide):
        project = ROOT / "docs" / "examples" / "awx-project"
        files = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
        assert set(re.findall(r"^\| `([\w./]+\.yml)` \|", guide, re.M)) == files
        (wanted,) = yaml.safe_load((project / "collections" / "requirements.yml").read_text())["collections"]
        assert wanted["name"] == yaml.safe_load((ROOT / "galaxy.yml").read_text())["repository"] + ".git"


class TestRules:
    """The rules see what is wrong."""

    QUESTION = {"type": "integer", "question_name": "Q", "variable": "v", "required": False}

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"type": "number"}, "no such type"),
            ({"default": "5"}, "the default '5' is not of its type"),
            ({"max": 0.5}, "max is not a whole number"),
            ({"required": "no"}, "required is no bool"),
            ({"type": "multiplechoice"}, "no choices"),
            ({"type": "multiplechoice", "choices": ["a"], "default": "b"}, "the default is no choice"),
        ],
    )
    def test_survey(self, changes, problem):
        spec = {"name": "", "description": "", "spec": [{**self.QUESTION, **changes}]}
        assert list(rules.survey(spec)) == [f"question 0: {problem}"]

    def test_a_question_asked_twice(self):
        spec = {"name": "", "description": "", "spec": [self.QUESTION, self.QUESTION]}
        assert list(rules.survey(spec)) == ["question 1: v is asked twice"]
        assert list(rules.survey({"name": "", "description": "", "spec": []})) == ["no question"]

    @pytest.mark.parametrize(
        "env", [{"ANSIBLE_X": "a"}, {"PATH": "a"}, {"K": "{{ other }}"}, {"K": "{{"}, {"K": "{{ tower.filename }}"}]
    )
    def test_injectors(self, env):
        inputs = {"fields": [{"id": "key", "label": "Key", "type": "string"}]}
        assert len(list(rules.credential_type(inputs, {"env": env}))) == 1

    @pytest.mark.parametrize(
        "inputs",
        [
            {"fields": [{"id": "key", "label": "Key", "type": "boolean", "secret": True}]},
            {"fields": [{"id": "key", "label": "Key", "type": "number"}]},
            {"fields": [{"id": "key"}]},
            {"fields": [], "required": ["key"]},
            {"fields": [{"id": "tower", "label": "Key"}]},
        ],
    )
    def test_inputs(self, inputs):
        assert len(list(rules.credential_type(inputs, {}))) == 1

    @pytest.mark.parametrize(
        "rule",
        [
            "RRULE:FREQ=HOURLY;INTERVAL=1",
            "DTSTART:20260101T000000 RRULE:FREQ=HOURLY;INTERVAL=1",
            "DTSTART:20260101T000000Z",
            "DTSTART:20260101T000000Z RRULE:FREQ=HOURLY",
            "DTSTART:20260101T000000Z RRULE:FREQ=SECONDLY;INTERVAL=1",
        ],
    )
    def test_rrule(self, rule):
        assert len(list(rules.rrule(rule))) == 1

    def test_answers(self):
        choice = {**self.QUESTION, "type": "multiplechoice", "choices": ["a", "b"], "default": "a"}
        spec = {"spec": [choice, {**self.QUESTION, "variable": "n", "required": True, "default": "", "max": 3}]}
        assert rules.launched(spec, {"n": 2}) == {"v": "a", "n": 2}
        assert list(rules.refused(spec, {"v": ""})) == ["v: '' is no choice", "n is missing"]
        assert list(rules.refused(spec, {"n": 4, "x": 1})) == ["n: 4 is not from None to 3", "not asked: x"]
        assert rules.filled_in({"v": "", "n": 0, "l": []}) == {"n": 0}
        assert rules.of_a_node(spec, {"spec": []}, {"n": 1}, {"n": 2, "x": 3}) == {"v": "a", "n": 1, "x": 3}

    def test_texts_are_no_templates(self):
        assert (
            rules.extra_vars_file({"v": ["{{ 1 }}"], "n": 1}) == "!unsafe 'n': 1\n!unsafe 'v':\n- !unsafe '{{ 1 }}'\n"
        )

    def test_playbooks_of_the_project(self):
        names = ["health_gate.yml", "pause.yml", "verify.yml", "watch.yml"]
        assert rules.playbooks(ROOT / "docs" / "examples" / "awx-project") == names

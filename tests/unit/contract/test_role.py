# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's variables are the module's options."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH, WRAPPER, WRAPPER_VARIABLES
from tests.unit.contract.conftest import ROOT

ROLE = ROOT / "roles" / "health_gate"
PREFIX = "health_gate_"
# How the role describes a type that refuses a blank.
TYPES = {
    ("str", None): "A string.",
    ("path", None): "A path.",
    ("int", None): "An integer.",
    ("float", None): "A number.",
    ("bool", None): "V(true) or V(false).",
    ("list", "str"): "A list of strings.",
    ("list", "int"): "A list of integers.",
    ("list", "dict"): "A list of dictionaries, or a JSON string of one.",
}
OPTIONS = {name: spec for name, spec in HEALTH.options.items() if name not in WRAPPER}


def load(name):
    return yaml.safe_load((ROLE / name).read_text())


@pytest.fixture(scope="module")
def spec():
    return load("meta/argument_specs.yml")["argument_specs"]["main"]["options"]


@pytest.fixture(scope="module")
def defaults():
    return load("defaults/main.yml")


@pytest.fixture(scope="module")
def judge():
    (task,) = load("tasks/judge.yml")
    return task["apihealth.meraki.health_info"]


@pytest.fixture(scope="module")
def own(spec):
    return [name for name in spec if name.removeprefix(PREFIX) not in OPTIONS]


class TestVariables:
    def test_one_to_one(self, spec, own):
        assert [name for name in spec if name not in own] == [PREFIX + name for name in OPTIONS]

    def test_defaults_name_the_same(self, spec, defaults):
        assert list(defaults) == list(spec)

    def test_all_have_the_prefix(self, spec):
        assert all(name.startswith(PREFIX) for name in spec)

    def test_the_module_judges_them(self, spec):
        """Choices and other types refuse a blank, which is unset here, and hide the problems that the module finds."""
        for name, option in OPTIONS.items():
            variable = spec[PREFIX + name]
            assert set(variable) <= {"description", "type", "default", "no_log", "required"}, name
            assert variable.get("no_log") == option.get("no_log"), name
        # ansible-core 2.16 refuses null for a string that has a default.
        assert {variable["type"] for variable in spec.values()} == {"raw"}

    @pytest.mark.parametrize("given", ["", None, 1, True, [], {"a": 1}])
    def test_ansible_refuses_nothing(self, spec, given):
        assert ArgumentSpecValidator(spec).validate(dict.fromkeys(spec, given)).error_messages == []

    def test_required(self, spec):
        # The key may come from the environment.
        assert [name for name, each in spec.items() if each.get("required")] == ["health_gate_organization_ids"]

    def test_nothing_is_set_that_the_user_did_not_set(self, defaults):
        """A default of the role's own would hide one of `module_defaults`, and nothing could tell them apart."""
        assert {name for name in OPTIONS if defaults[PREFIX + name] is not None} == set()

    def test_the_module_s_defaults_are_told(self, spec):
        told = {name: spec[PREFIX + name].get("default") for name in OPTIONS}
        # A task without the role publishes nothing.
        assert told == {**{name: option.get("default") for name, option in OPTIONS.items()}, "publish": "short"}

    def test_own_defaults(self, spec, defaults, own):
        assert {name: spec[name]["default"] for name in own} == {name: defaults[name] for name in own}

    def test_described_as_in_the_module(self, documented, spec):
        """Word for word, by the variables' names; the choices and a type that the spec cannot have follow."""
        for name, option in documented("modules/health_info").doc["options"].items():
            if name in OPTIONS:
                wanted = [re.sub(r"\bO\((?=[a-z])", f"O({PREFIX}", text) for text in option["description"]]
                if option.get("choices"):
                    wanted.append("One of " + ", ".join(f"V({choice})" for choice in option["choices"]) + ".")
                if option["type"] != "raw" and not (option["type"] == "str" and option.get("choices")):
                    wanted.append(TYPES[option["type"], option.get("elements")])
                said = [" ".join(text.split()) for text in spec[PREFIX + name]["description"]]
                assert said == [" ".join(text.split()) for text in wanted]


class TestJudge:
    def test_what_is_no_variable(self, judge):
        """The variables of all other options are found by the prefix."""
        assert judge == {
            "option_prefix": PREFIX,
            "show_screen": True,
        }

    def test_every_task_has_what_a_wrapper_says(self, judge):
        (block, cover) = load("tasks/main.yml")
        said = block["block"][1]
        used = {*judge, *said["apihealth.meraki.health_info"], *cover["apihealth.meraki.health_info"]}
        # What was given is found by the prefix.
        assert used == set(WRAPPER) - {"given_variables"}
        assert block["tags"] == cover["tags"] == ["always"]

    def test_what_is_no_option_is_known(self, own):
        assert {PREFIX + name for name in WRAPPER_VARIABLES} == {*own, "health_gate_verdict"}


class TestTasks:
    def test_internals_are_marked(self):
        text = "".join(path.read_text() for path in (ROLE / "tasks").glob("*.yml"))
        registered = {line.split()[-1] for line in text.splitlines() if "register:" in line}
        assert registered == {"__health_gate_result", "health_gate_verdict"}

    def test_no_fact_is_set(self):
        """Under run_once, some versions of ansible-core make one fact cache of all hosts' out of these."""
        text = "".join(path.read_text() for path in (ROLE / "tasks").glob("*.yml"))
        assert not re.search(r"\b(set_fact|debug|include_vars|setup|gather_facts):", text)

    def test_every_variable_of_its_own_is_used(self, own):
        text = "".join(path.read_text() for path in ROLE.rglob("*") if path.parent.name in ("tasks", "templates"))
        assert [name for name in own if name not in text] == []

    def test_the_playbook_is_the_role(self):
        (play,) = yaml.safe_load((ROOT / "playbooks" / "health_gate.yml").read_text())
        assert play["roles"] == [{"role": "apihealth.meraki.health_gate", "tags": ["always"]}]
        assert play["hosts"] == "localhost"

    def test_an_include_in_a_guide_is_tagged(self):
        """A tag on the role's own tasks does not help one that Ansible never includes."""
        texts = [path.read_text() for path in (ROOT / "docs").rglob("*.yml")]
        for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "roles").rglob("*.md")]:
            texts += re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.M | re.S)
        found = [task for text in texts if "include_role" in text for task in includes(yaml.safe_load(text))]
        assert len(found) >= 4
        assert [task["name"] for task in found if task.get("tags") != ["always"]] == []


def includes(value):
    """The tasks in a playbook or a list of tasks that include the role."""
    if isinstance(value, list):
        yield from (task for one in value for task in includes(one))
    if isinstance(value, dict):
        if (value.get("ansible.builtin.include_role") or {}).get("name") == "apihealth.meraki.health_gate":
            yield value
        yield from (task for one in value.values() for task in includes(one))

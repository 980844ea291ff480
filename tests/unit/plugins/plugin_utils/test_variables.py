# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task was given. With a real role around it: tests/integration/test_precedence.py."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput
from ansible_collections.apihealth.meraki.plugins.plugin_utils._variables import Variables
from tests.unit.plugins.plugin_utils.ansibles import ACTION, Hosts, block, task, templar, written

KEY = "0123456789abcdef0123456789abcdef01234567"


def variables(environment=None, parent=None, **args):
    return Variables(HEALTH, task(parent, environment, **args), templar())


class TestPrefix:
    @pytest.mark.parametrize(
        ("args", "prefix"), [({"option_prefix": "gate_"}, "gate_"), ({}, ""), ({"option_prefix": 5}, "")]
    )
    def test_of(self, args, prefix):
        assert variables(**args).prefix == prefix


class TestGiven:
    def test_without_a_wrapper_the_arguments(self):
        assert variables(mode="enforce", checks=({"metric": "x"},)).given({"mode": "report_only"}) == {
            "mode": "enforce",
            "checks": [{"metric": "x"}],
        }

    def test_a_wrappers_variables_win_and_are_templated(self):
        found = variables(option_prefix="gate_", mode="enforce", timeout=5)
        task_vars = {"gate_mode": written("{{ way }}"), "way": "report_only", "mode": "x", "gate_unknown": 1}
        assert found.given(task_vars) == {
            "option_prefix": "gate_",
            "given_variables": ["gate_mode", "gate_unknown"],
            "mode": "report_only",
            "timeout": 5,
        }

    def test_variables_that_are_named_win_over_those_that_are_there(self):
        found = variables(option_prefix="gate_", given_variables=["gate_x"]).given({"gate_mode": "enforce"})
        assert found["given_variables"] == ["gate_x"]

    @pytest.mark.parametrize("value", [None, "", " ", "omitted"])
    def test_what_is_unset_leaves_the_argument(self, value):
        found = variables(option_prefix="gate_", mode="enforce")
        assert found.given({"gate_mode": value, "omit": "omitted"})["mode"] == "enforce"

    def test_an_option_wins_by_all_its_names(self):
        found = variables(option_prefix="gate_", org_id="1")
        given = found.given({"gate_organization_ids": ["2"]})
        assert (given["organization_ids"], "org_id" in given) == (["2"], False)

    def test_what_a_wrapper_says_of_itself_is_no_variable(self):
        given = variables(option_prefix="gate_").given({"gate_option_prefix": "x"})
        assert given == {"option_prefix": "gate_", "given_variables": ["gate_option_prefix"]}

    def test_what_is_left_out_is_not_templated(self):
        never = {"gate_organization_ids": written("{{ undefined_here }}")}
        found = variables(option_prefix="gate_").given(never, left_out=["organization_ids"])
        assert "organization_ids" not in found

    def test_an_earlier_result_is_no_option_if_it_is_one(self):
        assert variables(earlier_result={"verdict": {}}).given({}) == {}
        assert variables(earlier_variable="judged").given({}) == {}
        assert variables(earlier_result="").given({}) == {"earlier_result": ""}
        assert variables(earlier_variable=" ").given({}) == {"earlier_variable": " "}


class Counting:
    """A templar that counts what it templates."""

    def __init__(self, real, counted=None):
        self.real, self.counted = real, [] if counted is None else counted

    def copy_with_new_env(self, **environment):
        return Counting(self.real.copy_with_new_env(**environment), self.counted)

    def template(self, value):
        self.counted.append(value)
        return self.real.template(value)


def of_all(hosts, given=None, include=None, module_defaults=None, **args):
    """The organization ids that the first of these hosts gathers, `hosts` as `hostvars`, and the templar's count."""
    asked = task(block(module_defaults=module_defaults), option_prefix="gate_", **args)
    asked.run_once = True
    me = next(iter(hosts))
    counting = Counting(templar())
    task_vars = {**hosts[me], **(include or {}), "hostvars": hosts, "inventory_hostname": me}
    task_vars["ansible_play_batch"] = list(hosts)
    hosts.defaults = include or {}
    given = {"scope": "each", "api_key": KEY, "option_prefix": "gate_", **(given or {})}
    found = Variables(HEALTH, asked, counting).with_ids_of_all(given, task_vars)
    return found["organization_ids"], counting.counted


def refused(*args, **kwargs):
    with pytest.raises(InvalidInput) as caught:
        of_all(*args, **kwargs)
    return caught.value.problems


class TestWithIdsOfAll:
    OWN = written("{{ one }}")
    DEFAULTS: ClassVar = [{ACTION: {"org_id": OWN}}]

    def test_gathers_those_of_every_host(self):
        hosts = Hosts(a={"one": "1"}, b={"one": "2"}, c={"one": "1, 3"})
        assert of_all(hosts, include={"gate_organization_ids": self.OWN})[0] == ["1", "2", "3"]

    def test_of_module_defaults_where_the_variable_is_blank(self):
        hosts = Hosts(a={"one": "1"}, b={"one": "2"}, c={"one": "3", "gate_organization_ids": "4"})
        blank = {"gate_organization_ids": ""}
        assert of_all(hosts, include=blank, module_defaults=self.DEFAULTS, org_id="1")[0] == ["1", "2", "4"]

    def test_costs_no_more_than_it_must(self):
        """Ansible gathers a host's variables anew each time, and a template of the whole play may be a long list."""
        everything = written("{{ groups.all }}")
        include = {"gate_organization_ids": everything, "gate_mode": written("{{ m }}"), "groups": {"all": ["1", "2"]}}
        hosts = Hosts(**{str(one): {} for one in range(9)})
        found, counted = of_all(hosts, include=include)
        assert found == ["1", "2"]
        assert counted == [everything]
        assert hosts.asked == 8

    def test_a_template_of_the_whole_play_beside_a_host_with_its_own(self):
        include = {"gate_organization_ids": written("{{ groups.all }}"), "groups": {"all": ["1", "2"]}}
        assert of_all(Hosts(a={}, b={"gate_organization_ids": "3"}), include=include)[0] == ["1", "2", "3"]

    def test_a_blank_template_of_the_whole_play_leaves_each_host_its_module_defaults(self):
        include: Any = {"gate_organization_ids": written("{{ groups.nobody | default('') }}"), "groups": {}}
        hosts = Hosts(a={"one": "1"}, b={"one": "2"})
        assert of_all(hosts, include=include, module_defaults=self.DEFAULTS, org_id="1")[0] == ["1", "2"]

    def test_every_problem_is_told(self):
        hosts = Hosts(a={"one": "1"}, b={}, c={"one": ""}, d={"one": {"x": 1}})
        problems = refused(hosts, {"window_minutes": "soon"}, {"gate_organization_ids": self.OWN})
        assert len(problems) == 4
        assert problems[0].startswith("b: gate_organization_ids: ")
        assert "'one' is undefined" in problems[0]
        assert problems[1] == "c: gate_organization_ids is required"
        assert problems[2].startswith("d: gate_organization_ids: {'x': 1} is not a list")
        assert problems[3] == "gate_window_minutes: 'soon' is not a whole number"

    def test_no_part_of_a_key_in_a_value_that_is_cut(self):
        hosts = Hosts(a={"gate_organization_ids": {"x" * 20: KEY}}, b={"gate_organization_ids": "1"})
        (problem,) = refused(hosts)
        assert "********" in problem
        assert KEY[:8] not in problem

    def test_the_key_of_another_host_as_an_organization_is_refused_and_not_shown(self):
        other = "feedfacefeedfacefeedfacefeedfacefeedface"
        hosts = Hosts(
            a={"gate_organization_ids": "1"}, b={"gate_organization_ids": f"2,{other}", "gate_api_key": other}
        )
        assert refused(hosts) == ["b: gate_organization_ids contains the API key"]


class TestCheckConditions:
    @pytest.mark.parametrize(
        "when", ["gate_verdict is not defined", "__gate_result.failed | default(true)", "needed", "not judged"]
    )
    def test_what_the_wrapper_sets_is_refused(self, when):
        hidden = {"needed": "{{ gate_verdict is not defined }}", "judged": "{{ __gate_result is defined }}"}
        theirs = {"x": True, **{name: written(text) for name, text in hidden.items()}}
        asked = Variables(HEALTH, task(when=[written("x"), written(when)], option_prefix="gate_"), templar())
        with pytest.raises(InvalidInput, match="depends on a variable that the role sets"):
            asked.check_conditions(theirs)

    @pytest.mark.parametrize("when", [None, [], [True], ["health_gate_verdict is not defined"], ["nothing.at.all"]])
    def test_any_other_is_the_user_s(self, when):
        whens = when and [one if one is True else written(one) for one in when]
        asked = Variables(HEALTH, task(when=whens, option_prefix="gate_"), templar())
        asked.check_conditions({})
        asked.check_conditions_again({}, {"verdict": {"gate": "closed"}})

    def test_what_a_report_or_the_time_makes_false_is_refused(self, tmp_path):
        when = written(f"'{tmp_path}/health_gate.json' is not exists")
        asked = Variables(HEALTH, task(when=[when], option_prefix="gate_"), templar())
        asked.check_conditions({})
        (tmp_path / "health_gate.json").write_text("{}")
        with pytest.raises(InvalidInput, match="became false while the role was running"):
            asked.check_conditions_again({}, {"verdict": {"gate": "closed"}})

    @pytest.mark.parametrize("theirs", ["{{ gate_verdict is not defined }}", "{{ gate_verdict is defined }}"])
    def test_the_condition_of_another_host(self, theirs):
        """What becomes false for it is refused; what was false for it before is the user's decision."""
        mine = {"needed": True, "inventory_hostname": "a", "ansible_play_batch": ["a", "b"]}
        hosts = Hosts(a={"needed": True}, b={"needed": written(theirs)})
        around = block()
        asked = Variables(HEALTH, task(around, when=[written("needed")], option_prefix="gate_"), templar())
        if "not" in theirs:
            with pytest.raises(InvalidInput, match="depends on a variable that the role sets"):
                asked.check_conditions({**mine, "hostvars": hosts})
        else:
            asked.check_conditions({**mine, "hostvars": hosts})

    def test_what_the_verdict_itself_makes_false_is_refused(self):
        theirs = {"needed": written("{{ gate_verdict.gate | default('') != 'closed' }}")}
        asked = Variables(HEALTH, task(when=[written("needed")], option_prefix="gate_"), templar())
        asked.check_conditions(theirs)
        with pytest.raises(InvalidInput, match="became false while the role was running"):
            asked.check_conditions_again(theirs, {"verdict": {"gate": "closed"}})


class TestSourceOfIds:
    def test_is_not_templated(self):
        source = written("{{ ids }}")
        assert variables(option_prefix="gate_").source_of_ids({"gate_organization_ids": source}) == "{{ ids }}"
        assert variables(option_prefix="gate_").source_of_ids({}) is None

    def test_is_not_known_where_an_argument_may_give_them(self):
        source = {"gate_organization_ids": written("{{ groups.all }}")}
        assert variables(option_prefix="gate_", org_id="1").source_of_ids(source) is None
        assert variables(option_prefix="gate_", org_id="").source_of_ids(source) == "{{ groups.all }}"


class TestEnvironment:
    @pytest.mark.parametrize(
        ("environment", "found"),
        [
            (None, {}),
            ([{"A": "1", "B": "1"}, {"B": 2}], {"A": "1", "B": "2"}),
            ({"A": "1"}, {"A": "1"}),
            (["x", {"A": "omitted"}], {}),
        ],
    )
    def test_of_this_host(self, environment, found):
        assert variables(environment).environment({"omit": "omitted"}) == found

    def test_of_another_it_is_templated_for_that_one(self):
        around = block(environment=[{"A": written("{{ mine }}")}])
        found = variables([{"A": "of this host"}], around)
        assert found.environment({"mine": "of that one"}, of_another=True) == {"A": "of that one"}
        assert variables(parent=block(environment=None)).environment({}, of_another=True) == {}

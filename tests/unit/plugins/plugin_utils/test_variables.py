# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task was given. With a real role around it: tests/integration/test_precedence.py."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.plugin_utils._variables import Variables
from tests.unit.plugins.plugin_utils.ansibles import block, task, templar, written


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


class TestSourceOfIds:
    def test_is_not_templated(self):
        source = written("{{ ids }}")
        assert variables(option_prefix="gate_").source_of_ids({"gate_organization_ids": source}) == "{{ ids }}"
        assert variables(option_prefix="gate_").source_of_ids({}) is None


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

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict of an earlier task. With real plays and hosts: tests/integration/test_attached.py and test_role.py."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.plugin_utils import _coverage
from ansible_collections.apihealth.meraki.plugins.plugin_utils._earlier import taken_over
from ansible_collections.apihealth.meraki.plugins.plugin_utils._variables import Variables
from tests.unit.plugins.plugin_utils.ansibles import ACTION, Hosts, block, included, task, templar, written

KEY = "0123456789abcdef0123456789abcdef01234567"


OTHERS = "The verdict does not cover this host: it was made with another host's value of "


def went_on(own=None, theirs=None, parent=None, include=None, judged=None, defaults=None, batch=("a", "b")):
    """What becomes of a task on the host a, whose verdict was made with organization 1, beside another host b.

    `own` and `theirs` are variables of these hosts; `include` are those that the include of the role sets, `judged`
    those of the host that the verdict was made for, `defaults` what `module_defaults` gave the task on a, `batch` the
    hosts that are in this batch of the play.
    """
    made, include = {"gate_api_key": KEY, "gate_organization_ids": ["1"]}, include or {}
    first = task(option_prefix="gate_", **(defaults or {}))
    given = Variables(HEALTH, first, templar()).given({**made, **include, **(judged or {})})
    source = Variables(HEALTH, first, templar()).source_of_ids({**made, **include})
    earlier = {"judged": _coverage.record(HEALTH, given, source), "verdict": {"gate": "open"}}
    hosts = Hosts(include, a={**made, **(own or {})}, b={**made, **(theirs or {})})
    of_play = {
        "hostvars": hosts,
        "inventory_hostname": "a",
        "ansible_play_batch": [*batch],
        "ansible_play_hosts": ["a", "b"],
    }
    asked = task(parent or block(), option_prefix="gate_", earlier_result=earlier, **(defaults or {}))
    return taken_over(Variables(HEALTH, asked, templar()), {**hosts["a"], **include, **of_play})


class TestTakenOver:
    def test_by_a_host_that_asks_for_the_same(self):
        assert went_on() == {"changed": False, "gate": "open"}

    def test_not_by_one_that_asks_for_another(self):
        found = went_on({"gate_mode": "report_only"})
        assert found["failed"]
        assert found["msg"].startswith(f"{OTHERS}gate_mode. ")

    def test_a_key_that_was_given_as_an_id_is_hidden(self):
        found = went_on({"gate_organization_ids": [KEY]})
        assert found["failed"]
        assert "did not judge ********" in found["msg"]

    @pytest.mark.parametrize(
        ("parent", "asked"),
        [
            (block(included()), True),
            (block(block(included())), True),
            (block(included(run_once=False)), False),
            (block(included(statically_loaded=True)), False),
            (block(), False),
        ],
        ids=["included once", "deeper", "for each host", "imported", "neither"],
    )
    def test_where_it_was_included_once_all_hosts_are_asked(self, parent, asked):
        found = went_on(theirs={"gate_mode": "report_only"}, parent=parent)
        assert found.get("failed", False) is asked
        assert not asked or found["msg"].startswith(f"b: {OTHERS}gate_mode. ")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("gate_mode", "report_only"),
            ("gate_server_error_fail_percent", 90),
            ("gate_ignore_codes", [500]),
            ("gate_base_url", "http://127.0.0.1:1/api/v1"),
        ],
    )
    def test_a_variable_that_only_the_judged_host_has_is_not_passed_on(self, name, value):
        own = {name: value}
        found = went_on(own, judged=own, parent=block(included()))
        assert found["msg"].startswith(f"b: {OTHERS}{name}")
        assert went_on(own, own, judged=own, parent=block(included())) == {"changed": False, "gate": "open"}

    def test_nor_what_variables_of_its_own_are_made_of(self):
        mode = {"gate_mode": written("{{ m | default('enforce') }}")}
        found = went_on({"m": "report_only"}, include=mode, judged={"m": "report_only"}, parent=block(included()))
        assert found["msg"].startswith(f"b: {OTHERS}gate_mode. ")

    @pytest.mark.parametrize("name", ["group/apihealth.meraki.api", ACTION])
    def test_each_host_has_its_own_module_defaults(self, name):
        parent = block(included(), module_defaults=[{name: {"mode": written("{{ m | default('enforce') }}")}}])
        for theirs, opens in (({"m": "report_only"}, True), ({"m": "enforce"}, False), ({}, False)):
            found = went_on({"m": "report_only"}, theirs, parent, defaults={"mode": "report_only"})
            assert found.get("failed", False) is not opens
            assert opens or found["msg"].startswith(f"b: {OTHERS}gate_mode. ")

    def test_what_the_include_sets_wins_over_the_variables_of_every_host(self):
        usual = {"gate_mode": "report_only"}
        found = went_on(usual, usual, block(included()), include={"gate_mode": "enforce"})
        assert found == {"changed": False, "gate": "open"}

    def test_hosts_of_another_batch_include_the_role_themselves(self):
        found = went_on(theirs={"gate_mode": "report_only"}, parent=block(included()), batch=["a"])
        assert found == {"changed": False, "gate": "open"}

    def test_a_host_whose_variable_cannot_be_made_is_named(self):
        undefined = {"gate_mode": written("{{ nowhere }}")}
        found = went_on(theirs=undefined, parent=block(included()))
        assert found["failed"]
        assert found["msg"].startswith("b: ")
        assert "'nowhere' is undefined" in found["msg"]

    def test_a_blank_template_of_the_whole_play_leaves_each_host_its_own_module_defaults(self):
        blank: Any = {"gate_organization_ids": written("{{ groups.nobody | default('') }}"), "groups": {}}
        parent = block(included(), module_defaults=[{ACTION: {"org_id": written("{{ one }}")}}])
        for theirs, opens in (("1", True), ("2", False)):
            found = went_on({"one": "1"}, {"one": theirs}, parent, blank, defaults={"org_id": "1"})
            assert found.get("failed", False) is not opens, found
            assert opens or "b: The verdict does not cover this host: it did not judge 2." in found["msg"]

    def test_no_part_of_a_key_in_a_name_that_is_cut(self):
        names = [f"gate_{'x' * 20}_{KEY}"]
        found = went_on({"gate_given_variables": names}, defaults={"given_variables": names})
        assert found["failed"]
        assert KEY[:8] not in found["msg"]


class TestByVariable:
    """The last task of the role, which gets the result by the name of its variable."""

    GIVEN = {"gate_api_key": KEY, "gate_organization_ids": ["1"]}

    def went_on(self, registered, **own):
        asked = task(block(), option_prefix="gate_", earlier_variable="result")
        task_vars = {**self.GIVEN, **own, "inventory_hostname": "a", **registered}
        return taken_over(Variables(HEALTH, asked, templar()), task_vars)

    def recorded(self, gate="open", scope="all", closed=None):
        given = Variables(HEALTH, task(option_prefix="gate_"), templar()).given({**self.GIVEN, "gate_scope": scope})
        return {"judged": _coverage.decided(_coverage.record(HEALTH, given, None), gate, closed)}

    def test_covers_the_host_without_a_copy_of_the_verdict(self):
        result = {**self.recorded(), "verdict": {"gate": "open"}}
        assert self.went_on({"result": result}) == {"changed": False}
        assert self.went_on({"result": result}, gate_mode="report_only")["msg"].startswith(f"{OTHERS}gate_mode. ")

    @pytest.mark.parametrize("result", [None, "text", {"skipped": True}, {"judged": 1}, {"judged": {}}])
    def test_nothing_was_judged(self, result):
        found = self.went_on({"result": result} if result else {})
        assert found["failed"]
        assert "nothing was judged for it" in found["msg"]

    @pytest.mark.parametrize(
        ("closed", "said"), [({}, "The gate is closed."), ({"1": "1: fail", "2": "2: fail"}, "1: fail")]
    )
    def test_a_closed_gate_stops_each_host_even_if_the_task_before_was_skipped(self, closed, said):
        assert self.went_on({"result": self.recorded("closed", closed=closed)}) == {"failed": True, "msg": said}

    @pytest.mark.parametrize("ids", [{"1": 2}, True, [["1"]], [None]])
    def test_ids_that_are_no_list_are_refused(self, ids):
        found = self.went_on({"result": self.recorded()}, gate_organization_ids=ids)
        assert (found["failed"], "gate_organization_ids" in found["msg"]) == (True, True), found

    def test_each_host_fails_by_its_own_organization(self):
        result = self.recorded("closed", "each", {"1": "1: fail"})
        assert self.went_on({"result": result}, gate_scope="each") == {"failed": True, "msg": "1: fail"}
        other = self.recorded("closed", "each", {"2": "2: fail"})
        assert self.went_on({"result": other}, gate_scope="each") == {"changed": False}

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts in hand that somebody stored, edited or made up: the filter gives a verdict or says what is wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.filter.health_verdict import health_verdict
from ansible_collections.apihealth.meraki.plugins.module_utils import _facts, _intervals, _window
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import recorded as _recorded
from tests.unit.fuzz.harness import in_time_and_in_one_piece, presentable
from tests.unit.plugins.module_utils.made import (
    FAILURE,
    INCIDENT,
    NOW,
    REQUEST,
    answer_like,
    json_values,
    policy,
    quick,
)
from tests.unit.plugins.module_utils.schema import valid

pytestmark = pytest.mark.slow

FACTS = _facts.facts("549236", _intervals.parse_answer(INCIDENT), _window.recent_window(60, 120, NOW), NOW, REQUEST)
RESULT = {"organizations": [FACTS], "failures": []}
WHOLE = _recorded.judge_facts(RESULT, policy(), "now", NOW)

odd: st.SearchStrategy[Any] = json_values | st.sampled_from(
    [
        *(0, -1, 1, 2**63, 10**16, 1e300, float("nan"), float("inf"), True, None, "", "x" * 3000, "\x1b[31m", "\ud800"),
        *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-05-04T13:59:60Z", "2026-05-04T13:00:00+02:00"),
        *([], {}, [[]], [None], {"200": 1}, {"200": "1"}, {"x": 1}, {"-1": 1}, {"200": -1}, {"200": 1.5}),
    ]
)
facts_like = st.fixed_dictionaries(
    {},
    optional={
        "organization_id": odd,
        "window": odd | st.fixed_dictionaries({}, optional={"t0": odd, "t1": odd, "interval_requested": odd}),
        "intervals": odd
        | st.lists(st.fixed_dictionaries({}, optional={"start_ts": odd, "end_ts": odd, "by_code": odd}), max_size=3),
        "request": odd,
    },
)


def verdict_of(given_facts: Any, **given_policy: Any) -> Any:
    """The verdict, which keeps its schema, or the error; no other exception passes."""
    with in_time_and_in_one_piece():
        try:
            verdict = _recorded.judge_facts(given_facts, policy(**given_policy), "now", NOW)
        except ApiHealthError as exc:
            presentable(str(exc), exc.details)
            return exc
    return valid(verdict)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every part of a structure."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(one for name, part in parts for one in places(part, (*path, name)))]


def changed(value: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy with `change(container, name)` done to the part at this path."""
    result = copy.deepcopy(value)
    part = result
    for name in path[:-1]:
        part = part[name]
    change(part, path[-1])
    return result


PLACES = [path for path in places(RESULT) if path]
# Where something that no verdict looks at is.
UNREAD = ("summary", "by_class", "requests", "seconds", "partial", "interval_effective", "complete_until", "request")


class TestRecorded:
    @given(st.sampled_from(PLACES), odd)
    @quick
    def test_one_part_is_something_else(self, path, value):
        found = verdict_of(changed(RESULT, path, lambda part, name: part.__setitem__(name, value)))
        if not isinstance(found, ApiHealthError) and any(name in UNREAD for name in path):
            assert found["gate"] == WHOLE["gate"]
            assert found["status"] == WHOLE["status"]

    @given(st.sampled_from(PLACES))
    @quick
    def test_one_part_is_missing(self, path):
        verdict_of(changed(RESULT, path, lambda part, name: part.pop(name)))

    @given(odd | facts_like | answer_like | st.lists(facts_like, max_size=2))
    @quick
    def test_anything(self, value):
        found = verdict_of(value)
        if not isinstance(found, ApiHealthError) and found["status"] == "pass":
            assert all(one["data"]["used"] for one in found["organizations"])

    @given(
        st.fixed_dictionaries({}, optional={"organizations": odd | st.lists(facts_like, max_size=2), "failures": odd})
    )
    @quick
    def test_any_result(self, value):
        verdict_of(value)

    @given(st.sampled_from(sorted(FAILURE)), odd)
    @quick
    def test_a_failure_closes_the_gate_whatever_it_says(self, name, value):
        found = verdict_of({"organizations": [FACTS], "failures": [{**FAILURE, name: value}]})
        if not isinstance(found, ApiHealthError):
            assert (found["gate"], found["counts"]["error"] > 0) == ("closed", True)

    @given(
        json_values | facts_like,
        st.dictionaries(st.sampled_from(["now", "profile", "checks", "gaps", "x"]), json_values),
    )
    @quick
    def test_the_filter_itself(self, value, given_policy):
        try:
            verdict = health_verdict(value, **given_policy)
        except AnsibleFilterError as exc:
            presentable(str(exc))
        else:
            valid(verdict)

    def test_the_way_through_a_file_changes_nothing(self):
        assert verdict_of(json.loads(json.dumps(RESULT))) == valid(WHOLE)

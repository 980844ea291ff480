# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A policy becomes checks, everything resolved."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import POLICY, POLICY_DEFAULTS, PROFILES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import policy as _policy
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from tests.unit.plugins.module_utils.made import STANDARD

PLANNED = {"planned_requests": 300, "planned_minutes": 5}
OBJECTIVE = {"slo_percent": 99.9}
ERRORS = {"metric": "error_percent", "fail": 5}
RISE = {"metric": "server_error_regression"}


def values(**given: Any) -> dict[str, Any]:
    """The policy's options as they come, each alone well-typed; what is not given is not resolved."""
    return {**{name: spec.get("default") for name, spec in POLICY.items()}, **given}


def made_of(**given):
    """The checks of these values."""
    given = values(**given)
    return list(_policy.checks_of(given, _policy.thresholds(given)))


def names(*entries, **given):
    """The names of the checks that follow, in order."""
    return [check.name for check in made_of(checks=list(entries), **given)]


def planned(name, *entries, **given):
    """The check of this name."""
    (found,) = [check for check in made_of(checks=list(entries), **given) if check.name == name]
    return found


class TestThresholds:
    @pytest.mark.parametrize("profile", [None, *PROFILES])
    def test_what_is_unset_is_the_profiles(self, profile):
        assert _policy.thresholds(values(profile=profile)) == PROFILES[profile or "standard"]

    @pytest.mark.parametrize("profile", PROFILES)
    @pytest.mark.parametrize("name", POLICY_DEFAULTS)
    def test_what_is_set_stays_and_changes_nothing_else(self, profile, name):
        # Above every limit of a profile, so that no other has to follow.
        own = "pass" if name == "on_low_traffic" else 150
        assert _policy.thresholds(values(profile=profile, **{name: own})) == {**PROFILES[profile], name: own}

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"server_error_fail_percent": 0.5}, (0.5, 0.5)),
            ({"server_error_fail_percent": 0}, (0, 0)),
            ({"server_error_fail_percent": 1}, (1, 1)),
            ({"server_error_fail_percent": 3}, (1, 3)),
            ({"server_error_warn_percent": 0}, (0, 5)),
            # Somebody set it, so it is theirs to mend.
            ({"server_error_warn_percent": 7, "server_error_fail_percent": 3}, (7, 3)),
            ({"server_error_warn_percent": 7}, (7, 5)),
            ({"profile": "relaxed", "server_error_fail_percent": 3}, (3, 3)),
            ({"profile": "relaxed", "server_error_fail_percent": 20}, (5, 20)),
            ({"profile": "strict", "server_error_fail_percent": 0.2}, (0.2, 0.2)),
            ({"profile": "strict", "server_error_fail_percent": 20}, (0.5, 20)),
        ],
    )
    def test_a_warn_limit_that_nobody_set_follows_the_fail_limit(self, given, expected):
        found = _policy.thresholds(values(**given))
        assert (found["server_error_warn_percent"], found["server_error_fail_percent"]) == expected

    def test_without_a_fail_limit_there_is_none_to_follow(self):
        found = _policy.thresholds(values())
        assert (found["client_error_warn_percent"], found["client_error_fail_percent"]) == (25, None)
        found = _policy.thresholds(values(client_error_fail_percent=10))
        assert (found["client_error_warn_percent"], found["client_error_fail_percent"]) == (10, 10)


class TestChecksOf:
    # What asks for which checks; each may come with each other, in this order.
    PARTS: list[tuple[dict[str, Any], list[str]]] = [
        (PLANNED, ["projected_utilization_percent"]),
        (OBJECTIVE, ["error_budget_remaining_percent", "burn_rate"]),
        ({"baseline_days": 7}, ["server_error_regression"]),
    ]

    @pytest.mark.parametrize("parts", list(itertools.product([False, True], repeat=3)))
    def test_follow_from_the_options(self, parts):
        chosen = list(itertools.compress(self.PARTS, parts))
        given = {name: value for options, _names in chosen for name, value in options.items()}
        assert names(**given) == [*STANDARD, *(name for _options, more in chosen for name in more)]

    @pytest.mark.parametrize(
        ("given", "more"),
        [
            ({"planned_requests": 300}, []),
            ({"planned_minutes": 5}, []),
            ({"slo_days": 7}, []),
            ({"baseline": {"schema": 1}}, ["server_error_regression"]),
            ({"baseline": {"schema": 1}, "baseline_days": 7}, ["server_error_regression"]),
        ],
    )
    def test_half_of_what_it_takes_asks_for_nothing(self, given, more):
        assert names(**given) == [*STANDARD, *more]

    @pytest.mark.parametrize("none", [None, []])
    def test_without_entries(self, none):
        assert [check.name for check in made_of(checks=none)] == STANDARD

    @pytest.mark.parametrize(
        ("entries", "expected"),
        [
            ([ERRORS], [*STANDARD, "error_percent"]),
            ([{**ERRORS, "name": "mine"}], [*STANDARD, "mine"]),
            ([{**ERRORS, "name": "b"}, {**ERRORS, "name": "a"}], [*STANDARD, "b", "a"]),
            # An entry of a name that is there already takes its place.
            ([{"metric": "client_error_percent"}], STANDARD),
            ([{"name": "client_error_percent"}], STANDARD),
            ([ERRORS, {"name": "server_error_percent"}], [*STANDARD, "error_percent"]),
            # Of the same metric by a name of its own, it stands beside it.
            ([{"name": "strictly", "metric": "server_error_percent"}], [*STANDARD, "strictly"]),
            # What no option asks for is added.
            ([RISE], [*STANDARD, "server_error_regression"]),
        ],
    )
    def test_entries_replace_or_add(self, entries, expected):
        assert names(*entries) == expected

    def test_an_entry_stands_where_its_name_stood(self):
        entries = [ERRORS, {"name": "burn_rate"}, {"name": "rate_limited_percent"}]
        assert names(*entries, **OBJECTIVE) == names(ERRORS, **OBJECTIVE)

    def test_one_that_replaces_leaves_nothing_of_the_other(self):
        # By name, not by metric: this one looks at something else altogether.
        entry = {"name": "server_error_percent", "metric": "requests", "fail": 10}
        found = planned("server_error_percent", entry)
        assert (found.metric.name, found.warn, found.fail, found.worse) == ("requests", None, 10, "down")

    def test_an_entry_changes_only_its_own_check(self):
        before = made_of()
        after = made_of(checks=[{"name": "rate_limited_percent", "fail": 9, "min_requests": 7, "user_agent": "x"}])
        assert [one.name for one, other in zip(before, after, strict=True) if one != other] == ["rate_limited_percent"]


class TestResolved:
    @pytest.mark.parametrize("profile", PROFILES)
    @pytest.mark.parametrize(
        ("option", "part", "by_option", "by_entry"),
        [
            ("server_error_fail_percent", "fail", 44, 33),
            ("server_error_warn_percent", "warn", 0.4, 0.3),
            ("min_requests", "min_requests", 44, 33),
            ("min_failures", "min_failures", 44, 33),
            ("on_low_traffic", "on_low_traffic", "pass", "warn"),
        ],
    )
    def test_entry_before_option_before_profile(self, profile, option, part, by_option, by_entry):
        def found(entry, **given):
            check = planned("server_error_percent", {"name": "server_error_percent", **entry}, **given)
            return getattr(check, part)

        assert found({}, profile=profile) == PROFILES[profile][option]
        assert found({}, profile=profile, **{option: by_option}) == by_option
        assert found({part: by_entry}, profile=profile, **{option: by_option}) == by_entry
        assert found({part: by_entry}, profile=profile) == by_entry

    @pytest.mark.parametrize(
        ("entry", "given", "minutes"),
        [
            (ERRORS, {}, 60),
            (ERRORS, {"window_minutes": 90}, 90),
            ({**ERRORS, "window_minutes": 20}, {"window_minutes": 90}, 20),
            (RISE, {"window_minutes": 90}, 90),
            # These have a period of their own.
            ({"metric": "burn_rate"}, {**OBJECTIVE, "window_minutes": 90}, 360),
            ({"metric": "error_budget_remaining_percent"}, {**OBJECTIVE, "window_minutes": 90}, 30 * 1440),
            ({"metric": "error_budget_remaining_percent"}, {**OBJECTIVE, "slo_days": 1}, 1440),
        ],
    )
    def test_minutes(self, entry, given, minutes):
        assert planned(entry["metric"], entry, **given).minutes == minutes

    @pytest.mark.parametrize(
        ("entry", "given", "days"),
        [
            (RISE, {}, 7),
            (RISE, {"baseline_days": 14}, 14),
            ({**RISE, "baseline": {"days": 3}}, {"baseline_days": 14}, 3),
            ({**RISE, "baseline": {"days": None}}, {"baseline_days": 14}, 14),
            ({**RISE, "baseline": {}}, {}, 7),
            (ERRORS, {"baseline_days": 14}, None),
        ],
    )
    def test_days_of_a_baseline(self, entry, given, days):
        assert planned(entry["metric"], entry, **given).baseline_days == days

    @pytest.mark.parametrize(
        ("entry", "over", "consecutive"),
        [
            ({}, "window", 1),
            ({"over": "window"}, "window", 1),
            ({"over": "worst_interval"}, "worst_interval", 1),
            ({"over": "consecutive"}, "consecutive", 3),
            ({"over": "consecutive", "consecutive": 2}, "consecutive", 2),
        ],
    )
    def test_over(self, entry, over, consecutive):
        found = planned("error_percent", {**ERRORS, **entry})
        assert (found.over, found.consecutive) == (over, consecutive)

    @pytest.mark.parametrize(
        ("given", "required"), [({}, True), ({"required": True}, True), ({"required": False}, False)]
    )
    def test_required_unless_said_otherwise(self, given, required):
        assert planned("error_percent", {**ERRORS, **given}).required is required
        assert planned("error_percent", {**ERRORS, "required": None}).required is True

    @pytest.mark.parametrize("metric", METRICS)
    @pytest.mark.parametrize("own", ["up", "down", None])
    def test_what_is_worse_is_the_metrics_where_the_entry_says_nothing(self, metric, own):
        entry = {"metric": metric, "fail": 1, "query": "x", "worse": own}
        assert planned(metric, entry, **OBJECTIVE).worse == (own or METRICS[metric].worse)

    @pytest.mark.parametrize(
        ("metric", "shared"),
        [
            ("error_percent", True),
            ("server_error_regression", True),
            ("requests", True),
            ("burn_rate", True),
            # Everybody's requests count against the limit.
            ("rate_limit_utilization_percent", False),
            ("projected_utilization_percent", False),
        ],
    )
    def test_filters(self, metric, shared):
        given = {**OBJECTIVE, "version": 1, "user_agent": "All", "admin_ids": ["7", "8"], "source_ips": []}
        general = {"version": 1, "admin_ids": ("7", "8"), "user_agent": "All"} if shared else {}
        entry = {"metric": metric, "fail": 5}
        assert dict(planned(metric, entry, **given).filters) == general
        own = planned(metric, {**entry, "user_agent": "Mine", "operation_ids": ["a"]}, **given)
        assert dict(own.filters) == {**general, "user_agent": "Mine", "operation_ids": ("a",)}

    def test_an_entry_without_a_known_metric_is_a_query(self):
        # It is refused elsewhere; what stands in for it breaks nothing until then.
        assert planned("mine", {"name": "mine", "metric": "eror_percent"}).metric.name == "query"

    def test_an_action(self):
        assert planned("error_percent", {**ERRORS, "action": "Call."}).action == "Call."
        assert planned("server_error_percent").action is None


class TestLimitsOf:
    @pytest.mark.parametrize(
        ("metric", "entry", "given", "expected"),
        [
            ("server_error_percent", {}, {}, (1, 5)),
            ("server_error_percent", {}, {"profile": "strict"}, (0.5, 1)),
            ("server_error_percent", {}, {"server_error_fail_percent": 8}, (1, 8)),
            ("server_error_percent", {"warn": 2}, {}, (2, 5)),
            ("server_error_percent", {"warn": 0}, {}, (0, 5)),
            ("server_error_percent", {"fail": 0}, {}, (0, 0)),
            ("server_error_percent", {"fail": 0.5}, {}, (0.5, 0.5)),
            ("server_error_percent", {"fail": 0.5}, {"server_error_warn_percent": 0.2}, (0.2, 0.5)),
            ("server_error_percent", {"warn": 9, "fail": 5}, {}, (9, 5)),  # wrong, and refused elsewhere
            ("client_error_percent", {}, {}, (25, None)),
            ("client_error_percent", {"fail": 10}, {}, (10, 10)),
            ("rate_limit_utilization_percent", {}, {}, (80, 95)),
            ("error_percent", {}, {}, (None, None)),
            ("error_percent", {"fail": 5}, {}, (None, 5)),
            ("success_percent", {"fail": 95}, {}, (None, 95)),
            ("projected_utilization_percent", {}, {}, (80, 100)),
            ("error_budget_remaining_percent", {}, {}, (25, 0)),
            # Where down is worse, the warn limit lies above.
            ("error_budget_remaining_percent", {"fail": 50}, {}, (50, 50)),
            ("error_budget_remaining_percent", {"fail": -50}, {}, (25, -50)),
            ("burn_rate", {}, {}, (6, 14.4)),
            ("burn_rate", {"fail": 2}, {}, (2, 2)),
            ("server_error_regression", {}, {}, (None, 1)),
            ("requests", {"warn": 10}, {}, (10, None)),
        ],
    )
    def test_of(self, metric, entry, given, expected):
        assert _policy.limits_of(METRICS[metric], entry, _policy.thresholds(values(**given))) == expected


class TestEntriesOf:
    def test_positions_are_those_that_the_user_counts(self):
        assert _policy.entries_of({"checks": [None, ERRORS, None, RISE]}) == [(1, ERRORS), (3, RISE)]
        assert _policy.entries_of({"checks": None}) == []


class TestNameOf:
    @pytest.mark.parametrize(
        ("entry", "name", "metric"),
        [
            ({"metric": "requests"}, "requests", "requests"),
            ({"name": "requests"}, "requests", "requests"),
            ({"name": "mine", "metric": "requests"}, "mine", "requests"),
            ({"name": "burn_rate", "metric": "requests"}, "burn_rate", "requests"),
            ({"name": "mine"}, "mine", None),
            ({}, "", None),
        ],
    )
    def test_and_metric(self, entry, name, metric):
        assert _policy.name_of(entry) == name
        assert _policy.metric_of(entry) is METRICS.get(metric)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A policy becomes checks, what they look at, and as few requests as will do."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import POLICY, POLICY_DEFAULTS, PROFILES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import plan as _plan
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.plan import Look, Read
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import NOW, T0, T1, asked_of, at, policy, quick

DAY = 86400
# Where the settled present ends that is looked at by default.
END = NOW - 120
STANDARD = [
    "server_error_percent",
    "rate_limited_percent",
    "client_error_percent",
    "rate_limit_utilization_percent",
]
PLANNED = {"planned_requests": 300, "planned_minutes": 5}
OBJECTIVE = {"slo_percent": 99.9}
ERRORS = {"metric": "error_percent", "fail": 5}
RISE = {"metric": "server_error_regression"}


def values(**given: Any) -> dict[str, Any]:
    """The policy's options as they come, each alone well-typed; what is not given is not resolved."""
    return {**{name: spec.get("default") for name, spec in POLICY.items()}, **given}


def names(*entries, **given):
    """The names of the checks that follow, in order."""
    return [check.name for check in _plan.checks_of(values(checks=list(entries), **given))]


def planned(name, *entries, **given):
    """The check of this name."""
    (found,) = [check for check in _plan.checks_of(values(checks=list(entries), **given)) if check.name == name]
    return found


def called(name):
    return f"my_{name}"


class TestThresholds:
    @pytest.mark.parametrize("profile", [None, *PROFILES])
    def test_what_is_unset_is_the_profiles(self, profile):
        assert _plan.thresholds(values(profile=profile)) == PROFILES[profile or "standard"]

    @pytest.mark.parametrize("profile", PROFILES)
    @pytest.mark.parametrize("name", POLICY_DEFAULTS)
    def test_what_is_set_stays_and_changes_nothing_else(self, profile, name):
        # Above every limit of a profile, so that no other has to follow.
        own = "pass" if name == "on_low_traffic" else 150
        assert _plan.thresholds(values(profile=profile, **{name: own})) == {**PROFILES[profile], name: own}

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
        ],
    )
    def test_a_warn_limit_that_nobody_set_follows_the_fail_limit(self, given, expected):
        found = _plan.thresholds(values(**given))
        assert (found["server_error_warn_percent"], found["server_error_fail_percent"]) == expected

    def test_without_a_fail_limit_there_is_none_to_follow(self):
        found = _plan.thresholds(values())
        assert (found["client_error_warn_percent"], found["client_error_fail_percent"]) == (25, None)
        found = _plan.thresholds(values(client_error_fail_percent=10))
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
        assert [check.name for check in _plan.checks_of(values(checks=none))] == STANDARD

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
        before = _plan.checks_of(values())
        after = _plan.checks_of(
            values(checks=[{"name": "rate_limited_percent", "fail": 9, "min_requests": 7, "user_agent": "x"}])
        )
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


class TestHashable:
    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({}, ()),
            ({"version": None, "admin_ids": [], "user_agent": None}, ()),
            ({"version": 0, "user_agent": ""}, (("version", 0), ("user_agent", ""))),
            ({"admin_ids": ["1", "2"]}, (("admin_ids", ("1", "2")),)),
        ],
    )
    def test_of(self, filters, expected):
        assert _plan.hashable(filters) == expected
        assert isinstance(hash(_plan.hashable(filters)), int)


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
        assert _plan.limits_of(METRICS[metric], entry, values(**given)) == expected


class TestEntriesOf:
    def test_positions_are_those_that_the_user_counts(self):
        assert _plan.entries_of({"checks": [None, ERRORS, None, RISE]}) == [(1, ERRORS), (3, RISE)]
        assert _plan.entries_of({"checks": None}) == []


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
        assert _plan.name_of(entry) == name
        assert _plan.metric_of(entry) is METRICS.get(metric)


class TestProblemsOf:
    @pytest.mark.parametrize(
        ("entries", "expected"),
        [
            ([ERRORS], []),
            ([None, ERRORS], []),
            ([{}], ["my_checks[0]: metric is missing"]),
            ([None, {"name": "mine"}], ["my_checks[1]: 'mine' is no metric: name one as metric"]),
            ([ERRORS, ERRORS], ["my_checks[1]: the name 'error_percent' is taken by my_checks[0]"]),
            (
                [{"metric": "error_percent"}],
                ["my_checks[0]: set warn or fail, the metric error_percent has no limits of its own"],
            ),
            ([{"metric": "server_error_percent", "warn": 9}], ["my_checks[0].warn 9 is above fail 5 (its default)"]),
            ([{"metric": "burn_rate"}], ["my_checks[0]: burn_rate needs my_slo_percent"]),
            (
                [{**ERRORS, "window_minutes": 5}],
                ["my_confirm_recent_minutes 10 is longer than my_checks[0].window_minutes 5"],
            ),
        ],
    )
    def test_of(self, entries, expected):
        assert list(_plan.problems_of(values(checks=entries), called)) == expected

    def test_all_of_them(self):
        entries = [{**ERRORS, "consecutive": 3, "query": "x", "fail": 101}, {"metric": "query", "fail": 1}]
        assert list(_plan.problems_of(values(checks=entries), called)) == [
            "my_checks[0].query: the metric error_percent has none",
            "my_checks[0].consecutive needs over: consecutive",
            "my_checks[0].fail: 101 is out of range (0 <= fail <= 100)",
            "my_checks[1].query is required: a JMESPath expression that gives a number",
        ]


class TestBaselineProblems:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({}, []),
            ({"baseline_days": 1, "window_minutes": 1440}, []),
            (
                {"baseline_days": 1, "window_minutes": 1441},
                ["my_baseline_days 1: the baseline would overlap the window of 1441 minutes"],
            ),
            (
                {"checks": [ERRORS, {**RISE, "baseline": {"days": 2}, "window_minutes": 2881}]},
                ["my_checks[1].baseline.days 2: the baseline would overlap the window of 2881 minutes"],
            ),
            (
                {"checks": [{**RISE, "baseline": {"days": 2}}], "baseline": {"schema": 1}},
                ["my_checks[0].baseline and my_baseline exclude each other"],
            ),
            # The window of an earlier verdict is what it is.
            ({"baseline": {"schema": 1}, "window_minutes": 44640}, []),
        ],
    )
    def test_of(self, given, expected):
        assert list(_plan.baseline_problems(values(**given), called)) == expected


class TestLook:
    @pytest.mark.parametrize(
        ("given", "wide", "seconds"),
        [
            ({}, False, 3600),
            ({}, True, 21600),
            ({"window_minutes": 30}, False, 1800),
            ({"max_window_minutes": 90}, True, 5400),
            # Never narrower than it was.
            ({"window_minutes": 90, "max_window_minutes": 60}, True, 5400),
        ],
    )
    def test_is_as_long_as_the_window(self, given, wide, seconds):
        options = policy(**given)
        found = _plan.look(asked_of(options, "server_error_percent"), options, NOW, wide)
        assert found == Look((), END, seconds)

    @pytest.mark.parametrize("settle", [0, 120, 3600])
    def test_ends_where_data_has_settled(self, settle):
        options = policy(settle_seconds=settle)
        assert _plan.look(options["plan"][0], options, NOW).end == NOW - settle

    def test_of_what_the_check_filters(self):
        options = policy(checks=[{**ERRORS, "user_agent": "Backup"}])
        found = _plan.look(asked_of(options, "error_percent"), options, NOW)
        assert found.filters == (("user_agent", "Backup"),)


class TestBaselineLook:
    OPTIONS = policy(baseline_days=7)
    CHECK = asked_of(OPTIONS, "server_error_regression")
    CURRENT = _plan.look(CHECK, OPTIONS, NOW)

    def test_so_many_days_before(self):
        now, then = _plan.baseline_look(self.CURRENT, self.CHECK, None) or pytest.fail("nothing to compare with")
        assert now == self.CURRENT
        assert then == Look((), END - 7 * DAY, 3600)

    @pytest.mark.parametrize(
        ("began", "ended", "seconds"),
        [
            (at("12:00"), T0, 3600),  # up to where now begins
            (at("11:00"), at("12:00"), 3600),
            (at("12:30"), at("13:30"), 1800),  # it reached into now
            (at("12:30"), at("13:58"), 120),
            (T0, T1, 0),  # nothing has happened since
            (T0, T1 + 120, 0),
        ],
    )
    def test_after_an_earlier_verdict_now_begins_where_that_ended(self, began, ended, seconds):
        earlier = {"t0": began, "t1": ended, "seconds": ended - began}
        now, then = _plan.baseline_look(self.CURRENT, self.CHECK, earlier) or pytest.fail("nothing to compare with")
        assert now == Look((), END, seconds)
        assert then == Look((), ended, ended - began)

    @pytest.mark.parametrize("earlier", [{}, {"t0": 0.0, "t1": 0.0, "seconds": 0.0}])
    def test_without_a_window_there_is_nothing_to_compare_with(self, earlier):
        assert _plan.baseline_look(self.CURRENT, self.CHECK, earlier) is None

    def test_both_are_of_the_same_requests(self):
        current = self.CURRENT._replace(filters=(("user_agent", "Backup"),))
        for earlier in (None, {"t0": at("11:00"), "t1": at("12:00"), "seconds": 3600}):
            pair = _plan.baseline_look(current, self.CHECK, earlier)
            assert pair is not None
            assert {one.filters for one in pair} == {current.filters}

    @given(days=st.integers(1, 30), minutes=st.integers(10, 43200), late=st.integers(0, 20000))
    @quick
    def test_windows_of_days_never_overlap(self, days, minutes, late):
        check = self.CHECK._replace(baseline_days=days)
        current = Look((), END + late, min(minutes, days * 1440) * 60)
        now, then = _plan.baseline_look(current, check, None) or pytest.fail("nothing to compare with")
        asked, before = _plan.window_of(now, NOW + late), _plan.window_of(then, NOW + late)
        assert (before.t1 or 0) <= (asked.t0 or 0)
        assert asked.interval == before.interval

    @given(ago=st.integers(-1200, 200_000), length=st.integers(1, 200_000), minutes=st.integers(10, 3000))
    @quick
    def test_a_window_never_reaches_into_the_earlier_one(self, ago, length, minutes):
        current = Look((), END, minutes * 60)
        earlier = {"t0": END - ago - length, "t1": END - ago, "seconds": length}
        now, then = _plan.baseline_look(current, self.CHECK, earlier) or pytest.fail("nothing to compare with")
        assert 0 <= now.seconds <= current.seconds
        assert now.seconds == 0 or math.floor(END / 120) * 120 - now.seconds >= then.end


class TestWindowOf:
    @pytest.mark.parametrize(
        ("look", "t0", "t1", "interval"),
        [
            (Look((), END, 3600), T0, T1, 120),
            (Look((), END, DAY), T1 - DAY, T1, 120),
            (Look((), END, DAY + 1), T1 - DAY - 3600, T1, 3600),
            # There is no empty window to ask for.
            (Look((), END, 0), T1 - 120, T1, 120),
        ],
    )
    def test_of(self, look, t0, t1, interval):
        assert _plan.window_of(look, NOW) == Window(t0, t1, interval)


BACKUP = (("user_agent", "Backup"),)


class TestReads:
    HOUR = Look((), END, 3600)

    @pytest.mark.parametrize(
        ("others", "requests"),
        [
            ([], [3600]),
            ([HOUR], [3600]),
            # What one request can answer is asked once, over the longest of the windows.
            ([HOUR._replace(seconds=600)], [3600]),
            ([HOUR._replace(seconds=5400)], [5400]),
            ([HOUR._replace(seconds=600), HOUR._replace(seconds=DAY)], [DAY]),
            # The same edge of an interval is the same end.
            ([HOUR._replace(end=T1)], [3600]),
            # Other filters, other widths or another end make another one.
            ([HOUR._replace(filters=BACKUP)], [3600, 3600]),
            ([HOUR._replace(filters=BACKUP, seconds=5400)], [3600, 5400]),
            ([HOUR._replace(seconds=2 * DAY)], [3600, 2 * DAY]),
            ([HOUR._replace(seconds=8 * DAY)], [3600, 8 * DAY]),
            ([HOUR._replace(seconds=2 * DAY), HOUR._replace(seconds=3 * DAY)], [3600, 3 * DAY]),
            ([HOUR._replace(end=END - 7 * DAY)], [3600, 3600]),
            ([HOUR._replace(end=T1 - 1)], [3600, 3600]),
        ],
    )
    def test_as_few_as_will_do(self, others, requests):
        looks = [self.HOUR, *others]
        found = _plan.reads(looks, NOW)
        assert set(found) == set(looks)
        windows = [read.window for read in dict.fromkeys(found.values())]
        # Long windows end on the edges of wide intervals.
        assert [math.floor((one.t1 or 0) - (one.t0 or 0)) for one in windows] == requests

    looks = st.builds(
        Look,
        st.sampled_from([(), BACKUP]),
        st.sampled_from([END, T1, T1 + 5, END - 7 * DAY, END - DAY]),
        st.sampled_from([0, 600, 3600, 5400, DAY, DAY + 60, 3 * DAY, 8 * DAY, 30 * DAY]),
    )

    @given(st.lists(looks, min_size=1, max_size=8))
    @quick
    def test_each_look_is_covered_by_its_read(self, looks):
        found = _plan.reads(looks, NOW)
        for look in looks:
            wanted, asked = _plan.window_of(look, NOW), found[look].window
            assert found[look].filters == look.filters
            assert (asked.t1, asked.interval) == (wanted.t1, wanted.interval)
            assert (asked.t0 or 0) <= (wanted.t0 or 0)
        # Of two requests, neither can answer for the other.
        kinds = [(read.filters, read.window.t1, read.window.interval) for read in set(found.values())]
        assert len(kinds) == len(set(kinds))

    @given(st.lists(looks, min_size=1, max_size=6), st.randoms())
    @quick
    def test_the_order_of_looks_does_not_matter(self, looks, random):
        shuffled = [*looks]
        random.shuffle(shuffled)
        assert _plan.reads(looks, NOW) == _plan.reads(shuffled, NOW)

    def test_of_nothing(self):
        assert _plan.reads([], NOW) == {}


class TestQueryFilters:
    @pytest.mark.parametrize(
        "filters", [{}, {"version": 1}, {"admin_ids": ["1", "2"], "user_agent": "Backup"}, {"operation_ids": ["a"]}]
    )
    def test_are_as_the_options_have_them(self, filters):
        assert _plan.query_filters(Read(_plan.hashable(filters), Window(T0, T1, 120))) == filters


class TestCountsOwn:
    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({}, True),
            ({"operation_ids": ["own"]}, True),
            ({"operation_ids": ["other", "own"]}, True),
            ({"operation_ids": ["other"]}, False),
            ({"version": 1}, True),
            ({"version": 0}, False),
            # The API matches a part. Whether upper and lower case are alike, nobody knows.
            ({"user_agent": "Health/1"}, True),
            ({"user_agent": "ApiHealth/1.0 Example"}, True),
            ({"user_agent": "apihealth"}, None),
            ({"user_agent": "Backup"}, False),
            ({"user_agent": "ApiHealth/1.0 Example Backup"}, False),
            # Nor does the gate know its own address or admin.
            ({"source_ips": ["192.0.2.1"]}, None),
            ({"admin_ids": ["1"]}, None),
            ({"admin_ids": ["1"], "user_agent": "ApiHealth", "operation_ids": ["own"]}, None),
            # All of them have to match.
            ({"admin_ids": ["1"], "operation_ids": ["other"]}, False),
            ({"source_ips": ["192.0.2.1"], "version": 0}, False),
            ({"user_agent": "apihealth", "operation_ids": ["other"]}, False),
        ],
        ids=str,
    )
    def test_of_each_filter(self, filters, expected):
        read = Read(_plan.hashable(filters), Window(T0, T1, 120))
        assert _plan.counts_own(read, "own", "ApiHealth/1.0 Example") is expected


class TestTooQuiet:
    SETTINGS = {**OBJECTIVE, **PLANNED, "baseline_days": 7}

    @staticmethod
    def found(statuses, entries=(), **given):
        """The names to widen where the checks named stand like that, and the others pass."""
        options = policy(checks=list(entries), **given)
        judged = [
            dict(zip(("status", "reason"), statuses.get(check.name, ("pass", None)), strict=True))
            for check in options["plan"]
        ]
        return _plan.too_quiet(options["plan"], judged, options)

    QUIET = ("inconclusive", "low_traffic")

    @pytest.mark.parametrize(
        ("standing", "wider"),
        [
            (("inconclusive", "low_traffic"), True),
            (("inconclusive", "no_traffic"), True),
            (("inconclusive", "no_data"), False),
            (("inconclusive", "stale"), False),
            (("inconclusive", "incomplete"), False),
            (("pass", None), False),
            (("warn", "threshold"), False),
            (("warn", "few_failures"), False),
            (("fail", "small_sample"), False),
            (("fail", "nothing_succeeded"), False),
            (("error", "read_failed"), False),
        ],
    )
    def test_only_for_too_little_traffic(self, standing, wider):
        assert self.found({"server_error_percent": standing}) == (set(STANDARD) if wider else set())

    @pytest.mark.parametrize(
        ("beside", "wider"),
        [
            (("pass", None), True),
            (("warn", "threshold"), True),
            (("inconclusive", "no_traffic"), True),
            (("fail", "threshold"), False),
            (("fail", "nothing_succeeded"), False),
            (("error", "read_failed"), False),
        ],
    )
    def test_nothing_heals_what_is_worse(self, beside, wider):
        found = self.found({"server_error_percent": self.QUIET, "rate_limited_percent": beside})
        assert found == (set(STANDARD) if wider else set())

    @pytest.mark.parametrize(
        ("own", "together"),
        [
            ({}, True),
            ({"fail": 50, "min_failures": 60, "required": False, "over": "worst_interval"}, True),
            ({"min_requests": 99}, False),
            ({"window_minutes": 59}, False),
            ({"user_agent": "Backup"}, False),
        ],
    )
    def test_a_group_is_of_the_same_requests_minutes_and_enough(self, own, together):
        entry = {**ERRORS, "name": "mine", **own}
        # Alone it is widened alone; what fails beside it keeps it only where both look at the same.
        expected = {"mine", *STANDARD} if together else {"mine"}
        assert self.found({"mine": self.QUIET}, [entry]) == expected
        beside = {"mine": self.QUIET, "client_error_percent": ("fail", "threshold")}
        assert self.found(beside, [entry]) == (set() if together else {"mine"})

    @pytest.mark.parametrize(
        ("metric", "wider"),
        [
            ("error_percent", True),
            ("success_percent", True),
            ("error_budget_remaining_percent", False),
            ("burn_rate", False),
            ("server_error_regression", False),
            ("requests", False),
            ("query", False),
        ],
    )
    def test_only_what_may_have_another_window(self, metric, wider):
        entry = {"name": "mine", "metric": metric, "fail": 1, **({"query": "`1`"} if metric == "query" else {})}
        # By filters of its own it is in no other check's group.
        entry["admin_ids"] = ["7"]
        assert self.found({"mine": self.QUIET}, [entry], **self.SETTINGS) == ({"mine"} if wider else set())

    @pytest.mark.parametrize("metric", ["error_budget_remaining_percent", "burn_rate", "server_error_regression"])
    def test_what_has_a_window_of_its_own_takes_no_part(self, metric):
        every = {*STANDARD, "projected_utilization_percent"}
        statuses = {"server_error_percent": self.QUIET, metric: ("fail", "threshold")}
        assert self.found(statuses, **self.SETTINGS) == every
        assert self.found({metric: self.QUIET}, **self.SETTINGS) == set()

    @pytest.mark.parametrize(("widest", "wider"), [(10, False), (60, False), (61, True), (360, True)])
    def test_only_where_there_is_room(self, widest, wider):
        found = self.found({"server_error_percent": self.QUIET}, max_window_minutes=widest)
        assert found == (set(STANDARD) if wider else set())

    def test_one_with_a_narrower_window_has_room(self):
        entry = {**ERRORS, "window_minutes": 20}
        statuses = dict.fromkeys(["error_percent", *STANDARD], self.QUIET)
        assert self.found(statuses, [entry], max_window_minutes=60) == {"error_percent"}

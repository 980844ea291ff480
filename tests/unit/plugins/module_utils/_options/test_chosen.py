# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validated options become the job that a plugin does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    CHECK,
    EVENTS,
    HEALTH,
    INVENTORY,
    LOOKUP,
    POLICY_DEFAULTS,
    PROFILES,
    REGIONS,
    REQUESTS,
    VERDICT_FILTER,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._asked import Naming, Pages, Query, Selection
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import Output
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import Secrets
from tests.unit.plugins.module_utils._options.given import (
    BLANKS,
    ERRORS,
    KEY,
    NOW,
    PLANNED,
    READ,
    RISE,
    SLO,
    earlier,
    judge,
    limits,
    planned,
    policy,
    read,
)
from tests.unit.plugins.module_utils.made import NOW as JUDGED, STANDARD


class TestThresholds:
    def test_only_fail_given_below_the_default_warn(self):
        found = limits(server_error_fail_percent=0.5)
        assert (found["server_error_warn_percent"], found["server_error_fail_percent"]) == (0.5, 0.5)

    def test_only_fail_given_above_the_default_warn(self):
        found = limits(server_error_fail_percent=3)
        assert (found["server_error_warn_percent"], found["server_error_fail_percent"]) == (1, 3)

    def test_warn_alone_where_nothing_fails_by_default(self):
        found = limits(client_error_warn_percent=90)
        assert (found["client_error_warn_percent"], found["client_error_fail_percent"]) == (90, None)

    def test_defaults(self):
        assert limits() == POLICY_DEFAULTS


class TestChecks:
    @pytest.mark.parametrize("given", [[], "[]", " [ ] ", (), *BLANKS])
    def test_none(self, given):
        assert policy(checks=given).checks == policy().checks

    def test_as_a_survey_sends_them(self):
        entry = {**ERRORS, "warn": "", "name": None, "user_agent": " ", "source_ips": "192.0.2.1, 192.0.2.2"}
        for given in ([entry], json.dumps([entry]), f" {json.dumps([entry])}\n"):
            found = planned(checks=given)
            assert (found.warn, found.fail, found.name) == (None, 5.0, "error_percent")
            assert dict(found.filters) == {"source_ips": ("192.0.2.1", "192.0.2.2")}

    def test_numbers_as_text(self):
        entry = {"metric": "error_percent", "fail": "5", "window_minutes": "30", "required": "no"}
        found = planned(checks=[entry])
        assert (found.fail, found.minutes, found.required) == (5.0, 30, False)

    @pytest.mark.parametrize("blank", BLANKS)
    def test_a_blank_inside_means_unset(self, blank):
        entry = dict.fromkeys(CHECK, blank) | ERRORS
        assert policy(checks=[entry]).checks == policy(checks=[ERRORS]).checks
        rise = {**RISE, "baseline": {"days": blank}}
        assert policy(checks=[rise]).checks == policy(checks=[RISE]).checks

    def test_two_of_a_metric_by_two_names(self):
        entries = [{**ERRORS, "name": "all"}, {**ERRORS, "name": "backup", "user_agent": "BackupTool"}]
        assert [check.name for check in policy(checks=entries).checks[-2:]] == ["all", "backup"]

    @pytest.mark.parametrize(
        ("entry", "beside", "expected"),
        [
            ({"metric": "error_percent", "warn": 5}, {}, (5, None)),
            ({"metric": "error_percent", "fail": 0}, {}, (None, 0)),
            ({"metric": "success_percent", "warn": 99, "fail": 95}, {}, (99, 95)),
            ({"metric": "success_percent", "warn": 95, "fail": 95}, {}, (95, 95)),
            ({"metric": "rate_limit_utilization_percent", "fail": 120}, {}, (80, 120)),
            ({"metric": "error_budget_remaining_percent", "fail": -50}, SLO, (25, -50)),
            ({"metric": "error_budget_remaining_percent", "fail": 50}, SLO, (50, 50)),
            ({"metric": "burn_rate", "fail": 2}, SLO, (2, 2)),
            ({"metric": "burn_rate"}, SLO, (6, 14.4)),
            ({"metric": "projected_utilization_percent", "warn": 100}, PLANNED, (100, 100)),
            ({"metric": "server_error_regression", "fail": 3}, {}, (None, 3)),
            ({"metric": "query", "query": "summary.rps.max", "warn": -5}, {}, (-5, None)),
        ],
    )
    def test_limits(self, entry, beside, expected):
        found = planned(entry["metric"], checks=[entry], **beside)
        assert (found.warn, found.fail) == expected

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ({}, ("window", 1)),
            ({"over": "worst_interval"}, ("worst_interval", 1)),
            ({"over": "consecutive"}, ("consecutive", 3)),
            ({"over": "consecutive", "consecutive": 5}, ("consecutive", 5)),
        ],
    )
    def test_over(self, entry, expected):
        found = planned(checks=[{**ERRORS, **entry}])
        assert (found.over, found.consecutive) == expected


class TestProfiles:
    def test_names(self):
        assert list(PROFILES) == HEALTH.options["profile"]["choices"]
        assert HEALTH.options["profile"]["default"] == "standard"

    @pytest.mark.parametrize("profile", PROFILES)
    def test_what_is_unset_is_the_profiles(self, profile):
        found = limits(profile=profile)
        assert found == PROFILES[profile]

    @pytest.mark.parametrize(
        ("profile", "changes"),
        [
            ("standard", {}),
            (
                "relaxed",
                {"server_error_warn_percent": 5, "server_error_fail_percent": 10, "min_requests": 50},
            ),
            (
                "strict",
                {
                    "server_error_warn_percent": 0.5,
                    "server_error_fail_percent": 1,
                    "rate_limited_warn_percent": 0,
                    "rate_limited_fail_percent": 1,
                    "min_requests": 300,
                    "on_low_traffic": "fail",
                },
            ),
        ],
    )
    def test_gates_numbers(self, profile, changes):
        assert PROFILES[profile] == POLICY_DEFAULTS | changes

    @pytest.mark.parametrize("name", POLICY_DEFAULTS)
    @pytest.mark.parametrize("blank", BLANKS)
    def test_a_blank_answer_is_the_profiles(self, name, blank):
        assert limits(profile="strict", **{name: blank})[name] == PROFILES["strict"][name]

    @pytest.mark.parametrize(
        ("name", "of_check", "entry", "scalar"),
        [
            ("min_requests", "min_requests", 7, 77),
            ("min_failures", "min_failures", 7, 77),
            ("on_low_traffic", "on_low_traffic", "pass", "warn"),
            ("server_error_fail_percent", "fail", 33, 22),
            ("server_error_warn_percent", "warn", 0.3, 0.2),
        ],
    )
    @pytest.mark.parametrize("profile", PROFILES)
    @pytest.mark.parametrize("has_entry", [False, True])
    @pytest.mark.parametrize("has_scalar", [False, True])
    def test_an_entry_before_a_scalar_before_the_profile(
        self, name, of_check, entry, scalar, profile, has_entry, has_scalar
    ):
        given = {"profile": profile, **({name: scalar} if has_scalar else {})}
        check = {"name": "server_error_percent", **({of_check: entry} if has_entry else {})}
        found = planned("server_error_percent", checks=[check], **given)
        expected = entry if has_entry else scalar if has_scalar else PROFILES[profile][name]
        assert getattr(found, of_check) == expected
        # What an entry says is only its own.
        other = planned("rate_limited_percent", checks=[check], **given)
        if name in ("min_requests", "min_failures", "on_low_traffic"):
            assert getattr(other, of_check) == (scalar if has_scalar else PROFILES[profile][name])
        else:
            kind = name.replace("server_error", "rate_limited")
            assert getattr(other, of_check) == PROFILES[profile][kind]

    @pytest.mark.parametrize(("given", "expected"), [({}, 60), ({"window_minutes": 90}, 90)])
    def test_an_entrys_window_before_the_options(self, given, expected):
        assert planned(checks=[ERRORS], **given).minutes == expected
        assert planned(checks=[{**ERRORS, "window_minutes": 30}], **given).minutes == 30

    @pytest.mark.parametrize(
        ("profile", "fail", "expected"),
        [
            ("standard", 0.5, (0.5, 0.5)),
            ("standard", 1, (1, 1)),
            ("standard", 3, (1, 3)),
            ("relaxed", 3, (3, 3)),
            ("relaxed", 20, (5, 20)),
            ("strict", 0.2, (0.2, 0.2)),
            ("strict", 20, (0.5, 20)),
        ],
    )
    def test_a_warn_limit_that_nobody_set_follows_the_fail_limit(self, profile, fail, expected):
        by_scalar = limits(profile=profile, server_error_fail_percent=fail)
        assert (by_scalar["server_error_warn_percent"], by_scalar["server_error_fail_percent"]) == expected
        check = planned("server_error_percent", profile=profile, server_error_fail_percent=fail)
        assert (check.warn, check.fail) == expected
        check = planned(
            "server_error_percent", profile=profile, checks=[{"name": "server_error_percent", "fail": fail}]
        )
        assert (check.warn, check.fail) == expected

    def test_filters_of_an_entry_before_those_of_the_policy(self):
        given: dict[str, Any] = {"user_agent": "Everything", "admin_ids": ["1"]}
        own = planned(checks=[{**ERRORS, "user_agent": "BackupTool"}], **given)
        assert dict(own.filters) == {"user_agent": "BackupTool", "admin_ids": ("1",)}
        assert dict(planned(checks=[ERRORS], **given).filters) == {"user_agent": "Everything", "admin_ids": ("1",)}
        metric = "rate_limit_utilization_percent"
        assert dict(planned(metric, **given).filters) == {}
        entry = {"name": "ours", "metric": metric, "user_agent": "BackupTool"}
        assert dict(planned("ours", checks=[entry], **given).filters) == {"user_agent": "BackupTool"}


class TestRecentMinutes:
    @pytest.mark.parametrize(("given", "minutes"), [({}, 12), ({"confirm_recent_minutes": 2}, 2)])
    def test_show_whether_it_is_over(self, given, minutes):
        assert policy(**given).recent_minutes == minutes


class TestStandardChecks:
    @pytest.mark.parametrize(
        ("given", "more"),
        [
            ({}, []),
            ({"planned_requests": 5}, []),
            (PLANNED, ["projected_utilization_percent"]),
            (SLO, ["error_budget_remaining_percent", "burn_rate"]),
            ({"baseline_days": 7}, ["server_error_regression"]),
            ({"history_weeks": 2}, ["traffic_below_usual_percent"]),
            (
                {**PLANNED, **SLO, "baseline_days": 7, "checks": [ERRORS]},
                [
                    "projected_utilization_percent",
                    "error_budget_remaining_percent",
                    "burn_rate",
                    "server_error_regression",
                    "error_percent",
                ],
            ),
        ],
    )
    def test_follow_from_the_options(self, given, more):
        names = [check.name for check in policy(**given).checks]
        assert names == [*STANDARD, *more]

    def test_an_entry_of_the_same_name_replaces_one_in_its_place(self):
        entries = [ERRORS, {"name": "rate_limited_percent", "fail": 2}, {"name": "burn_rate", "required": False}]
        plan = policy(checks=entries, **SLO).checks
        assert [check.name for check in plan] == [check.name for check in policy(checks=[ERRORS], **SLO).checks]
        found = {check.name: check for check in plan}
        assert (found["rate_limited_percent"].warn, found["rate_limited_percent"].fail) == (1, 2)
        assert not found["burn_rate"].required


class TestBaseline:
    @pytest.mark.parametrize(
        ("given", "days"),
        [
            ({}, 7),
            ({"baseline": {}}, 7),
            ({"baseline": {"days": 3}}, 3),
            ({"baseline": {"days": "3"}}, 3),
        ],
    )
    def test_days(self, given, days):
        entries = [{**RISE, **given}]
        assert planned("server_error_regression", checks=entries).baseline_days == days
        beside = planned("server_error_regression", checks=entries, baseline_days=14)
        assert beside.baseline_days == (3 if days == 3 else 14)

    def test_a_verdict_as_such_as_json_and_as_a_file(self, tmp_path):
        made = earlier()
        path = tmp_path / "verdict.json"
        path.write_text(json.dumps(made))
        # An hour after it was made.
        found = [policy(JUDGED + 3600, baseline=given) for given in (made, json.dumps(made), str(path))]
        assert found[0] == found[1] == found[2]
        before = found[0].earlier
        assert before is not None
        assert (before.status, list(before.organizations)) == ("pass", ["549236"])
        assert "server_error_regression" in [check.name for check in found[0].checks]


class TestReading:
    def test_of_the_module(self):
        values = read(t0="-2h", interval=120, user_agent="x", query="summary", on_error="continue", timeout=5)
        found = chosen.reading(values, NOW)
        assert found.organization_ids == ["549236"]
        assert found.query == Query("-2h", None, None, 120, (("user_agent", "x"),))
        assert (found.include_intervals, found.expression, found.goes_on) == (True, "summary", True)
        assert (found.connection.api_key, found.connection.timeout, found.connection.prefix) == (KEY, 5.0, "")

    def test_of_the_lookup_with_its_terms(self):
        found = chosen.reading(validated(LOOKUP, {"api_key": KEY, "_terms": ["7", "8"]}, NOW), NOW)
        assert (found.organization_ids, found.goes_on) == (["7", "8"], False)

    @pytest.mark.parametrize(
        ("given", "url"),
        [
            ({}, REGIONS["global"]),
            ({"region": "canada"}, REGIONS["canada"]),
            ({"region": "canada", "base_url": "https://own.example"}, "https://own.example"),
        ],
    )
    def test_where_to(self, given, url):
        assert chosen.reading(read(**given), NOW).connection.base_url == url


class TestLogReading:
    def chosen(self, **given):
        return chosen.log_reading(validated(REQUESTS, {**READ, **given}, NOW), NOW)

    def test_what_is_asked_for(self):
        filters = {"adminId": "7", "path": "/x", "responseCode": 404, "operationIds": "a,b"}
        found = self.chosen(t0="-2h", **filters, perPage=5, startingAfter="s", max_pages=2)
        sent = (("admin_id", "7"), ("path", "/x"), ("response_code", 404), ("operation_ids", ("a", "b")))
        assert found.query == Query("-2h", None, None, None, sent)
        assert found.pages == Pages(5, 2, "s", None)

    def test_the_defaults(self):
        found = self.chosen()
        assert found.query == Query(None, None, None, None, ())
        assert found.pages == Pages(1000, 10, None, None)
        assert (found.expression, found.goes_on, found.organization_ids) == (None, False, ["549236"])

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"per_page": 2}, "per_page: 2 is out of range (3 <= per_page <= 1000)"),
            ({"perPage": 1001}, "perPage: 1001 is out of range (3 <= perPage <= 1000)"),
            ({"max_pages": 0}, "max_pages: 0 is out of range (1 <= max_pages <= 1000)"),
            ({"response_code": 99}, "response_code: 99 is out of range (100 <= response_code <= 999)"),
            ({"method": "get"}, "method: 'get' is not one of DELETE, GET, POST, PUT"),
            ({"version": 2}, "version: 2 is not one of 0, 1"),
            ({"interval": 120}, "unknown option 'interval'"),
            ({"timespan": 60, "t0": "-1h"}, "timespan and t0 are mutually exclusive"),
            ({"t0": "-40d"}, "t0: '-40d' is more than 31 days back"),
            ({"query": "a.["}, "query: 'a.[' is not a JMESPath expression"),
        ],
    )
    def test_what_is_refused(self, given, told):
        with pytest.raises(InvalidInput) as caught:
            self.chosen(**given)
        assert len(caught.value.problems) == 1
        assert caught.value.problems[0].startswith(told)


class TestGate:
    def test_of_the_module(self, tmp_path):
        given = {"wait_minutes": 30, "report_dir": str(tmp_path), "publish": "full", "option_prefix": "health_gate_"}
        found = chosen.gate(judge(**given, reports=["json"], runbook_url="https://wiki.example"), NOW)
        assert found.output == Output(["json"], str(tmp_path), "https://wiki.example", "full")
        assert (found.wait_minutes, found.policy.waits, found.each) == (30, True, False)
        assert chosen.gate(judge(scope="each"), NOW).each
        assert found.policy.prefix == found.connection.prefix == "health_gate_"
        assert (found.organization_ids, found.secrets) == (["549236"], Secrets(frozenset({KEY})))

    def test_of_the_event_source_which_neither_waits_nor_writes(self):
        found = chosen.gate(validated(EVENTS, READ, NOW), NOW)
        assert found.output == Output([], None, None, None)
        assert (found.wait_minutes, found.policy.waits) == (0, False)

    @pytest.mark.parametrize(
        ("given", "publish"),
        [
            ({}, None),
            ({"publish": "none"}, "none"),
            ({"publish": True}, "short"),
            ({"publish": "false"}, "none"),
            ({"option_prefix": "health_gate_"}, "short"),
            ({"option_prefix": "health_gate_", "publish": "full"}, "full"),
            ({"option_prefix": "health_gate_", "publish": False}, "none"),
        ],
    )
    def test_what_travels(self, given, publish):
        assert chosen.gate(judge(**given), NOW).output.publish == publish

    @pytest.mark.parametrize(
        ("given", "naming"),
        [
            ({}, Naming({}, False)),
            ({"organization_ids": ["1", "2"]}, Naming({}, True)),
            ({"organization_names": "always"}, Naming({}, True)),
            ({"organization_ids": ["1", "2"], "organization_names": "never"}, Naming({}, False)),
            ({"organization_ids": ["1", "2"], "organization_names": {"1": "Berlin"}}, Naming({"1": "Berlin"}, False)),
        ],
    )
    def test_where_names_come_from(self, given, naming):
        assert chosen.gate(judge(**given), NOW).naming == naming


class TestListing:
    def test_of_the_inventory(self):
        given = {"names": ["Store *"], "exclude_organization_ids": ["7"]}
        found = chosen.listing(validated(INVENTORY, {"api_key": KEY, **given}, NOW), NOW)
        assert found.selection == Selection(None, ["Store *"], ["7"], None)
        assert (found.connection.api_key, found.secrets) == (KEY, Secrets(frozenset({KEY})))


class TestPolicy:
    def test_of_the_filter_which_knows_no_connection(self):
        found = chosen.policy(validated(VERDICT_FILTER, {"window_minutes": 30}, NOW), NOW)
        assert (found.window_minutes, found.filters, found.prefix, found.waits) == (30, (), "", False)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All options together: by which names, which stand in for others, and every problem at once."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    CHECK,
    DOCTOR,
    HEALTH,
    INVENTORY,
    LOOKUP,
    POLICY_DEFAULTS,
    REPORTS,
    RESPONSE_CODES,
    VERDICT_FILTER,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import secrets_of, validated
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import Secrets
from tests.unit.plugins.module_utils._options.given import (
    BLANKS,
    ERRORS,
    KEY,
    NOW,
    READ,
    judge,
    limits,
    problem,
    read,
)


class TestBlankOptions:
    """AWX sends null or an empty text for a survey question left unanswered."""

    @pytest.mark.parametrize("blank", BLANKS)
    @pytest.mark.parametrize("shape", [RESPONSE_CODES, HEALTH, LOOKUP, VERDICT_FILTER], ids="RHLF")
    def test_as_if_unset(self, shape, blank):
        required = {"api_key": KEY, "organization_ids": ["1"], "_terms": ["1"]}
        required = {name: value for name, value in required.items() if name in shape.options}
        every = {name: required.get(name, blank) for name in shape.options}
        assert validated(shape, every, NOW) == validated(shape, required, NOW)

    @pytest.mark.parametrize("blank", [*BLANKS, []])
    def test_required_is_missing(self, blank):
        assert problem(RESPONSE_CODES, organization_ids=blank) == "organization_ids is required"

    @pytest.mark.parametrize("blank", BLANKS)
    def test_key_is_missing(self, blank):
        text = "api_key is required (or the environment variable MERAKI_DASHBOARD_API_KEY or MERAKI_API_KEY)"
        assert problem(RESPONSE_CODES, api_key=blank) == text

    @pytest.mark.parametrize("blank", BLANKS)
    def test_blank_takes_no_part_in_rules(self, blank):
        assert read(timespan=3600, t0=blank, t1=blank)["timespan"] == 3600
        assert read(t0="-2h", timespan=blank)["t0"] == "-2h"

    def test_blank_beside_its_alias(self):
        assert read(organization_ids="", org_id="7")["organization_ids"] == ["7"]

    def test_empty_filter_is_no_filter(self):
        assert read(operation_ids=[])["operation_ids"] is None

    def test_default_where_there_is_one(self):
        assert read(timeout="  ")["timeout"] == 30.0
        assert judge(settle_seconds="")["settle_seconds"] == 120
        # That of the profile comes later.
        assert judge(min_requests="")["min_requests"] is None
        assert limits(min_requests="")["min_requests"] == POLICY_DEFAULTS["min_requests"]

    def test_false_and_zero_are_no_blanks(self):
        assert read(validate_certs=False, include_intervals="no")["validate_certs"] is False
        assert judge(server_error_warn_percent=0)["server_error_warn_percent"] == 0
        assert judge(settle_seconds=0)["settle_seconds"] == 0


class TestNames:
    @pytest.mark.parametrize(
        ("name", "near"),
        [
            ("timespam", "timespan"),
            ("intervall", "interval"),
            ("organisation_ids", "organization_ids"),
            ("operation_id", "operation_ids"),
        ],
    )
    def test_unknown_with_the_nearest(self, name, near):
        assert problem(RESPONSE_CODES, **{name: 5}) == f"unknown option '{name}' (did you mean {near}?)"

    def test_unknown_without_a_near_one(self):
        assert problem(RESPONSE_CODES, colour="blue") == "unknown option 'colour'"

    def test_blank_unknown_says_nothing(self):
        assert read(colour=None) == read()

    def test_misspelt_threshold(self):
        text = "unknown option 'server_eror_fail_percent' (did you mean server_error_fail_percent?)"
        assert problem(HEALTH, server_eror_fail_percent=5) == text

    @pytest.mark.parametrize(
        ("one", "other"),
        [("organization_ids", "org_id"), ("organizationId", "organizationIds"), ("organization_id", "org_id")],
    )
    def test_two_names_of_one_option(self, one, other):
        with pytest.raises(InvalidInput) as caught:
            validated(RESPONSE_CODES, {"api_key": KEY, one: ["1"], other: ["1"]}, NOW)
        assert caught.value.problems == [f"{one} and {other} are the same option: give one of them"]

    @pytest.mark.parametrize(
        ("alias", "name"),
        [
            ("operationIds", "operation_ids"),
            ("sourceIps", "source_ips"),
            ("adminIds", "admin_ids"),
            ("userAgent", "user_agent"),
        ],
    )
    def test_alias_is_the_option(self, alias, name):
        assert read(**{alias: "x"}) == read(**{name: "x"})

    def test_a_problem_names_what_the_user_wrote(self):
        with pytest.raises(InvalidInput) as caught:
            validated(
                RESPONSE_CODES, {"auth_key": "a b", "organizationId": ["6.46829496481105e+17"], "userAgent": ["x"]}, NOW
            )
        assert [text.split(":")[0] for text in caught.value.problems] == ["userAgent", "auth_key", "organizationId"]


class TestAllAtOnce:
    def test_read(self):
        given = {
            "api_key": "two words",
            "base_url": "http://api.meraki.com/api/v1",
            "region": "mars",
            "timeout": 0,
            "max_wait": "nan",
            "max_attempts": True,
            "requests_per_second": 1000,
            "concurrency": 0,
            "validate_certs": "maybe",
            "ca_path": "/no/such/file.pem",
            "proxy": "proxy.example:3128",
            "caller": "a-b",
            "organizationId": ["1e5"],
            "t1": "soon",
            "timespan": 0,
            "interval": 1,
            "version": 7,
            "operationIds": [""],
            "source_ips": [{}],
            "adminIds": [None],
            "userAgent": [],
            "include_intervals": "perhaps",
            "query": "[",
            "on_error": "ignore",
            "intervall": 1,
        }
        with pytest.raises(InvalidInput) as caught:
            validated(RESPONSE_CODES, given, NOW)
        found = caught.value.problems
        for name in given:
            assert [text for text in found if re.search(rf"(^|'){name}\b", text)], name
        # Those that stand in two rules: timespan, and t1 without t0, beside timespan.
        assert sum(text.startswith("t1") for text in found) == 2
        assert "timespan and t1 are mutually exclusive" in found
        assert len(found) == len(given) + 2
        assert str(caught.value) == f"{len(found)} problems with the options: " + "; ".join(found)

    def test_judge_by_the_names_of_a_wrapper(self):
        given = {
            "api_key": "two words",
            "organization_ids": [""],
            "mode": "dry",
            "window_minutes": 5,
            "max_window_minutes": "long",
            "settle_seconds": -1,
            "gaps": "holes",
            "server_error_warn_percent": 7,
            "server_error_fail_percent": 6,
            "rate_limited_fail_percent": 101,
            "client_error_warn_percent": True,
            "utilization_fail_percent": "nan",
            "min_requests": 0,
            "min_failures": [1],
            "confirm_recent_minutes": 1,
            "on_low_traffic": "maybe",
            "on_no_data": "maybe",
            "rate_limit_rps": 0,
            "ignore_codes": [404, 1000],
            "profile": "fast",
            "planned_requests": -1,
            "planned_minutes": "soon",
            "slo_percent": 100,
            "slo_days": 31,
            "baseline_days": 31,
            "baseline": "/no/such/verdict.json",
            "checks": [5],
            "wait_minutes": -1,
            "report_dir": ["x"],
            "reports": ["pdf"],
            "runbook_url": "wiki",
        }
        variables = ["health_gate_modus"]
        with pytest.raises(InvalidInput) as caught:
            validated(HEALTH, {**given, "option_prefix": "health_gate_", "given_variables": variables}, NOW)
        message = str(caught.value)
        for name in given:
            assert f"health_gate_{name}" in message
            assert not re.search(rf"(?<!health_gate_)\b{name}\b", message), f"{name} is not what the user wrote"
        assert "unknown variable 'health_gate_modus' (did you mean health_gate_mode?)" in message
        assert message.startswith(f"{len(caught.value.problems)} problems")
        # The two server_error thresholds are one problem; the misspelt variable is one more.
        assert len(caught.value.problems) == len(given) - 1 + 1

    def test_one_is_not_counted(self):
        with pytest.raises(InvalidInput, match=r"^interval: 5 is not one of"):
            read(interval=5)


class TestDoubles:
    def test_doubles_are_read_once_in_order(self):
        assert read(organization_ids=["3", "1", "3", "2", "1"])["organization_ids"] == ["3", "1", "2"]
        terms = validated(LOOKUP, {"api_key": KEY, "_terms": ["3", "1", "3"]}, NOW)["_terms"]
        assert terms == ["3", "1"]


class TestKey:
    @pytest.mark.parametrize("given", [f" {KEY} ", f"{KEY}\n", f"\t{KEY}\r\n"])
    def test_outer_whitespace_goes(self, given):
        assert read(api_key=given)["api_key"] == KEY

    def test_source_is_the_option(self):
        assert read()["key_source"] == "api_key"
        assert validated(RESPONSE_CODES, {"meraki_api_key": KEY, "org_id": "1"}, NOW)["key_source"] == "meraki_api_key"
        assert judge(option_prefix="health_gate_")["key_source"] == "health_gate_api_key"

    def test_source_is_the_variable(self, monkeypatch):
        monkeypatch.setenv("MERAKI_API_KEY", KEY)
        found = read(api_key=None)
        assert (found["api_key"], found["key_source"]) == (KEY, "environment variable MERAKI_API_KEY")
        monkeypatch.setenv("MERAKI_DASHBOARD_API_KEY", "first")
        found = read(api_key=None)
        assert (found["api_key"], found["key_source"]) == ("first", "environment variable MERAKI_DASHBOARD_API_KEY")
        assert read()["key_source"] == "api_key"

    def test_may_be_missing_where_it_is_not_needed(self):
        found = validated(DOCTOR, {"option_prefix": "health_gate_"}, NOW)
        assert (found["api_key"], found["key_source"]) == ("", "health_gate_api_key")

    @pytest.mark.parametrize(
        ("given", "source"),
        [
            ({}, "environment variable MERAKI_BASE_URL"),
            ({"meraki_base_url": "https://api.example"}, "meraki_base_url"),
            # Whoever names a region does not mean the address in some environment variable.
            ({"region": "canada"}, "region canada"),
        ],
    )
    def test_source_of_the_address(self, monkeypatch, given, source):
        assert read()["address_source"] == "region global"
        monkeypatch.setenv("MERAKI_BASE_URL", "https://api.example")
        assert read(**given)["address_source"] == source

    @pytest.mark.parametrize("empty", ["", "  ", "\n"])
    def test_empty_variable_falls_through(self, monkeypatch, empty):
        monkeypatch.setenv("MERAKI_DASHBOARD_API_KEY", empty)
        monkeypatch.setenv("MERAKI_API_KEY", KEY)
        found = read(api_key="")
        assert (found["api_key"], found["key_source"]) == (KEY, "environment variable MERAKI_API_KEY")
        monkeypatch.setenv("MERAKI_API_KEY", empty)
        assert problem(RESPONSE_CODES, api_key="").startswith("api_key is required")


def pieces_of(text):
    """Parts of the key in it, which is not made of the same parts twice."""
    unique = "d41d8cd98f00b204e9800998ecf8427e0a1b2c3d"
    return [unique[at : at + 8] for at in range(len(unique) - 7) if unique[at : at + 8] in text]


class TestPastedKey:
    """Somebody pasted the key into another option too."""

    KEY = "d41d8cd98f00b204e9800998ecf8427e0a1b2c3d"

    # Not shown, or only by who takes the secrets out of it first.
    NOT_SHOWN = {"api_key", "proxy", "secrets", "base_url", "ca_path", "report_dir", "names", "exclude_names"}

    def said(self, shape, given):
        """All that may be said of these options."""
        required = {"organization_ids": ["1"], "_terms": ["1"]}
        options = {name: required[name] for name in required if name in shape.options}
        try:
            values = validated(shape, {**options, "api_key": f" {self.KEY}\n", **given}, NOW)
        except InvalidInput as exc:
            return str(exc)
        assert self.KEY in (values["api_key"], values["caller"])
        return repr({name: value for name, value in values.items() if name not in self.NOT_SHOWN})

    @pytest.mark.parametrize(
        ("shape", "padding"), [(HEALTH, "https://wiki.example/"), (HEALTH, "'" + "x" * 45), (INVENTORY, "")]
    )
    def test_in_an_option(self, shape, padding, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        pasted = padding + self.KEY
        for name in {*shape.options, "unknown"} - {"api_key", "proxy"}:
            for given in ({name: pasted}, {name: [pasted], "timeout": -1, pasted: 1}):
                said = self.said(shape, given)
                assert not pieces_of(said), (given, said)

    @pytest.mark.parametrize("padding", ["", "x" * 45])
    def test_in_a_check(self, padding):
        pasted = padding + self.KEY
        for name in {*CHECK, "unknown", pasted}:
            for value in (pasted, [pasted], {"days": pasted}, {pasted: 1}):
                entry = {"metric": "query", "query": "a", name: value}
                for checks in ([entry], json.dumps([entry])):
                    said = self.said(HEALTH, {"checks": checks})
                    assert not pieces_of(said), (name, value, said)

    @pytest.mark.parametrize(
        "text", ["{}", "{}.x", "ftp://wiki.example/a/rather/long/path/before/it/{}", "http://{}@x"]
    )
    def test_in_an_address_of_the_environment(self, text, monkeypatch):
        monkeypatch.setenv("MERAKI_BASE_URL", text.format(self.KEY))
        assert "environment variable MERAKI_BASE_URL" in self.said(HEALTH, {})
        assert not pieces_of(self.said(HEALTH, {}))

    def test_what_is_done_stays_as_it_is(self, tmp_path):
        """Without the key there, another folder, file or organization would be meant."""
        folder = tmp_path / self.KEY
        values = validated(HEALTH, {**READ, "api_key": self.KEY, "report_dir": str(folder)}, NOW)
        assert values["report_dir"] == str(folder)
        values = validated(INVENTORY, {"api_key": self.KEY, "names": [self.KEY], "exclude_names": [self.KEY]}, NOW)
        assert (values["names"], values["exclude_names"]) == ([self.KEY], [self.KEY])

    def test_the_user_hears_of_it(self):
        given = {"user_agent": self.KEY, "caller": self.KEY}
        values = validated(HEALTH, {**READ, "api_key": self.KEY, **given}, NOW)
        assert values["cautions"] == [
            f"{name} contains the API key, shown as ********; remove it from this option"
            for name in ("caller", "user_agent")
        ]
        assert (values["caller"], values["user_agent"]) == ("********", "********")
        assert validated(HEALTH, {**READ, "api_key": self.KEY, "timeout": 5}, NOW)["cautions"] == []

    def test_each_one_that_was_given(self):
        given = {"auth_key": "another-key-of-somebody", "caller": "! another-key-of-somebody"}
        said = self.said(HEALTH, given)
        assert "api_key and auth_key are the same option" in said
        assert "another-key" not in said

    @pytest.mark.parametrize("key", ["1", "pass", "x", "e"])
    def test_a_short_one_garbles_nothing(self, key):
        values = validated(HEALTH, {"api_key": key, "organization_ids": ["1"], "user_agent": "x pass 1"}, NOW)
        assert values["user_agent"] == "x pass 1"
        assert values["secrets"] == Secrets()
        said = problem(HEALTH, api_key=key, window_minutes="x pass 1")
        assert said == "window_minutes: 'x pass 1' is not a whole number"


class TestSecretsOf:
    @pytest.mark.parametrize("unused", ["", " ", "\n", "1", "an-older-key-of-somebody"])
    def test_only_what_is_in_use(self, unused, monkeypatch):
        monkeypatch.setenv("MERAKI_API_KEY", unused)
        assert judge(api_key=f"{KEY}\n")["secrets"].texts == {KEY}
        monkeypatch.setenv("MERAKI_DASHBOARD_API_KEY", f" {KEY}\n")
        assert judge(api_key=" ")["secrets"].texts == {KEY}
        monkeypatch.setenv("MERAKI_DASHBOARD_API_KEY", "an-older-key-of-somebody")
        assert judge()["secrets"].texts == {KEY}

    def test_credentials_in_addresses(self):
        assert judge(proxy="http://proxy.example:3128")["secrets"].texts == {KEY}
        assert "me:pa55word" in judge(proxy="http://me:pa55word@proxy.example:3128")["secrets"].texts
        _key, secrets = secrets_of(HEALTH, {"meraki_base_url": "http://me:pa55word@x", "auth_key": {"token": [KEY]}})
        assert {KEY, "me:pa55word"} <= secrets.texts

    def test_a_shape_without_a_key_has_none(self):
        assert validated(VERDICT_FILTER, {}, NOW)["secrets"] == Secrets()


class TestBaseUrl:
    def test_a_region_that_was_named_is_not_lost_to_the_environment(self, monkeypatch):
        monkeypatch.setenv("MERAKI_BASE_URL", "https://api.meraki.ca/api/v1")
        assert read(region="china")["base_url"] is None
        assert read(region="global")["base_url"] == "https://api.meraki.ca/api/v1"
        assert read(region="china", base_url="https://own.example")["base_url"] == "https://own.example"

    def test_base_url_of_the_environment(self, monkeypatch):
        for name in ("MERAKI_DASHBOARD_URL", "MERAKI_BASE_URL", "MERAKI_DASHBOARD_BASE_URL"):
            monkeypatch.setenv(name, f"https://{name.lower().replace('_', '-')}.example")
            assert read()["base_url"] == f"https://{name.lower().replace('_', '-')}.example"
        monkeypatch.setenv("MERAKI_DASHBOARD_BASE_URL", " ")
        assert read()["base_url"] == "https://meraki-base-url.example"
        assert read(base_url="https://own.example")["base_url"] == "https://own.example"


class TestReports:
    # With a blank after the comma too.
    @pytest.mark.parametrize("given", [["json", "html"], "json,html", "json, html"])
    def test_kinds(self, given, tmp_path):
        assert judge(reports=given, report_dir=str(tmp_path))["reports"] == ["json", "html"]

    @pytest.mark.parametrize("blank", [*BLANKS, []])
    def test_none_without_a_directory_and_all_with_one(self, blank, tmp_path):
        assert judge(reports=blank)["reports"] is None
        assert judge(reports=blank, report_dir=str(tmp_path))["reports"] == REPORTS["reports"]["choices"]


class TestFractions:
    @pytest.mark.parametrize("limit", [0.05, "0.05", 0.0999, 1e-9])
    def test_caution_on_a_fraction(self, limit):
        (caution,) = judge(server_error_fail_percent=limit)["cautions"]
        assert caution.startswith("server_error_fail_percent is ")
        assert "percent, not a fraction of 1" in caution

    @pytest.mark.parametrize(
        ("objective", "caution"), [(0.999, True), ("0.9", True), (0.05, True), (1, False), (99.9, False), (50, False)]
    )
    def test_an_objective_below_1_is_a_fraction_for_certain(self, objective, caution):
        expected = [f"slo_percent is {float(objective):g} percent, not a fraction of 1; is that what you mean?"]
        assert judge(slo_percent=objective)["cautions"] == (expected if caution else [])

    @pytest.mark.parametrize(
        ("entry", "cautioned"),
        [
            ({"metric": "error_percent", "fail": 0.05}, ["fail"]),
            ({"metric": "error_percent", "warn": 0.01, "fail": 0.05}, ["warn", "fail"]),
            ({"metric": "server_error_percent", "warn": 0.05}, ["warn"]),
            ({"name": "server_error_percent", "warn": "0.05"}, ["warn"]),
            ({"metric": "error_percent", "warn": 0, "fail": 0.1}, []),
            # No percents.
            ({"metric": "requests", "fail": 0.05}, []),
            ({"metric": "server_error_regression", "fail": 0.05}, []),
            ({"metric": "query", "query": "summary.rps.max", "fail": 0.05}, []),
        ],
    )
    def test_caution_on_a_fraction_in_a_check(self, entry, cautioned):
        found = judge(checks=[ERRORS | {"name": "first"}, entry], option_prefix="health_gate_")["cautions"]
        assert [text.split(" is ")[0] for text in found] == [f"health_gate_checks[1].{limit}" for limit in cautioned]

    def test_caution_by_the_name_of_a_wrapper(self):
        found = judge(server_error_fail_percent=0.05, server_error_warn_percent=0.01, option_prefix="health_gate_")
        assert [text.split()[0] for text in found["cautions"]] == [
            "health_gate_server_error_fail_percent",
            "health_gate_server_error_warn_percent",
        ]

    @pytest.mark.parametrize("limit", [0, 0.1, 1, 100])
    def test_no_caution(self, limit):
        assert judge()["cautions"] == []
        assert judge(rate_limited_warn_percent=limit, rate_limited_fail_percent=100)["cautions"] == []


class TestWait:
    @pytest.mark.parametrize(("given", "minutes"), [(0, 0), ("0.5", 0.5), (1440, 1440), ("", 0), (None, 0)])
    def test_minutes(self, given, minutes):
        assert judge(wait_minutes=given)["wait_minutes"] == minutes

    @pytest.mark.parametrize("given", [-1, 1441, float("nan"), float("inf")])
    def test_out_of_range(self, given):
        text = f"wait_minutes: {float(given)} is out of range (0 <= wait_minutes <= 1440)"
        assert problem(HEALTH, wait_minutes=given) == text

    def test_a_filter_cannot_wait(self):
        assert problem(VERDICT_FILTER, wait_minutes=30).startswith("unknown option 'wait_minutes'")


class TestFilterShape:
    def test_unknown_keyword(self):
        with pytest.raises(InvalidInput, match=r"did you mean server_error_fail_percent\?"):
            validated(VERDICT_FILTER, {"server_error_fail_precent": 1}, NOW)

    def test_no_connection(self):
        with pytest.raises(InvalidInput, match="unknown option 'api_key'"):
            validated(VERDICT_FILTER, {"api_key": "x"}, NOW)
        assert not {"key_source", "address_source"} & set(validated(VERDICT_FILTER, {}, NOW))


class TestShortTime:
    """In which not every organization can be asked."""

    @pytest.mark.parametrize(
        ("count", "given", "seconds"),
        [
            (1, {"max_wait": 0.1, "requests_per_second": 1}, None),
            (10_000, {}, None),
            (181, {"max_wait": 2}, None),
            (361, {"max_wait": 2}, 4),
            (361, {"max_wait": 36, "requests_per_second": 10}, None),
            (362, {"max_wait": 36, "requests_per_second": 10}, 36),
        ],
    )
    def test_caution(self, count, given, seconds):
        given = {"api_key": "x", "organization_ids": list(map(str, range(count))), **given}
        found = validated(RESPONSE_CODES, given, NOW)["cautions"]
        rate = given.get("requests_per_second", 90)
        expected = (
            f"max_wait {given.get('max_wait')} is too short for {count} organizations: at requests_per_second {rate} "
            f"requesting each once takes {seconds} s"
        )
        assert found == ([expected] if seconds else [])


class TestShortWait:
    """In which a gate that is closed cannot be seen open twice."""

    @pytest.mark.parametrize(
        ("minutes", "given", "apart"),
        [
            (0, {}, None),
            (1, {}, 2),
            (4, {}, 2),
            (4.5, {}, None),
            (60, {"window_minutes": 1500}, 60),
            (121, {"window_minutes": 1500}, None),
        ],
    )
    def test_caution(self, minutes, given, apart):
        expected = (
            f"wait_minutes {minutes:g} is too short for a closed gate to open: that takes two more polls, {apart} "
        )
        found = judge(wait_minutes=minutes, **given)["cautions"]
        assert found == ([f"{expected}minutes apart"] if apart else [])

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule on the options, broken alone and all at once."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    CHECK,
    EVENTS,
    HEALTH,
    INVENTORY,
    LOOKUP,
    POLICY_DEFAULTS,
    PROFILES,
    RANGES,
    RESPONSE_CODES,
    VERDICT_FILTER,
    WRAPPER,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from ansible_collections.apihealth.meraki.plugins.module_utils._options.options import (
    is_blank,
    said_of,
    secrets_of,
    validated,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.junit import junit
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import Secrets
from ansible_collections.apihealth.meraki.plugins.module_utils._text import shown
from tests.unit.plugins.module_utils.made import NOW as JUDGED, judged, rate, verdict

NOW = 1_777_900_000.0  # 2026-05-04T13:06:40Z
DAY = 86400
KEY = "0123456789abcdef0123456789abcdef01234567"
READ = {"api_key": KEY, "organization_ids": ["549236"]}
ERRORS: dict[Any, Any] = {"metric": "error_percent", "fail": 5}
RISE: dict[Any, Any] = {"metric": "server_error_regression"}
LARGE_ID = "646829496481105433"  # as a float it would become ...105408


def problems(shape, **given):
    with pytest.raises(InvalidInput) as caught:
        validated(shape, {**(READ if "api_key" in shape.options else {}), **given}, NOW)
    return caught.value.problems


def problem(shape, **given):
    """The only problem with these options."""
    (only,) = problems(shape, **given)
    return only


def read(**given):
    return validated(RESPONSE_CODES, {**READ, **given}, NOW)


def judge(**given):
    return validated(HEALTH, {**READ, **given}, NOW)


def judge_later(**given):
    """Validated an hour after the verdicts that are made for the tests."""
    return validated(HEALTH, {**READ, **given}, JUDGED + 3600)


BLANKS = [None, "", "  ", "\t\n"]


class TestIsBlank:
    @pytest.mark.parametrize("value", BLANKS)
    def test_says_nothing(self, value):
        assert is_blank(value)

    @pytest.mark.parametrize("value", [0, 0.0, False, [], {}, "0", "x", " x "])
    def test_says_something(self, value):
        assert not is_blank(value)


class TestSaidOf:
    def test_only_blanks_go(self):
        given: dict[str, object] = {"a": None, "b": "", "c": " ", "d": 0, "e": False, "f": [], "g": "x"}
        assert said_of(VERDICT_FILTER, given) == {"d": 0, "e": False, "f": [], "g": "x"}

    def test_blanks_inside_a_check_go_too(self):
        entry = {**ERRORS, "warn": "", "name": None, "required": False, "baseline": {"days": " "}}
        expected = [{**ERRORS, "required": False, "baseline": {}}]
        assert said_of(VERDICT_FILTER, {"checks": [entry]}) == {"checks": expected}
        assert said_of(VERDICT_FILTER, {"checks": json.dumps([entry])}) == {"checks": expected}

    @pytest.mark.parametrize("given", [["x", None, 5], {"a": None}, "[", "[1", "error_percent", '{"a": null}'])
    def test_what_are_no_checks_stays(self, given):
        assert said_of(VERDICT_FILTER, {"checks": given}) == {"checks": given}


class TestNumbersBeyondWholeOnes:
    """Ansible takes 1E999 for a whole number, and stumbles over inf."""

    @pytest.mark.parametrize("number", [float("inf"), float("-inf"), "inf", "-INF", "1E310", "9" * 5000, 10**4200])
    @pytest.mark.parametrize("form", [lambda number: number, lambda number: [number]], ids=["alone", "listed"])
    def test_is_a_problem_with_the_option(self, number, form):
        assert problem(RESPONSE_CODES, max_attempts=form(number)).startswith("max_attempts: ")
        assert problem(HEALTH, ignore_codes=form(number)).startswith("ignore_codes: ")
        days = {"metric": "server_error_regression", "baseline": {"days": form(number)}}
        assert problem(HEALTH, checks=[days]).startswith("checks[0].baseline.days: ")

    def test_a_float_is_out_of_range(self):
        assert problem(RESPONSE_CODES, timeout="1E310") == "timeout: inf is out of range (0 < timeout <= 600)"


class TestNumbersAsText:
    """Python, and so Ansible, takes digits of any script for a number, with underscores between them."""

    ODD = ("1_0", "1_00.5", "\u0663", "\uff11\uff12\uff10", "0x10", "0b1", "1,5", "1 0", "nan", "5 %", "--5", ".")
    NO_LIMIT = (*ODD, "-inf", "infinity")
    NO_COUNT = (*ODD, "1e3", "5.5", "1E2")

    @staticmethod
    def refused(called, text, expected, **given):
        (found,) = problems(HEALTH, **given)
        assert found == f"{called}: {text!r} {expected}"

    @pytest.mark.parametrize("text", NO_LIMIT)
    @pytest.mark.parametrize("option", ["server_error_fail_percent", "timeout", "wait_minutes", "rate_limit_rps"])
    def test_a_limit(self, option, text):
        self.refused(option, text, "is not a number", **{option: text})

    @pytest.mark.parametrize("text", NO_COUNT)
    @pytest.mark.parametrize("option", ["min_requests", "window_minutes", "max_attempts", "baseline_days"])
    def test_a_count(self, option, text):
        self.refused(option, text, "is not a whole number", **{option: text})

    @pytest.mark.parametrize("text", NO_COUNT)
    def test_one_of_a_few(self, text):
        assert problem(HEALTH, version=text) == f"version: {text!r} is not one of 0, 1"

    @pytest.mark.parametrize("text", ["4_04", "\u0664\u0660\u0664", "0x194", "4.04e2"])
    def test_a_list_of_numbers(self, text):
        self.refused("ignore_codes", [text], "is not a list of whole numbers", ignore_codes=text)
        self.refused("ignore_codes", ["403", text], "is not a list of whole numbers", ignore_codes=["403", text])
        self.refused("ignore_codes", ["403", text], "is not a list of whole numbers", ignore_codes=f"403,{text}")

    @pytest.mark.parametrize("text", ODD)
    def test_an_entry_of_checks(self, text):
        entry = {"metric": "error_percent", "fail": text}
        for checks in ([entry], json.dumps([entry])):
            self.refused("checks[0].fail", text, "is not a number", checks=checks)
        entry = {"metric": "error_percent", "fail": 5, "window_minutes": text}
        self.refused("checks[0].window_minutes", text, "is not a whole number", checks=[entry])
        entry = {"metric": "server_error_regression", "baseline": {"days": text}}
        self.refused("checks[0].baseline.days", text, "is not a whole number", checks=[entry])

    @pytest.mark.parametrize("text", ["1_777_888_000", "\u0661777888000"])
    def test_a_time(self, text):
        assert problem(RESPONSE_CODES, t0=text).startswith(f"t0: {text!r} is not a time")

    @pytest.mark.parametrize("text", ["5", " 5 ", "+5", "5.0", "05", "5\n"])
    def test_as_everybody_writes_them(self, text):
        assert judge(server_error_fail_percent=text)["server_error_fail_percent"] == 5.0
        if "." not in text:  # on an older ansible-core that is no whole number
            assert judge(min_requests=text)["min_requests"] == 5

    @pytest.mark.parametrize(
        ("text", "value"), [(".5", 0.5), ("5.", 5.0), ("1e1", 10.0), ("1.5E-2", 0.015), ("-0", 0.0)]
    )
    def test_a_limit_as_computed(self, text, value):
        assert judge(server_error_fail_percent=text)["server_error_fail_percent"] == value


class TestHalfCharacters:
    """Ansible makes them of bytes in another encoding."""

    @pytest.mark.parametrize(
        "option", ["organization_ids", "operation_ids", "user_agent", "base_url", "query", "caller"]
    )
    def test_is_a_problem_with_the_option(self, option):
        assert problem(RESPONSE_CODES, **{option: "a\udcff"}) == f"{option}: 'a\\udcff' holds what is no character"

    def test_of_a_secret_nothing_is_shown(self):
        assert problem(RESPONSE_CODES, api_key="a\udcff") == "api_key: holds what is no character"


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
        assert judge(min_requests="")["min_requests"] == POLICY_DEFAULTS["min_requests"]

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

    def test_misspelt_variable_of_a_wrapper(self):
        given = ["health_gate_window_minutes", "health_gate_min_request"]
        text = "unknown variable 'health_gate_min_request' (did you mean health_gate_min_requests?)"
        assert problem(HEALTH, option_prefix="health_gate_", given_variables=given) == text

    @pytest.mark.parametrize("name", ["health_gate_option_prefix", "health_gate_given_variables", "window_minutes"])
    def test_variables_that_are_no_options(self, name):
        assert name in problem(HEALTH, option_prefix="health_gate_", given_variables=[name])

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


# An option wrong alone: the options given, and what the message says of it.
WRONG = [
    # Numbers
    ({"timespan": 0}, "timespan: 0.0 is out of range (0 < timespan <= 2678400)"),
    ({"timespan": -1}, "timespan: -1.0 is out of range"),
    ({"timespan": 2678400.5}, "timespan: 2678400.5 is out of range"),
    ({"timespan": "nan"}, "timespan: 'nan' is not a number"),
    ({"timespan": float("nan")}, "timespan: nan is out of range"),
    ({"timespan": "inf"}, "timespan: 'inf' is not a number"),
    ({"timespan": float("-inf")}, "timespan: -inf is out of range"),
    ({"timespan": True}, "timespan: True is not a number"),
    ({"timespan": [3600]}, "timespan: [3600] is not a number"),
    ({"timespan": {"hours": 1}}, "timespan: {'hours': 1} is not a number"),
    ({"timespan": "2h"}, "timespan: '2h' is not a number"),
    ({"interval": 7200}, "interval: 7200 is not one of 120, 3600, 14400, 21600"),
    ({"interval": True}, "interval: True is not one of 120, 3600, 14400, 21600"),
    ({"interval": "hourly"}, "interval: 'hourly' is not one of"),
    ({"version": 2}, "version: 2 is not one of 0, 1"),
    ({"version": True}, "version: True is not one of 0, 1"),
    ({"timeout": 0}, "timeout: 0.0 is out of range (0 < timeout <= 600)"),
    ({"timeout": False}, "timeout: False is not a number"),
    ({"timeout": 601}, "timeout: 601.0 is out of range"),
    ({"max_wait": 0}, "max_wait: 0.0 is out of range (0 < max_wait <= 86400)"),
    ({"max_wait": "inf"}, "max_wait: 'inf' is not a number"),
    ({"max_attempts": 0}, "max_attempts: 0 is out of range (1 <= max_attempts <= 100)"),
    ({"max_attempts": True}, "max_attempts: True is not a whole number"),
    ({"max_attempts": "five"}, "max_attempts: 'five' is not a whole number"),
    ({"max_attempts": 2.5}, "max_attempts: 2.5 is not a whole number"),
    ({"requests_per_second": 0}, "requests_per_second: 0.0 is out of range (0 < requests_per_second <= 100)"),
    ({"requests_per_second": 101}, "requests_per_second: 101.0 is out of range"),
    ({"concurrency": 0}, "concurrency: 0 is out of range (1 <= concurrency <= 100)"),
    ({"concurrency": 101}, "concurrency: 101 is out of range"),
    # Texts and switches
    ({"validate_certs": "maybe"}, "validate_certs: 'maybe' is not true or false"),
    ({"include_intervals": 2}, "include_intervals: 2 is not true or false"),
    ({"region": "mars"}, "region: 'mars' is not one of global, canada, china, india, us_gov"),
    ({"on_error": "ignore"}, "on_error: 'ignore' is not one of fail, continue"),
    ({"user_agent": ["x"]}, "user_agent: ['x'] is not text"),
    ({"user_agent": {"x": 1}}, "user_agent: {'x': 1} is not text"),
    ({"user_agent": True}, "user_agent: True is not text"),
    ({"t0": ["-2h"]}, "t0: ['-2h'] is not text"),
    ({"caller": "My-App/1.0"}, "caller: 'My-App/1.0' is not like ApplicationName/1.0 VendorName"),
    ({"caller": "App/1.0 Vendor\r\nX-Evil: 1"}, "caller: 'App/1.0 Vendor\\r\\nX-Evil: 1' is not like"),
    ({"caller": "Äpp/1.0 Vendor"}, "is not like ApplicationName/1.0 VendorName"),
    ({"ca_path": "/no/such/file.pem"}, "ca_path: '/no/such/file.pem' does not exist"),
    # Lists
    ({"organization_ids": ["1", ""]}, "organization_ids: ['1', ''] has an empty entry"),
    ({"organization_ids": ["1", None]}, "organization_ids: ['1', None] has an empty entry"),
    ({"organization_ids": "1,,2"}, "organization_ids: '1,,2' has an empty entry"),
    ({"organization_ids": ["1", "  "]}, "organization_ids: ['1', '  '] has an empty entry"),
    ({"organization_ids": {"a": 1}}, "organization_ids: {'a': 1} is not a list of texts"),
    ({"organization_ids": [["1"]]}, "organization_ids: [['1']] is not a list of texts"),
    ({"organization_ids": [True]}, "organization_ids: [True] is not a list of texts"),
    ({"organization_ids": True}, "organization_ids: True is not a list of texts"),
    ({"operation_ids": [""]}, "operation_ids: [''] has an empty entry"),
    ({"source_ips": [{"ip": 1}]}, "source_ips: [{'ip': 1}] is not a list of texts"),
    # Ids that went through a number
    ({"organization_ids": [float(LARGE_ID)]}, "was read as a number and may have lost digits: quote the id"),
    ({"organization_ids": float(LARGE_ID)}, "'6.468294964811054e+17' was read as a number"),
    ({"organization_ids": ["549236.0"]}, "'549236.0' was read as a number"),
    ({"organization_ids": [".."]}, "organization_ids: '..' is not an organization id"),
    ({"organization_ids": ["5\n6"]}, r"organization_ids: '5\n6' is not an organization id"),
    # The window
    ({"timespan": 3600, "t0": "-2h"}, "timespan and t0 exclude each other"),
    ({"t1": "now"}, "t1 needs t0"),
    ({"t0": "-1h", "t1": "-2h"}, "t1: '-2h' is not after t0"),
    ({"t0": "-1h", "t1": "-1h"}, "t1: '-1h' is not after t0"),
    ({"t0": "-1d", "t1": "2026-06-30T00:00:00Z"}, "t1: '2026-06-30T00:00:00Z' is more than 31 days after t0"),
    ({"t0": "-32d"}, "t0: '-32d' is more than 31 days back"),
    ({"t0": "2026-04-01T00:00:00Z"}, "t0: '2026-04-01T00:00:00Z' is more than 31 days back"),
    ({"t0": "2026-05-05T00:00:00Z"}, "t0: '2026-05-05T00:00:00Z' is not in the past"),
    ({"t0": "now"}, "t0: 'now' is not in the past"),
    ({"t0": "yesterday"}, "t0: 'yesterday' is not a time"),
    ({"t0": "2026-05-04T10:00:00"}, "t0: '2026-05-04T10:00:00' has no time zone"),
    ({"t0": "2026-02-30T10:00:00Z"}, "t0: '2026-02-30T10:00:00Z' is not a time"),
    ({"t0": "-1d", "t1": "later"}, "t1: 'later' is not a time"),
    # JMESPath
    ({"query": "summary.["}, "query: 'summary.[' is not a JMESPath expression"),
    ({"query": "foo(@)"}, "query: JMESPath has no function 'foo'"),
    ({"query": "intervals[?to_nmber(requests) > `1`].{a: length(@)}"}, "query: JMESPath has no function 'to_nmber'"),
    ({"query": "'unclosed"}, "is not a JMESPath expression"),
]  # fmt: skip


class TestWrongAlone:
    @pytest.mark.parametrize(
        ("given", "text"), WRONG, ids=lambda value: str(value)[:60] if isinstance(value, dict) else ""
    )
    def test_one_problem(self, given, text):
        assert text in problem(RESPONSE_CODES, **given)

    @pytest.mark.parametrize("limits", RANGES.items(), ids=lambda item: item[0])
    def test_both_ends_of_every_range(self, limits):
        name, (minimum, maximum, above, below) = limits
        shape = next((one for one in (RESPONSE_CODES, HEALTH, EVENTS) if name in one.options), HEALTH)
        # Wide enough for every end of the other option.
        beside = {
            "confirm_recent_minutes": {"window_minutes": 44640},
            "window_minutes": {"confirm_recent_minutes": 2},
            "planned_minutes": {"planned_requests": 1},
        }
        if name.endswith("_warn_percent"):
            beside[name] = {name.replace("warn", "fail"): maximum}
        # Some are only settings of a check.
        inside = {
            "consecutive": lambda value: {**ERRORS, "over": "consecutive", "consecutive": value},
            "days": lambda value: {"metric": "server_error_regression", "baseline": {"days": value}},
        }.get(name)
        spec = {"type": "int"} if inside else shape.options[name]
        whole = spec["type"] == "int" or spec.get("elements") == "int"
        step = 1 if whole else 0.001

        def given(value):
            value = int(value) if whole else value
            return {**READ, **beside.get(name, {}), **({"checks": [inside(value)]} if inside else {name: value})}

        called = {"consecutive": r"checks\[0\]\.consecutive", "days": r"checks\[0\]\.baseline\.days"}.get(name, name)
        for good in (minimum + step if above else minimum, maximum - step if below else maximum):
            validated(shape, given(good), NOW)
        for bad in (minimum if above else minimum - step, maximum if below else maximum + step):
            with pytest.raises(InvalidInput, match=rf"^{called}: .* is out of range \(.*{called} <=? "):
                validated(shape, given(bad), NOW)


class TestIds:
    @pytest.mark.parametrize("given", ['["549236"]', '["1", "2"]', "'549236'"])
    def test_a_list_given_as_text_is_refused(self, given):
        for found in problems(RESPONSE_CODES, organization_ids=given):
            assert "is a piece of a list that was given as text: give JSON or YAML, such as -e '{" in found

    @pytest.mark.parametrize("given", [["1001,"], ["1001, 1002"], '["1001"', "['1001'", "[1001", "["])
    def test_a_piece_is_named_once(self, given):
        whole = given if isinstance(given, str) else given[0]
        assert problem(RESPONSE_CODES, organization_ids=given) == (
            f"organization_ids: {whole!r} is a piece of a list that was given as text: "
            """give JSON or YAML, such as -e '{"organization_ids": ["1001", "1002"]}'"""
        )

    def test_a_lookup_has_terms(self):
        with pytest.raises(InvalidInput) as caught:
            validated(LOOKUP, {"api_key": KEY, "_terms": ["1001, 1002"]}, NOW)
        assert caught.value.problems == [
            "_terms: '1001, 1002' is a piece of a list that was given as text: give each id as a term of its own"
        ]


class TestCutOnTheCommandLine:
    """Ansible takes NAME=VALUE up to the first blank only, and says nothing of the rest."""

    @pytest.mark.parametrize("given", ["1001,", "1001,1002,", '["1001",', "['1001',", "[1001,", "1001, 1002, "])
    def test_ids(self, given):
        role = {"option_prefix": "health_gate_", "organization_ids": given}
        assert problem(HEALTH, **role) == (
            f"health_gate_organization_ids: {given!r} ends with a comma: "
            "after -e, Ansible takes a value up to its first blank only. "
            """Write -e '{"health_gate_organization_ids": ["1001", "1002"]}'"""
        )

    @pytest.mark.parametrize("option", ["ignore_codes", "operation_ids", "source_ips", "admin_ids", "reports"])
    def test_other_lists(self, option):
        found = problem(HEALTH, report_dir=".", **{option: "404,"})
        assert found == (
            f"{option}: '404,' ends with a comma: after -e, Ansible takes a value up to its first blank only. "
            f"""Write -e '{{"{option}": [...]}}'"""
        )

    @pytest.mark.parametrize("given", ['[{"metric":', "[", '[{"metric":"requests",', '[{"metric":"requests"}'])
    def test_checks(self, given):
        assert problem(HEALTH, checks=given) == (
            f"checks: {given!r} breaks off: after -e, Ansible takes a value up to its first blank only. "
            """Write -e '{"checks": [...]}'"""
        )

    def test_what_does_not_break_off_is_simply_no_json(self):
        assert problem(HEALTH, checks="[{]") == "checks: '[{]' is not JSON"

    def test_a_pattern_may_begin_with_a_bracket(self):
        assert validated(INVENTORY, {"api_key": KEY, "names": "[Ee]xample*"}, NOW)["names"] == ["[Ee]xample*"]


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
        assert "timespan and t1 exclude each other" in found
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


class TestAccepted:
    @pytest.mark.parametrize("given", [["1", "2"], "1,2", " 1 , 2 ", [1, 2], ["1", "2", "1"], ["1 ", "2"]])
    def test_organization_ids(self, given):
        assert read(organization_ids=given)["organization_ids"] == ["1", "2"]

    def test_large_ids_keep_their_digits(self):
        assert read(organization_ids=[int(LARGE_ID)])["organization_ids"] == [LARGE_ID]
        assert read(organization_ids=LARGE_ID)["organization_ids"] == [LARGE_ID]

    def test_doubles_are_read_once_in_order(self):
        assert read(organization_ids=["3", "1", "3", "2", "1"])["organization_ids"] == ["3", "1", "2"]
        terms = validated(LOOKUP, {"api_key": KEY, "_terms": ["3", "1", "3"]}, NOW)["_terms"]
        assert terms == ["3", "1"]

    @pytest.mark.parametrize("given", ["120", 120, " 120 ".strip()])
    def test_numbers_as_text(self, given):
        assert read(interval=given)["interval"] == 120

    @pytest.mark.parametrize("given", [[404, 403], "404,403", ["404", 403]])
    def test_codes(self, given):
        assert judge(ignore_codes=given)["ignore_codes"] == [404, 403]

    @pytest.mark.parametrize(
        "t0",
        [
            "-2h",
            "now-2h",
            "2026-05-04 11:06:40+00:00",
            "2026-05-04T13:06:40+02:00",
            1777892800,
            1777892800.0,
            "1777892800",
        ],
    )
    def test_times(self, t0):
        assert read(t0=t0)["t0"] == str(t0)

    def test_a_time_that_yaml_or_jinja_made(self):
        moment = datetime(2026, 5, 4, 11, 6, 40, tzinfo=timezone.utc)
        given = {"api_key": KEY, "_terms": ["1"], "t0": moment}
        assert validated(LOOKUP, given, NOW)["t0"] == "2026-05-04 11:06:40+00:00"

    def test_exactly_31_days(self):
        assert read(t0="-31d")["t0"] == "-31d"
        assert read(t0="-31d", t1="now")["t1"] == "now"
        assert read(timespan=2678400)["timespan"] == 2678400

    @pytest.mark.parametrize(
        "expression",
        [
            "summary.percent",
            "intervals[0:2]",
            "intervals[::-1].by_code",
            "intervals[?by_class.server_error > `0`].start_ts | [0]",
            "{id: organization_id, top: max_by(intervals, &requests).start_ts, n: length(intervals)}",
            "sort_by(intervals[?requests > `5` && !partial], &requests)[-1]",
            "not_null(summary.rps.max, `0`)",
        ],
    )
    def test_expressions(self, expression):
        assert read(query=expression)["query"] == expression


class TestKey:
    @pytest.mark.parametrize("given", [f" {KEY} ", f"{KEY}\n", f"\t{KEY}\r\n"])
    def test_outer_whitespace_goes(self, given):
        assert read(api_key=given)["api_key"] == KEY

    @pytest.mark.parametrize(
        "given",
        [
            "Bearer aaaabbbb",
            "aaaa bbbb",
            "aaaa\nbbbb",
            "aaaa\r\nX: bbbb",
            "aaaa\tbbbb",
            "aaaa\x00bbbb",
            "aaaa\x7fbbbb",
            "aaaaäbbbb",
            "aaaa\u200bbbbb",
            "\ufeffaaaabbbb",
        ],
    )
    def test_refused_without_a_part_of_it(self, given, monkeypatch):
        text = problem(RESPONSE_CODES, api_key=given)
        assert text.startswith("api_key: holds a space, a control or a non-ASCII character")
        assert "aaaa" not in text
        assert "bbbb" not in text
        monkeypatch.setenv("MERAKI_API_KEY", given.replace("\x00", "\x01"))
        assert problem(RESPONSE_CODES, api_key=None) == text.replace("api_key", "environment variable MERAKI_API_KEY")

    @pytest.mark.parametrize("given", [["aaaabbbb"], {"key": "aaaabbbb"}, True])
    def test_not_text(self, given):
        assert problem(RESPONSE_CODES, api_key=given) == "api_key: is not text"

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


class TestUrls:
    @pytest.mark.parametrize(
        "given",
        [
            "https://api.meraki.com/api/v1",
            "https://api.meraki.com",
            "https://api.meraki.com:8443/api/v1/",
            " https://api.meraki.com/api/v1 ",
            "http://127.0.0.1:8080/api/v1",
            "http://127.9.9.9",
            "http://localhost:8080",
            "http://[::1]:8080/api/v1",
            "HTTPS://API.MERAKI.COM",
        ],
    )
    def test_base_url(self, given):
        assert read(base_url=given)["base_url"] == given

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ("http://api.meraki.com/api/v1", "would send the key in clear text: use https"),
            ("http://127.0.0.1.evil.example", "would send the key in clear text"),
            ("http://localhost.evil.example", "would send the key in clear text"),
            ("http://128.0.0.1", "would send the key in clear text"),
            ("http://0.0.0.0", "would send the key in clear text"),
            ("ftp://api.meraki.com", "is not a URL like https://api.meraki.com/api/v1"),
            ("api.meraki.com/api/v1", "is not a URL like"),
            ("https://", "is not a URL like"),
            ("https://api.meraki.com:port", "is not a URL"),
            ("https://api.meraki.com:0", "is not a URL like"),
            ("https://[api", "is not a URL"),
            ("https://api.meraki.com/api/v1?a=b", "must be only scheme, host and path"),
            ("https://api.meraki.com/#x", "must be only scheme, host and path"),
            ("https://api.meraki.com/a b", "must be only scheme, host and path"),
            ("https://evil.example\\.meraki.com", "must be only scheme, host and path"),
        ],
    )
    def test_base_url_refused(self, given, text, monkeypatch):
        assert text in problem(RESPONSE_CODES, base_url=given)
        monkeypatch.setenv("MERAKI_DASHBOARD_URL", given)
        assert text in problem(RESPONSE_CODES)

    @pytest.mark.parametrize(
        "given",
        [
            "https://user:secret@api.meraki.com",
            "https://secret@api.meraki.com",
            "user:secret@api.meraki.com/api",
            "http://user:12/secret@api.meraki.com",
        ],
    )
    def test_credentials_in_the_base_url_are_not_shown(self, given):
        assert problem(RESPONSE_CODES, base_url=given) == "base_url: must not hold a user name or password"

    def test_a_region_that_was_named_is_not_lost_to_the_environment(self, monkeypatch):
        monkeypatch.setenv("MERAKI_BASE_URL", "https://api.meraki.ca/api/v1")
        assert read(region="china")["base_url"] is None
        assert read(region="global")["base_url"] == "https://api.meraki.ca/api/v1"
        assert read(region="china", base_url="https://own.example")["base_url"] == "https://own.example"

    def test_a_wrong_base_url_of_the_environment_is_called_so(self, monkeypatch):
        monkeypatch.setenv("MERAKI_DASHBOARD_URL", "api.meraki.com")
        found = problem(RESPONSE_CODES)
        assert found.startswith("environment variable MERAKI_DASHBOARD_URL: 'api.meraki.com' is not a URL")

    def test_base_url_of_the_environment(self, monkeypatch):
        for name in ("MERAKI_DASHBOARD_URL", "MERAKI_BASE_URL", "MERAKI_DASHBOARD_BASE_URL"):
            monkeypatch.setenv(name, f"https://{name.lower().replace('_', '-')}.example")
            assert read()["base_url"] == f"https://{name.lower().replace('_', '-')}.example"
        monkeypatch.setenv("MERAKI_DASHBOARD_BASE_URL", " ")
        assert read()["base_url"] == "https://meraki-base-url.example"
        assert read(base_url="https://own.example")["base_url"] == "https://own.example"

    @pytest.mark.parametrize("given", ["http://proxy.example:3128", "https://user:p%40ss@proxy.example:3128"])
    def test_proxy(self, given):
        assert read(proxy=given)["proxy"] == given

    @pytest.mark.parametrize(
        "given",
        [
            "proxy.example:3128",
            "user:secret@proxy.example:3128",
            "socks5://u:secret@proxy.example",
            "http://u:secret@proxy.example:port",
            "http://u:secret@",
            "http://u:secret@[x",
            ["http://u:secret@h"],
        ],
    )
    def test_proxy_is_never_shown(self, given):
        text = problem(RESPONSE_CODES, proxy=given)
        assert text.startswith("proxy: is not")
        assert "secret" not in text


class TestThresholds:
    @pytest.mark.parametrize("kind", ["server_error", "rate_limited", "client_error", "utilization"])
    def test_fail_below_warn(self, kind):
        warn, fail = f"{kind}_warn_percent", f"{kind}_fail_percent"
        assert problem(HEALTH, **{warn: 3, fail: 2.5}) == f"{warn} 3 is above {fail} 2.5"
        assert judge(**{warn: 3, fail: 3})[fail] == 3

    def test_only_fail_given_below_the_default_warn(self):
        found = judge(server_error_fail_percent=0.5)
        assert (found["server_error_warn_percent"], found["server_error_fail_percent"]) == (0.5, 0.5)

    def test_only_fail_given_above_the_default_warn(self):
        found = judge(server_error_fail_percent=3)
        assert (found["server_error_warn_percent"], found["server_error_fail_percent"]) == (1, 3)

    def test_only_warn_given_above_the_default_fail(self):
        text = "server_error_warn_percent 7 is above server_error_fail_percent 5 (its default)"
        assert problem(HEALTH, server_error_warn_percent=7) == text

    def test_warn_alone_where_nothing_fails_by_default(self):
        found = judge(client_error_warn_percent=90)
        assert (found["client_error_warn_percent"], found["client_error_fail_percent"]) == (90, None)

    def test_a_refused_limit_takes_no_part(self):
        texts = problems(HEALTH, server_error_warn_percent=7, server_error_fail_percent="x")
        assert "server_error_fail_percent: 'x' is not a number" in texts

    def test_defaults(self):
        found = judge()
        assert {name: found[name] for name in POLICY_DEFAULTS} == POLICY_DEFAULTS
        assert found["cautions"] == []

    def test_recent_longer_than_the_window(self):
        text = "confirm_recent_minutes 61 is longer than window_minutes 60"
        assert problem(HEALTH, confirm_recent_minutes=61) == text

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
        assert judge(rate_limited_warn_percent=limit, rate_limited_fail_percent=100)["cautions"] == []


def planned(name="error_percent", **given):
    """The check of this name, as the policy has it."""
    (found,) = [check for check in judge(**given)["plan"] if check.name == name]
    return found


# The options beside that a metric needs.
SLO = {"slo_percent": 99.9}
PLANNED = {"planned_requests": 3000, "planned_minutes": 5}
# One entry of `checks` that is wrong alone: the entry, the options beside it, and the whole problem.
WRONG_CHECKS: list[tuple[Any, dict[str, Any], str]] = [
    # Names
    ({**ERRORS, "fial": 5}, {}, "[0]: unknown key 'fial' (did you mean fail?)"),
    ({**ERRORS, "window": 5}, {}, "[0]: unknown key 'window'"),
    ({**ERRORS, "ignore_codes": [404]}, {}, "[0]: unknown key 'ignore_codes'"),
    ({**ERRORS, "version": 1}, {}, "[0]: unknown key 'version'"),
    ({**ERRORS, "userAgents": "x"}, {}, "[0]: unknown key 'userAgents' (did you mean userAgent?)"),
    ({**ERRORS, 5: "x"}, {}, "[0]: unknown key '5'"),
    (
        {**ERRORS, "userAgent": "x", "user_agent": "y"},
        {},
        "[0].user_agent is the same key as another: give one of them",
    ),
    ({**RISE, "baseline": {"dayz": 3}}, {}, "[0].baseline: unknown key 'dayz' (did you mean days?)"),
    (
        {"metric": "eror_percent", "fail": 5},
        {},
        f"[0].metric: 'eror_percent' is not one of {', '.join(METRICS)} (did you mean error_percent?)",
    ),
    ({"metric": ["error_percent"], "fail": 5}, {}, f"[0].metric: ['error_percent'] is not one of {', '.join(METRICS)}"),
    ({}, {}, "[0]: metric is missing"),
    ({"fail": 5}, {}, "[0]: metric is missing"),
    ({"name": "", "metric": None, "fail": 5}, {}, "[0]: metric is missing"),
    ({"name": "errors", "fail": 5}, {}, "[0]: 'errors' is no metric: name one as metric"),
    ({**ERRORS, "name": "x" * 101}, {}, "[0].name: must be one line of at most 100 characters"),
    ({**ERRORS, "name": "a\nb"}, {}, "[0].name: must be one line of at most 100 characters"),
    ({**ERRORS, "action": "x" * 301}, {}, "[0].action: must be one line of at most 300 characters"),
    ({**ERRORS, "action": "call\x1b[31m"}, {}, "[0].action: must be one line of at most 300 characters"),
    # Types and ranges
    (5, {}, "[0]: 5 is not a check, such as {metric: error_percent, fail: 5}"),
    (None, {}, "[0]: None is not a check, such as {metric: error_percent, fail: 5}"),
    ("error_percent", {}, "[0]: 'error_percent' is not a check, such as {metric: error_percent, fail: 5}"),
    (["fail"], {}, "[0]: ['fail'] is not a check, such as {metric: error_percent, fail: 5}"),
    ({**ERRORS, "fail": "five"}, {}, "[0].fail: 'five' is not a number"),
    ({**ERRORS, "fail": True}, {}, "[0].fail: True is not a number"),
    ({**ERRORS, "fail": "nan"}, {}, "[0].fail: 'nan' is not a number"),
    ({**ERRORS, "fail": 101}, {}, "[0].fail: 101 is out of range (0 <= fail <= 100)"),
    ({**ERRORS, "warn": -1}, {}, "[0].warn: -1 is out of range (0 <= warn <= 100)"),
    ({"metric": "requests", "fail": -1}, {}, "[0].fail: -1 is out of range (0 <= fail <= 1e+15)"),
    ({"metric": "burn_rate", "warn": -1}, SLO, "[0].warn: -1 is out of range (0 <= warn <= 1000000000)"),
    (
        {"metric": "error_budget_remaining_percent", "warn": 101},
        SLO,
        "[0].warn: 101 is out of range (-1000000000 <= warn <= 100)",
    ),
    (
        {"metric": "rate_limit_utilization_percent", "fail": 1001},
        {},
        "[0].fail: 1001 is out of range (0 <= fail <= 1000)",
    ),
    (
        {**ERRORS, "window_minutes": 9},
        {},
        "[0].window_minutes: 9 is out of range (10 <= checks[0].window_minutes <= 44640)",
    ),
    (
        {**ERRORS, "min_requests": 0},
        {},
        "[0].min_requests: 0 is out of range (1 <= checks[0].min_requests <= 1000000000)",
    ),
    ({**ERRORS, "min_failures": 2.5}, {}, "[0].min_failures: 2.5 is not a whole number"),
    ({**ERRORS, "required": "maybe"}, {}, "[0].required: 'maybe' is not true or false"),
    ({**ERRORS, "on_low_traffic": "maybe"}, {}, "[0].on_low_traffic: 'maybe' is not one of pass, warn, fail"),
    ({**ERRORS, "over": "always"}, {}, "[0].over: 'always' is not one of window, worst_interval, consecutive"),
    ({**ERRORS, "source_ips": ["", None]}, {}, "[0].source_ips: ['', None] has an empty entry"),
    ({**RISE, "baseline": 7}, {}, "[0].baseline: 7 is not like {days: 7}"),
    (
        {**RISE, "baseline": {"days": 31}},
        {},
        "[0].baseline.days: 31 is out of range (1 <= checks[0].baseline.days <= 30)",
    ),
    # Limits
    (
        {"metric": "error_percent"},
        {},
        "[0]: set warn or fail, the metric error_percent has no limits of its own",
    ),
    ({"metric": "success_percent"}, {}, "[0]: set warn or fail, the metric success_percent has no limits of its own"),
    ({"metric": "requests"}, {}, "[0]: set warn or fail, the metric requests has no limits of its own"),
    (
        {"metric": "query", "query": "summary.requests"},
        {},
        "[0]: set warn or fail, the metric query has no limits of its own",
    ),
    # What replaces the check of a metric has to be one of this metric, and of the same requests.
    (
        {"name": "server_error_percent", "metric": "error_percent", "fail": 5},
        {},
        "[0].name: server_error_percent is another metric",
    ),
    (
        {"metric": "server_error_percent", "user_agent": "BackupTool"},
        {},
        "[0]: with a filter it needs a name of its own, since server_error_percent counts everybody's requests",
    ),
    ({**ERRORS, "warn": 6}, {}, "[0].warn 6 is above fail 5"),
    ({"metric": "success_percent", "warn": 90, "fail": 95}, {}, "[0].warn 90 is below fail 95"),
    ({"metric": "requests", "warn": 5, "fail": 10}, {}, "[0].warn 5 is below fail 10"),
    (
        {"metric": "error_budget_remaining_percent", "warn": -5},
        SLO,
        "[0].warn -5 is below fail 0 (its default)",
    ),
    ({"metric": "burn_rate", "warn": 20}, SLO, "[0].warn 20 is above fail 14.4 (its default)"),
    ({**RISE, "warn": 2}, {}, "[0].warn 2 is above fail 1 (its default)"),
    ({"name": "server_error_percent", "warn": 6}, {}, "[0].warn 6 is above fail 5 (its default)"),
    ({"name": "server_error_percent", "warn": 2}, {"profile": "strict"}, "[0].warn 2 is above fail 1 (its default)"),
    (
        {"metric": "query", "query": "summary.requests", "worse": "down", "warn": 5, "fail": 10},
        {},
        "[0].warn 5 is below fail 10",
    ),
    ({"metric": "query", "query": "summary.requests", "warn": 10, "fail": 5}, {}, "[0].warn 10 is above fail 5"),
    # Settings that the metric does not know
    ({**ERRORS, "query": "summary.requests"}, {}, "[0].query: the metric error_percent has none"),
    ({**ERRORS, "worse": "down"}, {}, "[0].worse: the metric error_percent has none"),
    ({**ERRORS, "baseline": {"days": 3}}, {}, "[0].baseline: the metric error_percent has none"),
    ({"metric": "requests", "fail": 1, "over": "window"}, {}, "[0].over: the metric requests has none"),
    ({"metric": "requests", "fail": 1, "min_requests": 5}, {}, "[0].min_requests: the metric requests has none"),
    ({**RISE, "over": "worst_interval"}, {}, "[0].over: the metric server_error_regression has none"),
    (
        {"metric": "rate_limit_utilization_percent", "on_low_traffic": "pass"},
        {},
        "[0].on_low_traffic: the metric rate_limit_utilization_percent has none",
    ),
    (
        {"metric": "projected_utilization_percent", "min_failures": 3},
        PLANNED,
        "[0].min_failures: the metric projected_utilization_percent has none",
    ),
    ({"metric": "burn_rate", "window_minutes": 60}, SLO, "[0].window_minutes: the metric burn_rate has none"),
    (
        {"metric": "error_budget_remaining_percent", "window_minutes": 60},
        SLO,
        "[0].window_minutes: the metric error_budget_remaining_percent has none",
    ),
    ({**ERRORS, "consecutive": 3}, {}, "[0].consecutive needs over: consecutive"),
    ({**ERRORS, "over": "window", "consecutive": 3}, {}, "[0].consecutive needs over: consecutive"),
    ({**ERRORS, "over": "worst_interval", "consecutive": 3}, {}, "[0].consecutive needs over: consecutive"),
    (
        {**ERRORS, "over": "consecutive", "consecutive": 1},
        {},
        "[0].consecutive: 1 is out of range (2 <= checks[0].consecutive <= 1000)",
    ),
    # What has to be set elsewhere
    (
        {"metric": "query", "fail": 1},
        {},
        "[0].query is required: a JMESPath expression that gives a number",
    ),
    (
        {"metric": "query", "fail": 1, "query": "summary.["},
        {},
        "[0].query: 'summary.[' is not a JMESPath expression (Invalid jmespath expression: Incomplete expression)",
    ),
    ({"metric": "query", "fail": 1, "query": "summ(@)"}, {}, "[0].query: JMESPath has no function 'summ'"),
    ({"metric": "burn_rate"}, {}, "[0]: burn_rate needs slo_percent"),
    (
        {"metric": "error_budget_remaining_percent"},
        {},
        "[0]: error_budget_remaining_percent needs slo_percent",
    ),
    (
        {"metric": "projected_utilization_percent"},
        {},
        "[0]: projected_utilization_percent needs planned_requests and planned_minutes",
    ),
    (
        {"metric": "projected_utilization_percent"},
        {"planned_requests": 3000},
        "[0]: projected_utilization_percent needs planned_requests and planned_minutes",
    ),
    (
        {**ERRORS, "window_minutes": 10},
        {"confirm_recent_minutes": 11},
        "confirm_recent_minutes 11 is longer than checks[0].window_minutes 10",
    ),
]


def called(text, prefix=""):
    """The problem as it names the entry: those that begin with its position begin with the option."""
    return f"{prefix}checks{text}" if text.startswith("[") else f"{prefix}{text}"


class TestChecks:
    @pytest.mark.parametrize(
        ("entry", "beside", "text"), WRONG_CHECKS, ids=lambda value: "" if isinstance(value, str) else str(value)[:60]
    )
    def test_one_problem(self, entry, beside, text):
        assert problem(HEALTH, checks=[entry], **beside) == called(text)
        assert problem(VERDICT_FILTER, checks=[entry], **beside) == called(text)

    @pytest.mark.parametrize(("entry", "beside", "text"), WRONG_CHECKS, ids=lambda value: "")
    def test_counted_as_the_user_does_and_by_the_names_of_a_wrapper(self, entry, beside, text):
        fine = [{**ERRORS, "name": f"fine {i}"} for i in range(2)]
        found = problem(HEALTH, checks=[*fine, entry], option_prefix="health_gate_", **beside)
        for name in ("checks", "slo_percent", "planned_requests", "planned_minutes"):
            text = re.sub(rf"\b{name}\b", f"health_gate_{name}", text)
        assert found == called(text, "health_gate_").replace("[0]", "[2]").replace("gate_health_gate_", "gate_")

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ("error_percent", "checks: 'error_percent' is not a list of checks"),
            ('{"metric": "error_percent"}', 'checks: \'{"metric": "error_percent"}\' is not a list of checks'),
            ('[{"metric": error_percent}]', "checks: '[{\"metric\": error_percent}]' is not JSON"),
            ("[metric: error_percent]", "checks: '[metric: error_percent]' is not JSON"),
            ({"metric": "error_percent"}, "checks: {'metric': 'error_percent'} is not a list of checks"),
            (5, "checks: 5 is not a list of checks"),
            (True, "checks: True is not a list of checks"),
            ("[5]", "checks[0]: 5 is not a check, such as {metric: error_percent, fail: 5}"),
            ('[{"metric": "error_percent", "fail": 101}]', "checks[0].fail: 101 is out of range (0 <= fail <= 100)"),
        ],
    )
    def test_no_list(self, given, text):
        assert problem(HEALTH, checks=given) == text

    @pytest.mark.parametrize("given", [[], "[]", " [ ] ", (), *BLANKS])
    def test_none(self, given):
        assert judge(checks=given)["plan"] == judge()["plan"]

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
        assert judge(checks=[entry])["plan"] == judge(checks=[ERRORS])["plan"]
        rise = {**RISE, "baseline": {"days": blank}}
        assert judge(checks=[rise])["plan"] == judge(checks=[RISE])["plan"]

    @pytest.mark.parametrize(
        ("first", "second", "name"),
        [
            (ERRORS, ERRORS, "error_percent"),
            (ERRORS, {**ERRORS, "name": "error_percent"}, "error_percent"),
            ({**ERRORS, "name": "mine"}, {"name": "mine", "metric": "requests", "fail": 1}, "mine"),
            ({"name": "error_percent", "fail": 5}, ERRORS, "error_percent"),
        ],
    )
    def test_a_name_that_is_taken(self, first, second, name):
        other = {**ERRORS, "name": "other"}
        assert problem(HEALTH, checks=[first, other, second], option_prefix="health_gate_") == (
            f"health_gate_checks[2]: the name {name!r} is taken by health_gate_checks[0]"
        )

    def test_two_of_a_metric_by_two_names(self):
        entries = [{**ERRORS, "name": "all"}, {**ERRORS, "name": "backup", "user_agent": "BackupTool"}]
        assert [check.name for check in judge(checks=entries)["plan"][-2:]] == ["all", "backup"]

    def test_everything_in_one_message(self):
        entries = [
            {"metric": "eror_percent"},
            ERRORS,
            {**ERRORS, "fial": 1, "over": "always"},
            5,
            {"name": "late", "metric": "success_percent", "warn": 90, "fail": 95, "consecutive": 3},
            {"metric": "query", "query": "["},
            ERRORS,
        ]
        found = problems(HEALTH, checks=entries, option_prefix="health_gate_", reports=["json"], wait_minutes=-1)
        expected = [
            r"\[0\]\.metric: 'eror_percent' is not one of ",
            r"\[2\]: unknown key 'fial' \(did you mean fail\?\)",
            r"\[2\]\.over: 'always' is not one of ",
            r"\[3\]: 5 is not a check",
            r"\[4\]\.consecutive needs over: consecutive",
            r"\[4\]\.warn 90 is below fail 95",
            r"\[5\]: set warn or fail",
            r"\[5\]\.query: '\[' is not a JMESPath expression",
            r"\[6\]: the name 'error_percent' is taken by health_gate_checks\[1\]",
        ]
        for pattern in expected:
            assert [text for text in found if re.match(rf"health_gate_checks{pattern}", text)], pattern
        assert len(found) == len(expected) + 2
        assert any(text.startswith("health_gate_wait_minutes: -1.0 is out of range") for text in found)
        assert "health_gate_reports needs health_gate_report_dir" in found

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


class TestNamesOfChecks:
    """Two names that a report shows as one are one: of a JUnit case only the latter would be seen."""

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("backup tool", "backup tool "),
            ("backup tool", " backup tool"),
            ("backup tool", "backup  tool"),
            ("backup tool", "Backup Tool"),
            ("backup tool", "backup\u00a0tool"),
            ("STRASSE", "straße"),
            ("a\u200bb", "a\u202eb"),
        ],
    )
    def test_alike(self, one, other):
        entries = [{"name": name, "metric": "error_percent", "fail": 5} for name in ("mine", one, other)]
        assert problem(HEALTH, checks=entries) == (
            f"checks[2]: the names {other!r} and {one!r} (checks[1]) differ only in blanks, case or invisible "
            "characters: reports show them as one"
        )

    @pytest.mark.parametrize("name", ["Server_Error_Percent", "server_error_percent ", "BURN_RATE"])
    def test_like_a_metric(self, name):
        standard = name.strip().lower()
        assert problem(HEALTH, checks=[{"name": name, "metric": "error_percent", "fail": 5}]) == (
            f"checks[0]: the names {name!r} and {standard!r} (a metric) differ only in blanks, case or invisible "
            "characters: reports show them as one"
        )

    def test_others_are_two(self):
        names = ["a b", "ab", "a-b", "a_b", "a.b", "ä b", "\u0430 b"]
        judge(checks=[{"name": name, "metric": "error_percent", "fail": 5} for name in names])

    def test_each_is_a_case_of_its_own(self):
        """Whatever passes here stays apart in JUnit."""
        names = ["a b", "ab", "é", "è", "x", "y\u200b"]
        given = {"checks": [{"name": name, "metric": "error_percent", "fail": 5} for name in names]}
        cases = ET.fromstring(junit(verdict([judged(rate(0, 900), **given)], **given))).findall(".//testcase")
        assert len({case.get("name") for case in cases}) == len(cases) == len(names) + 4


class TestProfiles:
    def test_names(self):
        assert list(PROFILES) == HEALTH.options["profile"]["choices"]
        assert HEALTH.options["profile"]["default"] == "standard"

    @pytest.mark.parametrize("profile", PROFILES)
    def test_what_is_unset_is_the_profiles(self, profile):
        found = judge(profile=profile)
        assert {name: found[name] for name in POLICY_DEFAULTS} == PROFILES[profile]

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
        assert judge(profile="strict", **{name: blank})[name] == PROFILES["strict"][name]

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
        by_scalar = judge(profile=profile, server_error_fail_percent=fail)
        assert (by_scalar["server_error_warn_percent"], by_scalar["server_error_fail_percent"]) == expected
        check = planned("server_error_percent", profile=profile, server_error_fail_percent=fail)
        assert (check.warn, check.fail) == expected
        check = planned(
            "server_error_percent", profile=profile, checks=[{"name": "server_error_percent", "fail": fail}]
        )
        assert (check.warn, check.fail) == expected

    def test_a_warn_limit_beyond_the_profiles_fail_limit(self):
        text = "server_error_warn_percent 3 is above server_error_fail_percent 1 (its default)"
        assert problem(HEALTH, profile="strict", server_error_warn_percent=3) == text
        assert judge(profile="relaxed", server_error_warn_percent=7)["server_error_warn_percent"] == 7

    def test_a_profile_that_is_none_is_the_only_problem(self):
        text = "profile: 'strickt' is not one of standard, relaxed, strict (did you mean strict?)"
        assert problem(HEALTH, profile="strickt") == text

    def test_filters_of_an_entry_before_those_of_the_policy(self):
        given = {"user_agent": "Everything", "admin_ids": ["1"]}
        own = planned(checks=[{**ERRORS, "user_agent": "BackupTool"}], **given)
        assert dict(own.filters) == {"user_agent": "BackupTool", "admin_ids": ("1",)}
        assert dict(planned(checks=[ERRORS], **given).filters) == {"user_agent": "Everything", "admin_ids": ("1",)}
        metric = "rate_limit_utilization_percent"
        assert dict(planned(metric, **given).filters) == {}
        entry = {"name": "ours", "metric": metric, "user_agent": "BackupTool"}
        assert dict(planned("ours", checks=[entry], **given).filters) == {"user_agent": "BackupTool"}


class TestStandardChecks:
    @pytest.mark.parametrize(
        ("given", "more"),
        [
            ({}, []),
            ({"planned_requests": 5}, []),
            (PLANNED, ["projected_utilization_percent"]),
            (SLO, ["error_budget_remaining_percent", "burn_rate"]),
            ({"baseline_days": 7}, ["server_error_regression"]),
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
        names = [check.name for check in judge(**given)["plan"]]
        standard = [
            "server_error_percent",
            "rate_limited_percent",
            "client_error_percent",
            "rate_limit_utilization_percent",
        ]
        assert names == [*standard, *more]

    def test_an_entry_of_the_same_name_replaces_one_in_its_place(self):
        entries = [ERRORS, {"name": "rate_limited_percent", "fail": 2}, {"name": "burn_rate", "required": False}]
        plan = judge(checks=entries, **SLO)["plan"]
        assert [check.name for check in plan] == [check.name for check in judge(checks=[ERRORS], **SLO)["plan"]]
        found = {check.name: check for check in plan}
        assert (found["rate_limited_percent"].warn, found["rate_limited_percent"].fail) == (1, 2)
        assert not found["burn_rate"].required


class TestBaseline:
    @pytest.fixture
    def earlier(self):
        """A verdict of the hour up to 14:00Z, judged long before now."""
        return {**verdict([judged(rate(0, 900))]), "lines": []}

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            (
                {"baseline_days": 1, "window_minutes": 1441},
                "baseline_days 1: the baseline would overlap the window of 1441 minutes",
            ),
            (
                {"baseline_days": 30, "window_minutes": 1437},
                "baseline_days 30: the baseline would begin more than 31 days back",
            ),
            (
                {"baseline_days": 30, "window_minutes": 1379, "settle_seconds": 3600},
                "baseline_days 30: the baseline would begin more than 31 days back",
            ),
            (
                {"checks": [{**RISE, "window_minutes": 10081}]},
                "checks[0]: the default of 7 days: the baseline would overlap the window of 10081 minutes",
            ),
        ],
    )
    def test_out_of_reach(self, given, text):
        assert problem(HEALTH, **given) == text
        prefixed = problem(HEALTH, **given, option_prefix="health_gate_")
        assert prefixed == f"health_gate_{text}"

    @pytest.mark.parametrize(
        "given",
        [
            {"baseline_days": 1, "window_minutes": 1440},
            {"baseline_days": 30, "window_minutes": 1436},
            {"baseline_days": 30, "window_minutes": 1377, "settle_seconds": 3600},
            {"checks": [{**RISE, "window_minutes": 10080}]},
            {"checks": [{**RISE, "baseline": {"days": 1}}], "baseline_days": 30},
        ],
    )
    def test_within_reach(self, given):
        assert judge(**given)["baseline"] is None

    @pytest.mark.parametrize(
        ("days", "minutes", "text"),
        [
            (1, 1441, "the baseline would overlap the window of 1441 minutes"),
            (30, 1437, "the baseline would begin more than 31 days back"),
        ],
    )
    def test_an_entry_out_of_reach_is_named_as_written(self, days, minutes, text):
        entries = [ERRORS, {**RISE, "window_minutes": minutes, "baseline": {"days": days}}]
        assert problem(HEALTH, checks=entries, option_prefix="health_gate_") == (
            f"health_gate_checks[1].baseline.days {days}: {text}"
        )

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

    def test_a_verdict_as_such_as_json_and_as_a_file(self, earlier, tmp_path):
        path = tmp_path / "verdict.json"
        path.write_text(json.dumps(earlier))
        found = [judge_later(baseline=given)["earlier"] for given in (earlier, json.dumps(earlier), str(path))]
        assert found[0] == found[1] == found[2]
        assert (found[0]["status"], list(found[0]["organizations"])) == ("pass", ["549236"])
        assert "server_error_regression" in [check.name for check in judge_later(baseline=earlier)["plan"]]

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ("/no/such/verdict.json", "'/no/such/verdict.json' cannot be read (No such file or directory)"),
            ("/", "'/' cannot be read (Is a directory)"),
            ("{", "'{' is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))"),
            ("{}", "'{}' is not a verdict of health_info (schema 1)"),
            ({}, "what was given is not a verdict of health_info (schema 1)"),
            (5, "what was given is not a verdict of health_info (schema 1)"),
            (["x"], "what was given is not a verdict of health_info (schema 1)"),
            ({"schema": 2}, "what was given is not a verdict of health_info (schema 1)"),
            ({"schema": 1}, "what was given is not a whole verdict (KeyError: 'evaluated_at')"),
        ],
    )
    def test_no_verdict(self, given, text):
        assert problem(HEALTH, baseline=given) == f"baseline: {text}"
        assert problem(HEALTH, baseline=given, option_prefix="health_gate_") == f"health_gate_baseline: {text}"

    def test_no_text(self, tmp_path):
        path = tmp_path / "verdict.json"
        path.write_bytes(b"\xff\xfe")
        assert problem(HEALTH, baseline=str(path)).endswith(" cannot be read (it is not text)")

    @pytest.mark.parametrize(
        ("part", "value"),
        [
            ("organizations", None),
            ("organizations", [5]),
            ("organizations", [{}]),
            ("evaluated_at", "yesterday"),
            ("evaluated_at", None),
        ],
    )
    def test_a_broken_verdict(self, earlier, part, value):
        assert "baseline: what was given is not a whole verdict (" in problem(HEALTH, baseline={**earlier, part: value})

    def test_not_in_the_past(self, earlier):
        # READ is validated an hour before this one was made.
        text = (
            "baseline: what was given was made at 2026-05-04T14:02:10Z, which is 56 min ahead of this host's clock: "
            "the two clocks differ"
        )
        assert problem(HEALTH, baseline=earlier) == text

    def test_too_old(self, earlier):
        with pytest.raises(InvalidInput) as caught:
            validated(HEALTH, {**READ, "baseline": earlier}, JUDGED + 31 * DAY)
        assert caught.value.problems == [
            "baseline: what was given was made at 2026-05-04T14:02:10Z, and the API keeps 31 days"
        ]

    def test_excludes_days(self, earlier):
        given = {**READ, "baseline": earlier, "baseline_days": 7, "option_prefix": "health_gate_"}
        with pytest.raises(InvalidInput) as caught:
            validated(HEALTH, given, JUDGED + 3600)
        assert caught.value.problems == ["health_gate_baseline and health_gate_baseline_days exclude each other"]
        assert judge_later(baseline=earlier, baseline_days=0)["baseline_days"] == 0


class TestReports:
    # With a blank after the comma too.
    @pytest.mark.parametrize("given", [["json", "html"], "json,html", "json, html"])
    def test_kinds(self, given, tmp_path):
        assert judge(reports=given, report_dir=str(tmp_path))["reports"] == ["json", "html"]

    @pytest.mark.parametrize("blank", [*BLANKS, []])
    def test_none_without_a_directory_and_all_with_one(self, blank, tmp_path):
        assert judge(reports=blank)["reports"] is None
        assert judge(reports=blank, report_dir=str(tmp_path))["reports"] == ["json", "junit", "markdown", "html"]

    def test_a_directory_can_be_made(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for given in (tmp_path, tmp_path / "a" / "b", "c/d"):
            assert judge(report_dir=str(given))["report_dir"] == str(given)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("below", ["", "a/b"])
    def test_a_file_is_no_directory(self, tmp_path, below):
        (tmp_path / "file").touch()
        given = str(tmp_path / "file" / below)
        text = f"health_gate_report_dir: {shown(given)} is no folder that can be made or written to"
        assert problem(HEALTH, report_dir=given, option_prefix="health_gate_") == text

    @pytest.mark.parametrize("blank", BLANKS)
    def test_need_a_directory(self, blank):
        text = "health_gate_reports needs health_gate_report_dir"
        assert problem(HEALTH, reports=["json"], report_dir=blank, option_prefix="health_gate_") == text

    def test_an_unknown_kind(self, tmp_path):
        text = "reports: ['json', 'pdf'] is not one of json, junit, markdown, html"
        assert problem(HEALTH, reports=["json", "pdf"], report_dir=str(tmp_path)) == text

    @pytest.mark.parametrize("given", ["https://wiki.example/run?book=1#a", "http://wiki/", " https://wiki.example "])
    def test_runbook(self, given):
        assert judge(runbook_url=given)["runbook_url"] == given

    @pytest.mark.parametrize(
        "given",
        ["wiki", "//wiki.example", "https://", "javascript:alert(1)", "data:text/html,x", "https://a b/", "https://[x",
         "https://wiki.example/\nx", "ftp://wiki.example"],
    )  # fmt: skip
    def test_no_runbook(self, given):
        text = f"health_gate_runbook_url: {shown(given)} is not a URL like https://wiki.example/runbook"
        assert problem(HEALTH, runbook_url=given, option_prefix="health_gate_") == text


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


class TestGivenVariables:
    def test_known(self):
        every = [f"health_gate_{name}" for name in HEALTH.options if name not in WRAPPER]
        assert judge(option_prefix="health_gate_", given_variables=every)["given_variables"] == every

    def test_none(self):
        assert judge(option_prefix="health_gate_", given_variables=[])["mode"] == "enforce"


class TestFilterShape:
    def test_unknown_keyword(self):
        with pytest.raises(InvalidInput, match=r"did you mean server_error_fail_percent\?"):
            validated(VERDICT_FILTER, {"server_error_fail_precent": 1}, NOW)

    def test_no_connection(self):
        with pytest.raises(InvalidInput, match="unknown option 'api_key'"):
            validated(VERDICT_FILTER, {"api_key": "x"}, NOW)
        assert "key_source" not in validated(VERDICT_FILTER, {}, NOW)


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
            f"asking each once takes {seconds} s"
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
            f"wait_minutes {minutes:g} is too short for a closed gate to open: that takes two more looks, {apart} "
        )
        found = judge(wait_minutes=minutes, **given)["cautions"]
        assert found == ([f"{expected}minutes apart"] if apart else [])

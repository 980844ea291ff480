# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each option on its own: what is taken for what, and what is refused."""

from __future__ import annotations

import json

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    EVENTS,
    HEALTH,
    INVENTORY,
    RANGES,
    REGIONS,
    REQUESTS,
    RESPONSE_CODES,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._options.coerced import unknown
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.unit.plugins.module_utils._options.given import (
    ERRORS,
    KEY,
    LARGE_ID,
    NOW,
    READ,
    judge,
    problem,
    problems,
    read,
)

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
    ({"region": "mars"}, f"region: 'mars' is not one of {', '.join(REGIONS)}"),
    ({"on_error": "ignore"}, "on_error: 'ignore' is not one of fail, continue"),
    ({"user_agent": ["x"]}, "user_agent: ['x'] is not a string"),
    ({"user_agent": {"x": 1}}, "user_agent: {'x': 1} is not a string"),
    ({"user_agent": True}, "user_agent: True is not a string"),
    ({"t0": ["-2h"]}, "t0: ['-2h'] is not a string"),
    # Lists
    ({"organization_ids": ["1", ""]}, "organization_ids: ['1', ''] has an empty entry"),
    ({"organization_ids": ["1", None]}, "organization_ids: ['1', None] has an empty entry"),
    ({"organization_ids": "1,,2"}, "organization_ids: '1,,2' has an empty entry"),
    ({"organization_ids": ["1", "  "]}, "organization_ids: ['1', '  '] has an empty entry"),
    ({"organization_ids": {"a": 1}}, "organization_ids: {'a': 1} is not a list of strings"),
    ({"organization_ids": [["1"]]}, "organization_ids: [['1']] is not a list of strings"),
    ({"organization_ids": [True]}, "organization_ids: [True] is not a list of strings"),
    ({"organization_ids": True}, "organization_ids: True is not a list of strings"),
    ({"operation_ids": [""]}, "operation_ids: [''] has an empty entry"),
    ({"source_ips": [{"ip": 1}]}, "source_ips: [{'ip': 1}] is not a list of strings"),
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
        shape = next((one for one in (RESPONSE_CODES, REQUESTS, HEALTH, EVENTS) if name in one.options), HEALTH)
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
            "consecutive": lambda value: {
                **ERRORS,
                "over": "consecutive",
                "consecutive": value,
                "window_minutes": 1440,
            },
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
        assert problem(RESPONSE_CODES, **{option: "a\udcff"}) == f"{option}: 'a\\udcff' contains an invalid character"

    def test_of_a_secret_nothing_is_shown(self):
        assert problem(RESPONSE_CODES, api_key="a\udcff") == "api_key: contains an invalid character"


class TestCutOnTheCommandLine:
    """Ansible takes NAME=VALUE up to the first space only, and says nothing of the rest."""

    @pytest.mark.parametrize("given", ["1001,", "1001,1002,", '["1001",', "['1001',", "[1001,", "1001, 1002, "])
    def test_ids(self, given):
        role = {"option_prefix": "health_gate_", "organization_ids": given}
        assert problem(HEALTH, **role) == (
            f"health_gate_organization_ids: {given!r} ends with a comma: "
            "after -e, Ansible takes a value only up to its first space. "
            """Write -e '{"health_gate_organization_ids": ["1001", "1002"]}'"""
        )

    @pytest.mark.parametrize("option", ["ignore_codes", "operation_ids", "source_ips", "admin_ids", "reports"])
    def test_other_lists(self, option):
        found = problem(HEALTH, report_dir=".", **{option: "404,"})
        assert found == (
            f"{option}: '404,' ends with a comma: after -e, Ansible takes a value only up to its first space. "
            f"""Write -e '{{"{option}": [...]}}'"""
        )

    @pytest.mark.parametrize("given", ['[{"metric":', "[", '[{"metric":"requests",', '[{"metric":"requests"}'])
    def test_checks(self, given):
        assert problem(HEALTH, checks=given) == (
            f"checks: {given!r} is cut off: after -e, Ansible takes a value only up to its first space. "
            """Write -e '{"checks": [...]}'"""
        )

    def test_what_does_not_break_off_is_simply_no_json(self):
        assert problem(HEALTH, checks="[{]") == "checks: '[{]' is not JSON"

    def test_a_pattern_may_begin_with_a_bracket(self):
        assert validated(INVENTORY, {"api_key": KEY, "names": "[Ee]xample*"}, NOW)["names"] == ["[Ee]xample*"]


class TestAccepted:
    @pytest.mark.parametrize("given", [["1", "2"], "1,2", " 1 , 2 ", [1, 2], ["1", "2", "1"], ["1 ", "2"]])
    def test_organization_ids(self, given):
        assert read(organization_ids=given)["organization_ids"] == ["1", "2"]

    def test_large_ids_keep_their_digits(self):
        assert read(organization_ids=[int(LARGE_ID)])["organization_ids"] == [LARGE_ID]
        assert read(organization_ids=LARGE_ID)["organization_ids"] == [LARGE_ID]

    @pytest.mark.parametrize("given", ["120", 120, " 120 ".strip()])
    def test_numbers_as_text(self, given):
        assert read(interval=given)["interval"] == 120

    @pytest.mark.parametrize("given", [[404, 403], "404,403", ["404", 403]])
    def test_codes(self, given):
        assert judge(ignore_codes=given)["ignore_codes"] == [404, 403]


class TestUnknown:
    ROLE = ("health_gate_mode", "health_gate_version", "health_gate_server_error_fail_percent")

    def test_the_nearest_name(self):
        told = unknown("variable", "health_gate_moed", self.ROLE)
        assert told == "unknown variable 'health_gate_moed' (did you mean health_gate_mode?)"

    def test_a_shared_prefix_makes_nothing_similar(self):
        assert unknown("variable", "health_gate_serverr", self.ROLE) == "unknown variable 'health_gate_serverr'"

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule on the options, broken alone and all at once."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    HEALTH,
    LOOKUP,
    POLICY_DEFAULTS,
    RANGES,
    RESPONSE_CODES,
    VERDICT_FILTER,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._options import (
    is_blank,
    shown,
    validated,
    without_blanks,
)

NOW = 1_777_900_000.0  # 2026-05-04T13:06:40Z
DAY = 86400
KEY = "0123456789abcdef0123456789abcdef01234567"
READ = {"api_key": KEY, "organization_ids": ["549236"]}
LARGE_ID = "646829496481105433"  # as a float it would become ...105408


def problems(shape, **given):
    with pytest.raises(InvalidInput) as caught:
        validated(shape, {**READ, **given}, NOW)
    return caught.value.problems


def problem(shape, **given):
    """The only problem with these options."""
    (only,) = problems(shape, **given)
    return only


def read(**given):
    return validated(RESPONSE_CODES, {**READ, **given}, NOW)


def judge(**given):
    return validated(HEALTH, {**READ, **given}, NOW)


BLANKS = [None, "", "  ", "\t\n"]


class TestIsBlank:
    @pytest.mark.parametrize("value", BLANKS)
    def test_says_nothing(self, value):
        assert is_blank(value)

    @pytest.mark.parametrize("value", [0, 0.0, False, [], {}, "0", "x", " x "])
    def test_says_something(self, value):
        assert not is_blank(value)


class TestWithoutBlanks:
    def test_only_blanks_go(self):
        given: dict[str, object] = {"a": None, "b": "", "c": " ", "d": 0, "e": False, "f": [], "g": "x"}
        assert without_blanks(given) == {"d": 0, "e": False, "f": [], "g": "x"}


class TestShown:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("a\nb", r"'a\nb'"),
            (1.5, "1.5"),
            (["a"], "['a']"),
            ("x" * 100, "'" + "x" * 56 + "..."),
            ("x" * 58, f"'{'x' * 58}'"),
        ],
    )
    def test_one_line_cut(self, value, text):
        assert shown(value) == text


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
    ({"timespan": "nan"}, "timespan: nan is out of range"),
    ({"timespan": float("nan")}, "timespan: nan is out of range"),
    ({"timespan": "inf"}, "timespan: inf is out of range"),
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
    ({"max_wait": "inf"}, "max_wait: inf is out of range"),
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
        name, (minimum, maximum, above) = limits
        shape = HEALTH if name in HEALTH.options else RESPONSE_CODES
        # Wide enough for every end of the other option.
        beside = {"confirm_recent_minutes": {"window_minutes": 44640}, "window_minutes": {"confirm_recent_minutes": 2}}
        if name.endswith("_warn_percent"):
            beside[name] = {name.replace("warn", "fail"): maximum}
        whole = shape.options[name]["type"] == "int" or shape.options[name].get("elements") == "int"
        step = 1 if whole else 0.001

        def given(value):
            return {**READ, **beside.get(name, {}), name: int(value) if whole else value}

        for good in (minimum + step if above else minimum, maximum):
            validated(shape, given(good), NOW)
        for bad in (minimum if above else minimum - step, maximum + step):
            with pytest.raises(InvalidInput, match=rf"^{name}: .* is out of range \(.*{name} <= "):
                validated(shape, given(bad), NOW)


class TestIds:
    @pytest.mark.parametrize("given", ['["549236"]', '["1", "2"]', "'549236'"])
    def test_a_list_given_as_text_is_refused(self, given):
        for found in problems(RESPONSE_CODES, organization_ids=given):
            assert "is a piece of a list that was given as text: give JSON or YAML" in found


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
            "ignore_codes": [404, 600],
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
        # The two server_error thresholds are one problem.
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
        ["https://user:secret@api.meraki.com", "https://secret@api.meraki.com", "user:secret@api.meraki.com/api"],
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

    def test_caution_by_the_name_of_a_wrapper(self):
        found = judge(server_error_fail_percent=0.05, server_error_warn_percent=0.01, option_prefix="health_gate_")
        assert [text.split()[0] for text in found["cautions"]] == [
            "health_gate_server_error_fail_percent",
            "health_gate_server_error_warn_percent",
        ]

    @pytest.mark.parametrize("limit", [0, 0.1, 1, 100])
    def test_no_caution(self, limit):
        assert judge(rate_limited_warn_percent=limit, rate_limited_fail_percent=100)["cautions"] == []


class TestGivenVariables:
    def test_known(self):
        every = [f"health_gate_{name}" for name in HEALTH.options if name not in ("option_prefix", "given_variables")]
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

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule on more than one option, or with more than one look at it, broken alone."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    DOCTOR,
    HEALTH,
    LOOKUP,
    REPORTS,
    RESPONSE_CODES,
    WRAPPER,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Override
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._text import shown
from tests.unit.plugins.module_utils._options.given import (
    BLANKS,
    KEY,
    LARGE_ID,
    NOW,
    READ,
    earlier,
    judge,
    policy,
    problem,
    problems,
    read,
)
from tests.unit.plugins.module_utils.made import NOW as JUDGED

# An option wrong alone: the options given, and what the message says of it.
WRONG = [
    # Texts
    ({"caller": "My-App/1.0"}, "caller: 'My-App/1.0' is not like ApplicationName/1.0 VendorName"),
    ({"caller": "App/1.0 Vendor\r\nX-Evil: 1"}, "caller: 'App/1.0 Vendor\\r\\nX-Evil: 1' is not like"),
    ({"caller": "Äpp/1.0 Vendor"}, "is not like ApplicationName/1.0 VendorName"),
    ({"ca_path": "/no/such/file.pem"}, "ca_path: '/no/such/file.pem' does not exist"),
    # Ids that went through a number
    ({"organization_ids": [float(LARGE_ID)]}, "was read as a number and may have lost digits: quote the id"),
    ({"organization_ids": float(LARGE_ID)}, "'6.468294964811054e+17' was read as a number"),
    ({"organization_ids": ["549236.0"]}, "'549236.0' was read as a number"),
    ({"organization_ids": [".."]}, "organization_ids: '..' is not an organization id"),
    ({"organization_ids": ["5\n6"]}, r"organization_ids: '5\n6' is not an organization id"),
    # The window
    ({"timespan": 3600, "t0": "-2h"}, "timespan and t0 are mutually exclusive"),
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


class TestIds:
    @pytest.mark.parametrize("given", ['["549236"]', '["1", "2"]', "'549236'"])
    def test_a_list_given_as_text_is_refused(self, given):
        for found in problems(RESPONSE_CODES, organization_ids=given):
            assert "is part of a list that was given as a string: give JSON or YAML, such as -e '{" in found

    @pytest.mark.parametrize("given", [["1001,"], ["1001, 1002"], '["1001"', "['1001'", "[1001", "["])
    def test_a_piece_is_named_once(self, given):
        whole = given if isinstance(given, str) else given[0]
        assert problem(RESPONSE_CODES, organization_ids=given) == (
            f"organization_ids: {whole!r} is part of a list that was given as a string: "
            """give JSON or YAML, such as -e '{"organization_ids": ["1001", "1002"]}'"""
        )

    def test_a_lookup_has_terms(self):
        with pytest.raises(InvalidInput) as caught:
            validated(LOOKUP, {"api_key": KEY, "_terms": ["1001, 1002"]}, NOW)
        assert caught.value.problems == [
            "_terms: '1001, 1002' is part of a list that was given as a string: give each id as a separate term"
        ]


class TestKey:
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
        assert text.startswith("api_key: contains a space, a control or a non-ASCII character")
        assert "aaaa" not in text
        assert "bbbb" not in text
        monkeypatch.setenv("MERAKI_API_KEY", given.replace("\x00", "\x01"))
        assert problem(RESPONSE_CODES, api_key=None) == text.replace("api_key", "environment variable MERAKI_API_KEY")

    @pytest.mark.parametrize("given", [["aaaabbbb"], {"key": "aaaabbbb"}, True])
    def test_not_text(self, given):
        assert problem(RESPONSE_CODES, api_key=given) == "api_key: is not a string"


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
        assert problem(RESPONSE_CODES, base_url=given) == "base_url: must not contain a user name or password"

    def test_a_wrong_base_url_of_the_environment_is_called_so(self, monkeypatch):
        monkeypatch.setenv("MERAKI_DASHBOARD_URL", "api.meraki.com")
        found = problem(RESPONSE_CODES)
        assert found.startswith("environment variable MERAKI_DASHBOARD_URL: 'api.meraki.com' is not a URL")

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


class TestWindow:
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


class TestExpression:
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


class TestThresholds:
    @pytest.mark.parametrize("kind", ["server_error", "rate_limited", "client_error", "utilization"])
    def test_fail_below_warn(self, kind):
        warn, fail = f"{kind}_warn_percent", f"{kind}_fail_percent"
        assert problem(HEALTH, **{warn: 3, fail: 2.5}) == f"{warn} 3 is above {fail} 2.5"
        assert judge(**{warn: 3, fail: 3})[fail] == 3

    def test_only_warn_given_above_the_default_fail(self):
        text = "server_error_warn_percent 7 is above server_error_fail_percent 5 (its default)"
        assert problem(HEALTH, server_error_warn_percent=7) == text

    def test_a_refused_limit_takes_no_part(self):
        texts = problems(HEALTH, server_error_warn_percent=7, server_error_fail_percent="x")
        assert "server_error_fail_percent: 'x' is not a number" in texts

    def test_recent_longer_than_the_window(self):
        text = "confirm_recent_minutes 61 is longer than window_minutes 60"
        assert problem(HEALTH, confirm_recent_minutes=61) == text

    def test_recent_follows_a_short_window(self):
        assert judge(window_minutes=10)["confirm_recent_minutes"] is None

    @pytest.mark.parametrize("weeks", [0, 2, 3, 4])
    def test_weeks_that_show_what_is_usual(self, weeks):
        assert judge(history_weeks=weeks)["history_weeks"] == weeks

    def test_one_week_shows_nothing(self):
        text = "history_weeks: 1 is not 0 or from 2 to 4: one week does not show what is usual"
        assert problem(HEALTH, history_weeks=1) == text

    @pytest.mark.parametrize("weeks", [-1, 5])
    def test_weeks_that_the_api_does_not_keep(self, weeks):
        assert problem(HEALTH, history_weeks=weeks).startswith(f"history_weeks: {weeks} is out of range")

    def test_a_warn_limit_beyond_the_profiles_fail_limit(self):
        text = "server_error_warn_percent 3 is above server_error_fail_percent 1 (its default)"
        assert problem(HEALTH, profile="strict", server_error_warn_percent=3) == text
        assert judge(profile="relaxed", server_error_warn_percent=7)["server_error_warn_percent"] == 7

    @pytest.mark.parametrize("minutes", [1e-05, 1e-20, 1e-300, 5e-324])
    def test_a_change_within_no_time(self, minutes):
        text = f"planned_minutes: {minutes} is less than a millisecond"
        assert problem(HEALTH, planned_requests=10**9, planned_minutes=minutes) == text

    @pytest.mark.parametrize("minutes", [0, 0.001, 0.5])
    def test_a_change_at_once_or_without_a_time(self, minutes):
        assert judge(planned_requests=10**9, planned_minutes=minutes)["planned_minutes"] == minutes

    def test_a_profile_that_is_none_is_the_only_problem(self):
        text = "profile: 'strickt' is not one of standard, relaxed, strict (did you mean strict?)"
        assert problem(HEALTH, profile="strickt") == text


class TestBaseline:
    @pytest.mark.parametrize("prefix", ["", "health_gate_"])
    def test_a_short_verdict(self, prefix):
        given = {"option_prefix": prefix, "baseline": {**earlier(), "organizations_left_out": 0}}
        text = problem(HEALTH, **given)
        assert f"is a short verdict: set {prefix}publish to full where it is made" in text

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
            ({"schema": 1}, "what was given is not a complete verdict (KeyError: 'evaluated_at')"),
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
    def test_a_broken_verdict(self, part, value):
        assert "baseline: what was given is not a complete verdict (" in problem(
            HEALTH, baseline={**earlier(), part: value}
        )

    def test_not_in_the_past(self):
        # READ is validated an hour before this one was made.
        text = (
            "baseline: what was given was made at 2026-05-04T14:02:10Z, which is 56 min ahead of this host's clock: "
            "the two clocks differ"
        )
        assert problem(HEALTH, baseline=earlier()) == text

    def test_too_old(self):
        text = "baseline: what was given was made at 2026-05-04T14:02:10Z, but the API keeps only 31 days"
        assert problem(HEALTH, JUDGED + 31 * 86400, baseline=earlier()) == text

    def test_excludes_days(self):
        given = {"baseline": earlier(), "option_prefix": "health_gate_"}
        text = "health_gate_baseline and health_gate_baseline_days are mutually exclusive"
        assert problem(HEALTH, JUDGED + 3600, **given, baseline_days=7) == text
        values = validated(HEALTH, {**READ, **given, "baseline_days": 0}, JUDGED + 3600)
        assert values["baseline_days"] == 0


class TestReports:
    def test_a_directory_can_be_made(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for given in (tmp_path, tmp_path / "a" / "b", "c/d"):
            assert judge(report_dir=str(given))["report_dir"] == str(given)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("below", ["", "a/b"])
    def test_a_file_is_no_directory(self, tmp_path, below):
        (tmp_path / "file").touch()
        given = str(tmp_path / "file" / below)
        text = f"health_gate_report_dir: {shown(given)} is not a folder that can be created or written to"
        assert problem(HEALTH, report_dir=given, option_prefix="health_gate_") == text

    @pytest.mark.parametrize("blank", BLANKS)
    def test_need_a_directory(self, blank):
        text = "health_gate_reports needs health_gate_report_dir"
        assert problem(HEALTH, reports=["json"], report_dir=blank, option_prefix="health_gate_") == text

    def test_an_unknown_kind(self, tmp_path):
        text = f"reports: ['json', 'pdf'] is not one of {', '.join(REPORTS['reports']['choices'])}"
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


class TestUnknownVariables:
    def test_misspelt_variable_of_a_wrapper(self):
        given = ["health_gate_window_minutes", "health_gate_min_request"]
        text = "unknown variable 'health_gate_min_request' (did you mean health_gate_min_requests?)"
        assert problem(HEALTH, option_prefix="health_gate_", given_variables=given) == text

    def test_variable_with_another_prefix(self):
        text = "unknown variable 'doctor_region' (did you mean health_gate_region?)"
        assert problem(HEALTH, option_prefix="health_gate_", given_variables=["doctor_region"]) == text

    def test_a_doctor_gets_the_variables_of_a_gate(self):
        prefix = {"option_prefix": "health_gate_"}
        assert validated(DOCTOR, {**prefix, "given_variables": ["health_gate_wait_minutes"]}, NOW)
        text = "unknown variable 'health_gate_wait_minute' (did you mean health_gate_wait_minutes?)"
        with pytest.raises(InvalidInput, match=re.escape(text)):
            validated(DOCTOR, {**prefix, "given_variables": ["health_gate_wait_minute"]}, NOW)

    @pytest.mark.parametrize("name", ["health_gate_option_prefix", "health_gate_given_variables", "window_minutes"])
    def test_variables_that_are_no_options(self, name):
        assert name in problem(HEALTH, option_prefix="health_gate_", given_variables=[name])

    def test_known(self):
        every = [f"health_gate_{name}" for name in HEALTH.options if name not in WRAPPER]
        assert judge(option_prefix="health_gate_", given_variables=every)["given_variables"] == every

    def test_none(self):
        assert judge(option_prefix="health_gate_", given_variables=[])["mode"] == "enforce"


PAST = "is past: remove override_reason and override_until, or set a later time"


class TestOverride:
    """NOW is 2026-05-04T13:06:40Z."""

    WHY = {"override_reason": "replace the core switch"}
    WHEN = {"override_until": "2026-05-04T18:00:00Z"}

    def test_both(self):
        wanted = Override("replace the core switch", NOW + 4 * 3600 + 53 * 60 + 20)
        assert policy(**self.WHY, **self.WHEN).override == wanted

    @pytest.mark.parametrize("until", ["2026-05-05T13:06:40Z", "2026-05-04 20:00:00+02:00", "2026-05-04T13:06:41Z"])
    def test_other_times(self, until):
        assert policy(**self.WHY, override_until=until).override is not None

    def test_neither(self):
        assert policy().override is None
        assert policy(override_reason=" ", override_until="").override is None

    def test_one_of_the_two(self):
        needed = "is required for an override, which needs a reason and an end"
        assert problem(HEALTH, **self.WHY) == f"override_until {needed}"
        assert problem(HEALTH, **self.WHEN) == f"override_reason {needed}"
        given = {**self.WHEN, "option_prefix": "health_gate_"}
        assert problem(HEALTH, **given) == f"health_gate_override_reason {needed}"

    @pytest.mark.parametrize(
        "reason", ["too short", "  too short  ", "x" * 301, "one line\nand another", "a\tb\x00 and more"]
    )
    def test_no_reason(self, reason):
        text = problem(HEALTH, override_reason=reason, **self.WHEN)
        assert text.startswith("override_reason: ")
        assert text.endswith(" is not one line of 10 to 300 characters")

    @pytest.mark.parametrize(
        ("until", "text"),
        [
            ("2026-05-04T13:06:40Z", f"'2026-05-04T13:06:40Z' {PAST}"),
            ("now", f"'now' {PAST}"),
            ("-1h", f"'-1h' {PAST}"),
            ("2026-05-05T13:06:41Z", "'2026-05-05T13:06:41Z' is more than 24 hours ahead"),
            ("2026-05-04T18:00:00", "'2026-05-04T18:00:00' has no time zone: add Z for UTC, or an offset"),
        ],
    )
    def test_no_time(self, until, text):
        assert problem(HEALTH, override_until=until, **self.WHY) == f"override_until: {text}"

    @pytest.mark.parametrize("until", ["+2h", "tomorrow", "18:00"])
    def test_what_is_no_time(self, until):
        assert problem(HEALTH, override_until=until, **self.WHY).startswith(f"override_until: '{until}' is not a time")

    def test_a_time_that_is_past_names_the_variables(self):
        given = {f"override_{name}": value for name, value in (("reason", "core switch down"), ("until", "now"))}
        text = problem(HEALTH, option_prefix="health_gate_", **given)
        assert "remove health_gate_override_reason and health_gate_override_until, or" in text

    def test_all_problems_at_once_and_none_hidden(self):
        found = problems(HEALTH, override_reason="short", override_until="now", window_minutes="x", mode="dry")
        assert len(found) == 4


class TestMaxAge:
    def test_a_baseline_that_is_too_old(self):
        given = {"baseline": earlier(), "max_age_minutes": 30}
        text = "baseline: what was given was made at 2026-05-04T14:02:10Z, 31 min ago, and max_age_minutes is 30"
        assert problem(HEALTH, JUDGED + 31 * 60, **given) == text
        assert policy(JUDGED + 30 * 60, **given).earlier is not None

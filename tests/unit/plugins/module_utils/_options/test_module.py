# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules share: one way to refuse options, and one way to end."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH, RESPONSE_CODES
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import policy
from ansible_collections.apihealth.meraki.plugins.module_utils._options.module import ApiHealthModule

READ = {"api_key": "0123456789abcdef", "organization_ids": ["1"]}


def keep(seen, **result):
    """A job that notes its options and has this result."""

    def job(options):
        seen.append(options)
        return result

    return job


class TestApiHealthModule:
    @pytest.fixture
    def run(self, run_module):
        """Return a function that runs a module with a job of the test's own, by default on the values."""

        def function(job=lambda chosen: {}, shape=RESPONSE_CODES, choose=lambda values, now: values, **given):
            return run_module(lambda: ApiHealthModule(shape).run(choose, job), **given)

        return function

    def test_success(self, run):
        seen: list[dict[str, Any]] = []
        result = run(keep(seen, organizations=[]), **READ, timespan="3600", t0="")
        assert (result["changed"], result["organizations"]) == (False, [])
        assert (seen[0]["timespan"], seen[0]["t0"], seen[0]["key_source"]) == (3600, None, "api_key")

    def test_an_error_and_its_details(self, run):
        def job(options):
            raise ApiHealthError("so it is", failures=[{"status": 404}])

        result = run(job, **READ)
        assert result["failed"] is True
        assert (result["msg"], result["failures"]) == ("so it is", [{"status": 404}])

    @pytest.mark.parametrize(
        "given",
        [
            {"intervall": 120},
            {"interval": 5},
            {"timespan": "x", "version": 7},
            {"timespan": 5, "t0": "-1h"},
            {"t1": "now"},
            {"organization_ids": None},
            {"validate_certs": "perhaps", "max_attempts": "many"},
        ],
        ids=repr,
    )
    def test_whatever_ansible_refuses_first_all_is_told(self, run, given):
        result = run(**{**READ, **given, "timeout": -1, "api_key": "two words"})
        assert "timeout: -1.0 is out of range" in result["msg"]
        assert "api_key: contains a space" in result["msg"]
        for name in given:
            assert name in result["msg"]
        assert "two words" not in result["printed"]

    @pytest.mark.parametrize("name", ["window_minutes", "region", "ignore_codes"])
    def test_a_template_that_nobody_filled_in_is_left_to_ansible(self, run, name):
        # ansible-lint runs the validation on templates and knows which of Ansible's complaints to let pass.
        msg = run(shape=HEALTH, **{**READ, "api_key": "{{ key }}", name: "{{ later }}"})["msg"]
        assert re.search(rf"(argument|option) '{name}' is of type|value of {name} must be one of:", msg)

    def test_blanks_are_unset(self, run):
        seen: list[dict[str, Any]] = []
        blanks = dict.fromkeys((name for name in RESPONSE_CODES.options if name not in READ), "")
        run(keep(seen), **READ, **blanks)
        run(keep(seen), **READ, **dict.fromkeys(blanks))
        run(keep(seen), **READ)
        assert seen[0] == seen[1] == seen[2]

    @pytest.mark.parametrize("name", ["api_key", "meraki_api_key", "auth_key"])
    def test_the_key_is_never_printed(self, run, name):
        def job(options):
            raise ApiHealthError(f"somebody let slip {options['api_key']}")

        for work in (job, keep([])):
            result = run(work, **{"organization_ids": ["1"], name: "0123456789abcdef"})
            assert "0123456789abcdef" not in result["printed"]

    def test_the_key_of_the_environment_is_never_printed(self, run, monkeypatch):
        monkeypatch.setenv("MERAKI_API_KEY", "0123456789abcdef")
        assert "0123456789abcdef" not in run(organization_ids=["1"])["printed"]

    @pytest.mark.parametrize("given", ["0123456789abcdef\n", "\t0123456789abcdef "])
    @pytest.mark.parametrize("source", ["option", "variable"])
    def test_it_is_not_in_another_option_either(self, run, monkeypatch, given, source):
        monkeypatch.setenv("MERAKI_API_KEY", given)
        key = {"api_key": given} if source == "option" else {}
        pasted = {"organization_ids": ["x0123456789abcdef"], "user_agent": "0123456789abcdef", "timespan": 3600}

        def job(options):
            raise ApiHealthError("so it is", failures=[{"organization_id": options["organization_ids"][0]}])

        for work in (job, keep([])):
            result = run(work, **key, **pasted, _ansible_inject_invocation=True)
            assert "0123456789abcdef" not in result["printed"]
            assert result["invocation"]["module_args"]["user_agent"] == "********"
        for wrong in ({"timespan": "0123456789abcdef"}, {"0123456789abcdef": 1}, {"interval": "0123456789abcdef"}):
            assert "0123456789abcdef" not in run(**key, **{**pasted, **wrong})["printed"]

    def test_a_proxy_is_never_printed(self, run):
        proxy = "http://somebody:pa55word@proxy.example:3128"
        assert "pa55word" not in run(**READ, proxy=proxy)["printed"]
        assert "pa55word" not in run(**READ, proxy="socks" + proxy)["printed"]

    @pytest.mark.parametrize("url", ["https://somebody:{}@x", "https://{}@x", "somebody:{}@x", "http://a:1/{}@x"])
    @pytest.mark.parametrize("name", ["base_url", "meraki_base_url"])
    def test_a_password_in_an_address_is_never_printed(self, run, name, url):
        result = run(**READ, **{name: url.format("pa55word")})
        assert "must not contain a user name or password" in result["msg"]
        assert "pa55word" not in result["printed"]

    def test_a_key_that_is_no_text_is_never_printed(self, run):
        assert "pa55word" not in run(**{**READ, "api_key": {"token": "pa55word\\'\""}})["printed"]

    def test_cautions_are_warnings(self, run, capfd):
        result = run(lambda options: {}, HEALTH, **READ, server_error_fail_percent=0.05)
        # Run inside a controller, newer cores put warnings on the screen at once, in lines of its width.
        told = result["printed"] + capfd.readouterr().err
        assert "not a fraction of 1" in " ".join(told.split())

    def test_warnings_of_the_job_are_no_part_of_the_result(self, run, capfd):
        result = run(lambda options: {"warnings": ["the disk is nearly full"], "found": 1}, **READ)
        told = result["printed"] + capfd.readouterr().err
        assert "the disk is nearly full" in " ".join(told.split())
        assert result["found"] == 1

    @pytest.mark.parametrize("as_text", [False, True])
    def test_checks_and_what_is_blank_inside(self, run, as_text):
        seen: list[Any] = []
        checks = [{"metric": "error_percent", "fail": "5", "warn": "", "name": None, "baseline": None}]
        result = run(keep(seen), HEALTH, policy, **READ, checks=json.dumps(checks) if as_text else checks)
        assert "failed" not in result
        assert [(check.name, check.warn, check.fail) for check in seen[0].checks[5:]] == [("error_percent", None, 5.0)]

    @pytest.mark.parametrize("as_text", [False, True])
    def test_whatever_ansible_refuses_first_in_a_check_all_is_told(self, run, as_text):
        checks = [
            {"metric": "eror_percent", "fail": "many"},
            {"metric": "error_percent", "fial": 5},
            {"metric": "server_error_regression", "baseline": {"dayz": 3}},
        ]
        msg = run(shape=HEALTH, **READ, checks=json.dumps(checks) if as_text else checks)["msg"]
        for text in (
            "checks[0].metric: 'eror_percent' is not one of ",
            "checks[0].fail: 'many' is not a number",
            "checks[1]: unknown key 'fial' (did you mean fail?)",
            "checks[2].baseline: unknown key 'dayz' (did you mean days?)",
        ):
            assert text in msg

    def test_check_mode(self, run):
        seen: list[dict[str, Any]] = []
        result = run(keep(seen, found=True), **READ, check_mode=True)
        assert (result["found"], len(seen)) == (True, 1)

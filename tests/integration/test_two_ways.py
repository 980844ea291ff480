# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules in the controller's process and in one of their own: the same results either way."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Ansible, Run
from tests.simulator import Simulator

pytestmark = pytest.mark.ahead

# Two hours that are over, so that both ways see the same.
WINDOW = """\
t0: "{{ '%Y-%m-%dT%H:00:00Z' | strftime(now().timestamp() - 10800, utc=true) }}"
t1: "{{ '%Y-%m-%dT%H:00:00Z' | strftime(now().timestamp() - 3600, utc=true) }}"
interval: 120
"""

# An interpreter of another name is another interpreter: with it the module runs.
WAYS = """\
- hosts: localhost
  gather_facts: false
  vars:
    ids: "{{{{ organizations }}}}"
  module_defaults:
    group/apihealth.meraki.api:
      api_key: "{{{{ key }}}}"
      base_url: "{{{{ url }}}}"
      max_attempts: 1
  tasks:
    - name: Here
      apihealth.meraki.{module}: &options
{options}
      register: here
      ignore_errors: true

    - name: There
      apihealth.meraki.{module}: *options
      vars:
        ansible_python_interpreter: "{{{{ other_python }}}}"
      register: there
      ignore_errors: true

    - name: Show here
      ansible.builtin.debug:
        msg: "{{{{ here }}}}"

    - name: Show there
      ansible.builtin.debug:
        msg: "{{{{ there }}}}"
"""


def both(
    ansible: Ansible, sim: Simulator, other: str, options: str, module: str = "health_info", **variables: Any
) -> tuple[Any, Any, Run]:
    """The results of both ways, less what only the moment makes different."""
    indented = "\n".join(f"        {line}" for line in options.strip().splitlines())
    given = {"url": sim.base_url, "key": sim.key, "organizations": sim.organization_ids, "other_python": other}
    run = ansible.playbook(WAYS.format(options=indented, module=module), variables={**given, **variables})
    here, there = run.shown("here"), run.shown("there")
    assert Path(f"{other}.log").read_text() == "ran\n", "the module runs once"
    for result in (here, there):
        # Some of these ansible-core gives a module's result, and which ones differs from version to version.
        for name in ("invocation", "ansible_facts", "ansible_parsed", "exception"):
            result.pop(name, None)
        for one in result.get("organizations", []):
            if isinstance(one, dict):  # not where a query made something else of it
                one["request"].pop("request_id")
        for one in result.get("failures", []):
            one.pop("request_id")
        verdict = result.get("verdict", {})
        if "ansible_stats" in result:
            assert result["ansible_stats"]["data"].pop("health_gate_verdict") == verdict
        for moment in ("evaluated_at", "valid_until", "retry_at"):
            verdict.pop(moment, None)
        for organization in verdict.get("organizations", []):
            (organization["data"] or {}).pop("age_seconds", None)
            (organization["read"]["error"] or {}).pop("request_id", None)
            for check in organization["checks"]:
                (check["window"] or {}).pop("age_seconds", None)
    return here, there, run


class TestResults:
    def test_a_verdict(self, ansible: Ansible, other_python: str) -> None:
        with Simulator(scenarios=["healthy", "degraded", "quiet"], organizations=3) as sim:
            options = """
organization_ids: "{{ ids + ['999'] }}"
slo_percent: 99
slo_days: 1
baseline_days: 7
planned_requests: "3000"
planned_minutes: 15
ignore_codes: "404,403"
checks:
  - {metric: error_percent, fail: 50, user_agent: InventorySync}
  - {name: "{{ '{{' }} 7 * 7 }}", metric: requests, warn: 1}
report_dir: "{{ playbook_dir }}/reports"
publish: full
"""
            here, there, _run = both(ansible, sim, other_python, options)
        if here["verdict"]["organizations"][0]["window"] == there["verdict"]["organizations"][0]["window"]:
            assert here == there
        assert here["changed"] is False
        assert here["verdict"]["status"] == there["verdict"]["status"] == "fail"
        assert here["ansible_stats"] == there["ansible_stats"]
        names = [Path(name).name for name in here["reports"]]
        assert names[:4] == ["health_gate.json", "health_gate.xml", "health_gate.md", "health_gate.html"]
        for name in map(Path, here["reports"]):
            assert name.stat().st_size > (150 if name.suffix == ".env" else 500), name

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ("organisation_ids: 5", "did you mean organization_ids?"),
            ("organization_ids: '999'\nwindow_minutes: many\nchecks: [{metrik: requests}]", "2 problems"),
            ("organization_ids: '999'\napi_key: ''\nbase_url: ftp://x", "base_url"),
            ("organization_ids: '999'\nreport_dir: /dev/null/x", "report_dir"),
            ("organization_ids: '999'\nchecks: '[{\"metric\": 1'", "is cut off"),
            ("organization_ids: '999'\noption_prefix: [a]\ntimeout: 0", "timeout"),
        ],
    )
    def test_wrong_options(self, ansible: Ansible, sim: Simulator, other_python: str, options: str, said: str) -> None:
        here, there, _run = both(ansible, sim, other_python, options)
        assert here["failed"]
        assert there["failed"]
        assert here["msg"] == there["msg"]
        if said == "2 problems":
            assert here["msg"].startswith("2 problems with the options: window_minutes: 'many' is not a whole number; ")
        assert said in here["msg"]
        assert sim.requests == []

    def test_cautions(self, ansible: Ansible, sim: Simulator, other_python: str) -> None:
        options = "organization_ids: '{{ ids[0] }}'\nserver_error_fail_percent: 0.05"
        here, there, run = both(ansible, sim, other_python, options)
        (caution,) = here["warnings"]
        assert caution == "server_error_fail_percent is 0.05 percent, not a fraction of 1; is that what you mean?"
        assert caution in str(there["warnings"])
        assert " ".join(run.stderr.split()).count("not a fraction of 1") >= 1

    def test_a_wrong_key(self, ansible: Ansible, sim: Simulator, other_python: str) -> None:
        options = "organization_ids: '{{ ids[0] }}'\napi_key: a-wrong-key"
        here, there, run = both(ansible, sim, other_python, options)
        assert here["verdict"]["status"] == "error"
        assert here == there
        assert "a-wrong-key" not in run.output


class TestFacts:
    def test_of_some(self, ansible: Ansible, sim: Simulator, other_python: str) -> None:
        options = f"{WINDOW}organization_ids: \"{{{{ ids[:2] + ['999'] }}}}\"\non_error: continue"
        here, there, _run = both(ansible, sim, other_python, options, "response_codes_info")
        assert here == there
        assert here["changed"] is False
        assert [one["organization_id"] for one in here["organizations"]] == sim.organization_ids[:2]
        assert [len(one["intervals"]) for one in here["organizations"]] == [60, 60]
        assert [one["status"] for one in here["failures"]] == [404]

    def test_reshaped_and_with_a_caution(self, ansible: Ansible, sim: Simulator, other_python: str) -> None:
        options = (
            f"{WINDOW}organization_ids: '{{{{ ids }}}}'\nquery: summary.requests\n"
            "max_wait: 2\nrequests_per_second: 1\non_error: continue"
        )
        here, there, _run = both(ansible, sim, other_python, options, "response_codes_info")
        assert here["warnings"] == there["warnings"]
        assert "max_wait 2 is too short for 4 organizations" in here["warnings"][0]
        assert here["organizations"] == there["organizations"]
        assert all(isinstance(one, int) for one in here["organizations"])
        assert len(here["organizations"]) + len(here["failures"]) == 4

    def test_what_fails(self, ansible: Ansible, sim: Simulator, other_python: str) -> None:
        options = f"{WINDOW}organization_ids: \"{{{{ ids[:1] + ['999'] }}}}\""
        here, there, _run = both(ansible, sim, other_python, options, "response_codes_info")
        assert here == there
        assert here["failed"]
        assert here["msg"].startswith("1 of 2 organizations failed; organization 999 could not be read: ")
        assert len(here["organizations"]) == len(here["failures"]) == 1

    def test_wrong_options(self, ansible: Ansible, sim: Simulator, other_python: str) -> None:
        options = "t0: yesterday\ntimespan: 0\nmax_atempts: 3"
        here, there, _run = both(ansible, sim, other_python, options, "response_codes_info")
        assert here["msg"] == there["msg"]
        assert here["msg"].startswith("5 problems with the options: ")
        assert "did you mean max_attempts?" in here["msg"]
        assert sim.requests == []


class TestLog:
    WINDOW = WINDOW.replace("interval: 120\n", "")

    def test_of_some(self, ansible: Ansible, sim: Simulator, other_python: str) -> None:
        options = f"""{self.WINDOW}organization_ids: "{{{{ ids[:2] + ['999'] }}}}"
operationIds: [getOrganizationDevices, updateDeviceSwitchPort]
userAgent: e
responseCode: "200"
perPage: 5
max_pages: 3
on_error: continue"""
        here, there, _run = both(ansible, sim, other_python, options, "requests_info")
        assert here == there
        assert here["changed"] is False
        assert [one["organization_id"] for one in here["organizations"]] == sim.organization_ids[:2]
        for one in here["organizations"]:
            assert (one["pages"], len(one["requests"]), one["truncated"]) == (3, 15, True)
            assert {row["response_code"] for row in one["requests"]} == {200}
        assert [one["status"] for one in here["failures"]] == [404]

    def test_reshaped(self, ansible: Ansible, sim: Simulator, other_python: str) -> None:
        sim.scenario_of(sim.organization_ids[1], "idle")
        options = f"""{self.WINDOW}organization_ids: "{{{{ ids[:2] }}}}"
query: abs(requests[0].version)
max_pages: 1
on_error: continue"""
        here, there, _run = both(ansible, sim, other_python, options, "requests_info")
        assert here == there
        assert len(here["organizations"]) == 1
        (failure,) = here["failures"]
        assert failure["organization_id"] == sim.organization_ids[1]
        assert failure["message"].startswith("query 'abs(requests[0].version)' does not fit the facts (")

    def test_wrong_options(self, ansible: Ansible, sim: Simulator, other_python: str) -> None:
        options = "method: PATCH\nper_page: 1\nmax_page: 3\norganization_ids: '1'"
        here, there, _run = both(ansible, sim, other_python, options, "requests_info")
        assert here["msg"] == there["msg"]
        assert here["msg"].startswith("3 problems with the options: ")
        assert "did you mean max_pages?" in here["msg"]
        assert sim.requests == []


# What tasks may have besides their options, by their names.
KEYWORDS: dict[str, dict[str, Any]] = {
    "until_no_log": {"until": "until_no_log_ is succeeded", "retries": 3, "delay": 0, "no_log": True},
    "loop_delegated": {"loop": ["{{ ids }}", "{{ ids[:1] }}"], "delegate_to": "localhost", "check_mode": True},
    "failed_no_log": {"ignore_errors": True, "no_log": True},
    "environment": {"environment": {"MERAKI_DASHBOARD_BASE_URL": "{{ url }}"}},
    "become": {"become": True, "become_user": "nobody", "vars": {"ansible_become_exe": "{{ becoming }}"}},
    "async": {"async": 60, "poll": 1},
    "delegated_elsewhere": {"delegate_to": "elsewhere"},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "loop_delegated": {"organization_ids": "{{ item }}"},
    "failed_no_log": {"organization_ids": "999"},
    "environment": {"base_url": ""},
}
# With these the module has to run: in the controller's process they could not be had.
HANDED_OVER = {"environment", "become", "async", "delegated_elsewhere"}


class TestTask:
    """What the keywords of a task do, either way."""

    @pytest.fixture
    def becoming(self, tmp_path: Path) -> str:
        """A program that is given what sudo would be, writes that down, and runs the command."""
        path = tmp_path / "becoming"
        path.write_text('#!/bin/sh\necho "$@" >> "$0.log"\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec "$@"\n')
        path.chmod(0o755)
        return str(path)

    @pytest.fixture
    def playbook(self, ansible: Ansible, sim: Simulator) -> str:
        """A playbook with a task for each of the keywords, its key from a vault, its options from `module_defaults`."""
        (ansible.folder / "password").write_text("a password")
        encrypt = ("encrypt_string", "--vault-password-file", "password", "--name", "vaulted", sim.key)
        (ansible.folder / "vault.yml").write_text(ansible.run("ansible-vault", *encrypt).stdout)
        module = "apihealth.meraki.response_codes_info"
        defaults = {
            "base_url": "{{ url }}",
            "organization_ids": "{{ ids }}",
            "api_key": "{{ vaulted }}",
            "max_attempts": 1,
        }
        hour = int(time.time()) // 3600 * 3600
        tasks = [
            {
                "name": name,
                module: OPTIONS.get(name, {}),
                "register": f"{name}_",
                "when": f"'{name}' in names",
                **keywords,
            }
            for name, keywords in KEYWORDS.items()
        ]
        results = "{{ {" + ", ".join(f"'{name}': {name}_" for name in KEYWORDS) + "} }}"
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars_files": ["vault.yml"],
            "vars": {"ansible_async_dir": "{{ playbook_dir }}/async"},
            "module_defaults": {module: {**defaults, "t0": hour - 10800, "t1": hour - 3600, "interval": 120}},
            "tasks": [*tasks, {"name": "Show results", "ansible.builtin.debug": {"msg": results}}],
        }
        return json.dumps([play], indent=1)

    def test_keywords(self, ansible: Ansible, sim: Simulator, other_python: str, becoming: str, playbook: str) -> None:
        def results(names: Collection[str], handed_over: Collection[str], **variables: Any) -> dict[str, Any]:
            sim.add_fault("html_502", times=1)  # the first attempt of the first task
            given = {"url": sim.base_url, "ids": sim.organization_ids[:2], "becoming": becoming, "names": list(names)}
            run = ansible.playbook(
                playbook,
                "--vault-password-file",
                "password",
                "-vvv",
                variables={**given, **variables},
                inventory=f"elsewhere ansible_connection=local ansible_python_interpreter={other_python}\n",
            )
            assert run.rc == 0, run.output
            said = dict(re.findall(r"^TASK \[(\w+)\](.*?)(?=^TASK )", run.stdout, re.M | re.S))
            # So much detail tells of each command that a connection runs.
            assert {name for name, text in said.items() if " EXEC " in text} == set(handed_over)
            assert '"by_code"' in said["loop_delegated"]
            assert '"by_code"' not in said["until_no_log"]
            return {name: result for name, result in run.shown("results").items() if name in names}

        def essence(result: dict[str, Any]) -> dict[str, Any]:
            for one in [*result["organizations"], *result["failures"]]:
                one.get("request", one).pop("request_id")
            names = ("organizations", "failures", "changed", "failed", "msg", "attempts")
            return {name: result[name] for name in names if name in result}

        either = KEYWORDS.keys() - HANDED_OVER
        here = results(KEYWORDS, HANDED_OVER)
        there = results(either, either, ansible_python_interpreter=other_python)
        plain, of_one = [essence(one) for one in here["loop_delegated"]["results"]]
        assert [essence(one) for one in there["loop_delegated"]["results"]] == [plain, of_one]
        assert [one["organization_id"] for one in plain["organizations"]] == sim.organization_ids[:2]
        assert [essence(here[name]) for name in sorted(HANDED_OVER)] == [plain] * len(HANDED_OVER)
        assert len(Path(f"{becoming}.log").read_text().splitlines()) == 1
        assert here["async"]["ansible_job_id"]
        tried = essence(here["until_no_log"])
        assert tried == essence(there["until_no_log"]) == {**plain, "attempts": 2}
        failed = essence(here["failed_no_log"])
        assert failed == essence(there["failed_no_log"])
        assert failed["msg"].startswith("organization 999 could not be read: ")
        assert failed["failures"][0]["status"] == 404

    def test_a_python_of_the_configuration(self, ansible: Ansible, sim: Simulator, other_python: str) -> None:
        run = ansible.playbook(
            """\
            - hosts: all
              gather_facts: false
              tasks:
                - apihealth.meraki.health_info:
                    api_key: "{{ key }}"
                    base_url: "{{ url }}"
                    organization_ids: "{{ org }}"
            """,
            variables={"url": sim.base_url, "key": sim.key, "org": sim.organization_ids[0]},
            inventory="here ansible_connection=local\n",
            env={"ANSIBLE_PYTHON_INTERPRETER": other_python},
        )
        assert run.rc == 0, run.output
        assert Path(f"{other_python}.log").read_text() == "ran\n"

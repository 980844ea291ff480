# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook doctor: a line for each check whatever fails, exit code 2 if a gate could not work, and no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Ansible, Run
from tests.simulator import Proxy, Simulator, Unreachable, self_signed

pytestmark = pytest.mark.once

DOCTOR = "apihealth.meraki.doctor"
PASSWORD = "81f3c2d94be60a57"
WRONG_KEY = "5c61e0d7b1f24a9c0f9d27c64ab8135e"
NAMES = ["proxy", "address", "tls", "answer", "clock", "key", "organizations", "api_access", "scope", "endpoint"]


def doctor(ansible: Ansible, base_url: str | None, key: str, *arguments: str, rc: int = 2, **variables: Any) -> Run:
    """Run it, so that everything which may be said is said, and hold against it what no output may hold."""
    env = {"MERAKI_DASHBOARD_API_KEY": key, "MERAKI_DASHBOARD_BASE_URL": base_url or ""}
    given = {f"health_gate_{name}": value for name, value in variables.items()}
    run = ansible.playbook(DOCTOR, "-vvvv", *arguments, variables=given, env=env)
    assert run.rc == rc, run.output
    squeezed = re.sub(r"\s+", "", run.output)
    assert not [secret for secret in (PASSWORD, WRONG_KEY, *Simulator.keys.values()) if secret in squeezed]
    return run


def screen(run: Run) -> list[str]:
    """The lines that it printed, each at most 75 characters long and plain."""
    block = re.search(r"^((?:NOT )?READY  .*?)^(?:ok|changed): \[", run.stdout, re.M | re.S)
    assert block, run.output
    lines = block[1].splitlines()
    assert all(len(line) <= 75 and line.isascii() and line.isprintable() for line in lines), lines
    return lines


def failure(run: Run) -> str:
    """The message of the only task that failed, as this verbosity shows it."""
    (found,) = re.findall(r"FAILED! => (\{\n.*?^\})$", run.stdout, re.M | re.S)
    return str(json.loads(found)["msg"])


def told(run: Run, *, fail: str | None = None) -> dict[str, str]:
    """The status of each check. `fail` is the only one that failed, and what is behind it was skipped because of it."""
    found = re.findall(r"^(OK|WARN|FAIL|SKIP) +(\w+): ", "\n".join(screen(run)), re.M)
    assert [name for _status, name in found] == NAMES
    statuses = {name: status for status, name in found}
    if fail:
        assert [name for name, status in statuses.items() if status == "FAIL"] == [fail]
        skipped = [name for name, status in statuses.items() if status == "SKIP"]
        assert skipped == ([] if fail == "clock" else NAMES[NAMES.index(fail) + 1 :])
        assert run.stdout.count(f"not checked, because {fail} failed\n") == len(skipped)
        assert screen(run)[0].startswith(f"NOT READY  {fail}: ")
        assert failure(run) == screen(run)[0]
    else:
        assert "FAIL" not in statuses.values()
        assert screen(run)[0].startswith("READY  A gate can work here")
    return statuses


class TestReady:
    def test_one_organization(self, ansible: Ansible, sim: Simulator) -> None:
        run = doctor(ansible, sim.base_url, sim.key, rc=0, organization_ids=sim.organization_ids[:1])
        assert set(told(run).values()) == {"OK"}
        assert f"ORG  {sim.organization_ids[0]}  Example Retail" in screen(run)
        assert screen(run)[-1] == "DO   Run apihealth.meraki.health_gate with the same variables."
        assert [request.status for request in sim.requests] == [200, 200]

    def test_several_of_which_one_is_disabled(self, ansible: Ansible, sim: Simulator) -> None:
        run = doctor(ansible, sim.base_url, sim.key, rc=0)
        assert {name for name, status in told(run).items() if status == "WARN"} == {"api_access"}
        ids = [*sim.organization_ids, sim.api_disabled_organization]
        assert re.findall(r"^ORG  (\d+)", "\n".join(screen(run)), re.M) == ids
        # A name is data: it is neither a template nor longer than its line.
        assert f"ORG  {sim.organization_ids[2]}  {{{{ 7*7 }}}}" in screen(run)
        assert len(sim.requests) == 5

    def test_what_it_says_to_do_works(self, ansible: Ansible, sim: Simulator) -> None:
        run = doctor(ansible, sim.base_url, sim.key, rc=0)
        found = re.search(r"^     -e '(.*)'$", "\n".join(screen(run)), re.M)
        assert found
        env = {"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
        gate = ansible.playbook("apihealth.meraki.health_gate", "-e", found[1], env=env)
        assert f"GATE OPEN  org {sim.organization_ids[0]}" in gate.stdout

    def test_the_variables_of_a_gate(self, ansible: Ansible, sim: Simulator) -> None:
        """Also those of a policy, of which it makes nothing."""
        ids = sim.organization_ids[1]
        policy = {"server_error_fail_percent": 3, "run_once": True, "report_dir": "reports", "mode": "report_only"}
        doctor(ansible, sim.base_url, sim.key, rc=0, organization_ids=ids, **policy)
        assert not (ansible.folder / "reports").exists()


class TestNotReady:
    def test_a_wrong_key(self, ansible: Ansible, sim: Simulator) -> None:
        run = doctor(ansible, sim.base_url, WRONG_KEY)
        assert told(run, fail="key")["clock"] == "OK"
        assert "environment variable MERAKI_DASHBOARD_API_KEY" in run.stdout
        assert [request.status for request in sim.requests] == [401]

    def test_no_key(self, ansible: Ansible, sim: Simulator) -> None:
        run = doctor(ansible, sim.base_url, "")
        told(run, fail="key")
        assert "Set the environment variable MERAKI_DASHBOARD_API_KEY" in run.stdout
        assert [request.auth for request in sim.requests] == [None]

    def test_a_key_without_the_scope(self, ansible: Ansible, sim: Simulator) -> None:
        run = doctor(ansible, sim.base_url, sim.keys["no_scope"])
        assert told(run, fail="scope")["organizations"] == "OK"
        assert "dashboard:general:telemetry:read" in run.stdout

    def test_an_organization_whose_api_access_is_disabled(self, ansible: Ansible, sim: Simulator) -> None:
        run = doctor(ansible, sim.base_url, sim.key, organization_ids=[sim.api_disabled_organization])
        told(run, fail="api_access")
        # Where it cannot be listed, the API says so itself.
        sim.add_fault("status", status=403)
        again = doctor(ansible, sim.base_url, sim.key, organization_ids=[sim.api_disabled_organization])
        assert "API access is disabled for this organization" in " ".join(screen(again))

    def test_an_organization_that_is_not_there(self, ansible: Ansible, sim: Simulator) -> None:
        run = doctor(ansible, sim.base_url, sim.key, organization_ids="549236")
        told(run, fail="organizations")
        # Nobody has to look for the right one.
        assert f"ORG  {sim.organization_ids[0]}  Example Retail" in screen(run)

    def test_a_clock(self, ansible: Ansible) -> None:
        with Simulator(clock_ahead_seconds=600) as sim:
            run = doctor(ansible, sim.base_url, sim.key)
        assert told(run, fail="clock")["endpoint"] == "OK"
        assert "FAIL clock: this host's clock is 10 min behind the API's" in screen(run)

    def test_a_name_that_nothing_resolves(self, ansible: Ansible) -> None:
        told(doctor(ansible, "https://api.meraki.invalid", Simulator.key), fail="address")

    def test_no_network(self, ansible: Ansible) -> None:
        with Unreachable() as nowhere:
            run = doctor(ansible, nowhere.base_url, Simulator.key, timeout=0.5)
        told(run, fail="address")
        assert "FAIL address: no connection within 0.5 s" in "\n".join(screen(run))

    def test_a_certificate_that_is_not_trusted(self, ansible: Ansible, tmp_path: Path) -> None:
        (tmp_path / "tls").mkdir()
        certificate = self_signed(tmp_path / "tls", "127.0.0.1")
        with Simulator(tls=certificate) as sim:
            run = doctor(ansible, sim.base_url, sim.key)
            told(run, fail="tls")
            assert "FAIL tls: self-signed certificate" in screen(run)
            assert "health_gate_ca_path" in run.stdout
            told(doctor(ansible, sim.base_url, sim.key, rc=0, ca_path=str(certificate[0])))
            unverified = doctor(ansible, sim.base_url, sim.key, rc=0, validate_certs=False)
            assert told(unverified)["tls"] == "WARN"

    def test_a_proxy_that_refuses(self, ansible: Ansible) -> None:
        run = doctor(ansible, None, Simulator.key, proxy=f"http://somebody:{PASSWORD}@127.0.0.1:1")
        told(run, fail="proxy")
        assert "FAIL proxy: no connection through the proxy 127.0.0.1:1 (connection" in screen(run)
        with Proxy(credentials="somebody:else") as proxy:
            given = proxy.address_for(f"somebody:{PASSWORD}")
            told(doctor(ansible, None, Simulator.key, proxy=given), fail="proxy")

    def test_a_page_in_the_place_of_the_api(self, ansible: Ansible, sim: Simulator) -> None:
        sim.add_fault("html_200", times=None)
        run = doctor(ansible, sim.base_url, sim.key)
        told(run, fail="answer")
        assert "a page titled 'Sign in to the network'" in " ".join(" ".join(screen(run)).split())
        assert len(sim.requests) == 1


class TestOptions:
    def test_every_problem_at_once_and_before_any_request(self, ansible: Ansible, sim: Simulator) -> None:
        given: dict[str, Any] = {"region": "canda", "regoin": "canada", "proxy": f"ftp://somebody:{PASSWORD}@127.0.0.1"}
        run = doctor(ansible, sim.base_url, sim.key, "-e", "doctor_organization_ids=1", **given)
        said = failure(run)
        for problem in (
            "4 problems with the options",
            "health_gate_region: 'canda' is not one of global, canada",
            "health_gate_proxy: is not a URL",
            "unknown variable 'health_gate_regoin' (did you mean health_gate_region?)",
            "unknown variable 'doctor_organization_ids' (did you mean health_gate_organization_ids?)",
        ):
            assert problem in said
        assert sim.requests == []

    def test_no_choice_of_tags_skips_it(self, ansible: Ansible, sim: Simulator) -> None:
        told(doctor(ansible, sim.base_url, WRONG_KEY, "--tags", "other"), fail="key")


def test_the_module_says_the_same_in_a_process_of_its_own(ansible: Ansible, sim: Simulator) -> None:
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          module_defaults:
            group/apihealth.meraki.api:
              api_key: "{{ key }}"
              base_url: "{{ url }}"
          tasks:
            - name: Here
              apihealth.meraki.doctor_info:
              register: here

            - name: There
              apihealth.meraki.doctor_info:
                show_screen: true
              environment:
                SOME: thing
              register: there

            - name: Show both
              ansible.builtin.debug:
                msg: ["{{ here }}", "{{ there }}"]
        """,
        variables={"key": sim.keys["no_scope"], "url": sim.base_url},
    )
    here, there = run.shown("both")
    returned = ("ready", "checks", "organizations", "lines")
    assert [here[name] for name in returned] == [there[name] for name in returned]
    assert here["ready"] is False
    assert screen(run) == there["lines"]

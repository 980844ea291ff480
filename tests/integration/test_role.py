# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role health_gate and the playbook of the same name: what opens, what closes, and what a reader sees."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH, WRAPPER
from tests.integration.conftest import Ansible, Run, failures_said, screens, tasks
from tests.simulator import Simulator
from tests.unit.plugins.module_utils.schema import valid

GATE = "apihealth.meraki.health_gate"
# To become somebody would need a program that is not there.
THREE_HOSTS = """
    [edge]
    edge[1:3] ansible_connection=local ansible_python_interpreter="{{ ansible_playbook_python }}"

    [edge:vars]
    ansible_become_user=nobody
    ansible_become_exe=/nonexistent/sudo
"""


def gate_variables(sim: Simulator, index: int = 0, **variables: Any) -> dict[str, Any]:
    """The role's variables for one organization of the simulator: the whole verdict, and no request for more."""
    return {
        "health_gate_publish": "full",
        "health_gate_attribution": "off",
        "health_gate_api_key": sim.key,
        "health_gate_base_url": sim.base_url,
        "health_gate_organization_ids": [sim.organization_ids[index]],
        **variables,
    }


def published(run: Run) -> Any:
    """The verdict among the custom statistics, None if there is none."""
    found = re.search(r"^CUSTOM STATS: \**\n\s*RUN: (\{.*\})$", run.stdout, re.M)
    return json.loads(found[1])["health_gate_verdict"] if found else None


def gate_task(run: Run) -> str:
    """The name of the task that shows the screen."""
    (name,) = [name for name in tasks(run) if re.match("Gate (open|closed): ", name)]
    return name


def test_healthy_opens(ansible: Ansible) -> None:
    with Simulator() as sim:
        run = ansible.playbook(
            GATE,
            variables=gate_variables(sim),
            env={"ANSIBLE_SHOW_CUSTOM_STATS": "1"},
        )
        org = sim.organization_ids[0]
        assert [request.status for request in sim.requests] == [200]
    assert run.rc == 0, run.output
    (screen,) = screens(run)
    assert screen[0].startswith(f"GATE OPEN  org {org}  pass (")
    # An hour over midnight has two dates, and takes two lines.
    window = r"Window \d{4}[- ]\d\d-\d\d \d\d:\d\d.*Z, 30/30 intervals of 120s, [\d,]+ requests"
    assert re.search(window, " ".join(map(str.strip, screen)))
    verdict = published(run)
    assert verdict["lines"] == screen
    assert (verdict["schema"], verdict["status"], verdict["gate"], verdict["outcome"]) == (1, "pass", "open", 0)
    assert gate_task(run) == f"Gate open: pass, org {org}"
    assert verdict["summary"].startswith(f"{org}: ")


@pytest.mark.parametrize("mode", ["run", "check"])
def test_degraded_closes(ansible: Ansible, mode: str) -> None:
    """An earlier workflow node's artifact arrives as an extra variable, which outranks what set_fact says."""
    with Simulator(scenario="degraded") as sim:
        run = ansible.playbook(
            f"""
            - import_playbook: {GATE}

            - hosts: localhost
              gather_facts: false
              tasks:
                - name: The change
                  ansible.builtin.debug:
            """,
            *(["--check"] if mode == "check" else []),
            variables=gate_variables(sim, health_gate_verdict={"gate": "open", "status": "pass", "lines": []}),
            env={"ANSIBLE_SHOW_CUSTOM_STATS": "1"},
        )
        org = sim.organization_ids[0]
    assert run.rc == 2, run.output
    assert "The change" not in run.output
    assert run.recap()["localhost"]["failed"] == 1
    (screen,) = screens(run)
    assert screen[0].startswith(f"GATE CLOSED  org {org}  fail (1 fail")
    failing = re.compile(r"FAIL server_error_percent [\d.]+% > 5% \(\d+ of \d+; 95% CI [\d.]+-[\d.]+\)$")
    assert any(map(failing.match, screen))
    assert any(line.startswith("DO   Do not start the change.") for line in screen)
    assert gate_task(run) == f"Gate closed: fail, org {org}"
    (said,) = failures_said(run)
    assert re.match(rf"{org}: server_error_percent [\d.]+% > 5% \(\d+ of \d+\), .*still failing$", said)
    # Ansible prints a failure's message twice by itself. Nothing of how the role works is shown.
    shown = run.output.partition("\nPLAY RECAP ")[0]
    assert shown.count(said) <= 2
    assert "__health_gate" not in shown
    assert "noqa" not in shown


def test_a_closed_gate_stops_every_host(ansible: Ansible) -> None:
    with Simulator(scenario="degraded") as sim:
        run = ansible.playbook(
            f"""
            - hosts: edge
              gather_facts: false
              roles:
                - {GATE}
              post_tasks:
                - name: The change
                  ansible.builtin.debug:

            - hosts: all
              gather_facts: false
              tasks:
                - name: The next play
                  ansible.builtin.debug:
            """,
            variables=gate_variables(sim),
            inventory=THREE_HOSTS,
            env={"ANSIBLE_SHOW_CUSTOM_STATS": "1"},
        )
        assert len(sim.requests) == 1
    assert run.rc == 2, run.output
    assert len(screens(run)) == 1
    assert "The change" not in run.output
    assert "The next play" not in run.output
    # Ansible counts the failure of a task that runs once at one host; the others have no part in what follows.
    assert sum(counts["failed"] for counts in run.recap().values()) >= 1


DIFFERENT_HOSTS = """
    [edge]
    well ansible_connection=local ansible_python_interpreter="{{{{ ansible_playbook_python }}}}"
    ill ansible_connection=local ansible_python_interpreter="{{{{ ansible_playbook_python }}}}"

    [edge:vars]
    health_gate_base_url={url}
"""


@pytest.mark.parametrize(
    "role",
    [
        "{role: GATE, health_gate_organization_ids: '{{ orgs[inventory_hostname] }}'}",
        "{role: GATE, health_gate_organization_ids: '{{ orgs.ill }}', when: inventory_hostname == 'ill'}",
    ],
    ids=["organizations of its own", "left out by a condition"],
)
def test_a_host_that_the_verdict_does_not_cover_stops(ansible: Ansible, role: str) -> None:
    with Simulator(scenarios=["healthy", "degraded"], organizations=2) as sim:
        well, ill = sim.organization_ids
        run = ansible.playbook(
            f"""
            - hosts: edge
              gather_facts: false
              roles:
                - {role.replace("GATE", GATE)}
              post_tasks:
                - name: The change
                  ansible.builtin.debug:
                    msg: "changed {{{{ inventory_hostname }}}}"
            """,
            variables={"orgs": {"well": [well], "ill": [ill]}},
            inventory=DIFFERENT_HOSTS.format(url=sim.base_url),
            env={"MERAKI_DASHBOARD_API_KEY": sim.key},
        )
    assert run.rc == 2, run.output
    assert "changed ill" not in run.output
    assert "changed well" in run.output
    assert failures_said(run)[0].startswith("The verdict does not cover this host")


def test_a_role_that_is_left_out_says_no_nonsense(ansible: Ansible, sim: Simulator) -> None:
    run = ansible.playbook(
        f"""
        - hosts: localhost
          gather_facts: false
          roles:
            - role: {GATE}
              when: false
        """,
        variables=gate_variables(sim),
    )
    assert (run.rc, sim.requests) == (0, []), run.output
    assert "Gate not judged" in tasks(run)
    assert "error" not in run.output.lower()


def test_a_gate_before_and_one_after_are_two(ansible: Ansible, sim: Simulator) -> None:
    run = ansible.playbook(
        f"""
        - hosts: localhost
          gather_facts: false
          roles:
            - {GATE}
            - {GATE}
        """,
        variables=gate_variables(sim),
    )
    assert run.rc == 0, run.output
    assert len(screens(run)) == len(sim.requests) == 2


def test_a_choice_of_tags_does_not_skip_the_playbook(ansible: Ansible) -> None:
    with Simulator(scenario="degraded") as sim:
        run = ansible.playbook(GATE, "--tags", "deploy", variables=gate_variables(sim))
    assert run.rc == 2, run.output


def test_an_open_gate_lets_every_host_on(ansible: Ansible, sim: Simulator) -> None:
    run = ansible.playbook(
        f"""
        - hosts: edge
          gather_facts: false
          become: true
          roles:
            - role: {GATE}
          post_tasks:
            - name: This play does become
              ansible.builtin.raw: "true"
              changed_when: false
              ignore_errors: true
              register: became

            - name: Show verdict
              ansible.builtin.debug:
                msg: "{{{{ [inventory_hostname, became is failed, health_gate_verdict.gate] }}}}"
        """,
        variables=gate_variables(sim, health_gate_publish="none"),
        inventory=THREE_HOSTS,
        env={"ANSIBLE_SHOW_CUSTOM_STATS": "1"},
    )
    assert run.rc == 0, run.output
    assert sorted(run.shown_each("verdict")) == [[f"edge{number}", True, "open"] for number in (1, 2, 3)]
    assert len(sim.requests) == 1
    assert published(run) is None


def test_each_host_may_have_a_gate_of_its_own(ansible: Ansible) -> None:
    with Simulator(organizations=3, scenarios=["healthy", "degraded", "healthy"]) as sim:
        variables = gate_variables(sim, health_gate_run_once="no")
        del variables["health_gate_organization_ids"]
        run = ansible.playbook(
            f"""
            - hosts: edge
              gather_facts: false
              vars:
                health_gate_organization_ids: "{{{{ ids[groups.edge.index(inventory_hostname)] }}}}"
              roles:
                - {GATE}
              post_tasks:
                - name: Show verdict
                  ansible.builtin.debug:
                    msg: "{{{{ health_gate_verdict.organizations[0].organization_id }}}}"
            """,
            variables={**variables, "ids": sim.organization_ids},
            inventory=THREE_HOSTS,
        )
        first, _second, third = sim.organization_ids
        assert sorted(str(request.organization) for request in sim.requests) == sim.organization_ids
    assert run.rc == 2, run.output
    assert {host: counts["failed"] for host, counts in run.recap().items()} == {"edge1": 0, "edge2": 1, "edge3": 0}
    assert sorted(run.shown_each("verdict")) == [first, third]


def test_each_host_keeps_facts_of_its_own(ansible: Ansible, sim: Simulator) -> None:
    """Some versions of ansible-core make one fact cache of what a task that runs once returns for all hosts."""
    run = ansible.playbook(
        f"""
        - hosts: edge
          gather_facts: false
          roles:
            - {GATE}
          post_tasks:
            - name: Learn something
              ansible.builtin.set_fact:
                mine: "{{{{ inventory_hostname }}}}"
                cacheable: true

            - name: Show what is known
              ansible.builtin.debug:
                msg: "{{{{ [inventory_hostname, mine, ansible_facts.mine] }}}}"
        """,
        variables=gate_variables(sim),
        inventory=THREE_HOSTS,
    )
    assert run.rc == 0, run.output
    assert sorted(run.shown_each("what is known")) == [[f"edge{number}"] * 3 for number in (1, 2, 3)]


def cases_playbook(cases: Mapping[str, Mapping[str, Any]]) -> str:
    """A playbook that goes through the gate once for each case, and shows whether it opened and what was said."""
    steps = [
        {
            "name": name,
            "block": [
                {"ansible.builtin.include_role": {"name": GATE}, "vars": dict(variables)},
                {
                    "name": f"Show {name}",
                    "ansible.builtin.debug": {"msg": {"open": True, "verdict": "{{ health_gate_verdict }}"}},
                },
            ],
            "rescue": [
                {
                    "name": f"Show {name} closed",
                    "ansible.builtin.debug": {
                        "msg": {
                            "open": False,
                            "verdict": "{{ health_gate_verdict | default({}) }}",
                            "said": "{{ ansible_failed_result.msg }}",
                        }
                    },
                },
            ],
        }
        for name, variables in cases.items()
    ]
    return yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": steps}], width=1000, sort_keys=False)


def outcome(run: Run, name: str) -> Any:
    """What became of a case."""
    closed = f"Show {name} closed"
    return run.shown(f"{name} closed" if closed in tasks(run) else name)


class TestPolicy:
    def test_what_opens_and_what_closes(self, ansible: Ansible) -> None:
        """And a rescue turns a closed gate into a play that goes on: that is its author's affair."""
        scenarios = ["degraded", "quiet", "idle", "recovering", "throttled", "healthy"]
        with Simulator(organizations=7, scenarios=scenarios) as sim:
            *known, empty = sim.organization_ids
            # What an organization without any request may well get.
            sim.add_fault("json_200", times=9, organization=empty, body=[])
            narrow = {"health_gate_max_window_minutes": 60}
            run = ansible.playbook(
                cases_playbook(
                    {
                        "report only": gate_variables(sim, 0, health_gate_mode="report_only"),
                        "quiet": gate_variables(sim, 1, **narrow),
                        "quiet strictly": gate_variables(sim, 1, health_gate_on_low_traffic="fail", **narrow),
                        "quiet widened": gate_variables(sim, 1),
                        "idle": gate_variables(sim, 2, **narrow),
                        "all": gate_variables(sim, health_gate_organization_ids=known, **narrow),
                        "nothing": gate_variables(sim, 6),
                        "nothing, tolerated": gate_variables(sim, 6, health_gate_on_no_data="warn"),
                        "unknown": gate_variables(sim, health_gate_organization_ids="000"),
                    }
                ),
            )
        assert run.rc == 0, run.output
        assert len(screens(run)) == 9
        assert run.recap()["localhost"]["rescued"] == 4

        report = outcome(run, "report only")
        assert (report["open"], report["verdict"]["status"], report["verdict"]["mode"]) == (True, "fail", "report_only")
        assert report["verdict"]["lines"][0].startswith("GATE OPEN")
        assert "report only" in report["verdict"]["lines"][0]

        quiet = outcome(run, "quiet")
        assert (quiet["open"], quiet["verdict"]["status"], quiet["verdict"]["outcome"]) == (True, "inconclusive", 3)
        assert any("low_traffic" in line for line in quiet["verdict"]["lines"])
        strictly = outcome(run, "quiet strictly")
        assert (strictly["open"], strictly["verdict"]["gate"]) == (False, "closed")
        assert strictly["verdict"]["status"] == "inconclusive"
        assert strictly["said"] == strictly["verdict"]["summary"]
        widened = outcome(run, "quiet widened")
        assert widened["open"]
        # The headline is of the window asked for; what is old gives no all-clear.
        assert not widened["verdict"]["organizations"][0]["data"]["widened"]
        assert "too few requests there, so some checks use" in " ".join(widened["verdict"]["lines"])

        idle = outcome(run, "idle")
        assert (idle["open"], idle["verdict"]["status"]) == (True, "inconclusive"), "no_traffic is low traffic"
        assert "no_traffic" in " ".join(idle["verdict"]["lines"])

        every = outcome(run, "all")
        assert not every["open"]
        found = [one["status"] for one in every["verdict"]["organizations"]]
        assert found == ["fail", "inconclusive", "inconclusive", "warn", "fail", "pass"]
        assert every["verdict"]["lines"][0].startswith("GATE CLOSED  2 of 6 organizations  fail (2 fail")

        unknown = outcome(run, "unknown")
        assert (unknown["open"], unknown["verdict"]["status"], unknown["verdict"]["outcome"]) == (False, "error", 3)
        assert "health_gate_api_key" in unknown["verdict"]["next_step"], "the variable's name, not the option's"

        nothing = outcome(run, "nothing")
        assert (nothing["open"], nothing["verdict"]["status"]) == (False, "inconclusive")
        assert "no_data" in nothing["said"]
        assert "health_gate_on_no_data=warn" in nothing["verdict"]["next_step"]
        assert outcome(run, "nothing, tolerated")["open"]


class TestVariables:
    def test_wrong_ones_are_refused_by_their_names(self, ansible: Ansible, sim: Simulator) -> None:
        run = ansible.playbook(
            cases_playbook(
                {
                    "misspelt": gate_variables(sim, health_gate_server_error_fail_prcent=1),
                    "several": gate_variables(
                        sim,
                        health_gate_organization_ids=None,
                        health_gate_window_minutes="soon",
                        health_gate_mode="strict",
                        health_gate_server_error_warn_percent=7,
                        health_gate_timeout=0,
                        health_gate_on_low_trafic="fail",
                    ),
                }
            )
        )
        assert run.rc == 0, run.output
        misspelt, several = outcome(run, "misspelt"), outcome(run, "several")
        assert not misspelt["open"]
        assert "'health_gate_server_error_fail_prcent'" in misspelt["said"]
        assert "did you mean health_gate_server_error_fail_percent?" in misspelt["said"]
        assert not several["open"]
        for expected in (
            "health_gate_organization_ids is required",
            "health_gate_window_minutes: 'soon' is not a whole number",
            "health_gate_mode: 'strict' is not one of enforce, report_only",
            "health_gate_server_error_warn_percent 7 is above health_gate_server_error_fail_percent 5",
            "health_gate_timeout",
            "did you mean health_gate_on_low_traffic?",
        ):
            assert expected in several["said"]
        assert sim.requests == []

    def test_each_reaches_its_option(self, ansible: Ansible, sim: Simulator) -> None:
        """No option is a thing that has a thing in it, so what is refused is what has arrived."""
        arriving = sorted({*HEALTH.options} - {*WRAPPER})
        run = ansible.playbook(
            cases_playbook({"all": {f"health_gate_{name}": {"a": {"b": {1: 2}}} for name in arriving}})
        )
        assert run.rc == 0, run.output
        said = outcome(run, "all")["said"]
        assert [name for name in arriving if not re.search(rf"\bhealth_gate_{name}\b", said)] == []
        assert sim.requests == []

    def test_each_is_templated_where_the_role_is(self, ansible: Ansible, sim: Simulator) -> None:
        sim.clock.freeze()
        run = ansible.playbook(
            cases_playbook(
                {
                    "templates": gate_variables(
                        sim,
                        minutes=10,
                        health_gate_window_minutes="{{ minutes * 3 }}",
                        health_gate_server_error_fail_percent="{{ nothing | default(omit) }}",
                        health_gate_checks=[{"name": "of {{ minutes }}", "metric": "error_percent", "fail": 50}],
                    ),
                    "undefined": gate_variables(sim, health_gate_mode="{{ nowhere_to_be_found }}"),
                }
            )
        )
        assert run.rc == 0, run.output
        (organization,) = outcome(run, "templates")["verdict"]["organizations"]
        assert organization["window"]["seconds"] == 1800
        found = {check["name"]: check["fail"] for check in organization["checks"]}
        assert (found["of 10"], found["server_error_percent"]) == (50, 5)
        assert not outcome(run, "undefined")["open"]
        assert "'nowhere_to_be_found' is undefined" in outcome(run, "undefined")["said"]

    @pytest.mark.parametrize("blank", [None, ""], ids=["null", "text"])
    def test_blank_answers_are_unset(self, ansible: Ansible, sim: Simulator, blank: str | None) -> None:
        """An AWX survey sends null or "" for every question that was left open."""
        sim.clock.freeze()
        defaults = yaml.safe_load((ansible.collection / "roles/health_gate/defaults/main.yml").read_text())
        given = gate_variables(sim)
        del given["health_gate_publish"]
        blanks = {name: blank for name in defaults if name not in given}
        run = ansible.playbook(
            GATE, variables={**given, **blanks}, env={"ANSIBLE_SHOW_CUSTOM_STATS": "1", "MERAKI_API_KEY": sim.key}
        )
        assert run.rc == 0, run.output
        verdict = published(run)
        assert verdict is not None, "a blank health_gate_publish publishes"
        valid(verdict, is_short=True)
        assert (verdict["status"], verdict["mode"]) == ("pass", "enforce")
        passed = "server_error_percent 0.*%, rate_limited_percent 0%, client_error_percent .*%"
        assert re.search(passed, " ".join(line.strip() for line in verdict["lines"]))
        assert sim.requests[-1].query == sim.requests[0].query

    def test_a_blank_key_and_address_leave_it_to_the_environment(self, ansible: Ansible, sim: Simulator) -> None:
        blank = {"health_gate_api_key": "", "health_gate_base_url": None, "health_gate_organization_names": "never"}
        ids = ",".join(sim.organization_ids)
        run = ansible.playbook(
            GATE,
            variables={**blank, "health_gate_organization_ids": ids, "health_gate_ignore_codes": "404,403"},
            env={"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url},
        )
        assert run.rc == 0, run.output
        assert sorted(str(request.organization) for request in sim.requests) == sorted(sim.organization_ids)
        assert screens(run)[0][0].startswith("GATE OPEN  4 organizations  pass (4 pass)")


def test_a_program_may_read_standard_output(ansible: Ansible, sim: Simulator) -> None:
    """With a callback that writes JSON, the screen goes where it spoils no document."""
    (ansible.folder / "callbacks").mkdir()
    (ansible.folder / "callbacks" / "json.py").write_text(CALLBACK)
    run = ansible.playbook(
        GATE,
        variables=gate_variables(sim),
        env={"ANSIBLE_STDOUT_CALLBACK": "json", "ANSIBLE_CALLBACK_PLUGINS": str(ansible.folder / "callbacks")},
    )
    assert json.loads(run.stdout) == ["localhost"]
    assert "\nGATE OPEN  org " in f"\n{run.stderr}"


CALLBACK = """
import json

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "json"

    def v2_playbook_on_stats(self, stats):
        self._display.display(json.dumps(sorted(stats.processed)))
"""


@pytest.mark.parametrize(("user", "shown"), [("ada", "ada"), ("a\x00b", None)])
def test_the_job_of_awx_and_who_started_it(ansible: Ansible, sim: Simulator, user: str, shown: str | None) -> None:
    """AWX names its job in the environment, and the user in a variable."""
    folder = ansible.folder / "reports"
    run = ansible.playbook(
        f"- hosts: localhost\n  gather_facts: false\n  roles: [{GATE}]\n",
        variables=gate_variables(sim, health_gate_report_dir=str(folder), awx_user_name=user),
        env={"AWX_HOST": "https://awx.example", "JOB_ID": "42"},
    )
    assert run.rc == 0, run.output
    text = (folder / "health_gate.md").read_text()
    assert "https://awx.example/#/jobs/playbook/42/output" in text
    assert ("ada" in text) is (shown is not None)


def test_ignoring_a_closed_gate_goes_on(ansible: Ansible) -> None:
    with Simulator(scenario="degraded") as sim:
        run = ansible.playbook(
            f"""
            - hosts: localhost
              gather_facts: false
              tasks:
                - ansible.builtin.include_role:
                    name: {GATE}
                    apply:
                      ignore_errors: true

                - name: Show gate
                  ansible.builtin.debug:
                    msg: "{{{{ health_gate_verdict.gate }}}}"
            """,
            variables=gate_variables(sim),
        )
    assert run.rc == 0, run.output
    assert run.recap()["localhost"]["ignored"] == 2
    assert run.shown("gate") == "closed"


class TestReports:
    def test_all_of_them_although_the_gate_is_closed(self, ansible: Ansible) -> None:
        with Simulator(scenarios=["healthy", "degraded"], organizations=2) as sim:
            given = gate_variables(
                sim,
                health_gate_organization_ids=sim.organization_ids,
                health_gate_report_dir="out/reports",
                health_gate_runbook_url="https://wiki.example/meraki",
            )
            (ansible.folder / "summary.md").write_text("# Earlier\n")
            run = ansible.playbook(
                GATE,
                "--check",
                variables=given,
                env={"ANSIBLE_SHOW_CUSTOM_STATS": "1", "GITHUB_STEP_SUMMARY": str(ansible.folder / "summary.md")},
            )
        assert run.rc == 2
        folder = ansible.folder / "out" / "reports"
        assert {path.name for path in folder.iterdir()} >= {
            f"health_gate.{kind}" for kind in ("html", "json", "md", "xml")
        }
        verdict = json.loads((folder / "health_gate.json").read_text())
        assert verdict == published(run)
        valid(verdict)
        suites = ElementTree.parse(folder / "health_gate.xml").getroot()
        assert [(suite.get("name"), suite.get("failures")) for suite in suites] == [
            (f"R&D <Lab> ({sim.organization_ids[1]})", "1"),
            (f"Example Retail ({sim.organization_ids[0]})", "0"),
        ]
        page = (folder / "health_gate.html").read_text()
        assert verdict["organizations"][1]["checks"][0]["message"].replace(">", "&gt;") in page
        assert page.count("<svg") >= 2
        markdown = (folder / "health_gate.md").read_text()
        assert (ansible.folder / "summary.md").read_text() == f"# Earlier\n\n{markdown}"
        assert "https://wiki.example/meraki" in markdown

    def test_one_of_them(self, ansible: Ansible, sim: Simulator) -> None:
        given = gate_variables(sim, health_gate_report_dir="reports", health_gate_reports="junit, json")
        run = ansible.playbook(GATE, variables=given)
        assert run.rc == 0, run.output
        assert sorted(path.name for path in (ansible.folder / "reports").iterdir()) == [
            "health_gate.json",
            "health_gate.xml",
        ]

    def test_a_folder_that_cannot_be(self, ansible: Ansible, sim: Simulator) -> None:
        (ansible.folder / "file").write_text("")
        run = ansible.playbook(GATE, variables=gate_variables(sim, health_gate_report_dir="file/reports"))
        assert run.rc == 2
        (said,) = failures_said(run)
        assert said == "health_gate_report_dir: 'file/reports' is not a folder that can be created or written to"
        assert sim.requests == []

    def test_a_report_that_cannot_be_written_loses_nothing(self, ansible: Ansible, sim: Simulator) -> None:
        (ansible.folder / "reports" / "health_gate.json").mkdir(parents=True)
        run = ansible.playbook(GATE, variables=gate_variables(sim, health_gate_report_dir="reports"))
        assert run.rc == 2
        (said,) = failures_said(run)
        assert "health_gate.json could not be written: Is a directory" in said
        assert "Point health_gate_report_dir at a directory in which files can be created." in said
        assert f"The verdict was open: {sim.organization_ids[0]}: pass, " in said
        # What failed is told to a shell, too.
        names = sorted(path.name for path in (ansible.folder / "reports").iterdir())
        assert names == ["health_gate.env", "health_gate.json"]


class TestWholePolicy:
    def test_what_an_entry_an_option_and_a_profile_say(self, ansible: Ansible) -> None:
        """As a survey gives them: all as text."""
        checks = [
            {"name": "server_error_percent", "fail": "3", "warn": ""},
            {"name": "it's <b>|", "metric": "requests", "warn": 10**9, "action": "Ask {who}.", "over": None},
            {"name": "spread", "metric": "query", "query": "summary.rps.max", "fail": 1, "required": False},
        ]
        with Simulator() as sim:
            given = gate_variables(
                sim,
                health_gate_profile="strict",
                health_gate_min_requests="200",
                health_gate_rate_limited_fail_percent="2",
                health_gate_planned_requests="3000",
                health_gate_planned_minutes="60",
                health_gate_checks=json.dumps(checks),
            )
            run = ansible.playbook(GATE, variables=given, env={"ANSIBLE_SHOW_CUSTOM_STATS": "1"})
            assert len(sim.requests) == 1, "what they share is read once"
        assert run.rc == 0, run.output
        verdict = published(run)
        assert verdict["profile"] == "strict"
        found = {check["name"]: check for check in verdict["organizations"][0]["checks"]}
        assert {name: (check["warn"], check["fail"], check["status"]) for name, check in found.items()} == {
            "server_error_percent": (0.5, 3, "pass"),
            "rate_limited_percent": (0, 2, "pass"),
            "client_error_percent": (25, None, "pass"),
            "rate_limit_utilization_percent": (80, 95, "pass"),
            "traffic_drop_percent": (90, None, "pass"),
            "projected_utilization_percent": (80, 100, "pass"),
            "it's <b>|": (10**9, None, "warn"),
            "spread": (None, 1, "warn"),
        }
        (screen,) = screens(run)
        assert f"WARN it's <b>| {verdict['organizations'][0]['summary']['requests']} < 1000000000" in screen
        assert "     action: Ask {who}." in screen
        assert "Spread 3000 requests over at least" in " ".join(" ".join(screen).split())

    def test_after_a_change(self, ansible: Ansible) -> None:
        """Compared with the verdict before it, as a fact or as a file, the gate says what got worse."""
        with Simulator(organizations=2) as sim:
            before = ansible.playbook(
                GATE,
                variables=gate_variables(sim, health_gate_report_dir="before"),
                env={"ANSIBLE_SHOW_CUSTOM_STATS": "1"},
            )
            assert before.rc == 0, before.output
            # As if the change had taken an hour.
            earlier = published(before)
            for moment in (earlier, earlier["organizations"][0]["window"]):
                for name in ("evaluated_at", "t0", "t1"):
                    if name in moment:
                        hour = datetime.fromisoformat(moment[name].replace("Z", "+00:00")) - timedelta(hours=1)
                        moment[name] = hour.strftime("%Y-%m-%dT%H:%M:%SZ")
            (ansible.folder / "before.json").write_text(json.dumps(earlier))
            sim.scenario_of(sim.organization_ids[0], "degraded")
            cases = {
                "file": gate_variables(sim, health_gate_baseline="before.json"),
                "fact": gate_variables(sim, health_gate_baseline=earlier),
                "at once": gate_variables(sim, 0, health_gate_baseline="before/health_gate.json"),
                "another": gate_variables(sim, 1, health_gate_baseline="before.json"),
                "no verdict": gate_variables(sim, health_gate_baseline={"gate": "open"}),
            }
            run = ansible.playbook(cases_playbook(cases))
        file, fact = outcome(run, "file"), outcome(run, "fact")
        for found in (file, fact):
            (organization,) = found["verdict"]["organizations"]
            check = next(one for one in organization["checks"] if one["metric"] == "server_error_regression")
            assert (check["status"], check["reason"]) == ("fail", "regression")
            assert check["detail"]["baseline"]["t1"] == earlier["organizations"][0]["window"]["t1"]
            assert check["window"]["t0"] >= check["detail"]["baseline"]["t1"]
            assert "server_error_percent" in [one["name"] for one in organization["since"]["worse"]]
            assert any(line.startswith("WAS  pass at ") for line in found["verdict"]["lines"])
            assert not found["open"]
        soon = outcome(run, "at once")["verdict"]["organizations"][0]["checks"][-1]
        assert (soon["status"], soon["reason"]) == ("inconclusive", "low_traffic")
        another = outcome(run, "another")["verdict"]["organizations"][0]
        assert (another["since"], another["checks"][-1]["reason"]) == (None, "no_baseline")
        assert "health_gate_baseline: what was given is not a verdict" in outcome(run, "no verdict")["said"]

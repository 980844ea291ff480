# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes from outside is shown, never evaluated: ids, answers of the API, recorded facts."""

from __future__ import annotations

import json
from urllib.parse import quote

from tests.integration.conftest import Ansible, Run, failures_said, reach, screens
from tests.simulator import Simulator

TEMPLATE = "{{ 70007*7 }}"
EVALUATED = "490049"
MARKUP = "<script>alert('x')</script>&amp;"
ESCAPE = "\x1b[31mred\x1b[0m"
BIDI = "\u202eevil"


def assert_inert(run: Run) -> None:
    assert EVALUATED not in run.output
    assert "\x1b" not in run.output


def test_organization_ids(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    """Through every plugin and the role. One of them is answered, the others are unknown."""
    ids = [TEMPLATE, MARKUP, "a/../b?c#d%2e"]
    sim.add_fault("json_200", times=9, organization=MARKUP, body=[])
    (ansible.folder / "ids.json").write_text(json.dumps({"ids": [{"__ansible_unsafe": one} for one in ids]}))
    (ansible.folder / "said").write_text(TEMPLATE)
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          vars:
            options: {api_key: "{{ key }}", base_url: "{{ url }}"}
          module_defaults:
            group/apihealth.meraki.api: "{{ options }}"
          tasks:
            - name: Read
              apihealth.meraki.response_codes_info:
                organization_ids: "{{ ids }}"
                on_error: continue
              register: codes

            - name: Show codes
              ansible.builtin.debug:
                msg: "{{ codes }}"

            - name: Leave the verdict in a fact
              ansible.builtin.set_fact:
                verdict: "{{ codes | apihealth.meraki.health_verdict }}"

            - name: "Show it, {{ verdict.summary }}"
              ansible.builtin.debug:
                msg: "{{ verdict.lines }}"

            - name: Show lookup
              ansible.builtin.debug:
                msg: "{{ query('apihealth.meraki.response_codes', ids[1], **options) }}"

            - name: A result of another module
              ansible.builtin.raw: cat said
              changed_when: false
              register: said

            - name: Judge
              apihealth.meraki.health_info:
                organization_ids: "{{ said.stdout }}"
              register: health

            - name: Show health
              ansible.builtin.debug:
                msg: "{{ health.verdict.organizations[0].organization_id }}"

            - name: Gate
              ansible.builtin.include_role:
                name: apihealth.meraki.health_gate
              vars:
                health_gate_api_key: "{{ key }}"
                health_gate_base_url: "{{ url }}"
                health_gate_organization_ids: "{{ ids }}"
                health_gate_mode: report_only

            - name: "After the gate, {{ health_gate_verdict.summary }}"
              ansible.builtin.debug:
                msg: "{{ health_gate_verdict.organizations | map(attribute='organization_id') }}"
        """,
        "-e",
        "@ids.json",
        variables=connection,
        env={"ANSIBLE_SHOW_CUSTOM_STATS": "1"},
    )
    assert run.rc == 0, run.output
    assert_inert(run)
    codes = run.shown("codes")
    assert [one["organization_id"] for one in codes["organizations"]] == [MARKUP]
    assert [one["organization_id"] for one in codes["failures"]] == [TEMPLATE, "a/../b?c#d%2e"]
    assert run.shown("lookup")[0]["organization_id"] == MARKUP
    assert run.shown("health") == TEMPLATE
    paths = {request.path.split("/organizations/")[1].split("/")[0] for request in sim.requests}
    assert paths == {quote(one, safe="") for one in ids}
    before, after = screens(run)
    assert after[0].startswith("GATE OPEN")
    assert "report only" in after[0]
    assert "3 organizations  error (2 error" in after[0]
    assert any(line.startswith(f"ERR  {TEMPLATE}: ") for line in before)
    assert any(line.startswith(f"ERR  {TEMPLATE}: ") for line in after)


def test_control_characters_and_wrong_values(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          ignore_errors: true
          tasks:
            - name: Wrong everywhere
              apihealth.meraki.health_info:
                base_url: "{{ url }}"
                api_key: "{{ key }}"
                organization_ids: ["{{ escape }}"]
                on_low_traffic: !unsafe "{{ 70007*7 }}"
                caller: "{{ escape }}"
                min_requests: "{{ escape }}"

            - name: In the lookup
              ansible.builtin.debug:
                msg: "{{ lookup('apihealth.meraki.response_codes', escape, api_key=key, base_url=url, t0=escape) }}"
        """,
        variables={**connection, "escape": ESCAPE},
    )
    assert run.rc == 0, run.output
    assert_inert(run)
    module, lookup = failures_said(run)
    assert "organization_ids" in module
    assert "on_low_traffic" in module
    assert TEMPLATE in module
    assert "t0" in lookup
    assert sim.requests == []


def test_answers_of_the_api(ansible: Ansible) -> None:
    """Errors in an answer, its title and its headers are shown, and made inert on the screen."""
    errors = [TEMPLATE, ESCAPE, MARKUP, BIDI]
    page = f"<html><head><title>{TEMPLATE} {ESCAPE} {BIDI}</title></head></html>"
    with Simulator(organizations=4) as sim:
        for organization in sim.organization_ids[:2]:
            sim.add_fault("status", times=9, organization=organization, status=400, body={"errors": errors})
        third = sim.organization_ids[2]
        sim.add_fault("status", times=9, organization=third, status=403, body=page, content_type="text/html")
        codes = [{"code": 200, "count": 5, "reason": TEMPLATE}]
        odd = [{"startTs": TEMPLATE, "endTs": ESCAPE, "counts": codes}]
        sim.add_fault("json_200", times=9, organization=sim.organization_ids[3], body=odd)
        run = ansible.playbook(
            """
            - hosts: localhost
              gather_facts: false
              tasks:
                - name: Read
                  apihealth.meraki.response_codes_info:
                    base_url: "{{ url }}"
                    api_key: "{{ key }}"
                    organization_ids: "{{ ids }}"
                    on_error: continue
                    max_attempts: 1
                  register: codes

                - name: Show failures
                  ansible.builtin.debug:
                    msg: "{{ codes.failures }}"

                - name: "Show lines, {{ codes.failures[0].message }}"
                  ansible.builtin.debug:
                    msg: "{{ (codes | apihealth.meraki.health_verdict).lines }}"

            - import_playbook: apihealth.meraki.health_gate
              vars:
                health_gate_api_key: "{{ key }}"
                health_gate_base_url: "{{ url }}"
                health_gate_organization_ids: "{{ ids[:1] }}"
                health_gate_max_attempts: 1
            """,
            variables={**reach(sim), "ids": sim.organization_ids},
        )
    assert run.rc == 2, run.output
    assert_inert(run)
    assert BIDI[0] not in run.output
    failures = run.shown("failures")
    assert [one["status"] for one in failures] == [400, 400, 403, 200]
    assert TEMPLATE in failures[0]["errors"]
    assert MARKUP in failures[0]["errors"]
    assert TEMPLATE in failures[2]["message"]
    several, one = screens(run)
    assert several[0].startswith("GATE CLOSED  4 organizations  error (4 error)")
    assert TEMPLATE in " ".join(one)
    assert TEMPLATE in failures_said(run)[-1]


def test_recorded_facts(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    """A record is a file that somebody sent."""
    facts = {
        "organization_id": TEMPLATE,
        "window": {"t0": "2026-05-04T12:00:00Z", "t1": "2026-05-04T14:00:00Z", "interval_requested": 120},
        "intervals": [],
    }
    failure = {"organization_id": MARKUP, "status": 400, "message": f"{TEMPLATE} {ESCAPE} {BIDI}", "attempts": 1}
    (ansible.folder / "record.json").write_text(json.dumps({"organizations": [facts], "failures": [failure]}))
    (ansible.folder / "odd.json").write_text(json.dumps([{**facts, "window": {"t0": TEMPLATE}}]))
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          vars:
            record: "{{ lookup('ansible.builtin.file', 'record.json') | from_json }}"
            verdict: "{{ record | apihealth.meraki.health_verdict(now='2026-05-04T14:02:00Z') }}"
          tasks:
            - name: "Gate: {{ verdict.summary }}"
              ansible.builtin.debug:
                msg: "{{ verdict.lines }}"

            - name: Keep
              ansible.builtin.set_fact:
                kept: "{{ verdict }}"

            - name: Show kept
              ansible.builtin.debug:
                msg: "{{ kept.organizations | map(attribute='organization_id') }}"

            - name: Odd facts
              ansible.builtin.debug:
                msg: "{{ lookup('ansible.builtin.file', 'odd.json') | from_json | apihealth.meraki.health_verdict }}"
              ignore_errors: true
        """,
    )
    assert run.rc == 0, run.output
    assert_inert(run)
    assert run.shown("kept") == [TEMPLATE, MARKUP]
    (screen,) = screens(run)
    assert screen[0] == "GATE CLOSED  2 organizations  error (1 error, 1 inconclusive)"
    assert "response_codes_info" in failures_said(run)[0]

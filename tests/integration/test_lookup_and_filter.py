# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup and the filter agree with the modules, and are as strict."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.conftest import Ansible, failures_said
from tests.simulator import Simulator

pytestmark = pytest.mark.ahead


def stable(organization: dict[str, Any]) -> dict[str, Any]:
    """Facts without what tells one request from another."""
    return {**organization, "request": organization["request"] | {"request_id": None}}


def test_the_lookup_gives_the_facts_of_the_module(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    sim.clock.freeze()
    form = "%Y-%m-%dT%H:%M:%SZ"
    t0, t1 = (sim.clock.now() - timedelta(minutes=minutes) for minutes in (190, 10))
    ids = sim.organization_ids[:2]
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          vars:
            filters: {t0: "{{ t0 }}", t1: "{{ t1 }}", interval: 120, user_agent: Sync}
            options: "{{ filters | combine({'api_key': key, 'base_url': url}) }}"
          tasks:
            - apihealth.meraki.response_codes_info:
                api_key: "{{ key }}"
                base_url: "{{ url }}"
                organization_ids: "{{ ids }}"
                t0: "{{ t0 }}"
                t1: "{{ t1 }}"
                interval: 120
                user_agent: Sync
              register: module

            - name: Show module
              ansible.builtin.debug:
                msg: "{{ module.organizations }}"

            - name: Show terms
              ansible.builtin.debug:
                msg: "{{ query('apihealth.meraki.response_codes', *ids, **options) }}"

            - name: Show list
              ansible.builtin.debug:
                msg: "{{ query('apihealth.meraki.response_codes', ids, **options) }}"

            - name: Show reshaped
              ansible.builtin.debug:
                msg: >-
                  {{ lookup('apihealth.meraki.response_codes', ids[0], query='summary.requests',
                            include_intervals='no', **options) }}

            - name: Show loop
              ansible.builtin.debug:
                msg: "{{ item.organization_id }}"
              loop: "{{ query('apihealth.meraki.response_codes', ids, timespan='3600', **connection_only) }}"
              loop_control:
                label: "{{ item.organization_id }}"
              vars:
                connection_only: {api_key: "{{ key }}", base_url: "{{ url }}"}

            - name: Show ignored
              ansible.builtin.debug:
                msg: >-
                  {{ query('apihealth.meraki.response_codes', '000', errors='ignore', **options) or 'nothing' }}

            - name: An organization that is unknown
              ansible.builtin.debug:
                msg: "{{ lookup('apihealth.meraki.response_codes', '000', **options) }}"
              ignore_errors: true

            - name: An option that is unknown, and one that is wrong
              ansible.builtin.debug:
                msg: "{{ lookup('apihealth.meraki.response_codes', ids, timspan=60, interval='90', **options) }}"
              ignore_errors: true
              vars:
                options: {api_key: "{{ key }}", base_url: "{{ url }}"}

            - name: Nothing to ask for
              ansible.builtin.debug:
                msg: "{{ lookup('apihealth.meraki.response_codes') }}"
              ignore_errors: true
        """,
        variables={**connection, "ids": ids, "t0": t0.strftime(form), "t1": t1.strftime(form)},
    )
    assert run.rc == 0, run.output
    module = [stable(one) for one in run.shown("module")]
    assert [one["organization_id"] for one in module] == ids
    assert len(module[0]["intervals"]) >= 90
    assert module[0]["summary"]["requests"] > 0
    assert [stable(one) for one in run.shown("terms")] == module
    assert [stable(one) for one in run.shown("list")] == module
    assert int(run.shown("reshaped")) == module[0]["summary"]["requests"]  # text on ansible-core 2.16
    assert run.shown("ignored") == "nothing"
    for index, organization in enumerate(ids):
        assert f"(item={organization})" in run.stdout, index
    unknown, wrong, nothing = failures_said(run)
    assert "organization 000 could not be read" in unknown
    assert "404" in unknown
    assert "'timspan'" in wrong
    assert "did you mean timespan?" in wrong
    assert "interval" in wrong
    assert "api_key is required" in nothing
    assert [request.organization for request in sim.requests].count("000") == 2, "wrong options ask for nothing"


def test_the_filter_judges_as_the_module_does(ansible: Ansible, connection: dict[str, str]) -> None:
    with Simulator(scenarios=["degraded", "healthy"], organizations=2) as sim:
        sim.clock.freeze()
        sim.add_fault("status", status=403, organization="999", times=2)
        run = ansible.playbook(
            """
            - hosts: localhost
              gather_facts: false
              module_defaults:
                group/apihealth.meraki.api:
                  base_url: "{{ url }}"
                  api_key: "{{ key }}"
                  organization_ids: "{{ ids }}"
              tasks:
                - apihealth.meraki.health_info:
                    min_requests: 50
                    organization_names: never
                    attribution: 'off'
                  register: health

                - apihealth.meraki.response_codes_info:
                    t0: -7h
                    interval: 120
                    on_error: continue
                  register: codes

                - name: Show module
                  ansible.builtin.debug:
                    msg: "{{ health.verdict }}"

                - name: Show filter
                  ansible.builtin.debug:
                    msg: "{{ codes | apihealth.meraki.health_verdict(now=judged_at, min_requests='50') }}"
                  vars:
                    judged_at: "{{ health.verdict.evaluated_at }}"

                - name: Show list
                  ansible.builtin.debug:
                    msg: "{{ (codes.organizations | apihealth.meraki.health_verdict).status }}"

                - name: Show one
                  ansible.builtin.debug:
                    msg: "{{ (codes.organizations[1] | apihealth.meraki.health_verdict).gate }}"

                - name: Show recorded
                  ansible.builtin.debug:
                    msg: "{{ codes }}"
            """,
            variables={"url": sim.base_url, "key": sim.key, "ids": [*sim.organization_ids, "999"]},
        )
        degraded, healthy = sim.organization_ids
    assert run.rc == 0, run.output
    module, judged = run.shown("module"), run.shown("filter")
    assert (module["status"], module["gate"]) == ("fail", "closed")
    assert [one["status"] for one in module["organizations"]] == ["fail", "pass", "error"]
    # The filter names options, and knows more intervals than it needed, but not the clock of who answered.
    for verdict in (module, judged):
        del verdict["warnings"]
        for one in verdict["organizations"]:
            del one["read"]
            for name in ("dropped", "api_clock_ahead_seconds"):
                (one["data"] or {}).pop(name, None)
    assert judged == module
    assert run.shown("list") == "fail"
    assert run.shown("one") == "open"

    # Weeks later, the record is judged again.
    record = run.shown("recorded")
    (ansible.folder / "record.json").write_text(json.dumps(record))
    moment = module["evaluated_at"]
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          vars:
            record: "{{ lookup('ansible.builtin.file', 'record.json') | from_json }}"
          tasks:
            - name: Show then
              ansible.builtin.debug:
                msg: "{{ record | apihealth.meraki.health_verdict(now=moment) }}"

            - name: Show tolerant
              ansible.builtin.debug:
                msg: >-
                  {{ record.organizations[:1] | apihealth.meraki.health_verdict(now=moment,
                     server_error_fail_percent='90', server_error_warn_percent='0.5', ignore_codes='404,429',
                     window_minutes='30', mode='') }}

            - name: Show now
              ansible.builtin.debug:
                msg: "{{ (record.organizations | apihealth.meraki.health_verdict(now='2026-01-01T00:00:00Z')).status }}"

            - name: A misspelt threshold
              ansible.builtin.debug:
                msg: "{{ record | apihealth.meraki.health_verdict(server_error_fail_pct=1, min_requests='many') }}"
              ignore_errors: true

            - name: No facts
              ansible.builtin.debug:
                msg: "{{ {'organizations': []} | apihealth.meraki.health_verdict }}"
              ignore_errors: true

            - name: Something else
              ansible.builtin.debug:
                msg: "{{ 'text' | apihealth.meraki.health_verdict }}"
              ignore_errors: true

            - name: Facts without intervals
              ansible.builtin.debug:
                msg: "{{ [{'organization_id': '1', 'window': {}}] | apihealth.meraki.health_verdict }}"
              ignore_errors: true
        """,
        variables={"moment": moment},
    )
    assert run.rc == 0, run.output
    then = run.shown("then")
    assert (then["status"], then["gate"], then["evaluated_at"]) == ("fail", "closed", moment)
    assert [one["organization_id"] for one in then["organizations"]] == [degraded, healthy, "999"]
    tolerant = run.shown("tolerant")
    check = tolerant["organizations"][0]["checks"][0]
    assert (tolerant["status"], tolerant["mode"]) == ("warn", "enforce")
    assert (check["name"], check["warn"], check["fail"]) == ("server_error_percent", 0.5, 90)
    assert tolerant["organizations"][0]["window"]["seconds"] == 1800
    assert check["denominator"] == sum(
        count
        for code, count in tolerant["organizations"][0]["summary"]["by_code"].items()
        if code not in ("404", "429")
    )
    assert run.shown("now") == "inconclusive", "nothing of the record is in that window"
    misspelt, empty, text, bare = failures_said(run)
    assert "did you mean server_error_fail_percent?" in misspelt
    assert "min_requests" in misspelt
    assert "no facts to judge" in empty
    assert "health_verdict" in text
    assert "intervals" in bare

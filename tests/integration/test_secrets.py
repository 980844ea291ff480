# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neither a key nor a proxy's password is in any output, at the highest verbosity, whatever goes wrong.

The keys of the simulator are looked for in the output of every test (see `Ansible.run`).
"""

from __future__ import annotations

from tests.integration.conftest import Ansible, Run, reach
from tests.simulator import Simulator

WRONG_KEY = "wrong-key-5c61e0d7"
PASSWORD = "proxy-password-81f3"
# Nothing listens there.
PROXY = f"http://somebody:{PASSWORD}@127.0.0.1:1"


def assert_silent(run: Run, *, rc: int = 0) -> None:
    assert run.rc == rc, run.output
    assert WRONG_KEY not in run.output
    assert PASSWORD not in run.output


def test_as_options(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          ignore_errors: true
          module_defaults:
            group/apihealth.meraki.api:
              base_url: "{{ url }}"
              organization_ids: "{{ org }}"
              api_key: "{{ key }}"
              max_attempts: 1
          tasks:
            - name: It passes
              apihealth.meraki.health_info:

            - name: It fails
              apihealth.meraki.response_codes_info:
                api_key: "{{ wrong_key }}"

            - name: An alias, and a line too many
              apihealth.meraki.response_codes_info:
                api_key: null
                auth_key: "{{ wrong_key }}\\n{{ wrong_key }}"

            - name: Wrong options
              apihealth.meraki.health_info:
                no_such_option: 1
                proxy: "socks5://somebody:{{ password }}@127.0.0.1:1"

            - name: A proxy that is not there
              apihealth.meraki.response_codes_info:
                proxy: "{{ proxy }}"

            - name: A lookup that passes
              ansible.builtin.debug:
                msg: "{{ lookup('apihealth.meraki.response_codes', org, api_key=key, base_url=url, query='summary') }}"

            - name: A lookup that fails
              ansible.builtin.debug:
                msg: >-
                  {{ lookup('apihealth.meraki.response_codes', org, api_key=wrong_key, base_url=url, proxy=proxy,
                            max_attempts=1) }}
        """,
        "-vvvv",
        variables={**connection, "wrong_key": WRONG_KEY, "password": PASSWORD, "proxy": PROXY},
    )
    assert_silent(run)
    assert run.recap()["localhost"]["ignored"] == 5
    assert [request.status for request in sim.requests] == [200, 401, 200]


def test_as_variables_of_the_role(ansible: Ansible) -> None:
    with Simulator(scenario="degraded") as sim:
        run = ansible.playbook(
            """
            - hosts: localhost
              gather_facts: false
              tasks:
                - name: Through a proxy that is not there
                  ansible.builtin.include_role: &gate
                    name: apihealth.meraki.health_gate
                    apply:
                      ignore_errors: true
                  vars: &connection
                    health_gate_api_key: "{{ key }}"
                    health_gate_base_url: "{{ url }}"
                    health_gate_organization_ids: "{{ org }}"
                    health_gate_proxy: "{{ proxy }}"
                    health_gate_max_attempts: 1
                    health_gate_report_dir: "{{ playbook_dir }}/reports"

                - name: A key that is no text
                  ansible.builtin.include_role: *gate
                  vars:
                    <<: *connection
                    health_gate_api_key: ["{{ wrong_key }}"]

            - import_playbook: apihealth.meraki.health_gate
              vars:
                health_gate_api_key: "{{ key }}"
                health_gate_base_url: "{{ url }}"
                health_gate_organization_ids: "{{ org }}"
                health_gate_report_dir: "{{ playbook_dir }}/reports"
                health_gate_checks: [{metric: requests, warn: 10, user_agent: InventorySync}]
            """,
            "-vvvv",
            "--diff",
            variables={**reach(sim), "wrong_key": WRONG_KEY, "proxy": PROXY},
        )
        assert_silent(run, rc=2)
        assert [request.status for request in sim.requests] == [200, 200]
        reports = [path.read_text() for path in (ansible.folder / "reports").iterdir()]
        assert len(reports) == 4
        assert not any(secret in text for text in reports for secret in (sim.key, WRONG_KEY, PROXY))


def test_in_the_environment(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          ignore_errors: true
          tasks:
            - name: It passes
              apihealth.meraki.health_info:
                organization_ids: "{{ org }}"

            - name: It fails
              apihealth.meraki.health_info:
                organization_ids: "{{ org }}"
                window_minutes: 1

            - name: Through a proxy of the environment
              apihealth.meraki.response_codes_info:
                organization_ids: "{{ org }}"
                base_url: http://localhost:1/api/v1
                max_attempts: 1

            - name: A lookup through it
              ansible.builtin.debug:
                msg: >-
                  {{ lookup('apihealth.meraki.response_codes', org, base_url='http://localhost:1', max_attempts=1) }}
        """,
        "-vvvv",
        variables={"org": connection["org"]},
        env={
            "MERAKI_DASHBOARD_API_KEY": sim.key,
            "MERAKI_BASE_URL": sim.base_url,
            "HTTP_PROXY": PROXY,
            "http_proxy": PROXY,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        },
    )
    assert_silent(run)
    assert run.recap()["localhost"]["ignored"] == 3
    assert [request.status for request in sim.requests] == [200]

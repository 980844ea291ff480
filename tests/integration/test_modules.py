# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules, as playbooks use them."""

from __future__ import annotations

import ipaddress
import random
import re
import socket
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.conftest import Ansible, failures_said, reach
from tests.simulator import Simulator

PLAY = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/apihealth.meraki.api:
      base_url: "{{ url }}"
      api_key: "{{ key }}"
  tasks:
"""


def play(tasks: str) -> str:
    """A playbook of these tasks, with the connection set for both modules at once."""
    return PLAY + tasks


def test_three_tasks_are_a_gate(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    run = ansible.playbook(
        play("""
    - name: Read
      apihealth.meraki.response_codes_info:
        organization_ids: ["{{ org }}"]
        t0: -2h
        interval: 120
      register: codes

    - name: Judge
      apihealth.meraki.health_info:
        organization_ids: ["{{ org }}"]
      register: health

    - name: Assert
      ansible.builtin.assert:
        that:
          - codes.organizations[0].summary.requests > 0
          - codes.organizations[0].summary.percent.server_error < 1
          - codes.organizations[0].window.interval_effective == 120
          - health.verdict.gate == 'open'
          - health.verdict.status == 'pass'
"""),
        variables=connection,
    )
    assert run.rc == 0, run.output
    assert run.recap() == {"localhost": run.recap()["localhost"] | {"ok": 3, "failed": 0, "changed": 0}}
    assert [request.status for request in sim.requests] == [200, 200]
    for request in sim.requests:
        assert request.auth == "bearer"
        assert request.key == "full"
        assert request.headers["User-Agent"] == "ApiHealthMeraki/0.1 AnsibleCollection"


def test_fifty_organizations_in_one_task(ansible: Ansible) -> None:
    with Simulator(organizations=50) as sim:
        ids = sim.organization_ids
        random.Random(1).shuffle(ids)
        run = ansible.playbook(
            play("""
    - apihealth.meraki.response_codes_info:
        organization_ids: "{{ ids + ids[:5] }}"
        timespan: 3600
        include_intervals: false
      register: codes

    - name: Show ids
      ansible.builtin.debug:
        msg: "{{ codes.organizations | map(attribute='organization_id') }}"

    - name: Show parts
      ansible.builtin.debug:
        msg: "{{ codes.organizations | map('list') | flatten | unique }}"

    - apihealth.meraki.health_info:
        organization_ids: "{{ ids }}"
        organization_names: never
      register: health

    - name: Show judged
      ansible.builtin.debug:
        msg: "{{ health.verdict.organizations | map(attribute='organization_id') }}"
"""),
            variables={**reach(sim), "ids": ids},
        )
        assert run.rc == 0, run.output
        assert run.shown("ids") == ids
        assert run.shown("judged") == ids
        assert set(run.shown("parts")) == {"organization_id", "window", "summary", "request"}
        asked = [request.organization for request in sim.requests]
        assert sorted(map(str, asked[:50])) == sorted(ids)
        assert sorted(map(str, asked[50:])) == sorted(ids)


def test_what_cannot_be_read(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    """Unknown, without API access, with a wrong key, without a server: on_error decides what follows."""
    good, other = sim.organization_ids[:2]
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/api/v1"
        run = ansible.playbook(
            play("""
    - apihealth.meraki.response_codes_info:
        organization_ids: "{{ ids }}"
        timespan: 3600
        on_error: continue
      register: continued

    - name: Show continued
      ansible.builtin.debug:
        msg: "{{ continued }}"

    - apihealth.meraki.response_codes_info:
        organization_ids: "{{ ids }}"
        timespan: 3600
      register: failed
      ignore_errors: true

    - name: Show failed
      ansible.builtin.debug:
        msg: "{{ failed }}"

    - apihealth.meraki.response_codes_info:
        api_key: a-wrong-key
        organization_ids: "{{ ids }}"
      register: wrong_key
      ignore_errors: true

    - name: Show wrong key
      ansible.builtin.debug:
        msg: "{{ wrong_key }}"

    - apihealth.meraki.response_codes_info:
        base_url: "{{ nobody }}"
        organization_ids: "{{ ids[0] }}"
        max_attempts: 2
      register: no_server
      ignore_errors: true

    - name: Show no server
      ansible.builtin.debug:
        msg: "{{ no_server }}"

    - apihealth.meraki.health_info:
        organization_ids: ["{{ ids[0] }}", "000"]
      register: judged

    - name: Show judged
      ansible.builtin.debug:
        msg: "{{ judged.verdict }}"
"""),
            variables={
                **connection,
                "ids": [good, "000", sim.api_disabled_organization, other],
                "nobody": nobody,
            },
        )
    assert run.rc == 0, run.output

    continued = run.shown("continued")
    assert not continued["failed"]
    assert [one["organization_id"] for one in continued["organizations"]] == [good, other]
    unknown, disabled = continued["failures"]
    assert set(unknown) == {
        "organization_id",
        "status",
        "errors",
        "retryable",
        "attempts",
        "request_id",
        "message",
        "hint",
    }
    assert (unknown["organization_id"], unknown["status"], unknown["errors"]) == ("000", 404, [])
    assert (unknown["retryable"], unknown["attempts"]) == (False, 1)
    assert "id" in unknown["hint"]
    assert "key" in unknown["hint"]
    assert "region" in unknown["hint"]
    assert unknown["request_id"] == next(each.request_id for each in sim.requests if each.organization == "000")
    assert (disabled["organization_id"], disabled["status"]) == (sim.api_disabled_organization, 404)
    assert disabled["errors"] == ["API access is disabled for this organization"]
    assert "API access" in disabled["hint"]

    failed = run.shown("failed")
    assert failed["failed"]
    assert [one["organization_id"] for one in failed["organizations"]] == [good, other]
    assert [one["organization_id"] for one in failed["failures"]] == ["000", sim.api_disabled_organization]
    assert "2 of 4" in failed["msg"]
    assert "000" in failed["msg"]

    wrong_key = run.shown("wrong key")
    assert [one["status"] for one in wrong_key["failures"]] == [401] * 4
    assert {one["attempts"] for one in wrong_key["failures"]} == {1}
    assert "api_key" in wrong_key["msg"], "which option supplied the key"
    assert "a-wrong-key" not in run.output

    no_server = run.shown("no server")
    (failure,) = no_server["failures"]
    assert (failure["status"], failure["retryable"], failure["attempts"]) == (None, True, 2)
    assert "refused" in failure["message"]
    assert not re.search(r"\b503\b", no_server["msg"]), "no status; a port may have these digits in it"

    judged = run.shown("judged")
    assert (judged["status"], judged["gate"], judged["outcome"]) == ("error", "closed", 3)
    assert [one["status"] for one in judged["organizations"]] == ["pass", "error"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "simulator")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(folder / "certificate.pem"), str(folder / "key.pem")


def test_a_certificate_nobody_vouches_for(ansible: Ansible, certificate: tuple[str, str]) -> None:
    with Simulator(tls=certificate) as sim:
        run = ansible.playbook(
            play("""
    - apihealth.meraki.response_codes_info:
        organization_ids: "{{ org }}"
      register: refused
      ignore_errors: true

    - name: Show refused
      ansible.builtin.debug:
        msg: "{{ refused }}"

    - apihealth.meraki.response_codes_info:
        organization_ids: "{{ org }}"
        ca_path: "{{ ca }}"

    - apihealth.meraki.response_codes_info:
        organization_ids: "{{ org }}"
        validate_certs: false
"""),
            variables={**reach(sim), "ca": certificate[0]},
        )
        assert run.rc == 0, run.output
        (failure,) = run.shown("refused")["failures"]
        assert (failure["status"], failure["retryable"], failure["attempts"]) == (None, False, 1)
        assert "certificate" in failure["message"]
        assert "ca_path" in failure["hint"]
        assert "ca_path" in run.shown("refused")["msg"]
        assert [request.status for request in sim.requests] == [200, 200], "the refused one sent no key"


def test_every_wrong_option_is_in_one_message(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    now = datetime.now(timezone.utc).replace(microsecond=0)
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          ignore_errors: true
          tasks:
            - name: Nothing that is required, and nothing that is right
              apihealth.meraki.response_codes_info:
                region: mars
                timespan: 2678401
                t1: now
                interval: 60
                version: 2
                timout: 5
                concurrency: 0
                caller: "Not/a good-caller"
                query: "summary.["
                on_error: perhaps

            - name: Too far back, and in the wrong order
              apihealth.meraki.response_codes_info: &connection
                base_url: "{{ url }}"
                api_key: "{{ key }}"
                organizationId: ["{{ org }}"]
                t0: "{{ (now - 86400 * 40) }}"
                t1: "{{ (now - 86400 * 41) }}"

            - name: Too long
              apihealth.meraki.response_codes_info:
                <<: *connection
                t0: -30d
                t1: "{{ now + 86400 * 2 }}"

            - name: Two windows
              apihealth.meraki.response_codes_info:
                <<: *connection
                t0: "{{ naive }}"
                t1: null
                timespan: 0
                org_id: "1"

            - name: Clear text, and an id that lost digits
              apihealth.meraki.health_info:
                base_url: http://api.example.com/api/v1
                meraki_api_key: "Bearer {{ key }}"
                organizationIds: [6.468294964811054e+17, ""]
                server_error_warn_percent: 6
                rate_limited_fail_percent: 101
                window_minutes: 5
                on_no_data: maybe
                ignore_codes: "404,x"
                min_requests: true
        """,
        variables={**connection, "now": int(now.timestamp()), "naive": now.replace(tzinfo=None).isoformat()},
    )
    assert run.rc == 0, run.output
    nothing, far, long, two, clear = failures_said(run)
    for expected in (
        "api_key is required",
        "MERAKI_DASHBOARD_API_KEY",
        "organization_ids is required",
        "region",
        "timespan",
        "t1 needs t0",
        "timespan and t1",
        "interval: 60",
        "version: 2",
        "did you mean timeout?",
        "concurrency",
        "caller",
        "query",
        "on_error",
    ):
        assert expected in nothing
    assert "t0" in far
    assert "31 days back" in far
    assert "is not after t0" in far
    assert "more than 31 days after t0" in long
    for expected in ("no time zone", "timespan and t0", "timespan", "org_id", "organizationId", "the same option"):
        assert expected in two
    for expected in (
        "base_url",
        "clear text",
        "meraki_api_key",
        "without 'Bearer'",
        "organizationIds",
        "server_error_warn_percent 6 is above server_error_fail_percent 5",
        "rate_limited_fail_percent",
        "window_minutes",
        "on_no_data",
        "ignore_codes",
        "min_requests",
    ):
        assert expected in clear
    assert sim.requests == []


def test_other_names_of_the_options(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    """A task of cisco.meraki keeps its arguments; the OpenAPI document's names are understood."""
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          tasks:
            - apihealth.meraki.response_codes_info:
                meraki_api_key: "{{ key }}"
                meraki_base_url: "{{ url }}"
                organizationId: "{{ org }}"
                timespan: 7200
                interval: 120
                version: 1
                operationIds: [getOrganizationDevices, updateDeviceSwitchPort]
                sourceIps: [192.0.2.10]
                adminIds: ["646829496481200101"]
                userAgent: InventorySync
              register: codes

            - name: Show codes
              ansible.builtin.debug:
                msg: "{{ codes.organizations[0].summary }}"

            - apihealth.meraki.health_info:
                auth_key: "{{ key }}"
                base_url: "{{ url }}"
                organizationIds: "{{ [org] }}"
                userAgent: InventorySync

            - apihealth.meraki.health_info:
                api_key: "{{ key }}"
                base_url: "{{ url }}"
                org_id: "{{ org }}"
        """,
        variables=connection,
    )
    assert run.rc == 0, run.output
    # What is filtered says nothing of the rate limit, so all requests are read too.
    first, second, everything, third = sim.requests
    sent = parse_qsl(first.query)
    assert sorted(sent) == [
        ("adminIds[]", "646829496481200101"),
        ("interval", "120"),
        ("operationIds[]", "getOrganizationDevices"),
        ("operationIds[]", "updateDeviceSwitchPort"),
        ("sourceIps[]", "192.0.2.10"),
        ("timespan", "7200"),
        ("userAgent", "InventorySync"),
        ("version", "1"),
    ]
    assert ("userAgent", "InventorySync") in parse_qsl(second.query)
    for request in (everything, third):
        assert {name for name, _value in parse_qsl(request.query)} == {"t0", "t1", "interval"}
    assert {request.organization for request in sim.requests} == {sim.organization_ids[0]}
    assert {request.key for request in sim.requests} == {"full"}
    assert run.shown("codes")["requests"] > 0


def test_what_ansible_does_with_tasks(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    """retries, loop, no_log, environment, check mode, and a key from a vault."""
    (ansible.folder / "password").write_text("a password")
    encrypted = ansible.run(
        "ansible-vault", "encrypt_string", "--vault-password-file", "password", "--name", "vaulted", sim.key
    )
    assert encrypted.rc == 0, encrypted.output
    (ansible.folder / "vault.yml").write_text(encrypted.stdout)
    sim.add_fault("html_502", times=2)
    run = ansible.playbook(
        play("""
    - name: Try again
      apihealth.meraki.response_codes_info:
        organization_ids: "{{ org }}"
        timespan: 3600
        max_attempts: 1
      register: tried
      until: tried is success
      retries: 3
      delay: 0

    - name: Show tried
      ansible.builtin.debug:
        msg: "{{ tried.attempts }}"

    - name: Loop
      apihealth.meraki.health_info:
        organization_ids: "{{ item }}"
      loop: "{{ ids[2:] }}"
      register: looped
      environment:
        MERAKI_DASHBOARD_API_KEY: not-the-one-that-counts

    - name: Show looped
      ansible.builtin.debug:
        msg: "{{ looped.results | map(attribute='verdict.organizations.0.organization_id') }}"

    - name: Say nothing
      apihealth.meraki.response_codes_info:
        organization_ids: "{{ org }}"
      no_log: true
      register: silent

    - name: Show silent
      ansible.builtin.debug:
        msg: "{{ silent.organizations | length }}"

    - name: Look only
      apihealth.meraki.health_info:
        organization_ids: "{{ org }}"
      check_mode: true
      register: checked

    - name: Show checked
      ansible.builtin.debug:
        msg: "{{ checked.verdict.gate }}"

- hosts: localhost
  gather_facts: false
  vars_files: [vault.yml]
  tasks:
    - name: Keys of the environment
      apihealth.meraki.response_codes_info:
        organization_ids: "{{ org }}"
      environment:
        MERAKI_DASHBOARD_API_KEY: ""
        MERAKI_API_KEY: "{{ key }}"
        MERAKI_DASHBOARD_BASE_URL: "{{ url }}"

    - name: A key of a vault
      apihealth.meraki.response_codes_info:
        api_key: "{{ vaulted }}"
        base_url: "{{ url }}"
        organization_ids: "{{ org }}"
"""),
        "--vault-password-file",
        "password",
        variables={**connection, "ids": sim.organization_ids},
    )
    assert run.rc == 0, run.output
    assert int(run.shown("tried")) == 3  # text on ansible-core 2.16
    assert run.shown("looped") == sim.organization_ids[2:]
    assert int(run.shown("silent")) == 1
    assert run.shown("checked") == "open"
    assert [request.status for request in sim.requests] == [502, 502, *[200] * 7]
    assert {request.key for request in sim.requests} == {"full"}

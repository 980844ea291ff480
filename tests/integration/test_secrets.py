# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neither a key nor a proxy's password is in any output or file, at the highest verbosity, whatever goes wrong.

The keys of the simulator are looked for in the output of every test (see `Ansible.run`).
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import ELSEWHERE, Ansible, Run
from tests.listener import Listener, http
from tests.simulator import Proxy, Simulator, self_signed

pytestmark = [pytest.mark.once, pytest.mark.ahead]

# What a program that quotes would have to quote. In whatever form, its ends stay as they are.
WRONG_KEY = "5c61e0d7b1f24a9c\"<&'\\/+=%2f0f9d27c64ab8135e"
PASSWORD = "81f3c2d94be60a57"
CREDENTIALS = f"somebody:{PASSWORD}"
# Nothing listens there.
PROXY = f"http://{CREDENTIALS}@127.0.0.1:1"


def encoded(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode().rstrip("=")


# The first and last characters of what is long stand for it in any quotation, and cut off anywhere.
PARTS = {
    *(part for secret in (WRONG_KEY, PASSWORD) for part in (secret[:8], secret[-8:])),
    *(encoded(secret)[:12] for secret in (WRONG_KEY, f"Bearer {WRONG_KEY}", CREDENTIALS, PASSWORD)),
    *Simulator.keys.values(),
    *map(encoded, Simulator.keys.values()),
    Simulator.key[:18],
    Simulator.key[-14:],
}
# Where the tests themselves leave keys.
INPUTS = {"variables.json", "playbook.yml", "organizations.yml", "extravars"}


# A lookup that fails ends a loop on ansible-core 2.16.
LOOK = """\
- name: Look up
  block:
    - name: Look
      ansible.builtin.debug:
        msg: "{{ lookup('apihealth.meraki.response_codes', look.ids, **look.options) }}"
      ignore_errors: false
  rescue:
    - name: Keep what went wrong
      ansible.builtin.set_fact:
        looked: "{{ looked | default([]) + [ansible_failed_result.msg] }}"
"""


def wait_for_the_background(ansible: Ansible) -> None:
    """Ansible's `async_wrapper` looks every five seconds whether its task has ended, and then removes the module."""
    deadline = time.monotonic() + 60
    while any((ansible.folder / "remote").glob("ansible-tmp-*")) and time.monotonic() < deadline:
        time.sleep(0.1)


def assert_silent(ansible: Ansible, run: Run, *, rc: int = 0) -> None:
    assert run.rc == rc, run.output
    wait_for_the_background(ansible)
    written = {
        str(path.relative_to(ansible.folder)): path.read_text(errors="replace")
        for path in ansible.folder.rglob("*")
        if path.is_file() and path.name not in INPUTS
    }
    for place, text in {"the output": run.output, **written}.items():
        # A secret that was broken into lines is one still.
        for form in (text, re.sub(r"\s+", "", text)):
            found = {part: form.lower().find(part.lower()) for part in PARTS}
            shown = {part: form[max(0, at - 300) : at + 100] for part, at in found.items() if at >= 0}
            assert not shown, f"{place} shows {shown}"


@pytest.fixture
def places(ansible: Ansible) -> dict[str, str]:
    """An environment that has Ansible write all it can into the test's folder, where it is looked at."""
    (ansible.folder / "tmp").mkdir()
    (ansible.folder / "look.yml").write_text(LOOK)
    return {
        "ANSIBLE_ASYNC_DIR": str(ansible.folder / "async"),
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(ansible.folder / "facts"),
        "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.junit",
        "ANSIBLE_INJECT_INVOCATION": "true",  # into results, as older ones always do
        "ANSIBLE_LOG_PATH": str(ansible.folder / "ansible.log"),
        "ANSIBLE_REMOTE_TMP": str(ansible.folder / "remote"),
        "ANSIBLE_SHOW_CUSTOM_STATS": "true",
        "GITHUB_STEP_SUMMARY": str(ansible.folder / "summary.md"),
        "JUNIT_OUTPUT_DIR": str(ansible.folder / "junit"),
        "TMPDIR": str(ansible.folder / "tmp"),
    }


# Each is what organizations of a simulator answer with.
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("organization_429", {"retry_after": 3600}),
    ("html_500", {}),
    ("html_502", {}),
    ("html_200", {}),
    ("empty_200", {}),
    ("object_200", {}),
    ("truncated_json", {}),
    ("bad_gzip", {}),
    ("reset", {}),
    ("slow_headers", {"seconds": 3}),
    ("redirect", {"location": f"https://stranger.example/{WRONG_KEY}"}),
    ("redirect", {"status": 307, "location": f"//{CREDENTIALS}@127.0.0.1:1"}),
]


@pytest.fixture
def cases(tmp_path: Path) -> Iterator[dict[str, dict[str, Any]]]:
    """Everything that goes wrong on the way to the API, by what its error says: the options that lead to it."""
    (tmp_path / "certificates").mkdir()
    with (
        Simulator(organizations=len(FAULTS) + 1) as sim,
        Simulator(tls=self_signed(tmp_path / "certificates", "127.0.0.1")) as secure,
        Proxy(credentials="somebody:else") as proxy,
    ):
        *troubled, well = sim.organization_ids
        for organization, (kind, details) in zip(troubled, FAULTS, strict=True):
            sim.add_fault(kind, times=None, organization=organization, **details)
        refused = proxy.address_for(CREDENTIALS)
        known = {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": well}
        found: dict[str, dict[str, Any]] = {
            "answered 401": {**known, "api_key": WRONG_KEY},
            "answered 403": {**known, "api_key": sim.keys["no_scope"]},
            "answered 404": {**known, "organization_ids": ["999", sim.api_disabled_organization, *troubled]},
            "TLS failed": {"base_url": secure.base_url},
            "connection refused": {"base_url": "http://127.0.0.1:1"},
            "no connection through the proxy": {"base_url": "https://127.0.0.1:1", "proxy": PROXY},
            "did not accept the credentials (407)": {"base_url": "https://127.0.0.1:1", "proxy": refused},
            "n1.meraki.com: the proxy": {"base_url": "https://n1.meraki.com", "proxy": refused},
            "proxy: is not a URL": {"proxy": f"socks5://{CREDENTIALS}@127.0.0.1:1"},
            "must not contain a user name": {"base_url": f"http://{CREDENTIALS}@127.0.0.1:1"},
            "is not an organization id": {"organization_ids": ".."},
        }
        plain = {"api_key": WRONG_KEY, "base_url": sim.base_url, "organization_ids": "1", "proxy": ""}
        yield {said: {**plain, **options} for said, options in found.items()}


def test_on_the_way_to_the_api(ansible: Ansible, places: dict[str, str], cases: dict[str, dict[str, Any]]) -> None:
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          ignore_errors: true
          module_defaults:
            group/apihealth.meraki.api:
              api_key: "{{ cases[item].api_key }}"
              base_url: "{{ cases[item].base_url }}"
              organization_ids: "{{ cases[item].organization_ids }}"
              proxy: "{{ cases[item].proxy }}"
              max_attempts: 1
              timeout: 1
          tasks:
            - name: The module for facts
              apihealth.meraki.response_codes_info:
              loop: "{{ (cases | list)[::2] }}"
              register: facts

            - name: The gate's module, in this process
              apihealth.meraki.health_info: &gate
                report_dir: "{{ playbook_dir }}/reports {{ item }}"
              loop: "{{ cases | list }}"
              register: here

            - name: The same in a process of its own
              apihealth.meraki.health_info: *gate
              loop: "{{ (cases | list)[1::2] }}"
              register: there
              environment:
                SOME: thing

            - name: The same in the background
              apihealth.meraki.health_info: *gate
              loop: "{{ (cases | list)[:1] }}"
              register: later
              async: 60
              poll: 1

            - name: The lookup
              ansible.builtin.include_tasks: look.yml
              loop: "{{ cases | list }}"
              vars:
                look:
                  ids: "{{ cases[item].organization_ids }}"
                  options:
                    api_key: "{{ cases[item].api_key }}"
                    base_url: "{{ cases[item].base_url }}"
                    proxy: "{{ cases[item].proxy }}"
                    max_attempts: 1
                    timeout: 1

            - name: Show what came
              ansible.builtin.debug:
                msg: "{{ [facts.results, here.results, there.results, later.results, looked] }}"
              vars: {item: answered 401} # ansible-core 2.16 evaluates the defaults of all modules everywhere

        - hosts: localhost
          gather_facts: false
          tasks:
            - name: The role
              ansible.builtin.include_role:
                name: apihealth.meraki.health_gate
                apply:
                  ignore_errors: true
              vars: &variables
                health_gate_api_key: "{{ cases[item].api_key }}"
                health_gate_base_url: "{{ cases[item].base_url }}"
                health_gate_organization_ids: "{{ cases[item].organization_ids }}"
                health_gate_proxy: "{{ cases[item].proxy }}"
                health_gate_max_attempts: 1
                health_gate_timeout: 1
                health_gate_report_dir: "{{ playbook_dir }}/reports {{ item }}"
              loop: [answered 401, answered 404, no connection through the proxy]

        - import_playbook: apihealth.meraki.health_gate
          vars:
            <<: *variables
            # The folder of this playbook is the installed collection's.
            health_gate_report_dir: "{{ folder }}/imported"
            item: answered 401
        """,
        "-vvvv",
        "--diff",
        variables={"cases": cases, "folder": str(ansible.folder)},
        env=places,
    )
    assert_silent(ansible, run, rc=2)
    ways = run.shown("what came")
    looked = ways.pop()
    for result in itertools.chain(*ways):
        assert result["item"] in json.dumps({**result, "item": ""})
    assert [len(results) for results in ways] == [6, 11, 5, 1]
    assert all(said in text for said, text in zip(cases, looked, strict=True)), looked
    # As a module six times, and else in Ansible's own process.
    assert len(re.findall(r"Using module file \S+/health_info\.py", run.stdout)) == 6
    reports = list(ansible.folder.glob("reports */*"))
    # Those that were refused leave only what they tell a shell.
    whole = [path for path in reports if path.name != "health_gate.env"]
    assert len(whole) == 6 * sum("verdict" in result for result in ways[1])


def test_what_comes_back(ansible: Ansible, places: dict[str, str]) -> None:
    """Whoever answers may repeat what was sent, whole or at a place where texts are cut."""
    with Listener(lambda connection: connection.sendall(echoed(listener.received[-1]))) as listener:
        run = ansible.playbook(
            """
            - hosts: localhost
              gather_facts: false
              ignore_errors: true
              module_defaults:
                group/apihealth.meraki.api:
                  api_key: "{{ key }}"
                  base_url: "{{ (ways[item] | default(ways[0])).base_url }}"
                  proxy: "{{ (ways[item] | default(ways[0])).proxy }}"
                  organization_ids: "{{ ids }}"
                  max_attempts: 1
                  timeout: 2
                  concurrency: 1
              tasks:
                - name: Read
                  apihealth.meraki.response_codes_info:
                    on_error: continue
                  loop: [0, 1, 2]
                  register: read

                - name: Show read
                  ansible.builtin.debug:
                    msg: "{{ read.results | map(attribute='failures') }}"
                  vars: {item: 0}

                - name: Judge
                  apihealth.meraki.health_info:
                    report_dir: "{{ playbook_dir }}/reports"
                  loop: [0, 1, 2]

                - name: Look up
                  ansible.builtin.include_tasks: look.yml
                  loop: "{{ ids }}"
                  vars:
                    look:
                      ids: "{{ item }}"
                      options: {api_key: "{{ key }}", base_url: "{{ url }}", max_attempts: 1}
            """,
            "-vvvv",
            variables={
                "key": WRONG_KEY,
                "url": listener.base_url,
                "ids": list(ECHOES),
                "ways": [
                    {"base_url": listener.base_url, "proxy": ""},
                    {"base_url": listener.base_url, "proxy": listener.origin.replace("//", f"//{CREDENTIALS}@")},
                    {"base_url": "https://n1.meraki.com", "proxy": listener.origin.replace("//", f"//{CREDENTIALS}@")},
                ],
            },
            env={**places, "ANSIBLE_PIPELINING": "false"},  # so that modules are files for a moment
        )
    assert [len(failures) for failures in run.shown("read")] == [len(ECHOES)] * 3
    assert_silent(ansible, run)


def echoed(head: str) -> bytes:
    """An answer that repeats the credentials of a request, in a way that its organization chose."""
    sent = re.findall(r"(?im)^(?:proxy-)?authorization: *\S+ (\S+)", head)
    chosen = re.search(r"/organizations/([\w-]+)/", head)
    return (ECHOES[chosen[1]] if chosen else echoing_proxy)(" ".join(reversed(sent)))


def echoing_proxy(said: str) -> bytes:
    return http(f"403 {said}", f"<title>{said}</title>".encode(), Proxy_Authenticate=f'Basic realm="{said}"')


def told(status: str, said: Any) -> bytes:
    return http(status, json.dumps(said).replace("/", "\\/").replace("&", "\\u0026").encode())


def titled(said: str) -> bytes:
    return http("403 Forbidden", f"<title>{said}</title>".encode())


def counted(start: str, code: object) -> bytes:
    end = "2026-05-04T14:00:00Z"
    return told("200 OK", [{"startTs": start, "endTs": end, "counts": [{"code": code, "count": 1}]}])


# The texts are cut after 60, 100, 200 or 300 characters. What fills them up leaves room for half of a key.
ECHOES: dict[str, Callable[[str], bytes]] = {
    "errors": lambda said: told("400 Bad Request", {"errors": [said, f"Bearer {said}"]}),
    "errors-cut": lambda said: told("400 Bad Request", {"errors": ["x" * 275 + said]}),
    "title": titled,
    "title-cut": lambda said: titled("x" * 75 + said),
    "title-cut-late": lambda said: titled("x" * 160 + said),
    "reason": lambda said: http(f"400 {said}"),
    "reason-cut": lambda said: http(f"400 {'x' * 75}{said}"),
    "request-id": lambda said: http("500 Oh", X_Request_Id=said),
    "request-id-cut": lambda said: http("500 Oh", X_Request_Id="x" * 75 + said),
    "retry-after": lambda said: http("429 Too Many", Retry_After=said),
    "location": lambda said: http("302 Found", Location=f"https://stranger.example/{said}"),
    "location-host": lambda said: http("302 Found", Location=f"https://{said}.example/"),
    "location-user": lambda said: http("302 Found", Location=f"https://{said}@stranger.example/"),
    "location-cut": lambda said: http("302 Found", Location=f"odd:{'x' * 71}{said}"),
    "start": lambda said: counted(said, 200),
    "start-cut": lambda said: counted("x" * 35 + said, 200),
    "code": lambda said: counted("2026-05-04T13:58:00Z", said),
    "object": lambda said: told("200 OK", {"message": said}),
    "protocol": lambda said: f"{said}\r\n\r\n".encode(),
    "length": lambda said: http("200 OK", Content_Length=said),
    "chunk": lambda said: f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{said}\r\n".encode(),
    "encoding": lambda said: http("200 OK", said.encode(), Content_Encoding="gzip"),
}


# Into which options somebody pasted the key too: where it can stay, and where it is refused.
PASTED_BESIDE = {
    "organization_ids": ["{org}", "{key}", "x{key}"],
    "user_agent": "{key}",
    "operation_ids": ["{key}", "{long}{key}"],
    "checks": [
        {"name": "{key}", "metric": "error_percent", "fail": 0, "action": "Call {key}", "source_ips": ["{key}"]},
        {"name": "{long}{key}", "metric": "query", "query": "summary.requests", "fail": 1, "action": "{long}{key}"},
    ],
    "runbook_url": "https://wiki.example/{key}",
    "report_dir": "{folder}/{key}",
}
REFUSED = {
    "organization_ids": ["{org}", "{key}\x01"],
    "base_url": "https://{long}{key}/ x",
    "ca_path": "/{long}{key}",
    "report_dir": "/dev/null/{long}{key}",
    "baseline": "/{long}{key}",
    "runbook_url": "{long}{key}",
    "region": "{key}",
    "caller": "{long}{key}",
    "window_minutes": "{long}{key}",
    "checks": [{"metric": "{long}{key}"}, {"{key}": 1}, "{long}{key}"],
}


def filled(value: Any, **texts: str) -> Any:
    if isinstance(value, dict):
        return {name.format(**texts): filled(one, **texts) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, **texts) for one in value]
    return value.format(**texts) if isinstance(value, str) else value


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_pasted_elsewhere(
    ansible: Ansible, sim: Simulator, connection: dict[str, str], places: dict[str, str], form: str
) -> None:
    """The variable with the key ends in a line break, so nobody but us knows what to look for."""
    sim.scenario_of(sim.organization_ids[0], "degraded")
    texts = {"key": sim.key, "org": connection["org"], "folder": str(ansible.folder), "long": "x" * 40}
    elsewhere = {**filled(PASTED_BESIDE, **texts), "publish": "full", "max_attempts": 1}
    refused = {**filled(REFUSED, **texts), sim.key: 1}
    facts = {name: elsewhere[name] for name in ("organization_ids", "user_agent", "operation_ids")}
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          ignore_errors: true
          module_defaults:
            group/apihealth.meraki.api: &connection
              api_key: "{{ key }}"
              base_url: "{{ url }}"
          tasks:
            - name: Judge here
              apihealth.meraki.health_info: &elsewhere "{{ elsewhere }}"
              register: here

            - name: Judge in a process of its own
              apihealth.meraki.health_info: *elsewhere
              register: there
              environment: &other
                SOME: thing

            - name: Judge in the background
              apihealth.meraki.health_info: *elsewhere
              async: 60
              poll: 0
              register: started
              changed_when: false

            - name: Come back for it
              ansible.builtin.async_status:
                jid: "{{ started.ansible_job_id }}"
              register: later
              until: later is finished
              retries: 60
              delay: 1

            - name: Refuse here
              apihealth.meraki.health_info: &refused "{{ refused }}"
              register: refused_here

            - name: Refuse in a process of its own
              apihealth.meraki.health_info: *refused
              register: refused_there
              environment: *other

            - name: Read here
              apihealth.meraki.response_codes_info: &facts "{{ facts | combine({'timespan': 3600, 'on_error': mode}) }}"
              loop: [continue, fail]
              loop_control: &loop
                loop_var: mode
              register: read_here

            - name: Read in a process of its own
              apihealth.meraki.response_codes_info: *facts
              loop: [continue, fail]
              loop_control: *loop
              register: read_there
              environment: *other

            - name: Look up
              ansible.builtin.include_tasks: look.yml
              loop: [0, 1]
              loop_control:
                loop_var: number
              vars:
                look: "{{ looks[number] }}"

            - name: Keep it
              ansible.builtin.set_fact:
                cacheable: true
                kept: "{{ [here, there, later, refused_here, refused_there, read_here, read_there, looked] }}"

            - name: Show kept
              ansible.builtin.debug:
                msg: "{{ kept }}"

        - hosts: localhost
          gather_facts: false
          ignore_errors: true
          tasks:
            - name: The role
              ansible.builtin.include_role:
                name: apihealth.meraki.health_gate
                apply:
                  ignore_errors: true
              vars:
                health_gate_api_key: "{{ key }}"
                health_gate_base_url: "{{ given.base_url | default(url) }}"
                health_gate_organization_ids: "{{ given.organization_ids }}"
                health_gate_user_agent: "{{ given.user_agent | default('') }}"
                health_gate_operation_ids: "{{ given.operation_ids | default([]) }}"
                health_gate_checks: "{{ given.checks }}"
                health_gate_runbook_url: "{{ given.runbook_url }}"
                health_gate_report_dir: "{{ given.report_dir }}"
                health_gate_caller: "{{ given.caller | default('') }}"
                health_gate_publish: full
                given: "{{ [elsewhere, refused][number] }}"
              loop: [0, 1]
              loop_control:
                loop_var: number
        """,
        "-vvvv",
        "--diff",
        variables={
            **connection,
            "key": f"{sim.key}\n",
            "elsewhere": elsewhere,
            "refused": refused,
            "facts": facts,
            "looks": [
                {"ids": facts["organization_ids"], "options": {"api_key": f"{sim.key} ", "base_url": sim.base_url}},
                {"ids": "1", "options": {"api_key": sim.key, "base_url": "ftp://" + sim.key, "user_agent": sim.key}},
            ],
        },
        env={**places, "ANSIBLE_CALLBACK_RESULT_FORMAT": form},
    )
    assert_silent(ansible, run)
    written = [*ansible.folder.glob("*/health_gate.*"), ansible.folder / "summary.md"]
    assert len(written) == 8
    # Those for programs say less.
    whole = [path for path in written if path.suffix not in (".csv", ".env", ".prom")]
    assert len(whole) == 5
    assert all("********" in path.read_text() for path in whole)
    for folder in ("async", "facts", "junit"):
        assert list((ansible.folder / folder).iterdir())
    if form == "yaml":
        return
    *judged, refused_here, refused_there, read_here, read_there, looked = run.shown("kept")
    for one in judged:
        assert [each["organization_id"] for each in one["verdict"]["organizations"]][1:] == ["********", "x********"]
        assert one["verdict"]["gate"] == "closed"
        assert "checks contains the API key" in json.dumps(one["warnings"])
    assert refused_here["msg"] == refused_there["msg"]
    assert refused_here["msg"].startswith("13 problems with the options: unknown option '********'")
    for one in (read_here, read_there):
        assert [failure["organization_id"] for failure in one["results"][0]["failures"]] == ["********", "x********"]
        assert "organization ******** could not be read" in one["results"][1]["msg"]
    assert len(looked) == 2


# Keys that somebody pasted, and whether they can be used.
PASTED = {
    " \t{key}\r\n": True,
    "\u00a0{key}\u2003": True,
    "{wrong}\n{wrong}": False,
    "{wrong}\x1b[0m{wrong}": False,
    "{wrong}\x00": False,
    "\ufeff{wrong}": False,
    "{wrong}\u200b": False,
    "\u202e{wrong}": False,
    "{wrong}\u00e9": False,
    "Bearer {wrong}": False,
    "'{wrong} '": False,
}


def pasted(sim: Simulator) -> list[str]:
    return [text.format(key=sim.key, wrong=WRONG_KEY) for text in PASTED]


def test_pasted_keys(ansible: Ansible, sim: Simulator, connection: dict[str, str], places: dict[str, str]) -> None:
    """Blanks around a key are taken off. What else cannot be in one is refused, and not shown."""
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          ignore_errors: true
          module_defaults:
            group/apihealth.meraki.api:
              api_key: "{{ keys[item] }}"
              base_url: "{{ url }}"
              organization_ids: "{{ org }}"
          tasks:
            - name: Here
              apihealth.meraki.health_info:
              loop: "{{ range(keys | length) | list }}"
              register: here

            - name: As a module
              apihealth.meraki.response_codes_info:
              loop: [0, 2, 3, 8, 11]
              register: there

            - name: In the lookup
              ansible.builtin.include_tasks: look.yml
              loop: "{{ range(keys | length) | list }}"
              vars:
                look:
                  ids: "{{ org }}"
                  options: {api_key: "{{ keys[item] }}", base_url: "{{ url }}"}

            - name: Show failed
              ansible.builtin.debug:
                msg: "{{ [here, there] | map(attribute='results') }}"
              vars: {item: 0}

            - name: Show looked
              ansible.builtin.debug:
                msg: "{{ looked }}"
              vars: {item: 0}

            - name: In the role
              ansible.builtin.include_role:
                name: apihealth.meraki.health_gate
                apply:
                  ignore_errors: true
              vars:
                health_gate_api_key: "{{ keys[item] }}"
                health_gate_base_url: "{{ url }}"
                health_gate_organization_ids: "{{ org }}"
              loop: [0, 2, 11]
        """,
        "-vvvv",
        variables={**connection, "keys": [*pasted(sim), {"token": WRONG_KEY}]},
        env=places,
    )
    assert_silent(ansible, run)
    refused = [*(not usable for usable in PASTED.values()), True]
    failed = [[result["failed"] for result in results] for results in run.shown("failed")]
    assert failed == [refused, [False, True, True, True, True]]
    assert len(run.shown("looked")) == refused.count(True)
    assert run.output.count("contains a space, a control or a non-ASCII character") >= 2 * refused.count(True)
    assert "GATE OPEN" in run.output
    assert [request.status for request in sim.requests] == [200] * 6


@pytest.mark.parametrize("number", [0, 2, 8, None])
def test_pasted_keys_in_the_environment(
    ansible: Ansible, sim: Simulator, connection: dict[str, str], places: dict[str, str], number: int | None
) -> None:
    # The last is no text at all, but bytes.
    key = f"{WRONG_KEY}\udcff" if number is None else pasted(sim)[number]
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          ignore_errors: true
          tasks:
            - name: Here
              apihealth.meraki.health_info: &options
                base_url: "{{ url }}"
                organization_ids: "{{ org }}"

            - name: As a module
              apihealth.meraki.response_codes_info: *options

            - name: In the lookup
              ansible.builtin.debug:
                msg: "{{ lookup('apihealth.meraki.response_codes', org, base_url=url) }}"
        """,
        "-vvvv",
        variables=connection,
        env={**places, "MERAKI_DASHBOARD_API_KEY": key},
    )
    assert_silent(ansible, run)
    assert run.recap()["localhost"]["ignored"] == (0 if number == 0 else 3)
    assert len(sim.requests) == (3 if number == 0 else 0)


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
                base_url: https://localhost:1/api/v1
                max_attempts: 1

            - name: A lookup through it
              ansible.builtin.debug:
                msg: >-
                  {{ lookup('apihealth.meraki.response_codes', org, base_url='https://localhost:1', max_attempts=1) }}
        """,
        "-vvvv",
        variables={"org": connection["org"]},
        env={
            "MERAKI_DASHBOARD_API_KEY": sim.key,
            "MERAKI_BASE_URL": sim.base_url,
            # Not for the simulator, which is asked over plain http.
            "HTTP_PROXY": PROXY,
            "http_proxy": PROXY,
            "HTTPS_PROXY": PROXY,
            "https_proxy": PROXY,
        },
    )
    assert_silent(ansible, run)
    assert run.stdout.count("no connection through the proxy 127.0.0.1:1 (connection refused)") >= 2
    assert run.recap()["localhost"]["ignored"] == 3
    assert [request.status for request in sim.requests] == [200]


@pytest.mark.parametrize("unused", [" ", "1", "open"])
def test_a_variable_that_is_not_in_use_garbles_nothing(
    ansible: Ansible, sim: Simulator, connection: dict[str, str], places: dict[str, str], unused: str
) -> None:
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          tasks:
            - name: Judge here
              apihealth.meraki.health_info: &options
                organization_ids: "{{ org }}"
                base_url: "{{ url }}"
                report_dir: "{{ playbook_dir }}/reports"
              register: here

            - name: Judge in a process of its own
              apihealth.meraki.health_info: *options
              register: there
              environment:
                SOME: thing

            - name: Judge in the background
              apihealth.meraki.health_info: *options
              async: 60
              poll: 0
              register: started
              changed_when: false

            - name: Come back for it, and leave its file
              ansible.builtin.async_status:
                jid: "{{ started.ansible_job_id }}"
              register: later
              until: later is finished
              retries: 60
              delay: 1

            - name: Show judged
              ansible.builtin.debug:
                msg: "{{ [here, there, later] }}"
        """,
        "-vvvv",
        variables=connection,
        env={**places, "MERAKI_DASHBOARD_API_KEY": f"{sim.key}\n", "MERAKI_API_KEY": unused},
    )
    assert_silent(ansible, run)
    for one in run.shown("judged"):
        assert "********" not in json.dumps({**one, "invocation": None})
        assert one["verdict"]["gate"] == "open"
        assert one["verdict"]["summary"].startswith(f"{connection['org']}: pass, ")
        assert [Path(path).name for path in one["reports"]][0] == "health_gate.json"


# What an inventory's source says beside the key, and what its error says.
SOURCES = {
    "names: ['{long}{key}']": "names: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx********' not among",
    "organization_ids: ['x{key}']": "organization_ids: 'x********' not among",
    "{long}{key}: 1": "unknown option 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx********'",
    "timeout: {long}{key}": "timeout: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx********' is not a number",
    "{{strict: true, compose: {{a: x.{long}-{key}}}}}": "Could not set a for host",
    "{{strict: true, groups: {{'{key}': x.{key}}}}}": "Could not add host",
    "{{strict: true, keyed_groups: [{{key: \"'{key}' + 1\"}}]}}": "Could not generate group",
}


@pytest.mark.parametrize("pasted", SOURCES)
def test_pasted_into_an_inventory(ansible: Ansible, sim: Simulator, places: dict[str, str], pasted: str) -> None:
    text = pasted.format(key=sim.key, long="x" * 40)
    source = {"plugin": "apihealth.meraki.organizations", "api_key": f"{sim.key}\n", "base_url": sim.base_url}
    (ansible.folder / "organizations.yml").write_text(json.dumps({**source, **yaml.safe_load(text)}))
    run = ansible.run("ansible-inventory", "-i", "organizations.yml", "--list", "-vvvv", env=places)
    assert_silent(ansible, run)
    assert SOURCES[pasted] in " ".join(run.output.split())


@pytest.mark.skipif(ELSEWHERE, reason="ansible-runner is the default environment's")
def test_what_ansible_runner_keeps(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    (ansible.folder / "project").mkdir()
    (ansible.folder / "project" / "gate.yml").write_text(
        "- hosts: localhost\n  gather_facts: false\n  roles: [apihealth.meraki.health_gate]\n"
    )
    # Not in the environment, which it writes into a file of its own.
    options = {"api_key": f"{sim.key}\n", "base_url": sim.base_url}
    options |= {"organization_ids": f"{connection['org']},{sim.key}", "user_agent": sim.key}
    (ansible.folder / "env").mkdir()
    variables = {f"health_gate_{name}": value for name, value in options.items()}
    (ansible.folder / "env" / "extravars").write_text(json.dumps(variables))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    arguments = ("-p", "gate.yml", "-i", "job", "--cmdline=-vvvv")
    run = ansible.run("ansible-runner", "run", ".", *arguments, env={"PATH": path})
    events = list((ansible.folder / "artifacts" / "job" / "job_events").glob("*-*.json"))
    assert any("********" in path.read_text() for path in events)
    assert_silent(ansible, run, rc=2)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes from outside is shown, never evaluated: ids, answers of the API, recorded facts."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt

from tests.integration.conftest import Ansible, Run, failures_said, reach, screens
from tests.simulator import Simulator

TEMPLATE = "{{ 70007*7 }}"
EVALUATED = "490049"
MARKUP = "<script>alert('x')</script>&amp;"
ESCAPE = "\x1b[31mred\x1b[0m"
BIDI = "\u202eevil"


# What wants to be more than text: for Jinja, XML, HTML, Markdown, readers, and the logs of GitHub and Azure.
HOSTILE = [
    TEMPLATE,
    "{% for one in [70007*7] %}{{ one }}{% endfor %}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a]]>b<!-- c &amp; d &#60; e",
    "[f](https://evil.example) ![g](https://evil.example/h.png) https://evil.example",
    "i|j\\|k `l` **m** # n",
    "\u202eo\u2066 \u200bserver_error_percent",
    "\u0455erver_error_percent \x9b31m",
    "::error::p ::add-mask::q ::error file=r::s",
    "##[add-mask]t ##[error]u ##vso[task.complete result=Succeeded;]v",
]
# What a report may link to: the runbook, Meraki's status page, and the dashboard that the simulator names.
OURS = ("https://wiki.example/", "https://status.meraki.net", "http://127.0.0.1:")
RUNBOOK = "https://wiki.example/{{70007*7}}?a=<script>&b=](javascript:c)|`d`"


def assert_inert(run: Run) -> None:
    assert EVALUATED not in run.output
    assert "\x1b" not in run.output
    for line in run.output.splitlines():
        # GitHub takes the one where a line begins, after blanks, and the other, as Azure does, anywhere.
        assert not re.match(r"\s*::[\w-]+( .*)?::", line), line
        assert not re.search(r"##\w*\[", line), line


def test_rows_of_the_request_log(ansible: Ansible, sim: Simulator, connection: dict[str, str]) -> None:
    """An application chooses its own name, and what it asks for."""
    row = {"ts": "2026-05-04T13:58:00Z", "responseCode": 200, "queryString": TEMPLATE, "path": MARKUP, "client": {}}
    sim.add_fault("json_200", times=None, body=[{**row, "userAgent": one} for one in [*HOSTILE, ESCAPE, BIDI]])
    run = ansible.playbook(
        """
        - hosts: localhost
          gather_facts: false
          tasks:
            - name: Read
              apihealth.meraki.requests_info: &options
                api_key: "{{ key }}"
                base_url: "{{ url }}"
                organization_ids: "{{ org }}"
                timespan: 600
              register: log

            - name: "Show log"
              ansible.builtin.debug:
                msg: "{{ log.organizations[0].requests | map(attribute='user_agent') }}"

            - name: "Show one, {{ log.organizations[0].requests[0].user_agent }}"
              ansible.builtin.debug:
                msg: "{{ log.organizations[0].requests[0].query_string }}"

            - name: A query that complains of a row
              apihealth.meraki.requests_info:
                <<: *options
                query: "{{ 'abs(requests[-2].user_agent)' }}"
              ignore_errors: true
        """,
        variables=connection,
    )
    assert run.rc == 0, run.output
    # Ansible shows what it was told to show as JSON, and a failure's message as it is.
    assert EVALUATED not in run.output
    assert "\x1b" not in run.output
    assert run.shown("log") == [*HOSTILE, ESCAPE, BIDI]
    (said,) = failures_said(run)
    assert "does not fit the facts" in said
    assert said.isprintable()


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
    # Where there are several, their names are listed.
    asked = [request.path for request in sim.requests if not request.path.endswith("/organizations")]
    paths = {path.split("/organizations/")[1].split("/")[0] for path in asked}
    assert paths == {quote(one, safe="") for one in ids}
    before, after = screens(run)
    assert after[0].startswith("GATE OPEN")
    assert "report only" in after[0]
    assert "3 of 3 organizations  error (2 unread" in " ".join(after[:2])
    assert any(line.startswith(f"ERROR {TEMPLATE}: ") for line in before)
    assert any(line.startswith(f"ERROR {TEMPLATE}: ") for line in after)


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
    assert several[0].startswith("GATE CLOSED  4 of 4 organizations  error (4 unread)")
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
    assert screen[0] == "GATE CLOSED  2 of 2 organizations  error (1 unread, 1 inconclusive)"
    assert "response_codes_info" in failures_said(run)[0]


def test_reports(ansible: Ansible) -> None:
    """Everything that a verdict may quote, hostile at once, in every report and on the screen."""
    with Simulator(organizations=4) as sim:
        well, refused, page, commands = sim.organization_ids
        errors = {"errors": ["##[error]a ##vso[b]c", "::error::d ::add-mask::e " * 5]}
        sim.add_fault("status", times=None, organization=commands, status=400, body=errors)
        sim.add_fault(
            "status",
            times=None,
            organization=refused,
            status=400,
            body={"errors": HOSTILE},
            headers={"X-Request-Id": " ".join(text for text in HOSTILE if text.isascii())},
        )
        title = "".join(HOSTILE).replace("</", "")
        sim.add_fault("status", times=None, organization=page, status=403, body=f"<title>{title[:90]}</title>")
        checks = [{"name": text, "metric": "requests", "fail": 10**9, "action": text} for text in HOSTILE]
        filters = {"user_agent": HOSTILE[2], "operation_ids": HOSTILE[:2], "admin_ids": HOSTILE[3:5]}
        checks.append({"metric": "requests", "fail": 10**9, **filters})
        given = json.dumps({"runbook": RUNBOOK, "checks": checks})
        # Each text is marked as what Ansible takes from other hosts: to be templated by nobody.
        marked = json.loads(given, object_hook=lambda found: {name: unsafe(found[name]) for name in found})
        run = ansible.playbook(
            """
            - hosts: localhost
              gather_facts: false
              tasks:
                - name: Gate
                  ansible.builtin.include_role: &gate
                    name: apihealth.meraki.health_gate
                    apply:
                      ignore_errors: true
                  vars: &variables
                    health_gate_api_key: "{{ key }}"
                    health_gate_base_url: "{{ url }}"
                    health_gate_organization_ids: "{{ ids[3] }}"
                    health_gate_max_attempts: 1

                - name: "{{ health_gate_verdict.summary }}"
                  ansible.builtin.debug: &lines
                    msg: "{{ health_gate_verdict.lines | join('\\n') }}"

                - name: Gate
                  ansible.builtin.include_role: *gate
                  vars:
                    <<: *variables
                    health_gate_organization_ids: "{{ ids[:3] }}"
                    health_gate_checks: "{{ checks }}"
                    health_gate_runbook_url: "{{ runbook }}"
                    health_gate_report_dir: "{{ playbook_dir }}/reports"

                - name: "{{ health_gate_verdict.summary }}"
                  ansible.builtin.debug: *lines
            """,
            variables={**reach(sim), "ids": sim.organization_ids, **marked},
            env={"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
        )
    assert run.rc == 0, run.output
    assert run.recap()["localhost"]["ignored"] == 4
    assert_inert(run)
    assert "error::d" in run.stdout
    assert all(character.isascii() for character in run.stdout)
    reports = {path.suffix: path.read_text() for path in (ansible.folder / "reports").iterdir()}
    assert not any(EVALUATED in text for text in reports.values())

    # JSON: as it was given.
    verdict = json.loads(reports[".json"])
    by_id = {one["organization_id"]: one for one in verdict["organizations"]}
    assert [check["name"] for check in by_id[well]["checks"]][-len(HOSTILE) - 1 : -1] == HOSTILE
    assert [check["action"] for check in by_id[well]["checks"]][-len(HOSTILE) - 1 : -1] == HOSTILE
    assert [text.replace("?", " ") for text in map(told, by_id[refused]["read"]["error"]["errors"])] == [
        told(text).replace("?", " ") for text in HOSTILE
    ]

    # JUnit: the same texts, and no element of theirs.
    root = ET.fromstring(reports[".xml"])
    known = {"testsuites", "testsuite", "properties", "property", "testcase", "system-out", "system-err"}
    assert {one.tag for one in root.iter()} <= known | {"failure", "error", "skipped"}
    for suite in root:
        names = [case.attrib["name"] for case in suite.iter("testcase")]
        assert names[-len(HOSTILE) - 1 : -1] == [told(text) for text in HOSTILE]

    # Markdown: no markup, no broken table, and links only to the runbook, the API's dashboards and Meraki's status.
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(reports[".md"])
    inline = [child for token in tokens for child in token.children or ()]
    assert not {"image", "html_inline"} & {one.type for one in inline}
    markup = "".join(one.content for one in [*tokens, *inline] if one.type.startswith("html"))
    assert not re.search("script|img|evil", markup)
    links = [str(one.attrs["href"]) for one in inline if one.type == "link_open"]
    assert all(link.startswith(OURS) for link in links), links
    rows = [len(re.findall(r"(?<!\\)\|", line)) for line in reports[".md"].splitlines() if line.startswith("|")]
    assert len(set(rows)) <= 4, rows

    # HTML: text, and no element, attribute or address of theirs.
    reader = Reader()
    reader.feed(reports[".html"])
    page_text = " ".join(" ".join(reader.texts).split()).replace("\ufffd", "?")
    assert [text for text in HOSTILE if told(text) not in page_text] == []
    assert not {"img", "iframe", "object"} & {tag for tag, _attributes in reader.elements}
    for tag, attributes in reader.elements:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert str(attributes.get("href", RUNBOOK)).startswith(("#", *OURS)), (tag, attributes)


def unsafe(value: object) -> object:
    if isinstance(value, list):
        return [unsafe(one) for one in value]
    return {"__ansible_unsafe": value} if isinstance(value, str) else value


def told(text: str) -> str:
    """A text with a mark for each character that hides, reorders or controls."""
    return "".join("?" if unicodedata.category(one) in ("Cc", "Cf") else one for one in text)


class Reader(HTMLParser):
    """The elements of a page with their attributes, and its texts outside styles."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

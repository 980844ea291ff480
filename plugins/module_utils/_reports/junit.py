# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as JUnit XML, for Jenkins, GitLab, Azure Pipelines and GitHub. PURE.

Only checks that close the gate are red. Names contain no numbers, so that a check is the same case in every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from .job import Job
from .view import Check, Organization, Verdict
from .words import inert


class Result(NamedTuple):
    """The content of a case: an element's tag and type (None for a plain pass), and a note on the mode's effect."""

    tag: str | None
    type: str | None = None
    note: str = ""


def junit(verdict: Verdict, job: Job | None = None) -> str:
    """The document: a suite for each organization, worst first, a case for each of its checks in the policy's order.

    An organization that closes the gate although no check of it does (it has been open at one poll only) has a case
    for itself.
    """
    root = ET.Element("testsuites")
    for organization in verdict.organizations:
        suite = _suite(root, organization, _properties(verdict, organization, job), verdict.evaluated_at)
        classname = f"health_gate.{_name(organization.organization_id)}"
        for check in organization.checks:
            result = _result(check, verdict)
            text = "\n".join(_body(check, organization, result))
            _case(suite, classname, _name(check.name), result, inert(check.message), text)
        if organization.unconfirmed:
            step = inert(organization.next_step)
            _case(suite, classname, "gate", Result("failure", "unconfirmed"), step, step)
        _close(suite)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, "unicode")}\n'


def _name(text: object) -> str:
    """A name as an XML token: no leading, trailing or double spaces, not empty."""
    return " ".join(inert(text).split()) or "?"


def _suite(
    root: ET.Element, organization: Organization, properties: Mapping[str, str], evaluated_at: str
) -> ET.Element:
    suite = ET.SubElement(
        root,
        "testsuite",
        # Some parsers would read an id alone as a number.
        name=_name(organization.called if organization.name else f"organization {organization.organization_id}"),
        package="health_gate",
        id=str(len(root)),
        hostname="localhost",
        # Ant's schema allows no time zone. It is UTC, as the property of the same time says.
        timestamp=inert(evaluated_at)[:19],
    )
    listed = ET.SubElement(suite, "properties")
    for key, value in properties.items():
        ET.SubElement(listed, "property", name=key, value=inert(value))
    return suite


def _properties(verdict: Verdict, organization: Organization, job: Job | None) -> dict[str, str]:
    window = organization.window
    return {
        "gate": "closed" if organization.closed else "open",
        **({"overridden_until": verdict.overridden.until} if verdict.overridden else {}),
        **({"overridden_reason": verdict.overridden.reason} if verdict.overridden else {}),
        "mode": verdict.mode,
        "profile": verdict.profile,
        "evaluated_at": verdict.evaluated_at,
        "status": organization.status,
        "organization_id": organization.organization_id,
        **({"organization_name": organization.name} if organization.name else {}),
        **({"t0": window.t0, "t1": window.t1} if window else {}),
        **({"job_url": job.url} if job else {}),
        **({"job_user": job.user} if job and job.user else {}),
    }


def _close(suite: ET.Element) -> None:
    """Count the cases, and add the elements that Ant's schema requires at the end."""
    cases = suite.findall("testcase")
    counts = Counter(child.tag for case in cases for child in case)
    for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(attribute, str(counts[tag]))
    suite.set("tests", str(len(cases)))
    suite.set("time", "0")
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")


def _case(suite: ET.Element, classname: str, name: str, result: Result, message: str, text: str) -> None:
    case = ET.SubElement(suite, "testcase", classname=classname, name=name, time="0")
    if result.tag:
        attributes = {} if result.tag == "system-out" else {"message": message}
        attributes.update({"type": result.type} if result.type else {})
        ET.SubElement(case, result.tag, attributes).text = text


def _result(check: Check, verdict: Verdict) -> Result:
    """The result of a check. In report-only mode nothing is red, and checks without data are skipped."""
    status = check.status
    if status == "pass":
        return Result(None)
    if check.holds and verdict.enforced and not verdict.overridden:
        # All inconclusive checks have the same failure type; the message has the missing evidence.
        kind = "inconclusive" if status == "inconclusive" else _name(check.reason or status)
        return Result("error" if status == "error" else "failure", kind)
    note = ""
    if check.holds:
        note = f"Report-only mode: in enforce mode this would close the gate ({status})."
        if verdict.overridden:
            reason, until = verdict.overridden
            note = f"Overridden until {until} ({reason}): otherwise this would close the gate ({status})."
    return Result("skipped" if status in ("error", "inconclusive", "skipped") else "system-out", None, note)


def _body(check: Check, organization: Organization, result: Result) -> Sequence[str]:
    """The full text of a case, line by line: finding, window, next step."""
    window = check.window or organization.window
    trouble = organization.read.trouble if check.status == "error" else None
    lines = [f"{check.status.upper()} {check.message}", result.note]
    if window:
        lines.append(f"Window: {window.t0} to {window.t1}")
    if check.breach:
        lines.append(f"Breached: {check.breach.span}")
    if check.codes:
        lines.append("Codes: " + ", ".join(f"{code} x{count}" for code, count in check.codes))
    lines += [f"Behind it: {line}" for line in check.behind]
    if trouble:
        lines += [f"Hint: {trouble.hint}" if trouble.hint else "", *trouble.errors]
        lines.append(f"Request id: {trouble.request_id}" if trouble.request_id else "")
    lines.append(f"Action: {check.action}" if check.action else "")
    lines.append(f"Next step: {organization.next_step}")
    return [inert(line) for line in lines if line]

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as JUnit XML, for Jenkins, GitLab, Azure Pipelines and GitHub. PURE.

Red is what closes the gate, and nothing else. No name holds a number, so that a check is the same case in every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from . import view
from .view import Check, Organization, Verdict
from .words import inert


class Result(NamedTuple):
    """What a case holds: an element's tag and type (None for a plain pass), and what the mode made of it."""

    tag: str | None
    type: str | None = None
    note: str = ""


def junit(verdict: Mapping[str, object]) -> str:
    """The document: a suite for each organization, a case for each of its checks, in the verdict's order.

    A gate that is closed although no check holds it (it has been open only once) has a case of its own.
    """
    return _document(view.of(verdict))


def _document(verdict: Verdict) -> str:
    root = ET.Element("testsuites")
    found = False
    for organization in verdict.organizations:
        name = _name(organization.name)
        suite = _suite(root, name, verdict, _properties(verdict, organization))
        for check in organization.checks:
            result = _result(check, verdict)
            found = found or result.tag in ("failure", "error")
            text = "\n".join(_body(check, organization, verdict, result))
            _case(suite, f"health_gate.{name}", _name(check.name), result, inert(check.message), text)
        _close(suite)
    if verdict.closed and not found:
        suite = _suite(root, "health_gate", verdict, _properties(verdict))
        text = "\n".join(map(inert, (verdict.summary, verdict.next_step)))
        _case(suite, "health_gate", "gate", Result("failure", "unconfirmed"), inert(verdict.summary), text)
        _close(suite)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, "unicode")}\n'


def _name(text: object) -> str:
    """A name as an XML token: no space at its ends, none double, not empty."""
    return " ".join(inert(text).split()) or "?"


def _suite(root: ET.Element, name: str, verdict: Verdict, properties: Mapping[str, str]) -> ET.Element:
    # Ant's schema allows no time zone. It is UTC, as the property of the same time says.
    timestamp = inert(verdict.evaluated_at)[:19]
    place = str(len(root))
    suite = ET.SubElement(
        root, "testsuite", name=name, package="health_gate", id=place, hostname="localhost", timestamp=timestamp
    )
    listed = ET.SubElement(suite, "properties")
    for key, value in properties.items():
        ET.SubElement(listed, "property", name=key, value=inert(value))
    return suite


def _properties(verdict: Verdict, organization: Organization | None = None) -> dict[str, str]:
    gate = "closed" if verdict.closed else "open"
    common = {"gate": gate, "mode": verdict.mode, "profile": verdict.profile, "evaluated_at": verdict.evaluated_at}
    if organization is None:
        return {**common, "status": verdict.status}
    window = organization.window
    return {**common, "status": organization.status, **({"t0": window.t0, "t1": window.t1} if window else {})}


def _close(suite: ET.Element) -> None:
    """Count the cases, and add what Ant's schema wants last."""
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
    """What becomes of a check. Nothing is red in a gate that only reports; what was not seen is skipped there."""
    status = check.status
    if status == "pass":
        return Result(None)
    if check.holds and verdict.enforced:
        # An inconclusive check is one kind of failure, whatever it lacks; that stands in its message.
        kind = "inconclusive" if status == "inconclusive" else _name(check.reason or status)
        return Result("error" if status == "error" else "failure", kind)
    note = f"Report only: enforced, this would close the gate ({status})." if check.holds else ""
    return Result("skipped" if status in ("error", "inconclusive", "skipped") else "system-out", None, note)


def _body(check: Check, organization: Organization, verdict: Verdict, result: Result) -> Sequence[str]:
    """A case in full, line by line: what, over which window, what to do."""
    window = check.window or organization.window
    trouble = organization.read.trouble if check.status == "error" else None
    lines = [f"{check.status.upper()} {check.message}", result.note]
    if window:
        lines.append(f"Window: {window.t0} to {window.t1}")
    if check.breach:
        lines.append(f"Breached: {check.breach.span}")
    if check.codes:
        lines.append("Codes: " + ", ".join(f"{code} x{count}" for code, count in check.codes))
    if trouble:
        lines += [f"Hint: {trouble.hint}" if trouble.hint else "", *trouble.errors]
        lines.append(f"Request id: {trouble.request_id}" if trouble.request_id else "")
    lines.append(f"Action: {check.action}" if check.action else "")
    lines.append(f"Next step: {verdict.next_step}")
    return [inert(line) for line in lines if line]

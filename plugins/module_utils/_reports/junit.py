# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as JUnit XML, for Jenkins, GitLab, Azure Pipelines and GitHub. PURE.

Red is what closes the gate, and nothing else. No name holds a number, so that a check is the same case in every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from .. import _text
from .._text import span


class Result(NamedTuple):
    """What a case holds: an element's tag and type (None for a plain pass), and what the mode made of it."""

    tag: str | None
    type: str | None = None
    note: str = ""


def inert(text: object) -> str:
    """Text from outside on one line, with `?` for what XML forbids and for what could hide or reorder text."""
    return _text.inert(str(text).replace("\t", " ").replace("\n", " "))


def junit(verdict: Mapping[str, Any]) -> str:
    """The document: a suite for each organization, a case for each of its checks, in the verdict's order.

    A gate that is closed although no check holds it (it has been open only once) has a case of its own.
    """
    root = ET.Element("testsuites")
    found = False
    for organization in verdict["organizations"]:
        name = _name(organization["organization_id"])
        suite = _suite(root, name, verdict, _properties(verdict, organization))
        for check in organization["checks"]:
            result = _result(check, verdict)
            found = found or result.tag in ("failure", "error")
            text = "\n".join(_body(check, organization, verdict, result))
            _case(suite, f"health_gate.{name}", _name(check["name"]), result, inert(check["message"]), text)
        _close(suite)
    if verdict["gate"] == "closed" and not found:
        suite = _suite(root, "health_gate", verdict, _properties(verdict))
        text = "\n".join(inert(verdict[part]) for part in ("summary", "next_step"))
        _case(suite, "health_gate", "gate", Result("failure", "unconfirmed"), inert(verdict["summary"]), text)
        _close(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _name(text: object) -> str:
    """A name as an XML token: no space at its ends, none double, not empty."""
    return " ".join(inert(text).split()) or "?"


def _suite(root: ET.Element, name: str, verdict: Mapping[str, Any], properties: Mapping[str, Any]) -> ET.Element:
    # Ant's schema allows no time zone. It is UTC, as the property of the same time says.
    timestamp = inert(verdict["evaluated_at"])[:19]
    place = str(len(root))
    suite = ET.SubElement(
        root, "testsuite", name=name, package="health_gate", id=place, hostname="localhost", timestamp=timestamp
    )
    listed = ET.SubElement(suite, "properties")
    for key, value in properties.items():
        ET.SubElement(listed, "property", name=key, value=inert(value))
    return suite


def _properties(verdict: Mapping[str, Any], organization: Mapping[str, Any] | None = None) -> dict[str, Any]:
    properties = {name: verdict[name] for name in ("gate", "mode", "profile", "evaluated_at")}
    if organization is None:
        return {**properties, "status": verdict["status"]}
    window = organization["window"] or {}
    return {**properties, "status": organization["status"], **{key: window[key] for key in ("t0", "t1") if window}}


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


def _result(check: Mapping[str, Any], verdict: Mapping[str, Any]) -> Result:
    """What becomes of a check. Nothing is red in a gate that only reports; what was not seen is skipped there."""
    status = check["status"]
    if status == "pass":
        return Result(None)
    held = not check["tolerated"]
    red = held and verdict["mode"] == "enforce"
    note = "" if red or not held else f"Report only: enforced, this would close the gate ({status})."
    if red:
        # An inconclusive check is one kind of failure, whatever it lacks; that stands in its message.
        kind = "inconclusive" if status == "inconclusive" else _name(check["reason"] or status)
        return Result("error" if status == "error" else "failure", kind)
    return Result("skipped" if status in ("error", "inconclusive", "skipped") else "system-out", None, note)


def _body(
    check: Mapping[str, Any], organization: Mapping[str, Any], verdict: Mapping[str, Any], result: Result
) -> Sequence[str]:
    """A case in full, line by line: what, over which window, what to do."""
    window = check["window"] or organization["window"]
    error = organization["read"]["error"] if check["status"] == "error" else None
    lines = [f"{str(check['status']).upper()} {check['message']}", result.note]
    if window:
        lines.append(f"Window: {window['t0']} to {window['t1']}")
    if check["first_breach"] and check["last_breach"]:
        lines.append(f"Breached: {span(str(check['first_breach']), str(check['last_breach']))}")
    if check["top_codes"]:
        lines.append("Codes: " + ", ".join(f"{code} x{count}" for code, count in check["top_codes"]))
    if error:
        lines += [f"Hint: {error['hint']}" if error["hint"] else "", *map(str, error["errors"] or ())]
        lines.append(f"Request id: {error['request_id']}" if error["request_id"] else "")
    lines.append(f"Action: {check['action']}" if check["action"] else "")
    lines.append(f"Next step: {verdict['next_step']}")
    return [inert(line) for line in lines if line]

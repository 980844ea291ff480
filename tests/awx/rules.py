# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX 24.6.1 refuses, and what it makes of the answers to a survey. PURE, but for a look at a project's files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

NAME = r"[a-zA-Z_]+[a-zA-Z0-9_]*"
TEXTS = ("text", "textarea", "password")
# The Python types of a default. A boolean is an integer here, as it is in AWX.
QUESTIONS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys((*TEXTS, "multiplechoice", "multiselect"), (str,)),
    "integer": (int,),
    "float": (float, int),
}
FIELD_KEYS = {
    "id",
    "label",
    "type",
    "format",
    "choices",
    "help_text",
    "multiline",
    "secret",
    "ask_at_runtime",
    "default",
}
# Some of the names that AWX keeps for itself, beside all that begin with ANSIBLE_.
KEPT = {"VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "INVENTORY_ID", "AWX_HOST", "PROJECT_REVISION"}
# The fields of some types of notification, with their defaults, and which of them are secret.
_NEEDED = object()
NOTIFICATIONS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "webhook": (
        {
            "url": _NEEDED,
            "headers": _NEEDED,
            "http_method": "POST",
            "disable_ssl_verification": False,
            "username": "",
            "password": "",
        },
        {"password"},
    ),
    "slack": ({"token": _NEEDED, "channels": _NEEDED}, {"token"}),
}
Problems = Iterator[str]


def survey(spec: Mapping[str, Any]) -> Problems:
    """What is wrong with a survey."""
    shape: dict[str, type] = {"name": str, "description": str, "spec": list}
    for field, kind in shape.items():
        if not isinstance(spec.get(field), kind):
            yield f"{field} is no {kind.__name__}"
    questions = spec.get("spec") or []
    if not questions:
        yield "no question"
    seen = set()
    for number, question in enumerate(questions):
        said = f"question {number}"
        shape = {"type": str, "question_name": str, "variable": str, "required": bool}
        for field, kind in shape.items():
            if not isinstance(question.get(field), kind):
                yield f"{said}: {field} is no {kind.__name__}"
        if question.get("variable") in seen:
            yield f"{said}: {question['variable']} is asked twice"
        seen.add(question.get("variable"))
        if question.get("type") not in QUESTIONS:
            yield f"{said}: no such type"
            continue
        default = question.get("default", "")
        if default != "" and not isinstance(default, QUESTIONS[question["type"]]):
            yield f"{said}: the default {default!r} is not of its type"
        for end in ("min", "max"):
            if not isinstance(question.get(end), (int, type(None))):
                yield f"{said}: {end} is not a whole number"
        if question["type"].startswith("multi"):
            if not question.get("choices"):
                yield f"{said}: no choices"
            elif default != "" and not set(str(default).splitlines()) <= set(choices(question)):
                yield f"{said}: the default is no choice"
            if question["type"] == "multiplechoice" and "\n" in str(default):
                yield f"{said}: two defaults"


def choices(question: Mapping[str, Any]) -> list[str]:
    """The choices of a question, which may be given as lines."""
    given = question["choices"]
    return [line for line in given.splitlines() if line.strip()] if isinstance(given, str) else list(given)


def credential_type(inputs: Mapping[str, Any], injectors: Mapping[str, Any]) -> Problems:
    """What is wrong with a credential type."""
    if set(inputs) - {"fields", "required"}:
        yield "inputs: unknown keys"
    fields = inputs.get("fields", [])
    known = [field.get("id") for field in fields]
    if len(set(known)) < len(known) or "tower" in known:
        yield "inputs: a field is there twice, or is named tower"
    if not set(inputs.get("required", [])) <= set(known):
        yield "inputs: a field is required that is not there"
    for field in fields:
        if not {"id", "label"} <= set(field) <= FIELD_KEYS or not re.fullmatch(NAME, field["id"]):
            yield f"inputs: {field} is no field"
        elif field.get("type", "string") not in ("string", "boolean"):
            yield f"inputs: {field['id']} is neither string nor boolean"
        elif field.get("type") == "boolean" and {"choices", "multiline", "format", "secret"} & set(field):
            yield f"inputs: {field['id']} has a key that only strings have"
    if set(injectors) - {"env", "extra_vars", "file"}:
        yield "injectors: unknown keys"
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    namespace = {name: "EXAMPLE" for name in known if name}
    if "template" in injectors.get("file", {}):
        namespace["tower"] = {"filename": "EXAMPLE"}  # type: ignore[assignment]
    for kind, injected in injectors.items():
        for name, template in injected.items():
            if kind == "env" and (name.startswith("ANSIBLE_") or name in KEPT or not re.fullmatch(NAME, name)):
                yield f"injectors: {name} may not be set"
            try:
                environment.from_string(template).render(namespace)
            except TemplateError as exc:
                yield f"injectors: {name}: {exc}"


def notification(kind: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The configuration of a notification with its defaults, and what is wrong with it."""
    fields = NOTIFICATIONS[kind][0]
    whole = {name: given.get(name, default) for name, default in fields.items()}
    missing = [name for name, value in whole.items() if value is _NEEDED]
    problems = [f"Missing required fields for Notification Configuration: {missing}."] if missing else []
    if set(given) - set(fields):
        problems.append(f"{sorted(set(given) - set(fields))} is no field of {kind}")
    return whole, problems


def rrule(rule: str) -> Problems:
    """What is wrong with the rule of a schedule."""
    starts = re.findall(r"DTSTART(?:;[^:]+)?:\d+T\d+Z?", rule)
    if len(starts) != 1 or re.search(r"DTSTART:\d+T\d+ ", rule):
        yield "one DTSTART is needed, with a time zone"
    rules = re.findall(r"RRULE:(\S*)", rule)
    if not rules:
        yield "no RRULE"
    for each in rules:
        if not re.search(r"\bINTERVAL=\d", each):
            yield "no INTERVAL"
        if "SECONDLY" in each or ("COUNT" in each and "UNTIL" in each) or re.search(r"BYDAY=\d", each):
            yield "SECONDLY, COUNT with UNTIL, or a number in BYDAY"


def answer(question: Mapping[str, Any], value: Any) -> Problems:
    """What is wrong with the answer to a question."""
    kind, said = question["type"], f"{question['variable']}: {value!r}"
    low, high = question.get("min"), question.get("max")
    if kind == "multiplechoice":
        if value not in choices(question):
            yield f"{said} is no choice"
    elif kind == "multiselect":
        if not isinstance(value, list) or not set(value) <= set(choices(question)):
            yield f"{said} is no list of choices"
    elif type(value) not in QUESTIONS[kind]:
        yield f"{said} is no {kind}"
    else:
        size = len(value) if kind in TEXTS else value
        if (low is not None and size < low) or (high is not None and size > high):
            yield f"{said} is not from {low} to {high}"


def refused(spec: Mapping[str, Any], answers: Mapping[str, Any]) -> Problems:
    """What is wrong with the answers to a survey, for a template that takes no other variables."""
    for question in spec["spec"]:
        if question["variable"] in answers:
            yield from answer(question, answers[question["variable"]])
        elif question["required"]:
            yield f"{question['variable']} is missing"
    unasked = set(answers) - {question["variable"] for question in spec["spec"]}
    if unasked:
        yield f"not asked: {', '.join(sorted(unasked))}"


def filled_in(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What the form sends of what was filled in: nothing of what is blank."""
    return {name: value for name, value in answers.items() if value not in ("", [])}


def launched(spec: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The extra variables of a job: the defaults that would do as an answer, and the answers over them."""
    defaults = {
        question["variable"]: question["default"]
        for question in spec["spec"]
        if question.get("default") is not None and not any(answer(question, question["default"]))
    }
    return {**defaults, **answers}


def of_a_node(
    spec: Mapping[str, Any], workflow_spec: Mapping[str, Any], answers: Mapping[str, Any], artifacts: Mapping[str, Any]
) -> dict[str, Any]:
    """The extra variables of a node's job: its survey's defaults, below the artifacts, below the workflow's own."""
    return {**launched(spec, {}), **artifacts, **launched(workflow_spec, answers)}


class _Unsafe(yaml.SafeDumper):
    """Writes each text as data that Ansible may not template."""


_Unsafe.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


def extra_vars_file(variables: Mapping[str, Any]) -> str:
    """The file in which a job's variables arrive."""
    return yaml.dump(dict(variables), Dumper=_Unsafe)


def playbooks(project: Path) -> list[str]:
    """The playbooks that AWX offers of a project."""
    found = []
    for folder, _folders, names in os.walk(project):
        parts = Path(folder).relative_to(project).parts
        if {"roles", "tasks", "group_vars", "host_vars"} & set(parts) or any(part.startswith(".") for part in parts):
            continue
        for name in names:
            path = Path(folder, name)
            hosts = r"^\s*-?\s*(hosts|(ansible\.builtin\.)?(include|import_playbook)):"
            if path.suffix in (".yml", ".yaml") and re.search(hosts, path.read_text(encoding="utf-8"), re.M):
                found.append(path.relative_to(project).as_posix())
    return sorted(found)

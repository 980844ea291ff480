# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as metrics for Prometheus, for a textfile collector or a Pushgateway. PURE.

The text is valid in both Prometheus' text format and OpenMetrics. To Prometheus, the line `# EOF` is a comment. All
metrics are gauges. They have no timestamps, because a textfile collector refuses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .view import Check, Organization, Verdict
from .words import inert, moment, real

# A server stores every combination of labels as a series, so our labels must be short.
_MOST_CHARACTERS = 200


class Sample(NamedTuple):
    """One value and its labels."""

    labels: Mapping[str, str]
    value: float


def openmetrics(verdict: Verdict) -> str:
    """The text: each metric with its help, its type, and a sample for each organization, worst first, and check."""
    organizations = _each_once(verdict.organizations)
    checks = [(one, check) for one in organizations for check in _named_once(one.checks)]
    metrics = [
        ("open", "Whether the gate is open (1) or closed (0).", [Sample({}, 0.0 if verdict.closed else 1.0)]),
        (
            "overridden",
            "Whether only an override keeps the gate open (1) or not (0).",
            [Sample({}, float(verdict.overridden is not None))],
        ),
        (
            "organization_closed",
            "Whether the organization closes the gate (1) or not (0).",
            [
                Sample({"organization_id": one.organization_id, "organization_name": one.name or ""}, float(one.closed))
                for one in organizations
            ],
        ),
        (
            "check_value",
            "The value of a check in the unit of its metric; absent if it has none.",
            _samples((one, check, check.value) for one, check in checks),
        ),
        (
            "check_warn_limit",
            "The value beyond which the check warns.",
            _samples((one, check, check.warn) for one, check in checks),
        ),
        (
            "check_fail_limit",
            "The value beyond which the check fails.",
            _samples((one, check, check.fail) for one, check in checks),
        ),
        (
            "evaluated_timestamp_seconds",
            "When the verdict was made, in seconds since the epoch.",
            [Sample({}, moment(verdict.evaluated_at) or 0.0)],
        ),
    ]
    lines = [line for name, told, samples in metrics for line in _metric(f"health_gate_{name}", told, samples)]
    return "\n".join([*lines, "# EOF", ""])


def _each_once(organizations: Iterable[Organization]) -> list[Organization]:
    """The organizations by their ids: a series must not occur twice, so of two with the same id, the worse is used."""
    found: dict[str, Organization] = {}
    for one in organizations:
        found.setdefault(_label(one.organization_id), one)
    return list(found.values())


def _named_once(checks: Iterable[Check]) -> list[Check]:
    found: dict[str, Check] = {}
    for one in checks:
        found.setdefault(_label(one.name), one)
    return list(found.values())


def _samples(values: Iterable[tuple[Organization, Check, float | None]]) -> list[Sample]:
    return [
        Sample({"organization_id": one.organization_id, "check": check.name}, number)
        for one, check, value in values
        if (number := real(value)) is not None
    ]


def _metric(name: str, told: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        listed = ",".join(f'{label}="{_label(text)}"' for label, text in labels.items())
        yield f"{name}{f'{{{listed}}}' if listed else ''} {_number(value)}"


def _label(text: str) -> str:
    """A label's value: text from outside on one line, cut before it is escaped."""
    return inert(text)[:_MOST_CHARACTERS].replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(value)

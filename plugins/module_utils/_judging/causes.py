# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The causes that close the gate, and the organizations with each cause. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .._text import plain
from .._time import to_clock
from .judges import STATUSES
from .verdict import Organization, Verdict

# Organizations whose problems began within this time share one cause.
_TOGETHER_SECONDS = 360
UNCONFIRMED = "unconfirmed"
# The missing evidence, by the reason of an inconclusive check.
LACKS = {
    "no_data": "no data",
    "incomplete": "incomplete data",
    "stale": "stale data",
    "clock": "clocks that differ",
    "no_traffic": "no traffic",
    "low_traffic": "low traffic",
    "no_baseline": "no baseline",
    "baseline_unhealthy": "an unhealthy baseline",
    "no_value": "a query without a number",
    "unknown_codes": "unknown response codes",
    UNCONFIRMED: "a single healthy poll",
}


def unread_label(organization: Organization) -> str:
    """The error that was returned instead of the data, in a few words."""
    status = organization.read.status
    return f"HTTP {status}" if status else "no answer"


class Cause(NamedTuple):
    """One cause: `label` in a few words, `since` in seconds since the epoch, the worst organization first.

    `metric` and `since` are None if the cause has none.
    """

    reason: str
    metric: str | None
    since: float | None
    label: str
    organizations: Sequence[Organization]

    @property
    def told(self) -> str:
        """`20 for 5xx since 12:56Z`."""
        count = len(self.organizations)
        if self.reason == "read_failed":
            return f"{count} that could not be read ({self.label})"
        return f"{count} {self.said}"

    @property
    def said(self) -> str:
        """`for 5xx since 12:56Z`."""
        if self.reason == "read_failed":
            return f"for reads that failed ({self.label})"
        return f"for {self.label}" + ("" if self.since is None else f" since {to_clock(self.since)}Z")


def causes(verdict: Verdict) -> list[Cause]:
    """The causes that close the gate, or would in enforce mode: the worst first, then the largest."""
    alike: dict[tuple[str, str], list[Organization]] = {}
    for one in verdict.holding:
        alike.setdefault(_kind(one), []).append(one)
    found = [
        _cause(kind, label, together, verdict)
        for (kind, label), members in alike.items()
        for together in _together(members)
    ]
    return sorted(found, key=lambda one: (-_worst_status(one), -len(one.organizations), one.label, one.since or 0.0))


def _worst_status(cause: Cause) -> int:
    return STATUSES.index(cause.organizations[0].status)


def _kind(organization: Organization) -> tuple[str, str]:
    """A key that is equal for equal causes, and the cause in a few words."""
    worst = organization.worst
    if not organization.held:
        return UNCONFIRMED, LACKS[UNCONFIRMED]
    if worst.status == "error":
        return "error", unread_label(organization)
    if worst.status == "inconclusive":
        reason = str(worst.reason)
        return reason, LACKS.get(reason, reason)
    metric = worst.check.metric
    return "fail", plain(worst.check.name) if metric.kind.name == "query" else metric.cause


def _cause(kind: str, label: str, organizations: Sequence[Organization], verdict: Verdict) -> Cause:
    first = organizations[0].worst
    if kind == UNCONFIRMED:
        return Cause(UNCONFIRMED, None, None, label, organizations)
    if kind != "fail":
        return Cause(str(first.reason), None, None, label, organizations)
    begun = [moment for moment in map(_began, organizations) if moment is not None]
    return Cause(str(first.reason), first.check.metric.name, min(begun, default=None), label, organizations)


def _began(organization: Organization) -> float | None:
    worst = organization.worst
    return worst.breaches.first if worst.status == "fail" else None


def _together(organizations: Sequence[Organization]) -> list[list[Organization]]:
    """Groups of organizations whose problems began within 6 minutes of the group's first; one group if unknown."""
    groups: list[list[Organization]] = []
    start: float | None = None
    for one in sorted(organizations, key=lambda one: _began(one) or float("-inf")):
        began = _began(one)
        if not groups or (began is not None and (start is None or began - start > _TOGETHER_SECONDS)):
            groups.append([])
            start = began
        groups[-1].append(one)
    place = {one.organization_id: index for index, one in enumerate(organizations)}
    return [sorted(group, key=lambda one: place[one.organization_id]) for group in groups]

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of the screen for several organizations. PURE."""

from __future__ import annotations

from collections.abc import Sequence

from .._metric import METRICS
from .._text import as_given, cut, number, unit_of
from .causes import LACKS, Cause, unread_label
from .checks import operator
from .judges import STATUSES
from .lines import LABELS, WIDTH, called, matter, reservation, wrapped
from .message import said_limit
from .policy import Policy
from .verdict import Organization, Verdict

# Up to this number, organizations that do not pass have a line each.
_EACH = 6
# Number of the worst organizations to name for a cause.
_NAMED = 3
# Metrics whose highest value is shown if organizations pass.
_TOLD_OF_PASSING = {name: one for name, one in METRICS.items() if one.option and one.fail is not None}


def several(verdict: Verdict, causes: Sequence[Cause], policy: Policy, room: int) -> list[str]:
    """The screen's body for several organizations, in at most `room` lines: what closes the gate, worst first.

    A few that do not pass have a line each. If there are many, the causes are listed with their worst organizations.
    """
    troubled = [one for one in verdict.ranked if one.status != "pass" or verdict.holds(one)]
    passed = _passed([one for one in verdict.ranked if one.status == "pass" and not verdict.holds(one)])
    if len(troubled) <= _EACH:
        return [_line_of(one, policy, verdict.holds(one)) for one in troubled] + passed
    rest = [one for one in troubled if not verdict.holds(one)]
    groups = [_group(status, [one for one in rest if one.status == status]) for status in reversed(STATUSES)]
    rest_lines = [line for line in groups if line] + passed
    lines: list[str] = []
    for place, cause in enumerate(causes):
        left = room - len(rest_lines) - len(lines)
        # The last line has the number left out.
        if left < 2 and place < len(causes) - 1:
            more = causes[place:]
            count = sum(len(one.organizations) for one in more)
            lines.append(cut(f"     and {count} organizations for {len(more)} more causes", WIDTH))
            break
        label = LABELS[cause.organizations[0].status]
        text = wrapped(label, f"{cause.told}: {_named(cause.organizations, policy)}")
        fit = max(1, min(2, left - (len(causes) - place - 1)))
        lines += text if len(text) <= fit else [*text[: fit - 1], cut(f"{text[fit - 1]} {text[fit].strip()}", WIDTH)]
    return lines + rest_lines


def _passed(organizations: Sequence[Organization]) -> list[str]:
    """How many pass, and the highest value among them."""
    if not organizations:
        return []
    count = len(organizations)
    highest = []
    for name, metric in _TOLD_OF_PASSING.items():
        found = [one for each in organizations for one in each.checks if one.check.name == name]
        values = [(one.value, one.check.warn) for one in found if one.value is not None]
        if values:
            value, limit = max(values, key=lambda pair: pair[0])
            what = "of the rate limit" if metric.kind.name == "utilization" else metric.cause
            highest.append(f"{number(value, limit)}{unit_of(metric.unit)} {what}")
    told = f": at most {', '.join(highest)}" if highest else ""
    return [cut(f"PASS {count} organization{'s' * (count != 1)}{told}", WIDTH)]


def _group(status: str, organizations: Sequence[Organization]) -> str:
    """Organizations of one status that do not close the gate, in a line."""
    if not organizations:
        return ""
    count = len(organizations)
    named = f"{count} organization{'s' * (count != 1)}, the worst {called(organizations[0])}"
    return cut(f"{LABELS[status]} {named}", WIDTH)


def _named(organizations: Sequence[Organization], policy: Policy) -> str:
    """The worst of these organizations with their values, and how many more there are."""
    named = []
    for one in organizations[:_NAMED]:
        worst = one.worst
        value = ""
        if worst.status == "fail" and worst.value is not None:
            value = f" {number(worst.value, worst.check.fail)}{unit_of(worst.check.metric.unit)}"
        named.append(f"{called(one)}{value}")
    more = len(organizations) - _NAMED
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _line_of(organization: Organization, policy: Policy, holds: bool) -> str:
    """One organization in a line, in fewer words if the line would be cut."""
    begun = f"{LABELS[organization.status]} {called(organization)}: {reservation(organization, holds)}"
    whole = begun + matter(organization, policy)
    return whole if len(whole) <= WIDTH else cut(begun + _brief(organization), WIDTH)


def _brief(organization: Organization) -> str:
    """The most important fact about one organization, in a few words."""
    worst = organization.worst
    check = worst.check
    if worst.status == "error":
        return f"could not be read ({unread_label(organization)})"
    if worst.status == "inconclusive" or worst.value is None:
        return LACKS.get(str(worst.reason), str(worst.reason))
    limit = said_limit(worst)
    unit = unit_of(check.metric.unit)
    breach = "" if limit is None else f" {operator(check)} {as_given(limit)}{unit}"
    cause = check.name if check.metric.kind.name == "query" else check.metric.cause
    return f"{cause} {number(worst.value, limit)}{unit}{breach}"

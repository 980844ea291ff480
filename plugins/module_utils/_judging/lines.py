# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines that the screens of one organization and of several share. PURE."""

from __future__ import annotations

import textwrap

from .._text import plain, who
from .message import between, message, missing, read_error
from .policy import Policy
from .verdict import Organization

WIDTH = 75
LABELS = {
    "pass": "PASS",
    "warn": "WARN",
    "inconclusive": "INCONCLUSIVE",
    "error": "ERROR",
    "fail": "FAIL",
}


def wrapped(label: str, text: str) -> list[str]:
    """A text after its label, wrapped to the width of the screen."""
    return textwrap.wrap(
        plain(text), WIDTH, initial_indent=f"{label:<4} ", subsequent_indent="     ", break_on_hyphens=False
    )


def called(organization: Organization) -> str:
    """Its name and id."""
    return who(organization.organization_id, organization.name)


def matter(organization: Organization, policy: Policy) -> str:
    """The most important fact about one organization, for one line."""
    worst = organization.worst
    if worst.status == "error":
        return f"could not be read, {read_error(worst)}"
    if worst.status == "inconclusive":
        return f"{worst.reason}, {missing(worst, policy)}"
    return message(worst, policy, brief=True)


def told(organization: Organization, policy: Policy, holds: bool = False) -> str:
    """One organization in a line: the most important fact, when it began, and whether it continues.

    `holds`: it closes the gate, even if the most important fact does not explain that.
    """
    worst = organization.worst
    text = f"{called(organization)}: {reservation(organization, holds)}{matter(organization, policy)}"
    where = worst.breaches
    if worst.status == "fail" and where.first is not None and where.last is not None:
        text += f", {between(where.first, where.last)}"
        text += ", still failing" if worst.recent and worst.recent.breaching else ""
    return text


def reservation(organization: Organization, holds: bool) -> str:
    """The prefix for an organization that closes the gate because it has been open at one poll only."""
    return "healthy at the last poll only: " if holds and not organization.held else ""

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as a table for spreadsheets and scripts: RFC 4180, a line for each organization, worst first. PURE."""

from __future__ import annotations

import csv as _csv
import io

from .view import Organization, Verdict
from .words import inert

CSV_FILE = "health_gate.csv"
COLUMNS = (
    *("organization_id", "organization_name", "status", "gate", "cause"),
    *("worst_check", "value", "limit", "since", "message", "next_step", "culprit"),
)
# First characters that a spreadsheet treats as a formula, including the full-width forms.
_FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def csv(verdict: Verdict) -> str:
    """The table, with its header.

    `cause` is a reason as in the verdict's causes, or that of the worst check if nothing closes the gate. The last
    seven columns except `next_step` are about the worst check, and empty if all pass. `culprit` is the client to blame,
    such as a user agent, and empty if it is not known.
    """
    file = io.StringIO()
    writer = _csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([_row(one, verdict) for one in verdict.organizations])
    return file.getvalue()


def _row(one: Organization, verdict: Verdict) -> list[str | int | float | None]:
    worst, culprit = one.worst, one.culprit
    reason = verdict.causes[one.cause].reason if one.cause is not None else worst.reason if worst else ""
    return [
        _cell(one.organization_id),
        _cell(one.name or ""),
        one.status,
        "closed" if one.closed else "open",
        _cell(reason or ""),
        *((_cell(worst.name), worst.decisive, worst.limit, worst.since, _cell(worst.message)) if worst else [""] * 5),
        _cell(one.next_step),
        _cell((culprit.value if culprit else None) or ""),
    ]


def _cell(text: str) -> str:
    """Text from outside, with a leading apostrophe if it looks like a formula, so that no spreadsheet evaluates it."""
    shown = inert(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULAS) else shown

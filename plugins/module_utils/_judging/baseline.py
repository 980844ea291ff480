# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An earlier verdict as the baseline of a later one. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .._text import number, plain, unit_of
from .checks import Judged, worst
from .judges import STATUSES
from .policy import Earlier


class Change(NamedTuple):
    """A check that is worse than in the earlier verdict."""

    name: str
    was: str
    found: str
    value_was: float | None
    value_is: float | None
    unit: str


class Since(NamedTuple):
    """The status in the earlier verdict, the checks that got worse since then, and a message about them."""

    status: str
    worse: list[Change]
    message: str


def since(organization_id: str, checks: Sequence[Judged], earlier: Earlier | None) -> Since | None:
    """The checks that got worse since the earlier verdict; None if it does not cover this organization."""
    before = earlier and earlier.organizations.get(organization_id)
    if not earlier or not before:
        return None
    worse = []
    for one in checks:
        then = before.checks.get(one.check.name)
        if then and STATUSES.index(one.status) > STATUSES.index(worst([then.status])):
            unit = one.check.metric.unit
            worse.append(Change(one.check.name, then.status, one.status, then.value, one.value, unit))
    at = f"{earlier.evaluated_at[:16].replace('T', ' ')}Z"
    said = "; ".join(map(_change, worse)) or "nothing is worse"
    return Since(before.status, worse, f"{before.status} at {at}; since then {said}")


def _change(one: Change) -> str:
    unit = unit_of(one.unit)
    values = [value if value is None else number(value) + unit for value in (one.value_was, one.value_is)]
    told = f" ({values[0]} -> {values[1]})" if None not in values else ""
    return f"{plain(one.name)} {plain(one.was)} -> {one.found}{told}"

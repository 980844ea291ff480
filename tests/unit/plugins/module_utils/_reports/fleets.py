# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts on several organizations with names, as the tests of the reports need them."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.attribution import culprit
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import Attribution
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.message import message
from tests.unit.plugins.module_utils.made import NOW, Shown, answer, combined, judged, policy, spread, unread

# Those that begin so long before the end of the hour share their cause.
_INCIDENT_INTERVALS = 5


def called(one: Shown, organization_id: str, name: str | None) -> Shown:
    """The same organization under another id and this name."""
    other = one.but(organization_id, organization_name=name)
    other.organization = other.organization._replace(name=name)
    return other


def verdict_of(*organizations: Shown, unconfirmed: Any = (), **given: Any) -> dict[str, Any]:
    """The verdict of these as the gate has it when it writes reports: with what charts need."""
    made = combined(organizations, policy(**given), NOW, unconfirmed=unconfirmed)
    parts = [{**one, "series": of.organization.series} for one, of in zip(made["organizations"], organizations)]
    return {**made, "organizations": parts}


BACKUP = "BackupTool/1.0 Example"
# An hour in which every interval has too many 429s.
LIMITED = answer([{200: 900, 429: 150}] * 30)


def client(
    value: Any = BACKUP,
    requests: Any = 52.0,
    failures: Any = 81.0,
    by: Any = "application",
    exact: Any = True,
    without: Any = 41.0,
) -> Attribution:
    """The share of a client, in percent of the requests and of the failures."""
    return Attribution(by, value, 16380, requests, None if failures is None else 3645, failures, without, exact)


def attributed(one: Shown, *shares: Attribution, name: Any = "rate_limited_percent", note: Any = None) -> Shown:
    """The same organization with these shares at one check; in its chart, the culprit sent 40% of each point."""
    options, organization = policy(), one.organization
    (old,) = [check for check in organization.checks if check.check.name == name]
    new = old._replace(attribution=shares, attribution_note=note)
    new = new._replace(message=message(new, options))
    series, found = organization.series, culprit(new)
    if series and found:
        series = series._replace(culprit=found.value, of_culprit=[4 * piece.requests // 10 for piece in series.points])
    checks = [new if check is old else check for check in organization.checks]
    return Shown(organization._replace(checks=checks, series=series), options)


def limited(*shares: Attribution, organization_id: Any = "549236", note: Any = None) -> Shown:
    """An organization that closes the gate for 429s, with who is behind them."""
    return attributed(judged(LIMITED, organization_id, charted=True), *shares, note=note)


def incident(code: int, intervals: int = 30) -> list[dict[str, Any]]:
    """Healthy until the last 10 minutes."""
    before: list[dict[int, int] | None] = [{200: 120, 404: 1} for _i in range(intervals - _INCIDENT_INTERVALS)]
    return answer([*before, *({200: 70, code: 50} for _i in range(_INCIDENT_INTERVALS))])


def branch(place: int) -> str | None:
    """A name; one in seven has none."""
    city = ("Berlin", "Z\u00fcrich", "Besan\u00e7on", "\u0141\u00f3d\u017a", "M\u00fcnchen")[place % 5]
    return f"Branch {city} {place}" if place % 7 else None


def long_name(place: int) -> str | None:
    """A name of 120 characters, of four bytes each but for its number."""
    return f"{place:03} " + "\U0001f4a5" * 116


@cache
def fleet(
    server_errors: int = 20,
    rate_limits: int = 20,
    warnings: int = 20,
    quiet: int = 20,
    unreadable: int = 0,
    healthy: int = 420,
    name: Callable[[int], str | None] = branch,
    intervals: int = 30,
) -> dict[str, Any]:
    """A verdict on so many organizations of each kind, asked for in no order."""
    given = {"window_minutes": 2 * intervals}
    kinds = [judged(incident(code, intervals), charted=True, **given) for code in (500, 429)]
    kinds += [judged(data, charted=True, **given) for data in (spread(17, 1200), spread(0, 50))]
    kinds += [unread(given=given), judged(spread(1, 1200), charted=True, **given)]
    counts = (server_errors, rate_limits, warnings, quiet, unreadable, healthy)
    every = [kind for kind, count in zip(kinds, counts) for _i in range(count)]
    named = [called(one, str(10**17 + 7919 * place), name(place)) for place, one in enumerate(every)]
    random.Random(1).shuffle(named)
    return verdict_of(*named, **given)

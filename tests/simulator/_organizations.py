# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulated organizations and API keys: pure data."""

from __future__ import annotations

from typing import Any, NamedTuple

FIRST_ID = 646829496481105433
"""Above 2^53, so that an id that passes through a float loses digits."""

API_DISABLED_ID = "646829496482000000"
# Names that break whoever forgets to escape; the first organization keeps a plain one.
_NAMES = ("Example Retail", "R&D <Lab>", "{{ 7*7 }}", "B\u00fcro Z\u00fcrich", 'O\'Brien "HQ" \\ 50%')


class Key(NamedTuple):
    """A key of the simulation, obviously no real one: its name, who holds it and what it may do."""

    name: str
    value: str
    admin_id: str
    expired: bool = False
    telemetry: bool = True
    limited: bool = False


KEYS = (
    Key("full", "simulated-key-full-access", "646829496481200001"),
    Key("limited", "simulated-key-limited-organizations", "646829496481200002", limited=True),
    Key("expired", "simulated-key-expired", "646829496481200003", expired=True),
    Key("no_scope", "simulated-key-no-telemetry-scope", "646829496481200004", telemetry=False),
)
KEY_BY_VALUE = {key.value: key for key in KEYS}


def organization_ids(number: int) -> tuple[str, ...]:
    """Return the ids of the organizations with API access."""
    return tuple(str(FIRST_ID + index) for index in range(number))


def sees(key: Key, organization: str, number: int) -> bool:
    """Return whether a key's admin belongs to one of `number` organizations; a limited one to the first half."""
    if organization == API_DISABLED_ID:
        return not key.limited
    if not organization.isascii() or not organization.isdigit() or len(organization) != len(str(FIRST_ID)):
        return False
    visible = (number + 1) // 2 if key.limited else number
    return 0 <= int(organization) - FIRST_ID < visible


def visible_ids(key: Key, number: int) -> list[str]:
    """Return every id that `GET /organizations` lists for a key, in order; API access may be disabled for some."""
    return [each for each in (*organization_ids(number), API_DISABLED_ID) if sees(key, each, number)]


def describe(organization: str, origin: str) -> dict[str, Any]:
    """Return an organization as `GET /organizations` lists it."""
    index = int(organization) - FIRST_ID
    disabled = organization == API_DISABLED_ID
    name = "API access disabled" if disabled else _NAMES[index] if index < len(_NAMES) else f"Example {index + 1:04d}"
    return {
        "id": organization,
        "name": name,
        "url": f"{origin}/o/{organization}/manage/organization/overview",
        "api": {"enabled": not disabled},
        "licensing": {"model": "co-term"},
        "cloud": {"region": {"name": "North America", "host": {"name": "United States"}}},
        "management": {"details": []},
    }

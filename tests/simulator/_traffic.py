# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded traffic of simulated organizations: pure functions of seed, organization, load and time."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from ._contract import REQUESTS, RESPONSE_CODES

BUCKET = 120
"""Seconds of one generated bucket: the smallest interval that the endpoint knows."""

_DAY = 86400
_SURGE_EVERY = 15
_SURGE_BUCKETS = 2
_SURGE = 3.0


class Identity(NamedTuple):
    """Who called what: everything that the endpoint can filter on."""

    operation_id: str
    source_ip: str
    admin_id: str
    user_agent: str
    version: int


Row = tuple[Identity, int, int]
"""An identity, a response code and how many requests got it."""

_NETWORK = "/networks/L_646829496481300001"
OPERATIONS = {
    "getOrganizationDevices": ("GET", "/organizations/{organizationId}/devices"),
    "getOrganizationInventoryDevices": ("GET", "/organizations/{organizationId}/inventory/devices"),
    "getNetworkWirelessClientsConnectionStats": ("GET", f"{_NETWORK}/wireless/clients/connectionStats"),
    "getOrganizationDevicesAvailabilities": ("GET", "/organizations/{organizationId}/devices/availabilities"),
    "updateDeviceSwitchPort": ("PUT", "/devices/Q2ZZ-EXAM-PLE1/switch/ports/1"),
    "createNetworkGroupPolicy": ("POST", f"{_NETWORK}/groupPolicies"),
    "deleteNetworkGroupPolicy": ("DELETE", f"{_NETWORK}/groupPolicies/101"),
    "getNetworkClients": ("GET", f"{_NETWORK}/clients"),
    "getOrganizationClientsSearch": ("GET", "/organizations/{organizationId}/clients/search"),
    **{each.operation_id: ("GET", each.path) for each in (RESPONSE_CODES, REQUESTS)},
}
"""The method and path of each operation that somebody calls, by its id."""


class Load(NamedTuple):
    """What one bucket carries: mean requests per second, shares of bad codes, and a level a poller fills it up to.

    `polling` is how many calls another gate makes for each request of everybody else, and `polling_limited` the share
    of these that is answered 429. `polls` are the calls of a twin of this operation, all good. `swing` is by how much
    day and night differ from the mean, `weekend` how much of a weekday's traffic Saturday and Sunday have.
    """

    rps: float = 1.15
    server_errors: float = 0.002
    not_found: float = 0.02
    rate_limited: float = 0.0
    fill: tuple[float, float] | None = None
    polling: float = 0.0
    polling_limited: float = 0.0
    polls: int = 0
    swing: float = 0.1
    weekend: float = 1.0


HEALTHY = Load()
# Clients retry what failed, so an incident carries more requests than a calm hour.
INCIDENT = Load(rps=1.15 * 1.6, server_errors=0.33)
BURST = Load(rps=1.15 * 1.4, server_errors=0.25)
THROTTLED = Load(rate_limited=0.14, fill=(9.2, 9.9))
BUSY = Load(fill=(8.2, 9.2))
# 0.8 of a third is a fifth of four thirds: 20 % of all requests are the other gate's 429.
POLLED = Load(polling=1 / 3, polling_limited=0.8)
QUIET = Load(rps=1 / BUCKET, server_errors=0.0, not_found=0.0)
NOTHING = Load(rps=0.0, server_errors=0.0, not_found=0.0)
# The edge answers 502 and 504, which nobody counts; what gets past it is good.
EDGE_OUTAGE = Load(rps=0.005, server_errors=0.0, not_found=0.0)
# Some six requests an hour.
SPARSE = Load(rps=5 / 3600, server_errors=0.0, not_found=0.0)
# The mean leaves room for the day's peak below the rate limit, and for a weekend's night above a hundred an hour.
WEEKLY = Load(rps=0.6, swing=0.8, weekend=0.6)
FAR_BELOW = WEEKLY._replace(rps=0.03)
# Two calls in each interval, as from a job and an event source beside each other.
TWIN_POLLED = QUIET._replace(polls=2)


def _minutes(seconds: int) -> float:
    return seconds / 60


def _degraded(age: int) -> Load:
    return INCIDENT if _minutes(age) <= 14 else HEALTHY


def _recovering(age: int) -> Load:
    return BURST if 16 < _minutes(age) <= 40 else HEALTHY


def _incident_at_baseline(age: int) -> Load:
    return INCIDENT if -30 <= _minutes(age - 7 * _DAY) <= 74 else HEALTHY


def _edge_outage(age: int) -> Load:
    return EDGE_OUTAGE if _minutes(age) <= 14 else HEALTHY


def _below_usual(age: int) -> Load:
    # Longer than a window, so that only the weeks before show that anything is missing.
    return FAR_BELOW if _minutes(age) <= 90 else WEEKLY


SCENARIOS: dict[str, Callable[[int], Load]] = {
    "healthy": lambda age: HEALTHY,
    "degraded": _degraded,
    "recovering": _recovering,
    "throttled": lambda age: THROTTLED,
    "busy": lambda age: BUSY,
    "polled": lambda age: POLLED,
    "quiet": lambda age: QUIET,
    "idle": lambda age: NOTHING,
    "incident_at_baseline": _incident_at_baseline,
    "edge_outage": _edge_outage,
    "sparse": lambda age: SPARSE,
    "day_and_night": lambda age: WEEKLY,
    "below_usual": _below_usual,
    "twin_polled": lambda age: TWIN_POLLED,
}
"""Scenario name to the load of a bucket that started `age` seconds before the scenario did (negative: after)."""


def scenario_name(name: str) -> str:
    """Return the known scenario that is meant, with `-` and `_` alike; ValueError names the known ones."""
    known = name.strip().lower().replace("-", "_")
    if known not in SCENARIOS:
        raise ValueError(f"unknown scenario {name!r}, known are: {', '.join(sorted(SCENARIOS))}")
    return known


class _Caller(NamedTuple):
    """A caller, its cumulative share of the traffic and the code of its successes."""

    identity: Identity
    share: float
    success: int


def _callers() -> tuple[_Caller, ...]:
    """Return the steady callers with cumulative shares of the traffic, the last share being 1."""
    applications = (
        ("192.0.2.10", "646829496481200101", "InventorySync/3.2 ExampleCorp", 1),
        ("192.0.2.44", "646829496481200102", "WirelessMonitor/1.4 ExampleNOC", 1),
        ("198.51.100.7", "646829496481200103", "ChangeRunner/2.0 ExampleIT", 1),
        ("203.0.113.9", "646829496481200104", "NightlyReport/0.9 ExampleLegacy", 0),
    )
    shares = (
        (0, "getOrganizationDevices", 0.22, 200),
        (0, "getOrganizationInventoryDevices", 0.14, 200),
        (1, "getNetworkWirelessClientsConnectionStats", 0.24, 200),
        (1, "getOrganizationDevicesAvailabilities", 0.16, 200),
        (2, "updateDeviceSwitchPort", 0.10, 200),
        (2, "createNetworkGroupPolicy", 0.04, 201),
        (2, "deleteNetworkGroupPolicy", 0.04, 204),
        (3, "getNetworkClients", 0.06, 200),
    )
    callers = []
    until = 0.0
    for application, operation, share, success in shares:
        until += share
        ip, admin, agent, version = applications[application]
        callers.append(_Caller(Identity(operation, ip, admin, agent, version), until, success))
    callers[-1] = callers[-1]._replace(share=1.0)
    return tuple(callers)


CALLERS = _callers()
POLLER = Identity(
    "getOrganizationClientsSearch", "203.0.113.77", "646829496481200105", "EagerPoller/1.0 ExampleLabs", 1
)
# Another run of the same collection, told from this one by nothing that a filter knows but its address and admin.
TWIN = Identity(
    RESPONSE_CODES.operation_id, "203.0.113.81", "646829496481200107", "ApiHealthMeraki/0.1 AnsibleCollection", 1
)
OTHER_GATE = Identity(RESPONSE_CODES.operation_id, "203.0.113.80", "646829496481200106", "OtherGate/1.0 ExampleOps", 1)


@lru_cache(maxsize=4096)
def _size(seed: int, organization: str) -> float:
    """Return how large an organization is, 0.9 to 1.1 times the mean."""
    digest = blake2b(f"{seed}/{organization}".encode(), digest_size=2).digest()
    return 0.9 + 0.2 * int.from_bytes(digest, "little") / 65536


def _level(start: int, load: Load) -> float:
    """Return the level of the day, of its time and of the sync job that runs every half hour."""
    daily = 1 + load.swing * math.sin(2 * math.pi * (start % _DAY) / _DAY)
    # The epoch began on a Thursday.
    weekly = load.weekend if (start // _DAY + 3) % 7 >= 5 else 1.0
    surge = _SURGE if start // BUCKET % _SURGE_EVERY < _SURGE_BUCKETS else 1.0
    return daily * weekly * surge


# A month of one organization; what falls out is generated again, the same.
@lru_cache(maxsize=25_000)
def rows(seed: int, organization: str, load: Load, start: int) -> tuple[Row, ...]:
    """Return what an organization's callers did in the bucket that starts at epoch second `start`."""
    if not load.rps:
        return ()
    # One hash gives all draws: several times cheaper than seeding a generator for every bucket, and portable.
    digest = blake2b(f"{seed}/{organization}/{start}".encode(), digest_size=14).digest()
    noise, rest, offset, level, *offsets = (number / 65536 for number in struct.unpack("<7H", digest))
    total = int(load.rps * BUCKET * _size(seed, organization) * _level(start, load) * (0.875 + 0.25 * noise) + rest)
    result: list[Row] = []
    before = 0
    for identity, share, success in CALLERS:
        until = int(total * share + offset)
        if until > before:
            _answered(result, identity, success, before, until, load, offsets)
        before = until
    if load.fill:
        low, high = load.fill
        until = int((low + (high - low) * level) * BUCKET)
        if until > before:
            _answered(result, POLLER, 200, before, until, load, offsets)
    if load.polling:
        calls = load._replace(server_errors=0.0, not_found=0.0, rate_limited=load.polling_limited)
        _answered(result, OTHER_GATE, 200, 0, int(total * load.polling + offset), calls, offsets)
    if load.polls:
        result.append((TWIN, 200, load.polls))
    return tuple(result)


def _answered(
    result: list[Row], identity: Identity, success: int, first: int, last: int, load: Load, offsets: list[float]
) -> None:
    """Append the rows of one caller, who made the requests `first` to `last` of the bucket, by code."""
    # Bad requests lie evenly among all of the bucket, from a drawn offset on, so the shares hold for the sum too.
    count = last - first
    for code, part, offset in (
        (500, load.server_errors, offsets[0]),
        (429, load.rate_limited, offsets[1]),
        (404, load.not_found, offsets[2]),
    ):
        if part and count:
            bad = min(count, int(last * part + offset) - int(first * part + offset))
            if bad:
                result.append((identity, code, bad))
                count -= bad
    if count:
        result.append((identity, success, count))

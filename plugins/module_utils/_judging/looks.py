# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data that each check needs, and the requests that provide it. PURE."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from .._asked import Filters, as_options
from .._window import Window, window_until
from .checks import Judged
from .history import HOUR, WEEK
from .policy import DEFAULT_BASELINE_DAYS, Check, EarlierOrganization, Policy

# The API does not accept an empty window.
_LEAST_SECONDS = 120


class Look(NamedTuple):
    """The data that a check needs: the `seconds` before `end` (since the epoch), of requests that match the filters.

    In intervals of the given width, or of the width that suits the length.
    """

    filters: Filters
    end: float
    seconds: float
    interval: int | None = None


class Read(NamedTuple):
    """One request to the API."""

    filters: Filters
    window: Window


def look(check: Check, policy: Policy, now: float, wide: bool = False) -> Look:
    """The look that `check` needs; `wide`: over the widest window that the policy allows."""
    minutes = max(policy.max_window_minutes, check.minutes) if wide else check.minutes
    return Look(check.filters, now - policy.settle_seconds, minutes * 60)


def baseline_look(current: Look, check: Check, before: EarlierOrganization | None) -> tuple[Look, Look]:
    """The two windows that a regression compares: the current one and its baseline. They never overlap.

    The baseline has the length of the current window and ends `baseline_days` earlier. If an earlier verdict is given,
    the baseline is that verdict's window, and the current window does not begin before its end.
    """
    if before is not None:
        since = math.floor(current.end / 120) * 120 - before.t1
        return (
            current._replace(seconds=max(0, min(current.seconds, since))),
            Look(current.filters, before.t1, before.seconds),
        )
    days = check.baseline_days or DEFAULT_BASELINE_DAYS
    return current, Look(current.filters, current.end - days * 86400, current.seconds)


def looks(
    organization_id: str, policy: Policy, now: float, wide: Collection[str] = ()
) -> dict[str, tuple[Look, Look | None]]:
    """The looks of each check of this organization, by the check's name: the current one, and any baseline."""
    result: dict[str, tuple[Look, Look | None]] = {}
    for check in policy.checks:
        current = look(check, policy, now, check.name in wide)
        result[check.name] = (current, None)
        if check.baseline_days is not None:
            before = policy.earlier and policy.earlier.organizations.get(organization_id)
            # An earlier verdict without data of this organization cannot be a baseline.
            if policy.earlier is None or (before and before.seconds):
                result[check.name] = baseline_look(current, check, before)
        elif check.metric.kind.name == "usual":
            # With wide intervals, the aligned window begins earlier.
            begin = window_of(current, now).t0 or current.end
            result[check.name] = (current, history_look(check.filters, policy, now, current.end - begin))
    return result


def history_look(filters: Filters, policy: Policy, now: float, seconds: float = 0) -> Look:
    """The weeks that show the usual traffic of each hour, before a window that began `seconds` ago."""
    # Include hours that the window covers only in part.
    longer = math.ceil(seconds / HOUR) * HOUR + HOUR if seconds else 0
    return Look(filters, now - policy.settle_seconds, policy.history_weeks * WEEK + longer, HOUR)


def common_looks(policy: Policy, now: float) -> tuple[Look, Look]:
    """The look for the organization's window and summary, and the look for its capacity."""
    usual = Look(policy.filters, now - policy.settle_seconds, policy.window_minutes * 60)
    return usual, usual._replace(filters=())


def all_looks(
    organization_id: str, policy: Policy, now: float, wide: Collection[str] = (), far: bool = False
) -> Iterator[Look]:
    """All looks to read for this organization; `far`: include the widest window."""
    yield from common_looks(policy, now)
    # A widened check is also judged over the requested window.
    yield from (look(check, policy, now) for check in policy.checks if check.name in wide)
    for pair in looks(organization_id, policy, now, wide).values():
        yield from (one for one in pair if one is not None)
    if policy.history_weeks and policy.planned:
        yield history_look((), policy, now)
    if far:
        seconds = policy.max_window_minutes * 60
        for filters in dict.fromkeys([(), policy.filters, *(check.filters for check in policy.checks)]):
            yield Look(filters, now - policy.settle_seconds, seconds)


def window_of(look_: Look, now: float) -> Window:
    """The window to request from the API."""
    return window_until(look_.end, max(look_.seconds, _LEAST_SECONDS), now, look_.interval)


def reads(wanted: Iterable[Look], now: float) -> dict[Look, Read]:
    """The request that answers each of these looks; looks that one request can answer share it."""
    windows = {one: window_of(one, now) for one in wanted}
    result = {}
    for one, window in windows.items():
        alike = [
            other
            for look_, other in windows.items()
            if look_.filters == one.filters and (other.t1, other.interval) == (window.t1, window.interval)
        ]
        result[one] = Read(one.filters, min(alike, key=lambda other: other.t0 or 0.0))
    return result


def counts_own(read: Read, operation: str, caller: str) -> bool | None:
    """Whether the answer counts the gate's own requests, sent as `caller`; None if the filters leave that open."""
    filters = as_options(read.filters)
    agent = filters.get("user_agent", "")
    if (
        operation not in filters.get("operation_ids", [operation])
        or filters.get("version", 1) != 1
        or agent.casefold() not in caller.casefold()
    ):
        return False
    # Case sensitivity is not documented, and the gate does not know its own address or admin.
    return None if agent not in caller or filters.keys() & {"source_ips", "admin_ids"} else True


def looks_silent(judged: Sequence[Judged], policy: Policy) -> bool:
    """Whether a longer window may show that this organization is often silent for this long."""
    return (
        policy.gaps == "idle"
        and any(one.reason in ("stale", "no_data") for one in judged)
        and policy.max_window_minutes > policy.window_minutes
    )


def too_quiet(judged: Sequence[Judged], policy: Policy) -> set[str]:
    """The names of the checks to judge again over the widest window, because there was too little traffic.

    Checks of the same requests with the same minimum are widened together, and only if nothing is worse.
    """
    groups: dict[tuple[Filters, int, int], list[Judged]] = {}
    for one in judged:
        check = one.check
        if check.metric.kind.widens and check.minutes < policy.max_window_minutes:
            groups.setdefault((check.filters, check.minutes, check.min_requests), []).append(one)
    names: set[str] = set()
    for group in groups.values():
        scant = any(one.reason in ("low_traffic", "no_traffic") for one in group)
        if scant and not {"fail", "error"} & {one.status for one in group}:
            names.update(one.check.name for one in group)
    return names

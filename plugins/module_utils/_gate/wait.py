# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until the gate opens. EFFECT: it sleeps, by the monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from .._judging.checks import foremost
from .._judging.policy import Policy
from .._judging.screen import summary
from .._judging.verdict import Organization, Poll, Verdict, combine
from .._time import to_clock

# The API counts in intervals of two minutes at best: a look before the next one shows the same again.
LEAST_PAUSE_SECONDS = 120
# A gate that was closed opens only when it was open so often in a row.
ENOUGH_OPEN = 2
# Asking again changes nothing about these.
_HOPELESS = (401, 403, 404)


def sleep_awake(seconds: float) -> None:
    """Sleep in short naps: Python sees a signal that another thread got only when the main one wakes."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 0.5))


def until_healthy(
    look: Callable[[], Verdict],
    policy: Policy,
    wait_minutes: float,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = sleep_awake,
) -> Verdict:
    """The verdict of `look`, taken again until it has been open twice in a row or `wait_minutes` are over.

    One that is open at the first look needs no waiting. A look counts only if it saw newer data than the one before.
    """
    verdict = look()
    if not wait_minutes or verdict.gate == "open":
        return verdict
    started = clock()
    deadline = started + wait_minutes * 60
    history = [_poll(verdict)]
    known = _newest(verdict)
    opened = 0
    while not _hopeless(verdict):
        pause = _pause(verdict)
        left = deadline - clock()
        if pause > left:
            break
        say(_progress(verdict, policy, clock() - started, pause, left))
        sleep(pause)
        verdict = look()
        # The same data cannot open a gate twice. It can close one: what is seen closed is closed.
        if verdict.gate == "open" and not _is_newer(verdict, known):
            continue
        # A clock that was set back shows older data. What has been seen once is never new again.
        known = {**known, **{name: max(newest, known.get(name, newest)) for name, newest in _newest(verdict).items()}}
        history.append(_poll(verdict))
        opened = opened + 1 if verdict.gate == "open" else 0
        if opened >= ENOUGH_OPEN:
            break
    confirmed = verdict.gate == "closed" or opened >= ENOUGH_OPEN
    return combine(verdict.organizations, policy, verdict.evaluated_at, history, clock() - started, confirmed)


def _poll(verdict: Verdict) -> Poll:
    worst = foremost([one for organization in verdict.organizations for one in organization.checks])
    name = None if worst.status == "pass" else worst.check.name
    return Poll(verdict.evaluated_at, verdict.status, verdict.gate, name)


def _pause(verdict: Verdict) -> float:
    windows = [organization.window for organization in verdict.organizations]
    return max([LEAST_PAUSE_SECONDS, *(window.interval_effective or 0 for window in windows if window)])


def _hopeless(verdict: Verdict) -> bool:
    return any(not one.read.ok and one.read.status in _HOPELESS for one in verdict.organizations)


def _newest(verdict: Verdict) -> dict[str, float]:
    """When the newest data of each organization ends, in seconds since the epoch, where it shows any."""
    found = {one.organization_id: one.data.newest if one.data else None for one in verdict.organizations}
    return {name: newest for name, newest in found.items() if newest is not None}


def _is_newer(verdict: Verdict, known: Mapping[str, float]) -> bool:
    """Whether every organization shows newer data than is known, unless it is judged for showing none."""
    latest = _newest(verdict)
    silent = {one.organization_id for one in verdict.organizations if _silent(one)}
    return all(latest.get(name, before) > before for name, before in known.items() if name not in silent)


def _silent(organization: Organization) -> bool:
    """Whether nothing newer is to be expected: this organization is judged for having no data."""
    return any(one.reason in ("stale", "no_data") for one in organization.checks)


def _progress(verdict: Verdict, policy: Policy, waited: float, pause: float, left: float) -> str:
    return (
        f"Gate {verdict.gate} after {waited / 60:.0f} min, next look at {to_clock(verdict.evaluated_at + pause)}Z, "
        f"{left / 60:.0f} min left: {summary(verdict, policy)}"
    )

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wait until the gate opens. EFFECT: it sleeps, by the monotonic clock."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping

from .._judging.causes import causes
from .._judging.checks import foremost
from .._judging.policy import Policy
from .._judging.screen import summary
from .._judging.verdict import Organization, Poll, Verdict, combine
from .._time import to_clock

# The API's shortest interval is two minutes, so an earlier poll would return the same data.
LEAST_PAUSE_SECONDS = 120
# How many polls in a row must be open before a closed gate opens.
ENOUGH_OPEN = 2


def sleep_awake(seconds: float) -> None:
    """Sleep in short steps, because Python handles a signal of another thread only when the main thread wakes."""
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
    each: bool = False,
) -> Verdict:
    """The verdict of `look`, polled until the gate has been open twice in a row or `wait_minutes` have passed.

    A gate that is open at the first poll needs no wait. A poll counts only if it has newer data than the one before.
    With `each`, every organization has its own gate, and one that can never open does not end the wait for the others.
    """
    verdict = look()
    if not wait_minutes or verdict.gate == "open":
        return verdict
    started = clock()
    deadline = started + wait_minutes * 60
    history = [_poll(verdict)]
    known = _newest(verdict)
    # The number of polls in a row at which each closed organization has been open, up to ENOUGH_OPEN.
    opened = {one.organization_id: 0 for one in verdict.holding}
    while (refused := _refused(verdict, opened, each)) is None:
        pause = _pause(verdict)
        left = deadline - clock()
        if pause > left:
            break
        say(_progress(verdict, policy, clock() - started, pause, left))
        sleep(pause)
        verdict = look()
        newer = _newer(verdict, known)
        # The same data counts only once towards opening the gate, but it can close the gate.
        if verdict.gate == "open" and len(newer) < len(verdict.organizations):
            continue
        # If the clock was set back, the data is older. Data that was seen before never counts as new.
        known = {**known, **{name: max(newest, known.get(name, newest)) for name, newest in _newest(verdict).items()}}
        history.append(_poll(verdict))
        for one in verdict.organizations:
            name = one.organization_id
            if verdict.holds(one):
                opened[name] = 0
            elif name in opened and name in newer:
                opened[name] += 1
        opened = {name: count for name, count in opened.items() if count < ENOUGH_OPEN}
        if not opened:
            break
    return combine(
        verdict.organizations,
        policy,
        verdict.evaluated_at,
        history,
        clock() - started,
        [one.organization_id for one in verdict.organizations if one.organization_id in opened and not one.held],
        refused,
    )


def _poll(verdict: Verdict) -> Poll:
    worst = foremost([one for organization in verdict.organizations for one in organization.checks])
    name = None if worst.status == "pass" else worst.check.name
    return Poll(verdict.evaluated_at, verdict.status, verdict.gate, name)


def _pause(verdict: Verdict) -> float:
    windows = [organization.window for organization in verdict.organizations]
    return max([LEAST_PAUSE_SECONDS, *(window.interval_effective or 0 for window in windows if window)])


def _refused(verdict: Verdict, closed: Collection[str], each: bool) -> int | None:
    """The response code that makes waiting for the `closed` organizations useless, None if waiting may help."""
    codes = [one.refused for one in verdict.ranked if one.organization_id in closed]
    useless = all(codes) if each else any(codes)
    return next((code for code in codes if code), None) if useless else None


def _newest(verdict: Verdict) -> dict[str, float]:
    """The end of each organization's newest data, in seconds since the epoch; only organizations that have data."""
    found = {one.organization_id: one.data.newest if one.data else None for one in verdict.organizations}
    return {name: newest for name, newest in found.items() if newest is not None}


def _newer(verdict: Verdict, known: Mapping[str, float]) -> set[str]:
    """The organizations with newer data than `known`, or that are judged for having no data."""
    latest = _newest(verdict)
    silent = {one.organization_id for one in verdict.organizations if _silent(one)}
    names = [one.organization_id for one in verdict.organizations]
    return {name for name in names if name in silent or name not in known or latest.get(name, -math.inf) > known[name]}


def _silent(organization: Organization) -> bool:
    """Whether no newer data is expected, because this organization is judged for having none."""
    return any(one.reason in ("stale", "no_data") for one in organization.checks)


def _progress(verdict: Verdict, policy: Policy, waited: float, pause: float, left: float) -> str:
    return (
        f"Gate {verdict.gate} after {waited / 60:.0f} min, next poll at {to_clock(verdict.evaluated_at + pause)}Z, "
        f"{left / 60:.0f} min left: {summary(verdict, causes(verdict), policy)}"
    )

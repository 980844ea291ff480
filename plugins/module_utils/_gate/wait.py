# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until the gate opens. EFFECT: it sleeps, by the monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from .._judging import verdict as _verdict
from .._judging.checks import foremost
from .._time import parse_iso, to_clock

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
    look: Callable[[], dict[str, Any]],
    options: Mapping[str, Any],
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = sleep_awake,
) -> dict[str, Any]:
    """The verdict of `look`, taken again until it has been open twice in a row or `wait_minutes` are over.

    One that is open at the first look needs no waiting. A look counts only if it saw newer data than the one before.
    """
    verdict = look()
    if not options["wait_minutes"] or verdict["gate"] == "open":
        return verdict
    started = clock()
    deadline = started + options["wait_minutes"] * 60
    history = [_brief(verdict)]
    known = _newest(verdict)
    opened = 0
    while not _hopeless(verdict):
        pause = _pause(verdict)
        left = deadline - clock()
        if pause > left:
            break
        say(_progress(verdict, clock() - started, pause, left))
        sleep(pause)
        verdict = look()
        # The same data cannot open a gate twice. It can close one: what is seen closed is closed.
        if verdict["gate"] == "open" and not _is_newer(verdict, known):
            continue
        # A clock that was set back shows older data. What has been seen once is never new again.
        known = {**known, **{name: max(newest, known.get(name, newest)) for name, newest in _newest(verdict).items()}}
        history.append(_brief(verdict))
        opened = opened + 1 if verdict["gate"] == "open" else 0
        if opened >= ENOUGH_OPEN:
            break
    confirmed = verdict["gate"] == "closed" or opened >= ENOUGH_OPEN
    evaluated_at = parse_iso(verdict["evaluated_at"])
    return _verdict.combine(verdict["organizations"], options, evaluated_at, history, clock() - started, confirmed)


def _brief(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """One look in the history: `{at, status, gate, worst}`, the last one being the check that stands worst."""
    checks = [check for organization in verdict["organizations"] for check in organization["checks"]]
    worst = foremost(checks)
    return {
        "at": verdict["evaluated_at"],
        "status": verdict["status"],
        "gate": verdict["gate"],
        "worst": None if worst["status"] == "pass" else worst["name"],
    }


def _pause(verdict: Mapping[str, Any]) -> float:
    windows = [organization["window"] or {} for organization in verdict["organizations"]]
    return max([LEAST_PAUSE_SECONDS, *(window.get("interval_effective") or 0 for window in windows)])


def _hopeless(verdict: Mapping[str, Any]) -> bool:
    return any(not one["read"]["ok"] and one["read"]["status"] in _HOPELESS for one in verdict["organizations"])


def _newest(verdict: Mapping[str, Any]) -> dict[str, float]:
    """When the newest data of each organization ends, in seconds since the epoch, where it shows any."""
    found = {one["organization_id"]: (one["data"] or {}).get("newest") for one in verdict["organizations"]}
    return {name: parse_iso(newest) for name, newest in found.items() if newest}


def _is_newer(verdict: Mapping[str, Any], known: Mapping[str, float]) -> bool:
    """Whether every organization shows newer data than is known, unless it is judged for showing none."""
    latest = _newest(verdict)
    silent = {one["organization_id"] for one in verdict["organizations"] if _silent(one)}
    return all(latest.get(name, before) > before for name, before in known.items() if name not in silent)


def _silent(organization: Mapping[str, Any]) -> bool:
    """Whether nothing newer is to be expected: this organization is judged for having no data."""
    return any(check["reason"] in ("stale", "no_data") for check in organization["checks"])


def _progress(verdict: Mapping[str, Any], waited: float, pause: float, left: float) -> str:
    now = parse_iso(verdict["evaluated_at"])
    return (
        f"Gate {verdict['gate']} after {waited / 60:.0f} min, next look at {to_clock(now + pause)}Z, "
        f"{left / 60:.0f} min left: {verdict['summary']}"
    )

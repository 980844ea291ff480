# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts + policy + now -> verdict. PURE.

A verdict says two things apart: `status`, what was found, and `gate`, what follows from it under the policy.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from . import _checks, _facts, _render
from ._checks import STATUSES, Evidence
from ._facts import Interval
from ._query import Window
from ._time import tidy, to_iso

SCHEMA = 1
OUTCOMES = {"pass": 0, "warn": 1, "fail": 2, "inconclusive": 3, "error": 3}
_LEAST_COVERAGE_PERCENT = 80
# Of the rate limit: what a change may use at most beside everybody else's load.
_USABLE_SHARE = 0.8


def judge(
    organization_id: str,
    intervals: Sequence[Interval],
    asked: Window,
    request: Mapping[str, Any],
    policy: Mapping[str, Any],
    now: float,
    widened: bool = False,
) -> dict[str, Any]:
    """One organization's part of the verdict, from its intervals (oldest first) and the window that was asked for.

    `policy` holds validated policy options, `now` is in seconds since the epoch.
    """
    width = _facts.effective_width(intervals) or asked.interval or 120
    minutes = max(policy["max_window_minutes"], policy["window_minutes"]) if widened else policy["window_minutes"]
    t1 = math.floor((now - policy["settle_seconds"]) / width) * width
    t0 = t1 - math.ceil(minutes * 60 / width) * width
    if asked.t0 is not None and t0 < asked.t0 < t0 + width:
        # Intervals wider than asked for: the first one is cut by the window and not to be had whole.
        t0 += width
    complete = [interval for interval in intervals if not _facts.is_partial(interval, asked, width, now)]
    used = [interval for interval in complete if t0 <= interval.start and interval.end <= t1]
    newest = max((interval.end for interval in complete if interval.end <= t1), default=None)
    data = _data(used, newest, (t0, t1), asked, width, policy, now)
    data["dropped"] = len(intervals) - len(used)
    data["widened"] = widened
    lacking = _lacking(data, width, policy)
    found = _facts.summary(used, used, data["idle"])
    checks = [_checks.check(metric, Evidence(used, lacking, None), policy) for metric in _checks.METRICS]
    return _organization(
        organization_id,
        checks,
        policy,
        window={
            "t0": to_iso(t0),
            "t1": to_iso(t1),
            "seconds": tidy(t1 - t0),
            "interval_requested": asked.interval,
            "interval_effective": tidy(width) if intervals else None,
            "complete_until": to_iso(used[-1].end) if used else None,
        },
        data=data,
        read={"ok": True, "attempts": request.get("attempts"), "status": request.get("status"), "error": None},
        summary=found,
        capacity=None if any(check["reason"] == "filtered" for check in checks) else _capacity(found["rps"], policy),
    )


def unread(organization_id: str, failure: Mapping[str, Any], policy: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an organization that could not be read: every check is an error, which closes the gate."""
    error = {name: failure.get(name) for name in ("message", "hint", "errors", "retryable", "request_id")}
    error["message"] = str(failure.get("message") or "nothing is known of the cause")
    evidence = Evidence((), None, error["message"])
    return _organization(
        organization_id,
        [_checks.check(metric, evidence, policy) for metric in _checks.METRICS],
        policy,
        window=None,
        data=None,
        read={"ok": False, "attempts": failure.get("attempts"), "status": failure.get("status"), "error": error},
        summary=None,
        capacity=None,
    )


def wants_wider(organization: Mapping[str, Any], policy: Mapping[str, Any]) -> bool:
    """Whether there was too little traffic to judge and a wider window is allowed."""
    return (
        policy["max_window_minutes"] > policy["window_minutes"]
        and organization["status"] == "inconclusive"
        and any(check["reason"] in ("low_traffic", "no_traffic") for check in organization["checks"])
    )


def combine(organizations: Sequence[dict[str, Any]], policy: Mapping[str, Any], now: float) -> dict[str, Any]:
    """The verdict over all organizations: the worst one wins, and none is pooled with another."""
    status = _checks.worst([organization["status"] for organization in organizations])
    checks = [check for organization in organizations for check in organization["checks"]]
    counts = Counter(check["status"] for check in checks)
    held = any(check["required"] and not check["tolerated"] for check in checks)
    verdict = {
        "schema": SCHEMA,
        "status": status,
        "gate": "closed" if held and policy["mode"] == "enforce" else "open",
        "mode": policy["mode"],
        "outcome": OUTCOMES[status],
        "evaluated_at": to_iso(math.floor(now)),
        "counts": {name: counts.get(name, 0) for name in STATUSES},
        "organizations": list(organizations),
    }
    return {**verdict, **_render.texts(verdict, policy, held)}


def _organization(
    organization_id: str, checks: list[dict[str, Any]], policy: Mapping[str, Any], **parts: Any
) -> dict[str, Any]:
    organization = {
        "organization_id": organization_id,
        "status": _checks.worst([check["status"] for check in checks]),
        **parts,
        "checks": checks,
    }
    for check in checks:
        check["message"] = _render.message(check, organization, policy)
    return organization


def _data(
    used: Sequence[Interval],
    newest: float | None,
    window: tuple[float, float],
    asked: Window,
    width: float,
    policy: Mapping[str, Any],
    now: float,
) -> dict[str, Any]:
    """How much of the window is there. What is missing after the newest interval is staleness, not a gap."""
    t0, t1 = window
    expected = round((t1 - t0) / width)
    until = used[-1].end if used else t0
    reached = round((until - t0) / width)
    # Before what was asked for nothing is known, however the API treats idle intervals.
    unasked = max(0, math.ceil((asked.t0 - t0) / width)) if asked.t0 is not None else 0
    idle = max(0, reached - unasked - len(used)) if policy["gaps"] == "idle" else 0
    return {
        "expected": expected,
        "used": len(used),
        "idle": idle,
        "coverage_percent": _facts.percent(min(len(used) + idle, reached), reached) or 0.0,
        "newest": None if newest is None else to_iso(newest),
        "age_seconds": None if newest is None else tidy(math.floor(now - newest)),
        "own_requests_excluded": 0,
    }


def _lacking(data: Mapping[str, Any], width: float, policy: Mapping[str, Any]) -> str | None:
    """Why this data cannot be judged, or None."""
    if data["newest"] is None:
        return "no_data"
    if data["age_seconds"] > policy["settle_seconds"] + 3 * width:
        return "stale"
    if data["used"] == 0:
        return "no_data"
    return "incomplete" if data["coverage_percent"] < _LEAST_COVERAGE_PERCENT else None


def _capacity(rps: Mapping[str, Any], policy: Mapping[str, Any]) -> dict[str, Any]:
    limit, load = policy["rate_limit_rps"], rps["p95"]
    return {
        "limit_rps": tidy(limit),
        "p95_rps": load,
        "max_rps": rps["max"],
        "max_at": rps["max_at"],
        "available_rps": None if load is None else round(_USABLE_SHARE * limit - load, 3),
        "planned": None,
    }

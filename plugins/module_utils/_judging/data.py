# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as data: the only place that builds its JSON structure. PURE.

The structure is documented in RETURN of health_info and in docs/verdict.schema.json.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from .._argspec import VERSION
from .._asked import as_options
from .._time import tidy, to_iso
from . import next_step, screen
from .baseline import Since
from .causes import Cause, causes
from .checks import Breaches, Judged, operator
from .judges import STATUSES, Data, Detail, SeenWindow
from .measure import Plan
from .policy import Policy
from .verdict import Organization, ReadState, Verdict

SCHEMA = 1
_SHORT = (
    *("schema", "status", "gate", "overridden", "mode", "outcome", "headline", "summary", "lines", "next_step"),
    *("evaluated_at", "valid_until", "counts", "causes", "closed_organizations"),
)
_SHORT_BYTES = 100_000
# Bytes for the names of the two fields with the organizations.
_SHORT_RESERVED = 100
# Minimum number of lines, even if they exceed the limit: the rest is only a list of ids.
_SHORT_LEAST = 20
_SHORT_CAUSES = 20
OUTCOMES = {"pass": 0, "warn": 1, "fail": 2, "inconclusive": 3, "error": 3}


def as_data(verdict: Verdict, policy: Policy, page: str | None = None) -> dict[str, Any]:
    """The verdict of this policy as returned; `page` will be the path of a report with every organization."""
    # Recorded facts may contain the same organization twice.
    ranks = {id(one): place for place, one in enumerate(verdict.ranked, 1)}
    whole = _head(verdict, policy, page)
    # Fields that can be long come before the texts.
    words = {name: whole.pop(name) for name in ("warnings", *screen.Texts._fields)}
    parts = [organization_data(one, ranks[id(one)], verdict, policy) for one in verdict.organizations]
    return {**whole, "organizations": parts, **words}


def _head(verdict: Verdict, policy: Policy, page: str | None) -> dict[str, Any]:
    """The verdict without its organizations."""
    counts = Counter(one.status for organization in verdict.organizations for one in organization.checks)
    earlier = policy.earlier
    found = causes(verdict)
    closed, overridden = verdict.gate == "closed", verdict.overridden
    return {
        "schema": SCHEMA,
        "status": verdict.status,
        "gate": verdict.gate,
        "overridden": overridden and {"reason": overridden.reason, "until": to_iso(overridden.until)},
        "mode": policy.mode,
        "profile": policy.profile,
        "changed_options": list(policy.changed),
        "collection_version": VERSION,
        "outcome": OUTCOMES[verdict.status],
        "evaluated_at": to_iso(verdict.evaluated_at),
        "valid_until": to_iso(_valid_until(verdict, policy)),
        "counts": {name: counts.get(name, 0) for name in STATUSES},
        "waited_seconds": tidy(round(verdict.waited_seconds)),
        "history": [{**poll._asdict(), "at": to_iso(poll.at)} for poll in verdict.history],
        "baseline": None
        if earlier is None
        else {"evaluated_at": earlier.evaluated_at, "status": earlier.status, "gate": earlier.gate},
        "closed_organizations": list(dict.fromkeys(one.organization_id for one in verdict.holding)) if closed else [],
        "causes": [_cause(one, verdict, policy) for one in found] if closed else [],
        "retry_at": _moment(next_step.retry_at(verdict, found, policy)),
        "warnings": screen.clock_warnings(verdict),
        **screen.texts(verdict, found, policy, page)._asdict(),
    }


def short(
    verdict: Verdict, policy: Policy, page: str | None = None, whole: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The short verdict, to be passed on: the decision, its reason, and a line for each organization, worst first.

    All organizations that close the gate are in `closed_organizations`. The lines are limited to 100 kB;
    `organizations_left_out` counts the others. `whole` is the same verdict from `as_data`, if already built.
    """
    head = whole or _head(verdict, policy, page)
    told = {name: head[name] for name in _SHORT}
    told["causes"] = head["causes"][:_SHORT_CAUSES]
    room = _SHORT_BYTES - len(json.dumps(told)) - _SHORT_RESERVED
    lines: list[dict[str, Any]] = []
    for one in verdict.ranked:
        line = {
            "organization_id": one.organization_id,
            "organization_name": one.name,
            "status": one.status,
            "gate": verdict.gate_of(one),
            "worst": None if one.status == "pass" else one.worst.check.name,
        }
        room -= len(json.dumps(line)) + 2
        if room < 0 and len(lines) >= _SHORT_LEAST:
            break
        lines.append(line)
    return {**told, "organizations": lines, "organizations_left_out": len(verdict.ranked) - len(lines)}


def _valid_until(verdict: Verdict, policy: Policy) -> float:
    """Until when the verdict permits a change: no longer than the override that opened its gate."""
    until = verdict.evaluated_at + policy.valid_minutes * 60
    return min(until, verdict.overridden.until) if verdict.overridden else until


def _cause(cause: Cause, verdict: Verdict, policy: Policy) -> dict[str, Any]:
    return {
        "reason": cause.reason,
        "label": cause.label,
        "metric": cause.metric,
        "since": _moment(cause.since),
        "organizations": [one.organization_id for one in cause.organizations],
        "next_step": next_step.of_cause(cause, verdict, policy),
    }


def organization_data(organization: Organization, rank: int, verdict: Verdict, policy: Policy) -> dict[str, Any]:
    """One organization in the verdict, with its rank among all; its series is for charts only."""
    capacity = organization.capacity
    return {
        "organization_id": organization.organization_id,
        "organization_name": organization.name,
        "organization_url": organization.url,
        "status": organization.status,
        "gate": verdict.gate_of(organization),
        "rank": rank,
        "next_step": next_step.of_organization(organization, verdict, policy),
        "window": organization.window and window_data(organization.window),
        "data": organization.data and coverage_data(organization.data),
        "read": _read(organization.read),
        "summary": organization.summary,
        "capacity": capacity
        and {
            **capacity._asdict(),
            "limit_rps": tidy(capacity.limit_rps),
            "planned": capacity.planned and _plan(capacity.planned),
        },
        "checks": [check_data(one) for one in organization.checks],
        "since": organization.since and since_data(organization.since),
    }


def window_data(window: SeenWindow) -> dict[str, Any]:
    """The window that an organization was judged over."""
    return {
        "t0": to_iso(window.t0),
        "t1": to_iso(window.t1),
        "seconds": tidy(window.t1 - window.t0),
        "interval_requested": window.interval_requested,
        "interval_effective": None if window.interval_effective is None else tidy(window.interval_effective),
        "complete_until": _moment(window.complete_until),
    }


def coverage_data(data: Data) -> dict[str, Any]:
    """How much of that window is covered by data."""
    return {**data._asdict(), "newest": _moment(data.newest)}


def _read(read: ReadState) -> dict[str, Any]:
    error = None
    if read.failure is not None:
        error = {name: read.failure.get(name) for name in ("message", "hint", "errors", "retryable", "request_id")}
    return {"ok": read.ok, "attempts": read.attempts, "status": read.status, "error": error}


def check_data(one: Judged) -> dict[str, Any]:
    """One check of an organization."""
    check = one.check
    return {
        "name": check.name,
        "metric": check.metric.name,
        "unit": check.metric.unit,
        "status": one.status,
        "reason": one.reason,
        "required": check.required,
        "tolerated": one.tolerated,
        "value": one.value,
        "warn": check.warn,
        "fail": check.fail,
        "operator": operator(check),
        "numerator": one.numerator,
        "denominator": one.denominator,
        "ci95": one.ci95,
        **_breaches(one.breaches),
        "recent": one.recent and one.recent._asdict(),
        "top_codes": one.top_codes,
        "over": check.over,
        "window": _brief(one.window, one.data),
        "filters": as_options(check.filters),
        "detail": _detail(one.detail) or None,
        "attribution": [share._asdict() for share in one.attribution],
        "attribution_note": one.attribution_note,
        "action": check.action,
        "message": one.message,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    slots = [
        {"from": to_iso(one.begin), "to": to_iso(one.end), "utilization_percent": one.utilization_percent}
        for one in plan.slots
    ]
    return {**plan._asdict(), "slots": slots}


def _breaches(breaches: Breaches) -> dict[str, Any]:
    worst = breaches.worst
    return {
        "first_breach": _moment(breaches.first),
        "last_breach": _moment(breaches.last),
        "breaching_intervals": breaches.intervals,
        "longest_run": breaches.longest_run,
        "worst": worst and {"start_ts": to_iso(worst.start), "value": worst.value, "requests": worst.requests},
    }


def _brief(window: SeenWindow | None, data: Data | None) -> dict[str, Any] | None:
    if window is None or data is None:
        return None
    return {
        "t0": to_iso(window.t0),
        "t1": to_iso(window.t1),
        "seconds": tidy(window.t1 - window.t0),
        "widened": data.widened,
        "coverage_percent": data.coverage_percent,
        "newest": _moment(data.newest),
        "age_seconds": data.age_seconds,
        "dropped": data.dropped,
    }


def _detail(detail: Detail) -> dict[str, Any]:
    data: dict[str, Any] = dict(detail)
    for name, value in detail.items():
        if name == "windows":
            data[name] = [one._asdict() for one in detail["windows"]]
        elif isinstance(value, Plan):
            data[name] = _plan(value)
        elif isinstance(value, tuple):
            fields: Mapping[str, Any] = value._asdict()  # type: ignore[attr-defined]
            data[name] = {key: _moment(part) if key in ("t0", "t1") else part for key, part in fields.items()}
    return data


def since_data(since: Since) -> dict[str, Any]:
    """What got worse since an earlier verdict."""
    worse = []
    for one in since.worse:
        change = one._asdict()
        worse.append({"name": change.pop("name"), "was": change.pop("was"), "is": change.pop("found"), **change})
    return {"status": since.status, "worse": worse, "message": since.message}


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else to_iso(seconds)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts + policy + now -> verdict. PURE.

A verdict says two things apart: `status`, what was found, and `gate`, what follows from it under the policy.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .. import _facts
from .._time import parse_iso, tidy, to_iso
from .._window import Window
from . import (
    baseline as _baseline,
    checks as _checks,
    message as _message,
    metrics as _metrics,
    plan as _plan,
    screen as _render,
    series as _series,
)
from .checks import STATUSES, Check
from .evidence import Outcome, Seen, seen
from .plan import Look

SCHEMA = 1
OUTCOMES = {"pass": 0, "warn": 1, "fail": 2, "inconclusive": 3, "error": 3}


def looks(
    organization_id: str, options: Mapping[str, Any], now: float, wide: Collection[str] = ()
) -> dict[str, tuple[Look, Look | None]]:
    """What each check of this organization looks at, by the check's name: now, and then for a comparison."""
    earlier = options.get("earlier")
    result: dict[str, tuple[Look, Look | None]] = {}
    for check in options["plan"]:
        current = _plan.look(check, options, now, check.name in wide)
        result[check.name] = (current, None)
        if check.baseline_days is not None:
            window = None if earlier is None else _baseline.window_of(earlier, organization_id)
            pair = _plan.baseline_look(current, check, window)
            result[check.name] = pair or (current, None)
    return result


def common_looks(options: Mapping[str, Any], now: float, wide: Collection[str] = ()) -> tuple[Look, Look]:
    """What the organization's window and summary are of, and what its capacity is of."""
    filters = _plan.hashable({name: options.get(name) for name in _plan.FILTERS})
    minutes = options["window_minutes"]

    def common(filters: tuple[tuple[str, Any], ...], kind: str) -> Look:
        usual = Look(filters, now - options["settle_seconds"], minutes * 60)
        widened = any(
            check.metric.kind == kind and check.name in wide and _plan.look(check, options, now) == usual
            for check in options["plan"]
        )
        return usual._replace(seconds=max(options["max_window_minutes"], minutes) * 60) if widened else usual

    return common(filters, "rate"), common((), "rate" if not filters else "utilization")


def all_looks(
    organization_id: str, options: Mapping[str, Any], now: float, wide: Collection[str] = ()
) -> Iterator[Look]:
    """Everything that has to be read for this organization."""
    yield from common_looks(options, now, wide)
    for pair in looks(organization_id, options, now, wide).values():
        yield from (one for one in pair if one is not None)


def judge(
    organization_id: str,
    find: Callable[[Look], Outcome],
    options: Mapping[str, Any],
    now: float,
    wide: Collection[str] = (),
) -> dict[str, Any]:
    """One organization's part of the verdict; `find` gives the outcome of the request that covers a look.

    `options` are validated, `now` is in seconds since the epoch, `wide` are the checks that get the widest window.
    """
    sight: dict[tuple[Look, bool], Seen] = {}

    def see(look: Look, widened: bool = False) -> Seen:
        if (look, widened) not in sight:
            sight[look, widened] = seen(look, find(look), options, now, widened)
        return sight[look, widened]

    common, whole = common_looks(options, now, wide)
    main, everything = (see(one, one.seconds > options["window_minutes"] * 60) for one in (common, whole))
    checks = []
    pairs = looks(organization_id, options, now, wide)
    for check in options["plan"]:
        current, then = pairs[check.name]
        one = see(current, check.name in wide)
        checks.append(_judged(organization_id, check, one, None if then is None else see(then), options, now))
    failed = next((one.outcome for one in sight.values() if one.outcome.failure is not None), None)
    attempts = [one.outcome.request.get("attempts") for one in sight.values()]
    summary = None
    if main.data is not None:
        summary = _facts.summary(main.evidence.intervals, main.evidence.intervals, main.data["idle"])
    organization: dict[str, Any] = {
        "organization_id": organization_id,
        "status": _checks.worst([check["status"] for check in checks]),
        "window": main.window,
        "data": main.data,
        "read": {
            "ok": failed is None,
            "attempts": max((count for count in attempts if count is not None), default=None),
            "status": main.outcome.request.get("status") if failed is None else (failed.failure or {}).get("status"),
            "error": None if failed is None else _error(failed.failure or {}),
        },
        "summary": summary,
        "capacity": None
        if everything.data is None
        else _capacity(everything, summary["rps"] if everything is main and summary else None, options),
        "checks": checks,
        "since": _baseline.since(organization_id, checks, options.get("earlier")),
    }
    for found in checks:
        found["message"] = _message.message(found, organization, options)
    if options.get("keep_series"):
        judged = list(zip(options["plan"], checks))
        organization["series"] = _series.series(main.evidence, common.filters, judged, options)
    return organization


def _judged(
    organization_id: str, check: Check, now_seen: Seen, then_seen: Seen | None, options: Mapping[str, Any], now: float
) -> dict[str, Any]:
    evidence = now_seen.evidence
    if check.metric.kind == "query" and now_seen.window is not None:
        window = Window(
            parse_iso(now_seen.window["t0"]), parse_iso(now_seen.window["t1"]), now_seen.outcome.asked.interval
        )
        facts = _facts.facts(organization_id, evidence.intervals, window, now, now_seen.outcome.request)
        evidence = replace(evidence, organization=facts)
    if then_seen is not None and then_seen.window is not None:
        # Intervals wider than asked for would reach back into what they are compared with.
        end = parse_iso(then_seen.window["t1"])
        evidence = replace(evidence, intervals=[one for one in evidence.intervals if one.start >= end])
    return _checks.check(check, evidence, options, None if then_seen is None else then_seen.evidence)


def _error(failure: Mapping[str, Any]) -> dict[str, Any]:
    return {name: failure.get(name) for name in ("message", "hint", "errors", "retryable", "request_id")}


def unread(organization_id: str, failure: Mapping[str, Any], options: Mapping[str, Any], now: float) -> dict[str, Any]:
    """The part of an organization that could not be read: every check is an error, which closes the gate."""
    told = {**failure, "message": str(failure.get("message") or "nothing is known of the cause")}
    request = {"attempts": failure.get("attempts"), "status": failure.get("status")}
    outcome = Outcome((), Window(None, None, None), request, failure=told)
    return judge(organization_id, lambda look: outcome, options, now)


def combine(
    organizations: Sequence[dict[str, Any]],
    options: Mapping[str, Any],
    now: float,
    history: Sequence[Mapping[str, Any]] = (),
    waited: float = 0,
    confirmed: bool = True,
) -> dict[str, Any]:
    """The verdict over all organizations: the worst one wins, and none is pooled with another.

    `history` and `waited` seconds are of a gate that waited; it is not `confirmed` where it was open only once.
    """
    status = _checks.worst([organization["status"] for organization in organizations])
    checks = [check for organization in organizations for check in organization["checks"]]
    counts = Counter(check["status"] for check in checks)
    held = not (confirmed and all(check["tolerated"] for check in checks))
    earlier = options.get("earlier")
    verdict = {
        "schema": SCHEMA,
        "status": status,
        "gate": "closed" if held and options["mode"] == "enforce" else "open",
        "mode": options["mode"],
        "profile": options["profile"],
        "outcome": OUTCOMES[status],
        "evaluated_at": to_iso(math.floor(now)),
        "counts": {name: counts.get(name, 0) for name in STATUSES},
        "waited_seconds": tidy(round(waited)),
        "history": [dict(one) for one in history],
        "baseline": None if earlier is None else _baseline.brief(earlier),
        "organizations": list(organizations),
    }
    return {**verdict, **_render.texts(verdict, options, held, confirmed)}


def _capacity(everything: Seen, known: Mapping[str, Any] | None, options: Mapping[str, Any]) -> dict[str, Any]:
    rps = known or _facts.rates(everything.evidence.intervals, everything.evidence.idle)
    others = _metrics.p95(everything.evidence.intervals, everything.evidence.idle)
    available = None
    if others is not None:
        # Rounded down, since somebody may take it at its word.
        available = (
            math.floor((_metrics.USABLE_SHARE * _metrics.exact(options["rate_limit_rps"]) - others) * 1000) / 1000
        )
    return {
        "limit_rps": tidy(options["rate_limit_rps"]),
        "p95_rps": rps["p95"],
        "max_rps": rps["max"],
        "max_at": rps["max_at"],
        "available_rps": available,
        # Of data that cannot be judged no pace follows either.
        "planned": None if others is None or everything.evidence.lacking else _metrics.plan(others, options),
    }

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts read earlier -> the verdict of the time they were read; whether an earlier verdict is still valid. PURE."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .. import _facts
from .._errors import ApiHealthError, InvalidInput
from .._time import CLOCK_TOLERANCE_SECONDS, parse_iso, parse_time, to_iso
from .._window import recent_window
from .data import SCHEMA, as_data
from .evidence import Outcome
from .judges import STATUSES
from .looks import too_quiet
from .policy import Policy
from .verdict import Organization, combine, judge, unread


def judge_facts(given: Any, policy: Policy, moment: str, now: float) -> dict[str, Any]:
    """The verdict over facts read earlier, as of a `moment` in any supported time format.

    `given` is a result of response_codes_info, one organization's facts, or a list of these.
    """
    try:
        then = parse_time(moment, now)
    except ValueError as exc:
        raise InvalidInput([f"now: {exc}"]) from exc
    filtered = [check.name for check in policy.checks if check.filters]
    if filtered:
        raise InvalidInput([f"checks: {name!r} filters requests, which facts in hand cannot show" for name in filtered])
    if isinstance(given, Mapping) and "organizations" in given:
        found, failures = given["organizations"], given.get("failures") or []
    else:
        found, failures = [given] if isinstance(given, Mapping) else given, []
    if not (isinstance(found, (list, tuple)) and isinstance(failures, (list, tuple)) and (found or failures)):
        raise ApiHealthError("there are no facts to judge: give what response_codes_info returned")
    judged = []
    for one in found:
        judged.append(_judged_facts(one, policy, then))
    for one in failures:
        if not isinstance(one, Mapping) or not one.get("organization_id"):
            raise ApiHealthError("these are not failures of response_codes_info: organization_id is missing")
        judged.append(unread(str(one["organization_id"]), _failure(one), policy, then))
    return as_data(combine(judged, policy, then), policy)


def is_verdict(given: Any) -> bool:
    """Whether this is a verdict rather than facts."""
    return isinstance(given, Mapping) and "schema" in given and "gate" in given


def in_force(verdict: Mapping[str, Any], max_age_minutes: int | None, now: float) -> dict[str, Any]:
    """The verdict, full or short, if it still permits a change at `now`: before `valid_until`, or within the age limit.

    The age limit replaces `valid_until`. Raises ApiHealthError if the verdict is too old, or if this is not a verdict.
    """
    override = verdict.get("overridden") or {}
    try:
        made, until = (parse_iso(str(verdict[name])) for name in ("evaluated_at", "valid_until"))
        ends = parse_iso(str(override["until"])) if override else math.inf
        known = verdict["schema"] == SCHEMA and verdict["gate"] in ("open", "closed") and verdict["status"] in STATUSES
    except (KeyError, TypeError, ValueError) as exc:
        raise ApiHealthError(f"this is not a complete verdict ({type(exc).__name__}: {str(exc)[:60]})") from exc
    if not known:
        raise ApiHealthError(f"this is not a verdict of health_info (schema {SCHEMA})")
    age = (now - made) / 60
    if age * 60 < -CLOCK_TOLERANCE_SECONDS:
        ahead = f"{math.ceil(-age)} min ahead of this host's clock"
        raise ApiHealthError(f"the verdict was made at {to_iso(made)}, which is {ahead}: the two clocks differ")
    if max_age_minutes is not None and age > max_age_minutes:
        old = f"{age:.0f} min ago, and max_age_minutes is {max_age_minutes}"
        raise ApiHealthError(f"the verdict was made at {to_iso(made)}, {old}: judge again")
    if now > ends:
        raise ApiHealthError(f"the gate of this verdict was overridden until {to_iso(ends)}: judge again")
    if max_age_minutes is None and now > until:
        raise ApiHealthError(f"the verdict of {to_iso(made)} was valid until {to_iso(until)}: judge again")
    return dict(verdict)


def _failure(given: Mapping[str, Any]) -> dict[str, Any]:
    """A failure structure without fields of the wrong type, because users may have edited it."""
    errors = given.get("errors")
    return {
        **_counts(given),
        **{name: given[name] for name in ("message", "hint", "request_id") if isinstance(given.get(name), str)},
        "retryable": given["retryable"] if isinstance(given.get("retryable"), bool) else None,
        "errors": [one for one in errors if isinstance(one, str)] if isinstance(errors, (list, tuple)) else None,
    }


def _counts(given: Mapping[str, Any]) -> dict[str, Any]:
    """The number of attempts and the last response code, if they are numbers."""
    found = {name: given.get(name) for name in ("attempts", "status")}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0
    }


def _judged_facts(found: Mapping[str, Any], policy: Policy, now: float) -> Organization:
    intervals, asked = _facts.from_facts(found)
    identity, request = str(found["organization_id"]), found.get("request")
    request = _counts(request) if isinstance(request, Mapping) else {}
    outcome = Outcome(intervals, asked, request)
    judged = judge(identity, lambda look: outcome, policy, now)
    quiet = too_quiet(judged.checks, policy)
    reach = recent_window(policy.max_window_minutes, policy.settle_seconds, now).t0
    if quiet and asked.t0 is not None and reach is not None and asked.t0 <= reach:
        return judge(identity, lambda look: outcome, policy, now, quiet)
    return judged

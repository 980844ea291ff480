# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do now, by the cause: for one organization, for one cause, and for the whole verdict. PURE."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .._argspec import INTERVALS, RANGES
from .._intervals import class_of
from .._text import number, plain, who
from .._time import to_clock, to_iso, to_minute
from .attribution import common_culprit, name_of
from .causes import Cause
from .checks import Judged, tolerance
from .measure import Plan, Slot
from .policy import Policy
from .verdict import Organization, Verdict

_UNCONFIRMED = "It was healthy at the last poll only, not yet at two in a row: run the gate again."
# Maximum number of causes with a next step in a verdict.
_MOST_CAUSES = 5


def of_verdict(verdict: Verdict, causes: Sequence[Cause], policy: Policy) -> list[str]:
    """What to do, in parts: for each cause, or for the worst organization if nothing closes the gate."""
    if not causes:
        return [plain(_step(verdict.ranked[:1], verdict, policy) + _pace(verdict.ranked))]
    if len(causes) == 1:
        return [of_cause(causes[0], verdict, policy)]
    told = [f"{one.told}: {_remedy(one.organizations, verdict, policy)}" for one in causes[:_MOST_CAUSES]]
    more = len(causes) - _MOST_CAUSES
    told += [f"And {more} more cause{'s' * (more != 1)}."] if more > 0 else []
    pace = _pace(verdict.ranked).strip()
    return [plain(one) for one in (_stop(causes[0].organizations[0], verdict, policy), *told, pace) if one]


def of_cause(cause: Cause, verdict: Verdict, policy: Policy) -> str:
    """What to do about one cause."""
    return plain(_step(cause.organizations, verdict, policy) + _pace(cause.organizations))


def of_organization(organization: Organization, verdict: Verdict, policy: Policy) -> str:
    """What to do about one organization, regardless of the others."""
    return plain(_step([organization], verdict, policy) + _pace([organization]))


def retry_at(verdict: Verdict, causes: Sequence[Cause], policy: Policy) -> float | None:
    """When a re-run may find the gate open (seconds since the epoch): the latest moment that a next step names.

    None if the gate is open, or if waiting does not help against one of the causes.
    """
    if verdict.gate == "open":
        return None
    moments = [_retry_at(one.organizations, verdict, policy) for one in causes]
    known = [moment for moment in moments if moment is not None]
    return max(known) if known and len(known) == len(moments) else None


def _retry_at(alike: Sequence[Organization], verdict: Verdict, policy: Policy) -> int | None:
    """The same for the organizations of one cause."""
    if not alike[0].held:
        # These organizations were open at the last poll, and another poll needs new data.
        windows = [one.window for one in alike if one.window]
        interval = max([INTERVALS[0], *(one.interval_effective or 0 for one in windows)])
        return math.ceil((verdict.evaluated_at + interval) / 60) * 60
    return _rerun(alike, policy) if alike[0].worst.status == "fail" else None


def _step(alike: Sequence[Organization], verdict: Verdict, policy: Policy) -> str:
    """What to do about organizations with the same cause, worst first."""
    remedy = _remedy(alike, verdict, policy)
    return f"{_stop(alike[0], verdict, policy)} {remedy}".rstrip()


def _stop(organization: Organization, verdict: Verdict, policy: Policy) -> str:
    """Whether to start the change."""
    worst, holds = organization.worst, verdict.holds(organization)
    if holds and verdict.overridden:
        return (
            f"The gate would be closed, but is overridden until {to_minute(verdict.overridden.until)}: "
            "change only what cannot wait."
        )
    if holds and verdict.gate == "open":
        return "Report-only mode: in enforce mode the gate would be closed."
    if holds:
        return "Do not start the change."
    if worst.status == "pass" or (worst.status == "inconclusive" and _follows(worst, policy) == "pass"):
        return "Start the change."
    return "The gate is open: start the change with care."


def _remedy(alike: Sequence[Organization], verdict: Verdict, policy: Policy) -> str:
    organization = alike[0]
    worst = organization.worst
    if not organization.held and verdict.holds(organization):
        return _UNCONFIRMED
    diluted = _dilution(organization, policy)
    if worst.status == "pass":
        return diluted
    if worst.status == "error":
        return (
            f"The gate could not read the data. This says nothing about Meraki's health. {hint(organization)}".rstrip()
        )
    if worst.status == "inconclusive":
        return _more_evidence(worst, organization, policy, verdict.holds(organization))
    if worst.reason in ("recovered", "few_failures"):
        return f"Keep an eye on {worst.check.metric.name}. {diluted}".rstrip()
    return " ".join(filter(None, (_again(alike, verdict, policy), _advice(alike), diluted)))


def _advice(alike: Sequence[Organization]) -> str:
    """What to do about a breach: address the client behind it, if it is known and the same for all organizations."""
    worst = alike[0].worst
    metric, found = worst.check.metric, common_culprit([one.worst for one in alike])
    if found is None:
        return metric.advice
    name, share = name_of(found), number(found.percent_of_requests or 0)
    if metric.kind.name == "drop":
        return f"Find out why {name} stopped: it sent {share}% of the requests. {metric.advice}"
    if metric.is_of_the_limit:
        if found.by == "operation":
            return f"Call {name} less often: it is {share}% of the requests."
        return f"Pause {name}: it sends {share}% of the requests."
    return f"Check {name} first: {number(found.percent_of_failures or 0)}% of the failures. {metric.advice}"


def hint(organization: Organization) -> str:
    """What to do about a failed read, if known."""
    return (organization.read.failure or {}).get("hint") or ""


def _dilution(organization: Organization, policy: Policy) -> str:
    """The response codes that make every rate look small, if most requests are other 4xx."""
    counted = organization.summary
    if counted is None:
        return ""
    codes = {int(code): count for code, count in counted["by_code"].items() if int(code) not in policy.ignored}
    others = {code: count for code, count in codes.items() if class_of(code) == "client_error"}
    if 2 * sum(others.values()) <= sum(codes.values()):
        return ""
    most = max(others, key=lambda code: others[code])
    ignored = ",".join(map(str, sorted({*policy.ignored, most})))
    return (
        f"{most} is {others[most]} of {sum(codes.values())} requests and dilutes every rate: "
        f"set {policy.prefix}ignore_codes={ignored}."
    )


def _follows(one: Judged, policy: Policy) -> str:
    """How the policy treats an inconclusive check: pass, warn or fail."""
    return policy.on_no_data if tolerance(one.reason) == "on_no_data" else one.check.on_low_traffic


def _more_evidence(one: Judged, organization: Organization, policy: Policy, held: bool) -> str:
    """What would make an inconclusive check conclusive."""
    prefix, reason, window = policy.prefix, one.reason, organization.window
    wider = window is not None and (window.interval_effective or 0) > (window.interval_requested or 0)
    if reason == "no_data" and one.data and one.data.dropped and wider:
        return f"Raise {prefix}window_minutes: the API answered in wider intervals than fit."
    if reason == "no_baseline":
        return "Compare with a time that has data."
    if reason == "baseline_unhealthy":
        return "Compare with a time that was healthy."
    if reason == "no_value":
        return "Correct the query: it must return a number."
    if reason == "unknown_codes":
        return f"Find out which client gets these codes.{_ignoring(one, policy)}"
    if reason == "clock":
        return "Set this host's clock: a wrong clock hides the newest minutes."
    if tolerance(reason) == "on_no_data":
        return (
            f"Check key, organization id, API access and clock. If the organization is simply idle, "
            f"set {prefix}on_no_data=warn."
        )
    if one.check.metric.kind.name != "rate":
        return "Too little traffic to judge: run the gate again after more requests." + (
            f" Or set {prefix}on_low_traffic=warn." if held else ""
        )
    return f"Too little traffic to judge: raise {prefix}window_minutes or {prefix}max_window_minutes" + (
        f", or set {prefix}on_low_traffic=warn." if held else "."
    )


def _ignoring(one: Judged, policy: Policy) -> str:
    """How to exclude unknown codes, if they can be ignored."""
    limits = RANGES["ignore_codes"]
    codes = [code for code, _count in one.detail["unknown"].codes if limits.minimum <= code <= limits.maximum]
    if not codes:
        return ""
    ignored = ",".join(map(str, sorted({*policy.ignored, *codes})))
    return f" If these codes are harmless, set {policy.prefix}ignore_codes={ignored}."


def _again(alike: Sequence[Organization], verdict: Verdict, policy: Policy) -> str:
    """When to run the gate again, if waiting may help."""
    moment = _rerun(alike, policy)
    if moment is None:
        return ""
    day = "" if moment < verdict.evaluated_at + 86400 else f"{to_iso(moment)[:10]} "
    # Allow time for two open polls in a row.
    minutes = math.ceil((moment - verdict.evaluated_at) / 600 + 0.6) * 10
    wait = f", or set {policy.prefix}wait_minutes={max(30, minutes)}"
    return f"Re-run after {day}{to_clock(moment)}Z{'' if policy.waits or minutes > 1440 else wait}."


def _rerun(alike: Sequence[Organization], policy: Policy) -> int | None:
    """The first full minute (seconds since the epoch) in which a re-run may find the gate open, None if none may."""
    failing = [one.reopens_at for organization in alike for one in organization.checks if one.status == "fail"]
    known = [moment for moment in failing if moment is not None]
    if not known or len(known) < len(failing):
        return None
    # Data can be judged only after it has settled.
    return math.ceil((max(known) + policy.settle_seconds) / 60) * 60


def _pace(ranked: Sequence[Organization]) -> str:
    """The pace of the planned change, limited by the organization with the least capacity left."""
    planned = [(one.capacity.planned, one) for one in ranked if one.capacity and one.capacity.planned]
    if not planned:
        return ""
    plan, slowest = max(planned, key=lambda one: _seconds_of(one[0]))
    where = f"{who(slowest.organization_id, slowest.name)}: " if len(ranked) > 1 else ""
    # If several organizations must wait, a slot of one may not suit the others.
    if plan.slots and sum(one.fits is False for one, _organization in planned) == 1:
        return f" {where}Next: {_slot(plan.slots[0])}."
    if not plan.safe_rps:
        return f" {where}No pace is safe for {plan.requests} requests on top of the current load."
    return (
        f" {where}Spread {plan.requests} requests over at least {plan.shortest_safe_seconds} s "
        f"({_floored(plan.safe_rps)} rps)."
    )


def _slot(slot: Slot) -> str:
    """`Tue 02:00-05:00Z (58%)`."""
    day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][int(slot.begin // 86400 + 3) % 7]
    return f"{day} {to_clock(slot.begin)}-{to_clock(slot.end)}Z ({slot.utilization_percent:.0f}%)"


def _seconds_of(plan: Plan) -> float:
    return float("inf") if plan.shortest_safe_seconds is None else float(plan.shortest_safe_seconds)


def _floored(pace: float) -> str:
    """A pace rounded down to one decimal, or to three if it would be 0."""
    return f"{math.floor(pace * 10) / 10 if pace >= 0.1 else pace:g}"

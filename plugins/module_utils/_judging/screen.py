# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict in words: the summary, the screen and the next step. PURE.

ASCII only, times in UTC with `Z`, no meaning in colour. Texts from outside are made inert here.
"""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .._argspec import RANGES
from .._intervals import class_of
from .._text import number, plain, unit_of
from .._time import tidy, to_clock, to_iso
from .checks import Judged, tolerance
from .evidence import CLOCKS_APART_SECONDS, is_off
from .judges import STATUSES
from .measure import ENOUGH_RECENT, Plan, Slot
from .message import between, message, missing, read_error, told_name
from .policy import Policy
from .verdict import Organization, Verdict

WIDTH = 75
LINES = 14
_LABELS = {"pass": "PASS", "warn": "WARN", "inconclusive": "INCO", "error": "ERR ", "fail": "FAIL"}
_UNCONFIRMED = "Do not start the change. It was healthy at the last look only, not yet at two in a row: re-run."
_BLIND_SPOT = "502, 503 and 504 never appear in this telemetry."


class Texts(NamedTuple):
    """A verdict in words."""

    summary: str
    lines: list[str]
    next_step: str


def texts(verdict: Verdict, policy: Policy) -> Texts:
    """The verdict's summary, screen and next step."""
    ranked = _ranked(verdict)
    next_step = plain(_next_step(ranked, verdict, policy) if verdict.confirmed else _UNCONFIRMED)
    lines = textwrap.wrap(_header(verdict), WIDTH, subsequent_indent="     ")
    lines += _waited(verdict)
    lines += _one(ranked[0], policy) if len(ranked) == 1 else _several(ranked, policy)
    after = _wrapped("DO", next_step)[:5] + _wrapped("NOTE", _note(ranked))[:2]
    return Texts(
        summary(verdict, policy), [_cut(plain(line)) for line in lines[: LINES - len(after)] + after], next_step
    )


def summary(verdict: Verdict, policy: Policy) -> str:
    """The verdict in one line."""
    text = _summary(_ranked(verdict), verdict, policy)
    if not verdict.confirmed:
        text = f"healthy at the last look only: {text}"
    if verdict.history and verdict.gate == "closed":
        text += f", after waiting {_minutes(verdict.waited_seconds)} min"
    return text


def _ranked(verdict: Verdict) -> list[Organization]:
    """The organizations, worst first; of two that stand alike, one that holds the gate matters more."""
    return sorted(verdict.organizations, key=lambda one: (-STATUSES.index(one.status), one.worst.tolerated))


def title(verdict: Mapping[str, Any]) -> str:
    """The gate, the status and whose they are, in the few words that fit a task's name; of a verdict as data."""
    organizations = verdict["organizations"]
    who = f"org {_name(organizations[0]['organization_id'])}"
    if len(organizations) != 1:
        who = f"{len(organizations)} organizations"
    held = any(not check["tolerated"] for organization in organizations for check in organization["checks"])
    kept_open = ", report only" if held and verdict["gate"] == "open" else ""
    return f"{verdict['gate']}{kept_open}: {verdict['status']}, {who}"


def blind_spots(verdict: Verdict, policy: Policy) -> list[str]:
    """A warning where the mode alone keeps the gate open although there was nothing to judge: it would look healthy."""
    blind = [one for one in verdict.organizations if any(map(_is_blind, one.checks))]
    if policy.mode != "report_only" or not blind:
        return []
    which = f"{len(blind)} of {len(verdict.organizations)} organizations" if len(blind) > 1 else "an organization"
    first = f"{_name(blind[0].organization_id)} {_matter(blind[0], policy)}"
    hint = _hint(blind[0])
    return [plain(f"Report-only mode keeps the gate open, but {which} could not be judged: {first}. {hint}".rstrip())]


def clock_warnings(verdict: Verdict) -> list[str]:
    """A warning for each organization whose answers come from a clock that differs from this host's."""
    warnings = []
    for one in verdict.organizations:
        seconds = one.data.api_clock_ahead_seconds if one.data else None
        if seconds is not None and is_off(seconds, CLOCKS_APART_SECONDS):
            side = "ahead of" if seconds > 0 else "behind"
            name = _name(one.organization_id)
            warnings.append(plain(f"{name}: the API's clock is {abs(seconds)} s {side} this host's."))
    return warnings


def _is_blind(one: Judged) -> bool:
    return one.status == "error" or (one.status == "inconclusive" and tolerance(one.reason) == "on_no_data")


def _hint(organization: Organization) -> str:
    """What to do about a read that failed, if anything is known."""
    return (organization.read.failure or {}).get("hint") or ""


def _minutes(seconds: float) -> str:
    return number(round(seconds / 60))


def _waited(verdict: Verdict) -> list[str]:
    """How long the gate waited, and what it saw."""
    history = verdict.history
    if not history:
        return []
    seen: list[tuple[int, str]] = []
    for poll in history:
        if seen and seen[-1][1] == poll.status:
            seen[-1] = (seen[-1][0] + 1, poll.status)
        else:
            seen.append((1, poll.status))
    told = ", then ".join(f"{count} {status}" for count, status in seen[-6:])
    looks = f"{len(history)} look{'s' * (len(history) != 1)}"
    return _wrapped("WAIT", f"{_minutes(verdict.waited_seconds)} min, {looks}: {told}")[:2]


def _header(verdict: Verdict) -> str:
    organizations = verdict.organizations
    gate = "GATE CLOSED" if verdict.gate == "closed" else "GATE OPEN"
    if verdict.held and verdict.gate == "open":
        gate = "GATE OPEN, report only"
    if len(organizations) == 1:
        who = f"org {_name(organizations[0].organization_id)}"
        counted = Counter(one.status for one in organizations[0].checks)
    else:
        who, counted = f"{len(organizations)} organizations", Counter(one.status for one in organizations)
    parts = ", ".join(f"{counted[status]} {status}" for status in reversed(STATUSES[1:]) if counted[status])
    return f"{gate}  {who}  {verdict.status} ({parts})"


def _cut(line: str) -> str:
    """A line of the screen; a number that was cut would be another number, so a cut shows."""
    return line if len(line) <= WIDTH else line[: WIDTH - 3] + "..."


def _name(organization_id: str) -> str:
    name = plain(organization_id)
    return name if len(name) <= 30 else name[:27] + "..."


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        plain(text), WIDTH, initial_indent=f"{label:<4} ", subsequent_indent="     ", break_on_hyphens=False
    )


def _one(organization: Organization, policy: Policy) -> list[str]:
    """The screen's body for one organization: the window, then its checks, worst first."""
    lines = _wrapped_window(organization)
    if organization.since:
        lines += _wrapped("WAS", organization.since.message)[:3]
    ranked = sorted(organization.checks, key=lambda one: -STATUSES.index(one.status))
    detailed = False
    for status in ("fail", "error", "inconclusive", "warn"):
        group = [one for one in ranked if one.status == status]
        if status == "error":
            for error in dict.fromkeys(map(read_error, group)):
                lines += _wrapped("ERR", error)[:4]
        elif status == "inconclusive" and group:
            lines += _inconclusive(group, policy)
        else:
            for one in group:
                lines += _wrapped(_LABELS[status], one.message)
                lines += [] if detailed else _details(one)
                lines += _wrapped("", f"action: {one.check.action}") if one.check.action else []
                detailed = True
    passed = [
        f"{told_name(one, policy)} {number(one.value or 0)}{unit_of(one.check.metric.unit)}"
        for one in ranked
        if one.status == "pass"
    ]
    lines += _wrapped("PASS", ", ".join(passed)) if passed else []
    return lines


def _wrapped_window(organization: Organization) -> list[str]:
    window, data, counted = organization.window, organization.data, organization.summary
    if window is None or data is None or counted is None:
        return []
    width = window.interval_effective or window.interval_requested
    first, last = to_iso(window.t0)[:10], to_iso(window.t1)[:10]
    day = f"{first} " if first == last else f"{first[:4]} "
    text = (
        f"{day}{between(window.t0, window.t1)}, {data.used}/{data.expected} intervals"
        f"{f' of {tidy(width)}s' if width else ''}, {counted['requests']} requests"
    )
    if data.idle:
        text += f"; {data.idle} absent intervals taken as idle"
    lines = textwrap.wrap("Window " + text, WIDTH, subsequent_indent="     ", break_on_hyphens=False)
    wider = [one.window for one in organization.checks if one.window and one.data and one.data.widened]
    if wider:
        since = between(min(one.t0 for one in wider), max(one.t1 for one in wider))
        lines += _wrapped("", f"too few requests there, so some checks look at {since}")
    return lines


def _inconclusive(group: Sequence[Judged], policy: Policy) -> list[str]:
    """Checks that lack evidence lack it together: one entry for each reason."""
    lines = []
    causes: dict[tuple[str | None, str], list[str]] = {}
    for one in group:
        causes.setdefault((one.reason, missing(one, policy)), []).append(plain(one.check.name))
    for (reason, lack), names in causes.items():
        lines += _wrapped("INCO", f"{reason}: {lack}, for {', '.join(names)}")
    return lines


def _details(one: Judged) -> list[str]:
    """Two lines at most: where in the window, and whether it still goes on."""
    lines = []
    where, late = one.breaches, one.recent
    if one.check.metric.kind.name != "rate":
        return []
    if where.first is not None and where.last is not None and where.worst:
        run, count = where.longest_run, where.intervals
        many = f"{run} intervals in a row" if run == count > 1 else f"{count} interval{'s' * (count != 1)}"
        codes = ", ".join(f"{code} x{times}" for code, times in one.top_codes)
        worst = f"worst {number(where.worst.value)}% at {to_clock(where.worst.start)}Z"
        lines.append(f"     {between(where.first, where.last)}, {many}; {worst}; {codes}")
    if one.reason in ("threshold", "recovered") and late and late.value is not None:
        state = "now"
        if one.status == "fail":
            few = late.requests < ENOUGH_RECENT
            state = "still failing" if late.breaching else "too few requests" if few else "a run of it lies"
        value = number(late.value, one.check.warn if one.check.fail is None else one.check.fail)
        lines.append(f"     {state} in the last {late.minutes} min: {value}% ({late.numerator} of {late.requests})")
    return lines


def _several(ranked: Sequence[Organization], policy: Policy) -> list[str]:
    """The screen's body for several organizations: a line for each that does not pass, worst first."""
    troubled = [one for one in ranked if one.status != "pass"]
    room = 7
    lines = [_line_of(one, policy) for one in troubled[:room]]
    if len(troubled) > room:
        lines.append(f"     and {len(troubled) - room} more that do not pass")
    passing = len(ranked) - len(troubled)
    return lines + ([f"PASS {passing} organization{'s' * (passing != 1)}"] if passing else [])


def _line_of(organization: Organization, policy: Policy) -> str:
    label, name = _LABELS[organization.status], _name(organization.organization_id)
    return _cut(f"{label} {name}: {_matter(organization, policy)}")


def _matter(organization: Organization, policy: Policy) -> str:
    """What matters most about one organization, for one line."""
    worst = organization.worst
    if worst.status == "error":
        return f"could not be read, {read_error(worst)}"
    if worst.status == "inconclusive":
        return f"{worst.reason}, {missing(worst, policy)}"
    return message(worst, policy, brief=True)


def _summary(ranked: Sequence[Organization], verdict: Verdict, policy: Policy) -> str:
    first = ranked[0]
    worst = first.worst
    if verdict.status == "pass" and len(ranked) > 1:
        return f"{len(ranked)} organizations pass"
    if verdict.status == "pass":
        return f"{plain(first.organization_id)}: pass, {(first.summary or {})['requests']} requests"
    text = f"{plain(first.organization_id)}: {_matter(first, policy)}"
    where = worst.breaches
    if worst.status == "fail" and where.first is not None and where.last is not None:
        text += f", {between(where.first, where.last)}"
        text += ", still failing" if worst.recent and worst.recent.breaching else ""
    others = sum(one.status != "pass" for one in ranked) - 1
    return text + (f" (and {others} more of {len(ranked)} organizations do not pass)" if others else "")


def _note(ranked: Sequence[Organization]) -> str:
    slow = [one for one in ranked if one.read.ok and (one.read.attempts or 1) > 1]
    if not slow:
        return _BLIND_SPOT
    first = f"{_name(slow[0].organization_id)} took {slow[0].read.attempts} attempts"
    more = f", and {len(slow) - 1} more took several" if len(slow) > 1 else ""
    return f"Our own read of {first}{more}. {_BLIND_SPOT}"


def _next_step(ranked: Sequence[Organization], verdict: Verdict, policy: Policy) -> str:
    """What to do, by the cause: the worst organization's worst check."""
    organization = max(ranked, key=lambda one: (not one.worst.tolerated, STATUSES.index(one.status)))
    worst = organization.worst
    pace = _pace(ranked)
    if worst.status == "pass":
        return f"Start the change.{_dilution(organization, policy)}{pace}"
    stop = "Do not start the change." if verdict.held else "The gate is open: start the change with care."
    if worst.status == "inconclusive" and _follows(worst, policy) == "pass":
        stop = "Start the change."
    if verdict.held and verdict.gate == "open":
        stop = "Report only: enforced, the gate would be closed."
    if worst.status == "error":
        return f"{stop} Our own read failed, which is no verdict on Meraki. {_hint(organization)}"
    if worst.status == "inconclusive":
        return f"{stop} {_more_evidence(worst, organization, policy, verdict.held)}{pace}"
    if worst.reason in ("recovered", "few_failures"):
        return f"{stop} Keep an eye on {worst.check.metric.name}.{_dilution(organization, policy)}{pace}"
    diluted = _dilution(organization, policy)
    return f"{stop}{_again(organization, verdict, policy)} {worst.check.metric.advice}{diluted}{pace}"


def _dilution(organization: Organization, policy: Policy) -> str:
    """Which response codes make every rate look small, where other 4xx are most of all requests."""
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
        f" {most} is {others[most]} of {sum(codes.values())} requests and dilutes every rate: "
        f"set {policy.prefix}ignore_codes={ignored}."
    )


def _follows(one: Judged, policy: Policy) -> str:
    """What the policy makes of an inconclusive check: pass, warn or fail."""
    return policy.on_no_data if tolerance(one.reason) == "on_no_data" else one.check.on_low_traffic


def _more_evidence(one: Judged, organization: Organization, policy: Policy, held: bool) -> str:
    """What would make an inconclusive check conclusive."""
    prefix, reason, window = policy.prefix, one.reason, organization.window
    wider = window is not None and (window.interval_effective or 0) > (window.interval_requested or 0)
    if reason == "no_data" and one.data and one.data.dropped and wider:
        return f"Raise {prefix}window_minutes: the API answered in wider intervals than fit."
    if reason == "no_baseline":
        return "Compare with a time of which there is data."
    if reason == "baseline_unhealthy":
        return "Compare with a time that was healthy."
    if reason == "no_value":
        return "Correct the query: it has to give a number."
    if reason == "unknown_codes":
        return f"Find out what answers so.{_ignoring(one, policy)}"
    if reason == "clock":
        return "Set this host's clock, or the newest minutes are left out unseen."
    if tolerance(reason) == "on_no_data":
        return (
            f"Check key, organization id, API access and clock. If the organization is simply idle, "
            f"set {prefix}on_no_data=warn."
        )
    if one.check.metric.kind.name != "rate":
        return "Too little traffic to judge: look again when there was more." + (
            f" Or set {prefix}on_low_traffic=warn." if held else ""
        )
    return f"Too little traffic to judge: raise {prefix}window_minutes or {prefix}max_window_minutes" + (
        f", or set {prefix}on_low_traffic=warn." if held else "."
    )


def _ignoring(one: Judged, policy: Policy) -> str:
    """How to leave out unknown codes, as far as they can be ignored."""
    limits = RANGES["ignore_codes"]
    codes = [code for code, _count in one.detail["unknown"].codes if limits.minimum <= code <= limits.maximum]
    if not codes:
        return ""
    ignored = ",".join(map(str, sorted({*policy.ignored, *codes})))
    return f" If these codes mean no harm, set {policy.prefix}ignore_codes={ignored}."


def _again(organization: Organization, verdict: Verdict, policy: Policy) -> str:
    """When to run it again, where waiting may help."""
    failing = [one.reopens_at for one in organization.checks if one.status == "fail" and not one.tolerated]
    known = [moment for moment in failing if moment is not None]
    if not known or len(known) < len(failing):
        return ""
    # The data of that moment can be judged once it has settled.
    moment = math.ceil((max(known) + policy.settle_seconds) / 60) * 60
    day = "" if moment < verdict.evaluated_at + 86400 else f"{to_iso(moment)[:10]} "
    # Two open polls in a row, and a moment for each.
    minutes = math.ceil((moment - verdict.evaluated_at) / 600 + 0.6) * 10
    wait = f", or set {policy.prefix}wait_minutes={max(30, minutes)}"
    return f" Re-run after {day}{to_clock(moment)}Z{'' if policy.waits or minutes > 1440 else wait}."


def _pace(ranked: Sequence[Organization]) -> str:
    """How fast the planned change may go: as slow as the organization with the least left needs it."""
    planned = [(one.capacity.planned, one.organization_id) for one in ranked if one.capacity and one.capacity.planned]
    if not planned:
        return ""
    plan, slowest = max(planned, key=lambda one: _seconds_of(one[0]))
    where = f"{_name(slowest)}: " if len(ranked) > 1 else ""
    # Where several have to wait, a slot of one of them need not suit the others.
    if plan.slots and sum(one.fits is False for one, _name_ in planned) == 1:
        return f" {where}Next: {_slot(plan.slots[0])}."
    if not plan.safe_rps:
        return f" {where}No pace is safe for {plan.requests} requests beside the load there is."
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
    """A pace with one digit, never more than it is; with three where that would leave nothing."""
    return f"{math.floor(pace * 10) / 10 if pace >= 0.1 else pace:g}"

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict in words: the summary, the screen and the next step. PURE.

ASCII only, times in UTC with `Z`, no information in colour alone. Text from outside is made inert here.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from .._text import cut, number, plain, unit_of
from .._time import tidy, to_clock, to_iso, to_minute
from . import next_step
from .causes import Cause
from .checks import Judged, tolerance
from .evidence import CLOCKS_APART_SECONDS, is_off
from .headline import headline, of_organization
from .judges import STATUSES
from .lines import LABELS, WIDTH, called, matter, told, wrapped
from .measure import ENOUGH_RECENT
from .message import between, missing, read_error, told_name
from .policy import Override, Policy
from .several import several
from .verdict import Organization, Verdict

LINES = 14
# Minimum number of lines of the next step on the screen.
_LEAST_STEPS = 5
# Maximum number of causes in the summary.
_MOST_CAUSES = 5
# Characters of an override's reason on the screen and in the summary.
_LONGEST_REASON = 100
# Clearer words for counted statuses.
_COUNTED = {"error": "unread"}
_BLIND_SPOT = "502, 503 and 504 never appear in this telemetry."
# A drop in traffic by this many percent may be an outage that shows no errors.
_FALLING_PERCENT = 25


class Texts(NamedTuple):
    """A verdict in words."""

    headline: str
    summary: str
    lines: list[str]
    next_step: str


def texts(verdict: Verdict, causes: Sequence[Cause], policy: Policy, page: str | None = None) -> Texts:
    """The verdict's summary, screen and next step; `page` is where a report with every organization will be."""
    ranked = verdict.ranked
    steps = next_step.of_verdict(verdict, causes, policy)
    lines = textwrap.wrap(_header(verdict), WIDTH, subsequent_indent="     ")
    lines += _waited(verdict)
    note = wrapped("NOTE", _note(verdict))[:2]
    if len(ranked) == 1:
        to_do = wrapped("DO", steps[0])[:_LEAST_STEPS]
        body = _one(ranked[0], policy)
        headlines = textwrap.wrap(f"{of_organization(ranked[0], policy, verdict.holds(ranked[0]))[0]}.", WIDTH)
        # The checks below have the same content with all numbers.
        fits = len(lines) + len(headlines) + len(body) + len(to_do) + len(note) <= LINES
        lines += [*(headlines if fits else ()), *body]
    else:
        seen = wrapped("SEE", page)[:2] if page and verdict.status != "pass" else []
        every = [line for place, step in enumerate(steps) for line in wrapped("" if place else "DO", step)]
        room = LINES - len(lines) - len(note) - len(seen)
        body = several(verdict, causes, policy, room - min(_LEAST_STEPS, len(every)))
        lines += body + seen
        room -= len(body)
        if len(every) > room:
            # The next step is more important than the note on blind spots.
            room, note = room + len(note), []
        to_do = every[: max(1, room)]
        if len(every) > len(to_do):
            to_do[-1] = f"{cut(to_do[-1], WIDTH - 4).removesuffix('...')} ..."
    after = to_do + note
    shown = [cut(plain(line), WIDTH) for line in lines[: LINES - len(after)] + after]
    return Texts(headline(verdict, causes, policy), summary(verdict, causes, policy), shown, " ".join(steps))


def summary(verdict: Verdict, causes: Sequence[Cause], policy: Policy) -> str:
    """The verdict in one line."""
    text = _summary(verdict, causes, policy)
    if verdict.overridden:
        text = f"{_override(verdict.overridden)}: {text}"
    if verdict.unconfirmed and not any(one.held for one in verdict.ranked):
        text = f"healthy at the last poll only: {text}"
    if verdict.history and verdict.gate == "closed":
        text += f", after waiting {_minutes(verdict.waited_seconds)} min"
    return text


def title(verdict: Verdict) -> str:
    """The gate, the status and the organizations, short enough for a task's name."""
    many, holding = len(verdict.organizations), len(verdict.holding)
    named = f"org {called(verdict.organizations[0])}"
    if many > 1:
        named = f"{f'{holding} of ' if holding else ''}{many} organizations"
    kept_open = ""
    if verdict.overridden:
        kept_open = f", overridden until {to_minute(verdict.overridden.until)}"
    elif verdict.held and verdict.gate == "open":
        kept_open = ", report only"
    return f"{verdict.gate}{kept_open}: {verdict.status}, {named}"


def blind_spots(verdict: Verdict, policy: Policy) -> list[str]:
    """A warning if only report-only mode keeps the gate open and nothing could be judged: it would look healthy."""
    blind = [one for one in verdict.ranked if any(map(_is_blind, one.checks))]
    if policy.mode != "report_only" or not blind:
        return []
    which = f"{len(blind)} of {len(verdict.organizations)} organizations" if len(blind) > 1 else "an organization"
    first = f"{called(blind[0])} {matter(blind[0], policy)}"
    hint = next_step.hint(blind[0])
    return [plain(f"Report-only mode keeps the gate open, but {which} could not be judged: {first}. {hint}".rstrip())]


def clock_warnings(verdict: Verdict) -> list[str]:
    """A warning for each organization whose answers come from a clock that differs from this host's."""
    warnings = []
    for one in verdict.ranked:
        seconds = one.data.api_clock_ahead_seconds if one.data else None
        if seconds is not None and is_off(seconds, CLOCKS_APART_SECONDS):
            side = "ahead of" if seconds > 0 else "behind"
            warnings.append(plain(f"{called(one)}: the API's clock is {abs(seconds)} s {side} this host's."))
    return warnings


def _is_blind(one: Judged) -> bool:
    return one.status == "error" or (one.status == "inconclusive" and tolerance(one.reason) == "on_no_data")


def _minutes(seconds: float) -> str:
    return number(round(seconds / 60))


def _waited(verdict: Verdict) -> list[str]:
    """How many minutes the gate waited, what it found, and why it stopped early."""
    history = verdict.history
    if not history:
        return []
    useless = f"{verdict.refused} does not change by itself"
    if verdict.refused and len(history) == 1:
        return wrapped("WAIT", f"not waited: {useless}")
    seen: list[tuple[int, str]] = []
    for poll in history:
        if seen and seen[-1][1] == poll.status:
            seen[-1] = (seen[-1][0] + 1, poll.status)
        else:
            seen.append((1, poll.status))
    found = ", then ".join(f"{count} {_COUNTED.get(status, status)}" for count, status in seen[-6:])
    found += f"; stopped: {useless}" if verdict.refused else ""
    polls = f"{len(history)} poll{'s' * (len(history) != 1)}"
    return wrapped("WAIT", f"{_minutes(verdict.waited_seconds)} min, {polls}: {found}")[:2]


def _header(verdict: Verdict) -> str:
    organizations = verdict.organizations
    gate = "GATE CLOSED" if verdict.gate == "closed" else "GATE OPEN"
    if verdict.overridden:
        gate = f"GATE OPEN, {_override(verdict.overridden)}"
    elif verdict.held and verdict.gate == "open":
        gate = "GATE OPEN, report only"
    if len(organizations) == 1:
        named = f"org {called(organizations[0])}"
        counted = Counter(one.status for one in organizations[0].checks)
    else:
        holding = len(verdict.holding)
        named = f"{f'{holding} of ' if holding else ''}{len(organizations)} organizations"
        counted = Counter(one.status for one in organizations)
    listed = [(status, counted[status]) for status in reversed(STATUSES[1:]) if counted[status]]
    parts = ", ".join(f"{count} {_COUNTED.get(status, status)}" for status, count in listed)
    return f"{gate}  {named}  {verdict.status} ({parts})"


def _override(override: Override) -> str:
    return f"overridden until {to_minute(override.until)} ({cut(plain(override.reason), _LONGEST_REASON)})"


def _one(organization: Organization, policy: Policy) -> list[str]:
    """The screen's body for one organization: the window, then its checks, worst first."""
    lines = _wrapped_window(organization)
    if organization.since:
        lines += wrapped("WAS", organization.since.message)[:3]
    ranked = sorted(organization.checks, key=lambda one: -STATUSES.index(one.status))
    detailed = False
    for status in ("fail", "error", "inconclusive", "warn"):
        group = [one for one in ranked if one.status == status]
        if status == "error":
            for error in dict.fromkeys(map(read_error, group)):
                lines += wrapped(LABELS["error"], error)[:4]
        elif status == "inconclusive" and group:
            lines += _inconclusive(group, policy)
        else:
            for one in group:
                lines += wrapped(LABELS[status], one.message)
                lines += [] if detailed else _details(one)
                lines += wrapped("", f"action: {one.check.action}") if one.check.action else []
                detailed = True
    passed = [
        f"{told_name(one, policy)} {number(one.value or 0)}{unit_of(one.check.metric.unit)}"
        for one in ranked
        if one.status == "pass"
    ]
    lines += wrapped("PASS", ", ".join(passed)) if passed else []
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
        f"{f' of {tidy(width)}s' if width else ''}, {counted['requests']:,} requests"
    )
    if data.idle:
        text += f"; {data.idle} absent intervals taken as idle"
    lines = textwrap.wrap("Window " + text, WIDTH, subsequent_indent="     ", break_on_hyphens=False)
    wider = [one.window for one in organization.checks if one.window and one.data and one.data.widened]
    if wider:
        since = between(min(one.t0 for one in wider), max(one.t1 for one in wider))
        lines += wrapped("", f"too few requests there, so some checks use {since}")
    return lines


def _inconclusive(group: Sequence[Judged], policy: Policy) -> list[str]:
    """One entry for each reason, because inconclusive checks usually share it."""
    lines = []
    causes: dict[tuple[str | None, str], list[str]] = {}
    for one in group:
        causes.setdefault((one.reason, missing(one, policy)), []).append(plain(one.check.name))
    for (reason, lack), names in causes.items():
        lines += wrapped(LABELS["inconclusive"], f"{reason}: {lack}, for {', '.join(names)}")
    return lines


def _details(one: Judged) -> list[str]:
    """At most two lines: where in the window the breach is, and whether it continues."""
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
            state = "still failing" if late.breaching else "too few requests" if few else "a run still fails"
        value = number(late.value, one.check.warn if one.check.fail is None else one.check.fail)
        lines.append(f"     {state} in the last {late.minutes} min: {value}% ({late.numerator} of {late.requests})")
    return lines


def _summary(verdict: Verdict, causes: Sequence[Cause], policy: Policy) -> str:
    ranked = verdict.ranked
    first, many = ranked[0], len(ranked)
    holding = sum(len(one.organizations) for one in causes)
    if verdict.status == "pass" and many == 1:
        return f"{called(first)}: pass, {(first.summary or {})['requests']} requests"
    if many == 1:
        return told(first, policy)
    if holding == 1:
        close = "closes the gate" if verdict.gate == "closed" else "would close the gate"
        return f"1 of {many} organizations {close}: {told(causes[0].organizations[0], policy)}"
    if holding:
        close = "close the gate" if verdict.gate == "closed" else "would close the gate"
        named = ", ".join(one.told for one in causes[:_MOST_CAUSES])
        more = len(causes) - _MOST_CAUSES
        return f"{holding} of {many} organizations {close}: {named}" + (f" and {more} more causes" if more > 0 else "")
    if verdict.status == "pass":
        return f"{many} organizations pass"
    troubled = sum(one.status != "pass" for one in ranked)
    return f"{troubled} of {many} organizations do{'es' * (troubled == 1)} not pass: {told(first, policy)}"


def _note(verdict: Verdict) -> str:
    """The blind spots of this data, if relevant, and a note if an answer took several attempts."""
    notes = []
    slow = [one for one in verdict.ranked if one.read.ok and (one.read.attempts or 1) > 1]
    if slow:
        first = f"{called(slow[0])} took {slow[0].read.attempts} attempts"
        more = f", and {len(slow) - 1} more took several" if len(slow) > 1 else ""
        notes.append(f"Reading {first}{more}.")
    if verdict.held or verdict.unconfirmed or any(map(_traffic_falls, verdict.ranked)):
        notes.append(_BLIND_SPOT)
    return " ".join(notes)


def _traffic_falls(organization: Organization) -> bool:
    return any(
        one.check.metric.kind.name in ("drop", "usual") and (one.value or 0) >= _FALLING_PERCENT
        for one in organization.checks
    )

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict in words: the summary, the screen and the next step. PURE.

ASCII only, times in UTC with `Z`, no meaning in colour. Texts from outside are made inert here.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from .._text import as_given, cut, number, plain, unit_of, who
from .._time import tidy, to_clock, to_iso
from . import next_step
from .causes import Cause
from .checks import Judged, operator, tolerance
from .evidence import CLOCKS_APART_SECONDS, is_off
from .judges import STATUSES
from .measure import ENOUGH_RECENT
from .message import between, message, missing, read_error, said_limit, told_name
from .policy import Override, Policy
from .verdict import Organization, Verdict

WIDTH = 75
LINES = 14
_LABELS = {"pass": "PASS", "warn": "WARN", "inconclusive": "INCO", "error": "ERR ", "fail": "FAIL"}
# At least this many lines of the next step are shown.
_LEAST_STEPS = 5
# Up to this many organizations that do not pass have a line each.
_EACH = 6
# This many of the worst organizations of a cause are named.
_NAMED = 3
# Causes that the summary tells.
_MOST_CAUSES = 5
# Of the reason for an override, as much is on the screen and in the summary.
_LONGEST_REASON = 100
_BLIND_SPOT = "502, 503 and 504 never appear in this telemetry."


class Texts(NamedTuple):
    """A verdict in words."""

    summary: str
    lines: list[str]
    next_step: str


def texts(verdict: Verdict, causes: Sequence[Cause], policy: Policy, page: str | None = None) -> Texts:
    """The verdict's summary, screen and next step; `page` is where a report with every organization will be."""
    ranked = verdict.ranked
    steps = next_step.of_verdict(verdict, causes, policy)
    lines = textwrap.wrap(_header(verdict), WIDTH, subsequent_indent="     ")
    lines += _waited(verdict)
    note = _wrapped("NOTE", _note(ranked))[:2]
    if len(ranked) == 1:
        lines += _one(ranked[0], policy)
        to_do = _wrapped("DO", steps[0])[:_LEAST_STEPS]
    else:
        seen = _wrapped("SEE", page)[:2] if page and verdict.status != "pass" else []
        every = [line for place, step in enumerate(steps) for line in _wrapped("" if place else "DO", step)]
        room = LINES - len(lines) - len(note) - len(seen)
        body = _several(verdict, causes, policy, room - min(_LEAST_STEPS, len(every)))
        lines += body + seen
        room -= len(body)
        if len(every) > room:
            # What to do matters more than what this data never shows.
            room, note = room + len(note), []
        to_do = every[: max(1, room)]
        if len(every) > len(to_do):
            to_do[-1] = f"{cut(to_do[-1], WIDTH - 4).removesuffix('...')} ..."
    after = to_do + note
    shown = [cut(plain(line), WIDTH) for line in lines[: LINES - len(after)] + after]
    return Texts(summary(verdict, causes, policy), shown, " ".join(steps))


def summary(verdict: Verdict, causes: Sequence[Cause], policy: Policy) -> str:
    """The verdict in one line."""
    text = _summary(verdict, causes, policy)
    if verdict.overridden:
        text = f"{_override(verdict.overridden)}: {text}"
    if verdict.unconfirmed and not any(one.held for one in verdict.ranked):
        text = f"healthy at the last look only: {text}"
    if verdict.history and verdict.gate == "closed":
        text += f", after waiting {_minutes(verdict.waited_seconds)} min"
    return text


def title(verdict: Verdict) -> str:
    """The gate, the status and whose they are, in the few words that fit a task's name."""
    many, holding = len(verdict.organizations), len(verdict.holding)
    named = f"org {_who(verdict.organizations[0])}"
    if many > 1:
        named = f"{f'{holding} of ' if holding else ''}{many} organizations"
    kept_open = ""
    if verdict.overridden:
        kept_open = f", overridden until {_until(verdict.overridden)}"
    elif verdict.held and verdict.gate == "open":
        kept_open = ", report only"
    return f"{verdict.gate}{kept_open}: {verdict.status}, {named}"


def blind_spots(verdict: Verdict, policy: Policy) -> list[str]:
    """A warning where the mode alone keeps the gate open although there was nothing to judge: it would look healthy."""
    blind = [one for one in verdict.ranked if any(map(_is_blind, one.checks))]
    if policy.mode != "report_only" or not blind:
        return []
    which = f"{len(blind)} of {len(verdict.organizations)} organizations" if len(blind) > 1 else "an organization"
    first = f"{_who(blind[0])} {_matter(blind[0], policy)}"
    hint = next_step.hint(blind[0])
    return [plain(f"Report-only mode keeps the gate open, but {which} could not be judged: {first}. {hint}".rstrip())]


def clock_warnings(verdict: Verdict) -> list[str]:
    """A warning for each organization whose answers come from a clock that differs from this host's."""
    warnings = []
    for one in verdict.ranked:
        seconds = one.data.api_clock_ahead_seconds if one.data else None
        if seconds is not None and is_off(seconds, CLOCKS_APART_SECONDS):
            side = "ahead of" if seconds > 0 else "behind"
            warnings.append(plain(f"{_who(one)}: the API's clock is {abs(seconds)} s {side} this host's."))
    return warnings


def _is_blind(one: Judged) -> bool:
    return one.status == "error" or (one.status == "inconclusive" and tolerance(one.reason) == "on_no_data")


def _minutes(seconds: float) -> str:
    return number(round(seconds / 60))


def _waited(verdict: Verdict) -> list[str]:
    """How long the gate waited, what it saw, and why it stopped early."""
    history = verdict.history
    if not history:
        return []
    useless = f"{verdict.refused} does not change by itself"
    if verdict.refused and len(history) == 1:
        return _wrapped("WAIT", f"not waited: {useless}")
    seen: list[tuple[int, str]] = []
    for poll in history:
        if seen and seen[-1][1] == poll.status:
            seen[-1] = (seen[-1][0] + 1, poll.status)
        else:
            seen.append((1, poll.status))
    told = ", then ".join(f"{count} {status}" for count, status in seen[-6:])
    told += f"; stopped: {useless}" if verdict.refused else ""
    looks = f"{len(history)} look{'s' * (len(history) != 1)}"
    return _wrapped("WAIT", f"{_minutes(verdict.waited_seconds)} min, {looks}: {told}")[:2]


def _header(verdict: Verdict) -> str:
    organizations = verdict.organizations
    gate = "GATE CLOSED" if verdict.gate == "closed" else "GATE OPEN"
    if verdict.overridden:
        gate = f"GATE OPEN, {_override(verdict.overridden)}"
    elif verdict.held and verdict.gate == "open":
        gate = "GATE OPEN, report only"
    if len(organizations) == 1:
        named = f"org {_who(organizations[0])}"
        counted = Counter(one.status for one in organizations[0].checks)
    else:
        holding = len(verdict.holding)
        named = f"{f'{holding} of ' if holding else ''}{len(organizations)} organizations"
        counted = Counter(one.status for one in organizations)
    parts = ", ".join(f"{counted[status]} {status}" for status in reversed(STATUSES[1:]) if counted[status])
    return f"{gate}  {named}  {verdict.status} ({parts})"


def _until(override: Override) -> str:
    return f"{to_iso(override.until)[:16].replace('T', ' ')}Z"


def _override(override: Override) -> str:
    return f"overridden until {_until(override)} ({cut(plain(override.reason), _LONGEST_REASON)})"


def _who(organization: Organization) -> str:
    return who(organization.organization_id, organization.name)


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


def _several(verdict: Verdict, causes: Sequence[Cause], policy: Policy, room: int) -> list[str]:
    """The screen's body for several organizations, in at most `room` lines: what closes the gate, worst first.

    A few that do not pass have a line each. Of many there are the causes, with the worst organizations of each.
    """
    troubled = [one for one in verdict.ranked if one.status != "pass" or verdict.holds(one)]
    passing = len(verdict.ranked) - len(troubled)
    passed = [f"PASS {passing} organization{'s' * (passing != 1)}"] if passing else []
    if len(troubled) <= _EACH:
        return [_line_of(one, policy, verdict.holds(one)) for one in troubled] + passed
    rest = [one for one in troubled if not verdict.holds(one)]
    groups = [_group(status, [one for one in rest if one.status == status]) for status in reversed(STATUSES)]
    rest_lines = [line for line in groups if line] + passed
    lines: list[str] = []
    for place, cause in enumerate(causes):
        left = room - len(rest_lines) - len(lines)
        # The last line says how many are left out.
        if left < 2 and place < len(causes) - 1:
            more = causes[place:]
            count = sum(len(one.organizations) for one in more)
            lines.append(cut(f"     and {count} organizations for {len(more)} more causes", WIDTH))
            break
        label = _LABELS[cause.organizations[0].status]
        text = _wrapped(label, f"{cause.told}: {_named(cause.organizations, policy)}")
        fit = max(1, min(2, left - (len(causes) - place - 1)))
        lines += text if len(text) <= fit else [*text[: fit - 1], cut(f"{text[fit - 1]} {text[fit].strip()}", WIDTH)]
    return lines + rest_lines


def _group(status: str, organizations: Sequence[Organization]) -> str:
    """Organizations of one status that do not close the gate, in a line."""
    if not organizations:
        return ""
    count = len(organizations)
    named = f"{count} organization{'s' * (count != 1)}, the worst {_who(organizations[0])}"
    return cut(f"{_LABELS[status]} {named}", WIDTH)


def _named(organizations: Sequence[Organization], policy: Policy) -> str:
    """The worst of these organizations with their values, and how many more there are."""
    named = []
    for one in organizations[:_NAMED]:
        worst = one.worst
        value = ""
        if worst.status == "fail" and worst.value is not None:
            value = f" {number(worst.value, worst.check.fail)}{unit_of(worst.check.metric.unit)}"
        named.append(f"{_who(one)}{value}")
    more = len(organizations) - _NAMED
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _line_of(organization: Organization, policy: Policy, holds: bool) -> str:
    """One organization in a line, in fewer words where the line would be cut."""
    begun = f"{_LABELS[organization.status]} {_who(organization)}: {_reservation(organization, holds)}"
    whole = begun + _matter(organization, policy)
    return whole if len(whole) <= WIDTH else cut(begun + _brief(organization), WIDTH)


def _brief(organization: Organization) -> str:
    """What matters most about one organization, in a few words."""
    worst = organization.worst
    check, status = worst.check, organization.read.status
    if worst.status == "error":
        return f"could not be read ({f'HTTP {status}' if status else 'no answer'})"
    if worst.status == "inconclusive" or worst.value is None:
        return f"{check.name}: {worst.reason}"
    limit = said_limit(worst)
    unit = unit_of(check.metric.unit)
    breach = "" if limit is None else f" {operator(check)} {as_given(limit)}{unit}"
    cause = check.name if check.metric.kind.name == "query" else check.metric.cause
    return f"{cause} {number(worst.value, limit)}{unit}{breach}"


def _matter(organization: Organization, policy: Policy) -> str:
    """What matters most about one organization, for one line."""
    worst = organization.worst
    if worst.status == "error":
        return f"could not be read, {read_error(worst)}"
    if worst.status == "inconclusive":
        return f"{worst.reason}, {missing(worst, policy)}"
    return message(worst, policy, brief=True)


def _summary(verdict: Verdict, causes: Sequence[Cause], policy: Policy) -> str:
    ranked = verdict.ranked
    first, many = ranked[0], len(ranked)
    holding = sum(len(one.organizations) for one in causes)
    if verdict.status == "pass" and many == 1:
        return f"{_who(first)}: pass, {(first.summary or {})['requests']} requests"
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


def told(organization: Organization, policy: Policy, holds: bool = False) -> str:
    """One organization in a line: what matters most, when, and whether it goes on.

    `holds`: it closes the gate, which what matters most may not explain.
    """
    worst = organization.worst
    text = f"{_who(organization)}: {_reservation(organization, holds)}{_matter(organization, policy)}"
    where = worst.breaches
    if worst.status == "fail" and where.first is not None and where.last is not None:
        text += f", {between(where.first, where.last)}"
        text += ", still failing" if worst.recent and worst.recent.breaching else ""
    return text


def _reservation(organization: Organization, holds: bool) -> str:
    """What to say first of an organization that closes the gate because it has been open at one poll only."""
    return "healthy at the last poll only: " if holds and not organization.held else ""


def _note(ranked: Sequence[Organization]) -> str:
    slow = [one for one in ranked if one.read.ok and (one.read.attempts or 1) > 1]
    if not slow:
        return _BLIND_SPOT
    first = f"{_who(slow[0])} took {slow[0].read.attempts} attempts"
    more = f", and {len(slow) - 1} more took several" if len(slow) > 1 else ""
    return f"Reading {first}{more}. {_BLIND_SPOT}"

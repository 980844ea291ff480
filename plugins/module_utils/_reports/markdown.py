# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as Markdown for GitHub and GitLab. PURE.

Values from the verdict are code spans, in which no links, mentions, references, emphasis or HTML are interpreted.
Markdown is a separate type, built only by `text`, `code` and a few helpers.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import NewType
from urllib.parse import quote

from .._text import as_given, number, span, unit_of
from . import view
from .job import Job
from .view import LISTED, STATUS_PAGE, Cause, Check, Organization, Planned, Verdict
from .words import cut, inert, plural

Markdown = NewType("Markdown", str)

LIMIT_BYTES = 900 * 1024
# Bytes for the sentence about what was cut.
_RESERVED_BYTES = 400
_MOST_CHARACTERS = 300
_MOST_SENTENCE = 2000
_MOST_STEP = 1000
_MOST_NAME, _MOST_IDENTITY = 120, 150
# Maximum organizations to name for a cause, worst first.
_MOST_NAMED = 5
_MOST_LINES = 40
_MOST_ROWS = 100
_MOST_ERRORS = 10
_NOTHING = Markdown("")
_ACTIVE = re.compile(r"[\\`*_\[\]<>@#|~&]")
_HEAD_CAUSES = ("Cause", "Since", "Organizations", "The worst", "Next step")
_HEAD_ORGANIZATIONS = ("Status", "Organization", "Requests", "Found")
_HEAD_CHECKS = ("Status", "Check", "Found", "Where", "Codes", "Action")
_HEAD_ALL = ("Organization", "Status", "Check", "Found", "Warn", "Fail", "Window", "Only")
_HEAD_POLLS = ("At", "Status", "Gate", "Worst")


class _Page:
    """Parts of a page below its top, up to the size limit; parts left out are counted by kind."""

    def __init__(self, top: Sequence[Markdown], limit: int) -> None:
        self.parts = [*top]
        self.left_out: dict[str, int] = {}
        self._room = limit - _RESERVED_BYTES - sum(map(_size, top))

    def fill(self, kind: str, parts: Sequence[Markdown]) -> None:
        """Add as many of these as fit, in their order."""
        self.parts += self._fitting(kind, parts)

    def table(
        self, kind: str, head: Sequence[str], rows: Sequence[Sequence[Markdown]], title: str, folded: bool
    ) -> None:
        """Add a table under a title (or folded into one) with as many of its rows as fit; nothing without a row."""
        opening, closing = (_opening("", title), _CLOSING) if folded else (_heading(3, title), _NOTHING)
        begun = _table(head)
        self._room -= sum(map(_size, (opening, begun, closing)))
        fitting = self._fitting(kind, [_row(row) for row in rows])
        if fitting:
            self.parts += [part for part in (opening, _lines([begun, *fitting]), closing) if part]

    def _fitting(self, kind: str, parts: Sequence[Markdown]) -> list[Markdown]:
        fitting: list[Markdown] = []
        for part in parts:
            if _size(part) > self._room:
                self.left_out[kind] = len(parts) - len(fitting)
                break
            self._room -= _size(part)
            fitting.append(part)
        return fitting


def text(words: str) -> Markdown:
    """Our own text, with Markdown syntax escaped."""
    return Markdown(_ACTIVE.sub(r"\\\g<0>", words))


def code(value: object, most: int = _MOST_CHARACTERS) -> Markdown:
    """Text from outside, cut at `most` characters, as a code span that it cannot close; empty for empty text."""
    shown = _clipped(value, most)
    if not shown:
        return _NOTHING
    fence = "`" * (_longest_run([shown]) + 1)
    # Renderers strip one space at each end, unless the span is all spaces.
    pad = " " if shown.strip(" ") and (shown[0] in "` " or shown[-1] in "` ") else ""
    return Markdown(f"{fence}{pad}{shown}{pad}{fence}")


def strong(words: str) -> Markdown:
    """Our own text in bold."""
    return Markdown(f"**{text(words)}**")


def join(parts: Iterable[Markdown], between: str = "") -> Markdown:
    """These, with a separator."""
    return Markdown(text(between).join(parts))


def blocks(parts: Iterable[Markdown]) -> Markdown:
    """Paragraphs, without the empty ones."""
    return Markdown("\n\n".join([part for part in parts if part]))


def markdown(verdict: Verdict, runbook_url: str | None = None, limit: int = LIMIT_BYTES, job: Job | None = None) -> str:
    """The report, of at most `limit` bytes.

    Content that does not fit is left out from the end, in whole rows, sections and organizations, so the worst stay.
    A sentence below the heading has the counts. The top (heading, summary, next step; less than 64 KiB) is never left
    out.
    """
    organizations = verdict.organizations
    page = _Page(_top(verdict, runbook_url, job), limit)
    if len(organizations) == 1:
        head: Sequence[str] = _HEAD_ALL[1:]
        rows = [_full(check) for check in organizations[0].ranked]
        page.fill("sections", [_fence(verdict.lines), *_about(organizations[0])])
    else:
        head = _HEAD_ALL
        rows = [(_who(one), *_full(check)) for one in organizations for check in one.ranked]
        page.table("causes", _HEAD_CAUSES, [_cause(one, verdict) for one in verdict.causes], _closing(verdict), False)
        shown = [(_status(one), _who(one), _requests(one), _matter(one)) for one in organizations]
        page.table("organizations", _HEAD_ORGANIZATIONS, shown, "Organizations, worst first", False)
        page.fill("details of organizations", [_folded(one) for one in organizations if not one.passes])
    polls = [tuple(code(told or "") for told in poll) for poll in verdict.history]
    page.table("polls", _HEAD_POLLS, polls[-_MOST_ROWS:], _waited(verdict), True)
    page.table("checks", head, rows, f"All checks ({len(rows)})", True)
    if page.left_out:
        told = ", ".join(f"{kind} ({count})" for kind, count in page.left_out.items())
        rest = f" to stay under {limit // 1024} KiB. Left out: {told}. The JSON report has everything."
        page.parts.insert(1, join([strong("Cut"), text(rest)]))
    return blocks(page.parts) + "\n"


def _top(verdict: Verdict, runbook_url: str | None, job: Job | None) -> list[Markdown]:
    gate = "closed" if verdict.closed else "open"
    overridden = verdict.overridden
    if overridden:
        gate = "open, overridden: otherwise it would be closed"
    elif not verdict.closed and verdict.holding:
        gate = "open, report-only mode: in enforce mode it would be closed"
    facts = [join([text("Judged at "), code(verdict.evaluated_at)])]
    facts += [join([text("mode "), code(verdict.mode)]), join([text("profile "), code(verdict.profile)])]
    facts += [join([text("by "), code(f"apihealth.meraki {verdict.version}")])]
    facts += [join([text("job "), _link(job.url)])] if job else []
    facts += [join([text("started by "), code(job.user)])] if job and job.user else []
    facts += [join([text("runbook "), _link(runbook_url)])] if runbook_url else []
    parts = [
        _heading(2, f"Meraki API health gate {gate} ({verdict.status})"),
        code(verdict.headline, _MOST_SENTENCE),
        code(verdict.summary, _MOST_SENTENCE),
        join([strong("Next step:"), text(" "), code(verdict.next_step, _MOST_SENTENCE)]),
        join(facts, ", "),
        _changed(verdict),
        join([text("Status of Meraki's services: "), _link(STATUS_PAGE)]) if verdict.suspects_meraki else _NOTHING,
    ]
    if overridden:
        told = [strong("Overridden"), text(" until "), code(overridden.until), text(": "), code(overridden.reason)]
        parts.insert(1, join(told))
    earlier = verdict.earlier
    if earlier:
        was = [text(": status "), code(earlier.status), text(", gate "), code(earlier.gate), text(".")]
        parts.append(join([text("Compared with the verdict of "), code(earlier.evaluated_at), *was]))
    return [part for part in parts if part]


def _changed(verdict: Verdict) -> Markdown:
    """The policy options that are not at their defaults."""
    if not verdict.changed_options:
        return _NOTHING
    return join([text("Not at their defaults: "), join([code(one) for one in verdict.changed_options[:LISTED]], ", ")])


def _closing(verdict: Verdict) -> str:
    """How many organizations close the gate."""
    closing = len(verdict.holding)
    return f"{closing} of {len(verdict.organizations)} organizations close{'s' * (closing == 1)} the gate"


def _cause(cause: Cause, verdict: Verdict) -> tuple[Markdown, ...]:
    """A cause, the worst organizations that have it, and what to do about it."""
    count = len(cause.organizations)
    worst = join([join(map(_who, cause.organizations[:_MOST_NAMED]), ", ")])
    if count > _MOST_NAMED:
        worst = join([worst, text(f" and {count - _MOST_NAMED} more")])
    begun = cause.begun(verdict.evaluated_at)
    return code(cause.label), code(begun), text(str(count)), worst, code(cause.next_step, _MOST_STEP)


def _who(organization: Organization) -> Markdown:
    """The organization's name and id."""
    return code(_called(organization))


def _called(organization: Organization) -> str:
    # Keep the id, however long the name is.
    identity = cut(organization.organization_id, _MOST_IDENTITY, "...")
    return f"{cut(organization.name, _MOST_NAME, '...')} ({identity})" if organization.name else identity


def _about(organization: Organization) -> list[Markdown]:
    """The parts about one organization other than the list of checks, most important first."""
    parts = []
    trouble = organization.read.trouble
    if trouble:
        told = [code(trouble.message, _MOST_SENTENCE), code(trouble.hint or "", _MOST_SENTENCE)]
        told += [code(error) for error in trouble.errors[:_MOST_ERRORS]]
        told += [join([text("request id "), code(trouble.request_id)])] if trouble.request_id else []
        unread = join([strong("Could not be read"), text(". This says nothing about Meraki's health:")])
        parts.append(blocks([unread, _list(told)]))
    troubled = organization.troubled
    if troubled:
        parts.append(_table(_HEAD_CHECKS, [_trouble(check) for check in troubled[:_MOST_ROWS]]))
    parts += [_behind(check) for check in troubled[:_MOST_ROWS] if check.behind]
    if organization.url:
        parts.append(join([text("Dashboard: "), _link(organization.url)]))
    if len(troubled) > _MOST_ROWS:
        parts.append(text(f"And {len(troubled) - _MOST_ROWS} more checks that do not pass."))
    since = organization.since
    if since:
        parts.append(join([strong("Earlier verdict:"), text(" "), code(since.message, _MOST_SENTENCE)]))
    planned = organization.capacity.planned if organization.capacity else None
    return parts + ([_planned(planned)] if planned else [])


def _folded(organization: Organization) -> Markdown:
    """One organization's details, folded."""
    step = join([strong("Next step:"), text(" "), code(organization.next_step, _MOST_STEP)])
    return blocks([_opening(inert(_called(organization)), organization.status), *_about(organization), step, _CLOSING])


def _trouble(check: Check) -> tuple[Markdown, ...]:
    where = f"{check.breach.span}, {plural(check.breach.intervals, 'interval')}" if check.breach else ""
    codes = ", ".join(f"{status} x{count}" for status, count in check.codes)
    return (
        join([strong(check.status), text(", holds the gate" if check.holds else "")]),
        *map(code, (check.name, check.said, where, codes, check.action or "")),
    )


def _behind(check: Check) -> Markdown:
    """The clients behind a breach."""
    title = join([strong("Who is behind"), text(" "), code(check.name), text(":")])
    return blocks([title, _list([code(line) for line in check.behind])])


def _full(check: Check) -> tuple[Markdown, ...]:
    window = check.window
    when = ""
    if window:
        years = window.text if window.one_day else f"{window.t0[:4]} {span(window.t0, window.t1)}"
        when = f"{years}{', widened' if window.widened else ''}"
    only = ", ".join(f"{name}={value}" for name, value in check.only)
    limits = {name: f"{check.operator} {as_given(limit)}{unit_of(check.unit)}" for name, limit in check.limits}
    told = (check.name, check.said, limits.get("warn", ""), limits.get("fail", ""), when, only)
    return (strong(check.status), *map(code, told))


def _waited(verdict: Verdict) -> str:
    """How long the gate waited, over its latest polls."""
    count = len(verdict.history)
    shown = f", the last {_MOST_ROWS} of them" if count > _MOST_ROWS else ""
    return f"Waited {number(round(verdict.waited_seconds / 60))} min, {plural(count, 'poll')}{shown}"


def _planned(planned: Planned) -> Markdown:
    # Already rounded down, so that it is safe to use.
    pace = f"safe at {planned.safe_rps} rps, over at least {planned.shortest_safe_seconds} s."
    if planned.safe_rps is None:
        pace = "nothing of the rate limit is left for it."
    return join([strong("Planned change:"), text(f" {planned.what}; {pace}")])


def _matter(organization: Organization) -> Markdown:
    """The finding of the most important check; empty if all pass."""
    return join([code(check.message) for check in organization.troubled[:1]])


def _requests(organization: Organization) -> Markdown:
    return text("" if organization.requests is None else str(organization.requests))


def _status(organization: Organization) -> Markdown:
    return join([strong(organization.status), text(", holds the gate" if organization.holds else "")])


def _clipped(value: object, most: int = _MOST_CHARACTERS) -> str:
    return inert(cut(value, most, "..."))


def _longest_run(texts: Sequence[str]) -> int:
    """The longest run of backticks; the fence around these texts must be longer."""
    longest = 0
    while any("`" * (longest + 1) in one for one in texts):
        longest += 1
    return longest


def _lines(parts: Iterable[Markdown]) -> Markdown:
    return Markdown("\n".join(parts))


def _heading(level: int, words: str) -> Markdown:
    return Markdown(f"{'#' * level} {text(words)}")


# Markdown is not interpreted in an HTML block.
def _opening(name: str, words: str) -> Markdown:
    called = f"<code>{html.escape(name)}</code> " if name else ""
    return Markdown(f"<details>\n<summary>{called}{html.escape(words)}</summary>")


_CLOSING = Markdown("</details>")


def _fence(lines: Sequence[str]) -> Markdown:
    shown = [_clipped(line) for line in lines[:_MOST_LINES]]
    fence = "`" * max(3, _longest_run(shown) + 1)
    return Markdown("\n".join([f"{fence}text", *shown, fence]))


def _list(items: Sequence[Markdown]) -> Markdown:
    return _lines([Markdown(f"- {item}") for item in items if item])


def _table(head: Sequence[str], rows: Sequence[Sequence[Markdown]] = ()) -> Markdown:
    begun = [_row(list(map(text, head))), _row([_RULE] * len(head))]
    return _lines([*begun, *map(_row, rows)])


_RULE = Markdown("---")


def _row(cells: Sequence[Markdown]) -> Markdown:
    return Markdown(f"| {' | '.join(map(_cell, cells))} |")


def _cell(made: Markdown) -> str:
    """Escape bars. On GitHub, a bar is escaped only after an odd number of backslashes."""

    def escaped(found: re.Match[str]) -> str:
        backslashes = len(found.group(1))
        return "\\" * (backslashes + 1 + backslashes % 2) + "|"

    return re.sub(r"(\\*)\|", escaped, made)


def _size(part: str) -> int:
    return len(part.encode()) + len("\n\n")


def _link(url: str) -> Markdown:
    """A link if the address is safe, else the text."""
    address = view.link(url)
    if not address:
        return code(url)
    # Quote everything that could end the link or form an entity.
    target = quote(address, safe="/:?#@!$&'*+,;=%[]~-._").replace("&", "&amp;")
    return Markdown(f"[{code(address)}]({target})")

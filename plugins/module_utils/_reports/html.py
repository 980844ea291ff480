# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as one static HTML page. PURE.

No assets, and links only to the runbook, the job, dashboards and Meraki's status page; also well-formed XML. Names are
in `<bdi>`, so that no right-to-left name reorders its neighbours. A script adds local times. The page of many
organizations has a second script, which sorts and filters their table. The page is complete without scripts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby

from .._argspec import REPORT_FILES
from .._judging.judges import STATUSES
from .._judging.series import Point, Series
from .._time import to_iso
from . import chart, fleet, script, view
from .csv import CSV_FILE
from .fleet import who
from .job import Job
from .markup import (
    BREAK,
    NOTHING,
    Html,
    block,
    chip,
    element,
    facts,
    join,
    lines,
    named,
    table,
    text,
    when,
)
from .style import ICONS, STYLE
from .view import LISTED, Check, Organization, Planned, Poll, Share, Verdict, Window, Word
from .words import amount, clock, clock_of, cut, duration, plural, precise

# With more organizations, the page has a table that can be filtered, and charts only for the worst.
FEW = 20
# The page of many organizations: bytes in all, bytes for each if that is more, and bytes for all details.
_BYTES, _BYTES_EACH, _DETAILS_BYTES = 500_000, 1000, 400_000
# Maximum polls of a wait, checks of an organization, strips below a chart, and characters in a line of our own.
_POLLS, _CHECKS, _LANES, _LINE = 60, 100, 6, 2000
# Bytes for the text about the details.
_RESERVED_BYTES = 1000
# Maximum checks in short details of an organization.
_SHORT_CHECKS = 5
_BLIND_SPOT = (
    "502, 503 and 504 never appear in this telemetry: an outage at the edge looks like less traffic without errors. "
    "There is no latency in it either."
)
_DOCTYPE = Html("<!DOCTYPE html>")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_SPACE = text(" ")
_ORGANIZATION = text("Organization ")
_DASHBOARD = text("Open in the dashboard")
_ACTION = element("b", text("Action:"))
_NEXT = element("b", text("Next step:"))
_NOT_MERAKI = Html("<p>This says nothing about Meraki's health.</p>")
_OVER = {"worst_interval": "the worst interval", "consecutive": "intervals in a row"}


def html(verdict: Verdict, runbook_url: str | None = None, job: Job | None = None) -> str:
    """The page. The same verdict always gives the same bytes.

    With up to 20 organizations it has all charts and data. With more, its size is at most 500 kB, or 1 kB for each
    organization if that is more: it has a line for each, details of the worst, and a note on what is left out.
    """
    many = len(verdict.organizations) > FEW
    frame = [
        _head(verdict, f"{script.SOURCE} {script.LOCAL_SOURCE}" if many else script.LOCAL_SOURCE),
        _top(verdict, runbook_url, job),
        _foot(verdict),
        join([element("script", script.SCRIPT) if many else NOTHING, element("script", script.LOCAL)]),
    ]
    head, top, foot, last = frame
    main = _many(verdict, sum(map(fleet.size, frame))) if many else _few(verdict)
    return join([_DOCTYPE, BREAK, block("html", head, block("body", top, main, foot, last), lang="en"), BREAK])


def _head(verdict: Verdict, script_source: str) -> Html:
    title = f"{_gate(verdict)}: {cut(verdict.status)} - {cut(verdict.summary, 120)}"
    policy = f"{_POLICY}; script-src {script_source}"
    return block(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", text(title, _LINE)),
        element("style", STYLE),
    )


def _top(verdict: Verdict, runbook_url: str | None, job: Job | None) -> Html:
    skip = element("a", text("Skip to the organizations"), class_="skip", href="#organizations")
    shapes = element("defs", chart.PATTERNS, ICONS)
    return lines(
        [
            skip if len(verdict.organizations) > 1 else NOTHING,
            element("svg", shapes, class_="defs", width=0, height=0, aria_hidden="true"),
            _verdict(verdict, runbook_url, job),
        ]
    )


def _foot(verdict: Verdict) -> Html:
    how_to_read = (
        "Times are UTC. Where the browser runs scripts, a full time has the local time beside it. "
        "Bars: the thick line is the value, its whisker the 95% confidence interval, the dashed tick"
        f" the warn limit, the solid tick the fail limit. Verdict schema {cut(verdict.schema)}."
    )
    return block("footer", element("p", text(_BLIND_SPOT)), element("p", text(how_to_read, _LINE)))


def _few(verdict: Verdict) -> Html:
    """All details of each organization."""
    ranks = [one.rank for one in verdict.organizations]
    return block("main", _history(verdict), fleet.causes(verdict, ranks), _index(verdict), _organizations(verdict))


def _many(verdict: Verdict, taken: int) -> Html:
    """The causes, the table of all organizations, and details of the worst; the rest of the page has `taken` bytes."""

    def before(ranks: Sequence[int]) -> list[Html]:
        return [_history(verdict), fleet.causes(verdict, ranks, True), fleet.table(verdict, ranks)]

    troubled = [one for one in verdict.organizations if not one.passes]
    limit = max(_BYTES, _BYTES_EACH * len(verdict.organizations))
    # Assume that all are linked, which is the longest case.
    room = limit - taken - _RESERVED_BYTES - sum(map(fleet.size, before([one.rank for one in troubled])))
    found = fleet.details(
        troubled,
        min(room, _DETAILS_BYTES),
        lambda one: _organization(one, True),
        lambda one: _organization(one, True, short=True),
    )
    shown = troubled[: len(found.parts)]
    return block("main", *before([one.rank for one in shown]), _details(found, len(troubled)))


def _details(found: fleet.Details, troubled: int) -> Html:
    """The details that fit, and where to find the others."""
    left = troubled - len(found.parts)
    told = [f"{plural(found.full, 'organization')} in full"] if found.full else []
    if found.short:
        told.append(f"{plural(found.short, 'organization')} with the checks that do not pass")
    note = f"Worst first: {', then '.join(told)}. " if told else ""
    note += f"The other {left} that do not pass are only in the table. " if left and told else ""
    note += (
        f"Everything is in the JSON report ({REPORT_FILES['json']}), and a line for each organization in {CSV_FILE}."
    )
    return block(
        "section",
        element("h2", text("Details"), id="details"),
        element("p", text(note, _LINE)),
        *found.parts,
        aria_labelledby="details",
    )


def _gate(verdict: Verdict) -> str:
    return "Gate closed" if verdict.closed else "Gate open"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[status]} {status}" for status in reversed(STATUSES) if counts.get(status))


def _verdict(verdict: Verdict, runbook_url: str | None, job: Job | None) -> Html:
    """The finding and what to do about it, at the top of the page."""
    organizations = verdict.organizations
    found = _counts(verdict.counts)
    if len(organizations) != 1:
        statuses = Counter(one.status for one in organizations)
        found = f"{plural(len(organizations), 'organization')}: {_counts(statuses)}. Their checks: {found}"
    report_only, overridden = not verdict.enforced, verdict.overridden
    would = " In enforce mode it would be closed." * bool(verdict.holding)
    note = f"Report-only mode: the gate stays open whatever is found.{would}"
    to_do = [
        join([element("h2", text("What to do now")), BREAK, element("p", text(verdict.next_step, 1000))]),
        element("p", text("Runbook: "), _link(runbook_url)) if runbook_url else NOTHING,
        element("p", text("Status of Meraki's services: "), _link(view.STATUS_PAGE))
        if verdict.suspects_meraki
        else NOTHING,
    ]
    earlier = verdict.earlier
    return block(
        "header",
        element("h1", text(f"{_gate(verdict)}{', report only' if report_only else ', overridden' * bool(overridden)}")),
        element("p", chip(verdict.status), text(f" {found or 'no check'}")),
        element("p", text(verdict.headline, 1000), class_="headline"),
        element("p", text(verdict.summary, 1000), class_="summary"),
        element("p", text(note), class_="note") if report_only else NOTHING,
        _overridden(overridden) if overridden else NOTHING,
        element("div", lines(to_do), BREAK, class_="do"),
        facts(
            [
                ("Judged", when(verdict.evaluated_at)),
                ("Mode", text(cut(verdict.mode).replace("_", " "))),
                ("Profile", text(verdict.profile)),
                ("Not at their defaults", join([named(one) for one in verdict.changed_options[:LISTED]], ", ")),
                ("Waited", text(duration(verdict.waited_seconds)) if verdict.waited_seconds else NOTHING),
                ("Compared with", _earlier(earlier) if earlier else NOTHING),
                ("Job", _link(job.url) if job else NOTHING),
                ("Started by", named(job.user) if job and job.user else NOTHING),
                ("Collection", text(f"apihealth.meraki {verdict.version}")),
            ]
        ),
        class_="closed" if verdict.closed else "noted" if verdict.holding else "open",
    )


def _overridden(one: view.Overridden) -> Html:
    told = [text("Overridden until "), when(one.until), text(": "), named(one.reason)]
    return element("p", *told, text(". Otherwise it would be closed."), class_="note")


def _link(url: str) -> Html:
    """A link if the address is safe, else the text."""
    target = view.link(url)
    return element("a", text(target, _LINE), href=target, rel="noopener noreferrer") if target else named(url, _LINE)


def _earlier(earlier: view.Earlier) -> Html:
    told = f" ({cut(earlier.status)}, gate {cut(earlier.gate)})"
    return join([text("the verdict of "), when(earlier.evaluated_at), text(told, _LINE)])


def _history(verdict: Verdict) -> Html:
    """The polls of a wait; consecutive polls with the same result are merged."""
    polls = verdict.history
    if not polls:
        return NOTHING
    alike = [list(group) for _same, group in groupby(polls, _found)]
    left_out = len(alike) - _POLLS
    rows = [
        (
            join([when(group[0].at), text(" to "), when(group[-1].at)]) if len(group) > 1 else when(group[0].at),
            text(amount(len(group))),
            chip(group[0].status),
            text(group[0].gate),
            named(group[0].worst or "none"),
        )
        for group in alike[-_POLLS:]
    ]
    cut_off = f"The last {_POLLS} changes; {left_out} earlier ones are left out."
    return block(
        "section",
        element("h2", text("During the wait"), id="wait"),
        element("p", text(cut_off)) if left_out > 0 else NOTHING,
        table("Polls while the gate waited", ("Judged", "Polls", "Status", "Gate", "Worst check"), rows),
        aria_labelledby="wait",
    )


def _found(poll: Poll) -> tuple[str, str, str]:
    return poll.status, poll.gate, poll.worst or ""


def _index(verdict: Verdict) -> Html:
    """The table of a few organizations, worst first."""
    if len(verdict.organizations) < 2:
        return NOTHING
    ranks = [one.rank for one in verdict.organizations]
    rows = [
        (
            fleet.link(one, ranks),
            chip(one.status),
            text(fleet.gate_of(one)),
            text("unknown" if one.requests is None else amount(one.requests)),
            text(fleet.matter(one)),
        )
        for one in verdict.organizations
    ]
    head = ("Organization", "Status", "Gate", "Requests", "What matters most")
    return block(
        "section",
        element("h2", text("Worst first"), id="index"),
        table("Organizations, worst first", head, rows, "index"),
        aria_labelledby="index",
    )


def _organizations(verdict: Verdict) -> Html:
    """All details of each organization; those that pass are folded, unless there is only one."""
    alone = len(verdict.organizations) == 1
    open_ = [one for one in verdict.organizations if alone or not one.passes]
    folded = [one for one in verdict.organizations if not alone and one.passes]
    return block(
        "div",
        *[_organization(one, False, alone=alone) for one in open_],
        element("h2", text("Passing"), id="passing") if folded else NOTHING,
        *[_organization(one, True) for one in folded],
        id="organizations",
    )


def _organization(one: Organization, folded: bool, alone: bool = False, short: bool = False) -> Html:
    """The details of one organization, worst check first; `short`: only the problems, without charts.

    `alone`: the next step is already shown above.
    """
    prefix = fleet.key(one)
    heading = [_ORGANIZATION, who(one), _SPACE, chip(one.status)]
    level = "h4" if folded else "h3"
    checks = one.troubled if short else one.ranked
    most = _SHORT_CHECKS if short else _CHECKS
    left_out = len(checks) - most
    intervals = [] if short else chart.drawable(one.series)
    body = [
        element("p", _NEXT, _SPACE, text(one.next_step, 1000)) if not alone and not one.passes else NOTHING,
        _unread(one),
        element("p", element("a", _DASHBOARD, href=one.url, rel="noopener noreferrer")) if one.url else NOTHING,
        element("p", text(_lead(one, one.window)), class_="lead") if one.window else NOTHING,
        _since(one),
        _charts(one, one.series, prefix, level, intervals, checks) if one.series and intervals else NOTHING,
        NOTHING if short else element(level, text("Checks")),
        block(
            "ul",
            *[_check(check, one, not short) for check in checks[:most]],
            element("li", text(f"and {left_out} more")) if left_out > 0 else NOTHING,
            class_="checks",
        )
        if checks
        else NOTHING,
    ]
    if not short:
        body += [
            element(level, text("Data and capacity")),
            facts([*_data(one), *_capacity(one), ("Own read", text(_read(one)))], "facts"),
            _points(intervals, one) if intervals else NOTHING,
        ]
    if folded:
        told = plural(one.requests, "request") if one.requests is not None else ""
        summary = element("summary", element("h3", *heading), text(f" {told}"))
        # Browsers open a folded element that contains the target of a link.
        return block("details", summary, block("div", *body, class_="body", id=prefix), class_="organization")
    title = element("h2", *heading, id=f"{prefix}-h")
    return block("section", title, *body, class_="organization body", id=prefix, aria_labelledby=f"{prefix}-h")


def _unread(one: Organization) -> Html:
    trouble = one.read.trouble
    if not trouble:
        return NOTHING
    what = "Not all of it could be read:" if one.window else "Could not be read:"
    more = [element("li", text(error, 300)) for error in trouble.errors[:LISTED]]
    return block(
        "div",
        element("p", element("strong", text(what)), _SPACE, text(trouble.message, 1000)),
        element("p", text(trouble.hint, 1000)) if trouble.hint else NOTHING,
        element("ul", *more) if more else NOTHING,
        element("p", text("Request id "), named(trouble.request_id)) if trouble.request_id else NOTHING,
        _NOT_MERAKI,
        class_="unread",
    )


def _window(window: Window) -> str:
    return cut(window.text, 60)


def _lead(one: Organization, window: Window) -> str:
    width = window.effective or window.requested
    data = one.data
    requests = f", {plural(one.requests, 'request')}" if one.requests is not None else ""
    used = f", {amount(data.used)} of {amount(data.expected)} intervals of {amount(width)} s" if data else ""
    return f"{_window(window)}{used}{requests}"


def _since(one: Organization) -> Html:
    since = one.since
    if not since:
        return NOTHING
    rows = [
        (
            named(change.name),
            join([chip(change.was), text(f" {amount(change.value_was, change.unit)}")]),
            join([chip(change.now), text(f" {amount(change.value_now, change.unit)}")]),
        )
        for change in since.worse[:_CHECKS]
    ]
    label = f"What got worse in {cut(one.called, 200)}"
    return lines(
        [
            element("p", text("Compared with the earlier verdict: "), text(since.message, 1000)),
            table(label, ("Check", "Was", "Is"), rows) if rows else NOTHING,
        ]
    )


def _charts(
    one: Organization,
    series: Series,
    prefix: str,
    heading: str,
    intervals: Sequence[Point],
    checks: Sequence[Check],
) -> Html:
    """Requests by class with a strip for each check that is breached, and the rate of the most important check."""
    shown = chart.span_of(intervals, one.window)
    limit = one.capacity.limit_rps if one.capacity else None
    breached = Counter(name for piece in intervals for name in piece.breaching)
    lanes = [
        element(
            "div",
            element("p", named(name), text(f": {plural(count, 'interval')} in breach")),
            chart.lane(intervals, shown, name),
            class_="lane",
        )
        for name, count in breached.most_common(_LANES)
    ]
    if len(breached) > _LANES:
        more = f"and {plural(len(breached) - _LANES, 'more check')} in breach"
        lanes.append(element("div", element("p", text(more)), class_="lane"))
    breaching = sum(bool(piece.breaching) for piece in intervals)
    keys = [
        _entry(chart.key(name), label, amount(sum(piece.by_class[name] for piece in intervals)))
        for name, label in chart.CLASSES.items()
    ]
    behind = chart.culprit(series)
    if behind:
        # The line is drawn over the bars, and its requests are part of them.
        sent = element("b", text(amount(sum(behind.requests))))
        keys.append(element("li", chart.line_key("own"), text("of these "), named(behind.name, 60), _SPACE, sent))
    keys += [_entry(chart.key("breach"), "in breach", plural(breaching, "interval"))] if breaching else []
    keys += [_entry(chart.key("gap"), "no interval")] if chart.gaps(intervals, shown) else []
    title = text("Requests by class per interval")
    keys += [_entry(chart.line_key("before"), "a week before")] if series.before else []
    drawing = chart.requests(f"{prefix}-r", intervals, shown, limit, behind, series.before)
    parts = [block("figure", _caption(heading, title, keys), drawing, join(lanes))]
    check = chart.rated(checks, series)
    if check:
        entries = [_entry(chart.line_key(kind), level) for kind, level in chart.levels(check).items()]
        if any(piece.rates[check.name].denominator < chart.FEW for piece in intervals):
            few = f"hollow: fewer than {chart.FEW} requests, which say little"
            entries.append(_entry(chart.line_key("thin"), few))
        title = join([named(check.name), text(" per interval")])
        drawing = chart.rates(f"{prefix}-e", intervals, shown, check, series.bad[check.name])
        parts.append(block("figure", _caption(heading, title, entries), drawing))
    return lines(parts)


def _caption(heading: str, title: Html, entries: Sequence[Html]) -> Html:
    """A chart's heading and legend."""
    return element("figcaption", element(heading, title), element("ul", NOTHING, *entries, class_="legend"))


def _entry(key: Html, label: str, value: str = "") -> Html:
    """An entry of a legend."""
    return element("li", key, text(label), *([_SPACE, element("b", text(value))] if value else []))


def _check(check: Check, one: Organization, charted: bool) -> Html:
    # If the check could not be read, its message has everything.
    asked = check.status != "error"
    pairs = [
        *(_troubles(check) if check.troubled and asked else []),
        *_scope(check, one),
        *(_detail(check) if asked else []),
    ]
    action = check.action if check.troubled else None
    return element(
        "li",
        element(
            "div",
            chip(check.status),
            element("div", element("p", named(check.name), class_="name"), element("p", text(check.said, 1000))),
            class_="what",
        ),
        element("div", chart.bullet(check), element("p", _limits(check), class_="limits"), class_="bar")
        if charted
        else NOTHING,
        _behind(check),
        element("p", _ACTION, _SPACE, text(action, 2000), class_="action") if action else NOTHING,
        facts(pairs) if charted or check.troubled else NOTHING,
        class_=f"check {check.status}",
    )


def _behind(check: Check) -> Html:
    """The clients behind a breach: the shares as bars, and a note on what is not known."""
    if not check.attribution and not check.note:
        return NOTHING
    fills, wholes = chart.fills(check), check.whole

    def row(share: Share) -> Html:
        who = (
            join([named(share.value), _SPACE, element("i", text(share.kind))])
            if share.value is not None
            else text(share.called)
        )
        percents = zip((share.percent_of_requests, share.percent_of_failures), fills, wholes)
        bars = [
            element("div", chart.portion(percent, fill), text(f"{share.part(percent)} {whole}"))
            for percent, fill, whole in percents
            if percent is not None
        ]
        without = element("p", text(share.without)) if share.without else NOTHING
        return element("li", element("div", element("p", who), without), *bars)

    if not check.attribution:
        return element("p", element("b", text("Who is behind it:")), _SPACE, text(check.note or ""), class_="behind")
    return block(
        "div",
        element("p", element("b", text("Who is behind it"))),
        element("ul", *map(row, check.shares)),
        element("p", text(f"Note: {check.note}")) if check.note else NOTHING,
        class_="behind",
    )


def _limits(check: Check) -> Html:
    known = check.value is not None
    parts = [f"value {amount(check.value, check.unit, check.warn, check.fail)}" if known else "no value"]
    parts += [f"{name} {cut(check.operator)} {precise(limit, check.unit)}" for name, limit in check.limits]
    return join([join([element("span", text(part, _LINE)), _SPACE]) for part in parts])


def _troubles(check: Check) -> list[tuple[str, Html]]:
    """Why a check does not pass, where, and whether the problem continues."""
    breach, worst, recent = check.breach, check.worst, check.recent
    where = late = ""
    if breach:
        where = f"{cut(breach.span, 60)}, {plural(breach.intervals, 'interval')}"
        in_a_row = " in a row" if breach.longest == breach.intervals else f", at most {amount(breach.longest)} in a row"
        where += "" if breach.intervals == 1 else in_a_row
    if worst:
        where += f"{'; ' if where else ''}worst {amount(worst.value, check.unit)} at {clock_of(worst.start)}"
        where += f" ({plural(worst.requests, 'request')})"
    if recent and recent.value is not None:
        late = f"{amount(recent.value, check.unit, check.warn, check.fail)} in the last"
        late += f" {amount(recent.minutes)} min ({plural(recent.requests, 'request')}),"
        late += " in breach" if recent.breaching else " not in breach"
    gate = "closes it"
    if not check.holds:
        gate = "stays open for this" if check.required else "advisory, cannot close it"
    reason = check.reason or ""
    return [
        ("Reason", text(f"{reason}: {view.REASONS[reason]}" if reason in view.REASONS else reason)),
        ("Gate", text(gate)),
        ("Where", text(where, _LINE)),
        ("Recently", text(late, _LINE)),
        ("Codes", text(", ".join(_codes(check.codes[:LISTED])), _LINE)),
    ]


def _codes(codes: Sequence[Sequence[object]]) -> list[str]:
    return [f"{cut(code, 20)} x{amount(count)}" for code, count in codes]


def _scope(check: Check, one: Organization) -> list[tuple[str, Html]]:
    """A check's window and filters, if they differ from the other checks'."""
    window, common = check.window, one.window
    other = ""
    if window and (not common or (window.t0, window.t1) != (common.t0, common.t1)):
        other = f"{_window(window)}{' (widened)' if window.widened else ''}"
    filters = [join([named(name), _SPACE, _flat(view.flat(value))]) for name, value in check.filters.items()]
    return [
        ("Metric", named(check.metric) if check.metric != check.name else NOTHING),
        ("Judged over", text(_OVER.get(check.over or "", ""))),
        ("Window", text(other)),
        ("Only", join(filters, ", ")),
    ]


def _detail(check: Check) -> list[tuple[str, Html]]:
    return [
        (
            cut(str(name).replace("_", " ").capitalize(), 60),
            # An objective is shown like a threshold, never rounded.
            text(precise(value)) if name == "slo_percent" else _flat(view.flat(value)),
        )
        for name, value in list(check.detail.items())[:LISTED]
    ]


def _flat(words: Sequence[Word]) -> Html:
    return join([named(word.said, 200) if word.outside else text(word.said) for word in words])


def _data(one: Organization) -> list[tuple[str, Html]]:
    window, data = one.window, one.data
    if not (window and data):
        return []
    asked, came = window.requested, window.effective
    notes = [
        f"{amount(data.used)} of {amount(data.expected)} intervals, coverage {amount(data.coverage_percent)}%",
        f"intervals of {amount(came)} s, asked for {amount(asked)} s" if came and asked and came != asked else "",
        "widened: too few requests in the window asked for" if data.widened else "",
        f"{amount(data.idle)} absent, taken as idle" if data.idle else "",
        f"{amount(data.dropped)} dropped, not wholly in the window" if data.dropped else "",
        f"{plural(data.own_requests_excluded, 'own request')} left out" if data.own_requests_excluded else "",
    ]
    listed = _codes(one.codes[:LISTED])
    listed += [f"and {len(one.codes) - LISTED} more codes"] if len(one.codes) > LISTED else []
    requests = f"{amount(one.requests)}: {', '.join(listed)}" if listed else amount(one.requests)
    newest = join([when(data.newest), text(f", {duration(data.age_seconds)} old")]) if data.newest else text("none")
    return [
        ("Window", text(f"{_window(window)}, {duration(window.seconds)}")),
        ("Data", text("; ".join(note for note in notes if note), _LINE)),
        ("Newest data", newest),
        ("Requests", text(requests, _LINE)),
    ]


def _capacity(one: Organization) -> list[tuple[str, Html]]:
    capacity = one.capacity
    if not capacity:
        return []
    at = f" at {clock_of(capacity.max_at)}" if capacity.max_at else ""
    return [
        ("Rate limit", text(f"{precise(capacity.limit_rps)} rps")),
        ("Load", text(f"{_rps(capacity.p95_rps)} (p95), busiest {_rps(capacity.max_rps)}{at}")),
        ("Left for a change", text(_rps(capacity.available_rps))),
        ("Planned change", text(_planned(capacity.planned) if capacity.planned else "")),
    ]


def _rps(value: float | None) -> str:
    return "unknown" if value is None else f"{amount(value)} rps"


def _planned(planned: Planned) -> str:
    pace = f"; safe pace {amount(planned.safe_rps)} rps" if planned.safe_rps is not None else ""
    shortest = planned.shortest_safe_seconds
    return planned.what + pace + (f"; safe over at least {duration(shortest)}" if shortest is not None else "")


def _read(one: Organization) -> str:
    read = one.read
    status = f"HTTP {cut(read.status, 20)}" if read.status is not None else "no answer"
    return f"{status}, {plural(read.attempts, 'attempt')}" if read.attempts is not None else status


def _points(intervals: Sequence[Point], one: Organization) -> Html:
    """The charts' data as a table, for readers who cannot see the charts or want the numbers."""
    behind = chart.culprit(one.series) if one.series else None
    own = [[text(amount(count))] for count in behind.requests] if behind else [[]] * len(intervals)
    sent = [f"Of these {cut(behind.name, 60)}"] if behind else []
    head = ["Start (UTC)", "Seconds", *chart.CLASSES.values(), *sent, "In breach"]
    rows = [
        [
            text(f"{to_iso(piece.start)[:10]} {clock(piece.start, piece.seconds)}"),
            text(amount(piece.seconds)),
            *(text(amount(piece.by_class[name])) for name in chart.CLASSES),
            *part,
            join([named(name, 60) for name in piece.breaching[:LISTED]], ", "),
        ]
        for piece, part in zip(intervals, own)
    ]
    return block(
        "details",
        element("summary", text(f"The data of the charts, {plural(len(rows), 'interval')}")),
        table(f"Intervals of {cut(one.called, 200)}", head, rows, "points own" if behind else "points"),
    )

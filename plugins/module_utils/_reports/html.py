# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as one static HTML page. PURE.

No script, no asset, no link but the runbook's; well-formed as XML too. Everything from the verdict is escaped in
`_report_markup.escaped`, and names stand in `<bdi>`, so that no right-to-left name reorders its neighbours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from .._judging.checks import STATUSES
from .._judging.series import Point
from .._text import plain, span
from .._time import to_iso
from . import chart
from .markup import (
    amount,
    chip,
    clock,
    clock_of,
    duration,
    escaped,
    facts,
    inert,
    named,
    plural,
    precise,
    real,
    table,
    when,
)
from .style import ICONS, STYLE

# Organizations with charts, data and bars; polls of a wait; checks of an organization, and strips of them below a
# chart; entries of a list.
CHARTED = 50
_POLLS, _CHECKS, _LANES, _LISTED = 60, 100, 6, 12
_BLIND_SPOT = (
    "502, 503 and 504 never appear in this telemetry: an outage at the edge looks like less traffic without errors. "
    "There is no latency in it either."
)
_POLICY = (
    ("default-src", "'none'"),
    ("style-src", "'unsafe-inline'"),
    ("img-src", "data:"),
    ("base-uri", "'none'"),
    ("form-action", "'none'"),
)
_REASONS = {
    "threshold": "a limit is breached",
    "nothing_succeeded": "every request failed",
    "small_sample": "few requests, but too many of them failed for chance",
    "recovered": "the limit was breached and no longer is",
    "few_failures": "the limit is breached, by few failures",
    "low_traffic": "too few requests to judge",
    "no_traffic": "no request to judge",
    "no_data": "no data to judge",
    "incomplete": "too much of the window is absent",
    "stale": "the data is too old",
    "read_failed": "the organization could not be read",
    "unknown_codes": "too many codes are neither a success nor a failure",
    "no_baseline": "nothing to compare with",
    "baseline_unhealthy": "what it is compared with was unhealthy too",
    "no_value": "the query gave no number",
    "regression": "clearly worse than the baseline",
}
_OVER = {"worst_interval": "the worst interval", "consecutive": "intervals in a row"}


def html(verdict: Mapping[str, Any], runbook_url: str | None = None) -> str:
    """The page; the same verdict makes the same bytes.

    Charts and data are of the first 50 organizations only, so that its size is bounded: with 240 intervals and the
    default checks, at most 150 KB for each of these and 5 KB for each other one; 13 MB for 1,000 that all fail.
    """
    ranked = sorted(verdict["organizations"], key=lambda one: (not _holds(one), -_rank(one)))
    gate = _gate(verdict)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        '<head>\n<meta charset="utf-8"/>',
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(" ".join(rule) for rule in _POLICY)}"/>',
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
        '<meta name="color-scheme" content="light dark"/>',
        '<meta name="referrer" content="no-referrer"/>',
        f"<title>{gate}: {escaped(verdict['status'])} - {escaped(verdict['summary'], 120)}</title>",
        f"<style>{STYLE}</style>\n</head>\n<body>",
        '<a class="skip" href="#organizations">Skip to the organizations</a>' if len(ranked) > 1 else "",
        f'<svg class="defs" width="0" height="0" aria-hidden="true"><defs>{chart.PATTERNS}{ICONS}</defs></svg>',
        *_verdict(verdict, gate, runbook_url),
        "<main>",
        *_history(verdict),
        *_index(ranked),
        *_organizations(ranked),
        "</main>",
        f"<footer>\n<p>{_BLIND_SPOT}</p>",
        f"<p>Times are UTC. Bars: the thick line is the value, its whisker the 95% confidence interval, the dashed tick"
        f" the warn limit, the solid tick the fail limit. Verdict schema {escaped(verdict['schema'])}.</p>\n</footer>",
        "</body>\n</html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _rank(one: Mapping[str, Any]) -> int:
    return STATUSES.index(one["status"])


def _holds(organization: Mapping[str, Any]) -> bool:
    """Whether one of its checks closes the gate, if the mode lets it."""
    return not all(check["tolerated"] for check in organization["checks"])


def _passes(organization: Mapping[str, Any]) -> bool:
    return organization["status"] in ("pass", "skipped")


def _gate(verdict: Mapping[str, Any]) -> str:
    return "Gate closed" if verdict["gate"] == "closed" else "Gate open"


def _ranked_checks(organization: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted(organization["checks"], key=lambda check: (check["tolerated"], -_rank(check)))


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[status]} {status}" for status in reversed(STATUSES) if counts.get(status))


def _verdict(verdict: Mapping[str, Any], gate: str, runbook_url: str | None) -> list[str]:
    """What was found and what to do about it, before anything else."""
    organizations = verdict["organizations"]
    found = _counts(verdict["counts"])
    if len(organizations) != 1:
        statuses = Counter(one["status"] for one in organizations)
        found = f"{plural(len(organizations), 'organization')}: {_counts(statuses)}. Their checks: {found}"
    report_only = verdict["mode"] == "report_only"
    held = any(map(_holds, organizations))
    note = f"Report only: the gate stays open whatever is found.{' Enforced, it would be closed.' if held else ''}"
    waited = verdict.get("waited_seconds")
    baseline = verdict.get("baseline")
    return [
        f'<header class="{"closed" if verdict["gate"] == "closed" else "noted" if held else "open"}">',
        f"<h1>{gate}{', report only' if report_only else ''}</h1>",
        f"<p>{chip(verdict['status'])} {found or 'no check'}</p>",
        f'<p class="summary">{escaped(verdict["summary"], 1000)}</p>',
        f'<p class="note">{note}</p>' if report_only else "",
        f'<div class="do"><h2>What to do now</h2>\n<p>{escaped(verdict["next_step"], 1000)}</p>',
        f"<p>Runbook: {_link(runbook_url)}</p>" if runbook_url else "",
        "</div>",
        facts(
            [
                ("Judged", when(verdict["evaluated_at"])),
                ("Mode", escaped(verdict["mode"]).replace("_", " ")),
                ("Profile", escaped(verdict.get("profile") or "")),
                ("Waited", duration(waited) if waited else ""),
                ("Compared with", _earlier(baseline) if baseline else ""),
            ]
        ),
        "</header>",
    ]


def _link(url: str) -> str:
    """A link where that is safe, else the text."""
    shown = escaped(url, 2000)
    safe = re.fullmatch(r"https?://[^/\s]\S*", url, re.IGNORECASE) and inert(url, 2000) == url
    return f'<a href="{shown}" rel="noopener noreferrer">{shown}</a>' if safe else named(url, 2000)


def _earlier(baseline: Mapping[str, Any]) -> str:
    told = f"{escaped(baseline['status'])}, gate {escaped(baseline['gate'])}"
    return f"the verdict of {when(baseline['evaluated_at'])} ({told})"


def _history(verdict: Mapping[str, Any]) -> list[str]:
    """The polls of a wait, those in a row that found the same as one."""
    polls = verdict.get("history") or []
    if not polls:
        return []
    alike = [
        list(group) for _key, group in groupby(polls, lambda poll: (poll["status"], poll["gate"], poll["worst"] or ""))
    ]
    left_out = len(alike) - _POLLS
    rows = [
        (
            when(group[0]["at"]) + (f" to {when(group[-1]['at'])}" if len(group) > 1 else ""),
            amount(len(group)),
            chip(group[0]["status"]),
            escaped(group[0]["gate"]),
            named(group[0]["worst"] or "none"),
        )
        for group in alike[-_POLLS:]
    ]
    return [
        '<section aria-labelledby="wait">\n<h2 id="wait">While it waited</h2>',
        f"<p>The last {_POLLS} changes; {left_out} earlier ones are left out.</p>" if left_out > 0 else "",
        table("Polls while the gate waited", ("Judged", "Polls", "Status", "Gate", "Worst check"), rows),
        "</section>",
    ]


def _index(ranked: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every organization that does not pass, and of a few the others too; those that pass are a list by themselves."""
    if len(ranked) < 2:
        return []
    few = len(ranked) <= 20
    rows = [
        (
            f'<a href="#o{place}">{named(one["organization_id"])}</a>',
            chip(one["status"]),
            "closes the gate" if _holds(one) else "",
            amount(one["summary"]["requests"]) if one["summary"] else "unknown",
            _matter(one),
        )
        for place, one in enumerate(ranked, 1)
        if few or not _passes(one)
    ]
    head = ("Organization", "Status", "Gate", "Requests", "What matters most")
    passing = sum(map(_passes, ranked))
    return [
        '<section aria-labelledby="index">\n<h2 id="index">Worst first</h2>',
        table("Organizations, worst first", head, rows, "index") if rows else "",
        f'<p><a href="#passing">{plural(passing, "organization")} that pass</a></p>' if passing and not few else "",
        "</section>",
    ]


def _matter(organization: Mapping[str, Any]) -> str:
    checks, error = _ranked_checks(organization), organization["read"]["error"]
    if error and not organization["window"]:
        return f"could not be read: {escaped(error['message'], 200)}"
    if not checks or _passes(organization):
        return f"{plural(len(checks), 'check')}, none of them breached"
    return escaped(checks[0]["message"], 200)


def _organizations(ranked: Sequence[Mapping[str, Any]]) -> list[str]:
    alone = len(ranked) == 1
    parts = ['<div id="organizations">']
    if len(ranked) > CHARTED:
        parts.append(f"<p>Charts, data and bars: of the first {CHARTED} organizations only.</p>")
    passing = False
    for place, one in enumerate(ranked, 1):
        if _passes(one) and not alone and not passing:
            passing = True
            parts.append('<h2 id="passing">Passing</h2>')
        heading = f"Organization {named(one['organization_id'])} {chip(one['status'])}"
        body = [part for part in _organization(one, f"o{place}", "h4" if passing else "h3", place <= CHARTED) if part]
        if passing:
            told = f"{plural(one['summary']['requests'], 'request')}" if one["summary"] else ""
            opening = f'<details class="organization" id="o{place}">\n<summary><h3>{heading}</h3> {told}</summary>'
            parts += [opening, *body, "</details>"]
        else:
            opening = f'<section class="organization" id="o{place}" aria-labelledby="o{place}-h">'
            parts += [opening, f'<h2 id="o{place}-h">{heading}</h2>', *body, "</section>"]
    return [*parts, "</div>"]


def _organization(one: Mapping[str, Any], prefix: str, heading: str, charted: bool) -> list[str]:
    """What there is to know of one organization, worst check first."""
    checks = _ranked_checks(one)
    left_out = len(checks) - _CHECKS
    intervals = chart.drawable(one.get("series")) if charted else []
    return [
        *_unread(one),
        f'<p class="lead">{_lead(one)}</p>' if one["window"] else "",
        *_since(one),
        *(_charts(one, prefix, heading, intervals, checks) if intervals else []),
        f"<{heading}>Checks</{heading}>",
        '<ul class="checks">',
        *(_check(check, one, charted) for check in checks[:_CHECKS]),
        f"<li>and {left_out} more</li>" if left_out > 0 else "",
        "</ul>",
        f"<{heading}>Data and capacity</{heading}>",
        facts([*_data(one), *_capacity(one), ("Own read", _read(one))], "facts"),
        *(_points(intervals, one) if intervals else []),
    ]


def _unread(one: Mapping[str, Any]) -> list[str]:
    error = one["read"]["error"]
    if not error:
        return []
    more = [escaped(text, 300) for text in (error["errors"] or [])[:_LISTED]]
    what = "Not all of it could be read" if one["window"] else "Could not be read"
    return [
        f'<div class="unread">\n<p><strong>{what}:</strong> {escaped(error["message"], 1000)}</p>',
        f"<p>{escaped(error['hint'], 1000)}</p>" if error["hint"] else "",
        f"<ul>{''.join(f'<li>{text}</li>' for text in more)}</ul>" if more else "",
        f"<p>Request id {named(error['request_id'])}</p>" if error["request_id"] else "",
        "<p>This says nothing about Meraki's health.</p>\n</div>",
    ]


def _window(window: Mapping[str, Any]) -> str:
    t0, t1 = str(window["t0"]), str(window["t1"])
    if t0[:10] == t1[:10]:
        return escaped(f"{t0[:10]} {span(t0, t1)}", 60)
    return escaped(f"{t0[:10]} {t0[11:16]}Z to {t1[:10]} {t1[11:16]}Z", 60)


def _lead(one: Mapping[str, Any]) -> str:
    window, data, summary = one["window"], one["data"], one["summary"]
    width = window["interval_effective"] or window["interval_requested"]
    requests = f", {plural(summary['requests'], 'request')}" if summary else ""
    used = f", {amount(data['used'])} of {amount(data['expected'])} intervals of {amount(width)} s" if data else ""
    return f"{_window(window)}{used}{requests}"


def _since(one: Mapping[str, Any]) -> list[str]:
    since = one.get("since")
    if not since:
        return []
    rows = [
        (
            named(change["name"]),
            f"{chip(change['was'])} {amount(change['value_was'], change['unit'])}",
            f"{chip(change['is'])} {amount(change['value_is'], change['unit'])}",
        )
        for change in (since["worse"] or [])[:_CHECKS]
    ]
    label = f"What got worse in {escaped(one['organization_id'], 120)}"
    return [
        f"<p>Compared with the earlier verdict: {escaped(since['message'], 1000)}</p>",
        table(label, ("Check", "Was", "Is"), rows) if rows else "",
    ]


def _charts(
    one: Mapping[str, Any],
    prefix: str,
    heading: str,
    intervals: Sequence[Point],
    checks: Sequence[Mapping[str, Any]],
) -> list[str]:
    """Requests by class with a strip for each check that is breached, and the rate of the check that matters most."""
    shown = chart.span_of(intervals, one["window"])
    limit = (one["capacity"] or {}).get("limit_rps")
    breached = Counter(name for piece in intervals for name in piece.breaching)
    lanes = "".join(
        f'<div class="lane"><p>{named(name)}: {plural(count, "interval")} in breach</p>'
        + chart.lane(intervals, shown, name)
        + "</div>"
        for name, count in breached.most_common(_LANES)
    )
    if len(breached) > _LANES:
        lanes += f'<div class="lane"><p>and {plural(len(breached) - _LANES, "more check")} in breach</p></div>'
    absent = len(chart.gaps(intervals, shown))
    breaching = sum(bool(piece.breaching) for piece in intervals)
    keys = [
        f"<li>{_key(name)}{label} <b>{amount(sum(piece.by_class[name] for piece in intervals))}</b></li>"
        for name, label in chart.CLASSES.items()
    ]
    keys += [f"<li>{_key('breach')}in breach <b>{plural(breaching, 'interval')}</b></li>"] if breaching else []
    keys += [f"<li>{_key('gap')}no interval</li>"] if absent else []
    parts = [
        f"<figure>\n<figcaption><{heading}>Requests by class per interval</{heading}>"
        f'<ul class="legend">{"".join(keys)}</ul></figcaption>',
        chart.requests(f"{prefix}-r", intervals, shown, limit),
        lanes,
        "</figure>",
    ]
    check = chart.rated(checks, one["series"])
    if check:
        lines = [f"<li>{_line_key(kind)}{text}</li>" for kind, text in chart.levels(check).items()]
        if any(piece.rates[check["name"]].denominator < chart.FEW for piece in intervals):
            lines.append(f"<li>{_line_key('thin')}hollow: fewer than {chart.FEW} requests, which say little</li>")
        parts += [
            f"<figure>\n<figcaption><{heading}>{named(check['name'])} per interval</{heading}>"
            f'<ul class="legend">{"".join(lines)}</ul></figcaption>',
            chart.rates(f"{prefix}-e", intervals, shown, check, one["series"].bad[check["name"]]),
            "</figure>",
        ]
    return parts


def _key(name: str) -> str:
    """A legend's swatch."""
    box = f'<rect x="0.5" y="1.5" width="13" height="13" class="box" fill="url(#k-{name})"/>'
    return f'<svg class="key" aria-hidden="true">{box}</svg>'


def _line_key(kind: str) -> str:
    """A legend's line, or its hollow column."""
    shape = '<rect x="2" y="3" width="10" height="11" class="thin"/>'
    line = f'<line x1="0" x2="18" y1="9" y2="9" class="at-{kind}"/>'
    return f'<svg class="key line" aria-hidden="true">{shape if kind == "thin" else line}</svg>'


def _check(check: Mapping[str, Any], one: Mapping[str, Any], charted: bool) -> str:
    message, name = str(check["message"]), plain(str(check["name"]))
    if message.startswith((f"{name} ", f"{name}: ")):
        message = message[len(name) :].lstrip(": ")
    troubled = check["status"] not in ("pass", "skipped")
    action = check["action"] if troubled else None
    # Of a check that could not be asked, everything is in its message.
    asked = check["status"] != "error"
    pairs = [
        *(_troubles(check) if troubled and asked else []),
        *_scope(check, one),
        *(_detail(check.get("detail")) if asked else []),
    ]
    return (
        f'<li class="check {check["status"]}"><div class="what">{chip(check["status"])}'
        f'<div><p class="name">{named(check["name"])}</p><p>{escaped(message, 1000)}</p></div></div>'
        + (f'<div class="bar">{chart.bullet(check)}<p class="limits">{_limits(check)}</p></div>' if charted else "")
        + (f'<p class="action"><b>Action:</b> {escaped(action, 2000)}</p>' if action else "")
        + (facts(pairs) if charted or troubled else "")
        + "</li>"
    )


def _limits(check: Mapping[str, Any]) -> str:
    unit, operator = check["unit"], escaped(check["operator"])
    known = check["value"] is not None
    parts = [f"value {amount(check['value'], unit, check['warn'], check['fail'])}" if known else "no value"]
    for name in ("warn", "fail"):
        if check[name] is not None:
            parts.append(f"{name} {operator} {precise(check[name], unit)}")
    return "".join(f"<span>{part}</span> " for part in parts)


def _troubles(check: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Why a check does not pass, where, and whether it goes on."""
    unit, reason = check["unit"], check["reason"]
    where = late = ""
    if check["first_breach"] and check["last_breach"]:
        where = escaped(span(str(check["first_breach"]), str(check["last_breach"])), 60)
        count, run = check["breaching_intervals"], check["longest_run"]
        where += f", {plural(count, 'interval')}"
        where += "" if count == 1 else " in a row" if run == count else f", at most {amount(run)} in a row"
    worst, recent = check["worst"], check["recent"]
    if worst:
        where += f"{'; ' if where else ''}worst {amount(worst['value'], unit)} at {clock_of(worst['start_ts'])}"
        where += f" ({plural(worst['requests'], 'request')})"
    if recent and recent["value"] is not None:
        late = f"{amount(recent['value'], unit, check['warn'], check['fail'])} in the last"
        late += f" {amount(recent['minutes'])} min ({plural(recent['requests'], 'request')}),"
        late += " in breach" if recent["breaching"] else " not in breach"
    codes = ", ".join(f"{escaped(code, 20)} x{amount(count)}" for code, count in (check["top_codes"] or [])[:_LISTED])
    gate = "closes it"
    if check["tolerated"]:
        gate = "stays open for this" if check["required"] else "advisory, cannot close it"
    return [
        ("Reason", f"{escaped(reason)}: {_REASONS[reason]}" if reason in _REASONS else escaped(reason or "")),
        ("Gate", gate),
        ("Where", where),
        ("Recently", late),
        ("Codes", codes),
    ]


def _scope(check: Mapping[str, Any], one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a check looked at, where that is not what all look at."""
    window, common = check.get("window"), one["window"]
    other = window and (not common or any(window[name] != common[name] for name in ("t0", "t1")))
    widened = " (widened)" if window and window["widened"] else ""
    return [
        ("Metric", named(check["metric"]) if check["metric"] != check["name"] else ""),
        ("Judged over", _OVER.get(check.get("over") or "", "")),
        ("Window", f"{_window(window)}{widened}" if window and other else ""),
        ("Only", ", ".join(f"{named(name)} {_flat(value)}" for name, value in (check.get("filters") or {}).items())),
    ]


def _detail(detail: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    pairs = list((detail or {}).items())[:_LISTED]
    return [
        (
            escaped(str(name).replace("_", " ").capitalize(), 60),
            # An objective is a limit.
            precise(value) if name == "slo_percent" else _flat(value),
        )
        for name, value in pairs
    ]


def _flat(value: Any, depth: int = 0) -> str:
    """A structure as text, as far as people read it."""
    if isinstance(value, Mapping) and {"t0", "t1"} <= set(value):
        rest = _flat({name: inner for name, inner in value.items() if name not in ("t0", "t1")}, depth)
        return _window(value) + (f", {rest}" if rest else "")
    if isinstance(value, Mapping) and depth < 3:
        pairs = list(value.items())[:_LISTED]
        return ", ".join(
            f"{escaped(str(name).replace('_', ' '), 60)} {_flat(inner, depth + 1)}" for name, inner in pairs
        )
    if isinstance(value, (list, tuple)) and depth < 3:
        return "; ".join(_flat(inner, depth + 1) for inner in value[:_LISTED]) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return amount(value) if value is None or isinstance(value, (int, float)) else named(value, 200)


def _data(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    window, data, summary = one["window"], one["data"], one["summary"]
    if not (window and data and summary):
        return []
    asked, came = window["interval_requested"], window["interval_effective"]
    wider = f"intervals of {amount(came)} s, asked for {amount(asked)} s" if came and asked and came != asked else ""
    notes = [
        f"{amount(data['used'])} of {amount(data['expected'])} intervals, coverage {amount(data['coverage_percent'])}%",
        wider,
        "widened: too few requests in the window asked for" if data["widened"] else "",
        f"{amount(data['idle'])} absent, taken as idle" if data.get("idle") else "",
        f"{amount(data['dropped'])} dropped, not wholly in the window" if data["dropped"] else "",
        f"{plural(data['own_requests_excluded'], 'own request')} left out" if data["own_requests_excluded"] else "",
    ]
    newest = f"{when(data['newest'])}, {duration(data['age_seconds'])} old" if data["newest"] else "none"
    codes = sorted(summary["by_code"].items(), key=lambda item: (-(real(item[1]) or 0), str(item[0])))
    listed = [f"{escaped(code, 20)} x{amount(count)}" for code, count in codes[:_LISTED]]
    listed += [f"and {len(codes) - _LISTED} more codes"] if len(codes) > _LISTED else []
    return [
        ("Window", f"{_window(window)}, {duration(window['seconds'])}"),
        ("Data", "; ".join(note for note in notes if note)),
        ("Newest data", newest),
        ("Requests", f"{amount(summary['requests'])}: {', '.join(listed)}" if listed else amount(summary["requests"])),
    ]


def _capacity(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    capacity = one["capacity"]
    if not capacity:
        return []
    at = f" at {clock_of(capacity['max_at'])}" if capacity["max_at"] else ""
    return [
        ("Rate limit", f"{precise(capacity['limit_rps'])} rps"),
        ("Load", f"{_rps(capacity['p95_rps'])} (p95), busiest {_rps(capacity['max_rps'])}{at}"),
        ("Left for a change", _rps(capacity["available_rps"])),
        ("Planned change", _planned(capacity["planned"])),
    ]


def _rps(value: Any) -> str:
    return "unknown" if value is None else f"{amount(value)} rps"


def _planned(planned: Mapping[str, Any] | None) -> str:
    if not planned:
        return ""
    text = plural(planned["requests"], "request")
    text += f" in {amount(planned['minutes'])} min" if planned["minutes"] else ""
    text += f" ({amount(planned['rps'])} rps)" if planned["rps"] is not None else ""
    text += {True: ": fits", False: ": does not fit"}.get(planned["fits"], "")
    text += f"; safe pace {amount(planned['safe_rps'])} rps" if planned["safe_rps"] is not None else ""
    shortest = planned["shortest_safe_seconds"]
    return text + (f"; safe over at least {duration(shortest)}" if shortest is not None else "")


def _read(one: Mapping[str, Any]) -> str:
    read = one["read"]
    status = f"HTTP {escaped(read['status'], 20)}" if read["status"] is not None else "no answer"
    return f"{status}, {plural(read['attempts'], 'attempt')}" if read["attempts"] is not None else status


def _points(intervals: Sequence[Point], one: Mapping[str, Any]) -> list[str]:
    """The charts' data as a table, for who does not see them or wants the numbers."""
    head = ("Start (UTC)", "Seconds", *chart.CLASSES.values(), "In breach")
    rows = [
        (
            f"{to_iso(piece.start)[:10]} {clock(piece.start, piece.seconds)}",
            amount(piece.seconds),
            *(amount(piece.by_class[name]) for name in chart.CLASSES),
            ", ".join(named(name, 60) for name in piece.breaching[:_LISTED]),
        )
        for piece in intervals
    ]
    return [
        f"<details>\n<summary>The data of the charts, {plural(len(rows), 'interval')}</summary>",
        table(f"Intervals of {escaped(one['organization_id'], 120)}", head, rows, "points"),
        "</details>",
    ]

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the HTML report about several organizations together: the causes, and the table of all. PURE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from .._judging.judges import STATUSES
from .._metric import METRICS
from .markup import BREAK, NOTHING, Html, block, chip, element, join, lines, named, text
from .view import REASONS, Cause, Organization, Verdict
from .words import amount, clock_of, cut, plural

# Maximum causes, worst organizations of each, and bytes of all causes together.
_CAUSES, _NAMED, _CAUSES_BYTES = 20, 5, 25_000
# The filter value for the remaining causes.
_OTHERS = "others"
# Bytes of a row of the table, and characters of names and messages in it: fewer if the row would be too long.
_ROW_BYTES = 900
_CUTS = ((120, 140), (120, 70), (24, 24))
_GATES = ("closed", "would close", "open")
_SPACE = text(" ")
_HEADS = {
    "rank": "Rank",
    "name": "Organization",
    "status": "Status",
    "gate": "Gate",
    "matter": "What matters most",
    "requests": "Requests",
}


def who(one: Organization, most: int = 120) -> Html:
    """`Branch Berlin (549236)`, or only the id; each with its own text direction."""
    identity = named(one.organization_id, min(most, 60) if one.name else most)
    return join([named(one.name, most), text(" ("), identity, text(")")]) if one.name else identity


def matter(one: Organization, most: int = 200) -> str:
    """The most important fact about it, in one line."""
    trouble, worst = one.read.trouble, one.worst
    if trouble and not one.window:
        return f"could not be read: {cut(trouble.message, most)}"
    told = [REASONS["unconfirmed"]] if one.unconfirmed else []
    if worst:
        since = f", since {clock_of(worst.since)}" if worst.since else ""
        told.append(f"{cut(worst.message, most)}{since}")
    return "; ".join(told) or f"no limit is breached{_values(one)}"


def _values(one: Organization) -> str:
    """The values of the standard checks that can close the gate."""
    told = []
    for check in one.checks:
        metric = METRICS.get(check.metric)
        if (
            metric
            and metric.option
            and metric.fail is not None
            and check.name == metric.name
            and check.value is not None
        ):
            told.append(f"{metric.cause} {amount(check.value, check.unit, check.warn, check.fail)}")
    return f": {', '.join(told)}" if told else ""


def gate_of(one: Organization) -> str:
    """Its effect on the gate."""
    return "closed" if one.closed else "would close" if one.holds else "open"


def key(one: Organization) -> str:
    """The id of the element with its details."""
    return f"o{one.rank}"


def link(one: Organization, linked: Collection[int], most: int = 120) -> Html:
    """Its name, as a link to its details if the page has them."""
    called = who(one, most)
    return element("a", called, href=f"#{key(one)}") if one.rank in linked else called


def causes(verdict: Verdict, linked: Collection[int], filtered: bool = False) -> Html:
    """What closes the gate, worst first: in how many organizations, since when, and what to do.

    `linked` are the ranks of organizations with details on the page; `filtered`: its table can be filtered by cause.
    """
    closing, every = sum(one.closed for one in verdict.organizations), len(verdict.organizations)
    if not verdict.causes or every < 2:
        return NOTHING
    told: list[Html] = []
    room = _CAUSES_BYTES
    for place, cause in enumerate(verdict.causes[:_CAUSES]):
        item = _cause(cause, verdict.evaluated_at, linked, _cause_key(place) if filtered else None)
        room -= size(item)
        if room < 0 and told:
            break
        told.append(item)
    rest = verdict.causes[len(told) :]
    if rest:
        count = plural(sum(len(one.organizations) for one in rest), "organization")
        told.append(element("li", text(f"and {plural(len(rest), 'more cause')}, in {count}")))
    return block(
        "section",
        element("h2", text(f"{closing} of {every} organizations close{'s' * (closing == 1)} the gate"), id="causes"),
        block("ol", *told, class_="causes"),
        aria_labelledby="causes",
    )


def _cause(cause: Cause, evaluated_at: str, linked: Collection[int], filtered_by: str | None) -> Html:
    count = len(cause.organizations)
    worst = [join([link(one, linked), text(_value(one))]) for one in cause.organizations[:_NAMED]]
    more = text(f" and {count - _NAMED} more") if count > _NAMED else NOTHING
    show = text(f"Show {'it' if count == 1 else f'these {count}'} in the table")
    return block(
        "li",
        element(
            "h3",
            chip(cause.organizations[0].status),
            _SPACE,
            named(_told(cause, evaluated_at)),
            text(f": {plural(count, 'organization')}"),
        ),
        element("p", text(cause.next_step, 1000)),
        element("p", join(worst, ", "), more, class_="worst"),
        element("p", element("a", show, href="#organizations", data_cause=filtered_by)) if filtered_by else NOTHING,
    )


def _told(cause: Cause, evaluated_at: str) -> str:
    """`5xx since 12:56Z`."""
    begun = cause.begun(evaluated_at)
    return f"{cut(cause.label, 80)}{f' since {begun}' if begun else ''}"


def _cause_key(place: int) -> str:
    return str(place + 1) if place < _CAUSES else _OTHERS


def _value(one: Organization) -> str:
    """The ratio to the breached threshold, if any."""
    worst = one.worst
    if worst is None or worst.status != "fail" or worst.decisive is None:
        return ""
    return f" {amount(worst.decisive, worst.unit, worst.warn, worst.fail)}"


def table(verdict: Verdict, linked: Collection[int]) -> Html:
    """A row for each organization, worst first, and the filter controls.

    The script shows the controls and makes the column heads buttons; without it, the table is still complete.
    """
    organizations = verdict.organizations
    heads = [
        element("th", text(label), scope="col", data_column=name, aria_sort="ascending" if name == "rank" else None)
        for name, label in _HEADS.items()
    ]
    rows = lines([_row(one, linked) for one in organizations])
    whole = element(
        "table", element("thead", element("tr", *heads)), BREAK, element("tbody", rows), id="all", class_="index all"
    )
    return block(
        "section",
        element("h2", text("All organizations"), id="all-h"),
        _controls(verdict),
        element("p", element("output", text(f"{len(organizations)} organizations, worst first"), id="shown")),
        element("div", whole, class_="scroll", role="region", tabindex=0, aria_label="All organizations"),
        id="organizations",
        aria_labelledby="all-h",
    )


def _row(one: Organization, linked: Collection[int]) -> Html:
    """A row; names and messages are cut if they would make it very long."""
    for name_most, message_most in _CUTS:
        row = element(
            "tr",
            element("td", text(amount(one.rank))),
            element("th", link(one, linked, name_most), scope="row"),
            element("td", chip(one.status)),
            element("td", text(gate_of(one))),
            element("td", text(matter(one, message_most))),
            element("td", text("unknown" if one.requests is None else amount(one.requests))),
            data_cause=None if one.cause is None else _cause_key(one.cause),
        )
        if size(row) <= _ROW_BYTES:
            break
    return row


def _controls(verdict: Verdict) -> Html:
    """A search field, and filters by status, gate and cause: each existing value, with its count."""
    organizations = verdict.organizations
    statuses = Counter(one.status for one in organizations)
    gates = Counter(map(gate_of, organizations))
    named_causes = [(_cause_key(place), one) for place, one in enumerate(verdict.causes)]
    others = sum(len(one.organizations) for name, one in named_causes if name == _OTHERS)
    by_cause = [
        (name, _told(one, verdict.evaluated_at), len(one.organizations)) for name, one in named_causes[:_CAUSES]
    ]
    return block(
        "div",
        element("label", text("Search"), element("input", type="search", id="search", autocomplete="off")),
        _choice("status", "Status", [(name, name, statuses[name]) for name in reversed(STATUSES) if statuses[name]]),
        _choice("gate", "Gate", [(name, name, gates[name]) for name in _GATES if gates[name]]),
        _choice("cause", "Cause", [*by_cause, *([(_OTHERS, "other causes", others)] if others else [])]),
        element("button", text("Show all"), type="button", id="clear"),
        id="filter",
        class_="filter",
        role="search",
        aria_label="Filter the organizations",
        hidden="hidden",
    )


def _choice(name: str, label: str, options: Sequence[tuple[str, str, int]]) -> Html:
    listed = [element("option", text(f"{said} ({count})"), value=value) for value, said, count in options]
    menu = element("select", element("option", text("all"), value=""), *listed, id=name, autocomplete="off")
    return element("label", text(label), menu, hidden=None if len(options) > 1 else "hidden")


class Details(NamedTuple):
    """The details that fit: their parts, and the number of organizations with and without charts."""

    parts: list[Html]
    full: int
    short: int


def details(
    organizations: Sequence[Organization],
    room: int,
    full: Callable[[Organization], Html],
    short: Callable[[Organization], Html],
) -> Details:
    """The details of as many of these, worst first, as fit into `room` bytes.

    Short details of all organizations have priority over full ones of the worst, except for a third of the room.
    """
    parts: list[Html] = []
    taken = 0
    for one in organizations:
        part = short(one)
        taken += size(part)
        if taken > room:
            break
        parts.append(part)
    left = max(room // 3, room - taken)
    made: list[Html] = []
    for one in organizations:
        part = full(one)
        left -= size(part)
        if left < 0:
            break
        made.append(part)
    left_for_short = room - sum(map(size, made))
    rest: list[Html] = []
    for part in parts[len(made) :]:
        left_for_short -= size(part)
        if left_for_short < 0:
            break
        rest.append(part)
    return Details([*made, *rest], len(made), len(rest))


def size(part: Html) -> int:
    """Its length in bytes."""
    return len(part.encode())

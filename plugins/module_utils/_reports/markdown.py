# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as Markdown for GitHub and GitLab. PURE.

Whatever comes from the verdict stands in code, where no reader looks for links, mentions, references, emphasis or HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from .._judging.checks import STATUSES
from .._text import as_given, number, plain, span, unit_of
from .junit import inert

LIMIT_BYTES = 900 * 1024
# For the sentence that says what was cut.
_RESERVED_BYTES = 400
_MOST_CHARACTERS = 300
_MOST_SENTENCE = 2000
_MOST_LINES = 40
_MOST_ROWS = 100
_HEAD_ORGANIZATIONS = ("Status", "Organization", "Requests", "Found")
_HEAD_CHECKS = ("Status", "Check", "Found", "Where", "Codes", "Action")
_HEAD_ALL = ("Organization", "Status", "Check", "Found", "Warn", "Fail", "Window", "Only")
_HEAD_LOOKS = ("At", "Status", "Gate", "Worst")
_FINE = ("pass", "skipped")


class _Page:
    """Parts of a page below its top, as long as there is room for them; what is left out is counted by kind."""

    def __init__(self, top: Sequence[str], limit: int) -> None:
        self.parts = [*top]
        self.left_out: dict[str, int] = {}
        self._room = limit - _RESERVED_BYTES - sum(map(_size, top))

    def fill(self, kind: str, parts: Sequence[str]) -> None:
        """Add as many of these as fit, in their order."""
        self.parts += self._fitting(kind, parts)

    def table(self, kind: str, head: Sequence[str], rows: Sequence[Sequence[str]], title: str, folded: bool) -> None:
        """Add a table under a title (or folded into one) with as many of its rows as fit; nothing without a row."""
        opening, closing = (f"<details>\n<summary>{title}</summary>", "</details>") if folded else (f"### {title}", "")
        begun = _table(head)
        self._room -= sum(map(_size, (opening, begun, closing)))
        fitting = self._fitting(kind, [_row(row) for row in rows])
        if fitting:
            self.parts += [part for part in (opening, "\n".join([begun, *fitting]), closing) if part]

    def _fitting(self, kind: str, parts: Sequence[str]) -> list[str]:
        fitting: list[str] = []
        for part in parts:
            if _size(part) > self._room:
                self.left_out[kind] = len(parts) - len(fitting)
                break
            self._room -= _size(part)
            fitting.append(part)
        return fitting


def code(text: object, most: int = _MOST_CHARACTERS) -> str:
    """Text from outside, cut at `most` characters, as a code span that nothing in it can leave; empty without any."""
    shown = _clipped(text, most)
    if not shown:
        return ""
    fence = "`" * (_longest_run([shown]) + 1)
    # One space at either end is taken off again, unless there is nothing else.
    pad = " " if shown.strip(" ") and (shown[0] in "` " or shown[-1] in "` ") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown(verdict: Mapping[str, Any], runbook_url: str | None = None, limit: int = LIMIT_BYTES) -> str:
    """The report, of at most `limit` bytes.

    What does not fit is left out from the end, in whole rows, sections and organizations, worst first; a sentence
    under the heading says how much. The top (heading, summary, next step; less than 64 KiB) is never left out.
    """
    ranked = sorted(verdict["organizations"], key=lambda one: (not _held(one), -_rank(one)))
    page = _Page(_top(verdict, ranked, runbook_url), limit)
    head: Sequence[str]
    rows: list[tuple[str, ...]]
    every = [(one, check) for one in ranked for check in _worst_first(one["checks"])]
    if len(ranked) == 1:
        page.fill("sections", [_fence(verdict["lines"]), *_about(ranked[0])])
        head, rows = _HEAD_ALL[1:], [_full(check) for _one, check in every]
    else:
        shown = [(_status(one), code(one["organization_id"]), _requests(one), _matter(one)) for one in ranked]
        page.table("organizations", _HEAD_ORGANIZATIONS, shown, "Organizations", False)
        page.fill("details of organizations", [_folded(one) for one in ranked if one["status"] not in _FINE])
        head, rows = _HEAD_ALL, [(code(one["organization_id"]), *_full(check)) for one, check in every]
    page.table("looks", _HEAD_LOOKS, *_waited(verdict), True)
    page.table("checks", head, rows, f"All checks ({len(rows)})", True)
    if page.left_out:
        told = ", ".join(f"{kind} ({count})" for kind, count in page.left_out.items())
        cut = f"**Cut** to stay under {limit // 1024} KiB. Left out: {told}. The JSON report has everything."
        page.parts.insert(1, cut)
    return "\n\n".join(page.parts) + "\n"


def _top(verdict: Mapping[str, Any], ranked: Sequence[Mapping[str, Any]], runbook_url: str | None) -> list[str]:
    gate = "closed" if verdict["gate"] == "closed" else "open"
    if gate == "open" and any(map(_held, ranked)):
        gate = "open, report only: enforced, it would be closed"
    facts = [f"Judged at {code(verdict['evaluated_at'])}"]
    facts += [f"{name} {code(verdict[name])}" for name in ("mode", "profile")]
    facts += [f"runbook {_link(runbook_url)}"] if runbook_url else []
    parts = [
        f"## Meraki API health gate {gate} ({verdict['status']})",
        code(verdict["summary"], _MOST_SENTENCE),
        f"**Next step:** {code(verdict['next_step'], _MOST_SENTENCE)}",
        ", ".join(facts),
    ]
    earlier = verdict["baseline"]
    if earlier:
        was = ", ".join(f"{name} {code(earlier[name])}" for name in ("status", "gate"))
        parts.append(f"Compared with the verdict of {code(earlier['evaluated_at'])}: {was}.")
    return [part for part in parts if part]


def _about(organization: Mapping[str, Any]) -> list[str]:
    """What there is to say of one organization beside all its checks: parts in the order of their weight."""
    parts = []
    error = organization["read"]["error"]
    if error:
        told = [code(error["message"], _MOST_SENTENCE), code(error["hint"] or "", _MOST_SENTENCE)]
        told += [code(text) for text in (error["errors"] or ())[:10]]
        told += [f"request id {code(error['request_id'])}"] if error["request_id"] else []
        parts.append("**Could not be read**, which is no verdict on Meraki:\n\n" + _list(told))
    troubled = _troubled(organization)
    if troubled:
        parts.append(_table(_HEAD_CHECKS, [_trouble(check) for check in troubled[:_MOST_ROWS]]))
    if len(troubled) > _MOST_ROWS:
        parts.append(f"And {len(troubled) - _MOST_ROWS} more checks that do not pass.")
    since = organization["since"]
    if since:
        parts.append(f"**Earlier verdict:** {code(since['message'], _MOST_SENTENCE)}")
    planned = (organization["capacity"] or {}).get("planned")
    return parts + ([_planned(planned)] if planned else [])


def _folded(organization: Mapping[str, Any]) -> str:
    """One organization's details, under a line to open them."""
    # In a block of HTML, where Markdown means nothing.
    name = html.escape(_clipped(organization["organization_id"]))
    opening = f"<details>\n<summary><code>{name}</code> {organization['status']}</summary>"
    return "\n\n".join([opening, *_about(organization), "</details>"])


def _trouble(check: Mapping[str, Any]) -> tuple[str, ...]:
    where = ""
    if check["first_breach"] and check["last_breach"]:
        count = check["breaching_intervals"]
        where = f"{span(str(check['first_breach']), str(check['last_breach']))}, {count} interval{'s' * (count != 1)}"
    codes = ", ".join(f"{status} x{count}" for status, count in check["top_codes"])
    return (
        f"**{check['status']}**{'' if check['tolerated'] else ', holds the gate'}",
        *map(code, (check["name"], _found(check), where, codes, check["action"] or "")),
    )


def _found(check: Mapping[str, Any]) -> str:
    """The message without the name that it begins with, which stands beside it."""
    text, name = str(check["message"]), plain(str(check["name"]))
    return text[len(name) :].lstrip(": ") if text.startswith((f"{name} ", f"{name}: ")) else text


def _full(check: Mapping[str, Any]) -> tuple[str, ...]:
    window = check["window"]
    when = ""
    if window:
        t0, t1 = str(window["t0"]), str(window["t1"])
        when = f"{t0[: 10 if t0[:10] == t1[:10] else 4]} {span(t0, t1)}{', widened' if window['widened'] else ''}"
    only = ", ".join(f"{name}={_flat(value)}" for name, value in check["filters"].items())
    unit = unit_of(check["unit"])
    limits = [
        "" if check[name] is None else f"{check['operator']} {as_given(check[name])}{unit}" for name in ("warn", "fail")
    ]
    return (f"**{check['status']}**", *map(code, (check["name"], _found(check), *limits, when, only)))


def _waited(verdict: Mapping[str, Any]) -> tuple[list[tuple[str, ...]], str]:
    """The latest looks of a gate that waited, and the title over them."""
    history = verdict["history"]
    rows = [tuple(code(look[name] or "") for name in ("at", "status", "gate", "worst")) for look in history]
    shown = f", the last {_MOST_ROWS} of them" if len(rows) > _MOST_ROWS else ""
    minutes = number(round(verdict["waited_seconds"] / 60))
    return rows[-_MOST_ROWS:], f"Waited {minutes} min, {len(rows)} look{'s' * (len(rows) != 1)}{shown}"


def _planned(planned: Mapping[str, Any]) -> str:
    time = f" in {number(planned['minutes'])} min" if planned["minutes"] else ""
    rps = f" ({number(planned['rps'])} rps)" if planned["rps"] is not None else ""
    text = f"**Planned change:** {number(planned['requests'])} requests{time}{rps}"
    text += {True: ": fits", False: ": does not fit"}.get(planned["fits"], "")
    if planned["safe_rps"] is None:
        return text + "; nothing of the rate limit is left for it."
    # Rounded down by whoever made it, so that it is safe to take at its word.
    return text + f"; safe at {planned['safe_rps']} rps, over at least {planned['shortest_safe_seconds']} s."


def _matter(organization: Mapping[str, Any]) -> str:
    """What was found by the check that matters most; nothing where all pass."""
    return "".join(code(check["message"]) for check in _troubled(organization)[:1])


def _requests(organization: Mapping[str, Any]) -> str:
    return str(organization["summary"]["requests"]) if organization["summary"] else ""


def _status(organization: Mapping[str, Any]) -> str:
    return f"**{organization['status']}**{', holds the gate' if _held(organization) else ''}"


def _held(organization: Mapping[str, Any]) -> bool:
    return not all(check["tolerated"] for check in organization["checks"])


def _rank(judged: Mapping[str, Any]) -> int:
    return STATUSES.index(judged["status"])


def _worst_first(checks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(checks, key=lambda check: (check["tolerated"], -_rank(check)))


def _troubled(organization: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [check for check in _worst_first(organization["checks"]) if check["status"] not in _FINE]


def _clipped(text: object, most: int = _MOST_CHARACTERS) -> str:
    shown = inert(str(text)[: most + 1])
    return shown if len(shown) <= most else shown[: most - 3] + "..."


def _flat(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _longest_run(texts: Sequence[str]) -> int:
    """Of backticks: what encloses these texts has to be longer."""
    return max((len(run) for text in texts for run in re.findall("`+", text)), default=0)


def _fence(lines: Sequence[str]) -> str:
    shown = [_clipped(line) for line in lines[:_MOST_LINES]]
    fence = "`" * max(3, _longest_run(shown) + 1)
    return "\n".join([f"{fence}text", *shown, fence])


def _list(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items if item)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> str:
    return "\n".join([_row(head), _row(["---"] * len(head)), *map(_row, rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """A bar does not end a cell after a backslash, for GitHub only if the number of backslashes is odd."""
    return re.sub(r"(\\*)\|", lambda found: "\\" * (len(found[1]) + 1 + len(found[1]) % 2) + "|", text)


def _size(part: str) -> int:
    return len(part.encode()) + len("\n\n")


def _link(url: str) -> str:
    """A link where this is an address of the web; text from outside where it is not."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.netloc)
    except ValueError:
        known = False
    if not known or len(url) > _MOST_SENTENCE:
        return code(url)
    # Nothing is left that could end the link, or be read as an entity.
    target = quote(url, safe="/:?#@!$&'*+,;=%[]~-._", errors="replace").replace("&", "&amp;")
    return f"[{code(url)}]({target})"

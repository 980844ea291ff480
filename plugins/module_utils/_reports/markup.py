# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a verdict holds, as inert pieces of markup for the HTML report. PURE.

All that comes from a verdict goes through `escaped`; what is returned here is safe in elements and in attributes.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

from .. import _text
from .._judging.checks import STATUSES
from .._text import as_given, number
from .._time import parse_iso, to_iso

UNITS = {"percent": "%", "times": "x", "points": " points", "requests": " requests"}
_MOST = 10.0**18


def inert(value: object, most: int = 500) -> str:
    """Text from outside, with what could hide, reorder or break text replaced by U+FFFD, cut at `most` characters."""
    text = str(value)
    text = text if len(text) <= most else text[: most - 1] + "\u2026"
    return _text.inert(text, "\ufffd")


def escaped(value: object, most: int = 500) -> str:
    """Text from outside for element content and quoted attributes."""
    return html.escape(inert(value, most), quote=True)


def real(value: Any) -> float | None:
    """A number that can be drawn: bounded, and None for what is no number."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or (isinstance(value, float) and math.isnan(value))
    ):
        return None
    return float(max(-_MOST, min(_MOST, value)))


def amount(value: Any, unit: str = "", *limits: Any) -> str:
    """A number as people read it, with its unit, and with digits until it is on its side of each limit."""
    known = real(value)
    if known is None:
        return "none" if value is None else escaped(value, 40)
    if abs(known) < 10.0**15 and known.is_integer() and not limits:
        text = str(int(known))
    elif abs(known) >= 10.0**15:
        text = f"{known:.3g}" if abs(known) < _MOST else ("over 1e+18" if known > 0 else "under -1e+18")
    else:
        bounds = [limit for limit in map(real, limits) if limit is not None and abs(limit) < 10.0**15]
        text = max([number(value), *(number(value, limit) for limit in bounds)], key=len)
    return text + UNITS.get(unit, "")


def precise(value: Any, unit: str = "") -> str:
    """A number that somebody wrote, such as a limit, with its unit: never rounded."""
    known = real(value)
    return amount(value, unit) if known is None or abs(known) >= 10.0**15 else as_given(known) + UNITS.get(unit, "")


def moment(text: Any) -> float | None:
    """Seconds since the epoch, None for what is no time."""
    try:
        return parse_iso(str(text))
    except ValueError:
        return None


def clock(seconds: float, width: float = 60) -> str:
    """`13:46Z`, with seconds where intervals are not whole minutes."""
    text = to_iso(seconds)
    return (text[11:16] if seconds % 60 == 0 and width % 60 == 0 else text[11:19]) + "Z"


def named(value: object, most: int = 120) -> str:
    """A name from outside, isolated from the direction of the text around it."""
    return f"<bdi>{escaped(value, most)}</bdi>"


def chip(status: Any) -> str:
    """A status as symbol and word; what is none, from the file of an earlier verdict, as text."""
    if status not in STATUSES:
        return named(status, 40)
    icon = f'<svg class="icon" aria-hidden="true"><use href="#s-{status}"/></svg>'
    return f'<span class="chip {status}">{icon}{status}</span>'


def when(text: Any) -> str:
    """`2026-05-04 14:02:10Z`."""
    shown = escaped(text, 40)
    if moment(text) is None:
        return shown
    return f'<time datetime="{shown}">{shown[:10]} {shown[11:]}</time>'


def clock_of(text: Any) -> str:
    """`13:46Z` of a time in full."""
    return escaped(str(text)[11:16]) + "Z"


def plural(count: Any, noun: str) -> str:
    return f"{amount(count)} {noun}{'' if count == 1 else 's'}"


def facts(pairs: Sequence[tuple[str, str]], kind: str = "inline") -> str:
    """Terms and their descriptions (markup), without those that say nothing."""
    rows = "".join(f"<div><dt>{term}</dt><dd>{text}</dd></div>" for term, text in pairs if text)
    return f'<dl class="{kind}">{rows}</dl>' if rows else ""


def table(label: str, head: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    """A table (cells are markup, the first of a row its heading) that scrolls in a place of its own."""
    columns = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "\n".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table class="{kind}">'
        f"<thead><tr>{columns}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


def duration(seconds: Any) -> str:
    """`680 s (11 min 20 s)`."""
    known = real(seconds)
    if known is None or known < 600 or known > 10**9:
        return f"{amount(seconds)} s"
    minutes, rest = divmod(round(known), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return f"{amount(seconds)} s ({' '.join(f'{count} {unit}' for count, unit in parts if count)})"

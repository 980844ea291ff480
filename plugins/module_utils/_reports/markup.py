# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Markup as a separate type, and the functions that build it, for the HTML report and its drawings. PURE.

Text becomes markup only in `text` and in the attributes of `element`, which escape it; forgetting is a type error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape
from typing import NewType

from .. import _text
from .._judging.judges import STATUSES
from .words import cut, moment

Html = NewType("Html", str)
NOTHING = Html("")
BREAK = Html("\n")
_TO_ESCAPE = re.compile("[&<>\"']").search
# Replacement for characters that could hide, reorder or break text.
REPLACED = "\ufffd"


def inert(value: str, most: int = 500) -> str:
    """Text from outside, with harmful characters REPLACED, cut at `most` characters."""
    return _text.inert(cut(value, most), REPLACED)


def text(value: str, most: int = 500) -> Html:
    """Any text as markup that shows it, cut at `most` characters."""
    # A page of 1,000 organizations holds 60,000 texts. Few of them need any change.
    shown = value if value.__class__ is str and len(value) <= most and value.isprintable() else inert(value, most)
    return Html(escape(shown) if _TO_ESCAPE(shown) else shown)


def element(tag: str, *children: Html, **attributes: str | int | None) -> Html:
    """An element; `class_` and `aria_label` are the attributes `class` and `aria-label`, and None is left out.

    Without a child it is empty, as `<rect/>`. Pass NOTHING to get `<td></td>`.
    """
    given = "".join([_attribute(name, value) for name, value in attributes.items()]) if attributes else ""
    return Html(f"<{tag}{given}>{''.join(children)}</{tag}>" if children else f"<{tag}{given}/>")


def block(tag: str, *parts: Html, **attributes: str | int | None) -> Html:
    """An element with a line for each of its non-empty parts."""
    given = "".join([_attribute(name, value) for name, value in attributes.items()])
    return lines([Html(f"<{tag}{given}>"), *parts, Html(f"</{tag}>")])


# Most attributes repeat.
@lru_cache(maxsize=4096)
def _attribute(name: str, value: str | int | None) -> str:
    if value is None:
        return ""
    return f' {name.rstrip("_").replace("_", "-")}="{escape(_text.inert(value, REPLACED))}"'


def join(parts: Iterable[Html], between: str = "") -> Html:
    """The parts, with `between` between them."""
    return Html(escape(between).join(parts))


def lines(parts: Iterable[Html]) -> Html:
    """A line for each non-empty part."""
    return Html("\n".join([part for part in parts if part]))


def named(value: str, most: int = 120) -> Html:
    """A name from outside, isolated from the direction of the text around it."""
    return element("bdi", text(value, most))


def chip(status: str) -> Html:
    """A status as symbol and word; an unknown one, from the file of an earlier verdict, as text."""
    return _chip(status) if status in STATUSES else named(status, 40)


@lru_cache(maxsize=len(STATUSES))
def _chip(status: str) -> Html:
    icon = element("svg", element("use", href=f"#s-{status}"), class_="icon", aria_hidden="true")
    return element("span", icon, text(status), class_=f"chip {status}")


def when(time: str) -> Html:
    """`2026-05-04 14:02:10Z`."""
    if moment(time) is None:
        return text(time, 40)
    shown = cut(time, 40)
    return element("time", text(f"{shown[:10]} {shown[11:]}"), datetime=shown)


def facts(pairs: Sequence[tuple[str, Html]], kind: str = "inline") -> Html:
    """Terms and their descriptions, without empty ones."""
    # A page of 1,000 organizations holds 15,000 pairs, too many to build each from three elements.
    rows = [f"<div><dt>{_label(term)}</dt><dd>{shown}</dd></div>" for term, shown in pairs if shown]
    return element("dl", Html("".join(rows)), class_=kind) if rows else NOTHING


# Labels repeat for every organization.
_label = lru_cache(maxsize=256)(text)


def table(label: str, head: Sequence[str], rows: Sequence[Sequence[Html]], kind: str = "") -> Html:
    """A table (the first cell of a row is its heading) that scrolls in its own container."""
    columns = element("tr", *[element("th", text(cell), scope="col") for cell in head])
    body = lines([_row(*row) for row in rows])
    whole = element("table", element("thead", columns), BREAK, element("tbody", body), class_=kind)
    return element("div", whole, class_="scroll", role="region", tabindex=0, aria_label=label)


def _row(heading: Html, *cells: Html) -> Html:
    return Html(f'<tr><th scope="row">{heading}</th>{"".join([f"<td>{cell}</td>" for cell in cells])}</tr>')

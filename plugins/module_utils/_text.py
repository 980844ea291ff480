# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strings, numbers and times in human-readable form. PURE.

ASCII only, times in UTC with `Z`. Strings from outside are made inert here.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_UNITS = {"percent": "%", "times": "x"}
# Above this, floats have hardly any decimals left, and nobody needs every digit.
_LARGEST = 10**15
# `##[name]` and `##vso[name]`, and `::name::` anywhere, because a line break may put it at the start; not IPv6.
_COMMAND = re.compile(r"##(?=\w*\[)|::(?![0-9A-Fa-f]+[ :])(?=[\w-]+( [^:]*)?::)", re.ASCII)


def plain(text: str) -> str:
    """Text from outside as printable ASCII, so that escape sequences or right-to-left marks cannot change its meaning.

    It cannot contain a workflow command either: pipeline runners execute those from any output.
    """
    printable = "".join(character if " " <= character <= "~" else "?" for character in text)
    return _COMMAND.sub(lambda found: found[0][0] + "?", printable)


def inert(text: object, instead: str = "?") -> str:
    """Text from outside with `instead` for characters that could hide, reorder or break text. Not for terminals."""
    said = str(text)
    return said if said.isprintable() else "".join(instead if _harmful(one) else one for one in said)


def whole(text: str) -> str:
    """Text from outside without lone surrogates, which cannot be encoded for a file or a terminal."""
    return text.encode("utf-8", "replace").decode()


def kind(value: Any) -> str:
    """The type of a JSON value in words, without quoting long values."""
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", type(None): "null or missing"}
    return names.get(type(value)) or str(value)[:20]


def _harmful(character: str) -> bool:
    """Controls, format characters (bidirectional marks), surrogates, line ends, and noncharacters."""
    point = ord(character)
    if point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF:
        return True
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def shown(value: Any, limit: int = 60) -> str:
    """A value for a message: quoted, on one line, truncated."""
    text = repr(str(value)) if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def number(value: float, limit: float | None = None) -> str:
    """A number with one decimal, or with as many as needed to stay on its side of the limit and differ from 0.

    Numbers above 10**15 are written like `1.67e+16`.
    """
    if abs(value) > _LARGEST:
        return f"{value:.3g}"
    exact = Decimal(str(value))
    standing = None if limit is None else Decimal(str(limit))
    for digits in range(1, 12):
        text = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        same_side = standing is None or text.compare(standing) == exact.compare(standing)
        if same_side and (text != 0 or exact == 0):
            break
    return f"{text.normalize():f}" if text else "0"


def as_given(value: float) -> str:
    """A number from the user, such as a threshold: all its digits, without float artifacts."""
    exact = Decimal(f"{value:.15g}")
    return f"{exact.normalize():f}" if exact else "0"


def span(first: str, last: str) -> str:
    """Two RFC 3339 times as one span: `13:46-14:00Z`, with dates if the days differ."""
    if first[:10] == last[:10]:
        return f"{first[11:16]}-{last[11:16]}Z"
    return f"{first[5:10]} {first[11:16]} - {last[5:10]} {last[11:16]}Z"


def unit_of(unit: str) -> str:
    """The suffix of a number in this unit."""
    return _UNITS.get(unit, "")


def cut(text: str, most: int) -> str:
    """The string, truncated to `most` characters; a truncated string ends with dots."""
    return text if len(text) <= most else text[: most - 3] + "..."


def who(organization_id: str, name: str | None = None) -> str:
    """An organization for a message: `Branch Berlin (549236)`, or only its id."""
    identity = cut(plain(str(organization_id)), 30)
    return f"{cut(plain(name), 30)} ({identity})" if name else identity

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, times and strings for reports, independent of the format. PURE."""

from __future__ import annotations

import math

from .. import _text
from .._text import as_given, number
from .._time import parse_iso, to_iso

_UNITS = {"percent": "%", "times": "x", "points": " points", "requests": " requests"}
_MOST = 10.0**18


def cut(value: object, most: int = 500, ending: str = "\u2026") -> str:
    """The value as a string of at most `most` characters; a shortened one ends with `ending`."""
    text = str(value)
    return text if len(text) <= most else text[: most - len(ending)] + ending


def inert(text: object) -> str:
    """Text from outside on one line, with `?` for what XML forbids and for what could hide or reorder text."""
    return _text.inert(str(text).replace("\t", " ").replace("\n", " "))


def real(value: object) -> float | None:
    """The value as a bounded number that can be drawn, or None if it is not a number."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or (isinstance(value, float) and math.isnan(value))
    ):
        return None
    return float(max(-_MOST, min(_MOST, value)))


def amount(value: object, unit: str = "", *limits: object) -> str:
    """A human-readable number with its unit, and with enough digits to stay on its side of each limit."""
    # Most numbers are counts.
    if value.__class__ is int and not limits and -(10**15) < value < 10**15:
        return f"{value:,}{_UNITS.get(unit, '')}"
    known = real(value)
    if known is None or not isinstance(value, (int, float)):
        return "none" if value is None else cut(value, 40)
    if abs(known) < 10.0**15 and known.is_integer() and not limits:
        text = f"{int(known):,}"
    elif abs(known) >= 10.0**15:
        text = f"{known:.3g}" if abs(known) < _MOST else ("over 1e+18" if known > 0 else "under -1e+18")
    else:
        # One decimal is enough if the limit is further away.
        bounds = [limit for limit in map(real, limits) if limit is not None and abs(limit - known) < 0.1]
        text = max([number(value), *(number(value, limit) for limit in bounds)], key=len)
    return text + _UNITS.get(unit, "")


def precise(value: object, unit: str = "") -> str:
    """A number from the user, such as a threshold, with its unit: never rounded."""
    known = real(value)
    return amount(value, unit) if known is None or abs(known) >= 10.0**15 else as_given(known) + _UNITS.get(unit, "")


def plural(count: object, noun: str) -> str:
    """`1 interval`, `2 intervals`."""
    return f"{amount(count)} {noun}{'' if count == 1 else 's'}"


def duration(seconds: object) -> str:
    """`680 s (11 min 20 s)`."""
    known = real(seconds)
    if known is None or known < 600 or known > 10**9:
        return f"{amount(seconds)} s"
    minutes, rest = divmod(round(known), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return f"{amount(seconds)} s ({' '.join(f'{count} {unit}' for count, unit in parts if count)})"


def moment(text: object) -> float | None:
    """Seconds since the epoch, or None if the value is not a time."""
    try:
        return parse_iso(str(text))
    except ValueError:
        return None


def clock(seconds: float, width: float = 60) -> str:
    """`13:46Z`, with seconds where intervals are not whole minutes."""
    text = to_iso(seconds)
    return (text[11:16] if seconds % 60 == 0 and width % 60 == 0 else text[11:19]) + "Z"


def clock_of(text: object) -> str:
    """`13:46Z` of a time in full."""
    return str(text)[11:16] + "Z"

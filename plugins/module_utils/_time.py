# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Points in time: parsed from strings, kept as seconds since the epoch (UTC), printed as RFC 3339 with `Z`. PURE."""

from __future__ import annotations

import email.utils
import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

# ISO 8601 as the API and YAML write it. `datetime.fromisoformat` rejects `Z` before Python 3.11.
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)",
    re.ASCII,
)
# The form that the API uses almost everywhere.
_PLAIN = re.compile(r"(\d{4}-\d\d-\d\dT)([01]\d|2[0-3]):([0-5]\d):([0-5]\d)Z", re.ASCII)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?", re.ASCII)
_RELATIVE = re.compile(r"(?:now)?\s*(?:-\s*(\d+(?:\.\d+)?)\s*([smhdw]))?", re.ASCII)
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_EPOCH_START = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Two healthy hosts' clocks may differ by this much.
CLOCK_TOLERANCE_SECONDS = 300
FORMS = "ISO 8601 with Z or an offset (2026-11-01T00:00:00Z), epoch seconds, now, or a time before now (-2h)"


# An interval ends when the next one begins, so most times are parsed twice in a row.
@lru_cache(maxsize=8)
def parse_iso(text: str) -> float:
    """Seconds since the epoch for an ISO 8601 string with `Z` or an offset; ValueError for anything else."""
    plain = _PLAIN.fullmatch(text)
    if plain:
        day, hour, minute, second = plain.groups()
        midnight = _midnight(day)
        if midnight is not None:
            return midnight + (int(hour) * 60 + int(minute)) * 60 + int(second)
    match = _ISO.fullmatch(text)
    if not match:
        raise ValueError(f"{text[:40]!r} is not a time with a time zone")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    # With these bounds, the difference of two times stays within the calendar too.
    if not 1970 < int(year) < 3000:
        raise ValueError(f"{text[:40]!r} is not in any year that has data")
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=timezone.utc)
    offset = 0
    if zone not in ("Z", "z"):
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if zone[0] == "-" else 1)
    whole = (moment - _EPOCH_START) // timedelta(seconds=1) - offset
    return whole + float("0." + fraction) if fraction else float(whole)


@lru_cache(maxsize=64)
def _midnight(day: str) -> float | None:
    try:
        return parse_iso(f"{day}00:00:00.0Z")
    except ValueError:
        return None


def parse_time(text: str, now: float) -> float:
    """Seconds since the epoch for any form in `FORMS`, relative to `now` if relative; ValueError with the reason."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        return float(text)
    match = _RELATIVE.fullmatch(text)
    if text and match:
        amount, unit = match.groups()
        moment = now - float(amount) * _UNIT_SECONDS[unit] if amount else now
        if moment < 0:
            raise ValueError(f"{text[:40]!r} is not in any year that has data")
        return moment
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?:[Tt ][\d:.,]+)?", text, re.ASCII):
        raise ValueError(f"{text[:40]!r} has no time zone: add Z for UTC, or an offset")
    try:
        return parse_iso(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a time; give {FORMS}") from None


def parse_http_date(text: str) -> float | None:
    """Seconds since the epoch for an HTTP header date; None for anything else."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def to_iso(seconds: float) -> str:
    """RFC 3339 in UTC with `Z`; fractions (microseconds) only if not zero."""
    moment = _EPOCH_START + timedelta(microseconds=round(seconds * 1_000_000))
    return moment.replace(tzinfo=None).isoformat() + "Z"


def to_clock(seconds: float) -> str:
    """Hours and minutes in UTC, `13:46`."""
    return to_iso(seconds)[11:16]


def to_minute(seconds: float) -> str:
    """`2026-05-04 14:02Z`."""
    return f"{to_iso(seconds)[:16].replace('T', ' ')}Z"


def tidy(seconds: float) -> float | int:
    """The same number, as an int if it is whole, so that durations read `120`, not `120.0`."""
    return int(seconds) if float(seconds).is_integer() else round(seconds, 6)

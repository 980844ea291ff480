# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the endpoint accepts: a raw query string becomes a Query or the list of everything wrong with it."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from urllib.parse import parse_qsl

from ._log import Filters

DAY = 86400
LONGEST = 31 * DAY
INTERVALS = (120, 3600, 14400, 21600)
DEFAULT_INTERVAL = 21600
DEFAULT_TIMESPAN = DAY
ARRAYS = {"operationIds": "operation_ids", "sourceIps": "source_ips", "adminIds": "admin_ids"}

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?\s*(Z|z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_EPOCH = re.compile(r"\d{9,11}(\.\d+)?", re.ASCII)


class Query(NamedTuple):
    """An accepted query: window in epoch seconds, width asked for, filters."""

    start: float
    end: float
    interval: int
    filters: Filters


def parse_time(text: str) -> float | None:
    """Return the epoch seconds of an ISO 8601 time (naive means UTC) or of epoch seconds, None when it is neither."""
    if _EPOCH.fullmatch(text):
        return float(text)
    found = _TIME.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups(default="")
    try:
        when = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        if zone in ("", "Z", "z"):
            offset = timedelta(0)
        else:
            offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
        return when.replace(tzinfo=timezone(offset)).timestamp() + float(fraction or 0)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    """Return a finite number, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _read(query_string: str) -> tuple[dict[str, str], dict[str, list[str]], list[str]]:
    """Split a raw query string into scalars (the last one wins), arrays, and errors about arrays."""
    scalars: dict[str, str] = {}
    arrays: dict[str, list[str]] = {}
    errors: list[str] = []
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        plain = name.split("[", 1)[0]
        if plain not in ARRAYS:
            scalars[name] = value
        elif name == plain + "[]":
            arrays.setdefault(plain, []).append(value)
        else:
            errors.append(f"'{plain}' must be an array")
    return scalars, arrays, list(dict.fromkeys(errors))


def _window(scalars: dict[str, str], now: float) -> tuple[float, float, list[str]]:
    """Return start, end and what is wrong with t0, t1 and timespan."""
    errors: list[str] = []
    times: dict[str, float] = {}
    for name in ("t0", "t1"):
        if name in scalars:
            when = parse_time(scalars[name])
            if when is None:
                errors.append(f"'{name}' must be a valid ISO 8601 time")
            else:
                times[name] = when
    timespan = float(DEFAULT_TIMESPAN)
    if "timespan" in scalars:
        if "t0" in scalars or "t1" in scalars:
            errors.append("'timespan' must not be given together with 't0' or 't1'")
        number = _number(scalars["timespan"])
        if number is None:
            errors.append("'timespan' must be a number")
        elif not 0 < number <= LONGEST:
            errors.append(f"'timespan' must be greater than 0 and at most {LONGEST} seconds")
        else:
            timespan = number
    if "t0" in times and times["t0"] < now - LONGEST:
        errors.append("'t0' must be within the last 31 days")
    if len(times) == 2:
        if times["t1"] <= times["t0"]:
            errors.append("'t1' must be after 't0'")
        elif times["t1"] - times["t0"] > LONGEST:
            errors.append("'t1' must be at most 31 days after 't0'")
    end = times.get("t1", min(now, times["t0"] + LONGEST) if "t0" in times else now)
    start = times.get("t0", end - timespan)
    # Nobody publishes what a window in the future answers: here it ends now.
    return start, min(end, now), errors


def check(query_string: str, now: float) -> tuple[Query | None, list[str]]:
    """Return the query, or None and every problem it has; `now` is in epoch seconds."""
    scalars, arrays, errors = _read(query_string)
    start, end, problems = _window(scalars, now)
    errors.extend(problems)
    interval = DEFAULT_INTERVAL
    if "interval" in scalars:
        if scalars["interval"] in map(str, INTERVALS):
            interval = int(scalars["interval"])
        else:
            errors.append(f"'interval' must be one of: {', '.join(map(str, INTERVALS))}")
    version = None
    if "version" in scalars:
        if scalars["version"] in ("0", "1"):
            version = int(scalars["version"])
        else:
            errors.append("'version' must be one of: 0, 1")
    if errors:
        return None, errors
    lists = {ARRAYS[name]: frozenset(value for value in values if value) for name, values in arrays.items()}
    filters = Filters(user_agent=scalars.get("userAgent", ""), version=version, **lists)
    return Query(start, end, interval, filters), []

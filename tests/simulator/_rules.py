# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the endpoints accept: a raw query string becomes a query, or the list of everything wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable
from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from urllib.parse import parse_qsl

from ._log import Filters, Place

DAY = 86400
LONGEST = 31 * DAY
INTERVALS = (120, 3600, 14400, 21600)
DEFAULT_INTERVAL = 21600
DEFAULT_TIMESPAN = DAY
ARRAYS = ("operationIds", "sourceIps", "adminIds")
LOG_ARRAYS = ("operationIds",)
METHODS = ("DELETE", "GET", "POST", "PUT")
PER_PAGE = 50

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?\s*(Z|z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_EPOCH = re.compile(r"\d{9,11}(\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"\d{1,6}", re.ASCII)
_PLACE = re.compile(r"(\d{1,17})-(\d{1,12})", re.ASCII)


class Query(NamedTuple):
    """An accepted query: window in epoch seconds, width asked for, filters."""

    start: float
    end: float
    interval: int
    filters: Filters


class LogQuery(NamedTuple):
    """An accepted query of the log: its window in epoch seconds, an open end as infinity, and which page of it."""

    start: float
    end: float
    filters: Filters
    per_page: int
    after: Place | None
    before: Place | None


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


def _read(query_string: str, known: Container[str]) -> tuple[dict[str, str], dict[str, list[str]], list[str]]:
    """Split a raw query string into scalars (the last one wins), arrays, and errors about arrays."""
    scalars: dict[str, str] = {}
    arrays: dict[str, list[str]] = {}
    errors: list[str] = []
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        plain = name.split("[", 1)[0]
        if plain not in known:
            scalars[name] = value
        elif name == plain + "[]":
            arrays.setdefault(plain, []).append(value)
        else:
            errors.append(f"'{plain}' must be an array")
    return scalars, arrays, list(dict.fromkeys(errors))


def _window(scalars: dict[str, str], now: float, default: float) -> tuple[float, float, list[str]]:
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
    timespan = default
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
    scalars, arrays, errors = _read(query_string, ARRAYS)
    start, end, problems = _window(scalars, now, DEFAULT_TIMESPAN)
    errors.extend(problems)
    interval = DEFAULT_INTERVAL
    if "interval" in scalars:
        if scalars["interval"] in map(str, INTERVALS):
            interval = int(scalars["interval"])
        else:
            errors.append(f"'interval' must be one of: {', '.join(map(str, INTERVALS))}")
    version, problems = _version(scalars)
    errors.extend(problems)
    if errors:
        return None, errors
    operations, addresses, admins = (_set(arrays.get(name, ())) for name in ARRAYS)
    filters = Filters(operations, addresses, admins, scalars.get("userAgent", ""), version)
    return Query(start, end, interval, filters), []


def _version(scalars: dict[str, str]) -> tuple[int | None, list[str]]:
    """Return the version asked for, None for any, and what is wrong with it."""
    given = scalars.get("version")
    if given is None:
        return None, []
    return (int(given), []) if given in ("0", "1") else (None, ["'version' must be one of: 0, 1"])


def _set(values: Iterable[str]) -> frozenset[str]:
    """Return values without blank ones, which filter nothing."""
    return frozenset(value for value in values if value)


def token_of(place: Place) -> str:
    """Return how a page says where it starts or ends."""
    return f"{place[0]}-{place[1]}"


def _place(scalars: dict[str, str], name: str) -> tuple[Place | None, list[str]]:
    """Return the place that a token names, and what is wrong with it."""
    given = scalars.get(name) or None
    found = _PLACE.fullmatch(given or "")
    if found:
        return (int(found[1]), int(found[2])), []
    # The first and the last page have this token.
    if given == "0":
        return (None, []) if name == "startingAfter" else ((0, 0), [])
    return None, [] if given is None else [f"'{name}' is not a token of a page"]


def check_log(query_string: str, now: float) -> tuple[LogQuery | None, list[str]]:
    """Return the query of the log, or None and every problem it has; `now` is in epoch seconds."""
    scalars, arrays, errors = _read(query_string, LOG_ARRAYS)
    start, end, problems = _window(scalars, now, LONGEST)
    version, of_version = _version(scalars)
    after, of_after = _place(scalars, "startingAfter")
    before, of_before = _place(scalars, "endingBefore")
    errors += [*problems, *of_version, *of_after, *of_before]
    per_page = scalars.get("perPage", str(PER_PAGE))
    if not _WHOLE.fullmatch(per_page) or not 3 <= int(per_page) <= 1000:
        errors.append("'perPage' must be an integer from 3 to 1000")
    method, code = scalars.get("method", ""), scalars.get("responseCode")
    if method and method not in METHODS:
        errors.append(f"'method' must be one of: {', '.join(METHODS)}")
    if code is not None and not _WHOLE.fullmatch(code):
        errors.append("'responseCode' must be an integer")
    if errors:
        return None, errors
    filters = Filters(
        operation_ids=_set(arrays.get("operationIds", ())),
        source_ips=_set([scalars.get("sourceIp", "")]),
        admin_ids=_set([scalars.get("adminId", "")]),
        user_agent=scalars.get("userAgent", ""),
        version=version,
        method=method,
        path=scalars.get("path", ""),
        code=None if code is None else int(code),
    )
    # What arrives while somebody reads is in the window too, unless it has an end.
    return LogQuery(start, end if end < now else math.inf, filters, int(per_page), after, before), []

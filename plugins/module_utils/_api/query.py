# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options -> the API's paths and query parameters; only this file knows about camelCase and `[]`. PURE."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import quote

from .._asked import Filters, Query
from .._time import parse_time, to_iso
from .._window import MAX_WINDOW_SECONDS, OLDEST_MARGIN_SECONDS, Window


def path(organization_id: str) -> str:
    """The path of the response code counts below the base URL, with the id percent-encoded."""
    return f"{log_path(organization_id)}/overview/responseCodes/byInterval"


def log_path(organization_id: str) -> str:
    """The path of the request log."""
    return f"/organizations/{quote(organization_id, safe='')}/apiRequests"


def camel(name: str) -> str:
    """The API's name of an option."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def window(asked: Query, now: float) -> Window:
    """The requested window in whole seconds, with `timespan` and relative times resolved at `now`."""
    end = math.floor(now)
    if asked.timespan:
        return Window(end - asked.timespan, end, asked.interval)
    if asked.t0:
        t1 = math.floor(parse_time(asked.t1, now)) if asked.t1 else end
        return Window(_reachable(asked.t0, now), t1, asked.interval)
    return Window(None, None, asked.interval)


def _reachable(t0: str, now: float) -> int:
    """The start of the window, moved so that the API still accepts it when the request arrives."""
    return math.floor(max(parse_time(t0, now), now - MAX_WINDOW_SECONDS + OLDEST_MARGIN_SECONDS))


def parameters(asked: Query, now: float) -> list[tuple[str, str]]:
    """The query parameters as sent at `now`; unset ones are left out."""
    times = {
        "t0": None if asked.t0 is None else to_iso(_reachable(asked.t0, now)),
        "t1": None if asked.t1 is None else to_iso(math.floor(parse_time(asked.t1, now))),
        "timespan": asked.timespan,
    }
    return _sent(times, asked.interval, asked.filters)


def settled(asked: Query, now: float, ahead: float = 0.0) -> Query:
    """The window as of `now`, fixed, so that every page of a list is requested for the same window.

    A window that ends now would lose its oldest entries between pages. `ahead` is how many seconds the API's clock is
    ahead of this host's.
    """
    if asked.timespan:
        return asked._replace(t0=to_iso(math.floor(now + ahead - asked.timespan)), timespan=None)
    t0, t1 = (None if text is None else to_iso(math.floor(parse_time(text, now))) for text in (asked.t0, asked.t1))
    return asked._replace(t0=t0, t1=t1)


def window_parameters(asked: Window, filters: Filters) -> list[tuple[str, str]]:
    """The query parameters for a given window."""
    times = {name: None if moment is None else to_iso(moment) for name, moment in (("t0", asked.t0), ("t1", asked.t1))}
    return _sent(times, asked.interval, filters)


def _sent(times: Mapping[str, float | str | None], interval: int | None, filters: Filters) -> list[tuple[str, str]]:
    sent = []
    for name, value in (*times.items(), ("interval", interval), *filters):
        if isinstance(value, tuple):
            sent += [(f"{camel(name)}[]", item) for item in value]
        elif value is not None:
            sent.append((camel(name), f"{value:.15g}" if isinstance(value, float) else str(value)))
    return sent

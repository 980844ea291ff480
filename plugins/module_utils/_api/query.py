# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options -> the API's query parameters; the one place that knows camelCase and `[]`. PURE."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .._argspec import QUERY
from .._time import parse_time, to_iso
from .._window import MAX_WINDOW_SECONDS, OLDEST_MARGIN_SECONDS, Window


def path(organization_id: str) -> str:
    """The endpoint's path below the base URL, the id percent-encoded."""
    return f"/organizations/{quote(organization_id, safe='')}/apiRequests/overview/responseCodes/byInterval"


def camel(name: str) -> str:
    """The API's name of an option."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def window(options: Mapping[str, Any], now: float) -> Window:
    """The window that these options ask for in whole seconds, `timespan` and relative times taken at `now`."""
    interval = options.get("interval")
    end = math.floor(now)
    if options.get("timespan"):
        return Window(end - options["timespan"], end, interval)
    if options.get("t0"):
        t1 = math.floor(parse_time(options["t1"], now)) if options.get("t1") else end
        return Window(_reachable(options["t0"], now), t1, interval)
    return Window(None, None, interval)


def _reachable(t0: str, now: float) -> int:
    """The beginning of the window, where the API still answers when the request arrives."""
    return math.floor(max(parse_time(t0, now), now - MAX_WINDOW_SECONDS + OLDEST_MARGIN_SECONDS))


def parameters(options: Mapping[str, Any], now: float) -> list[tuple[str, str]]:
    """The query parameters for `options` (validated), as sent at `now`; unset options and empty lists are not sent."""
    sent = []
    for name, spec in QUERY.items():
        value = options.get(name)
        if value is None or value == []:
            continue
        if name == "t0":
            sent.append((name, to_iso(_reachable(value, now))))
        elif name == "t1":
            sent.append((name, to_iso(math.floor(parse_time(value, now)))))
        elif spec["type"] == "list":
            sent += [(f"{camel(name)}[]", item) for item in value]
        else:
            sent.append((camel(name), f"{value:.15g}" if isinstance(value, float) else str(value)))
    return sent


def window_options(asked: Window) -> dict[str, Any]:
    """The query options that ask for this window."""
    return {
        "t0": None if asked.t0 is None else to_iso(asked.t0),
        "t1": None if asked.t1 is None else to_iso(asked.t1),
        "interval": asked.interval,
    }

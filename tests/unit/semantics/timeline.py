# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judging a stretch of time of which every look gets what it asks for, as from the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import Interval, parse_answer, total
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import Look, window_of
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Policy
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import judge
from tests.unit.plugins.module_utils.made import NOW, REQUEST, T1, Shown, answer, policy, the

WEEK = 7 * 86400
Answer = list[dict[str, Any]]


def finder(data: Answer, now: float = NOW) -> Callable[[Look], Outcome]:
    """What the API answers each look out of all this data: every interval that its window touches."""
    intervals = parse_answer(data)

    def find(look: Look) -> Outcome:
        asked = window_of(look, now)
        assert asked.t0 is not None
        assert asked.t1 is not None
        touched = [one for one in intervals if one.end > asked.t0 and one.start < asked.t1]
        return Outcome(_hourly(touched) if look.interval == 3600 else touched, asked, REQUEST)

    return find


def _hourly(intervals: Sequence[Interval]) -> list[Interval]:
    """The same in whole hours, without those that have no interval."""
    hours: dict[float, list[Interval]] = {}
    for one in intervals:
        hours.setdefault(one.start // 3600 * 3600, []).append(one)
    return [Interval(start, start + 3600, total(within)) for start, within in sorted(hours.items())]


def organization(data: Answer, now: Any = NOW, wide: Any = (), **given: Any) -> Shown:
    """One organization's part of the verdict, each check over its own window."""
    return Shown(judge("549236", finder(data, now), policy(**given), now, wide))


@lru_cache(maxsize=500)
def _only(name: str, given: str) -> Policy:
    """The policy with no other check than this one; the same options are validated once."""
    options = policy(**json.loads(given))
    return options._replace(checks=tuple(check for check in options.checks if check.name == name))


def checked(data: Answer, entry: Any = None, **given: Any) -> dict[str, Any]:
    """The check of this entry of `checks`, judged; `name` alone names one that the options ask for."""
    name = given.pop("name", None) or (entry or {}).get("name") or (entry or {})["metric"]
    entries = {"checks": [entry]} if entry else {}
    options = _only(name, json.dumps({**entries, **given}))
    return the(Shown(judge("549236", finder(data), options, NOW)), name)


def stands(data: Answer, entry: Any = None, **given: Any) -> tuple[str, str | None]:
    """Status and reason of that check."""
    found = checked(data, entry, **given)
    return found["status"], found["reason"]


def told(data: Answer, entry: Any = None, **given: Any) -> tuple[Any, ...]:
    """Status, reason, value, numerator and denominator of that check."""
    found = checked(data, entry, **given)
    return tuple(found[part] for part in ("status", "reason", "value", "numerator", "denominator"))


def of(bad: int, valid: int, code: int = 500) -> dict[int, int]:
    """The counts of an interval with `bad` of `valid`."""
    return {200: valid - bad, code: bad}


def now_and_then(now: list[dict[int, int]], then: list[dict[int, int]], days: Any = 7) -> Answer:
    """The intervals before the settled present, and those of the same time some days earlier."""
    return [*answer(now), *answer(then, T1 - days * 86400)]

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers, policies and verdicts made for the tests of the pure core: 13:00-14:00Z, judged at 14:02:10Z."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import settings, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils import _intervals, _window
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH, VERDICT_FILTER
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import verdict as _verdict
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data, organization_data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Check, Policy
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import (
    Organization,
    Poll,
    combine,
    judge,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.unit.plugins.module_utils.schema import valid

# Few while somebody waits (`make check`), many in `make test`.
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "25"))
quick = settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
# From an answer to the screen takes longer.
whole = settings(quick, max_examples=EXAMPLES * 3 // 5)

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
REQUEST = {"status": 200, "attempts": 1, "waited_seconds": 0.0, "request_id": None}
FAILURE = {
    "organization_id": "549236",
    "status": 404,
    "errors": [],
    "retryable": False,
    "attempts": 1,
    "request_id": None,
    "message": "the API answered 404",
    "hint": "Check the id.",
}


def at(text: str) -> int:
    """Seconds since the epoch of `HH:MM` or `HH:MM:SS` on 2026-05-04, UTC."""
    hours, minutes, seconds = (*map(int, text.split(":")), 0)[:3]
    return round(datetime(2026, 5, 4, hours, minutes, seconds, tzinfo=timezone.utc).timestamp())


T0, T1, NOW = at("13:00"), at("14:00"), at("14:02:10")


def iso(seconds: float) -> str:
    """RFC 3339 with `Z`, made without the code under test."""
    return (EPOCH + timedelta(microseconds=round(seconds * 1_000_000))).isoformat().replace("+00:00", "Z")


def interval(start: float, codes: Mapping[int, int], seconds: float = 120) -> dict[str, Any]:
    """One interval as the API answers it."""
    return {
        "startTs": iso(start),
        "endTs": iso(start + seconds),
        "counts": [{"code": code, "count": count} for code, count in codes.items()],
    }


def answer(codes: Sequence[Mapping[int, int] | None], end: float = T1, seconds: float = 120) -> list[dict[str, Any]]:
    """Adjacent intervals, the last one up to `end`; None leaves one out."""
    first = end - len(codes) * seconds
    return [interval(first + i * seconds, one, seconds) for i, one in enumerate(codes) if one is not None]


def rate(bad: int, valid: int, late: tuple[int, int] | None = None, code: int = 500) -> list[dict[str, Any]]:
    """An hour with `bad` of `valid`, all in the newest interval, or only `late` of these and the rest in the oldest."""
    late_bad, late_valid = late or (bad, valid)
    codes: list[dict[int, int]] = [{} for _i in range(30)]
    codes[0] = {200: valid - bad - (late_valid - late_bad), code: bad - late_bad}
    codes[-1] = {200: late_valid - late_bad, code: late_bad}
    return answer(codes)


def spread(bad: int, valid: int, late: tuple[int, int, int] | None = None, code: int = 500) -> list[dict[str, Any]]:
    """An hour with `bad` of `valid`, evenly; `late` are bad and valid of its last minutes."""
    late_bad, late_valid, minutes = late or (0, 0, 0)
    codes: list[dict[int, int]] = []
    parts = ((bad - late_bad, valid - late_valid, 30 - minutes // 2), (late_bad, late_valid, minutes // 2))
    for failed, every, number in parts:
        until = [every * (place + 1) // number for place in range(number)]
        failures = [failed * one // every if every else 0 for one in until]
        for place in range(number):
            before = (failures[place - 1], until[place - 1]) if place else (0, 0)
            mine = failures[place] - before[0]
            codes.append({200: until[place] - before[1] - mine, code: mine})
    return answer(codes)


# The checks of a policy in which nobody asked for more.
STANDARD = [
    "server_error_percent",
    "rate_limited_percent",
    "client_error_percent",
    "rate_limit_utilization_percent",
    "traffic_drop_percent",
]

# 299 of 4213, as on GATE's screen: 34 % of nothing, then 7 intervals in a row, the worst 31 %, the last five 48 of 706.
INCIDENT = answer(
    [
        *({200: 79, 404: 1} for _i in range(22)),
        {200: 84, 404: 2},
        {200: 976, 500: 56},
        {200: 434, 500: 195},
        *({200: 131, 500: 10} for _i in range(3)),
        {200: 132, 500: 9},
        {200: 133, 500: 9},
    ]
)


def data_of(organization: Organization, options: Policy) -> dict[str, Any]:
    """One organization's part of the verdict over it alone, as data."""
    found = combine([organization], options, NOW)
    return organization_data(organization, 1, found, options)


class Shown(dict[str, Any]):
    """One organization's part of a verdict as data, and what that was made of."""

    def __init__(self, organization: Organization, options: Policy | None = None) -> None:
        super().__init__(data_of(organization, options or policy()))
        if organization.series is not None:
            self["series"] = organization.series
        self.organization = organization

    def but(self, organization_id: str = "", **changes: Any) -> Shown:
        """The same, of another organization if one is named, with other data."""
        identity = organization_id or self.organization.organization_id
        other = copy.copy(self)
        other.organization = self.organization._replace(organization_id=identity)
        other.update({"organization_id": identity, **changes})
        return other


_policies: dict[str, Policy] = {}


def policy(prefix: Any = "", **given: Any) -> Policy:
    """A policy, the default one where nothing is given; `prefix` as the role would give it."""
    # The same options are validated once.
    asked = repr(given)
    if asked not in _policies:
        _policies[asked] = chosen.policy(validated(VERDICT_FILTER, given, NOW), NOW)
    return _policies[asked]._replace(prefix=prefix)


def health_policy(**given: Any) -> Policy:
    """The policy of options of health_info, which can filter."""
    key = {"api_key": "0123456789abcdef", "organization_ids": ["549236"]}
    return chosen.policy(validated(HEALTH, {**key, **given}, NOW), NOW)


def asked_of(options: Policy, name: str) -> Check:
    """The check of this name, as the policy has it."""
    found: Check = next(check for check in options.checks if check.name == name)
    return found


def judged(
    data: list[dict[str, Any]],
    organization_id: Any = "549236",
    asked: Any = None,
    now: Any = NOW,
    widened: Any = False,
    charted: Any = False,
    **given: Any,
) -> Shown:
    """One organization's part of the verdict on this answer, with the window that the gate would ask for."""
    options = policy(**given)
    if asked is None:
        asked = _window.recent_window(options.window_minutes, options.settle_seconds, now)
    outcome = Outcome(_intervals.parse_answer(data), asked, REQUEST)
    wide = [check.name for check in options.checks] if widened else ()
    return Shown(judge(organization_id, lambda look: outcome, options, now, wide, charted), options)


def unread(organization_id: Any = "549236", now: Any = NOW, given: Any = None, **changes: Any) -> Shown:
    """The part of an organization that could not be read, with changes to how that failed."""
    options = policy(**(given or {}))
    return Shown(_verdict.unread(organization_id, {**FAILURE, **changes}, options, now), options)


def verdict(
    organizations: Sequence[Shown], spoilt: Any = False, option_prefix: Any = "", **given: Any
) -> dict[str, Any]:
    """The verdict over organizations judged; `option_prefix` as the role would give it.

    `spoilt`: a test has put something into them that no verdict holds.
    """
    options = policy(prefix=option_prefix, **given)
    made = as_data(combine([one.organization for one in organizations], options, NOW), options)
    if not spoilt:
        # Every verdict that is made for a test is one that the published schema admits, but for what only charts need.
        valid(made)
    said = ("gate", "rank", "next_step")
    parts = [{**one, **{name: of[name] for name in said}} for one, of in zip(organizations, made["organizations"])]
    return {**made, "organizations": parts}


@cache
def a_thousand() -> dict[str, Any]:
    """A verdict over 200 organizations each that fail, could not be read, have no data, warn and pass, in turn."""
    kinds = [judged(rate(90, 900)), unread(), judged([]), judged(rate(11, 900)), judged(rate(0, 900))]
    return verdict([kinds[place % 5].but(str(10**17 + place)) for place in range(1000)])


def combined(
    organizations: Sequence[Shown],
    options: Policy,
    now: Any = NOW,
    history: Sequence[Poll] = (),
    waited: Any = 0,
    unconfirmed: Sequence[str] = (),
) -> dict[str, Any]:
    """The verdict of a gate that waited, as data."""
    found = combine([one.organization for one in organizations], options, now, history, waited, unconfirmed)
    return as_data(found, options)


def the(organization: Mapping[str, Any], name: str = "server_error_percent") -> dict[str, Any]:
    """The check of this name."""
    found: dict[str, Any] = next(check for check in organization["checks"] if check["name"] == name)
    return found


def copied(value: Any) -> Any:
    """The same value after a trip through JSON."""
    return json.loads(json.dumps(value, allow_nan=False))


# GATE, "Decision for a rate": bad and valid of an hour; bad, valid and minutes of its end, or spread evenly; status and
# reason. Warn 1, fail 5.
VECTORS: list[tuple[int, int, tuple[int, int, int] | None, str, str | None]] = [
    (0, 0, None, "inconclusive", "no_traffic"),
    (0, 40, None, "inconclusive", "low_traffic"),
    (1, 3, None, "inconclusive", "low_traffic"),
    (6, 90, None, "inconclusive", "low_traffic"),
    (6, 90, (6, 18, 12), "fail", "sudden"),
    (5, 5, (5, 5, 2), "inconclusive", "low_traffic"),
    (3, 3, None, "fail", "nothing_succeeded"),
    (6, 6, None, "fail", "nothing_succeeded"),
    (6, 6, (6, 6, 2), "fail", "nothing_succeeded"),
    (6, 50, None, "fail", "small_sample"),
    (5, 100, None, "warn", "threshold"),
    (6, 100, None, "fail", "threshold"),
    (10, 1000, None, "pass", None),
    (11, 1000, None, "warn", "threshold"),
    (50, 1000, None, "warn", "threshold"),
    (51, 1000, None, "fail", "threshold"),
    (60, 6000, (60, 240, 10), "fail", "sudden"),
    (299, 4213, (48, 706, 12), "fail", "threshold"),
    (299, 4213, (3, 706, 12), "warn", "recovered"),
    (299, 4213, (7, 706, 12), "warn", "recovered"),
    (299, 4213, (9, 706, 12), "fail", "threshold"),
    (299, 4213, (0, 4, 12), "fail", "threshold"),
    (299, 4213, (0, 21, 12), "fail", "threshold"),
]

# Codes as they come, as they should not, and none at all.
_USUAL: list[dict[int, int]] = [
    {},
    {200: 140},
    {200: 300, 500: 3},
    {200: 90, 500: 10},
    {200: 19, 500: 1},
    {500: 7},
    {200: 100, 429: 20},
    {200: 10, 404: 30},
    {200: 1, 302: 2, 777: 3},
    {200: 1100},
]
_codes = st.sampled_from(_USUAL) | st.dictionaries(st.integers(0, 999), st.integers(0, 10**15), max_size=3)
_WIDTHS = [120_000_000] * 4 + [3_600_000_000, 60_000_000, 500_000, 1]
_GAPS = [0] * 6 + [1, 120_000_000, 7_200_000_000]


def _text(microseconds: int, form: int) -> str:
    """One of the ways to write this moment in RFC 3339."""
    offset = (0, 0, 120, -330, 345)[form]
    moment = EPOCH + timedelta(microseconds=microseconds, minutes=offset)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    if moment.microsecond or form:
        text += f".{moment.microsecond:06d}"
    sign = "-" if offset < 0 else "+"
    return text + (f"{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}" if offset else "Z")


@st.composite
def answers(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Well-typed answers around the window: any widths, gaps between intervals, no overlap, any order."""
    moment = draw(st.sampled_from([T0, T1 - 600, T0 - 86400, 10**9])) * 1_000_000
    form = draw(st.integers(0, 4))
    made = []
    steps = st.tuples(
        st.sampled_from(_GAPS) | st.integers(0, 10**13), st.sampled_from(_WIDTHS) | st.integers(1, 10**14), _codes
    )
    for gap, width, codes in draw(st.lists(steps, max_size=6)):
        start = moment + gap
        moment = start + width
        counts = [{"code": code, "count": count} for code, count in codes.items()]
        made.append({"startTs": _text(start, form), "endTs": _text(moment, form), "counts": counts})
    return draw(st.permutations(made))


# What a gate usually meets: 30 intervals of an hour, some idle, some left out.
hours = st.lists(st.sampled_from([*_USUAL, None]), min_size=30, max_size=30).map(answer)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["2026-05-04T13:00:00Z", "2026-05-04T13:02:00Z", "9998-01-01T00:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["startTs", "endTs", "counts", "code", "count", "x"]), inner, max_size=5)
    ),
    max_leaves=8,
)
# Right in form, with anything where the contract wants a time or a count.
answer_like = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "startTs": st.sampled_from(["2026-05-04T13:00:00Z", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", ""])
            | json_values,
            "endTs": st.sampled_from(["2026-05-04T14:00:00Z", "9998-12-31T23:59:59-23:59", "2026-05-04T13:02:00.5Z"])
            | json_values,
            "counts": json_values
            | st.lists(
                st.fixed_dictionaries({"code": st.integers() | json_values, "count": st.integers() | json_values}),
                max_size=3,
            ),
        },
    ),
    max_size=4,
)

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The measured result in one sentence, for readers who do not know the metrics. PURE."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from .._metric import KindName
from .._text import as_given, number, plain, unit_of
from .._time import to_clock, to_iso
from .causes import Cause
from .checks import Judged
from .lines import called
from .message import between, missing, read_error, said_limit, told_name
from .policy import Policy
from .verdict import Organization, Verdict

# What happened to the requests that a rate counts, if the metric's `failures` does not describe it.
_HAPPENED = {
    "rate_limited_percent": "were rate limited",
    "client_error_percent": "failed with a 4xx other than 429",
    "error_percent": "failed with 4xx or 5xx",
    "success_percent": "succeeded",
}
# Use the form `1 in 10` down to 1 in 20, if the rounded number is this close to the rate.
_MOST_IN, _CLOSE = 20, 0.05
_UNCONFIRMED = "The API was healthy at the last poll only; the gate opens after two healthy polls in a row"


def headline(verdict: Verdict, causes: Sequence[Cause], policy: Policy) -> str:
    """The measured value and the threshold, over all organizations."""
    ranked, many = verdict.ranked, len(verdict.ranked)
    if many == 1:
        return plain(" ".join(f"{one}." for one in of_organization(ranked[0], policy, verdict.holds(ranked[0]))))
    holding = sum(len(one.organizations) for one in causes)
    if holding:
        first = causes[0].organizations
        closing = f"close{'s' * (holding == 1)}" if verdict.gate == "closed" else "would close"
        begun = f"{holding:,} of {many:,} organizations {closing} the gate"
        if holding == 1:
            found = of_organization(first[0], policy, True)[0]
            return plain(f"{begun}. {called(first[0])}: {_lower(found)}.")
        which = "all" if len(causes) == 1 else f"{len(first):,}"
        return plain(f"{begun}, {which} of them {causes[0].said}.")
    if all(one.status == "pass" for one in ranked):
        return plain(f"All {many:,} organizations pass{_highest(ranked)}.")
    troubled = sum(one.status != "pass" for one in ranked)
    do = "does" if troubled == 1 else "do"
    found = of_organization(ranked[0], policy, False)[0]
    return plain(
        f"{troubled:,} of {many:,} organizations {do} not pass, and none closes the gate. "
        f"The worst is {called(ranked[0])}: {_lower(found)}."
    )


def _lower(sentence: str) -> str:
    """A sentence in the form that follows a colon."""
    return sentence[:1].lower() + sentence[1:]


def _highest(passing: Sequence[Organization]) -> str:
    """The highest rate of server errors, if all pass."""
    found = [(check, one) for one in passing for check in one.checks if check.check.name == "server_error_percent"]
    known = [(check, one) for check, one in found if check.value is not None]
    if not known:
        return ""
    check, one = max(known, key=lambda pair: pair[0].value or 0.0)
    if not check.value:
        return "; none of their requests failed with 5xx"
    return f"; the highest rate of 5xx is {_value(check)} ({called(one)}){_bound(check)}"


def of_organization(organization: Organization, policy: Policy, holds: bool) -> list[str]:
    """One organization in one or two sentences without full stops: the measured value, and when the problem began."""
    worst = organization.worst
    if holds and not organization.held:
        return [_UNCONFIRMED]
    if worst.status == "error":
        return [f"The gate could not read the data: {read_error(worst)}"]
    if worst.status == "inconclusive":
        return [f"Not enough data to judge: {missing(worst, policy)}"]
    if worst.status == "pass":
        rates = [one for one in organization.checks if one.check.metric.kind.name == "rate" and one.status == "pass"]
        return [_told(rates[0], policy)] if rates else [f"All {len(organization.checks)} checks pass"]
    where = worst.breaches
    begun = where.first
    sentences = [_told(worst, policy)]
    # The start is unknown if some of the intervals since then were healthy.
    is_one_run = where.longest_run == where.intervals
    if worst.status == "fail" and worst.check.metric.kind.name == "rate" and begun is not None and is_one_run:
        goes_on = " and continues" if worst.recent and worst.recent.breaching else ""
        sentences.append(f"It began at {to_clock(begun)}Z{goes_on}")
    return sentences


def _told(one: Judged, policy: Policy) -> str:
    """A check that has a value, in one sentence; its name comes first if the check is not in every policy."""
    check = one.check
    text = _SAID[check.metric.kind.name](one)
    own = check.filters not in ((), policy.filters) or check.name != check.metric.name
    return f"{told_name(one, policy)}: {text}" if own and check.metric.kind.name != "query" else text


def _limit(one: Judged) -> float | None:
    """The threshold to name: the breached one, else the fail threshold, else the warn threshold."""
    breached = said_limit(one)
    given = one.check.warn if one.check.fail is None else one.check.fail
    return given if breached is None else breached


def _value(one: Judged, value: float | None = None) -> str:
    shown = (one.value or 0.0) if value is None else value
    return f"{number(shown, _limit(one))}{unit_of(one.check.metric.unit)}"


def _bound(one: Judged, noun: str = "limit", unit: str | None = None) -> str:
    """`; the limit is 5%`, and a note if the value no longer holds or few requests failed."""
    limit = _limit(one)
    if limit is None:
        return ""
    kind = "warn " if one.status == "warn" and limit != one.check.fail else ""
    text = f"; the {kind}{noun} is {as_given(limit)}{unit_of(one.check.metric.unit) if unit is None else unit}"
    if one.reason == "recovered":
        return f"{text}, and the last minutes are healthy again"
    if one.reason == "few_failures":
        return f"{text}, but only {one.numerator} failed"
    return text


def _share(numerator: int, denominator: int, limit: float | None, downward: bool) -> str:
    """`1 in 10 requests (10%)` if that is on the same side of the limit, else `5.1% of 12,345 requests`."""
    if not numerator:
        return f"None of {denominator:,} requests"
    if numerator == denominator:
        return f"All {denominator:,} requests" if denominator > 1 else "The only request"
    percent = 100 * numerator / denominator
    many = round(denominator / numerator)
    honest = abs(denominator / numerator - many) <= _CLOSE * many
    beyond = not downward and limit is not None and percent > limit and limit * many < 100
    if beyond and honest and 2 <= many <= _MOST_IN:
        return f"1 in {many} requests ({number(percent, limit)}%)"
    return f"{number(percent, limit)}% of {denominator:,} requests"


def _since(one: Judged) -> str:
    """The part of the window that the value is from."""
    sudden, run, worst, window = one.detail.get("sudden"), one.detail.get("run"), one.breaches.worst, one.window
    if one.reason == "sudden" and sudden is not None:
        return f"in the last {round((sudden.t1 - sudden.t0) / 60)} minutes"
    if one.check.over == "worst_interval":
        return f"in the worst interval{f' ({to_clock(worst.start)}Z)' if worst else ''}"
    if run is not None:
        return f"in the worst run of intervals ({between(run.t0, run.t1)})"
    if window is None:
        return ""
    day = "" if to_iso(window.t0)[:10] == to_iso(window.t1)[:10] else f"{to_iso(window.t0)[5:10]} "
    return f"since {day}{to_clock(window.t0)}Z"


def _rate(one: Judged) -> str:
    numerator, denominator, limit = one.numerator or 0, one.denominator or 0, _limit(one)
    sudden = one.detail.get("sudden")
    if one.reason == "sudden" and sudden is not None:
        numerator, denominator = sudden.numerator, sudden.denominator
    share = f"{_value(one)} of the requests"
    if one.check.over == "window":
        share = _share(int(numerator), int(denominator), limit, one.check.worse == "down")
    only = "Only " if one.check.worse == "down" and one.status in ("warn", "fail") and numerator else ""
    metric = one.check.metric
    happened = _HAPPENED.get(metric.name, f"failed with {metric.failures}")
    return f"{only}{share} {happened} {_since(one)}".rstrip() + _bound(one)


def _utilization(one: Judged) -> str:
    worst = one.breaches.worst
    at = f" at {to_clock(worst.start)}Z" if worst else ""
    return f"{_value(one)} of the rate limit was in use{at}{_bound(one, 'threshold')}"


def _projected(one: Judged) -> str:
    return f"With the planned requests, {_value(one)} of the rate limit would be in use{_bound(one, 'threshold')}"


def _budget(one: Judged) -> str:
    days = one.detail["days"]
    if (one.value or 0.0) < 0:
        return f"The error budget of {days} days is spent, and {number(-(one.value or 0.0))}% more"
    return f"{_value(one)} of the error budget of {days} days is left{_bound(one)}"


def _burn(one: Judged) -> str:
    times = number(one.value or 0.0, _limit(one))
    return f"Failures use up the error budget {times} times as fast as it allows{_bound(one, 'limit', ' times')}"


def _regression(one: Judged) -> str:
    now, then = 100 * (one.numerator or 0) / (one.denominator or 1), one.detail["baseline"].value or 0.0
    points = number(one.value or 0.0, _limit(one))
    change = f"{'+' if (one.value or 0.0) > 0 else ''}{points} points"
    return (
        f"{number(now)}% of the requests failed with 5xx, {number(then)}% before ({change}){_bound(one, 'limit', '')}"
    )


def _requests(one: Judged) -> str:
    count = math.floor(one.value or 0.0)
    only = "Only " if one.status in ("warn", "fail") else ""
    return f"{only}{count:,} request{'s' * (count != 1)} {_since(one)}".rstrip() + _bound(one, "limit", "")


def _drop(one: Judged) -> str:
    return f"Traffic is {_value(one)} below what it was earlier in the window{_bound(one)}"


def _usual(one: Judged) -> str:
    return f"Traffic is {_value(one)} below what is usual at this hour of the week{_bound(one)}"


def _query(one: Judged) -> str:
    return f"{plain(one.check.name)} is {_value(one)}{_bound(one)}"


_SAID: dict[KindName, Callable[[Judged], str]] = {
    "rate": _rate,
    "utilization": _utilization,
    "projected": _projected,
    "budget": _budget,
    "burn": _burn,
    "regression": _regression,
    "requests": _requests,
    "drop": _drop,
    "usual": _usual,
    "query": _query,
}

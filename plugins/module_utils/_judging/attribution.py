# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which clients use up the limit or get the errors: what to request for a check, and how to read the answers. PURE.

Candidates come from the request log. Their shares are counted with the filters of the judged endpoint, over the
same intervals, so that shares are exact counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .._argspec import ATTRIBUTED
from .._asked import Filters
from .._intervals import Interval
from .._metric import KindName
from .._text import cut, number, plain
from .._window import Window
from . import measure
from .checks import Judged, foremost
from .judges import Attribution
from .policy import Policy

# Candidates to count for each organization. With the page of the log, that is four requests.
_MOST_CANDIDATES = 3
_KINDS: tuple[KindName, ...] = ("rate", "utilization", "projected", "drop")
# Seconds at the start of the window to search for an organization's usual clients, before its requests stopped.
_USUAL_SECONDS = 1200
# A client that sends less than this share of its earlier requests has fallen silent.
_SILENT = 0.1
# A smaller share does not identify a culprit.
_LEAST_PERCENT = 25.0
_MORE_THAN_ITS_PART = 1.5
# The API matches a part of the user agent, and few are longer. Results are cut at this length too.
_LONGEST_VALUE = 200
_LONGEST_TOLD = 60


class Load(NamedTuple):
    """One interval as a check counts it: all requests, the valid ones, and the bad ones."""

    start: float
    end: float
    requests: int
    valid: int
    bad: int


class Basis(NamedTuple):
    """The totals that the shares of one check refer to."""

    check: str
    loads: Sequence[Load]


class Question(NamedTuple):
    """Which log entries name the candidates: start, end, and a response code if only one is wanted."""

    t0: float
    t1: float
    response_code: int | None


class Candidate(NamedTuple):
    """A possible culprit: `by` is one of ATTRIBUTED. `exact` is false if the filter may count other clients, too."""

    by: str
    value: str
    exact: bool


def basis(found: Sequence[tuple[Judged, Sequence[Interval]]], policy: Policy) -> Basis | None:
    """The check to explain, from one organization's checks with the intervals that they judged; None without any."""
    # A plan may be too large even for a window without requests. No client has caused that.
    asked = {id(judged): intervals for judged, intervals in found if intervals and _is_explained(judged)}
    if not policy.attribute_by or not asked:
        return None
    judged = foremost([judged for judged, _intervals in found if id(judged) in asked])
    bad = judged.check.metric.bad
    loads = []
    for one in asked[id(judged)]:
        failed, valid = measure.counted(bad, one.by_code, policy.ignored)
        loads.append(Load(one.start, one.end, sum(one.by_code.values()), valid, failed))
    return Basis(judged.check.name, loads)


def _is_explained(judged: Judged) -> bool:
    return judged.status in ("warn", "fail") and judged.check.metric.kind.name in _KINDS and judged.window is not None


def question(judged: Judged, explained: Basis) -> Question:
    """The log entries to request."""
    kind, where, loads = judged.check.metric.kind.name, judged.breaches, explained.loads
    first, last = loads[0].start, loads[-1].end
    if kind == "drop":
        return Question(first, min(last, first + _USUAL_SECONDS), None)
    if kind == "rate":
        code = judged.top_codes[0][0] if judged.top_codes else None
        return Question(where.first or first, where.last or last, code)
    busiest = max(loads, key=lambda one: one.requests / (one.end - one.start))
    return Question(busiest.start, busiest.end, None)


def candidates(calls: Sequence[Mapping[str, str | None]], by: Sequence[str]) -> list[Candidate]:
    """The most frequent values in these calls, at least one for each name in `by` if possible.

    A call has a value for every name, None if the log has none.
    """
    counts = {name: Counter(value for call in calls if (value := call[name])) for name in by}
    first = [(name, *found.most_common(1)[0]) for name, found in counts.items() if found]
    rest = [(name, *each) for name, found in counts.items() for each in found.most_common(_MOST_CANDIDATES)[1:]]
    rest.sort(key=lambda one: (-one[2], one[0], one[1]))
    chosen = (first + rest)[:_MOST_CANDIDATES]
    return [Candidate(name, value, _is_exact(name, value, counts[name])) for name, value, _count in chosen]


def _is_exact(name: str, value: str, known: Mapping[str, int]) -> bool:
    if name != "application":
        return True
    asked = value[:_LONGEST_VALUE]
    return not any(other != value and asked in other for other in known)


def filters(candidate: Candidate, general: Filters) -> Filters:
    """The filters that count one candidate among the requests that the check counts."""
    name = ATTRIBUTED[candidate.by].filter
    value = candidate.value[:_LONGEST_VALUE] if candidate.by == "application" else (candidate.value,)
    return (*(pair for pair in general if pair[0] != name), (name, value))


def window(judged: Judged) -> Window:
    """The window of the check, for another request."""
    seen = judged.window
    if seen is None:
        raise ValueError("the check has seen no window")
    return Window(seen.t0, seen.t1, seen.interval_requested)


def share(
    judged: Judged, explained: Basis, candidate: Candidate, own: Sequence[Interval], policy: Policy
) -> Attribution | None:
    """The candidate's share, from its own intervals; None if it explains nothing."""
    metric, loads = judged.check.metric, explained.loads
    there = {one.start: one for one in own}
    counted = [
        measure.counted(metric.bad, there[one.start].by_code if one.start in there else {}, policy.ignored)
        for one in loads
    ]
    told = Attribution(candidate.by, candidate.value[:_LONGEST_VALUE], 0, None, None, None, None, candidate.exact)
    if metric.kind.name == "drop":
        return _silent(judged, told, loads, [valid for _bad, valid in counted])
    bad, valid = sum(bad for bad, _valid in counted), sum(valid for _bad, valid in counted)
    if not valid:
        return None
    failures = metric.kind.name == "rate"
    return told._replace(
        requests=valid,
        percent_of_requests=_percent(valid, sum(one.valid for one in loads)),
        failures=bad if failures else None,
        percent_of_failures=_percent(bad, sum(one.bad for one in loads)) if failures else None,
        utilization_without_percent=None if judged.check.filters else _without(loads, there, policy),
    )


def _percent(part: int, whole: int) -> float | None:
    """The percentage: 100 only for all of them, and never more, because the later count may exceed the earlier one."""
    if not whole:
        return None
    return 100.0 if part >= whole else min(99.9, round(100 * part / whole, 1))


def _without(loads: Sequence[Load], own: Mapping[float, Interval], policy: Policy) -> float:
    """The utilization of the busiest interval in percent, without the candidate's requests."""
    rest = [
        max(0, one.requests - (sum(own[one.start].by_code.values()) if one.start in own else 0)) / (one.end - one.start)
        for one in loads
    ]
    return round(float(100 * max(rest) / policy.rate_limit), 1)


def is_contradicted(found: Attribution, calls: Sequence[Mapping[str, str | None]]) -> bool:
    """Whether all requests count as this candidate's although the log has others', as if the filter were ignored."""
    return (
        found.exact
        and found.percent_of_requests == 100
        and any(value[:_LONGEST_VALUE] != found.value for call in calls if (value := call[found.by]))
    )


def _silent(judged: Judged, told: Attribution, loads: Sequence[Load], valid: Sequence[int]) -> Attribution | None:
    """The share of the earlier requests that a now silent candidate sent."""
    split = loads[-1].end - 60 * judged.detail["drop"].minutes
    before = [(one, count) for one, count in zip(loads, valid) if one.end <= split]
    after = [(one, count) for one, count in zip(loads, valid) if one.end > split]
    if not before or not after:
        return None
    usual, late = (
        sum(count for _one, count in part) / sum(one.end - one.start for one, _count in part)
        for part in (before, after)
    )
    if not usual or late > _SILENT * usual:
        return None
    sent = sum(count for _one, count in before)
    return told._replace(requests=sent, percent_of_requests=_percent(sent, sum(one.valid for one, _count in before)))


def ranked(judged: Judged, shares: Sequence[Attribution]) -> list[Attribution]:
    """The candidates, the largest share of the requests that the check counts first."""
    return sorted(shares, key=lambda one: (-(_weight(judged, one) or 0.0), one.by, one.value))


def _weight(judged: Judged, one: Attribution) -> float | None:
    return one.percent_of_failures if judged.check.metric.kind.name == "rate" else one.percent_of_requests


def culprit(judged: Judged) -> Attribution | None:
    """The candidate to blame; None if no share is large.

    For errors, its share of the failures must exceed its share of the requests, because in a failure that affects
    everybody, the client that sends the most also gets the most failures.
    """
    large = [one for one in judged.attribution if (_weight(judged, one) or 0.0) >= _LEAST_PERCENT]
    metric = judged.check.metric
    if metric.kind.name == "rate" and not metric.is_of_the_limit:
        large = [
            one
            for one in large
            if (one.percent_of_failures or 0.0) >= _MORE_THAN_ITS_PART * (one.percent_of_requests or 0.0)
        ]
    return large[0] if large else None


def common_culprit(alike: Sequence[Judged]) -> Attribution | None:
    """The culprit of the first of these checks, if all checks that have a culprit have the same one."""
    found = [one for one in map(culprit, alike) if one is not None]
    same = len({(one.by, one.value) for one in found}) == 1
    return found[0] if same and culprit(alike[0]) is found[0] else None


def name_of(one: Attribution) -> str:
    """A candidate's name for messages: text from outside, made plain and truncated."""
    kind, value = ATTRIBUTED[one.by], cut(plain(one.value), _LONGEST_TOLD)
    return f"{kind.word} {value}" if kind.is_named else value


def told(judged: Judged, brief: bool = False) -> str:
    """`BackupTool sends 52% of the requests and gets 81% of the 429s; without it 41% of the limit is used`."""
    found = culprit(judged)
    if found is None:
        alike = judged.attribution[:1]
        if brief or not alike or (_weight(judged, alike[0]) or 0.0) < _LEAST_PERCENT:
            return ""
        found = alike[0]
    name, kind = name_of(found), judged.check.metric.kind.name
    if brief:
        return f"{name} {number(_weight(judged, found) or 0)}%"
    requests = f"{number(found.percent_of_requests or 0)}% of the requests"
    if kind == "drop":
        return f"{name} sent {requests} before and has fallen silent"
    sends, gets = ("is", "is") if found.by == "operation" else ("sends", "gets")
    text = f"{name} {sends} {requests}"
    if found.percent_of_failures is not None:
        gets = "" if gets == sends else f"{gets} "
        text += f" and {gets}{number(found.percent_of_failures)}% of the {judged.check.metric.failures}"
    if found.utilization_without_percent is not None and judged.check.metric.is_of_the_limit:
        text += f"; without it {number(found.utilization_without_percent)}% of the limit is used"
    return text + _rest(judged, found)


def _rest(judged: Judged, found: Attribution) -> str:
    """The share that no candidate of this kind covers."""
    alike = [one for one in judged.attribution if one.by == found.by]
    rest = 100 - sum(_weight(judged, one) or 0.0 for one in alike)
    if len(alike) < 2 or rest < 1 or not all(one.exact for one in alike):
        return ""
    others = ", ".join(f"{name_of(one)} {number(_weight(judged, one) or 0)}%" for one in alike[1:])
    return f"; {others}, {number(rest)}% others"

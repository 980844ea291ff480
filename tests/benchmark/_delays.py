# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Incidents, polled as they happen: how late the gate closes, how often it changes its mind, when it opens again.

And traffic without incidents, to count false notices of missing requests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import Interval
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Policy
from tests.benchmark._gate import (
    END,
    HOURS,
    NOW,
    PER_HOUR,
    SECONDS,
    Counts,
    intervals_of,
    policy_of,
    poll,
    random,
    row,
    spread,
)

PER_MINUTE = (1, 5, 50)
PERCENTS = (10.0, 30.0, 100.0)
# What an outage of the edge leaves, in requests per minute, of what there was.
COLLAPSES = ((1, 0.02), (5, 0.1), (50, 0.3))
# Server errors without an incident.
CALM_PERCENT = 0.1
INCIDENT_SECONDS = 120 * 60
AFTER_SECONDS = 90 * 60
POLL_SECONDS = 120
# The delay from the end of an interval until its count is complete.
LAG_SECONDS = 90
OPEN_POLLS = 2
RUNS = 160
# The number of runs that flaps are reported for.
RUNS_TOLD = 16
POLLS = 2000
PATTERNS = ("steady", "bursty", "ramping", "night and day")
LEVELS = (5, 20, 50)
# Intervals before an incident: more than the widest window has.
_BEFORE = (HOURS + 1) * PER_HOUR


class Incident(NamedTuple):
    """What happens: requests per minute before, what is left of them, and the percentage that is answered 500."""

    per_minute: float
    left: float
    percent: float

    @property
    def collapse(self) -> bool:
        """Whether requests vanish, and none is answered with an error."""
        return self.left < self.per_minute


class Run(NamedTuple):
    """One incident, in minutes; infinite for what never came.

    `noticed` is from its begin until the gate closed (for a collapse: until a check said so), `held` for how much of
    the incident that stood, `over` from its end until the second of two polls without it. It `flapped` if it came and
    went before the incident ended.
    """

    noticed: float
    held: float
    flapped: bool
    over: float


INCIDENTS = (
    *(Incident(per_minute, per_minute, percent) for per_minute in PER_MINUTE for percent in PERCENTS),
    *(Incident(per_minute, left, 0.0) for per_minute, left in COLLAPSES),
)


@lru_cache(maxsize=1)
def standard() -> Policy:
    """The standard profile with all its checks."""
    return policy_of()


def timeline(draw: numpy.random.Generator, incident: Incident, begin: float) -> tuple[Counts, Counts]:
    """(bad, valid) of the intervals around an incident that begins `begin` seconds after END, from _BEFORE it on."""
    starts = numpy.arange(-_BEFORE, (INCIDENT_SECONDS + AFTER_SECONDS) // SECONDS + 2) * SECONDS
    edges = numpy.clip([starts, starts + SECONDS], begin, begin + INCIDENT_SECONDS)
    during = (edges[1] - edges[0]) / 60
    calm = draw.poisson(incident.per_minute * (SECONDS / 60 - during))
    hit = draw.poisson(incident.left * during)
    return draw.binomial(calm, CALM_PERCENT / 100) + draw.binomial(hit, incident.percent / 100), calm + hit


class Task(NamedTuple):
    """So many runs of an incident, by the place of their draws."""

    incident: Incident
    runs: int
    seed: int
    place: int


def run(draw: numpy.random.Generator, incident: Incident) -> Run:
    """Poll once through an incident."""
    offset = draw.uniform(0, SECONDS)
    bad, valid = timeline(draw, incident, offset)
    intervals = intervals_of(bad, valid, END + SECONDS * (len(valid) - _BEFORE))
    first = draw.uniform(0, POLL_SECONDS)
    found: list[bool] = []
    for since in numpy.arange(first, INCIDENT_SECONDS + AFTER_SECONDS, POLL_SECONDS):
        now = END + offset + since
        view = poll(known(intervals, now), standard(), now)
        found.append(view.closed or (incident.collapse and view.noticed))
        if math.isfinite(summed(found, first).over):
            break
    return summed(found, first)


def known(intervals: Sequence[Interval], now: float) -> Sequence[Interval]:
    """The intervals that are counted to their end at `now`."""
    return intervals[: max(0, math.floor((now - LAG_SECONDS - intervals[0].start) / SECONDS))]


def summed(found: Sequence[bool], first: float) -> Run:
    """What polls found from `first` seconds after an incident's begin on, every POLL_SECONDS."""
    minutes = [(first + number * POLL_SECONDS) / 60 for number in range(len(found))]
    end = INCIDENT_SECONDS / 60
    within = [told for told, at in zip(found, minutes, strict=True) if at < end]
    quiet = 0
    over = math.inf
    for told, at in zip(found[len(within) :], minutes[len(within) :], strict=True):
        quiet = 0 if told else quiet + 1
        if quiet == OPEN_POLLS:
            over = at - end
            break
    return Run(
        noticed=minutes[within.index(True)] if any(within) else math.inf,
        held=sum(within) * POLL_SECONDS / 60,
        flapped=any(was and not still for was, still in zip(within, within[1:], strict=False)),
        over=over,
    )


def runs(task: Task) -> list[Run]:
    """Go through an incident several times."""
    draw = random(task.seed, 3, task.place)
    return [run(draw, task.incident) for _run in range(task.runs)]


def measured(number: int, seed: int, processes: int) -> dict[Incident, list[Run]]:
    """Go through each incident so often."""
    pieces = [min(RUNS_TOLD, number - done) for done in range(0, number, RUNS_TOLD)]
    each = [(incident, piece) for piece in pieces for incident in INCIDENTS]
    tasks = [Task(incident, piece, seed, place) for place, (incident, piece) in enumerate(each)]
    found: dict[Incident, list[Run]] = {incident: [] for incident in INCIDENTS}
    for task, result in zip(tasks, spread(runs, tasks, processes), strict=True):
        found[task.incident] += result
    return found


def traffic(draw: numpy.random.Generator, pattern: str, per_minute: float) -> Counts:
    """The requests of the intervals of a window without an incident, and of an hour before it."""
    number = 2 * PER_HOUR
    level = numpy.full(number, per_minute * SECONDS / 60)
    if pattern == "bursty":
        level = level * draw.gamma(2, 1 / 2, number)
    elif pattern == "ramping":
        # Within the last hour to a quarter, or to four times as much.
        ramp = numpy.geomspace(2, 1 / 2, PER_HOUR)
        level[-PER_HOUR:] *= ramp if draw.random() < 1 / 2 else ramp[::-1]
    elif pattern == "night and day":
        hours = draw.uniform(0, 24) + numpy.arange(number) / PER_HOUR
        level = level * (1 + 0.9 * numpy.sin(2 * math.pi * hours / 24))
    return draw.poisson(level)


class Calm(NamedTuple):
    """So many polls of traffic without an incident, by the place of their draws."""

    pattern: str
    polls: int
    seed: int
    place: int


def notices(task: Calm) -> int:
    """How many of these polls notice missing requests although none is missing."""
    draw = random(task.seed, 4, task.place)
    found = 0
    for number in range(task.polls):
        valid = traffic(draw, task.pattern, LEVELS[number % len(LEVELS)])
        found += poll(intervals_of(draw.binomial(valid, CALM_PERCENT / 100), valid, END), standard(), NOW).noticed
    return found


def false_notices(polls: int, seed: int, processes: int) -> dict[str, int]:
    """False notices during the polls of each traffic pattern."""
    tasks = [Calm(pattern, polls, seed, place) for place, pattern in enumerate(PATTERNS)]
    return dict(zip(PATTERNS, spread(notices, tasks, processes), strict=True))


class Quartiles(NamedTuple):
    """A quarter, a half and three quarters of the runs are below these."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Quartiles:
        """The quartiles of at least one value, the infinite ones included: each is a value that occurred."""
        order = sorted(values)
        return cls(*(order[math.ceil(part * len(order) / 4) - 1] for part in (1, 2, 3)))

    def told(self) -> str:
        """The median, and the quartiles in brackets."""
        low, middle, high = (f"{value:.0f}" if math.isfinite(value) else "never" for value in self)
        return middle if low == middle == high else f"{middle} ({low}-{high})"


def flaps(found: Sequence[Run]) -> float:
    """How many of sixteen runs changed their mind before the incident ended."""
    return RUNS_TOLD * sum(one.flapped for one in found) / len(found)


def reopened(found: Sequence[Run]) -> list[float]:
    """How long after the end it was over, for the runs that noticed anything."""
    return [one.over for one in found if math.isfinite(one.noticed)]


def words(incident: Incident) -> str:
    """What happens."""
    if incident.collapse:
        return f"only {incident.left:g} a minute are left, all 200"
    return f"{incident.percent:g} % errors"


def table(found: dict[Incident, list[Run]]) -> list[str]:
    """The delays of every incident, in minutes."""
    lines = [
        row("requests a minute", "incident", "noticed after", "noticed for", "flaps, of 16", "over after", "missed"),
        "|--:|---|--:|--:|--:|--:|--:|",
    ]
    for incident, of in found.items():
        back = reopened(of)
        lines.append(
            row(
                f"{incident.per_minute:g}",
                words(incident),
                Quartiles.of([one.noticed for one in of]).told(),
                Quartiles.of([one.held for one in of]).told(),
                f"{flaps(of):.1f}",
                Quartiles.of(back).told() if back else "-",
                f"{sum(not math.isfinite(one.noticed) for one in of)} of {len(of)}",
            )
        )
    return lines


def notice_table(found: dict[str, int], polls: int) -> list[str]:
    """The false notices of every pattern of traffic."""
    lines = [row("traffic", "false notices"), "|---|--:|"]
    return lines + [row(pattern, f"{count} of {polls}") for pattern, count in found.items()]

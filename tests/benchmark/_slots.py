# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Back-test of the slots that a planned change is offered: simulated weeks, then the change, second by second."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy
from numpy.typing import NDArray

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import Interval
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import history as history_of
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.measure import Planned, Slot
from tests.benchmark._gate import END, SECONDS, WEEK, interval95, intervals_of, random, row, spread

RATE_LIMIT = 10
DAY = 86400
HOUR = 3600
# Which hour of the week is the busiest, and the quietest: mean requests per second around which organizations lie.
BY_DAY = (3.0, 8.0)
BY_NIGHT = (0.2, 2.0)
WEEKEND = 0.4
# How much an hour differs from the same hour of another week, and two minutes from their hour: the standard deviation
# of the logarithm. How restless real traffic is, is not known.
NOISES = (0.05, 0.1, 0.2)
PLANS = ((500, 5), (3000, 30), (6000, 60))
HISTORY_WEEKS = (2, 4)
ORGANIZATIONS = 100


Offer = Callable[[Sequence[Interval], Planned, float], Sequence[Slot]]
"""From the hours of the history (oldest first), a change and now, to the slots, earliest first."""


def by_the_core(history: Sequence[Interval], change: Planned, now: float) -> Sequence[Slot]:
    """The slots that a verdict offers."""
    hours = history_of.by_hour(history, (), True)
    weeks = round(len(history) * HOUR / WEEK)
    return history_of.slots(hours, now, weeks, change, Fraction(RATE_LIMIT))


def load(draw: numpy.random.Generator, weeks: int, noise: float) -> NDArray[numpy.float64]:
    """Requests per second in each 120 s of `weeks` weeks, for an organization drawn at random."""
    day, night = draw.uniform(*BY_DAY), draw.uniform(*BY_NIGHT)
    hours = numpy.arange(weeks * WEEK // HOUR)
    # Busiest at 14:00; the first day is a Monday.
    rhythm = (1 - numpy.cos(2 * math.pi * ((hours - 2) % 24) / 24)) / 2
    rhythm = numpy.where(hours // 24 % 7 >= 5, WEEKEND, 1) * rhythm**2
    level = (night + (day - night) * rhythm) * draw.lognormal(-(noise**2) / 2, noise, len(hours))
    level = numpy.repeat(level, HOUR // SECONDS)
    return level * draw.lognormal(-(noise**2) / 2, noise, len(level))


def limited(draw: numpy.random.Generator, others: NDArray[numpy.float64], change: Planned) -> int:
    """How many requests of a change are answered 429, that begins with `others` requests per second (each 120 s)."""
    seconds = change.minutes * 60
    theirs = draw.poisson(numpy.repeat(others, SECONDS)[:seconds])
    mine = numpy.diff(numpy.arange(seconds + 1) * change.requests // seconds)
    tokens, refused = RATE_LIMIT, 0
    for their, own in zip(theirs.tolist(), mine.tolist(), strict=True):
        # What is left of a second is kept for the next one, as far as the bucket holds it.
        there = tokens + RATE_LIMIT
        asked = their + own
        if asked > there:
            refused += draw.hypergeometric(own, their, asked - there)
        tokens = min(RATE_LIMIT, max(0, there - asked))
    return refused


class Result(NamedTuple):
    """How many organizations had slots, how many slots were offered, and in how many of those the change met no 429."""

    organizations: int
    with_slots: int
    offered: int
    clean: int


class Case(NamedTuple):
    """A change, the weeks of history that its slots are told from, and how restless the traffic is."""

    change: Planned
    weeks: int
    noise: float


class Task(NamedTuple):
    """A case to offer slots to, by the place of its draws."""

    case: Case
    organizations: int
    seed: int
    place: int
    offer: Offer


def tried(task: Task) -> Result:
    """Offer slots and try each: the change begins at random in it, so that it ends in it if that is possible."""
    draw = random(task.seed, 5, task.place)
    change, weeks, noise = task.case
    offered = clean = found = 0
    # END lies on a Monday.
    origin = (END // DAY) * DAY - weeks * WEEK
    for _number in range(task.organizations):
        rps = load(draw, weeks + 2, noise)
        now = origin + weeks * WEEK + int(draw.integers(0, DAY, endpoint=False))
        hours = int((now - origin) // HOUR)
        means = rps[: hours * HOUR // SECONDS].reshape(hours, -1).mean(axis=1)[-(weeks * WEEK // HOUR) :]
        valid = draw.poisson(means * HOUR)
        slots = task.offer(intervals_of(valid * 0, valid, origin + hours * HOUR, HOUR), change, now)
        found += bool(slots)
        for slot in slots:
            begin = draw.uniform(slot.begin, max(slot.begin, slot.end - change.minutes * 60))
            first = int((begin - origin) // SECONDS)
            offered += 1
            clean += not limited(draw, rps[first : first + math.ceil(change.minutes * 60 / SECONDS) + 1], change)
    return Result(task.organizations, found, offered, clean)


def back_test(organizations: int, seed: int, processes: int) -> dict[Case, Result]:
    """Offer slots in every case."""
    cases = [Case(Planned(*plan), weeks, noise) for noise in NOISES for plan in PLANS for weeks in HISTORY_WEEKS]
    tasks = [Task(case, organizations, seed, place, by_the_core) for place, case in enumerate(cases)]
    return dict(zip(cases, spread(tried, tasks, processes), strict=True))


def table(found: dict[Case, Result]) -> list[str]:
    """How many of the slots kept their promise."""
    lines = [
        row("noise", "change", "weeks of history", "organizations with slots", "slots", "no 429", "95 % interval"),
        "|--:|---|--:|--:|--:|--:|--:|",
    ]
    for (change, weeks, noise), one in found.items():
        share, sure = "-", "-"
        if one.offered:
            low, high = interval95(one.clean, one.offered)
            share, sure = f"{100 * one.clean / one.offered:.1f} %", f"{low:.1f}-{high:.1f} %"
        told = f"{change.requests} requests in {change.minutes} min"
        with_slots = f"{one.with_slots} of {one.organizations}"
        lines.append(row(f"{noise:g}", told, str(weeks), with_slots, str(one.offered), share, sure))
    return lines

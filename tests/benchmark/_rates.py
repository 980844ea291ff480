# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hours with a known rate of server errors: how often each profile closes the gate over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Policy
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import judge
from tests.benchmark._gate import (
    END,
    HOURS,
    NOW,
    PER_HOUR,
    WEEK,
    Counts,
    finder,
    interval95,
    intervals_of,
    only,
    policy_of,
    poll,
    random,
    row,
    spread,
)

PROFILES = ("standard", "strict", "relaxed")
PERCENTS = (1.0, 3.0, 5.0, 8.0, 10.0, 15.0)
REQUESTS = (100, 300, 1000, 10000)
# How alike the fates of two calls of one interval are: 0 is independent, 1 is all or none.
CORRELATIONS = (0.0, 0.1, 0.3)
# How often a call that fails is logged: once, or by an SDK that makes five attempts in vain.
ATTEMPTS = (1, 5)
HOURS_SIMULATED = 10000
# A detection needs no more to be known to two points.
FEWER = 4
# Fewer requests than some profile wants: what is judged is wider than an hour.
SCANT = 300
COMPARED = (100, 1000, 10000)
HEALTHY_PERCENT = 0.1


class Cell(NamedTuple):
    """One situation: the true rate of server errors among the requests, how many requests, and how errors come."""

    percent: float
    requests: int
    correlation: float
    attempts: int


class Closed(NamedTuple):
    """In how many of the simulated hours each profile closed the gate."""

    hours: int
    by_profile: dict[str, int]


class Compared(NamedTuple):
    """How many of the hours failed against a baseline at 0.1 %, and against one at the same true rate."""

    cell: Cell
    hours: int
    risen: int
    alike: int


def counts(draw: numpy.random.Generator, cell: Cell, hours: int) -> tuple[Counts, Counts]:
    """(bad, valid) of the intervals of each hour, one row an hour."""
    shape = (hours, PER_HOUR)
    share = cell.percent / 100
    # The rates are of what is logged, so of the calls fewer fail.
    failing = share / (cell.attempts - (cell.attempts - 1) * share)
    logged = 1 + (cell.attempts - 1) * failing
    calls = draw.poisson(cell.requests / logged / PER_HOUR, shape)
    shares = numpy.full(shape, failing)
    if cell.correlation:
        alike = (1 - cell.correlation) / cell.correlation
        shares = draw.beta(failing * alike, (1 - failing) * alike, shape)
    failed = draw.binomial(calls, shares)
    return cell.attempts * failed, calls + (cell.attempts - 1) * failed


@lru_cache(maxsize=1)
def policies() -> dict[str, Policy]:
    """The profiles with the one check that has something to find here."""
    return {name: only("server_error_percent", policy_of(profile=name)) for name in PROFILES}


def limit(profile: str) -> float:
    """Above which rate a profile fails."""
    (check,) = policies()[profile].checks
    assert check.fail is not None
    return check.fail


def cells() -> Iterator[Cell]:
    """Every situation."""
    for percent in PERCENTS:
        for requests in REQUESTS:
            for correlation in CORRELATIONS:
                for attempts in ATTEMPTS:
                    yield Cell(percent, requests, correlation, attempts)


def hours_of(cell: Cell, hours: int) -> int:
    """How many hours of a situation are simulated: where the gate should stay open, it takes more to be sure."""
    return hours if cell.percent <= 1 else max(1, hours // FEWER)


class Task(NamedTuple):
    """A situation to simulate, by its place among all of them."""

    cell: Cell
    hours: int
    seed: int
    place: int


def closed(task: Task) -> Closed:
    """Simulate a situation."""
    cell = task.cell
    wide = HOURS if cell.requests <= SCANT else 1
    bad, valid = counts(random(task.seed, 1, task.place), cell, task.hours * wide)
    shape = (task.hours, wide * PER_HOUR)
    by_profile = dict.fromkeys(PROFILES, 0)
    for bad_row, valid_row in zip(bad.reshape(shape), valid.reshape(shape), strict=True):
        intervals = intervals_of(bad_row, valid_row, END)
        for name, policy in policies().items():
            by_profile[name] += poll(intervals, policy).closed
    return Closed(task.hours, by_profile)


def measured(hours: int, seed: int, processes: int) -> dict[Cell, Closed]:
    """Simulate every situation."""
    tasks = [Task(cell, hours_of(cell, hours), seed, place) for place, cell in enumerate(cells())]
    return dict(zip((task.cell for task in tasks), spread(closed, tasks, processes), strict=True))


def compared(task: Task) -> Compared:
    """Compare hours with hours a week before, and count what fails."""
    draw = random(task.seed, 2, task.place)
    policy = only("server_error_regression", policy_of(baseline_days=7))
    failed = []
    for percent in (HEALTHY_PERCENT, task.cell.percent):
        then = counts(draw, task.cell._replace(percent=percent), task.hours)
        now = counts(draw, task.cell, task.hours)
        both = [
            [*intervals_of(then[0][i], then[1][i], END - WEEK), *intervals_of(now[0][i], now[1][i], END)]
            for i in range(task.hours)
        ]
        failed.append(sum(judge("1", finder(one, NOW), policy, NOW).status == "fail" for one in both))
    return Compared(task.cell, task.hours, *failed)


def comparisons(hours: int, seed: int, processes: int) -> list[Compared]:
    """Compare hours of the situations without retries, up to a correlation of 0.1."""
    chosen = [c for c in cells() if c.requests in COMPARED and c.correlation in CORRELATIONS[:2] and c.attempts == 1]
    tasks = [Task(cell, hours, seed, place) for place, cell in enumerate(chosen)]
    return spread(compared, tasks, processes)


def table(profile: str, found: dict[Cell, Closed]) -> list[str]:
    """In what percentage of the hours, and in how many, a profile closed the gate."""
    lines = [
        row("requests an hour", "correlation", "attempts", *(f"{percent:g} %" for percent in PERCENTS)),
        "|--:|--:|--:|" + "--:|" * len(PERCENTS),
    ]
    for requests in REQUESTS:
        for correlation in CORRELATIONS:
            for attempts in ATTEMPTS:
                results = [found[Cell(percent, requests, correlation, attempts)] for percent in PERCENTS]
                shares = [_share(one.by_profile[profile], one.hours) for one in results]
                lines.append(row(str(requests), f"{correlation:g}", str(attempts), *shares))
    return lines


def comparison_table(found: Sequence[Compared]) -> list[str]:
    """How often the comparison with a week before fails."""
    lines = [
        row("true rate", "requests an hour", "correlation", f"was {HEALTHY_PERCENT:g} %", "no change"),
        "|--:|--:|--:|--:|--:|",
    ]
    for cell, hours, risen, alike in found:
        lines.append(
            row(
                f"{cell.percent:g} %",
                str(cell.requests),
                f"{cell.correlation:g}",
                _share(risen, hours),
                _share(alike, hours),
            )
        )
    return lines


def _share(count: int, of: int) -> str:
    share = 100 * count / of
    return f"{share:.{2 if share < 1 else 1}f} % ({count})"


def worst(found: dict[Cell, Closed], percent: float, highest: bool) -> tuple[Cell, float, tuple[float, float]]:
    """The worst of the situations that the goals speak of: its share of closed hours in percent, and how sure it is.

    From 300 requests an hour on, without retries, up to a correlation of 0.1; for the standard profile.
    """
    shares = {
        cell: result.by_profile["standard"] / result.hours
        for cell, result in found.items()
        if cell.percent == percent and cell.requests >= 300 and cell.correlation <= 0.1 and cell.attempts == 1
    }
    cell = (max if highest else min)(shares, key=lambda one: shares[one])
    return cell, 100 * shares[cell], interval95(found[cell].by_profile["standard"], found[cell].hours)

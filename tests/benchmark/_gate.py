# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate as the benchmarks call it: the real core over simulated intervals, and a pool of processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple, TypeVar

import numpy
from numpy.typing import NDArray

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import VERDICT_FILTER
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import Interval
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import Look, too_quiet, window_of
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Policy
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.statistics import Z_TWO_SIDED_95, wilson
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import Organization, combine, judge
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated

SECONDS = 120
PER_HOUR = 3600 // SECONDS
# As far as the policy widens its window where an hour has too few requests.
HOURS = 6
WEEK = 7 * 86400
# 2026-05-04, 14:02:10Z, and the end of the last interval that has settled by then.
NOW = 1777903330.0
END = 1777903200
# The checks that notice missing requests.
NOTICES = ("traffic_drop_percent", "traffic_below_usual_percent")

Counts = NDArray[numpy.int64]
Task = TypeVar("Task")
Result = TypeVar("Result")


class View(NamedTuple):
    """What one poll found."""

    closed: bool
    # Whether a check of missing requests warns or fails.
    noticed: bool


def policy_of(**given: str | int) -> Policy:
    """The policy of these options."""
    return chosen.policy(validated(VERDICT_FILTER, given, NOW), NOW)


def only(metric: str, policy: Policy) -> Policy:
    """The policy with the check of this metric alone."""
    return policy._replace(checks=tuple(check for check in policy.checks if check.metric.name == metric))


def intervals_of(bad: Counts, valid: Counts, end: float, seconds: int = SECONDS) -> list[Interval]:
    """Adjacent intervals up to `end`, with `valid` requests each, of which `bad` were answered 500."""
    start = end - seconds * len(valid)
    return [
        Interval(
            start + seconds * i,
            start + seconds * (i + 1),
            {code: count for code, count in ((200, n - k), (500, k)) if count},
        )
        for i, (k, n) in enumerate(zip(bad.tolist(), valid.tolist(), strict=True))
    ]


def finder(intervals: Sequence[Interval], now: float) -> Callable[[Look], Outcome]:
    """What the API would answer to each look."""

    def find(look: Look) -> Outcome:
        asked = window_of(look, now)
        assert asked.t0 is not None
        assert asked.t1 is not None
        inside = [one for one in intervals if asked.t0 <= one.start and one.end <= asked.t1]
        return Outcome(inside, asked, {"status": 200, "attempts": 1})

    return find


def judged(intervals: Sequence[Interval], policy: Policy, now: float = NOW) -> Organization:
    """The organization, judged over these intervals, widened where there is too little, as the module does it."""
    find = finder(intervals, now)
    organization = judge("1", find, policy, now)
    quiet = too_quiet(organization.checks, policy)
    return judge("1", find, policy, now, quiet) if quiet else organization


def poll(intervals: Sequence[Interval], policy: Policy, now: float = NOW) -> View:
    """What a poll at `now` finds."""
    organization = judged(intervals, policy, now)
    closed = combine([organization], policy, now).gate == "closed"
    return View(
        closed, any(c.check.metric.name in NOTICES and c.status in ("warn", "fail") for c in organization.checks)
    )


def random(seed: int, *place: int) -> numpy.random.Generator:
    """Draws of a place of their own, so that they do not depend on which process simulates what before."""
    return numpy.random.default_rng([seed, *place])


def spread(work: Callable[[Task], Result], tasks: Iterable[Task], processes: int) -> list[Result]:
    """The results of all tasks, in the tasks' order, computed by `processes` processes."""
    if processes == 1:
        return [work(task) for task in tasks]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(work, tasks))


def processors() -> int:
    """How many processes can work at once here."""
    return os.cpu_count() or 1


def interval95(count: int, of: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share, in percent."""
    low, high = wilson(count, of, Z_TWO_SIDED_95)
    return 100 * low, 100 * high


def row(*columns: str) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(columns)} |"

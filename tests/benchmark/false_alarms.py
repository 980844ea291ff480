# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often the gate closes by mistake, and how often it should and does: simulated hours through the real core.

`python -m tests.benchmark.false_alarms` prints Markdown; see the README beside this file for how to read it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy

# Where pytest has not made the collection importable yet.
sys.path.append(str(Path(__file__).resolve().parents[2] / ".collections"))
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import VERDICT_FILTER
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import Interval
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import Look, too_quiet, window_of
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Policy
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import combine, judge
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated

PERCENTS = (0.1, 1.0, 3.0, 5.0, 8.0, 15.0)
REQUESTS = (100, 1000, 5000)
PATTERNS = ("independent", "bursty")
PROFILES = ("standard", "strict", "relaxed")
HEALTHY_PERCENT = 0.1
RUNS = 200
# How alike the fates of two requests of one interval are in the bursty pattern: 0 is independent, 1 is all or none.
CORRELATION = 0.1
SECONDS = 120
PER_HOUR = 3600 // SECONDS
# As far as the policy widens its window where an hour has too few requests.
HOURS = 6
WEEK = 7 * 86400
# 2026-05-04, 14:02:10Z, and the end of the last interval that has settled by then.
NOW = 1777903330.0
END = 1777903200


class Cell(NamedTuple):
    """One situation that was simulated: the true rate of server errors, how much traffic, and how they come."""

    pattern: str
    percent: float
    requests: int


def hours(
    random: numpy.random.Generator, pattern: str, percent: float, requests: int, number: int
) -> list[tuple[int, int]]:
    """(bad, valid) of the intervals of so many hours, on average with so many requests an hour."""
    intervals = number * PER_HOUR
    valid = random.poisson(requests / PER_HOUR, intervals)
    share = percent / 100
    if pattern == "bursty":
        spread = (1 - CORRELATION) / CORRELATION
        shares = random.beta(share * spread, (1 - share) * spread, intervals)
    else:
        shares = numpy.full(intervals, share)
    bad = random.binomial(valid, shares)
    return list(zip(bad.tolist(), valid.tolist(), strict=True))


def policy_of(**given: str | int) -> Policy:
    """The policy of these options."""
    return chosen.policy(validated(VERDICT_FILTER, given, NOW), NOW)


def only(metric: str, policy: Policy) -> Policy:
    """The policy with the check of this metric alone."""
    return policy._replace(checks=tuple(check for check in policy.checks if check.metric.name == metric))


class Bench:
    """The core, the policies that are compared, and how often each closed the gate in which situation."""

    def __init__(self, seed: int) -> None:
        self.random = numpy.random.default_rng(seed)
        self.closed: Counter[tuple[str, Cell]] = Counter()
        self.whole = {profile: policy_of(profile=profile) for profile in PROFILES}
        # The other checks have nothing to find here, and take three times as long to find it.
        self.policies = {name: only("server_error_percent", policy) for name, policy in self.whole.items()}
        self.comparison = only("server_error_regression", policy_of(baseline_days=7))

    def intervals(self, pairs: list[tuple[int, int]], end: int) -> list[Interval]:
        """These (bad, valid) as adjacent intervals up to `end`."""
        start = end - SECONDS * len(pairs)
        return [
            Interval(start + SECONDS * i, start + SECONDS * (i + 1), {200: n - k, 500: k} if k else {200: n})
            for i, (k, n) in enumerate(pairs)
        ]

    def finder(self, intervals: list[Interval]) -> Callable[[Look], Outcome]:
        """What the API would answer to each look."""

        def find(look: Look) -> Outcome:
            asked = window_of(look, NOW)
            assert asked.t0 is not None
            assert asked.t1 is not None
            inside = [one for one in intervals if asked.t0 <= one.start and one.end <= asked.t1]
            return Outcome(inside, asked, {"status": 200, "attempts": 1})

        return find

    def gate(self, intervals: list[Interval], policy: Policy) -> str:
        """The gate over these intervals, widened where there is too little, as the module does it."""
        find = self.finder(intervals)
        judged = judge("1", find, policy, NOW)
        quiet = too_quiet(judged.checks, policy)
        if quiet:
            judged = judge("1", find, policy, NOW, quiet)
        return combine([judged], policy, NOW).gate

    def regressed(self, intervals: list[Interval]) -> bool:
        """Whether the comparison with a week ago fails."""
        return judge("1", self.finder(intervals), self.comparison, NOW).status == "fail"

    def run(self, cell: Cell) -> None:
        """Simulate one situation once, and note what closes."""
        # Where an hour has enough for every policy, nothing is ever widened.
        number = HOURS if cell.requests < 500 else 1
        now = hours(self.random, cell.pattern, cell.percent, cell.requests, number)
        intervals = self.intervals(now, END)
        for profile, policy in self.policies.items():
            self.closed[profile, cell] += self.gate(intervals, policy) == "closed"
        for column, percent in (("from 0.1 %", HEALTHY_PERCENT), ("no change", cell.percent)):
            then = hours(self.random, cell.pattern, percent, cell.requests, 1)
            both = [*self.intervals(then, END - WEEK), *intervals[-PER_HOUR:]]
            self.closed[column, cell] += self.regressed(both)

    def limit(self, profile: str) -> float:
        """Above which rate a profile fails."""
        (check,) = self.policies[profile].checks
        assert check.fail is not None
        return check.fail

    def sides(self, column: str) -> tuple[float, float]:
        """Below which true rate to close is a false alarm, and above which it is a detection."""
        if column == "no change":
            return 100, 100
        if column == "from 0.1 %":
            # The comparison is to find a rise of a point.
            return 1, HEALTHY_PERCENT + 1
        return self.limit(column), self.limit(column)


def cells() -> Iterator[Cell]:
    """Every situation."""
    for pattern in PATTERNS:
        for percent in PERCENTS:
            for requests in REQUESTS:
                yield Cell(pattern, percent, requests)


def measured(runs: int, seed: int) -> Bench:
    """Simulate every situation so often."""
    bench = Bench(seed)
    for cell in cells():
        for _run in range(runs):
            bench.run(cell)
    return bench


def row(*columns: str) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(columns)} |"


def table(bench: Bench, runs: int) -> list[str]:
    """The situations, and in what percentage of the runs each policy closed the gate."""
    columns = [*(f"{profile} ({bench.limit(profile):g} %)" for profile in PROFILES), "from 0.1 %", "no change"]
    lines = [
        row("errors", "true rate", "requests an hour", *columns),
        "|---|--:|--:|" + "--:|" * len(columns),
    ]
    for cell in cells():
        shares = [f"{100 * bench.closed[name, cell] / runs:.1f} %" for name in (*PROFILES, "from 0.1 %", "no change")]
        lines.append(row(cell.pattern, f"{cell.percent:g} %", f"{cell.requests}", *shares))
    return lines


def summed(bench: Bench, runs: int) -> list[str]:
    """False alarms and detections of each policy over all situations on either side of its limit."""
    lines = [
        row("errors", "policy", "false alarms", "detections"),
        "|---|---|--:|--:|",
    ]
    for pattern in PATTERNS:
        for name in (*PROFILES, "from 0.1 %", "no change"):
            below, above = bench.sides(name)
            sides = [
                [cell for cell in cells() if cell.pattern == pattern and cell.percent < below],
                [cell for cell in cells() if cell.pattern == pattern and cell.percent > above],
            ]
            told = [_share(sum(bench.closed[name, cell] for cell in side), len(side) * runs) for side in sides]
            lines.append(row(pattern, name, *told))
    return lines


def _share(closed: int, runs: int) -> str:
    return f"{100 * closed / runs:.2f} % ({closed} of {runs})" if runs else "-"


def report(runs: int, seed: int) -> str:
    """The whole report in Markdown."""
    bench = measured(runs, seed)
    head = (
        f"{runs} simulated runs of each situation, seed {seed}: in how many of them the gate closed, or the comparison "
        f"with a week ago failed. In bursts: a beta-binomial per interval of {SECONDS} s, correlation {CORRELATION}."
    )
    return "\n".join([head, "", *table(bench, runs), "", *summed(bench, runs), ""])


def main(arguments: list[str] | None = None) -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.false_alarms", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"runs of each situation (default {RUNS})")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the traffic (default 1)")
    options = parser.parse_args(arguments)
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    sys.stdout.write(report(options.runs, options.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())

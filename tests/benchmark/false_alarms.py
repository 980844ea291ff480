# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often the gate is wrong, and how late it is right: simulated traffic through the real core.

`python -m tests.benchmark.false_alarms` prints Markdown; see the README beside this file for how to read it.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmark import _delays, _delays_picture, _rates, _slots
from tests.benchmark._gate import SECONDS, interval95, processors, row

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images" / "delays.svg"
PARTS = ("rates", "comparison", "delays", "notices", "slots")


class Size(NamedTuple):
    """How much is simulated: hours of a situation, runs of an incident, polls of a pattern, organizations of a plan."""

    hours: int
    runs: int
    polls: int
    organizations: int


class Goal(NamedTuple):
    """A goal, the measured value, and whether it meets the goal."""

    what: str
    measured: str
    met: bool


class Section(NamedTuple):
    """A part of the report: its title, its Markdown, and the goals that it speaks of."""

    title: str
    lines: list[str]
    goals: list[Goal]
    picture: str | None = None


def rates(size: Size, seed: int, processes: int) -> Section:
    """How often each profile closes the gate at a known rate of errors."""
    found = _rates.measured(size.hours, seed, processes)
    lines = [
        f"Each cell shows in what percentage of the simulated hours the gate closed, and in how many. There are "
        f"{size.hours} hours for each row at a true 1 %, and {max(1, size.hours // _rates.FEWER)} at each other rate.",
    ]
    for profile in _rates.PROFILES:
        lines += ["", f"### {profile}: fails above {_rates.limit(profile):g} %", "", *_rates.table(profile, found)]
    goals = []
    for percent, most in ((1.0, 0.1), (10.0, None)):
        cell, share, (low, high) = _rates.worst(found, percent, most is not None)
        where = f"{cell.requests} requests an hour, correlation {cell.correlation:g}"
        told = f"{share:.2f} % (95 % interval {low:.2f}-{high:.2f}), at {where}"
        if most is None:
            goals.append(Goal("a true 10 % is detected in at least 90 % of the hours", told, share >= 90))
        else:
            goals.append(Goal(f"a true 1 % closes the gate in at most {most:g} % of the hours", told, share <= most))
    return Section("Hours with a known rate of errors", lines, goals)


def comparison(size: Size, seed: int, processes: int) -> Section:
    """How often the comparison with a week before fails."""
    hours = max(1, size.hours // 20)
    found = _rates.comparisons(hours, seed, processes)
    head = (
        f"How often `server_error_regression` fails in {hours} hours of each situation, compared with an hour a week "
        f"earlier that had {_rates.HEALTHY_PERCENT:g} % of errors, and with one that had the same rate."
    )
    return Section("The comparison with a week before", [head, "", *_rates.comparison_table(found)], [])


def delays(size: Size, seed: int, processes: int) -> Section:
    """How late the gate closes, and opens again."""
    found = _delays.measured(size.runs, seed, processes)
    head = (
        f"The standard profile polls {size.runs} simulated incidents of {_delays.INCIDENT_SECONDS // 60} min each, "
        f"every {_delays.POLL_SECONDS // 60} min. The cells show minutes: the median (the quartiles)."
    )
    goals = []
    for per_minute, percent, most in ((50, 10, 26), (50, 30, 10), (50, 100, 6)):
        of = found[_delays.Incident(per_minute, per_minute, percent)]
        middle = _delays.Quartiles.of([one.noticed for one in of]).middle
        what = f"{percent} % of errors at {per_minute} requests a minute close the gate within {most} min"
        goals.append(Goal(what, _median(middle), middle <= most))
    of = found[_delays.Incident(5, 5, 10)]
    flaps, back = _delays.flaps(of), _delays.reopened(of)
    goals.append(Goal("10 % at 5 a minute: at most 2 of 16 runs flap", f"{flaps:.1f} of 16", flaps <= 2))
    over = _delays.Quartiles.of(back or [math.inf]).middle
    goals.append(Goal("10 % at 5 a minute: two open polls within 17 min of its end", _median(over), over <= 17))
    for per_minute, left in _delays.COLLAPSES:
        if per_minute >= 5:
            of = found[_delays.Incident(per_minute, left, 0.0)]
            middle = _delays.Quartiles.of([one.noticed for one in of]).middle
            what = f"a collapse from {per_minute} requests a minute is noticed within 15 min"
            goals.append(Goal(what, _median(middle), middle <= 15))
    return Section("Delays", [head, "", *_delays.table(found)], goals, _delays_picture.picture(found))


def _median(minutes: float) -> str:
    return f"{minutes:.1f} min (median)" if math.isfinite(minutes) else "never"


def notices(size: Size, seed: int, processes: int) -> Section:
    """How often missing requests are noticed that are not missing."""
    found = _delays.false_notices(size.polls, seed, processes)
    total = sum(found.values())
    head = f"{size.polls} polls of each pattern, at {', '.join(map(str, _delays.LEVELS))} requests a minute in turn."
    told = f"{total} of {size.polls * len(found)}"
    goals = [Goal("no false notice of missing requests", told, total == 0)]
    return Section("False notices of missing requests", [head, "", *_delays.notice_table(found, size.polls)], goals)


def slots(size: Size, seed: int, processes: int) -> Section:
    """How often a change that keeps to its slot meets no 429."""
    found = _slots.back_test(size.organizations, seed, processes)
    head = (
        f"Each row has {size.organizations} simulated organizations. `noise` is how much an hour differs from the same "
        "hour of another week, and how much two minutes differ from their hour. 0.1 is about 10 %."
    )
    goals = []
    for noise in _slots.NOISES:
        of = [one for case, one in found.items() if case.noise == noise]
        clean, offered = sum(one.clean for one in of), sum(one.offered for one in of)
        low, high = interval95(clean, offered) if offered else (0.0, 0.0)
        share = 100 * clean / offered if offered else 0.0
        told = f"{share:.1f} % (95 % interval {low:.1f}-{high:.1f})"
        goals.append(Goal(f"in 95 % of the slots the change meets no 429, noise {noise:g}", told, share >= 95))
    return Section("Slots for a planned change", [head, "", *_slots.table(found)], goals)


_MAKERS = {"rates": rates, "comparison": comparison, "delays": delays, "notices": notices, "slots": slots}


def report(sections: list[Section], seed: int) -> str:
    """The whole report in Markdown: the goals, then the tables."""
    return "\n".join([f"Seed {seed}, intervals of {SECONDS} s.", "", *_goals(sections), "", *_tables(sections)])


def _goals(sections: list[Section]) -> Iterator[str]:
    yield row("goal, standard profile", "measured", "")
    yield "|---|---|---|"
    for section in sections:
        for goal in section.goals:
            yield row(goal.what, goal.measured, "met" if goal.met else "**missed**")


def _tables(sections: list[Section]) -> Iterator[str]:
    for section in sections:
        yield from (f"## {section.title}", "", *section.lines, "")


def main(arguments: list[str] | None = None) -> int:
    """Print the report, and draw the delays."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.false_alarms", description=__doc__)
    numbers = {
        "hours": (_rates.HOURS_SIMULATED, "hours of each situation at a true 1 %%; a quarter of it elsewhere"),
        "runs": (_delays.RUNS, "runs of each incident"),
        "polls": (_delays.POLLS, "polls of each pattern of calm traffic"),
        "organizations": (_slots.ORGANIZATIONS, "organizations that each planned change is offered slots in"),
        "processes": (processors(), "how many processes work at once"),
    }
    for name, (default, told) in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{told} (default {default})")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the traffic (default 1)")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"which of {','.join(PARTS)} (default all)")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="the file of the chart of the delays")
    options = parser.parse_args(arguments)
    parts = options.parts.split(",")
    for name in numbers:
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"--parts knows no {', '.join(unknown)}")
    size = Size(*(getattr(options, name) for name in Size._fields))
    sections = [_MAKERS[part](size, options.seed, options.processes) for part in PARTS if part in parts]
    sys.stdout.write(report(sections, options.seed))
    for section in sections:
        if section.picture:
            options.picture.write_text(section.picture, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

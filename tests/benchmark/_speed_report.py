# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of `speed` -> its tables, its picture and the page docs/speed.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from tests.benchmark._variants import DAYS_SHAPE, EMPTY, FLEET_SHAPE, HOURS_SHAPE, PEER, Shape

RATE = 90.0


class Run(NamedTuple):
    """One run of a play: where it belongs, what it cost, and what the server did meanwhile."""

    shape: str
    core: str
    variant: str
    organizations: int
    repetition: int
    seconds: float
    cpu_seconds: float
    # Of Ansible's largest process.
    peak_mb: float
    requests: int
    limited: int
    # How long the server kept its answers back, all together.
    latency_seconds: float
    server_cpu_seconds: float


class Spread(NamedTuple):
    """A median and the range around it."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of at least one value."""
        found = sorted(values)
        return cls(median(found), found[0], found[-1])

    def told(self, digits: int = 2) -> str:
        """The median, and the range where there is one."""
        middle, least, most = (f"{value:.{digits}f}" for value in self)
        return middle if least == most else f"{middle} ({least}-{most})"


class Group(NamedTuple):
    """All runs of one case."""

    core: str
    variant: str
    organizations: int
    runs: tuple[Run, ...]

    def spread(self, value: Callable[[Run], float]) -> Spread:
        """The spread of something over the runs."""
        return Spread.of(map(value, self.runs))

    def against(self, other: Group, value: Callable[[Run, Run], float]) -> Spread:
        """The spread of a comparison with the runs of the same repetition, which met the same load beside them."""
        theirs = {one.repetition: one for one in other.runs}
        return Spread.of(value(one, theirs[one.repetition]) for one in self.runs if one.repetition in theirs)


def groups(runs: Iterable[Run], shape: Shape) -> list[Group]:
    """The cases of a shape: by core, then by size, then in the shape's order."""
    found: dict[tuple[str, int, int], list[Run]] = {}
    order = [variant.name for variant in shape.variants]
    for run in runs:
        if run.shape == shape.name:
            found.setdefault((run.core, run.organizations, order.index(run.variant)), []).append(run)
    return [
        Group(core, order[place], organizations, tuple(found[core, organizations, place]))
        for core, organizations, place in sorted(found)
    ]


def row(*cells: str) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def one_table(found: Sequence[Group]) -> list[str]:
    """The plays of one shape on one core, for one organization."""
    by_name = {group.variant: group for group in found}
    peer, empty = by_name[PEER], by_name[EMPTY]
    lines = [
        row("play", "seconds", "ratio", "CPU seconds", "ratio of CPU", "above the empty play", "peak MB"),
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for group in found:
        above = group.against(empty, lambda one, other: one.seconds - other.seconds - one.latency_seconds)
        lines.append(
            row(
                group.variant,
                group.spread(lambda one: one.seconds).told(),
                group.against(peer, lambda one, other: one.seconds / other.seconds).told(),
                group.spread(lambda one: one.cpu_seconds).told(),
                group.against(peer, lambda one, other: one.cpu_seconds / other.cpu_seconds).told(),
                "-" if group.variant == EMPTY else above.told(),
                f"{group.spread(lambda one: one.peak_mb).middle:.0f}",
            )
        )
    return lines


def fleet_table(found: Sequence[Group]) -> list[str]:
    """The plays for many organizations."""
    lines = [
        row("play", "organizations", "seconds", f"of N / {RATE:g}", "CPU seconds", "CPU ms for each", "peak MB", "429"),
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for group in found:
        number = group.organizations
        lines.append(
            row(
                group.variant,
                str(number),
                group.spread(lambda one: one.seconds).told(1),
                group.spread(lambda one: one.seconds / one.organizations * RATE).told(),
                group.spread(lambda one: one.cpu_seconds).told(1),
                f"{group.spread(lambda one: one.cpu_seconds * 1000 / one.organizations).middle:.0f}",
                f"{group.spread(lambda one: one.peak_mb).middle:.0f}",
                str(sum(one.limited for one in group.runs)),
            )
        )
    return lines


def tables(runs: Sequence[Run]) -> list[str]:
    """All tables, each under a heading."""
    lines: list[str] = []
    for shape, table in ((HOURS_SHAPE, one_table), (DAYS_SHAPE, one_table), (FLEET_SHAPE, fleet_table)):
        found = groups(runs, shape)
        if not found:
            continue
        lines += [f"## {shape.title}", "", *shape.words]
        for core in dict.fromkeys(group.core for group in found):
            mine = [group for group in found if group.core == core]
            number = Spread.of(len(group.runs) for group in mine)
            times = f"{number.least:g}" if number.least == number.most else f"{number.least:g} to {number.most:g}"
            lines += ["", f"{core}, {times} run{'s' * (times != '1')} of each:", "", *table(mine)]
        lines.append("")
    return lines


STYLE = """
.card{fill:#fff;stroke:#d0d7de}.ink{fill:#1f2328}.faint{fill:#59636e}.axis{stroke:#d0d7de}
.ours{fill:#1a7f64}.theirs{fill:#b35900}.base{fill:#818b98}.range{stroke:#1f2328;stroke-width:1.5}
@media (prefers-color-scheme:dark){.card{fill:#151b23;stroke:#3d444d}.ink{fill:#f0f6fc}.faint{fill:#9198a1}
.axis{stroke:#3d444d}.ours{fill:#3fb68b}.theirs{fill:#e0883a}.base{fill:#656c76}.range{stroke:#f0f6fc}}
text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}.title{font-weight:600;font-size:14px}
""".replace("\n", "")
_WIDTH, _LEFT, _RIGHT, _ROW, _HEAD = 860, 300, 690, 24, 44


def picture(runs: Sequence[Run]) -> str:
    """Bars of the medians with their ranges, one panel for each shape and core, as SVG."""
    drawn: list[str] = []
    y = 20
    for shape in (HOURS_SHAPE, DAYS_SHAPE, FLEET_SHAPE):
        found = groups(runs, shape)
        for core in dict.fromkeys(group.core for group in found):
            panel = [group for group in found if group.core == core]
            drawn += _panel(f"{shape.title}, {core}", panel, y)
            y += _HEAD + len(panel) * _ROW + 16
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" width="{_WIDTH}" height="{y}">',
            "<title>Seconds of each play: median and range</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="card" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{y - 1}" rx="6"/>',
            *drawn,
            "</svg>",
            "",
        ]
    )


def _panel(title: str, found: Sequence[Group], top: int) -> list[str]:
    spreads = [group.spread(lambda one: one.seconds) for group in found]
    step = step_of(max(spread.most for spread in spreads))
    end = math.ceil(max(spread.most for spread in spreads) / step) * step
    bottom = top + _HEAD + len(found) * _ROW

    def place(seconds: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * seconds / end, 1)

    lines = [f'<text class="ink title" x="20" y="{top + 14}">{escape(title)}</text>']
    for number in range(round(end / step) + 1):
        x = place(number * step)
        lines.append(f'<line class="axis" x1="{x}" y1="{top + _HEAD - 8}" x2="{x}" y2="{bottom}"/>')
        unit = " s" if number == 0 else ""
        lines.append(
            f'<text class="faint" text-anchor="middle" x="{x}" y="{top + _HEAD - 12}">{number * step:g}{unit}</text>'
        )
    sizes = len({group.organizations for group in found}) > 1
    for position, (group, spread) in enumerate(zip(found, spreads, strict=True)):
        y = top + _HEAD + position * _ROW
        kind = "theirs" if "cisco.meraki" in group.variant else "ours" if "builtin" not in group.variant else "base"
        kind = "base" if group.variant == EMPTY else kind
        label = f"{group.organizations}: {group.variant}" if sizes else group.variant
        lines += [
            f'<text class="ink" text-anchor="end" x="{_LEFT - 10}" y="{y + 15}">{escape(label)}</text>',
            f'<rect class="{kind}" x="{_LEFT}" y="{y + 3}" width="{place(spread.middle) - _LEFT:.1f}" height="15"/>',
            f'<path class="range" d="M{place(spread.least)} {y + 10.5}H{place(spread.most)}"/>',
            f'<text class="ink" x="{_RIGHT + 14}" y="{y + 15}">{escape(spread.told())}</text>',
        ]
    return lines


def step_of(most: float) -> float:
    """A round distance that divides a range into some three to seven parts."""
    rough = most / 6
    power: float = 10 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


_PAGE = """<!--
Copyright (c) 2026, the apihealth.meraki maintainers
GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# How long it takes

`make bench` measures the same work with this collection and with others, and writes this page. Each run is one
`ansible-playbook` from start to end, in an empty home, with Ansible's defaults. The plays of a table take turns, in a
different order in each repetition, so that other load on the machine affects all of them.

- The API is simulated by a separate process on the same machine. It answers with healthy intervals after 50 to 200 ms.
  The delay is the same for every play of a repetition. Above 100 requests per second it answers 429. It uses almost no
  CPU.
- Every play that reads asserts how many intervals it received, and that fewer than 5 % of the requests failed with 5xx.
  The modules of this collection return this rate. For cisco.meraki and ansible.builtin.uri, the play computes it from
  the answer.
- *seconds* and *CPU seconds* are medians, with the minimum and the maximum in brackets. *ratio* is relative to
  {peer} in the same repetition. *above the empty play* is the difference to an empty play of the same
  repetition, without the API's latency.
- CPU is that of Ansible and all its processes. *peak MB* is the peak memory of the largest of them.

The plays are in [tests/benchmark](../tests/benchmark/README.md).

![Seconds of each play: bars of the medians, with ranges]({image})

{tables}
## The machine

{machine}

## Limitations

- All measurements are from one machine. On another, the seconds differ, but the ratios differ less.
- The latency is simulated, and TLS is not used.
- Other features of the peers, such as writing to the API, are not compared.
"""


def page(runs: Sequence[Run], machine: Sequence[tuple[str, str]], image: str) -> str:
    """The page in Markdown."""
    return _PAGE.format(
        peer=PEER,
        image=image,
        tables="\n".join(tables(runs)),
        machine="\n".join(f"- {name}: {value}" for name, value in machine),
    )


def as_data(runs: Iterable[Run], machine: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What may be written as JSON, and read again."""
    return {"machine": [list(each) for each in machine], "runs": [run._asdict() for run in runs]}

# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The delays of every incident -> a chart, as SVG that follows a light or dark page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from tests.benchmark._delays import Incident, Quartiles, Run, reopened
from tests.benchmark._speed_report import STYLE, step_of

_WIDTH, _LABELS, _PANEL, _GAP, _ROW, _HEAD = 900, 220, 270, 70, 24, 64
NEVER = "not noticed"


class Panel(NamedTuple):
    """A column of bars: where it begins, how many minutes it is wide, and what it shows of each incident."""

    title: str
    left: float
    most: float
    values: Sequence[Quartiles | None]

    def place(self, minutes: float) -> float:
        """The horizontal position of a number of minutes, in pixels."""
        return round(self.left + _PANEL * min(minutes, self.most) / self.most, 1)


def picture(found: dict[Incident, list[Run]]) -> str:
    """Two columns of bars: minutes until an incident is noticed, and until it is over; medians and quartiles."""
    noticed = [_finite([one.noticed for one in of]) for of in found.values()]
    over = [_finite(back) if (back := reopened(of)) else None for of in found.values()]
    panels = [
        _panel("Noticed after, in minutes", _LABELS, noticed),
        _panel("Over after its end, in minutes", _LABELS + _PANEL + _GAP, over),
    ]
    height = _HEAD + len(found) * _ROW + 20
    drawn = [line for panel in panels for line in _bars(panel, height - 16)]
    for position, incident in enumerate(found):
        y = _HEAD + position * _ROW + 15
        drawn.append(f'<text class="ink" text-anchor="end" x="{_LABELS - 12}" y="{y}">{escape(label(incident))}</text>')
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
            f'height="{height}">',
            "<title>Minutes until an incident is noticed, and until it is over: medians and quartiles</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="card" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1}" rx="6"/>',
            *drawn,
            "</svg>",
            "",
        ]
    )


def label(incident: Incident) -> str:
    """An incident, in a few words."""
    what = f"falls to {incident.left:g}" if incident.collapse else f"{incident.percent:g} % errors"
    return f"{incident.per_minute:g}/min, {what}"


def _finite(values: Sequence[float]) -> Quartiles | None:
    """The quartiles, unless half of the values are infinite."""
    found = Quartiles.of(values)
    return found if math.isfinite(found.middle) else None


def _panel(title: str, left: float, values: Sequence[Quartiles | None]) -> Panel:
    ends = [end for one in values if one for end in one if math.isfinite(end)]
    step = step_of(max(ends, default=10))
    return Panel(title, left, math.ceil(max(ends, default=10) / step) * step, values)


def _bars(panel: Panel, bottom: float) -> list[str]:
    lines = [f'<text class="ink title" x="{panel.left}" y="26">{panel.title}</text>']
    step = step_of(panel.most)
    for number in range(round(panel.most / step) + 1):
        x = panel.place(number * step)
        lines.append(f'<line class="axis" x1="{x}" y1="{_HEAD - 6}" x2="{x}" y2="{bottom}"/>')
        lines.append(f'<text class="faint" text-anchor="middle" x="{x}" y="{_HEAD - 12}">{number * step:g}</text>')
    for position, value in enumerate(panel.values):
        y = _HEAD + position * _ROW
        if value is None:
            lines.append(f'<text class="faint" x="{panel.left + 6}" y="{y + 15}">{NEVER}</text>')
            continue
        end = panel.place(value.middle)
        reach = panel.place(value.high)
        lines += [
            f'<rect class="ours" x="{panel.left}" y="{y + 3}" width="{end - panel.left:.1f}" height="15"/>',
            f'<path class="range" d="M{panel.place(value.low)} {y + 10.5}H{reach}"/>',
            f'<text class="ink" x="{max(end, reach) + 6}" y="{y + 15}">{value.middle:.0f}</text>',
        ]
    return lines

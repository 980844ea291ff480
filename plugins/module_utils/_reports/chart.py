# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drawings of the HTML report, as inline SVG. PURE.

Horizontal positions are percentages of the width and heights are pixels, so that text keeps its size on any screen.
Colours come only from the page's style sheet; no information is in colour alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from .._intervals import CodeClass
from .._judging.measure import ENOUGH_RECENT
from .._judging.series import Before, Point, Series
from .._metric import METRICS
from .._time import to_iso
from .markup import BREAK, NOTHING, Html, element, inert, lines, text
from .view import Check, Window
from .words import amount, clock, cut, moment, plural, precise, real

# The worst class is at the bottom, where bars share a base line and can be compared.
CLASSES: dict[CodeClass, str] = {
    "server_error": "5xx",
    "rate_limited": "429",
    "client_error": "other 4xx",
    "other": "other",
    "ok": "2xx, 3xx",
}
_TALL, _LOW = 190, 120
FEW = ENOUGH_RECENT
_DAY = 86400
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, _DAY, 2 * _DAY, 7 * _DAY)
# Patterns shared by drawings and legends are defined once and referenced by name.
PATTERNS = Html(
    '<pattern id="k-server_error" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" class="c-server_error"/></pattern>'
    '<pattern id="k-rate_limited" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" class="c-rate_limited"/><path d="M-1 1l2-2M0 6l6-6M5 7l2-2" class="cut"/></pattern>'
    '<pattern id="k-client_error" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<rect width="5" height="5" class="c-client_error"/><path d="M0 2.5h5" class="cut"/></pattern>'
    '<pattern id="k-other" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<rect width="5" height="5" class="c-other"/><circle cx="2.5" cy="2.5" r="1.1" class="hole"/></pattern>'
    '<pattern id="k-ok" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" class="c-ok"/></pattern>'
    '<pattern id="k-breach" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<path d="M-1 6l2 2M0 0l7 7M6-1l2 2" class="hatch"/></pattern>'
    '<pattern id="k-gap" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<circle cx="3" cy="3" r="0.9" class="dot"/></pattern>'
)


class Culprit(NamedTuple):
    """The client behind a breach, and its requests at each point."""

    name: str
    requests: Sequence[int]


class Span(NamedTuple):
    """The time that a drawing shows, in seconds since the epoch."""

    start: float
    end: float

    def at(self, moment: float) -> float:
        """The position of this moment, in percent of the width."""
        return 100 * (moment - self.start) / (self.end - self.start)


def drawable(series: Series | None) -> list[Point]:
    """The points of a series that can be drawn on a time axis."""
    return [point for point in series.points if point.seconds <= 400 * _DAY] if series else []


def span_of(intervals: Sequence[Point], window: Window | None) -> Span:
    """The span of the window, extended to include every interval."""
    edges = [piece.start for piece in intervals] + [piece.end for piece in intervals]
    given = (moment(window.t0), moment(window.t1)) if window else ()
    edges += [edge for edge in given if edge is not None]
    return Span(min(edges), max(*edges, min(edges) + 1))


def gaps(intervals: Sequence[Point], span: Span) -> list[Span]:
    """The spans without an interval."""
    found = []
    reached = span.start
    for piece in [*intervals, Point(span.end, 0, {}, (), {})]:
        if piece.start - reached >= 1:
            found.append(Span(reached, piece.start))
        reached = max(reached, piece.end)
    return found


def runs(intervals: Sequence[Point], name: str | None = None) -> list[Span]:
    """Adjacent intervals that breach this check (any check if None), as one span each."""
    found: list[Span] = []
    for piece in intervals:
        if piece.breaching if name is None else name in piece.breaching:
            if found and piece.start - found[-1].end < 1:
                found[-1] = Span(found[-1].start, piece.end)
            else:
                found.append(Span(piece.start, piece.end))
    return found


def culprit(series: Series) -> Culprit | None:
    """The client behind the worst check, with its requests at each drawable point."""
    if series.culprit is None or len(series.of_culprit) != len(series.points):
        return None
    drawn = set(map(id, drawable(series)))
    both = [(point, count) for point, count in zip(series.points, series.of_culprit) if id(point) in drawn]
    # Its requests were counted later, so they may exceed the total.
    return Culprit(series.culprit, [min(count, point.requests) for point, count in both])


def requests(
    prefix: str,
    intervals: Sequence[Point],
    span: Span,
    limit_rps: float | None,
    behind: Culprit | None = None,
    before: Sequence[Before] = (),
) -> Html:
    """Requests by class per interval as stacked bars, with the rate limit if it fits the scale.

    `behind` adds a line for this client's requests; `before` adds a line for the week before.
    """
    peak = max(piece.requests for piece in intervals)
    busiest = next(piece for piece in intervals if piece.requests == peak)
    limit = (real(limit_rps) or 0) * busiest.seconds
    in_reach = 0 < limit <= 2 * peak
    own = behind.requests if behind else ()
    # Scaled to the width of the current intervals.
    usual = [one.rps * busiest.seconds for one in before]
    top = max(1.06 * max([peak, *usual]), 1.14 * limit if in_reach else 0, 10.0)
    absent = gaps(intervals, span)
    breaching = sum(bool(piece.breaching) for piece in intervals)
    told = ", ".join(
        f"{label} {amount(sum(piece.by_class[name] for piece in intervals))}" for name, label in CLASSES.items()
    )
    description = (
        f"{_counted(intervals)} from {_edge(span.start)} to {_edge(span.end)}. Requests: {told}. "
        f"{f'Of these {inert(behind.name, 100)}: {amount(sum(own))}. ' if behind else ''}"
        f"{_told_before(usual)}Busiest: {amount(peak)} at {clock(busiest.start, busiest.seconds)}. "
        f"Intervals that breach a limit: {breaching}. Spans without an interval: {len(absent)}."
    )
    parts = [
        *_shaded(absent, span, _TALL, "gap", "no interval"),
        *_shaded(runs(intervals), span, _TALL, "breach"),
        *_grid(0, top, _TALL, whole=True),
        *_stacks(intervals, span, top),
        *_line_before(before, usual, span, top),
        *_steps(intervals, own, span, top),
        *(_level(limit, 0, top, _TALL, "limit", f"rate limit {precise(limit_rps)} rps") if in_reach else ()),
        *_times(span, _TALL),
        *_tips(intervals, span, _TALL, behind.name if behind else "", own),
    ]
    return _plot(prefix, "Requests by class per interval", description, _TALL, parts)


def rated(checks: Sequence[Check], series: Series) -> Check | None:
    """The first check whose rate is in the series."""
    return next((check for check in checks if check.name in series.bad and check.status != "skipped"), None)


def levels(check: Check) -> dict[str, str]:
    """The thresholds that a check has, in words."""
    side = "below" if check.operator == "<" else "above"
    return {
        name: f"{name} {side} {precise(limit, check.unit)}" for name, limit in check.limits if real(limit) is not None
    }


def rates(prefix: str, intervals: Sequence[Point], span: Span, check: Check, bad: Collection[str]) -> Html:
    """A check's rate per interval against its thresholds; an interval with few requests is drawn hollow.

    `bad` are the classes that count against it.
    """
    values = [(piece, piece.rates[check.name].percent) for piece in intervals]
    # Rates are between 0 and 100, so a threshold outside is drawn at the edge.
    given = ((name, real(limit)) for name, limit in check.limits)
    limits = {name: max(0.0, min(100.0, limit)) for name, limit in given if limit is not None}
    known = [value for _piece, value in values if value is not None]
    seen = [*known, *limits.values()]
    low, high = 0.0, min(100.0, 1.2 * max(seen, default=0.0)) or 1.0
    if check.operator == "<":
        # A breach is a small dent in values near 100, invisible on a scale from 0.
        least = min(seen, default=0.0)
        low, high = max(0.0, least - max(1.0, (100 - least) * 0.15)), 100.0
    words = levels(check)
    worst = min(known, default=None) if check.operator == "<" else max(known, default=None)
    description = (
        f"{_counted(intervals)}. With requests: {len(known)}. Worst: {amount(worst, 'percent')}. "
        f"{', '.join(words.values()) or 'no limit'}."
    )
    # Draw names after all lines, so that no line crosses a name. The legend repeats them in case two are close.
    drawn = {name: _level(limits[name], low, high, _LOW, name, label) for name, label in words.items()}
    if len(words) == 2 and _LOW * abs(limits["warn"] - limits["fail"]) / (high - low) < 16:
        drawn["warn"] = drawn["warn"][:1]
    parts = [
        *_shaded(gaps(intervals, span), span, _LOW, "gap"),
        *_grid(low, high, _LOW, "%"),
        *_columns(values, span, (low, high), check, bad),
        *(line[0] for line in drawn.values()),
        *(name for line in drawn.values() for name in line[1:]),
        *_times(span, _LOW),
    ]
    return _plot(prefix, f"{inert(check.name, 100)} per interval", description, _LOW, parts)


def lane(intervals: Sequence[Point], span: Span, name: str) -> Html:
    """The intervals that breach one check, as a strip below the bars."""
    marks = [
        element("rect", class_="mark", x=_at(span.at(run.start)), y=1, width=_at(_width(run, span)), height=8)
        for run in runs(intervals, name)
    ]
    track = element("rect", class_="track", y=1, width="100%", height=8)
    return element("svg", track, *marks, class_="plot", height=10, aria_hidden="true")


def bullet(check: Check) -> Html:
    """A check's value against its thresholds as a small bar, with its confidence interval; the numbers follow it."""
    value = real(check.value)
    if value is None:
        return NOTHING
    limits = [
        (name, limit) for name, limit in ((name, real(limit)) for name, limit in check.limits) if limit is not None
    ]
    seen = [value, *(limit for _name, limit in limits)]
    bounds = [bound for bound in map(real, check.ci95) if bound is not None]
    low, high = min(0.0, *seen, *bounds), max(0.0, *seen, *bounds)
    room = 0.1 * (high - low) or 1.0
    low, high = (low - room if low < 0 else low), high + room

    def at(one: float) -> float:
        return 100 * (one - low) / (high - low)

    parts = [element("rect", class_="track", x=0, y=5, width="100%", height=12)]
    for name, limit in limits:
        x, width = (0.0, at(limit)) if check.operator == "<" else (at(limit), 100 - at(limit))
        parts.append(element("rect", class_=f"zone-{name}", x=_at(x), y=5, width=_at(width), height=12))
    left, right = sorted((at(0.0), at(value)))
    parts.append(element("rect", class_="value", x=_at(left), y=8, width=_at(right - left), height=6))
    if len(bounds) == 2:
        x1, x2 = _at(at(bounds[0])), _at(at(bounds[1]))
        for one, two, y1, y2 in ((x1, x2, 23, 23), (x1, x1, 21, 25), (x2, x2, 21, 25)):
            parts.append(element("line", class_="whisker", x1=one, x2=two, y1=y1, y2=y2))
    for kind, place, y1, y2 in [("needle", value, 4, 18), *((f"at-{name}", limit, 1, 21) for name, limit in limits)]:
        parts.append(element("line", class_=kind, x1=_at(at(place)), x2=_at(at(place)), y1=y1, y2=y2))
    return element("svg", *parts, class_="bullet", height=26, aria_hidden="true")


def portion(percent: float, fill: str) -> Html:
    """A share as a small bar; the number is next to it."""
    width = max(0.0, min(100.0, real(percent) or 0.0))
    track = element("rect", class_="track", y=1, width="100%", height=8)
    part = element("rect", y=1, width=_at(width), height=8, fill=f"url(#k-{fill})")
    return element("svg", track, part, class_="portion", height=10, aria_hidden="true")


def fills(check: Check) -> tuple[str, str]:
    """The fill classes for all requests, and for those that count against a check."""
    metric = METRICS.get(check.metric)
    return "ok", next((name for name in CLASSES if metric and name in metric.bad), "other")


def key(name: str) -> Html:
    """A legend's swatch."""
    box = element("rect", x="0.5", y="1.5", width=13, height=13, class_="box", fill=f"url(#k-{name})")
    return element("svg", box, class_="key", aria_hidden="true")


def line_key(kind: str) -> Html:
    """A legend's line, or its hollow column."""
    column = element("rect", x=2, y=3, width=10, height=11, class_="thin")
    line = element("line", x1=0, x2=18, y1=9, y2=9, class_=f"at-{kind}")
    return element("svg", column if kind == "thin" else line, class_="key line", aria_hidden="true")


def _plot(prefix: str, title: str, description: str, height: int, parts: Sequence[Html]) -> Html:
    return element(
        "svg",
        element("title", text(title), id=f"{prefix}-t"),
        element("desc", text(description, 1000), id=f"{prefix}-d"),
        BREAK,
        lines(parts),
        BREAK,
        class_="plot",
        height=height + 38,
        role="img",
        aria_labelledby=f"{prefix}-t",
        aria_describedby=f"{prefix}-d",
    )


def _counted(intervals: Sequence[Point]) -> str:
    widths = sorted({piece.seconds for piece in intervals})
    width = f"{amount(widths[0])} s" if len(widths) == 1 else f"{amount(widths[0])} to {amount(widths[-1])} s"
    return f"{plural(len(intervals), 'interval')} of {width}"


def _edge(seconds: float) -> str:
    return f"{to_iso(seconds)[:10]} {clock(seconds)}"


def _n(value: float) -> str:
    """A coordinate in short form."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def _at(percent: float) -> str:
    """A coordinate along the drawing."""
    return f"{_n(percent)}%"


def _width(one: Span, span: Span) -> float:
    """The width of a span of time, in percent of the drawing."""
    return span.at(one.end) - span.at(one.start)


def _slot(piece: Point, span: Span, many: bool) -> tuple[str, str]:
    """An interval's position and width; without gaps if there are many."""
    x, width = span.at(piece.start), span.at(piece.end) - span.at(piece.start)
    spare = 0.0 if many else 0.07 * width
    return _at(x + spare), _at(width - 2 * spare)


def _shaded(spans: Sequence[Span], span: Span, height: int, kind: str, label: str = "") -> list[Html]:
    """Spans of time over the whole height; with a name if there is room."""
    parts = []
    for one in spans:
        x, width = span.at(one.start), _width(one, span)
        fill = f"url(#k-{kind})"
        parts.append(element("rect", class_=kind, x=_at(x), y=0, width=_at(width), height=height, fill=fill))
        if label and width > 25:
            middle = _at(x + width / 2)
            parts.append(element("text", text(label), class_="on", x=middle, y=height // 2, text_anchor="middle"))
    return parts


def _stacks(intervals: Sequence[Point], span: Span, top: float) -> list[Html]:
    """The bars, class by class. Nonzero counts are at least a pixel high, so one failure in a thousand is visible."""
    drawn: dict[CodeClass, list[Html]] = {name: [] for name in CLASSES}
    for piece in intervals:
        x, width = _slot(piece, span, len(intervals) > 80)
        y = float(_TALL)
        for name, rects in drawn.items():
            if piece.by_class[name] > 0:
                height = max(1.0, _TALL * piece.by_class[name] / top)
                y -= height
                rects.append(element("rect", x=x, y=_n(y), width=width, height=_n(height)))
    return [element("g", *rects, fill=f"url(#k-{name})") for name, rects in drawn.items() if rects]


def _told_before(usual: Sequence[float]) -> str:
    """The week before in words, empty without it."""
    if not usual:
        return ""
    least, most = amount(round(min(usual))), amount(round(max(usual)))
    return f"A week before: {least if least == most else f'{least} to {most}'} in each. "


def _line_before(before: Sequence[Before], usual: Sequence[float], span: Span, top: float) -> list[Html]:
    """A line for the requests a week earlier."""
    pieces = zip(before, (_n(_TALL - _TALL * one / top) for one in usual))
    return [
        element("line", class_="at-before", x1=_at(span.at(one.start)), x2=_at(span.at(one.end)), y1=y, y2=y)
        for one, y in pieces
    ]


def _steps(intervals: Sequence[Point], own: Sequence[int], span: Span, top: float) -> list[Html]:
    """A line over the bars for a part of their requests, interrupted at gaps."""
    if not own:
        return []
    path = []
    reached = None
    for piece, count in zip(intervals, own):
        y = _n(_TALL - _TALL * count / top)
        joined = reached is not None and piece.start - reached < 1
        path.append(f"V{y}" if joined else f"M{_n(10 * span.at(piece.start))} {y}")
        path.append(f"H{_n(10 * span.at(piece.end))}")
        reached = piece.end
    drawn = "".join(path)
    # The path is stretched to the width of the drawing, but its stroke is not.
    lines = [element("path", class_=kind, d=drawn) for kind in ("halo", "own")]
    box = f"0 0 1000 {_TALL}"
    return [element("svg", *lines, class_="steps", viewBox=box, preserveAspectRatio="none", width="100%", height=_TALL)]


def _columns(
    values: Sequence[tuple[Point, float | None]],
    span: Span,
    scale: tuple[float, float],
    check: Check,
    bad: Collection[str],
) -> list[Html]:
    """Rates as columns: filled as in the legend if they breach the check, hollow if there are few requests."""
    low, high = scale
    # If lower is worse, the columns show good requests, so none of the bad classes applies.
    worst = next((name for name in CLASSES if name in bad), "other") if check.operator != "<" else "other"
    parts = []
    for piece, value in values:
        if value is not None:
            x, width = _slot(piece, span, len(values) > 80)
            height = max(1.5, _LOW * (value - low) / (high - low))
            over = check.name in piece.breaching
            parts.append(
                element(
                    "rect",
                    element("title", text(f"{clock(piece.start, piece.seconds)} {amount(value, 'percent')}")),
                    x=x,
                    y=_n(_LOW - height),
                    width=width,
                    height=_n(height),
                    fill=f"url(#k-{worst})" if over else None,
                    class_=None if over else "thin" if piece.rates[check.name].denominator < FEW else "within",
                )
            )
    return parts


def _grid(low: float, high: float, height: int, unit: str = "", whole: bool = False) -> list[Html]:
    """Lines across at round numbers, named at the left."""
    step = 10.0**18
    for candidate in (factor * 10.0**power for power in range(17, -7, -1) for factor in (5, 2, 1)):
        if (high - low) / candidate > 4.5 or (whole and candidate < 1):
            break
        step = candidate
    parts = []
    tick = -(-low // step) * step
    while tick <= high:
        y = _n(height - height * (tick - low) / (high - low))
        parts.append(element("line", class_="grid", x1=0, x2="100%", y1=y, y2=y))
        parts.append(element("text", text(f"{_short(tick)}{unit}"), x=-6, y=y, dy=4, text_anchor="end"))
        tick += step
    return parts


def _short(value: float) -> str:
    for size, letter in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            return f"{amount(value / (1e3 if letter == 'k' else size))}{letter}"
    return amount(value)


def _level(value: float, low: float, high: float, height: int, kind: str, label: str) -> tuple[Html, ...]:
    """A threshold across the plot, with its name above it, on the left, because the newest data is on the right."""
    y = _n(height - height * (value - low) / (high - low))
    return (
        element("line", class_=f"at-{kind}", x1=0, x2="100%", y1=y, y2=y),
        element("text", text(label), class_="on", x="0.5%", y=y, dy=-4),
    )


def _times(span: Span, height: int) -> list[Html]:
    """The time axis in UTC: the time, and the date below it if it changes."""
    length = span.end - span.start
    step = next((float(one) for one in _STEPS if length / one <= 6), 0.0) or 7.0 * _DAY
    while length / step > 6:
        step *= 2
    parts = [element("line", class_="axis", x1=0, x2="100%", y1=height, y2=height)]
    tick = -(-span.start // step) * step
    day = ""
    while tick <= span.end:
        time, x = to_iso(tick), _at(span.at(tick))
        parts.append(element("line", class_="axis", x1=x, x2=x, y1=height, y2=height + 5))
        labels = [] if step >= _DAY else [time[11:16] if step >= 60 else time[11:19]]
        labels += [time[5:10]] if time[:10] != day else []
        day = time[:10]
        for line, label in enumerate(labels):
            parts.append(element("text", text(label), x=x, y=height + 18 + 14 * line, text_anchor="middle"))
        tick += step
    return parts


def _tips(intervals: Sequence[Point], span: Span, height: int, name: str, own: Sequence[int]) -> list[Html]:
    """Tooltips with the content of each interval. The table has the same data."""
    parts = []
    for place, piece in enumerate(intervals):
        x, width = _slot(piece, span, many=True)
        what = [f"{clock(piece.start, piece.seconds)} {amount(piece.seconds)} s: {amount(piece.requests)} requests"]
        what += [f"{label} {amount(piece.by_class[name])}" for name, label in CLASSES.items() if piece.by_class[name]]
        what += [f"{cut(name, 40)} {amount(own[place])}"] if own else []
        what += [f"{cut(check, 40)} in breach" for check in piece.breaching[:3]]
        tip = element("title", text("; ".join(what), 1000))
        parts.append(element("rect", tip, class_="tip", x=x, y=0, width=width, height=height))
    return parts

"""A trend: how a figure grew, how sure we are of it, what it is compared with, and when it mattered.

20k ┈┈┈┈┈┈┈┈┈┈┈┈ ░░░░░░░ This campaign      band, line, name at its end: no legend
        ░░░░░●━━━━━━━━━┅┅○                  event with its date; dashed: the bucket is still running
 0k ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈                  from zero, unless the note says so; a gap is no value, never 0

The plot takes the focus and holds its points as hidden groups: a script shows the one the arrow keys are at.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace

from markupsafe import Markup

from earnest.charts import paths
from earnest.charts.labels import GLYPH, NARROWEST, Label, Line, apart, beside, crossed
from earnest.charts.paths import Spot
from earnest.charts.scale import Scale, finite
from earnest.charts.svg import join, ornament, percent, tag
from earnest.charts.table import DataTable, folded

TOP, PLOT, AXIS = 26, 230, 24
LOWEST = TOP + PLOT - 5  # of a baseline within the plot
FAR = 24  # px: words this far from their dot are tied to it by a line
DOT, SMALL_DOT = 5.5, 3
GRID_STEPS = 4
TICKS = 6
TIP_LINE, TIP_MOST = 16, 32


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One bucket of time.

    Args:
        label: its date, short, for the axis.
        text: date and figure in words, as read by keyboard.
        value: the figure; None leaves a gap.
        band: ends of its interval.
        compared: what it is compared with, at the same place.
        tentative: not final: the bucket is still running, or it is a forecast.
    """

    label: str
    text: str
    value: float | None
    band: tuple[float, float] | None = None
    compared: float | None = None
    tentative: bool = False

    def __post_init__(self) -> None:
        finite(self.value, self.compared, *(self.band or ()))
        if self.band and self.band[1] < self.band[0]:
            raise ValueError(f"the band ends before it begins: {self.band[0]} to {self.band[1]}")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level that matters (total cost, a goal), named at its line. Tone: cost, plain."""

    value: float
    label: str
    tone: str = "cost"

    def __post_init__(self) -> None:
        finite(self.value)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened at a point, with its date in the words."""

    at: int
    label: str


@dataclass(frozen=True, slots=True)
class TrendChart:
    """Buckets of equal length, in order.

    Args:
        title: what is drawn, read aloud.
        points: every bucket, those without a value too.
        name, compared_name: at the end of the line, and of the dashed one.
        tick_text: a level of the y axis in words.
        tentative_word: stands under the end of the axis where the last bucket is not final, e.g. "November so far".
        claim: attributed, not causal: another colour, hollow dots. spent: money that went out, in the colour of cost.
        from_zero: a scale that leaves zero out needs a note that says so.
    """

    title: str
    points: tuple[TrendPoint, ...]
    name: str
    tick_text: Callable[[float], str]
    compared_name: str = ""
    threshold: Threshold | None = None
    events: tuple[Event, ...] = ()
    tentative_word: str = ""
    claim: bool = False
    spent: bool = False
    from_zero: bool = True
    data: DataTable | None = None
    note: str = ""
    empty: str = ""

    def __post_init__(self) -> None:
        if not self.from_zero and not self.note:
            raise ValueError("a scale that does not start at zero needs a note that says so")
        wrong = [event.at for event in self.events if not 0 <= event.at < len(self.points)]
        if wrong:
            raise ValueError(f"an event at point {wrong[0]}, but there are {len(self.points)} points")


@dataclass(frozen=True)
class _Plot:
    """A chart with its scale: where a point and a level stand."""

    chart: TrendChart
    scale: Scale

    def x(self, index: int) -> float:
        last = len(self.chart.points) - 1
        return index / last * 100 if last else 50.0

    def y(self, value: float) -> float:
        return TOP + PLOT * (1 - self.scale.at(value) / 100)

    def spots(self, values: list[float | None]) -> list[Spot | None]:
        return [None if value is None else (self.x(n), self.y(value)) for n, value in enumerate(values)]

    @functools.cached_property
    def lines(self) -> list[Line]:
        """What had better not run through words."""
        points, level = self.chart.points, self.chart.threshold
        drawn: list[Line] = [
            self.spots([point.value for point in points]),
            self.spots([point.compared for point in points]),
        ]
        return [*drawn, [(0, self.y(level.value)), (100, self.y(level.value))]] if level else drawn


def draw(chart: TrendChart) -> Markup:
    """The plot, its note and its table."""
    if not any(point.value is not None or point.band or point.compared is not None for point in chart.points):
        return join(tag("p", chart.empty, class_="ch-empty"), folded(chart.title, chart.data))
    plot = _Plot(chart, _scale(chart))
    names = _names(plot)
    parts = [_ground(plot), _shapes(plot), _threshold(plot), *(label.drawn(kind) for label, kind in names)]
    parts += [_dots(plot), _events(plot, [label for label, _ in names]), _points(plot)]
    kind = " claim" if chart.claim else " spent" if chart.spent else ""
    drawn = ornament(TOP + PLOT + AXIS, *parts, class_=f"ch ch-trend{kind}")
    held = tag("div", drawn, class_="ch-plot", data_plot="", tabindex="0", role="group", aria_label=chart.title)
    note = tag("p", chart.note, class_="note") if chart.note else ""
    return join(held, note, folded(chart.title, chart.data))


def _scale(chart: TrendChart) -> Scale:
    values = [point.value for point in chart.points] + [point.compared for point in chart.points]
    ends = [end for point in chart.points for end in point.band or ()]
    drawn = [value for value in values if value is not None] + ends
    if chart.threshold:
        drawn.append(chart.threshold.value)
    return Scale.few(drawn, most=GRID_STEPS, from_zero=chart.from_zero)


def _ground(plot: _Plot) -> Markup:
    """Grid lines with their labels on them, and the dates below."""
    parts = []
    for tick in plot.scale.ticks:
        y = plot.y(tick)
        kind = "ch-zero" if tick == 0 else "ch-grid"
        parts.append(tag("line", x1="0%", x2="100%", y1=y, y2=y, class_=kind))
        parts.append(tag("text", plot.chart.tick_text(tick), x="0%", y=y - 5, class_="ch-tick"))
    points, y = plot.chart.points, TOP + PLOT + 17
    word = plot.chart.tentative_word if points[-1].tentative else ""
    step = max(-(-len(points) // TICKS), 1)
    for order, index in enumerate(range(0, len(points), step)):
        x = plot.x(index)
        if word and x > 60 and len(points) > 1:
            break
        anchor = "start" if x < 4 else "end" if x > 96 else "middle"
        kind = "ch-tick minor" if order % 2 else "ch-tick"
        parts.append(tag("text", points[index].label, x=percent(x), y=y, text_anchor=anchor, class_=kind))
    if word and len(points) > 1:
        parts.append(tag("text", word, x="100%", y=y, text_anchor="end", class_="ch-tick"))
    return join(*parts)


def _shapes(plot: _Plot) -> Markup:
    """What stretches: band, comparison, line. A run of one point has no line; its interval is a thin bar."""
    points = plot.chart.points
    upper = paths.runs(plot.spots([point.band[1] if point.band else None for point in points]))
    lower = paths.runs(plot.spots([point.band[0] if point.band else None for point in points]))
    bands = [paths.area(up, low, "ch-area") for up, low in zip(upper, lower, strict=True) if len(up) > 1]
    thin = [_thin(up[0], low[0]) for up, low in zip(upper, lower, strict=True) if len(up) == 1]
    firm = [False] * len(points)
    compared = paths.lines(plot.spots([point.compared for point in points]), firm, "ch-compared")
    tentative = [point.tentative for point in points]
    values = paths.lines(plot.spots([point.value for point in points]), tentative, "ch-line")
    return join(*thin, paths.box(TOP + PLOT, *bands, *compared, *values))


def _thin(upper: Spot, lower: Spot) -> Markup:
    x = min(max(upper[0] - 0.5, 0), 99)
    return tag("rect", x=percent(x), y=upper[1], width="1%", height=lower[1] - upper[1], class_="ch-area")


def _threshold(plot: _Plot) -> Markup:
    level = plot.chart.threshold
    if level is None:
        return Markup("")
    y = plot.y(level.value)
    return tag("line", x1="0%", x2="100%", y1=y, y2=y, class_=f"ch-threshold {level.tone}")


def _names(plot: _Plot) -> list[tuple[Label, str]]:
    """Names at the right edge with their classes: above the end of a line or below it, pushed apart where they meet."""
    chart = plot.chart
    ends = [
        (_last([point.value for point in chart.points]), chart.name, "ch-name"),
        (_last([point.compared for point in chart.points]), chart.compared_name, "ch-name compared"),
    ]
    if chart.threshold:
        ends.append((chart.threshold.value, chart.threshold.label, f"ch-name {chart.threshold.tone}"))
    found = [(_near(plot, plot.y(end), text), kind) for end, text, kind in ends if text and end is not None]
    found.sort(key=lambda name: name[0].y)
    placed = apart([label.y for label, _ in found], LOWEST)
    return [(replace(label, y=y), kind) for y, (label, kind) in zip(placed, found, strict=True)]


def _last(values: list[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _near(plot: _Plot, y: float, text: str) -> Label:
    """Above or below a level at the right edge, wherever fewer lines run through the words."""
    sides = [Label(text, 100, min(max(y + step, 12), LOWEST), "end") for step in (-9, 17)]
    return min(sides, key=lambda label: crossed(label, plot.lines))


def _dots(plot: _Plot) -> Markup:
    """Points that no line shows: those between two gaps, and the end that is not final."""
    points, parts = plot.chart.points, []
    alone = {run[0] for run in paths.runs(plot.spots([p.value for p in points])) if len(run) == 1}
    for index, point in enumerate(points):
        spot = None if point.value is None else (plot.x(index), plot.y(point.value))
        if spot and (spot in alone or (point.tentative and index == len(points) - 1)):
            parts.append(_dot(spot, SMALL_DOT + point.tentative, "ch-end" if point.tentative else "ch-alone"))
    return join(*parts)


def _dot(spot: Spot, radius: float, kind: str) -> Markup:
    return tag("circle", cx=percent(spot[0]), cy=spot[1], r=radius, class_=kind)


def _events(plot: _Plot, names: list[Label]) -> Markup:
    """A dot on the line, or on the axis where there is no value, and its words where nothing else stands."""
    chart, dots, words = plot.chart, [], []
    taken = [*names, *(Label(chart.tick_text(tick), 0, plot.y(tick) - 5) for tick in plot.scale.ticks)]
    for event in sorted(chart.events, key=lambda event: event.at):
        value = chart.points[event.at].value
        dot = (plot.x(event.at), TOP + PLOT if value is None else plot.y(value))
        label = beside(event.label, dot, taken=taken, lines=plot.lines, within=(11, LOWEST))
        taken.append(label)
        words.append(label.drawn("ch-word"))
        if abs(label.y - dot[1]) > FAR:
            end = label.y - 12 if label.y > dot[1] else label.y + 4
            x = percent(dot[0])
            dots.append(tag("line", x1=x, x2=x, y1=dot[1], y2=end, class_="ch-leader"))
        dots.append(_dot(dot, DOT, "ch-event"))
    return join(*dots, *words)


def _points(plot: _Plot) -> Markup:
    """Every bucket as a group that stays unseen until the pointer or the arrow keys reach it."""
    count = len(plot.chart.points)
    wide = 100 / max(count - 1, 1)
    return join(*(_point(plot, index, wide) for index in range(count)))


def _point(plot: _Plot, index: int, wide: float) -> Markup:
    point, x = plot.chart.points[index], plot.x(index)
    left, right = max(x - wide / 2, 0), min(x + wide / 2, 100)
    seen = [tag("rect", x=percent(left), y=0, width=percent(right - left), height=TOP + PLOT, class_="ch-hit")]
    seen.append(tag("line", x1=percent(x), x2=percent(x), y1=TOP, y2=TOP + PLOT, class_="ch-cursor"))
    if point.value is not None:
        seen.append(_dot((x, plot.y(point.value)), DOT - 1, "ch-event"))
    seen.append(_tip(point, x))
    return tag("g", *seen, class_="ch-point", data_x=percent(x), data_label=point.text)


def _tip(point: TrendPoint, x: float) -> Markup:
    """What a point says, in a box that stays within the narrowest drawing; its date stands on a line of its own."""
    dated, _, figure = point.text.partition(f"{point.label}: ")
    parts = (
        [point.label, *textwrap.wrap(figure, TIP_MOST)] if figure and not dated else textwrap.wrap(point.text, TIP_MOST)
    )
    lines = parts or [point.label]
    width = max(len(line) for line in lines) * GLYPH + 20
    half = min(width / 2 / NARROWEST * 100, 50)
    height = TIP_LINE * len(lines) + 12
    box = tag("rect", x=-width / 2, y=0, width=width, height=height, rx=6, class_="ch-tip-box")
    words = (
        tag("text", line, x=0, y=18 + TIP_LINE * n, text_anchor="middle", class_="ch-tip")
        for n, line in enumerate(lines)
    )
    middle = min(max(x, half), 100 - half)
    return tag("svg", box, *words, x=percent(middle), y=2, width="1", height="1", class_="ch-mark", overflow="visible")

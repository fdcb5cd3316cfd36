"""Small lines under one scale, one a group: what a customer came to be worth, by where the customer was won.

Newsletter       €41          Autumn sale     €18
   ▁▂▄▅▆┅┅○                      ▁▂▂▃┅┅○           dashed: a forecast
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from earnest.charts import paths
from earnest.charts.paths import Spot
from earnest.charts.scale import Scale, finite
from earnest.charts.svg import join, ornament, percent, tag
from earnest.charts.table import DataTable, folded

HEIGHT, EDGE, DOT = 72, 7, 4


@dataclass(frozen=True, slots=True)
class LinePoint:
    """A figure at a step; None is a gap. `band` holds the ends of its interval."""

    value: float | None
    band: tuple[float, float] | None = None
    forecast: bool = False

    def __post_init__(self) -> None:
        finite(self.value, *(self.band or ()))
        if self.band and self.band[1] < self.band[0]:
            raise ValueError(f"the band ends before it begins: {self.band[0]} to {self.band[1]}")


@dataclass(frozen=True, slots=True)
class Line:
    """One group: its name, its last figure in words, and its points from the first step on."""

    label: str
    text: str
    points: tuple[LinePoint, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LinesChart:
    """Groups in order, all on one scale from zero. `axis` names the first and the last step under each line."""

    title: str
    groups: tuple[Line, ...]
    axis: tuple[str, str]
    data: DataTable | None = None
    note: str = ""
    empty: str = ""


def draw(chart: LinesChart) -> Markup:
    """The list of groups, its note and its table."""
    if not chart.groups:
        return join(tag("p", chart.empty, class_="ch-empty"), folded(chart.title, chart.data))
    scale, steps = shared(chart)
    groups = (_group(group, chart, scale, steps) for group in chart.groups)
    note = tag("p", chart.note, class_="note") if chart.note else ""
    return join(tag("ul", *groups, class_="ch-lines", aria_label=chart.title), note, folded(chart.title, chart.data))


def shared(chart: LinesChart) -> tuple[Scale, int]:
    """The scale of all groups, and how many steps the longest has."""
    points = [point for group in chart.groups for point in group.points]
    ends = [end for point in points for end in point.band or ()]
    values = [point.value for point in points if point.value is not None] + ends
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    steps = max((len(group.points) for group in chart.groups), default=0)
    return Scale(low, high if high > low else low + 1), steps


def plot(group: Line, scale: Scale, steps: int) -> Markup:
    """The parts of one small drawing: zero, interval, line, and the dot at its end."""
    last = max(steps - 1, 1)

    def spot(index: int, value: float | None) -> Spot | None:
        height = HEIGHT - 2 * EDGE
        return None if value is None else (index / last * 100, EDGE + height * (1 - scale.at(value) / 100))

    zero = EDGE + (HEIGHT - 2 * EDGE) * (1 - scale.at(0) / 100)
    parts = [tag("line", x1="0%", x2="100%", y1=zero, y2=zero, class_="ch-zero")]
    values = [spot(index, point.value) for index, point in enumerate(group.points)]
    upper = paths.runs([spot(n, p.band[1] if p.band else None) for n, p in enumerate(group.points)])
    lower = paths.runs([spot(n, p.band[0] if p.band else None) for n, p in enumerate(group.points)])
    bands = [paths.area(up, low, "ch-area") for up, low in zip(upper, lower, strict=True) if len(up) > 1]
    drawn = paths.lines(values, [point.forecast for point in group.points], "ch-line")
    parts.append(paths.box(HEIGHT, *bands, *drawn))
    parts += [_dot(run[0], "ch-alone") for run in paths.runs(values) if len(run) == 1]
    ends = [(at, point.forecast) for at, point in zip(values, group.points, strict=True) if at]
    if ends:
        at, forecast = ends[-1]
        parts.append(_dot(at, "ch-end" if forecast else "ch-alone"))
    return join(*parts)


def _dot(spot: Spot, kind: str) -> Markup:
    return tag("circle", cx=percent(spot[0]), cy=spot[1], r=DOT, class_=kind)


def _group(group: Line, chart: LinesChart, scale: Scale, steps: int) -> Markup:
    head = tag("div", tag("span", group.label), tag("b", group.text), class_="funnel-head")
    detail = tag("div", tag("span", group.detail), class_="funnel-foot") if group.detail else ""
    axis = tag("div", *(tag("span", name) for name in chart.axis), class_="ch-axis")
    drawn = ornament(HEIGHT, plot(group, scale, steps), class_="ch ch-small")
    return tag("li", tag("div", head, detail, class_="ch-head"), drawn, axis)

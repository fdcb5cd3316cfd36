"""Figures over time as native lines. Ends of an interval are thin lines of their own; what is not final yet is dashed."""

from __future__ import annotations

import itertools

from earnest.charts.lines import LinesChart
from earnest.charts.trend import TrendChart, TrendPoint
from earnest.reports.pptx.native import Line
from earnest.reports.pptx.palette import category, colour, pale
from earnest.reports.words import Words


def trend_lines(chart: TrendChart, words: Words) -> tuple[Line, ...]:
    """The figure, what is not final of it, the ends of its band, what it is compared with, and the threshold."""
    ink = "attr" if chart.claim else "cost" if chart.spent else "inc"
    points = chart.points
    lines = [Line(chart.name, _final(points), (colour(ink), 2.5))]
    if any(point.tentative for point in points):
        lines.append(
            Line(chart.tentative_word or words.say("not final"), _tentative(points), (colour(ink), 2.5), dashed=True)
        )
    if any(point.band for point in points):
        names = (words.say("Low"), words.say("High"))
        for end, name in enumerate(names):
            values = tuple(point.band[end] if point.band else None for point in points)
            lines.append(Line(f"{chart.name} · {name}", values, (pale(ink, 0.45), 1.0)))
    if any(point.compared is not None for point in points):
        lines.append(
            Line(chart.compared_name, tuple(point.compared for point in points), (colour("ink-3"), 1.5), dashed=True)
        )
    if chart.threshold:
        tone = "cost" if chart.threshold.tone == "cost" else "ink-2"
        level = (chart.threshold.value,) * len(points)
        lines.append(Line(chart.threshold.label, level, (colour(tone), 1.5)))
    return tuple(lines)


def group_lines(chart: LinesChart) -> tuple[tuple[str, ...], tuple[Line, ...]]:
    """Steps and a line a group, all on one scale; forecasts dashed, apart."""
    steps = max(len(group.points) for group in chart.groups)
    labels = (chart.axis[0], *(str(at) for at in range(1, steps - 1)), chart.axis[1])[: max(steps, 1)]
    lines = []
    for index, group in enumerate(chart.groups):
        padded = (*group.points, *itertools.repeat(None, steps - len(group.points)))
        known = tuple(None if one is None or one.forecast else one.value for one in padded)
        lines.append(Line(f"{group.label}: {group.text}", known, (category(index), 2.0)))
        if any(point.forecast for point in group.points):
            following = (*(bool(one and one.forecast) for one in padded[1:]), False)
            meets = zip(padded, following, strict=True)
            told = tuple(one.value if one and (one.forecast or next_) else None for one, next_ in meets)
            lines.append(Line(group.label, told, (category(index), 2.0), dashed=True))
    return labels, tuple(lines)


def _final(points: tuple[TrendPoint, ...]) -> tuple[float | None, ...]:
    return tuple(None if point.tentative else point.value for point in points)


def _tentative(points: tuple[TrendPoint, ...]) -> tuple[float | None, ...]:
    """Points that are not final, from the last final one on, so that the lines meet."""
    following = (*(point.tentative for point in points[1:]), False)
    return tuple(
        point.value if point.tentative or meets else None for point, meets in zip(points, following, strict=True)
    )

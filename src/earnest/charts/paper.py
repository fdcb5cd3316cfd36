"""Charts that are tables or lists on a page, laid out as one drawing: names at the left, bars beside them, figures right.

Everything is in pixels and carries the classes of the page, so that colours and sizes come from the same style sheet.
Texts are wrapped by the widest letters they may hold, since nothing measures them here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from markupsafe import Markup

from earnest.charts import lines as small
from earnest.charts.bridge import BridgeChart, BridgeRow, legs
from earnest.charts.cohort import MISSING, CohortCell, CohortChart, extreme, tint
from earnest.charts.cost_bar import COLOURS, CostChart
from earnest.charts.funnel import FunnelBar, FunnelChart
from earnest.charts.lines import Line, LinesChart
from earnest.charts.scale import Scale
from earnest.charts.svg import join, tag

GLYPH, LINE, GAP = 6.9, 16, 12
BAR = 14
SLIVER = 2
CELL = 26


def said(text: str, width: float) -> Markup:
    """A sentence where there is nothing to draw."""
    return _whole("", LINE * len(_wrapped(text, width)) + 8, _text(text, 0, LINE, width=width))


def funnel(chart: FunnelChart, width: float) -> Markup:
    """Steps under each other, each with its count, its bar and what is said of it."""
    if not chart.steps:
        return Markup("")
    widest = max(step.count for step in chart.steps) or 1
    parts, y = [], 0.0
    for step in chart.steps:
        drawn, y = _step(step, step.count / widest, chart.tone, (y, width))
        parts.append(drawn)
    return _whole(chart.title, y, *parts)


def bridge(chart: BridgeChart, width: float) -> Markup:
    """Lines under each other: name, bar, amount."""
    if not chart.rows:
        return Markup("")
    scale, spans = legs(chart)
    amounts = max(len(row.text) for row in chart.rows) * GLYPH + 1.5 * GAP
    names = min(width * 0.36, max(len(row.label) for row in chart.rows) * GLYPH + GAP)
    room = (names, max(width - names - amounts, 24))
    parts, y = [], 0.0
    for row, span in zip(chart.rows, spans, strict=True):
        drawn, y = _leg(row, span, scale, (y, width, *room))
        parts.append(drawn)
    return _whole(chart.title, y, *parts)


def costs(chart: CostChart, width: float) -> Markup:
    """The stacked bar, then a line of text for each part and the total."""
    if not chart.parts:
        return Markup("")
    whole = sum(part.amount for part in chart.parts if part.amount > 0)
    parts, at, y = [], 0.0, float(LINE + 2 * GAP)
    basis = width * 0.56
    for index, part in enumerate(chart.parts):
        colour = f"ch-c{min(index + 1, COLOURS)}"
        if part.amount > 0:
            wide = part.amount / whole * width
            parts.append(tag("rect", x=at, y=0, width=wide, height=18, class_=f"ch-part {colour}"))
            at += wide
        parts.append(tag("rect", x=0, y=y + 8, width=10, height=10, rx=2, class_=colour))
        name = _wrapped(part.label, basis - 30)
        parts += [_text(part.label, 18, y + 17, width=basis - 30), _text(part.evidence, basis, y + 17)]
        parts.append(_text(part.text, width, y + 17, anchor="end"))
        if part.detail:
            parts.append(_text(part.detail, 18, y + 17 + LINE * len(name), kind="ch-tick", width=basis - 30))
        y += LINE * (len(name) + len(_wrapped(part.detail or "", basis - 30))) + GAP
        parts.append(_rule(y, width))
    label, text = chart.total
    parts += [_text(label, 0, y + 17, kind="ch-word"), _text(text, width, y + 17, anchor="end", kind="ch-word")]
    return _whole(chart.title, y + 28, *parts)


def cohort(chart: CohortChart, width: float) -> Markup:
    """The heat-table; columns share what the names leave."""
    if not chart.rows or not chart.months:
        return Markup("")
    sizes = max(len(text) for text in (chart.header[1], *(row.size for row in chart.rows))) * GLYPH + GAP
    names = max(len(text) for text in (chart.header[0], *(row.label for row in chart.rows))) * GLYPH + GAP
    left = min(names + sizes, width * 0.4)
    longest = max((len(cell.text) for row in chart.rows for cell in row.cells if cell), default=1)
    across = max(1, int((width - left) / (longest * GLYPH + 6)))
    most, parts, y = extreme(chart), [], 0.0
    for first in range(0, len(chart.months), across):
        drawn, y = _months(chart, most, (first, min(across, len(chart.months))), (left, y, width))
        parts.append(drawn)
    return _whole(chart.title, y, *parts)


def lines(chart: LinesChart, width: float) -> Markup:
    """Small lines in as many columns as there is room for; those side by side stand on one height."""
    if not chart.groups:
        return Markup("")
    across = max(1, min(len(chart.groups), int((width + 2 * GAP) // 190)))
    wide = (width - 2 * GAP * (across - 1)) / across
    scale, steps = small.shared(chart)
    parts, y = [], 0.0
    for first in range(0, len(chart.groups), across):
        groups = chart.groups[first : first + across]
        heads = max(len(_heading(group, wide)) for group in groups) * LINE
        for index, group in enumerate(groups):
            x = index * (wide + 2 * GAP)
            parts.append(_small(group, chart.axis, (x, y, wide, heads), small.plot(group, scale, steps)))
        y += heads + small.HEIGHT + LINE + 2 * GAP
    return _whole(chart.title, y, *parts)


def _heading(group: Line, wide: float) -> list[tuple[str, str]]:
    """Lines above a small drawing, each with its class: the name, its figure at the right or below, the detail."""
    figure = len(group.text) * (GLYPH + 1) + GAP
    beside = wide - figure >= wide * 0.45
    name = _wrapped(group.label, wide - figure if beside else wide)
    said = [] if beside else [(group.text, "ch-word")]
    detail = _wrapped(group.detail, wide) if group.detail else []
    return [*((text, "ch-label") for text in name), *said, *((text, "ch-tick") for text in detail)]


def _small(group: Line, axis: tuple[str, str], place: tuple[float, float, float, float], plotted: Markup) -> Markup:
    x, y, wide, heads = place
    heading = _heading(group, wide)
    parts = [_text(text, x, y + 14 + LINE * n, kind=kind) for n, (text, kind) in enumerate(heading)]
    if all(kind != "ch-word" for _, kind in heading):
        parts.append(_text(group.text, x + wide, y + 14, anchor="end", kind="ch-word"))
    top = y + heads + 4
    parts.append(tag("svg", plotted, x=x, y=top, width=wide, height=small.HEIGHT))
    below = top + small.HEIGHT + 14
    parts.append(_text(axis[0], x, below, kind="ch-tick"))
    return join(*parts, _text(axis[1], x + wide, below, anchor="end", kind="ch-tick"))


def _step(step: FunnelBar, share: float, tone: str, place: tuple[float, float]) -> tuple[Markup, float]:
    y, width = place
    names = width - len(step.text) * (GLYPH + 1) - GAP
    label = _wrapped(step.label, names)
    parts = [_text(step.label, 0, y + LINE, width=names)]
    parts.append(_text(step.text, width, y + LINE, anchor="end", kind="ch-word"))
    y += LINE * len(label) + 6
    drawn = max(share * width, SLIVER) if step.count else 0
    parts.append(tag("rect", x=0, y=y, width=drawn, height=BAR, rx=2, class_=f"ch-step {tone}"))
    y += BAR + 4
    for text in filter(None, (step.share, step.note)):
        parts.append(_text(text, 0, y + 12, kind="ch-tick", width=width))
        y += LINE * len(_wrapped(text, width))
    return join(*parts), y + GAP


def _leg(
    row: BridgeRow, span: tuple[float, float] | None, scale: Scale, place: tuple[float, float, float, float]
) -> tuple[Markup, float]:
    y, width, names, room = place
    kind = "ch-word" if row.total else "ch-label"
    deep = LINE * len(_wrapped(row.label, names - GAP)) + GAP
    parts = [_text(row.label, 0, y + 17, kind=kind, width=names - GAP)]
    parts.append(_text(row.text, width, y + 17, anchor="end", kind=kind))
    top = y + (deep - BAR) / 2
    if scale.low < 0:
        x = names + scale.at(0) / 100 * room
        parts.append(tag("line", x1=x, x2=x, y1=y, y2=y + deep, class_="ch-zero"))
    if span is not None:
        start, end = sorted(names + scale.at(value) / 100 * room for value in span)
        shape = f"ch-leg {row.tone}{' range' if row.span else ''}"
        parts.append(tag("rect", x=start, y=top, width=max(end - start, SLIVER), height=BAR, rx=2, class_=shape))
    return join(*parts, _rule(y + deep, width)), y + deep + 1


def _cell(cell: CohortCell | None, most: float, place: tuple[float, float, float]) -> Markup:
    x, y, wide = place
    if cell is None:
        return _text(MISSING, x + wide / 2, y + 17, anchor="middle", kind="ch-tick")
    ground = tag("rect", x=x + 1, y=y + 1, width=wide - 2, height=CELL - 2, rx=2, class_=tint(cell, most))
    return join(ground, _text(cell.text, x + wide / 2, y + 17, anchor="middle", kind="ch-cell-text"))


def _months(
    chart: CohortChart, most: float, span: tuple[int, int], place: tuple[float, float, float]
) -> tuple[Markup, float]:
    """As many months as fit side by side; the others follow below with the cohorts named again."""
    (first, across), (left, y, width) = span, place
    column, shown = (width - left) / across, slice(first, first + across)
    parts = [_text(chart.header[0], 0, y + 15, kind="ch-tick")]
    parts.append(_text(chart.header[1], left - GAP / 2, y + 15, anchor="end", kind="ch-tick"))
    for index, month in enumerate(chart.months[shown]):
        parts.append(_text(month, left + (index + 0.5) * column, y + 15, anchor="middle", kind="ch-tick"))
    y += 24
    for row in chart.rows:
        parts += [_text(row.label, 0, y + 17), _text(row.size, left - GAP / 2, y + 17, anchor="end")]
        parts += [_cell(cell, most, (left + n * column, y, column)) for n, cell in enumerate(row.cells[shown])]
        y += CELL
    return join(*parts), y + GAP


def _rule(y: float, width: float) -> Markup:
    return tag("line", x1=0, x2=width, y1=y, y2=y, class_="ch-grid")


def _wrapped(text: str, width: float) -> Sequence[str]:
    return textwrap.wrap(text, max(int(width / GLYPH), 8))


def _text(
    words: str, x: float, y: float, *, anchor: str | None = None, kind: str = "ch-label", width: float | None = None
) -> Markup:
    """A text, in lines one under the other where it has a width to keep to."""
    broken = [words] if width is None else _wrapped(words, width)
    return join(
        *(tag("text", line, x=x, y=y + LINE * n, text_anchor=anchor, class_=kind) for n, line in enumerate(broken))
    )


def _whole(title: str, height: float, *parts: Markup) -> Markup:
    return tag("svg", tag("title", title), *parts, class_="ch", width="100%", height=height, role="img")

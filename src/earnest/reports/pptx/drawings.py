"""Each drawing of a report as a native chart. A range without a point is a line or a floating bar, never a point."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from earnest.charts.bridge import BridgeChart, BridgeRow
from earnest.charts.cohort import MISSING, CohortChart
from earnest.charts.cost_bar import CostChart
from earnest.charts.funnel import FunnelChart
from earnest.charts.interval_rows import IntervalChart, IntervalLine
from earnest.charts.lines import LinesChart
from earnest.charts.scale import Scale
from earnest.charts.trend import TrendChart
from earnest.reports.blocks import Chart
from earnest.reports.pptx.deck import MARGIN, ROOM, Box, Deck, Style
from earnest.reports.pptx.native import CIRCLE, DIAMOND, Axis, Bars, Mark, bar_chart, line_chart, on_plot, scatter_chart
from earnest.reports.pptx.palette import category, colour, pale
from earnest.reports.pptx.tables import Grid
from earnest.reports.pptx.trends import group_lines, trend_lines

OPACITIES = (0.16, 0.45, 0.85)
BAR, DOT = 16.0, 11
TONES = {
    "observed": "ink-3",
    "anyway": "line-2",
    "goods": "cat-2",
    "cost": "cost",
    "inc": "inc",
    "pos": "pos",
    "neg": "neg",
}


def drawn(deck: Deck, slide: Any, box: Box, chart: Chart) -> bool:
    """Draw a chart block; False where it has nothing to draw, or is of a form that has no native chart."""
    drawing = chart.drawing
    spoken = f"{chart.title}. {chart.subtitle}"
    if isinstance(drawing, IntervalChart) and drawing.rows:
        interval_chart(deck, slide, box, (drawing, extent(drawing)))
    elif isinstance(drawing, BridgeChart) and drawing.rows:
        bar_chart(deck, slide, box, (spoken, tuple(row.label for row in drawing.rows), _bridge(drawing, deck)))
    elif isinstance(drawing, CostChart) and drawing.parts:
        names, fills = tuple(part.label for part in drawing.parts), tuple(map(category, range(len(drawing.parts))))
        amounts = tuple(part.amount for part in drawing.parts)
        bar_chart(
            deck,
            slide,
            box,
            (spoken, names, (Bars(drawing.header[2], amounts, fills, _like(drawing.total[1], whole=True)),)),
        )
    elif isinstance(drawing, FunnelChart) and drawing.steps:
        fill = colour("inc" if drawing.tone == "reached" else "line-2")
        counts = tuple(step.count for step in drawing.steps)
        names = tuple(step.label for step in drawing.steps)
        bar_chart(deck, slide, box, (spoken, names, (Bars(chart.subtitle, counts, fill, "#,##0"),)))
    elif isinstance(drawing, TrendChart) and drawing.points:
        labels = tuple(point.label for point in drawing.points)
        form = _like(drawing.tick_text(1000.0), whole=True)
        line_chart(deck, slide, box, (drawing.title, labels, trend_lines(drawing, deck.words), form))
    elif isinstance(drawing, LinesChart) and drawing.groups:
        labels, lines = group_lines(drawing)
        line_chart(deck, slide, box, (drawing.title, labels, lines, "#,##0"))
    else:
        return False
    return True


def extent(chart: IntervalChart) -> tuple[float, ...]:
    """Every value of its rows."""
    return tuple(value for row in chart.rows for value in row.extent)


def grid_of(chart: Chart, deck: Deck) -> Grid | None:
    """The figures of a drawing as a table beside it, in the words of the report."""
    drawing = chart.drawing
    if isinstance(drawing, BridgeChart):
        first, _, amount = drawing.header
        return Grid((first, amount), tuple((row.label, row.text) for row in drawing.rows), figures=1)
    if isinstance(drawing, CostChart):
        item, basis, amount = drawing.header
        rows = tuple((_with(part.label, part.detail), part.evidence, part.text) for part in drawing.parts)
        return Grid((item, basis, amount), (*rows, (drawing.total[0], "", drawing.total[1])), figures=1, total=True)
    if isinstance(drawing, CohortChart):
        body = tuple(
            (row.label, row.size, *(cell.text if cell else MISSING for cell in row.cells)) for row in drawing.rows
        )
        full = tuple((*row, *(MISSING,) * (len(drawing.months) + 2 - len(row))) for row in body)
        return Grid((*drawing.header, *drawing.months), full, figures=len(drawing.months) + 1)
    data = getattr(drawing, "data", None)
    if data is None:
        return None
    return Grid(data.header, data.rows, figures=len(data.header) - 1)


def _with(label: str, detail: str | None) -> str:
    return f"{label} · {detail}" if detail else label


def interval_chart(deck: Deck, slide: Any, box: Box, drawn: tuple[IntervalChart, tuple[float, ...]]) -> None:
    """Rows under each other, each under its words: bands from the widest in, then the point where there is one.

    `drawn`: the rows, and every value that the axis has to hold, so that slides of one chart share it.
    """
    chart, reach = drawn
    scale = Scale.over([*reach, 3 * chart.break_even], headroom=0.04)
    zero, high, gap = chart.break_even, len(chart.rows) + 0.3, (scale.high - scale.low) * 0.008
    step = scale.ticks[1] - scale.ticks[0]
    form = _like(chart.tick_text(step), whole=all(tick == int(tick) for tick in scale.ticks))
    axis = Axis(scale.low, scale.high, step, form)
    marks = [Mark(chart.break_even_word, ((zero, 0.0), (zero, high)), (colour("ink"), 1.5))]
    for index, row in enumerate(chart.rows):
        marks += _row(row, len(chart.rows) - index - 0.68, gap)
    scatter_chart(deck, slide, box, (chart.title, tuple(marks), axis, high))
    left = scale.at(zero) > 50
    for index, row in enumerate(chart.rows):
        x, y = on_plot(box, axis, high, (zero, len(chart.rows) - index - 0.68))
        _beside(deck, slide, (x, y - 30), (f"{row.label}: {row.text}", "attr" if row.claim else "ink"), left=left)
    x, y = on_plot(box, axis, high, (zero, high))
    _beside(deck, slide, (x, y), (chart.break_even_word, "ink-2"), left=left)


def _beside(deck: Deck, slide: Any, at: tuple[float, float], said: tuple[str, str], *, left: bool) -> None:
    """Words beside the line of break-even, on its wider side."""
    x, y = at
    room = x - MARGIN - 8 if left else MARGIN + ROOM - x - 8
    style = Style(13, said[1], bold=said[1] != "ink-2", side="right" if left else "left")
    deck.text(slide, (x - 8 - room if left else x + 8, y, room, 17), (said[0],), style)


def _row(row: IntervalLine, y: float, gap: float) -> list[Mark]:
    """Parts side by side, none over another: programs do not agree which series lies on top."""
    ink = "attr" if row.claim else "inc"
    bands = sorted(row.bands, key=lambda band: -band.level)
    cuts = [band.low for band in bands] + [band.high for band in reversed(bands)]
    marks = []
    for at, (low, high) in enumerate(itertools.pairwise(cuts)):
        rank = min(at, len(cuts) - 2 - at)
        fill = pale(ink, OPACITIES[min(rank + max(3 - len(bands), 0), 2)])
        name = f"{row.label} · {bands[rank].level:g}"
        beside = row.value is not None and low < row.value < high
        middle = (row.value - gap, row.value + gap) if beside and row.value is not None else ()
        ends = (low, *middle, high)
        marks += [
            Mark(name, ((start, y), (end, y)), (fill, BAR)) for start, end in zip(ends[::2], ends[1::2], strict=True)
        ]
    if row.value is not None:
        look = (
            (DIAMOND, DOT + 3, pale("attr", 0.2), colour("attr"))
            if row.claim
            else (CIRCLE, DOT, colour("inc"), colour("inc"))
        )
        marks.append(Mark(f"{row.label}: {row.text}", ((row.value, y),), marker=look))
    return marks


def _like(sample: str, *, whole: bool) -> str:
    """A number format with the currency where a formatted sample has it: "€1" gives "€"0."""
    digits = [at for at, character in enumerate(sample) if character.isdigit()]
    if not digits:
        return "General"
    before, after = sample[: digits[0]].replace("\u2212", ""), sample[digits[-1] + 1 :]
    number = "#,##0" if whole else "#,##0.00"
    return "".join((f'"{before}"' if before else "", number, f'"{after}"' if after else ""))


def _bridge(chart: BridgeChart, deck: Deck) -> tuple[Bars, ...]:
    """What bars stand on, what they are above zero and below it. Beyond a crossing of zero a bar has both parts."""
    spans = _spans(chart.rows)
    under = tuple(None if span is None else _nearest(span) for span in spans)
    above = tuple(None if span is None else max(span[1], 0.0) - max(span[0], 0.0) or None for span in spans)
    below = tuple(None if span is None else min(span[0], 0.0) - min(span[1], 0.0) or None for span in spans)
    fills = tuple(_fill(row) for row in chart.rows)
    say = deck.words.say
    return (
        Bars(say("What the bar stands on"), under, None),
        Bars(say("Above zero"), above, fills),
        Bars(say("Below zero"), below, fills),
    )


def _fill(row: BridgeRow) -> str:
    tone = TONES.get(row.tone, "ink-3")
    return pale(tone, 0.45) if row.span else colour(tone)


def _nearest(span: tuple[float, float]) -> float | None:
    """The end of a bar that is nearer to zero; nothing where the bar holds zero."""
    low, high = span
    return None if low <= 0 <= high else low if low > 0 else high


def _spans(rows: tuple[BridgeRow, ...]) -> list[tuple[float, float] | None]:
    """Where each bar starts and ends, lower end first; steps go on from where the row before ended."""
    running, spans = Decimal(0), list[tuple[float, float] | None]()
    for row in rows:
        if row.span is not None or row.amount is None:
            spans.append(row.span and (min(row.span), max(row.span)))
            continue
        start = Decimal(0) if row.total or row.apart else running
        end = start + row.amount
        running = running if row.apart else end
        spans.append((float(min(start, end)), float(max(start, end))))
    return spans

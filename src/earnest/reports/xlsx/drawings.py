"""Each drawing of a report as rows: as told, and the numbers that are drawn; funnels and lines with a native chart."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from earnest.charts.bridge import BridgeChart
from earnest.charts.cohort import CohortChart
from earnest.charts.cost_bar import CostChart
from earnest.charts.funnel import FunnelChart
from earnest.charts.interval_rows import IntervalChart, IntervalLine
from earnest.charts.lines import LinesChart
from earnest.charts.trend import TrendChart
from earnest.reports.blocks import Chart
from earnest.reports.pptx.palette import colour
from earnest.reports.pptx.trends import group_lines, trend_lines
from earnest.reports.report import Report
from earnest.reports.xlsx.book import COUNT, Cell, Number, Sheet, axis_font, title_font
from earnest.reports.xlsx.trends import lines_table

Rows = Sequence[Sequence[Cell]]


def drawing_table(sheet: Sheet, report: Report, chart: Chart, top: int) -> int:
    """The rows of a drawing, then the table that a reader of the page unfolds under it; returns the row after them."""
    drawing, title = chart.drawing, (chart.title, chart.subtitle)
    if isinstance(drawing, FunnelChart):
        row = _funnel(sheet, report, chart, drawing, top)
    elif isinstance(drawing, TrendChart):
        labels = tuple(point.label for point in drawing.points)
        step = report.words.say("Date")
        row = lines_table(sheet, top, title, (step, labels, trend_lines(drawing, report.words)))
    elif isinstance(drawing, LinesChart) and drawing.groups:
        row = lines_table(sheet, top, title, (report.words.say("Step"), *group_lines(drawing)))
    else:
        header, rows, texts = _rows(report, chart)
        notes = [getattr(drawing, "note", None), chart.note]
        row = sheet.block(title, header, rows, top, notes=notes, texts=texts) if header else top
    data = getattr(drawing, "data", None)
    return sheet.rows(row - 1, data.header, data.rows) + 1 if data and data.rows else row


def number(value: float | Decimal | int | None) -> Cell:
    """A number as a cell; nothing where there is none."""
    return None if value is None else Number(float(value))


def _rows(report: Report, chart: Chart) -> tuple[Sequence[str], Rows, Sequence[int]]:
    """Header, rows, and which columns hold words."""
    say, drawing = report.words.say, chart.drawing
    told = say("As reported")
    rows: Rows
    if isinstance(drawing, IntervalChart):
        header = (say("Measure"), told, say("Value"), say("Low"), say("High"), say("Level"))
        return header, [cells for line in drawing.rows for cells in _bands(line)], ()
    if isinstance(drawing, BridgeChart):
        first, _, amount = drawing.header
        rows = [
            (one.label, one.text, number(one.amount), *map(number, one.span or (None, None))) for one in drawing.rows
        ]
        return (first, told, amount, say("Low"), say("High")), rows, ()
    if isinstance(drawing, CostChart):
        item, basis, amount = drawing.header
        lines = [(one.label, one.text, number(one.amount), one.evidence, one.detail) for one in drawing.parts]
        rows = [*lines, (*drawing.total, None, None, None)]
        return (item, told, amount, basis, say("Note")), rows, (3, 4)
    if isinstance(drawing, CohortChart):
        rows = [(one.label, one.size, *(cell.text if cell else None for cell in one.cells)) for one in drawing.rows]
        return (*drawing.header, *drawing.months), rows, ()
    return (), (), ()


def _bands(line: IntervalLine) -> list[tuple[Cell, ...]]:
    """A row for each level, the widest first; one row for a claim, which has none."""
    told: tuple[Cell, ...] = (line.label, line.text, number(line.value))
    bands = sorted(line.bands, key=lambda band: -band.level)
    found = [(*told, number(band.low), number(band.high), number(band.level)) for band in bands]
    return found or [(*told, None, None, None)]


def _funnel(sheet: Sheet, report: Report, chart: Chart, drawing: FunnelChart, top: int) -> int:  # noqa: PLR0917 -- a place
    say = report.words.say
    rows = [(one.label, one.text, Number(one.count, COUNT), one.share, one.note) for one in drawing.steps]
    header = (say("Step"), say("As reported"), say("Messages"), say("Share"), say("Note"))
    end = sheet.block((chart.title, chart.subtitle), header, rows, top, notes=[chart.note], texts=(3, 4))
    first = top + (3 if chart.subtitle else 2)
    native = sheet.book.native.add_chart({"type": "bar"})
    named = [sheet.name, top, 0]  # a cell: the library takes some texts for references
    fill = colour("inc" if drawing.tone == "reached" else "line-2")
    native.add_series(
        {
            "name": named,
            "categories": sheet.reference(first, 0, first + len(rows) - 1, 0),
            "values": sheet.reference(first, 2, first + len(rows) - 1, 2),
            "fill": {"color": f"#{fill}"},
            "gap": 50,
            "data_labels": {"value": True, "font": axis_font()},
        }
    )
    native.set_title({"name": named, "name_font": title_font()})
    native.set_legend({"none": True})
    native.set_y_axis({"num_font": axis_font(), "reverse": True, "line": {"color": f"#{colour('line-2')}"}})
    native.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    native.set_size({"width": 560, "height": 90 + 30 * len(rows)})
    said = "; ".join(f"{one.label}: {one.text}" for one in drawing.steps)
    sheet.chart(top, 10, native, spoken=f"{chart.title}. {said}")
    return end

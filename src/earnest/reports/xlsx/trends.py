"""Figures over time in a workbook: a row a step, a column a line, and a native chart over them."""

from __future__ import annotations

from earnest.reports.pptx.native import Line
from earnest.reports.pptx.palette import colour
from earnest.reports.xlsx.book import Cell, Number, Sheet, axis_font, title_font

MOST_TICKS = 8


def lines_table(
    sheet: Sheet, top: int, title: tuple[str, str], drawn: tuple[str, tuple[str, ...], tuple[Line, ...]]
) -> int:
    """The steps of a chart; returns the row after them. `drawn`: what a step is, the steps' labels, the lines."""
    step, labels, lines = drawn
    row = sheet.section(top, *title)
    rows: list[tuple[Cell, ...]] = [
        (label, *(None if (value := line.values[at]) is None else Number(value) for line in lines))
        for at, label in enumerate(labels)
    ]
    end = sheet.rows(row, (step, *(line.name for line in lines)), rows)
    if rows:
        _chart(sheet, (top, row), (len(rows), lines), " ".join(title))
    return end + 2


def _chart(sheet: Sheet, at: tuple[int, int], drawn: tuple[int, tuple[Line, ...]], spoken: str) -> None:
    (top, row), (count, lines) = at, drawn
    chart = sheet.book.native.add_chart({"type": "line"})
    for column, line in enumerate(lines, 1):
        chart.add_series(
            {
                "name": [sheet.name, row, column],
                "categories": sheet.reference(row + 1, 0, row + count, 0),
                "values": sheet.reference(row + 1, column, row + count, column),
                "line": {
                    "color": f"#{line.stroke[0]}",
                    "width": line.stroke[1],
                    "dash_type": "dash" if line.dashed else "solid",
                },
            }
        )
    chart.set_title({"name": [sheet.name, top, 0], "name_font": title_font()})
    chart.set_legend({"position": "bottom", "font": axis_font()})
    ticks = max(1, -(-count // MOST_TICKS))
    chart.set_x_axis({"num_font": axis_font() | {"rotation": 0}, "interval_unit": ticks, "label_position": "low"})
    gridlines = {"visible": True, "line": {"color": f"#{colour('line')}"}}
    chart.set_y_axis({"num_font": axis_font(), "major_gridlines": gridlines})
    chart.show_blanks_as("gap")
    chart.set_size({"width": 620, "height": 300})
    sheet.chart(top, 10, chart, spoken=spoken)

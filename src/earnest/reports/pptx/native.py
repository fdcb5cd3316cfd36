"""Native charts: bars and lines that a recipient edits, over a workbook whose texts are never formulas."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Pt
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from earnest.reports.pptx.deck import SANS, Box, Deck, describe, rgb
from earnest.reports.pptx.palette import colour
from earnest.reports.report import legal

CATEGORIES: Any = CategoryChartData
POINTS: Any = XyChartData
PLAIN_TEXTS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
TEXT, MOST_TICKS = 12, 8
EDGE, FLOOR = 24.0, 26.0
"""Points that the plot of a scatter chart leaves free at its sides, and below for its ticks."""


@dataclass(frozen=True, slots=True)
class Bars:
    """One series of a bar chart.

    Args:
        values: one a category; None where it has none.
        fill: six hex digits, or one for each category; None draws nothing: what the others stand on.
        form: number format of its labels; None writes none.
    """

    name: str
    values: tuple[float | None, ...]
    fill: str | tuple[str, ...] | None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Points of a scatter chart joined by a line.

    Args:
        stroke: six hex digits and a width in points, or None: no line.
        marker: style, size, fill (None: hollow) and rim, or None: no mark.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    stroke: tuple[str, float] | None = None
    marker: tuple[Any, int, str | None, str] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line over steps: its values (None is a gap, never 0), and its colour and width in points."""

    name: str
    values: tuple[float | None, ...]
    stroke: tuple[str, float]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """The axis of values: its ends, the step between ticks, and the format of their numbers."""

    low: float
    high: float
    step: float
    form: str


def bar_chart(deck: Deck, slide: Any, box: Box, drawn: tuple[str, tuple[str, ...], tuple[Bars, ...]]) -> Any:
    """Horizontal bars, the first category on top. `drawn`: what it shows in words, the categories, the series."""
    spoken, categories, series = drawn
    data: Any = CATEGORIES()
    data.categories = [legal(name) for name in categories]
    for one in series:
        data.add_series(legal(one.name), one.values)
    stacked = len(series) > 1
    frame = _added(slide, box, XL_CHART_TYPE.BAR_STACKED if stacked else XL_CHART_TYPE.BAR_CLUSTERED, data)
    describe(frame, spoken)
    chart = _plain(frame.chart, deck)
    chart.plots[0].gap_width, chart.plots[0].overlap = 60, 100 if stacked else 0
    chart.category_axis.reverse_order = True
    chart.category_axis.format.line.color.rgb = rgb(colour("line-2"))
    chart.category_axis.major_tick_mark = XL_TICK_MARK.NONE
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.value_axis.visible = False
    chart.value_axis.has_major_gridlines = False
    for native, one in zip(chart.plots[0].series, series, strict=True):
        _paint(native, one, deck)
    rows: list[tuple[object, ...]] = [("", *(one.name for one in series))]
    rows += [(name, *(one.values[at] for one in series)) for at, name in enumerate(categories)]
    _workbook(chart, rows)
    return frame


def line_chart(deck: Deck, slide: Any, box: Box, drawn: tuple[str, tuple[str, ...], tuple[Line, ...], str]) -> Any:
    """Lines over steps of equal length. `drawn`: what it shows in words, the steps' labels, the lines, the numbers' format."""
    spoken, categories, lines, form = drawn
    data: Any = CATEGORIES()
    data.categories = [legal(name) for name in categories]
    for one in lines:
        data.add_series(legal(one.name), one.values)
    frame = _added(slide, box, XL_CHART_TYPE.LINE, data)
    describe(frame, spoken)
    chart = _plain(frame.chart, deck)
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    up, across = chart.value_axis, chart.category_axis
    up.major_gridlines.format.line.color.rgb = rgb(colour("line"))
    up.format.line.fill.background()
    up.tick_labels.number_format, up.tick_labels.number_format_is_linked = form, False
    across.format.line.color.rgb = rgb(colour("line-2"))
    across.major_tick_mark = XL_TICK_MARK.NONE
    across.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    _every(across, max(1, -(-len(categories) // MOST_TICKS)))
    for native, one in zip(chart.plots[0].series, lines, strict=True):
        native.smooth, native.marker.style = False, XL_MARKER_STYLE.NONE
        native.format.line.color.rgb, native.format.line.width = rgb(one.stroke[0]), Pt(one.stroke[1])
        if one.dashed:
            native.format.line.dash_style = MSO_LINE.DASH
    rows: list[tuple[object, ...]] = [("", *(one.name for one in lines))]
    rows += [(name, *(one.values[at] for one in lines)) for at, name in enumerate(categories)]
    _workbook(chart, rows)
    return frame


def _every(axis: Any, step: int) -> None:
    """Label every so many steps, upright: a slanted date for each is read by nobody."""
    axis.tick_labels.font.size = Pt(TEXT)
    axis._element.xpath("c:txPr/a:bodyPr")[0].set("rot", "0")
    axis._element.xpath("c:txPr/a:bodyPr")[0].set("vert", "horz")
    for name in ("tickLblSkip", "tickMarkSkip"):
        part = OxmlElement(f"c:{name}")
        part.set("val", str(step))
        axis._element.find(qn("c:noMultiLvlLbl")).addprevious(part)
    for point in axis._element.getparent().xpath(".//c:cat//c:strCache/c:pt"):
        if int(point.get("idx")) % step:
            point.getparent().remove(point)  # for programs that know no step; the workbook keeps every label


def scatter_chart(deck: Deck, slide: Any, box: Box, drawn: tuple[str, tuple[Mark, ...], Axis, float]) -> Any:
    """Marks over one axis of values. `drawn`: what it shows in words, the marks, the axis, the height in rows."""
    spoken, marks, axis, high = drawn
    data: Any = POINTS()
    rows: list[tuple[object, ...]] = []
    for mark in marks:
        series = data.add_series(legal(mark.name))
        rows += [("", mark.name), *mark.points, ("", "")]
        for x, y in mark.points:
            series.add_data_point(x, y)
    frame = _added(slide, box, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data)
    describe(frame, spoken)
    chart = _plain(frame.chart, deck)
    across, up = chart.category_axis, chart.value_axis
    across.minimum_scale, across.maximum_scale, across.major_unit = axis.low, axis.high, axis.step
    across.has_major_gridlines = True
    across.major_gridlines.format.line.color.rgb = rgb(colour("line"))
    across.format.line.color.rgb = rgb(colour("line"))
    across.major_tick_mark = XL_TICK_MARK.NONE
    across.tick_labels.number_format, across.tick_labels.number_format_is_linked = axis.form, False
    up.minimum_scale, up.maximum_scale = 0, high
    up.visible, up.has_major_gridlines = False, False
    for native, mark in zip(chart.plots[0].series, marks, strict=True):
        _draw(native, mark)
    _workbook(chart, rows)
    _lay_out(chart, box)
    return frame


def on_plot(box: Box, axis: Axis, high: float, at: tuple[float, float]) -> tuple[float, float]:
    """Where a value of a scatter chart stands on the slide: what is written beside it is the slide's own text."""
    x, y, wide, tall = box
    share = (at[0] - axis.low) / (axis.high - axis.low)
    return x + EDGE + share * (wide - 2 * EDGE), y + (1 - at[1] / high) * (tall - FLOOR)


def _lay_out(chart: Any, box: Box) -> None:
    """The plot at a fixed place within its frame."""
    _, _, wide, tall = box
    area = chart._chartSpace.xpath("c:chart/c:plotArea")[0]
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    layout = OxmlElement("c:layout")
    manual = OxmlElement("c:manualLayout")
    layout.append(manual)
    places = {"x": EDGE / wide, "y": 0.0, "w": 1 - 2 * EDGE / wide, "h": 1 - FLOOR / tall}
    words = {"layoutTarget": "inner", "xMode": "edge", "yMode": "edge"}
    for name, value in (words | {name: f"{place:.6f}" for name, place in places.items()}).items():
        part = OxmlElement(f"c:{name}")
        part.set("val", value)
        manual.append(part)
    area.insert(0, layout)


def _added(slide: Any, box: Box, kind: Any, data: Any) -> Any:
    x, y, wide, high = box
    return slide.shapes.add_chart(kind, Pt(x), Pt(y), Pt(wide), Pt(high), data)


def _plain(chart: Any, deck: Deck) -> Any:
    """No legend and no title (both stand on the slide), our face, the deck's language."""
    chart.has_legend = chart.has_title = False
    chart.font.size, chart.font.name = Pt(TEXT), SANS
    chart.font.color.rgb = rgb(colour("ink"))
    chart._chartSpace.xpath("c:txPr//a:defRPr")[0].set("lang", deck.language)
    for unwanted in chart._chartSpace.xpath(".//c:autoTitleDeleted"):
        unwanted.set("val", "1")
    return chart


def _paint(native: Any, bars: Bars, deck: Deck) -> None:
    native.invert_if_negative = False
    if bars.fill is None:
        native.format.fill.background()
    elif isinstance(bars.fill, str):
        native.format.fill.solid()
        native.format.fill.fore_color.rgb = rgb(bars.fill)
    else:
        for index, fill in enumerate(bars.fill):
            point = native.points[index].format.fill
            point.solid()
            point.fore_color.rgb = rgb(fill)
    if bars.form:
        labels = native.data_labels
        labels.show_value, labels.position = True, XL_LABEL_POSITION.OUTSIDE_END
        labels.number_format, labels.number_format_is_linked = bars.form, False
        labels.font.size, labels.font.bold, labels.font.name = Pt(TEXT), True, SANS
        labels.font.color.rgb = rgb(colour("ink"))
        labels._element.xpath(".//a:defRPr")[0].set("lang", deck.language)


def _draw(native: Any, mark: Mark) -> None:
    line = native.format.line
    if mark.stroke:
        line.color.rgb, line.width = rgb(mark.stroke[0]), Pt(mark.stroke[1])
        native._element.xpath("c:spPr/a:ln")[0].set("cap", "flat")
    else:
        line.fill.background()
    native.smooth = False
    if mark.marker:
        style, size, fill, rim = mark.marker
        native.marker.style, native.marker.size = style, size
        native.marker.format.fill.solid()
        native.marker.format.fill.fore_color.rgb = rgb(fill or colour("surface"))
        native.marker.format.line.color.rgb, native.marker.format.line.width = rgb(rim), Pt(2)
    else:
        native.marker.style = XL_MARKER_STYLE.NONE


def _workbook(chart: Any, rows: Sequence[Sequence[object]]) -> None:
    """The chart's own workbook in place of the library's, which would take a text that begins with = for a formula."""
    out = io.BytesIO()
    book = Workbook(out, dict(PLAIN_TEXTS))
    sheet = book.add_worksheet("Sheet1")
    sheet.set_column(0, 0, 36)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if isinstance(cell, int | float):
                sheet.write_number(y, x, cell)
            elif cell:
                sheet.write_string(y, x, legal(str(cell))[:32_000])
    book.close()
    chart.part.chart_workbook.update_from_xlsx_blob(out.getvalue())


CIRCLE, DIAMOND = XL_MARKER_STYLE.CIRCLE, XL_MARKER_STYLE.DIAMOND

"""Native tables: rows as high as their words, continued on the next slide where they are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Pt

from earnest.reports.blocks import Said
from earnest.reports.pptx import fitting
from earnest.reports.pptx.deck import Deck, Style, bare, describe
from earnest.reports.pptx.palette import colour
from earnest.reports.report import legal

NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
PAD, SIDE, MOST_LINES = 4.5, 6.0, 6
NARROWEST = 54.0
SIZES = (16.0, 15.0, 14.0, 13.0, 12.0, 11.0)
Cell = str | Said


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Args:
        figures: how many columns, from the last, hold figures and stand at the right.
        tone: "attr" for figures that are not causal. total: the last row is a sum.
        inks: token for the colour of a cell, by row and column, where it is not the usual one.
    """

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: int = 0
    tone: str = "plain"
    total: bool = False
    inks: tuple[tuple[int, int, str], ...] = ()
    size: float = 12


def pages(grid: Grid, wide: float, room: float) -> list[Grid]:
    """The grid cut into parts that are no higher than `room` points; each repeats the header."""
    widths = _widths(grid, wide)
    head = _row_height(grid.header, widths, grid.size)
    parts: list[Grid] = []
    start, used = 0, head
    for index, row in enumerate(grid.rows):
        needed = _row_height(row, widths, grid.size)
        if used + needed > room and index > start:
            parts.append(_part(grid, start, index))
            start, used = index, head
        used += needed
    return [*parts, _part(grid, start, len(grid.rows))]


def sized(grid: Grid, wide: float, room: float) -> Grid:
    """The grid in the largest letters in which it is no higher than `room`; in the smallest where it is in none."""
    sizes = (size for size in SIZES if taken(replace(grid, size=size), wide) <= room)
    return replace(grid, size=next(sizes, SIZES[-1]))


def taken(grid: Grid, wide: float) -> float:
    """Points that the whole grid is high."""
    widths = _widths(grid, wide)
    return sum(_row_height(row, widths, grid.size) for row in (grid.header, *grid.rows))


def table(deck: Deck, slide: Any, place: tuple[float, float, float], grid: Grid, *, spoken: str) -> Any:
    """The grid at a place: left, top and width; its words give its height."""
    x, y, wide = place
    widths = _widths(grid, wide)
    rows = (grid.header, *grid.rows)
    heights = [_row_height(row, widths, grid.size) for row in rows]
    frame = slide.shapes.add_table(len(rows), len(grid.header), Pt(x), Pt(y), Pt(wide), Pt(sum(heights)))
    describe(frame, spoken)
    native = frame.table
    native._tbl.tblPr.find(qn("a:tableStyleId")).text = NO_STYLE
    native.horz_banding = False
    inks = {(row, column): ink for row, column, ink in grid.inks}
    for column, width in enumerate(widths):
        native.columns[column].width = Pt(width)
    for at, row in enumerate(rows):
        native.rows[at].height = Pt(heights[at])
        for column, cell in enumerate(row):
            style = _style(grid, at, column, inks.get((at - 1, column)))
            _cell(deck, native.cell(at, column), cell, style)
            _edges(native.cell(at, column), last=at == len(rows) - 1, heavy=at == 0 or _sums(grid, at + 1))
    return frame


def _part(grid: Grid, start: int, end: int) -> Grid:
    inks = tuple((row - start, column, ink) for row, column, ink in grid.inks if start <= row < end)
    total = grid.total and end == len(grid.rows)
    return Grid(grid.header, grid.rows[start:end], grid.figures, grid.tone, total, inks, grid.size)


def _sums(grid: Grid, at: int) -> bool:
    return grid.total and at == len(grid.rows)


def _style(grid: Grid, at: int, column: int, ink: str | None) -> Style:
    figure = column >= len(grid.header) - grid.figures
    if at == 0:
        return Style(grid.size - 1.5, "ink-2", side="right" if figure else "left")
    attributed = grid.tone == "attr" and figure
    bold = column == 0 or _sums(grid, at) or ink is not None
    return Style(
        grid.size,
        ink or ("attr" if attributed else "ink"),
        bold=bold,
        italic=attributed,
        side="right" if figure else "left",
    )


def _text(cell: Cell) -> str:
    return legal(cell.text if isinstance(cell, Said) else cell)


def _cell(deck: Deck, native: Any, cell: Cell, style: Style) -> None:
    bare(native.text_frame)
    native.margin_left = native.margin_right = Pt(SIDE)
    native.margin_top = native.margin_bottom = Pt(PAD)
    room = native._tc.getparent().getparent().tblGrid.gridCol_lst[_column(native)].w / 12700 - 2 * SIDE
    said = fitting.cut(_text(cell), style.size, (room, MOST_LINES * style.size * fitting.LINE + 1))
    deck.paragraph(native.text_frame, said, style, first=True, language=cell.lang if isinstance(cell, Said) else None)
    native.fill.background()


def _column(native: Any) -> int:
    return int(native._tc.getparent().index(native._tc))


def _edges(native: Any, *, last: bool, heavy: bool) -> None:
    """A hairline under every row but the last, a firm one under the header and above a sum."""
    properties = native._tc.get_or_add_tcPr()
    if last:
        return
    line, fill, ink = (OxmlElement(f"a:{name}") for name in ("lnB", "solidFill", "srgbClr"))
    line.set("w", str(12700 if heavy else 9525))
    ink.set("val", colour("line-2" if heavy else "line"))
    fill.append(ink)
    line.append(fill)
    properties.insert(0, line)  # the schema wants lines before the fill


def _row_height(row: Sequence[Cell], widths: Sequence[float], size: float) -> float:
    most = max(
        min(fitting.lines(_text(cell), size, width - 2 * SIDE, face=_face(column)), MOST_LINES)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return most * size * fitting.LINE + 2 * PAD


def _widths(grid: Grid, wide: float) -> list[float]:
    """Columns as wide as their words want, shrunk alike where that is too much; never narrower than a long word, if it can be."""
    columns = list(zip(*(tuple(map(_text, row)) for row in (grid.header, *grid.rows)), strict=True))
    wants = [
        max(NARROWEST, *(min(fitting.width(text, grid.size), 420.0) for text in column)) + 2 * SIDE
        for column in columns
    ]
    words = [_longest_word(column, grid.size) for column in columns]
    total = sum(wants)
    if total <= wide:
        spare = (wide - total) / len(wants)
        return [want + spare for want in wants]
    floors = [min(max(word, NARROWEST) + 2 * SIDE, wide / len(words) * 1.6) for word in words]
    if sum(floors) >= wide:
        return [floor * wide / sum(floors) for floor in floors]
    rest, over = wide - sum(floors), [max(want - floor, 0.0) for want, floor in zip(wants, floors, strict=True)]
    return [floor + rest * extra / (sum(over) or 1) for floor, extra in zip(floors, over, strict=True)]


def _face(column: int) -> float:
    """The first columns may be bold: names and marked figures."""
    return 1.0 if column < 2 else fitting.REGULAR


def _longest_word(texts: Sequence[str], size: float) -> float:
    return max(fitting.width(word, size) for text in texts for word in text.split(" "))

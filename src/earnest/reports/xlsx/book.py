"""A workbook with our looks. A text is always written as a text: no cell of somebody else's words becomes a formula or a link."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from earnest.reports.pptx.fitting import lines
from earnest.reports.pptx.palette import colour
from earnest.reports.report import legal
from earnest.reports.words import Words

LONGEST, LONGEST_SPOKEN = 32_000, 2_000
SANS, SERIF = "Arial", "Georgia"
Look = dict[str, Any]
PLAIN: Look = {"font_name": SANS, "font_scheme": "none", "font_size": 10, "valign": "top", "font_color": "ink"}
WRAPPED = PLAIN | {"text_wrap": True}
MUTED = PLAIN | {"font_color": "ink-2"}
TITLE = PLAIN | {"font_name": SERIF, "font_size": 18, "bold": True}
SECTION = PLAIN | {"font_name": SERIF, "font_size": 13, "bold": True}
HEADER = PLAIN | {"font_color": "ink-2", "bottom": 1, "bottom_color": "line-2", "text_wrap": True, "valign": "bottom"}
HEADER_RIGHT = HEADER | {"align": "right"}
ROW = WRAPPED | {"bottom": 1, "bottom_color": "line", "align": "left", "indent": 1}
FIGURE = WRAPPED | {"bottom": 1, "bottom_color": "line", "align": "right"}
NAME = WRAPPED | {"bottom": 1, "bottom_color": "line", "bold": True}
HEADER_TEXT = HEADER | {"align": "left", "indent": 1}
INPUT = FIGURE | {"bg_color": "warn-bg", "border": 1, "border_color": "warn", "locked": False}
COLOURS = {"font_color", "bg_color", "border_color", "bottom_color", "top_color"}


def options() -> dict[str, Any]:
    """How a workbook is written: texts as texts. Made anew for each, since the library writes into it."""
    return {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": SANS, "font_size": 10, "font_scheme": "none"},
    }


@dataclass(frozen=True, slots=True)
class Live:
    """A formula and its value when the report was made, which readers show before anything is recomputed."""

    formula: str
    value: float | str


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its number format."""

    value: float
    form: str = "General"


Cell = str | Number | Live | None


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook being filled; `looks` are the formats made so far, `sheets` the names taken."""

    native: Any
    words: Words
    looks: dict[tuple[tuple[str, Any], ...], Any]
    sheets: list[str]

    def look(self, look: Look) -> Any:
        """The format of a look, made once. Colours are names of tokens."""
        key = tuple(sorted(look.items()))
        if key not in self.looks:
            told = {name: f"#{colour(value)}" if name in COLOURS else value for name, value in look.items()}
            self.looks[key] = self.native.add_format(told)
        return self.looks[key]

    def sheet(self, name: str) -> Sheet:
        """A new sheet, its name made one that Excel takes."""
        legal_name = re.sub(r"[\[\]:*?/\\']", " ", name)[:31].strip() or "Sheet"
        taken = legal_name in self.sheets
        self.sheets.append(f"{legal_name[:28]} {len(self.sheets)}" if taken else legal_name)
        native = self.native.add_worksheet(self.sheets[-1])
        native.hide_gridlines(2)
        native.set_landscape()
        native.set_paper(9)
        native.fit_to_pages(1, 0)
        return Sheet(self, native, self.sheets[-1])


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. Rows and columns count from 0."""

    book: Book
    native: Any
    name: str
    widths: list[float] = field(default_factory=list)

    def put(self, row: int, column: int, cell: Cell, look: Look = PLAIN) -> None:
        """Write a cell as what it is: text, number or formula."""
        if isinstance(cell, Live):
            self.native.write_formula(row, column, cell.formula, self.book.look(look), cell.value)
        elif isinstance(cell, Number):
            self.native.write_number(row, column, cell.value, self.book.look({**look, "num_format": cell.form}))
        elif cell is None or cell == "":
            self.native.write_blank(row, column, None, self.book.look(look))
        else:
            text = legal(cell)
            kept = text if len(text) <= LONGEST else text[:LONGEST] + "…"
            self.native.write_string(row, column, kept, self.book.look(look))

    def named(self, name: str, at: tuple[int, int], cell: Cell, look: Look) -> None:
        """Write a cell, at a row and a column, that formulas call by its name."""
        row, column = at
        self.put(row, column, cell, look)
        self.book.native.define_name(name, f"='{self.name}'!${chr(65 + column)}${row + 1}")

    def rows(
        self, top: int, header: Sequence[str], rows: Sequence[Sequence[Cell]], *, texts: Collection[int] = ()
    ) -> int:
        """A table; returns the row after it. `texts`: columns of words beside the first; the others stand at the right."""
        self.high_as(top, header)
        for column, text in enumerate(header):
            look = HEADER if column == 0 else HEADER_TEXT if column in texts else HEADER_RIGHT
            self.put(top, column, text, look)
        for at, row in enumerate(rows, top + 1):
            self.high_as(at, row)
            for column, cell in enumerate(row):
                self.put(at, column, cell, NAME if column == 0 else ROW if column in texts else FIGURE)
        return top + 1 + len(rows)

    def block(
        self,
        title: tuple[str, str],
        header: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        top: int,
        *,
        notes: Sequence[str | None] = (),
        texts: Collection[int] = (),
    ) -> int:
        """A table with its title, its subtitle and its notes; returns the row after it, with room to the next."""
        row = self.rows(self.section(top, *title), header, rows, texts=texts)
        for note in notes:
            if note:
                self.put(row, 0, note, MUTED)
                row += 1
        return row + 2

    def wide(self, *widths: float) -> None:
        """The columns' widths, in digits."""
        self.widths.extend(widths)
        for column, width in enumerate(widths):
            self.native.set_column(column, column, width)

    def high_as(self, row: int, cells: Sequence[Cell]) -> None:
        """As high as its longest words need: programs do not agree on whether to see to that."""
        needed = [
            lines(cell, 10, width * 5.4)
            for cell, width in zip(cells, self.widths, strict=False)
            if isinstance(cell, str)
        ]
        if max(needed, default=1) > 1:
            self.native.set_row(row, 13 * min(max(needed), 30) + 2)

    def chart(self, row: int, column: int, chart: Any, *, spoken: str) -> None:
        """A chart at a cell, with what it shows for those who hear it."""
        self.native.insert_chart(row, column, chart, {"description": legal(spoken)[:LONGEST_SPOKEN]})

    def title(self, text: str) -> None:
        """The name of the sheet, at its top."""
        self.put(0, 0, text, TITLE)
        self.native.set_row(0, 27)

    def section(self, row: int, title: str, subtitle: str = "") -> int:
        """The head of a part; returns the row under it."""
        self.put(row, 0, title, SECTION)
        self.native.set_row(row, 19)
        if subtitle:
            self.put(row + 1, 0, subtitle, MUTED)
        return row + (2 if subtitle else 1)

    def paragraphs(self, row: int, texts: Sequence[str], *, columns: int, width: int) -> int:
        """Sentences across merged columns, as high as their words need; returns the row after them."""
        for text in texts:
            shown = legal(text)
            self.native.merge_range(row, 0, row, columns - 1, "", self.book.look(WRAPPED))
            self.put(row, 0, text, WRAPPED)
            self.native.set_row(row, 13.5 * max(1, -(-len(shown) // width)) + 2)
            row += 1
        return row

    def reference(self, row: int, column: int, last_row: int, last_column: int) -> list[Any]:
        """A range for a chart."""
        return [self.name, row, column, last_row, last_column]


def money_form(words: Words, currency: str, decimals: int = 0) -> str:
    """A number format that places the currency as the language does, with a real minus."""
    sample = words.formats.money(1, currency)
    before, after = sample.split("1", 1)
    digits = "#,##0" + (f".{'0' * decimals}" if decimals else "")
    positive = (f'"{before}"' if before else "") + digits + (f'"{after}"' if after else "")
    return f'{positive};"−"{positive}'


def share_form(words: Words, decimals: int = 1) -> str:
    """A number format for rates, with the sign where the language has it."""
    after = words.formats.percent(0, 0).split("0", 1)[1].split("%")[0]
    digits = "0" + (f".{'0' * decimals}" if decimals else "")
    positive = f"{digits}{after}%"
    return f'{positive};"−"{positive}'


def axis_font() -> dict[str, Any]:
    """The letters of a chart's axes and labels."""
    return {"name": SANS, "size": 9, "color": f"#{colour('ink-2')}"}


def title_font() -> dict[str, Any]:
    """The letters of a chart's title."""
    return {"name": SERIF, "size": 12, "bold": True, "color": f"#{colour('ink')}"}


RATIO = '0.00;"−"0.00'
COUNT = '#,##0;"−"#,##0'

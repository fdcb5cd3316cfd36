"""The figures of a drawing as a table, folded away under it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from earnest.charts.svg import tag


@dataclass(frozen=True, slots=True)
class DataTable:
    """Words of a table, formatted already.

    Args:
        summary: the words that open it, e.g. "Show as table".
        header: column names; the first column names the row.
        rows: as many cells each as there are columns.
    """

    summary: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError(f"every row needs {len(self.header)} cells")


def table(caption: str, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Markup:
    """A plain table whose first column is its row header."""
    head = tag("tr", *(tag("th", cell, scope="col") for cell in header))
    body = (
        tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell, class_="num") for cell in row[1:])) for row in rows
    )
    named = tag("caption", caption, class_="visually-hidden")
    return tag("table", named, tag("thead", head), tag("tbody", *body), class_="data")


def folded(caption: str, data: DataTable | None) -> Markup:
    """The table behind a disclosure that needs no script, or nothing where there is no row."""
    if data is None or not data.rows:
        return Markup("")
    inner = tag(
        "div", table(caption, data.header, data.rows), class_="scroll", tabindex="0", role="region", aria_label=caption
    )
    return tag("details", tag("summary", data.summary), inner, class_="ch-data")

"""A cohort heat-table: customers by the month of their first order, and what they were worth month by month since.

                0      1      2
Jan   1,204   €12    €15    €17      the darker, the more; red below zero
Feb   1,377   €11    €14   ┆€16┆     dashed: a forecast
Mar   1,190    €9     –      –       a dash: that month has not come, which is not zero
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from earnest.charts.scale import finite
from earnest.charts.svg import join, tag
from earnest.charts.table import DataTable, folded

STEPS = 8
MISSING = "–"


@dataclass(frozen=True, slots=True)
class CohortCell:
    """What a cohort was worth after some months: the figure and its words."""

    value: float
    text: str
    forecast: bool = False

    def __post_init__(self) -> None:
        finite(self.value)


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One cohort: when it began, how many customers, and a cell a month; None where there is no figure yet."""

    label: str
    size: str
    cells: tuple[CohortCell | None, ...]


@dataclass(frozen=True, slots=True)
class CohortChart:
    """Cohorts in order.

    Args:
        title: what is drawn, read aloud.
        header: names of the first two columns: the cohort, its size.
        months: names of the other columns, as "0", "1", …
        missing: what a dash means, in words.
        data: another table under it, where the cells do not say all.
    """

    title: str
    header: tuple[str, str]
    months: tuple[str, ...]
    rows: tuple[CohortRow, ...]
    missing: str = ""
    data: DataTable | None = None
    note: str = ""
    empty: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.months):
                raise ValueError(f"cohort '{row.label}' has {len(row.cells)} cells for {len(self.months)} months")


def draw(chart: CohortChart) -> Markup:
    """The table; it scrolls sideways where it does not fit, and takes the focus so that keys can scroll it."""
    if not chart.rows or not chart.months:
        return tag("p", chart.empty, class_="ch-empty")
    names = (tag("th", name, scope="col", class_=kind) for name, kind in zip(chart.header, (None, "num"), strict=True))
    months = (tag("th", month, scope="col", class_="num") for month in chart.months)
    head = tag("thead", tag("tr", *names, *months))
    most = extreme(chart)
    body = tag("tbody", *(_row(row, most, chart.missing) for row in chart.rows))
    caption = tag("caption", chart.title, class_="visually-hidden")
    made = tag("table", caption, head, body, class_="data ch-cohort")
    held = tag("div", made, class_="scroll", tabindex="0", role="region", aria_label=chart.title)
    note = tag("p", chart.note, class_="note") if chart.note else ""
    return join(held, note, folded(chart.title, chart.data))


def extreme(chart: CohortChart) -> float:
    """The largest figure without its sign: the full tint. All cells share it."""
    return max((abs(cell.value) for row in chart.rows for cell in row.cells if cell), default=0.0) or 1.0


def tint(cell: CohortCell, most: float) -> str:
    """The class of a cell's tint: how far it is from zero, on which side, and whether it is a forecast.

    Example:
        >>> tint(CohortCell(12, "€12"), 24), tint(CohortCell(-24, "−€24", forecast=True), 24)
        ('ch-heat h4', 'ch-heat h8 below forecast')
    """
    step = min(STEPS, max(1, round(abs(cell.value) / most * STEPS))) if cell.value else 0
    return f"ch-heat h{step}{' below' if cell.value < 0 else ''}{' forecast' if cell.forecast else ''}"


def _row(row: CohortRow, most: float, missing: str) -> Markup:
    cells = (_cell(cell, most, missing) for cell in row.cells)
    return tag("tr", tag("th", row.label, scope="row"), tag("td", row.size, class_="num"), *cells)


def _cell(cell: CohortCell | None, most: float, missing: str) -> Markup:
    if cell is None:
        return tag("td", MISSING, class_="num none", title=missing or None)
    ground = tag("rect", x="0%", y=0, width="100%", height="100%", class_=tint(cell, most))
    shade = tag("svg", ground, class_="ch", width="100%", height="100%", aria_hidden="true", focusable="false")
    return tag("td", shade, tag("span", cell.text), class_="num ch-cell")

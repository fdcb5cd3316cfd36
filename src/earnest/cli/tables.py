"""Tables and figures in a terminal: right-aligned numbers, complete without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from earnest.cli.output import printable
from earnest.kernel.estimate import Estimate, Figure
from earnest.kernel.money import Money

if TYPE_CHECKING:
    from rich.console import Console

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$", "RUB": "₽"}


def print_table(
    console: Console, headers: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()
) -> None:
    """Print rows under headers; the columns named in `numbers` are right-aligned."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, header in enumerate(headers):
        table.add_column(header, justify="right" if place in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*[escape(cell) for cell in row])
    if _needed_width(headers, rows) <= console.width:
        console.print(table)
        return
    for row in rows:  # too narrow for columns: one line a cell
        for header, cell in zip(headers, row, strict=True):
            console.print(escape(f"{' '.join(header.split())}: {cell}"))
        console.print()


def _needed_width(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Width at which no column need break a word, long ids excepted."""
    columns = zip(headers, *rows, strict=True)
    words = [[min(len(word), _LONGEST_WORD) for cell in column for word in cell.split()] for column in columns]
    return sum(max(lengths, default=0) + 2 for lengths in words) - 2


_LONGEST_WORD = 12


def escape(text: str) -> str:
    """Text that Rich must not read as markup, without control and bidi characters."""
    from rich.markup import escape as rich_escape

    return rich_escape(printable(text))


def money(amount: Money, *, decimals: bool = True) -> str:
    """`€1,234.56`, or the code in front where there is no common sign."""
    value = amount.decimal
    text = f"{abs(value):,}" if decimals else f"{abs(round(value)):,}"
    return ("−" if value < 0 else "") + sign(amount.currency) + text


def sign(currency: str) -> str:
    """Sign of a currency, or its code and a blank."""
    return SIGNS.get(currency, f"{currency} ")


def share(value: float) -> str:
    """A rate: one decimal, two below 1 %."""
    percent = value * 100
    return f"{percent:.2f} %" if abs(percent) < 1 and percent else f"{percent:.1f} %"


def figure_text(figure: Figure) -> str:
    """A figure for a table cell; `n/a` with the reason's code where there is none."""
    if not isinstance(figure, Estimate):
        return f"n/a ({figure.code})"
    if figure.exact is not None:
        return money(figure.exact)
    if figure.method == "bounds" and figure.low is not None and figure.high is not None:
        return f"{share(figure.low)} to {share(figure.high)}"
    if figure.unit == "share":
        return share(figure.value)
    if figure.unit == "count":
        return f"{figure.value:,.0f}"
    if figure.unit == "ratio":
        return f"{figure.value:,.2f}×"
    if figure.unit == "points":
        return f"{figure.value:+.0f}".replace("-", "−")
    return major(figure.value, figure.unit)


def major(value: float, currency: str) -> str:
    """An estimated amount in major units, two decimals."""
    return ("−" if value < 0 else "") + sign(currency) + f"{abs(value):,.2f}"

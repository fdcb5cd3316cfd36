"""Tables and figures in a terminal: right-aligned numbers, complete without colour."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
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
    """Print rows under headers; the columns named in `numbers` are right-aligned.

    No word is ever broken, so that addresses and codes can be copied: where the words do not fit, each cell is a line.
    """
    from rich.table import Table

    widths = _widths(headers, rows, console.width)
    if widths is None:
        for row in rows:
            for header, cell in zip(headers, row, strict=True):
                print_words(console, cell, lead=f"{' '.join(header.split())}: ")
            console.print()
        return
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for place, (header, width) in enumerate(zip(headers, widths, strict=True)):
        table.add_column(header, justify="right" if place in numbers else "left", overflow="fold", width=width)
    for row in rows:
        table.add_row(*[escape(cell) for cell in row])
    console.print(table)


def print_words(console: Console, text: str, *, lead: str = "", style: str | None = None) -> None:
    """Print sentences, wrapped between words: none is ever broken, so that addresses, codes and commands can be copied.

    Args:
        lead: what stands before the first word, in its line.
    """
    first = lead
    for line in text.splitlines() or [""]:
        parts = wrap(line, console.width, initial_indent=first, break_long_words=False, break_on_hyphens=False)
        for part in parts or [first]:
            console.print(escape(part), style=style, soft_wrap=True)
        first = ""


def _widths(headers: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Width of each column, at least its longest word's; the widest give way first. None where the words do not fit."""
    from rich.cells import cell_len

    columns = list(zip(headers, *rows, strict=True))
    full = [max((cell_len(line) for cell in column for line in cell.split("\n")), default=0) for column in columns]
    least = [max((cell_len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    room -= _GAP * (len(columns) - 1)
    if sum(full) <= room:
        return full
    if sum(least) > room:
        return None
    bounds = list(zip(least, full, strict=True))
    cap = next(cap for cap in range(max(full), -1, -1) if sum(max(low, min(high, cap)) for low, high in bounds) <= room)
    return [max(low, min(high, cap)) for low, high in bounds]


_GAP = 2


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
    """An estimated amount in major units, two decimals; of what is no currency (minutes, months, score) one, with its word."""
    if len(currency) != 3:
        return f"{value:,.1f} {currency}"
    return ("−" if value < 0 else "") + sign(currency) + f"{abs(value):,.2f}"

"""Widths of a table's columns, from the texts in them: figures are never broken, words share what is left."""

from __future__ import annotations

from collections.abc import Sequence

ADVANCE = 0.6  # of the size: the mean advance of a figure
GUTTER = 12
WHOLE = 458  # points: a card's width on A4
FEWEST, MOST = 12, 46  # characters a column of words asks for


def widths(header: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int, size: float) -> list[float]:
    """Shares of the table's width, column by column; they add up to 100.

    Args:
        texts: how many columns, from the first, hold words.
        size: of the letters, in points.

    Example:
        >>> widths(("Rule", "Claim"), (("First touch", "84,210"),), texts=1, size=8.6)
        [90.6, 9.4]
    """
    columns = list(zip(header, *rows, strict=True))
    least = [
        (_words(column) if index < texts else _figures(column)) * ADVANCE * size + GUTTER
        for index, column in enumerate(columns)
    ]
    asked = [_line(column) for column in columns[:texts]]
    spare = max(WHOLE - sum(least), 0) / (sum(asked) or 1)
    points = [width + (asked[index] * spare if index < texts else 0) for index, width in enumerate(least)]
    return [round(width / sum(points) * 100, 1) for width in points]


def _figures(column: Sequence[str]) -> float:
    """Characters of the longest figure, and for what stands above it in two lines or three."""
    head, *cells = column
    above = max([len(word) + 1 for word in head.split()] + [min(len(head) * 0.55, 20)])
    return max([len(cell) for cell in cells] + [above, 4])


def _words(column: Sequence[str]) -> float:
    """Characters of the longest word."""
    return min(max((len(word) for cell in column for word in cell.split()), default=1) + 1, MOST / 2)


def _line(column: Sequence[str]) -> float:
    """What a column of words would like: its longest text in one line."""
    return min(max(FEWEST, *(len(cell) for cell in column)), MOST)

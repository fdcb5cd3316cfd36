"""A small interval for a cell of a table: every row on the same axis, break-even drawn in each.

┃ ▁▁██○██▁▁            a dot only where a point may be shown
"""

from __future__ import annotations

from markupsafe import Markup

from earnest.charts.interval_rows import DIAMOND, IntervalLine
from earnest.charts.scale import Scale
from earnest.charts.svg import mark, ornament, percent, tag

HEIGHT, BAR = 24, 12


def draw(row: IntervalLine, scale: Scale, *, break_even: float = 1.0) -> Markup:
    """The drawing of one cell; the cell says the figures in words."""
    zero, middle = scale.at(break_even), HEIGHT / 2
    parts = [tag("line", x1="0%", x2="100%", y1=middle, y2=middle, class_="ch-grid")]
    for rank, band in enumerate(sorted(row.bands, key=lambda band: -band.level)):
        x, end = scale.at(band.low), scale.at(band.high)
        layer = f"ch-band b{min(rank, 2) + 1}"
        parts.append(
            tag("rect", x=percent(x), y=middle - BAR / 2, width=percent(end - x), height=BAR, rx=2, class_=layer)
        )
    parts.append(tag("line", x1=percent(zero), x2=percent(zero), y1=1, y2=HEIGHT - 1, class_="ch-break"))
    if row.value is not None and row.claim:
        parts.append(mark(scale.at(row.value), middle, DIAMOND, "ch-diamond"))
    elif row.value is not None:
        parts.append(tag("circle", cx=percent(scale.at(row.value)), cy=middle, r=4.5, class_="ch-dot"))
    return ornament(HEIGHT, *parts, class_="ch ch-mini")

"""Interval rows, the signature drawing: how sure we are, row by row, on one shared axis.

    break-even
0 ─────┃──────────────────
░░░░░░░┃  ▁▁▃▃██○██▃▃▁▁ €2.21        50, 80, 95 % bars, a dot where a point may be shown
░░░░░░░┃            ◇ €6.24          hollow: what attribution would claim, not causal
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from earnest.charts.scale import Scale, finite
from earnest.charts.svg import drawing, join, mark, percent, tag
from earnest.charts.table import DataTable, folded

BAR, DOT, TOP, LINE, AXIS = 22, 6, 30, 16, 24
GAP_BELOW, TEXT_BELOW = 16, 20
NARROWEST = 256  # px: the plot on a 320 px phone; text is placed so that it fits there
TICK_ROOM = 480  # px: a plot where every tick has its words; narrower ones leave out every second
LABEL_GLYPH, VALUE_GLYPH = 6.6, 8.6
DIAMOND = "M0-8 8 0 0 8-8 0z"


@dataclass(frozen=True, slots=True)
class Band:
    """An interval at a level."""

    level: float
    low: float
    high: float

    def __post_init__(self) -> None:
        finite(self.level, self.low, self.high)
        if self.high < self.low:
            raise ValueError(f"the band ends before it begins: {self.low} to {self.high}")


@dataclass(frozen=True, slots=True)
class IntervalLine:
    """One row.

    Args:
        label: what was measured, in words.
        text: the figure in words: a point, or a range where no point may be shown.
        value: the point; None where it must not be drawn.
        bands: widest to narrowest or in any order; empty for a claim.
        claim: drawn hollow: not causal.
    """

    label: str
    text: str
    value: float | None
    bands: tuple[Band, ...] = ()
    claim: bool = False

    def __post_init__(self) -> None:
        finite(self.value)

    @property
    def extent(self) -> tuple[float, ...]:
        point = () if self.value is None else (self.value,)
        return (*point, *(b.low for b in self.bands), *(b.high for b in self.bands))


@dataclass(frozen=True, slots=True)
class IntervalChart:
    """Rows on one axis that starts at zero. `title` is read aloud; `empty` stands where there is no row."""

    title: str
    rows: tuple[IntervalLine, ...]
    break_even: float
    break_even_word: str
    tick_text: Callable[[float], str]
    data: DataTable | None = None
    note: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a text stands: a fluid position, a shift in pixels, the side it grows from, below the bar or beside it."""

    x: float
    shift: float
    anchor: str
    below: bool = False


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row with the lines of its label (as broken on a phone), the spots of label and figure, and its top."""

    row: IntervalLine
    lines: tuple[str, ...]
    label: _Spot
    figure: _Spot
    top: float

    @property
    def bar_top(self) -> float:
        return self.top + LINE * len(self.lines) + 4

    @property
    def bottom(self) -> float:
        return self.bar_top + BAR + (TEXT_BELOW if self.figure.below else 0) + GAP_BELOW


def draw(chart: IntervalChart) -> Markup:
    """The drawing with its note and its table."""
    if not chart.rows:
        return tag("p", chart.empty, class_="ch-empty")
    values = [value for row in chart.rows for value in row.extent]
    scale = Scale.over([*values, 3 * chart.break_even], headroom=0.04)
    placed = _place(chart, scale)
    floor = placed[-1].bottom - 4
    parts = [_ground(chart, scale, floor), *(_row(place, scale) for place in placed)]
    note = tag("p", chart.note, class_="note") if chart.note else ""
    drawn = drawing(chart.title, floor + AXIS, *parts, class_="ch ch-iv")
    return join(drawn, note, folded(chart.title, chart.data))


def _place(chart: IntervalChart, scale: Scale) -> list[_Placed]:
    """Rows under each other; labels stand beside the break-even line, on its wider side."""
    zero = scale.at(chart.break_even)
    label = _Spot(zero, 9, "start") if zero <= 50 else _Spot(zero, -9, "end")
    width = int(max(zero, 100 - zero) / 100 * NARROWEST / LABEL_GLYPH)
    top, placed = float(TOP + 8), []
    for row in chart.rows:
        lines = tuple(textwrap.wrap(row.label, max(width, 12))) or ("",)
        placed.append(_Placed(row, lines, label, _spot(row, scale, label), top))
        top = placed[-1].bottom
    return placed


def _spot(row: IntervalLine, scale: Scale, label: _Spot) -> _Spot:
    """Where the figure fits on the narrowest screen: beside the bar or below it, never across break-even."""
    below = _Spot(label.x, label.shift, label.anchor, below=True)
    if row.value is None:
        return below
    zero, clear = label.x, 14 if row.claim else 9
    room = (len(row.text) * VALUE_GLYPH + clear) / NARROWEST * 100
    right, left = scale.at(max(row.extent)), scale.at(min(row.extent))
    if right < zero < right + room and zero + room <= 100:
        return _Spot(zero, 9, "start")
    if right + room <= 100:
        return _Spot(right, clear, "start")
    if left >= room and not left - room < zero < left:
        return _Spot(left, -clear, "end")
    return below


def _ground(chart: IntervalChart, scale: Scale, floor: float) -> Markup:
    """Grid, tinted loss side, break-even line with its word, axis."""
    zero = scale.at(chart.break_even)
    parts = [tag("rect", x="0%", y=TOP, width=percent(zero), height=floor - TOP, class_="ch-loss")]
    texts = [chart.tick_text(tick) for tick in scale.ticks]
    every = _every(texts)
    for index, (tick, text) in enumerate(zip(scale.ticks, texts, strict=True)):
        x = percent(scale.at(tick))
        parts.append(tag("line", x1=x, x2=x, y1=TOP, y2=floor, class_="ch-grid"))
        if index % every == 0:
            minor = len(texts) > 5 and index // every % 2 == 1
            anchor = {0: "start", len(texts) - 1: "end"}.get(index, "middle")
            words = "ch-tick minor" if minor else "ch-tick"
            parts.append(tag("text", text, x=x, y=floor + 17, text_anchor=anchor, class_=words))
    x = percent(zero)
    parts.append(tag("line", x1=x, x2=x, y1=TOP - 8, y2=floor, class_="ch-break"))
    anchor = "start" if zero < 16 else "end" if zero > 84 else "middle"
    parts.append(tag("text", chart.break_even_word, x=x, y=TOP - 14, text_anchor=anchor, class_="ch-word"))
    return join(*parts)


def _every(texts: list[str]) -> int:
    """Which ticks have words: all, or so few of them that long words do not meet."""
    widest = max(len(text) for text in texts) * LABEL_GLYPH + 12
    fits = (step for step in range(1, len(texts)) if ((len(texts) - 1) // step + 1) * widest <= TICK_ROOM)
    return next(fits, len(texts))


def _row(place: _Placed, scale: Scale) -> Markup:
    row, middle = place.row, place.bar_top + BAR / 2
    parts = _label(place)
    for rank, band in enumerate(sorted(row.bands, key=lambda band: -band.level)):
        x, end = scale.at(band.low), scale.at(band.high)
        layer = f"ch-band b{min(rank, 2) + 1}"
        parts.append(tag("rect", x=percent(x), y=place.bar_top, width=percent(end - x), height=BAR, rx=3, class_=layer))
    if row.value is not None and row.claim:
        parts.append(mark(scale.at(row.value), middle, DIAMOND, "ch-diamond"))
    elif row.value is not None:
        parts.append(tag("circle", cx=percent(scale.at(row.value)), cy=middle, r=DOT, class_="ch-dot"))
    y = place.bar_top + BAR + 17 if place.figure.below else middle + 5
    parts.append(_text(row.text, place.figure, y, "ch-value claim" if row.claim else "ch-value"))
    return join(*parts)


def _label(place: _Placed) -> list[Markup]:
    """The label; where a phone needs it broken, both forms are there and the page's width picks one."""
    last = place.top + 12 + LINE * (len(place.lines) - 1)
    if len(place.lines) == 1:
        return [_text(place.row.label, place.label, last, "ch-label")]
    broken = [
        _text(line, place.label, place.top + 12 + LINE * n, "ch-label narrow") for n, line in enumerate(place.lines)
    ]
    return [*broken, _text(place.row.label, place.label, last, "ch-label wide")]


def _text(words: str, spot: _Spot, y: float, class_: str) -> Markup:
    return tag("text", words, x=percent(spot.x), dx=spot.shift, y=y, text_anchor=spot.anchor, class_=class_)

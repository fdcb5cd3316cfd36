"""A bullet: one figure as a dot on a track, over the band of what is typical.

The axis follows from the typical band alone, so cards of one KPI compare over time; a figure beyond it
is drawn as an arrow at the end of the track, never squeezed in.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from earnest.charts.scale import Scale, finite
from earnest.charts.svg import drawing, mark, percent, tag

HEIGHT, TRACK, BAND, DOT = 16, 6, 12, 6
BEYOND = {"left": "M3-6-4 0 3 6z", "right": "M-3-6 4 0-3 6z"}


@dataclass(frozen=True, slots=True)
class Bullet:
    """A figure and its typical band.

    Args:
        title: read aloud: the figure, the band and the state in words.
        value: the figure in any unit; None where no point may be shown.
        low, high: ends of the typical band, in the same unit.
        ceiling: the largest value there can be (1 for a share), or None.
        state: "plain", "good" or "bad": colour of the dot.
        hollow: attributed, not causal.
    """

    title: str
    value: float | None
    low: float
    high: float
    ceiling: float | None = None
    state: str = "plain"
    hollow: bool = False

    def __post_init__(self) -> None:
        finite(self.value, self.low, self.high, self.ceiling)
        if self.high < self.low:
            raise ValueError(f"the typical band ends before it begins: {self.low} to {self.high}")


def axis(low: float, high: float, ceiling: float | None = None) -> Scale:
    """Band in the middle, one and a half times its width on either side, within what is possible.

    Example:
        >>> axis(2.0, 4.0)
        Scale(low=0.0, high=7.0, ticks=())
    """
    width = (high - low) or abs(high) / 2 or 1.0
    start = low - 1.5 * width
    end = high + 1.5 * width
    if low >= 0:
        start = max(0.0, start)
    if ceiling is not None and high <= ceiling:
        end = min(ceiling, end)
    return Scale(start, end if end > start else start + width)


def draw(bullet: Bullet) -> Markup:
    """The track, the band and the dot."""
    scale = axis(bullet.low, bullet.high, bullet.ceiling)
    middle = HEIGHT / 2
    low, high = scale.at(bullet.low), scale.at(bullet.high)
    parts = [
        tag("rect", x="0%", y=middle - TRACK / 2, width="100%", height=TRACK, rx=3, class_="ch-track"),
        tag(
            "rect",
            x=percent(low),
            y=middle - BAND / 2,
            width=percent(max(high - low, 1)),
            height=BAND,
            rx=3,
            class_="ch-typical",
        ),
    ]
    if bullet.value is not None:
        parts.append(_figure(bullet, scale.at(bullet.value), middle))
    return drawing(bullet.title, HEIGHT, *parts, class_="ch ch-bullet")


def _figure(bullet: Bullet, position: float, middle: float) -> Markup:
    kind = f"ch-figure {bullet.state}{' hollow' if bullet.hollow else ''}"
    if 0 <= position <= 100:
        return tag("circle", cx=percent(position), cy=middle, r=DOT, class_=kind)
    side, x = ("left", 2.0) if position < 0 else ("right", 98.0)
    return mark(x, middle, BEYOND[side], kind)

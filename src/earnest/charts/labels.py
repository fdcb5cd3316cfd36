"""Where words stand on a plot: within the narrowest drawing, on no other words, on no line where that can be helped.

Positions are percent of the width and pixels to the baseline; nothing measures letters here, so each counts as a wide one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from earnest.charts.paths import Spot
from earnest.charts.svg import percent, tag

GLYPH, NARROWEST = 7.0, 256  # px: a letter, and the plot on a 320 px phone
APART = 16  # px between two baselines
HALF = 8  # px: half the height of words
BESIDE = (20, -13, 36, -29, 52, -45, 68, -61, 84, -77)  # px from a dot to its words, best place first

Line = Sequence[Spot | None]


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place, and the side they grow from: start, middle or end."""

    text: str
    x: float
    y: float
    side: str = "start"

    @property
    def width(self) -> float:
        return len(self.text) * GLYPH / NARROWEST * 100

    @property
    def left(self) -> float:
        return self.x - {"start": 0.0, "middle": self.width / 2, "end": self.width}[self.side]

    @property
    def right(self) -> float:
        return self.left + self.width

    def covers(self, other: Label) -> bool:
        """Whether both could not be read where the drawing is narrowest."""
        return abs(self.y - other.y) < APART - 2 and self.left < other.right and other.left < self.right

    def drawn(self, class_: str) -> Markup:
        return tag("text", self.text, x=percent(self.x), y=self.y, text_anchor=self.side, class_=class_)


def beside(
    text: str, dot: Spot, *, taken: Sequence[Label], lines: Sequence[Line], within: tuple[float, float]
) -> Label:
    """The best place for the words of a dot.

    Args:
        taken: words that stand already.
        lines: what had better not run through the words.
        within: highest and lowest baseline.
    """
    x, y = dot
    top, bottom = within
    sides = [Label(text, x, y + step, side) for step in BESIDE for side in ("start", "end", "middle")]
    inside = [label for label in sides if label.left >= -1 and label.right <= 101 and top <= label.y <= bottom]
    inside = inside or [Label(text, 0, min(max(y - 13, top), bottom))]
    return min(inside, key=lambda label: (any(label.covers(other) for other in taken), crossed(label, lines)))


def apart(wished: Sequence[float], floor: float) -> list[float]:
    """Baselines from top to bottom, none nearer than a line to the next, none below the floor where there is room.

    Example:
        >>> apart([50, 55, 200], 250)
        [50, 66, 200]
    """
    placed: list[float] = []
    for y in wished:
        placed.append(max(y, placed[-1] + APART) if placed else y)
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], floor)
        floor = placed[index] - APART
    return placed


def crossed(label: Label, lines: Sequence[Line]) -> int:
    """How many lines run through a label."""
    return sum(any(_through(label, *ends) for ends in pairwise(line)) for line in lines)


def _through(label: Label, first: Spot | None, second: Spot | None) -> bool:
    if first is None or second is None or second[0] < label.left or first[0] > label.right:
        return False
    slope = (second[1] - first[1]) / (second[0] - first[0])
    ends = [first[1] + slope * (min(max(x, first[0]), second[0]) - first[0]) for x in (label.left, label.right)]
    middle = label.y - HALF / 2
    return min(ends) < middle + HALF and max(ends) > middle - HALF

"""Lines and bands that stretch with the page while their strokes do not.

Points lie in a box 1000 wide; the box is a drawing within the drawing, stretched to the full width. Where a value is
missing the line has a gap: a run ends, another begins. A run of one point is for the caller to mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from earnest.charts.svg import number, tag

BOX = 1000
Spot = tuple[float, float]  # percent of the width, pixels from the top
_PAIR = re.compile(r"([ML])(-?[\d.]+) (-?[\d.]+)")


def box(height: float, *paths: Markup) -> Markup:
    """Paths, stretched over the whole width."""
    return tag(
        "svg",
        *paths,
        viewBox=f"0 0 {BOX} {number(height)}",
        preserveAspectRatio="none",
        width="100%",
        height=height,
        class_="ch-paths",
    )


def runs(spots: Sequence[Spot | None]) -> list[list[Spot]]:
    """Neighbours that have a value, run by run.

    Example:
        >>> runs([(0, 1), (50, 2), None, (100, 3)])
        [[(0, 1), (50, 2)], [(100, 3)]]
    """
    found: list[list[Spot]] = [[]]
    for spot in spots:
        if spot is None:
            found.append([])
        else:
            found[-1].append(spot)
    return [run for run in found if run]


def line(spots: Sequence[Spot], class_: str) -> Markup:
    """A line through the points of one run."""
    return tag("path", d=_drawn(spots), class_=class_)


def area(upper: Sequence[Spot], lower: Sequence[Spot], class_: str) -> Markup:
    """The area between two lines over the same points."""
    return tag("path", d=f"{_drawn([*upper, *reversed(lower)])}Z", class_=class_)


def lines(spots: Sequence[Spot | None], tentative: Sequence[bool], class_: str) -> list[Markup]:
    """Every run as a line; the part that leads to a tentative point is dashed."""
    drawn = []
    for firm in (True, False):
        kept = [_kept(pair, flag, firm=firm) for pair, flag in zip(pairwise(spots), tentative[1:], strict=True)]
        kind = class_ if firm else f"{class_} tentative"
        drawn += [line(run, kind) for run in _joined(kept)]
    return drawn


def stretched(path: str, factor: float) -> str:
    """A path of this module with every x multiplied."""
    return _PAIR.sub(lambda found: f"{found[1]}{number(float(found[2]) * factor)} {found[3]}", path)


def _kept(pair: tuple[Spot | None, Spot | None], tentative: bool, *, firm: bool) -> tuple[Spot, Spot] | None:
    first, second = pair
    return (first, second) if first and second and tentative is not firm else None


def _joined(segments: Sequence[tuple[Spot, Spot] | None]) -> list[list[Spot]]:
    """Segments that follow each other as one run."""
    found: list[list[Spot]] = [[]]
    for segment in segments:
        if segment is None:
            found.append([])
        else:
            found[-1] += segment if not found[-1] else segment[1:]
    return [run for run in found if run]


def _drawn(spots: Sequence[Spot]) -> str:
    return "".join(f"{'L' if index else 'M'}{number(x / 100 * BOX)} {number(y)}" for index, (x, y) in enumerate(spots))

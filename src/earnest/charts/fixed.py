"""A drawing for paper and for pictures: one SVG of a fixed size that needs no page around it.

fluid, classed, tokens  →  pixels, attributes, hex colours, texts in Inter

The style sheet of the charts is read as it stands, so a colour or a size is written once for page and paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from earnest.charts import bullet, interval_rows, paper, trend
from earnest.charts.bridge import BridgeChart
from earnest.charts.bullet import Bullet
from earnest.charts.cohort import CohortChart
from earnest.charts.cost_bar import CostChart
from earnest.charts.funnel import FunnelChart
from earnest.charts.interval_rows import IntervalChart
from earnest.charts.lines import LinesChart
from earnest.charts.paths import BOX, stretched
from earnest.charts.sheet import Path, presented, tokens
from earnest.charts.svg import number
from earnest.charts.trend import TrendChart

AnyChart = IntervalChart | TrendChart | Bullet | FunnelChart | BridgeChart | CostChart | CohortChart | LinesChart

NARROW = 400  # pixels: up to here labels are broken and every second tick is left out, as on a phone
GLYPH = 6.3
EDGE = 7  # pixels at either side, for dots that sit on the end of an axis
FLUID = ("x", "x1", "x2", "cx", "width")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters no XML may hold
SVG = "http://www.w3.org/2000/svg"

_FLUID_FORMS: dict[type, Callable[[Any], Markup]] = {
    IntervalChart: interval_rows.draw,
    TrendChart: trend.draw,
    Bullet: bullet.draw,
}
_TABLE_FORMS: dict[type, Callable[[Any, float], Markup]] = {
    FunnelChart: paper.funnel,
    BridgeChart: paper.bridge,
    CostChart: paper.costs,
    CohortChart: paper.cohort,
    LinesChart: paper.lines,
}


def fixed_chart(drawing: AnyChart, *, width: float, dark: bool = False) -> str:
    """A whole chart with its texts as one standalone SVG.

    Args:
        drawing: any chart of the kit; what a page shows as a table or a list is laid out in the SVG.
        width: in pixels; the height follows from the chart and stands in the root element.
        dark: the dark theme, on its own ground; light drawings have none.

    Raises:
        ValueError: the width leaves no room for a chart (under 120).
    """
    kind, room = type(drawing), width - 2 * EDGE
    markup = _TABLE_FORMS[kind](drawing, room) if kind in _TABLE_FORMS else _FLUID_FORMS[kind](drawing)
    if "<svg" not in markup:
        markup = paper.said(getattr(drawing, "empty", ""), room)
    return fixed(markup, width=width, dark=dark)


def fixed(markup: Markup, *, width: float, dark: bool = False) -> str:
    """The first drawing in some markup of the kit as one standalone SVG; tables beside it are left out.

    Raises:
        ValueError: there is no drawing in it, or no room for one.
    """
    if width < 120:
        raise ValueError(f"a chart {width:g} pixels wide cannot be read; give it 120 or more")
    clean = NOT_XML.sub("\ufffd", markup)
    root = ElementTree.fromstring(f"<root>{clean}</root>").find(".//svg")  # noqa: S314 -- written by this package
    if root is None:
        raise ValueError("there is no drawing in this markup; `fixed_chart` lays out charts that are tables on a page")
    made = _drawn(root, width, _Page(width - 2 * EDGE, dark, width <= NARROW))
    if _cut(made, width):
        made = _drawn(root, width, _Page(width - 2 * EDGE, dark, True))
    return ElementTree.tostring(made, encoding="unicode")


@dataclass(frozen=True, slots=True)
class _Page:
    """How wide the drawing is, or the one within it, and what decides its style."""

    width: float
    dark: bool
    narrow: bool

    def style(self, path: Path) -> dict[str, str]:
        return presented(path, dark=self.dark, narrow=self.narrow)

    def shown(self, path: Path) -> dict[str, str]:
        return {name: value for name, value in self.style(path).items() if name != "display"}


def _drawn(root: ElementTree.Element, width: float, page: _Page) -> ElementTree.Element:
    height = root.get("height", "0")
    made = ElementTree.Element("svg", _frame(width, height) | page.shown((_named(root),)))
    if page.dark:
        ground = {"x": number(-EDGE), "width": number(width), "height": height, "fill": tokens(dark=True)["surface"]}
        ElementTree.SubElement(made, "rect", ground)
    for child in root:
        _copy(child, made, (_named(root),), page)
    return made


def _cut(made: ElementTree.Element, width: float) -> bool:
    """Whether a text may reach over an edge, so that its broken form is better."""
    for text in made.iter("text"):
        long = len(text.text or "") * GLYPH
        x = float(text.get("x", "0"))
        left = x - {"middle": long / 2, "end": long}.get(text.get("text-anchor", "start"), 0)
        if left < -EDGE or left + long > width - EDGE:
            return True
    return False


def _frame(width: float, height: str) -> dict[str, str]:
    """The root. Dots at either end of an axis reach over it, so the axis keeps off the edges."""
    size = {"width": number(width), "height": height, "viewBox": f"{number(-EDGE)} 0 {number(width)} {height}"}
    return {"xmlns": SVG, **size, "font-family": "Inter"}


def _named(element: ElementTree.Element) -> tuple[str, frozenset[str]]:
    return element.tag, frozenset(element.get("class", "").split())


def _copy(element: ElementTree.Element, into: ElementTree.Element, above: Path, page: _Page) -> None:
    """An element and what it holds, in pixels and colours; what is hidden or only for a pointer is left out."""
    path = (*above, _named(element))
    if page.style(path).get("display") == "none" or element.get("data-label") is not None:
        return
    at = _pixels(element, page.width)
    if element.tag == "svg":
        made = ElementTree.SubElement(into, "g", _moved(element, at))
        page = replace(page, width=float(at["width"]))
    else:
        made = ElementTree.SubElement(into, element.tag, at | page.shown(path))
        made.text = element.text
        if element.tag == "path" and "ch-paths" in above[-1][1]:
            made.set("d", stretched(element.get("d", ""), page.width / BOX))
    for child in element:
        _copy(child, made, path, page)


def _moved(element: ElementTree.Element, at: dict[str, str]) -> dict[str, str]:
    """A drawing within the drawing is a group at its origin; stretching is done path by path."""
    x, y = at.get("x", "0"), element.get("y", "0")
    return {} if (x, y) == ("0", "0") else {"transform": f"translate({x} {y})"}


def _pixels(element: ElementTree.Element, width: float) -> dict[str, str]:
    """Attributes that a picture needs, with percentages of the width resolved and shifts added up."""
    at = {
        name: value
        for name, value in element.attrib.items()
        if name not in {"class", "role", "focusable", "tabindex"} and not re.match(r"aria-|data-", name)
    }
    for name in FLUID:
        if at.get(name, "").endswith("%"):
            at[name] = number(float(at[name][:-1]) / 100 * width)
    if "dx" in at:
        at["x"] = number(float(at.get("x", "0")) + float(at.pop("dx")))
    return at

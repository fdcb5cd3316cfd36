"""Where the money went: one stacked bar, and a table with the evidence of every line."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from earnest.charts.scale import finite
from earnest.charts.svg import drawing, join, percent, tag

HEIGHT, COLOURS = 18, 5


@dataclass(frozen=True, slots=True)
class CostPart:
    """One line of cost.

    Args:
        label, text: what was paid for and the amount, in words.
        amount: major units; a credit note is negative and stands in the table only.
        evidence: invoiced, measured, allocated or assumed, in words.
        tone: colour of the evidence chip: pos, info, plain or warn.
        detail: a second line under the label.
    """

    label: str
    text: str
    amount: float
    evidence: str
    tone: str = "plain"
    detail: str | None = None

    def __post_init__(self) -> None:
        finite(self.amount)


@dataclass(frozen=True, slots=True)
class CostChart:
    """Lines, largest first. `header` names the columns: item, basis, amount; `total` is the last line."""

    title: str
    header: tuple[str, str, str]
    parts: tuple[CostPart, ...]
    total: tuple[str, str]
    empty: str = ""


def draw(chart: CostChart) -> Markup:
    """The bar and the table. From the fifth line on, lines share the last colour."""
    if not chart.parts:
        return tag("p", chart.empty, class_="ch-empty")
    return join(_bar(chart), _table(chart))


def _colour(index: int) -> str:
    return f"ch-c{min(index + 1, COLOURS)}"


def _bar(chart: CostChart) -> Markup:
    whole = sum(part.amount for part in chart.parts if part.amount > 0)
    at, parts = 0.0, []
    for index, part in enumerate(chart.parts):
        if part.amount > 0:
            width = part.amount / whole * 100
            shape = f"ch-part {_colour(index)}"
            parts.append(tag("rect", x=percent(at), y=0, width=percent(width), height=HEIGHT, class_=shape))
            at += width
    return drawing(chart.title, HEIGHT, *parts, class_="ch ch-stack") if parts else Markup("")


def _table(chart: CostChart) -> Markup:
    item, basis, amount = chart.header
    head = tag(
        "tr", tag("th", item, scope="col"), tag("th", basis, scope="col"), tag("th", amount, scope="col", class_="num")
    )
    rows = (_line(part, _colour(index)) for index, part in enumerate(chart.parts))
    label, text = chart.total
    total = tag("tr", tag("th", label, scope="row"), tag("td"), tag("td", text, class_="num"), class_="total")
    caption = tag("caption", chart.title, class_="visually-hidden")
    return tag("table", caption, tag("thead", head), tag("tbody", *rows, total), class_="data cost")


def _line(part: CostPart, colour: str) -> Markup:
    square = tag("rect", x=0, y=0, width=10, height=10, rx=2, class_=colour)
    swatch = tag("svg", square, width=10, height=10, class_="ch-swatch", aria_hidden="true", focusable="false")
    detail = tag("span", part.detail, class_="detail") if part.detail else ""
    chip = tag("span", part.evidence, class_=f"chip {part.tone}")
    name = tag("span", swatch, tag("span", part.label, detail), class_="item")
    return tag("tr", tag("th", name, scope="row"), tag("td", chip), tag("td", part.text, class_="num"))

"""Builders of every form, so that one suite can put each through the same cases."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree

from markupsafe import Markup

from earnest.charts import bridge, bullet, cost_bar, funnel, interval_rows
from earnest.charts.table import DataTable


def parsed(markup: Markup) -> ElementTree.Element:
    """The drawing as XML; fails where it is not well formed."""
    return ElementTree.fromstring(f"<root>{markup}</root>")


def classes(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """Elements that carry a class, in document order."""
    return [element for element in root.iter() if name in element.get("class", "").split()]


def row(
    value: float | None, *ends: tuple[float, float], claim: bool = False, text: str = "€2.21"
) -> interval_rows.IntervalLine:
    levels = (0.95, 0.8, 0.5)
    bands = tuple(interval_rows.Band(level, *pair) for level, pair in zip(levels, ends, strict=False))
    return interval_rows.IntervalLine("Measured", text, value, bands, claim)


def intervals(*rows: interval_rows.IntervalLine) -> interval_rows.IntervalChart:
    data = DataTable("Show as table", ("Measure", "Per unit"), tuple((each.label, each.text) for each in rows))
    return interval_rows.IntervalChart(
        "Return", rows, 1.0, "break-even", lambda v: f"€{v:g}", data, empty="Nothing yet"
    )


def draw_intervals(*values: float) -> Markup:
    return interval_rows.draw(intervals(*(row(value, (value - 1, value + 1)) for value in values)))


def draw_bullet(*values: float) -> Markup:
    return Markup("").join(bullet.draw(bullet.Bullet("Rate", value, 2, 4)) for value in values)


def draw_funnel(*values: float) -> Markup:
    steps = tuple(funnel.FunnelBar("Step", abs(value), f"{value:g}", "50%", "lost") for value in values)
    data = DataTable("Show as table", ("Step", "Messages"), tuple((step.label, step.text) for step in steps))
    return funnel.draw(funnel.FunnelChart("Funnel", steps, data, empty="Nothing yet"))


def draw_bridge(*values: float) -> Markup:
    rows = tuple(bridge.BridgeRow("Line", f"{value:g}", Decimal(value), False, "cost") for value in values)
    return bridge.draw(bridge.BridgeChart("Bridge", ("Line", "Bar", "Amount"), rows, empty="Nothing yet"))


def draw_costs(*values: float) -> Markup:
    parts = tuple(cost_bar.CostPart("Item", f"{value:g}", value, "invoiced", "pos") for value in values)
    chart = cost_bar.CostChart("Cost", ("Item", "Basis", "Amount"), parts, ("Total", "1"), empty="Nothing yet")
    return cost_bar.draw(chart)


FORMS = {
    "interval_rows": draw_intervals,
    "bullet": draw_bullet,
    "funnel": draw_funnel,
    "bridge": draw_bridge,
    "cost_bar": draw_costs,
}

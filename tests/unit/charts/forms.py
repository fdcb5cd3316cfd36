"""Builders of every form, so that one suite can put each through the same cases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from earnest.charts import bridge, bullet, cohort, cost_bar, funnel, interval_rows, lines, trend
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


def trend_of(*values: float | None, **more: Any) -> trend.TrendChart:
    points = tuple(
        trend.TrendPoint(f"W{n}", f"W{n}: {value}", value, None if value is None else (value - 1, value + 1))
        for n, value in enumerate(values)
    )
    data = DataTable("Show as table", ("Week", "Extra"), tuple((point.label, point.text) for point in points))
    given = {"data": data, "empty": "Nothing yet"} | more
    return trend.TrendChart("Extra profit", points, "This campaign", lambda v: f"€{v:g}", **given)


def draw_trend(*values: float) -> Markup:
    return trend.draw(trend_of(*values))


def draw_cohort(*values: float) -> Markup:
    rows = tuple(cohort.CohortRow("May", "120", (cohort.CohortCell(value, f"€{value:g}"), None)) for value in values)
    return cohort.draw(
        cohort.CohortChart("Cohorts", ("First order", "Customers"), ("0", "1"), rows, empty="Nothing yet")
    )


def draw_lines(*values: float) -> Markup:
    groups = tuple(
        lines.Line("Newsletter", f"€{value:g}", (lines.LinePoint(0), lines.LinePoint(value), lines.LinePoint(None)))
        for value in values
    )
    data = DataTable("Show as table", ("Group", "CLV"), tuple((group.label, group.text) for group in groups))
    return lines.draw(lines.LinesChart("CLV", groups, ("0", "2"), data, empty="Nothing yet"))


FORMS = {
    "interval_rows": draw_intervals,
    "bullet": draw_bullet,
    "funnel": draw_funnel,
    "bridge": draw_bridge,
    "cost_bar": draw_costs,
    "trend": draw_trend,
    "cohort": draw_cohort,
    "lines": draw_lines,
}

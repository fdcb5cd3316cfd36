"""Parts of the hand-made stories: returns by their definitions, KPIs, funnel, costs, the experiment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import Money
from earnest.verdict.story import ArmLine, CostLine, ExperimentFacts, FunnelStep, IntervalRow, KpiLine

MARGIN, COST = Decimal("0.46"), "8172.00"
MESSAGED, HELD = 74_160, 8_240


def eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def returns(value: float, low: float, high: float) -> dict[str, Figure]:
    """Every return that follows from an incremental return, by the definitions."""
    cost, margin = float(COST), float(MARGIN)

    def figure(unit: str, change: Any) -> Estimate:
        return Estimate(
            change(value), unit, change(low), change(high), 0.95, "welch", MESSAGED + HELD, basis="incremental"
        )

    return {
        "incremental_revenue": figure("EUR", lambda r: r * cost / margin),
        "extra_gross_profit": figure("EUR", lambda r: r * cost),
        "contribution": figure("EUR", lambda r: r * cost - cost),
        "incremental_return": figure("ratio", lambda r: r),
        "incremental_roi": figure("ratio", lambda r: r - 1),
        "incremental_roas": figure("ratio", lambda r: r / margin),
    }


def bands(value: float, half: float) -> dict[float, tuple[float, float]]:
    widths = {0.5: 0.344, 0.8: 0.654, 0.95: 1.0}
    return {level: (value - half * width, value + half * width) for level, width in widths.items()}


def measured(value: float, half: float, *, point: bool = True) -> IntervalRow:
    return IntervalRow("measured", "", value if point else None, bands(value, half))


CLAIM = IntervalRow("claim", "last_touch", 6.24, {})
KPIS = (
    KpiLine(
        "delivery_rate", "Delivery rate", "delivered / sent", "messages sent", "higher",
        Estimate(0.9421, "share", 0.9404, 0.9438, 0.95, "wilson", 74_160), 0.90, 0.96, "charles, measured panel",
    ),
    KpiLine(
        "read_rate", "Read rate", "reads / delivered", "messages delivered", "higher",
        Estimate(0.792, "share", 0.789, 0.795, 0.95, "wilson", 69_870), 0.70, 0.85, "charles, measured panel",
    ),
    KpiLine(
        "click_through_rate", "Click-through rate", "unique human clickers / delivered", "messages delivered", "higher",
        Estimate(0.138, "share", 0.1354, 0.1406, 0.95, "wilson", 69_870), 0.08, 0.12, "vendor claims",
    ),
    KpiLine(
        "opt_out_rate", "Opt-out rate", "opt-outs in 72 h / delivered", "messages delivered", "lower",
        Estimate(0.0094, "share", 0.0087, 0.0101, 0.95, "wilson", 69_870), 0.002, 0.006, "vendor claims",
    ),
    KpiLine(
        "cost_per_order", "Cost per order", "total cost / orders", "orders", "lower",
        Estimate(5.4553, "EUR", n=1_498, exact=eur("5.46")), None, None,
    ),
    KpiLine(
        "roas", "ROAS", "attributed revenue / cost", "", "higher",
        Estimate(13.57, "ratio", basis="attributed"), 3.0, 6.0, "vendor claims",
    ),
    KpiLine(
        "reply_rate", "Reply rate", "unique repliers / delivered within 72 h", "messages delivered", "higher",
        Unavailable("no-replies-source", "no source delivers replies", "earnest import run replies.csv"),
    ),
    KpiLine(
        "incremental_return", "Incremental return", "extra gross profit / cost", "", "higher",
        Estimate(2.2118, "ratio", 1.2118, 3.2118, 0.95, "welch", 82_400, basis="incremental"),
    ),
)  # fmt: skip
FUNNEL = (
    FunnelStep("sent", 74_160, None),
    FunnelStep("delivered", 69_870, 69_870 / 74_160, "not on WhatsApp 3,110 · quality limit 1,180"),
    FunnelStep("read", 55_340, 55_340 / 69_870),
    FunnelStep("clicked", 9_640, 9_640 / 55_340),
    FunnelStep("ordered", 1_498, 1_498 / 9_640),
)
COSTS = (
    CostLine("messaging", eur("6702.00"), "invoiced", "Meta, September"),
    CostLine("content", eur("600.00"), "invoiced"),
    CostLine("staff", eur("480.00"), "assumed", "12 hours at €40"),
    CostLine("platform", eur("390.00"), "allocated"),
)
EXPERIMENT = ExperimentFacts(
    "winback-sept", "contact", 30, "2026-10-30", "2026-10-30", "2026-10-31T06:00:00+00:00", 0.412,
    (
        ArmLine("message", False, MESSAGED, 1_498, eur("110852.00"), 0.9),
        ArmLine("control", True, HELD, 108, eur("7950.89"), 0.1),
    ),
    None, None,
)  # fmt: skip

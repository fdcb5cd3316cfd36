"""Hand-made stories, one for each thing a report may have to say. The figures fit together; none is real."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money
from earnest.verdict.bridge import build_bridge
from earnest.verdict.story import (
    ArmLine,
    CampaignStory,
    CostLine,
    ExperimentFacts,
    FunnelStep,
    IntervalRow,
    KpiLine,
)
from earnest.verdict.verdict import Verdict

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


def gain() -> CampaignStory:
    bridge = build_bridge(
        eur("110852.00"),
        holdout_mean=Decimal("71558.00") / MESSAGED,
        messaged=MESSAGED,
        cost=eur(COST),
        margin=MARGIN,
        discounts=eur("3146.00"),
    )
    claims = {"first_touch": eur("84210.00"), "last_touch": eur("110852.00"), "linear": eur("97433.50")}
    claimed: dict[str, Figure] = {
        model: Estimate(float(revenue.decimal) * 0.46 / 8172, "ratio", basis="attributed")
        for model, revenue in claims.items()
    }
    return CampaignStory(
        campaign="winback-2026-09",
        name="September win-back",
        channels=("whatsapp",),
        purpose="sales",
        first_day="2026-09-01",
        last_day="2026-09-30",
        currency="EUR",
        level=0.95,
        verdict=Verdict.PROVEN_GAIN,
        running=False,
        returns=returns(2.2118, 1.2118, 3.2118),
        interval_rows=(measured(2.2118, 1.0), CLAIM),
        bridge=bridge,
        claims=claims,
        claimed_returns=claimed,
        cost_total=eur(COST),
        costs=COSTS,
        unrated_messages=0,
        margin=Estimate(0.46, "share", basis="assumed"),
        kpis=KPIS,
        funnel=FUNNEL,
        experiment=EXPERIMENT,
        restated=None,
        findings=(
            Finding(
                "opt-outs-above-usual",
                "warns",
                "0.94% asked to stop or blocked the number, where 0.2% to 0.6% is usual",
                "Send less often to people who got three or more messages.",
            ),
        ),
        assumptions=("Gross margin 46%, set by finance on 2026-01-01", "All shop orders are captured"),
        as_of="2026-10-31T06:00:00+00:00",
        generation="g-000042",
        version="0.1.0",
    )


def loss() -> CampaignStory:
    bridge = build_bridge(
        eur("64000.00"),
        holdout_mean=Decimal("53696.17") / MESSAGED,
        messaged=MESSAGED,
        cost=eur(COST),
        margin=MARGIN,
        discounts=eur("0"),
    )
    return replace(
        gain(),
        verdict=Verdict.PROVEN_LOSS,
        returns=returns(0.58, 0.31, 0.85),
        interval_rows=(measured(0.58, 0.27), CLAIM),
        kpis=KPIS[:-1],
        bridge=bridge,
    )


def inconclusive() -> CampaignStory:
    """The middle, 1.57, must never reach a page."""
    kpi = replace(KPIS[-1], figure=Estimate(1.57, "ratio", 0.62, 2.52, 0.95, "welch", 82_400, basis="incremental"))
    return replace(
        gain(),
        verdict=Verdict.INCONCLUSIVE,
        returns=returns(1.57, 0.62, 2.52),
        interval_rows=(measured(1.57, 0.95, point=False), CLAIM),
        kpis=(*KPIS[:-1], kpi),
        experiment=replace(EXPERIMENT, more_units_needed=34_000),
        restated=returns(1.44, 0.51, 2.37),
    )


def running() -> CampaignStory:
    return replace(
        inconclusive(),
        running=True,
        restated=None,
        experiment=replace(EXPERIMENT, read_at=None, more_units_needed=3_400, days_to_read_out=9),
        as_of="2026-10-21T06:00:00+00:00",
    )


def no_holdout() -> CampaignStory:
    return replace(
        gain(),
        verdict=Verdict.NO_HOLDOUT,
        returns={},
        interval_rows=(CLAIM, IntervalRow("claim", "first_touch", 4.74, {})),
        bridge=None,
        experiment=None,
        kpis=KPIS[:-1],
    )


def withheld() -> CampaignStory:
    arms = (
        replace(EXPERIMENT.arms[0], units=76_550),
        replace(EXPERIMENT.arms[1], units=5_850),
    )
    finding = Finding(
        "sample-ratio-mismatch",
        "blocks",
        "the arms are not of the planned sizes: message 76,550 where 74,160 were planned, control 5,850, not 8,240",
        "Find what removed or added people after assignment, on the assigned list, before reading any difference.",
        rows=2_390,
        tested=82_400,
    )
    return replace(
        gain(),
        verdict=Verdict.WITHHELD,
        findings=(finding, *gain().findings),
        experiment=replace(EXPERIMENT, srm_p=1e-12, arms=arms),
    )


def by_purpose() -> CampaignStory:
    csat = KpiLine(
        "csat", "CSAT", "answers 4–5 of 5 / answers", "answers", "higher",
        Estimate(0.912, "share", 0.881, 0.936, 0.95, "wilson", 412), 0.75, 0.85, "survey",
    )  # fmt: skip
    return replace(
        gain(),
        name="Delivery updates",
        purpose="service",
        verdict=Verdict.NOT_JUDGED_BY_ROI,
        kpis=(csat, *KPIS),
        findings=(),
        experiment=None,
    )


def margin_missing() -> CampaignStory:
    missing = Unavailable(
        "margin-missing",
        "the gross margin is not known, so extra revenue cannot be turned into profit",
        "earnest setting set margin 0.38 --from 2026-01-01",
    )
    known = returns(2.2118, 1.2118, 3.2118)["incremental_revenue"]
    rest: dict[str, Figure] = dict.fromkeys(returns(1, 1, 1), missing)
    return replace(gain(), verdict=Verdict.WITHHELD, returns=rest | {"incremental_revenue": known}, margin=missing)


def unrated() -> CampaignStory:
    finding = Finding(
        "unrated-messages",
        "blocks-gain",
        "1,204 messages have no price",
        "Add the rate card for Brazil.",
        1_204,
        74_160,
    )
    return replace(gain(), verdict=Verdict.WITHHELD, findings=(finding,), unrated_messages=1_204)


SEVEN = {
    "gain": gain,
    "loss": loss,
    "inconclusive": inconclusive,
    "running": running,
    "no_holdout": no_holdout,
    "withheld": withheld,
    "by_purpose": by_purpose,
}
ALL = SEVEN | {"margin_missing": margin_missing, "unrated": unrated}

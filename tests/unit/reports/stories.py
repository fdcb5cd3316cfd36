"""Hand-made stories, one for each thing a report may have to say. The figures fit together; none is real."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.finding import Finding
from earnest.verdict.bridge import build_bridge
from earnest.verdict.story import CampaignStory, IntervalRow, KpiLine
from earnest.verdict.verdict import Verdict
from unit.reports import provider
from unit.reports.parts import CLAIM, COST, COSTS, EXPERIMENT, FUNNEL, KPIS, MARGIN, MESSAGED, eur, measured, returns


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


def told() -> CampaignStory:
    return provider.told(gain())


ALL = SEVEN | {"margin_missing": margin_missing, "unrated": unrated, "told": told}

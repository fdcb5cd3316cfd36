"""What an experiment says in money: returns, bridge and bands; and what an attribution rule would claim beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from earnest.incrementality.difference import Difference, difference_of_means, few_buyers
from earnest.incrementality.moments import Moments
from earnest.incrementality.returns import IncrementalReturns, incremental_returns
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.finding import Finding
from earnest.kernel.money import MICRO_PER_MAJOR, Money, exponent
from earnest.usecases.experiment_read import Arm, ExperimentResult
from earnest.usecases.measure import Measured
from earnest.verdict.bridge import Bridge, build_bridge
from earnest.verdict.story import IntervalRow
from earnest.verdict.verdict import Verdict

BANDS = (0.5, 0.8, 0.95)
WITH_BRIDGE = (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS, Verdict.INCONCLUSIVE)
NO_HOLDOUT = Unavailable(
    "no-holdout",
    "nobody was held out by chance, so what would have come anyway is unknown",
    "Hold out some of the audience next time: earnest experiment add ID --campaign … --arm … --control …",
)
NO_MARGIN = Unavailable(
    "margin-missing",
    "no gross margin is set",
    "earnest setting set margin 0.38 --from 2026-01-01 (with your own margin)",
)


@dataclass(frozen=True, slots=True)
class Incremental:
    """What the experiment says in money: returns, the bridge, bands, and the findings it adds."""

    returns: IncrementalReturns
    bridge: Bridge
    bands: dict[float, tuple[float, float]]
    findings: tuple[Finding, ...]


def incremental(result: ExperimentResult, *, margin: Decimal | None, cost: Money, level: float) -> Incremental | None:
    control = result.experiment.control
    if control not in result.arms or len(result.arms) < 2:
        return None
    treated, held_out, discount = _pooled(result.arms, control)
    currency = cost.currency
    major = Fraction(1, 10 ** exponent(currency))
    difference = difference_of_means(treated.scaled(major), held_out.scaled(major), level)
    returns = incremental_returns(difference, currency=currency, margin=margin, cost=cost.decimal)
    mean = Decimal(held_out.total) / Decimal(held_out.n) if held_out.n else Decimal(0)  # type: ignore[arg-type]
    bridge = build_bridge(
        Money(int(treated.total), currency),
        holdout_mean=mean.scaleb(-exponent(currency)),
        messaged=treated.n,
        cost=cost,
        margin=margin,
        discounts=Money(discount, currency),
    )
    bands = {}
    if isinstance(difference, Difference) and margin is not None and cost.minor > 0:
        factor = float(margin) * treated.n / float(cost.decimal)
        bands = {band: _scaled(difference.interval(band), factor) for band in sorted({*BANDS, level})}
    few = few_buyers(treated, held_out, metric="revenue")
    return Incremental(returns, bridge, bands, (few,) if few else ())


def _pooled(arms: dict[str, Arm], control: str) -> tuple[Moments, Moments, int]:
    """Revenue moments of all treated units and of the control, and discounts of the treated (minor units)."""
    treated = [arm for name, arm in arms.items() if name != control]
    total = treated[0].metrics["revenue"]
    for arm in treated[1:]:
        total = total + arm.metrics["revenue"]
    return total, arms[control].metrics["revenue"], sum(arm.discount_minor for arm in treated)


def _scaled(interval: tuple[float, float], factor: float) -> tuple[float, float]:
    return interval[0] * factor, interval[1] * factor


def shown_returns(found: Incremental | None, verdict: Verdict) -> dict[str, Figure]:
    names = (
        "incremental_revenue",
        "extra_gross_profit",
        "contribution",
        "incremental_return",
        "incremental_roi",
        "incremental_roas",
    )
    if found is None:
        return dict.fromkeys(names, NO_HOLDOUT)
    figures: dict[str, Figure] = {name: getattr(found.returns, name) for name in names}
    if verdict is Verdict.WITHHELD:
        reason = Unavailable("withheld", "a health check failed, see findings", "Fix what the finding names.")
        keep = ("incremental_revenue",) if not isinstance(figures["contribution"], Estimate) else ()
        return {name: figure if name in keep else reason for name, figure in figures.items()}
    return figures


def interval_rows(
    found: Incremental | None, verdict: Verdict, measured: Measured, *, margin: Decimal | None, cost: Money
) -> tuple[IntervalRow, ...]:
    rows = []
    if found and found.bands and verdict in WITH_BRIDGE:
        figure = found.returns.incremental_return
        point = figure.value if isinstance(figure, Estimate) and verdict is not Verdict.INCONCLUSIVE else None
        rows.append(IntervalRow("measured", measured.campaign.name, point, found.bands))
    if verdict is not Verdict.NOT_JUDGED_BY_ROI:
        for model, minor in sorted(measured.credit.items()):
            claim = claimed_return(minor, measured, cost=cost, margin=margin)
            if isinstance(claim, Estimate):
                rows.append(IntervalRow("claim", model, claim.value, {}))
    return tuple(rows)


def claimed_return(minor: int, measured: Measured, *, cost: Money, margin: Decimal | None) -> Figure:
    """Gross profit per unit of cost that an attribution rule would claim; none while the cost is a lower bound."""
    if measured.cost.unrated:
        return Unavailable(
            "unrated-messages",
            "some delivered messages have no price, so the cost is a lower bound",
            "Complete the cost.",
        )
    if measured.cost.unconverted:
        return measured.cost.unconverted[0].why
    if margin is None:
        return NO_MARGIN
    micro = measured.cost.micro  # not rounded to cents: a few messages cost less than one
    if micro <= 0:
        return Unavailable("no-cost", "the cost is 0, so there is no return on it", "Add the campaign's costs.")
    value = float(Money(minor, cost.currency).decimal * margin * MICRO_PER_MAJOR / micro)
    return Estimate(value, "ratio", basis="attributed", definition="claimed_return@1")


def restated(
    result: ExperimentResult, *, margin: Decimal | None, cost: Money, level: float
) -> dict[str, Figure] | None:
    """The returns by today's data, where they differ from the recorded reading."""
    if not result.restated:
        return None
    today = incremental(replace(result, arms=result.today), margin=margin, cost=cost, level=level)
    return shown_returns(today, Verdict.INCONCLUSIVE) if today else None


def margin_figure(margin: Decimal | None, day: date) -> Figure:
    if margin is None:
        return NO_MARGIN
    return Estimate(
        float(margin),
        "share",
        method="assumed",
        basis="assumed",
        definition="margin@1",
        period={"from": day.isoformat()},
    )

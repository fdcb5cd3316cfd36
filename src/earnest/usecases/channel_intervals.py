"""Intervals of a channel's figures and of differences: one person gets many messages, so contacts are what is counted, not messages.

Money of fewer than ten buyers has no interval: nothing is known of the baskets that have not come yet. Nor has what does not vary.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from scipy import special

from earnest.incrementality.difference import BUYERS_NEEDED
from earnest.incrementality.intervals import wilson_limits
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.finding import Finding
from earnest.kernel.money import MICRO_PER_MAJOR
from earnest.kpis.kpi import Kpi
from earnest.usecases.channel_spread import ShareSpread, Spread

FEWEST_BUYERS = 10
"""Below so many buyers money has no interval; below `BUYERS_NEEDED` it is flagged as too narrow."""

CLUSTERED = "clustered by contact"
FEW, SAME = "few-buyers", "no-variation"
_RECEIPTS_DIFFER = Unavailable(
    "not-comparable",
    "a read receipt is not an opened mail: mail programs open mails by themselves, and receipts can be switched off",
    "Compare clicks, replies or orders instead.",
)


def share_interval(found: Estimate, spread: ShareSpread | None, level: float) -> Estimate:
    """A share with Wilson limits at the effective number of messages."""
    if spread is None or found.low is None or found.n is None:
        return found
    effective = spread.effective_n(level)
    if effective >= found.n:
        return found
    low, high = wilson_limits(found.value * effective, effective, level)
    return replace(found, low=low, high=high, level=level, method=f"wilson, {CLUSTERED}")


def money_interval(kpi: Kpi, found: Estimate, spread: Spread | None, *, level: float, cost_micro: int) -> Estimate:
    """A ratio of money with the interval that its contacts give it, the cost taken as known.

    Of a positive figure the limits are those of its logarithm: revenue per person is skewed, and a cost is never negative.
    """
    if spread is None or spread.buyers < FEWEST_BUYERS:
        return replace(found, method=FEW)
    error = _error(kpi, found, spread, cost_micro)
    if not error:
        return replace(found, method=SAME)
    z = float(special.ndtri((1 + level) / 2))
    if found.value > 0:
        ends = found.value * math.exp(-z * error / found.value), found.value * math.exp(z * error / found.value)
    else:
        ends = found.value - z * error, found.value + z * error
    return replace(found, low=ends[0], high=ends[1], level=level, method=CLUSTERED)


def _error(kpi: Kpi, found: Estimate, spread: Spread, cost_micro: int) -> float | None:
    """Standard error in the unit of the figure."""
    if kpi.id == "revenue_per_recipient":
        return spread.ratio_error()
    if kpi.id == "roas":
        revenue = spread.revenue_error()
        return None if revenue is None else revenue * MICRO_PER_MAJOR / cost_micro
    orders = spread.orders_error()
    return None if orders is None else found.value * orders


def difference(kpi: Kpi, one: Figure, other: Figure, names: tuple[str, str]) -> Figure:
    """One channel's figure less the other's.

    Source: Newcombe, Statistics in Medicine 17 (1998) 873–890; for money Zou & Donner, Statistics in Medicine 27 (2008) (MOVER).
    """
    missing = [name for name, figure in zip(names, (one, other), strict=True) if isinstance(figure, Unavailable)]
    if missing:
        return Unavailable(
            "not-comparable", f"{kpi.id} is not known on {' and '.join(missing)}", "See the reason beside its figure."
        )
    if kpi.receipts and "email" in names:
        return _RECEIPTS_DIFFER
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    if kpi.denominator is None:
        return Unavailable("not-comparable", f"{kpi.id} says how much was sent, not how well", "Compare the rates.")
    gap = one.value - other.value
    if one.low is None or one.high is None or other.low is None or other.high is None:
        why = {one.method, other.method} & {FEW, SAME} or {"no-interval"}
        return replace(one, value=gap, low=None, high=None, n=None, level=None, method=min(why), exact=None)
    low = gap - math.hypot(one.value - one.low, other.high - other.value)
    high = gap + math.hypot(one.high - one.value, other.value - other.low)
    method = "newcombe" if kpi.unit == "share" else "mover"
    if CLUSTERED in one.method or CLUSTERED in other.method:
        method = f"{method}, {CLUSTERED}"
    return replace(one, value=gap, low=low, high=high, n=None, method=method, exact=None)


def money_findings(channel: str, figures: Mapping[str, Figure], spread: Spread | None) -> list[Finding]:
    """What must be known of a channel's money before it is believed.

    Args:
        figures: KPI of money → its figure.
    """
    told = {name: one for name, one in figures.items() if isinstance(one, Estimate)}
    if not told:
        return []
    buyers = spread.buyers if spread else 0
    same = [name for name, one in told.items() if one.method == SAME]
    found = []
    if buyers < BUYERS_NEEDED:
        what = "money has no interval" if buyers < FEWEST_BUYERS else "the intervals of money are too narrow"
        least = FEWEST_BUYERS if buyers < FEWEST_BUYERS else BUYERS_NEEDED
        found.append(
            Finding(
                "few-buyers",
                "warns",
                f"{channel} has {buyers:,} {'buyer' if buyers == 1 else 'buyers'}; below {least} {what}",
                f"Take a longer period, or wait for {BUYERS_NEEDED} buyers on each channel.",
                rows=buyers,
                tested=spread.contacts if spread else 0,
                facts={"channel": channel, "buyers": buyers, "needed": BUYERS_NEEDED},
            )
        )
    if same:
        found.append(
            Finding(
                "no-variation",
                "warns",
                f"every contact on {channel} brings the same, so there is no interval: {', '.join(same)}",
                "Check that the amounts of the orders are what people paid.",
                facts={"channel": channel, "kpis": same},
            )
        )
    return found

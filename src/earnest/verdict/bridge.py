"""The bridge: from what the messaged group bought to what messaging contributed. It adds up, always.

    revenue of the messaged group in the window
    − would have come anyway     (hold-out mean × number messaged)
    = extra revenue
    − cost of goods              (extra revenue × (1 − margin))
    − campaign cost
    = contribution after messaging

Attribution stands beside the bridge, never in it. Redeemed discounts are a memo: revenue is already net of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from earnest.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Bridge:
    """Exact amounts of the bridge, in the workspace's currency.

    `goods` and `contribution` are None where no margin is known. `discounts` is the memo line.
    """

    messaged_revenue: Money
    would_have_come_anyway: Money
    extra_revenue: Money
    cost_of_goods: Money | None
    campaign_cost: Money
    contribution: Money | None
    discounts: Money

    def to_json(self) -> dict[str, Any]:
        return {
            name: value.to_json() if value is not None else None
            for name, value in ((n, getattr(self, n)) for n in self.__slots__)
        }


def build_bridge(
    messaged_revenue: Money,
    *,
    holdout_mean: Decimal,
    messaged: int,
    cost: Money,
    margin: Decimal | None,
    discounts: Money,
) -> Bridge:
    """Compute the bridge; every rounded line is rounded once and the differences are taken afterwards.

    Args:
        messaged_revenue: net revenue of everyone assigned to a messaged arm, in the outcome window.
        holdout_mean: net revenue per held-out unit, in major units, unrounded.
        messaged: number of units assigned to messaged arms.
        cost: all cost of the campaign.
        margin: gross margin, 0–1, or None if not set.
        discounts: discounts within the messaged group's orders (memo).
    """
    currency = messaged_revenue.currency
    anyway = _rounded(holdout_mean * messaged, currency)
    extra = messaged_revenue - anyway
    if margin is None:
        return Bridge(messaged_revenue, anyway, extra, None, cost, None, discounts)
    goods = _rounded(extra.decimal * (1 - margin), currency)
    return Bridge(messaged_revenue, anyway, extra, goods, cost, extra - goods - cost, discounts)


def _rounded(amount: Decimal, currency: str) -> Money:
    from earnest.kernel.money import exponent

    return Money(int(amount.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_EVEN)), currency)

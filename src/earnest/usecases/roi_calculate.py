"""Return from four figures, no workspace needed: exact decimals, and the three returns never mixed.

ROI = (revenue − cost) / cost. ROAS = ROCS = ROWS = revenue / cost, shown as × and never called ROI.
The formula as often printed, (revenue − cost / cost) × 100, has a misplaced bracket: for 87,000 and 25,750 it gives
8,699,900.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import Money, exponent

Value = Money | Decimal | Unavailable


@dataclass(frozen=True, slots=True)
class RoiFigures:
    """Figures of the calculation; `basis` says that they are attributed revenue less campaign cost, before cost of goods."""

    revenue: Money
    cost: Money
    conversions: int | None
    margin: Decimal | None
    profit: Value
    roi: Value
    roas: Value
    cost_per_conversion: Value
    revenue_per_conversion: Value
    break_even_margin: Value
    gross_profit: Value
    profit_roi: Value

    def to_json(self) -> dict[str, Any]:
        return {
            "revenue": self.revenue.to_json(),
            "cost": self.cost.to_json(),
            "conversions": self.conversions,
            "margin": str(self.margin) if self.margin is not None else None,
            **{
                name: _json(getattr(self, name))
                for name in (
                    "profit",
                    "roi",
                    "roas",
                    "cost_per_conversion",
                    "revenue_per_conversion",
                    "break_even_margin",
                    "gross_profit",
                    "profit_roi",
                )
            },
            "roi_percent": _json(self.roi * 100 if isinstance(self.roi, Decimal) else self.roi),
            "basis": "attributed revenue less campaign cost, before cost of goods",
            "definitions": {
                "roi": "(revenue − cost) / cost",
                "roas": "revenue / cost (ROCS and ROWS are the same)",
                "break_even_margin": "cost / revenue",
                "profit_roi": "(revenue × margin − cost) / cost",
            },
        }


def _json(value: Value) -> Any:
    if isinstance(value, Money | Unavailable):
        return value.to_json()
    return float(value)


def calculate(
    revenue: str, cost: str, *, currency: str, conversions: int | None = None, margin: Decimal | None = None
) -> RoiFigures:
    """Compute the figures exactly.

    Unavailable: `no-cost` (ROI, ROAS), `no-conversions`, `no-revenue` (break-even margin), `margin-missing`.

    Raises:
        UsageError: an amount or currency that cannot be read; `negative-amount`; `margin-out-of-range`.
    """
    earned, spent = Money.of(revenue, currency), Money.of(cost, currency)
    if earned.minor < 0 or spent.minor < 0:
        raise UsageError(
            "negative-amount", "revenue and cost are zero or more", hint="Net refunds out of revenue first."
        )
    if margin is not None and not 0 < margin <= 1:
        raise UsageError(
            "margin-out-of-range", f"margin {margin} is not above 0 and at most 1", hint="Write 38 % as 0.38."
        )
    if conversions is not None and conversions < 0:
        raise UsageError(
            "negative-count", "conversions are zero or more", hint="Give the number of orders, leads or enrolments."
        )
    with localcontext() as context:
        context.prec = 34
        return _figures(earned, spent, conversions, margin)


def _figures(earned: Money, spent: Money, conversions: int | None, margin: Decimal | None) -> RoiFigures:
    no_cost = Unavailable(
        "no-cost", "the cost is 0, so nothing can be divided by it", "Give the whole cost, staff and tools included."
    )
    no_margin = Unavailable("margin-missing", "no margin was given", "Give --margin 0.38 (with your own).")
    gross = _times(earned, margin) if margin is not None else no_margin
    return RoiFigures(
        revenue=earned,
        cost=spent,
        conversions=conversions,
        margin=margin,
        profit=earned - spent,
        roi=(earned.decimal - spent.decimal) / spent.decimal if spent.minor else no_cost,
        roas=earned.decimal / spent.decimal if spent.minor else no_cost,
        cost_per_conversion=_per(spent, conversions),
        revenue_per_conversion=_per(earned, conversions),
        break_even_margin=spent.decimal / earned.decimal
        if earned.minor
        else Unavailable("no-revenue", "the revenue is 0", "Give the revenue."),
        gross_profit=gross,
        profit_roi=((gross.decimal - spent.decimal) / spent.decimal if spent.minor else no_cost)
        if isinstance(gross, Money)
        else gross,
    )


def _per(amount: Money, conversions: int | None) -> Value:
    if not conversions:
        return Unavailable("no-conversions", "no conversions to divide by", "Give --conversions N.")
    return _rounded(amount.decimal / conversions, amount.currency)


def _times(amount: Money, factor: Decimal) -> Money:
    return _rounded(amount.decimal * factor, amount.currency)


def _rounded(value: Decimal, currency: str) -> Money:
    return Money(int(value.scaleb(exponent(currency)).to_integral_value()), currency)

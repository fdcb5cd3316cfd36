"""From extra revenue to returns: what one unit of money spent brought back that would not have come anyway.

    extra revenue = ΔY × n_T  →  × margin = extra gross profit  →  − cost = contribution
    incremental_roas = extra revenue / cost
    incremental_return = extra gross profit / cost        incremental_roi = incremental_return − 1

Three returns, never mixed. Cost and margin are taken as known, so the interval is that of the extra revenue alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from earnest.incrementality.difference import Difference
from earnest.incrementality.intervals import t_p_value
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, Money, exponent

MARGIN_MISSING = Unavailable(
    "margin-missing",
    "the gross margin is not known, so extra revenue cannot be turned into profit",
    "earnest setting set margin 0.38 --from 2026-01-01",
)
COST_MISSING = Unavailable(
    "cost-missing",
    "the cost of the treated units is not known, so nothing can be set against it",
    "Give the cost per unit, 0 included, or import the charges.",
)
NO_COST = Unavailable(
    "no-cost",
    "the cost is 0, and nothing can be divided by it",
    "Read the contribution, which is tested against 0.",
)


@dataclass(frozen=True, slots=True)
class IncrementalReturns:
    """What the treated units brought beyond what would have come anyway; each figure with interval or reason.

    Args:
        incremental_revenue: ΔY × n_T, money.
        extra_gross_profit: incremental revenue × margin, money.
        contribution: extra gross profit − cost, money; break-even 0.
        incremental_return: extra gross profit / cost, ×; break-even 1, the headline.
        incremental_roi: incremental return − 1; break-even 0.
        incremental_roas: incremental revenue / cost, ×; before cost of goods, so 1 is not break-even.
        cost: money spent on the treated units, taken as known.
        contribution_p_value: two-sided p of contribution = 0, or None where contribution is unavailable.
    """

    incremental_revenue: Figure
    extra_gross_profit: Figure
    contribution: Figure
    incremental_return: Figure
    incremental_roi: Figure
    incremental_roas: Figure
    cost: Figure
    contribution_p_value: float | None

    def to_json(self) -> dict[str, Any]:
        body = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value.to_json() if isinstance(value, Estimate | Unavailable) else value
            for name, value in body.items()
        }


def incremental_returns(
    revenue: Difference | Unavailable,
    *,
    currency: str,
    margin: Decimal | float | None,
    cost: Decimal | None,
    n_treated: int | None = None,
    population: str | None = None,
    cost_basis: str = "observed",
) -> IncrementalReturns:
    """Returns of one contrast.

    Figures that need what is not there are Unavailable: `margin-missing`, `cost-missing`, `no-cost` (cost 0), or
    whatever made the difference itself unavailable.

    Args:
        revenue: difference in revenue per unit, in major units of `currency`.
        margin: gross profit / revenue, above 0 and at most 1; 38 % is 0.38.
        cost: major units spent on all treated units together, 0 or more.
        n_treated: units the effect is counted over; those of the contrast when None.
        population: who was counted, in words.
        cost_basis: "observed" for charges, "assumed" for a price times a number.

    Raises:
        UsageError: `margin-out-of-range`, `cost-negative`, `unknown-currency`.
    """
    exponent(currency)
    _check_margin(margin)
    spent = COST_MISSING if cost is None else _cost_figure(cost, currency, cost_basis)
    if isinstance(revenue, Unavailable):
        return IncrementalReturns(revenue, revenue, revenue, revenue, revenue, revenue, spent, None)
    units = revenue.n_treated if n_treated is None else n_treated
    words = population or f"{revenue.n_treated} treated and {revenue.n_control} control units, as assigned"
    total = revenue.scaled(units)
    profit = MARGIN_MISSING if margin is None else total.scaled(float(margin))
    contribution = _minus(profit, cost)
    gained, roas = _over(profit, cost), _over(total, cost)
    roi = _minus(gained, Decimal(1))

    def figure(found: Difference | Unavailable, unit: str, name: str) -> Figure:
        return found if isinstance(found, Unavailable) else _estimate(found, unit=unit, population=words, name=name)

    return IncrementalReturns(
        incremental_revenue=figure(total, currency, "incremental_revenue"),
        extra_gross_profit=figure(profit, currency, "extra_gross_profit"),
        contribution=figure(contribution, currency, "contribution"),
        incremental_return=figure(gained, "ratio", "incremental_return"),
        incremental_roi=figure(roi, "ratio", "incremental_roi"),
        incremental_roas=figure(roas, "ratio", "incremental_roas"),
        cost=spent,
        contribution_p_value=contribution.p_value if isinstance(contribution, Difference) else None,
    )


def _check_margin(margin: Decimal | float | None) -> None:
    if margin is not None and not 0 < margin <= 1:
        raise UsageError(
            "margin-out-of-range",
            f"margin {margin} is not above 0 and at most 1",
            hint="Write 38 % as 0.38.",
            margin=str(margin),
        )


def _cost_figure(cost: Decimal, currency: str, basis: str) -> Estimate:
    if not cost.is_finite() or cost < 0:
        raise UsageError("cost-negative", f"cost {cost} is not 0 or more", hint="Give what was spent, in major units.")
    exact = Money.from_micro(int((cost * MICRO_PER_MAJOR).to_integral_value()), currency)
    return Estimate(float(cost), currency, basis=basis, exact=exact, definition="cost_total@1")


def _minus(found: Difference | Unavailable, known: Decimal | None) -> Difference | Unavailable:
    """The figure less a known amount: the interval moves with it, and p is asked anew."""
    if isinstance(found, Unavailable):
        return found
    if known is None:
        return COST_MISSING
    assert found.se is not None
    assert found.df is not None
    shift = float(known)
    value = found.value - shift
    return replace(
        found, value=value, low=found.low - shift, high=found.high - shift, p_value=t_p_value(value, found.se, found.df)
    )


def _over(found: Difference | Unavailable, cost: Decimal | None) -> Difference | Unavailable:
    """The figure per unit of cost."""
    if isinstance(found, Unavailable):
        return found
    if cost is None:
        return COST_MISSING
    return found.scaled(1 / float(cost)) if cost else NO_COST


def _estimate(found: Difference, *, unit: str, population: str, name: str) -> Estimate:
    return Estimate(
        value=found.value,
        unit=unit,
        low=found.low,
        high=found.high,
        level=found.level,
        method=found.method,
        n=found.n_treated + found.n_control,
        population=population,
        basis="incremental",
        definition=f"{name}@1",
    )

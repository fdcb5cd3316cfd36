"""One world computed by hand: 1,000 treated, 2.00 ± 0.50 EUR extra each, margin 40 %, cost 250 EUR."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from earnest.incrementality.difference import Difference
from earnest.incrementality.returns import IncrementalReturns, incremental_returns
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable

REVENUE = Difference(
    value=2.0,
    se=0.5,
    df=1e9,
    low=2.0 - 0.979982,
    high=2.0 + 0.979982,
    level=0.95,
    p_value=6.3e-5,
    treated_mean=7.0,
    control_mean=5.0,
    n_treated=1000,
    n_control=500,
    method="welch",
)


def returns(margin: float | None = 0.4, cost: str | None = "250") -> IncrementalReturns:
    return incremental_returns(REVENUE, currency="EUR", margin=margin, cost=None if cost is None else Decimal(cost))


def ends(figure: Figure) -> tuple[float, float | None, float | None, str]:
    assert isinstance(figure, Estimate)
    return figure.value, figure.low, figure.high, figure.unit


def code(figure: Figure) -> str:
    assert isinstance(figure, Unavailable)
    return figure.code


def test_the_chain_by_hand() -> None:
    made = returns()
    assert ends(made.incremental_revenue) == pytest.approx((2000, 1020.018, 2979.982, "EUR"))
    assert ends(made.extra_gross_profit) == pytest.approx((800, 408.0072, 1191.9928, "EUR"))
    assert ends(made.contribution) == pytest.approx((550, 158.0072, 941.9928, "EUR"))
    assert ends(made.incremental_return) == pytest.approx((3.2, 1.6320288, 4.7679712, "ratio"))
    assert ends(made.incremental_roi) == pytest.approx((2.2, 0.6320288, 3.7679712, "ratio"))
    assert ends(made.incremental_roas) == pytest.approx((8, 4.080072, 11.919928, "ratio"))


def test_contribution_is_tested_against_nothing_gained() -> None:
    """550 over a standard error of 0.4 × 1,000 × 0.5 = 200 is z 2.75: p .00596."""
    assert returns().contribution_p_value == pytest.approx(0.005960, abs=1e-6)


def test_every_figure_says_what_it_is() -> None:
    made = returns()
    for name in ("incremental_revenue", "extra_gross_profit", "contribution", "incremental_return", "incremental_roi"):
        figure = getattr(made, name)
        assert (figure.definition, figure.basis, figure.method) == (f"{name}@1", "incremental", "welch")
        assert (figure.level, figure.n) == (0.95, 1500)
        assert "1000 treated" in figure.population
    assert isinstance(made.cost, Estimate)
    assert made.cost.exact is not None
    assert str(made.cost.exact) == "250.00 EUR"
    json.dumps(made.to_json(), allow_nan=False)


def test_without_margin_revenue_still_stands() -> None:
    made = returns(margin=None)
    for figure in (made.extra_gross_profit, made.contribution, made.incremental_return, made.incremental_roi):
        assert code(figure) == "margin-missing"
        assert isinstance(figure, Unavailable)
        assert figure.remedy == "earnest setting set margin 0.38 --from 2026-01-01"
    assert ends(made.incremental_revenue)[0] == 2000
    assert ends(made.incremental_roas)[0] == 8
    assert made.contribution_p_value is None


def test_without_cost_contribution_is_the_profit() -> None:
    made = returns(cost="0")
    assert ends(made.contribution) == ends(made.extra_gross_profit)
    assert {code(made.incremental_return), code(made.incremental_roi), code(made.incremental_roas)} == {"no-cost"}


def test_unknown_cost_is_not_no_cost() -> None:
    made = returns(cost=None)
    assert {code(made.contribution), code(made.incremental_return), code(made.incremental_roas)} == {"cost-missing"}
    assert code(made.cost) == "cost-missing"


def test_no_difference_no_returns() -> None:
    nothing = Unavailable("no-variation", "nobody bought", "Wait.")
    made = incremental_returns(nothing, currency="EUR", margin=0.4, cost=Decimal(1))
    assert made.incremental_revenue == made.contribution == made.incremental_return == nothing


@pytest.mark.parametrize("margin", [0, -0.1, 38, float("nan")])
def test_margins_are_shares(margin: float) -> None:
    with pytest.raises(UsageError) as refused:
        returns(margin=margin)
    assert refused.value.code == "margin-out-of-range"


@pytest.mark.parametrize("cost", ["-1", "NaN", "Infinity"])
def test_costs_are_amounts(cost: str) -> None:
    with pytest.raises(UsageError) as refused:
        returns(cost=cost)
    assert refused.value.code == "cost-negative"

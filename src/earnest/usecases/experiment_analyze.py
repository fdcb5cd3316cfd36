"""Analyse any randomised table, one row a unit, without a workspace: who got what and what came of it.

The table is read by `experiment_table`, summed by `experiment_moments`, judged by the incrementality engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from earnest.incrementality.analysis import ExperimentAnalysis, Kind, analyze
from earnest.incrementality.intervals import LEVEL, checked_level
from earnest.incrementality.moments import Moments
from earnest.incrementality.returns import IncrementalReturns, incremental_returns
from earnest.kernel.errors import UsageError, closest
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import exponent
from earnest.usecases.experiment_moments import moments_by_arm
from earnest.usecases.experiment_table import staged_units

Amount = Decimal | int | float | str


@dataclass(frozen=True, slots=True)
class TableAnalysis:
    """What one table shows.

    Args:
        file: name of the file. rows: units in it, in all arms.
        analysis: contrasts, sample ratio and findings.
        revenue_outcome: the money outcome, in major units of `currency`, or None.
        margin, cost_per_unit: as given; cost is cost_per_unit × treated units.
        returns: treated arm (and "all treated" where there are several) → returns, or why there are none.
    """

    file: str
    rows: int
    analysis: ExperimentAnalysis
    revenue_outcome: str | None
    currency: str | None
    margin: Decimal | None
    cost_per_unit: Decimal | None
    returns: dict[str, IncrementalReturns] | Unavailable

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "rows": self.rows,
            **self.analysis.to_json(),
            "revenue_outcome": self.revenue_outcome,
            "currency": self.currency,
            "margin": None if self.margin is None else str(self.margin),
            "cost_per_unit": None if self.cost_per_unit is None else str(self.cost_per_unit),
            "returns": self.returns.to_json()
            if isinstance(self.returns, Unavailable)
            else {treated: row.to_json() for treated, row in self.returns.items()},
        }


def analyze_table(
    path: Path | str,
    arm: str,
    control: str,
    outcomes: Sequence[str],
    *,
    margin: Amount | None = None,
    cost_per_unit: Amount | None = None,
    currency: str | None = None,
    level: float = LEVEL,
    shares: Mapping[str, float] | None = None,
    revenue_outcome: str | None = None,
) -> TableAnalysis:
    """Analyse a table of assigned units: each treated arm, and all of them together, against the control.

    Args:
        path: CSV, TSV, JSON lines or Parquet, each also gzipped.
        arm: column that says which arm a unit was assigned to. control: its value for the hold-out.
        outcomes: numeric columns; 0 for a unit without the outcome, never empty.
        margin: gross profit / revenue, above 0 and at most 1.
        cost_per_unit: major units of `currency` spent per treated unit, 0 or more.
        currency: of `revenue_outcome`; without it there are no returns.
        level: confidence level, 0–1.
        shares: planned weight per arm; equal when None.
        revenue_outcome: the outcome that is money; the only one with values other than 0 and 1 when None.

    Raises:
        UsageError: an unknown column, arm, currency or outcome; money without a currency.
        DataRefused: `empty-file`, `not-a-number`, `empty-arm`, `too-many-arms` and what `staged_units` refuses.
    """
    _check_call(arm, outcomes, currency, revenue_outcome=revenue_outcome)
    checked_level(level)
    gross, unit_cost = _amount("margin", margin), _amount("cost_per_unit", cost_per_unit)
    if currency is None and (gross is not None or unit_cost is not None):
        raise UsageError("currency-missing", "a margin or a cost was given without a currency", hint="For example EUR.")
    file = Path(path)
    with staged_units(file, arm, outcomes) as connection:
        arms = moments_by_arm(connection, file, [arm, *outcomes])
    if control not in arms:
        found = ", ".join(f"'{name}'" for name in arms)
        raise UsageError(
            "unknown-arm",
            f"column '{arm}' has no value '{control}'{closest(control, arms)}",
            hint=f"Values found: {found}.",
        )
    revenue = revenue_outcome or _only_amount(arms, outcomes)
    kinds: dict[str, Kind] = {revenue: "mean"} if revenue else {}
    analysis = analyze(arms, control, outcomes, level=level, shares=shares, kinds=kinds)
    returns = _returns(analysis, revenue, currency, margin=gross, unit_cost=unit_cost)
    rows = sum(analysis.units.values())
    return TableAnalysis(file.name, rows, analysis, revenue, currency, gross, unit_cost, returns)


def _check_call(arm: str, outcomes: Sequence[str], currency: str | None, *, revenue_outcome: str | None) -> None:
    if not outcomes:
        raise UsageError("no-outcome", "no outcome column was named", hint="Name at least one, such as conversion.")
    if len({arm, *outcomes}) <= len(outcomes):
        raise UsageError("column-repeated", "a column is named twice", hint="Name the arm and each outcome once.")
    if revenue_outcome is not None and revenue_outcome not in outcomes:
        raise UsageError(
            "unknown-outcome",
            f"'{revenue_outcome}' is not among the outcomes{closest(revenue_outcome, outcomes)}",
            hint="Outcomes: " + ", ".join(outcomes),
        )
    if currency is not None:
        exponent(currency)


def _amount(name: str, value: Amount | None) -> Decimal | None:
    if value is None:
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise UsageError(
            "not-an-amount", f"{name} '{value}' is not a number", hint="Use a point for decimals."
        ) from error
    if not amount.is_finite():
        raise UsageError("not-an-amount", f"{name} '{value}' is not a number", hint="Use a point for decimals.")
    return amount


def _only_amount(arms: Mapping[str, Mapping[str, Moments]], outcomes: Sequence[str]) -> str | None:
    amounts = [outcome for outcome in outcomes if not all(sums[outcome].is_binary for sums in arms.values())]
    return amounts[0] if len(amounts) == 1 else None


def _returns(
    analysis: ExperimentAnalysis,
    revenue: str | None,
    currency: str | None,
    *,
    margin: Decimal | None,
    unit_cost: Decimal | None,
) -> dict[str, IncrementalReturns] | Unavailable:
    if currency is None:
        return Unavailable(
            "currency-missing", "no currency was named for the money outcome", "Name one, for example EUR."
        )
    if revenue is None:
        return Unavailable(
            "revenue-outcome-unclear", "no single outcome is an amount of money", "Name the revenue outcome."
        )
    returns = {}
    for row in analysis.contrasts:
        if row.metric == revenue:
            treated = [n for name, n in analysis.units.items() if row.treated == name]
            units = treated[0] if treated else sum(analysis.units.values()) - analysis.units[analysis.control]
            cost = None if unit_cost is None else unit_cost * units
            returns[row.treated] = incremental_returns(
                row.difference, currency=currency, margin=margin, cost=cost, cost_basis="assumed"
            )
    return returns

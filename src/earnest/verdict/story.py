"""Everything there is to say about one campaign, computed and not yet worded: what every door presents.

Pages, reports, CLI and API render this one value, so their figures are equal by construction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from earnest.kernel.estimate import Estimate, Figure
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money
from earnest.verdict.bridge import Bridge
from earnest.verdict.verdict import Verdict


@dataclass(frozen=True, slots=True)
class KpiLine:
    """One KPI of the campaign beside its typical range.

    Args:
        kpi: id in the catalogue. `name`, `formula` and `denominator` are its definition in words.
        figure: the value, or why there is none.
        direction: "higher", "lower" or "context": which way is good.
        typical_low, typical_high: range of benchmarks with the same definition, or None: no comparable benchmark.
        typical_source: publisher(s) and grade of the range.
    """

    kpi: str
    name: str
    formula: str
    denominator: str
    direction: str
    figure: Figure
    typical_low: float | None = None
    typical_high: float | None = None
    typical_source: str | None = None


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step of the funnel: messages that reached it, and a note on losses."""

    step: str
    count: int
    of_previous: float | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of the campaign's cost: kind, exact amount, evidence (invoiced, measured, allocated, assumed)."""

    kind: str
    amount: Money
    evidence: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class FailureLine:
    """Messages that failed and never arrived, by class of reason (`events.failure`); share of those sent."""

    failure_class: str
    messages: int
    share: float | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """Delivered messages charged alike. `amount` is exact, in major units of `currency`; None where it is unknown.

    Args:
        tier: 1 is the list rate, 0 the free allowance, None where no card row decides. reason: see `rating.reason`.
    """

    category: str | None
    market: str | None
    tier: int | None
    reason: str
    messages: int
    amount: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class ChargeMix:
    """What the provider charges for a campaign's delivered messages: how many paid, free and unknown, line by line."""

    charged: int
    free: int
    unknown: int
    lines: tuple[ChargeLine, ...]


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One row of the interval chart: gross profit returned per unit of money spent.

    Args:
        label: "measured" (against the hold-out) or "claim" (what an attribution rule would claim).
        detail: name of the rule, for claims.
        value: the point; None where it must not be shown (inconclusive).
        bands: level → (low, high), for example {0.5: …, 0.8: …, 0.95: …}; empty for claims.
    """

    label: str
    detail: str
    value: float | None
    bands: dict[float, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class ArmLine:
    """One arm of the experiment: units assigned, buyers, exact revenue, mean."""

    arm: str
    control: bool
    units: int
    buyers: int
    revenue: Money
    planned_share: float


@dataclass(frozen=True, slots=True)
class ExperimentFacts:
    """The experiment behind the verdict: design, dates, arms, and how the fixed interval was read."""

    experiment: str
    unit: str
    window_days: int
    read_out: str
    window_closed: str
    read_at: str | None
    srm_p: float | None
    arms: tuple[ArmLine, ...]
    more_units_needed: int | None
    days_to_read_out: int | None


@dataclass(frozen=True, slots=True)
class CampaignStory:
    """One campaign, judged.

    Args:
        verdict: one of six; `running` tells an inconclusive that is only waiting for its date.
        returns: id → figure: incremental_revenue, extra_gross_profit, contribution, incremental_return,
            incremental_roi, incremental_roas. JSON carries value and verdict together; people see no point where
            the verdict is inconclusive.
        claims: model id → attributed revenue, exact, and the return it would claim (attributed gross profit / cost).
        failures: why messages never arrived, most frequent first.
        charges: what the provider charges by its card; None where no provider told terms.
        restated: figures by today's data where they differ from the recorded reading, else None.
    """

    campaign: str
    name: str
    channels: tuple[str, ...]
    purpose: str
    first_day: str | None
    last_day: str | None
    currency: str
    level: float
    verdict: Verdict
    running: bool
    returns: dict[str, Figure]
    interval_rows: tuple[IntervalRow, ...]
    bridge: Bridge | None
    claims: dict[str, Money]
    claimed_returns: dict[str, Figure]
    cost_total: Money
    costs: tuple[CostLine, ...]
    unrated_messages: int
    margin: Figure
    kpis: tuple[KpiLine, ...]
    funnel: tuple[FunnelStep, ...]
    experiment: ExperimentFacts | None
    restated: dict[str, Figure] | None
    findings: tuple[Finding, ...]
    assumptions: tuple[str, ...]
    as_of: str
    generation: str
    version: str
    failures: tuple[FailureLine, ...] = ()
    charges: ChargeMix | None = None

    def to_json(self) -> dict[str, Any]:
        """The stable JSON form: value and verdict together, money as text."""
        return {
            "campaign": self.campaign,
            "name": self.name,
            "channels": list(self.channels),
            "purpose": self.purpose,
            "period": {"first_day": self.first_day, "last_day": self.last_day},
            "currency": self.currency,
            "verdict": self.verdict.value,
            "running": self.running,
            "returns": {
                name: figure.to_json() | {"verdict": self.verdict.value} for name, figure in self.returns.items()
            },
            "bridge": self.bridge.to_json() if self.bridge else None,
            "attributed": {
                model: {"revenue": revenue.to_json(), "claimed_return": self.claimed_returns[model].to_json()}
                for model, revenue in self.claims.items()
            },
            "cost": {
                "total": self.cost_total.to_json(),
                "unrated_messages": self.unrated_messages,
                "lower_bound": self.unrated_messages > 0,
                "lines": [
                    {"kind": c.kind, "amount": c.amount.to_json(), "evidence": c.evidence, "description": c.description}
                    for c in self.costs
                ],
            },
            "margin": self.margin.to_json(),
            "kpis": {line.kpi: _kpi_json(line) for line in self.kpis},
            "funnel": [
                {"step": s.step, "count": s.count, "of_previous": s.of_previous, "note": s.note} for s in self.funnel
            ],
            "failures": [asdict(line) for line in self.failures],
            "charges": _charges_json(self.charges) if self.charges else None,
            "experiment": _experiment_json(self.experiment) if self.experiment else None,
            "restated": {name: figure.to_json() for name, figure in self.restated.items()} if self.restated else None,
            "findings": [finding.to_json() for finding in self.findings],
            "assumptions": list(self.assumptions),
            "as_of": self.as_of,
            "generation": self.generation,
            "version": self.version,
        }

    def estimate(self, name: str) -> Estimate | None:
        """A return by name, if it could be computed."""
        figure = self.returns.get(name)
        return figure if isinstance(figure, Estimate) else None


def _kpi_json(line: KpiLine) -> dict[str, Any]:
    typical = None
    if line.typical_low is not None and line.typical_high is not None:
        typical = {"low": line.typical_low, "high": line.typical_high, "source": line.typical_source}
    return line.figure.to_json() | {
        "name": line.name,
        "formula": line.formula,
        "denominator": line.denominator,
        "direction": line.direction,
        "typical": typical,
        "benchmark": "comparable" if typical else "no comparable benchmark",
    }


def _charges_json(mix: ChargeMix) -> dict[str, Any]:
    amounts = [None if line.amount is None else f"{line.amount:f}" for line in mix.lines]
    lines = [asdict(line) | {"amount": text} for line, text in zip(mix.lines, amounts, strict=True)]
    return {"charged": mix.charged, "free": mix.free, "unknown": mix.unknown, "lines": lines}


def _experiment_json(facts: ExperimentFacts) -> dict[str, Any]:
    return {
        "experiment": facts.experiment,
        "unit": facts.unit,
        "window_days": facts.window_days,
        "read_out": facts.read_out,
        "window_closed": facts.window_closed,
        "read_at": facts.read_at,
        "srm_p": facts.srm_p,
        "more_units_needed": facts.more_units_needed,
        "days_to_read_out": facts.days_to_read_out,
        "arms": [
            {
                "arm": arm.arm,
                "control": arm.control,
                "units": arm.units,
                "buyers": arm.buyers,
                "revenue": arm.revenue.to_json(),
                "planned_share": arm.planned_share,
            }
            for arm in facts.arms
        ],
    }

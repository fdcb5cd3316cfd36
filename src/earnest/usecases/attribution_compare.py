"""Every attribution model side by side: claims, spread, and beside them what experiments measured.

net revenue = Σ credit + unattributed      under each model that credits orders, to the minor unit
spread      = lowest to highest claim      over the models that answer the same question
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from earnest.attribution.rule import stored_models
from earnest.definitions.campaign import UNASSIGNED
from earnest.definitions.days import Days
from earnest.kernel.estimate import Figure, Unavailable
from earnest.kernel.money import Money
from earnest.kernel.period import instant_text
from earnest.usecases.attribution_candidates import asked_days, opened
from earnest.usecases.attribution_claims import revenue_of
from earnest.usecases.attribution_evidence import EvidenceRung, evidence_ladder
from earnest.usecases.attribution_measured import CALIBRATED, Calibration, calibrations
from earnest.usecases.attribution_models import OUTSIDE, Credited, Model, Place, credited, find_model, models
from earnest.usecases.attribution_returns import known_costs, roas
from earnest.usecases.attribution_sensitivity import lookback_in_force
from earnest.usecases.attribution_survey import SurveyShare, survey_shares
from earnest.usecases.attribution_units import NONE_TOLD, Unit, bind_journeys, bind_units, check_dimension
from earnest.usecases.campaigns_met import campaigns_met, check_met
from earnest.usecases.tables import Tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress


@dataclass(frozen=True, slots=True)
class Claim:
    """What a model credits to a unit.

    Args:
        share: of all that the model attributes; None where that is not above 0. orders: parts of orders add up.
        roas: revenue per unit of cost, where the cost is known.
    """

    unit: str
    revenue: Money
    share: float | None
    orders: float
    roas: Figure

    def to_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "revenue": self.revenue.to_json(),
            "share": self.share,
            "orders": round(self.orders, 4),
            "roas": self.roas.to_json(),
        }


@dataclass(frozen=True, slots=True)
class ModelClaims:
    """All claims of a model.

    Args:
        attributed: of all units, those not shown as well. unattributed: the rest of the net revenue; None where claims overlap.
    """

    model: Model
    claims: tuple[Claim, ...]
    attributed: Money
    unattributed: Money | None
    note: str | None

    def to_json(self) -> dict[str, Any]:
        return _model_json(self.model) | {
            "attributed": self.attributed.to_json(),
            "unattributed": self.unattributed.to_json() if self.unattributed is not None else None,
            "adds_up_to_net_revenue": self.model.conserves,
            "claims": [one.to_json() for one in self.claims],
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Spread:
    """Lowest and highest claim for a unit, and the models that make them.

    Args:
        among: `rules` are models that credit each order by itself (the evidence ladder is one); `all` are path models as well.
    """

    unit: str
    among: str
    lowest: Money
    lowest_model: str
    highest: Money
    highest_model: str

    def to_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "among": self.among,
            "lowest": self.lowest.to_json(),
            "lowest_model": self.lowest_model,
            "highest": self.highest.to_json(),
            "highest_model": self.highest_model,
            "spread": (self.highest - self.lowest).to_json(),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Models side by side over the same orders.

    Args:
        failed: models that cannot be computed on these data. survey: shares, or why there are none.
        evidence: orders by the best evidence they have. calibrated: of campaigns; empty by other dimensions.
    """

    by: str
    campaign: str | None
    days: Days | None
    net_revenue: Money
    orders: int
    lookback: dict[str, str]
    models: tuple[ModelClaims, ...]
    failed: tuple[tuple[Model, Unavailable], ...]
    spreads: tuple[Spread, ...]
    calibrated: tuple[Calibration, ...]
    survey: tuple[SurveyShare, ...] | Unavailable
    evidence: tuple[EvidenceRung, ...]
    as_of: str
    generation: str

    def claims_of(self, model: str) -> ModelClaims:
        """The claims of a model that was asked for and could be computed."""
        return next(one for one in self.models if one.model.id == model)

    def to_json(self) -> dict[str, Any]:
        shares = self.survey
        return {
            "basis": "attributed",
            "by": self.by,
            "campaign": self.campaign,
            "period": str(self.days) if self.days else None,
            "net_revenue": self.net_revenue.to_json(),
            "orders": self.orders,
            "lookback": self.lookback,
            "models": [one.to_json() for one in self.models],
            "unavailable_models": [_model_json(model) | reason.to_json() for model, reason in self.failed],
            "spread": [one.to_json() for one in self.spreads],
            "measured": [one.to_json() for one in self.calibrated],
            "survey": shares.to_json() if isinstance(shares, Unavailable) else [one.to_json() for one in shares],
            "evidence": [one.to_json() for one in self.evidence],
            "as_of": self.as_of,
            "generation": self.generation,
        }


def compare_attribution(
    workspace: Workspace,
    *,
    by: str = "campaign",
    campaign: str | None = None,
    only: Sequence[str] = (),
    period: str | None = None,
    record: bool = True,
    build: bool = True,
    progress: Progress = quiet,
) -> Comparison:
    """Every model's claims on the same orders.

    Args:
        by: campaign, channel, template, variant or touch_type. campaign: only its claims; the orders stay all.
        only: ids of models; none for all. period: of the orders (null journeys: of their touches), such as `2026-09`; None for all time.
        record: whether a due first reading of an experiment may be journalled (never for who only reads).

    Raises:
        UsageError: `no-such-dimension`, `no-such-model`. NotFound: `no-such-campaign`.
    """
    check_dimension(by)
    chosen = [find_model(name) for name in dict.fromkeys(only)] or list(models().values())
    days = asked_days(workspace, period)
    with opened(workspace, progress, build=build) as tables:
        met = campaigns_met(tables)
        if campaign is not None:
            check_met(met, campaign)
        units = bind_units(tables, by, None if by == "campaign" else campaign)
        bind_journeys(tables, days)
        net, orders = revenue_of(tables, days)
        found = credited(Place(tables, workspace, units, by, days, None if by == "campaign" else campaign), chosen)
        costs = known_costs(tables, list(met), days) if by == "campaign" else {}
        shown = {campaign} if by == "campaign" and campaign else None
        told = tuple(
            _claims(one, units, net=net, costs=costs, shown=shown) for one in found if isinstance(one, Credited)
        )
        ladder = {"evidence", "coupon"} & {model.id for model in chosen}
        return Comparison(
            by=by,
            campaign=campaign,
            days=days,
            net_revenue=net,
            orders=orders,
            lookback=lookback_in_force(tables),
            models=told,
            failed=tuple(one for one in found if not isinstance(one, Credited)),
            spreads=_spreads(told),
            calibrated=_calibrated(tables, workspace, told, campaign, record=record) if by == "campaign" else (),
            survey=survey_shares(tables, by, days),
            evidence=evidence_ladder(tables) if ladder else (),
            as_of=instant_text(tables.as_of_us),
            generation=tables.manifest.generation,
        )


def _model_json(model: Model) -> dict[str, Any]:
    return {"model": model.id, "label": model.label, "family": model.family, "definition": model.definition}


def _claims(
    found: Credited, units: Sequence[Unit], *, net: Money, costs: Mapping[str, Figure], shown: set[str] | None
) -> ModelClaims:
    attributed = sum(minor for minor, _ in found.credits.values())
    claims = []
    for number, (minor, orders) in found.credits.items():
        unit = units[number] if number >= 0 else Unit(NONE_TOLD, shown=number == OUTSIDE)
        if not unit.shown or (shown is not None and unit.name not in shown):
            continue
        revenue = Money(minor, net.currency)
        share = minor / attributed if attributed > 0 else None
        claims.append(Claim(unit.name, revenue, share, orders, roas(revenue, costs, unit.name)))
    claims.sort(key=lambda claim: (-claim.revenue.minor, claim.unit))
    whole = Money(attributed, net.currency)
    rest = net - whole if found.model.conserves else None
    return ModelClaims(found.model, tuple(claims), whole, rest, found.note)


def _spreads(told: Sequence[ModelClaims]) -> tuple[Spread, ...]:
    spreading = [one for one in told if one.model.spreads]
    rules = [one for one in spreading if one.model.family != "path"]
    return (*_spread_among("rules", rules), *(_spread_among("all", spreading) if len(rules) < len(spreading) else ()))


def _spread_among(among: str, told: Sequence[ModelClaims]) -> list[Spread]:
    """Dearest first; a model that does not name a unit claims 0 for it. Of equal claims the model listed first is named."""
    found = []
    for unit in {claim.unit for one in told for claim in one.claims}:
        amounts = []
        for at, one in enumerate(told):
            zero = Money(0, one.attributed.currency)
            amount = next((claim.revenue for claim in one.claims if claim.unit == unit), zero)
            amounts.append((amount.minor, at, amount))
        _, low, lowest = min(amounts, key=lambda each: (each[0], each[1]))
        _, high, highest = min(amounts, key=lambda each: (-each[0], each[1]))
        found.append(Spread(unit, among, lowest, told[low].model.id, highest, told[high].model.id))
    return sorted(found, key=lambda spread: (-spread.highest.minor, spread.unit))


def _calibrated(
    tables: Tables, workspace: Workspace, told: Sequence[ModelClaims], campaign: str | None, *, record: bool
) -> tuple[Calibration, ...]:
    """By the first of the models that is stored for all time; none where only others were asked for."""
    stored = {model.id for model in stored_models()}
    usable = [one for one in told if one.model.id in stored]
    model = next((one for one in usable if one.model.id == CALIBRATED), usable[0] if usable else None)
    if model is None:
        return ()
    claimed = {claim.unit: claim.revenue for claim in model.claims}
    tested = {one.campaign for one in tables.state.experiments.values()}
    met = {
        name: one
        for name, one in campaigns_met(tables).items()
        if name != UNASSIGNED and (name in claimed or name in tested)
    }
    if campaign is not None and campaign in met:  # its own experiment, else those of its purpose
        purpose = met[campaign].purpose
        met = {n: one for n, one in met.items() if n == campaign or (campaign not in tested and one.purpose == purpose)}
    found = calibrations(tables, workspace, met, model=model.model.id, claimed=claimed, record=record)
    return tuple(one for one in found if campaign is None or one.campaign == campaign)

"""What experiments measured beside what is attributed: the calibration factor, and attributed revenue multiplied by it.

    factor = incremental revenue / attributed revenue     of a campaign with a hold-out
    factor of a purpose = Σ incremental / Σ attributed    over its campaigns with one, for those without (assumed to carry over)

Attributed revenue is a sum, not an estimate: the interval is the experiment's alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from earnest.definitions.campaign import Campaign
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import Money
from earnest.usecases.experiment_read import read_experiment
from earnest.usecases.judge_money import NO_HOLDOUT, incremental
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace

NO_FACTOR = Unavailable(
    "no-calibration",
    "no campaign of this purpose has a hold-out that can be read",
    "Hold out some of the audience next time: earnest experiment add ID --campaign … --arm … --control …",
)
NOTHING_ATTRIBUTED = Unavailable(
    "nothing-attributed",
    "nothing is attributed to it, so there is nothing to calibrate",
    "Compare the experiment itself.",
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A campaign's attributed revenue against what was measured.

    Args:
        attributed: under the model, all time. claimed: the same in the period asked for.
        incremental: of its own experiment. running: that is not to be read yet.
        factor: its own, else that of its purpose. pooled: campaigns whose experiments the factor is from, where it is not its own.
        calibrated: `claimed` times the factor.
    """

    campaign: str
    purpose: str
    attributed: Money
    claimed: Money
    incremental: Figure
    running: bool
    factor: Figure
    pooled: tuple[str, ...]
    calibrated: Figure

    @property
    def proven(self) -> bool:
        """Whether the interval of what was measured leaves 0 out, and may be read."""
        figure = self.incremental
        if self.running or not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
            return False
        return figure.low > 0 or figure.high < 0

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "purpose": self.purpose,
            "attributed": self.attributed.to_json(),
            "claimed_in_period": self.claimed.to_json(),
            "incremental_revenue": self.incremental.to_json(),
            "running": self.running,
            "calibration_factor": self.factor.to_json(),
            "factor_from": list(self.pooled) or ([self.campaign] if isinstance(self.factor, Estimate) else []),
            "calibrated_revenue": self.calibrated.to_json(),
        }


def calibrations(
    tables: Tables,
    workspace: Workspace,
    campaigns: Mapping[str, Campaign],
    *,
    attributed: Mapping[str, Money],
    claimed: Mapping[str, Money],
    record: bool,
) -> tuple[Calibration, ...]:
    """Calibrate what is claimed for each campaign.

    Args:
        attributed: all-time, by campaign. claimed: in the period.
        record: whether a due first reading of an experiment may be journalled.
    """
    zero = Money(0, tables.state.currency)
    measured = {name: _measured(tables, workspace, name, record=record) for name in campaigns}
    own = {name: _factor(figure, attributed.get(name, zero)) for name, (figure, _) in measured.items()}
    found = []
    for name, campaign in campaigns.items():
        figure, running = measured[name]
        factor, pooled = own[name], tuple[str, ...]()
        if not isinstance(factor, Estimate) and name not in _experiments(tables):
            alike = [one for one, other in campaigns.items() if other.purpose == campaign.purpose]
            factor, pooled = _pooled(alike, measured, attributed, own)
        got = claimed.get(name, zero)
        found.append(
            Calibration(
                name,
                campaign.purpose,
                attributed.get(name, zero),
                got,
                figure,
                running,
                factor,
                pooled,
                _times(factor, got),
            )
        )
    return tuple(found)


def _experiments(tables: Tables) -> frozenset[str]:
    return frozenset(one.campaign for one in tables.state.experiments.values())


def _measured(tables: Tables, workspace: Workspace, campaign: str, *, record: bool) -> tuple[Figure, bool]:
    experiment = tables.state.experiment_of(campaign)
    if experiment is None:
        return NO_HOLDOUT, False
    result = read_experiment(workspace, tables, experiment, record=record)
    if any(finding.severity == "blocks" for finding in result.findings):
        failed = next(finding for finding in result.findings if finding.severity == "blocks")
        return Unavailable("withheld", f"a health check failed: {failed.message}", failed.remedy), result.running
    level = float(tables.state.setting("level", tables.day) or 0.95)
    found = incremental(result, margin=None, cost=Money(0, tables.state.currency), level=level)
    if found is None:
        return Unavailable(
            "no-units", "nobody was assigned to both arms yet", "Import the assignments."
        ), result.running
    return found.returns.incremental_revenue, result.running


def _factor(figure: Figure, attributed: Money) -> Figure:
    if not isinstance(figure, Estimate):
        return figure
    if attributed.minor <= 0:
        return NOTHING_ATTRIBUTED
    whole = float(attributed.decimal)
    return _scaled(figure, 1 / whole, unit="ratio", definition="calibration_factor@1")


def _pooled(
    alike: Sequence[str],
    measured: Mapping[str, tuple[Figure, bool]],
    attributed: Mapping[str, Money],
    own: Mapping[str, Figure],
) -> tuple[Figure, tuple[str, ...]]:
    """Ratio of sums over the campaigns whose experiments can be read; errors of independent experiments add as squares."""
    used = [name for name in alike if isinstance(own[name], Estimate) and not measured[name][1] and name in attributed]
    figures = [figure for name in used if isinstance(figure := measured[name][0], Estimate)]
    if not figures:
        return NO_FACTOR, ()
    whole = float(sum(attributed[name].minor for name in used)) / float(10 ** _digits(attributed[used[0]]))
    value = sum(figure.value for figure in figures) / whole
    half = math.sqrt(sum(((figure.high or 0.0) - (figure.low or 0.0)) ** 2 for figure in figures)) / 2 / whole
    level = figures[0].level
    pooled = Estimate(
        value,
        "ratio",
        value - half,
        value + half,
        level,
        "ratio of sums over experiments of the purpose",
        n=len(figures),
        basis="incremental",
        definition="calibration_factor@1",
    )
    return pooled, tuple(used)


def _digits(amount: Money) -> int:
    exponent = amount.decimal.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _times(factor: Figure, claimed: Money) -> Figure:
    if not isinstance(factor, Estimate):
        return factor
    return _scaled(factor, float(claimed.decimal), unit=claimed.currency, definition="calibrated_revenue@1")


def _scaled(figure: Estimate, by: float, *, unit: str, definition: str) -> Estimate:
    ends = [end * by if end is not None else None for end in (figure.low, figure.high)]
    low, high = ends if by >= 0 else reversed(ends)
    return replace(figure, value=figure.value * by, low=low, high=high, unit=unit, definition=definition, exact=None)

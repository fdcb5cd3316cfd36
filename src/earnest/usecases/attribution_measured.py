"""What experiments measured beside what is attributed: the calibration factor, and attributed revenue multiplied by it.

    factor = incremental revenue / attributed revenue     of a campaign with a hold-out: both of the treated units, in their outcome windows
    factor of a purpose = Σ incremental / Σ attributed    over its campaigns with one, for those without (assumed to carry over)

Attributed revenue is a sum, not an estimate: the interval is the experiment's alone. While the experiment runs, or where its verdict is
withheld, there is no factor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from earnest.attribution.rule import rule_model
from earnest.definitions.campaign import Campaign
from earnest.definitions.experiment import Experiment
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money
from earnest.usecases.attribution_candidates import split_over
from earnest.usecases.experiment_read import units_table
from earnest.usecases.judge import Ground, ground_of
from earnest.usecases.judge_money import NO_HOLDOUT
from earnest.usecases.measure import Measured, measure_all
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace
from earnest.verdict.verdict import Evidence, Verdict, decide

CALIBRATED = "last_touch"
NO_FACTOR = Unavailable(
    "no-calibration",
    "no campaign of this purpose has a hold-out that can be read",
    "Hold out some of the audience next time: earnest experiment add ID --campaign … --arm … --control …",
)
NOTHING_ATTRIBUTED = Unavailable(
    "nothing-attributed",
    "nothing is attributed to it among the treated units within their outcome windows, so there is nothing to calibrate",
    "Compare the experiment itself.",
)
RUNNING = Unavailable(
    "running",
    "the experiment still runs: its read-out date or the end of the outcome window is ahead",
    "Wait for its read-out.",
)


@dataclass(frozen=True, slots=True)
class ReadOut:
    """What a campaign's experiment measured, and what a model attributes over the same people and days.

    Args:
        running: not to be read yet. attributed: to the campaign, of orders of treated units within their outcome windows, by today's data;
            None without an experiment.
        factor: incremental / attributed.
    """

    incremental: Figure
    running: bool
    attributed: Money | None
    factor: Figure


@dataclass(frozen=True, slots=True)
class Calibration:
    """A campaign's attributed revenue against what was measured.

    Args:
        read: of its own experiment. claimed: attributed under the model, in the period asked for.
        factor: its own, else that of its purpose. pooled: campaigns whose experiments the factor is from, where it is not its own.
        calibrated: `claimed` times the factor.
    """

    campaign: str
    purpose: str
    read: ReadOut
    claimed: Money
    factor: Figure
    pooled: tuple[str, ...]
    calibrated: Figure

    @property
    def proven(self) -> bool:
        """Whether the interval of what was measured leaves 0 out, and may be read."""
        figure = self.read.incremental
        if self.read.running or not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
            return False
        return figure.low > 0 or figure.high < 0

    def to_json(self) -> dict[str, Any]:
        attributed = self.read.attributed
        return {
            "campaign": self.campaign,
            "purpose": self.purpose,
            "attributed_in_experiment": attributed.to_json() if attributed is not None else None,
            "claimed_in_period": self.claimed.to_json(),
            "incremental_revenue": self.read.incremental.to_json(),
            "running": self.read.running,
            "calibration_factor": self.factor.to_json(),
            "factor_from": list(self.pooled) or ([self.campaign] if isinstance(self.factor, Estimate) else []),
            "calibrated_revenue": self.calibrated.to_json(),
        }


def calibrations(
    tables: Tables,
    workspace: Workspace,
    campaigns: Mapping[str, Campaign],
    *,
    model: str,
    claimed: Mapping[str, Money],
    record: bool,
) -> tuple[Calibration, ...]:
    """Calibrate what a stored model claims for each campaign.

    Args:
        claimed: in the period.
        record: whether a due first reading of an experiment may be journalled.
    """
    tested = {one.campaign for one in tables.state.experiments.values()}
    known = measure_all(tables) if tested & campaigns.keys() else {}
    none = ReadOut(NO_HOLDOUT, False, None, NO_HOLDOUT)
    read = {
        name: read_out(workspace, tables, known[name], model=model, record=record) if name in tested else none
        for name in campaigns
    }
    found = []
    for name, campaign in campaigns.items():
        factor, pooled = read[name].factor, tuple[str, ...]()
        if name not in tested:
            alike = {one: read[one] for one, other in campaigns.items() if other.purpose == campaign.purpose}
            factor, pooled = _pooled(alike)
        got = claimed.get(name, Money(0, tables.state.currency))
        found.append(Calibration(name, campaign.purpose, read[name], got, factor, pooled, _times(factor, got)))
    return tuple(found)


def read_out(
    workspace: Workspace, tables: Tables, measured: Measured, *, model: str = CALIBRATED, record: bool
) -> ReadOut:
    """What a campaign's experiment measured beside what a stored model attributes to the same people and days.

    Args:
        record: whether a due first reading may be journalled.
    """
    experiment = tables.state.experiment_of(measured.campaign.id)
    if experiment is None:
        return ReadOut(NO_HOLDOUT, False, None, NO_HOLDOUT)
    ground = ground_of(workspace, tables, measured, record=record)
    assert ground.result is not None
    attributed = _attributed(tables, experiment, model)
    figure, running = _incremental(ground), ground.result.running
    factor = RUNNING if running and isinstance(figure, Estimate) else _factor(figure, attributed)
    return ReadOut(figure, running, attributed, factor)


def _incremental(ground: Ground) -> Figure:
    """Incremental revenue, unless a check withholds the verdict. It needs no margin, so one that is missing alone withholds nothing."""
    findings = [finding for finding in ground.findings if finding.code != "margin-missing"]
    returns = ground.found.returns if ground.found else None
    extra = returns.incremental_revenue if returns else None
    judged = returns.contribution if returns and isinstance(returns.contribution, Estimate) else extra
    assert ground.result is not None
    # Whether revenue may be believed does not hang on the campaign's purpose, only whether its return is judged does.
    if decide(Evidence("marketing", True, ground.result.running, judged, findings)) is Verdict.WITHHELD:
        severities: tuple[str, ...] = ("blocks", "blocks-gain", "blocks-loss")
        if isinstance(judged, Estimate) and judged.high is not None and judged.high < 0:
            severities = ("blocks", "blocks-loss")
        for finding in sorted((one for one in findings if one.severity in severities), key=_weight):
            return Unavailable("withheld", f"a check withholds the result: {finding.message}", finding.remedy)
    if extra is None:
        return Unavailable("no-units", "nobody was assigned to both arms yet", "Import the assignments.")
    return extra


def _weight(finding: Finding) -> int:
    return ("blocks", "blocks-gain", "blocks-loss").index(finding.severity)


def _attributed(tables: Tables, experiment: Experiment, model: str) -> Money:
    """What the model credits to the campaign of orders that the experiment's outcome counts among the treated."""
    units_table(tables, experiment)
    tables.con.execute(_TOUCHES, [experiment.control, experiment.window_us])
    ((minor,),) = tables.con.execute(
        f"{split_over('experiment_touch', (rule_model(model),))} SELECT CAST(COALESCE(sum(s.credit_{model}), 0) AS BIGINT)"
        " FROM split AS s JOIN label_campaign AS l ON s.label_key = l.label_key WHERE l.campaign = $1",
        [experiment.campaign],
    ).fetchall()
    return Money(int(minor), tables.state.currency)


_TOUCHES = """CREATE OR REPLACE TEMP TABLE experiment_touch AS
    SELECT c.order_key, c.order_day, v.net_minor, c.message_key, c.label_key, c.rung, c.touch_us
    FROM credit AS c JOIN conversion AS v ON c.order_key = v.order_key
    JOIN unit AS u ON v.contact_key = u.contact_key AND v.ordered_us >= u.assigned_us AND v.ordered_us < u.assigned_us + $2
    WHERE c.model = 'linear' AND c.message_key IS NOT NULL AND v.cancelled = 0 AND u.arm <> $1"""


def _factor(figure: Figure, attributed: Money) -> Figure:
    if not isinstance(figure, Estimate):
        return figure
    if attributed.minor <= 0:
        return NOTHING_ATTRIBUTED
    whole = float(attributed.decimal)
    return _scaled(figure, 1 / whole, unit="ratio", definition="calibration_factor@1")


def _pooled(read: Mapping[str, ReadOut]) -> tuple[Figure, tuple[str, ...]]:
    """Ratio of sums over the campaigns whose experiments can be read; errors of independent experiments add as squares."""
    used, figures, whole = [], [], 0.0
    for name, one in read.items():
        if isinstance(one.factor, Estimate) and isinstance(one.incremental, Estimate) and one.attributed is not None:
            used.append(name)
            figures.append(one.incremental)
            whole += float(one.attributed.decimal)
    if not figures:
        return NO_FACTOR, ()
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


def _times(factor: Figure, claimed: Money) -> Figure:
    if not isinstance(factor, Estimate):
        return factor
    return _scaled(factor, float(claimed.decimal), unit=claimed.currency, definition="calibrated_revenue@1")


def _scaled(figure: Estimate, by: float, *, unit: str, definition: str) -> Estimate:
    ends = [end * by if end is not None else None for end in (figure.low, figure.high)]
    low, high = ends if by >= 0 else reversed(ends)
    return replace(figure, value=figure.value * by, low=low, high=high, unit=unit, definition=definition, exact=None)

"""Judge campaigns: measures, credit, cost, experiment, health → verdict and bridge, as one value per campaign."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import earnest
from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money
from earnest.kernel.period import day_of, moment_of
from earnest.usecases.benchmark_typical import beside_of
from earnest.usecases.campaigns_met import check_met
from earnest.usecases.cost_health import cost_findings, refused_messages
from earnest.usecases.experiment_read import ExperimentResult, read_experiment
from earnest.usecases.judge_lines import (
    charge_mix,
    experiment_facts,
    failure_lines,
    funnel_steps,
    kpi_lines,
    kpi_scope,
)
from earnest.usecases.judge_money import (
    WITH_BRIDGE,
    Incremental,
    claimed_return,
    incremental,
    interval_rows,
    margin_figure,
    restated,
    shown_returns,
)
from earnest.usecases.measure import Measured, measure_all
from earnest.usecases.message_health import message_findings
from earnest.usecases.tables import Tables, day_text, open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory, CostLine
from earnest.verdict.verdict import PURPOSES_WITHOUT_ROI, Evidence, Verdict, decide
from earnest.warehouse.build import Progress


def judge(
    workspace: Workspace, campaign: str, *, as_of_us: int | None = None, progress: Progress = quiet
) -> CampaignStory:
    """Judge one campaign.

    Args:
        as_of_us: judge by what was known at an instant; nothing is recorded then.

    Raises:
        NotFound: `no-such-campaign`.
    """
    with open_tables(workspace, as_of_us=as_of_us, progress=progress) as tables:
        measured = measure_all(tables)
        check_met(measured, campaign)
        return story_of(workspace, tables, measured, campaign, record=as_of_us is None)


def judge_all(workspace: Workspace, *, as_of_us: int | None = None, progress: Progress = quiet) -> list[CampaignStory]:
    """Judge every campaign, ranked: by verdict, then by the lower bound of the contribution, then by name."""
    with open_tables(workspace, as_of_us=as_of_us, progress=progress) as tables:
        measured = measure_all(tables)
        stories = [
            story_of(workspace, tables, measured, name, record=as_of_us is None)
            for name in measured
            if name != UNASSIGNED
        ]
    return ranked(stories)


def ranked(stories: Iterable[CampaignStory]) -> list[CampaignStory]:
    """By verdict, then by the lower bound of the contribution, then by name."""
    return sorted(stories, key=_rank)


def _rank(story: CampaignStory) -> tuple[int, float, str]:
    contribution = story.estimate("contribution")
    low = contribution.low if contribution and contribution.low is not None else 0.0
    return list(Verdict).index(story.verdict), -low, story.campaign


@dataclass(frozen=True, slots=True)
class Ground:
    """What a verdict rests on: the experiment's read-out in money (None without one), margin and cost, and every finding."""

    result: ExperimentResult | None
    found: Incremental | None
    margin: Decimal | None
    cost: Money
    level: float
    findings: tuple[Finding, ...]


def ground_of(workspace: Workspace, tables: Tables, measured: Measured, *, record: bool) -> Ground:
    """Read a campaign's experiment, and find what speaks against believing it; `record` as `story_of`."""
    state, day = tables.state, _day(tables, measured)
    level = float(state.setting("level", day) or "0.95")
    experiment = state.experiment_of(measured.campaign.id)
    result = read_experiment(workspace, tables, experiment, record=record) if experiment else None
    margin = experiment.margin if experiment and experiment.margin is not None else state.margin(day)
    cost = Money.from_micro(max(0, measured.cost.micro), state.currency)
    found = incremental(result, margin=margin, cost=cost, level=level) if result else None
    findings = _findings(result, found, measured, margin=margin, tables=tables)
    return Ground(result, found, margin, cost, level, findings)


def _day(tables: Tables, measured: Measured) -> date:
    """The day by whose settings a campaign is judged."""
    return day_of(measured.first_day) if measured.first_day is not None else tables.day


def story_of(
    workspace: Workspace, tables: Tables, known: dict[str, Measured], name: str, *, record: bool
) -> CampaignStory:
    """Judge one of the campaigns that were measured; `record` journals the first read of an experiment after its date."""
    state, measured = tables.state, known[name]
    campaign, day = measured.campaign, _day(tables, measured)
    ground = ground_of(workspace, tables, measured, record=record)
    result, found, findings = ground.result, ground.found, ground.findings
    margin, cost, level = ground.margin, ground.cost, ground.level
    contribution = found.returns.contribution if found else None
    verdict = decide(
        Evidence(campaign.purpose, result is not None, result.running if result else False, contribution, findings)
    )
    returns = shown_returns(found, verdict)
    scope = kpi_scope(tables, measured, level)
    return CampaignStory(
        campaign=campaign.id,
        name=campaign.name,
        channels=measured.channels,
        purpose=campaign.purpose,
        first_day=day_text(measured.first_day),
        last_day=day_text(measured.last_day),
        currency=state.currency,
        level=level,
        verdict=verdict,
        running=verdict is Verdict.INCONCLUSIVE and result is not None and result.running,
        returns=returns,
        interval_rows=interval_rows(found, verdict, measured, margin=margin, cost=cost),
        bridge=found.bridge if found and verdict in WITH_BRIDGE else None,
        claims={model: Money(minor, state.currency) for model, minor in sorted(measured.credit.items())},
        claimed_returns={
            model: claimed_return(minor, measured, cost=cost, margin=margin)
            for model, minor in sorted(measured.credit.items())
        },
        cost_total=cost,
        costs=tuple(
            CostLine(line.kind, Money.from_micro(line.micro, state.currency), line.evidence, line.told)
            for line in measured.cost.lines
        ),
        unrated_messages=measured.cost.unrated,
        margin=margin_figure(margin, day),
        kpis=kpi_lines(tables, measured, scope, returns, beside=beside_of(state, known, tables.day)),
        funnel=funnel_steps(measured, scope, campaign.purpose),
        experiment=experiment_facts(result, tables, found) if result else None,
        restated=restated(result, margin=margin, cost=cost, level=level) if result else None,
        findings=findings,
        assumptions=_assumptions(result, measured, margin=margin),
        as_of=moment_of(tables.as_of_us).isoformat(timespec="seconds"),
        generation=tables.manifest.generation,
        version=earnest.__version__,
        failures=failure_lines(measured),
        charges=charge_mix(measured),
    )


def _findings(
    result: ExperimentResult | None,
    found: Incremental | None,
    measured: Measured,
    *,
    margin: Decimal | None,
    tables: Tables,
) -> tuple[Finding, ...]:
    findings = [*(result.findings if result else ()), *(found.findings if found else ())]
    if result is not None and margin is None and measured.campaign.purpose not in PURPOSES_WITHOUT_ROI:
        findings.append(
            Finding(
                "margin-missing",
                "blocks",
                "no gross margin is set, so extra revenue cannot be turned into profit",
                "earnest setting set margin 0.38 --from 2026-01-01 (with your own margin)",
            )
        )
    return (
        *findings,
        *cost_findings(measured, randomised=result is not None),
        *message_findings(measured),
        *refused_messages(tables.state),
    )


def _assumptions(result: ExperimentResult | None, measured: Measured, *, margin: Decimal | None) -> tuple[str, ...]:
    """Codes of what is taken on faith; doors word them."""
    codes = []
    if margin is not None:
        codes.append("margin")
    if result is not None:
        codes.append("order-capture")
    if any(line.evidence == "assumed" for line in measured.cost.lines):
        codes.append("assumed-cost")
    return tuple(codes)

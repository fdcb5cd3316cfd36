"""Judge campaigns: measures, credit, cost, experiment, health → verdict and bridge, as one value per campaign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import earnest
from earnest.definitions.campaign import UNASSIGNED
from earnest.definitions.state import State
from earnest.incrementality.difference import Difference, difference_of_means, few_buyers
from earnest.incrementality.moments import Moments
from earnest.incrementality.returns import IncrementalReturns, incremental_returns
from earnest.kernel.errors import NotFound, closest
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money, exponent
from earnest.kernel.period import DAY_US, day_of, moment_of
from earnest.kpis.benchmarks import comparable, typical_range
from earnest.kpis.catalogue import all_kpis
from earnest.kpis.kpi import Kpi, Scope, evaluate
from earnest.usecases.experiment_read import Arm, ExperimentResult, read_experiment
from earnest.usecases.measure import Measured, connected, measure_all
from earnest.usecases.tables import Tables, day_text, open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.verdict.bridge import Bridge, build_bridge
from earnest.verdict.story import ArmLine, CampaignStory, CostLine, ExperimentFacts, FunnelStep, IntervalRow, KpiLine
from earnest.verdict.verdict import PURPOSES_WITHOUT_ROI, Evidence, Verdict, decide
from earnest.warehouse.build import Progress

BANDS = (0.5, 0.8, 0.95)
UNMEASURED_CHANNELS = ("sms", "telegram")
NO_HOLDOUT = Unavailable(
    "no-holdout",
    "nobody was held out by chance, so what would have come anyway is unknown",
    "Hold out some of the audience next time: earnest experiment add ID --campaign … --arm … --control …",
)


def judge(workspace: Workspace, campaign: str, *, as_of_us: int | None = None, progress: Progress = quiet) -> CampaignStory:
    """Judge one campaign.

    Args:
        as_of_us: judge by what was known at an instant; nothing is recorded then.

    Raises:
        NotFound: `no-such-campaign`.
    """
    with open_tables(workspace, as_of_us=as_of_us, progress=progress) as tables:
        measured = measure_all(tables)
        if campaign not in measured:
            raise NotFound("no-such-campaign", f"there is no campaign '{campaign}'{closest(campaign, measured)}", hint="See `earnest campaign list`.")
        return _story(workspace, tables, measured[campaign], record=as_of_us is None)


def judge_all(workspace: Workspace, *, as_of_us: int | None = None, progress: Progress = quiet) -> list[CampaignStory]:
    """Judge every campaign, ranked: by verdict, then by the lower bound of the contribution, then by name."""
    with open_tables(workspace, as_of_us=as_of_us, progress=progress) as tables:
        measured = measure_all(tables)
        stories = [_story(workspace, tables, one, record=as_of_us is None) for name, one in measured.items() if name != UNASSIGNED]
    return sorted(stories, key=_rank)


def _rank(story: CampaignStory) -> tuple[int, float, str]:
    contribution = story.estimate("contribution")
    low = contribution.low if contribution and contribution.low is not None else 0.0
    return list(Verdict).index(story.verdict), -low, story.campaign


@dataclass(frozen=True, slots=True)
class _Incremental:
    """What the experiment says in money: returns, the bridge, bands, and the findings it adds."""

    returns: IncrementalReturns
    bridge: Bridge
    bands: dict[float, tuple[float, float]]
    findings: tuple[Finding, ...]


def _story(workspace: Workspace, tables: Tables, measured: Measured, *, record: bool) -> CampaignStory:
    state, campaign = tables.state, measured.campaign
    day = day_of(measured.first_day) if measured.first_day is not None else workspace.today(state)
    level = float(state.setting("level", day) or "0.95")
    experiment = state.experiment_of(campaign.id)
    result = read_experiment(workspace, tables, experiment, record=record) if experiment else None
    margin = experiment.margin if experiment and experiment.margin is not None else state.margin(day)
    cost = Money.from_micro(measured.cost.micro, state.currency)
    found = _incremental(result, margin=margin, cost=cost, level=level) if result and _both_arms(result) else None
    findings = _findings(result, found, measured, margin=margin)
    contribution = found.returns.contribution if found else None
    verdict = decide(
        Evidence(campaign.purpose, result is not None, result.running if result else False, contribution, findings)
    )
    returns = _figures(found, verdict)
    scope = _scope(tables, measured, level)
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
        interval_rows=_rows(found, verdict, measured, margin=margin, cost=cost),
        bridge=found.bridge if found and verdict in _WITH_BRIDGE else None,
        claims={model: Money(minor, state.currency) for model, minor in sorted(measured.credit.items())},
        claimed_returns={model: _claimed(minor, cost, margin) for model, minor in sorted(measured.credit.items())},
        cost_total=cost,
        costs=tuple(CostLine(line.kind, Money.from_micro(line.micro, state.currency), line.evidence, line.description) for line in measured.cost.lines),
        unrated_messages=measured.cost.unrated,
        margin=_margin_figure(margin, day),
        kpis=_kpis(measured, scope, returns, campaign.purpose),
        funnel=_funnel(measured, scope.connected),
        experiment=_facts(result, tables, found) if result else None,
        restated=_restated(result, margin=margin, cost=cost, level=level) if result else None,
        findings=findings,
        assumptions=_assumptions(result, measured, margin=margin),
        as_of=moment_of(tables.as_of_us).isoformat(timespec="seconds"),
        generation=tables.manifest.generation,
        version=earnest.__version__,
    )


_WITH_BRIDGE = (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS, Verdict.INCONCLUSIVE)


def _both_arms(result: ExperimentResult) -> bool:
    return result.experiment.control in result.arms and len(result.arms) > 1


def _pooled(arms: dict[str, Arm], control: str) -> tuple[Moments, Moments, int]:
    """Revenue moments of all treated units and of the control, and discounts of the treated (minor units)."""
    treated = [arm for name, arm in arms.items() if name != control]
    total = treated[0].metrics["revenue"]
    for arm in treated[1:]:
        total = total + arm.metrics["revenue"]
    return total, arms[control].metrics["revenue"], sum(arm.discount_minor for arm in treated)


def _incremental(result: ExperimentResult, *, margin: Decimal | None, cost: Money, level: float) -> _Incremental | None:
    control = result.experiment.control
    if control not in result.arms or len(result.arms) < 2:
        return None
    treated, held_out, discount = _pooled(result.arms, control)
    currency = cost.currency
    major = Fraction(1, 10 ** exponent(currency))
    difference = difference_of_means(treated.scaled(major), held_out.scaled(major), level)
    returns = incremental_returns(difference, currency=currency, margin=margin, cost=cost.decimal)
    mean = Decimal(held_out.total) / Decimal(held_out.n) if held_out.n else Decimal(0)  # type: ignore[arg-type]
    bridge = build_bridge(
        Money(int(treated.total), currency),
        holdout_mean=mean.scaleb(-exponent(currency)),
        messaged=treated.n,
        cost=cost,
        margin=margin,
        discounts=Money(discount, currency),
    )
    bands = {}
    if isinstance(difference, Difference) and margin is not None and cost.minor > 0:
        factor = float(margin) * treated.n / float(cost.decimal)
        bands = {band: _scaled(difference.interval(band), factor) for band in sorted({*BANDS, level})}
    few = few_buyers(treated, held_out, metric="revenue")
    return _Incremental(returns, bridge, bands, (few,) if few else ())


def _scaled(interval: tuple[float, float], factor: float) -> tuple[float, float]:
    return interval[0] * factor, interval[1] * factor


def _findings(
    result: ExperimentResult | None, found: _Incremental | None, measured: Measured, *, margin: Decimal | None
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
    if measured.cost.unrated:
        findings.append(
            Finding(
                "unrated-messages",
                "blocks-gain",
                f"{measured.cost.unrated:,} of {measured.measures['delivered']:,} delivered messages have no price, so the cost is a lower bound",
                "Map the messages' cost, or add the provider's bill: earnest cost add --campaign "
                f"{measured.campaign.id} --kind messaging --amount … --from … --covers messaging",
                rows=measured.cost.unrated,
                tested=measured.measures["delivered"],
            )
        )
    if measured.cost.memo:
        total = sum(line.micro for line in measured.cost.memo)
        findings.append(
            Finding(
                "discount-as-cost",
                "informs",
                f"{len(measured.cost.memo)} discount lines are shown as a memo and left out of the cost, as revenue is already net of them",
                "Nothing to do, unless the order amounts are before discounts.",
                rows=len(measured.cost.memo),
                facts={"micro": total},
            )
        )
    return tuple(findings)


def _figures(found: _Incremental | None, verdict: Verdict) -> dict[str, Figure]:
    names = ("incremental_revenue", "extra_gross_profit", "contribution", "incremental_return", "incremental_roi", "incremental_roas")
    if found is None:
        return dict.fromkeys(names, NO_HOLDOUT)
    figures: dict[str, Figure] = {name: getattr(found.returns, name) for name in names}
    if verdict is Verdict.WITHHELD:
        reason = Unavailable("withheld", "a health check failed, see findings", "Fix what the finding names.")
        keep = ("incremental_revenue",) if not isinstance(figures["contribution"], Estimate) else ()
        return {name: figure if name in keep else reason for name, figure in figures.items()}
    return figures


def _rows(
    found: _Incremental | None, verdict: Verdict, measured: Measured, *, margin: Decimal | None, cost: Money
) -> tuple[IntervalRow, ...]:
    rows = []
    if found and found.bands and verdict in _WITH_BRIDGE:
        figure = found.returns.incremental_return
        point = figure.value if isinstance(figure, Estimate) and verdict is not Verdict.INCONCLUSIVE else None
        rows.append(IntervalRow("measured", measured.campaign.name, point, found.bands))
    if verdict is not Verdict.NOT_JUDGED_BY_ROI:
        for model, minor in sorted(measured.credit.items()):
            claim = _claimed(minor, cost, margin)
            if isinstance(claim, Estimate):
                rows.append(IntervalRow("claim", model, claim.value, {}))
    return tuple(rows)


def _claimed(minor: int, cost: Money, margin: Decimal | None) -> Figure:
    """Gross profit per unit of cost that an attribution rule would claim."""
    if margin is None:
        return Unavailable("margin-missing", "no gross margin is set", "earnest setting set margin 0.38 --from 2026-01-01")
    if cost.minor == 0:
        return Unavailable("no-cost", "the cost is 0, so there is no return on it", "Add the campaign's costs.")
    value = float(Money(minor, cost.currency).decimal * margin / cost.decimal)
    return Estimate(value, "ratio", basis="attributed", definition="claimed_return@1")


def _margin_figure(margin: Decimal | None, day: date) -> Figure:
    if margin is None:
        return Unavailable("margin-missing", "no gross margin is set", "earnest setting set margin 0.38 --from 2026-01-01")
    return Estimate(float(margin), "share", method="assumed", basis="assumed", definition="margin@1", period={"from": day.isoformat()})


def _scope(tables: Tables, measured: Measured, level: float) -> Scope:
    costs = {measured.campaign.id: measured.cost}
    refused = {}
    if measured.channels and all(channel in UNMEASURED_CHANNELS for channel in measured.channels):
        refused["read_rate"] = f"{' and '.join(measured.channels)} sends no read receipts, so nobody can know"
    period = {"first_day": str(day_text(measured.first_day)), "last_day": str(day_text(measured.last_day))} if measured.first_day is not None else None
    return Scope(
        population=f"messages of {measured.campaign.id}, by day of send",
        currency=tables.state.currency,
        level=level,
        as_of=moment_of(tables.as_of_us).isoformat(timespec="seconds"),
        period=period,
        connected=connected(tables.state, costs) | (frozenset({"message"}) if measured.measures["messages"] else frozenset()),
        unmeasurable=refused,
    )


def _kpis(measured: Measured, scope: Scope, returns: dict[str, Figure], purpose: str) -> tuple[KpiLine, ...]:
    lines = []
    hidden = ("roas", "roi", "incremental_return") if purpose in PURPOSES_WITHOUT_ROI else ("csat",)
    for kpi in all_kpis().values():
        if kpi.id in hidden:
            continue
        figure = returns["incremental_return"] if kpi.measures is None else evaluate(kpi, measured.measures, scope)
        lines.append(_line(kpi, figure, measured, scope))
    return tuple(lines)


def _line(kpi: Kpi, figure: Figure, measured: Measured, scope: Scope) -> KpiLine:
    line = KpiLine(kpi.id, kpi.name, kpi.formula, kpi.denominator or "", kpi.direction, figure)
    if kpi.comparable is None or len(measured.channels) != 1:
        return line
    currency = scope.currency if kpi.unit == "money" else None
    typical = typical_range(comparable(kpi.id, kpi.comparable, channel=measured.channels[0], currency=currency))
    if typical is None:
        return line
    publishers = ", ".join(sorted({row.publisher for row in typical.sources}))
    source = f"{publishers} ({typical.grade.value.replace('_', ' ')}, {typical.count} figures)"
    return replace(line, typical_low=float(typical.low), typical_high=float(typical.high), typical_source=source)


def _funnel(measured: Measured, known: frozenset[str]) -> tuple[FunnelStep, ...]:
    m = measured.measures
    steps = [("sent", m["sent"]), ("delivered", m["delivered"])]
    steps += [("read", m["was_read"])] if "read" in known else []
    steps += [("clicked", m["clicked"])] if "click" in known else []
    steps += [("replied", m["replied"])] if "reply" in known else []
    steps += [("ordered", m["converters"])] if "order" in known else []
    found = []
    previous: int | None = None
    for step, count in steps:
        note = f"failed {m['failed']}" if step == "delivered" and m["failed"] else None
        found.append(FunnelStep(step, count, count / previous if previous else None, note))
        previous = count
    return tuple(found)


def _facts(result: ExperimentResult, tables: Tables, found: _Incremental | None) -> ExperimentFacts:
    experiment, currency = result.experiment, tables.state.currency
    arms = tuple(
        ArmLine(
            name, name == experiment.control, arm.units, arm.metrics["revenue"].nonzero, Money(int(arm.metrics["revenue"].total), currency),
            float(experiment.shares.get(name, Decimal(0))),
        )
        for name, arm in result.arms.items()
    )  # fmt: skip
    due = max(experiment.read_out_us(tables.state.timezone), result.closed_us or 0)
    return ExperimentFacts(
        experiment=experiment.id,
        unit=experiment.unit,
        window_days=experiment.window_days,
        read_out=experiment.read_out.isoformat(),
        window_closed=moment_of(result.closed_us).isoformat(timespec="seconds") if result.closed_us else "",
        read_at=moment_of(result.reading.as_of_us).isoformat(timespec="seconds") if result.reading else None,
        srm_p=result.ratio.p_value if result.ratio else None,
        arms=arms,
        more_units_needed=_more_units(found, arms),
        days_to_read_out=max(0, -(-(due - tables.as_of_us) // DAY_US)) if result.running else None,
    )


def _more_units(found: _Incremental | None, arms: Sequence[ArmLine]) -> int | None:
    """People still needed, in all arms, for the interval to leave 0 if the effect is what it looks like; None beyond 100-fold."""
    if found is None or not isinstance(found.returns.contribution, Estimate):
        return None
    c = found.returns.contribution
    if c.low is None or c.high is None or not c.low <= 0 <= c.high or c.value == 0:
        return None
    factor = ((c.high - c.low) / 2 / abs(c.value)) ** 2
    units = sum(arm.units for arm in arms)
    return round(units * (factor - 1)) if factor <= 100 else None


def _restated(result: ExperimentResult, *, margin: Decimal | None, cost: Money, level: float) -> dict[str, Figure] | None:
    """The returns by today's data, where they differ from the recorded reading."""
    if not result.restated:
        return None
    today = _incremental(replace(result, arms=result.today), margin=margin, cost=cost, level=level)
    return _figures(today, Verdict.INCONCLUSIVE) if today else None


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



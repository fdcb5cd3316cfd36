"""The lines of a campaign's story beside its verdict: KPIs with typical ranges, funnel, the experiment's facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, Money
from earnest.kernel.period import DAY_US, moment_of
from earnest.kpis.dimensions import Filter
from earnest.kpis.kpi import Kpi, Scope, absent, evaluate, refusals
from earnest.usecases.benchmark_typical import Beside, typical_of
from earnest.usecases.experiment_read import ExperimentResult
from earnest.usecases.judge_money import Incremental
from earnest.usecases.kpi_scopes import scope_over, with_costs
from earnest.usecases.kpi_sums import Cut, sums
from earnest.usecases.measure import Measured, connected, measures_of
from earnest.usecases.tables import Tables, day_text
from earnest.verdict.story import (
    ArmLine,
    ChargeLine,
    ChargeMix,
    ExperimentFacts,
    FailureLine,
    FunnelStep,
    KpiLine,
)
from earnest.verdict.verdict import PURPOSES_WITHOUT_ROI


def kpi_scope(tables: Tables, measured: Measured, level: float) -> Scope:
    costs = {measured.campaign.id: measured.cost}
    period = (
        {"first_day": str(day_text(measured.first_day)), "last_day": str(day_text(measured.last_day))}
        if measured.first_day is not None
        else None
    )
    told = connected(tables.state, costs, tables.manifest.facts.get("heard", ()))
    scope = scope_over(
        tables,
        f"messages of {measured.campaign.id}, by day of send",
        told | (frozenset({"message"}) if measured.measures["messages"] else frozenset()),
        level=level,
        channels=measured.channels,
    )
    return with_costs(replace(scope, period=period), costs.values())


def kpi_lines(
    tables: Tables, measured: Measured, scope: Scope, returns: dict[str, Figure], *, beside: Beside
) -> tuple[KpiLine, ...]:
    """The KPIs of a campaign's story, those that the settings put first before the others."""
    lines = []
    without_roi = measured.campaign.purpose in PURPOSES_WITHOUT_ROI
    for kpi in beside.shown:
        if (without_roi and kpi.basis != "observed") or _unasked(kpi, measured, without_roi=without_roi):
            continue
        figure = _story_figure(tables, kpi, measured, scope=scope, returns=returns)
        lines.append(_line(kpi, figure, measured, scope=scope, beside=beside))
    return tuple(lines)


def _story_figure(tables: Tables, kpi: Kpi, measured: Measured, *, scope: Scope, returns: dict[str, Figure]) -> Figure:
    if kpi.measures is not None:
        return row_figure(tables, kpi, measured, scope)
    asked_apart = Unavailable(
        "asked-apart", f"{kpi.id} is no part of a story", f"earnest kpi show {kpi.id} --campaign {measured.campaign.id}"
    )
    return _unit_free(returns.get(kpi.id, asked_apart))


def row_figure(tables: Tables, kpi: Kpi, measured: Measured, scope: Scope) -> Figure:
    """The figure of a KPI of a campaign that comes from measures, those of its story or others.

    Of a campaign on several channels only the messages of those that can tell it count: an SMS is neither read nor unread.

    Unavailable: as `kpis.kpi.evaluate`; `whole-workspace-only`.
    """
    names = measures_of(kpi)
    telling = tuple(channel for channel in measured.channels if not refusals([kpi], (channel,)))
    part = bool(telling) and len(telling) < len(measured.channels)
    if set(names) <= measured.measures.keys() and not part:
        return evaluate(kpi, measured.measures, scope)
    if (why := absent(kpi, scope)) is not None:
        return why
    filters = (Filter("campaign", (measured.campaign.id,)), *((Filter("channel", telling),) if part else ()))
    try:
        own = sums(tables, names, Cut(filters=filters))
    except UsageError as refused:
        if refused.code != "not-by-dimension":
            raise
        return Unavailable(
            "whole-workspace-only",
            f"{kpi.id} is of the whole workspace, never of a campaign",
            "Ask for it without a campaign.",
        )
    told = {} if part else {name: measured.measures[name] for name in names if name in measured.measures}
    return evaluate(kpi, own[()].sums | told, scope)


def _unasked(kpi: Kpi, measured: Measured, *, without_roi: bool) -> bool:
    """Whether a KPI is about answers that nobody was asked for; satisfaction is missed where it stands for the ROI."""
    if "survey_answer" not in kpi.needs or (without_roi and kpi.id == "csat"):
        return False
    return not any(measured.measures[name] for name in ("invited", "answers", "nps_answers"))


def _unit_free(figure: Figure) -> Figure:
    """The return without its number of units: a KPI's n is its denominator, here the cost."""
    return replace(figure, n=None) if isinstance(figure, Estimate) else figure


def _line(kpi: Kpi, figure: Figure, measured: Measured, *, scope: Scope, beside: Beside) -> KpiLine:
    line = KpiLine(kpi.id, kpi.name, kpi.formula, kpi.denominator or "", kpi.direction, figure)
    typical = typical_of(kpi, measured, beside, scope.currency)
    if typical is None:
        return line
    return replace(line, typical_low=typical.low, typical_high=typical.high, typical_source=typical.words)


def funnel_steps(measured: Measured, scope: Scope, purpose: str) -> tuple[FunnelStep, ...]:
    """Sent, delivered and read are parts of each other; clicks, replies and orders are shares of the delivered (reads can be hidden)."""
    m, known = measured.measures, scope.connected
    steps = [("sent", m["sent"]), ("delivered", m["delivered"])]
    steps += [("read", m["was_read"])] if "read" in known and "read_rate" not in scope.unmeasurable else []
    steps += [("clicked", m["clicked"])] if "click" in known else []
    if purpose in PURPOSES_WITHOUT_ROI:
        steps += [("replied", m["replied"])] if "reply" in known else []
    else:
        steps += [("ordered", m["converters"])] if "order" in known else []
    found = []
    previous: int | None = None
    for step, count in steps:
        note = f"{m['failed']:,} failed" if step == "delivered" and m["failed"] else None
        nested = step in ("sent", "delivered", "read")
        if not nested and m["delivered"]:
            note = f"{count / m['delivered']:.1%} of delivered"
        found.append(FunnelStep(step, count, count / previous if nested and previous else None, note))
        previous = count
    return tuple(found)


def failure_lines(measured: Measured) -> tuple[FailureLine, ...]:
    """Why messages never arrived."""
    sent = measured.measures["sent"]
    return tuple(
        FailureLine(f.failure_class.value, f.messages, f.messages / sent if sent else None, f.codes)
        for f in measured.provider.failures
    )


def charge_mix(measured: Measured) -> ChargeMix | None:
    """What the provider charges, or None where no provider told terms."""
    told = measured.provider.charges
    if not told:
        return None
    lines = tuple(
        ChargeLine(
            one.category, one.market, one.tier, one.reason.code, one.messages,
            None if one.micro is None else Decimal(one.micro) / MICRO_PER_MAJOR, one.currency,
        )
        for one in told
    )  # fmt: skip
    unknown = sum(one.messages for one in told if one.micro is None)
    charged = sum(one.charged for one in told)
    return ChargeMix(charged, sum(one.messages for one in told) - unknown - charged, unknown, lines)


def experiment_facts(result: ExperimentResult, tables: Tables, found: Incremental | None) -> ExperimentFacts:
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
        more_units_needed=more_units(found, arms),
        days_to_read_out=max(0, -(-(due - tables.as_of_us) // DAY_US)) if result.running else None,
    )


def more_units(found: Incremental | None, arms: Sequence[ArmLine]) -> int | None:
    """People still needed, in all arms, for the interval to leave 0 if the effect is what it looks like; None beyond 100-fold."""
    if found is None or not isinstance(found.returns.contribution, Estimate):
        return None
    c = found.returns.contribution
    if c.low is None or c.high is None or not c.low <= 0 <= c.high or c.value == 0:
        return None
    factor = ((c.high - c.low) / 2 / abs(c.value)) ** 2
    units = sum(arm.units for arm in arms)
    return round(units * (factor - 1)) if factor <= 100 else None

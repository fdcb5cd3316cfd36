"""Figures one by one: what a campaign's story lets people see, as rows of numbers; or what blocks alone hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from earnest.charts.bridge import BridgeChart
from earnest.charts.cost_bar import CostChart
from earnest.charts.funnel import FunnelChart
from earnest.charts.interval_rows import IntervalChart
from earnest.kernel.estimate import Estimate, Figure
from earnest.kernel.money import Money
from earnest.reports.blocks import Block, Chart, KpiRow, Table, Verdict
from earnest.reports.sections import kpis
from earnest.reports.words import Words, terms
from earnest.reports.workings import PROVEN, Effect, Workings, returns_told
from earnest.verdict.story import CampaignStory, KpiLine
from earnest.verdict.verdict import Verdict as Kind

EXTRA_REVENUE = "incremental_revenue"
Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure.

    Args:
        section, name: ids that stay the same in every language, or the block's and the row's own words.
        label: what it is, in words. `text`: the figure as the report words it, where only that is known.
        value: None where only a range may be told, or nothing: `unavailable` says why then.
        low, high, level: its interval. `unit`: share, ratio, count or a currency (major units).
        basis: observed, incremental, attributed, assumed, invoiced, measured, allocated.
        n, denominator: how many, and of what. `typical_low`, `typical_high`: what is typical by the same definition.
    """

    section: str
    name: str
    label: str
    text: str | None = None
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    level: float | None = None
    unit: str | None = None
    basis: str | None = None
    method: str | None = None
    n: int | None = None
    denominator: str | None = None
    typical_low: float | None = None
    typical_high: float | None = None
    unavailable: str | None = None
    remedy: str | None = None


COLUMNS = tuple(field.name for field in fields(Reading))


def readings_of(workings: Workings, words: Words) -> tuple[Reading, ...]:
    """Every figure of a campaign's story that its verdict lets people see."""
    story = workings.story
    return (
        *_returns(workings, words),
        *_bridge(story, words),
        *_claims(workings, words),
        *_costs(workings, words),
        _figure("assumptions", "margin", words.say("Gross margin"), story.margin),
        *(_kpi(line, story, words) for line in kpis.shown(story)),
        *_steps(story, words),
        *_charges(story, words),
        *_arms(story, words),
    )


def readings_in(blocks: tuple[Block, ...]) -> tuple[Reading, ...]:
    """What blocks hold without a story: figures of drawings as numbers, the others as they are worded."""
    return tuple(reading for block in blocks for reading in _told(block))


def _returns(workings: Workings, words: Words) -> Iterator[Reading]:
    story = workings.story
    for section, figures in (("returns", story.returns), ("restated", story.restated or {})):
        for name, figure in figures.items():
            label = _return_label(name, words)
            if not isinstance(workings.effect, Effect):
                yield _why(Reading(section, name, label), figure, workings)
            elif isinstance(figure, Estimate) and (returns_told(story) or name == EXTRA_REVENUE):
                yield _figure(section, name, label, figure, point=section == "returns" and story.verdict in PROVEN)
            else:
                yield _why(Reading(section, name, label), figure, workings)


def _return_label(name: str, words: Words) -> str:
    labels = {
        EXTRA_REVENUE: words.say("Extra revenue"),
        "extra_gross_profit": words.say("Extra gross profit"),
        "contribution": words.say("Contribution after messaging"),
        "incremental_return": words.say("Extra gross profit per unit spent"),
        "incremental_roi": words.say("Return on investment (ROI), incremental"),
        "incremental_roas": words.say("Return on ad spend (ROAS), incremental"),
    }
    return labels.get(name, name)


def _why(row: Reading, figure: Figure, workings: Workings) -> Reading:
    """The figure's own reason, else that of the whole effect."""
    found = workings.effect if isinstance(figure, Estimate) else figure
    assert not isinstance(found, Effect | Estimate), "a figure that may be told is told"
    return Reading(row.section, row.name, row.label, unavailable=found.reason, remedy=found.remedy)


def _figure(section: str, name: str, label: str, figure: Figure, *, point: bool = True) -> Reading:
    if not isinstance(figure, Estimate):
        return Reading(section, name, label, unavailable=figure.reason, remedy=figure.remedy)
    value: Number = figure.exact.decimal if figure.exact else figure.value
    return Reading(
        section,
        name,
        label,
        value=value if point else None,
        low=figure.low,
        high=figure.high,
        level=figure.level,
        unit=figure.unit,
        basis=figure.basis,
        method=figure.method,
        n=figure.n,
    )


def _kpi(line: KpiLine, story: CampaignStory, words: Words) -> Reading:
    open_effect = story.verdict is Kind.INCONCLUSIVE and getattr(line.figure, "basis", "") == "incremental"
    bounds = isinstance(line.figure, Estimate) and kpis.bounded(line.figure)
    read = _figure(
        "kpi", line.kpi, terms.kpi(line.kpi, line.name, words), line.figure, point=not open_effect and not bounds
    )
    return replace(
        read,
        denominator=terms.denominator(line.denominator, words) if line.denominator else None,
        typical_low=line.typical_low,
        typical_high=line.typical_high,
    )


def _money(section: str, name: str, label: str, amount: Money, *, basis: str = "observed") -> Reading:
    return Reading(section, name, label, value=amount.decimal, unit=amount.currency, basis=basis, method="exact")


def _bridge(story: CampaignStory, words: Words) -> Iterator[Reading]:
    """Every line of a proven one; of an open one what is exact, since the rest would give the point."""
    bridge, say = story.bridge, words.say
    if bridge is None or not returns_told(story):
        return
    yield _money("bridge", "messaged_revenue", say("Revenue of the messaged group"), bridge.messaged_revenue)
    if story.verdict in PROVEN:
        lines = {
            "would_have_come_anyway": (say("Would have come anyway"), bridge.would_have_come_anyway),
            "extra_revenue": (say("Extra revenue"), bridge.extra_revenue),
            "cost_of_goods": (say("Cost of goods"), bridge.cost_of_goods),
            "contribution": (say("Contribution after messaging"), bridge.contribution),
        }
        for name, (label, amount) in lines.items():
            if amount is not None:
                yield _money("bridge", name, label, amount, basis="incremental")
    yield _money("bridge", "campaign_cost", say("Campaign cost"), bridge.campaign_cost)
    yield _money("bridge", "discounts", say("Discounts redeemed (memo)"), bridge.discounts)


def _claims(workings: Workings, words: Words) -> Iterator[Reading]:
    for model, revenue in workings.claims:
        label = words.say("%(model)s would claim", model=terms.model(model, words))
        yield _money("attributed_revenue", model, label, revenue, basis="attributed")
        claimed = workings.story.claimed_returns.get(model)
        if claimed is not None:
            yield _figure("attributed_return", model, label, claimed)


def _costs(workings: Workings, words: Words) -> Iterator[Reading]:
    for line in workings.costs:
        yield _money("cost", line.kind, terms.cost(line.kind, words), line.amount, basis=line.evidence)
    total = workings.cost_total
    basis = "lower bound" if workings.lower_bound else "observed"
    yield _money("cost", "total", words.say("Total"), total, basis=basis)


def _steps(story: CampaignStory, words: Words) -> Iterator[Reading]:
    for step in story.funnel:
        yield Reading(
            "funnel", step.step, terms.step(step.step, words), value=step.count, unit="count", basis="observed"
        )
    for line in story.failures:
        name = terms.failure(line.failure_class, words)
        yield Reading("failures", line.failure_class, name, value=line.messages, unit="count", basis="observed")


def _charges(story: CampaignStory, words: Words) -> Iterator[Reading]:
    for line in story.charges.lines if story.charges else ():
        name = "/".join(str(part) for part in (line.market, line.category, line.tier) if part is not None)
        label = terms.charge(line.reason, words)
        why = None if line.amount is not None else label
        yield Reading(
            "charges",
            "/".join(filter(None, (name, line.reason))),
            label,
            value=line.amount,
            unit=line.currency,
            basis="observed",
            n=line.messages,
            denominator=terms.denominator("messages delivered", words),
            unavailable=why,
        )


def _arms(story: CampaignStory, words: Words) -> Iterator[Reading]:
    """Group sizes; what the groups bought only where the result is proven: it would give the point."""
    facts = story.experiment
    if facts is None or story.verdict is Kind.NOT_JUDGED_BY_ROI:
        return
    for arm in facts.arms:
        yield Reading(
            "experiment_people", arm.arm, words.say("People"), value=arm.units, unit="count", basis="observed"
        )
        if story.verdict in PROVEN:
            yield Reading(
                "experiment_buyers", arm.arm, words.say("Buyers"), value=arm.buyers, unit="count", basis="observed"
            )
            yield _money("experiment_revenue", arm.arm, words.say("Revenue"), arm.revenue)


def _told(block: Block) -> Iterator[Reading]:
    match block:
        case Verdict():
            yield from (Reading(block.label, fact.label, fact.label, fact.value) for fact in block.facts)
            if block.chart:
                yield from _drawn(block.chart)
        case KpiRow():
            yield from (Reading(block.title, card.name, card.name, card.value) for card in block.cards)
        case Chart():
            yield from _drawn(block)
        case Table():
            for row in block.rows:
                label = " · ".join(row[: block.texts])
                cells = zip(block.header[block.texts :], row[block.texts :], strict=False)
                yield from (Reading(block.title, name, label, text) for name, text in cells)


def _drawn(chart: Chart) -> Iterator[Reading]:
    drawing, title = chart.drawing, chart.title
    if isinstance(drawing, IntervalChart):
        for row in drawing.rows:
            wide = max(row.bands, key=lambda band: band.level, default=None)
            basis = "attributed" if row.claim else "incremental"
            told = Reading(title, row.label, row.label, row.text, row.value, unit="ratio", basis=basis)
            yield replace(told, low=wide.low, high=wide.high, level=wide.level) if wide else told
    elif isinstance(drawing, BridgeChart):
        for step in drawing.rows:
            yield Reading(title, step.label, step.label, step.text, step.amount, *(step.span or (None, None)))
    elif isinstance(drawing, CostChart):
        for part in drawing.parts:
            yield Reading(title, part.label, part.label, part.text, part.amount, basis=part.evidence)
    elif isinstance(drawing, FunnelChart):
        for bar in drawing.steps:
            yield Reading(title, bar.label, bar.label, bar.text, bar.count, unit="count", basis="observed")
    else:
        for cells in drawing.data.rows if drawing.data else ():
            columns = zip(drawing.data.header[1:] if drawing.data else (), cells[1:], strict=True)
            yield from (Reading(title, name, cells[0], text) for name, text in columns)


def texts_in(value: Any) -> list[str]:
    """Every text of a block, in order: for a printer that knows no layout for its kind."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, tuple | list):
        return [text for one in value for text in texts_in(one)]
    if is_dataclass(value) and not isinstance(value, type):
        kept = (one.name for one in fields(value) if one.name not in {"tone", "lang", "state", "state_tone"})
        return [text for name in kept for text in texts_in(getattr(value, name))]
    return []

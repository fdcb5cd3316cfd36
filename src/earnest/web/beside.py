"""A campaign held against another: one comparison for cards, drawing and table, so that they cannot tell different things.

Rates differ by percentage points, money and counts by amounts; nothing is compared of which one side is not known, or whose point
may not be shown. Two campaigns were not randomised against each other: the differences are described, not explained.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from earnest.charts.interval_rows import IntervalChart
from earnest.kernel.errors import NotFound
from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Block, Callout, KpiCard, KpiRow, Said, Verdict
from earnest.reports.sections import intervals, kpis
from earnest.reports.words import Words, terms
from earnest.verdict.story import CampaignStory, KpiLine
from earnest.verdict.verdict import Verdict as Kind
from earnest.web.desk import Desk
from earnest.web.page import Cell, Column, Listing, WebBlock

DASH = "–"
OTHER_PAGES = ("prev", "yoy", "target")
"""Comparisons that links of other pages bring along: a campaign is judged whole, so it has none of its days."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One KPI of both. `text`: this less the other, None where it is not to be told; `tone` by the KPI's good direction."""

    name: str
    here: str
    there: str
    text: str | None
    tone: str = "plain"


def other_of(desk: Desk, story: CampaignStory) -> CampaignStory | None:
    """The campaign that the address holds it against.

    Raises:
        NotFound: `no-such-campaign`, `no-such-comparison`.
    """
    asked = desk.asked.compare
    if not asked:
        return None
    if asked in OTHER_PAGES:
        return None
    kind, _, name = asked.partition(":")
    if kind != "campaign" or not name:
        raise NotFound(
            "no-such-comparison", "a campaign is held against another campaign", hint="Choose one in the filters."
        )
    return desk.story(name) if name != story.campaign else None


def differences(story: CampaignStory, other: CampaignStory, words: Words) -> tuple[Difference, ...]:
    """Every KPI that both show, in the order of the cards."""
    theirs = {line.kpi: line for line in other.kpis}
    return tuple(
        _difference((line, story), (theirs[line.kpi], other), words) for line in kpis.shown(story) if line.kpi in theirs
    )


def held(
    blocks: tuple[Block, ...], story: CampaignStory, other: CampaignStory, words: Words
) -> tuple[Block | WebBlock, ...]:
    """The campaign's blocks with the other beside them: on the cards, in the drawing, and as a table."""
    found = differences(story, other, words)
    by_name = {one.name: one for one in found}
    made: list[Block | WebBlock] = []
    for block in blocks:
        if isinstance(block, Verdict):
            made += [_verdict(block, other, words), *_unlike(story, other, words)]
        elif isinstance(block, KpiRow):
            cards = tuple(_card(card, by_name.get(card.name), other, words) for card in block.cards)
            made += [replace(block, cards=cards), table(found, story, other, words)]
        else:
            made.append(block)
    return tuple(made)


def table(found: tuple[Difference, ...], story: CampaignStory, other: CampaignStory, words: Words) -> Listing:
    """Both side by side."""
    rows = tuple(
        (Cell(one.name), Cell(one.here), Cell(one.there), Cell(one.text or DASH, tone=one.tone)) for one in found
    )
    columns = (
        Column(words.say("Measure")),
        Column(story.name, "num"),
        Column(other.name, "num"),
        Column(words.say("Difference"), "num"),
    )
    title = words.say("%(name)s beside %(other)s", name=story.name, other=other.name)
    return Listing(
        title, words.say("The same definitions for both"), columns, rows, empty=words.say("They share no measure.")
    )


def unlike(story: CampaignStory, other: CampaignStory, words: Words) -> tuple[str, ...]:
    """What makes the two unlike, in sentences."""
    told = []
    if story.channels != other.channels:
        told.append(words.say("They were sent over different channels."))
    if story.purpose != other.purpose:
        told.append(words.say("They have different purposes."))
    if story.experiment is None or other.experiment is None:
        told.append(words.say("Not both were measured against a hold-out."))
    elif story.experiment.window_days != other.experiment.window_days:
        told.append(words.say("Their orders are counted over windows of different length."))
    if story.first_day and other.first_day and story.first_day[5:7] != other.first_day[5:7]:
        told.append(words.say("They ran in different months, so the season differs."))
    return tuple(told)


def _unlike(story: CampaignStory, other: CampaignStory, words: Words) -> tuple[Callout, ...]:
    told = unlike(story, other, words)
    if not told:
        return ()
    title = Said(words.say("Different is not the same as better"))
    return (Callout("warn", words.say("Like with like?"), title, Said(" ".join(told))),)


def _verdict(block: Verdict, other: CampaignStory, words: Words) -> Verdict:
    """The other's interval under this one's, on the same axis."""
    theirs = intervals.chart(other, words)
    if block.chart is None or theirs is None:
        return block
    ours, added = block.chart.drawing, theirs.drawing
    if not isinstance(ours, IntervalChart) or not isinstance(added, IntervalChart):
        return block
    rows = tuple(replace(row, label=f"{other.name}: {row.label}") for row in added.rows if not row.claim)
    title = f"{ours.title} {other.name}: {added.title}"
    return replace(
        block,
        chart=replace(block.chart, drawing=replace(ours, title=title, rows=(*ours.rows[:1], *rows, *ours.rows[1:]))),
    )


def _card(card: KpiCard, found: Difference | None, other: CampaignStory, words: Words) -> KpiCard:
    if found is None or found.text is None:
        return card
    arrow = "▲" if not found.text.startswith("−") else "▼"
    told = words.say("%(arrow)s %(change)s against %(other)s", arrow=arrow, change=found.text, other=other.name)
    return replace(card, details=(Said(told), *card.details))


def _difference(ours: tuple[KpiLine, CampaignStory], theirs: tuple[KpiLine, CampaignStory], words: Words) -> Difference:
    """One KPI of two campaigns."""
    (line, story), (their_line, other) = ours, theirs
    name = terms.kpi(line.kpi, line.name, words)
    here, there = (kpis.card(one, whose, words).value for one, whose in (ours, theirs))
    mine, others = line.figure, their_line.figure
    if not isinstance(mine, Estimate) or not isinstance(others, Estimate):
        return Difference(name, here, there, None)
    if mine.unit != others.unit or kpis.bounded(mine) or _open(mine, story) or _open(others, other):
        return Difference(name, here, there, None)
    change = mine.value - others.value
    return Difference(name, here, there, _change(change, mine, words), _tone(change, line.direction))


def _open(figure: Estimate, story: CampaignStory) -> bool:
    """Whether its point may not be shown."""
    return story.verdict is Kind.INCONCLUSIVE and figure.basis == "incremental"


def _change(change: float, figure: Estimate, words: Words) -> str:
    form = words.formats
    sign = "+" if change > 0 else "−" if change < 0 else ""
    size = abs(change)
    if figure.unit == "share":
        return words.say("%(points)s pp", points=f"{sign}{form.decimal(size * 100, 1 if size >= 0.001 else 2)}")
    if figure.unit == "ratio":
        return f"{sign}{form.decimal(size, 2)}"
    if figure.unit == "count":
        return f"{sign}{form.count(size)}"
    return f"{sign}{form.amount(size, figure.unit)}" if len(figure.unit) == 3 else f"{sign}{form.decimal(size, 2)}"


def _tone(change: float, direction: str) -> str:
    if direction not in ("higher", "lower") or change == 0:
        return "plain"
    return "pos" if (change > 0) == (direction == "higher") else "neg"

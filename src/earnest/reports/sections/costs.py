"""Where the money went, line by line, each with what it rests on."""

from __future__ import annotations

from earnest.charts.cost_bar import CostChart, CostPart
from earnest.reports.blocks import Block, Chart
from earnest.reports.words import Words, terms
from earnest.reports.words.formats import plain
from earnest.verdict.story import CampaignStory, CostLine

TONES = {"invoiced": "pos", "measured": "info", "allocated": "plain", "assumed": "warn"}


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The cost chart, largest line first."""
    lines = sorted(story.costs, key=lambda line: -line.amount.minor)
    total = words.formats.exact(story.cost_total)
    subtitle = words.say("%(total)s in total", total=total)
    if story.unrated_messages:
        subtitle = words.say("At least %(total)s in total; some messages have no price yet", total=total)
    drawing = CostChart(
        title=words.say("Cost by kind: %(total)s in total", total=total),
        header=(words.say("Item"), words.say("Basis"), words.say("Amount")),
        parts=tuple(_part(line, words) for line in lines),
        total=(words.say("Total"), total),
        empty=words.say("No cost is recorded for this campaign."),
    )
    return (Chart(_finding(story, words), subtitle, drawing),)


def _part(line: CostLine, words: Words) -> CostPart:
    return CostPart(
        terms.cost(line.kind, words),
        words.formats.exact(line.amount),
        float(line.amount.decimal),
        terms.evidence(line.evidence, words),
        TONES.get(line.evidence, "plain"),
        plain(line.description) if line.description else None,
    )


def _finding(story: CampaignStory, words: Words) -> str:
    if story.unrated_messages:
        return words.say("The cost is a lower bound")
    if story.cost_total.minor <= 0:
        return words.say("Nothing was spent")
    invoiced = sum(line.amount.minor for line in story.costs if line.evidence == "invoiced")
    if invoiced <= 0:
        return words.say("None of the cost is invoiced yet")
    if invoiced >= story.cost_total.minor:
        return words.say("All of the cost is invoiced")
    share = words.formats.percent(invoiced / story.cost_total.minor, 0)
    return words.say("%(share)s of the cost is invoiced", share=share)

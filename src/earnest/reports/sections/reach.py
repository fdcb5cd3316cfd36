"""How far the messages came: the funnel, titled by its largest loss."""

from __future__ import annotations

from earnest.charts.funnel import FunnelBar, FunnelChart
from earnest.charts.table import DataTable
from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Block, Chart
from earnest.reports.words import Words, terms
from earnest.reports.words.formats import plain
from earnest.verdict.story import CampaignStory, FunnelStep

DASH = "–"
AFTER_DELIVERY = ("read", "clicked", "replied", "ordered", "converted")


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The funnel, or nothing where no step was counted."""
    if not story.funnel:
        return ()
    subtitle = words.say("Messages that reached each step; shares are of the step before")
    rows = tuple(
        (terms.step(step.step, words), words.formats.count(step.count), _share(step, words) or DASH)
        for step in story.funnel
    )
    header = (words.say("Step"), words.say("Messages"), words.say("Of the step before"))
    drawing = FunnelChart(
        subtitle,
        tuple(_bar(step, story, words) for step in story.funnel),
        DataTable(words.say("Show as table"), header, rows),
    )
    return (Chart(_finding(story, words), subtitle, drawing),)


def _bar(step: FunnelStep, story: CampaignStory, words: Words) -> FunnelBar:
    share = _share(step, words)
    return FunnelBar(
        terms.step(step.step, words),
        step.count,
        words.formats.count(step.count),
        words.say("%(share)s of the step before", share=share) if share else None,
        _note(step, story, words),
    )


def _note(step: FunnelStep, story: CampaignStory, words: Words) -> str | None:
    """The step's note in the reader's words, where the story tells the figure behind it; else as it was given."""
    if not step.note:
        return None
    if step.step == "delivered" and story.failures:
        failed = sum(line.messages for line in story.failures)
        return words.say("%(n)s failed", n=words.formats.count(failed))
    delivered = next((one.count for one in story.funnel if one.step == "delivered"), 0)
    if step.of_previous is None and step.step in AFTER_DELIVERY and delivered:
        share = words.formats.share(step.count / delivered)
        of_delivered = words.say("%(share)s of those delivered", share=share)
        clicks = _clicks(story, words) if step.step == "clicked" else None
        return f"{of_delivered}; {clicks}" if clicks else of_delivered
    return plain(step.note)


def _clicks(story: CampaignStory, words: Words) -> str | None:
    """Clean clicks beside raw ones, where both were counted."""
    figures = {line.kpi: line.figure for line in story.kpis}
    clean, machines = figures.get("total_clicks"), figures.get("bot_click_share")
    if not isinstance(clean, Estimate) or not isinstance(machines, Estimate) or machines.n is None:
        return None
    counted = words.formats.count
    return words.say(
        "people's clicks: %(clean)s of %(all)s", clean=counted(round(clean.value)), all=counted(machines.n)
    )


def _share(step: FunnelStep, words: Words) -> str | None:
    return None if step.of_previous is None else words.formats.share(step.of_previous)


def _finding(story: CampaignStory, words: Words) -> str:
    losses = [(step.of_previous, step) for step in story.funnel if step.of_previous is not None]
    if not losses:
        return words.say("How far the messages came")
    kept, step = min(losses, key=lambda loss: loss[0])
    return words.say(
        "The largest loss is at “%(step)s”: %(share)s of the step before remain",
        step=terms.step(step.step, words),
        share=words.formats.share(kept),
    )

"""Figures of campaigns as cells: the same words and marks wherever a campaign stands in a list."""

from __future__ import annotations

from collections.abc import Iterable

from earnest.charts import mini_interval
from earnest.charts.interval_rows import Band, IntervalLine
from earnest.charts.scale import Scale
from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Chip
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory, IntervalRow
from earnest.verdict.verdict import Verdict
from earnest.web.page import Cell

DASH = "–"


def verdict_chip(story: CampaignStory, words: Words) -> Chip:
    """The verdict in a pill."""
    return verdict_word(story.verdict, words, running=story.running)


def verdict_word(verdict: Verdict, words: Words, *, running: bool = False) -> Chip:
    """A verdict in a pill."""
    said = {
        Verdict.PROVEN_GAIN: (words.say("Proven gain"), "pos"),
        Verdict.PROVEN_LOSS: (words.say("Proven loss"), "neg"),
        Verdict.INCONCLUSIVE: (words.say("Too early to call") if running else words.say("Inconclusive"), "warn"),
        Verdict.NO_HOLDOUT: (words.say("No hold-out"), "plain"),
        Verdict.WITHHELD: (words.say("Withheld"), "neg"),
        Verdict.NOT_JUDGED_BY_ROI: (words.say("Not judged by return"), "info"),
    }
    return Chip(*said[verdict])


def measured_row(story: CampaignStory) -> IntervalRow | None:
    """What was measured against the hold-out, if anything was."""
    return next((row for row in story.interval_rows if row.label == "measured" and row.bands), None)


def shared_scale(stories: Iterable[CampaignStory]) -> Scale:
    """One axis for the intervals of several campaigns."""
    ends = [end for story in stories if (row := measured_row(story)) for band in row.bands.values() for end in band]
    return Scale.over([*ends, 2.0], headroom=0.04)


def return_cell(story: CampaignStory, scale: Scale, words: Words) -> Cell:
    """What came back for one unit of money, as a small interval and in words; a range only where nothing is proven."""
    row = measured_row(story)
    if row is None:
        return Cell(DASH, tone="none", title=why_no_return(story, words))
    bands = tuple(Band(level, low, high) for level, (low, high) in row.bands.items())
    hidden = story.verdict is Verdict.INCONCLUSIVE
    value = None if hidden else row.value
    low, high = (words.formats.per_one(end, story.currency) for end in row.bands[max(row.bands)])
    ends = words.say("%(low)s to %(high)s", low=low, high=high)
    text = ends if value is None else f"{words.formats.per_one(value, story.currency)} ({ends})"
    drawn = mini_interval.draw(IntervalLine("", text, value, bands), scale)
    return Cell(text, drawing=drawn, tone="inc")


def why_no_return(story: CampaignStory, words: Words) -> str:
    """Why no return stands there."""
    if story.verdict is Verdict.NOT_JUDGED_BY_ROI:
        return words.say("This campaign is not judged by return on spend.")
    if story.verdict is Verdict.WITHHELD:
        return words.say("A check failed; the result is withheld.")
    return words.say("Nobody was held out, so nothing is measured.")


def claimed_cell(story: CampaignStory, model: str, words: Words) -> Cell:
    """What a rule of attribution would claim for one unit of money."""
    found = story.claimed_returns.get(model)
    if not isinstance(found, Estimate):
        return Cell(
            DASH,
            tone="none",
            title=found.reason if found is not None else words.say("This rule is not kept in the tables."),
            title_lang=words.foreign if found is not None else None,
        )
    return Cell(words.formats.per_one(found.value, story.currency), tone="attr")


def cost_cell(story: CampaignStory, words: Words) -> Cell:
    """What it cost, exactly; a lower bound says so."""
    note = words.say("at least: some messages have no price") if story.unrated_messages else ""
    text = words.formats.exact(story.cost_total)
    return Cell(f"≥ {text}" if note else text, title=note)


def days_of(story: CampaignStory, words: Words) -> str:
    """Its first and last send."""
    if story.first_day is None or story.last_day is None:
        return DASH
    return words.formats.days(story.first_day, story.last_day)


def step_count(story: CampaignStory, step: str) -> int | None:
    """Messages that reached a step of its funnel."""
    return next((one.count for one in story.funnel if one.step == step), None)

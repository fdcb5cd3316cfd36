"""Pills under the verdict: how it was measured, and what it assumes."""

from __future__ import annotations

from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Chip
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory


def measured(story: CampaignStory, words: Words) -> tuple[Chip, ...]:
    """For verdicts that rest on an experiment."""
    return (Chip(words.say("Measured with a hold-out"), "info"), *margin(story, words), *cost(story, words))


def margin(story: CampaignStory, words: Words) -> tuple[Chip, ...]:
    """The gross margin, amber where it is assumed."""
    if not isinstance(story.margin, Estimate):
        return (Chip(words.say("Gross margin not known"), "warn"),)
    share = words.formats.percent(story.margin.value, 0 if _whole(story.margin.value) else 1)
    if story.margin.basis == "assumed":
        return (Chip(words.say("Gross margin %(margin)s (assumed)", margin=share), "warn"),)
    return (Chip(words.say("Gross margin %(margin)s", margin=share)),)


def cost(story: CampaignStory, words: Words) -> tuple[Chip, ...]:
    """A warning where the cost is a lower bound."""
    return (Chip(words.say("Cost is a lower bound"), "warn"),) if story.unrated_messages else ()


def _whole(rate: float) -> bool:
    return abs(rate * 100 - round(rate * 100)) < 1e-9

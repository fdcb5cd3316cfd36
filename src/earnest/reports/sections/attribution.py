"""What attribution would claim, rule by rule: hollow, beside the result, never in it."""

from __future__ import annotations

from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Block, Table
from earnest.reports.sections import intervals
from earnest.reports.words import Words, terms
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict

SILENT = (Verdict.WITHHELD, Verdict.NOT_JUDGED_BY_ROI)


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The table of claims, or nothing where no figure of the effect may be shown."""
    if not story.claims or story.verdict in SILENT:
        return ()
    one = words.formats.money(1, story.currency)
    header = (
        words.say("Rule"),
        words.say("Revenue it would claim"),
        words.say("Gross profit it would claim per %(one)s", one=one),
    )
    rows = tuple(
        (terms.model(model, words), words.formats.exact(revenue), _claimed(story, model, words))
        for model, revenue in story.claims.items()
    )
    note = words.say("Not causal. The same orders are credited differently by each rule.")
    return (Table(_finding(story, words), words.say("Attribution, for reference"), header, rows, note, "attr"),)


def _claimed(story: CampaignStory, model: str, words: Words) -> str:
    figure = story.claimed_returns.get(model)
    return words.formats.per_one(figure.value, story.currency) if isinstance(figure, Estimate) else words.say("n/a")


def _finding(story: CampaignStory, words: Words) -> str:
    said = intervals.claimed(story, words)
    return said[0].rstrip(".") if said else words.say("What attribution would claim, with no proof behind it")

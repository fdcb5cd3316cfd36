"""The result for those who keep the books: what is left after all cost comes first, and whether a loss lies within its interval."""

from __future__ import annotations

from dataclasses import replace

from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Block, Fact
from earnest.reports.blocks import Verdict as Told
from earnest.reports.sections import facts, result
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict

PROVEN = (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS)


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The verdict, opened by the contribution; as it is where no contribution may be shown."""
    left = story.estimate("contribution")
    if left is None or story.verdict not in (*PROVEN, Verdict.INCONCLUSIVE):
        return result.blocks(story, words)
    return tuple(
        _reordered(one, story, left, words) if isinstance(one, Told) else one for one in result.blocks(story, words)
    )


def _reordered(told: Told, story: CampaignStory, left: Estimate, words: Words) -> Told:
    open_ = story.verdict is Verdict.INCONCLUSIVE
    sides = () if story.running else (_sides(left, story, words),)
    sentences = (*_interval(story, words), *sides, *(told.sentences if open_ else told.sentences[1:]))
    return replace(
        told, headline=_headline(story, left, words), sentences=sentences, facts=_facts(told.facts, story, words)
    )


def _headline(story: CampaignStory, left: Estimate, words: Words) -> str:
    amount = words.formats.amount(abs(left.value), story.currency)
    if story.verdict is Verdict.PROVEN_GAIN:
        return words.say("After everything it cost, the campaign left %(amount)s.", amount=amount)
    if story.verdict is Verdict.PROVEN_LOSS:
        return words.say("After everything it cost, the campaign lost %(amount)s.", amount=amount)
    ends = facts.range_of(story, "contribution", words) or ""
    if story.running:
        return words.say("So far, what is left after everything it cost lies at %(range)s.", range=ends)
    return words.say("What is left after everything it cost lies at %(range)s.", range=ends)


def _interval(story: CampaignStory, words: Words) -> tuple[str, ...]:
    ends = facts.range_of(story, "contribution", words)
    if ends is None or story.verdict not in PROVEN:
        return ()
    level = words.formats.level(story.level)
    return (words.say("%(level)s interval of the contribution: %(range)s.", level=level, range=ends),)


def _sides(left: Estimate, story: CampaignStory, words: Words) -> str:
    """On which side of the interval a loss lies. The interval is no probability, so no chance is told."""
    level = words.formats.level(story.level)
    if left.low is not None and left.low > 0:
        return words.say("A loss lies outside the whole of the %(level)s interval.", level=level)
    if left.high is not None and left.high < 0:
        return words.say("A gain lies outside the whole of the %(level)s interval.", level=level)
    return words.say("A loss lies within the %(level)s interval, and so does a gain.", level=level)


def _facts(shown: tuple[Fact, ...], story: CampaignStory, words: Words) -> tuple[Fact, ...]:
    """The contribution before the rest."""
    first = words.say("Contribution after messaging")
    return tuple(sorted(shown, key=lambda fact: fact.label != first))

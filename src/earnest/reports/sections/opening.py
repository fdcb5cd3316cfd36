"""Situation and actions: whose campaign, why, and what was done."""

from __future__ import annotations

from earnest.reports.blocks import Actions, Block, Chip, Situation, Title
from earnest.reports.words import Words, terms
from earnest.reports.words.formats import plain
from earnest.verdict.story import CampaignStory


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """Title, situation, actions."""
    return (_title(story, words), _situation(story, words), _actions(story, words))


def _title(story: CampaignStory, words: Words) -> Title:
    chips = [Chip(terms.channel(channel, words)) for channel in story.channels]
    chips.append(Chip(terms.purpose(story.purpose, words)))
    if story.first_day and story.last_day:
        chips.append(Chip(words.formats.days(story.first_day, story.last_day)))
    if story.running:
        chips.append(Chip(words.say("Running"), "info"))
    as_of = words.say("As of %(moment)s", moment=words.formats.instant(story.as_of))
    return Title(words.say("Campaign report"), plain(story.name), tuple(chips), as_of)


def _situation(story: CampaignStory, words: Words) -> Situation:
    channels = words.formats.together([terms.channel(channel, words) for channel in story.channels])
    if story.first_day and story.last_day:
        dates = words.formats.days(story.first_day, story.last_day)
        where = words.say("A campaign on %(channels)s, %(dates)s.", channels=channels, dates=dates)
    else:
        where = words.say("A campaign on %(channels)s.", channels=channels)
    questions = {
        "service": words.say("The question: did it serve people well?"),
        "brand": words.say("The question: did it change what people think and do?"),
    }
    money = words.say("The question: did it bring back more gross profit than it cost?")
    return Situation(words.say("Situation"), (where, questions.get(story.purpose, money)))


def _actions(story: CampaignStory, words: Words) -> Actions:
    return Actions(words.say("What we did"), (_sent(story, words), _compared(story, words)))


def _sent(story: CampaignStory, words: Words) -> str:
    spent = words.formats.exact(story.cost_total)
    sent = next((step.count for step in story.funnel if step.step == "sent"), None)
    if story.unrated_messages:
        return words.count(
            "At least %(cost)s was spent; %(n)s message has no price yet.",
            "At least %(cost)s was spent; %(n)s messages have no price yet.",
            story.unrated_messages,
            cost=spent,
        )
    if sent is None:
        return words.say("%(cost)s was spent.", cost=spent)
    return words.count(
        "%(n)s message was sent; everything together cost %(cost)s.",
        "%(n)s messages were sent; everything together cost %(cost)s.",
        sent,
        cost=spent,
    )


def _compared(story: CampaignStory, words: Words) -> str:
    if story.experiment is None:
        return words.say("Nobody was held out at random.")
    arms = story.experiment.arms
    return words.count(
        "Chosen at random: %(messaged)s people to message and %(held)s to hold out; "
        "what both groups bought was counted for %(n)s day.",
        "Chosen at random: %(messaged)s people to message and %(held)s to hold out; "
        "what both groups bought was counted for %(n)s days.",
        story.experiment.window_days,
        messaged=words.formats.count(sum(arm.units for arm in arms if not arm.control)),
        held=words.formats.count(sum(arm.units for arm in arms if arm.control)),
    )

"""The verdict: one sentence made from data, its interval, and as much room for bad news as for good."""

from __future__ import annotations

from collections.abc import Callable

from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Block, Chip, Verdict
from earnest.reports.sections import chips, facts, intervals, kpis, withheld
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict as Kind

Teller = Callable[[CampaignStory, Words], Verdict]


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The verdict block of the story's verdict."""
    tellers: dict[Kind, Teller] = {
        Kind.PROVEN_GAIN: _gain,
        Kind.PROVEN_LOSS: _loss,
        Kind.INCONCLUSIVE: _open,
        Kind.NO_HOLDOUT: _unproven,
        Kind.WITHHELD: withheld.verdict,
        Kind.NOT_JUDGED_BY_ROI: _by_purpose,
    }
    return (tellers[story.verdict](story, words),)


def _gain(story: CampaignStory, words: Words) -> Verdict:
    returned = story.estimate("incremental_return")
    say, form = words.say, words.formats
    if returned:
        headline = say(
            "Every %(one)s spent brought back %(returned)s of extra gross profit.",
            one=form.money(1, story.currency),
            returned=form.per_one(returned.value, story.currency),
        )
    else:
        headline = say(
            "The campaign brought %(contribution)s more gross profit than it cost.",
            contribution=_contribution(story, words, 1),
        )
    sentences = (_proof(story, words, say("Break-even lies below the whole of it.")), _comparison(story, words))
    return Verdict(
        "gain",
        say("Proven gain"),
        headline,
        tuple(filter(None, sentences)),
        facts.proven(story, words),
        chips.measured(story, words),
        intervals.chart(story, words),
    )


def _loss(story: CampaignStory, words: Words) -> Verdict:
    say = words.say
    why = say("Break-even lies above the whole of it, so waiting longer will not change the answer.")
    return Verdict(
        "loss",
        say("Proven loss"),
        _loss_headline(story, words),
        tuple(filter(None, (_proof(story, words, why), _comparison(story, words)))),
        facts.proven(story, words),
        chips.measured(story, words),
        intervals.chart(story, words),
    )


def _loss_headline(story: CampaignStory, words: Words) -> str:
    returned = story.estimate("incremental_return")
    say, form = words.say, words.formats
    if returned is None:
        return say(
            "The campaign brought %(lost)s less gross profit than it cost.", lost=_contribution(story, words, -1)
        )
    one = form.money(1, story.currency)
    if returned.value < 0:
        lost = form.per_one(-returned.value, story.currency)
        return say("Every %(one)s spent lost another %(lost)s of gross profit.", one=one, lost=lost)
    back = form.per_one(returned.value, story.currency)
    return say("Every %(one)s spent brought back only %(returned)s of extra gross profit.", one=one, returned=back)


def _open(story: CampaignStory, words: Words) -> Verdict:
    label = words.say("Too early to call") if story.running else words.say("Inconclusive")
    waiting = _running(story, words) if story.running else _undecided(story, words)
    return Verdict(
        "open",
        label,
        _open_headline(story, words),
        waiting,
        facts.ranges(story, words),
        chips.measured(story, words),
        intervals.chart(story, words),
    )


def _open_headline(story: CampaignStory, words: Words) -> str:
    returned, contribution = story.estimate("incremental_return"), story.estimate("contribution")
    say, form = words.say, words.formats
    if returned and returned.low is not None and returned.high is not None:
        low, high = form.per_one(returned.low, story.currency), form.per_one(returned.high, story.currency)
        one = form.money(1, story.currency)
        if story.running:
            return say("So far, between %(low)s and %(high)s for every %(one)s spent.", low=low, high=high, one=one)
        return say("Between %(low)s and %(high)s came back for every %(one)s spent.", low=low, high=high, one=one)
    if contribution and contribution.low is not None and contribution.high is not None:
        return say(
            "Contribution after messaging lies between %(low)s and %(high)s.",
            low=form.signed(contribution.low, story.currency),
            high=form.signed(contribution.high, story.currency),
        )
    return say("It is too early to say what came back.")


def _running(story: CampaignStory, words: Words) -> tuple[str, ...]:
    facts_ = story.experiment
    if facts_ is None:
        return (words.say("No verdict is given while orders are still being counted."),)
    date = words.formats.day(max(facts_.read_out, facts_.window_closed))
    sentences = [words.say("The result is read out on %(date)s; until then there is no verdict.", date=date)]
    if facts_.days_to_read_out:
        sentences.append(words.count("%(n)s more day to wait.", "%(n)s more days to wait.", facts_.days_to_read_out))
    return (*sentences, *_more_people(story, words))


def _undecided(story: CampaignStory, words: Words) -> tuple[str, ...]:
    level = words.formats.level(_level(story))
    inside = words.say("Break-even is inside the %(level)s interval: neither gain nor loss is proven.", level=level)
    return (inside, *_more_people(story, words))


def _more_people(story: CampaignStory, words: Words) -> tuple[str, ...]:
    needed = story.experiment.more_units_needed if story.experiment else None
    if not needed:
        return ()
    return (
        words.count(
            "About %(n)s more person in the comparison would settle it.",
            "About %(n)s more people in the comparison would settle it.",
            needed,
        ),
    )


def _unproven(story: CampaignStory, words: Words) -> Verdict:
    say = words.say
    sentences = (
        *intervals.claimed(story, words),
        say(
            "That bounds the effect in neither direction: it counts orders that would have come anyway, "
            "and cannot see late orders or those without a click."
        ),
    )
    return Verdict(
        "none",
        say("No hold-out"),
        say("We cannot say what this campaign caused: nobody was held out."),
        sentences,
        facts.claims(story, words),
        (Chip(say("Not causal"), "warn"), *chips.margin(story, words), *chips.cost(story, words)),
        intervals.chart(story, words),
    )


def _by_purpose(story: CampaignStory, words: Words) -> Verdict:
    headlines = {
        "service": words.say("A service campaign is judged by how well it served, not by return on spend."),
        "brand": words.say("A brand campaign is judged by what people think and do, not by return on spend."),
    }
    fallback = words.say("This campaign is not judged by return on spend.")
    return Verdict(
        "purpose",
        words.say("Not judged by return"),
        headlines.get(story.purpose, fallback),
        (words.say("Its own measures stand below, beside what is typical. No return is computed for it."),),
        (*kpis.leading(story, words), *facts.spent_only(story, words)),
        chips.cost(story, words),
    )


def _level(story: CampaignStory) -> float:
    returned = story.estimate("incremental_return")
    return returned.level if returned and returned.level else story.level


def _proof(story: CampaignStory, words: Words, break_even: str) -> str:
    """The interval of the headline's own figure, then where break-even lies."""
    returned = story.estimate("incremental_return")
    found = returned or story.estimate("contribution")
    if found is None or found.low is None or found.high is None:
        return break_even
    form, currency = words.formats, story.currency
    low, high = (
        (form.per_one(found.low, currency), form.per_one(found.high, currency))
        if returned
        else (form.signed(found.low, currency), form.signed(found.high, currency))
    )
    level = form.level(found.level or story.level)
    interval = words.say("%(level)s interval %(low)s to %(high)s.", level=level, low=low, high=high)
    return f"{interval} {break_even}"


def _comparison(story: CampaignStory, words: Words) -> str:
    if story.experiment is None:
        return ""
    return words.count(
        "The comparison is with %(n)s similar person who was deliberately not messaged.",
        "The comparison is with %(n)s similar people who were deliberately not messaged.",
        sum(arm.units for arm in story.experiment.arms if arm.control),
    )


def _contribution(story: CampaignStory, words: Words, sign: int) -> str:
    contribution = story.estimate("contribution")
    assert isinstance(contribution, Estimate), "a proven verdict has a contribution"
    return words.formats.amount(sign * contribution.value, story.currency)

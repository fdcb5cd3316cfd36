"""What to do now: one step, by verdict, with the evidence for it."""

from __future__ import annotations

from collections.abc import Callable

from earnest.reports.blocks import NextStep, Said
from earnest.reports.sections import kpis, withheld
from earnest.reports.words import Words, terms
from earnest.verdict.next_step import Step, step_after
from earnest.verdict.story import CampaignStory

Adviser = Callable[[CampaignStory, Words], NextStep]


def blocks(story: CampaignStory, words: Words) -> tuple[NextStep]:
    """The next step."""
    advisers: dict[Step, Adviser] = {
        Step.REPEAT: _repeat,
        Step.STOP: _stop,
        Step.WAIT: _wait,
        Step.ENLARGE: _enlarge,
        Step.HOLD_OUT: _hold_out,
        Step.MEND: _mend,
        Step.IMPROVE: _improve,
    }
    return (advisers[step_after(story.verdict, running=story.running)](story, words),)


def _repeat(story: CampaignStory, words: Words) -> NextStep:
    returned = story.estimate("incremental_return")
    sentences = []
    if returned and returned.low is not None:
        low, one = words.formats.per_one(returned.low, story.currency), words.formats.money(1, story.currency)
        sentences.append(
            words.say("Plan with the lower end, %(low)s for every %(one)s, and a similar audience.", low=low, one=one)
        )
    shares = withheld.held_out(story.experiment) if story.experiment else None
    if shares:
        share = words.formats.percent(shares[0], 0)
        sentences.append(words.say("Keep %(share)s held out, so that the next wave is proven as well.", share=share))
    return _step(words, words.say("Repeat it and keep a hold-out"), *sentences)


def _stop(story: CampaignStory, words: Words) -> NextStep:
    returned = story.estimate("incremental_return")
    sentences = []
    if returned and returned.high is not None:
        high, one = words.formats.per_one(returned.high, story.currency), words.formats.money(1, story.currency)
        sentences.append(
            words.say("Even the upper end, %(high)s for every %(one)s, does not pay for it.", high=high, one=one)
        )
    if story.costs:
        largest = max(story.costs, key=lambda line: line.amount.minor)
        sentences.append(
            words.say(
                "Look at the largest cost first: %(kind)s, %(amount)s.",
                kind=terms.cost(largest.kind, words),
                amount=words.formats.exact(largest.amount),
            )
        )
    return _step(words, words.say("Do not send this again as it is"), *sentences)


def _wait(story: CampaignStory, words: Words) -> NextStep:
    why = words.say(
        "Stopping at a good moment would overstate the result; the date was fixed beforehand for that reason."
    )
    if story.experiment is None:
        return _step(words, words.say("Let the orders come in"), why)
    date = words.formats.day(max(story.experiment.read_out, story.experiment.window_closed))
    return _step(words, words.say("Let it run until %(date)s", date=date), why)


def _enlarge(story: CampaignStory, words: Words) -> NextStep:
    same = words.say("Keep the message and the offer the same, so that both waves answer one question.")
    needed = story.experiment.more_units_needed if story.experiment else None
    if not needed:
        return _step(words, words.say("Repeat it with more people"), same)
    title = words.count("Repeat it with about %(n)s more person", "Repeat it with about %(n)s more people", needed)
    return _step(words, title, same)


def _hold_out(story: CampaignStory, words: Words) -> NextStep:
    how = words.say("Before sending, let chance pick people who get no message, then compare what both groups buy.")
    many = words.say("The planner says how many are needed:")
    step = _step(words, words.say("Hold out a random part of the next audience"), how, many)
    return NextStep(step.label, step.title, step.sentences, Said("earnest experiment plan --baseline 0.01", "en"))


def _mend(story: CampaignStory, words: Words) -> NextStep:
    again = words.say(
        "Nothing is lost: once the cause is mended, the same period is computed again from the same data."
    )
    return _step(words, words.say("Mend the check, then read the result again"), again)


def _improve(story: CampaignStory, words: Words) -> NextStep:
    same = words.say("Measure the next one the same way, so that the two can be compared.")
    worse = next((line for line in kpis.shown(story) if kpis.state(line) == "worse"), None)
    if worse is None:
        return _step(words, words.say("Keep going, and keep measuring"), same)
    name = terms.kpi(worse.kpi, worse.name, words)
    return _step(words, words.say("Start with what is worse than typical: %(kpi)s", kpi=name), same)


def _step(words: Words, title: str, *sentences: str) -> NextStep:
    return NextStep(words.say("Next step"), title, sentences)

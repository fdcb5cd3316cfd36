"""The experiment behind the verdict: who was in it, as planned and as it came out."""

from __future__ import annotations

from earnest.kernel.money import Money
from earnest.reports.blocks import Block, Table
from earnest.reports.words import Words
from earnest.reports.words.formats import plain
from earnest.verdict.story import ArmLine, CampaignStory, ExperimentFacts
from earnest.verdict.verdict import Verdict

PROVEN = (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS)
ALARM_P = 0.001


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """One column a group. What they bought stands there only where the result is proven: it would give the point."""
    facts = story.experiment
    if facts is None or story.verdict is Verdict.NOT_JUDGED_BY_ROI:
        return ()
    labels = [words.say("People"), words.say("Planned share"), words.say("Actual share")]
    columns = [_column(arm, facts, words) for arm in facts.arms]
    if story.verdict in PROVEN:
        labels += [words.say("Buyers"), words.say("Revenue"), words.say("Revenue per person")]
        columns = [[*cells, *_bought(arm, words)] for arm, cells in zip(facts.arms, columns, strict=True)]
    header = (words.say("Group"), *(_name(arm, facts, words) for arm in facts.arms))
    held = sum(arm.units for arm in facts.arms if arm.control)
    title = words.count("%(n)s person was held out at random", "%(n)s people were held out at random", held)
    rows = tuple(zip(labels, *columns, strict=True))
    return (Table(title, _dates(facts, words), header, rows, _sizes(facts, words)),)


def _column(arm: ArmLine, facts: ExperimentFacts, words: Words) -> list[str]:
    form, whole = words.formats, sum(each.units for each in facts.arms)
    planned = arm.planned_share / (sum(each.planned_share for each in facts.arms) or 1)
    actual = form.percent(arm.units / whole, 1) if whole else words.say("n/a")
    return [form.count(arm.units), form.percent(planned, 1), actual]


def _bought(arm: ArmLine, words: Words) -> list[str]:
    form = words.formats
    return [form.count(arm.buyers), form.exact(arm.revenue), _per_person(arm.revenue, arm.units, words)]


def _per_person(revenue: Money, units: int, words: Words) -> str:
    if not units:
        return words.say("n/a")
    return words.formats.money(float(revenue.decimal) / units, revenue.currency, decimals=2)


def _name(arm: ArmLine, facts: ExperimentFacts, words: Words) -> str:
    if arm.control:
        return words.say("Held out")
    return words.say("Messaged") if sum(not each.control for each in facts.arms) == 1 else plain(arm.arm)


def _dates(facts: ExperimentFacts, words: Words) -> str:
    name = plain(facts.experiment)
    if facts.read_at:
        return words.say("Experiment %(name)s, read on %(date)s", name=name, date=words.formats.day(facts.read_at))
    date = words.formats.day(max(facts.read_out, facts.window_closed))
    return words.say("Experiment %(name)s, to be read on %(date)s", name=name, date=date)


def _sizes(facts: ExperimentFacts, words: Words) -> str | None:
    if facts.srm_p is None:
        return None
    p = words.formats.p_value(facts.srm_p)
    if facts.srm_p < ALARM_P:
        return words.say("The group sizes do not fit the plan (%(p)s).", p=p)
    return words.say("The group sizes fit the plan (%(p)s).", p=p)

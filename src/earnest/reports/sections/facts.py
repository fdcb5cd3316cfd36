"""The two or three figures under the verdict: what was spent, what came back, what is left."""

from __future__ import annotations

from earnest.reports.blocks import Fact
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory


def spent_only(story: CampaignStory, words: Words) -> tuple[Fact, ...]:
    """Only the cost, which is exact."""
    note = words.say("at least: some messages have no price") if story.unrated_messages else None
    return (Fact(words.say("Spent"), words.formats.exact(story.cost_total), note),)


def proven(story: CampaignStory, words: Words) -> tuple[Fact, ...]:
    """Points with their intervals."""
    say, form = words.say, words.formats
    found = [*spent_only(story, words)]
    profit, left = story.estimate("extra_gross_profit"), story.estimate("contribution")
    if profit:
        interval = range_of(story, "extra_gross_profit", words)
        found.append(Fact(say("Extra gross profit"), form.amount(profit.value, story.currency), interval, "inc"))
    if left:
        tone = "neg" if left.value < 0 else "pos"
        interval = range_of(story, "contribution", words)
        label = say("Contribution after messaging")
        found.append(Fact(label, form.signed(left.value, story.currency), interval, tone))
    return tuple(found)


def ranges(story: CampaignStory, words: Words) -> tuple[Fact, ...]:
    """Ranges only: no point is shown where the verdict is open."""
    level = words.say("%(level)s interval", level=words.formats.level(story.level))
    found = [*spent_only(story, words)]
    labels = {
        "extra_gross_profit": words.say("Extra gross profit"),
        "contribution": words.say("Contribution after messaging"),
    }
    for name, label in labels.items():
        text = range_of(story, name, words)
        if text:
            found.append(Fact(label, text, level))
    return tuple(found)


def claims(story: CampaignStory, words: Words) -> tuple[Fact, ...]:
    """Cost, and the revenue attribution would claim, over all rules."""
    if not story.claims:
        return spent_only(story, words)
    label = words.say("Revenue attribution would claim")
    low, high = min(story.claims.values()), max(story.claims.values())
    if low == high:
        return (*spent_only(story, words), Fact(label, words.formats.exact(high), None, "attr"))
    ends = words.say("%(low)s to %(high)s", low=words.formats.exact(low), high=words.formats.exact(high))
    return (*spent_only(story, words), Fact(label, ends, words.say("depending on the rule"), "attr"))


def range_of(story: CampaignStory, name: str, words: Words) -> str | None:
    """The interval of a money figure in words, or None where it has none."""
    figure = story.estimate(name)
    if figure is None or figure.low is None or figure.high is None:
        return None
    form = words.formats
    show = form.signed if name == "contribution" else form.amount
    return words.say(
        "%(low)s to %(high)s", low=show(figure.low, story.currency), high=show(figure.high, story.currency)
    )

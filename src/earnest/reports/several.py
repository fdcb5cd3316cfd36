"""A report on several campaigns: how much of the spend is proven, the campaigns ranked on one axis, and the next step of each.

Ranked by verdict, then by the lower end of the contribution. Each interval is its campaign's own: the note says how many would look
proven by chance alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from earnest.charts.interval_rows import Band, IntervalChart, IntervalLine
from earnest.charts.table import DataTable
from earnest.kernel.estimate import Estimate
from earnest.kernel.money import Money
from earnest.reports.audience import Audience
from earnest.reports.blocks import (
    Actions,
    Block,
    Callout,
    Chart,
    Chip,
    Fact,
    Method,
    NextStep,
    Said,
    Situation,
    Table,
    Title,
)
from earnest.reports.blocks import Verdict as Told
from earnest.reports.sections import next_step
from earnest.reports.words import Words
from earnest.reports.words.formats import plain
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict

DASH = "–"
SHOWN = (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS, Verdict.INCONCLUSIVE)
Section = tuple[str, tuple[Block, ...]]


def several_sections(
    stories: Sequence[CampaignStory], title: str, words: Words, reader: Audience | None = None
) -> tuple[Section, ...]:
    """The report, section by section.

    Args:
        stories: of one workspace, so in one currency; best first.
    """
    assert stories, "a report tells of at least one campaign"
    return (
        ("opening", (_title(stories, title, words, reader), _situation(stories, words), _actions(stories, words))),
        ("result", (_verdict(stories, words), _table(stories, words))),
        ("next_step", (_next(stories, words),)),
        ("caveats", (*_caveats(stories, words), _method(stories, words))),
    )


def _title(stories: Sequence[CampaignStory], title: str, words: Words, reader: Audience | None) -> Title:
    number = len(stories)
    chips = (Chip(words.count("%(n)s campaign", "%(n)s campaigns", number)),)
    as_of = words.say("As of %(moment)s", moment=words.formats.instant(max(one.as_of for one in stories)))
    kind = reader.kind(words) if reader else words.say("Report on campaigns")
    return Title(kind, plain(title), chips, as_of)


def _situation(stories: Sequence[CampaignStory], words: Words) -> Situation:
    names = words.formats.together([plain(one.name) for one in stories])
    question = words.say("The question: which of them brought back more gross profit than they cost?")
    return Situation(words.say("Situation"), (words.say("Campaigns: %(names)s.", names=names), question))


def _actions(stories: Sequence[CampaignStory], words: Words) -> Actions:
    sent = sum(step.count for story in stories for step in story.funnel if step.step == "sent")
    cost = words.formats.exact(_spent(stories))
    held = sum(story.experiment is not None for story in stories)
    all_ = words.formats.count(len(stories))
    return Actions(
        words.say("What we did"),
        (
            words.count(
                "%(n)s message was sent; everything together cost %(cost)s.",
                "%(n)s messages were sent; everything together cost %(cost)s.",
                sent,
                cost=cost,
            ),
            words.count(
                "%(n)s campaign of %(all)s held people out at random.",
                "%(n)s campaigns of %(all)s held people out at random.",
                held,
                all=all_,
            ),
        ),
    )


def _verdict(stories: Sequence[CampaignStory], words: Words) -> Told:
    spent = _spent(stories)
    proven = _spent([one for one in stories if one.verdict is Verdict.PROVEN_GAIN])
    lost = _spent([one for one in stories if one.verdict is Verdict.PROVEN_LOSS])
    facts = [Fact(words.say("Spent"), words.formats.exact(spent), _lower_bound(stories, words))]
    facts.append(
        Fact(words.say("On proven gains"), words.formats.exact(proven), None, "pos" if proven.minor else "plain")
    )
    facts.append(Fact(words.say("On proven losses"), words.formats.exact(lost), None, "neg" if lost.minor else "plain"))
    if spent.minor <= 0:
        headline = words.say("Nothing was spent")
    elif proven.minor <= 0:
        headline = words.say("None of the spend is proven to have paid for itself.")
    else:
        share = words.formats.part(proven.minor / spent.minor)
        headline = words.say("%(share)s of the spend is proven to have paid for itself.", share=share)
    state = "gain" if proven.minor and not lost.minor else "open"
    return Told(
        state, words.say("Share of spend that is proven"), headline, (), tuple(facts), (), _chart(stories, words)
    )


def _chart(stories: Sequence[CampaignStory], words: Words) -> Chart | None:
    """Returns per unit of cost on one axis; a point only where it is proven."""
    measured = [(one, row) for one in stories for row in one.interval_rows if row.label == "measured" and row.bands]
    if not measured:
        return None
    currency = stories[0].currency
    one = words.formats.money(1, currency)
    lines = []
    for story, row in measured:
        bands = tuple(Band(level, low, high) for level, (low, high) in row.bands.items())
        shown = None if story.verdict is Verdict.INCONCLUSIVE else row.value
        lines.append(IntervalLine(plain(story.name), _return(story, words)[1], shown, bands))
    subtitle = words.say("Gross profit returned per %(one)s spent", one=one)
    level = words.formats.level(stories[0].level)
    header = (words.say("Campaign"), words.say("%(level)s interval", level=level))
    drawing = IntervalChart(
        title=subtitle,
        rows=tuple(lines),
        break_even=1.0,
        break_even_word=words.say("break-even"),
        tick_text=lambda value: words.formats.tick(value, currency),
        data=DataTable(words.say("Show as table"), header, tuple((line.label, line.text) for line in lines)),
        note=words.say("Bars: %(levels)s intervals.", levels=words.formats.together([words.formats.level(band) for band in sorted(measured[0][1].bands)])),
    )  # fmt: skip
    above = sum(story.verdict is Verdict.PROVEN_GAIN for story, _ in measured)
    title = words.count("%(n)s campaign lies above break-even", "%(n)s campaigns lie above break-even", above)
    return Chart(title, subtitle, drawing)


def _table(stories: Sequence[CampaignStory], words: Words) -> Table:
    one = words.formats.money(1, stories[0].currency)
    level = words.formats.level(stories[0].level)
    header = (
        words.say("Campaign"),
        words.say("Verdict"),
        words.say("Spent"),
        words.say("Return per %(one)s spent", one=one),
        words.say("%(level)s interval", level=level),
    )
    rows = tuple(
        (plain(story.name), _said(story, words), words.formats.exact(story.cost_total), *_return(story, words))
        for story in stories
    )
    gains = sum(story.verdict is Verdict.PROVEN_GAIN for story in stories)
    title = words.count("%(n)s campaign is a proven gain", "%(n)s campaigns are proven gains", gains)
    subtitle = words.say("Ranked by verdict, then by the lower end of what is left")
    return Table(title, subtitle, header, rows, _by_chance(stories, words), texts=2)


def _return(story: CampaignStory, words: Words) -> tuple[str, str]:
    found = story.estimate("incremental_return")
    if story.verdict not in SHOWN or not isinstance(found, Estimate) or found.low is None or found.high is None:
        return DASH, DASH
    low, high = (words.formats.per_one(end, story.currency) for end in (found.low, found.high))
    ends = words.say("%(low)s to %(high)s", low=low, high=high)
    open_ = story.verdict is Verdict.INCONCLUSIVE
    return (DASH if open_ else words.formats.per_one(found.value, story.currency), ends)


def _said(story: CampaignStory, words: Words) -> str:
    said = {
        Verdict.PROVEN_GAIN: words.say("Proven gain"),
        Verdict.PROVEN_LOSS: words.say("Proven loss"),
        Verdict.INCONCLUSIVE: words.say("Inconclusive"),
        Verdict.NO_HOLDOUT: words.say("No hold-out"),
        Verdict.WITHHELD: words.say("Result withheld"),
        Verdict.NOT_JUDGED_BY_ROI: words.say("Not judged by return"),
    }
    return words.say("Too early to call") if story.running else said[story.verdict]


def _by_chance(stories: Sequence[CampaignStory], words: Words) -> str | None:
    """How many of campaigns without any effect would look proven: one in twenty at 95 %."""
    tested = sum(story.verdict in SHOWN and not story.running for story in stories)
    if tested < 2:
        return None
    by_chance = tested * (1 - stories[0].level)
    expected = words.formats.decimal(by_chance, 2 if by_chance < 1 else 1)
    number = words.formats.count(tested)
    return words.say(
        "Each interval is its campaign's own. Of %(tested)s campaigns that just break even, %(expected)s on average would look like a "
        "proven gain or loss by chance alone.",
        tested=number,
        expected=expected,
    )


def _next(stories: Sequence[CampaignStory], words: Words) -> NextStep:
    steps = [(story, next_step.blocks(story, words)[0]) for story in stories]
    said = tuple(
        words.say("%(campaign)s: %(step)s.", campaign=plain(story.name), step=step.title) for story, step in steps
    )
    return NextStep(words.say("Next step"), words.say("Start with what is proven, then prove the rest"), said)


def _caveats(stories: Sequence[CampaignStory], words: Words) -> tuple[Block, ...]:
    silent = [story for story in stories if story.verdict not in SHOWN]
    if not silent:
        return ()
    names = words.formats.together([plain(story.name) for story in silent])
    title = words.count(
        "Of %(n)s campaign no effect can be told: %(names)s",
        "Of %(n)s campaigns no effect can be told: %(names)s",
        len(silent),
        names=names,
    )
    body = words.say("What was spent on it counts as spent, and as not proven.")
    return (Callout("info", words.say("Good to know"), Said(title), Said(body)),)


def _method(stories: Sequence[CampaignStory], words: Words) -> Method:
    say, level = words.say, words.formats.level(stories[0].level)
    sentences = (
        say("Chance decided who was messaged, so what the groups bought differs by the message and by luck alone."),
        say(
            "%(level)s interval: in %(level)s of such experiments a range made this way holds the true figure.",
            level=level,
        ),
        say("Cost and gross margin are taken as known, so the interval is that of the extra revenue."),
        say("Revenue is what was paid, less tax, shipping and refunds; discounts are not counted as a cost."),
    )
    told = sentences if any(story.verdict in SHOWN for story in stories) else sentences[-1:]
    facts = (
        Fact(say("Data generation"), plain(stories[0].generation)),
        Fact(say("As of"), words.formats.instant(max(one.as_of for one in stories))),
        Fact(say("Earnest version"), plain(stories[0].version)),
    )
    header = (say("Measure"), say("Formula"), say("Denominator"), say("Typical range from"))
    return Method(say("How this was measured"), told, say("Definitions of the measures"), header, (), facts)


def _spent(stories: Sequence[CampaignStory]) -> Money:
    return sum((one.cost_total for one in stories), Money(0, stories[0].currency if stories else "EUR"))


def _lower_bound(stories: Sequence[CampaignStory], words: Words) -> str | None:
    some = any(story.unrated_messages for story in stories)
    return words.say("at least: some messages have no price") if some else None

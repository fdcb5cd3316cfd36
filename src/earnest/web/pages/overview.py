"""Overview: did messaging pay?"""

from __future__ import annotations

from earnest.charts.interval_rows import Band, IntervalChart, IntervalLine
from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Chart, Chip, Fact, KpiRow, NextStep, Verdict
from earnest.reports.sections import next_step
from earnest.reports.words import Words
from earnest.usecases.portfolio import Portfolio, portfolio
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict as Kind
from earnest.web import ranking
from earnest.web.as_of import as_of_line, within
from earnest.web.desk import Desk, PageAt
from earnest.web.export import exports
from earnest.web.figures import verdict_word
from earnest.web.filters import compare_field, model_field, period_bar
from earnest.web.first_run import first_run
from earnest.web.months import trends
from earnest.web.page import Cell, Column, Link, Listing, Option, Page
from earnest.web.totals import cards

MOST_RANKED = 6


def build(desk: Desk) -> Page:
    """The page."""
    words = desk.words
    known = desk.stories()
    if not known:
        return first_run(desk)
    stories = within(known, desk.days)
    found = portfolio(stories, desk.currency)
    return Page(
        title=words.label("menu", "Overview"),
        section="overview",
        filters=period_bar(desk, "/", compare_field(desk, _comparisons(words)), model_field(desk)),
        exports=exports(desk),
        as_of=as_of_line(desk),
        blocks=(
            _answer(found, stories, words),
            *_measures(desk),
            *trends(desk),
            *_ranked(desk, stories),
            _spend(found, words),
            *_next(desk, stories),
        ),
    )


def _comparisons(words: Words) -> tuple[Option, ...]:
    return (Option("prev", words.say("The days before")), Option("yoy", words.say("A year earlier")))


def _measures(desk: Desk) -> tuple[KpiRow, ...]:
    """The workspace's figures of these days, beside those it is held against."""
    words, found = desk.words, cards(desk)
    return (
        KpiRow(
            words.say("What was sent, and what people did"), words.say("All campaigns together, in these days"), found
        ),
    )


def _answer(found: Portfolio, stories: tuple[CampaignStory, ...], words: Words) -> Verdict:
    say, form = words.say, words.formats
    total = found.contribution
    if not stories:
        return Verdict("none", say("No campaign in these days"), say("Nothing was sent in these days."), (), (), ())
    state, label, headline = _headline(found, words)
    facts = [Fact(say("Spent"), form.exact(found.total))]
    if isinstance(found.proven, Estimate):
        facts.append(
            Fact(say("Share of it proven to pay"), form.share(found.proven.value), say("of spend judged by return"))
        )
    if isinstance(total, Estimate) and total.low is not None and total.high is not None:
        ends = say(
            "%(low)s to %(high)s",
            low=form.signed(total.low, found.currency),
            high=form.signed(total.high, found.currency),
        )
        shown = ends if state == "open" else form.signed(total.value, found.currency)
        tone = {"gain": "pos", "loss": "neg"}.get(state, "plain")
        note = say("%(level)s interval", level=form.level(total.level or 0.95)) if state == "open" else ends
        facts.append(Fact(say("Contribution after messaging"), shown, note, tone))
    return Verdict(
        state, label, headline, _sentences(found, words), tuple(facts), _chips(found, words), _chart(found, words)
    )


def _headline(found: Portfolio, words: Words) -> tuple[str, str, str]:
    """State, label and headline, by the interval of everything that was measured."""
    say, form = words.say, words.formats
    total = found.contribution
    if not isinstance(total, Estimate) or total.low is None or total.high is None:
        return (
            "none",
            say("No proof yet"),
            say("We cannot say yet what the messages earned: no hold-out has been read out."),
        )
    low, high = form.signed(total.low, found.currency), form.signed(total.high, found.currency)
    if total.low > 0:
        told = say(
            "The campaigns that were measured earned %(value)s more than they cost.",
            value=form.amount(total.value, found.currency),
        )
        return "gain", say("Messaging paid"), told
    if total.high < 0:
        told = say("The campaigns that were measured lost %(value)s.", value=form.amount(-total.value, found.currency))
        return "loss", say("Messaging did not pay"), told
    return (
        "open",
        say("Not settled"),
        say("The campaigns that were measured earned between %(low)s and %(high)s.", low=low, high=high),
    )


def _sentences(found: Portfolio, words: Words) -> tuple[str, ...]:
    told = []
    if found.measured:
        told.append(
            words.count(
                "It is the sum over %(n)s campaign with a hold-out that has been read out, whatever came of it.",
                "It is the sum over %(n)s campaigns with a hold-out that have been read out, whatever came of them.",
                found.measured,
            )
        )
        told.append(
            words.say(
                "If nothing worked, chance alone would make about %(n)s of them look proven.",
                n=words.formats.decimal(found.by_chance, 1),
            )
        )
    open_ = found.counts[Kind.NO_HOLDOUT] + found.counts[Kind.WITHHELD]
    if open_:
        told.append(
            words.count(
                "%(n)s campaign proves nothing: nobody was held out, or a check failed.",
                "%(n)s campaigns prove nothing: nobody was held out, or a check failed.",
                open_,
            )
        )
    return tuple(told)


def _chips(found: Portfolio, words: Words) -> tuple[Chip, ...]:
    return tuple(
        Chip(f"{verdict_word(kind, words).text}: {words.formats.count(number)}", verdict_word(kind, words).tone)
        for kind, number in found.counts.items()
        if number
    )


def _chart(found: Portfolio, words: Words) -> Chart | None:
    total = found.contribution
    if not isinstance(total, Estimate) or total.low is None or total.high is None:
        return None
    settled = total.low > 0 or total.high < 0
    form = words.formats
    low, high = form.signed(total.low, found.currency), form.signed(total.high, found.currency)
    ends = words.say("%(low)s to %(high)s", low=low, high=high)
    text = form.signed(total.value, found.currency) if settled else ends
    label = words.say("Contribution, measured against hold-outs")
    drawn = IntervalChart(
        title=f"{label}: {text}",
        rows=(
            IntervalLine(
                label, text, total.value if settled else None, (Band(total.level or 0.95, total.low, total.high),)
            ),
        ),
        break_even=0.0,
        break_even_word=words.say("break-even"),
        tick_text=lambda value: form.tick(value, found.currency),
        note=words.say(
            "Bar: %(level)s interval. Experiments count as independent of each other.",
            level=form.level(total.level or 0.95),
        ),
    )
    one_side = words.say("The whole interval is on one side of break-even")
    title = one_side if settled else words.say("Break-even lies inside the interval")
    return Chart(title, words.say("Extra gross profit less cost, all measured campaigns together"), drawn)


def _ranked(desk: Desk, stories: tuple[CampaignStory, ...]) -> tuple[Listing, ...]:
    if not stories:
        return ()
    words = desk.words
    more = Link(words.say("All campaigns"), desk.asked.to("/campaigns"))
    return (ranking.listing(desk, stories[:MOST_RANKED], short=True, more=more),)


def _spend(found: Portfolio, words: Words) -> Listing:
    """How much of the money lies under which verdict."""
    whole = found.total.minor
    rows = tuple(
        (
            Cell(verdict_word(kind, words).text),
            Cell(words.formats.count(found.counts[kind])),
            Cell(words.formats.exact(found.spent[kind])),
            Cell(words.formats.part(found.spent[kind].minor / whole) if whole else "–"),
        )
        for kind in Kind
        if found.counts[kind]
    )
    columns = (
        Column(words.say("Verdict")),
        Column(words.label("menu", "Campaigns"), "num"),
        Column(words.say("Spent"), "num"),
        Column(words.say("Share"), "num"),
    )
    title = words.say("How much of the spend is proven")
    return Listing(title, words.say("Cost of the campaigns under each verdict"), columns, rows, width=6)


def _next(desk: Desk, stories: tuple[CampaignStory, ...]) -> tuple[NextStep, ...]:
    """What the first campaign in doubt asks for."""
    order = (Kind.WITHHELD, Kind.INCONCLUSIVE, Kind.NO_HOLDOUT)
    chosen = next((story for kind in order for story in stories if story.verdict is kind), None)
    if chosen is None:
        return ()
    (step,) = next_step.blocks(chosen, desk.words)
    told = desk.words.say("This is about %(name)s.", name=chosen.name)
    return (NextStep(step.label, step.title, (told, *step.sentences), step.remedy),)


PAGE = PageAt("/", build, "overview", "Overview")

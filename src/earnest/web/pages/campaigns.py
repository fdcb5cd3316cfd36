"""Campaigns: which ones?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from earnest.reports.words import terms
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict
from earnest.web import ranking
from earnest.web.as_of import as_of_line, within
from earnest.web.desk import Desk, PageAt
from earnest.web.export import exports
from earnest.web.figures import verdict_word
from earnest.web.filters import model_field, period_bar
from earnest.web.first_run import first_run
from earnest.web.page import Field, Option, Page

_ORDERS: dict[str, Callable[[CampaignStory], object]] = {
    "cost": lambda story: -story.cost_total.minor,
    "name": lambda story: story.name.casefold(),
    "date": lambda story: tuple(-ord(one) for one in story.first_day or ""),
}


def build(desk: Desk) -> Page:
    """The page."""
    words, asked = desk.words, desk.asked
    everything = desk.stories()
    if not everything:
        return first_run(desk)
    stories = _fitting(within(everything, desk.days), desk)
    if asked.one("sort") in _ORDERS:
        stories = sorted(stories, key=_ORDERS[asked.one("sort")])  # type: ignore[arg-type]
    return Page(
        title=words.label("menu", "Campaigns"),
        section="campaigns",
        filters=period_bar(desk, "/campaigns", *_fields(desk, everything)),
        exports=exports(desk),
        as_of=as_of_line(desk),
        blocks=(ranking.listing(desk, stories, note=_note(stories, desk)),),
    )


def _note(stories: list[CampaignStory], desk: Desk) -> str:
    words = desk.words
    if desk.days is None:
        return words.say("A campaign is judged over all its messages, from the first to the end of its window.")
    return words.say(
        "Campaigns that sent anything in these days; each is judged over all its messages, not by a part of them."
    )


def _fitting(stories: Iterable[CampaignStory], desk: Desk) -> list[CampaignStory]:
    asked = desk.asked
    text, verdict, channel = asked.one("q").casefold(), asked.one("verdict"), asked.one("channel")
    return [
        story
        for story in stories
        if (not text or text in story.name.casefold() or text in story.campaign.casefold())
        and (not verdict or story.verdict.value == verdict)
        and (not channel or channel in story.channels)
    ]


def _fields(desk: Desk, stories: Iterable[CampaignStory]) -> tuple[Field, ...]:
    words, asked = desk.words, desk.asked
    every = Option("", words.say("All"))
    channels = sorted({channel for story in stories for channel in story.channels})
    verdicts = (every, *(Option(one.value, verdict_word(one, words).text) for one in Verdict))
    sorts = (
        Option("", words.label("order", "How sure we are")),
        Option("cost", words.label("order", "Cost")),
        Option("date", words.label("order", "Latest first")),
        Option("name", words.label("order", "Name")),
    )
    found = tuple(Option(one, terms.channel(one, words)) for one in channels)
    return (
        Field("q", words.say("Search"), "search", asked.one("q")),
        Field("verdict", words.say("Verdict"), "select", asked.one("verdict"), verdicts),
        Field("channel", words.say("Channel"), "select", asked.one("channel"), (every, *found)),
        model_field(desk),
        Field("sort", words.say("Order"), "select", asked.one("sort"), sorts),
    )


PAGE = PageAt("/campaigns", build, "campaigns", "Campaigns")

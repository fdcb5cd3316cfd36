"""Experiments: what do we know for certain?"""

from __future__ import annotations

from earnest.charts.scale import Scale
from earnest.reports.blocks import Said
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory
from earnest.web.as_of import as_of_line
from earnest.web.desk import Desk, PageAt
from earnest.web.export import exports
from earnest.web.figures import return_cell, shared_scale, verdict_chip
from earnest.web.page import Cell, Column, Empty, Link, Listing, Page


def build(desk: Desk) -> Page:
    """The page."""
    words = desk.words
    stories = [story for story in desk.stories() if story.experiment is not None]
    return Page(
        title=words.label("menu", "Experiments"),
        section="experiments",
        exports=exports(desk),
        as_of=as_of_line(desk),
        blocks=_lists(desk, stories) if stories else (_none(desk),),
    )


def _lists(desk: Desk, stories: list[CampaignStory]) -> tuple[Listing, ...]:
    words = desk.words
    running = [story for story in stories if story.running]
    done = [story for story in stories if not story.running]
    found = []
    if running:
        running.sort(key=lambda story: story.experiment.read_out if story.experiment else "")
        found.append(
            _listing(desk, running, words.say("Still running"), words.say("No verdict before the date of the read-out"))
        )
    if done:
        found.append(
            _listing(
                desk,
                done,
                words.say("Read out"),
                words.say("By verdict, then by the lower end of what they contributed"),
            )
        )
    return tuple(found)


def _listing(desk: Desk, stories: list[CampaignStory], title: str, subtitle: str) -> Listing:
    words, scale = desk.words, shared_scale(stories)
    one = words.formats.money(1, desk.currency)
    columns = (
        Column(words.say("Experiment")),
        Column(words.say("Verdict"), wide=True),
        Column(words.say("Held out"), "num", wide=True),
        Column(words.say("Read-out"), "num", wide=True),
        Column(words.say("Came back for each %(one)s", one=one), "chart"),
    )
    return Listing(title, subtitle, columns, tuple(_row(desk, story, scale, words) for story in stories))


def _row(desk: Desk, story: CampaignStory, scale: Scale, words: Words) -> tuple[Cell, ...]:
    facts = story.experiment
    assert facts is not None
    units, held = sum(arm.units for arm in facts.arms), sum(arm.units for arm in facts.arms if arm.control)
    share = words.formats.share(held / units) if units else "–"
    told = words.say("%(held)s of %(units)s", held=words.formats.count(held), units=words.formats.count(units))
    waiting = ""
    if story.running and facts.days_to_read_out:
        waiting = words.count("%(n)s more day to wait.", "%(n)s more days to wait.", facts.days_to_read_out)
    return (
        Cell(facts.experiment, link=desk.asked.to(f"/campaigns/{story.campaign}"), detail=Said(story.name)),
        Cell(chips=(verdict_chip(story, words),)),
        Cell(share, detail=Said(told)),
        Cell(words.formats.day(facts.read_out), detail=Said(waiting) if waiting else None),
        return_cell(story, scale, words),
    )


def _none(desk: Desk) -> Empty:
    words = desk.words
    return Empty(
        words.say("Nothing is known for certain yet."),
        words.say(
            "An experiment holds out a random part of the audience; what the others buy beyond it is what the messages earned."
        ),
        (
            Said("earnest experiment plan --baseline 0.01", "en"),
            Said(
                "earnest experiment add ID --campaign CAMPAIGN --arm treatment=0.9 --arm holdout=0.1 --control holdout",
                "en",
            ),
        ),
        (Link(words.label("menu", "Campaigns"), desk.asked.to("/campaigns"), "button"),),
    )


PAGE = PageAt("/experiments", build, "experiments", "Experiments")

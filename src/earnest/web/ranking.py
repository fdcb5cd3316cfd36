"""Campaigns as a list: what was spent, what came back on one shared axis, how far it is proven."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from earnest.charts.scale import Scale
from earnest.reports.blocks import Said
from earnest.reports.words import terms
from earnest.verdict.story import CampaignStory
from earnest.web.desk import Desk
from earnest.web.figures import claimed_cell, cost_cell, days_of, return_cell, shared_scale, step_count, verdict_chip
from earnest.web.page import Cell, Column, Link, Listing


def listing(
    desk: Desk, stories: Sequence[CampaignStory], *, short: bool = False, more: Link | None = None, note: str = ""
) -> Listing:
    """The list, in the order given.

    Args:
        short: without boxes to tick and without messages sent.
    """
    words, scale = desk.words, shared_scale(stories)
    one = words.formats.money(1, desk.currency)
    columns = (
        *(() if short else (Column(words.say("Tick to compare"), tick=True),)),
        Column(words.say("Campaign")),
        Column(words.say("Verdict"), wide=True),
        *(() if short else (Column(words.say("Sent"), "num", wide=True),)),
        Column(words.say("Spent"), "num", wide=True),
        Column(
            words.say("Came back for each %(one)s", one=one),
            "chart",
            hint=words.say("Extra gross profit, measured against the hold-out; the line is break-even"),
        ),
        Column(
            words.say("%(model)s would claim", model=terms.model(desk.asked.model, words)),
            "num",
            wide=True,
            hint=words.say("Not causal, shown for reference"),
        ),
    )
    rows = tuple(_row(desk, story, scale=scale, short=short) for story in stories)
    ticks: dict[str, Any] = (
        {}
        if short
        else {
            "tick_name": "id",
            "tick_action": desk.asked.plain("/campaigns/compare"),
            "tick_submit": words.say("Compare the ticked"),
        }
    )
    return Listing(
        words.say("Campaigns, by how sure we are"),
        words.say("By verdict, then by the lower end of what they contributed"),
        columns,
        rows,
        empty=words.say("No campaign fits."),
        note=note,
        more=more,
        **ticks,
    )


def _row(desk: Desk, story: CampaignStory, *, scale: Scale, short: bool) -> tuple[Cell, ...]:
    words = desk.words
    channels = ", ".join(terms.channel(one, words) for one in story.channels)
    sent = step_count(story, "sent")
    chip = verdict_chip(story, words)
    return (
        *(() if short else (Cell(tick=story.campaign),)),
        Cell(
            story.name,
            link=desk.asked.to(f"/campaigns/{story.campaign}"),
            detail=Said(" · ".join(filter(None, (channels, days_of(story, words))))),
            narrow=(chip,),
        ),
        Cell(chips=(chip,)),
        *(() if short else (Cell(words.formats.count(sent) if sent is not None else "–"),)),
        cost_cell(story, words),
        return_cell(story, scale, words),
        claimed_cell(story, desk.asked.model, words),
    )

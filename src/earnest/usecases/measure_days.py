"""A campaign's figures of the sends of some days only. What is counted by the day of the send can be cut; nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from earnest.definitions.days import Days
from earnest.kernel.estimate import Figure, Unavailable
from earnest.kpis.dimensions import Filter
from earnest.kpis.kpi import Kpi, evaluate
from earnest.kpis.measures import all_measures
from earnest.usecases.judge_lines import kpi_scope
from earnest.usecases.kpi_sums import Cut, sums
from earnest.usecases.measure import measure_all, measures_of
from earnest.usecases.tables import Tables
from earnest.verdict.story import CampaignStory


def cut(tables: Tables, kpi: Kpi, story: CampaignStory, *, since: date | None, by: date) -> Figure:
    """The figure of a KPI, of the messages sent from `since` to `by`, both included.

    Unavailable: `not-by-day`: the KPI is no sum over sends; and as `kpis.kpi.evaluate`.
    """
    names = measures_of(kpi)
    if kpi.measures is None or any(all_measures()[name].day != "send" for name in names):
        return Unavailable(
            "not-by-day",
            f"messages were sent from {story.first_day} to {story.last_day}, and {kpi.id} cannot be told for some of these days alone",
            "Let the goal's days hold all sends, or give the later ones a campaign of their own.",
        )
    days = Days(since if since is not None else date.fromisoformat(story.first_day or by.isoformat()), by)
    cut_to = Cut(filters=(Filter("campaign", (story.campaign,)),), days=days)
    group = sums(tables, (*names, "messages"), cut_to)[()]
    measured = measure_all(tables)[story.campaign]
    sent = replace(measured, first_day=group.first.get("send"), last_day=group.last.get("send"))
    scope = kpi_scope(tables, sent, story.level)
    return evaluate(kpi, group.sums, scope)

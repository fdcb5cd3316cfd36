"""A campaign's figures of the sends of some days only. What is counted by the day of the send can be cut; nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from earnest.kernel.estimate import Figure, Unavailable
from earnest.kernel.period import day_number
from earnest.kpis.kpi import Kpi, evaluate
from earnest.usecases.judge_lines import kpi_scope
from earnest.usecases.measure import FUNNEL, measure_all
from earnest.usecases.tables import Tables
from earnest.verdict.story import CampaignStory


def cut(tables: Tables, kpi: Kpi, story: CampaignStory, *, since: date | None, by: date) -> Figure:
    """The figure of a KPI, of the messages sent from `since` to `by`, both included.

    Unavailable: `not-by-day`: the KPI is no sum over sends; and as `kpis.kpi.evaluate`.
    """
    names = [name for name in (*(kpi.measures or ()), kpi.bounded_by) if name is not None]
    if kpi.measures is None or not set(names) <= set(FUNNEL):
        return Unavailable(
            "not-by-day",
            f"messages were sent from {story.first_day} to {story.last_day}, and {kpi.id} cannot be told for some of these days alone",
            "Let the goal's days hold all sends, or give the later ones a campaign of their own.",
        )
    sums = ", ".join(f"CAST(coalesce(sum(f.{name}), 0) AS BIGINT)" for name in FUNNEL)
    row = tables.con.execute(
        f"SELECT min(f.send_day), max(f.send_day), {sums} FROM funnel_cell AS f JOIN label_campaign AS l ON f.label_key = l.label_key"
        " WHERE l.campaign = $1 AND f.send_day >= $2 AND f.send_day <= $3",
        [story.campaign, day_number(since) if since is not None else -(2**31), day_number(by)],
    ).fetchone()
    assert row is not None
    measures = dict(zip(FUNNEL, (int(value) for value in row[2:]), strict=True))
    measured = measure_all(tables)[story.campaign]
    scope = kpi_scope(tables, replace(measured, first_day=row[0], last_day=row[1]), story.level)
    return evaluate(kpi, measures, scope)

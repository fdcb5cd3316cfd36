"""What people say brought them: shares of answers, weighted by response, with how far those who kept silent could move them.

Never per order: no revenue is credited by what somebody remembers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from earnest.definitions.days import Days
from earnest.kernel.estimate import Figure, Unavailable
from earnest.kernel.period import day_end_us, day_number, day_start_us, zone
from earnest.kpis.catalogue import find as find_kpi
from earnest.kpis.kpi import Scope, evaluate
from earnest.usecases.kpi_scopes import scope_over
from earnest.usecases.survey_answers import shown
from earnest.usecases.survey_counted import NONE, asks, bind_counted
from earnest.usecases.tables import Tables

NOT_ASKED = Unavailable(
    "no-source",
    "no survey asks how people heard of the shop, with answers that name channels",
    "Add one: earnest survey add NAME --template heard, then earnest survey invite.",
)
NOT_BY = Unavailable(
    "shares-only", "answers name channels, so they have shares by channel and by campaign alone", "Ask --by channel."
)


@dataclass(frozen=True, slots=True)
class SurveyShare:
    """Share of answers that name a channel (or a campaign's channels). bounds: had everybody invited answered, none or all of them so."""

    unit: str
    share: Figure
    bounds: tuple[float, float]
    answers: int
    invited: int

    def to_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "share": shown(self.share),
            "nonresponse_bounds": list(self.bounds),
            "answers": self.answers,
            "invited": self.invited,
        }


def survey_shares(tables: Tables, by: str, days: Days | None = None) -> tuple[SurveyShare, ...] | Unavailable:
    """Shares by channel or campaign, of the answers given on these days.

    Unavailable: `no-source`, `shares-only`.
    """
    if by not in ("campaign", "channel"):
        return NOT_BY
    if not asks(tables.state):
        return NOT_ASKED
    bind_counted(tables)
    tables.con.execute(f"CREATE OR REPLACE TEMP TABLE heard AS {_HEARD.format(period=_period(tables, days))}")
    rows = tables.con.execute(_BY_CHANNEL if by == "channel" else _BY_CAMPAIGN).fetchall()
    scope = _scope(tables)
    found = tuple(_share(scope, row) for row in rows)
    return found or NOT_ASKED


def _share(scope: Scope, row: tuple[Any, ...]) -> SurveyShare:
    unit, answers, named, heard, told, squares, invited = row
    measures = dict(NONE) | {
        "heard_weight": int(heard),
        "named_weight": int(told),
        "heard_weight_squares": int(squares),
    }
    figure = evaluate(find_kpi("survey_attributed_share"), measures, replace(scope, population=f"answers about {unit}"))
    asked = max(int(invited), int(answers))
    return SurveyShare(str(unit), figure, (named / asked, (named + asked - answers) / asked), int(answers), asked)


def _scope(tables: Tables) -> Scope:
    level = float(tables.state.setting("level", tables.day) or 0.95)
    return scope_over(tables, "answers", frozenset({"survey_answer"}), level=level)


def _period(tables: Tables, days: Days | None) -> str:
    if days is None:
        return "true"
    tz = zone(tables.state.timezone)
    return f"c.at_us >= {day_start_us(day_number(days.first), tz)} AND c.at_us < {day_end_us(days.last, tz)}"


_HEARD = """SELECT c.answer_key, c.survey, c.question, c.answer, c.round, c.asked, c.campaign, c.named, c.weight
    FROM survey_counted AS c WHERE c.weight IS NOT NULL AND {period}"""

_INVITED = "(SELECT CAST(sum(asked) AS BIGINT) FROM (SELECT DISTINCT round, asked FROM heard WHERE {where}))"

_BY_CHANNEL = f"""SELECT n.channel, count(*), count(*) FILTER (h.named_it), CAST(sum(h.weight) AS BIGINT),
        CAST(COALESCE(sum(h.weight) FILTER (h.named_it), 0) AS BIGINT), CAST(sum(CAST(h.weight AS HUGEINT) * h.weight) AS HUGEINT),
        {_INVITED.format(where="true")}
    FROM (SELECT DISTINCT channel FROM survey_channel) AS n CROSS JOIN LATERAL (
        SELECT heard.weight, EXISTS (SELECT 1 FROM survey_channel AS s WHERE s.channel = n.channel AND s.survey = heard.survey
            AND s.question = heard.question AND s.answer = heard.answer) AS named_it FROM heard) AS h
    GROUP BY n.channel ORDER BY n.channel"""

_BY_CAMPAIGN = """SELECT h.campaign, count(*), count(*) FILTER (h.named), CAST(sum(h.weight) AS BIGINT),
        CAST(COALESCE(sum(h.weight) FILTER (h.named), 0) AS BIGINT), CAST(sum(CAST(h.weight AS HUGEINT) * h.weight) AS HUGEINT),
        any_value(i.invited)
    FROM heard AS h JOIN (SELECT campaign, CAST(sum(asked) AS BIGINT) AS invited FROM (SELECT DISTINCT campaign, round, asked FROM heard)
        GROUP BY campaign) AS i ON h.campaign = i.campaign
    WHERE h.campaign IS NOT NULL GROUP BY h.campaign ORDER BY h.campaign"""

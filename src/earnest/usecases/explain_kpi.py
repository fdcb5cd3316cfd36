"""Explain a figure: its definition, its rule version, and the rows whose sum it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.kernel.errors import NotFound, UsageError, closest
from earnest.kernel.estimate import Figure, Unavailable
from earnest.kpis.catalogue import find, story_kpis
from earnest.kpis.kpi import Kpi
from earnest.kpis.measures import all_measures
from earnest.usecases.costs import register_campaign_cost
from earnest.usecases.judge import judge
from earnest.usecases.judge_lines import kpi_scope, row_figure
from earnest.usecases.kpi_sums import LAST_TOUCH, rows_of
from earnest.usecases.kpi_tables import made_tables
from earnest.usecases.measure import measure_all
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace
from earnest.verdict.verdict import PURPOSES_WITHOUT_ROI


@dataclass(frozen=True, slots=True)
class RowSet:
    """Rows behind one measure. `total` is the sum over all rows of their `amount`, `rows` may be the first ones only."""

    measure: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """A KPI of a campaign, explained: figure, definition, and one row set for a sum or two for a ratio."""

    kpi: Kpi
    campaign: str
    figure: Figure
    sets: tuple[RowSet, ...]
    lookback: dict[str, str | None]
    generation: str


def explain(workspace: Workspace, kpi_id: str, campaign: str, *, limit: int | None = 20) -> Explanation:
    """Explain a KPI of a campaign.

    Args:
        limit: rows to return of each set, None for all.

    Raises:
        NotFound: `no-such-kpi`, `no-such-campaign`. UsageError: `not-row-based`.
    """
    kpi = find(kpi_id)
    story = judge(workspace, campaign)
    line = next((line for line in story.kpis if line.kpi == kpi.id), None)
    if line is None and (kpi in story_kpis() or (story.purpose in PURPOSES_WITHOUT_ROI and kpi.basis != "observed")):
        raise UsageError(
            "kpi-not-shown",
            f"{kpi.id} does not judge a campaign of purpose {story.purpose}",
            hint="See `earnest campaign show`.",
        )
    if kpi.measures is None:
        raise UsageError(
            "not-row-based",
            f"{kpi.id} is an estimate over units, not a sum of rows",
            hint=f"See `earnest experiment show` and `earnest roi show {campaign}`.",
        )
    with open_tables(workspace) as tables:
        measured = measure_all(tables).get(campaign)
        if measured is None:
            raise NotFound(
                "no-such-campaign",
                f"there is no campaign '{campaign}'{closest(campaign, [])}",
                hint="See `earnest campaign list`.",
            )
        figure = line.figure if line else row_figure(tables, kpi, measured, kpi_scope(tables, measured, story.level))
        register_campaign_cost(tables, measured.cost)
        sets = (
            ()
            if isinstance(figure, Unavailable)
            else tuple(row_set(tables, name, campaign, limit=limit) for name in kpi.measures if name is not None)
        )
        today = workspace.today(tables.state)
        lookback = {
            name: tables.state.setting(name, today)
            for name in (
                "lookback_reply_days",
                "lookback_click_days",
                "lookback_read_hours",
                "lookback_delivered_hours",
            )
        }
    return Explanation(kpi, campaign, figure, sets, lookback, story.generation)


def row_set(tables: Tables, measure: str, campaign: str, *, limit: int | None, model: str = LAST_TOUCH) -> RowSet:
    """The rows of a measure that are a campaign's; its cost lines must be registered (`costs.register_campaign_cost`).

    Args:
        limit: rows to return, None for all. model: attribution model, for measures of credit.
    """
    return rows_in(tables, measure, _lines(tables, measure, campaign, model), limit=limit)


def rows_in(tables: Tables, name: str, sql: str, *, limit: int | None) -> RowSet:
    """The rows of a query whose last column is `amount`, in an order of their own."""
    total = tables.con.execute(f"SELECT count(*), coalesce(sum(amount), 0) FROM ({sql})").fetchone()
    assert total is not None
    cut = f" LIMIT {limit}" if limit is not None else ""
    result = tables.con.execute(f"SELECT * FROM ({sql}) ORDER BY ALL{cut}")
    columns = tuple(str(column[0]) for column in result.description or ())
    return RowSet(name, columns, tuple(result.fetchall()), int(total[0]), int(total[1]))


def _lines(tables: Tables, name: str, campaign: str, model: str = LAST_TOUCH) -> str:
    """The rows of a measure that are the campaign's, as people read them."""
    measure = all_measures()[name]
    if measure.lines is not None:
        return measure.lines.format(**{part: _lines(tables, part, campaign, model) for part, _ in measure.made_of})
    made_tables(tables, [measure])
    sql = rows_of(tables, measure, model)
    columns = [str(row[0]) for row in tables.con.execute(f"DESCRIBE {sql}").fetchall()]
    tables.con.execute("CREATE OR REPLACE TEMP TABLE campaign_asked AS SELECT $1 AS campaign", [campaign])
    own = {
        "label_key": "label_key IN (SELECT label_key FROM label_campaign WHERE campaign IN (FROM campaign_asked))",
        "campaign": "campaign IN (FROM campaign_asked)",
    }
    by = next((name for name in own if name in columns), None)
    hidden = {by, *(("contact_key",) if "message_key" in columns else ())}
    shown = ", ".join(f"day AS {measure.day}_day" if one == "day" else one for one in columns if one not in hidden)
    group = ""
    if measure.once_by is not None:
        shown, group = f"{measure.once_by}, MIN(at_us) AS at_us, 1 AS amount", f" GROUP BY {measure.once_by}"
    return f"SELECT {shown} FROM ({sql}) WHERE {own[by] if by else '1 = 1'}{group}"

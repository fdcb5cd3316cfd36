"""Explain a figure: its definition, its rule version, and the rows whose sum it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.kernel.errors import NotFound, UsageError, closest
from earnest.kernel.estimate import Figure, Unavailable
from earnest.kpis.catalogue import find
from earnest.kpis.kpi import Kpi
from earnest.kpis.measures.rows import ROWS
from earnest.usecases.costs import register_campaign_cost
from earnest.usecases.judge import judge
from earnest.usecases.measure import measure_all, minor_in_micro
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace


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
    if line is None:
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
        tables.con.execute(
            "CREATE OR REPLACE TEMP TABLE campaign_label AS SELECT label_key FROM label_campaign WHERE campaign = $1",
            [campaign],
        )
        register_campaign_cost(tables, measured.cost)
        tables.con.execute("CREATE OR REPLACE TEMP TABLE survey_campaign AS SELECT $1 AS campaign", [campaign])
        sets = (
            ()
            if isinstance(line.figure, Unavailable)
            else tuple(_set(tables, name, limit) for name in kpi.measures if name is not None)
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
    return Explanation(kpi, campaign, line.figure, sets, lookback, story.generation)


def _set(tables: Tables, measure: str, limit: int | None) -> RowSet:
    sql = ROWS[measure].replace("{minor}", str(minor_in_micro(tables.state.currency)))
    total = tables.con.execute(f"SELECT count(*), coalesce(sum(amount), 0) FROM ({sql})").fetchone()
    assert total is not None
    cut = f" LIMIT {limit}" if limit is not None else ""
    result = tables.con.execute(f"SELECT * FROM ({sql}) ORDER BY ALL{cut}")
    columns = tuple(str(column[0]) for column in result.description or ())
    return RowSet(measure, columns, tuple(result.fetchall()), int(total[0]), int(total[1]))

"""Measures say the same from rollups and from rows, whatever is in the tables; and finer rollups add up to the coarse one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from earnest.kernel.errors import UsageError
from earnest.kpis.dimensions import FINE_COLUMNS
from earnest.kpis.measures import all_measures
from earnest.usecases.costs import campaign_costs
from earnest.usecases.kpi_cut import Cut
from earnest.usecases.kpi_query import measure_groups
from earnest.usecases.kpi_sums import columns_of, rows_of, sums
from earnest.usecases.measure import measure_all
from earnest.usecases.tables import Tables, open_tables
from integration.engines import edges

STORED = [one.id for one in all_measures().values() if one.cell is not None]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    with open_tables(edges(tmp_path_factory.mktemp("edges"))) as opened:
        yield opened


@pytest.mark.parametrize("name", STORED)
def test_a_rollup_holds_the_sum_of_the_rows_by_label_and_day(tables: Tables, name: str) -> None:
    measure = all_measures()[name]
    assert measure.cell is not None
    rollup, column = measure.cell
    where = " WHERE c.model = 'last_touch' AND c.label_key IS NOT NULL" if rollup == "credit_cell" else ""
    minor = str(10_000)  # millionths in a cent
    cells = tables.con.execute(
        f"SELECT c.label_key, c.{measure.day}_day, SUM({column.replace('{minor}', minor)}) AS amount FROM {rollup} AS c"
        f" LEFT JOIN label_campaign AS l ON c.label_key = l.label_key{where} GROUP BY ALL HAVING amount <> 0 ORDER BY ALL"
    ).fetchall()
    rows = tables.con.execute(
        f"SELECT label_key, day, SUM(amount) AS amount FROM ({rows_of(tables, measure)}) GROUP BY ALL HAVING amount <> 0 ORDER BY ALL"
    ).fetchall()
    assert cells == rows


def test_the_measures_that_matter_are_not_all_nothing(tables: Tables) -> None:
    found = measure_groups(tables, STORED)[()]
    some = {
        "messages",
        "sent",
        "delivered",
        "was_read",
        "failed",
        "clicked",
        "replied",
        "opted_out",
        "all_clicks",
        "attributed_micro",
    }
    assert all(found[name] > 0 for name in some), found


@pytest.mark.parametrize("finer", ["funnel_hour_cell", "funnel_zone_cell"])
def test_finer_rollups_add_up_to_the_coarse_one(tables: Tables, finer: str) -> None:
    sums_of = ", ".join(f"CAST(SUM({name}) AS BIGINT)" for name in FINE_COLUMNS)
    coarse, fine = (
        tables.con.execute(f"SELECT label_key, send_day, {sums_of} FROM {table} GROUP BY ALL ORDER BY ALL").fetchall()
        for table in ("funnel_cell", finer)
    )
    assert coarse == fine
    assert tables.con.execute(f"SELECT count(*) FROM {finer}").fetchone() != (0,)


def test_hours_are_those_of_the_zone(tables: Tables) -> None:
    """Told by the engine's own calendar, message by message."""
    told = tables.con.execute(
        "SELECT send_hour, CAST(SUM(messages) AS BIGINT) FROM funnel_hour_cell GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    by_calendar = tables.con.execute(
        "SELECT date_part('hour', timezone($1, make_timestamptz(send_us))) AS hour, count(*) FROM message GROUP BY ALL ORDER BY ALL",
        [tables.state.timezone],
    ).fetchall()
    assert told == by_calendar


def test_a_story_has_the_sums_of_the_declared_rows(tables: Tables) -> None:
    stories = measure_all(tables)
    assert stories
    named = {name for one in stories.values() for name in one.measures} & all_measures().keys()
    assert {
        "clicked",
        "converters",
        "conversations",
        "capped",
        "unseen",
        "cost_micro",
        "attributed_less_cost_micro",
    } <= named
    summed = sums(tables, sorted(named), Cut(by=("campaign",)))
    for campaign, measured in stories.items():
        group = summed.get((campaign,))
        for name in named:
            assert measured.measures[name] == (group.sums[name] if group else 0), (campaign, name)


def test_days_of_cost_add_up_to_the_ledger(tables: Tables) -> None:
    costs = campaign_costs(tables, list(measure_all(tables)))
    found = measure_groups(tables, ["cost_micro"], by=["campaign"])
    assert {key[0]: one["cost_micro"] for key, one in found.items() if one["cost_micro"]} == {
        name: cost.micro for name, cost in costs.items() if cost.micro
    }


@pytest.mark.parametrize("name", list(all_measures()))
def test_every_measure_has_rows_with_a_day_and_an_amount(tables: Tables, name: str) -> None:
    measure = all_measures()[name]
    if measure.made_of:
        with pytest.raises(UsageError):
            rows_of(tables, measure)
        return
    columns = columns_of(tables, measure)
    assert {"day", "amount"} <= set(columns)
    assert columns[-1] == "amount", "what adds up stands last"
    assert measure.once_by is None or measure.once_by in columns

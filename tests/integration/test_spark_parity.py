"""Every model gives the same rows of the same types on Spark SQL as on DuckDB; here on Sail, which needs no Java."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow
import pytest

from earnest.usecases.import_files import import_files
from earnest.usecases.rebuild import differing, table_hashes
from earnest.usecases.tables import all_models, build, plan_of, read_tables
from earnest.warehouse import duck, received, spark
from earnest.warehouse.build import VIEWS, Place, Plan, bind_table
from earnest.warehouse.manifest import load
from earnest.warehouse.models import Model, read
from earnest.warehouse.spark_session import open_session
from earnest.warehouse.transpile import to_spark
from integration.engines import CHARGED, NEVER_EMPTY, differences, edges, sail, shop
from property.worlds import new_workspace


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with sail() as remote:
        yield remote


def test_every_table_of_random_rows_is_the_same(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plan, "span_days", 60)
    workspace = edges(tmp_path)
    here = build(workspace, full=True)
    there = build(workspace, remote=server)
    assert there.generation == here.generation
    assert (here.facts.get("engine"), there.facts["engine"]) == (None, "spark")
    assert not here.paths & there.paths
    assert {model.name for model in all_models()} - set(VIEWS) <= there.tables.keys()
    for name in (*NEVER_EMPTY, *CHARGED):
        assert sum(file.rows for file in here.tables[name]), name
    assert len(here.tables["message"]) > 5
    assert differences(workspace.tables, here, there) == {}
    assert differing(workspace, there) == ()


def test_every_table_of_a_simulated_shop_is_the_same_and_can_be_carried_on(server: str, tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    here = build(workspace, full=True)
    there = build(workspace, remote=server)
    assert differences(workspace.tables, here, there) == {}
    more = tmp_path / "more.csv"
    more.write_text("order_id,email,ordered_at,amount\nlate,late@x.example,2026-10-01T10:00:00Z,12.00\n")
    import_files(workspace, [more], "orders", then_build=False)
    carried = build(workspace)
    assert carried.paths & there.paths, "days that did not change keep the files that Spark has written"
    assert differing(workspace, carried) == ()
    again = build(workspace, remote=server)
    assert table_hashes(workspace.tables, again) == table_hashes(workspace.tables, carried)


def test_a_unit_table_is_the_same(server: str, tmp_path: Path) -> None:
    workspace = shop(tmp_path, messages=3_000)
    build(workspace)
    text = read("earnest.incrementality", "unit.sql")
    with read_tables(workspace) as tables, open_session(server, "sail") as session:
        (experiment,) = tables.con.execute("SELECT MAX(experiment) FROM event_assignment").fetchone() or ("",)
        sql = text.sql.replace("$experiment", f"'{experiment}'").replace("$window_us", "1209600000000")
        with duck.connect() as con:
            runner = spark.Runner(
                session,
                plan_of(con, workspace, workspace.state(), index=received.load(workspace.events)),
                workspace.events,
                "sail",
            )
        folder = next(iter(tables.manifest.folders))
        place = Place(workspace.tables, folder, 400)
        for name in text.inputs:
            runner.bind(tables.con, place, name)
        found = session.sql(to_spark(sql)).toArrow()
        there = sorted(map(repr, zip(*(column.to_pylist() for column in found.columns), strict=True)))
        here = sorted(map(repr, tables.con.execute(sql).fetchall()))
    assert len(here) > 100
    assert there == here


def test_an_empty_workspace_gives_the_same_empty_tables(server: str, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "workspace")
    here = build(workspace, full=True)
    there = build(workspace, remote=server)
    assert differences(workspace.tables, here, there) == {}


def test_a_null_partition_and_every_type_arrive(server: str, tmp_path: Path) -> None:
    kinds = {
        "BIGINT": 1 << 62,
        "INTEGER": -7,
        "SMALLINT": 7,
        "TINYINT": -1,
        "BOOLEAN": True,
        "DOUBLE": 0.5,
        "VARCHAR": "ü'\"\\",
    }
    columns = {kind.lower(): [value, None, value] for kind, value in kinds.items()}
    small = pyarrow.table({"day": pyarrow.array([None, 10, -10], pyarrow.int32())} | columns)
    cast = ", ".join(f"CAST({kind.lower()} AS {kind}) AS {kind.lower()}_kept" for kind in kinds)
    model = Model("kept", f"SELECT day, {cast} FROM given", "", ("day",), "day", ("given",), "", "")
    plan = Plan((), (model,), {"given": small}, {})
    with duckdb.connect() as con, open_session(server, "sail") as session:
        con.register("registered", small)
        place = Place(tmp_path / "tables", "one", 4)
        target = place.tables / "given" / "one" / "given.parquet"
        target.parent.mkdir(parents=True)
        con.execute(f"COPY registered TO '{target}' (FORMAT parquet)")
        con.execute(f"CREATE VIEW given AS FROM '{target}'")
        files = spark.Runner(session, plan, tmp_path, "sail").write(con, place, model)
        assert {file.part: file.rows for file in files} == {None: 1, 8: 1, -8: 1}
        described = bind_table(con, place.tables, "kept", files)
        assert [kind for _, kind in described] == ["INTEGER", *kinds]
        assert (
            con.execute("FROM kept ORDER BY ALL").fetchall()
            == con.execute(f"SELECT * FROM ({model.sql}) ORDER BY ALL").fetchall()
        )


def test_whole_division_goes_toward_zero_everywhere(server: str) -> None:
    cases = [(a, b) for a in (-7, 7, -1, 0, 9_007_199_254_740_993) for b in (2, -2, 3, 1)]
    rows = ", ".join(f"(CAST({a} AS BIGINT), CAST({b} AS BIGINT))" for a, b in cases)
    sql = f"SELECT a, b, idiv(a, b) AS c FROM (VALUES {rows}) AS t(a, b)"
    with duck.connect() as con, open_session(server, "sail") as session:
        here = con.execute(sql).fetchall()
        there = [tuple(row) for row in session.sql(to_spark(sql)).collect()]
    assert sorted(map(repr, there)) == sorted(map(repr, here))


def test_a_build_that_fails_there_leaves_the_old_generation_and_no_files(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from earnest.kernel.errors import EnvironmentProblem

    workspace = edges(tmp_path, size=50)
    before = build(workspace)
    files = set(workspace.tables.rglob("*.parquet"))

    def broken(sql: str) -> str:
        return re.sub(r"`net_minor`", "`no_such_column`", to_spark(sql))

    monkeypatch.setattr("earnest.warehouse.transpile.to_spark", broken)
    with pytest.raises(EnvironmentProblem) as caught:
        build(workspace, remote=server)
    assert caught.value.code == "remote-failed"
    assert "no_such_column" in caught.value.message
    assert load(workspace.tables) == before
    assert set(workspace.tables.rglob("*.parquet")) == files

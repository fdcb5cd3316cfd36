"""Spark, through Spark Connect, as the engine of a whole build.

    event segments, small tables ──> views there ── models, transpiled ──> Parquet partitions ── manifest, here

Earnest and every Spark worker must see the workspace under the same path: both read and write the same files, and DuckDB
describes, publishes and reads what Spark has written as if it had been built here. Columns are cast to the types that
DuckDB gives them, so that the files hold the same rows of the same types whichever engine wrote them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet

from earnest.kernel.durable import sync_folder
from earnest.kernel.errors import EnvironmentProblem
from earnest.warehouse import duck
from earnest.warehouse.build import VIEWS, Place, Plan, Progress, full_build, partition_files
from earnest.warehouse.manifest import Manifest, TableFile
from earnest.warehouse.models import Model
from earnest.warehouse.spark_session import address_of, blind, check_path, check_sight, open_session, uri

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession
    from pyspark.sql.dataframe import DataFrame

_NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"


def build(
    remote: str, con: duckdb.DuckDBPyConnection, plan: Plan, *, events: Path, tables: Path, progress: Progress
) -> Manifest:
    """Build every table of a generation on the Spark Connect server `remote` (`sc://host:port`); not yet published.

    Raises:
        UsageError: `not-a-spark-address`. EnvironmentProblem: `spark-not-installed`, `remote-unreachable`,
            `remote-not-spark`, `remote-cannot-see-workspace`, `remote-types-differ`, `remote-failed`.
    """
    tables, events = tables.absolute(), events.absolute()
    address = address_of(remote)
    check_path(tables)
    progress(f"connecting to {address}", 0, 1)
    with open_session(remote, address) as session:
        check_sight(session, tables, address)
        runner = Runner(session, plan, events, address)
        marked = replace(plan, facts=plan.facts | {"engine": "spark"})
        return full_build(con, marked, events=events, tables=tables, progress=progress, write=runner.write)


@dataclass(slots=True)
class Runner:
    """A session, and the views that stand in it."""

    session: SparkSession
    plan: Plan
    events: Path
    address: str
    bound: set[str] = field(default_factory=set)

    def write(self, con: duckdb.DuckDBPyConnection, place: Place, model: Model) -> tuple[TableFile, ...]:
        """Run a model there and write its rows where a build here would have written them."""
        from earnest.warehouse.transpile import quoted, spark_type, to_spark

        for name in model.inputs:
            self.bind(con, place, name)
        columns = _columns(con, f"({model.sql})")
        casts = [f"CAST({quoted(name)} AS {spark_type(kind)}) AS {quoted(name)}" for name, kind in columns]
        if model.partition is not None:
            first_day = f"{model.partition} - {model.partition} % {place.span_days}"
            # As text, null spelled out: Sail puts rows whose partition is null into another partition.
            casts.append(f"COALESCE(CAST({first_day} AS STRING), '{_NULL_FOLDER}') AS part")
        frame = self.session.sql(to_spark(model.sql)).selectExpr(*casts)
        folder = place.tables / model.name / place.folder
        folder.mkdir(parents=True)
        if model.partition is None:
            frame.repartition(1).write.mode("append").option("compression", "zstd").parquet(uri(folder))
        else:
            writer = frame.repartition("part").write.mode("append").option("compression", "zstd")
            writer.partitionBy("part").parquet(uri(folder))
        files = _settle(folder, place.tables, partitioned=model.partition is not None)
        self._check(con, place, files, model=model, columns=columns)
        return files

    def bind(self, con: duckdb.DuckDBPyConnection, place: Place, name: str) -> None:
        """Create the view `name` there, once: over files, or over the text of a model that is never stored."""
        from earnest.warehouse.transpile import to_spark

        if name in self.bound:
            return
        self.bound.add(name)
        if name in VIEWS:
            view = next(model for model in self.plan.models if model.name == name)
            for read in view.inputs:
                self.bind(con, place, read)
            frame = self.session.sql(to_spark(view.sql))
        else:
            frame = self._over_files(self._files(place, name), _columns(con, name))
        frame.createOrReplaceTempView(name)

    def _files(self, place: Place, name: str) -> list[Path]:
        if name.startswith("event_"):
            kind = name.removeprefix("event_")
            return [self.events / segment.path for segment in self.plan.segments if segment.kind == kind]
        return sorted((place.tables / name / place.folder).rglob("*.parquet"))

    def _over_files(self, files: list[Path], columns: list[tuple[str, str]]) -> DataFrame:
        from earnest.warehouse.transpile import quoted, spark_type

        if files:
            schema = ", ".join(f"{quoted(name)} {spark_type(kind)}" for name, kind in columns)
            return self.session.read.schema(schema).parquet(*map(uri, files))
        nothing = ", ".join(f"CAST(NULL AS {spark_type(kind)}) AS {quoted(name)}" for name, kind in columns)
        return self.session.sql(f"SELECT {nothing} WHERE 1 = 0")

    def _check(
        self,
        con: duckdb.DuckDBPyConnection,
        place: Place,
        files: tuple[TableFile, ...],
        *,
        model: Model,
        columns: list[tuple[str, str]],
    ) -> None:
        """Refuse files that are fewer than Spark's own, or of other types than DuckDB gives the model's columns."""
        here = sum(file.rows for file in files)
        there = self._over_files([place.tables / model.name / place.folder], columns).count()
        if here != there:
            raise blind(self.address, place.tables, f"of {there:,} rows of {model.name} {here:,} arrived here")
        found = _columns(con, duck.parquet([place.tables / file.path for file in files])) if files else columns
        if found != columns:
            raise EnvironmentProblem(
                "remote-types-differ",
                f"the engine at {self.address} wrote other types into {model.name} than asked for: "
                + ", ".join(f"{name} {kind}" for name, kind in sorted(set(found) - set(columns))),
                hint="Nothing was changed. Use Apache Spark 4, or build here: earnest build",
            )


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    described = con.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    return [(str(row[0]), str(row[1])) for row in described]


def _settle(folder: Path, tables: Path, *, partitioned: bool) -> tuple[TableFile, ...]:
    """Remove what Spark leaves beside its files, and sync them to disk before a manifest names them."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.suffix != ".parquet":
            path.unlink()
        elif path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)
    if partitioned:
        return tuple(partition_files(folder, tables))
    rows = {path: pyarrow.parquet.read_metadata(path).num_rows for path in sorted(folder.glob("*.parquet"))}
    return tuple(TableFile(str(path.relative_to(tables)), None, count) for path, count in rows.items())

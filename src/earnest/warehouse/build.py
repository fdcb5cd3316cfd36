"""Building a generation: run the models in order, write each table's partitions, publish the manifest.

    segments + small tables (identity, labels, look-back) ── models ──> Parquet partitions ── rename ──> current.json

A full build reads every segment. `increment.py` carries a few new segments into the generation in force instead; both
run the same SQL texts and give the same tables (`canonical_hash` compares them).
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow

from earnest.warehouse import duck, segments
from earnest.warehouse.manifest import Manifest, TableFile
from earnest.warehouse.models import Model, in_order
from earnest.warehouse.segments import Segment

FORM = 3
"""Raised when what is recorded beside the tables changes (`Plan.facts`): tables of an older form are then made anew."""

Progress = Callable[[str, int, int], None]
"""Called with (what, done, of)."""


def _table_bytes(table: pyarrow.Table) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return hashlib.sha256(sink.getvalue()).digest()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a build's files go (`<table>/<folder>/`), and how many days a partition holds."""

    tables: Path
    folder: str
    span_days: int


@contextlib.contextmanager
def new_place(tables: Path, generation: str, span_days: int) -> Iterator[Place]:
    """A place where nothing was ever written: a build of the same inputs, done or cut short, may have left its files.

    So a build never touches files that a manifest names, and readers and a killed builder's successor find them whole.
    What a build that fails has written is removed: a full disk must not get fuller.
    """
    names = (f"{generation}-{attempt}" for attempt in itertools.count())
    place = Place(tables, next(name for name in names if not any(tables.glob(f"*/{name}"))), span_days)
    try:
        yield place
    except BaseException:
        for folder in tables.glob(f"*/{place.folder}"):
            shutil.rmtree(folder)
        raise


Writer = Callable[[duckdb.DuckDBPyConnection, Place, Model], tuple[TableFile, ...]]
"""Runs a model and writes its rows into a place, on whichever engine."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes into a generation.

    Args:
        segments: event segments in force.
        models: all models; `message_partial` is a view, the others are stored.
        small: small input tables by name (identity, lookback, label_campaign …), stored with the generation.
        structure: hash of definitions and settings that are not in `small`.
        facts: what readers want to know of the generation (as_of, settings), stored in the manifest; `rating` is the
            digest of the rules and prices behind the charges; `received_seq` the last received entry that is read in;
            `lineage` the index of received entries it was read from.
        until_us: rows of received entries after this instant are left out: an "as of" that falls between the entries of
            one segment; None if none does.
    """

    segments: tuple[Segment, ...]
    models: tuple[Model, ...]
    small: dict[str, pyarrow.Table]
    facts: dict[str, Any]
    until_us: int | None = None

    @property
    def received_seq(self) -> int:
        """The last received entry that is read in."""
        return int(self.facts.get("received_seq", 0))

    @property
    def lineage(self) -> str | None:
        """Mark of the reading that the received entries come from; None if there are none."""
        return self.facts.get("lineage")

    @property
    def structure(self) -> str:
        """Hash of everything but the segments: a change means a full build."""
        digest = hashlib.sha256(f"{duckdb.__version__}:{FORM}".encode())
        for model in sorted(self.models, key=lambda m: m.name):
            digest.update(f"{model.name}:{model.version}".encode())
        digest.update(_table_bytes(self.small["lookback"]))
        digest.update(_table_bytes(self.small["excluded"]))
        digest.update(str(self.facts.get("rating")).encode())
        return digest.hexdigest()[:32]

    @property
    def span_days(self) -> int:
        """Days a partition holds: many for small workspaces (fewer files), one for large ones (little to rewrite)."""
        events = sum(segment.rows for segment in self.segments)
        return max(1, min(400, _ROWS_FOR_DAILY // max(events, 1)))

    @property
    def generation(self) -> str:
        """Name of the generation: the same inputs give the same name."""
        digest = hashlib.sha256(self.structure.encode())
        digest.update(json.dumps([sorted(s.path for s in self.segments), self.until_us, self.lineage]).encode())
        for name, table in sorted(self.small.items()):
            digest.update(name.encode() + _table_bytes(table))
        return digest.hexdigest()[:24]


def full_build(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    *,
    events: Path,
    tables: Path,
    progress: Progress,
    write: Writer | None = None,
) -> Manifest:
    """Build every table from every segment. The manifest is returned, not yet published.

    Args:
        write: runs a model and writes its rows; None does so here, in `con`.
    """
    segments.bind(con, events, plan.segments, until_us=plan.until_us)
    with new_place(tables, plan.generation, plan.span_days) as place:
        written: dict[str, tuple[TableFile, ...]] = {}
        columns: dict[str, tuple[tuple[str, str], ...]] = {}
        for name, table in plan.small.items():
            written[name] = write_small(con, place, name, table)
            columns[name] = bind_table(con, tables, name, written[name])
        ordered = in_order(plan.models)
        for done, model in enumerate(ordered):
            progress(model.name, done, len(ordered))
            if model.name in VIEWS:
                con.execute(f"CREATE OR REPLACE VIEW {model.name} AS {model.sql}")
                continue
            written[model.name] = (write or write_table)(con, place, model)
            columns[model.name] = bind_table(con, tables, model.name, written[model.name], model=model)
        progress("done", len(ordered), len(ordered))
        facts = plan.facts | {"span_days": place.span_days}
        return Manifest(plan.generation, plan.structure, tuple(s.path for s in plan.segments), written, columns, facts)


_ROWS_FOR_DAILY = 10_000_000

VIEWS = ("message_partial", "answer", "rated", "rated_cell")
"""Models that are never stored."""


def write_table(
    con: duckdb.DuckDBPyConnection, place: Place, model: Model, *, sql: str | None = None
) -> tuple[TableFile, ...]:
    """Write a model's rows (or those of `sql`) as Parquet: one folder a partition of `place.span_days`, or one file."""
    tables = place.tables
    folder = tables / model.name / place.folder
    folder.mkdir(parents=True)
    body = sql or model.sql
    if model.partition is None:
        target = folder / f"{model.name}.parquet"
        count = segments.copy_durably(con, body, target)
        return (TableFile(str(target.relative_to(tables)), None, count),)
    con.execute(
        f"COPY (SELECT *, {model.partition} - {model.partition} % {place.span_days} AS part FROM ({body}))"
        f" TO '{duck.escaped(folder)}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARTITION_BY (part))"
    )
    return tuple(partition_files(folder, tables))


def partition_files(folder: Path, tables: Path) -> list[TableFile]:
    """The files of a table that was written by partition, found on disk."""
    import pyarrow.parquet

    found = []
    for path in sorted(folder.glob("*/*.parquet")):
        value = path.parent.name.partition("=")[2]
        day = None if value.startswith("__") else int(value)
        found.append(TableFile(str(path.relative_to(tables)), day, pyarrow.parquet.read_metadata(path).num_rows))
    return found


def write_small(con: duckdb.DuckDBPyConnection, place: Place, name: str, table: pyarrow.Table) -> tuple[TableFile, ...]:
    """Store a small input table with the generation."""
    folder = place.tables / name / place.folder
    folder.mkdir(parents=True)
    con.register("small_input", table)
    target = folder / f"{name}.parquet"
    count = segments.copy_durably(con, "SELECT * FROM small_input", target)
    con.unregister("small_input")
    return (TableFile(str(target.relative_to(place.tables)), None, count),)


def bind_table(
    con: duckdb.DuckDBPyConnection, tables: Path, name: str, files: Sequence[TableFile], *, model: Model | None = None
) -> tuple[tuple[str, str], ...]:
    """Create the view `name` over a table's files and return its columns; without files, over the model's empty result."""
    if files:
        con.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {duck.parquet([tables / f.path for f in files])}")
    else:
        assert model is not None
        con.execute(f"CREATE OR REPLACE TEMP TABLE empty_{name} AS SELECT * FROM ({model.sql}) WHERE false")
        con.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM empty_{name}")
    return tuple((str(row[0]), str(row[1])) for row in con.execute(f"DESCRIBE {name}").fetchall())


def bind_manifest(con: duckdb.DuckDBPyConnection, tables: Path, manifest: Manifest) -> None:
    """Create a view for every table of a generation."""
    for name, files in manifest.tables.items():
        if files:
            con.execute(
                f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {duck.parquet([tables / f.path for f in files])}"
            )
        else:
            typed = ", ".join(f"CAST(NULL AS {kind}) AS {column}" for column, kind in manifest.columns[name])
            con.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT {typed} WHERE false")


def readable(tables: Path, manifest: Manifest) -> bool:
    """Whether every value of a generation can be read; if not, its files are damaged and only a full build helps."""
    with contextlib.closing(duck.connect()) as con:
        try:
            bind_manifest(con, tables, manifest)
            for name in manifest.tables:
                con.execute(f"SELECT bit_xor(hash(t)) FROM {name} AS t")
        except duckdb.Error:
            return False
    return True


def canonical_hash(con: duckdb.DuckDBPyConnection, table: str, *, without: Sequence[str] = ()) -> str:
    """Hash of a table's rows in canonical order: equal hashes mean equal tables, whatever the files look like."""
    names = [str(row[0]) for row in con.execute(f"DESCRIBE {table}").fetchall() if row[0] not in without]
    listed = ", ".join(sorted(names))
    digest = hashlib.sha256(listed.encode())
    reader = con.execute(f"SELECT {listed} FROM {table} ORDER BY ALL")
    while chunk := reader.fetchmany(100_000):
        digest.update(repr(chunk).encode())
    return digest.hexdigest()

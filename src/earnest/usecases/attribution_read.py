"""A file of journeys → `Journeys`, whichever form it has: paths in one file, or touches in one and conversions in another.

The form is told from the columns. Paths are read here, touches in `attribution_touches`.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import duckdb

from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.paths import take_apart
from earnest.importers.mapping import plain
from earnest.importers.reading import load
from earnest.importers.shape import inspect
from earnest.kernel.errors import DataRefused, UsageError
from earnest.usecases.attribution_columns import PATHS, TOUCHES, Staged, currency_of, mapped, staged
from earnest.usecases.attribution_file import (
    FileAsked,
    FileRead,
    Form,
    checked_journeys,
    money_notes,
    money_units,
    reading_of,
)
from earnest.usecases.attribution_touches import read_touches
from earnest.warehouse import duck


def read_journeys(path: Path, asked: FileAsked) -> FileRead:
    """Read a file of paths, or files of touches and conversions.

    Raises:
        UsageError: options that do not fit the file; `several-currencies`, `no-value`.
        DataRefused: `missing-column`, `no-journeys`, and what reading a file refuses.
    """
    if form_of(path, asked) == "paths":
        return _read_paths(path, asked)
    return read_touches(path, asked)


def form_of(path: Path, asked: FileAsked) -> Form:
    """Paths where a column is one, touches otherwise; refused where the options say the other.

    Raises:
        UsageError: `not-touches`, `conversions-missing`.
    """
    columns = inspect(path).columns
    known = {plain(column) for column in columns}
    told = {plain(one.partition("=")[0]) for one in asked.maps}
    names = {plain("path"), *PATHS.field("path").also}
    paths = "path" in told or (bool(names & known) and "contact" not in told and "at" not in told)
    if paths and asked.conversions is None:
        if asked.by is not None or asked.window_us is not None:
            option = "--by" if asked.by is not None else "--window"
            raise UsageError(
                "not-touches",
                f"{path.name} is a file of paths, which {option} cannot change",
                hint="Give touches with their times and --conversions FILE.",
            )
        return "paths"
    if asked.conversions is None:
        if _has(known, "contact") and _has(known, "at"):
            raise UsageError(
                "conversions-missing",
                f"{path.name} is a file of touches, and nothing says who converted",
                hint="Give the orders too: --conversions FILE, with contact, time and, where known, value and currency.",
            )
        raise DataRefused(
            "missing-column",
            f"{path.name} has neither a column of paths nor contact and time of touches",
            hint=f"Give --map path=COLUMN, or --map contact=COLUMN --map at=COLUMN. Columns: {', '.join(columns)}.",
        )
    return "touches"


def _has(known: set[str], field: str) -> bool:
    return bool({plain(field), *TOUCHES.field(field).also} & known)


def _read_paths(path: Path, asked: FileAsked) -> FileRead:
    shape, mapping = mapped(path, PATHS, asked.maps, reading_of(asked))
    with contextlib.closing(duck.connect()) as con:
        load(con, shape)
        currency = currency_of(con, shape, mapping, asked.currency)
        mapping = replace(mapping, reading=replace(mapping.reading, currency=currency or ""))
        counted = "conversions" if mapping.of("conversions") else "converted"
        held = staged(con, shape, mapping, kind=PATHS, table="paths", needed=("path", counted))
        journeys = _of_table(con, held, currency)
    notes = money_notes(held, currency)
    if journeys.milestone is not None:
        marked = int((journeys.milestone > 0).sum())
        notes += (
            f"{marked:,} steps are written lead:… or opportunity:…; they count for the channel named after the colon",
        )
    columns = {path.name: dict(mapping.fields)}
    return FileRead(checked_journeys(journeys, path, held.bad), "paths", "channel", held.rows, held.bad, notes, columns)


def _of_table(con: duckdb.DuckDBPyConnection, held: Staged, currency: str | None) -> Journeys:
    mapping = held.mapping
    parts = ["path"]
    if mapping.of("conversions"):
        parts.append("conversions")
    else:
        parts += ["CAST(converted AS BIGINT) AS conversions", "CAST(NOT converted AS BIGINT) AS nulls"]
    if mapping.of("nulls") and mapping.of("conversions"):
        parts.append("coalesce(nulls, 0) AS nulls")
    if mapping.of("value"):
        parts.append("coalesce(value, 0) AS value")
    table = con.sql(f"SELECT {', '.join(parts)} FROM paths ORDER BY row").to_arrow_table()
    steps = take_apart(table.column("path"))
    numbers = {name: table.column(name).to_numpy() for name in table.column_names if name != "path"}
    value, units = money_units(numbers["value"], currency) if "value" in numbers else (None, 1)
    return Journeys(
        channels=steps.channels,
        items=steps.items,
        offsets=steps.offsets,
        conversions=numbers["conversions"],
        nulls=numbers.get("nulls"),
        value=value,
        units=units,
        currency=currency,
        milestone=steps.milestone,
    )

"""Files of journeys: which column is what, and text → checked columns, the way imported files are read.

Rows that cannot be read are left out, counted and told with their reason; none is skipped unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from earnest.importers.fields import Field, FileKind
from earnest.importers.mapping import ROW, Mapping, detect
from earnest.importers.parsing import REASONS, Reader, Reading, identifier, quote, reader
from earnest.importers.shape import FileShape, inspect
from earnest.kernel.errors import UsageError

_CONTACT = ("contactid", "customer", "customerid", "userid", "user", "recipient", "clientid", "visitorid", "id", "phone", "email", "waid")  # fmt: skip
_TIMES = ("ts", "time", "timestamp", "datetime", "date", "occurredat", "eventtime", "createdat")
_VALUE = ("revenue", "amount", "total", "ordervalue", "conversionvalue", "totalconversionvalue", "totalvalue", "sales")
BY = ("channel", "campaign", "template", "variant", "touch_type")

PATHS = FileKind(
    "paths",
    "one row a path: its steps, how many journeys converted, how many did not, what they brought",
    (
        Field("path", "text", "steps, oldest first, with > between", ("paths", "journey", "touchpoints", "channels")),
        Field("conversions", "number", "journeys that converted", ("totalconversions", "conversion", "conv", "convs")),
        Field("converted", "flag", "whether the row's one journey converted", ("isconverted", "hasconverted")),
        Field("value", "number", "what all conversions of the row brought together", _VALUE, negative=True),
        Field("nulls", "number", "journeys that did not convert", ("totalnull", "totalnulls", "null", "nullcount", "nonconversions")),
        Field("currency", "currency", "of value", ("currencycode",)),
    ),
    (("path",), ("conversions", "converted")),
)  # fmt: skip
TOUCHES = FileKind(
    "touches",
    "one row a touch: who, when, by which channel",
    (
        Field("contact", "text", "who was touched", _CONTACT),
        Field("at", "time", "when", (*_TIMES, "touchedat", "touchtime", "sentat", "clickedat")),
        Field("channel", "text", "channel", ("source", "medium", "touchpoint", "channelname", "utmsource")),
        Field("campaign", "text", "campaign", ("campaignname", "campaignid", "utmcampaign")),
        Field("template", "text", "template", ("templatename", "templateid")),
        Field("variant", "text", "variant", ("variantname", "utmcontent")),
        Field("touch_type", "text", "delivered, read, clicked, replied …", ("touchtype", "type", "event", "kind", "interaction")),
        Field("milestone", "text", "lead or opportunity, where the touch is one", ("stage",)),
    ),
    (("contact",), ("at",)),
)  # fmt: skip
CONVERSIONS = FileKind(
    "conversions",
    "one row a conversion: who, when, what it brought",
    (
        Field("contact", "text", "who converted", _CONTACT),
        Field("at", "time", "when", (*_TIMES, "orderedat", "convertedat", "conversiontime", "ordertime", "orderdate")),
        Field("value", "number", "what it brought", _VALUE, negative=True),
        Field("currency", "currency", "of value", ("currencycode",)),
        Field("order_id", "text", "one row an id; a repeated one is left out", ("orderid", "order", "conversionid", "transactionid")),
    ),
    (("contact",), ("at",)),
)  # fmt: skip

_OWN_REASONS = {
    "currency-differs": ("is in another currency than the analysis", "Analyse each currency by itself with --currency."),
    "not-a-count": ("is not a whole number from 0", "Write how many journeys the row stands for."),
    "empty-step": ("has an empty step", "Write a channel between two >, or take one > out."),
    "repeated-id": ("repeats an order id", "One row an order; the first one counts."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BadRows:
    """Rows left out for one reason.

    Args:
        file, field: where. reason: kebab code. rows: how many. first: record number of the first, the header not counted.
    """

    file: str
    reason: str
    field: str | None
    rows: int
    first: int

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        wrong, remedy = (REASONS | _OWN_REASONS)[self.reason]
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        return f"{self.file}: {rows} left out, {self.field or 'it'} {wrong} (first: row {self.first}). {remedy}"

    def to_json(self) -> dict[str, Any]:
        wrong, remedy = (REASONS | _OWN_REASONS)[self.reason]
        return {
            "file": self.file, "reason": self.reason, "field": self.field, "rows": self.rows, "first_row": self.first,
            "message": wrong, "remedy": remedy,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Staged:
    """What one file held.

    Args:
        mapping: which column fills which field. rows: records in the file. bad: those left out.
    """

    mapping: Mapping
    rows: int
    bad: tuple[BadRows, ...]


def mapped(path: Path, kind: FileKind, maps: Sequence[str], reading: Reading) -> tuple[FileShape, Mapping]:
    """A file's format, and which of its columns is what.

    Raises:
        DataRefused, NotFound, UsageError: as `inspect` and `detect`.
    """
    shape = inspect(path)
    return shape, detect(shape.columns, kind, overrides=maps, reading=reading, source="analysis")


def raw_text(shape: FileShape, source: str) -> str:
    """SQL text of a mapped source over the table `raw`; null where the cell is empty."""
    if source == ROW:
        return "CAST(row AS VARCHAR)"
    if source.startswith("="):
        return quote(source[1:])
    return f"nullif(trim(c{shape.columns.index(source)}), '')"


def currency_of(con: duckdb.DuckDBPyConnection, shape: FileShape, mapping: Mapping, asked: str | None) -> str | None:
    """The currency of the analysis: the one asked for, or the only one the loaded file tells.

    Raises:
        UsageError: `several-currencies`, `no-value`.
    """
    column = mapping.of("currency")
    if asked is not None and mapping.of("value") is None:
        raise UsageError(
            "no-value",
            f"a currency was given, but {shape.path.name} has no column of money",
            hint="Give --map value=COLUMN, or leave --currency out.",
        )
    if asked is not None or column is None or mapping.of("value") is None:
        return asked.upper() if asked else None
    text = f"upper({raw_text(shape, column)})"
    rows = con.execute(
        f"SELECT {text} AS code FROM raw WHERE {text} IS NOT NULL GROUP BY code ORDER BY count(*) DESC, code"
    )
    found = [str(code) for (code,) in rows.fetchall()]
    if len(found) > 1:
        raise UsageError(
            "several-currencies",
            f"{shape.path.name} tells of {len(found)} currencies: {', '.join(found[:5])}",
            hint=f"Currencies are never added up. Choose one, for example --currency {found[0]}.",
        )
    return found[0] if found else None


def staged(
    con: duckdb.DuckDBPyConnection,
    shape: FileShape,
    mapping: Mapping,
    *,
    kind: FileKind,
    table: str,
    needed: Sequence[str],
) -> Staged:
    """Make `table` of the loaded file: `row`, and the kind's fields, typed and checked; null columns where not mapped.

    Args:
        needed: fields that must not be empty in a row.
    """
    how, money = mapping.reading, bool(mapping.reading.currency)
    texts = {name: raw_text(shape, source) for name, source in mapping.fields if money or name != "currency"}
    readers = {f.name: _reader(f, f"t_{f.name}", how, money=money) for f in kind.fields if f.name in texts}
    typed = {
        column: sql for one in readers.values() for column, sql in one.columns.items() if not column.endswith("_day")
    }
    cells = ", ".join(["row", *(f"{sql} AS t_{name}" for name, sql in texts.items())])
    values = "".join(f", {sql} AS {identifier(column)}" for column, sql in typed.items())
    reason, field = (_first_failure(readers, needed, texts, part=part) for part in (0, 1))
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {table}_all AS
        SELECT row{"".join(f", {identifier(column)}" for column in typed)}, {reason} AS reason, {field} AS field
        FROM (SELECT *{values} FROM (SELECT {cells} FROM raw))"""
    )
    con.execute(f"INSERT INTO {table}_all (row, reason, field) SELECT row, reason, field FROM rejected")
    if "order_id" in texts:
        con.execute(
            f"""UPDATE {table}_all SET reason = 'repeated-id', field = 'order_id' WHERE reason IS NULL AND row NOT IN (
                SELECT min(row) FROM {table}_all WHERE reason IS NULL GROUP BY coalesce(order_id, CAST(row AS VARCHAR) || ' '))"""
        )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * EXCLUDE (reason, field) FROM {table}_all WHERE reason IS NULL"
    )
    return Staged(mapping, _count(con, f"{table}_all"), _bad(con, f"{table}_all", shape.path.name))


def _reader(field: Field, raw: str, how: Reading, *, money: bool) -> Reader:
    if field.name == "path":
        return Reader({"path": raw}, ((f"regexp_matches({raw}, '(^|>)\\s*(>|$)')", "empty-step"),))
    if field.name in ("conversions", "nulls"):
        value = (
            f"CASE WHEN regexp_matches({raw}, '^[0-9]{{1,12}}(\\.0*)?$') THEN CAST(CAST({raw} AS DOUBLE) AS BIGINT) END"
        )
        return Reader({field.name: value}, ((f"{raw} IS NOT NULL AND {field.name} IS NULL", "not-a-count"),))
    if field.name == "value" and money:
        return reader(Field("value", "micro", field.meaning, negative=True), raw, how)
    return reader(field, raw, how)


def _first_failure(readers: dict[str, Reader], needed: Sequence[str], texts: dict[str, str], *, part: int) -> str:
    cases = [
        f"WHEN {predicate} THEN {(quote(code), quote(name))[part]}"
        for name, one in readers.items()
        for predicate, code in one.checks
    ]
    cases += [f"WHEN t_{name} IS NULL THEN {(quote('missing'), quote(name))[part]}" for name in needed if name in texts]
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def _bad(con: duckdb.DuckDBPyConnection, table: str, file: str) -> tuple[BadRows, ...]:
    rows = con.execute(
        f"SELECT reason, field, count(*), min(row) FROM {table} WHERE reason IS NOT NULL GROUP BY ALL ORDER BY count(*) DESC, reason, field"
    ).fetchall()
    return tuple(BadRows(file, reason, field, int(count), int(first)) for reason, field, count, first in rows)

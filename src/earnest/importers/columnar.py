"""One file through one mapping: check every row, know its contact, leave `accepted` and `quarantine`.

    raw text → typed columns → first failed check names the reason → identities → accepted | quarantine

Whole columns at a time in DuckDB; the only per-value Python is phone numbers that SQL cannot prove canonical.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import duckdb

from earnest.events.identity import RESERVED
from earnest.importers.fields import KINDS, FileKind
from earnest.importers.foreign import DAYS, TOLD, Rates, convert
from earnest.importers.identities import identify
from earnest.importers.mapping import RECEIVED, ROW, Mapping
from earnest.importers.parsing import REASONS, Reader, Reading, attribute_column, empty, identifier, quote, reader
from earnest.importers.shape import FileShape
from earnest.importers.where import condition
from earnest.kernel.money import exponents


@dataclass(frozen=True, slots=True)
class Reject:
    """A quarantined row as shown to people."""

    row: int
    reason: str
    field: str | None
    value: str | None
    kind: str | None = None

    def sentence(self, file: str) -> str:
        """File, row, column, value, what is wrong and what to do, in one line."""
        wrong, remedy = REASONS[self.reason]
        if self.reason == "unknown-value" and self.kind and self.field:
            remedy = f"Known: {', '.join(text for text, _ in KINDS[self.kind].field(self.field).choices)}."
        shown = f"'{_shortened(self.value)}' " if self.value is not None else ""
        where = f"{file} row {self.row}" + (f" field {self.field}" if self.field else "")
        return f"{where}: {shown}{wrong}. {remedy}"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a file's rows: rows = accepted + quarantined + filtered, always."""

    rows: int
    accepted: int
    quarantined: int
    filtered: int
    without_contact: int
    equal_rows: int
    reasons: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def check(
    con: duckdb.DuckDBPyConnection, shape: FileShape, mapping: Mapping, *, file_hash: str, rates: Rates | None = None
) -> Counts:
    """Type and check the table `raw`; leaves the tables `accepted` and `quarantine` on the connection.

    Args:
        rates: converts orders, conversions and refunds in other currencies; without it they are refused.
    """
    kind = KINDS[mapping.kind]
    texts = _texts(shape, mapping)
    _build_checked(con, shape, mapping, texts=texts)
    if rates is not None and kind.name in DAYS and mapping.of("currency"):
        _convert_foreign(con, shape, mapping, texts=texts, rates=rates)
    _refuse_conflicts(con, mapping)
    identities = [
        ("row" if mapping.of(f.name) == ROW else f.name, f.name)
        for f in kind.fields
        if f.type == "identity" and f.name in texts
    ]
    identify(con, identities, file_hash=file_hash, region=mapping.region)
    _build_accepted(con, kind, identities)
    con.execute("DROP TABLE checked")
    return _counts(con, mapping, identities)


def _reading(mapping: Mapping, field: str) -> Reading:
    return replace(mapping.reading, date_format=None) if mapping.of(field) == RECEIVED else mapping.reading


def plain_days(con: duckdb.DuckDBPyConnection, shape: FileShape, mapping: Mapping) -> dict[str, int]:
    """Time fields → how many of their values are dates without a clock time, read as days in the workspace's zone."""
    kind, texts = KINDS[mapping.kind], _texts(shape, mapping)
    found = {}
    for field in kind.fields:
        if field.type == "time" and field.name in texts and mapping.reading.date_format is None:
            pattern = "^([0-9]{4}-[0-9]{2}-[0-9]{2}|(19|20)[0-9]{6})$"
            row = con.execute(
                f"SELECT count(*) FROM raw WHERE regexp_matches({texts[field.name]}, '{pattern}')"
            ).fetchone()
            if row is not None and row[0]:
                found[field.name] = int(row[0])
    return found


def rejects(con: duckdb.DuckDBPyConnection, kind: str, limit: int) -> list[Reject]:
    """The first quarantined rows, in file order."""
    rows = con.execute("SELECT row, reason, field, value FROM quarantine ORDER BY row LIMIT $1", [limit]).fetchall()
    return [Reject(row, reason, field, value, kind) for row, reason, field, value in rows]


def _texts(shape: FileShape, mapping: Mapping) -> dict[str, str]:
    """SQL text expression per mapped field and attribute, over the table `raw`."""
    position = {name: f"c{i}" for i, name in enumerate(shape.columns)}

    def expression(source: str) -> str:
        if source == ROW:
            return "CAST(row AS VARCHAR)"
        return quote(source[1:]) if source.startswith("=") else f"nullif(trim({position[source]}), '')"

    texts = {field: expression(source) for field, source in mapping.fields}
    texts.update({attribute_column(n): expression(source) for n, (_, source) in enumerate(mapping.attributes)})
    return texts


def _build_checked(
    con: duckdb.DuckDBPyConnection,
    shape: FileShape,
    mapping: Mapping,
    *,
    texts: dict[str, str],
    into: str = "checked",
    only: str = "true",
) -> None:
    kind = KINDS[mapping.kind]
    readers = {f.name: reader(f, f"t_{f.name}", _reading(mapping, f.name)) for f in kind.fields if f.name in texts}
    staged = ", ".join([f"{sql} AS {identifier('t_' + name)}" for name, sql in texts.items()] + ["row"])
    columns = {f"c{i}": name for i, name in enumerate(shape.columns)}
    where = (
        condition(mapping.where, {name: f"trim({c})" for c, name in columns.items()})
        if mapping.where is not None
        else "true"
    )
    typed: dict[str, str] = {}
    for field in kind.fields:
        typed.update(readers[field.name].columns if field.name in readers else empty(field))
    values = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in typed.items() if not _refers(sql, typed))
    days = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in typed.items() if _refers(sql, typed))
    attributes = ", ".join(f"t_{name} AS {name}" for name in map(attribute_column, range(len(mapping.attributes))))
    told = "".join(f", CAST(NULL AS {type_}) AS {name}" for name, type_ in TOLD.items() if kind.name in DAYS)
    final = ", ".join(part for part in (*(identifier(name) for name in typed), attributes) if part)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {into} AS
        SELECT row, {final}{told}, {_case(kind, mapping, readers, 0)} AS reason, {_case(kind, mapping, readers, 1)} AS field,
            {_case(kind, mapping, readers, 2)} AS shown
        FROM (SELECT *{", " + days if days else ""} FROM (SELECT *, {values} FROM (SELECT {staged} FROM raw WHERE {where})))
        WHERE {only}"""
    )


def _convert_foreign(
    con: duckdb.DuckDBPyConnection, shape: FileShape, mapping: Mapping, *, texts: dict[str, str], rates: Rates
) -> None:
    """Read the rows of each other currency again, with its decimals, and convert them."""
    own = mapping.reading.currency
    codes = con.execute(
        "SELECT DISTINCT currency FROM checked WHERE currency <> $1 AND list_contains($2, currency) ORDER BY 1",
        [own, sorted(exponents())],
    ).fetchall()
    for (code,) in codes:
        read = replace(mapping, reading=replace(mapping.reading, currency=str(code)))
        only = f"currency = {quote(str(code))}"
        _build_checked(con, shape, read, texts=texts, into="checked_foreign", only=only)
        convert(con, mapping.kind, str(code), own=own, source=mapping.source, rates=rates)
        con.execute("DROP TABLE checked_foreign")


def _refers(sql: str, typed: dict[str, str]) -> bool:
    """Whether a column is derived from another typed column (the business day from its instant)."""
    return sql.startswith("CAST(CAST(timezone(") and any(f"make_timestamptz({name})" in sql for name in typed)


def _case(kind: FileKind, mapping: Mapping, readers: dict[str, Reader], part: int) -> str:
    """The first failed check as CASE: part 0 its reason code, 1 its field, 2 the offending text."""
    cases = []
    for field in kind.fields:
        for predicate, code in readers[field.name].checks if field.name in readers else ():
            shown = f"t_{field.name}" if field.type != "identity" else "NULL"
            cases.append(f"WHEN {predicate} THEN {(quote(code), quote(field.name), shown)[part]}")
    if kind.name == "costs" and "until" in readers:
        cases.append(f"WHEN until_us <= from_us THEN {(quote('period-reversed'), quote('until'), 't_until')[part]}")
    if kind.name == "reviews" and "rating" in readers:
        wrong = "rating < 0 OR rating > coalesce(scale, 5000) OR scale <= 0"
        cases.append(f"WHEN {wrong} THEN {(quote('rating-out-of-scale'), quote('rating'), 't_rating')[part]}")
    for group in _needs(kind, mapping):
        missing = " AND ".join(f"t_{name} IS NULL" for name in group)
        cases.append(f"WHEN {missing} THEN {(quote('missing'), quote(group[0]), 'NULL')[part]}")
    return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"


def _needs(kind: FileKind, mapping: Mapping) -> list[tuple[str, ...]]:
    mapped = dict(mapping.fields)
    return [group for group in (tuple(name for name in group if name in mapped) for group in kind.needs) if group]


def _refuse_conflicts(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """Rows of one file that give one order two amounts, with nothing to say which is later."""
    ids = {"orders": "order_id", "conversions": "conversion_id"}
    column = ids.get(mapping.kind)
    if column is None or mapping.of(column) is None or mapping.of("updated_at") or mapping.of("line_amount"):
        return
    con.execute(
        f"""UPDATE checked SET reason = 'same-id-differs', field = {quote(column)}, shown = {column}
        WHERE reason IS NULL AND {column} IN (
            SELECT {column} FROM checked WHERE reason IS NULL AND {column} IS NOT NULL GROUP BY {column}
            HAVING min(coalesce(amount, -1)) <> max(coalesce(amount, -1)) OR min(coalesce(total, -1)) <> max(coalesce(total, -1)))"""
    )


def _build_accepted(con: duckdb.DuckDBPyConnection, kind: FileKind, identities: list[tuple[str, str]]) -> None:
    joins = " ".join(
        f"LEFT JOIN identified AS i{n} ON i{n}.hint = {quote(hint)} AND i{n}.raw = checked.{column}"
        for n, (hint, column) in enumerate(identities)
    )
    keys = [f"i{n}.contact_key" for n in range(len(identities))]
    key = f"coalesce({', '.join(keys)})" if keys else "NULL::BIGINT"
    zone = f"coalesce({', '.join(f'i{n}.zone' for n in range(len(identities)))})" if keys else "NULL::INTEGER"
    others = ", ".join(f"{k} AS identity_{n}" for n, k in enumerate(keys))
    joins += "".join(
        f" LEFT JOIN nobody AS b{n} ON b{n}.hint = {quote(hint)} AND b{n}.raw = checked.{column}"
        for n, (hint, column) in enumerate(identities)
    )
    given = " OR ".join(
        f"(checked.{column} IS NOT NULL AND b{n}.raw IS NULL)" for n, (_, column) in enumerate(identities)
    )
    given = given or "false"
    reserved = " OR ".join(
        f"(i{n}.identity_scheme = 'ext' AND starts_with(i{n}.raw, {quote(prefix)}))"
        for n in range(len(identities))
        for prefix in RESERVED
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE joined AS
        SELECT checked.*, {key} AS contact_key, {zone} AS zone{", " + others if others else ""}, {given} AS given,
            coalesce({reserved or "false"}, false) AS reserved
        FROM checked {joins}"""
    )
    missing = "contact_key IS NULL AND given"
    needed = "contact_key IS NULL" if kind.needs_contact else "false"
    verdict = (
        "CASE WHEN reason IS NOT NULL THEN reason WHEN reserved THEN 'contact-reserved'"
        f" WHEN {missing} THEN 'contact-unreadable' WHEN {needed} THEN 'contact-missing' END"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE accepted AS SELECT * EXCLUDE (reason, field, shown, given, reserved) FROM joined WHERE {verdict} IS NULL"
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE quarantine AS
        SELECT row, {verdict} AS reason, CASE WHEN reason IS NULL THEN 'contact' ELSE field END AS field, shown AS value
        FROM joined WHERE {verdict} IS NOT NULL
        UNION ALL SELECT row, reason, field, NULL FROM rejected"""
    )
    con.execute("DROP TABLE joined")


def _counts(con: duckdb.DuckDBPyConnection, mapping: Mapping, identities: list[tuple[str, str]]) -> Counts:
    row = con.execute(
        "SELECT (SELECT count(*) FROM raw) + (SELECT count(*) FROM rejected), (SELECT count(*) FROM accepted),"
        " (SELECT count(*) FROM quarantine), (SELECT count(*) FROM accepted WHERE contact_key IS NULL)"
    ).fetchone()
    assert row is not None
    rows, accepted, quarantined, without = (int(value) for value in row)
    reasons = con.execute(
        "SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY count(*) DESC, reason"
    ).fetchall()
    equal = 0
    if not _has_ids(mapping) and not any(hint == "row" for hint, _ in identities):
        names = ", ".join(
            identifier(name) for (name, *_) in con.execute("DESCRIBE accepted").fetchall() if name != "row"
        )
        row = con.execute(
            f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM accepted GROUP BY {names})"
        ).fetchone()
        assert row is not None
        equal = int(row[0])
    return Counts(
        rows,
        accepted,
        quarantined,
        rows - accepted - quarantined,
        without if identities else accepted,
        equal,
        {code: int(n) for code, n in reasons},
    )


def _has_ids(mapping: Mapping) -> bool:
    own = {"messages": "message_id", "orders": "order_id", "refunds": "refund_id", "clicks": "click_id", "costs": "cost_id",
           "sessions": "session_id", "conversions": "conversion_id", "reviews": "review_id", "answers": "answer_id"}  # fmt: skip
    return mapping.kind in ("assignments", "contacts", "series") or mapping.of(own[mapping.kind]) is not None

"""Staged files → views in which everybody is known: `told_status`, `told_order` … with `contact_key` and `zone`.

    staged files ─ staged_* ─┬─ identified (one row a distinct identity) ─┐
                             └────────────────────────────────────────────┴─ told_* ─ told_link, told_reject

Only the identities that a sort of value really names are joined: a channel that knows phones alone pays for phones alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from earnest.channels.columns import PARTY, SCHEMAS, Stage
from earnest.importers.identities import identify
from earnest.importers.parsing import file_literal

HINTS = {"phone": "wa_id", "dialled": "phone", "user_id": "bsuid", "email": "email", "contact": "contact"}
"""What names a party → how it is read, as the columns of files are."""

NEED_CONTACT = ("watermark", "attribute", "assignment")
"""Sorts that are about a contact and nothing else: without one they are refused, as rows of files are."""

_ZONED = ("phone", "dialled", "contact")
_OTHER = "other_"
_NOBODY = tuple(sort for sort, schema in SCHEMAS.items() if "phone" not in schema.names)
_PARTIES = tuple(sort for sort in SCHEMAS if sort not in _NOBODY)


def bind_stage(con: duckdb.DuckDBPyConnection, stage: Stage, *, file_hash: str, region: str | None = None) -> None:
    """Make `told_*` views of the staged files, and `identified` of the identities in them.

    Needs the functions of `importers.identities.register_keys`.

    Args:
        region: ISO 3166 country of dialled numbers without a country code; None leaves them unread.
    """
    for sort, schema in SCHEMAS.items():
        path = stage.path(sort)
        if path is not None:
            con.execute(
                f"CREATE OR REPLACE TEMP VIEW staged_{sort} AS SELECT * FROM read_parquet({file_literal(path)})"
            )
        else:
            con.execute(f"DROP VIEW IF EXISTS staged_{sort}")
            con.register(f"none_{sort}", schema.empty_table())
            con.execute(f"CREATE OR REPLACE TEMP TABLE staged_{sort} AS SELECT * FROM none_{sort}")
            con.unregister(f"none_{sort}")
    con.register("staged_terms", stage.terms())
    con.execute("CREATE OR REPLACE TEMP TABLE told_terms AS SELECT * FROM staged_terms")
    con.unregister("staged_terms")
    _identify(con, stage, file_hash=file_hash, region=region)
    for sort in _PARTIES:
        con.execute(f"CREATE OR REPLACE TEMP VIEW told_{sort} AS {_known(stage, sort)}")
    for sort in ("line", "notice"):
        con.execute(f"CREATE OR REPLACE TEMP VIEW told_{sort} AS SELECT * FROM staged_{sort}")
    con.execute(f"CREATE OR REPLACE TEMP VIEW told_link AS {_links(stage)}")
    con.execute(f"CREATE OR REPLACE TEMP VIEW told_reject AS {_rejects(stage)}")


def without_contact(con: duckdb.DuckDBPyConnection, stage: Stage, sort: str) -> int:
    """How many values of a sort are about nobody who can be known."""
    if not stage.counts[sort]:
        return 0
    row = con.execute(f"SELECT count(*) FROM told_{sort} WHERE contact_key IS NULL").fetchone()
    assert row is not None
    return int(row[0])


def duplicates(con: duckdb.DuckDBPyConnection) -> int:
    """Values of the staged files that are told more than once, counted beyond the first."""
    total = 0
    for sort, columns in _TOLD_TWICE.items():
        row = con.execute(
            f"SELECT (SELECT count(*) FROM staged_{sort}) - (SELECT count(*) FROM (SELECT DISTINCT hash({columns}) FROM staged_{sort}))"
        ).fetchone()
        assert row is not None
        total += int(row[0])
    return total


_WHO = ", ".join(PARTY)
_VERSION = "order_id, updated_us, net, cancelled, occurred_us"
_TOLD_TWICE = {
    "status": "message_id, status",
    "watermark": f"status, until_us, {_WHO}",
    "reply": "reply_id",
    "click": f"occurred_us, click_id, token, link, component, message_id, {_WHO}",
    "opt": f"direction, door, occurred_us, message_id, {_WHO}",
    "order": _VERSION,
    "conversion": _VERSION,
    "refund": "refund_id",
    "attribute": f"attribute, value, occurred_us, {_WHO}",
    "assignment": f"experiment, arm, occurred_us, {_WHO}",
    "session": "session_id, order_id",
    "answer": "answer_id, question, version",
    "review": "review_id",
    "notice": "topic, subject, name, occurred_us, detail",
}
"""Sort of value → what makes two of them the same."""


def _identify(con: duckdb.DuckDBPyConnection, stage: Stage, *, file_hash: str, region: str | None) -> None:
    named: dict[str, list[str]] = {name: [] for name in PARTY}
    for sort in _PARTIES:
        for prefix in ("", _OTHER) if sort == "same" else ("",):
            for name in stage.filled(sort, prefix=prefix):
                named[name].append(f"SELECT {_read(name, prefix)} AS raw FROM staged_{sort}")
    met = [name for name in PARTY if named[name]]
    columns = ", ".join(["NULL AS reason", *(f"CASE WHEN name = '{name}' THEN raw END AS {name}" for name in met)])
    values = " UNION ALL ".join(
        f"SELECT '{name}' AS name, raw FROM ({' UNION ALL '.join(named[name])})" for name in met
    )
    from_ = values or "SELECT '' AS name, '' AS raw WHERE false"
    con.execute(f"CREATE OR REPLACE TEMP VIEW checked AS SELECT {columns} FROM ({from_})")
    identify(con, [(HINTS[name], name) for name in met], file_hash=file_hash, region=region)
    con.execute("DROP VIEW checked")


def _read(name: str, prefix: str = "", table: str = "") -> str:
    """A name of a party as it is read; what people wrote is trimmed, as cells of files are."""
    column = f"{table}{prefix}{name}"
    return column if name in ("phone", "user_id") else f"nullif(trim({column}), '')"


def _known(stage: Stage, sort: str) -> str:
    """A sort of value with the contact it is about, the recipient's zone, and the key of each of its identities."""
    sides = ("", _OTHER) if sort == "same" else ("",)
    columns: list[str] = []
    joins: list[str] = []
    for prefix in sides:
        filled = stage.filled(sort, prefix=prefix)
        for name in PARTY:
            key = f"{prefix}i_{name}"
            columns.append(
                f"{f'{key}.contact_key' if name in filled else 'CAST(NULL AS BIGINT)'} AS {prefix}key_of_{name}"
            )
        columns.append(f"{_first(f'{prefix}i_{name}.contact_key' for name in filled)} AS {prefix}contact_key")
        joins.extend(
            f"LEFT JOIN identified AS {prefix}i_{name} ON {prefix}i_{name}.hint = '{HINTS[name]}'"
            f" AND {prefix}i_{name}.raw = {_read(name, prefix, 's.')}"
            for name in filled
        )
    zone = _first((f"i_{name}.zone" for name in stage.filled(sort) if name in _ZONED), "INTEGER")
    return f"SELECT s.*, {', '.join(columns)}, {zone} AS zone FROM staged_{sort} AS s {' '.join(joins)}"


def _first(columns: Iterable[str], of: str = "BIGINT") -> str:
    listed = list(columns)
    return f"coalesce({', '.join(listed)})" if listed else f"CAST(NULL AS {of})"


def _links(stage: Stage) -> str:
    """Pairs of identities told together: of one party, and of two parties said to be one person."""
    at = "occurred_us, received_us"
    pairs = [
        f"SELECT {prefix}contact_key AS contact_key, {prefix}key_of_{name} AS other_key, {at} FROM told_{sort}"
        for sort in _PARTIES
        if stage.counts[sort]
        for prefix in (("", _OTHER) if sort == "same" else ("",))
        for name in stage.filled(sort, prefix=prefix)[1:]
    ]
    if stage.counts["same"]:
        pairs.append(f"SELECT contact_key, {_OTHER}contact_key AS other_key, {at} FROM told_same")
    columns = ("contact_key", "other_key", "occurred_us", "received_us")
    none = f"SELECT {', '.join(f'CAST(NULL AS BIGINT) AS {name}' for name in columns)} WHERE false"
    return f"SELECT * FROM ({' UNION ALL '.join(pairs) or none}) WHERE contact_key <> other_key"


def _rejects(stage: Stage) -> str:
    """What was refused when it was read, and what turned out to be about nobody."""
    given = f"coalesce({', '.join(_read(name) for name in PARTY)}) IS NULL"
    nobody = [
        f"SELECT row, received_us, CASE WHEN {given} THEN 'contact-missing' ELSE 'contact-unreadable' END, 'contact', NULL"
        f" FROM told_{sort} WHERE contact_key IS NULL"
        for sort in NEED_CONTACT
        if stage.counts[sort]
    ]
    return " UNION ALL ".join(["SELECT row, received_us, reason, field, value FROM staged_reject", *nobody])

"""Received posts of one source, through its mapping, to event rows: the same checks that files of rows pass.

    posts ─ records ─ rows of text ─> raw ─ importers.columnar ─> accepted ─ importers.emit ─> temp tables, one a kind
                                                               └─> quarantine ─> rejects of the post

A row is numbered by its post and its place in it, so that the same posts give the same rows however they are cut into
batches. What is told without an id of its own is keyed by that number: two equal posts then count twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow

from earnest.channels.generic.paths import path_of, rows
from earnest.channels.generic.plan import OWN_ID, VERSIONED, HookPlan
from earnest.channels.masking import told_word
from earnest.channels.told import Rejected, shown_value
from earnest.importers import columnar
from earnest.importers.emit import Emission, Stamp, emissions
from earnest.importers.mapping import RECEIVED
from earnest.importers.parsing import identifier
from earnest.importers.shape import FileShape

ROWS_PER_POST = 1 << 18
"""More rows than any post has: delivery admits 200,000 values."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Post:
    """One received post.

    Args:
        seq: its journal entry. received_us: when it came. payload: decoded body, or why it cannot be.
        known_us: instant from which what it tells is known, where that is later than when it came (a replay).
    """

    seq: int
    received_us: int
    payload: object
    known_us: int | None = None


@dataclass(frozen=True, slots=True)
class HookRead:
    """What posts tell.

    Args:
        emissions: event kinds, each with a SELECT over temp tables that stay on the connection.
        rejects: (number of the entry, what was refused), in order.
        rows: rows that were accepted.
    """

    emissions: list[Emission]
    rejects: list[tuple[int, Rejected]]
    rows: int


def read_generic(con: duckdb.DuckDBPyConnection, posts: Sequence[Post], plan: HookPlan, *, stamp: Stamp) -> HookRead:
    """Read posts of one source.

    Needs the functions of `importers.identities.register_keys`. Makes and replaces the temp tables of `importers` and
    `hook_*`; the emissions hold until the next call on the connection.

    Args:
        stamp: what every row carries; `received_us` counts for rows that stand for something met (identities, labels).
    """
    stamp = Stamp(f"hook:{plan.mapping.source}", stamp.segment_key, stamp.received_us)
    rejects: list[tuple[int, Rejected]] = []
    made: dict[str, list[str]] = defaultdict(list)
    accepted = 0
    for number, layer in enumerate(_layers(posts, plan, rejects)):
        _load(con, layer, plan)
        counts = columnar.check(con, _shape(plan), plan.mapping, file_hash=stamp.file_hash)
        accepted += counts.accepted - _refuse_two_amounts(con, plan)
        rejects.extend(_refused(con, plan))
        for place, (kind, sql) in enumerate(emissions(plan.mapping, stamp)):
            table = f"hook_{number}_{place}"
            con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {_with_own_time(sql)}")
            made[kind].append(f"SELECT * FROM {table}")
    rejects.sort(key=lambda one: one[0])
    return HookRead([(kind, " UNION ALL ".join(selects)) for kind, selects in made.items()], rejects, accepted)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    received_us: int
    known_us: int
    cells: list[str | None]


def _layers(posts: Sequence[Post], plan: HookPlan, rejects: list[tuple[int, Rejected]]) -> list[list[_Row]]:
    """The rows of all posts. Lines of an order are summed up by order, so two posts of one order stand in two layers."""
    apart = plan.kind == "orders" and plan.mapping.of("line_amount") is not None
    id_column = plan.mapping.of(OWN_ID["orders"]) if apart else None
    place = plan.columns.index(id_column) if id_column in plan.columns else None
    layers: list[list[_Row]] = [[]]
    told: dict[str | None, int] = {}
    for post in posts:
        mine = list(_rows(post, plan, rejects))
        ids = {None if place is None else row.cells[place] for row in mine} if apart else set()
        layer = max((told.get(one, 0) for one in ids), default=0)
        told.update(dict.fromkeys(ids, layer + 1))
        while len(layers) <= layer:
            layers.append([])
        layers[layer].extend(mine)
    return layers


def _rows(post: Post, plan: HookPlan, rejects: list[tuple[int, Rejected]]) -> Iterator[_Row]:
    if isinstance(post.payload, Rejected):
        rejects.append((post.seq, post.payload))
        return
    listed = isinstance(post.payload, list)
    records: list[Any] = post.payload if isinstance(post.payload, list) else [post.payload]
    number = post.seq * ROWS_PER_POST
    for index, record in enumerate(records):
        at = f"[{index}]" if listed else ""
        if not isinstance(record, dict):
            rejects.append((post.seq, Rejected("shape-unknown", at)))
            number += 1
            continue
        for cells in rows(record, plan.paths, plan.lists):
            if plan.paths and not any(one is not None for one in cells):
                rejects.append((post.seq, Rejected("not-mapped", at or plan.paths[0].text)))
                number += 1  # numbers are of places, not of what was taken: read again, the same
                continue
            yield _Row(number, post.received_us, post.known_us or post.received_us, _ordered(plan, post, cells))
            number += 1


def _ordered(plan: HookPlan, post: Post, cells: list[str | None]) -> list[str | None]:
    """Cells in the order of the plan's columns, with the time of receipt where it is asked for."""
    taken = iter(cells)
    received = (_EPOCH + timedelta(microseconds=post.received_us)).isoformat(timespec="microseconds")
    told = [received if column == RECEIVED else next(taken) for column in plan.columns]
    for field in _WORDS if plan.kind == "messages" else ():
        column = plan.mapping.of(field)
        if column in plan.columns:
            place = plan.columns.index(column)
            told[place] = told_word(told[place], code=field == "error_code")
    return told


_WORDS = ("channel", "category", "error_code")
"""Fields that rows keep in the sender's words, and that are nobody's number."""


def _load(con: duckdb.DuckDBPyConnection, layer: list[_Row], plan: HookPlan) -> None:
    text, whole = pyarrow.string(), pyarrow.int64()
    columns = {
        f"c{place}": pyarrow.array([row.cells[place] for row in layer], text) for place in range(len(plan.columns))
    }
    columns["row"] = pyarrow.array([row.number for row in layer], whole)
    con.register("hook_rows", pyarrow.table(columns))
    con.execute("CREATE OR REPLACE TEMP TABLE raw AS SELECT * FROM hook_rows ORDER BY row")
    con.unregister("hook_rows")
    con.execute("CREATE OR REPLACE TEMP TABLE rejected (row BIGINT, reason VARCHAR, field VARCHAR)")
    known = {row.number // ROWS_PER_POST: row.known_us for row in layer}
    con.register(
        "hook_known",
        pyarrow.table(
            {"seq": pyarrow.array(list(known), whole), "known_us": pyarrow.array(list(known.values()), whole)}
        ),
    )
    con.execute("CREATE OR REPLACE TEMP TABLE hook_post AS SELECT * FROM hook_known")
    con.unregister("hook_known")


def _shape(plan: HookPlan) -> FileShape:
    return FileShape(Path("hook"), "jsonl", gzipped=False, columns=plan.columns)


def _with_own_time(sql: str) -> str:
    """Event rows with the time at which their own post came, not that of the batch."""
    return (
        "SELECT e.* REPLACE (coalesce(p.known_us, e.received_us) AS received_us)"
        f" FROM ({sql}) AS e LEFT JOIN hook_post AS p ON e.row // {ROWS_PER_POST} = p.seq"
    )


def _refuse_two_amounts(con: duckdb.DuckDBPyConnection, plan: HookPlan) -> int:
    """Refuse rows of one post that give one order two amounts: nothing says which is later. Returns how many."""
    own = OWN_ID.get(plan.kind)
    if plan.kind not in VERSIONED or own is None or plan.mapping.of(own) is None or plan.mapping.of("line_amount"):
        return 0
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE hook_twice AS SELECT row FROM accepted JOIN (
            SELECT row // {ROWS_PER_POST} AS seq, {own} AS id FROM accepted WHERE {own} IS NOT NULL
            GROUP BY ALL HAVING count(DISTINCT (amount, total)) > 1 AND count(DISTINCT updated_at_us) < count(*)
        ) AS twice ON accepted.row // {ROWS_PER_POST} = twice.seq AND accepted.{own} = twice.id"""
    )
    con.execute(
        f"INSERT INTO quarantine SELECT row, 'same-id-differs', '{own}', {own} FROM accepted SEMI JOIN hook_twice USING (row)"
    )
    con.execute("DELETE FROM accepted WHERE row IN (SELECT row FROM hook_twice)")
    row = con.execute("SELECT count(*) FROM hook_twice").fetchone()
    assert row is not None
    return int(row[0])


def _refused(con: duckdb.DuckDBPyConnection, plan: HookPlan) -> Iterator[tuple[int, Rejected]]:
    """The quarantined rows as refusals of their posts: path in the payload, value masked."""
    found = con.execute(f"SELECT {identifier('row')}, reason, field, value FROM quarantine ORDER BY row").fetchall()
    for number, reason, field, value in found:
        source = plan.mapping.of(field) if field else None
        where = path_of(source).text if source in plan.columns and source != RECEIVED else field or ""
        yield int(number) // ROWS_PER_POST, Rejected(reason, where, None if value is None else shown_value(value))

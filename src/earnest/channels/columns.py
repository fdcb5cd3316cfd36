"""What was told → staged columns: a chunk of values at a time, so that memory follows the chunk and not the file.

    Told … ─ Stage.add ─> chunk ─ Arrow ─> one Parquet file a sort of value ─ emit.py ─> event rows

Staged files hold identities as told; they live in a scratch folder and go with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from earnest.channels.told import (
    BUSINESS_APP,
    ClickTold,
    Notice,
    OptTold,
    Rejected,
    ReplyTold,
    SamePerson,
    StatusTold,
    Terms,
    Told,
)
from earnest.events.keys import content_key
from earnest.kernel.money import MICRO_PER_MAJOR

CHUNK = 100_000
"""Values of one sort that are held before they are written."""

TERMS_BITS = 60
_HASH_BITS = TERMS_BITS - 1
_TEXT, _INT = pyarrow.string(), pyarrow.int64()
_COMMON = (("row", _INT), ("received_us", _INT))
_PARTY = (("phone", _TEXT), ("user_id", _TEXT))
_TERMS = ("account", "number", "pricing_model", "pricing_type", "category", "billable", "country", "audience",
          "cost_currency", "stage")  # fmt: skip

_FIELDS: dict[str, tuple[tuple[str, pyarrow.DataType], ...]] = {
    "status": (
        *(("occurred_us", _INT), *_PARTY, ("message_id", _TEXT), ("status", pyarrow.int8()), ("terms_key", _INT)),
        *(("conversation", _TEXT), ("told_micro", _INT), ("callback", _TEXT), ("error_code", _TEXT)),
    ),
    "reply": (
        *(("occurred_us", _INT), *_PARTY, ("reply_id", _TEXT), ("answers", _TEXT), ("reply_type", _TEXT)),
        *(("payload", _TEXT), ("referral", _TEXT)),
    ),
    "click": (("occurred_us", _INT), *_PARTY, ("click_id", _TEXT), ("token", _TEXT), ("component", _TEXT)),
    "opt": (("occurred_us", _INT), *_PARTY, ("direction", _TEXT), ("door", _TEXT), ("message_id", _TEXT)),
    "same": (("occurred_us", _INT), *_PARTY, ("other_phone", _TEXT), ("other_user_id", _TEXT)),
    "notice": (("occurred_us", _INT), ("topic", _TEXT), ("subject", _TEXT), ("name", _TEXT), ("detail", _TEXT)),
    "reject": (("reason", _TEXT), ("field", _TEXT), ("value", _TEXT)),
}
SCHEMAS = {name: pyarrow.schema([*_COMMON, *fields]) for name, fields in _FIELDS.items()}
"""Columns of each staged sort of value."""

SORTS: dict[type, str] = {
    StatusTold: "status", ReplyTold: "reply", ClickTold: "click", OptTold: "opt", SamePerson: "same", Notice: "notice",
    Rejected: "reject",
}  # fmt: skip
EVENT_KINDS = {"status": "message", "reply": "reply", "click": "click", "opt": "opt", "notice": "notice", "same": "identity_link"}  # fmt: skip
"""Staged sort → the event kind that most of it becomes."""


SENT_STAGE = 2


def terms_key(terms: Terms) -> int:
    """Positive key of terms, so that MAX keeps what says most of the price: three bits of rank, one for the account, a hash.

    Rank: 0 nobody, 1 an account, 2 a category, 3 the business app, 4 terms of a price told by sent, 5 by delivered or
    read; 6 and 7 the same with the price itself, which holds whatever is told beside it.
    """
    text = "\x1f".join("" if (value := getattr(terms, name)) is None else str(value) for name in _TERMS)
    if terms.stage is not None:
        rank = (6 if terms.cost_currency else 4) + (1 if terms.stage > SENT_STAGE else 0)
    elif terms.pricing_type == BUSINESS_APP:
        rank = 3
    else:
        rank = 2 if terms.category else 1 if terms.account else 0
    named = (1 if terms.account else 0) << _HASH_BITS
    return (rank << TERMS_BITS) + named + (content_key(f"terms:{text}") & ((1 << _HASH_BITS) - 1))


def micro_of(cost: str | None) -> int | None:
    """Millionths of a price in decimal text, exactly; what is finer is rounded half to even."""
    return None if cost is None else int((Decimal(cost) * MICRO_PER_MAJOR).to_integral_value())


class Stage:
    """Collects what bodies tell and writes it, chunk by chunk, to `folder`. Use as a context manager."""

    def __init__(self, folder: Path, *, chunk: int = CHUNK) -> None:
        self._folder = folder
        self._chunk = chunk
        self._waiting: dict[str, _Waiting] = {sort: _Waiting() for sort in _FIELDS}
        self._writers: dict[str, pyarrow.parquet.ParquetWriter] = {}
        self._terms: dict[Terms, int] = {}
        self.counts = dict.fromkeys(_FIELDS, 0)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_error: object) -> None:
        for sort in _FIELDS:
            self._write(sort)
        for writer in self._writers.values():
            writer.close()

    def add(self, row: int, received_us: int | None, told: Iterable[Told | Rejected]) -> int:
        """Take everything one body tells; returns how many values that were, refused ones left out."""
        taken = 0
        for one in told:
            sort = SORTS[type(one)]
            waiting = self._waiting[sort]
            waiting.rows.append(row)
            waiting.received.append(received_us)
            waiting.told.append(one)
            taken += sort != "reject"
            if len(waiting.told) >= self._chunk:
                self._write(sort)
        return taken

    def path(self, sort: str) -> Path | None:
        """The file of one sort of value, None if there were none."""
        return self._folder / f"{sort}.parquet" if self.counts[sort] else None

    def terms(self) -> pyarrow.Table:
        """The distinct terms met, with their keys."""
        known = list(self._terms.items())
        columns: dict[str, Any] = {"terms_key": pyarrow.array([key for _, key in known], _INT)}
        types = {"billable": pyarrow.bool_(), "stage": pyarrow.int8()}
        for name in _TERMS:
            columns[name] = pyarrow.array([getattr(terms, name) for terms, _ in known], types.get(name, _TEXT))
        return pyarrow.table(columns)

    def _write(self, sort: str) -> None:
        waiting = self._waiting[sort]
        if not waiting.told:
            return
        schema = SCHEMAS[sort]
        values = [waiting.rows, waiting.received, *_COLUMNS[sort](self, waiting.told)]
        arrays = [pyarrow.array(column, field.type) for column, field in zip(values, schema, strict=True)]
        if sort not in self._writers:
            target = self._folder / f"{sort}.parquet"
            self._writers[sort] = pyarrow.parquet.ParquetWriter(target, schema, compression="zstd", compression_level=1)
        self._writers[sort].write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
        self.counts[sort] += len(waiting.told)
        self._waiting[sort] = _Waiting()

    def key_of(self, terms: Terms) -> int:
        """Key of terms, computed once for equal ones."""
        key = self._terms.get(terms)
        if key is None:
            key = self._terms[terms] = terms_key(terms)
        return key


class _Waiting:
    """Values of one sort that are not written yet."""

    __slots__ = ("received", "rows", "told")

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.received: list[int | None] = []
        self.told: list[Any] = []


def _statuses(stage: Stage, told: list[StatusTold]) -> list[list[Any]]:
    key_of = stage.key_of
    parties = [s.party for s in told]
    return [
        *([s.occurred_us for s in told], [p.phone for p in parties], [p.user_id for p in parties]),
        *([s.message_id for s in told], [s.status for s in told], [key_of(s.terms) for s in told]),
        *([s.conversation for s in told], [None if s.cost is None else micro_of(s.cost) for s in told]),
        *([s.callback for s in told], [s.error_code for s in told]),
    ]


def _named(*names: str) -> Callable[[Stage, list[Any]], list[list[Any]]]:
    def columns(_stage: Stage, told: list[Any]) -> list[list[Any]]:
        parties = [one.party for one in told]
        return [
            [one.occurred_us for one in told],
            [party.phone for party in parties],
            [party.user_id for party in parties],
            *([getattr(one, name) for one in told] for name in names),
        ]

    return columns


def _same(_stage: Stage, told: list[SamePerson]) -> list[list[Any]]:
    return [
        *([s.occurred_us for s in told], [s.one.phone for s in told], [s.one.user_id for s in told]),
        *([s.other.phone for s in told], [s.other.user_id for s in told]),
    ]


def _plain(*names: str) -> Callable[[Stage, list[Any]], list[list[Any]]]:
    return lambda _stage, told: [[getattr(one, name) for one in told] for name in names]


_COLUMNS: dict[str, Callable[[Stage, list[Any]], list[list[Any]]]] = {
    "status": _statuses,
    "reply": _named("reply_id", "answers", "reply_type", "payload", "referral"),
    "click": _named("click_id", "token", "component"),
    "opt": _named("direction", "door", "message_id"),
    "same": _same,
    "notice": _plain("occurred_us", "topic", "subject", "name", "detail"),
    "reject": _plain("reason", "field", "value"),
}

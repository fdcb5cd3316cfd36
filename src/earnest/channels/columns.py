"""What was told → staged columns: a chunk of values at a time, so that memory follows the chunk and not the file.

    Told … ─ Stage.add ─> chunk ─ Arrow ─> one Parquet file a sort of value ─ binding.py, emit.py ─> event rows

Staged files hold identities as told; they live in a scratch folder and go with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from earnest.channels.amounts import ORDER, PricedLine, PricedOrder, PricedRefund, priced
from earnest.channels.told import (
    BUSINESS_APP,
    AnswerTold,
    AssignmentTold,
    AttributeTold,
    ClickTold,
    Notice,
    OptTold,
    OrderTold,
    Party,
    RefundTold,
    Rejected,
    ReplyTold,
    ReviewTold,
    SamePerson,
    SessionTold,
    StatusTold,
    Terms,
    Told,
    WatermarkTold,
)
from earnest.events.keys import content_key
from earnest.kernel.money import MICRO_PER_MAJOR

CHUNK = 100_000
"""Values of one sort that are held before they are written."""

PARTY = ("phone", "dialled", "user_id", "email", "contact")
"""What may name a party, in the order in which it becomes the contact."""

TERMS_BITS = 60
_HASH_BITS = TERMS_BITS - 1
_TEXT, _INT = pyarrow.string(), pyarrow.int64()
_WHOSE = (("occurred_us", _INT), *((name, _TEXT) for name in PARTY))
_TERMS = ("account", "number", "pricing_model", "pricing_type", "category", "billable", "country", "audience",
          "cost_currency", "stage")  # fmt: skip
_HINTS = ("channel", "campaign", "template", "tag", "category")
_ORDER = (
    *_WHOSE,
    *(("order_id", _TEXT), ("conversion_kind", _TEXT), ("updated_us", _INT), ("net", _INT), ("tax", _INT)),
    *(("shipping", _INT), ("discount", _INT), ("cancelled", pyarrow.bool_()), ("coupon", _TEXT)),
)

Fields = tuple[tuple[str, pyarrow.DataType], ...]
_FIELDS: dict[str, Fields] = {
    "status": (
        *_WHOSE,
        *(("message_id", _TEXT), ("status", pyarrow.int8()), ("terms_key", _INT), ("conversation", _TEXT)),
        *(("told_micro", _INT), ("callback", _TEXT), ("error_code", _TEXT)),
        *((f"hint_{name}", _TEXT) for name in _HINTS),
    ),
    "watermark": (*_WHOSE, ("status", pyarrow.int8()), ("until_us", _INT)),
    "reply": (
        *_WHOSE,
        *(("reply_id", _TEXT), ("answers", _TEXT), ("reply_type", _TEXT), ("payload", _TEXT), ("referral", _TEXT)),
    ),
    "click": (
        *_WHOSE,
        *(("click_id", _TEXT), ("token", _TEXT), ("component", _TEXT), ("message_id", _TEXT), ("click_class", _TEXT)),
        *(("reason", _TEXT), ("link", _TEXT), ("within", _TEXT), ("visitor", _INT)),
    ),
    "opt": (*_WHOSE, ("direction", _TEXT), ("door", _TEXT), ("message_id", _TEXT)),
    "order": _ORDER,
    "conversion": _ORDER,
    "line": (
        *(("occurred_us", _INT), ("order_id", _TEXT), ("place", _INT), ("sku", _TEXT), ("quantity", _INT)),
        ("amount", _INT),
    ),
    "refund": (*_WHOSE, ("refund_id", _TEXT), ("order_id", _TEXT), ("amount", _INT)),
    "attribute": (*_WHOSE, ("attribute", _TEXT), ("value", _TEXT)),
    "assignment": (*_WHOSE, ("experiment", _TEXT), ("arm", _TEXT)),
    "session": (
        *_WHOSE,
        *(("session_id", _TEXT), ("utm_source", _TEXT), ("utm_medium", _TEXT), ("utm_campaign", _TEXT)),
        *(("click_id", _TEXT), ("page", _TEXT), ("order_id", _TEXT)),
    ),
    "answer": (
        *_WHOSE,
        *(("answer_id", _TEXT), ("survey", _TEXT), ("question", _TEXT), ("answer", _TEXT), ("round", _INT)),
        *(("version", _INT), ("message_id", _TEXT)),
    ),
    "review": (
        *_WHOSE,
        *(("review_id", _TEXT), ("sku", _TEXT), ("rating_milli", _INT), ("scale_milli", _INT), ("words", _TEXT)),
    ),
    "same": (*_WHOSE, *((f"other_{name}", _TEXT) for name in PARTY)),
    "notice": (("occurred_us", _INT), ("topic", _TEXT), ("subject", _TEXT), ("name", _TEXT), ("detail", _TEXT)),
    "reject": (("reason", _TEXT), ("field", _TEXT), ("value", _TEXT)),
}
SCHEMAS = {name: pyarrow.schema([("row", _INT), ("received_us", _INT), *fields]) for name, fields in _FIELDS.items()}
"""Columns of each staged sort of value."""

SORTS: dict[type, str] = {
    StatusTold: "status", WatermarkTold: "watermark", ReplyTold: "reply", ClickTold: "click", OptTold: "opt",
    OrderTold: "order", RefundTold: "refund", AttributeTold: "attribute", AssignmentTold: "assignment",
    SessionTold: "session", AnswerTold: "answer", ReviewTold: "review", SamePerson: "same", Notice: "notice", Rejected: "reject",
}  # fmt: skip
EVENT_KINDS = {
    "status": "message", "watermark": "watermark", "reply": "reply", "click": "click", "opt": "opt", "order": "order",
    "conversion": "conversion", "line": "order_line", "refund": "refund", "attribute": "contact",
    "assignment": "assignment", "session": "session", "answer": "survey_answer", "review": "review", "notice": "notice", "same": "identity_link",
}  # fmt: skip
"""Staged sort → the event kind that most of it becomes."""

PARTS = frozenset(("line",))
"""Sorts that are part of another value, and are not counted beside it."""

_CHECKED = frozenset(("order", "refund", "reject"))
_OTHER_KIND = "conversion"

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


Columns = list[list[Any] | None]
"""Values of each column of a schema; None for a column that is empty."""


class Stage:
    """Collects what bodies tell and writes it, chunk by chunk, to `folder`. Use as a context manager.

    Args:
        currency: the workspace's; money told in another one is refused.
    """

    def __init__(self, folder: Path, *, currency: str, chunk: int = CHUNK) -> None:
        self._folder = folder
        self._currency = currency
        self._chunk = chunk
        self._waiting: dict[str, _Waiting] = {sort: _Waiting() for sort in _FIELDS}
        self._writers: dict[str, pyarrow.parquet.ParquetWriter] = {}
        self._terms: dict[Terms, int] = {}
        self._filled: dict[str, set[str]] = {sort: set() for sort in _FIELDS}
        self.counts = dict.fromkeys(_FIELDS, 0)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_error: object) -> None:
        for sort in _FIELDS:
            self._write(sort)
        for writer in self._writers.values():
            writer.close()

    def add(
        self,
        row: int,
        received_us: int | None,
        told: Iterable[Told | Rejected],
        *,
        located: Callable[[Rejected], Rejected] | None = None,
    ) -> int:
        """Take everything one body tells; returns how many values that were, refused ones left out.

        Args:
            row: number of the body: its line, or the journal's of a received entry.
            located: says of a refusal where the body is from, if its row does not.
        """
        taken, held, chunk = 0, self._waiting, self._chunk
        for one in told:
            sort = SORTS[type(one)]
            if sort in _CHECKED:
                taken += self._checked(row, received_us, one, located)
                continue
            waiting = held[sort]
            waiting.rows.append(row)
            waiting.received.append(received_us)
            waiting.told.append(one)
            taken += 1
            if len(waiting.told) >= chunk:
                self._write(sort)
        return taken

    def _checked(
        self, row: int, received_us: int | None, one: Any, located: Callable[[Rejected], Rejected] | None
    ) -> int:
        """Take a value that tells money, in minor units, or one that is refused."""
        taken = 0
        for said in [one] if type(one) is Rejected else priced(one, self._currency):
            sort = _sort_of(said)
            part = located(said) if type(said) is Rejected and located is not None else said
            waiting = self._waiting[sort]
            waiting.rows.append(row)
            waiting.received.append(received_us)
            waiting.told.append(part)
            taken += sort != "reject" and sort not in PARTS
            if len(waiting.told) >= self._chunk:
                self._write(sort)
        return taken

    def path(self, sort: str) -> Path | None:
        """The file of one sort of value, None if there were none."""
        return self._folder / f"{sort}.parquet" if self.counts[sort] else None

    def filled(self, sort: str, *, prefix: str = "") -> tuple[str, ...]:
        """What names the parties of one sort of value: those of `PARTY` that hold anything, in its order."""
        return tuple(name for name in PARTY if f"{prefix}{name}" in self._filled[sort])

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
        schema, size = SCHEMAS[sort], len(waiting.told)
        columns: Columns = [waiting.rows, waiting.received, *_COLUMNS[sort](self, waiting.told)]
        arrays = [
            pyarrow.nulls(size, field.type) if column is None else pyarrow.array(column, field.type)
            for column, field in zip(columns, schema, strict=True)
        ]
        self._filled[sort].update(
            field.name for array, field in zip(arrays, schema, strict=True) if array.null_count < size
        )
        if sort not in self._writers:
            target = self._folder / f"{sort}.parquet"
            self._writers[sort] = pyarrow.parquet.ParquetWriter(target, schema, compression="zstd", compression_level=1)
        self._writers[sort].write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
        self.counts[sort] += size
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


def _sort_of(part: Any) -> str:
    if type(part) is PricedOrder:
        return "order" if part.told.conversion_kind == ORDER else _OTHER_KIND
    return _PART_SORTS[type(part)]


_PART_SORTS: dict[type, str] = {PricedLine: "line", PricedRefund: "refund", Rejected: "reject"}


def _whose(told: list[Any]) -> Columns:
    """When, and who: columns of what few parties have are left empty at once."""
    parties: list[Party] = [one.party for one in told]
    return [[one.occurred_us for one in told], *_named_by(parties)]


def _named_by(parties: list[Party]) -> Columns:
    written = any([p.dialled or p.email or p.contact for p in parties])  # noqa: C419 (a list is faster than a generator)
    return [
        [p.phone for p in parties],
        [p.dialled for p in parties] if written else None,
        [p.user_id for p in parties],
        [p.email for p in parties] if written else None,
        [p.contact for p in parties] if written else None,
    ]


def _statuses(stage: Stage, told: list[StatusTold]) -> Columns:
    key_of = stage.key_of
    hints = [s.hints for s in told]
    hinted = hints.count(None) < len(hints)
    return [
        *_whose(told),
        *([s.message_id for s in told], [s.status for s in told], [key_of(s.terms) for s in told]),
        *([s.conversation for s in told], [None if s.cost is None else micro_of(s.cost) for s in told]),
        *([s.callback for s in told], [s.error_code for s in told]),
        *([None if h is None else getattr(h, name) for h in hints] if hinted else None for name in _HINTS),
    ]


def _named(fields: Fields) -> Callable[[Stage, list[Any]], Columns]:
    names = [name for name, _ in fields[len(_WHOSE) :]]
    return lambda _stage, told: [*_whose(told), *([getattr(one, name) for one in told] for name in names)]


def _plain(fields: Fields) -> Callable[[Stage, list[Any]], Columns]:
    names = [name for name, _ in fields]
    return lambda _stage, told: [[getattr(one, name) for one in told] for name in names]


def _same(_stage: Stage, told: list[SamePerson]) -> Columns:
    return [[s.occurred_us for s in told], *_named_by([s.one for s in told]), *_named_by([s.other for s in told])]


def _orders(_stage: Stage, parts: list[PricedOrder]) -> Columns:
    told = [part.told for part in parts]
    return [
        *_whose(told),
        *([getattr(one, name) for one in told] for name in ("order_id", "conversion_kind", "updated_us")),
        *([getattr(part, name) for part in parts] for name in ("net", "tax", "shipping", "discount")),
        *([getattr(one, name) for one in told] for name in ("cancelled", "coupon")),
    ]


def _lines(_stage: Stage, parts: list[PricedLine]) -> Columns:
    return [
        *([part.told.occurred_us for part in parts], [part.told.order_id for part in parts]),
        *([getattr(part, name) for part in parts] for name in ("place", "sku", "quantity", "amount")),
    ]


def _refunds(_stage: Stage, parts: list[PricedRefund]) -> Columns:
    told = [part.told for part in parts]
    return [
        *_whose(told),
        *([one.refund_id for one in told], [one.order_id for one in told], [part.amount for part in parts]),
    ]


_OWN: dict[str, Callable[[Stage, list[Any]], Columns]] = {
    "status": _statuses,
    "order": _orders,
    "conversion": _orders,
    "line": _lines,
    "refund": _refunds,
    "same": _same,
}
"""Sorts whose columns are not just the fields of what was told."""

_COLUMNS: dict[str, Callable[[Stage, list[Any]], Columns]] = {
    sort: _OWN.get(sort) or (_named if fields[: len(_WHOSE)] == _WHOSE else _plain)(fields)
    for sort, fields in _FIELDS.items()
}

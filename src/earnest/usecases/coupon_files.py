"""Files of recipients and of coupon codes: rows as they stand, who each is about, and files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from earnest.channels.told import Party
from earnest.importers import mapping, parsing, reading
from earnest.importers.fields import IDENTITY, Field, FileKind
from earnest.importers.shape import inspect
from earnest.kernel.durable import partial_file
from earnest.kernel.errors import DataRefused, EnvironmentProblem
from earnest.usecases.recipients import REFUSALS
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

PARTY = {"phone": "dialled", "wa_id": "phone", "email": "email", "contact": "contact"}
FIRST_REFUSED = 10

_WHO = tuple(one for one in IDENTITY if one.name in PARTY)
RECIPIENTS = FileKind("recipients", "who gets a code", _WHO, (tuple(PARTY),))
CODES = FileKind(
    "coupon codes",
    "codes that a shop or an agency made, and whom each was given to, if it says so",
    (
        Field("code", "text", "the coupon code", ("coupon", "couponcode", "discountcode", "promocode", "voucher", "vouchercode")),
        *(one for one in _WHO if one.name != "contact"),
        Field("contact", "identity", "a customer id of one system", ("contactid", "customer", "customerid", "recipient")),
    ),
    (("code",),),
)  # fmt: skip

REASONS: Mapping[str, tuple[str, str]] = {
    "bad-coupon-code": (
        "is no coupon code",
        "At most 100 characters, without blanks, commas and semicolons: orders hold several codes that way.",
    ),
    "coupon-code-taken": ("is a code of another coupon", "An order with it could belong to either; leave it out."),
    "coupon-code-given": ("is given to somebody else already", "A code of one recipient's cannot be another's."),
    **REFUSALS,
}
"""Why a row gets or gives no code → what is wrong, what to do."""


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that gets or gives no code. `row` is its number in the file, from 1."""

    row: int
    reason: str

    @property
    def what(self) -> str:
        return _sentence(self.reason)[0]

    @property
    def remedy(self) -> str:
        return _sentence(self.reason)[1]


@dataclass(frozen=True, slots=True)
class FileRows:
    """The rows of a file, as text.

    Args:
        columns: meaning → name of the column it was read from. rows: (number in the file, cells). unread: rows that are none.
    """

    name: str
    header: tuple[str, ...]
    columns: Mapping[str, str]
    rows: tuple[tuple[int, tuple[str | None, ...]], ...]
    unread: tuple[RowRefused, ...]

    def texts(self, meaning: str) -> list[str | None]:
        """The cells of one meaning, in order; None for empty ones, and for all if the file has no such column."""
        if meaning not in self.columns:
            return [None] * len(self.rows)
        place = self.header.index(self.columns[meaning])
        return [(cells[place] or "").strip() or None for _, cells in self.rows]

    def parties(self) -> list[Party]:
        """Who each row is about, in order."""
        named = [(PARTY[meaning], self.texts(meaning)) for meaning in self.columns if meaning in PARTY]
        return [Party(**{name: texts[place] for name, texts in named}) for place in range(len(self.rows))]


@dataclass(slots=True)
class Refusals:
    """Rows that got or gave no code: how many for each reason, and the first of them."""

    reasons: Counter[str] = field(default_factory=Counter)
    rows: list[RowRefused] = field(default_factory=list)

    def add(self, one: RowRefused) -> None:
        self.reasons[one.reason] += 1
        self.rows.append(one)

    def to_json(self) -> dict[str, Any]:
        return {
            "refused": len(self.rows),
            "reasons": dict(self.reasons),
            "first_refused": [
                {"row": one.row, "code": one.reason, "what": one.what, "remedy": one.remedy}
                for one in self.rows[:FIRST_REFUSED]
            ],
        }


def read_rows(workspace: Workspace, path: Path, kind: FileKind, maps: Sequence[str]) -> FileRows:
    """Read a file: CSV, JSON Lines or Parquet, also gzipped; columns are recognised by name, or as `maps` say.

    Raises:
        NotFound: `no-such-file`. UsageError: `unknown-field`, `bad-map`.
        DataRefused: `missing-column`, `unknown-column` and whatever else makes a file unreadable.
    """
    shape = inspect(path)
    plan = mapping.detect(shape.columns, kind, overrides=maps, reading=parsing.Reading("XXX", "UTC"), source="files")
    columns = {name: source for name, source in plan.fields if source in shape.columns}
    if not any(name in columns for name in kind.needs[0]):
        raise DataRefused(
            "missing-column",
            f"{' or '.join(kind.needs[0])} is told by a column of the file, not by a constant or a row number",
            hint=f"Give --map {kind.needs[0][0]}=COLUMN. Columns: {', '.join(shape.columns)}.",
        )
    with contextlib.closing(duck.connect(workspace.spill)) as con:
        reading.load(con, shape)
        names = ", ".join(["row", *(f"c{place}" for place in range(len(shape.columns)))])
        read = con.execute(f"SELECT {names} FROM raw ORDER BY row").fetchall()
        unread = con.execute("SELECT row, reason FROM rejected ORDER BY row").fetchall()
    rows = tuple((int(number), tuple(cells)) for number, *cells in read)
    return FileRows(path.name, tuple(shape.columns), columns, rows, tuple(RowRefused(*one) for one in unread))


def write_rows(target: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write CSV, gzipped if the name ends in .gz; only its owner can read it, for it names people or is worth money.

    Raises:
        EnvironmentProblem: `cannot-write`.
    """
    with _writing(target) as stream:
        told = csv.writer(stream)
        told.writerow(header)
        told.writerows(rows)


def write_refused(target: Path, told: FileRows, refused: Sequence[RowRefused]) -> None:
    """Write the rows that were refused, each with its reason.

    Raises:
        EnvironmentProblem: `cannot-write`.
    """
    cells = dict(told.rows)
    rows = ([one.row, one.reason, one.what, one.remedy, *cells.get(one.row, ())] for one in refused)
    write_rows(target, ("row", "reason", "what", "remedy", *told.header), rows)


def nothing_usable(told: FileRows, refusals: Refusals) -> DataRefused:
    """The refusal of a file of which no row can be used."""
    first = refusals.rows[0]
    return DataRefused(
        "nothing-usable",
        f"all {len(refusals.rows):,} rows of {told.name} were refused; the first, row {first.row}, {first.what}",
        hint=first.remedy,
        reasons=dict(refusals.reasons),
    )


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[TextIO]:
    try:
        with partial_file(target) as partial:
            with contextlib.ExitStack() as opened:
                handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                raw = opened.enter_context(os.fdopen(handle, "wb"))
                packed: Any = raw
                if target.suffix == ".gz":
                    packed = opened.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
                yield opened.enter_context(io.TextIOWrapper(packed, encoding="utf-8", newline=""))
            partial.replace(target)
    except OSError as error:
        raise EnvironmentProblem(
            "cannot-write", f"{target} cannot be written: {error.strerror or error}", hint="Choose another --out."
        ) from error


def _sentence(reason: str) -> tuple[str, str]:
    return REASONS.get(reason) or parsing.REASONS[reason]

"""Files of recipients: rows as they stand, who each is about, why one is refused, and files written whole or not at all.

FILE ─ columns found as imports find them ─> RecipientFile ─ loaded ─> blocks of rows ─> parties
"""

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

import duckdb

from earnest.channels.told import Party
from earnest.importers import mapping, parsing, reading
from earnest.importers.fields import IDENTITY, FileKind
from earnest.importers.shape import FileShape, inspect
from earnest.kernel.durable import partial_file
from earnest.kernel.errors import Conflict, DataRefused, EnvironmentProblem
from earnest.usecases.recipients import REFUSALS
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

BLOCK = 20_000
"""Rows that are read together."""
FIRST_REFUSED = 10
REFUSED_HEADER = ("row", "reason", "what", "remedy")
"""What stands before the cells of a refused row."""

PARTY = {"phone": "dialled", "wa_id": "phone", "email": "email", "contact": "contact"}
"""Field of a file → what it tells of a party."""
WHO = tuple(one for one in IDENTITY if one.name in PARTY)
RECIPIENTS = FileKind("recipients", "who gets a code", WHO, (tuple(PARTY),))

Row = tuple[int, tuple[str | None, ...]]
"""A row's number in the file, from 1, and its cells."""


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that gets or gives no code. `row` is its number in the file, from 1."""

    row: int
    reason: str
    what: str
    remedy: str

    def before(self, cells: Iterable[str | None]) -> list[object]:
        """The row as a file of refused rows tells it, see REFUSED_HEADER."""
        return [self.row, self.reason, self.what, self.remedy, *cells]


@dataclass(slots=True)
class Refusals:
    """Rows that get or give no code: how many for each reason, and the first of them.

    Args:
        sentences: reason → what is wrong, what to do; those of reading a file are known anyway.
    """

    sentences: Mapping[str, tuple[str, str]] = field(default_factory=lambda: REFUSALS)
    reasons: Counter[str] = field(default_factory=Counter)
    first: list[RowRefused] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.reasons.total()

    def refuse(self, row: int, reason: str) -> RowRefused:
        """Count a row, and tell what is wrong with it."""
        what, remedy = self.sentences.get(reason) or parsing.REASONS[reason]
        one = RowRefused(row, reason, what, remedy)
        self.reasons[reason] += 1
        if len(self.first) < FIRST_REFUSED:
            self.first.append(one)
        return one

    def nothing_usable(self, name: str) -> DataRefused:
        """The refusal of a file of which no row can be used."""
        first = self.first[0]
        return DataRefused(
            "nothing-usable",
            f"all {self.total:,} rows of {name} were refused; the first, row {first.row}, {first.what}",
            hint=first.remedy,
            reasons=dict(self.reasons),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "refused": self.total,
            "reasons": dict(self.reasons),
            "first_refused": [
                {"row": one.row, "code": one.reason, "what": one.what, "remedy": one.remedy} for one in self.first
            ],
        }


@dataclass(frozen=True, slots=True)
class RecipientFile:
    """A file, and which of its columns mean what.

    Args:
        columns: meaning → name of the column it is read from.
    """

    shape: FileShape
    columns: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.shape.path.name

    def texts(self, rows: Sequence[Row], meaning: str) -> list[str | None]:
        """The cells of one meaning, in order; None for empty ones, and for all if the file has no such column."""
        if meaning not in self.columns:
            return [None] * len(rows)
        place = self.shape.columns.index(self.columns[meaning])
        return [(cells[place] or "").strip() or None for _, cells in rows]

    def parties(self, rows: Sequence[Row]) -> list[Party]:
        """Who each row is about, in order."""
        named = [(PARTY[meaning], self.texts(rows, meaning)) for meaning in self.columns if meaning in PARTY]
        return [Party(**{name: texts[place] for name, texts in named}) for place in range(len(rows))]

    @contextlib.contextmanager
    def loaded(self, workspace: Workspace) -> Iterator[LoadedFile]:
        """The file, read.

        Raises:
            DataRefused: what makes a file unreadable, see `importers.reading.load`.
        """
        with contextlib.closing(duck.connect(workspace.spill)) as con:
            yield LoadedFile(con, len(self.shape.columns), reading.load(con, self.shape))


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """The rows of a file, as text.

    Args:
        width: columns. count: rows, with those that could not be read.
    """

    con: duckdb.DuckDBPyConnection
    width: int
    count: int

    def unread(self) -> list[tuple[int, str]]:
        """The rows that could not be read, each with its reason, in order."""
        rows = self.con.execute("SELECT row, reason FROM rejected ORDER BY row").fetchall()
        return [(int(row), str(reason)) for row, reason in rows]

    def blocks(self) -> Iterator[list[Row]]:
        """The others, in order, BLOCK at a time."""
        names = ", ".join(["row", *(f"c{place}" for place in range(self.width))])
        self.con.execute(f"SELECT {names} FROM raw ORDER BY row")
        while block := self.con.fetchmany(BLOCK):
            yield [(int(row), tuple(cells)) for row, *cells in block]


def recipient_file(path: Path, kind: FileKind, maps: Sequence[str], *, told: str | None = None) -> RecipientFile:
    """Find out what the columns of a file mean: CSV, JSON Lines or Parquet, also gzipped.

    Args:
        maps: `phone=COLUMN` and the like, where the names do not tell.
        told: what a column must tell, for the refusal; default: the kind's first needs.

    Raises:
        NotFound: `no-such-file`. UsageError: `unknown-field`, `bad-map`.
        DataRefused: `missing-column`, `unknown-column` and whatever else makes a file unreadable.
    """
    shape = inspect(path)
    plan = mapping.detect(shape.columns, kind, overrides=maps, reading=parsing.Reading("XXX", "UTC"), source="files")
    columns = {name: source for name, source in plan.fields if source in shape.columns}
    needs = kind.needs[0]
    if not any(name in columns for name in needs):
        raise DataRefused(
            "missing-column",
            f"{told or ' or '.join(needs) + ' is'} told by a column of the file, not by a constant or a row number",
            hint=f"Give --map {needs[0]}=COLUMN. Columns: {', '.join(shape.columns)}.",
        )
    return RecipientFile(shape, columns)


def fresh_target(path: Path, word: str) -> Path:
    """Where to write if nobody says: the file's name with .WORD.csv, here.

    Raises:
        Conflict: `file-exists`.
    """
    target = Path(f"{Path(path.name.removesuffix('.gz')).stem}.{word}.csv")
    if target.exists():
        raise Conflict("file-exists", f"{target} exists already", hint=f"To overwrite it, give --out {target}.")
    return target


def refused_beside(target: Path) -> Path:
    """Where the rows go that were refused: a file that is not there yet."""
    base = f"{target.name.removesuffix('.gz').removesuffix('.csv')}.refused"
    names = (f"{base}.csv", *(f"{base}-{number}.csv" for number in range(2, 1_000)))
    return next((free for name in names if not (free := target.with_name(name)).exists()), target.with_name(names[0]))


def target_beside(path: Path, out: Path | None, word: str) -> Path:
    """Where to write: `out`, or as `fresh_target` says.

    Raises:
        Conflict: `file-exists`; `out-is-input`: the file that is read.
    """
    if out is None:
        return fresh_target(path, word)
    if out.exists() and path.exists() and out.samefile(path):
        raise Conflict("out-is-input", f"{out} is the file that is read", hint="Give --out another name.")
    return out


def added_columns(header: Sequence[str], names: Sequence[str], owner: str) -> list[str]:
    """The names of columns that are added: with their owner before them if the file has one of these names already.

    Raises:
        Conflict: `column-exists`.

    Example:
        >>> added_columns(["phone", "code"], ["code", "url"], "spring")
        ['spring_code', 'spring_url']
    """
    had = {name.strip().lower() for name in header}
    for found in (list(names), [f"{owner}_{name}" for name in names]):
        if had.isdisjoint(name.lower() for name in found):
            return found
    raise Conflict(
        "column-exists",
        f"the file has the columns {' and '.join(found)} already",
        hint="Rename or remove them; they would stand there twice.",
    )


def write_rows(target: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write CSV, as `writing` does.

    Raises:
        EnvironmentProblem: `cannot-write`.
    """
    with writing(target) as stream:
        told = csv.writer(stream, lineterminator="\n")
        told.writerow(header)
        told.writerows(rows)


@contextlib.contextmanager
def writing(target: Path) -> Iterator[TextIO]:
    """A text file that is there whole or not at all, gzipped if its name ends in .gz.

    Only its owner can read it, for it names people or is worth money.

    Raises:
        EnvironmentProblem: `cannot-write`.
    """
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

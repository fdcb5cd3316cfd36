"""Codes for a whole list: a file of recipients → the same rows with `code` and `url`, and the rows that get none, with why.

FILE ─ columns found as imports find them ─ blocks of rows ─ enrol ─ codes ─┬─> FILE.codes.csv
                                                                            └─> FILE.codes.refused.csv
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from earnest.usecases.links import Issued, issuing
from earnest.usecases.recipients import REFUSALS, Refused, enrol_each
from earnest.usecases.tables import quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck
from earnest.warehouse.build import Progress

BLOCK = 20_000
"""Rows that are given numbers together: one transaction of the journal."""
FIRST_REFUSED = 10

_RECIPIENTS = FileKind(
    "recipients",
    "who gets a code",
    tuple(one for one in IDENTITY if one.name in ("phone", "wa_id", "email", "contact")),
    (("phone", "wa_id", "email", "contact"),),
)
_PARTY = {"phone": "dialled", "wa_id": "phone", "email": "email", "contact": "contact"}


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that gets no code. `row` is its number in the file, from 1."""

    row: int
    reason: str

    @property
    def what(self) -> str:
        return _sentence(self.reason)[0]

    @property
    def remedy(self) -> str:
        return _sentence(self.reason)[1]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a file.

    Args:
        columns: meaning → column it was read from. rows: in the file. coded: that have a code. recipients: different people.
        out: the file with codes. refused_out: the file of rows without one, None if there are none.
        reasons: why rows got none, with how many. first: the first of them.
    """

    file: str
    columns: Mapping[str, str]
    rows: int
    coded: int
    recipients: int
    out: Path
    refused_out: Path | None
    reasons: Mapping[str, int]
    first: tuple[RowRefused, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "columns": dict(self.columns),
            "rows": self.rows,
            "coded": self.coded,
            "recipients": self.recipients,
            "out": str(self.out),
            "refused": sum(self.reasons.values()),
            "refused_out": str(self.refused_out) if self.refused_out else None,
            "reasons": dict(self.reasons),
            "first_refused": [{"row": one.row, "code": one.reason, "what": one.what, "remedy": one.remedy} for one in self.first],
        }  # fmt: skip


def write_codes(
    workspace: Workspace,
    name: str,
    path: Path,
    *,
    out: Path | None = None,
    maps: Sequence[str] = (),
    progress: Progress = quiet,
) -> Written:
    """Give every row of a file its recipient's code.

    Args:
        path: CSV, JSON Lines or Parquet, also gzipped, with a column of phones, WhatsApp ids, mail addresses or customer
            numbers; where a row has several, they are told as one person.
        out: CSV, gzipped if it ends in .gz; default: the file's name with .codes.csv, here, which may not exist yet.
        maps: `phone=COLUMN` and the like, where the names do not tell.

    Raises:
        NotFound: `no-such-link`, `no-such-file`. Conflict: `file-exists`, and as `links.issuing`.
        DataRefused: `missing-column`, `nothing-usable` and whatever else makes a file unreadable.
        EnvironmentProblem: `cannot-write`.
    """
    return write_rows(workspace, issuing(workspace, name), path, out=out, maps=maps, progress=progress)


def write_rows(
    workspace: Workspace,
    issue: Callable[[int], Issued],
    path: Path,
    *,
    out: Path | None = None,
    maps: Sequence[str] = (),
    progress: Progress = quiet,
) -> Written:
    """As `write_codes`, with codes of whatever kind: `issue` makes a recipient's."""
    shape = inspect(path)
    columns = _columns(shape, maps)
    target = out or _fresh(Path(f"{Path(path.name.removesuffix('.gz')).stem}.codes.csv"))
    refused_target = target.with_name(f"{target.name.removesuffix('.gz').removesuffix('.csv')}.refused.csv")
    with contextlib.closing(duck.connect(workspace.spill)) as con:
        rows = reading.load(con, shape)
        run = _Run(workspace, shape, columns, issue=issue)
        with _writing(target) as good, _writing(refused_target) as bad:
            run.write(con, good, bad, progress=lambda done: progress("giving codes", done, rows))
            if not run.coded:
                raise _nothing_usable(path, run)
        if not run.reasons:
            refused_target.unlink()
    return Written(
        path.name, columns, rows, run.coded, len(run.recipients), target,
        refused_target if run.reasons else None, dict(run.reasons), tuple(run.first),
    )  # fmt: skip


@dataclass(slots=True)
class _Run:
    """Codes given so far."""

    workspace: Workspace
    shape: FileShape
    columns: Mapping[str, str]
    issue: Callable[[int], Issued]
    coded: int = 0
    recipients: set[int] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)
    first: list[RowRefused] = field(default_factory=list)

    def write(
        self, con: duckdb.DuckDBPyConnection, good: TextIO, bad: TextIO, *, progress: Callable[[int], None]
    ) -> None:
        told, refused = csv.writer(good), csv.writer(bad)
        told.writerow([*self.shape.columns, "code", "url"])
        refused.writerow(["row", "reason", "what", "remedy", *self.shape.columns])
        for row, reason in con.execute("SELECT row, reason FROM rejected ORDER BY row").fetchall():
            self._refuse(refused, RowRefused(row, reason), [None] * len(self.shape.columns))
        done = 0
        for block in _blocks(con, len(self.shape.columns)):
            progress(done)
            for (row, *cells), given in zip(block, self._given(block), strict=True):
                if isinstance(given, Refused):
                    self._refuse(refused, RowRefused(row, given.reason), cells)
                    continue
                issued = self.issue(given)
                told.writerow([*cells, issued.code, issued.url])
                self.coded += 1
                self.recipients.add(given)
            done += len(block)
        progress(done)

    def _given(self, block: Sequence[Sequence[Any]]) -> list[int | Refused]:
        places = [(_PARTY[name], self.shape.columns.index(column) + 1) for name, column in self.columns.items()]
        return enrol_each(self.workspace, [Party(**{name: row[place] for name, place in places}) for row in block])

    def _refuse(self, refused: Any, one: RowRefused, cells: Sequence[str | None]) -> None:
        self.reasons[one.reason] += 1
        if len(self.first) < FIRST_REFUSED:
            self.first.append(one)
        refused.writerow([one.row, one.reason, one.what, one.remedy, *cells])


def _blocks(con: duckdb.DuckDBPyConnection, width: int) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in order, with their numbers first."""
    names = ", ".join(["row", *(f"c{place}" for place in range(width))])
    con.execute(f"SELECT {names} FROM raw ORDER BY row")
    while block := con.fetchmany(BLOCK):
        yield block


def _columns(shape: FileShape, maps: Sequence[str]) -> dict[str, str]:
    """Meaning → column.

    Raises:
        DataRefused: `missing-column`, `unknown-column`. UsageError: `unknown-field`, `bad-map`.
    """
    plan = mapping.detect(
        shape.columns, _RECIPIENTS, overrides=maps, reading=parsing.Reading("XXX", "UTC"), source="files"
    )
    found = {name: source for name, source in plan.fields if source in shape.columns}
    if not found:
        raise DataRefused(
            "missing-column",
            "recipients are told by a column of the file, not by a constant or a row number",
            hint=f"Give --map phone=COLUMN. Columns: {', '.join(shape.columns)}.",
        )
    return found


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[TextIO]:
    """A text file that is there whole or not at all."""
    try:
        with partial_file(target) as partial:
            with contextlib.ExitStack() as opened:
                handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it names people
                raw = opened.enter_context(os.fdopen(handle, "wb"))
                packed = (
                    opened.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
                    if target.suffix == ".gz"
                    else raw
                )
                yield opened.enter_context(io.TextIOWrapper(packed, encoding="utf-8", newline=""))
            partial.replace(target)
    except OSError as error:
        raise EnvironmentProblem(
            "cannot-write", f"{target} cannot be written: {error.strerror or error}", hint="Choose another --out."
        ) from error


def _fresh(target: Path) -> Path:
    if target.exists():
        raise Conflict("file-exists", f"{target} exists already", hint=f"To overwrite it, give --out {target}.")
    return target


def _nothing_usable(path: Path, run: _Run) -> DataRefused:
    first = run.first[0]
    return DataRefused(
        "nothing-usable",
        f"all {sum(run.reasons.values()):,} rows of {path.name} were refused; the first, row {first.row}, {first.what}",
        hint=first.remedy,
        reasons=dict(run.reasons),
    )


def _sentence(reason: str) -> tuple[str, str]:
    return REFUSALS.get(reason) or parsing.REASONS[reason]

"""Codes of unique coupons: minted for recipients or by chance, or imported from whoever made them.

FILE ─ recipients ─ enrol ─ the code each has, or a new one ─ kept ─> FILE's rows with `code`
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from earnest.definitions.coupon import code_text
from earnest.definitions.state import State
from earnest.kernel.errors import UsageError
from earnest.tracking.coupon_codes import Mint
from earnest.usecases.coupon_files import CODES, REASONS, FileRows, read_rows
from earnest.usecases.coupon_store import CodeRow, bind_codes, keep_codes
from earnest.usecases.coupons import find_minting
from earnest.usecases.recipient_files import (
    PARTY,
    RECIPIENTS,
    REFUSED_HEADER,
    Refusals,
    RowRefused,
    added_columns,
    refused_beside,
    target_beside,
    write_rows,
)
from earnest.usecases.recipients import Refused, enrol_each
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

MOST_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Coded:
    """What became of codes that were minted or imported.

    Args:
        rows: in the file; of codes by chance, how many. new: codes that are new to the coupon. again: rows whose code it had.
        given: recipients with a code of their own among the rows. out, refused_out: the files written, None for none.
    """

    coupon: str
    file: str | None
    columns: Mapping[str, str]
    rows: int
    new: int
    again: int
    given: int
    out: Path | None
    refused_out: Path | None
    refusals: Refusals

    def to_json(self) -> dict[str, Any]:
        return {
            "coupon": self.coupon,
            "file": self.file,
            "columns": dict(self.columns),
            "rows": self.rows,
            "new": self.new,
            "again": self.again,
            "given": self.given,
            "out": str(self.out) if self.out else None,
            "refused_out": str(self.refused_out) if self.refused_out else None,
            **self.refusals.to_json(),
        }


def mint_for(
    workspace: Workspace, name: str, path: Path, *, out: Path | None = None, maps: Sequence[str] = ()
) -> Coded:
    """Give every recipient of a file a code of his own; who has one gets the same again.

    Args:
        path: CSV, JSON Lines or Parquet, also gzipped, with phones, WhatsApp ids, mail addresses or customer numbers.
        out: CSV of the file's rows with `code`; default: the file's name with .NAME.csv, here, which may not exist yet.
        maps: `phone=COLUMN` and the like, where the names do not tell.

    Raises:
        NotFound: `no-such-coupon`, `no-such-file`. Conflict: `coupon-shared`, `coupon-disabled`, `file-exists`.
        DataRefused: `missing-column`, `nothing-usable` and whatever else makes a file unreadable.
        EnvironmentProblem: `cannot-write`, or as `Journal.append_many`.
    """
    state = workspace.state()
    coupon = find_minting(state, name)
    told = read_rows(workspace, path, RECIPIENTS, maps)
    target, refusals = target_beside(path, out, name), Refusals()
    header = (*told.file.shape.columns, *added_columns(told.file.shape.columns, ("code",), name))
    numbers, refused = _numbers(workspace, told, refusals)
    if not numbers:
        raise refusals.nothing_usable(told.file.name)
    with _codes(workspace, state) as con:
        codes, taken = _given(con, name), _all(con)
    new = _minted(Mint(workspace.key(), name, coupon.prefix), set(numbers.values()) - codes.keys(), taken)
    if new:
        keep_codes(
            workspace, name, [CodeRow(code, number) for number, code in new.items()], how="minted", file=told.file.name
        )
    codes |= new
    coded = ([*cells, codes[numbers[row]]] for row, cells in told.rows if row in numbers)
    write_rows(target, header, coded)
    again = sum(number not in new for number in numbers.values())
    return Coded(
        name, told.file.name, told.file.columns, len(told.rows) + len(told.unread), len(new), again, len(set(numbers.values())),
        target, _refused_file(target, told, refused), refusals,
    )  # fmt: skip


def mint_count(workspace: Workspace, name: str, count: int, out: Path) -> Coded:
    """Mint codes that are given to nobody yet: for flyers, partners, or a sender that hands them out itself.

    Raises:
        NotFound: `no-such-coupon`. Conflict: `coupon-shared`, `coupon-disabled`. UsageError: `bad-count`.
        EnvironmentProblem: `cannot-write`, or as `Journal.append_many`.
    """
    state = workspace.state()
    coupon = find_minting(state, name)
    if not 0 < count <= MOST_AT_ONCE:
        raise UsageError("bad-count", f"{count:,} codes cannot be minted at once", hint=f"From 1 to {MOST_AT_ONCE:,}.")
    with _codes(workspace, state) as con:
        taken = _all(con)
    mint, codes = Mint(workspace.key(), name, coupon.prefix), dict[str, None]()
    while len(codes) < count:
        if (code := mint.random()) not in taken:
            codes[code] = None
    keep_codes(workspace, name, [CodeRow(code) for code in codes], how="minted")
    write_rows(out, ("code",), ([code] for code in codes))
    return Coded(name, None, {}, count, count, 0, 0, out, None, Refusals())


def import_codes(workspace: Workspace, name: str, path: Path, *, maps: Sequence[str] = ()) -> Coded:
    """Take codes that a shop or an agency made, with whom each was given to where the file says so.

    The same file again changes nothing.

    Raises:
        NotFound: `no-such-coupon`, `no-such-file`. Conflict: `coupon-shared`, `coupon-disabled`.
        DataRefused: `missing-column`, `nothing-usable` and whatever else makes a file unreadable.
        EnvironmentProblem: as `Journal.append_many`.
    """
    state = workspace.state()
    find_minting(state, name)
    told = read_rows(workspace, path, CODES, maps)
    refusals = Refusals(REASONS)
    for row, unread in told.unread:
        refusals.refuse(row, unread)
    named = any(meaning in PARTY for meaning in told.file.columns)
    given = (
        enrol_each(workspace, told.file.parties(told.rows)) if named else [Refused("contact-missing")] * len(told.rows)
    )
    with _codes(workspace, state) as con:
        known = _known(con)
    run = _Import(name, known)
    for (row, _), raw, who in zip(told.rows, told.file.texts(told.rows, "code"), given, strict=True):
        reason = run.take(raw, who)
        if reason is not None:
            refusals.refuse(row, reason)
    if not run.accepted:
        raise refusals.nothing_usable(told.file.name)
    if run.new:
        keep_codes(workspace, name, list(run.new.values()), how="imported", file=told.file.name)
    return Coded(
        name, told.file.name, told.file.columns, len(told.rows) + len(told.unread), len(run.new), run.accepted - len(run.new),
        len(run.recipients), None, None, refusals,
    )  # fmt: skip


@dataclass(slots=True)
class _Import:
    """Codes taken so far. `known`: code in upper case → its coupon, and the recipient who has it."""

    coupon: str
    known: dict[str, tuple[str, int | None]]
    new: dict[str, CodeRow] = field(default_factory=dict)
    accepted: int = 0
    recipients: set[int] = field(default_factory=set)

    def take(self, raw: str | None, who: int | Refused) -> str | None:
        """Take a row's code; returns why it cannot be taken, None if it can."""
        if isinstance(who, Refused) and who.reason != "contact-missing":
            return who.reason
        owner = who if isinstance(who, int) else None
        try:
            code = code_text(raw or "")
        except UsageError:
            return "bad-coupon-code" if raw else "missing"
        coupon, had = self.known.get(code.upper(), (self.coupon, None))
        if coupon != self.coupon:
            return "coupon-code-taken"
        if had is not None and owner is not None and had != owner:
            return "coupon-code-given"
        if code.upper() not in self.known or (had is None and owner is not None):
            self.new[code.upper()] = CodeRow(code, owner)
        self.known[code.upper()] = (coupon, had if owner is None else owner)
        self.accepted += 1
        if owner is not None:
            self.recipients.add(owner)
        return None


def _numbers(workspace: Workspace, told: FileRows, refusals: Refusals) -> tuple[dict[int, int], list[RowRefused]]:
    """Row → number of its recipient, of the rows that have one; and the others."""
    numbers: dict[int, int] = {}
    refused = [refusals.refuse(row, reason) for row, reason in told.unread]
    for (row, _), given in zip(told.rows, enrol_each(workspace, told.file.parties(told.rows)), strict=True):
        if isinstance(given, Refused):
            refused.append(refusals.refuse(row, given.reason))
        else:
            numbers[row] = given
    return numbers, refused


def _minted(mint: Mint, recipients: Iterable[int], taken: set[str]) -> dict[int, str]:
    """A code for each recipient: the one he would always get, unless chance gave it to another."""
    codes: dict[int, str] = {}
    for number in sorted(recipients):
        code = next(code for attempt in itertools.count() if (code := mint.personal(number, attempt)) not in taken)
        taken.add(code)
        codes[number] = code
    return codes


@contextlib.contextmanager
def _codes(workspace: Workspace, state: State) -> Iterator[duckdb.DuckDBPyConnection]:
    with contextlib.closing(duck.connect(workspace.spill)) as con:
        bind_codes(con, workspace, state)
        yield con


def _given(con: duckdb.DuckDBPyConnection, coupon: str) -> dict[int, str]:
    """Recipient → his code of a coupon; of several the first in order."""
    rows = con.execute(
        "SELECT recipient, min(code) FROM coupon_code WHERE coupon = $1 AND recipient IS NOT NULL GROUP BY recipient",
        [coupon],
    ).fetchall()
    return {int(recipient): str(code) for recipient, code in rows}


def _all(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {str(code) for (code,) in con.execute("SELECT code FROM coupon_code").fetchall()}


def _known(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, int | None]]:
    rows = con.execute("SELECT code, min(coupon), min(recipient) FROM coupon_code GROUP BY code").fetchall()
    return {code: (coupon, recipient) for code, coupon, recipient in rows}


def _refused_file(target: Path, told: FileRows, refused: Sequence[RowRefused]) -> Path | None:
    if not refused:
        return None
    beside, cells = refused_beside(target), dict(told.rows)
    rows = (one.before(cells.get(one.row, ())) for one in refused)
    write_rows(beside, (*REFUSED_HEADER, *told.file.shape.columns), rows)
    return beside

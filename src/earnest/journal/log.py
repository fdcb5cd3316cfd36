"""An append-only log in SQLite: what is acknowledged is on disk, nothing is counted twice, nothing changes unseen.

    seq │ received_us │ source │ kind │ dedupe_key │ body │ headers │ body_sha256 │ chain

`synchronous=FULL` in WAL mode: an append returns after the fsync. Dedupe keys never expire. `chain` is the SHA-256 of
the previous link and this row's facts; it covers the stored body hash and not the bytes, so that an erasure can
rewrite a body and leave the chain true. Several processes may append: each append is one immediate transaction.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import apsw

from earnest.journal.chain import GENESIS, ChainBreak, broken_link, next_link, written_headers
from earnest.kernel.errors import Conflict, EnvironmentProblem

OLDEST_SQLITE = (3, 51, 3)
"""SQLite before this can lose a WAL that another process has reset (sqlite.org, 3.51.3 release notes)."""
BUSY_MS = 30_000
_HINTS = {apsw.CorruptError: "Restore it from a backup.", apsw.NotADBError: "Restore it from a backup."}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY,
    received_us INTEGER NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    dedupe_key TEXT UNIQUE,
    body BLOB NOT NULL,
    headers TEXT NOT NULL,
    body_sha256 BLOB NOT NULL,
    chain BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entry_kind ON entry (kind, seq);
CREATE INDEX IF NOT EXISTS entry_declared ON entry (seq) WHERE kind <> 'received';
"""

RECEIVED = "received"
"""Kind of what came in from outside, as it came; all other kinds are what Earnest or its users decided."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One journalled thing."""

    seq: int
    received_us: int
    source: str
    kind: str
    dedupe_key: str | None
    body: bytes
    headers: Mapping[str, str]

    @property
    def data(self) -> dict[str, Any]:
        """The body as JSON: for entries that Earnest wrote itself."""
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded


@dataclass(frozen=True, slots=True)
class Draft:
    """Something to be journalled; arguments as `Journal.append`."""

    kind: str
    body: bytes
    source: str
    received_us: int
    dedupe_key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a draft stands in the journal; `again` if an earlier entry has its dedupe key."""

    seq: int
    received_us: int
    again: bool
    body_sha256: bytes


class Journal:
    """Handle on a journal file. Close it, or use it as a context manager."""

    def __init__(self, path: Path, *, busy_ms: int = BUSY_MS, clock: Callable[[], int] | None = None) -> None:
        """Open the journal at `path`.

        Args:
            busy_ms: how long an append waits for another process's.
            clock: microseconds; nothing is dated before its append got hold of the journal: an "as of" stays what it was.
        """
        self._clock = clock
        refuse_old_sqlite(apsw.sqlite_lib_version())
        try:
            self._db = apsw.Connection(str(path))
            self._db.set_busy_timeout(busy_ms)
            self._db.transaction_mode = "IMMEDIATE"
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(_SCHEMA)
        except apsw.Error as error:
            raise EnvironmentProblem(
                "journal-unreadable",
                f"the journal {path} cannot be opened: {error}",
                hint=_HINTS.get(type(error), "Check the path, its permissions and the space left, and try again."),
                path=str(path),
            ) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def append(
        self,
        kind: str,
        body: bytes,
        *,
        source: str,
        received_us: int,
        dedupe_key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Entry:
        """Write one entry durably.

        Args:
            received_us: the caller's clock. An entry never goes back behind its predecessor: a clock that was set
                back gets the predecessor's time, so that "as of" is monotone.
            dedupe_key: at most one entry ever has it.

        Raises:
            Conflict: `already-journalled`, with the `seq` of the entry that has the key.
            EnvironmentProblem: `journal-full`, `journal-busy` or `journal-unwritable`: nothing was written.
        """
        draft = Draft(kind, body, source, received_us, dedupe_key, dict(headers or {}))
        (kept,) = self.append_many([draft])
        if kept.again:
            raise Conflict("already-journalled", f"entry {kept.seq} already has the key {dedupe_key}", seq=kept.seq)
        return Entry(kept.seq, kept.received_us, source, kind, dedupe_key, body, draft.headers)

    def append_many(self, drafts: Sequence[Draft]) -> list[Kept]:
        """Write many entries durably, all or none, with one sync: group commit.

        A draft whose dedupe key an entry has already (also one of the same call) is not written again.

        Raises:
            EnvironmentProblem: `journal-full`: no room, or `journal-busy`: another process holds it; the journal is as
                it was, and a later call may succeed. `journal-unwritable`: anything else, also a failed sync, after
                which nothing may be retried on this handle: close it, and open the journal anew.
        """
        return self.append_made(lambda _: drafts)

    def append_made(self, make: Callable[[apsw.Connection], Sequence[Draft]]) -> list[Kept]:
        """`append_many` of what is made within its transaction, where `make` may change tables that stand beside the log."""
        try:
            # Not `with self._db`: apsw commits there without letting other threads run, and the sync is in it.
            self._db.execute("BEGIN IMMEDIATE")
            kept = self._append_all(make(self._db))
            self._db.execute("COMMIT")
        except apsw.Error as error:
            self._roll_back()
            passing = {apsw.FullError: "journal-full", apsw.BusyError: "journal-busy"}
            raise EnvironmentProblem(
                passing.get(type(error), "journal-unwritable"),
                f"the journal could not be written: {error}",
                hint="Nothing was recorded by this step. Make room on the disk, or wait for the other process, and try again.",
            ) from error
        except BaseException:
            self._roll_back()
            raise
        return kept

    def append_after(self, declared: int, draft: Draft) -> Kept | None:
        """Write one entry durably if `declared` is still the number of the last that Earnest or its users decided.

        Returns:
            None if another was decided meanwhile: nothing is written; look again, and decide anew.
        """
        kept = self.append_made(lambda _: [draft] if self.last_declared() == declared else [])
        return kept[0] if kept else None

    def _roll_back(self) -> None:
        with contextlib.suppress(apsw.Error):  # the error before it is the one to tell
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _append_all(self, drafts: Sequence[Draft]) -> list[Kept]:
        seq, last_us, link = self._tip()
        last_us = max(last_us, self._clock()) if self._clock is not None else last_us
        known = self._known([draft.dedupe_key for draft in drafts if draft.dedupe_key is not None])
        kept: list[Kept] = []
        rows: list[tuple[Any, ...]] = []
        for draft in drafts:
            again = known.get(draft.dedupe_key) if draft.dedupe_key is not None else None
            if again is not None:
                kept.append(again)
                continue
            digest = hashlib.sha256(draft.body).digest()
            seq, last_us = seq + 1, max(draft.received_us, last_us)
            headers = written_headers(tuple(sorted(draft.headers.items())))
            facts = (seq, last_us, draft.source, draft.kind, draft.dedupe_key)
            link = next_link(link, facts, headers, digest=digest)
            rows.append((*facts, draft.body, headers, digest, link))
            kept.append(Kept(seq, last_us, False, digest))
            if draft.dedupe_key is not None:
                known[draft.dedupe_key] = Kept(seq, last_us, True, digest)
        for part in _parts(rows):
            self._db.execute(_insert(len(part)), [value for row in part for value in row])
        return kept

    def _known(self, keys: list[str]) -> dict[str, Kept]:
        """Which of these dedupe keys have an entry, and where."""
        known: dict[str, Kept] = {}
        for part in _parts(keys):
            asked = ", ".join("?" * len(part))
            rows = self._db.execute(
                f"SELECT dedupe_key, seq, received_us, body_sha256 FROM entry WHERE dedupe_key IN ({asked})", part
            )
            known |= {key: Kept(seq, received_us, True, bytes(digest)) for key, seq, received_us, digest in rows}
        return known

    def declared(self, *, until_us: int | None = None, after_seq: int = 0, until_seq: int = 2**62) -> Iterator[Entry]:
        """What Earnest and its users decided, in order: every entry but those received from outside.

        Args:
            until_us: only what was journalled before this instant. after_seq, until_seq: only entries after and up to
                these numbers.
        """
        limit = until_us if until_us is not None else 2**62
        rows = self._db.execute(
            f"SELECT {_ENTRY} FROM entry WHERE kind <> 'received' AND received_us < ? AND seq > ? AND seq <= ?"
            " ORDER BY seq",
            (limit, after_seq, until_seq),
        )
        return map(_entry, rows)

    def received(self, *, after: int, until: int = 2**62, limit: int = -1) -> Iterator[Entry]:
        """What was received from outside with `after` < seq ≤ `until`, in order, at most `limit`."""
        rows = self._db.execute(
            f"SELECT {_ENTRY} FROM entry WHERE kind = 'received' AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            (after, until, limit),
        )
        return map(_entry, rows)

    def entry(self, seq: int) -> Entry | None:
        """The entry of a number."""
        row = self._db.execute(f"SELECT {_ENTRY} FROM entry WHERE seq = ?", (seq,)).fetchone()
        return _entry(row) if row else None

    def link(self, seq: int) -> str:
        """The chain at an entry, in hex; empty if there is no such entry."""
        row = self._db.execute("SELECT chain FROM entry WHERE seq = ?", (seq,)).fetchone()
        return bytes(row[0]).hex() if row else ""

    def settle(self) -> None:
        """Wait until every append that has begun is done."""
        try:
            self._db.execute("BEGIN IMMEDIATE; ROLLBACK")
        except apsw.Error as error:
            self._roll_back()
            hint = "Wait for the other process, and try again."
            raise EnvironmentProblem("journal-busy", f"the journal could not be read: {error}", hint=hint) from error

    def last_seq(self) -> int:
        """Number of the last entry; 0 if there is none."""
        return self._tip()[0]

    def last_declared(self) -> int:
        """Number of the last entry that Earnest or its users decided; 0 if there is none."""
        row = self._db.execute("SELECT max(seq) FROM entry WHERE kind <> 'received'").fetchone()
        return int(row[0] or 0) if row else 0

    def last_received(self, *, until_us: int | None = None) -> tuple[int, int]:
        """Number and instant of the last entry received from outside (before an instant); (0, 0) if there is none."""
        limit = until_us if until_us is not None else 2**62
        row = self._db.execute(
            "SELECT seq, received_us FROM entry WHERE kind = 'received' AND received_us < ? ORDER BY seq DESC LIMIT 1",
            (limit,),
        ).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def received_counts(self, *, after: int) -> dict[str, int]:
        """Source → entries received from outside after a number."""
        rows = self._db.execute(
            "SELECT source, count(*) FROM entry WHERE kind = 'received' AND seq > ? GROUP BY source", (after,)
        )
        return dict(rows)

    def entries(self, *, kind_prefix: str = "", until_us: int | None = None) -> Iterator[Entry]:
        """Entries in order, optionally of kinds that begin with a prefix and received before an instant."""
        limit = until_us if until_us is not None else 2**62
        rows = self._db.execute(
            f"SELECT {_ENTRY} FROM entry WHERE substr(kind, 1, ?) = ? AND received_us < ? ORDER BY seq",
            (len(kind_prefix), kind_prefix, limit),
        )
        return map(_entry, rows)

    def by_dedupe_key(self, dedupe_key: str) -> Entry | None:
        """The entry that has a dedupe key, if any."""
        row = self._db.execute(f"SELECT {_ENTRY} FROM entry WHERE dedupe_key = ?", (dedupe_key,)).fetchone()
        return _entry(row) if row else None

    def verify(self, *, after: int = 0) -> ChainBreak | None:
        """Recompute the chain from the entry after `after` on (all, if 0); return where it breaks, or None."""
        return broken_link(self._db, after=after)

    def _tip(self) -> tuple[int, int, bytes]:
        row = self._db.execute("SELECT seq, received_us, chain FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
        return (row[0], row[1], bytes(row[2])) if row else (0, 0, GENESIS)


def refuse_old_sqlite(version: str) -> None:
    """Raise unless this SQLite keeps its promises.

    Raises:
        EnvironmentProblem: `sqlite-too-old`.
    """
    if tuple(int(part) for part in version.split(".")) < OLDEST_SQLITE:
        oldest = ".".join(str(part) for part in OLDEST_SQLITE)
        raise EnvironmentProblem(
            "sqlite-too-old",
            f"SQLite {version} can lose data under load; {oldest} or newer is needed",
            hint="pip install -U apsw",
        )


_LARGEST_PART = 128
T = TypeVar("T")


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Runs whose lengths are powers of two: one statement each, and few different ones.

    Between statements other threads take the interpreter; a statement an entry would wait for them thousands of times.
    """
    first = 0
    while first < len(items):
        size = min(_LARGEST_PART, 1 << (len(items) - first).bit_length() - 1)
        yield items[first : first + size]
        first += size


@functools.cache
def _insert(rows: int) -> str:
    return f"INSERT INTO entry VALUES {', '.join(['(?, ?, ?, ?, ?, ?, ?, ?, ?)'] * rows)}"


_ENTRY = "seq, received_us, source, kind, dedupe_key, body, headers"


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, received_us, source, kind, dedupe_key, body, headers = row
    return Entry(seq, received_us, source, kind, dedupe_key, bytes(body), json.loads(headers))

"""An append-only log in SQLite: what is acknowledged is on disk, nothing is counted twice, nothing changes unseen.

    seq │ received_us │ source │ kind │ dedupe_key │ body │ headers │ body_sha256 │ chain

`synchronous=FULL` in WAL mode: an append returns after the fsync. Dedupe keys never expire. `chain` is the SHA-256 of
the previous link and this row's facts; it covers the stored body hash and not the bytes, so that an erasure can
rewrite a body and leave the chain true. Several processes may append: each append is one immediate transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apsw

from earnest.kernel.errors import Conflict, EnvironmentProblem

OLDEST_SQLITE = (3, 51, 3)
"""SQLite before this can lose a WAL that another process has reset (sqlite.org, 3.51.3 release notes)."""
BUSY_MS = 30_000
_GENESIS = b"\0" * 32
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
"""


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
class ChainBreak:
    """The first entry whose content no longer matches the chain."""

    seq: int
    reason: str


class Journal:
    """Handle on a journal file. Close it, or use it as a context manager."""

    def __init__(self, path: Path) -> None:
        refuse_old_sqlite(apsw.sqlite_lib_version())
        try:
            self._db = apsw.Connection(str(path))
            self._db.set_busy_timeout(BUSY_MS)
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
            EnvironmentProblem: `journal-unwritable`: nothing was written.
        """
        entry = Entry(0, received_us, source, kind, dedupe_key, body, dict(headers or {}))
        try:
            return self._append(entry)
        except apsw.Error as error:
            cause = error.__context__ if isinstance(error.__context__, apsw.Error) else error
            raise EnvironmentProblem(
                "journal-unwritable",
                f"the journal could not be written: {cause}",
                hint="Nothing was recorded by this step. Make room on the disk, or wait for the other process, and try again.",
            ) from error

    def _append(self, draft: Entry) -> Entry:
        digest = hashlib.sha256(draft.body).digest()
        with self._db:
            seq, last_us, link = self._tip()
            key = draft.dedupe_key
            if key is not None and (known := self.by_dedupe_key(key)):
                raise Conflict("already-journalled", f"entry {known.seq} already has the key {key}", seq=known.seq)
            entry = replace(draft, seq=seq + 1, received_us=max(draft.received_us, last_us))
            self._db.execute(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.seq, entry.received_us, entry.source, entry.kind, key, entry.body,
                    json.dumps(dict(entry.headers), sort_keys=True), digest, _link(link, entry, digest),
                ),
            )  # fmt: skip
        return entry

    def entries(self, *, kind_prefix: str = "", until_us: int | None = None) -> Iterator[Entry]:
        """Entries in order, optionally of kinds that begin with a prefix and received before an instant."""
        limit = until_us if until_us is not None else 2**62
        rows = self._db.execute(
            "SELECT seq, received_us, source, kind, dedupe_key, body, headers FROM entry"
            " WHERE substr(kind, 1, ?) = ? AND received_us < ? ORDER BY seq",
            (len(kind_prefix), kind_prefix, limit),
        )
        for seq, received_us, source, kind, dedupe_key, body, headers in rows:
            yield Entry(seq, received_us, source, kind, dedupe_key, bytes(body), json.loads(headers))

    def by_dedupe_key(self, dedupe_key: str) -> Entry | None:
        """The entry that has a dedupe key, if any."""
        row = self._db.execute(
            "SELECT seq, received_us, source, kind, dedupe_key, body, headers FROM entry WHERE dedupe_key = ?",
            (dedupe_key,),
        ).fetchone()
        return Entry(row[0], row[1], row[2], row[3], row[4], bytes(row[5]), json.loads(row[6])) if row else None

    def verify(self) -> ChainBreak | None:
        """Recompute the chain from the first entry; return where it breaks, or None."""
        link, expected_seq = _GENESIS, 1
        rows = self._db.execute(
            "SELECT seq, received_us, source, kind, dedupe_key, body, headers, body_sha256, chain FROM entry ORDER BY seq"
        )
        for seq, received_us, source, kind, dedupe_key, body, headers, digest, chain in rows:
            if seq != expected_seq:
                return ChainBreak(expected_seq, "an entry is missing")
            try:
                entry = Entry(seq, received_us, source, kind, dedupe_key, bytes(body), dict(json.loads(headers)))
            except (ValueError, TypeError):
                return ChainBreak(seq, "the headers were changed")
            if hashlib.sha256(entry.body).digest() != bytes(digest) and kind != "erased":
                return ChainBreak(seq, "the body was changed")
            link = _link(link, entry, bytes(digest))
            if link != bytes(chain):
                return ChainBreak(seq, "the entry was changed")
            expected_seq += 1
        return None

    def _tip(self) -> tuple[int, int, bytes]:
        row = self._db.execute("SELECT seq, received_us, chain FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
        return (row[0], row[1], bytes(row[2])) if row else (0, 0, _GENESIS)


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


def _link(previous: bytes, entry: Entry, digest: bytes) -> bytes:
    facts = [
        entry.seq,
        entry.received_us,
        entry.source,
        entry.kind,
        entry.dedupe_key,
        dict(sorted(entry.headers.items())),
    ]
    return hashlib.sha256(previous + json.dumps(facts, sort_keys=True).encode() + digest).digest()

"""A copy of a SQLite file made while others write to it: one moment of it, whole.

    writers ──> source ──(one read transaction)──> copy

The read transaction holds still what is copied, page by page, and hinders nobody: in WAL mode writers go on beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import apsw

from earnest.journal.chain import ChainBreak, broken_link
from earnest.journal.log import BUSY_MS
from earnest.kernel.errors import EnvironmentProblem

_PAGES_A_STEP = 2_000
Pages = Callable[[int, int], None]
"""Progress: pages copied, of how many."""


@dataclass(frozen=True, slots=True)
class Tip:
    """The last entry of a journal: its number, link (hex) and time, and when something was last received; 0 if none."""

    seq: int
    chain: str
    at_us: int
    last_received_us: int


def hot_copy(source: Path, target: Path, progress: Pages) -> None:
    """Copy a SQLite file as it stands at one moment, while others may write. The copy is not synced.

    Raises:
        EnvironmentProblem: `copy-failed`: the source is damaged, or the target cannot be written.
    """
    try:
        reader = _reader(source)
        writer = apsw.Connection(str(target))
        try:
            writer.execute("PRAGMA synchronous=OFF")
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_schema").fetchall()  # the moment: a read takes the snapshot
            with writer.backup("main", reader, "main") as copying:
                while not copying.done:
                    copying.step(_PAGES_A_STEP)
                    progress(copying.page_count - copying.remaining, copying.page_count)
            reader.execute("ROLLBACK")
        finally:
            writer.close()
            reader.close()
    except apsw.Error as error:
        raise EnvironmentProblem(
            "copy-failed",
            f"{source.name} could not be copied: {error}",
            hint="Check the space left where the copy goes; `earnest verify` tells whether the original is whole.",
        ) from error


def tip_of(path: Path) -> Tip:
    """The last entry of a journal that nobody writes to."""
    db = _still(path)
    try:
        last = db.execute("SELECT seq, chain, received_us FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
        received = db.execute(
            "SELECT received_us FROM entry WHERE kind = 'received' ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    finally:
        db.close()
    if last is None:
        return Tip(0, "", 0, 0)
    return Tip(int(last[0]), bytes(last[1]).hex(), int(last[2]), int(received[0]) if received else 0)


def link_of(path: Path, seq: int) -> str | None:
    """The link (hex) of an entry of a journal that nobody writes to, or None."""
    db = _still(path)
    try:
        row = db.execute("SELECT chain FROM entry WHERE seq = ?", (seq,)).fetchone()
    finally:
        db.close()
    return bytes(row[0]).hex() if row else None


def broken_copy(path: Path, *, after: int = 0) -> ChainBreak | None:
    """Where the chain of a journal that nobody writes to breaks after entry `after`, or None."""
    db = _still(path)
    try:
        return broken_link(db, after=after)
    finally:
        db.close()


def _reader(path: Path) -> apsw.Connection:
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    db.set_busy_timeout(BUSY_MS)
    return db


def _still(path: Path) -> apsw.Connection:
    """Open a file that nobody writes to, leaving no trace beside it: it may stand on a medium that cannot be written."""
    return apsw.Connection(
        f"{path.absolute().as_uri()}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    )

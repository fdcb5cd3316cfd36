"""What bodies tell → bound columns, ready to become event rows: the same for a file of bodies and for received entries.

    (row, received, told) … ─ Stage ─> files ─ bind_stage ─> told_* views ─┬─ emissions ─> segments
                                                                            └─ quarantine, counts

Nothing is journalled here: whoever calls decides where the rows go and when they count.
"""

from __future__ import annotations

import contextlib
import gc
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from earnest.channels.binding import NEED_CONTACT, bind_stage, duplicates, without_contact
from earnest.channels.bodies import BodyReject
from earnest.channels.channel import Channel
from earnest.channels.columns import EVENT_KINDS, PARTS, Stage
from earnest.channels.emit import Emitter
from earnest.channels.told import Rejected, Told
from earnest.importers.emit import Emission, Stamp
from earnest.importers.identities import register_keys
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

QUARANTINE = "SELECT row, reason, field, value FROM told_reject ORDER BY row"
"""SELECT of what was refused, over a bound stage."""


class Telling(NamedTuple):
    """What one body tells.

    Args:
        row: number of the body: its line or place in a file, the journal's number of a received entry.
        received_us: when it was received; None takes the instant of the import.
        told: values and refusals, as the channel's `parse` yields them; read once, in order.
        located: says of a refusal where the body is from, if its row does not.
    """

    row: int
    received_us: int | None
    told: Iterable[Told | Rejected]
    located: Callable[[Rejected], Rejected] | None = None


@dataclass(frozen=True, slots=True)
class BodyCounts:
    """What became of what a file's bodies tell: rows = accepted + quarantined, in elements told.

    Args:
        bodies: webhook bodies read. events: event kind → how often it was told.
        duplicates: events told more than once in this file, counted beyond the first; they count once.
        without_contact: messages, answers, orders and visits of which no contact is known.
    """

    rows: int
    accepted: int
    quarantined: int
    filtered: int
    without_contact: int
    equal_rows: int
    reasons: dict[str, int]
    bodies: int
    events: dict[str, int]
    duplicates: int

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


NOTHING_TOLD = BodyCounts(0, 0, 0, 0, 0, 0, {}, 0, {}, 0)


@dataclass(frozen=True, slots=True)
class Staged:
    """Bound columns of some bodies: `con` holds the views `told_*`, for as long as `staged` is open."""

    con: duckdb.DuckDBPyConnection
    stage: Stage
    counts: BodyCounts

    def emissions(self, channel: Channel, *, source: str, zone: str, stamp: Stamp) -> list[Emission]:
        """The event kinds told, each with the SELECT of its rows.

        Args:
            source: namespace of the rows and of order ids. zone: the workspace's, for business days.
            stamp: what every row carries. For received entries its `file_hash` must be the same whichever entries are
                read together, as keys of things without ids may hold it.
        """
        own = {"retells": channel.retells, "ids_per_source": channel.ids_per_source}
        emitter = Emitter(channel.code, source=source, zone=zone, stamp=stamp, **own)
        told = {EVENT_KINDS[sort] for sort, number in self.stage.counts.items() if number and sort in EVENT_KINDS}
        met = ("label", "terms") if "message" in told else ()
        return [one for one in emitter.emissions() if one[0] in (*told, *met, "identity", "identity_link")]

    def rejects(self, limit: int) -> tuple[BodyReject, ...]:
        """The first refused elements, in the order of their bodies."""
        rows = self.con.execute(f"{QUARANTINE} LIMIT {limit}").fetchall()
        return tuple(BodyReject(*row) for row in rows)


@contextlib.contextmanager
def staged(
    workspace: Workspace,
    tellings: Iterable[Telling],
    *,
    currency: str,
    file_hash: str,
    region: str | None = None,
) -> Iterator[Staged]:
    """Stage and bind what bodies tell; memory follows a chunk of values, however many there are.

    Args:
        tellings: read lazily, once. currency: the workspace's. file_hash: of the file the bodies are from.
        region: ISO 3166 country of phones written without a country code; None leaves them unread.
    """
    with _scratch(workspace) as folder, contextlib.closing(duck.connect(workspace.spill)) as con:
        register_keys(con, workspace.key())
        stage = Stage(folder, currency=currency)
        bodies = 0
        with stage, _no_garbage_collection():
            for row, received_us, told, located in tellings:
                bodies += 1
                stage.add(row, received_us, told, located=located)
        bind_stage(con, stage, file_hash=file_hash, region=region)
        yield Staged(con, stage, _counts(con, stage, bodies))


@contextlib.contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    """A folder for staged columns, which hold phones as told; what a killed run left a day ago goes too."""
    workspace.spill.mkdir(parents=True, exist_ok=True)
    for left in workspace.spill.glob(f"{_SCRATCH}*"):
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - _DAY_S:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=workspace.spill, prefix=_SCRATCH) as folder:
        yield Path(folder)


_SCRATCH, _DAY_S = "bodies-", 86_400


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Decoded JSON has no cycles: looking for some costs a fifth of the time and finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


_KNOWN = ("status", "reply", "opt", "order", "conversion", "session")
"""Sorts of which it is said how many are about nobody who can be known."""


def _counts(con: duckdb.DuckDBPyConnection, stage: Stage, bodies: int) -> BodyCounts:
    nobody = {sort: without_contact(con, stage, sort) for sort in (*_KNOWN, *NEED_CONTACT)}
    kept = {
        sort: number - (nobody[sort] if sort in NEED_CONTACT else 0)
        for sort, number in stage.counts.items()
        if sort != "reject"
    }
    accepted = sum(number for sort, number in kept.items() if sort not in PARTS)
    refused = stage.counts["reject"] + sum(nobody[sort] for sort in NEED_CONTACT)
    reasons = con.execute(
        "SELECT reason, count(*) FROM told_reject GROUP BY reason ORDER BY count(*) DESC, reason"
    ).fetchall()
    return BodyCounts(
        rows=accepted + refused,
        accepted=accepted,
        quarantined=refused,
        filtered=0,
        without_contact=sum(nobody[sort] for sort in _KNOWN),
        equal_rows=0,
        reasons={str(code): int(number) for code, number in reasons},
        bodies=bodies,
        events={kind: kept[sort] for sort, kind in EVENT_KINDS.items() if kept[sort]},
        duplicates=duplicates(con),
    )

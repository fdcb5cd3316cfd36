"""What became of one request of events: kept, read by the builder, refused in parts."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from earnest.channels.delivery import decode
from earnest.channels.told import Rejected
from earnest.journal.log import RECEIVED
from earnest.kernel.errors import NotFound
from earnest.kernel.period import moment_of
from earnest.usecases.hook_mapping import sentence
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck, received

MOST_REJECTS = 100


@dataclass(frozen=True, slots=True)
class EntryRefused:
    """An element that was kept and cannot be read; it waits in quarantine."""

    field: str
    code: str
    what: str


@dataclass(frozen=True, slots=True)
class EntryState:
    """One entry of the journal.

    Args:
        read: whether the builder has read it. refused: the first of what cannot be read, once it was read.
    """

    entry: int
    received_at: str
    events: int
    read: bool
    refused: tuple[EntryRefused, ...]


def entry_state(workspace: Workspace, number: int, *, source: str) -> EntryState:
    """What became of an entry of a source.

    Raises:
        NotFound: `no-such-entry`, also for the entries of other sources.
    """
    with workspace.journal() as journal:
        entry = journal.entry(number)
    if entry is None or entry.kind != RECEIVED or entry.source != source:
        raise NotFound(
            "no-such-entry",
            f"this source has no entry {number}",
            hint="Use the number that the request was answered with.",
        )
    index = received.load(workspace.events)
    read = index.until_seq >= number
    payload = decode(entry.body, "application/json")
    told = payload.get("events") if isinstance(payload, dict) else None
    files = [
        workspace.events / path
        for chunk in index.chunks
        if chunk.first_seq <= number <= chunk.until_seq
        for path in chunk.quarantine
    ]
    return EntryState(
        number,
        moment_of(entry.received_us).isoformat(),
        len(told) if isinstance(told, list) else 0,
        read,
        _refused(files, number) if files else (),
    )


def _refused(files: list[Path], number: int) -> tuple[EntryRefused, ...]:
    with contextlib.closing(duck.connect()) as con:
        rows = con.execute(
            f"SELECT reason, field, value FROM {duck.parquet(files)} WHERE row = $1 LIMIT {MOST_REJECTS}", [number]
        ).fetchall()
    return tuple(
        EntryRefused(field or "", reason, sentence(Rejected(reason, field or "", value)))
        for reason, field, value in rows
    )

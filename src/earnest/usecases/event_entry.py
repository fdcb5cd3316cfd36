"""What became of one request of events: kept, read by the builder, refused in parts."""

from __future__ import annotations

from dataclasses import dataclass

from earnest.channels.delivery import decode
from earnest.definitions.state import State
from earnest.journal.log import RECEIVED
from earnest.kernel.errors import NotFound
from earnest.kernel.period import moment_of
from earnest.usecases.quarantine_received import waits_of
from earnest.usecases.workspace import Workspace
from earnest.warehouse import received

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


def entry_state(workspace: Workspace, state: State, number: int, *, source: str) -> EntryState:
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
    payload = decode(entry.body, "application/json")
    told = payload.get("events") if isinstance(payload, dict) else None
    waits = waits_of(workspace, state, entry)[:MOST_REJECTS]
    return EntryState(
        number,
        moment_of(entry.received_us).isoformat(),
        len(told) if isinstance(told, list) else 0,
        received.load(workspace.events).until_seq >= number,
        tuple(EntryRefused(one.field or "", one.reason, one.sentence) for one in waits),
    )

"""Whether what is asked of the quarantine can be there at all: a name nobody knows is a mistake, not an empty answer."""

from __future__ import annotations

from collections.abc import Sequence

from earnest.journal.log import RECEIVED
from earnest.kernel.errors import NotFound, closest
from earnest.usecases.workspace import Workspace
from earnest.warehouse import received


def check_asked(workspace: Workspace, *, source: str | None = None, entries: Sequence[int] = ()) -> None:
    """Raise unless the source is declared, or something came for it before it was, and each entry was received.

    Raises:
        NotFound: `no-such-source`, `no-such-entry`.
    """
    if source is not None:
        _check_source(workspace, source)
    with workspace.journal() as journal:
        for number in entries:
            entry = journal.entry(number)
            if entry is None or entry.kind != RECEIVED:
                raise NotFound(
                    "no-such-entry",
                    f"entry {number} is nothing that was received",
                    hint="See `earnest quarantine list`.",
                )


def _check_source(workspace: Workspace, name: str) -> None:
    state = workspace.state()
    if state.source(name) is not None:
        return
    index = received.load(workspace.events)
    with workspace.journal() as journal:
        unread = journal.received_counts(after=index.until_seq)
    known = {*state.sources, *unread, *(one for chunk in index.chunks for one in chunk.counts)}
    if name not in known:
        raise NotFound(
            "no-such-source",
            f"there is no source '{name}', and nothing came for one{closest(name, known)}",
            hint="See `earnest source list`.",
        )

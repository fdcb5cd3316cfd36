"""A served workspace: what is declared in it, its users and keys, and the way into its journal.

request ── place_of ──> Place ── state()   what is declared now
                              ── access    users and API keys
                              ── keep()    durable when it returns
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request

from earnest.access.store import Store
from earnest.api.logs import log
from earnest.api.metrics import Figures
from earnest.api.room import Room
from earnest.definitions.state import State
from earnest.journal.log import Draft, Journal, Kept
from earnest.journal.writer import Group, Limits, Writer
from earnest.kernel.errors import EarnestError, EnvironmentProblem, NotFound
from earnest.tracking.codes import Codec
from earnest.usecases.access import open_access
from earnest.usecases.held_tables import HeldTables
from earnest.usecases.lost_clicks import LostClicks
from earnest.usecases.tally import Tally
from earnest.usecases.workspace import Workspace

WRITER_BUSY_MS = 3_000
"""A delivery waits so long for another process that writes; then its sender is told to come again."""

MOST_CLICKS_WAITING = 10_000
"""With so many drafts in the writer's queue no click is put to them: the rest of the room is for deliveries."""

ROOM = 8 << 20
"""Bytes free on the disk with which the largest delivery can be kept."""


@dataclass(frozen=True, slots=True)
class Click:
    """Stands for a click in the writer's queue: it was answered already, and nobody waits for what becomes of it."""

    draft: Draft


Ticket = asyncio.Future[Kept] | Click
Broken = Callable[["Place", EarnestError], None]
"""Told, in the writer's thread, that nothing can be written any more and the process should end."""


class Place:
    """One served workspace. Close it.

    Args:
        name: its part of the address `/w/NAME`.
        on_broken: see `Broken`. lost: counts the clicks that cannot be kept.

    Raises:
        EnvironmentProblem: `journal-unreadable`, `access-unreadable` and the like. NotFound: `no-workspace`.
    """

    def __init__(
        self,
        name: str,
        workspace: Workspace,
        *,
        on_broken: Broken | None = None,
        limits: Limits | None = None,
        lost: LostClicks | None = None,
    ) -> None:
        self.name = name
        self.workspace = workspace
        self._on_broken = on_broken
        self.lost = lost or LostClicks.of(workspace)
        self.figures = Figures(workspace, self.lost.since_began)
        self.tally = Tally.of(workspace)
        self.room = Room(workspace.path)
        self.tables = HeldTables(workspace)
        workspace.state()  # refuse what is no whole workspace before anything is opened for writing
        with contextlib.ExitStack() as opened:
            self._reader = opened.enter_context(workspace.journal())
            self.access: Store = opened.enter_context(open_access(workspace))
            journal = Journal(workspace.path / "journal.db", busy_ms=WRITER_BUSY_MS, clock=workspace.clock)
            self._writer: Writer[Ticket] = Writer(journal, self._deliver, clock=time.monotonic, limits=limits)
            self._opened = opened.pop_all()
        self._reading = threading.Lock()
        self._codecs: dict[str, Codec] = {}

    @property
    def writer(self) -> Writer[Ticket]:
        """For figures about it; write through `keep`."""
        return self._writer

    def state(self) -> State:
        """What is declared now, by whatever process; the same object while nothing new was declared. Do not change it.

        Only what is new is folded; all of it was when this place was made.
        """
        with self._reading:
            return self.workspace.folding.state(self._reader)

    def tip(self) -> tuple[int, tuple[int, int]]:
        """The journal's last entry, and number and instant of the last one received."""
        with self._reading:
            return self._reader.last_seq(), self._reader.last_received()

    def codec(self, purpose: str) -> Codec:
        """Reads and writes the workspace's codes of a purpose.

        Raises:
            EnvironmentProblem: `workspace-key-missing`.
        """
        codec = self._codecs.get(purpose)
        if codec is None:
            codec = self._codecs[purpose] = Codec(self.workspace.key(), purpose)
        return codec

    def fault(self) -> str | None:
        """Why nothing can be kept now, as a code; None while it can. A full disk is asked for room, not remembered."""
        if self._writer.broken is not None:
            return self._writer.broken.code
        if self._writer.short_of_room and shutil.disk_usage(self.workspace.path).free < ROOM:
            return "journal-full"
        return None

    async def keep(self, draft: Draft) -> Kept:
        """Write something to the journal; it is on disk when this returns.

        Raises:
            Overloaded: `journal-overloaded`. EnvironmentProblem: `journal-full`, `journal-busy`, `journal-unwritable`,
            `journal-closed`: it was not kept, and the sender should try again.
        """
        ticket: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self._writer.submit(draft, ticket)
        return await ticket

    def keep_click(self, draft: Draft) -> None:
        """Have a click written with whatever else waits, and wait for nothing: what cannot be kept is counted in `lost`.

        While another process holds the journal, clicks wait for it, as many as there is room for. The last of the disk is not for
        clicks, see `room`.
        """
        if self.room.is_low():
            self._lose("disk-low", 1)
            return
        if self._writer.waiting >= MOST_CLICKS_WAITING:
            self._lose("journal-overloaded", 1)
            return
        try:
            self._writer.submit(draft, Click(draft))
        except EnvironmentProblem as error:
            self._lose(error.code, 1)

    def close(self) -> None:
        """Write what waits, and let go of all files."""
        self._writer.close()
        self.tables.close()
        self.tally.save()
        self.lost.save()
        self._opened.close()

    def _deliver(self, group: Group[Ticket]) -> None:
        """In the writer's thread: hand a group over to the event loop in one call."""
        clicks = [ticket.draft for ticket in group.tickets if isinstance(ticket, Click)]
        if clicks and group.fault is not None:
            self._not_kept(clicks, group.fault.code)
        awaited = next((ticket for ticket in group.tickets if not isinstance(ticket, Click)), None)
        if awaited is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone, and with it whoever waited
                awaited.get_loop().call_soon_threadsafe(_settle, group)
        try:
            self._count(group, clicks)
        finally:
            if self._on_broken is not None and self._writer.broken is not None:
                self._on_broken(self, self._writer.broken)

    def _not_kept(self, clicks: Sequence[Draft], code: str) -> None:
        if code != "journal-busy":
            self._lose(code, len(clicks))
            return
        for draft in clicks:
            self.keep_click(draft)

    def _lose(self, code: str, clicks: int) -> None:
        self.lost.add(code, clicks, now_us=self.workspace.clock())

    def _count(self, group: Group[Ticket], clicks: Sequence[Draft]) -> None:
        self.figures.committed(group)
        if group.fault is not None:
            log().error("commit-failed", workspace=self.name, code=group.fault.code, deliveries=len(group.tickets))
        elif clicks:
            self.figures.kept_unawaited(clicks[0].source, len(clicks), size=sum(len(draft.body) for draft in clicks))


def _settle(group: Group[Ticket]) -> None:
    if group.fault is not None:
        for ticket in group.tickets:
            if isinstance(ticket, asyncio.Future) and not ticket.done():
                told = group.fault
                ticket.set_exception(EnvironmentProblem(told.code, told.message, hint=told.hint))
        return
    for ticket, kept in zip(group.tickets, group.kept, strict=True):
        if isinstance(ticket, asyncio.Future) and not ticket.done():
            ticket.set_result(kept)


Places = Mapping[str, Place | EarnestError]
"""Name → the workspace, or why it cannot be served."""


async def place_of(request: Request) -> Place:
    """The workspace that a request is about: the one of its address, or the only one.

    Raises:
        NotFound: `no-such-workspace`. EarnestError: why that workspace cannot be served.
    """
    return find_place(request.app.state.places, request.path_params.get("workspace"))


def find_place(places: Places, name: str | None, *, source: str | None = None) -> Place:
    """The workspace of a name; without a name the only one, or the only one where `source` is enabled, so that an address
    which was given to a provider goes on working when a second workspace comes. Raises as `place_of`.
    """
    if name is None and source is not None and len(places) > 1:
        found = _declaring(places, source)
    else:
        found = places.get(name) if name is not None else next(iter(places.values())) if len(places) == 1 else None
    if isinstance(found, Place):
        return found
    if found is not None:
        raise found
    raise NotFound("no-such-workspace", "there is no such workspace here", hint="Check the address: /w/WORKSPACE/…")


def _declaring(places: Places, source: str) -> Place | EarnestError | None:
    """The only workspace where a source is enabled. If none is found and one cannot be opened, it may be that one."""
    opened = [place for place in places.values() if isinstance(place, Place)]
    found = [place for place in opened if (known := place.state().sources.get(source)) is not None and known.enabled]
    if not found:
        return next((one for one in places.values() if not isinstance(one, Place)), None)
    return found[0] if len(found) == 1 else None


def name_of(folder: Path) -> str:
    """The name that a workspace's folder gives it in addresses."""
    return folder.resolve().name

"""Where the links of each workspace lead, held in memory: a click waits for no disk.

    journal ──(a thread, every second)──> links, by number ──> a click's answer
                                             │ ▲ at the start, if the journal cannot be read
                                             ▼ │
                                      tables/redirects.json

A refresh that fails changes nothing: what was known goes on leading where it led.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from starlette.applications import Starlette

from earnest.api.clicks import Visitors
from earnest.api.logs import log
from earnest.api.place import Place, Places
from earnest.definitions.fold import fold
from earnest.definitions.link import Link
from earnest.journal.log import Entry, Journal
from earnest.kernel.errors import EarnestError
from earnest.tracking.codes import Code, Codec
from earnest.tracking.destination import Landing, load
from earnest.usecases.lost_clicks import LostClicks
from earnest.usecases.same_key import Keys
from earnest.usecases.workspace import Workspace, open_workspace

FILE = "redirects.json"
AWAITED_SECONDS = 0.5
"""A click on a link that this process has not heard of waits so long for the journal to tell of it."""
BUSY_MS = 1_000
_SAVING_SHARE = 20
"""The file is written at most this share of the time: one of a hundred thousand links takes a while."""


@dataclass(frozen=True, slots=True)
class Target:
    """A link, and where it leads; None if its destination is not allowed, or no longer."""

    link: Link
    landing: Landing | None

    def leads(self, now_us: int) -> bool:
        """Whether it leads anywhere at an instant."""
        link = self.link
        return self.landing is not None and link.enabled and (link.until_us is None or now_us < link.until_us)

    @property
    def within(self) -> str | None:
        """Which messages carry it: as declared, else those of its campaign."""
        link = self.link
        return link.within or (f"campaign={link.campaign}" if link.campaign is not None else None)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The links of one workspace up to an entry of its journal. Never changed: a refresh puts another in its place."""

    targets: Mapping[int, Target]
    hosts: tuple[str, ...] = ()
    until_seq: int = 0


_EMPTY = Snapshot({})


class Memory:
    """The links of one workspace, and what reads its codes. All methods are of the event loop's thread but `read`.

    Args:
        lost: counts the clicks that cannot be kept. keys: of the workspaces that are served together.
    """

    def __init__(self, workspace: Workspace, lost: LostClicks | None = None, keys: Keys | None = None) -> None:
        self.workspace = workspace
        self._keys = keys if keys is not None else Keys()
        self.lost = lost or LostClicks.of(workspace)
        self.snapshot = _EMPTY
        self.codec: Codec | None = None
        self.visitors: Visitors | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="links")
        self._running: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._journal: Journal | None = None
        self._known = False
        self._failing: str | None = None
        self._saved = self.snapshot
        self._save_after = 0.0

    def begin(self) -> None:
        """Read everything for the first time: from the journal, or where that cannot be, what the last server left."""
        self.read()
        if self._failing is not None:
            self.snapshot = self._saved = _left(self._path)

    def refresh(self) -> asyncio.Task[None]:
        """Read what was declared until now; done when it is known here. Of refreshes that wait, all are one."""
        if self._running is None or self._running.done():
            self._running, self._following = asyncio.create_task(self._read()), None
            return self._running
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._read_after(self._running))
        return self._following

    def refresh_soon(self) -> None:
        """Begin a refresh, unless one is under way."""
        if self._running is None or self._running.done():
            self._running, self._following = asyncio.create_task(self._read()), None

    async def find(self, code: Code) -> Target | None:
        """The link of a code that was read here; None if there is none, also after another look into the journal."""
        target = self.snapshot.targets.get(code.number)
        if target is None:
            await asyncio.wait({self.refresh()}, timeout=AWAITED_SECONDS)
            target = self.snapshot.targets.get(code.number)
        return target

    def read(self) -> None:
        """Bring everything up to date; only ever in one thread at a time. Never raises: what fails is as it was, and is told."""
        code = None
        try:
            if self.codec is None:
                key = self._keys.claim(self.workspace)
                self.codec, self.visitors = Codec(key, "link"), Visitors(key)
            self._read_journal()
        except EarnestError as error:
            code = error.code
        except Exception as error:
            code = type(error).__name__
        if code is not None:
            self._let_go()
        if code != self._failing:
            self._failing = code
            if code is not None:
                log().warning("links-not-refreshed", workspace=self.workspace.path.name, code=code)
        self._save()
        self.lost.save()

    def close(self) -> None:
        """Let go of the journal."""
        self._thread.shutdown(cancel_futures=True)
        self._let_go()

    @property
    def _path(self) -> Path:
        return self.workspace.tables / FILE

    async def _read(self) -> None:
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            await asyncio.get_running_loop().run_in_executor(self._thread, self.read)

    async def _read_after(self, other: asyncio.Task[None]) -> None:
        await asyncio.wait({other})
        self._running, self._following = asyncio.current_task(), None
        await self._read()

    def _read_journal(self) -> None:
        if self._journal is None:
            open_workspace(self.workspace.path)  # refuses a folder that is none: opening a journal would make one
            self._journal = Journal(self.workspace.path / "journal.db", busy_ms=BUSY_MS)
        last = self._journal.last_declared()
        before = self.snapshot if self._known and last >= self.snapshot.until_seq else _EMPTY
        if last != before.until_seq or not self._known:
            told = self._journal.declared(after_seq=before.until_seq, until_seq=last)
            self.snapshot = _grown(before, [entry for entry in told if entry.kind.startswith("link.")], until_seq=last)
            self._known = True

    def _let_go(self) -> None:
        if self._journal is not None:
            with contextlib.suppress(Exception):
                self._journal.close()
            self._journal = None

    def _save(self) -> None:
        """Leave the links for a server that cannot read the journal. A disk without room keeps the old ones."""
        snapshot, saved, now = self.snapshot, self._saved, time.monotonic()
        if now < self._save_after or (snapshot.targets is saved.targets and snapshot.hosts == saved.hosts):
            return
        partial = self._path.with_name(f".partial-{FILE}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(_written(snapshot))
            partial.rename(self._path)
            self._saved = snapshot
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        self._save_after = time.monotonic() + _SAVING_SHARE * (time.monotonic() - now)


@dataclass(slots=True)
class Redirects:
    """The memories of a server's workspaces, by the names of their places."""

    memories: Mapping[str, Memory]

    @classmethod
    def of(cls, places: Places) -> Redirects:
        """For workspaces that are open; read at once. Of two with one secret the second leads nowhere."""
        keys = Keys()
        found = {name: Memory(one.workspace, one.lost, keys) for name, one in places.items() if isinstance(one, Place)}
        for memory in found.values():
            memory.begin()
        return cls(found)

    def read(self, text: str, workspace: str | None) -> tuple[str, Memory, Code] | None:
        """Whose code a text is: name and memory of the workspace, and what the code stands for; None if it is nobody's.

        Args:
            workspace: whose codes alone count; None: all workspaces'.
        """
        for name, memory in self.memories.items():
            if memory.codec is not None and (workspace is None or workspace == name):
                code = memory.codec.read(text)
                if code is not None:
                    return name, memory, code
        return None

    def lead_anywhere(self) -> bool:
        """Whether there is a link in any of them."""
        return any(memory.codec is not None and memory.snapshot.targets for memory in self.memories.values())

    def refresh_soon(self) -> None:
        """Begin to read what was declared since the last time."""
        for memory in self.memories.values():
            memory.refresh_soon()

    async def refresh(self, name: str) -> None:
        """Know what was declared in a workspace until now."""
        if name in self.memories:
            await self.memories[name].refresh()

    def close(self) -> None:
        """Let go of the journals, and write down what was lost."""
        for memory in self.memories.values():
            memory.close()
            memory.lost.save()


async def links_changed(app: Starlette, place: Place) -> None:
    """Know at once, in this process, what was just declared of a workspace's links."""
    await app.state.redirects.refresh(place.name)


def _grown(before: Snapshot, entries: Sequence[Entry], *, until_seq: int) -> Snapshot:
    """The next snapshot: with the links that these entries declare, and the hosts that are allowed now."""
    if not entries:
        return replace(before, until_seq=until_seq)
    state = fold(entries)
    hosts = state.link_hosts if any(entry.kind == "link.hosts" for entry in entries) else before.hosts
    links = [target.link for target in before.targets.values()] if hosts != before.hosts else []
    changed = {link.number: link for link in (*links, *state.links.values())}
    targets = dict(before.targets) | {number: _target(link, hosts) for number, link in changed.items()}
    return Snapshot(targets, hosts, until_seq)


def _target(link: Link, hosts: Sequence[str]) -> Target:
    return Target(link, load(link.destination, link.utm, link.click_parameter, allowed=hosts))


def _written(snapshot: Snapshot) -> bytes:
    links = [target.link.to_json() for target in snapshot.targets.values()]
    return msgspec.json.encode({"hosts": snapshot.hosts, "links": links})


def _left(path: Path) -> Snapshot:
    """What the last server left; its hosts are checked anew. Nothing, if the file is not there or not whole."""
    try:
        told = msgspec.json.decode(path.read_bytes())
        hosts = tuple(str(host) for host in told["hosts"])
        links = [Link.from_json(one) for one in told["links"]]
        return Snapshot({link.number: _target(link, hosts) for link in links}, hosts)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return _EMPTY

"""A disk that loses power: what SQLite writes is volatile until it is synced, and a cut keeps any part of the rest.

    write, truncate ─ pending ─ xSync of the file ─ durable             create, delete ─ pending ─ sync of the folder ─ durable

At a cut every file keeps what is durable, and of what is pending nothing, everything, a beginning, or any selection, in
sectors of 512 bytes: dropped, torn and reordered writes. Names may be missing, or still show a deleted file. From that the next
life starts. SQLite syncs the folder with a handle's first sync of a journal or WAL, and where xDelete asks for it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512
VFS = "earnest-power-cut"
_SYNCS_FOLDER = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
_KEPT = apsw.SQLITE_OPEN_MAIN_DB | _SYNCS_FOLDER


class PowerCut(apsw.IOError):
    """No write arrives any more."""


@dataclass(frozen=True)
class Write:
    """Bytes at a place of a file, or its new size where there are none."""

    offset: int
    data: bytes | None


@dataclass
class Inode:
    """A file whatever its name: durable content, and the writes since."""

    durable: bytes = b""
    pending: list[Write] = field(default_factory=list)

    def sync(self) -> None:
        self.durable = applied(self.durable, self.pending)
        self.pending = []

    def survives(self, rng: random.Random) -> bytes:
        """The content after a cut."""
        way = rng.randrange(5)
        if way == 0:
            return self.durable
        if way == 1:
            return applied(self.durable, self.pending)
        if way == 2:
            return applied(self.durable, self.pending[: rng.randrange(len(self.pending) + 1)])
        share = rng.random()
        if way == 3:
            return applied(self.durable, [write for write in self.pending if rng.random() < share])
        torn = [sector for write in self.pending for sector in sectors(write) if rng.random() < share]
        return applied(self.durable, torn)


def applied(content: bytes, writes: list[Write]) -> bytes:
    """A file after some writes; what lies between them and was never written is zero."""
    whole = bytearray(content)
    for write in writes:
        if write.data is None:
            del whole[write.offset :]
            whole.extend(bytes(write.offset - len(whole)))
        else:
            whole.extend(bytes(max(write.offset - len(whole), 0)))
            whole[write.offset : write.offset + len(write.data)] = write.data
    return bytes(whole)


def sectors(write: Write) -> Iterator[Write]:
    """A write in the pieces that a disk writes at once."""
    if write.data is None:
        yield write
        return
    start, end = write.offset, write.offset + len(write.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield Write(start, write.data[start - write.offset : stop - write.offset])
        start = stop


@dataclass
class Disk:
    """All files by name, and when the power goes.

    Args:
        until: operations (writes, truncations, syncs, deletions) after which it goes.
        until_sync: it goes with this sync: before it or right after it, as chance has it.
    """

    rng: random.Random
    until: int
    until_sync: int
    names: dict[str, list[Inode | None]] = field(default_factory=dict)
    """Name → what stood under it: first what is durable, last what stands there now."""
    operations: int = 0
    syncs: int = 0
    off: bool = False

    def load(self, folder: Path) -> None:
        """Take what lies in a folder as durable."""
        self.names = {str(path): [Inode(path.read_bytes())] for path in folder.iterdir()}

    def survivors(self) -> dict[str, bytes]:
        """File name → content after the cut."""
        found = {Path(name).name: self.rng.choice(states) for name, states in self.names.items()}
        return {name: inode.survives(self.rng) for name, inode in found.items() if inode is not None}

    def now(self, name: str) -> Inode | None:
        return self.names.get(name, [None])[-1]

    def made(self, name: str) -> Inode:
        inode = Inode()
        self.names.setdefault(name, [None]).append(inode)
        return inode

    def tick(self) -> None:
        """Count an operation; from the cut on none arrives."""
        self.operations += 1
        self.off = self.off or self.operations > self.until
        if self.off:
            raise PowerCut("the power is off")

    def sync_folder(self) -> None:
        self.names = {name: states[-1:] for name, states in self.names.items()}

    def deleted(self, name: str, *, sync: bool) -> None:
        self.tick()
        self.names.setdefault(name, [None]).append(None)
        if sync:
            self.sync_folder()

    def synced(self, inode: Inode, *, folder: bool) -> None:
        self.tick()
        self.syncs += 1
        cut = self.syncs >= self.until_sync
        if cut and self.rng.random() < 0.5:
            self.off = True
            raise PowerCut("the power went before the sync was done")
        inode.sync()
        if folder:
            self.sync_folder()
        if cut:
            self.off = True
            raise PowerCut("the power went after the sync, before anybody heard of it")


class CutFile(apsw.VFSFile):
    """A real file beside which the disk notes what would be lost."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self._disk, self._path = disk, name.filename() if isinstance(name, apsw.URIFilename) else name
        if disk.off:
            raise PowerCut("the power is off")
        self._inode = disk.now(self._path) if self._path is not None else None
        if self._inode is None and flags[0] & _KEPT:
            self._inode = disk.made(self._path)
        self._folder = bool(flags[0] & _SYNCS_FOLDER and flags[0] & apsw.SQLITE_OPEN_CREATE)
        super().__init__("unix", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._inode is not None:
            self._disk.tick()
            self._inode.pending.append(Write(offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        if self._inode is not None:
            self._disk.tick()
            self._inode.pending.append(Write(newsize, None))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._inode is not None:
            self._disk.synced(self._inode, folder=self._folder)
            self._folder = False


class CutVFS(apsw.VFS):
    """SQLite's own files of Unix, with a disk behind them that may lose power."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__(VFS, "unix", makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> CutFile:  # noqa: N802
        return CutFile(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        if not self._disk.off:
            self._disk.deleted(filename, sync=syncdir)
            super().xDelete(filename, syncdir)


@contextmanager
def powered(disk: Disk) -> Iterator[None]:
    """Every SQLite file that is opened meanwhile lies on the disk."""
    vfs, hook = CutVFS(disk), sys.unraisablehook
    # SQLite closes its files when nobody is left to hear that the power is off.
    sys.unraisablehook = lambda told: None if isinstance(told.exc_value, PowerCut) else hook(told)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        vfs.unregister()

"""What the doctor looks at: one workspace, its machine and its environment, each read at most once.

What cannot be read raises `Unlooked`: a check that could not be made is said to be so, it does not count as passed.
"""

from __future__ import annotations

import importlib.metadata
import os
import resource
import shutil
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import apsw

from earnest.definitions.source import Source
from earnest.definitions.state import State
from earnest.journal.log import Entry
from earnest.kernel.errors import EarnestError
from earnest.usecases.gaps import SourceSilence, silent_sources
from earnest.usecases.source_secrets import Secrets
from earnest.usecases.workspace import Workspace

Level = Literal["failed", "warned"]


class Unlooked(Exception):
    """A check could not be made; the text says why."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """What a check found, with its sizes, and what to do about it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that may be wrong.

    Args:
        code: stable; docs/operations.md explains each. level: ``failed``: data is lost or refused, now or at the next
            accident. ``warned``: somebody should look.
        why: why it matters, in one sentence. look: yields what is wrong; nothing if all is well.
    """

    code: str
    level: Level
    why: str
    look: Callable[[Case], Iterator[Symptom]]


@dataclass(frozen=True, slots=True)
class Machine:
    """What is known of the machine.

    Args:
        sqlite: version of the SQLite that Earnest uses. version: of an installed package, None if there is none.
        disk: bytes in all and free where the workspace stands. mounts: text of /proc/mounts, empty where there is none.
        open_files: how many files a process may hold open. has_zone: whether a time zone is known.
    """

    sqlite: str
    version: Callable[[str], str | None]
    disk: tuple[int, int]
    mounts: str
    open_files: int
    has_zone: Callable[[str], bool]


def this_machine(place: Path) -> Machine:
    """The machine this runs on, seen from a folder."""
    usage = shutil.disk_usage(place)
    mounts = Path("/proc/self/mounts")
    return Machine(
        apsw.sqlite_lib_version(),
        _installed,
        (usage.total, usage.free),
        mounts.read_text(errors="replace") if mounts.exists() else "",
        resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        _has_zone,
    )


@dataclass
class Case:
    """A workspace under examination.

    Args:
        environ: environment variables that secrets may refer to: those of the server should be the same.
        listen: address that the server listens on, if it is known.
    """

    workspace: Workspace
    machine: Machine
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    listen: str | None = None

    def __post_init__(self) -> None:
        self.journal_header = _header(
            self.workspace.path / "journal.db"
        )  # before anything opens it: that would mend it

    @cached_property
    def now_us(self) -> int:
        return self.workspace.clock()

    @cached_property
    def writable(self) -> bool:
        """Whether files can be made in the workspace's folder."""
        probe = self.workspace.path / f".doctor-{os.getpid()}"
        try:
            probe.touch()
            probe.unlink()
        except OSError:
            return False
        return True

    @cached_property
    def journal_fault(self) -> EarnestError | None:
        """Why the journal cannot be opened or read, or None."""
        try:
            with self.workspace.journal() as journal:
                journal.last_received()
            self.workspace.state()
        except EarnestError as error:
            return error
        except (apsw.Error, ValueError) as error:
            return EarnestError("journal-unreadable", str(error), hint="Restore it from a backup.")
        return None

    @cached_property
    def state(self) -> State:
        self.need_journal()
        return self.workspace.state()

    @cached_property
    def secrets(self) -> Secrets:
        """What references refer to here."""
        return Secrets(self.environ)

    @property
    def sources(self) -> list[Source]:
        """Sources that answer."""
        return [source for source in self.state.sources.values() if source.enabled]

    @cached_property
    def silences(self) -> dict[str, SourceSilence]:
        """How long each source has been silent."""
        names = [source.name for source in self.sources]
        found = silent_sources(self.workspace.path / "journal.db", names, now_us=self.now_us)
        return {one.source: one for one in found if one.source in names}

    @cached_property
    def backups(self) -> list[Entry]:
        """Entries that tell of finished backups, oldest first."""
        self.need_journal()
        with self.workspace.journal() as journal:
            return list(journal.entries(kind_prefix="backup.created"))

    def need_journal(self) -> None:
        """Raise `Unlooked` unless the journal can be read."""
        if not self.writable:
            raise Unlooked("the workspace's folder cannot be written")
        if self.journal_fault is not None:
            raise Unlooked("the journal cannot be read")


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(100)
    except OSError:
        return b""


def _installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _has_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

"""Back up a workspace while it is served: one moment of the journal, then all that the journal names by then.

    journal.db at a moment ─> files and segments it names (kept before they were named) ─> manifest ─> rename ─> journal entry

Files never change once they are named: a backup beside an older one shares them with it by hard links, and copies only
what is new. Nothing is ever linked with the workspace itself.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from earnest import __version__
from earnest.definitions.fold import fold
from earnest.journal.files import NAMED_BY, content_hash
from earnest.journal.hot_copy import Tip, broken_copy, hot_copy, link_of, tip_of
from earnest.kernel.durable import sync_folder
from earnest.kernel.errors import EarnestError, EnvironmentProblem, UsageError
from earnest.kernel.period import moment_of
from earnest.usecases.backup_files import (
    ACCESS,
    JOURNAL,
    KEY,
    PARTIAL,
    BackupManifest,
    StoredFile,
    backups_in,
    copied,
    manifest_of,
    seal,
)
from earnest.usecases.tables import quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

_ABANDONED_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Created:
    """A finished backup.

    Args:
        new_bytes: what was copied; the rest is shared with an older backup. same_disk: whether it lies on the
            workspace's own disk. unrecorded: why the journal could not be told of it; None if it was.
    """

    path: Path
    manifest: BackupManifest
    new_bytes: int
    same_disk: bool
    unrecorded: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "backup": str(self.path),
            "entries": self.manifest.entries,
            "files": len(self.manifest.files),
            "bytes": self.manifest.size,
            "new_bytes": self.new_bytes,
            "key_included": self.manifest.key,
            "same_disk": self.same_disk,
            "recorded": self.unrecorded is None,
            "faults": list(self.manifest.faults),
        }


def create_backup(workspace: Workspace, folder: Path, *, with_key: bool = True, progress: Progress = quiet) -> Created:
    """Write a backup into a folder of backups. It has its name only when all of it is on disk.

    Args:
        folder: holds any number of backups; made if need be.
        with_key: also store `workspace.key`, which turns contact keys back into people whose numbers one can guess.

    Raises:
        UsageError: `backup-inside-workspace`. EnvironmentProblem: `backup-failed`, `copy-failed`: nothing was left behind.
    """
    if folder.resolve().is_relative_to(workspace.path.resolve()):
        raise UsageError(
            "backup-inside-workspace",
            f"{folder} lies inside the workspace: what destroys one would destroy both",
            hint="Name a folder outside, best on another disk.",
        )
    try:
        return _create(workspace, folder, with_key=with_key, progress=progress)
    except OSError as error:
        raise EnvironmentProblem(
            "backup-failed",
            f"the backup could not be written to {folder}: {error.strerror or error}",
            hint="Check permissions and space there. The workspace is as it was, and so are older backups.",
        ) from error


def _create(workspace: Workspace, folder: Path, *, with_key: bool, progress: Progress) -> Created:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_abandoned(folder)
    now_us = workspace.clock()
    name = _free_name(folder, now_us)
    unnamed = folder / f"{PARTIAL}{socket.gethostname()}-{os.getpid()}-{name}"
    unnamed.mkdir(mode=0o700)
    try:
        written = _Written(workspace, unnamed, _newest(folder), progress)
        tip = written.databases()
        written.named_files(tip)
        key_hash = written.key(keep=with_key)
        manifest = BackupManifest(
            name, now_us, __version__, tip.seq, tip.chain, tip.last_received_us, with_key and key_hash is not None,
            key_hash, tuple(written.files), tuple(written.faults),
        )  # fmt: skip
        seal(unnamed, manifest)
        for place in (*(path for path in unnamed.rglob("*") if path.is_dir()), unnamed):
            sync_folder(place)
        unnamed.rename(folder / name)
        sync_folder(folder)
    finally:
        shutil.rmtree(unnamed, ignore_errors=True)
    same_disk = folder.stat().st_dev == workspace.path.stat().st_dev
    body = {"name": name, "entries": tip.seq, "bytes": manifest.size, "same_disk": same_disk, "key": manifest.key, "faults": len(manifest.faults)}  # fmt: skip
    unrecorded = None
    try:
        workspace.record("backup.created", body)
    except EnvironmentProblem as error:
        unrecorded = error.message
    return Created(folder / name, manifest, written.new_bytes, same_disk, unrecorded)


class _Written:
    """What has been written of a backup so far."""

    def __init__(self, workspace: Workspace, folder: Path, older: Path | None, progress: Progress) -> None:
        self.files: list[StoredFile] = []
        self.faults: list[str] = []
        self.new_bytes = 0
        self._workspace = workspace
        self._folder = folder
        self._older = older
        self._before = manifest_of(older) if older is not None else None
        self._shared = {one.path: one for one in self._before.files} if self._before else {}
        self._progress = progress

    def databases(self) -> Tip:
        """Copy the journal as it stands now, then the users and keys; the journal's last entry says what moment it was."""
        for name in (JOURNAL, ACCESS):
            source = self._workspace.path / name
            if not source.is_file():
                continue
            target = self._folder / name
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            hot_copy(source, target, partial(self._progress, f"copying {name}"))
            with target.open("rb") as stream:
                os.fsync(stream.fileno())
            self._took(StoredFile(name, target.stat().st_size, content_hash(target)))
        journal = self._folder / JOURNAL
        tip = tip_of(journal)
        known = (
            self._before.entries if self._before and link_of(journal, self._before.entries) == self._before.chain else 0
        )
        self._progress("checking the journal", 0, 1)
        broken = broken_copy(journal, after=known)
        if broken is not None:
            self.faults.append(f"journal entry {broken.seq}: {broken.reason}")
        return tip

    def named_files(self, tip: Tip) -> None:
        """Link or copy every kept file, and every segment that the journal names up to its tip."""
        with self._workspace.journal() as journal:
            entries = [entry for entry in journal.declared() if entry.seq <= tip.seq]
        hashes = {entry.data["file_hash"] for entry in entries if entry.kind in NAMED_BY}
        imports = fold(entries).imports.values()
        segments = {segment.path for one in imports for segment in one.segments}
        quarantines = {one.quarantine for one in imports if one.quarantine}
        paths = [
            *(f"files/{one}" for one in sorted(hashes)),
            *(f"events/{one}" for one in sorted(segments | quarantines)),
        ]
        done, of = 0, sum(_size(self._workspace.path / path) for path in paths)

        def further(copied_bytes: int) -> None:
            nonlocal done
            done += copied_bytes
            self._progress("copying files", done, of)

        for path in paths:
            source = self._workspace.path / path
            if not source.is_file():
                self.faults.append(f"{path} is missing in the workspace")
            elif not self._linked(path, source):
                stored = copied(source, self._folder / path, path, further)
                self._took(stored)
                if path.startswith("files/") and not path.endswith(stored.sha256):
                    self.faults.append(f"{path} was changed in the workspace")

    def key(self, *, keep: bool) -> str | None:
        """Store the key if it is wanted; its hash either way, None if the workspace has lost it."""
        source = self._workspace.path / KEY
        if not source.is_file():
            self.faults.append(f"{KEY} is missing in the workspace")
            return None
        if keep:
            self._took(copied(source, self._folder / KEY, KEY, lambda _: None))
        return content_hash(source)

    def _took(self, stored: StoredFile) -> None:
        self.files.append(stored)
        self.new_bytes += stored.size

    def _linked(self, path: str, source: Path) -> bool:
        """Share a file with the older backup, if that has it and the disk can."""
        known = self._shared.get(path)
        if known is None or self._older is None or known.size != source.stat().st_size:
            return False
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            target.hardlink_to(self._older / path)
        except OSError:
            return False
        self.files.append(known)
        return True


def _newest(folder: Path) -> Path | None:
    """The newest backup of a folder that has a readable manifest."""
    for path in reversed(backups_in(folder)):
        try:
            manifest_of(path)
        except EarnestError:
            continue
        return path
    return None


def _free_name(folder: Path, now_us: int) -> str:
    stem = f"earnest-{moment_of(now_us):%Y%m%dT%H%M%SZ}"
    names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    return next(name for name in names if not (folder / name).exists())


def _remove_abandoned(folder: Path) -> None:
    """Remove what processes that were killed have left: those of this machine, and others' after a week."""
    here = f"{PARTIAL}{socket.gethostname()}-"
    for path in folder.glob(f"{PARTIAL}*"):
        pid = path.name.removeprefix(here).partition("-")[0]
        dead = path.name.startswith(here) and Path("/proc").exists() and not Path(f"/proc/{pid}").exists()
        if dead or time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0

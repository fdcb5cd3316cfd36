"""List and verify backups, and bring one back into a new folder.

every file against its hash ─> the journal's chain ─> journal.db gets its name: now it is a workspace ─> entry ─> tables
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.journal.files import content_hash
from earnest.journal.hot_copy import broken_copy, tip_of
from earnest.kernel.durable import sync_folder
from earnest.kernel.errors import Conflict, EarnestError, EnvironmentProblem, NotFound, UsageError
from earnest.kernel.period import moment_of
from earnest.usecases.access import open_access
from earnest.usecases.backup_files import (
    ACCESS,
    JOURNAL,
    KEY,
    PARTIAL,
    BackupManifest,
    backups_in,
    copied,
    damaged_files,
    manifest_of,
    refuse_damaged,
)
from earnest.usecases.tables import build, quiet
from earnest.usecases.workspace import Workspace, wall_clock_us
from earnest.warehouse.build import Progress

_MARK = ".restoring"
"""Stands in a folder until the restore into it is whole; a folder that has it and no journal may be restored into again."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One backup of a folder; `problem` says in words why it cannot be used."""

    path: Path
    manifest: BackupManifest | None
    problem: str | None

    def to_json(self) -> dict[str, Any]:
        held = self.manifest
        return {
            "backup": str(self.path),
            "created": moment_of(held.created_us).isoformat() if held else None,
            "entries": held.entries if held else None,
            "bytes": held.size if held else None,
            "key_included": held.key if held else None,
            "faults": list(held.faults) if held else [],
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a backup found: each problem in words; none means that all of it can be brought back."""

    path: Path
    manifest: BackupManifest
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "backup": str(self.path),
            "entries": self.manifest.entries,
            "files": len(self.manifest.files),
            "bytes": self.manifest.size,
            "intact": not self.problems,
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back.

    Args:
        last_received_us: when the last entry from outside was received; what came later is not here. 0 if none.
        rows: rows of each table; None if they were not built because the key is missing.
    """

    path: Path
    manifest: BackupManifest
    last_received_us: int
    rows: dict[str, int] | None

    def to_json(self) -> dict[str, Any]:
        last = moment_of(self.last_received_us).isoformat() if self.last_received_us else None
        return {
            "workspace": str(self.path),
            "backup": self.manifest.name,
            "entries": self.manifest.entries,
            "backed_up": moment_of(self.manifest.created_us).isoformat(),
            "last_received": last,
            "rows": self.rows,
            "key_missing": self.rows is None,
        }


def list_backups(folder: Path) -> list[Listed]:
    """Backups in a folder, oldest first, those cut short at the end. Manifests are checked; `verify_backup` checks all.

    Raises:
        NotFound: `no-such-folder`.
    """
    if not folder.is_dir():
        raise NotFound("no-such-folder", f"there is no folder {folder}", hint="Name the folder that holds the backups.")
    found = []
    for path in (*backups_in(folder), *sorted(folder.glob(f"{PARTIAL}*"))):
        try:
            found.append(Listed(path, manifest_of(path), None))
        except EarnestError as error:
            found.append(Listed(path, None, error.message))
    return found


def verify_backup(path: Path, *, progress: Progress = quiet) -> Checked:
    """Check every file of a backup against its hash, and the chain of its journal.

    Raises:
        as `manifest_of`.
    """
    manifest = manifest_of(path)
    say = _counted("checking files", manifest.size, progress)
    problems = list(damaged_files(path, manifest, say))
    if not problems:
        problems = _of_journal(path / JOURNAL, manifest)
    return Checked(path, manifest, (*problems, *manifest.faults))


def restore_backup(
    source: Path,
    target: Path,
    *,
    key_file: Path | None = None,
    clock: Callable[[], int] = wall_clock_us,
    progress: Progress = quiet,
) -> Restored:
    """Bring a backup back into a new or empty folder, and build its tables.

    Args:
        key_file: the workspace's key, for a backup made without it.

    Raises:
        Conflict: `target-not-empty`. UsageError: `wrong-key`, `not-a-folder`. EnvironmentProblem: `restore-failed`.
        DataRefused, NotFound, Conflict: as `manifest_of`; then nothing is left in the target.
    """
    manifest = manifest_of(source)
    _refuse_occupied(target)
    _refuse_wrong_key(manifest, key_file)
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        _empty(target)
        (target / _MARK).touch()
        with _emptied_on_failure(target):
            _fill(source, target, manifest, progress)
            if key_file is not None:
                copied(key_file, target / KEY, KEY, lambda _: None)
            _open(target, manifest)
    except OSError as error:
        raise EnvironmentProblem(
            "restore-failed",
            f"{target} could not be written: {error.strerror or error}",
            hint="Check permissions and space there; the backup is untouched.",
        ) from error
    workspace = Workspace(target, clock)
    _end_sessions(workspace)
    workspace.record("backup.restored", {"name": manifest.name, "entries": manifest.entries})
    rows = None
    if (target / KEY).is_file():
        tables = build(workspace, progress=progress).tables
        rows = {name: sum(file.rows for file in files) for name, files in tables.items()}
    return Restored(target, manifest, manifest.last_received_us, rows)


def _fill(source: Path, target: Path, manifest: BackupManifest, progress: Progress) -> None:
    """Copy everything; the journal, whose name makes the folder a workspace, under another one."""
    say = _counted("restoring files", manifest.size, progress)
    for one in manifest.files:
        if not (source / one.path).is_file():
            refuse_damaged(source, [f"{one.path} is missing"])
        place = one.path if one.path != JOURNAL else f"{PARTIAL}{JOURNAL}"
        if copied(source / one.path, target / place, one.path, say) != one:
            refuse_damaged(source, [f"{one.path} was changed"])
    progress("checking the journal", 0, 1)
    refuse_damaged(source, _of_journal(target / f"{PARTIAL}{JOURNAL}", manifest))


def _open(target: Path, manifest: BackupManifest) -> None:
    for folder in {(target / one.path).parent for one in manifest.files}:
        sync_folder(folder)
    (target / f"{PARTIAL}{JOURNAL}").rename(target / JOURNAL)
    sync_folder(target)
    (target / _MARK).unlink()
    sync_folder(target)


def _end_sessions(workspace: Workspace) -> None:
    """Who was signed in when the backup was made signs in again: a session may have been ended since."""
    if (workspace.path / ACCESS).is_file():
        with open_access(workspace) as store, store.changing():
            for user in store.users():
                store.end_sessions(user.name)


def _of_journal(journal: Path, manifest: BackupManifest) -> list[str]:
    broken = broken_copy(journal)
    if broken is not None:
        return [f"journal entry {broken.seq}: {broken.reason}"]
    tip = tip_of(journal)
    if (tip.seq, tip.chain) != (manifest.entries, manifest.chain):
        return [f"the journal ends with entry {tip.seq:,}, the manifest says {manifest.entries:,}"]
    return []


def _refuse_occupied(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise UsageError("not-a-folder", f"{target} is a file", hint="Name a new folder.")
    held = {path.name for path in target.iterdir()} if target.is_dir() else set()
    if held and (_MARK not in held or JOURNAL in held):
        raise Conflict(
            "target-not-empty",
            f"{target} is not empty, and a backup is never restored over anything",
            hint="Name a new folder; move the old one away if it is to take its place.",
        )


def _refuse_wrong_key(manifest: BackupManifest, key_file: Path | None) -> None:
    if key_file is None:
        return
    if not key_file.is_file():
        raise UsageError("no-such-file", f"there is no file {key_file}", hint=f"Name the {KEY} of the workspace.")
    if manifest.key_sha256 is not None and content_hash(key_file) != manifest.key_sha256:
        raise UsageError(
            "wrong-key",
            f"{key_file} is not the key that this workspace had when it was backed up",
            hint="With another key no new event would meet an old contact. Find the right file.",
        )


@contextlib.contextmanager
def _emptied_on_failure(target: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _empty(target)
        raise


def _empty(target: Path) -> None:
    for path in target.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _counted(what: str, total: int, progress: Progress) -> Callable[[int], None]:
    done = 0

    def say(more: int) -> None:
        nonlocal done
        done += more
        progress(what, done, total)

    return say

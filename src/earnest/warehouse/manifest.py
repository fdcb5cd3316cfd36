"""The manifest: which files make up a generation of the tables. Swapped by an atomic rename, so readers see one or the other.

    tables/current.json ── names ──> tables/<table>/<generation>/*.parquet

A reader takes a lease on the folders it reads from. Files stay for an hour after they are superseded, and as long as a
lease names their folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from earnest.kernel.durable import sync_folder
from earnest.kernel.errors import Conflict

CURRENT = "current.json"
KEEP_SECONDS = 3600
LEASES, PAST = "leases", "as_of"


@dataclass(frozen=True, slots=True)
class TableFile:
    """One Parquet file of a table; `part` is the first day of its partition, or None for an unpartitioned table."""

    path: str
    part: int | None
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A generation.

    Args:
        generation: name of the generation (hash of its inputs).
        structure: hash of everything but the segments: definitions, settings, model versions. A change means rebuild.
        segments: paths of the event segments that went in.
        tables: table → files.
        columns: table → (column, type) pairs, so that a table without files still has its columns.
    """

    generation: str
    structure: str
    segments: tuple[str, ...]
    tables: dict[str, tuple[TableFile, ...]]
    columns: dict[str, tuple[tuple[str, str], ...]]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def paths(self) -> set[str]:
        """Every file of the generation."""
        return {file.path for files in self.tables.values() for file in files}

    @property
    def folders(self) -> set[str]:
        """Folders its files stand in, one a build: files of days that did not change are carried on from older ones."""
        return {Path(path).parts[1] for path in self.paths}

    def to_json(self) -> dict[str, Any]:
        return {
            "generation": self.generation,
            "structure": self.structure,
            "segments": list(self.segments),
            "tables": {name: [[f.path, f.part, f.rows] for f in files] for name, files in self.tables.items()},
            "columns": {name: [list(pair) for pair in pairs] for name, pairs in self.columns.items()},
            "facts": self.facts,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Manifest:
        return cls(
            body["generation"],
            body["structure"],
            tuple(body["segments"]),
            {name: tuple(TableFile(*f) for f in files) for name, files in body["tables"].items()},
            {name: tuple((str(c), str(t)) for c, t in pairs) for name, pairs in body["columns"].items()},
            body.get("facts", {}),
        )


def load(folder: Path) -> Manifest | None:
    """The generation in force; None before the first build, or if the manifest or a file it names is damaged or gone."""
    try:
        manifest = Manifest.from_json(json.loads((folder / CURRENT).read_text()))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return manifest if all((folder / path).is_file() for path in manifest.paths) else None


def publish(folder: Path, manifest: Manifest) -> None:
    """Put a generation in force: sync, rename, sync. The files it no longer names begin to age."""
    current = load(folder)
    for path in current.paths - manifest.paths if current else ():
        os.utime(folder / path)
    partial = folder / f".partial-{CURRENT}"
    with partial.open("w") as stream:
        json.dump(manifest.to_json(), stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.rename(folder / CURRENT)
    sync_folder(folder)


@contextlib.contextmanager
def builder_lock(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Be the one builder of a workspace's tables.

    Raises:
        Conflict: `builder-busy`, if another process builds and `wait` is False.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".builder.lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise Conflict(
                "builder-busy", "another process is building the tables", hint="Wait a moment and try again."
            ) from error
        yield


@contextlib.contextmanager
def lease(folder: Path, folders: Collection[str]) -> Iterator[None]:
    """Keep the files in these build folders from being removed while they are read."""
    leases = folder / LEASES
    leases.mkdir(parents=True, exist_ok=True)
    mark = leases / f"{os.getpid()}.{time.monotonic_ns()}"
    partial = leases / f".{mark.name}"
    partial.write_text("\n".join(folders))
    partial.rename(mark)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def sweep(folder: Path, *, now: float, keep_seconds: int = KEEP_SECONDS) -> int:
    """Remove files that neither the generation in force nor a lease names, `keep_seconds` after they were superseded.

    Leases of processes that no longer live are dropped first; past generations go whole. Returns the number of files.
    """
    manifest = load(folder)
    if manifest is None:
        return 0
    named, leased = manifest.paths, _leased(folder)
    removed = 0
    for path in folder.glob("*/*/**/*.parquet"):
        relative = path.relative_to(folder)
        young = now - path.stat().st_mtime < keep_seconds
        if young or str(relative) in named or relative.parts[1] in leased or relative.parts[0] == PAST:
            continue
        path.unlink(missing_ok=True)
        removed += 1
    for past in (folder / PAST).glob("*"):
        if past.name not in leased and now - past.stat().st_mtime >= keep_seconds:
            removed += len(list(past.glob("*/*/**/*.parquet")))
            shutil.rmtree(past)
    for empty in sorted((p for p in folder.glob("*/**/") if p.is_dir() and p.name not in (LEASES, PAST)), reverse=True):
        with contextlib.suppress(OSError):
            if now - empty.stat().st_mtime >= keep_seconds:
                empty.rmdir()
    return removed


def _leased(folder: Path) -> set[str]:
    found: set[str] = set()
    for mark in (folder / LEASES).glob("*"):
        pid = mark.name.lstrip(".").partition(".")[0]
        if Path(f"/proc/{pid}").exists() or not Path("/proc").exists():
            with contextlib.suppress(FileNotFoundError):
                found.update(mark.read_text().split())
        else:
            mark.unlink(missing_ok=True)
    return found

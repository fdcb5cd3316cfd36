"""The manifest: which files make up a generation of the tables. Swapped by an atomic rename, so readers see one or the other.

    tables/current.json ── names ──> tables/<table>/<generation>/*.parquet

A reader takes a lease on the generation it reads. Superseded files stay for an hour and as long as a lease names them.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from earnest.kernel.errors import Conflict

CURRENT = "current.json"
KEEP_SECONDS = 3600


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
    """The generation in force, or None before the first build."""
    try:
        return Manifest.from_json(json.loads((folder / CURRENT).read_text()))
    except FileNotFoundError:
        return None


def publish(folder: Path, manifest: Manifest) -> None:
    """Put a generation in force: sync, rename, sync."""
    partial = folder / f".partial-{os.getpid()}-{CURRENT}"
    with partial.open("w") as stream:
        json.dump(manifest.to_json(), stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.rename(folder / CURRENT)
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


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
            raise Conflict("builder-busy", "another process is building the tables", hint="Wait a moment and try again.") from error
        yield


@contextlib.contextmanager
def lease(folder: Path, generation: str) -> Iterator[None]:
    """Keep a generation's files from being removed while they are read."""
    leases = folder / "leases"
    leases.mkdir(parents=True, exist_ok=True)
    mark = leases / f"{generation}.{os.getpid()}.{time.monotonic_ns()}"
    mark.touch()
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def sweep(folder: Path, *, now: float, keep_seconds: int = KEEP_SECONDS) -> int:
    """Remove files that no generation in force or on lease names and that are older than `keep_seconds`.

    Leases of processes that no longer live are dropped first. Returns the number of files removed.
    """
    manifest = load(folder)
    if manifest is None:
        return 0
    leased = _live_leases(folder)
    named = {f.path for files in manifest.tables.values() for f in files}
    removed = 0
    for path in folder.glob("*/*/**/*.parquet"):
        relative = path.relative_to(folder)
        if str(relative) in named or relative.parts[1] in leased or now - path.stat().st_mtime < keep_seconds:
            continue
        path.unlink(missing_ok=True)
        removed += 1
    for empty in sorted((p for p in folder.glob("*/**/") if p.is_dir()), reverse=True):
        with contextlib.suppress(OSError):
            if now - empty.stat().st_mtime >= keep_seconds and empty.name != "leases":
                empty.rmdir()
    return removed


def _live_leases(folder: Path) -> set[str]:
    live = set()
    for mark in (folder / "leases").glob("*.*.*"):
        generation, pid, _ = mark.name.split(".")
        if Path(f"/proc/{pid}").exists() or not Path("/proc").exists():
            live.add(generation)
        else:
            mark.unlink(missing_ok=True)
    return live

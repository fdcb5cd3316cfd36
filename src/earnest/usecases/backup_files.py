"""What a backup is on disk: a folder that anybody can read with plain tools, and a manifest that names every byte of it.

    earnest-20261001T120000Z/   journal.db  access.db  workspace.key  files/…  events/…  manifest.json  manifest.sha256

`manifest.sha256` is the last file written; the folder has its name only after everything in it is on disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from earnest.journal.files import content_hash
from earnest.kernel.errors import Conflict, DataRefused, EnvironmentProblem, NotFound

FORMAT = 1
JOURNAL, ACCESS, KEY = "journal.db", "access.db", "workspace.key"
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
PARTIAL = ".partial-"
NAME = re.compile(r"earnest-(\d{8}T\d{6}Z)(-\d+)?")
_ALLOWED = re.compile(rf"{JOURNAL}|{ACCESS}|{KEY}|files/[0-9a-f]{{64}}|events/[a-z_]+/[A-Za-z0-9_-]+\.parquet")
_CHUNK = 1 << 20

Bytes = Callable[[int], None]
"""Progress: bytes done since the last call."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a backup: its path within, its size and the SHA-256 of its bytes in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup holds.

    Args:
        created_us: when it was begun; earnest: version that wrote it.
        entries, chain, last_received_us: of its journal: number of entries, last link (hex), when something last came in.
        key: whether `workspace.key` is in it. key_sha256: of that file, to know the right one again; None if there was none.
        faults: what was missing or damaged in the workspace already, in words.
    """

    name: str
    created_us: int
    earnest: str
    entries: int
    chain: str
    last_received_us: int
    key: bool
    key_sha256: str | None
    files: tuple[StoredFile, ...]
    faults: tuple[str, ...] = field(default=())

    @property
    def size(self) -> int:
        """Bytes of all its files, also those it shares with other backups."""
        return sum(one.size for one in self.files)

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self.name,
            "created_us": self.created_us,
            "earnest": self.earnest,
            "journal": {"entries": self.entries, "chain": self.chain, "last_received_us": self.last_received_us},
            "key": {"included": self.key, "sha256": self.key_sha256},
            "files": [{"path": one.path, "size": one.size, "sha256": one.sha256} for one in self.files],
            "faults": list(self.faults),
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> BackupManifest:
        journal, key = body["journal"], body["key"]
        files = tuple(StoredFile(one["path"], one["size"], one["sha256"]) for one in body["files"])
        return cls(
            body["name"],
            body["created_us"],
            body["earnest"],
            journal["entries"],
            journal["chain"],
            journal["last_received_us"],
            key["included"],
            key["sha256"],
            files,
            tuple(body["faults"]),
        )


def copied(source: Path, target: Path, path: str, progress: Bytes) -> StoredFile:
    """Copy a file durably, readable by its owner alone; the hash is of the bytes written."""
    digest, size = hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with source.open("rb") as reader, os.fdopen(handle, "wb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
            size += len(chunk)
            progress(len(chunk))
        writer.flush()
        os.fsync(writer.fileno())
    return StoredFile(path, size, digest.hexdigest())


def seal(folder: Path, manifest: BackupManifest) -> None:
    """Write the manifest and, last, its own hash; both synced."""
    text = json.dumps(manifest.to_json(), indent=1, sort_keys=True).encode() + b"\n"
    for name, body in ((MANIFEST, text), (SEAL, _seal_of(text))):
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())


def _seal_of(text: bytes) -> bytes:
    """In the form that `sha256sum --check` reads."""
    return f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n".encode()


def manifest_of(folder: Path) -> BackupManifest:
    """The manifest of a backup, checked against its own hash and for paths that lead outside.

    Raises:
        NotFound: `no-backup`. Conflict: `backup-incomplete`: it was cut short. DataRefused: `backup-damaged`.
        EnvironmentProblem: `backup-newer`.
    """
    if folder.name.startswith(PARTIAL):
        raise Conflict(
            "backup-incomplete",
            f"{folder.name} was cut short before it was whole, or is still being written",
            hint="Use an older backup; see `earnest backup list`.",
        )
    if not (folder / MANIFEST).is_file() or not (folder / SEAL).is_file():
        inside = backups_in(folder)
        raise NotFound(
            "no-backup",
            f"{folder} is no backup: a whole one holds {MANIFEST} and {SEAL}",
            hint=f"The newest backup in it is {inside[-1]}." if inside else "See `earnest backup list DIR`.",
        )
    text = (folder / MANIFEST).read_bytes()
    if (folder / SEAL).read_bytes() != _seal_of(text):
        raise _damaged(folder, f"{MANIFEST} and {SEAL} do not fit each other")
    body = json.loads(text)
    if body["format"] > FORMAT:
        raise EnvironmentProblem(
            "backup-newer", f"{folder.name} was written by Earnest {body['earnest']}", hint="Upgrade Earnest."
        )
    manifest = BackupManifest.from_json(body)
    outside = [one.path for one in manifest.files if not _ALLOWED.fullmatch(one.path)]
    if outside:
        raise _damaged(folder, f"its manifest names {outside[0]!r}, which is no file of a workspace")
    return manifest


def damaged_files(folder: Path, manifest: BackupManifest, progress: Bytes) -> Iterator[str]:
    """What is wrong with each file of a backup, in words; nothing for those that are whole."""
    for one in manifest.files:
        path = folder / one.path
        if not path.is_file():
            yield f"{one.path} is missing"
        elif path.stat().st_size != one.size:
            yield f"{one.path} has {path.stat().st_size:,} bytes, not {one.size:,}"
        elif content_hash(path) != one.sha256:
            yield f"{one.path} was changed"
        progress(one.size)


def refuse_damaged(folder: Path, problems: Sequence[str]) -> None:
    """Raise if anything is wrong with a backup.

    Raises:
        DataRefused: `backup-damaged`.
    """
    if problems:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise _damaged(folder, f"{problems[0]}{more}")


def backups_in(folder: Path) -> list[Path]:
    """Folders named like whole backups, oldest first."""
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if NAME.fullmatch(path.name)), key=_age)


def _age(path: Path) -> tuple[str, int]:
    found = NAME.fullmatch(path.name)
    return (found[1], int((found[2] or "-0")[1:])) if found else ("", 0)


def _damaged(folder: Path, what: str) -> DataRefused:
    return DataRefused(
        "backup-damaged",
        f"the backup {folder.name} is damaged: {what}",
        hint="Nothing was restored from it. Use another backup; see `earnest backup list`.",
    )

"""Imported files, kept once each under the hash of their content: as durable as the journal that names them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from earnest.kernel.durable import partial_file, sync_folder

NAMED_BY = ("import.file", "coupon.codes", "report.snapshot")
"""Kinds of entries that name a kept file, by its `file_hash`."""

_CHUNK = 1 << 20


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def keep(path: Path, folder: Path) -> tuple[str, Path]:
    """Copy a file into `folder` under its content hash, durably; the same content is stored once.

    The name comes from the bytes alone, never from the file's own name. Returns (hash, path of the copy).
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with partial_file(folder / str(path.stat().st_ino)) as partial:
        with path.open("rb") as source, partial.open("wb") as target:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        kept = folder / digest.hexdigest()
        if not kept.exists() or kept.stat().st_size != partial.stat().st_size:
            partial.rename(kept)
            sync_folder(folder)
    return digest.hexdigest(), kept

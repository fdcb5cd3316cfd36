"""Writing files so that they are there whole or not at all: under another name, synced, then renamed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_PARTIAL = ".partial-"


@contextlib.contextmanager
def partial_file(target: Path) -> Iterator[Path]:
    """A name beside `target` to write under before renaming; what is left there in the end is removed.

    So is what processes that were killed have left in the folder.
    """
    for left in target.parent.glob(f"{_PARTIAL}*"):
        pid = left.name.removeprefix(_PARTIAL).partition("-")[0]
        if Path("/proc").exists() and not Path(f"/proc/{pid}").exists():
            left.unlink(missing_ok=True)
    partial = target.with_name(f"{_PARTIAL}{os.getpid()}-{target.name}")
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

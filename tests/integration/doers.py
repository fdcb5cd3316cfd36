"""What other processes do to a workspace while a test watches, reads beside them or kills them.

Each writes one line to its journal of acknowledgements after a step has returned, unbuffered: what is written there
was promised.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from earnest.usecases.import_files import Options, import_files, undo_import
from earnest.usecases.tables import build
from earnest.usecases.workspace import Workspace
from integration.parcels import Parcel

START = "start"


class At:
    """A clock that stands; it can be sent to another process."""

    def __init__(self, now_us: int) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        return self.now_us


def import_all(folder: Path, now_us: int, files: Sequence[Parcel], acks: Path) -> None:
    """Import the files one by one, building after each."""
    workspace = Workspace(folder, At(now_us))
    with _writer(acks) as say:
        say(START)
        for parcel in files:
            done = import_files(workspace, [parcel.path], parcel.kind, options=Options(source="shop"))
            say(f"{parcel.path.name} {done[0].entry if done[0].entry is not None else done[0].already}")


def rebuild_all(folder: Path, now_us: int, times: int, acks: Path) -> None:
    """Build every table anew, several times."""
    workspace = Workspace(folder, At(now_us))
    with _writer(acks) as say:
        say(START)
        for number in range(times):
            build(workspace, full=True)
            say(f"built {number}")


def undo_all(folder: Path, now_us: int, numbers: Sequence[int], acks: Path) -> None:
    """Undo imports."""
    workspace = Workspace(folder, At(now_us))
    with _writer(acks) as say:
        say(START)
        for number in numbers:
            undo_import(workspace, number)
            say(f"undone {number}")


@contextlib.contextmanager
def _writer(path: Path) -> Iterator[Callable[[str], None]]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        yield lambda line: os.write(handle, f"{line}\n".encode()) and None
    finally:
        os.close(handle)

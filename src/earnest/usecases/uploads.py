"""Files that were uploaded and wait to be imported: each in a folder of its own in `uploads/`, under a name that is safe.

uploads/<id>/<name>   the bytes        uploads/<id>/about.json   who, when, how to read it, what the dry run said
What is half uploaded has no `about.json`, and is no file that waits. Old ones are swept: they are copies, nothing of them counts.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import unicodedata
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from earnest.kernel.durable import partial_file
from earnest.kernel.errors import Conflict, NotFound
from earnest.usecases.jobs import FOLDER
from earnest.usecases.workspace import Workspace

ABOUT = "about.json"
MOST_WAITING = 50
KEPT_DAYS = 7
HALF_HOURS = 12
"""What was never whole goes after so long."""
_HOUR_US = 3_600_000_000
_ID = re.compile(r"[0-9a-f]{16}")
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """An uploaded file.

    Args:
        name: for people; also its name on the disk. choice: how it is to be read, as the page asked. checked: what the dry run said.
    """

    id: str
    name: str
    size: int
    by: str
    since_us: int
    choice: dict[str, Any] | None = None
    checked: dict[str, Any] | None = None


def label(name: str) -> str:
    """A file's name as it may stand on a page and on the disk: no path, nothing invisible, nothing that turns text round."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = (
        "".join(one for one in last if unicodedata.category(one)[0] != "C" and one.isprintable()).strip().lstrip(".")
    )
    cut = plain[:_LONGEST_NAME] if len(plain) <= _LONGEST_NAME else f"{plain[: _LONGEST_NAME - 20]}…{plain[-19:]}"
    while len(cut.encode()) > 2 * _LONGEST_NAME:
        cut = cut[1:]
    return cut.strip() or "file"


def new_place(workspace: Workspace, name: str) -> tuple[str, Path]:
    """Id and path for the bytes of a file that is about to come; `keep_upload` makes it one that waits.

    Raises:
        Conflict: `too-many-waiting`.
    """
    sweep(workspace)
    if len(waiting(workspace)) >= MOST_WAITING:
        raise Conflict(
            "too-many-waiting",
            f"{MOST_WAITING} uploaded files wait to be imported already",
            hint="Import them, or throw some away.",
        )
    number = secrets.token_hex(8)
    folder = workspace.path / FOLDER / number
    folder.mkdir(mode=0o700, parents=True)
    return number, folder / label(name)


def keep_upload(workspace: Workspace, number: str, path: Path, *, by: str) -> Waiting:
    """A file whose bytes are all there waits from now on."""
    one = Waiting(number, path.name, path.stat().st_size, by, workspace.clock())
    _write(path.parent, one)
    return one


def waiting(workspace: Workspace) -> tuple[Waiting, ...]:
    """The files that wait, oldest first."""
    found = [one for path in _folders(workspace) if (one := _read(path)) is not None]
    return tuple(sorted(found, key=lambda one: (one.since_us, one.id)))


def find_waiting(workspace: Workspace, number: str) -> Waiting:
    """A file that waits.

    Raises:
        NotFound: `no-such-upload`.
    """
    one = _read(workspace.path / FOLDER / number) if _ID.fullmatch(number) else None
    if one is None:
        raise NotFound(
            "no-such-upload",
            "no such uploaded file waits here: it was imported, thrown away, or lay too long",
            hint="See the list of imports, or upload it again.",
        )
    return one


def path_of(workspace: Workspace, one: Waiting) -> Path:
    """Where its bytes lie."""
    return workspace.path / FOLDER / one.id / one.name


def note(workspace: Workspace, one: Waiting, **changes: Any) -> Waiting:
    """Remember how it is to be read, or what the dry run said."""
    changed = replace(one, **changes)
    _write(workspace.path / FOLDER / one.id, changed)
    return changed


def discard(workspace: Workspace, number: str) -> None:
    """Throw an uploaded file away. Twice is as good as once."""
    if _ID.fullmatch(number):
        shutil.rmtree(workspace.path / FOLDER / number, ignore_errors=True)


def sweep(workspace: Workspace) -> None:
    """Throw away what has waited too long, and what never became whole."""
    now_us = workspace.clock()
    for path in _folders(workspace):
        one = _read(path)
        since_us = one.since_us if one is not None else int(path.stat().st_mtime * 1e6)
        hours = KEPT_DAYS * 24 if one is not None else HALF_HOURS
        if now_us - since_us > hours * _HOUR_US:
            shutil.rmtree(path, ignore_errors=True)


def _folders(workspace: Workspace) -> list[Path]:
    folder = workspace.path / FOLDER
    return [path for path in folder.iterdir() if _ID.fullmatch(path.name)] if folder.is_dir() else []


def _read(folder: Path) -> Waiting | None:
    try:
        one = Waiting(id=folder.name, **json.loads((folder / ABOUT).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return one if (folder / one.name).is_file() else None


def _write(folder: Path, one: Waiting) -> None:
    told = asdict(one)
    del told["id"]
    with partial_file(folder / ABOUT) as partial:
        partial.write_text(json.dumps(told, ensure_ascii=False, default=str))
        partial.rename(folder / ABOUT)

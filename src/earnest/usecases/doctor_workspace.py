"""Checks of the workspace's own files: who can read them, whether they are whole, whether the builder keeps up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from earnest.journal.files import NAMED_BY
from earnest.kernel.errors import EnvironmentProblem
from earnest.usecases.access import ACCESS_FILE, open_access
from earnest.usecases.doctor_case import Case, Symptom
from earnest.usecases.gaps import duration
from earnest.usecases.heartbeat import heartbeat
from earnest.usecases.workspace import KEY_FILE
from earnest.warehouse.manifest import load

CHAIN_ENTRIES = 10_000
"""So many of the newest entries are checked against the chain; `earnest verify` checks all."""
_SHOWN = 3
_WAL = b"\x02\x02"
_WAIT_US = 60_000_000
_RESTORE = "Restore it from a backup: earnest backup restore BACKUP --to NEWDIR"


def folder_not_writable(case: Case) -> Iterator[Symptom]:
    if not case.writable:
        yield Symptom(
            f"no file can be made in {case.workspace.path}",
            "Give the folder to the user that the service runs as (chown -R).",
        )


def journal_unreadable(case: Case) -> Iterator[Symptom]:
    if case.writable and case.journal_fault is not None:
        yield Symptom(case.journal_fault.message, case.journal_fault.hint or _RESTORE)


def journal_not_wal(case: Case) -> Iterator[Symptom]:
    header = case.journal_header
    if header.startswith(b"SQLite format 3\0") and header[18:20] != _WAL:
        yield Symptom(
            "journal.db was not in write-ahead mode: another program has changed it",
            "It is in that mode again. Let no other program open journal.db for writing, and run `earnest verify`.",
        )


def journal_open(case: Case) -> Iterator[Symptom]:
    path = (case.workspace.path / "journal.db").resolve()
    reachable = all(folder.stat().st_mode & 0o011 for folder in path.parents)
    if path.is_file() and path.stat().st_mode & 0o044 and reachable:
        yield Symptom(
            f"journal.db can be read by others (mode {path.stat().st_mode & 0o777:03o})",
            f"chmod 700 {path.parent}, and run Earnest with umask 077 (UMask=0077 in the service's unit).",
        )


def chain_broken(case: Case) -> Iterator[Symptom]:
    case.need_journal()
    with case.workspace.journal() as journal:
        broken = journal.verify(after=max(0, journal.last_seq() - CHAIN_ENTRIES))
    if broken is not None:
        yield Symptom(f"journal entry {broken.seq}: {broken.reason}", f"`earnest verify` tells all. {_RESTORE}")


def key_missing(case: Case) -> Iterator[Symptom]:
    path = case.workspace.path / KEY_FILE
    if not path.is_file():
        yield Symptom(
            f"{KEY_FILE} is missing", "Bring it back from a backup; a new one would not fit the old contacts."
        )
        return
    try:
        whole = len(case.workspace.key()) > 0
    except ValueError:
        whole = False
    except OSError:
        yield Symptom(
            f"{KEY_FILE} cannot be read by this user", "Give it to the user that the service runs as (chown)."
        )
        return
    if not whole:
        yield Symptom(f"{KEY_FILE} does not hold a key", "Bring it back from a backup; a new one would not fit.")


def key_open(case: Case) -> Iterator[Symptom]:
    yield from _open_to_others(case.workspace.path / KEY_FILE)


def access_open(case: Case) -> Iterator[Symptom]:
    for name in (ACCESS_FILE, f"{ACCESS_FILE}-wal"):
        yield from _open_to_others(case.workspace.path / name)


def access_unreadable(case: Case) -> Iterator[Symptom]:
    if not (case.workspace.path / ACCESS_FILE).is_file() or not case.writable:
        return
    try:
        with open_access(case.workspace) as store:
            store.users()
    except EnvironmentProblem as error:
        yield Symptom(error.message, error.hint or _RESTORE)


def stored_files_missing(case: Case) -> Iterator[Symptom]:
    workspace = case.workspace
    imports = case.state.imports.values()
    named = [(workspace.events, path) for one in case.state.active_imports for path in (s.path for s in one.segments)]
    named += [(workspace.events, one.quarantine) for one in imports if one.quarantine]
    with workspace.journal() as journal:
        hashes = {entry.data["file_hash"] for kind in NAMED_BY for entry in journal.entries(kind_prefix=kind)}
    named += [(workspace.files, one) for one in sorted(hashes)]
    missing = [f"{folder.name}/{path}" for folder, path in named if not (folder / path).is_file()]
    if missing:
        shown = ", ".join(islice(missing, _SHOWN)) + (" …" if len(missing) > _SHOWN else "")
        yield Symptom(f"{len(missing):,} of {len(named):,} files that the journal names are missing: {shown}", _RESTORE)


def builder_failing(case: Case) -> Iterator[Symptom]:
    beat = heartbeat(case.workspace)
    if beat is not None and beat.error is not None:
        yield Symptom(
            f"the last round of the builder failed: {beat.error}",
            "`earnest build` shows the whole error; `earnest build --full` makes damaged tables anew.",
        )


def builder_stalled(case: Case) -> Iterator[Symptom]:
    waiting_us = _waiting_us(case)
    beat = heartbeat(case.workspace)
    silent_us = case.now_us - beat.at_us if beat is not None else None
    if waiting_us > _WAIT_US and (silent_us is None or silent_us > _WAIT_US):
        since = f"for {duration(silent_us)}" if silent_us is not None else "yet"
        yield Symptom(
            f"entries have waited for {duration(waiting_us)}, and no builder was heard {since}",
            "Start the server (`earnest serve`), or `earnest build --follow`; nothing is lost meanwhile.",
        )


def builder_behind(case: Case) -> Iterator[Symptom]:
    waiting_us = _waiting_us(case)
    beat = heartbeat(case.workspace)
    if waiting_us > _WAIT_US and beat is not None and case.now_us - beat.at_us <= _WAIT_US and beat.error is None:
        yield Symptom(
            f"the tables are {duration(waiting_us)} behind the journal",
            "After a burst it catches up by itself. If it does not, the machine is too small: see docs/operations.md.",
        )


def _waiting_us(case: Case) -> int:
    """How long the first received entry has waited that is not in the tables; 0 if none waits."""
    case.need_journal()
    beat, tables = heartbeat(case.workspace), load(case.workspace.tables)
    read_seq = max(beat.read_seq if beat else 0, int(tables.facts.get("received_seq", 0)) if tables else 0)
    with case.workspace.journal() as journal:
        first = next(journal.received(after=read_seq, limit=1), None)
    return max(0, case.now_us - first.received_us) if first is not None else 0


def _open_to_others(path: Path) -> Iterator[Symptom]:
    if path.is_file() and path.stat().st_mode & 0o077:
        yield Symptom(
            f"{path.name} can be read by others (mode {path.stat().st_mode & 0o777:03o})", f"chmod 600 {path}"
        )

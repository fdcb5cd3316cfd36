"""Import files of webhook bodies: read body by body, parse, stage, keep, write segments, journal.

    file ─> bodies ─> told ─> staged columns ─┬─ event rows ─> segments ─┐
                                              └─ quarantine ─────────────┴─> journal entry = the moment it counts

Memory follows a chunk of values, whatever the file's size.
"""

from __future__ import annotations

import contextlib
import gc
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import duckdb

from earnest.channels.bodies import Body, BodyReject, files_of, pack, read_bodies
from earnest.channels.channel import Headers, Parse, channels
from earnest.channels.columns import EVENT_KINDS, Stage
from earnest.channels.emit import Emitter, bind_stage, duplicates
from earnest.channels.told import Rejected
from earnest.definitions.state import State
from earnest.importers.emit import Emission, Stamp
from earnest.importers.identities import register_keys
from earnest.importers.mapping import Mapping, source_name
from earnest.importers.parsing import Reading
from earnest.importers.shape import is_gzipped
from earnest.journal.files import content_hash, keep
from earnest.kernel.errors import DataRefused, NotFound
from earnest.usecases.import_commit import Imported, Prepared, commit, known, nothing_usable
from earnest.usecases.import_options import DEFAULT_SOURCE, Options
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck
from earnest.warehouse.build import Progress

CHANNELS = channels()
"""Kinds of file that hold webhook bodies, and the channel that reads them."""

_NO_HEADERS: Headers = {}

FIRST_REJECTS = 5
_QUARANTINE = "SELECT row, reason, field, value FROM told_reject ORDER BY row"


@dataclass(frozen=True, slots=True)
class BodyCounts:
    """What became of what a file's bodies tell: rows = accepted + quarantined, in elements told.

    Args:
        bodies: webhook bodies read. events: event kind → how often it was told.
        duplicates: events told more than once in this file, counted beyond the first; they count once.
        without_contact: statuses and answers of which no contact is known.
    """

    rows: int
    accepted: int
    quarantined: int
    filtered: int
    without_contact: int
    equal_rows: int
    reasons: dict[str, int]
    bodies: int
    events: dict[str, int]
    duplicates: int

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


BodyFile = tuple[Path, str, bool]
"""Path, name for people, and whether it was found in a folder."""


def body_files(paths: Iterable[Path]) -> list[BodyFile]:
    """Files to import, with their names for people and whether they were found in a folder.

    Raises:
        NotFound: `no-files`, if a folder holds none.
    """
    found: list[BodyFile] = []
    for path in paths:
        if not path.is_dir():
            found.append((path, path.name, False))
            continue
        inside = files_of(path)
        if not inside:
            raise NotFound(
                "no-files",
                f"the folder {path} holds no file of webhook bodies",
                hint="Files of bodies end in .json, .jsonl, .ndjson, .log or .txt, also with .gz.",
            )
        found.extend((file, str(file.relative_to(path)), True) for file in inside)
    return found


@contextlib.contextmanager
def packed(workspace: Workspace, files: list[BodyFile]) -> Iterator[list[BodyFile]]:
    """The files, with the many small ones of a folder packed into one: one entry and one set of segments for them all."""
    small = [file for file in files if file[2] and file[0].suffix == ".json" and file[0].stat().st_size <= _SMALL]
    if len(small) < PACK_FROM:
        yield files
        return
    workspace.spill.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=workspace.spill, prefix="folder-") as scratch:
        target = Path(scratch) / "folder.jsonl"
        left = set(pack(((path, name) for path, name, _ in small), target))
        taken = {path for path, _, _ in small} - left
        kept = [file for file in files if file[0] not in taken]
        if not target.stat().st_size:
            yield kept
            return
        yield [(target, f"{len(taken)} files of {small[0][0].parent.name}", True), *kept]


PACK_FROM = 25
"""A folder of fewer small files is imported file by file."""
_SMALL = 1_000_000


def import_file_of_bodies(
    workspace: Workspace,
    file: BodyFile,
    kind: str,
    *,
    options: Options,
    dry_run: bool,
    progress: Progress,
) -> Imported:
    """Import one file of webhook bodies as one journal entry.

    Args:
        file: path, name for people, and whether it was found in a folder: then a refusal is an answer, not an error.

    Raises:
        DataRefused, NotFound, UsageError: nothing of this file was journalled.
    """
    path, name, of_folder = file
    state = workspace.state()
    source = kind if options.source == DEFAULT_SOURCE else source_name(options.source)
    plan = Mapping(kind, (), (), (), source, None, Reading(state.currency, state.timezone), None)
    try:
        return _import(workspace, state, (path, name), plan, dry_run=dry_run, progress=progress)
    except DataRefused as error:
        if not of_folder:
            raise
        return Imported(name, kind, plan, _NOTHING, (), None, refused=error.message)


def _import(
    workspace: Workspace, state: State, file: tuple[Path, str], plan: Mapping, *, dry_run: bool, progress: Progress
) -> Imported:
    path, name = file
    gzipped = is_gzipped(path)
    file_hash, kept = (content_hash(path), path) if dry_run else keep(path, workspace.files)
    already = known(state, file_hash, plan)
    if already is not None and not dry_run:
        return Imported(name, plan.kind, plan, BodyCounts(**already.counts), (), None, already.seq)
    with (
        _scratch(workspace) as scratch,
        contextlib.closing(duck.connect(workspace.spill)) as con,
    ):
        register_keys(con, workspace.key())
        stage = Stage(scratch)
        with stage:
            read = read_bodies(kept, name=name, gzipped=gzipped)
            bodies = _stage(stage, read, CHANNELS[plan.kind].parse, _of_file(progress, kept, name))
        progress(f"checking {name}", 1, 1)
        bind_stage(con, stage, file_hash=file_hash)
        counts = _counts(con, stage, bodies)
        rejects = _rejects(con)
        notes = _notes(con, counts, state)
        if dry_run:
            number = already.seq if already else None
            return Imported(name, plan.kind, plan, counts, rejects, None, number, notes)
        if not counts.accepted:
            raise nothing_usable(path, counts, rejects, hint="Nothing was imported. Each body must be whole JSON.")
        progress(f"writing {name}", 1, 1)

        def emissions(stamp: Stamp) -> list[Emission]:
            return Emitter(plan.kind, source=plan.source, zone=state.timezone, stamp=stamp).emissions()

        entry = commit(workspace, con, state, Prepared(name, file_hash, plan, counts, emissions, _QUARANTINE))
    return Imported(name, plan.kind, plan, counts, rejects, entry, None, notes)


@contextlib.contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    """A folder for staged columns, which hold phones as told; what a killed import left a day ago goes too."""
    workspace.spill.mkdir(parents=True, exist_ok=True)
    for left in workspace.spill.glob(f"{_SCRATCH}*"):
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - _DAY_S:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=workspace.spill, prefix=_SCRATCH) as folder:
        yield Path(folder)


_SCRATCH, _DAY_S = "bodies-", 86_400


def _of_file(progress: Progress, path: Path, name: str) -> Callable[[int], None]:
    """Tell how many bytes of a file are read, at most a hundred times."""
    size, said = max(path.stat().st_size, 1), [0]
    progress(f"reading {name}", 0, size)

    def say(done: int) -> None:
        if done - said[0] > size // 100:
            said[0] = done
            progress(f"reading {name}", min(done, size), size)

    return say


def _stage(stage: Stage, read: Iterable[Body], parse: Parse, say: Callable[[int], None]) -> int:
    """Parse every body into the stage; returns how many bodies there were."""
    bodies = 0
    with _no_garbage_collection():
        for body in read:
            bodies += 1
            if body.refused is not None:
                stage.add(body.row, body.received_us, (body.located(body.refused),))
            if body.payload is not None or body.refused is None:
                stage.add(body.row, body.received_us, _told(body, parse))
            say(body.done)
    return bodies


def _told(body: Body, parse: Parse) -> Iterable[Any]:
    told = parse(body.payload, _NO_HEADERS)
    if body.origin is None:
        return cast("Iterable[Any]", told)
    return (body.located(one) if isinstance(one, Rejected) else one for one in told)


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Decoded JSON has no cycles: looking for some costs a fifth of the time and finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _counts(con: duckdb.DuckDBPyConnection, stage: Stage, bodies: int) -> BodyCounts:
    refused = stage.counts["reject"]
    told = sum(stage.counts.values()) - refused
    reasons = con.execute(
        "SELECT reason, count(*) FROM told_reject GROUP BY reason ORDER BY count(*) DESC, reason"
    ).fetchall()
    twice = duplicates(con)
    return BodyCounts(
        rows=told + refused,
        accepted=told,
        quarantined=refused,
        filtered=0,
        without_contact=_without_contact(con),
        equal_rows=0,
        reasons={str(code): int(number) for code, number in reasons},
        bodies=bodies,
        events={kind: stage.counts[sort] for sort, kind in EVENT_KINDS.items() if stage.counts[sort]},
        duplicates=twice,
    )


_NOTHING = BodyCounts(0, 0, 0, 0, 0, 0, {}, 0, {}, 0)


def _without_contact(con: duckdb.DuckDBPyConnection) -> int:
    found = " OR ".join(
        f"EXISTS (SELECT 1 FROM identified AS i WHERE i.hint = '{hint}' AND i.raw = s.{column})"
        for hint, column in (("wa_id", "phone"), ("bsuid", "user_id"))
    )
    both = " UNION ALL ".join(f"SELECT phone, user_id FROM told_{sort}" for sort in ("status", "reply", "opt"))
    return duck.scalar(con, f"SELECT count(*) FROM ({both}) AS s WHERE NOT ({found})")


def _rejects(con: duckdb.DuckDBPyConnection) -> tuple[BodyReject, ...]:
    rows = con.execute(f"{_QUARANTINE} LIMIT {FIRST_REJECTS}").fetchall()
    return tuple(BodyReject(*row) for row in rows)


def _notes(con: duckdb.DuckDBPyConnection, counts: BodyCounts, state: State) -> tuple[str, ...]:
    """What should be known of what was told, aloud."""
    notes = []
    if counts.duplicates:
        notes.append(f"{counts.duplicates:,} events are told more than once in this file; each counts once.")
    if counts.without_contact:
        notes.append(
            f"{counts.without_contact:,} statuses and answers name nobody who can be known: they count in totals only."
        )
    foreign = con.execute(
        "SELECT DISTINCT cost_currency FROM told_terms WHERE cost_currency <> $1 ORDER BY 1", [state.currency]
    ).fetchall()
    if foreign:
        named = ", ".join(str(code) for (code,) in foreign)
        notes.append(f"Some costs are told in {named}, not in {state.currency}, the workspace's currency.")
    return tuple(notes)

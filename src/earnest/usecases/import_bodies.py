"""Import files of webhook bodies: read body by body, parse, stage, keep, write segments, journal.

    file ─> bodies ─> told ─> staged columns ─┬─ event rows ─> segments ─┐
                                              └─ quarantine ─────────────┴─> journal entry = the moment it counts

Memory follows a chunk of values, whatever the file's size.
"""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from earnest.channels.bodies import Body, files_of, pack, read_bodies
from earnest.channels.channel import RECEIVED_HEADER, Headers, Parse, offered
from earnest.channels.told import Rejected, Told
from earnest.definitions.setting import setting
from earnest.definitions.state import State
from earnest.importers.emit import Emission, Stamp
from earnest.importers.mapping import Mapping, source_name
from earnest.importers.parsing import Reading
from earnest.importers.shape import is_gzipped
from earnest.journal.files import content_hash, keep
from earnest.kernel.errors import DataRefused, NotFound
from earnest.usecases.body_segments import NOTHING_TOLD, QUARANTINE, BodyCounts, Staged, Telling, staged
from earnest.usecases.import_commit import Imported, Prepared, commit, known, nothing_usable
from earnest.usecases.import_options import DEFAULT_SOURCE, INTERNATIONAL, Options
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

CHANNELS = offered()
"""Kinds of file that hold webhook bodies, and the channel that reads them."""

FIRST_REJECTS = 5


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
    region = _region(workspace, state, kind, options)
    plan = Mapping(kind, (), (), (), source, None, Reading(state.currency, state.timezone), region)
    try:
        return _import(workspace, state, (path, name), plan, by=options.by, dry_run=dry_run, progress=progress)
    except DataRefused as error:
        if not of_folder:
            raise
        return Imported(name, kind, plan, NOTHING_TOLD, (), None, refused=error.message)


def _region(workspace: Workspace, state: State, kind: str, options: Options) -> str | None:
    """Country of phones that a channel tells as people wrote them; None where all have their country code."""
    if kind in INTERNATIONAL:
        return None
    if options.region is not None:
        return setting("region").read(options.region)
    region: str | None = state.setting("region", workspace.today(state))
    return region


def _import(
    workspace: Workspace,
    state: State,
    file: tuple[Path, str],
    plan: Mapping,
    *,
    by: str,
    dry_run: bool,
    progress: Progress,
) -> Imported:
    path, name = file
    gzipped = is_gzipped(path)
    file_hash, kept = (content_hash(path), path) if dry_run else keep(path, workspace.files)
    already = known(state, file_hash, plan)
    if already is not None and not dry_run:
        return Imported(name, plan.kind, plan, BodyCounts(**already.counts), (), None, already.seq)
    channel = CHANNELS[plan.kind]
    read = read_bodies(kept, name=name, gzipped=gzipped)
    own = state.sources.get(plan.source)
    options = own.options if own is not None and own.channel == plan.kind else None
    tellings = _tellings(read, channel.parse_of(options), _of_file(progress, kept, name))
    with staged(workspace, tellings, currency=state.currency, file_hash=file_hash, region=plan.region) as told:
        progress(f"checking {name}", 1, 1)
        rejects, notes = told.rejects(FIRST_REJECTS), _notes(told, state)
        if dry_run:
            number = already.seq if already else None
            return Imported(name, plan.kind, plan, told.counts, rejects, None, number, notes)
        if not told.counts.accepted:
            hint = "Nothing was imported. Each body must be whole JSON."
            raise nothing_usable(path, told.counts, rejects, hint=hint)
        progress(f"writing {name}", 1, 1)

        def emissions(stamp: Stamp) -> list[Emission]:
            return told.emissions(channel, source=plan.source, zone=state.timezone, stamp=stamp)

        prepared = Prepared(name, file_hash, plan, told.counts, emissions, QUARANTINE, by)
        entry = commit(workspace, told.con, state, prepared)
    return Imported(name, plan.kind, plan, told.counts, rejects, entry, None, notes)


def _of_file(progress: Progress, path: Path, name: str) -> Callable[[int], None]:
    """Tell how many bytes of a file are read, at most a hundred times."""
    size, said = max(path.stat().st_size, 1), [0]
    progress(f"reading {name}", 0, size)

    def say(done: int) -> None:
        if done - said[0] > size // 100:
            said[0] = done
            progress(f"reading {name}", min(done, size), size)

    return say


def _tellings(read: Iterable[Body], parse: Parse, say: Callable[[int], None]) -> Iterator[Telling]:
    """What each body tells: what could not be read of it, and what its channel reads in the rest."""
    for body in read:
        located = None if body.origin is None else body.located
        told: Iterable[Told | Rejected] = ()
        if body.payload is not None or body.refused is None:
            told = parse(body.payload, _headers(body))
        if body.refused is not None:
            told = itertools.chain((body.refused,), told)
        yield Telling(body.row, body.received_us, told, located)
        say(body.done)


def _headers(body: Body) -> Headers:
    """The headers a log kept; when it received the body is told as the server tells it."""
    if body.received_us is None:
        return body.headers
    return {**body.headers, RECEIVED_HEADER: str(body.received_us)}


def _notes(told: Staged, state: State) -> tuple[str, ...]:
    """What should be known of what was told, aloud."""
    notes, counts = [], told.counts
    if counts.duplicates:
        notes.append(f"{counts.duplicates:,} events are told more than once in this file; each counts once.")
    if counts.without_contact:
        notes.append(f"{counts.without_contact:,} events name nobody who can be known: they count in totals only.")
    foreign = told.con.execute(
        "SELECT DISTINCT cost_currency FROM told_terms WHERE cost_currency <> $1 ORDER BY 1", [state.currency]
    ).fetchall()
    if foreign:
        named = ", ".join(str(code) for (code,) in foreign)
        notes.append(f"Some costs are told in {named}, not in {state.currency}, the workspace's currency.")
    return tuple(notes)

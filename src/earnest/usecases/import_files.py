"""Import files: detect, check, keep, write segments, journal, build.

    file ─> shape ─> mapping ─> checked rows ─┬─ accepted ─> segments ─┐
                                              └─ quarantine ───────────┴─> journal entry = the moment it counts

Killed before the journal entry nothing has happened; killed after it everything has, and the next command builds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from earnest.definitions.setting import setting
from earnest.definitions.state import Import, State
from earnest.importers import columnar, emit, mapping, reading
from earnest.importers.columnar import Counts, Reject
from earnest.importers.fields import KINDS
from earnest.importers.identities import register_keys
from earnest.importers.shape import inspect
from earnest.journal.files import content_hash, keep
from earnest.kernel.errors import Conflict, DataRefused, EarnestError, NotFound
from earnest.usecases.import_options import Options, reading_of, with_saved
from earnest.usecases.tables import build, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck, segments
from earnest.warehouse.build import Progress

__all__ = ["Imported", "Options", "import_files", "undo_import"]

FIRST_REJECTS = 5


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file. `entry` is None for a dry run; `already` names the earlier import of the same file."""

    file: str
    kind: str
    mapping: mapping.Mapping
    counts: Counts
    rejects: tuple[Reject, ...]
    entry: int | None
    already: int | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "kind": self.kind,
            "import": self.entry,
            "already_imported_as": self.already,
            "mapping": self.mapping.to_json(),
            "ignored_columns": list(self.mapping.ignored),
            "counts": self.counts.to_json(),
            "rejects": [
                {"row": r.row, "reason": r.reason, "field": r.field, "message": r.sentence(self.file)}
                for r in self.rejects
            ],
            "notes": list(self.notes),
        }


def import_files(
    workspace: Workspace,
    paths: Sequence[Path],
    kind: str,
    *,
    options: Options | None = None,
    dry_run: bool = False,
    then_build: bool = True,
    progress: Progress = quiet,
) -> list[Imported]:
    """Import files of one kind, each as one journal entry, then bring the tables up to date.

    Args:
        dry_run: only read and check; nothing is kept or journalled.
        then_build: whether to build the tables afterwards; several kinds in a row are built once at the end.

    Raises:
        UsageError, DataRefused: before anything of the file concerned is journalled; files before it stay imported.
    """
    chosen = with_saved(workspace.state(), options or Options())
    file_kind = mapping.file_kind(kind)
    done: list[Imported] = []
    for number, path in enumerate(paths):
        try:
            step = _steps(progress, path, number, len(paths))
            done.append(_one(workspace, path, file_kind.name, options=chosen, dry_run=dry_run, step=step))
            step("imported")
        except EarnestError as error:
            error.facts.setdefault("file", path.name)
            if path.name not in error.message:
                error.message = f"{path.name}: {error.message}"
                error.args = (error.message,)
            if done and not dry_run:
                error.hint = f"{error.hint} Imported before it: {', '.join(one.file for one in done)}."
            raise
    if not dry_run and then_build:
        build(workspace, progress=progress)
    return done


_STEPS = ("reading", "checking", "writing", "imported")


def _steps(progress: Progress, path: Path, number: int, files: int) -> Callable[[str], None]:
    """Tell how far the files are, a quarter of a file at a time."""
    return lambda what: progress(
        f"{what} {path.name}", number * len(_STEPS) + _STEPS.index(what) + 1, files * len(_STEPS)
    )


def _one(
    workspace: Workspace, path: Path, kind: str, *, options: Options, dry_run: bool, step: Callable[[str], None]
) -> Imported:
    step("reading")
    state = workspace.state()
    shape = inspect(path)
    how = reading_of(state, options)
    if options.save_as is not None:
        mapping.source_name(options.save_as)
    if options.region is not None:
        region: str | None = setting("region").read(options.region)
    else:
        region = state.setting("region", workspace.today(state))
    plan = mapping.detect(
        shape.columns,
        KINDS[kind],
        overrides=options.maps,
        reading=how,
        source=options.source,
        where=options.where,
        region=region,
    )
    if dry_run:
        file_hash = content_hash(path)
    else:
        file_hash, kept = keep(path, workspace.files)
        shape = replace(shape, path=kept)
    already = _known(state, file_hash, plan)
    if already is not None and not dry_run:
        return Imported(path.name, kind, plan, _counts_of(already), (), None, already.seq)
    with contextlib.closing(duck.connect(workspace.spill)) as con:
        register_keys(con, workspace.key())
        reading.load(con, shape, name=path.name)
        step("checking")
        counts = columnar.check(con, shape, plan, file_hash=file_hash)
        rejects = tuple(columnar.rejects(con, kind, FIRST_REJECTS))
        notes = _notes(plan, counts, state) + _day_notes(columnar.plain_days(con, shape, plan), state)
        if dry_run:
            return Imported(path.name, kind, plan, counts, rejects, None, already.seq if already else None, notes)
        if counts.accepted == 0 and counts.quarantined:
            raise _nothing_usable(path, counts, rejects)
        step("writing")
        entry = _commit(workspace, con, state, file=(path.name, file_hash), plan=plan, counts=counts)
    if options.save_as:
        workspace.record("mapping.saved", {"name": options.save_as, "kind": kind, "mapping": plan.to_json()})
    return Imported(path.name, kind, plan, counts, rejects, entry, None, notes)


def _known(state: State, file_hash: str, plan: mapping.Mapping) -> Import | None:
    name = segments.segment_name(file_hash, plan.digest, 0)[:32]
    return next((one for one in state.active_imports if _name_of(one)[:32] == name), None)


def _name_of(one: Import) -> str:
    return segments.segment_name(one.file_hash, mapping.digest_of(one.mapping), 0)


def _counts_of(one: Import) -> Counts:
    return Counts(**one.counts)


def _commit(
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    state: State,
    *,
    file: tuple[str, str],
    plan: mapping.Mapping,
    counts: Counts,
) -> int:
    """Write the segments and the quarantine, then the journal entry that makes them count."""
    name, file_hash = file
    digest = plan.digest
    attempt = sum(
        1 for one in state.imports.values() if one.file_hash == file_hash and mapping.digest_of(one.mapping) == digest
    )
    segment = segments.segment_name(file_hash, digest, attempt)
    told = max((one.received_us for one in state.imports.values()), default=0)
    received_us = max(workspace.clock(), told + 1)  # of two tellings the later one wins, even if the clock was set back
    stamp = emit.Stamp(file_hash, segments.segment_key(segment), received_us)
    emissions = emit.emissions(plan, stamp)
    _refuse_collisions(workspace, con, state, dict(emissions))
    written = segments.write(con, workspace.events, segment, emissions)
    quarantine = None
    if counts.quarantined:
        target = workspace.events / "quarantine" / f"{segment}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        segments.copy_durably(con, "SELECT row, reason, field FROM quarantine ORDER BY row", target)
        quarantine = f"quarantine/{segment}.parquet"
    body = {
        "file": name, "file_hash": file_hash, "kind": plan.kind, "mapping": plan.to_json(), "counts": counts.to_json(),
        "segments": [one.to_json() for one in written], "quarantine": quarantine,
    }  # fmt: skip
    try:
        return workspace.record("import.file", body, dedupe_key=f"import:{segment}", source=plan.source).seq
    except Conflict as error:
        raise Conflict(
            "import-raced", f"another process has just imported {name}", hint="Nothing to do: it counts once."
        ) from error


def _refuse_collisions(
    workspace: Workspace, con: duckdb.DuckDBPyConnection, state: State, emissions: dict[str, str]
) -> None:
    """Two identities with one 64-bit key would silently merge two people: refuse (a chance of about n²/2⁶⁵)."""
    files = [workspace.events / s.path for one in state.active_imports for s in one.segments if s.kind == "identity"]
    if "identity" not in emissions or not files:
        return
    clashes = duck.scalar(
        con,
        f"SELECT count(*) FROM ({emissions['identity']}) AS n JOIN {duck.parquet(files)} AS o ON n.contact_key = o.contact_key"
        " WHERE n.digest <> o.digest",
    )
    if clashes:
        raise DataRefused(
            "contact-key-collision", f"{clashes} contacts share a key with other contacts", hint="Please report this."
        )


def _notes(plan: mapping.Mapping, counts: Counts, state: State) -> tuple[str, ...]:
    """What was assumed, aloud."""
    notes = []
    fields = dict(plan.fields)
    money = {"amount", "total", "cost", "line_amount"} & fields.keys()
    if money and "currency" not in fields:
        notes.append(f"No currency column: amounts were read as {state.currency}, the workspace's currency.")
    if (
        plan.kind in ("orders", "conversions")
        and "total" in fields
        and "amount" not in fields
        and not {"tax", "shipping"} & fields.keys()
    ):
        notes.append("No tax or shipping column: revenue is the total as paid.")
    if plan.kind == "messages" and "channel" not in fields:
        notes.append(
            "No channel column: messages have no channel, so no benchmark is comparable. Give --map channel==whatsapp."
        )
    if plan.kind == "messages" and "status" in fields and "occurred_at" not in fields:
        notes.append(
            f"Column {fields['status']} was not read, as no column says when the status happened. Give --map occurred_at=COLUMN."
        )
    if counts.equal_rows:
        notes.append(
            f"{counts.equal_rows} rows repeat another row and have no id: they were kept, as they may be real."
        )
    if counts.without_contact and plan.kind in ("orders", "conversions", "messages"):
        notes.append(
            f"{counts.without_contact} rows have no contact: they count in totals and can be credited to no message."
        )
    if plan.ignored:
        notes.append(f"Columns not read: {', '.join(plan.ignored)}.")
    return tuple(notes)


def _day_notes(days: dict[str, int], state: State) -> tuple[str, ...]:
    return tuple(
        f"{count:,} values of {field} are plain dates: each was read as the day's beginning in {state.timezone}."
        for field, count in days.items()
    )


def _nothing_usable(path: Path, counts: Counts, rejects: tuple[Reject, ...]) -> DataRefused:
    first = rejects[0].sentence(path.name) if rejects else ""
    return DataRefused(
        "nothing-usable",
        f"all {counts.quarantined} rows of {path.name} were refused; the first: {first}",
        hint="Nothing was imported. Correct the mapping and try --dry-run.",
        reasons=counts.reasons,
    )


def undo_import(workspace: Workspace, number: int, *, progress: Progress = quiet) -> Import:
    """Hide an import from now on. Reports "as of" an earlier moment keep seeing it.

    Raises:
        NotFound: `no-such-import`. Conflict: `already-undone`.
    """
    state = workspace.state()
    one = state.imports.get(number)
    if one is None:
        raise NotFound("no-such-import", f"there is no import {number}", hint="See `earnest import list`.")
    if one.undone_us is not None:
        raise Conflict(
            "already-undone", f"import {number} is undone already", hint="Import the file again to bring it back."
        )
    workspace.record("import.undone", {"import": number}, dedupe_key=f"undo:{number}")
    build(workspace, progress=progress)
    return one

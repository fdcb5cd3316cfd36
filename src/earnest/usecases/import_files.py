"""Import files: detect, check, keep, write segments, journal, build.

    file ─> shape ─> mapping ─> checked rows ─┬─ accepted ─> segments ─┐
                                              └─ quarantine ───────────┴─> journal entry = the moment it counts

Killed before the journal entry nothing has happened; killed after it everything has, and the next command builds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from earnest.definitions.setting import setting
from earnest.definitions.state import Import, State
from earnest.importers import columnar, emit, mapping, reading
from earnest.importers.columnar import Counts
from earnest.importers.fields import KINDS
from earnest.importers.identities import register_keys
from earnest.importers.shape import inspect
from earnest.journal.files import content_hash, keep
from earnest.kernel.declared import check_known
from earnest.kernel.errors import Conflict, DataRefused, EarnestError, NotFound
from earnest.usecases.fx_rows import rates_of
from earnest.usecases.import_bodies import CHANNELS, BodyFile, body_files, import_file_of_bodies, packed
from earnest.usecases.import_commit import Imported, Prepared, commit, known, nothing_usable
from earnest.usecases.import_options import Options, reading_of, refuse_column_options, with_saved
from earnest.usecases.survey_undeclared import imported_undeclared
from earnest.usecases.tables import build, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck
from earnest.warehouse.build import Progress

__all__ = ["Imported", "Options", "import_files", "undo_import"]

FIRST_REJECTS = 5


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
    """Import files of one kind (webhook bodies: also folders of them), each as one journal entry, then bring the tables up to date.

    Args:
        dry_run: only read and check; nothing is kept or journalled.
        then_build: whether to build the tables afterwards; several kinds in a row are built once at the end.

    Raises:
        UsageError, DataRefused: before anything of the file concerned is journalled; files before it stay imported.
    """
    chosen = options or Options()
    if kind in CHANNELS:
        refuse_column_options(chosen, kind)
        with packed(workspace, body_files(paths)) as files:
            done = _each(workspace, files, kind, options=chosen, dry_run=dry_run, progress=progress)
    else:
        chosen, kind = with_saved(workspace.state(), chosen), mapping.file_kind(kind).name
        files = [(path, path.name, False) for path in paths]
        done = _each(workspace, files, kind, options=chosen, dry_run=dry_run, progress=progress)
    if not dry_run and then_build:
        build(workspace, progress=progress)
    return done


def _each(
    workspace: Workspace, files: Sequence[BodyFile], kind: str, *, options: Options, dry_run: bool, progress: Progress
) -> list[Imported]:
    done: list[Imported] = []
    for number, file in enumerate(files):
        try:
            if kind in CHANNELS:
                say = _share(progress, number, len(files))
                one = import_file_of_bodies(workspace, file, kind, options=options, dry_run=dry_run, progress=say)
                done.append(one)
                continue
            step = _steps(progress, file[0], number, len(files))
            done.append(_one(workspace, file[0], kind, options=options, dry_run=dry_run, step=step))
            step("imported")
        except EarnestError as error:
            _name_file(error, file[1], [] if dry_run else done)
            raise
    return done


def _name_file(error: EarnestError, name: str, before: Sequence[Imported]) -> None:
    """Say in an error which file it is about, and which ones were imported before it."""
    error.facts.setdefault("file", name)
    if name not in error.message:
        error.message = f"{name}: {error.message}"
        error.args = (error.message,)
    if before:
        error.hint = f"{error.hint} Imported before it: {', '.join(one.file for one in before)}."


def _share(progress: Progress, number: int, files: int) -> Progress:
    """Progress of one file as its share of all files, in thousandths."""
    return lambda what, done, of: progress(what, 1000 * number + 1000 * done // max(of, 1), 1000 * files)


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
        _read_columns(shape.columns, options),
        KINDS[kind],
        overrides=options.maps,
        reading=how,
        source=options.source,
        where=options.where,
        region=region,
    )
    plan = replace(plan, message_space=_message_space(state, plan.source))
    if dry_run:
        file_hash = content_hash(path)
    else:
        file_hash, kept = keep(path, workspace.files)
        shape = replace(shape, path=kept)
    already = known(state, file_hash, plan)
    again = (
        already is not None
        and "no-rate" in already.counts["reasons"]
        and state.fx_rates[-1:]
        and state.fx_rates[-1].seq > already.seq
    )
    if already is not None and not dry_run and not again:
        return Imported(path.name, kind, plan, Counts(**already.counts), (), None, already.seq)
    with contextlib.closing(duck.connect(workspace.spill)) as con:
        register_keys(con, workspace.key())
        reading.load(con, shape, name=path.name)
        step("checking")
        counts = columnar.check(con, shape, plan, file_hash=file_hash, rates=rates_of(workspace, state))
        rejects = tuple(columnar.rejects(con, kind, FIRST_REJECTS))
        notes = _notes(plan, counts, state) + _day_notes(columnar.plain_days(con, shape, plan), state)
        if kind == "answers":
            notes += tuple(one.sentence for one in imported_undeclared(con, state))
        if dry_run:
            return Imported(path.name, kind, plan, counts, rejects, None, already.seq if already else None, notes)
        if counts.accepted == 0 and counts.quarantined:
            hint = "Nothing was imported. Correct the mapping and try --dry-run."
            raise nothing_usable(path, counts, rejects, hint=hint)
        step("writing")
        prepared = Prepared(
            path.name, file_hash, plan, counts, lambda stamp: emit.emissions(plan, stamp), by=options.by
        )
        entry = commit(workspace, con, state, prepared)
    if again and already is not None:  # rows that had no rate have one now: the earlier reading of the file gives way
        workspace.record("import.undone", {"import": already.seq})
    if options.save_as:
        workspace.record("mapping.saved", {"name": options.save_as, "kind": kind, "mapping": plan.to_json()})
    return Imported(path.name, kind, plan, counts, rejects, entry, None, notes)


def _read_columns(columns: Sequence[str], options: Options) -> tuple[str, ...]:
    """The columns that may be read.

    Raises:
        DataRefused: `unknown-column`, if one that is not to be read is not there.
    """
    for name in options.without:
        check_known(columns, name, what="column", listed="Columns", refusal=(DataRefused, "unknown-column"))
    return tuple(name for name in columns if name not in options.without)


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


def undo_import(workspace: Workspace, number: int, *, by: str = "", progress: Progress = quiet) -> Import:
    """Hide an import from now on. Reports "as of" an earlier moment keep seeing it.

    Args:
        by: who undoes it, for the journal.

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
    workspace.record("import.undone", {"import": number} | ({"by": by} if by else {}), dedupe_key=f"undo:{number}")
    build(workspace, progress=progress)
    return one


def _message_space(state: State, source: str) -> str | None:
    """Namespace of message ids in a file of a declared source: that of its channel, which gave them."""
    declared = state.sources.get(source)
    return None if declared is None or CHANNELS[declared.channel].ids_per_source else declared.channel

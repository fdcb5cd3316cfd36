"""Bring the tables up to the journal, and read them: one builder at a time, any number of readers.

journal ─> state ─> plan ─> (carry new segments | full build) ─> manifest swapped ─> readers
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import duckdb
import pyarrow

from earnest.attribution.split import credit_cell_model, credit_model, decay_table
from earnest.definitions.campaign import UNASSIGNED, Label, recognise
from earnest.definitions.link import WITHIN_FIELDS
from earnest.definitions.state import State
from earnest.kernel.errors import UsageError
from earnest.kernel.period import DAY_US, HOUR_US, day_of, local_day, zone
from earnest.kpis.funnel import funnel_models
from earnest.usecases.persons import EVIDENCE_KINDS, evidence, identity_table
from earnest.usecases.rating_basis import basis_of, rating_small
from earnest.usecases.receive import read_up
from earnest.usecases.workspace import Workspace
from earnest.usecases.zone_offsets import zone_offsets
from earnest.warehouse import duck, received, segments, spark
from earnest.warehouse.build import Plan, Progress, bind_manifest, full_build, readable
from earnest.warehouse.increment import CannotCarry, can_increment, carry, read_seq
from earnest.warehouse.manifest import PAST, Manifest, builder_lock, lease, load, publish, sweep
from earnest.warehouse.models import Model, read
from earnest.warehouse.received import Index, counted
from earnest.warehouse.segments import Segment


def all_models() -> tuple[Model, ...]:
    """Every table of the warehouse, from the packages that own them."""
    own = ("message_partial", "message", "answer", "response", "conversion")
    return (
        *(read("earnest.warehouse.sql", f"{name}.sql") for name in own),
        read("earnest.rating", "rated.sql"),
        read("earnest.rating", "rated_cell.sql"),
        read("earnest.rating", "charge.sql"),
        read("earnest.rating", "charge_cell.sql"),
        credit_model(),
        *funnel_models(),
        credit_cell_model(),
        read("earnest.kpis.measures", "failure_cell.sql"),
    )


@dataclass(frozen=True, slots=True)
class Tables:
    """An open, consistent generation: SQL over `con`, definitions in `state`.

    Args:
        memo: what was computed from them already, by name; it lasts as long as they are open with these definitions.
    """

    con: duckdb.DuckDBPyConnection
    manifest: Manifest
    state: State
    as_of_us: int
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def day(self) -> date:
        """The business day of `as_of_us`: settings in force then are in force here."""
        return day_of(local_day(self.as_of_us, zone(self.state.timezone)))


def quiet(_what: str, _done: int, _of: int) -> None:
    """A progress callback that says nothing."""


def build(
    workspace: Workspace, *, full: bool = False, remote: str | None = None, progress: Progress = quiet
) -> Manifest:
    """Bring the tables up to date; does nothing if they are.

    Args:
        full: rebuild everything from the segments even if carrying would do.
        remote: Spark Connect server (`sc://host:port`) that rebuilds everything in our stead.
    """
    with builder_lock(workspace.tables):
        try:
            return _build(workspace, full=full or remote is not None, remote=remote, progress=progress)
        except duckdb.Error:
            if remote is not None or not received.forget_damaged(workspace.events):
                raise
            return _build(workspace, full=True, remote=None, progress=progress)


def _build(workspace: Workspace, *, full: bool, remote: str | None, progress: Progress) -> Manifest:
    up = read_up(workspace, progress=progress)
    current = up.current
    with contextlib.closing(duck.connect(workspace.spill)) as con:
        plan = plan_of(con, workspace, up.state, index=up.index)
        if current is not None and not full and current.generation == plan.generation:
            if plan.received_seq <= read_seq(current):
                return current
            # What came since is all in quarantine: the same tables, which now stand for more of the journal.
            manifest = replace(current, facts=current.facts | plan.facts)
        else:
            manifest = _made(con, plan, None if full else current, workspace, remote=remote, progress=progress)
    publish(workspace.tables, manifest)
    sweep(workspace.tables, now=time.time())
    received.sweep(workspace.events, up.index, keep=manifest.segments)
    return manifest


def _made(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    current: Manifest | None,
    workspace: Workspace,
    *,
    remote: str | None,
    progress: Progress,
) -> Manifest:
    """The plan's generation: carried on from `current` if that can be, else built in full."""
    places: dict[str, Any] = {"events": workspace.events, "tables": workspace.tables}
    if remote is not None:
        return spark.build(remote, con, plan, **places, progress=progress)
    if current is not None and can_increment(current, plan):
        try:
            return carry(con, plan, current, **places, progress=progress)
        except CannotCarry:
            progress("a full build", 0, 1)
        except duckdb.Error:
            if readable(workspace.tables, current):
                raise
    return full_build(con, plan, **places, progress=progress)


@contextlib.contextmanager
def open_tables(workspace: Workspace, *, as_of_us: int | None = None, progress: Progress = quiet) -> Iterator[Tables]:
    """Open the tables as the journal stands now, or as it stood at an instant.

    A past instant gets a generation of its own beside the one in force, built from the segments known then.
    """
    if as_of_us is not None:
        if as_of_us > workspace.clock():
            raise UsageError(
                "as-of-in-future", "nothing is known of the future", hint="Give a past instant, or none for now."
            )
        with _open_past(workspace, as_of_us, progress) as tables:
            yield tables
        return
    build(workspace, progress=progress)
    with read_tables(workspace) as tables:
        yield tables


@contextlib.contextmanager
def read_tables(workspace: Workspace) -> Iterator[Tables]:
    """Open the generation in force without building: what a second process reads while a third imports.

    Events are those that went into the generation, whatever the journal has got since. Damaged tables are rebuilt.
    """
    for attempt in (1, 2, 3):
        manifest = load(workspace.tables)
        if manifest is None or attempt == 3:
            manifest = build(workspace, full=True)
        with (
            lease(workspace.tables, manifest.folders),
            contextlib.closing(duck.connect(workspace.spill)) as con,
        ):
            try:
                bind_manifest(con, workspace.tables, manifest)
            except duckdb.Error:
                if attempt == 3:
                    raise
                continue
            segments.bind(con, workspace.events, [Segment.at(path) for path in manifest.segments])
            as_of_us = int(manifest.facts["as_of_us"])
            yield Tables(con, manifest, workspace.state(), max(as_of_us, workspace.clock()))
            return


@contextlib.contextmanager
def _open_past(workspace: Workspace, as_of_us: int, progress: Progress) -> Iterator[Tables]:
    state = workspace.state(as_of_us)
    with contextlib.ExitStack() as stack:
        with builder_lock(workspace.tables), contextlib.closing(duck.connect(workspace.spill)) as con:
            with workspace.journal() as journal:
                journal.settle()
            index = read_up(workspace, progress=progress).index
            plan = plan_of(con, workspace, state, index=index, as_of_us=as_of_us)
            stack.enter_context(lease(workspace.tables, [plan.generation]))
            place = workspace.tables / PAST / plan.generation
            manifest = load(place)
            if manifest is None:
                manifest = full_build(con, plan, events=workspace.events, tables=place, progress=progress)
                publish(place, manifest)
            os.utime(place)
        con = stack.enter_context(contextlib.closing(duck.connect(workspace.spill)))
        bind_manifest(con, place, manifest)
        segments.bind(con, workspace.events, plan.segments, until_us=plan.until_us)
        yield Tables(con, manifest, state, as_of_us)


def plan_of(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    state: State,
    *,
    index: Index,
    as_of_us: int | None = None,
) -> Plan:
    """What the tables are to be made from; windows are those in force on the day of `as_of_us` (now, if None).

    Args:
        index: the received entries that have been read.
    """
    chunks = [chunk for chunk in index.chunks if as_of_us is None or chunk.first_us < as_of_us]
    cut = as_of_us is not None and any(chunk.last_us >= as_of_us for chunk in chunks)
    until_us = as_of_us if cut else None
    active = (*_segments(state), *(segment for chunk in chunks for segment in chunk.segments))
    segments.bind(
        con, workspace.events, active, kinds=("label", "terms", "identity", *EVIDENCE_KINDS), until_us=until_us
    )
    basis = basis_of(state, workspace.clock() if as_of_us is None else as_of_us)
    recognised = label_campaign(con, state)
    small = {
        "identity": identity_table(con, state, evidence({segment.kind for segment in active})),
        "excluded": excluded_table(state),
        "lookback": _lookback(state, workspace.clock() if as_of_us is None else as_of_us),
        "decay": decay_table(),
        "zone_offset": zone_offsets(state.timezone),
        "label_campaign": recognised,
        "label_within": label_within(con, recognised, with_links=bool(state.links)),
        **rating_small(con, basis),
    }
    facts = {
        "as_of_us": workspace.clock(),
        "last_seq": state.last_seq,
        "currency": state.currency,
        "timezone": state.timezone,
        "rating": basis.digest,
        "received_seq": chunks[-1].until_seq if chunks else 0,
        "received_us": chunks[-1].last_us if chunks else 0,
        "lineage": index.lineage if chunks else None,
        "heard": sorted(name for name, told in counted(chunks).items() if told["told"]),
    }
    return Plan(active, all_models(), small, facts, until_us)


def _segments(state: State) -> tuple[Segment, ...]:
    return tuple(segment for one in state.active_imports for segment in one.segments)


def excluded_table(state: State) -> pyarrow.Table:
    """(kind, key) of the orders and days that are left out of every figure, each once, in order."""
    pairs = sorted({(one.kind, key) for one in state.exclusions.values() for key in one.keys})
    return pyarrow.table(
        {
            "kind": pyarrow.array([kind for kind, _ in pairs], pyarrow.string()),
            "key": pyarrow.array([key for _, key in pairs], pyarrow.int64()),
        }
    )


def _lookback(state: State, as_of_us: int) -> pyarrow.Table:
    day = day_of(local_day(as_of_us, zone(state.timezone)))
    windows = (
        (1, "lookback_delivered_hours", HOUR_US),
        (2, "lookback_read_hours", HOUR_US),
        (3, "lookback_click_days", DAY_US),
        (4, "lookback_reply_days", DAY_US),
    )
    pairs = [(rung, int(float(state.setting(name, day) or 0) * unit)) for rung, name, unit in windows]
    kept = [(rung, width) for rung, width in pairs if width > 0]
    return pyarrow.table(
        {
            "rung": pyarrow.array([rung for rung, _ in kept], pyarrow.int64()),
            "window_us": pyarrow.array([width for _, width in kept], pyarrow.int64()),
        }
    )


def label_campaign(con: duckdb.DuckDBPyConnection, state: State) -> pyarrow.Table:
    """Every label met and the campaign it belongs to, `unassigned` where none is found."""
    found = con.execute(
        "SELECT DISTINCT label_key, channel, callback, campaign, template, tag, category FROM event_label ORDER BY label_key"
    ).fetchall()
    labels = [Label(*row) for row in found]
    recognised = [recognise(label, state.campaigns) for label in labels]
    return pyarrow.table(
        {
            "label_key": pyarrow.array([label.label_key for label in labels], pyarrow.int64()),
            "campaign": pyarrow.array([r.campaign for r in recognised], pyarrow.string()),
            "how": pyarrow.array([r.how for r in recognised], pyarrow.string()),
            "channel": pyarrow.array([label.channel for label in labels], pyarrow.string()),
            "template": pyarrow.array([label.template for label in labels], pyarrow.string()),
            "tag": pyarrow.array([label.tag for label in labels], pyarrow.string()),
            "category": pyarrow.array([label.category for label in labels], pyarrow.string()),
        }
    )


def label_within(con: duckdb.DuckDBPyConnection, recognised: pyarrow.Table, *, with_links: bool) -> pyarrow.Table:
    """What each label says of itself, as links name their messages (`campaign=…`, `template=…`, `tag=…`, `callback=…`).

    A label says `campaign=X` if X is the campaign it is recognised as, or stands in its campaign column or callback.

    Args:
        recognised: see `label_campaign`.
        with_links: whether a link was ever declared; without one nothing is asked for, and the table is empty.
    """
    told = "SELECT DISTINCT label_key, {column} AS value, '{name}' AS name FROM event_label"
    pairs = [(name, name) for name in WITHIN_FIELDS] + [("campaign", "callback")]
    parts = [told.format(name=name, column=column) for name, column in pairs]
    parts.append(f"SELECT label_key, campaign, 'campaign' FROM recognised WHERE campaign <> '{UNASSIGNED}'")
    con.register("recognised", recognised)
    said = con.sql(
        f"SELECT DISTINCT label_key, name || '=' || value AS says FROM ({' UNION ALL '.join(parts)})"
        f" WHERE value IS NOT NULL AND {with_links} ORDER BY label_key, says"
    ).to_arrow_table()
    con.unregister("recognised")
    return said


def day_text(number: int | None) -> str | None:
    """ISO date of a day number."""
    return day_of(number).isoformat() if number is not None else None

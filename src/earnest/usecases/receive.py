"""Read what was received: journal entries in order → decoded → parsed by their source's channel → event segments.

    entries of a chunk ─ by source ─ decode ─ parse ─ stage ─> segments and quarantine ─> index of chunks

A pure function of the journal: what an entry says is read with its source as it was declared when the entry came. Nothing that
a body holds can stop the reading: what cannot be read waits in quarantine, with its reason.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb
import pyarrow

from earnest.channels.channel import RECEIVED_HEADER, Parse, channel_of
from earnest.channels.delivery import decode
from earnest.channels.generic.reading import HookRead, Post, read_generic
from earnest.channels.told import Rejected, Told
from earnest.definitions.source import Source
from earnest.definitions.state import State
from earnest.importers.emit import Emission, Stamp
from earnest.importers.identities import register_keys
from earnest.importers.parsing import quote
from earnest.journal.log import Entry
from earnest.kernel.errors import EarnestError
from earnest.usecases.body_segments import QUARANTINE as QUARANTINE_ROWS
from earnest.usecases.body_segments import Telling, staged
from earnest.usecases.hook_mapping import GENERIC, plan_for
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck, received, segments
from earnest.warehouse.build import Progress
from earnest.warehouse.increment import read_seq
from earnest.warehouse.manifest import Manifest, load
from earnest.warehouse.received import QUARANTINE, Chunk, Index
from earnest.warehouse.segments import Segment

CHUNK_ENTRIES = 20_000
CHUNK_BYTES = 64 << 20
"""A chunk holds at most so many entries and, but for its last one, bytes of bodies."""


@dataclass(frozen=True, slots=True)
class ReadUp:
    """A workspace whose received entries have all been read: its state, the tables in force (None: none yet), the index."""

    state: State
    current: Manifest | None
    index: Index


def read_up(workspace: Workspace, *, progress: Progress) -> ReadUp:
    """Read what was received, by the state and beside the tables of now; the builder's lock must be held."""
    state, current = workspace.state(), load(workspace.tables)
    return ReadUp(state, current, receive(workspace, state, current=current, progress=progress))


def receive(workspace: Workspace, state: State, *, current: Manifest | None, progress: Progress) -> Index:
    """Read every entry that was received until now and has not been read; the builder's lock must be held.

    What comes meanwhile is left to the next time: else a steady stream would never be done.

    Args:
        current: the tables in force; what they lack is not merged, so that it can be carried into them.
    """
    index = received.load(workspace.events)
    with workspace.journal() as journal:
        if index.until_seq and journal.link(index.until_seq) != index.link:
            index = received.fresh()
        last, _ = journal.last_received()
        if last <= index.until_seq:
            return index
        first = index.until_seq
        while entries := _next(journal.received(after=index.until_seq, until=last, limit=CHUNK_ENTRIES)):
            progress("reading what was received", entries[-1].seq - first, max(last - first, 1))
            index = received.merge(workspace.events, index, read_seq=read_seq(current), spill=workspace.spill)
            chunk = _read(workspace, state, lineage=index.lineage, entries=entries)
            index = replace(
                index, until_seq=chunk.until_seq, chunks=(*index.chunks, chunk), link=journal.link(chunk.until_seq)
            )
            received.save(workspace.events, index)
    return index


def _next(entries: Iterator[Entry]) -> list[Entry]:
    taken: list[Entry] = []
    size = 0
    for entry in entries:
        taken.append(entry)
        size += len(entry.body)
        if size >= CHUNK_BYTES:
            break
    return taken


@dataclass(frozen=True, slots=True)
class ReadEntries:
    """What became of a run of entries of one source: event segments, quarantine files, counts.

    Args:
        counts: `entries` read, `told` elements, `quarantined` elements.
        refused: entry → how many of its elements wait in quarantine.
    """

    segments: tuple[Segment, ...]
    quarantine: tuple[str, ...]
    counts: dict[str, int]
    refused: dict[int, int]


def _read(workspace: Workspace, state: State, *, lineage: str, entries: list[Entry]) -> Chunk:
    by_source: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_source[entry.source].append(entry)
    first, last = entries[0], entries[-1]
    written: list[Segment] = []
    refused: list[str] = []
    counts: dict[str, dict[str, int]] = {}
    for number, (name, mine) in enumerate(sorted(by_source.items())):
        counts[name] = {"entries": 0, "told": 0, "quarantined": 0}
        runs = itertools.groupby(mine, key=lambda entry: state.source_at(entry.source, entry.seq))
        for part, (source, run) in enumerate(runs):
            segment = segments.received_name(first.seq, last.seq, f"{lineage}-{number}-{part}")
            read = read_entries(workspace, state, source=source, entries=list(run), segment=segment)
            written.extend(read.segments)
            refused.extend(read.quarantine)
            counts[name] = {key: figure + read.counts[key] for key, figure in counts[name].items()}
    return Chunk(
        first.seq, last.seq, first.received_us, last.received_us, tuple(written), tuple(refused), counts
    )  # fmt: skip


def read_entries(
    workspace: Workspace,
    state: State,
    *,
    source: Source | None,
    entries: list[Entry],
    segment: str,
    told_us: int | None = None,
) -> ReadEntries:
    """Read entries of one source into segments named `segment`.

    Args:
        source: as declared when they came; None if nobody ever did: all of them are quarantined.
        told_us: instant from which what they tell is known; default: when each was received.
    """
    name = entries[0].source
    stamp = Stamp(f"received:{name}", segments.segment_key(segment), told_us or entries[0].received_us)
    read = _mapped if source is not None and source.channel == GENERIC else _parsed
    with read(workspace, state, source, _Batch(entries, stamp, told_us)) as found:
        written = segments.write(found.con, workspace.events, segment, found.emissions)
        refused = {
            int(str(row)): int(str(n))
            for row, n in duck.rows(found.con, f"SELECT row, count(*) FROM ({found.rejects}) GROUP BY row")
        }
        quarantine = _quarantine(found, workspace, segment, name) if refused else ()
    quarantined = sum(refused.values())
    counts = {"entries": len(entries), "told": found.told, "quarantined": quarantined}
    return ReadEntries(tuple(written), quarantine, counts, refused)


@dataclass(frozen=True, slots=True)
class _Batch:
    entries: list[Entry]
    stamp: Stamp
    told_us: int | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What a batch tells: event rows as SELECTs on `con`, and `rejects`, a SELECT of row, reason, field, value."""

    con: duckdb.DuckDBPyConnection
    emissions: list[Emission]
    rejects: str
    told: int


@contextlib.contextmanager
def _parsed(workspace: Workspace, state: State, source: Source | None, batch: _Batch) -> Iterator[_Found]:
    """By the channel's `parse`, entry by entry."""
    channel = channel_of(source.channel) if source else None
    parse = channel.parse_of(source.options) if source and channel else None
    tellings = (Telling(one.seq, batch.told_us or one.received_us, _told(parse, one)) for one in batch.entries)
    region = source.region if source else None
    with staged(workspace, tellings, currency=state.currency, file_hash=batch.stamp.file_hash, region=region) as stage:
        emissions: list[Emission] = []
        if source and channel:
            emissions = stage.emissions(channel, source=source.name, zone=state.timezone, stamp=batch.stamp)
        yield _Found(stage.con, emissions, QUARANTINE_ROWS, stage.counts.accepted)


@contextlib.contextmanager
def _mapped(workspace: Workspace, state: State, source: Source | None, batch: _Batch) -> Iterator[_Found]:
    """By the source's mapping, all entries together; without one that can be used, all of them wait."""
    assert source is not None
    with contextlib.closing(duck.connect(workspace.spill)) as con:
        register_keys(con, workspace.key())
        posts = [
            Post(one.seq, one.received_us, decode(one.body, one.headers.get("content-type")), batch.told_us)
            for one in batch.entries
        ]
        try:
            read = read_generic(con, posts, plan_for(state, source), stamp=batch.stamp)
        except EarnestError:
            read = HookRead([], [(one.seq, Rejected("not-mapped", "")) for one in batch.entries], 0)
        columns = {
            "row": pyarrow.array([seq for seq, _ in read.rejects], pyarrow.int64()),
            **{
                field: pyarrow.array([getattr(one, field) for _, one in read.rejects], pyarrow.string())
                for field in ("reason", "field", "value")
            },
        }
        con.register("hook_reject", pyarrow.table(columns))
        yield _Found(con, read.emissions, "SELECT row, reason, field, value FROM hook_reject ORDER BY row", read.rows)


def _quarantine(found: _Found, workspace: Workspace, segment: str, name: str) -> tuple[str, ...]:
    target = workspace.events / QUARANTINE / f"{segment}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    segments.copy_durably(found.con, f"SELECT *, {quote(name)} AS source FROM ({found.rejects})", target)
    return (f"{QUARANTINE}/{segment}.parquet",)


def _told(parse: Parse | None, entry: Entry) -> Iterator[Told | Rejected]:
    """Everything an entry tells. A fault of a parser quarantines the entry, and stops nothing."""
    if parse is None:
        yield Rejected("source-unknown", "")
        return
    payload = decode(entry.body, entry.headers.get("content-type"))
    if isinstance(payload, Rejected):
        yield payload
        return
    headers = {**entry.headers, RECEIVED_HEADER: str(entry.received_us)}
    try:
        yield from list(parse(payload, headers))
    except Exception as error:
        yield Rejected("parser-failed", "", type(error).__name__)

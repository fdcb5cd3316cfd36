"""What was received and could not be read: listed, shown, and read again once code, source or mapping can.

A replay is a journal entry of its own: what it brings in is known from then on, an earlier "as of" stays as it was, and it can
be undone like an import.
"""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from earnest.channels.generic.reading import ROWS_PER_POST
from earnest.channels.reasons import REASONS as TOLD_REASONS
from earnest.definitions.state import State
from earnest.importers.mapping import Mapping
from earnest.importers.parsing import REASONS as ROW_REASONS
from earnest.importers.parsing import Reading
from earnest.journal.log import RECEIVED, Entry
from earnest.kernel.errors import NotFound
from earnest.kernel.period import moment_of
from earnest.usecases.hook_mapping import GENERIC
from earnest.usecases.receive import ReadEntries, read_entries, read_up
from earnest.usecases.tables import build, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck, received
from earnest.warehouse.build import Progress
from earnest.warehouse.manifest import builder_lock
from earnest.warehouse.segments import segment_name

REPLAYED = "received.replayed"
_MOST_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """One refused element of a received entry."""

    entry: int
    received_us: int
    source: str
    reason: str
    field: str | None
    value: str | None

    @property
    def sentence(self) -> str:
        """Path, value, what is wrong and what to do."""
        wrong, remedy = reason_words(self.reason)
        shown = f"'{self.value}' " if self.value else ""
        return f"{self.field + ' ' if self.field else ''}{shown}{wrong}. {remedy}"

    def to_json(self) -> dict[str, Any]:
        return {
            "entry": self.entry,
            "received": moment_of(self.received_us).isoformat(),
            "source": self.source,
            "reason": self.reason,
            "field": self.field,
            "value": self.value,
            "message": self.sentence,
        }


def reason_words(reason: str) -> tuple[str, str]:
    """What is wrong, and what to do."""
    if reason in TOLD_REASONS:
        return TOLD_REASONS[reason]
    return ROW_REASONS.get(reason, ("could not be read", "Correct the mapping or the sender, then replay."))


@dataclass(frozen=True, slots=True)
class Quarantine:
    """What waits, newest last.

    Args:
        groups: (source, reason) → elements.
        total: elements that wait, of which `rows` are the first asked for.
    """

    groups: dict[tuple[str, str], int]
    total: int
    rows: tuple[Waiting, ...]

    def to_json(self) -> dict[str, Any]:
        groups = [{"source": s, "reason": r, "elements": n} for (s, r), n in self.groups.items()]
        return {"total": self.total, "groups": groups, "rows": [row.to_json() for row in self.rows]}


def waiting(
    workspace: Workspace, *, source: str | None = None, reason: str | None = None, limit: int = 20
) -> Quarantine:
    """What was received and waits in quarantine now: read up to the journal's end first."""
    state = _read_up(workspace)
    with contextlib.closing(duck.connect()) as con:
        if not _bind(con, workspace, state):
            return Quarantine({}, 0, ())
        asked = "($1 IS NULL OR source = $1) AND ($2 IS NULL OR reason = $2)"
        groups = con.execute(
            f"SELECT source, reason, count(*) FROM waiting WHERE {asked} GROUP BY ALL ORDER BY count(*) DESC, source, reason",
            [source, reason],
        ).fetchall()
        rows = con.execute(
            f"SELECT row, source, reason, field, value FROM waiting WHERE {asked} ORDER BY row DESC LIMIT $3",
            [source, reason, limit],
        ).fetchall()
    with workspace.journal() as journal:
        found = []
        for row, name, why, field, value in rows:
            entry = journal.entry(int(row))
            found.append(Waiting(int(row), entry.received_us if entry else 0, name, why, field, value))
    counted = {(str(name), str(why)): int(n) for name, why, n in groups}
    return Quarantine(counted, sum(counted.values()), tuple(found))


def _read_up(workspace: Workspace) -> State:
    with builder_lock(workspace.tables):
        return read_up(workspace, progress=quiet).state


def _bind(con: Any, workspace: Workspace, state: State) -> bool:
    """The view `waiting`: the last reading of each entry decides. False if nothing ever waited."""
    replays = [one for one in state.active_imports if "replayed" in one.counts]
    last = {int(seq): one.seq for one in replays for seq in one.counts["replayed"]}
    files = [(0, path) for chunk in received.load(workspace.events).chunks for path in chunk.quarantine]
    files += [(one.seq, one.quarantine) for one in replays if one.quarantine]
    if not files:
        return False
    con.execute("CREATE TEMP TABLE replayed (row BIGINT, reader BIGINT)")
    if last:
        con.executemany("INSERT INTO replayed VALUES ($1, $2)", [list(pair) for pair in last.items()])
    parts = " UNION ALL ".join(
        f"SELECT row, source, reason, field, value, {by} AS reading FROM {duck.parquet([workspace.events / path])}"
        for by, path in files
    )
    con.execute(
        f"CREATE TEMP VIEW waiting AS SELECT q.* FROM ({parts}) AS q LEFT JOIN replayed AS r ON q.row = r.row WHERE q.reading = coalesce(r.reader, 0)"
    )
    return True


def received_entry(workspace: Workspace, seq: int) -> tuple[Entry, tuple[Waiting, ...]]:
    """A received entry and what of it waits.

    Raises:
        NotFound: `no-such-entry`.
    """
    with workspace.journal() as journal:
        entry = journal.entry(seq)
    if entry is None or entry.kind != RECEIVED:
        raise NotFound(
            "no-such-entry", f"entry {seq} is nothing that was received", hint="See `earnest quarantine list`."
        )
    return entry, waits_of(workspace, _read_up(workspace), entry)


def waits_of(workspace: Workspace, state: State, entry: Entry) -> tuple[Waiting, ...]:
    """What waits of an entry, as far as the builder has read; nothing is read for it."""
    with contextlib.closing(duck.connect()) as con:
        if not _bind(con, workspace, state):
            return ()
        rows = con.execute("SELECT source, reason, field, value FROM waiting WHERE row = $1", [entry.seq]).fetchall()
    return tuple(Waiting(entry.seq, entry.received_us, *row) for row in rows)


def waiting_by_source(workspace: Workspace, state: State) -> dict[str, int]:
    """Source → elements that wait now, as far as the builder has read; nothing is read for it."""
    with contextlib.closing(duck.connect()) as con:
        if not _bind(con, workspace, state):
            return {}
        rows = con.execute("SELECT source, count(*) FROM waiting GROUP BY source ORDER BY source").fetchall()
    return {str(name): int(count) for name, count in rows}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did.

    Args:
        entries: entries read again. resolved: of which nothing waits any more. told: elements they tell now.
        still: elements that still wait. imports: journal entries of the replay, one a source.
        kept_back: entries of which a part was told under another mapping: read by today's, that part would count twice.
        groups: (source, reason of today) → elements that still wait, but for those kept back.
    """

    entries: int
    resolved: int
    told: int
    still: int
    imports: tuple[int, ...]
    kept_back: int = 0
    groups: dict[tuple[str, str], int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        groups = [{"source": s, "reason": r, "elements": n} for (s, r), n in self.groups.items()]
        return {name: getattr(self, name) for name in self.__slots__} | {
            "imports": list(self.imports),
            "groups": groups,
        }


Reasons = Counter[tuple[str, str | None]]
"""Why elements of one entry wait: (reason, field) → how many."""


def replay(
    workspace: Workspace,
    entries: Sequence[int] = (),
    *,
    source: str | None = None,
    reason: str | None = None,
    progress: Progress = quiet,
) -> Replayed:
    """Read what waits again, with today's code, sources and mappings, and bring the tables up to date.

    An entry that waits for the same reasons as before is left as it is: replaying in vain changes nothing.

    Args:
        entries: only these; default: all that wait (of a source, for a reason).
    """
    with builder_lock(workspace.tables):
        state = read_up(workspace, progress=quiet).state
        before = _elements(workspace, state, entries, source=source, reason=reason)
        done = _replay(workspace, state, before, progress)
    if done.imports:
        build(workspace, progress=progress)
    return done


def _elements(
    workspace: Workspace, state: State, entries: Sequence[int], *, source: str | None, reason: str | None
) -> dict[int, Reasons]:
    """Entry → why its elements wait, of those asked for."""
    listed = ", ".join(str(int(seq)) for seq in entries)
    with contextlib.closing(duck.connect()) as con:
        if not _bind(con, workspace, state):
            return {}
        only = f" AND row IN ({listed})" if listed else ""
        chosen = (
            f"SELECT DISTINCT row FROM waiting WHERE ($1 IS NULL OR source = $1) AND ($2 IS NULL OR reason = $2){only}"
        )
        return _reasons(con, f"SELECT row, reason, field FROM waiting WHERE row IN ({chosen})", [source, reason])


def _reasons(con: Any, waiting_rows: str, parameters: Sequence[object] = ()) -> dict[int, Reasons]:
    """Entry → why its elements wait, by a SELECT of row, reason, field."""
    found: dict[int, Reasons] = defaultdict(Counter)
    counted = f"SELECT row, reason, field, count(*) FROM ({waiting_rows}) GROUP BY ALL ORDER BY row"
    for row, why, field_name, count in con.execute(counted, parameters).fetchall():
        found[int(row)][str(why), field_name] = int(count)
    return found


def _reasons_read(workspace: Workspace, read: ReadEntries) -> dict[int, Reasons]:
    """Entry → why its elements wait, by a reading of today."""
    if not read.quarantine:
        return {}
    files = duck.parquet([workspace.events / path for path in read.quarantine])
    with contextlib.closing(duck.connect()) as con:
        return _reasons(con, f"SELECT row, reason, field FROM {files}")


def _replay(workspace: Workspace, state: State, before: dict[int, Reasons], progress: Progress) -> Replayed:
    by_source: dict[str, list[Entry]] = defaultdict(list)
    with workspace.journal() as journal:
        for seq in before:
            entry = journal.entry(seq)
            if entry is not None:
                by_source[entry.source].append(entry)
    done = Replayed(len(before), 0, 0, sum(one.total() for one in before.values()), ())
    for number, (name, mine) in enumerate(sorted(by_source.items())):
        for start in range(0, len(mine), _MOST_AT_ONCE):
            progress(f"replaying {name}", number, len(by_source))
            done = _replay_run(
                workspace, state, name, entries=mine[start : start + _MOST_AT_ONCE], before=before, done=done
            )
    return done


def _replay_run(
    workspace: Workspace, state: State, name: str, *, entries: list[Entry], before: dict[int, Reasons], done: Replayed
) -> Replayed:
    now_us = workspace.clock()
    back = _told_otherwise(workspace, state, name, entries)
    entries = [one for one in entries if one.seq not in back]
    done = replace(done, kept_back=done.kept_back + len(back))
    if not entries:
        return done
    trial = _segments_of(workspace, state, entries, now_us)
    today = _reasons_read(workspace, trial)
    done = replace(done, groups=dict(Counter(done.groups) + _by_reason(name, today)))
    changed = [one for one in entries if today.get(one.seq, Counter()) != before[one.seq]]
    if not changed:
        return done
    read = trial if len(changed) == len(entries) else _segments_of(workspace, state, changed, now_us)
    body = _entry_body(state, name, changed, read)
    seq = workspace.record(REPLAYED, body, source=name).seq
    resolved = sum(1 for one in changed if one.seq not in read.refused)
    gained = sum(before[one.seq].total() for one in changed) - sum(read.refused.values())
    return replace(
        done,
        resolved=done.resolved + resolved,
        told=done.told + read.counts["told"],
        still=done.still - gained,
        imports=(*done.imports, seq),
    )


def _by_reason(name: str, today: dict[int, Reasons]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for reasons in today.values():
        for (reason, _), count in reasons.items():
            found[name, reason] += count
    return found


def _told_otherwise(workspace: Workspace, state: State, name: str, entries: list[Entry]) -> set[int]:
    """Entries of a mapped source of which something was told under another mapping than today's: their keys may differ."""
    source = state.source(name)
    if source is None or source.channel != GENERIC:
        return set()
    replays = [one for one in state.active_imports if "replayed" in one.counts and one.mapping["source"] == name]
    other = {seq for one in replays if one.counts.get("options") != source.options for seq in one.counts["replayed"]}
    then = {entry.seq: state.source_at(name, entry.seq) for entry in entries}
    changed = [seq for seq, was in then.items() if seq in other or (was is not None and was.options != source.options)]
    told = [one.path for replayed in replays for one in replayed.segments]
    told += [one.path for chunk in received.load(workspace.events).chunks for one in chunk.segments]
    if not changed or not told:
        return set()
    listed = ", ".join(map(str, changed))
    with contextlib.closing(duck.connect()) as con:
        rows = duck.rows(
            con,
            f"SELECT DISTINCT row // {ROWS_PER_POST} FROM {duck.parquet([workspace.events / path for path in told])}"
            f" WHERE source = $1 AND row // {ROWS_PER_POST} IN ({listed})",
            [name],
        )
    return {int(str(seq)) for (seq,) in rows}


def _segments_of(workspace: Workspace, state: State, entries: list[Entry], now_us: int) -> ReadEntries:
    listed, name = ",".join(str(one.seq) for one in entries), entries[0].source
    segment = segment_name(f"replay:{name}:{listed}", str(now_us), 0)
    source = state.source(name)
    return read_entries(workspace, state, source=source, entries=entries, segment=segment, told_us=now_us)


def _entry_body(state: State, name: str, entries: list[Entry], read: ReadEntries) -> dict[str, Any]:
    """The journal entry, in the shape of an import."""
    source = state.source(name)
    assert source is not None, name
    plan = Mapping(source.channel, (), (), (), name, None, Reading(state.currency, state.timezone), source.region)
    told, quarantined = read.counts["told"], read.counts["quarantined"]
    counts = {
        "rows": told + quarantined, "accepted": told, "quarantined": quarantined, "filtered": 0, "without_contact": 0,
        "equal_rows": 0, "reasons": {}, "bodies": len(entries), "events": {}, "duplicates": 0,
        "replayed": [one.seq for one in entries], "options": source.options,
    }  # fmt: skip
    return {
        "file": f"{len(entries)} replayed of {name}", "file_hash": f"replay:{entries[0].seq}-{entries[-1].seq}", "kind": source.channel,
        "mapping": plan.to_json(), "counts": counts, "segments": [one.to_json() for one in read.segments],
        "quarantine": read.quarantine[0] if read.quarantine else None,
    }  # fmt: skip

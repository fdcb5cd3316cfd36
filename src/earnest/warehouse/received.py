"""Received entries as segments: which runs of the journal have been read, and into which files.

    journal ── read in order ──> chunk ─ chunk ─ chunk ── eight of a size merged ──> chunk
    events/received.json names the chunks; swapped by rename; lost or damaged, everything is read again from the journal

Merging keeps files few: a builder that reads every second would else leave thousands. A merged chunk holds the same rows, so
tables that were built from its parts need nothing new.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from earnest.events.kinds import KINDS
from earnest.kernel.durable import sync_folder
from earnest.warehouse import duck
from earnest.warehouse.segments import PARSER_VERSION, Segment, copy_durably, received_name

INDEX = "received.json"
MERGED = 8
"""Chunks of one level that become one of the next."""
LARGEST_LEVEL = 5
"""A chunk that was merged so often is left alone: about 33,000 rounds of the builder."""
KEEP_SECONDS = 3600
_INTERNED = ("label", "terms", "identity", "identity_link")
_ONCE = ("received_us", "segment_key", "row", "occurred_us", "local_day")
QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of received entries that has been read.

    Args:
        first_seq, until_seq: entries it covers, both inclusive. first_us, last_us: when the first and last were received.
        quarantine: files of refused elements. counts: source → entries, told, quarantined.
        level: how often it was merged.
    """

    first_seq: int
    until_seq: int
    first_us: int
    last_us: int
    segments: tuple[Segment, ...]
    quarantine: tuple[str, ...] = ()
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    level: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "seq": [self.first_seq, self.until_seq],
            "us": [self.first_us, self.last_us],
            "segments": [one.to_json() for one in self.segments],
            "quarantine": list(self.quarantine),
            "counts": self.counts,
            "level": self.level,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Chunk:
        (first_seq, until_seq), (first_us, last_us) = body["seq"], body["us"]
        segments = tuple(Segment(**one) for one in body["segments"])
        quarantine, counts = tuple(body["quarantine"]), body["counts"]
        return cls(first_seq, until_seq, first_us, last_us, segments, quarantine, counts, body["level"])


@dataclass(frozen=True, slots=True)
class Index:
    """What has been read.

    Args:
        lineage: random mark of this reading; a reading from scratch has another, so that no table is carried on from it.
        until_seq: last entry that was read. link: the journal's chain at that entry, in hex: an index of another journal, or of
            one that was put back, is none.
    """

    lineage: str
    until_seq: int = 0
    chunks: tuple[Chunk, ...] = ()
    link: str = ""


def counted(chunks: Sequence[Chunk]) -> dict[str, dict[str, int]]:
    """Source → entries, told, quarantined, in all these chunks."""
    total: dict[str, dict[str, int]] = {}
    for chunk in chunks:
        for source, figures in chunk.counts.items():
            mine = total.setdefault(source, dict.fromkeys(figures, 0))
            for name, figure in figures.items():
                mine[name] = mine.get(name, 0) + figure
    return total


def load(folder: Path) -> Index:
    """The index of a workspace's `events` folder.

    A new one if there is none, it was altered, a file it names is gone, or it is of another version of the parsers.
    """
    try:
        text = (folder / INDEX).read_text()
        told = json.loads(text)
        body = told["index"]
        if told["sha256"] != _digest(body):
            return fresh()
        chunks = tuple(Chunk.from_json(one) for one in body["chunks"])
        index = Index(body["lineage"], body["until_seq"], chunks, body["link"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return fresh()
    if not index.lineage.startswith(f"{PARSER_VERSION}-"):
        return fresh()
    return index if all((folder / path).is_file() for path in _files(index)) else fresh()


def fresh() -> Index:
    """An index of nothing, of a lineage of its own."""
    return Index(f"{PARSER_VERSION}-{secrets.token_hex(4)}")


def _files(index: Index) -> list[str]:
    return [path for chunk in index.chunks for path in (*(s.path for s in chunk.segments), *chunk.quarantine)]


def _digest(body: object) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def save(folder: Path, index: Index) -> None:
    """Put an index in force, durably."""
    folder.mkdir(parents=True, exist_ok=True)
    chunks = [one.to_json() for one in index.chunks]
    body = {"lineage": index.lineage, "until_seq": index.until_seq, "link": index.link, "chunks": chunks}
    partial = folder / f".partial-{INDEX}"
    with partial.open("w") as stream:
        json.dump({"sha256": _digest(body), "index": body}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.rename(folder / INDEX)
    sync_folder(folder)


def forget_damaged(folder: Path) -> bool:
    """Drop the index if a file it names cannot be read, so that everything is read again from the journal; whether it was."""
    with contextlib.closing(duck.connect()) as con:
        for path in _files(load(folder)):
            try:
                con.execute(f"SELECT bit_xor(hash(t)) FROM {duck.parquet([folder / path])} AS t")
            except duckdb.Error:
                (folder / INDEX).unlink(missing_ok=True)
                return True
    return False


def merge(folder: Path, index: Index, *, read_seq: int, spill: Path | None = None) -> Index:
    """Merge the last chunks while there are enough of one level; the index is returned, not saved.

    Args:
        read_seq: last received entry in the tables in force; chunks beyond it are left, so that they can be carried in.
        spill: folder for what does not fit into memory.
    """
    chunks = list(index.chunks)
    while (tail := _mergeable(chunks, read_seq)) is not None:
        with contextlib.closing(duck.connect(spill)) as con:
            chunks[-len(tail) :] = [_merged(con, folder, index.lineage, tail)]
    return replace(index, chunks=tuple(chunks))


def _mergeable(chunks: Sequence[Chunk], read_seq: int) -> Sequence[Chunk] | None:
    tail = chunks[-MERGED:]
    same = len(tail) == MERGED and len({chunk.level for chunk in tail}) == 1
    return tail if same and tail[-1].until_seq <= read_seq and tail[0].level < LARGEST_LEVEL else None


def _merged(con: duckdb.DuckDBPyConnection, folder: Path, lineage: str, parts: Sequence[Chunk]) -> Chunk:
    first, last = parts[0], parts[-1]
    name = received_name(first.first_seq, last.until_seq, f"{lineage}-{first.level + 1}")
    segments = []
    for kind in KINDS:
        files = [folder / one.path for part in parts for one in part.segments if one.kind == kind]
        if files:
            target = folder / kind / f"{name}.parquet"
            segments.append(Segment(kind, f"{kind}/{name}.parquet", copy_durably(con, _rows(kind, files), target)))
    refused = [path for part in parts for path in part.quarantine]
    if len(refused) > 1:
        target = folder / QUARANTINE / f"{name}.parquet"
        copy_durably(con, f"SELECT * FROM {duck.parquet([folder / path for path in refused])}", target)
        refused = [f"{QUARANTINE}/{name}.parquet"]
    return Chunk(
        first.first_seq,
        last.until_seq,
        first.first_us,
        last.last_us,
        tuple(segments),
        tuple(refused),
        counted(parts),
        first.level + 1,
    )


def _rows(kind: str, files: Sequence[Path]) -> str:
    """The rows of several files; of what is interned each thing once, as it was first met."""
    source = duck.parquet(files)
    if kind not in _INTERNED:
        return f"SELECT * FROM {source}"
    columns = [column.name for column in KINDS[kind].columns]
    shown = ", ".join(f"min({name}) AS {name}" if name in _ONCE else name for name in columns)
    return f"SELECT {shown} FROM {source} GROUP BY {', '.join(name for name in columns if name not in _ONCE)}"


def sweep(folder: Path, index: Index, *, keep: Sequence[str] = (), keep_seconds: int = KEEP_SECONDS) -> int:
    """Remove files of received entries that the index no longer names, an hour after they were last needed; how many.

    Args:
        keep: further paths that are still read: those of the tables in force.
    """
    named = {*_files(index), *keep}
    removed = 0
    for path in folder.glob("*/r-*.parquet"):
        relative = str(path.relative_to(folder))
        if relative in named:
            os.utime(path)
        elif time.time() - path.stat().st_mtime > keep_seconds:
            path.unlink(missing_ok=True)
            removed += 1
    return removed

"""Event segments: immutable Parquet files, one per import and event kind.

A segment is named by what decides its content: the file's hash, the mapping, the parser version, and which attempt it
is (an undone import that is run again gets new files, so that an older "as of" keeps seeing what it saw).
It exists for readers only once a journal entry names it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from earnest.events.keys import CANONICALISATION
from earnest.events.kinds import KINDS
from earnest.importers.parsing import identifier
from earnest.kernel.durable import partial_file, sync_folder
from earnest.warehouse.duck import escaped, parquet, scalar

PARSER_VERSION = 3


_RECEIVED = re.compile(r"r-(\d+)-(\d+)-")


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows of one event kind: of one import, or of a run of received entries."""

    kind: str
    path: str
    rows: int

    @property
    def first_seq(self) -> int:
        """First received entry it holds; 0 for an import's."""
        return self._span[0]

    @property
    def until_seq(self) -> int:
        """Last received entry it holds; 0 for an import's."""
        return self._span[1]

    @property
    def _span(self) -> tuple[int, int]:
        found = _RECEIVED.match(self.path.partition("/")[2])
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "path": self.path, "rows": self.rows}

    @classmethod
    def at(cls, path: str) -> Segment:
        """A segment by its path alone, to be read: the path begins with the kind."""
        return cls(path.partition("/")[0], path, 0)


def received_name(first_seq: int, until_seq: int, mark: str) -> str:
    """Name of the segments of the received entries `first_seq` to `until_seq`."""
    return f"r-{first_seq}-{until_seq}-{mark}"


def segment_name(file_hash: str, mapping_digest: str, attempt: int) -> str:
    """Name of an import's segments: 32 hex digits and the attempt."""
    text = f"{file_hash}:{mapping_digest}:{PARSER_VERSION}:{CANONICALISATION}"
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}-{attempt}"


def segment_key(name: str) -> int:
    """64-bit key that every row of a segment carries."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def write(
    con: duckdb.DuckDBPyConnection, folder: Path, name: str, emissions: Sequence[tuple[str, str]]
) -> list[Segment]:
    """Write the rows of each (event kind, SELECT) as a segment file; several SELECTs of one kind make one file."""
    by_kind: dict[str, list[str]] = {}
    for kind, sql in emissions:
        by_kind.setdefault(kind, []).append(sql)
    written = []
    for kind, selects in by_kind.items():
        target = folder / kind / f"{name}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        count = copy_durably(con, " UNION ALL ".join(selects), target)
        if count:
            written.append(Segment(kind, f"{kind}/{name}.parquet", count))
        else:
            target.unlink()
    return written


def copy_durably(con: duckdb.DuckDBPyConnection, sql: str, target: Path) -> int:
    """Write a query's rows to one Parquet file, synced and renamed into place; return the number of rows."""
    with partial_file(target) as partial:
        count = scalar(
            con, f"COPY ({sql}) TO '{escaped(partial)}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )
        with partial.open("rb") as stream:
            os.fsync(stream.fileno())
        partial.rename(target)
    sync_folder(target.parent)
    return count


def bind(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    *,
    kinds: Collection[str] = tuple(KINDS),
    prefix: str = "event_",
    until_us: int | None = None,
) -> None:
    """Create a view per event kind over its segments; kinds without a segment get an empty view of the same columns.

    Args:
        kinds: the event kinds that will be read.
        until_us: of received entries, only rows received before this instant.
    """
    for kind in kinds:
        mine = [segment for segment in segments if segment.kind == kind]
        cut = [folder / one.path for one in mine if until_us is not None and one.until_seq]
        files = [folder / one.path for one in mine if until_us is None or not one.until_seq]
        columns = ", ".join(f"CAST(NULL AS {c.type}) AS {identifier(c.name)}" for c in KINDS[kind].columns)
        body = f"SELECT {columns} WHERE false"
        if files:
            body = f"{body} UNION ALL BY NAME SELECT * FROM {parquet(files)}"
        if cut:
            body = f"{body} UNION ALL BY NAME SELECT * FROM {parquet(cut)} WHERE received_us < {until_us}"
        con.execute(f"CREATE OR REPLACE VIEW {prefix}{kind} AS {body}")

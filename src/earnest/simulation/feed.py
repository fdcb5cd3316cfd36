"""A Parquet file written piece by piece, some rows of each piece only with the next: late rows, bounded memory."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

_DISTINCT = ("message_id", "click_id", "order_id", "refund_id", "occurred_at", "clicked_at", "ordered_at")
"""Columns that are not worth a dictionary."""


class Feed:
    """An open Parquet file.

    Args:
        path: the file to write. schema: of every piece.
        share_late: share of the rows of each piece that are told with the next one; pieces come shuffled.
    """

    def __init__(self, path: Path, schema: pa.Schema, *, share_late: float = 0.0) -> None:
        self.path = path
        self.rows = 0
        self._late = schema.empty_table()
        self._share_late = share_late
        coded = [name for name in schema.names if name not in _DISTINCT]
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", compression_level=1, use_dictionary=coded)

    def write(self, piece: pa.Table) -> None:
        """Write a piece, less its late rows, with the late rows of the piece before."""
        late = int(len(piece) * self._share_late)
        self._put(pa.concat_tables([piece.slice(late), self._late]))
        self._late = piece.slice(0, late)

    def __enter__(self) -> Feed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._put(self._late)
        self._writer.close()

    def _put(self, rows: pa.Table) -> None:
        if len(rows):
            self._writer.write_table(rows)
            self.rows += len(rows)

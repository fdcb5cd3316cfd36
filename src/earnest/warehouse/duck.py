"""DuckDB as the embedded engine: in memory, over Parquet files, nothing downloaded, spilling to the workspace."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import duckdb

from earnest.importers.parsing import file_literal


def connect(spill: Path | None = None, *, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open an in-memory engine.

    Args:
        spill: folder for what does not fit into memory; None keeps everything in memory.
        memory_limit: for example "6GB"; None leaves DuckDB's default (80 % of the machine).
            The environment variable EARNEST_MEMORY_LIMIT sets it for a whole installation.
    """
    con = duckdb.connect(":memory:")
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET autoload_known_extensions = false")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    # Else a join that is expected to be small becomes a loop over all pairs, and 950,000 messages take minutes for a second.
    con.execute("SET asof_loop_join_threshold = 0")
    limit = memory_limit or os.environ.get("EARNEST_MEMORY_LIMIT")
    if limit:
        con.execute("SET memory_limit = $1", [limit])
    if spill is not None:
        spill.mkdir(parents=True, exist_ok=True)
        con.execute(f"SET temp_directory = '{escaped(spill)}'")
    con.execute("CREATE MACRO idiv(a, b) AS a // b")
    return con


def escaped(path: Path) -> str:
    """A path inside an SQL string literal."""
    return str(path).replace("'", "''")


def parquet(files: Sequence[Path]) -> str:
    """A table expression over Parquet files."""
    listed = ", ".join(file_literal(file) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"


def rows(con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
    """Run a query and fetch everything."""
    return con.execute(sql, list(parameters)).fetchall()


def scalar(con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()) -> int:
    """Run a query for one integer; NULL counts as 0, for sums over nothing."""
    row = con.execute(sql, list(parameters)).fetchone()
    assert row is not None
    return int(row[0] or 0)

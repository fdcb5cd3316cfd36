"""Import of a CSV of messages: rows a second, and against reading the same bytes as text."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from bench.case import Ratio, median_seconds
from earnest.usecases.import_files import Options, import_files
from earnest.usecases.workspace import init

ROWS = 1_000_000


def columnar(_statuses: int) -> Iterator[Ratio]:
    """1 M rows with phones, four times, campaign and cost: the whole import against materialising the CSV as text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "messages.csv"
        _write(path)
        number = iter(range(100))

        def ours() -> object:
            workspace = init(Path(folder) / f"w{next(number)}", currency="EUR", timezone="Europe/Berlin")
            return import_files(workspace, [path], "messages", options=Options(), then_build=False)

        def text() -> object:
            con = duckdb.connect()
            con.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{path}', all_varchar = true)")
            return con.execute("SELECT count(*) FROM t").fetchone()

        mine, limit = median_seconds(ours), median_seconds(text)
    yield Ratio("rows per second, from file to durable segments", ROWS / mine, "rows/s")
    yield Ratio("whole import / reading the CSV as text", mine / limit, bar=60)


def _write(path: Path) -> None:
    con = duckdb.connect()
    con.execute(
        f"""COPY (SELECT 'wamid.' || i AS message_id, '+49151' || (10000000 + i % 400000) AS phone, 'whatsapp' AS channel,
            'camp-' || i % 20 AS campaign, strftime(t, '%Y-%m-%dT%H:%M:%SZ') AS sent_at,
            strftime(t + INTERVAL 5 SECOND, '%Y-%m-%dT%H:%M:%SZ') AS delivered_at,
            CASE WHEN i % 3 > 0 THEN strftime(t + INTERVAL 1 HOUR, '%Y-%m-%dT%H:%M:%SZ') END AS read_at,
            CASE WHEN i % 20 = 0 THEN strftime(t + INTERVAL 2 HOUR, '%Y-%m-%dT%H:%M:%SZ') END AS clicked_at, '0.0713' AS cost
        FROM (SELECT i, TIMESTAMP '2026-03-01' + to_seconds(i % 15000000) AS t FROM range({ROWS}) AS r(i)))
        TO '{path}' (HEADER)"""
    )

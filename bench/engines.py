"""The same tables built by DuckDB and on Spark SQL, in one run on one machine."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench.case import Ratio, median_seconds
from earnest.simulation.demo import demo_plan
from earnest.simulation.shop import write
from earnest.usecases.demo import load_shop
from earnest.usecases.rebuild import table_hashes
from earnest.usecases.tables import build
from earnest.usecases.workspace import Workspace

MOST_MESSAGES = 300_000


def engines(statuses: int) -> Iterator[Ratio]:
    """A simulated shop's whole generation: DuckDB here, and Sail (Spark Connect) on the same cores and files."""
    with tempfile.TemporaryDirectory() as folder, _sail() as remote:
        workspace = _shop(Path(folder), min(MOST_MESSAGES, statuses // 3))
        here = build(workspace, full=True)
        yield Ratio("rows of all its tables", sum(f.rows for files in here.tables.values() for f in files), "rows")
        duck = median_seconds(lambda: build(workspace, full=True))
        yield Ratio("full build by DuckDB", duck, "s")
        sail = median_seconds(lambda: build(workspace, remote=remote))
        yield Ratio("full build on Sail / by DuckDB", sail / duck)
        hashes = [table_hashes(workspace.tables, built) for built in (here, build(workspace, remote=remote))]
        yield Ratio(
            "tables that differ", sum(hashes[0][name] != hashes[1][name] for name in hashes[0]), "tables", bar=0
        )


def _shop(folder: Path, messages: int) -> Workspace:
    plan = demo_plan(messages, 7, today=date(2026, 11, 1))
    return load_shop(folder / "workspace", plan, write(plan, folder / "files"))[0]


@contextlib.contextmanager
def _sail() -> Iterator[str]:
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    try:
        yield f"sc://127.0.0.1:{server.listening_address[1]}"
    finally:
        server.stop()

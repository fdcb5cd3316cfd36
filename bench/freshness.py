"""From 200 to the tables: how long after its acknowledgement a status stands in the tables, at a steady thousand a second."""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.case import Ratio
from bench.serving import AIM_PER_SECOND, drive, serve
from earnest.definitions.source import Source
from earnest.usecases.workspace import Workspace, init

SECONDS = 40
WARM = 10
"""Seconds at the start that are left out: the first build is a full one."""


def freshness(_statuses: int) -> Iterator[Ratio]:
    """A watcher notes, thirty times a second, the last entry in the journal and the last one in the tables."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        workspace = init(shop, currency="EUR", timezone="Europe/Berlin")
        workspace.record("source.set", Source("wa", "whatsapp", "meta", ("env:BENCH_SECRET",)).to_json())
        with serve(shop) as port:
            watch = _Watch(workspace)
            watch.start()
            drive(port, seconds=SECONDS, rate=AIM_PER_SECOND)
            watch.stopped.set()
            watch.join()
        lags = sorted(watch.lags())
    yield Ratio(f"200 to tables at {AIM_PER_SECOND:,}/s, p50", statistics.median(lags), "s")
    yield Ratio(f"200 to tables at {AIM_PER_SECOND:,}/s, p95", lags[int(0.95 * len(lags))], "s", bar=4)
    yield Ratio(f"200 to tables at {AIM_PER_SECOND:,}/s, longest", lags[-1], "s")


class _Watch(threading.Thread):
    """Notes when each entry was in the journal, and when the tables had come so far."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.stopped = threading.Event()
        self.kept: list[tuple[float, int]] = []
        self.built: list[tuple[float, int]] = []
        self.began = time.monotonic()

    def run(self) -> None:
        target = self.workspace.tables / "current.json"
        with self.workspace.journal() as journal:
            while not self.stopped.wait(1 / 30):
                self.kept.append((time.monotonic(), journal.last_received()[0]))
                try:
                    facts = json.loads(target.read_text())["facts"]
                except FileNotFoundError:
                    continue
                self.built.append((time.monotonic(), int(facts["received_seq"])))

    def lags(self) -> list[float]:
        """For each look at the journal: seconds until the tables held the entry it saw."""
        found = []
        for at, seq in self.kept:
            if at - self.began < WARM:
                continue
            ready = next((then for then, built in self.built if built >= seq), None)
            if ready is not None:
                found.append(ready - at)
        return found

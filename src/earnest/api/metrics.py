"""What a served workspace counts, as Prometheus text: what came, what was refused and why, how long keeping took, how far the
builder is behind. Names and codes only; nothing of what was sent.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from earnest.definitions.state import State
from earnest.journal.writer import Group
from earnest.usecases.heartbeat import heartbeat
from earnest.usecases.quarantine_received import waiting_by_source
from earnest.usecases.workspace import Workspace
from earnest.warehouse import received

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000)


class Figures:
    """The figures of one workspace, since this process began.

    Args:
        clicks_lost: reason → clicks answered and not kept.
    """

    def __init__(self, workspace: Workspace, clicks_lost: Callable[[], Mapping[str, int]] = dict) -> None:
        self._workspace = workspace
        self.registry = CollectorRegistry()
        registry = self.registry
        self._received = Counter("earnest_received", "Deliveries kept, by source.", ["source"], registry=registry)
        self._again = Counter(
            "earnest_received_again", "Deliveries kept before, told again.", ["source"], registry=registry
        )
        self._bytes = Counter("earnest_received_bytes", "Bytes of bodies kept.", ["source"], registry=registry)
        self._refused = Counter(
            "earnest_refused", "Deliveries not kept, by reason.", ["source", "reason"], registry=registry
        )
        self.keep_seconds = Histogram(
            "earnest_keep_seconds", "From the whole body to the synced entry.", buckets=SECONDS, registry=registry
        )
        self._commit = Histogram(
            "earnest_commit_seconds", "One transaction with its sync.", buckets=SECONDS, registry=registry
        )
        self._group = Histogram(
            "earnest_commit_entries", "Entries of one transaction.", buckets=SIZES, registry=registry
        )
        self._failed = Counter(
            "earnest_commit_failures", "Transactions that failed, by reason.", ["reason"], registry=registry
        )
        self._quarantined = Gauge(
            "earnest_quarantined", "Elements that wait in quarantine, by source.", ["source"], registry=registry
        )
        self._redirects = Counter("earnest_redirects", "Clicks answered with their destination.", registry=registry)
        self._children: dict[tuple[str, ...], Counter] = {}
        self._scraped = _scraped(registry)
        registry.register(_Lost(clicks_lost))
        ProcessCollector(registry=registry)

    def redirected(self) -> None:
        """Count a click that was answered with its destination."""
        self._redirects.inc()

    def kept_unawaited(self, source: str, entries: int, *, size: int) -> None:
        """Count what is in the journal and nobody waited for; in the writer's thread."""
        self._received.labels(source).inc(entries)
        self._bytes.labels(source).inc(size)

    def kept(self, source: str, size: int, *, again: bool, seconds: float) -> None:
        """Count a delivery that is in the journal."""
        self.keep_seconds.observe(seconds)
        if again:
            self._child(self._again, source).inc()
            return
        self._child(self._received, source).inc()
        self._child(self._bytes, source).inc(size)

    def refused(self, source: str, reason: str) -> None:
        """Count a delivery that is not. `source`: a declared one, or empty. `reason`: one of our codes."""
        self._child(self._refused, source, reason).inc()

    def committed(self, group: Group[Any]) -> None:
        """Count a transaction; in the writer's thread."""
        if group.fault is not None:
            self._failed.labels(group.fault.code).inc()
            return
        self._commit.observe(group.seconds)
        self._group.observe(len(group.tickets))

    def scrape(
        self, *, journal_seq: int, last_received: tuple[int, int], waiting: int, writable: bool, state: State
    ) -> bytes:
        """Everything, now, in the text format."""
        now_us = self._workspace.clock()
        seq, received_us = last_received
        beat = heartbeat(self._workspace)
        set_to = self._scraped
        set_to["journal_seq"](journal_seq)
        set_to["journal_waiting"](waiting)
        set_to["journal_writable"](int(writable))
        set_to["disk_free_bytes"](shutil.disk_usage(self._workspace.path).free)
        set_to["last_received_seconds"](received_us / 1e6)
        set_to["builder_heartbeat_age_seconds"]((now_us - beat.at_us) / 1e6 if beat else float("nan"))
        set_to["builder_failing"](int(beat is not None and beat.error is not None))
        set_to["builder_lag_entries"](max(0, seq - beat.read_seq) if beat else seq)
        behind = beat is None or beat.read_seq < seq
        read_us = beat.read_received_us if beat and beat.read_received_us else received_us
        set_to["builder_lag_seconds"](max(0, received_us - read_us) / 1e6 if behind else 0)
        waits = waiting_by_source(self._workspace, state)
        told = {source for chunk in received.load(self._workspace.events).chunks for source in chunk.counts}
        for source in told | waits.keys():
            self._quarantined.labels(source).set(waits.get(source, 0))
        return generate_latest(self.registry)

    def _child(self, counter: Counter, *labels: str) -> Counter:
        """The labelled counter, remembered: the library looks it up under a lock."""
        key = (str(counter), *labels)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = counter.labels(*labels)
        return child


class _Lost(Collector):
    def __init__(self, counted: Callable[[], Mapping[str, int]]) -> None:
        self._counted = counted

    def collect(self) -> Iterator[CounterMetricFamily]:
        told = CounterMetricFamily("earnest_clicks_lost", "Clicks answered and not kept, by reason.", labels=["reason"])
        for reason, clicks in self._counted().items():
            told.add_metric([reason], clicks)
        yield told


_GAUGES = {
    "journal_seq": "Number of the journal's last entry.",
    "journal_waiting": "Deliveries that wait for their transaction.",
    "journal_writable": "1 while the last transaction did not fail.",
    "disk_free_bytes": "Bytes free where the workspace lies.",
    "last_received_seconds": "When something was last received, unix seconds.",
    "builder_heartbeat_age_seconds": "Seconds since the builder last said that it runs; NaN if it never did.",
    "builder_failing": "1 if the builder's last round failed.",
    "builder_lag_entries": "Entries received after the last one that is in the tables.",
    "builder_lag_seconds": "Seconds between the last entry received and the last one in the tables.",
}


def _scraped(registry: CollectorRegistry) -> dict[str, Callable[[float], None]]:
    return {name: Gauge(f"earnest_{name}", words, registry=registry).set for name, words in _GAUGES.items()}

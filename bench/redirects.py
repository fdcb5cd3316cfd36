"""Links followed: answered from memory and journalled behind the answer, against a handler on the same uvicorn that does nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.case import Ratio
from bench.serving import drive, latencies, running
from earnest.definitions.link import Link
from earnest.journal.log import Journal
from earnest.tracking.codes import Code, Codec
from earnest.usecases.lost_clicks import clicks_lost
from earnest.usecases.workspace import Workspace, init

AIM_PER_SECOND = 1_000
LINKS = 200
CODES = 1_000
_UNBOUND = ("--clicks-per-address", "0", "--log-level", "warning")
"""All clicks come from one address."""


def redirects(_statuses: int) -> Iterator[Ratio]:
    """Redirects a second, saturated and at 1,000/s, 64 connections (who clicks is on the same cores, in a process of its own)."""
    with tempfile.TemporaryDirectory() as folder:
        shop = init(Path(folder) / "shop", currency="EUR", timezone="Europe/Berlin")
        asked = ["--get", *(part for path in _paths(shop) for part in ("--path", path))]
        with running("bench.noop", "bare") as port:
            drive(port, seconds=1, extra=asked)
            noop = drive(port, seconds=4, extra=asked)["per_second"]
        with running("earnest.api", "--workspace", str(shop.path), *_UNBOUND) as port:
            warm = drive(port, seconds=1, rate=AIM_PER_SECOND, extra=asked)
            calm = drive(port, seconds=10, rate=AIM_PER_SECOND, extra=asked)
        lost_calm = _lost(shop)
        with running("earnest.api", "--workspace", str(shop.path), *_UNBOUND) as port:
            again = drive(port, seconds=1, extra=asked)
            full = drive(port, seconds=4, extra=asked)
        kept, lost = _kept(shop), _lost(shop)
    answered = 0
    for one in (warm, calm, again, full):
        assert set(one["statuses"]) == {"302"}, one["statuses"]
        answered += one["answered"]
    assert answered == kept + lost, (answered, kept, lost)
    yield Ratio("no-op, a bare function, saturated, 64 connections", noop, "requests/s")
    yield Ratio("redirects, saturated, 64 connections", full["per_second"], "requests/s")
    yield Ratio("no-op function / redirects", noop / full["per_second"], bar=15)
    yield from latencies(f"at {AIM_PER_SECOND:,}/s", calm, bar=250)
    yield Ratio("asked for at that rate / answered", AIM_PER_SECOND / calm["per_second"], bar=1.25)
    yield Ratio("clicks lost at that rate", lost_calm, "clicks", bar=0)
    yield Ratio("clicks lost, saturated", lost - lost_calm, "clicks")


def _paths(shop: Workspace) -> list[str]:
    """Addresses of links that are there now, each of a recipient of its own."""
    shop.record("link.hosts", {"hosts": ["shop.example"]})
    for number in range(1, LINKS + 1):
        link = Link(
            f"link{number}", number, f"https://shop.example/offer/{number}", campaign="spring", utm={"source": "sms"}
        )
        shop.record("link.set", link.to_json())
    codec = Codec(shop.key(), "link")
    return [f"/r/{codec.write(Code(1 + number % LINKS, 1 + number))}" for number in range(CODES)]


def _lost(shop: Workspace) -> int:
    return sum(one.clicks for one in clicks_lost(shop).values())


def _kept(shop: Workspace) -> int:
    with Journal(shop.path / "journal.db") as journal:
        broken = journal.verify()
        assert broken is None, broken
        return sum(journal.received_counts(after=0).values())

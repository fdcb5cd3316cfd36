"""Clicks in the writer's queue: nobody waits for them, they wait for others, and each is kept or counted as lost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from earnest.api import place as places
from earnest.api.place import Place
from earnest.api.room import Usage
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.errors import EnvironmentProblem
from earnest.usecases.workspace import init


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(places, "WRITER_BUSY_MS", 20)
    made = Place("shop", init(tmp_path / "shop", currency="EUR", timezone="UTC"))
    yield made
    made.close()


@contextlib.contextmanager
def held(place: Place) -> Iterator[None]:
    """Another process writes to the journal."""
    with contextlib.closing(apsw.Connection(str(place.workspace.path / "journal.db"))) as other:
        other.set_busy_timeout(20_000)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def click(number: int) -> Draft:
    return Draft(RECEIVED, b"%d" % number, "earnest.links", 1)


def kept(place: Place) -> list[int]:
    with place.workspace.journal() as journal:
        return sorted(int(entry.body) for entry in journal.received(after=0) if entry.source == "earnest.links")


def failures(place: Place) -> float:
    return place.figures.registry.get_sample_value("earnest_commit_failures_total", {"reason": "journal-busy"}) or 0.0


def until_refused(place: Place) -> None:
    """Until the writer has not got hold of the journal once more."""
    before, end = failures(place), time.monotonic() + 20
    while failures(place) == before:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_clicks_wait_for_another_process(place: Place) -> None:
    with held(place):
        for number in range(50):
            place.keep_click(click(number))
        until_refused(place)
        until_refused(place)
    place.close()
    assert kept(place) == list(range(50))
    assert place.lost.since_began() == {}


def test_clicks_that_still_wait_at_the_end_are_counted(place: Place) -> None:
    with held(place):
        for number in range(50):
            place.keep_click(click(number))
        place.close()
        place.keep_click(click(50))
    assert kept(place) == []
    assert place.lost.since_began() == {"journal-closed": 51}


def test_clicks_leave_room_for_deliveries(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_CLICKS_WAITING", 5)

    async def deliver() -> bool:
        return (await place.keep(Draft(RECEIVED, b"{}", "wa", 1))).again

    with held(place):
        for number in range(200):
            place.keep_click(click(number))
        with pytest.raises(EnvironmentProblem) as caught:  # taken, and told that the journal is held
            asyncio.run(deliver())
        assert caught.value.code == "journal-busy"
    assert asyncio.run(deliver()) is False
    place.close()
    assert place.lost.since_began() == {"journal-overloaded": 200 - len(kept(place))}
    assert len(kept(place)) <= 10


def test_the_last_of_the_disk_is_for_deliveries(place: Place) -> None:
    disk = {"free": (1 << 30) - 1, "now_s": 100.0, "asked": 0}

    def look(_folder: Path) -> Usage:
        disk["asked"] += 1
        return Usage(1 << 40, 0, int(disk["free"]))

    place.room.look, place.room.clock = look, lambda: disk["now_s"]
    for number in range(5):
        place.keep_click(click(number))
    assert asyncio.run(place.keep(Draft(RECEIVED, b"{}", "wa", 1))).again is False
    assert (place.lost.since_began(), disk["asked"]) == ({"disk-low": 5}, 1)
    disk["free"] = 1 << 30
    disk["now_s"] += 0.9
    place.keep_click(click(5))
    disk["now_s"] += 0.1
    place.keep_click(click(6))
    place.close()
    assert (place.lost.since_began(), disk["asked"]) == ({"disk-low": 6}, 2)
    assert kept(place) == [6]


def test_a_broken_journal_counts_what_waits(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_drafts: object) -> None:
        raise OSError

    monkeypatch.setattr(place.writer._journal, "append_many", fails)
    place.keep_click(click(1))
    end = time.monotonic() + 20
    while place.writer.broken is None:
        assert time.monotonic() < end
        time.sleep(0.005)
    place.keep_click(click(2))
    place.close()
    assert place.lost.since_began() == {"journal-unwritable": 2}


def test_clicks_and_deliveries_share_a_transaction(place: Place) -> None:
    async def together() -> list[int]:
        waiting = []
        for number in range(30):
            place.keep_click(click(number))
            waiting.append(asyncio.ensure_future(place.keep(Draft(RECEIVED, b"{}", "wa", 1))))
            await asyncio.sleep(0)
        return [one.seq for one in await asyncio.gather(*waiting)]

    seqs = asyncio.run(together())
    place.close()
    assert len(set(seqs)) == 30
    assert kept(place) == list(range(30))
    counted = place.figures.registry.get_sample_value("earnest_received_total", {"source": "earnest.links"})
    assert counted == 30

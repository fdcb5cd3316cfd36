"""What is lost is added up over servers and restarts; a disk that cannot take it gets it later."""

from __future__ import annotations

from pathlib import Path

from earnest.usecases.lost_clicks import Lost, LostClicks, clicks_lost
from earnest.usecases.workspace import Workspace


def test_servers_add_up(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    old, new = LostClicks.of(place), LostClicks.of(place)
    old.add("journal-full", 2, now_us=10)
    new.add("journal-full", 3, now_us=30)
    new.add("journal-busy", 1, now_us=20)
    assert clicks_lost(place) == {}
    new.save()
    old.save()
    old.save()
    assert clicks_lost(place) == {"journal-full": Lost(5, 30), "journal-busy": Lost(1, 20)}
    assert old.since_began() == {"journal-full": 2}
    assert new.since_began() == {"journal-full": 3, "journal-busy": 1}
    old.add("journal-full", 1, now_us=40)
    old.save()
    assert clicks_lost(place)["journal-full"] == Lost(6, 40)


def test_what_cannot_be_written_is_written_later(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    place.tables.write_text("in the way of the folder")
    counted = LostClicks.of(place)
    counted.add("journal-full", 2, now_us=1)
    counted.save()
    counted.add("journal-full", 1, now_us=2)
    place.tables.unlink()
    counted.save()
    assert clicks_lost(place) == {"journal-full": Lost(3, 2)}


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    place.tables.mkdir()
    (place.tables / "clicks_lost.json").write_text('{"journal-full": 3}')
    assert clicks_lost(place) == {}

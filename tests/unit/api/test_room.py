"""When the rest of a disk is for deliveries alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.api.room import Room, Usage

GB = 1 << 30


@pytest.mark.parametrize(
    ("total", "free", "low"),
    [
        (252 * GB, GB, False),  # 1 GB is less than 5 %
        (252 * GB, GB - 1, True),
        (10 * GB, GB // 2, False),  # 5 % of 10 GB
        (10 * GB, GB // 2 - 1, True),
        (20 * GB, GB - 1, True),
        (0, 0, False),  # a file system that does not say
    ],
)
def test_below_a_gigabyte_or_a_twentieth_whichever_is_less(total: int, free: int, low: bool) -> None:
    assert Room(Path(), look=lambda _: Usage(total, total - free, free)).is_low() is low


def test_a_disk_that_cannot_be_asked_is_as_it_was() -> None:
    now, answers = [0.0], [Usage(GB, GB, 0), None, Usage(GB, 0, GB)]

    def look(_folder: Path) -> Usage:
        answer = answers.pop(0)
        if answer is None:
            raise OSError
        return answer

    room = Room(Path(), clock=lambda: now[0], look=look)
    found = []
    for _ in range(3):
        found += [room.is_low(), room.is_low()]
        now[0] += 1
    assert found == [True, True, True, True, False, False]


def test_the_disk_of_a_folder_is_asked(tmp_path: Path) -> None:
    asked: list[Path] = []

    def look(folder: Path) -> Usage:
        asked.append(folder)
        return Usage(GB, 0, GB)

    assert Room(tmp_path, look=look).is_low() is False
    assert asked == [tmp_path]
    assert Room(tmp_path / "gone").is_low() is False

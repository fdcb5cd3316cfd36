"""Group commit: everything that waits in one transaction; bounded; a full disk passes, anything else is final."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from earnest.journal.log import Draft, Journal
from earnest.journal.writer import Group, Limits, Overloaded, Writer
from earnest.kernel.errors import EnvironmentProblem


class Deliveries:
    """Groups as they come back, and a journal whose transactions can be held up or made to fail."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        self.path = path
        self.groups: queue.Queue[Group[int]] = queue.Queue()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.fail: list[apsw.Error] = []
        journal = Journal(path)
        append = journal._append_all

        def held(drafts: object) -> object:
            self.entered.set()
            self.gate.wait()
            kept = append(drafts)  # type: ignore[arg-type]
            if self.fail:
                raise self.fail.pop()
            return kept

        journal._append_all = held  # type: ignore[method-assign, assignment]
        ticks = iter(range(1_000_000))
        self.writer: Writer[int] = Writer(journal, self.groups.put, clock=lambda: float(next(ticks)), limits=limits)

    def hold(self) -> None:
        """The next group stays in its transaction, with ticket 0 in it, until `gate` is set."""
        self.gate.clear()
        self.entered.clear()
        self.writer.submit(draft(0), 0)
        assert self.entered.wait(10)

    def next(self) -> Group[int]:
        return self.groups.get(timeout=10)

    def bodies(self) -> list[bytes]:
        with Journal(self.path) as journal:
            assert journal.verify() is None
            return [entry.body for entry in journal.received(after=0)]


def draft(number: int, *, size: int = 0, key: str | None = None) -> Draft:
    return Draft("received", f"{number}".encode().ljust(size, b"."), "wa", 1_000_000 + number, key)


Make = Callable[..., Deliveries]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda limits=None: Deliveries(tmp_path / "journal.db", limits)


def test_what_waits_becomes_one_group_in_its_order(make: Make) -> None:
    all_ = make()
    all_.hold()
    for number in range(1, 6):
        all_.writer.submit(draft(number), number)
    assert all_.writer.waiting == 5
    all_.gate.set()
    assert all_.next().tickets == [0]
    group = all_.next()
    assert (group.tickets, group.fault, group.size_bytes, group.seconds) == ([1, 2, 3, 4, 5], None, 5, 1.0)
    assert [kept.seq for kept in group.kept] == [2, 3, 4, 5, 6]
    all_.writer.close()
    assert all_.bodies() == [b"0", b"1", b"2", b"3", b"4", b"5"]


def test_a_known_key_says_where_it_stands(make: Make) -> None:
    all_ = make()
    all_.writer.submit(draft(1, key="k"), 1)
    first = all_.next().kept[0]
    all_.hold()
    all_.writer.submit(draft(2, key="k"), 2)
    all_.writer.submit(draft(3, key="new"), 3)
    all_.writer.submit(draft(4, key="new"), 4)
    all_.gate.set()
    all_.next()
    again, new, twice = all_.next().kept
    assert (again.seq, again.again, again.body_sha256) == (first.seq, True, first.body_sha256)
    assert (new.again, twice.again, twice.seq) == (False, True, new.seq)
    all_.writer.close()


def test_a_full_queue_takes_nothing_more(make: Make) -> None:
    all_ = make(Limits(waiting=3))
    all_.hold()
    for number in (1, 2, 3):
        all_.writer.submit(draft(number), number)
    with pytest.raises(Overloaded) as refused:
        all_.writer.submit(draft(4), 4)
    assert refused.value.code == "journal-overloaded"
    all_.gate.set()
    all_.next()
    assert all_.next().tickets == [1, 2, 3]
    all_.writer.submit(draft(5), 5)
    assert all_.next().tickets == [5]
    all_.writer.close()
    assert b"4" not in all_.bodies()


def test_the_queue_is_bounded_in_bytes_but_takes_one_of_any_size(make: Make) -> None:
    all_ = make(Limits(waiting_bytes=100))
    all_.hold()
    all_.writer.submit(draft(1, size=500), 1)
    with pytest.raises(Overloaded):
        all_.writer.submit(draft(2, size=1), 2)
    all_.gate.set()
    all_.next()
    assert all_.next().size_bytes == 500
    all_.writer.close()


def test_groups_are_bounded(make: Make) -> None:
    all_ = make(Limits(group=2, group_bytes=10))
    all_.hold()
    for number, size in ((1, 4), (2, 4), (3, 4), (4, 20), (5, 4), (6, 8)):
        all_.writer.submit(draft(number, size=size), number)
    all_.gate.set()
    all_.next()
    assert [all_.next().tickets for _ in range(5)] == [[1, 2], [3], [4], [5], [6]]
    all_.writer.close()


def test_a_full_disk_fails_its_group_and_no_other(make: Make) -> None:
    all_ = make()
    all_.fail.append(apsw.FullError("disk"))
    all_.writer.submit(draft(1), 1)
    failed = all_.next()
    assert failed.fault is not None
    assert (failed.tickets, failed.kept, failed.fault.code) == ([1], [], "journal-full")
    assert all_.writer.short_of_room
    assert all_.writer.broken is None
    all_.writer.submit(draft(2), 2)
    assert all_.next().fault is None
    assert not all_.writer.short_of_room
    all_.writer.close()
    assert all_.bodies() == [b"2"]


def test_a_busy_journal_passes_too(make: Make) -> None:
    all_ = make()
    all_.fail.append(apsw.BusyError("locked"))
    all_.writer.submit(draft(1), 1)
    failed = all_.next()
    assert failed.fault is not None
    assert failed.fault.code == "journal-busy"
    assert all_.writer.broken is None
    all_.writer.close()


@pytest.mark.parametrize("error", [apsw.IOError("fsync"), apsw.CorruptError("malformed"), apsw.ReadOnlyError("ro")])
def test_any_other_failed_write_is_final(make: Make, error: apsw.Error) -> None:
    all_ = make()
    all_.fail.append(error)
    all_.hold()
    all_.writer.submit(draft(1), 1)
    all_.gate.set()
    for ticket in (0, 1):
        group = all_.next()
        assert group.fault is not None
        assert (group.tickets, group.kept, group.fault.code) == ([ticket], [], "journal-unwritable")
    assert all_.writer.broken is not None
    with pytest.raises(EnvironmentProblem) as refused:
        all_.writer.submit(draft(2), 2)
    assert refused.value.code == "journal-unwritable"
    all_.writer.close()
    assert all_.bodies() == []


def test_closing_writes_what_waits_and_takes_nothing_more(make: Make) -> None:
    all_ = make()
    all_.hold()
    all_.writer.submit(draft(1), 1)
    closing = threading.Thread(target=all_.writer.close)
    closing.start()
    while not all_.writer._closing:
        pass
    with pytest.raises(EnvironmentProblem) as refused:
        all_.writer.submit(draft(2), 2)
    assert refused.value.code == "journal-closed"
    all_.gate.set()
    closing.join(10)
    assert not closing.is_alive()
    all_.writer.close()
    assert all_.bodies() == [b"0", b"1"]


def test_who_waits_is_told_when_groups_cannot_be_delivered(tmp_path: Path) -> None:
    heard: queue.Queue[Group[int]] = queue.Queue()

    def deliver(group: Group[int]) -> None:
        heard.put(group)
        raise OSError(28, "no space left on device")

    writer: Writer[int] = Writer(Journal(tmp_path / "journal.db"), deliver, clock=lambda: 0.0)
    writer.submit(draft(1), 1)
    assert heard.get(timeout=10).fault is None
    again = heard.get(timeout=10)
    assert again.fault is not None
    assert (again.tickets, again.kept, again.fault.code) == ([1], [], "journal-unwritable")
    assert writer.broken is not None
    with pytest.raises(EnvironmentProblem) as refused:
        writer.submit(draft(2), 2)
    assert refused.value.code == "journal-unwritable"
    writer.close()


def test_a_thread_that_ends_fails_what_waits(make: Make) -> None:
    all_ = make()
    all_.hold()
    all_.writer.submit(draft(1), 1)

    def ends(_group: object) -> Group[int]:
        raise SystemExit

    all_.writer._write = ends  # type: ignore[method-assign]
    all_.writer.submit(draft(2), 2)
    all_.writer._limits = Limits(group=1)
    all_.gate.set()
    assert all_.next().fault is None
    left = all_.next()
    assert left.fault is not None
    assert left.tickets == [1, 2]
    all_.writer._thread.join(10)
    assert all_.writer.broken is not None
    with pytest.raises(EnvironmentProblem):
        all_.writer.submit(draft(3), 3)
    all_.writer.close()

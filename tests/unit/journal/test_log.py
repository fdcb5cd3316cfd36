"""The journal: durable settings, one entry a key for ever, a chain that shows any change, several writers at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.journal.log import Journal, refuse_old_sqlite
from earnest.kernel.errors import Conflict, EnvironmentProblem


def filled(path: Path, count: int = 5) -> Path:
    with Journal(path) as journal:
        for number in range(count):
            journal.append(
                "setting.set",
                b"%d" % number,
                source="user",
                received_us=number,
                dedupe_key=f"k{number}",
                headers={"n": str(number)},
            )
    return path


def tampered(path: Path, *statements: str) -> Path:
    db = apsw.Connection(str(path))
    for sql in statements:
        db.execute(sql)
    db.close()
    return path


def broken_at(path: Path) -> int | None:
    with Journal(path) as journal:
        found = journal.verify()
    return found.seq if found else None


def test_an_append_returns_after_the_sync(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.db") as journal:
        settings = {name: journal._db.pragma(name) for name in ("synchronous", "journal_mode", "busy_timeout")}
    assert settings == {"synchronous": 2, "journal_mode": "wal", "busy_timeout": 30_000}


def test_entries_come_back_as_they_were(tmp_path: Path) -> None:
    body = bytes(range(256))
    with Journal(tmp_path / "j.db") as journal:
        one = journal.append("hook", body, source="meta", received_us=7, headers={"B": "2", "A": "ü"})
        journal.append("setting.set", b'{"a": 1}', source="user", received_us=9)
    with Journal(tmp_path / "j.db") as journal:
        entries = list(journal.entries())
        assert entries[0] == one
        assert (entries[0].seq, entries[0].body, entries[0].headers) == (1, body, {"A": "ü", "B": "2"})
        assert [entry.seq for entry in journal.entries(kind_prefix="setting.")] == [2]
        assert [entry.seq for entry in journal.entries(kind_prefix="%")] == []
        assert [len(list(journal.entries(until_us=us))) for us in (7, 8, 9, 10)] == [0, 1, 1, 2]


def test_a_key_is_taken_for_ever(tmp_path: Path) -> None:
    path = filled(tmp_path / "j.db")
    with Journal(path) as journal:
        with pytest.raises(Conflict) as caught:
            journal.append("other", b"other", source="other", received_us=10**15, dedupe_key="k2")
        assert (caught.value.code, caught.value.facts["seq"]) == ("already-journalled", 3)
        assert [entry.seq for entry in journal.entries()] == [1, 2, 3, 4, 5]
        journal.append("other", b"", source="user", received_us=10)
        journal.append("other", b"", source="user", received_us=10)
        assert [entry.dedupe_key for entry in journal.entries()][-2:] == [None, None]
    assert broken_at(path) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 10**15), max_size=30))
def test_a_clock_set_back_never_takes_an_entry_behind_its_predecessor(clock: list[int]) -> None:
    with Journal(Path(":memory:")) as journal:
        times = [journal.append("e", b"", source="user", received_us=us).received_us for us in clock]
        assert [entry.received_us for entry in journal.entries()] == times
        assert journal.verify() is None
    assert times == [max(clock[: place + 1]) for place in range(len(clock))]


@pytest.mark.parametrize(
    ("change", "seq"),
    [
        ("UPDATE entry SET body = x'39' WHERE seq = 3", 3),
        ("UPDATE entry SET body = x'39', body_sha256 = x'00' WHERE seq = 3", 3),
        ("UPDATE entry SET received_us = received_us + 1 WHERE seq = 2", 2),
        ("UPDATE entry SET source = 'meta' WHERE seq = 1", 1),
        ("UPDATE entry SET kind = 'erased' WHERE seq = 4", 4),
        ("UPDATE entry SET dedupe_key = NULL WHERE seq = 4", 4),
        ("UPDATE entry SET headers = '{}' WHERE seq = 2", 2),
        ("UPDATE entry SET headers = 'no json' WHERE seq = 2", 2),
        ("UPDATE entry SET headers = '[]' WHERE seq = 2", 2),
        ("UPDATE entry SET headers = 'null' WHERE seq = 2", 2),
        ("UPDATE entry SET chain = x'00' WHERE seq = 5", 5),
        ("UPDATE entry SET body = x'39' WHERE seq = 5", 5),
        ("UPDATE entry SET source = 'meta' WHERE seq = 5", 5),
        ("DELETE FROM entry WHERE seq = 3", 3),
        ("DELETE FROM entry WHERE seq = 1", 1),
        ("UPDATE entry SET seq = 7 WHERE seq = 5", 5),
    ],
)  # fmt: skip
def test_the_chain_shows_any_change(tmp_path: Path, change: str, seq: int) -> None:
    assert broken_at(tampered(filled(tmp_path / "j.db"), change)) == seq


def test_the_chain_shows_exchanged_and_moved_up_entries(tmp_path: Path) -> None:
    exchanged = (
        "UPDATE entry SET seq = 99 WHERE seq = 2",
        "UPDATE entry SET seq = 2 WHERE seq = 3",
        "UPDATE entry SET seq = 3 WHERE seq = 99",
    )
    assert broken_at(tampered(filled(tmp_path / "a.db"), *exchanged)) == 2
    closed_gap = (
        "DELETE FROM entry WHERE seq = 3",
        "UPDATE entry SET seq = 3 WHERE seq = 4",
        "UPDATE entry SET seq = 4 WHERE seq = 5",
    )
    assert broken_at(tampered(filled(tmp_path / "b.db"), *closed_gap)) == 3


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_flipped_bit_in_any_column_is_seen(data: st.DataObject) -> None:
    seq, bit = data.draw(st.integers(1, 3)), data.draw(st.integers(0, 7))
    column = data.draw(st.sampled_from(["body", "body_sha256", "chain"]))
    with Journal(Path(":memory:")) as journal:
        for number in range(3):
            journal.append("e", b"body %d" % number, source="user", received_us=number)
        (value,) = journal._db.execute(f"SELECT {column} FROM entry WHERE seq = ?", (seq,)).fetchone()
        place = data.draw(st.integers(0, len(value) - 1))
        flipped = bytes(byte ^ (1 << bit) if at == place else byte for at, byte in enumerate(value))
        journal._db.execute(f"UPDATE entry SET {column} = ? WHERE seq = ?", (flipped, seq))
        found = journal.verify()
    assert found is not None
    assert found.seq == seq


_APPEND = """
import sys
from pathlib import Path
from earnest.journal.log import Journal
from earnest.kernel.errors import Conflict
name, path = sys.argv[1], Path(sys.argv[2])
with Journal(path) as journal:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(60):
        journal.append("e", f"{name}:{number}".encode(), source=name, received_us=number, dedupe_key=f"{name}:{number}")
        try:
            journal.append("shared", name.encode(), source=name, received_us=number, dedupe_key=f"shared:{number}")
        except Conflict:
            pass
"""


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    path = filled(tmp_path / "j.db", 1)
    writers = [
        subprocess.Popen([sys.executable, "-c", _APPEND, name, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("a", "b")
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.communicate("go\n", timeout=60)
        assert writer.returncode == 0
    with Journal(path) as journal:
        entries = list(journal.entries())
        assert journal.verify() is None
    assert [entry.seq for entry in entries] == list(range(1, 1 + 1 + 3 * 60))
    for name in ("a", "b"):
        own = [entry.body.decode() for entry in entries if entry.kind == "e" and entry.source == name]
        assert own == [f"{name}:{number}" for number in range(60)]
    assert len([entry for entry in entries if entry.kind == "shared"]) == 60


@pytest.mark.parametrize("version", ["3.51.2", "3.50.9", "3.9.1", "2.99.99"])
def test_old_sqlite_is_refused(version: str) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        refuse_old_sqlite(version)
    assert caught.value.code == "sqlite-too-old"


@pytest.mark.parametrize("version", ["3.51.3", "3.51.10", "3.100.0", "4.0"])
def test_newer_sqlite_is_taken(version: str) -> None:
    refuse_old_sqlite(version)


@pytest.mark.parametrize(
    "make", [lambda path: path.write_bytes(b"no database at all" * 100), lambda path: path.mkdir()]
)
def test_what_is_no_journal_says_so(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "j.db")
    with pytest.raises(EnvironmentProblem) as caught:
        Journal(tmp_path / "j.db")
    assert caught.value.code == "journal-unreadable"


def test_bodies_that_earnest_wrote_are_json(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.db") as journal:
        entry = journal.append("setting.set", json.dumps({"ä": [1, None]}).encode(), source="user", received_us=1)
    assert entry.data == {"ä": [1, None]}

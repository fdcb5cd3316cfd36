"""Numbers of recipients: one for ever for each identity, given in the journal's own transaction, found again from its entries."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from earnest.journal import recipients
from earnest.journal.log import Journal
from earnest.journal.recipients import Digests, Known, enrol, recreate, told_of
from earnest.kernel.errors import EnvironmentProblem

KEY = bytes(range(32))
NOON_US = 1_790_000_000_000_000


def phone(number: int) -> Known:
    return Known((("tel", f"+4915112345{number:03d}"),))


def given(journal: Journal, *wanted: Known, key: bytes = KEY) -> list[int]:
    return enrol(journal, wanted, digests=Digests(key), received_us=NOON_US)


def test_numbers_begin_at_one_and_stay(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db") as journal:
        assert given(journal, phone(1), phone(2), phone(1)) == [1, 2, 1]
        assert given(journal, phone(3), phone(2)) == [3, 2]
        assert given(journal) == []


def test_an_entry_tells_who_is_new_and_nothing_is_written_for_those_known(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db") as journal:
        given(journal, phone(1), Known((("mailto", "a@shop.example"), ("ext", "c-1"), ("ext", "c-2"))))
        given(journal, phone(1))
        (entry,) = journal.received(after=0)
    assert entry.source == "earnest.recipients"
    assert entry.received_us == NOON_US
    assert entry.headers == {"content-type": "application/json"}
    assert json.loads(entry.body) == {
        "recipients": [[1, {"phone": "+4915112345001"}], [2, {"email": "a@shop.example", "contact": "c-1"}]]
    }


def test_an_entry_holds_no_more_than_five_thousand(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db") as journal:
        wanted = [Known((("ext", f"c-{number}"),)) for number in range(5_001)]
        assert enrol(journal, wanted, digests=Digests(KEY), received_us=NOON_US) == list(range(1, 5_002))
        bodies = [json.loads(entry.body)["recipients"] for entry in journal.received(after=0)]
    assert [len(body) for body in bodies] == [5_000, 1]


def test_the_table_holds_no_identity(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db") as journal:
        given(journal, phone(1))
    db = apsw.Connection(str(tmp_path / "journal.db"))
    ((number, digest),) = db.execute("SELECT number, digest FROM recipient").fetchall()
    db.close()
    assert number == 1
    assert digest != Digests(bytes(32)).of("tel", "+4915112345001"), "the key is in it"
    assert len(digest) == 16


def test_the_table_is_made_anew_of_the_entries(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db") as journal:
        given(journal, phone(1), phone(2))
        given(journal, phone(3))
        assert recreate(journal, Digests(KEY)) == 3
        assert given(journal, phone(3), phone(4), phone(1)) == [3, 4, 1]


def test_a_journal_without_the_table_gets_it_from_its_entries(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db") as journal:
        given(journal, phone(1), phone(2))
    db = apsw.Connection(str(tmp_path / "journal.db"))
    db.execute("DROP TABLE recipient")
    db.close()
    with Journal(tmp_path / "journal.db") as journal:
        assert given(journal, phone(2), phone(9)) == [2, 3]


def test_a_refused_append_gives_nobody_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipients, "MOST_NUMBERS", 2)
    with Journal(tmp_path / "journal.db") as journal:
        assert given(journal, phone(1)) == [1]
        with pytest.raises(EnvironmentProblem) as caught:
            given(journal, phone(2), phone(3))
        assert caught.value.code == "recipients-exhausted"
        assert journal.last_seq() == 1
        assert given(journal, phone(3)) == [2]


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"recipients": None}, {"recipients": [None, 1, [], [1], ["1", {}], [1, {}], [1, {"phone": 7}], [True, {"phone": "x"}]]}],
    ids=repr,
)  # fmt: skip
def test_a_body_of_another_form_tells_of_nobody(body: object) -> None:
    assert list(told_of(body)) == []


def test_an_entry_is_appended_only_after_the_one_that_was_looked_at(tmp_path: Path) -> None:
    from earnest.journal.log import Draft

    with Journal(tmp_path / "journal.db") as journal:
        first = journal.append_after(0, Draft("link.hosts", b"{}", "user", NOON_US))
        assert first is not None
        assert journal.append_after(0, Draft("link.hosts", b"{}", "user", NOON_US)) is None
        given(journal, phone(1))
        assert journal.append_after(first.seq, Draft("link.hosts", b"{}", "user", NOON_US)) is not None, (
            "what was received changes nothing"
        )
        assert journal.verify() is None

"""What was told becomes event rows: keys, ranks, money, days and contacts, each checked against Python."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from earnest.channels.columns import Stage, micro_of, terms_key
from earnest.channels.emit import Emitter, bind_stage, duplicates
from earnest.channels.told import (
    ClickTold,
    Notice,
    OptTold,
    Party,
    Rejected,
    ReplyTold,
    SamePerson,
    StatusTold,
    Terms,
)
from earnest.events.keys import contact_key, content_key
from earnest.importers.emit import Stamp
from earnest.importers.identities import register_keys
from earnest.warehouse import duck

KEY = bytes(range(32))
LATE_US = 1_790_890_200_000_000
"""2026-10-01T21:30:00Z: 23:30 in Berlin, the next morning in Tokyo."""
OCTOBER_FIRST = 20_727
ADA = Party("4915112345678", "DE.1")
TERMS = Terms("W", "N", "message", "regular", "marketing", True, stage=3)
Rows = dict[str, list[dict[str, Any]]]


@contextlib.contextmanager
def staged(folder: Path, told: list[Any], *, chunk: int = 2) -> Iterator[tuple[duckdb.DuckDBPyConnection, Stage]]:
    stage = Stage(folder, currency="EUR", chunk=chunk)
    with stage:
        for row, one in enumerate(told, start=1):
            stage.add(row, None if row % 2 else 5, [one])
    with contextlib.closing(duck.connect()) as con:
        register_keys(con, KEY)
        bind_stage(con, stage, file_hash="f" * 64)
        yield con, stage


def emitted(folder: Path, told: list[Any], *, zone: str = "Europe/Berlin", source: str = "whatsapp") -> Rows:
    """Event kind → its rows, without empty columns."""
    emitter = Emitter("whatsapp", source=source, zone=zone, stamp=Stamp("f" * 64, 99, 1_000))
    found: Rows = {}
    with staged(folder, told) as (con, _):
        for kind, sql in emitter.emissions():
            cursor = con.execute(f"SELECT * FROM ({sql}) ORDER BY row, event_key")
            names = [column[0] for column in cursor.description]
            found[kind] = [
                {name: value for name, value in zip(names, row, strict=True) if value is not None}
                for row in cursor.fetchall()
            ]
    return found


def status(**parts: Any) -> StatusTold:
    return StatusTold(
        **({"message_id": "wamid.A", "status": 3, "occurred_us": LATE_US, "party": ADA, "terms": TERMS} | parts)
    )


def test_a_status_becomes_a_message_row(tmp_path: Path) -> None:
    (row,) = emitted(tmp_path, [status(cost="0.0713", callback="autumn", conversation="c-1", error_code="7")])[
        "message"
    ]
    message_key = content_key("message:whatsapp:wamid.A")
    label = content_key("\x1f".join(("whatsapp", "autumn", "", "", "", "marketing")))
    assert row == {
        "event_key": message_key ^ 3, "occurred_us": LATE_US, "received_us": 1_000, "local_day": OCTOBER_FIRST,
        "contact_key": contact_key(KEY, "tel:+4915112345678"), "source": "whatsapp", "segment_key": 99, "row": 1,
        "message_key": message_key, "message_id": "wamid.A", "status": 3, "recipient_zone": 49, "told_cost_micro": 71_300,
        "label_key": 7 * 2**60 + (label & (2**60 - 1)), "error_code": "7", "terms_key": terms_key(TERMS),
        "conversation_key": content_key("conversation:whatsapp:c-1"),
    }  # fmt: skip


def test_the_business_day_is_the_workspaces(tmp_path: Path) -> None:
    (row,) = emitted(tmp_path, [status()], zone="Asia/Tokyo")["message"]
    assert row["local_day"] == OCTOBER_FIRST + 1


def test_keys_do_not_depend_on_what_the_source_is_called(tmp_path: Path) -> None:
    told = [status(), ReplyTold("wamid.R", LATE_US, ADA, "text"), OptTold(LATE_US, ADA, "out", "keyword")]
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    one, two = emitted(tmp_path / "one", told, source="app-1"), emitted(tmp_path / "two", told, source="app-2")
    for kind in ("message", "reply", "opt"):
        assert [row["event_key"] for row in one[kind]] == [row["event_key"] for row in two[kind]]


def test_terms_that_say_more_have_larger_keys() -> None:
    told = [
        Terms(number="N"),
        Terms("W", "N"),
        Terms("W", "N", category="service"),
        Terms("W", "N", pricing_type="business_app"),
        *(Terms("W", "N", category="utility", stage=stage) for stage in (2, 3)),
        *(Terms("W", "N", category="utility", stage=stage, cost_currency="EUR") for stage in (2, 3)),
    ]
    keys = [terms_key(terms) for terms in told]
    assert [key >> 60 for key in keys] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert all(0 <= key < 2**63 for key in keys)


@pytest.mark.parametrize("number", range(8))
def test_terms_with_an_account_rank_above_the_same_without_one(number: int) -> None:
    for parts in ({}, {"category": "utility"}, {"pricing_type": "business_app"}, {"category": "utility", "stage": 3}):
        terms = Terms(number=f"P{number}", **parts)
        assert terms_key(terms) < terms_key(msgspec.structs.replace(terms, account="W"))


def test_distinct_terms_and_labels_stand_once(tmp_path: Path) -> None:
    found = emitted(tmp_path, [status(), status(status=4), status(callback="x", terms=Terms("W", "N"))])
    assert len(found["terms"]) == len(found["label"]) == 2
    (priced,) = [row for row in found["terms"] if row["terms_key"] == terms_key(TERMS)]
    assert (priced["pricing_model"], priced["billable"], priced["stage"]) == ("message", True, 3)
    assert {row.get("callback") for row in found["label"]} == {None, "x"}
    assert all(row["channel"] == "whatsapp" and row["received_us"] == 1_000 for row in found["label"])


@pytest.mark.parametrize(
    ("text", "micro"), [("0.0713", 71_300), ("12", 12_000_000), ("0.0000005", 0), ("0.0000015", 2), (None, None)]
)
def test_cost_is_exact_in_millionths(text: str | None, micro: int | None) -> None:
    assert micro_of(text) == micro


def test_answers_carry_the_key_of_their_message(tmp_path: Path) -> None:
    told = [
        ReplyTold("wamid.R", LATE_US, ADA, "button", "wamid.A", "show", "ad-1"),
        OptTold(LATE_US, ADA, "out", "button", "wamid.A"),
        ClickTold(LATE_US, Party(), "IwZX", "t-1", "cta"),
    ]
    found = emitted(tmp_path, told)
    (reply,), (opt,), (click,) = found["reply"], found["opt"], found["click"]
    message_key = content_key("message:whatsapp:wamid.A")
    assert (reply["event_key"], reply["message_key"]) == (content_key("reply:whatsapp:wamid.R"), message_key)
    assert (reply["payload"], reply["referral"], reply["received_us"]) == ("show", "ad-1", 1_000)
    assert (opt["message_key"], opt["received_us"], opt["door"]) == (message_key, 5, "button")
    assert "contact_key" not in click
    assert (click["click_class"], click["click_id"], click["token"]) == ("human", "IwZX", "t-1")


def test_a_user_id_is_a_contact_and_links_tell_who_is_one(tmp_path: Path) -> None:
    told = [
        status(party=Party(user_id="DE.1")),
        SamePerson(LATE_US, Party(phone="4915112345678"), Party(user_id="DE.1")),
        SamePerson(LATE_US + 1, Party(phone="4915112345678"), Party(phone="4915112345679")),
        SamePerson(LATE_US, Party(phone="4915112345678"), Party(phone="+49 151 12345678")),
    ]
    found = emitted(tmp_path, told)
    phone, other = (contact_key(KEY, f"tel:+49151123456{end}") for end in ("78", "79"))
    user = contact_key(KEY, "bsuid:DE.1")
    (message,) = found["message"]
    assert message["contact_key"] == user
    assert "recipient_zone" not in message
    assert {row["contact_key"] for row in found["identity"]} == {phone, other, user}
    assert {frozenset((row["contact_key"], row["other_key"])) for row in found["identity_link"]} == {
        frozenset((phone, user)), frozenset((phone, other)),
    }  # fmt: skip


def test_no_event_row_holds_a_phone(tmp_path: Path) -> None:
    told = [
        status(),
        ReplyTold("r", LATE_US, ADA, "text"),
        SamePerson(LATE_US, Party(phone=ADA.phone), Party(user_id="DE.1")),
    ]
    rows = [row for kind in emitted(tmp_path, told).values() for row in kind]
    assert not any("15112345678" in str(value) or value == "DE.1" for row in rows for value in row.values())


def test_a_group_message_s_id_holds_no_phone_and_its_key_is_as_ever(tmp_path: Path) -> None:
    group = Terms("W", "N", audience="group")
    ids = ("wamid.A:4915112345678", "wamid.A:4915112345679", "wamid.A:DE.1")
    people = (Party("4915112345678", "DE.1"), Party("4915112345679"), Party(user_id="DE.1"))
    rows = emitted(tmp_path, [status(message_id=i, party=p, terms=group) for i, p in zip(ids, people, strict=True)])
    shown = [row["message_id"] for row in rows["message"]]
    assert {row["message_key"] for row in rows["message"]} == {content_key(f"message:whatsapp:{one}") for one in ids}
    assert len(set(shown)) == 3
    assert all(re.fullmatch(r"wamid\.A:[0-9a-f]{16}", one) for one in shown)


def test_a_callback_that_is_a_phone_is_masked_and_a_campaign_of_digits_is_not(tmp_path: Path) -> None:
    own = ADA.phone
    assert own is not None
    told = [status(callback=text) for text in ("+4915199945678", own, "1234567", "autumn-4915112345678", "20261001")]
    rows = emitted(tmp_path, told)
    shown = {row["callback"] for row in rows["label"]}
    assert {"+49•••678", "1234567", "20261001", "autumn-4915112345678"} <= shown
    assert own not in shown
    assert len(shown) == 4, "both phones are masked alike"
    assert {row["label_key"] for row in rows["message"]} == {row["label_key"] for row in rows["label"]}


def test_a_notice_without_a_time_has_none(tmp_path: Path) -> None:
    (row,) = emitted(tmp_path, [Notice("errors", "N", "130429", None, "{}")])["notice"]
    assert "occurred_us" not in row
    assert "local_day" not in row
    assert row["received_us"] == 1_000


def test_what_is_told_twice_is_counted(tmp_path: Path) -> None:
    told = [
        *(status(), status(), status(status=4), Rejected("id-missing", "x"), Rejected("id-missing", "x")),
        *(ReplyTold("r", LATE_US, ADA, "text"), ReplyTold("r", LATE_US, ADA, "text")),
        *(Notice("a", None, None, None, "{}"), Notice("a", None, None, None, "{}")),
    ]
    with staged(tmp_path, told) as (con, stage):
        assert duplicates(con) == 3
        assert stage.counts["reject"] == 2

"""What rows show of ids and labels: no phone, no mail address, under keys that are still of the whole value."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from earnest.channels.channel import RECEIVED_HEADER, channel_of
from earnest.channels.columns import Stage
from earnest.channels.emit import Emitter, bind_stage
from earnest.events.keys import content_key
from earnest.importers.emit import Stamp
from earnest.importers.identities import register_keys
from earnest.warehouse import duck

AT = "2026-10-01T10:00:00Z"
OWN, OTHER, MAIL = "4915177766655", "+4915199988877", "kim@shop.example"
CONTACT = {"phone": f"+{OWN}", "email": MAIL}
Rows = dict[str, list[dict[str, Any]]]


def emitted(folder: Path, code: str, payload: object, *, source: str = "shop") -> Rows:
    """Event kind → the rows that one body becomes."""
    channel = channel_of(code)
    folder.mkdir(exist_ok=True)
    stage = Stage(folder, currency="EUR")
    with stage:
        stage.add(1, None, list(channel.parse(payload, {RECEIVED_HEADER: "1790848800000000"})))
    own = {"retells": channel.retells, "ids_per_source": channel.ids_per_source}
    emitter = Emitter(code, source=source, zone="UTC", stamp=Stamp("f" * 64, 9, 1_000), **own)
    found: Rows = {}
    with contextlib.closing(duck.connect()) as con:
        register_keys(con, bytes(range(32)))
        bind_stage(con, stage, file_hash="f" * 64)
        for kind, sql in emitter.emissions():
            cursor = con.execute(sql)
            names = [column[0] for column in cursor.description]
            found[kind] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def event(kind: str, **said: Any) -> dict[str, Any]:
    return {"type": kind, "occurred_at": AT, "contact": CONTACT, **said}


def texts(rows: Rows) -> str:
    """Everything that is written of a body, but for the masks of identities."""
    return repr({kind: found for kind, found in rows.items() if kind != "identity"})


@pytest.mark.parametrize("personal", [OWN, f"+{OWN}", OTHER, MAIL, "someone.else@mail.example"])
def test_no_phone_and_no_mail_address_is_shown_wherever_a_sender_puts_it(tmp_path: Path, personal: str) -> None:
    names = ("callback", "campaign", "template", "tag")
    events = [
        event("message", id=personal, status="sent", **dict.fromkeys(names, personal)),
        event("reply", id="r-1", message=personal, payload=personal, referral=personal),
        event("click", id=personal, token=personal),
        event(
            "session", id=personal, utm_source=personal, utm_medium=personal, utm_campaign=personal, click_id=personal
        ),
        event("order", id="o-1", total="5.00", currency="EUR", coupon=personal),
    ]
    rows = emitted(tmp_path, "events", {"events": events})
    assert {kind for kind, found in rows.items() if found} >= {"message", "label", "reply", "click", "session", "order"}
    assert personal.lstrip("+") not in texts(rows)


@pytest.mark.parametrize("personal", [OWN, f"+{OWN}", OTHER.lstrip("+"), "+49 151 777-66655", MAIL])
def test_words_of_a_sender_hold_no_number_and_no_address(tmp_path: Path, personal: str) -> None:
    words = dict.fromkeys(("channel", "category", "error_code"), f"no route to {personal}")
    rows = emitted(tmp_path, "events", {"events": [event("message", id="m-1", status="failed", **words)]})
    assert (rows["message"][0]["error_code"], rows["label"][0]["channel"], rows["label"][0]["category"]) == (
        "no route to …",
    ) * 3
    assert personal not in texts(rows)


def test_words_and_codes_of_a_sender_stay(tmp_path: Path) -> None:
    words = {"channel": "sms", "category": "marketing_20261001", "error_code": "20040001"}
    rows = emitted(tmp_path, "events", {"events": [event("message", id="m-1", status="failed", **words)]})
    assert rows["message"][0]["error_code"] == "20040001"
    assert (rows["label"][0]["channel"], rows["label"][0]["category"]) == ("sms", "marketing_20261001")
    long = event("message", id="m-2", status="failed", error_code="why " * 60)
    assert len(emitted(tmp_path / "long", "events", {"events": [long]})["message"][0]["error_code"]) == 200


def test_keys_are_of_whole_ids_and_masked_ids_stay_apart(tmp_path: Path) -> None:
    events = [event("message", id=one, status="sent") for one in (OWN, OTHER, MAIL)]
    events.append(event("reply", id="r-1", message=OTHER))
    rows = emitted(tmp_path, "events", {"events": events})
    keys = {row["message_key"] for row in rows["message"]}
    assert keys == {content_key(f"message:shop:{one}") for one in (OWN, OTHER, MAIL)}
    assert len({row["message_id"] for row in rows["message"]}) == len(keys)
    assert rows["reply"][0]["message_key"] in keys


def test_what_is_no_phone_and_no_address_stands_as_it_was_told(tmp_path: Path) -> None:
    names = {"callback": "7300123456", "campaign": "sale+more", "template": "t_20261001", "tag": "4915100000000"}
    shown = "<20261001.1@mail.shop.example>"
    rows = emitted(tmp_path, "events", {"events": [event("message", id=shown, status="sent", **names)]})
    assert {name: rows["label"][0][name] for name in names} == names
    assert rows["message"][0]["message_id"] == shown


def test_two_bots_count_their_messages_each_for_itself(tmp_path: Path) -> None:
    person = {"id": 555, "is_bot": False}
    chat = {"id": 555, "type": "private"}
    wrote = {"message_id": 12, "date": 1790848800, "chat": chat, "from": person, "text": "hello"}
    wrote["reply_to_message"] = {"message_id": 11, "date": 1790848700, "chat": chat}
    rows = [
        emitted(tmp_path / name, "telegram", {"update_id": 1, "message": wrote}, source=name)["reply"][0]
        for name in ("bot-a", "bot-b", "bot-a")
    ]
    assert rows[0]["event_key"] != rows[1]["event_key"]
    assert rows[0]["message_key"] != rows[1]["message_key"]
    assert rows[0]["contact_key"] == rows[1]["contact_key"]
    assert rows[0] == rows[2]


def test_an_id_that_whatsapp_gave_is_one_message_whichever_source_tells_it(tmp_path: Path) -> None:
    told = {"events": [event("message", id="wamid.A", status="sent")]}
    keys = [emitted(tmp_path / name, "events", told, source=name)["message"][0]["message_key"] for name in ("a", "b")]
    assert keys == [content_key("message:whatsapp:wamid.A")] * 2

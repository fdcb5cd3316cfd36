"""Telegram's updates: what a person did, whose phone it is, and who wrote."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.channels.channel import RECEIVED_HEADER
from earnest.channels.telegram import parse
from earnest.channels.told import Notice, OptTold, Party, Rejected, ReplyTold, SamePerson, StatusTold

S = 1790848800
US = S * 1_000_000
RECEIVED = {RECEIVED_HEADER: str(US + 5)}
PERSON = {"id": 52617, "is_bot": False, "first_name": "Kim"}
BOT = {"id": 7001, "is_bot": True, "first_name": "Shop"}
CHAT = {"id": 52617, "type": "private"}
WHO = Party(contact="telegram:52617")


def tell(headers: dict[str, str] | None = None, **parts: Any) -> list[Any]:
    return list(parse({"update_id": 1} | parts, headers or {}))


def wrote(**parts: Any) -> list[Any]:
    return tell(message={"message_id": 31, "from": PERSON, "chat": CHAT, "date": S} | parts)


@pytest.mark.parametrize(
    ("text", "kind", "payload"),
    [("/start autumn_7f3a", "start", "autumn_7f3a"), ("/start", "start", None), ("/start@shop_bot a-b", "start", "a-b"),
     ("/start two words", "text", None), ("/start " + "x" * 65, "text", None), ("/starter", "text", None)],
)  # fmt: skip
def test_a_deep_link_comes_with_its_payload(text: str, kind: str, payload: str | None) -> None:
    (told,) = wrote(text=text)
    assert (told.reply_type, told.payload) == (kind, payload)


@pytest.mark.parametrize(
    ("text", "leaves"),
    [("/stop", True), ("/STOP@shop_bot", True), ("Stop!", True), ("/stopwatch", False), ("do not stop", False)],
)
def test_leaving_by_a_word(text: str, leaves: bool) -> None:
    assert [type(one) for one in wrote(text=text)] == [ReplyTold, OptTold][: 1 + leaves]


@pytest.mark.parametrize(("owner", "same"), [(52617, True), (99, False), (None, False)])
def test_only_an_own_phone_says_who_it_is(owner: int | None, same: bool) -> None:
    told = wrote(contact={"phone_number": "+49 151 12345678", "first_name": "Kim", "user_id": owner})
    found = [one for one in told if isinstance(one, SamePerson)]
    assert found == ([SamePerson(US, WHO, Party(phone="4915112345678"))] if same else [])


def test_messages_are_numbered_in_each_chat_of_its_own() -> None:
    here, there = (wrote(chat=chat, text="x")[0].reply_id for chat in (CHAT, {"id": -100, "type": "supergroup"}))
    assert (here, there) == ("52617:31", "-100:31")


@pytest.mark.parametrize(
    "parts",
    [{"new_chat_members": [PERSON]}, {"pinned_message": {}}, {"text": "x", "from": BOT}, {"text": "x", "from": None}],
)
def test_what_no_person_wrote_is_a_notice(parts: dict[str, Any]) -> None:
    assert [type(one) for one in wrote(**parts)] == [Notice]


def test_a_business_writes_and_is_written_to() -> None:
    base = {"business_connection_id": "bc", "message_id": 4, "chat": CHAT, "date": S, "text": "x"}
    (ours,) = tell(business_message=base | {"from": {"id": 900, "is_bot": False}})
    (theirs,) = tell(business_message=base | {"from": PERSON})
    assert isinstance(ours, StatusTold)
    assert isinstance(theirs, ReplyTold)
    assert (ours.party, theirs.party) == (WHO, WHO)
    assert ours.message_id == theirs.reply_id == "52617:4"


def test_a_tap_happened_when_it_was_received() -> None:
    """The date within is when the message with the button was sent."""
    query = {
        "id": "8",
        "from": PERSON,
        "data": "stop",
        "message": {"message_id": 3, "chat": CHAT, "date": S - 86_400, "from": BOT},
    }
    told = tell(RECEIVED, callback_query=query)
    assert [(type(one), one.occurred_us) for one in told] == [(ReplyTold, US + 5), (OptTold, US + 5)]
    assert tell(callback_query=query) == [Rejected("time-missing", RECEIVED_HEADER)]


@pytest.mark.parametrize(
    ("status", "kind", "direction"),
    [
        ("kicked", "private", "out"),
        ("member", "private", "in"),
        ("left", "private", None),
        ("kicked", "supergroup", None),
        ("administrator", "channel", None),
    ],
)
def test_blocking_and_coming_back(status: str, kind: str, direction: str | None) -> None:
    change = {
        "chat": CHAT | {"type": kind},
        "from": PERSON,
        "date": S,
        "new_chat_member": {"user": BOT, "status": status},
    }
    (told,) = tell(my_chat_member=change)
    assert (told.direction if isinstance(told, OptTold) else None) == direction


@pytest.mark.parametrize(("new", "kind"), [([{"type": "emoji", "emoji": "x"}], ReplyTold), ([], Notice)])
def test_a_reaction_that_is_taken_away_is_no_reply(new: list[Any], kind: type) -> None:
    (told,) = tell(message_reaction={"chat": CHAT, "message_id": 5, "user": PERSON, "date": S, "new_reaction": new})
    assert isinstance(told, kind)


@pytest.mark.parametrize(
    "topic", ["edited_message", "channel_post", "poll", "inline_query", "business_connection", "word_of_the_future"]
)
def test_everything_else_is_a_notice_without_what_people_wrote(topic: str) -> None:
    (told,) = tell(**{topic: {"id": "1", "from": PERSON, "date": S, "text": "secret words", "query": "secret words"}})
    assert isinstance(told, Notice)
    assert (told.topic, told.subject, told.occurred_us) == (topic, "1", US)
    assert "secret" not in told.detail
    assert "Kim" not in told.detail


@pytest.mark.parametrize(
    ("parts", "reason"),
    [({"message": None}, "shape-unknown"), ({"message": {"from": PERSON, "chat": CHAT, "message_id": 1}}, "time-missing"),
     ({"message": {"from": PERSON, "chat": CHAT, "message_id": 1, "date": "soon"}}, "time-unreadable"),
     ({"message": {"from": PERSON, "chat": {}, "message_id": 1, "date": S}}, "id-missing"), ({"message": {"chat": 5, "date": S}}, "shape-unknown"),
     ({"callback_query": {"from": PERSON}}, "id-missing")],
)  # fmt: skip
def test_a_damaged_update_is_refused(parts: dict[str, Any], reason: str) -> None:
    (told,) = tell(**parts)
    assert isinstance(told, Rejected)
    assert told.reason == reason


@pytest.mark.parametrize("body", [None, [], {}, {"message": {}}, {"update_id": None}])
def test_what_is_no_update_is_refused(body: object) -> None:
    assert next(iter(parse(body, {}))) == Rejected(
        "not-an-envelope", "", {list: "a list", dict: "an object"}.get(type(body), "nothing")
    )

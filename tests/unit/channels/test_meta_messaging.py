"""Messenger and Instagram: who is meant, what is a reply and what is none, and what a damaged part leaves standing."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.channels.instagram import CHANNEL as INSTAGRAM
from earnest.channels.messenger import CHANNEL as MESSENGER
from earnest.channels.told import (
    ClickTold,
    Notice,
    OptTold,
    Party,
    Rejected,
    ReplyTold,
    SamePerson,
    StatusTold,
    WatermarkTold,
)

PAGE, PSID = "730011223344556", "24001"
MS = 1_790_848_800_123
US = MS * 1000


def tell(**parts: Any) -> list[Any]:
    event = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": MS} | parts
    return list(MESSENGER.parse(body([event]), {}))


def body(events: Any, **entry: Any) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": PAGE, "time": MS, "messaging": events} | entry]}


def message(**parts: Any) -> list[Any]:
    return tell(message={"mid": "m_1", "text": "hello"} | parts)


def test_each_platform_reads_its_own_bodies_alone() -> None:
    for channel, spoken in ((MESSENGER, "instagram"), (INSTAGRAM, "page")):
        assert list(channel.parse({"object": spoken, "entry": []}, {})) == [Rejected("not-an-envelope", "", spoken)]


def test_the_same_person_has_another_name_on_each_platform() -> None:
    events = [
        {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": MS, "message": {"mid": "m", "text": "x"}}
    ]
    for channel, spoken in ((MESSENGER, "page"), (INSTAGRAM, "instagram")):
        (told,) = channel.parse({"object": spoken, "entry": [{"id": PAGE, "messaging": events}]}, {})
        assert isinstance(told, ReplyTold)
        assert told.party == Party(contact=f"{channel.code}:{PSID}")


@pytest.mark.parametrize("sides", [(PAGE, PSID), (PSID, PAGE)])
def test_an_echo_is_to_whoever_is_not_the_page(sides: tuple[str, str]) -> None:
    echo = {
        "sender": {"id": sides[0]},
        "recipient": {"id": sides[1]},
        "timestamp": MS,
        "message": {"mid": "m", "is_echo": True},
    }
    (told,) = MESSENGER.parse(body([echo]), {})
    assert isinstance(told, StatusTold)
    assert (told.party.contact, told.callback, told.terms.account) == (f"messenger:{PSID}", None, PAGE)


def test_the_metadata_of_an_echo_comes_back_without_people_in_it() -> None:
    (told,) = message(is_echo=True, metadata="autumn-26 +49 151 1234567 kim@example.org")
    assert told.callback == "autumn-26 … …"


@pytest.mark.parametrize(
    ("parts", "kind"),
    [({}, "text"), ({"quick_reply": {"payload": "X"}}, "quick_reply"), ({"attachments": [{"type": "audio"}]}, "audio"),
     ({"attachments": [{"type": "A b!"}]}, "attachment"), ({"text": None, "reply_to": {"story": {"id": "1"}}}, "story_reply"),
     ({"text": None}, "unknown")],
)  # fmt: skip
def test_the_type_of_an_answer(parts: dict[str, Any], kind: str) -> None:
    assert message(**parts)[0].reply_type == kind


@pytest.mark.parametrize("name", ["is_deleted", "is_self"])
def test_what_is_taken_back_or_to_oneself_is_no_reply(name: str) -> None:
    (told,) = message(**{name: True})
    assert isinstance(told, Notice)
    assert "hello" not in told.detail


@pytest.mark.parametrize(("text", "door"), [("Stop", "keyword"), ("stop it, please", None)])
def test_leaving_by_a_word(text: str, door: str | None) -> None:
    opts = [one.door for one in message(text=text) if isinstance(one, OptTold)]
    assert opts == ([] if door is None else [door])


def test_leaving_by_a_button() -> None:
    told = tell(postback={"mid": "m", "title": "Unsubscribe", "payload": "BYE"})
    assert [(type(one), getattr(one, "door", None)) for one in told] == [(ReplyTold, None), (OptTold, "button")]


@pytest.mark.parametrize(
    ("payload", "text", "other"),
    [("+4915112345678", "+4915112345678", Party(dialled="+4915112345678")), ("kim@example.org", "kim@example.org", Party(email="kim@example.org")),
     ("+4915112345678", "Call me", None), ("YES", "YES", None)],
)  # fmt: skip
def test_an_own_phone_or_mail_that_meta_offered_says_who_it_is(payload: str, text: str, other: Party | None) -> None:
    told = message(text=text, quick_reply={"payload": payload})
    assert [one.other for one in told if isinstance(one, SamePerson)] == ([] if other is None else [other])
    assert told[0].payload in (None, "YES", "…")


def test_an_ad_that_opened_a_conversation_is_no_click_in_a_message() -> None:
    (ad,) = tell(referral={"source": "ADS", "ad_id": "6045", "ref": "x"})
    (link,) = tell(referral={"source": "SHORTLINK", "ref": "x"})
    assert isinstance(ad, ClickTold)
    assert (ad.click_class, link.click_class) == ("unknown", "human")


@pytest.mark.parametrize(
    ("parts", "direction"),
    [({}, "in"), ({"notification_messages_status": "STOP_NOTIFICATIONS"}, "out"), ({"notification_messages_status": "STOP NOTIFICATIONS"}, "out"),
     ({"notification_messages_status": "RESUME_NOTIFICATIONS"}, "in"), ({"notification_messages_status": "PAUSED"}, None),
     ({"type": "one_time_notif_req"}, None)],
)  # fmt: skip
def test_consent_to_marketing_messages(parts: dict[str, str], direction: str | None) -> None:
    (told,) = tell(optin={"type": "notification_messages"} | parts)
    assert (told.direction if isinstance(told, OptTold) else None) == direction


def test_a_watermark_is_inclusive_and_in_milliseconds() -> None:
    (told,) = tell(read={"watermark": MS - 1})
    assert told == WatermarkTold(US, Party(contact=f"messenger:{PSID}"), 4, US - 1000)


@pytest.mark.parametrize(
    ("part", "reason"),
    [({"read": {}}, "time-missing"), ({"read": {"watermark": "soon"}}, "time-unreadable"), ({"delivery": {"mids": "m"}}, "shape-unknown"),
     ({"delivery": {"mids": [{}]}}, "id-missing"), ({"message": {"text": "x"}}, "id-missing"), ({"message": [1]}, "shape-unknown"),
     ({"message": {"mid": "m", "attachments": 3}}, "shape-unknown"), ({"reaction": {"action": "react"}}, "id-missing")],
)  # fmt: skip
def test_a_damaged_part_is_refused_with_its_path(part: dict[str, Any], reason: str) -> None:
    refused = [one for one in tell(**part) if isinstance(one, Rejected)]
    assert refused[0].reason == reason
    assert refused[0].field.startswith(f"entry[0].messaging[0].{next(iter(part))}")


def test_a_damaged_part_leaves_the_other_part_of_its_event() -> None:
    told = tell(message=7, postback={"mid": "m", "payload": "P"})
    assert [type(one) for one in told] == [Rejected, ReplyTold]


def test_a_watermark_counts_beside_a_damaged_id() -> None:
    told = tell(delivery={"mids": [None, "m_2"], "watermark": MS})
    assert [type(one) for one in told] == [Rejected, StatusTold, WatermarkTold]


@pytest.mark.parametrize(
    ("when", "us"), [(None, None), ("", None), ("1790848800", 1_790_848_800_000_000), (True, None)]
)
def test_an_event_happened_when_it_says_and_else_when_its_entry_does(when: object, us: int | None) -> None:
    (told,) = tell(timestamp=when, read={"mid": "m"})
    assert getattr(told, "occurred_us", None) == us
    event = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "read": {"mid": "m"}}
    assert [one.occurred_us for one in MESSENGER.parse(body([event]), {})] == [US]


def test_a_tap_without_an_id_is_one_tap_however_often_it_is_told() -> None:
    first, again = (tell(postback={"payload": "P"})[0].reply_id for _ in range(2))
    later = tell(postback={"payload": "P"}, timestamp=MS + 1)[0].reply_id
    assert first == again != later
    assert PSID not in first


def test_lists_of_an_entry_are_all_read() -> None:
    event = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": MS, "message": {"mid": "m", "text": "x"}}
    told = list(
        MESSENGER.parse(body([event], standby=[event], changes=[{"field": "feed", "value": {}}], future=[1]), {})
    )
    assert [type(one) for one in told] == [ReplyTold, ReplyTold, Notice, Notice]
    assert [one.topic for one in told if isinstance(one, Notice)] == ["feed", "future"]


@pytest.mark.parametrize("entry", [None, {}, [], [None], [{}], [{"messaging": None}], [{"messaging": {}}]])
def test_a_damaged_envelope_is_refused(entry: object) -> None:
    told = list(MESSENGER.parse({"object": "page", "entry": entry}, {}))
    assert [type(one) for one in told] == [Rejected]

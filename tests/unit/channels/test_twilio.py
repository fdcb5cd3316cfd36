"""Twilio's forms: who is meant by an address, what is an opt-out on which channel, and when it happened."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.channels.channel import RECEIVED_HEADER
from earnest.channels.told import Notice, OptTold, Party, Rejected, ReplyTold, SamePerson, StatusTold
from earnest.channels.twilio import CHANNEL, STATUSES, parse
from earnest.events.kinds import Status

AT_US = 1_790_848_800_123_456
HEADERS = {RECEIVED_HEADER: str(AT_US)}
SID = "SM1"


def tell(**fields: Any) -> list[Any]:
    return list(parse({"AccountSid": "AC1", "MessageSid": SID} | fields, HEADERS))


def sent(**fields: Any) -> list[Any]:
    return tell(MessageStatus="sent", **fields)


def came(**fields: Any) -> list[Any]:
    return tell(SmsStatus="received", From="+4915112345678", **fields)


@pytest.mark.parametrize(
    ("address", "channel", "party"),
    [
        ("+4915112345678", "sms", Party(dialled="+4915112345678")),
        ("whatsapp:+4915112345678", "whatsapp", Party(phone="4915112345678")),
        ("whatsapp:DE.77001", "whatsapp", Party(user_id="DE.77001")),
        ("rcs:+4915112345678", "rcs", Party(dialled="+4915112345678")),
        ("messenger:24001", "messenger", Party(contact="messenger:24001")),
    ],
)
def test_an_address_says_channel_and_person(address: str, channel: str, party: Party) -> None:
    (told,) = sent(To=address)
    assert (told.hints.channel, told.party) == (channel, party)


@pytest.mark.parametrize("address", ["nobody", "whatsapp:", ":", "sms:EARNEST"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    assert sent(To=address) == [Rejected("contact-unreadable", "To")]


def test_a_status_without_an_address_counts_for_nobody() -> None:
    (told,) = sent()
    assert isinstance(told, StatusTold)
    assert told.party == Party()


@pytest.mark.parametrize(("word", "status"), STATUSES.items())
def test_each_word_is_a_state(word: str, status: int) -> None:
    (told,) = tell(MessageStatus=word, To="+4915112345678")
    assert (told.status, told.message_id, told.occurred_us) == (status, SID, AT_US)


@pytest.mark.parametrize("word", ["canceled", "partially_delivered"])
def test_what_is_no_state_is_a_notice(word: str) -> None:
    (told,) = tell(MessageStatus=word, To="+4915112345678", Body="to +4915112345678")
    assert isinstance(told, Notice)
    assert (told.topic, told.subject, told.name) == ("message", SID, word)
    assert "15112345678" not in told.detail


def test_the_carriers_date_is_not_believed() -> None:
    """It has no zone: the same instant may be written as any hour."""
    (told,) = sent(To="+4915112345678", RawDlrDoneDate="2601010000")
    assert told.occurred_us == AT_US


@pytest.mark.parametrize("said", ["", "soon", "9" * 30, "12", "-1"])
def test_without_a_plausible_time_of_receipt_it_is_refused(said: str) -> None:
    fields = {"MessageSid": SID, "MessageStatus": "sent"}
    assert list(parse(fields, {RECEIVED_HEADER: said})) == [Rejected("time-missing", RECEIVED_HEADER)]


def test_a_failure_keeps_its_code_and_others_none() -> None:
    (failed,) = tell(MessageStatus="failed", To="+4915112345678", ErrorCode="30005")
    (delivered,) = tell(MessageStatus="delivered", To="+4915112345678", ErrorCode="30005")
    assert (failed.error_code, delivered.error_code) == ("30005", None)


@pytest.mark.parametrize(
    ("address", "code", "leaves"),
    [("+4915112345678", "21610", True), ("whatsapp:+4915112345678", "63014", True), ("+4915112345678", "30003", False),
     ("rcs:+4915112345678", "21610", True)],
)  # fmt: skip
def test_a_failure_may_say_that_the_person_left(address: str, code: str, leaves: bool) -> None:
    told = tell(MessageStatus="undelivered", To=address, ErrorCode=code)
    assert [type(one) for one in told] == [StatusTold, OptTold][: 1 + leaves]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"Body": "STOP"}, ("out", "keyword")),
        ({"Body": " cancel "}, ("out", "keyword")),
        ({"Body": "Unstop"}, ("in", "keyword")),
        ({"Body": "cancel my order"}, None),
        ({"Body": "yes"}, None),
        ({"Body": "anything", "OptOutType": "STOP"}, ("out", "keyword")),
        ({"Body": "START", "OptOutType": "START"}, ("in", "keyword")),
        ({"Body": "STOP", "OptOutType": "HELP"}, None),
        ({"Body": "Stop promotions", "ButtonText": "Stop promotions", "ButtonPayload": "x"}, ("out", "button")),
    ],
)
def test_leaving_and_coming_back(fields: dict[str, str], told: tuple[str, str] | None) -> None:
    opts = [(one.direction, one.door) for one in came(**fields) if isinstance(one, OptTold)]
    assert opts == ([] if told is None else [told])


def test_cancel_on_whatsapp_may_be_about_an_order() -> None:
    told = tell(SmsStatus="received", From="whatsapp:+4915112345678", Body="cancel")
    assert [type(one) for one in told] == [ReplyTold]


def test_a_hidden_phone_is_completed_by_what_stands_beside_it() -> None:
    told = tell(SmsStatus="received", From="whatsapp:DE.7", ExternalUserId="whatsapp:DE.7", WaId="4915112345678")
    assert told[0].party == Party(phone="4915112345678", user_id="DE.7")
    assert told[1] == SamePerson(AT_US, Party(phone="4915112345678"), Party(user_id="DE.7"))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [({"NumMedia": "1", "MediaContentType0": "image/jpeg"}, "image"), ({"NumMedia": "2"}, "media"), ({"NumMedia": "0"}, "text"),
     ({"ButtonText": "Yes"}, "button"), ({"Latitude": "1.0"}, "location"), ({"MessageType": "sticker"}, "sticker"),
     ({"NumMedia": "1", "MediaContentType0": "../../etc"}, "media")],
)  # fmt: skip
def test_the_type_of_an_answer(fields: dict[str, str], kind: str) -> None:
    assert came(**fields)[0].reply_type == kind


def test_a_repeated_field_counts_once() -> None:
    told = list(parse({"MessageSid": [SID, "SM2"], "MessageStatus": ["sent"]}, HEADERS))
    assert [one.message_id for one in told] == [SID]


def test_other_products_of_twilio_are_notices() -> None:
    (call,) = parse(
        {"AccountSid": "AC1", "CallSid": "CA1", "CallStatus": "completed", "From": "+4915112345678"}, HEADERS
    )
    assert isinstance(call, Notice)
    assert (call.topic, call.subject, call.name) == ("completed", "CA1", "completed")
    assert "4915112345678" not in call.detail


@pytest.mark.parametrize("body", [None, [], "MessageSid=SM1", {}, {"a": "b"}])
def test_what_is_no_form_of_twilio_is_refused(body: object) -> None:
    assert [one.reason for one in parse(body, HEADERS) if isinstance(one, Rejected)] == ["not-an-envelope"]


def test_twilio_wants_to_hear_an_empty_answer() -> None:
    assert CHANNEL.answer.body == b"<Response/>"
    assert CHANNEL.answer.content_type == "text/xml"
    assert int(Status.READ) == STATUSES["read"]

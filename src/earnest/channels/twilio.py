"""Twilio Programmable Messaging: status callbacks and incoming messages of SMS, WhatsApp, RCS and Messenger, as forms.

    MessageStatus ─> status of a message the business sent        SmsStatus=received ─> what a person wrote

Twilio tells no time: both happened when they were received, a second or so before. `RawDlrDoneDate` is not used: it has
minutes and no zone, and "the offset varies between carrier partners" (Twilio's changelog of 2023-02-14).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from earnest.channels.channel import RECEIVED_HEADER, Answer, Channel, Headers, Kind
from earnest.channels.keywords import says_stop
from earnest.channels.masking import Allowed, callback_of, told_word
from earnest.channels.notices import notice_of
from earnest.channels.scalars import id_of, kind_of, phone_of, received_us, text_of, word_of
from earnest.channels.told import (
    Hints,
    OptTold,
    Party,
    Rejected,
    ReplyTold,
    SamePerson,
    StatusTold,
    Terms,
    Told,
    shown_value,
)
from earnest.events.failure import FailureClass, failure_class
from earnest.events.kinds import Status

STATUSES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending"), int(Status.ACCEPTED)),
    "sent": int(Status.SENT),
    "delivered": int(Status.DELIVERED),
    "read": int(Status.READ),
    "undelivered": int(Status.FAILED),
    "failed": int(Status.FAILED),
}
"""`MessageStatus` → state. Source: Twilio, Message resource, status values (read 2026-10)."""

WITHOUT_STATE = ("canceled", "partially_delivered")
"""Words that are no state of a message: it was called off before it left, or some of its segments arrived."""

INCOMING = ("received", "receiving")
TEXTED = ("sms", "mms", "rcs")
OPT_OUT, OPT_IN = ("cancel", "end", "quit", "revoke", "optout"), ("start", "unstop")
"""A text message that is just one of these words stops (beside STOP) or resumes messages at Twilio itself.

Source: Twilio, "Twilio support for opt-out keywords (SMS STOP filtering)", read 2026-10.
"""

OPT_TYPES = {"stop": "out", "start": "in"}
ALLOWED = Allowed(
    words=frozenset(
        (
            *("MessageStatus", "SmsStatus", "EventType", "CallStatus", "Direction", "ChannelPrefix", "OptOutType"),
            *("ApiVersion", "MessageType", "NumMedia", "NumSegments"),
        )
    ),
    ids=frozenset(
        (
            *("MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "MessagingServiceSid", "CallSid"),
            *("ChannelInstallSid", "ConversationSid", "ParticipantSid"),
        )
    ),
    codes=frozenset(("ErrorCode",)),
)
_SUBJECTS = ("MessageSid", "SmsSid", "ConversationSid", "CallSid")
_HAPPENED = ("MessageStatus", "SmsStatus", "EventType", "CallStatus")
_WORD = re.compile(r"[a-z0-9_]{1,40}")

Params = Mapping[str, Any]


def parse(payload: object, headers: Headers) -> Iterator[Told | Rejected]:
    """Everything one request tells.

    Args:
        payload: the form's fields. headers: with `RECEIVED_HEADER`, as Twilio tells no time.
    """
    params = {key: _first(value) for key, value in payload.items()} if isinstance(payload, dict) else {}
    if "AccountSid" not in params and not any(params.get(key) for key in (*_SUBJECTS, "MessageStatus")):
        yield Rejected("not-an-envelope", "", kind_of(payload))
        return
    us = received_us(headers)
    word = word_of(params.get("MessageStatus")) or word_of(params.get("SmsStatus"))
    if word is None or word in WITHOUT_STATE:
        subject = next((text for key in _SUBJECTS if (text := text_of(params.get(key)))), None)
        happened = next((text for key in _HAPPENED if (text := text_of(params.get(key)))), None)
        yield notice_of(
            "message" if word else happened or "request", params, ALLOWED, subject=subject, name=happened, us=us
        )
        return
    sid = text_of(params.get("MessageSid")) or text_of(params.get("SmsSid"))
    if sid is None:
        yield Rejected("id-missing", "MessageSid")
    elif us is None:
        yield Rejected("time-missing", RECEIVED_HEADER)
    elif word in INCOMING:
        yield from _incoming(params, sid, us)
    elif word in STATUSES:
        yield from _status(params, sid, us, STATUSES[word])
    else:
        yield Rejected("status-unknown", "MessageStatus", shown_value(word))


def _first(value: object) -> object:
    """A field's value; the first where a form repeats it."""
    return value[0] if isinstance(value, list) and value else value


def _status(params: Params, sid: str, us: int, status: int) -> Iterator[Told | Rejected]:
    channel, party = _address(params.get("To"))
    channel = channel or _channel_of(params)
    party, same = _completed(params, party or Party(), us)
    if party == Party() and params.get("To"):
        yield Rejected("contact-unreadable", "To")
        return
    code = told_word(text_of(params.get("ErrorCode")), code=True) if status == Status.FAILED else None
    terms = Terms(account=id_of(params.get("AccountSid")), number=_sender(params))
    yield StatusTold(sid, status, us, party, terms, error_code=code, hints=Hints(channel=channel))
    if code is not None and party != Party() and failure_class(channel or "sms", code) is FailureClass.OPTED_OUT:
        yield OptTold(us, party, "out", "failure", sid)
    yield from same


def _incoming(params: Params, sid: str, us: int) -> Iterator[Told | Rejected]:
    channel, party = _address(params.get("From"))
    party, same = _completed(params, party or Party(), us)
    if party == Party():
        yield Rejected("contact-unreadable" if params.get("From") else "contact-missing", "From")
        return
    answers = text_of(params.get("OriginalRepliedMessageSid"))
    referral = text_of(params.get("ReferralSourceId")) or text_of(params.get("ReferralCtwaClid"))
    payload = callback_of(text_of(params.get("ButtonPayload")) or text_of(params.get("ListId")))
    yield ReplyTold(sid, us, party, _type_of(params), answers, payload, referral)
    told = _opted(params, channel)
    if told is not None:
        yield OptTold(us, party, *told, answers)
    yield from same


def _opted(params: Params, channel: str | None) -> tuple[str, str] | None:
    """Direction and door, if what came in is an opt-out or opt-in."""
    told = word_of(params.get("OptOutType"))
    if told is not None:
        return (OPT_TYPES[told], "keyword") if told in OPT_TYPES else None
    body, button = params.get("Body"), text_of(params.get("ButtonText")) or text_of(params.get("ButtonPayload"))
    if says_stop(button):
        return "out", "button"
    word = body.strip().casefold() if isinstance(body, str) else ""
    if says_stop(body) or (channel in TEXTED and word in OPT_OUT):
        return "out", "keyword"
    return ("in", "keyword") if channel in TEXTED and word in OPT_IN else None


def _address(raw: object) -> tuple[str | None, Party | None]:
    """Channel and party of an address: `+4915…` is a phone, others have the channel before them (`whatsapp:+4915…`)."""
    text = text_of(raw)
    if text is None:
        return None, None
    before, colon, after = text.partition(":")
    channel, name = (before.strip().lower(), after.strip()) if colon else ("sms", text.strip())
    if not _WORD.fullmatch(channel) or not name:
        return None, None
    if channel == "whatsapp":
        phone, _ = phone_of(name)
        return channel, Party(phone=phone) if phone else Party(user_id=name)
    if channel in TEXTED:
        phone, _ = phone_of(name)
        return channel, Party(dialled=name) if phone else None
    return channel, Party(contact=f"{channel}:{name}")


def _completed(params: Params, party: Party, us: int) -> tuple[Party, list[SamePerson]]:
    """A WhatsApp party with its user id; a phone and a user id told together are one person."""
    told = text_of(params.get("ExternalUserId"))
    user = told.removeprefix("whatsapp:") if told else party.user_id
    phone = party.phone or (phone_of(params.get("WaId"))[0] if party.dialled is None and user else None)
    if user is None or party.dialled is not None or party.contact is not None:
        return party, []
    same = [SamePerson(us, Party(phone=phone), Party(user_id=user))] if phone else []
    return Party(phone=phone, user_id=user), same


def _channel_of(params: Params) -> str | None:
    word = word_of(params.get("ChannelPrefix"))
    return word if word and _WORD.fullmatch(word) else None


def _sender(params: Params) -> str | None:
    """The business's own sender: its address, without the channel before it, else the messaging service."""
    sender = text_of(params.get("From")) or text_of(params.get("MessagingServiceSid"))
    return id_of(sender.rpartition(":")[2]) if sender else None


def _type_of(params: Params) -> str:
    """Type of an incoming message: Twilio's word, else what the fields say."""
    word = word_of(params.get("MessageType"))
    if word and _WORD.fullmatch(word):
        return word
    if params.get("ButtonText") or params.get("ButtonPayload"):
        return "button"
    if params.get("ListId"):
        return "interactive"
    if params.get("Latitude"):
        return "location"
    media = text_of(params.get("MediaContentType0"))
    kind = media.partition("/")[0].lower() if media else None
    if params.get("NumMedia") not in (None, "", "0", 0):
        return kind if kind and _WORD.fullmatch(kind) else "media"
    return "text"


KINDS = (
    Kind("MessageStatus", "message", "accepted, queued, sending, sent, delivered, read, undelivered, failed"),
    Kind("SmsStatus=received", "reply", "a person wrote, sent media or tapped a button"),
    Kind("OptOutType, STOP, ErrorCode 21610", "opt", "a person stopped or resumed messages"),
    Kind("ExternalUserId", "identity_link", "a WhatsApp user id beside the person's phone"),
    Kind("everything else", "notice", "cancelled messages, calls, conversations"),
)

CHANNEL = Channel(
    code="twilio",
    label="Twilio",
    docs="https://www.twilio.com/docs/messaging/guides/track-outbound-message-status",
    read="2026-10",
    signature="twilio",
    kinds=KINDS,
    parse=parse,
    answer=Answer("text/xml", b"<Response/>"),
    connects=("read", "reply", "opt"),
)

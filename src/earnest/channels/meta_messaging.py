"""Messenger and Instagram: the envelope both share, and everything it tells.

    body ─ entry[] ─┬─ messaging[], standby[] ─ event ─ message, postback, reaction, referral, optin, delivery, read
                    └─ changes[]                        └─ every other part is a notice

A person is known by an id of this page or account (`messenger:<PSID>`, `instagram:<IGSID>`), never by a phone. What is
`is_echo` was sent by the business; its `metadata` is the sender's own word. `watermark` is about everything sent so far.

Source: developers.facebook.com/docs/messenger-platform/reference/webhook-events and
/docs/instagram-platform/webhooks (read 2026-10).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from earnest.channels.channel import Headers, Parse
from earnest.channels.element import Element, Refusal
from earnest.channels.keywords import says_stop
from earnest.channels.masking import Allowed, callback_of
from earnest.channels.notices import notice_of
from earnest.channels.scalars import id_of, instant_us, kind_of, made_id, text_of, word_of
from earnest.channels.told import (
    ClickTold,
    OptTold,
    Party,
    Rejected,
    ReplyTold,
    SamePerson,
    StatusTold,
    Terms,
    Told,
    WatermarkTold,
    shown_value,
)
from earnest.events.kinds import Status

SENT, DELIVERED, READ = int(Status.SENT), int(Status.DELIVERED), int(Status.READ)
CHANGED = ("messages", "messaging_postbacks", "messaging_seen", "messaging_referral", "message_reactions")
"""Fields of `changes[]` whose value is an event such as `messaging[]` holds; Meta's test button sends them so."""

AD = "ads"
"""`source` of a referral that came from an ad; all other sources are links of the business's own."""

MARKETING = "notification_messages"
ALLOWED = Allowed(
    words=frozenset(("type", "status", "action", "source", "field", "verb", "item", "reaction", "user_token_status")),
    ids=frozenset(
        ("mid", "app_id", "new_owner_app_id", "previous_owner_app_id", "requested_owner_app_id", "ad_id", "post_id")
    ),
    times=frozenset(("timestamp", "time", "created_time", "token_expiry_timestamp", "watermark")),
    codes=frozenset(("code", "error_code")),
)
_BESIDE = ("sender", "recipient", "timestamp")
_WORD = re.compile(r"[a-z0-9_]{1,40}")
_PHONE = re.compile(r"\+[0-9]{7,15}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the envelope.

    Args:
        platform: ``messenger`` or ``instagram``. page: id of the page or account. us: when. at: path of the event.
        person: the contact's id; None if not told.
    """

    platform: str
    page: str | None
    us: int
    at: str
    person: str | None

    @property
    def party(self) -> Party:
        return Party(contact=None if self.person is None else f"{self.platform}:{self.person}")

    def somebody(self) -> Party:
        """The contact, where nothing can be said without one.

        Raises:
            Refusal: `contact-missing`.
        """
        if self.person is None:
            raise Refusal(Rejected("contact-missing", self.at))
        return self.party


def parser(platform: str, spoken: str) -> Parse:
    """The `parse` of one platform.

    Args:
        platform: code of the channel. spoken: what its bodies have as `object`.
    """

    def parse(payload: object, _headers: Headers) -> Iterator[Told | Rejected]:
        if not isinstance(payload, dict) or payload.get("object") != spoken:
            said = text_of(payload.get("object")) if isinstance(payload, dict) else kind_of(payload)
            yield Rejected("not-an-envelope", "", None if said is None else shown_value(said))
            return
        entries = payload.get("entry")
        if not isinstance(entries, list) or not entries:
            yield Rejected("shape-unknown", "entry", kind_of(entries))
            return
        for number, entry in enumerate(entries):
            yield from _entry(platform, entry, f"entry[{number}]")

    return parse


def _entry(platform: str, entry: object, at: str) -> Iterator[Told | Rejected]:
    if not isinstance(entry, dict):
        yield Rejected("shape-unknown", at, kind_of(entry))
        return
    page, when = id_of(entry.get("id")), entry.get("time")
    known = False
    for key, items in entry.items():
        if key in ("messaging", "standby", "changes"):
            known = True
            if not isinstance(items, list):
                yield Rejected("shape-unknown", f"{at}.{key}", kind_of(items))
                continue
            for place, item in enumerate(items):
                inner = f"{at}.{key}[{place}]"
                if key == "changes":
                    yield from _change(platform, item, inner, (page, when))
                else:
                    yield from _event(platform, item, inner, (page, when))
        elif key not in ("id", "time"):
            known = True
            yield notice_of(key, items, ALLOWED, account=page, name="unread", us=instant_us(when))
    if not known:
        yield Rejected("shape-unknown", f"{at}.messaging", "nothing")


def _change(platform: str, change: object, at: str, entry: tuple[str | None, object]) -> Iterator[Told | Rejected]:
    if not isinstance(change, dict):
        yield Rejected("shape-unknown", at, kind_of(change))
        return
    field, value = text_of(change.get("field")), change.get("value")
    if field in CHANGED and isinstance(value, dict):
        yield from _event(platform, value, f"{at}.value", entry)
    else:
        yield notice_of(
            field or "changes", value, ALLOWED, account=entry[0], name=_said(value), us=instant_us(entry[1])
        )


def _said(value: object) -> str | None:
    """What happened, in the provider's words."""
    holder = value if isinstance(value, dict) else {}
    return next((word for key in ("verb", "action", "status", "type") if (word := word_of(holder.get(key)))), None)


def _event(platform: str, item: object, at: str, entry: tuple[str | None, object]) -> Iterator[Told | Rejected]:
    if not isinstance(item, dict):
        yield Rejected("shape-unknown", at, kind_of(item))
        return
    page, when = entry
    raw = item.get("timestamp", when)
    us = instant_us(raw)
    if us is None:
        missing = raw is None or raw == ""
        yield Rejected(
            "time-missing" if missing else "time-unreadable", f"{at}.timestamp", None if missing else kind_of(raw)
        )
        return
    event = Event(platform, page, us, at, _person(item, page))
    parts = {key: part for key, part in item.items() if key not in _BESIDE}
    if not parts:
        yield notice_of("messaging", item, ALLOWED, account=page, name="unknown", us=us)
    for key, part in parts.items():
        reader = READERS.get(key)
        if reader is None:
            yield notice_of(key, part, ALLOWED, account=page, name=_said(part), us=us)
        elif not isinstance(part, dict):
            yield Rejected("shape-unknown", f"{at}.{key}", kind_of(part))
        else:
            try:
                yield from reader(event, Element(part, f"{at}.{key}"))
            except Refusal as refusal:
                yield refusal.rejected


def _person(item: dict[str, Any], page: str | None) -> str | None:
    """The contact of an event: who wrote, or of an echo to whom; never the page itself."""
    message = item.get("message")
    echo = isinstance(message, dict) and message.get("is_echo") is True
    sides = [item.get(side) for side in (("recipient", "sender") if echo else ("sender", "recipient"))]
    named = [id_of(side.get("id")) if isinstance(side, dict) else None for side in sides]
    if named[0] is not None and named[0] == page:
        return named[1] if named[1] != page else None
    return named[0]


def _message(event: Event, message: Element) -> list[Told]:
    mid, us, item = message.identity("mid"), event.us, message.item
    for name in ("is_deleted", "is_self"):
        if item.get(name) is True:
            return [notice_of("message", item, ALLOWED, subject=mid, name=name.removeprefix("is_"), us=us)]
    if item.get("is_echo") is True:
        told = callback_of(text_of(item.get("metadata")))
        return [StatusTold(mid, SENT, us, event.party, Terms(account=event.page), callback=told)]
    answers = text_of(message.within("reply_to").item.get("mid"))
    tapped = message.within("quick_reply").item
    word, same = _own_word(event, text_of(tapped.get("payload")), item.get("text"))
    party = event.somebody() if answers is None else event.party
    found: list[Told] = [
        ReplyTold(mid, us, party, _type_of(message), answers, callback_of(word), _referral(message.within("referral")))
    ]
    door = "button" if tapped and says_stop(word) else "keyword"
    if says_stop(item.get("text")) or door == "button":
        found.append(OptTold(us, party, "out", "button" if tapped else "keyword", answers))
    return found + same


def _own_word(event: Event, payload: str | None, text: object) -> tuple[str | None, list[Told]]:
    """The sender's word for a quick reply. Where Meta offered the person their own phone or mail address, it is no word.

    Source: Messenger Platform, quick replies `user_phone_number` and `user_email`: title and payload are the value itself.
    """
    if payload is None or payload != text or event.person is None:
        return payload, []
    if _PHONE.fullmatch(payload):
        return None, [SamePerson(event.us, event.party, Party(dialled=payload))]
    if _MAIL.fullmatch(payload):
        return None, [SamePerson(event.us, event.party, Party(email=payload))]
    return payload, []


def _type_of(message: Element) -> str:
    """Type of an incoming message: what was tapped, the first attachment's, or text."""
    item = message.item
    if item.get("quick_reply"):
        return "quick_reply"
    for attachment in message.each("attachments"):
        kind = word_of(attachment.item.get("type"))
        return kind if kind and _WORD.fullmatch(kind) else "attachment"
    if message.within("reply_to").item.get("story"):
        return "story_reply"
    return "text" if isinstance(item.get("text"), str) else "unknown"


def _referral(referral: Element) -> str | None:
    """The ad that brought the contact here, else the sender's own word in the link."""
    return text_of(referral.item.get("ad_id")) or callback_of(text_of(referral.item.get("ref")))


def _postback(event: Event, postback: Element) -> list[Told]:
    item, party = postback.item, event.somebody()
    payload = callback_of(text_of(item.get("payload")))
    identity = text_of(item.get("mid")) or made_id("postback", event.page, event.person, event.us, payload)
    found: list[Told] = [
        ReplyTold(identity, event.us, party, "postback", None, payload, _referral(postback.within("referral")))
    ]
    if says_stop(payload) or says_stop(item.get("title")):
        found.append(OptTold(event.us, party, "out", "button"))
    return found


def _reaction(event: Event, reaction: Element) -> list[Told]:
    mid = reaction.identity("mid")
    if reaction.item.get("action") == "unreact":
        return [notice_of("reaction", reaction.item, ALLOWED, subject=mid, name="unreact", us=event.us)]
    identity = made_id("reaction", event.page, event.person, mid, event.us)
    return [ReplyTold(identity, event.us, event.party, "reaction", mid)]


def _referred(event: Event, referral: Element) -> list[Told]:
    """A link or an ad opened a conversation that was there before; nobody wrote. An ad's is no click in a message."""
    item, party = referral.item, event.somebody()
    source = word_of(item.get("source"))
    ad = text_of(item.get("ad_id"))
    kind = "unknown" if ad is not None or source == AD else "human"
    component = source if source and _WORD.fullmatch(source) else None
    return [ClickTold(event.us, party, ad, callback_of(text_of(item.get("ref"))), component, None, kind)]


def _optin(event: Event, optin: Element) -> list[Told]:
    """Consent to marketing messages; what a plugin's button or box tells besides is a notice."""
    item = optin.item
    if item.get("type") != MARKETING:
        return [notice_of("optin", item, ALLOWED, account=event.page, name=word_of(item.get("type")), us=event.us)]
    word = word_of(item.get("notification_messages_status")) or "resume_notifications"
    if word not in ("stop_notifications", "resume_notifications"):
        return [notice_of("optin", item, ALLOWED, account=event.page, name=word, us=event.us)]
    direction = "out" if word == "stop_notifications" else "in"
    return [OptTold(event.us, event.somebody(), direction, "preference")]


def _delivery(event: Event, delivery: Element) -> Iterator[Told | Rejected]:
    mids = delivery.item.get("mids")
    if mids is not None and not isinstance(mids, list):
        yield delivery.refuse("shape-unknown", "mids").rejected
        mids = None
    for place, mid in enumerate(mids or ()):
        identity = text_of(mid)
        if identity is None:
            yield Rejected("id-missing", delivery.path(f"mids[{place}]"))
        else:
            yield StatusTold(identity, DELIVERED, event.us, event.party, Terms(account=event.page))
    yield from _watermark(event, delivery, DELIVERED, needed=not mids)


def _read(event: Event, read: Element) -> Iterator[Told | Rejected]:
    mid = text_of(read.item.get("mid"))
    if mid is not None:
        yield StatusTold(mid, READ, event.us, event.party, Terms(account=event.page))
    yield from _watermark(event, read, READ, needed=mid is None)


def _watermark(event: Event, part: Element, status: int, *, needed: bool) -> Iterator[Told]:
    raw = part.item.get("watermark")
    until = instant_us(raw)
    if until is not None:
        yield WatermarkTold(event.us, event.somebody(), status, until)
    elif needed or raw is not None:
        raise part.refuse("time-missing" if raw is None else "time-unreadable", "watermark")


READERS: dict[str, Callable[[Event, Element], list[Told] | Iterator[Told | Rejected]]] = {
    "message": _message,
    "postback": _postback,
    "reaction": _reaction,
    "referral": _referred,
    "optin": _optin,
    "delivery": _delivery,
    "read": _read,
}
"""Part of an event → what it tells."""

"""Telegram bots and business accounts: updates of the Bot API, one a delivery.

A bot gets no receipts: nothing says that a message was delivered or read. What is told are answers, taps, people who
block the bot or come back, and a phone where a person shares their own. A message is known by `<chat id>:<message id>`,
which each bot counts for itself: a private chat has the person's id with every bot.

Source: core.telegram.org/bots/api (read 2026-10).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from earnest.channels.channel import RECEIVED_HEADER, Channel, Headers, Kind
from earnest.channels.element import Element, Refusal
from earnest.channels.keywords import says_stop
from earnest.channels.masking import Allowed, callback_of
from earnest.channels.notices import notice_of
from earnest.channels.scalars import instant_us, kind_of, list_of, phone_of, received_us, text_of
from earnest.channels.told import OptTold, Party, Rejected, ReplyTold, SamePerson, StatusTold, Terms, Told
from earnest.events.kinds import Status

WRITTEN = ("message", "business_message")
TYPES = (
    *(
        "text",
        "photo",
        "voice",
        "video",
        "video_note",
        "animation",
        "audio",
        "document",
        "sticker",
        "story",
        "paid_media",
    ),
    *("venue", "location", "contact", "poll", "dice", "game", "checklist", "web_app_data"),
)
"""What a message may hold, and so its type; a message without any of them is about the chat itself."""

START = re.compile(r"/start(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*", re.ASCII)
"""The command behind a deep link, `t.me/<bot>?start=<payload>`."""

STOP = re.compile(r"/(stop|unsubscribe)(?:@\w+)?\s*", re.ASCII | re.IGNORECASE)
BLOCKED, BACK = "kicked", "member"
ALLOWED = Allowed(
    words=frozenset(("status", "type", "language_code")),
    ids=frozenset(("update_id",)),
    times=frozenset(("date", "edit_date", "forward_date", "until_date")),
)
PRIVATE = "private"


def parse(payload: object, headers: Headers) -> Iterator[Told | Rejected]:
    """Everything one update tells.

    Args:
        headers: with `RECEIVED_HEADER`, as a tap on a button (`callback_query`) has no time of its own.
    """
    update = text_of(payload.get("update_id")) if isinstance(payload, dict) else None
    if update is None or not isinstance(payload, dict):
        yield Rejected("not-an-envelope", "", kind_of(payload))
        return
    parts = {key: part for key, part in payload.items() if key != "update_id"}
    if not parts:
        yield notice_of("update", payload, ALLOWED, account=update, name="empty")
    for key, part in parts.items():
        if not isinstance(part, dict):
            yield Rejected("shape-unknown", key, kind_of(part))
            continue
        reader = READERS.get(key)
        try:
            found = reader(Element(part, key), headers) if reader else None
        except Refusal as refusal:
            yield refusal.rejected
            continue
        if found is None:
            when = instant_us(part.get("edit_date")) or instant_us(part.get("date"))
            yield notice_of(key, part, ALLOWED, account=update, name=_status(part), us=when)
        else:
            yield from found


def _status(part: dict[str, object]) -> str | None:
    member = part.get("new_chat_member")
    return text_of(member.get("status")) if isinstance(member, dict) else None


def _when(element: Element) -> int:
    raw = element.item.get("date")
    us = instant_us(raw)
    if us is None:
        raise element.refuse("time-missing" if raw is None else "time-unreadable", "date", kind_of(raw))
    return us


def _user(element: Element, key: str = "from") -> Party | None:
    """The person under a key; None if there is none, or a bot."""
    user = element.within(key)
    identity = text_of(user.item.get("id"))
    return None if identity is None or user.item.get("is_bot") is True else Party(contact=f"telegram:{identity}")


def _id(chat: Element, number: object) -> str | None:
    """Identity of a message: numbers count up in each chat of its own."""
    where, what = text_of(chat.item.get("id")), text_of(number)
    return None if where is None or what is None else f"{where}:{what}"


def _message(message: Element, _headers: Headers) -> list[Told] | None:
    """What a person wrote; of a business account's chats also what the business wrote."""
    us, chat, item = _when(message), message.within("chat"), message.item
    identity = _id(chat, item.get("message_id"))
    if identity is None:
        raise message.refuse("id-missing", "message_id")
    kind = next((name for name in TYPES if item.get(name) is not None), None)
    party = _user(message)
    sender = text_of(message.within("from").item.get("id"))
    if "business_connection_id" in item and sender is not None and sender != text_of(chat.item.get("id")):
        contact = Party(contact=f"telegram:{text_of(chat.item.get('id'))}")
        return [StatusTold(identity, int(Status.SENT), us, contact, Terms())]
    if kind is None or party is None:
        return None
    text = item.get("text")
    started = START.fullmatch(text) if isinstance(text, str) else None
    answers = _id(chat, message.within("reply_to_message").item.get("message_id"))
    payload = callback_of(started[1]) if started else None
    found: list[Told] = [ReplyTold(identity, us, party, "start" if started else kind, answers, payload)]
    if says_stop(text) or (isinstance(text, str) and STOP.fullmatch(text)):
        found.append(OptTold(us, party, "out", "keyword", answers))
    return found + _own_phone(message, party, us)


def _own_phone(message: Element, party: Party, us: int) -> list[Told]:
    """A shared contact is the sender's own only if it names the sender; any other is somebody else's card."""
    card = message.within("contact").item
    sender, owner = text_of(message.within("from").item.get("id")), text_of(card.get("user_id"))
    phone, _ = phone_of(card.get("phone_number"))
    return [SamePerson(us, party, Party(phone=phone))] if phone and owner is not None and owner == sender else []


def _tapped(query: Element, headers: Headers) -> list[Told] | None:
    """A tap on an inline button; the message's own date is when the button was sent."""
    identity, party = query.identity("id"), _user(query)
    if party is None:
        return None
    us = received_us(headers)
    if us is None:
        raise Refusal(Rejected("time-missing", RECEIVED_HEADER))
    message = query.within("message")
    answers = _id(message.within("chat"), message.item.get("message_id"))
    data = text_of(query.item.get("data"))
    found: list[Told] = [ReplyTold(f"callback:{identity}", us, party, "callback_query", answers, callback_of(data))]
    return [*found, OptTold(us, party, "out", "button", answers)] if says_stop(data) else found


def _member(change: Element, _headers: Headers) -> list[Told] | None:
    """A person blocked the bot, or came back; in a group it is about the group."""
    status, party = change.within("new_chat_member").item.get("status"), _user(change)
    if change.within("chat").item.get("type") != PRIVATE or status not in (BLOCKED, BACK) or party is None:
        return None
    return [OptTold(_when(change), party, "out" if status == BLOCKED else "in", "block")]


def _reaction(reaction: Element, _headers: Headers) -> list[Told] | None:
    """A person reacted; a reaction that was taken away is a notice."""
    answers, party = _id(reaction.within("chat"), reaction.item.get("message_id")), _user(reaction, "user")
    if party is None or answers is None or not list_of(reaction.item.get("new_reaction")):
        return None
    us = _when(reaction)
    return [ReplyTold(f"reaction:{answers}:{party.contact}:{us}", us, party, "reaction", answers)]


READERS: dict[str, Callable[[Element, Headers], list[Told] | None]] = {
    **dict.fromkeys(WRITTEN, _message),
    "callback_query": _tapped,
    "my_chat_member": _member,
    "message_reaction": _reaction,
}
"""Type of update → what it tells; None for a notice."""

KINDS = (
    Kind("message, business_message", "reply", "a person wrote to the bot or the business; /start with its payload"),
    Kind("business_message (from the business)", "message", "what the connected business account wrote"),
    Kind("callback_query", "reply", "a person tapped an inline button, with its data"),
    Kind("message_reaction", "reply", "a person reacted to a message"),
    Kind("my_chat_member, /stop", "opt", "a person blocked the bot, came back, or wrote a word for leaving"),
    Kind("contact (own)", "identity_link", "a person shared their own phone"),
    Kind("everything else", "notice", "edits, channel posts, polls, inline queries, groups, business connections"),
)

CHANNEL = Channel(
    code="telegram",
    label="Telegram",
    docs="https://core.telegram.org/bots/api#getting-updates",
    read="2026-10",
    signature="telegram",
    kinds=KINDS,
    parse=parse,
    connects=("reply", "opt"),
    ids_per_source=True,
)

"""Statuses: which state an outgoing message reached, and what Meta says of its price.

    sent ─> delivered ─> read (played)      failed stands beside; deleted is a notice; a word of the future is refused

`pricing` stands on `sent` and on one of `delivered` and `read`; `CBP` charges conversations (to 2025-06-30), `PMP`
messages. A group send has one status a participant: message and participant together are one message; a status of the
group as a whole is a notice.

Source: developers.facebook.com/docs/whatsapp, webhooks reference `messages`/`status` and Groups API (read 2026-10).
"""

from __future__ import annotations

import functools
from typing import Any

from earnest.channels.scalars import flag_of, instant_us, kind_of, money_of, plausible_cost, text_of, word_of
from earnest.channels.told import OptTold, Party, StatusTold, Terms
from earnest.channels.whatsapp.notices import errors_of, notice
from earnest.channels.whatsapp.parties import NO_CARDS, NOBODY
from earnest.channels.whatsapp.source import Source
from earnest.events.kinds import Status

SENT, DELIVERED, READ, FAILED = (int(s) for s in (Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED))
STATUSES = {"sent": SENT, "delivered": DELIVERED, "read": READ, "played": READ, "failed": FAILED}
"""The provider's word → state; `played` is the first play of a voice message, which was read by then."""

PRICING_MODELS = {"cbp": "conversation", "pmp": "message"}
STAGES = {SENT: 2, DELIVERED: 3, READ: 3}
STOPPED_MARKETING = "131050"
"""Error: the user has stopped marketing messages from this business."""

Price = tuple[str | None, str | None, str | None, bool | None, str | None, int | None]
"""Model, type, category, billable flag, currency of the cost told, stage."""

_NO_PRICE: Price = (None, None, None, None, None, None)
_RECIPIENT = ("recipient_id", "recipient_user_id")
_PARTICIPANT = ("recipient_participant_id", "participant_recipient_id")
_PARTICIPANT_USER = ("recipient_participant_user_id", "recipient_user_id")
_LONGEST_PHONE = 15


def read_statuses(source: Source, items: list[Any]) -> None:
    """Tell each status of a value: a plain loop, as bodies of a thousand are what a campaign looks like."""
    told, simple = source.out.append, source.cards is NO_CARDS
    whose = (source.account, source.number)
    bare = _terms(whose, _NO_PRICE, None, None)
    for place, item in enumerate(items):
        if type(item) is not dict:
            source.reject_shape(f"statuses[{place}]", item)
            continue
        word, identity, raw = item.get("status"), item.get("id"), item.get("recipient_id")
        status = STATUSES.get(word) if type(word) is str else None
        if status is None or type(identity) is not str or not identity or "type" in item:
            found = _unusual(source, item, place)
            if found is None:
                continue
            status, identity = found
        us = instant_us(item.get("timestamp"))
        if us is None:
            source.reject_time(item, f"statuses[{place}]")
            continue
        party: Party | None
        terms, conversation, cost, audience = bare, None, None, None
        if "recipient_type" in item and item["recipient_type"] == "group":
            identity, party = _participant(source, item, identity, place)
            if party == NOBODY:
                notice(source, item, topic=source.topic, subject=identity, name=f"group_{word}".lower())
                continue
            audience = "group"
        elif simple and type(raw) is str and "recipient_user_id" not in item and _digits(raw):
            party = Party(raw)
        else:
            party = source.identify(item, _RECIPIENT, inner=f"statuses[{place}]", us=us)
        if party is None:
            continue
        if "pricing" in item or "conversation" in item or audience or party.country:
            price, conversation, cost = _price(source, item, status, place)
            terms = _terms(whose, price, party.country, audience)
        callback = text_of(item["biz_opaque_callback_data"]) if "biz_opaque_callback_data" in item else None
        code = _failure(source, item, (us, party, identity)) if status == FAILED else None
        told(StatusTold(identity, status, us, party, terms, conversation, cost, callback, code))


def _digits(phone: str) -> bool:
    return len(phone) <= _LONGEST_PHONE and phone.isdigit() and phone.isascii()


@functools.lru_cache(maxsize=4096)
def _terms(whose: tuple[str | None, str | None], price: Price, country: str | None, audience: str | None) -> Terms:
    """The terms of one sender and price; the same object again for the same values, as few differ."""
    model, kind, category, billable, currency, stage = price
    return Terms(*whose, model, kind, category, billable, country, audience, currency, stage)


def _unusual(source: Source, item: dict[str, Any], place: int) -> tuple[int, str] | None:
    """State and id of a status that is not as most are; None if it was told as a notice, or refused."""
    identity, word, kind = text_of(item.get("id")), item.get("status"), item.get("type")
    if kind is not None and kind != "message":
        notice(source, item, topic=source.topic, subject=identity, name=text_of(word))
        return None
    folded = word.lower() if isinstance(word, str) else None
    if identity is None:
        source.reject("id-missing", f"statuses[{place}].id")
    elif folded == "deleted":
        notice(source, item, topic=source.topic, subject=identity, name=text_of(word))
    elif folded not in STATUSES:
        source.reject("status-unknown", f"statuses[{place}].status", text_of(word) or kind_of(word))
    else:
        return STATUSES[folded], identity
    return None


def _participant(source: Source, item: dict[str, Any], identity: str, place: int) -> tuple[str, Party | None]:
    """Message and party of one participant of a group; nobody where none is named: that is no message of its own."""
    keys = [key for key in _PARTICIPANT if item.get(key)] or [_PARTICIPANT[0]]
    users = [key for key in _PARTICIPANT_USER if item.get(key)] or [_PARTICIPANT_USER[0]]
    party = source.cards.party(item.get(keys[0]), item.get(users[0]), lone=False)
    if party is None:
        source.reject("contact-unreadable", f"statuses[{place}].{keys[0]}")
        return identity, None
    who = party.phone or party.user_id
    return (in_group(identity, who) if who else identity), party


def in_group(identity: str, participant: str) -> str:
    """Identity of one participant's copy of a group message."""
    return f"{identity}:{participant}"


def _price(source: Source, item: dict[str, Any], status: int, place: int) -> tuple[Price, str | None, str | None]:
    """Price, conversation it is charged with, and cost, as far as the status tells them."""
    pricing, conversation = item.get("pricing"), item.get("conversation")
    identity, origin, currency, cost = None, None, None, None
    if conversation is not None:
        if isinstance(conversation, dict):
            identity = text_of(conversation.get("id"))
            within = conversation.get("origin")
            origin = word_of(within.get("type")) if isinstance(within, dict) else None
            pricing = pricing if pricing is not None else conversation.get("pricing")
        else:
            source.reject_shape(f"statuses[{place}].conversation", conversation)
    if not isinstance(pricing, dict):
        if pricing is not None:
            source.reject_shape(f"statuses[{place}].pricing", pricing)
        return (None, None, origin, None, None, None), identity, None
    if "cost" in pricing:
        cost, currency = _cost(source, pricing["cost"], place)
    model, kind, category = pricing.get("pricing_model"), pricing.get("type"), pricing.get("category")
    words = (
        model if type(model) is str else None,
        kind if type(kind) is str else None,
        category if type(category) is str else None,
    )
    price = _priced(words, flag_of(pricing.get("billable")), (origin, currency), status)
    return price, identity if price[0] != "message" else None, cost


@functools.lru_cache(maxsize=4096)
def _priced(words: tuple[str | None, ...], billable: bool | None, beside: tuple[str | None, ...], status: int) -> Price:
    """A price from the provider's words; the same object again for the same words, as few differ."""
    model, kind, category = (word_of(word) for word in words)
    origin, currency = beside
    named = PRICING_MODELS.get(model, model) if model is not None else None
    return named, kind, category or origin, billable, currency, STAGES.get(status)


def _cost(source: Source, cost: object, place: int) -> tuple[str | None, str | None]:
    if cost is None:
        return None, None
    found = money_of(cost.get("amount"), cost.get("currency")) if isinstance(cost, dict) else None
    if found is None:
        source.reject_shape(f"statuses[{place}].pricing.cost", cost)
        return None, None
    if not plausible_cost(found[0]):
        source.reject("cost-implausible", f"statuses[{place}].pricing.cost")
        return None, None
    return found


def _failure(source: Source, item: dict[str, Any], told: tuple[int, Party, str]) -> str | None:
    """Code of the first error; an error that says the user has opted out is told as that too."""
    us, party, identity = told
    codes = [text_of(error.get("code")) for error in errors_of(item) if isinstance(error, dict)]
    if STOPPED_MARKETING in codes:
        source.out.append(OptTold(us, party, "out", "failure", identity))
    return next((code for code in codes if code is not None), None)

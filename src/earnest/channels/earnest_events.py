"""Earnest's own events, as `POST /api/v1/events` keeps them: `{"events": [{"type": "order", …}, …]}`.

The door has checked a body before it is kept (`api/event_models.py`); here it is read again without trust, as a body
may also come from a file. One entry of `READERS` is one type of event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.element import Element, Refusal
from earnest.channels.masking import told_word
from earnest.channels.told import (
    AssignmentTold,
    AttributeTold,
    ClickTold,
    Hints,
    LineTold,
    OptTold,
    OrderTold,
    Party,
    RefundTold,
    Rejected,
    ReplyTold,
    SamePerson,
    SessionTold,
    StatusTold,
    Terms,
    Told,
)
from earnest.events.kinds import Status

STATUSES = {status.name.lower(): status.value for status in Status}
DIRECTIONS = ("in", "out")
CLICK_CLASSES = ("human", "preview", "bot")
DOOR = "api"
"""How an opt-in or opt-out was told, where the sender does not say."""

_SENT_STAGE, _DELIVERED_STAGE = 2, 3


def parse(payload: object, _headers: Headers) -> Iterator[Told | Rejected]:
    """Everything a body of events tells; a bad event is refused alone."""
    events = payload.get("events") if isinstance(payload, dict) else None
    if not isinstance(events, list):
        yield Rejected("not-an-envelope", "")
        return
    for place, item in enumerate(events):
        if not isinstance(item, dict):
            yield Rejected("shape-unknown", f"events[{place}]")
            continue
        try:
            yield from _read(Element(item, f"events[{place}]"))
        except Refusal as refusal:
            yield refusal.rejected


def _read(element: Element) -> list[Told]:
    kind = element.text("type")
    reader = READERS.get(kind or "")
    if reader is None:
        raise element.refuse("shape-unknown", "type", kind)
    us, party = element.moment("occurred_at"), _party(element)
    told = reader(element, us, party)
    return [*([told] if told is not None else []), *_same(us, party)]


def _party(element: Element) -> Party:
    who = element.within("contact")
    return Party(
        phone=who.text("wa_id"),
        user_id=who.text("user_id"),
        dialled=who.text("phone"),
        email=who.text("email"),
        contact=who.text("id"),
    )


def _same(us: int, party: Party) -> Iterator[SamePerson]:
    """Identities told together are one person: each beside the first."""
    names = ("dialled", "phone", "user_id", "email", "contact")
    single = [Party(**{name: value}) for name in names if (value := getattr(party, name)) is not None]
    for other in single[1:]:
        yield SamePerson(us, single[0], other)


def _one_of(element: Element, key: str, known: tuple[str, ...] | dict[str, int], otherwise: str | None = None) -> str:
    word = element.text(key) or otherwise
    if word is None or word not in known:
        raise element.refuse("shape-unknown", key, word)
    return word


def _message(element: Element, us: int, party: Party) -> StatusTold:
    status = _one_of(element, "status", STATUSES)
    cost = element.within("cost")
    amount = cost.amount("amount")
    currency = cost.currency("currency") if amount is not None else None
    late = status in ("delivered", "read")
    stage = None if amount is None else _DELIVERED_STAGE if late else _SENT_STAGE
    medium, category = told_word(element.text("channel")), told_word(element.text("category"))
    names = ("campaign", "template", "tag")
    hints = Hints(medium, **{name: element.text(name) for name in names}, category=category)
    return StatusTold(
        element.identity("id"),
        STATUSES[status],
        us,
        party,
        Terms(category=category, cost_currency=currency, stage=stage),
        cost=amount,
        callback=element.text("callback"),
        error_code=told_word(element.text("error_code"), code=True),
        hints=hints if hints != Hints() else None,
    )


def _reply(element: Element, us: int, party: Party) -> ReplyTold:
    answers, payload, referral = element.text("message"), element.text("payload"), element.text("referral")
    reply_type = element.text("reply_type") or "text"
    return ReplyTold(element.identity("id"), us, party, reply_type, answers, payload, referral)


def _click(element: Element, us: int, party: Party) -> ClickTold:
    return ClickTold(
        us,
        party,
        click_id=element.text("id"),
        token=element.text("token"),
        message_id=element.text("message"),
        click_class=_one_of(element, "click_class", CLICK_CLASSES, "human"),
    )


def _opt(element: Element, us: int, party: Party) -> OptTold:
    direction = _one_of(element, "direction", DIRECTIONS)
    return OptTold(us, party, direction, element.text("door") or DOOR, element.text("message"))


def _sale(element: Element, us: int, party: Party, *, kind: str) -> OrderTold:
    amount, total = element.amount("amount"), element.amount("total")
    cancelled = element.item.get("cancelled") is True
    if amount is None and total is None and not cancelled and kind == "order":
        raise element.refuse("amount-unreadable", "amount")
    lines = tuple(
        LineTold(line.identity("sku"), line.amount("quantity"), line.amount("amount")) for line in element.each("lines")
    )
    return OrderTold(
        element.identity("id"),
        us,
        party,
        element.currency("currency"),
        updated_us=element.time("updated_at"),
        conversion_kind=kind,
        amount=amount,
        total=total,
        tax=element.amount("tax"),
        shipping=element.amount("shipping"),
        discount=element.amount("discount"),
        cancelled=cancelled,
        coupon=element.text("coupon"),
        lines=lines,
    )


def _order(element: Element, us: int, party: Party) -> OrderTold:
    return _sale(element, us, party, kind="order")


def _conversion(element: Element, us: int, party: Party) -> OrderTold:
    return _sale(element, us, party, kind=element.identity("conversion_kind"))


def _refund(element: Element, us: int, party: Party) -> RefundTold:
    amount = element.amount("amount")
    if amount is None:
        raise element.refuse("amount-unreadable", "amount")
    ids = element.identity("id"), element.identity("order")
    return RefundTold(*ids, us, party, amount, element.currency("currency"))


def _attribute(element: Element, us: int, party: Party) -> AttributeTold:
    return AttributeTold(us, party, element.identity("attribute"), element.identity("value"))


def _assignment(element: Element, us: int, party: Party) -> AssignmentTold:
    return AssignmentTold(us, party, element.identity("experiment"), element.identity("arm"))


def _session(element: Element, us: int, party: Party) -> SessionTold:
    names = ("utm_source", "utm_medium", "utm_campaign", "click_id")
    return SessionTold(element.identity("id"), us, party, **{name: element.text(name) for name in names})


def _same_person(element: Element, _us: int, party: Party) -> None:
    if len(list(_same(0, party))) == 0:
        raise element.refuse("contact-missing", "contact")


READERS: dict[str, Callable[[Element, int, Party], Any]] = {
    "message": _message,
    "reply": _reply,
    "click": _click,
    "opt": _opt,
    "order": _order,
    "conversion": _conversion,
    "refund": _refund,
    "attribute": _attribute,
    "assignment": _assignment,
    "session": _session,
    "same_person": _same_person,
}
"""Type of event → what it tells."""

CHANNEL = Channel(
    code="events",
    label="Earnest events API",
    docs="docs/senders/events-api.md",
    read="2026-10",
    signature="token",
    kinds=(
        Kind("message", "message", "a message reached a state: accepted, sent, delivered, read, failed"),
        Kind("reply, click, opt", "reply, click, opt", "what a contact did with it"),
        Kind("order, conversion", "order, conversion", "what was bought or reached, and newer versions of it"),
        Kind("refund", "refund", "money given back on an order"),
        Kind("attribute, assignment, session", "contact, assignment, session", "who a contact is, arms, visits"),
        Kind("same_person", "identity_link", "identities of one person"),
    ),
    parse=parse,
    door="/api/v1/events",
    ids_per_source=True,
    connects=("read", "reply", "click", "opt", "order"),
)

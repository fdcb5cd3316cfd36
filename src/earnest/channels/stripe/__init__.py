"""Stripe: events of payments, refunds and disputes into what they tell; every other type is a notice.

What an event tells is read from the state of its object, not from its type: events come repeated and in any order. An
object without its event, as the API returns it, is read too. Test mode tells nothing, unless the source asks for it
with the option `test_mode`.

Stripe's reference: docs.stripe.com/api and docs.stripe.com/webhooks (read October 2026).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from earnest.channels.channel import Channel, Headers, Kind, Parse
from earnest.channels.element import Element, plain_text
from earnest.channels.masking import Allowed
from earnest.channels.notices import notice_of
from earnest.channels.scalars import instant_us, kind_of
from earnest.channels.shop import object_of, shown_id, told_by
from earnest.channels.stripe.payments import READERS, Event
from earnest.channels.told import Notice, RefundTold, Rejected, Told

__all__ = ["CHANNEL", "parse"]

TEST_MODE = "test mode"
REFUNDED, NOT_LISTED = "charge.refunded", "refund not listed"
"""Since API version 2022-11-15 this event names the running total alone; `refund.created` tells the refund."""


_ALLOWED = Allowed(
    words=frozenset(
        ("object", "type", "status", "currency", "payment_status", "mode", "reason", "api_version", "failure_code",
         "billing_reason", "cancellation_reason")
    ),
    ids=frozenset(("id", "charge", "payment_intent", "invoice", "subscription", "balance_transaction", "latest_charge")),
    times=frozenset(("created", "canceled_at", "current_period_end", "current_period_start", "due_by")),
    personal=frozenset(
        ("customer_details", "billing_details", "shipping", "evidence", "metadata", "payment_method_details", "source",
         "customer_address", "customer_shipping", "last_payment_error", "receipt_email", "customer_email", "address")
    ),
)  # fmt: skip
_OF_PEOPLE = Allowed(words=_ALLOWED.words, times=_ALLOWED.times, personal=_ALLOWED.personal)


def parse(payload: object, headers: Headers) -> Iterator[Told | Rejected]:
    """Everything that one live event tells; any JSON value is answered, never with an exception."""
    yield from _parse(payload, headers, test_mode=False)


def tuned(options: Mapping[str, Any]) -> Parse:
    """The `parse` of a source with options: `test_mode: true` reads events of test mode as if they were real."""
    test_mode = options.get("test_mode") is True
    return lambda payload, headers: _parse(payload, headers, test_mode=test_mode)


def _parse(payload: object, _headers: Headers, *, test_mode: bool) -> Iterator[Told | Rejected]:
    if not isinstance(payload, dict):
        yield Rejected("not-an-envelope", "", kind_of(payload))
        return
    element, event = _opened(payload)
    if element is None:
        yield Rejected("not-an-envelope", "")
        return
    live = payload["livemode"] if type(payload.get("livemode")) is bool else element.item.get("livemode")
    if live is False and not test_mode:
        yield _notice(element, event, name=TEST_MODE)
        return
    reader = READERS.get(plain_text(element.item.get("object")) or "")
    told = [] if reader is None else list(told_by(lambda one: reader(one, event), element))
    yield from told or [_notice(element, event)]
    if event.type == REFUNDED and told and not any(isinstance(one, RefundTold | Rejected) for one in told):
        yield _notice(element, event, name=NOT_LISTED)


def _opened(payload: dict[str, Any]) -> tuple[Element | None, Event]:
    """The object that an event is about, or the object itself where it came without one."""
    kind, inner = payload.get("object"), object_of(payload.get("data")).get("object")
    if kind == "event" and isinstance(inner, dict):
        return Element(inner, "data.object"), Event(plain_text(payload.get("type")), instant_us(payload.get("created")))
    if isinstance(kind, dict) and payload.keys() == {"object"}:
        return Element(kind, "object"), Event(None, None)
    if isinstance(kind, str) and kind != "event":
        return Element(payload, ""), Event(None, None)
    return None, Event(None, None)


def _notice(element: Element, event: Event, *, name: str | None = None) -> Notice:
    item = element.item
    kind = plain_text(item.get("object")) or ""
    topic = event.type or kind
    of_people = kind in ("customer", "discount") or topic.startswith("customer.discount")
    allowed, subject = (_OF_PEOPLE, None) if of_people else (_ALLOWED, shown_id(plain_text(item.get("id"))))
    us = event.us if event.us is not None else instant_us(item.get("created"))
    said = name or plain_text(item.get("payment_status")) or plain_text(item.get("status"))
    return notice_of(topic.replace(".", "_"), item, allowed, account=subject, name=said, us=us)


CHANNEL = Channel(
    code="stripe",
    label="Stripe",
    docs="https://docs.stripe.com/webhooks",
    read="2026-10",
    signature="stripe",
    kinds=(
        Kind("checkout.session.*, payment_intent.succeeded, charge.succeeded, invoice.paid", "order", "a payment"),
        Kind("refund.*, charge.refunded with its refunds", "refund", "money was given back"),
        Kind("charge.dispute.funds_withdrawn, …funds_reinstated", "refund", "a dispute took money, or gave it back"),
        Kind("client_reference_id and metadata of a session", "session", "the visit that led to a payment"),
        Kind("customer details of a session", "identity_link", "Stripe's customer and who it is"),
        Kind("every other type, and test mode", "notice", "failed payments, payouts, coupons, customers"),
    ),
    parse=parse,
    tuned=tuned,
    connects=("order",),
)

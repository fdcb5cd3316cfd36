"""Shopify: webhooks of orders and refunds into what they tell; every other topic is a notice.

A body is told apart by the header X-Shopify-Topic, or in files without headers by its shape. Resources of the REST API
are read too, with the key they are wrapped in (`{"order": {…}}`, `{"orders": [ … ]}`).

Shopify's reference: shopify.dev, REST Admin API and webhooks (read October 2026).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.element import Element, iso_us, plain_text
from earnest.channels.masking import Allowed
from earnest.channels.notices import notice_of
from earnest.channels.scalars import kind_of
from earnest.channels.shop import shown_id, told_by
from earnest.channels.shopify.orders import TEST, TRIGGERED, read_deleted, read_order
from earnest.channels.shopify.refunds import read_refund
from earnest.channels.told import Notice, Rejected, Told

__all__ = ["CHANNEL", "parse"]

TOPIC, EVENT_ID = "x-shopify-topic", "x-shopify-event-id"
ORDERS = frozenset(
    f"orders/{event}" for event in ("create", "updated", "paid", "cancelled", "fulfilled", "partially_fulfilled")
)
"""Topics whose body is the whole order."""

DELETED, REFUNDED = "orders/delete", "refunds/create"
OF_PEOPLE = ("customers", "customer", "shop")
"""Families of topics that are about people: of these a notice keeps no id."""

_WORDS = frozenset(
    ("status", "financial_status", "fulfillment_status", "currency", "presentment_currency", "kind", "type", "state",
     "source_name", "topic", "cancel_reason", "reason")
)  # fmt: skip
_TIMES = frozenset(
    ("created_at", "updated_at", "processed_at", "cancelled_at", "completed_at", "closed_at", "happened_at")
)
_PERSONAL = frozenset(
    ("customer", "billing_address", "shipping_address", "default_address", "addresses", "note", "note_attributes",
     "client_details", "payment_details", "email", "phone", "context", "clientId")
)  # fmt: skip
_PLAIN = Allowed(words=_WORDS, times=_TIMES, personal=_PERSONAL)
_ALLOWED = Allowed(
    words=_WORDS,
    ids=frozenset(("id", "order_id", "checkout_id", "refund_id", "fulfillment_id", "product_id", "variant_id")),
    times=_TIMES,
    personal=_PERSONAL,
)
_HAPPENED = ("updated_at", "happened_at", "processed_at", "created_at", "timestamp")


def parse(payload: object, headers: Headers) -> Iterator[Told | Rejected]:
    """Everything that one body tells; any JSON value is answered, never with an exception."""
    if not isinstance(payload, dict):
        yield Rejected("not-an-envelope", "", kind_of(payload))
        return
    topic = headers.get(TOPIC, "").strip().lower()
    for family, item, at in _unwrapped(payload):
        if isinstance(item, dict):
            yield from _read(topic or _topic_of(item, family), Element(item, at), headers)
        else:
            yield Rejected("shape-unknown", at, kind_of(item))


def _unwrapped(payload: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """(family, resource, its path): a webhook's body itself, or the resources that a REST answer wraps."""
    inner = next(iter(payload.values())) if len(payload) == 1 else None
    if not isinstance(inner, dict | list) or not inner:
        yield "", payload, ""
        return
    (family,) = payload
    if isinstance(inner, dict):
        yield family, inner, family
        return
    for place, item in enumerate(inner):
        yield family, item, f"{family}[{place}]"


def _topic_of(item: dict[str, Any], family: str) -> str:
    """The topic of a body that came without headers."""
    whole = "total_price" in item and ("order_number" in item or "/Order/" in str(item.get("admin_graphql_api_id")))
    if family in ("order", "orders") or (not family and whole):
        return "orders/updated"
    if family in ("refund", "refunds") or (not family and "order_id" in item and "refund_line_items" in item):
        return REFUNDED
    if family:
        return family
    if "clientId" in item and "context" in item:
        return "pixel"
    if "line_items" in item and "token" in item:
        return "checkouts" if "total_price" in item else "carts"
    return ""


def _read(topic: str, element: Element, headers: Headers) -> Iterator[Told | Rejected]:
    if topic in ORDERS:
        yield from told_by(lambda order: read_order(order, headers), element)
    elif topic == REFUNDED:
        yield from told_by(lambda refund: _refund(refund, headers), element)
    elif topic == DELETED:
        yield from told_by(lambda order: [read_deleted(order, headers) or _notice(topic, order, headers)], element)
    else:
        yield _notice(topic, element, headers)


def _refund(refund: Element, headers: Headers) -> list[Told | Rejected]:
    """A refund told alone; one of a test notification, or that moved no money, is a notice."""
    given = read_refund(refund)
    if given is None or headers.get(TEST, "").lower() == "true":
        return [_notice(REFUNDED, refund, headers, name="no money moved" if given is None else "test")]
    return [given.told]


def _notice(topic: str, element: Element, headers: Headers, *, name: str | None = None) -> Notice:
    item = element.item
    of_people = topic.partition("/")[0] in OF_PEOPLE
    subject = None if of_people else shown_id(plain_text(item.get("id")))
    said = name or plain_text(item.get("status")) or (plain_text(item.get("name")) if topic == "pixel" else None)
    times = (iso_us(item.get(key)) for key in _HAPPENED)
    us = next((us for us in (iso_us(headers.get(TRIGGERED)), *times) if us is not None), None)
    allowed = _PLAIN if of_people else _ALLOWED
    return notice_of(topic.replace("/", "_"), item, allowed, account=subject, name=said, us=us)


CHANNEL = Channel(
    code="shopify",
    label="Shopify",
    docs="https://shopify.dev/docs/api/webhooks",
    read="2026-10",
    signature="shopify",
    kinds=(
        Kind("orders/*", "order", "an order was placed, paid, changed, cancelled, fulfilled or deleted"),
        Kind("refunds/create, refunds within orders", "refund", "money was given back"),
        Kind("landing_site, note_attributes", "session", "the visit that led to an order"),
        Kind("every other topic", "notice", "carts, checkouts, customers, products, privacy requests"),
    ),
    parse=parse,
    headers=(TOPIC, EVENT_ID, TRIGGERED, TEST),
    connects=("order",),
)

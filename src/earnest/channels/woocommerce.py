"""WooCommerce: webhooks of orders into what they tell; every other topic is a notice.

A body is told apart by the header X-WC-Webhook-Topic, or in files without headers by its shape. Instants are the
`…_gmt` ones, written without a Z; `date_created` is the shop's local time and is not read.

Source: woocommerce.github.io/woocommerce-rest-api-docs, orders and webhooks (read 2026-10); order attribution: WooCommerce
8.5 release notes (January 2024).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.element import Element, Refusal, iso_us, plain_text
from earnest.channels.masking import Allowed
from earnest.channels.notices import notice_of
from earnest.channels.scalars import kind_of, received_us
from earnest.channels.shop import (
    at_home,
    decimal_text,
    exact,
    first_of,
    found_at,
    named_values,
    parameters,
    shown_id,
    told_by,
    visit,
)
from earnest.channels.told import LineTold, Notice, OrderTold, Party, RefundTold, Rejected, Told
from earnest.kernel.money import exponent

TOPIC, DELIVERY = "x-wc-webhook-topic", "x-wc-webhook-delivery-id"
SIGNATURE = "x-wc-webhook-signature"
PING = "webhook_id"
"""The form field of the request that WooCommerce sends when a webhook is saved."""
_PING_BODY = re.compile(rb"webhook_id=[0-9]{1,20}")

NOT_PAID = ("pending", "failed", "cancelled", "trash", "checkout-draft", "auto-draft", "draft")
"""States in which nothing was paid or the order is gone: it counts for nothing until that changes."""

ON_HOLD = "on-hold"
"""Waits for the payment to be confirmed, or, once paid, for the shop: it counts if `date_paid` is told."""

DELETED = "order.deleted"
_GMT_LENGTH = len("2026-10-01T10:00:00")
_ATTRIBUTION = "_wc_order_attribution_"
_ENTRY = "session_entry"

_ALLOWED = Allowed(
    words=frozenset(
        ("status", "topic", "resource", "event", "currency", "type", "discount_type", "role", "created_via")
    ),
    ids=frozenset(("id", "order_id", "parent_id", "product_id", "variation_id", PING)),
    times=frozenset(("date_created_gmt", "date_modified_gmt", "date_created", "date_modified", "date_paid_gmt")),
    personal=frozenset(("billing", "shipping", "meta_data", "customer", "email_restrictions", "used_by", "arg")),
    small_numbers=False,
)
_OF_PEOPLE = Allowed(words=_ALLOWED.words, times=_ALLOWED.times, personal=_ALLOWED.personal)


def parse(payload: object, headers: Headers) -> Iterator[Told | Rejected]:
    """Everything that one body tells; any JSON value is answered, never with an exception."""
    if not isinstance(payload, dict):
        yield Rejected("not-an-envelope", "", kind_of(payload))
        return
    topic = headers.get(TOPIC, "").strip().lower()
    element = Element(payload, "")
    if payload.keys() == {PING}:
        yield _notice("ping", element)
    elif topic == DELETED:
        yield from told_by(lambda order: [_deleted(order, headers) or _notice(topic, order)], element)
    elif topic.startswith("order.") or (not topic and "line_items" in payload and "order_key" in payload):
        yield from told_by(_order, element)
    else:
        yield _notice(topic or _shape_of(payload), element)


def is_ping(headers: Headers, body: bytes) -> bool:
    """Whether it is the request that WooCommerce sends when a webhook is saved: a form with its number, never signed.

    Any answer but 200 makes WooCommerce show the webhook as failing.
    """
    return SIGNATURE not in headers and _PING_BODY.fullmatch(body) is not None


def _shape_of(payload: dict[str, Any]) -> str:
    """A name for a body that came without headers and is no order."""
    shapes = {"delivery_url": "webhook", "discount_type": "coupon", "is_paying_customer": "customer", "sku": "product",
              "refunded_by": "refund"}  # fmt: skip
    return next((name for key, name in shapes.items() if key in payload), "")


def _order(order: Element) -> Iterator[Told | Rejected]:
    order_id, currency = order.identity("id"), order.currency("currency")
    us = _gmt(order, "date_created_gmt")
    if us is None:
        raise order.refuse("time-missing", "date_created_gmt")
    updated_us = _gmt(order, "date_modified_gmt") or us
    if order.amount("total") is None:
        raise order.refuse("amount-unreadable", "total")
    party = _party(order)
    refused: list[Rejected] = []
    lines = tuple(_lines(order, refused))
    state = (found_at(order.item, "status") or "").lower().removeprefix("wc-")
    unconfirmed = state == ON_HOLD and order.item.get("date_paid_gmt") in (None, "")
    yield OrderTold(
        order_id,
        us,
        party,
        currency,
        updated_us=updated_us,
        total=order.amount("total"),
        tax=order.amount("total_tax"),
        shipping=order.amount("shipping_total"),
        discount=order.amount("discount_total"),
        cancelled=state in NOT_PAID or unconfirmed,
        coupon=_coupon(order),
        lines=lines,
    )
    yield from _refunds(order, order_id, us=updated_us, party=party)
    yield from refused
    attribution = named_values(order.item.get("meta_data"), "key", "value")
    said = {key.removeprefix(_ATTRIBUTION): text for key, text in attribution.items() if key.startswith(_ATTRIBUTION)}
    led = visit(order_id, us, party, attribution | _entry(said) | said)
    if led is not None:
        yield led


def _entry(said: dict[str, str | None]) -> dict[str, str | None]:
    """The parameters of the page on which the visit began, where click ids stand."""
    return parameters(said.get(_ENTRY))


def _gmt(element: Element, key: str) -> int | None:
    """An instant in UTC that says so in its name alone; None if nothing stands there."""
    raw = element.item.get(key)
    if raw is None or raw == "":
        return None
    us = iso_us(f"{raw}Z" if isinstance(raw, str) and len(raw) == _GMT_LENGTH else raw)
    if us is None:
        raise element.refuse("time-unreadable", key, raw)
    return us


def _party(order: Element) -> Party:
    """Who ordered; customer 0 is a guest."""
    customer = found_at(order.item, "customer_id")
    return Party(
        dialled=at_home(found_at(order.item, "billing", "phone"), found_at(order.item, "billing", "country")),
        email=found_at(order.item, "billing", "email"),
        contact=None if customer in (None, "0") else f"woocommerce:{customer}",
    )


def _coupon(order: Element) -> str | None:
    lines = order.item.get("coupon_lines")
    return found_at(lines[0], "code") if isinstance(lines, list) and lines else None


def _lines(order: Element, refused: list[Rejected]) -> Iterator[LineTold]:
    """Lines with their total after discounts and without tax; one that cannot be read is refused alone."""
    for line in order.each("line_items"):
        product = plain_text(line.item.get("product_id"))
        name = first_of(plain_text(line.item.get("sku")), None if product is None else f"product:{product}")
        try:
            told = LineTold(name or "unknown", line.amount("quantity"), line.amount("total"))
        except Refusal as refusal:
            refused.append(refusal.rejected)
        else:
            yield told


def _refunds(order: Element, order_id: str, *, us: int, party: Party) -> Iterator[RefundTold]:
    """The refunds of an order, oldest first, each with the net part of what was given back.

    WooCommerce tells within an order neither when a refund was made nor the tax in it. It is dated with the version that
    tells it, and its net part is its share of the order's: as the shares add up, a full refund in parts gives back the
    whole net and no more.

    Raises:
        Refusal: one of them cannot be read; then the whole order is refused, as its net would be wrong.
    """
    currency, total = order.currency("currency"), exact(order, "total")
    net = max(total - exact(order, "total_tax") - exact(order, "shipping_total"), Decimal(0))
    unit = Decimal(1).scaleb(-exponent(currency))
    given, before = Decimal(0), Decimal(0)
    for refund in sorted(order.each("refunds"), key=_number):
        given += _positive(refund, "total")
        share = (net * min(given, total) / total).quantize(unit, ROUND_FLOOR) if total else given
        yield RefundTold(refund.identity("id"), order_id, us, party, decimal_text(share - before), currency)
        before = share


def _number(refund: Element) -> tuple[int, str]:
    text = refund.identity("id")
    return (len(text), text)


def _positive(refund: Element, key: str) -> Decimal:
    """What was given back: WooCommerce writes it as a negative amount."""
    raw = plain_text(refund.item.get(key))
    if raw is None:
        raise refund.refuse("amount-unreadable", key, refund.item.get(key))
    unsigned = Element({key: raw.removeprefix("-")}, refund.at)
    return exact(unsigned, key)


def _deleted(order: Element, headers: Headers) -> OrderTold | None:
    """An order that was deleted counts for nothing from then on; its body is the id alone, so the receipt dates it."""
    us, order_id = received_us(headers), order.identity("id")
    return None if us is None else OrderTold(order_id, us, Party(), "", updated_us=us, cancelled=True)


def _notice(topic: str, element: Element) -> Notice:
    item, of_people = element.item, topic.startswith("customer")
    subject = first_of(plain_text(item.get("id")), plain_text(item.get(PING)))
    times = (item.get("date_modified_gmt"), item.get("date_created_gmt"))
    us = next((us for us in (iso_us(f"{raw}Z") for raw in times) if us is not None), None)
    allowed, shown = (_OF_PEOPLE, None) if of_people else (_ALLOWED, shown_id(subject))
    name = plain_text(item.get("status"))
    return notice_of(topic.replace(".", "_"), item, allowed, account=shown, name=name, us=us)


CHANNEL = Channel(
    code="woocommerce",
    label="WooCommerce",
    docs="https://woocommerce.com/document/webhooks/",
    read="2026-10",
    signature="woocommerce",
    kinds=(
        Kind("order.*", "order", "an order was placed, changed, restored or deleted"),
        Kind("refunds within orders", "refund", "money was given back"),
        Kind("_wc_order_attribution_* within orders", "session", "the visit that led to an order"),
        Kind("every other topic", "notice", "products, coupons, customers; the ping when a webhook is saved"),
    ),
    parse=parse,
    headers=(TOPIC, DELIVERY),
    ping=is_ping,
    connects=("order",),
)

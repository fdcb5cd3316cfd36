"""Order events of Segment's e-commerce spec, and conversions that the source has named.

The net amount is `revenue` (without tax and shipping), else `subtotal` (after discounts), else `total` less tax and
shipping. An update, a cancellation and a refund without an amount are newer versions of the order.

Source: segment.com/docs/connections/spec/ecommerce/v2, read 2026-10.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from earnest.channels.element import Element
from earnest.channels.segment.ids import message_id
from earnest.channels.segment.tuning import Tuning
from earnest.channels.told import LineTold, OrderTold, Party, RefundTold, Told

_PLACED = ("ordered_at", "order_date", "created_at")
"""Properties that senders add to say when an order was placed; the spec has none."""


def _order(element: Element, us: int, party: Party, *, tuning: Tuning, cancelled: bool = False) -> OrderTold:
    properties = element.within("properties")
    placed = next((at for key in _PLACED if (at := properties.time(key)) is not None), us)
    net = properties.amount("revenue") or properties.amount("subtotal")
    total = properties.amount("total")
    if net is None and total is None and not cancelled:
        raise properties.refuse("amount-unreadable", "revenue")
    told = net is not None or total is not None
    return OrderTold(
        properties.identity("order_id"),
        placed,
        party,
        properties.currency("currency", tuning.currency) if told else _currency_or_none(properties, tuning),
        updated_us=us,
        amount=net,
        total=total,
        tax=properties.amount("tax"),
        shipping=properties.amount("shipping"),
        discount=properties.amount("discount"),
        cancelled=cancelled,
        coupon=properties.text("coupon"),
        lines=_lines(properties),
    )


def _currency_or_none(properties: Element, tuning: Tuning) -> str:
    """The currency of what tells no money: empty, if none is told."""
    if properties.item.get("currency") is None and tuning.currency is None:
        return ""
    return properties.currency("currency", tuning.currency)


def _lines(properties: Element) -> tuple[LineTold, ...]:
    lines = []
    for line in properties.each("products"):
        sku = line.text("sku") or line.text("product_id")
        if sku is not None:
            lines.append(LineTold(sku, line.amount("quantity"), _line_amount(line)))
    return tuple(lines)


def _line_amount(line: Element) -> str | None:
    price, quantity = line.amount("price"), line.amount("quantity")
    return None if price is None else _plain(Decimal(price) * Decimal(quantity or "1"))


def _plain(amount: Decimal) -> str:
    return format(amount, "f")


def _placed(element: Element, us: int, party: Party, tuning: Tuning) -> list[Told]:
    return [_order(element, us, party, tuning=tuning)]


def _cancelled(element: Element, us: int, party: Party, tuning: Tuning) -> list[Told]:
    return [_order(element, us, party, tuning=tuning, cancelled=True)]


def _refunded(element: Element, us: int, party: Party, tuning: Tuning) -> list[Told]:
    """Money given back: `total`, else the products' prices. Neither told, the whole order is, and it is cancelled."""
    properties = element.within("properties")
    amount = properties.amount("total") or properties.amount("revenue") or properties.amount("refund_amount")
    if amount is None:
        told = [worth for line in properties.each("products") if (worth := _line_amount(line)) is not None]
        amount = _plain(sum(map(Decimal, told), Decimal())) if told else None
    if amount is None:
        return _cancelled(element, us, party, tuning)
    refund, order = properties.text("refund_id") or message_id(element, us), properties.identity("order_id")
    return [RefundTold(refund, order, us, party, amount, properties.currency("currency", tuning.currency))]


def conversion(element: Element, us: int, party: Party, *, kind: str, tuning: Tuning) -> OrderTold:
    """A conversion the source has named, known by its message id."""
    properties = element.within("properties")
    amount, total = properties.amount("revenue"), properties.amount("total")
    amount = amount if amount is not None or total is not None else properties.amount("value")
    money = amount is not None or total is not None
    currency = properties.currency("currency", tuning.currency) if money else _currency_or_none(properties, tuning)
    return OrderTold(
        message_id(element, us), us, party, currency, conversion_kind=kind, amount=amount, total=total,
        tax=properties.amount("tax"), shipping=properties.amount("shipping"), coupon=properties.text("coupon"),
    )  # fmt: skip


ORDER_EVENTS: dict[str, Callable[[Element, int, Party, Tuning], list[Told]]] = {
    "order completed": _placed,
    "completed order": _placed,
    "order updated": _placed,
    "order cancelled": _cancelled,
    "order canceled": _cancelled,
    "order refunded": _refunded,
}
"""Event as `named` → what it tells."""

"""A Shopify refund → what was given back, once a refund.

    transactions (kind refund, status success) ─ sum ─ less the tax and the shipping within ─> net amount

What counts is money, not lines: a restocked item without a transaction gave nothing back. Tax and shipping are taken
off because an order's revenue does not hold them either; Shopify names them per line and in `order_adjustments`.

Source: shopify.dev, REST Admin API, Refund and Transaction resources (read 2026-10).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from earnest.channels.element import Element, plain_text
from earnest.channels.shop import decimal_text, exact
from earnest.channels.told import Party, RefundTold
from earnest.kernel.money import exponent

SHIPPING = "shipping_refund"
"""Kind of an adjustment that gives shipping back; its amounts are negative, its tax stands beside it."""


@dataclass(frozen=True, slots=True)
class OrderSide:
    """What the order knows of its refunds: id, shop currency, who, and what one unit of another currency is in it.

    Args:
        presented: currency the customer paid in. rate: units of the shop's currency for one of it.
    """

    order_id: str
    currency: str
    party: Party
    presented: str | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A refund as told, with the money it moved and the tax within, in the shop's currency."""

    told: RefundTold
    money: Decimal
    tax: Decimal


def read_refund(refund: Element, order: OrderSide | None = None) -> GivenBack | None:
    """What a refund gave back; None if no money moved, or none has arrived yet.

    Args:
        order: of a refund that stands within its order; None where it is told alone.

    Raises:
        Refusal: the refund cannot be read.
    """
    refund_id = refund.identity("id")
    order_id = refund.identity("order_id") if order is None else order.order_id
    us = refund.time("processed_at") or refund.moment("created_at")
    moved = [one for one in refund.each("transactions") if _moved(one)]
    if not moved:
        return None
    currencies = {one.currency("currency", None if order is None else order.currency) for one in moved}
    if len(currencies) > 1:
        raise refund.refuse("currency-differs", "transactions", " ".join(sorted(currencies)))
    currency = currencies.pop()
    money = sum((exact(one, "amount") for one in moved), Decimal(0))
    if order is not None and order.rate is not None and currency == order.presented != order.currency:
        money, currency = _in(money * order.rate, order.currency), order.currency
    tax, shipping = _tax(refund), _shipping(refund)
    net = max(money - tax - shipping, Decimal(0))
    party = Party() if order is None else order.party
    told = RefundTold(refund_id, order_id, us, party, decimal_text(net), currency)
    return GivenBack(told, money, min(tax, money)) if money else None


def _moved(transaction: Element) -> bool:
    kind, status = plain_text(transaction.item.get("kind")), plain_text(transaction.item.get("status"))
    return kind == "refund" and status == "success"


def _tax(refund: Element) -> Decimal:
    lines = sum((exact(one, "total_tax") for one in refund.each("refund_line_items")), Decimal(0))
    return lines + sum((_given(one, "tax_amount") for one in refund.each("order_adjustments")), Decimal(0))


def _shipping(refund: Element) -> Decimal:
    adjustments = [one for one in refund.each("order_adjustments") if one.item.get("kind") == SHIPPING]
    return sum((_given(one, "amount") for one in adjustments), Decimal(0))


def _given(adjustment: Element, key: str) -> Decimal:
    """What an adjustment gives back: Shopify writes it as a negative amount; one that takes gives nothing."""
    raw = plain_text(adjustment.item.get(key))
    if raw is None:
        return Decimal(0)
    try:
        amount = Decimal(raw)
    except InvalidOperation as error:
        raise adjustment.refuse("amount-unreadable", key, raw) from error
    if not amount.is_finite() or abs(amount) >= _LARGEST:
        raise adjustment.refuse("amount-unreadable", key, raw)
    return max(-amount, Decimal(0))


_LARGEST = Decimal(10) ** 12


def _in(amount: Decimal, currency: str) -> Decimal:
    """An amount in whole minor units of a currency, half to even."""
    return amount.quantize(Decimal(1).scaleb(-exponent(currency)), ROUND_HALF_EVEN)

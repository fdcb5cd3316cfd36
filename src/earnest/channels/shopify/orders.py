"""A Shopify order → one version of it, with its refunds and the visit it remembers.

What an order is worth before refunds: `total_price` still holds what was taken off by an edit without money moving,
`current_total_price` has lost what was refunded as well. So the total is the current one and the money given back, at
most `total_price`; what was given back is told as refunds.

    total 600 ─ 200 taken off unpaid ─> current 400, given back   0 ─> 400
    total 600 ─ 200 returned, repaid ─> current 400, given back 200 ─> 600, refund 200

Source: shopify.dev, REST Admin API, Order resource (read 2026-10).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from earnest.channels.channel import Headers
from earnest.channels.element import Element, Refusal, iso_us, plain_text
from earnest.channels.scalars import received_us
from earnest.channels.shop import (
    at_home,
    decimal_text,
    exact,
    first_of,
    found_at,
    named_values,
    object_of,
    parameters,
    visit,
)
from earnest.channels.shopify.refunds import GivenBack, OrderSide, read_refund
from earnest.channels.told import LineTold, OrderTold, Party, Rejected, Told
from earnest.kernel.money import exponents

UNPAID = ("pending", "voided", "expired", "unpaid")
"""Financial states in which nothing was paid, or a card approved: such an order counts for nothing until that changes."""

TRIGGERED, TEST = "x-shopify-triggered-at", "x-shopify-test"


def read_order(order: Element, headers: Headers) -> Iterator[Told | Rejected]:
    """One version of an order, its refunds, and the visit that led to it.

    Raises:
        Refusal: the order cannot be read.
    """
    order_id, currency = order.identity("id"), order.currency("currency")
    us = order.time("processed_at") or order.moment("created_at")
    updated_us = order.time("updated_at") or iso_us(headers.get(TRIGGERED)) or us
    total = order.amount("total_price")
    if total is None:
        raise order.refuse("amount-unreadable", "total_price")
    party = party_of(order)
    refused: list[Rejected] = []
    given = list(_given_back(order, _side(order, order_id, currency, party), refused))
    worth, tax = _worth(order, Decimal(total), given)
    lines = _lines(order, refused)
    yield OrderTold(
        order_id,
        us,
        party,
        currency,
        updated_us=updated_us,
        total=decimal_text(worth),
        tax=decimal_text(tax),
        shipping=decimal_text(_shipping(order)),
        discount=order.amount("total_discounts"),
        cancelled=_counts_for_nothing(order, headers),
        coupon=_coupon(order),
        lines=lines,
    )
    yield from (one.told for one in given)
    yield from refused
    led = visit(order_id, us, party, _remembered(order))
    if led is not None:
        yield led


def read_deleted(order: Element, headers: Headers) -> OrderTold | None:
    """An order that was deleted counts for nothing from then on; None if nobody says when that was.

    Raises:
        Refusal: `id-missing`.
    """
    us = iso_us(headers.get(TRIGGERED)) or received_us(headers)
    order_id = order.identity("id")
    return None if us is None else OrderTold(order_id, us, Party(), "", updated_us=us, cancelled=True)


def party_of(order: Element) -> Party:
    """Who ordered: the phone of the order, of the customer, of the billing or of the shipping address, whichever is first."""
    item = order.item
    customer = found_at(item, "customer", "id")
    addresses = (("billing_address",), ("shipping_address",), ("customer", "default_address"))
    return Party(
        dialled=first_of(
            found_at(item, "phone"),
            found_at(item, "customer", "phone"),
            *(at_home(found_at(item, *at, "phone"), found_at(item, *at, "country_code")) for at in addresses),
        ),
        email=first_of(found_at(item, "email"), found_at(item, "contact_email"), found_at(item, "customer", "email")),
        contact=None if customer is None else f"shopify:{customer}",
    )


def _side(order: Element, order_id: str, currency: str, party: Party) -> OrderSide:
    """The order as its refunds see it; the rate is that of its own total, told in both currencies."""
    presented = (found_at(order.item, "presentment_currency") or "").upper()
    both = order.item.get("total_price_set")
    shop, paid = found_at(both, "shop_money", "amount"), found_at(both, "presentment_money", "amount")
    if presented not in exponents() or shop is None or paid is None:
        return OrderSide(order_id, currency, party)
    told = Element({"shop": shop, "paid": paid}, order.path("total_price_set"))
    divisor = exact(told, "paid")
    return OrderSide(order_id, currency, party, presented, exact(told, "shop") / divisor if divisor else None)


def _given_back(order: Element, side: OrderSide, refused: list[Rejected]) -> Iterator[GivenBack]:
    """The refunds of an order; one that cannot be read is refused alone."""
    for refund in order.each("refunds"):
        try:
            given = read_refund(refund, side)
        except Refusal as refusal:
            refused.append(refusal.rejected)
        else:
            if given is not None:
                yield given


def _worth(order: Element, total: Decimal, given: list[GivenBack]) -> tuple[Decimal, Decimal]:
    """Total before refunds, and the tax within."""
    tax, current = exact(order, "total_tax"), order.amount("current_total_price")
    if current is None:
        return total, tax
    worth = min(total, Decimal(current) + sum((one.money for one in given), Decimal(0)))
    if worth == total or order.amount("current_total_tax") is None:
        return worth, tax
    back = sum((one.tax for one in given), Decimal(0))
    return worth, min(tax, exact(order, "current_total_tax") + back)


def _shipping(order: Element) -> Decimal:
    """Shipping without its tax, as `total_tax` holds that already; after discounts, where the lines say so."""
    lines = [one for one in order.each("shipping_lines") if one.item.get("is_removed") is not True]
    if not lines:
        money = object_of(object_of(order.item.get("total_shipping_price_set")).get("shop_money"))
        return exact(Element(money, order.path("total_shipping_price_set.shop_money")), "amount")
    price = sum((_price(one) for one in lines), Decimal(0))
    if order.item.get("taxes_included") is not True:
        return price
    return max(price - sum((_taxes(one) for one in lines), Decimal(0)), Decimal(0))


def _price(line: Element) -> Decimal:
    return exact(line, "price" if line.amount("discounted_price") is None else "discounted_price")


def _taxes(line: Element) -> Decimal:
    return sum((exact(tax, "price") for tax in line.each("tax_lines")), Decimal(0))


def _counts_for_nothing(order: Element, headers: Headers) -> bool:
    tested = order.item.get("test") is True or headers.get(TEST, "").lower() == "true"
    state = (found_at(order.item, "financial_status") or "").lower()
    return tested or order.item.get("cancelled_at") not in (None, "") or state in UNPAID


def _coupon(order: Element) -> str | None:
    codes = order.item.get("discount_codes")
    return found_at(codes[0], "code") if isinstance(codes, list) and codes else None


def _lines(order: Element, refused: list[Rejected]) -> tuple[LineTold, ...]:
    included = order.item.get("taxes_included") is True
    found = []
    for line in order.each("line_items"):
        try:
            told = _line(line, tax_included=included)
        except Refusal as refusal:
            refused.append(refusal.rejected)
        else:
            found.append(told)
    return tuple(found)


def _line(line: Element, *, tax_included: bool) -> LineTold:
    """A line less its share of discounts, and less its tax where prices hold it."""
    sku, variant = plain_text(line.item.get("sku")), plain_text(line.item.get("variant_id"))
    name = first_of(sku, None if variant is None else f"variant:{variant}", plain_text(line.item.get("id")))
    shares = line.each("discount_allocations")
    off = sum((exact(one, "amount") for one in shares), Decimal(0)) if shares else exact(line, "total_discount")
    amount = exact(line, "price") * exact(line, "quantity") - off - (_taxes(line) if tax_included else 0)
    return LineTold(name or "unknown", line.amount("quantity"), decimal_text(max(amount, Decimal(0))))


def _remembered(order: Element) -> dict[str, str | None]:
    """What the order knows of the visit: parameters of the landing page, and above them the attributes of the cart."""
    landed = parameters(found_at(order.item, "landing_site"))
    return landed | named_values(order.item.get("note_attributes"), "name", "value")

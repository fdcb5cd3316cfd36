"""Money as told, in decimal text → whole minor units of the workspace's currency, exactly, or a refusal.

    OrderTold ─> PricedOrder, PricedLine … | Rejected        RefundTold ─> PricedRefund | Rejected

The limits are those of files of rows (`importers.parsing`): below 10^12 minor units, no more decimals than the currency
has, nothing below 0. Two currencies never meet: what is told in another one waits in quarantine.
"""

from __future__ import annotations

import re

import msgspec

from earnest.channels.told import LineTold, OrderTold, RefundTold, Rejected, shown_value
from earnest.kernel.money import exponents

ORDER = "order"
"""The kind of conversion that is an order; all others stand in a table and under keys of their own."""

_WHOLE_DIGITS = 12
_MILLI = 3
_AMOUNT = re.compile(r"([0-9]{1,24})(?:\.([0-9]{0,40}))?")


class PricedOrder(msgspec.Struct, frozen=True, gc=False):
    """An order with its money in minor units; `net` is None for a conversion that is worth no money of its own."""

    told: OrderTold
    net: int | None
    tax: int | None
    shipping: int | None
    discount: int | None


class PricedLine(msgspec.Struct, frozen=True, gc=False):
    """A line of an order: its place in the order from 0, quantity in thousandths, net amount in minor units."""

    told: OrderTold
    place: int
    sku: str
    quantity: int | None
    amount: int | None


class PricedRefund(msgspec.Struct, frozen=True, gc=False):
    """A refund with its amount in minor units."""

    told: RefundTold
    amount: int


Priced = PricedOrder | PricedLine | PricedRefund


def whole_units(text: str, places: int) -> int | None:
    """Integer of 10^-places units of a plain decimal text; None if it is none, is finer, or has 12 digits and more.

    Example:
        >>> whole_units("12.50", 2), whole_units("12.500", 2), whole_units("12.505", 2), whole_units("-1", 2)
        (1250, 1250, None, None)
    """
    plain = _AMOUNT.fullmatch(text)
    if plain is None:
        return None
    finer = (plain[2] or "").rstrip("0")
    units = int(plain[1] + finer.ljust(places, "0"))
    return units if len(finer) <= places and units < 10**_WHOLE_DIGITS else None


def minor_of(text: str, currency: str) -> int | None:
    """Minor units of a plain decimal text in a currency that exists; None as in `whole_units`."""
    return whole_units(text, exponents()[currency])


def priced(one: OrderTold | RefundTold, currency: str) -> list[Priced | Rejected]:
    """An order with its lines, or a refund, in minor units of the workspace's currency.

    A line that cannot be read is refused alone; a refused amount refuses the whole order, as its net would be wrong.
    """
    if type(one) is RefundTold:
        return [_priced_refund(one, currency)]
    assert type(one) is OrderTold
    return _priced_order(one, currency)


def _priced_refund(one: RefundTold, currency: str) -> PricedRefund | Rejected:
    refused = _other_currency(one.currency, currency)
    if refused is not None:
        return refused
    amount = minor_of(one.amount, currency)
    return _unreadable("amount", one.amount) if amount is None else PricedRefund(one, amount)


def _priced_order(one: OrderTold, currency: str) -> list[Priced | Rejected]:
    told = {name: getattr(one, name) for name in ("amount", "total", "tax", "shipping", "discount")}
    if any(text is not None for text in told.values()) or one.lines:
        refused = _other_currency(one.currency, currency)
        if refused is not None:
            return [refused]
    money: dict[str, int | None] = {}
    for name, text in told.items():
        money[name] = None if text is None else minor_of(text, currency)
        if text is not None and money[name] is None:
            return [_unreadable(name, text)]
    lines = [_priced_line(one, place, line, currency) for place, line in enumerate(one.lines)]
    net = _net(money, lines)
    if net is None and one.conversion_kind == ORDER and not one.cancelled:
        return [Rejected("amount-unreadable", "amount")]
    return [PricedOrder(one, net, money["tax"], money["shipping"], money["discount"]), *lines]


def _net(money: dict[str, int | None], lines: list[PricedLine | Rejected]) -> int | None:
    """The amount told, else the total less tax and shipping, else the sum of the lines."""
    if money["amount"] is not None:
        return money["amount"]
    if money["total"] is not None:
        return money["total"] - (money["tax"] or 0) - (money["shipping"] or 0)
    amounts = [line.amount for line in lines if type(line) is PricedLine and line.amount is not None]
    return sum(amounts) if amounts else None


def _priced_line(order: OrderTold, place: int, line: LineTold, currency: str) -> PricedLine | Rejected:
    quantity = None if line.quantity is None else whole_units(line.quantity, _MILLI)
    amount = None if line.amount is None else minor_of(line.amount, currency)
    if line.quantity is not None and quantity is None:
        return _unreadable(f"lines[{place}].quantity", line.quantity)
    if line.amount is not None and amount is None:
        return _unreadable(f"lines[{place}].amount", line.amount)
    return PricedLine(order, place, line.sku, quantity, amount)


def _other_currency(told: str, currency: str) -> Rejected | None:
    code = told.upper()
    if code == currency:
        return None
    return Rejected("currency-differs" if code in exponents() else "currency-unknown", "currency", shown_value(told))


def _unreadable(field: str, text: str) -> Rejected:
    return Rejected("amount-unreadable", field, shown_value(text))

"""Stripe's amounts: whole numbers of the smallest unit Stripe uses for a currency → decimal text.

Stripe's smallest unit is not always ISO 4217's. MGA has two decimals there and none at Stripe; ISK and UGX have none
there and two at Stripe, always 00.

Source: docs.stripe.com/currencies, zero-decimal and three-decimal currencies, special cases (read 2026-10).
"""

from __future__ import annotations

from decimal import Decimal

from earnest.channels.element import Element

WITHOUT_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
WITH_THREE_DECIMALS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))

_LARGEST = 10**12


def decimals(currency: str) -> int:
    """Decimals of Stripe's amounts in a currency."""
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in WITH_THREE_DECIMALS else 2


def told_amount(element: Element, key: str, currency: str) -> str | None:
    """Decimal text of an amount of 0 or more; None if nothing stands there.

    Raises:
        Refusal: `amount-unreadable`.
    """
    raw = element.item.get(key)
    if raw is None:
        return None
    if type(raw) is not int or not 0 <= raw < _LARGEST:
        raise element.refuse("amount-unreadable", key, raw)
    return format(Decimal(raw).scaleb(-decimals(currency)), "f")

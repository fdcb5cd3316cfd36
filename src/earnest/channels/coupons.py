"""Coupon codes given to one recipient each, as Earnest tells itself: `{"coupon": "spring", "given": [["SPRING-7KQ2-…", 17], …]}`.

What is told here makes a code an attribute of the contact `recipient:17`: whoever then redeems it is, if he is the only one,
the same person. Codes that everybody has are never told.
"""

from __future__ import annotations

from collections.abc import Iterator

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.element import plain_text
from earnest.channels.recipients import contact_of, each_pair
from earnest.channels.told import AttributeTold, Party, Rejected, Told

ATTRIBUTE = "coupon"
"""The attribute that identity evidence reads, whoever tells it: see `usecases.persons`."""


def parse(payload: object, headers: Headers) -> Iterator[Told | Rejected]:
    """Everything a list of given codes tells; a bad one is refused alone."""
    return each_pair(payload, headers, "given", _given)


def _given(raw: object, recipient: object, at: str, us: int) -> Iterator[Told | Rejected]:
    code = plain_text(raw)
    if code is None or type(recipient) is not int or recipient < 1:
        yield Rejected("shape-unknown", at)
    else:
        yield AttributeTold(us, Party(contact=contact_of(recipient)), ATTRIBUTE, code)


CHANNEL = Channel(
    code="coupons",
    label="Coupon codes of recipients",
    docs="docs/coupons.md",
    read="2026-11",
    signature="token",
    kinds=(Kind("given", "contact", "a coupon code that one recipient got"),),
    parse=parse,
    built_in="earnest.coupons",
)

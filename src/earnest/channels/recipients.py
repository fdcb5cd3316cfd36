"""Who recipients of codes are, as Earnest tells itself: `{"recipients": [[17, {"phone": "+4915112345678"}], …]}`.

The number stands in codes, and clicks and answers of a code come from the contact `recipient:17`; what is told here makes
that contact one person with his phone, mail address or customer number.
"""

from __future__ import annotations

from collections.abc import Iterator

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.element import LONGEST, plain_text
from earnest.channels.scalars import received_us
from earnest.channels.told import Party, Rejected, SamePerson, Told

CONTACT = "recipient:"
"""Stands before a recipient's number in the contact that rows carry."""

_NAMES = {"phone": "dialled", "email": "email", "user_id": "user_id", "contact": "contact"}


def contact_of(number: int) -> str:
    """The contact that a recipient's clicks and answers come from.

    Example:
        >>> contact_of(17)
        'recipient:17'
    """
    return f"{CONTACT}{number}"


def parse(payload: object, headers: Headers) -> Iterator[Told | Rejected]:
    """Everything a list of recipients tells; a bad one is refused alone."""
    listed = payload.get("recipients") if isinstance(payload, dict) else None
    us = received_us(headers)
    if not isinstance(listed, list):
        yield Rejected("not-an-envelope", "")
        return
    if us is None:
        yield Rejected("time-missing", "")
        return
    for place, item in enumerate(listed):
        yield from _recipient(item, f"recipients[{place}]", us)


def _recipient(item: object, at: str, us: int) -> Iterator[Told | Rejected]:
    if not isinstance(item, list) or len(item) != 2:
        yield Rejected("shape-unknown", at)
        return
    number, identities = item
    if type(number) is not int or number < 1 or not isinstance(identities, dict):
        yield Rejected("shape-unknown", at)
        return
    own = Party(contact=contact_of(number))
    told = [
        SamePerson(us, own, party) for name, text in identities.items() if (party := _party(name, text)) is not None
    ]
    if told:
        yield from told
    else:
        yield Rejected("contact-missing", at)


def _party(name: str, raw: object) -> Party | None:
    text = plain_text(raw)
    if text is None or name not in _NAMES or len(text) > LONGEST:
        return None
    return Party(**{_NAMES[name]: text})


CHANNEL = Channel(
    code="recipients",
    label="Recipients of codes",
    docs="docs/links.md",
    read="2026-11",
    signature="token",
    kinds=(Kind("recipients", "identity_link", "a number in codes and the person it stands for"),),
    parse=parse,
    built_in="earnest.recipients",
)

"""Who recipients of codes are, as Earnest tells itself: `{"recipients": [[17, {"phone": "+4915112345678"}], …]}`.

The number stands in codes, and clicks and answers of a code come from the contact `recipient:17`; what is told here makes
that contact one person with his phone, mail address or customer number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.element import LONGEST, plain_text
from earnest.channels.scalars import received_us
from earnest.channels.told import Party, Rejected, SamePerson, Told

CONTACT = "recipient:"
"""Stands before a recipient's number in the contact that rows carry."""

TellPair = Callable[[Any, Any, str, int], Iterator[Told | Rejected]]
"""What a pair tells: its first, its second, its place in the payload, microseconds."""

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
    return each_pair(payload, headers, "recipients", _recipient)


def each_pair(payload: object, headers: Headers, name: str, tell: TellPair) -> Iterator[Told | Rejected]:
    """Everything a list of pairs tells, as of when it was received; a bad pair is refused alone.

    Args:
        name: of the list in the payload.
    """
    listed = payload.get(name) if isinstance(payload, dict) else None
    us = received_us(headers)
    if not isinstance(listed, list):
        yield Rejected("not-an-envelope", "")
        return
    if us is None:
        yield Rejected("time-missing", "")
        return
    for place, item in enumerate(listed):
        at = f"{name}[{place}]"
        if not isinstance(item, list) or len(item) != 2:
            yield Rejected("shape-unknown", at)
        else:
            yield from tell(item[0], item[1], at, us)


def _recipient(number: object, identities: object, at: str, us: int) -> Iterator[Told | Rejected]:
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

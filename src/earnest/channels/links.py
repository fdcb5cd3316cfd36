"""Clicks of our own links, as the door keeps them: one body a click, with the evidence and never a verdict.

    {"click": id, "at": µs, "link": id, "recipient": 17, "within": "campaign=spring", "method": "GET", "headers": {…},
     "network": "203.0.113.0/24", "visitor": int64}   recipient, within, network and visitor may be null

The class is judged here, of the evidence, each time the click is read: better rules judge old clicks anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.element import Element, Refusal
from earnest.channels.told import ClickTold, Party, Rejected, Told
from earnest.importers.parsing import EARLIEST_US, LATEST_US
from earnest.tracking.classes import classify

_MOST_RECIPIENTS = 1 << 31
_INT64 = 1 << 63


def parse(payload: object, _headers: Headers) -> Iterator[Told | Rejected]:
    """What one click tells."""
    if not isinstance(payload, dict) or "click" not in payload:
        yield Rejected("not-an-envelope", "")
        return
    try:
        yield _click(Element(payload, ""))
    except Refusal as refusal:
        yield refusal.rejected


def _click(element: Element) -> ClickTold:
    click_id, link = element.identity("click"), element.identity("link")
    at_us, recipient = _at(element), _whole(element, "recipient", 1, _MOST_RECIPIENTS)
    method = element.text("method")
    if method is None:
        raise element.refuse("shape-unknown", "method")
    judged = classify(method, _evidence(element), element.text("network"))
    return ClickTold(
        at_us,
        Party() if recipient is None else Party(contact=f"recipient:{recipient}"),
        click_id=click_id,
        click_class=judged.click_class,
        reason=judged.reason,
        link=link,
        within=element.text("within"),
        visitor=_whole(element, "visitor", -_INT64, _INT64),
    )


def _at(element: Element) -> int:
    at_us = element.item.get("at")
    if at_us is None:
        raise element.refuse("time-missing", "at")
    if type(at_us) is not int or not EARLIEST_US <= at_us < LATEST_US:
        raise element.refuse("time-unreadable", "at", at_us)
    return at_us


def _whole(element: Element, key: str, least: int, end: int) -> int | None:
    """A whole number from `least` up to but not including `end`; None if nothing stands there."""
    number = element.item.get(key)
    if number is None:
        return None
    if type(number) is not int or not least <= number < end:
        raise element.refuse("shape-unknown", key, number)
    return number


def _evidence(element: Element) -> dict[str, str]:
    headers = element.within("headers").item
    if not all(isinstance(value, str) for value in headers.values()):
        raise element.refuse("shape-unknown", "headers")
    return headers


CHANNEL = Channel(
    code="links",
    label="Earnest links",
    docs="docs/clicks.md",
    read="2026-11",
    signature="token",
    kinds=(Kind("click", "click", "a link of ours was opened, with the evidence of who or what opened it"),),
    parse=parse,
    connects=("click",),
    built_in="earnest.links",
)

"""Matomo, as its Live API writes visits (`Live.getLastVisitsDetails`, JSON): one visit an element, with its actions.

The rows of the same report's CSV, turned into JSON, name the actions flat (`actionDetails_0_url`); they are read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from earnest.channels.channel import Channel, Kind
from earnest.channels.element import Element
from earnest.channels.told import LineTold, OrderTold, Party, SessionTold, Told
from earnest.channels.visits import Landing, VisitOptions, by_options, landing, short
from earnest.importers.parsing import EARLIEST_US, LATEST_US

ORDER = "ecommerceOrder"
"""Type of the action that is an order; `ecommerceAbandonedCart` is a cart that was left."""
_FLAT = re.compile(r"actionDetails_([0-9]{1,4})_(.{1,100})")
_SECONDS = re.compile(r"[0-9]{9,11}")
_UNSET = ("", "-", "0")


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    """The visit with its actions in a list, also where a CSV named them flat."""
    if "actionDetails" in row:
        return row
    actions: dict[int, dict[str, Any]] = {}
    for key, value in row.items():
        found = _FLAT.fullmatch(key)
        if found and value not in ("", None):
            actions.setdefault(int(found[1]), {})[found[2]] = value
    return row | {"actionDetails": [actions[place] for place in sorted(actions)]} if actions else row


def _told(row: Element, options: VisitOptions) -> Iterator[Told]:
    visit = Element(_nested(row.item), "")
    began = _time(visit, "firstActionTimestamp") or _time(visit, "serverTimestamp")
    if began is None:
        raise visit.refuse("time-missing", "firstActionTimestamp")
    visitor = short(visit.text("visitorId"))
    party = Party(contact=f"matomo:{visitor}") if visitor else Party()
    actions = visit.each("actionDetails")
    session, utm = visit.identity("idVisit"), _came(visit, actions, options)
    first = next((one.page for one in _pages(actions, options) if one.page), None)
    said = {"click_id": utm.pop("click_id"), "page": first} | utm
    yield SessionTold(session, began, party, **said)
    for order in (one for one in actions if one.item.get("type") == ORDER):
        order_id, us = order.identity("orderId"), _time(order, "timestamp") or began
        yield SessionTold(session, us, party, **said, order_id=order_id)
        if options.counts:
            yield _order(visit, order, us, party)


def _time(element: Element, key: str) -> int | None:
    """Unix seconds, told as a number or as text."""
    text = element.text(key)
    if text is None:
        return None
    us = int(text) * 1_000_000 if _SECONDS.fullmatch(text) else 0
    if not EARLIEST_US <= us < LATEST_US:
        raise element.refuse("time-unreadable", key, text)
    return us


def _pages(actions: list[Element], options: VisitOptions) -> list[Landing]:
    return [landing(one.item.get("url"), options.click_parameter) for one in actions]


def _came(visit: Element, actions: list[Element], options: VisitOptions) -> dict[str, str | None]:
    """Where the visit came from: Matomo's own columns, else the address of the first page that says it."""
    pages = _pages(actions, options)
    landed = next((one for one in pages if one.tells), Landing())
    click_id = next((one.click_id for one in pages if one.click_id), None)
    paid = visit.item.get("referrerType") == "campaign"
    named = {
        "utm_source": visit.item.get("campaignSource"),
        "utm_medium": visit.item.get("campaignMedium"),
        "utm_campaign": visit.item.get("campaignName") or (visit.item.get("referrerName") if paid else None),
    }
    utm = {name: _set(value) or getattr(landed, name) for name, value in named.items()}
    return utm | {"click_id": click_id}


def _set(value: object) -> str | None:
    text = short(value)
    return None if text in _UNSET else text


def _order(visit: Element, order: Element, us: int, party: Party) -> OrderTold:
    """An order of the visit: its revenue, less tax and shipping; the currency is the site's."""
    total = order.amount("revenue")
    if total is None:
        raise order.refuse("amount-unreadable", "revenue")
    return OrderTold(
        order.identity("orderId"), us, party, visit.currency("siteCurrency"), total=total,
        tax=order.amount("revenueTax"), shipping=order.amount("revenueShipping"),
        discount=order.amount("revenueDiscount"), lines=_lines(order),
    )  # fmt: skip


def _lines(order: Element) -> tuple[LineTold, ...]:
    """Items by their own number; Matomo tells the price of one, so that only how many of each is taken."""
    return tuple(
        LineTold(sku, item.amount("quantity"))
        for item in order.each("itemDetails")
        if (sku := short(item.text("itemSKU")))
    )


_BY_OPTIONS = by_options("idVisit", _told)

CHANNEL = Channel(
    code="matomo",
    label="Matomo (visits log)",
    docs="https://developer.matomo.org/api-reference/reporting-api#Live",
    read="2026-11",
    signature="token",
    kinds=(
        Kind("visit", "session", "a visit with its actions"),
        Kind(
            "ecommerceOrder", "session, order", "an order placed in the visit; it counts money only with orders=count"
        ),
    ),
    parse=_BY_OPTIONS({}),
    opened_by="file",
    tuned=_BY_OPTIONS,
)

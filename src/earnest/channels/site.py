"""What the landing snippet (`tracking/snippet.js`) tells of a site: pages, orders, and who somebody says to be.

A browser can say anything, so little is believed: the time is ours, ids are checked, orders count no money unless the
source says so, and who somebody says to be is taken only where the source says so.

    page, order ─> session (visitor, click id, order id)   order ─> order, if orders=count   identify ─> same person
"""

from __future__ import annotations

import functools
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from earnest.channels.channel import RECEIVED_HEADER, Channel, Headers, Kind, Parse
from earnest.channels.element import Element, Refusal
from earnest.channels.told import Notice, OrderTold, Party, Rejected, SamePerson, SessionTold, Told
from earnest.channels.visits import VisitOptions, short
from earnest.importers.parsing import EARLIEST_US, LATEST_US
from earnest.kernel.errors import UsageError

VERSION = 1
"""Version of the bodies that the snippet sends."""
EVENTS = ("page", "order", "identify")
_ID = re.compile(r"[0-9a-f]{32}")
_PAGE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]{1,255})(:[0-9]{1,5})?(/[^\s?#]*)?")
_LONGEST_PAGE, _LONGEST_ID = 400, 200
_VISITOR = "site:"


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """What a source of a site says of its own.

    Args:
        origins: scheme, host and port of the pages that may send, in lower case.
        visits: how orders are taken. identify: whether it is believed who a page says somebody is.
    """

    origins: tuple[str, ...]
    visits: VisitOptions
    identify: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> SiteOptions:
        """Read `Source.options`: {"origins": ["https://shop.example"], "orders": "reference", "identify": true}.

        Raises:
            UsageError: `no-origin`, `bad-origin`, and what `VisitOptions.of` raises.
        """
        origins = tuple(dict.fromkeys(origin_of(str(one)) for one in options.get("origins") or ()))
        if not origins:
            raise UsageError(
                "no-origin",
                "a site needs the origin of its pages, since every other page is refused",
                hint="--origin https://shop.example. Give each host: with and without www.",
            )
        return cls(origins, VisitOptions.of(options), options.get("identify") is True)


def origin_of(text: str) -> str:
    """An origin as browsers write it: lower case, without the port that the scheme has anyway.

    Raises:
        UsageError: `bad-origin`.

    Example:
        >>> origin_of("HTTPS://Shop.example:443/")
        'https://shop.example'
    """
    try:
        url = urllib.parse.urlsplit(text.strip())
        host, port = (url.hostname or "").encode("idna" if not text.isascii() else "ascii").decode(), url.port
    except ValueError:
        url, host, port = urllib.parse.urlsplit(""), "", None
    if (
        url.scheme not in ("http", "https")
        or not host
        or url.path not in ("", "/")
        or url.query
        or url.fragment
        or url.username
    ):
        raise UsageError(
            "bad-origin",
            f"'{text}' is no origin of a page",
            hint="Scheme and host, and the port if it has one: https://shop.example.",
        )
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[url.scheme]
    return f"{url.scheme}://{shown}" + (f":{port}" if port and port != usual else "")


def _of(options: Mapping[str, Any]) -> Parse:
    visits, identify = VisitOptions.of(options), options.get("identify") is True
    return functools.partial(_parse, counts=visits.counts, identify=identify)


def parse(payload: object, headers: Headers) -> Iterator[Told | Rejected]:
    """What one message of the snippet tells."""
    return _parse(payload, headers, counts=False, identify=False)


def _parse(payload: object, headers: Headers, *, counts: bool, identify: bool) -> Iterator[Told | Rejected]:
    if not isinstance(payload, dict) or payload.get("v") != VERSION:
        yield Rejected("not-an-envelope", "")
        return
    said = headers.get(RECEIVED_HEADER, "")
    us = int(said) if said.isascii() and said.isdigit() and len(said) < 20 else 0
    if not EARLIEST_US <= us < LATEST_US:
        yield Rejected("time-missing", RECEIVED_HEADER)
        return
    try:
        yield from _told(Element(payload, ""), us, counts=counts, identify=identify)
    except Refusal as refusal:
        yield refusal.rejected


def _told(element: Element, us: int, *, counts: bool, identify: bool) -> list[Told]:
    event = element.text("event")
    if event not in EVENTS:
        raise element.refuse("shape-unknown", "event", event)
    session = _id(element, "session")
    if session is None:
        raise element.refuse("id-missing", "session")
    _id(element, "id")
    visitor = _id(element, "visitor")
    party = Party(contact=f"{_VISITOR}{visitor}") if visitor else Party()
    if event == "identify":
        return _persons(element, us, party) if identify else [Notice("identify", None, "not-taken", us, "")]
    order = element.within("order") if event == "order" else None
    order_id = None if order is None else order.identity("id")
    if order_id is not None and (len(order_id) > _LONGEST_ID or not order_id.isprintable()):
        raise element.refuse("shape-unknown", "order.id")
    visit = SessionTold(
        session, us, party, **_came(element), click_id=short(element.item.get("click")), page=_page(element), order_id=order_id
    )  # fmt: skip
    return [visit, _order(order, us, party)] if order is not None and counts else [visit]


def _id(element: Element, key: str) -> str | None:
    """A random id of the snippet's: 32 hexadecimal digits, never a name of anybody."""
    text = element.text(key)
    if text is not None and not _ID.fullmatch(text):
        raise element.refuse("shape-unknown", key)
    return text


def _came(element: Element) -> dict[str, str | None]:
    utm = element.within("utm")
    return {f"utm_{name}": short(utm.item.get(name)) for name in ("source", "medium", "campaign")}


def _page(element: Element) -> str | None:
    page = element.item.get("page")
    if page is None:
        return None
    if not isinstance(page, str) or not page.isprintable() or not _PAGE.fullmatch(page):
        raise element.refuse("shape-unknown", "page")
    host, slash, path = page.partition("/")
    return f"{host.lower()}{slash}{path}"[:_LONGEST_PAGE]


def _order(order: Element, us: int, party: Party) -> OrderTold:
    amount, total = order.amount("amount"), order.amount("total")
    if amount is None and total is None:
        raise order.refuse("amount-unreadable", "total")
    return OrderTold(
        order.identity("id"), us, party, order.currency("currency"), amount=amount, total=total, tax=order.amount("tax"),
        shipping=order.amount("shipping"), discount=order.amount("discount"), coupon=short(order.text("coupon")),
    )  # fmt: skip


def _persons(element: Element, us: int, party: Party) -> list[Told]:
    if party == Party():
        raise element.refuse("id-missing", "visitor")
    person = element.within("person")
    names = {"contact": "contact", "email": "email", "phone": "dialled"}
    told = {name: value for name in names if (value := person.text(name)) is not None}
    if not told:
        raise element.refuse("contact-missing", "person")
    for name, value in told.items():
        if not value.isprintable():
            raise person.refuse("shape-unknown", name)
        if value.lstrip().startswith(_VISITOR):
            raise person.refuse("contact-reserved", name)
    return [SamePerson(us, party, Party(**{names[name]: value})) for name, value in told.items()]


CHANNEL = Channel(
    code="site",
    label="Your site (landing snippet)",
    docs="docs/snippet.md",
    read="2026-11",
    signature="token",
    kinds=(
        Kind("page", "session", "a page was seen"),
        Kind("order", "session, order", "an order was placed in the visit; it counts money only with orders=count"),
        Kind(
            "identify",
            "identity_link, notice",
            "who the visitor is, as the site says; a notice where it is not believed",
        ),
    ),
    parse=parse,
    door="/t/{name}",
    opened_by="origin",
    tuned=_of,
)

"""PostHog, as it exports events (JSON lines): one event an element, its properties as an object or as text of one."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from earnest.channels.channel import Channel, Kind
from earnest.channels.element import Element
from earnest.channels.told import LineTold, OrderTold, Party, SamePerson, SessionTold, Told
from earnest.channels.visits import VisitOptions, by_options, landing, short

VISITS = ("$pageview", "$screen")
IDENTIFY, ALIAS = "$identify", "$create_alias"


def _told(event: Element, options: VisitOptions) -> Iterator[Told]:
    name, us, properties = event.text("event"), event.moment("timestamp"), _properties(event)
    visitor = short(event.text("distinct_id"))
    party = Party(contact=f"posthog:{visitor}") if visitor else Party()
    if name in (IDENTIFY, ALIAS):
        yield from _same(us, party, properties)
        return
    bought = (name or "").lower() == options.order_event.lower()
    came = landing(properties.item.get("$current_url"), options.click_parameter)
    if not (bought or name in VISITS or came.click_id):
        return
    order_id = properties.identity("order_id") if bought else None
    session = short(properties.text("$session_id"))
    if session:
        utm = {
            key: short(properties.item.get(key)) or getattr(came, key)
            for key in ("utm_source", "utm_medium", "utm_campaign")
        }
        yield SessionTold(session, us, party, **utm, click_id=came.click_id, page=came.page, order_id=order_id)
    if order_id is not None and options.counts:
        yield _order(properties, us, party, order_id=order_id)


def _properties(event: Element) -> Element:
    """The properties, which batch exports write as text."""
    said = event.item.get("properties")
    if isinstance(said, str):
        try:
            said = msgspec.json.decode(said)
        except (msgspec.DecodeError, RecursionError, UnicodeError, ValueError):
            raise event.refuse("shape-unknown", "properties") from None
    if said is not None and not isinstance(said, dict):
        raise event.refuse("shape-unknown", "properties")
    return Element(said or {}, "properties")


def _same(us: int, party: Party, properties: Element) -> list[Told]:
    """Two ids that the site says are one person: the browser's own and the one it was named by."""
    other = short(properties.text("$anon_distinct_id")) or short(properties.text("alias"))
    if party == Party() or other is None or party.contact == f"posthog:{other}":
        return []
    return [SamePerson(us, party, Party(contact=f"posthog:{other}"))]


def _order(properties: Element, us: int, party: Party, *, order_id: str) -> OrderTold:
    """An order by the properties of PostHog's own e-commerce events: `revenue` is net, `total` as paid."""
    amount, total = properties.amount("revenue"), properties.amount("total")
    if amount is None and total is None:
        raise properties.refuse("amount-unreadable", "revenue")
    lines = tuple(
        LineTold(sku, item.amount("quantity"))
        for item in properties.each("products")
        if (sku := short(item.text("sku") or item.text("product_id")))
    )
    return OrderTold(
        order_id, us, party, properties.currency("currency"), amount=amount, total=total, tax=properties.amount("tax"),
        shipping=properties.amount("shipping"), discount=properties.amount("discount"),
        coupon=short(properties.text("coupon")), lines=lines,
    )  # fmt: skip


_BY_OPTIONS = by_options("event", _told)

CHANNEL = Channel(
    code="posthog",
    label="PostHog (events export)",
    docs="https://posthog.com/docs/cdp/batch-exports",
    read="2026-11",
    signature="token",
    kinds=(
        Kind("$pageview, $screen", "session", "a page or screen was seen in a session"),
        Kind(
            "order event",
            "session, order",
            "the event that --order-event names; it counts money only with orders=count",
        ),
        Kind("$identify, $create_alias", "identity_link", "two ids are one person"),
    ),
    parse=_BY_OPTIONS({}),
    opened_by="file",
    tuned=_BY_OPTIONS,
)

"""Google Analytics 4, as its BigQuery export writes it: one event a line (`events_YYYYMMDD`, `events_intraday_…`).

Whole numbers come as text. A session's number is only unique beside the browser's (`user_pseudo_id`), which consent mode
leaves out: such events belong to no visit. Source and campaign are those collected with the event itself; `traffic_source`
is where the user first came from, perhaps years ago, and says nothing of this visit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from earnest.channels.channel import Channel, Kind
from earnest.channels.element import Element, amount_text
from earnest.channels.told import LineTold, OrderTold, Party, SessionTold, Told
from earnest.channels.visits import Landing, VisitOptions, by_options, landing, short
from earnest.importers.parsing import EARLIEST_US, LATEST_US

VISITS = ("session_start", "first_visit", "first_open", "page_view", "screen_view")
PURCHASES = ("purchase", "in_app_purchase", "ecommerce_purchase")
NOT_SET = ("(not set)", "(data deleted)", "(none)", "(direct)", "(organic)", "(referral)", "")
"""What Google writes where it has no name to write."""

_WHOLE = re.compile(r"-?[0-9]{1,19}")


def _told(row: Element, options: VisitOptions) -> Iterator[Told]:
    name, us, parameters = row.text("event_name"), _time(row), _parameters(row)
    came = landing(parameters.get("page_location"), options.click_parameter)
    bought = name in PURCHASES
    if not (bought or name in VISITS or came.click_id):
        return
    browser, number = row.text("user_pseudo_id"), _whole(parameters.get("ga_session_id"))
    party = Party(contact=f"ga4:{browser}") if browser else Party()
    order_id = _order_id(row, parameters) if bought else None
    if browser and number:
        utm = _came(row, came)
        visit = f"{browser}.{number}"
        yield SessionTold(visit, us, party, **utm, click_id=came.click_id, page=came.page, order_id=order_id)
    if bought and options.counts:
        yield _order(row, us, party, order_id=order_id, parameters=parameters)


def _time(row: Element) -> int:
    number = _whole(row.item.get("event_timestamp"))
    if number is None:
        raise row.refuse("time-missing", "event_timestamp")
    us = int(number)
    if not EARLIEST_US <= us < LATEST_US:
        raise row.refuse("time-unreadable", "event_timestamp", number)
    return us


def _parameters(row: Element) -> dict[str, Any]:
    """Parameter → its value, whichever of the typed fields holds it; the first of a name."""
    found: dict[str, Any] = {}
    for one in row.each("event_params"):
        key, value = one.text("key"), one.within("value").item
        said = [value.get(f"{kind}_value") for kind in ("string", "int", "float", "double")]
        found.setdefault(key or "", next((v for v in said if v is not None), None))
    return found


def _whole(value: object) -> str | None:
    """A whole number, told as such or as text."""
    text = (
        value.strip() if isinstance(value, str) else str(value) if type(value) is int and abs(value) < 1 << 63 else ""
    )
    return text if _WHOLE.fullmatch(text) else None


def _came(row: Element, came: Landing) -> dict[str, str | None]:
    collected = row.within("collected_traffic_source")
    said = {
        "utm_source": collected.item.get("manual_source"),
        "utm_medium": collected.item.get("manual_medium"),
        "utm_campaign": collected.item.get("manual_campaign_name"),
    }
    return {name: _set(value) or _set(getattr(came, name)) for name, value in said.items()}


def _set(value: object) -> str | None:
    text = short(value)
    return None if text is None or text.lower() in NOT_SET else text


def _order_id(row: Element, parameters: Mapping[str, Any]) -> str | None:
    told = _set(row.within("ecommerce").text("transaction_id")), parameters.get("transaction_id")
    return told[0] or _set(told[1]) or _whole(told[1])


def _order(row: Element, us: int, party: Party, *, order_id: str | None, parameters: Mapping[str, Any]) -> OrderTold:
    """A purchase as an order: what was paid, less tax and shipping where the event tells them."""
    if order_id is None:
        raise row.refuse("id-missing", "ecommerce.transaction_id")
    shop, money = row.within("ecommerce"), Element(dict(parameters), "event_params")
    total = shop.amount("purchase_revenue") or money.amount("value")
    if total is None:
        raise row.refuse("amount-unreadable", "ecommerce.purchase_revenue")
    return OrderTold(
        order_id, us, party, money.currency("currency"), total=total,
        tax=shop.amount("tax_value") or money.amount("tax"),
        shipping=shop.amount("shipping_value") or money.amount("shipping"),
        coupon=_set(parameters.get("coupon")), lines=_lines(row),
    )  # fmt: skip


def _lines(row: Element) -> tuple[LineTold, ...]:
    return tuple(
        LineTold(sku, _whole(item.item.get("quantity")), amount_text(item.item.get("item_revenue")))
        for item in row.each("items")
        if (sku := _set(item.text("item_id")))
    )


_BY_OPTIONS = by_options("event_name", _told)

CHANNEL = Channel(
    code="ga4",
    label="Google Analytics 4 (BigQuery export)",
    docs="https://support.google.com/analytics/answer/7029846",
    read="2026-11",
    signature="token",
    kinds=(
        Kind("session_start, page_view …", "session", "a visit began, a page was seen"),
        Kind("purchase", "session, order", "something was bought in the visit; it counts money only with orders=count"),
    ),
    parse=_BY_OPTIONS({}),
    opened_by="file",
    tuned=_BY_OPTIONS,
)

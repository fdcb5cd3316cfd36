"""Matomo's visits: where each came from, and what stays when one part of it cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.channels.channel import channel_of
from earnest.channels.told import OrderTold, Rejected, SessionTold, Told

MATOMO = channel_of("matomo")
BEGAN = 1_790_000_000


def visit(*actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"idVisit": 4711, "visitorId": "8f3c", "firstActionTimestamp": BEGAN, "actionDetails": [*actions]} | more


def page(url: str) -> dict[str, Any]:
    return {"type": "action", "url": url, "timestamp": BEGAN}


def told(body: Any, **options: Any) -> list[Told | Rejected]:
    return list(MATOMO.parse_of(options)(body, {}))


def first(body: Any, **options: Any) -> SessionTold:
    (one,) = told(body, **options)
    assert isinstance(one, SessionTold)
    return one


def test_the_plugin_s_own_columns_stand_before_the_referrer_and_the_address() -> None:
    landed = page("https://shop.example/tea?utm_campaign=of-the-address&utm_source=mail")
    referred = {"referrerType": "campaign", "referrerName": "of-the-referrer"}
    assert first(visit(landed)).utm_campaign == "of-the-address"
    assert first(visit(landed, **referred)).utm_campaign == "of-the-referrer"
    assert first(visit(landed, **referred, campaignName="of-the-plugin")).utm_campaign == "of-the-plugin"
    assert first(visit(landed, referrerType="search", referrerName="Google")).utm_campaign == "of-the-address"
    assert first(visit(landed, **referred)).utm_source == "mail"


def test_a_click_that_came_in_the_middle_of_a_visit_counts() -> None:
    found = first(visit(page("https://shop.example/"), page("https://shop.example/tea?eid=c1")))
    assert (found.page, found.click_id) == ("shop.example/", "c1")
    assert first(visit(page("https://shop.example/?cid=c2")), click_parameter="cid").click_id == "c2"


def test_several_orders_of_a_visit_are_several() -> None:
    orders = [
        {"type": "ecommerceOrder", "orderId": name, "revenue": "10.00", "timestamp": BEGAN + at}
        for at, name in ((60, "A-1"), (120, "A-2"))
    ]
    abandoned = {"type": "ecommerceAbandonedCart", "revenue": 89, "timestamp": BEGAN}
    found = told(visit(*orders, abandoned, siteCurrency="EUR"), orders="count")
    assert [(type(one).__name__, getattr(one, "order_id", None)) for one in found] == [
        ("SessionTold", None), ("SessionTold", "A-1"), ("OrderTold", "A-1"), ("SessionTold", "A-2"), ("OrderTold", "A-2")
    ]  # fmt: skip
    assert [one.occurred_us // 1_000_000 - BEGAN for one in found if isinstance(one, OrderTold)] == [60, 120]


@pytest.mark.parametrize(
    ("order", "currency", "reason", "field"),
    [
        ({"orderId": "A-1", "revenue": "many"}, "EUR", "amount-unreadable", "actionDetails[0].revenue"),
        ({"orderId": "A-1"}, "EUR", "amount-unreadable", "actionDetails[0].revenue"),
        ({"revenue": 5}, "EUR", "id-missing", "actionDetails[0].orderId"),
        ({"orderId": "A-1", "revenue": 5}, None, "currency-unknown", "siteCurrency"),
    ],
)
def test_a_bad_order_takes_no_visit_with_it(order: dict[str, Any], currency: Any, reason: str, field: str) -> None:
    found = told(visit({"type": "ecommerceOrder"} | order, siteCurrency=currency), orders="count")
    refused = found[-1]
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.field) == (reason, field)
    assert isinstance(found[0], SessionTold)


def test_actions_of_a_csv_stand_in_their_own_order() -> None:
    flat = {
        f"actionDetails_{place}_{key}": value
        for place, url in ((10, "https://shop.example/last"), (2, "https://shop.example/first"))
        for key, value in (("type", "action"), ("url", url))
    }
    row = {"idVisit": "4711", "visitorId": "8f3c", "firstActionTimestamp": str(BEGAN)} | flat
    assert first(row).page == "shop.example/first"

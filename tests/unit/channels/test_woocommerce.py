"""WooCommerce's orders, refunds and notices: every public sample payload, and what it leaves open."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from earnest.channels.channel import RECEIVED_HEADER
from earnest.channels.told import LineTold, OrderTold, RefundTold, SessionTold
from earnest.channels.woocommerce import parse
from unit.channels.told_briefly import brief

T_US = 1_790_848_800_000_000
"""2026-10-01T10:00:00Z."""
FIXTURES: dict[str, list[tuple[Any, ...]]] = {
    "docs_coupons_1": [("notice", "coupon", None)],
    "docs_customers_4": [("notice", "customer", None)],
    "docs_order-refunds_1": [("notice", "refund", None)],
    "docs_orders_4": [
        ("order", "727", "29.35", "1.35", "10.00", "USD", "live", ("+15555555555", "john.doe@example.com")),
    ],
    "docs_webhooks_4": [("notice", "webhook", "paused")],
    "docs_webhooks_5": [("notice", "webhook", "paused")],
}


def test_every_public_sample_tells_what_it_says(shared_data: Path) -> None:
    files = {path.stem: path for path in (shared_data / "fixtures" / "woocommerce").glob("*.json")}
    assert files.keys() == FIXTURES.keys()
    for name, expected in FIXTURES.items():
        assert brief(parse(json.loads(files[name].read_text(encoding="utf-8")), {})) == expected, name


def test_the_sample_order_has_its_instants_and_lines(shared_data: Path) -> None:
    payload = json.loads((shared_data / "fixtures" / "woocommerce" / "docs_orders_4.json").read_text(encoding="utf-8"))
    (one,) = parse(payload, {"x-wc-webhook-topic": "order.updated"})
    assert isinstance(one, OrderTold)
    assert one.occurred_us == 1_490_210_882_000_000, "2017-03-22T19:28:02Z"
    assert one.updated_us == 1_490_211_035_000_000, "2017-03-22T19:30:35Z"
    assert one.lines == (LineTold("product:93", "2", "6.00"), LineTold("Bar3", "1", "12.00"))


def order(**parts: Any) -> dict[str, Any]:
    """An order of 129.00 with 19.00 tax and 10.00 shipping: 100.00 net."""
    return {
        "id": 81, "order_key": "wc_order_x", "status": "processing", "currency": "EUR",
        "date_created_gmt": "2026-10-01T10:00:00", "date_modified_gmt": "2026-10-01T10:05:00", "total": "129.00",
        "total_tax": "19.00", "shipping_total": "10.00", "discount_total": "5.00", "customer_id": 0,
        "billing": {"phone": "0151 12345678", "country": "DE", "email": "kim@example.org"}, "line_items": [],
        "coupon_lines": [], "refunds": [], "meta_data": [],
    } | parts  # fmt: skip


def told(payload: Any, **headers: str) -> OrderTold:
    (one, *_) = parse(payload, {"x-wc-webhook-topic": "order.updated"} | headers)
    assert isinstance(one, OrderTold)
    return one


def test_an_order_tells_its_version_money_and_customer() -> None:
    one = told(order(coupon_lines=[{"code": "autumn"}], customer_id=52))
    assert (one.occurred_us, one.updated_us) == (T_US, T_US + 300_000_000)
    assert (one.total, one.tax, one.shipping, one.discount) == ("129.00", "19.00", "10.00", "5.00")
    assert (one.coupon, one.party.contact, one.party.dialled) == ("autumn", "woocommerce:52", "+4915112345678")
    assert told(order()).party.contact is None, "customer 0 is a guest"


@pytest.mark.parametrize(
    ("parts", "cancelled"),
    [
        *(({"status": status}, False) for status in ("processing", "completed", "refunded", "wc-completed", "packed")),
        *(({"status": status}, True) for status in ("pending", "failed", "cancelled", "trash", "checkout-draft")),
        ({"status": "on-hold"}, True),
        ({"status": "on-hold", "date_paid_gmt": None}, True),
        ({"status": "on-hold", "date_paid_gmt": "2026-10-01T10:01:00"}, False),
    ],
)
def test_which_states_count(parts: dict[str, Any], *, cancelled: bool) -> None:
    assert told(order(**parts)).cancelled is cancelled


def refunds(payload: Any) -> dict[str, str]:
    found = parse(payload, {})
    return {one.refund_id: one.amount for one in found if isinstance(one, RefundTold)}


@pytest.mark.parametrize(
    ("given", "net"),
    [
        ([("90", "-129.00")], {"90": "100.00"}),
        # newest first, as WooCommerce lists them: the older one keeps its part when a newer one comes
        ([("90", "-12.90")], {"90": "10.00"}),
        ([("91", "-116.10"), ("90", "-12.90")], {"90": "10.00", "91": "90.00"}),
        ([("92", "-43.00"), ("91", "-43.00"), ("90", "-43.00")], {"90": "33.33", "91": "33.33", "92": "33.34"}),
        ([("90", "12.90")], {"90": "10.00"}),
        ([("100", "-119.10"), ("90", "-9.90")], {"90": "7.67", "100": "92.33"}),
    ],
)
def test_refunds_give_back_their_share_of_the_net(given: list[tuple[str, str]], net: dict[str, str]) -> None:
    assert refunds(order(refunds=[{"id": int(number), "total": total} for number, total in given])) == net


def test_refunds_never_give_back_more_than_the_net() -> None:
    more = refunds(order(refunds=[{"id": number, "total": "-70.00"} for number in range(90, 95)]))
    assert sum(Decimal(amount) for amount in more.values()) == 100


def test_a_refund_that_cannot_be_read_refuses_its_order() -> None:
    assert brief(parse(order(refunds=[{"id": 1, "total": "much"}]), {})) == [
        ("refused", "amount-unreadable", "refunds[0].total")
    ]


def test_the_visit_is_told_where_woocommerce_remembers_it() -> None:
    said = {"utm_source": "whatsapp", "utm_medium": "message", "utm_campaign": "autumn",
            "session_entry": "https://tea.example/?utm_campaign=old&click_id=c-9", "user_agent": "x"}  # fmt: skip
    meta = [{"id": 1, "key": f"_wc_order_attribution_{key}", "value": value} for key, value in said.items()]
    (_, one) = parse(order(meta_data=[*meta, {"key": "list", "value": ["a"]}, 3]), {})
    assert isinstance(one, SessionTold)
    assert (one.utm_source, one.utm_medium, one.utm_campaign, one.click_id) == ("whatsapp", "message", "autumn", "c-9")


@pytest.mark.parametrize(
    ("topic", "body", "expected"),
    [
        ("", {"webhook_id": "12"}, ("notice", "ping", None)),
        ("product.updated", {"id": 5, "status": "publish"}, ("notice", "product_updated", "publish")),
        ("action.woocommerce_add_to_cart", {"action": "x", "arg": "y"}, ("notice", "action_woocommerce_add_to_cart", None)),
        ("order.created", {"id": 5}, ("refused", "currency-unknown", "currency")),
        ("order.created", order(id=None), ("refused", "id-missing", "id")),
        ("order.created", order(date_created_gmt=None), ("refused", "time-missing", "date_created_gmt")),
        ("order.created", order(date_created_gmt="soon"), ("refused", "time-unreadable", "date_created_gmt")),
        ("order.created", order(total=None), ("refused", "amount-unreadable", "total")),
        ("order.created", order(total="1,5"), ("refused", "amount-unreadable", "total")),
        ("order.created", order(line_items={"a": 1}), ("refused", "shape-unknown", "line_items")),
        ("order.deleted", {"id": 81}, ("notice", "order_deleted", None)),
    ],
)  # fmt: skip
def test_topics(topic: str, body: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert brief(parse(body, {"x-wc-webhook-topic": topic})) == [expected]


def test_a_deleted_order_counts_for_nothing_from_then_on() -> None:
    headers = {"x-wc-webhook-topic": "order.deleted", RECEIVED_HEADER: str(T_US)}
    (gone,) = parse({"id": 81}, headers)
    assert isinstance(gone, OrderTold)
    assert (gone.order_id, gone.cancelled, gone.updated_us) == ("81", True, T_US)


def test_notices_hold_nothing_personal() -> None:
    body = {
        "id": 52,
        "email": "kim@example.org",
        "username": "kim",
        "billing": {"phone": "+4915112345678"},
        "role": "customer",
    }
    for topic in ("customer.updated", "coupon.updated"):
        (one,) = parse(body, {"x-wc-webhook-topic": topic})
        assert not any(word in str(one) for word in ("kim", "151123"))

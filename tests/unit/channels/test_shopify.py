"""Shopify's orders, refunds and notices: every public sample payload, and what it leaves open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from earnest.channels.shopify import CHANNEL, parse
from earnest.channels.told import LineTold, Notice, OrderTold, RefundTold
from unit.channels.told_briefly import brief

T_US = 1_790_848_800_000_000
"""2026-10-01T10:00:00Z."""
BOB = ("+15556251199", "user3@example.com", "shopify:207119551")
OLD = ("order", "450789469", "409.94", "11.94", "0.00", "USD", "live", BOB)
KIM = ("user1@example.com", "shopify:7358220173425")
NEW = ("order", "5778367414385", "600.00", "0.00", "0.00", "USD", "live", KIM)
PIXEL = {
    "cart_viewed_cart_viewed": "cart_viewed",
    "carts_update_product_removed_from_cart": "product_removed_from_cart",
    "checkouts_update_checkout_address_info_submitted": "checkout_address_info_submitted",
    "checkouts_update_checkout_contact_info_submitted": "checkout_contact_info_submitted",
    "checkouts_update_checkout_started": "checkout_started",
    "collection_viewed_collection_viewed": "collection_viewed",
    "page_viewed_page_viewed": "page_viewed",
    "search_submitted_search_submitted": "search_submitted",
    "search_submitted_unknown_event": "unknown_event",
}
FIXTURES: dict[str, list[tuple[Any, ...]]] = {
    **{f"pixel_{file}": [("notice", "pixel", name)] for file, name in PIXEL.items()},
    "py_customer": [("notice", "customer", None)],
    "py_fulfillment": [("notice", "fulfillment", "pending")],
    "py_fulfillment_event": [("notice", "fulfillment_event", "label_printed")],
    "py_order": [OLD],
    "py_orders": [
        ("order", "450789469", "598.94", "11.94", "0.00", "USD", "live", ("+557700000000", *BOB[1:])),
    ],
    "py_payouts_transactions": [("notice", "transactions", None)] * 25,
    "py_refund": [("refund", "509562969", "450789469", "209.00", "USD")],
    "py_refund_calculate": [("refused", "id-missing", "refund.id")],
    "rb_abandoned_checkout": [("notice", "checkout", None)],
    "rb_checkouts": [("notice", "checkouts", None)],
    "rb_customers": [("notice", "customer", None)],
    "rb_discount_code": [("notice", "discount_code", None)],
    "rb_fulfillment": [("notice", "fulfillment", "pending")],
    "rb_marketing_event": [("notice", "marketing_event", None)],
    "rb_order": [OLD],
    "rb_order_with_properties": [OLD],
    "rb_orders": [OLD],
    "rb_tender_transactions": [("notice", "tender_transactions", None)] * 3,
    "rb_transaction": [("notice", "transaction", "success")],
    "webhook_carts_update": [("notice", "carts", None)],
    "webhook_checkouts_create_2": [("notice", "checkouts", None)],
    "webhook_checkouts_update": [("notice", "checkouts", None)],
    "webhook_checkouts_update_2": [("notice", "checkouts", None)],
    "webhook_orders_paid": [(*NEW[:4], "0", *NEW[5:])],
    "webhook_orders_updated": [NEW],
    "webhook_unsupported_event": [("notice", "unknown", None)],
}


def test_every_public_sample_tells_what_it_says(shared_data: Path) -> None:
    files = {path.stem: path for path in (shared_data / "fixtures" / "shopify").glob("*.json")}
    assert files.keys() == FIXTURES.keys()
    for name, expected in FIXTURES.items():
        payload = json.loads(files[name].read_text(encoding="utf-8"))
        assert brief(parse(payload, {})) == expected, name


def order(**parts: Any) -> dict[str, Any]:
    """An order of 119.00 with 19.00 tax and 10.00 shipping within, taxes added to prices."""
    return {
        "id": 1001, "order_number": 7, "currency": "EUR", "created_at": "2026-10-01T12:00:00+02:00",
        "updated_at": "2026-10-01T12:00:05+02:00", "financial_status": "paid", "total_price": "119.00",
        "total_tax": "19.00", "total_discounts": "5.00", "taxes_included": False,
        "total_shipping_price_set": {"shop_money": {"amount": "10.00", "currency_code": "EUR"}},
        "customer": {"id": 52, "email": "kim@example.org"}, "line_items": [], "refunds": [],
    } | parts  # fmt: skip


def refund(amount: str = "20.00", **parts: Any) -> dict[str, Any]:
    moved = {"kind": "refund", "status": "success", "amount": amount, "currency": "EUR"}
    return {"id": 9, "order_id": 1001, "created_at": "2026-10-03T10:00:00Z", "transactions": [moved]} | parts


def told(payload: Any, **headers: str) -> OrderTold:
    (one, *_) = parse(payload, {name.replace("_", "-"): value for name, value in headers.items()})
    assert isinstance(one, OrderTold)
    return one


def test_an_order_tells_its_version_and_its_money() -> None:
    one = told(order(discount_codes=[{"code": "AUTUMN"}, {"code": "VIP"}]))
    assert (one.order_id, one.occurred_us, one.updated_us) == ("1001", T_US, T_US + 5_000_000)
    assert (one.total, one.tax, one.shipping, one.discount, one.currency) == ("119.00", "19.00", "10.00", "5.00", "EUR")
    assert (one.coupon, one.cancelled, one.amount) == ("AUTUMN", False, None)


@pytest.mark.parametrize(
    ("parts", "headers", "cancelled"),
    [
        ({"test": True}, {}, True),
        ({}, {"x_shopify_test": "true"}, True),
        ({}, {"x_shopify_test": "false"}, False),
        ({"cancelled_at": "2026-10-02T10:00:00Z"}, {}, True),
        ({"financial_status": "pending"}, {}, True),
        ({"financial_status": "voided"}, {}, True),
        ({"financial_status": "authorized"}, {}, False),
        ({"financial_status": "partially_refunded"}, {}, False),
        ({"financial_status": None}, {}, False),
    ],
)
def test_what_counts_for_nothing(parts: dict[str, Any], headers: dict[str, str], *, cancelled: bool) -> None:
    assert told(order(**parts), **headers).cancelled is cancelled


@pytest.mark.parametrize(
    ("parts", "total", "tax"),
    [
        ({"current_total_price": "119.00", "current_total_tax": "19.00"}, "119.00", "19.00"),
        # an item was taken off before it was paid: nothing was given back, less was ever owed
        ({"current_total_price": "59.50", "current_total_tax": "9.50"}, "59.50", "9.50"),
        # an item was returned and repaid: the order was worth 119.00, the refund tells the rest
        (
            {"current_total_price": "59.50", "current_total_tax": "9.50", "refunds": [refund("59.50")]},
            "119.00",
            "19.00",
        ),
        # repaid out of goodwill, whether or not the current total knows of it
        ({"current_total_price": "119.00", "refunds": [refund("20.00")]}, "119.00", "19.00"),
        ({"current_total_price": "99.00", "refunds": [refund("20.00")]}, "119.00", "19.00"),
        # one item taken off unpaid, another one repaid
        ({"total_price": "300.00", "current_total_price": "100.00", "refunds": [refund("100.00")]}, "200.00", "19.00"),
    ],
)
def test_worth_before_refunds(parts: dict[str, Any], total: str, tax: str) -> None:
    one = told(order(**parts))
    assert (one.total, one.tax) == (total, tax)


@pytest.mark.parametrize(
    ("parts", "shipping"),
    [
        ({"shipping_lines": [{"price": "10.00", "discounted_price": "0.00"}]}, "0.00"),
        ({"shipping_lines": [{"price": "4.90"}, {"price": "9.90", "is_removed": True}]}, "4.90"),
        ({"taxes_included": True, "shipping_lines": [{"price": "5.95", "tax_lines": [{"price": "0.95"}]}]}, "5.00"),
        ({"taxes_included": False, "shipping_lines": [{"price": "5.00", "tax_lines": [{"price": "0.95"}]}]}, "5.00"),
        ({"total_shipping_price_set": None}, "0"),
    ],
)
def test_shipping_is_told_without_its_tax(parts: dict[str, Any], shipping: str) -> None:
    assert told(order(**parts)).shipping == shipping


@pytest.mark.parametrize(
    ("parts", "dialled"),
    [
        ({"phone": "+4915112345678", "customer": {"phone": "+4915100000000"}}, "+4915112345678"),
        ({"customer": {"id": 1, "phone": "+4915100000000"}, "billing_address": {"phone": "1"}}, "+4915100000000"),
        ({"billing_address": {"phone": "0151 12345678", "country_code": "DE"}}, "+4915112345678"),
        ({"shipping_address": {"phone": "07700 900123", "country_code": "gb"}}, "+447700900123"),
        ({"shipping_address": {"phone": "0151 12345678"}}, "0151 12345678"),
        ({"shipping_address": [], "customer": None}, None),
    ],
)
def test_a_phone_is_looked_for_in_its_places(parts: dict[str, Any], dialled: str | None) -> None:
    assert told(order(**parts)).party.dialled == dialled


def test_lines_are_net_of_discounts_and_of_tax_within() -> None:
    line = {"sku": "TEA", "price": "11.90", "quantity": 2, "discount_allocations": [{"amount": "3.80"}],
            "tax_lines": [{"price": "3.19"}]}  # fmt: skip
    plain = {"sku": "", "variant_id": 77, "price": "4.00", "quantity": 1, "total_discount": "1.00"}
    added = told(order(line_items=[line, plain]))
    within = told(order(line_items=[line, plain], taxes_included=True))
    assert added.lines == (LineTold("TEA", "2", "20.00"), LineTold("variant:77", "1", "3.00"))
    assert within.lines == (LineTold("TEA", "2", "16.81"), LineTold("variant:77", "1", "3.00"))


def test_a_bad_line_or_refund_is_refused_alone() -> None:
    bad_line, bad_refund = {"sku": "X", "price": "cheap", "quantity": 1}, refund("20.00", id=None)
    found = brief(parse(order(line_items=[bad_line], refunds=[bad_refund, refund("5.00")]), {}))
    assert [one[0] for one in found] == ["order", "refund", "refused", "refused"]
    assert {one[1:] for one in found[2:]} == {
        ("id-missing", "refunds[0].id"),
        ("amount-unreadable", "line_items[0].price"),
    }


@pytest.mark.parametrize(
    ("parts", "amount"),
    [
        ({}, "20.00"),
        ({"refund_line_items": [{"subtotal": "16.81", "total_tax": "3.19"}]}, "16.81"),
        ({"order_adjustments": [{"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "-0.95"}]}, "14.05"),
        ({"order_adjustments": [{"kind": "refund_discrepancy", "amount": "7.00", "tax_amount": "1.00"}]}, "20.00"),
        ({"refund_line_items": [{"total_tax": "30.00"}]}, "0"),
    ],
)
def test_a_refund_is_the_money_moved_less_tax_and_shipping_within(parts: dict[str, Any], amount: str) -> None:
    (one,) = parse(refund(**parts), {"x-shopify-topic": "refunds/create"})
    assert isinstance(one, RefundTold)
    assert (one.refund_id, one.order_id, one.amount, one.currency) == ("9", "1001", amount, "EUR")
    assert one.occurred_us == T_US + 2 * 86_400_000_000
    (_, same) = parse(order(refunds=[refund(**parts)]), {})
    assert isinstance(same, RefundTold)
    assert (same.refund_id, same.amount) == (one.refund_id, one.amount), "told within the order it is the same"


def test_what_moved_no_money_is_no_refund() -> None:
    pending = refund(transactions=[{"kind": "refund", "status": "pending", "amount": "20.00", "currency": "EUR"}])
    headers = {"x-shopify-topic": "refunds/create"}
    assert brief(parse(pending, headers)) == [("notice", "refunds_create", "no money moved")]
    assert brief(parse(refund(transactions=[]), headers)) == [("notice", "refunds_create", "no money moved")]
    assert brief(parse(refund(), headers | {"x-shopify-test": "true"})) == [("notice", "refunds_create", "test")]
    assert [one[0] for one in brief(parse(order(refunds=[pending]), {}))] == ["order"]


def test_a_refund_in_the_customers_currency_is_told_at_the_orders_own_rate() -> None:
    both = {"shop_money": {"amount": "100.00"}, "presentment_money": {"amount": "110.00"}}
    moved = {"kind": "refund", "status": "success", "amount": "55.00", "currency": "USD"}
    abroad = order(
        total_price="100.00", presentment_currency="USD", total_price_set=both, refunds=[refund(transactions=[moved])]
    )
    assert brief(parse(abroad, {}))[1] == ("refund", "9", "1001", "50.00", "EUR")
    alone = brief(parse(refund(transactions=[moved]), {"x-shopify-topic": "refunds/create"}))
    assert alone == [("refund", "9", "1001", "55.00", "USD")], "told alone it says its currency, and will be refused"


def test_the_visit_is_told_by_the_cart_before_the_landing_page() -> None:
    landed = order(landing_site="/tea?utm_source=whatsapp&utm_campaign=autumn&fbclid=F1&utm_source=x")
    assert brief(parse(landed, {}))[1] == ("session", "order-1001", "whatsapp", "autumn", "F1")
    noted = landed | {"note_attributes": [{"name": "Click_ID", "value": "c-9"}, {"name": "engraving", "value": "Kim"}]}
    assert brief(parse(noted, {}))[1] == ("session", "order-1001", "whatsapp", "autumn", "c-9")
    assert len(brief(parse(order(landing_site="/", note_attributes=[{"name": "gift", "value": "yes"}]), {}))) == 1


@pytest.mark.parametrize(
    ("topic", "body", "expected"),
    [
        ("orders/edited", {"order_edit": {"id": 5, "order_id": 1001}}, ("notice", "orders_edited", None)),
        ("customers/redact", {"shop_id": 1, "customer": {"id": 52, "email": "kim@example.org"}}, ("notice", "customers_redact", None)),
        ("customers/data_request", {"shop_id": 1, "customer": {"id": 52}}, ("notice", "customers_data_request", None)),
        ("shop/redact", {"shop_id": 1, "shop_domain": "tea.example"}, ("notice", "shop_redact", None)),
        ("draft_orders/create", order(), ("notice", "draft_orders_create", None)),
        ("app/uninstalled", {"id": 1, "name": "Kim's Tea"}, ("notice", "app_uninstalled", None)),
        ("orders/create", {"id": 1001}, ("refused", "currency-unknown", "currency")),
        ("orders/create", order(total_price=None), ("refused", "amount-unreadable", "total_price")),
        ("orders/create", order(total_price="119,00"), ("refused", "amount-unreadable", "total_price")),
        ("orders/create", order(created_at="2026-10-01T12:00:00"), ("refused", "time-unreadable", "created_at")),
        ("orders/create", order(refunds=3), ("refused", "shape-unknown", "refunds")),
    ],
)  # fmt: skip
def test_topics(topic: str, body: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert brief(parse(body, {"x-shopify-topic": topic})) == [expected]


def test_a_deleted_order_counts_for_nothing_from_then_on() -> None:
    headers = {"x-shopify-topic": "orders/delete", "x-shopify-triggered-at": "2026-10-05T10:00:00Z"}
    gone = told({"id": 1001}, **{name.replace("-", "_"): value for name, value in headers.items()})
    assert (gone.order_id, gone.cancelled, gone.updated_us) == ("1001", True, T_US + 4 * 86_400_000_000)
    assert brief(parse({"id": 1001}, {"x-shopify-topic": "orders/delete"})) == [("notice", "orders_delete", None)]


def test_notices_hold_nothing_personal() -> None:
    personal = {
        "id": 52, "email": "kim@example.org", "phone": "+4915112345678", "first_name": "Kim", "note": "allergic",
        "addresses": [{"address1": "Elm St 4"}], "updated_at": "2026-10-01T10:00:00Z", "state": "enabled",
    }  # fmt: skip
    for topic in ("customers/update", "checkouts/update", "fulfillments/create", "customers/redact"):
        (one,) = parse(personal | {"customer": personal}, {"x-shopify-topic": topic})
        assert isinstance(one, Notice)
        assert one.occurred_us == T_US
        shown = f"{one.subject} {one.name} {one.detail}"
        assert not any(word in shown for word in ("kim@", "151123", "Kim", "allergic", "Elm"))
        assert ("52" in shown) is not topic.startswith("customers")


@pytest.mark.parametrize("payload", [None, 3, "x", [], [order()]])
def test_what_is_no_object_is_no_body(payload: Any) -> None:
    assert [one[:2] for one in brief(parse(payload, {}))] == [("refused", "not-an-envelope")]


def test_the_channel_keeps_the_headers_it_reads() -> None:
    assert set(CHANNEL.headers) == {
        "x-shopify-topic", "x-shopify-event-id", "x-shopify-triggered-at", "x-shopify-test",
    }  # fmt: skip
    assert CHANNEL.retells

"""Segment's calls: the spec's order events, people, pages; clocks that go wrong; nothing personal in notices."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.channels.channel import RECEIVED_HEADER, channel_of
from earnest.channels.segment.calls import CALL, CALLS, parse, tuned
from earnest.channels.segment.tuning import Tuning
from earnest.channels.told import (
    AttributeTold,
    LineTold,
    Notice,
    OrderTold,
    Party,
    RefundTold,
    Rejected,
    SamePerson,
    SessionTold,
)
from earnest.kernel.errors import UsageError

AT = "2026-09-21T14:13:20.000Z"
AT_US = 1_790_000_000_000_000
MINUTE = 60_000_000
ANNA = Party(contact="c-17")


def call(kind: str, **parts: Any) -> dict[str, Any]:
    return {"type": kind, "userId": "c-17", "messageId": "m-1", "timestamp": AT} | parts


def told(
    one: dict[str, Any], options: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> list[Any]:
    return list(channel_of("segment").parse_of(options)(one, headers or {}))


def track(event: str, options: dict[str, Any] | None = None, **properties: Any) -> list[Any]:
    return told(call("track", event=event, properties=properties), options)


def test_an_order_with_its_products() -> None:
    (one,) = track(
        "Order Completed", order_id="A-1", revenue=40.0, tax=7.6, shipping="4.90", total=52.5, discount=2, coupon="TEA",
        currency="EUR", products=[{"sku": "tea", "price": 10.5, "quantity": 2}, {"product_id": "p-2"}, {"name": "no id"}],
    )  # fmt: skip
    assert one == OrderTold(
        "A-1", AT_US, ANNA, "EUR", updated_us=AT_US, amount="40", total="52.5", tax="7.6", shipping="4.90", discount="2",
        coupon="TEA", lines=(LineTold("tea", "2", "21.0"), LineTold("p-2", None, None)),
    )  # fmt: skip


def test_subtotal_stands_in_for_revenue_and_a_total_alone_will_do() -> None:
    assert track("Order Completed", order_id="A", subtotal=30, total=40, currency="EUR")[0].amount == "30"
    (total,) = track("order_completed", order_id="A", total=40, currency="EUR")
    assert (total.amount, total.total) == (None, "40")


def test_an_update_is_a_newer_version_that_keeps_the_order_s_day_if_told() -> None:
    (one,) = track("Order Updated", order_id="A", revenue=1, currency="EUR", created_at="2026-09-20T00:00:00Z")
    assert one.updated_us == AT_US
    assert one.occurred_us == AT_US - (14 * 3600 + 13 * 60 + 20 + 86_400) * 1_000_000
    assert track("Order Cancelled", order_id="A")[0].cancelled


def test_a_refund_has_an_amount_or_gives_back_the_whole_order() -> None:
    assert track("Order Refunded", order_id="A", total=12.5, currency="EUR") == [
        RefundTold("m-1", "A", AT_US, ANNA, "12.5", "EUR")
    ]
    products = [{"sku": "tea", "price": "10.10", "quantity": 2}, {"sku": "cup", "price": 5}]
    assert track("Order Refunded", order_id="A", currency="EUR", products=products)[0].amount == "25.20"
    (whole,) = track("Order Refunded", order_id="A", currency="EUR")
    assert isinstance(whole, OrderTold)
    assert (whole.cancelled, whole.updated_us) == (True, AT_US)


def test_a_currency_is_told_or_declared_and_never_assumed() -> None:
    (none,) = track("Order Completed", order_id="A", revenue=1)
    assert none == Rejected("currency-unknown", "properties.currency", None)
    assert track("Order Completed", {"currency": "EUR"}, order_id="A", revenue=1)[0].currency == "EUR"


def test_only_events_that_the_source_names_are_conversions() -> None:
    options = {"conversions": {"Trial Started": "lead"}}
    (lead,) = track("trial started", options, plan="pro")
    assert (lead.order_id, lead.conversion_kind, lead.amount) == ("m-1", "lead", None)
    assert (track("Trial Started", options, value=20, currency="EUR")[0]).amount == "20"
    assert isinstance(track("Trial Started", plan="pro")[0], Notice)


def test_identify_links_identities_and_keeps_chosen_traits_alone() -> None:
    traits = {
        "email": "anna@example.org", "phone": "0151 12345678", "name": "Anna", "plan": "pro", "marketing_consent": True,
        "address": {"country": "DE", "street": "Allee 1"}, "tier": "gold", "age": 41,
    }  # fmt: skip
    found = told(call("identify", anonymousId="a-9", traits=traits, context={"locale": "de-DE"}), {"traits": ["tier"]})
    assert found == [
        SamePerson(AT_US, ANNA, Party(contact="anonymous:a-9")),
        SamePerson(AT_US, ANNA, Party(email="anna@example.org")),
        SamePerson(AT_US, ANNA, Party(dialled="0151 12345678")),
        AttributeTold(AT_US, ANNA, "consent", "in"),
        AttributeTold(AT_US, ANNA, "country", "DE"),
        AttributeTold(AT_US, ANNA, "language", "de-DE"),
        AttributeTold(AT_US, ANNA, "plan", "pro"),
        AttributeTold(AT_US, ANNA, "tier", "gold"),
    ]


def test_a_device_that_two_people_use_does_not_make_them_one() -> None:
    for user in ("c-17", "c-18"):
        order = {"order_id": user, "revenue": 1, "currency": "EUR"}
        found = told(call("track", userId=user, anonymousId="a-9", event="Order Completed", properties=order))
        assert [type(one) for one in found] == [OrderTold]
        assert found[0].party == Party(contact=user)


def test_alias_joins_two_ids() -> None:
    found = told(call("alias", previousId="a-9"))
    assert [one.other.contact for one in found] == ["a-9", "anonymous:a-9"]


@pytest.mark.parametrize("personal", ["email", "first_name", "Phone"])
def test_personal_traits_cannot_be_chosen(personal: str) -> None:
    with pytest.raises(UsageError) as refused:
        Tuning.of({"traits": [personal]})
    assert refused.value.code == "personal-trait"


def test_a_page_that_a_campaign_brought_is_a_session() -> None:
    campaign = {"source": "sms", "medium": "message", "name": "autumn"}
    assert told(call("page", userId=None, anonymousId="a-9", context={"campaign": campaign})) == [
        SessionTold("m-1", AT_US, Party(contact="anonymous:a-9"), "sms", "message", "autumn", None)
    ]
    (by_url,) = told(call("page", properties={"url": "https://shop.example/?utm_source=wa&fbclid=F1#x"}))
    assert (by_url.utm_source, by_url.click_id) == ("wa", "F1")


def test_a_notice_has_names_and_no_values() -> None:
    (one,) = told(call("track", event="Product Viewed", properties={"email": "anna@example.org", "sku": "tea-4711"}))
    assert (one.topic, one.name, json.loads(one.detail)) == (
        "track",
        "Product Viewed",
        {"properties": ["email", "sku"]},
    )
    assert [type(one) for one in told(call("page", properties={"url": "https://shop.example/"}))] == [Notice]


def test_a_batch_shares_its_context_and_one_bad_call_costs_no_other() -> None:
    body = {
        "context": {"campaign": {"source": "sms"}},
        "batch": [call("page"), {"type": "dance"}, "x", call("track", event="Order Completed", properties=[]), call("page")],
    }  # fmt: skip
    found = list(parse(body, {}))
    assert [type(one).__name__ for one in found] == ["SessionTold", "Rejected", "Rejected", "Rejected", "SessionTold"]
    assert [one.field for one in found[1:4]] == ["batch[1].type", "batch[2]", "batch[3].properties"]


def test_the_address_says_the_type_where_the_body_does_not() -> None:
    body = {"userId": "c-17", "event": "Hello", "timestamp": AT}
    assert [type(one) for one in parse(body, {CALL: "track"})] == [Notice]
    assert [one.reason for one in parse(body, {}) if isinstance(one, Rejected)] == ["shape-unknown"]


@pytest.mark.parametrize(
    ("parts", "received_us", "expected_us"),
    [
        ({}, AT_US + MINUTE, AT_US),  # nothing says when it was sent
        ({"sentAt": AT}, AT_US + 400_000, AT_US),  # a right clock, and the way over the network
        ({"sentAt": AT}, AT_US + 60 * MINUTE + 400_000, AT_US + 60 * MINUTE),  # an hour slow
        ({"sentAt": AT}, AT_US - 5 * MINUTE, AT_US - 5 * MINUTE),  # five minutes fast
        ({"sentAt": AT, "originalTimestamp": AT}, AT_US + 60 * MINUTE, AT_US),  # Segment has corrected it
        ({"timestamp": None}, AT_US + 5, AT_US + 5),  # no time: when it was received
    ],
)
def test_a_wrong_clock_is_corrected_as_segment_does(parts: dict[str, Any], received_us: int, expected_us: int) -> None:
    (one,) = told(call("screen", **parts), headers={RECEIVED_HEADER: str(received_us)})
    assert one.occurred_us == expected_us


def test_a_call_without_a_time_or_a_door_is_refused() -> None:
    assert told(call("screen", timestamp=None)) == [Rejected("time-missing", "timestamp", None)]


def test_calls_without_message_id_are_known_by_what_they_say() -> None:
    options = {"conversions": {"Demo": "lead"}}
    body = {"batch": [call("track", event="Demo", messageId=None), call("track", event="Demo", messageId=None)]}
    first, second = tuned(options)(body, {})
    again, _ = tuned(options)(body, {})
    assert isinstance(first, OrderTold)
    assert isinstance(second, OrderTold)
    assert first == again
    assert first.order_id != second.order_id


_KEYS = st.sampled_from(["batch", "type", "userId", "anonymousId", "event", "properties", "traits", "context", "timestamp", "sentAt",
                         "messageId", "order_id", "revenue", "currency", "products", "price", "campaign", "page", "url", "email"])  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*CALLS, AT, "Order Completed", "EUR"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=8),
    max_leaves=25,
)  # fmt: skip


@given(_JSON, st.sampled_from(CALLS), st.text())
def test_no_value_breaks_the_reading(value: Any, kind: str, received: str) -> None:
    parts = value if isinstance(value, dict) else {}
    for body in (value, {"batch": value}, {"batch": [call(kind, **parts)]}, call(kind, properties=value, traits=value)):
        list(parse(body, {RECEIVED_HEADER: received, CALL: kind}))

"""Damaged bodies of shops: never an exception, never silence, and whatever they tell can be written."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earnest.channels.channel import Parse, channel_of
from earnest.channels.columns import SORTS, Stage
from earnest.channels.reasons import REASONS
from earnest.channels.told import Rejected
from earnest.importers.parsing import EARLIEST_US, LATEST_US

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.sampled_from(
    ["", "0", "-1", "1e9", "999999999999.999999", "0.000001", "NaN", "Infinity", "9" * 400, "USD", "JPY", "refund", "success",
     "paid", "event", "2026-10-01T10:00:00Z", "2026-10-01T10:00:00", "0151 12345678", "https://[x", "?utm_source=a&b", "\x00",
     "🙂", 0, -1, 10**12, 10**30, 1e308, True]
)  # fmt: skip

ADDRESS = {"phone": "0151 12345678", "country_code": "DE"}
MOVED = {"kind": "refund", "status": "success", "amount": "20.00", "currency": "USD"}
SHOPIFY_REFUND = {
    "id": 9, "order_id": 1001, "created_at": "2026-10-03T10:00:00Z", "transactions": [MOVED],
    "refund_line_items": [{"subtotal": "16.00", "total_tax": "3.19"}],
    "order_adjustments": [{"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "-0.95"}],
}  # fmt: skip
SHOPIFY = {
    "id": 1001, "order_number": 7, "currency": "EUR", "presentment_currency": "USD", "created_at": "2026-10-01T10:00:00Z",
    "updated_at": "2026-10-01T10:00:05Z", "total_price": "119.00", "current_total_price": "99.00", "total_tax": "19.00",
    "current_total_tax": "9.00", "taxes_included": True, "financial_status": "paid", "email": "kim@example.org",
    "total_price_set": {"shop_money": {"amount": "119.00"}, "presentment_money": {"amount": "130.90"}},
    "shipping_lines": [{"price": "5.95", "discounted_price": "4.95", "tax_lines": [{"price": "0.79"}]}],
    "line_items": [{"sku": "TEA", "price": "11.90", "quantity": 2, "discount_allocations": [{"amount": "1.00"}],
                    "tax_lines": [{"price": "1.90"}]}],
    "discount_codes": [{"code": "AUTUMN"}], "customer": {"id": 52, "default_address": ADDRESS},
    "billing_address": ADDRESS, "landing_site": "/?utm_source=whatsapp&fbclid=x",
    "note_attributes": [{"name": "click_id", "value": "c-9"}], "refunds": [SHOPIFY_REFUND],
}  # fmt: skip
WOO = {
    "id": 81, "order_key": "wc_x", "status": "processing", "currency": "EUR", "date_created_gmt": "2026-10-01T10:00:00",
    "date_modified_gmt": "2026-10-01T10:05:00", "total": "129.00", "total_tax": "19.00", "shipping_total": "10.00",
    "discount_total": "5.00", "customer_id": 52, "billing": {"phone": "0151 12345678", "country": "DE", "email": "k@e.org"},
    "line_items": [{"sku": "TEA", "quantity": 2, "total": "20.00"}], "coupon_lines": [{"code": "autumn"}],
    "refunds": [{"id": 91, "total": "-20.00"}, {"id": 90, "total": "-10.00"}],
    "meta_data": [{"key": "_wc_order_attribution_session_entry", "value": "https://t.example/?click_id=c"}],
}  # fmt: skip


def stripe(what: str, kind: str, **parts: Any) -> dict[str, Any]:
    held = {"object": what, "currency": "eur", "created": 1_790_848_740, "customer": "cus_1"} | parts
    return {"object": "event", "type": kind, "created": 1_790_848_800, "livemode": True, "data": {"object": held}}


REFUND = {"object": "refund", "id": "re_1", "charge": "ch_1", "amount": 2_000, "currency": "eur", "created": 1_790_848_750,
          "status": "succeeded"}  # fmt: skip
STRIPE = [
    stripe("checkout.session", "checkout.session.completed", id="cs_1", mode="payment", payment_status="paid",
           payment_intent={"id": "pi_1"}, amount_total=12_900, total_details={"amount_tax": 1_900, "amount_shipping": 1_000},
           customer_details={"email": "k@e.org"}, metadata={"contact": "K", "utm_source": "w"}, discounts=[{"coupon": "a"}],
           client_reference_id="c-9"),
    stripe("charge", "charge.refunded", id="ch_1", payment_intent="pi_1", status="succeeded", captured=True, amount=12_900,
           amount_captured=12_900, billing_details={"email": "k@e.org"}, refunds={"data": [REFUND]}),
    stripe("invoice", "invoice.paid", id="in_1", status="paid", payment_intent="pi_1", amount_paid=11_900, total=11_900,
           total_taxes=[{"amount": 1_900}], shipping_cost={"amount_subtotal": 100}, status_transitions={"paid_at": 1_790_848_750}),
    stripe("payment_intent", "payment_intent.succeeded", id="pi_1", status="succeeded", amount_received=12_900,
           charges={"data": [{"billing_details": {"phone": "+4915112345678"}}]}),
    stripe("dispute", "charge.dispute.funds_withdrawn", id="dp_1", charge="ch_1", amount=12_900),
    stripe("refund", "refund.created", **{name: value for name, value in REFUND.items() if name not in ("object", "currency", "created")}),
]  # fmt: skip
SEEDS: dict[str, list[tuple[Any, dict[str, str]]]] = {
    "shopify": [
        (SHOPIFY, {}),
        ({"orders": [SHOPIFY, SHOPIFY]}, {}),
        (SHOPIFY_REFUND, {"x-shopify-topic": "refunds/create"}),
        ({"id": 1001}, {"x-shopify-topic": "orders/delete", "x-shopify-triggered-at": "2026-10-01T10:00:00Z"}),
        (SHOPIFY, {"x-shopify-topic": "customers/update"}),
    ],
    "woocommerce": [
        (WOO, {}),
        (WOO, {"x-wc-webhook-topic": "order.updated"}),
        ({"id": 81}, {"x-wc-webhook-topic": "order.deleted", "earnest-received-us": "1790848800000000"}),
        ({"webhook_id": "12"}, {}),
    ],
    "stripe": [(one, {}) for one in STRIPE] + [(one["data"]["object"], {}) for one in STRIPE],
}


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in inner for place in places(child, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn, code: str) -> tuple[Any, dict[str, str]]:
    """A body with a few places replaced, removed, doubled or renamed."""
    seed, headers = draw(st.sampled_from(SEEDS[code]))
    body = copy.deepcopy(seed)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(body)))
        if not path:
            continue
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        match draw(st.integers(0, 4)):
            case 0:
                del holder[path[-1]]
            case 1 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[path[-1]]))
            case 2 if isinstance(holder, dict):
                holder[draw(st.text(max_size=5))] = holder.pop(path[-1])
            case 3:
                holder[path[-1]] = draw(WORDS)
            case _:
                holder[path[-1]] = draw(JSON)
    return body, headers


def check(parse: Parse, payload: Any, headers: dict[str, str]) -> None:
    before = copy.deepcopy(payload)
    found = list(parse(payload, headers))
    assert found, "never silence"
    assert repr(payload) == repr(before), "parsing changes nothing"
    for one in found:
        assert type(one) in SORTS
        if isinstance(one, Rejected):
            assert one.reason in REASONS
        for us in (getattr(one, "occurred_us", None), getattr(one, "updated_us", None)):
            assert us is None or EARLIEST_US <= us < LATEST_US
    # Half surrogates are no JSON: what is decoded from bytes never holds one.
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder), currency="EUR", chunk=2) as stage:
        stage.add(1, None, parse(msgspec.json.decode(json.dumps(payload)), headers))


@pytest.mark.parametrize("code", SEEDS)
@given(data=st.data())
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_mutated_body_is_read_or_refused(code: str, data: st.DataObject) -> None:
    payload, headers = data.draw(mutated(code))
    check(channel_of(code).parse, payload, headers)


@pytest.mark.parametrize("code", SEEDS)
@given(payload=JSON)
@settings(max_examples=100, deadline=None)
def test_any_json_is_answered(code: str, payload: Any) -> None:
    for headers in ({}, {"x-shopify-topic": "orders/create", "x-wc-webhook-topic": "order.created"}):
        check(channel_of(code).parse, payload, headers)


@pytest.mark.parametrize("code", SEEDS)
def test_the_seeds_themselves_are_read(code: str) -> None:
    for payload, headers in SEEDS[code]:
        assert not any(isinstance(one, Rejected) for one in channel_of(code).parse(payload, headers))

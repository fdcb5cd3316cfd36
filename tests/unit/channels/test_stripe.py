"""Stripe's payments, refunds, disputes and notices: every public sample payload, and what it leaves open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from earnest.channels.stripe import parse, tuned
from earnest.channels.stripe.money import decimals
from earnest.channels.told import OrderTold, Party, RefundTold
from unit.channels.told_briefly import brief

AT = 1_790_848_800
AT_US = AT * 1_000_000
ALL = tuned({"test_mode": True})
INTENT = "pi_000000000000000000000000"


def usd(order_id: str, total: str, *who: str) -> tuple[Any, ...]:
    return ("order", order_id, total, None, None, "USD", "live", who)


CUSTOMER = "stripe:cus_00000000000000"
FIXTURES: dict[str, list[tuple[Any, ...]]] = {
    "event_charge.dispute.closed": [("notice", "charge_dispute_closed", "won")],
    "event_charge.dispute.created": [("notice", "charge_dispute_created", "warning_needs_response")],
    "event_charge.dispute.funds_reinstated": [("refund", "dp_00000000000000", "ch_00000000000000", "0", "USD")],
    "event_charge.dispute.funds_withdrawn": [("refund", "dp_00000000000000", "ch_00000000000000", "250.00", "USD")],
    "event_charge.failed": [("notice", "charge_failed", "failed")],
    "event_charge.refund.updated": [
        ("refund", "re_000000000000000000000000", "ch_000000000000000000000000", "1.00", "USD")
    ],
    "event_charge.succeeded": [usd(INTENT, "20.00")],
    "event_charge.updated": [usd("ch_00000000000000", "10.00", CUSTOMER)],
    "event_checkout.session.completed": [
        ("same", (CUSTOMER,), ("stripe@example.com",)),
        ("order", INTENT, "30.00", "0.00", "0.00", "USD", "live", ("stripe@example.com", CUSTOMER)),
    ],
    "event_checkout.session.completed.payment_mode": [
        ("same", (CUSTOMER,), ("example@example.com",)),
        ("order", "pi_00000000000000", "250.00", "0.00", "0.00", "USD", "live", ("example@example.com", CUSTOMER)),
    ],
    "event_coupon.created": [("notice", "coupon_created", None)],
    "event_customer.created": [("notice", "customer_created", None)],
    "event_customer.deleted": [("notice", "customer_deleted", None)],
    "event_customer.discount.created": [("notice", "customer_discount_created", None)],
    "event_customer.subscription.created": [("notice", "customer_subscription_created", "active")],
    "event_invoice.paid": [usd(INTENT, "20.00", CUSTOMER)],
    "event_payment_intent.canceled": [("notice", "payment_intent_canceled", "canceled")],
    "event_payment_intent.payment_failed": [("notice", "payment_intent_payment_failed", "requires_payment_method")],
    "event_payment_intent.processing": [("notice", "payment_intent_processing", "processing")],
    "event_payment_intent.succeeded": [usd(INTENT, "20.00")],
    "event_payout.paid": [("notice", "payout_paid", "paid")],
    "fixture_application_fee": [("notice", "application_fee", None)],
    "fixture_checkout.session": [("notice", "checkout_session", "unpaid")],
    "fixture_coupon": [("notice", "coupon", None)],
    "fixture_credit_note": [("notice", "credit_note", "issued")],
    "fixture_dispute": [("notice", "dispute", "warning_needs_response")],
    "fixture_event": [("notice", "plan_created", None)],
    "fixture_payment_intent": [("notice", "payment_intent", "requires_payment_method")],
    "fixture_payment_link": [("notice", "payment_link", None)],
    "fixture_payout": [("notice", "payout", "in_transit")],
    "fixture_price": [("notice", "price", None)],
    "fixture_product": [("notice", "product", None)],
    "fixture_promotion_code": [("notice", "promotion_code", None)],
    "fixture_refund": [("refund", "re_1Pgc72B7WZ01zgkWqPvrRrPE", "ch_1PgafuB7WZ01zgkWXYmPNZs8", "1.00", "USD")],
    # an object cut out of its event, without the key that says what it is
    "pay_charge.succeeded": [("notice", "unknown", "succeeded")],
    "pay_checkout.session.completed": [("refused", "time-missing", "object.created")],
}


def samples(shared_data: Path) -> dict[str, Any]:
    files = (shared_data / "fixtures" / "stripe").glob("*.json")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


def test_every_public_sample_tells_what_it_says(shared_data: Path) -> None:
    found = samples(shared_data)
    assert found.keys() == FIXTURES.keys()
    for name, payload in found.items():
        assert brief(ALL(payload, {})) == FIXTURES[name], name


def test_in_test_mode_nothing_counts_unless_asked_for(shared_data: Path) -> None:
    for name, payload in samples(shared_data).items():
        kinds = {one[0] for one in brief(parse(payload, {}))}
        assert kinds == ({"refund"} if name == "fixture_refund" else {"notice"}), "only a bare refund does not say"
    (one,) = brief(parse(samples(shared_data)["event_charge.succeeded"], {}))
    assert one == ("notice", "charge_succeeded", "test mode")


def event(kind: str, what: str, *, at: int = AT, livemode: bool = True, **parts: Any) -> dict[str, Any]:
    held = {"object": what, "currency": "eur", "created": AT - 60, "livemode": livemode} | parts
    return {
        "id": "evt_1",
        "object": "event",
        "type": kind,
        "created": at,
        "livemode": livemode,
        "data": {"object": held},
    }


def session(**parts: Any) -> dict[str, Any]:
    """A paid session of 129.00 with 19.00 tax and 10.00 shipping."""
    told = {"id": "cs_1", "mode": "payment", "payment_status": "paid", "payment_intent": "pi_1", "amount_total": 12_900,
            "total_details": {"amount_tax": 1_900, "amount_shipping": 1_000, "amount_discount": 500}}  # fmt: skip
    return event("checkout.session.completed", "checkout.session", **(told | parts))


def charge(**parts: Any) -> dict[str, Any]:
    told = {
        "id": "ch_1",
        "payment_intent": "pi_1",
        "status": "succeeded",
        "paid": True,
        "captured": True,
        "amount": 12_900,
    }
    return event("charge.succeeded", "charge", **(told | parts))


def intent(**parts: Any) -> dict[str, Any]:
    told = {"id": "pi_1", "status": "succeeded", "amount": 12_900, "amount_received": 12_900}
    return event("payment_intent.succeeded", "payment_intent", **(told | parts))


def order_of(payload: dict[str, Any]) -> OrderTold:
    (one,) = [one for one in parse(payload, {}) if isinstance(one, OrderTold)]
    return one


def test_one_payment_is_one_order_and_the_session_is_its_version_in_force() -> None:
    late = {"at": AT + 30, "created": AT}
    told = [order_of(payload) for payload in (session(), intent(), charge(), intent(**late), charge(**late))]
    assert {one.order_id for one in told} == {"pi_1"}
    versions = [(one.updated_us or 0) - AT_US for one in told]
    assert versions == [2, -60_000_000, 1 - 60_000_000, 0, 1], "also told later, and made in the very second"
    assert (told[0].total, told[0].tax, told[0].shipping, told[0].discount) == ("129.00", "19.00", "10.00", "5.00")
    assert told[0].occurred_us == AT_US
    assert order_of(intent(created=AT)).updated_us == AT_US, "an intent is its own version, made when it was made"
    assert order_of(charge(payment_intent=None)).order_id == "ch_1"
    assert order_of(charge(payment_intent={"id": "pi_2"})).order_id == "pi_2", "also where it is expanded"


def test_an_invoice_with_its_payment_is_that_payment() -> None:
    told = {"id": "in_1", "status": "paid", "amount_paid": 11_900, "total": 11_900, "payment_intent": "pi_1"}
    paid_at = {"status_transitions": {"paid_at": AT - 5}}
    old = order_of(event("invoice.paid", "invoice", **told, **paid_at, tax=1_900))
    new = order_of(event("invoice.paid", "invoice", **told, total_taxes=[{"amount": 1_000}, {"amount": 900}]))
    part = order_of(event("invoice.paid", "invoice", **(told | {"amount_paid": 5_000}), tax=1_900))
    assert (old.order_id, old.total, old.tax, old.updated_us) == ("pi_1", "119.00", "19.00", AT_US - 4_999_998)
    assert (new.tax, new.updated_us) == ("19.00", AT_US + 2)
    assert (part.total, part.tax) == ("50.00", None), "of a part no tax is known"
    without = event("invoice.paid", "invoice", **(told | {"payment_intent": None}))
    assert brief(parse(without, {})) == [("notice", "invoice_paid", "paid")]


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        ({"payment_status": "unpaid"}, ["notice"]),
        ({"payment_status": "no_payment_required", "amount_total": 0, "payment_intent": None}, ["order"]),
        ({"mode": "subscription", "payment_intent": None, "customer": "cus_1"}, ["notice"]),
        ({"mode": "setup", "payment_status": "no_payment_required"}, ["notice"]),
    ],
)
def test_which_sessions_are_orders(parts: dict[str, Any], kinds: list[str]) -> None:
    assert [one[0] for one in brief(parse(session(**parts), {}))] == kinds


def test_a_late_payment_is_told_when_it_arrives() -> None:
    unpaid = session(payment_status="unpaid")
    assert brief(parse(unpaid, {})) == [("notice", "checkout_session_completed", "unpaid")]
    later = session(at=AT + 86_400) | {"type": "checkout.session.async_payment_succeeded"}
    assert order_of(later).occurred_us == AT_US + 86_400_000_000


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (charge(captured=False), "succeeded"),
        (charge(status="pending"), "pending"),
        (charge(status=None, paid=False), None),
        (intent(status="requires_capture"), "requires_capture"),
    ],
)
def test_money_that_was_not_taken_is_no_order(payload: dict[str, Any], name: str | None) -> None:
    assert [one[0] for one in brief(parse(payload, {}))] == ["notice"]
    assert brief(parse(payload, {}))[0][2] == name


def test_a_part_of_a_reserved_amount_is_what_was_taken() -> None:
    assert order_of(charge(amount_captured=5_000)).total == "50.00"
    assert order_of(intent(amount_received=5_000)).total == "50.00"


@pytest.mark.parametrize(
    ("currency", "amount", "total"),
    [
        ("eur", 1_234, "12.34"),
        ("jpy", 1_234, "1234"),
        ("kwd", 1_230, "1.230"),
        ("mga", 1_234, "1234"),
        ("isk", 50_000, "500.00"),
        ("ugx", 50_000, "500.00"),
        ("huf", 50_000, "500.00"),
        ("clp", 500, "500"),
    ],
)
def test_amounts_are_in_stripes_own_units(currency: str, amount: int, total: str) -> None:
    told = order_of(intent(currency=currency, amount_received=amount))
    assert (told.total, told.currency) == (total, currency.upper())


def test_currencies_have_stripes_decimals() -> None:
    assert [decimals(code) for code in ("USD", "KRW", "BHD", "ISK", "MGA")] == [2, 0, 3, 2, 0]


def refund(kind: str = "refund.created", **parts: Any) -> dict[str, Any]:
    told = {"id": "re_1", "charge": "ch_1", "payment_intent": "pi_1", "amount": 2_000, "status": "succeeded"}
    return event(kind, "refund", **(told | parts))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (refund(), ("refund", "re_1", "pi_1", "20.00", "EUR")),
        (refund("charge.refund.updated", payment_intent=None), ("refund", "re_1", "ch_1", "20.00", "EUR")),
        (refund("refund.updated", status=None), ("refund", "re_1", "pi_1", "20.00", "EUR")),
        (refund("refund.failed", status="failed"), ("refund", "re_1", "pi_1", "0", "EUR")),
        (refund("refund.updated", status="canceled"), ("refund", "re_1", "pi_1", "0", "EUR")),
        (refund(status="pending"), ("notice", "refund_created", "pending")),
        (refund(charge=None, payment_intent=None), ("refused", "id-missing", "data.object.charge")),
        (refund(amount="20.00"), ("refused", "amount-unreadable", "data.object.amount")),
    ],
)
def test_refunds(payload: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert brief(parse(payload, {})) == [expected]


def test_a_running_total_is_never_a_refund() -> None:
    before = charge(amount_refunded=3_000, refunded=False) | {"type": "charge.refunded"}
    (order, notice) = brief(parse(before, {}))
    assert (order[0], notice) == ("order", ("notice", "charge_refunded", "refund not listed"))
    held = [{"id": f"re_{n}", "object": "refund", "amount": n * 1_000, "currency": "eur", "created": AT + n,
             "status": "succeeded", "charge": "ch_1"} for n in (1, 2)]  # fmt: skip
    listed = charge(amount_refunded=3_000, refunds={"object": "list", "data": held}) | {"type": "charge.refunded"}
    refunds = [one for one in parse(listed, {}) if isinstance(one, RefundTold)]
    assert [(one.refund_id, one.order_id, one.amount) for one in refunds] == [
        ("re_1", "pi_1", "10.00"), ("re_2", "pi_1", "20.00"),
    ]  # fmt: skip
    assert [one.occurred_us for one in refunds] == [AT_US + 1_000_000, AT_US + 2_000_000]


def test_a_dispute_takes_its_money_and_gives_it_back_under_one_id() -> None:
    told = {"id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1", "amount": 12_900, "status": "needs_response"}
    steps = ("created", "funds_withdrawn", "funds_reinstated", "closed")
    found = [brief(parse(event(f"charge.dispute.{step}", "dispute", **told), {})) for step in steps]
    assert [one[0][0] for one in found] == ["notice", "refund", "refund", "notice"]
    assert found[1] == [("refund", "dp_1", "pi_1", "129.00", "EUR")]
    assert found[2] == [("refund", "dp_1", "pi_1", "0", "EUR")]


def test_who_paid_and_which_visit_led_there() -> None:
    details = {"customer_details": {"email": "kim@example.org", "phone": "+4915112345678"}, "customer": "cus_1"}
    meta = {"contact": "K-52", "utm_source": "whatsapp", "utm_campaign": "autumn", "coupon": "AUTUMN"}
    payload = session(**details, metadata=meta, client_reference_id="c-9")
    assert brief(parse(payload, {})) == [
        ("same", ("stripe:cus_1",), ("+4915112345678", "kim@example.org", "K-52")),
        ("order", "pi_1", "129.00", "19.00", "10.00", "EUR", "live", ("+4915112345678", "kim@example.org", "K-52")),
        ("session", "order-pi_1", "whatsapp", "autumn", "c-9"),
    ]
    assert order_of(payload).coupon == "AUTUMN"
    billed = charge(billing_details={"email": "kim@example.org", "phone": None}, customer={"id": "cus_1"})
    assert order_of(billed).party == Party(email="kim@example.org", contact="stripe:cus_1")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (None, ("refused", "not-an-envelope", "")),
        ([session()], ("refused", "not-an-envelope", "")),
        ({}, ("refused", "not-an-envelope", "")),
        ({"object": "event"}, ("refused", "not-an-envelope", "")),
        (session(id=None), ("refused", "id-missing", "data.object.id")),
        (session(amount_total=None), ("refused", "amount-unreadable", "data.object.amount_total")),
        (session(amount_total=-1), ("refused", "amount-unreadable", "data.object.amount_total")),
        (session(currency="xxz"), ("refused", "currency-unknown", "data.object.currency")),
        (charge(created="soon"), ("refused", "time-unreadable", "data.object.created")),
        (intent(created=None), ("refused", "time-missing", "data.object.created")),
        (event("radar.early_fraud_warning.created", "radar.early_fraud_warning", id="issfr_1"), ("notice", "radar_early_fraud_warning_created", None)),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_where(payload: Any, expected: tuple[Any, ...]) -> None:
    assert brief(parse(payload, {})) == [expected]


def test_notices_hold_nothing_personal() -> None:
    personal = {
        "id": "cus_1",
        "email": "kim@example.org",
        "name": "Kim",
        "phone": "+4915112345678",
        "description": "VIP",
    }
    details = {"billing_details": personal, "receipt_email": "kim@example.org", "metadata": {"note": "Kim"}}
    for payload in (event("customer.updated", "customer", **personal), charge(status="failed", **details)):
        (one,) = parse(payload, {})
        assert not any(word in str(one) for word in ("kim@", "Kim", "151123", "VIP"))

"""Stripe's objects → orders and refunds, one order a payment whichever objects tell it.

    checkout session ┐                       the order's id: the payment intent's, of a charge without one the charge's
    invoice          ├─ payment ─> order     the version: when a session or invoice was paid, when an intent or charge
    payment intent   │                       was made, so that the object that knows tax and shipping is in force
    charge           ┘

Refunds come from refund objects, each under its own id; the running total of a charge is never read. A dispute whose
money was withdrawn is a refund under the dispute's id; reinstated, that refund is 0.

Source: docs.stripe.com/api, the objects named (read 2026-10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from earnest.channels.element import Element, plain_text
from earnest.channels.scalars import instant_us
from earnest.channels.shop import first_of, found_at, named_values, object_of, visit
from earnest.channels.stripe.money import told_amount
from earnest.channels.told import OrderTold, Party, RefundTold, SamePerson, Told

WITHDRAWN, REINSTATED = "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"
PAID = ("paid", "no_payment_required")
"""States of a checkout session in which it is an order; an unpaid one waits for `async_payment_succeeded`."""

CONTACT, COUPON = "contact", "coupon"
"""Keys of metadata that are read: the business's own id of the customer, and a coupon; beside them utm_… and click ids."""

_KNOWS_CARD, _KNOWS_PARTS = 1, 2
"""Microseconds: Stripe's clock has whole seconds, and of one second the object that knows more is in force."""

_REFUNDED = "succeeded"
_TAKEN_BACK = ("failed", "canceled")


@dataclass(frozen=True, slots=True)
class Event:
    """What an event says of its object: its type and instant; both None for an object that came without one."""

    type: str | None
    us: int | None


def read_session(session: Element, event: Event) -> Iterator[Told]:
    """A paid checkout session of a single payment is an order; of a subscription, its invoices' payments are."""
    us = event.us or _created(session)
    party = party_of(session)
    yield from _same_person(session, party, us)
    session_id = session.identity("id")
    state = plain_text(session.item.get("payment_status"))
    if session.item.get("mode") != "payment" or state not in PAID:
        return
    order_id = linked(session, "payment_intent") or session_id
    currency = session.currency("currency")
    parts = session.within("total_details")
    yield OrderTold(
        order_id,
        us,
        party,
        currency,
        updated_us=us + _KNOWS_PARTS,
        total=_needed(session, "amount_total", currency),
        tax=told_amount(parts, "amount_tax", currency),
        shipping=told_amount(parts, "amount_shipping", currency),
        discount=told_amount(parts, "amount_discount", currency),
        coupon=_coupon(session),
    )
    led = visit(
        order_id, us, party, {"click_id": plain_text(session.item.get("client_reference_id"))} | _metadata(session)
    )
    if led is not None:
        yield led


def read_invoice(invoice: Element, event: Event) -> Iterator[Told]:
    """A paid invoice whose payment is known; of others, the payment intent tells the money."""
    order_id = linked(invoice, "payment_intent")
    if plain_text(invoice.item.get("status")) != "paid" or order_id is None:
        return
    us = instant_us(found_at(invoice.item, "status_transitions", "paid_at")) or event.us or _created(invoice)
    currency = invoice.currency("currency")
    paid, total = _needed(invoice, "amount_paid", currency), told_amount(invoice, "total", currency)
    shipping = invoice.within("shipping_cost")
    yield OrderTold(
        order_id,
        us,
        party_of(invoice),
        currency,
        updated_us=us + _KNOWS_PARTS,
        total=paid,
        tax=_tax(invoice, currency) if paid == total else None,
        shipping=told_amount(shipping, "amount_subtotal", currency) if paid == total else None,
        coupon=_coupon(invoice),
    )


def _tax(invoice: Element, currency: str) -> str | None:
    """Tax of an invoice: as one amount, or as newer versions of the API list it."""
    if invoice.item.get("tax") is not None:
        return told_amount(invoice, "tax", currency)
    amounts = [Decimal(_needed(one, "amount", currency)) for one in invoice.each("total_taxes")]
    return format(sum(amounts), "f") if amounts else None


def read_intent(intent: Element, event: Event) -> Iterator[Told]:
    """A payment intent that succeeded."""
    if plain_text(intent.item.get("status")) != "succeeded":
        return
    made_us, currency = _created(intent), intent.currency("currency")
    yield OrderTold(
        intent.identity("id"),
        event.us or made_us,
        party_of(intent),
        currency,
        updated_us=made_us,
        total=_needed(intent, "amount_received", currency),
        coupon=_coupon(intent),
    )


def read_charge(charge: Element, event: Event) -> Iterator[Told]:
    """A charge whose money was taken (not merely reserved), and the refunds that older versions of the API list with it."""
    charge_id = charge.identity("id")
    order_id = linked(charge, "payment_intent") or charge_id
    currency = charge.currency("currency")
    state = plain_text(charge.item.get("status")) or ("succeeded" if charge.item.get("paid") is True else "failed")
    if state == "succeeded" and charge.item.get("captured") is True:
        made_us = _created(charge)
        taken = told_amount(charge, "amount_captured", currency)
        yield OrderTold(
            order_id,
            made_us,
            party_of(charge),
            currency,
            updated_us=made_us + _KNOWS_CARD,
            total=taken or _needed(charge, "amount", currency),
            coupon=_coupon(charge),
        )
    for refund in charge.within("refunds").each("data"):
        yield from read_refund(refund, event, order_id=order_id)


def read_refund(refund: Element, event: Event, *, order_id: str | None = None) -> Iterator[Told]:
    """What a refund gave back: its amount once it succeeded, 0 once it failed, nothing while it is under way."""
    refund_id, state = refund.identity("id"), plain_text(refund.item.get("status"))
    paid_by = order_id or linked(refund, "payment_intent") or linked(refund, "charge")
    if paid_by is None:
        raise refund.refuse("id-missing", "charge")
    us = instant_us(refund.item.get("created")) or event.us or _created(refund)
    currency = refund.currency("currency")
    amount = _needed(refund, "amount", currency)
    if state in _TAKEN_BACK:
        yield RefundTold(refund_id, paid_by, us, Party(), "0", currency)
    elif state in (_REFUNDED, None):
        yield RefundTold(refund_id, paid_by, us, Party(), amount, currency)


def read_dispute(dispute: Element, event: Event) -> Iterator[Told]:
    """Money withdrawn for a dispute, or given back; every other step of a dispute moves none."""
    if event.type not in (WITHDRAWN, REINSTATED):
        return
    paid_by = linked(dispute, "payment_intent") or linked(dispute, "charge")
    if paid_by is None:
        raise dispute.refuse("id-missing", "charge")
    us, currency = event.us or _created(dispute), dispute.currency("currency")
    amount = _needed(dispute, "amount", currency) if event.type == WITHDRAWN else "0"
    yield RefundTold(dispute.identity("id"), paid_by, us, Party(), amount, currency)


READERS: dict[str, Callable[[Element, Event], Iterable[Told]]] = {
    "checkout.session": read_session,
    "invoice": read_invoice,
    "payment_intent": read_intent,
    "charge": read_charge,
    "refund": read_refund,
    "dispute": read_dispute,
}
"""Stripe's name of an object → its reader."""


def linked(element: Element, key: str) -> str | None:
    """Id of another object, told as its id or, expanded, as itself."""
    raw = element.item.get(key)
    return plain_text(raw.get("id")) if isinstance(raw, dict) else plain_text(raw)


def party_of(element: Element) -> Party:
    """Who paid, by what the object tells of it; the customer is the business's own id from metadata, else Stripe's."""
    item = element.item
    charges = object_of(item.get("charges")).get("data")
    charge = charges[-1] if isinstance(charges, list) and charges else item.get("latest_charge")
    billed = (object_of(item.get("billing_details")), object_of(object_of(charge).get("billing_details")))
    told = (object_of(item.get("customer_details")), *billed, object_of(item.get("shipping")))
    customer = linked(element, "customer")
    own = found_at(item, "metadata", CONTACT)
    return Party(
        dialled=first_of(*(found_at(one, "phone") for one in told), found_at(item, "customer_phone")),
        email=first_of(
            *(found_at(one, "email") for one in told),
            found_at(item, "customer_email"),
            found_at(item, "receipt_email"),
        ),
        contact=first_of(own, None if customer is None else f"stripe:{customer}"),
    )


def _same_person(session: Element, party: Party, us: int) -> Iterator[SamePerson]:
    """A session tells Stripe's customer together with the mail address, the phone and the business's own id."""
    customer = linked(session, "customer")
    if customer is None:
        return
    stripes = Party(contact=f"stripe:{customer}")
    known = Party(dialled=party.dialled, email=party.email, contact=found_at(session.item, "metadata", CONTACT))
    if known != Party():
        yield SamePerson(us, stripes, known)


def _created(element: Element) -> int:
    raw = element.item.get("created")
    us = instant_us(raw)
    if us is None:
        raise element.refuse("time-missing" if raw is None else "time-unreadable", "created", raw)
    return us


def _needed(element: Element, key: str, currency: str) -> str:
    amount = told_amount(element, key, currency)
    if amount is None:
        raise element.refuse("amount-unreadable", key)
    return amount


def _metadata(element: Element) -> dict[str, str | None]:
    held: dict[str, Any] = object_of(element.item.get("metadata"))
    return named_values([{"name": name, "value": value} for name, value in held.items()], "name", "value")


def _coupon(element: Element) -> str | None:
    """The coupon of a session or invoice, or the one its metadata names."""
    discounts = element.item.get("discounts")
    one = discounts[0] if isinstance(discounts, list) and discounts else element.item.get("discount")
    told = (found_at(one, "promotion_code"), found_at(one, "coupon"), found_at(one, "coupon", "id"))
    return first_of(_metadata(element).get(COUPON), *told)

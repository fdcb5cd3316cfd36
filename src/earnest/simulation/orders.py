"""Orders and refunds as a shop exports them: exact amounts, newer versions of old rows, buyers known in several ways.

Net amount = total − tax − shipping; refunds are of the net amount. What an order says at its last `updated_at` holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earnest.kernel.period import DAY_US
from earnest.simulation.chance import SECOND_US, Ints, chosen, stream, whole_seconds
from earnest.simulation.columns import MONEY, labels, money, numbered
from earnest.simulation.demand import NO_COUPON, STANDS, STRANGER, TEST, Purchases
from earnest.simulation.people import BLOCK, People
from earnest.simulation.plan import FULL_REFUND, REFUND_DAYS_MAX, ShopPlan

STATES = ("paid", "cancelled", "test", "fulfilled")
_FULFILLED = 3

_ORDERS_PER_BLOCK = 100_000_000
_TAX_PERCENT = 19
_FREE_SHIPPING_FROM = 60_00
_SHIPPING = 4_90
_SHARE_REWRITTEN = 0.02
_SHARE_OF_REWRITTEN_CHANGED = 0.3

ORDER_SCHEMA = pa.schema(
    [
        ("order_id", pa.string()),
        ("phone", pa.string()),
        ("email", pa.string()),
        ("ordered_at", pa.int64()),
        ("updated_at", pa.int64()),
        ("total", MONEY),
        ("tax", MONEY),
        ("shipping", MONEY),
        ("discount", MONEY),
        ("currency", pa.string()),
        ("status", pa.string()),
        ("coupon", pa.string()),
    ]
)
REFUND_SCHEMA = pa.schema(
    [
        ("refund_id", pa.string()),
        ("order_id", pa.string()),
        ("refunded_at", pa.int64()),
        ("amount", MONEY),
        ("currency", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class _Versions:
    """Rows to write: place of the order, net amount in hundredths, state, instant of the version."""

    order: Ints
    net: Ints
    state: Ints
    updated_us: Ints


def order_and_refund_rows(
    plan: ShopPlan, group: People, bought: Purchases, coupons: Sequence[str]
) -> tuple[pa.Table, pa.Table]:
    """Orders and refunds of a block, up to the feed's end, in no particular order.

    Args:
        coupons: name of each coupon code above `NO_COUPON`.
    """
    rng = stream(plan.seed, "orders", group.first // BLOCK)
    kept = rng.permutation(np.flatnonzero(bought.at_us < plan.end_us))
    bought = Purchases(bought.customer[kept], bought.at_us[kept], bought.state[kept], bought.coupon[kept])
    net = np.rint(rng.lognormal(plan.basket_log_mean, plan.basket_log_sd, len(bought)) * 100).astype(np.int64)
    ids = numbered("S", (group.first // BLOCK + 1) * _ORDERS_PER_BLOCK + np.arange(len(bought)))
    versions = _versions(plan, bought, net, rng)
    phone, email = _buyers(group, bought, rng)
    order = pa.array(versions.order)
    orders = pa.table(
        {
            "order_id": ids.take(order),
            "phone": phone.take(order),
            "email": email.take(order),
            "ordered_at": bought.at_us[versions.order],
            "updated_at": versions.updated_us,
            **_amounts(versions.net, bought.coupon[versions.order]),
            "currency": pa.repeat(plan.currency, len(versions.order)),
            "status": labels(versions.state, STATES),
            "coupon": labels(bought.coupon[versions.order], (None, *coupons)),
        }
    )
    return orders.select(ORDER_SCHEMA.names).cast(ORDER_SCHEMA), _refunds(plan, bought, net, ids=ids, rng=rng)


def _versions(plan: ShopPlan, bought: Purchases, net: Ints, rng: np.random.Generator) -> _Versions:
    """One row an order; some orders twice, the later row being the true one and the earlier at times a fifth higher."""
    later = bought.at_us + DAY_US + rng.integers(0, 2 * 86_400, len(bought)) * SECOND_US
    twice = (bought.state == STANDS) & (later < plan.end_us) & chosen(rng, _SHARE_REWRITTEN, len(bought))
    changed = twice & chosen(rng, _SHARE_OF_REWRITTEN_CHANGED, len(bought))
    again = np.flatnonzero(twice)
    rows = rng.permutation(len(bought) + len(again))
    return _Versions(
        order=np.concatenate([np.arange(len(bought)), again])[rows],
        net=np.concatenate([np.where(changed, net + net // 5, net), net[again]])[rows],
        state=np.concatenate([bought.state, np.full(len(again), _FULFILLED)])[rows],
        updated_us=np.concatenate([bought.at_us, later[again]])[rows],
    )


def _buyers(group: People, bought: Purchases, rng: np.random.Generator) -> tuple[pa.Array, pa.Array]:
    """Phone and e-mail of each order: both, one of them, or neither (guests and test orders)."""
    known = (bought.customer != STRANGER) & (bought.state != TEST)
    has_email = known & group.email[bought.customer]
    way = rng.random(len(bought))
    phone_given = known & ((way < 0.75) | ~has_email)
    email_given = has_email & ((way >= 0.75) | (way < 0.55))
    place = pa.array(np.where(known, bought.customer, 0))
    nothing = pa.scalar(None, pa.string())
    phone = pc.if_else(pa.array(phone_given), group.phones.take(place), nothing)
    return phone, pc.if_else(pa.array(email_given), group.emails.take(place), nothing)


def _amounts(net: Ints, coupon: Ints) -> dict[str, pa.Array]:
    """Tax is 19 % of the net amount, shipping free from 60; a coupon took a tenth off the price."""
    tax = (net * _TAX_PERCENT + 50) // 100
    shipping = np.where(net >= _FREE_SHIPPING_FROM, 0, _SHIPPING)
    discount = np.where(coupon == NO_COUPON, 0, net // 9)
    return {
        "total": money(net + tax + shipping),
        "tax": money(tax),
        "shipping": money(shipping),
        "discount": money(discount),
    }


def _refunds(plan: ShopPlan, bought: Purchases, net: Ints, *, ids: pa.Array, rng: np.random.Generator) -> pa.Table:
    """Refunds of orders that stand, 2 to 13 days later: in full, or 20–80 % of the net amount."""
    refunded = (bought.state == STANDS) & chosen(rng, plan.share_refunded, len(bought))
    part = np.where(chosen(rng, FULL_REFUND, len(bought)), 1.0, rng.uniform(0.2, 0.8, len(bought)))
    after = whole_seconds(rng.uniform(2 * DAY_US, REFUND_DAYS_MAX * DAY_US, len(bought)))
    rows = np.flatnonzero(refunded & (bought.at_us + after < plan.end_us))
    order_ids = ids.take(pa.array(rows))
    return pa.table(
        {
            "refund_id": pc.binary_join_element_wise("R", order_ids, ""),
            "order_id": order_ids,
            "refunded_at": bought.at_us[rows] + after[rows],
            "amount": money(np.rint(net[rows] * part[rows]).astype(np.int64)),
            "currency": pa.repeat(plan.currency, len(rows)),
        }
    ).cast(REFUND_SCHEMA)

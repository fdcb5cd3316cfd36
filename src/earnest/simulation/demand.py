"""What people buy: the demand that is there anyway, and the orders that messages cause.

Base demand is Poisson per customer, with gamma activity and the calendar's seasons. Cancelled orders and guests come
on top of the orders that stand, so that neither takes anything from what a message causes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from earnest.simulation.chance import Ints, chosen, stream
from earnest.simulation.days import Calendar, shopping_instants
from earnest.simulation.people import BLOCK, People
from earnest.simulation.plan import ShopPlan

STRANGER = -1
STANDS, CANCELLED, TEST = 0, 1, 2
NO_COUPON, WELCOME_COUPON, FIRST_CAMPAIGN_COUPON = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Purchases:
    """Orders of one block, one array position each.

    Args:
        customer: place of the buyer in the block, or `STRANGER`.
        at_us: when. state: `STANDS`, `CANCELLED` or `TEST`.
        coupon: `NO_COUPON`, `WELCOME_COUPON`, or `FIRST_CAMPAIGN_COUPON` + number of the campaign.
    """

    customer: Ints
    at_us: Ints
    state: Ints
    coupon: Ints

    def __len__(self) -> int:
        return len(self.customer)


def base_demand(plan: ShopPlan, group: People, days: Calendar) -> Purchases:
    """All orders of a block that come without any message."""
    rng = stream(plan.seed, "demand", group.first // BLOCK)
    expected = group.activity * plan.orders_per_month * days.months
    customer = np.repeat(np.arange(len(group)), rng.poisson(expected * (1 + plan.share_cancelled)))
    void = chosen(rng, plan.share_cancelled / (1 + plan.share_cancelled), len(customer))
    state = np.where(void, np.where(chosen(rng, 0.1, len(customer)), TEST, CANCELLED), STANDS)
    guests = rng.poisson(expected.sum() * plan.share_guests / (1 - plan.share_guests))
    everyone = np.concatenate([customer, np.full(guests, STRANGER)])
    return Purchases(
        customer=everyone,
        at_us=shopping_instants(days, len(everyone), rng),
        state=np.concatenate([state, np.full(guests, STANDS)]),
        coupon=np.where(chosen(rng, 0.04, len(everyone)), WELCOME_COUPON, NO_COUPON),
    )


def caused_purchases(customer: Ints, at_us: Ints, coupon: Ints) -> Purchases:
    """Orders that a message caused: all of them stand."""
    return Purchases(customer, at_us, np.full(len(customer), STANDS), coupon)


def together(parts: Sequence[Purchases]) -> Purchases:
    """All orders in one."""
    return Purchases(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Purchases)))

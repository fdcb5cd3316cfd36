"""One block of customers through all campaigns: a sequence of parts, each to be written before the next is made.

people → base demand ─┬───────────────────────────────→ orders, refunds
                      └ campaign by campaign: assignment → messages → clicks
                                                        └→ extra orders ↗
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from earnest.simulation.assignments import assignment_rows
from earnest.simulation.batch import Batch
from earnest.simulation.chance import chosen, stream
from earnest.simulation.clicks import Clicked, click_rows, human_clicks
from earnest.simulation.days import Calendar
from earnest.simulation.demand import NO_COUPON, Purchases, base_demand, caused_purchases, together
from earnest.simulation.orders import order_and_refund_rows
from earnest.simulation.outreach import NEVER, caused_orders, reach
from earnest.simulation.people import contact_rows, people
from earnest.simulation.plan import CampaignPlan, ShopPlan
from earnest.simulation.statuses import status_rows

WELCOME = "WELCOME10"

_SHARE_USING_COUPON = 0.4


@dataclass(frozen=True, slots=True)
class Tally:
    """People, messages and orders of one campaign; adds up over blocks."""

    treated: int = 0
    control: int = 0
    delivered: int = 0
    extra_orders: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.treated + other.treated,
            self.control + other.control,
            self.delivered + other.delivered,
            self.extra_orders + other.extra_orders,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Rows to append per file, and the campaign they come from with its tally; None for the block's orders."""

    rows: dict[str, pa.Table]
    campaign: str | None = None
    tally: Tally = Tally()


def simulate_block(plan: ShopPlan, campaigns: Sequence[CampaignPlan], block: int, *, days: Calendar) -> Iterator[Part]:
    """All rows of one block.

    Args:
        campaigns: those of the plan, in the order of sending: who opts out is not addressed again.
    """
    group = people(plan, block)
    base = base_demand(plan, group, days)
    opted_out = np.full(len(group), NEVER)
    coupons = [WELCOME, *sorted({campaign.coupon for campaign in campaigns if campaign.coupon})]
    bought = [base]
    for number, campaign in enumerate(campaigns):
        sends = reach(plan, campaign, group, opted_out)
        batch = Batch(campaign, number, group, sends)
        caused = caused_orders(plan, campaign, group, sends)
        opted_out[sends.treated] = np.minimum(opted_out[sends.treated], sends.opted_out_us)
        bought.append(_purchases(plan, batch, caused, coupons))
        clicked = human_clicks(plan, batch, base=base, caused=caused)
        yield Part(
            {
                "messages": status_rows(plan, batch),
                "clicks": click_rows(plan, batch, clicked),
                "assignments": assignment_rows(plan, batch),
            },
            campaign.id,
            _tally(plan, batch, caused),
        )
    orders, refunds = order_and_refund_rows(plan, group, together(bought), coupons)
    yield Part({"contacts": contact_rows(group, plan), "orders": orders, "refunds": refunds})


def _purchases(plan: ShopPlan, batch: Batch, caused: Clicked, coupons: Sequence[str]) -> Purchases:
    """The orders a campaign causes; two fifths redeem its coupon, if it has one."""
    message, at = caused
    code = coupons.index(batch.campaign.coupon) + 1 if batch.campaign.coupon else NO_COUPON
    redeemed = chosen(stream(plan.seed, f"coupon:{batch.campaign.id}", batch.block), _SHARE_USING_COUPON, len(message))
    return caused_purchases(batch.sends.treated[message], at, np.where(redeemed, code, NO_COUPON))


def _tally(plan: ShopPlan, batch: Batch, caused: Clicked) -> Tally:
    sends = batch.sends
    return Tally(
        treated=len(sends.treated),
        control=len(sends.control),
        delivered=int(np.count_nonzero(sends.delivered_us < plan.end_us)),
        extra_orders=int(np.count_nonzero(caused[1] < plan.end_us)),
    )

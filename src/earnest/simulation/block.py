"""One block of customers through all campaigns: a sequence of parts, each to be written before the next is made.

people → base demand ─┬───────────────────────────────→ orders, refunds
                      └ campaign by campaign: assignment → messages → clicks
                                                        └→ extra orders ↗

Messages are rows of a file, or updates that webhooks tell, as the plan says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from earnest.simulation.assignments import assignment_rows
from earnest.simulation.batch import Batch
from earnest.simulation.chance import chosen, stream
from earnest.simulation.clicks import Clicked, click_rows, human_clicks
from earnest.simulation.days import Calendar
from earnest.simulation.demand import NO_COUPON, Purchases, base_demand, caused_purchases, together
from earnest.simulation.invoice import NOTHING_DELIVERED, Delivered
from earnest.simulation.orders import order_and_refund_rows
from earnest.simulation.outreach import NEVER, caused_orders, reach
from earnest.simulation.people import contact_rows, people
from earnest.simulation.plan import CampaignPlan, ShopPlan, first_send_us
from earnest.simulation.statuses import status_rows
from earnest.simulation.updates import NO_UPDATES, Updates
from earnest.simulation.webhook_statuses import EARLIEST_BEFORE_US
from earnest.simulation.webhooks import told_by_webhook

WELCOME = "WELCOME10"
WHATSAPP_CLICKS = "whatsapp_clicks"
"""File of the clicks on links of messages that webhooks tell."""

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
    """Rows to append per file, and the campaign they come from with its tally; None for the block's orders.

    Args:
        told: updates that webhooks tell. until_us: no later part of the block tells any that are received before.
        delivered: what the provider bills for them.
    """

    rows: dict[str, pa.Table]
    campaign: str | None = None
    tally: Tally = Tally()
    told: Updates = NO_UPDATES
    until_us: int = 0
    delivered: Delivered = NOTHING_DELIVERED


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
        clicks = WHATSAPP_CLICKS if plan.by_webhook(campaign) else "clicks"
        part = Part(
            {clicks: click_rows(plan, batch, clicked), "assignments": assignment_rows(plan, batch)},
            campaign.id,
            _tally(plan, batch, caused),
            until_us=_before_next(plan, campaigns[number + 1 :]),
        )
        if plan.by_webhook(campaign):
            told, delivered = told_by_webhook(plan, batch, days)
            yield replace(part, told=told, delivered=delivered)
        else:
            yield replace(part, rows={"messages": status_rows(plan, batch)} | part.rows)
    orders, refunds = order_and_refund_rows(plan, group, together(bought), coupons)
    yield Part({"contacts": contact_rows(group, plan), "orders": orders, "refunds": refunds})


def _before_next(plan: ShopPlan, later: Sequence[CampaignPlan]) -> int:
    """Instant before which no webhook of later campaigns is received; the feed's end if none comes."""
    starts = [first_send_us(plan, campaign) for campaign in later if plan.by_webhook(campaign)]
    return min(starts, default=plan.end_us + EARLIEST_BEFORE_US) - EARLIEST_BEFORE_US


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

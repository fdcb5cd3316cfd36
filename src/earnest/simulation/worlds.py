"""Worlds of one experiment, small enough to draw twenty of them in a test."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from earnest.simulation.plan import REFUND_DAYS_MAX, CampaignPlan, ShopPlan

_FIRST_DAY = date(2026, 1, 1)
_LEAD_DAYS = 14


def experiment_world(
    seed: int,
    n: int,
    holdout: float,
    effect: float,
    *,
    orders_per_month: float = 0.4,
    window_days: int = 14,
    cost_per_delivered: Decimal = Decimal("0.0883"),
) -> ShopPlan:
    """A shop whose whole list is the audience of one campaign with a hold-out, read after all refunds are in.

    The defaults give 17 buyers per 100 people in the window: 8,000 people and a tenth held out are 133 control buyers.

    Args:
        n: people assigned, exactly. holdout: share held out, above 0 and below 1.
        effect: extra orders per person who got the message; 0 is an A/A world.
    """
    campaign = CampaignPlan(
        id="spring-mailing",
        name="Spring mailing",
        programme="Spring",
        purpose="marketing",
        day=_FIRST_DAY + timedelta(days=_LEAD_DAYS),
        audience_share=1.0,
        holdout_share=holdout,
        effect=effect,
        cost_per_delivered=cost_per_delivered,
        template="spring_mailing",
        window_days=window_days,
    )
    return ShopPlan(
        seed=seed,
        customers=n,
        first_day=_FIRST_DAY,
        today=campaign.day + timedelta(days=window_days + REFUND_DAYS_MAX + 2),
        campaigns=(campaign,),
        orders_per_month=orders_per_month,
        share_consent=1.0,
    )

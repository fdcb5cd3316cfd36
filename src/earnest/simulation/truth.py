"""What really happened: the effect of each campaign, known because it was put there.

    expected lift per assigned = effect × delivery rate × expected basket × (1 − expected refund share)

Every factor is independent of the others, extra orders stand, come within the window and are never anonymous, so this
is the exact mean of (net revenue per treated − per control) once refunds are in, thirteen days after the window; the
rounding of amounts to cents moves it by less than 0.0001.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from scipy import special

from earnest.simulation.days import calendar
from earnest.simulation.invoice import expected_fee
from earnest.simulation.plan import FULL_REFUND, CampaignPlan, ShopPlan

_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth about one campaign.

    Args:
        expected_lift_per_assigned: expected extra net revenue per treated person in the outcome window, major units,
            whether or not the message reached that person.
        n_treated, n_control: people assigned, before any assignment row was lost.
        delivered: messages delivered. extra_orders: orders that the messages caused, by the feed's end.
        cost: fees of all delivered messages, rated in the feed or not, and fixed costs; major units, exact. Where
            webhooks tell the messages, what the provider's invoice says of the campaign.
    """

    campaign: str
    expected_lift_per_assigned: float
    n_treated: int
    n_control: int
    delivered: int
    extra_orders: int
    cost: Decimal


def expected_lift(plan: ShopPlan, campaign: CampaignPlan) -> float:
    """Expected extra net revenue per treated person, major units."""
    return campaign.effect * plan.delivery_rate * plan.basket_mean * (1 - plan.refund_share)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What reading a campaign's experiment is expected to show.

    Args:
        lift, break_even: expected, and needed to pay the cost; net revenue per treated person, major units.
        standard_error: of the lift. control_buyers: expected people of the hold-out who buy within the window
            and do not give everything back.
        gain, loss: probability that a 95 % interval lies wholly above, wholly below break-even.
    """

    lift: float
    break_even: float
    standard_error: float
    control_buyers: float
    gain: float
    loss: float


def prospect(plan: ShopPlan, campaign: CampaignPlan) -> Prospect:
    """Power of a campaign with a hold-out, before anything is drawn.

    Net revenue per person is a compound Poisson sum with gamma activity: with m expected orders of mean b and second
    moment q, its variance is m·q + (m·b)² / shape; the treated have effect × delivery rate more orders.

    Assumes: an average audience; opt-outs before the send are few.
    """
    assert campaign.holdout_share
    audience = plan.customers * plan.share_consent * campaign.audience_share
    n_control = audience * campaign.holdout_share
    n_treated = audience - n_control
    anyway = plan.orders_per_month * calendar(plan).months_between(campaign.day, campaign.window_days)
    extra = campaign.effect * plan.delivery_rate
    kept_squared = 1 - plan.share_refunded * (1 - (1 - FULL_REFUND) * 0.28)
    second = plan.basket_mean**2 * math.exp(plan.basket_log_sd**2) * kept_squared
    spread = (anyway * plan.basket_mean * (1 - plan.refund_share)) ** 2 / plan.activity_shape
    error = math.sqrt(((anyway + extra) * second + spread) / n_treated + (anyway * second + spread) / n_control)
    buying = anyway * (1 - plan.share_refunded * FULL_REFUND)
    lift = expected_lift(plan, campaign)
    fixed = float(sum(cost.amount for cost in campaign.fixed_costs))
    cost = expected_fee(plan, campaign) * plan.delivery_rate + fixed / n_treated
    distance = (lift - cost / float(plan.margin)) / error
    return Prospect(
        lift=lift,
        break_even=cost / float(plan.margin),
        standard_error=error,
        control_buyers=n_control * (1 - (1 + buying / plan.activity_shape) ** -plan.activity_shape),
        gain=float(special.ndtr(distance - _Z95)),
        loss=float(special.ndtr(-distance - _Z95)),
    )

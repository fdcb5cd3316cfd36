"""The demo shop: nine months, twelve campaigns, every verdict, as a real marketing team might have sent them.

Sizes follow from power calculations (`truth.prospect`, run by the tests). At a million messages the list holds about
280,000 people who buy 0.06 times a month, so a 14-day window sees 2.8 orders per 100 people and the net revenue of one
person has a standard deviation of about 9 EUR. With n people of whom h are held out, the lift's standard error is
9·√(1/(n·h·(1 − h))) EUR: 0.06 for 125,000 people and h = 0.3. A WhatsApp message costs 0.0883 EUR, which a margin of
40 % pays back at a lift of 0.21 EUR, fixed costs make it 0.22–0.28.

    proven gain    effect 1.5–2 extra orders per 100 delivered: lift 0.61–0.81 EUR, 8 to 9 s.e. above break-even
    proven loss    effect 0.1 per 100 against a film: lift 0.04 EUR in 7 days, break-even 0.35, 9 s.e. below, while
                   the clicks of people who bought anyway claim that it paid back about what it cost
    inconclusive   one sent five days ago; one on 13 % of the list whose effect is just its break-even, which a 95 %
                   interval of 0.40 EUR width contains in 95 % of all draws
    no hold-out    two with effects of 0.6 and 0.4 per 100 that nobody will ever know
    withheld       a fifth of the hold-out lost from the assignments; a clear gain whose messages carry no price
    not by ROI     delivery updates (service) and a film about the makers (brand)

Fixed costs grow with the list, so returns do not depend on its size; standard errors do. At 200,000 messages
each gain comes out with 93–98 % and the loss with 98 %; below that, expect more "inconclusive".
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from earnest.kernel.errors import UsageError
from earnest.simulation.demo_campaigns import ANCHOR, CAMPAIGNS
from earnest.simulation.plan import CampaignPlan, ShopPlan

_DAYS = 274
_FULL_SIZE = 1_000_000

_STILL_IN = 0.99
"""Share of the addressed who have not opted out before, over the nine months."""


def demo_plan(messages: int = _FULL_SIZE, seed: int = 7, *, today: date) -> ShopPlan:
    """Plan the demo shop.

    Args:
        messages: expected number of messages, 1,000 or more (a message has 2.6 status rows on average).
        seed: of everything random.
        today: first day that has not happened yet; the campaigns lie in the nine months before it.
    """
    if messages < 1000:
        raise UsageError(
            "demo-too-small", f"a demo of {messages} messages shows nothing", hint="Ask for 1,000 or more."
        )
    size = Decimal(messages) / _FULL_SIZE
    campaigns = tuple(_moved(campaign, today=today, size=size) for campaign in CAMPAIGNS)
    plan = ShopPlan(seed=seed, customers=1, first_day=today - timedelta(days=_DAYS), today=today, campaigns=campaigns)
    per_customer = sum(c.audience_share * (1 - (c.holdout_share or 0)) for c in campaigns) * plan.share_consent
    return replace(plan, customers=round(messages / (per_customer * _STILL_IN)))


def _moved(campaign: CampaignPlan, *, today: date, size: Decimal) -> CampaignPlan:
    """The campaign as many days before `today`, its fixed costs in proportion to the list."""
    fixed = (replace(cost, amount=(cost.amount * size).quantize(Decimal("0.01"))) for cost in campaign.fixed_costs)
    return replace(campaign, day=today - (ANCHOR - campaign.day), fixed_costs=tuple(fixed))

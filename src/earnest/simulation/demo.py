"""The demo shop: nine months, twelve campaigns, every verdict, as a real marketing team might have sent them.

Sizes follow from power calculations (`truth.prospect`, run by the tests). At a million messages the list holds about
280,000 people who buy 0.06 times a month, so a 14-day window sees 2.8 orders per 100 people and the net revenue of one
person has a standard deviation of about 9 USD. With n people of whom h are held out, the lift's standard error is
9·√(1/(n·h·(1 − h))) USD: 0.06 for 125,000 people and h = 0.3. A WhatsApp message costs 0.116 USD on average (0.1365 to
Germany, 0.0118 to India), which a margin of 60 % pays back at a lift of 0.18 USD, fixed costs make it 0.19–0.21.

    proven gain    effect 1.5–2 extra orders per 100 delivered: lift 0.61–0.81 USD, 8 to 10 s.e. above break-even
    proven loss    effect 0.1 per 100 against a film: lift 0.04 USD in 7 days, break-even 0.32, 8 s.e. below, while
                   the clicks of people who bought anyway claim that it paid back about what it cost
    inconclusive   one sent five days ago; one on 13 % of the list whose effect is just its break-even, which a 95 %
                   interval of 0.40 USD width contains in 95 % of all draws
    no hold-out    two with effects of 0.6 and 0.4 per 100 that nobody will ever know
    withheld       a fifth of the hold-out lost from the assignments; a clear gain whose messages carry no price
    not by ROI     delivery updates (service) and a film about the makers (brand)

Fixed costs grow with the list, so returns do not depend on its size; standard errors do. At 200,000 messages
each gain comes out with 96–99 % and the loss with 92–98 %; below that, expect more "inconclusive".
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from earnest.kernel.errors import UsageError
from earnest.simulation.account import BusinessAccount, PriceList, SendingNumber
from earnest.simulation.demo_campaigns import ANCHOR, CAMPAIGNS
from earnest.simulation.plan import CampaignPlan, ShopPlan

_DAYS = 274
_FULL_SIZE = 1_000_000

CURRENCY = "USD"
"""The one currency for which a price list is known for every day since 2025-07; each price list is one of its own."""
_MARGIN = Decimal("0.60")

_STILL_IN = 0.99
"""Share of the addressed who have not opted out before, over the nine months."""


def demo_plan(
    messages: int = _FULL_SIZE, seed: int = 7, *, today: date, account: BusinessAccount | None = None
) -> ShopPlan:
    """Plan the demo shop.

    Args:
        messages: expected number of messages, 1,000 or more (a message has 2.6 status rows on average).
        seed: of everything random.
        today: first day that has not happened yet; the campaigns lie in the nine months before it.
        account: whose webhooks tell the WhatsApp messages (`demo_account`); None writes them into messages.parquet.
    """
    if messages < 1000:
        raise UsageError(
            "demo-too-small", f"a demo of {messages} messages shows nothing", hint="Ask for 1,000 or more."
        )
    size = Decimal(messages) / _FULL_SIZE
    campaigns = tuple(_moved(campaign, today=today, size=size) for campaign in CAMPAIGNS)
    plan = ShopPlan(
        seed=seed,
        customers=1,
        first_day=today - timedelta(days=_DAYS),
        today=today,
        campaigns=campaigns,
        currency=CURRENCY,
        margin=_MARGIN,
        account=account,
    )
    per_customer = sum(c.audience_share * (1 - (c.holdout_share or 0)) for c in campaigns) * plan.share_consent
    return replace(plan, customers=round(messages / (per_customer * _STILL_IN)))


def demo_account(price_list: PriceList) -> BusinessAccount:
    """The demo shop's business account, billed by a price list."""
    return BusinessAccount(
        id="102290129340398",
        home=SendingNumber("106540352242922", "4915899999001"),
        abroad=SendingNumber("106540352242923", "447119999001"),
        price_list=price_list,
    )


def _moved(campaign: CampaignPlan, *, today: date, size: Decimal) -> CampaignPlan:
    """The campaign as many days before `today`, its fixed costs in proportion to the list."""
    fixed = (replace(cost, amount=(cost.amount * size).quantize(Decimal("0.01"))) for cost in campaign.fixed_costs)
    return replace(campaign, day=today - (ANCHOR - campaign.day), fixed_costs=tuple(fixed))

"""The demo shop: nine months, twelve campaigns, every verdict, as a real marketing team might have sent them.

Sizes follow from power calculations (`truth.prospect`, run by the tests). At a million messages the list holds about
280,000 people who buy 0.06 times a month, so a 14-day window sees 2.8 orders per 100 people and the net revenue of one
person has a standard deviation of about 9 EUR. With n people of whom h are held out, the lift's standard error is
9·√(1/(n·h·(1 − h))) EUR: 0.06 for 125,000 people and h = 0.3. A WhatsApp message costs 0.0883 EUR, which a margin of
40 % pays back at a lift of 0.21 EUR, fixed costs make it 0.22–0.28.

    proven gain    effect 1.5–2 extra orders per 100 delivered: lift 0.61–0.81 EUR, 8 to 9 s.e. above break-even
    proven loss    effect 0.3 per 100 against a film of 0.19 EUR a head: lift 0.12, break-even 0.67, 11 s.e. below
    inconclusive   one sent five days ago; one on 13 % of the list whose effect is just its break-even, which a 95 %
                   interval of 0.40 EUR width contains in 95 % of all draws
    no hold-out    two with effects of 0.6 and 0.4 per 100 that nobody will ever know
    withheld       a fifth of the hold-out lost from the assignments; a clear gain whose messages carry no price
    not by ROI     delivery updates (service) and a film about the makers (brand)

Fixed costs grow with the list, so returns do not depend on its size; standard errors do. At 200,000 messages
each gain comes out with 93–98 % and the loss with 99.9 %; below that, expect more "inconclusive".
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from earnest.kernel.errors import UsageError
from earnest.simulation.plan import CampaignPlan, FixedCost, ShopPlan

_DAYS = 274
_FULL_SIZE = 1_000_000

_STILL_IN = 0.99
"""Share of the addressed who have not opted out before, over the nine months."""

_WHATSAPP = Decimal("0.0883")
_UTILITY = Decimal("0.0456")
_SMS = Decimal("0.0790")


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
    campaigns = tuple(
        replace(campaign, fixed_costs=tuple(_sized(cost, size) for cost in campaign.fixed_costs))
        for campaign in (
            *_gains(today),
            _loss(today),
            *_inconclusive(today),
            *_without_holdout(today),
            *_withheld(today),
        )
    )
    plan = ShopPlan(seed=seed, customers=1, first_day=today - timedelta(days=_DAYS), today=today, campaigns=campaigns)
    per_customer = sum(c.audience_share * (1 - (c.holdout_share or 0)) for c in campaigns) * plan.share_consent
    return replace(plan, customers=round(messages / (per_customer * _STILL_IN)))


def _sized(cost: FixedCost, size: Decimal) -> FixedCost:
    return replace(cost, amount=(cost.amount * size).quantize(Decimal("0.01")))


def _gains(today: date) -> tuple[CampaignPlan, ...]:
    return (
        CampaignPlan(
            id="new-collection",
            name="New collection",
            programme="Collections",
            purpose="marketing",
            day=today - timedelta(days=250),
            audience_share=0.55,
            holdout_share=0.3,
            effect=0.017,
            cost_per_delivered=_WHATSAPP,
            template="new_collection_v1",
            fixed_costs=(FixedCost("content", Decimal(1200), "Photos and copy"),),
        ),
        CampaignPlan(
            id="flash-weekend",
            name="Flash weekend",
            programme="Promotions",
            purpose="sales",
            day=today - timedelta(days=221),
            hour=17,
            audience_share=0.45,
            holdout_share=0.3,
            effect=0.015,
            cost_per_delivered=_WHATSAPP,
            template="flash_weekend_v3",
            hint="campaign",
            window_days=7,
            click_rate=0.07,
            coupon="FLASH15",
            fixed_costs=(FixedCost("staff", Decimal(640), "Two days of campaign work"),),
        ),
        CampaignPlan(
            id="vip-preview",
            name="VIP preview",
            programme="Loyalty",
            purpose="sales",
            day=today - timedelta(days=61),
            audience_share=0.4,
            holdout_share=0.3,
            effect=0.02,
            cost_per_delivered=_WHATSAPP,
            template="vip_preview_v2",
            hint="campaign",
            coupon="VIP10",
            fixed_costs=(FixedCost("content", Decimal(900), "Preview page"),),
        ),
    )


def _loss(today: date) -> CampaignPlan:
    return CampaignPlan(
        id="video-lookbook",
        name="Video lookbook",
        programme="Collections",
        purpose="marketing",
        day=today - timedelta(days=192),
        audience_share=0.5,
        holdout_share=0.45,
        effect=0.001,
        cost_per_delivered=_WHATSAPP,
        template="video_lookbook_v1",
        click_rate=0.12,
        window_days=7,
        fixed_costs=(
            FixedCost("content", Decimal(3_500), "Film production"),
            FixedCost("staff", Decimal(480), "Three days of campaign work"),
        ),
    )


def _inconclusive(today: date) -> tuple[CampaignPlan, ...]:
    return (
        CampaignPlan(
            id="loyalty-points",
            name="Loyalty points",
            programme="Loyalty",
            purpose="marketing",
            day=today - timedelta(days=140),
            audience_share=0.13,
            holdout_share=0.25,
            effect=0.0058,
            cost_per_delivered=_WHATSAPP,
            template="loyalty_points_v1",
            hint="template",
            fixed_costs=(FixedCost("staff", Decimal(320), "One day of campaign work"),),
            funnel_stage="retention",
        ),
        CampaignPlan(
            id="season-preview",
            name="Season preview",
            programme="Collections",
            purpose="marketing",
            day=today - timedelta(days=5),
            audience_share=0.4,
            holdout_share=0.2,
            effect=0.016,
            cost_per_delivered=_WHATSAPP,
            template="season_preview_v1",
            fixed_costs=(FixedCost("content", Decimal(800), "Photos and copy"),),
        ),
    )


def _without_holdout(today: date) -> tuple[CampaignPlan, ...]:
    return (
        CampaignPlan(
            id="price-drop-sms",
            name="Price drop by SMS",
            programme="Promotions",
            purpose="sales",
            day=today - timedelta(days=170),
            hour=12,
            audience_share=0.5,
            holdout_share=None,
            effect=0.006,
            cost_per_delivered=_SMS,
            template="price_drop_sms",
            channel="sms",
            hint="campaign",
            reply_rate=0.002,
            coupon="DROP20",
        ),
        CampaignPlan(
            id="bestsellers",
            name="Bestsellers",
            programme="Collections",
            purpose="marketing",
            day=today - timedelta(days=33),
            audience_share=0.5,
            holdout_share=None,
            effect=0.004,
            cost_per_delivered=_WHATSAPP,
            template="bestsellers_v2",
            fixed_costs=(FixedCost("content", Decimal(600), "Photos and copy"),),
        ),
        CampaignPlan(
            id="delivery-updates",
            name="Delivery updates",
            programme="Service",
            purpose="service",
            day=today - timedelta(days=110),
            hour=9,
            audience_share=0.35,
            holdout_share=None,
            effect=0.0,
            cost_per_delivered=_UTILITY,
            template="delivery_update_v4",
            hint="template",
            read_rate=0.88,
            click_rate=0.03,
            reply_rate=0.03,
            opt_out_rate=0.001,
            funnel_stage="retention",
            objective="Answer where the parcel is before anyone asks",
            primary_kpi="csat",
        ),
        CampaignPlan(
            id="our-makers",
            name="Our makers",
            programme="Brand",
            purpose="brand",
            day=today - timedelta(days=78),
            hour=18,
            audience_share=0.3,
            holdout_share=None,
            effect=0.001,
            cost_per_delivered=_WHATSAPP,
            template="our_makers_film",
            fixed_costs=(FixedCost("content", Decimal(4_800), "Film about the makers"),),
            funnel_stage="awareness",
            objective="Be remembered for how things are made",
            primary_kpi="reply_rate",
        ),
    )


def _withheld(today: date) -> tuple[CampaignPlan, ...]:
    return (
        CampaignPlan(
            id="gift-guide",
            name="Gift guide",
            programme="Promotions",
            purpose="marketing",
            day=today - timedelta(days=95),
            audience_share=0.45,
            holdout_share=0.2,
            effect=0.015,
            cost_per_delivered=_WHATSAPP,
            template="gift_guide_v1",
            fixed_costs=(FixedCost("content", Decimal(1100), "Photos and copy"),),
            defect="srm",
        ),
        CampaignPlan(
            id="win-back-sms",
            name="Win-back by SMS",
            programme="Loyalty",
            purpose="marketing",
            day=today - timedelta(days=46),
            hour=12,
            audience_share=0.3,
            holdout_share=0.3,
            effect=0.018,
            cost_per_delivered=_SMS,
            template="win_back_sms",
            channel="sms",
            hint="campaign",
            reply_rate=0.002,
            defect="unrated",
        ),
    )

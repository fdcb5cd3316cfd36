"""The twelve campaigns of the demo shop, at full size, grouped by the verdict each is made for (see demo.py)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from earnest.simulation.plan import CampaignPlan, FixedCost

ANCHOR = date(2026, 1, 1)
"""The day that stands for "today" in this file; the demo plan moves all days along."""

_WHATSAPP = Decimal("0.1160")
_UTILITY = Decimal("0.0450")
_SMS = Decimal("0.0790")
"""Fees in USD; of WhatsApp the mean over the shop's countries, for files that carry their cost (late 2026)."""


def _ago(days: int) -> date:
    return ANCHOR - timedelta(days=days)


GAINS = (
    CampaignPlan(
        id="new-collection",
        name="New collection",
        programme="Collections",
        purpose="marketing",
        day=_ago(250),
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
        day=_ago(221),
        hour=17,
        audience_share=0.45,
        holdout_share=0.3,
        effect=0.015,
        cost_per_delivered=_WHATSAPP,
        template="flash_weekend_v3",
        template_change="paused",
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
        day=_ago(61),
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
"""Effects that pay several times over."""

LOSS = (
    CampaignPlan(
        id="video-lookbook",
        name="Video lookbook",
        programme="Collections",
        purpose="marketing",
        day=_ago(192),
        audience_share=0.5,
        holdout_share=0.45,
        effect=0.001,
        cost_per_delivered=_WHATSAPP,
        template="video_lookbook_v1",
        click_rate=0.12,
        window_days=7,
        fixed_costs=(
            FixedCost("content", Decimal(5_600), "Film production"),
            FixedCost("staff", Decimal(480), "Three days of campaign work"),
        ),
    ),
)
"""An expensive film with next to no effect; clicks alone would have it about break even."""

INCONCLUSIVE = (
    CampaignPlan(
        id="loyalty-points",
        name="Loyalty points",
        programme="Loyalty",
        purpose="marketing",
        day=_ago(140),
        audience_share=0.13,
        holdout_share=0.25,
        effect=0.0050,
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
        day=_ago(5),
        audience_share=0.4,
        holdout_share=0.2,
        effect=0.016,
        cost_per_delivered=_WHATSAPP,
        template="season_preview_v1",
        fixed_costs=(FixedCost("content", Decimal(800), "Photos and copy"),),
    ),
)
"""One too small, its effect just its break-even; one sent five days ago."""

WITHOUT_HOLDOUT = (
    CampaignPlan(
        id="price-drop-sms",
        name="Price drop by SMS",
        programme="Promotions",
        purpose="sales",
        day=_ago(170),
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
        day=_ago(33),
        audience_share=0.5,
        holdout_share=None,
        effect=0.004,
        cost_per_delivered=_WHATSAPP,
        template="bestsellers_v2",
        fixed_costs=(FixedCost("content", Decimal(600), "Photos and copy"),),
    ),
)
"""Nobody was held out, so nobody can know."""

NOT_JUDGED_BY_ROI = (
    CampaignPlan(
        id="delivery-updates",
        name="Delivery updates",
        programme="Service",
        purpose="service",
        day=_ago(110),
        hour=9,
        audience_share=0.35,
        holdout_share=None,
        effect=0.0,
        cost_per_delivered=_UTILITY,
        template="delivery_update_v4",
        template_change="recategorised",
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
        day=_ago(78),
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
"""Sent for other ends than revenue."""

WITHHELD = (
    CampaignPlan(
        id="gift-guide",
        name="Gift guide",
        programme="Promotions",
        purpose="marketing",
        day=_ago(95),
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
        day=_ago(46),
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
"""Clear gains that must not be believed: assignment rows are lost; messages have no price."""

CAMPAIGNS: tuple[CampaignPlan, ...] = (
    *GAINS,
    *LOSS,
    *INCONCLUSIVE,
    *WITHOUT_HOLDOUT,
    *NOT_JUDGED_BY_ROI,
    *WITHHELD,
)

"""Management webhooks: what becomes of templates and numbers, told among the messages. A handful, made one by one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from earnest.kernel.period import DAY_US, HOUR_US
from earnest.simulation.account import BusinessAccount
from earnest.simulation.chance import SECOND_US
from earnest.simulation.plan import TEMPLATE_CHANGE_AFTER_US, CampaignPlan, ShopPlan, first_send_us

Notice = tuple[int, bytes]
"""(instant of receipt, line of JSON)."""

_FIRST_TEMPLATE_ID = 278_077_987_957_091_001
"""Larger than 2^53, as Meta's are at times."""


def notices(plan: ShopPlan, campaigns: Sequence[CampaignPlan]) -> list[Notice]:
    """Everything that is told about templates and numbers by the feed's end, in order."""
    assert plan.account is not None
    account, sent = plan.account, [campaign for campaign in campaigns if plan.by_webhook(campaign)]
    made: list[Notice] = []
    for place, campaign in enumerate(campaigns):
        template = _template(campaign, _FIRST_TEMPLATE_ID + place)
        change_us = first_send_us(plan, campaign) + TEMPLATE_CHANGE_AFTER_US
        if not plan.by_webhook(campaign) or campaign.template_change is None:
            continue
        told = _recategorised if campaign.template_change == "recategorised" else _paused
        made += told(account, template, change_us)
    if sent:
        made.append(_upgraded(account, first_send_us(plan, sent[0]) + HOUR_US))
    return sorted(one for one in made if one[0] < plan.end_us)


def _template(campaign: CampaignPlan, number: int) -> dict[str, Any]:
    return {
        "message_template_id": number,
        "message_template_name": campaign.template,
        "message_template_language": "en",
    }


def _recategorised(account: BusinessAccount, template: dict[str, Any], at_us: int) -> list[Notice]:
    """A warning a day ahead, then the fact."""
    field = "template_category_update"
    warning = {"new_category": "UTILITY", "correct_category": "MARKETING"}
    warning_us = at_us - DAY_US
    return [
        _line(account, field, template | warning | {"category_update_timestamp": at_us // SECOND_US}, warning_us),
        _line(account, field, template | {"previous_category": "UTILITY", "new_category": "MARKETING"}, at_us),
    ]


def _paused(account: BusinessAccount, template: dict[str, Any], at_us: int) -> list[Notice]:
    """Quality falls, the template rests for three hours, and is taken up again."""
    status, quality = "message_template_status_update", "message_template_quality_update"
    resting = {
        "event": "PAUSED",
        "reason": "NONE",
        "message_template_category": "MARKETING",
        "other_info": {
            "title": "FIRST_PAUSE",
            "description": "Your WhatsApp message template has been paused for 3 hours because of customer feedback.",
        },
    }
    again = {"event": "REINSTATED", "reason": "NONE", "message_template_category": "MARKETING"}
    return [
        _line(account, quality, {"previous_quality_score": "GREEN", "new_quality_score": "RED"} | template, at_us),
        _line(account, status, resting | template, at_us + SECOND_US),
        _line(account, status, again | template, at_us + 3 * HOUR_US),
    ]


def _upgraded(account: BusinessAccount, at_us: int) -> Notice:
    value = {
        "display_phone_number": account.home.digits,
        "event": "THROUGHPUT_UPGRADE",
        "current_limit": "TIER_UNLIMITED",
        "max_daily_conversations_per_business": "TIER_UNLIMITED",
    }
    return _line(account, "phone_number_quality_update", value, at_us)


def _line(account: BusinessAccount, field: str, value: dict[str, Any], at_us: int) -> Notice:
    changes = [{"field": field, "value": value}]
    entry = {"id": account.id, "time": at_us // SECOND_US, "changes": changes}
    body = {"entry": [entry], "object": "whatsapp_business_account"}
    return at_us, json.dumps(body, separators=(",", ":")).encode() + b"\n"

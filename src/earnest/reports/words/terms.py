"""Names the catalogue, the journal and the models use as ids, in the reader's words.

An id that has no name here is printed as it was given, made safe.
"""

from __future__ import annotations

from earnest.reports.words import Words
from earnest.reports.words.formats import plain


def channel(code: str, words: Words) -> str:
    """A channel by its code."""
    names = {
        "whatsapp": "WhatsApp",
        "sms": "SMS",
        "rcs": "RCS",
        "telegram": "Telegram",
        "viber": "Viber",
        "messenger": "Messenger",
        "instagram": "Instagram",
        "email": words.label("channel", "e-mail"),
    }
    return names.get(code, plain(code))


def purpose(code: str, words: Words) -> str:
    """A campaign's purpose, as it stands on a chip."""
    names = {
        "marketing": words.label("purpose", "Marketing"),
        "sales": words.label("purpose", "Sales"),
        "service": words.label("purpose", "Service"),
        "brand": words.label("purpose", "Brand"),
    }
    return names.get(code, plain(code))


def step(code: str, words: Words) -> str:
    """A step of the funnel."""
    names = {
        "targeted": words.label("funnel", "Targeted"),
        "sent": words.label("funnel", "Sent"),
        "delivered": words.label("funnel", "Delivered"),
        "read": words.label("funnel", "Read"),
        "clicked": words.label("funnel", "Clicked"),
        "replied": words.label("funnel", "Replied"),
        "ordered": words.label("funnel", "Ordered"),
        "converted": words.label("funnel", "Converted"),
    }
    return names.get(code, plain(code))


def cost(kind: str, words: Words) -> str:
    """A kind of cost."""
    names = {
        "messaging": words.label("cost", "Message fees"),
        "platform": words.label("cost", "Platform subscription"),
        "markup": words.label("cost", "Provider mark-up"),
        "rental": words.label("cost", "Number rental"),
        "content": words.label("cost", "Content"),
        "creative": words.label("cost", "Creative"),
        "staff": words.label("cost", "Staff time"),
        "distribution": words.label("cost", "Distribution"),
        "other": words.label("cost", "Other"),
    }
    return names.get(kind, plain(kind))


def evidence(code: str, words: Words) -> str:
    """What a cost rests on."""
    names = {
        "invoiced": words.label("evidence", "invoiced"),
        "measured": words.label("evidence", "measured"),
        "allocated": words.label("evidence", "allocated"),
        "assumed": words.label("evidence", "assumed"),
    }
    return names.get(code, plain(code))


def model(code: str, words: Words) -> str:
    """An attribution rule."""
    names = {
        "first": words.label("model", "First touch"),
        "first_touch": words.label("model", "First touch"),
        "last": words.label("model", "Last touch"),
        "last_touch": words.label("model", "Last touch"),
        "linear": words.label("model", "Linear"),
        "time_decay": words.label("model", "Time decay"),
        "position": words.label("model", "Position based"),
        "position_based": words.label("model", "Position based"),
        "any_touch": words.label("model", "Any touch"),
        "markov": words.label("model", "Markov"),
        "shapley": words.label("model", "Shapley"),
        "coupon": words.label("model", "Coupon"),
        "survey": words.label("model", "Survey"),
    }
    return names.get(code, plain(code))


def kpi(code: str, name: str, words: Words) -> str:
    """A KPI's name: by its id where it is well known, else as the catalogue has it."""
    names = {
        "conversations": words.label("kpi", "Conversations"),
        "messages_delivered": words.label("kpi", "Messages delivered"),
        "delivery_rate": words.label("kpi", "Delivery rate"),
        "read_rate": words.label("kpi", "Read rate"),
        "click_through_rate": words.label("kpi", "Click-through rate"),
        "reply_rate": words.label("kpi", "Reply rate"),
        "conversion_rate": words.label("kpi", "Conversion rate"),
        "opt_out_rate": words.label("kpi", "Opt-out rate"),
        "attributed_revenue": words.label("kpi", "Attributed revenue"),
        "revenue_per_recipient": words.label("kpi", "Revenue per recipient"),
        "total_cost": words.label("kpi", "Total cost"),
        "cost_per_order": words.label("kpi", "Cost per order"),
        "roas": words.label("kpi", "Attributed return (ROAS)"),
        "roi": words.label("kpi", "Attributed ROI"),
        "incremental_return": words.label("kpi", "Incremental return"),
        "incremental_revenue": words.label("kpi", "Incremental revenue"),
        "incremental_roi": words.label("kpi", "Incremental ROI"),
        "incremental_roas": words.label("kpi", "Incremental ROAS"),
        "csat": words.label("kpi", "Satisfaction (CSAT)"),
        "nps": words.label("kpi", "Recommendation (NPS)"),
        "retention_rate": words.label("kpi", "Retention rate"),
        "repeat_purchase_rate": words.label("kpi", "Repeat purchase rate"),
        "first_response_time": words.label("kpi", "First response time"),
        "resolution_rate": words.label("kpi", "Resolution rate"),
        "survey_response_rate": words.label("kpi", "Survey response rate"),
        "brand_search_lift": words.label("kpi", "Brand search lift"),
    }
    return names.get(code, plain(name))


def denominator(given: str, words: Words) -> str:
    """What a KPI is divided by, in the form that follows "of 1,000 …"."""
    names = {
        "messages sent": words.label("denominator", "messages sent"),
        "sent messages": words.label("denominator", "messages sent"),
        "sent": words.label("denominator", "messages sent"),
        "messages delivered": words.label("denominator", "messages delivered"),
        "delivered messages": words.label("denominator", "messages delivered"),
        "delivered": words.label("denominator", "messages delivered"),
        "people messaged": words.label("denominator", "people messaged"),
        "people clicked": words.label("denominator", "people who clicked"),
        "orders": words.label("denominator", "orders"),
        "answers": words.label("denominator", "answers"),
        "customers": words.label("denominator", "customers"),
        "conversations": words.label("denominator", "conversations"),
    }
    return names.get(given.lower(), plain(given))

"""Names the catalogue, the journal and the models use as ids, in the reader's words.

An id that has no name here is printed as it was given, made safe.
"""

from __future__ import annotations

import functools

from earnest.rating.markets import memberships
from earnest.reports.words import Words
from earnest.reports.words.formats import plain
from earnest.reports.words.kpi_terms import chosen_denominators, chosen_kpis


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
        "subscription": words.label("cost", "Platform subscription"),
        "discount": words.label("cost", "Discounts, a memo"),
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
        "total_clicks": words.label("kpi", "Human clicks"),
        "bot_click_share": words.label("kpi", "Machine share of clicks"),
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
        "survey_attributed_share": words.label("kpi", "Share naming our messages"),
        "brand_search_lift": words.label("kpi", "Brand search lift"),
        "adjusted_read_rate": words.label("kpi", "Read rate, receipts considered"),
        "failure_rate": words.label("kpi", "Failure rate"),
        "frequency_capped_rate": words.label("kpi", "Capped by Meta"),
        "invalid_number_rate": words.label("kpi", "Bad numbers"),
        "paid_share": words.label("kpi", "Paid share"),
    } | chosen_kpis(words)
    return names.get(code, plain(name))


def denominator(given: str, words: Words) -> str:
    """What a KPI is divided by, in the form that follows "of 1,000 …"."""
    names = {
        "messages sent": words.label("denominator", "messages sent"),
        "sent messages": words.label("denominator", "messages sent"),
        "sent": words.label("denominator", "messages sent"),
        "messages sent (accepted ones that failed included)": words.label(
            "denominator", "messages sent, those that failed included"
        ),
        "messages delivered": words.label("denominator", "messages delivered"),
        "delivered messages": words.label("denominator", "messages delivered"),
        "delivered": words.label("denominator", "messages delivered"),
        "people messaged": words.label("denominator", "people messaged"),
        "all clicks": words.label("denominator", "all clicks"),
        "people clicked": words.label("denominator", "people who clicked"),
        "delivered messages whose charge is known": words.label(
            "denominator", "delivered messages whose charge is known"
        ),
        "orders": words.label("denominator", "orders"),
        "conversions credited by last touch": words.label("denominator", "conversions credited by last touch"),
        "total cost": words.label("denominator", "total cost"),
        "answers": words.label("denominator", "answers"),
        "survey answers": words.label("denominator", "survey answers"),
        "answers from 0 to 10": words.label("denominator", "answers"),
        "people invited": words.label("denominator", "people invited"),
        "people that all answers stand for": words.label("denominator", "people asked"),
        "customers": words.label("denominator", "customers"),
        "conversations": words.label("denominator", "conversations"),
    } | chosen_denominators(words)
    return names.get(given.lower(), plain(given))


def failure(code: str, words: Words) -> str:
    """Those a class of failure kept from arriving, as a plural that can follow "most failures are"."""
    names = {
        "not_on_whatsapp": words.label("failure", "numbers that are not on WhatsApp"),
        "invalid_number": words.label("failure", "numbers that are not valid"),
        "unreachable": words.label("failure", "phones that are off or out of reach"),
        "opted_out": words.label("failure", "people who opted out"),
        "capped_by_meta": words.label("failure", "people capped by Meta's limit per person"),
        "hidden_experiment": words.label("failure", "people in an experiment of Meta's own"),
        "window_closed": words.label("failure", "chats whose 24-hour window had closed"),
        "template_missing": words.label("failure", "messages whose template is missing or not approved"),
        "template_paused": words.label("failure", "messages whose template was paused for low quality"),
        "template_disabled": words.label("failure", "messages whose template was disabled"),
        "template_invalid": words.label("failure", "messages whose template was filled in wrongly or breaks a rule"),
        "rate_limited": words.label("failure", "messages sent faster than the limit allows"),
        "spam_limited": words.label("failure", "messages of a sender limited for its quality"),
        "filtered": words.label("failure", "messages filtered as unwanted"),
        "media": words.label("failure", "messages whose picture or file could not be loaded"),
        "account_locked": words.label("failure", "messages of a locked account"),
        "country_restricted": words.label("failure", "messages to countries the sender may not write to"),
        "payment": words.label("failure", "messages stopped by a problem with payment"),
        "identity_changed": words.label("failure", "people whose identity key has changed"),
        "user_id_not_allowed": words.label("failure", "messages that need a phone number, not a user id"),
        "access": words.label("failure", "messages the sender had no permission for"),
        "request": words.label("failure", "requests with a mistake in them"),
        "transient": words.label("failure", "messages caught by a short outage at the provider"),
        "carrier": words.label("failure", "messages the carrier did not deliver"),
        "unknown": words.label("failure", "messages whose reason is not known"),
    }
    return names.get(code, plain(code))


def charged(state: str, words: Words) -> str:
    """Whether a message was paid for, as it stands on a chip."""
    names = {
        "charged": words.label("charge", "charged"),
        "free": words.label("charge", "free"),
        "unknown": words.label("charge", "unknown"),
    }
    return names.get(state, plain(state))


def charge(reason: str, words: Words) -> str:
    """Why a message costs what it costs."""
    names = {
        "card": words.label("charge", "By the rate card"),
        "provider-price": words.label("charge", "At the price the provider told"),
        "price-zero": words.label("charge", "At a price of 0"),
        "allowance": words.label("charge", "Free messages of the month"),
        "free-customer-service": words.label("charge", "Open customer service window"),
        "free-entry-point": words.label("charge", "Chat begun at an ad or page button"),
        "free-group": words.label("charge", "Customer service in a group"),
        "not-billable": words.label("charge", "Not billable, says the provider"),
        "same-conversation": words.label("charge", "Conversation charged already"),
        "business-app": words.label("charge", "Sent by hand in the Business app"),
        "not-delivered": words.label("charge", "Not delivered"),
        "market-unknown": words.label("charge", "No market known for the number"),
        "rate-unknown": words.label("charge", "The card has no such rate"),
        "time-out-of-cards": words.label("charge", "No card covers the time"),
        "category-unknown": words.label("charge", "No status told the category"),
    }
    return names.get(reason, plain(reason))


def category(code: str, words: Words) -> str:
    """The category a provider charges by."""
    names = {
        "marketing": words.label("category", "Marketing"),
        "marketing_lite": words.label("category", "Marketing (lite)"),
        "utility": words.label("category", "Utility"),
        "authentication": words.label("category", "Authentication"),
        "authentication_international": words.label("category", "Authentication, international"),
        "service": words.label("category", "Service"),
        "referral_conversion": words.label("category", "Entry point"),
        "group_marketing": words.label("category", "Marketing in groups"),
        "group_utility": words.label("category", "Utility in groups"),
        "group_service": words.label("category", "Service in groups"),
        "business_initiated": words.label("category", "Begun by the business"),
        "user_initiated": words.label("category", "Begun by the person"),
    }
    return names.get(code, plain(code))


def market(name: str, words: Words) -> str:
    """A market of a rate card: a country in the reader's language, or a region."""
    names = {
        "North America": words.label("market", "North America"),
        "Rest of Africa": words.label("market", "Rest of Africa"),
        "Rest of Asia Pacific": words.label("market", "Rest of Asia Pacific"),
        "Rest of Central & Eastern Europe": words.label("market", "Rest of Central & Eastern Europe"),
        "Rest of Latin America": words.label("market", "Rest of Latin America"),
        "Rest of Middle East": words.label("market", "Rest of Middle East"),
        "Rest of Western Europe": words.label("market", "Rest of Western Europe"),
        "Other": words.label("market", "Other countries"),
    }
    country = _countries().get(name)
    if country is not None and words.foreign:
        return words.formats.country(country) or plain(name)
    return names.get(name, plain(name))


@functools.cache
def _countries() -> dict[str, str]:
    """Markets that are one country → its code."""
    return {one.market: one.iso2 for one in memberships() if one.market == one.country}

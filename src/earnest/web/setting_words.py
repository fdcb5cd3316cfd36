"""What each dated setting means, for people."""

from __future__ import annotations

from earnest.definitions.setting import SETTINGS
from earnest.reports.words import Words


def setting_name(name: str, words: Words) -> str:
    """A setting, in a few words; its own name where there are none."""
    names = {
        "margin": words.label("setting", "Gross margin"),
        "level": words.label("setting", "Confidence level"),
        "region": words.label("setting", "Country of phone numbers"),
        "lookback_reply_days": words.label("setting", "Look-back of replies, days"),
        "lookback_click_days": words.label("setting", "Look-back of clicks, days"),
        "lookback_read_hours": words.label("setting", "Look-back of reads, hours"),
        "lookback_delivered_hours": words.label("setting", "Look-back of deliveries, hours"),
        "fx_days": words.label("setting", "Exchange rates hold, days"),
        "opt_out_horizon_days": words.label("setting", "Horizon of an opt-out's price, days"),
        "headline_kpis": words.label("setting", "Headline KPIs"),
        "secondary_kpis": words.label("setting", "Secondary KPIs"),
        "public_url": words.label("setting", "Public address"),
    }
    return names.get(name, name)


def setting_meaning(name: str, words: Words) -> str:
    """What a setting does to the figures."""
    meanings = {
        "margin": words.say("Gross profit in each unit of net revenue, 0 to 1. Without it no return can be computed: nobody can guess it."),
        "level": words.say("Of every interval, 0.5 to 0.999; it is printed with each."),
        "region": words.say("For phone numbers written without a country code, for example DE. Never guessed."),
        "lookback_reply_days": words.say("A reply can be credited with an order for so many days. 0: never."),
        "lookback_click_days": words.say("A click can be credited with an order for so many days. 0: never."),
        "lookback_read_hours": words.say("A read can be credited with an order for so many hours; reading is weak evidence. 0: never."),
        "lookback_delivered_hours": words.say("A mere delivery can be credited for so many hours; it is no evidence. 0: never."),
        "fx_days": words.say("An exchange rate holds for so many days, its own included: enough to bridge weekends."),
        "opt_out_horizon_days": words.say("The price of an opt-out counts what people bring in so many days."),
        "headline_kpis": words.say("The five KPIs that lead, by id, with commas between them."),
        "secondary_kpis": words.say("The four KPIs that follow them, by id, with commas between them."),
        "public_url": words.say("Where the server is called from outside, without a path; sources tell their addresses by it."),
    }  # fmt: skip
    return meanings.get(name, SETTINGS[name].meaning)

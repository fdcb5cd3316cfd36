"""Bursts of clicks by scanners: left out of people's clicks already, and a sign that delivered messages are opened by machines."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="clicks-burst",
    part=Part.VALIDITY,
    severity="informs",
    question="Are nearly all clicks single ones, not whole messages opened at once?",
    threshold=0.05,
    reason="scanners open a message's links at once; up to 5 % are usual where mail addresses of firms are among the recipients",
    kpis=("bot_click_share", "total_clicks"),
    remedy="See them: earnest click list --class bot. They are counted in no rate.",
    tested="clicks",
    offending="""SELECT 'response' AS kind, response_key AS key, occurred_us AS at_us, 'three links and more within a second' AS why
        FROM response WHERE class_reason = 'burst'""",
    effect=no_money(
        "left-out-already", "bursts count as machines' clicks and are credited with nothing", "Nothing to do for money."
    ),
)

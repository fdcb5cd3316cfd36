"""Statuses that were told a day and more after they happened: a figure read before them was too low."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="statuses-late",
    part=Part.TIMELINESS,
    severity="informs",
    question="Are statuses told within a day of when they happened?",
    threshold=0.01,
    reason="providers repeat what they could not deliver for up to 7 days; above 1 % a day's figures change for days",
    kpis=("delivery_rate", "read_rate", "click_through_rate"),
    remedy="Look at rates only some days after the send; and see why they came late: earnest doctor.",
    tested="""SELECT e.event_key AS key, 'event' AS kind FROM event_message AS e JOIN audit_source AS s ON e.source = s.source
        WHERE s.live AND e.status >= 3""",
    offending="""SELECT 'message' AS kind, e.message_key AS key, e.occurred_us AS at_us,
            'told ' || ((e.received_us - e.occurred_us) // 3600000000) || ' hours later' AS why
        FROM event_message AS e JOIN audit_source AS s ON e.source = s.source
        WHERE s.live AND e.status >= 3 AND e.received_us > e.occurred_us + 86400000000""",
    effect=no_money(
        "counted-since",
        "the statuses have come by now, and all figures hold them",
        "Nothing to do for today's figures.",
    ),
)

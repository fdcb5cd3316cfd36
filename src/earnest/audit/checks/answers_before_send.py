"""Clicks and replies that come before the message they answer was sent: two clocks, or two time zones."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import at_most

CHECK = Check(
    code="answers-before-send",
    part=Part.CONSISTENCY,
    severity="warns",
    question="Does every click and reply follow the send of its message?",
    threshold=0.002,
    reason="two machines' clocks may differ by seconds, which is tolerated; 0.2 % beyond a minute is a wrong zone or clock",
    kpis=("click_through_rate", "reply_rate", "attributed_revenue", "roas", "roi"),
    remedy="Check the time zones with which both files were imported (--timezone), and the clocks of both systems.",
    tested="SELECT response_key AS key, 'response' AS kind FROM response WHERE given_message_key IS NOT NULL AND message_key IS NOT NULL",
    offending="""SELECT 'response' AS kind, r.response_key AS key, r.occurred_us AS at_us,
            r.response_kind || ' ' || ((m.send_us - r.occurred_us) // 60000000) || ' minutes before the send' AS why
        FROM response AS r JOIN message AS m ON r.given_message_key = m.message_key
        WHERE r.occurred_us < m.send_us - 60000000""",
    effect=at_most,
    found_by="suspected",
)

"""Campaigns whose look-back windows are still open: orders that will be credited to them have not happened yet."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="window-open",
    part=Part.TIMELINESS,
    severity="informs",
    question="Have all look-back windows of the campaign's messages passed?",
    threshold=0.0,
    reason="until the last window has closed, attributed revenue only grows",
    kpis=("attributed_revenue", "conversion_rate", "roas", "roi", "cost_per_order"),
    remedy="Look again when the last window has closed; rates by the send day of older messages are complete.",
    tested="campaigns",
    offending="""SELECT 'campaign' AS kind, campaign, last_us AS at_us,
            'open for ' || ((last_us + w.window_us - {now_us}) // 3600000000 + 1) || ' more hours' AS why
        FROM audit_campaign CROSS JOIN (SELECT max(window_us) AS window_us FROM lookback) AS w WHERE last_us + w.window_us > {now_us}""",
    effect=no_money("not-yet", "the orders have not happened yet", "Look again when the window has closed."),
)

"""Clicks that a provider told as people's and that came within three seconds of the delivery: scanners and previews.

How many people are that quick by chance is counted in the six seconds after, and taken off the effect.
"""

from earnest.audit.check import Check, Part
from earnest.audit.rules import less_chance

_SOON = """SELECT {columns} FROM response AS r JOIN message AS m ON r.message_key = m.message_key
    WHERE r.response_kind = 'click' AND r.click_class = 'human' AND r.told_reason IS NULL AND m.delivered_us IS NOT NULL
        AND r.occurred_us >= m.delivered_us AND {apart}"""

CHECK = Check(
    code="clicks-machine",
    part=Part.VALIDITY,
    severity="warns",
    question="Are the clicks that a provider counts clicks of people?",
    threshold=0.01,
    reason="nobody reads and presses within three seconds of the delivery; 1 % are clocks that differ",
    kpis=("click_through_rate", "total_clicks", "bot_click_share", "attributed_revenue", "roas", "roi"),
    remedy="Use links of your own, which tell machines from people: earnest link create; or ask the provider for its bot filter.",
    tested="clicks",
    offending=_SOON.format(
        columns="'response' AS kind, r.response_key AS key, r.occurred_us AS at_us,"
        " round((r.occurred_us - m.delivered_us) / 1e6, 1) || ' s after the delivery' AS why",
        apart="r.occurred_us < m.delivered_us + 3000000",
    ),
    effect=less_chance(
        _SOON.format(
            columns="count(*), 2",
            apart="r.occurred_us >= m.delivered_us + 3000000 AND r.occurred_us < m.delivered_us + 9000000",
        )
    ),
    found_by="suspected",
)

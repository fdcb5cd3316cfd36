"""What campaigns cost, by the day the cost falls on, and revenue less it. `cost_day` is made when it is asked for."""

from earnest.kpis.measures.measure import Measure

_LINES = "SELECT cost_kind, description, evidence, amount FROM campaign_cost"
_DAYS = "SELECT campaign, cost_kind, evidence, cost_day AS day, amount_micro AS amount FROM cost_day WHERE campaign IS NOT NULL"

MEASURES = (
    Measure(
        id="unrated",
        meaning="delivered messages that nothing prices and no bill pays",
        rows="SELECT campaign, send_day AS day, unpriced AS amount FROM unrated_day",
        day="send",
    ),
    Measure(
        id="unconverted",
        meaning="cost lines of campaigns in another currency, without a rate for their day",
        rows="SELECT campaign, line, day, 1 AS amount FROM unconverted_day WHERE campaign IS NOT NULL",
        day="cost",
        once_by="line",
    ),
    Measure("cost_micro", "cost lines in force, message charges included", _DAYS, day="cost", lines=_LINES),
    Measure(
        id="attributed_less_cost_micro",
        meaning="net revenue credited to the messages, less their cost",
        rows="",
        day="order",
        made_of=(("attributed_micro", 1), ("cost_micro", -1)),
        lines="SELECT 'attributed' AS part, order_key, amount FROM ({attributed_micro})"
        " UNION ALL SELECT 'cost' AS part, CAST(NULL AS BIGINT) AS order_key, -amount AS amount FROM campaign_cost",
    ),
)

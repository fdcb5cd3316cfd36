"""Parts of the cost by their kind, and the cost of everything, campaigns or not."""

from earnest.kpis.measures.measure import Measure


def _kinds(name: str, meaning: str, *kinds: str) -> Measure:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return Measure(
        id=name,
        meaning=meaning,
        rows="SELECT campaign, cost_kind, evidence, cost_day AS day, amount_micro AS amount FROM cost_day"
        f" WHERE cost_kind IN ({listed})",
        day="cost",
        lines=f"SELECT cost_kind, description, evidence, amount FROM campaign_cost WHERE cost_kind IN ({listed})",
    )


MEASURES = (
    _kinds("messaging_cost_micro", "message charges, and cost lines of the kind messaging", "messaging"),
    _kinds("media_cost_micro", "cost of the kinds messaging and distribution", "messaging", "distribution"),
    Measure(
        id="whole_cost_micro",
        meaning="all cost lines in force, those of no campaign too",
        rows="SELECT campaign, cost_kind, evidence, cost_day AS day, amount_micro AS amount FROM cost_day",
        day="cost",
    ),
    Measure(
        id="whole_unconverted",
        meaning="all cost lines in another currency without a rate for their day, those of no campaign too",
        rows="SELECT campaign, line, day, 1 AS amount FROM unconverted_day",
        day="cost",
        once_by="line",
    ),
)

"""A template whose category the provider changed: the same message, dearer or cheaper from one day on."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="template-recategorised",
    part=Part.COST,
    severity="informs",
    question="Was every template charged in one category?",
    threshold=0.0,
    reason="a changed category changes the price of the very same text",
    kpis=("total_cost", "cost_per_order", "roi"),
    remedy="See when it changed: earnest account notices --topic template_category_update. Ask the provider for a review of the category.",
    tested="messages",
    offending="""WITH charged AS (
            SELECT l.campaign, l.template, t.category, c.message_key, c.charge_micro, m.send_us, t.own_currency
            FROM charge AS c JOIN message AS m ON c.message_key = m.message_key JOIN rating_terms AS t ON m.terms_key = t.terms_key
            JOIN label_campaign AS l ON m.label_key = l.label_key
            WHERE l.template IS NOT NULL AND t.category IS NOT NULL AND NOT ends_with(t.category, '_lite') AND c.charge_micro IS NOT NULL
        ), firsts AS (
            SELECT campaign, template, arg_min(category, send_us) AS category, count(DISTINCT category) AS categories FROM charged GROUP BY ALL
        ), usual AS (
            SELECT g.campaign, g.template, avg(g.charge_micro) AS price FROM charged AS g JOIN firsts AS f USING (campaign, template, category) GROUP BY ALL
        )
        SELECT 'cost' AS kind, g.message_key AS key, g.template AS id, g.campaign, g.send_us AS at_us,
            CASE WHEN g.own_currency = 1 THEN CAST(round(g.charge_micro - u.price) AS BIGINT) END AS cost_micro,
            'charged as ' || g.category || ', before as ' || f.category AS why
        FROM charged AS g JOIN firsts AS f USING (campaign, template) JOIN usual AS u USING (campaign, template)
        WHERE f.categories > 1 AND g.category <> f.category""",
    effect=left_out,
)

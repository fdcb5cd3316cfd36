-- table: funnel_cell
-- grain: one row a label and send day
-- key: label_key, send_day
-- inputs: message, response, charge_cell, rating_terms
-- recompute: send_day
-- meaning: how many messages of a cohort reached each step, how many carry a price and how many delivered ones do not; adds over
-- meaning: days and labels. A price is what the file says (delivered or not) or, where a provider told terms, the charge by the
-- meaning: card (0 where it is free) in the workspace's own currency. all_clicks are the clicks of its messages, machine_clicks
-- meaning: those that were a preview's, a prefetch's or a bot's, human_clicks those of people, repeated ones left out.
SELECT
    label_key,
    send_day,
    {sums_reached},
    CAST(SUM(priced) AS BIGINT) AS priced,
    CAST(SUM(unpriced) AS BIGINT) AS unpriced,
    CAST(SUM(cost_micro) AS BIGINT) AS cost_micro,
    {sums_answered}
FROM (
    SELECT label_key, send_day, {reached},
        CAST(SUM(CASE WHEN silent = 1 AND cost_micro IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS priced,
        CAST(SUM(CASE WHEN terms_key IS NULL AND delivered_us IS NOT NULL AND cost_micro IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS unpriced,
        CAST(SUM(CASE WHEN silent = 1 THEN COALESCE(cost_micro, 0) ELSE 0 END) AS BIGINT) AS cost_micro,
        {not_answered}
    FROM (
        SELECT m.label_key, m.send_day, m.sent_us, m.delivered_us, m.read_us, m.failed_us, m.cost_micro, m.terms_key, COALESCE(t.silent, 1) AS silent
        FROM message AS m
        LEFT JOIN rating_terms AS t ON m.terms_key = t.terms_key
    ) AS m
    GROUP BY label_key, send_day
    UNION ALL
    SELECT label_key, send_day, {not_reached}, 0 AS priced, 0 AS unpriced, 0 AS cost_micro, {answered}
    FROM response
    WHERE message_key IS NOT NULL
    GROUP BY label_key, send_day
    UNION ALL
    SELECT c.label_key AS label_key, c.send_day AS send_day, {not_reached},
        CAST(SUM(c.priced * t.own_currency) AS BIGINT) AS priced,
        CAST(SUM(c.messages - c.priced * t.own_currency) AS BIGINT) AS unpriced,
        CAST(SUM(c.charge_micro * t.own_currency) AS BIGINT) AS cost_micro,
        {not_answered}
    FROM charge_cell AS c
    JOIN rating_terms AS t ON c.terms_key = t.terms_key
    GROUP BY c.label_key, c.send_day
) AS part
GROUP BY label_key, send_day

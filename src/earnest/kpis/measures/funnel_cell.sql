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
    CAST(SUM(messages) AS BIGINT) AS messages,
    CAST(SUM(sent) AS BIGINT) AS sent,
    CAST(SUM(delivered) AS BIGINT) AS delivered,
    CAST(SUM(was_read) AS BIGINT) AS was_read,
    CAST(SUM(failed) AS BIGINT) AS failed,
    CAST(SUM(priced) AS BIGINT) AS priced,
    CAST(SUM(unpriced) AS BIGINT) AS unpriced,
    CAST(SUM(cost_micro) AS BIGINT) AS cost_micro,
    CAST(SUM(clicked) AS BIGINT) AS clicked,
    CAST(SUM(replied) AS BIGINT) AS replied,
    CAST(SUM(opted_out) AS BIGINT) AS opted_out,
    CAST(SUM(all_clicks) AS BIGINT) AS all_clicks,
    CAST(SUM(human_clicks) AS BIGINT) AS human_clicks,
    CAST(SUM(machine_clicks) AS BIGINT) AS machine_clicks
FROM (
    SELECT label_key, send_day,
        COUNT(*) AS messages,
        COUNT(sent_us) AS sent,
        COUNT(delivered_us) AS delivered,
        COUNT(read_us) AS was_read,
        CAST(SUM(CASE WHEN failed_us IS NOT NULL AND delivered_us IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS failed,
        CAST(SUM(CASE WHEN silent = 1 AND cost_micro IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS priced,
        CAST(SUM(CASE WHEN terms_key IS NULL AND delivered_us IS NOT NULL AND cost_micro IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS unpriced,
        CAST(SUM(CASE WHEN silent = 1 THEN COALESCE(cost_micro, 0) ELSE 0 END) AS BIGINT) AS cost_micro,
        0 AS clicked, 0 AS replied, 0 AS opted_out, 0 AS all_clicks, 0 AS human_clicks, 0 AS machine_clicks
    FROM (
        SELECT m.label_key, m.send_day, m.sent_us, m.delivered_us, m.read_us, m.failed_us, m.cost_micro, m.terms_key, COALESCE(t.silent, 1) AS silent
        FROM message AS m
        LEFT JOIN rating_terms AS t ON m.terms_key = t.terms_key
    ) AS m
    GROUP BY label_key, send_day
    UNION ALL
    SELECT label_key, send_day, 0 AS messages, 0 AS sent, 0 AS delivered, 0 AS was_read, 0 AS failed, 0 AS priced, 0 AS unpriced, 0 AS cost_micro,
        CAST(SUM(CASE WHEN response_kind = 'click' THEN counted ELSE 0 END) AS BIGINT) AS clicked,
        CAST(SUM(CASE WHEN response_kind = 'reply' THEN counted ELSE 0 END) AS BIGINT) AS replied,
        CAST(SUM(CASE WHEN response_kind = 'opt_out' THEN counted ELSE 0 END) AS BIGINT) AS opted_out,
        COUNT(click_class) AS all_clicks,
        CAST(SUM(human) AS BIGINT) AS human_clicks,
        CAST(SUM(CASE WHEN click_class IN ('preview', 'prefetch', 'bot') THEN 1 ELSE 0 END) AS BIGINT) AS machine_clicks
    FROM response
    WHERE message_key IS NOT NULL
    GROUP BY label_key, send_day
    UNION ALL
    SELECT c.label_key AS label_key, c.send_day AS send_day, 0 AS messages, 0 AS sent, 0 AS delivered, 0 AS was_read, 0 AS failed,
        CAST(SUM(c.priced * t.own_currency) AS BIGINT) AS priced,
        CAST(SUM(c.messages - c.priced * t.own_currency) AS BIGINT) AS unpriced,
        CAST(SUM(c.charge_micro * t.own_currency) AS BIGINT) AS cost_micro,
        0 AS clicked, 0 AS replied, 0 AS opted_out, 0 AS all_clicks, 0 AS human_clicks, 0 AS machine_clicks
    FROM charge_cell AS c
    JOIN rating_terms AS t ON c.terms_key = t.terms_key
    GROUP BY c.label_key, c.send_day
) AS part
GROUP BY label_key, send_day

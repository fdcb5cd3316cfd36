-- table: credit
-- grain: one row a conversion, model and credited message, or one unattributed row where no message qualifies
-- key: order_key, model, message_key
-- partition: order_day
-- inputs: conversion, response, message, lookback
-- recompute: contact
-- meaning: net revenue of each conversion split over its touches under the models stored row by row (the others stand in
-- meaning: credit_cell alone), exact to the minor unit: the credits of a conversion and model add up to its net revenue. A
-- meaning: message touches once, at its highest qualifying rung (replied 4, clicked 3, read 2, delivered 1), within the closed
-- meaning: window [0, W] before the conversion. The rows of `linear` are the journey: all its
-- meaning: touches in order (`place` of `touches`), with the conversion's net revenue and the age before the last touch.
WITH touch AS (
    SELECT message_key, contact_key, label_key, CASE WHEN response_kind = 'reply' THEN 4 ELSE 3 END AS rung, occurred_us AS touch_us
    FROM response
    WHERE message_key IS NOT NULL AND (response_kind = 'reply' OR (response_kind = 'click' AND {clicks}))
    UNION ALL
    SELECT message_key, contact_key, label_key, 2 AS rung, read_us AS touch_us FROM message WHERE read_us IS NOT NULL
    UNION ALL
    SELECT message_key, contact_key, label_key, 1 AS rung, delivered_us AS touch_us FROM message WHERE delivered_us IS NOT NULL
),
best AS (
    SELECT c.order_key AS order_key, c.order_day AS order_day, c.net_minor AS net_minor, t.message_key AS message_key, MAX(t.label_key) AS label_key,
        MAX(t.rung * 4503599627370496 + t.touch_us) AS rung_and_time
    FROM conversion AS c
    JOIN touch AS t ON c.contact_key = t.contact_key
    {windows}
    WHERE t.touch_us <= c.ordered_us AND t.touch_us >= c.ordered_us - l.window_us
    GROUP BY c.order_key, c.order_day, c.net_minor, t.message_key
),
found AS (
    SELECT order_key, order_day, net_minor, message_key, label_key, idiv(rung_and_time, 4503599627370496) AS rung,
        rung_and_time - idiv(rung_and_time, 4503599627370496) * 4503599627370496 AS touch_us
    FROM best
),
{ordered},
{split}
{rows}
UNION ALL
SELECT c.order_key AS order_key, n.model AS model, CAST(NULL AS BIGINT) AS message_key, c.order_day AS order_day, c.net_minor AS net_minor,
    CAST(NULL AS BIGINT) AS label_key, CAST(NULL AS BIGINT) AS rung, CAST(NULL AS BIGINT) AS touch_us, CAST(NULL AS BIGINT) AS age_us,
    CAST(NULL AS BIGINT) AS place, CAST(NULL AS BIGINT) AS touches, c.net_minor AS credit_minor
FROM conversion AS c
JOIN (
{names}
) AS n ON 1 = 1
LEFT JOIN (SELECT DISTINCT order_key FROM best) AS b ON c.order_key = b.order_key
WHERE b.order_key IS NULL

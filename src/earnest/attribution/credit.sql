-- table: credit
-- grain: one row a conversion, model and credited message, or one unattributed row where no message qualifies
-- key: order_key, model, message_key
-- partition: order_day
-- inputs: conversion, response, message, lookback
-- recompute: contact
-- meaning: net revenue of each conversion split over its touches under each rule model, exact to the minor unit:
-- meaning: the credits of a conversion and model add up to its net revenue. A message touches once, at its highest
-- meaning: qualifying rung (replied 4, clicked 3, read 2, delivered 1), within the closed window [0, W] before the conversion.
WITH touch AS (
    SELECT message_key, contact_key, label_key, CASE WHEN response_kind = 'reply' THEN 4 ELSE 3 END AS rung, occurred_us AS touch_us
    FROM response
    WHERE message_key IS NOT NULL AND (response_kind = 'reply' OR (response_kind = 'click' AND click_class = 'human'))
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
    JOIN lookback AS l ON t.rung = l.rung
    WHERE t.touch_us <= c.ordered_us AND t.touch_us >= c.ordered_us - l.window_us
    GROUP BY c.order_key, c.order_day, c.net_minor, t.message_key
),
placed AS (
    SELECT b.order_key, b.order_day, b.net_minor, b.message_key, b.label_key, b.rung, b.touch_us,
        row_number() OVER (PARTITION BY b.order_key ORDER BY b.touch_us, b.message_key) AS place,
        COUNT(*) OVER (PARTITION BY b.order_key) AS touches
    FROM (
        SELECT order_key, order_day, net_minor, message_key, label_key,
            idiv(rung_and_time, 4503599627370496) AS rung,
            rung_and_time - idiv(rung_and_time, 4503599627370496) * 4503599627370496 AS touch_us
        FROM best
    ) AS b
),
weighted AS (
{weighted}
),
summed AS (
    SELECT order_key, order_day, net_minor, message_key, label_key, rung, touch_us, model, weight,
        CAST(SUM(weight) OVER (PARTITION BY model, order_key ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS running,
        CAST(SUM(weight) OVER (PARTITION BY model, order_key) AS BIGINT) AS whole
    FROM weighted
)
SELECT order_key, model, message_key, order_day, label_key, rung, touch_us,
    idiv(net_minor * running, whole) - idiv(net_minor * (running - weight), whole) AS credit_minor
FROM summed
WHERE weight > 0
UNION ALL
SELECT c.order_key AS order_key, n.model AS model, CAST(NULL AS BIGINT) AS message_key, c.order_day AS order_day, CAST(NULL AS BIGINT) AS label_key,
    CAST(NULL AS BIGINT) AS rung, CAST(NULL AS BIGINT) AS touch_us, c.net_minor AS credit_minor
FROM conversion AS c
JOIN (
{names}
) AS n ON 1 = 1
LEFT JOIN (SELECT DISTINCT order_key FROM best) AS b ON c.order_key = b.order_key
WHERE b.order_key IS NULL

-- table: rated
-- grain: one row a delivered message of which a provider told terms (unless they say nothing of a price, and a file does)
-- key: message_key
-- inputs: message, rating_terms, rating_calendar
-- recompute: message
-- meaning: the cell a message is charged by: its terms, the recipient's zone and the stretch of a UTC day in which it was
-- meaning: delivered (a stretch knows month and card of the account's zone), as one number. All messages of a cell share
-- meaning: market, card and counter.
SELECT
    m.message_key AS message_key,
    m.label_key AS label_key,
    m.send_day AS send_day,
    m.delivered_us AS delivered_us,
    m.conversation_key AS conversation_key,
    m.told_price - idiv(m.told_price, 17592186044416) * 17592186044416 AS told_micro,
    m.terms_key AS terms_key,
    (t.terms_number * 65536 + COALESCE(m.recipient_zone, t.country_zone, 0) + 32768) * 16777216 + COALESCE(c.stretch, 0) AS cell
FROM message AS m
JOIN rating_terms AS t ON m.terms_key = t.terms_key
LEFT JOIN rating_calendar AS c
    ON c.zone_number = t.zone_number AND c.utc_day = idiv(m.delivered_us, 86400000000) AND c.from_us <= m.delivered_us AND c.until_us > m.delivered_us
WHERE m.delivered_us IS NOT NULL AND (t.silent = 0 OR m.cost_micro IS NULL)

-- table: charge
-- grain: one row a delivered message of which a provider told terms
-- key: message_key
-- partition: send_day
-- inputs: rated, rated_cell, rating_step
-- recompute: message, conversation, counter (scope and part)
-- meaning: what the provider charges for each message, exactly, with the card row, tier (step) and reason: null where it
-- meaning: cannot be known. Volume tiers and free allowances go by the order of delivery within a counter's month. Whole cells
-- meaning: are priced at once (a conversation is charged with the message that opened it, and followers are free even after
-- meaning: the cards of its era have ended); only messages with a price or conversation of their own, and those of a day on which a
-- meaning: counter crosses a step, are looked at one by one.
WITH price_cell AS (
    SELECT cell, messages, utc_day, market, price_key, scope, part, told_cost, conversation_era, unknown, one_by_one, reason
    FROM rated_cell
),
single AS (
    SELECT message_key, label_key, send_day, delivered_us, terms_key, told_micro, market, scope, part, utc_day, price_key,
        CASE
            WHEN told_micro IS NOT NULL THEN 2
            WHEN conversation_key IS NOT NULL AND place > 1 THEN 15
            ELSE unknown
        END AS reason
    FROM (
        SELECT message_key, label_key, send_day, delivered_us, terms_key, told_micro, market, scope, part, utc_day, price_key,
            unknown, conversation_key,
            row_number() OVER (
                PARTITION BY conversation_key, CASE WHEN told_micro IS NULL THEN 1 ELSE 0 END ORDER BY delivered_us, message_key
            ) AS place
        FROM (
            SELECT r.message_key AS message_key, r.label_key AS label_key, r.send_day AS send_day, r.delivered_us AS delivered_us,
                r.terms_key AS terms_key, p.market AS market, p.scope AS scope, p.part AS part,
                p.utc_day AS utc_day, p.price_key AS price_key, p.unknown AS unknown,
                CASE WHEN p.told_cost = 1 THEN r.told_micro END AS told_micro,
                CASE WHEN p.conversation_era = 1 THEN r.conversation_key END AS conversation_key
            FROM rated AS r
            JOIN price_cell AS p ON r.cell = p.cell
            WHERE p.one_by_one = 1
        ) AS own
    ) AS ordered
),
counted AS (
    SELECT scope, part, utc_day, price_key, CAST(SUM(messages) AS BIGINT) AS messages
    FROM (
        SELECT scope, part, utc_day, price_key, messages
        FROM price_cell
        WHERE reason IS NULL AND scope IS NOT NULL AND one_by_one = 0
        UNION ALL
        SELECT scope, part, utc_day, price_key, COUNT(*) AS messages
        FROM single
        WHERE reason IS NULL AND scope IS NOT NULL
        GROUP BY scope, part, utc_day, price_key
    ) AS both_kinds
    GROUP BY scope, part, utc_day, price_key
),
day_volume AS (
    SELECT scope, part, utc_day, messages,
        CAST(SUM(messages) OVER (PARTITION BY scope, part ORDER BY utc_day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) - messages AS volume
    FROM (SELECT scope, part, utc_day, CAST(SUM(messages) AS BIGINT) AS messages FROM counted GROUP BY scope, part, utc_day) AS d
),
crossing AS (
    SELECT DISTINCT v.scope AS scope, v.part AS part, v.utc_day AS utc_day
    FROM day_volume AS v
    JOIN counted AS p ON v.scope = p.scope AND v.part = p.part AND v.utc_day = p.utc_day
    JOIN rating_step AS s ON p.price_key = s.price_key
    WHERE (s.until_volume > v.volume AND s.until_volume < v.volume + v.messages)
        OR (s.from_volume > v.volume AND s.from_volume < v.volume + v.messages)
),
cell_of_crossing AS (
    SELECT p.cell AS cell, p.market AS market, p.scope AS scope, p.part AS part, p.utc_day AS utc_day, p.price_key AS price_key
    FROM price_cell AS p
    JOIN crossing AS x ON p.scope = x.scope AND p.part = x.part AND p.utc_day = x.utc_day
    WHERE p.reason IS NULL AND p.one_by_one = 0
),
apart AS (
    SELECT message_key, label_key, send_day, delivered_us, terms_key, told_micro, market, scope, part, utc_day, price_key, reason
    FROM single
    UNION ALL
    SELECT r.message_key AS message_key, r.label_key AS label_key, r.send_day AS send_day, r.delivered_us AS delivered_us,
        r.terms_key AS terms_key, CAST(NULL AS BIGINT) AS told_micro, p.market AS market, p.scope AS scope, p.part AS part,
        p.utc_day AS utc_day, p.price_key AS price_key, CAST(NULL AS INTEGER) AS reason
    FROM rated AS r
    JOIN cell_of_crossing AS p ON r.cell = p.cell
),
placed AS (
    SELECT a.message_key AS message_key, a.label_key AS label_key, a.send_day AS send_day, a.terms_key AS terms_key, a.told_micro AS told_micro,
        a.market AS market, a.price_key AS price_key, a.reason AS reason,
        COALESCE(v.volume, 0) + CASE WHEN v.volume IS NULL THEN 0 ELSE a.place - 1 END AS volume
    FROM (
        SELECT message_key, label_key, send_day, terms_key, told_micro, market, scope, part, utc_day, price_key, reason,
            row_number() OVER (
                PARTITION BY scope, part, utc_day, CASE WHEN reason IS NULL THEN 1 ELSE 0 END ORDER BY delivered_us, message_key
            ) AS place
        FROM apart
    ) AS a
    LEFT JOIN day_volume AS v ON a.scope = v.scope AND a.part = v.part AND a.utc_day = v.utc_day
),
whole_cell AS (
    SELECT p.cell AS cell, p.market AS market, s.card_row AS card_row, s.step AS step, COALESCE(p.reason, s.reason, 21) AS reason,
        CASE WHEN p.reason IS NULL THEN s.price_micro WHEN p.reason < 20 THEN 0 END AS charge_micro
    FROM price_cell AS p
    LEFT JOIN cell_of_crossing AS x ON p.cell = x.cell
    LEFT JOIN day_volume AS v ON p.scope = v.scope AND p.part = v.part AND p.utc_day = v.utc_day
    LEFT JOIN rating_step AS s
        ON p.price_key = s.price_key AND p.reason IS NULL AND s.from_volume <= COALESCE(v.volume, 0) AND s.until_volume > COALESCE(v.volume, 0)
    WHERE x.cell IS NULL AND p.one_by_one = 0
)
SELECT r.message_key AS message_key, r.label_key AS label_key, r.send_day AS send_day, r.terms_key AS terms_key,
    w.market AS market, w.card_row AS card_row, w.step AS step, w.reason AS reason, w.charge_micro AS charge_micro
FROM rated AS r
JOIN whole_cell AS w ON r.cell = w.cell
UNION ALL
SELECT p.message_key AS message_key, p.label_key AS label_key, p.send_day AS send_day, p.terms_key AS terms_key,
    p.market AS market, s.card_row AS card_row, s.step AS step, COALESCE(p.reason, s.reason, 21) AS reason,
    CASE WHEN p.reason = 2 THEN p.told_micro WHEN p.reason = 15 THEN 0 WHEN p.reason IS NULL THEN s.price_micro END AS charge_micro
FROM placed AS p
LEFT JOIN rating_step AS s ON p.price_key = s.price_key AND p.reason IS NULL AND s.from_volume <= p.volume AND s.until_volume > p.volume

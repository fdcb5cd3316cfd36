-- table: rated_cell
-- grain: one row a cell of rated messages
-- key: cell
-- inputs: rated, rating_terms, rating_calendar, rating_market, rating_rate
-- recompute: cell
-- meaning: what all messages of a cell share: market, price key in force when they were delivered (in their account's zone), the
-- meaning: monthly counter they belong to (scope and part; null if none), or the reason why they are free or cannot be priced.
-- meaning: A cell whose messages have prices or conversations of their own is marked one_by_one.
SELECT cell, messages, utc_day, market, price_key, scope, part, told_cost, conversation_era, unknown,
    CASE WHEN free_reason IS NULL AND (told_cost = 1 OR conversation_era = 1) THEN 1 ELSE 0 END AS one_by_one,
    CASE WHEN free_reason IS NOT NULL THEN free_reason ELSE unknown END AS reason
FROM (
    SELECT n.cell AS cell, n.messages AS messages, c.utc_day AS utc_day, k.market AS market, r.price_key AS price_key,
        t.free_reason AS free_reason, t.told_cost AS told_cost, CASE WHEN r.conversation_era = 1 THEN 1 ELSE 0 END AS conversation_era,
        CASE WHEN r.counter = 1 THEN t.portfolio_key WHEN r.counter = 2 THEN t.number_key WHEN r.counter = 3 THEN t.account_key END AS scope,
        r.part * 100000 + c.month_index AS part,
        CASE
            WHEN t.class_key IS NULL THEN 23
            WHEN c.stretch IS NULL THEN 22
            WHEN k.market IS NULL THEN 20
            WHEN r.price_key IS NULL THEN r.unknown
        END AS unknown
    FROM (
        SELECT cell, COUNT(*) AS messages,
            idiv(cell, 1099511627776) AS terms_number,
            idiv(cell, 16777216) - idiv(cell, 1099511627776) * 65536 - 32768 AS zone,
            cell - idiv(cell, 16777216) * 16777216 AS stretch
        FROM rated
        GROUP BY cell
    ) AS n
    JOIN rating_terms AS t ON n.terms_number = t.terms_number
    LEFT JOIN rating_calendar AS c ON n.stretch = c.stretch
    LEFT JOIN rating_market AS k ON k.recipient_zone = n.zone AND k.market_period = c.market_period
    LEFT JOIN rating_rate AS r ON r.class_key = t.class_key AND r.card_period = c.card_period AND r.market = k.market
) AS found

-- table: charge_cell
-- grain: one row a label, send day, terms, market, card row, step and reason
-- key: label_key, send_day, terms_key, market, card_row, step, reason
-- inputs: charge
-- recompute: send_day
-- meaning: how many delivered messages were charged so, what they cost in their account's currency, how many have a
-- meaning: known charge (priced) and one above 0 (charged); adds over days and labels
SELECT
    label_key,
    send_day,
    terms_key,
    market,
    card_row,
    step,
    reason,
    COUNT(*) AS messages,
    COUNT(charge_micro) AS priced,
    CAST(SUM(CASE WHEN charge_micro > 0 THEN 1 ELSE 0 END) AS BIGINT) AS charged,
    CAST(SUM(COALESCE(charge_micro, 0)) AS BIGINT) AS charge_micro
FROM charge
GROUP BY label_key, send_day, terms_key, market, card_row, step, reason

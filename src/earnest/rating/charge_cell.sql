-- table: charge_cell
-- grain: one row a label, send day, terms, market, card row, step and reason
-- key: label_key, send_day, terms_key, market, card_row, step, reason
-- inputs: charge
-- recompute: send_day
-- meaning: how many delivered messages were charged so, what they cost in their account's currency, and how many have no
-- meaning: known charge; adds over days and labels
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
    CAST(SUM(COALESCE(charge_micro, 0)) AS BIGINT) AS charge_micro
FROM charge
GROUP BY label_key, send_day, terms_key, market, card_row, step, reason

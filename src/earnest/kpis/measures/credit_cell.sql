-- table: credit_cell
-- grain: one row a model, label and day of conversion; label null is unattributed
-- key: model, label_key, order_day
-- inputs: credit
-- recompute: order_day
-- meaning: attributed net revenue, adding over days and labels; with the unattributed row it is the net revenue of the day
SELECT model, label_key, order_day, COUNT(*) AS credits, CAST(SUM(credit_minor) AS BIGINT) AS credit_minor
FROM credit
GROUP BY model, label_key, order_day

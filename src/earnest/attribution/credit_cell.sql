-- table: credit_cell
-- grain: one row a model, label and day of conversion; label null is unattributed
-- key: model, label_key, order_day
-- inputs: credit, decay
-- recompute: order_day
-- meaning: attributed net revenue under every stored rule model, adding over days and labels; with the unattributed row it is
-- meaning: the net revenue of the day. `credits` counts touches that got a share (a share may be 0), or unattributed conversions.
WITH journey AS (
    SELECT order_key, order_day, net_minor, message_key, label_key, rung, touch_us, age_us, place, touches
    FROM credit
    WHERE model = 'linear' AND message_key IS NOT NULL
),
{split},
summed_cell AS (
    SELECT label_key, order_day{sums}
    FROM split
    GROUP BY label_key, order_day
)
SELECT model, label_key, order_day, CAST(SUM(credits) AS BIGINT) AS credits, CAST(SUM(credit_minor) AS BIGINT) AS credit_minor
FROM (
{cells}
    UNION ALL
    SELECT n.model AS model, c.label_key AS label_key, c.order_day AS order_day, 1 AS credits, c.credit_minor AS credit_minor
    FROM credit AS c
    JOIN (
{names}
    ) AS n ON 1 = 1
    WHERE c.model = 'linear' AND c.message_key IS NULL
) AS cell
GROUP BY model, label_key, order_day

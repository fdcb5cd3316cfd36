-- table: funnel_hour_cell
-- grain: one row a label, send day and hour of the send
-- key: label_key, send_day, send_hour
-- inputs: message, response, zone_offset
-- recompute: send_day
-- meaning: the counts of `funnel_cell` by the hour (0 to 23) of the business zone in which messages were sent; adds over days,
-- meaning: labels and hours. Of the hour that a clock is put back to both count as one.
SELECT label_key, send_day, send_hour, {sums_reached}, {sums_answered}
FROM (
    SELECT p.*,
        idiv(p.quarter * 900000000 + z.offset_us, 3600000000) - 24 * idiv(p.quarter * 900000000 + z.offset_us, 86400000000) AS send_hour
    FROM (
        SELECT label_key, send_day, idiv(send_us, 900000000) AS quarter, {reached}, {not_answered}
        FROM message
        GROUP BY label_key, send_day, idiv(send_us, 900000000)
        UNION ALL
        SELECT label_key, send_day, idiv(send_us, 900000000) AS quarter, {not_reached}, {answered}
        FROM response
        WHERE message_key IS NOT NULL
        GROUP BY label_key, send_day, idiv(send_us, 900000000)
    ) AS p
    JOIN zone_offset AS z ON p.quarter * 900000000 >= z.from_us AND p.quarter * 900000000 < z.until_us
) AS part
GROUP BY label_key, send_day, send_hour

-- table: funnel_zone_cell
-- grain: one row a label, send day and zone of the recipient's number (null where there is no number)
-- key: label_key, send_day, recipient_zone
-- inputs: message, response
-- recompute: send_day
-- meaning: the counts of `funnel_cell` by calling code, with the national class where one code has several countries; adds over
-- meaning: days, labels and zones
SELECT label_key, send_day, recipient_zone, {sums_reached}, {sums_answered}
FROM (
    SELECT label_key, send_day, recipient_zone, {reached}, {not_answered}
    FROM message
    GROUP BY label_key, send_day, recipient_zone
    UNION ALL
    SELECT label_key, send_day, recipient_zone, {not_reached}, {answered}
    FROM response
    WHERE message_key IS NOT NULL
    GROUP BY label_key, send_day, recipient_zone
) AS part
GROUP BY label_key, send_day, recipient_zone

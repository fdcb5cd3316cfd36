-- table: funnel_hour_cell
-- grain: one row a label, send day and hour of the send
-- key: label_key, send_day, send_hour
-- inputs: message, response, zone_offset
-- recompute: send_day
-- meaning: the counts of `funnel_cell` by the hour (0 to 23) of the business zone in which messages were sent; adds over days,
-- meaning: labels and hours. Of the hour that a clock is put back to both count as one.
SELECT
    label_key,
    send_day,
    send_hour,
    CAST(SUM(messages) AS BIGINT) AS messages,
    CAST(SUM(sent) AS BIGINT) AS sent,
    CAST(SUM(delivered) AS BIGINT) AS delivered,
    CAST(SUM(was_read) AS BIGINT) AS was_read,
    CAST(SUM(failed) AS BIGINT) AS failed,
    CAST(SUM(clicked) AS BIGINT) AS clicked,
    CAST(SUM(replied) AS BIGINT) AS replied,
    CAST(SUM(opted_out) AS BIGINT) AS opted_out,
    CAST(SUM(all_clicks) AS BIGINT) AS all_clicks,
    CAST(SUM(human_clicks) AS BIGINT) AS human_clicks,
    CAST(SUM(machine_clicks) AS BIGINT) AS machine_clicks
FROM (
    SELECT p.*,
        idiv(p.quarter * 900000000 + z.offset_us, 3600000000) - 24 * idiv(p.quarter * 900000000 + z.offset_us, 86400000000) AS send_hour
    FROM (
        SELECT label_key, send_day, idiv(send_us, 900000000) AS quarter,
            COUNT(*) AS messages,
            COUNT(sent_us) AS sent,
            COUNT(delivered_us) AS delivered,
            COUNT(read_us) AS was_read,
            CAST(SUM(CASE WHEN failed_us IS NOT NULL AND delivered_us IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS failed,
            0 AS clicked, 0 AS replied, 0 AS opted_out, 0 AS all_clicks, 0 AS human_clicks, 0 AS machine_clicks
        FROM message
        GROUP BY label_key, send_day, idiv(send_us, 900000000)
        UNION ALL
        SELECT label_key, send_day, idiv(send_us, 900000000) AS quarter, 0 AS messages, 0 AS sent, 0 AS delivered, 0 AS was_read, 0 AS failed,
            CAST(SUM(CASE WHEN response_kind = 'click' THEN counted ELSE 0 END) AS BIGINT) AS clicked,
            CAST(SUM(CASE WHEN response_kind = 'reply' THEN counted ELSE 0 END) AS BIGINT) AS replied,
            CAST(SUM(CASE WHEN response_kind = 'opt_out' THEN counted ELSE 0 END) AS BIGINT) AS opted_out,
            COUNT(click_class) AS all_clicks,
            CAST(SUM(human) AS BIGINT) AS human_clicks,
            CAST(SUM(CASE WHEN click_class IN ('preview', 'prefetch', 'bot') THEN 1 ELSE 0 END) AS BIGINT) AS machine_clicks
        FROM response
        WHERE message_key IS NOT NULL
        GROUP BY label_key, send_day, idiv(send_us, 900000000)
    ) AS p
    JOIN zone_offset AS z ON p.quarter * 900000000 >= z.from_us AND p.quarter * 900000000 < z.until_us
) AS part
GROUP BY label_key, send_day, send_hour

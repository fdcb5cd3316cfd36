-- table: failure_cell
-- grain: one row a label, send day and error code
-- key: label_key, send_day, error_code
-- inputs: message
-- recompute: send_day
-- meaning: how many messages of a cohort failed and never arrived, by the provider's reason; adds over days and labels
SELECT
    label_key,
    send_day,
    error_code,
    COUNT(*) AS failed
FROM message
WHERE failed_us IS NOT NULL AND delivered_us IS NULL
GROUP BY label_key, send_day, error_code

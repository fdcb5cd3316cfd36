-- table: message
-- grain: one row a message
-- key: message_key
-- partition: send_day
-- inputs: message_partial, event_watermark, identity
-- recompute: message
-- meaning: state of each message: the earliest instant at which it is known to have reached each state.
-- meaning: A price the provider tells (told_price) carries 2^44 if it was told with the delivery, so that the last one holds.
-- meaning: Read implies delivered, anything beyond accepted implies sent. Only MIN and MAX, so order and repetition cost nothing.
-- meaning: A watermark (everything sent until then was delivered, or read) counts for the contact's messages sent before it.
-- meaning: own_contact_key is the identity the message was sent to; contact_key the person it belongs to.
SELECT
    f.message_key AS message_key,
    f.own_contact_key AS own_contact_key,
    COALESCE(i.person_key, f.own_contact_key) AS contact_key,
    f.label_key AS label_key,
    f.recipient_zone AS recipient_zone,
    f.cost_micro AS cost_micro,
    f.terms_key AS terms_key,
    f.told_price AS told_price,
    f.conversation_key AS conversation_key,
    f.send_us AS send_us,
    f.send_day AS send_day,
    f.sent_us AS sent_us,
    CASE WHEN f.delivered_us IS NULL OR w.delivered_us < f.delivered_us THEN w.delivered_us ELSE f.delivered_us END AS delivered_us,
    CASE WHEN f.read_us IS NULL OR w.read_us < f.read_us THEN w.read_us ELSE f.read_us END AS read_us,
    f.failed_us AS failed_us,
    f.error_code AS error_code
FROM (
    SELECT
        message_key,
        MAX(own_contact_key) AS own_contact_key,
        MAX(label_key) AS label_key,
        MAX(recipient_zone) AS recipient_zone,
        MAX(cost_micro) AS cost_micro,
        MAX(terms_key) AS terms_key,
        MAX(told_price) AS told_price,
        MAX(conversation_key) AS conversation_key,
        MIN(send_us) AS send_us,
        MIN(send_day) AS send_day,
        MIN(sent_us) AS sent_us,
        MIN(delivered_us) AS delivered_us,
        MIN(read_us) AS read_us,
        MIN(failed_us) AS failed_us,
        MAX(error_code) AS error_code
    FROM message_partial
    GROUP BY message_key
) AS f
LEFT JOIN identity AS i ON f.own_contact_key = i.contact_key
LEFT JOIN (
    SELECT s.message_key AS message_key, MIN(s.delivered_us) AS delivered_us, MIN(s.read_us) AS read_us
    FROM (
        SELECT
            u.message_key AS message_key,
            MIN(u.delivered_us) OVER (PARTITION BY u.own_contact_key ORDER BY u.at_us DESC, u.place, u.message_key
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS delivered_us,
            MIN(u.read_us) OVER (PARTITION BY u.own_contact_key ORDER BY u.at_us DESC, u.place, u.message_key
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS read_us
        FROM (
            SELECT p.message_key AS message_key, MAX(p.own_contact_key) AS own_contact_key, MIN(p.send_us) AS at_us, 1 AS place,
                CAST(NULL AS BIGINT) AS delivered_us, CAST(NULL AS BIGINT) AS read_us
            FROM message_partial AS p
            JOIN (
                SELECT DISTINCT q.message_key AS message_key
                FROM message_partial AS q
                JOIN (SELECT DISTINCT contact_key FROM event_watermark) AS c ON q.own_contact_key = c.contact_key
            ) AS k ON p.message_key = k.message_key
            GROUP BY p.message_key
            UNION ALL
            SELECT CAST(NULL AS BIGINT) AS message_key, e.contact_key AS own_contact_key, e.until_us AS at_us, 0 AS place,
                e.occurred_us AS delivered_us, CASE WHEN e.status = 4 THEN e.occurred_us END AS read_us
            FROM event_watermark AS e
            WHERE e.contact_key IS NOT NULL
        ) AS u
    ) AS s
    WHERE s.message_key IS NOT NULL
    GROUP BY s.message_key
) AS w ON f.message_key = w.message_key

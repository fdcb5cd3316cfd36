-- table: response
-- grain: one row a click, reply, opt-in or opt-out
-- key: response_key
-- partition: response_day
-- inputs: answer, message
-- recompute: contact
-- meaning: what contacts did and which message it answers: the one the source names, else the contact's latest message
-- meaning: of the 72 hours before. `counted` is 1 on the first of its kind a message got within 72 hours of its send
-- meaning: (clicks: the first human one, at any time), so that sums of it count answered messages.
SELECT
    r.response_key AS response_key,
    r.response_kind AS response_kind,
    r.occurred_us AS occurred_us,
    r.response_day AS response_day,
    r.given_message_key AS given_message_key,
    r.told_contact_key AS told_contact_key,
    r.own_contact_key AS own_contact_key,
    r.click_class AS click_class,
    r.message_key AS message_key,
    r.contact_key AS contact_key,
    r.label_key AS label_key,
    r.send_day AS send_day,
    CASE
        WHEN r.message_key IS NULL OR r.in_time = 0 THEN 0
        WHEN row_number() OVER (PARTITION BY r.message_key, r.response_kind, r.in_time ORDER BY r.occurred_us, r.response_key) = 1 THEN 1
        ELSE 0
    END AS counted
FROM (
    SELECT
        b.*,
        CASE
            WHEN b.response_kind = 'click' AND b.click_class = 'human' AND b.occurred_us >= b.send_us THEN 1
            WHEN b.response_kind <> 'click' AND b.occurred_us >= b.send_us AND b.occurred_us < b.send_us + 259200000000 THEN 1
            ELSE 0
        END AS in_time
    FROM (
        SELECT a.*, m.message_key AS message_key, COALESCE(a.own_contact_key, m.contact_key) AS contact_key, m.label_key AS label_key,
            m.send_day AS send_day, m.send_us AS send_us
        FROM answer AS a
        LEFT JOIN message AS m ON a.given_message_key = m.message_key
        WHERE a.given_message_key IS NOT NULL
        UNION ALL
        SELECT a.*, p.message_key AS message_key, a.own_contact_key AS contact_key, p.label_key AS label_key, p.send_day AS send_day, p.send_us AS send_us
        FROM answer AS a
        LEFT JOIN (
            SELECT f.response_key AS response_key, m.message_key AS message_key, m.label_key AS label_key, m.send_day AS send_day, m.send_us AS send_us,
                row_number() OVER (PARTITION BY f.response_key ORDER BY m.send_us DESC, m.message_key DESC) AS place
            FROM answer AS f
            JOIN message AS m ON f.own_contact_key = m.contact_key AND m.send_us <= f.occurred_us AND m.send_us > f.occurred_us - 259200000000
            WHERE f.given_message_key IS NULL
        ) AS p ON a.response_key = p.response_key AND p.place = 1
        WHERE a.given_message_key IS NULL
    ) AS b
) AS r

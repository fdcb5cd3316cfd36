-- table: answer
-- grain: one row a click, reply, opt-in or opt-out
-- key: response_key
-- inputs: event_click, event_reply, event_opt, identity
-- recompute: response
-- meaning: what contacts did, told once; not yet joined to a message
-- meaning: told_contact_key is the identity that answered, own_contact_key the person it belongs to
-- meaning: told_class and told_reason are a click's by itself; link is what was opened: our link, else the sender's own token
SELECT
    t.response_key AS response_key,
    t.response_kind AS response_kind,
    t.occurred_us AS occurred_us,
    t.response_day AS response_day,
    t.given_message_key AS given_message_key,
    t.told_contact_key AS told_contact_key,
    COALESCE(i.person_key, t.told_contact_key) AS own_contact_key,
    t.told_class AS told_class,
    t.told_reason AS told_reason,
    t.link AS link,
    t.within AS within,
    t.visitor_key AS visitor_key
FROM (
    SELECT
        a.response_key AS response_key,
        MAX(a.response_kind) AS response_kind,
        MIN(a.occurred_us) AS occurred_us,
        MIN(a.local_day) AS response_day,
        MAX(a.given_message_key) AS given_message_key,
        MAX(a.contact_key) AS told_contact_key,
        MIN(a.told_class) AS told_class,
        MIN(a.told_reason) AS told_reason,
        MIN(a.link) AS link,
        MIN(a.within) AS within,
        MIN(a.visitor_key) AS visitor_key
    FROM (
        SELECT event_key AS response_key, 'click' AS response_kind, occurred_us, local_day, message_key AS given_message_key, contact_key,
            COALESCE(click_class, 'unknown') AS told_class, reason AS told_reason, COALESCE(link, token) AS link, within, visitor_key
        FROM event_click
        UNION ALL
        SELECT event_key AS response_key, 'reply' AS response_kind, occurred_us, local_day, message_key AS given_message_key, contact_key,
            CAST(NULL AS VARCHAR) AS told_class, CAST(NULL AS VARCHAR) AS told_reason, CAST(NULL AS VARCHAR) AS link,
            CAST(NULL AS VARCHAR) AS within, CAST(NULL AS BIGINT) AS visitor_key
        FROM event_reply
        UNION ALL
        SELECT event_key AS response_key, CASE WHEN direction = 'out' THEN 'opt_out' ELSE 'opt_in' END AS response_kind, occurred_us, local_day,
            message_key AS given_message_key, contact_key,
            CAST(NULL AS VARCHAR) AS told_class, CAST(NULL AS VARCHAR) AS told_reason, CAST(NULL AS VARCHAR) AS link,
            CAST(NULL AS VARCHAR) AS within, CAST(NULL AS BIGINT) AS visitor_key
        FROM event_opt
    ) AS a
    GROUP BY a.response_key
) AS t
LEFT JOIN identity AS i ON t.told_contact_key = i.contact_key

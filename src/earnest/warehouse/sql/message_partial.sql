-- table: message_partial
-- grain: one row a status event (or, in an incremental build, a message's state so far)
-- key: message_key
-- inputs: event_message
-- recompute: message
-- meaning: a status event written as what it says about its message, so that events and states fold the same way
SELECT
    e.message_key AS message_key,
    e.contact_key AS own_contact_key,
    e.label_key AS label_key,
    e.recipient_zone AS recipient_zone,
    e.cost_micro AS cost_micro,
    e.terms_key AS terms_key,
    CASE WHEN e.status = 3 OR e.status = 4 THEN 17592186044416 ELSE 0 END + e.told_cost_micro AS told_price,
    e.conversation_key AS conversation_key,
    e.occurred_us AS send_us,
    e.local_day AS send_day,
    CASE WHEN e.status >= 2 THEN e.occurred_us END AS sent_us,
    CASE WHEN e.status = 3 OR e.status = 4 THEN e.occurred_us END AS delivered_us,
    CASE WHEN e.status = 4 THEN e.occurred_us END AS read_us,
    CASE WHEN e.status = 5 THEN e.occurred_us END AS failed_us,
    CASE WHEN e.status = 5 THEN e.error_code END AS error_code
FROM event_message AS e

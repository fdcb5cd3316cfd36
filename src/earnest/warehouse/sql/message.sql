-- table: message
-- grain: one row a message
-- key: message_key
-- partition: send_day
-- inputs: message_partial
-- recompute: message
-- meaning: state of each message: the earliest instant at which it is known to have reached each state.
-- meaning: A price the provider tells (told_price) carries 2^44 if it was told with the delivery, so that the last one holds.
-- meaning: Read implies delivered, anything beyond accepted implies sent. Only MIN and MAX, so order and repetition cost nothing.
SELECT
    message_key,
    MAX(contact_key) AS contact_key,
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

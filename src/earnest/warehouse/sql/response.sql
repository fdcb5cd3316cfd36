-- table: response
-- grain: one row a click, reply, opt-in or opt-out
-- key: response_key
-- partition: response_day
-- inputs: answer, message, label_within
-- recompute: contact, or visitor where no contact is known
-- meaning: what contacts did and which message it answers: the one the source names, else the contact's latest message
-- meaning: of the 30 days before that says of itself what the click's link goes in (`within`), else the latest of the 72 hours
-- meaning: before. `click_class` is what the click is beside others, `class_reason` why: `told_class` by itself, but bot (burst) if
-- meaning: the same contact opened 3 or more links within a second of it, prefetch (too-soon) if our link was opened less than a
-- meaning: second after its message was sent. `human` is 1 on human clicks, but not on one that follows another of the same contact
-- meaning: and link within 30 seconds (repeated). A visitor may be many people behind one network: where no contact is known none
-- meaning: is in a burst, and of a visitor's on one link all but the first in each 30 seconds of the clock are repeated. `counted`
-- meaning: is 1 on the first of its kind a message got within 72 hours of its send (clicks: the first of class human, at any time,
-- meaning: repeated or not; opt-outs: only of a message that was delivered, so that they are a share of the delivered ones), so that sums of it
-- meaning: count answered messages. recipient_zone, send_us and send_day are the message's.
WITH opened AS (
    SELECT response_key, own_contact_key AS who_key, link, told_class, occurred_us, idiv(occurred_us, 1000000) AS at_s
    FROM answer
    WHERE link IS NOT NULL AND own_contact_key IS NOT NULL
),
busy AS (
    SELECT g.who_key AS who_key, g.link AS link, g.at_s AS at_s, g.first_us AS first_us, g.last_us AS last_us,
        row_number() OVER (PARTITION BY g.who_key, g.at_s ORDER BY g.first_us, g.link) AS early,
        row_number() OVER (PARTITION BY g.who_key, g.at_s ORDER BY g.last_us DESC, g.link) AS late
    FROM (
        SELECT who_key, link, at_s, MIN(occurred_us) AS first_us, MAX(occurred_us) AS last_us
        FROM opened
        GROUP BY who_key, link, at_s
    ) AS g
),
burst AS (
    SELECT o.response_key AS response_key
    FROM opened AS o
    JOIN (
        SELECT who_key, link, at_s AS near_s, first_us, last_us FROM busy WHERE early <= 3
        UNION ALL
        SELECT who_key, link, at_s - 1 AS near_s, first_us, last_us FROM busy WHERE early <= 3
        UNION ALL
        SELECT who_key, link, at_s + 1 AS near_s, first_us, last_us FROM busy WHERE late <= 3
    ) AS n ON o.who_key = n.who_key AND o.at_s = n.near_s AND n.first_us <= o.occurred_us + 1000000 AND n.last_us >= o.occurred_us - 1000000
    WHERE o.told_class IN ('human', 'unknown')
    GROUP BY o.response_key
    HAVING COUNT(DISTINCT n.link) >= 3
),
matched AS (
    SELECT c.response_key AS response_key, c.message_key AS message_key, c.label_key AS label_key, c.recipient_zone AS recipient_zone,
        c.send_day AS send_day, c.send_us AS send_us, c.delivered_us AS delivered_us,
        row_number() OVER (PARTITION BY c.response_key ORDER BY c.says_so DESC, c.send_us DESC, c.message_key DESC) AS place
    FROM (
        SELECT f.response_key AS response_key, 0 AS says_so, m.message_key AS message_key, m.label_key AS label_key,
            m.recipient_zone AS recipient_zone, m.send_day AS send_day, m.send_us AS send_us, m.delivered_us AS delivered_us
        FROM answer AS f
        JOIN message AS m ON f.own_contact_key = m.contact_key AND m.send_us <= f.occurred_us AND m.send_us > f.occurred_us - 259200000000
        WHERE f.given_message_key IS NULL
        UNION ALL
        SELECT f.response_key AS response_key, 1 AS says_so, m.message_key AS message_key, m.label_key AS label_key,
            m.recipient_zone AS recipient_zone, m.send_day AS send_day, m.send_us AS send_us, m.delivered_us AS delivered_us
        FROM answer AS f
        JOIN message AS m ON f.own_contact_key = m.contact_key AND m.send_us <= f.occurred_us AND m.send_us > f.occurred_us - 2592000000000
        JOIN label_within AS l ON m.label_key = l.label_key AND f.within = l.says
        WHERE f.given_message_key IS NULL AND f.within IS NOT NULL
    ) AS c
),
judged AS (
    SELECT b.*,
        CASE
            WHEN b.response_kind <> 'click' OR b.told_class NOT IN ('human', 'unknown') THEN NULL
            WHEN s.response_key IS NOT NULL THEN 'burst'
            WHEN b.told_reason IS NOT NULL AND b.occurred_us < b.send_us + 1000000 THEN 'too-soon'
        END AS context
    FROM (
        SELECT a.*, m.message_key AS message_key, COALESCE(a.own_contact_key, m.contact_key) AS contact_key, m.label_key AS label_key,
            m.recipient_zone AS recipient_zone, m.send_day AS send_day, m.send_us AS send_us, m.delivered_us AS delivered_us
        FROM answer AS a
        LEFT JOIN message AS m ON a.given_message_key = m.message_key
        WHERE a.given_message_key IS NOT NULL
        UNION ALL
        SELECT a.*, p.message_key AS message_key, a.own_contact_key AS contact_key, p.label_key AS label_key, p.recipient_zone AS recipient_zone,
            p.send_day AS send_day, p.send_us AS send_us, p.delivered_us AS delivered_us
        FROM answer AS a
        LEFT JOIN matched AS p ON a.response_key = p.response_key AND p.place = 1
        WHERE a.given_message_key IS NULL
    ) AS b
    LEFT JOIN burst AS s ON b.response_key = s.response_key
),
pressed AS (
    SELECT response_key, occurred_us, own_contact_key, visitor_key, link, idiv(occurred_us, 30000000) AS half_minute
    FROM judged
    WHERE told_class = 'human' AND context IS NULL AND link IS NOT NULL
),
repeated AS (
    SELECT w.response_key AS response_key
    FROM (
        SELECT response_key, occurred_us,
            MAX(occurred_us) OVER (PARTITION BY own_contact_key, link ORDER BY occurred_us, response_key
                ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS before_us
        FROM pressed
        WHERE own_contact_key IS NOT NULL
    ) AS w
    WHERE w.occurred_us - w.before_us <= 30000000
    UNION ALL
    SELECT v.response_key AS response_key
    FROM (
        SELECT response_key, row_number() OVER (PARTITION BY visitor_key, link, half_minute ORDER BY occurred_us, response_key) AS place
        FROM pressed
        WHERE own_contact_key IS NULL AND visitor_key IS NOT NULL
    ) AS v
    WHERE v.place > 1
)
SELECT
    r.response_key AS response_key,
    r.response_kind AS response_kind,
    r.occurred_us AS occurred_us,
    r.response_day AS response_day,
    r.given_message_key AS given_message_key,
    r.told_contact_key AS told_contact_key,
    r.own_contact_key AS own_contact_key,
    r.told_class AS told_class,
    r.told_reason AS told_reason,
    r.link AS link,
    r.within AS within,
    r.visitor_key AS visitor_key,
    r.click_class AS click_class,
    r.class_reason AS class_reason,
    r.human AS human,
    r.message_key AS message_key,
    r.contact_key AS contact_key,
    r.label_key AS label_key,
    r.recipient_zone AS recipient_zone,
    r.send_us AS send_us,
    r.send_day AS send_day,
    CASE
        WHEN r.message_key IS NULL OR r.in_time = 0 THEN 0
        WHEN row_number() OVER (PARTITION BY r.message_key, r.response_kind, r.in_time ORDER BY r.occurred_us, r.response_key) = 1 THEN 1
        ELSE 0
    END AS counted
FROM (
    SELECT
        h.*,
        CASE
            WHEN h.click_class = 'human' THEN 1
            WHEN h.response_kind = 'opt_out' AND h.delivered_us IS NULL THEN 0
            WHEN h.response_kind <> 'click' AND h.occurred_us >= h.send_us AND h.occurred_us < h.send_us + 259200000000 THEN 1
            ELSE 0
        END AS in_time
    FROM (
        SELECT
            j.*,
            CASE WHEN j.context = 'burst' THEN 'bot' WHEN j.context = 'too-soon' THEN 'prefetch' ELSE j.told_class END AS click_class,
            CASE WHEN d.response_key IS NOT NULL THEN 'repeated' ELSE COALESCE(j.context, j.told_reason) END AS class_reason,
            CASE WHEN j.told_class = 'human' AND j.context IS NULL AND d.response_key IS NULL THEN 1 ELSE 0 END AS human
        FROM judged AS j
        LEFT JOIN repeated AS d ON j.response_key = d.response_key
    ) AS h
) AS r

-- table: unit
-- grain: one row a unit of one experiment
-- key: contact_key
-- inputs: event_assignment, identity, conversion
-- recompute: contact
-- meaning: each assigned unit, its first arm, and its outcomes within the window that begins with its assignment;
-- meaning: arms counts the arms of the person, own_arms the most that one of its identities was assigned to: where they differ,
-- meaning: identities of different arms turned out to be one person;
-- meaning: intention to treat: units count in the arm they were assigned to, whatever they received
SELECT
    u.contact_key AS contact_key,
    MIN(u.arm) AS arm,
    MIN(u.arms) AS arms,
    MIN(u.own_arms) AS own_arms,
    MIN(u.assigned_us) AS assigned_us,
    COUNT(c.order_key) AS orders,
    CAST(COALESCE(SUM(c.net_minor), 0) AS BIGINT) AS revenue_minor,
    CAST(COALESCE(SUM(c.discount_minor), 0) AS BIGINT) AS discount_minor
FROM (
    SELECT p.contact_key AS contact_key, p.arm AS arm, p.occurred_us AS assigned_us, n.arms AS arms, o.own_arms AS own_arms,
        row_number() OVER (PARTITION BY p.contact_key ORDER BY p.occurred_us, p.arm) AS place
    FROM (
        SELECT COALESCE(i.person_key, e.contact_key) AS contact_key, e.arm AS arm, e.occurred_us AS occurred_us
        FROM event_assignment AS e
        LEFT JOIN identity AS i ON e.contact_key = i.contact_key
        WHERE e.experiment = $experiment
    ) AS p
    JOIN (
        SELECT COALESCE(i.person_key, e.contact_key) AS contact_key, COUNT(DISTINCT e.arm) AS arms
        FROM event_assignment AS e
        LEFT JOIN identity AS i ON e.contact_key = i.contact_key
        WHERE e.experiment = $experiment
        GROUP BY COALESCE(i.person_key, e.contact_key)
    ) AS n ON p.contact_key = n.contact_key
    JOIN (
        SELECT d.contact_key AS contact_key, MAX(d.own_arms) AS own_arms
        FROM (
            SELECT COALESCE(i.person_key, e.contact_key) AS contact_key, e.contact_key AS own_contact_key, COUNT(DISTINCT e.arm) AS own_arms
            FROM event_assignment AS e
            LEFT JOIN identity AS i ON e.contact_key = i.contact_key
            WHERE e.experiment = $experiment
            GROUP BY COALESCE(i.person_key, e.contact_key), e.contact_key
        ) AS d
        GROUP BY d.contact_key
    ) AS o ON p.contact_key = o.contact_key
) AS u
LEFT JOIN conversion AS c
    ON u.contact_key = c.contact_key AND c.cancelled = 0 AND c.ordered_us >= u.assigned_us AND c.ordered_us < u.assigned_us + $window_us
WHERE u.place = 1
GROUP BY u.contact_key

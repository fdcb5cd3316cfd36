-- table: conversion
-- grain: one row an order or other conversion
-- key: order_key
-- partition: order_day
-- inputs: event_order, event_conversion, event_refund, identity, excluded
-- recompute: order
-- meaning: the version in force of each order, with its refunds (the latest telling of each); net_minor is what was paid less tax, shipping and refunds
-- meaning: orders that somebody excluded, by key or by their day, are left out
SELECT
    v.order_key AS order_key,
    v.conversion_kind AS conversion_kind,
    COALESCE(i.person_key, v.contact_key) AS contact_key,
    v.occurred_us AS ordered_us,
    v.local_day AS order_day,
    CASE WHEN v.cancelled THEN 0 ELSE COALESCE(v.net_minor, 0) END AS before_refunds_minor,
    CASE WHEN v.cancelled THEN 0 ELSE COALESCE(f.refund_minor, 0) END AS refund_minor,
    CASE WHEN v.cancelled THEN 0 ELSE COALESCE(v.net_minor, 0) - COALESCE(f.refund_minor, 0) END AS net_minor,
    CASE WHEN v.cancelled THEN 0 ELSE COALESCE(v.discount_minor, 0) END AS discount_minor,
    CASE WHEN v.cancelled THEN 1 ELSE 0 END AS cancelled,
    v.coupon AS coupon
FROM (
    SELECT u.*, row_number() OVER (PARTITION BY u.order_key ORDER BY COALESCE(u.updated_us, 0) DESC, u.received_us DESC, u.event_key DESC,
            u.contact_key DESC, u.discount_minor DESC, u.conversion_kind DESC, COALESCE(u.coupon, '') DESC) AS place
    FROM (
        SELECT order_key, conversion_kind, contact_key, occurred_us, local_day, net_minor, discount_minor, cancelled, coupon, updated_us, received_us,
            event_key
        FROM event_order
        UNION ALL
        SELECT order_key, conversion_kind, contact_key, occurred_us, local_day, net_minor, discount_minor, cancelled, coupon, updated_us, received_us,
            event_key
        FROM event_conversion
    ) AS u
) AS v
LEFT JOIN identity AS i ON v.contact_key = i.contact_key
LEFT JOIN (
    SELECT order_key, CAST(SUM(refund_minor) AS BIGINT) AS refund_minor
    FROM (
        SELECT CASE WHEN k.order_key IS NULL THEN r.conversion_key ELSE r.order_key END AS order_key, r.refund_minor AS refund_minor,
            row_number() OVER (PARTITION BY r.event_key ORDER BY r.received_us DESC, r.refund_minor DESC, r.order_key DESC) AS place
        FROM event_refund AS r
        LEFT JOIN (SELECT DISTINCT order_key FROM event_order) AS k ON r.order_key = k.order_key
    ) AS once
    WHERE place = 1
    GROUP BY order_key
) AS f ON v.order_key = f.order_key
LEFT JOIN excluded AS x ON x.kind = 'order' AND v.order_key = x.key
LEFT JOIN excluded AS d ON d.kind = 'day' AND v.local_day = d.key
WHERE v.place = 1 AND x.key IS NULL AND d.key IS NULL

"""Orders that somebody placed to try the shop: a test coupon, a staff coupon, or an address that belongs to nobody."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import left_out

CHECK = Check(
    code="orders-test",
    part=Part.VALIDITY,
    severity="warns",
    question="Was every order placed by a customer, and none to try the shop?",
    threshold=0.0,
    reason="a test order is no revenue; names of tests (RFC 2606, 6761) belong to no customer",
    kpis=(
        "orders",
        "attributed_revenue",
        "average_order_value",
        "conversion_rate",
        "roas",
        "roi",
        "incremental_return",
    ),
    remedy="Mark them as tests in the shop and import again (status 'test'), or leave them out: earnest quality exclude orders-test.",
    tested="orders",
    offending=r"""SELECT 'order' AS kind, c.order_key AS key, c.ordered_us AS at_us, c.net_minor AS amount_minor,
            CASE WHEN t.person IS NOT NULL THEN 'test address ' || t.shown ELSE 'coupon ' || c.coupon END AS why
        FROM conversion AS c
        LEFT JOIN (
            SELECT COALESCE(i.person_key, e.contact_key) AS person, min(e.shown) AS shown
            FROM event_identity AS e LEFT JOIN identity AS i ON e.contact_key = i.contact_key
            WHERE e.scheme = 'mailto' AND regexp_matches(lower(e.shown), '@(.*\.)?(test|invalid|localhost|mailinator\.com)$')
            GROUP BY ALL
        ) AS t ON c.contact_key = t.person
        WHERE c.cancelled = 0
            AND (t.person IS NOT NULL OR regexp_matches(upper(COALESCE(c.coupon, '')), '(^|[^A-Z])(TEST|STAFF|EMPLOYEE|DUMMY)([^A-Z]|$)'))""",
    effect=left_out,
)

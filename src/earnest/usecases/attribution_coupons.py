"""Orders that redeemed a campaign's coupon, and the campaign's message that stands behind each.

redemptions ─ the person's latest message of the campaign before the order, else the campaign's latest to anybody ─> coupon_touch
"""

from __future__ import annotations

from earnest.usecases.coupon_orders import bind_redeemed
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace


def bind_coupon_touches(tables: Tables, workspace: Workspace) -> None:
    """Make `coupon_touch`: a row an order that counts and code of a campaign's coupon.

    Columns: order_key, coupon, code, campaign, person, ordered_us, message_key, label_key, send_us (of the message behind it; all null
    where the campaign had sent nothing yet; message_key null where it had sent nothing to this person), personal (a code that is
    one customer's, redeemed by nobody else as far as is known), standing (see `coupon_orders`).
    """
    con = tables.con
    con.execute(_EMPTY)
    if not any(one.campaign for one in tables.state.coupons.values()):
        return
    bind_redeemed(tables, workspace)
    con.execute("CREATE OR REPLACE TEMP TABLE coupon_of (coupon VARCHAR, campaign VARCHAR, single BOOLEAN)")
    con.executemany(
        "INSERT INTO coupon_of VALUES ($1, $2, $3)",
        [(one.id, one.campaign, one.kind == "unique") for one in tables.state.coupons.values()],
    )
    con.execute(f"INSERT INTO coupon_touch {_TOUCHES}")


_EMPTY = """CREATE OR REPLACE TEMP TABLE coupon_touch (order_key BIGINT, coupon VARCHAR, code VARCHAR, campaign VARCHAR, person BIGINT,
    ordered_us BIGINT, message_key BIGINT, label_key BIGINT, send_us BIGINT, personal BOOLEAN, standing VARCHAR)"""

_TOUCHES = """WITH sent AS (
        SELECT l.campaign, m.contact_key, m.message_key, m.label_key, m.send_us
        FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key
        WHERE l.campaign IN (SELECT campaign FROM coupon_of)
    ), own AS (
        SELECT r.order_key, r.code, c.campaign, max_by(s.message_key, (s.send_us, s.message_key)) AS message_key,
            max_by(s.label_key, (s.send_us, s.message_key)) AS label_key, max(s.send_us) AS send_us
        FROM redeemed AS r JOIN coupon_of AS c ON r.coupon = c.coupon
        JOIN sent AS s ON s.campaign = c.campaign AND s.contact_key = r.person AND s.send_us <= r.ordered_us
        GROUP BY ALL
    ), anybody AS (
        SELECT r.order_key, r.code, c.campaign, s.label_key, s.send_us
        FROM redeemed AS r JOIN coupon_of AS c ON r.coupon = c.coupon
        ASOF JOIN (SELECT campaign, send_us, min(label_key) AS label_key FROM sent GROUP BY ALL) AS s
            ON s.campaign = c.campaign AND r.ordered_us >= s.send_us
    ), redeemers AS (SELECT code, count(DISTINCT person) AS people FROM redeemed GROUP BY code)
    SELECT r.order_key, r.coupon, r.code, c.campaign, r.person, r.ordered_us, o.message_key, COALESCE(o.label_key, a.label_key),
        COALESCE(o.send_us, a.send_us), (c.single OR r.owned) AND p.people <= 1, r.standing
    FROM redeemed AS r JOIN coupon_of AS c ON r.coupon = c.coupon JOIN redeemers AS p ON r.code = p.code
    LEFT JOIN own AS o ON r.order_key = o.order_key AND r.code = o.code AND c.campaign = o.campaign
    LEFT JOIN anybody AS a ON r.order_key = a.order_key AND r.code = a.code AND c.campaign = a.campaign
    WHERE c.campaign IS NOT NULL AND r.standing <> 'cancelled'"""

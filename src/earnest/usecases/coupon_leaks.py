"""The redemptions by which a coupon went beyond whom it was meant for, one row an order; people masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.kernel.money import Money
from earnest.kernel.period import moment_of
from earnest.usecases.contact_show import key_text
from earnest.usecases.coupon_orders import bind_redeemed
from earnest.usecases.coupon_show import CouponFigures, figures_of
from earnest.usecases.coupons import find_coupon
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Outside:
    """An order by somebody outside.

    Args:
        order: the shop's own id, None if it told none. shown: one of the person's identities, masked. first_ever: whether the
            person had never ordered before. owned: whether the code was another recipient's own.
    """

    code: str
    order: str | None
    person: int
    shown: str | None
    ordered_us: int
    net: Money
    first_ever: bool
    owned: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "order": self.order,
            "person": key_text(self.person),
            "shown": self.shown,
            "at": moment_of(self.ordered_us).isoformat(timespec="seconds"),
            "net_revenue": self.net.to_json(),
            "first_ever": self.first_ever,
            "owned": self.owned,
        }


@dataclass(frozen=True, slots=True)
class Leaks:
    """A coupon's figures, and the orders from outside, oldest first: at most as many as were asked for."""

    figures: CouponFigures
    orders: tuple[Outside, ...]

    def to_json(self) -> dict[str, Any]:
        return self.figures.to_json() | {"outside_orders": [one.to_json() for one in self.orders]}


def leaks(workspace: Workspace, name: str | None = None, *, limit: int = 20) -> list[Leaks]:
    """Coupons redeemed by people outside, with the orders by which they were.

    Args:
        name: one coupon; None for all. limit: orders of each.

    Raises:
        NotFound: `no-such-coupon`.
    """
    with open_tables(workspace) as tables:
        coupons = (
            [find_coupon(tables.state, name)] if name else [one for _, one in sorted(tables.state.coupons.items())]
        )
        bind_redeemed(tables, workspace)
        return [Leaks(figures_of(tables, one), _orders(tables, one.id, limit)) for one in coupons]


def _orders(tables: Tables, coupon: str, limit: int) -> tuple[Outside, ...]:
    rows = tables.con.execute(
        """WITH picked AS (
            SELECT order_key, min(code) AS code, any_value(person) AS person, any_value(ordered_us) AS ordered_us,
                any_value(net_minor) AS net_minor, bool_or(owned) AS owned
            FROM redeemed WHERE coupon = $1 AND standing = 'outside'
                AND order_key IN (SELECT order_key FROM redeemed_order WHERE coupon = $1 AND standing = 'outside')
            GROUP BY order_key ORDER BY ordered_us, order_key LIMIT $2
        ), named AS (
            SELECT order_key, max(order_id) AS order_id FROM (
                SELECT order_key, order_id FROM event_order UNION ALL SELECT order_key, order_id FROM event_conversion)
            WHERE order_key IN (SELECT order_key FROM picked) GROUP BY order_key
        ), masked AS (
            SELECT COALESCE(i.person_key, e.contact_key) AS person,
                arg_min(e.shown, CASE e.scheme WHEN 'tel' THEN 0 WHEN 'mailto' THEN 1 ELSE 2 END) AS shown
            FROM event_identity AS e LEFT JOIN identity AS i ON e.contact_key = i.contact_key
            WHERE COALESCE(i.person_key, e.contact_key) IN (SELECT person FROM picked) GROUP BY ALL
        )
        SELECT p.code, n.order_id, p.person, m.shown, p.ordered_us, p.net_minor, p.owned, NOT EXISTS (
                SELECT 1 FROM conversion AS c
                WHERE c.contact_key = p.person AND c.cancelled = 0 AND c.ordered_us < p.ordered_us) AS first_ever
        FROM picked AS p LEFT JOIN named AS n USING (order_key) LEFT JOIN masked AS m USING (person)
        ORDER BY p.ordered_us, p.order_key""",
        [coupon, limit],
    ).fetchall()
    currency = tables.state.currency
    return tuple(
        Outside(code, order, int(person), shown, int(us), Money(int(net), currency), bool(first), bool(owned))
        for code, order, person, shown, us, net, owned, first in rows
    )

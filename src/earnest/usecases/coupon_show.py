"""What came of coupons: redemptions by the audience and by others, orders and revenue, and whether codes have leaked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from earnest.definitions.coupon import Coupon
from earnest.definitions.state import State
from earnest.incrementality.intervals import LEVEL, wilson_limits
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money
from earnest.kernel.period import HOUR_US, day_number, day_start_us, instant_text, zone
from earnest.kernel.words import count
from earnest.usecases.coupon_orders import STANDINGS, bind_redeemed
from earnest.usecases.coupons import find_coupon
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace

FEWEST_OUTSIDE = 5
"""Persons outside the audience below which nothing is called a leak: a code told to a friend or two is none."""
LEAK_SHARE = 0.10
"""A leak is found if certainly more than this share of those who redeemed are outside: the lower bound is above it."""
PASSED_ON = 2
"""Others who used one recipient's code, from which on it was passed on; one other is taken for the same person."""
DEAL_WINDOW_US = 48 * HOUR_US
DEAL_BUYERS = 10
"""First-time buyers from outside within the window: what a code looks like that was posted on a deal site."""


@dataclass(frozen=True, slots=True)
class Redemptions:
    """Orders with a code of a coupon.

    Args:
        orders: by standing, see `coupon_orders`; an order with two codes of the coupon is one.
        codes: different codes redeemed. inside, outside: different persons.
        net: revenue of the orders, refunds taken off. discount: granted on them, as the orders tell it.
        out_of_time: orders placed outside the coupon's validity.
    """

    orders: dict[str, int]
    codes: int
    inside: int
    outside: int
    net: Money
    discount: Money
    first_us: int | None
    last_us: int | None
    first_outside_us: int | None
    out_of_time: int

    @property
    def counted(self) -> int:
        """Orders that count: all but the cancelled."""
        return sum(count for standing, count in self.orders.items() if standing != "cancelled")

    @property
    def unknown(self) -> int:
        """Orders of which nobody can tell whether the coupon was meant for who placed them."""
        return sum(self.orders[standing] for standing in ("other-id", "no-contact", "no-audience"))


@dataclass(frozen=True, slots=True)
class CouponFigures:
    """A coupon and what came of it.

    Args:
        codes: there are. given: codes that belong to one recipient each. audience, delivered: persons the coupon's campaign
            was sent to, and those of them whom a message reached.
        outside_share: of the persons who redeemed and can be told apart.
        redemption_rate: persons of the audience who redeemed, of those whom a message reached.
    """

    coupon: Coupon
    codes: int
    given: int
    audience: int
    delivered: int
    redemptions: Redemptions
    outside_share: Figure
    redemption_rate: Figure
    findings: tuple[Finding, ...]

    @property
    def leaked(self) -> bool:
        return any(one.code in LEAKS for one in self.findings)

    def to_json(self) -> dict[str, Any]:
        told = self.redemptions
        return {
            "coupon": self.coupon.shown(),
            "codes": self.codes,
            "given": self.given,
            "audience": self.audience,
            "delivered": self.delivered,
            "redeemed": {
                "orders": told.counted,
                "inside": told.orders["inside"],
                "outside": told.orders["outside"],
                "unknown": {name: told.orders[name] for name in ("other-id", "no-contact", "no-audience")},
                "cancelled": told.orders["cancelled"],
                "codes": told.codes,
                "persons": {"inside": told.inside, "outside": told.outside},
                "out_of_time": told.out_of_time,
            },
            "net_revenue": told.net.to_json(),
            "discount_granted": told.discount.to_json(),
            "first": instant_text(told.first_us),
            "last": instant_text(told.last_us),
            "first_outside": instant_text(told.first_outside_us),
            "outside_share": self.outside_share.to_json(),
            "redemption_rate": self.redemption_rate.to_json(),
            "findings": [one.to_json() for one in self.findings],
        }


LEAKS = ("coupon-leaked", "coupon-shared-code", "coupon-deal-site")
"""Codes of the findings that say that a coupon went beyond whom it was meant for."""


def show_coupon(workspace: Workspace, name: str, *, as_of_us: int | None = None) -> CouponFigures:
    """What came of one coupon.

    Raises:
        NotFound: `no-such-coupon`.
    """
    with open_tables(workspace, as_of_us=as_of_us) as tables:
        coupon = find_coupon(tables.state, name)
        bind_redeemed(tables, workspace)
        return figures_of(tables, coupon)


def all_coupons(workspace: Workspace) -> list[CouponFigures]:
    """What came of every coupon, in the order of their names."""
    with open_tables(workspace) as tables:
        bind_redeemed(tables, workspace)
        return [figures_of(tables, coupon) for _, coupon in sorted(tables.state.coupons.items())]


def figures_of(tables: Tables, coupon: Coupon) -> CouponFigures:
    """What came of a coupon; `bind_redeemed` comes first."""
    con, state = tables.con, tables.state
    codes, given = _row(
        con, "SELECT count(DISTINCT code), count(DISTINCT code) FILTER (WHERE recipient IS NOT NULL) FROM coupon_code WHERE coupon = $1",
        coupon.id,
    )  # fmt: skip
    audience, delivered = _row(con, "SELECT count(*), count(*) FILTER (WHERE delivered) FROM addressed WHERE coupon = $1", coupon.id)  # fmt: skip
    told = _redemptions(con, coupon, state)
    share = _outside_share(told, coupon)
    return CouponFigures(
        coupon, codes, given, audience, delivered, told, share, _redemption_rate(con, coupon, delivered),
        tuple(_findings(con, coupon, told, share)),
    )  # fmt: skip


def _redemptions(con: duckdb.DuckDBPyConnection, coupon: Coupon, state: State) -> Redemptions:
    counted = dict.fromkeys(STANDINGS, 0) | dict(
        con.execute("SELECT standing, count(*) FROM redeemed_order WHERE coupon = $1 GROUP BY standing", [coupon.id]).fetchall()
    )  # fmt: skip
    late = _out_of_time(coupon, state)
    row = con.execute(
        f"""SELECT count(DISTINCT person) FILTER (WHERE standing = 'inside'), count(DISTINCT person) FILTER (WHERE standing = 'outside'),
            coalesce(sum(net_minor), 0), coalesce(sum(discount_minor), 0), min(ordered_us), max(ordered_us),
            min(ordered_us) FILTER (WHERE standing = 'outside'), count(*) FILTER (WHERE {late})
        FROM redeemed_order WHERE coupon = $1 AND standing <> 'cancelled'""",
        [coupon.id],
    ).fetchone()
    assert row is not None
    inside, outside, net, discount, first, last, first_outside, stray = row
    (codes,) = _row(con, "SELECT count(DISTINCT code) FROM redeemed WHERE coupon = $1 AND standing <> 'cancelled'", coupon.id)  # fmt: skip
    money = (Money(int(net), state.currency), Money(int(discount), state.currency))
    return Redemptions(counted, codes, inside, outside, *money, first, last, first_outside, stray)


def _out_of_time(coupon: Coupon, state: State) -> str:
    """SQL: whether an order was placed on a day on which the coupon was not valid."""
    place = zone(state.timezone)
    parts = []
    if coupon.valid_from is not None:
        parts.append(f"ordered_us < {day_start_us(day_number(coupon.valid_from), place)}")
    if coupon.valid_until is not None:
        parts.append(f"ordered_us >= {day_start_us(day_number(coupon.valid_until), place)}")
    return " OR ".join(parts) or "false"


def _outside_share(told: Redemptions, coupon: Coupon) -> Figure:
    known = told.inside + told.outside
    if known == 0:
        return _cannot_tell(told, coupon)
    low, high = wilson_limits(told.outside, known, LEVEL)
    return Estimate(
        told.outside / known, "share", low, high, LEVEL, "wilson", known,
        "persons who redeemed and can be told to be of the audience or not",
    )  # fmt: skip


def _cannot_tell(told: Redemptions, coupon: Coupon) -> Unavailable:
    if told.counted == 0:
        return Unavailable(
            "not-redeemed", "no order has a code of it yet", "Wait, or check that orders tell their coupon."
        )
    if told.orders["no-audience"] and coupon.campaign is None:
        return Unavailable(
            "audience-unknown",
            "the coupon is of no campaign, so nobody knows whom it was meant for",
            f"Name one: earnest coupon change {coupon.id} --campaign ID",
        )
    if told.orders["no-audience"]:
        return Unavailable(
            "audience-unknown",
            f"nothing was sent for campaign '{coupon.campaign}', so nobody knows whom it was meant for",
            "Import the campaign's messages, or check how they are recognised: earnest campaign show.",
        )
    if told.orders["other-id"]:
        return Unavailable(
            "identities-differ",
            "the orders know people by other identities than the audience is known by",
            "Tell both together: orders with phone and mail, or contacts with both (earnest import run --as contacts).",
        )
    return Unavailable(
        "orders-without-contact",
        "the orders name nobody",
        "Import orders with a phone, a mail address or a customer number.",
    )


def _redemption_rate(con: duckdb.DuckDBPyConnection, coupon: Coupon, delivered: int) -> Figure:
    if delivered == 0:
        return Unavailable(
            "empty-denominator",
            "no message of its campaign has reached anybody",
            "Wait for data, or name the coupon's campaign.",
        )
    (used,) = _row(
        con,
        "SELECT count(DISTINCT r.person) FROM redeemed AS r JOIN addressed AS a ON r.coupon = a.coupon AND r.person = a.person"
        " WHERE r.coupon = $1 AND r.standing = 'inside' AND a.delivered",
        coupon.id,
    )
    low, high = wilson_limits(used, delivered, LEVEL)
    return Estimate(
        used / delivered, "share", low, high, LEVEL, "wilson", delivered,
        f"persons whom a message of campaign {coupon.campaign} reached",
    )  # fmt: skip


def _findings(con: duckdb.DuckDBPyConnection, coupon: Coupon, told: Redemptions, share: Figure) -> list[Finding]:
    found: list[Finding] = []
    if isinstance(share, Estimate) and told.outside >= FEWEST_OUTSIDE and (share.low or 0) > LEAK_SHARE:
        found.append(_leaked(coupon, told, share))
        found.extend(_deal_site(con, coupon))
    found.extend(_passed_on(con, coupon))
    if told.out_of_time:
        found.append(
            Finding(
                "coupon-out-of-time",
                "warns",
                f"{count(told.out_of_time, 'order')} redeemed coupon '{coupon.id}' on days on which it is not valid",
                "Compare the validity declared here with the shop's.",
                rows=told.out_of_time,
                tested=told.counted,
            )
        )
    return found


def _leaked(coupon: Coupon, told: Redemptions, share: Estimate) -> Finding:
    known = told.inside + told.outside
    return Finding(
        "coupon-leaked",
        "warns",
        f"{told.outside:,} of the {known:,} persons who redeemed coupon '{coupon.id}' were not sent it: {100 * share.value:.1f} %,"
        f" at least {100 * (share.low or 0):.1f} % (one-sided 97.5 %)",
        "Take its code out of the shop, give each recipient a code of his own, and do not read its orders as the campaign's.",
        rows=told.outside,
        tested=known,
        facts={
            "low": share.low,
            "high": share.high,
            "threshold": LEAK_SHARE,
            "first_outside": instant_text(told.first_outside_us),
        },
    )


def _deal_site(con: duckdb.DuckDBPyConnection, coupon: Coupon) -> list[Finding]:
    """Many who never bought before, from outside, in a short time."""
    row = con.execute(
        f"""SELECT n, first_us FROM (
            SELECT count(*) OVER near AS n, min(first_us) OVER near AS first_us FROM (
                SELECT r.person, min(r.ordered_us) AS first_us FROM redeemed_order AS r
                WHERE r.coupon = $1 AND r.standing = 'outside'
                    AND NOT EXISTS (
                        SELECT 1 FROM conversion AS c
                        WHERE c.contact_key = r.person AND c.cancelled = 0 AND c.ordered_us < r.ordered_us)
                GROUP BY r.person)
            WINDOW near AS (ORDER BY first_us RANGE BETWEEN {DEAL_WINDOW_US - 1} PRECEDING AND CURRENT ROW))
        ORDER BY n DESC, first_us LIMIT 1""",
        [coupon.id],
    ).fetchone()
    if row is None or row[0] < DEAL_BUYERS:
        return []
    return [
        Finding(
            "coupon-deal-site",
            "warns",
            f"{count(row[0], 'person')} outside the audience of coupon '{coupon.id}' placed their first order ever with it within 48 hours:"
            " it may stand on a deal site",
            "Search the web for the code.",
            rows=row[0],
            facts={"since": instant_text(row[1])},
        )
    ]


def _passed_on(con: duckdb.DuckDBPyConnection, coupon: Coupon) -> list[Finding]:
    """Codes of one recipient that several others used."""
    codes, most = _row(
        con,
        f"""SELECT count(*), max(others) FROM (
            SELECT code, count(DISTINCT person) AS others FROM redeemed
            WHERE coupon = $1 AND owned AND standing = 'outside' GROUP BY code HAVING others >= {PASSED_ON})""",
        coupon.id,
    )
    if not codes:
        return []
    return [
        Finding(
            "coupon-shared-code",
            "warns",
            f"{count(codes, 'code')} of coupon '{coupon.id}', given to one recipient each: used by several others, one by {most:,}",
            "Let the shop accept each code once.",
            rows=codes,
            facts={"most": most},
        )
    ]


def _row(con: duckdb.DuckDBPyConnection, sql: str, coupon: str) -> tuple[int, ...]:
    row = con.execute(sql, [coupon]).fetchone()
    assert row is not None
    return tuple(int(value or 0) for value in row)

"""Orders that redeemed coupons, and whether whoever placed each is somebody the coupon was meant for.

    orders in force ─ codes in their coupon field ─ coupons ─> redeemed(coupon, code, order, person, standing)

    inside       the recipient himself, for a code that was given to one; else a person the campaign was sent to
    outside      certainly another
    other-id     nobody can tell: the order knows him by another kind of identity than the audience is known by
    no-contact   nobody can tell: the order names nobody
    no-audience  nobody can tell: the coupon is of no campaign, or nothing was sent for it
    cancelled    the order counts for nothing

Persons are those of now: two identities that evidence has joined are one. Most of the care here is for `other-id`: a shop that
knows people by mail address redeems coupons sent to phones all day long, and none of that is a leak.
"""

from __future__ import annotations

import pyarrow

from earnest.usecases.coupon_store import SOURCE, bind_codes
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace

COVERED = 0.95
"""Share of an audience that must be known by a kind of identity, so that who is known by it and is not among them is outside."""

STANDINGS = ("inside", "outside", "other-id", "no-contact", "no-audience", "cancelled")

_APART = r"[,;\s]+"


def bind_redeemed(tables: Tables, workspace: Workspace) -> None:
    """Temporary tables on the connection of `tables`.

    `redeemed(coupon, code, order_key, person, ordered_us, net_minor, discount_minor, standing, owned)`: one row an order and
    code of a coupon. `redeemed_order(coupon, order_key, …)`: one row an order of a coupon, which is inside if one of its codes
    makes it so. `addressed(coupon, person, delivered)`: who each coupon's campaign was sent to.
    """
    con, state = tables.con, tables.state
    bind_codes(con, workspace, state)
    coupons = list(state.coupons.values())
    con.register(
        "coupon_campaign",
        pyarrow.table(
            {
                "coupon": pyarrow.array([one.id for one in coupons], pyarrow.string()),
                "campaign": pyarrow.array([one.campaign for one in coupons], pyarrow.string()),
            }
        ),
    )
    for name, sql in _STEPS:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    con.unregister("coupon_campaign")


_ADDRESSED = """SELECT c.coupon, m.contact_key AS person, bool_or(m.delivered_us IS NOT NULL) AS delivered
    FROM coupon_campaign AS c JOIN label_campaign AS l ON c.campaign = l.campaign JOIN message AS m ON m.label_key = l.label_key
    WHERE m.contact_key IS NOT NULL GROUP BY ALL"""

_GIVEN = f"""SELECT DISTINCT upper(e.value) AS code, COALESCE(i.person_key, e.contact_key) AS owner
    FROM event_contact AS e LEFT JOIN identity AS i ON e.contact_key = i.contact_key
    WHERE e.source = '{SOURCE}' AND e.attribute = 'coupon' AND e.contact_key IS NOT NULL"""
"""Who each recipient's code was given to, as persons: told by channel `coupons`."""

_MATCHED = f"""SELECT k.coupon, k.code, o.order_key, o.contact_key AS person, o.ordered_us, o.net_minor, o.discount_minor, o.cancelled
    FROM (
        SELECT * EXCLUDE (coupon), unnest(list_distinct(regexp_split_to_array(upper(trim(coupon)), '{_APART}'))) AS code
        FROM conversion WHERE coupon IS NOT NULL
    ) AS o JOIN (SELECT DISTINCT coupon, code FROM coupon_code) AS k ON o.code = k.code"""

_KNOWN_BY = r"""SELECT DISTINCT COALESCE(i.person_key, e.contact_key) AS person,
        CASE e.scheme WHEN 'ext' THEN 'ext:' || regexp_extract(COALESCE(e.shown, ''), '^([a-z]+):', 1) ELSE e.scheme END AS scheme
    FROM event_identity AS e LEFT JOIN identity AS i ON e.contact_key = i.contact_key
    SEMI JOIN (
        SELECT person FROM addressed UNION SELECT person FROM matched UNION SELECT owner FROM given
    ) AS p ON COALESCE(i.person_key, e.contact_key) = p.person
    WHERE e.scheme <> 'row' AND NOT starts_with(COALESCE(e.shown, ''), 'recipient:')"""
"""Kinds of identity that persons of interest are known by; ids of different systems are different kinds."""

_TELLING = f"""SELECT a.coupon, k.scheme
    FROM addressed AS a JOIN known_by AS k ON a.person = k.person
    JOIN (SELECT coupon, count(*) AS people FROM addressed GROUP BY coupon) AS s ON a.coupon = s.coupon
    LEFT JOIN (SELECT DISTINCT contact_key AS person FROM conversion) AS b ON a.person = b.person
    GROUP BY a.coupon, k.scheme, s.people
    HAVING count(*) >= {COVERED} * s.people AND (NOT starts_with(k.scheme, 'ext:') OR count(b.person) > 0)"""
"""Kinds of identity by which anybody outside an audience would show: nearly all of it is known by them.

A customer number tells only where somebody of the audience has been seen to order: else the shop may have numbers of its own.
"""

_TELLING_OWNERS = """SELECT k.scheme
    FROM given AS g JOIN known_by AS k ON g.owner = k.person
    LEFT JOIN (SELECT DISTINCT contact_key AS person FROM conversion) AS b ON g.owner = b.person
    GROUP BY k.scheme HAVING NOT starts_with(k.scheme, 'ext:') OR count(b.person) > 0"""

_TOLD_APART = """SELECT DISTINCT m.coupon, m.code, m.person
    FROM matched AS m JOIN known_by AS k ON m.person = k.person
    JOIN telling AS t ON m.coupon = t.coupon AND k.scheme = t.scheme
    WHERE m.code NOT IN (SELECT code FROM given)
    UNION SELECT DISTINCT m.coupon, m.code, m.person
    FROM matched AS m JOIN given AS g ON m.code = g.code
    JOIN known_by AS k ON m.person = k.person JOIN known_by AS o ON g.owner = o.person AND k.scheme = o.scheme
    JOIN telling_owners AS t ON k.scheme = t.scheme"""
"""Persons who are known by what would show them to be of the audience, or to be the code's owner, if they were."""

_REDEEMED = """SELECT m.coupon, m.code, m.order_key, m.person, m.ordered_us, m.net_minor, m.discount_minor, g.code IS NOT NULL AS owned,
        CASE
            WHEN m.cancelled = 1 THEN 'cancelled'
            WHEN m.person IS NULL THEN 'no-contact'
            WHEN g.code IS NOT NULL AND w.owner IS NOT NULL THEN 'inside'
            WHEN g.code IS NULL AND n.coupon IS NULL THEN 'no-audience'
            WHEN g.code IS NULL AND a.person IS NOT NULL THEN 'inside'
            WHEN t.person IS NOT NULL THEN 'outside'
            ELSE 'other-id'
        END AS standing
    FROM matched AS m
    LEFT JOIN (SELECT DISTINCT code FROM given) AS g ON m.code = g.code
    LEFT JOIN given AS w ON m.code = w.code AND m.person = w.owner
    LEFT JOIN (SELECT DISTINCT coupon FROM addressed) AS n ON m.coupon = n.coupon
    LEFT JOIN addressed AS a ON m.coupon = a.coupon AND m.person = a.person
    LEFT JOIN told_apart AS t ON m.coupon = t.coupon AND m.code = t.code AND m.person = t.person"""

_ORDER = """SELECT coupon, order_key, any_value(person) AS person, any_value(ordered_us) AS ordered_us, any_value(net_minor) AS net_minor,
        any_value(discount_minor) AS discount_minor,
        arg_min(standing, CASE standing WHEN 'inside' THEN 0 WHEN 'outside' THEN 2 ELSE 1 END) AS standing
    FROM redeemed GROUP BY coupon, order_key"""
"""Of an order with two codes of a coupon, one of which makes it outside and the other does not, nobody says that it is."""

_STEPS = (
    ("addressed", _ADDRESSED),
    ("given", _GIVEN),
    ("matched", _MATCHED),
    ("known_by", _KNOWN_BY),
    ("telling", _TELLING),
    ("telling_owners", _TELLING_OWNERS),
    ("told_apart", _TOLD_APART),
    ("redeemed", _REDEEMED),
    ("redeemed_order", _ORDER),
)

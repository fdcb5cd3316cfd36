"""The best evidence each order has of the message behind it, from a coupon only its owner could know down to mere coincidence in time.

    a personal coupon redeemed        ┐
    b tracked human click, and the order in the same session      ├ override the model: the order is credited by them
    c reply, and the order within the look-back of replies        ┘
    d the buyer named the campaign's channel in a survey, within 30 days     told beside it; the model decides
    e a touch within the look-back                                           the model decides
    – nothing

Two campaigns' personal coupons on one order share it. Of the rest the latest touch of the best rung takes the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.definitions.days import Days
from earnest.kernel.money import Money
from earnest.kernel.period import DAY_US, HOUR_US
from earnest.usecases.attribution_candidates import within
from earnest.usecases.attribution_coupons import bind_coupon_touches
from earnest.usecases.survey_counted import asks, bind_counted
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace

SESSION_US = HOUR_US // 2
"""Where no tool tells of sessions, an order so soon after a click is of the click's session: what web analytics ends a session by."""
SURVEY_US = 30 * DAY_US

RUNGS = {
    "a": "personal coupon redeemed",
    "b": "tracked click, order in the same session",
    "c": "reply, order within the look-back of replies",
    "d": "named in a survey",
    "e": "a touch within the look-back",
    "none": "no evidence",
}
"""The ladder, strongest first."""


@dataclass(frozen=True, slots=True)
class EvidenceRung:
    """Orders whose best evidence is this one, and their net revenue."""

    rung: str
    orders: int
    revenue: Money

    def to_json(self) -> dict[str, Any]:
        return {
            "rung": self.rung,
            "evidence": RUNGS[self.rung],
            "orders": self.orders,
            "revenue": self.revenue.to_json(),
        }


def bind_evidence(tables: Tables, workspace: Workspace, *, days: Days | None = None) -> None:
    """Make `evidence` and `best_evidence`.

    `evidence(order_key, rung, campaign, message_key, label_key, touch_us, how)`: a row an order and piece of evidence of rungs a to d;
    label_key null where only the campaign is known. `best_evidence(order_key, rung)`: a row an order that is not cancelled.

    Args:
        days: of the orders. `credit` tells of rung e.
    """
    con, state = tables.con, tables.state
    bind_coupon_touches(tables, workspace)
    con.execute("CREATE OR REPLACE TEMP TABLE link_campaign (link VARCHAR, campaign VARCHAR)")
    if state.links:
        links = [(link.id, link.campaign) for link in state.links.values()]
        con.executemany("INSERT INTO link_campaign VALUES ($1, $2)", links)
    con.execute(_NEW)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE ordered AS SELECT * FROM conversion WHERE cancelled = 0 AND {within('order_day', days)}"
    )
    for sql in (_COUPON, _SESSION, _SOON, _REPLY):
        con.execute(f"INSERT INTO evidence {sql}")
    if asks(state):
        bind_counted(tables)
        con.execute(f"INSERT INTO evidence {_SURVEY}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE best_evidence AS {_BEST}")


def bind_rest(tables: Tables) -> None:
    """Make `journey_rest`: the journeys of orders that no evidence of rungs a to c overrides; after `bind_evidence`."""
    tables.con.execute(
        "CREATE OR REPLACE TEMP TABLE journey_rest AS SELECT * FROM journey_touch"
        " WHERE order_key NOT IN (SELECT order_key FROM best_evidence WHERE rung IN ('a', 'b', 'c'))"
    )


def evidence_ladder(tables: Tables) -> tuple[EvidenceRung, ...]:
    """Orders and revenue by their best evidence; after `bind_evidence`. They add up to all orders and the net revenue."""
    rows = tables.con.execute(
        "SELECT b.rung, count(*), CAST(sum(o.net_minor) AS BIGINT) FROM best_evidence AS b JOIN ordered AS o ON b.order_key = o.order_key"
        " GROUP BY b.rung"
    ).fetchall()
    found = {str(rung): (int(orders), int(minor)) for rung, orders, minor in rows}
    currency = tables.state.currency
    return tuple(
        EvidenceRung(rung, found.get(rung, (0, 0))[0], Money(found.get(rung, (0, 0))[1], currency)) for rung in RUNGS
    )


DIRECT = """WITH best AS (
        SELECT e.* FROM evidence AS e JOIN best_evidence AS b ON e.order_key = b.order_key AND e.rung = b.rung WHERE b.rung IN ('a', 'b', 'c')
        QUALIFY row_number() OVER (PARTITION BY e.order_key, CASE WHEN e.rung = 'a' THEN e.campaign END
            ORDER BY e.how = 'told' DESC, e.touch_us DESC NULLS LAST, e.message_key DESC NULLS LAST) = 1
    )
    SELECT d.order_key, o.order_day, o.net_minor, d.rung, d.campaign, d.message_key, d.label_key, d.touch_us,
        idiv(o.net_minor * d.place, d.whole) - idiv(o.net_minor * (d.place - 1), d.whole) AS credit_minor, d.whole
    FROM (SELECT *, row_number() OVER (PARTITION BY order_key ORDER BY campaign) AS place, count(*) OVER (PARTITION BY order_key) AS whole
        FROM best) AS d JOIN ordered AS o ON d.order_key = o.order_key"""
"""SQL: credit of the orders whose evidence overrides a model; each of `whole` campaigns gets an equal part."""


_NEW = """CREATE OR REPLACE TEMP TABLE evidence (order_key BIGINT, rung VARCHAR, campaign VARCHAR, message_key BIGINT, label_key BIGINT,
    touch_us BIGINT, how VARCHAR)"""

_COUPON = """SELECT t.order_key, 'a', t.campaign, t.message_key, t.label_key, t.send_us, 'told'
    FROM coupon_touch AS t JOIN ordered AS o ON t.order_key = o.order_key WHERE t.personal AND t.standing <> 'outside'"""

_SESSION = """WITH visit AS (
        SELECT source, session_id, arg_min(nullif(click_id, ''), occurred_us) AS click_id FROM event_session WHERE session_id <> '' GROUP BY ALL
    ), placed AS (
        SELECT DISTINCT source, session_id, order_id FROM event_session WHERE session_id <> '' AND order_id <> ''
    ), named AS (
        SELECT order_id, min(order_key) AS order_key FROM event_order GROUP BY order_id HAVING count(DISTINCT order_key) = 1
    )
    SELECT o.order_key, 'b', COALESCE(k.campaign, l.campaign), r.message_key, r.label_key, max(r.occurred_us), 'told'
    FROM placed AS p JOIN visit AS v ON p.source = v.source AND p.session_id = v.session_id
    JOIN named AS n ON p.order_id = n.order_id JOIN ordered AS o ON n.order_key = o.order_key
    JOIN (SELECT DISTINCT event_key, click_id, link FROM event_click WHERE click_id <> '') AS c ON v.click_id = c.click_id
    JOIN response AS r ON r.response_key = c.event_key AND r.click_class = 'human' AND r.occurred_us <= o.ordered_us
    LEFT JOIN link_campaign AS k ON c.link = k.link LEFT JOIN label_campaign AS l ON r.label_key = l.label_key
    WHERE COALESCE(k.campaign, l.campaign) IS NOT NULL GROUP BY ALL"""

_SOON = f"""SELECT o.order_key, 'b', l.campaign, r.message_key, r.label_key, max(r.occurred_us), 'inferred'
    FROM ordered AS o JOIN response AS r ON o.contact_key = r.contact_key
        AND r.occurred_us <= o.ordered_us AND r.occurred_us >= o.ordered_us - {SESSION_US}
    JOIN label_campaign AS l ON r.label_key = l.label_key
    WHERE r.response_kind = 'click' AND r.click_class = 'human' AND r.message_key IS NOT NULL GROUP BY ALL"""

_REPLY = """SELECT o.order_key, 'c', l.campaign, r.message_key, r.label_key, max(r.occurred_us),
        CASE WHEN bool_or(t.reply_type = 'order') THEN 'told' ELSE 'inferred' END
    FROM ordered AS o JOIN response AS r ON o.contact_key = r.contact_key AND r.occurred_us <= o.ordered_us
    JOIN lookback AS w ON w.rung = 4 AND r.occurred_us >= o.ordered_us - w.window_us
    JOIN label_campaign AS l ON r.label_key = l.label_key
    LEFT JOIN (SELECT event_key, max(reply_type) AS reply_type FROM event_reply GROUP BY event_key) AS t ON t.event_key = r.response_key
    WHERE r.response_kind = 'reply' AND r.message_key IS NOT NULL GROUP BY ALL"""

_SURVEY = f"""SELECT o.order_key, 'd', s.campaign, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), max(s.at_us), 'told'
    FROM ordered AS o JOIN survey_counted AS s ON o.contact_key = s.person_key
    WHERE s.named AND abs(s.at_us - o.ordered_us) <= {SURVEY_US} GROUP BY ALL"""

_BEST = """SELECT o.order_key, COALESCE(e.rung, CASE WHEN c.order_key IS NOT NULL THEN 'e' ELSE 'none' END) AS rung
    FROM ordered AS o LEFT JOIN (SELECT order_key, min(rung) AS rung FROM evidence GROUP BY order_key) AS e ON o.order_key = e.order_key
    LEFT JOIN (SELECT DISTINCT order_key FROM credit WHERE message_key IS NOT NULL) AS c ON o.order_key = c.order_key"""

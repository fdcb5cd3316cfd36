"""Visits to a site that a campaign led to: by the click each came with, else by the campaign its address names.

    session ─ click id ─> click ─> link ─> campaign        a click's campaign stands before utm_campaign
            └ utm_campaign ────────────> campaign

A visit is told once a page, and counts once: by its source and the source's own id.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from earnest.kernel.errors import NotFound, closest
from earnest.kernel.period import moment_of
from earnest.usecases.tables import Tables
from earnest.warehouse import duck


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """Visits of a campaign.

    Args:
        sessions: distinct ones. with_click: of these, those that came with the id of a known click on one of our links.
        orders: distinct orders told in them.
    """

    sessions: int
    with_click: int
    orders: int

    def to_json(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Session:
    """One visit.

    Args:
        first_us: when it was first told of. told: how often it was. link: our link it came by, None if by none.
        orders: ids of orders told in it, by the shop's own ids. known: whether the visitor is somebody: he gave consent.
    """

    source: str
    session_id: str
    first_us: int
    page: str | None
    campaign: str | None
    link: str | None
    orders: tuple[str, ...]
    told: int
    known: bool

    def to_json(self) -> dict[str, Any]:
        told = asdict(self)
        told["at"] = moment_of(told.pop("first_us")).isoformat(timespec="seconds")
        return told | {"orders": list(self.orders)}


def campaign_sessions(tables: Tables, campaign_id: str) -> SessionCounts:
    """How many visits a campaign led to, and the orders told in them. 0 where none did or nothing tells of visits."""
    _bind(tables)
    ((sessions, with_click),) = duck.rows(
        tables.con, "SELECT count(*), count(link) FROM session_of WHERE campaign = $1", [campaign_id]
    )
    ((orders,),) = duck.rows(
        tables.con,
        "SELECT count(DISTINCT (s.source, order_id)) FROM event_session JOIN session_of AS s USING (source, session_id)"
        " WHERE campaign = $1 AND order_id <> ''",
        [campaign_id],
    )
    return SessionCounts(int(str(sessions)), int(str(with_click)), int(str(orders)))


def check_campaign(tables: Tables, campaign_id: str) -> None:
    """Refuse what no declaration, message or visit names as a campaign.

    Raises:
        NotFound: `no-such-campaign`.
    """
    _bind(tables)
    named = duck.rows(tables.con, "SELECT campaign FROM label_campaign UNION SELECT campaign FROM session_of")
    known = {str(name) for (name,) in named if name is not None} | set(tables.state.campaigns)
    if campaign_id not in known:
        raise NotFound(
            "no-such-campaign",
            f"there is no campaign '{campaign_id}'{closest(campaign_id, known)}",
            hint="See `earnest campaign list`.",
        )


def list_sessions(tables: Tables, campaign_id: str | None = None, *, limit: int = 50) -> list[Session]:
    """The latest visits, newest first; of one campaign, or of all and none."""
    _bind(tables)
    rows = duck.rows(
        tables.con,
        "SELECT source, session_id, first_us, page, campaign, link, orders, told, known FROM session_of"
        " WHERE $1 IS NULL OR campaign = $1 ORDER BY first_us DESC, source, session_id LIMIT $2",
        [campaign_id, limit],
    )
    return [_session(row) for row in rows]


def _session(row: tuple[Any, ...]) -> Session:
    source, session_id, first_us, page, campaign, link, orders, told, known = row
    return Session(
        source, session_id, first_us, page, campaign, link, orders=tuple(orders or ()), told=told, known=known
    )


def _bind(tables: Tables) -> None:
    """Make the view `session_of`: a row a visit, with the campaign it belongs to."""
    links = [(link.id, link.campaign) for link in tables.state.links.values()]
    tables.con.execute("CREATE OR REPLACE TEMP TABLE link_of (link VARCHAR, campaign VARCHAR)")
    if links:
        tables.con.executemany("INSERT INTO link_of VALUES ($1, $2)", links)
    tables.con.execute(_SESSIONS)


_SESSIONS = """CREATE OR REPLACE TEMP VIEW session_of AS
WITH clicked AS (SELECT click_id, min(link) AS link FROM event_click WHERE link IS NOT NULL AND click_id <> '' GROUP BY click_id)
SELECT s.source, s.session_id, min(s.occurred_us) AS first_us, arg_min(s.page, s.occurred_us) AS page,
    coalesce(arg_min(l.campaign, s.occurred_us), arg_min(nullif(s.utm_campaign, ''), s.occurred_us)) AS campaign,
    arg_min(c.link, s.occurred_us) AS link,
    list(DISTINCT s.order_id ORDER BY s.order_id) FILTER (s.order_id <> '') AS orders,
    count(*) AS told, count(s.contact_key) > 0 AS known
FROM event_session AS s
LEFT JOIN clicked AS c ON c.click_id = s.click_id
LEFT JOIN link_of AS l ON l.link = c.link
WHERE s.session_id <> ''
GROUP BY s.source, s.session_id"""

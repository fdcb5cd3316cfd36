"""Visits to a site that a campaign led to: by the click each came with, else by the campaign its address names.

    session ─ click id ─> click ─> link ─> campaign        a click's campaign stands before utm_campaign
            └ utm_campaign ────────────> campaign

A visit is told once a page, and counts once: by its source and the source's own id. What two tools tell with the same click id within
30 minutes is one visit too; what one tool tells apart stays apart.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from earnest.kernel.period import HOUR_US, moment_of
from earnest.usecases.campaigns_met import check_met
from earnest.usecases.tables import Tables
from earnest.warehouse import duck


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """Visits of a campaign.

    Args:
        sessions: distinct ones. with_click: of these, those that came with the id of a known click on one of our links.
        orders: distinct orders told in them. twice: of the sessions, those that several tools tell, which are named in `told_by`.
    """

    sessions: int
    with_click: int
    orders: int
    twice: int = 0
    told_by: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"told_by": list(self.told_by)}


@dataclass(frozen=True, slots=True)
class Session:
    """One visit.

    Args:
        source, session_id: who told of it first, and by which id. sources: all who told of it.
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
    sources: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        told = asdict(self)
        told["at"] = moment_of(told.pop("first_us")).isoformat(timespec="seconds")
        return told | {"orders": list(self.orders), "sources": list(self.sources)}


def campaign_sessions(tables: Tables, campaign_id: str) -> SessionCounts:
    """How many visits a campaign led to, and the orders told in them. 0 where none did or nothing tells of visits."""
    _bind(tables)
    ((sessions, with_click, twice),) = duck.rows(
        tables.con,
        "SELECT count(*), count(link), count(*) FILTER (len(sources) > 1) FROM session_of WHERE campaign = $1",
        [campaign_id],
    )
    ((orders,),) = duck.rows(
        tables.con,
        "SELECT count(DISTINCT (source, order_id)) FROM (SELECT source, unnest(orders) AS order_id FROM session_of WHERE campaign = $1)",
        [campaign_id],
    )
    tellers = duck.rows(
        tables.con,
        "SELECT DISTINCT unnest(sources) AS source FROM session_of WHERE campaign = $1 AND len(sources) > 1 ORDER BY source",
        [campaign_id],
    )
    told_by = tuple(str(source) for (source,) in tellers)
    return SessionCounts(int(str(sessions)), int(str(with_click)), int(str(orders)), int(str(twice)), told_by)


def check_campaign(tables: Tables, campaign_id: str) -> None:
    """Refuse what no declaration, message or visit names as a campaign.

    Raises:
        NotFound: `no-such-campaign`.
    """
    _bind(tables)
    named = duck.rows(tables.con, "SELECT campaign FROM label_campaign UNION SELECT campaign FROM session_of")
    known = {str(name) for (name,) in named if name is not None} | set(tables.state.campaigns)
    check_met(known, campaign_id)


def list_sessions(tables: Tables, campaign_id: str | None = None, *, limit: int = 50) -> list[Session]:
    """The latest visits, newest first; of one campaign, or of all and none."""
    _bind(tables)
    rows = duck.rows(
        tables.con,
        "SELECT source, session_id, first_us, page, campaign, link, orders, told, known, sources FROM session_of"
        " WHERE $1 IS NULL OR campaign = $1 ORDER BY first_us DESC, source, session_id LIMIT $2",
        [campaign_id, limit],
    )
    return [_session(row) for row in rows]


def _session(row: tuple[Any, ...]) -> Session:
    source, session_id, first_us, page, campaign, link, orders, told, known, sources = row
    return Session(source, session_id, first_us, page, campaign, link, tuple(orders or ()), told, known, tuple(sources))


def _bind(tables: Tables) -> None:
    """Make the view `session_of`: a row a visit, with the campaign it belongs to."""
    links = [(link.id, link.campaign) for link in tables.state.links.values()]
    tables.con.execute("CREATE OR REPLACE TEMP TABLE link_of (link VARCHAR, campaign VARCHAR)")
    if links:
        tables.con.executemany("INSERT INTO link_of VALUES ($1, $2)", links)
    tables.con.execute(_SESSIONS)


SAME_VISIT_US = HOUR_US // 2
"""What two tools tell with one click id, begun no longer apart, is one visit."""

_TOLD = """SELECT s.source, s.session_id, min(s.occurred_us) AS first_us, arg_min(s.page, s.occurred_us) AS page,
        coalesce(arg_min(l.campaign, s.occurred_us), arg_min(nullif(s.utm_campaign, ''), s.occurred_us)) AS campaign,
        arg_min(c.link, s.occurred_us) AS link, arg_min(nullif(s.click_id, ''), s.occurred_us) AS click,
        list(DISTINCT s.order_id) FILTER (s.order_id <> '') AS orders,
        count(*) AS told, count(s.contact_key) > 0 AS known
    FROM event_session AS s
    LEFT JOIN clicked AS c ON c.click_id = s.click_id
    LEFT JOIN link_of AS l ON l.link = c.link
    WHERE s.session_id <> ''
    GROUP BY s.source, s.session_id"""
"""A row for each visit and tool that told of it."""

_SESSIONS = f"""CREATE OR REPLACE TEMP VIEW session_of AS
WITH clicked AS (SELECT click_id, min(link) AS link FROM event_click WHERE link IS NOT NULL AND click_id <> '' GROUP BY click_id),
told_of AS ({_TOLD}),
after_pause AS (
    SELECT *, coalesce(first_us - lag(first_us) OVER near > {SAME_VISIT_US}, FALSE)::INTEGER AS pause
    FROM told_of WINDOW near AS (PARTITION BY click ORDER BY first_us, source, session_id)),
near_in_time AS (
    SELECT *, sum(pause) OVER (PARTITION BY click ORDER BY first_us, source, session_id ROWS UNBOUNDED PRECEDING) AS bout FROM after_pause),
paired AS (
    SELECT *, CASE WHEN click IS NULL THEN {{'a': source, 'b': session_id, 'c': 0, 'd': 0}} ELSE {{'a': '', 'b': click, 'c': bout,
        'd': row_number() OVER (PARTITION BY click, bout, source ORDER BY first_us, session_id)}} END AS visit
    FROM near_in_time)
SELECT arg_min(source, (first_us, source)) AS source, arg_min(session_id, (first_us, source)) AS session_id, min(first_us) AS first_us,
    arg_min(page, (first_us, source)) AS page, arg_min(campaign, (first_us, source)) AS campaign, arg_min(link, (first_us, source)) AS link,
    list_sort(list_distinct(flatten(list(orders) FILTER (orders IS NOT NULL)))) AS orders,
    sum(told)::BIGINT AS told, bool_or(known) AS known, list(source ORDER BY first_us, source) AS sources
FROM paired GROUP BY visit"""

"""Last non-direct: visits of the site stand among the messages, and a direct visit never takes the credit.

    message ─ direct visit ─ order            the message: a direct visit is passed over (last touch of all would be nobody's)
    message ─ visit from a search ad ─ order  the ad: nothing is credited to messages
    message ─ visit by our own link ─ order   the message: that visit is its click

Messages are never direct, so without visits this is the last touch.
"""

from __future__ import annotations

from earnest.kernel.period import DAY_US
from earnest.kernel.words import count
from earnest.usecases.tables import Tables

Credits = dict[int, tuple[int, float]]
WINDOW_US = 5 * DAY_US
"""How long a visit counts where clicks have no look-back."""


def bind_last_non_direct(tables: Tables) -> None:
    """Make `last_non_direct` over `journey_touch`.

    Columns: those of the last touch of each order, elsewhere (a visit from another source came after it: nothing is credited to messages),
    direct (a direct visit came after it).
    """
    tables.con.execute(f"CREATE OR REPLACE TEMP TABLE visit AS {_VISITS}")
    tables.con.execute(f"CREATE OR REPLACE TEMP TABLE last_non_direct AS {_LAST.format(window=WINDOW_US)}")


def last_non_direct(tables: Tables) -> tuple[Credits, str]:
    """Credit by unit, and what visits changed, in words."""
    bind_last_non_direct(tables)
    con = tables.con
    rows = con.execute(
        "SELECT label_key, CAST(sum(net_minor) AS BIGINT), count(*) FROM last_non_direct WHERE NOT elsewhere GROUP BY label_key"
    ).fetchall()
    found = {int(unit): (int(minor), float(orders)) for unit, minor, orders in rows}
    ((visits, taken, between),) = con.execute(
        "SELECT (SELECT count(*) FROM visit), count(*) FILTER (elsewhere), count(*) FILTER (direct) FROM last_non_direct"
    ).fetchall()
    if not visits:
        return found, "no visits of known people are told of, and messages are never direct: the same as last touch"
    return found, (
        f"{count(taken, 'order')} to visits from other sources after the last touch; direct visits between touch and order"
        f" of {count(between, 'order')} passed over"
    )


_VISITS = """SELECT COALESCE(i.person_key, s.contact_key) AS contact_key, min(s.occurred_us) AS visit_us, s.source, s.session_id,
        max(COALESCE(s.utm_source, '')) = '' AND max(COALESCE(s.click_id, '')) = '' AS direct
    FROM event_session AS s LEFT JOIN identity AS i ON s.contact_key = i.contact_key
    WHERE s.contact_key IS NOT NULL AND s.session_id <> ''
    GROUP BY ALL
    HAVING NOT bool_or(COALESCE(s.click_id, '') IN (SELECT click_id FROM event_click WHERE click_id <> ''))
        AND NOT bool_or(COALESCE(s.utm_campaign, '') IN (SELECT campaign FROM label_campaign))"""
"""Visits of known people that none of our links and campaigns led to. Direct: neither a source nor a click id, ours or an ad's."""

_LAST = """WITH last AS (
        SELECT * FROM journey_touch QUALIFY row_number() OVER (PARTITION BY order_key ORDER BY touch_us DESC, message_key DESC) = 1
    ), after AS (
        SELECT l.order_key, bool_or(NOT s.direct) AS elsewhere, bool_or(s.direct) AS direct
        FROM last AS l JOIN conversion AS v ON l.order_key = v.order_key
        JOIN visit AS s ON v.contact_key = s.contact_key AND s.visit_us <= v.ordered_us AND s.visit_us > l.touch_us
            AND s.visit_us >= v.ordered_us - COALESCE((SELECT window_us FROM lookback WHERE rung = 3), {window})
        GROUP BY l.order_key
    )
    SELECT l.*, COALESCE(a.elsewhere, false) AS elsewhere, COALESCE(a.direct, false) AS direct
    FROM last AS l LEFT JOIN after AS a ON l.order_key = a.order_key"""

"""Message charges by campaign and send day, where no cost line pays them: the one place that adds them up.

Prices that messages carry are charges, delivered or not. A line that covers messaging replaces them for the messages
sent from its first day on (and before its end). Whole days come from the rollups; only of a day that a period cuts are
the messages looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow

from earnest.definitions.fx import FxBook
from earnest.kernel.estimate import Unavailable
from earnest.kernel.period import day_of, day_start_us, local_day, zone
from earnest.usecases.tables import Tables

_FOREVER_US = 2**62
_FOREVER_DAY = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Cover:
    """A period [from_us, until_us) in which a line pays the message charges of a campaign; None is no end."""

    campaign: str
    from_us: int
    until_us: int | None


@dataclass(frozen=True, slots=True)
class ForeignCharge:
    """Charges in another currency for which there is no rate: of a campaign and send day, in millionths of `currency`."""

    campaign: str
    send_day: int
    currency: str
    micro: int
    messages: int
    why: Unavailable


def register_message_cost(
    tables: Tables, covers: Iterable[Cover], *, fx: FxBook, fx_day: date | None = None
) -> tuple[ForeignCharge, ...]:
    """Make temp table `message_cost(campaign, send_day, currency, micro, unpriced, priced)`; returns what has no rate.

    currency: what the charges were told in, null for the workspace's. micro: charges in millionths of the workspace's
    currency, each day's converted once at the rate of that day. unpriced: delivered messages that nothing prices, those
    of a charge without a rate among them, in the row without a currency. priced: messages with a price, 0 included.

    Args:
        fx_day: convert everything at this day's rates; None takes each day's own.
    """
    ragged = _register_covers(tables, covers)
    cells = f"{_CELLS} UNION ALL {_RAGGED}" if ragged else _CELLS
    tables.con.execute(
        "CREATE OR REPLACE TEMP TABLE message_cost AS SELECT campaign, send_day, CAST(NULL AS VARCHAR) AS currency, CAST(sum(micro) AS BIGINT) AS micro,"
        " CAST(sum(unpriced) AS BIGINT) AS unpriced, CAST(sum(priced) AS BIGINT) AS priced"
        f" FROM ({cells}) GROUP BY campaign, send_day"
    )
    if not tables.con.execute("SELECT terms_key FROM rating_terms WHERE own_currency = 0").fetchall():
        return ()
    rows = tables.con.execute(
        "SELECT campaign, send_day, currency, CAST(sum(micro) AS BIGINT), CAST(sum(priced) AS BIGINT)"
        f" FROM ({f'{_FOREIGN_CELLS} UNION ALL {_FOREIGN_RAGGED}' if ragged else _FOREIGN_CELLS}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    into, converted, left = tables.state.currency, [], []
    for campaign, day, currency, micro, priced in rows:
        rate = fx.convert(str(currency), into, fx_day or day_of(int(day)))
        if isinstance(rate, Unavailable):
            left.append(ForeignCharge(str(campaign), int(day), str(currency), int(micro), int(priced), rate))
        else:
            converted.append((campaign, day, currency, rate.of(int(micro)), 0, int(priced)))
    if converted:
        tables.con.executemany("INSERT INTO message_cost VALUES (?, ?, ?, ?, ?, ?)", converted)
        tables.con.execute(_PRICED_AFTER_ALL)
    return tuple(left)


def _register_covers(tables: Tables, covers: Iterable[Cover]) -> bool:
    """Tables of the periods, of the whole days in them, and of the days they cut; returns whether they cut any."""
    tz = zone(tables.state.timezone)
    periods: list[tuple[str, int, int]] = []
    whole: list[tuple[str, int, int]] = []
    ragged: set[tuple[str, int]] = set()
    for one in covers:
        first = local_day(one.from_us, tz)
        if day_start_us(first, tz) != one.from_us:
            ragged.add((one.campaign, first))
            first += 1
        until = _FOREVER_DAY
        if one.until_us is not None:
            until = local_day(one.until_us, tz)
            if day_start_us(until, tz) != one.until_us:
                ragged.add((one.campaign, until))
        periods.append((one.campaign, one.from_us, one.until_us or _FOREVER_US))
        whole.append((one.campaign, first, until))
    con = tables.con
    con.register("covered_period", _table(periods, ("campaign", "from_us", "until_us")))
    con.register("covered_day", _table(whole, ("campaign", "from_day", "until_day")))
    con.register("ragged_day", _table(sorted(ragged), ("campaign", "send_day")))
    return bool(ragged)


def _table(rows: list[tuple[str, int]] | list[tuple[str, int, int]], names: tuple[str, ...]) -> pyarrow.Table:
    types = (pyarrow.string(), pyarrow.int64(), pyarrow.int64())
    return pyarrow.table(
        {name: pyarrow.array([row[place] for row in rows], types[place]) for place, name in enumerate(names)}
    )


_PRICED_AFTER_ALL = """UPDATE message_cost AS m SET unpriced = m.unpriced - f.priced
    FROM (SELECT campaign, send_day, CAST(sum(priced) AS BIGINT) AS priced FROM message_cost WHERE currency IS NOT NULL GROUP BY ALL) AS f
    WHERE m.currency IS NULL AND m.campaign = f.campaign AND m.send_day = f.send_day"""
_OUTSIDE = """LEFT JOIN ragged_day AS r ON r.campaign = f.campaign AND r.send_day = f.send_day
    WHERE r.campaign IS NULL AND NOT EXISTS (
        SELECT 1 FROM covered_day AS c WHERE c.campaign = f.campaign AND f.send_day >= c.from_day AND f.send_day < c.until_day)"""
_CELLS = f"""SELECT f.campaign, f.send_day, f.micro, f.unpriced, f.priced
    FROM (SELECT l.campaign, f.send_day, sum(f.cost_micro) AS micro, sum(f.unpriced) AS unpriced, sum(f.priced) AS priced
        FROM funnel_cell AS f JOIN label_campaign AS l ON f.label_key = l.label_key GROUP BY l.campaign, f.send_day) AS f {_OUTSIDE}"""
_FOREIGN_CELLS = f"""SELECT f.campaign, f.send_day, f.currency, f.micro, f.priced
    FROM (SELECT l.campaign, f.send_day, t.currency, sum(f.charge_micro) AS micro, sum(f.priced) AS priced
        FROM charge_cell AS f JOIN rating_terms AS t ON f.terms_key = t.terms_key
        JOIN label_campaign AS l ON f.label_key = l.label_key
        WHERE t.own_currency = 0 AND f.priced > 0 GROUP BY l.campaign, f.send_day, t.currency) AS f {_OUTSIDE}"""
MESSAGE_PRICES = """SELECT m.message_key, m.label_key, m.send_us, m.send_day, m.delivered_us, t.currency,
            CASE WHEN COALESCE(t.silent, 1) = 1 AND m.cost_micro IS NOT NULL THEN m.cost_micro WHEN t.own_currency = 1 THEN c.charge_micro END AS price,
            CASE WHEN t.own_currency = 0 THEN c.charge_micro END AS foreign_price
        FROM message AS m
        LEFT JOIN charge AS c ON m.message_key = c.message_key
        LEFT JOIN rating_terms AS t ON m.terms_key = t.terms_key"""
"""SELECT of every message with its price: in the workspace's currency, else in its own."""
_ONE_BY_ONE = f"""({MESSAGE_PRICES}
        WHERE m.send_day IN (SELECT send_day FROM ragged_day)) AS m
    JOIN label_campaign AS l ON m.label_key = l.label_key
    JOIN ragged_day AS r ON r.campaign = l.campaign AND r.send_day = m.send_day
    WHERE NOT EXISTS (
        SELECT 1 FROM covered_period AS p WHERE p.campaign = l.campaign AND m.send_us >= p.from_us AND m.send_us < p.until_us)"""
_RAGGED = f"""SELECT l.campaign, m.send_day, coalesce(m.price, 0), CASE WHEN m.delivered_us IS NOT NULL AND m.price IS NULL THEN 1 ELSE 0 END,
        CASE WHEN m.price IS NULL THEN 0 ELSE 1 END
    FROM {_ONE_BY_ONE}"""
_FOREIGN_RAGGED = f"""SELECT l.campaign, m.send_day, m.currency, m.foreign_price, 1
    FROM {_ONE_BY_ONE} AND m.foreign_price IS NOT NULL"""

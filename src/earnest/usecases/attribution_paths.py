"""Journeys of the workspace as the path models read them: those that converted, and those that did not.

    touches of each order within the look-back                ─> converting journeys (conversions, net revenue)
    a contact's other touches, until one's look-back passes
    without another: each stretch is a journey                ─> null journeys

Both are cut by the same look-back, or the length of a journey would tell who bought.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from earnest.attribution.journeys.journeys import Ints, Journeys
from earnest.definitions.days import Days
from earnest.kernel.money import exponent
from earnest.kernel.period import day_end_us, day_number, day_start_us, zone
from earnest.usecases.tables import Tables


def path_journeys(tables: Tables, units: Sequence[str], *, unit_sql: str, days: Days | None = None) -> Journeys:
    """The journeys over `journey_touch`, whose `label_key` is the place of the touch's unit in `units`.

    Args:
        unit_sql: how a touch without an order finds its unit: SQL with columns `label_key`, `rung`, `unit_key` to join by.
        days: null journeys hold the touches of these business days; converting ones are of their orders already.
    """
    con = tables.con
    con.execute(f"CREATE OR REPLACE TEMP TABLE null_touch AS {_null_touches(tables, unit_sql, days)}")
    found = con.sql(_PATHS).to_arrow_table()
    paths = found.column("path").combine_chunks()
    offsets = paths.offsets.to_numpy().astype(np.int64)
    items = paths.flatten().to_numpy(zero_copy_only=False).astype(np.int32)
    return Journeys(
        channels=tuple(units),
        items=items,
        offsets=offsets - offsets[0] if len(offsets) else np.zeros(1, np.int64),
        conversions=_integers(found.column("conversions")),
        nulls=_integers(found.column("nulls")),
        value=_integers(found.column("net_minor")),
        units=10 ** exponent(tables.state.currency),
        currency=tables.state.currency,
    )


def _null_touches(tables: Tables, unit_sql: str, days: Days | None) -> str:
    """SQL: each message at its strongest touch that counts, in the stretches of its contact; those of converting journeys left out."""
    counting = [int(rung) for (rung,) in tables.con.execute("SELECT rung FROM lookback ORDER BY rung DESC").fetchall()]
    met = {rung: f"{_INSTANT[rung]} IS NOT NULL{_period(tables, _INSTANT[rung], days)}" for rung in counting}
    rung = " ".join(f"WHEN {met[rung]} THEN {rung}" for rung in counting) or "WHEN false THEN 0"
    instant = " ".join(f"WHEN {met[rung]} THEN {_INSTANT[rung]}" for rung in counting) or "WHEN false THEN 0"
    return _NULL.format(rung=rung, instant=instant, units=unit_sql)


_INSTANT = {4: "a.reply_us", 3: "a.click_us", 2: "m.read_us", 1: "m.delivered_us"}


def _period(tables: Tables, instant: str, days: Days | None) -> str:
    if days is None:
        return ""
    tz = zone(tables.state.timezone)
    first, end = day_start_us(day_number(days.first), tz), day_end_us(days.last, tz)
    return f" AND {instant} >= {first} AND {instant} < {end}"


def _integers(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.combine_chunks().to_numpy(zero_copy_only=False), np.int64)


_NULL = """WITH answered AS (
        SELECT message_key, max(occurred_us) FILTER (response_kind = 'reply') AS reply_us, max(occurred_us) FILTER (click_class = 'human') AS click_us
        FROM response WHERE message_key IS NOT NULL AND (response_kind = 'reply' OR click_class = 'human') GROUP BY message_key
    ), best AS (
        SELECT m.message_key, m.contact_key, m.label_key, CASE {rung} END AS rung, CASE {instant} END AS touch_us
        FROM message AS m LEFT JOIN answered AS a ON m.message_key = a.message_key WHERE m.contact_key IS NOT NULL
    ), spaced AS (
        SELECT b.*, lag(b.touch_us + w.window_us) OVER (PARTITION BY b.contact_key ORDER BY b.touch_us, b.message_key) AS open_until_us
        FROM best AS b JOIN lookback AS w ON b.rung = w.rung
        WHERE b.message_key NOT IN (SELECT c.message_key FROM credit AS c JOIN conversion AS v ON c.order_key = v.order_key
            WHERE c.model = 'linear' AND c.message_key IS NOT NULL AND v.cancelled = 0)
    )
    SELECT s.contact_key, s.message_key, s.touch_us, u.unit_key, count(*) FILTER (s.open_until_us IS NULL OR s.touch_us > s.open_until_us)
            OVER (PARTITION BY s.contact_key ORDER BY s.touch_us, s.message_key ROWS UNBOUNDED PRECEDING) AS stretch
    FROM spaced AS s JOIN ({units}) AS u ON s.label_key = u.label_key AND s.rung = u.rung"""

_PATHS = """WITH paths AS (
        SELECT list(label_key ORDER BY touch_us, message_key) AS path, 1 AS conversions, 0 AS nulls, any_value(net_minor) AS net_minor
        FROM journey_touch GROUP BY order_key
        UNION ALL
        SELECT list(unit_key ORDER BY touch_us, message_key), 0, 1, 0 FROM null_touch GROUP BY contact_key, stretch
    )
    SELECT path, CAST(sum(conversions) AS BIGINT) AS conversions, CAST(sum(nulls) AS BIGINT) AS nulls, CAST(sum(net_minor) AS BIGINT) AS net_minor
    FROM paths GROUP BY path ORDER BY path"""

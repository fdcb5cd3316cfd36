"""Journeys of the workspace as the path models read them: those that converted, and those that did not.

    touches of each order within the look-back                         ─> converting journeys (conversions, net revenue)
    a contact's other touches, stretch by stretch: a stretch ends
    where no touch before the next is within its look-back any more    ─> null journeys

Both are cut alike, or the cut would tell who bought: a null journey too holds the touches that are within their look-back at its end, and
what an order's journey left out as too old is no journey of its own.
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
        days: null journeys are those whose last touch is of these business days; converting ones are of their orders already.
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
    """SQL: each message of no converting journey at its strongest touch that counts, in the stretches of its contact."""
    counting = [int(rung) for (rung,) in tables.con.execute("SELECT rung FROM lookback ORDER BY rung DESC").fetchall()]
    rung = " ".join(f"WHEN {_INSTANT[rung]} IS NOT NULL THEN {rung}" for rung in counting) or "WHEN false THEN 0"
    instant = ", ".join(_INSTANT[rung] for rung in counting) or "NULL"
    return _NULL.format(rung=rung, instant=instant, units=unit_sql, period=_period(tables, days))


_INSTANT = {4: "a.reply_us", 3: "a.click_us", 2: "m.read_us", 1: "m.delivered_us"}


def _period(tables: Tables, days: Days | None) -> str:
    if days is None:
        return "true"
    tz = zone(tables.state.timezone)
    return f"n.end_us >= {day_start_us(day_number(days.first), tz)} AND n.end_us < {day_end_us(days.last, tz)}"


def _integers(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.combine_chunks().to_numpy(zero_copy_only=False), np.int64)


_NULL = """WITH answered AS (
        SELECT message_key, max(occurred_us) FILTER (response_kind = 'reply') AS reply_us, max(occurred_us) FILTER (click_class = 'human') AS click_us
        FROM response WHERE message_key IS NOT NULL AND (response_kind = 'reply' OR click_class = 'human') GROUP BY message_key
    ), journey AS (
        SELECT v.contact_key, c.message_key, c.label_key, c.rung, c.touch_us, v.ordered_us
        FROM credit AS c JOIN conversion AS v ON c.order_key = v.order_key
        WHERE c.model = 'linear' AND c.message_key IS NOT NULL AND v.cancelled = 0
    ), met AS (
        SELECT m.contact_key, m.message_key, m.label_key, CASE {rung} END AS rung, COALESCE({instant}) AS touch_us, NULL AS ordered_us
        FROM message AS m LEFT JOIN answered AS a ON m.message_key = a.message_key
        WHERE m.contact_key IS NOT NULL AND m.message_key NOT IN (SELECT message_key FROM journey)
        UNION ALL SELECT * FROM journey
    ), spaced AS (
        SELECT t.*, t.touch_us + w.window_us AS open_us, max(t.touch_us + w.window_us) OVER (PARTITION BY t.contact_key
            ORDER BY t.touch_us, t.message_key, t.ordered_us ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_us
        FROM met AS t JOIN lookback AS w ON t.rung = w.rung
    ), stretched AS (
        SELECT *, count(*) FILTER (before_us IS NULL OR touch_us > before_us)
            OVER (PARTITION BY contact_key ORDER BY touch_us, message_key, ordered_us ROWS UNBOUNDED PRECEDING) AS stretch
        FROM spaced
    ), converted AS (
        SELECT *, max(ordered_us) OVER (PARTITION BY contact_key, stretch) AS last_order_us FROM stretched
    ), ended AS (
        SELECT *, max(touch_us) OVER (PARTITION BY contact_key, stretch) AS end_us FROM converted
        WHERE ordered_us IS NULL AND (last_order_us IS NULL OR touch_us > last_order_us)
    )
    SELECT n.contact_key, n.message_key, n.touch_us, u.unit_key, n.stretch
    FROM ended AS n JOIN ({units}) AS u ON n.label_key = u.label_key AND n.rung = u.rung WHERE n.open_us >= n.end_us AND {period}"""

_PATHS = """WITH paths AS (
        SELECT list(label_key ORDER BY touch_us, message_key) AS path, 1 AS conversions, 0 AS nulls, any_value(net_minor) AS net_minor
        FROM journey_touch GROUP BY order_key
        UNION ALL
        SELECT list(unit_key ORDER BY touch_us, message_key), 0, 1, 0 FROM null_touch GROUP BY contact_key, stretch
    )
    SELECT path, CAST(sum(conversions) AS BIGINT) AS conversions, CAST(sum(nulls) AS BIGINT) AS nulls, CAST(sum(net_minor) AS BIGINT) AS net_minor
    FROM paths GROUP BY path ORDER BY path"""

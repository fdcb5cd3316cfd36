"""Touches and conversions → journeys: for each conversion, the touches of that contact before it, within the look-back.

    touch (contact, at) ─┐  at ≤ conversion, at ≥ conversion − window: both ends count
    conversion ──────────┴─> a journey each      contacts without a conversion: their touches, within the
                                       look-back of the last, are a journey that failed

A touch at the instant of an order stands before it. A touch can stand in the journeys of several conversions.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from earnest.attribution.journeys.journeys import Ints, Journeys, of_columns
from earnest.importers.mapping import Mapping
from earnest.importers.parsing import Reading
from earnest.importers.reading import load
from earnest.importers.shape import FileShape
from earnest.kernel.errors import DataRefused, closest
from earnest.kernel.words import count
from earnest.usecases.attribution_columns import BY, CONVERSIONS, TOUCHES, Staged, currency_of, mapped, raw_text, staged
from earnest.usecases.attribution_file import (
    FileAsked,
    FileRead,
    checked_journeys,
    money_notes,
    money_units,
    reading_of,
)
from earnest.warehouse import duck

_LEADS = ("lead", "opt_in", "opted_in", "optin", "reply", "replied", "first_reply")
_OPPORTUNITIES = ("opportunity", "sql", "quote")
_UNNAMED = "(none)"


def read_touches(path: Path, asked: FileAsked) -> FileRead:
    """Read touches and conversions.

    Raises:
        DataRefused: `missing-column`, `no-journeys`, and what reading a file refuses. UsageError: as `currency_of`.
    """
    assert asked.conversions is not None
    reading = reading_of(asked)
    touch_shape, touch_map = mapped(path, TOUCHES, asked.maps, reading)
    order_shape, order_map = mapped(asked.conversions, CONVERSIONS, asked.conversion_maps, reading)
    by = _by(asked, touch_shape, touch_map)
    with contextlib.closing(duck.connect()) as con:
        load(con, order_shape)
        currency = currency_of(con, order_shape, order_map, asked.currency)
        clockless = asked.zone is None and _naive(con, order_shape, order_map)
        orders = _staged_orders(
            con, order_shape, order_map, replace(reading, currency=currency or ""), clockless=clockless
        )
        load(con, touch_shape)
        clockless = clockless and _naive(con, touch_shape, touch_map)
        if not clockless and orders.mapping.reading.file_zone != asked.zone:
            load(con, order_shape)  # the two files write their times differently: read the orders again, strictly
            orders = _staged_orders(
                con, order_shape, order_map, replace(reading, currency=currency or ""), clockless=False
            )
            load(con, touch_shape)
        zone = "UTC" if clockless else asked.zone
        touch_map = replace(touch_map, reading=replace(reading, file_zone=zone))
        touches = staged(con, touch_shape, touch_map, kind=TOUCHES, table="touch", needed=("contact", "at"))
        journeys = _journeys(con, by, asked, orders=orders, touches=touches, currency=currency)
    notes = _notes(journeys, asked, clockless=clockless) + money_notes(orders, currency)
    columns = {path.name: dict(touch_map.fields), asked.conversions.name: dict(order_map.fields)}
    rows = touches.rows + orders.rows
    bad = touches.bad + orders.bad
    return FileRead(checked_journeys(journeys, path, bad), "touches", by, rows, bad, notes, columns)


def _by(asked: FileAsked, shape: FileShape, mapping: Mapping) -> str:
    present = [name for name in BY if mapping.of(name) is not None]
    wanted = asked.by or (present[0] if present else BY[0])
    if wanted not in present:
        raise DataRefused(
            "missing-column",
            f"no column of {shape.path.name} was recognised as {wanted}{closest(wanted, present)}",
            hint=f"Give --map {wanted}=COLUMN. Columns: {', '.join(shape.columns)}.",
        )
    return wanted


def _naive(con: duckdb.DuckDBPyConnection, shape: FileShape, mapping: Mapping) -> bool:
    """Whether every clock time of the loaded file is written without a zone."""
    text = raw_text(shape, mapping.of("at") or "")
    zoned = f"regexp_matches({text}, '([zZ]|UTC|[+-][0-9]{{2}}:?([0-9]{{2}})?)$') AND contains({text}, ':')"
    epoch = f"regexp_matches({text}, '^[0-9]{{10,16}}$')"
    row = con.execute(f"SELECT count(*) FILTER (WHERE ({zoned}) OR ({epoch})) FROM raw").fetchone()
    return row is not None and row[0] == 0


def _staged_orders(
    con: duckdb.DuckDBPyConnection, shape: FileShape, mapping: Mapping, reading: Reading, *, clockless: bool
) -> Staged:
    told = replace(mapping, reading=replace(reading, file_zone="UTC" if clockless else reading.file_zone))
    return staged(con, shape, told, kind=CONVERSIONS, table="ordered", needed=("at",))


def _journeys(
    con: duckdb.DuckDBPyConnection,
    by: str,
    asked: FileAsked,
    *,
    orders: Staged,
    touches: Staged,
    currency: str | None,
) -> Journeys:
    names = [str(name) for (name,) in con.execute(_NAMES.format(by=by)).fetchall()]
    con.execute(_CONVERSION.format(value="coalesce(value, 0)" if orders.mapping.of("value") else "0"))
    window = asked.window_us
    cut = (
        {"order_cut": "", "last_cut": ""}
        if window is None
        else {
            "order_cut": f"AND t.at_us >= c.at_us - {window}",
            "last_cut": f"AND t.at_us >= f.last_us - {window}",
        }
    )
    milestone = _milestone(touches.mapping)
    con.execute(_TOUCHED.format(by=by, milestone=milestone or "0"))
    found = con.execute(_JOURNEYS.format(**cut)).fetchnumpy()
    worth = con.execute("SELECT value FROM conversion ORDER BY n").fetchnumpy()["value"]
    value, units = money_units(worth, currency) if orders.mapping.of("value") else (None, 1)
    number = np.asarray(found["n"], np.int64)
    met, journey = _renumbered(number)
    converted = met < len(worth)
    kept = np.zeros(len(worth), np.bool_)
    kept[met[converted]] = True
    lost = 0 if value is None else value[~kept].sum()
    return of_columns(
        journey,
        found["channel"],
        names,
        conversions=converted.astype(np.int64),
        nulls=(~converted).astype(np.int64),
        value=None if value is None else _spread(value, met, converted),
        units=units,
        currency=currency,
        ages=np.asarray(found["age_us"], np.int64),
        milestone=found["milestone"] if milestone else None,
        unattributed=(int((~kept).sum()), lost),
    )


def _milestone(mapping: Mapping) -> str | None:
    """SQL of a touch's mark: from its own column, or from what kind of touch it is."""
    column = "milestone" if mapping.of("milestone") else "touch_type" if mapping.of("touch_type") else None
    if column is None:
        return None
    text = f"lower(replace(replace({column}, ' ', '_'), '-', '_'))"
    leads, further = (", ".join(f"'{one}'" for one in known) for known in (_LEADS, _OPPORTUNITIES))
    return f"CASE WHEN {text} IN ({further}) THEN 2 WHEN {text} IN ({leads}) THEN 1 ELSE 0 END"


def _renumbered(number: Ints) -> tuple[Ints, Ints]:
    """Journey numbers with gaps, ascending → those met, and for each touch its place among them."""
    if not len(number):
        return number, number
    steps = np.empty(len(number), np.bool_)
    steps[0], steps[1:] = True, number[1:] != number[:-1]
    return number[steps], np.cumsum(steps) - 1


def _spread(value: npt.NDArray[np.generic], met: Ints, converted: npt.NDArray[np.bool_]) -> npt.NDArray[np.generic]:
    worth = np.zeros(len(met), value.dtype)
    worth[converted] = value[met[converted]]
    return worth


def _notes(journeys: Journeys, asked: FileAsked, *, clockless: bool) -> tuple[str, ...]:
    notes: list[str] = []
    if clockless:
        notes.append(
            "times are written without a zone in both files: they are taken for one clock; --timezone names it"
        )
    if asked.window_us is None:
        notes.append("no look-back is set: all touches before a conversion count; --window 5d sets one")
    else:
        notes.append("the look-back of contacts without a conversion ends at their last touch")
    if journeys.unattributed:
        within = "before" if asked.window_us is None else "within the look-back"
        notes.append(f"{count(journeys.unattributed, 'conversion')} without a touch {within} stay unattributed")
    return tuple(notes)


_NAMES = f"SELECT DISTINCT coalesce({{by}}, '{_UNNAMED}') AS name FROM touch ORDER BY name"
_CONVERSION = """CREATE OR REPLACE TEMP TABLE conversion AS
SELECT row_number() OVER (ORDER BY at_us, row) - 1 AS n, contact, at_us, {value} AS value FROM ordered"""
_TOUCHED = f"""CREATE OR REPLACE TEMP TABLE touched AS
SELECT t.contact, t.at_us, t.row, CAST(i.place AS INTEGER) AS channel, CAST({{milestone}} AS TINYINT) AS milestone
FROM touch AS t
JOIN (SELECT name, row_number() OVER (ORDER BY name) - 1 AS place
    FROM (SELECT DISTINCT coalesce({{by}}, '{_UNNAMED}') AS name FROM touch)) AS i ON coalesce(t.{{by}}, '{_UNNAMED}') = i.name"""
_JOURNEYS = """
WITH failed AS (
    SELECT contact, last_us, (SELECT count(*) FROM conversion) + row_number() OVER (ORDER BY contact) - 1 AS n
    FROM (SELECT contact, max(at_us) AS last_us FROM touched GROUP BY contact) AS t
    WHERE NOT EXISTS (SELECT 1 FROM conversion AS c WHERE c.contact = t.contact)
)
SELECT n, channel, age_us, milestone FROM (
    SELECT c.n AS n, t.channel AS channel, c.at_us - t.at_us AS age_us, t.milestone AS milestone, t.at_us AS at_us, t.row AS row
    FROM conversion AS c JOIN touched AS t ON c.contact = t.contact AND t.at_us <= c.at_us {order_cut}
    UNION ALL
    SELECT f.n, t.channel, 0, t.milestone, t.at_us, t.row FROM failed AS f JOIN touched AS t ON f.contact = t.contact {last_cut}
) ORDER BY n, at_us, row"""

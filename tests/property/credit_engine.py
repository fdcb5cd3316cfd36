"""Many worlds of `credit_worlds` through the production build at once, and what its tables and KPI queries say of each.

Keys of worlds never meet, so all of them stand in one set of event segments and are built once; a key tells its world.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from fractions import Fraction
from math import isclose
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pyarrow

from earnest.attribution.rule import rule_model
from earnest.attribution.split import credit_sql
from earnest.definitions.campaign import UNASSIGNED
from earnest.definitions.link import Link
from earnest.definitions.setting import DatedValue
from earnest.definitions.state import Import, State
from earnest.events.kinds import KINDS
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kpis.dimensions import NONE
from earnest.usecases.kpi_answer import KpiRow
from earnest.usecases.kpi_ask import KpiAsk
from earnest.usecases.kpi_query import measure_groups, query
from earnest.usecases.tables import Tables, plan_of, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck, segments
from earnest.warehouse.build import full_build
from earnest.warehouse.received import Index
from earnest.warehouse.segments import Segment
from property.credit_worlds import DAY, FIRST_US, HOUR, KEYS, World

_TYPES = {
    "BIGINT": pyarrow.int64(),
    "INTEGER": pyarrow.int32(),
    "TINYINT": pyarrow.int8(),
    "DOUBLE": pyarrow.float64(),
    "BOOLEAN": pyarrow.bool_(),
    "VARCHAR": pyarrow.string(),
}
MODELS = (
    "first_touch",
    "last_touch",
    "linear",
    "time_decay_7d",
    "time_decay_24h",
    "position_u",
    "position_w",
    "full_path",
)
Facts = dict[str, set[tuple[Any, ...]]]

FUNNEL = {
    "messages": "messages",
    "sent": "sent",
    "delivered": "delivered",
    "read": "was_read",
    "failed": "failed",
    "clicked": "clicked",
    "replied": "replied",
    "opted_out": "opted_out",
    "human_clicks": "human_clicks",
    "machine_clicks": "machine_clicks",
    "all_clicks": "all_clicks",
}
"""The oracle's name of a count → the column of `funnel_cell`."""


@contextmanager
def built(worlds: Sequence[World]) -> Iterator[Tables]:
    """A full build over the events of all worlds, which must have the same windows, as `earnest build` makes it."""
    with tempfile.TemporaryDirectory() as folder, closing(duck.connect()) as con:
        events, tables = Path(folder) / "events", Path(folder) / "tables"
        state = _state(worlds, _segments(con, events, worlds))
        workspace = cast(Workspace, SimpleNamespace(events=events, clock=lambda: AS_OF_US))
        plan = plan_of(con, workspace, state, index=Index(""))
        manifest = full_build(con, plan, events=events, tables=tables, progress=quiet)
        yield Tables(con, manifest, state, AS_OF_US)


def _segments(con: duckdb.DuckDBPyConnection, events: Path, worlds: Sequence[World]) -> tuple[Segment, ...]:
    written: list[Segment] = []
    for kind in KINDS:
        rows = [row for world in worlds for row in world.events.get(kind, [])]
        rows += _LEARNED[kind](worlds) if kind in _LEARNED else []
        con.register("rows_of_worlds", _events(kind, rows))
        written += segments.write(con, events, NAME, [(kind, "SELECT * FROM rows_of_worlds")])
        con.unregister("rows_of_worlds")
    return tuple(written)


def _events(kind: str, rows: list[dict[str, Any]]) -> pyarrow.Table:
    made = {}
    for column in KINDS[kind].columns:
        values = [row.get(column.name) for row in rows]
        if column.name == "received_us":
            values = [row["occurred_us"] for row in rows]
        elif column.name == "row":
            values = list(range(1, len(rows) + 1))
        elif column.name in _SAME:
            values = [_SAME[column.name]] * len(rows)
        made[column.name] = pyarrow.array(values, _TYPES[column.type])
    return pyarrow.table(made)


def _labels(worlds: Sequence[World]) -> list[dict[str, Any]]:
    return [
        _row(label, {"label_key": label, "channel": "whatsapp", "campaign": name})
        for world in worlds
        for label, name in world.campaign.items()
    ]


def _told_together(worlds: Sequence[World]) -> list[dict[str, Any]]:
    pairs = [pair for world in worlds for pair in world.person.items() if pair[0] != pair[1]]
    return [_row(one, {"contact_key": one, "other_key": person}) for one, person in pairs]


def _row(key: int, own: dict[str, Any]) -> dict[str, Any]:
    return {"event_key": key, "occurred_us": FIRST_US, "local_day": FIRST_US // DAY, **own}


_LEARNED = {"label": _labels, "identity_link": _told_together}


def _state(worlds: Sequence[World], written: tuple[Segment, ...]) -> State:
    assert all(world.windows == worlds[0].windows for world in worlds)
    windows = {name: worlds[0].windows[rung] // unit for name, (rung, unit) in _SETTINGS.items()}
    return State(
        currency="EUR",
        settings={name: [DatedValue(str(width), date(2020, 1, 1))] for name, width in windows.items()},
        imports={
            1: Import(
                1, AS_OF_US, "worlds", NAME, "messages", {"fields": dict.fromkeys(_FIELDS, "")}, {}, written, None
            )
        },
        links={"a": Link("a", 1, "https://shop.example/")},
    )


NAME = "worlds-1"
_FIELDS = ("status", "occurred_at", "clicked_at", "replied_at", "opted_out_at", "cost", "campaign")
AS_OF_US = FIRST_US + 90 * DAY
_SAME = {
    "segment_key": segments.segment_key(NAME),
    "source": "worlds",
    "conversion_kind": "order",
    "evidence": "invoiced",
}
_SETTINGS = {
    "lookback_delivered_hours": (1, HOUR),
    "lookback_read_hours": (2, HOUR),
    "lookback_click_days": (3, DAY),
    "lookback_reply_days": (4, DAY),
}


def money(tables: Tables) -> dict[int, Facts]:
    """Cost and KPIs of each campaign, as the KPI engine answers."""
    found: dict[int, Facts] = defaultdict(lambda: defaultdict(set))
    cost = measure_groups(tables, ("cost_micro", "sent"), by=("campaign",))
    for (campaign,), sums in cost.items():
        if _world_of(campaign) is not None:
            found[_world_of(campaign)]["costs"].add((campaign, sums["cost_micro"]))
    for name in KPIS:
        rows = {row.key["campaign"]: row for row in query(tables, KpiAsk(name, by=("campaign",))).rows}
        for campaign in {key[0] for key in cost} | set(rows):
            if _world_of(campaign) is not None:
                value = _value(rows[campaign]) if campaign in rows else None
                found[_world_of(campaign)]["ctr" if name == "click_through_rate" else "kpis"].add(
                    (campaign, name, value)
                )
    return found


def _world_of(campaign: str) -> int | None:
    return None if campaign in (UNASSIGNED, NONE) else int(campaign[1:].partition("-")[0])


def _value(row: KpiRow) -> Any:
    """A KPI as the exact fraction of its sums, money in minor units; what it says instead where the figure is none of it.

    A figure that is withheld since messages have no price still has its sums.
    """
    above, below = row.measures.values()
    figure = row.figure
    if isinstance(figure, Unavailable):
        known = {"empty-denominator": below == 0, "unrated-messages": True}
        if not known.get(figure.code, False):
            return figure.code
    if not below:
        return None
    minor = sum(name.endswith("_micro") for name in row.measures) == 1
    exact = Fraction(above, below) / (10_000 if minor else 1)
    if isinstance(figure, Estimate) and not isclose(float(exact), figure.value * (100 if minor else 1), rel_tol=1e-12):
        return f"figure {figure.value} of {row.measures}"
    return exact


KPIS = ("click_through_rate", "conversion_rate", "revenue_per_recipient", "roas", "cost_per_order")


def told(tables: Tables) -> dict[int, Facts]:
    """What the tables say of each world, subject by subject, in the form of `test_credit_oracle.facts`."""
    found: dict[int, Facts] = defaultdict(lambda: defaultdict(set))
    for subject, sql in _SUBJECTS.items():
        for row in tables.con.execute(sql).fetchall():
            found[cast(int, row[0]) // KEYS][subject].add(row)
    counts = ", ".join(FUNNEL.values())
    cells = f"SELECT label_key, send_day, {counts} FROM funnel_cell WHERE label_key IS NOT NULL"
    for label, day, *each in tables.con.execute(cells).fetchall():
        for name, count in zip(FUNNEL, each, strict=True):
            found[label // KEYS]["clicked" if name == "clicked" else "funnel"].add((label, day, name, count))
    return found


def unattributed(tables: Tables) -> set[tuple[Any, ...]]:
    """The cells of no label, of all worlds together."""
    sql = "SELECT model, order_day, credits, credit_minor FROM credit_cell WHERE label_key IS NULL"
    return set(tables.con.execute(sql).fetchall())


_SUBJECTS = {
    "conversions": "SELECT order_key, contact_key, ordered_us, order_day, net_minor, cancelled = 1 FROM conversion",
    "stored": "SELECT order_key, model, order_day, message_key, label_key, rung, touch_us, credit_minor FROM credit",
    "credits": "SELECT order_key, model, order_day, message_key, label_key, rung, touch_us, credit_minor"
    f" FROM ({credit_sql([rule_model(name) for name in MODELS])})",
    "cells": "SELECT label_key, model, order_day, credits, credit_minor FROM credit_cell WHERE label_key IS NOT NULL",
}

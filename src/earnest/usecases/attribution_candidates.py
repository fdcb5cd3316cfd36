"""Touches that some window might count: one row an order, message and rung, found by the credit SQL at the widest window asked for.

    credit SQL, a rung at a time, widest window ─> candidate ─ narrower windows, fewer kinds, one channel ─> journeys of a scenario

The latest touch of a rung within a wide window is also its latest within any narrower one that holds it at all, so every scenario
is a filter of this table and the tables are read once a rung, not once a scenario.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow

from earnest.attribution.presets import RUNGS
from earnest.attribution.rule import RuleModel, rule_model
from earnest.attribution.split import credit_sql, ordered, split
from earnest.definitions.days import Days
from earnest.definitions.periods import read_period
from earnest.kernel.period import day_number
from earnest.usecases.tables import Tables, open_tables, read_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

Windows = Mapping[tuple[int, int], int]
"""(label_key, rung) → window in microseconds."""

SPLIT_COLUMNS = "order_key, order_day, net_minor, message_key, label_key, rung, touch_us"


@dataclass(frozen=True, slots=True)
class Rule:
    """How orders are claimed: a rule model over the touches within windows.

    Args:
        windows: by label and rung; what is left out does not count.
        starts: the window opens with the touch, or with the sending of its message.
        machines: whether clicks of any class count.
    """

    model: RuleModel
    windows: Windows
    starts: Literal["touch", "send"] = "touch"
    machines: bool = False


def bind_candidates(tables: Tables, rules: Sequence[Rule], *, days: Days | None = None) -> None:
    """Make `candidate`: every touch that a window of any of the rules might count.

    Columns: order_key, order_day, ordered_us, net_minor, message_key, label_key, rung, machine (the latest click of any class
    instead of the latest human one), touch_us, send_us. Cancelled orders are left out: they earn nothing.

    Args:
        days: only orders of these business days; None for all.
    """
    con = tables.con
    con.execute(_NEW)
    widest: dict[int, int] = {}
    for rule in rules:
        for (_, rung), width in rule.windows.items():
            widest[rung] = max(width, widest.get(rung, 0))
    machine = any(rule.machines for rule in rules)
    linear = (rule_model("linear"),)
    for rung, width in sorted(widest.items()):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE widest_window AS SELECT label_key, CAST($1 AS BIGINT) AS rung, CAST($2 AS BIGINT) AS window_us"
            " FROM label_campaign",
            [rung, width],
        )
        for any_class in (False, True) if machine and rung == RUNGS["click"] else (False,):
            sql = credit_sql(linear, windows="widest_window", machines=any_class)
            con.execute(_ADD.format(sql=sql, machine=any_class, days=within("c.order_day", days)))


def asked_days(workspace: Workspace, period: str | None) -> Days | None:
    """The business days of a period (`definitions.periods.read_period`); None for all time.

    Raises:
        UsageError: `bad-period`, `bad-days`, `not-a-date`.
    """
    return read_period(period, workspace.today(workspace.state())) if period else None


def opened(workspace: Workspace, progress: Progress, *, build: bool) -> contextlib.AbstractContextManager[Tables]:
    """The tables: brought up to the journal first, or, for a server whose builder does that, as they stand."""
    return open_tables(workspace, progress=progress) if build else read_tables(workspace)


def within(column: str, days: Days | None) -> str:
    """SQL: whether a business day is among those asked for."""
    return f"{column} BETWEEN {day_number(days.first)} AND {day_number(days.last)}" if days is not None else "true"


def bind_journey(tables: Tables, rule: Rule) -> None:
    """Make `scenario_touch`: the journeys of all orders under a rule's windows, in the columns `split` reads.

    A message touches once, at its highest rung that counts, as in the table `credit`.
    """
    bind_windows(tables, "scenario_window", rule.windows)
    age = "c.ordered_us - c.send_us" if rule.starts == "send" else "c.ordered_us - c.touch_us"
    machine = f"c.machine = (c.rung = {RUNGS['click']})" if rule.machines else "NOT c.machine"
    tables.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE scenario_touch AS
        SELECT order_key, order_day, net_minor, message_key, label_key, max(rung) AS rung, arg_max(touch_us, rung) AS touch_us
        FROM (SELECT c.* FROM candidate AS c JOIN scenario_window AS w ON c.label_key = w.label_key AND c.rung = w.rung
            WHERE {age} <= w.window_us AND {machine})
        GROUP BY ALL"""
    )


def claimed(rule: Rule, columns: str = "*") -> str:
    """SQL of the credited touches of `scenario_touch`: its columns, `weight` and `credit_minor`."""
    name = rule.model.id
    return (
        f"{split_over('scenario_touch', (rule.model,))} SELECT {columns} FROM"
        f" (SELECT {SPLIT_COLUMNS}, weight_{name} AS weight, credit_{name} AS credit_minor FROM split WHERE weight_{name} > 0)"
    )


def split_over(touches: str, rules: Sequence[RuleModel], *, units: str | None = None) -> str:
    """WITH … of the credit SQL over a table of touches (`SPLIT_COLUMNS`): the CTE `split` holds weight and credit under each rule."""
    return f"WITH {ordered(touches, units=units)},\n{split(rules)}"


def bind_windows(tables: Tables, name: str, windows: Windows) -> None:
    """Make a table (label_key, rung, window_us)."""
    rows = sorted((label, rung, width) for (label, rung), width in windows.items() if width > 0)
    table = pyarrow.table(
        {
            column: pyarrow.array([row[place] for row in rows], pyarrow.int64())
            for place, column in enumerate(("label_key", "rung", "window_us"))
        }
    )
    tables.con.register("windows_given", table)
    tables.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM windows_given")
    tables.con.unregister("windows_given")


def labels_of(tables: Tables) -> dict[int, str | None]:
    """Every label and its channel."""
    rows = tables.con.execute("SELECT label_key, channel FROM label_campaign ORDER BY label_key").fetchall()
    return {int(label): channel for label, channel in rows}


def own_windows(tables: Tables, labels: Iterable[int]) -> dict[tuple[int, int], int]:
    """The look-back in force in the workspace, for these labels."""
    rows = tables.con.execute("SELECT rung, window_us FROM lookback").fetchall()
    return {(label, int(rung)): int(width) for label in labels for rung, width in rows}


_NEW = """CREATE OR REPLACE TEMP TABLE candidate (order_key BIGINT, order_day INTEGER, ordered_us BIGINT, net_minor BIGINT, message_key BIGINT,
    label_key BIGINT, rung BIGINT, machine BOOLEAN, touch_us BIGINT, send_us BIGINT)"""

_ADD = """INSERT INTO candidate SELECT c.order_key, c.order_day, v.ordered_us, v.net_minor, c.message_key, c.label_key, c.rung, {machine},
        c.touch_us, m.send_us
    FROM ({sql}) AS c JOIN conversion AS v ON c.order_key = v.order_key JOIN message AS m ON c.message_key = m.message_key
    WHERE c.message_key IS NOT NULL AND v.cancelled = 0 AND {days}"""

"""How measures are cut, as SQL: which days, dimensions and filters; joins, keys and conditions of one query.

Names come from declarations; what somebody asked for is a parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from earnest.definitions.days import Days
from earnest.kernel.period import day_number, day_of
from earnest.kpis.dimensions import DIMENSIONS, NONE, WEEKDAYS, Filter
from earnest.kpis.measures.measure import Measure
from earnest.usecases.kpi_tables import once
from earnest.usecases.tables import Tables

LAST_TOUCH = "last_touch"
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """How to cut measures.

    Args:
        by: dimensions. filters: all must hold. days: business days, both included; None for all time.
        grain: day, week or month: the key then ends with the bucket's first day. model: attribution model.
        by_send: rows that know their message count on the day it was sent, whatever day their measure names.
    """

    by: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    days: Days | None = None
    grain: str | None = None
    model: str = LAST_TOUCH
    by_send: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every dimension that is looked at."""
        return tuple(dict.fromkeys((*self.by, *(one.name for one in self.filters))))


@dataclass(slots=True)
class Group:
    """One group's sums by measure, and the first and last day its rows count on, by kind of day."""

    sums: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, value: int) -> None:
        """Add to a measure."""
        self.sums[name] = self.sums.get(name, 0) + value

    def span(self, day: str, first: int, last: int) -> None:
        """Widen the days."""
        self.first[day] = min(first, self.first.get(day, first))
        self.last[day] = max(last, self.last.get(day, last))


@dataclass(slots=True)
class Query:
    """A query in the making: joins, keys and conditions, the parameters in the order of the conditions."""

    tables: Tables
    cut: Cut
    day: str
    joins: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    parameters: list[object] = field(default_factory=list)

    def join(self, table: str, alias: str, on: str, *, left: bool = False) -> None:
        """Join a table, which is made if it is one on demand; once, however often it is asked for."""
        if table.startswith("kpi_"):
            once(self.tables, table)
        self.joins[alias] = f"{'LEFT ' if left else ''}JOIN {table} AS {alias} ON {on}"

    def key(self, sql: str) -> None:
        """Group by an expression."""
        self.keys.append(sql)

    def keep(self, sql: str, values: Sequence[str]) -> None:
        """Keep rows of which an expression has one of these values."""
        self.conditions.append(f"{sql} IN ({', '.join('?' for _ in values)})")
        self.parameters += values

    def keep_segment(self, values: Sequence[str]) -> None:
        """Keep rows of messages to contacts in one of these segments, each row once."""
        once(self.tables, "kpi_segment")
        within = f"SELECT message_key FROM kpi_segment WHERE segment IN ({', '.join('?' for _ in values)})"
        self.conditions.append(f"c.message_key IN ({within})")
        self.parameters += values

    def run(
        self, source: str, sums_of: Sequence[tuple[str, str]], *, some: str, day: str, found: dict[Key, Group]
    ) -> None:
        """Run it and add what is found to the groups.

        Args:
            sums_of: measure and SQL of its sum. some: SQL of a row that counts for any of them, for the first and last day.
            day: which day the rows count on.
        """
        if self.cut.days is not None:
            self.conditions.append(f"{self.day} BETWEEN ? AND ?")
            self.parameters += [day_number(self.cut.days.first), day_number(self.cut.days.last)]
        keys = [*self.keys, *([_BUCKETS[self.cut.grain].format(day=self.day)] if self.cut.grain else [])]
        columns = [*keys, f"MIN({self.day}) FILTER (WHERE {some})", f"MAX({self.day}) FILTER (WHERE {some})"]
        columns += [sql for _, sql in sums_of]
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        by = f" GROUP BY {', '.join(str(place + 1) for place in range(len(keys)))}" if keys else ""
        sql = f"SELECT {', '.join(columns)} FROM {source} {' '.join(self.joins.values())}{where}{by}"
        for row in self.tables.con.execute(sql, self.parameters).fetchall():
            key, (first, last), values = row[: len(keys)], row[len(keys) : len(keys) + 2], row[len(keys) + 2 :]
            if first is None:
                continue
            group = found.setdefault(self._key(key), Group())
            group.span(day, int(first), int(last))
            for (name, _), value in zip(sums_of, values, strict=True):
                group.add(name, int(value or 0))

    def _key(self, row: Sequence[object]) -> Key:
        if self.cut.grain is None:
            return tuple(str(value) for value in row)
        return (*(str(value) for value in row[:-1]), day_of(int(str(row[-1]))).isoformat())


def of_rollup(query: Query, name: str) -> str:
    """SQL of a dimension's value over a rollup `c` and its labels `l`."""
    if name == "weekday":
        return _WEEKDAY.format(day=query.day)
    if name == "hour":
        return "printf('%02d', c.send_hour)"
    if name == "country":
        query.join("kpi_zone", "k", "c.recipient_zone = k.recipient_zone", left=True)
        return f"COALESCE(k.country, '{NONE}')"
    return f"COALESCE(l.{name}, '{NONE}')"


def of_rows(query: Query, measure: Measure, name: str) -> str:
    """SQL of a dimension's value over rows `c`: of the message's send where it is one's of the message."""
    if name == "weekday" and measure.day == "send":
        return _WEEKDAY.format(day=query.day)
    if DIMENSIONS[name].level in ("send", "message"):
        query.join("message", "m", "c.message_key = m.message_key")
    if name == "weekday":
        return _WEEKDAY.format(day="m.send_day")
    if name == "hour":
        query.join("zone_offset", "z", "m.send_us >= z.from_us AND m.send_us < z.until_us")
        return "printf('%02d', ((m.send_us + z.offset_us) // 3600000000) % 24)"
    if name == "country":
        query.join("kpi_zone", "k", "m.recipient_zone = k.recipient_zone", left=True)
        return f"COALESCE(k.country, '{NONE}')"
    if name == "segment":
        query.join("kpi_segment", "s", "c.message_key = s.message_key")
        return "s.segment"
    return f"COALESCE(l.{name}, '{NONE}')"


_WEEKDAY = "list_extract([" + ", ".join(f"'{name}'" for name in WEEKDAYS) + "], CAST(({day} + 3) % 7 + 1 AS INTEGER))"
_BUCKETS = {
    "day": "{day}",
    "week": "{day} - ({day} + 3) % 7",
    "month": "CAST(date_trunc('month', DATE '1970-01-01' + CAST({day} AS INTEGER)) AS DATE) - DATE '1970-01-01'",
}

"""How much contacts differ in what they bring on a channel: the sums that a clustered interval needs, and what credit rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from earnest.definitions.days import Days
from earnest.kernel.errors import UsageError
from earnest.kernel.period import day_number
from earnest.kpis.dimensions import Filter
from earnest.usecases.kpi_tables import once
from earnest.usecases.tables import Tables

RUNGS = {1: "delivered", 2: "read", 3: "clicked", 4: "replied"}


@dataclass(frozen=True, slots=True)
class Spread:
    """Sums over the contacts of a channel: d delivered messages, y credited minor units, o credited orders of each."""

    contacts: int
    d: int
    y: int
    o: int
    dd: int
    yy: int
    oo: int
    yd: int
    scale: float

    def ratio_error(self) -> float | None:
        """Standard error of revenue per delivered message, linearised, major units; None below two contacts."""
        if self.contacts < 2 or not self.d:
            return None
        ratio = self.y / self.d
        left = self.yy - 2 * ratio * self.yd + ratio * ratio * self.dd
        return self.scale * math.sqrt(max(left, 0.0) * self.contacts / (self.contacts - 1)) / self.d

    def revenue_error(self) -> float | None:
        """Standard error of the credited revenue as a share of it."""
        return self._relative(self.y, self.yy)

    def orders_error(self) -> float | None:
        """Standard error of the credited orders as a share of them."""
        return self._relative(self.o, self.oo)

    def _relative(self, total: int, squares: int) -> float | None:
        n = self.contacts
        if n < 2 or total <= 0:
            return None
        return math.sqrt(max(squares - total * total / n, 0.0) * n / (n - 1)) / total


def spreads(
    tables: Tables, channels: Sequence[str], days: Days | None, filters: tuple[Filter, ...]
) -> dict[str, Spread]:
    """The spread of each channel; channels that reached nobody are left out.

    Raises:
        UsageError: `not-by-dimension`: a filter that labels do not tell.
    """
    from earnest.kernel.money import exponent

    kept, given = _kept(tables, filters)
    sent, ordered = _within("m.send_day", days), _within("c.order_day", days)
    rows = tables.con.execute(
        f"""WITH d AS (
            SELECT l.channel, COALESCE(m.contact_key, m.message_key) AS who, count(m.delivered_us) AS d
            FROM message AS m JOIN kpi_label AS l ON m.label_key = l.label_key WHERE {kept} AND {sent} GROUP BY ALL),
        y AS (
            SELECT l.channel, COALESCE(m.contact_key, m.message_key) AS who, sum(c.credit_minor) AS y,
                count(DISTINCT c.order_key) FILTER (WHERE v.cancelled = 0) AS o
            FROM credit AS c JOIN kpi_label AS l ON c.label_key = l.label_key JOIN message AS m ON c.message_key = m.message_key
            JOIN conversion AS v ON c.order_key = v.order_key WHERE c.model = 'last_touch' AND {kept} AND {ordered} GROUP BY ALL),
        b AS (SELECT channel, who, COALESCE(d.d, 0)::HUGEINT AS d, COALESCE(y.y, 0)::HUGEINT AS y, COALESCE(y.o, 0)::HUGEINT AS o
            FROM d FULL JOIN y USING (channel, who))
        SELECT channel, count(*), sum(d), sum(y), sum(o), sum(d * d), sum(y * y), sum(o * o), sum(y * d) FROM b GROUP BY channel""",
        given + given,
    ).fetchall()
    scale = 1 / 10 ** exponent(tables.state.currency)
    fields = ("contacts", "d", "y", "o", "dd", "yy", "oo", "yd")
    return {
        str(name): Spread(scale=scale, **{field: int(one) for field, one in zip(fields, told, strict=True)})
        for name, *told in rows
        if name in channels
    }


def credited_by(
    tables: Tables, channels: Sequence[str], days: Days | None, filters: tuple[Filter, ...]
) -> dict[str, dict[int, float]]:
    """Channel → rung of evidence → share of the revenue that last touch credits by it."""
    kept, given = _kept(tables, filters)
    rows = tables.con.execute(
        "SELECT l.channel, c.rung, sum(c.credit_minor) FROM credit AS c JOIN kpi_label AS l ON c.label_key = l.label_key"
        f" WHERE c.model = 'last_touch' AND {kept} AND {_within('c.order_day', days)} GROUP BY ALL ORDER BY ALL",
        given,
    ).fetchall()
    minor: dict[str, dict[int, int]] = {channel: {} for channel in channels}
    for channel, rung, value in rows:
        if channel in minor and rung is not None:
            minor[channel][int(rung)] = int(value)
    return {
        channel: {rung: value / total for rung, value in found.items()} if (total := sum(found.values())) > 0 else {}
        for channel, found in minor.items()
    }


def rung_words(shares: Mapping[int, float]) -> dict[str, float]:
    """Evidence in words, strongest first."""
    return {RUNGS[rung]: shares[rung] for rung in sorted(shares, reverse=True)}


def _kept(tables: Tables, filters: tuple[Filter, ...]) -> tuple[str, list[object]]:
    once(tables, "kpi_label")
    known = ("campaign", "programme", "purpose", "template", "variant")
    for one in filters:
        if one.name not in known:
            raise UsageError(
                "not-by-dimension",
                f"channels cannot be compared within {one.name}",
                hint=f"They can within {', '.join(known)}.",
            )
    parts = [f"l.{one.name} IN ({', '.join('?' for _ in one.values)})" for one in filters]
    return " AND ".join(parts) or "1 = 1", [value for one in filters for value in one.values]


def _within(column: str, days: Days | None) -> str:
    if days is None:
        return "1 = 1"
    return f"{column} BETWEEN {day_number(days.first)} AND {day_number(days.last)}"

"""How much contacts differ in what they bring on a channel: the sums that a clustered interval needs, and what credit rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy import special

from earnest.attribution.presets import RUNGS
from earnest.definitions.days import Days
from earnest.kernel.errors import UsageError
from earnest.kpis.dimensions import Filter
from earnest.kpis.measures import all_measures
from earnest.usecases.attribution_candidates import within
from earnest.usecases.kpi_sums import rows_of
from earnest.usecases.kpi_tables import once
from earnest.usecases.tables import Tables


@dataclass(frozen=True, slots=True)
class Spread:
    """Sums over the contacts of a channel: d delivered messages, y credited minor units, o credited orders of each.

    `buyers` have a credited order. Errors are standard errors, 0 where no contact differs, None where there are too few.
    """

    contacts: int
    buyers: int
    d: int
    y: int
    o: int
    dd: int
    yy: int
    oo: int
    yd: int
    scale: float

    def ratio_error(self) -> float | None:
        """Of revenue per delivered message, linearised, major units."""
        if self.contacts < 2 or not self.d:
            return None
        left = self.yy * self.d**2 - 2 * self.y * self.d * self.yd + self.y**2 * self.dd
        return self.scale * math.sqrt(left * self.contacts / (self.contacts - 1)) / self.d**2

    def revenue_error(self) -> float | None:
        """Of the credited revenue, major units."""
        found = self._of_total(self.y, self.yy)
        return None if found is None else self.scale * found

    def orders_error(self) -> float | None:
        """Of the credited orders, as a share of them."""
        found = self._of_total(self.o, self.oo)
        return None if found is None or not self.o else found / self.o

    def _of_total(self, total: int, squares: int) -> float | None:
        return math.sqrt((self.contacts * squares - total**2) / (self.contacts - 1)) if self.contacts > 1 else None


@dataclass(frozen=True, slots=True)
class ShareSpread:
    """Sums over the contacts of a channel: x of its n messages count for a share."""

    contacts: int
    x: int
    n: int
    xx: int
    nn: int
    xn: int

    def effective_n(self, level: float) -> float:
        """How many messages to as many people would tell as much about the share as these do.

        That is the number of messages where each goes to another contact. A share of 0 or 1 shows no differences between contacts:
        there each contact counts once (n² / Σ nᵢ²).

        Source: Korn & Graubard, Survey Methodology 24 (1998) 193–201, with the linearised variance of a ratio.
        """
        if self.n < 2 or self.nn == self.n:
            return float(self.n)
        alike = self.n**2 / self.nn
        if self.contacts < 2 or not 0 < self.x < self.n:
            return min(alike, float(self.n))
        left = self.xx * self.n**2 - 2 * self.x * self.n * self.xn + self.x**2 * self.nn
        clustered = left * self.contacts / ((self.contacts - 1) * self.n**4)
        independent = self.x * (self.n - self.x) / (self.n**2 * (self.n - 1))
        known = self.n / max(clustered / independent, 1.0)
        return known * (_t(self.n - 1, level) / _t(self.contacts - 1, level)) ** 2


def _t(freedom: int, level: float) -> float:
    return float(special.stdtrit(freedom, (1 + level) / 2))


def share_spreads(
    tables: Tables,
    shares: Mapping[str, tuple[str, str]],
    channels: Sequence[str],
    *,
    days: Days | None,
    filters: tuple[Filter, ...],
) -> dict[str, dict[str, ShareSpread]]:
    """Share → channel → its spread over contacts; channels that reached nobody are left out.

    Args:
        shares: share → measures above and below.
    """
    kept, given = _kept(tables, filters)
    names = tuple(dict.fromkeys(name for pair in shares.values() for name in pair))
    parts = " UNION ALL BY NAME ".join(f"({_by_contact(tables, name, kept, days)})" for name in names)
    sums = ", ".join(f"COALESCE(sum({name}), 0)::HUGEINT AS {name}" for name in names)
    tables.con.execute(
        f"CREATE OR REPLACE TEMP TABLE contact_sum AS SELECT channel, who, {sums} FROM ({parts}) GROUP BY channel, who",
        given * len(names),
    )
    return {share: _share_spread(tables, above, below, channels) for share, (above, below) in shares.items()}


def _by_contact(tables: Tables, name: str, kept: str, days: Days | None) -> str:
    once_by = all_measures()[name].once_by
    amount = f"count(DISTINCT c.{once_by})" if once_by else "sum(c.amount)"
    return f"""SELECT l.channel AS channel, COALESCE(m.contact_key, c.contact_key, c.message_key) AS who, {amount} AS {name}
        FROM ({rows_of(tables, all_measures()[name])}) AS c JOIN kpi_label AS l ON c.label_key = l.label_key
        LEFT JOIN message AS m ON c.message_key = m.message_key WHERE {kept} AND {within("c.day", days)} GROUP BY ALL"""


def _share_spread(tables: Tables, x: str, n: str, channels: Sequence[str]) -> dict[str, ShareSpread]:
    rows = tables.con.execute(
        f"SELECT channel, count(*), sum({x}), sum({n}), sum({x} * {x}), sum({n} * {n}), sum({x} * {n})"
        f" FROM contact_sum WHERE {x} > 0 OR {n} > 0 GROUP BY channel"
    ).fetchall()
    return {str(name): ShareSpread(*(int(one) for one in told)) for name, *told in rows if name in channels}


def spreads(
    tables: Tables, channels: Sequence[str], days: Days | None, filters: tuple[Filter, ...]
) -> dict[str, Spread]:
    """The spread of each channel; channels that reached nobody are left out.

    Raises:
        UsageError: `not-by-dimension`: a filter that labels do not tell.
    """
    from earnest.kernel.money import exponent

    kept, given = _kept(tables, filters)
    sent, ordered = within("m.send_day", days), within("c.order_day", days)
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
        SELECT channel, count(*), count(*) FILTER (WHERE o > 0), sum(d), sum(y), sum(o),
            sum(d * d), sum(y * y), sum(o * o), sum(y * d) FROM b GROUP BY channel""",
        given + given,
    ).fetchall()
    scale = 1 / 10 ** exponent(tables.state.currency)
    fields = ("contacts", "buyers", "d", "y", "o", "dd", "yy", "oo", "yd")
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
        f" WHERE c.model = 'last_touch' AND {kept} AND {within('c.order_day', days)} GROUP BY ALL ORDER BY ALL",
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
    return {kind: shares[rung] for kind, rung in reversed(RUNGS.items()) if rung in shares}


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

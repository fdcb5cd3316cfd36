"""Orders, other conversions and refunds in another currency: read in their own, converted at a dated rate, both kept.

rows refused as another currency's ─> read again with that currency's decimals ─┬─ a rate for the day ─> converted
                                                                               └─ none ─> quarantine, `no-rate`
A refund takes the rate of its order's day where the order is known, so that giving all of it back leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import duckdb
import pyarrow

from earnest.importers.parsing import quote
from earnest.kernel.money import exponent

LARGEST = 10**12
"""Minor units, as `parsing` reads them at most."""

DAYS = {"orders": "ordered_at_day", "conversions": "converted_at_day", "refunds": "refunded_at_day"}
"""Kinds of files whose amounts are converted → the business day whose rate counts."""

TOLD = {"told_currency": "VARCHAR", "told_net": "BIGINT", "told_line": "BIGINT", "told_rate": "VARCHAR"}
"""What is kept of an amount in another currency: the code, the net amount and the line's, in its own minor units, and the rate in words."""

_MONEY = {
    "orders": ("amount", "total", "tax", "shipping", "discount", "line_amount"),
    "conversions": ("amount", "total", "tax", "shipping", "discount"),
    "refunds": ("amount",),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """Where rates come from.

    Args:
        of: (currency, day number) → exact factor into the workspace's currency and the rate in words; None where nobody told one.
        order_days: makes table `known_order_day(order_key, day)` of the orders known, for refunds; returns nothing.
    """

    of: Callable[[str, int], tuple[Fraction, str] | None]
    order_days: Callable[[duckdb.DuckDBPyConnection], None]


def convert(con: duckdb.DuckDBPyConnection, kind: str, code: str, *, own: str, source: str, rates: Rates) -> None:
    """Replace the rows of a currency in table `checked` by those of `checked_foreign`, converted.

    Args:
        code: the rows' currency. own: the workspace's. source: namespace of the ids.
    """
    _dated(con, kind, code, source=source, rates=rates)
    _register_rates(con, code, rates)
    _register_amounts(con, kind, (code, own), rates)
    names = {"amount": "told_net"} | {name: name for name in _MONEY[kind] if name != "amount"}
    joins = " ".join(
        f"LEFT JOIN foreign_amount AS m_{name} ON m_{name}.day = f.rate_day AND m_{name}.told = f.{told}"
        for name, told in names.items()
    )
    large = " OR ".join(f"abs(m_{name}.minor) > {LARGEST}" for name in names)
    reason = f"CASE WHEN f.reason IS NOT NULL THEN f.reason WHEN r.day IS NULL THEN 'no-rate' WHEN {large} THEN 'amount-too-large' END"
    replaced = [
        *(f"m_{name}.minor AS {name}" for name in names),
        f"{reason} AS reason",
        "CASE WHEN f.reason IS NULL THEN 'currency' ELSE f.field END AS field",
        f"CASE WHEN f.reason IS NULL THEN {quote(code)} ELSE f.shown END AS shown",
        "r.words AS told_rate",
    ]
    con.execute("DELETE FROM checked WHERE row IN (SELECT row FROM dated_foreign)")
    con.execute(
        f"INSERT INTO checked BY NAME SELECT f.* EXCLUDE (rate_day) REPLACE ({', '.join(replaced)})"
        f" FROM dated_foreign AS f LEFT JOIN foreign_rate AS r ON r.day = f.rate_day {joins}"
    )
    con.execute("DROP TABLE dated_foreign")


def _dated(con: duckdb.DuckDBPyConnection, kind: str, code: str, *, source: str, rates: Rates) -> None:
    """Table `dated_foreign`: the rows with what they told, and the day whose rate counts."""
    day, join = f"f.{DAYS[kind]}", ""
    if kind == "refunds":
        rates.order_days(con)
        keys = ", ".join(
            f"content_key({quote(f'{space}:{source}:')} || f.order_id)" for space in ("order", "conversion")
        )
        join, day = f" LEFT JOIN known_order_day AS k ON k.order_key IN ({keys})", f"coalesce(k.day, {day})"
    net = (
        "f.amount"
        if kind == "refunds"
        else "coalesce(f.amount, f.total - coalesce(f.tax, 0) - coalesce(f.shipping, 0))"
    )
    line = "f.line_amount" if kind == "orders" else "NULL"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE dated_foreign AS SELECT f.* REPLACE ({quote(code)} AS told_currency, {net} AS told_net, {line} AS told_line),"
        f" {day} AS rate_day FROM checked_foreign AS f{join}"
    )


def _register_rates(con: duckdb.DuckDBPyConnection, code: str, rates: Rates) -> None:
    """Table `foreign_rate(day, words)`: days of the rows for which there is a rate."""
    rows = con.execute("SELECT DISTINCT rate_day FROM dated_foreign WHERE rate_day IS NOT NULL ORDER BY 1").fetchall()
    told = [(int(day), found[1]) for (day,) in rows if (found := rates.of(code, int(day))) is not None]
    columns = {
        "day": pyarrow.array([day for day, _ in told], pyarrow.int32()),
        "words": pyarrow.array([words for _, words in told], pyarrow.string()),
    }
    con.register("foreign_rate", pyarrow.table(columns))


def _register_amounts(con: duckdb.DuckDBPyConnection, kind: str, codes: tuple[str, str], rates: Rates) -> None:
    """Table `foreign_amount(day, told, minor)`: each different amount of a day, converted once, half to even."""
    code, own = codes
    names = ", ".join(name if name != "amount" else "told_net" for name in _MONEY[kind])
    pairs = con.execute(
        f"SELECT DISTINCT rate_day, told FROM (SELECT rate_day, unnest([{names}]) AS told FROM dated_foreign WHERE reason IS NULL)"
        " WHERE told IS NOT NULL AND rate_day IS NOT NULL ORDER BY ALL"
    ).fetchall()
    scale = Fraction(10) ** (exponent(own) - exponent(code))
    factors = {
        day: found[0] * scale for day in {int(day) for day, _ in pairs} if (found := rates.of(code, day)) is not None
    }
    known = [(int(day), int(amount)) for day, amount in pairs if int(day) in factors]
    columns = {
        "day": pyarrow.array([day for day, _ in known], pyarrow.int32()),
        "told": pyarrow.array([amount for _, amount in known], pyarrow.int64()),
        "minor": pyarrow.array([round(amount * factors[day]) for day, amount in known], pyarrow.int64()),
    }
    con.register("foreign_amount", pyarrow.table(columns))

"""The tables of a number check: canonical numbers, their regions, markets and prices, one row per record of the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow

from earnest.events.identity import unreadable_because
from earnest.importers.identities import canonicalise, code_size, zone_sql
from earnest.importers.number_regions import NOWHERE, given_out_sql, region_sql
from earnest.kernel.errors import EnvironmentProblem
from earnest.kernel.estimate import Unavailable
from earnest.rating.cards import Book
from earnest.rating.markets import market_of
from earnest.rating.quote import Quote, quote
from earnest.warehouse import duck


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked of the prices.

    Args:
        on: day whose markets and cards hold.
        category: of the messages, or None to leave prices out.
        currency: of the card; None without a category.
    """

    on: date
    category: str | None
    currency: str | None

    @property
    def not_delivered_to(self) -> str | None:
        """Country whose numbers get no message of the category on that day: nothing is delivered, so nothing charged."""
        return "US" if self.category == "marketing" and self.on >= US_PAUSE else None


US_PAUSE = date(2025, 4, 1)
"""Meta delivers no marketing templates to US numbers from this day (pricing page, read 2026-03-30)."""


Prices = dict[str, Quote | Unavailable | None]
"""Market → list price of one message; None where no price was asked."""


def read_numbers(con: duckdb.DuckDBPyConnection, columns: list[tuple[str, str]], region: str | None) -> None:
    """Tables of the numbers in the table `raw`.

    `told(row, hint, raw, identity, digits)`: a row's first readable number. `known(identity, zone, code, national, region,
    given_out)`: every different number. `unreadable(hint, raw, reason)`: every different text that is none.
    """
    listed = ", ".join(f"nullif(trim({column}), '') AS {hint}" for hint, column in columns)
    con.execute(f"CREATE TEMP TABLE checked AS SELECT row, {listed}, NULL::VARCHAR AS reason FROM raw")
    canonicalise(con, [(hint, hint) for hint, _ in columns], file_hash="", region=region)
    told = " UNION ALL ".join(
        f"SELECT row, {place} AS place, '{hint}' AS hint, {hint} AS raw FROM checked" for place, (hint, _) in enumerate(columns)
    )  # fmt: skip
    con.execute(
        f"""CREATE TEMP TABLE told AS
        SELECT t.row, t.hint, t.raw, c.identity, substr(c.identity, 6) AS digits FROM ({told}) AS t
        LEFT JOIN canonical AS c ON t.hint = c.hint AND t.raw = c.raw
        QUALIFY row_number() OVER (PARTITION BY t.row ORDER BY c.identity IS NULL, t.raw IS NULL, t.place) = 1"""
    )
    con.execute(
        f"""CREATE TEMP TABLE parted AS SELECT DISTINCT identity, {zone_sql("digits")} AS zone,
            substr(digits, 1, size) AS code, substr(digits, size + 1) AS national
        FROM (SELECT *, {code_size("digits")} AS size FROM told WHERE identity IS NOT NULL)"""
    )
    codes = [code for (code,) in con.execute("SELECT DISTINCT code FROM parted").fetchall()]
    con.execute(
        f"""CREATE TEMP TABLE known AS SELECT *, {given_out_sql(codes)} AS given_out
        FROM (SELECT *, {region_sql(codes)} AS region FROM parted)"""
    )
    _register_reasons(con, region)


def _register_reasons(con: duckdb.DuckDBPyConnection, region: str | None) -> None:
    """`unreadable(hint, raw, reason)` of every distinct text that is no number."""
    texts = con.execute("SELECT DISTINCT hint, raw FROM told WHERE identity IS NULL AND raw IS NOT NULL").fetchall()
    found = [(hint, raw, unreadable_because(raw, region, wa_id=hint == "wa_id")) for hint, raw in texts]
    names = ("hint", "raw", "reason")
    table = {name: pyarrow.array([row[n] for row in found], pyarrow.string()) for n, name in enumerate(names)}
    con.register("unreadable", pyarrow.table(table))


def price_markets(con: duckdb.DuckDBPyConnection, terms: Terms, book: Book) -> Prices:
    """Market → list price; also the tables `zone_market(zone, market)` and `market_price(market, micro)`."""
    zones = [int(zone) for (zone,) in con.execute("SELECT DISTINCT zone FROM known WHERE given_out").fetchall()]
    markets = {zone: market_of(zone, terms.on) for zone in zones}
    prices: Prices = {}
    micros: dict[str, int | None] = {}
    for market in sorted({market for market in markets.values() if market is not None}):
        prices[market], micros[market] = None, None
        if terms.category is not None and terms.currency is not None:
            found = quote(market, terms.category, terms.currency, terms.on, book=book)
            prices[market], micros[market] = found, None if isinstance(found, Unavailable) else found.micro
    con.register(
        "zone_market",
        pyarrow.table({"zone": pyarrow.array(markets, pyarrow.int32()), "market": pyarrow.array(markets.values(), pyarrow.string())}),
    )  # fmt: skip
    con.register(
        "market_price",
        pyarrow.table({"market": pyarrow.array(micros, pyarrow.string()), "micro": pyarrow.array(micros.values(), pyarrow.int64())}),
    )  # fmt: skip
    return prices


def checked_numbers(con: duckdb.DuckDBPyConnection, terms: Terms, *, show_numbers: bool) -> None:
    """`checked_number`: one row per record of the file."""
    withheld = (
        f"coalesce(k.region = '{terms.not_delivered_to}' AND k.given_out, false)" if terms.not_delivered_to else "false"
    )
    masked = "'+' || k.code || repeat('•', length(k.national) - 3) || right(k.national, 3)"
    number = "coalesce(substr(t.identity, 5), t.raw)" if show_numbers else masked
    con.execute(
        f"""CREATE TEMP TABLE checked_number AS
        SELECT t.row, {number} AS number, coalesce(k.given_out, false) AS valid,
            CASE WHEN t.identity IS NOT NULL THEN CASE WHEN NOT k.given_out THEN 'range-unknown' END
                WHEN t.raw IS NULL THEN 'missing' ELSE u.reason END AS reason,
            nullif(k.region, '{NOWHERE}') AS country, m.market,
            CASE WHEN NOT {withheld} THEN p.micro END AS micro, {withheld} AS withheld, t.identity,
            CASE WHEN t.identity IS NOT NULL THEN nullif(min(t.row) OVER (PARTITION BY t.identity), t.row) END AS duplicate_of
        FROM told AS t LEFT JOIN known AS k ON t.identity = k.identity
        LEFT JOIN unreadable AS u ON t.hint = u.hint AND t.raw = u.raw AND t.identity IS NULL
        LEFT JOIN zone_market AS m ON k.zone = m.zone AND k.given_out
        LEFT JOIN market_price AS p ON m.market = p.market
        UNION ALL SELECT row, NULL, false, reason, NULL, NULL, NULL, false, NULL, NULL FROM rejected"""
    )


def write_rows(con: duckdb.DuckDBPyConnection, target: Path, terms: Terms) -> None:
    """Write every row as CSV.

    Raises:
        EnvironmentProblem: `cannot-write`.
    """
    currency = f"CASE WHEN micro IS NOT NULL THEN '{terms.currency}' END"
    select = (
        "SELECT row, number, valid, reason, country, market, duplicate_of,"
        f" CAST(micro // 1000000 AS VARCHAR) || '.' || lpad(CAST(micro % 1000000 AS VARCHAR), 6, '0') AS price, {currency} AS currency"
        " FROM checked_number ORDER BY row"
    )
    try:
        con.execute(f"COPY ({select}) TO '{duck.escaped(target)}' (FORMAT csv, HEADER)")
    except duckdb.IOException as error:
        said = str(error).split("\n", maxsplit=1)[0]
        raise EnvironmentProblem(
            "cannot-write", f"{target} cannot be written: {said}", hint="Choose another --csv."
        ) from error

"""Check a list of numbers before it is messaged: readable, given out, told twice, in which market, at which price.

    file ─> raw ─> canonical numbers ─> checked_number(row, number, valid, reason, country, market, duplicate_of, price)

Nothing is kept or journalled, and it works without a workspace.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from earnest.definitions.setting import setting
from earnest.importers import mapping, reading
from earnest.importers.fields import IDENTITY, FileKind
from earnest.importers.parsing import Reading
from earnest.importers.shape import FileShape, inspect
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import exponent
from earnest.rating.cards import built_in
from earnest.rating.quote import Quote
from earnest.usecases.number_tables import Prices, Terms, checked_numbers, price_markets, read_numbers, write_rows
from earnest.usecases.rating_basis import book_of
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

_NUMBERS = FileKind("numbers", "numbers to check", tuple(f for f in IDENTITY if f.name in ("phone", "wa_id")), (("phone", "wa_id"),))  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """One row of the file. `number` is masked unless asked otherwise; `price` is None where there is none."""

    row: int
    number: str | None
    valid: bool
    reason: str | None
    country: str | None
    market: str | None
    duplicate_of: int | None
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class MarketLine:
    """A market's share of the file: valid rows, different numbers among them, list price of one message to each.

    Args:
        withheld: different numbers to which the provider delivers no such message, and so charges none.
        unavailable: why there is no price, if one was asked for.
    """

    market: str | None
    rows: int
    numbers: int
    withheld: int
    price: Decimal | None
    unavailable: Unavailable | None

    @property
    def total(self) -> Decimal | None:
        """Price of one message to each different number that gets it."""
        return None if self.price is None else self.price * (self.numbers - self.withheld)


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """What became of a file's numbers. `free_per_month`: a free allowance that the prices leave out of account."""

    file: str
    rows: int
    valid: int
    duplicates: int
    reasons: dict[str, int]
    markets: tuple[MarketLine, ...]
    terms: Terms
    listed: tuple[CheckedNumber, ...]
    free_per_month: int | None

    @property
    def numbers(self) -> int:
        """Different valid numbers."""
        return sum(line.numbers for line in self.markets)

    @property
    def unpriced(self) -> int:
        """Different valid numbers without a price, where one was asked for."""
        return sum(line.numbers for line in self.markets if line.price is None) if self.terms.category else 0

    @property
    def withheld(self) -> int:
        """Different valid numbers to which the provider delivers no message of the category."""
        return sum(line.withheld for line in self.markets)

    @property
    def total(self) -> Decimal | None:
        """Price of one message to each different number that has a price; None where no price was asked or known."""
        totals = [line.total for line in self.markets if line.total is not None]
        return sum(totals, Decimal()) if totals else None


def check_numbers(
    path: Path,
    *,
    workspace: Workspace | None,
    maps: Sequence[str] = (),
    region: str | None = None,
    on: date | None = None,
    category: str | None = None,
    currency: str | None = None,
    show_numbers: bool = False,
    only_problems: bool = False,
    limit: int = 20,
    target: Path | None = None,
) -> NumberCheck:
    """Check every number of a file.

    Args:
        workspace: gives region, currency, day and own rate cards where they are not given; None without one.
        maps: `phone=COLUMN` or `wa_id=COLUMN`.
        show_numbers: whole numbers instead of masked ones, and unreadable ones as written.
        only_problems: list only rows that are invalid or duplicates.
        limit: rows to list; the file named `target` gets all.

    Raises:
        UsageError: `bad-setting`, `currency-missing`, `unknown-currency`, `bad-map`. NotFound: `no-such-file`.
        DataRefused: `missing-column` and whatever else makes a file unreadable. EnvironmentProblem: `cannot-write`.
    """
    state = workspace.state() if workspace is not None else None
    today = workspace.today(state) if workspace is not None and state is not None else datetime.now(UTC).date()
    if region is not None:
        region = setting("region").read(region)
    elif state is not None:
        region = state.setting("region", today)
    terms = _terms(on or today, category, currency or (state.currency if state is not None else None))
    book = book_of(state) if state is not None else built_in()
    shape = inspect(path)
    columns = audience_columns(shape, maps, region)
    with contextlib.closing(duck.connect(workspace.spill if workspace is not None else None)) as con:
        rows = reading.load(con, shape)
        read_numbers(con, columns, region)
        prices = price_markets(con, terms, book)
        checked_numbers(con, terms, show_numbers=show_numbers)
        if target is not None:
            write_rows(con, target, terms)
        return _summary(con, path.name, rows, prices=prices, terms=terms, only_problems=only_problems, limit=limit)


def _terms(on: date, category: str | None, currency: str | None) -> Terms:
    if category is None:
        return Terms(on, None, None)
    if currency is None:
        raise UsageError(
            "currency-missing",
            "a price needs the currency you are billed in",
            hint="Give --currency, for example --currency USD, or name a workspace.",
        )
    exponent(currency)
    return Terms(on, category, currency)


def audience_columns(shape: FileShape, maps: Sequence[str], region: str | None) -> list[tuple[str, str]]:
    """(meaning, column of the table `raw`) of each number column, phone first."""
    plan = mapping.detect(
        shape.columns, _NUMBERS, overrides=maps, reading=Reading("XXX", "UTC"), source="files", region=region
    )
    found = []
    for field in _NUMBERS.fields:
        source = plan.of(field.name)
        if source is not None:
            if source not in shape.columns:
                raise UsageError("bad-map", f"'{source}' is no column", hint=f"Columns: {', '.join(shape.columns)}.")
            found.append((field.name, f"c{shape.columns.index(source)}"))
    return found


def _summary(
    con: duckdb.DuckDBPyConnection,
    file: str,
    rows: int,
    *,
    prices: Prices,
    terms: Terms,
    only_problems: bool,
    limit: int,
) -> NumberCheck:
    counts = con.execute(
        """SELECT market, count(*), count(DISTINCT identity), count(DISTINCT CASE WHEN withheld THEN identity END)
        FROM checked_number WHERE valid GROUP BY market ORDER BY 2 DESC, 1"""
    ).fetchall()
    reasons = con.execute(
        "SELECT reason, count(*) FROM checked_number WHERE NOT valid GROUP BY reason ORDER BY 2 DESC, 1"
    ).fetchall()
    listed = con.execute(
        f"""SELECT row, number, valid, reason, country, market, duplicate_of, micro FROM checked_number
        {"WHERE NOT valid OR duplicate_of IS NOT NULL" if only_problems else ""} ORDER BY row LIMIT {limit}"""
    ).fetchall()
    allowances = [q.allowance.free for q in prices.values() if isinstance(q, Quote) and q.allowance is not None]
    return NumberCheck(
        file,
        rows,
        duck.scalar(con, "SELECT count(*) FROM checked_number WHERE valid"),
        duck.scalar(con, "SELECT count(*) FROM checked_number WHERE duplicate_of IS NOT NULL"),
        {reason: int(count) for reason, count in reasons},
        tuple(_line(counted, prices, terms) for counted in counts),
        terms,
        tuple(_listed(row) for row in listed),
        max(allowances, default=None),
    )


def _listed(row: tuple[Any, ...]) -> CheckedNumber:
    place, number, valid, reason, country, market, duplicate_of, micro = row
    price = None if micro is None else Decimal(micro) / 1_000_000
    return CheckedNumber(place, number, valid, reason, country, market, duplicate_of, price)


def _line(counted: tuple[str | None, int, int, int], prices: Prices, terms: Terms) -> MarketLine:
    market = counted[0]
    if terms.category is None:
        return MarketLine(*counted, None, None)
    found = _NO_MARKET if market is None else prices[market]
    if isinstance(found, Quote):
        return MarketLine(*counted, found.price, None)
    return MarketLine(*counted, None, found)


_NO_MARKET = Unavailable("market-unknown", "no market is known for these numbers", "Check their country codes.")


def to_json(checked: NumberCheck) -> dict[str, Any]:
    """The check as JSON: amounts as text, so that no reader makes them floats."""
    currency = checked.terms.currency

    def amount(value: Decimal | None) -> dict[str, str] | None:
        return None if value is None or currency is None else {"amount": f"{value:f}", "currency": currency}

    def priced(line: MarketLine) -> dict[str, Any] | None:
        return line.unavailable.to_json() if line.unavailable is not None else amount(line.price)

    return {
        "file": checked.file,
        "rows": checked.rows,
        "valid": checked.valid,
        "invalid": checked.rows - checked.valid,
        "duplicates": checked.duplicates,
        "numbers": checked.numbers,
        "reasons": checked.reasons,
        "on": checked.terms.on.isoformat(),
        "category": checked.terms.category,
        "currency": currency,
        "markets": [
            {
                "market": line.market, "rows": line.rows, "numbers": line.numbers,
                "withheld": line.withheld, "price": priced(line), "total": amount(line.total),
            }
            for line in checked.markets
        ],
        "total": amount(checked.total),
        "unpriced": checked.unpriced,
        "withheld": checked.withheld,
        "free_per_month": checked.free_per_month,
        "listed": [
            {
                "row": one.row, "number": one.number, "valid": one.valid, "reason": one.reason, "country": one.country,
                "market": one.market, "duplicate_of": one.duplicate_of, "price": amount(one.price),
            }
            for one in checked.listed
        ],
    }  # fmt: skip

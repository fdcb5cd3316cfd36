"""Exchange rates: tell one, import a file of them, list them, convert by them. Told again for a day, the later one holds."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from earnest.definitions.fx import Conversion, FxRate, read_pair, read_rate
from earnest.kernel.errors import DataRefused, EarnestError, NotFound, UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import Money, exponent
from earnest.kernel.period import parse_day
from earnest.usecases.workspace import Workspace

MOST_BYTES = 20_000_000
_NARROW = ("date", "base", "quote", "rate", "source")


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in another currency, by the rates of a day."""

    told: Money
    amount: Money
    on: date
    by: Conversion

    def to_json(self) -> dict[str, Any]:
        return {
            "told": self.told.to_json(),
            "amount": self.amount.to_json(),
            "on": self.on.isoformat(),
            "rates": [rate.to_json() for rate in self.by.rates],
        }


def set_rate(workspace: Workspace, pair: str, rate: str, *, on: date | None, source: str) -> FxRate:
    """Tell the rate of a pair for a day (today, if None).

    Raises:
        UsageError: `bad-pair`, `unknown-currency`, `bad-rate`, `source-missing`.
    """
    base, quote = read_pair(pair)
    day = on or workspace.today(workspace.state())
    told = FxRate(base, quote, day, read_rate(rate), _source(source))
    entry = workspace.record("fx.set", {"rates": [told.to_json()], "file": None})
    return FxRate(base, quote, day, told.rate, told.source, entry.seq)


def import_rates(
    workspace: Workspace, path: Path, *, base: str | None = None, source: str | None = None
) -> list[FxRate]:
    """Import a CSV of rates as one journal entry; all of it or nothing. Rates already told so are left out.

    Columns date, base, quote, rate and source; or, with `base`, a date and a column a currency, as central banks publish
    them (empty cells and N/A are no rates).

    Args:
        base: base of all rates of a file with a column a currency. source: of all rates, where no column says it.

    Raises:
        NotFound: `no-such-file`. DataRefused: `rates-refused`, with the line that is wrong.
    """
    rows = _rows(path)
    told = _wide(rows, base, source) if base is not None else _narrow(rows, source)
    state = workspace.state()
    latest = {(one.base, one.quote, one.on): (one.rate, one.source) for one in state.fx_rates}
    new = [one for one in told if latest.get((one.base, one.quote, one.on)) != (one.rate, one.source)]
    if new:
        workspace.record("fx.set", {"rates": [one.to_json() for one in new], "file": path.name})
    return new


def rates(workspace: Workspace, *, currency: str | None = None) -> list[FxRate]:
    """Rates in force, each pair and day once, newest first.

    Args:
        currency: only pairs with it.
    """
    state = workspace.state()
    latest = {(one.base, one.quote, one.on): one for one in state.fx_rates}
    wanted = [one for one in latest.values() if currency is None or currency.upper() in (one.base, one.quote)]
    return sorted(wanted, key=lambda one: (-one.on.toordinal(), one.base, one.quote))


def convert(
    workspace: Workspace, amount: str, currency: str, *, into: str | None = None, on: date | None = None
) -> Converted | Unavailable:
    """Convert an amount by the rates that hold on a day (today, if None).

    Args:
        into: default: the workspace's currency.

    Raises:
        UsageError: as `Money.of`.
    """
    state = workspace.state()
    day = on or workspace.today(state)
    told, target = Money.of(amount, currency.upper()), (into or state.currency).upper()
    exponents = exponent(told.currency), exponent(target)
    by = state.fx(day).convert(told.currency, target, day)
    if isinstance(by, Unavailable):
        return by
    return Converted(told, Money(by.between(told.minor, exponents), target), day, by)


def _source(text: str | None) -> str:
    if not (text or "").strip():
        raise UsageError("source-missing", "a rate needs a source", hint="Who told it: --source ECB.")
    return str(text).strip()


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataRefused(
                "rates-refused", f"{path.name} is larger than {MOST_BYTES:,} bytes", hint="Cut it to the days you need."
            )
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise NotFound("no-such-file", f"there is no file {path}", hint="Check the path.") from error
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise DataRefused("rates-refused", f"{path.name} is no UTF-8 text", hint="Save it as CSV in UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    names = [(name or "").strip() for name in reader.fieldnames or ()]
    return [
        {
            name.lower() if len(name) != 3 else name.upper(): (value or "").strip()
            for name, value in zip(names, (row.get(told) for told in reader.fieldnames or ()), strict=True)
        }
        for row in reader
    ]


def _narrow(rows: Sequence[dict[str, str]], source: str | None) -> list[FxRate]:
    missing = [name for name in _NARROW[:4] if rows and name not in rows[0]]
    if missing or not rows:
        raise DataRefused(
            "rates-refused",
            f"the file has no column {', '.join(missing)}" if rows else "the file has no rows",
            hint="Columns: date, base, quote, rate, source. For a column a currency, as central banks publish, give --base EUR.",
        )
    found = []
    for number, row in enumerate(rows, start=2):
        with _line(number):
            base, quote = read_pair(f"{row['base']}/{row['quote']}")
            told = _source(row.get("source") or source)
            found.append(FxRate(base, quote, parse_day(row["date"]), read_rate(row["rate"]), told))
    return found


def _wide(rows: Sequence[dict[str, str]], base: str, source: str | None) -> list[FxRate]:
    told, found = _source(source), []
    if not rows or "date" not in rows[0]:
        raise DataRefused("rates-refused", "the file has no column date", hint="Columns: date, and one a currency.")
    for number, row in enumerate(rows, start=2):
        with _line(number):
            day = parse_day(row["date"])
            for name, text in row.items():
                if len(name) == 3 and name != base.upper() and text not in ("", "N/A", "-"):
                    pair = read_pair(f"{base}/{name}")
                    found.append(FxRate(*pair, day, read_rate(text), told))
    return found


@contextlib.contextmanager
def _line(number: int) -> Iterator[None]:
    """Names the line of the file in what is refused about it."""
    try:
        yield
    except EarnestError as error:
        raise DataRefused(
            "rates-refused", f"line {number}: {error.message}", hint=error.hint, line=number, why=error.code
        ) from error

"""Reading a card from a file: CSV or XLSX, one price a row or one column a category, as Meta publishes them.

cells ─ one price a row ─┐
      ─ a column each  ──┴─> rows in the columns of data/rates_whatsapp.csv, each checked, with its line
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from earnest.kernel.errors import DataRefused, UsageError, closest
from earnest.kernel.money import exponents
from earnest.kernel.period import parse_day
from earnest.rating.cards import CATEGORIES
from earnest.rating.markets import market_names

MODELS = ("message", "conversation")
COLUMNS = (
    *("effective_from", "effective_until", "pricing_model", "market", "category", "volume_from", "volume_until"),
    *("currency", "price", "source", "confidence", "note"),
)
_NO_PRICE = ("", "n/a", "na", "-", "–", "—")
_ALIASES = {"$us": "USD", "us$": "USD", "$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "r$": "BRL"}
_LARGEST = Decimal(1_000_000)
_EARLIEST, _LATEST = date(2010, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a file may leave to the caller: currency, validity, and what to print as its source."""

    currency: str | None = None
    effective_from: date | None = None
    effective_until: date | None = None
    source: str = ""


def read_card(path: Path, defaults: Defaults) -> list[dict[str, str]]:
    """Checked rows of a card file.

    Raises:
        DataRefused: `card-unreadable`, `bad-card`; the facts name every line refused.
    """
    table = _cells(path)
    if len(table) < 2:
        raise DataRefused("card-unreadable", f"{path.name} holds no rows", hint=_SHAPES)
    names = [_column_name(cell) for cell in table[0]]
    if "market" not in names:
        raise DataRefused("card-unreadable", f"{path.name} has no column 'market'", hint=_SHAPES)
    wide = "price" not in names
    rows: list[dict[str, str]] = []
    wrong: list[str] = []
    for line, cells in enumerate(table[1:], start=2):
        row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        if not any(row.values()):
            continue
        try:
            rows += _wide(row, defaults) if wide else [_long(row, defaults)]
        except UsageError as error:
            wrong.append(f"line {line}: {error.message}")
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise DataRefused("bad-card", f"{path.name} {wrong[0]}{more}", hint="Nothing was imported.", lines=wrong)
    if not rows:
        raise DataRefused("card-unreadable", f"{path.name} holds no prices", hint=_SHAPES)
    return rows


_SHAPES = (
    "Give one price a row (market, category, currency, price, effective_from …, as `earnest rates export` writes),"
    " or Meta's card: Market, Currency, Marketing, Utility, Authentication …, with --from."
)


def _cells(path: Path) -> list[list[str]]:
    if not path.exists():
        raise UsageError("no-such-file", f"there is no file {path}", hint="Check the path.")
    head = path.read_bytes()[:4]
    if head.startswith(b"PK"):
        return _sheet(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRefused("card-unreadable", f"{path.name} is not text in UTF-8", hint=_SHAPES) from error
    first = text.split("\n", maxsplit=1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    except csv.Error as error:
        raise DataRefused("card-unreadable", f"{path.name} is no CSV: {error}", hint=_SHAPES) from error


def _sheet(path: Path) -> list[list[str]]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise DataRefused("card-unreadable", f"{path.name} is no workbook: {error}", hint=_SHAPES) from error
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python()
        table = [[_cell_text(cell) for cell in row] for row in rows]
        start = next((n for n, row in enumerate(table) if "market" in map(_column_name, row)), None)
        if start is not None:
            return table[start:]
    raise DataRefused("card-unreadable", f"{path.name} has no sheet with a column 'market'", hint=_SHAPES)


def _cell_text(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(Decimal(repr(cell))) if isinstance(cell, float) else str(cell)


def _column_name(text: str) -> str:
    """`"Authentication-\\nInternational"` → authentication_international."""
    return re.sub(r"[\s_-]+", "_", text.strip().lower())


def _wide(row: dict[str, str], defaults: Defaults) -> Iterator[dict[str, str]]:
    for category in CATEGORIES:
        if row.get(category, "").lower() not in _NO_PRICE:
            yield _long(row | {"category": category, "price": row[category]}, defaults)


def _long(row: dict[str, str], defaults: Defaults) -> dict[str, str]:
    start = row.get("effective_from") or (defaults.effective_from.isoformat() if defaults.effective_from else "")
    if not start:
        raise UsageError("bad-card", "no effective_from; give the column or --from")
    until = (
        row.get("effective_until")
        or _day_after(row.get("effective_to", ""))
        or (defaults.effective_until.isoformat() if defaults.effective_until else "")
    )
    first, end = parse_day(start), parse_day(until) if until else None
    if not _EARLIEST <= first < _LATEST:
        raise UsageError("bad-card", f"{start} is not between {_EARLIEST} and {_LATEST}")
    if end is not None and end > _LATEST:
        end = None  # a day beyond all reckoning is how some write an open end
    if end is not None and end <= first:
        raise UsageError("bad-card", f"effective_until {until} is not after {start}; it is exclusive")
    volume_from, volume_until = _volumes(row)
    return {
        "effective_from": first.isoformat(),
        "effective_until": end.isoformat() if end else "",
        "pricing_model": _one_of(row.get("pricing_model") or "message", MODELS, "pricing model"),
        "market": _one_of(row.get("market", ""), market_names(), "market"),
        "category": _one_of(_column_name(row.get("category", "")), CATEGORIES, "category"),
        "volume_from": volume_from,
        "volume_until": volume_until,
        "currency": _currency(row.get("currency") or defaults.currency or ""),
        "price": _price(row.get("price", "")),
        "source": row.get("source") or defaults.source,
        "confidence": row.get("confidence") or "own",
        "note": row.get("note", ""),
    }


def _day_after(text: str) -> str:
    """The exclusive end for an inclusive last day, as some cards write it; a day beyond all reckoning is an open end."""
    if text and parse_day(text) >= _LATEST:
        return ""
    return (parse_day(text) + timedelta(days=1)).isoformat() if text else ""


def _volumes(row: dict[str, str]) -> tuple[str, str]:
    """Half-open volume: `volume_from, volume_until`, or Meta's inclusive `tier_from, tier_to` (0 or 1 is the first)."""
    if "tier_from" in row or "tier_to" in row:
        low, high = _whole(row.get("tier_from", "")), _whole(row.get("tier_to", ""))
        if high is not None and high < (low or 0):
            raise UsageError("bad-card", f"tier_to {high} is below tier_from {low}; both are inclusive")
        return str(max(0, (low or 0) - 1)), "" if high is None else str(high)
    low, high = _whole(row.get("volume_from", "")), _whole(row.get("volume_until", ""))
    if high is not None and high <= (low or 0):
        raise UsageError("bad-card", f"volume_until {high} is not above volume_from {low or 0}; it is exclusive")
    return str(low or 0), "" if high is None else str(high)


def _whole(text: str) -> int | None:
    cleaned = text.replace(",", "").strip()
    if cleaned.lower() in ("", "max"):
        return None
    if not re.fullmatch(r"[0-9]{1,12}(\.0)?", cleaned):
        raise UsageError("bad-card", f"'{text}' is not a number of messages")
    return int(Decimal(cleaned))


def _price(text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0 or value > _LARGEST:
        raise UsageError("bad-card", f"'{text}' is not a price; write it with a decimal point, like 0.0118")
    if value != value.quantize(Decimal("0.000001")):
        raise UsageError("bad-card", f"'{text}' has more than six decimals")
    return format(value, "f")


def _currency(text: str) -> str:
    code = _ALIASES.get(text.lower(), text.upper())
    if code not in exponents():
        raise UsageError("bad-card", f"'{text}' is no ISO 4217 currency code")
    return code


def _one_of(value: str, known: Sequence[str], what: str) -> str:
    found = next((one for one in known if one.lower() == value.strip().lower()), None)
    if found is None:
        raise UsageError("bad-card", f"'{value}' is no {what}{closest(value, known)}")
    return found

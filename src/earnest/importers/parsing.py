"""Text cell → checked value, as SQL over whole columns.

Every reader yields the columns it fills and the checks a row must pass; the first failed check names the reason code
and the field, and the row goes to quarantine. A cast is only trusted after a pattern has admitted the text:
`try_cast('12.345' AS DECIMAL(18,2))` would round silently and '1e3' would pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from earnest.importers.fields import Field
from earnest.kernel.money import MICRO_PER_MAJOR, exponent, exponents

EARLIEST_US = 631_152_000_000_000
"""1990-01-01: earlier instants are taken for mistakes (spreadsheet day 0, seconds read as milliseconds)."""
LATEST_US = 4_102_444_800_000_000
"""2100-01-01."""

LONGEST_WORDS = 4_000
"""What people wrote at length is cut after so many characters; everything else of more than 1,000 is refused."""

REASONS: dict[str, tuple[str, str]] = {
    "not-a-time": ("is not a time", "Use ISO 8601 such as 2026-09-01T10:00:00+02:00, or give --date-format."),
    "naive-time": ("has a clock time but no time zone", "Give --timezone, for example --timezone Europe/Berlin."),
    "time-out-of-range": ("is before 1990 or after 2100", "Check the unit: seconds, milliseconds or microseconds."),
    "not-an-amount": ("is not an amount", "Write plain digits like 1234.56 (with --decimal comma: 1.234,56)."),
    "decimal-comma": ("has a comma where a decimal point is expected", "Give --decimal comma, or take out thousands separators."),
    "too-many-decimals": ("has more decimals than the currency", "Round it as your books do, or check the currency."),
    "negative-amount": ("is negative", "Import money given back as --as refunds, with positive amounts."),
    "amount-too-large": ("is beyond what Earnest counts", "Check the unit of the column."),
    "not-a-number": ("is not a finite number", "Write digits with a decimal point."),
    "unknown-currency": ("is not an ISO 4217 currency code", "Use the three-letter code."),
    "currency-differs": ("is not the workspace's currency", "Map amounts in the workspace's; `earnest fx` converts orders and costs of files."),
    "no-rate": ("has no exchange rate for its day", "Tell it with `earnest fx set` or `earnest fx import`, then import the same file again."),
    "unknown-value": ("is not one of the values known for this field", "Write one of the known values, or map another column."),
    "not-a-flag": ("is neither yes nor no", "Write yes or no, true or false, 1 or 0."),
    "missing": ("is empty but needed", "Fill it in, or map another column with --map."),
    "text-too-long": ("is longer than 1,000 characters", "Map another column."),
    "contact-missing": ("leaves no identity to know the contact by", "Map phone, wa_id, email or contact."),
    "contact-unreadable": ("is no usable identity", "Numbers need + and country code, or give --region; addresses need an @."),
    "contact-reserved": ("begins with recipient: or site:, which are Earnest's own", "Give the customer's number as you have it."),
    "column-count": ("does not have the header's number of columns", "Repair the line, or its quoting."),
    "not-json": ("is not a JSON object", "Write one JSON object a line."),
    "not-text": ("holds bytes that are not UTF-8 text", "Save the file as UTF-8."),
    "line-unreadable": ("could not be read as a row", "Repair the line, or its quoting."),
    "same-id-differs": ("repeats an id of this file with another amount and no updated_at", "Map updated_at, or remove the wrong row."),
    "rating-out-of-scale": ("is no rating between 0 and the most that can be given", "Map scale to the column that tells the most, or --map scale==10."),
    "period-reversed": ("is not after the start of the period", "Check from and until; until is exclusive."),
}  # fmt: skip
"""Reason code → what is wrong with the value, what to do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the file writes things, and what the workspace needs.

    Args:
        currency: the workspace's currency.
        zone: the workspace's IANA zone, for business days and dates without a time.
        file_zone: zone of clock times written without one, or None to quarantine them.
        decimal_comma: amounts are written 1.234,56.
        date_format: strptime format of times, or None for ISO 8601 and epoch numbers.
    """

    currency: str
    zone: str
    file_zone: str | None = None
    decimal_comma: bool = False
    date_format: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """SQL of one field: columns it fills (name → expression) and checks (failing predicate, reason code)."""

    columns: dict[str, str]
    checks: tuple[tuple[str, str], ...]


def quote(text: str) -> str:
    """SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def file_literal(path: Path) -> str:
    """SQL string literal of a path to read, with wildcards made literal: `a*.csv` names one file, not all that fit."""
    return quote(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))


def identifier(name: str) -> str:
    """SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def attribute_column(place: int) -> str:
    """Column of a contact attribute by its place in the mapping: names that differ in case alone stay apart."""
    return f"attribute_{place}"


def reader(field: Field, raw: str, how: Reading) -> Reader:
    """SQL that reads one field from the text expression `raw` (null if the cell is empty)."""
    match field.type:
        case "time":
            return _time(field.name, raw, how)
        case "minor" | "micro":
            return _money(field, raw, how)
        case "milli":
            return _decimal(field.name, raw, how, places=3)
        case "number":
            number = f"try_cast({_plain(raw, how)} AS DOUBLE)"
            return Reader(
                {field.name: number},
                ((f"{raw} IS NOT NULL AND coalesce(NOT isfinite({number}), true)", "not-a-number"),),
            )
        case "flag":
            return _flag(field.name, raw)
        case "enum":
            return _enum(field, raw)
        case "currency":
            return _currency(field.name, raw, how)
        case "any_currency":
            return _known_currency(field.name, raw)
        case "words":
            return Reader({field.name: f"left({raw}, {LONGEST_WORDS})"}, ())
        case "text" | "identity":
            return Reader({field.name: raw}, ((f"length({raw}) > 1000", "text-too-long"),))


def empty(field: Field) -> dict[str, str]:
    """Null columns of the right types, for a field that the file does not have."""
    match field.type:
        case "time":
            return {f"{field.name}_us": "NULL::BIGINT", f"{field.name}_day": "NULL::INTEGER"}
        case "minor" | "micro" | "milli":
            return {field.name: "NULL::BIGINT"}
        case "number":
            return {field.name: "NULL::DOUBLE"}
        case "flag":
            return {field.name: "NULL::BOOLEAN"}
        case _:
            return {field.name: "NULL::VARCHAR"}


def _time(name: str, raw: str, how: Reading) -> Reader:
    if how.date_format is not None:
        us = _formatted(raw, how.date_format, how)
    else:
        naive = (
            _local(f"try_cast(replace({raw}, 'T', ' ') AS TIMESTAMP)", how.file_zone)
            if how.file_zone
            else "NULL::BIGINT"
        )
        day = f"regexp_matches({raw}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$')"
        compact = f"regexp_matches({raw}, '^(19|20)[0-9]{{6}}$')"
        clock = f"regexp_matches({raw}, {quote(_CLOCK)})"
        zoned = f"regexp_matches({raw}, {quote(_ZONED)})"
        us = (
            f"CASE WHEN {raw} IS NULL THEN NULL"
            f" WHEN {zoned} THEN epoch_us(try_cast(regexp_replace(replace({raw}, 'UTC', 'Z'), ' ([Z+-])', '\\1') AS TIMESTAMPTZ))"
            f" WHEN {day} THEN {_local(f'try_cast({raw} AS TIMESTAMP)', how.zone)}"
            f" WHEN {compact} THEN {_local(f'''try_strptime({raw}, '%Y%m%d')''', how.zone)}"
            f" WHEN regexp_matches({raw}, '^[0-9]{{10}}$') THEN try_cast({raw} AS BIGINT) * 1000000"
            f" WHEN regexp_matches({raw}, '^[0-9]{{13}}$') THEN try_cast({raw} AS BIGINT) * 1000"
            f" WHEN regexp_matches({raw}, '^[0-9]{{15,16}}$') THEN try_cast({raw} AS BIGINT)"
            f" WHEN {clock} THEN {naive} END"
        )
    column = f"{name}_us"
    checks = [
        (f"{raw} IS NOT NULL AND {column} IS NULL", "not-a-time"),
        (f"{column} < {EARLIEST_US} OR {column} >= {LATEST_US}", "time-out-of-range"),
    ]
    if how.file_zone is None:
        naive = (
            f"regexp_matches({raw}, {quote(_CLOCK)})"
            if how.date_format is None
            else _clock_parsed(raw, how.date_format)
        )
        checks.insert(0, (f"{column} IS NULL AND {naive}", "naive-time"))
    local_day = f"CAST(timezone({quote(how.zone)}, make_timestamptz({column})) AS DATE) - DATE '1970-01-01'"
    return Reader({column: us, f"{name}_day": f"CAST({local_day} AS INTEGER)"}, tuple(checks))


_CLOCK = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$"
_ZONED = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)? ?(Z|UTC|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)$"


def _local(timestamp: str, zone: str | None) -> str:
    return f"epoch_us(timezone({quote(zone or 'UTC')}, {timestamp}))"


def _formatted(raw: str, date_format: str, how: Reading) -> str:
    parsed = f"try_strptime({raw}, {quote(date_format)})"
    if "%z" in date_format or "%Z" in date_format:
        return f"epoch_us({parsed})"
    if not _HAS_CLOCK.search(date_format):
        return _local(parsed, how.zone)
    return _local(parsed, how.file_zone) if how.file_zone else "NULL::BIGINT"


_HAS_CLOCK = re.compile(r"%-?[HITXcMSf]")


def _clock_parsed(raw: str, date_format: str) -> str:
    """Whether a format without a zone did find a clock time, which stays unread until its zone is given."""
    if "%z" in date_format or "%Z" in date_format or not _HAS_CLOCK.search(date_format):
        return "false"
    return f"try_strptime({raw}, {quote(date_format)}) IS NOT NULL"


def _plain(raw: str, how: Reading) -> str:
    """The number with a decimal point. With a decimal comma, points may only stand between groups of three digits:
    read loosely, 1234.56 would become 123456."""
    if not how.decimal_comma:
        return raw
    shape = f"regexp_matches({raw}, '^-?([0-9]+|[0-9]{{1,3}}(\\.[0-9]{{3}})+)(,[0-9]*)?$')"
    return f"(CASE WHEN {shape} THEN replace(replace({raw}, '.', ''), ',', '.') END)"


def _money(field: Field, raw: str, how: Reading) -> Reader:
    places = exponent(how.currency) if field.type == "minor" else len(str(MICRO_PER_MAJOR)) - 1
    read = _decimal(field.name, raw, how, places=places, whole=12 - places if field.type == "minor" else 12)
    checks = list(read.checks)
    if not field.negative:
        checks.append((f"{field.name} < 0", "negative-amount"))
    return Reader(read.columns, tuple(checks))


def _decimal(name: str, raw: str, how: Reading, *, places: int, whole: int = 12) -> Reader:
    """Integer of 10^-places units. `whole` digits keep |minor| ≤ 10^12, so that credit × weights stays within 64 bits."""
    plain = _plain(raw, how)
    shape = f"coalesce(regexp_matches({plain}, '^-?[0-9]+(\\.[0-9]*)?$'), false)"
    fits = f"regexp_matches({plain}, '^-?[0-9]{{1,{whole}}}(\\.[0-9]{{0,{places}}}0*)?$')"
    digits = (
        f"rpad(regexp_extract({plain}, '^-?[0-9]+\\.?([0-9]{{0,{places}}})', 1), {places}, '0')" if places else "''"
    )
    integer = f"regexp_extract({plain}, '^-?0*([0-9]+)', 1)"
    signed = f"regexp_extract({plain}, '^-?[0-9]+')"
    value = f"CASE WHEN {fits} THEN try_cast({signed} || {digits} AS BIGINT) END"
    comma = f"regexp_matches({raw}, '^-?[0-9]{{1,3}}(\\.?[0-9]{{3}})*,[0-9]+$')"
    checks = [
        (f"{raw} IS NOT NULL AND NOT {shape}", "not-an-amount"),
        (f"{raw} IS NOT NULL AND {name} IS NULL AND length({integer}) > {whole}", "amount-too-large"),
        (f"{raw} IS NOT NULL AND {name} IS NULL", "too-many-decimals"),
    ]
    if not how.decimal_comma:
        checks.insert(0, (comma, "decimal-comma"))
    return Reader({name: value}, tuple(checks))


def _flag(name: str, raw: str) -> Reader:
    yes = f"lower({raw}) IN ('yes', 'true', '1', 'y', 'messaging')"
    no = f"lower({raw}) IN ('no', 'false', '0', 'n', 'nothing')"
    return Reader(
        {name: f"CASE WHEN {yes} THEN true WHEN {no} THEN false END"},
        ((f"{raw} IS NOT NULL AND {name} IS NULL", "not-a-flag"),),
    )


def _enum(field: Field, raw: str) -> Reader:
    cases = " ".join(f"WHEN {quote(text)} THEN {quote(value)}" for text, value in field.choices)
    value = f"CASE lower(replace({raw}, ' ', '_')) {cases} END"
    return Reader({field.name: value}, ((f"{raw} IS NOT NULL AND {field.name} IS NULL", "unknown-value"),))


def _currency(name: str, raw: str, how: Reading) -> Reader:
    read = _known_currency(name, raw)
    return Reader(read.columns, (*read.checks, (f"{read.columns[name]} <> {quote(how.currency)}", "currency-differs")))


def _known_currency(name: str, raw: str) -> Reader:
    codes = ", ".join(quote(code) for code in sorted(exponents()))
    value = f"upper({raw})"
    return Reader({name: value}, ((f"{value} NOT IN ({codes})", "unknown-currency"),))

"""Single values of a payload: instants, phones, ids and words, each checked where it is read."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal

from earnest.channels.channel import RECEIVED_HEADER
from earnest.importers.parsing import EARLIEST_US, LATEST_US

_SECOND_US = 1_000_000
_FIRST_MS = 100_000_000_000
"""From here on a number is milliseconds: as seconds it would be the year 5138."""

_LONGEST_PHONE = 15
_PUNCTUATION = str.maketrans("", "", "+ ().-")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,18})?")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


def instant_us(raw: object) -> int | None:
    """Microseconds of a unix time in seconds (or milliseconds), text or number; None if it is none."""
    if type(raw) is str:
        if len(raw) > 16 or not (raw.isdigit() and raw.isascii()):
            return None
        number = int(raw)
    elif type(raw) is int:
        number = raw
    elif type(raw) is float and raw.is_integer():
        number = int(raw)
    else:
        return None
    us = number * (_SECOND_US if number < _FIRST_MS else 1000)
    return us if EARLIEST_US <= us < LATEST_US else None


def received_us(headers: Mapping[str, str]) -> int | None:
    """When a delivery was received, as whoever reads it says in `RECEIVED_HEADER`; None if it does not."""
    told = headers.get(RECEIVED_HEADER, "")
    if len(told) > _LONGEST_US or not (told.isascii() and told.isdigit()):
        return None
    us = int(told)
    return us if EARLIEST_US <= us < LATEST_US else None


_LONGEST_US = 16


def text_of(raw: object) -> str | None:
    """A text, or a whole number as text; None for anything else and for empty text."""
    if type(raw) is str:
        return raw or None
    return str(raw) if type(raw) is int and -_MAX_INT < raw < _MAX_INT else None


_MAX_INT = 1 << 64
_LONGEST_ID = 100


def id_of(raw: object) -> str | None:
    """Id of an account or number; one that is no plain text of up to 100 characters gets a short id made from it."""
    text = text_of(raw)
    if text is None or (len(text) <= _LONGEST_ID and text.isprintable() and text == text.strip()):
        return text
    return "id-" + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def phone_of(raw: object) -> tuple[str | None, bool]:
    """Digits of a phone, and whether what stood there was readable: (None, True) if nothing stood there."""
    if raw is None or raw == "":
        return None, True
    text = text_of(raw)
    if text is None:
        return None, False
    digits = text.translate(_PUNCTUATION)
    if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_PHONE:
        return digits, True
    return None, False


def country_of(raw: object) -> str | None:
    """ISO 3166 code of two letters, in capitals."""
    return raw.upper() if isinstance(raw, str) and _COUNTRY.fullmatch(raw) else None


def flag_of(raw: object) -> bool | None:
    """A flag, also where it is written as text."""
    if raw is None or type(raw) is bool:
        return raw
    return {"true": True, "false": False}.get(raw.lower()) if isinstance(raw, str) else None


@functools.lru_cache(maxsize=1024)
def _snake(text: str) -> str | None:
    return text.strip().lower().replace("-", "_").replace(" ", "_") or None


def word_of(raw: object) -> str | None:
    """A word of the provider's vocabulary in lower snake case: `authentication-international` and its like are one."""
    return _snake(raw) if type(raw) is str else None


def money_of(amount: object, currency: object) -> tuple[str, str] | None:
    """Decimal text and currency code of a price, or None if it is none.

    Example:
        >>> money_of(0.0713, "eur"), money_of(1e-05, "EUR"), money_of("1,5", "EUR")
        (('0.0713', 'EUR'), ('0.00001', 'EUR'), None)
    """
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        return None
    text = format(Decimal(repr(amount)), "f") if type(amount) is float else text_of(amount)
    return (text, currency.upper()) if text is not None and _AMOUNT.fullmatch(text) else None


_LARGEST_COST = Decimal(1_000_000)


def plausible_cost(amount: str) -> bool:
    """Whether an amount can be the cost of one message: up to 1,000,000, in whole millionths."""
    cost = Decimal(amount)
    return cost <= _LARGEST_COST and not (cost * 1_000_000) % 1


def kind_of(raw: object) -> str:
    """What kind of JSON value stands somewhere, for rejects: its content may be personal."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(raw), "nothing")


def list_of(raw: object) -> list[object]:
    """A list as it is, nothing as an empty one, anything else as its only member."""
    if raw is None:
        return []
    return raw if isinstance(raw, list) else [raw]


def made_id(prefix: str, *parts: object) -> str:
    """An id for something the provider gives none, from what it says: equal parts give equal ids, and none can be read off.

    Example:
        >>> made_id("postback", "24001", 1790848800000) == made_id("postback", "24001", 1790848800000)
        True
    """
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return f"{prefix}-{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:32]}"

"""One element of a payload while it is read: each value is checked where it is taken, the first bad one refuses it.

element.time("occurred_at") ─┬─> microseconds
                             └─> Refusal(Rejected("time-unreadable", "events[3].occurred_at", …))
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from earnest.channels.told import Rejected, shown_value
from earnest.importers.parsing import EARLIEST_US, LATEST_US
from earnest.kernel.money import exponents

_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})"
)
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LONGEST = 1000
_LARGEST_INT = 1 << 64


class Refusal(Exception):
    """The element cannot be read; carries the `Rejected` that says why."""

    def __init__(self, rejected: Rejected) -> None:
        super().__init__(rejected.reason)
        self.rejected = rejected


def iso_us(raw: object) -> int | None:
    """Microseconds of an ISO 8601 instant with a zone between 1990 and 2100; None for anything else.

    Example:
        >>> iso_us("1990-01-01T01:00:00.5+01:00"), iso_us("2026-09-01T10:00:00")
        (631152000500000, None)
    """
    if not isinstance(raw, str) or not _ISO.fullmatch(raw):
        return None
    try:
        us = (datetime.fromisoformat(raw.upper()) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None
    return us if EARLIEST_US <= us < LATEST_US else None


def plain_text(raw: object) -> str | None:
    """A text without blanks around it, or a whole number as text; None for anything else, for none and for too long."""
    if isinstance(raw, str):
        text = raw.strip()
        return text if text and len(text) <= LONGEST else None
    return str(raw) if type(raw) is int and -_LARGEST_INT < raw < _LARGEST_INT else None


def amount_text(raw: object) -> str | None:
    """Decimal text of an amount of 0 or more, given as text or as a number; None if it is none.

    Example:
        >>> amount_text(59.9), amount_text("0.10"), amount_text("59,90"), amount_text(-1), amount_text(True)
        ('59.9', '0.10', None, None, None)
    """
    if type(raw) is float:
        text = format(Decimal(repr(raw)), "f") if abs(raw) < _LARGEST_INT else ""
        text = text.removesuffix(".0")
    else:
        text = plain_text(raw) or ""
    return text if _AMOUNT.fullmatch(text) else None


class Element:
    """A JSON object within a payload.

    Args:
        item: the object. at: its path in the payload, empty for the payload itself.
    """

    __slots__ = ("at", "item")

    def __init__(self, item: dict[str, Any], at: str) -> None:
        self.item = item
        self.at = at

    def path(self, key: str) -> str:
        return f"{self.at}.{key}" if self.at else key

    def refuse(self, reason: str, key: str, value: object = None) -> Refusal:
        """Why the element cannot be read, to be raised."""
        shown = plain_text(value)
        return Refusal(Rejected(reason, self.path(key), None if shown is None else shown_value(shown)))

    def within(self, key: str) -> Element:
        """The object under a key; an empty one if nothing stands there.

        Raises:
            Refusal: `shape-unknown`.
        """
        inner = self.item.get(key)
        if inner is None:
            return Element({}, self.path(key))
        if not isinstance(inner, dict):
            raise self.refuse("shape-unknown", key)
        return Element(inner, self.path(key))

    def each(self, key: str) -> list[Element]:
        """The objects of a list; none if nothing stands there.

        Raises:
            Refusal: `shape-unknown`.
        """
        items = self.item.get(key)
        if items is None:
            return []
        if not isinstance(items, list):
            raise self.refuse("shape-unknown", key)
        for place, inner in enumerate(items):
            if not isinstance(inner, dict):
                raise self.refuse("shape-unknown", f"{key}[{place}]")
        return [Element(inner, self.path(f"{key}[{place}]")) for place, inner in enumerate(items)]

    def text(self, key: str) -> str | None:
        """A text, None if nothing stands there.

        Raises:
            Refusal: `shape-unknown`.
        """
        raw = self.item.get(key)
        text = plain_text(raw)
        if text is None and raw is not None and raw != "":
            raise self.refuse("shape-unknown", key)
        return text

    def identity(self, key: str) -> str:
        """The id without which the element is nobody's.

        Raises:
            Refusal: `id-missing`, `shape-unknown`.
        """
        text = self.text(key)
        if text is None:
            raise self.refuse("id-missing", key)
        return text

    def time(self, key: str) -> int | None:
        """An ISO 8601 instant with its zone, None if nothing stands there.

        Raises:
            Refusal: `time-unreadable`.
        """
        raw = self.item.get(key)
        if raw is None or raw == "":
            return None
        us = iso_us(raw)
        if us is None:
            raise self.refuse("time-unreadable", key, raw)
        return us

    def moment(self, key: str) -> int:
        """An instant that has to be told.

        Raises:
            Refusal: `time-missing`, `time-unreadable`.
        """
        us = self.time(key)
        if us is None:
            raise self.refuse("time-missing", key)
        return us

    def amount(self, key: str) -> str | None:
        """Decimal text of an amount of 0 or more, None if nothing stands there.

        Raises:
            Refusal: `amount-unreadable`.
        """
        raw = self.item.get(key)
        if raw is None or raw == "":
            return None
        text = amount_text(raw)
        if text is None:
            raise self.refuse("amount-unreadable", key, raw)
        return text

    def currency(self, key: str, otherwise: str | None = None) -> str:
        """ISO 4217 code.

        Raises:
            Refusal: `currency-unknown`, also where none is told and there is no other.
        """
        raw = self.item.get(key)
        text = (plain_text(raw) or "").upper() if raw is not None else (otherwise or "")
        if text not in exponents():
            raise self.refuse("currency-unknown", key, raw)
        return text

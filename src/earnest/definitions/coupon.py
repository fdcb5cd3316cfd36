"""Coupons: which codes earn a discount, of which campaign, and who may have them."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Literal

from earnest.kernel.errors import UsageError
from earnest.kernel.period import parse_day

Kind = Literal["shared", "unique"]

LONGEST_CODE = 100
LONGEST_PREFIX = 24
_APART = re.compile(r"[,;\s]")
"""What stands between two codes in one field of an order, so that no code holds it."""
_PREFIX = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon: one code that everybody gets, or many codes each of which is used once.

    Args:
        id: name in commands. campaign: whose messages tell it; who they were sent to is its audience. None for none.
        kind: shared: everybody has `code`. unique: the codes are minted or imported, see `CodeBatch`.
        prefix: what minted codes begin with; empty for nothing.
        discount: what it grants, in words: a memo, nothing is computed of it.
        valid_from, valid_until: business days, half-open; None is open. An order outside them is told, never dropped.
        enabled: False mints no more; what is redeemed of it counts as ever.
    """

    id: str
    kind: Kind
    campaign: str | None = None
    code: str | None = None
    prefix: str = ""
    discount: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    enabled: bool = True

    def to_json(self) -> dict[str, Any]:
        days = {name: _iso(getattr(self, name)) for name in ("valid_from", "valid_until")}
        return asdict(self) | days

    @property
    def last_valid_day(self) -> date | None:
        """The last business day on which it is valid; None if it has no end."""
        return self.valid_until - timedelta(days=1) if self.valid_until else None

    def shown(self) -> dict[str, Any]:
        """As JSON for people and programs: besides the day after the last valid one (`valid_until`) that day itself."""
        return self.to_json() | {"last_valid_day": _iso(self.last_valid_day)}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Coupon:
        days = {name: parse_day(body[name]) if body[name] else None for name in ("valid_from", "valid_until")}
        return cls(**(body | days))


@dataclass(frozen=True, slots=True)
class CodeBatch:
    """Codes of a unique coupon that were minted or imported at once; the codes stand in a file of the workspace.

    Args:
        file_hash: content hash of that file. codes: how many it holds. given: how many of them to one recipient each.
        how: minted or imported. file: name of the file that recipients or codes came from; None if there was none.
    """

    seq: int
    received_us: int
    coupon: str
    file_hash: str
    codes: int
    given: int
    how: Literal["minted", "imported"]
    file: str | None = None


def code_text(text: str) -> str:
    """A code as it is kept: without blanks around it. Upper and lower case are one, wherever codes are compared.

    Raises:
        UsageError: `bad-coupon-code`.
    """
    code = text.strip()
    if not code or len(code) > LONGEST_CODE or _APART.search(code) or not code.isprintable():
        raise UsageError(
            "bad-coupon-code",
            f"'{text}' cannot be a coupon code",
            hint=f"At most {LONGEST_CODE} characters, without blanks, commas and semicolons: orders hold several codes that way.",
        )
    return code


def prefix_text(text: str) -> str:
    """What minted codes begin with, in upper case; empty for nothing.

    Raises:
        UsageError: `bad-coupon-prefix`.

    Example:
        >>> prefix_text("spring-26")
        'SPRING-26'
    """
    prefix = text.strip().upper()
    if prefix and (len(prefix) > LONGEST_PREFIX or not _PREFIX.fullmatch(prefix)):
        raise UsageError(
            "bad-coupon-prefix",
            f"'{text}' cannot begin coupon codes",
            hint=f"Letters A to Z, digits, and - between them; at most {LONGEST_PREFIX}.",
        )
    return prefix


def prefix_of(name: str) -> str:
    """The prefix a coupon has by itself: its name, as far as codes can hold it.

    Example:
        >>> prefix_of("spring_2026.vip")
        'SPRING-2026-VIP'
    """
    return re.sub(r"[^A-Z0-9]+", "-", name.upper())[:LONGEST_PREFIX].strip("-")


def valid_days(text: str) -> tuple[date | None, date | None]:
    """First valid day and the day after the last, of `FIRST..LAST`; either side may be left out.

    Raises:
        UsageError: `bad-validity`, `not-a-date`.

    Example:
        >>> [str(day) for day in valid_days("2026-11-01..2026-11-30")]
        ['2026-11-01', '2026-12-01']
    """
    first, dots, last = (part.strip() for part in text.partition(".."))
    since, until = parse_day(first) if first else None, parse_day(last) + timedelta(days=1) if last else None
    if not dots or since is until is None or (since and until and until <= since):
        raise UsageError(
            "bad-validity",
            f"'{text}' is no validity",
            hint="Write the first and the last valid day, 2026-11-01..2026-11-30; either may be left out.",
        )
    return since, until


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None

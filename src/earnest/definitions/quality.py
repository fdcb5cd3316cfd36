"""What people decide about the quality of data: rows that are left out of every figure, and how many orders there truly are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from earnest.kernel.period import day_number, parse_day

KINDS = ("order", "day")
"""What can be left out: orders by their key, and all orders of a business day."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Rows that are left out of every figure, until they are taken in again.

    Args:
        seq: of its journal entry, by which people name it. kind: order or day. keys: order keys, or day numbers.
        what: in words, as it was asked for. check: code of the check that found them, None if a person did. reason: in words.
    """

    seq: int
    kind: str
    keys: tuple[int, ...]
    what: str
    reason: str
    check: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "keys": list(self.keys),
            "what": self.what,
            "reason": self.reason,
            "check": self.check,
        }

    @classmethod
    def from_json(cls, seq: int, body: dict[str, Any]) -> Exclusion:
        keys = tuple(int(one) for one in body["keys"])
        return cls(seq, body["kind"], keys, body["what"], body["reason"], body["check"])


@dataclass(frozen=True, slots=True)
class Capture:
    """Orders that finance counts in a period [since, until) of whole business days."""

    since: date
    until: date
    orders: int

    def to_json(self) -> dict[str, Any]:
        return {"from": self.since.isoformat(), "until": self.until.isoformat(), "orders": self.orders}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Capture:
        return cls(parse_day(body["from"]), parse_day(body["until"]), int(body["orders"]))

    @property
    def key(self) -> int:
        """Its first day: a later declaration about the same day takes its place."""
        return day_number(self.since)

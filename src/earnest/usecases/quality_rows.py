"""The rows that fail a check, as people read them: shop ids, masked people, amounts in the currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.audit.check import Check
from earnest.kernel.money import Money
from earnest.kernel.period import instant_text
from earnest.usecases.contact_show import key_text
from earnest.usecases.quality import offending_rows
from earnest.usecases.tables import open_tables, read_tables
from earnest.usecases.workspace import Workspace

_PEOPLE = ("unit", "contact")


@dataclass(frozen=True, slots=True)
class Failing:
    """A check's offending rows. `count`: how many there are; `told`: the first of them."""

    check: Check
    count: int
    told: tuple[dict[str, Any], ...]
    excludable: bool

    @property
    def columns(self) -> tuple[str, ...]:
        return ("kind", "id", "at", "campaign", "amount", "why")

    def to_json(self) -> dict[str, Any]:
        return {**self.check.to_json(), "rows": self.count, "told": list(self.told), "excludable": self.excludable}


def failing(workspace: Workspace, code: str, *, limit: int | None = 50, build: bool = True) -> Failing:
    """The rows that fail a check, oldest first.

    Args:
        limit: rows to tell; None for all. build: whether to bring the tables up to date first.

    Raises:
        NotFound: `no-such-check`.
    """
    with (open_tables if build else read_tables)(workspace) as tables:
        check, _, count, rows = offending_rows(tables, code, workspace=workspace, limit=limit)
        ids = _ids(tables.con, rows)
        currency = tables.state.currency
    told = tuple(_told(row, ids, currency) for row in rows)
    return Failing(check, count, told, "'order' AS kind" in check.offending)


def _told(row: dict[str, Any], ids: dict[int, str], currency: str) -> dict[str, Any]:
    kind, key = row["kind"], row["key"]
    name = row["id"] or ids.get(key)
    if name is None and key is not None:
        name = key_text(key) if kind in _PEOPLE else f"{key}"
    amount = row["amount_minor"]
    return {
        "kind": kind,
        "id": name,
        "at": instant_text(row["at_us"]),
        "campaign": row["campaign"],
        "amount": str(Money(int(amount), currency).decimal) if amount is not None else None,
        "why": row["why"],
    }


def _ids(con: Any, rows: list[dict[str, Any]]) -> dict[int, str]:
    """The shop's own ids of orders, and the provider's of messages, by key."""
    found: dict[int, str] = {}
    for kind, sql in _NAMES.items():
        keys = [row["key"] for row in rows if row["kind"] == kind and row["key"] is not None]
        if keys:
            found.update({int(key): str(name) for key, name in con.execute(sql, [keys]).fetchall()})
    return found


_NAMES = {
    "order": "SELECT order_key, min(order_id) FROM (SELECT order_key, order_id FROM event_order UNION ALL SELECT order_key, order_id"
    " FROM event_conversion) WHERE order_id IS NOT NULL AND order_key IN (SELECT unnest($1::BIGINT[])) GROUP BY order_key",
    "message": "SELECT message_key, min(message_id) FROM event_message WHERE message_id IS NOT NULL"
    " AND message_key IN (SELECT unnest($1::BIGINT[])) GROUP BY message_key",
}

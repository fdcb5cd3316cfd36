"""Allocation rules: how cost that belongs to no campaign is split over campaigns, and for which lines and days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.definitions.days import Days
from earnest.kernel.declared import look_up
from earnest.kernel.errors import UsageError

MEMO = "discount"
"""Discounts are a memo: revenue is already net of them, so they are never a cost as well."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a rule splits by. `sql` gives (campaign, weight) of the days [first, until); weights below 1 get nothing."""

    name: str
    meaning: str
    sql: str


_SENDS = (
    "SELECT l.campaign, CAST(sum(f.{column}) AS BIGINT) FROM funnel_cell AS f JOIN label_campaign AS l ON f.label_key = l.label_key"
    " WHERE f.send_day >= {first} AND f.send_day < {until} GROUP BY l.campaign"
)
BASES: dict[str, Basis] = {
    basis.name: basis
    for basis in (
        Basis("sends", "messages sent in the period", _SENDS.replace("{column}", "sent")),
        Basis("delivered", "messages sent in the period that were delivered", _SENDS.replace("{column}", "delivered")),
        Basis(
            "days",
            "days of the period on which it sent messages",
            "SELECT l.campaign, count(DISTINCT f.send_day) FROM funnel_cell AS f JOIN label_campaign AS l ON f.label_key = l.label_key"
            " WHERE f.sent > 0 AND f.send_day >= {first} AND f.send_day < {until} GROUP BY l.campaign",
        ),
        Basis(
            "revenue",
            "revenue of orders of the period, attributed by last touch, net of refunds (a campaign below 0 counts as 0)",
            "SELECT l.campaign, CAST(sum(c.credit_minor) AS BIGINT) FROM credit_cell AS c JOIN label_campaign AS l ON c.label_key = l.label_key"
            " WHERE c.model = 'last_touch' AND c.order_day >= {first} AND c.order_day < {until} GROUP BY l.campaign",
        ),
        Basis(
            "even",
            "the same for each campaign named, or else for each that sent messages in the period",
            "SELECT l.campaign, 1 FROM funnel_cell AS f JOIN label_campaign AS l ON f.label_key = l.label_key"
            " WHERE f.sent > 0 AND f.send_day >= {first} AND f.send_day < {until} GROUP BY l.campaign",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Allocation:
    """A rule: split the unallocated cost of `kinds` that falls into `days` by `basis`.

    Args:
        kinds: cost kinds; empty is every kind. campaigns: only these share it; empty is all that the basis names.
        seq: the journal entry. withdrawn_us: since when it no longer counts.
    """

    basis: str
    days: Days
    kinds: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    reason: str | None = None
    seq: int = 0
    applied_us: int = 0
    withdrawn_us: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.basis,
            "period": str(self.days),
            "kinds": list(self.kinds),
            "campaigns": list(self.campaigns),
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any], *, seq: int, applied_us: int) -> Allocation:
        return cls(
            body["rule"],
            Days.read(body["period"]),
            tuple(body["kinds"]),
            tuple(body["campaigns"]),
            body["reason"],
            seq,
            applied_us,
        )

    def takes(self, kind: str) -> bool:
        """Whether lines of a kind are split by it."""
        return kind != MEMO and (not self.kinds or kind in self.kinds)


def basis_of(name: str) -> Basis:
    """Look up what a rule splits by.

    Raises:
        UsageError: `unknown-allocation-rule`.
    """
    return look_up(BASES, name, what="allocation rule", listed="Rules", refusal=(UsageError, "unknown-allocation-rule"))

"""The profit statement as a value: rows of money that add up, and what stands beside them. Every door shows this one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from earnest.definitions.days import Days
from earnest.kernel.estimate import Figure, Unavailable
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money

DEFINITIONS = {
    "net_revenue": "of all orders by their day: what was paid, less tax, shipping and refunds; whoever sent messages",
    "attributed_revenue": "the part of it that the rule credits to messages: bookkeeping, what would have come anyway is in it",
    "cost_of_goods": "attributed revenue × (1 − gross margin in force on the order's day)",
    "cost": "message charges by day of sending and cost lines spread over the days they cover; discounts left out",
    "contribution_after_messaging": "attributed revenue − cost of goods − cost, under the rule",
    "cumulative": "contribution after messaging of this row and all before it in the statement",
    "proven": "extra gross profit and contribution of experiments read out in the row, with their intervals: beside the columns, never in them",
    "refunds": "memo: refunds of the row's orders, taken off net revenue already",
    "discounts": "memo: redeemed discounts of the row's orders; net revenue is after them, so they are no cost as well",
}


@dataclass(frozen=True, slots=True)
class CostCell:
    """Cost of a kind by its evidence."""

    kind: str
    evidence: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Proven:
    """What an experiment says, in the row of its read-out. People are shown no point where the verdict is inconclusive."""

    campaign: str
    experiment: str
    read_out: date
    verdict: str
    extra_gross_profit: Figure
    contribution: Figure

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "experiment": self.experiment,
            "read_out": self.read_out.isoformat(),
            "verdict": self.verdict,
            "extra_gross_profit": self.extra_gross_profit.to_json(),
            "contribution": self.contribution.to_json(),
        }


@dataclass(frozen=True, slots=True)
class ProfitRow:
    """One month, week or day.

    Args:
        margins: gross margins in force on its days; none, one, or several where it changed.
        unrated: delivered messages without a price: the cost is then a lower bound, and the contribution an upper one.
        unrated_so_far: those of this row and all before it: then `cumulative` is an upper bound.
    """

    days: Days
    net_revenue: Money
    attributed: Money
    margins: tuple[str, ...]
    cost_of_goods: Money | Unavailable
    costs: tuple[CostCell, ...]
    cost: Money
    contribution: Money | Unavailable
    cumulative: Money | Unavailable
    refunds: Money
    discounts: Money
    unrated: int
    unrated_so_far: int = 0
    proven: tuple[Proven, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "from": self.days.first.isoformat(),
            "to": self.days.last.isoformat(),
            "net_revenue": self.net_revenue.to_json(),
            "attributed_revenue": self.attributed.to_json(),
            "margins": list(self.margins),
            "cost_of_goods": self.cost_of_goods.to_json(),
            "costs": [
                {"kind": cell.kind, "evidence": cell.evidence, "amount": cell.amount.to_json()}
                for cell in self.costs
                if cell.amount.minor
            ],
            "cost": self.cost.to_json(),
            "contribution_after_messaging": self.contribution.to_json(),
            "upper_bound": self.unrated > 0,
            "cumulative": self.cumulative.to_json(),
            "cumulative_upper_bound": self.unrated_so_far > 0,
            "refunds": self.refunds.to_json(),
            "discounts": self.discounts.to_json(),
            "unrated_messages": self.unrated,
            "proven": [one.to_json() for one in self.proven],
        }


@dataclass(frozen=True, slots=True)
class ProfitStatement:
    """Rows in order of time. `days` is None where nothing ever happened."""

    currency: str
    by: str
    model: str
    days: Days | None
    campaign: str | None
    channel: str | None
    constant_rate: date | None
    rows: tuple[ProfitRow, ...]
    findings: tuple[Finding, ...]

    @property
    def cost_keys(self) -> tuple[tuple[str, str], ...]:
        """Kinds and evidence that any row has, in order."""
        return tuple(dict.fromkeys((cell.kind, cell.evidence) for row in self.rows for cell in row.costs))

    def total(self, name: str) -> Money | Unavailable:
        """The sum of a column of money; the reason of the first row that has none."""
        total = Money(0, self.currency)
        for row in self.rows:
            amount = getattr(row, name)
            if isinstance(amount, Unavailable):
                return amount
            total += amount
        return total

    def total_cost(self, kind: str, evidence: str) -> Money:
        """The sum of a column of cost."""
        cells = [
            cell.amount.minor
            for row in self.rows
            for cell in row.costs
            if (cell.kind, cell.evidence) == (kind, evidence)
        ]
        return Money(sum(cells), self.currency)

    def to_json(self) -> dict[str, Any]:
        return {
            "by": self.by,
            "period": {"from": self.days.first.isoformat(), "to": self.days.last.isoformat()} if self.days else None,
            "campaign": self.campaign,
            "channel": self.channel,
            "currency": self.currency,
            "model": self.model,
            "basis": "attributed",
            "constant_rate": self.constant_rate.isoformat() if self.constant_rate else None,
            "definitions": DEFINITIONS,
            "rows": [row.to_json() for row in self.rows],
            "total": {
                "net_revenue": self.total("net_revenue").to_json(),
                "attributed_revenue": self.total("attributed").to_json(),
                "cost_of_goods": self.total("cost_of_goods").to_json(),
                "costs": [
                    {"kind": kind, "evidence": evidence, "amount": self.total_cost(kind, evidence).to_json()}
                    for kind, evidence in self.cost_keys
                ],
                "cost": self.total("cost").to_json(),
                "contribution_after_messaging": self.total("contribution").to_json(),
                "upper_bound": any(row.unrated for row in self.rows),
                "refunds": self.total("refunds").to_json(),
                "discounts": self.total("discounts").to_json(),
                "unrated_messages": sum(row.unrated for row in self.rows),
            },
            "findings": [finding.to_json() for finding in self.findings],
        }

"""Totals over all campaigns, with what belongs to none: messages, cost, attributed and unattributed revenue add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.audit.checks.refunds_without_order import STRAY
from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money
from earnest.kernel.words import count
from earnest.usecases.cost_findings import ledger_findings
from earnest.usecases.costs import MEMO, full_ledger
from earnest.usecases.measure import measure_all
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Overview:
    """Workspace totals.

    Args:
        messages, unassigned_messages: all messages, and those that belong to no campaign.
        net_revenue: of all conversions. attributed, unattributed: by last touch; they add up to net_revenue.
        cost, unallocated_cost: all cost, and lines that belong to no campaign.
    """

    messages: int
    unassigned_messages: int
    net_revenue: Money
    attributed: Money
    unattributed: Money
    cost: Money
    unallocated_cost: Money
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        money = ("net_revenue", "attributed", "unattributed", "cost", "unallocated_cost")
        return {
            "messages": self.messages,
            "unassigned_messages": self.unassigned_messages,
            **{name: getattr(self, name).to_json() for name in money},
            "findings": [finding.to_json() for finding in self.findings],
        }


def overview(workspace: Workspace) -> Overview:
    """Compute the totals of a workspace."""
    with open_tables(workspace) as tables:
        measured, currency = measure_all(tables), tables.state.currency
        net = tables.con.execute("SELECT coalesce(sum(net_minor), 0) FROM conversion").fetchone()
        credited = tables.con.execute(
            "SELECT coalesce(sum(credit_minor) FILTER (WHERE label_key IS NOT NULL), 0), coalesce(sum(credit_minor) FILTER (WHERE label_key IS NULL), 0)"
            " FROM credit_cell WHERE model = 'last_touch'"
        ).fetchone()
        assert net is not None
        assert credited is not None
        book = full_ledger(tables)
        loose = [
            line
            for line in book.lines
            if line.kind != MEMO and (line.campaign is None or line.campaign not in measured)
        ]
        of_ledger = ledger_findings(tables, book)
        ambiguous = tables.con.execute("SELECT count(*) FROM label_campaign WHERE how = 'ambiguous'").fetchone()
        assert ambiguous is not None
        stray = tables.con.execute(
            f"SELECT count(DISTINCT event_key), coalesce(sum(refund_minor), 0) FROM ({STRAY})"
        ).fetchone()
        assert stray is not None
    strays = (int(stray[0]), Money(int(stray[1]), currency))
    unallocated = sum(line.micro for line in loose)
    unassigned = measured[UNASSIGNED].measures["messages"] if UNASSIGNED in measured else 0
    cost = sum(one.cost.micro for one in measured.values()) + unallocated
    return Overview(
        sum(one.measures["messages"] for one in measured.values()),
        unassigned,
        Money(int(net[0]), currency),
        Money(int(credited[0]), currency),
        Money(int(credited[1]), currency),
        Money.from_micro(cost, currency),
        Money.from_micro(unallocated, currency),
        (*_findings(unassigned, int(ambiguous[0]), strays=strays), *of_ledger),
    )


def _findings(unassigned: int, ambiguous: int, *, strays: tuple[int, Money]) -> list[Finding]:
    found = []
    if strays[0]:
        found.append(
            Finding(
                "refunds-without-order",
                "warns",
                f"{strays[0]:,} refunds over {strays[1]} name no known order and change nothing",
                "Import the orders they belong to, with the same --source.",
                rows=strays[0],
            )
        )
    if unassigned:
        found.append(
            Finding(
                "unassigned-messages",
                "warns",
                f"{count(unassigned, 'message belongs', 'messages belong')} to no campaign; counted in the total only",
                "Declare the campaign with a match rule: earnest campaign add ID --match template=NAME",
                rows=unassigned,
            )
        )
    if ambiguous:
        found.append(
            Finding(
                "ambiguous-match",
                "warns",
                f"{ambiguous} kinds of messages match the rules of two campaigns and were left unassigned",
                "Make the match rules of the campaigns disjoint.",
                rows=ambiguous,
            )
        )
    return found

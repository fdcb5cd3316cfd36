"""Totals over all campaigns, with what belongs to none: messages, cost, attributed and unattributed revenue add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money
from earnest.kernel.words import count
from earnest.usecases.costs import MEMO, ledger
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
        loose = [
            line
            for line in ledger(tables)
            if line.kind != MEMO and (line.campaign is None or line.campaign not in measured)
        ]
        ambiguous = tables.con.execute("SELECT count(*) FROM label_campaign WHERE how = 'ambiguous'").fetchone()
        assert ambiguous is not None
        stray = tables.con.execute(
            "SELECT count(DISTINCT r.event_key), coalesce(sum(r.refund_minor), 0) FROM event_refund AS r"
            " LEFT JOIN conversion AS o ON r.order_key = o.order_key LEFT JOIN conversion AS c ON r.conversion_key = c.order_key"
            " WHERE o.order_key IS NULL AND c.order_key IS NULL"
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
        tuple(_findings(unassigned, len(loose), int(ambiguous[0]), strays=strays)),
    )


def _findings(unassigned: int, loose: int, ambiguous: int, *, strays: tuple[int, Money]) -> list[Finding]:
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
    if loose:
        found.append(
            Finding(
                "unallocated-cost",
                "warns",
                f"{loose} cost lines belong to no known campaign",
                "Name the campaign in the file's campaign column.",
                rows=loose,
            )
        )
    return found

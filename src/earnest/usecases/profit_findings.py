"""What a reader of a profit statement must know: cost that is missing in it, and cost that belongs to nobody."""

from __future__ import annotations

from earnest.definitions.days import Days
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money
from earnest.kernel.words import count
from earnest.usecases.cost_findings import ledger_findings
from earnest.usecases.costs import Ledger
from earnest.usecases.profit_read import Figures, Scope
from earnest.usecases.tables import Tables


def profit_findings(
    tables: Tables, scope: Scope, book: Ledger, *, figures: Figures, days: Days | None
) -> tuple[Finding, ...]:
    """Findings of a statement."""
    found = list(ledger_findings(tables, book))
    unrated = sum(figures.unrated.values())
    if unrated:
        found.append(
            Finding(
                "unrated-messages",
                "warns",
                f"{count(unrated, 'delivered message has', 'delivered messages have')} no price: the cost is a lower bound, the contribution an upper one",
                "Map the messages' cost, or add the provider's bill: earnest cost add --kind messaging --covers messaging …",
                rows=unrated,
            )
        )
    if scope.campaigns is not None and figures.unallocated:
        amount = Money.from_micro(figures.unallocated, tables.state.currency)
        found.append(
            Finding(
                "unallocated-cost-left-out",
                "informs",
                f"{amount} of cost in {days} belongs to no campaign and is in no campaign's statement",
                "Split it: earnest cost allocate preview --rule delivered --period …",
            )
        )
    if scope.mixed:
        found.append(
            Finding(
                "several-channels",
                "warns",
                f"campaigns that send over several channels are left out: {', '.join(scope.mixed)}; their cost lines cannot be told apart",
                "Ask for one of them: earnest profit show --campaign ID.",
                rows=len(scope.mixed),
            )
        )
    return tuple(found)

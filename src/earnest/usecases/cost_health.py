"""Health checks of a campaign's cost: is all of it known, and none of it counted twice?"""

from __future__ import annotations

from earnest.definitions.state import State
from earnest.kernel.finding import Finding
from earnest.kernel.words import count
from earnest.usecases.cost_line import micro_text
from earnest.usecases.measure import Measured

_COST_REASONS = frozenset(
    ("currency-differs", "unknown-currency", "not-an-amount", "decimal-comma", "too-many-decimals", "negative-amount")
)
_TOLERATED = 0.01


def cost_findings(measured: Measured, *, randomised: bool) -> list[Finding]:
    """What a reader must know of a campaign's cost before believing a return.

    Args:
        randomised: whether an experiment judges the campaign, so that an unknown cost would pass for none.
    """
    cost, name, delivered = measured.cost, measured.campaign.id, measured.measures["delivered"]
    found = []
    if cost.unrated:
        found.append(
            Finding(
                "unrated-messages",
                "blocks-gain",
                f"{cost.unrated:,} of {delivered:,} delivered messages have no price, so the cost is a lower bound",
                f"Map the messages' cost, or add the provider's bill: earnest cost add --campaign {name}"
                " --kind messaging --amount … --from FIRST-DAY --covers messaging",
                rows=cost.unrated,
                tested=delivered,
            )
        )
    elif randomised and not cost.lines:
        found.append(
            Finding(
                "cost-missing",
                "blocks-gain",
                "no cost of the campaign is known: neither message prices nor cost lines",
                f"Add it; if it truly cost nothing, say so: earnest cost add --campaign {name} --kind other --amount 0 --from DAY",
            )
        )
    found += _without_rate(measured)
    if cost.micro < 0:
        found.append(
            Finding(
                "cost-negative",
                "blocks",
                "the cost lines of the campaign add up to less than nothing",
                "Correct the reversing line.",
            )
        )
    if cost.twice:
        found.append(
            Finding(
                "messaging-counted-twice",
                "blocks-loss",
                "messages carry prices, and a messaging line stands beside them: the fees may be counted twice",
                "If the line is the bill for these messages, give it covers_messaging (or --covers messaging).",
            )
        )
    if cost.memo:
        found.append(
            Finding(
                "discount-as-cost",
                "informs",
                f"{len(cost.memo)} discount lines are shown as a memo and left out of the cost, as revenue is already net of them",
                "Nothing to do, unless the order amounts are before discounts.",
                rows=len(cost.memo),
                facts={"micro": sum(line.micro for line in cost.memo)},
            )
        )
    return found


def _without_rate(measured: Measured) -> list[Finding]:
    """Cost in other currencies that is left out, as nobody told a rate for its day: the cost is a lower bound."""
    cost, found = measured.cost, []
    if cost.unconverted:
        first = cost.unconverted[0]
        told = ", ".join(f"{micro_text(one.posting.micro)} {one.posting.currency}" for one in cost.unconverted[:3])
        found.append(
            Finding(
                "no-rate",
                "blocks-gain",
                f"{count(len(cost.unconverted), 'cost line is', 'cost lines are')} left out of the cost ({told}): {first.why.reason}",
                first.why.remedy,
                rows=len(cost.unconverted),
                facts={"entries": [one.posting.id for one in cost.unconverted]},
            )
        )
    if cost.foreign:
        amounts: dict[str, int] = {}
        for charge in cost.foreign:
            amounts[charge.currency] = amounts.get(charge.currency, 0) + charge.micro
        told = ", ".join(f"{code} {micro_text(micro)}" for code, micro in sorted(amounts.items()))
        found.append(
            Finding(
                "charges-in-other-currency",
                "warns",
                f"{told} of message charges are left out of the cost: {cost.foreign[0].why.reason}",
                f"{cost.foreign[0].why.remedy} (for each week of sending), or add the whole messaging bill with --covers messaging.",
                rows=sum(charge.messages for charge in cost.foreign),
            )
        )
    return found


def refused_messages(state: State) -> list[Finding]:
    """Message rows in quarantine for their price: sent and paid for, and missing from the cost of some campaign."""
    imports = [one for one in state.active_imports if one.kind == "messages"]
    rows = sum(int(one.counts["rows"]) for one in imports)
    refused = sum(n for one in imports for reason, n in one.counts["reasons"].items() if reason in _COST_REASONS)
    if not refused:
        return []
    return [
        Finding(
            "messages-in-quarantine",
            "blocks-gain" if refused > _TOLERATED * rows else "warns",
            f"{refused:,} of {rows:,} message rows were refused for their price or currency, so their cost is missing",
            "See `earnest import list` and `earnest import quarantine ID`, correct the file and import it again.",
            rows=refused,
            tested=rows,
        )
    ]

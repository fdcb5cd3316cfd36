"""Allocate cost that belongs to no campaign: try a rule, make it hold, take it back. Each a dated journal entry.

A rule is no transfer of fixed amounts: it is evaluated on the data in force whenever a cost is asked for, so that late
messages and late cost lines of its days restate the split. An as-of shows what it gave then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from earnest.definitions.allocation import Allocation, basis_of
from earnest.definitions.periods import read_period
from earnest.kernel.declared import check_known
from earnest.kernel.errors import Conflict, NotFound, UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, Money, exponent
from earnest.kernel.words import count
from earnest.usecases.allocation_split import RuleUse, allocated
from earnest.usecases.costs import MEMO, campaign_costs, full_ledger
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace

KINDS = ("messaging", "subscription", "content", "staff", "distribution", "rental", "other")
"""Kinds of cost that can be split: all but the discount, which is a memo."""


@dataclass(frozen=True, slots=True)
class ShareEffect:
    """What a rule does to one campaign.

    Args:
        micro: what it gets. before, after: its whole cost, in millionths. attributed_minor: its revenue by last touch,
            of all time, as its cost.
    """

    campaign: str
    weight: int
    micro: int
    before: int
    after: int
    attributed_minor: int


@dataclass(frozen=True, slots=True)
class AllocationPreview:
    """What a rule splits and how: the shares add up to `micro`, to the millionth.

    Args:
        lines, micro: ledger lines it takes from, and how much. effects: by campaign; empty where nobody has a weight.
        left: unallocated cost after it, in millionths.
    """

    rule: Allocation
    meaning: str
    currency: str
    lines: int
    micro: int
    effects: tuple[ShareEffect, ...]
    left: int

    def to_json(self) -> dict[str, Any]:
        money, places = self._money, exponent(self.currency)
        return {
            **self.rule.to_json(),
            "basis": self.meaning,
            "lines": self.lines,
            "amount": money(self.micro),
            "left_unallocated": money(self.left),
            "shares": [
                {
                    "campaign": one.campaign,
                    "weight": one.weight,
                    "amount": money(one.micro),
                    "cost_before": money(one.before),
                    "cost_after": money(one.after),
                    "roas_before": roas(one.attributed_minor, one.before, places),
                    "roas_after": roas(one.attributed_minor, one.after, places),
                }
                for one in self.effects
            ],
        }

    def _money(self, micro: int) -> dict[str, Any]:
        return Money.from_micro(micro, self.currency).to_json() | {"micro": micro}


def read_rule(
    workspace: Workspace,
    basis: str,
    *,
    period: str,
    kinds: Sequence[str] = (),
    campaigns: Sequence[str] = (),
    reason: str | None = None,
) -> Allocation:
    """A rule from words.

    Args:
        period: a month, quarter or year, or FIRST..LAST.

    Raises:
        UsageError: `unknown-allocation-rule`, `bad-period`, `memo-is-no-cost`, `unknown-cost-kind`, `no-such-campaign`.
    """
    for kind in kinds:
        if kind == MEMO:
            raise UsageError(
                "memo-is-no-cost",
                "discounts are a memo: revenue is already net of them, so there is nothing to allocate",
                hint=f"Kinds: {', '.join(KINDS)}.",
            )
        check_known(KINDS, kind, what="kind of cost", listed="Kinds", refusal=(UsageError, "unknown-cost-kind"))
    days = read_period(period, workspace.today(workspace.state()))
    with open_tables(workspace) as tables:
        for name in campaigns:
            refusal, hint = (UsageError, "no-such-campaign"), "See `earnest campaign list`."
            check_known(_campaigns(tables), name, what="campaign", hint=hint, refusal=refusal)
    return Allocation(basis_of(basis).name, days, tuple(sorted(set(kinds))), tuple(sorted(set(campaigns))), reason)


def preview_allocation(workspace: Workspace, rule: Allocation) -> AllocationPreview:
    """What a rule would do if it were applied now, after the rules that hold already."""
    with open_tables(workspace) as tables:
        return _preview(tables, rule)


def apply_allocation(workspace: Workspace, rule: Allocation) -> tuple[int, AllocationPreview]:
    """Make a rule hold; returns its entry and what it does on today's data.

    Raises:
        Conflict: `nothing-to-allocate`: no unallocated line falls into its days. `zero-base`: nobody has a weight there.
    """
    with open_tables(workspace) as tables:
        found = _preview(tables, rule)
    if not found.lines:
        raise Conflict(
            "nothing-to-allocate",
            f"no unallocated cost{_of_kinds(rule)} falls into {rule.days}",
            hint="See `earnest cost list --unallocated`, or `earnest cost allocate list` for what a rule takes already.",
        )
    if not found.effects:
        raise Conflict(
            "zero-base",
            f"no campaign has a weight for '{rule.basis}' ({found.meaning}) in {rule.days}",
            hint="Choose another rule or period: the cost stays unallocated.",
        )
    return workspace.record("allocation.applied", rule.to_json()).seq, found


def withdraw_allocation(workspace: Workspace, seq: int) -> Allocation:
    """Take a rule back: its cost is unallocated again from now on; what was known before stays as it was known.

    Raises:
        NotFound: `no-such-allocation`. Conflict: `allocation-withdrawn`.
    """
    rules = workspace.state().allocations
    if seq not in rules:
        known = ", ".join(str(one) for one in sorted(rules)) or "none yet"
        raise NotFound(
            "no-such-allocation",
            f"there is no allocation rule {seq} (rules: {known})",
            hint="See `earnest cost allocate list`.",
        )
    if rules[seq].withdrawn_us is not None:
        raise Conflict(
            "allocation-withdrawn", f"rule {seq} was withdrawn already", hint="See `earnest cost allocate list`."
        )
    workspace.record("allocation.withdrawn", {"allocation": seq})
    return rules[seq]


def allocations(tables: Tables) -> list[tuple[Allocation, RuleUse | None]]:
    """Every rule ever made, oldest first, with what it does now; None for those withdrawn."""
    uses = {use.rule.seq: use for use in full_ledger(tables).rules}
    return [(rule, uses.get(rule.seq)) for rule in tables.state.allocations.values()]


def roas(attributed_minor: int, cost_micro: int, places: int) -> float | dict[str, str]:
    """Revenue attributed by last touch per unit of cost; why there is none where the cost is 0."""
    if cost_micro <= 0:
        return Unavailable("no-cost", "the cost is 0, so there is no return on it", "Add its costs.").to_json()
    return attributed_minor * MICRO_PER_MAJOR / int(10**places * cost_micro)


def _preview(tables: Tables, rule: Allocation) -> AllocationPreview:
    book = full_ledger(tables)
    lines, uses = allocated(tables, [line for line in book.lines if line.rule is None], extra=rule)
    use = uses[-1]
    names = [share.campaign for share in use.shares]
    before = campaign_costs(tables, names, known=book)
    after = campaign_costs(tables, names, known=replace(book, lines=tuple(lines)))
    credit = _credit(tables)
    effects = tuple(
        ShareEffect(
            share.campaign, share.weight, share.micro, before[share.campaign].micro, after[share.campaign].micro,
            credit.get(share.campaign, 0),
        )
        for share in use.shares
    )  # fmt: skip
    left = sum(line.micro for line in lines if line.campaign is None and line.kind != MEMO)
    return AllocationPreview(
        rule, basis_of(rule.basis).meaning, tables.state.currency, use.lines, use.micro, effects, left
    )


def _campaigns(tables: Tables) -> list[str]:
    met = tables.con.execute("SELECT DISTINCT campaign FROM label_campaign").fetchall()
    return sorted({*tables.state.campaigns, *(str(name) for (name,) in met)})


def _credit(tables: Tables) -> dict[str, int]:
    rows = tables.con.execute(
        "SELECT l.campaign, CAST(sum(c.credit_minor) AS BIGINT) FROM credit_cell AS c JOIN label_campaign AS l ON c.label_key = l.label_key"
        " WHERE c.model = 'last_touch' GROUP BY l.campaign"
    ).fetchall()
    return {str(name): int(minor) for name, minor in rows}


def _of_kinds(rule: Allocation) -> str:
    return f" of kind {' or '.join(rule.kinds)}" if rule.kinds else ""


def rule_words(rule: Allocation) -> str:
    """A rule in words: `subscription of 2026-09-01..2026-09-30 by delivered`."""
    kinds = ", ".join(rule.kinds) or "every kind"
    over = f" over {count(len(rule.campaigns), 'campaign')} named" if rule.campaigns else ""
    return f"{kinds} of {rule.days} by {rule.basis}{over}"

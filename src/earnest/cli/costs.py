"""The ledger, allocation rules and their previews in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from earnest.cli.tables import escape, money, print_table
from earnest.kernel.money import Money, exponent
from earnest.kernel.words import count
from earnest.usecases.allocation import AllocationPreview, ShareEffect, roas, rule_words
from earnest.usecases.cost_line import micro_text

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.definitions.allocation import Allocation
    from earnest.usecases.allocation_split import RuleUse
    from earnest.usecases.cost_ledger import Posting
    from earnest.usecases.cost_list import CostRow


def posting_json(one: Posting) -> dict[str, Any]:
    """A posting as JSON, amounts as told."""
    return {
        "entry": one.id,
        "reverses": one.reverses,
        "campaign": one.campaign,
        "kind": one.kind,
        "told": {"amount": micro_text(one.micro), "currency": one.currency},
        "reason": one.reason,
    }


def print_ledger(console: Console, rows: Sequence[CostRow]) -> None:
    """The ledger, a row a line; an amount told in another currency stands in brackets."""
    if not rows:
        console.print("No cost line.")
        return
    headers = ("entry", "status", "campaign", "kind", "amount", "evidence", "from", "until", "words")
    print_table(console, headers, [_ledger_row(row) for row in rows], numbers=(4,))


def _ledger_row(row: CostRow) -> tuple[str, ...]:
    status = row.status
    if row.reversed_by is not None:
        status = f"reversed by {row.reversed_by}"
    elif row.reverses is not None:
        status = f"reverses {row.reverses}"
    amount = "no rate" if row.micro is None else money(Money.from_micro(row.micro, row.currency))
    if row.told_currency != row.currency:
        amount = f"{amount} ({micro_text(row.told_micro)} {row.told_currency})"
    words = "; ".join(
        part for part in (row.description, row.rates, row.reason, row.covers and "covers messaging") if part
    )
    return (
        row.id or "–", status, row.campaign or "–", row.kind, amount, row.evidence, row.since.isoformat(),
        row.until.isoformat() if row.until else "", words,
    )  # fmt: skip


def print_preview(console: Console, found: AllocationPreview, applied: int | None = None) -> None:
    """What a rule splits, over whom, and what becomes of their cost and ROAS."""
    what = f"{_money(found.micro, found.currency)} of {count(found.lines, 'line')}: {rule_words(found.rule)} ({found.meaning})"
    console.print(escape(f"Rule {applied} holds. {what}." if applied is not None else f"Would split {what}."))
    if not found.effects:
        why = "nobody has a weight there" if found.lines else "no unallocated cost falls into these days"
        console.print(escape(f"Nothing is split: {why}. It stays unallocated."))
        return
    headers = ("campaign", "weight", "gets", "cost before", "cost after", "ROAS before", "ROAS after")
    rows = [_effect(one, found.currency) for one in found.effects]
    total = sum(one.micro for one in found.effects)
    rows.append(
        ("in all", f"{sum(one.weight for one in found.effects):,}", _money(total, found.currency), "", "", "", "")
    )
    print_table(console, headers, rows, numbers=(1, 2, 3, 4, 5, 6))
    console.print(
        escape(
            f"Left unallocated: {_money(found.left, found.currency)}. ROAS is attributed by last touch, before cost of goods."
        )
    )


def _effect(one: ShareEffect, currency: str) -> tuple[str, ...]:
    places = exponent(currency)
    before, after = (roas(one.attributed_minor, cost, places) for cost in (one.before, one.after))
    return (
        one.campaign, f"{one.weight:,}", _money(one.micro, currency), _money(one.before, currency), _money(one.after, currency),
        _times(before), _times(after),
    )  # fmt: skip


def _times(value: float | dict[str, Any]) -> str:
    return f"{value:,.2f}×" if isinstance(value, float) else "n/a"


def rule_json(rule: Allocation, use: RuleUse | None, currency: str) -> dict[str, Any]:
    """A rule as JSON, with what it does now."""
    shares = use.shares if use is not None else ()
    return {
        "allocation": rule.seq,
        **rule.to_json(),
        "withdrawn": rule.withdrawn_us is not None,
        "amount": Money.from_micro(use.micro, currency).to_json() if use is not None else None,
        "lines": use.lines if use is not None else None,
        "shares": [
            {"campaign": s.campaign, "weight": s.weight, "amount": Money.from_micro(s.micro, currency).to_json(), "micro": s.micro}
            for s in shares
        ],
    }  # fmt: skip


def print_rules(console: Console, rules: Sequence[tuple[Allocation, RuleUse | None]], currency: str) -> None:
    """Allocation rules with what each does on today's data."""
    if not rules:
        console.print("No allocation rule.")
        return
    rows = []
    for rule, use in rules:
        state = "withdrawn" if use is None else "splits nothing: no weight" if use.idle else "holds"
        amount = _money(use.micro, currency) if use is not None else ""
        shares = ", ".join(f"{s.campaign} {_money(s.micro, currency)}" for s in use.shares) if use is not None else ""
        rows.append((str(rule.seq), state, rule_words(rule), amount, shares))
    print_table(console, ("rule", "state", "splits", "amount", "shares"), rows, numbers=(3,))


def _money(micro: int, currency: str) -> str:
    return money(Money.from_micro(micro, currency))

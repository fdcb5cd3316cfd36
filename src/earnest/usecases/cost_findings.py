"""Findings of the ledger as a whole: cost of no campaign, cost without a rate, rules that split nothing."""

from __future__ import annotations

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.finding import Finding
from earnest.kernel.money import Money
from earnest.kernel.words import count
from earnest.usecases.cost_line import micro_text
from earnest.usecases.costs import MEMO, Ledger
from earnest.usecases.tables import Tables


def ledger_findings(tables: Tables, book: Ledger) -> list[Finding]:
    """`unallocated-cost`, `unknown-campaign-cost`, `no-rate`, `allocation-without-base`."""
    return [*_unallocated(tables, book), *_without_rate(book), *_idle_rules(tables, book)]


def _unallocated(tables: Tables, book: Ledger) -> list[Finding]:
    currency = tables.state.currency
    lines = [line for line in book.lines if line.campaign is None and line.kind != MEMO]
    found = []
    if lines:
        kinds = ", ".join(
            f"{kind} {Money.from_micro(sum(line.micro for line in lines if line.kind == kind), currency)}"
            for kind in sorted({line.kind for line in lines})
        )
        ids = list(dict.fromkeys(line.posting for line in lines))
        found.append(
            Finding(
                "unallocated-cost",
                "warns",
                f"{count(len(ids), 'cost line belongs', 'cost lines belong')} to no campaign, or do in part: {kinds}",
                "Name the campaign, or split it by a rule: earnest cost allocate preview --rule delivered --period …",
                rows=len(ids),
                facts={"entries": ids, "micro": sum(line.micro for line in lines)},
            )
        )
    met = {str(name) for (name,) in tables.con.execute("SELECT DISTINCT campaign FROM label_campaign").fetchall()}
    known = {*tables.state.campaigns, *met, UNASSIGNED}
    stray = [
        line for line in book.lines if line.campaign is not None and line.campaign not in known and line.kind != MEMO
    ]
    if stray:
        names = sorted({str(line.campaign) for line in stray})
        found.append(
            Finding(
                "unknown-campaign-cost",
                "warns",
                f"{count(len(stray), 'cost line names', 'cost lines name')} a campaign nobody declared and no message has: {', '.join(names[:5])}",
                "Declare it (earnest campaign add ID), or reverse the line and add it anew under the right name.",
                rows=len(stray),
            )
        )
    return found


def _without_rate(book: Ledger) -> list[Finding]:
    left = [one for one in book.unconverted if one.posting.kind != MEMO]
    if not left:
        return []
    told = ", ".join(f"{one.posting.id} ({micro_text(one.posting.micro)} {one.posting.currency})" for one in left[:3])
    return [
        Finding(
            "no-rate",
            "warns",
            f"{count(len(left), 'cost line is', 'cost lines are')} in no cost: {told}; {left[0].why.reason}",
            left[0].why.remedy,
            rows=len(left),
            facts={"entries": [one.posting.id for one in left]},
        )
    ]


def _idle_rules(tables: Tables, book: Ledger) -> list[Finding]:
    return [
        Finding(
            "allocation-without-base",
            "warns",
            f"allocation rule {use.rule.seq} ({use.rule.basis}, {use.rule.days}) splits nothing: no campaign has a weight there,"
            f" and {Money.from_micro(use.micro, tables.state.currency)} stays unallocated",
            f"Withdraw it and choose another: earnest cost allocate withdraw {use.rule.seq}",
        )
        for use in book.rules
        if use.idle
    ]

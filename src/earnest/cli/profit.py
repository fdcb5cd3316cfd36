"""The profit statement in a terminal and as CSV."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

from earnest.cli.tables import escape, major, money, print_table, share
from earnest.definitions.periods import bucket_of
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.money import Money

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.profit_statement import ProfitRow, ProfitStatement, Proven

_PART = " (part)"
_MEMOS = ("refunds", "discounts")


def print_statement(console: Console, found: ProfitStatement) -> None:
    """Rows of time, columns that add up, and beneath them what stands beside."""
    whose = found.campaign or (f"channel {found.channel}" if found.channel else "all campaigns")
    console.print(
        escape(f"Profit statement, {whose}: attributed by {found.model}, in {found.currency}. Bookkeeping, not proof.")
    )
    if found.constant_rate is not None:
        console.print(escape(f"Converted by the rates of {found.constant_rate}."))
    if not found.rows:
        console.print("Nothing happened yet: no order, no message, no cost.")
        return
    costs = [f"{kind} ({evidence})" for kind, evidence in found.cost_keys]
    headers = (
        "from",
        "net revenue, all",
        "attributed",
        "margin",
        "cost of goods",
        *costs,
        "contribution",
        "cumulative",
    )
    rows = [*(_cells(row, found.by) for row in found.rows), _total(found)]
    print_table(console, headers, rows, numbers=range(1, len(headers)))
    if any(_PART in row[0] for row in rows):
        console.print(f"{_PART.strip()}: the statement covers part of the {found.by}, {found.days}.", markup=False)
    _print_proven(console, [one for row in found.rows for one in row.proven])
    memos = ", ".join(f"{name} {money(_known(found.total(name)))}" for name in _MEMOS)
    console.print(escape(f"Memo, in net revenue already: {memos}."))
    for finding in found.findings:
        console.print(escape(f"{finding.severity}: {finding.message}. {finding.remedy}"))


def _cells(row: ProfitRow, by: str) -> tuple[str, ...]:
    part = _PART if row.days != bucket_of(row.days.first, by) else ""
    margins = " / ".join(share(float(one)) for one in row.margins)
    return (
        f"{row.days.first}{part}", money(row.net_revenue), money(row.attributed), margins or "not set",
        _amount(row.cost_of_goods), *(money(cell.amount) for cell in row.costs), _amount(row.contribution, at_most=row.unrated > 0),
        _amount(row.cumulative, at_most=row.unrated_so_far > 0),
    )  # fmt: skip


def _total(found: ProfitStatement) -> tuple[str, ...]:
    unrated = any(row.unrated for row in found.rows)
    return (
        "in all", _amount(found.total("net_revenue")), _amount(found.total("attributed")), "", _amount(found.total("cost_of_goods")),
        *(money(found.total_cost(*key)) for key in found.cost_keys), _amount(found.total("contribution"), at_most=unrated), "",
    )  # fmt: skip


def _amount(amount: Money | Unavailable, *, at_most: bool = False) -> str:
    if isinstance(amount, Unavailable):
        return f"n/a ({amount.code})"
    return f"≤ {money(amount)}" if at_most else money(amount)


def _known(amount: Money | Unavailable) -> Money:
    assert isinstance(amount, Money)
    return amount


def _print_proven(console: Console, trials: list[Proven]) -> None:
    for one in trials:
        figures = []
        for words, figure in (("extra gross profit", one.extra_gross_profit), ("contribution", one.contribution)):
            if isinstance(figure, Unavailable):
                figures.append(f"{words} n/a ({figure.code})")
            else:
                figures.append(f"{words} {_range(figure, hidden=one.verdict == 'inconclusive')}")
        console.print(
            escape(
                f"{one.verdict.replace('_', ' ')}, read out {one.read_out}: {one.campaign} ({one.experiment}): {', '.join(figures)}"
            )
        )


def _range(figure: Estimate, *, hidden: bool) -> str:
    if figure.low is None or figure.high is None:
        return major(figure.value, figure.unit)
    ends = f"{major(figure.low, figure.unit)} to {major(figure.high, figure.unit)}"
    return ends if hidden else f"{major(figure.value, figure.unit)} ({ends})"


def print_csv(found: ProfitStatement) -> None:
    """One row a month; amounts in major units, empty where there is none and `missing` says why."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    costs = [f"cost_{kind}_{evidence}" for kind, evidence in found.cost_keys]
    writer.writerow(
        (
            "from", "to", "currency", "model", "net_revenue", "attributed_revenue", "cost_of_goods", *costs, "cost",
            "contribution_after_messaging", "cumulative", "refunds", "discounts", "unrated_messages", "missing",
        )
    )  # fmt: skip
    for row in found.rows:
        amounts = (row.net_revenue, row.attributed, row.cost_of_goods, *(cell.amount for cell in row.costs), row.cost)
        left = (row.contribution, row.cumulative, row.refunds, row.discounts)
        missing = row.contribution.code if isinstance(row.contribution, Unavailable) else ""
        writer.writerow(
            (
                row.days.first.isoformat(), row.days.last.isoformat(), found.currency, found.model, *map(_plain, (*amounts, *left)),
                row.unrated, missing,
            )
        )  # fmt: skip


def _plain(amount: Money | Unavailable) -> str:
    return str(amount.decimal) if isinstance(amount, Money) else ""

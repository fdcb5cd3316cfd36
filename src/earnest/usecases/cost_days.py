"""What was spent on each business day: cost lines spread over the days of their periods, and message charges by send day.

A line's part on day k of n is amount·(k+1)/n − amount·k/n, divided towards zero: whole micro units that add up to the
amount exactly. A line without an end stands on its first day, and so does one that ends on it.
"""

from __future__ import annotations

import pyarrow

from earnest.kernel.period import zone
from earnest.usecases.allocation_split import span_of
from earnest.usecases.cost_charges import register_message_cost
from earnest.usecases.cost_line import LedgerLine
from earnest.usecases.costs import MEMO, Ledger, covers_of, full_ledger
from earnest.usecases.tables import Tables


def register_cost_day(tables: Tables, *, known: Ledger | None = None) -> None:
    """Make temp table `cost_day(campaign, cost_day, cost_kind, evidence, amount_micro)`: one row a line's or a campaign's day.

    Every cost line in force and the message charges no line covers, in millionths of the workspace currency; discounts,
    which are a memo, left out. `campaign` is null for what is allocated to none. A campaign's rows add up to its cost.

    Args:
        known: the ledger, where it is at hand.
    """
    book = known or full_ledger(tables)
    register_message_cost(tables, covers_of(book.lines), fx=book.fx, fx_day=book.fx_day)
    tables.con.register("cost_span", _spans(tables, [line for line in book.lines if line.kind != MEMO]))
    tables.con.execute(
        "CREATE OR REPLACE TEMP TABLE cost_day AS"
        " SELECT campaign, CAST(first_day + k AS INTEGER) AS cost_day, cost_kind, evidence,"
        " CAST(idiv(amount_micro::HUGEINT * (k + 1), days) - idiv(amount_micro::HUGEINT * k, days) AS BIGINT) AS amount_micro"
        " FROM (SELECT *, unnest(range(days)) AS k FROM cost_span)"
        " UNION ALL SELECT campaign, send_day, 'messaging', 'measured', micro FROM message_cost WHERE priced > 0"
    )


def _spans(tables: Tables, lines: list[LedgerLine]) -> pyarrow.Table:
    tz = zone(tables.state.timezone)
    spans = [span_of(line, tz) for line in lines]
    return pyarrow.table(
        {
            "campaign": pyarrow.array([line.campaign for line in lines], pyarrow.string()),
            "cost_kind": pyarrow.array([line.kind for line in lines], pyarrow.string()),
            "evidence": pyarrow.array([line.evidence for line in lines], pyarrow.string()),
            "amount_micro": pyarrow.array([line.micro for line in lines], pyarrow.int64()),
            "first_day": pyarrow.array([first for first, _ in spans], pyarrow.int64()),
            "days": pyarrow.array([days for _, days in spans], pyarrow.int64()),
        }
    )

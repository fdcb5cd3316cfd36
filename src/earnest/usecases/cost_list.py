"""The ledger as it is shown: postings and reversals, what rules gave to campaigns, and message charges as summed lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from earnest.definitions.days import Days
from earnest.kernel.errors import NotFound, closest
from earnest.kernel.money import Money
from earnest.kernel.period import day_number, day_of, instant_text, local_day, zone
from earnest.usecases.allocation_split import span_of
from earnest.usecases.cost_charges import register_message_cost
from earnest.usecases.cost_ledger import Posting, postings
from earnest.usecases.cost_line import LedgerLine, micro_text
from earnest.usecases.costs import Ledger, covers_of, full_ledger
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines to show. `days`: those that cover a day of it. `unallocated`: those of no campaign."""

    campaign: str | None = None
    kind: str | None = None
    days: Days | None = None
    unallocated: bool = False


@dataclass(frozen=True, slots=True)
class CostRow:
    """One row of the list.

    Args:
        id: of the posting; empty for charges, and `ID/RULE` for a part that an allocation rule gave.
        status: in force, reversed, reversal, split (a rule gives it, or parts of it, to campaigns), part, charges, or no rate.
        micro: in millionths of the workspace's currency; None where there is no rate. told_micro, told_currency: as told.
        until: exclusive; None for a line that stands on its first day.
    """

    id: str
    status: str
    campaign: str | None
    kind: str
    evidence: str
    currency: str
    micro: int | None
    told_micro: int
    told_currency: str
    since: date
    until: date | None
    covers: bool
    description: str | None
    rates: str | None = None
    rule: int | None = None
    reversed_by: str | None = None
    reverses: str | None = None
    reason: str | None = None
    posted: str | None = None
    by: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "entry": self.id or None,
            "status": self.status,
            "campaign": self.campaign,
            "kind": self.kind,
            "amount": self.amount,
            "told": {"amount": micro_text(self.told_micro), "currency": self.told_currency},
            "rates": self.rates,
            "evidence": self.evidence,
            "covers_messaging": self.covers,
            "from": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "description": self.description,
            "allocation": self.rule,
            "reversed_by": self.reversed_by,
            "reverses": self.reverses,
            "reason": self.reason,
            "posted_at": self.posted,
            "by": self.by,
        }

    @property
    def amount(self) -> dict[str, Any] | None:
        """The amount in the workspace's currency, rounded, and exactly in micro units."""
        if self.micro is None:
            return None
        return Money.from_micro(self.micro, self.currency).to_json() | {"micro": self.micro}


def cost_list(workspace: Workspace, wanted: Wanted | None = None) -> list[CostRow]:
    """The rows of the ledger, by day.

    Raises:
        NotFound: `no-such-campaign`: neither declared nor met.
    """
    with open_tables(workspace) as tables:
        return cost_rows(tables, wanted)


def cost_rows(tables: Tables, wanted: Wanted | None = None) -> list[CostRow]:
    """The same by open tables.

    Raises:
        NotFound: `no-such-campaign`.
    """
    asked = wanted or Wanted()
    book = full_ledger(tables)
    rows = [*_told(tables, book), *_parts(tables, book), *_charges(tables, book)]
    _check(tables, asked.campaign, rows)
    found = [row for row in rows if fits(row, asked)]
    return sorted(found, key=lambda row: (row.since, row.kind, row.status == "charges"))


def fits(row: CostRow, asked: Wanted) -> bool:
    """Whether a row is among those to show."""
    if asked.campaign is not None and row.campaign != asked.campaign:
        return False
    if (asked.unallocated and row.campaign is not None) or (asked.kind is not None and row.kind != asked.kind):
        return False
    if asked.days is None:
        return True
    last = row.since if row.until is None else max(row.since, day_of(day_number(row.until) - 1))
    return row.since <= asked.days.last and last >= asked.days.first


def _check(tables: Tables, campaign: str | None, rows: list[CostRow]) -> None:
    met = {str(name) for (name,) in tables.con.execute("SELECT DISTINCT campaign FROM label_campaign").fetchall()}
    known = {*tables.state.campaigns, *met, *(row.campaign for row in rows if row.campaign)}
    if campaign is not None and campaign not in known:
        raise NotFound(
            "no-such-campaign",
            f"there is no campaign '{campaign}'{closest(campaign, known)}",
            hint="See `earnest campaign list`.",
        )


def _told(tables: Tables, book: Ledger) -> list[CostRow]:
    """Postings as they were told. A posting that is split is shown as told, with its parts beside it."""
    missing = {one.posting.id for one in book.unconverted}
    lines: dict[str | None, list[LedgerLine]] = {}
    for line in book.lines:
        lines.setdefault(line.posting, []).append(line)
    return [_row(tables, one, lines.get(one.id, []), without_rate=one.id in missing) for one in postings(tables)]


def _row(tables: Tables, one: Posting, lines: list[LedgerLine], *, without_rate: bool) -> CostRow:
    """A posting; `lines` are what is in force of it."""
    status, micro = "in force", sum(line.micro for line in lines)
    if any(line.rule is not None for line in lines):
        status = "split"
    if not one.in_force:
        status = "reversal" if one.reverses is not None else "reversed"
    elif without_rate:
        status = "no rate"
    own = one.micro if one.currency == tables.state.currency else None
    since, until = _days(tables, one.from_us, one.until_us)
    return CostRow(
        one.id, status, one.campaign, one.kind, one.evidence, tables.state.currency, micro if lines else own, one.micro, one.currency,
        since, until, one.covers, one.description, lines[0].original if lines else None, None, one.reversed_by, one.reverses, one.reason,
        instant_text(one.posted_us), one.by,
    )  # fmt: skip


def _parts(tables: Tables, book: Ledger) -> list[CostRow]:
    """What rules gave to campaigns."""
    return [
        _of_line(tables, line, f"{line.posting}/{line.rule}", "part") for line in book.lines if line.rule is not None
    ]


def _charges(tables: Tables, book: Ledger) -> list[CostRow]:
    """Message charges that no line covers: a line a campaign and currency they were told in."""
    left = register_message_cost(tables, covers_of(book.lines), fx=book.fx)
    currency, found = tables.state.currency, []
    for campaign, code, first, last, micro in tables.con.execute(
        "SELECT campaign, currency, min(send_day), max(send_day), sum(micro) FROM message_cost WHERE priced > 0 GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        words = f"told in {code}, converted at the rate of each day of sending" if code else None
        found.append(
            CostRow(
                "", "charges", str(campaign), "messaging", "measured", currency, int(micro), int(micro), currency,
                day_of(int(first)), day_of(int(last) + 1), covers=False, description=words,
            )
        )  # fmt: skip
    for one in left:
        day = day_of(one.send_day)
        found.append(
            CostRow(
                "", "no rate", one.campaign, "messaging", "measured", currency, None, one.micro, one.currency,
                day, day_of(one.send_day + 1), covers=False, description=one.why.reason,
            )
        )  # fmt: skip
    return found


def _of_line(tables: Tables, line: LedgerLine, name: str, status: str) -> CostRow:
    first, days = span_of(line, zone(tables.state.timezone))
    until = day_of(first + days) if line.until_us is not None else None
    return CostRow(
        name, status, line.campaign, line.kind, line.evidence, tables.state.currency, line.micro, line.micro, tables.state.currency,
        day_of(first), until, line.covers, line.description, line.original, line.rule,
    )  # fmt: skip


def _days(tables: Tables, from_us: int, until_us: int | None) -> tuple[date, date | None]:
    tz = zone(tables.state.timezone)
    first = local_day(from_us, tz)
    return day_of(first), None if until_us is None else day_of(max(first, local_day(until_us - 1, tz)) + 1)

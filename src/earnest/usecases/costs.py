"""What campaigns cost: ledger lines in force in the workspace's currency, allocated by rule, and the messages' charges.

postings ─ reversals ─> converted at the rate of their day ─> allocated ─> lines ─┬─> campaign costs
                                                message charges no line covers ───┘
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow

from earnest.definitions.allocation import MEMO
from earnest.definitions.fx import FxBook
from earnest.kernel.estimate import Unavailable
from earnest.kernel.period import day_of, local_day, zone
from earnest.usecases.allocation_split import RuleUse, allocated
from earnest.usecases.cost_charges import Cover, ForeignCharge, register_message_cost
from earnest.usecases.cost_ledger import Posting, add_cost, postings
from earnest.usecases.cost_line import LedgerLine
from earnest.usecases.tables import Tables

__all__ = ["MEMO", "CampaignCost", "Ledger", "LedgerLine", "add_cost", "campaign_costs", "covers_of", "full_ledger", "ledger"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unconverted:
    """A posting in another currency for whose day there is no rate; `why` says what to do."""

    posting: Posting
    why: Unavailable


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger in force.

    Args:
        lines: in the workspace's currency, discounts (a memo) among them; those of rules with evidence "allocated".
        unconverted: lines left out for want of a rate. rules: what each allocation rule took and gave.
        fx: the rates; fx_day: the day whose rates convert everything, None for each line's own.
    """

    lines: tuple[LedgerLine, ...]
    unconverted: tuple[Unconverted, ...]
    rules: tuple[RuleUse, ...]
    fx: FxBook
    fx_day: date | None = None


@dataclass(frozen=True, slots=True)
class CampaignCost:
    """What a campaign cost: its lines (message charges as one of them) and how many delivered messages have no price.

    `twice` tells that messages carry prices beside a messaging line that does not say it covers them. `unconverted` and
    `foreign`: lines and charges in other currencies, left out as there is no rate for their day.
    """

    lines: tuple[LedgerLine, ...]
    memo: tuple[LedgerLine, ...]
    unrated: int
    twice: bool = False
    unconverted: tuple[Unconverted, ...] = ()
    foreign: tuple[ForeignCharge, ...] = ()

    @property
    def micro(self) -> int:
        return sum(line.micro for line in self.lines)


def ledger(tables: Tables) -> list[LedgerLine]:
    """Every cost line in force, each once, in the workspace's currency; see `full_ledger`."""
    return list(full_ledger(tables).lines)


def full_ledger(tables: Tables, *, fx_day: date | None = None) -> Ledger:
    """The ledger in force, with what could not be converted and what the allocation rules did.

    Args:
        fx_day: convert everything at this day's rates; None takes the rate of the day each line begins.
    """
    state = tables.state
    fx, tz = state.fx(tables.day), zone(state.timezone)
    lines, unconverted = [], []
    for posting in postings(tables):
        if not posting.in_force:
            continue
        day = fx_day or day_of(local_day(posting.from_us, tz))
        rate = fx.convert(posting.currency, state.currency, day)
        if isinstance(rate, Unavailable):
            unconverted.append(Unconverted(posting, rate))
        else:
            lines.append(LedgerLine.of(posting, rate, state.currency))
    split, rules = allocated(tables, lines)
    return Ledger(tuple(split), tuple(unconverted), rules, fx, fx_day)


def campaign_costs(tables: Tables, campaigns: Sequence[str], *, known: Ledger | None = None) -> dict[str, CampaignCost]:
    """Cost of each campaign.

    Prices that messages carry are charges, delivered or not. A line that covers messaging replaces them for the messages
    sent from its first day on (and before its end). A messaging line that does not say so pays the messages without a price.

    Args:
        known: the ledger, where it is at hand.
    """
    book = known or full_ledger(tables)
    foreign = register_message_cost(tables, covers_of(book.lines), fx=book.fx, fx_day=book.fx_day)
    charges = _charges(tables)
    found = {}
    for name in campaigns:
        own = [line for line in book.lines if line.campaign == name and line.kind != MEMO]
        memo = tuple(line for line in book.lines if line.campaign == name and line.kind == MEMO)
        charged = charges.get(name, [])
        unrated = sum(open_ for _, _, open_, _ in charged)
        billed = any(line.kind == "messaging" and not line.covers for line in own)
        own += [_charge_line(name, currency, micro) for currency, micro, _, priced in charged if priced]
        found[name] = CampaignCost(
            tuple(own),
            memo,
            0 if billed else unrated,
            twice=billed and any(micro > 0 for _, micro, _, _ in charged),
            unconverted=tuple(
                one for one in book.unconverted if one.posting.campaign == name and one.posting.kind != MEMO
            ),
            foreign=tuple(one for one in foreign if one.campaign == name),
        )
    return found


def _charges(tables: Tables) -> dict[str, list[tuple[str | None, int, int, int]]]:
    """Campaign → currency the charges were told in (None for the workspace's), micro, unpriced, priced."""
    found: dict[str, list[tuple[str | None, int, int, int]]] = {}
    for name, currency, micro, unpriced, priced in tables.con.execute(
        "SELECT campaign, currency, sum(micro), sum(unpriced), sum(priced) FROM message_cost GROUP BY ALL ORDER BY 1, 2 NULLS FIRST"
    ).fetchall():
        found.setdefault(str(name), []).append((currency, int(micro), int(unpriced), int(priced)))
    return found


def _charge_line(campaign: str, currency: str | None, micro: int) -> LedgerLine:
    words = f"charges in {currency}, converted at the rate of each day of sending" if currency else None
    return LedgerLine(
        campaign, "messaging", micro, "measured", covers=False, from_us=0, until_us=None, description=words
    )


def covers_of(lines: Iterable[LedgerLine]) -> list[Cover]:
    """Periods in which lines pay the message charges of their campaigns."""
    return [
        Cover(line.campaign, line.from_us, line.until_us)
        for line in lines
        if line.covers and line.campaign is not None and line.kind != MEMO
    ]


def register_campaign_cost(tables: Tables, cost: CampaignCost) -> None:
    """Make a campaign's lines a table `campaign_cost`, for `kpi explain`."""
    table = pyarrow.table(
        {
            "cost_kind": pyarrow.array([line.kind for line in cost.lines], pyarrow.string()),
            "description": pyarrow.array([line.told for line in cost.lines], pyarrow.string()),
            "evidence": pyarrow.array([line.evidence for line in cost.lines], pyarrow.string()),
            "amount": pyarrow.array([line.micro for line in cost.lines], pyarrow.int64()),
        }
    )
    tables.con.register("campaign_cost", table)

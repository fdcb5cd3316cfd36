"""The cost ledger of campaigns: lines from files and by hand, and the charges of messages that no line covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow

from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.kernel.money import Money
from earnest.kernel.period import day_number, day_start_us, parse_day, zone
from earnest.usecases.tables import Tables, build
from earnest.usecases.workspace import Workspace

FOREVER_US = 2**62
MEMO = "discount"
"""Discounts are a memo: revenue is already net of them, so they are never a cost as well."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One cost line. `covers` tells that it pays the message fees of its campaign in [from_us, until_us)."""

    campaign: str | None
    kind: str
    micro: int
    evidence: str
    covers: bool
    from_us: int
    until_us: int | None
    description: str | None


@dataclass(frozen=True, slots=True)
class CampaignCost:
    """What a campaign cost: its lines (message charges as one of them) and how many delivered messages have no price.

    `twice` tells that messages carry prices beside a messaging line that does not say it covers them.
    """

    lines: tuple[LedgerLine, ...]
    memo: tuple[LedgerLine, ...]
    unrated: int
    twice: bool = False

    @property
    def micro(self) -> int:
        return sum(line.micro for line in self.lines)


def add_cost(workspace: Workspace, body: dict[str, Any]) -> int:
    """Journal a cost line written by hand; returns its entry number.

    Raises:
        UsageError: a word or amount that is not understood.
    """
    state = workspace.state()
    if body["campaign"] is not None:
        refusal, hint = (UsageError, "no-such-campaign"), "See `earnest campaign list`."
        check_known(state.campaigns, body["campaign"], what="campaign", hint=hint, refusal=refusal)
    amount = Money.of(body.pop("amount"), body.pop("currency") or state.currency)
    if amount.currency != state.currency:
        raise UsageError(
            "currency-differs",
            f"the workspace is in {state.currency}, not {amount.currency}",
            hint="Convert it at the invoice's rate first.",
        )
    tz = zone(state.timezone)
    start = day_start_us(day_number(parse_day(body.pop("from"))), tz)
    until = body.pop("until")
    until_us = day_start_us(day_number(parse_day(until)), tz) if until else None
    if until_us is not None and until_us <= start:
        raise UsageError(
            "period-reversed", "the period ends before it starts", hint="--until is exclusive and lies after --from."
        )
    seq = workspace.record("cost.added", body | {"micro": amount.micro, "from_us": start, "until_us": until_us}).seq
    build(workspace)
    return seq


def ledger(tables: Tables) -> list[LedgerLine]:
    """Every cost line in force, each once."""
    rows = tables.con.execute(
        "SELECT campaign, cost_kind, amount_micro, evidence, covers_messaging, occurred_us, until_us, description FROM ("
        " SELECT *, row_number() OVER (PARTITION BY event_key ORDER BY received_us DESC, segment_key, row) AS place FROM event_cost)"
        " WHERE place = 1 ORDER BY occurred_us, cost_kind, amount_micro"
    ).fetchall()
    lines = [LedgerLine(c, k, m, e, bool(v), f, u, d) for c, k, m, e, v, f, u, d in rows]
    for entry in tables.state.costs:
        b = entry.body
        lines.append(
            LedgerLine(
                b["campaign"],
                b["kind"],
                b["micro"],
                b["evidence"],
                bool(b["covers"]),
                b["from_us"],
                b["until_us"],
                b["description"],
            )
        )
    return lines


def campaign_costs(tables: Tables, campaigns: Sequence[str]) -> dict[str, CampaignCost]:
    """Cost of each campaign.

    Prices that messages carry are charges, delivered or not. A line that covers messaging replaces them for the messages
    sent from its first day on (and before its end). A messaging line that does not say so pays the messages without a price.
    """
    lines = ledger(tables)
    charges = {str(name): tuple(int(v) for v in values) for name, *values in tables.con.execute(_CHARGES).fetchall()}
    found = {}
    for name in campaigns:
        own = [line for line in lines if line.campaign == name and line.kind != MEMO]
        memo = tuple(line for line in lines if line.campaign == name and line.kind == MEMO)
        micro, unrated, priced = charges.get(name, (0, 0, 0))
        covering = [line for line in own if line.covers]
        if covering:
            micro, unrated, priced = _uncovered(tables, name, covering)
        billed = any(line.kind == "messaging" and not line.covers for line in own)
        if priced:
            own.append(
                LedgerLine(
                    name, "messaging", micro, "measured", covers=False, from_us=0, until_us=None, description=None
                )
            )
        found[name] = CampaignCost(tuple(own), memo, 0 if billed else unrated, twice=billed and micro > 0)
    return found


_SUMS = "coalesce(sum(price), 0), count(*) FILTER (WHERE delivered_us IS NOT NULL AND price IS NULL), count(price)"
_PRICED = """SELECT m.label_key, m.send_us, m.delivered_us,
        CASE WHEN COALESCE(t.silent, 1) = 1 AND m.cost_micro IS NOT NULL THEN m.cost_micro WHEN t.own_currency = 1 THEN c.charge_micro END AS price
    FROM message AS m
    LEFT JOIN charge AS c ON m.message_key = c.message_key
    LEFT JOIN rating_terms AS t ON m.terms_key = t.terms_key"""
_CHARGES = (
    "SELECT l.campaign, sum(f.cost_micro), sum(f.unpriced), sum(f.priced)"
    " FROM funnel_cell AS f JOIN label_campaign AS l ON f.label_key = l.label_key GROUP BY l.campaign"
)


def _uncovered(tables: Tables, campaign: str, covering: Sequence[LedgerLine]) -> tuple[int, int, int]:
    """Charges, unpriced and priced messages of a campaign outside the periods that lines cover."""
    periods = " OR ".join(
        f"(m.send_us >= {line.from_us} AND m.send_us < {line.until_us or FOREVER_US})" for line in covering
    )
    row = tables.con.execute(
        f"SELECT {_SUMS} FROM ({_PRICED}) AS m JOIN label_campaign AS l ON m.label_key = l.label_key WHERE l.campaign = $1 AND NOT ({periods})",
        [campaign],
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


def register_campaign_cost(tables: Tables, cost: CampaignCost) -> None:
    """Make a campaign's lines a table `campaign_cost`, for `kpi explain`."""
    table = pyarrow.table(
        {
            "cost_kind": pyarrow.array([line.kind for line in cost.lines], pyarrow.string()),
            "description": pyarrow.array([line.description for line in cost.lines], pyarrow.string()),
            "evidence": pyarrow.array([line.evidence for line in cost.lines], pyarrow.string()),
            "amount": pyarrow.array([line.micro for line in cost.lines], pyarrow.int64()),
        }
    )
    tables.con.register("campaign_cost", table)

"""Unallocated cost → parts of campaigns, by the rules in force: exact to the micro unit, re-made from the data each time.

A rule takes of each unallocated line the part that falls into its days, and splits it by its basis. Late data therefore
restate the split; the weights used are kept with it. What a rule cannot split (nobody has a weight) stays unallocated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from earnest.definitions.allocation import Allocation, basis_of
from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.money import split
from earnest.kernel.period import day_number, day_start_us, local_day, zone
from earnest.usecases.cost_line import LedgerLine
from earnest.usecases.tables import Tables


@dataclass(frozen=True, slots=True)
class Share:
    """What a campaign gets by a rule: its weight, and millionths of the workspace's currency."""

    campaign: str
    weight: int
    micro: int


@dataclass(frozen=True, slots=True)
class RuleUse:
    """What a rule did.

    Args:
        micro: cost it found to split, of `lines` ledger lines. shares: by campaign; empty where nobody had a weight, and
            the cost stays unallocated.
    """

    rule: Allocation
    lines: int
    micro: int
    shares: tuple[Share, ...]

    @property
    def idle(self) -> bool:
        """Whether there was cost to split and nobody to give it to."""
        return bool(self.lines) and not self.shares


def allocated(
    tables: Tables, lines: Sequence[LedgerLine], *, extra: Allocation | None = None
) -> tuple[list[LedgerLine], tuple[RuleUse, ...]]:
    """Lines with the unallocated ones split by every rule in force, in the order the rules were made.

    Args:
        extra: a rule that is only tried, after all others.
    """
    rules = [rule for rule in tables.state.allocations.values() if rule.withdrawn_us is None]
    found, uses = list(lines), []
    for rule in [*rules, *([extra] if extra else [])]:
        found, use = _apply(tables, rule, found)
        uses.append(use)
    return found, tuple(uses)


def span_of(line: LedgerLine, tz: ZoneInfo) -> tuple[int, int]:
    """First business day of a line's period and the number of its days: 1 where it has no end."""
    return days_of(line.from_us, line.until_us, tz)


def days_of(from_us: int, until_us: int | None, tz: ZoneInfo) -> tuple[int, int]:
    """First business day of a period [from_us, until_us) and the number of its days, as `span_of`."""
    first = local_day(from_us, tz)
    return first, 1 if until_us is None else max(1, local_day(until_us - 1, tz) - first + 1)


def _apply(tables: Tables, rule: Allocation, lines: list[LedgerLine]) -> tuple[list[LedgerLine], RuleUse]:
    first, until = day_number(rule.days.first), day_number(rule.days.last) + 1
    weights = _weights(tables, rule, first, until)
    tz = zone(tables.state.timezone)
    kept: list[LedgerLine] = []
    taken = [0] * len(weights)
    count = found = 0
    for line in lines:
        within, outside = _cut(line, (first, until), tz) if _takes(rule, line) else (None, [line])
        kept += outside
        if within is None:
            continue
        count, found = count + 1, found + within.micro
        if not weights:
            kept.append(within)
            continue
        parts = split(within.micro, [weight for _, weight in weights])
        for place, ((campaign, _), micro) in enumerate(zip(weights, parts, strict=True)):
            taken[place] += micro
            kept.append(replace(within, campaign=campaign, micro=micro, evidence="allocated", rule=rule.seq))
    shares = tuple(Share(name, weight, micro) for (name, weight), micro in zip(weights, taken, strict=True))
    return kept, RuleUse(rule, count, found, shares if count else ())


def _takes(rule: Allocation, line: LedgerLine) -> bool:
    return line.campaign is None and rule.takes(line.kind)


def _weights(tables: Tables, rule: Allocation, first: int, until: int) -> list[tuple[str, int]]:
    """Campaigns with a weight above 0, by name. Messages of no campaign take their share; of an even split they are no part."""
    if rule.basis == "even" and rule.campaigns:
        return [(name, 1) for name in sorted(rule.campaigns)]
    sql = basis_of(rule.basis).sql.format(first=first, until=until)
    told = [(str(name), int(weight or 0)) for name, weight in tables.con.execute(sql).fetchall()]
    wanted = set(rule.campaigns) or {name for name, _ in told if rule.basis != "even" or name != UNASSIGNED}
    return sorted((name, weight) for name, weight in told if weight > 0 and name in wanted)


def _cut(line: LedgerLine, days: tuple[int, int], tz: ZoneInfo) -> tuple[LedgerLine | None, list[LedgerLine]]:
    """The part of a line on the days [first, until), and the parts before and after: they add up to the line."""
    start, length = span_of(line, tz)
    low, high = max(days[0], start) - start, min(days[1], start + length) - start
    if low >= high:
        return None, [line]
    edges = [0, low, high, length]
    amounts = [upto(line.micro, edge, length) for edge in edges]
    parts: list[LedgerLine | None] = []
    for place in range(3):
        if edges[place] == edges[place + 1]:
            parts.append(None)
            continue
        part = replace(line, micro=amounts[place + 1] - amounts[place])
        if edges[place] > 0:
            part = replace(part, from_us=day_start_us(start + edges[place], tz))
        if edges[place + 1] < length:
            part = replace(part, until_us=day_start_us(start + edges[place + 1], tz))
        parts.append(part)
    return parts[1], [part for part in (parts[0], parts[2]) if part is not None]


def upto(micro: int, day: int, days: int) -> int:
    """What of an amount lies on the first `day` of `days` days: divided towards zero, so that all parts add up."""
    sign = -1 if micro < 0 else 1
    return sign * (abs(micro) * day // days)

"""Whether a card is sound: no two prices for one message, no hole between its tiers, no gap between its periods."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from earnest.rating.cards import Rate, RateKey

OVERLAP, TIER_OVERLAP, TIER_GAP, TIME_GAP = "overlap", "tier-overlap", "tier-gap", "time-gap"
WRONG = (OVERLAP, TIER_OVERLAP)
"""Two prices for one message; the others leave messages without a price."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a card.

    Args:
        kind: overlap, tier-overlap (two prices), tier-gap, time-gap (no price).
        rows: numbers of the rows concerned.
    """

    kind: str
    key: RateKey
    rows: tuple[int, ...]
    words: str

    @property
    def wrong(self) -> bool:
        """Whether it gives a message two prices; else it leaves some without one."""
        return self.kind in WRONG

    def to_json(self) -> dict[str, Any]:
        currency, model, market, category = self.key
        return {
            "kind": self.kind,
            "currency": currency,
            "pricing_model": model,
            "market": market,
            "category": category,
            "rows": list(self.rows),
            "message": self.words,
        }


def problems(rates: Iterable[Rate]) -> list[Problem]:
    """Everything wrong with a card, in the order of its keys."""
    by_key: dict[RateKey, list[Rate]] = defaultdict(list)
    for rate in rates:
        by_key[rate.key].append(rate)
    found = []
    for key in sorted(by_key):
        found += _of_key(key, by_key[key])
    return found


def _of_key(key: RateKey, rates: Sequence[Rate]) -> list[Problem]:
    periods: dict[tuple[date, date | None], list[Rate]] = defaultdict(list)
    for rate in rates:
        periods[rate.effective_from, rate.effective_until].append(rate)
    found = [problem for tiers in periods.values() for problem in _of_tiers(key, tiers)]
    ordered = sorted(periods, key=lambda span: span[0])
    for (start, until), (next_start, next_until) in itertools.pairwise(ordered):
        rows = tuple(r.row for r in (*periods[start, until], *periods[next_start, next_until]))
        if until is None or next_start < until:
            found.append(Problem(OVERLAP, key, rows, f"{_name(key)}: two prices from {next_start} on"))
        elif next_start > until:
            found.append(Problem(TIME_GAP, key, rows, f"{_name(key)}: no price from {until} to {next_start}"))
    return found


def _of_tiers(key: RateKey, tiers: Sequence[Rate]) -> list[Problem]:
    ordered = sorted(tiers, key=lambda r: (r.volume_from, r.volume_until or 2**62))
    found = []
    if ordered[0].volume_from > 0:
        words = f"{_name(key)}: no price below {ordered[0].volume_from:,} messages"
        found.append(Problem(TIER_GAP, key, (ordered[0].row,), words))
    for one, following in itertools.pairwise(ordered):
        rows = (one.row, following.row)
        if one.volume_until is None or following.volume_from < one.volume_until:
            words = f"{_name(key)}: two prices at {following.volume_from:,} messages on {one.effective_from}"
            found.append(Problem(TIER_OVERLAP, key, rows, words))
        elif following.volume_from > one.volume_until:
            words = (
                f"{_name(key)}: no price from {one.volume_until:,} to {following.volume_from:,} messages"
                f" on {one.effective_from}"
            )
            found.append(Problem(TIER_GAP, key, rows, words))
    if ordered[-1].volume_until is not None:
        words = f"{_name(key)}: no price from {ordered[-1].volume_until:,} messages on"
        found.append(Problem(TIER_GAP, key, (ordered[-1].row,), words))
    return found


def _name(key: RateKey) -> str:
    currency, model, market, category = key
    return f"{market} {category} in {currency} ({model} era)"

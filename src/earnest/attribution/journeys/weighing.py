"""Touch weights → credit per channel: shares as floats, money by cumulative integer division.

Touch i of a journey with value v and running weights S gets v·S_i / S_n − v·S_(i−1) / S_n, divided towards zero as the
SQL of the stored models divides, so that the credits of a journey add up to its value to the unit.
"""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.journeys import Codes, Floats, Ints, Journeys
from earnest.attribution.journeys.model import Credit
from earnest.kernel.money import split

_SAFE_WHOLE = 3_000_000_000
"""Sums of weights whose square fits 63 bits; a journey beyond it is split in Python's integers."""
_EXACT_FLOAT = 1 << 53


def weighed_credit(journeys: Journeys, weights: Ints, *, shares: Floats | None = None) -> Credit:
    """Credit by weights per touch, of which every journey has a positive one.

    Args:
        weights: non-negative integers, which decide on whole units.
        shares: share of each touch in its journey where floats are finer than the weights; default: from the weights.
    """
    whole = np.add.reduceat(weights, journeys.first)
    if shares is None:
        shares = weights / np.repeat(whole, journeys.lengths)
    conversions = summed(journeys, shares * np.repeat(journeys.conversions, journeys.lengths))
    if journeys.value is None:
        return Credit(conversions)
    value = summed(journeys, shares * np.repeat(journeys.value, journeys.lengths)) / journeys.units
    if not journeys.exact:
        return Credit(conversions, value)
    return Credit(conversions, value, summed_exactly(journeys, _parts(journeys, weights, whole)))


def picked_credit(journeys: Journeys, touches: Ints) -> Credit:
    """Credit where each journey gives everything to one of its touches."""
    size, items = len(journeys.channels), journeys.items[touches]
    conversions = by_code(items, journeys.conversions, size)
    if journeys.value is None:
        return Credit(conversions)
    value = by_code(items, journeys.value, size) / journeys.units
    if not journeys.exact:
        return Credit(conversions, value)
    exact = np.zeros(size, np.int64)
    np.add.at(exact, items, journeys.value)
    return Credit(conversions, value, exact)


def summed(journeys: Journeys, per_touch: Floats) -> Floats:
    """A figure per touch, summed per channel."""
    return by_code(journeys.items, per_touch, len(journeys.channels))


def by_code(codes: Codes | Ints, amounts: Ints | Floats, size: int) -> Floats:
    """Amounts summed by code, as floats."""
    return np.asarray(np.bincount(codes, weights=amounts, minlength=size), np.float64)


def summed_exactly(journeys: Journeys, per_touch: Ints) -> Ints:
    """Whole units per touch, summed per channel without rounding."""
    size = len(journeys.channels)
    if len(per_touch) and int(np.abs(per_touch).max()) * len(per_touch) < _EXACT_FLOAT:
        return np.bincount(journeys.items, weights=per_touch, minlength=size).astype(np.int64)
    sums = np.zeros(size, np.int64)
    np.add.at(sums, journeys.items, per_touch)
    return sums


def _parts(journeys: Journeys, weights: Ints, whole: Ints) -> Ints:
    """Whole units of each touch."""
    worth, lengths = np.asarray(journeys.value), journeys.lengths
    safe = np.where(whole < _SAFE_WHOLE, whole, 1)
    quotient, left = np.divmod(np.abs(worth), safe)
    running = np.cumsum(weights)
    running -= np.repeat(running[journeys.first] - weights[journeys.first], lengths)
    left, whole_each = np.repeat(left, lengths), np.repeat(safe, lengths)
    until = left * running // whole_each
    before = left * (running - weights) // whole_each
    parts = np.repeat(np.sign(worth), lengths) * (np.repeat(quotient, lengths) * weights + until - before)
    for journey in np.flatnonzero(whole >= _SAFE_WHOLE):
        here = slice(int(journeys.offsets[journey]), int(journeys.offsets[journey + 1]))
        parts[here] = split(int(worth[journey]), weights[here].tolist())
    return np.asarray(parts, np.int64)

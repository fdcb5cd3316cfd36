"""Journeys → an absorbing Markov chain of order k: states are windows of k touches, ends are conversion and null.

    start → (a,b) → (b,c) → conversion      a journey a > b > c at order 2; a shorter one is a state by itself

Windows are numbers in base channels + 1 (0 where a short journey has no touch), so that transitions are counted by
bincount, without sorting, wherever the table of all windows fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earnest.attribution.journeys.journeys import Codes, Floats, Ints, Journeys

_TABLE = 1 << 24
_BLOCK_TOUCHES = 1 << 16
_LARGEST_BLOCK = 1 << 21


@dataclass(frozen=True, slots=True)
class Chain:
    """Counts of what happened, by state.

    Args:
        holds: channels of each state's window, −1 where a short journey has none.
        source, target, moves: states of each transition, and how many journeys made it.
        starts, converts, leaves: journeys that begin in a state, convert after it, end without conversion after it.

    Shapes:
        holds (states, order) · source, target, moves (transitions,) · starts, converts, leaves (states,)
    """

    holds: Codes
    source: Ints
    target: Ints
    moves: Floats
    starts: Floats
    converts: Floats
    leaves: Floats

    @property
    def states(self) -> int:
        """Distinct windows met."""
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class _Block:
    """Windows of a run of journeys, as numbers: where each begins and ends, and the transitions in it."""

    begins: Ints
    ends: Ints
    steps: Ints
    rows: slice
    step_weights: Ints | None


def fits(channels: int, order: int) -> bool:
    """Whether windows of so many channels can be told apart by 64-bit numbers."""
    return bool((channels + 1) ** (order + 1) < 1 << 62)


def chain(journeys: Journeys, order: int) -> Chain:
    """Count the chain of order k over journeys that each stand for at least one."""
    base = len(journeys.channels) + 1
    assert fits(base - 1, order)
    nulls = np.zeros(journeys.count, np.int64) if journeys.nulls is None else journeys.nulls
    totals = journeys.totals
    plain = bool((totals == 1).all())
    counted = _Counted(base**order, base)
    for block in _blocks(journeys, order, None if plain else totals):
        conversions = journeys.conversions[block.rows]
        counted.begins.add(block.begins, None if plain else totals[block.rows])
        counted.converts.add(block.ends, conversions)
        counted.leaves.add(block.ends, nulls[block.rows])
        counted.steps.add(block.steps, block.step_weights)
    return counted.chain(order)


def _blocks(journeys: Journeys, order: int, totals: Ints | None) -> Iterator[_Block]:
    """Runs of journeys, small enough to stay near the processor, and no smaller than the table that each is added to."""
    base = len(journeys.channels) + 1
    size = max(_BLOCK_TOUCHES, min(base ** (order + 1), _LARGEST_BLOCK))
    cuts = np.arange(0, len(journeys.items), size)
    edges = np.unique(np.append(np.searchsorted(journeys.offsets, cuts), journeys.count))
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        rows, offsets = slice(first, last), journeys.offsets[first : last + 1]
        symbols = journeys.items[offsets[0] : offsets[-1]].astype(np.int64)
        symbols += 1
        offsets = offsets - offsets[0]
        weights = None if totals is None else np.repeat(totals[rows], np.diff(offsets))
        yield (
            _first_order(symbols, offsets, rows, base=base, weights=weights)
            if order == 1
            else _higher(symbols, offsets, rows, base=base, order=order, weights=weights)
        )


def _first_order(symbols: Ints, offsets: Ints, rows: slice, *, base: int, weights: Ints | None) -> _Block:
    steps = symbols[:-1] * base
    steps += symbols[1:]
    borders = offsets[1:-1] - 1
    steps[borders] = 0  # a pair across two journeys is no step: 0 is no window
    return _Block(
        symbols[offsets[:-1]], symbols[offsets[1:] - 1], steps, rows, None if weights is None else weights[1:]
    )


def _higher(symbols: Ints, offsets: Ints, rows: slice, *, base: int, order: int, weights: Ints | None) -> _Block:
    lengths = np.diff(offsets)
    place = np.arange(len(symbols)) - np.repeat(offsets[:-1], lengths)
    window = symbols.copy()
    for back in range(1, order):
        window[back:] += np.where(place[back:] >= back, symbols[:-back], 0) * base**back
    full = np.flatnonzero(place >= order)
    return _Block(
        window[offsets[:-1] + np.minimum(lengths, order) - 1],
        window[offsets[1:] - 1],
        window[full - 1] * base + symbols[full],
        rows,
        None if weights is None else weights[full],
    )


class _Tally:
    """Sums by number: a table where all numbers fit one, else the numbers met."""

    def __init__(self, size: int) -> None:
        self._table = np.zeros(size) if size <= _TABLE else None
        self._met: list[tuple[Ints, Floats]] = []

    def add(self, numbers: Ints, amounts: Ints | None) -> None:
        if self._table is not None:
            self._table += np.bincount(numbers, weights=amounts, minlength=len(self._table))
            return
        met, group = np.unique(numbers, return_inverse=True)
        self._met.append((met, np.bincount(group, weights=amounts).astype(np.float64)))

    def sums(self) -> tuple[Ints, Floats]:
        """Numbers with a sum other than zero, ascending; number 0 is none."""
        if self._table is not None:
            self._table[0] = 0
            met = np.flatnonzero(self._table)
            return met, self._table[met]
        met, group = np.unique(np.concatenate([one for one, _ in self._met]), return_inverse=True)
        sums = np.bincount(group, weights=np.concatenate([one for _, one in self._met]))
        kept = (met > 0) & (sums != 0)
        return met[kept], sums[kept]


class _Counted:
    def __init__(self, windows: int, base: int) -> None:
        self.begins, self.converts, self.leaves = _Tally(windows), _Tally(windows), _Tally(windows)
        self.steps = _Tally(windows * base)
        self._windows, self._base = windows, base

    def chain(self, order: int) -> Chain:
        steps, moves = self.steps.sums()
        source, target = steps // self._base, steps % self._windows
        begins, converts, leaves = self.begins.sums(), self.converts.sums(), self.leaves.sums()
        windows = np.unique(np.concatenate((begins[0], source, target)))

        def at(numbers: Ints, amounts: Floats) -> Floats:
            column = np.zeros(len(windows))
            column[np.searchsorted(windows, numbers)] = amounts
            return column

        digits = [windows // self._base**place % self._base for place in reversed(range(order))]
        return Chain(
            holds=np.stack(digits, axis=1).astype(np.int32) - 1,
            source=np.searchsorted(windows, source),
            target=np.searchsorted(windows, target),
            moves=moves,
            starts=at(*begins),
            converts=at(*converts),
            leaves=at(*leaves),
        )


def held_by(chain: Chain, channels: int) -> npt.NDArray[np.bool_]:
    """Whether a state's window holds a channel: (states, channels)."""
    held = np.zeros((chain.states, channels + 1), np.bool_)
    for place in range(chain.holds.shape[1]):
        held[np.arange(chain.states), chain.holds[:, place]] = True
    return held[:, :channels]

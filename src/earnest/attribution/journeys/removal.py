"""Removal effects of an absorbing chain, solved: what share of conversions is lost when a channel leads nowhere.

Removing channel c redirects every transition into a state that holds c to null. At order 1 one inverse N = (I − Q)⁻¹
answers for all channels: RE(c) = N[s,c]·B[c] / (N[c,c]·B[s]), which is P(journey visits c | it converts). At higher orders
each channel is one sparse solve; with many states all channels are iterated together until less than 10⁻¹⁶ of the journeys
are still under way, which bounds the error from above.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import linalg

from earnest.attribution.journeys.chain import Chain, held_by
from earnest.attribution.journeys.journeys import Floats

Mask = npt.NDArray[np.bool_]
_DENSE_STATES = 1_500
_SOLVED_STATES = 1_000
_LEFT_UNDER_WAY = 1e-16
_MOST_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class Removal:
    """What the chain says.

    Args:
        probability: that a journey converts. effects: per channel, 0–1.
    """

    probability: float
    effects: Floats


def removal_effects(chain: Chain, channels: int) -> Removal:
    """Probability of conversion, and its relative loss without each channel."""
    out = np.bincount(chain.source, weights=chain.moves, minlength=chain.states) + chain.converts + chain.leaves
    start = chain.starts / chain.starts.sum()
    converts = chain.converts / out
    share = chain.moves / out[chain.source]
    if chain.holds.shape[1] == 1 and chain.states <= _DENSE_STATES:
        return _first_order(chain, channels, start, converts=converts, share=share)
    return _higher_order(chain, channels, start, converts=converts, share=share)


def _first_order(chain: Chain, channels: int, start: Floats, *, converts: Floats, share: Floats) -> Removal:
    moves = np.zeros((chain.states, chain.states))
    moves[chain.source, chain.target] = share
    inverse = np.linalg.inv(np.eye(chain.states) - moves)
    reaches = inverse @ converts
    probability = float(start @ reaches)
    effects = np.zeros(channels)
    effects[chain.holds[:, 0]] = (start @ inverse) * reaches / (np.diag(inverse) * probability)
    return Removal(probability, effects)


def _higher_order(chain: Chain, channels: int, start: Floats, *, converts: Floats, share: Floats) -> Removal:
    size = (chain.states, chain.states)
    moves = sparse.csr_array((share, (chain.source, chain.target)), size)
    held = held_by(chain, channels)
    found = _iterated(moves, converts, start, ~held) if chain.states > _SOLVED_STATES else None
    if found is None:
        found = _solved(moves, converts, start, ~held)
    probability, left = float(found[0]), found[1:]
    return Removal(probability, np.where(held.any(axis=0), 1.0 - left / probability, 0.0))


def _solved(moves: sparse.csr_array, converts: Floats, start: Floats, allowed: Mask) -> Floats:
    """Probability of conversion with all channels, then without each."""
    system = sparse.csc_array(sparse.eye_array(len(converts)) - moves)
    found = np.zeros(1 + allowed.shape[1])
    found[0] = start @ linalg.spsolve(system, converts)
    for channel in range(allowed.shape[1]):
        kept = np.flatnonzero(allowed[:, channel])
        if len(kept):
            reaches = np.atleast_1d(linalg.spsolve(system[kept][:, kept], converts[kept]))
            found[1 + channel] = start[kept] @ reaches
    return found


def _iterated(moves: sparse.csr_array, converts: Floats, start: Floats, allowed: Mask) -> Floats | None:
    """As `_solved`, by steps of the chain; the last column is what is still under way. None if that stays too much."""
    states = len(converts)
    mask: Floats = np.column_stack((np.ones(states), allowed.astype(np.float64), np.ones(states)))
    adds = mask * converts[:, None]
    adds[:, -1] = 0.0
    reaches = adds.copy()
    reaches[:, -1] = 1.0
    for _ in range(_MOST_STEPS):
        reaches = mask * np.asarray(moves @ reaches, np.float64) + adds
        if start @ reaches[:, -1] < _LEFT_UNDER_WAY:
            return np.asarray(start @ reaches[:, :-1])
    return None

"""Shapley values of v(S) = conversions / journeys over the journeys whose channels all lie in S.

Exact by the subset-sum (zeta) transform while 2^channels fit; beyond, by permutations in antithetic pairs with the standard
error of their mean. A permutation costs one pass over the distinct sets: a set counts from its last member's place on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np

from earnest.attribution.journeys.channel_sets import ChannelSets
from earnest.attribution.journeys.journeys import Floats, Ints

EXACT_CHANNELS = 20


@dataclass(frozen=True, slots=True)
class Shapley:
    """Shapley values, and the standard errors of sampled ones (None where exact)."""

    values: Floats
    errors: Floats | None = None


def exact_shapley(conversions: Ints, journeys: Ints) -> Shapley:
    """Over all coalitions.

    Args:
        conversions, journeys: by mask of the channel set, tables of 2^channels.
    """
    channels = len(conversions).bit_length() - 1
    return Shapley(game_values(_rate(_subset_sums(conversions), _subset_sums(journeys)), channels))


def game_values(worth: Floats, players: int) -> Floats:
    """Shapley values of any game given by its worth per coalition (bit i of the index is player i)."""
    sizes = np.zeros(1, np.int64)
    for _ in range(players - 1):
        sizes = np.concatenate((sizes, sizes + 1))
    weight = np.array([1.0 / (players * comb(players - 1, size)) for size in range(players)])[sizes]
    values = np.zeros(players)
    for player in range(players):
        table = worth.reshape(-1, 2, 1 << player)
        values[player] = weight @ (table[:, 1, :] - table[:, 0, :]).ravel()
    return values


def sampled_shapley(sets: ChannelSets, channels: int, *, pairs: int, seed: int) -> Shapley:
    """Over random orders, each with its reverse.

    Args:
        pairs: of permutations; the standard error is that of the mean of so many independent pairs.
    """
    rng = np.random.default_rng(seed)
    total, squares = np.zeros(channels), np.zeros(channels)
    for _ in range(pairs):
        order = rng.permutation(channels)
        one = (_marginals(sets, order) + _marginals(sets, order[::-1])) / 2
        total += one
        squares += one * one
    mean = total / pairs
    spread = np.maximum(squares / pairs - mean * mean, 0.0) * pairs / max(pairs - 1, 1)
    return Shapley(mean, np.sqrt(spread / pairs))


def _subset_sums(table: Ints) -> Ints:
    sums = table.astype(np.int64)
    for bit in range(len(table).bit_length() - 1):
        view = sums.reshape(-1, 2, 1 << bit)
        view[:, 1, :] += view[:, 0, :]
    return sums


def _rate(conversions: Ints, journeys: Ints) -> Floats:
    return np.divide(conversions, journeys, out=np.zeros(len(journeys)), where=journeys > 0)


def _marginals(sets: ChannelSets, order: Ints) -> Floats:
    """What each channel adds to the rate when it joins those before it."""
    channels = len(order)
    place = np.empty(channels, np.int64)
    place[order] = np.arange(channels)
    complete = np.maximum.reduceat(place[sets.items], sets.offsets[:-1])
    conversions = np.cumsum(np.bincount(complete, weights=sets.conversions, minlength=channels))
    journeys = np.cumsum(np.bincount(complete, weights=sets.journeys, minlength=channels))
    rate = np.divide(conversions, journeys, out=np.zeros(channels), where=journeys > 0)
    return np.diff(rate, prepend=0.0)[place]

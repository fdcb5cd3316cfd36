"""Shao and Li's model: what single channels and pairs of them convert at."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.channel_sets import ChannelSets, channel_sets
from earnest.attribution.journeys.journeys import Floats, Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel
from earnest.attribution.journeys.sharing import shared_credit
from earnest.kernel.estimate import Unavailable

_MOST_CELLS = 30_000_000


def _credit(journeys: Journeys) -> Credit | Unavailable:
    if journeys.nulls is None:
        return Unavailable(
            "no-null-journeys",
            "without journeys that did not convert every rate is 1",
            "Add them: a column of null counts, or touches of contacts without an order.",
        )
    sets = channel_sets(journeys.present())
    if len(sets.conversions) * len(journeys.channels) > _MOST_CELLS:
        return Unavailable(
            "too-many-channels",
            f"{len(sets.conversions):,} sets of {len(journeys.channels):,} channels are too many pairs",
            "Credit something coarser with --by.",
        )
    scores = _scores(sets, len(journeys.channels))
    return shared_credit(journeys, scores, columns=(("unscaled", scores),))


def _scores(sets: ChannelSets, channels: int) -> Floats:
    """Sum over converting journeys of p(i)/2 + Σ_j [p(ij) − p(j)] / (2(m − 1)); p(i) where i is alone."""
    held = sets.presence(channels)
    converted = held.T @ (held * sets.conversions[:, None])
    met = held.T @ (held * sets.journeys[:, None])
    rates = np.divide(converted, met, out=np.zeros_like(converted), where=met > 0)
    alone = np.diag(rates)
    gains = np.where(met > 0, rates - alone[:, None], 0.0)  # [j, i]: p(ij) − p(j)
    np.fill_diagonal(gains, 0.0)
    others = np.maximum(sets.sizes - 1, 1)[:, None]
    score = np.where(sets.sizes[:, None] > 1, alone / 2 + (held @ gains) / (2 * others), alone) * held
    return np.asarray((score * sets.conversions[:, None]).sum(axis=0))


MODEL = JourneyModel(
    id="shao_li",
    label="Shao–Li",
    family="path",
    definition=(
        "p(i) + 1/(2(m−1)) Σ_j [p(ij) − p(i) − p(j)] per converting journey of m channels, p the conversion rate of journeys with"
        " these channels; summed, then scaled to the total"
    ),
    why="rates of single channels and pairs, nothing of higher order; unscaled it does not add up to the conversions",
    reference="Shao, Li, Data-driven multi-touch attribution models, KDD 2011",
    credit=_credit,
)

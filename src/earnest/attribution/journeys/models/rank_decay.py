"""Rank decay, of two kinds: weights by a touch's place in its journey, without times."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.blocks import in_blocks
from earnest.attribution.journeys.distinct import distinct_touches
from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel
from earnest.attribution.journeys.weighing import weighed_credit

_MOST_HALVINGS = 52
_LEAST = 20


def _by_rank(journeys: Journeys) -> Credit:
    entries = distinct_touches(journeys)
    owner = journeys.owners()[entries]
    begins = np.searchsorted(owner, np.arange(journeys.count))
    weights = np.zeros(len(journeys.items), np.int64)
    weights[entries] = np.arange(len(entries)) - begins[owner] + 1
    return weighed_credit(journeys, weights)


def _by_halves(journeys: Journeys) -> Credit:
    after = np.repeat(journeys.last, journeys.lengths) - np.arange(len(journeys.items))
    halves = np.exp2(-np.minimum(after, _MOST_HALVINGS + 1000).astype(np.float64))
    shares = halves / np.repeat(np.add.reduceat(halves, journeys.first), journeys.lengths)
    weights = np.where(after <= _LEAST, np.int64(1) << np.maximum(_LEAST - after, 0), 0)
    return weighed_credit(journeys, weights, shares=shares)


MODELS = (
    JourneyModel(
        id="rank_decay_unique",
        label="Rank decay over unique channels",
        family="rule",
        definition="1, 2, 3 … to the journey's distinct channels in the order in which they entered it, normalised",
        why="a decay for data without times; how long a journey took counts for nothing",
        reference="Python package mta 0.0.9, time_decay counted from the left",
        credit=in_blocks(_by_rank),
    ),
    JourneyModel(
        id="rank_decay_half",
        label="Rank decay by halves",
        family="rule",
        definition="½^(n−1−i) to touch i = 0 … n−1, normalised; repeats count. Whole units go to the latest 21 touches",
        why="a decay for data without times; how long a journey took counts for nothing",
        reference="Python package shapley-attribution 2.1.0, time decay",
        credit=in_blocks(_by_halves),
    ),
)

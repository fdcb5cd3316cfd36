"""Removal without a chain: every journey that visits the channel is taken to fail."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.channel_sets import channel_sets
from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel
from earnest.attribution.journeys.sharing import shared_credit
from earnest.attribution.journeys.weighing import by_code
from earnest.kernel.estimate import Unavailable


def _credit(journeys: Journeys) -> Credit | Unavailable:
    sets = channel_sets(journeys.present())
    owner = np.repeat(np.arange(len(sets.conversions)), sets.sizes)
    met = by_code(sets.items, sets.conversions[owner], len(journeys.channels))
    effects = met / max(int(sets.conversions.sum()), 1)
    return shared_credit(journeys, effects, columns=(("removal_effect", effects),))


MODEL = JourneyModel(
    id="removal_by_failing",
    label="Removal by failing journeys",
    family="path",
    definition="removal effect = share of conversions whose journey visits the channel; share = removal effect / sum of them",
    why="any-touch scaled to 100 %: what a Markov chain of unlimited order comes to",
    reference="Python package do-attribution 0.0.2, mode fail",
    credit=_credit,
)

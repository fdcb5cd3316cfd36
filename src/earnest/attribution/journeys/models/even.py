"""Equal credit: to every touch, or to every channel that touched."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.blocks import in_blocks
from earnest.attribution.journeys.distinct import distinct_touches
from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel
from earnest.attribution.journeys.weighing import weighed_credit


def _linear(journeys: Journeys) -> Credit:
    return weighed_credit(journeys, np.ones(len(journeys.items), np.int64))


def _unique(journeys: Journeys) -> Credit:
    weights = np.zeros(len(journeys.items), np.int64)
    weights[distinct_touches(journeys)] = 1
    return weighed_credit(journeys, weights)


MODELS = (
    JourneyModel(
        id="linear",
        label="Linear",
        family="rule",
        definition="1/n to each of n touches; repeats count",
        why="no touch is presumed to matter more than another",
        reference="the suites' linear model",
        credit=in_blocks(_linear),
    ),
    JourneyModel(
        id="linear_unique",
        label="Linear over unique channels",
        family="rule",
        definition="1/m to each of the m distinct channels in the journey, however often they touched",
        why="what is elsewhere sold as simplified Shapley: the Shapley value of conversions is exactly this equal split",
        reference="Zhao, Mahboobi, Bagheri, arXiv 1804.05327",
        credit=in_blocks(_unique),
    ),
)

"""Last non-direct: all credit to the last touch that is not a direct visit."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.blocks import in_blocks
from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel, Parameter
from earnest.attribution.journeys.weighing import picked_credit
from earnest.kernel.estimate import Unavailable

DIRECT = "direct"


def last_non_direct(direct: str = DIRECT) -> JourneyModel:
    """The model with the channel that counts as direct.

    Args:
        direct: its name in the data; upper and lower case count alike.
    """

    def credit(journeys: Journeys) -> Credit | Unavailable:
        return _credit(journeys, direct)

    return JourneyModel(
        id="last_non_direct",
        label="Last non-direct touch",
        family="rule",
        definition=f"all to the last touch whose channel is not '{direct}'; a journey of direct touches alone stays with it",
        why="a direct visit seldom explains itself: somebody named the address before",
        reference="Google Analytics (Universal) last non-direct click",
        credit=in_blocks(credit),
        parameters=(Parameter("direct", direct, "channel", "the name most exports give to visits without a referrer"),),
    )


MODEL = last_non_direct()


def _credit(journeys: Journeys, direct: str) -> Credit | Unavailable:
    names = [name.casefold() for name in journeys.channels]
    if direct.casefold() not in names:
        return Unavailable(
            "no-direct-channel",
            f"no channel of the data is called '{direct}', so this would be the last touch again",
            "Give --direct NAME: the channel that stands for direct visits.",
        )
    counts = journeys.items != names.index(direct.casefold())
    places = np.where(counts, np.arange(len(journeys.items)), -1)
    latest = np.maximum.reduceat(places, journeys.first)
    return picked_credit(journeys, np.where(latest >= 0, latest, journeys.last))
